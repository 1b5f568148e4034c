//! What of the world a part of a run answers for. A run that is not split answers for everything.

use super::{OrderLine, Ticket, World};
use crate::bug::OrBug;
use crate::ident::Idx;

/// The part of the world that a part of a run answers for.
#[derive(Default)]
pub struct Own(Option<Part>);

struct Part {
    /// By order line.
    lines: Vec<bool>,
    /// By ticket.
    tickets: Vec<bool>,
}

impl Own {
    pub fn part(lines: Vec<bool>, tickets: Vec<bool>) -> Own {
        Own(Some(Part { lines, tickets }))
    }
}

impl World {
    #[inline]
    pub fn owns_line(&self, line: Idx<OrderLine>) -> bool {
        self.own.0.as_ref().is_none_or(|part| {
            part.lines.get(line.position()).copied().or_bug("a part knows of everything whose it is")
        })
    }

    pub fn owns_ticket(&self, ticket: Idx<Ticket>) -> bool {
        self.own.0.as_ref().is_none_or(|part| {
            part.tickets.get(ticket.position()).copied().or_bug("a part knows of everything whose it is")
        })
    }

    /// The order lines that this run, or this part of one, answers for.
    pub fn own_lines(&self) -> impl Iterator<Item = (Idx<OrderLine>, &OrderLine)> {
        self.lines.iter().filter(|(idx, _)| self.owns_line(*idx))
    }

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
