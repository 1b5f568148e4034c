//! What must not matter does not: order of rows, files, format, threads, and in how many periods the year is cut.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use hourbill::generate::{DirtyShares, Options, SyntheticFormat, generate};
use parquet::arrow::ArrowWriter;

use crate::oracle::{Dice, Scratch, Table, World, program, world};

/// Worlds per property.
const WORLDS: u64 = 400;

/// Table to its bytes; those of tables that name places of rows apart, without the places.
#[derive(Debug, PartialEq)]
struct Outcome {
    tables: BTreeMap<&'static str, String>,
    control: serde_json::Value,
}

/// Columns that say where a row stands and how it looks there.
const PLACES: &[&str] = &["file", "row", "line", "record"];

fn outcome(job: &Path) -> Outcome {
    let (tables, control) = program(job).unwrap();
    let text = |(name, bytes): (&'static str, Vec<u8>)| match name {
        "quarantine" | "findings" => (name, without_places(&bytes)),
        _ => (name, String::from_utf8(bytes).unwrap()),
    };
    Outcome { tables: tables.into_iter().map(text).collect(), control }
}

fn without_places(bytes: &[u8]) -> String {
    let mut rows: Vec<String> = rows(bytes)
        .into_iter()
        .map(|row| {
            format!("{:?}", row.iter().filter(|(column, _)| !PLACES.contains(&column.as_str())).collect::<Vec<_>>())
        })
        .collect();
    rows.sort();
    rows.join("\n")
}

type Rows = Vec<BTreeMap<String, String>>;

