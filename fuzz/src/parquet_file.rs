//! Parquet: any bytes, or a file of any types and values. Values come out as they were put in, whatever they are, and every grammar reads
//! each of them or refuses it.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use hourbill::check::value::Grammar;
use hourbill::finding::FileNo;
use hourbill::inputs::{Input, timesheets};
use hourbill::job::{InputSettings, Limits};
use hourbill::read::{self, Cell, ReadError, Scan, Unfollowed};
use parquet::arrow::ArrowWriter;

use super::scratch::{self, Bytes};

pub fn seeds() -> Vec<Vec<u8>> {
    let made = |kinds: [u8; 3]| {
        [&[b'v', 5][..], &kinds, &[200, 1, 2, 3, 4, 5, 6, 7, 8, 3, 97, 98, 99, 140, 7, 0, 1, 5]].concat()
    };
    let mut seeds: Vec<Vec<u8>> = (0..21).map(|kind| made([kind, (kind + 7) % 21, (kind + 13) % 21])).collect();
    seeds.push(written(&columns(&mut Bytes(&made([11, 15, 9])))));
    seeds.push(written(&columns(&mut Bytes(&made([20, 17, 10])))));
    seeds
}

pub fn target(data: &[u8]) {
    if data.starts_with(b"v") {
        values(&data[1..]);
    } else {
        let _ = read(data);
    }
}

/// What a cell is, without a borrow.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Empty,
    Text(String),
    Other(String),
}

fn seen(cell: Cell<'_>) -> Seen {
    match cell {
        Cell::Empty => Seen::Empty,
        Cell::Text(text) => Seen::Text(text.to_owned()),
        other => Seen::Other(format!("{other:?}")),
    }
}

type Rows = Vec<[Seen; 3]>;

const FIELDS: [(&str, usize); 3] =
    [("timesheet_id", timesheets::TIMESHEET_ID), ("date", timesheets::DATE), ("hours", timesheets::HOURS)];

fn read(bytes: &[u8]) -> Result<Rows, ReadError> {
    let path = scratch::file("rows.parquet", bytes);
    let settings = InputSettings { paths: vec![("rows.parquet".to_owned(), path)], ..InputSettings::default() };
    let limits = Limits { unpacked_bytes_max: 64 << 20, cells_bytes_max: 64 << 20, ..Limits::default() };
    let scan: Scan<Rows> = read::scan(Input::Timesheets, &settings, &limits, FileNo(0), &Unfollowed, |batch| {
        let row = |row| {
            FIELDS.map(|(_, field)| {
                let cell = batch.cell(row, field);
                every_grammar(cell);
                seen(cell)
            })
        };
        (0..batch.rows()).map(row).collect()
    })?;
    let rows: Rows = scan.pieces.into_iter().flat_map(|piece| piece.result).collect();
    assert_eq!(scan.files[0].rows, rows.len() as u64, "rows are counted as they come");
    Ok(rows)
}

fn every_grammar(cell: Cell<'_>) {
    let zoned = InputSettings { timezone: "America/St_Johns".parse().ok(), ..InputSettings::default() };
    for settings in [InputSettings::default(), zoned] {
        let grammar = Grammar::new(&settings);
        let _ = (
            grammar.hours(cell),
            grammar.quantity(cell),
            grammar.price(cell),
            grammar.percent(cell),
            grammar.discount(cell),
        );
        let _ = (
            grammar.integer(cell),
            grammar.date(cell),
            grammar.moment(cell),
            grammar.started(cell),
            grammar.flag(cell),
        );
        let _ = (grammar.currency(cell), hourbill::check::value::text(cell));
    }
}

fn values(data: &[u8]) {
    let columns = columns(&mut Bytes(data));
    let Ok(rows) = read(&written(&columns)) else { return };
    assert_eq!(rows.len(), columns[0].len());
    for (at, row) in rows.iter().enumerate() {
        for ((seen, column), (name, _)) in row.iter().zip(&columns).zip(FIELDS) {
            if let Some(expected) = expected(column, at) {
                assert_eq!(*seen, expected, "column {name} of row {at}, {:?}", column.data_type());
            }
        }
    }
}

