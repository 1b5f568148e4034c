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

/// Hours that are taken back from one line of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenFrom {
    pub source: usize,
    pub line_no: u32,
    pub hours: Hours,
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

    /// G7: where so many hours above 0 of an entry are taken back, newest portions first; less than asked for when less is left.
    pub fn newest_first(&self, id: &str, hours: Hours) -> Vec<TakenFrom> {
        let mut rest = hours.micros();
        let mut taken = Vec::new();
        for &position in self.by_entry.get(id).into_iter().flatten().rev() {
            let Some(source) = self.sources.get(position) else { continue };
            // An opening carries no money to give back.
            if source.entry.document.kind == DocumentKind::Opening || source.entry.voided {
                continue;
            }
            for portion in source.held.iter().rev().filter(|portion| portion.id == id && portion.hours > 0) {
                let micros = portion.hours.min(rest);
                if micros > 0 {
                    let hours = Hours::from_micros(micros);
                    taken.push(TakenFrom { source: position, line_no: portion.line_no, hours });
                    rest -= micros;
                }
            }
        }
        taken
    }
}
