//! F7: rows with a day of their own that a report calls sums. An entry of the same day and figure would look like them: that is asked.

use super::choose::{Chosen, dated};
use super::counted::{KINDS_MAX, SLACK, rows_told};
use super::evidence::Table;
use super::hours::OfFile;
use super::question::Question;
use super::quoted::quoted;
use crate::check::totals;
use crate::quantity::{Hours, HoursSum};

/// Dated rows with a word for a sum in a column of texts, and the hours of the rows above: are they sums?
pub(super) fn named(table: &Table<'_>, chosen: &Chosen, of_file: &OfFile) -> Option<Question> {
    let hours = table.hours(of_file.column?, of_file.unit)?;
    let rows = dated(table, &chosen.fields);
    let days: Vec<usize> =
        ["date", "started_at", "ended_at"].iter().filter_map(|field| chosen.fields.get(*field).copied()).collect();
    let texts: Vec<usize> = TEXTS
        .iter()
        .filter_map(|field| chosen.fields.get(*field).copied())
        .filter(|column| *column < table.columns())
        .collect();
    let used = |column: usize| chosen.fields.values().any(|used| *used == column);
    let is_text = |column: &usize| {
        Some(*column) != of_file.column
            && !days.contains(column)
            && (texts.contains(column) || (!used(*column) && has_few_words(table, *column)))
    };
    let column = (0..table.columns()).filter(is_text).find(|column| are_sums(table, *column, &rows, &hours))?;
    let found: Vec<usize> = rows.into_iter().filter(|row| totals::labels_one(table.cell(*row, column))).collect();
    let sum: HoursSum = found.iter().filter_map(|row| hours.get(*row).copied().flatten()).sum();
    let mut words: Vec<&str> = found.iter().map(|row| table.cell(*row, column)).collect();
    words.sort_unstable();
    words.dedup();
    let header = table.name(column);
    let listed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let cells = if let [one] = listed.as_slice() { one.clone() } else { format!("[{}]", listed.join(", ")) };
    Some(Question {
        text: format!(
            "{} with a day ({sum} h) say `{}` in `{header}`, and their hours are sums of the rows above: leave them out with `skip`?",
            rows_told(found.len()),
            words.first().copied().unwrap_or_default()
        ),
        lines: vec![
            format!("skip = {{ {} = {cells} }}", quoted(header)),
            "skip = {}     # they are entries".to_owned(),
        ],
        open: Some("skip".to_owned()),
    })
}

/// Fields in which a report writes what it sums.
const TEXTS: [&str; 5] = ["employee", "customer_id", "project", "activity", "description"];

/// A column that says of what kind each row is.
fn has_few_words(table: &Table<'_>, column: usize) -> bool {
    let mut words: Vec<&str> = Vec::new();
    table.filled(column).all(|cell| {
        if !words.contains(&cell) {
            words.push(cell);
        }
        words.len() <= KINDS_MAX
    })
}

/// Each row that the column calls a sum has the hours of the rows above: since the last such row, of its day, or of all.
fn are_sums(table: &Table<'_>, column: usize, rows: &[usize], hours: &[Option<Hours>]) -> bool {
    let of = |row: usize| hours.get(row).copied().flatten();
    let (mut all, mut since) = (Vec::new(), Vec::new());
    let (mut found, mut several, mut plain) = (false, false, true);
    for row in rows {
        let cell = table.cell(*row, column);
        if !totals::labels_one(cell) {
            all.extend(of(*row));
            since.extend(of(*row));
            continue;
        }
        let Some(figure) = of(*row) else { return false };
        let is_sum = |above: &[Hours]| {
            let sum: HoursSum = above.iter().copied().sum();
            !above.is_empty() && (sum.micros() - i128::from(figure.micros())).abs() <= SLACK
        };
        let above = if is_sum(&since) {
            since.len()
        } else if is_sum(&all) {
            all.len()
        } else {
            return false;
        };
        (found, several, plain) = (true, several || above > 1, plain && totals::is_plain_label(cell));
        since.clear();
    }
    found && (several || plain)
}
