//! F2: what is not billed by words: those that stand among yes and no, and kinds of work that say by themselves that nobody pays for them.

use super::Guess;
use super::choose::{Chosen, dated};
use super::counted::{NAMED_MAX, counts, rows_in_words};
use super::evidence::{self, Table};
use super::question::Question;
use super::quoted::{meanings, quoted};
use super::words::Sense;
use crate::job::HoursUnit;

/// Some entries say whether they are billable, or invoiced, and others say nothing or something else: nobody knows what that means there.
pub(super) fn odd_flags(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen) -> Vec<Question> {
    ["billable", "invoiced"].into_iter().filter_map(|field| odd_flags_of(table, guess, chosen, field)).collect()
}

fn odd_flags_of(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen, field: &'static str) -> Option<Question> {
    let column = chosen.fields.get(field).copied().filter(|column| *column < table.columns())?;
    if table.is_empty(column) {
        return None;
    }
    let rows = dated(table, &chosen.fields);
    let cells: Vec<&str> = rows.iter().map(|row| table.cell(*row, column)).collect();
    // What is not invoiced may say nothing, and of our own column an empty cell is known to mean yes.
    let asks = field == "billable" && !super::own::is_named(table, column, field);
    let blank = cells.iter().filter(|cell| cell.is_empty() && asks).count();
    let known = |cell: &str| {
        let by_preset = |shape: &'static crate::presets::Shape| {
            shape.words_of(field).any(|(word, _)| word.eq_ignore_ascii_case(cell))
        };
        let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, table.written()));
        evidence::flag(cell).is_some() || shape.is_some_and(by_preset)
    };
    let mut odd: Vec<&str> = cells.iter().copied().filter(|cell| !cell.is_empty() && !known(cell)).collect();
    let of_odd = odd.len();
    odd.sort_unstable();
    odd.dedup();
    if blank == 0 && odd.is_empty() {
        return None;
    }
    let words = guess.settings.values.remove(field).unwrap_or_default();
    let line = |says: &str| {
        let of_empty = if field == "billable" { says } else { "false" };
        let told = odd.iter().map(|word| (*word, says)).chain(std::iter::once(("", of_empty)));
        let known = words.iter().map(|(word, says)| (word.as_str(), says.as_str()));
        format!("values.{field} = {}", meanings(known.chain(told)))
    };
    let header = table.name(column);
    let named: Vec<String> = odd.iter().take(NAMED_MAX).map(|word| format!("`{word}`")).collect();
    let says = match (blank, odd.as_slice()) {
        (blank, []) => format!("`{header}` is empty in {blank} of {} entries", rows.len()),
        (0, _) => format!("`{header}` says {} in {of_odd} of {} entries", named.join(", "), rows.len()),
        (blank, _) => format!(
            "`{header}` is empty in {blank} and says {} in {of_odd} of {} entries",
            named.join(", "),
            rows.len()
        ),
    };
    Some(Question {
        text: format!("{says}: are these {field}?"),
        lines: vec![line("false"), line("true")],
        open: Some(format!("values.{field}")),
    })
}

/// Words for work that is not billed, or for no work at all, as the kind of a row.
const FREE: [&str; 34] = [
    "kulanz",
    "goodwill",
    "write-off",
    "write off",
    "kostenlos",
    "gratis",
    "free of charge",
    "no charge",
    "courtesy",
    "internal",
    "intern",
    "interne",
    "interno",
    "nicht berechenbar",
    "vacation",
    "annual leave",
    "sick",
    "sick leave",
    "holiday",
    "public holiday",
    "pto",
    "time off",
    "absence",
    "urlaub",
    "krank",
    "krankheit",
    "feiertag",
    "abwesenheit",
    "congés",
    "congé maladie",
    "vacaciones",
    "vakantie",
    "ziekte",
    "ferie",
];

/// Words for rows that are no work at all: costs, things, distances and breaks, whose figures are no hours.
const NO_WORK: [&str; 33] = [
    "expense",
    "expenses",
    "expenseentry",
    "expense entry",
    "mileage",
    "km",
    "kilometer",
    "disbursement",
    "material",
    "materials",
    "product",
    "spesen",
    "auslagen",
    "fahrtkosten",
    "kilometergeld",
    "ware",
    "artikel",
    "pause",
    "break",
    "lunch",
    "lunch break",
    "unpaid break",
    "mittagspause",
    "frais",
    "dépense",
    "gasto",
    "gastos",
    "descanso",
    "onkosten",
    "pauze",
    "spese",
    "pausa",
    "st",
];

