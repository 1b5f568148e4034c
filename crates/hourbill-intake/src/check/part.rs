//! The entries of one part of a run: which rows of the timesheets are kept while they are read, and which of those count.
//!
//! Rows of other parts leave nothing behind but their number and hours. Two kinds of rows cannot be told then and are kept for the time
//! being: those whose id stands in several rows, because repeats are told apart by all of them, and those that adjustments name, because
//! a row that nothing matches is told once. So are rows whose ids are made of cells. Once all of that is known, the rows of other parts
//! go. Entries on a line of another part that are for a ticket of this one are lent: they count for the figures of the ticket and for
//! nothing else.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::World;
use super::bounds::OtherRows;
use super::repeats;
use super::row::Fingerprint;
use super::table::SetAside;
use super::value;
use crate::finding::{FileNo, Place};
use crate::inputs::{Input, timesheets as field};
use crate::model::{Chunk, Elsewhere, Entries, EntryTotals, EntryView, Facts, number_entries};
use crate::quantity::HoursSum;
use crate::read::Batch;
use crate::shard::Split;

/// What a part of a run has to know of all entries before it reads its own.
pub struct RowFilter<'a> {
    pub split: &'a Split,
    /// Hashes of the ids that more than one row may have; sorted.
    pub repeated: &'a [u64],
    /// What bounds of entries have to know of rows that are not kept (X2).
    pub others: Mutex<OtherRows>,
    /// Another process has read the files, and told which rows sum others (F7).
    pub sums_are_told: bool,
}

/// The hashes of the ids of a batch, without rows that have none.
pub fn id_hashes(batch: &Batch<'_>) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(batch.rows());
    let left_out = batch.left_out();
    batch.each(field::TIMESHEET_ID, |at, cell| {
        if left_out.is_empty() || left_out.binary_search(&at).is_err() {
            hashes.extend(repeats::id_hash(&value::text(cell)));
        }
    });
    hashes
}

/// The rows of a batch that a part keeps, and what it counts of them.
pub(super) struct Picked {
    /// Ascending.
    pub rows: Vec<usize>,
    /// Of the rows that count here for sure.
    pub hash: Fingerprint,
    /// Hours of all other rows.
    pub not_counted: HoursSum,
    pub elsewhere: Elsewhere,
    pub unsettled: Vec<(usize, Fingerprint)>,
}

/// Tells the rows of a whole batch apart; those in `left_out` count nowhere.
pub(super) fn pick(
    part: Option<&RowFilter<'_>>,
    world: &World,
    chunk: &Chunk,
    fingerprints: &[Fingerprint],
    left_out: &[usize],
) -> Picked {
    let none = (HoursSum::ZERO, Elsewhere::default(), Vec::new());
    let mut picked = Picked { rows: Vec::new(), hash: 0, not_counted: none.0, elsewhere: none.1, unsettled: none.2 };
    // Rows of one key are told apart by all of them (G6): all are kept, and none is settled before its id is.
    let made = !chunk.said.is_empty();
    for ((at, entry), fingerprint) in chunk.iter().enumerate().zip(fingerprints) {
        if left_out.binary_search(&at).is_ok() {
            picked.not_counted += entry.hours;
            continue;
        }
        let Some(part) = part else {
            picked.rows.push(at);
            picked.hash = picked.hash.wrapping_add(*fingerprint);
            continue;
        };
        let id_hash = repeats::id_hash(entry.id());
        let own = if made { None } else { owns(part, world, &entry, id_hash) };
        let lent = || entry.ticket.is_some_and(|ticket| part.split.owns(part.split.of_ticket(world, ticket)));
        let repeated = || id_hash.is_some_and(|hash| part.repeated.binary_search(&hash).is_ok());
        let changed = || world.kept_work.as_ref().is_some_and(|kept| kept.may_have_changed(world, &entry));
        if own.is_none_or(|own| own) || lent() || repeated() || changed() {
            picked.rows.push(at);
        } else {
            picked.elsewhere.add(&entry);
        }
        match own {
            Some(true) => picked.hash = picked.hash.wrapping_add(*fingerprint),
            Some(false) => picked.not_counted += entry.hours,
            None => {
                picked.not_counted += entry.hours;
                picked.unsettled.push((at, *fingerprint));
            }
        }
    }
    picked
}

