//! F7: rows of timesheets that sum others. Reports put them among the entries, without an id, a person and a date of their own. Such a row is
//! no hour that was worked: it is left out and named. One that looks like a sum and is none is set aside. So are rows that have not the cells of
//! the header, unless they stand behind an empty line: then they are no part of the table.

use super::row::Fingerprint;
use super::table::wrong;
use super::value::Grammar;
use super::{part, row, totals, value};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Place, Rejected, Subject};
use crate::ident::Texts;
use crate::inputs::{Input, timesheets as field};
use crate::model::{Chunk, Facts};
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Defect, Piece};

/// Rows of a batch that may be sums: where there are more, they are no sums of others.
const UNDATED_MAX: usize = 1 << 10;
/// Stretches of rows above or below that a row may sum, beside all of them.
const STRETCHES_MAX: usize = 1 << 10;
/// A sum is shown to a hundredth of an hour or to a minute; it agrees within half of a minute.
const SLACK: i128 = 30_000_000;

/// A row without an id, a person and a date of its own, or one that has not the cells of the header.
pub struct Undated {
    at: usize,
    /// It has more or fewer cells than the header.
    torn: bool,
    hours: Hours,
    fingerprint: Fingerprint,
    /// The row alone, as it counts when it is no sum.
    chunk: Chunk,
    wrong: Rejected,
}

/// What is known of a batch: its undated rows, and the hours of the rows before, between and behind them.
#[derive(Default)]
pub struct Sums {
    undated: Vec<Undated>,
    stretches: Vec<Stretch>,
    /// Lines before the first empty one of the batch, and lines that it takes.
    empty_line: Option<u64>,
    lines: Option<u64>,
}

/// Hours of the rows between two undated ones: those that count, and those of rows that the job skips. A report may have summed both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stretch {
    counted: HoursSum,
    skipped: HoursSum,
}

impl Stretch {
    fn all(self) -> HoursSum {
        self.counted + self.skipped
    }

    fn take(&mut self, other: Stretch) {
        self.counted += other.counted;
        self.skipped += other.skipped;
    }
}

/// Positions of the undated rows of a batch, ascending.
pub(super) fn undated(batch: &Batch<'_>, chunk: &Chunk) -> Vec<usize> {
    if chunk.dates.iter().all(Option::is_some) {
        return Vec::new();
    }
    let torn = |at: &usize| matches!(batch.defect(*at), Some(Defect::Ragged { .. }));
    let empty = |at: usize, field: usize| {
        let cell = value::text(batch.cell(at, field));
        value::trimmed(&cell).is_empty() || totals::names_one(&cell)
    };
    let day = if batch.has(field::DATE) { field::DATE } else { field::STARTED_AT };
    let is_undated = |at: &usize| {
        let readable = chunk.facts.get(*at).is_some_and(|facts| !facts.has(Facts::UNREADABLE_HOURS));
        let id = || chunk.ids.get(*at);
        let no_id = || batch.has_made_ids() || value::trimmed(id()).is_empty() || totals::names_one(id());
        readable
            && no_id()
            && empty(*at, day)
            && empty(*at, field::EMPLOYEE)
            && batch.defect(*at).is_none()
            && batch.left_out().binary_search(at).is_err()
    };
    // Few rows are without a date; torn ones are.
    let dateless = chunk.dates.iter().enumerate().filter(|(_, date)| date.is_none()).map(|(at, _)| at);
    let rows: Vec<usize> = dateless.filter(|at| torn(at) || is_undated(at)).collect();
    if rows.len() > UNDATED_MAX { Vec::new() } else { rows }
}

