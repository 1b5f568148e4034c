//! Timesheet entries: rows become columns. Millions of them, so a row leaves no allocation behind.

use std::collections::{BTreeMap, HashMap};

use super::World;
use super::column::Columns;
use super::part::{self, Part, Unsettled};
use super::repeats;
use super::row::{self, Fingerprint};
use super::table::{RowErrors, SetAside};
use super::value::{self, Grammar};
use crate::calendar::{Date, Side};
use crate::finding::{Code, FileNo, Place, Rejected};
use crate::ident::Idx;
use crate::inputs::{Input, timesheets as field};
use crate::job::{Approval, LateEntries, Settings};
use crate::model::{Chunk, Details, Entries, Facts, HoursColumn, Ticket, TicketLink, text_hash};
use crate::presets::Key;
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Piece};

/// The entries of a batch.
pub struct EntryRows {
    chunk: Chunk,
    errors: Vec<RowErrors>,
    /// Sum of the fingerprints of all rows: the same whatever the order of the rows.
    hash: Fingerprint,
    /// Hours as they were read, summed before anything is decided: one of the two paths of the proof.
    hours: HoursSum,
    /// Some row names an invoice of the ERP.
    names_invoices: bool,
    /// Least and greatest date of all rows.
    dates: Option<(Date, Date)>,
    /// Rows of other parts of the run, which are not kept.
    elsewhere: Elsewhere,
    /// Positions of rows of which it is not known yet whether they count here, with what they say.
    unsettled: Vec<(usize, Fingerprint)>,
}

/// What was read, before any rule: rows and hours that the dispositions must add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryTotals {
    pub rows: u64,
    pub hours: HoursSum,
    pub unreadable_hours_rows: u64,
    /// Stands for what the entries say, whatever their order and file format.
    pub hash: Fingerprint,
    /// By file, what other parts of the run count.
    pub elsewhere: BTreeMap<FileNo, Elsewhere>,
}

/// Rows and hours that other parts of a run count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    pub rows: u64,
    pub hours: HoursSum,
}

impl Elsewhere {
    pub fn add(&mut self, hours: Hours) {
        self.rows += 1;
        self.hours += hours;
    }
}

