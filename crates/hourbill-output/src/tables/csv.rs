//! Tables as CSV: RFC 4180, UTF-8, LF, `.` decimals, ISO dates. The one writer of ours beside the `csv` crate (`csv_text`): cells go from
//! columns into bytes without a text in between, on all threads. `encode_tests` hold it against the crate.

use std::io::{self, Write};
use std::ops::Range;

use rayon::prelude::*;

use super::encode::{ColumnKind, Sink, Table, TableColumn, slices};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::quantity::{Currency, HOURS_DECIMALS, HoursSum, Money, hours_unscaled};

impl Table<'_> {
    /// Writes a header and all rows; the same bytes with any number of threads. While some rows are written, those behind them are formatted.
    ///
    /// # Errors
    /// Those of `out`, and a row whose cells do not fit the columns, which is a bug.
    pub fn write_csv(&self, out: &mut (dyn Write + Send)) -> io::Result<()> {
        let header: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        writeln!(out, "{}", header.join(","))?;
        // Two rounds of them are in memory at a time. What they lie in is used again: memory that is new has to be cleared first.
        let (mut ready, mut spare): (Vec<CsvRows>, Vec<CsvRows>) = (Vec::new(), Vec::new());
        for slices in slices(self.rows.count()).chunks(self.rows.slices_at_once().div_ceil(2)) {
            spare.resize_with(slices.len(), || CsvRows::new(self.columns));
            let format = |(slice, rows): (&Range<usize>, &mut CsvRows)| self.rows.fill(slice.clone(), rows);
            let (written, ()) = rayon::join(
                || ready.iter_mut().try_for_each(|rows| rows.write(out)),
                || slices.par_iter().zip(&mut spare).for_each(format),
            );
            written?;
            std::mem::swap(&mut ready, &mut spare);
        }
        ready.iter_mut().try_for_each(|rows| rows.write(out))
    }
}

/// Makes cells as they stand in CSV, in one piece of memory.
pub(super) struct CsvCells(CsvRows);

impl CsvCells {
    pub fn new() -> CsvCells {
        CsvCells(CsvRows::with_room(&[], 0))
    }

    /// Cells of these columns, one behind the other.
    pub fn made(&mut self, columns: &'static [TableColumn], tell: impl FnOnce(&mut dyn Sink)) -> &str {
        let rows = &mut self.0;
        rows.text.clear();
        (rows.columns, rows.cells, rows.misfit) = (columns, 0, false);
        tell(rows);
        let fits = !rows.misfit && rows.cells == columns.len();
        let text = std::str::from_utf8(&rows.text).ok().filter(|_| fits);
        text.or_bug("cells are text, and fit the columns for which they are told")
    }
}

struct CsvRows {
    columns: &'static [TableColumn],
    /// Cells told in this row.
    cells: usize,
    text: Vec<u8>,
    misfit: bool,
    /// The last date that was told, and its characters: rows of one day mostly stand together.
    date: (Option<Date>, Vec<u8>),
}

impl CsvRows {
    fn new(columns: &'static [TableColumn]) -> CsvRows {
        CsvRows::with_room(columns, 1 << 20)
    }

    fn with_room(columns: &'static [TableColumn], bytes: usize) -> CsvRows {
        CsvRows { columns, cells: 0, text: Vec::with_capacity(bytes), misfit: false, date: (None, Vec::new()) }
    }

    fn start(&mut self, kind: ColumnKind) {
        self.misfit |= self.columns.get(self.cells).is_none_or(|column| column.kind != kind);
        if self.cells > 0 {
            self.text.push(b',');
        }
        self.cells += 1;
    }

    /// Writes the rows, and forgets them.
    fn write(&mut self, out: &mut (dyn Write + Send)) -> io::Result<()> {
        if self.misfit {
            return Err(io::Error::other("the cells of a row do not fit the columns of its table"));
        }
        out.write_all(&self.text)?;
        self.text.clear();
        Ok(())
    }

