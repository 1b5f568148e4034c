//! E2: on which documents of the ledger the hours of each entry stand.

use std::collections::HashMap;

use rayon::prelude::*;

use super::lines::LeftLine;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::OrderLine;
use crate::quantity::Hours;

/// The order line on which the ledger has hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerLine {
    None,
    Exported(Idx<OrderLine>),
    /// G14: it left the export, and the hours stay on it.
    Left(Idx<LeftLine>),
}

impl LedgerLine {
    pub fn exported(self) -> Option<Idx<OrderLine>> {
        if let LedgerLine::Exported(line) = self { Some(line) } else { None }
    }
}

/// Hours of an entry that a document has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDocument {
    /// The number of the document among those of the ledger, in the order committed.
    pub document: u32,
    pub line: LedgerLine,
    /// Covered by a pack; else billed.
    pub covered: bool,
    pub hours: Hours,
}

/// The documents of all entries that were read.
#[derive(Default)]
pub(super) struct DocumentsOfEntries {
    /// Position of the entry and what one document has of it. Sorted by position, billed and covered, document, once they are settled.
    all: Vec<(u32, OnDocument)>,
    entries: Vec<u32>,
    on: Vec<OnDocument>,
}

impl DocumentsOfEntries {
    pub fn push(&mut self, position: u32, on: OnDocument) {
        self.all.push((position, on));
    }

    /// Takes what documents took back off the ones that had it: `sources` tells by number which that is. `None` when a sum does not fit.
    pub fn settle(&mut self, sources: &HashMap<u32, u32>) -> Option<()> {
        for (_, on) in &mut self.all {
            on.document = sources.get(&on.document).copied().unwrap_or(on.document);
        }
        let mut all = std::mem::take(&mut self.all);
        all.par_sort_by_key(|(position, on)| (*position, on.covered, on.document, on.line));
        for of_entry in all.chunk_by(|(a, one), (b, other)| (a, one.covered) == (b, other.covered)) {
            let mut left: Vec<(u32, OnDocument)> = Vec::with_capacity(of_entry.len());
            for (position, on) in of_entry {
                match left.last_mut().filter(|(_, last)| (last.document, last.line) == (on.document, on.line)) {
                    Some((_, last)) => last.hours = sum(last.hours, on.hours)?,
                    None => left.push((*position, *on)),
                }
            }
            take_off(&mut left)?;
            for (position, on) in left.into_iter().filter(|(_, on)| on.hours != Hours::ZERO) {
                self.entries.push(position);
                self.on.push(on);
            }
        }
        Some(())
    }

    pub fn of(&self, position: usize) -> &[OnDocument] {
        if self.entries.is_empty() {
            return &[];
        }
        let start = self.entries.partition_point(|entry| (*entry as usize) < position);
        let rest = self.entries.get(start..).or_bug("what is searched for stands within what is searched");
        let len = rest.partition_point(|entry| *entry as usize == position);
        self.on.get(start..start + len).or_bug("every entry on a document has what it has there")
    }
}

fn sum(one: Hours, other: Hours) -> Option<Hours> {
    one.micros().checked_add(other.micros()).map(Hours::from_micros)
}

/// Hours that were taken back without a word from which document go off the newest that have some.
fn take_off(left: &mut [(u32, OnDocument)]) -> Option<()> {
    let total = left.iter().try_fold(Hours::ZERO, |total, (_, on)| sum(total, on.hours))?;
    let is_back = |hours: Hours| hours.micros().signum() == -total.micros().signum() || total == Hours::ZERO;
    let mut back = Hours::ZERO;
    for (_, on) in left.iter_mut().filter(|(_, on)| is_back(on.hours)) {
        back = sum(back, on.hours)?;
        on.hours = Hours::ZERO;
    }
    for (_, on) in left.iter_mut().rev().filter(|(_, on)| on.hours != Hours::ZERO) {
        let rest = sum(on.hours, back)?;
        // Its own sign, or nothing: what it cannot bear goes off the one before.
        let bears = rest.micros().signum() != -on.hours.micros().signum();
        (on.hours, back) = if bears { (rest, Hours::ZERO) } else { (Hours::ZERO, rest) };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Document and hours of what is left of an entry.
    fn left(portions: &[(u32, i64)], sources: &[(u32, u32)]) -> Vec<(u32, i64)> {
        let mut of_entries = DocumentsOfEntries::default();
        for &(document, hours) in portions {
            let on = OnDocument { document, line: LedgerLine::None, covered: false, hours: Hours::from_micros(hours) };
            of_entries.push(7, on);
            of_entries.push(9, on);
        }
        of_entries.settle(&sources.iter().copied().collect()).unwrap();
        assert_eq!(of_entries.of(7), of_entries.of(9));
        assert!(of_entries.of(8).is_empty());
        of_entries.of(7).iter().map(|on| (on.document, on.hours.micros())).collect()
    }

    #[test]
    fn hours_stand_on_the_documents_that_still_have_them() {
        assert_eq!(left(&[(0, 5), (1, 2)], &[]), [(0, 5), (1, 2)]);
        // A credit of the first document.
        assert_eq!(left(&[(0, 5), (1, 2), (2, -3)], &[(2, 0)]), [(0, 2), (1, 2)]);
        assert_eq!(left(&[(0, 5), (1, 2), (2, -5)], &[(2, 0)]), [(1, 2)]);
        // Nobody says of which.
        assert_eq!(left(&[(0, 5), (1, 2), (2, -3)], &[]), [(0, 4)]);
        assert_eq!(left(&[(0, -5), (1, -2), (2, 3)], &[]), [(0, -4)]);
        assert_eq!(left(&[(0, 5), (1, -5)], &[]), []);
    }
}
