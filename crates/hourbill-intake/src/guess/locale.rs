//! How a file writes numbers and dates: the way in which all of its cells can be read, when there is only one.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::before::Before;
use super::question::Question;
use super::quoted::quoted;
use super::{Guess, cells, mark};
use crate::calendar::Date;
use crate::check::totals;
use crate::check::value::{EXCEL_DAYS, Grammar, Started};
use crate::check::written_dates::usual_formats;
use crate::inputs::{Field, Input, Meaning};
use crate::job::{DecimalMark, Encoding, HoursUnit, InputSettings};
use crate::quantity::MICROS_PER_HOUR;
use crate::read::{Cell, Look};

/// Decimal and thousands marks, the plainest first.
pub(super) const MARKS: [(DecimalMark, Option<char>); 9] = [
    (DecimalMark::Point, None),
    (DecimalMark::Comma, None),
    (DecimalMark::Comma, Some('.')),
    (DecimalMark::Point, Some(',')),
    (DecimalMark::Comma, Some(' ')),
    (DecimalMark::Comma, Some('\u{a0}')),
    (DecimalMark::Comma, Some('\u{202f}')),
    (DecimalMark::Point, Some('\'')),
    (DecimalMark::Point, Some('’')),
];

/// Each form alone, and with the day of the week before or behind it.
macro_rules! dates {
    ($($form:literal),+ $(,)?) => {
        &[
            $($form,)+
            $(concat!("%A ", $form),)+
            $(concat!("%A, ", $form),)+
            $(concat!($form, " %A"),)+
            $(concat!($form, " (%A)"),)+
        ]
    };
}

/// Day, month and year in the orders and with the marks that programs use; a time of day may stand behind each.
const DATES: &[&str] = dates![
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%Y%m%d",
    "%d %m %Y",
    "%d. %m. %Y",
    "%d/%b/%y",
    "%d/%b/%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d.%b.%Y",
    "%Y-%b-%d",
    "%d %B %Y",
    "%d. %B %Y",
    "%d %B, %Y",
    "%d de %B de %Y",
    "%d %B %y",
    "%B %d, %Y",
    "%B %d %Y",
    "%B-%d-%Y",
    "%Y年%m月%d日",
];

/// Those that may be meant: without a letter nothing is the name of a day or a month.
pub(super) fn formats(cells: &[&str]) -> impl Iterator<Item = &'static str> + use<> {
    let named = cells.iter().any(|cell| cell.chars().any(char::is_alphabetic));
    let days = are_days_of_excel(cells).then_some(EXCEL_DAYS);
    let written = DATES
        .iter()
        .copied()
        .filter(move |format| named || !["%A", "%b", "%B"].iter().any(|name| format.contains(name)));
    written.chain(days)
}

/// Figures from 1990 to 2100 as workbooks count days, and times of day as parts of one, where they are not written as ISO.
fn are_days_of_excel(cells: &[&str]) -> bool {
    let mut others = cells.iter().filter(|cell| cell.get(..10).and_then(Date::parse).is_none()).peekable();
    others.peek().is_some() && others.all(|cell| is_day_of_excel(cell) || is_time_of_excel(cell))
}

pub(super) fn is_day_of_excel(cell: &str) -> bool {
    let (days, time) = cell.split_once(['.', ',']).unwrap_or((cell, ""));
    let of_days = days.len() == 5 && days.parse().is_ok_and(|days: u32| (32_874..=73_415).contains(&days));
    of_days && time.bytes().all(|byte| byte.is_ascii_digit())
}

