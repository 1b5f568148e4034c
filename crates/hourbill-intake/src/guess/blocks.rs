//! F8: a day that stands in the first row of a block alone, as merged cells and reports have it.

use std::collections::BTreeSet;

use super::Guess;
use super::choose::{self, Fields};
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use crate::check::totals;
use crate::inputs::Input;
use crate::read::Look;

/// One row in so many lacks its day where days stand in blocks; fewer have been forgotten.
const SHARE: usize = 4;

/// Fills days down where they stand in blocks, so that what the rows say can be looked at. Nothing is billed before somebody says so.
pub fn fill_down(look: &mut Look) {
    let Some((column, rows)) = of_blocks(look) else { return };
    let mut above = String::new();
    for (at, row) in look.front.rows.iter_mut().enumerate() {
        match row.get_mut(column) {
            Some(cell) if !cell.trim().is_empty() => above.clone_from(cell),
            Some(cell) if rows.contains(&at) => cell.clone_from(&above),
            _ => {}
        }
    }
    look.front.filled_down = Some((column, rows.len()));
}

/// The column of days that is filled in the first row of each block, and the other rows of the blocks.
fn of_blocks(look: &Look) -> Option<(usize, BTreeSet<usize>)> {
    let rows = &look.front.rows;
    let empty =
        |column: usize| rows.iter().filter(move |row| row.get(column).is_none_or(|cell| cell.trim().is_empty()));
    if !(0..look.front.headers.len()).any(|column| empty(column).count() * SHARE >= rows.len().max(1)) {
        return None;
    }
    // Of time entries, where no preset knows better and no id says that rows are whole.
    let guess = super::of_file(look).ok().filter(|guess| guess.input == Input::Timesheets)?;
    let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, &look.front.headers));
    if super::is_own(look, &guess) || shape.is_some_and(|shape| shape.fill_down.is_some()) {
        return None;
    }
    let table = Table::new(look);
    let chosen = choose::choose(&table, &Fields::new(), &BTreeSet::new());
    let column = chosen.fields.get("date").copied().filter(|column| *column < look.front.headers.len())?;
    let hours: Vec<usize> = chosen.hours.iter().map(|of| of.column).collect();
    let filled = |row: usize, column: usize| !table.cell(row, column).is_empty();
    let people: Vec<usize> = chosen.fields.get("employee").copied().into_iter().chain(chosen.names.clone()).collect();
    let has_hours = |row: &usize| hours.iter().any(|column| filled(*row, *column));
    // A row that says nothing else is a sum, and one without a person may be (F7).
    let says_more = |row: usize| {
        if !people.is_empty() && !people.iter().any(|column| filled(row, *column)) {
            return false;
        }
        let mut others = (0..table.columns()).filter(|other| *other != column && !hours.contains(other));
        others.any(|other| filled(row, other))
            && !(0..table.columns()).any(|at| totals::labels_one(table.cell(row, at)))
    };
    let rows: Vec<usize> = (0..table.rows()).filter(has_hours).collect();
    let first = rows.first().filter(|row| table.says_a_day(**row, column))?;
    let lacking: BTreeSet<usize> =
        rows.iter().copied().filter(|row| !filled(*row, column) && says_more(*row)).collect();
    let ends = rows.iter().filter(|row| table.says_a_day(**row, column)).count();
    (ends > 0 && lacking.len() * SHARE >= rows.len() && lacking.first() > Some(first)).then_some((column, lacking))
}

/// Whether the rows without a day are of the day above.
pub(super) fn asked(look: &Look, guess: &Guess) -> Option<Question> {
    let (column, rows) = look.front.filled_down?;
    let header = look.front.headers.get(column)?;
    let known = guess.columns.iter().any(|known| known.field == Some("date") && known.header == *header)
        || guess.fields.get("date") == Some(&column);
    known.then(|| Question {
        text: format!(
            "{rows} of {} rows have no `{header}`: are they of the day of the row above (`fill_down`)? With `[]` they are set aside",
            look.front.rows.len()
        ),
        lines: vec![format!("fill_down = [{}]", quoted(header)), "fill_down = []".to_owned()],
        open: Some("fill_down".to_owned()),
    })
}
