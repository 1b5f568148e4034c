//! Timesheet entries: rows become columns. Millions of them, so a row leaves no allocation behind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::PoisonError;

use crate::bug::OrBug;

use super::World;
use super::agreements;
use super::bounds;
use super::copies::Copy;
use super::dated_sums::{self, Dated};
use super::entry_cells::Cells;
use super::kept::{keep_began, keep_details, keep_work};
use super::part::{self, RowFilter, Unsettled};
use super::rates;
use super::repeats;
use super::row::Fingerprint;
use super::sums::{self, NoEntry, Sums};
use super::table::{SetAside, wrong};
use super::value::Grammar;
use crate::bound::BoundKey;
use crate::calendar::Date;
use crate::finding::{Aside, Code, FileNo, Place, Rejected, RowError, Seen, Spoilt};
use crate::ident::Idx;
use crate::inputs::{Input, timesheets};
use crate::job::Settings;
use crate::model::{Chunk, Elsewhere, Entries, EntryTotals, Facts, HoursColumn, Ticket, TicketLink};
use crate::quantity::HoursSum;
use crate::read::{Batch, Piece};

/// The entries of a batch.
#[derive(Default)]
pub struct EntryRows {
    chunk: Chunk,
    /// Rows with something wrong, by their position in the batch.
    wrong: Aside,
    /// Sum of the fingerprints of all rows: the same whatever the order of the rows.
    hash: Fingerprint,
    /// Hours as they were read, summed before anything is decided: one of the two paths of the proof.
    hours: HoursSum,
    /// Some row names an invoice of the ERP.
    names_invoices: bool,
    /// Least and greatest date of all rows.
    dates: Option<(Date, Date)>,
    /// G10: rows that name an invoice that was cancelled, and which.
    open_again: Vec<(usize, String)>,
    /// The first row that names a ticket although the job reads none.
    ticketless: Option<usize>,
    /// Rows of other parts of the run, which are not kept.
    elsewhere: Elsewhere,
    /// Those of them that were set aside.
    spoilt_elsewhere: Spoilt,
    /// The same rows, where the job has waivers.
    wrong_elsewhere: Aside,
    /// Rows of other parts that may be copies of others (X2), by their position in the batch.
    copies_elsewhere: Vec<Copy>,
    /// Positions of rows of which it is not known yet whether they count here, with what they say.
    unsettled: Vec<(usize, Fingerprint)>,
    /// F7.
    sums: Sums,
    /// F7: rows with a day, where the job does not say what they are.
    dated: Dated,
    /// Ids are made of cells, and none of them says who worked.
    nobody: bool,
    /// F7: rows that another process found to be no entries.
    no_entries: Vec<NoEntry>,
}

impl EntryRows {
    /// The same of rows that do not follow each other: `numbers` are those of all rows of the batch in their file.
    #[must_use]
    pub fn at_rows(mut self, numbers: &[u64]) -> EntryRows {
        let first = numbers.first().copied().unwrap_or(0);
        let behind = |at: usize| {
            let number = numbers.get(at).and_then(|number| number.checked_sub(first));
            number.or_bug("rows of a batch ascend")
        };
        let position = |at: usize| usize::try_from(behind(at)).ok().or_bug("a row of a file has a number");
        for wrong in [&mut self.wrong, &mut self.wrong_elsewhere] {
            let mut moved = Aside::default();
            wrong.look(|row| {
                let place = Place { row: behind(row.place.row as usize), ..row.place };
                moved.push_seen(&Seen { place, ..*row });
            });
            *wrong = moved.complete();
        }
        if self.chunk.rows.is_empty() {
            self.chunk.rows = (0_u32..).take(self.chunk.len()).collect();
        }
        for row in &mut self.chunk.rows {
            *row = u32::try_from(behind(*row as usize))
                .ok()
                .or_bug("a file that is read in parts has fewer than 2^32 rows");
        }
        self.open_again.iter_mut().for_each(|(at, _)| *at = position(*at));
        self.unsettled.iter_mut().for_each(|(at, _)| *at = position(*at));
        self.ticketless = self.ticketless.map(position);
        self.copies_elsewhere =
            std::mem::take(&mut self.copies_elsewhere).into_iter().map(|copy| copy.at(behind)).collect();
        self
    }
}