fn rows(bytes: &[u8]) -> Rows {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header.iter().zip(record.iter()).map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn outcome_of(world: &World, scratch: &Scratch) -> Outcome {
    world.write(scratch.path());
    outcome(&scratch.path().join("job.toml"))
}

#[track_caller]
fn assert_same(seed: u64, world: &World, one: &Outcome, other: &Outcome) {
    let differences = differences(one, other);
    assert!(differences.is_empty(), "world {seed}\n{}\n{}", world.shown(), differences.join("\n"));
}

/// Lines that only one of the two has.
fn differences(one: &Outcome, other: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in &one.tables {
        let other = &other.tables[name];
        let lines = |text: &str, other: &str, sign: &str| {
            let known: Vec<&str> = other.lines().collect();
            let only = text.lines().filter(|line| !known.contains(line)).take(5);
            only.map(|line| format!("{name} {sign} {line}")).collect::<Vec<_>>()
        };
        if text != other {
            found.push(format!("table {name} differs"));
            found.extend(lines(text, other, "-"));
            found.extend(lines(other, text, "+"));
        }
    }
    if one.control != other.control {
        found.push(format!("control differs: {} {}", one.control, other.control));
    }
    found
}

#[test]
fn the_order_of_rows_and_the_files_they_stand_in_do_not_matter() {
    let scratch = Scratch::new();
    for seed in 1..=WORLDS {
        let (dice, world) = (&mut Dice::new(seed ^ 0x51ab), world(seed));
        let mut shuffled = world.clone();
        for table in shuffled.tables.values_mut() {
            dice.shuffle(&mut table.rows);
            table.files = 1 + dice.below(4);
            for row in &mut table.rows {
                row.file = dice.below(table.files);
            }
        }
        assert_same(seed, &world, &outcome_of(&world, &scratch), &outcome_of(&shuffled, &scratch));
    }
}

#[test]
fn a_list_of_files_a_glob_and_a_folder_are_read_alike() {
    let scratch = Scratch::new();
    for seed in 1..=WORLDS / 4 {
        let world = world(seed);
        let listed = outcome_of(&world, &scratch);
        let folder = tempfile::tempdir().unwrap();
        world.write(folder.path());
        let job = folder.path().join("job.toml");
        let text = std::fs::read_to_string(&job).unwrap();
        let inputs = |name: &dyn Fn(&str) -> String| {
            let line = |line: &str| match line.split_once(" = [") {
                Some((input, _)) => format!("{input} = {:?}\n", name(input)),
                None => format!("{line}\n"),
            };
            text.lines().map(line).collect::<String>()
        };
        std::fs::write(&job, inputs(&|input| format!("{input}-*.csv"))).unwrap();
        assert_same(seed, &world, &listed, &outcome(&job));

        for (name, table) in &world.tables {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            for file in 0..table.files {
                let file = format!("{name}-{file}.csv");
                std::fs::rename(folder.path().join(&file), folder.path().join(name).join(&file)).unwrap();
            }
        }
        std::fs::write(&job, inputs(&str::to_owned)).unwrap();
        assert_same(seed, &world, &listed, &outcome(&job));
    }
}

#[test]
fn csv_and_parquet_say_the_same() {
    let scratch = Scratch::new();
    for seed in 1..=WORLDS {
        let (dice, mut world) = (&mut Dice::new(seed ^ 0x9a49), world(seed));
        for table in world.tables.values_mut() {
            // A Parquet file has the cells its schema says.
            let cells = table.header.len();
            table.rows.retain(|row| row.cells.len() == cells);
        }
        let as_csv = as_meant(outcome_of(&world, &scratch));
        let mut job = std::fs::read_to_string(scratch.path().join("job.toml")).unwrap();
        for (name, table) in &world.tables {
            // A list may mix both.
            for file in 0..table.files {
                if dice.percent(20) {
                    continue;
                }
                let names = [format!("{name}-{file}.csv"), format!("{name}-{file}.parquet")];
                write_parquet(dice, table, file, &scratch.path().join(&names[1]));
                job = job.replace(&names[0], &names[1]);
            }
        }
        let path = scratch.path().join("columnar.toml");
        std::fs::write(&path, job).unwrap();
        assert_same(seed, &world, &as_csv, &as_meant(outcome(&path)));
    }
}

/// Without the words of the quarantine, which quote cells as they stand in the file: `3` is `3.0` in a column of floats.
fn as_meant(mut outcome: Outcome) -> Outcome {
    if let Some(quarantine) = outcome.tables.get_mut("quarantine") {
        let words = |row: &str| row.split("(\"message\"").next().unwrap_or_default().to_owned();
        let mut rows: Vec<String> = quarantine.lines().map(words).collect();
        rows.sort();
        *quarantine = rows.join("\n");
    }
    outcome
}

/// Columns are typed where every cell of the file allows it and the dice say so, and text otherwise.
fn write_parquet(dice: &mut Dice, table: &Table, file: usize, path: &Path) {
    let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
    for (at, name) in table.header.iter().enumerate() {
        let cells: Vec<&str> =
            table.rows.iter().filter(|row| row.file == file).map(|row| row.cells[at].as_str()).collect();
        let typed = if dice.percent(60) { typed(&name.to_lowercase(), &cells) } else { None };
        let array: ArrayRef = typed.unwrap_or_else(|| {
            let mut builder = StringBuilder::new();
            for cell in &cells {
                if cell.is_empty() && dice.percent(50) { builder.append_null() } else { builder.append_value(cell) }
            }
            Arc::new(builder.finish())
        });
        columns.push((Field::new(name, array.data_type().clone(), true), array));
    }
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), Arc::clone(&schema), None).unwrap();
    writer.write(&RecordBatch::try_new(schema, arrays).unwrap()).unwrap();
    writer.close().unwrap();
}

