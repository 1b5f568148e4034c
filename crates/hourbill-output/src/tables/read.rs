//! Tables of a published run, read back: what was written, as text.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::calendar::Date;
use crate::csv_text;
use crate::quantity::decimal_text;

/// Hands the cells of some columns to `each`, row by row; `None` when the bytes are no table that [`super::Table::write_csv`] wrote, or
/// lack a column.
pub fn read_csv(bytes: &[u8], names: &[&str], each: impl FnMut(&[String])) -> Option<()> {
    csv_text::read(bytes, names, each)
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
        DataType::Boolean => column.as_boolean_opt()?.value(row).to_string(),
        DataType::Date32 => Date::from_days(column.as_primitive_opt::<Date32Type>()?.value(row))?.to_string(),
        DataType::Decimal128(_, scale) => {
            decimal_text(column.as_primitive_opt::<Decimal128Type>()?.value(row), u32::try_from(*scale).ok()?, 0)
        }
        _ => return None,
    })
}
