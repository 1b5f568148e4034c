//! Z: the rows of timesheets as one process reads them for others: to which parts of a run each goes, and what those have to know of it that
//! do not get it.
//!
//! A row goes to the part that it counts in, to the part of its ticket, which lends it, and to the part that looks for its copies where it
//! leads to nobody. Rows of which only all parts together know what they are go to every part: those whose id stands in several rows, those
//! that adjustments name, and those without an id that lead nowhere. It is the same that a part keeps that reads all rows itself
//! ([`super::part`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::World;
use super::agreements;
use super::entries::{link, range_of, wider, without_undated};
use super::entry_cells::Cells;
use super::looked::hashes_of;
use super::repeats;
use super::row::Fingerprint;
use super::sums::{self, NoEntry, Sums};
use super::value::{self, Grammar};
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, FileNo, Finding, Place, RowError, Spoilt};
use crate::inputs::{Input, timesheets as field};
use crate::job::Settings;
use crate::model::{EntryView, Facts, HoursColumn};
use crate::quantity::{HoursSum, exact};
use crate::read::{Batch, Piece, SentColumns, SentRow};
use crate::shard::{Split, part_of};

/// What decides where rows go.
pub struct Routing<'a> {
    pub split: &'a Split,
    /// Parts of the run.
    pub parts: u32,
    /// Hashes of ids that several rows have; sorted.
    pub repeated: &'a [u64],
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowGoes {
    Everywhere,
    /// To these parts, from 1.
    To(Vec<u32>),
}

/// A row on its way.
pub struct RoutedRow {
    pub place: Place,
    pub row: SentRow,
    pub goes: RowGoes,
    /// Other rows have its id.
    pub repeated: bool,
    /// F7: it is no entry, and why.
    pub no_entry: Option<Vec<RowError>>,
    /// It is, or may be, set aside.
    pub needs_record: bool,
}

/// What is known of rows that go to some parts: the others count them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowTally {
    pub rows: u64,
    #[serde(with = "exact::hours")]
    pub hours: HoursSum,
    /// Days since 1970-01-01, of those that can be used.
    pub newest: Option<i32>,
    pub spoilt: Spoilt,
    /// X2: microseconds by employee and day.
    pub days: BTreeMap<String, BTreeMap<i32, i128>>,
}

impl RowTally {
    fn take(&mut self, entry: &EntryView<'_>, employee: &str, codes: Option<&[Code]>) {
        self.rows += 1;
        self.hours += entry.hours;
        if let Some(codes) = codes {
            self.spoilt.count(codes.iter().copied());
        }
        let Some(date) = entry.date().filter(|_| entry.usable()) else { return };
        self.newest = self.newest.max(Some(date.days()));
        if !employee.is_empty() {
            let days = self.days.entry(employee.to_owned()).or_default();
            *days.entry(date.days()).or_default() += i128::from(entry.hours.micros());
        }
    }

    pub fn add(&mut self, other: &RowTally) {
        self.rows += other.rows;
        self.hours += other.hours;
        self.newest = self.newest.max(other.newest);
        self.spoilt.add(&other.spoilt);
        for (employee, days) in &other.days {
            let own = self.days.entry(employee.clone()).or_default();
            days.iter().for_each(|(day, micros)| *own.entry(*day).or_default() += micros);
        }
    }

    /// What is left without the rows of another, which are among them; `None` when they are not. The newest day stays.
    #[must_use]
    pub fn without(mut self, other: &RowTally) -> Option<RowTally> {
        self.rows = self.rows.checked_sub(other.rows)?;
        self.hours = self.hours - other.hours;
        self.spoilt.rows = self.spoilt.rows.checked_sub(other.spoilt.rows)?;
        for (code, rows) in &other.spoilt.codes {
            let left = self.spoilt.codes.get_mut(code)?;
            *left = left.checked_sub(*rows)?;
        }
        self.spoilt.codes.retain(|_, rows| *rows > 0);
        for (employee, days) in &other.days {
            let left = self.days.get_mut(employee)?;
            for (day, micros) in days {
                *left.get_mut(day)? -= micros;
            }
            left.retain(|_, micros| *micros != 0);
        }
        Some(self)
    }
}

/// The rows of a batch, and where they go.
pub struct RoutedBatch {
    columns: SentColumns,
    rows: Vec<RoutedRow>,
    /// By their position.
    undated: Vec<(usize, SentRow)>,
    sums: Sums,
    all: RowTally,
    everywhere: RowTally,
    sent: BTreeMap<u32, RowTally>,
    facts: RowsRead,
}