/// Midnight is a plain 0.
fn is_time_of_excel(cell: &str) -> bool {
    let behind = |(whole, part): (&str, &str)| {
        matches!(whole, "" | "0") && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    cell == "0" || cell.split_once(['.', ',']).is_some_and(behind)
}

/// How cells of days and times are read by a format: parts of days have the decimal mark that they have.
pub(super) fn by_format(format: Option<&str>, cells: &[&str]) -> InputSettings {
    let comma = format == Some(EXCEL_DAYS) && cells.iter().any(|cell| cell.contains(','));
    InputSettings {
        date_format: format.map(str::to_owned),
        decimal: if comma { DecimalMark::Comma } else { DecimalMark::Point },
        ..InputSettings::default()
    }
}

/// Year, month and day, whatever their digits.
const LOOSE_ISO: &str = "%Y-%m-%d";

/// So many dates at the front of a file tell which formats are likely.
const FRONT: usize = 500;

/// One date in so many may be a mistake.
const MISREAD_SHARE: usize = 10;

pub(super) fn find(look: &Look, guess: &mut Guess) {
    if let Some(text) = look.text.filter(|text| matches!(text.encoding, Encoding::Windows1252 | Encoding::ShiftJis)) {
        let cells = || look.front.headers.iter().chain(look.front.rows.iter().flatten());
        let count = cells().filter(|cell| !cell.is_ascii()).count();
        let other = if text.encoding == Encoding::ShiftJis { " and look Japanese" } else { "" };
        guess.decided.insert("encoding", format!("{count} of {} cells are no UTF-8{other}", cells().count()));
    }
    // Cells of workbooks are numbers and dates by themselves, but dates may be texts there too.
    if look.text.is_some() {
        numbers(look, guess);
    }
    dates(look, guess);
}

fn numbers(look: &Look, guess: &mut Guess) {
    let written = |meaning: &[Meaning]| -> Vec<&str> {
        let fields = guess.input.fields().iter().filter(|field| meaning.contains(&field.meaning));
        fields.flat_map(|field| cells(look, guess, field.name)).collect()
    };
    let (mut hours, numbers) = (written(&[Meaning::Hours]), written(&[Meaning::Decimal, Meaning::Integer]));
    // Whichever column a question lets count, or several, is read in the same way.
    let named = |header: &str| {
        let lines = guess.questions.iter().flat_map(|question| &question.lines);
        let mut lines = lines.filter(|line| line.starts_with("columns.hours = "));
        lines.any(|line| line.contains(&quoted(header)))
    };
    let of_hours = super::column_of(guess, "hours");
    let asked = guess.columns.iter().enumerate().filter(|(at, column)| Some(*at) != of_hours && named(&column.header));
    hours.extend(asked.flat_map(|(at, _)| super::column_cells(look, at)));
    let days = date_cells(look, guess);
    if are_days_of_excel(&days) {
        hours.extend(days.iter().filter(|cell| is_day_of_excel(cell) || is_time_of_excel(cell)));
    }
    let hours_unit = guess.settings.hours_unit;
    let misread = |&(decimal, thousands): &(DecimalMark, Option<char>)| {
        let settings = InputSettings { decimal, thousands, hours_unit, ..InputSettings::default() };
        let grammar = Grammar::new(&settings);
        // Nobody works a thousand hours in a row: what stands before three digits is the decimal mark.
        let as_hours = |cell: &&&str| match grammar.hours(Cell::Text(cell)) {
            Ok(Some(hours)) => {
                thousands.is_some_and(|mark| cell.contains(mark)) && hours.micros().abs() >= 1_000 * MICROS_PER_HOUR
            }
            Ok(None) => false,
            Err(_) => true,
        };
        let as_hours = |cell: &&&str| as_hours(cell) || is_grouped(cell, decimal, hours_unit);
        hours.iter().filter(as_hours).count()
            + numbers.iter().filter(|cell| grammar.quantity(Cell::Text(cell)).is_err()).count()
    };
    let counts: Vec<usize> = MARKS.iter().map(misread).collect();
    let Some(least) = counts.iter().min() else { return };
    let Some((decimal, thousands)) = counts.iter().position(|count| count == least).and_then(|at| MARKS.get(at)) else {
        return;
    };
    (guess.settings.decimal, guess.settings.thousands) = (*decimal, *thousands);
    mixed_marks(guess, hours.iter().chain(&numbers), (*decimal, *thousands));
    let all = hours.len() + numbers.len();
    // "1,500" is one and a half, or fifteen hundred; nobody works fifteen hundred hours in a row.
    let otherwise = misread(&other_way(*decimal)).saturating_sub(*least);
    if thousands.is_some() || otherwise > 0 {
        let is_plain = *decimal == DecimalMark::Point && thousands.is_none();
        let plain = counts.first().map_or(0, |plain| plain.saturating_sub(*least));
        let decided = if is_plain { otherwise } else { plain };
        guess.decided.insert("decimal", format!("{decided} of {all} numbers can be read in no other way"));
        return;
    }
    let is_open = !numbers.is_empty() || guess.input != Input::Timesheets;
    let marked = hours.iter().chain(&numbers).find(|cell| cell.contains(mark(*decimal)));
    if let Some(cell) = marked.filter(|_| is_open) {
        either_mark(guess, cell);
    }
}

/// A mark with thousands behind it where the other has decimals.
fn other_way(decimal: DecimalMark) -> (DecimalMark, Option<char>) {
    match decimal {
        DecimalMark::Point => (DecimalMark::Comma, Some('.')),
        DecimalMark::Comma => (DecimalMark::Point, Some(',')),
    }
}

/// All figures with a mark can be read in two ways, such as `cell`.
fn either_mark(guess: &mut Guess, cell: &str) {
    let taken = mark(guess.settings.decimal);
    if !guess.doubts_marks() {
        guess.unsure.push(format!(
            "`{taken}` is taken for the decimal mark, but could stand between thousands: see `decimal` and `thousands`"
        ));
        return;
    }
    let (other, _) = other_way(guess.settings.decimal);
    let line = |key: &str, mark: &str| format!("{key} = {}", quoted(mark));
    guess.questions.push(Question {
        text: format!(
            "figures such as `{cell}` may have decimals or thousands behind their mark, and none says which: they count for nothing until the job does. Take the # off the first line, or off the other two"
        ),
        lines: vec![line("decimal", taken), line("decimal", mark(other)), line("thousands", taken)],
        open: None,
    });
}

impl Guess {
    /// A mark before three digits may part decimals or thousands: no figure of the file says which, and it is not written as programs do that
    /// have a decimal point.
    pub(super) fn doubts_marks(&self) -> bool {
        let with_comma = self.settings.delimiter.is_none_or(|delimiter| delimiter == b',');
        let is_plain = with_comma && self.settings.decimal == DecimalMark::Point;
        self.is_text && !is_plain && !self.decided.contains_key("decimal")
    }

    /// How its figures are read; none where it is in doubt what their marks are.
    pub(super) fn grammar(&self) -> Grammar<'_> {
        if self.doubts_marks() { Grammar::doubting(&self.settings) } else { Grammar::new(&self.settings) }
    }

    /// Takes the marks that the job names which is written over, where the file says none.
    pub(super) fn marks_answered(&mut self, before: &Before) {
        let word = |key: &str| before.word(self.input.name(), key);
        let (decimal, thousands) = (word("decimal"), word("thousands"));
        if !self.doubts_marks() || (decimal.is_none() && thousands.is_none()) {
            return;
        }
        self.settings.decimal = if decimal == Some(",") { DecimalMark::Comma } else { DecimalMark::Point };
        self.settings.thousands = thousands.and_then(|mark| mark.chars().next());
        self.decided.insert("decimal", "as it was said before".to_owned());
        self.questions.retain(|question| !question.lines.iter().any(|line| line.starts_with("decimal = ")));
    }
}

