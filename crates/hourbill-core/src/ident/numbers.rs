//! Ids that are numbers in disguise, such as `TK000123` or `S02382/1`.
//!
//! In all ids of one length each place has the bytes from the smallest to the largest seen there, and the places together make one number.
//! That is exact: two ids of one length differ in some place, so their numbers differ.

/// Longer ids have no number.
const LENGTH_MAX: usize = 16;

/// The numbers of the ids of one length.
pub struct IdNumbers {
    /// The smallest byte of each place.
    smallest: [u8; LENGTH_MAX],
    /// The largest byte of each place, less the smallest.
    range: [u8; LENGTH_MAX],
    /// What a step of each place adds to the number.
    weight: [u32; LENGTH_MAX],
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
        let places = self.smallest.iter().zip(&self.range).zip(&self.weight);
        for (byte, ((smallest, range), weight)) in id.bytes().zip(places) {
            let step = byte.wrapping_sub(*smallest);
            outside |= step > *range;
            number = number.wrapping_add(u32::from(step).wrapping_mul(*weight));
        }
        if outside { None } else { Some(number as usize) }
    }
}

/// The bytes of one place of ids.
#[derive(Clone, Copy)]
struct Seen {
    smallest: u8,
    largest: u8,
}

const UNSEEN: Seen = Seen { smallest: u8::MAX, largest: 0 };

/// Which bytes ids have, by their length and place.
pub struct Spread {
    counts: [usize; LENGTH_MAX + 1],
    seen: [[Seen; LENGTH_MAX]; LENGTH_MAX + 1],
}

impl Default for Spread {
    fn default() -> Spread {
        Spread { counts: [0; LENGTH_MAX + 1], seen: [[UNSEEN; LENGTH_MAX]; LENGTH_MAX + 1] }
    }
}

impl Spread {
    #[inline]
    pub fn add(&mut self, id: &str) {
        let (Some(count), Some(places)) = (self.counts.get_mut(id.len()), self.seen.get_mut(id.len())) else { return };
        *count += 1;
        for (byte, place) in id.bytes().zip(places) {
            place.smallest = place.smallest.min(byte);
            place.largest = place.largest.max(byte);
        }
    }

    /// With the ids of another.
    #[must_use]
    pub fn with(mut self, other: &Spread) -> Spread {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        for (place, of_other) in self.seen.iter_mut().flatten().zip(other.seen.iter().flatten()) {
            place.smallest = place.smallest.min(of_other.smallest);
            place.largest = place.largest.max(of_other.largest);
        }
        self
    }

    /// The numbers of the ids, by length; `None` where there are no ids, or more numbers for each of them than may be.
    pub fn by_length(&self, per_id_max: usize) -> Vec<Option<IdNumbers>> {
        let lengths = self.counts.iter().zip(&self.seen).enumerate();
        lengths.map(|(length, (count, seen))| numbers(count.checked_mul(per_id_max)?, seen.get(..length)?)).collect()
    }
}

fn numbers(count_max: usize, seen: &[Seen]) -> Option<IdNumbers> {
    let count_max = count_max.min(u32::MAX as usize);
    let (mut smallest, mut range, mut weight) = ([0; LENGTH_MAX], [0; LENGTH_MAX], [0; LENGTH_MAX]);
    let mut count = 1_usize;
    let places = seen.iter().zip(&mut smallest).zip(&mut range).zip(&mut weight).rev();
    for (((seen, smallest), range), weight) in places {
        *smallest = seen.smallest;
        *range = seen.largest.checked_sub(seen.smallest)?;
        *weight = u32::try_from(count).ok()?;
        count = count.checked_mul(usize::from(*range) + 1).filter(|count| *count <= count_max)?;
    }
    (count_max > 0).then_some(IdNumbers { smallest, range, weight, count })
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
