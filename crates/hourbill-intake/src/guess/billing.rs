//! F2: columns of words about billing of which no header says what they mean: `On invoice` with `yes`, `no` and `n/a`. Where no other column
//! says what became of the entries one stands for that, once somebody says what its words mean.

use super::Guess;
use super::approval::{kinds, of_rows, says, told};
use super::choose::{self, Chosen};
use super::counted::NAMED_MAX;
use super::doubts;
use super::evidence::{self, Table};
use super::hours;
use super::question::Question;
use super::quoted::{meanings, quoted};
use super::words::Sense;

/// What stands for the meaning of a word that only the user knows: no row that has it is billed before.
const UNKNOWN: &str = "?";

const NOT_BILLED: &str = "not to be billed";

/// What yes and no of a column may mean for a row: (what the column would say, of yes, of no).
const READINGS: [(&str, &str, &str); 4] = [
    ("invoiced", "invoiced", "validated"),
    ("billable", "validated", "not_billable"),
    ("approved", "validated", "draft"),
    (NOT_BILLED, "not_billable", "validated"),
];

/// A column whose words say what became of the entries, and the question what they mean; columns in `known` are asked about already.
pub(super) fn unread(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &mut Chosen,
    hours: &hours::OfFile,
    known: &[usize],
) -> Option<(usize, Question)> {
    if let Some(found) = of_references(table, chosen) {
        return Some(found);
    }
    if chosen.fields.contains_key("status") {
        return None;
    }
    let is_worded = |column: &usize| {
        // Names of who approved something, and several words in one cell, are no states.
        !table.is_of_approval(*column)
            && !doubts::is_of_tags(table, *column)
            && !table.filled(*column).any(choose::names_an_invoice)
            && kinds(table, *column).is_some_and(|words| !words.is_empty() && !are_plain(table, *column, &words))
            && doubts::decides(table, &chosen.fields, *column)
    };
    let column = doubts::speaking(table, guess, chosen, hours, known).into_iter().find(is_worded)?;
    let question = question(table, chosen, column)?;
    chosen.fields.insert("status", column);
    Some((column, question))
}

/// Words beside numbers of invoices, in a column of these: `open`.
fn of_references(table: &Table<'_>, chosen: &mut Chosen) -> Option<(usize, Question)> {
    let is_of_invoices = |column: &usize| {
        let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        meanings.iter().any(|(sense, _)| *sense == Sense::InvoiceRef)
            && !chosen.fields.values().any(|used| used == column)
            && table.filled(*column).any(choose::names_an_invoice)
    };
    if chosen.fields.contains_key("invoice_id") {
        return None;
    }
    let column = (0..table.columns()).find(is_of_invoices)?;
    let (mut words, mut dashes): (Vec<&str>, Vec<&str>) = table
        .filled(column)
        .filter(|cell| !choose::names_an_invoice(cell))
        .partition(|cell| !choose::says_nothing(cell));
    for list in [&mut words, &mut dashes] {
        list.sort_unstable();
        list.dedup();
    }
    if words.is_empty() || words.len() > NAMED_MAX {
        return None;
    }
    let line = |is_none: bool| {
        let of_words = words.iter().map(|word| (*word, if is_none { "" } else { *word }));
        format!("values.invoice_id = {}", meanings(of_words.chain(dashes.iter().map(|dash| (*dash, "")))))
    };
    let named: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let question = Question {
        text: format!(
            "`{}` says {} beside numbers of invoices: does that mean that a row is on none (the first line), or on one (the second)?",
            table.name(column),
            named.join(", ")
        ),
        lines: vec![line(true), line(false)],
        open: Some("values.invoice_id".to_owned()),
    };
    chosen.fields.insert("invoice_id", column);
    Some((column, question))
}

/// Numbers of invoices, or words that a field of yes and no reads by itself.
fn are_plain(table: &Table<'_>, column: usize, words: &[&str]) -> bool {
    let of_invoice = |word: &&str| choose::names_an_invoice(word) || choose::says_nothing(word);
    words.iter().all(of_invoice) || (table.are_flags(column) && evidence::flag_words(words).is_empty())
}

