//! The tables that are asked about: columns of a few kinds, and the bytes that hold their rows.

use std::io::Read;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;

use super::QueryError;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::csv_text;
use crate::tables::{ColumnKind, TableColumn};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKind {
    Text,
    Date,
    Flag,
    /// An integer.
    Whole,
    /// With so many decimals.
    Decimal(u8),
}

impl QueryKind {
    fn of(kind: ColumnKind) -> QueryKind {
        match kind {
            ColumnKind::Text => QueryKind::Text,
            ColumnKind::Date => QueryKind::Date,
            ColumnKind::Flag => QueryKind::Flag,
            ColumnKind::Count => QueryKind::Whole,
            ColumnKind::Hours | ColumnKind::Decimal | ColumnKind::Money => {
                QueryKind::Decimal(kind.scale().or_bug("decimals have a scale"))
            }
        }
    }

    fn of_arrow(kind: &DataType) -> Option<QueryKind> {
        match kind {
            DataType::Utf8 => Some(QueryKind::Text),
            DataType::Dictionary(_, values) => QueryKind::of_arrow(values),
            DataType::Date32 => Some(QueryKind::Date),
            DataType::Boolean => Some(QueryKind::Flag),
            DataType::Int32 | DataType::Int64 => Some(QueryKind::Whole),
            DataType::Decimal128(_, scale) => u8::try_from(*scale).ok().map(QueryKind::Decimal),
            _ => None,
        }
    }

    /// In words of SQL.
    pub fn word(self) -> &'static str {
        match self {
            QueryKind::Text => "text",
            QueryKind::Date => "date",
            QueryKind::Flag => "boolean",
            QueryKind::Whole => "integer",
            QueryKind::Decimal(_) => "decimal",
        }
    }
}

/// One cell, as it is taken into a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken<'a> {
    Nothing,
    Text(&'a str),
    /// A date as days since 1970, an integer, a flag as 0 or 1, or a decimal without its point.
    Number(i128),
}

enum Part {
    Csv(Vec<u8>),
    Parquet(Bytes),
}

/// A table that questions may name.
pub struct QueryTable {
    name: String,
    columns: Vec<(String, QueryKind)>,
    parts: Vec<Part>,
}

impl QueryTable {
    /// A table that was written as CSV; `known` says what its columns are.
    ///
    /// # Errors
    /// Bytes without a header.
    pub fn csv(name: &str, known: &[TableColumn], bytes: Vec<u8>) -> Result<QueryTable, QueryError> {
        let mut table = QueryTable::header_of_csv(name, known, bytes.as_slice())?;
        table.parts.push(Part::Csv(bytes));
        Ok(table)
    }

    /// The columns of a table that was written as CSV, without its rows: of the file little more than the header is read.
    ///
    /// # Errors
    /// As of [`QueryTable::csv`].
    pub fn header_of_csv(name: &str, known: &[TableColumn], file: impl Read) -> Result<QueryTable, QueryError> {
        let header = csv_text::header(file).ok_or_else(|| unfit(name, "it has no header"))?;
        let kind = |column: &str| {
            known.iter().find(|of| of.name == column).map_or(QueryKind::Text, |of| QueryKind::of(of.kind))
        };
        let columns = header.into_iter().map(|column| (column.clone(), kind(&column))).collect();
        Ok(QueryTable { name: name.to_owned(), columns, parts: Vec::new() })
    }

    /// A table that was written as Parquet.
    ///
    /// # Errors
    /// Bytes that are no Parquet, and cells of a kind that no table has.
    pub fn parquet(name: &str, bytes: Vec<u8>) -> Result<QueryTable, QueryError> {
        QueryTable::objects(name, &Schema::empty(), vec![bytes])
    }

    /// The columns of a table that was written as Parquet, without its rows: of the file only the end is read.
    ///
    /// # Errors
    /// As of [`QueryTable::parquet`].
    pub fn header_of_parquet(name: &str, file: impl ChunkReader + 'static) -> Result<QueryTable, QueryError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file);
        let builder = builder.map_err(|error| unfit(name, &error.to_string()))?;
        QueryTable::of_columns(name, builder.schema())
    }