/// Types that a cell has one form of; of the others only that they come through.
fn expected(column: &ArrayRef, row: usize) -> Option<Seen> {
    if column.is_null(row) {
        return Some(Seen::Empty);
    }
    let any = column.as_any();
    let int = |value: i64| Some(Seen::Other(format!("{:?}", Cell::Int(value))));
    if let Some(texts) = any.downcast_ref::<StringArray>() {
        let text = scratch::said(texts.value(row));
        return Some(if text.is_empty() { Seen::Empty } else { Seen::Text(text.to_owned()) });
    }
    if let Some(numbers) = any.downcast_ref::<Int64Array>() {
        return int(numbers.value(row));
    }
    if let Some(numbers) = any.downcast_ref::<Int32Array>() {
        return int(numbers.value(row).into());
    }
    if let Some(days) = any.downcast_ref::<Date32Array>() {
        return Some(Seen::Other(format!("{:?}", Cell::Date(days.value(row)))));
    }
    if let Some(flags) = any.downcast_ref::<BooleanArray>() {
        return Some(Seen::Other(format!("{:?}", Cell::Bool(flags.value(row)))));
    }
    None
}

fn columns(bytes: &mut Bytes<'_>) -> Vec<ArrayRef> {
    let rows = usize::from(bytes.byte() % 9);
    let kinds = [bytes.byte(), bytes.byte(), bytes.byte()];
    kinds.map(|kind| column(kind, rows, bytes)).into()
}

fn column(kind: u8, rows: usize, bytes: &mut Bytes<'_>) -> ArrayRef {
    let numbers: Vec<Option<i64>> = (0..rows).map(|_| (bytes.byte() % 8 != 7).then(|| bytes.number())).collect();
    macro_rules! whole {
        ($array:ty, $of:ty) => {
            Arc::new(<$array>::from(
                numbers.iter().map(|number| number.map(|number| number as $of)).collect::<Vec<_>>(),
            ))
        };
    }
    let floats = || numbers.iter().map(|number| number.map(|number| f64::from_bits(number as u64))).collect::<Vec<_>>();
    match kind % 21 {
        0 => whole!(Int8Array, i8),
        1 => whole!(Int16Array, i16),
        2 => whole!(Int32Array, i32),
        3 => whole!(Int64Array, i64),
        4 => whole!(UInt8Array, u8),
        5 => whole!(UInt16Array, u16),
        6 => whole!(UInt32Array, u32),
        7 => whole!(UInt64Array, u64),
        8 => Arc::new(Float32Array::from(
            floats().iter().map(|number| number.map(|number| number as f32)).collect::<Vec<_>>(),
        )),
        9 => Arc::new(Float64Array::from(floats())),
        10 => {
            let (precision, scale) = (1 + bytes.byte() % 38, bytes.byte() % 39);
            let wide =
                numbers.iter().map(|number| number.map(|number| i128::from(number) * i128::from(bytes.byte() as i8)));
            let decimals: Decimal128Array = wide.collect();
            match decimals.with_precision_and_scale(precision, scale.min(precision) as i8) {
                Ok(decimals) => Arc::new(decimals),
                Err(_) => whole!(Int64Array, i64),
            }
        }
        11 => Arc::new(StringArray::from((0..rows).map(|_| Some(bytes.text())).collect::<Vec<_>>())),
        12 => Arc::new(LargeStringArray::from((0..rows).map(|_| Some(bytes.text())).collect::<Vec<_>>())),
        13 => whole!(Date32Array, i32),
        14 => whole!(Date64Array, i64),
        15 => whole!(TimestampSecondArray, i64),
        16 => whole!(TimestampMillisecondArray, i64),
        17 => Arc::new(TimestampMicrosecondArray::from(numbers).with_timezone("+02:00")),
        18 => whole!(TimestampNanosecondArray, i64),
        19 => Arc::new(BooleanArray::from(
            numbers.iter().map(|number| number.map(|number| number % 2 == 0)).collect::<Vec<_>>(),
        )),
        _ => {
            let mut words = StringBuilder::new();
            (0..3).for_each(|_| words.append_value(bytes.text()));
            let keys = numbers.iter().map(|number| number.map(|number| (number.rem_euclid(3)) as i32));
            let keys: arrow_array::PrimitiveArray<Int32Type> = keys.collect();
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words.finish())).unwrap())
        }
    }
}

fn written(columns: &[ArrayRef]) -> Vec<u8> {
    let named = FIELDS.iter().zip(columns).map(|((name, _), column)| (*name, Arc::clone(column), true));
    let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}
