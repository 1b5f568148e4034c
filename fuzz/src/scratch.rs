//! Bytes as they are taken apart, and files in memory where the system has a place for them.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// A new folder, in memory where that can be had.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

/// A file of the thread with these bytes.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    FOLDER.with(|kept| {
        let mut kept = kept.borrow_mut();
        let path = kept.get_or_insert_with(folder).path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    })
}

/// What a cell with this text says: one of blanks alone is empty, every other text stands as it is.
pub fn said(text: &str) -> &str {
    if text.chars().all(|char| " \t\u{a0}\r\n".contains(char)) { "" } else { text }
}

/// Bytes, taken from the front; 0 when there are no more.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn byte(&mut self) -> u8 {
        let (&first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        first
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    pub fn long(&mut self) -> i64 {
        i64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Numbers near what types and rules end at, or any.
    pub fn number(&mut self) -> i64 {
        let near = [0, 1, -1, 59, 60, 106_751_991, 1 << 31, 1 << 53, 86_400_000_000, 3_600_000_000, i64::MAX, i64::MIN];
        match self.byte() {
            byte @ 0..128 => near[usize::from(byte) % near.len()].wrapping_add(i64::from(self.byte() as i8)),
            128..192 => i64::from(self.byte()),
            _ => self.long(),
        }
    }

    /// A text of up to 255 bytes of what follows, with U+FFFD for what is none.
    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
