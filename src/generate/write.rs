//! Rows become CSV bytes or Parquet row groups.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use csv::ByteRecord;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use std::fs::File;

use super::shape::HOUR;
use super::tables::{CellKind, Cells, Ragged, SyntheticTable};
use super::text::digits;
use crate::csv_text::CsvText;

const SECONDS_PER_DAY: i64 = 86_400;

/// CSV with LF line ends.
pub struct CsvCells {
    rows: CsvText,
    row: ByteRecord,
    columns: &'static [(&'static str, CellKind)],
    number: String,
}

impl CsvCells {
    pub fn new(table: &SyntheticTable) -> Self {
        Self { rows: CsvText::ragged_lines(), row: ByteRecord::new(), columns: table.columns, number: String::new() }
    }

    pub fn header(table: &SyntheticTable) -> Vec<u8> {
        let mut rows = CsvText::lines();
        rows.row(table.columns.iter().map(|(name, _)| name));
        rows.bytes()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.rows.bytes()
    }

    fn plain(&mut self, build: impl FnOnce(&mut String)) {
        self.number.clear();
        build(&mut self.number);
        self.row.push_field(self.number.as_bytes());
    }
}

impl Cells for CsvCells {
    fn text(&mut self, value: &str) {
        self.row.push_field(value.as_bytes());
    }

    fn date(&mut self, day: i64) {
        self.plain(|out| push_date(out, day));
    }

    fn stamp(&mut self, day: i64, second: i64) {
        self.plain(|out| {
            push_date(out, day);
            let parts = [(' ', second / 3600), (':', second / 60 % 60), (':', second % 60)];
            for (mark, part) in parts {
                out.push(mark);
                digits(out, part.unsigned_abs(), 2);
            }
        });
    }

    fn decimal(&mut self, value: i64) {
        let scale = match self.columns.get(self.row.len()) {
            Some((_, CellKind::Decimal { scale, .. })) => u32::from(scale.unsigned_abs()),
            _ => 0,
        };
        self.plain(|out| push_decimal(out, value, scale));
    }

    fn hours(&mut self, value: i64, clock: bool) {
        let minutes = value.abs() * 60 / HOUR;
        if clock && minutes * HOUR == value.abs() * 60 {
            self.plain(|out| {
                out.push_str(if value < 0 { "-" } else { "" });
                digits(out, minutes.unsigned_abs() / 60, 0);
                out.push(':');
                digits(out, minutes.unsigned_abs() % 60, 2);
            });
        } else {
            self.decimal(value);
        }
    }

    fn flag(&mut self, value: bool) {
        self.text(if value { "true" } else { "false" });
    }

    fn none(&mut self) {
        self.row.push_field(b"");
    }

    fn broken(&mut self, value: &str) {
        self.text(value);
    }

    fn end(&mut self, ragged: Option<Ragged>) {
        match ragged {
            Some(Ragged::Longer) => self.text("one too many"),
            Some(Ragged::Shorter) => self.row.truncate(self.row.len().saturating_sub(1)),
            None => {}
        }
        self.rows.record(&self.row);
        self.row.clear();
    }
}

/// Year, month and day of the proleptic Gregorian calendar, by Hinnant's method: March begins the year, so the leap
/// day is the last one. Written out because a row has up to three dates and formatting through a calendar library
/// costs more than the rest of the row.
fn push_date(out: &mut String, day: i64) {
    let shifted = (day + 719_468).unsigned_abs();
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    digits(out, year, 4);
    out.push('-');
    digits(out, month, 2);
    out.push('-');
    digits(out, of_year - (153 * march_month + 2) / 5 + 1, 2);
}

fn push_decimal(out: &mut String, value: i64, scale: u32) {
    out.push_str(if value < 0 { "-" } else { "" });
    let unit = 10u64.pow(scale);
    digits(out, value.unsigned_abs() / unit, 0);
    let mut rest = value.unsigned_abs() % unit;
    let mut width = usize::try_from(scale).unwrap_or(0);
    if rest > 0 {
        while rest.is_multiple_of(10) {
            rest /= 10;
            width -= 1;
        }
        out.push('.');
        digits(out, rest, width);
    }
}

enum Column {
    Text(StringBuilder),
    Date(Date32Builder),
    Stamp(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
    Flag(BooleanBuilder),
}

/// One row group in memory.
pub struct ColumnCells {
    columns: Vec<Column>,
    column: usize,
}

impl ColumnCells {
    pub fn new(table: &SyntheticTable) -> Self {
        let columns = table
            .columns
            .iter()
            .map(|&(_, kind)| match kind {
                CellKind::Text => Column::Text(StringBuilder::new()),
                CellKind::Date => Column::Date(Date32Builder::new()),
                CellKind::Stamp => Column::Stamp(TimestampMicrosecondBuilder::new()),
                CellKind::Decimal { .. } => Column::Decimal(Decimal128Builder::new().with_data_type(data_type(kind))),
                CellKind::Flag => Column::Flag(BooleanBuilder::new()),
            })
            .collect();
        Self { columns, column: 0 }
    }

