//! Ids that are numbers in disguise ([`IdNumbers`]): found by position, without a hash and without touching their text.

use super::Idx;
use super::numbers::{IdNumbers, Spread};

/// A grid may have so many cells for each of its ids: beyond, a hash table is smaller.
const CELLS_PER_ID_MAX: usize = 8;

/// The ids of one length.
pub(super) struct Grid<T> {
    numbers: IdNumbers,
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
        let number = self.numbers.number(id)?;
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
        let number = self.numbers.number(id)?;
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
}

/// Empty grids for ids, by length; `None` where there are none, or too few for their grid.
pub(super) fn by_length<'a, T>(ids: impl Iterator<Item = &'a str>) -> Vec<Option<Grid<T>>> {
    let mut spread = Spread::default();
    ids.for_each(|id| spread.add(id));
    let grid = |numbers: IdNumbers| Grid { cells: Cells::Open(vec![None; numbers.count()]), numbers };
    spread.by_length(CELLS_PER_ID_MAX).into_iter().map(|numbers| numbers.map(grid)).collect()
}
