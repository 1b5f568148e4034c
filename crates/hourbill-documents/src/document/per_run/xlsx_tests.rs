use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

use super::*;
use crate::document::per_run::sample::{self, Sample};
use crate::tables::tables;

fn bytes(sample: &Sample, rows_max: usize) -> Vec<u8> {
    build(&WholeRun::new(sample.view(), &[]), rows_max).unwrap()
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(bytes)).unwrap()
}

fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<Data>> {
    book.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// A number of a sheet with so many decimals, as the integer it stands for.
fn unscaled(cell: &Data, decimals: u32) -> i128 {
    match cell {
        Data::Empty => 0,
        Data::Float(value) => format!("{value:.*}", decimals as usize).replace('.', "").parse().unwrap(),
        Data::Int(value) => i128::from(*value) * 10_i128.pow(decimals),
        other => panic!("{other:?} is no number"),
    }
}

#[test]
fn every_cell_of_the_workbook_reads_back_as_the_table_has_it() {
    let sample = sample::sample(12, 3_000);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    let run = WholeRun::new(sample.view(), &[]);
    for (name, sheet) in SHEETS {
        let table = run.tables().iter().find(|table| table.name == name).unwrap();
        let view = View::new(run.sights(), table).filled(SHEET_ROWS_MAX);
        let read = rows(&mut book, sheet);
        let heads: Vec<String> = view.columns.iter().map(|column| column.head.to_string()).collect();
        assert_eq!(read[0].iter().map(ToString::to_string).collect::<Vec<_>>(), heads, "{sheet}");
        let mut at = 0;
        rows_at(table, &view.order(), |row| {
            at += 1;
            for (column, cell) in view.cells(row).iter().enumerate() {
                let found = read[at].get(column).unwrap_or(&Data::Empty);
                let place = format!("{sheet} row {at} column {column}: {found:?} for {cell:?}");
                match cell {
                    TableCell::Text(text) => {
                        let expected = neutralised(text).into_owned();
                        let found = if let Data::String(found) = found { found.as_str() } else { "" };
                        assert_eq!(found, expected, "{place}");
                    }
                    TableCell::Money(Some((money, currency))) => {
                        assert_eq!(unscaled(found, currency.digits()), money.minor(), "{place}");
                    }
                    TableCell::Hours(Some(hours)) => {
                        assert_eq!(unscaled(found, HOURS_DECIMALS), hours_unscaled(hours.micros()), "{place}");
                    }
                    TableCell::Price(micros, _) => assert_eq!(unscaled(found, 6), i128::from(*micros), "{place}"),
                    TableCell::Decimal(Some(micros)) => assert_eq!(unscaled(found, 6), i128::from(*micros), "{place}"),
                    TableCell::Count(Some(count)) => assert_eq!(unscaled(found, 0), i128::from(*count), "{place}"),
                    TableCell::Date(Some(date)) => {
                        let Data::DateTime(found) = found else { panic!("{place}") };
                        assert_eq!(found.as_f64(), f64::from(date.days() + EPOCH), "{place}");
                    }
                    TableCell::Flag(Some(flag)) => assert_eq!(found, &Data::Bool(*flag), "{place}"),
                    _ => assert_eq!(found, &Data::Empty, "{place}"),
                }
            }
            true
        });
        assert_eq!(at, table.rows.count(), "{sheet}");
        assert!(name == "reconciliation" || at > 0, "the sample has rows for {sheet}");
    }
}

#[test]
fn an_overdrawn_line_says_so_in_words() {
    let sample = sample::sample(12, 3_000);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    let lines = rows(&mut book, "Order lines");
    let column = |title: &str| lines[0].iter().position(|cell| cell == &Data::String(title.to_owned())).unwrap();
    let (overdrawn, note) = (column("Overdrawn"), column("Note"));
    let alarmed: Vec<_> = lines.iter().filter(|row| row[overdrawn] == Data::Bool(true)).collect();
    assert!(!alarmed.is_empty());
    assert!(alarmed.iter().all(|row| row[note].to_string().starts_with("OVERDRAWN by ")));
    let said = lines.iter().filter(|row| row[note].to_string().contains("OVERDRAWN")).count();
    assert_eq!(said, alarmed.len());
}

#[test]
fn nothing_in_the_workbook_is_a_formula() {
    let sample = sample::sample(12, 3_000);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    for sheet in book.sheet_names() {
        assert!(book.worksheet_formula(&sheet).unwrap().is_empty(), "{sheet}");
        let starts =
            |cell: &Data| matches!(cell, Data::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']));
        assert!(!rows(&mut book, &sheet).iter().flatten().any(starts), "{sheet}");
    }
}

#[test]
fn sums_stand_below_and_meet_the_drafts_to_the_cent() {
    let sample = sample::sample(12, 3_000);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    let mut expected: std::collections::BTreeMap<Currency, i128> = std::collections::BTreeMap::new();
    for draft in &sample.billing.drafts {
        *expected.entry(draft.currency()).or_default() += draft.amounts.net.minor();
    }
    assert!(expected.len() > 1);
    for sheet in ["Customers", "Drafts", "Lines"] {
        let rows = rows(&mut book, sheet);
        let net = rows[0].iter().position(|head| head == &Data::String("Net".to_owned())).unwrap();
        for (currency, minor) in &expected {
            let title = Data::String(format!("Total {}", currency.code()));
            let found = rows.iter().find(|row| row[0] == title).unwrap();
            assert_eq!(unscaled(&found[net], currency.digits()), *minor, "{sheet} {currency}");
        }
    }
}

#[test]
fn the_largest_amounts_come_first() {
    let sample = sample::sample(12, 3_000);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    let drafts = rows(&mut book, "Drafts");
    let column = |title: &str| drafts[0].iter().position(|head| head == &Data::String(title.to_owned())).unwrap();
    let (total, currency, kind) = (column("Total"), column("Currency"), column("Kind"));
    let of = |code: &str| {
        let rows = drafts.iter().skip(1).filter(|row| row[currency] == Data::String(code.to_owned()));
        let signed = rows.map(|row| {
            let amount: f64 = row[total].to_string().parse().unwrap();
            if row[kind] == Data::String("credit note".to_owned()) { -amount } else { amount }
        });
        signed.collect::<Vec<_>>()
    };
    let amounts = of("EUR");
    assert!(amounts.len() > 1 && amounts.is_sorted_by(|a, b| a >= b), "{amounts:?}");
}

#[test]
fn hours_of_a_clock_are_days_that_read_back_and_those_below_zero_are_text() {
    let mut sample = sample::sample(12, 3_000);
    sample.settings.output.hours = HoursForm::Clock;
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    let lines = rows(&mut book, "Order lines");
    let left = lines[0].iter().position(|head| head == &Data::String("Left, h".to_owned())).unwrap();
    let below = |cell: &Data| matches!(cell, Data::String(text) if text.starts_with('\u{2212}'));
    assert!(lines.iter().any(|row| below(&row[left])));
    let billed = rows(&mut book, "Summary");
    let row = billed.iter().find(|row| row[0] == Data::String("billed".to_owned())).unwrap();
    let micros = sample.control.totals.of(crate::account::Disposition::Billed).hours.micros();
    let days: f64 = match &row[2] {
        Data::Float(days) => *days,
        Data::DateTime(days) => days.as_f64(),
        Data::DateTimeIso(_)
        | Data::DurationIso(_)
        | Data::Int(_)
        | Data::String(_)
        | Data::Bool(_)
        | Data::Error(_)
        | Data::Empty => {
            panic!("{row:?}")
        }
    };
    // To the millisecond.
    assert!((days * 24.0 * 3.6e9 - micros as f64).abs() < 1_000.0, "{days} {micros}");
}

#[test]
fn a_draft_leads_to_its_pdf() {
    let mut sample = sample::sample(12, 3_000);
    let texts = |sample: &Sample| rows(&mut open(bytes(sample, SHEET_ROWS_MAX)), "Drafts");
    let links =
        |rows: &[Vec<Data>]| rows.iter().flatten().filter(|cell| **cell == Data::String("PDF".to_owned())).count();
    assert_eq!(links(&texts(&sample)), 0);
    sample.settings.output.documents = vec![crate::job::DocumentFormat::Pdf];
    // The head and each draft.
    assert_eq!(links(&texts(&sample)), 1 + sample.billing.documents().count());
}

#[test]
fn equal_runs_give_equal_bytes() {
    let sample = sample::sample(5, 400);
    assert_eq!(bytes(&sample, SHEET_ROWS_MAX), bytes(&sample::sample(5, 400), SHEET_ROWS_MAX));
}

#[test]
fn a_table_longer_than_a_sheet_is_cut_and_the_summary_says_so() {
    let sample = sample::sample(5, 400);
    let mut book = open(bytes(&sample, 10));
    // The head, ten rows and the sum of all.
    assert_eq!(rows(&mut book, "Entries").len(), 12);
    let summary = rows(&mut book, "Summary");
    let total = tables(sample.view().results)[2].rows.count();
    let note = format!("Sheet Entries shows the first 10 of {total} rows: all of them are in the tables.");
    assert!(summary.iter().flatten().any(|cell| cell == &Data::String(note.clone())));
}

#[test]
fn a_run_of_nothing_has_a_workbook() {
    let sample = sample::sample(0, 0);
    let mut book = open(bytes(&sample, SHEET_ROWS_MAX));
    assert_eq!(rows(&mut book, "Entries").len(), 1);
    assert_eq!(book.sheet_names().len(), SHEETS.len() + 4);
}

#[test]
fn amounts_beyond_the_digits_of_a_spreadsheet_stay_exact_as_text() {
    let mut sheet = Worksheet::new();
    let formats = Formats::new(HoursForm::Decimal);
    let euro = Currency::from_code("EUR").unwrap();
    let huge = crate::quantity::Money::from_minor(123_456_789_012_345_678);
    write_cell(&mut sheet, 0, 0, &TableCell::Money(Some((huge, euro))), &formats.plain).unwrap();
    let long = "x".repeat(40_000) + "🙂";
    write_cell(&mut sheet, 1, 0, &TableCell::Text(long), &formats.plain).unwrap();
    let mut book = Workbook::new();
    book.push_worksheet(sheet);
    let mut book = open(book.save_to_buffer().unwrap());
    let rows = rows(&mut book, "Sheet1");
    assert_eq!(rows[0][0], Data::String("1234567890123456.78".to_owned()));
    assert!(rows[1][0].to_string().ends_with("… (cut: longer than a cell)"));
}

/// Writes a large workbook where a person can open it: `HOURBILL_SAMPLE_DIR=… cargo test -- --ignored sample_workbook`.
#[test]
#[ignore = "for people to look at"]
fn sample_workbook() {
    let Some(dir) = std::env::var_os("HOURBILL_SAMPLE_DIR") else { return };
    let entries = std::env::var("HOURBILL_SAMPLE_ENTRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    let sample = sample::sample(24, entries);
    let start = std::time::Instant::now();
    let bytes = bytes(&sample, SHEET_ROWS_MAX);
    let drafted = tables(sample.view().results)[2].rows.count();
    println!("{drafted} entry rows, {} bytes in {:?}", bytes.len(), start.elapsed());
    std::fs::write(std::path::Path::new(&dir).join("review.xlsx"), bytes).unwrap();
}
