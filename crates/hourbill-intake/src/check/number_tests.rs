//! The number grammar (§2.5, §2.8) as a table, worked out by hand: how an input writes numbers, a text, and what it says as hours and as a
//! quantity or price. Each text goes through a CSV file and through a text cell of a workbook.

use std::fmt::Write as _;
use std::path::Path;

use crate::check::value::Grammar;
use crate::finding::FileNo;
use crate::inputs::{Input, orders, timesheets};
use crate::job::{DecimalMark, InputSettings, Limits};
use crate::quantity::{Hours, Quantity, UnitPrice};
use crate::read::{self, Unfollowed};

/// (decimal mark, thousands mark or a blank text, text, hours, quantity or price); an empty value is a refusal.
type Said = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: &[Said] = &[
    // A point, no thousands.
    (".", "", "0", "0", "0"),
    (".", "", "-0", "0", "0"),
    (".", "", "7", "7", "7"),
    (".", "", "007", "7", "7"),
    (".", "", "1.5", "1.5", "1.5"),
    (".", "", "-1.5", "-1.5", "-1.5"),
    (".", "", "+1.5", "1.5", "1.5"),
    (".", "", "+1", "1", "1"),
    (".", "", ".5", "0.5", "0.5"),
    (".", "", "-.5", "-0.5", "-0.5"),
    (".", "", "+.5", "0.5", "0.5"),
    (".", "", "1.", "1", "1"),
    (".", "", "-1.", "-1", "-1"),
    (".", "", "+1.", "1", "1"),
    (".", "", "0.", "0", "0"),
    (".", "", ".0", "0", "0"),
    (".", "", "0.015", "0.015", "0.015"),
    (".", "", "0.000001", "0.000001", "0.000001"),
    (".", "", "00.5", "0.5", "0.5"),
    (".", "", "1.500000000", "1.5", "1.5"),
    (".", "", "1.234", "1.234", "1.234"),
    (".", "", ".", "", ""),
    (".", "", "-", "", ""),
    (".", "", "+", "", ""),
    (".", "", "-.", "", ""),
    (".", "", "+.", "", ""),
    (".", "", "+-1", "", ""),
    (".", "", "-+1", "", ""),
    (".", "", "--1", "", ""),
    (".", "", "++1", "", ""),
    // As some ERPs write it, and as books print it.
    (".", "", "1-", "-1", "-1"),
    (".", "", "7.50-", "-7.5", "-7.5"),
    (".", "", "\u{2212}1", "-1", "-1"),
    (".", "", "-1-", "", ""),
    (".", "", "1--", "", ""),
    (".", "", "1.-", "", ""),
    (".", "", "(1)", "", ""),
    (".", "", "1,5", "", ""),
    (".", "", "1,234", "", ""),
    (".", "", "1 234", "", ""),
    (".", "", "1'234", "", ""),
    (".", "", "1_234", "", ""),
    (".", "", "1.2.3", "", ""),
    (".", "", "1..5", "", ""),
    (".", "", "..5", "", ""),
    (".", "", "1 .5", "", ""),
    (".", "", "- 1", "", ""),
    (".", "", "1e2", "100", ""),
    (".", "", "1E2", "100", ""),
    (".", "", "1e+2", "100", ""),
    (".", "", "1.5e1", "15", ""),
    (".", "", "-1.5e1", "-15", ""),
    (".", "", ".5e1", "5", ""),
    (".", "", "1.e1", "10", ""),
    (".", "", "5e-1", "0.5", ""),
    (".", "", "1e", "", ""),
    (".", "", "e1", "", ""),
    (".", "", "1e1.5", "", ""),
    (".", "", "1e--1", "", ""),
    (".", "", "0x10", "", ""),
    (".", "", "1f", "", ""),
    (".", "", "NaN", "", ""),
    (".", "", "inf", "", ""),
    (".", "", "1%", "", ""),
    (".", "", "€1", "", ""),
    (".", "", "١", "", ""),
    (".", "", "½", "", ""),
    (".", "", "1:30", "1.5", ""),
    (".", "", "-1:30", "-1.5", ""),
    (".", "", "+1:30", "1.5", ""),
    (".", "", "1:30:36", "1.51", ""),
    (".", "", "0:00", "0", ""),
    (".", "", "1:60", "", ""),
    (".", "", "1:5", "", ""),
    (".", "", ":30", "", ""),
    (".", "", "1:", "", ""),
    (".", "", "1h30", "1.5", ""),
    (".", "", "1h 30m", "1.5", ""),
    (".", "", "90m", "1.5", ""),
    (".", "", "PT1H30M", "1.5", ""),
    // Durations of ISO 8601: decimals in the last part alone, and nothing longer than hours.
    (".", "", "PT1.5H", "1.5", ""),
    (".", "", "PT1,5H", "1.5", ""),
    (".", "", "-PT90M", "-1.5", ""),
    (".", "", "PT5400S", "1.5", ""),
    (".", "", "PT1H29M56.4S", "1.499", ""),
    (".", "", "P0DT1H30M0S", "1.5", ""),
    (".", "", "P0Y0M0DT1H", "1", ""),
    (".", "", "PT0S", "0", ""),
    (".", "", "P1DT2H", "", ""),
    (".", "", "P1D", "", ""),
    (".", "", "P1W", "", ""),
    (".", "", "PT1.5H30M", "", ""),
    (".", "", "PT.5H", "", ""),
    (".", "", "PT30M1H", "", ""),
    (".", "", "PT", "", ""),
    (".", "", "P", "", ""),
    // As people write them.
    (".", "", "1 h 30", "1.5", ""),
    (".", "", "1 h 30 min", "1.5", ""),
    (".", "", "1 hour 30", "1.5", ""),
    (".", "", "1 hour and 30 minutes", "1.5", ""),
    (".", "", "1 hr, 30 mins", "1.5", ""),
    (".", "", "1:30 h", "1.5", ""),
    (".", "", "1:30:00 h", "1.5", ""),
    (".", "", "01:30 Std.", "1.5", ""),
    (".", "", "1.5 Std.", "1.5", ""),
    (".", "", "1.5H", "1.5", ""),
    (".", "", "90 min", "1.5", ""),
    (".", "", "90 min.", "1.5", ""),
    (".", "", "1 godz. 30 min", "1.5", ""),
    (".", "", "1時間30分", "1.5", ""),
    (".", "", "0 days 01:30:00", "1.5", ""),
    (".", "", "0 days 01:30:03.600000000", "1.501", ""),
    (".", "", "01:30:00.0000000", "1.5", ""),
    (".", "", "01:30:00.0000004", "1.5", ""),
    (".", "", "1 h 5", "", ""),
    (".", "", "1 h 75", "", ""),
    (".", "", "1 min 30", "", ""),
    (".", "", "30 min 1 h", "", ""),
    (".", "", "1.5 h 30 min", "", ""),
    (".", "", "1 days 02:30:00", "", ""),
    (".", "", "1 day, 2:30:00", "", ""),
    (".", "", "1.02:30:00", "", ""),
    (".", "", "1:30:00 AM", "", ""),
    (".", "", "1w", "", ""),
    (".", "", "1,5 h", "", ""),
    (",", "", "1,5 Std.", "1.5", ""),
    (",", "", "1,5 h", "1.5", ""),
    (",", "", "1.5 h", "", ""),
    // Limits: quantities and prices to 10^9, six decimals; zeros behind say nothing.
    (".", "", "1000000000", "1000000000", "1000000000"),
    (".", "", "1000000001", "", ""),
    (".", "", "1000000000.000001", "", ""),
    (".", "", "0.0000001", "0.0000001", ""),
    (".", "", "0.0000010", "0.000001", "0.000001"),
    // A comma, no thousands.
    (",", "", "1,5", "1.5", "1.5"),
    (",", "", "-1,5", "-1.5", "-1.5"),
    (",", "", ",5", "0.5", "0.5"),
    (",", "", "-,5", "-0.5", "-0.5"),
    (",", "", "1,", "1", "1"),
    (",", "", "+1,", "1", "1"),
    (",", "", "0,015", "0.015", "0.015"),
    (",", "", "1,5e1", "15", ""),
    (",", "", "1.5", "", ""),
    (",", "", "0.015", "", ""),
    (",", "", "1.234", "", ""),
    (",", "", "1.", "", ""),
    (",", "", ".5", "", ""),
    (",", "", "1,2,3", "", ""),
    (",", "", ",", "", ""),
    (",", "", "1:30", "1.5", ""),
    // A comma, a point between thousands.
    (",", ".", "0,015", "0.015", "0.015"),
    (",", ".", "1,5", "1.5", "1.5"),
    (",", ".", ",5", "0.5", "0.5"),
    (",", ".", "1,", "1", "1"),
    (",", ".", "+1", "1", "1"),
    (",", ".", "1.234", "1234", "1234"),
    (",", ".", "12.345", "12345", "12345"),
    (",", ".", "123.456", "123456", "123456"),
    (",", ".", "1.234.567", "1234567", "1234567"),
    (",", ".", "1.234,5", "1234.5", "1234.5"),
    (",", ".", "-1.234,5", "-1234.5", "-1234.5"),
    (",", ".", "+1.234,5", "1234.5", "1234.5"),
    (",", ".", "1.234,", "1234", "1234"),
    (",", ".", "1234", "1234", "1234"),
    (",", ".", "1234,5", "1234.5", "1234.5"),
    (",", ".", "100.000.000", "100000000", "100000000"),
    (",", ".", "0", "0", "0"),
    (",", ".", "0,5", "0.5", "0.5"),
    (",", ".", "007", "7", "7"),
    (",", ".", "007,5", "7.5", "7.5"),
    // A first group does not start with 0.
    (",", ".", "0.015", "", ""),
    (",", ".", "0.002", "", ""),
    (",", ".", "0.075", "", ""),
    (",", ".", "0.500", "", ""),
    (",", ".", "0.125", "", ""),
    (",", ".", "-0.008", "", ""),
    (",", ".", "+0.008", "", ""),
    (",", ".", "01.500", "", ""),
    (",", ".", "001.500", "", ""),
    (",", ".", "000.000", "", ""),
    (",", ".", "0.000.001", "", ""),
    (",", ".", "0.015,5", "", ""),
    (",", ".", "00.500,25", "", ""),
    // No exponent follows groups.
    (",", ".", "1.500e1", "", ""),
    (",", ".", "1.500,5e1", "", ""),
    (",", ".", "1.500E-3", "", ""),
    (",", ".", "15e1", "150", ""),
    (",", ".", "1,5e1", "15", ""),
    // Groups have three digits, the first one to three, and stand before the mark.
    (",", ".", "1.5", "", ""),
    (",", ".", "0.25", "", ""),
    (",", ".", "1.", "", ""),
    (",", ".", ".5", "", ""),
    (",", ".", ".500", "", ""),
    (",", ".", "1.23", "", ""),
    (",", ".", "1.2345", "", ""),
    (",", ".", "1234.567", "", ""),
    (",", ".", "1.234.56", "", ""),
    (",", ".", "1..234", "", ""),
    (",", ".", "1.234.", "", ""),
    (",", ".", "1,234.567", "", ""),
    (",", ".", "1,234.5", "", ""),
    (",", ".", "1,5,5", "", ""),
    (",", ".", "1 234,5", "", ""),
    (",", ".", "-.234", "", ""),
    (",", ".", "1.234:30", "", ""),
    (",", ".", "1:30", "1.5", ""),
    // A point, a comma between thousands.
    (".", ",", "1,234", "1234", "1234"),
    (".", ",", "1,234.5", "1234.5", "1234.5"),
    (".", ",", "1,234.", "1234", "1234"),
    (".", ",", "-12,345,678.25", "-12345678.25", "-12345678.25"),
    (".", ",", "1234.5", "1234.5", "1234.5"),
    (".", ",", ".5", "0.5", "0.5"),
    (".", ",", "0.015", "0.015", "0.015"),
    (".", ",", "0,015", "", ""),
    (".", ",", "01,500", "", ""),
    (".", ",", "1,5", "", ""),
    (".", ",", "1,23,456", "", ""),
    (".", ",", "1.5,000", "", ""),
    (".", ",", "1,500e1", "", ""),
    (".", ",", ",500", "", ""),
    (".", ",", "1,", "", ""),
    // Other marks between thousands.
    (",", " ", "1 234,5", "1234.5", "1234.5"),
    (",", " ", "12 345 678", "12345678", "12345678"),
    (",", " ", "0 015", "", ""),
    (",", " ", "1 23", "", ""),
    (",", " ", " 1 234 ", "1234", "1234"),
    (",", "\u{a0}", "1\u{a0}234,5", "1234.5", "1234.5"),
    (",", "\u{a0}", "0\u{a0}234", "", ""),
    (",", "\u{202f}", "1\u{202f}234,5", "1234.5", "1234.5"),
    (",", "\u{202f}", "1 234,5", "", ""),
    (".", "'", "1'234.5", "1234.5", "1234.5"),
    (".", "'", "0'234.5", "", ""),
    (".", "’", "1’234.5", "1234.5", "1234.5"),
    (".", "_", "1_234", "1234", "1234"),
    (".", "_", "0_234", "", ""),
    (".", "_", "1_234e1", "", ""),
];

