//! Takes up the records of a ledger, and makes of them what a run sees.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::alike::Resembled;
use super::balance::Balances;
use super::entries::{LineCode, PortionMatch};
use super::index::IdIndex;
use super::names::AliasNames;
use super::on_document::{LedgerLine, OnDocument};
use super::packs::{IssuedBy, UnsoldPacks};
use super::portions::Portions;
use super::record::{DocumentKind, Effect, LineFacts, LineKind};
use super::seen::{Head, Posted};
use super::successors::OfNobody;
use super::vanished::{DateRange, MissingEntries};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::{Ids, Idx, Texts};
use crate::model::{Chunk, Company, Facts, OrderLine, World};
use crate::quantity::Hours;

/// The portions of one object, without the lines of documents that they are on.
#[derive(Default)]
pub struct ClosingSegment {
    pub portions: Portions,
    /// By portion, what it does to hours.
    pub effects: Vec<Effect>,
    /// By portion, the position of its order line in `order_lines`.
    pub lines: Vec<u32>,
    pub order_lines: Vec<String>,
    /// By portion, the position of its document in `document_ids`. Both are empty unless they were asked for.
    pub documents: Vec<u32>,
    pub document_ids: Vec<String>,
}

/// Takes up the records of a ledger, commit by commit.
pub struct Closing<'a> {
    world: &'a World,
    index: Option<IdIndex>,
    places: Places<'a>,
    posted: Posted,
    balances: Balances,
    missing: MissingEntries,
    /// G5: ids of the same work.
    names: AliasNames,
    /// By id under which something was posted that the export does not have: the entry that it is now.
    renamed: BTreeMap<String, Renamed>,
    /// Entries that a post has recorded as the same work, and that are both exported.
    twice: Vec<(u32, u32)>,
    /// By number of a document that takes back, the number of the one from which it takes.
    sources: HashMap<u32, u32>,
    companies: Ids<Company>,
    /// By number of the document.
    issued: Vec<(Idx<Company>, Option<Date>)>,
}

/// The portions of one segment, held against the entries.
#[derive(Default)]
struct SegmentMatch {
    met: Vec<PortionMatch>,
    /// Microseconds that are covered, by line and day.
    covered: HashMap<(Idx<OrderLine>, i32), i64>,
    /// M7: of `covered`, what packs gave beyond the hours that were worked.
    lifted: HashMap<(Idx<OrderLine>, i32), i64>,
    /// Rows of entries that the export does not have.
    missing: Vec<usize>,
    /// Rows of entries that had other hours when they were posted than they have now.
    changed: Vec<usize>,
}

/// The entry of the export that is the same work as one that was posted under another id.
struct Renamed {
    id: String,
    position: Option<u32>,
}

/// Finds the chunk of an entry's position in two steps instead of a search: there are as many look-ups as portions.
struct Places<'a> {
    chunks: Vec<&'a Chunk>,
    /// Of each stretch of positions, the number of the chunk with the first of them.
    stretches: Vec<usize>,
    /// How many entries there are in all.
    entries: usize,
}

/// Positions in a stretch, as a power of two; few chunks are shorter.
const STRETCH_BITS: u32 = 12;

impl<'a> Places<'a> {
    fn new(world: &'a World) -> Places<'a> {
        let chunks: Vec<&Chunk> = world.entries_and_lent().collect();
        let entries = chunks.iter().map(|chunk| chunk.len()).sum();
        let mut stretches = Vec::with_capacity((entries >> STRETCH_BITS) + 1);
        for first in (0..=entries).step_by(1 << STRETCH_BITS) {
            // Without entries there is no chunk, and nobody asks.
            stretches.push(chunks.partition_point(|chunk| chunk.start <= first).saturating_sub(1));
        }
        Places { chunks, stretches, entries }
    }

    /// The chunk of a position over all entries, and the row in that chunk.
    #[inline]
    fn at(&self, position: u32) -> (&'a Chunk, usize) {
        let position = position as usize;
        let mut number = self.stretches.get(position >> STRETCH_BITS).copied().or_bug("every entry is in a stretch");
        while self.chunks.get(number + 1).is_some_and(|chunk| chunk.start <= position) {
            number += 1;
        }
        let chunk = self.chunks.get(number).or_bug("every entry is in a chunk");
        (chunk, position - chunk.start)
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
            names: AliasNames::default(),
            renamed: BTreeMap::new(),
            twice: Vec::new(),
            sources: HashMap::new(),
            companies: Ids::default(),
            issued: Vec::new(),
        }
    }