/// Minutes and seconds are whole: what stands before three digits parts thousands, where a day has as many of them.
fn is_grouped(cell: &str, decimal: DecimalMark, hours_unit: HoursUnit) -> bool {
    let mark = if decimal == DecimalMark::Point { '.' } else { ',' };
    let parts = cell.split_once(mark).filter(|(_, behind)| behind.len() == 3);
    if !matches!(hours_unit, HoursUnit::Minutes | HoursUnit::Seconds) || parts.is_none() {
        return false;
    }
    let other = if decimal == DecimalMark::Point { DecimalMark::Comma } else { DecimalMark::Point };
    let settings = InputSettings { decimal: other, thousands: Some(mark), hours_unit, ..InputSettings::default() };
    let read = Grammar::new(&settings).hours(Cell::Text(cell)).ok().flatten();
    read.is_some_and(|hours| hours.micros().abs() <= 24 * MICROS_PER_HOUR)
}

/// Some numbers have the decimal mark of the others, and some another one: as one file is read, the fewer ones are set aside.
fn mixed_marks<'a>(
    guess: &mut Guess,
    cells: impl Iterator<Item = &'a &'a str> + Clone,
    (decimal, thousands): (DecimalMark, Option<char>),
) {
    let reads = |decimal: DecimalMark, thousands: Option<char>| {
        let settings = InputSettings { decimal, thousands, ..InputSettings::default() };
        move |cell: &str| {
            let grammar = Grammar::new(&settings);
            grammar.hours(Cell::Text(cell)).is_ok() || grammar.quantity(Cell::Text(cell)).is_ok()
        }
    };
    let other = if decimal == DecimalMark::Point { DecimalMark::Comma } else { DecimalMark::Point };
    let (one, other) = (reads(decimal, thousands), reads(other, None));
    let mixed = cells.clone().filter(|cell| !one(cell) && other(cell));
    let (Some(sample), count) = (mixed.clone().next(), mixed.count()) else { return };
    let all = cells.count();
    guess.unsure.push(format!(
        "{count} of {all} numbers, such as `{sample}`, have another decimal mark than the others (`{}`): their rows are set aside until the file writes all in one way",
        mark(decimal)
    ));
}

