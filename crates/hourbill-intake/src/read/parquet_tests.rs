//! Parquet files of every type, and damaged ones: whatever stands in the file, it is read as it was written or refused.

use std::collections::BTreeMap;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::*;
use arrow_buffer::i256;
use arrow_schema::{SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::*;
use crate::inputs::{teams, timesheets as field};
use crate::job::{DecimalMark, Encoding, Limits};
use crate::read::{Cell, Record};

pub(super) const LIMIT: u64 = 64 << 30;

pub(super) fn settings() -> InputSettings {
    InputSettings {
        paths: Vec::new(),
        delimiter: None,
        encoding: Encoding::Utf8,
        decimal: DecimalMark::Point,
        thousands: None,
        date_format: None,
        timezone: None,
        columns: BTreeMap::new(),
        ..InputSettings::default()
    }
}

type NamedColumn<'a> = (&'a str, ArrayRef);

pub(super) fn batch(columns: &[NamedColumn<'_>]) -> RecordBatch {
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn written(schema: SchemaRef, batches: &[RecordBatch], properties: WriterProperties) -> Bytes {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    Bytes::from(bytes)
}

pub(super) fn file(columns: &[NamedColumn<'_>]) -> Bytes {
    let batch = batch(columns);
    written(batch.schema(), &[batch], WriterProperties::default())
}

pub(super) fn text(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Cells of all fields of all rows, as they came out.
pub(super) fn rows(bytes: &Bytes, input: Input) -> Result<Vec<Vec<String>>, ReadError> {
    limited_rows(bytes, input, LIMIT)
}

pub(super) fn texts(bytes: &Bytes, shown: &str, wanted: &[u64]) -> Result<Vec<String>, ReadError> {
    Ok(super::super::parquet_records::texts(&bytes.clone().into(), shown, wanted)?.unwrap())
}

pub(super) fn limited_rows(bytes: &Bytes, input: Input, bytes_max: u64) -> Result<Vec<Vec<String>>, ReadError> {
    let cells = |_, batch: ColumnBatch, _: Option<&Treatments>| {
        let row = |row| (0..input.fields().len()).map(|field| shown(batch.cell(row, field))).collect::<Vec<_>>();
        (0..batch.rows()).map(row).collect::<Vec<_>>()
    };
    let scanned = decode(bytes.clone().into(), "t.parquet", input, &settings(), bytes_max, &cells)?;
    let mut next = 1;
    let mut rows = Vec::new();
    for (first_row, count, mut piece) in scanned.pieces {
        assert_eq!((first_row, count), (next, piece.len()), "rows are numbered without a gap");
        next += count as u64;
        rows.append(&mut piece);
    }
    assert_eq!(scanned.rows, rows.len() as u64);
    Ok(rows)
}

fn shown(cell: Cell<'_>) -> String {
    if cell == Cell::Empty { String::new() } else { format!("{cell:?}") }
}

/// The cells of one column of timesheets, whose other required columns are there.
fn column(name: &str, array: ArrayRef) -> Result<Vec<String>, ReadError> {
    let count = array.len();
    let mut columns: Vec<NamedColumn<'_>> = Vec::new();
    for required in ["timesheet_id", "date", "hours"] {
        if required != name {
            columns.push((required, text(&vec!["x"; count])));
        }
    }
    columns.push((name, array));
    let at = Input::Timesheets.fields().iter().position(|field| field.name == name).unwrap();
    Ok(rows(&file(&columns), Input::Timesheets)?.into_iter().map(|mut row| row.swap_remove(at)).collect())
}

#[test]
fn text_is_read_in_every_form_and_null_or_empty_is_no_value() {
    let values = vec![Some("007"), None, Some(""), Some("a longer text than a view holds inline")];
    let expected = ["Text(\"007\")", "", "", "Text(\"a longer text than a view holds inline\")"];
    let bytes: Vec<_> = values.iter().map(|value| value.map(str::as_bytes)).collect();
    let forms: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(values.clone())),
        Arc::new(LargeStringArray::from(values.clone())),
        Arc::new(StringViewArray::from(values.clone())),
        Arc::new(values.iter().copied().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(values.iter().copied().collect::<DictionaryArray<Int64Type>>()),
        Arc::new(BinaryArray::from(bytes.clone())),
        Arc::new(LargeBinaryArray::from(bytes.clone())),
        Arc::new(BinaryViewArray::from(bytes)),
    ];
    for form in forms {
        let form_type = form.data_type().clone();
        for field in ["timesheet_id", "date", "hours", "description", "status", "billable"] {
            assert_eq!(column(field, Arc::clone(&form)).unwrap(), expected, "{field}: {form_type}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"ok".as_slice(), b"\xff\xfe"]));
    let found = column("timesheet_id", bytes);
    assert!(matches!(found, Err(ReadError::Parquet { .. })), "{found:?}");
}

#[test]
fn whole_numbers_are_read_in_every_width() {
    let forms: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![Some(-7), None])),
        Arc::new(Int16Array::from(vec![Some(-7), None])),
        Arc::new(Int32Array::from(vec![Some(-7), None])),
        Arc::new(Int64Array::from(vec![Some(-7), None])),
    ];
    for form in forms {
        for field in ["timesheet_id", "hours", "billable"] {
            assert_eq!(column(field, Arc::clone(&form)).unwrap(), ["Int(-7)", ""]);
        }
    }
    let forms: Vec<ArrayRef> = vec![
        Arc::new(UInt8Array::from(vec![200])),
        Arc::new(UInt16Array::from(vec![200])),
        Arc::new(UInt32Array::from(vec![200])),
        Arc::new(UInt64Array::from(vec![200])),
    ];
    for form in forms {
        assert_eq!(column("ticket_id", form).unwrap(), ["Int(200)"]);
    }
    let beyond: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 1]));
    let expected = ["Decimal { unscaled: 18446744073709551615, scale: 0 }", "Decimal { unscaled: 1, scale: 0 }"];
    assert_eq!(column("ticket_id", beyond).unwrap(), expected);
}

