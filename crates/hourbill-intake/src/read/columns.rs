//! Columns of a Parquet file as cells: which types a field may have, and what stands in a row.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, BooleanArray, RecordBatch, StringViewArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Schema, TimeUnit};

use super::{Cell, nul};
use crate::bug::OrBug;
use crate::inputs::Meaning;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// Longer texts are not told while their batch is in hand.
const TOLD_BYTES_MAX: usize = 4 << 10;

/// Records mostly have fewer bytes.
const RECORD_BYTES: usize = 512;

/// What a column holds, as far as a field may hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Nothing but nulls.
    Nothing,
    Text,
    Whole,
    /// With so many digits behind the point.
    Decimal(u8),
    Float,
    Flag,
    Date,
    Moment,
    /// A time of day, or a length of time.
    Clock,
}

impl Class {
    fn of(data_type: &DataType) -> Option<Class> {
        Some(match data_type {
            DataType::Null => Class::Nothing,
            data_type if is_text(data_type) => Class::Text,
            DataType::Dictionary(_, values) if is_text(values) => Class::Text,
            data_type if data_type.is_integer() => Class::Whole,
            DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
                Class::Decimal(u8::try_from(*scale).ok()?)
            }
            DataType::Float32 | DataType::Float64 => Class::Float,
            DataType::Boolean => Class::Flag,
            DataType::Date32 | DataType::Date64 => Class::Date,
            DataType::Timestamp(..) => Class::Moment,
            DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) => Class::Clock,
            _ => return None,
        })
    }
}

/// Text, or bytes that some writers of text leave unmarked: they are read as UTF-8 or the file is refused.
fn is_text(data_type: &DataType) -> bool {
    use DataType::{Binary, BinaryView, LargeBinary, LargeUtf8, Utf8, Utf8View};
    matches!(data_type, Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView)
}

/// Whether the type is text in any form: such columns are read as views, which share what a dictionary repeats.
pub(super) fn is_any_text(data_type: &DataType) -> bool {
    Class::of(data_type) == Some(Class::Text)
}

/// Says what a field wants when a column of this type cannot stand for it. Floats carry hours and nothing else: a float price or
/// quantity is rounded already, and an id that became a float may have lost digits.
pub(super) fn misfit(meaning: Meaning, data_type: &DataType) -> Option<&'static str> {
    use Class::{Clock, Date, Decimal, Flag, Float, Moment, Nothing, Text, Whole};
    let (fits, wanted) = match (meaning, Class::of(data_type)) {
        (Meaning::Id, class) => {
            (matches!(class, Some(Nothing | Text | Whole | Decimal(0))), "text or a whole number (an id)")
        }
        (Meaning::Text, class) => (class.is_some(), "text"),
        (Meaning::Choice, class) => (matches!(class, Some(Nothing | Text)), "text"),
        (Meaning::Hours, class) => (
            matches!(class, Some(Nothing | Text | Whole | Decimal(_) | Float | Clock)),
            "a number, a time, a duration or text (hours)",
        ),
        (Meaning::Decimal, class) => {
            (matches!(class, Some(Nothing | Text | Whole | Decimal(_))), "an exact number or text (never a float)")
        }
        (Meaning::Integer, class) => {
            (matches!(class, Some(Nothing | Text | Whole | Decimal(_))), "a whole number or text (never a float)")
        }
        (Meaning::Date | Meaning::Moment, class) => {
            (matches!(class, Some(Nothing | Text | Date | Moment)), "a date, a timestamp or text")
        }
        (Meaning::Flag, class) => {
            (matches!(class, Some(Nothing | Text | Whole | Flag)), "a boolean, a whole number or text")
        }
    };
    (!fits).then_some(wanted)
}

/// Values of one type, and which of them are null.
struct Values<T: arrow_buffer::ArrowNativeType> {
    values: ScalarBuffer<T>,
    nulls: Option<NullBuffer>,
}

impl<T: arrow_buffer::ArrowNativeType> Values<T> {
    fn same<P: ArrowPrimitiveType<Native = T>>(array: &dyn Array) -> Option<Values<T>> {
        let array = array.as_primitive_opt::<P>()?;
        Some(Values { values: array.values().clone(), nulls: array.nulls().cloned() })
    }

