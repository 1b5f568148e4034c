//! Empty lines among the rows of a text file: what stands behind one may be another table, or sums.

use super::batch::{Batch, BatchRows};

impl Batch<'_> {
    /// Lines between the first of the batch and the first empty one between its rows or behind them.
    pub fn empty_line(&self) -> Option<u64> {
        let lines = self.lines()?;
        let rows = self.rows() as u64;
        if lines <= rows {
            return None;
        }
        let mut line = self.line(0);
        (0..self.rows()).find_map(|at| {
            let next = if at + 1 < self.rows() { self.line(at + 1) } else { lines };
            let first = std::mem::replace(&mut line, next);
            // A row takes a line at least: those of its cells are counted only where more lie before the next row.
            if next <= first + 1 {
                return None;
            }
            let behind = first + self.lines_of(at);
            (behind < next).then_some(behind)
        })
    }

    /// Lines that the batch takes; `None` for files without lines.
    pub fn lines(&self) -> Option<u64> {
        match &self.rows {
            BatchRows::Text(rows) => Some(rows.rows().lines()),
            BatchRows::Grid(rows) if rows.has_lines() => {
                let last = self.rows().checked_sub(1)?;
                Some(self.line(last) + self.lines_of(last))
            }
            _ => None,
        }
    }

    /// Lines of a row: those that its quoted cells hold are its own.
    fn lines_of(&self, row: usize) -> u64 {
        let of_record = |record: String| 1 + record.trim_end_matches(['\r', '\n']).matches('\n').count() as u64;
        match &self.rows {
            BatchRows::Text(rows) => rows.lines_of(row),
            BatchRows::Grid(rows) => rows.record(row).map_or(1, of_record),
            _ => 1,
        }
    }
}
