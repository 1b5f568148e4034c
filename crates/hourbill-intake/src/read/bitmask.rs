//! Sixty-four bytes at a time become bit masks of the few bytes that give a CSV file its structure: the part of the reader that every
//! byte goes through.

use wide::u8x16;

/// Bytes that one set of masks covers.
pub(super) const SPAN: usize = 64;
const LANE: usize = 16;

/// Which of 64 bytes are what; bit 0 is the first byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    pub delimiters: u64,
    pub newlines: u64,
    /// Quotes, carriage returns and NUL bytes together: where there is none, nothing but cells and line ends can stand.
    pub unusual: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Finder {
    delimiter: u8x16,
}

impl Finder {
    pub fn new(delimiter: u8) -> Finder {
        Finder { delimiter: u8x16::splat(delimiter) }
    }

    #[inline(always)]
    pub fn marks(&self, span: &[u8; SPAN]) -> Marks {
        let (newline, quote) = (u8x16::splat(b'\n'), u8x16::splat(b'"'));
        let (carriage_return, nul) = (u8x16::splat(b'\r'), u8x16::splat(0));
        let mut marks = Marks::default();
        for (lane, bytes) in lanes(span) {
            let unusual = bytes.simd_eq(quote) | bytes.simd_eq(carriage_return) | bytes.simd_eq(nul);
            marks.delimiters |= bits(bytes.simd_eq(self.delimiter), lane);
            marks.newlines |= bits(bytes.simd_eq(newline), lane);
            marks.unusual |= bits(unusual, lane);
        }
        marks
    }
}

/// Which of 64 bytes are this one.
#[inline(always)]
pub(super) fn mark(span: &[u8; SPAN], byte: u8) -> u64 {
    let byte = u8x16::splat(byte);
    lanes(span).fold(0, |mask, (lane, bytes)| mask | bits(bytes.simd_eq(byte), lane))
}

#[inline(always)]
fn lanes(span: &[u8; SPAN]) -> impl Iterator<Item = (usize, u8x16)> {
    let (lanes, _) = span.as_chunks::<LANE>();
    lanes.iter().enumerate().map(|(lane, bytes)| (lane, u8x16::new(*bytes)))
}

#[inline(always)]
fn bits(equal: u8x16, lane: usize) -> u64 {
    u64::from(equal.to_bitmask()) << (lane * LANE)
}

/// Each bit becomes the parity of the bits up to and including it.
#[inline(always)]
pub(super) fn parities(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_marked_at_its_place() {
        for place in 0..SPAN {
            for (byte, expected) in
                [(b';', [1, 0, 0]), (b'\n', [0, 1, 0]), (b'"', [0, 0, 1]), (b'\r', [0, 0, 1]), (0, [0, 0, 1])]
            {
                let mut span = [b'x'; SPAN];
                span[place] = byte;
                let marks = Finder::new(b';').marks(&span);
                assert_eq!([marks.delimiters, marks.newlines, marks.unusual], expected.map(|one: u64| one << place));
                assert_eq!(mark(&span, byte), 1 << place);
            }
        }
    }

    #[test]
    fn parities_turn_at_each_bit() {
        assert_eq!(parities(0b0100_0100), 0b0011_1100);
        assert_eq!(parities(1), u64::MAX);
    }
}