/// Whether a row counts here; `None` when it cannot be told yet: adjustments may move it, or only its place decides.
fn owns(part: &RowFilter<'_>, world: &World, entry: &EntryView<'_>, id_hash: Option<u64>) -> Option<bool> {
    if entry.facts.has(Facts::ADJUSTED) || entry.facts.has(Facts::TICKET_ADJUSTED) {
        return None;
    }
    let key = part.split.of_entry(world, entry.ticket, entry.line);
    let key = key.or_else(|| part.split.of_circumstance(entry.circumstance()));
    let key = key.or_else(|| part.split.of_home(entry.id()));
    // Where it stands is known when the whole file is read.
    let key = key.or_else(|| id_hash.map(|_| Split::of_id(entry.id())))?;
    Some(part.split.owns(key))
}

/// What rows say of which it was not known whose they are, in the order read.
pub struct Unsettled(pub(super) Vec<(Place, Fingerprint)>);

/// Lets the rows of other parts go, once repeats are marked and adjustments are known.
pub fn settle(
    world: &mut World,
    split: &Split,
    totals: &mut EntryTotals,
    aside: &mut SetAside,
    unsettled: &Unsettled,
) -> Option<()> {
    let chunks = std::mem::take(&mut world.entries).into_chunks();
    let (mut own, mut lent, mut changed) = (Vec::with_capacity(chunks.len()), Vec::new(), Vec::new());
    // Rows of this part that are quarantined or repeats: the only ones that were told of.
    let mut told: BTreeSet<Place> = BTreeSet::new();
    for chunk in chunks {
        let (mut of_part, mut of_others, mut of_closed) = (Vec::new(), Vec::new(), Vec::new());
        for (at, entry) in chunk.iter().enumerate() {
            let counts = split.owns(split.of_settled(world, &entry));
            let open = unsettled.0.binary_search_by_key(&entry.place(), |(place, _)| *place).ok();
            if let Some((_, fingerprint)) = open.and_then(|open| unsettled.0.get(open)).filter(|_| counts) {
                totals.hash = totals.hash.wrapping_add(*fingerprint);
                totals.hours += entry.hours;
            }
            if counts {
                of_part.push(at);
                if !entry.usable() {
                    told.insert(entry.place());
                }
                continue;
            }
            totals.elsewhere.entry(FileNo(chunk.file)).or_default().add(&entry);
            if world.kept_work.as_ref().is_some_and(|kept| kept.may_have_changed(world, &entry)) {
                of_closed.push(at);
            }
            if entry.ticket.is_some_and(|ticket| split.owns(split.of_ticket(world, ticket))) {
                of_others.push(at);
            }
        }
        if !of_closed.is_empty() {
            changed.push(chunk.some(&of_closed, true));
        }
        if !of_others.is_empty() {
            lent.push(chunk.some(&of_others, false));
        }
        if of_part.len() == chunk.len() {
            own.push(chunk);
        } else if !of_part.is_empty() {
            own.push(chunk.some(&of_part, true));
        }
    }
    aside.rejected.retain(|row| row.input != Input::Timesheets || told.contains(&row.place));
    // At this point repeats are the only findings about entries.
    aside.findings.retain(|finding| finding.place.is_some_and(|place| told.contains(&place)));
    totals.rows = own.iter().map(|chunk| chunk.len() as u64).sum();
    totals.unreadable_hours_rows = own.iter().map(unreadable_hours).sum();
    world.entries = Entries::new(own)?;
    // Behind all others: nothing that is known by its place is known of the last.
    let behind = number_entries(&mut lent, world.entries.len())?;
    number_entries(&mut changed, behind)?;
    (world.lent, world.changed_elsewhere) = (lent, changed);
    Some(())
}

/// Rows in quarantine whose hours count as 0. A settled row counts as a repeat does.
pub(super) fn unreadable_hours(chunk: &Chunk) -> u64 {
    let unreadable = |facts: &&Facts| facts.has(Facts::UNREADABLE_HOURS) && !facts.has(Facts::DUPLICATE);
    chunk.facts.iter().filter(unreadable).count() as u64
}