    fn with<P: ArrowPrimitiveType>(array: &dyn Array, convert: impl Fn(P::Native) -> T) -> Option<Values<T>> {
        let array = array.as_primitive_opt::<P>()?;
        Some(Values {
            values: array.values().iter().map(|value| convert(*value)).collect(),
            nulls: array.nulls().cloned(),
        })
    }

    #[inline]
    fn get(&self, row: usize) -> Option<T> {
        let value = self.values.get(row)?;
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(*value),
        }
    }

    /// Hands on the value in each row as a cell.
    #[inline]
    fn each<'a>(
        &self,
        rows: std::ops::Range<usize>,
        cell: impl Fn(T) -> Cell<'a>,
        mut each: impl FnMut(usize, Cell<'a>),
    ) {
        for row in rows {
            each(row, self.get(row).map_or(Cell::Empty, &cell));
        }
    }
}

/// One column of a batch.
enum Column {
    /// The file has none for the field, or nothing stands in it.
    Absent,
    Texts(StringViewArray),
    Whole(Values<i64>),
    Decimals(Values<i128>, u8),
    Floats(Values<f64>),
    Flags(BooleanArray),
    Dates(Values<i32>),
    /// Microseconds, and whether they count from an instant of UTC.
    Moments(Values<i64>, bool),
}

impl Column {
    /// `None` for types that no field may have.
    fn of(array: &dyn Array) -> Option<Column> {
        Some(match array.data_type() {
            DataType::Null => Column::Absent,
            DataType::Utf8View => Column::Texts(array.as_string_view_opt()?.clone()),
            DataType::Int8 => Column::Whole(Values::with::<Int8Type>(array, i64::from)?),
            DataType::Int16 => Column::Whole(Values::with::<Int16Type>(array, i64::from)?),
            DataType::Int32 => Column::Whole(Values::with::<Int32Type>(array, i64::from)?),
            DataType::Int64 => Column::Whole(Values::same::<Int64Type>(array)?),
            DataType::UInt8 => Column::Whole(Values::with::<UInt8Type>(array, i64::from)?),
            DataType::UInt16 => Column::Whole(Values::with::<UInt16Type>(array, i64::from)?),
            DataType::UInt32 => Column::Whole(Values::with::<UInt32Type>(array, i64::from)?),
            DataType::UInt64 => {
                let values = array.as_primitive_opt::<UInt64Type>()?.values();
                if values.iter().all(|value| i64::try_from(*value).is_ok()) {
                    Column::Whole(Values::with::<UInt64Type>(array, |value| i64::try_from(value).unwrap_or(i64::MAX))?)
                } else {
                    Column::Decimals(Values::with::<UInt64Type>(array, i128::from)?, 0)
                }
            }
            DataType::Decimal32(_, scale) => {
                Column::Decimals(Values::with::<Decimal32Type>(array, i128::from)?, u8::try_from(*scale).ok()?)
            }
            DataType::Decimal64(_, scale) => {
                Column::Decimals(Values::with::<Decimal64Type>(array, i128::from)?, u8::try_from(*scale).ok()?)
            }
            DataType::Decimal128(_, scale) => {
                Column::Decimals(Values::same::<Decimal128Type>(array)?, u8::try_from(*scale).ok()?)
            }
            DataType::Float32 => Column::Floats(Values::with::<Float32Type>(array, widened)?),
            DataType::Float64 => Column::Floats(Values::same::<Float64Type>(array)?),
            DataType::Boolean => Column::Flags(array.as_boolean_opt()?.clone()),
            DataType::Date32 => Column::Dates(Values::same::<Date32Type>(array)?),
            DataType::Date64 => Column::Dates(Values::with::<Date64Type>(array, |millis| {
                // Beyond what a date may be either way.
                i32::try_from(millis.div_euclid(MILLIS_PER_DAY)).unwrap_or(i32::MAX)
            })?),
            DataType::Timestamp(unit, zone) => {
                let micros = match unit {
                    // Whatever overflows lies far beyond the years that are read.
                    TimeUnit::Second => Values::with::<TimestampSecondType>(array, |at| at.saturating_mul(1_000_000)),
                    TimeUnit::Millisecond => {
                        Values::with::<TimestampMillisecondType>(array, |at| at.saturating_mul(1_000))
                    }
                    TimeUnit::Microsecond => Values::same::<TimestampMicrosecondType>(array),
                    TimeUnit::Nanosecond => Values::with::<TimestampNanosecondType>(array, |at| at.div_euclid(1_000)),
                };
                Column::Moments(micros?, zone.is_some())
            }
            DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit) => {
                Column::Texts(on_clocks(array, *unit)?)
            }
            _ => return None,
        })
    }

    #[inline]
    fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Column::Absent => None,
            Column::Texts(texts) => {
                Some(texts).filter(|texts| !texts.is_null(row)).map(|texts| text_cell(texts.value(row)))
            }
            Column::Whole(values) => values.get(row).map(Cell::Int),
            Column::Decimals(values, scale) => {
                values.get(row).map(|unscaled| Cell::Decimal { unscaled, scale: *scale })
            }
            Column::Floats(values) => values.get(row).map(Cell::Float),
            Column::Flags(flags) => (!flags.is_null(row)).then(|| Cell::Bool(flags.value(row))),
            Column::Dates(values) => values.get(row).map(Cell::Date),
            Column::Moments(values, zoned) => values.get(row).map(|micros| Cell::Timestamp { micros, zoned: *zoned }),
        };
        cell.unwrap_or(Cell::Empty)
    }
}

