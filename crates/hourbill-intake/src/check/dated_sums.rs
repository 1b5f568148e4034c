//! F7: rows with a day of their own that look like sums of others: they lack what all others have, or some cell calls them a sum. An entry of the
//! same day and figure would look like them. `init` asks; a run sets them aside until the job says what they are (`skip`).

use super::totals;
use crate::bug::OrBug;
use crate::finding::{Code, Place, Rejected, RowError};
use crate::inputs::{Input, timesheets as field};
use crate::job::Settings;
use crate::model::{Chunk, Facts};
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Piece};

/// Columns of a file that are looked at.
pub const COLUMNS_MAX: usize = 128;
/// A sum is shown to a hundredth of an hour or to a minute.
const SLACK: i128 = 30_000_000;

/// A row with a day, in the order of the file. Of columns there is a bit each.
#[derive(Clone, Copy, Debug)]
pub struct DatedRow {
    pub hours: Hours,
    pub filled: u128,
    /// Cells that call the row a sum ([`totals::labels_one`]).
    pub labelled: u128,
    /// Those that do nothing else ([`totals::is_plain_label`]).
    pub plain: u128,
}

impl DatedRow {
    /// `cells` are its cells, from the first column on.
    pub fn of<T: AsRef<str>>(hours: Hours, cells: impl Iterator<Item = T>) -> DatedRow {
        let mut row = DatedRow { hours, filled: 0, labelled: 0, plain: 0 };
        for (at, cell) in cells.take(COLUMNS_MAX).enumerate() {
            let (cell, bit) = (cell.as_ref().trim(), 1 << at);
            row.filled |= if cell.is_empty() { 0 } else { bit };
            if totals::labels_one(cell) {
                row.labelled |= bit;
                row.plain |= if totals::is_plain_label(cell) { bit } else { 0 };
            }
        }
        row
    }
}

/// Rows that a column tells apart, and whose hours are sums of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumRows {
    pub column: usize,
    /// By their place among all, ascending.
    pub rows: Vec<usize>,
    /// They lack its cell, which all others have; else it calls them sums.
    pub lacks: bool,
}

/// All that look like sums, one column after another: totals of days may stand beside one of all. Where `grouping` names the columns that a sum
/// shares with its rows, it lacks everything else that all others have, as no entry does.
pub fn found(rows: &[DatedRow], grouping: Option<u128>) -> Vec<SumRows> {
    let mut left: Vec<usize> = (0..rows.len()).collect();
    let mut found = Vec::new();
    loop {
        let some: Vec<DatedRow> = left.iter().filter_map(|at| rows.get(*at)).copied().collect();
        let Some(sums) = lacking(&some, grouping).or_else(|| labelled(&some)) else { return found };
        let apart: Vec<usize> = sums.rows.iter().filter_map(|at| left.get(*at)).copied().collect();
        left.retain(|at| apart.binary_search(at).is_err());
        found.push(SumRows { rows: apart, ..sums });
    }
}

/// Columns in which some row says something.
fn columns(rows: &[DatedRow]) -> impl Iterator<Item = usize> + use<> {
    let all: u128 = rows.iter().fold(0, |all, row| all | row.filled);
    (0..COLUMNS_MAX).filter(move |column| all & (1 << column) != 0)
}

fn lacking(rows: &[DatedRow], grouping: Option<u128>) -> Option<SumRows> {
    columns(rows).find_map(|column| {
        let apart = positions(rows, |row| row.filled & (1 << column) == 0);
        let few = !apart.is_empty() && 2 * apart.len() < rows.len() + 1;
        if !few || sums(rows, &apart) != Some(true) {
            return None;
        }
        let is_apart = |at: &usize| apart.binary_search(at).is_ok();
        let others = rows.iter().enumerate().filter(|(at, _)| !is_apart(at));
        let of_all = others.fold(u128::MAX, |of_all, (_, row)| of_all & row.filled);
        let unlike = |grouping: u128| {
            apart.iter().filter_map(|at| rows.get(*at)).all(|row| row.filled & of_all & !grouping == 0)
        };
        grouping.is_none_or(unlike).then_some(SumRows { column, rows: apart, lacks: true })
    })
}

