//! Ids that are numbers in disguise, such as `TK000123` or `S02382/1`.
//!
//! In all ids of one length each place has the bytes from the smallest to the largest seen there, and the places together make one number.
//! That is exact: two ids of one length differ in some place, so their numbers differ.

use super::short::ShortText;

/// Longer ids have no number.
const LENGTH_MAX: usize = ShortText::LENGTH_MAX;

/// One for each of [`ShortText::lanes`].
type Lanes<T> = [T; LENGTH_MAX];

/// The numbers of the ids of one length.
pub struct IdNumbers {
    /// The smallest byte of each lane.
    smallest: Lanes<u8>,
    /// The largest byte of each lane, less the smallest.
    range: Lanes<u8>,
    /// What a step of each lane adds to the number; 0 for a lane whose byte has another one, too.
    weight: Lanes<u32>,
    count: usize,
}

impl IdNumbers {
    /// All numbers are below it.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of an id of this length; `None` for one outside of those that were seen.
    #[inline]
    pub fn number(&self, id: &str) -> Option<usize> {
        let mut number = 0_u32;
        let mut outside = false;
        let lanes = self.smallest.iter().zip(&self.range).zip(&self.weight);
        for (byte, ((smallest, range), weight)) in ShortText::of(id)?.lanes().iter().zip(lanes) {
            let step = byte.wrapping_sub(*smallest);
            outside |= step > *range;
            number = number.wrapping_add(u32::from(step).wrapping_mul(*weight));
        }
        if outside { None } else { Some(number as usize) }
    }
}

/// The bytes of ids of one length.
#[derive(Clone, Copy)]
struct Seen {
    count: usize,
    smallest: Lanes<u8>,
    largest: Lanes<u8>,
}

const UNSEEN: Seen = Seen { count: 0, smallest: [u8::MAX; LENGTH_MAX], largest: [0; LENGTH_MAX] };

impl Seen {
    #[inline]
    fn add(&mut self, count: usize, smallest: &Lanes<u8>, largest: &Lanes<u8>) {
        self.count += count;
        self.smallest.iter_mut().zip(smallest).for_each(|(least, byte)| *least = (*least).min(*byte));
        self.largest.iter_mut().zip(largest).for_each(|(most, byte)| *most = (*most).max(*byte));
    }
}

/// Which bytes ids have, by their length and lane.
pub struct Spread {
    of_length: [Seen; LENGTH_MAX + 1],
}

impl Default for Spread {
    fn default() -> Spread {
        Spread { of_length: [UNSEEN; LENGTH_MAX + 1] }
    }
}

impl Spread {
    #[inline]
    pub fn add(&mut self, id: &str) {
        let (Some(short), Some(seen)) = (ShortText::of(id), self.of_length.get_mut(id.len())) else { return };
        let lanes = short.lanes();
        seen.add(1, &lanes, &lanes);
    }

    /// With the ids of another.
    #[must_use]
    pub fn with(mut self, other: &Spread) -> Spread {
        let of_length = self.of_length.iter_mut().zip(&other.of_length);
        of_length.for_each(|(seen, more)| seen.add(more.count, &more.smallest, &more.largest));
        self
    }

    /// The numbers of the ids, by length; `None` where there are no ids, or more numbers for each of them than may be.
    pub fn by_length(&self, per_id_max: usize) -> Vec<Option<IdNumbers>> {
        let lengths = self.of_length.iter().enumerate();
        lengths.map(|(length, seen)| numbers(seen.count.checked_mul(per_id_max)?, length, seen)).collect()
    }
}

fn numbers(count_max: usize, length: usize, seen: &Seen) -> Option<IdNumbers> {
    let count_max = count_max.min(u32::MAX as usize);
    let (mut range, mut weight) = ([0; LENGTH_MAX], [0; LENGTH_MAX]);
    for ((range, smallest), largest) in range.iter_mut().zip(&seen.smallest).zip(&seen.largest) {
        *range = largest.checked_sub(*smallest)?;
    }
    let mut count = 1_usize;
    for lane in ShortText::lanes_of(length).rev() {
        *weight.get_mut(lane)? = u32::try_from(count).ok()?;
        count = count.checked_mul(usize::from(*range.get(lane)?) + 1).filter(|count| *count <= count_max)?;
    }
    (count_max > 0).then_some(IdNumbers { smallest: seen.smallest, range, weight, count })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_of_one_length_have_numbers_of_their_own() {
        let ids: Vec<String> = (0..5_000_u32).flat_map(|at| [format!("TK{:06}", at * 3), format!("{at}/é")]).collect();
        let spread = |ids: &[String]| {
            let mut spread = Spread::default();
            ids.iter().for_each(|id| spread.add(id));
            spread
        };
        // The same whoever saw which of them.
        let (one, other) = ids.split_at(1_234);
        let of_length = spread(one).with(&spread(other)).by_length(8);
        let numbers: BTreeSet<(usize, usize)> = ids
            .iter()
            .map(|id| {
                let numbers = of_length[id.len()].as_ref().unwrap();
                let number = numbers.number(id).unwrap();
                assert!(number < numbers.count());
                (id.len(), number)
            })
            .collect();
        assert_eq!(numbers.len(), ids.len());
        assert_eq!(of_length[8].as_ref().unwrap().number("TK01500A"), None);
        assert!(of_length[9].is_none() && of_length[0].is_none());
        // More numbers for an id than may be.
        let few: Vec<String> = ["AAAA", "ZZZZ"].map(str::to_owned).to_vec();
        assert!(spread(&few).by_length(8)[4].is_none());
    }
}