/// Reads the entries of a batch; references go by the ids of the world read so far. A part of a run keeps its own.
pub fn entry_rows(
    batch: &Batch<'_>,
    grammar: &Grammar<'_>,
    settings: &Settings,
    world: &World,
    part: Option<&Part<'_>>,
) -> EntryRows {
    let rows = batch.rows();
    let mut chunk = Chunk::with_capacity(rows);
    let mut hours_read = Vec::with_capacity(rows);
    let mut facts = vec![Facts::default(); rows];
    let mut sum = HoursSum::ZERO;
    let hours_max = settings.rules.max_entry_hours;
    let mark = |facts: &mut [Facts], at: usize, fact: Facts| {
        if let Some(facts) = facts.get_mut(at) {
            facts.set(fact);
        }
    };

    let mut columns = Columns::new(batch, Input::Timesheets);
    columns.text(field::TIMESHEET_ID, |_, id| {
        chunk.ids.push(id);
        None
    });
    columns.read(
        field::DATE,
        |cell| grammar.date(cell),
        |_, date| {
            chunk.dates.push(date);
            None
        },
    );
    columns.read(
        field::HOURS,
        |cell| grammar.hours(cell),
        |at, hours| {
            let micros = hours.unwrap_or_default().micros();
            hours_read.push(micros);
            sum += Hours::from_micros(micros);
            if hours.is_none() {
                mark(&mut facts, at, Facts::UNREADABLE_HOURS);
            }
            (micros.unsigned_abs() > hours_max.micros().unsigned_abs()).then(|| {
                let why = format!("is more than the {hours_max} hours an entry may have");
                (Code::HoursOutOfRange, why.into())
            })
        },
    );
    references(&mut columns, batch, world, field::TICKET_ID, |id| {
        let ticket = world.tickets.find(id);
        chunk.tickets.push(ticket);
        ticket.is_some()
    });
    references(&mut columns, batch, world, field::ORDER_LINE_ID, |id| {
        let line = if id.is_empty() { None } else { world.lines.find(id) };
        chunk.lines.push(line);
        line.is_some()
    });
    for field in [field::EMPLOYEE, field::DESCRIPTION, field::PROJECT] {
        columns.text(field, |_, _| None);
    }
    columns.text(field::INVOICE_ID, |at, id| {
        if !id.is_empty() {
            mark(&mut facts, at, Facts::INVOICED);
        }
        None
    });
    columns.read(
        field::BILLABLE,
        |cell| grammar.flag(cell),
        |at, billable| {
            if billable == Some(false) {
                mark(&mut facts, at, Facts::NOT_BILLABLE);
            }
            None
        },
    );
    columns.choice(grammar, field::STATUS, &STATUSES, "`draft`, `validated`", |at, validated| {
        if validated == Some(false) {
            mark(&mut facts, at, Facts::NOT_VALIDATED);
        }
    });
    columns.text(field::COMPANY, |_, _| None);

    let (fingerprints, by_row) = columns.finish();
    let mut errors = Vec::with_capacity(by_row.len());
    for (at, of_row) in by_row {
        mark(&mut facts, at, Facts::QUARANTINED);
        errors.push(RowErrors::new(batch, at, of_row));
    }
    let wanted = &world.adjustments.wanted_entries;
    if !wanted.is_empty() {
        let adjusted = chunk.ids.iter().zip(&mut facts).filter(|(id, _)| wanted.find(id).is_some());
        adjusted.for_each(|(_, facts)| facts.set(Facts::ADJUSTED));
    }
    chunk.facts = facts;
    chunk.hours = HoursColumn::of(&hours_read);
    link(&mut chunk, world);
    let dates = range_of(&chunk);
    let names_invoices = chunk.facts.iter().any(|facts| facts.has(Facts::INVOICED));
    chunk.row_hashes.extend(fingerprints.iter().map(|fingerprint| *fingerprint as u64));
    let (mut hash, mut hours, mut elsewhere, mut unsettled) = (0, sum, Elsewhere::default(), Vec::new());
    match part {
        None => hash = fingerprints.iter().fold(hash, |hash: Fingerprint, said| hash.wrapping_add(*said)),
        Some(part) => {
            let picked = part::pick(part, world, &chunk, &fingerprints);
            (hash, elsewhere, unsettled) = (picked.hash, picked.elsewhere, picked.unsettled);
            hours = sum - picked.not_counted;
            errors.retain(|row| picked.rows.binary_search(&row.at).is_ok());
            chunk = part::some_of(&chunk, &picked.rows, false);
        }
    }
    keep_details(&mut chunk, batch, settings);
    if settings.ledger.is_some() {
        keep_work(&mut chunk, batch);
    }
    chunk.shrink_to_fit();
    EntryRows { chunk, errors, hash, hours, names_invoices, dates, elsewhere, unsettled }
}

const STATUSES: [(&str, bool); 2] = [("draft", false), ("validated", true)];

/// Ids of records of another input, whatever the exporter calls them by: `find` says whether there is one of this id.
fn references(
    columns: &mut Columns<'_>,
    batch: &Batch<'_>,
    world: &World,
    field: usize,
    mut find: impl FnMut(&str) -> bool,
) {
    let (of, unknown) = match field {
        field::TICKET_ID => (Input::Tickets, (Code::UnknownTicket, "is not in the tickets input")),
        _ => (Input::Orders, (Code::UnknownOrderLine, "is not in the orders input")),
    };
    let unknown = |id: &str, known: bool| (!known && !id.is_empty()).then(|| (unknown.0, unknown.1.into()));
    match batch.key(field) {
        // Nearly always.
        Key::Plain => columns.text(field, |_, id| unknown(id, find(id))),
        key => columns.text(field, |_, name| match world.aliases.id(of, key, name.into()) {
            Ok(id) => unknown(&id, find(&id)),
            // A name that two have leads nowhere.
            Err((one, other)) => {
                find("");
                Some((Code::AmbiguousName, row::ambiguous(one, other).into()))
            }
        }),
    }
}

