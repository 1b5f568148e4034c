//! How figures and tables look on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};

use super::width::{columns, cut, width};
use crate::finding::{Code, Severity};
use crate::quantity::{Currency, HoursForm, HoursSum};

/// How the job that the command is about shows hours (`output.hours`): a command loads one job.
static HOURS: OnceLock<HoursForm> = OnceLock::new();

/// Sets the form in which hours are shown from now on: that of the job.
pub fn show_hours_as(form: HoursForm) {
    // What the first job says holds: no command shows two.
    HOURS.get_or_init(|| form);
}

fn form() -> HoursForm {
    HOURS.get().copied().unwrap_or_default()
}

/// Hours for people, digits in groups; the tables hold them exactly.
pub fn hours(hours: HoursSum) -> String {
    match form() {
        HoursForm::Decimal => grouped(&HoursForm::Decimal.text(hours)),
        HoursForm::Clock => HoursForm::Clock.text(hours),
    }
}

/// Whether [`hours`] leaves something out.
pub fn is_rounded(hours: HoursSum) -> bool {
    !form().is_exact(hours)
}

/// In words, to what [`hours`] rounds.
pub fn rounded_to() -> &'static str {
    match form() {
        HoursForm::Decimal => "to 2 decimals",
        HoursForm::Clock => "to the minute",
    }
}

/// A message with its hours as [`hours`] shows them, and its amounts as [`amounts`] does.
pub fn message(text: &str) -> String {
    amounts(&form().in_message(text))
}

/// A message with the digits of its decimals, of prices (`x 6250`) and of what stands before a currency in groups; but for what stands in back quotes, which is named
/// and not counted.
pub fn amounts(text: &str) -> String {
    let in_words = |piece: &str| {
        let words: Vec<&str> = piece.split(' ').collect();
        let is_code = |word: Option<&&str>| {
            let code = word.map(|word| word.trim_end_matches([',', '.', ';', ':', ')']));
            code.is_some_and(|code| Currency::from_code(code).is_some())
        };
        let shown = words.iter().enumerate().map(|(at, word)| {
            let number = word.trim_start_matches('(').trim_end_matches([',', '.', ';', ':', ')']);
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let is_amount = match number.trim_start_matches('-').split_once('.') {
                Some((whole, decimals)) => digits(whole) && digits(decimals),
                None => {
                    let is_price = at.checked_sub(1).and_then(|before| words.get(before)) == Some(&"x");
                    digits(number.trim_start_matches('-')) && (is_price || is_code(words.get(at + 1)))
                }
            };
            if is_amount { word.replacen(number, &grouped(number), 1) } else { (*word).to_owned() }
        });
        shown.collect::<Vec<_>>().join(" ")
    };
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(nth, piece)| if nth % 2 == 0 { in_words(piece) } else { piece.to_owned() })
        .collect::<Vec<_>>()
        .join("`")
}

