//! Proves a ledger: the chain, every hash, every invariant (G3).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::log::{self, Alias, AliasOf, LedgerTable, LedgerTotals, LogEntry, nothing};
use super::unproven::Unproven;
use super::verify_issued::Numbers;
use super::{LOG, Ledger, LedgerError, OBJECTS, Store};
use crate::bug::OrBug;
use crate::posted::{AliasNames, Book, Bounds, DocumentKind, Effect, Excess, Head, LedgerBatch, Portions, Violation};
use crate::quantity::HoursSum;

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub head: Head,
    pub objects: u64,
    pub documents: u64,
    /// What posts keep beside documents: hours that are covered, held or were closed before.
    pub notes: u64,
    pub portions: u64,
    /// Files that no entry names: a command that was killed before its commit left them. They are harmless.
    pub unused: Vec<String>,
}

/// Violations of one entry's documents.
pub(super) fn failures(entry: &LogEntry, violations: Vec<Violation>) -> Vec<Unproven> {
    let object = |document: &str| format!("{} document `{document}`", log::name(entry.sequence));
    violations.into_iter().map(|wrong| Unproven { object: object(&wrong.document), text: wrong.text }).collect()
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
            failed.push(Unproven { object: LOG.to_owned(), text });
        }
        let mut book = Book::default();
        let mut proof = Proof::default();
        let mut numbers = Numbers::default();
        for entry in &log {
            match self.batch(entry, true) {
                Err(LedgerError::Damaged(failures)) => failed.extend(failures),
                Err(error) => return Err(error),
                Ok(batch) => {
                    let violations = book.add(entry.sequence, &batch);
                    failed.extend(failures(entry, violations));
                    if LedgerTotals::of(&batch).as_ref() != Some(&entry.totals) {
                        let text = "its totals are not those of its objects".to_owned();
                        failed.push(Unproven { object: log::name(entry.sequence), text });
                    }
                    match self.frozen(entry, |_| true).and_then(|frozen| Ok((frozen, self.files(entry)?))) {
                        Ok((frozen, _)) => failed.extend(numbers.add(entry, &frozen, &batch.documents)),
                        Err(LedgerError::Damaged(failures)) => failed.extend(failures),
                        Err(error) => return Err(error),
                    }
                    for object in &entry.objects {
                        proof.rows.entry(entry.sequence).or_default().insert(object.name());
                    }
                    proof.add((entry.sequence, entry.deed.kind.takes_back()), batch);
                }
            }
        }
        failed.extend(self.months_unproven(&log)?);
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
        let (notes, documents): (Vec<_>, Vec<_>) =
            book.entries().iter().partition(|entry| entry.document.kind.is_note());
        Ok(Verified {
            head,
            objects: named.len() as u64,
            documents: documents.len() as u64,
            notes: notes.len() as u64,
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
        let objects =
            |entry: &LogEntry| entry.objects.iter().filter(|object| object.table == LedgerTable::Portions).count();
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
        let failure = |(entry, _): (&LogEntry, _)| Unproven {
            object: log::name(entry.sequence),
            text: "its totals are not those of its objects".to_owned(),
        };
        let failures: Vec<Unproven> = self.log.iter().zip(self.sums).filter(other).map(failure).collect();
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
    takes_back: bool,
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
    fn add(&mut self, (sequence, takes_back): (u64, bool), batch: LedgerBatch) {
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
            let next = u32::try_from(self.originals.len()).ok().or_bug("there are fewer than 2^32 documents");
            let original = *self.originals.entry(original).or_insert(next);
            lines.push(Taken { effect, original, undoes: kind == Some(DocumentKind::Undo) });
        }
        self.commits.push(Commit { sequence, takes_back, portions: batch.portions, lines });
    }

    /// Every entry keeps its bounds after every commit, and nothing is taken back of a line that was not billed there.
    fn failures(&self, log: &[LogEntry]) -> Vec<Unproven> {
        // Rows of the same work stand together, whatever its ids were (G5).
        let same = Same::of(log);
        let mut rows: Vec<(u64, u32, u32)> = self
            .commits
            .par_iter()
            .enumerate()
            .flat_map_iter(|(commit, of)| {
                let (commit, same) = (u32::try_from(commit).ok().or_bug("there are fewer than 2^32 commits"), &same);
                let ids = (0_u32..).zip(of.portions.ids.iter());
                ids.map(move |(row, id)| (xxh3_64(same.first(id).as_bytes()), commit, row))
            })
            .collect();
        rows.par_sort_unstable();
        let groups: Vec<&[(u64, u32, u32)]> = rows.chunk_by(|a, b| a.0 == b.0).collect();
        let alike = |rows: &&[(u64, u32, u32)]| self.alike(&same, rows);
        let mut found: Vec<(u64, String)> = groups.par_iter().flat_map_iter(alike).collect();
        found.sort();
        found.dedup();
        let name =
            |sequence: u64| log.iter().find(|entry| entry.sequence == sequence).map(|entry| log::name(entry.sequence));
        found
            .into_iter()
            .map(|(sequence, text)| Unproven { object: name(sequence).unwrap_or_default(), text })
            .collect()
    }

    fn id(&self, (_, commit, row): (u64, u32, u32)) -> &str {
        self.commits.get(commit as usize).map_or("", |commit| commit.portions.ids.get(row as usize))
    }

    /// Rows whose ids hash alike, in the order committed.
    fn alike(&self, same: &Same<'_>, rows: &[(u64, u32, u32)]) -> Vec<(u64, String)> {
        let mut rows = rows.to_vec();
        let first = |row: &(u64, u32, u32)| same.first(self.id(*row));
        rows.sort_by(|a, b| first(a).cmp(first(b)).then(a.cmp(b)));
        rows.chunk_by(|a, b| first(a) == first(b)).flat_map(|rows| self.one_work(same, rows)).collect()
    }

    fn one_work(&self, same: &Same<'_>, rows: &[(u64, u32, u32)]) -> Vec<(u64, String)> {
        let mut found = Vec::new();
        let mut ids: BTreeMap<&str, OfId> = BTreeMap::new();
        let mut names = same.of_family(rows.first().map_or("", |row| self.id(*row)));
        for of_commit in rows.chunk_by(|a, b| a.1 == b.1) {
            let commit = of_commit.first().and_then(|row| self.commits.get(row.1 as usize));
            let commit = commit.or_bug("a row is of a commit");
            names.learn(commit.sequence);
            let touched: BTreeSet<&str> = of_commit.iter().map(|row| self.id(*row)).collect();
            let before: Vec<Excess> = touched.iter().map(|id| excess(&ids, &names.known, id)).collect();
            for &row in of_commit {
                let id = self.id(row);
                found.extend(ids.entry(id).or_default().add(id, commit, row.2 as usize));
            }
            for (id, before) in touched.into_iter().zip(before) {
                if !before.may_become(&excess(&ids, &names.known, id), commit.takes_back) {
                    let text = format!("more hours of entry `{id}` are closed than it had, or fewer than none");
                    found.push((commit.sequence, text));
                }
            }
        }
        found
    }
}