fn typed(name: &str, cells: &[&str]) -> Option<ArrayRef> {
    let filled = |cell: &&str| if cell.is_empty() { None } else { Some(cell.trim_matches(' ').to_owned()) };
    match name {
        "date" | "created_on" | "confirmed_on" | "closed_on" => {
            let mut builder = Date32Builder::new();
            for cell in cells.iter().map(filled) {
                let date = cell.map(|cell| hourbill::calendar::Date::parse(&cell).ok_or(()));
                builder.append_option(date.transpose().ok()?.map(hourbill::calendar::Date::days));
            }
            Some(Arc::new(builder.finish()))
        }
        "hours" => {
            let mut builder = Float64Builder::new();
            for cell in cells.iter().map(filled) {
                let number = cell.map(|cell| cell.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(()));
                builder.append_option(number.transpose().ok()?);
            }
            Some(Arc::new(builder.finish()))
        }
        "ordered_qty" | "unit_price" | "discount_pct" | "invoiced_qty" | "delivered_qty" => {
            let mut builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(20, 6));
            for cell in cells.iter().map(filled) {
                builder.append_option(cell.map(|cell| unscaled(&cell).ok_or(())).transpose().ok()?);
            }
            Some(Arc::new(builder.finish()))
        }
        "hold" | "consolidate" | "timesheets" | "time_billing" | "is_downpayment" | "billable" => {
            let mut builder = BooleanBuilder::new();
            for cell in cells.iter().map(filled) {
                builder.append_option(cell.map(|cell| cell.to_lowercase().parse().map_err(|_| ())).transpose().ok()?);
            }
            Some(Arc::new(builder.finish()))
        }
        _ => None,
    }
}

/// A decimal as so many millionths.
fn unscaled(cell: &str) -> Option<i128> {
    let (size, sign) = cell.strip_prefix('-').map_or((cell, 1), |size| (size, -1));
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || fraction.len() > 6 || !format!("{whole}{fraction}").bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    format!("{whole}{fraction:0<6}")
        .parse::<i128>()
        .ok()
        .map(|size| sign * size)
        .filter(|size| size.abs() < 10_i128.pow(20))
}

/// A month of a few hundred files' worth of blocks, dirty.
fn generated(folder: &Path, format: SyntheticFormat, parts: u64, shuffle: bool) -> std::path::PathBuf {
    let mut options = Options::new(20_000, 7, folder);
    // A typed column can hold neither ragged rows nor dates and hours that are none.
    options.dirty = DirtyShares { ragged_row: 0, bad_date: 0, bad_hours: 0, ..DirtyShares::total_ppm(20_000) };
    (options.format, options.parts, options.shuffle) = (format, parts, shuffle);
    generate(&options, &|_| {}).unwrap();
    folder.join("job.toml")
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let job = generated(folder.path(), SyntheticFormat::Csv, 3, false);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // Places are the same here, so every byte is compared.
        pool.install(|| program(&job).unwrap())
    };
    let one = with(1);
    assert!(one.0["invoice_entries"].len() > 100_000, "too little is billed to prove anything");
    for threads in [2, 8] {
        assert_eq!(one, with(threads), "{threads} threads");
    }
}

