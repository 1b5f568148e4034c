//! Which ids of entries stand on several rows, told by the numbers that ids are ([`IdNumbers`]): two bits for each number, whatever the order
//! of rows. Ids that are no numbers are left to others.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::value;
use crate::ident::{IdNumbers, Spread};
use crate::model::Chunk;

/// Chunk and row in it.
pub(super) type At = (u32, u32);

/// There is no id, or none that can be trusted: that is given as none.
pub(super) fn is_missing(id: &str) -> bool {
    value::trimmed(id).is_empty()
}

/// Numbers for each id at most: beyond, its hash is smaller.
const NUMBERS_PER_ID_MAX: usize = 16;

/// The ids of entries that are numbers.
pub(super) struct Numbered {
    of_length: Vec<Option<SeenNumbers>>,
    /// Ids that are none.
    pub others: usize,
}

/// Numbers of ids of one length.
struct SeenNumbers {
    numbers: IdNumbers,
    /// A bit for each number that was met, and for each that was met again.
    once: Vec<AtomicU64>,
    again: Vec<AtomicU64>,
}

impl SeenNumbers {
    fn new(numbers: IdNumbers) -> SeenNumbers {
        let words = numbers.count().div_ceil(u64::BITS as usize);
        let none = || (0..words).map(|_| AtomicU64::new(0)).collect();
        SeenNumbers { once: none(), again: none(), numbers }
    }

    fn note(&self, number: usize) {
        let (at, bit) = place(number);
        let known = self.once.get(at).map_or(0, |word| word.fetch_or(bit, Ordering::Relaxed));
        if known & bit != 0
            && let Some(word) = self.again.get(at)
        {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    fn is_repeated(&self, number: usize) -> bool {
        let (at, bit) = place(number);
        self.again.get(at).is_some_and(|word| word.load(Ordering::Relaxed) & bit != 0)
    }

    fn any_repeated(&self) -> bool {
        self.again.iter().any(|word| word.load(Ordering::Relaxed) != 0)
    }
}

/// The word of a number, and its bit there.
fn place(number: usize) -> (usize, u64) {
    (number / u64::BITS as usize, 1 << (number % u64::BITS as usize))
}

impl Numbered {
    /// Meets all ids.
    pub fn of(chunks: &[Chunk]) -> Numbered {
        let spread = |chunk: &Chunk| {
            let mut spread = Spread::default();
            chunk.ids.iter().filter(|id| !is_missing(id)).for_each(|id| spread.add(id));
            spread
        };
        let spread = chunks.par_iter().map(spread).reduce(Spread::default, |all, spread| all.with(&spread));
        let of_length = spread.by_length(NUMBERS_PER_ID_MAX).into_iter().map(|numbers| numbers.map(SeenNumbers::new));
        let mut numbered = Numbered { of_length: of_length.collect(), others: 0 };
        let meet = |chunk: &Chunk| {
            let mut others = 0;
            for id in chunk.ids.iter() {
                match numbered.find(id) {
                    Some((met, number)) => met.note(number),
                    None => others += usize::from(!is_missing(id)),
                }
            }
            others
        };
        numbered.others = chunks.par_iter().map(meet).sum();
        numbered
    }

    /// The id is one of these.
    pub fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    #[inline]
    fn find(&self, id: &str) -> Option<(&SeenNumbers, usize)> {
        let met = self.of_length.get(id.len())?.as_ref()?;
        let number = met.numbers.number(id)?;
        if is_missing(id) { None } else { Some((met, number)) }
    }

    /// The rows of each id that stands on several, in the order read.
    pub fn repeated(&self, chunks: &[Chunk]) -> Vec<Vec<At>> {
        if !self.of_length.iter().flatten().any(SeenNumbers::any_repeated) {
            return Vec::new();
        }
        let of_chunk = |(chunk, ids): (u32, &Chunk)| {
            let rows = (0_u32..).zip(ids.ids.iter());
            let repeated = rows.filter_map(|(row, id)| {
                let (_, number) = self.find(id).filter(|(met, number)| met.is_repeated(*number))?;
                Some(((id.len(), number), (chunk, row)))
            });
            repeated.collect::<Vec<_>>()
        };
        let numbers = 0..u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let mut rows: Vec<((usize, usize), At)> = numbers.into_par_iter().zip(chunks).flat_map_iter(of_chunk).collect();
        rows.par_sort_unstable();
        rows.chunk_by(|a, b| a.0 == b.0).map(|of_id| of_id.iter().map(|(_, at)| *at).collect()).collect()
    }
}
