//! Tables as Parquet: exact decimals, dates, empty cells as nulls.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::encode::{ColumnKind, Sink, Table, TableColumn, slices};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money, hours_unscaled, power_of_ten};

/// Digits of every decimal column.
const PRECISION: u8 = 28;

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 20;

impl Table<'_> {
    /// Writes all rows; the same bytes with any number of threads.
    ///
    /// # Errors
    /// Those of `out`, a decimal that does not fit its column, and a row whose cells do not fit the columns, which is a bug.
    pub fn write_parquet<W: Write + Send>(&self, out: W) -> io::Result<()> {
        let schema = Arc::new(arrow_schema(self.columns));
        let level = ZstdLevel::try_new(1).map_err(io::Error::other)?;
        let properties = WriterProperties::builder()
            .set_created_by("hourbill".to_owned())
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(io::Error::other)?;
        for slices in slices(self.rows.count()).chunks(self.rows.slices_at_once()) {
            let batches: Vec<io::Result<RecordBatch>> = slices
                .par_iter()
                .map(|slice| {
                    let mut rows = ArrowRows::new(self.columns);
                    self.rows.fill(slice.clone(), &mut rows);
                    rows.finish(&schema)
                })
                .collect();
            for batch in batches {
                writer.write(&batch?).map_err(io::Error::other)?;
            }
        }
        writer.close().map_err(io::Error::other)?;
        Ok(())
    }
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
