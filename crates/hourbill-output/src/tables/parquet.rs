//! Tables as Parquet: exact decimals, dates, empty cells as nulls.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::encode::{ColumnKind, SLICE_ROWS, Sink, Table, TableColumn, slices};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money, hours_unscaled, power_of_ten};

/// Digits of every decimal column.
const PRECISION: u8 = 28;

/// Slices of a row group: 2^20 rows.
const GROUP_SLICES: usize = (1 << 20) / SLICE_ROWS;

impl Table<'_> {
    /// Writes all rows; the same bytes with any number of threads. Columns of some rows are encoded side by side, while the rows behind them
    /// are told.
    ///
    /// # Errors
    /// Those of `out`, a decimal that does not fit its column, and a row whose cells do not fit the columns, which is a bug.
    pub fn write_parquet<W: Write + Send>(&self, out: W) -> io::Result<()> {
        let schema = Arc::new(arrow_schema(self.columns));
        let level = ZstdLevel::try_new(1).map_err(io::Error::other)?;
        let properties = WriterProperties::builder()
            .set_created_by("hourbill".to_owned())
            .set_compression(Compression::ZSTD(level))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
        let (mut file, groups) = writer.into_serialized_writer().map_err(io::Error::other)?;
        for (number, slices) in slices(self.rows.count()).chunks(GROUP_SLICES).enumerate() {
            let mut columns = groups.create_column_writers(number).map_err(io::Error::other)?;
            let mut ready = Vec::new();
            // Two rounds are in memory at a time.
            for slices in slices.chunks(self.rows.slices_at_once().div_ceil(2)) {
                let (encoded, told) =
                    rayon::join(|| encode(&mut columns, &schema, &ready), || self.batches(slices, &schema));
                encoded.map_err(io::Error::other)?;
                ready = told?;
            }
            encode(&mut columns, &schema, &ready).map_err(io::Error::other)?;
            let chunks: Result<Vec<ArrowColumnChunk>, ParquetError> =
                columns.into_par_iter().map(ArrowColumnWriter::close).collect();
            let mut group = file.next_row_group().map_err(io::Error::other)?;
            for chunk in chunks.map_err(io::Error::other)? {
                chunk.append_to_row_group(&mut group).map_err(io::Error::other)?;
            }
            group.close().map_err(io::Error::other)?;
        }
        file.close().map_err(io::Error::other)?;
        Ok(())
    }

    /// The rows of some slices.
    fn batches(&self, slices: &[Range<usize>], schema: &Arc<Schema>) -> io::Result<Vec<RecordBatch>> {
        let batch = |slice: &Range<usize>| {
            let mut rows = ArrowRows::new(self.columns);
            self.rows.fill(slice.clone(), &mut rows);
            rows.finish(schema)
        };
        slices.par_iter().map(batch).collect()
    }
}

/// Encodes rows, every column by itself.
fn encode(columns: &mut [ArrowColumnWriter], schema: &Schema, rows: &[RecordBatch]) -> Result<(), ParquetError> {
    columns.par_iter_mut().zip(schema.fields().par_iter()).enumerate().try_for_each(|(at, (column, field))| {
        for batch in rows {
            for leaf in compute_leaves(field, batch.column(at))? {
                column.write(&leaf)?;
            }
        }
        Ok(())
    })
}

/// The columns of a table as Parquet has them; every cell may be empty.
pub fn arrow_schema(columns: &[TableColumn]) -> Schema {
    Schema::new(columns.iter().map(|column| Field::new(column.name, data_type(column.kind), true)).collect::<Vec<_>>())
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Date => DataType::Date32,
        ColumnKind::Flag => DataType::Boolean,
        ColumnKind::Count => DataType::Int64,
        ColumnKind::Hours | ColumnKind::Decimal | ColumnKind::Money => {
            let scale = kind.scale().or_bug("decimals have a scale");
            DataType::Decimal128(PRECISION, scale.cast_signed())
        }
    }
}