/// Cells that hold days; times of day say none.
fn date_cells<'a>(look: &'a Look, guess: &Guess) -> Vec<&'a str> {
    let of_work = |name: &str| guess.input == Input::Timesheets && matches!(name, "started_at" | "ended_at");
    let is_day = |field: &&Field| matches!(field.meaning, Meaning::Date | Meaning::Moment) || of_work(field.name);
    let settings = InputSettings::default();
    let grammar = Grammar::new(&settings);
    let is_time = |cell: &&str| matches!(grammar.started(Cell::Text(cell)), Ok(Some(Started::TimeOfDay(_))));
    let fields = guess.input.fields().iter().filter(is_day);
    let all = fields.flat_map(|field| cells(look, guess, field.name));
    all.filter(|cell| !is_time(cell) && !totals::calls_one(cell)).collect()
}

/// Formats other than ISO by how many cells each cannot read. Those that fail at the front are not held against all cells.
fn misread(cells: &[&str]) -> Vec<(&'static str, usize)> {
    let unread = |format: &str, cells: &[&str]| {
        let settings = by_format(Some(format), cells);
        let grammar = Grammar::new(&settings);
        cells.iter().filter(|cell| grammar.started(Cell::Text(cell)).is_err()).count()
    };
    let front = cells.get(..cells.len().min(FRONT)).unwrap_or_default();
    let at_front: Vec<(&'static str, usize)> = formats(cells).map(|format| (format, unread(format, front))).collect();
    let least = at_front.iter().map(|(_, count)| *count).min().unwrap_or_default();
    let likely = at_front.into_iter().filter(|(_, count)| *count <= least + front.len() / MISREAD_SHARE);
    likely.map(|(format, _)| (format, unread(format, cells))).collect()
}

/// The format in which most cells can be read; `None` where they are ISO.
pub(super) fn likeliest(cells: &[&str]) -> Option<&'static str> {
    let front: Vec<&str> = cells.iter().copied().take(FRONT).collect();
    let settings = InputSettings::default();
    let grammar = Grammar::new(&settings);
    if front.iter().all(|cell| grammar.started(Cell::Text(cell)).is_ok()) {
        return None;
    }
    misread(&front).into_iter().min_by_key(|(_, count)| *count).map(|(format, _)| format)
}

/// In which order day and month stand, where the dates do not say it by themselves.
fn order_of_dates(sample: &str) -> Question {
    let usual = usual_formats(sample);
    let usual = if usual.is_empty() { vec!["%d/%m/%Y".to_owned()] } else { usual };
    Question {
        text: format!("dates such as `{sample}` are in no known order: set `date_format`"),
        lines: usual.into_iter().map(|format| format!("date_format = \"{format}\"")).collect(),
        open: Some("date_format".to_owned()),
    }
}

