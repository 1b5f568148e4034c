//! W: where hours stand that packs are asked for. Nearly every entry stands in one place: a word and a byte for each; those in several are
//! kept beside them. Nothing is kept where no rule asks packs.

use std::collections::BTreeMap;

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
    pub(super) fn add_to(self, draws: &mut Vec<Draw>) {
        match draws.iter_mut().find(|draw| draw.stand == self.stand) {
            Some(same) => same.hours = same.hours.plus(self.hours),
            None => draws.push(self),
        }
    }
}

/// What an entry drew: its open hours, in the order in which they were placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DrawnEntry {
    pub position: u32,
    pub draws: Vec<Draw>,
}

/// Where the open hours of entries stand, by position over all entries.
#[derive(Debug, Default)]
pub struct Draws {
    /// By position of the entry, the place of its hours in code (`Stand::code`). Both are empty when no entry asks a pack.
    tags: Vec<u8>,
    words: Vec<u32>,
    /// The places of the entries that have several, by position of the entry.
    several: BTreeMap<usize, Vec<Draw>>,
    /// W7: hours that went on from a pack, by the pack that was drawn last: on whatever line, or held.
    pub beyond: BTreeMap<Idx<OrderLine>, HoursSum>,
    /// M7: what packs give beyond the hours that were worked, by position of the entry and pack; under the waterfall.
    pub uplifts: BTreeMap<(u32, Idx<OrderLine>), HoursSum>,
    /// W10: entries whose open hours stand elsewhere than if nothing were posted.
    pub out_of_order: Vec<OutOfTurn>,
}

/// W10: open hours that would stand elsewhere if nothing were posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfTurn {
    pub entry: Idx<Entry>,
    pub now: Vec<Draw>,
    pub then: Vec<Draw>,
}

impl Draws {
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    pub(super) fn of(entries: usize, drawn: impl Iterator<Item = DrawnEntry>) -> Draws {
        let mut all = Draws { tags: vec![0; entries], words: vec![0; entries], ..Draws::default() };
        for DrawnEntry { position, draws } in drawn {
            let position = position as usize;
            let (Some(tag), Some(word)) = (all.tags.get_mut(position), all.words.get_mut(position)) else { continue };
            match draws.as_slice() {
                [] => {}
                [one] => (*tag, *word) = one.stand.code(),
                _ => {
                    *tag = SEVERAL;
                    all.several.insert(position, draws);
                }
            }
        }
        all
    }

    /// Where the open hours of an entry stand when that is one place; several are told by [`Draws::of_entry`].
    #[inline]
    fn one(&self, position: usize) -> Option<Stand> {
        let tag = *self.tags.get(position)?;
        if tag == 0 || tag == SEVERAL {
            return None;
        }
        Stand::of_code(tag, *self.words.get(position)?)
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
            let draws = self.several.get(&position)?;
            let beyond = draws.iter().rev().find(|draw| !draw.stand.is_covered());
            beyond.or(draws.last()).map(|draw| draw.stand)
        })
    }

    /// All places of the open hours of an entry, `open` in all.
    pub fn of_entry(&self, position: usize, open: Hours) -> Vec<Draw> {
        if let Some(stand) = self.one(position) {
            return vec![Draw { stand, hours: open }];
        }
        self.several.get(&position).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
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
}