/// What tickets and lines say of their entries. First all tickets are asked, then what they said is used: so the memory is asked for
/// many at once.
fn link(chunk: &mut Chunk, world: &World) {
    let of_ticket = |ticket: &Option<Idx<Ticket>>| ticket.and_then(|ticket| world.ticket_link(ticket));
    let tickets: Vec<Option<TicketLink>> = chunk.tickets.iter().map(of_ticket).collect();
    for ((line, facts), ticket) in chunk.lines.iter_mut().zip(&mut chunk.facts).zip(tickets) {
        let mut linked = ticket.map(|ticket| ticket.of_entries).unwrap_or_default();
        match *line {
            Some(own) => {
                linked = linked.on_line(ticket.map(|ticket| ticket.root), world.line_link(own));
                linked.set(Facts::NAMES_LINE);
            }
            // L1.
            None => *line = ticket.and_then(|ticket| ticket.line),
        }
        facts.set(linked);
    }
}

/// Rows that were set aside do not say which dates an export holds.
fn range_of(chunk: &Chunk) -> Option<(Date, Date)> {
    let usable = chunk.dates.iter().zip(&chunk.facts).filter(|(_, facts)| !facts.has(Facts::QUARANTINED));
    usable.filter_map(|(date, _)| *date).map(|date| (date, date)).reduce(wider)
}

fn wider((least, greatest): (Date, Date), (from, to): (Date, Date)) -> (Date, Date) {
    (least.min(from), greatest.max(to))
}

/// Keeps the texts of the rows that may be shown.
fn keep_details(chunk: &mut Chunk, batch: &Batch<'_>, settings: &Settings) {
    let Chunk { facts, dates, details, rows, .. } = chunk;
    for (at, (facts, date)) in facts.iter().zip(dates).enumerate() {
        if may_be_billed(*date, *facts, settings) {
            let row = rows.get(at).map_or(at, |row| *row as usize);
            let text = |field| value::text(batch.cell(row, field));
            details.push(at, &text(field::EMPLOYEE), &text(field::DESCRIPTION));
        }
    }
}

/// Keeps who did the work and what stands for its description: the ledger knows entries by them (G5).
fn keep_work(chunk: &mut Chunk, batch: &Batch<'_>) {
    let mut known: HashMap<String, u32> = HashMap::new();
    let Chunk { facts, work, rows, .. } = chunk;
    work.employees.reserve_exact(facts.len());
    work.texts.reserve_exact(facts.len());
    for at in 0..facts.len() {
        let row = rows.get(at).map_or(at, |row| *row as usize);
        let employee = value::text(batch.cell(row, field::EMPLOYEE));
        let name = match known.get(employee.as_ref()) {
            Some(&name) => name,
            None => {
                // A batch has far fewer rows than 2^32.
                let name = work.names.len() as u32;
                work.names.push(&employee);
                known.insert(employee.into_owned(), name);
                name
            }
        };
        work.employees.push(name);
        work.texts.push(text_hash(&value::text(batch.cell(row, field::DESCRIPTION))));
    }
}

/// Whether an invoice may show the entry: texts of all others need not be kept. L2 links to prepaid lines only, so the time line that
/// bills an entry is the one that it or its ticket names.
fn may_be_billed(date: Option<Date>, facts: Facts, settings: &Settings) -> bool {
    let unused = [Facts::QUARANTINED, Facts::NOT_BILLABLE, Facts::INVOICED].into_iter().any(|fact| facts.has(fact));
    if unused || (facts.has(Facts::NOT_VALIDATED) && settings.rules.approval == Approval::ValidatedOnly) {
        return false;
    }
    let in_time = date.is_some_and(|date| match settings.period.side(date) {
        Side::Inside => true,
        Side::Before => settings.rules.late_entries == LateEntries::Bill,
        Side::After => false,
    });
    // It may be moved to any line.
    if facts.has(Facts::ADJUSTED) || facts.has(Facts::TICKET_ADJUSTED) {
        return in_time;
    }
    in_time && facts.has(Facts::LINE_CONFIRMED) && facts.has(Facts::LINE_BY_TIME) && !facts.has(Facts::TEAM_OFF)
}

