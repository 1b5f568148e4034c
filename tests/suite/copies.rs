//! E5: rows that were set aside are copied as they stand; a copy that a person has corrected counts once it lies beside the export.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_array::{DictionaryArray, TimestampMicrosecondArray, types::Int32Type};
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::shards::{ORDERS, hourbill};

/// What a file is written in.
#[derive(Clone, Copy, Debug)]
enum Bytes {
    Utf8,
    Marked,
    Utf16(bool),
    Latin,
}

impl Bytes {
    fn of(self, text: &str) -> Vec<u8> {
        match self {
            Bytes::Utf8 => text.as_bytes().to_vec(),
            Bytes::Marked => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Bytes::Utf16(big) => {
                let units = std::iter::once(0xfeff).chain(text.encode_utf16());
                units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
            }
            Bytes::Latin => text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect(),
        }
    }

    fn text(self, bytes: &[u8]) -> String {
        match self {
            Bytes::Utf8 => String::from_utf8(bytes.to_vec()).unwrap(),
            Bytes::Marked => String::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap().to_vec()).unwrap(),
            Bytes::Utf16(big) => {
                let unit = |pair: &[u8]| {
                    let pair = [pair[0], pair[1]];
                    if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
                };
                let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
                assert_eq!(units[0], 0xfeff);
                String::from_utf16(&units[1..]).unwrap()
            }
            Bytes::Latin => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }
}

fn job(folder: &Path, timesheets: &str) {
    let orders = format!("{ORDERS}L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n");
    fs::write(folder.join("orders.csv"), orders).unwrap();
    fs::write(folder.join("tickets.csv"), "ticket_id,customer_id\n").unwrap();
    let job = format!(
        "name = \"case\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n\
         timesheets = {{ {timesheets}, newer_wins = true }}\n[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n"
    );
    fs::write(folder.join("job.toml"), job).unwrap();
}

fn run(folder: &Path) -> (i32, Value) {
    said(folder, "run job.toml")
}

/// The exit code of a command, and what it says to programs.
fn said(folder: &Path, words: &str) -> (i32, Value) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
    command.current_dir(folder).args(words.split_whitespace()).args(["--format", "json", "--as-of", "2026-11-03"]);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = serde_json::from_str(&text);
    let code = output.status.code().unwrap();
    (code, told.unwrap_or_else(|_| panic!("{words}: {code}: {text}{}", String::from_utf8_lossy(&output.stderr))))
}

fn copy(folder: &Path, told: &Value) -> PathBuf {
    folder.join(told["folder"].as_str().unwrap()).join("quarantine/timesheets.csv")
}

/// Of a run whose rows in quarantine were corrected.
fn assert_settled(folder: &Path, hours: &str) {
    let (code, told) = run(folder);
    let dispositions = &told["control"]["dispositions"];
    let hours_of = |name: &str| dispositions[name]["hours"].as_str().unwrap().to_owned();
    let rows_of = |name: &str| dispositions[name]["rows"].as_u64().unwrap();
    assert_eq!((code, hours_of("billed").as_str()), (0, hours), "{told:#}");
    assert_eq!((rows_of("quarantined"), rows_of("duplicate")), (0, 2));
    assert_eq!(told["findings"]["settled-row"], 2);
    assert_eq!(told["quarantine_files"], serde_json::json!([]));
}