/// Number and line of a row, and what is wrong with it.
type ToldRow = (u64, Option<u64>, Vec<RowError>);

/// F7: rows of which another process says that they are no entries, and why.
pub fn no_entry_rows(
    (batch, file): (&Batch<'_>, FileNo),
    grammar: &Grammar<'_>,
    settings: &Settings,
    world: &World,
    rows: Vec<ToldRow>,
) -> EntryRows {
    let Cells { mut chunk, facts, hours, fingerprints, .. } = Cells::read(batch, grammar, settings, world);
    (chunk.facts, chunk.hours) = (facts, HoursColumn::of(&hours));
    link(&mut chunk, world);
    chunk.circumstances = agreements::circumstances(batch, world, settings, &chunk.tickets);
    chunk.exported = rates::exported(batch, grammar);
    let no_entry = |(at, ((row, line, errors), fingerprint)): (usize, (ToldRow, &Fingerprint))| {
        let wrong = wrong(batch, Input::Timesheets, at, "", errors);
        let chunk = sums::alone(&chunk, at);
        NoEntry { place: Place { file, row }, line, fingerprint: *fingerprint, chunk, wrong }
    };
    let no_entries = rows.into_iter().zip(&fingerprints).enumerate().map(no_entry).collect();
    EntryRows { no_entries, ..EntryRows::default() }
}

/// Reads the entries of a batch; references go by the ids of the world read so far. A part of a run keeps its own.
pub fn entry_rows(
    batch: &Batch<'_>,
    grammar: &Grammar<'_>,
    settings: &Settings,
    world: &World,
    part: Option<&RowFilter<'_>>,
) -> EntryRows {
    let Cells { mut chunk, facts, hours: micros, sum, ticketless, open_again, started, fingerprints, mut wrong } =
        Cells::read(batch, grammar, settings, world);
    (chunk.facts, chunk.hours) = (facts, HoursColumn::of(&micros));
    link(&mut chunk, world);
    chunk.circumstances = agreements::circumstances(batch, world, settings, &chunk.tickets);
    chunk.exported = rates::exported(batch, grammar);
    let of_others = part.is_some_and(|part| part.sums_are_told);
    let (of_sums, left_out) = sums_of(batch, grammar, &chunk, (&fingerprints, sum), of_others);
    let dated = Dated::of(batch, &chunk, &left_out, settings);
    let dates = range_of(&chunk, &left_out, &wrong);
    let names_invoices = chunk.facts.iter().any(|facts| facts.has(Facts::INVOICED)) || !open_again.is_empty();
    let (mut hash, mut hours, mut elsewhere, mut unsettled) = (0, sum, Elsewhere::default(), Vec::new());
    let (mut spoilt_elsewhere, mut wrong_elsewhere, mut copies_elsewhere) =
        (Spoilt::default(), Aside::default(), Vec::new());
    let asks_for_overlaps = settings.billing.bounds.of(BoundKey::OverlapMinutes).is_some();
    if part.is_none() && left_out.is_empty() {
        hash = fingerprints.iter().fold(hash, |hash: Fingerprint, said| hash.wrapping_add(*said));
    } else {
        let picked = part::pick(part, world, &chunk, &fingerprints, &left_out);
        (hash, elsewhere, unsettled) = (picked.hash, picked.elsewhere, picked.unsettled);
        hours = sum - picked.not_counted;
        wrong.retain(|row| {
            let at = row.place.row as usize;
            let kept = picked.rows.binary_search(&at).is_ok();
            // What is left out counts nowhere.
            if !kept && left_out.binary_search(&at).is_err() {
                spoilt_elsewhere.count(row.errors.iter().map(|error| error.code));
                if !world.waivers.is_empty() {
                    wrong_elsewhere.push(&row.to_owned());
                }
            }
            kept
        });
        if let Some(part) = part {
            let gone = |at: usize| picked.rows.binary_search(&at).is_err();
            let is_dropped = |at: usize| gone(at) && left_out.binary_search(&at).is_err();
            let started = asks_for_overlaps.then_some(started.as_slice());
            copies_elsewhere =
                bounds::note_others((batch, &chunk), world, (part.split, &part.others), started, is_dropped);
        }
        chunk = chunk.some(&picked.rows, false);
    }
    keep_details(&mut chunk, batch, world, settings, &started);
    // W9: negative hours without a ticket give back what the same person drew.
    let asks_who = settings.billing.rules.packs.ask_who();
    keep_work(&mut chunk, batch, settings.ledger.is_some());
    if asks_for_overlaps || (asks_who && !started.is_empty()) {
        keep_began(&mut chunk, &started);
    }
    chunk.shrink_to_fit();
    EntryRows {
        chunk,
        wrong: wrong.complete(),
        hash,
        hours,
        names_invoices,
        dates,
        open_again,
        ticketless,
        elsewhere,
        spoilt_elsewhere,
        wrong_elsewhere,
        copies_elsewhere,
        unsettled,
        sums: of_sums,
        dated,
        nobody: batch.has_made_ids() && !batch.has(timesheets::EMPLOYEE),
        no_entries: Vec::new(),
    }
}

/// The same; of rows that another process has read it has told the sums.
fn sums_of<'b>(
    batch: &'b Batch<'_>,
    grammar: &Grammar<'_>,
    chunk: &Chunk,
    (fingerprints, sum): (&[Fingerprint], HoursSum),
    are_told: bool,
) -> (Sums, Cow<'b, [usize]>) {
    if are_told {
        return (Sums::none(batch, grammar, chunk, sum), Cow::Borrowed(batch.left_out()));
    }
    without_undated(batch, grammar, chunk, fingerprints, sum)
}