/// What all rows come to, wherever they go.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowsRead {
    pub rows: u64,
    pub hours: HoursSum,
    /// Stands for what they say.
    pub hash: Fingerprint,
    /// Least and greatest date.
    pub dates: Option<(Date, Date)>,
    pub names_invoices: bool,
    /// The first row that names a ticket although the job reads none.
    pub ticketless: Option<Place>,
    /// Ids are made of cells: their rows are told apart by all of them.
    pub made_ids: bool,
}

/// Reads the rows of a batch as [`super::entry_rows`] does, and says where they go.
pub fn route_rows(
    batch: &Batch<'_>,
    grammar: &Grammar<'_>,
    settings: &Settings,
    world: &World,
    routing: &Routing<'_>,
) -> RoutedBatch {
    let Cells { mut chunk, facts, hours, sum, ticketless, open_again, fingerprints, wrong, .. } =
        Cells::read(batch, grammar, settings, world);
    (chunk.facts, chunk.hours) = (facts, HoursColumn::of(&hours));
    link(&mut chunk, world);
    chunk.circumstances = agreements::circumstances(batch, world, settings, &chunk.tickets);
    let (sums, left_out) = without_undated(batch, grammar, &chunk, &fingerprints, sum);
    let columns = SentColumns::of(batch, Input::Timesheets);
    let mut errors: BTreeMap<usize, Vec<Code>> = BTreeMap::new();
    wrong.look(|row| {
        errors.insert(row.place.row as usize, row.errors.iter().map(|error| error.code).collect());
    });
    let employees = employees_of(batch);
    let names_invoices = chunk.facts.iter().any(|facts| facts.has(Facts::INVOICED)) || !open_again.is_empty();
    let mut routed = RoutedBatch {
        columns,
        rows: Vec::with_capacity(batch.rows()),
        undated: Vec::new(),
        sums,
        all: RowTally::default(),
        everywhere: RowTally::default(),
        sent: BTreeMap::new(),
        facts: RowsRead {
            dates: range_of(&chunk, &left_out, &wrong),
            names_invoices,
            ticketless: ticketless.map(|at| Place { file: FileNo(0), row: at as u64 }),
            made_ids: batch.has_made_ids(),
            ..RowsRead::default()
        },
    };
    for ((at, entry), fingerprint) in chunk.iter().enumerate().zip(&fingerprints) {
        let sent = |record| SentRow {
            number: at as u64,
            line: Some(batch.line(at)),
            cells: routed.columns.cells(batch, at),
            defect: batch.defect(at),
            record,
        };
        if left_out.binary_search(&at).is_ok() {
            if batch.left_out().binary_search(&at).is_err() {
                let row = sent(batch.record(at));
                routed.undated.push((at, row));
            }
            continue;
        }
        let codes = errors.get(&at).map(Vec::as_slice);
        let employee = employees.get(at).map_or("", String::as_str);
        let (goes, repeated) = goes_of(&entry, (at, employee), &chunk, codes, settings, world, routing);
        let row = sent(batch.record(at).filter(|_| codes.is_some() || repeated));
        match &goes {
            // All parts look at it themselves.
            RowGoes::Everywhere => routed.everywhere.take(&entry, "", codes),
            RowGoes::To(parts) => {
                routed.all.take(&entry, employee, codes);
                for part in parts {
                    routed.sent.entry(*part).or_default().take(&entry, employee, codes);
                }
            }
        }
        routed.facts.rows += 1;
        routed.facts.hours += entry.hours;
        routed.facts.hash = routed.facts.hash.wrapping_add(*fingerprint);
        let place = Place { file: FileNo(0), row: at as u64 };
        let needs_record = codes.is_some() || repeated;
        routed.rows.push(RoutedRow { place, row, goes, repeated, no_entry: None, needs_record });
    }
    routed
}

/// Of each row, where the export says it.
fn employees_of(batch: &Batch<'_>) -> Vec<String> {
    if !batch.has(field::EMPLOYEE) {
        return Vec::new();
    }
    let mut employees = vec![String::new(); batch.rows()];
    batch.each(field::EMPLOYEE, |at, cell| {
        if let Some(employee) = employees.get_mut(at) {
            value::trimmed(&value::text(cell)).clone_into(employee);
        }
    });
    employees
}

