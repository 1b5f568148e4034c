//! Entries that share an id (§2.12), found by the numbers that ids are ([`super::numbered`]), else by partitioned hashing: no map over all ids is
//! ever built.

use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::looked::hashes_of;
use super::numbered::{At, Numbered, is_missing};
use super::table::{conflict, settled_row};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Place, Rejected, Subject};
use crate::inputs::Input;
use crate::model::{Chunk, Entries, EntryView, Facts};

/// Partitions: each is sorted on its own, small enough for the cache.
const PARTITIONS: usize = 256;

/// Ids whose hashes are held against each other at a time, if they spread evenly: it bounds the memory for them.
const IDS_AT_ONCE: usize = 1 << 25;

/// The hashes of the ids of a chunk that fall into some partitions.
struct IdHashes {
    first: usize,
    /// Upper half: further bits of the hash, lower half: row of the chunk.
    keys: Vec<u64>,
    /// Where each of the partitions ends.
    ends: Vec<u32>,
}

impl IdHashes {
    /// Ids that are missing or cannot be trusted are left out, and those that are numbers.
    fn new(chunk: &Chunk, partitions: &Range<usize>, numbered: &Numbered) -> IdHashes {
        let first = partitions.start;
        let wanted = |hash: &u64| partitions.contains(&partition(*hash));
        let hash = |id: &str| id_hash(id).filter(wanted).filter(|_| !numbered.has(id));
        let hashes: Vec<Option<u64>> = chunk.ids.iter().map(hash).collect();
        let mut counts = vec![0_u32; partitions.len() + 1];
        for hash in hashes.iter().flatten() {
            *counts.get_mut(partition(*hash) - first + 1).or_bug("every partition is counted") += 1;
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        // Each start moves on to its partition's end as the partition fills.
        let mut starts = counts;
        let mut keys = vec![0; sum as usize];
        for (row, hash) in (0_u64..).zip(&hashes) {
            let Some(hash) = hash else { continue };
            let next = starts.get_mut(partition(*hash) - first).or_bug("every partition is counted");
            *keys.get_mut(*next as usize).or_bug("there are as many as were counted") = (hash << 32) | row;
            *next += 1;
        }
        starts.truncate(partitions.len());
        IdHashes { first, keys, ends: starts }
    }

    fn partition(&self, partition: usize) -> &[u64] {
        let partition = partition - self.first;
        let end = |partition: usize| *self.ends.get(partition).or_bug("every partition has its end") as usize;
        let start = partition.checked_sub(1).map_or(0, end);
        self.keys.get(start..end(partition)).or_bug("every partition has its keys")
    }
}

/// `None` for an id that is missing or cannot be trusted.
pub(super) fn id_hash(id: &str) -> Option<u64> {
    (!is_missing(id)).then(|| xxh3_64(id.as_bytes()))
}

fn partition(hash: u64) -> usize {
    (hash >> 56) as usize
}

/// Rows that share an id, in the order read.
struct Group {
    rows: Vec<At>,
    differ: bool,
}

/// What became of entries that share an id.
#[derive(Default)]
pub struct Marked {
    /// Rows that differ from another of their id.
    pub conflicts: Vec<Rejected>,
    pub findings: Vec<Finding>,
    /// Rows that were quarantined and are repeats now (E7); sorted.
    pub settled: Vec<Place>,
}

/// Marks the later ones of equal entries as duplicates and all of those that differ as quarantined. Where newer files win, only what
/// stands in the last file that has the id counts: it settles what was quarantined before (E7), and what was different is a finding.
///
/// `nobody`: ids are made of cells, and none of them says who worked. Then equal rows of two files may be the work of two people: they are told.
pub fn mark(entries: &mut Entries, newer_wins: bool, nobody: bool) -> Marked {
    let groups = repeated(entries.chunk_list(), IDS_AT_ONCE);
    let Marked { mut conflicts, mut findings, mut settled } = Marked::default();
    for mut group in groups {
        if newer_wins && (group.differ || quarantined(entries, &group)) {
            outdate(entries, &mut group, &mut findings, &mut settled);
        }
        if !group.differ {
            sort_by_details(entries, &mut group);
        }
        let count = group.rows.len();
        if nobody && !group.differ {
            findings.extend(of_two_files(entries, &group));
        }
        for (nth, at) in group.rows.into_iter().enumerate() {
            let facts = facts_mut(entries.chunk_list_mut(), at);
            if group.differ {
                facts.set(Facts::QUARANTINED);
                let entry = entry(entries.chunk_list(), at);
                let (id, place) = (entry.id().to_owned(), entry.place());
                let errors = vec![conflict(Input::Timesheets, &id, count)];
                conflicts.push(Rejected { input: Input::Timesheets, place, line: None, id, errors, record: None });
            } else if nth > 0 && !facts.has(Facts::QUARANTINED) {
                facts.set(Facts::DUPLICATE);
            }
        }
    }
    settled.sort_unstable();
    Marked { conflicts, findings, settled }
}

/// Rows that say the same may say otherwise what the job has no use for: what was done in words, when it began, what it costs elsewhere. Which
/// of them counts hangs on that, and not on the order of rows.
fn sort_by_details(entries: &Entries, group: &mut Group) {
    let chunks = entries.chunk_list();
    let said = |&at: &At| {
        let hash = chunks.get(at.0 as usize).and_then(|chunk| hashes_of(chunk).get(at.1 as usize));
        (entry(chunks, at).details().1, hash.copied())
    };
    group.rows.sort_by(|one, other| said(one).cmp(&said(other)));
}

/// Later rows of a group that stand in other files than the first.
fn of_two_files(entries: &Entries, group: &Group) -> Vec<Finding> {
    let (chunks, mut rows) = (entries.chunk_list(), group.rows.iter());
    let Some(first) = rows.next().map(|at| entry(chunks, *at)) else { return Vec::new() };
    let others = rows.map(|at| entry(chunks, *at)).filter(|other| other.place().file != first.place().file);
    let finding = |other: EntryView<'_>| Finding {
        code: Code::EqualRows,
        subject: Subject::Entry,
        id: other.id().to_owned(),
        message: format!(
            "{} h stand in two files in equal rows and count once, and no column says who worked: is it the work of two people?",
            other.hours
        ),
        place: Some(other.place()),
    };
    others.filter(|other| !other.facts.has(Facts::QUARANTINED)).map(finding).collect()
}

