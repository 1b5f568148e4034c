//! Z: the rows of timesheets as one process reads them for others: to which parts of a run each goes, and what those have to know of it that
//! do not get it.
//!
//! A row goes to the part that it counts in, to the part of its ticket, which lends it, and to the part that looks for its copies where it
//! leads to nobody. Rows of which only all parts together know what they are go to every part: those whose id stands in several rows, those
//! that adjustments name, and those without an id that lead nowhere. It is the same that a part keeps that reads all rows itself
//! ([`super::part`]).

use std::collections::BTreeMap;

use arrow_array::StringArray;

use super::World;
use super::agreements;
use super::entries::{link, range_of, wider, without_undated};
use super::entry_cells::Cells;
use super::looked::{Employees, hashes_of};
use super::repeats;
use super::row::Fingerprint;
use super::row_tally::{RowTally, Tally};
use super::sums::{self, NoEntry, Sums};
use super::value::{self, Grammar};
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, FileNo, Finding, Place, RowError};
use crate::ident::Idx;
use crate::inputs::{Input, timesheets as field};
use crate::job::Settings;
use crate::model::{Chunk, EntryView, Facts, HoursColumn, Work};
use crate::quantity::HoursSum;
use crate::read::{Batch, Defect, Piece, SentCells, SentColumns, SentRow};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowGoes {
    Everywhere,
    To(RowParts),
}

/// Some parts of a run, ascending: that in which a row counts, that of its ticket, and that which looks for its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowParts {
    counts: u32,
    others: [Option<u32>; 2],
}

impl RowParts {
    fn new(counts: u32, of_ticket: Option<u32>, of_copies: Option<u32>) -> RowParts {
        RowParts { counts, others: [of_ticket, of_copies] }
    }

    /// Each once, ascending.
    pub fn each(self) -> impl Iterator<Item = u32> {
        let [one, other] = self.others;
        let mut parts = [Some(self.counts), one, other];
        parts.sort_unstable();
        let mut last = None;
        parts.into_iter().flatten().filter(move |part| last.replace(*part) != Some(*part))
    }
}

/// A row on its way. What stands in its cells is with those of its batch.
pub struct RoutedRow {
    pub place: Place,
    line: Option<u64>,
    batch: u32,
    at: u32,
    pub goes: RowGoes,
    /// Other rows have its id.
    pub repeated: bool,
    /// It is, or may be, set aside.
    needs_record: bool,
    aside: Option<Box<RowAside>>,
}

/// What few rows have.
#[derive(Default)]
struct RowAside {
    defect: Option<Defect>,
    record: Option<String>,
    /// F7: it is no entry, and why.
    no_entry: Option<Vec<RowError>>,
}

impl RoutedRow {
    /// It is, or may be, set aside, and its file has to be asked for its record.
    pub fn lacks_record(&self) -> bool {
        self.needs_record && self.aside.as_ref().is_none_or(|aside| aside.record.is_none())
    }

    pub fn take_record(&mut self, record: String, line: Option<u64>) {
        self.aside.get_or_insert_default().record = Some(record);
        self.line = line;
    }

    pub fn no_entry(&self) -> Option<&[RowError]> {
        self.aside.as_ref()?.no_entry.as_deref()
    }
}

