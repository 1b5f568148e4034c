//! The ids of all entries, which a part of a run has to know before it reads its own: rows that share an id may belong to several parts,
//! and what was billed and is in no export is in none of any part.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::check;
use crate::finding::FileNo;
use crate::inputs::Input;
use crate::job::{InputSettings, Limits};
use crate::model::IdSet;
use crate::read::{self, Batch, FileRead, ReadError};

/// By the first byte of the hash: each is sorted on its own.
const PARTITIONS: usize = 256;

/// What one reading of the timesheets tells of their ids: 64 bits of a hash stand for each.
#[derive(Default)]
pub(super) struct EntryIds {
    /// Hashes that several rows have; sorted.
    pub repeated: Vec<u64>,
    /// Kept when a ledger is held against them.
    pub all: Option<IdSet>,
    files: Vec<FileRead>,
}

/// Reads the timesheets for their ids alone.
pub(super) fn entry_ids(settings: &InputSettings, limits: &Limits, keeps_all: bool) -> Result<EntryIds, ReadError> {
    let partitions: Vec<Mutex<Vec<u64>>> = (0..PARTITIONS).map(|_| Mutex::default()).collect();
    let each = |batch: &Batch<'_>| {
        let mut hashes = check::id_hashes(batch);
        hashes.sort_unstable_by_key(|hash| hash >> 56);
        for of_partition in hashes.chunk_by(|a, b| a >> 56 == b >> 56) {
            let partition = of_partition.first().and_then(|hash| partitions.get((hash >> 56) as usize));
            if let Some(partition) = partition {
                partition.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(of_partition);
            }
        }
    };
    let scan = read::scan(Input::Timesheets, settings, limits, FileNo(0), &|_| (), each)?;
    let sorted = partitions.into_par_iter().map(|partition| {
        let mut hashes = partition.into_inner().unwrap_or_else(PoisonError::into_inner);
        hashes.sort_unstable();
        let mut repeated: Vec<u64> =
            hashes.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).flatten().copied().collect();
        repeated.dedup();
        hashes.dedup();
        (repeated, if keeps_all { hashes } else { Vec::new() })
    });
    let (repeated, all): (Vec<Vec<u64>>, Vec<Vec<u64>>) = sorted.unzip();
    let all = keeps_all.then(|| IdSet::of_sorted(all));
    Ok(EntryIds { repeated: repeated.concat(), all, files: scan.files })
}

impl EntryIds {
    /// The files have not changed since.
    pub fn same_files(&self, files: &[FileRead]) -> Result<(), ReadError> {
        let of_entries: Vec<&FileRead> = files.iter().filter(|file| file.input == Input::Timesheets).collect();
        let known = |file: &FileRead| {
            self.files.iter().any(|before| before.shown == file.shown && before.blake3 == file.blake3)
        };
        match of_entries.iter().find(|file| !known(file)).copied().or_else(|| self.files.get(of_entries.len())) {
            Some(changed) => Err(ReadError::Changed { file: changed.shown.clone() }),
            None => Ok(()),
        }
    }
}
