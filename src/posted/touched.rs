//! The entries that a commit touches, held against everything that the ledger says about them.

use super::book::Bounds;
use super::index::IdIndex;
use super::record::{Effect, Portions};
use crate::ident::Texts;

/// Closed hours and bounds of the entries of some ids.
pub struct Touched<'a> {
    ids: &'a Texts,
    index: IdIndex,
    /// Of each row, the first row with its id.
    first: Vec<u32>,
    bounds: Vec<Bounds>,
    /// Hours the entry had at its last portion; `None` before any.
    known: Vec<Option<i64>>,
}

impl<'a> Touched<'a> {
    /// `None` when there are too many.
    pub fn new(ids: &'a Texts) -> Option<Touched<'a>> {
        let index = IdIndex::new(&[ids])?;
        // A batch that is looked up is bounded, what is looked up in is not.
        let mut first = Vec::with_capacity(ids.len());
        let all: Vec<&str> = ids.iter().collect();
        for rows in all.chunks(1 << 20) {
            let mut batch = Texts::default();
            rows.iter().for_each(|id| batch.push(id));
            let found = index.find(&batch, |position| ids.get(position as usize), |_| true)?;
            for position in found {
                first.push(position?);
            }
        }
        Some(Touched { ids, index, first, bounds: vec![Bounds::default(); ids.len()], known: vec![None; ids.len()] })
    }

    /// More portions of the ledger, in the order committed; `None` as a mark leaves the hours an entry had out of account.
    pub fn meet(&mut self, portions: &Portions, effects: &[Effect], tells_hours: impl Fn(usize) -> bool) -> Option<()> {
        let ids = self.ids;
        let found = self.index.find(&portions.ids, |position| ids.get(position as usize), |_| true)?;
        let columns = portions.hours.iter().zip(&portions.known).zip(effects);
        for (row, (position, ((&hours, &known), &effect))) in found.into_iter().zip(columns).enumerate() {
            let Some(position) = position else { continue };
            let position = *self.first.get(position as usize)? as usize;
            self.bounds.get_mut(position)?.add(effect, hours, known);
            if tells_hours(row) {
                *self.known.get_mut(position)? = Some(known);
            }
        }
        Some(())
    }

    /// What a row's entry had at its last portion.
    pub fn known(&self, row: usize) -> Option<i64> {
        *self.known.get(*self.first.get(row)? as usize)?
    }

    /// The new portions follow, those of the ids given at first; the ids of entries whose bounds are broken then.
    pub fn broken(mut self, portions: &Portions, effect: impl Fn(u32) -> Effect) -> Vec<String> {
        let columns = portions.hours.iter().zip(&portions.known).zip(&portions.lines);
        for (row, ((&hours, &known), &line)) in columns.enumerate() {
            let first = self.first.get(row).map(|&first| first as usize);
            if let Some(bounds) = first.and_then(|first| self.bounds.get_mut(first)) {
                bounds.add(effect(line), hours, known);
            }
        }
        let rows = self.first.iter().enumerate().filter(|(row, first)| *row == **first as usize);
        rows.filter(|(row, _)| self.bounds.get(*row).is_some_and(|bounds| !bounds.hold()))
            .map(|(row, _)| self.ids.get(row).to_owned())
            .collect()
    }
}