fn quarantined(entries: &Entries, group: &Group) -> bool {
    group.rows.iter().any(|&at| entry(entries.chunk_list(), at).facts.has(Facts::QUARANTINED))
}

/// All groups. Ids that are no numbers are looked at in rounds of so many, each over a part of the partitions.
fn repeated(chunks: &[Chunk], hashes_at_once: usize) -> Vec<Group> {
    let numbered = Numbered::of(chunks);
    let mut groups: Vec<Group> =
        numbered.repeated(chunks).into_iter().flat_map(|alike| groups(chunks, alike)).collect();
    if numbered.others == 0 {
        return groups;
    }
    let rounds = numbered.others.div_ceil(hashes_at_once);
    let partitions_at_once = PARTITIONS.div_ceil(rounds.clamp(1, PARTITIONS));
    for first in (0..PARTITIONS).step_by(partitions_at_once) {
        let partitions = first..PARTITIONS.min(first + partitions_at_once);
        let hashes: Vec<IdHashes> =
            chunks.par_iter().map(|chunk| IdHashes::new(chunk, &partitions, &numbered)).collect();
        let found = partitions.into_par_iter().flat_map_iter(|partition| repeated_in(chunks, &hashes, partition));
        groups.par_extend(found);
    }
    groups
}

/// Leaves the rows of the last file in a group, and marks those of files before as repeats of them.
fn outdate(entries: &mut Entries, group: &mut Group, findings: &mut Vec<Finding>, settled: &mut Vec<Place>) {
    let chunks = entries.chunk_list();
    let file = |at: At| entry(chunks, at).place().file;
    let latest = file(*group.rows.last().or_bug("a group has rows"));
    let (older, newest): (Vec<At>, Vec<At>) = group.rows.iter().partition(|at| file(**at) < latest);
    let kept = *newest.first().or_bug("the latest file has rows of it");
    let differs = |at: At| said(chunks, at) != said(chunks, kept);
    let changed = |at: &&At| differs(**at) && !entry(chunks, **at).facts.has(Facts::QUARANTINED);
    findings.extend(older.iter().filter(changed).map(|&at| difference(chunks, at, kept)));
    group.differ = newest.iter().any(|&at| differs(at));
    group.rows = newest;
    for at in older {
        let facts = facts_mut(entries.chunk_list_mut(), at);
        facts.set(Facts::DUPLICATE);
        if facts.has(Facts::QUARANTINED) {
            facts.unset(Facts::QUARANTINED);
            let entry = entry(entries.chunk_list(), at);
            settled.push(entry.place());
            findings.push(settled_row(Input::Timesheets, Subject::Entry, entry.id(), entry.place()));
        }
    }
}

