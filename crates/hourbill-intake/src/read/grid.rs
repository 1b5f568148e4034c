//! Rows of a file as cells that are kept, and what they take in memory.

use super::owned::Owned;
use super::{Cell, Defect, EXACT_BELOW, ReadError, room};

/// A row of a file, whole.
#[derive(Clone, Debug)]
pub(super) struct GridRow {
    /// 1 is the first data row of the file.
    pub number: u64,
    /// `None` in files without lines.
    pub line: Option<u64>,
    pub cells: Vec<Owned>,
    pub defect: Option<Defect>,
    pub record: Option<String>,
}

impl GridRow {
    /// The cell of a column that says nothing certain.
    pub fn uncertain(&self, column: usize) -> Option<&Owned> {
        self.cells.get(column).filter(|cell| match cell {
            Owned::Float(number) => number.abs() >= EXACT_BELOW,
            cell => matches!(cell, Owned::Unsaved | Owned::NoText),
        })
    }

    /// It cannot be cut into cells.
    pub fn is_torn(&self) -> bool {
        self.defect.is_some_and(Defect::is_torn)
    }

    pub fn is_blank(&self, column: usize) -> bool {
        self.cells.get(column).is_none_or(Owned::is_blank)
    }
}

/// Counts what rows take that are kept in memory until all are read: a small file may unfold into any number of them.
pub(super) struct Kept<'a> {
    shown: &'a str,
    bytes: u64,
    bytes_max: u64,
    /// Bytes for which there was room.
    asked: u64,
}

/// Room is asked for so much at a time.
const ASKED_BYTES: u64 = 16 << 20;

impl<'a> Kept<'a> {
    pub fn new(shown: &'a str, bytes_max: u64) -> Kept<'a> {
        Kept { shown, bytes: 0, bytes_max, asked: 0 }
    }

    pub fn count(&mut self, row: &GridRow) -> Result<(), ReadError> {
        let of_cell = |cell: &Owned| match cell {
            Owned::Text(text) => text.capacity() + size_of::<Owned>(),
            _ => size_of::<Owned>(),
        };
        let record = row.record.as_ref().map_or(0, String::capacity);
        let bytes = size_of::<GridRow>() + record + row.cells.iter().map(of_cell).sum::<usize>();
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if self.bytes > self.bytes_max {
            return Err(ReadError::TooLarge { file: self.shown.to_owned(), bytes_max: self.bytes_max });
        }
        if self.bytes > self.asked {
            self.asked = self.bytes.saturating_add(ASKED_BYTES);
            if !room::has_room(ASKED_BYTES as usize) {
                return Err(ReadError::NoRoom { file: self.shown.to_owned() });
            }
        }
        Ok(())
    }
}

/// A batch of rows that stand together in their file.
pub(super) struct GridRows<'a> {
    pub rows: &'a [GridRow],
    /// Those between the batch before and this one.
    pub skipped: &'a [(u64, Owned)],
    pub fields: &'a [Option<usize>],
    /// Ids are made of cells: how many columns are the file's own.
    pub own: Option<usize>,
    /// Of a text file.
    pub delimiter: Option<u8>,
}

impl GridRows<'_> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        let column = self.fields.get(field).copied().flatten();
        let cell = column.and_then(|column| self.rows.get(row)?.cells.get(column));
        cell.map_or(Cell::Empty, Owned::cell)
    }

    pub fn has(&self, field: usize) -> bool {
        matches!(self.fields.get(field), Some(Some(_)))
    }

    /// Hours of rows that the job skips, between the batch before and this one.
    pub fn skipped(&self) -> impl Iterator<Item = Cell<'_>> {
        self.skipped.iter().map(|(_, cell)| cell.cell())
    }

    pub fn has_lines(&self) -> bool {
        self.rows.first().is_some_and(|row| row.line.is_some())
    }

    /// Ids of the rows are made of their cells.
    pub fn has_made_ids(&self) -> bool {
        self.own.is_some()
    }

    /// The cells of the file's own columns, where ids are made of them.
    pub fn own_cells(&self, row: usize) -> impl Iterator<Item = &Owned> {
        let cells = self.rows.get(row).map_or(&[][..], |row| row.cells.as_slice());
        cells.iter().take(self.own.unwrap_or(0))
    }

    /// The column of a field, where it is one of the file's own.
    pub fn own_column(&self, field: usize) -> Option<usize> {
        self.fields.get(field).copied().flatten().filter(|column| self.own.is_some_and(|own| *column < own))
    }

    pub fn defect(&self, row: usize) -> Option<Defect> {
        self.rows.get(row)?.defect
    }

    pub fn line(&self, row: usize) -> Option<u64> {
        self.rows.get(row)?.line
    }

    pub fn record(&self, row: usize) -> Option<String> {
        self.rows.get(row)?.record.clone()
    }
}