impl Sums {
    /// Of a batch without such rows, whose rows have these hours together.
    pub(super) fn none(batch: &Batch<'_>, grammar: &Grammar<'_>, chunk: &Chunk, all: HoursSum) -> Sums {
        let hours =
            |at: &usize| Hours::from_micros(chunk.hours.get(*at).or_bug("what is left out is a row of the batch"));
        let skipped: HoursSum = batch.left_out().iter().map(hours).sum();
        let of_batch = Stretch { counted: all - skipped, skipped: skipped + skipped_before(batch, grammar) };
        Sums { stretches: vec![of_batch], ..Sums::lines_of(batch) }
    }

    fn lines_of(batch: &Batch<'_>) -> Sums {
        Sums { empty_line: batch.empty_line(), lines: batch.lines(), ..Sums::default() }
    }

    /// Takes the undated rows of a batch apart, of which `chunk` has all rows; those in `left_out` count nowhere.
    pub(super) fn of(
        batch: &Batch<'_>,
        grammar: &Grammar<'_>,
        chunk: &Chunk,
        fingerprints: &[Fingerprint],
        undated: &[usize],
    ) -> Sums {
        let left_out = batch.left_out();
        let mut sums = Sums { undated: Vec::with_capacity(undated.len()), ..Sums::lines_of(batch) };
        let mut stretch = Stretch { skipped: skipped_before(batch, grammar), ..Stretch::default() };
        for (at, entry) in chunk.iter().enumerate() {
            if undated.binary_search(&at).is_ok() {
                sums.stretches.push(std::mem::take(&mut stretch));
                let fingerprint = *fingerprints.get(at).or_bug("every row has its fingerprint");
                let defect = batch.defect(at);
                let error = match defect {
                    Some(defect) => row::defect_error(defect).0,
                    None => row::cell_error(batch, Input::Timesheets, at, field::HOURS, Code::NoEntry, ""),
                };
                let wrong = wrong(batch, Input::Timesheets, at, "", vec![error]);
                let mut chunk = part::some_of(chunk, &[at], false);
                // A word such as *Total* is no id: two of them are no repeats.
                chunk.ids = Texts::default();
                chunk.ids.push("");
                sums.undated.push(Undated {
                    at,
                    torn: defect.is_some(),
                    hours: entry.hours,
                    fingerprint,
                    chunk,
                    wrong,
                });
            } else if left_out.binary_search(&at).is_err() {
                stretch.counted += entry.hours;
            } else {
                stretch.skipped += entry.hours;
            }
        }
        sums.stretches.push(stretch);
        sums
    }
}

/// F8: hours of the rows that the job skips before a batch, as far as they can be read.
fn skipped_before(batch: &Batch<'_>, grammar: &Grammar<'_>) -> HoursSum {
    batch.skipped().filter_map(|cell| grammar.hours(cell).ok().flatten()).sum()
}

/// An undated row that is no sum: it is set aside.
pub(super) struct NoEntry {
    pub place: Place,
    pub line: Option<u64>,
    pub fingerprint: Fingerprint,
    pub chunk: Chunk,
    pub wrong: Rejected,
}

/// What came of the undated rows of all files.
#[derive(Default)]
pub(super) struct Told {
    /// Rows that are left out.
    pub sums: Vec<Finding>,
    pub no_entries: Vec<NoEntry>,
}

