//! Two published runs, read back and held against each other.

use super::format::MANIFEST;
use super::manifest::FileEntry;
use super::{RunError, format, of_ledger, published};
use crate::diff::{self, Diff, Ground, RunSide, Since, TABLES};
use crate::job::Settings;
use crate::publish::Target;
use crate::tables::{read_csv, read_parquet};

/// What changed from one published run of the job to another.
///
/// # Errors
/// A run that is not there, a file of one that was altered, a ledger that cannot be read.
pub fn compare(settings: &Settings, before: &str, after: &str) -> Result<Diff, RunError> {
    let target = super::target(settings);
    let (before, after) = (side(&target, before)?, side(&target, after)?);
    let since = match (of_ledger::ledger(settings), before.ground.ledger, after.ground.ledger) {
        (Some(ledger), Some(from), Some(to)) => ledger.since(from, to)?,
        _ => Since::default(),
    };
    Ok(diff::diff(&before, &after, &since))
}

fn side(target: &Target, run_id: &str) -> Result<RunSide, RunError> {
    if !target.published(run_id)? {
        return Err(RunError::NoRun(run_id.to_owned()));
    }
    let altered = |file: &str| RunError::Altered { run: run_id.to_owned(), file: file.to_owned() };
    let opened = format::open(target, run_id)?.ok_or_else(|| altered(MANIFEST))?;
    let published = opened.manifest().ok_or_else(|| altered(MANIFEST))?;
    let hashes = |files: &Vec<FileEntry>| files.iter().map(|file| file.blake3.clone()).collect();
    let mut side = RunSide::new(Ground {
        period: published.period.label.clone(),
        settings: published.settings.clone(),
        inputs: published.inputs.iter().map(|(input, files)| (input.clone(), hashes(files))).collect(),
        ledger: published.ledger.as_ref().map(|ledger| ledger.sequence),
    });
    for (name, columns) in TABLES {
        let file = published.table(name).ok_or_else(|| altered(name))?;
        let bytes = published::table(target, run_id, file)?;
        let mut fits = true;
        let mut each = |cells: &[String]| fits &= side.take(name, cells).is_some();
        let read = match file.file.ends_with(".csv") {
            true => read_csv(&bytes, columns, &mut each),
            false => read_parquet(bytes, columns, &mut each),
        };
        if read.is_none() || !fits {
            return Err(altered(&file.file));
        }
    }
    Ok(side)
}