#[test]
fn decimals_are_exact_in_every_width() {
    let forms: Vec<ArrayRef> = vec![
        Arc::new(Decimal32Array::from(vec![Some(-12_345), None]).with_precision_and_scale(9, 3).unwrap()),
        Arc::new(Decimal64Array::from(vec![Some(-12_345), None]).with_precision_and_scale(18, 3).unwrap()),
        Arc::new(Decimal128Array::from(vec![Some(-12_345), None]).with_precision_and_scale(6, 3).unwrap()),
        Arc::new(Decimal128Array::from(vec![Some(-12_345), None]).with_precision_and_scale(15, 3).unwrap()),
        Arc::new(Decimal128Array::from(vec![Some(-12_345), None]).with_precision_and_scale(38, 3).unwrap()),
    ];
    for form in forms {
        assert_eq!(column("hours", form).unwrap(), ["Decimal { unscaled: -12345, scale: 3 }", ""]);
    }
}

#[test]
fn decimals_of_any_size_read_as_hours_and_prices_or_not_at_all() {
    use crate::check::value::Grammar;
    let settings = settings();
    let grammar = Grammar::new(&settings);
    for unscaled in [i128::MIN, i128::MIN + 1, -1, 0, 1, i128::MAX] {
        for scale in [0, 1, 6, 7, 37, 38, 255] {
            let cell = Cell::Decimal { unscaled, scale };
            let (hours, price) = (grammar.hours(cell), grammar.price(cell));
            if unscaled == 0 && scale < 39 {
                assert!(hours.is_ok() && price.is_ok(), "{cell:?}");
            }
            crate::check::value::text(cell);
        }
    }
}

#[test]
fn floats_carry_hours_as_their_shortest_text_and_nothing_else() {
    let third = 1.0 + 1.0 / 3.0;
    let double: ArrayRef = Arc::new(Float64Array::from(vec![Some(third), None, Some(f64::NAN), Some(1e-5)]));
    let expected = ["Float(1.3333333333333333)", "", "Float(NaN)", "Float(1e-5)"];
    assert_eq!(column("hours", Arc::clone(&double)).unwrap(), expected);
    let single: ArrayRef = Arc::new(Float32Array::from(vec![1.1, -0.25, f32::INFINITY]));
    assert_eq!(column("hours", Arc::clone(&single)).unwrap(), ["Float(1.1)", "Float(-0.25)", "Float(inf)"]);
    for refused in ["timesheet_id", "ticket_id", "date", "billable", "status"] {
        for floats in [&single, &double] {
            let error = column(refused, Arc::clone(floats)).unwrap_err();
            assert!(matches!(&error, ReadError::WrongColumnType { column, .. } if column == refused), "{error}");
        }
    }
}