fn dates(look: &Look, guess: &mut Guess) {
    let cells = date_cells(look, guess);
    let unread = |format: Option<&str>| -> Vec<&str> {
        let settings = by_format(format, &cells);
        let grammar = Grammar::new(&settings);
        cells.iter().copied().filter(|cell| grammar.started(Cell::Text(cell)).is_err()).collect()
    };
    let not_iso = unread(None);
    let Some(&sample) = not_iso.first() else { return };
    // `2026-3-8` beside `2026-10-12`.
    let loose = unread(Some(LOOSE_ISO)).len();
    if loose < not_iso.len() && loose * MISREAD_SHARE <= cells.len() {
        guess.settings.date_format = Some(LOOSE_ISO.to_owned());
        let told = format!("{} of {} dates have days or months of one digit", not_iso.len() - loose, cells.len());
        guess.decided.insert("date_format", told);
        return;
    }
    if not_iso.len() * MISREAD_SHARE <= cells.len() {
        let count = not_iso.len();
        guess
            .unsure
            .push(format!("{count} of {} dates are not written as year-month-day, such as `{sample}`", cells.len()));
        return;
    }
    let misread = misread(&cells);
    let least = misread.iter().map(|(_, count)| *count).min().unwrap_or(cells.len());
    // A few cells may be mistakes of their own; they go to quarantine.
    if least * MISREAD_SHARE > cells.len() {
        guess.questions.push(order_of_dates(sample));
        return;
    }
    if least > 0 {
        guess.unsure.push(format!("{least} of {} dates are written otherwise than the others", cells.len()));
    }
    let fitting: Vec<&'static str> =
        misread.iter().filter(|(_, count)| *count == least).map(|(format, _)| *format).collect();
    // A year of four digits is also read as one of two, and the other way round.
    let four: Vec<&'static str> = fitting.iter().copied().filter(|format| format.contains("%Y")).collect();
    let short =
        cells.iter().any(|cell| Date::parse(cell).is_none() && cell.len() <= 8 && cell.contains(['/', '.', '-']));
    if fitting == [EXCEL_DAYS] {
        guess.questions.push(of_excel(&not_iso, cells.len()));
        guess.settings.open = guess.open();
        return;
    }
    let several = one_of_each(if four.is_empty() || short { fitting } else { four });
    match with_year_first(several, &cells).as_slice() {
        [format] => {
            let turned = format.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m");
            let otherwise = if turned == *format { cells.len() } else { unread(Some(&turned)).len() };
            let decided = otherwise.saturating_sub(least);
            if let Some(other) = DATES.iter().find(|known| **known == turned)
                && is_lone(&cells, (format, other), decided)
            {
                guess.ambiguous_dates = Some((sample.to_owned(), vec![*format, *other]));
                return;
            }
            if look.text.is_none() && may_be_turned(&cells, format) {
                guess.questions.push(swapped(format, sample));
                guess.settings.open = guess.open();
                return;
            }
            guess.settings.date_format = Some((*format).to_owned());
            if decided > 0 {
                let told = format!("{decided} of {} dates can be read in no other order", cells.len());
                guess.decided.insert("date_format", told);
            }
        }
        several => guess.ambiguous_dates = Some((sample.to_owned(), several.to_vec())),
    }
}

/// One date or two decide the order, and in the other one the rest lie far closer together: those may be the mistakes.
fn is_lone(cells: &[&str], (format, other): (&str, &str), decided: usize) -> bool {
    const FEW_SHARE: usize = 8;
    const CLOSER: i32 = 4;
    let days = |format: &str| -> Option<i32> {
        let settings = by_format(Some(format), cells);
        let grammar = Grammar::new(&settings);
        let read: Vec<i32> = cells
            .iter()
            .filter_map(|cell| match grammar.started(Cell::Text(cell)) {
                Ok(Some(Started::At(moment))) => Some(moment.date().days()),
                _ => None,
            })
            .collect();
        Some(read.iter().max()? - read.iter().min()?)
    };
    let closer = || Some(days(other)?.saturating_mul(CLOSER) < days(format)?);
    decided > 0 && decided * FEW_SHARE <= cells.len() && closer() == Some(true)
}