/// A column that nobody reads has a word for rows that are no work, and others beside it.
pub(super) fn of_no_work(table: &Table<'_>, chosen: &Chosen) -> Option<Question> {
    let counts = counts(table, &chosen.fields);
    let rows: Vec<usize> = dated(table, &chosen.fields).into_iter().filter(|row| counts(*row)).collect();
    let is_no_work = |cell: &str| cell.len() <= WORD_MAX && NO_WORK.contains(&cell.to_lowercase().as_str());
    let says_so = |column: &usize| {
        let used = chosen.fields.iter().any(|(field, used)| used == column && *field != "activity");
        let found = rows.iter().filter(|row| is_no_work(table.cell(**row, *column))).count();
        !used && !table.is_repeat(*column) && found > 0 && found < rows.len()
    };
    let column = (0..table.columns()).find(says_so)?;
    let mut found: Vec<&str> =
        rows.iter().map(|row| table.cell(*row, column)).filter(|cell| is_no_work(cell)).collect();
    let count = found.len();
    found.sort_unstable();
    found.dedup();
    let told: Vec<String> = found.iter().take(NAMED_MAX).map(|word| format!("`{word}`")).collect();
    let header = table.name(column);
    Some(Question {
        text: format!(
            "`{header}` says {} in {}: are these rows left out (the first line), or are their figures hours to bill like the others (the second)?",
            told.join(", "),
            rows_in_words(count)
        ),
        lines: left_out(header, &found),
        open: Some("skip".to_owned()),
    })
}

/// Bytes of the longest of them, and of words of flags.
const WORD_MAX: usize = 24;

/// No column says what is billable, but kinds of work do: some of them by themselves are none that is billed.
pub(super) fn of_activity(table: &Table<'_>, guess: &Guess, chosen: &Chosen) -> Option<Question> {
    if chosen.fields.contains_key("billable") || guess.settings.constants.contains_key("billable") {
        return None;
    }
    let free = |cell: &str| {
        cell.len() <= WORD_MAX
            && (FREE.contains(&cell.to_lowercase().as_str())
                || (evidence::telling(cell) == Some("billable") && evidence::flag(cell) == Some(false)))
    };
    let column = chosen.fields.get("activity").copied().filter(|column| *column < table.columns())?;
    let counts = counts(table, &chosen.fields);
    let rows: Vec<&str> = dated(table, &chosen.fields)
        .into_iter()
        .filter(|row| counts(*row))
        .map(|row| table.cell(row, column))
        .filter(|cell| free(cell))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let header = table.name(column);
    let mut found = rows.clone();
    found.sort_unstable();
    found.dedup();
    let told: Vec<String> = found.iter().take(NAMED_MAX).map(|word| format!("`{word}`")).collect();
    Some(Question {
        text: format!(
            "no column says what is billable, and `{header}` says {} in {}: are these hours left out (the first line), or billed like the others (the second)?",
            told.join(", "),
            rows_in_words(rows.len())
        ),
        lines: left_out(header, &found),
        open: Some("skip".to_owned()),
    })
}

/// Lines that leave rows with some cells out, or say that all are billed.
fn left_out(header: &str, cells: &[&str]) -> Vec<String> {
    let skip: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    let skip = if let [one] = skip.as_slice() { one.clone() } else { format!("[{}]", skip.join(", ")) };
    vec![format!("skip = {{ {} = {skip} }}", quoted(header)), "skip = {}     # all are billed".to_owned()]
}

/// No column says what is billable, but some hours come to no money where others do: what becomes of them, in words.
pub(super) fn of_money(table: &Table<'_>, guess: &Guess, chosen: &Chosen, hours: Option<usize>) -> Option<String> {
    if chosen.fields.contains_key("billable") || guess.settings.constants.contains_key("billable") {
        return None;
    }
    let means = |column: usize, sense: Sense| {
        let header = table.headers.get(column);
        header.is_some_and(|header| !header.alone && header.meanings.iter().any(|(known, _)| *known == sense))
    };
    let of = |sense: Sense| (0..table.columns()).find(|column| means(*column, sense) && !table.is_empty(*column));
    let column = of(Sense::Amount).or_else(|| of(Sense::Rate))?;
    let worked = table.hours(hours?, HoursUnit::Hours)?;
    let is_worked = |row: &usize| worked.get(*row).copied().flatten().is_some_and(|hours| hours.micros() != 0);
    let counts = counts(table, &chosen.fields);
    let rows = dated(table, &chosen.fields).into_iter().filter(|row| counts(*row) && is_worked(row));
    let cells: Vec<&str> = rows.map(|row| table.cell(row, column)).collect();
    let free = cells.iter().filter(|cell| !cell.bytes().any(|byte| matches!(byte, b'1'..=b'9'))).count();
    (free > 0 && free < cells.len()).then(|| {
        format!(
            "`{}` is nothing in {free} of {} rows with hours, and they are billed like the others: `skip` leaves rows out",
            table.name(column),
            cells.len()
        )
    })
}
