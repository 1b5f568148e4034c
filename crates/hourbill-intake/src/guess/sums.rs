//! F7: rows with a day of their own that a report calls sums. An entry of the same day and figure would look like them: that is asked.

use super::choose::{Chosen, dated};
use super::counted::rows_in_words;
use super::evidence::Table;
use super::hours::OfFile;
use super::question::Question;
use super::quoted::quoted;
use crate::check::dated_sums::{self, DatedRow};
use crate::quantity::{Hours, HoursSum};

/// Rows with a day whose hours are sums of others, and that lack what all others have, or are called sums by a cell: are they sums? `None` where
/// no column has the hours.
pub(super) fn dated_sums(table: &Table<'_>, chosen: &Chosen, of_file: &OfFile) -> Option<Question> {
    let hours = table.hours(of_file.column?, of_file.unit)?;
    let with_hours = |row: usize| Some((row, hours.get(row).copied().flatten()?));
    let places: Vec<(usize, Hours)> = dated(table, &chosen.fields).into_iter().filter_map(with_hours).collect();
    let cells = |row: usize| (0..table.columns()).map(move |column| table.cell(row, column));
    let rows: Vec<DatedRow> = places.iter().map(|(row, hours)| DatedRow::of(*hours, cells(*row))).collect();
    let found = dated_sums::found(&rows, None);
    let (mut told, mut skipped) = (Vec::new(), Vec::new());
    for of in &found {
        let own = || of.rows.iter().filter_map(|row| places.get(*row));
        let sum: HoursSum = own().map(|(_, hours)| *hours).sum();
        let (header, count) = (table.name(of.column), rows_in_words(of.rows.len()));
        let mut words: Vec<&str> = own().map(|(row, _)| table.cell(*row, of.column)).collect();
        words.sort_unstable();
        words.dedup();
        told.push(match words.first() {
            Some(word) if !of.lacks => format!("{count} ({sum} h) say `{word}` in `{header}`"),
            _ => format!("{count} ({sum} h) lack `{header}`, which all others have"),
        });
        let listed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let cells = if let [one] = listed.as_slice() { one.clone() } else { format!("[{}]", listed.join(", ")) };
        skipped.push(format!("{} = {cells}", quoted(header)));
    }
    (!found.is_empty()).then(|| Question {
        text: format!(
            "of the rows with a day {}, and their hours are sums of other rows: leave them out with `skip`?",
            told.join(", ")
        ),
        lines: vec![format!("skip = {{ {} }}", skipped.join(", ")), "skip = {}     # they are entries".to_owned()],
        open: Some("skip".to_owned()),
    })
}
