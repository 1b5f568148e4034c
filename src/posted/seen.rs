//! What a run sees of the ledger: hours closed of each entry it read, what was billed of each order line, balances and document ids.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::balance::Balances;
use super::index::IdIndex;
use super::line::OrderLineState;
use super::record::{Document, Effect, LineFacts, Portions};
use crate::down_payment::DownPaymentBalances;
use crate::ident::{Ids, Idx, Texts};
use crate::model::{Chunk, Facts, OrderLine, World};
use crate::quantity::Hours;

/// The newest commit of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    pub sequence: u64,
    /// BLAKE3, 64 hex digits; 64 zeros before the first commit.
    pub hash: String,
}

/// What the ledger says about one entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Billed less credited for rebilling.
    pub hours: Hours,
    /// It was billed with other hours than the export has now.
    pub changed: bool,
    /// Nothing of it is closed, and an entry that vanished after it was billed has its id but for leading zeros and blanks.
    pub renamed: bool,
}

impl Closed {
    /// G1: it has a remainder because its hours changed after they were billed.
    pub fn is_changed(self) -> bool {
        self.changed && self.hours != Hours::ZERO
    }
}

/// An entry that was billed and is no longer in the export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vanished {
    pub id: String,
    /// Still closed.
    pub hours: Hours,
}

/// Everything a run needs to know about what was posted.
#[derive(Default)]
pub struct Posted {
    /// `None`: the job has no ledger.
    pub head: Option<Head>,
    /// By position over all entries; empty when nothing is closed.
    closed: Vec<i64>,
    changed: Vec<bool>,
    /// Hours that changed entries had when they were last billed.
    had: BTreeMap<usize, i64>,
    /// By order line; empty when the ledger knows none.
    lines: Vec<OrderLineState>,
    pub down_payments: DownPaymentBalances,
    documents: Ids<Document>,
    /// Credits that were made: request and reason.
    credits: BTreeSet<(String, String)>,
    /// Sorted by id.
    pub vanished: Vec<Vanished>,
    /// Entries that look like vanished ones under another id: by position, the vanished id.
    renamed: BTreeMap<usize, String>,
}

impl Posted {
    /// Nothing but down payments was posted.
    pub fn of_down_payments(down_payments: DownPaymentBalances) -> Posted {
        Posted { down_payments, ..Posted::default() }
    }

    /// Hours of entries are closed.
    pub fn closes(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Of the entry at a position over all entries.
    pub fn closed(&self, position: usize) -> Closed {
        let hours = self.closed.get(position).copied().unwrap_or(0);
        Closed {
            hours: Hours::from_micros(hours),
            changed: self.changed.get(position).copied().unwrap_or(false),
            renamed: self.renamed.contains_key(&position),
        }
    }

    /// Hours that the entry at a position had when it was last billed; `None` when they are those it has now.
    pub fn had(&self, position: usize) -> Option<Hours> {
        let had = self.had.get(&position).copied().filter(|_| self.closed(position).changed);
        had.map(Hours::from_micros)
    }

    /// The id under which the entry at a position seems to have been billed before.
    pub fn renamed_from(&self, position: usize) -> Option<&str> {
        self.renamed.get(&position).map(String::as_str)
    }

    pub fn line(&self, line: Idx<OrderLine>) -> OrderLineState {
        self.lines.get(line.position()).copied().unwrap_or_default()
    }

    /// A credit that was asked for in these words has been made.
    pub fn has_credit(&self, request: &str, reason: &str) -> bool {
        self.credits.contains(&(request.to_owned(), reason.to_owned()))
    }

    /// A document of the ledger has the id.
    pub fn has_document(&self, id: &str) -> bool {
        self.documents.find(id).is_some()
    }
}

/// Takes up the records of a ledger, commit by commit.
pub struct Closing<'a> {
    world: &'a World,
    index: Option<IdIndex>,
    places: Places,
    posted: Posted,
    balances: Balances,
    missing: BTreeMap<String, i64>,
}