/// Ten decimals of a decimal, as a whole number.
fn scaled(text: &str) -> i128 {
    let (sign, body) = text.strip_prefix('-').map_or((1, text), |body| (-1, body));
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    sign * format!("{whole}{fraction:0<10}").parse::<i128>().unwrap()
}

fn settings(decimal: &str, thousands: &str, path: &Path) -> InputSettings {
    InputSettings {
        paths: vec![(path.display().to_string(), path.to_owned())],
        delimiter: Some(b';'),
        decimal: if decimal == "," { DecimalMark::Comma } else { DecimalMark::Point },
        thousands: thousands.chars().next(),
        ..InputSettings::default()
    }
}

/// Rows that write numbers alike, in the order of the table.
fn dialects() -> Vec<Vec<Said>> {
    let mut dialects: Vec<Vec<Said>> = Vec::new();
    for row in TABLE {
        match dialects.iter_mut().find(|rows| (rows[0].0, rows[0].1) == (row.0, row.1)) {
            Some(rows) => rows.push(*row),
            None => dialects.push(vec![*row]),
        }
    }
    dialects
}

const HEADERS: [&str; 2] = [
    "timesheet_id;date;hours",
    "order_line_id;order_id;state;customer_id;product;invoicing_policy;uom;ordered_qty;unit_price;currency",
];

