//! Ids as they stand in the exports, and the dense indices that replace them once read.
//!
//! External ids are text, byte for byte (`007` is not `7`). Each kind of thing has its own table of ids ([`Ids`]) that hands out typed
//! indices ([`Idx`]), so a ticket's index cannot be used on order lines.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::bug::OrBug;

mod grid;
mod numbers;
mod short;

use grid::Grid;
pub use numbers::{IdNumbers, Spread};
pub use short::ShortText;

/// Position of a `T` in its table. `Option<Idx<T>>` takes four bytes.
pub struct Idx<T> {
    successor: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

impl<T> Idx<T> {
    /// `None` beyond 2^32 - 2 positions.
    pub fn new(position: usize) -> Option<Idx<T>> {
        let successor = u32::try_from(position).ok()?.checked_add(1)?;
        Some(Idx { successor: NonZeroU32::new(successor)?, of: PhantomData })
    }

    /// Of a thing that there is: no table takes in more than have an index.
    #[inline]
    #[track_caller]
    pub fn at(position: usize) -> Idx<T> {
        Idx::new(position).or_bug("what was taken in has an index")
    }

    pub fn position(self) -> usize {
        self.successor.get() as usize - 1
    }
}

impl<T> Clone for Idx<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Idx<T> {}
impl<T> PartialEq for Idx<T> {
    fn eq(&self, other: &Self) -> bool {
        self.successor == other.successor
    }
}
impl<T> Eq for Idx<T> {}
impl<T> PartialOrd for Idx<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Idx<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.successor.cmp(&other.successor)
    }
}
impl<T> Hash for Idx<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.successor.hash(state);
    }
}
impl<T> fmt::Debug for Idx<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.position())
    }
}

/// L2: a company that only one of two names is the same as the other's.
pub fn company_ids_agree(one: &str, other: &str) -> bool {
    one == other || one.is_empty() || other.is_empty()
}

/// Texts one after another in one allocation of at most 4 GiB.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: String,
    len: usize,
    /// Length of every text, as long as `ends` is empty: the ids of an export mostly have one length.
    width: usize,
    ends: Vec<u32>,
}

impl Texts {
    /// With room for so many, if all are as long as this one; longer than ids are they take none beforehand.
    pub fn like(text: &str, texts: usize) -> Texts {
        const OF_IDS: usize = 48;
        let each = if text.len() > OF_IDS { 0 } else { text.len() };
        Texts { bytes: String::with_capacity(each.saturating_mul(texts)), ..Texts::default() }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// # Panics
    /// Beyond 4 GiB: a chunk of entries is far smaller, and so many other ids do not fit the memory of the machine.
    pub fn push(&mut self, text: &str) {
        if self.len == 0 {
            self.width = text.len();
        } else if self.ends.is_empty() && text.len() != self.width {
            self.ends = (1..=self.len).map(|texts| offset(texts * self.width)).collect();
        }
        self.bytes.push_str(text);
        self.len += 1;
        if !self.ends.is_empty() {
            self.ends.push(offset(self.bytes.len()));
        }
    }

    /// Takes the last text off.
    fn pop(&mut self) {
        self.len = self.len.checked_sub(1).or_bug(KNOWN);
        self.ends.pop();
        let end = self.ends.last().map_or(0, |end| *end as usize);
        self.bytes.truncate(if self.ends.is_empty() { self.len * self.width } else { end });
    }

    /// The text at a position that there is.
    #[inline]
    pub fn get(&self, position: usize) -> &str {
        let (start, end) = if self.ends.is_empty() {
            let start = position * self.width;
            (start, start + self.width)
        } else {
            let end = |position: usize| *self.ends.get(position).or_bug(KNOWN) as usize;
            (position.checked_sub(1).map_or(0, end), end(position))
        };
        self.bytes.get(start..end).or_bug(KNOWN)
    }

    /// In order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len).map(|position| self.get(position))
    }

    pub fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

const KNOWN: &str = "a text is asked for by the position that it was given";

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).ok().or_bug("texts of one kind are within 4 GiB")
}

/// The ids of all `T`, each once, in the order first met.
pub struct Ids<T> {
    texts: Texts,
    /// By length, where the ids that were announced are numbered.
    grids: Vec<Option<Grid<T>>>,
    /// Those that are in no grid.
    hashed: HashTable<Idx<T>>,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Ids { texts: Texts::default(), grids: Vec::new(), hashed: HashTable::new() }
    }
}