/// Tells sums from others. `sums` takes what is known of a batch out of what came of it.
pub(super) fn told<R>(pieces: &mut [Piece<R>], sums: impl Fn(&mut R) -> Sums) -> Told {
    let mut told = Told::default();
    for of_file in pieces.chunk_by_mut(|one, next| one.file == next.file) {
        let mut undated = Vec::new();
        let mut stretches = vec![Stretch::default()];
        // The first empty line among the rows, and where the piece before ends: its rows and its lines.
        let (mut empty, mut ended): (Option<u64>, Option<(u64, u64)>) = (None, None);
        for piece in of_file {
            let of_batch = sums(&mut piece.result);
            if let (Some(first), None) = (piece.first_line, empty) {
                let between =
                    ended.filter(|(row, line)| *row == piece.first_row && *line < first).map(|(_, line)| line);
                empty = between.or_else(|| Some(first + of_batch.empty_line?));
            }
            ended = piece
                .first_line
                .zip(of_batch.lines)
                .map(|(first, lines)| (piece.first_row + piece.rows as u64, first + lines));
            let mut of_stretches = of_batch.stretches.into_iter();
            if let (Some(open), Some(first)) = (stretches.last_mut(), of_stretches.next()) {
                open.take(first);
            }
            stretches.extend(of_stretches);
            undated
                .extend(of_batch.undated.into_iter().map(|row| (piece.file, piece.first_row, piece.first_line, row)));
        }
        let sought = Sought::of(&stretches);
        for (nth, (file, first_row, first_line, row)) in undated.into_iter().enumerate() {
            let place = Place { file, row: first_row + row.at as u64 };
            let line = row.wrong.line.zip(first_line).map(|(line, first)| line + first);
            if row.torn {
                let behind = line.zip(empty).is_some_and(|(line, empty)| line > empty);
                if behind {
                    told.sums.push(beside(place))
                } else {
                    told.no_entries.push(torn(place, line, row))
                }
                continue;
            }
            match sought.which(nth, row.hours) {
                Some(which) => told.sums.push(finding(place, row.hours, which)),
                None => told.no_entries.push(no_entry(place, line, row, &stretches, nth)),
            }
        }
    }
    told
}

/// A row of another length behind an empty line is no part of the table.
fn beside(place: Place) -> Finding {
    let message = "a row behind an empty line has other cells than the header: it is no part of the table".to_owned();
    let id = Input::Timesheets.name().to_owned();
    Finding { code: Code::BesideTheTable, subject: Subject::Input, id, message, place: Some(place) }
}

fn torn(place: Place, line: Option<u64>, row: Undated) -> NoEntry {
    let Undated { fingerprint, mut chunk, wrong, .. } = row;
    chunk.facts.iter_mut().for_each(|facts| facts.set(Facts::QUARANTINED));
    NoEntry { place, line, fingerprint, chunk, wrong }
}

/// The stretches of a file, as each of its undated rows is held against them: there may be as many of both as rows.
struct Sought {
    counted: Running,
    /// With what is skipped; `None` where nothing is.
    all: Option<Running>,
}

impl Sought {
    fn of(stretches: &[Stretch]) -> Sought {
        let some_skipped = stretches.iter().any(|stretch| !stretch.skipped.is_zero());
        Sought {
            counted: Running::of(stretches.iter().map(|stretch| stretch.counted)),
            all: some_skipped.then(|| Running::of(stretches.iter().map(|stretch| stretch.all()))),
        }
    }

    /// Which rows an undated row sums; `None` when it sums none.
    fn which(&self, nth: usize, hours: Hours) -> Option<&'static str> {
        self.counted.which(nth, hours).or_else(|| match self.all.as_ref()?.which(nth, hours)? {
            "above" => Some("above, with those that are skipped"),
            "below" => Some("below, with those that are skipped"),
            _ => Some("of the file, with those that are skipped"),
        })
    }
}

/// Hours of stretches one after another.
struct Running {
    stretches: Vec<HoursSum>,
    /// Of so many from the start.
    sums: Vec<HoursSum>,
}

impl Running {
    fn of(stretches: impl Iterator<Item = HoursSum>) -> Running {
        let stretches: Vec<HoursSum> = stretches.collect();
        let mut sum = HoursSum::ZERO;
        let running = stretches.iter().map(|stretch| {
            sum += *stretch;
            sum
        });
        let sums = std::iter::once(HoursSum::ZERO).chain(running).collect();
        Running { stretches, sums }
    }

