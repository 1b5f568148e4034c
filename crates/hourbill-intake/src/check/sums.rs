//! F7: rows of timesheets that sum others. Reports put them among the entries, without an id, a person and a date of their own. Such a row is
//! no hour that was worked: it is left out and named. One that looks like a sum and is none is set aside, and so is one that says more than a
//! sum does: times of its own, another client or project, or what the one row beside it says. So are rows that have not the cells of the header,
//! unless they stand behind an empty line and name no day: then they are no part of the table.

use xxhash_rust::xxh3::xxh3_64;

use super::row::Fingerprint;
use super::table::wrong;
use super::value::{Grammar, Started};
use super::{row, totals, value};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Place, Rejected, Subject};
use crate::ident::Texts;
use crate::inputs::{Input, timesheets as field};
use crate::model::{Chunk, Facts};
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Cell, Defect, Piece};

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
    /// It is torn and names no day.
    beside: bool,
    hours: Hours,
    says: Said,
    fingerprint: Fingerprint,
    /// The row alone, as it counts when it is no sum.
    chunk: Chunk,
    wrong: Rejected,
}

/// What an undated row says beside its hours.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Some cell says that it is a sum, and nothing else.
    labelled: bool,
    /// A cell in which an entry has a name calls it the sum of that: `Eva Total`.
    named: bool,
    /// It began or ended at a time of its own.
    timed: bool,
    /// It may say all that the one row beside it says.
    may_echo: bool,
    texts: Edge,
}

/// What a row at the edge of a stretch says: whom and what it is for, as hashes, and which of its fields are filled. Nothing is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Edge {
    client: u64,
    project: u64,
    filled: u64,
}

impl Edge {
    fn of(batch: &Batch<'_>, at: usize) -> Edge {
        const OTHERS: [usize; 6] =
            [field::TIMESHEET_ID, field::DATE, field::EMPLOYEE, field::HOURS, field::STARTED_AT, field::ENDED_AT];
        let said = |field: usize| {
            let cell = value::text(batch.cell(at, field));
            let text = value::trimmed(&cell);
            if text.is_empty() || totals::calls_one(text) { 0 } else { xxh3_64(text.as_bytes()).max(1) }
        };
        let mut filled = 0;
        for field in (0..Input::Timesheets.fields().len().min(64)).filter(|field| !OTHERS.contains(field)) {
            if batch.has(field) && said(field) != 0 {
                filled |= 1 << field;
            }
        }
        Edge { client: said(field::CUSTOMER_ID), project: said(field::PROJECT), filled }
    }
}

/// Fields in which a report writes `Total Eva`. A text that begins with such a word may be about anything.
const NAMES: [usize; 7] = [
    field::TIMESHEET_ID,
    field::DATE,
    field::STARTED_AT,
    field::EMPLOYEE,
    field::CUSTOMER_ID,
    field::PROJECT,
    field::ACTIVITY,
];

impl Said {
    fn of(batch: &Batch<'_>, at: usize) -> Said {
        let filled = |field: usize| !value::trimmed(&value::text(batch.cell(at, field))).is_empty();
        let record = batch.record(at).unwrap_or_default();
        let calls_one = |field: usize| batch.has(field) && totals::calls_one(&value::text(batch.cell(at, field)));
        Said {
            labelled: cells_of(&record).any(totals::is_plain_label),
            named: NAMES.into_iter().any(calls_one),
            timed: (batch.has(field::STARTED_AT) && filled(field::STARTED_AT))
                || (batch.has(field::ENDED_AT) && filled(field::ENDED_AT)),
            may_echo: false,
            texts: Edge::of(batch, at),
        }
    }

