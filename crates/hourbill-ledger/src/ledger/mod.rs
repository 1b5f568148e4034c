//! The ledger: what has been posted, kept so that no hour is billed twice (§6).
//!
//! Content-addressed objects under `objects/` hold documents, their lines and the portions of entries; a numbered log under `log/` names
//! the objects of each commit and the hash of the entry before. Putting the next log entry under a name that must not exist is the one
//! point at which a commit happens. Before it nothing of a commit counts, after it everything is in its place.

mod act;
mod asked;
mod corrected;
mod frozen;
mod head;
mod issued;
mod log;
mod month_deeds;
mod months;
mod segment;
mod show;
mod some;
mod statements;
mod store;
mod undo;
mod unproven;
mod verify;
mod verify_issued;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

pub use act::{Actor, Done, NEVER_SENT, Plan, Planned, Proposal};
pub use frozen::{FrozenFile, FrozenInvoice, Issued, Number};
pub use issued::{IssuedDocuments, Series};
use log::Unusable;
pub use log::{
    Alias, AliasOf, DeedSums, LedgerTable, LedgerTotals, LogAction, LogActionKind, LogEntry, MonthNote, Object,
    ReadNote, name as entry_name, nothing,
};
pub use month_deeds::{closed_on, months};
pub use months::{MonthAsked, MonthClosing};
pub use segment::{Unreadable, columns_of};
pub use show::HoursMoved;
pub use store::{LocalStore, Put, Store, StoreError};
pub use unproven::Unproven;
pub use verify::Verified;

use crate::calendar::Date;
use crate::model::{World, made_key};
use crate::posted::{
    Book, Closing, ClosingSegment, Head, LedgerBatch, LedgerGroups, MadeEntry, Portions, Posted, Refused, Shut,
    Violation,
};

const LOG: &str = "log";
const OBJECTS: &str = "objects";

/// Why a command did not change the ledger, or could not read it.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in the ledger is not what was put there.
    #[error("the ledger is damaged: {}", .0.iter().map(Unproven::to_string).collect::<Vec<_>>().join("; "))]
    Damaged(Vec<Unproven>),
    /// It was written in a layout that this version does not know.
    #[error("{file} is in the format `{format}`, and this hourbill ({}) reads them up to `{}`", env!("CARGO_PKG_VERSION"), log::FORMAT_NEXT)]
    UnknownFormat { file: String, format: String },
    /// The state is another than the command needs.
    #[error("{0}")]
    Conflict(String),
    #[error("the ledger has no document `{0}`")]
    NoDocument(String),
    #[error("run {run} has no draft `{invoice}`")]
    NoDraft { run: String, invoice: String },
    /// The change would break what must hold of a ledger.
    #[error("{}", .0.iter().map(|wrong| format!("`{}`: {}", wrong.document, wrong.text)).collect::<Vec<_>>().join("; "))]
    Violates(Vec<Violation>),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("a figure is too large to be held exactly")]
    TooLarge,
}

/// Lines up to which a run holds all documents of the ledger against each other, as `verify` does: each line is kept meanwhile.
const BOOK_LINES_MAX: u64 = 250_000;

/// Segments that are held at once: one for each thread.
fn segments_at_once() -> usize {
    rayon::current_num_threads().max(1)
}

/// The objects of a commit, as bytes.
pub struct Segments(Vec<(Object, Vec<u8>)>);

impl Segments {
    /// # Errors
    /// A figure that does not fit its column.
    pub fn of(batch: &LedgerBatch) -> Result<Segments, Unreadable> {
        segment::figures_fit(batch)?;
        let mut made = vec![
            (LedgerTable::Documents, batch.documents.len(), segment::write_documents(batch)?),
            (LedgerTable::Lines, batch.lines.len(), segment::write_lines(batch)?),
        ];
        let starts: Vec<usize> = (0..batch.portions.len()).step_by(segment::PORTIONS_MAX).collect();
        let portions: Result<Vec<_>, Unreadable> = starts
            .into_par_iter()
            .map(|start| {
                let end = batch.portions.len().min(start + segment::PORTIONS_MAX);
                Ok((LedgerTable::Portions, end - start, segment::write_portions(batch, start..end)?))
            })
            .collect();
        made.extend(portions?);
        Ok(Segments(made.into_iter().map(|(table, rows, bytes)| (object(table, rows as u64, &bytes), bytes)).collect()))
    }

    /// N1: what the documents of the commit say, and the files that are put in place for them.
    pub(super) fn freeze(&mut self, invoices: &[FrozenInvoice], files: &[FrozenFile]) -> Result<(), Unreadable> {
        let mut rest = invoices;
        while !rest.is_empty() {
            let (some, more) = rest.split_at(issued::in_one_object(rest));
            let bytes = segment::write_invoices(some)?;
            self.0.push((object(LedgerTable::Invoices, some.len() as u64, &bytes), bytes));
            rest = more;
        }
        if !files.is_empty() {
            let bytes = segment::write_files(files)?;
            self.0.push((object(LedgerTable::Files, files.len() as u64, &bytes), bytes));
        }
        Ok(())
    }

