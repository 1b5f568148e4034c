//! What the folds of trees go through: hours of entries, on lines and of tickets that have none yet.

use super::limits::Activity;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Customer, Entry, OrderLine, Ticket};
use crate::quantity::Hours;

/// Hours of an entry as a fold keeps them: alone, or with the entry where packs ask whose they are. There may be millions.
pub(super) trait Amount: Copy + Ord + Send + Sync {
    fn of(hours: Hours, position: usize) -> Self;
    fn hours(self) -> Hours;
    /// M7: whose hours they are.
    fn entry(self) -> Option<Idx<Entry>>;
}

impl Amount for Hours {
    fn of(hours: Hours, _: usize) -> Hours {
        hours
    }

    fn hours(self) -> Hours {
        self
    }

    fn entry(self) -> Option<Idx<Entry>> {
        None
    }
}

/// Hours with their entry, for jobs whose packs give by minimums (M7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfEntry {
    hours: Hours,
    position: u32,
}

impl Amount for OfEntry {
    fn of(hours: Hours, position: usize) -> OfEntry {
        // There are fewer than 2^32 entries.
        OfEntry { hours, position: position as u32 }
    }

    fn hours(self) -> Hours {
        self.hours
    }

    fn entry(self) -> Option<Idx<Entry>> {
        Some(Idx::at(self.position as usize))
    }
}

/// Hours on a line, or of a ticket that has none yet.
pub(super) struct Spent<T, A> {
    pub of: Idx<T>,
    pub on: Date,
    pub activity: Activity,
    /// 0 for entries that do not count as delivered.
    pub amount: A,
}

impl<T, A: Copy> Clone for Spent<T, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, A: Copy> Copy for Spent<T, A> {}

/// What the fold of one commercial tree needs.
pub(super) struct Tree {
    pub root: Idx<Customer>,
    /// Tickets without a line.
    pub seekers: Vec<Idx<Ticket>>,
    /// Candidates for them, best first.
    pub lines: Vec<Idx<OrderLine>>,
}

/// Position among the candidates of a tree. There may be millions of hours on them: half a word each.
pub(super) type Place = u32;

/// Hours on a candidate through an entry's or a ticket's own line.
pub(super) type Named<A> = (Date, Place, A);

/// What concerns each tree, one tree after the other.
pub(super) struct ByTree<T> {
    all: Vec<T>,
    /// By tree, the position in `all` behind its last one.
    ends: Vec<usize>,
}

impl<T: Copy> ByTree<T> {
    /// Sorts by counting; `tree` is below `trees`.
    pub fn new<U>(unsorted: &[T], trees: usize, tree: impl Fn(&T) -> Option<Idx<U>>) -> ByTree<T> {
        let mut next = vec![0_usize; trees + 1];
        for tree in unsorted.iter().filter_map(&tree) {
            *next.get_mut(tree.position() + 1).or_bug("every tree has its count") += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += *count;
            *count = sum;
        }
        let mut all = unsorted.to_vec();
        for one in unsorted {
            let Some(tree) = tree(one) else { continue };
            let next = next.get_mut(tree.position()).or_bug("every tree has its count");
            *all.get_mut(*next).or_bug("there are as many as were counted") = *one;
            *next += 1;
        }
        // Each start has moved on to its tree's end.
        next.truncate(trees);
        ByTree { all, ends: next }
    }

    pub fn of(&self, tree: usize) -> &[T] {
        let end = |tree: usize| self.ends.get(tree).copied().or_bug("every tree has its end");
        let start = tree.checked_sub(1).map_or(0, end);
        self.all.get(start..end(tree)).or_bug("every tree has its own")
    }
}
