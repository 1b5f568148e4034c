//! Proves a ledger: the chain, every hash, every invariant (G3).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::log::{self, LogEntry, Table, Totals, nothing};
use super::{LOG, Ledger, LedgerError, OBJECTS, Store};
use crate::posted::{Batch, Book, Bounds, DocumentKind, Effect, Head, Portions, Violation};
use crate::quantity::HoursSum;

/// Something that is not as it should be, and what it is found in: a file, or a document of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub object: String,
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.text)
    }
}

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub head: Head,
    pub objects: u64,
    pub documents: u64,
    pub portions: u64,
    /// Files that no entry names: a command that was killed before its commit left them. They are harmless.
    pub unused: Vec<String>,
}

/// Violations of one entry's documents.
pub(super) fn failures(entry: &LogEntry, violations: Vec<Violation>) -> Vec<Failure> {
    let object = |document: &str| format!("{} document `{document}`", log::name(entry.sequence));
    violations.into_iter().map(|wrong| Failure { object: object(&wrong.document), text: wrong.text }).collect()
}

impl<S: Store> Ledger<S> {
    /// Reads everything and holds it against everything. `expected` is the hash of a head that was noted before: the ledger must still
    /// contain it, or end with it when `last` is set.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] with every failure found.
    pub fn verify(&self, expected: Option<&str>) -> Result<Verified, LedgerError> {
        let log = self.log()?;
        let head = log.last().map_or_else(nothing, LogEntry::head);
        let mut failed = Vec::new();
        if let Some(expected) = expected
            && expected != head.hash
        {
            let text = format!("the newest entry is {} with hash {}, not {expected}", head.sequence, head.hash);
            failed.push(Failure { object: LOG.to_owned(), text });
        }
        let mut book = Book::default();
        let mut proof = Proof::default();
        for entry in &log {
            match self.batch(entry, true) {
                Err(LedgerError::Damaged(failures)) => failed.extend(failures),
                Err(error) => return Err(error),
                Ok(batch) => {
                    let violations = book.add(entry.sequence, &batch);
                    failed.extend(failures(entry, violations));
                    if Totals::of(&batch).as_ref() != Some(&entry.totals) {
                        let text = "its totals are not those of its objects".to_owned();
                        failed.push(Failure { object: log::name(entry.sequence), text });
                    }
                    for object in &entry.objects {
                        proof.rows.entry(entry.sequence).or_default().insert(object.name());
                    }
                    proof.add(entry.sequence, batch);
                }
            }
        }
        failed.extend(proof.failures(&log));
        let named: BTreeSet<String> = proof.rows.into_values().flatten().collect();
        let unused: Vec<String> = self
            .store
            .list(OBJECTS)?
            .into_iter()
            .map(|file| format!("{OBJECTS}/{file}"))
            .filter(|name| !named.contains(name))
            .collect();
        if !failed.is_empty() {
            return Err(LedgerError::Damaged(failed));
        }
        Ok(Verified {
            head,
            objects: named.len() as u64,
            documents: book.entries().len() as u64,
            portions: log.iter().map(|entry| entry.totals.portions).sum(),
            unused,
        })
    }
}

/// Portions and hours of each commit, as they are read in the order of the log, against the totals of its entry.
pub(super) struct Summed<'a> {
    log: &'a [LogEntry],
    /// Of each commit: objects with portions, portions, hours.
    sums: Vec<(usize, u64, HoursSum)>,
    /// The commit that is read, and objects of it that were.
    at: (usize, usize),
}

impl<'a> Summed<'a> {
    pub fn new(log: &'a [LogEntry]) -> Summed<'a> {
        let objects = |entry: &LogEntry| entry.objects.iter().filter(|object| object.table == Table::Portions).count();
        Summed { log, sums: log.iter().map(|entry| (objects(entry), 0, HoursSum::ZERO)).collect(), at: (0, 0) }
    }

    /// The next object follows.
    pub fn add(&mut self, of_rows: u64, of_hours: HoursSum) {
        while self.sums.get(self.at.0).is_some_and(|(objects, _, _)| self.at.1 >= *objects) {
            self.at = (self.at.0 + 1, 0);
        }
        self.at.1 += 1;
        if let Some((_, rows, hours)) = self.sums.get_mut(self.at.0) {
            *rows += of_rows;
            *hours += of_hours;
        }
    }

    /// # Errors
    /// [`LedgerError::Damaged`] with every entry whose totals are others.
    pub fn finish(self) -> Result<(), LedgerError> {
        let other = |(entry, (_, rows, hours)): &(&LogEntry, (usize, u64, HoursSum))| {
            entry.totals.portions != *rows || entry.totals.microseconds != hours.micros().to_string()
        };
        let failure = |(entry, _): (&LogEntry, _)| Failure {
            object: log::name(entry.sequence),
            text: "its totals are not those of its objects".to_owned(),
        };
        let failures: Vec<Failure> = self.log.iter().zip(self.sums).filter(other).map(failure).collect();
        if failures.is_empty() { Ok(()) } else { Err(LedgerError::Damaged(failures)) }
    }
}

/// The portions of all commits, for what must hold of each entry.
#[derive(Default)]
struct Proof {
    commits: Vec<Commit>,
    /// A number for each document line from which can be taken back.
    originals: HashMap<(String, u32), u32>,
    /// The line that a line of a credit takes back from.
    credited: HashMap<(String, u32), (String, u32)>,
    rows: BTreeMap<u64, BTreeSet<String>>,
}

struct Commit {
    sequence: u64,
    portions: Portions,
    lines: Vec<Taken>,
}

/// What the portions of a line do.
#[derive(Clone, Copy)]
struct Taken {
    effect: Effect,
    /// The line that billed them.
    original: u32,
    /// What was taken back is left again.
    undoes: bool,
}

/// Hours of an entry on one line that billed it.
struct LeftOf {
    original: u32,
    billed: i128,
    left: i128,
}

impl Proof {
    fn add(&mut self, sequence: u64, batch: Batch) {
        let mut lines = Vec::with_capacity(batch.lines.len());
        for line in &batch.lines {
            let document = batch.document_of(line);
            let effect = document.map_or(Effect::Billed, |document| document.effect);
            let original = match (document.and_then(|document| document.source.clone()), line.source_line) {
                (Some(source), Some(line_no)) => {
                    let of = (source, line_no);
                    self.credited.get(&of).cloned().unwrap_or(of)
                }
                _ => (document.map(|document| document.id.clone()).unwrap_or_default(), line.line_no),
            };
            let kind = document.map(|document| document.kind);
            if let Some(document) = document.filter(|document| document.credits()) {
                self.credited.insert((document.id.clone(), line.line_no), original.clone());
            }
            let next = u32::try_from(self.originals.len()).unwrap_or(u32::MAX);
            let original = *self.originals.entry(original).or_insert(next);
            lines.push(Taken { effect, original, undoes: kind == Some(DocumentKind::Undo) });
        }
        self.commits.push(Commit { sequence, portions: batch.portions, lines });
    }