/// What is closed beyond the bounds of an entry. Covered hours are looked at when they are posted and taken back.
fn excess(ids: &BTreeMap<&str, OfId>, names: &AliasNames, id: &str) -> Excess {
    let own = ids.get(id).map_or(0, |of| of.bounds.excess());
    if names.is_empty() {
        return Excess { own, all: own, covered: 0 };
    }
    let mut all = Bounds::default();
    names.family(id).filter_map(|id| ids.get(id)).for_each(|of| all.join(&of.bounds));
    Excess { own, all: all.excess(), covered: 0 }
}

/// What the ledger has of one id.
#[derive(Default)]
struct OfId {
    bounds: Bounds,
    lefts: Vec<LeftOf>,
}

impl OfId {
    /// A portion follows; what is wrong with it.
    fn add(&mut self, id: &str, commit: &Commit, row: usize) -> Option<(u64, String)> {
        let of = commit.portions.at(row);
        let (hours, known) = (of.hours, of.known);
        let &Taken { effect, original, undoes } = commit.lines.get(of.line as usize).or_bug("a portion is on a line");
        self.bounds.add(effect, hours, known);
        let hours = i128::from(hours);
        let Some(of) = self.lefts.iter_mut().find(|of| of.original == original) else {
            self.lefts.push(LeftOf { original, billed: hours, left: hours });
            return None;
        };
        let (before, after) = (of.left, of.left + hours);
        let most = if undoes { of.billed } else { before };
        if effect == Effect::Billed {
            of.billed += hours;
        }
        of.left = after;
        let broken = effect != Effect::Billed && !(most.min(0)..=most.max(0)).contains(&after);
        let what = if undoes { "given back than was taken" } else { "taken back than is left" };
        broken.then(|| (commit.sequence, format!("more of entry `{id}` is {what}")))
    }
}

