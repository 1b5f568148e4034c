//! The documents of entries that were edited or moved after they were billed: what is left of each, so that it can be taken back (G7, G8).

use std::collections::{BTreeMap, BTreeSet};

use super::book::{BookEntry, BookLine};
use super::held::HeldPortion;
use super::lines::{Lines, is_in_tree_of};
use super::record::DocumentKind;
use crate::bug::OrBug;
use crate::model::World;
use crate::quantity::Hours;

/// A document that billed an entry which was edited or moved since.
#[derive(Clone, Debug)]
pub struct Source {
    pub entry: BookEntry,
    /// What is left of its entries, by line and id.
    pub held: Vec<HeldPortion>,
}

/// All documents that billed entries which were edited or moved since, in the order committed.
#[derive(Clone, Debug, Default)]
pub struct Corrected {
    sources: Vec<Source>,
    /// By the id under which the ledger knows the entry: positions in `sources`, oldest first.
    by_entry: BTreeMap<String, Vec<usize>>,
}

/// Hours of an entry that are taken back from a line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// The position of the document among [`Corrected`]'s.
    pub source: usize,
    pub line_no: u32,
    /// The id under which the document has the entry.
    pub id: String,
    /// With the sign with which they were billed.
    pub hours: Hours,
}

/// What a line of a document still bills of an entry.
#[derive(Clone, Copy)]
pub(super) struct StillBilled<'a> {
    source: usize,
    portion: &'a HeldPortion,
    pub line: &'a BookLine,
}

impl StillBilled<'_> {
    pub fn hours(&self) -> Hours {
        Hours::from_micros(self.portion.hours)
    }

    /// So many of its hours, taken back.
    pub fn back(&self, hours: Hours) -> Back {
        Back { source: self.source, line_no: self.portion.line_no, id: self.portion.id.clone(), hours }
    }
}

impl Corrected {
    pub fn new(sources: Vec<Source>) -> Corrected {
        let mut by_entry: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, source) in sources.iter().enumerate() {
            for portion in source.held.iter().filter(|portion| portion.hours != 0) {
                let positions = by_entry.entry(portion.id.clone()).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        Corrected { sources, by_entry }
    }

    /// M: lines of them were billed by a minimum.
    pub fn have_minimums(&self) -> bool {
        let has = |source: &Source| source.entry.lines.iter().any(|left| left.line.minimum.is_some());
        self.sources.iter().any(has)
    }

    pub fn source(&self, position: usize) -> Option<&Source> {
        self.sources.get(position)
    }

    /// G7: who got documents and is named by no row any more, though the lines on them are sold to whom they were sold then.
    pub(super) fn payers_left<'a>(&'a self, world: &World, lines: &Lines) -> BTreeSet<&'a str> {
        let sold_as_then = |of: &BookLine| {
            let (now, then) = (lines.find(world, &of.line.order_line), of.line.then.customer.as_deref());
            now.zip(then).is_some_and(|(now, then)| is_in_tree_of(world, then, world.lines.at(now)))
        };
        let left = self.sources.iter().filter(|source| source.entry.lines.iter().any(sold_as_then));
        let payers = left.map(|source| source.entry.document.customer.as_str());
        payers.filter(|payer| !payer.is_empty() && world.customers.find(payer).is_none()).collect()
    }

    /// G7: companies that issued documents and that no row names any more.
    pub(super) fn issuers_left<'a>(&'a self, world: &World) -> BTreeSet<&'a str> {
        let issuers = self.sources.iter().map(|source| source.entry.document.company.as_str());
        issuers.filter(|issuer| world.companies.find(issuer).is_none()).collect()
    }

    /// Documents that still bill hours of an entry, by the ids that it had, oldest first.
    pub fn documents_of(&self, ids: &[&str]) -> Vec<&Source> {
        let positions: BTreeSet<usize> =
            ids.iter().filter_map(|id| self.by_entry.get(*id)).flatten().copied().collect();
        let source = |position| self.sources.get(position).or_bug("an entry is known by documents that are kept");
        positions.into_iter().map(source).collect()
    }

    /// What documents still bill of an entry, newest first. The ledger may have the entry by several `ids` (G5).
    pub(super) fn billing<'a>(&'a self, ids: impl Iterator<Item = &'a str>) -> Vec<StillBilled<'a>> {
        if self.by_entry.is_empty() {
            return Vec::new();
        }
        let of_id = |id: &'a str| self.by_entry.get(id).into_iter().flatten().map(move |position| (*position, id));
        let mut documents: Vec<(usize, &str)> = ids.flat_map(of_id).collect();
        documents.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.cmp(other)));
        let mut billing = Vec::new();
        for (position, id) in documents {
            let source = self.sources.get(position).or_bug("an entry is known by documents that are kept");
            // An opening carries no money to give back.
            if source.entry.document.kind == DocumentKind::Opening || source.entry.voided {
                continue;
            }
            for portion in source.held.iter().filter(|portion| portion.id == id && portion.hours != 0) {
                let line = source.entry.lines.iter().find(|of| of.line.line_no == portion.line_no);
                let line = line.or_bug("a portion stands on a line of its document");
                billing.push(StillBilled { source: position, portion, line });
            }
        }
        billing
    }
}
