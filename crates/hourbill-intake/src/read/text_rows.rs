//! Rows of a block of a CSV file, cell by cell.

use super::Cell;
use super::rows::Rows;

/// A batch of a CSV file.
pub(super) struct TextRows<'a> {
    pub bytes: &'a [u8],
    /// The same, with stand-ins for bytes that are no text.
    pub text: &'a str,
    pub rows: &'a Rows,
    /// Where each field of the input stands.
    pub fields: &'a [Option<usize>],
    pub delimiter: u8,
}

impl TextRows<'_> {
    pub fn rows(&self) -> &Rows {
        self.rows
    }

    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        match self.fields.get(field) {
            Some(Some(column)) => self.said(row, *column, self.rows.cell(self.text, row, *column)),
            _ => Cell::Empty,
        }
    }

    #[inline]
    fn said<'a>(&self, row: usize, column: usize, text: &'a str) -> Cell<'a> {
        match text {
            "" => Cell::Empty,
            _ if self.rows.is_no_text(row, column) => Cell::NoText,
            text => Cell::Text(text),
        }
    }

    pub fn has(&self, field: usize) -> bool {
        matches!(self.fields.get(field), Some(Some(_)))
    }

    /// Hands on the cells of a field, row after row.
    #[inline]
    pub fn each<'a>(&'a self, field: usize, mut each: impl FnMut(usize, Cell<'a>)) {
        match self.fields.get(field) {
            Some(Some(column)) => {
                self.rows.each(self.text, *column, |row, text| each(row, self.said(row, *column, text)))
            }
            _ => (0..self.rows.len()).for_each(|row| each(row, Cell::Empty)),
        }
    }

    pub fn record(&self, row: usize) -> String {
        record(self.bytes, self.rows, row)
    }

    /// Lines of a row: those that its quoted cells hold are its own.
    pub fn lines_of(&self, row: usize) -> u64 {
        let record = self.bytes.get(self.rows.record(row)).unwrap_or_default().trim_ascii_end();
        1 + memchr::memchr_iter(b'\n', record).count() as u64
    }
}

pub(super) fn record(bytes: &[u8], rows: &Rows, row: usize) -> String {
    String::from_utf8_lossy(bytes.get(rows.record(row)).unwrap_or_default()).into_owned()
}
