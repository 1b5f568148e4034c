//! The front of a file, as a person who has never seen it looks at it.

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
