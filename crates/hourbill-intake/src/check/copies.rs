//! X2: rows of one employee and day that are equal in all but the id: the same work, imported twice.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::looked::{EntryBounds, Looked, Marked, copies_key, hash_of, told};
use crate::bound::{BoundAction, BoundFigure, BoundKey};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{FileNo, Finding, Place, Subject};
use crate::ident::Idx;
use crate::job::Settings;
use crate::model::{Accepting, Chunk, EntryView, OrderLine, Ticket, Work};
use crate::quantity::Hours;

/// A row that may be a copy of others, of a part of the run that does not keep it.
pub struct Copy {
    hash: u64,
    who: Idx<Work>,
    date: Date,
    hours: Hours,
    id: String,
    place: Place,
}

impl Copy {
    /// One that leads to nobody, at this row of its batch: where that stands is known once the whole file is read ([`Copy::placed`]).
    pub fn of_nobody(hash: u64, entry: &EntryView<'_>, date: Date, at: usize) -> Copy {
        let place = Place { file: FileNo(0), row: at as u64 };
        Copy { hash, who: Idx::at(0), date, hours: entry.hours, id: entry.id().to_owned(), place }
    }

    /// The same, of a batch that begins at this row of a file.
    pub fn placed(self, file: FileNo, first_row: u64) -> Copy {
        Copy { place: Place { file, row: first_row + self.place.row }, ..self }
    }

    pub fn by(self, who: Idx<Work>) -> Copy {
        Copy { who, ..self }
    }

    /// The same of an employee who has another number elsewhere.
    pub fn renamed(self, number: impl Fn(Idx<Work>) -> Idx<Work>) -> Copy {
        Copy { who: number(self.who), ..self }
    }
}

/// What copies have in common.
type Alike = (u64, Idx<Work>, Date, Hours, Option<Idx<Ticket>>, Option<Idx<OrderLine>>);

/// One of several rows that say the same.
struct Twin<'a> {
    alike: Alike,
    id: &'a str,
    place: Place,
    /// Chunk and row, where it is kept; what leads to nobody is held by no bound.
    at: Option<(usize, usize)>,
}

/// Looks for copies, tells of them, and marks all but the first by id of each where the bound holds them.
pub(super) fn copies(
    looked: &Looked<'_>,
    settings: &Settings,
    nowhere: Vec<Copy>,
    (bounds, marked): (&mut EntryBounds, &mut Marked),
) {
    let key = BoundKey::Twins;
    bounds.measures.at(key).take(BoundFigure::count(0));
    let mut twins = candidates(looked, &nowhere);
    twins.par_sort_unstable_by(|a, b| (a.alike, a.id, a.place).cmp(&(b.alike, b.id, b.place)));
    for twins in twins.chunk_by(|a, b| a.alike == b.alike).filter(|twins| twins.len() > 1) {
        let Some(first) = twins.first() else { continue };
        let figure = BoundFigure::count(twins.len() as u64 - 1);
        bounds.measures.at(key).take(figure);
        let Some(bound) = settings.billing.bounds.of(key).filter(|bound| figure.is_beyond(bound.limit)) else {
            continue;
        };
        let named = twins.iter().map(|twin| Accepting::Entry(twin.id.to_owned()));
        if !looked.world.adjustments.accepted.is_empty() && looked.world.adjustments.accepts(key, figure, named) {
            bounds.measures.at(key).accepted += 1;
            continue;
        }
        bounds.measures.at(key).broken += 1;
        let (name, date) = (looked.name(first.alike.1), first.alike.2);
        let what = format!(
            "{} rows of `{name}` on {date} with {} h are equal in all but the id: {}",
            twins.len(),
            first.alike.3,
            ids(twins)
        );
        let (code, subject, id, place) = (key.code(), Subject::Entry, first.id.to_owned(), Some(first.place));
        bounds.findings.push(Finding { code, subject, id, message: told(&what, key, bound), place });
        if bound.action == BoundAction::Hold {
            for twin in twins.iter().skip(1) {
                if let Some(at) = twin.at {
                    marked.entry(at).or_insert((twin.place, key));
                }
            }
        }
    }
}

