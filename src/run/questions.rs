//! The tables that a question in SQL may name (`hourbill query`): those of a published run, and those of the ledger, of committed objects alone.

use super::manifest::{Manifest, TableFile};
use super::{RunError, of_ledger, published};
use crate::job::Settings;
use crate::ledger::{LedgerTable, LogEntry};
use crate::publish::Target;
use crate::query::{QueryError, QueryTable};
use crate::tables::TABLES;

/// Stands before the name of a table of the ledger, where the run has one of that name, and everywhere else too for those who like it.
const OF_LEDGER: &str = "ledger_";

/// Where questions are asked: a published run of the job, and its ledger.
pub struct Shelf<'a> {
    settings: &'a Settings,
    target: Target,
    run: Option<(String, Manifest)>,
    log: Vec<LogEntry>,
}

impl<'a> Shelf<'a> {
    /// The run that is named, else the newest; the ledger as it is now.
    ///
    /// # Errors
    /// A run that is not there or whose `run.json` was altered; a ledger that was altered; neither a run nor a ledger.
    pub fn open(settings: &'a Settings, run: Option<&str>) -> Result<Shelf<'a>, RunError> {
        let target = super::target(settings);
        let run_id = match run {
            Some(run) if !target.published(run)? => return Err(RunError::NoRun(run.to_owned())),
            Some(run) => Some(run.to_owned()),
            None => target.latest()?,
        };
        let run = match run_id {
            None => None,
            Some(run_id) => match published::sealed(&target, &run_id)? {
                Ok(manifest) => Some((run_id, manifest)),
                Err(file) => return Err(RunError::Altered { run: run_id, file }),
            },
        };
        let log = of_ledger::ledger(settings).map_or_else(|| Ok(Vec::new()), |ledger| ledger.log())?;
        if run.is_none() && settings.ledger.is_none() {
            return Err(RunError::NoRun("latest".to_owned()));
        }
        Ok(Shelf { settings, target, run, log })
    }

    /// The run whose tables are there.
    pub fn run(&self) -> Option<&str> {
        self.run.as_ref().map(|(run, _)| run.as_str())
    }

    /// Whether the job has a ledger.
    pub fn has_ledger(&self) -> bool {
        self.settings.ledger.is_some()
    }

    /// The names under which tables can be asked about, with their rows: those of the run, then those of the ledger that have any.
    pub fn names(&self) -> Vec<(String, u64)> {
        let of_run = self.files().map(|file| (file.table.clone(), file.rows));
        let mut names: Vec<(String, u64)> = Vec::new();
        for (name, rows) in of_run {
            if !names.iter().any(|(known, _)| *known == name) {
                names.push((name, rows));
            }
        }
        for table in LedgerTable::ALL {
            let objects = self.log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == table);
            let (objects, rows) = objects.fold((0, 0), |(objects, rows), object| (objects + 1, rows + object.rows));
            if objects > 0 {
                let taken = names.iter().any(|(known, _)| known == table.name());
                names.push((format!("{}{}", if taken { OF_LEDGER } else { "" }, table.name()), rows));
            }
        }
        names
    }

    fn files(&self) -> impl Iterator<Item = &TableFile> {
        self.run.iter().flat_map(|(_, manifest)| &manifest.tables)
    }

    /// A table with its bytes, held against what was noted when they were written; `None` when there is none of that name.
    ///
    /// # Errors
    /// Bytes that were altered.
    pub fn table(&self, name: &str) -> Result<Option<Result<QueryTable, QueryError>>, RunError> {
        let mut files: Vec<&TableFile> = self.files().filter(|file| file.table == name).collect();
        // Parquet knows the kinds of its columns, and is read faster.
        files.sort_by_key(|file| file.file.ends_with(".csv"));
        match (files.first(), &self.run) {
            (Some(file), Some((run, _))) => self.of_run(run, name, file).map(Some),
            _ => self.of_ledger(name),
        }
    }

    fn of_run(&self, run: &str, name: &str, file: &TableFile) -> Result<Result<QueryTable, QueryError>, RunError> {
        let bytes = self.target.run_file(run, &file.file)?.unwrap_or_default();
        if blake3::hash(&bytes).to_hex().as_str() != file.blake3 {
            return Err(RunError::Altered { run: run.to_owned(), file: file.file.clone() });
        }
        let known = TABLES.iter().find(|(table, _)| *table == name).map_or(&[][..], |(_, columns)| columns);
        Ok(match file.file.ends_with(".csv") {
            true => QueryTable::csv(name, known, bytes),
            false => QueryTable::parquet(name, vec![bytes]),
        })
    }

    fn of_ledger(&self, name: &str) -> Result<Option<Result<QueryTable, QueryError>>, RunError> {
        let plain = name.strip_prefix(OF_LEDGER).unwrap_or(name);
        let table = LedgerTable::ALL.into_iter().find(|table| table.name() == plain);
        let (Some(table), Some(ledger)) = (table, of_ledger::ledger(self.settings)) else { return Ok(None) };
        let objects = ledger.objects_of(&self.log, table)?;
        Ok((!objects.is_empty()).then(|| QueryTable::parquet(name, objects)))
    }
}
