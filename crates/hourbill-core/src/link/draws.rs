//! W: where hours stand that packs are asked for. Nearly every entry stands in one place: a word and a byte for each; those in several are
//! kept beside them. Nothing is kept where no rule asks packs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use smallvec::SmallVec;

use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::{Entry, OrderLine};
use crate::quantity::{Hours, HoursSum};

/// Why hours beyond all packs wait for a person (W7, W9, G9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    /// `overdraft` says so.
    Hold,
    /// No time line can bill them.
    LineUnusable,
    /// Nobody knows what they cost.
    PriceMissing,
    /// W9: more is given back than was drawn.
    NothingToGiveBack,
    /// G9: the entry was covered, and has more hours now than its pack has left.
    Outgrown,
}

impl Withheld {
    const ALL: [Withheld; 5] = [
        Withheld::Hold,
        Withheld::LineUnusable,
        Withheld::PriceMissing,
        Withheld::NothingToGiveBack,
        Withheld::Outgrown,
    ];
}

/// Where hours of an entry stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// Covered by the pack.
    Pack(Idx<OrderLine>),
    /// W7: billed on a time line.
    TimeLine(Idx<OrderLine>),
    /// W7: billed on the line of the pack, at its overage price.
    Overage(Idx<OrderLine>),
    /// The hours wait for a person, on account of this pack.
    Withheld(Idx<OrderLine>, Withheld),
    /// The entry may ask packs and none was ever drawn: its hours go to an agreement (C3), else nowhere.
    Elsewhere,
}

impl Stand {
    /// The order line that the place names.
    pub fn line(self) -> Option<Idx<OrderLine>> {
        match self {
            Stand::Pack(line) | Stand::TimeLine(line) | Stand::Overage(line) | Stand::Withheld(line, _) => Some(line),
            Stand::Elsewhere => None,
        }
    }

    pub fn is_covered(self) -> bool {
        matches!(self, Stand::Pack(_))
    }

    fn code(self) -> (u8, u32) {
        // Positions are at most 2^32 - 3.
        let word = |line: Idx<OrderLine>| line.position() as u32;
        match self {
            Stand::Elsewhere => (ELSEWHERE, 0),
            Stand::Pack(line) => (2, word(line)),
            Stand::TimeLine(line) => (3, word(line)),
            Stand::Overage(line) => (4, word(line)),
            Stand::Withheld(line, why) => (FIRST_WITHHELD + why as u8, word(line)),
        }
    }

    fn of_code(tag: u8, word: u32) -> Option<Stand> {
        let line = Idx::at(word as usize);
        match tag {
            ELSEWHERE => Some(Stand::Elsewhere),
            2 => Some(Stand::Pack(line)),
            3 => Some(Stand::TimeLine(line)),
            4 => Some(Stand::Overage(line)),
            tag => {
                let why = *Withheld::ALL.get(usize::from(tag.checked_sub(FIRST_WITHHELD)?))?;
                Some(Stand::Withheld(line, why))
            }
        }
    }
}

/// The tag of [`Stand::Elsewhere`]; the tag 0 stands for an entry that asks no pack.
const ELSEWHERE: u8 = 1;
const FIRST_WITHHELD: u8 = 5;
/// The tag of an entry whose hours stand in several places.
const SEVERAL: u8 = u8::MAX;

/// Hours of an entry in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    pub stand: Stand,
    pub hours: Hours,
}

impl Draw {
    /// Adds it to draws of the same entry, each place once.
    pub(super) fn add_to(self, draws: &mut Placed) {
        match draws.iter_mut().find(|draw| draw.stand == self.stand) {
            Some(same) => same.hours = same.hours.plus(self.hours),
            None => draws.push(self),
        }
    }
}

/// The open hours of an entry, in the order in which they were placed. One place, as nearly every entry has it, takes no memory of its own.
pub type Placed = SmallVec<[Draw; 1]>;

/// Where the open hours of entries stand, by position over all entries.
#[derive(Debug, Default)]
pub struct Draws {
    /// By position of the entry, the place of its hours in code (`Stand::code`). Both are empty when no entry asks a pack.
    tags: Vec<u8>,
    words: Vec<u32>,
    /// The places of the entries that have several, by position of the entry.
    several: BTreeMap<u32, Placed>,
    /// W7: hours that went on from a pack, by the pack that was drawn last: on whatever line, or held.
    pub beyond: BTreeMap<Idx<OrderLine>, HoursSum>,
    /// M7: what packs give beyond the hours that were worked, by position of the entry and pack; under the waterfall.
    pub uplifts: BTreeMap<(u32, Idx<OrderLine>), HoursSum>,
    /// W10: entries whose open hours stand elsewhere than if nothing were posted.
    pub out_of_order: Vec<OutOfTurn>,
    /// W7: time lines that may have billed hours beyond packs, which no entry named; where something is posted.
    pub bill_beyond: BTreeSet<Idx<OrderLine>>,
}