enum Cells {
    Text(StringBuilder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
    Count(Int64Builder),
    Decimal(ColumnKind, Decimal128Builder),
}

struct ArrowRows {
    columns: Vec<Cells>,
    /// Cells told in this row.
    cells: usize,
    problem: Option<&'static str>,
}

impl ArrowRows {
    fn new(columns: &[TableColumn]) -> ArrowRows {
        let cells = |column: &TableColumn| match column.kind {
            ColumnKind::Text => Cells::Text(StringBuilder::new()),
            ColumnKind::Date => Cells::Date(Date32Builder::new()),
            ColumnKind::Flag => Cells::Flag(BooleanBuilder::new()),
            ColumnKind::Count => Cells::Count(Int64Builder::new()),
            ColumnKind::Hours | ColumnKind::Decimal | ColumnKind::Money => {
                Cells::Decimal(column.kind, Decimal128Builder::new().with_data_type(data_type(column.kind)))
            }
        };
        ArrowRows { columns: columns.iter().map(cells).collect(), cells: 0, problem: None }
    }

    fn next(&mut self) -> Option<&mut Cells> {
        self.cells += 1;
        self.columns.get_mut(self.cells - 1)
    }

    fn misfit(&mut self) {
        self.problem = Some("the cells of a row do not fit the columns of its table");
    }

    fn decimal_cell(&mut self, kind: ColumnKind, unscaled: Option<i128>) {
        let limit = power_of_ten(u32::from(PRECISION)).or_bug("a figure of 28 digits fits 128 bits");
        let fits = unscaled.is_none_or(|cell| cell.unsigned_abs() < limit.unsigned_abs());
        match self.next() {
            Some(Cells::Decimal(of, cells)) if *of == kind => cells.append_option(unscaled),
            _ => self.misfit(),
        }
        if !fits {
            self.problem = Some("a figure has more than 28 digits");
        }
    }

    fn finish(self, schema: &Arc<Schema>) -> io::Result<RecordBatch> {
        if let Some(problem) = self.problem {
            return Err(io::Error::other(problem));
        }
        let columns = self.columns.into_iter().map(|cells| -> ArrayRef {
            match cells {
                Cells::Text(mut cells) => Arc::new(cells.finish()),
                Cells::Date(mut cells) => Arc::new(cells.finish()),
                Cells::Flag(mut cells) => Arc::new(cells.finish()),
                Cells::Count(mut cells) => Arc::new(cells.finish()),
                Cells::Decimal(_, mut cells) => Arc::new(cells.finish()),
            }
        });
        RecordBatch::try_new(Arc::clone(schema), columns.collect()).map_err(io::Error::other)
    }
}

impl Sink for ArrowRows {
    fn text(&mut self, text: &str) {
        match self.next() {
            Some(Cells::Text(cells)) if text.is_empty() => cells.append_null(),
            Some(Cells::Text(cells)) => cells.append_value(text),
            _ => self.misfit(),
        }
    }

    fn date(&mut self, date: Option<Date>) {
        match self.next() {
            Some(Cells::Date(cells)) => cells.append_option(date.map(Date::days)),
            _ => self.misfit(),
        }
    }

    fn flag(&mut self, flag: Option<bool>) {
        match self.next() {
            Some(Cells::Flag(cells)) => cells.append_option(flag),
            _ => self.misfit(),
        }
    }

    fn count(&mut self, count: Option<i64>) {
        match self.next() {
            Some(Cells::Count(cells)) => cells.append_option(count),
            _ => self.misfit(),
        }
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.decimal_cell(ColumnKind::Hours, hours.map(|hours| hours_unscaled(hours.micros())));
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.decimal_cell(ColumnKind::Decimal, micros.map(i128::from));
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        // One that does not fit is beyond 28 digits, as its stand-in is: nothing is written then.
        let unscaled = money.map(|(money, currency)| {
            let decimals =
                ColumnKind::Money.scale().map(u32::from).and_then(|scale| scale.checked_sub(currency.digits()));
            let factor = decimals.and_then(power_of_ten).or_bug("no currency has more decimals than money");
            money.minor().checked_mul(factor).unwrap_or(i128::MAX)
        });
        self.decimal_cell(ColumnKind::Money, unscaled);
    }

    fn end_row(&mut self) {
        if self.cells != self.columns.len() {
            self.misfit();
        }
        self.cells = 0;
    }
}