    /// Each with what the log says about it.
    pub fn iter(&self) -> impl Iterator<Item = (&Object, &[u8])> {
        self.0.iter().map(|(object, bytes)| (object, bytes.as_slice()))
    }

    /// The rows that they hold.
    ///
    /// # Errors
    /// Bytes that are no such table.
    pub fn read(segments: Vec<(LedgerTable, Vec<u8>)>) -> Result<LedgerBatch, Unreadable> {
        let mut batch = LedgerBatch::default();
        for (table, bytes) in segments {
            match table {
                LedgerTable::Documents => batch.documents = segment::read_documents(bytes)?,
                LedgerTable::Lines => batch.lines = segment::read_lines(bytes, &batch.documents)?,
                LedgerTable::Portions => segment::read_portions(bytes, &mut batch)?,
                // No run proposes such.
                _ => {}
            }
        }
        Ok(batch)
    }
}

/// Makes the objects of a commit and hands them over one after another. The portions do not stand in the batch: `next` tells them in their
/// order, so many at a time.
///
/// # Errors
/// Those of `next` and `each`, and a figure that does not fit its column.
pub fn write_segments<E: From<LedgerError>>(
    batch: &LedgerBatch,
    portions: u64,
    mut next: impl FnMut(usize) -> Result<Portions, E>,
    mut each: impl FnMut(&Object, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let too_large = |_: Unreadable| E::from(LedgerError::TooLarge);
    segment::figures_fit(batch).map_err(too_large)?;
    let documents = segment::write_documents(batch).map_err(too_large)?;
    each(&object(LedgerTable::Documents, batch.documents.len() as u64, &documents), &documents)?;
    drop(documents);
    let lines = segment::write_lines(batch).map_err(too_large)?;
    each(&object(LedgerTable::Lines, batch.lines.len() as u64, &lines), &lines)?;
    drop(lines);
    let mut left = portions;
    while left > 0 {
        let rows = left.min(segment::PORTIONS_MAX as u64);
        let mut failed = None;
        let told = |rows| {
            next(rows).map_err(|error| {
                failed = Some(error);
                Unreadable::untold()
            })
        };
        let made = segment::write_portions_told(batch, usize::try_from(rows).unwrap_or(usize::MAX), told);
        let bytes = match (made, failed) {
            (Ok(bytes), _) => bytes,
            (Err(_), Some(error)) => return Err(error),
            (Err(error), None) => return Err(too_large(error)),
        };
        each(&object(LedgerTable::Portions, rows, &bytes), &bytes)?;
        left -= rows;
    }
    Ok(())
}

fn object(table: LedgerTable, rows: u64, bytes: &[u8]) -> Object {
    Object { table, blake3: blake3::hash(bytes).to_hex().to_string(), rows, bytes: bytes.len() as u64 }
}

/// What a commit says beside its documents.
struct Beyond {
    aliases: Vec<Alias>,
    month: Option<Box<MonthNote>>,
    read: Option<Box<ReadNote>>,
    /// It has lines that earlier formats do not know.
    is_newer: bool,
}

/// A ledger in a store.
pub struct Ledger<S = LocalStore> {
    store: S,
}

impl<S: Store> Ledger<S> {
    pub fn new(store: S) -> Ledger<S> {
        Ledger { store }
    }

    pub fn store(&self) -> &S {
        &self.store
    }

    /// All entries, in order.
    ///
    /// # Errors
    /// An entry that is missing, was altered, or does not name the one before it.
    pub fn log(&self) -> Result<Vec<LogEntry>, LedgerError> {
        let numbers: Vec<u64> = self.store.list(LOG)?.iter().filter_map(|file| log::sequence(file)).collect();
        let mut entries: Vec<LogEntry> = Vec::with_capacity(numbers.len());
        let mut failures = Vec::new();
        let mut previous = nothing();
        for number in numbers {
            let name = log::name(number);
            let mut failed = |text: String| failures.push(Unproven { object: name.clone(), text });
            let Some(bytes) = self.store.get(&name)? else {
                failed("it is gone".to_owned());
                continue;
            };
            let entry = match LogEntry::read(&bytes) {
                Ok(entry) => entry,
                Err(Unusable::Format(format)) => return Err(LedgerError::UnknownFormat { file: name, format }),
                Err(Unusable::Altered(text)) => {
                    failed(text);
                    continue;
                }
            };
            if entry.sequence != number {
                failed(format!("it is entry {}", entry.sequence));
            } else if entry.sequence != previous.sequence + 1 {
                failed(format!("entry {} does not stand before it", entry.sequence - 1));
            } else if entry.previous != previous.hash {
                failed("it does not name the entry before it".to_owned());
            }
            previous = entry.head();
            entries.push(entry);
        }
        if failures.is_empty() { Ok(entries) } else { Err(LedgerError::Damaged(failures)) }
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// It is missing or was altered.
    fn object(&self, object: &Object) -> Result<Vec<u8>, LedgerError> {
        let name = object.name();
        let damaged = |text: &str| LedgerError::Damaged(vec![Unproven { object: name.clone(), text: text.to_owned() }]);
        let Some(bytes) = self.store.get(&name)? else { return Err(damaged("it is gone")) };
        if bytes.len() as u64 != object.bytes || blake3::hash(&bytes).to_hex().as_str() != object.blake3 {
            return Err(damaged("it was altered: its hash does not fit"));
        }
        Ok(bytes)
    }

    /// The committed objects of a table, in the order of the log: Parquet files.
    ///
    /// # Errors
    /// One that is missing or was altered.
    pub fn objects_of(&self, log: &[LogEntry], table: LedgerTable) -> Result<Vec<Vec<u8>>, LedgerError> {
        let objects = log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == table);
        objects.map(|object| self.object(object)).collect()
    }

    /// The rows of one commit; without its portions unless they are wanted.
    fn batch(&self, entry: &LogEntry, with_portions: bool) -> Result<LedgerBatch, LedgerError> {
        let mut batch = LedgerBatch::default();
        let wanted =
            |object: &&Object| object.table.bills() && (with_portions || object.table != LedgerTable::Portions);
        for object in entry.objects.iter().filter(wanted) {
            let bytes = self.object(object)?;
            let read = match object.table {
                LedgerTable::Documents => segment::read_documents(bytes).map(|documents| batch.documents = documents),
                LedgerTable::Lines => segment::read_lines(bytes, &batch.documents).map(|lines| batch.lines = lines),
                LedgerTable::Portions => segment::read_portions(bytes, &mut batch),
                _ => Ok(()),
            };
            read.map_err(|error| unreadable(object, &error))?;
        }
        Ok(batch)
    }

    /// All rows of one commit.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn rows(&self, entry: &LogEntry) -> Result<LedgerBatch, LedgerError> {
        self.batch(entry, true)
    }

    /// All documents and lines.
    ///
    /// # Errors
    /// Anything that was altered, or does not satisfy what a ledger must.
    pub fn book(&self, log: &[LogEntry]) -> Result<Book, LedgerError> {
        let mut book = Book::default();
        for entry in log {
            // Portions are held against their lines by `verify` and before they are posted.
            let mut batch = self.batch(entry, false)?;
            batch.portions = Portions::default();
            let violations = book.add_documents(entry.sequence, &batch);
            if !violations.is_empty() {
                return Err(LedgerError::Damaged(verify::failures(entry, violations)));
            }
        }
        Ok(book)
    }

    /// What a run sees of the ledger (G1, B2, B3, D3).
    ///
    /// # Errors
    /// Anything that was altered: nothing is billed on such ground.
    pub fn posted(&self, world: &World) -> Result<Posted, LedgerError> {
        self.seen(world, false)
    }

    /// The same, and on which documents hours of entries stand (E2).
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn posted_with_documents(&self, world: &World) -> Result<Posted, LedgerError> {
        self.seen(world, true)
    }

    fn seen(&self, world: &World, with_documents: bool) -> Result<Posted, LedgerError> {
        let log = self.log()?;
        let head = log.last().map_or_else(nothing, LogEntry::head);
        let mut closing = Closing::new(world, head);
        let of_lines = |alias: &&Alias| alias.of == AliasOf::OrderLine;
        for alias in log.iter().flat_map(|entry| &entry.aliases).filter(of_lines) {
            closing.same_line(&alias.known, &alias.now);
        }
        for (now, known, _) in world.adjustments.lines_same_as() {
            closing.same_line(known, world.lines.id(now));
        }
        for entry in &log {
            self.meet_documents(entry, &mut closing)?;
        }
        closing.renamed(log::names_of(log::recorded(&log), AliasOf::Entry));
        if log.iter().map(|entry| entry.totals.lines).fold(0, u64::saturating_add) <= BOOK_LINES_MAX {
            self.book(&log)?;
        }
        let portions: Vec<&Object> = log
            .iter()
            .flat_map(|entry| &entry.objects)
            .filter(|object| object.table == LedgerTable::Portions)
            .collect();
        let mut summed = verify::Summed::new(&log);
        for objects in portions.chunks(segments_at_once()) {
            let segments = self.closing(objects, with_documents)?;
            let of = |segment: &ClosingSegment| (segment.portions.len() as u64, segment.portions.sum());
            let sums: Vec<_> = segments.par_iter().map(of).collect();
            sums.into_iter().for_each(|(rows, hours)| summed.add(rows, hours));
            closing.portions(&segments).ok_or(LedgerError::TooLarge)?;
        }
        summed.finish()?;
        if closing.wants_said() {
            for objects in portions.chunks(segments_at_once()) {
                let said = objects.par_iter().map(|object| {
                    let said = segment::read_said(self.object(object)?, |id| closing.wants_said_of(id));
                    said.map_err(|error| unreadable(object, &error))
                });
                for said in said.collect::<Result<Vec<Portions>, LedgerError>>()? {
                    closing.said(&said);
                }
            }
        }
        let mut posted = closing.finish().ok_or(LedgerError::TooLarge)?;
        posted.corrected = self.corrected(&log, &posted.suspects(world))?;
        self.asked(&log, world, &mut posted)?;
        posted.months = months(&log);
        posted.shut = Shut::of(&posted.months, world);
        Ok(posted)
    }

    /// What the entries of some keys said when they were posted last (G6), by id.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn made(&self, keys: &BTreeSet<String>) -> Result<BTreeMap<String, MadeEntry>, LedgerError> {
        let mut made = BTreeMap::new();
        let log = self.log()?;
        for object in log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == LedgerTable::Portions)
        {
            let read = segment::read_made(self.object(object)?, |id| keys.contains(made_key(id)), &mut made);
            read.map_err(|error| unreadable(object, &error))?;
        }
        Ok(made)
    }

    /// M3, M6: hours of groups, of the order lines that `line_of` names: what each is called now. `with_packs`: those of packs, too (M7).
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn groups(
        &self,
        log: &[LogEntry],
        line_of: &dyn Fn(&str) -> Option<String>,
        with_packs: bool,
    ) -> Result<LedgerGroups, LedgerError> {
        let mut groups = LedgerGroups::new(with_packs);
        let names = log::names_of(log::recorded(log), AliasOf::Entry);
        let entry_of = |id: &str| names.now(id).to_owned();
        for entry in log {
            groups.add(&self.batch(entry, true)?, line_of, &entry_of);
        }
        Ok(groups)
    }

    fn meet_documents(&self, entry: &LogEntry, closing: &mut Closing<'_>) -> Result<(), LedgerError> {
        let on = Date::parse(&entry.deed.at);
        for object in &entry.objects {
            let failed = |error: Unreadable| unreadable(object, &error);
            match object.table {
                LedgerTable::Documents => {
                    segment::read_document_parties(self.object(object)?, |id, source, kind, parties| {
                        closing.document(id, source, kind, parties, on);
                    })
                    .map_err(failed)?;
                }
                LedgerTable::Lines => {
                    let mut fits = true;
                    let read = segment::read_line_facts(self.object(object)?, |line| {
                        fits &= closing.line(line).is_some();
                        Ok(())
                    });
                    read.map_err(failed)?;
                    if !fits {
                        return Err(LedgerError::TooLarge);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The portions of some objects, read side by side, in their order.
    fn closing(&self, objects: &[&Object], with_documents: bool) -> Result<Vec<ClosingSegment>, LedgerError> {
        objects
            .par_iter()
            .map(|object| {
                let read = segment::read_closing(self.object(object)?, with_documents);
                read.map_err(|error| unreadable(object, &error))
            })
            .collect()
    }

    /// Puts the objects, reads them back, and commits: afterwards the deed is done, or nothing has happened.
    ///
    /// # Errors
    /// A conflict when somebody else has committed since `head`.
    fn commit(
        &self,
        head: &Head,
        deed: LogAction,
        totals: LedgerTotals,
        beyond: Beyond,
        segments: &Segments,
    ) -> Result<Head, LedgerError> {
        let _guard = self.store.begin()?;
        for (object, bytes) in segments.iter() {
            self.store.put_if_absent(&object.name(), bytes)?;
        }
        let objects: Vec<Object> = segments.iter().map(|(object, _)| object.clone()).collect();
        for object in &objects {
            self.object(object)?;
        }
        let Beyond { aliases, month, read, is_newer } = beyond;
        let entry = LogEntry::new(head, deed, objects, totals, aliases).about(month).of_run(read, is_newer);
        match self.store.put_if_absent(&log::name(entry.sequence), &entry.bytes())? {
            Put::Written => Ok(entry.head()),
            Put::Present => Err(LedgerError::Conflict(format!(
                "another command has committed entry {} of the ledger meanwhile",
                entry.sequence
            ))),
        }
    }
}

fn unreadable(object: &Object, error: &Unreadable) -> LedgerError {
    LedgerError::Damaged(vec![Unproven { object: object.name(), text: error.to_string() }])
}

#[cfg(test)]
mod tests;
