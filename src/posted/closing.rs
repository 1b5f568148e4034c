//! Takes up the records of a ledger, and makes of them what a run sees.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::balance::Balances;
use super::entries::{LineCode, Met};
use super::index::IdIndex;
use super::record::{Effect, LineFacts, Portions};
use super::seen::{Head, Posted};
use super::vanished::{DateRange, MissingEntries};
use crate::ident::{Idx, Texts};
use crate::model::{Chunk, Facts, OrderLine, World};

/// The portions of one object, without the lines of documents that they are on.
#[derive(Default)]
pub struct ClosingSegment {
    pub portions: Portions,
    /// Of each portion.
    pub effects: Vec<Effect>,
    /// Of each portion, the order line: a position in `order_lines`.
    pub lines: Vec<u32>,
    pub order_lines: Vec<String>,
}

/// Takes up the records of a ledger, commit by commit.
pub struct Closing<'a> {
    world: &'a World,
    index: Option<IdIndex>,
    places: Places,
    posted: Posted,
    balances: Balances,
    missing: MissingEntries,
    /// What was posted under another id: position and id of the entry that it is now.
    renamed: HashMap<String, Renamed>,
}

/// The portions of one segment, held against the entries.
#[derive(Default)]
struct MetSegment {
    met: Vec<Met>,
    /// Microseconds that are covered, by line and day.
    covered: HashMap<(Idx<OrderLine>, i32), i64>,
    /// Rows of entries that are not here.
    missing: Vec<usize>,
    /// Rows of entries that had other hours then.
    changed: Vec<usize>,
}