    fn next(&mut self) -> Option<&mut Column> {
        self.column += 1;
        self.columns.get_mut(self.column - 1)
    }

    fn into_arrays(self) -> Vec<ArrayRef> {
        self.columns
            .into_iter()
            .map(|column| match column {
                Column::Text(mut cells) => Arc::new(cells.finish()) as ArrayRef,
                Column::Date(mut cells) => Arc::new(cells.finish()),
                Column::Stamp(mut cells) => Arc::new(cells.finish()),
                Column::Decimal(mut cells) => Arc::new(cells.finish()),
                Column::Flag(mut cells) => Arc::new(cells.finish()),
            })
            .collect()
    }
}

impl Cells for ColumnCells {
    fn text(&mut self, value: &str) {
        if let Some(Column::Text(cells)) = self.next() {
            cells.append_option((!value.is_empty()).then_some(value));
        }
    }

    fn date(&mut self, day: i64) {
        if let Some(Column::Date(cells)) = self.next() {
            cells.append_option(i32::try_from(day).ok());
        }
    }

    fn stamp(&mut self, day: i64, second: i64) {
        if let Some(Column::Stamp(cells)) = self.next() {
            cells.append_value((day * SECONDS_PER_DAY + second) * 1_000_000);
        }
    }

    fn decimal(&mut self, value: i64) {
        if let Some(Column::Decimal(cells)) = self.next() {
            cells.append_value(i128::from(value));
        }
    }

    fn hours(&mut self, value: i64, _clock: bool) {
        self.decimal(value);
    }

    fn flag(&mut self, value: bool) {
        if let Some(Column::Flag(cells)) = self.next() {
            cells.append_value(value);
        }
    }

    fn none(&mut self) {
        match self.next() {
            Some(Column::Text(cells)) => cells.append_null(),
            Some(Column::Date(cells)) => cells.append_null(),
            Some(Column::Stamp(cells)) => cells.append_null(),
            Some(Column::Decimal(cells)) => cells.append_null(),
            Some(Column::Flag(cells)) => cells.append_null(),
            None => {}
        }
    }

    fn broken(&mut self, _value: &str) {
        self.none();
    }

    fn end(&mut self, _ragged: Option<Ragged>) {
        self.column = 0;
    }
}

fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Text => DataType::Utf8,
        CellKind::Date => DataType::Date32,
        CellKind::Stamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        CellKind::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
        CellKind::Flag => DataType::Boolean,
    }
}

/// A Parquet file whose row groups are encoded apart (and in parallel) and appended in order.
pub struct ParquetFile {
    writer: SerializedFileWriter<File>,
    groups: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl ParquetFile {
    pub fn create(table: &SyntheticTable, file: File) -> Result<Self> {
        let fields: Vec<Field> =
            table.columns.iter().map(|&(name, kind)| Field::new(name, data_type(kind), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
        let (writer, groups) =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?.into_serialized_writer()?;
        Ok(Self { writer, groups, schema })
    }

    /// Encodes the row group that will be the `index`th of the file.
    pub fn encode(&self, index: usize, cells: ColumnCells) -> Result<Vec<ArrowColumnChunk>> {
        let mut columns = self.groups.create_column_writers(index)?.into_iter();
        let mut chunks = Vec::new();
        for (field, array) in self.schema.fields().iter().zip(cells.into_arrays()) {
            for leaf in compute_leaves(field, &array)? {
                let mut column = columns.next().context("a Parquet column without a writer")?;
                column.write(&leaf)?;
                chunks.push(column.close()?);
            }
        }
        Ok(chunks)
    }

    pub fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    pub fn finish(mut self) -> Result<u64> {
        self.writer.finish()?;
        Ok(u64::try_from(self.writer.bytes_written())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date");
        for day in [0, 58, 59, 60, 11_016, 20_088, 20_726, 20_727, 20_757, 20_758, 21_242] {
            let mut shown = String::new();
            push_date(&mut shown, day);
            let expected = epoch + chrono::Duration::days(day);
            assert_eq!(shown, expected.format("%Y-%m-%d").to_string());
        }
    }

    #[test]
    fn decimals_lose_their_trailing_zeros_only() {
        for (value, scale, expected) in [
            (0, 4, "0"),
            (15_000, 4, "1.5"),
            (-2_500, 4, "-0.25"),
            (13_333, 4, "1.3333"),
            (100, 0, "100"),
            (1_000_001, 6, "1.000001"),
        ] {
            let mut shown = String::new();
            push_decimal(&mut shown, value, scale);
            assert_eq!(shown, expected);
        }
    }
}