    /// Whether it may be the sum of so many rows, of which the nearest and the farthest are known.
    fn may_sum(self, rows: u64, ends: &[Option<Edge>; 2]) -> bool {
        let Edge { client, project, filled } = self.texts;
        let same = |edge: &Edge| {
            [(client, edge.client), (project, edge.project)].iter().all(|(own, of)| *own == 0 || own == of)
        };
        let says_less = |edge: &Edge| {
            filled == 0 || (filled & !edge.filled == 0 && (self.may_echo && !self.named || filled != edge.filled))
        };
        let ends = || ends.iter().flatten();
        if self.timed {
            return false;
        }
        // A client may be called so: what says as much as an entry is none.
        self.labelled || (ends().all(same) && ((rows != 1 && !self.named) || ends().all(says_less)))
    }
}

/// The cells of a record as nobody has proved them: what stands between delimiters.
fn cells_of(record: &str) -> impl Iterator<Item = &str> {
    record.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"').trim())
}

/// A torn row that has a day and a figure may be an entry, wherever it stands.
fn may_be_entry(record: &str, grammar: &Grammar<'_>) -> bool {
    let is_day = |cell: &str| {
        matches!(grammar.started(Cell::Text(cell)), Ok(Some(Started::At(_))))
            || matches!(grammar.date(Cell::Text(cell)), Ok(Some(_)))
    };
    let is_figure = |cell: &str| matches!(grammar.hours(Cell::Text(cell)), Ok(Some(hours)) if hours.micros() != 0);
    // A day in quotes may hold the delimiter.
    let quoted = || record.split('"').map(str::trim).filter(|cell| cell.contains([',', ';']));
    let cells = || cells_of(record).chain(quoted()).filter(|cell| !cell.is_empty());
    let days = cells().filter(|cell| is_day(cell)).count();
    days > 1 || (days == 1 && cells().any(|cell| !is_day(cell) && is_figure(cell)))
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
    /// Rows that count, those of them without an id of their own, and the first and last of all.
    rows: u64,
    nameless: u64,
    ends: Option<(Edge, Edge)>,
}

impl Stretch {
    fn all(self) -> HoursSum {
        self.counted + self.skipped
    }