    /// `unscaled` x 10^-`scale` with at least `decimals_min` decimals, without an allocation.
    fn decimal_digits(&mut self, unscaled: i128, scale: u32, decimals_min: u32) {
        let Ok(small) = i64::try_from(unscaled) else {
            self.text.extend_from_slice(crate::quantity::decimal_text(unscaled, scale, decimals_min).as_bytes());
            return;
        };
        if small < 0 {
            self.text.push(b'-');
        }
        let divisor = 10_u64.pow(scale.min(19));
        let (whole, mut fraction) = (small.unsigned_abs() / divisor, small.unsigned_abs() % divisor);
        self.digits(whole, 1);
        let mut decimals = scale;
        while decimals > decimals_min && fraction.is_multiple_of(10) {
            fraction /= 10;
            decimals -= 1;
        }
        if decimals > 0 {
            self.text.push(b'.');
            self.digits(fraction, decimals as usize);
        }
    }

    /// At least `width` digits.
    fn digits(&mut self, number: u64, width: usize) {
        /// No number of 64 bits has more, and no scale.
        const MOST: usize = 20;
        let (mut digits, mut rest, mut written) = ([b'0'; MOST], number, 0);
        for digit in digits.iter_mut().rev() {
            if rest == 0 && written >= width {
                break;
            }
            *digit += (rest % 10) as u8;
            rest /= 10;
            written += 1;
        }
        self.text.extend_from_slice(digits.split_at(MOST - written).1);
    }
}

/// Whether a cell stands in CSV as it is.
fn is_plain(cell: &[u8]) -> bool {
    /// Longer cells are worth a search that sets out to be fast.
    const SHORT: usize = 64;
    if cell.len() > SHORT {
        return memchr::memchr3(b',', b'"', b'\n', cell).is_none() && !cell.contains(&b'\r');
    }
    let is_special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    // No decision per byte: nearly all cells are plain.
    !cell.iter().fold(false, |found, byte| found | is_special(byte))
}

impl Sink for CsvRows {
    fn text(&mut self, text: &str) {
        self.start(ColumnKind::Text);
        if is_plain(text.as_bytes()) {
            self.text.extend_from_slice(text.as_bytes());
            return;
        }
        self.text.push(b'"');
        for part in text.split_inclusive('"') {
            self.text.extend_from_slice(part.as_bytes());
            if part.ends_with('"') {
                self.text.push(b'"');
            }
        }
        self.text.push(b'"');
    }

    fn date(&mut self, date: Option<Date>) {
        self.start(ColumnKind::Date);
        let Some(date) = date else { return };
        if self.date.0 == Some(date) {
            return self.text.extend_from_slice(&self.date.1);
        }
        let (start, (year, month, day)) = (self.text.len(), date.ymd());
        self.digits(u64::from(year), 4);
        self.text.push(b'-');
        self.digits(u64::from(month), 2);
        self.text.push(b'-');
        self.digits(u64::from(day), 2);
        self.date.0 = Some(date);
        self.date.1.clear();
        self.date.1.extend_from_slice(self.text.split_at(start).1);
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.start(ColumnKind::Flag);
        if let Some(flag) = flag {
            self.text.extend_from_slice(if flag { b"true" } else { b"false" });
        }
    }

    fn count(&mut self, count: Option<i64>) {
        self.start(ColumnKind::Count);
        if let Some(count) = count {
            if count < 0 {
                self.text.push(b'-');
            }
            self.digits(count.unsigned_abs(), 1);
        }
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.start(ColumnKind::Hours);
        if let Some(hours) = hours {
            self.decimal_digits(hours_unscaled(hours.micros()), HOURS_DECIMALS, 0);
        }
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.start(ColumnKind::Decimal);
        if let Some(micros) = micros {
            self.decimal_digits(i128::from(micros), 6, 0);
        }
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.start(ColumnKind::Money);
        if let Some((money, currency)) = money {
            self.decimal_digits(money.minor(), currency.digits(), currency.digits());
        }
    }

    fn end_row(&mut self) {
        self.misfit |= self.cells != self.columns.len();
        self.cells = 0;
        self.text.push(b'\n');
    }

    fn is_csv(&self) -> bool {
        true
    }

    fn csv(&mut self, cells: usize, text: &str) {
        if self.cells > 0 {
            self.text.push(b',');
        }
        self.cells += cells;
        self.text.extend_from_slice(text.as_bytes());
    }
}