#[test]
fn copies_of_text_files_are_as_the_file_is_and_count_once_corrected() {
    let dialects: [(&str, Bytes, &str, &str, &str); 8] = [
        ("comma", Bytes::Utf8, "", ",", "\n"),
        ("semicolon", Bytes::Marked, "decimal = \",\", ", ";", "\r\n"),
        ("tab", Bytes::Utf8, "delimiter = \"\\t\", ", "\t", "\n"),
        ("pipe", Bytes::Latin, "encoding = \"windows-1252\", ", "|", "\r\n"),
        ("little", Bytes::Utf16(false), "encoding = \"utf-16\", ", ",", "\n"),
        ("big", Bytes::Utf16(true), "encoding = \"utf-16\", decimal = \",\", ", ";", "\r\n"),
        ("titled", Bytes::Utf8, "header_row = 4, ", ";", "\n"),
        ("packed", Bytes::Utf8, "", ",", "\n"),
    ];
    for (name, bytes, settings, delimiter, end) in dialects {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let ending = if name == "packed" { "csv.gz" } else { "csv" };
        job(path, &format!("{settings}path = \"times-*.*\""));
        let point = if settings.contains("decimal") { "," } else { "." };
        let row = |cells: [&str; 5]| cells.join(delimiter) + end;
        let title = if name == "titled" { "Hours;of;October\n\nsince \"1\";\n" } else { "" };
        let head = title.to_owned() + &row(["timesheet_id", "date", "hours", "order_line_id", "description"]);
        let good = row(["G1", "2026-10-05", &format!("1{point}5"), "L1", "Straße"]);
        let note = format!("\"5 km{delimiter} \"\"quoted\"\",{end}and ü\"");
        let bad = [
            row(["B1", "2026-10-05", "1:60", "L1", &note]),
            row(["B2", "2026-13-01", &format!("2{point}25"), "L1", " é "]),
        ];
        let text = [head.clone(), bad[0].clone(), good, bad[1].clone()].concat();
        let mut export = bytes.of(&text);
        if name == "packed" {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&export).unwrap();
            export = packed.finish().unwrap();
        }
        fs::write(path.join(format!("times-1.{ending}")), export).unwrap();
        let (code, told) = run(path);
        assert_eq!(code, 1, "{name}: {told:#}");
        let copied = fs::read(copy(path, &told)).unwrap();
        assert_eq!(bytes.text(&copied), head.clone() + &bad.concat(), "{name}");
        assert_eq!(copied, bytes.of(&(head + &bad.concat())), "{name}");
        let corrected = bytes.text(&copied).replace("1:60", "2").replace("2026-13-01", "2026-10-06");
        fs::write(path.join("times-2.csv"), bytes.of(&corrected)).unwrap();
        assert_settled(path, "5.75");
    }
}

#[test]
fn copies_of_workbooks_and_parquet_are_csv_that_the_same_settings_read() {
    for (name, settings) in [
        ("xlsx", ""),
        ("xlsx", "decimal = \",\", delimiter = \";\", "),
        ("xlsx", "header_row = 3, decimal = \",\", thousands = \".\", "),
        ("parquet", ""),
        ("parquet", "decimal = \",\", thousands = \".\", delimiter = \";\", "),
        ("parquet", "encoding = \"utf-16\", timezone = \"Europe/Berlin\", "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        job(path, &format!("{settings}path = [\"times.{name}\", \"more-*.csv\"]"));
        fs::write(path.join("more-0.csv"), Bytes::Utf8.of("")).unwrap();
        fs::remove_file(path.join("more-0.csv")).unwrap();
        job(path, &format!("{settings}path = \"times-*.*\""));
        let file = path.join(format!("times-1.{name}"));
        if name == "xlsx" {
            workbook(&file, settings.contains("header_row"))
        } else {
            parquet(&file)
        }
        let (code, told) = run(path);
        assert_eq!(code, 1, "{name} {settings}: {told:#}");
        let bytes = if settings.contains("utf-16") { Bytes::Utf16(false) } else { Bytes::Utf8 };
        let text = bytes.text(&fs::read(copy(path, &told)).unwrap());
        let corrected = text.replace("1:60", "2").replace("2026-13-01", "2026-10-06");
        assert_ne!(text, corrected);
        fs::write(path.join("times-2.csv"), bytes.of(&corrected)).unwrap();
        // 1.125 h of B2: no mark of thousands.
        assert_settled(path, "4.625");
    }
}

/// G1 1.5 h; B1 with hours that are none; B2 1.125 h on a date that is none.
fn workbook(path: &Path, titled: bool) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let mut at = 0;
    if titled {
        sheet.write_string(0, 0, "Hours").unwrap();
        at = 2;
    }
    for (column, name) in (0..).zip(["timesheet_id", "date", "hours", "order_line_id", "description", "billable"]) {
        sheet.write_string(at, column, name).unwrap();
    }
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 10, 5).unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (row, id) in (at + 1..).zip(["G1", "B1", "B2"]) {
        sheet.write_string(row, 0, id).unwrap();
        match id {
            "B2" => sheet.write_string(row, 1, "2026-13-01").unwrap(),
            _ => sheet.write_datetime_with_format(row, 1, &day, &format).unwrap(),
        };
        match id {
            "G1" => sheet.write_number(row, 2, 1.5).unwrap(),
            "B1" => sheet.write_string(row, 2, "1:60").unwrap(),
            _ => sheet.write_number(row, 2, 1.125).unwrap(),
        };
        sheet.write_string(row, 3, "L1").unwrap();
        sheet.write_string(row, 4, "a; \"b\", c\nd").unwrap();
        sheet.write_boolean(row, 5, true).unwrap();
    }
    book.save(path).unwrap();
}

