//! What a part of a run has left behind that another process has computed (`super::parts`), as it is taken in.

use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RunError;
use super::manifest::{DocumentFile, TableFile};
use super::summary::Summary;
use crate::closed::MonthChanges;
use crate::ledger::{LedgerTable, Segments};
use crate::posted::LedgerBatch;
use crate::publish::Target;

/// The one run of the folder of an attempt.
pub(super) const RUN: &str = "part";
pub(super) const RESULT: &str = "part.json";
pub(super) const DRAFTS: &str = "drafts.jsonl";

/// What stands in the file that names the others.
#[derive(Serialize, Deserialize)]
pub(super) struct PartResult {
    pub summary: Summary,
    pub changes: Vec<MonthChanges>,
    pub tables: Vec<PackedTable>,
    pub documents: Vec<DocumentFile>,
    /// The files of records for the ledger; `None` in a job without one.
    pub posting: Option<Vec<TableFile>>,
    /// The ids of the drafts, and how many bytes the line of each has in their file.
    pub drafts: Vec<(String, usize)>,
}

/// Rows of a table.
#[derive(Serialize, Deserialize)]
pub(super) struct PackedTable {
    pub name: String,
    pub columns: usize,
    pub file: String,
}

/// A part that was computed, to be read back.
pub(super) struct StoredPart {
    pub result: PartResult,
    pub target: Target,
}

pub(super) fn target(folder: &Path, attempt: &str) -> Target {
    Target::new(&folder.join("parts"), attempt)
}

/// The error that a part is not as it was written.
fn gone(why: String) -> RunError {
    RunError::PartRefused(why)
}

impl StoredPart {
    /// A file that the part has left.
    pub fn open(&self, file: &str) -> Result<impl Read + use<>, RunError> {
        let opened = self.target.open_run_file(RUN, file)?;
        opened.ok_or_else(|| gone(format!("`{file}` of a part is gone")))
    }

    /// The drafts, as `post` freezes them.
    pub fn drafts(&self) -> Result<Vec<(String, Vec<u8>)>, RunError> {
        let mut all = self.open(DRAFTS)?;
        let drafts = self.result.drafts.iter().map(|(id, len)| {
            let mut line = vec![0; *len];
            all.read_exact(&mut line).map_err(RunError::RunDocument)?;
            Ok((id.clone(), line))
        });
        drafts.collect()
    }

    /// What posting the part puts into the ledger; `None` without one.
    pub fn batch(&self) -> Result<Option<LedgerBatch>, RunError> {
        let Some(files) = &self.result.posting else { return Ok(None) };
        let mut segments = Vec::new();
        for of in files {
            let known = [LedgerTable::Documents, LedgerTable::Lines, LedgerTable::Portions];
            let table = known.into_iter().find(|table| table.name() == of.table);
            let table = table.ok_or_else(|| gone(format!("`{}` of a part is none that is posted", of.table)))?;
            let mut bytes = Vec::new();
            self.open(&of.file)?.read_to_end(&mut bytes).map_err(RunError::RunDocument)?;
            segments.push((table, bytes));
        }
        let batch = Segments::read(segments);
        batch.map(Some).map_err(|error| gone(format!("what a part would post cannot be read: {error}")))
    }
}
