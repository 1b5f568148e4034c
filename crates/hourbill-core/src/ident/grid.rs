//! Ids that are numbers in disguise, such as `TK000123` or `S02382/1`: found by position, without a hash and without touching their text.
//!
//! All ids of one length stand in a grid: each place of the id has the bytes from the smallest to the largest seen there, and the places
//! together make one number. That is exact: two ids of one length differ in some place, so their numbers differ.

use super::Idx;

/// Longer ids are looked up by hash.
const LENGTH_MAX: usize = 16;

/// A grid may have so many cells for each of its ids: beyond, a hash table is smaller.
const CELLS_PER_ID_MAX: usize = 8;

/// The ids of one length.
pub(super) struct Grid<T> {
    /// The smallest byte of each place.
    smallest: [u8; LENGTH_MAX],
    /// The largest byte of each place, less the smallest.
    range: [u8; LENGTH_MAX],
    /// What a step of each place adds to the number.
    weight: [u32; LENGTH_MAX],
    cells: Cells<T>,
}

enum Cells<T> {
    Open(Vec<Option<Idx<T>>>),
    /// Of ids that came in the order of their numbers, as exports mostly are: a bit for each cell, and the index of an id is that of
    /// the first plus the number of bits before its own. A table of millions of ids then fits a cache.
    Ranked {
        first: usize,
        words: Vec<Word>,
    },
}

/// 64 cells.
#[derive(Clone, Copy, Default)]
struct Word {
    bits: u64,
    /// Ids in the cells before them.
    before: u32,
}

impl Word {
    const CELLS: usize = 64;

    fn bit(number: usize) -> u64 {
        1 << (number % Word::CELLS)
    }
}

impl<T> Grid<T> {
    /// The index of an id of the grid's length. `None` when the grid does not know: it may be outside, or have come after the grid was
    /// settled.
    #[inline]
    pub fn find(&self, id: &str) -> Option<Option<Idx<T>>> {
        let number = self.number(id)?;
        match &self.cells {
            Cells::Open(cells) => cells.get(number).copied(),
            Cells::Ranked { first, words } => {
                let (word, bit) = (words.get(number / Word::CELLS)?, Word::bit(number));
                let before = word.before as usize + (word.bits & (bit - 1)).count_ones() as usize;
                (word.bits & bit != 0).then(|| Idx::new(first + before))
            }
        }
    }

    /// The cell that a new id of the grid's length is to be put into; `None` when it has none.
    pub fn open_cell(&mut self, id: &str) -> Option<&mut Option<Idx<T>>> {
        let number = self.number(id)?;
        match &mut self.cells {
            Cells::Open(cells) => cells.get_mut(number),
            Cells::Ranked { .. } => None,
        }
    }

    /// Keeps bits instead of indices, when the ids came in the order of their numbers and one right after the other.
    pub fn settle(&mut self) {
        let Cells::Open(cells) = &self.cells else { return };
        let mut words = vec![Word::default(); cells.len().div_ceil(Word::CELLS)];
        let mut first = None;
        let mut count = 0_usize;
        for (word, cells) in words.iter_mut().zip(cells.chunks(Word::CELLS)) {
            let Ok(before) = u32::try_from(count) else { return };
            word.before = before;
            for (at, idx) in cells.iter().enumerate() {
                let Some(idx) = idx else { continue };
                if idx.position() != *first.get_or_insert(idx.position()) + count {
                    return;
                }
                word.bits |= Word::bit(at);
                count += 1;
            }
        }
        self.cells = Cells::Ranked { first: first.unwrap_or(0), words };
    }

    #[cfg(test)]
    pub fn is_ranked(&self) -> bool {
        matches!(self.cells, Cells::Ranked { .. })
    }

    #[inline]
    fn number(&self, id: &str) -> Option<usize> {
        let mut number = 0_u32;
        let mut outside = false;
        let places = self.smallest.iter().zip(&self.range).zip(&self.weight);
        for (byte, ((smallest, range), weight)) in id.bytes().zip(places) {
            let step = byte.wrapping_sub(*smallest);
            outside |= step > *range;
            number = number.wrapping_add(u32::from(step).wrapping_mul(*weight));
        }
        if outside { None } else { Some(number as usize) }
    }
}

/// A place while its ids are looked at.
#[derive(Clone, Copy)]
struct Seen {
    smallest: u8,
    largest: u8,
}

/// Empty grids for ids, by length; `None` where there are none, or too few for their grid.
pub(super) fn by_length<'a, T>(ids: impl Iterator<Item = &'a str>) -> Vec<Option<Grid<T>>> {
    const UNSEEN: Seen = Seen { smallest: u8::MAX, largest: 0 };
    let mut counts = [0_usize; LENGTH_MAX + 1];
    let mut seen = [[UNSEEN; LENGTH_MAX]; LENGTH_MAX + 1];
    for id in ids {
        let (Some(count), Some(places)) = (counts.get_mut(id.len()), seen.get_mut(id.len())) else { continue };
        *count += 1;
        for (byte, place) in id.bytes().zip(places) {
            place.smallest = place.smallest.min(byte);
            place.largest = place.largest.max(byte);
        }
    }
    counts.iter().zip(&seen).enumerate().map(|(length, (count, seen))| grid(*count, seen.get(..length)?)).collect()
}

fn grid<T>(ids: usize, seen: &[Seen]) -> Option<Grid<T>> {
    let cells_max = ids.checked_mul(CELLS_PER_ID_MAX)?.min(u32::MAX as usize);
    let (mut smallest, mut range, mut weight) = ([0; LENGTH_MAX], [0; LENGTH_MAX], [0; LENGTH_MAX]);
    let mut cells = 1_usize;
    let places = seen.iter().zip(&mut smallest).zip(&mut range).zip(&mut weight).rev();
    for (((seen, smallest), range), weight) in places {
        *smallest = seen.smallest;
        *range = seen.largest.checked_sub(seen.smallest)?;
        *weight = u32::try_from(cells).ok()?;
        cells = cells.checked_mul(usize::from(*range) + 1).filter(|cells| *cells <= cells_max)?;
    }
    (ids > 0).then(|| Grid { smallest, range, weight, cells: Cells::Open(vec![None; cells]) })
}