#[test]
fn dates_and_timestamps_of_every_unit_are_the_same_moments() {
    let day = 20_757_i32; // 2026-10-31
    let dates: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(vec![Some(day), None, Some(i32::MIN)])),
        Arc::new(Date64Array::from(vec![Some(i64::from(day) * 86_400_000), None, Some(i64::MIN)])),
    ];
    for (form, far) in dates.into_iter().zip([i32::MIN, i32::MAX]) {
        assert_eq!(column("date", form).unwrap(), [format!("Date({day})"), String::new(), format!("Date({far})")]);
    }
    let second = i64::from(day) * 86_400 + 3_661;
    let values = |factor: i64, more: i64| vec![Some(second * factor + more), None, Some(-1)];
    let stamps: Vec<(ArrayRef, i64)> = vec![
        (Arc::new(TimestampSecondArray::from(values(1, 0))), -1_000_000),
        (Arc::new(TimestampMillisecondArray::from(values(1_000, 0))), -1_000),
        (Arc::new(TimestampMicrosecondArray::from(values(1_000_000, 0))), -1),
        // What lies behind the microsecond is cut, towards the past.
        (Arc::new(TimestampNanosecondArray::from(values(1_000_000_000, 999))), -1),
    ];
    for (form, before) in stamps {
        let micros = second * 1_000_000;
        let expected = |zoned| {
            [
                format!("Timestamp {{ micros: {micros}, zoned: {zoned} }}"),
                String::new(),
                format!("Timestamp {{ micros: {before}, zoned: {zoned} }}"),
            ]
        };
        assert_eq!(column("date", Arc::clone(&form)).unwrap(), expected(false));
        let DataType::Timestamp(unit, _) = form.data_type() else { panic!() };
        for zone in ["UTC", "+02:00", "Europe/Brussels"] {
            let zoned = DataType::Timestamp(*unit, Some(zone.into()));
            let data = form.to_data().into_builder().data_type(zoned).build().unwrap();
            assert_eq!(column("date", make_array(data)).unwrap(), expected(true), "{zone}");
        }
    }
    let far: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX, i64::MIN]));
    assert_eq!(column("date", far).unwrap().len(), 2);
}

#[test]
fn times_of_day_and_lengths_of_time_are_what_a_clock_shows() {
    let clocks: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(Time32SecondArray::from(vec![Some(5_400), None])), "1:30:00"),
        (Arc::new(Time32MillisecondArray::from(vec![Some(5_400_250), None])), "1:30:00.250"),
        (Arc::new(Time64MicrosecondArray::from(vec![Some(5_400_000_001), None])), "1:30:00.000001"),
        (Arc::new(Time64NanosecondArray::from(vec![Some(5_400_000_000_000), None])), "1:30:00"),
        (Arc::new(DurationSecondArray::from(vec![Some(-95_400), None])), "-26:30:00"),
        (Arc::new(DurationMillisecondArray::from(vec![Some(45_000), None])), "0:00:45"),
        (Arc::new(DurationMicrosecondArray::from(vec![Some(1), None])), "0:00:00.000001"),
        (Arc::new(DurationNanosecondArray::from(vec![Some(i64::MIN), None])), "-2562047:47:16.854775808"),
    ];
    for (array, shown) in clocks {
        for field in ["hours", "started_at", "ended_at", "description"] {
            assert_eq!(column(field, Arc::clone(&array)).unwrap(), [format!("Text({shown:?})"), String::new()]);
        }
    }
}

#[test]
fn flags_are_booleans_numbers_or_text() {
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    assert_eq!(column("billable", Arc::clone(&flags)).unwrap(), ["Bool(true)", "", "Bool(false)"]);
    // Free text takes what can be printed.
    assert_eq!(column("description", flags).unwrap(), ["Bool(true)", "", "Bool(false)"]);
}

#[test]
fn a_column_without_any_value_may_have_no_type() {
    for field in ["hours", "date", "ticket_id", "description", "billable", "status"] {
        assert_eq!(column(field, Arc::new(NullArray::new(2))).unwrap(), ["", ""], "{field}");
    }
}