/// The first few.
fn ids(twins: &[Twin<'_>]) -> String {
    const NAMED: usize = 5;
    let named: Vec<String> = twins.iter().take(NAMED).map(|twin| format!("`{}`", twin.id)).collect();
    match twins.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", named.join(", ")),
        None => named.join(", "),
    }
}

/// Rows of which others may say the same: all that do are among them.
fn candidates<'a>(looked: &'a Looked<'_>, nowhere: &'a [Copy]) -> Vec<Twin<'a>> {
    let own = |(number, chunk): (usize, &'a Chunk)| {
        looked.rows(number, chunk).filter_map(move |(at, entry, who, date)| {
            let hash = hash_of(chunk, at);
            let owns =
                |split| -> bool { crate::shard::Split::owns(split, copies_key(split, looked.world, &entry, hash)) };
            looked.split.is_none_or(owns).then_some((at, entry, who, date, hash))
        })
    };
    let rows = looked.world.entries.len() + nowhere.len();
    let seen = Filter::for_rows(rows);
    let mut again: Vec<u64> =
        looked.chunks().flat_map_iter(|of| own(of).filter(|row| seen.has_met(row.4)).map(|row| row.4)).collect();
    again.extend(nowhere.iter().map(|copy| copy.hash).filter(|hash| seen.has_met(*hash)));
    if again.is_empty() {
        return Vec::new();
    }
    again.par_sort_unstable();
    again.dedup();
    let few = Filter::for_rows(again.len());
    again.iter().for_each(|hash| {
        few.has_met(*hash);
    });
    let is_again = |hash: u64| few.has(hash) && again.binary_search(&hash).is_ok();
    let of_chunk = |(number, chunk): (usize, &'a Chunk)| {
        own((number, chunk)).filter(|row| is_again(row.4)).map(move |(at, entry, who, date, hash)| {
            let leads = entry.ticket.is_some()
                || entry.line.is_some()
                || entry.circumstance().is_some_and(|of| of.customer.is_some());
            let alike = (hash, who, date, entry.hours, entry.ticket, entry.line);
            Twin { alike, id: entry.id(), place: entry.place(), at: leads.then_some((number, at)) }
        })
    };
    let mut twins: Vec<Twin<'a>> = looked.chunks().flat_map_iter(of_chunk).collect();
    let others = nowhere.iter().filter(|copy| is_again(copy.hash));
    twins.extend(others.map(|copy| Twin {
        alike: (copy.hash, copy.who, copy.date, copy.hours, None, None),
        id: &copy.id,
        place: copy.place,
        at: None,
    }));
    twins
}

/// Which hashes were met, as far as a byte per row can tell: it may say so of one that was not.
struct Filter {
    words: Vec<AtomicU64>,
    /// The hash without its upper bits leads to a bit.
    shift: u32,
}

impl Filter {
    fn for_rows(rows: usize) -> Filter {
        const BITS_PER_ROW: usize = 8;
        const WORD: usize = u64::BITS as usize;
        let bits = rows.saturating_mul(BITS_PER_ROW).clamp(WORD, 1 << 33).next_power_of_two();
        let words = (0..bits / WORD).map(|_| AtomicU64::new(0)).collect();
        Filter { words, shift: u64::BITS - bits.trailing_zeros() }
    }

    fn bit(&self, hash: u64) -> (&AtomicU64, u64) {
        let bit = hash >> self.shift;
        let word = self.words.get((bit / u64::from(u64::BITS)) as usize).or_bug("every hash has its bit");
        (word, 1 << (bit % u64::from(u64::BITS)))
    }

    fn has(&self, hash: u64) -> bool {
        let (word, bit) = self.bit(hash);
        word.load(Ordering::Relaxed) & bit != 0
    }

    /// Whether it was met before; it is from now on.
    fn has_met(&self, hash: u64) -> bool {
        let (word, bit) = self.bit(hash);
        word.fetch_or(bit, Ordering::Relaxed) & bit != 0
    }
}
