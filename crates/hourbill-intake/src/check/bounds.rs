//! X2: bounds of entries. Hours of an employee's day, copies, work at the same time and dates in the future are looked at once all rows are
//! read and repeats are known, over all parts of a run: a person works for customers of several.
//!
//! Hours of days are one sum per row in a table that stays in the cache. Copies are found by the hashes by which repeats are told from
//! conflicts: a filter of a byte per row leaves those that may be copies, and only they are sorted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use rayon::prelude::*;

use super::World;
use super::copies::{Copy, copies};
use super::looked::{EmployeeDay, Employees, EntryBounds, Looked, Marked, bound_message, hashes_of};
use super::overlaps::{self, Worked};
use super::value::{self, Started};
use crate::bound::{Bound, BoundAction, BoundFigure, BoundKey};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Finding, Subject};
use crate::ident::Idx;
use crate::inputs::timesheets as field;
use crate::job::{EntriesTable, Settings};
use crate::model::{Accepting, Chunk, Facts, Work};
use crate::quantity::{Hours, HoursSum};
use crate::read::Batch;
use crate::shard::Split;

/// What has to be known of rows that other parts of the run keep.
#[derive(Default)]
pub struct OtherRows {
    names: Employees,
    days: HashMap<EmployeeDay, HoursSum>,
    /// Rows that lead to nobody: which part looks whether they are copies follows from what they say.
    copies: Vec<Copy>,
    worked: Vec<Worked>,
}

impl OtherRows {
    /// Takes in hours of an employee's day that nobody here has the rows of.
    pub fn add_hours(&mut self, employee: &str, day: i32, hours: HoursSum) {
        *self.days.entry((self.names.intern(employee), day)).or_default() += hours;
    }

    /// Takes in rows that [`note_others`] returned, once it is known where they stand.
    pub(super) fn add_copies(&mut self, copies: impl Iterator<Item = Copy>) {
        self.copies.extend(copies);
    }
}

