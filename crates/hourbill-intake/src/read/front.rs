//! The front of a file, as a person who has never seen it looks at it.

use super::unquoted;
use crate::inputs::trimmed;

/// The header of a file and its first rows, as texts.
#[derive(Debug)]
pub struct Front {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// The line of the header, where lines of a title stand above it (F6).
    pub header_row: Option<u64>,
    /// The first rows with more or fewer cells than the header, and all that could be put together.
    pub ragged: Vec<RaggedRow>,
    /// Cells of one column that were made one, by the column and the rows for which the first of them speaks.
    pub merged: Vec<(usize, std::ops::Range<usize>)>,
    /// Columns that say something in the first row of a block alone, filled down here.
    pub filled_down: Vec<FilledDown>,
    /// Rows that are the header once more, taken out here as the reader does.
    pub headers_again: usize,
}

impl Front {
    /// Puts the rows where they stand that a program wrote without quotes around its texts, as the reader of its exports does.
    pub fn put_together(&mut self) {
        let mut ragged = std::mem::take(&mut self.ragged).into_iter().peekable();
        let rows = std::mem::take(&mut self.rows);
        // Behind all rows there may be more of them.
        for (at, row) in rows.into_iter().map(Some).chain([None]).enumerate() {
            while let Some(other) = ragged.next_if(|other| other.rows_above <= at) {
                match other.together {
                    Some(cells) => self.rows.push(cells),
                    None => self.ragged.push(other),
                }
            }
            self.rows.extend(row);
        }
    }

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

/// A row with more or fewer cells than the header.
#[derive(Debug)]
pub struct RaggedRow {
    pub line: u64,
    /// As it stands there.
    pub text: String,
    /// So many rows with as many cells as the header stand above it.
    rows_above: usize,
    /// Its cells, as if its texts had stood in quotes.
    pub together: Option<Vec<String>>,
}

impl RaggedRow {
    pub(super) fn new(line: u64, text: String, rows_above: usize, (found, expected): (usize, usize)) -> RaggedRow {
        let together = unquoted::together(&text, found, expected);
        RaggedRow { line, text, rows_above, together }
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
