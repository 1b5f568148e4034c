//! What a format of documents is. Adding one: a file that implements [`Format`], and its line in `crates/hourbill-job/src/formats.rs`.

use std::io;

use super::per_run::{RunFile, WholeRun};
use super::{DocumentError, DraftFile, Invoice};
use crate::finding::Finding;
use crate::job::Settings;
use crate::statement::Statement;
use crate::tables::Results;

/// What a format makes files of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each draft, by itself.
    Draft,
    /// The whole run.
    Run,
    /// The whole run, from the invoices of all drafts.
    Invoices,
    /// Each customer who has packs, by itself (S1).
    Statement,
}

/// Something that a person should know about the documents of a draft. Several formats may name the same: it is asked once.
#[derive(Clone, Copy)]
pub struct ReviewCheck {
    pub name: &'static str,
    pub finding: fn(&Invoice) -> Option<Finding>,
}

pub trait Format: Sync {
    fn scope(&self) -> Scope;

    /// The file of a draft; `None` when the format cannot say what the draft says.
    ///
    /// # Errors
    /// A writer that refuses its own output.
    fn of_draft(&self, _invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        Ok(None)
    }

    /// The files of a run.
    ///
    /// # Errors
    /// A writer that refuses its own output.
    fn of_run(&self, _run: &WholeRun<'_>) -> io::Result<Vec<RunFile>> {
        Ok(Vec::new())
    }

    /// The files of a statement (S1).
    ///
    /// # Errors
    /// A writer that refuses its own output.
    fn of_statement(
        &self,
        _results: Results<'_>,
        _statement: &Statement,
        _settings: &Settings,
    ) -> Result<Vec<DraftFile>, DocumentError> {
        Ok(Vec::new())
    }

    /// The files of what was posted together (N1).
    fn of_posted(&self, _invoices: &[Invoice], _settings: &Settings) -> Vec<RunFile> {
        Vec::new()
    }

    /// The same whether or not its files are made.
    fn checks(&self) -> &'static [ReviewCheck] {
        &[]
    }

    /// That its files of the run lack a draft.
    fn draft_left_out(&self, _invoice: &Invoice, _settings: &Settings) -> Option<Finding> {
        None
    }

    /// That the run lacks one of its files.
    fn file_left_out(&self, _results: Results<'_>) -> Option<Finding> {
        None
    }
}