/// Where a row goes, and whether others have its id.
fn goes_of(
    entry: &EntryView<'_>,
    (at, employee): (usize, &str),
    chunk: &crate::model::Chunk,
    codes: Option<&[Code]>,
    settings: &Settings,
    world: &World,
    routing: &Routing<'_>,
) -> (RowGoes, bool) {
    let Routing { split, parts, repeated } = routing;
    let id_hash = repeats::id_hash(entry.id());
    let repeated = id_hash.is_some_and(|hash| repeated.binary_search(&hash).is_ok());
    let of_adjustments = entry.facts.has(Facts::ADJUSTED) || entry.facts.has(Facts::TICKET_ADJUSTED);
    // A waiver may name a row by its record; minutes of work at the same time are told from all rows of a day.
    let asked_by_all = (codes.is_some() && !world.waivers.is_empty())
        || settings.billing.bounds.of(BoundKey::OverlapMinutes).is_some();
    if repeated || of_adjustments || asked_by_all {
        return (RowGoes::Everywhere, repeated);
    }
    let leads = split.of_entry(world, entry.ticket, entry.line).or_else(|| split.of_circumstance(entry.circumstance()));
    let Some(key) = leads.or_else(|| id_hash.map(|_| Split::of_id(entry.id()))) else {
        return (RowGoes::Everywhere, false);
    };
    let mut to = vec![part_of(key, *parts)];
    to.extend(entry.ticket.map(|ticket| part_of(split.of_ticket(world, ticket), *parts)));
    if leads.is_none() && !employee.is_empty() && entry.date().is_some() && entry.usable() {
        let hash = hashes_of(chunk).get(at).copied().or_bug("every row has the hash of what it says");
        to.push(part_of(hash, *parts));
    }
    to.sort_unstable();
    to.dedup();
    (RowGoes::To(to), false)
}

/// All rows that a process has read.
#[derive(Default)]
pub struct RoutedRows {
    /// In the order of their places.
    pub rows: Vec<RoutedRow>,
    pub read: RowsRead,
    /// F7: rows that sum others and go nowhere.
    pub sums: Vec<Finding>,
    pub columns: BTreeMap<u32, SentColumns>,
    /// By file, of rows that do not go everywhere.
    pub all: BTreeMap<u32, RowTally>,
    /// By file, of the others.
    pub everywhere: BTreeMap<u32, RowTally>,
    /// By part and file, of those of them that go there.
    pub sent: BTreeMap<u32, BTreeMap<u32, RowTally>>,
}

impl RoutedRows {
    /// Of what came of the batches of whole files.
    pub fn of(mut pieces: Vec<Piece<RoutedBatch>>) -> RoutedRows {
        let told = sums::told(&mut pieces, |batch| std::mem::take(&mut batch.sums));
        let mut routed = RoutedRows { sums: told.sums, ..RoutedRows::default() };
        let mut undated: BTreeMap<Place, SentRow> = BTreeMap::new();
        for Piece { file, first_row, first_line, result: batch, .. } in pieces {
            let RoutedBatch { columns, rows, undated: of_batch, all, everywhere, sent, mut facts, .. } = batch;
            facts.ticketless = facts.ticketless.map(|at| Place { file, row: first_row + at.row });
            let placed = |row: SentRow| SentRow {
                number: first_row + row.number,
                line: row.line.zip(first_line).map(|(line, first)| line + first),
                ..row
            };
            let place = |at: u64| Place { file, row: first_row + at };
            routed.columns.entry(file.0).or_insert(columns);
            undated.extend(of_batch.into_iter().map(|(at, row)| (place(at as u64), placed(row))));
            let rows =
                rows.into_iter().map(|row| RoutedRow { place: place(row.place.row), row: placed(row.row), ..row });
            routed.rows.extend(rows);
            routed.all.entry(file.0).or_default().add(&all);
            routed.everywhere.entry(file.0).or_default().add(&everywhere);
            for (part, tally) in sent {
                routed.sent.entry(part).or_default().entry(file.0).or_default().add(&tally);
            }
            routed.read.add(&facts);
        }
        for NoEntry { place, fingerprint, chunk, wrong, .. } in told.no_entries {
            let Some(row) = undated.remove(&place) else { continue };
            routed.read.rows += 1;
            let everywhere = routed.everywhere.entry(place.file.0).or_default();
            let codes: Vec<Code> = wrong.errors.iter().map(|error| error.code).collect();
            chunk.iter().for_each(|entry| everywhere.take(&entry, "", Some(&codes)));
            routed.read.hours += chunk.iter().map(|entry| HoursSum::from(entry.hours)).sum::<HoursSum>();
            routed.read.hash = routed.read.hash.wrapping_add(fingerprint);
            let (goes, no_entry) = (RowGoes::Everywhere, Some(wrong.errors));
            routed.rows.push(RoutedRow { place, row, goes, repeated: false, no_entry, needs_record: true });
        }
        routed.rows.sort_by_key(|row| row.place);
        routed
    }
}

impl RowsRead {
    pub fn add(&mut self, other: &RowsRead) {
        self.rows += other.rows;
        self.hours += other.hours;
        self.hash = self.hash.wrapping_add(other.hash);
        self.dates = [self.dates, other.dates].into_iter().flatten().reduce(wider);
        self.names_invoices |= other.names_invoices;
        self.ticketless = [self.ticketless, other.ticketless].into_iter().flatten().min();
        self.made_ids |= other.made_ids;
    }
}