    /// A document id that is taken, the document that it takes back from, between whom it is, and the day on which the ledger got it.
    pub fn document(
        &mut self,
        id: &str,
        source: Option<&str>,
        kind: DocumentKind,
        (company, customer): (&str, &str),
        on: Option<Date>,
    ) {
        self.balances.document(id, kind, company, customer);
        let number = self.posted.documents.intern(id);
        let issued = (self.companies.intern(company), on);
        match self.issued.get_mut(number.position()) {
            Some(known) => *known = issued,
            None => self.issued.push(issued),
        }
        let source = source.and_then(|source| self.posted.documents.find(source));
        // There are fewer than 2^32.
        self.sources.extend(source.map(|source| (number.position() as u32, source.position() as u32)));
    }

    /// G13: an order line that is called otherwise now.
    pub fn same_line(&mut self, known: &str, now: &str) {
        self.posted.lines.rename(known, now);
    }

    /// A line of a document. `None` when a figure does not fit.
    pub fn line(&mut self, line: &LineFacts<'_>) -> Option<()> {
        self.balances.add(line)?;
        if line.kind == LineKind::Covered {
            let documents = &self.posted.documents;
            let number = documents.find(line.document).and_then(|number| u32::try_from(number.position()).ok());
            let source = number.and_then(|number| Idx::new(*self.sources.get(&number)? as usize));
            let document = source.map_or(line.document, |source| documents.text(source));
            self.posted.lines.meet_covered(self.world, line, document);
        }
        let document = Some(line.document).filter(|_| UnsoldPacks::are_on_lines_of(line.kind));
        let number = document.and_then(|document| self.posted.documents.find(document));
        let issued = number.and_then(|number| self.issued.get(number.position()));
        let issued = issued.map_or_else(IssuedBy::default, |(company, on)| IssuedBy {
            company: self.companies.text(*company),
            on: *on,
        });
        self.posted.lines.meet(self.world, line, issued)
    }

    /// G5: what posts have recorded of entries that were posted under other ids.
    pub fn renamed(&mut self, mut names: AliasNames) {
        // What a person says now comes last.
        self.world.adjustments.entries_same_as().for_each(|(id, billed, _)| names.add(billed, id));
        self.names = names;
    }

    /// Finds entries by their ids.
    fn prepare(&mut self) -> Option<()> {
        if self.index.is_some() {
            return Some(());
        }
        let columns: Vec<&Texts> = self.places.chunks.iter().map(|chunk| &chunk.ids).collect();
        let index = IdIndex::new(&columns)?;
        self.posted.entries.prepare(self.places.entries);
        self.recognise(&index)?;
        self.index = Some(index);
        Some(())
    }

