//! Small files that unfold to more than there is memory for, values at the ends of their types, and millions of bad rows: each ends with an
//! exit code and words, within the memory that the process may have.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ORDERS: &str = "\
order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on
S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01
";

const TICKETS: &str = "ticket_id,customer_id,created_on,order_line_id\nT1,C1,2026-10-03,S1/1\n";

const JOB: &str = "\
name = \"bombs\"
[inputs]
orders = \"orders.csv\"
tickets = \"tickets.csv\"
timesheets = \"FILE\"
[period]
month = \"2026-10\"
[limits]
quarantine_pct = 100
";

pub const MIB: u64 = 1 << 20;

/// A job with one file of timesheets, which `write` makes.
pub fn job(file: &str, write: impl FnOnce(&Path)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("orders.csv"), ORDERS).unwrap();
    fs::write(folder.path().join("tickets.csv"), TICKETS).unwrap();
    fs::write(folder.path().join("job.toml"), JOB.replace("FILE", file)).unwrap();
    write(&folder.path().join(file));
    folder
}

/// Exit code and words of a run that may have so much address space.
pub fn run(folder: &TempDir, address_space: u64, words: &[&str]) -> (Option<i32>, String) {
    let limit = format!("ulimit -v {}; exec \"$0\" run job.toml --quiet \"$@\"", address_space / 1024);
    let output = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", &limit, env!("CARGO_BIN_EXE_hourbill")])
        .args(words)
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for word in ["panicked", "backtrace", "mistake of its own"] {
        assert!(!said.contains(word), "{said}");
    }
    (output.status.code(), said)
}