fn cells(rows: &[Said]) -> [Vec<Vec<&str>>; 2] {
    let entry = |row: &Said| vec!["x", "2026-10-05", row.2];
    let line = |row: &Said| vec!["x", "S", "sale", "C", "P", "time", "Hours", row.2, row.2, "EUR"];
    [rows.iter().map(entry).collect(), rows.iter().map(line).collect()]
}

/// Holds what the files of a dialect say against the table.
fn held_against(rows: &[Said], entries: &Path, lines: &Path) {
    let (decimal, thousands) = (rows[0].0, rows[0].1);
    let (of_entries, of_lines) = (settings(decimal, thousands, entries), settings(decimal, thousands, lines));
    let hours = |batch: &read::Batch<'_>| -> Vec<Option<i64>> {
        let grammar = Grammar::new(&of_entries);
        (0..batch.rows())
            .map(|at| grammar.hours(batch.cell(at, timesheets::HOURS)).ok().flatten().map(Hours::micros))
            .collect()
    };
    let numbers = |batch: &read::Batch<'_>| -> Vec<(Option<i64>, Option<i64>)> {
        let grammar = Grammar::new(&of_lines);
        let quantity = |at| grammar.quantity(batch.cell(at, orders::ORDERED_QTY)).ok().flatten().map(Quantity::micros);
        let price = |at| grammar.price(batch.cell(at, orders::UNIT_PRICE)).ok().flatten().map(UnitPrice::micros);
        (0..batch.rows()).map(|at| (quantity(at), price(at))).collect()
    };
    let limits = Limits::default();
    let hours = read::scan(Input::Timesheets, &of_entries, &limits, FileNo(0), &Unfollowed, hours).unwrap();
    let numbers = read::scan(Input::Orders, &of_lines, &limits, FileNo(0), &Unfollowed, numbers).unwrap();
    let hours: Vec<_> = hours.pieces.into_iter().flat_map(|piece| piece.result).collect();
    let numbers: Vec<_> = numbers.pieces.into_iter().flat_map(|piece| piece.result).collect();
    assert_eq!((hours.len(), numbers.len()), (rows.len(), rows.len()));
    for (((_, _, text, as_hours, as_number), hours), numbers) in rows.iter().zip(hours).zip(numbers) {
        let shown = format!("`{text}` with `{decimal}` and `{thousands}` in {}", entries.display());
        let value = |text: &str, per_one: i128| {
            (!text.is_empty()).then(|| i64::try_from(scaled(text) * per_one / 10_000_000_000).unwrap())
        };
        assert_eq!(hours, value(as_hours, 3_600_000_000), "hours {shown}");
        let number = value(as_number, 1_000_000);
        assert_eq!(numbers, (number, number), "quantity and price {shown}");
    }
}