/// `12,345`: groups of digits make counts readable.
pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A decimal with the digits before its point in groups: `-12,345.60`.
pub fn grouped(decimal: &str) -> String {
    let (sign, number) = decimal.strip_prefix('-').map_or(("", decimal), |number| ("-", number));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = sign.to_owned();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// `1 row`, `3 rows`, `2 entries`.
pub fn counted(number: u64, thing: &str) -> String {
    let number_shown = count(number);
    match thing.strip_suffix('y') {
        _ if number == 1 => format!("{number_shown} {thing}"),
        Some(stem) => format!("{number_shown} {stem}ies"),
        None => format!("{number_shown} {thing}s"),
    }
}

/// A line above what belongs to it.
pub fn heading(text: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{}{bold:#}", plain(text))
}

/// What is left when the first `told` of `count` have been told, and the table that holds it.
pub fn and_more(lead: &str, count: usize, told: usize, table: &str) -> String {
    and_more_in(lead, count, told, &format!("in the table {table}"))
}

/// As [`and_more`], where the rest stands in another place than a table.
pub fn and_more_in(lead: &str, count: usize, told: usize, place: &str) -> String {
    match count.saturating_sub(told) {
        0 => String::new(),
        more => format!("{lead}and {} more, {place}\n", self::count(more as u64)),
    }
}

/// A code in the colour of how much it matters; the word stands beside it.
pub fn code(code: Code) -> String {
    let colour = match code.severity() {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::Blue,
    };
    let style = colour.on_default();
    format!("{style}{code}{style:#}")
}

/// A text behind `lead`, broken between words where the terminal ends; further lines stand under the first. A word that is longer than a
/// line stays whole, so that ids and paths can be copied.
pub fn wrapped(lead: &str, text: &str) -> String {
    broken(lead, text, width())
}

/// As [`wrapped`], within another width.
pub fn broken(lead: &str, text: &str, width: usize) -> String {
    let indent = lead.chars().count();
    let (mut out, mut column) = (lead.to_owned(), indent);
    let flat = plain(text);
    for (place, word) in flat.split(' ').enumerate() {
        let len = word.chars().count();
        if place > 0 && column + 1 + len > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if place > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += len;
    }
    out.push('\n');
    out
}

/// Text without what would move the cursor, or turn around what stands beside it.
pub fn plain(text: &str) -> String {
    let shown = |char: char| match char {
        _ if char.is_control() => ' ',
        _ if turns_text(char) => TURN_MARK,
        _ => char,
    };
    text.chars().map(shown).collect()
}

/// Stands where a character would make the text around it read in another order than it has.
const TURN_MARK: char = '\u{fffd}';

/// Marks, overrides and isolates of the direction of writing: they show nothing themselves.
fn turns_text(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text for people that is laid out already, with a mark for what would turn it around.
pub fn unturned(text: &str) -> Cow<'_, str> {
    if text.contains(turns_text) {
        Cow::Owned(text.chars().map(|char| if turns_text(char) { TURN_MARK } else { char }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// JSON that says the same with nothing in it that a terminal would act on: such characters stand in its texts alone, where an escape means
/// just them.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    let acts = |char: char| turns_text(char) || (char.is_control() && !char.is_ascii_control()) || char == '\u{7f}';
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for char in json.chars() {
        if acts(char) {
            let _ = write!(escaped, "\\u{:04x}", u32::from(char));
        } else {
            escaped.push(char);
        }
    }
    Cow::Owned(escaped)
}

/// The first characters of a text, where a table has no room for all.
pub fn shortened(text: &str, width: usize) -> String {
    cut(&plain(text), width)
}

/// Things behind `lead`, with commas between them; lines break between two things alone.
pub fn listed(lead: &str, items: &[String], width: usize) -> String {
    let indent = lead.chars().count();
    let (mut out, mut column) = (String::new(), 0);
    for (place, item) in items.iter().enumerate() {
        let comma = if place + 1 < items.len() { "," } else { "" };
        let shown = format!("{}{comma}", plain(item));
        let len = columns(&shown);
        if column > 0 && column + 1 + len <= width {
            out.push(' ');
            column += 1;
        } else {
            out.push_str(if place == 0 { lead } else { "\n" });
            if place > 0 {
                out.push_str(&" ".repeat(indent));
            }
            column = indent;
        }
        out.push_str(&shown);
        column += len;
    }
    if items.is_empty() { out } else { out + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_as_people_read_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(hours(HoursSum::from_micros(4_800_000_000)), "1.33");
        assert!(is_rounded(HoursSum::from_micros(4_800_000_000)) && !is_rounded(HoursSum::from_micros(3_600_000_000)));
        assert_eq!(shortened("a longer name", 8), "a longe…");
        assert_eq!(["-1234.5", "-123", "1234567", ""].map(grouped), ["-1,234.5", "-123", "1,234,567", ""]);
        assert_eq!(
            [(1, "entry"), (2, "entry"), (0, "row")].map(|(n, thing)| counted(n, thing)),
            ["1 entry", "2 entries", "0 rows"]
        );
    }

    #[test]
    fn amounts_of_messages_have_groups_and_names_do_not() {
        let told = "12000.5 Hours of `A 1234.5` x 6250 less 5 % (17158.34 EUR net), entry 2026 of 2026-10-31, 226463 JPY; -1234.00.";
        let shown = "12,000.5 Hours of `A 1234.5` x 6,250 less 5 % (17,158.34 EUR net), entry 2026 of 2026-10-31, 226,463 JPY; -1,234.00.";
        assert_eq!(amounts(told), shown);
    }

    #[test]
    fn nothing_turns_the_text_of_a_terminal_around() {
        for turner in
            "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars()
        {
            let text = format!("a{turner}b");
            assert_eq!(
                (plain(&text), unturned(&text).into_owned()),
                ("a\u{fffd}b".to_owned(), "a\u{fffd}b".to_owned())
            );
            let json = serde_json::json!({ "id": text }).to_string();
            let escaped = escaped_json(&json);
            assert!(escaped.is_ascii(), "{escaped}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap()["id"], text.as_str());
        }
        assert_eq!(escaped_json("{\n  \"é\": \"\u{7f}\u{9b}\"\n}"), "{\n  \"é\": \"\\u007f\\u009b\"\n}");
        assert_eq!(unturned("\u{1b}[1mשלום\u{1b}[0m"), "\u{1b}[1mשלום\u{1b}[0m");
    }

    #[test]
    fn long_texts_break_between_words() {
        assert_eq!(broken("  ", "aa bb cc", 7), "  aa bb\n  cc\n");
        assert_eq!(broken("- ", "a-word-that-is-long b", 6), "- a-word-that-is-long\n  b\n");
        assert_eq!(broken("", "one\nline\tonly", 80), "one line only\n", "nothing of the data moves the cursor");
    }
}
