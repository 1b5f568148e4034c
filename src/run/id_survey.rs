//! The ids of all entries, which a part of a run has to know before it reads its own: rows that share an id may belong to several parts,
//! and what was billed and is in no export is in none of any part.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::check::{self, BucketSizes};
use crate::finding::FileNo;
use crate::inputs::Input;
use crate::job::{InputSettings, Settings};
use crate::model::{IdSet, PostedIds, World};
use crate::read::{self, Batch, FileRead, LeftOut, MissingColumn, ReadError};
use crate::shard::{Split, Ties};

/// By the first byte of the hash: each is sorted on its own.
const PARTITIONS: usize = 256;

/// What one reading of the timesheets tells of their ids: 64 bits of a hash stand for each.
#[derive(Default)]
pub(super) struct EntryIds {
    /// The hashes that several rows share, sorted.
    pub repeated: Vec<u64>,
    /// How many rows have one of these hashes.
    pub rows_repeated: u64,
    /// The hashes of all ids; kept when a ledger is compared with them.
    pub all: Option<IdSet>,
    pub files: Vec<FileRead>,
    /// Columns that the job names and no file has.
    pub not_found: Vec<MissingColumn>,
    pub left_out: Vec<LeftOut>,
    /// How many entries each bucket has, where that was asked for.
    pub loads: BucketSizes,
    /// What the split has to keep together (G7 to G9, G14).
    pub ties: Ties,
}

/// Reads the timesheets for their ids alone, counts what a split makes of them, and looks for entries that stand elsewhere than they were posted.
pub(super) fn entry_ids(
    (world, settings, of_input): (&World, &Settings, &InputSettings),
    split: Option<&Split>,
    posted: &PostedIds,
) -> Result<EntryIds, ReadError> {
    let (loads, ties): (Mutex<BucketSizes>, Mutex<Ties>) = (Mutex::default(), Mutex::default());
    let keeps_all = settings.ledger.is_some();
    let partitions: Vec<Mutex<Vec<u64>>> = (0..PARTITIONS).map(|_| Mutex::default()).collect();
    let each = |batch: &Batch<'_>| {
        ties.lock().unwrap_or_else(PoisonError::into_inner).append(check::ties_of(batch, world, settings, posted));
        if let Some(split) = split {
            let of_batch = BucketSizes::of(batch, world, settings, split);
            loads.lock().unwrap_or_else(PoisonError::into_inner).add(&of_batch);
        }
        let mut hashes = check::id_hashes(batch);
        hashes.sort_unstable_by_key(|hash| hash >> 56);
        for of_partition in hashes.chunk_by(|a, b| a >> 56 == b >> 56) {
            let partition = of_partition.first().and_then(|hash| partitions.get((hash >> 56) as usize));
            if let Some(partition) = partition {
                partition.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(of_partition);
            }
        }
    };
    let scan = read::scan(Input::Timesheets, of_input, &settings.limits, FileNo(0), &read::Unfollowed, each)?;
    let sorted = partitions.into_par_iter().map(|partition| {
        let mut hashes = partition.into_inner().unwrap_or_else(PoisonError::into_inner);
        hashes.sort_unstable();
        let several = || hashes.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
        let rows: u64 = several().map(|same| same.len() as u64).sum();
        let repeated: Vec<u64> = several().filter_map(|same| same.first().copied()).collect();
        hashes.dedup();
        hashes.shrink_to_fit();
        (repeated, rows, if keeps_all { hashes } else { Vec::new() })
    });
    let sorted: Vec<(Vec<u64>, u64, Vec<u64>)> = sorted.collect();
    let mut ids =
        EntryIds { files: scan.files, not_found: scan.not_found, left_out: scan.left_out, ..EntryIds::default() };
    ids.loads = loads.into_inner().unwrap_or_else(PoisonError::into_inner);
    ids.ties = ties.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut all = Vec::with_capacity(sorted.len());
    for (mut repeated, rows, hashes) in sorted {
        ids.repeated.append(&mut repeated);
        ids.rows_repeated += rows;
        all.push(hashes);
    }
    ids.all = keeps_all.then(|| IdSet::of_sorted(all));
    Ok(ids)
}

impl EntryIds {
    /// Makes sure that the files are those that were read for their ids.
    pub fn same_files(&self, files: &[FileRead]) -> Result<(), ReadError> {
        same_files(Input::Timesheets, &self.files, files)
    }
}

/// Makes sure that the files of an input are those that were read before, to the byte.
pub(super) fn same_files(input: Input, before: &[FileRead], now: &[FileRead]) -> Result<(), ReadError> {
    let of_input = |files: &[FileRead]| -> Vec<(String, String)> {
        let files = files.iter().filter(|file| file.input == input);
        files.map(|file| (file.shown.clone(), file.blake3.clone())).collect()
    };
    let (before, now) = (of_input(before), of_input(now));
    let longer = if before.len() > now.len() { &before } else { &now };
    match (0..longer.len()).find(|&at| before.get(at) != now.get(at)).and_then(|at| longer.get(at)) {
        Some((file, _)) => Err(ReadError::Changed { file: file.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn files_that_changed_between_two_readings_are_named() {
        let file = |input, shown: &str, blake3: &str| FileRead {
            input,
            shown: shown.to_owned(),
            rows: 1,
            left_out: 0,
            skipped: Vec::new(),
            not_timesheets: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            bytes: 1,
            blake3: blake3.to_owned(),
            columns: Vec::new(),
            promised: None,
            sheets: read::Sheets::default(),
            copied: crate::read::Copied::default(),
        };
        let entries = |shown, blake3| file(Input::Timesheets, shown, blake3);
        let before = [file(Input::Orders, "o", "1"), entries("a", "1"), entries("b", "2")];
        let changed = |now: &[FileRead]| match same_files(Input::Timesheets, &before, now) {
            Err(ReadError::Changed { file }) => Some(file),
            _ => None,
        };
        assert_eq!(changed(&[entries("a", "1"), file(Input::Orders, "o", "9"), entries("b", "2")]), None);
        assert_eq!(changed(&[entries("a", "1"), entries("b", "3")]).as_deref(), Some("b"));
        assert_eq!(changed(&[entries("a", "1")]).as_deref(), Some("b"));
        assert_eq!(changed(&[entries("a", "1"), entries("b", "2"), entries("c", "3")]).as_deref(), Some("c"));
        assert_eq!(changed(&[entries("b", "2"), entries("a", "1")]).as_deref(), Some("b"));
    }
}
