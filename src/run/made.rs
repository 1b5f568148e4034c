//! The files of a run folder, as they are written.

use std::io::Write;

use rayon::prelude::*;

use super::drafts::Drafts;
use super::manifest::{DocumentFile, QuarantineFile, TableFile};
use super::{Run, RunError, copies, posting};
use crate::job::Settings;
use crate::publish::{FileName, Staging};
use crate::tables::{Table, tables};

/// The files of a run folder, without `run.json`.
#[derive(Default)]
pub(super) struct Made {
    pub tables: Vec<TableFile>,
    pub documents: Vec<DocumentFile>,
    pub quarantine: Vec<QuarantineFile>,
    pub posting: Vec<TableFile>,
    /// What `post` freezes of the drafts; not written yet.
    pub drafts: Drafts,
}

impl Made {
    /// Writes the tables of a run that is whole, and what posting it puts into the ledger.
    pub fn write(&mut self, run: &Run, settings: &Settings, staging: &Staging) -> Result<(), RunError> {
        let tables = tables(run.results(settings));
        let in_formats = |table| settings.output.table_formats().map(move |format| (table, format));
        let wanted: Vec<(&Table<'_>, &str)> = tables.iter().flat_map(in_formats).collect();
        // Side by side: while one waits for the disk, others are formatted.
        let files = wanted.into_par_iter().map(|(table, format)| write(staging, table, format));
        self.tables = files.collect::<Result<Vec<TableFile>, RunError>>()?;
        for table in tables.iter().filter(|table| table.name == copies::TABLE) {
            self.quarantine = copies::write(table, &run.intake.files, staging)?;
        }
        if is_postable(run, settings) {
            for (known, bytes) in posting::files(run, settings)? {
                bytes_of(staging, &known.file, &bytes)?;
                self.posting.push(known);
            }
        }
        Ok(())
    }
}

/// Whether the run can be posted: the job has a ledger, and the run is whole.
pub(super) fn is_postable(run: &Run, settings: &Settings) -> bool {
    run.posted.head.is_some() && settings.shard.is_none()
}

pub(super) fn write(staging: &Staging, table: &Table<'_>, format: &str) -> Result<TableFile, RunError> {
    let name = format!("{}.{format}", table.name);
    let mut file = staging.file(&FileName::of(&name))?;
    let written = if format == "csv" { table.write_csv(&mut file) } else { table.write_parquet(&mut file) };
    written.map_err(|error| file.failed(error))?;
    let stored = file.finish()?;
    let rows = table.rows.count() as u64;
    Ok(TableFile {
        table: table.name.to_owned(),
        file: stored.inside,
        rows,
        bytes: stored.bytes,
        blake3: stored.blake3,
    })
}

pub(super) fn bytes_of(staging: &Staging, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    let mut file = staging.file(&FileName::of(name))?;
    file.write_all(bytes).map_err(|error| file.failed(error))?;
    file.finish()?;
    Ok(())
}

pub(super) fn json(staging: &Staging, name: &str, value: &impl serde::Serialize) -> Result<(), RunError> {
    let mut file = staging.file(&FileName::of(name))?;
    let written = serde_json::to_writer_pretty(&mut file, value).map_err(std::io::Error::from);
    written.and_then(|()| file.write_all(b"\n")).map_err(|error| file.failed(error))?;
    file.finish()?;
    Ok(())
}