/// One portion as a run needs it.
struct Met {
    /// Of the entry over all entries; `None` when the export has none with the id.
    position: Option<u32>,
    /// Microseconds that it closes; negative when it opens some again.
    closes: i64,
    changed: bool,
}

/// Finds the chunk of an entry's position in two steps instead of a search: there are as many look-ups as portions.
struct Places {
    starts: Vec<usize>,
    /// Of each stretch of positions, the chunk with the first of them.
    chunks: Vec<usize>,
}

/// Positions in a stretch, as a power of two; few chunks are shorter.
const STRETCH_BITS: u32 = 12;

impl Places {
    fn new(world: &World) -> Places {
        let starts: Vec<usize> = world.entries.chunks_with_lent().map(|(start, _)| start).collect();
        let mut chunks = Vec::with_capacity((world.entries.len_with_lent() >> STRETCH_BITS) + 1);
        for first in (0..=world.entries.len_with_lent()).step_by(1 << STRETCH_BITS) {
            chunks.push(starts.partition_point(|&start| start <= first).saturating_sub(1));
        }
        Places { starts, chunks }
    }

    /// Chunk and row in it.
    fn at(&self, position: u32) -> (usize, usize) {
        let position = position as usize;
        let mut chunk = self.chunks.get(position >> STRETCH_BITS).copied().unwrap_or(0);
        while self.starts.get(chunk + 1).is_some_and(|&start| start <= position) {
            chunk += 1;
        }
        (chunk, position.saturating_sub(self.starts.get(chunk).copied().unwrap_or(0)))
    }
}

