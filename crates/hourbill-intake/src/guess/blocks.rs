//! F8: a day that stands in the first row of a block alone, as merged cells and reports have it.

use std::collections::BTreeSet;

use super::Guess;
use super::choose::Fields;
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use crate::check::totals;
use crate::inputs::Input;
use crate::read::{FilledDown, Look};

/// One row in so many lacks its day where days stand in blocks; fewer have been forgotten.
const SHARE: usize = 4;

/// Puts rows together as a run does, where the program is known for texts without quotes.
pub fn put_together(look: &mut Look) {
    if look.front.ragged.iter().all(|row| row.together.is_none()) {
        return;
    }
    let guess = super::of_file(look).ok();
    let shape = guess.and_then(|guess| guess.settings.preset?.shape(guess.input, &look.front.headers));
    if shape.is_some_and(|shape| shape.unquoted) {
        look.front.put_together();
    }
}

/// Fills down what stands in blocks, so that what the rows say can be looked at: days, and what stands in merged cells. Nothing is billed before
/// somebody says so, but for days of merged cells, which say it themselves.
pub fn fill_down(look: &mut Look) {
    let mut found: Vec<(usize, BTreeSet<usize>)> = of_blocks(look).into_iter().collect();
    let days = found.first().map(|(column, _)| *column);
    found.extend(of_merged(look, days));
    for (column, rows) in found {
        let is_merged = rows.iter().all(|row| in_merged(look, column, *row));
        let mut above = String::new();
        for (at, row) in look.front.rows.iter_mut().enumerate() {
            match row.get_mut(column) {
                Some(cell) if !cell.trim().is_empty() => above.clone_from(cell),
                Some(cell) if rows.contains(&at) => cell.clone_from(&above),
                _ => {}
            }
        }
        look.front.filled_down.push(FilledDown { column, rows: rows.len(), is_merged });
    }
}

/// The row lies below the first of a merged cell that says something.
fn in_merged(look: &Look, column: usize, row: usize) -> bool {
    let says = |row: usize| {
        look.front.rows.get(row).and_then(|row| row.get(column)).is_some_and(|cell| !cell.trim().is_empty())
    };
    look.front
        .merged
        .iter()
        .any(|(of, rows)| *of == column && rows.contains(&row) && rows.start != row && says(rows.start))
}

/// It is a file of time entries, where no preset knows better and no id says that rows are whole.
fn is_of_entries(look: &Look) -> bool {
    let guess = super::of_file(look).ok().filter(|guess| guess.input == Input::Timesheets);
    guess.is_some_and(|guess| {
        let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, &look.front.headers));
        !super::is_own(look, &guess) && shape.is_none_or(|shape| shape.fill_down.is_none())
    })
}

/// Columns of merged cells that are no hours and no `days`, and the rows for which a cell above speaks. Where other rows lack them too nobody can
/// say what those mean.
fn of_merged(look: &Look, days: Option<usize>) -> Vec<(usize, BTreeSet<usize>)> {
    if look.front.merged.is_empty() || !is_of_entries(look) {
        return Vec::new();
    }
    let table = Table::new(look);
    let chosen = super::own::chosen(&table, &Fields::new());
    let is_hours = |column: usize| chosen.hours.iter().any(|of| of.column == column);
    let has_hours = |row: &usize| chosen.hours.iter().any(|of| !table.cell(*row, of.column).is_empty());
    let columns: BTreeSet<usize> = look.front.merged.iter().map(|(column, _)| *column).collect();
    let of_column = |column: usize| {
        let lacking: BTreeSet<usize> =
            (0..table.rows()).filter(has_hours).filter(|row| table.cell(*row, column).is_empty()).collect();
        let all_merged = !lacking.is_empty() && lacking.iter().all(|row| in_merged(look, column, *row));
        (Some(column) != days && !is_hours(column) && all_merged).then_some((column, lacking))
    };
    columns.into_iter().filter_map(of_column).collect()
}

/// The column of days that is filled in the first row of each block, and the other rows of the blocks.
fn of_blocks(look: &Look) -> Option<(usize, BTreeSet<usize>)> {
    let rows = &look.front.rows;
    let empty =
        |column: usize| rows.iter().filter(move |row| row.get(column).is_none_or(|cell| cell.trim().is_empty()));
    if !(0..look.front.headers.len()).any(|column| empty(column).count() * SHARE >= rows.len().max(1)) {
        return None;
    }
    if !is_of_entries(look) {
        return None;
    }
    let table = Table::new(look);
    let chosen = super::own::chosen(&table, &Fields::new());
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
        others.any(|other| filled(row, other)) && !(0..table.columns()).any(|at| totals::calls_one(table.cell(row, at)))
    };
    let rows: Vec<usize> = (0..table.rows()).filter(has_hours).collect();
    let first = rows.first().filter(|row| table.says_a_day(**row, column))?;
    let lacking: BTreeSet<usize> =
        rows.iter().copied().filter(|row| !filled(*row, column) && says_more(*row)).collect();
    let ends = rows.iter().filter(|row| table.says_a_day(**row, column)).count();
    (ends > 0 && lacking.len() * SHARE >= rows.len() && lacking.first() > Some(first)).then_some((column, lacking))
}

/// Whether the rows without a day, or without what stands in merged cells, are of the row above. Days of merged cells are.
pub(super) fn asked(look: &Look, guess: &mut Guess) -> Option<Question> {
    let header = |of: &FilledDown| look.front.headers.get(of.column).cloned();
    let is_day = |of: &FilledDown| {
        let known = header(of).is_some_and(|header| {
            guess.columns.iter().any(|known| known.field == Some("date") && known.header == header)
        });
        known || guess.fields.get("date") == Some(&of.column)
    };
    let says = |of: &&FilledDown| is_day(of) || guess.fields.values().any(|column| *column == of.column);
    let found: Vec<&FilledDown> = look.front.filled_down.iter().filter(says).collect();
    let headers: Vec<String> = found.iter().filter_map(|of| header(of)).collect();
    let certain = found.iter().all(|of| of.is_merged && is_day(of));
    let names: Vec<String> = headers.iter().map(|header| format!("`{header}`")).collect();
    if found.is_empty() {
        return None;
    }
    if certain {
        guess.says.push(format!("{} stands in merged cells: each counts for all of its rows", names.join(" and ")));
        guess.settings.fill_down = headers;
        return None;
    }
    let list = |headers: &[String]| headers.iter().map(|header| quoted(header)).collect::<Vec<_>>().join(", ");
    let days: Vec<String> = found.iter().filter(|of| is_day(of)).filter_map(|of| header(of)).collect();
    let mut lines = vec![format!("fill_down = [{}]", list(&headers))];
    if !days.is_empty() && days.len() < headers.len() {
        lines.push(format!("fill_down = [{}]", list(&days)));
    }
    lines.push("fill_down = []".to_owned());
    let rows = found.iter().map(|of| of.rows).max().unwrap_or(0);
    let merged = if found.iter().all(|of| of.is_merged) { ", which stands in merged cells" } else { "" };
    let rest = if days.is_empty() { "they stay empty" } else { "they are set aside" };
    Some(Question {
        text: format!(
            "{rows} of {} rows have no {}{merged}: are they of that of the row above (`fill_down`)? With `[]` {rest}",
            look.front.rows.len(),
            names.join(" and no ")
        ),
        lines,
        open: Some("fill_down".to_owned()),
    })
}