/// F7: what rows without a day come to, and the rows that are left out, those among them.
pub(super) fn without_undated<'b>(
    batch: &'b Batch<'_>,
    grammar: &Grammar<'_>,
    chunk: &Chunk,
    fingerprints: &[Fingerprint],
    sum: HoursSum,
) -> (Sums, Cow<'b, [usize]>) {
    let (undated, mut left_out) = (sums::undated(batch, chunk), Cow::Borrowed(batch.left_out()));
    if undated.is_empty() {
        return (Sums::none(batch, grammar, chunk, sum), left_out);
    }
    let of_sums = Sums::of(batch, grammar, chunk, fingerprints, &undated);
    left_out.to_mut().extend(undated);
    left_out.to_mut().sort_unstable();
    (of_sums, left_out)
}

/// Where the first row stands that names a ticket although the job reads none: file, data row, and line where the file has lines.
pub fn ticketless(pieces: &[Piece<EntryRows>]) -> Option<Place> {
    let rows = pieces.iter().filter_map(|piece| {
        let row = piece.first_row + piece.result.ticketless? as u64;
        Some(Place { file: piece.file, row })
    });
    rows.min()
}

/// What tickets and lines say of their entries. First all tickets are asked, then what they said is used: so the memory is asked for
/// many at once.
pub(super) fn link(chunk: &mut Chunk, world: &World) {
    let of_ticket = |ticket: &Option<Idx<Ticket>>| ticket.map(|ticket| world.ticket_link(ticket));
    let tickets: Vec<Option<TicketLink>> = chunk.tickets.iter().map(of_ticket).collect();
    for ((line, facts), ticket) in chunk.lines.iter_mut().zip(&mut chunk.facts).zip(tickets) {
        let mut linked = ticket.map(|ticket| ticket.of_entries).unwrap_or_default();
        match *line {
            Some(own) => {
                linked = linked.on_line(ticket.map(|ticket| ticket.root), Some(world.line_link(own)));
                linked.set(Facts::NAMES_LINE);
            }
            // L1.
            None => *line = ticket.and_then(|ticket| ticket.line),
        }
        facts.set(linked);
    }
}

