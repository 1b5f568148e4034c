//! Memory that can be refused. A vector that grows ends the program when there is no more; so what a file may make large is asked for
//! beforehand, and a file for which there is no room is refused by name.

use std::hint::black_box;

/// Bytes that must still be free before more of a file is taken in: enough for what all threads have under way.
const SPARE_BYTES: usize = 96 << 20;

/// Whether so much could be taken now. What others take meanwhile is why it asks for more than is wanted.
pub(crate) fn has_room(bytes: usize) -> bool {
    let mut probe: Vec<u8> = Vec::new();
    let wanted = bytes.saturating_add(SPARE_BYTES);
    black_box(&mut probe).try_reserve_exact(wanted).is_ok()
}

/// A buffer of zeros, if there is room for it.
pub(crate) fn zeros(bytes: usize) -> Option<Vec<u8>> {
    let mut probe: Vec<u8> = Vec::new();
    black_box(&mut probe).try_reserve_exact(bytes).ok()?;
    drop(probe);
    // Zeros that the system gives: they need not be written.
    Some(vec![0; bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_a_little_and_not_for_everything() {
        assert!(has_room(1));
        assert!(!has_room(usize::MAX / 2));
        assert!(zeros(usize::MAX / 2).is_none());
        assert_eq!(zeros(3), Some(vec![0; 3]));
    }
}
