//! The front of a file, as a person who has never seen it looks at it.

use crate::inputs::trimmed;

/// The header of a file and its first rows, as texts.
#[derive(Debug)]
pub struct Front {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The line of the header, where lines of a title stand above it (F6).
    pub header_row: Option<u64>,
    /// Rows with more or fewer cells than the header, by their lines, and the first of them as they stand.
    pub ragged: Vec<(u64, String)>,
    /// Cells of one column that were made one, by the column and the rows for which the first of them speaks.
    pub merged: Vec<(usize, std::ops::Range<usize>)>,
    /// Columns that say something in the first row of a block alone, filled down here.
    pub filled_down: Vec<FilledDown>,
    /// Rows that are the header once more, taken out here as the reader does.
    pub headers_again: usize,
}

impl Front {
    /// Takes out rows that are the header once more.
    pub fn take_headers_out(&mut self) {
        // Merged cells are known by their rows.
        if !self.merged.is_empty() {
            return;
        }
        let before = self.rows.len();
        let Front { headers, rows, .. } = self;
        rows.retain(|row| !repeats_header(headers, row.iter()));
        self.headers_again += before - self.rows.len();
    }
}

/// The cells of a row are those of the header.
pub(super) fn repeats_header(headers: &[String], mut cells: impl Iterator<Item = impl AsRef<str>>) -> bool {
    let same = |header: &String| cells.next().is_some_and(|cell| trimmed(cell.as_ref()) == trimmed(header));
    headers.len() > 1 && headers.iter().any(|header| !trimmed(header).is_empty()) && headers.iter().all(same)
}

/// A column that was filled down.
#[derive(Clone, Copy, Debug)]
pub struct FilledDown {
    pub column: usize,
    /// So many cells were empty.
    pub rows: usize,
    /// All of them are parts of merged cells.
    pub is_merged: bool,
}
