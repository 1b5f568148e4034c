//! Tables as polars takes them: the columns that a question needs, read by us.

use std::any::Any;
use std::sync::Arc;

use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, BooleanChunkedBuilder, ChunkedBuilder, Column, DataFrame, DataType, Field,
    Int32Type, Int64Type, Int128Type, IntoSeries, LazyFrame, PlSmallStr, PrimitiveChunkedBuilder, ScanArgsAnonymous,
    Schema, StringChunkedBuilder,
};

use super::QueryError;
use super::source::{QueryKind, QueryTable, Taken};

/// Digits of a decimal.
const PRECISION: usize = 38;

/// A table that is read when the question is answered.
pub(super) fn frame(table: Arc<QueryTable>) -> PolarsResult<LazyFrame> {
    let fields = table.columns().iter().map(|(name, kind)| Field::new(name.as_str().into(), kind_of(*kind)));
    let schema = Some(Arc::new(Schema::from_iter(fields)));
    let name = "a table of hourbill";
    LazyFrame::anonymous_scan(Arc::new(Scan(table)), ScanArgsAnonymous { schema, name, ..ScanArgsAnonymous::default() })
}

fn kind_of(kind: QueryKind) -> DataType {
    match kind {
        QueryKind::Text => DataType::String,
        QueryKind::Date => DataType::Date,
        QueryKind::Flag => DataType::Boolean,
        QueryKind::Whole => DataType::Int64,
        QueryKind::Decimal(scale) => DataType::Decimal(PRECISION, scale.into()),
    }
}

struct Scan(Arc<QueryTable>);

impl AnonymousScan for Scan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let is_asked =
            |name: &str| asked.with_columns.as_ref().is_none_or(|names| names.iter().any(|known| known == name));
        let columns = self.0.columns();
        let places: Vec<usize> =
            (0..columns.len()).filter(|&at| columns.get(at).is_some_and(|(name, _)| is_asked(name))).collect();
        let mut built: Vec<Built> =
            places.iter().filter_map(|&at| columns.get(at)).map(|(name, kind)| Built::new(name, *kind)).collect();
        let rows = self.0.each(&places, |at, cell| {
            if let Some(column) = built.get_mut(at) {
                column.take(cell);
            }
        });
        let rows = rows.map_err(|error: QueryError| PolarsError::ComputeError(error.to_string().into()))?;
        let columns = built.into_iter().map(Built::finish).collect::<PolarsResult<Vec<Column>>>()?;
        DataFrame::new(rows as usize, columns)
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

/// A column while its cells come in.
enum Built {
    Text(StringChunkedBuilder),
    Date(PrimitiveChunkedBuilder<Int32Type>),
    Flag(BooleanChunkedBuilder),
    Whole(PrimitiveChunkedBuilder<Int64Type>),
    Decimal(PrimitiveChunkedBuilder<Int128Type>, u8),
}

impl Built {
    fn new(name: &str, kind: QueryKind) -> Built {
        let name = PlSmallStr::from(name);
        match kind {
            QueryKind::Text => Built::Text(StringChunkedBuilder::new(name, 0)),
            QueryKind::Date => Built::Date(PrimitiveChunkedBuilder::new(name, 0)),
            QueryKind::Flag => Built::Flag(BooleanChunkedBuilder::new(name, 0)),
            QueryKind::Whole => Built::Whole(PrimitiveChunkedBuilder::new(name, 0)),
            QueryKind::Decimal(scale) => Built::Decimal(PrimitiveChunkedBuilder::new(name, 0), scale),
        }
    }

    fn take(&mut self, cell: Taken<'_>) {
        let number = match cell {
            Taken::Number(number) => Some(number),
            Taken::Nothing | Taken::Text(_) => None,
        };
        match self {
            Built::Text(column) => match cell {
                Taken::Text(text) => column.append_value(text),
                Taken::Nothing | Taken::Number(_) => column.append_null(),
            },
            Built::Date(column) => column.append_option(number.and_then(|days| days.try_into().ok())),
            Built::Flag(column) => column.append_option(number.map(|flag| flag != 0)),
            Built::Whole(column) => column.append_option(number.and_then(|whole| whole.try_into().ok())),
            Built::Decimal(column, _) => column.append_option(number),
        }
    }

    fn finish(self) -> PolarsResult<Column> {
        Ok(match self {
            Built::Text(column) => column.finish().into_series().into(),
            Built::Date(column) => column.finish().into_date().into_series().into(),
            Built::Flag(column) => column.finish().into_series().into(),
            Built::Whole(column) => column.finish().into_series().into(),
            Built::Decimal(column, scale) => {
                column.finish().into_decimal(PRECISION, scale.into())?.into_series().into()
            }
        })
    }
}