#[test]
fn columns_of_a_wrong_type_are_named_with_both_types() {
    let list = {
        let mut list = ListBuilder::new(StringBuilder::new());
        list.append_value([Some("a"), Some("b")]);
        Arc::new(list.finish()) as ArrayRef
    };
    let group: ArrayRef = Arc::new(StructArray::from(vec![(
        Arc::new(Field::new("id", DataType::Int32, true)),
        Arc::new(Int32Array::from(vec![1])) as ArrayRef,
    )]));
    let time: ArrayRef = Arc::new(Time64MicrosecondArray::from(vec![1]));
    let duration: ArrayRef = Arc::new(DurationMicrosecondArray::from(vec![1]));
    let fixed: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[0_u8; 16]].into_iter()).unwrap());
    let wide: ArrayRef =
        Arc::new(Decimal256Array::from(vec![i256::from_i128(1)]).with_precision_and_scale(76, 2).unwrap());
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let exact: ArrayRef = Arc::new(Decimal128Array::from(vec![1]).with_precision_and_scale(9, 2).unwrap());
    let flag: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    let date: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    let all = ["timesheet_id", "date", "hours", "ticket_id", "description", "billable", "status"];
    for (array, fields) in [
        (list, &all[..]),
        (group, &all),
        (time, &["timesheet_id", "date", "ticket_id", "billable", "status"]),
        (duration, &["timesheet_id", "date", "ticket_id", "billable", "status"]),
        (fixed, &all),
        (wide, &all),
        (whole, &["date", "status"]),
        (exact, &["date", "status", "ticket_id", "billable"]),
        (flag, &["date", "status", "ticket_id", "hours"]),
        (date, &["status", "ticket_id", "hours", "billable"]),
    ] {
        for field in fields {
            match column(field, Arc::clone(&array)) {
                Err(ReadError::WrongColumnType { column, found, wanted, .. }) => {
                    assert_eq!((column.as_str(), found), (*field, type_name(array.data_type())));
                    assert!(!wanted.is_empty());
                }
                other => panic!("{field}, {}: {other:?}", array.data_type()),
            }
        }
    }
    let prices: ArrayRef = Arc::new(Float64Array::from(vec![1.5]));
    for field in ["ordered_qty", "unit_price", "sequence"] {
        let orders = Input::Orders.fields().iter().filter(|other| other.required || other.name == field);
        let columns: Vec<NamedColumn<'_>> = orders
            .map(|other| (other.name, if other.name == field { Arc::clone(&prices) } else { text(&["1"]) }))
            .collect();
        let error = rows(&file(&columns), Input::Orders).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("column `{field}` of `t.parquet` has the type Float64, and")),
            "{message}"
        );
    }
}

/// A file of timesheets in several row groups, as generators and warehouses write them.
pub(super) fn timesheets(
    count: usize,
    group_rows: usize,
    properties: parquet::file::properties::WriterPropertiesBuilder,
) -> Bytes {
    let ids = (0..count).map(|row| Some(format!("TS-{row:07}"))).collect::<StringArray>();
    let tickets = (0..count).map(|row| (row % 3 > 0).then(|| format!("HD-{}", row % 97))).collect::<StringArray>();
    let hours = (0..count).map(|row| Some(row as i128 % 800 * 25)).collect::<Decimal128Array>();
    let dates = (0..count).map(|row| Some(20_700 + row as i32 % 60)).collect::<Date32Array>();
    let batch = batch(&[
        ("Timesheet_ID", Arc::new(ids)),
        ("mood", Arc::new(Int32Array::from(vec![1; count]))),
        (" HOURS", Arc::new(hours.with_precision_and_scale(9, 2).unwrap())),
        ("date", Arc::new(dates)),
        ("ticket_id", Arc::new(tickets)),
    ]);
    written(batch.schema(), &[batch], properties.set_max_row_group_row_count(Some(group_rows)).build())
}

fn with_threads<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