/// W10: open hours that would stand elsewhere if nothing were posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfTurn {
    pub entry: Idx<Entry>,
    pub now: Placed,
    pub then: Placed,
}

impl Draws {
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Where the open hours of an entry stand when that is one place; several are told by [`Draws::of_entry`].
    #[inline]
    fn one(&self, position: usize) -> Option<Stand> {
        let tag = *self.tags.get(position)?;
        if tag == 0 || tag == SEVERAL {
            return None;
        }
        let word = *self.words.get(position).or_bug("every entry that is placed has its line");
        Some(Stand::of_code(tag, word).or_bug("only places are put in code"))
    }

    /// The entry asks packs.
    pub fn asks(&self, position: usize) -> bool {
        self.tags.get(position).is_some_and(|tag| *tag != 0)
    }

    /// Where the own hours of an entry stand, which its disposition is about: those that no pack took, else those that the last pack took.
    /// `None` for an entry that asks no pack.
    #[inline]
    pub fn own(&self, position: usize) -> Option<Stand> {
        if self.tags.is_empty() {
            return None;
        }
        self.one(position).or_else(|| {
            let draws = self.several(position)?;
            let beyond = draws.iter().rev().find(|draw| !draw.stand.is_covered());
            beyond.or(draws.last()).map(|draw| draw.stand)
        })
    }

    /// All places of the open hours of an entry, `open` in all; none of an entry that asks no pack.
    pub fn of_entry(&self, position: usize, open: Hours) -> Placed {
        if let Some(stand) = self.one(position) {
            return Placed::from([Draw { stand, hours: open }]);
        }
        let places = self.asks(position).then(|| self.several(position).cloned());
        places.map_or_else(Placed::new, |places| places.or_bug("hours in several places have them"))
    }

    fn several(&self, position: usize) -> Option<&Placed> {
        self.several.get(&u32::try_from(position).ok()?)
    }
}

/// [`Draws`] while trees are gone through side by side: the entries of one are all over the export, and no entry is of two.
pub(super) struct Placing {
    tags: Vec<AtomicU8>,
    words: Vec<AtomicU32>,
}

impl Placing {
    pub fn of(entries: usize) -> Placing {
        let mut placing = Placing { tags: Vec::new(), words: Vec::new() };
        placing.tags.resize_with(entries, AtomicU8::default);
        placing.words.resize_with(entries, AtomicU32::default);
        placing
    }

    /// Notes where the hours of an entry stand; returns them where that is in several places.
    pub fn put(&self, position: u32, placed: Placed) -> Option<(u32, Placed)> {
        let (tag, word) = match placed.as_slice() {
            [] => return None,
            [one] => one.stand.code(),
            _ => (SEVERAL, 0),
        };
        let at = position as usize;
        self.tags.get(at)?.store(tag, Ordering::Relaxed);
        self.words.get(at)?.store(word, Ordering::Relaxed);
        (tag == SEVERAL).then_some((position, placed))
    }

    /// With the entries in several places.
    pub fn done(self, several: impl Iterator<Item = (u32, Placed)>) -> Draws {
        let tags = self.tags.into_iter().map(AtomicU8::into_inner).collect();
        let words = self.words.into_iter().map(AtomicU32::into_inner).collect();
        Draws { tags, words, several: several.collect(), ..Draws::default() }
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn every_place_is_told_again_by_its_code() {
        let line = Idx::at(7);
        let withheld = Withheld::ALL.map(|why| Stand::Withheld(line, why));
        let places = [Stand::Pack(line), Stand::TimeLine(line), Stand::Overage(line), Stand::Elsewhere];
        for stand in places.into_iter().chain(withheld) {
            let (tag, word) = stand.code();
            assert_eq!(Stand::of_code(tag, word), Some(stand));
        }
    }

    #[test]
    fn what_was_put_side_by_side_is_told_again() {
        let draw = |position: usize, hours: i64| Draw {
            stand: Stand::Pack(Idx::at(position)),
            hours: Hours::from_micros(hours),
        };
        let placed = |of: u32| -> Placed { (0..of % 3).map(|nth| draw((of + nth) as usize, 5)).collect() };
        let placing = Placing::of(300);
        let several: Vec<(u32, Placed)> =
            (0..300_u32).into_par_iter().filter_map(|at| placing.put(at, placed(at))).collect();
        let draws = placing.done(several.into_iter());
        for at in 0..300_u32 {
            let (position, expected) = (at as usize, placed(at));
            assert_eq!(draws.of_entry(position, Hours::from_micros(5)), expected);
            assert_eq!(draws.asks(position), !expected.is_empty());
            // All of them are covered: the last one is the entry's own.
            assert_eq!(draws.own(position), expected.last().map(|draw| draw.stand));
        }
    }
}