/// Refused, with these words, and nothing is written.
#[track_caller]
fn is_refused(folder: &TempDir, words: &[&str]) {
    let (code, said) = run(folder, 1_024 * MIB, &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    assert!(!folder.path().join("out").exists());
}

/// Runs to its end, with this exit code: a table as text.
#[track_caller]
pub fn runs(folder: &TempDir, code: i32, words: &[&str], table: &str) -> String {
    let (ended, said) = run(folder, 1_024 * MIB, words);
    assert_eq!(ended, Some(code), "{said}");
    let runs = fs::read_dir(folder.path().join("out/bombs/runs")).unwrap();
    let runs: Vec<_> = runs.map(|run| run.unwrap().path()).filter(|run| run.is_dir()).collect();
    assert_eq!(runs.len(), 1);
    let table = fs::read_to_string(runs[0].join(format!("{table}.csv"))).unwrap();
    fs::remove_dir_all(folder.path().join("out")).unwrap();
    table
}

// Workbooks.

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A part of a workbook and what writes it.
type Part<'a> = (&'a str, &'a dyn Fn(&mut dyn Write));

/// A workbook of one sheet, made by hand.
fn workbook(path: &Path, parts: &[Part<'_>]) {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path).unwrap()));
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id='{id}' Type='{RELATION}/{kind}' Target='{target}'/>")
    };
    let of_book = relation("a", "worksheet", "sheet.xml") + &relation("b", "styles", "styles.xml");
    let of_book = of_book + &relation("c", "sharedStrings", "sharedStrings.xml");
    for (name, text) in [
        (
            "_rels/.rels",
            format!("<Relationships>{}</Relationships>", relation("a", "officeDocument", "xl/workbook.xml")),
        ),
        ("xl/_rels/workbook.xml.rels", format!("<Relationships>{of_book}</Relationships>")),
        ("xl/workbook.xml", "<workbook><sheets><sheet name='S' r:id='a'/></sheets></workbook>".to_owned()),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    for (name, write) in parts {
        zip.start_file(format!("xl/{name}"), SimpleFileOptions::default().compression_level(Some(1))).unwrap();
        write(&mut zip);
    }
    zip.finish().unwrap().flush().unwrap();
}

fn text(cell: &str) -> String {
    format!("<c t='inlineStr'><is><t>{cell}</t></is></c>")
}

fn header() -> String {
    let cells: String = ["timesheet_id", "date", "hours", "ticket_id"].into_iter().map(text).collect();
    format!("<row r='1'>{cells}</row>")
}

/// A sound row: 1.5 hours.
fn row(number: u32) -> String {
    let cells: String = [format!("H{number}"), "2026-10-05".to_owned()].iter().map(|cell| text(cell)).collect();
    format!("<row r='{number}'>{cells}<c><v>1.5</v></c>{}</row>", text("T1"))
}

/// A job with a workbook whose sheet holds these rows behind a header and a sound one.
fn sheet(rows: impl Fn(&mut dyn Write)) -> TempDir {
    let write = |out: &mut dyn Write| {
        write!(out, "<worksheet><sheetData>{}{}", header(), row(2)).unwrap();
        rows(out);
        write!(out, "</sheetData></worksheet>").unwrap();
    };
    job("t.xlsx", |path| workbook(path, &[("sheet.xml", &write)]))
}

/// A job with a workbook of a sound sheet and another part.
fn beside(part: &str, write: impl Fn(&mut dyn Write)) -> TempDir {
    let sound = |out: &mut dyn Write| {
        write!(out, "<worksheet><sheetData>{}{}</sheetData></worksheet>", header(), row(2)).unwrap();
    };
    job("t.xlsx", |path| workbook(path, &[("sheet.xml", &sound), (part, &write)]))
}

fn repeat(out: &mut dyn Write, text: &str, times: usize) {
    let many = text.repeat(1_000);
    for _ in 0..times / 1_000 {
        out.write_all(many.as_bytes()).unwrap();
    }
}

#[test]
fn a_cell_far_from_all_others_costs_nothing() {
    let far = |text: &str| {
        let cell = format!("<row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>{text}</t></is></c></row>");
        sheet(move |out| out.write_all(cell.as_bytes()).unwrap())
    };
    // A blank beside the table is nothing; its row has no cell of the table.
    let quarantine = runs(&far(" "), 1, &[], "quarantine");
    assert!(quarantine.contains(",1048575,,") && quarantine.lines().count() == 2, "{quarantine}");
    let quarantine = runs(&far("x"), 1, &[], "quarantine");
    assert!(quarantine.contains("ragged-row") && quarantine.lines().count() == 2, "{quarantine}");
}

#[test]
fn references_that_no_sheet_has_are_refused() {
    for cell in ["AAAAAAAA3", "A99999999999", "XFE3", "A1048577", "A0"] {
        let cell = format!("<row r='3'><c r='{cell}'><v>1</v></c></row>");
        is_refused(&sheet(move |out| out.write_all(cell.as_bytes()).unwrap()), &["bad-workbook", "t.xlsx"]);
    }
    let dimension = |out: &mut dyn Write| {
        let area = "<dimension ref='A1:ZZZZZZZZZZ4294967295'/>";
        write!(out, "<worksheet>{area}<sheetData>{}{}</sheetData></worksheet>", header(), row(2)).unwrap();
    };
    is_refused(&job("t.xlsx", |path| workbook(path, &[("sheet.xml", &dimension)])), &["bad-workbook", "t.xlsx"]);
}

#[test]
fn workbooks_that_unfold_to_more_than_one_may_hold_are_refused() {
    // Styles, a text of a cell, elements within elements.
    let styles = beside("styles.xml", |out| {
        write!(out, "<styleSheet><cellXfs>").unwrap();
        repeat(out, "<xf/>", 1_100_000);
    });
    is_refused(&styles, &["bad-workbook", "formats"]);
    let long = sheet(|out| {
        write!(out, "<row r='3'><c t='inlineStr'><is><t>").unwrap();
        repeat(out, &"x".repeat(1_000), 80_000);
    });
    is_refused(&long, &["bad-workbook"]);
    is_refused(&sheet(|out| repeat(out, "<a>", 1_000)), &["bad-workbook"]);
    // More rows than a sheet has, all of them empty.
    is_refused(&sheet(|out| repeat(out, "<row/>", 1_100_000)), &["bad-workbook"]);
    // Cells that hold nothing are nothing.
    let blanks = sheet(|out| {
        write!(out, "<row r='3'>").unwrap();
        repeat(out, "<c s='1'/>", 16_000);
        write!(out, "</row>").unwrap();
    });
    assert_eq!(runs(&blanks, 0, &[], "quarantine").lines().count(), 1);
}

#[test]
fn texts_that_cells_share_may_not_take_more_memory_than_there_is() {
    let shared = beside("sharedStrings.xml", |out| {
        write!(out, "<sst count='1' uniqueCount='99999999999999'>").unwrap();
        repeat(out, &format!("<si><t>{}</t></si>", "x".repeat(100_000)), 4_000);
    });
    let (code, said) = run(&shared, 512 * MIB, &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("no-room") && said.contains("t.xlsx"), "{said}");
    assert_eq!(runs(&shared, 0, &[], "quarantine").lines().count(), 1);
}

#[test]
fn a_workbook_says_where_its_bytes_are_wrong() {
    let job = job("t.xlsx", |path| {
        let sound = |out: &mut dyn Write| {
            write!(out, "<worksheet><sheetData>{}{}</sheetData></worksheet>", header(), row(2)).unwrap();
        };
        workbook(path, &[("sheet.xml", &sound)]);
    });
    let path = job.path().join("t.xlsx");
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for at in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        fs::write(&path, bytes).unwrap();
        let (code, said) = run(&job, 1_024 * MIB, &["--dry-run"]);
        assert!(matches!(code, Some(0 | 1 | 3)), "byte {at}: {code:?} {said}");
        refused += usize::from(code == Some(3));
    }
    assert!(refused > 0);
}

// Parquet.

pub fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) {
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(texts: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(texts.map(Some).collect::<StringArray>())
}

/// Timesheets with one of their columns replaced; each row is 1.5 hours on a ticket of its own id.
pub fn entries(count: usize, name: &str, array: &ArrayRef) -> Vec<(&'static str, ArrayRef)> {
    let column = |known: &'static str, of_row: fn(usize) -> String| {
        (known, if known == name { Arc::clone(array) } else { texts((0..count).map(of_row)) })
    };
    vec![
        column("timesheet_id", |row| format!("H{row}")),
        column("date", |_| "2026-10-05".to_owned()),
        column("hours", |_| "1.5".to_owned()),
        column("ticket_id", |_| "T1".to_owned()),
        column("description", |_| "call".to_owned()),
        column("started_at", |_| "2026-10-05T09:00:00".to_owned()),
    ]
}