#[test]
fn rows_come_in_the_order_of_the_file_whatever_the_threads_and_row_groups() {
    let properties = WriterProperties::builder;
    let expected = rows(&timesheets(150_000, 150_000, properties()), Input::Timesheets).unwrap();
    assert_eq!(expected.len(), 150_000);
    assert_eq!(expected[149_999][field::TIMESHEET_ID], "Text(\"TS-0149999\")");
    assert_eq!(expected[2][field::HOURS], "Decimal { unscaled: 50, scale: 2 }");
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::LZ4_RAW,
    ];
    for (group_rows, codec) in [700, 10_000, 65_536, 65_537, 149_999].into_iter().zip(codecs) {
        for (threads, version) in
            [(1, WriterVersion::PARQUET_1_0), (2, WriterVersion::PARQUET_2_0), (8, WriterVersion::PARQUET_1_0)]
        {
            let properties = properties().set_compression(codec).set_writer_version(version);
            let properties = properties.set_dictionary_enabled(threads != 2);
            let bytes = timesheets(150_000, group_rows, properties);
            let found = with_threads(threads, || rows(&bytes, Input::Timesheets)).unwrap();
            assert!(found == expected, "{group_rows} rows a group, {threads} threads, {codec:?}");
        }
    }
}

#[test]
fn a_compression_that_is_not_read_is_named() {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let bytes = timesheets(100, 100, properties);
    // The codec of a column stands in the footer between its path and the number of its values.
    for (codec, name) in [(8, "Brotli"), (6, "LZO")] {
        let mut bytes = bytes.to_vec();
        let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&[0x15, 2, 0x16])).collect();
        assert!(!places.is_empty());
        places.into_iter().for_each(|at| bytes[at + 1] = codec);
        let error = rows(&Bytes::from(bytes), Input::Timesheets).unwrap_err();
        assert!(matches!(&error, ReadError::Packing { packing, .. } if *packing == name), "{error:?}");
        assert!(error.to_string().contains("Zstandard"), "{error}");
    }
}

#[test]
fn a_file_without_rows_is_read() {
    let empty = batch(&[("team", text(&[]))]);
    assert!(rows(&written(empty.schema(), &[], WriterProperties::default()), Input::Teams).unwrap().is_empty());
    let empty = written(empty.schema(), &[empty], WriterProperties::default());
    assert!(rows(&empty, Input::Teams).unwrap().is_empty());
    assert!(texts(&empty, "t.parquet", &[]).unwrap().is_empty());
}

#[test]
fn a_header_is_as_strict_as_that_of_a_text_file() {
    let missing = file(&[("teams", text(&["a"]))]);
    assert!(matches!(rows(&missing, Input::Teams), Err(ReadError::MissingColumns { .. })));
    // Columns that nobody asks for may be called alike.
    let alike = file(&[("x", text(&["1"])), ("TEAM", text(&["a"])), ("x", text(&["2"]))]);
    assert_eq!(rows(&alike, Input::Teams).unwrap()[0][teams::TEAM], "Text(\"a\")");
}

