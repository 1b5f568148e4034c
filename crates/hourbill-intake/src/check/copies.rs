//! X2: rows of one employee and day that are equal in all but the id: the same work, imported twice.

use rayon::prelude::*;

use super::looked::{EntryBounds, Looked, Marked, bound_message, copies_key, hashes_of};
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

    /// The same, where rows of its batch do not follow each other.
    pub fn at(self, behind: impl Fn(usize) -> u64) -> Copy {
        let row = behind(usize::try_from(self.place.row).ok().or_bug("a batch has few rows"));
        Copy { place: Place { row, ..self.place }, ..self }
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
        bounds.findings.push(Finding { code, subject, id, message: bound_message(&what, key, bound), place });
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

/// Rows of which others may say the same: all that do are among them. Hashes alone are looked at first, those of rows that no bound looks at among
/// them: to ask each row whether it counts would cost more than to ask the few that are left.
fn candidates<'a>(looked: &'a Looked<'_>, nowhere: &'a [Copy]) -> Vec<Twin<'a>> {
    if looked.names.is_empty() {
        return Vec::new();
    }
    let of_nobody: Vec<u64> = nowhere.iter().map(|copy| copy.hash).collect();
    let chunks = looked.world.entries.chunk_list();
    let columns: Vec<&[u64]> = chunks.iter().map(hashes_of).chain([of_nobody.as_slice()]).collect();
    let again = met_again(&columns);
    if again.is_empty() {
        return Vec::new();
    }
    let few = Filter::of(&again);
    let is_again = |hash: u64| few.has(hash) && again.binary_search(&hash).is_ok();
    let of_chunk = |(number, chunk): (usize, &'a Chunk)| {
        let met = hashes_of(chunk).iter().enumerate().filter(|(_, hash)| is_again(**hash));
        met.filter_map(move |(at, &hash)| {
            let (entry, who, date) = looked.row(number, chunk, at)?;
            let owns = |split| crate::shard::Split::owns(split, copies_key(split, looked.world, &entry, hash));
            if !looked.split.is_none_or(owns) {
                return None;
            }
            let leads = entry.ticket.is_some()
                || entry.line.is_some()
                || entry.circumstance().is_some_and(|of| of.customer.is_some());
            let alike = (hash, who, date, entry.hours, entry.ticket, entry.line);
            Some(Twin { alike, id: entry.id(), place: entry.place(), at: leads.then_some((number, at)) })
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

/// All hashes that stand more than once, and a few others; ascending. Each thread takes those that begin with bits of its own, so none waits for
/// another.
fn met_again(columns: &[&[u64]]) -> Vec<u64> {
    let rows: usize = columns.iter().map(|column| column.len()).sum();
    let threads = rayon::current_num_threads().clamp(1, 256).next_power_of_two();
    let own_bits = threads.trailing_zeros();
    let of_thread = |thread: u64| {
        let mut seen = Filter::for_hashes(rows / threads);
        let mut again = Vec::new();
        // Column by column: one iterator over all of them takes three times as long.
        for column in columns {
            for hash in *column {
                // The thread's bits come last, and are none of those that lead to its word, or to bits of that.
                let turned = hash.rotate_left(own_bits);
                if turned & (threads as u64 - 1) == thread && seen.has_met(turned) {
                    again.push(*hash);
                }
            }
        }
        again
    };
    let mut again: Vec<u64> = (0..threads as u64).into_par_iter().flat_map_iter(of_thread).collect();
    again.par_sort_unstable();
    again.dedup();
    again
}

/// Which hashes were met, as far as a few bits for each can tell: it may say so of one that was not. All bits of a hash are in one word, so that
/// the memory is asked once.
struct Filter {
    words: Vec<u64>,
    /// The hash without its lower bits leads to a word.
    shift: u32,
}

impl Filter {
    fn for_hashes(hashes: usize) -> Filter {
        const HASHES_PER_WORD: usize = 8;
        // Two at least: a shift by all bits is none.
        let words = hashes.div_ceil(HASHES_PER_WORD).clamp(2, 1 << 27).next_power_of_two();
        Filter { words: vec![0; words], shift: u64::BITS - words.trailing_zeros() }
    }

    fn of(hashes: &[u64]) -> Filter {
        // Nearly all that are asked for are not there.
        let mut filter = Filter::for_hashes(hashes.len() * 4);
        hashes.iter().for_each(|hash| {
            filter.has_met(*hash);
        });
        filter
    }

    /// The word of a hash, and its bits there.
    #[inline]
    fn place(&self, hash: u64) -> (usize, u64) {
        // Of the last bits a thread may have the same in all of its hashes.
        let bit = |from: u32| 1 << ((hash >> from) % u64::from(u64::BITS));
        ((hash >> self.shift) as usize, bit(8) | bit(14) | bit(20))
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        self.words.get(word).or_bug(OF_FILTER) & bits == bits
    }

    /// Whether it was met before; it is from now on.
    #[inline]
    fn has_met(&mut self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        let word = self.words.get_mut(word).or_bug(OF_FILTER);
        let met = *word & bits == bits;
        *word |= bits;
        met
    }
}

const OF_FILTER: &str = "every hash has its word";
