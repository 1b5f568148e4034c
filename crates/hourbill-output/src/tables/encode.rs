//! What a table is: columns of a few kinds, and rows that tell their cells one after another to whoever writes them.

use std::ops::Range;

use crate::calendar::Date;
use crate::quantity::{Currency, HOURS_DECIMALS, HoursSum, Money};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Date,
    Flag,
    Count,
    /// Hours with ten decimals: the microsecond can be read back.
    Hours,
    /// Quantities, prices and percentages, six decimals.
    Decimal,
    /// With the decimals of its currency.
    Money,
}

impl ColumnKind {
    /// Decimals that its cells are kept with as exact decimals; `None` for what is no decimal.
    pub const fn scale(self) -> Option<u8> {
        match self {
            ColumnKind::Hours => Some(HOURS_DECIMALS as u8),
            ColumnKind::Decimal => Some(6),
            // No currency has more.
            ColumnKind::Money => Some(4),
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Flag | ColumnKind::Count => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct TableColumn {
    pub name: &'static str,
    pub kind: ColumnKind,
    /// Its place in what rows are sorted by, where cells say that.
    pub key: Option<u8>,
    /// What it holds, for docs/formats.md.
    pub about: &'static str,
}

impl TableColumn {
    /// Of a sheet or page that is described where it is made.
    pub const fn plain(name: &'static str, kind: ColumnKind) -> TableColumn {
        TableColumn { name, kind, key: None, about: "" }
    }
}

/// Takes the cells of rows, in the order of the columns; an empty text and `None` are empty cells.
pub trait Sink {
    fn text(&mut self, text: &str);
    fn date(&mut self, date: Option<Date>);
    fn flag(&mut self, flag: Option<bool>);
    fn count(&mut self, count: Option<i64>);
    fn hours(&mut self, hours: Option<HoursSum>);
    /// An integer of 10^-6.
    fn decimal(&mut self, micros: Option<i64>);
    fn money(&mut self, money: Option<(Money, Currency)>);
    fn end_row(&mut self);

    /// Writes CSV and nothing else: whoever tells the same cells of many rows may tell them by [`Sink::csv`].
    fn is_csv(&self) -> bool {
        false
    }

    /// So many cells as they stand in CSV, with the commas between them. Nobody asks this of a sink that is not of CSV.
    fn csv(&mut self, _cells: usize, _text: &str) {}
}

/// The rows of a table. They are told by ranges, so that threads can share the work.
pub trait Rows: Sync {
    fn count(&self) -> usize;
    fn fill(&self, rows: Range<usize>, out: &mut dyn Sink);
    /// Slices that are formatted before they are written: bounds the memory, keeps all threads busy.
    fn slices_at_once(&self) -> usize {
        2 * rayon::current_num_threads().max(1)
    }
}

pub struct Table<'a> {
    pub name: &'static str,
    pub columns: &'static [TableColumn],
    pub rows: Box<dyn Rows + 'a>,
}

/// Rows that a thread formats at once.
pub const SLICE_ROWS: usize = 16_384;

/// The slices of a table's rows, in order.
pub fn slices(rows: usize) -> Vec<Range<usize>> {
    (0..rows).step_by(SLICE_ROWS).map(|start| start..rows.min(start + SLICE_ROWS)).collect()
}
