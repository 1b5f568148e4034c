use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::csv::CsvCells;
use super::encode::SLICE_ROWS;
use super::{ColumnKind, Sink, Table, TableColumn, table};
use crate::calendar::Date;
use crate::quantity::{Currency, HoursSum, Money};

const COLUMNS: &[TableColumn] = &[
    TableColumn::plain("name", ColumnKind::Text),
    TableColumn::plain("on", ColumnKind::Date),
    TableColumn::plain("good", ColumnKind::Flag),
    TableColumn::plain("number", ColumnKind::Count),
    TableColumn::plain("spent", ColumnKind::Hours),
    TableColumn::plain("quantity", ColumnKind::Decimal),
    TableColumn::plain("amount", ColumnKind::Money),
];

const TEXTS: [&str; 8] = ["", "plain", "a,b", "say \"hi\"", "two\nlines", "c\rr", "ünï — 日本", " blanks "];

fn currency(row: usize) -> Currency {
    Currency::from_code(["EUR", "JPY", "KWD"][row % 3]).unwrap()
}

fn text(row: usize) -> &'static str {
    TEXTS[row % TEXTS.len()]
}

fn number(row: usize) -> i64 {
    [0, 1, -1, i64::MAX, i64::MIN, 1_000_000][row % 6].wrapping_add(row as i64 / 6)
}

fn sample(rows: usize) -> Table<'static> {
    table("sample", COLUMNS, rows, tell)
}

fn tell(row: usize, out: &mut dyn Sink) {
    let some = row % 5 != 4;
    out.text(text(row));
    out.date(some.then(|| Date::from_days(10_000 + row as i32 % 20_000).unwrap()));
    out.flag(some.then_some(row.is_multiple_of(2)));
    out.count(some.then(|| number(row)));
    out.hours(some.then(|| HoursSum::from_micros(number(row).into())));
    out.decimal(some.then(|| number(row)));
    out.money(some.then(|| (Money::from_minor(number(row).into()), currency(row))));
}

fn csv(table: &Table<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.write_csv(&mut bytes).unwrap();
    bytes
}

fn parquet(table: &Table<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.write_parquet(&mut bytes).unwrap();
    bytes
}

#[test]
fn csv_says_what_the_cells_say() {
    let rows = 2 * SLICE_ROWS + 7;
    let bytes = csv(&sample(rows));
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let mut read = 0;
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        assert_eq!(&record[0], text(row));
        if row % 5 == 4 {
            assert!(record.iter().skip(1).all(str::is_empty));
        } else {
            assert_eq!(record[1], Date::from_days(10_000 + row as i32 % 20_000).unwrap().to_string());
            assert_eq!(record[2].parse(), Ok(row % 2 == 0));
            assert_eq!(record[3].parse(), Ok(number(row)));
            assert_eq!(record[4], HoursSum::from_micros(number(row).into()).to_string());
            assert_eq!(record[5], crate::quantity::Quantity::from_micros(number(row)).to_string());
            assert_eq!(record[6], Money::from_minor(number(row).into()).text(currency(row)));
        }
        read += 1;
    }
    assert_eq!(read, rows);
    assert!(!bytes.windows(2).any(|pair| pair == b"\r\n"));
}

/// Cells that were told before are the same cells.
#[test]
fn csv_takes_cells_as_they_stand_there() {
    let rows = SLICE_ROWS + 7;
    let tell_by_csv = |row: usize, out: &mut dyn Sink| {
        let mut cells = CsvCells::new();
        let cells = cells.made(COLUMNS, |out| tell(row, out));
        if out.is_csv() && !row.is_multiple_of(3) { out.csv(COLUMNS.len(), cells) } else { tell(row, out) }
    };
    assert!(csv(&table("sample", COLUMNS, rows, tell_by_csv)) == csv(&sample(rows)));
    assert!(parquet(&table("sample", COLUMNS, rows, tell_by_csv)) == parquet(&sample(rows)));
    let too_many = table("wrong", COLUMNS, 1, |_, out| out.csv(COLUMNS.len() + 1, ",,,,,,,"));
    assert!(too_many.write_csv(&mut Vec::new()).is_err());
}

#[test]
fn parquet_holds_exact_decimals_and_nulls() {
    let rows = SLICE_ROWS + 7;
    let bytes = bytes::Bytes::from(parquet(&sample(rows)));
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
    let mut row = 0;
    for batch in reader {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            let decimal = |column: usize| batch.column(column).as_primitive::<Decimal128Type>().value(at);
            assert_eq!(batch.column(0).is_null(at), text(row).is_empty());
            assert_eq!(batch.column(0).as_string::<i32>().value(at), text(row));
            assert_eq!(batch.column(6).is_null(at), row % 5 == 4);
            if row % 5 != 4 {
                assert_eq!(batch.column(1).as_primitive::<Date32Type>().value(at), 10_000 + row as i32 % 20_000);
                assert_eq!(batch.column(2).as_boolean().value(at), row % 2 == 0);
                assert_eq!(batch.column(3).as_primitive::<Int64Type>().value(at), number(row));
                assert_eq!(decimal(4), crate::quantity::hours_unscaled(number(row).into()));
                assert_eq!(decimal(5), i128::from(number(row)));
                let factor = 10_i128.pow(4 - currency(row).digits());
                assert_eq!(decimal(6), i128::from(number(row)) * factor);
            }
            row += 1;
        }
    }
    assert_eq!(row, rows);
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (csv(&sample(3 * SLICE_ROWS)), parquet(&sample(3 * SLICE_ROWS))))
    };
    assert!(with_threads(1) == with_threads(8));
}

#[test]
fn a_table_without_rows_has_its_columns() {
    assert_eq!(csv(&sample(0)), b"name,on,good,number,spent,quantity,amount\n");
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(parquet(&sample(0)))).unwrap();
    assert_eq!(reader.schema().fields().len(), COLUMNS.len());
}

#[test]
fn cells_that_do_not_fit_the_columns_are_refused() {
    let short = table("short", COLUMNS, 1, |_, out| out.text("only one"));
    let wrong = table("wrong", COLUMNS, 1, |_, out| (0..COLUMNS.len()).for_each(|_| out.text("text")));
    for table in [short, wrong] {
        assert!(table.write_csv(&mut Vec::new()).is_err());
        assert!(table.write_parquet(Vec::new()).is_err());
    }
    const AMOUNT: &[TableColumn] = &[TableColumn::plain("amount", ColumnKind::Money)];
    let [euro, four_decimals] = ["EUR", "CLF"].map(|code| Currency::from_code(code).unwrap());
    let limit = 10_i128.pow(26);
    for (minor, currency, fits) in [
        (i128::MAX / 2, euro, false),
        (i128::MIN, euro, false),
        (i128::MIN, four_decimals, false),
        (i128::MAX, four_decimals, false),
        (limit, euro, false),
        (-limit, euro, false),
        (limit - 1, euro, true),
        (1 - limit, euro, true),
    ] {
        let one = table("one", AMOUNT, 1, move |_, out| out.money(Some((Money::from_minor(minor), currency))));
        assert_eq!(one.write_parquet(Vec::new()).is_ok(), fits, "{minor}");
    }
}