    fn take(&mut self, other: Stretch) {
        self.counted += other.counted;
        self.skipped += other.skipped;
        self.rows += other.rows;
        self.nameless += other.nameless;
        self.ends = match (self.ends, other.ends) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (known, other) => known.or(other),
        };
    }

    fn end_with(&mut self, batch: &Batch<'_>, last: Option<usize>) {
        if let (Some((_, end)), Some(last)) = (self.ends.as_mut(), last) {
            *end = Edge::of(batch, last);
        }
    }

    fn first(&self) -> Option<Edge> {
        self.ends.map(|(first, _)| first)
    }

    fn last(&self) -> Option<Edge> {
        self.ends.map(|(_, last)| last)
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
        value::trimmed(&cell).is_empty() || totals::calls_one(&cell)
    };
    let day = if batch.has(field::DATE) { field::DATE } else { field::STARTED_AT };
    let is_undated = |at: &usize| {
        let readable = chunk.facts.get(*at).is_some_and(|facts| !facts.has(Facts::UNREADABLE_HOURS));
        let id = || chunk.ids.get(*at);
        let no_id = || batch.has_made_ids() || value::trimmed(id()).is_empty() || totals::calls_one(id());
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

/// A row alone that is no entry. A word such as *Total* is no id: two of them are no repeats.
pub(super) fn alone(chunk: &Chunk, at: usize) -> Chunk {
    let mut alone = chunk.some(&[at], false);
    alone.ids = Texts::default();
    alone.ids.push("");
    alone.facts.iter_mut().for_each(|facts| facts.set(Facts::QUARANTINED));
    alone
}

impl Sums {
    /// Of a batch without such rows, whose rows have these hours together.
    pub(super) fn none(batch: &Batch<'_>, grammar: &Grammar<'_>, chunk: &Chunk, all: HoursSum) -> Sums {
        let hours =
            |at: &usize| Hours::from_micros(chunk.hours.get(*at).or_bug("what is left out is a row of the batch"));
        let skipped: HoursSum = batch.left_out().iter().map(hours).sum();
        let is_row = |at: &usize| batch.left_out().binary_search(at).is_err();
        let (first, last) = ((0..chunk.len()).find(is_row), (0..chunk.len()).rev().find(is_row));
        let nameless = |(at, id): &(usize, &str)| (batch.has_made_ids() || id.is_empty()) && is_row(at);
        let of_batch = Stretch {
            counted: all - skipped,
            skipped: skipped + skipped_before(batch, grammar),
            rows: chunk.len().saturating_sub(batch.left_out().len()) as u64,
            nameless: chunk.ids.iter().enumerate().filter(nameless).count() as u64,
            ends: first.zip(last).map(|(first, last)| (Edge::of(batch, first), Edge::of(batch, last))),
        };
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
        let mut last = None;
        for (at, entry) in chunk.iter().enumerate() {
            if undated.binary_search(&at).is_ok() {
                stretch.end_with(batch, last.take());
                sums.stretches.push(std::mem::take(&mut stretch));
                let fingerprint = *fingerprints.get(at).or_bug("every row has its fingerprint");
                let defect = batch.defect(at);
                let error = match defect {
                    Some(defect) => row::defect_error(defect).0,
                    None => row::cell_error(batch, Input::Timesheets, at, field::HOURS, Code::NoEntry, ""),
                };
                let wrong = wrong(batch, Input::Timesheets, at, "", vec![error]);
                let mut chunk = chunk.some(&[at], false);
                // A word such as *Total* is no id: two of them are no repeats.
                chunk.ids = Texts::default();
                chunk.ids.push("");
                sums.undated.push(Undated {
                    at,
                    torn: defect.is_some(),
                    beside: defect.is_some() && !may_be_entry(&batch.record(at).unwrap_or_default(), grammar),
                    hours: entry.hours,
                    says: if defect.is_some() { Said::default() } else { Said::of(batch, at) },
                    fingerprint,
                    chunk,
                    wrong,
                });
            } else if left_out.binary_search(&at).is_err() {
                stretch.counted += entry.hours;
                stretch.rows += 1;
                stretch.nameless += u64::from(batch.has_made_ids() || entry.id().is_empty());
                if last.replace(at).is_none() {
                    let first = Edge::of(batch, at);
                    stretch.ends = Some((first, first));
                }
            } else {
                stretch.skipped += entry.hours;
            }
        }
        stretch.end_with(batch, last);
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
pub(super) struct SumsFound {
    /// Rows that are left out.
    pub sums: Vec<Finding>,
    pub no_entries: Vec<NoEntry>,
}

/// Tells sums from others. `sums` takes what is known of a batch out of what came of it.
pub(super) fn find<R>(pieces: &mut [Piece<R>], sums: impl Fn(&mut R) -> Sums) -> SumsFound {
    let mut told = SumsFound::default();
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
        let rows: Vec<&Undated> = undated.iter().map(|(.., row)| row).collect();
        let found = sought.all_of(&rows);
        for ((nth, (file, first_row, first_line, row)), which) in undated.into_iter().enumerate().zip(found) {
            let place = Place { file, row: first_row + row.at as u64 };
            let line = row.wrong.line.zip(first_line).map(|(line, first)| line + first);
            if row.torn {
                let behind = line.zip(empty).is_some_and(|(line, empty)| line > empty);
                if behind && row.beside {
                    told.sums.push(beside(place, &row.wrong))
                } else {
                    told.no_entries.push(torn(place, line, row))
                }
                continue;
            }
            match which {
                Some(which) => told.sums.push(finding(place, row.hours, which)),
                None => told.no_entries.push(no_entry(place, line, row, &stretches, nth)),
            }
        }
    }
    told
}

/// A row of another length behind an empty line that names no day is no part of the table.
fn beside(place: Place, wrong: &Rejected) -> Finding {
    const SHOWN_MAX: usize = 60;
    let record = wrong.record.as_deref().unwrap_or_default().trim();
    let shown: String = record.chars().take(SHOWN_MAX).collect();
    let message = format!(
        "row {} (`{shown}`) stands behind an empty line, names no day and has other cells than the header: it is no part of the table",
        place.row
    );
    let id = Input::Timesheets.name().to_owned();
    Finding { code: Code::BesideTheTable, subject: Subject::Input, id, message, place: Some(place) }
}

fn torn(place: Place, line: Option<u64>, row: Undated) -> NoEntry {
    let Undated { fingerprint, mut chunk, wrong, .. } = row;
    chunk.facts.iter_mut().for_each(|facts| facts.set(Facts::QUARANTINED));
    NoEntry { place, line, fingerprint, chunk, wrong }
}

/// The stretches of a file, as each of its undated rows is held against them: there may be as many of both as rows.
struct Sought<'a> {
    counted: Running<'a>,
    /// With what is skipped; `None` where nothing is.
    all: Option<Running<'a>>,
}

impl Sought<'_> {
    fn of(stretches: &[Stretch]) -> Sought<'_> {
        let some_skipped = stretches.iter().any(|stretch| !stretch.skipped.is_zero());
        Sought {
            counted: Running::of(stretches, |stretch| stretch.counted),
            all: some_skipped.then(|| Running::of(stretches, Stretch::all)),
        }
    }

    /// What each undated row sums. One that repeats the single row beside it may be an entry whose day and person stand above: it is a sum
    /// where all rows that count have ids of their own, or where a report's further sums are there and no row of its kind is none.
    fn all_of(&self, rows: &[&Undated]) -> Vec<Option<&'static str>> {
        let look = |(nth, row): (usize, &&Undated), may_echo: bool| {
            let says = Said { may_echo, ..row.says };
            if row.torn { None } else { self.summed(nth, row.hours, says) }
        };
        let plain: Vec<Option<Summed>> = rows.iter().enumerate().map(|at| look(at, false)).collect();
        if rows.iter().zip(&plain).all(|(row, sum)| row.torn || sum.is_some()) {
            return plain.into_iter().map(|sum| sum.map(|sum| sum.which)).collect();
        }
        let echoes: Vec<Option<Summed>> = rows.iter().enumerate().map(|at| look(at, true)).collect();
        let are_named = self.counted.stretches.iter().all(|stretch| stretch.nameless == 0);
        let sums_several = plain.iter().flatten().any(|sum| sum.rows > 1);
        let is_of_kind = |row: &Undated, other: &Undated| row.says.texts.filled == other.says.texts.filled;
        let none: Vec<&Undated> =
            rows.iter().zip(&echoes).filter(|(row, sum)| !row.torn && sum.is_none()).map(|(row, _)| *row).collect();
        let holds = |row: &Undated| are_named || (sums_several && !none.iter().any(|other| is_of_kind(row, other)));
        let found = rows.iter().zip(plain.iter().zip(&echoes));
        found.map(|(row, (plain, echo))| plain.or(echo.filter(|_| holds(row))).map(|sum| sum.which)).collect()
    }

    /// Which rows an undated row sums; `None` when it sums none.
    fn which(&self, nth: usize, hours: Hours, says: Said) -> Option<&'static str> {
        self.summed(nth, hours, says).map(|sum| sum.which)
    }

    fn summed(&self, nth: usize, hours: Hours, says: Said) -> Option<Summed> {
        self.counted.summed(nth, hours, says).or_else(|| {
            let sum = self.all.as_ref()?.summed(nth, hours, says)?;
            let which = match sum.which {
                "above" => "above, with those that are skipped",
                "below" => "below, with those that are skipped",
                _ => "of the file, with those that are skipped",
            };
            Some(Summed { which, ..sum })
        })
    }
}

