//! Hours statements (S1): what they are made of, and their files, in a run that is published and beside one that was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::manifest::DocumentFile;
use super::of_ledger::{self, LedgerPacks};
use super::published::{self, STATEMENTS};
use super::{Run, RunError};
use crate::account::Account;
use crate::calendar::CalendarMonth;
use crate::document::{self, DraftFile};
use crate::job::{DocumentFormat, Settings};
use crate::ledger::LedgerError;
use crate::link::Links;
use crate::model::World;
use crate::posted::Posted;
use crate::proof::Failed;
use crate::publish::{FileName, Staging, put_elsewhere};
use crate::statement::{self, PackDraw, Statement, StatementSource, Statements};
use crate::tables;

/// The job asks for them.
fn wanted(settings: &Settings) -> bool {
    settings.output.documents.contains(&DocumentFormat::Statement)
}

/// What a run is told of packs from: its own stages, and what the ledger has of them, which is read when it is first asked for and once.
#[derive(Clone, Copy)]
pub(super) struct PackSource<'a> {
    pub settings: &'a Settings,
    pub world: &'a World,
    pub links: &'a Links,
    pub account: &'a Account,
    pub posted: &'a Posted,
    pub ledger: &'a OnceLock<LedgerPacks>,
    /// Whether this run, or this part of one, tells of a customer of the ledger.
    pub owns_customer: &'a (dyn Fn(&str) -> bool + Sync),
}

impl<'a> PackSource<'a> {
    fn source(&self, before: Option<CalendarMonth>) -> Result<StatementSource<'a>, RunError> {
        let PackSource { settings, world, links, account, posted, ledger, owns_customer } = *self;
        let of_ledger = match ledger.get() {
            Some(known) => known,
            None => {
                let read = of_ledger::packs(settings, world, posted)?;
                ledger.get_or_init(|| read)
            }
        };
        let LedgerPacks { covered, kept, kept_packs } = of_ledger;
        let settings = &settings.billing;
        Ok(StatementSource {
            world,
            settings,
            links,
            account,
            posted,
            covered,
            kept,
            kept_packs,
            owns_customer,
            before,
        })
    }

    /// The statements of a run; with `before`, as they are told by a close of that month.
    ///
    /// # Errors
    /// A control that failed, and a ledger that was altered.
    pub(super) fn statements(&self, before: Option<CalendarMonth>) -> Result<Statements, RunError> {
        Statements::of(self.source(before)?).map_err(|why| RunError::Control(vec![Failed(why)]))
    }

    /// The statements where the job asks for them, and what each pack gave where it uses these rules (W12).
    ///
    /// # Errors
    /// As of [`PackSource::statements`].
    pub(super) fn asked_for(&self) -> Result<(Option<Statements>, Option<Vec<PackDraw>>), RunError> {
        let statements = wanted(self.settings).then(|| self.statements(None)).transpose()?;
        let uses_packs = self.settings.billing.rules.packs.are_said || self.world.packs.any;
        let draws = uses_packs.then(|| self.source(None).map(statement::pack_draws)).transpose()?;
        Ok((statements, draws))
    }
}

/// Where the files of each statement stand below `statements/`: the tree, and the company where the tree has packs of several.
fn folders(statements: &Statements) -> Vec<Vec<FileName>> {
    let roots: BTreeSet<&str> = statements.all.iter().map(|of| of.root.as_str()).collect();
    let names = FileName::of_all(roots.iter().copied());
    let named: BTreeMap<&str, FileName> = roots.into_iter().zip(names).collect();
    let folders = statements.all.iter().map(|of| {
        let root = named.get(of.root.as_str()).cloned();
        let company = Some(of.company.as_str()).filter(|name| !of.alone && !name.is_empty());
        root.into_iter().chain(company.map(FileName::of)).collect()
    });
    folders.collect()
}