fn packed() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(Default::default())).build()
}

#[test]
fn a_dictionary_that_unfolds_to_more_than_there_is_memory_for_is_refused() {
    let long = "x".repeat(1_000_000);
    let keys = Int32Array::from(vec![0; 20_000]);
    let repeated: ArrayRef =
        Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(StringArray::from(vec![long]))).unwrap());
    let job = job("t.parquet", |path| parquet(path, entries(20_000, "description", &repeated), packed()));
    assert!(fs::metadata(job.path().join("t.parquet")).unwrap().len() < 4 * MIB);
    is_refused(&job, &["t.parquet"]);
}

#[test]
fn a_value_of_hundreds_of_megabytes_is_refused() {
    let long: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(300_000_000)]));
    let job = job("t.parquet", |path| parquet(path, entries(1, "description", &long), packed()));
    is_refused(&job, &["bad-parquet", "t.parquet", "page"]);
}

/// Exit code and quarantined rows of timesheets with this column.
fn read(name: &str, array: ArrayRef) -> (Option<i32>, usize, String) {
    let folder =
        job("t.parquet", |path| parquet(path, entries(array.len(), name, &array), WriterProperties::default()));
    let (code, said) = run(&folder, 1_024 * MIB, &["--dry-run", "--format", "json"]);
    let aside = said.lines().count();
    let rows = if code == Some(3) { 0 } else { runs(&folder, code.unwrap(), &[], "quarantine").lines().count() - 1 };
    (code, rows, format!("{said}{aside}"))
}

