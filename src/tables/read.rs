//! Tables of a published run, read back: what was written, as text.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::calendar::Date;
use crate::quantity::decimal_text;

/// Hands the cells of some columns to `each`, row by row; `None` when the bytes are no table that [`super::Table::write_csv`] wrote, or
/// lack a column.
pub fn read_csv(bytes: &[u8], names: &[&str], mut each: impl FnMut(&[String])) -> Option<()> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (header, mut rest) = record(text)?;
    let places: Vec<usize> =
        names.iter().map(|name| header.iter().position(|known| known == name)).collect::<Option<_>>()?;
    while !rest.is_empty() {
        let (cells, after) = record(rest)?;
        if cells.len() != header.len() {
            return None;
        }
        each(&places.iter().map(|&place| cells.get(place).cloned()).collect::<Option<Vec<_>>>()?);
        rest = after;
    }
    Some(())
}

/// The cells of the first record, and what stands behind it.
fn record(text: &str) -> Option<(Vec<String>, &str)> {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after) = cell(rest)?;
        cells.push(cell);
        match after.split_at_checked(1)? {
            (",", after) => rest = after,
            ("\n", after) => return Some((cells, after)),
            _ => return None,
        }
    }
}

/// The first cell, and what stands behind it: a comma or a line end.
fn cell(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\n'])?;
        let (cell, after) = text.split_at(end);
        return Some((cell.to_owned(), after));
    };
    let mut cell = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None => return Some((cell, after)),
        }
    }
}

/// As [`read_csv`], of what [`super::Table::write_parquet`] wrote.
pub fn read_parquet(bytes: Vec<u8>, names: &[&str], mut each: impl FnMut(&[String])) -> Option<()> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).ok()?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    for batch in builder.with_projection(mask).build().ok()? {
        let batch = batch.ok()?;
        let columns: Vec<&ArrayRef> = names.iter().map(|name| batch.column_by_name(name)).collect::<Option<_>>()?;
        for row in 0..batch.num_rows() {
            each(&columns.iter().map(|column| shown(column, row)).collect::<Option<Vec<_>>>()?);
        }
    }
    Some(())
}

/// A cell as the CSV table shows it, but for zeros at the end of amounts.
fn shown(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) {
        return Some(String::new());
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>()?.value(row).to_owned(),
        DataType::Int64 => column.as_primitive_opt::<Int64Type>()?.value(row).to_string(),
        DataType::Date32 => Date::from_days(column.as_primitive_opt::<Date32Type>()?.value(row))?.to_string(),
        DataType::Decimal128(_, scale) => {
            decimal_text(column.as_primitive_opt::<Decimal128Type>()?.value(row), u32::try_from(*scale).ok()?, 0)
        }
        _ => return None,
    })
}
