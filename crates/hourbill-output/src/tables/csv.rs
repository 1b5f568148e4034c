//! Tables as CSV: RFC 4180, UTF-8, LF, `.` decimals, ISO dates. The one writer of ours beside the `csv` crate (`csv_text`): cells go from
//! columns into bytes without a text in between, on all threads. `encode_tests` hold it against the crate.

use std::io::{self, Write};

use rayon::prelude::*;

use super::encode::{ColumnKind, Sink, Table, TableColumn, slices};
use crate::calendar::Date;
use crate::quantity::{Currency, HOURS_DECIMALS, HoursSum, Money, hours_unscaled};

impl Table<'_> {
    /// Writes a header and all rows; the same bytes with any number of threads.
    ///
    /// # Errors
    /// Those of `out`, and a row whose cells do not fit the columns, which is a bug.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let header: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        writeln!(out, "{}", header.join(","))?;
        for slices in slices(self.rows.count()).chunks(self.rows.slices_at_once()) {
            let texts: Vec<io::Result<Vec<u8>>> = slices
                .par_iter()
                .map(|slice| {
                    let mut rows = CsvRows::new(self.columns);
                    self.rows.fill(slice.clone(), &mut rows);
                    rows.finish()
                })
                .collect();
            for text in texts {
                out.write_all(&text?)?;
            }
        }
        Ok(())
    }
}

struct CsvRows {
    columns: &'static [TableColumn],
    /// Cells told in this row.
    cells: usize,
    text: Vec<u8>,
    misfit: bool,
}

impl CsvRows {
    fn new(columns: &'static [TableColumn]) -> CsvRows {
        CsvRows { columns, cells: 0, text: Vec::with_capacity(1 << 20), misfit: false }
    }

    fn start(&mut self, kind: ColumnKind) {
        self.misfit |= self.columns.get(self.cells).is_none_or(|column| column.kind != kind);
        if self.cells > 0 {
            self.text.push(b',');
        }
        self.cells += 1;
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        if self.misfit {
            return Err(io::Error::other("the cells of a row do not fit the columns of its table"));
        }
        Ok(self.text)
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
        let start = self.text.len();
        let (mut rest, mut written) = (number, 0);
        while rest > 0 || written < width {
            self.text.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            written += 1;
        }
        if let Some(digits) = self.text.get_mut(start..) {
            digits.reverse();
        }
    }
}

impl Sink for CsvRows {
    fn text(&mut self, text: &str) {
        self.start(ColumnKind::Text);
        if memchr::memchr3(b',', b'"', b'\n', text.as_bytes()).is_none() && !text.as_bytes().contains(&b'\r') {
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
        if let Some(date) = date {
            let (year, month, day) = date.ymd();
            self.digits(u64::from(year), 4);
            self.text.push(b'-');
            self.digits(u64::from(month), 2);
            self.text.push(b'-');
            self.digits(u64::from(day), 2);
        }
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
            self.decimal_digits(i128::from(count), 0, 0);
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
}