    #[inline]
    fn id_at(&self, position: u32) -> &'a str {
        let (chunk, row) = self.places.at(position);
        chunk.ids.get(row)
    }

    /// Of rows that share an id the one that is no repeat.
    fn is_first(&self, position: u32) -> bool {
        let (chunk, row) = self.places.at(position);
        !chunk.facts.get(row).or_bug("the columns of a chunk are of one length").has(Facts::DUPLICATE)
    }

    /// Finds the entries that were posted under ids that the export does not have.
    fn recognise(&mut self, index: &IdIndex) -> Option<()> {
        let mut ids = Texts::default();
        let names = std::mem::take(&mut self.names);
        let all = names.all();
        all.iter().for_each(|id| ids.push(id));
        let found = index.find(&ids, |position| self.id_at(position), |position| self.is_first(position))?;
        let here: BTreeMap<&str, u32> = all.into_iter().zip(found).filter_map(|(id, at)| Some((id, at?))).collect();
        // Another part of the run may have it.
        let elsewhere = |id: &str| self.world.is_exported(id);
        let find = |id: &str| here.get(id).map(|position| Some(*position)).or_else(|| elsewhere(id).then_some(None));
        for id in ids.iter().filter(|id| find(id).is_none()) {
            // The same work may have come back under an earlier id.
            let (now, position) = names.find(id, |id| Some((id, find(id)?))).unwrap_or((names.now(id), None));
            if let Some(position) = position {
                self.posted.known_as.entry(position as usize).or_default().push(id.to_owned());
            }
            self.renamed.insert(id.to_owned(), Renamed { id: now.to_owned(), position });
        }
        let twice = names.pairs().filter_map(|(known, now)| Some((*here.get(now)?, *here.get(known)?)));
        self.twice = twice.collect();
        self.names = names;
        Some(())
    }

    /// Portions of some segments, in the order committed: segments are matched side by side and taken up one after another.
    /// `None` when there are too many.
    pub fn portions(&mut self, segments: &[ClosingSegment]) -> Option<()> {
        if segments.iter().all(|segment| segment.portions.is_empty()) {
            return Some(());
        }
        self.prepare()?;
        let index = self.index.as_ref()?;
        let met: Option<Vec<SegmentMatch>> = segments.par_iter().map(|segment| self.meet(index, segment)).collect();
        let (mut of_entries, range) = (Vec::with_capacity(segments.len()), DateRange::of(self.world));
        for (segment, of_segment) in segments.iter().zip(met?) {
            let portions = &segment.portions;
            for ((line, days), micros) in of_segment.covered {
                self.missing.cover(line, days, micros);
            }
            for (at, micros) in of_segment.lifted {
                *self.posted.lifted.entry(at).or_default() += Hours::from_micros(micros);
            }
            for row in of_segment.missing {
                let (id, met) = (portions.ids.get(row), of_segment.met.get(row)?);
                let id = self.renamed.get(id).map_or(id, |renamed| renamed.id.as_str());
                if met.effect != Effect::Held && !self.world.is_exported(id) {
                    // W8: hours beyond a pack are not delivered on it.
                    let beyond = |line| self.posted.lines.state(line).has_overage();
                    let delivers = !met.line.line().is_some_and(beyond);
                    let (date, known) = (*portions.dates.get(row)?, *portions.known.get(row)?);
                    self.missing.meet(range, id, (date, known, delivers), met)?;
                }
            }
            for row in of_segment.changed {
                let position = of_segment.met.get(row)?.position;
                let known = *portions.known.get(row)?;
                self.posted.had.extend(position.map(|position| (position as usize, known)));
            }
            self.stand(segment, &of_segment.met)?;
            of_entries.push(of_segment.met);
        }
        self.posted.entries.take(&of_entries)
    }

    /// E2: notes on which documents hours stand.
    fn stand(&mut self, segment: &ClosingSegment, met: &[PortionMatch]) -> Option<()> {
        let number = |id: &String| self.posted.documents.find(id).map(|document| document.position() as u32);
        let numbers: Vec<Option<u32>> = segment.document_ids.iter().map(number).collect();
        let places = segment.documents.iter().zip(&segment.lines);
        for (met, (&document, &line)) in met.iter().zip(places) {
            let (closes, covers) = (met.effect.closes(met.hours), met.effect.covers(met.hours));
            let hours = Hours::from_micros(closes.checked_add(covers)?);
            if let Some(position) = met.position.filter(|_| hours != Hours::ZERO) {
                let document = (*numbers.get(document as usize)?)?;
                let line = match met.line.line() {
                    Some(line) => LedgerLine::Exported(line),
                    None if met.line == LineCode::NONE => LedgerLine::None,
                    None => {
                        let id = segment.order_lines.get(line as usize).or_bug("a portion is on a line");
                        self.posted.lines.left_at(id).map_or(LedgerLine::None, LedgerLine::Left)
                    }
                };
                let on = OnDocument { document, line, covered: covers != 0, hours };
                self.posted.on_documents.push(position, on);
            }
        }
        Some(())
    }

    fn meet(&self, index: &IdIndex, segment: &ClosingSegment) -> Option<SegmentMatch> {
        let portions = &segment.portions;
        let found = index.find(&portions.ids, |position| self.id_at(position), |position| self.is_first(position))?;
        let code = |line: &String| match line.is_empty() {
            true => LineCode::NONE,
            false => LineCode::of(self.posted.lines.find(self.world, line)),
        };
        let codes: Vec<LineCode> = segment.order_lines.iter().map(code).collect();
        let mut all = SegmentMatch { met: Vec::with_capacity(portions.len()), ..SegmentMatch::default() };
        let columns = portions.hours.iter().zip(&portions.known).zip(&segment.effects).zip(&segment.lines);
        for (row, (position, (((&hours, &known), &effect), &line))) in found.into_iter().zip(columns).enumerate() {
            let renamed = || self.renamed.get(portions.ids.get(row)).and_then(|renamed| renamed.position);
            let position = if self.renamed.is_empty() { position } else { position.or_else(renamed) };
            let now = position.map(|position| self.places.at(position)).and_then(|(chunk, row)| chunk.hours.get(row));
            let (changed, line) =
                (now != Some(known), codes.get(line as usize).copied().or_bug("a portion is on a line"));
            let covers = effect.covers(hours);
            let gives = covers.checked_add(effect.covers(portions.uplifts.get(&row).copied().unwrap_or(0)))?;
            if gives != 0
                && let Some(line) = line.line()
            {
                let sum = all.covered.entry((line, *portions.dates.get(row)?)).or_default();
                *sum = sum.checked_add(gives)?;
                if gives != covers {
                    let lifted = all.lifted.entry((line, *portions.dates.get(row)?)).or_default();
                    *lifted = lifted.checked_add(gives)?.checked_sub(covers)?;
                }
            }
            if position.is_none() {
                all.missing.push(row);
            } else if changed && effect != Effect::Held {
                all.changed.push(row);
            }
            all.met.push(PortionMatch { position, line, effect, hours, changed });
        }
        Some(all)
    }

    /// Whether the cells of entries that vanished have to be read from the ledger and handed over by [`Closing::said`].
    pub fn wants_said(&self) -> bool {
        self.missing.wants_said()
    }

    /// Whether what the entry of this id said is still to be told, by [`Closing::said`].
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

    /// G5: two entries that were said to be the same work, and are both exported: what is open of them is in doubt.
    fn hold_twice(&mut self) {
        for (one, other) in std::mem::take(&mut self.twice) {
            let released = |position| self.world.adjustments.release_of_entry(self.id_at(position)).is_some();
            if !released(one) && !released(other) {
                let pairs = [(one, other), (other, one)];
                let resembled = pairs.map(|(own, known)| Some((own as usize, self.same_as(own, known)?)));
                self.posted.resembled.extend(resembled.into_iter().flatten());
            }
        }
    }

    /// What the entry `own` resembles, which was said to be the same work as `known`; `None` when no hours of `own` are open, or none of
    /// `known` are closed or covered.
    fn same_as(&self, own: u32, known: u32) -> Option<Resembled> {
        let [own, known] = [own, known].map(|position| position as usize);
        let view = self.world.entry(Idx::new(own)?);
        let (is, other) = (self.posted.entries.get(own), self.posted.entries.get(known));
        let date = self.world.entry(Idx::new(known)?).date()?;
        let open = view.usable() && view.hours != is.hours.plus(is.covered);
        let covered = other.covered != Hours::ZERO;
        let hours = if covered { other.covered } else { other.hours };
        let id = self.id_at(known as u32).to_owned();
        (open && hours != Hours::ZERO).then_some(Resembled { id, hours, date, covered, is_back: true })
    }

    /// What the run sees. `None` when a sum does not fit.
    pub fn finish(mut self) -> Option<Posted> {
        self.posted.on_documents.settle(&self.sources)?;
        let range = DateRange::of(self.world);
        (self.posted.vanished, self.posted.not_in_this_export) = self.missing.vanished(range);
        self.posted.resembled = self.missing.resembling(self.world, &self.posted.entries, range);
        if let Some(range) = range {
            let of_nobody = OfNobody::new(self.world, self.missing.left(), range);
            let succeeded = of_nobody.succeeded(self.world, &self.posted);
            self.posted.resembled.extend(succeeded.rows);
            self.posted.successors = succeeded.roots;
        }
        self.hold_twice();
        self.posted.ambiguous = ambiguous(self.world);
        self.posted.gone = std::mem::take(&mut self.missing.gone).into_iter().collect();
        self.posted.down_payments = std::mem::take(&mut self.balances.all);
        self.posted.lines.finish();
        Some(self.posted)
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
