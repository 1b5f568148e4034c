//! Finds the entries of an export by the ids that the ledger has: millions against millions, without a map of texts.
//!
//! The hashes of the known ids stand sorted in partitions, eight bytes each. The ids that are looked up come in batches; a batch is
//! sorted the same way and both are walked side by side, so memory is read in order. Ids that hash alike are compared as texts.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::bug::OrBug;
use crate::ident::Texts;

/// By the first byte of the hash: each is sorted on its own, small enough for the cache.
const PARTITIONS: usize = 256;

/// Rows of one batch that is looked up, at most: its row numbers share a word with hash bits.
const BATCH_ROWS_MAX: usize = 1 << 24;

/// Where ids stand in a list of columns of ids.
pub struct IdIndex {
    /// Upper half: the last 32 bits of the hash. Lower half: position over all columns. Sorted within each partition.
    keys: Vec<u64>,
    /// Where each partition ends.
    ends: Vec<usize>,
}

fn partition(hash: u64) -> usize {
    (hash >> 56) as usize
}

impl IdIndex {
    /// Of the ids of all columns, one after another. `None` beyond 2^32 - 1 ids.
    pub fn new(columns: &[&Texts]) -> Option<IdIndex> {
        let sum: usize = columns.iter().map(|ids| ids.len()).sum();
        u32::try_from(sum).ok()?;
        let counts: Vec<[u32; PARTITIONS]> = columns
            .par_iter()
            .map(|ids| {
                let mut counts = [0; PARTITIONS];
                for id in ids.iter() {
                    if let Some(count) = counts.get_mut(partition(xxh3_64(id.as_bytes()))) {
                        *count += 1;
                    }
                }
                counts
            })
            .collect();
        let mut keys = vec![0; sum];
        let mut ends = Vec::with_capacity(PARTITIONS);
        // The keys of each column within each partition, so that columns can be filled side by side.
        let mut slots: Vec<Vec<&mut [u64]>> = columns.iter().map(|_| Vec::with_capacity(PARTITIONS)).collect();
        let mut rest = keys.as_mut_slice();
        let mut end = 0;
        for partition in 0..PARTITIONS {
            for (slots, counts) in slots.iter_mut().zip(&counts) {
                let count = *counts.get(partition).or_bug("every partition is counted") as usize;
                let (own, after) = rest.split_at_mut(count.min(rest.len()));
                slots.push(own);
                rest = after;
                end += count;
            }
            ends.push(end);
        }
        let mut starts = Vec::with_capacity(columns.len());
        let mut start = 0_u64;
        for ids in columns {
            starts.push(start);
            start += ids.len() as u64;
        }
        slots.into_par_iter().zip(columns).zip(starts).for_each(|((mut slots, ids), start)| {
            let mut filled = [0_usize; PARTITIONS];
            for (position, id) in (start..).zip(ids.iter()) {
                let hash = xxh3_64(id.as_bytes());
                let next = filled.get_mut(partition(hash)).or_bug("every partition is filled");
                let key = slots.get_mut(partition(hash)).and_then(|slot| slot.get_mut(*next));
                *key.or_bug("there are as many as were counted") = (hash << 32) | position;
                *next += 1;
            }
        });
        let mut index = IdIndex { keys, ends };
        index.sort();
        Some(index)
    }

    fn sort(&mut self) {
        let mut parts = Vec::with_capacity(PARTITIONS);
        let mut rest = self.keys.as_mut_slice();
        let mut start = 0;
        for &end in &self.ends {
            let (own, after) = rest.split_at_mut((end - start).min(rest.len()));
            parts.push(own);
            rest = after;
            start = end;
        }
        parts.into_par_iter().for_each(<[u64]>::sort_unstable);
    }

    fn partition(&self, partition: usize) -> &[u64] {
        let end = |partition: usize| self.ends.get(partition).copied().or_bug("every partition has its end");
        let start = partition.checked_sub(1).map_or(0, end);
        self.keys.get(start..end(partition)).or_bug("every partition has its keys")
    }

    /// For each id of a batch the position of an equal one: the first that is `preferred`, else the first. `id_at` tells the id at a
    /// position. `None` when the batch has too many rows.
    pub fn find<'a>(
        &self,
        batch: &Texts,
        id_at: impl Fn(u32) -> &'a str,
        preferred: impl Fn(u32) -> bool,
    ) -> Option<Vec<Option<u32>>> {
        if batch.len() > BATCH_ROWS_MAX {
            return None;
        }
        // Partition, the hash bits of the keys, row.
        let mut wanted: Vec<u64> = (0_u64..)
            .zip(batch.iter())
            .map(|(row, id)| {
                let hash = xxh3_64(id.as_bytes());
                (hash & (0xff << 56)) | ((hash & 0xffff_ffff) << 24) | row
            })
            .collect();
        wanted.sort_unstable();
        let mut found = vec![None; batch.len()];
        let mut at = 0;
        let mut keys: &[u64] = &[];
        let mut in_partition = None;
        for word in wanted {
            let (of, hash, row) = ((word >> 56) as usize, (word >> 24) & 0xffff_ffff, (word & 0xff_ffff) as usize);
            if in_partition != Some(of) {
                (in_partition, keys, at) = (Some(of), self.partition(of), 0);
            }
            at = advance(keys, at, hash);
            let alike = keys.get(at..).or_bug("a search ends at the end").iter().take_while(|&&key| key >> 32 == hash);
            let mut positions = alike.map(|&key| key as u32);
            let best = match (positions.next(), positions.next()) {
                (only, None) => only,
                (Some(first), Some(second)) => {
                    let id = batch.get(row);
                    let all = [first, second].into_iter().chain(positions);
                    let mut equal = all.filter(|&position| id_at(position) == id);
                    let first = equal.next();
                    first
                        .filter(|&position| preferred(position))
                        .or_else(|| equal.find(|&other| preferred(other)))
                        .or(first)
                }
                (None, Some(_)) => None,
            };
            if let Some(slot) = found.get_mut(row) {
                *slot = best;
            }
        }
        // In the order of the batch, so that one of the two sides of the comparison is read in order.
        for (slot, id) in found.iter_mut().zip(batch.iter()) {
            *slot = slot.filter(|&position| id_at(position) == id);
        }
        Some(found)
    }
}

/// The first key at or after `at` whose hash is not below `hash`: steps double until they pass it.
fn advance(keys: &[u64], at: usize, hash: u64) -> usize {
    let below = |at: usize| keys.get(at).is_some_and(|&key| (key >> 32) < hash);
    if !below(at) {
        return at;
    }
    let mut step = 1;
    let mut low = at;
    while below(low + step) {
        low += step;
        step *= 2;
    }
    // Those up to `low` are below, the one at `low + step` is not, or there is none.
    let window = keys.get(low + 1..keys.len().min(low + step)).or_bug("a key below is not the end");
    low + 1 + window.partition_point(|&key| (key >> 32) < hash)
}
