//! Numbers from a counter instead of from a stream.
//!
//! Every thing that is generated (a ticket, an entry, an order line) draws from its own [`Rng`], which depends on the
//! seed, the kind of thing and its index alone. So any row can be made without the rows before it: chunks are made in
//! parallel, in any order, in chunks of any size, and the bytes stay the same. The algorithm is written out here, because
//! a published random crate may change its numbers between versions and the exports of a seed would change with it.

/// What is being drawn: the same index of two streams has nothing in common.
#[derive(Clone, Copy)]
pub enum Stream {
    Customer = 1,
    Order = 2,
    Line = 3,
    Ticket = 4,
    Entry = 5,
    Dirt = 6,
    Shuffle = 7,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finisher of splitmix64: a bijection in which each bit of the input moves half of the bits of the output.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// splitmix64, started at a place that a seed, a stream and an index choose.
pub struct Rng {
    state: u64,
}

impl Rng {
    pub fn at(seed: u64, stream: Stream, index: u64) -> Self {
        let start = mix(seed.wrapping_add(GOLDEN.wrapping_mul(stream as u64)));
        Self { state: mix(start ^ index.wrapping_mul(GOLDEN)) }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number below `bound` (0 when `bound` is 0). The bias of the multiplication is below bound / 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// As [`Rng::below`], for small signed figures such as days and hours.
    pub fn small(&mut self, bound: u32) -> i64 {
        i64::try_from(self.below(u64::from(bound))).unwrap_or(0)
    }

    /// The smaller of two draws: small numbers are likelier, as in most things that are counted at work.
    pub fn skewed(&mut self, bound: u32) -> i64 {
        self.small(bound).min(self.small(bound))
    }

    /// True in `share` of 1000 cases.
    pub fn permille(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    pub fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let place = self.below(u64::try_from(from.len()).unwrap_or(0));
        usize::try_from(place).ok().and_then(|place| from.get(place).copied()).unwrap_or_default()
    }
}

/// The rows 0..n in another order, without a list of them: a Feistel network over the next even power of two, walked
/// until it lands inside. Each round is a bijection, so every row comes out exactly once.
pub struct Shuffle {
    rows: u64,
    half_bits: u32,
    keys: [u64; 4],
}

impl Shuffle {
    pub fn new(seed: u64, table: u64, rows: u64) -> Self {
        let bits = u64::BITS - rows.saturating_sub(1).leading_zeros();
        let mut rng = Rng::at(seed, Stream::Shuffle, table);
        Self { rows, half_bits: bits.div_ceil(2).max(1), keys: [rng.next(), rng.next(), rng.next(), rng.next()] }
    }

    pub fn row(&self, place: u64) -> u64 {
        if place >= self.rows {
            return place;
        }
        let mut row = self.once(place);
        while row >= self.rows {
            row = self.once(row);
        }
        row
    }

    fn once(&self, place: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let (mut left, mut right) = (place >> self.half_bits, place & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_holds_every_row_once() {
        for rows in [0, 1, 2, 3, 100, 4097] {
            let shuffle = Shuffle::new(7, 1, rows);
            let mut seen: Vec<u64> = (0..rows).map(|place| shuffle.row(place)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }
        let shuffle = Shuffle::new(7, 1, 1000);
        let moved = (0..1000).filter(|&row| shuffle.row(row) != row).count();
        assert!(moved > 980, "only {moved} of 1000 rows moved");
    }

    #[test]
    fn draws_stay_below_their_bound_and_reach_all_of_it() {
        let mut seen = [false; 10];
        for index in 0..200 {
            let draw = Rng::at(1, Stream::Entry, index).below(10);
            seen[usize::try_from(draw).expect("small")] = true;
        }
        assert!(seen.iter().all(|&hit| hit));
        assert_eq!(Rng::at(1, Stream::Entry, 0).below(0), 0);
    }

    /// The published figures of a seed rest on this sequence; a change here changes every synthetic export.
    #[test]
    fn the_sequence_is_fixed() {
        let mut rng = Rng { state: 0 };
        assert_eq!(rng.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(rng.next(), 0x6e78_9e6a_a1b9_65f4);
    }
}