/// A statement, the folders in which its files stand, and the files.
type Placed<'a> = (&'a Statement, Vec<FileName>, Vec<DraftFile>);

/// The files of each statement.
fn files<'a>(
    run: &'a Run,
    settings: &Settings,
    wanted: impl Fn(&Statement) -> bool + Sync,
) -> Result<Vec<Placed<'a>>, RunError> {
    let Some(statements) = &run.statements else { return Ok(Vec::new()) };
    let all: Vec<_> = statements.all.iter().zip(folders(statements)).collect();
    let results = run.results(settings);
    let of_statement = |(of, folders): (&'a Statement, Vec<FileName>)| {
        Ok((of, folders, document::statement_files(results, of, settings)?))
    };
    all.into_par_iter().filter(|(of, _)| wanted(of)).map(of_statement).collect()
}

/// Writes those of a run that is about to be published.
///
/// # Errors
/// Files that cannot be written, and a writer that refuses its own output.
pub(super) fn write(run: &Run, settings: &Settings, staging: &Staging) -> Result<Vec<DocumentFile>, RunError> {
    let mut written = Vec::new();
    if run.statements.as_ref().is_none_or(|statements| statements.all.is_empty()) {
        return Ok(written);
    }
    let all = staging.folder(&FileName::of(STATEMENTS))?;
    for (_, folders, files) in files(run, settings, |_| true)? {
        let mut folder = None;
        for name in &folders {
            folder = Some(folder.as_ref().unwrap_or(&all).folder(name)?);
        }
        let folder = folder.as_ref().unwrap_or(&all);
        for file in files {
            written.push(super::documents::filled(folder.file(&FileName::of(file.name))?, &file.bytes, "")?);
        }
    }
    all.finish()?;
    Ok(written)
}

/// What the command `statement` wrote.
pub struct Stated {
    pub run_id: String,
    pub folder: PathBuf,
    pub statements: Vec<StatedFiles>,
}

/// The files of one statement.
pub struct StatedFiles {
    pub root: String,
    pub company: String,
    /// Where they stand in the folder, and their bytes.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Writes the statements of a run that was computed now into the newest published run of its period; those of one tree alone, where its
/// root is named. The table of all movements stands beside them.
///
/// # Errors
/// A conflict where no run of the period was published.
pub fn state(settings: &Settings, run: &Run, root: Option<&str>) -> Result<Stated, RunError> {
    let (target, mode) = (super::target(settings), settings.output.mode);
    let period = &settings.billing.period;
    let Some(run_id) = published::newest_of(&target, period)? else {
        let why = format!("the job has no run of {}: `hourbill run` comes first", period.in_words());
        return Err(LedgerError::Conflict(why).into());
    };
    let run_folder = target.run_folder(&run_id);
    let mut stated = Stated { run_id, folder: run_folder.join(STATEMENTS), statements: Vec::new() };
    for (of, folders, files) in files(run, settings, |of| root.is_none_or(|root| root == of.root))? {
        let inside: String = folders.iter().map(|folder| format!("{folder}/")).collect();
        let files: Vec<(String, Vec<u8>)> =
            files.into_iter().map(|file| (format!("{inside}{}", file.name), file.bytes)).collect();
        for (file, bytes) in &files {
            put_elsewhere(&run_folder, &format!("{STATEMENTS}/{file}"), bytes, mode)?;
        }
        stated.statements.push(StatedFiles { root: of.root.clone(), company: of.company.clone(), files });
    }
    if let Some(table) = tables::pack_movements(run.results(settings)) {
        for format in settings.output.table_formats() {
            let mut bytes = Vec::new();
            let name = format!("{STATEMENTS}/{}.{format}", table.name);
            if format == "csv" { table.write_csv(&mut bytes) } else { table.write_parquet(&mut bytes) }?;
            put_elsewhere(&run_folder, &name, &bytes, mode)?;
        }
    }
    Ok(stated)
}