/// The rows that an undated row sums: which, and how many.
#[derive(Clone, Copy)]
struct Summed {
    which: &'static str,
    rows: u64,
}

/// Hours of stretches one after another.
struct Running<'a> {
    stretches: &'a [Stretch],
    hours: fn(Stretch) -> HoursSum,
    /// Of so many from the start.
    sums: Vec<HoursSum>,
}

impl<'a> Running<'a> {
    fn of(stretches: &'a [Stretch], hours: fn(Stretch) -> HoursSum) -> Running<'a> {
        let mut sum = HoursSum::ZERO;
        let running = stretches.iter().map(|stretch| {
            sum += hours(*stretch);
            sum
        });
        let sums = std::iter::once(HoursSum::ZERO).chain(running).collect();
        Running { stretches, hours, sums }
    }

    fn summed(&self, nth: usize, hours: Hours, says: Said) -> Option<Summed> {
        let (above, below) = self.stretches.split_at_checked(nth + 1)?;
        let (of_above, all) = (*self.sums.get(nth + 1)?, *self.sums.last()?);
        let is_sum = |sum: HoursSum| (sum.micros() - i128::from(hours.micros())).abs() <= SLACK;
        // Nothing at all sums up to nothing everywhere.
        let adjacent = |of: &mut dyn Iterator<Item = &Stretch>, ends: fn(&Stretch) -> [Option<Edge>; 2]| {
            let (mut sum, mut rows, mut near) = (HoursSum::ZERO, 0, None);
            of.take(STRETCHES_MAX).find_map(|stretch| {
                let [nearest, farthest] = ends(stretch);
                (sum, rows, near) = (sum + (self.hours)(*stretch), rows + stretch.rows, near.or(nearest));
                (is_sum(sum) && says.may_sum(rows, &[near, farthest.or(near)])).then_some(rows)
            })
        };
        let whole = |stretches: &[Stretch], sum: HoursSum| {
            let rows: u64 = stretches.iter().map(|stretch| stretch.rows).sum();
            let first = stretches.iter().find_map(Stretch::first);
            let last = stretches.iter().rev().find_map(Stretch::last);
            (is_sum(sum) && says.may_sum(rows, &[first, last])).then_some(rows)
        };
        let above = adjacent(&mut above.iter().rev(), |of| [of.last(), of.first()]).or_else(|| whole(above, of_above));
        let below =
            || adjacent(&mut below.iter(), |of| [of.first(), of.last()]).or_else(|| whole(below, all - of_above));
        let sum = |which| move |rows| Summed { which, rows };
        let found = above.map(sum("above")).or_else(|| below().map(sum("below")));
        found.or_else(|| whole(self.stretches, all).map(sum("of the file")))
    }
}

fn finding(place: Place, hours: Hours, which: &str) -> Finding {
    let message = format!(
        "row {} says {hours} h without an id, a person and a date: the sum of the rows {which}, which is no entry",
        place.row
    );
    let id = Input::Timesheets.name().to_owned();
    Finding { code: Code::SumLeftOut, subject: Subject::Input, id, message, place: Some(place) }
}

fn no_entry(place: Place, line: Option<u64>, row: Undated, stretches: &[Stretch], nth: usize) -> NoEntry {
    let Undated { hours, says, fingerprint, mut chunk, mut wrong, .. } = row;
    // Asked without a look at what else the row says: is it the figure alone that fits?
    let sum = Sought::of(stretches).which(nth, hours, Said { labelled: true, ..Said::default() });
    let near = |at: Option<&Stretch>| at.map_or(HoursSum::ZERO, |stretch| stretch.counted);
    let (above, below) = (near(stretches.get(nth)), near(stretches.get(nth + 1)));
    for error in &mut wrong.errors {
        error.message = match sum {
            Some(which) => format!(
                "says {hours} h without an id, a person and a date, as much as the rows {which}, and {}: is it a sum, or an entry that lacks its day?",
                if says.timed {
                    "has times of its own"
                } else {
                    "is no plain sum by its client, project and other cells"
                }
            ),
            None => format!(
                "says {hours} h without an id, a person and a date, and is no sum: the rows above come to {above} h, those below to {below} h"
            ),
        };
    }
    chunk.facts.iter_mut().for_each(|facts| facts.set(Facts::QUARANTINED));
    NoEntry { place, line, fingerprint, chunk, wrong }
}

#[cfg(test)]
#[path = "sums_tests.rs"]
mod tests;