/// The entry that a posted one is now.
struct Renamed {
    id: String,
    position: Option<u32>,
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
    #[inline]
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
            missing: MissingEntries::default(),
            renamed: HashMap::new(),
        }
    }

    /// A document id that is taken.
    pub fn document(&mut self, id: &str) {
        self.posted.documents.intern(id);
    }

    /// G13: an order line that is called otherwise now.
    pub fn same_line(&mut self, known: &str, now: &str) {
        self.posted.lines.rename(known, now);
    }

    /// A credit, in the words in which it was asked for.
    pub fn credit(&mut self, request: &str, reason: &str) {
        self.posted.credits.insert((request.to_owned(), reason.to_owned()));
    }

    /// A line of a document. `None` when a figure does not fit.
    pub fn line(&mut self, line: &LineFacts<'_>) -> Option<()> {
        self.balances.add(line)?;
        self.posted.lines.meet(self.world, line)
    }

    /// G5: posted entries that the export knows by another id now, in the order recorded.
    pub fn renamed<'b>(&mut self, pairs: impl Iterator<Item = (&'b str, &'b str)>) {
        let mut now: HashMap<String, String> = HashMap::new();
        for (known, id) in pairs {
            // What an earlier id led to leads on.
            now.values_mut().filter(|to| *to == known).for_each(|to| id.clone_into(to));
            now.insert(known.to_owned(), id.to_owned());
        }
        // What a person says now comes last.
        for (id, billed, _) in self.world.adjustments.entries_same_as() {
            now.values_mut().filter(|to| *to == billed).for_each(|to| id.clone_into(to));
            now.insert(billed.to_owned(), id.to_owned());
        }
        self.renamed = now.into_iter().map(|(known, id)| (known, Renamed { id, position: None })).collect();
    }

    /// Finds entries by their ids.
    fn prepare(&mut self) -> Option<()> {
        if self.index.is_some() {
            return Some(());
        }
        let columns: Vec<&Texts> = self.world.entries.chunk_list_with_lent().iter().map(|chunk| &chunk.ids).collect();
        let index = IdIndex::new(&columns)?;
        self.posted.entries.prepare(self.world.entries.len_with_lent());
        let mut ids = Texts::default();
        self.renamed.values().for_each(|renamed| ids.push(&renamed.id));
        let found = index.find(&ids, |position| self.id_at(position), |position| self.is_first(position))?;
        for ((known, renamed), position) in self.renamed.iter_mut().zip(found) {
            renamed.position = position;
            self.posted.known_as.extend(position.map(|position| (position as usize, known.clone())));
        }
        self.index = Some(index);
        Some(())
    }

    #[inline]
    fn at(&self, position: u32) -> Option<(&'a Chunk, usize)> {
        let (chunk, row) = self.places.at(position);
        Some((self.world.entries.chunk_list_with_lent().get(chunk)?, row))
    }

    #[inline]
    fn id_at(&self, position: u32) -> &'a str {
        self.at(position).map_or("", |(chunk, row)| chunk.ids.get(row))
    }

    /// Of rows that share an id the one that is no repeat.
    fn is_first(&self, position: u32) -> bool {
        let facts = self.at(position).and_then(|(chunk, row)| chunk.facts.get(row));
        facts.is_some_and(|facts| !facts.has(Facts::DUPLICATE))
    }

    /// Portions of some segments, in the order committed: segments are matched side by side and taken up one after another.
    /// `None` when there are too many.
    pub fn portions(&mut self, segments: &[ClosingSegment]) -> Option<()> {
        if segments.iter().all(|segment| segment.portions.is_empty()) {
            return Some(());
        }
        self.prepare()?;
        let index = self.index.as_ref()?;
        let met: Option<Vec<MetSegment>> = segments.par_iter().map(|segment| self.meet(index, segment)).collect();
        let (mut of_entries, range) = (Vec::with_capacity(segments.len()), DateRange::of(self.world));
        for (segment, of_segment) in segments.iter().zip(met?) {
            let portions = &segment.portions;
            for ((line, days), micros) in of_segment.covered {
                self.missing.cover(line, days, micros);
            }
            for row in of_segment.missing {
                let (id, met) = (portions.ids.get(row), of_segment.met.get(row)?);
                let id = self.renamed.get(id).map_or(id, |renamed| renamed.id.as_str());
                if met.effect != Effect::Held && !self.world.is_exported(id) {
                    self.missing.meet(range, id, *portions.dates.get(row)?, *portions.known.get(row)?, met)?;
                }
            }
            for row in of_segment.changed {
                let position = of_segment.met.get(row)?.position;
                let known = *portions.known.get(row)?;
                self.posted.had.extend(position.map(|position| (position as usize, known)));
            }
            of_entries.push(of_segment.met);
        }
        self.posted.entries.take(&of_entries)
    }

    fn meet(&self, index: &IdIndex, segment: &ClosingSegment) -> Option<MetSegment> {
        let portions = &segment.portions;
        let found = index.find(&portions.ids, |position| self.id_at(position), |position| self.is_first(position))?;
        let code = |line: &String| match line.is_empty() {
            true => LineCode::NONE,
            false => LineCode::of(self.posted.lines.find(self.world, line)),
        };
        let codes: Vec<LineCode> = segment.order_lines.iter().map(code).collect();
        let mut all = MetSegment { met: Vec::with_capacity(portions.len()), ..MetSegment::default() };
        let columns = portions.hours.iter().zip(&portions.known).zip(&segment.effects).zip(&segment.lines);
        for (row, (position, (((&hours, &known), &effect), &line))) in found.into_iter().zip(columns).enumerate() {
            let renamed = || self.renamed.get(portions.ids.get(row)).and_then(|renamed| renamed.position);
            let position = if self.renamed.is_empty() { position } else { position.or_else(renamed) };
            let now = position.and_then(|position| self.at(position)).and_then(|(chunk, row)| chunk.hours.get(row));
            let (changed, line) = (now != Some(known), codes.get(line as usize).copied().unwrap_or(LineCode::NONE));
            let covers = effect.covers(hours);
            if covers != 0
                && let Some(line) = line.line()
            {
                let sum = all.covered.entry((line, *portions.dates.get(row)?)).or_default();
                *sum = sum.checked_add(covers)?;
            }
            if position.is_none() {
                all.missing.push(row);
            } else if changed && effect != Effect::Held {
                all.changed.push(row);
            }
            all.met.push(Met { position, line, effect, hours, changed });
        }
        Some(all)
    }

    /// Whether what vanished entries said is still to be told, by [`Closing::said`].
    pub fn wants_said(&self) -> bool {
        self.missing.wants_said()
    }

    /// Whether what an entry said is to be told.
    pub fn wants_said_of(&self, id: &str) -> bool {
        let id = self.renamed.get(id).map_or(id, |renamed| renamed.id.as_str());
        self.missing.wants_said_of(id)
    }

    /// What the entries of some portions said.
    pub fn said(&mut self, portions: &Portions) {
        for (row, id) in portions.ids.iter().enumerate() {
            let id = self.renamed.get(id).map_or(id, |renamed| renamed.id.as_str());
            self.missing.say(id, portions.said.get(row));
        }
    }

    /// What the run sees.
    pub fn finish(mut self) -> Posted {
        let range = DateRange::of(self.world);
        (self.posted.vanished, self.posted.not_in_this_export) = self.missing.vanished(range);
        self.posted.resembled = self.missing.resembling(self.world, &self.posted.entries, range);
        self.posted.ambiguous = ambiguous(self.world);
        self.posted.gone = std::mem::take(&mut self.missing.gone).into_iter().collect();
        self.posted.down_payments = std::mem::take(&mut self.balances.all);
        self.posted.lines.finish();
        self.posted
    }
}

/// Positions of the entries that stand at ambiguous places, but for those that a person released.
fn ambiguous(world: &World) -> BTreeSet<usize> {
    if world.ambiguous.is_empty() {
        return BTreeSet::new();
    }
    let chunks = world.entries.chunks().filter(|(_, chunk)| !chunk.said.is_empty());
    let entries = chunks.flat_map(|(_, chunk)| chunk.iter()).filter(|entry| world.ambiguous.contains(&entry.place()));
    let released = |id: &str| world.adjustments.release_of_entry(id).is_some();
    let settled = |id: &str| released(id) || world.adjustments.same_as_of_entry(id).is_some();
    entries.filter(|entry| !settled(entry.id())).map(|entry| entry.position()).collect()
}