    /// A table of the ledger: its columns, and the objects that hold its rows, if there are any. Objects of older versions lack columns that came
    /// later.
    ///
    /// # Errors
    /// As of [`QueryTable::parquet`].
    pub fn objects(name: &str, columns: &Schema, objects: Vec<Vec<u8>>) -> Result<QueryTable, QueryError> {
        let mut table = QueryTable::of_columns(name, columns)?;
        for bytes in objects.into_iter().map(Bytes::from) {
            let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone());
            let builder = builder.map_err(|error| unfit(name, &error.to_string()))?;
            table.add_columns(builder.schema())?;
            table.parts.push(Part::Parquet(bytes));
        }
        Ok(table)
    }

    fn of_columns(name: &str, columns: &Schema) -> Result<QueryTable, QueryError> {
        let mut table = QueryTable { name: name.to_owned(), columns: Vec::new(), parts: Vec::new() };
        table.add_columns(columns)?;
        Ok(table)
    }

    fn add_columns(&mut self, columns: &Schema) -> Result<(), QueryError> {
        for field in columns.fields() {
            let wrong = |why: &str| unfit(&self.name, &format!("column `{}` is of {why}", field.name()));
            let kind = QueryKind::of_arrow(field.data_type()).ok_or_else(|| wrong("no kind that is known"))?;
            match self.columns.iter().find(|(column, _)| column == field.name()) {
                None => self.columns.push((field.name().clone(), kind)),
                Some((_, known)) if *known == kind => {}
                Some(_) => return Err(wrong("two kinds")),
            }
        }
        Ok(())
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name and kind of each column.
    pub fn columns(&self) -> &[(String, QueryKind)] {
        &self.columns
    }

    /// Hands the cells of the columns at `places` to `take`, row by row: which of them, and the cell.
    pub(super) fn each(&self, places: &[usize], mut take: impl FnMut(usize, Taken<'_>)) -> Result<u64, QueryError> {
        let mut rows = 0;
        for part in &self.parts {
            rows += match part {
                Part::Csv(bytes) => self.each_of_csv(bytes, places, &mut take)?,
                Part::Parquet(bytes) => self.each_of_parquet(bytes.clone(), places, &mut take)?,
            };
        }
        Ok(rows)
    }

    fn at(&self, places: &[usize]) -> Vec<(&str, QueryKind)> {
        places.iter().filter_map(|&place| self.columns.get(place)).map(|(name, kind)| (name.as_str(), *kind)).collect()
    }

    fn each_of_csv(
        &self,
        bytes: &[u8],
        places: &[usize],
        take: &mut impl FnMut(usize, Taken<'_>),
    ) -> Result<u64, QueryError> {
        let columns = self.at(places);
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let (mut rows, mut unread) = (0, None);
        let read = csv_text::read(bytes, &names, |cells| {
            rows += 1;
            for (at, (cell, (name, kind))) in cells.iter().zip(&columns).enumerate() {
                match number(cell, *kind) {
                    _ if cell.is_empty() => take(at, Taken::Nothing),
                    _ if *kind == QueryKind::Text => take(at, Taken::Text(cell)),
                    Some(number) => take(at, Taken::Number(number)),
                    None => unread = unread.take().or_else(|| Some((*name).to_owned())),
                }
            }
        });
        match (read, unread) {
            (Some(()), None) => Ok(rows),
            (_, Some(column)) => Err(unfit(&self.name, &format!("column `{column}` has cells of another kind"))),
            (None, None) => Err(unfit(&self.name, "it is not as it was written")),
        }
    }

    fn each_of_parquet(
        &self,
        bytes: Bytes,
        places: &[usize],
        take: &mut impl FnMut(usize, Taken<'_>),
    ) -> Result<u64, QueryError> {
        let wrong = |error: &dyn std::fmt::Display| unfit(&self.name, &error.to_string());
        let columns = self.at(places);
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| wrong(&error))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().map(|(name, _)| *name));
        let mut rows = 0;
        for batch in builder.with_projection(mask).build().map_err(|error| wrong(&error))? {
            let batch = batch.map_err(|error| wrong(&error))?;
            rows += batch.num_rows() as u64;
            let found: Vec<Option<&ArrayRef>> = columns.iter().map(|(name, _)| batch.column_by_name(name)).collect();
            for (at, (column, (name, _))) in found.iter().zip(&columns).enumerate() {
                for row in 0..batch.num_rows() {
                    let cell = column.map_or(Some(Taken::Nothing), |column| cell(column, row));
                    take(at, cell.ok_or_else(|| wrong(&format!("column `{name}` has cells of another kind")))?);
                }
            }
        }
        Ok(rows)
    }
}

fn unfit(table: &str, why: &str) -> QueryError {
    QueryError::Table { table: table.to_owned(), why: why.to_owned() }
}

/// A cell of a CSV table as a number.
fn number(cell: &str, kind: QueryKind) -> Option<i128> {
    match kind {
        QueryKind::Text => None,
        QueryKind::Date => Date::parse(cell).map(|date| i128::from(date.days())),
        QueryKind::Flag => match cell {
            "true" => Some(1),
            "false" => Some(0),
            _ => None,
        },
        QueryKind::Whole => cell.parse().ok(),
        QueryKind::Decimal(scale) => {
            let (whole, decimals) = cell.split_once('.').unwrap_or((cell, ""));
            let scale = usize::from(scale);
            (decimals.len() <= scale).then(|| format!("{whole}{decimals:0<scale$}").parse().ok())?
        }
    }
}

fn cell(column: &ArrayRef, row: usize) -> Option<Taken<'_>> {
    if column.is_null(row) {
        return Some(Taken::Nothing);
    }
    Some(match column.data_type() {
        DataType::Utf8 => Taken::Text(column.as_string_opt::<i32>()?.value(row)),
        DataType::Dictionary(_, _) => {
            let words = column.as_dictionary_opt::<Int32Type>()?;
            let key = usize::try_from(words.keys().value(row)).ok()?;
            Taken::Text(words.values().as_string_opt::<i32>()?.value(key))
        }
        DataType::Date32 => Taken::Number(column.as_primitive_opt::<Date32Type>()?.value(row).into()),
        DataType::Boolean => Taken::Number(column.as_boolean_opt()?.value(row).into()),
        DataType::Int32 => Taken::Number(column.as_primitive_opt::<Int32Type>()?.value(row).into()),
        DataType::Int64 => Taken::Number(column.as_primitive_opt::<Int64Type>()?.value(row).into()),
        DataType::Decimal128(_, _) => Taken::Number(column.as_primitive_opt::<Decimal128Type>()?.value(row)),
        _ => return None,
    })
}