#[test]
fn columns_that_no_field_needs_are_not_decoded() {
    let list = {
        let mut list = ListBuilder::new(StringBuilder::new());
        list.append_value([Some("a"), None]);
        list.append_null();
        Arc::new(list.finish()) as ArrayRef
    };
    let group: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("team", DataType::Utf8, true)), text(&["inner", "inner"])),
        (Arc::new(Field::new("n", DataType::Int32, true)), Arc::new(Int32Array::from(vec![Some(1), None])) as ArrayRef),
    ]));
    let bytes = file(&[("before", group), ("team", text(&["a", "b"])), ("tags", list), ("project", text(&["p", "q"]))]);
    let found = rows(&bytes, Input::Teams).unwrap();
    assert_eq!((found[1][teams::TEAM].as_str(), found[1][teams::PROJECT].as_str()), ("Text(\"b\")", "Text(\"q\")"));
    let records = texts(&bytes, "t.parquet", &[1, 2]).unwrap();
    assert_eq!(records[0], r#"{"before":{"team":"inner","n":1},"team":"a","tags":["a",null],"project":"p"}"#);
    assert_eq!(records[1], r#"{"before":{"team":"inner","n":null},"team":"b","tags":null,"project":"q"}"#);
}

#[test]
fn records_of_any_rows_are_looked_up_over_row_groups() {
    let bytes = timesheets(5_000, 999, WriterProperties::builder());
    let wanted = [1, 2, 999, 1_000, 3_001, 5_000];
    let records = texts(&bytes, "t.parquet", &wanted).unwrap();
    assert_eq!(records.len(), wanted.len());
    assert_eq!(
        records[3],
        r#"{"Timesheet_ID":"TS-0000999","mood":1," HOURS":49.75,"date":"2026-10-13","ticket_id":null}"#
    );
    assert!(records[5].contains("TS-0004999"));
    assert_eq!(texts(&bytes, "t.parquet", &(1..=5_000).collect::<Vec<_>>()).unwrap().len(), 5_000);
    // Rows that are not there have no record.
    assert_eq!(texts(&bytes, "t.parquet", &[5_000, 5_001]).unwrap().len(), 1);
}

/// Records of timesheets that were told while their batches were in hand.
fn told_in_hand(bytes: &Bytes) -> Vec<Option<String>> {
    let told = |_, batch: ColumnBatch, _: Option<&Treatments>| -> Vec<Option<String>> {
        (0..batch.rows()).map(|row| batch.record(row)).collect()
    };
    let scanned = decode(bytes.clone().into(), "t.parquet", Input::Timesheets, &settings(), LIMIT, &told).unwrap();
    scanned.pieces.into_iter().flat_map(|(_, _, told)| told).collect()
}

#[test]
fn a_record_told_in_hand_is_the_one_that_is_looked_up() {
    let words = vec![Some("a \"b\"\\\n\u{7}é"), None, Some(""), Some("a longer text than a view holds inline")];
    let bytes: Vec<_> = words.iter().map(|word| word.map(str::as_bytes)).collect();
    let texts_of: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(words.clone())),
        Arc::new(LargeStringArray::from(words.clone())),
        Arc::new(StringViewArray::from(words.clone())),
        Arc::new(words.iter().copied().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(BinaryArray::from(bytes.clone())),
        Arc::new(BinaryViewArray::from(bytes)),
    ];
    let few = || [Some(-7), None, Some(0), Some(9_000)].into_iter();
    let decimals = Decimal128Array::from(few().map(|few| few.map(i128::from)).collect::<Vec<_>>());
    let floats = [Some(1.1), None, Some(f64::NAN), Some(1e21)];
    let hours: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![Some(-7), None, Some(0), Some(9)])),
        Arc::new(Int64Array::from_iter(few().map(|few| few.map(i64::from)))),
        Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0), Some(9)])),
        Arc::new(decimals.clone().with_precision_and_scale(9, 2).unwrap()),
        Arc::new(decimals.with_precision_and_scale(30, 3).unwrap()),
        Arc::new(Float64Array::from(floats.to_vec())),
        Arc::new(Float32Array::from_iter(floats.map(|float| float.map(|float| float as f32)))),
        Arc::new(Time64MicrosecondArray::from_iter([Some(5_400_000_000), None, Some(0), Some(1)])),
        Arc::new(DurationSecondArray::from_iter([Some(5_400), None, Some(0), Some(-1)])),
    ];
    let dates: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from_iter([Some(20_000), None, Some(-1), Some(i32::MAX)])),
        Arc::new(Date64Array::from_iter([Some(1_760_000_000_000), None, Some(-1), Some(i64::MAX)])),
        Arc::new(TimestampSecondArray::from_iter([Some(1_760_000_000), None, Some(-1), Some(0)])),
        Arc::new(TimestampMicrosecondArray::from_iter([Some(1), None, Some(-1), Some(i64::MAX)]).with_timezone("UTC")),
        Arc::new(TimestampNanosecondArray::from_iter([Some(1_999), None, Some(-1), Some(i64::MAX)])),
        Arc::new(NullArray::new(4)),
    ];
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), None]));
    let forms = texts_of.iter().map(|form| ("description", form)).chain(hours.iter().map(|form| ("hours", form)));
    let forms = forms.chain(dates.iter().map(|form| ("date", form))).chain([("billable", &flags)]);
    let mut looked_up_types = Vec::new();
    for (name, form) in forms {
        let mut columns: Vec<NamedColumn<'_>> = vec![(name, Arc::clone(form))];
        for required in ["Timesheet_ID", "date", "hours"].into_iter().filter(|required| *required != name) {
            columns.push((required, text(&["x", "", "y", "z"])));
        }
        let bytes = file(&columns);
        let looked_up = texts(&bytes, "t.parquet", &[1, 2, 3, 4]).unwrap();
        for (told, looked_up) in told_in_hand(&bytes).into_iter().zip(looked_up) {
            match told {
                Some(told) => assert_eq!(told, looked_up, "{name}: {}", form.data_type()),
                None => looked_up_types.push(form.data_type().clone()),
            }
        }
    }
    // These are numbers in the file, which only an Arrow writer says more of.
    looked_up_types.dedup();
    let expected =
        [DataType::Duration(TimeUnit::Second), DataType::Date64, DataType::Timestamp(TimeUnit::Second, None)];
    assert_eq!(looked_up_types, expected);
}

