//! NUL bytes in texts of a Parquet file: no text file may hold one. There is next to never one, so all texts of a column are looked at
//! together, many bytes at a time, and only where there is one it is asked in which row.

use arrow_array::{Array, StringViewArray};

/// Arrow: a text of so many bytes stands in its view, behind its length and before bytes of 0; a longer one stands in a buffer.
const INLINE_BYTES_MAX: u32 = 12;

/// The first row whose text holds a NUL byte.
pub(super) fn first_row(texts: &StringViewArray) -> Option<usize> {
    let any = a_short_one_has(texts.views()) || a_long_one_has(texts);
    let mut rows = if any { 0..texts.len() } else { 0..0 };
    rows.find(|row| !texts.is_null(*row) && texts.value(*row).as_bytes().contains(&0))
}

/// Whether one of the texts that stand in their views holds a NUL byte: behind their lengths these have as many as they have no text for,
/// and then one more. Those of longer texts count as none.
fn a_short_one_has(views: &[u128]) -> bool {
    let (mut found, mut filling) = (0, 0);
    // A byte counts so many.
    for views in views.chunks(usize::from(u8::MAX)) {
        let mut counts = [0_u8; 16];
        for view in views {
            let len = *view as u32;
            let is_short = len <= INLINE_BYTES_MAX;
            filling += if is_short { u64::from(INLINE_BYTES_MAX - len) } else { 0 };
            // All bits of a long one.
            let view = if is_short { *view } else { u128::MAX };
            for (count, byte) in counts.iter_mut().zip(view.to_le_bytes()) {
                *count = count.wrapping_add(u8::from(byte == 0));
            }
        }
        found += counts.into_iter().skip(size_of::<u32>()).map(u64::from).sum::<u64>();
    }
    found != filling
}

/// Whether one of the texts that do not stand in their views holds a NUL byte.
fn a_long_one_has(texts: &StringViewArray) -> bool {
    const WIDTH: usize = 16;
    let mut least = [u8::MAX; WIDTH];
    let mut take_in = |bytes: &[u8; WIDTH]| {
        for (least, byte) in least.iter_mut().zip(bytes) {
            *least = (*least).min(*byte);
        }
    };
    let mut before = 0;
    for (row, view) in texts.views().iter().enumerate() {
        // A view like the one before it is the same text: a dictionary may repeat megabytes in every row.
        if *view as u32 <= INLINE_BYTES_MAX || *view == before {
            continue;
        }
        before = *view;
        let text = texts.value(row).as_bytes();
        match text.last_chunk::<WIDTH>() {
            Some(last) => text.as_chunks::<WIDTH>().0.iter().chain([last]).for_each(&mut take_in),
            // What is longer than a view has room for is nearly as wide.
            None => {
                let mut bytes = [u8::MAX; WIDTH];
                bytes.iter_mut().zip(text).for_each(|(byte, of_text)| *byte = *of_text);
                take_in(&bytes);
            }
        }
    }
    least.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text by text, byte by byte.
    fn slowly(texts: &StringViewArray) -> Option<usize> {
        texts.iter().position(|text| text.is_some_and(|text| text.bytes().any(|byte| byte == 0)))
    }

    #[test]
    fn a_nul_byte_is_found_wherever_it_stands_in_a_text_of_any_length() {
        for len in 0..70 {
            // Bytes next to NUL, and padding that is none of the text.
            let clean = "\u{1}\u{7f}a".repeat(len).chars().take(len).collect::<String>();
            let texts =
                [Some("before"), None, Some(""), Some(&clean), Some("\u{80}\u{100}"), Some("after, and longer")];
            assert_eq!(first_row(&StringViewArray::from_iter(texts)), None, "{len}");
            for at in 0..len {
                let mut spoilt = clean.clone();
                spoilt.replace_range(at..=at, "\0");
                let texts = [Some("before"), None, Some(""), Some(&spoilt), Some("\0")];
                assert_eq!(first_row(&StringViewArray::from_iter(texts)), Some(3), "{len}, {at}");
            }
        }
    }

    #[test]
    fn a_nul_byte_is_found_among_many_texts_of_all_lengths() {
        for rows in [0, 1, 254, 255, 256, 1_000] {
            let text_of = |row: usize| "x".repeat(row * 7 % 40);
            let clean: Vec<Option<String>> = (0..rows).map(|row| (row % 5 != 0).then(|| text_of(row))).collect();
            assert_eq!(first_row(&clean.iter().collect()), None);
            for row in (0..rows).step_by(3) {
                let mut texts = clean.clone();
                if let Some(text) = texts.get_mut(row) {
                    *text = Some(format!("{}\0{}", text_of(row), text_of(row + 1)));
                }
                let texts: StringViewArray = texts.iter().collect();
                assert_eq!(first_row(&texts), slowly(&texts));
                assert_eq!(first_row(&texts), Some(row));
                // A null that covers a text is no text.
                let nulls = arrow_buffer::NullBuffer::from_iter(
                    (0..rows).map(|at| at != row && clean.get(at).is_some_and(Option::is_some)),
                );
                let (views, buffers, _) = texts.into_parts();
                assert_eq!(first_row(&StringViewArray::new(views, buffers, Some(nulls))), None);
            }
        }
    }

    #[test]
    fn a_nul_byte_is_found_in_a_text_that_rows_share() {
        let texts = StringViewArray::from(vec!["longer than a view", "a NUL\0 behind a few bytes"]);
        let (views, buffers, _) = texts.into_parts();
        for (order, expected) in [([0, 0, 0, 0], None), ([0, 0, 1, 1], Some(2)), ([1, 0, 0, 1], Some(0))] {
            let views = order.iter().map(|at| views[*at]).collect();
            assert_eq!(first_row(&StringViewArray::new(views, buffers.clone(), None)), expected);
        }
    }
}
