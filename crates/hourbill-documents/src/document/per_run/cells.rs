//! The cells of a table row, kept long enough to look at the row as a whole; and the one place that makes a text harmless to spreadsheets.

use std::borrow::Cow;

use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money, decimal_text};
use crate::tables::{Sink, Table, TableColumn};

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableCell {
    Text(String),
    Date(Option<Date>),
    Flag(Option<bool>),
    Count(Option<i64>),
    Hours(Option<HoursSum>),
    /// An integer of 10^-6.
    Decimal(Option<i64>),
    Money(Option<(Money, Currency)>),
    /// A price, an integer of 10^-6, of which at least so many decimals are shown.
    Price(i64, u32),
    /// A file beside the page, by its path.
    Link(String),
}

impl TableCell {
    /// As the machine tables write it: ISO dates, `.` decimals.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            TableCell::Text(text) => Cow::Borrowed(text),
            TableCell::Date(date) => owned(date.map(|date| date.to_string())),
            TableCell::Flag(flag) => owned(flag.map(|flag| flag.to_string())),
            TableCell::Count(count) => owned(count.map(|count| count.to_string())),
            TableCell::Hours(hours) => owned(hours.map(|hours| hours.to_string())),
            TableCell::Decimal(micros) => owned(micros.map(|micros| decimal_text(i128::from(micros), 6, 0))),
            TableCell::Money(money) => owned(money.map(|(money, currency)| money.text(currency))),
            TableCell::Price(micros, decimals) => Cow::Owned(decimal_text(i128::from(*micros), 6, *decimals)),
            TableCell::Link(path) => Cow::Borrowed(path),
        }
    }

    pub fn date(&self) -> Option<Date> {
        if let TableCell::Date(date) = self { *date } else { None }
    }

    pub fn hours(&self) -> Option<HoursSum> {
        if let TableCell::Hours(hours) = self { *hours } else { None }
    }

    pub fn count(&self) -> Option<i64> {
        if let TableCell::Count(count) = self { *count } else { None }
    }

    pub fn money(&self) -> Option<(Money, Currency)> {
        if let TableCell::Money(money) = self { *money } else { None }
    }
}

fn owned(text: Option<String>) -> Cow<'static, str> {
    text.map_or(Cow::Borrowed(""), Cow::Owned)
}

/// §9.5: a text that a spreadsheet would take for a formula gets a `'` in front, in files meant for people.
pub fn neutralised(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

/// Position of a column by its name.
pub fn column(columns: &[TableColumn], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name == name)
}

/// One row of a table whose cells are asked for by the name of their column.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    columns: &'static [TableColumn],
    cells: &'a [TableCell],
}

impl<'a> Row<'a> {
    pub fn cells(&self) -> &'a [TableCell] {
        self.cells
    }

    pub fn get(&self, name: &str) -> Option<&'a TableCell> {
        self.cells.get(column(self.columns, name)?)
    }

    /// The cell as the machine tables write it; empty for a column that the table does not have.
    pub fn text(&self, name: &str) -> Cow<'a, str> {
        self.get(name).map_or(Cow::Borrowed(""), TableCell::text)
    }

    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), Some(TableCell::Flag(Some(true))))
    }
}

/// Rows told between two looks at whether more are wanted.
const ROWS_AT_ONCE: usize = 512;

/// Hands the rows of a table to `each`, in order, until it says `false`.
pub fn each_row(table: &Table<'_>, each: impl FnMut(Row<'_>) -> bool) {
    let mut collector =
        Collector { columns: table.columns, cells: Vec::with_capacity(table.columns.len()), each, more: true };
    let len = table.rows.count();
    for start in (0..len).step_by(ROWS_AT_ONCE) {
        table.rows.fill(start..len.min(start + ROWS_AT_ONCE), &mut collector);
        if !collector.more {
            return;
        }
    }
}

/// Hands rows to `each`, by their places in the table and in this order.
pub fn rows_at(table: &Table<'_>, places: &[usize], mut each: impl FnMut(Row<'_>) -> bool) {
    let mut more = true;
    for &at in places {
        let mut collector = Collector {
            columns: table.columns,
            cells: Vec::with_capacity(table.columns.len()),
            each: |row: Row<'_>| {
                more = each(row);
                more
            },
            more: true,
        };
        table.rows.fill(at..at + 1, &mut collector);
        if !more {
            return;
        }
    }
}

struct Collector<F> {
    columns: &'static [TableColumn],
    cells: Vec<TableCell>,
    each: F,
    more: bool,
}

impl<F: FnMut(Row<'_>) -> bool> Sink for Collector<F> {
    fn text(&mut self, text: &str) {
        self.cells.push(TableCell::Text(text.to_owned()));
    }

    fn date(&mut self, date: Option<Date>) {
        self.cells.push(TableCell::Date(date));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.cells.push(TableCell::Flag(flag));
    }

    fn count(&mut self, count: Option<i64>) {
        self.cells.push(TableCell::Count(count));
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.cells.push(TableCell::Hours(hours));
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.cells.push(TableCell::Decimal(micros));
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.cells.push(TableCell::Money(money));
    }

    fn end_row(&mut self) {
        if self.more {
            self.more = (self.each)(Row { columns: self.columns, cells: &self.cells });
        }
        self.cells.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_start_a_formula_are_neutralised_and_no_others() {
        for text in ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(neutralised(text), format!("'{text}"));
        }
        for text in ["", "a=b", " =1", "'=1", "007", "é"] {
            assert_eq!(neutralised(text), text);
        }
    }
}