impl<T> Ids<T> {
    /// Room for ids that are about to come; others may come all the same. Does nothing once there are ids.
    pub fn announce<'a>(&mut self, coming: impl Iterator<Item = &'a str>) {
        if self.is_empty() {
            self.grids = grid::by_length(coming);
        }
    }

    /// All ids have come, or nearly all: what finds them is made as small as it can be.
    pub fn settle(&mut self) {
        self.grids.iter_mut().flatten().for_each(Grid::settle);
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The index of an id, new or known.
    ///
    /// # Panics
    /// Beyond 2^32 - 2 ids of one kind, which no reader lets through.
    pub fn intern(&mut self, id: &str) -> Idx<T> {
        if let Some(known) = self.find(id) {
            return known;
        }
        let idx = Idx::at(self.texts.len());
        self.texts.push(id);
        let cell = self.grids.get_mut(id.len()).and_then(Option::as_mut).and_then(|grid| grid.open_cell(id));
        match cell {
            Some(cell) => *cell = Some(idx),
            None => {
                let texts = &self.texts;
                let rehash = |idx: &Idx<T>| xxh3_64(texts.get(idx.position()).as_bytes());
                self.hashed.insert_unique(xxh3_64(id.as_bytes()), idx, rehash);
            }
        }
        idx
    }

    /// Forgets all but the first so many ids: those that came last, after [`Ids::settle`].
    pub fn truncate(&mut self, len: usize) {
        while let Some(last) = self.len().checked_sub(1).filter(|last| *last >= len) {
            let id = self.texts.get(last);
            match self.grids.get_mut(id.len()).and_then(Option::as_mut).and_then(|grid| grid.open_cell(id)) {
                Some(cell) => *cell = None,
                None => {
                    let is = |idx: &Idx<T>| idx.position() == last;
                    self.hashed.find_entry(xxh3_64(id.as_bytes()), is).ok().or_bug(KNOWN).remove();
                }
            }
            self.texts.pop();
        }
    }

    /// The ids alone, by position.
    pub fn into_texts(self) -> Texts {
        self.texts
    }

    #[inline]
    pub fn find(&self, id: &str) -> Option<Idx<T>> {
        if let Some(Some(grid)) = self.grids.get(id.len())
            && let Some(cell) = grid.find(id)
        {
            return cell;
        }
        if self.hashed.is_empty() { None } else { self.find_hashed(id) }
    }

    fn find_hashed(&self, id: &str) -> Option<Idx<T>> {
        let hash = xxh3_64(id.as_bytes());
        // An empty text lies at an address without memory, where `memcmp` takes longer than all the rest.
        let is = |known: &str| known.len() == id.len() && (id.is_empty() || known == id);
        self.hashed.find(hash, |idx| is(self.texts.get(idx.position()))).copied()
    }

    pub fn text(&self, idx: Idx<T>) -> &str {
        self.texts.get(idx.position())
    }

    pub fn iter(&self) -> impl Iterator<Item = (Idx<T>, &str)> {
        (0..self.len()).filter_map(|position| Some((Idx::new(position)?, self.texts.get(position))))
    }
}