impl<'a> Closing<'a> {
    pub fn new(world: &'a World, head: Head) -> Closing<'a> {
        Closing {
            world,
            index: None,
            places: Places::new(world),
            posted: Posted { head: Some(head), ..Posted::default() },
            balances: Balances::default(),
            missing: BTreeMap::new(),
        }
    }

    /// A document id that is taken.
    pub fn document(&mut self, id: &str) {
        self.posted.documents.intern(id);
    }

    /// A credit, in the words in which it was asked for.
    pub fn credit(&mut self, request: &str, reason: &str) {
        self.posted.credits.insert((request.to_owned(), reason.to_owned()));
    }

    /// A line of a document. `None` when a figure does not fit.
    pub fn line(&mut self, line: &LineFacts<'_>) -> Option<()> {
        self.balances.add(line)?;
        let Some(idx) = self.world.lines.find(line.order_line) else { return Some(()) };
        if self.posted.lines.is_empty() {
            self.posted.lines = vec![OrderLineState::default(); self.world.lines.len()];
        }
        self.posted.lines.get_mut(idx.position()).map_or(Some(()), |state| state.add(line))
    }

    /// Portions of some segments, in the order committed: segments are matched side by side and taken up one after another.
    /// `None` when there are too many.
    pub fn portions(&mut self, segments: &[(Portions, Vec<Effect>)]) -> Option<()> {
        if segments.iter().all(|(portions, _)| portions.is_empty()) {
            return Some(());
        }
        if self.index.is_none() {
            let columns: Vec<&Texts> =
                self.world.entries.chunk_list_with_lent().iter().map(|chunk| &chunk.ids).collect();
            self.index = Some(IdIndex::new(&columns)?);
            self.posted.closed = vec![0; self.world.entries.len_with_lent()];
            self.posted.changed = vec![false; self.world.entries.len_with_lent()];
        }
        let index = self.index.as_ref()?;
        let met: Option<Vec<Vec<Met>>> =
            segments.par_iter().map(|(portions, effects)| self.meet(index, portions, effects)).collect();
        let met = met?;
        for ((portions, _), met) in segments.iter().zip(&met) {
            for (&known, met) in portions.known.iter().zip(met).filter(|(_, met)| met.changed) {
                self.posted.had.extend(met.position.map(|position| (position as usize, known)));
            }
        }
        for ((portions, _), met) in segments.iter().zip(&met) {
            let missing = portions.ids.iter().zip(met).filter(|(_, met)| met.position.is_none() && met.closes != 0);
            for (id, met) in missing.filter(|(id, _)| !self.world.is_exported(id)) {
                let sum = self.missing.entry(id.to_owned()).or_default();
                *sum = sum.checked_add(met.closes)?;
            }
        }
        // Each thread takes up the portions of its own stretch of the entries, in their order.
        let stretch = self.posted.closed.len().div_ceil(rayon::current_num_threads()).max(1);
        let stretches = self.posted.closed.par_chunks_mut(stretch).zip(self.posted.changed.par_chunks_mut(stretch));
        let taken: Option<()> = stretches
            .enumerate()
            .map(|(nth, (closed, changed))| {
                for met in met.iter().flatten() {
                    let Some(position) = met.position else { continue };
                    let Some(own) = (position as usize).checked_sub(nth * stretch) else { continue };
                    let (Some(closed), Some(changed)) = (closed.get_mut(own), changed.get_mut(own)) else { continue };
                    *closed = closed.checked_add(met.closes)?;
                    *changed = met.changed;
                }
                Some(())
            })
            .collect();
        taken
    }

    fn meet(&self, index: &IdIndex, portions: &Portions, effects: &[Effect]) -> Option<Vec<Met>> {
        let chunks = self.world.entries.chunk_list_with_lent();
        let at = |position: u32| -> Option<(&Chunk, usize)> {
            let (chunk, row) = self.places.at(position);
            Some((chunks.get(chunk)?, row))
        };
        let id_at = |position| at(position).map_or("", |(chunk, row)| chunk.ids.get(row));
        let first = |position| {
            let facts = at(position).and_then(|(chunk, row)| chunk.facts.get(row));
            facts.is_some_and(|facts| !facts.has(Facts::DUPLICATE))
        };
        let found = index.find(&portions.ids, id_at, first)?;
        let columns = portions.hours.iter().zip(&portions.known).zip(effects);
        let met = found.into_iter().zip(columns).map(|(position, ((&hours, &known), &effect))| {
            let now = position.and_then(at).and_then(|(chunk, row)| chunk.hours.get(row));
            Met { position, closes: effect.closes(hours), changed: now != Some(known) }
        });
        Some(met.collect())
    }

    /// What the run sees.
    pub fn finish(mut self) -> Posted {
        let missing = std::mem::take(&mut self.missing).into_iter().filter(|(_, hours)| *hours != 0);
        self.posted.vanished = missing.map(|(id, hours)| Vanished { id, hours: Hours::from_micros(hours) }).collect();
        self.posted.down_payments = std::mem::take(&mut self.balances.all);
        self.posted.renamed = self.renamed();
        self.posted
    }

    /// Entries of which nothing is closed, and whose id is that of a vanished one but for leading zeros and blanks.
    fn renamed(&self) -> BTreeMap<usize, String> {
        let vanished: BTreeMap<&str, &str> =
            self.posted.vanished.iter().map(|entry| (folded(&entry.id), entry.id.as_str())).collect();
        if vanished.is_empty() {
            return BTreeMap::new();
        }
        let closed = |position: usize| self.posted.closed.get(position).is_some_and(|&hours| hours != 0);
        let of_chunk = |(chunk, &start): (&Chunk, &usize)| {
            let alike = (start..).zip(chunk.ids.iter()).filter(|(position, _)| !closed(*position));
            let alike = alike.filter_map(|(position, id)| Some((position, (*vanished.get(folded(id))?).to_owned())));
            alike.collect::<Vec<_>>()
        };
        self.world.entries.chunk_list_with_lent().par_iter().zip(&self.places.starts).flat_map_iter(of_chunk).collect()
    }
}

/// An id as people and spreadsheets take it: `007` and ` 7` are `7`.
fn folded(id: &str) -> &str {
    id.trim().trim_start_matches('0')
}