fn question(table: &Table<'_>, chosen: &Chosen, column: usize) -> Option<Question> {
    let words = kinds(table, column)?;
    let has_flags = words.iter().any(|word| is_flag(word));
    let is_of_flags = words.iter().all(|word| is_flag(word));
    let about = doubts::about(table, column);
    let mut readings: Vec<_> = READINGS.iter().filter(|(what, ..)| is_of_flags || *what != "approved").collect();
    // What the header says comes first.
    let is_turned = |what: &str| table.is_turned(column) && what == NOT_BILLED;
    readings.sort_by_key(|(what, ..)| (!is_turned(what), about != Some(*what)));
    // Words that say themselves what they mean are read in one way.
    readings.truncate(if has_flags { READINGS.len() } else { 1 });
    let lines: Vec<String> = readings.iter().map(|reading| line(table, column, &words, reading)).collect();
    let found = of_rows(table, &chosen.fields, column);
    let asks = match readings.as_slice() {
        [_] => "what do these words mean?".to_owned(),
        several => {
            let lines = ["first line", "second", "third", "fourth"];
            let whats: Vec<String> =
                several.iter().zip(lines).map(|((what, ..), line)| format!("{what} (the {line})")).collect();
            format!("is a row that says yes {}?", whats.join(", or "))
        }
    };
    let unknown = if lines.iter().any(|line| line.contains(&quoted(UNKNOWN))) {
        " In place of each `?` say `validated` (it is billed), `invoiced` (it was), `draft` (it is not approved) or `not_billable`"
    } else {
        ""
    };
    let is_told = lines.iter().any(|line| line.contains("\"\" = "));
    let blank = if !found.contains_key("") || is_told { "" } else { " What says nothing is billed like the others" };
    Some(Question {
        text: format!("`{}` speaks of billing, and says {}: {asks}{unknown}{blank}", table.name(column), told(&found)),
        lines,
        open: Some("values.status".to_owned()),
    })
}

/// Yes or no, and nothing that says itself what it is about.
fn is_flag(word: &str) -> bool {
    evidence::flag(word).is_some() && evidence::telling(word).is_none()
}

/// What each word means where yes and no are read in one way. Beside words for what is billed no more the others are of what is billed.
fn line(
    table: &Table<'_>,
    column: usize,
    words: &[&str],
    (_, of_yes, of_no): &(&str, &'static str, &'static str),
) -> String {
    let flags: Vec<&str> = words.iter().copied().filter(|word| is_flag(word)).collect();
    // The other word may come next month.
    let further = evidence::flag_words(&flags).into_iter().map(|(word, _)| word);
    let mut all: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    for word in further {
        if !all.iter().any(|known| known.to_lowercase() == word.to_lowercase()) {
            all.push(word);
        }
    }
    let closes = |word: &&str| {
        matches!(of_telling(word).or_else(|| says(table, column, word)), Some("invoiced" | "not_billable"))
    };
    let of_others = if flags.is_empty() && words.iter().any(closes) { "validated" } else { UNKNOWN };
    let meaning = |word: &str| match evidence::flag(word).filter(|_| is_flag(word)) {
        Some(true) => of_yes,
        Some(_) => of_no,
        None => of_telling(word).or_else(|| says(table, column, word)).unwrap_or(of_others),
    };
    // A mark in some rows: the others say no.
    let is_mark = flags.len() == words.len() && flags.iter().all(|word| evidence::flag(word) == Some(true));
    if is_mark && (0..table.rows()).any(|row| table.cell(row, column).is_empty()) {
        let of_words = words.iter().map(|word| (*word, *of_yes));
        return format!("values.status = {}", meanings(of_words.chain([("", *of_no)])));
    }
    format!("values.status = {}", meanings(all.iter().map(|word| (word.as_str(), meaning(word)))))
}

/// What a word means that says itself what it is about.
fn of_telling(word: &str) -> Option<&'static str> {
    match (evidence::telling(word)?, evidence::flag(word)?) {
        ("billable", true) | ("invoiced", false) => Some("validated"),
        ("billable", false) => Some("not_billable"),
        _ => Some("invoiced"),
    }
}