/// The workbook has dates up to the 12th as dates and later ones as text: the program that opened the file took days for months where it could.
fn may_be_turned(cells: &[&str], format: &str) -> bool {
    let (dates, texts): (Vec<&str>, Vec<&str>) =
        cells.iter().partition(|cell| Date::parse(cell.get(..10).unwrap_or(cell)).is_some());
    let settings = by_format(Some(format), cells);
    let grammar = Grammar::new(&settings);
    let day = |cell: &str| match grammar.started(Cell::Text(cell)) {
        Ok(Some(Started::At(moment))) => Some(moment.date().ymd().2),
        _ => None,
    };
    let late = |cell: &&str| day(cell).is_some_and(|day| day > 12);
    !dates.is_empty() && !texts.is_empty() && texts.iter().all(late) && !dates.iter().any(late)
}

fn swapped(format: &str, sample: &str) -> Question {
    Question {
        text: format!(
            "dates such as `{sample}` are texts, and none of those that are dates lies behind the 12th: the program that opened the file may have taken their days for months. Export again without opening it, or say that they are right"
        ),
        lines: vec![format!("date_format = {}", quoted(format))],
        open: Some("date_format".to_owned()),
    }
}

/// `26/03/02`: of two digits the year may stand in front, too. It is what differs least from date to date; where both differ alike it is the one that
/// can be a year of today.
fn with_year_first(formats: Vec<&'static str>, cells: &[&str]) -> Vec<&'static str> {
    const YEAR_FIRST: [(&str, &str); 2] = [("%d/%m/%y", "%y/%m/%d"), ("%d-%m-%y", "%y-%m-%d")];
    const YEARS: RangeInclusive<u32> = 20..=40;
    let Some((_, turned)) = YEAR_FIRST.into_iter().find(|(known, _)| formats.contains(known)) else { return formats };
    let settings = by_format(Some(turned), cells);
    let grammar = Grammar::new(&settings);
    if cells.iter().any(|cell| grammar.started(Cell::Text(cell)).is_err()) {
        return formats;
    }
    let of_place = |place: usize| -> BTreeSet<u32> {
        let number = |cell: &&str| cell.split(['/', '-', ' ']).nth(place)?.parse().ok();
        cells.iter().filter_map(number).collect()
    };
    let (front, back) = (of_place(0), of_place(2));
    let are_years = |numbers: &BTreeSet<u32>| numbers.iter().all(|number| YEARS.contains(number));
    match (front.len().cmp(&back.len()), are_years(&front), are_years(&back)) {
        (Ordering::Less, ..) | (Ordering::Equal, true, false) => vec![turned],
        (Ordering::Equal, true, true) | (Ordering::Equal, false, false) => {
            formats.into_iter().chain([turned]).collect()
        }
        (Ordering::Greater, ..) | (Ordering::Equal, false, true) => formats,
    }
}

/// Days and times as workbooks count them: what the first of each is, and how many decide.
fn of_excel(counted: &[&str], all: usize) -> Question {
    let settings = by_format(Some(EXCEL_DAYS), counted);
    let grammar = Grammar::new(&settings);
    let read = |cell: &&str| match grammar.started(Cell::Text(cell)).ok().flatten()? {
        Started::At(moment) => Some(format!("`{cell}` ({moment})")),
        Started::TimeOfDay(micros) => {
            let minutes = micros / (MICROS_PER_HOUR / 60);
            Some(format!("`{cell}` ({}:{:02})", minutes / 60, minutes % 60))
        }
    };
    let day = counted.iter().find(|cell| is_day_of_excel(cell)).and_then(read);
    let time = counted.iter().find(|cell| !is_day_of_excel(cell)).and_then(read);
    let shown: Vec<String> = day.into_iter().chain(time).collect();
    Question {
        text: format!(
            "{} of {all} dates and times, such as {}, look like numbers of days as Excel counts them: if they are not, export them as text",
            counted.len(),
            shown.join(" and ")
        ),
        lines: vec![format!("date_format = {}", quoted(EXCEL_DAYS))],
        open: Some("date_format".to_owned()),
    }
}

/// Formats that read the same cells in the same way are one: that of whole names reads short ones too, and blanks may be missing.
fn one_of_each(formats: Vec<&'static str>) -> Vec<&'static str> {
    let plain = |format: &str| format.replace("%B", "%b").replace(' ', "");
    let mut kept: Vec<&'static str> = Vec::new();
    for format in formats {
        if !kept.iter().any(|known| plain(known) == plain(format)) {
            kept.push(format);
        }
    }
    kept
}

/// Which program wrote a file: one that is known, or whose files have these headers.
fn program(look: &Look, guess: &Guess) -> (Input, String) {
    let headers =
        || look.front.headers.iter().map(|header| crate::presets::folded(header)).collect::<Vec<_>>().join("\n");
    (guess.input, guess.settings.preset.map_or_else(headers, |preset| preset.name.to_owned()))
}

/// Files of one program that write dates in several orders: nobody can tell in which one each of their dates is written.
fn contradicting(files: &mut [(&Look, Guess)]) {
    let all: Vec<_> =
        files.iter().map(|(look, guess)| (program(look, guess), guess.settings.date_format.clone())).collect();
    for at in 0..all.len() {
        let Some((of, Some(format))) = all.get(at) else { continue };
        let others = all.iter().filter(|(other, _)| other == of).filter_map(|(_, other)| other.as_ref());
        let mut formats: Vec<&String> = others.collect();
        formats.sort_unstable();
        formats.dedup();
        let Some((_, guess)) = files.get_mut(at).filter(|_| formats.len() > 1) else { continue };
        guess.settings.date_format = None;
        guess.decided.remove("date_format");
        guess.questions.push(Question {
            text: format!(
                "dates are written as `{format}` here and otherwise in another file of the same columns: one input is read in one order, so export all in one, and set `date_format` to it"
            ),
            lines: formats.iter().map(|format| format!("date_format = {}", quoted(format))).collect(),
            open: (guess.input == Input::Timesheets).then(|| "date_format".to_owned()),
        });
        guess.settings.open = guess.open();
    }
}

/// Files of one program write dates in one order: where one leaves it open, the others tell.
pub(super) fn agree(files: &mut [(&Look, Guess)]) {
    let order =
        |format: &str| format.replace("%A", "").chars().find(|c| matches!(c, 'd' | 'm' | 'b' | 'B' | 'Y' | 'y'));
    contradicting(files);
    let known =
        |(look, guess): &(&Look, Guess)| Some((program(look, guess), order(guess.settings.date_format.as_deref()?)));
    let known: Vec<_> = files.iter().filter_map(known).collect();
    for (look, guess) in files.iter_mut() {
        let Some((sample, several)) = guess.ambiguous_dates.take() else { continue };
        let of_file = program(look, guess);
        let mut orders = known.iter().filter(|(of, _)| *of == of_file).map(|(_, order)| *order);
        let first = orders.next().filter(|first| orders.all(|other| other == *first));
        let mut agreeing = several.iter().filter(|format| first == Some(order(format)));
        let listed = several.iter().map(|format| format!("`{format}`")).collect::<Vec<_>>().join(" or ");
        let question = match (agreeing.next(), agreeing.next()) {
            (Some(format), None) => {
                guess.settings.date_format = Some((*format).to_owned());
                Question::aside(format!(
                    "dates such as `{sample}` may be {listed}: `{format}` is taken, as in the other files"
                ))
            }
            _ => Question {
                text: format!("dates such as `{sample}` may be {listed}: set `date_format` to one of them"),
                lines: several.iter().map(|format| format!("date_format = {}", quoted(format))).collect(),
                open: (guess.input == Input::Timesheets).then(|| "date_format".to_owned()),
            },
        };
        guess.questions.push(question);
        guess.settings.open = guess.open();
    }
}

/// The dates of the entries of a file, as far as they can be read.
pub(super) fn entry_dates(look: &Look, guess: &Guess) -> Vec<Date> {
    let grammar = Grammar::new(&guess.settings);
    let read = |cell: &str| grammar.date(Cell::Text(cell)).ok().flatten();
    let field = if super::column_of(guess, "date").is_some() { "date" } else { "started_at" };
    cells(look, guess, field).into_iter().filter_map(read).collect()
}
