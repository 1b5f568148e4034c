//! The answer to a question: columns with names, rows of cells, in the forms in which it is handed out.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{DataType as ArrowType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use polars::prelude::{AnyValue, Column, DataFrame, DataType};
use serde_json::{Map, Number, Value};

use super::QueryError;
use crate::calendar::Date;
use crate::csv_text::CsvText;
use crate::quantity::decimal_text;

/// What came out.
pub struct Answer(DataFrame);

/// A cell of an answer, in the form in which it leaves polars.
enum AnswerCell {
    Nothing,
    Text(String),
    Flag(bool),
    Date(i32),
    Whole(i128),
    /// A decimal without its point, and its decimals.
    Decimal(i128, usize),
    /// Of statistics: no sum of hours or money is one.
    Float(f64),
}

impl AnswerCell {
    fn of(cell: &AnyValue<'_>) -> AnswerCell {
        match cell {
            AnyValue::Null => AnswerCell::Nothing,
            AnyValue::String(text) => AnswerCell::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => AnswerCell::Text(text.to_string()),
            AnyValue::Boolean(flag) => AnswerCell::Flag(*flag),
            AnyValue::Date(days) => AnswerCell::Date(*days),
            AnyValue::Decimal(unscaled, _, scale) => AnswerCell::Decimal(*unscaled, *scale),
            AnyValue::Float32(float) => AnswerCell::Float(f64::from(*float)),
            AnyValue::Float64(float) => AnswerCell::Float(*float),
            other => match other.extract::<i128>() {
                Some(whole) if other.is_integer() => AnswerCell::Whole(whole),
                _ => AnswerCell::Text(other.to_string()),
            },
        }
    }

    fn text(&self) -> String {
        match self {
            AnswerCell::Nothing => String::new(),
            AnswerCell::Text(text) => text.clone(),
            AnswerCell::Flag(flag) => flag.to_string(),
            AnswerCell::Date(days) => Date::from_days(*days).map(|date| date.to_string()).unwrap_or_default(),
            AnswerCell::Whole(whole) => whole.to_string(),
            AnswerCell::Decimal(unscaled, scale) => decimal_text(*unscaled, *scale as u32, 0),
            AnswerCell::Float(float) => float.to_string(),
        }
    }

    fn json(&self) -> Value {
        match self {
            AnswerCell::Nothing => Value::Null,
            AnswerCell::Flag(flag) => Value::Bool(*flag),
            AnswerCell::Whole(whole) => {
                i64::try_from(*whole).map_or_else(|_| Value::String(whole.to_string()), Value::from)
            }
            AnswerCell::Float(float) => Number::from_f64(*float).map_or(Value::Null, Value::Number),
            AnswerCell::Text(_) | AnswerCell::Date(_) | AnswerCell::Decimal(..) => Value::String(self.text()),
        }
    }
}

impl Answer {
    pub(super) fn new(frame: DataFrame) -> Answer {
        Answer(frame)
    }

    pub fn rows(&self) -> usize {
        self.0.height()
    }

    /// Name of each column, and whether it has figures.
    pub fn columns(&self) -> Vec<(&str, bool)> {
        let columns = self.0.columns().iter();
        columns.map(|column| (column.name().as_str(), column.dtype().is_numeric())).collect()
    }

    /// The cells of a row as text: figures in full, decimals without zeros at their end, nothing where there is nothing.
    pub fn texts(&self, row: usize) -> Vec<String> {
        self.cells_of(row).map(|cell| cell.text()).collect()
    }

    fn cells_of(&self, row: usize) -> impl Iterator<Item = AnswerCell> + '_ {
        self.0
            .columns()
            .iter()
            .map(move |column| column.get(row).map_or(AnswerCell::Nothing, |cell| AnswerCell::of(&cell)))
    }

    /// A header and all rows.
    pub fn csv(&self) -> Vec<u8> {
        let mut csv = CsvText::lines();
        csv.row(self.columns().iter().map(|(name, _)| *name));
        (0..self.rows()).for_each(|row| csv.row(self.texts(row)));
        csv.bytes()
    }

    /// An object per row; hours and money as texts, so that nobody reads them as floating-point numbers.
    pub fn json(&self) -> Value {
        let names: Vec<String> = self.columns().iter().map(|(name, _)| (*name).to_owned()).collect();
        let row = |row| names.iter().cloned().zip(self.cells_of(row).map(|cell| cell.json())).collect::<Map<_, _>>();
        Value::Array((0..self.rows()).map(row).map(Value::Object).collect())
    }

    /// One row group; decimals stay decimals.
    ///
    /// # Errors
    /// A column of a kind that is not written: a list, a moment.
    pub fn parquet(&self) -> Result<Vec<u8>, QueryError> {
        let wrong =
            |error: &dyn std::fmt::Display| QueryError::Question(format!("the answer is no Parquet table: {error}"));
        let columns: Vec<(Field, ArrayRef)> = self.0.columns().iter().map(arrow).collect();
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| wrong(&error))?;
        let properties = WriterProperties::builder().set_created_by("hourbill".to_owned()).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).map_err(|error| wrong(&error))?;
        writer.write(&batch).map_err(|error| wrong(&error))?;
        writer.close().map_err(|error| wrong(&error))?;
        Ok(bytes)
    }
}

/// A column for Parquet; what has no form of its own there is text.
fn arrow(column: &Column) -> (Field, ArrayRef) {
    let cells =
        || (0..column.len()).map(|row| column.get(row).map_or(AnswerCell::Nothing, |cell| AnswerCell::of(&cell)));
    let array: ArrayRef = match column.dtype() {
        DataType::Boolean => Arc::new(
            cells()
                .map(|cell| if let AnswerCell::Flag(flag) = cell { Some(flag) } else { None })
                .collect::<BooleanArray>(),
        ),
        DataType::Date => Arc::new(
            cells()
                .map(|cell| if let AnswerCell::Date(days) = cell { Some(days) } else { None })
                .collect::<Date32Array>(),
        ),
        DataType::Float32 | DataType::Float64 => Arc::new(
            cells()
                .map(|cell| if let AnswerCell::Float(float) = cell { Some(float) } else { None })
                .collect::<Float64Array>(),
        ),
        DataType::Decimal(precision, scale) => {
            let kind = ArrowType::Decimal128(*precision as u8, *scale as i8);
            let cells =
                cells().map(|cell| if let AnswerCell::Decimal(unscaled, _) = cell { Some(unscaled) } else { None });
            Arc::new(cells.collect::<Decimal128Array>().with_data_type(kind))
        }
        // Wider than what a Parquet integer holds.
        DataType::UInt64 | DataType::Int128 | DataType::UInt128 => {
            let cells = cells().map(|cell| if let AnswerCell::Whole(whole) = cell { Some(whole) } else { None });
            Arc::new(cells.collect::<Decimal128Array>().with_data_type(ArrowType::Decimal128(38, 0)))
        }
        kind if kind.is_integer() => Arc::new(
            cells()
                .map(|cell| if let AnswerCell::Whole(whole) = cell { i64::try_from(whole).ok() } else { None })
                .collect::<Int64Array>(),
        ),
        _ => Arc::new(
            cells()
                .map(|cell| if let AnswerCell::Nothing = cell { None } else { Some(cell.text()) })
                .collect::<StringArray>(),
        ),
    };
    (Field::new(column.name().as_str(), array.data_type().clone(), true), array)
}
