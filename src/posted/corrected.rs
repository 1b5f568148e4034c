//! The documents of entries that were edited or moved after they were billed: what is left of each, so that it can be taken back (G7, G8).

use std::collections::BTreeMap;

use super::book::Entry;
use super::record::DocumentKind;
use super::takeback::HeldPortion;
use crate::quantity::Hours;

/// A document that billed one of them.
#[derive(Clone, Debug)]
pub struct Source {
    pub entry: Entry,
    /// What is left of its entries, by line and id.
    pub held: Vec<HeldPortion>,
}

/// Everything that billed entries which were edited or moved since, in the order committed.
#[derive(Clone, Debug, Default)]
pub struct Corrected {
    sources: Vec<Source>,
    /// By the id under which the ledger knows the entry: positions in `sources`, oldest first.
    by_entry: BTreeMap<String, Vec<usize>>,
}

impl Corrected {
    pub fn new(sources: Vec<Source>) -> Corrected {
        let mut by_entry: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, source) in sources.iter().enumerate() {
            for portion in &source.held {
                let positions = by_entry.entry(portion.id.clone()).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        Corrected { sources, by_entry }
    }

    pub fn source(&self, position: usize) -> Option<&Source> {
        self.sources.get(position)
    }

    /// Documents that still bill hours of an entry, oldest first.
    pub fn documents_of<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Source> + use<'a> {
        self.by_entry.get(id).into_iter().flatten().filter_map(|&position| self.sources.get(position))
    }

    /// G7: from which of the documents so many hours above 0 of an entry are taken back, newest first; less than asked for when less is left.
    pub fn back(&self, id: &str, hours: Hours) -> BTreeMap<usize, Hours> {
        let mut rest = hours.micros();
        let mut back = BTreeMap::new();
        for &position in self.by_entry.get(id).into_iter().flatten().rev() {
            let Some(source) = self.sources.get(position) else { continue };
            // An opening carries no money to give back.
            if source.entry.document.kind == DocumentKind::Opening || source.entry.voided {
                continue;
            }
            let portions = source.held.iter().filter(|portion| portion.id == id && portion.hours > 0);
            let left = portions.fold(0_i64, |sum, portion| sum.saturating_add(portion.hours));
            let micros = left.min(rest);
            if micros > 0 {
                back.insert(position, Hours::from_micros(micros));
                rest -= micros;
            }
        }
        back
    }
}