#[test]
fn values_at_the_ends_of_their_types_are_set_aside_or_read_as_they_are() {
    let (least, most) = (i64::MIN, i64::MAX);
    let wide = |value: i128, precision, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).unwrap())
    };
    // The column, its values, and how many of them cannot be read.
    let far: Vec<(&str, ArrayRef, usize)> = vec![
        ("date", Arc::new(Date32Array::from(vec![i32::MIN, i32::MAX, 106_751_992, -106_751_992, 20_731])), 4),
        ("started_at", Arc::new(Date32Array::from(vec![i32::MIN, i32::MAX, 106_751_992, 20_731])), 3),
        ("date", Arc::new(Date64Array::from(vec![least, most, 20_731 * 86_400_000])), 2),
        ("date", Arc::new(TimestampSecondArray::from(vec![least, most, 20_731 * 86_400])), 2),
        ("date", Arc::new(TimestampMillisecondArray::from(vec![least, most, 20_731 * 86_400_000])), 2),
        ("date", Arc::new(TimestampMicrosecondArray::from(vec![least, most]).with_timezone("UTC")), 2),
        ("date", Arc::new(TimestampNanosecondArray::from(vec![least, most]).with_timezone("+02:00")), 2),
        // Minus zero and what rounds to no microsecond are no hours.
        ("hours", Arc::new(Float64Array::from(vec![f64::NAN, f64::INFINITY, -f64::INFINITY, 1e308, -0.0, 5e-324])), 4),
        ("hours", Arc::new(Float32Array::from(vec![f32::NAN, f32::MAX, f32::MIN, -0.0])), 3),
        ("hours", Arc::new(UInt64Array::from(vec![u64::MAX, 1])), 1),
        ("hours", Arc::new(Int64Array::from(vec![least, most, -1])), 2),
        ("hours", Arc::new(Int8Array::from(vec![i8::MIN, i8::MAX, 2])), 2),
        ("hours", wide(10_i128.pow(37), 38, 0), 1),
        ("hours", wide(-(10_i128.pow(37)), 38, 0), 1),
        // An hour and a half in more digits than can be counted with: refused rather than guessed.
        ("hours", wide(15 * 10_i128.pow(36), 38, 37), 1),
        ("hours", Arc::new(Decimal32Array::from(vec![-999_999_999, 0]).with_precision_and_scale(9, 0).unwrap()), 1),
        ("hours", Arc::new(Decimal64Array::from(vec![10_i64.pow(17)]).with_precision_and_scale(18, 17).unwrap()), 0),
        ("timesheet_id", Arc::new(UInt64Array::from(vec![u64::MAX, u64::MAX - 1])), 0),
        ("description", Arc::new(BinaryArray::from(vec![b"\x02\x01".as_slice(), b"\xf0\x9f\x93\xb7"])), 0),
        ("hours", Arc::new(DurationNanosecondArray::from(vec![least, 5_400_000_000_000])), 1),
        ("hours", Arc::new(Time64NanosecondArray::from(vec![most, 0])), 1),
        ("description", Arc::new(Date32Array::from(vec![i32::MIN, i32::MAX])), 0),
        ("description", Arc::new(TimestampSecondArray::from(vec![least, most])), 0),
        ("description", Arc::new(Float64Array::from(vec![f64::NAN, f64::MIN])), 0),
    ];
    for (name, array, aside) in far {
        let of_type = array.data_type().clone();
        let (code, rows, said) = read(name, array);
        assert_eq!((code, rows), (Some(i32::from(aside > 0)), aside), "{name} of {of_type}: {said}");
    }
    // No field is of these.
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
    let of_type = |data_type: DataType| new_null_array(&data_type, 1);
    let wrong: Vec<ArrayRef> = vec![
        Arc::new(Decimal256Array::from(vec![i256::MAX]).with_precision_and_scale(76, 2).unwrap()),
        Arc::new(list),
        Arc::new(StructArray::from(vec![(
            Arc::new(Field::new("a", DataType::Int32, true)),
            Arc::new(Int32Array::from(vec![1])) as ArrayRef,
        )])),
        Arc::new(FixedSizeBinaryArray::try_from_iter([[0xff_u8; 16]].into_iter()).unwrap()),
        of_type(DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64))),
    ];
    for array in wrong {
        let of_type = array.data_type().clone();
        let (code, _, said) = read("hours", array);
        assert_eq!(code, Some(3), "{of_type}: {said}");
        assert!(said.contains("wrong-column-type") || said.contains("bad-parquet"), "{of_type}: {said}");
    }
}

#[test]
fn a_nul_in_any_text_is_refused_as_in_a_text_file() {
    for (name, value) in [("timesheet_id", "H\0"), ("ticket_id", "\0"), ("hours", "1\0"), ("description", "a\0b")] {
        for dictionary in [false, true] {
            let array = texts(["H1", value, "H3"].into_iter().map(str::to_owned));
            let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).build();
            let job = job("t.parquet", |path| parquet(path, entries(3, name, &array), properties));
            is_refused(&job, &["bad-parquet", "t.parquet", "row 2", "NUL"]);
        }
    }
    // Of a column that nobody asks for nothing is read.
    let job = job("t.parquet", |path| {
        let mut columns = entries(1, "", &texts(std::iter::empty()));
        columns.push(("mood", texts(std::iter::once("\0".to_owned()))));
        parquet(path, columns, packed());
    });
    assert_eq!(runs(&job, 0, &[], "quarantine").lines().count(), 1);
}

// Bad rows.