/// The least and the greatest date of the rows. Those that were set aside do not say which dates an export holds, unless nothing is wrong with
/// them but that they name a ticket or an order line that is not there: these leave exports (G14).
pub(super) fn range_of(chunk: &Chunk, left_out: &[usize], wrong: &Aside) -> Option<(Date, Date)> {
    let mut naming: Vec<usize> = Vec::new();
    wrong.look(|row| {
        if row.errors.iter().all(|error| matches!(error.code, Code::UnknownTicket | Code::UnknownOrderLine)) {
            naming.push(row.place.row as usize);
        }
    });
    let says = |at: &usize, facts: &Facts| !facts.has(Facts::QUARANTINED) || naming.binary_search(at).is_ok();
    let rows = chunk.dates.iter().zip(&chunk.facts).enumerate();
    let rows = rows.filter(|(at, (_, facts))| says(at, facts) && left_out.binary_search(at).is_err());
    rows.filter_map(|(_, (date, _))| *date).map(|date| (date, date)).reduce(wider)
}

pub(super) fn wider((least, greatest): (Date, Date), (from, to): (Date, Date)) -> (Date, Date) {
    (least.min(from), greatest.max(to))
}

/// Puts the entries into the world and marks repeats (§2.12). `None` beyond 2^32 - 2 entries.
pub fn add_entries(
    world: &mut World,
    newer_wins: bool,
    mut pieces: Vec<Piece<EntryRows>>,
    part: Option<&RowFilter<'_>>,
) -> Option<(EntryTotals, SetAside, Unsettled)> {
    let sums::SumsFound { sums, mut no_entries } = sums::find(&mut pieces, |rows| std::mem::take(&mut rows.sums));
    let dated = dated_sums::set_aside(&mut pieces, |rows| (std::mem::take(&mut rows.dated), &mut rows.chunk));
    let mut totals = EntryTotals { sums, ..EntryTotals::default() };
    let mut unsettled = Vec::new();
    let mut chunks = Vec::with_capacity(pieces.len());
    let nobody = pieces.iter().any(|piece| piece.result.nobody);
    let mut aside = SetAside::default();
    let mut open_again = BTreeMap::new();
    for Piece { file, first_row, first_line, result: rows, .. } in pieces {
        let EntryRows { mut chunk, wrong, hash, hours, no_entries: of_others, .. } = rows;
        no_entries.extend(of_others);
        world.names_invoices |= rows.names_invoices;
        world.dates_read = [world.dates_read, rows.dates].into_iter().flatten().reduce(wider);
        open_again.extend(
            rows.open_again.into_iter().map(|(at, invoice)| (Place { file, row: first_row + at as u64 }, invoice)),
        );
        if rows.elsewhere.rows > 0 {
            let elsewhere = totals.elsewhere.entry(file).or_default();
            elsewhere.rows += rows.elsewhere.rows;
            elsewhere.hours += rows.elsewhere.hours;
            elsewhere.newest = elsewhere.newest.max(rows.elsewhere.newest);
        }
        totals.spoilt_elsewhere.add(&rows.spoilt_elsewhere);
        totals.rejected_elsewhere.append(rows.wrong_elsewhere.placed(file, first_row, first_line));
        if let Some(part) = part {
            let copies = rows.copies_elsewhere.into_iter().map(|copy| copy.placed(file, first_row));
            part.others.lock().unwrap_or_else(PoisonError::into_inner).add_copies(copies);
        }
        let place = |at: usize| Place { file, row: first_row + at as u64 };
        unsettled.extend(rows.unsettled.into_iter().map(|(at, said)| (place(at), said)));
        chunk.file = file.0;
        chunk.first_row = first_row;
        totals.rows += chunk.len() as u64;
        totals.hours += hours;
        totals.hash = totals.hash.wrapping_add(hash);
        aside.rejected.append(wrong.placed(file, first_row, first_line));
        chunks.push(chunk);
    }
    for no_entry in no_entries {
        set_aside(world, part, no_entry, &mut totals, &mut aside, &mut unsettled)
            .into_iter()
            .for_each(|chunk| chunks.push(chunk));
    }
    // Those stand behind the others now.
    chunks.sort_by_key(|chunk| (chunk.file, chunk.first_row));
    unsettled.sort_by_key(|(place, _)| *place);
    let mut entries = Entries::new(chunks)?;
    let repeats::Marked { mut conflicts, mut findings, settled } = repeats::mark(&mut entries, newer_wins, nobody);
    aside.findings.append(&mut findings);
    for chunk in entries.chunk_list_mut() {
        totals.unreadable_hours_rows += part::unreadable_hours(chunk);
    }
    if !settled.is_empty() {
        aside.rejected.retain(|row| settled.binary_search(&row.place).is_err());
    }
    conflicts.extend(dated);
    aside.rejected = with_conflicts(aside.rejected, conflicts);
    world.entries = entries;
    world.open_again = open_again;
    Some((totals, aside, Unsettled(unsettled)))
}

