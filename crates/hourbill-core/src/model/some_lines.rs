//! Some of the order lines, each with a place of its own: entries are on them by the million, and find theirs without a search.

use super::OrderLine;
use crate::bug::OrBug;
use crate::ident::Idx;

/// Places of order lines, from 0 in the order of the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SomeLines {
    /// By position of the order line, its place plus 1; 0 for a line that is not among them.
    successors: Vec<u32>,
    len: usize,
}

impl SomeLines {
    /// Of `all` order lines those that are named, each once.
    pub fn of(all: usize, lines: impl Iterator<Item = Idx<OrderLine>>) -> SomeLines {
        let mut some = SomeLines { successors: vec![0; all], len: 0 };
        for line in lines {
            some.len += 1;
            *some.successors.get_mut(line.position()).or_bug("every order line has its place") =
                u32::try_from(some.len).ok().or_bug("there are fewer than 2^32 order lines");
        }
        some
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `None` for a line that is not among them.
    #[inline]
    pub fn place(&self, line: Idx<OrderLine>) -> Option<usize> {
        let successor = *self.successors.get(line.position())?;
        successor.checked_sub(1).map(|place| place as usize)
    }
}