const OF_CHUNKS: &str = "a row of a group is of the chunks in which it was found";

fn entry(chunks: &[Chunk], (chunk, row): At) -> EntryView<'_> {
    chunks.get(chunk as usize).and_then(|chunk| chunk.get(row as usize)).or_bug(OF_CHUNKS)
}

fn facts_mut(chunks: &mut [Chunk], (chunk, row): At) -> &mut Facts {
    chunks.get_mut(chunk as usize).and_then(|chunk| chunk.facts.get_mut(row as usize)).or_bug(OF_CHUNKS)
}

/// What an entry says otherwise than a newer file.
fn difference(chunks: &[Chunk], older: At, newer: At) -> Finding {
    let (old, new) = (entry(chunks, older), entry(chunks, newer));
    let mut said = Vec::new();
    if old.hours != new.hours {
        said.push(format!("{} h are now {} h", old.hours, new.hours));
    }
    if old.days() != new.days() {
        let date = |entry: &EntryView<'_>| entry.date().map_or("no date".to_owned(), |date| date.to_string());
        said.push(format!("{} is now {}", date(&old), date(&new)));
    }
    if old.ticket != new.ticket {
        said.push("the ticket is another".to_owned());
    }
    if old.line != new.line {
        said.push("the order line is another".to_owned());
    }
    if said.is_empty() {
        said.push("other cells differ".to_owned());
    }
    Finding {
        code: Code::NewerRow,
        subject: Subject::Entry,
        id: old.id().to_owned(),
        message: format!("`{}` was changed in a newer file: {}", old.id(), said.join(", ")),
        place: Some(old.place()),
    }
}

fn repeated_in(chunks: &[Chunk], id_hashes: &[IdHashes], partition: usize) -> Vec<Group> {
    let all = id_hashes.iter().map(|hashes| hashes.partition(partition).len()).sum();
    // Hash bits and place in one word each: (hash, chunk and row).
    let mut keys: Vec<(u32, At)> = Vec::with_capacity(all);
    for (chunk, hashes) in (0_u32..).zip(id_hashes) {
        keys.extend(hashes.partition(partition).iter().map(|&key| ((key >> 32) as u32, (chunk, key as u32))));
    }
    // Those of one hash are sorted by id and place below.
    keys.sort_unstable_by_key(|&(hash, _)| hash);
    keys.chunk_by(|a, b| a.0 == b.0)
        .filter(|alike| alike.len() > 1)
        .flat_map(|alike| groups(chunks, alike.iter().map(|(_, at)| *at).collect()))
        .collect()
}

