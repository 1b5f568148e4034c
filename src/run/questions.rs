//! The tables that a question in SQL may name (`hourbill query`): those of a published run, and those of the ledger, of committed objects alone.

use super::manifest::{Manifest, TableFile};
use super::{RunError, of_ledger, published};
use crate::job::Settings;
use crate::ledger::{Ledger, LedgerTable, LocalStore, LogEntry, columns_of};
use crate::publish::Target;
use crate::query::{QueryError, QueryTable};
use crate::tables::{TABLES, TableColumn};

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

    /// The names under which tables can be asked about, with their rows: those of the run, then those of the ledger.
    pub fn names(&self) -> Vec<(String, u64)> {
        let of_run = self.files().map(|file| (file.table.clone(), file.rows));
        let mut names: Vec<(String, u64)> = Vec::new();
        for (name, rows) in of_run {
            if !names.iter().any(|(known, _)| *known == name) {
                names.push((name, rows));
            }
        }
        for table in LedgerTable::ALL.into_iter().filter(|_| self.has_ledger()) {
            let objects = self.log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == table);
            let rows = objects.map(|object| object.rows).sum();
            let taken = names.iter().any(|(known, _)| known == table.name());
            names.push((format!("{}{}", if taken { OF_LEDGER } else { "" }, table.name()), rows));
        }
        names
    }

    fn files(&self) -> impl Iterator<Item = &TableFile> {
        self.run.iter().flat_map(|(_, manifest)| &manifest.tables)
    }

    /// Where the rows of a table stand; `None` when there is none of that name.
    fn stands(&self, name: &str) -> Option<Stands<'_>> {
        let mut files: Vec<&TableFile> = self.files().filter(|file| file.table == name).collect();
        // Parquet knows the kinds of its columns, and is read faster.
        files.sort_by_key(|file| file.file.ends_with(".csv"));
        if let (Some(file), Some((run, _))) = (files.first(), &self.run) {
            return Some(Stands::Run(run, file));
        }
        let plain = name.strip_prefix(OF_LEDGER).unwrap_or(name);
        let table = LedgerTable::ALL.into_iter().find(|table| table.name() == plain)?;
        of_ledger::ledger(self.settings).map(|ledger| Stands::Ledger(Box::new(ledger), table))
    }

    /// A table with its bytes, held against what was noted when they were written; `None` when there is none of that name.
    ///
    /// # Errors
    /// Bytes that were altered.
    pub fn table(&self, name: &str) -> Result<Option<Result<QueryTable, QueryError>>, RunError> {
        let Some(stands) = self.stands(name) else { return Ok(None) };
        Ok(Some(match stands {
            Stands::Run(run, file) => {
                let bytes = published::table(&self.target, run, file)?;
                match is_csv(file) {
                    true => QueryTable::csv(name, columns_of_run(name), bytes),
                    false => QueryTable::parquet(name, bytes),
                }
            }
            Stands::Ledger(ledger, table) => {
                QueryTable::objects(name, &columns_of(table), ledger.objects_of(&self.log, table)?)
            }
        }))
    }

    /// The columns of a table, without its rows: its file is read at the place that names them, and not held against its hash.
    ///
    /// # Errors
    /// A file that is gone.
    pub fn columns(&self, name: &str) -> Result<Option<Result<QueryTable, QueryError>>, RunError> {
        let Some(stands) = self.stands(name) else { return Ok(None) };
        Ok(Some(match stands {
            Stands::Run(run, file) => {
                let gone = || RunError::Altered { run: run.to_owned(), file: file.file.clone() };
                let opened = self.target.open_run_file(run, &file.file)?.ok_or_else(gone)?;
                match is_csv(file) {
                    true => QueryTable::header_of_csv(name, columns_of_run(name), opened),
                    false => QueryTable::header_of_parquet(name, opened),
                }
            }
            Stands::Ledger(_, table) => QueryTable::objects(name, &columns_of(table), Vec::new()),
        }))
    }
}

/// Where the rows of a table stand.
enum Stands<'a> {
    /// In a file of this run.
    Run(&'a str, &'a TableFile),
    Ledger(Box<Ledger<LocalStore>>, LedgerTable),
}

fn is_csv(file: &TableFile) -> bool {
    file.file.ends_with(".csv")
}

/// What the columns of a table of a run are.
fn columns_of_run(name: &str) -> &'static [TableColumn] {
    TABLES.iter().find(|(table, _)| *table == name).map_or(&[], |(_, columns)| columns)
}