    fn which(&self, nth: usize, hours: Hours) -> Option<&'static str> {
        let (above, below) = self.stretches.split_at_checked(nth + 1)?;
        let (of_above, all) = (*self.sums.get(nth + 1)?, *self.sums.last()?);
        let is_sum = |sum: HoursSum| (sum.micros() - i128::from(hours.micros())).abs() <= SLACK;
        // Nothing at all sums up to nothing everywhere.
        let adjacent = |of: &mut dyn Iterator<Item = &HoursSum>| {
            let mut sum = HoursSum::ZERO;
            of.take(STRETCHES_MAX).any(|stretch| {
                sum += *stretch;
                is_sum(sum)
            })
        };
        if adjacent(&mut above.iter().rev()) || is_sum(of_above) {
            Some("above")
        } else if adjacent(&mut below.iter()) || is_sum(all - of_above) {
            Some("below")
        } else if is_sum(all) {
            Some("of the file")
        } else {
            None
        }
    }
}

fn finding(place: Place, hours: Hours, which: &str) -> Finding {
    let message = format!(
        "a row says {hours} h without an id, a person and a date: the sum of the rows {which}, which is no entry"
    );
    let id = Input::Timesheets.name().to_owned();
    Finding { code: Code::SumLeftOut, subject: Subject::Input, id, message, place: Some(place) }
}

fn no_entry(place: Place, line: Option<u64>, row: Undated, stretches: &[Stretch], nth: usize) -> NoEntry {
    let Undated { hours, fingerprint, mut chunk, mut wrong, .. } = row;
    let near = |at: Option<&Stretch>| at.map_or(HoursSum::ZERO, |stretch| stretch.counted);
    let (above, below) = (near(stretches.get(nth)), near(stretches.get(nth + 1)));
    for error in &mut wrong.errors {
        error.message = format!(
            "says {hours} h without an id, a person and a date, and is no sum: the rows above come to {above} h, those below to {below} h"
        );
    }
    chunk.facts.iter_mut().for_each(|facts| facts.set(Facts::QUARANTINED));
    NoEntry { place, line, fingerprint, chunk, wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which(stretches: &[Stretch], nth: usize, hours: Hours) -> Option<&'static str> {
        Sought::of(stretches).which(nth, hours)
    }

    #[test]
    fn sums_stand_below_or_above_their_rows_and_may_sum_sums() {
        let hours = |hours: i64| Hours::from_micros(hours * 3_600_000_000);
        let sum = |of: i64| Stretch { counted: HoursSum::from(hours(of)), skipped: HoursSum::ZERO };
        // Of a client: 3 h of one project, 2 h of another; a client of 4 h.
        let stretches = [sum(0), sum(0), sum(3), sum(2), sum(4)];
        for (nth, figure, expected) in [
            (0, 5, Some("below")),
            (0, 9, Some("below")),
            (0, 6, None),
            (1, 3, Some("below")),
            (2, 3, Some("above")),
            (3, 5, Some("above")),
            (3, 4, Some("below")),
            (3, 9, Some("of the file")),
            (3, 7, None),
        ] {
            assert_eq!(which(&stretches, nth, hours(figure)), expected, "{nth} {figure}");
        }
        // A report that knows nothing of `skip` sums what it skips, too.
        let skipped = [Stretch { counted: HoursSum::from(hours(3)), skipped: HoursSum::from(hours(2)) }, sum(0)];
        assert_eq!(which(&skipped, 0, hours(3)), Some("above"));
        assert_eq!(which(&skipped, 0, hours(5)), Some("above, with those that are skipped"));
        assert_eq!(which(&skipped, 0, hours(2)), None);
        // 220.52 h stand for 220.5166 h.
        let of_rounded = HoursSum::from(Hours::from_micros(793_860_000_000));
        let rounded = [Stretch { counted: of_rounded, skipped: HoursSum::ZERO }, sum(0)];
        assert_eq!(which(&rounded, 0, Hours::from_micros(793_872_000_000)), Some("above"));
        assert_eq!(which(&rounded, 0, Hours::from_micros(793_900_000_000)), None);
    }
}
