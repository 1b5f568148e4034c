//! Texts that were read before: an export repeats the same few dates and hours in millions of rows, and to know a text again takes less
//! than to read it.

use super::value::Misread;
use crate::ident::ShortText;
use crate::read::Cell;

/// Texts that are remembered at a time: so many stay in the fastest cache.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 9;

/// What short texts said; each stands in the one place where its bytes lead, and the next that leads there takes it.
pub(super) struct Memo<T> {
    slots: Vec<Option<(ShortText, T)>>,
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
        let Some(key) = ShortText::of(text) else { return read(cell) };
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
fn slot(key: ShortText) -> usize {
    // Fibonacci hashing: the highest bits depend on all others.
    let spread = (key.front ^ key.back.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> (u64::BITS - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
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
}