/// Every second row can be used; of the others some lack cells, some contradict each other.
fn half_bad(rows: usize) -> String {
    let mut text = "timesheet_id,date,hours,ticket_id\n".to_owned();
    for row in 0..rows {
        let _ = match row % 8 {
            1 => writeln!(text, ",,,"),
            3 => writeln!(text, "H{row},2026-10-05,many,T1"),
            5 => writeln!(text, "R{},2026-10-05,{},T1", row / 16, row % 5),
            7 => writeln!(text, "H{row},2026-10-05"),
            _ => writeln!(text, "H{row},2026-10-05,1,T1"),
        };
    }
    text
}

#[test]
fn rows_in_quarantine_are_the_same_whatever_threads_memory_and_parts() {
    let job = job("t.csv", |path| fs::write(path, half_bad(24_000)).unwrap());
    let whole = runs(&job, 1, &["--threads", "1"], "quarantine");
    assert!(whole.lines().count() > 9_000, "{}", whole.lines().count());
    assert!(whole.contains("conflicting-duplicate") && whole.contains("ragged-row") && whole.contains("empty-value"));
    assert_eq!(runs(&job, 1, &["--threads", "4"], "quarantine"), whole);
    assert_eq!(runs(&job, 1, &["--memory", "200MB"], "quarantine"), whole);
    let mut parts: Vec<String> = Vec::new();
    for part in ["1/3", "2/3", "3/3"] {
        let (code, said) = run(&job, 1_024 * MIB, &["--shard", part]);
        assert!(matches!(code, Some(0 | 1)), "{said}");
        let runs = fs::read_dir(job.path().join("out/bombs/runs")).unwrap();
        let run = runs.map(|run| run.unwrap().path()).find(|run| run.is_dir()).unwrap();
        let table = fs::read_to_string(run.join("quarantine.csv")).unwrap();
        parts.extend(table.lines().skip(1).map(str::to_owned));
        fs::remove_dir_all(job.path().join("out")).unwrap();
    }
    let mut rows: Vec<String> = whole.lines().skip(1).map(str::to_owned).collect();
    rows.sort_unstable();
    parts.sort_unstable();
    assert_eq!(parts.len(), rows.len());
    assert!(parts == rows, "parts and the whole differ");
}

#[test]
fn hundreds_of_thousands_of_rows_in_quarantine_fit_in_little_memory() {
    let job = job("t.csv", |path| {
        let mut out = BufWriter::new(File::create(path).unwrap());
        out.write_all(b"timesheet_id,date,hours,ticket_id,description\n").unwrap();
        repeat(&mut out, ",,,,\n", 500_000);
        out.flush().unwrap();
    });
    // A program with all features, built to be debugged, takes 300 of them before it reads a row.
    let (code, said) = run(&job, 640 * MIB, &["--dry-run"]);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn a_header_of_a_million_columns_is_refused_at_once() {
    let job = job("t.csv", |path| {
        let mut out = BufWriter::new(File::create(path).unwrap());
        out.write_all(b"timesheet_id,date,hours").unwrap();
        (0..1_000_000).for_each(|column| write!(out, ",c{column}").unwrap());
        out.write_all(b"\nH1,2026-10-05,1\n").unwrap();
        out.flush().unwrap();
    });
    let start = std::time::Instant::now();
    is_refused(&job, &["too-many-columns", "t.csv", "1000003"]);
    assert!(start.elapsed().as_secs() < 10);
}

/// Whatever it is that memory ends for, the run is refused and no signal ends it.
#[test]
fn texts_for_which_memory_ends_somewhere_are_refused() {
    let text = "x".repeat(10_000);
    let folder = job("timesheets.csv", |path| {
        let mut file = BufWriter::new(File::create(path).unwrap());
        writeln!(file, "timesheet_id,date,hours,order_line_id,description").unwrap();
        for row in 0..6_000 {
            writeln!(file, "{row},2026-10-05,1,S1/1,{text}").unwrap();
        }
    });
    let mut ends = Vec::new();
    for mebibytes in [250, 300, 350, 400, 450, 500, 600, 2_000] {
        let (code, said) = run(&folder, mebibytes * MIB, &["--threads", "1"]);
        assert!(matches!(code, Some(0 | 1 | 3)), "{mebibytes} MiB: {code:?} {said}");
        ends.push(code);
    }
    assert!(ends.last() != Some(&Some(3)) && ends.contains(&Some(3)), "{ends:?}");
}