/// F7: counts a row that is no entry and no sum either, where it belongs.
fn set_aside(
    world: &World,
    part: Option<&RowFilter<'_>>,
    no_entry: NoEntry,
    totals: &mut EntryTotals,
    aside: &mut SetAside,
    unsettled: &mut Vec<(Place, Fingerprint)>,
) -> Option<Chunk> {
    let NoEntry { place, line, fingerprint, mut chunk, mut wrong } = no_entry;
    (chunk.file, chunk.first_row, chunk.rows) = (place.file.0, place.row, vec![0]);
    (wrong.place, wrong.line) = (place, line);
    let hours: HoursSum = chunk.iter().map(|entry| HoursSum::from(entry.hours)).sum();
    let picked = part::pick(part, world, &chunk, &[fingerprint], &[]);
    totals.hash = totals.hash.wrapping_add(picked.hash);
    totals.hours += hours - picked.not_counted;
    unsettled.extend(picked.unsettled.iter().map(|(_, said)| (place, *said)));
    if picked.rows.is_empty() {
        totals.spoilt_elsewhere.count(wrong.errors.iter().map(|error| error.code));
        if !world.waivers.is_empty() {
            totals.rejected_elsewhere.push(&wrong);
        }
        let elsewhere = totals.elsewhere.entry(place.file).or_default();
        elsewhere.rows += picked.elsewhere.rows;
        elsewhere.hours += picked.elsewhere.hours;
        return None;
    }
    totals.rows += 1;
    aside.rejected.push(&wrong);
    Some(chunk)
}

/// Adds rows that differ from another with their id: to the errors of a row set aside already, or as one more.
fn with_conflicts(rejected: Aside, mut conflicts: Vec<Rejected>) -> Aside {
    if conflicts.is_empty() {
        return rejected;
    }
    conflicts.sort_by_key(|row| row.place);
    let mut conflicts = conflicts.into_iter().peekable();
    let mut all = Aside::default();
    rejected.sorted().look(|row| {
        while let Some(before) = conflicts.next_if(|conflict| conflict.place < row.place) {
            all.push(&before);
        }
        match conflicts.peek() {
            Some(same) if same.place == row.place => {
                let mut row = row.to_owned();
                // What was wrong with the row itself comes first.
                while let Some(mut same) = conflicts.next_if(|conflict| conflict.place == row.place) {
                    row.errors.append(&mut same.errors);
                }
                all.push(&row);
            }
            _ => all.push_seen(row),
        }
    });
    all.extend(conflicts);
    all
}