/// Times of day and lengths of time as a clock shows them, to the last digit: what the same column would be in a text file.
fn on_clocks(array: &dyn Array, unit: TimeUnit) -> Option<StringViewArray> {
    let counts = match array.data_type() {
        DataType::Time32(TimeUnit::Second) => Values::with::<Time32SecondType>(array, i64::from)?,
        DataType::Time32(_) => Values::with::<Time32MillisecondType>(array, i64::from)?,
        DataType::Time64(TimeUnit::Nanosecond) => Values::same::<Time64NanosecondType>(array)?,
        DataType::Time64(_) => Values::same::<Time64MicrosecondType>(array)?,
        _ => match unit {
            TimeUnit::Second => Values::same::<DurationSecondType>(array)?,
            TimeUnit::Millisecond => Values::same::<DurationMillisecondType>(array)?,
            TimeUnit::Microsecond => Values::same::<DurationMicrosecondType>(array)?,
            TimeUnit::Nanosecond => Values::same::<DurationNanosecondType>(array)?,
        },
    };
    let (per_second, digits) = match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    };
    let shown = |count: i64| {
        let sign = if count < 0 { "-" } else { "" };
        let (seconds, part) = (count.unsigned_abs() / per_second, count.unsigned_abs() % per_second);
        let fraction = if part == 0 { String::new() } else { format!(".{part:0digits$}") };
        format!("{sign}{}:{:02}:{:02}{fraction}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    };
    Some((0..array.len()).map(|row| counts.get(row).map(shown)).collect())
}

/// The double that a single would be if its shortest decimal text were read: 1.1 stays 1.1.
fn widened(single: f32) -> f64 {
    single.to_string().parse().unwrap_or(f64::from(single))
}

/// Consecutive rows of a Parquet file.
pub(super) struct ColumnBatch {
    rows: usize,
    /// By field of the input.
    columns: Vec<Column>,
    /// `None` where the file has columns that are not read.
    whole: Option<Arc<WholeRows>>,
}

/// A file whose columns are all read, as its records tell them: nothing has to be looked up to tell a row that is set aside.
pub(super) struct WholeRows {
    /// In the order of the file: name as JSON, and a field that its column stands for.
    columns: Vec<(String, usize)>,
}

impl WholeRows {
    /// `fields` tells for each field which column stands for it. `None` unless every column is read, as the type that records have it by.
    pub fn of(headers: Vec<String>, fields: &[Option<usize>], read: &Schema, told: &Schema) -> Option<WholeRows> {
        let column = |(at, header): (usize, String)| {
            let (read, told) = (read.fields().get(at)?.data_type(), told.fields().get(at)?.data_type());
            let alike = read == told || is_any_text(read) && is_text(told);
            Some((quoted(&header), fields.iter().position(|field| *field == Some(at)).filter(|_| alike)?))
        };
        let columns = headers.into_iter().enumerate().map(column).collect::<Option<_>>()?;
        Some(WholeRows { columns })
    }
}

impl ColumnBatch {
    /// `places` tells for each field where its column stands in the batch. `None` when a column has a type that was not promised.
    pub fn new(batch: &RecordBatch, places: &[Option<usize>], whole: Option<Arc<WholeRows>>) -> Option<ColumnBatch> {
        let column = |place: &Option<usize>| match place {
            Some(place) => Column::of(batch.columns().get(*place)?),
            None => Some(Column::Absent),
        };
        let columns = places.iter().map(column).collect::<Option<_>>()?;
        Some(ColumnBatch { rows: batch.num_rows(), columns, whole })
    }

    /// The whole row as JSON, as [`json`] tells its columns; `None` where it has to be looked up. A file of few bytes may repeat a long
    /// text in every row: rows with such are looked up, a few at a time.
    pub fn record(&self, row: usize) -> Option<String> {
        let columns = &self.whole.as_ref()?.columns;
        let mut record = String::with_capacity(RECORD_BYTES);
        record.push('{');
        for (at, (name, field)) in columns.iter().enumerate() {
            if at > 0 {
                record.push(',');
            }
            record.push_str(name);
            record.push(':');
            match self.columns.get(*field)? {
                Column::Texts(texts) if texts.is_null(row) => record.push_str("null"),
                Column::Texts(texts) => {
                    push_quoted(Some(texts.value(row)).filter(|text| text.len() <= TOLD_BYTES_MAX)?, &mut record);
                }
                column => push_json(column.cell(row), &mut record),
            }
        }
        record.push('}');
        Some(record)
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first row of which a text holds a NUL byte: no text file may hold one, and neither could the tables.
    pub fn row_with_nul(&self) -> Option<usize> {
        let of_column = |column: &Column| match column {
            Column::Texts(texts) => nul::first_row(texts),
            _ => None,
        };
        self.columns.iter().filter_map(of_column).min()
    }

    pub fn has(&self, field: usize) -> bool {
        self.columns.get(field).is_some_and(|column| !matches!(column, Column::Absent))
    }

    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        match self.columns.get(field) {
            Some(column) if row < self.rows => column.cell(row),
            _ => Cell::Empty,
        }
    }
}

impl ColumnBatch {
    /// Hands on the cells of a field, row after row.
    #[inline]
    pub fn each<'a>(&'a self, field: usize, mut each: impl FnMut(usize, Cell<'a>)) {
        let rows = 0..self.rows;
        match self.columns.get(field) {
            Some(Column::Texts(texts)) if texts.null_count() == 0 => {
                for (row, text) in rows.zip(texts.iter().flatten()) {
                    each(row, text_cell(text));
                }
            }
            Some(Column::Texts(texts)) => {
                for (row, text) in rows.zip(texts.iter()) {
                    each(row, text_cell(text.unwrap_or_default()));
                }
            }
            Some(Column::Dates(values)) => values.each(rows, Cell::Date, each),
            Some(Column::Decimals(values, scale)) => {
                values.each(rows, |unscaled| Cell::Decimal { unscaled, scale: *scale }, each);
            }
            Some(column) => rows.for_each(|row| each(row, column.cell(row))),
            None => rows.for_each(|row| each(row, Cell::Empty)),
        }
    }
}

/// An empty text is no value, as in a text file.
#[inline]
fn text_cell(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}

/// Bytes that a batch takes once nothing in it is shared, and those of its longest text.
pub(super) fn unpacked_bytes(batch: &RecordBatch) -> (u64, u64) {
    let fixed = 8 * batch.num_columns() as u64 * batch.num_rows() as u64;
    let texts = batch.columns().iter().filter_map(|column| column.as_string_view_opt());
    let lengths = |texts: &StringViewArray| {
        // The length of a text stands in the lowest quarter of its view. So many lengths of 32 bits do not come to 64.
        texts.views().iter().map(|view| *view as u32).fold((0_u64, 0), |(all, longest): (u64, u32), length| {
            (all.wrapping_add(u64::from(length)), longest.max(length))
        })
    };
    texts.map(lengths).fold((fixed, 0), |(all, longest), (of_column, longest_of_column)| {
        (all.saturating_add(of_column), longest.max(u64::from(longest_of_column)))
    })
}

/// The same texts, if they are text: what a file does not mark as UTF-8 is handed out unchecked.
pub(super) fn checked_texts(array: &dyn Array) -> Option<StringViewArray> {
    let bytes = match array.data_type() {
        DataType::BinaryView => array.as_binary_view_opt()?.clone(),
        _ => array.as_string_view_opt()?.clone().to_binary_view(),
    };
    bytes.to_string_view().ok()
}

/// Values of a column as JSON, one per row: the record of a row that was set aside is read by people and by programs. `None` when the
/// column contradicts itself.
pub(super) fn json(array: &dyn Array) -> Option<Vec<String>> {
    array.to_data().validate_full().ok()?;
    Some(valid_json(array))
}

fn valid_json(array: &dyn Array) -> Vec<String> {
    if let Some(column) = Column::of(array) {
        return (0..array.len()).map(|row| cell_json(column.cell(row))).collect();
    }
    let value = |row| if array.is_null(row) { "null".to_owned() } else { other_json(array, row) };
    (0..array.len()).map(value).collect()
}

/// A value that no cell of a field can be.
fn other_json(array: &dyn Array, row: usize) -> String {
    let items = match array.data_type() {
        DataType::Utf8 => {
            return array.as_string_opt::<i32>().map(|texts| quoted(texts.value(row))).unwrap_or_default();
        }
        DataType::Binary => {
            let bytes = array.as_binary_opt::<i32>().map(|bytes| bytes.value(row)).unwrap_or_default();
            return quoted(&String::from_utf8_lossy(bytes));
        }
        DataType::List(_) => array.as_list_opt::<i32>().map(|list| list.value(row)),
        DataType::Map(..) => array.as_map_opt().map(|map| Arc::new(map.value(row)) as Arc<dyn Array>),
        _ => None,
    };
    if let Some(items) = items {
        return format!("[{}]", valid_json(&items).join(","));
    }
    if let Some(group) = array.as_struct_opt() {
        let value = |column: &Arc<dyn Array>| valid_json(&column.slice(row, 1)).pop().unwrap_or_default();
        let members = group.column_names().into_iter().zip(group.columns());
        return object(members.map(|(name, column)| (name, value(column))));
    }
    quoted(&format!("({})", array.data_type()))
}

/// Names and values, both in order.
pub(super) fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut text = String::from("{");
    for (name, value) in members {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(name));
        text.push(':');
        text.push_str(&value);
    }
    text.push('}');
    text
}