fn labelled(rows: &[DatedRow]) -> Option<SumRows> {
    columns(rows).find_map(|column| {
        let bit = 1 << column;
        let apart = positions(rows, |row| row.labelled & bit != 0);
        let plain = apart.iter().all(|at| rows.get(*at).is_some_and(|row| row.plain & bit != 0));
        let are_sums = !apart.is_empty() && sums(rows, &apart).is_some_and(|several| several || plain);
        are_sums.then_some(SumRows { column, rows: apart, lacks: false })
    })
}

fn positions(rows: &[DatedRow], is: impl Fn(&DatedRow) -> bool) -> Vec<usize> {
    rows.iter().enumerate().filter(|(_, row)| is(row)).map(|(at, _)| at).collect()
}

/// Whether each of some rows is the sum of others: of those above or below it up to the next such row, of all above, or of all. `Some` where
/// each is; whether one of them sums several.
fn sums(rows: &[DatedRow], apart: &[usize]) -> Option<bool> {
    // Of so many rows from the start, without those that stand apart: their hours and their number.
    let mut before = Vec::with_capacity(rows.len() + 1);
    let (mut hours, mut count, mut next) = (HoursSum::ZERO, 0_usize, apart.iter().peekable());
    before.push((hours, count));
    for (at, row) in rows.iter().enumerate() {
        if next.next_if(|apart| **apart == at).is_none() {
            (hours, count) = (hours + HoursSum::from(row.hours), count + 1);
        }
        before.push((hours, count));
    }
    let between = |from: usize, to: usize| {
        let (start, end) = (before.get(from)?, before.get(to)?);
        Some((end.0 - start.0, end.1 - start.1))
    };
    let mut several = false;
    for (nth, at) in apart.iter().enumerate() {
        let figure = rows.get(*at)?.hours;
        let above = nth.checked_sub(1).and_then(|nth| apart.get(nth)).map_or(0, |above| above + 1);
        let below = apart.get(nth + 1).copied().unwrap_or(rows.len());
        let stretches = [(above, *at), (*at, below), (0, *at), (0, rows.len())];
        let fits = |(sum, count): &(HoursSum, usize)| {
            *count > 0 && (sum.micros() - i128::from(figure.micros())).abs() <= SLACK
        };
        let most =
            stretches.into_iter().filter_map(|(from, to)| between(from, to)).filter(fits).map(|(_, count)| count);
        several |= most.max()? > 1 && figure != Hours::ZERO;
    }
    Some(several)
}

/// The rows of a batch that have a day, by their place in it. Rows with ids of their own are no sums.
fn rows(batch: &Batch<'_>, chunk: &Chunk, left_out: &[usize]) -> Vec<(usize, DatedRow)> {
    if !batch.has_made_ids() {
        return Vec::new();
    }
    let is_dated = |at: &usize| {
        chunk.dates.get(*at).is_some_and(Option::is_some)
            && chunk.facts.get(*at).is_some_and(|facts| !facts.has(Facts::UNREADABLE_HOURS))
            && left_out.binary_search(at).is_err()
    };
    let row = |at: usize| {
        let hours = Hours::from_micros(chunk.hours.get(at).or_bug("every row has its hours"));
        (at, DatedRow::of(hours, batch.own_cells(at)))
    };
    (0..chunk.len()).filter(is_dated).map(row).collect()
}

/// Fields that say of what a row is the sum, beside those that every row has.
const GROUPING: [usize; 8] = [
    field::DATE,
    field::STARTED_AT,
    field::HOURS,
    field::EMPLOYEE,
    field::CUSTOMER_ID,
    field::PROJECT,
    field::ACTIVITY,
    field::TIMESHEET_ID,
];

/// The columns of a batch by which sums are grouped.
fn grouping(batch: &Batch<'_>) -> u128 {
    let columns = GROUPING.into_iter().filter_map(|field| batch.own_column(field)).filter(|at| *at < COLUMNS_MAX);
    columns.fold(0, |all, column| all | (1 << column))
}

/// What is known of the dated rows of a batch.
#[derive(Default)]
pub(super) struct Dated {
    pub rows: Vec<(usize, DatedRow)>,
    pub grouping: u128,
}

impl Dated {
    /// Nothing where the job says what such rows are, or asks.
    pub fn of(batch: &Batch<'_>, chunk: &Chunk, left_out: &[usize], settings: &Settings) -> Dated {
        let of_input = settings.inputs.get(&Input::Timesheets);
        if of_input.is_none_or(|of| of.skip_said || !of.open.is_empty()) {
            return Dated::default();
        }
        Dated { rows: rows(batch, chunk, left_out), grouping: grouping(batch) }
    }
}