#[test]
fn every_text_says_what_the_table_says_or_nothing() {
    assert!(TABLE.len() >= 150, "{} rows", TABLE.len());
    let folder = tempfile::tempdir().unwrap();
    for (number, rows) in dialects().iter().enumerate() {
        let paths = ["t", "o"].map(|name| folder.path().join(format!("{name}{number}.csv")));
        for ((path, header), rows) in paths.iter().zip(HEADERS).zip(cells(rows)) {
            let mut text = format!("{header}\n");
            for row in rows {
                let quoted: Vec<String> = row.iter().map(|cell| format!("\"{cell}\"")).collect();
                let _ = writeln!(text, "{}", quoted.join(";"));
            }
            std::fs::write(path, text).unwrap();
        }
        held_against(rows, &paths[0], &paths[1]);
    }
}

#[test]
fn a_text_cell_of_a_workbook_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (number, rows) in dialects().iter().enumerate() {
        let paths = ["t", "o"].map(|name| folder.path().join(format!("{name}{number}.xlsx")));
        for ((path, header), rows) in paths.iter().zip(HEADERS).zip(cells(rows)) {
            let mut workbook = rust_xlsxwriter::Workbook::new();
            let sheet = workbook.add_worksheet();
            let header: Vec<&str> = header.split(';').collect();
            for (at, row) in std::iter::once(&header).chain(&rows).enumerate() {
                for (column, cell) in row.iter().enumerate() {
                    sheet.write_string(at as u32, column as u16, *cell).unwrap();
                }
            }
            workbook.save(path).unwrap();
        }
        held_against(rows, &paths[0], &paths[1]);
    }
}

#[test]
fn a_figure_with_two_readings_is_told_from_those_with_one() {
    use super::may_be_grouped;
    for text in ["1.160", "999.000", "12.500"] {
        assert!(may_be_grouped(text, b'.'), "{text}");
    }
    for text in ["0.160", ".160", "1.16", "1.1600", "1160.500", "1.160.500", "1,160", "1160", "a.160", "1.16e"] {
        assert!(!may_be_grouped(text, b'.'), "{text}");
    }
}