/// The rows of a batch, and where they go.
pub struct RoutedBatch {
    columns: SentColumns,
    cells: StringArray,
    rows: Vec<RoutedRow>,
    undated: Vec<RoutedRow>,
    sums: Sums,
    employees: Employees,
    all: Tally,
    everywhere: Tally,
    sent: BTreeMap<u32, Tally>,
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
    let mut errors: BTreeMap<usize, Vec<Code>> = BTreeMap::new();
    wrong.look(|row| {
        errors.insert(row.place.row as usize, row.errors.iter().map(|error| error.code).collect());
    });
    let (employees, of_rows) = employees_of(batch);
    let columns = SentColumns::of(batch, Input::Timesheets);
    let names_invoices = chunk.facts.iter().any(|facts| facts.has(Facts::INVOICED)) || !open_again.is_empty();
    let mut routed = RoutedBatch {
        cells: columns.cells(batch),
        columns,
        rows: Vec::with_capacity(batch.rows()),
        undated: Vec::new(),
        sums,
        employees,
        all: Tally::default(),
        everywhere: Tally::default(),
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
        if left_out.binary_search(&at).is_ok() {
            if batch.left_out().binary_search(&at).is_err() {
                routed.undated.push(routed_row(batch, at, RowGoes::Everywhere, false, batch.record(at)));
            }
            continue;
        }
        let codes = errors.get(&at).map(Vec::as_slice);
        let who = of_rows.get(at).copied().flatten();
        let (goes, repeated) = goes_of(&entry, (at, who.is_some()), &chunk, codes, settings, world, routing);
        let needs_record = codes.is_some() || repeated;
        let record = if needs_record { batch.record(at) } else { None };
        match goes {
            // All parts look at it themselves.
            RowGoes::Everywhere => routed.everywhere.take(&entry, None, codes),
            RowGoes::To(parts) => {
                routed.all.take(&entry, who, codes);
                for part in parts.each() {
                    routed.sent.entry(part).or_default().take(&entry, who, codes);
                }
            }
        }
        routed.facts.rows += 1;
        routed.facts.hours += entry.hours;
        routed.facts.hash = routed.facts.hash.wrapping_add(*fingerprint);
        let row = routed_row(batch, at, goes, repeated, record);
        routed.rows.push(RoutedRow { needs_record, ..row });
    }
    routed
}

/// A row of a batch; where it stands in its file is known when that is read.
fn routed_row(batch: &Batch<'_>, at: usize, goes: RowGoes, repeated: bool, record: Option<String>) -> RoutedRow {
    let place = Place { file: FileNo(0), row: at as u64 };
    let defect = batch.defect(at);
    let aside = (defect.is_some() || record.is_some()).then(|| Box::new(RowAside { defect, record, no_entry: None }));
    let in_batch = u32::try_from(at).ok().or_bug("a batch has fewer rows than its cells have bytes");
    let (line, batch) = (Some(batch.line(at)), 0);
    RoutedRow { place, line, batch, at: in_batch, goes, repeated, needs_record: false, aside }
}

/// Who there is, and of each row who has worked, where the export says it.
fn employees_of(batch: &Batch<'_>) -> (Employees, Vec<Option<Idx<Work>>>) {
    let mut employees = Employees::default();
    if !batch.has(field::EMPLOYEE) {
        return (employees, Vec::new());
    }
    let mut of_rows = vec![None; batch.rows()];
    batch.each(field::EMPLOYEE, |at, cell| {
        let text = value::text(cell);
        let name = value::trimmed(&text);
        if let Some(who) = of_rows.get_mut(at).filter(|_| !name.is_empty()) {
            *who = Some(employees.intern(name));
        }
    });
    (employees, of_rows)
}

/// Where a row goes, and whether others have its id.
fn goes_of(
    entry: &EntryView<'_>,
    (at, names_employee): (usize, bool),
    chunk: &Chunk,
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
    let known = leads.or_else(|| split.of_home(entry.id()));
    let Some(key) = known.or_else(|| id_hash.map(|_| Split::of_id(entry.id()))) else {
        return (RowGoes::Everywhere, false);
    };
    let of_ticket = entry.ticket.map(|ticket| part_of(split.of_ticket(world, ticket), *parts));
    let of_copies = (leads.is_none() && names_employee && entry.date().is_some() && entry.usable()).then(|| {
        let hash = hashes_of(chunk).get(at).copied().or_bug("every row has the hash of what it says");
        part_of(hash, *parts)
    });
    (RowGoes::To(RowParts::new(part_of(key, *parts), of_ticket, of_copies)), false)
}

