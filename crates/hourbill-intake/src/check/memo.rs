//! Cells that were read before: an export repeats the same few dates and hours in millions of rows, and to know a cell again takes less
//! than to read it.

use super::value::Misread;
use crate::ident::ShortText;
use crate::read::Cell;

/// Cells that are remembered at a time: so many stay in the fastest cache.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 9;

/// What the cells of one column said, short texts and values of any type; each stands in the one place where its bytes lead, and the next
/// that leads there takes it.
pub(super) struct Memo<T> {
    slots: Vec<Option<(Key, T)>>,
}

/// A cell, all of it: two of one key say the same.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    front: u64,
    back: u64,
    /// Bytes of a text, or what else it is, and how many digits stand behind the point of a decimal.
    kind: u16,
}

/// What is no text; the lowest byte is free for a scale.
const INT: u16 = 1 << 8;
const FLOAT: u16 = 2 << 8;
const DATE: u16 = 3 << 8;
const MOMENT: u16 = 4 << 8;
const DECIMAL: u16 = 5 << 8;

impl Key {
    /// `None` for cells that are not remembered: long texts, and what is read in no time.
    #[inline]
    fn of(cell: Cell<'_>) -> Option<Key> {
        let (front, back, kind) = match cell {
            Cell::Text(text) => {
                let ShortText { front, back, len } = ShortText::of(text)?;
                (front, back, len as u16)
            }
            Cell::Int(whole) => (whole.cast_unsigned(), 0, INT),
            Cell::Decimal { unscaled, scale } => {
                (unscaled as u64, (unscaled >> u64::BITS) as u64, DECIMAL | u16::from(scale))
            }
            Cell::Float(double) => (double.to_bits(), 0, FLOAT),
            Cell::Date(days) => (i64::from(days).cast_unsigned(), 0, DATE),
            Cell::Timestamp { micros, zoned } => (micros.cast_unsigned(), u64::from(zoned), MOMENT),
            Cell::Empty | Cell::Bool(_) | Cell::Unsaved | Cell::NoText => return None,
        };
        Some(Key { front, back, kind })
    }
}

impl<T: Copy> Memo<T> {
    pub fn new() -> Memo<T> {
        Memo { slots: vec![None; SLOTS] }
    }

    /// What `read` makes of the cell. Errors and empty cells are never remembered.
    #[inline]
    pub fn read<'a>(
        &mut self,
        cell: Cell<'a>,
        read: impl FnOnce(Cell<'a>) -> Result<Option<T>, Misread>,
    ) -> Result<Option<T>, Misread> {
        let Some(key) = Key::of(cell) else { return read(cell) };
        let slot = self.slots.get_mut(slot(key));
        if let Some(Some((known, value))) = slot.as_deref()
            && *known == key
        {
            return Ok(Some(*value));
        }
        let value = read(cell)?;
        if let (Some(slot), Some(value)) = (slot, value) {
            *slot = Some((key, value));
        }
        Ok(value)
    }
}

#[inline]
fn slot(key: Key) -> usize {
    // Fibonacci hashing: the highest bits depend on all others.
    let spread = (key.front ^ key.back.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> (u64::BITS - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    /// Says of every cell what it is, of some that it says nothing or cannot be read.
    fn read(cell: Cell<'_>) -> Result<Option<u64>, Misread> {
        match cell {
            Cell::Text(text) if text.ends_with('7') => {
                Err(Misread { code: Code::UnreadableValue, why: format!("`{text}`") })
            }
            Cell::Text(text) if text.ends_with('8') => Ok(None),
            cell => Ok(Some(xxhash_rust::xxh3::xxh3_64(format!("{cell:?}").as_bytes()))),
        }
    }

    #[test]
    fn what_is_remembered_is_what_would_be_read() {
        // Far more texts than there are places, of every length.
        let mut memo = Memo::new();
        for round in 0..3_u64 {
            for number in 0..20_000_u64 {
                let digits = format!("{:020}", (number * 0x9e37_79b9) % 5_000 + round % 2);
                let text = &digits[20 - (number % 20) as usize..];
                let cell = if text.is_empty() { Cell::Empty } else { Cell::Text(text) };
                assert_eq!(memo.read(cell, read), read(cell), "{text}");
            }
        }
    }

    #[test]
    fn values_of_one_bit_pattern_and_other_types_are_told_apart() {
        let mut memo = Memo::new();
        for _ in 0..2 {
            for number in [0, 1, -1, 7, 75, 256, i64::from(i32::MAX), i64::MIN, i64::MAX] {
                let unscaled = i128::from(number);
                let floats = [f64::from_bits(number.cast_unsigned()), number as f64, -0.0];
                let decimals = [0, 1, 2, 255].into_iter().flat_map(|scale| {
                    let of = |unscaled| Cell::Decimal { unscaled, scale };
                    [of(unscaled), of(unscaled << 64), of(unscaled << 64 | 1)]
                });
                let moments = [true, false].map(|zoned| Cell::Timestamp { micros: number, zoned });
                let others = [Cell::Int(number), Cell::Date(number as i32), Cell::Bool(number == 1), Cell::Empty];
                let texts = number.cast_unsigned().to_le_bytes();
                let texts = std::str::from_utf8(&texts).ok().map(Cell::Text);
                let floats = floats.into_iter().map(Cell::Float);
                for cell in floats.chain(decimals).chain(moments).chain(others).chain(texts) {
                    assert_eq!(memo.read(cell, read), read(cell), "{cell:?}");
                }
            }
        }
    }
}