#[test]
fn a_large_export_bills_the_same_in_any_order_and_format() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let whole = outcome(&generated(folders[0].path(), SyntheticFormat::Csv, 1, false));
    let shuffled = outcome(&generated(folders[1].path(), SyntheticFormat::Csv, 5, true));
    let columnar = outcome(&generated(folders[2].path(), SyntheticFormat::Parquet, 2, false));
    for differences in [differences(&whole, &shuffled), differences(&as_meant(whole), &as_meant(columnar))] {
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn b3_half_a_month_and_then_the_rest_bill_what_the_month_bills() {
    let scratch = Scratch::new();
    let mut split_lines = 0;
    for seed in 1..=4 * WORLDS {
        let Some(mut world) = one_draft_world(seed) else { continue };
        let period = |world: &mut World, from: &str, to: &str| {
            world.job.period = Some((from.to_owned(), to.to_owned()));
            world.job.as_month = false;
            world.write(scratch.path());
            program(&scratch.path().join("job.toml")).unwrap().0
        };
        let month = period(&mut world, "2026-10-01", "2026-10-31");
        let whole = to_invoice(&month["order_lines"]);
        let first = period(&mut world, "2026-10-01", "2026-10-15");
        let first_half = to_invoice(&first["order_lines"]);
        take_as_invoiced(&mut world, &first);
        let second = period(&mut world, "2026-10-16", "2026-10-31");
        let second_half = to_invoice(&second["order_lines"]);
        // Late hours stand by themselves (K2): what comes to nothing there (B5) is late hours of another period in another run.
        let waiting: BTreeSet<String> = [&month, &first, &second].into_iter().flat_map(cancelled).collect();
        for (line, quantity) in whole.iter().filter(|(line, _)| !waiting.contains(*line)) {
            let halves = first_half[line] + second_half[line];
            assert_eq!(*quantity, halves, "world {seed}, line {line}\n{}", world.shown());
            split_lines += usize::from(first_half[line] != 0 && second_half[line] != 0);
        }
    }
    assert!(split_lines > 50, "only {split_lines} lines were billed in both halves");
}

/// A world whose drafts cannot hold each other up, and whose late entries are billed: what is left over comes with the next period.
fn one_draft_world(seed: u64) -> Option<World> {
    let mut world = world(seed);
    world.job.rules.insert("late_entries", "bill".to_owned());
    for rule in ["min_invoice_amount", "group_by"] {
        world.job.rules.remove(rule);
    }
    world.tables.remove("customers");
    // What a repeat or a wrong row becomes when an invoice is noted on it is another story.
    for table in world.tables.values_mut() {
        let (header, mut seen) = (table.header.clone(), Vec::new());
        table.rows.retain(|row| {
            let id = header.iter().position(|name| name.eq_ignore_ascii_case("timesheet_id"));
            let id = id.and_then(|at| row.cells.get(at)).cloned();
            let first = id.is_none() || !seen.contains(&id);
            seen.push(id);
            first && row.cells.len() == header.len()
        });
    }
    let orders = world.tables.get_mut("orders")?;
    if let Some(taxes) = orders.header.iter().position(|name| name.eq_ignore_ascii_case("taxes")) {
        orders.rows.iter_mut().for_each(|row| row.cells[taxes].clear());
    }
    Some(world)
}

/// Order lines with hours that come to nothing.
fn cancelled(tables: &BTreeMap<&'static str, Vec<u8>>) -> Vec<String> {
    let rows = rows(&tables["unbilled"]).into_iter().filter(|row| row["reason"] == "hours cancel out");
    rows.map(|row| row["order_line_id"].clone()).collect()
}

/// Order line to the quantity that is billed, in millionths.
fn to_invoice(bytes: &[u8]) -> BTreeMap<String, i128> {
    rows(bytes)
        .into_iter()
        .map(|row| (row["order_line_id"].clone(), unscaled(&row["to_invoice_qty"]).unwrap()))
        .collect()
}

/// Writes into the exports what the ERP would once the drafts are posted there.
fn take_as_invoiced(world: &mut World, tables: &BTreeMap<&'static str, Vec<u8>>) {
    let billed: Vec<String> = rows(&tables["invoice_entries"]).iter().map(|row| row["timesheet_id"].clone()).collect();
    let entries = world.tables.get_mut("timesheets").unwrap();
    let (id, invoice) = (column(entries, "timesheet_id"), column(entries, "invoice_id"));
    for row in entries.rows.iter_mut().filter(|row| billed.contains(&row.cells[id])) {
        row.cells[invoice] = "INV/9".to_owned();
    }
    let quantities = to_invoice(&tables["order_lines"]);
    let orders = world.tables.get_mut("orders").unwrap();
    let (id, invoiced) = (column(orders, "order_line_id"), column(orders, "invoiced_qty"));
    let policy = column(orders, "invoicing_policy");
    for row in &mut orders.rows {
        let time = ["delivered_timesheet", "Based on Timesheets"].contains(&row.cells[policy].trim());
        if let Some(quantity) = quantities.get(&row.cells[id]).filter(|quantity| !time && **quantity != 0) {
            let total = unscaled(&row.cells[invoiced]).unwrap_or(0) + quantity;
            let sign = if total < 0 { "-" } else { "" };
            row.cells[invoiced] = format!("{sign}{}.{:06}", total.abs() / 1_000_000, total.abs() % 1_000_000);
        }
    }
}

/// Where a column stands; it is added when it is missing.
fn column(table: &mut Table, name: &str) -> usize {
    if let Some(at) = table.header.iter().position(|header| header.eq_ignore_ascii_case(name)) {
        return at;
    }
    table.header.push(name.to_owned());
    table.rows.iter_mut().for_each(|row| row.cells.push(String::new()));
    table.header.len() - 1
}
