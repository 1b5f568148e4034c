//! A table as JSON objects: exact figures as text, as in the CSV tables.

use serde_json::{Map, Value};

use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money, decimal_text};
use crate::tables::{Sink, Table};

pub fn rows(table: &Table<'_>) -> Value {
    let columns = table.columns.iter().map(|column| column.name).collect();
    let mut rows = JsonRows { columns, row: Vec::new(), rows: Vec::new() };
    table.rows.fill(0..table.rows.count(), &mut rows);
    Value::Array(rows.rows)
}

struct JsonRows {
    columns: Vec<&'static str>,
    row: Vec<Value>,
    rows: Vec<Value>,
}

impl JsonRows {
    fn or_null<T>(&mut self, value: Option<T>, show: impl Fn(T) -> Value) {
        self.row.push(value.map_or(Value::Null, show));
    }
}

impl Sink for JsonRows {
    fn text(&mut self, text: &str) {
        self.row.push(Value::String(text.to_owned()));
    }

    fn date(&mut self, date: Option<Date>) {
        self.or_null(date, |date| date.to_string().into());
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.or_null(flag, Value::Bool);
    }

    fn count(&mut self, count: Option<i64>) {
        self.or_null(count, Value::from);
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.or_null(hours, |hours| hours.to_string().into());
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.or_null(micros, |micros| decimal_text(i128::from(micros), 6, 0).into());
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.or_null(money, |(money, currency)| money.text(currency).into());
    }

    fn end_row(&mut self) {
        let cells = self.columns.iter().map(|name| (*name).to_owned()).zip(self.row.drain(..));
        self.rows.push(Value::Object(cells.collect::<Map<_, _>>()));
    }
}