/// Sets rows aside that look like sums: their facts, and what is wrong with each.
pub(super) fn set_aside<R>(pieces: &mut [Piece<R>], of: impl Fn(&mut R) -> (Dated, &mut Chunk)) -> Vec<Rejected> {
    let mut wrong = Vec::new();
    for of_file in pieces.chunk_by_mut(|one, next| one.file == next.file) {
        let (mut rows, mut places, mut grouping) = (Vec::new(), Vec::new(), 0);
        for (nth, piece) in of_file.iter_mut().enumerate() {
            let (dated, _) = of(&mut piece.result);
            grouping |= dated.grouping;
            for (at, row) in dated.rows {
                rows.push(row);
                places.push((nth, at));
            }
        }
        let found = found(&rows, Some(grouping));
        let apart = found.iter().flat_map(|of| of.rows.iter().map(|row| (*row, of.lacks)));
        let mut apart: Vec<(usize, bool)> = apart.collect();
        apart.sort_unstable();
        for ((nth, at), lacks) in apart.into_iter().filter_map(|(row, lacks)| Some((*places.get(row)?, lacks))) {
            let why = if lacks { "it lacks what all others have" } else { "a cell calls it a sum" };
            let piece = of_file.get_mut(nth).or_bug("a row is of a piece");
            let place = Place { file: piece.file, row: piece.first_row + at as u64 };
            let (_, chunk) = of(&mut piece.result);
            // In a part of a run some rows may have gone already.
            let own = match chunk.rows.as_slice() {
                [] => Some(at),
                kept => u32::try_from(at).ok().and_then(|at| kept.binary_search(&at).ok()),
            };
            let Some(own) = own.filter(|own| *own < chunk.len()) else { continue };
            let hours = Hours::from_micros(chunk.hours.get(own).or_bug("every row has its hours"));
            chunk.facts.get_mut(own).or_bug("every row has its facts").set(Facts::QUARANTINED);
            let message = format!(
                "may be the sum of other rows: {hours} h are what they come to, and {why}; `skip` of the input leaves such rows out, `skip = {{}}` says that they are entries"
            );
            let (code, value) = (Code::MayBeASum, hours.to_string());
            let column = Input::Timesheets.fields().get(field::HOURS).map_or("", |field| field.name);
            let errors = vec![RowError { code, column, message, value }];
            let id = chunk.ids.get(own).to_owned();
            wrong.push(Rejected { input: Input::Timesheets, place, line: None, id, errors, record: None });
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<DatedRow> {
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let hours: i64 = cells[1].parse().unwrap();
            DatedRow::of(Hours::from_micros(hours * 3_600_000_000), cells.into_iter())
        };
        text.lines().map(row).collect()
    }

    /// The rows that look like sums, and whether they lack something.
    fn told(text: &str) -> Vec<(Vec<usize>, bool)> {
        found(&rows(text), Some(0b111)).into_iter().map(|sums| (sums.rows, sums.lacks)).collect()
    }

    #[test]
    fn dated_sums_are_told_from_entries() {
        // Day, hours, person, ticket, text.
        let of_days = "5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,5,Eva,,\n6,4,Eva,T1,c\n6,4,Eva,,";
        assert_eq!(told(of_days), [(vec![2, 4], true)]);
        // An entry that lacks its ticket and says what was done; without a word on what a sum shares with its rows it may be one.
        let entry = "5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,5,Eva,,c";
        assert_eq!(told(entry), []);
        assert_eq!(found(&rows(entry), None), [SumRows { column: 3, rows: vec![2], lacks: true }]);
        // Above their rows, and of the whole file.
        assert_eq!(told("5,5,Eva,,\n5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,5,Eva,,"), [(vec![0, 3], true)]);
        // Not all of them are sums.
        assert_eq!(told("5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,5,Eva,,\n6,4,Eva,T1,c\n6,7,Eva,,"), []);
        assert_eq!(told("5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,5,Total,T2,b"), [(vec![2], false)]);
        // Totals of days, and one of all that fills the cell.
        assert_eq!(told(&format!("{of_days}\n6,9,Eva,Total,")), [(vec![2, 4], true), (vec![5], false)]);
        // A word alone is none.
        assert_eq!(told("5,2,Eva,T1,a\n5,3,Eva,T2,b\n5,4,Total,T2,b"), []);
        assert_eq!(told(""), []);
    }
}
