//! Hours of entries that stand under another disposition than their entry's own.

use std::ops::Range;

use super::Disposition;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::link::Stand;
use crate::model::Entry;
use crate::quantity::Hours;

/// Hours of an entry that stand under another disposition than its own: it is billed in part (§4.1). The rest goes with the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    pub entry: Idx<Entry>,
    pub disposition: Disposition,
    pub hours: Hours,
    /// G7: the document from which the hours are taken back, as its position among the corrected ones.
    pub refund: Option<usize>,
    /// W6: where the hours stand, when that is elsewhere than the entry's own hours.
    pub on: Option<Stand>,
}

/// The hours set apart of all entries. Nearly no entry has any, and every entry is asked: a bit for each says so without a search.
#[derive(Debug, Default)]
pub(super) struct SetApart {
    /// Sorted by entry and disposition.
    all: Vec<Apart>,
    /// By position of the entry, a bit: some of its hours are set apart. It ends behind the last entry of which that is so.
    bits: Vec<u64>,
}

impl SetApart {
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn all(&self) -> &[Apart] {
        &self.all
    }

    #[inline]
    fn has(&self, entry: Idx<Entry>) -> bool {
        let (word, bit) = place(entry);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// The positions in `all` of the hours set apart of an entry.
    #[inline]
    fn range(&self, entry: Idx<Entry>) -> Range<usize> {
        if !self.has(entry) {
            return 0..0;
        }
        let start = self.all.partition_point(|apart| apart.entry < entry);
        start..self.all.partition_point(|apart| apart.entry <= entry)
    }

    #[inline]
    pub fn of(&self, entry: Idx<Entry>) -> &[Apart] {
        self.all.get(self.range(entry)).or_bug(IN_ORDER)
    }

    /// The hours set apart of an entry, to be changed. Where that changes a disposition, `all` is out of order until [`SetApart::sort`].
    pub fn of_mut(&mut self, entry: Idx<Entry>) -> &mut [Apart] {
        let range = self.range(entry);
        self.all.get_mut(range).or_bug(IN_ORDER)
    }

    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Apart> {
        self.all.iter_mut()
    }

    pub fn add(&mut self, apart: impl IntoIterator<Item = Apart>) {
        for apart in apart {
            let (word, bit) = place(apart.entry);
            if self.bits.len() <= word {
                self.bits.resize(word + 1, 0);
            }
            self.bits.get_mut(word).into_iter().for_each(|bits| *bits |= bit);
            self.all.push(apart);
        }
        self.sort();
    }

    pub fn sort(&mut self) {
        self.all.sort_by_key(|apart| (apart.entry, apart.disposition));
    }
}

const IN_ORDER: &str = "those of an entry stand together";

/// Where the bit of an entry stands: the position of its word in `bits`, and the bit in that word.
fn place(entry: Idx<Entry>) -> (usize, u64) {
    const BITS: usize = u64::BITS as usize;
    (entry.position() / BITS, 1 << (entry.position() % BITS))
}