pub(super) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_quoted(text, &mut json);
    json
}

fn push_quoted(text: &str, json: &mut String) {
    let stands_for_itself = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(stands_for_itself) {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::to_string(text).ok().or_bug("every text is one in JSON, too"));
    }
}

fn cell_json(cell: Cell<'_>) -> String {
    let mut json = String::new();
    push_json(cell, &mut json);
    json
}

fn push_json(cell: Cell<'_>, json: &mut String) {
    use crate::calendar::{Date, Moment};
    match cell {
        Cell::Empty | Cell::Unsaved | Cell::NoText => json.push_str("null"),
        Cell::Text(text) => push_quoted(text, json),
        Cell::Int(number) => json.push_str(&number.to_string()),
        Cell::Decimal { unscaled, scale } => {
            json.push_str(&crate::quantity::decimal_text(unscaled, u32::from(scale), 0));
        }
        Cell::Float(number) if number.is_finite() => json.push_str(&format!("{number:?}")),
        Cell::Float(number) => push_quoted(&number.to_string(), json),
        Cell::Bool(flag) => json.push_str(&flag.to_string()),
        Cell::Date(days) => {
            let date = Date::from_days(days);
            let shown = date.map_or_else(|| format!("day {days} since 1970"), |date| date.to_string());
            push_quoted(&shown, json);
        }
        Cell::Timestamp { micros, zoned } => {
            let moment = Moment::from_micros(micros).map(|moment| moment.to_string());
            let shown = match moment {
                Some(date) if zoned && date.len() == "2026-10-31".len() => format!("{date} 00:00:00Z"),
                Some(moment) if zoned => format!("{moment}Z"),
                Some(moment) => moment,
                None => format!("{micros} microseconds since 1970"),
            };
            push_quoted(&shown, json);
        }
    }
}
