//! A published run, read back: what `run.json` says of it, and whether its files are as they were written (G2).

use std::time::SystemTime;

use super::format::MANIFEST;
use super::manifest::{DocumentFile, Manifest, TableFile};
use super::of_ledger::conflict;
use super::{RunError, format};
use crate::calendar::{Date, Period};
use crate::ledger::{LedgerTable, Segments};
use crate::posted::LedgerBatch;
use crate::publish::Target;

/// Holds the hash of `run.json`, which holds those of all other files.
pub(super) const SEAL: &str = "run.json.blake3";

/// Where statements stand in the folder of a run.
pub(super) const STATEMENTS: &str = "statements";
const TOLD_ANEW: &str = "statements/";

/// What a published run says of itself, when its tables and documents are as they were written; else the first file that is not.
pub(super) fn unaltered(target: &Target, run_id: &str) -> Result<Result<Manifest, String>, RunError> {
    let published = match sealed(target, run_id)? {
        Ok(published) => published,
        Err(file) => return Ok(Err(file)),
    };
    let tables = published.tables.iter().map(|file| (&file.file, file.bytes, &file.blake3));
    // Statements are told anew as they become final (S1), and nothing goes by them.
    let is_told_anew = |file: &&DocumentFile| file.file.starts_with(TOLD_ANEW);
    let documents = published.documents.iter().filter(|file| !is_told_anew(file));
    let documents = documents.map(|file| (&file.file, file.bytes, &file.blake3));
    let quarantined = published.quarantine_files.iter().map(|file| (&file.file, file.bytes, &file.blake3));
    let files = tables.chain(documents).chain(quarantined);
    Ok(first_altered(target, run_id, files)?.map_or(Ok(published), Err))
}

/// The place of a run among all of its job, the newest last: the one that the job calls its latest, then by when they were published.
pub(super) type Age = (bool, SystemTime, String);

pub(super) fn age(target: &Target, latest: Option<&String>, run_id: String) -> Result<Age, RunError> {
    Ok((latest == Some(&run_id), target.published_at(&run_id)?, run_id))
}

/// The newest of the whole runs of exactly this period.
pub(super) fn newest_of(target: &Target, period: &Period) -> Result<Option<String>, RunError> {
    let ends = (period.from(), period.to());
    Ok(newest(target, |from, to| (from, to) == ends)?.map(|(run_id, _)| run_id))
}

/// The newest of the whole runs whose period `fits`, by its ends.
pub(super) fn newest(
    target: &Target,
    fits: impl Fn(Option<Date>, Option<Date>) -> bool,
) -> Result<Option<(String, Manifest)>, RunError> {
    let latest = target.latest()?;
    let mut newest: Option<(Age, Manifest)> = None;
    for run_id in target.run_ids()? {
        let Some(published) = format::open(target, &run_id)?.and_then(|opened| opened.manifest()) else { continue };
        let end = |text: &Option<String>| text.as_deref().and_then(Date::parse);
        if published.shard.is_some() || !fits(end(&published.period.from), end(&published.period.to)) {
            continue;
        }
        let age = age(target, latest.as_ref(), run_id)?;
        if newest.as_ref().is_none_or(|(known, _)| *known < age) {
            newest = Some((age, published));
        }
    }
    Ok(newest.map(|((.., run_id), published)| (run_id, published)))
}

/// As [`unaltered`], when `run.json` alone is as it was written: no other file is looked at.
pub(super) fn sealed(target: &Target, run_id: &str) -> Result<Result<Manifest, String>, RunError> {
    let altered = || Ok(Err(MANIFEST.to_owned()));
    // Of another layout nothing else is known, its seal neither.
    let Some(opened) = format::open(target, run_id)? else { return altered() };
    if target.run_file(run_id, SEAL)?.unwrap_or_default() != seal_of(&opened.bytes) {
        return altered();
    }
    match opened.manifest().filter(|published| published.run_id == run_id) {
        Some(published) => Ok(Ok(published)),
        None => altered(),
    }
}

/// The bytes of a file of a published run; `None` when it is gone, or not as it was written.
pub(super) fn unaltered_file(
    target: &Target,
    run_id: &str,
    file: &str,
    blake3: &str,
) -> Result<Option<Vec<u8>>, RunError> {
    let bytes = target.run_file(run_id, file)?;
    Ok(bytes.filter(|bytes| blake3::hash(bytes).to_hex().as_str() == blake3))
}

/// A table of a published run.
///
/// # Errors
/// [`RunError::Altered`] when it is gone, or not as it was written.
pub(super) fn table(target: &Target, run_id: &str, file: &TableFile) -> Result<Vec<u8>, RunError> {
    let altered = || RunError::Altered { run: run_id.to_owned(), file: file.file.clone() };
    unaltered_file(target, run_id, &file.file, &file.blake3)?.ok_or_else(altered)
}

fn first_altered<'a>(
    target: &Target,
    run_id: &str,
    files: impl Iterator<Item = (&'a String, u64, &'a String)>,
) -> Result<Option<String>, RunError> {
    for (file, bytes, blake3) in files {
        if target.run_file_hash(run_id, file)?.as_ref() != Some(&(bytes, blake3.clone())) {
            return Ok(Some(file.clone()));
        }
    }
    Ok(None)
}

/// A file of a published run that is gone, or not as it was written.
pub(super) fn altered_file(target: &Target, run_id: &str) -> Result<Option<String>, RunError> {
    match unaltered(target, run_id)? {
        Ok(published) => {
            let posting = published.posting.iter().map(|file| (&file.file, file.bytes, &file.blake3));
            first_altered(target, run_id, posting)
        }
        Err(file) => Ok(Some(file)),
    }
}

/// The rows that posting a run puts into the ledger; the first file of them that was altered.
pub(super) fn rows(
    target: &Target,
    run_id: &str,
    published: &Manifest,
) -> Result<Result<LedgerBatch, String>, RunError> {
    let mut segments = Vec::new();
    for file in published.posting.iter().filter(|file| file.table != super::manifest::DRAFTS) {
        let Some(bytes) = unaltered_file(target, run_id, &file.file, &file.blake3)? else {
            return Ok(Err(file.file.clone()));
        };
        let table = [LedgerTable::Documents, LedgerTable::Lines, LedgerTable::Portions]
            .into_iter()
            .find(|of| of.name() == file.table);
        match table {
            Some(table) => segments.push((table, bytes)),
            None => return Ok(Err(MANIFEST.to_owned())),
        }
    }
    let read = Segments::read(segments);
    read.map(Ok).map_err(|error| conflict(format!("run {run_id} cannot be posted: {error}")))
}

pub(super) fn seal_of(manifest: &[u8]) -> Vec<u8> {
    format!("{}  run.json\n", blake3::hash(manifest).to_hex()).into_bytes()
}