/// Puts the entries into the world and marks repeats (SPEC 2, duplicates). `None` beyond 2^32 - 2 entries.
pub fn add_entries(
    world: &mut World,
    newer_wins: bool,
    pieces: Vec<Piece<EntryRows>>,
) -> Option<(EntryTotals, SetAside, Unsettled)> {
    let mut totals = EntryTotals::default();
    let mut unsettled = Vec::new();
    let mut chunks = Vec::with_capacity(pieces.len());
    let mut aside = SetAside::default();
    for Piece { file, first_row, first_line, result: rows, .. } in pieces {
        let EntryRows { mut chunk, errors, hash, hours, .. } = rows;
        world.names_invoices |= rows.names_invoices;
        world.dates_read = [world.dates_read, rows.dates].into_iter().flatten().reduce(wider);
        if rows.elsewhere.rows > 0 {
            let elsewhere = totals.elsewhere.entry(file).or_default();
            elsewhere.rows += rows.elsewhere.rows;
            elsewhere.hours += rows.elsewhere.hours;
        }
        let place = |at: usize| Place { file, row: first_row + at as u64 };
        unsettled.extend(rows.unsettled.into_iter().map(|(at, said)| (place(at), said)));
        chunk.file = file.0;
        chunk.first_row = first_row;
        totals.rows += chunk.len() as u64;
        totals.hours += hours;
        totals.hash = totals.hash.wrapping_add(hash);
        let unreadable = chunk.facts.iter().filter(|facts| facts.has(Facts::UNREADABLE_HOURS)).count();
        totals.unreadable_hours_rows += unreadable as u64;
        for row in errors {
            let id = chunk.at_row(row.at).map_or("", |at| chunk.ids.get(at));
            aside.rejected.push(row.rejected(Input::Timesheets, id, file, first_row, first_line));
        }
        chunks.push(chunk);
    }
    let mut entries = Entries::new(chunks)?;
    let (conflicts, mut findings) = repeats::mark(&mut entries, newer_wins);
    aside.findings.append(&mut findings);
    for chunk in entries.chunk_list_mut() {
        chunk.row_hashes = Vec::new();
    }
    aside.rejected = with_conflicts(aside.rejected, conflicts);
    world.entries = entries;
    Some((totals, aside, Unsettled(unsettled)))
}

/// Adds rows that differ from another with their id: to the errors of a row set aside already, or as one more.
fn with_conflicts(mut rejected: Vec<Rejected>, conflicts: Vec<Rejected>) -> Vec<Rejected> {
    if conflicts.is_empty() {
        return rejected;
    }
    rejected.extend(conflicts);
    // Stable: what was wrong with the row itself comes first.
    rejected.sort_by_key(|row| row.place);
    rejected.dedup_by(|later, first| {
        let same = later.place == first.place;
        if same {
            first.errors.append(&mut later.errors);
        }
        same
    });
    rejected
}

impl Chunk {
    fn with_capacity(rows: usize) -> Chunk {
        Chunk {
            dates: Vec::with_capacity(rows),
            tickets: Vec::with_capacity(rows),
            lines: Vec::with_capacity(rows),
            facts: Vec::with_capacity(rows),
            row_hashes: Vec::with_capacity(rows),
            ..Chunk::default()
        }
    }

    fn shrink_to_fit(&mut self) {
        self.ids.shrink_to_fit();
        self.details.shrink_to_fit();
    }
}

impl Details {
    fn push(&mut self, at: usize, employee: &str, description: &str) {
        let Ok(at) = u32::try_from(at) else { return };
        self.rows.push(at);
        self.employees.push(employee);
        self.descriptions.push(description);
    }

    fn shrink_to_fit(&mut self) {
        self.rows.shrink_to_fit();
        self.employees.shrink_to_fit();
        self.descriptions.shrink_to_fit();
    }
}
