//! Where money may leak, for the terminal.

use serde_json::{Map, Value};

use super::grid::{Align, Grid};
use super::layout::{and_more, grouped, heading, hours, shortened};
use super::rows_json;
use crate::account::Disposition;
use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money, decimal_text};
use crate::tables::{ColumnKind, Sink, Table, leak_question};

/// Rows of a question that are shown.
const ROWS_SHOWN: usize = 10;
const TEXT_WIDTH: usize = 24;

pub fn text(tables: &[Table<'_>]) -> String {
    let parts = tables.iter().map(|table| {
        let mut text = format!("{}\n", heading(leak_question(table.name)));
        let count = table.rows.count();
        if count == 0 {
            return text + "  none\n";
        }
        let aligned = table.columns.iter().enumerate().map(|(at, column)| {
            let align = match column.kind {
                ColumnKind::Date => Align::Id,
                ColumnKind::Text if at == 0 => Align::Id,
                ColumnKind::Text | ColumnKind::Flag => Align::Left,
                _ => Align::Right,
            };
            (if column.name == "disposition" { "status".to_owned() } else { column.name.replace('_', " ") }, align)
        });
        let columns: Vec<(String, Align)> = aligned.collect();
        let columns: Vec<(&str, Align)> = columns.iter().map(|(name, align)| (name.as_str(), *align)).collect();
        let dispositions = table.columns.iter().position(|column| column.name == "disposition");
        let mut rows = TextRows { grid: Grid::new(&columns), row: Vec::new(), dispositions };
        table.rows.fill(0..count.min(ROWS_SHOWN), &mut rows);
        text.push_str(&rows.grid.text());
        text.push_str(
            &and_more("  ", count, ROWS_SHOWN, table.name).replace(", in the table ", ", with --format json in "),
        );
        text
    });
    parts.collect::<Vec<_>>().join("\n")
}

pub fn json(tables: &[Table<'_>]) -> Value {
    tables.iter().map(|table| (table.name.to_owned(), rows_json::rows(table))).collect::<Map<_, _>>().into()
}

struct TextRows {
    grid: Grid,
    row: Vec<String>,
    /// Place of the column that has them.
    dispositions: Option<usize>,
}

impl Sink for TextRows {
    fn text(&mut self, text: &str) {
        let known = Disposition::ALL.into_iter().find(|known| known.name() == text);
        let label = known.filter(|_| self.dispositions == Some(self.row.len())).map(Disposition::label);
        self.row.push(shortened(&label.map_or_else(|| text.replace('_', " "), str::to_owned), TEXT_WIDTH));
    }

    fn date(&mut self, date: Option<Date>) {
        self.row.push(date.map_or_else(String::new, |date| date.to_string()));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.row.push(flag.map_or_else(String::new, |flag| flag.to_string()));
    }

    fn count(&mut self, count: Option<i64>) {
        self.row.push(count.map_or_else(String::new, |count| grouped(&count.to_string())));
    }

    fn hours(&mut self, sum: Option<HoursSum>) {
        self.row.push(sum.map(hours).unwrap_or_default());
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.row.push(micros.map_or_else(String::new, |micros| grouped(&decimal_text(i128::from(micros), 6, 0))));
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.row.push(money.map_or_else(String::new, |(money, currency)| grouped(&money.text(currency))));
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        self.grid.row(&row);
    }
}
