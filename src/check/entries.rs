//! Timesheet entries: rows become columns. Millions of them, so a row leaves no allocation behind.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use super::World;
use super::repeats::{self, IdHashes};
use super::row::{Fingerprint, Row};
use super::table::{RowErrors, SetAside};
use super::value::{self, Grammar};
use crate::calendar::{Date, Side};
use crate::finding::{Code, Rejected};
use crate::inputs::{Input, timesheets as field};
use crate::job::{Approval, LateEntries, Settings};
use crate::model::{Chunk, Details, Entries, Facts};
use crate::quantity::{Hours, HoursSum};
use crate::read::{Batch, Piece};

/// The entries of a batch.
pub struct EntryRows {
    chunk: Chunk,
    id_hashes: IdHashes,
    errors: Vec<RowErrors>,
    /// Sum of the fingerprints of all rows: the same whatever the order of the rows.
    hash: Fingerprint,
    /// Hours as they were read, summed before anything is decided: one of the two paths of the proof.
    hours: HoursSum,
}

/// What was read, before any rule: rows and hours that the dispositions must add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryTotals {
    pub rows: u64,
    pub hours: HoursSum,
    pub unreadable_hours_rows: u64,
    /// Stands for what the entries say, whatever their order and file format.
    pub hash: Fingerprint,
}

/// Reads the entries of a batch; references go by the ids of the world read so far.
pub fn entry_rows(batch: &Batch<'_>, grammar: &Grammar<'_>, settings: &Settings, world: &World) -> EntryRows {
    let rows = batch.rows();
    let mut read = EntryRows {
        chunk: Chunk::with_capacity(rows),
        id_hashes: IdHashes::default(),
        errors: Vec::new(),
        hash: 0,
        hours: HoursSum::ZERO,
    };
    refer(batch, world, &mut read.chunk);
    let mut id_hashes = Vec::with_capacity(rows);
    let mut said = Vec::new();
    for at in 0..rows {
        let mut row = Row::new(batch, Input::Timesheets, at, &mut said);
        let ticket = read.chunk.tickets.get(at).copied().flatten();
        let mut facts = read.chunk.facts.get(at).copied().unwrap_or_default();
        let entry = if row.broken() {
            EntryRow::default()
        } else {
            entry_row(&mut row, grammar, settings, world, ticket.is_some(), facts.has(Facts::NAMES_LINE))
        };
        let (fingerprint, errors) = row.finish();

        facts.set(entry.facts);
        if !errors.is_empty() {
            facts.set(Facts::QUARANTINED);
            read.errors.push(RowErrors::new(batch, at, errors));
        }
        if entry.hours.is_none() {
            facts.set(Facts::UNREADABLE_HOURS);
        }
        let wanted = &world.adjustments.wanted_entries;
        if !wanted.is_empty() && wanted.find(&entry.id).is_some() {
            facts.set(Facts::ADJUSTED);
        }
        let hours = entry.hours.unwrap_or_default();
        read.hash = read.hash.wrapping_add(fingerprint);
        read.hours += hours;
        let chunk = &mut read.chunk;
        if may_be_billed(entry.date, facts, settings) {
            chunk.details.push(at, &entry.employee, &entry.description);
        }
        chunk.ids.push(&entry.id);
        chunk.dates.push(entry.date.map_or(0, Date::days));
        chunk.hours.push(hours.micros());
        if let Some(slot) = chunk.facts.get_mut(at) {
            *slot = facts;
        }
        chunk.row_hashes.push(fingerprint as u64);
        let known = !value::trimmed(&entry.id).is_empty();
        id_hashes.push(known.then(|| xxh3_64(entry.id.as_bytes())));
    }
    read.id_hashes = IdHashes::new(&id_hashes);
    read.chunk.shrink_to_fit();
    read
}

#[derive(Default)]
struct EntryRow<'a> {
    id: Cow<'a, str>,
    employee: Cow<'a, str>,
    description: Cow<'a, str>,
    date: Option<Date>,
    hours: Option<Hours>,
    facts: Facts,
}

const STATUSES: [(&str, bool); 2] = [("draft", false), ("validated", true)];

