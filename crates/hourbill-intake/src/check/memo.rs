//! Texts that were read before: an export repeats the same few dates and hours in millions of rows, and to know a text again takes less
//! than to read it.

use super::value::Misread;
use crate::read::Cell;

/// Texts that are remembered at a time: so many stay in the fastest cache.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 9;

/// What short texts said; each stands in the one place where its bytes lead, and the next that leads there takes it.
pub(super) struct Memo<T> {
    slots: Vec<Option<(Key, T)>>,
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
        let Cell::Text(text) = cell else { return read(cell) };
        let Some(key) = Key::of(text.as_bytes()) else { return read(cell) };
        let slot = self.slots.get_mut(key.slot());
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

/// All bytes of a text, which has 4 to 16 of them: its front and its back, which may overlap, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    front: u64,
    back: u64,
    len: usize,
}

impl Key {
    /// `None` for texts of other lengths.
    #[inline]
    fn of(text: &[u8]) -> Option<Key> {
        let len = text.len();
        if len > 16 {
            return None;
        }
        if let (Some(front), Some(back)) = (text.first_chunk(), text.last_chunk()) {
            return Some(Key { front: u64::from_le_bytes(*front), back: u64::from_le_bytes(*back), len });
        }
        let (front, back) = (text.first_chunk()?, text.last_chunk()?);
        Some(Key { front: u32::from_le_bytes(*front).into(), back: u32::from_le_bytes(*back).into(), len })
    }

    #[inline]
    fn slot(self) -> usize {
        // Fibonacci hashing: the highest bits depend on all others.
        let spread = (self.front ^ self.back.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> (u64::BITS - SLOT_BITS)) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::Code;

    #[test]
    fn what_is_remembered_is_what_would_be_read() {
        // Far more texts than there are places, of every length, of which some say nothing or cannot be read.
        let read = |cell: Cell<'_>| match cell {
            Cell::Text(text) if text.ends_with('7') => {
                Err(Misread { code: Code::UnreadableValue, why: format!("`{text}`") })
            }
            Cell::Text(text) if text.ends_with('8') => Ok(None),
            Cell::Text(text) => Ok(Some(xxhash_rust::xxh3::xxh3_64(text.as_bytes()))),
            _ => Ok(Some(1)),
        };
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
    fn different_texts_have_different_keys() {
        let texts: Vec<String> = (4..=16)
            .flat_map(|len| ["a", "ab", "\0", "é"].map(|unit| unit.repeat(16).as_bytes()[..len].to_vec()))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .filter(|text| text.len() <= 16)
            .collect();
        let distinct: BTreeSet<&String> = texts.iter().collect();
        let keys: BTreeSet<_> = texts
            .iter()
            .filter_map(|text| Key::of(text.as_bytes()))
            .map(|key| (key.front, key.back, key.len))
            .collect();
        assert_eq!(keys.len(), distinct.len());
        assert_eq!((Key::of(b"abc"), Key::of(&[b'a'; 17])), (None, None));
    }
}