#[test]
fn one_column_may_stand_for_several_fields() {
    let required = ["timesheet_id", "date", "hours", "employee"].map(|name| (name, text(&["1", "2"])));
    let mut settings = settings();
    settings.columns.insert("role", "employee".to_owned());
    let cells = |_, batch: ColumnBatch, _: Option<&Treatments>| {
        assert!(batch.record(1).is_some());
        [field::HOURS, field::EMPLOYEE, field::ROLE].map(|field| shown(batch.cell(1, field)))
    };
    let found = decode(file(&required).into(), "t.parquet", Input::Timesheets, &settings, LIMIT, &cells).unwrap();
    assert_eq!(found.pieces[0].2, ["Text(\"2\")"; 3]);
}

#[test]
fn records_of_long_texts_and_of_columns_that_are_not_read_are_looked_up() {
    let long = "x".repeat(4_097);
    let of = |more: &[NamedColumn<'_>]| {
        let required = ["timesheet_id", "date", "hours"].map(|name| (name, text(&["1", "2"])));
        told_in_hand(&file(&[&required[..], more].concat()))
    };
    assert!(of(&[("description", text(&["a", &long[1..]]))]).iter().all(Option::is_some));
    assert_eq!(
        of(&[("description", text(&["a", &long]))]).iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(of(&[("mood", text(&["a", "b"]))]).iter().all(Option::is_none));
}

#[test]
fn csv_and_parquet_files_stand_side_by_side_in_one_list() {
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::write(dir.path().join("a.csv"), "team,project\nx,1\ny,2\n").unwrap();
    let parquet = file(&[("mood", text(&["m"])), ("project", text(&["3"])), ("team", text(&["z"]))]);
    std::fs::write(dir.path().join("b.PARQUET"), &parquet).unwrap();
    let mut settings = settings();
    settings.paths = vec![(".".to_owned(), dir.path().to_owned())];
    settings.columns.insert("time_billing", "Billing".to_owned());
    let limits = Limits::default();
    let cells = |batch: &Batch<'_>| {
        assert!(batch.record(0).is_none() || batch.index().0 == FileNo(4));
        let cells = |row| [teams::TEAM, teams::PROJECT].map(|field| shown(batch.cell(row, field)));
        (0..batch.rows()).map(cells).collect::<Vec<_>>()
    };
    let scan = crate::read::scan(Input::Teams, &settings, &limits, FileNo(4), &|_: u64| (), cells).unwrap();
    let rows: Vec<_> = scan.pieces.into_iter().flat_map(|piece| piece.result).collect();
    assert_eq!(rows[2], ["Text(\"z\")", "Text(\"3\")"]);
    let read = &scan.files[1];
    assert_eq!((read.rows, read.bytes, read.shown.as_str()), (1, parquet.len() as u64, "./b.PARQUET"));
    assert_eq!(read.blake3, blake3::hash(&parquet).to_hex().as_str());
    let missing =
        super::super::MissingColumn { named_for: "time_billing".to_owned(), header: Some("Billing".to_owned()) };
    assert_eq!(scan.not_found, [missing]);
    let wanted = [(4, 2), (5, 1)].map(|(file, row)| crate::finding::Place { file: FileNo(file), row });
    let look_up = || {
        let mut records = Vec::new();
        let mut tell = |_, record| records.push(record);
        crate::read::records(Input::Teams, &settings, &limits, &scan.files, FileNo(4), &wanted, &mut tell)?;
        Ok(records)
    };
    let records: Vec<Record> = look_up().unwrap();
    assert_eq!((records[0].line, records[1].line), (Some(3), None));
    assert_eq!(records[1].text, r#"{"mood":"m","project":"3","team":"z"}"#);
    std::fs::write(dir.path().join("b.PARQUET"), file(&[("team", text(&["other"]))])).unwrap();
    assert!(matches!(look_up(), Err(ReadError::Changed { .. })));
}
