//! The entries that a commit touches, held against everything that the ledger says about them.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{Bounds, Excess};
use super::index::IdIndex;
use super::names::AliasNames;
use super::portions::Portions;
use super::record::Effect;
use crate::bug::OrBug;
use crate::ident::Texts;

/// Closed hours and bounds of the entries of some ids.
pub struct Touched<'a> {
    ids: &'a Texts,
    index: IdIndex,
    /// Of each row, the first row with its id.
    first: Vec<u32>,
    /// By first row, the closed hours of the entry and their bounds.
    closed: Vec<Bounds>,
    /// By first row, the closed and covered hours and their bounds; empty unless something is taken back.
    covered: Vec<Bounds>,
    /// Hours the entry had at its last portion; `None` before any.
    known: Vec<Option<i64>>,
    /// G5: of first rows whose work has other ids, the first rows of all of them.
    families: BTreeMap<u32, Vec<u32>>,
    /// By first row of such work, the number of the portion that was met of it last.
    met: BTreeMap<u32, u64>,
    portions_met: u64,
}

/// Other ids of the work of some ids, as far as there are any (G5). `None` when there are too many.
pub fn other_ids(ids: &Texts, names: &AliasNames) -> Option<Texts> {
    let mut others = Texts::default();
    if names.is_empty() {
        return Some(others);
    }
    let (index, mut wanted) = (IdIndex::new(&[ids])?, Texts::default());
    names.all().iter().for_each(|id| wanted.push(id));
    let found = index.find(&wanted, |position| ids.get(position as usize), |_| true)?;
    let here = wanted.iter().zip(found).filter(|(_, position)| position.is_some());
    let families: BTreeSet<&str> = here.map(|(id, _)| names.now(id)).collect();
    families.into_iter().flat_map(|now| names.family(now)).for_each(|id| others.push(id));
    Some(others)
}

fn at_first(bounds: &[Bounds], row: usize) -> &Bounds {
    bounds.get(row).or_bug("every row has its bounds")
}

impl<'a> Touched<'a> {
    /// `names` are those of ids that all stand among `ids`, see [`other_ids`]. `None` when there are too many.
    pub fn new(ids: &'a Texts, names: &AliasNames, takes_back: bool) -> Option<Touched<'a>> {
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
        let bounds = || vec![Bounds::default(); ids.len()];
        let mut touched = Touched {
            ids,
            index,
            first,
            closed: bounds(),
            covered: if takes_back { bounds() } else { Vec::new() },
            known: vec![None; ids.len()],
            families: BTreeMap::new(),
            met: BTreeMap::new(),
            portions_met: 0,
        };
        touched.join(names)?;
        Some(touched)
    }

    /// Notes which rows are of the same work.
    fn join(&mut self, names: &AliasNames) -> Option<()> {
        let (ids, all, mut wanted) = (self.ids, names.all(), Texts::default());
        all.iter().for_each(|id| wanted.push(id));
        let found = self.index.find(&wanted, |position| ids.get(position as usize), |_| true)?;
        let mut families: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (id, position) in all.into_iter().zip(found) {
            if let Some(position) = position {
                families.entry(names.now(id)).or_default().push(*self.first.get(position as usize)?);
            }
        }
        for family in families.into_values().filter(|family| family.len() > 1) {
            self.families.extend(family.iter().map(|row| (*row, family.clone())));
        }
        Some(())
    }

    /// Takes in more portions of the ledger, in the order committed. `tells_hours` says of a row whether what it notes of the entry's hours
    /// counts. `None` when there are too many.
    pub fn meet(&mut self, portions: &Portions, effects: &[Effect], tells_hours: impl Fn(usize) -> bool) -> Option<()> {
        let ids = self.ids;
        let found = self.index.find(&portions.ids, |position| ids.get(position as usize), |_| true)?;
        let columns = portions.hours.iter().zip(&portions.known).zip(effects);
        for (row, (position, ((&hours, &known), &effect))) in found.into_iter().zip(columns).enumerate() {
            let Some(position) = position else { continue };
            let first = *self.first.get(position as usize)?;
            self.add(first, effect, hours, known)?;
            if tells_hours(row) {
                *self.known.get_mut(first as usize)? = Some(known);
                self.portions_met += 1;
                if !self.families.is_empty() {
                    self.met.insert(first, self.portions_met);
                }
            }
        }
        Some(())
    }

    fn add(&mut self, first: u32, effect: Effect, hours: i64, known: i64) -> Option<()> {
        self.closed.get_mut(first as usize)?.add(effect, hours, known);
        if !self.covered.is_empty() {
            self.covered.get_mut(first as usize)?.add_covered(effect, hours, known);
        }
        Some(())
    }

    /// Microseconds that the entry of a row had at its last portion, whatever its id was then.
    pub fn known(&self, row: usize) -> Option<i64> {
        let first = *self.first.get(row)?;
        let newest = self.families.get(&first).and_then(|family| family.iter().max_by_key(|row| self.met.get(row)));
        *self.known.get(*newest.unwrap_or(&first) as usize)?
    }

    fn excess(&self, first: u32) -> Excess {
        let at = first as usize;
        let of = |bounds: &[Bounds]| if bounds.is_empty() { 0 } else { at_first(bounds, at).excess() };
        let Some(family) = self.families.get(&first) else {
            let own = of(&self.closed);
            return Excess { own, all: own, covered: of(&self.covered) };
        };
        let joined = |bounds: &[Bounds]| {
            let mut all = Bounds::default();
            let family = family.iter().filter(|_| !bounds.is_empty());
            family.for_each(|row| all.join(at_first(bounds, *row as usize)));
            all.excess()
        };
        Excess { own: of(&self.closed), all: joined(&self.closed), covered: joined(&self.covered) }
    }

    /// Takes in the new portions, whose ids come first among all. Returns the ids of entries whose bounds are broken then; `None` when
    /// there are too many.
    pub fn broken(
        mut self,
        portions: &Portions,
        effect: impl Fn(u32) -> Effect,
        takes_back: bool,
    ) -> Option<Vec<String>> {
        let own = |first: &[u32]| {
            let rows = first.iter().take(portions.len()).enumerate();
            rows.filter(|(row, first)| *row == **first as usize).map(|(_, first)| *first).collect::<Vec<u32>>()
        };
        let own = own(&self.first);
        // Of nearly all entries nothing was beyond their bounds.
        let before = own.iter().map(|first| (*first, self.excess(*first)));
        let before: BTreeMap<u32, Excess> = before.filter(|(_, excess)| *excess != Excess::default()).collect();
        let columns = portions.hours.iter().zip(&portions.known).zip(&portions.lines);
        for (row, ((&hours, &known), &line)) in columns.enumerate() {
            let first = *self.first.get(row)?;
            self.add(first, effect(line), hours, known)?;
        }
        let broken = own.into_iter().filter(|first| {
            let before = before.get(first).copied().unwrap_or_default();
            !before.may_become(&self.excess(*first), takes_back)
        });
        Some(broken.map(|first| self.ids.get(first as usize).to_owned()).collect())
    }
}