/// The same, and columns of types that no text has.
fn parquet(path: &Path) {
    let texts = |texts: [Option<&str>; 3]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let dates = |days: [Option<&str>; 3]| texts(days);
    let words: DictionaryArray<Int32Type> = vec!["L1", "L1", "L1"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("timesheet_id", texts([Some("G1"), Some("B1"), Some("B2")])),
        ("date", dates([Some("2026-10-05"), Some("2026-10-05"), Some("2026-13-01")])),
        ("hours", texts([Some("1:30"), Some("1:60"), Some("1:07:30")])),
        ("order_line_id", Arc::new(words)),
        ("description", texts([Some("x"), None, Some("ü;\",\n")])),
        ("billable", Arc::new(BooleanArray::from(vec![true, true, true]))),
        ("rate", Arc::new(Decimal128Array::from(vec![1_500, 1_500, 1_125]).with_precision_and_scale(20, 3).unwrap())),
        ("created", Arc::new(Date32Array::from(vec![20_000, 20_000, 20_000]))),
        ("share", Arc::new(Float64Array::from(vec![0.1, f64::NAN, 1e-7]))),
        ("count", Arc::new(Int64Array::from(vec![1, i64::MAX, -1]))),
        ("started_at", Arc::new(TimestampMicrosecondArray::from(vec![1_791_151_200_000_000; 3]).with_timezone("UTC"))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn each_file_has_its_copy_and_parts_and_passes_copy_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("a")).unwrap();
    fs::create_dir_all(path.join("b")).unwrap();
    job(path, "path = [\"a/weeks.csv\", \"b/Weeks.tsv\", \"b/märz 1.csv\", \"b/good.csv\"]");
    let rows = |name: &str, delimiter: &str, bad: u32| {
        let mut text = ["timesheet_id", "date", "hours", "order_line_id"].join(delimiter) + "\n";
        for at in 0..40 {
            let hours = if at < bad { "many" } else { "1" };
            text += &([&format!("{name}{at}"), "2026-10-05", hours, "L1"].join(delimiter) + "\n");
        }
        text
    };
    let files = [
        ("a/weeks.csv", "A", ",", 3),
        ("b/Weeks.tsv", "B", "\t", 2),
        ("b/märz 1.csv", "C", ";", 1),
        ("b/good.csv", "D", ",", 0),
    ];
    for (file, name, delimiter, bad) in files {
        fs::write(path.join(file), rows(name, delimiter, bad)).unwrap();
    }
    let (code, told) = run(path);
    assert_eq!(code, 1, "{told:#}");
    let read = |folder: &Path, name: &str| fs::read_to_string(folder.join("quarantine").join(name)).unwrap_or_default();
    let whole = path.join(told["folder"].as_str().unwrap());
    let names = ["timesheets-weeks.csv", "timesheets-Weeks-2.csv", "timesheets-m_rz_1.csv"];
    for (name, (_, id, delimiter, bad)) in names.iter().zip(files) {
        let text = rows(id, delimiter, bad);
        let expected: String = text.lines().take(1 + bad as usize).map(|line| format!("{line}\n")).collect();
        assert_eq!(read(&whole, name), expected, "{name}");
    }
    assert_eq!(fs::read_dir(whole.join("quarantine")).unwrap().count(), 3);
    // The run says what it wrote, and holds it to that.
    let manifest: Value = serde_json::from_slice(&fs::read(whole.join("run.json")).unwrap()).unwrap();
    let sources: Vec<&str> =
        manifest["quarantine_files"].as_array().unwrap().iter().map(|file| file["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["a/weeks.csv", "b/Weeks.tsv", "b/märz 1.csv"]);
    // Parts share the rows among them, under the same names.
    let mut parts: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for part in 1..=3 {
        let (code, told) = said(path, &format!("run job.toml --shard {part}/3"));
        assert!(matches!(code, 0 | 1), "{told:#}");
        let folder = path.join(told["folder"].as_str().unwrap());
        for (rows, name) in parts.iter_mut().zip(names) {
            rows.extend(read(&folder, name).lines().skip(1).map(str::to_owned));
        }
    }
    for (mut rows, name) in parts.into_iter().zip(names) {
        rows.sort();
        let mut expected: Vec<String> = read(&whole, name).lines().skip(1).map(str::to_owned).collect();
        expected.sort();
        assert_eq!(rows, expected, "{name}");
    }
}

#[test]
fn explain_tells_what_became_of_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("in")).unwrap();
    let header = "timesheet_id,date,hours,order_line_id,description\n";
    let first = "E1,2026-10-05,1:60,L1,a\nE2,2026-10-05,3,L1,b\nE2,2026-10-05,3,L1,b\nE3,2026-10-05,1:99,L1,c\nE4,2026-10-05,x,L1,d\nE5,2026-10-05,1,L1,drop\nE6,2026-10-05\n";
    fs::write(path.join("in/first.csv"), header.to_owned() + first).unwrap();
    fs::write(path.join("in/second.csv"), header.to_owned() + "E1,2026-10-05,2,L1,a\n").unwrap();
    job(path, "skip = { description = \"drop\" }, path = [\"in/first.csv\", \"in/second.csv\"]");
    let text = fs::read_to_string(path.join("job.toml")).unwrap();
    fs::write(path.join("job.toml"), text.replace("[period]", "waivers = \"waivers.csv\"\n[period]")).unwrap();
    fs::write(path.join("waivers.csv"), "file,row,reason\nin/first.csv,4,known\n").unwrap();
    let told = |row: &str| {
        let (code, told) = said(path, &format!("explain job.toml {row}"));
        assert_eq!(code, 0, "{row}: {told:#}");
        told
    };
    let outcome = |row: &str| told(row)[0]["outcome"].as_str().unwrap().to_owned();
    let says = |row: &str, rule: &str, words: &str| {
        let told = told(row);
        let steps = told[0]["steps"].as_array().unwrap();
        let found = steps.iter().any(|step| step["rule"] == rule && step["text"].as_str().unwrap().contains(words));
        assert!(found, "{row}: {told:#}");
    };
    // Settled by a newer file, and the row that settles it.
    assert_eq!(outcome("first.csv:1"), "entry `E1`, repeated: in/second.csv:1 counts in its place");
    says("in/first.csv:1", "E7", "newer file");
    assert_eq!(outcome("second.csv:1"), "entry `E1`, billed: 2 h on line 1 of draft `D-2026-10-C1-EUR`");
    let told_entry = told("second.csv:1");
    assert_eq!((&told_entry[1]["kind"], &told_entry[1]["id"]), (&"entry".into(), &"E1".into()));
    // Repeated.
    // As it stands in the table, as it is seen from elsewhere.
    for named in ["in/first.csv:1", "./in/first.csv:1", "shop/in/first.csv:1"] {
        assert_eq!(outcome(named), outcome("first.csv:1"));
    }
    assert_eq!(outcome("first.csv:3"), "entry `E2`, repeated: in/first.csv:2 counts in its place");
    // Waived, and not.
    assert_eq!(outcome("first.csv:4"), "quarantined as entry `E3`, and waived: unreadable-value");
    says("first.csv:4", "E6", "waivers.csv:1: known");
    assert_eq!(outcome("first.csv:5"), "quarantined as entry `E4`: unreadable-value");
    says("first.csv:5", "E5", "`newer_wins` of timesheets is on");
    says("first.csv:5", "2", "E4,2026-10-05,x,L1,d");
    // Left out by the job; without an id.
    assert_eq!(outcome("first.csv:6"), "left out: it is no row of the timesheets, and no hour was read there");
    assert_eq!(outcome("first.csv:7"), "quarantined: ragged-row");
    says("first.csv:7", "E7", "no id of it could be read");
    // Of another input.
    let line = told("orders.csv:1");
    assert_eq!((&line[0]["outcome"], &line[1]["kind"]), (&"read, order line `L1`".into(), &"order_line".into()));
    // No row at all.
    for (row, words) in [
        ("first.csv:8", "it has rows 1 to 7, the nearest is row 7"),
        ("first.csv:0", "the nearest is row 1"),
        ("tickets.csv:1", "has no row"),
        ("none.csv:1", "no entry"),
    ] {
        let (code, text) = hourbill(path, &format!("explain job.toml {row}"));
        assert!(code == 2 && text.contains(words), "{row}: {code}: {text}");
    }
}