/// Takes in what has to be known of rows of a batch that are not kept (`is_dropped`). Returns those that may be copies of others: where they
/// stand is not known yet.
pub(super) fn note_others(
    (batch, chunk): (&Batch<'_>, &Chunk),
    world: &World,
    (split, others): (&Split, &Mutex<OtherRows>),
    started: Option<&[Option<Started>]>,
    is_dropped: impl Fn(usize) -> bool,
) -> Vec<Copy> {
    if !batch.has(field::EMPLOYEE) {
        return Vec::new();
    }
    let (mut of_batch, mut own) = (Employees::default(), HashMap::<EmployeeDay, HoursSum>::new());
    let (mut nowhere, mut worked) = (Vec::new(), Vec::new());
    batch.each(field::EMPLOYEE, |at, cell| {
        let Some((entry, date)) = chunk.get(at).and_then(|entry| Some((entry, entry.date()?))) else { return };
        let text = value::text(cell);
        let name = value::trimmed(&text);
        if name.is_empty() || !entry.usable() || !is_dropped(at) {
            return;
        }
        let who = of_batch.intern(name);
        *own.entry((who, date.days())).or_default() += entry.hours;
        let hash = *hashes_of(chunk).get(at).or_bug("every row has the hash of what it says");
        let leads =
            split.of_entry(world, entry.ticket, entry.line).or_else(|| split.of_circumstance(entry.circumstance()));
        if leads.is_none() && split.owns(hash) {
            nowhere.push(Copy::of_nobody(hash, &entry, date, at).by(who));
        }
        let began = started.and_then(|started| started.get(at).copied().flatten()).and_then(|at| at.on(Some(date)));
        worked.extend(began.and_then(|began| Some(Worked::new(date, began, entry.hours)?.by(who))));
    });
    let mut others = others.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let OtherRows { names, days, worked: all, .. } = &mut *others;
    let numbers: Vec<Idx<Work>> = of_batch.iter().map(|(_, name)| names.intern(name)).collect();
    let number = |who: Idx<Work>| numbers.get(who.position()).copied().or_bug("every employee of a batch has a number");
    for ((who, day), hours) in own {
        *days.entry((number(who), day)).or_default() += hours;
    }
    all.extend(worked.into_iter().map(|worked| worked.renamed(number)));
    nowhere.into_iter().map(|copy| copy.renamed(number)).collect()
}

/// Looks at the bounds of entries, and marks those that they hold. Adjustments are known, and entries of other parts are still there.
pub fn look_at_entries(
    world: &mut World,
    settings: &Settings,
    split: Option<&Split>,
    others: OtherRows,
) -> EntryBounds {
    let OtherRows { mut names, days: of_others, copies: nowhere, worked } = others;
    world.bounded.clear();
    let of_chunk = |chunk: &Chunk| {
        let numbers = chunk.work.names.iter().map(value::trimmed);
        numbers.map(|name| (!name.is_empty()).then(|| names.intern(name))).collect()
    };
    let of_chunks = world.entries.chunk_list().iter().map(of_chunk).collect();
    let looked = Looked { world, split, names, of_chunks };
    let (mut bounds, mut marked) = (EntryBounds::default(), BTreeMap::new());
    let days = day_sums(&looked, of_others);
    let hours = days.into_iter().map(|(day, hours)| (day, BoundFigure::hours(hours)));
    let beyond = beyond_of_days(&looked, settings, BoundKey::EmployeeDayHours, hours, &mut bounds);
    mark_days(&looked, (BoundKey::EmployeeDayHours, settings), &beyond, &mut marked);
    if settings.billing.bounds.of(BoundKey::OverlapMinutes).is_some() {
        let minutes = overlaps::of_days(&looked, worked).into_iter();
        let minutes = minutes.map(|(day, overlap)| (day, BoundFigure::minutes(overlap)));
        let beyond = beyond_of_days(&looked, settings, BoundKey::OverlapMinutes, minutes, &mut bounds);
        mark_days(&looked, (BoundKey::OverlapMinutes, settings), &beyond, &mut marked);
    }
    copies(&looked, settings, nowhere, (&mut bounds, &mut marked));
    future(&looked, settings, (&mut bounds, &mut marked));
    for chunk in world.entries.chunk_list_mut() {
        chunk.row_hashes = Vec::new();
        chunk.copy_hashes = Vec::new();
        // W3, W9 and M7 go by them.
        if settings.billing.rules.packs.ask_who() {
            continue;
        }
        chunk.began = Vec::new();
        // The register shows who worked (E2).
        if settings.ledger.is_none() && settings.output.entries != EntriesTable::All {
            chunk.work = Work::default();
        }
    }
    for ((number, at), (place, key)) in marked {
        let chunk = world.entries.chunk_list_mut().get_mut(number);
        let facts = chunk.and_then(|chunk| chunk.facts.get_mut(at));
        facts.or_bug("what is marked was read").set(Facts::BOUND);
        world.bounded.insert(place, key);
    }
    bounds
}

/// Hours of each employee and day, those of other parts among them.
fn day_sums(looked: &Looked<'_>, of_others: HashMap<EmployeeDay, HoursSum>) -> HashMap<EmployeeDay, HoursSum> {
    /// Sums that stand in one table, by employee and day.
    const CELLS_MAX: usize = 1 << 21;
    let dates = looked.world.dates_read.map_or((0, -1), |(from, to)| (from.days(), to.days()));
    let span = usize::try_from(i64::from(dates.1) - i64::from(dates.0) + 1).unwrap_or(0);
    let mut sums = of_others;
    let cells = looked.names.len().saturating_mul(span);
    if cells <= CELLS_MAX {
        let add = |mut table: DayTable, (number, chunk): (usize, &Chunk)| {
            table.take_in(chunk, looked.of_chunks.get(number).or_bug("every chunk has its names"), (dates.0, span));
            table
        };
        let tables: Vec<DayTable> = looked.chunks().fold(|| DayTable::of(cells), add).collect();
        for (cell, hours) in tables.iter().flat_map(DayTable::sums) {
            let day = dates.0 + i32::try_from(cell % span).ok().or_bug("a day is within the days");
            *sums.entry((Idx::at(cell / span), day)).or_default() += hours;
        }
        return sums;
    }
    for (number, chunk) in looked.world.entries.chunk_list().iter().enumerate() {
        for (_, entry, who, date) in looked.rows(number, chunk) {
            *sums.entry((who, date.days())).or_default() += entry.hours;
        }
    }
    sums
}

/// Hours by employee and day, in 64 bits: the table of some hundred people fits in the cache. What outgrows a sum is noted beside it.
struct DayTable {
    cells: Vec<i64>,
    outgrown: Vec<(usize, Hours)>,
}

impl DayTable {
    fn of(cells: usize) -> DayTable {
        DayTable { cells: vec![0; cells], outgrown: Vec::new() }
    }

    /// Takes in what [`Looked::rows`] shows of a chunk; `days` are the first day and their number.
    fn take_in(&mut self, chunk: &Chunk, names: &[Option<Idx<Work>>], days: (i32, usize)) {
        let columns = chunk.work.employees.iter().zip(&chunk.dates).zip(&chunk.facts);
        let mut rows = columns.map(|((name, date), facts)| {
            let who = names.get(*name as usize).copied().flatten()?;
            let day = usize::try_from(date.filter(|_| facts.is_usable())?.days() - days.0).unwrap_or(usize::MAX);
            Some(who.position() * days.1 + day)
        });
        chunk.hours.each(|micros| {
            let Some(cell) = rows.next().flatten() else { return };
            let sum = self.cells.get_mut(cell).or_bug("all dates lie between the first and the last");
            match sum.checked_add(micros) {
                Some(more) => *sum = more,
                None => self.outgrown.push((cell, Hours::from_micros(micros))),
            }
        });
    }

    /// By cell; of one there may be several.
    fn sums(&self) -> impl Iterator<Item = (usize, Hours)> {
        let cells = self.cells.iter().enumerate().filter(|(_, micros)| **micros != 0);
        cells.map(|(cell, micros)| (cell, Hours::from_micros(*micros))).chain(self.outgrown.iter().copied())
    }
}

/// Figures of days: measures them, and tells of those beyond the bound. Returns the days that it holds.
fn beyond_of_days(
    looked: &Looked<'_>,
    settings: &Settings,
    key: BoundKey,
    figures: impl Iterator<Item = (EmployeeDay, BoundFigure)>,
    bounds: &mut EntryBounds,
) -> BTreeSet<EmployeeDay> {
    bounds.measures.at(key).take(BoundFigure::count(0));
    let Some(bound) = settings.billing.bounds.of(key) else { return BTreeSet::new() };
    let mut beyond = Vec::new();
    for (day, figure) in figures {
        bounds.measures.at(key).take(figure);
        if figure.is_beyond(bound.limit) {
            beyond.push((day, figure));
        }
    }
    let accepted = accepted_of_days(looked, key, &beyond);
    let (mut days, mut of_employees) = (BTreeSet::new(), BTreeMap::<Idx<Work>, Vec<(i32, BoundFigure)>>::new());
    for (day, figure) in beyond {
        let is_own =
            looked.split.is_none_or(|split| split.shows_subject(looked.world, Subject::Employee, looked.name(day.0)));
        let seen = bounds.measures.at(key);
        if accepted.contains(&day) || looked.world.adjustments.accepts(key, figure, []) {
            seen.accepted += u64::from(is_own);
            continue;
        }
        if bound.action == BoundAction::Hold {
            days.insert(day);
        }
        seen.broken += u64::from(is_own);
        if is_own {
            of_employees.entry(day.0).or_default().push((day.1, figure));
        }
    }
    for (who, days) in of_employees {
        bounds.findings.extend(of_employee(looked.name(who), days, key, bound));
    }
    days
}

/// A finding for each day of an employee beyond the bound; one for all of them where there are more than a person reads.
fn of_employee(name: &str, mut days: Vec<(i32, BoundFigure)>, key: BoundKey, bound: Bound) -> Vec<Finding> {
    /// An export of many years, or one in which a name stands for a team.
    const TOLD_MAX: usize = 20;
    days.sort_unstable_by_key(|(day, _)| *day);
    let what = match key {
        BoundKey::OverlapMinutes => "minutes of work at the same time",
        _ => "hours",
    };
    let date = |day: i32| Date::from_days(day).or_bug("a day that was read is a date");
    let found = |message: String| {
        let (code, subject, id) = (key.code(), Subject::Employee, name.to_owned());
        Finding { code, subject, id, message: bound_message(&message, key, bound), place: None }
    };
    let most = days.iter().rev().max_by_key(|(_, figure)| *figure);
    if let ([(first, _), .., (last, _)], Some((day, figure))) = (days.as_slice(), most)
        && days.len() > TOLD_MAX
    {
        let count = days.len();
        return vec![found(format!(
            "`{name}` has too many {what} on {count} days from {} to {}: most on {}, {figure}",
            date(*first),
            date(*last),
            date(*day)
        ))];
    }
    let of_day = |(day, figure): (i32, BoundFigure)| found(format!("`{name}` has {figure} {what} on {}", date(day)));
    days.into_iter().map(of_day).collect()
}

/// X6: days of which an entry is named by an adjustment that accepts their figure.
fn accepted_of_days(
    looked: &Looked<'_>,
    key: BoundKey,
    beyond: &[(EmployeeDay, BoundFigure)],
) -> BTreeSet<EmployeeDay> {
    let mut days = BTreeSet::new();
    if beyond.is_empty() || looked.world.adjustments.accepted.is_empty() {
        return days;
    }
    let beyond: BTreeMap<EmployeeDay, BoundFigure> = beyond.iter().copied().collect();
    for (number, chunk) in looked.world.entries.chunk_list().iter().enumerate() {
        for (_, entry, who, date) in
            looked.rows(number, chunk).filter(|(_, entry, ..)| entry.facts.has(Facts::ADJUSTED))
        {
            let day = (who, date.days());
            let of_entry = Accepting::Entry(entry.id().to_owned());
            if beyond.get(&day).is_some_and(|figure| looked.world.adjustments.accepts(key, *figure, [of_entry])) {
                days.insert(day);
            }
        }
    }
    days
}

/// X5: all entries of the days.
fn mark_days(
    looked: &Looked<'_>,
    (key, settings): (BoundKey, &Settings),
    days: &BTreeSet<EmployeeDay>,
    marked: &mut Marked,
) {
    if days.is_empty() || !settings.billing.bounds.holds(key) {
        return;
    }
    for (number, chunk) in looked.world.entries.chunk_list().iter().enumerate() {
        let of_days = looked.rows(number, chunk).filter(|(_, _, who, date)| days.contains(&(*who, date.days())));
        for (at, entry, ..) in of_days {
            marked.entry((number, at)).or_insert((entry.place(), key));
        }
    }
}

/// X2: entries of days far behind the one that stands for today; only where the job asks.
fn future(looked: &Looked<'_>, settings: &Settings, (bounds, marked): (&mut EntryBounds, &mut Marked)) {
    let key = BoundKey::FutureDays;
    let Some(bound) = settings.billing.bounds.of(key) else { return };
    let as_of = settings.billing.as_of;
    bounds.measures.at(key).take(BoundFigure::count(0));
    for (number, chunk) in looked.world.entries.chunk_list().iter().enumerate() {
        for (at, entry) in chunk.iter().enumerate().filter(|(_, entry)| entry.usable()) {
            let Some(date) = entry.date() else { continue };
            let Ok(days @ 1..) = u64::try_from(i64::from(date.days()) - i64::from(as_of.days())) else { continue };
            let is_own = looked.split.is_none_or(|split| split.owns(split.of_settled(looked.world, &entry)));
            let figure = BoundFigure::count(days);
            if is_own {
                bounds.measures.at(key).take(figure);
            }
            if !is_own || !figure.is_beyond(bound.limit) {
                continue;
            }
            let id = entry.id().to_owned();
            if looked.world.adjustments.accepts(key, figure, [Accepting::Entry(id.clone())]) {
                bounds.measures.at(key).accepted += 1;
                continue;
            }
            bounds.measures.at(key).broken += 1;
            let message = bound_message(&format!("`{id}` is dated {date}, {days} days after {as_of}"), key, bound);
            let (code, subject, place) = (key.code(), Subject::Entry, Some(entry.place()));
            bounds.findings.push(Finding { code, subject, id, message, place });
            if bound.action == BoundAction::Hold {
                marked.entry((number, at)).or_insert((entry.place(), key));
            }
        }
    }
}