    /// Every entry keeps its bounds after every commit, and nothing is taken back of a line that was not billed there.
    fn failures(&self, log: &[LogEntry]) -> Vec<Failure> {
        let mut rows: Vec<(u64, u32, u32)> = self
            .commits
            .par_iter()
            .enumerate()
            .flat_map_iter(|(commit, of)| {
                let commit = u32::try_from(commit).unwrap_or(u32::MAX);
                (0_u32..).zip(of.portions.ids.iter()).map(move |(row, id)| (xxh3_64(id.as_bytes()), commit, row))
            })
            .collect();
        rows.par_sort_unstable();
        let groups: Vec<&[(u64, u32, u32)]> = rows.chunk_by(|a, b| a.0 == b.0).collect();
        let mut found: Vec<(u64, String)> = groups.par_iter().flat_map_iter(|alike| self.alike(alike)).collect();
        found.sort();
        found.dedup();
        let name =
            |sequence: u64| log.iter().find(|entry| entry.sequence == sequence).map(|entry| log::name(entry.sequence));
        found.into_iter().map(|(sequence, text)| Failure { object: name(sequence).unwrap_or_default(), text }).collect()
    }

    fn id(&self, (_, commit, row): (u64, u32, u32)) -> &str {
        self.commits.get(commit as usize).map_or("", |commit| commit.portions.ids.get(row as usize))
    }

    /// Rows whose ids hash alike, in the order committed.
    fn alike(&self, rows: &[(u64, u32, u32)]) -> Vec<(u64, String)> {
        let mut rows = rows.to_vec();
        rows.sort_by(|a, b| self.id(*a).cmp(self.id(*b)).then(a.cmp(b)));
        rows.chunk_by(|a, b| self.id(*a) == self.id(*b)).flat_map(|rows| self.one_entry(rows)).collect()
    }

    fn one_entry(&self, rows: &[(u64, u32, u32)]) -> Vec<(u64, String)> {
        let mut found = Vec::new();
        let mut bounds = Bounds::default();
        let mut lefts: Vec<LeftOf> = Vec::new();
        for of_commit in rows.chunk_by(|a, b| a.1 == b.1) {
            let Some(commit) = of_commit.first().and_then(|row| self.commits.get(row.1 as usize)) else { continue };
            for &(_, _, row) in of_commit {
                let row = row as usize;
                let number = |column: &[i64]| column.get(row).copied().unwrap_or(0);
                let (hours, known) = (number(&commit.portions.hours), number(&commit.portions.known));
                let line = commit.portions.lines.get(row).and_then(|&line| commit.lines.get(line as usize));
                let Some(&Taken { effect, original, undoes }) = line else { continue };
                bounds.add(effect, hours, known);
                let hours = i128::from(hours);
                let Some(of) = lefts.iter_mut().find(|of| of.original == original) else {
                    lefts.push(LeftOf { original, billed: hours, left: hours });
                    continue;
                };
                let (before, after) = (of.left, of.left + hours);
                let most = if undoes { of.billed } else { before };
                if effect != Effect::Billed && !(most.min(0)..=most.max(0)).contains(&after) {
                    let id = rows.first().map_or("", |row| self.id(*row));
                    let what = if undoes { "given back than was taken" } else { "taken back than is left" };
                    found.push((commit.sequence, format!("more of entry `{id}` is {what}")));
                }
                if effect == Effect::Billed {
                    of.billed += hours;
                }
                of.left = after;
            }
            if !bounds.hold() {
                let id = rows.first().map_or("", |row| self.id(*row));
                let text = format!("more hours of entry `{id}` are closed than it had, or fewer than none");
                found.push((commit.sequence, text));
            }
        }
        found
    }
}
