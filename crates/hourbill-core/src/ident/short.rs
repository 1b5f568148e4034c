//! Short texts as numbers: to compare two of them, or to look at all of their bytes, takes a few instructions and no loop.

/// All bytes of a text of up to 16: its front and its back, which may overlap, and its length. Two are equal where the texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortText {
    pub front: u64,
    pub back: u64,
    pub len: usize,
}

/// Bytes of a front or a back.
const HALF: usize = size_of::<u64>();

impl ShortText {
    pub const LENGTH_MAX: usize = 2 * HALF;

    /// `None` for longer texts.
    #[inline]
    pub fn of(text: &str) -> Option<ShortText> {
        let (bytes, len) = (text.as_bytes(), text.len());
        if len > ShortText::LENGTH_MAX {
            return None;
        }
        if let (Some(front), Some(back)) = (bytes.first_chunk(), bytes.last_chunk()) {
            return Some(ShortText { front: u64::from_le_bytes(*front), back: u64::from_le_bytes(*back), len });
        }
        if let (Some(front), Some(back)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let half = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes).into();
            return Some(ShortText { front: half(front), back: half(back), len });
        }
        let front = bytes.iter().rev().fold(0, |front, byte| front << u8::BITS | u64::from(*byte));
        Some(ShortText { front, back: 0, len })
    }

    /// The bytes of the front and those of the back; 0 where there is none.
    #[inline]
    pub fn lanes(self) -> [u8; ShortText::LENGTH_MAX] {
        (u128::from(self.front) | u128::from(self.back) << u64::BITS).to_le_bytes()
    }

    /// Where the bytes of a text of this length stand in [`ShortText::lanes`], each once.
    pub fn lanes_of(len: usize) -> impl DoubleEndedIterator<Item = usize> {
        let front = [HALF, HALF / 2].into_iter().find(|half| *half <= len).unwrap_or(len);
        (0..len).map(move |byte| if byte < front { byte } else { HALF + byte + front - len })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_bytes_of_a_text_stand_in_lanes_of_their_own() {
        let text = "0123456789abcdefg";
        for len in 0..=ShortText::LENGTH_MAX {
            let lanes = ShortText::of(&text[..len]).unwrap().lanes();
            let read: Vec<u8> = ShortText::lanes_of(len).map(|lane| lanes[lane]).collect();
            assert_eq!(read, text.as_bytes()[..len], "{len}");
        }
        assert_eq!(ShortText::of(text), None);
    }

    #[test]
    fn different_texts_are_different() {
        let of_unit = |unit: &str| (0..=16).map(|count| unit.repeat(count)).collect::<Vec<_>>();
        let mut texts: HashSet<String> = ["a", "ab", "\0", "é", "a\0"].into_iter().flat_map(of_unit).collect();
        texts.retain(|text| text.len() <= ShortText::LENGTH_MAX);
        let short: HashSet<ShortText> = texts.iter().map(|text| ShortText::of(text).unwrap()).collect();
        assert_eq!(short.len(), texts.len());
    }
}
