//! What a part of a run knows of what other parts have.

use std::collections::HashSet;

use super::{Customer, EntryView, Facts, World, made_key};
use crate::calendar::Date;
use crate::ident::Idx;

impl World {
    /// An entry of the id is in the exports, whether this part of a run has it or another.
    pub fn is_exported(&self, id: &str) -> bool {
        self.exported.as_ref().is_some_and(|exported| exported.has(id))
    }
}

/// The hashes of the ids of all entries, for a part of a run, which has few of the entries.
pub struct IdSet(Vec<Vec<u64>>);

impl IdSet {
    /// Of hashes in partitions by their first byte, sorted within each.
    pub fn of_sorted(partitions: Vec<Vec<u64>>) -> IdSet {
        IdSet(partitions)
    }

    /// More ids are among them.
    pub fn add<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        for hash in ids.map(|id| xxhash_rust::xxh3::xxh3_64(id.as_bytes())) {
            if let Some(hashes) = self.0.get_mut((hash >> 56) as usize)
                && let Err(at) = hashes.binary_search(&hash)
            {
                hashes.insert(at, hash);
            }
        }
    }

    fn has(&self, id: &str) -> bool {
        let hash = xxhash_rust::xxh3::xxh3_64(id.as_bytes());
        self.0.get((hash >> 56) as usize).is_some_and(|hashes| hashes.binary_search(&hash).is_ok())
    }
}

/// Hashes of the ids of entries that the ledger has covered (G9) or billed (G7), each with the root of the commercial tree of the line: whoever
/// splits a run into parts has to know them before the entries are read.
#[derive(Default)]
pub struct PostedIds(Vec<(u64, Idx<Customer>)>);

impl PostedIds {
    pub fn of(mut all: Vec<(u64, Idx<Customer>)>) -> PostedIds {
        all.sort_unstable();
        all.dedup();
        all.shrink_to_fit();
        PostedIds(all)
    }

    /// The hashes by which an id of the ledger is looked up. An id that was made of cells has a second one, of its key: rows of one key are
    /// told apart later (G6).
    pub fn hashes(id: &str) -> impl Iterator<Item = u64> {
        let key = made_key(id);
        std::iter::once(id).chain((key != id).then_some(key)).map(|text| xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The roots of the trees in which the entry of this id may have been posted. Ids that only share the hash are among them: a tree too many
    /// does no harm.
    pub fn roots(&self, id: &str, is_made: bool) -> impl Iterator<Item = Idx<Customer>> + use<'_> {
        let hash = xxhash_rust::xxh3::xxh3_64(if is_made { made_key(id) } else { id }.as_bytes());
        let from = self.0.partition_point(|(known, _)| *known < hash);
        let found = self.0.iter().skip(from).take_while(move |(known, _)| *known == hash);
        found.map(|(_, root)| *root)
    }
}

/// What closes have kept of the entries of their months (K6), as a part of a run asks for it while it reads rows of others: those that say the
/// same need no second look.
#[derive(Default)]
pub struct KeptWork {
    /// First and last day of the closed months.
    pub months: Vec<(Date, Date)>,
    /// [`work_hash`] of each entry.
    says: HashSet<u128>,
    /// Hashes of the ids.
    ids: HashSet<u64>,
}

impl KeptWork {
    pub fn add(&mut self, id: &str, says: u128) {
        self.says.insert(says);
        self.ids.insert(xxhash_rust::xxh3::xxh3_64(id.as_bytes()));
    }

    /// Whether an entry may be new or changed in a closed month.
    pub fn may_have_changed(&self, world: &World, entry: &EntryView<'_>) -> bool {
        let closed = |date: Date| self.months.iter().any(|(from, to)| (*from..=*to).contains(&date));
        let concerns =
            entry.date().is_some_and(closed) || self.ids.contains(&xxhash_rust::xxh3::xxh3_64(entry.id().as_bytes()));
        concerns && !self.says.contains(&work_hash(&mut Vec::new(), world, entry))
    }
}

/// K6: what stands for what an entry says of its work; `bytes` are used again from one to the next.
pub fn work_hash(bytes: &mut Vec<u8>, world: &World, entry: &EntryView<'_>) -> u128 {
    let ticket = entry.ticket.map_or("", |ticket| world.tickets.id(ticket));
    let line = entry.line.map_or("", |line| world.lines.id(line));
    let aside = entry.facts.has(Facts::QUARANTINED);
    said_hash(bytes, (entry.id(), ticket, line), entry.days(), entry.hours.micros(), aside)
}

/// As [`work_hash`], of an entry of which these are known: id, ticket, line, day, hours, and whether it is in quarantine.
pub fn said_hash(
    bytes: &mut Vec<u8>,
    (id, ticket, line): (&str, &str, &str),
    days: i32,
    hours: i64,
    aside: bool,
) -> u128 {
    bytes.clear();
    for text in [id, ticket, line] {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&days.to_le_bytes());
    bytes.extend_from_slice(&hours.to_le_bytes());
    bytes.push(u8::from(aside));
    xxhash_rust::xxh3::xxh3_128(bytes)
}