/// All rows that a process has read.
#[derive(Default)]
pub struct RoutedRows {
    /// In the order of their places.
    pub rows: Vec<RoutedRow>,
    cells: Vec<StringArray>,
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

/// What is counted of the rows while their batches are put together.
#[derive(Default)]
struct Tallies {
    employees: Employees,
    all: BTreeMap<u32, Tally>,
    everywhere: BTreeMap<u32, Tally>,
    /// By part and file.
    sent: BTreeMap<u32, BTreeMap<u32, Tally>>,
}

impl RoutedRows {
    /// Of what came of the batches of whole files.
    pub fn of(mut pieces: Vec<Piece<RoutedBatch>>) -> RoutedRows {
        let told = sums::find(&mut pieces, |batch| std::mem::take(&mut batch.sums));
        let mut routed = RoutedRows { sums: told.sums, ..RoutedRows::default() };
        let mut tallies = Tallies::default();
        let mut undated: BTreeMap<Place, RoutedRow> = BTreeMap::new();
        routed.rows.reserve_exact(pieces.iter().map(|piece| piece.result.rows.len()).sum());
        for (number, piece) in pieces.into_iter().enumerate() {
            let Piece { file, first_row, first_line, result: batch, .. } = piece;
            let number = u32::try_from(number).ok().or_bug("files have fewer batches than bytes");
            let placed = |row: RoutedRow| RoutedRow {
                place: Place { file, row: first_row + row.place.row },
                line: row.line.zip(first_line).map(|(line, first)| line + first),
                batch: number,
                ..row
            };
            let mut facts = batch.facts;
            facts.ticketless = facts.ticketless.map(|at| Place { file, row: first_row + at.row });
            routed.read.add(&facts);
            let names: Vec<Idx<Work>> =
                batch.employees.iter().map(|(_, name)| tallies.employees.intern(name)).collect();
            tallies.all.entry(file.0).or_default().add(batch.all, &names);
            tallies.everywhere.entry(file.0).or_default().add(batch.everywhere, &names);
            for (part, tally) in batch.sent {
                tallies.sent.entry(part).or_default().entry(file.0).or_default().add(tally, &names);
            }
            routed.columns.entry(file.0).or_insert(batch.columns);
            routed.cells.push(batch.cells);
            undated.extend(batch.undated.into_iter().map(placed).map(|row| (row.place, row)));
            routed.rows.extend(batch.rows.into_iter().map(placed));
        }
        for NoEntry { place, fingerprint, chunk, wrong, .. } in told.no_entries {
            let Some(mut row) = undated.remove(&place) else { continue };
            routed.read.rows += 1;
            let everywhere = tallies.everywhere.entry(place.file.0).or_default();
            let codes: Vec<Code> = wrong.errors.iter().map(|error| error.code).collect();
            chunk.iter().for_each(|entry| everywhere.take(&entry, None, Some(&codes)));
            routed.read.hours += chunk.iter().map(|entry| HoursSum::from(entry.hours)).sum::<HoursSum>();
            routed.read.hash = routed.read.hash.wrapping_add(fingerprint);
            row.aside.get_or_insert_default().no_entry = Some(wrong.errors);
            routed.rows.push(RoutedRow { needs_record: true, ..row });
        }
        routed.rows.sort_by_key(|row| row.place);
        let names = tallies.employees;
        let of_files = |tallies: BTreeMap<u32, Tally>| -> BTreeMap<u32, RowTally> {
            tallies.into_iter().map(|(file, tally)| (file, tally.told(&names))).collect()
        };
        (routed.all, routed.everywhere) = (of_files(tallies.all), of_files(tallies.everywhere));
        routed.sent = tallies.sent.into_iter().map(|(part, tallies)| (part, of_files(tallies))).collect();
        routed
    }

    /// What is sent of a row.
    pub fn sent_row<'a>(&'a self, row: &'a RoutedRow) -> SentRow<'a> {
        let columns = self.columns.get(&row.place.file.0).map_or(0, SentColumns::cells_of_row);
        let cells = self.cells.get(row.batch as usize);
        let cells = cells.and_then(|cells| SentCells::new(cells, row.at as usize * columns, columns));
        let (number, line) = (row.place.row, row.line);
        let cells = cells.or_bug("a batch has the cells of its rows");
        let (defect, record) =
            row.aside.as_deref().map_or((None, None), |aside| (aside.defect, aside.record.as_deref()));
        SentRow { number, line, cells, defect, record }
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
