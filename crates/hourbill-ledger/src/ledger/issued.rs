//! What documents say, frozen when they are posted (N1), and the numbers that they were given (N3, N4).

use std::collections::{BTreeMap, HashMap};

use super::frozen::{FrozenFile, FrozenInvoice, Issued};
use super::log::{LedgerTable, LogEntry};
use super::{Ledger, LedgerError, Object, Store, segment, unreadable};
use crate::calendar::Date;

/// Bytes of what documents say that one object holds; one document may have more.
const OBJECT_BYTES: usize = 64 << 20;

/// What a series has so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    pub last: u64,
    /// The newest date of its documents.
    pub newest: Date,
}

/// Every document that was frozen, in the order of the commits.
#[derive(Clone, Debug, Default)]
pub struct IssuedDocuments {
    all: Vec<Issued>,
    newest: HashMap<String, usize>,
    by_number: HashMap<String, String>,
    series: BTreeMap<String, Series>,
}

impl IssuedDocuments {
    fn add(&mut self, issued: Issued) {
        if let Some(number) = &issued.number {
            self.by_number.insert(number.text.clone(), issued.document.clone());
            let series = self.series.entry(number.series.clone());
            let of = series.or_insert(Series { last: number.seq, newest: issued.issue_date });
            of.last = of.last.max(number.seq);
            of.newest = of.newest.max(issued.issue_date);
        }
        self.newest.insert(issued.document.clone(), self.all.len());
        self.all.push(issued);
    }

    /// The newest version of each, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Issued> {
        let newest = |(at, of): &(usize, &Issued)| self.newest.get(&of.document) == Some(at);
        self.all.iter().enumerate().filter(newest).map(|(_, of)| of)
    }

    /// The newest version of a document.
    pub fn find(&self, document: &str) -> Option<&Issued> {
        self.all.get(*self.newest.get(document)?)
    }

    /// The id of the document with a number (N10).
    pub fn numbered(&self, number: &str) -> Option<&str> {
        self.by_number.get(number).map(String::as_str)
    }

    pub fn series(&self, series: &str) -> Option<Series> {
        self.series.get(series).copied()
    }
}

/// How many of some documents, from the first on, go into one object.
pub(super) fn in_one_object(invoices: &[FrozenInvoice]) -> usize {
    let mut bytes = 0;
    let fits = |invoice: &&FrozenInvoice| {
        bytes += invoice.json.len();
        bytes <= OBJECT_BYTES
    };
    invoices.iter().take_while(fits).count().max(1)
}

impl<S: Store> Ledger<S> {
    /// Every document that was frozen.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn issued(&self, log: &[LogEntry]) -> Result<IssuedDocuments, LedgerError> {
        let mut all = IssuedDocuments::default();
        for entry in log {
            for object in objects(entry, LedgerTable::Invoices) {
                let each = |issued: Issued| all.add(Issued { sequence: entry.sequence, ..issued });
                let read = segment::read_issued(self.object(object)?, each);
                read.map_err(|error| unreadable(object, &error))?;
            }
        }
        Ok(all)
    }

    /// What some documents of a commit say, in the order of the commit.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn frozen(
        &self,
        entry: &LogEntry,
        wanted: impl Fn(&Issued) -> bool,
    ) -> Result<Vec<FrozenInvoice>, LedgerError> {
        let mut found = Vec::new();
        for object in objects(entry, LedgerTable::Invoices) {
            let read = segment::read_invoices(self.object(object)?, |mut frozen| {
                frozen.issued.sequence = entry.sequence;
                if wanted(&frozen.issued) {
                    found.push(frozen);
                }
            });
            read.map_err(|error| unreadable(object, &error))?;
        }
        Ok(found)
    }

    /// What a document says, by its newest version; `None`: nothing was frozen for it.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn frozen_of(&self, log: &[LogEntry], issued: &Issued) -> Result<Option<FrozenInvoice>, LedgerError> {
        let Some(entry) = log.iter().find(|entry| entry.sequence == issued.sequence) else { return Ok(None) };
        let same = |of: &Issued| of.document == issued.document && of.version == issued.version;
        Ok(self.frozen(entry, same)?.into_iter().next())
    }

    /// The files that were put in place for a commit.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn files(&self, entry: &LogEntry) -> Result<Vec<FrozenFile>, LedgerError> {
        let mut files = Vec::new();
        for object in objects(entry, LedgerTable::Files) {
            let read = segment::read_files(self.object(object)?, |file| files.push(file));
            read.map_err(|error| unreadable(object, &error))?;
        }
        Ok(files)
    }

    /// N10: the id of a document that is called by it or by its number.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn id_of(&self, called: &str) -> Result<String, LedgerError> {
        let log = self.log()?;
        if self.book(&log)?.find(called).is_some() {
            return Ok(called.to_owned());
        }
        Ok(self.issued(&log)?.numbered(called).unwrap_or(called).to_owned())
    }
}

fn objects(entry: &LogEntry, table: LedgerTable) -> impl Iterator<Item = &Object> {
    entry.objects.iter().filter(move |object| object.table == table)
}