/// Looks up what all rows refer to, a step for many rows before the next step: then the memory is asked for many at once.
fn refer(batch: &Batch<'_>, world: &World, chunk: &mut Chunk) {
    const AT_ONCE: usize = 512;
    let (mut own, mut tickets) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
    for start in (0..batch.rows()).step_by(AT_ONCE) {
        let rows = start..batch.rows().min(start + AT_ONCE);
        // A name that two have leads nowhere; the row says so when it is read.
        let id = |at, field, of| {
            let text = value::text(batch.cell(at, field));
            world.aliases.id(of, batch.key(field), text).unwrap_or_default()
        };
        chunk.tickets.extend(rows.clone().map(|at| world.tickets.find(&id(at, field::TICKET_ID, Input::Tickets))));
        own.clear();
        own.extend(rows.map(|at| world.lines.find(&id(at, field::ORDER_LINE_ID, Input::Orders))));
        tickets.clear();
        let found = chunk.tickets.iter().skip(start);
        tickets.extend(found.map(|ticket| ticket.and_then(|ticket| world.ticket_link(ticket))));
        for (own, ticket) in own.iter().zip(&tickets) {
            let mut facts = ticket.map(|ticket| ticket.of_entries).unwrap_or_default();
            if let Some(own) = own {
                facts = facts.on_line(ticket.map(|ticket| ticket.root), world.line_link(*own));
                facts.set(Facts::NAMES_LINE);
            }
            // L1.
            chunk.lines.push(own.or_else(|| ticket.as_ref()?.line));
            chunk.facts.push(facts);
        }
    }
}

/// The cells of a row; whether its ticket and its line are known is known already.
fn entry_row<'a>(
    row: &mut Row<'a>,
    grammar: &Grammar<'_>,
    settings: &Settings,
    world: &World,
    ticket_known: bool,
    line_known: bool,
) -> EntryRow<'a> {
    let mut facts = Facts::default();
    let id = row.text(field::TIMESHEET_ID);
    let date = row.read(field::DATE, |cell| grammar.date(cell));
    let hours = row.read(field::HOURS, |cell| grammar.hours(cell));
    let hours_max = settings.rules.max_entry_hours;
    if let Some(hours) = hours
        && hours.micros().unsigned_abs() > hours_max.micros().unsigned_abs()
    {
        let why = format!("is more than the {hours_max} hours an entry may have");
        row.cell_error(Code::HoursOutOfRange, field::HOURS, &why);
    }
    let ticket_id = row.reference(field::TICKET_ID, Input::Tickets, world);
    if !ticket_id.is_empty() && !ticket_known {
        row.cell_error(Code::UnknownTicket, field::TICKET_ID, "is not in the tickets input");
    }
    let line_id = row.reference(field::ORDER_LINE_ID, Input::Orders, world);
    if !line_id.is_empty() && !line_known {
        row.cell_error(Code::UnknownOrderLine, field::ORDER_LINE_ID, "is not in the orders input");
    }
    let employee = row.text(field::EMPLOYEE);
    let description = row.text(field::DESCRIPTION);
    row.text(field::PROJECT);
    if !row.text(field::INVOICE_ID).is_empty() {
        facts.set(Facts::INVOICED);
    }
    if row.read(field::BILLABLE, |cell| grammar.flag(cell)) == Some(false) {
        facts.set(Facts::NOT_BILLABLE);
    }
    if row.choice(grammar, field::STATUS, &STATUSES, "`draft`, `validated`") == Some(false) {
        facts.set(Facts::NOT_VALIDATED);
    }
    row.text(field::COMPANY);
    EntryRow { id, employee, description, date, hours, facts }
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
) -> Option<(EntryTotals, SetAside)> {
    let mut totals = EntryTotals::default();
    let mut chunks = Vec::with_capacity(pieces.len());
    let mut id_hashes = Vec::with_capacity(pieces.len());
    let mut aside = SetAside::default();
    for Piece { file, first_row, first_line, result: rows, .. } in pieces {
        let EntryRows { mut chunk, id_hashes: hashes, errors, hash, hours } = rows;
        chunk.file = file.0;
        chunk.first_row = first_row;
        totals.rows += chunk.len() as u64;
        totals.hours += hours;
        totals.hash = totals.hash.wrapping_add(hash);
        let unreadable = chunk.facts.iter().filter(|facts| facts.has(Facts::UNREADABLE_HOURS)).count();
        totals.unreadable_hours_rows += unreadable as u64;
        for row in errors {
            let id = chunk.ids.get(row.at);
            aside.rejected.push(row.rejected(Input::Timesheets, id, file, first_row, first_line));
        }
        chunks.push(chunk);
        id_hashes.push(hashes);
    }
    let mut entries = Entries::new(chunks)?;
    let (conflicts, mut findings) = repeats::mark(&mut entries, &id_hashes, newer_wins);
    aside.findings.append(&mut findings);
    drop(id_hashes);
    for chunk in entries.chunk_list_mut() {
        chunk.row_hashes = Vec::new();
    }
    aside.rejected = with_conflicts(aside.rejected, conflicts);
    world.entries = entries;
    Some((totals, aside))
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
            hours: Vec::with_capacity(rows),
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