/// Ids that some post has recorded as those of the same work (G5), now or before.
struct Same<'a> {
    /// One of them for all.
    first: HashMap<&'a str, &'a str>,
    /// By that one, what was recorded, and by which commit.
    told: HashMap<&'a str, Vec<(u64, &'a Alias)>>,
}

impl<'a> Same<'a> {
    fn of(log: &'a [LogEntry]) -> Same<'a> {
        let of_entries = |alias: &&Alias| alias.of == AliasOf::Entry;
        let told = |entry: &'a LogEntry| entry.aliases.iter().filter(of_entries).map(|alias| (entry.sequence, alias));
        let all: Vec<(u64, &Alias)> = log.iter().flat_map(told).collect();
        let mut families: Vec<Vec<&str>> = Vec::new();
        let mut of_id: HashMap<&str, usize> = HashMap::new();
        for (_, alias) in &all {
            let ids = [alias.known.as_str(), alias.now.as_str()];
            let [known, now] = ids.map(|id| {
                *of_id.entry(id).or_insert_with(|| {
                    families.push(vec![id]);
                    families.len() - 1
                })
            });
            if known == now {
                continue;
            }
            // The smaller goes into the larger one.
            let size = |at: usize| families.get(at).map_or(0, Vec::len);
            let (small, large) = if size(known) < size(now) { (known, now) } else { (now, known) };
            let moved = families.get_mut(small).map(std::mem::take).or_bug("both are families");
            moved.iter().for_each(|id| _ = of_id.insert(id, large));
            families.get_mut(large).into_iter().for_each(|family| family.extend(&moved));
        }
        let mut first = HashMap::new();
        // One that went into another is empty.
        for family in families.iter().filter(|family| !family.is_empty()) {
            let least = family.iter().min().copied().or_bug("a family has members");
            first.extend(family.iter().map(|id| (*id, least)));
        }
        let mut told: HashMap<&str, Vec<(u64, &Alias)>> = HashMap::new();
        for (sequence, alias) in all {
            let of = first.get(alias.now.as_str()).copied().unwrap_or_default();
            told.entry(of).or_default().push((sequence, alias));
        }
        Same { first, told }
    }

    fn first<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        if self.first.is_empty() { id } else { self.first.get(id).copied().unwrap_or(id) }
    }

    fn of_family(&self, id: &str) -> Learned<'_, 'a> {
        let told = self.first.get(id).and_then(|first| self.told.get(first));
        Learned { known: AliasNames::default(), rest: told.map(Vec::as_slice).unwrap_or_default() }
    }
}

/// What was recorded of the ids of some work up to a commit.
struct Learned<'a, 'b> {
    known: AliasNames,
    rest: &'a [(u64, &'b Alias)],
}

impl Learned<'_, '_> {
    /// Up to this commit.
    fn learn(&mut self, sequence: u64) {
        while let Some(((of, alias), rest)) = self.rest.split_first()
            && *of <= sequence
        {
            self.known.add(&alias.known, &alias.now);
            self.rest = rest;
        }
    }
}