/// A number that orders as the id does, as far as its first 16 bytes tell: it decides nearly every comparison without a look at the texts.
pub fn first_bytes(text: &str) -> u128 {
    let mut first = [0; 16];
    let len = text.len().min(first.len());
    first.split_at_mut(len).0.copy_from_slice(text.as_bytes().split_at(len).0);
    u128::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn ids_are_kept_byte_for_byte_and_once() {
        let mut ids: Ids<Thing> = Ids::default();
        let (seven, padded) = (ids.intern("7"), ids.intern("007"));
        assert_ne!(seven, padded);
        assert_eq!(ids.intern("7"), seven);
        assert_eq!((ids.text(padded), ids.len()), ("007", 2));
        assert_eq!((ids.find("007"), ids.find("07")), (Some(padded), None));
    }

    #[test]
    fn ids_that_came_last_are_forgotten_wherever_they_are_kept() {
        let numbered: Vec<String> = (0..100).map(|number| format!("TK{number:03}")).collect();
        for settled in [false, true] {
            let mut ids: Ids<Thing> = Ids::default();
            ids.announce(numbered.iter().map(String::as_str));
            numbered.iter().take(90).for_each(|id| _ = ids.intern(id));
            if settled {
                ids.settle();
            }
            numbered
                .iter()
                .skip(90)
                .map(String::as_str)
                .chain(["x", "longer than others"])
                .for_each(|id| _ = ids.intern(id));
            ids.truncate(90);
            assert_eq!(
                (ids.len(), ids.find("TK090"), ids.find("x"), ids.find("longer than others")),
                (90, None, None, None)
            );
            assert_eq!(ids.find("TK089").map(Idx::position), Some(89));
            assert_eq!((ids.intern("y").position(), ids.intern("TK095").position()), (90, 91));
            assert_eq!(
                (ids.text(Idx::at(90)), ids.text(Idx::at(91)), ids.find("TK095")),
                ("y", "TK095", Some(Idx::at(91)))
            );
            ids.truncate(90);
            assert_eq!((ids.len(), ids.find("y"), ids.intern("z").position()), (90, None, 90));
        }
    }

    #[test]
    fn announced_ids_are_found_like_others() {
        let mut ids: Ids<Thing> = Ids::default();
        for number in 0..5_000_u32 {
            ids.intern(&format!("TK{:06}", number * 3));
            ids.intern(&format!("S{:05}/{}", number, number % 3 + 1));
            ids.intern(&number.to_string());
            ids.intern(&format!("{:08x}", number.wrapping_mul(0x9e37_79b9)));
        }
        ids.intern("");
        let tried = |number: u32| {
            [
                format!("TK{number:06}"),
                format!("TK{number:05}"),
                format!("tK{number:06}"),
                format!("S{:05}/{}", number % 6_000, number % 5),
                format!("S{number:05}é"),
                number.to_string(),
                format!("{:08x}", number.wrapping_mul(0x9e37_79b9)),
                format!("{number:>6}"),
                String::new(),
            ]
        };
        let mut announced = Ids::<Thing>::default();
        let texts: Vec<&str> = ids.iter().map(|(_, id)| id).collect();
        // What is announced need not come, and what comes need not be announced.
        announced.announce(texts.iter().copied().filter(|id| !id.ends_with("77")).chain(["S99999/9"]));
        for (idx, id) in ids.iter() {
            assert_eq!(announced.intern(id).position(), idx.position());
            assert_eq!(announced.intern(id).position(), idx.position());
        }
        assert!(announced.grids.iter().flatten().count() >= 5);
        for id in (0..16_000).flat_map(tried) {
            assert_eq!(announced.find(&id), ids.find(&id), "{id}");
        }
        assert!(announced.find("TK0000001").is_none());
        let new = announced.intern("TK0000001");
        assert_eq!(announced.find("TK0000001"), Some(new));
        assert_eq!(announced.text(new), "TK0000001");
    }

    #[test]
    fn settled_ids_are_found_like_others() {
        // In the order of their numbers but for `swaps`, with gaps.
        for (swaps, ranked) in [(0, 2), (1, 1), (40, 0)] {
            let mut texts: Vec<String> =
                (0..9_000_u32).filter(|number| number % 7 != 3).map(|at| format!("T{at:05}")).collect();
            texts.extend((10..99_u32).filter(|number| number % 5 != 0).map(|at| format!("{at}/X")));
            let len = texts.len();
            for swap in 0..swaps {
                // The first swap is among the ids of the second length.
                let at = if swap == 0 { len - 9 } else { swap * 97 };
                texts.swap(at, at - 1);
            }
            let mut ids: Ids<Thing> = Ids::default();
            ids.announce(texts.iter().map(String::as_str));
            texts.iter().take(len - 3).for_each(|id| _ = ids.intern(id));
            ids.settle();
            assert_eq!(ids.grids.iter().flatten().filter(|grid| grid.is_ranked()).count(), ranked, "{swaps}");
            // Some come late, announced or not.
            let late = texts.iter().skip(len - 3).map(String::as_str).chain(["T00003", "U00001", "other"]);
            let expected: Vec<&str> = texts.iter().take(len - 3).map(String::as_str).chain(late.clone()).collect();
            late.for_each(|id| _ = ids.intern(id));
            ids.settle();
            for (position, id) in expected.iter().enumerate() {
                assert_eq!((ids.find(id), ids.intern(id)), (Idx::new(position), Idx::new(position).unwrap()), "{id}");
                assert_eq!(ids.text(Idx::new(position).unwrap()), *id);
            }
            for id in ["T00010", "T08998", "T09999", "10/X", "15/X", "98/Y", "", "T0000", "another"] {
                let position = expected.iter().position(|known| *known == id);
                assert_eq!(ids.find(id).map(Idx::position), position, "{id}");
            }
        }
    }

    #[test]
    fn texts_are_kept_whatever_their_lengths() {
        for (same, texts) in [
            (true, vec!["E1", "E2", "é"]),
            (true, vec!["", "", ""]),
            (false, vec!["", "", "a", ""]),
            (false, vec!["E1", "E2", "E10", "", "E3"]),
            (false, vec!["abc", "ab", ""]),
        ] {
            let mut kept = Texts::default();
            texts.iter().for_each(|text| kept.push(text));
            assert_eq!(kept.iter().collect::<Vec<_>>(), texts);
            assert_eq!((kept.len(), kept.ends.is_empty()), (texts.len(), same));
        }
    }

    #[test]
    fn an_optional_index_takes_four_bytes() {
        assert_eq!(size_of::<Option<Idx<Thing>>>(), 4);
        assert_eq!(Idx::<Thing>::new(u32::MAX as usize), None);
    }
}