/// Rows whose ids are told alike, by their ids: different ids may share a hash.
fn groups(chunks: &[Chunk], mut alike: Vec<At>) -> Vec<Group> {
    let chunk = |(chunk, _): At| chunks.get(chunk as usize).or_bug(OF_CHUNKS);
    let id = |at: At| chunk(at).ids.get(at.1 as usize);
    alike.sort_by(|&a, &b| id(a).cmp(id(b)).then(a.cmp(&b)));
    alike
        .chunk_by(|&a, &b| id(a) == id(b))
        .filter(|rows| rows.len() > 1)
        .map(|rows| Group {
            rows: rows.to_vec(),
            differ: rows
                .windows(2)
                .any(|pair| pair.first().map(|&at| said(chunks, at)) != pair.get(1).map(|&at| said(chunks, at))),
        })
        .collect()
}

/// Everything an entry says: its columns, and the hash of all its cells.
fn said(chunks: &[Chunk], at: At) -> impl PartialEq {
    let entry = entry(chunks, at);
    let hashes = chunks.get(at.0 as usize).map(|chunk| &chunk.row_hashes);
    let hash = *hashes.and_then(|hashes| hashes.get(at.1 as usize)).or_bug("hashes are kept until repeats are told");
    (entry.days(), entry.hours, entry.ticket, entry.line, hash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::HoursColumn;

    fn chunk(ids: &[String]) -> Chunk {
        let len = ids.len();
        let mut chunk = Chunk {
            dates: vec![None; len],
            hours: HoursColumn::of(&vec![0; len]),
            tickets: vec![None; len],
            lines: vec![None; len],
            facts: vec![Facts::default(); len],
            row_hashes: vec![0; len],
            ..Chunk::default()
        };
        ids.iter().for_each(|id| chunk.ids.push(id));
        chunk
    }

    /// Rows of one id, by a map.
    fn by_map(chunks: &[Chunk]) -> Vec<Vec<At>> {
        let mut of_id: BTreeMap<&str, Vec<At>> = BTreeMap::new();
        for (at, chunk) in (0..).zip(chunks) {
            for (row, id) in (0..).zip(chunk.ids.iter()).filter(|(_, id)| !id.trim().is_empty()) {
                of_id.entry(id).or_default().push((at, row));
            }
        }
        let mut several: Vec<Vec<At>> = of_id.into_values().filter(|rows| rows.len() > 1).collect();
        several.sort();
        several
    }

    #[test]
    fn ids_of_any_shape_are_found_again() {
        type Id = fn(u64) -> String;
        let shapes: [Id; 7] = [
            |at| format!("TS{at:07}"),
            |at| at.to_string(),
            |at| format!("{:x}", at * at),
            // As they are: longer than any number, and too few for their numbers.
            |at| format!("{:016x}-{at:04}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            |at| format!("{:012x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16),
            |at| [" ", "", "\u{a0}\t", "é"].map(str::to_owned)[at as usize % 4].clone(),
            |at| format!("ü{at}"),
        ];
        for of_shapes in 1..1_u64 << shapes.len() {
            let shapes =
                || shapes.iter().enumerate().filter(|(at, _)| of_shapes >> at & 1 == 1).map(|(_, shape)| shape);
            let id = |row: u64| {
                // Some say an id of before, in the same chunk or in another.
                let number = if row % 11 == 3 { row / 2 } else { row };
                let nth = number as usize % shapes().count();
                shapes().nth(nth).map_or_else(String::new, |shape| shape(number))
            };
            let ids: Vec<String> = (0..300).map(id).collect();
            let chunks: Vec<Chunk> = ids.chunks(70).map(chunk).collect();
            for at_once in [100, 1_000_000] {
                let mut found: Vec<Vec<At>> = repeated(&chunks, at_once).into_iter().map(|group| group.rows).collect();
                found.sort();
                assert_eq!(found, by_map(&chunks), "{of_shapes:b} {at_once}");
            }
        }
    }
}
