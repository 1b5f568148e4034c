//! What bounds of entries look at: all rows that were read, with who did them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::World;
use crate::bound::{Bound, BoundAction, BoundKey, Measures};
use crate::calendar::Date;
use crate::finding::{Finding, Place};
use crate::ident::{Ids, Idx};
use crate::model::{Chunk, EntryView, Work};
use crate::shard::Split;

/// Employees by number.
pub(super) type Employees = Ids<Work>;
/// An employee, and days since 1970-01-01.
pub(super) type EmployeeDay = (Idx<Work>, i32);

/// What bounds of entries came to.
#[derive(Default)]
pub struct EntryBounds {
    pub measures: Measures,
    pub findings: Vec<Finding>,
}

/// The key of the part that looks for copies of a row (X2): that of the customer to whom its ticket or line leads, adjustments left aside; of a row
/// that leads to nobody a hash of its cells.
pub(super) fn copies_key(split: &Split, world: &World, entry: &EntryView<'_>, hash: u64) -> u64 {
    let known = split.of_entry(world, entry.ticket, entry.line);
    known.or_else(|| split.of_circumstance(entry.circumstance())).unwrap_or(hash)
}

/// What each row says but for its id, hashed.
pub(super) fn hashes_of(chunk: &Chunk) -> &[u64] {
    if chunk.copy_hashes.is_empty() { &chunk.row_hashes } else { &chunk.copy_hashes }
}

/// All entries that were read, with their employees.
pub(super) struct Looked<'a> {
    pub world: &'a World,
    pub split: Option<&'a Split>,
    pub names: Employees,
    /// By chunk, the number of each of its names; `None` for the empty one.
    pub of_chunks: Vec<Vec<Option<Idx<Work>>>>,
}

impl Looked<'_> {
    /// The usable rows of a chunk that somebody did on a day: position, entry, employee, date.
    pub fn rows<'c>(
        &'c self,
        number: usize,
        chunk: &'c Chunk,
    ) -> impl Iterator<Item = (usize, EntryView<'c>, Idx<Work>, Date)> + use<'c> {
        (0..chunk.work.employees.len()).filter_map(move |at| {
            let (entry, who, date) = self.row(number, chunk, at)?;
            Some((at, entry, who, date))
        })
    }

    /// One of them: entry, employee, date.
    #[inline]
    pub fn row<'c>(&self, number: usize, chunk: &'c Chunk, at: usize) -> Option<(EntryView<'c>, Idx<Work>, Date)> {
        let name = *chunk.work.employees.get(at)?;
        let who = (*self.of_chunks.get(number)?.get(name as usize)?)?;
        let entry = chunk.get(at).filter(EntryView::usable)?;
        Some((entry, who, entry.date()?))
    }

    pub fn chunks(&self) -> impl IndexedParallelIterator<Item = (usize, &Chunk)> {
        let chunks = self.world.entries.chunk_list();
        let at_least = chunks.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
        chunks.par_iter().enumerate().with_min_len(at_least)
    }

    pub fn name(&self, who: Idx<Work>) -> &str {
        self.names.text(who)
    }
}

/// By chunk and row: the place of an entry, and the bound that holds it.
pub(super) type Marked = BTreeMap<(usize, usize), (Place, BoundKey)>;

/// What is said, and what the bound is.
pub(super) fn bound_message(what: &str, key: BoundKey, bound: Bound) -> String {
    let then = match bound.action {
        BoundAction::Warn => "",
        BoundAction::Hold => ": held where they would be billed",
        BoundAction::Stop => ": nothing is published",
    };
    format!("{what}; the bound `{key}` is {}{then}", bound.limit)
}
