//! What the world does to files, disks and processes: a clear error or a row set aside, never a panic, never a wrong figure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use hourbill::generate::{Options, generate};
use parquet::arrow::ArrowWriter;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::newest_run;

const ORDERS: &str = "\
order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on
S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01
S2/1,S2,sale,C2,Pack,ordered_prepaid,Hours,5,80,EUR,2026-10-02
";

const TICKETS: &str = "\
ticket_id,customer_id,created_on,order_line_id
T1,C1,2026-10-03,S1/1
T2,C2,2026-10-04,
";

const TIMESHEETS: &str = "\
timesheet_id,date,hours,ticket_id,description
H1,2026-10-05,1.5,T1,call
H2,2026-10-06,2,T1,\"a mail, long\"
H3,2026-10-07,7,T2,visit
";

const JOB: &str = "\
name = \"hostile\"
[inputs]
orders = \"orders.csv\"
tickets = \"tickets.csv\"
timesheets = \"timesheets.csv\"
[period]
month = \"2026-10\"
";

struct Job {
    folder: TempDir,
}

/// How a run ended and what it said.
struct Ran {
    code: Option<i32>,
    said: String,
}

impl Job {
    fn new() -> Job {
        let job = Job { folder: tempfile::tempdir().unwrap() };
        for (name, text) in
            [("orders.csv", ORDERS), ("tickets.csv", TICKETS), ("timesheets.csv", TIMESHEETS), ("job.toml", JOB)]
        {
            job.write(name, text);
        }
        job
    }

    /// The sound job with one file replaced.
    fn with(name: &str, bytes: impl AsRef<[u8]>) -> Job {
        let job = Job::new();
        job.write(name, bytes);
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn run(&self, words: &[&str]) -> Ran {
        run(self.folder.path(), words)
    }

    /// Refused, nothing written, and the words that say why.
    #[track_caller]
    fn is_refused(&self, code: i32, words: &[&str]) {
        let ran = self.run(&[]);
        assert_eq!(ran.code, Some(code), "{}", ran.said);
        for word in words {
            assert!(ran.said.contains(word), "`{word}` is not in: {}", ran.said);
        }
        assert!(!self.path("out").exists(), "something was written");
    }

    /// Ran with this exit code: its `control` and a table as text.
    #[track_caller]
    fn runs(&self, code: i32) -> Results {
        let ran = self.run(&[]);
        assert_eq!(ran.code, Some(code), "{}", ran.said);
        published(&self.path("out"))
    }
}

fn run(folder: &Path, words: &[&str]) -> Ran {
    let output = started(folder, words).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    Ran { code: output.status.code(), said }
}

fn started(folder: &Path, words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_hourbill"))
        .current_dir(folder)
        .args(["run", "job.toml", "--quiet"])
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a run published, but for the timings.
#[derive(Debug, PartialEq)]
struct Results {
    files: BTreeMap<String, Vec<u8>>,
}

impl Results {
    fn table(&self, name: &str) -> &str {
        std::str::from_utf8(&self.files[&format!("{name}.csv")]).unwrap()
    }

    fn control(&self) -> Value {
        serde_json::from_slice::<Value>(&self.files["run.json"]).unwrap()["control"].clone()
    }

    fn microseconds(&self, disposition: &str) -> i64 {
        self.control()["dispositions"][disposition]["microseconds"].as_i64().unwrap()
    }

    fn tables(&self) -> Vec<(&String, &Vec<u8>)> {
        self.files.iter().filter(|(name, _)| name.ends_with(".csv")).collect()
    }
}

/// The one run below an output folder.
fn published(out: &Path) -> Results {
    let jobs: Vec<PathBuf> = children(out);
    let runs: Vec<PathBuf> = jobs.iter().flat_map(|job| children(&job.join("runs"))).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    let counts = |path: &PathBuf| path.is_file() && path.file_name().unwrap() != "timings.json";
    let files = children(&runs[0]).into_iter().filter(counts);
    let read = |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
    Results { files: files.map(read).collect() }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

const HOUR: i64 = 3_600_000_000;

// Broken files.

#[test]
fn a_stray_quote_in_row_1000_of_200000_stops_the_run_and_names_line_1001() {
    let mut text = "timesheet_id,date,hours,ticket_id,description\n".to_owned();
    for row in 1..=200_000 {
        let description = if row == 1_000 { "a \"stray\" quote" } else { "call" };
        let _ = writeln!(text, "H{row},2026-10-05,0.25,T1,{description}");
    }
    Job::with("timesheets.csv", &text).is_refused(3, &["timesheets.csv", "1001", "stray-quote"]);
}

#[test]
fn a_file_cut_in_half_is_refused_or_its_last_row_set_aside() {
    // Inside a quoted cell.
    let inside = TIMESHEETS.find("mail").unwrap();
    Job::with("timesheets.csv", &TIMESHEETS[..inside]).is_refused(3, &["unclosed-quote", "timesheets.csv, line 3"]);
    // Before the last cell of a row.
    let results = Job::with("timesheets.csv", &TIMESHEETS[..TIMESHEETS.find(",visit").unwrap()]).runs(1);
    assert!(results.table("quarantine").contains("ragged-row"), "{}", results.table("quarantine"));
    assert_eq!(results.control()["unreadable_hours_rows"], 1);
    assert_eq!(results.microseconds("billed"), 7 * HOUR / 2);
    // In the header.
    Job::with("timesheets.csv", "timesheet_id,date,ho").is_refused(3, &["hours", "timesheets.csv"]);
}

#[test]
fn every_cut_of_a_packed_file_is_refused() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(TIMESHEETS.as_bytes()).unwrap();
    let whole = packer.finish().unwrap();
    let job = Job::with("job.toml", JOB.replace("timesheets.csv", "timesheets.csv.gz"));
    for end in [0, 1, 9, 10, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        job.write("timesheets.csv.gz", &whole[..end]);
        job.is_refused(3, &["timesheets.csv.gz"]);
    }
    job.write("timesheets.csv.gz", &whole);
    assert_eq!(job.runs(0).microseconds("covered"), 7 * HOUR);
}

#[test]
fn two_columns_for_one_field_are_refused() {
    let job = Job::with("timesheets.csv", TIMESHEETS.replace("ticket_id,description", "ticket_id,worked"));
    let named = r#"timesheets = { path = "timesheets.csv", columns = { hours = "worked" } }"#;
    let text = JOB.replace(r#"timesheets = "timesheets.csv""#, named);
    assert_ne!(text, JOB);
    job.write("job.toml", text);
    job.is_refused(3, &["two-columns-for-one-field", "hours", "worked"]);
}

#[test]
fn columns_in_another_order_say_the_same() {
    let turned = |text: &str| {
        let mut out = String::new();
        for line in csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records() {
            let cells: Vec<String> = line.unwrap().iter().rev().map(|cell| format!("\"{cell}\"")).collect();
            let _ = writeln!(out, "{}", cells.join(","));
        }
        out
    };
    let sound = Job::new().runs(0);
    for (name, text) in [("timesheets.csv", TIMESHEETS), ("orders.csv", ORDERS), ("tickets.csv", TICKETS)] {
        assert_eq!(Job::with(name, turned(text)).runs(0).tables(), sound.tables(), "{name}");
    }
}

#[test]
fn utf_16_is_read_when_it_is_declared_and_refused_when_not() {
    let bytes: Vec<u8> = TIMESHEETS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe], bytes.as_slice()].concat();
    let declared = JOB.replace("\"timesheets.csv\"", "{ path = \"timesheets.csv\", encoding = \"utf-16\" }");
    let sound = Job::new().runs(0);
    for bytes in [&bytes, &with_mark] {
        let job = Job::with("timesheets.csv", bytes);
        job.is_refused(3, &["timesheets.csv", "encoding"]);
        job.write("job.toml", &declared);
        assert_eq!(job.runs(0).tables(), sound.tables());
    }
}

#[test]
fn line_ends_of_cr_alone_are_refused_not_read_as_no_rows() {
    Job::with("timesheets.csv", TIMESHEETS.replace('\n', "\r")).is_refused(3, &["timesheets.csv"]);
    Job::with("orders.csv", ORDERS.replace('\n', "\r")).is_refused(3, &["orders.csv"]);
}

#[test]
fn a_nul_byte_is_refused_with_its_line() {
    Job::with("timesheets.csv", TIMESHEETS.replace("visit", "vi\0sit"))
        .is_refused(3, &["nul-byte", "timesheets.csv, line 4"]);
}

#[test]
fn bytes_that_are_no_text_cost_their_row_alone() {
    let bytes: Vec<u8> =
        TIMESHEETS.replace("visit", "vis\u{1}t").bytes().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let results = Job::with("timesheets.csv", bytes).runs(1);
    assert!(results.table("quarantine").contains("bad-encoding"));
    assert_eq!(results.microseconds("billed"), 7 * HOUR / 2);
}

#[test]
fn empty_files_are_refused_and_headers_without_rows_are_not() {
    for name in ["orders.csv", "tickets.csv", "timesheets.csv"] {
        for text in ["", "\n\n", "\u{feff}"] {
            Job::with(name, text).is_refused(3, &[name]);
        }
    }
    let job = Job::new();
    for (name, text) in [("orders.csv", ORDERS), ("tickets.csv", TICKETS), ("timesheets.csv", TIMESHEETS)] {
        job.write(name, text.lines().next().unwrap());
    }
    let results = job.runs(1);
    assert_eq!(results.control()["read"]["rows"], 0);
    assert_eq!(results.table("invoices").lines().count(), 1);
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn texts(cells: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

#[test]
fn a_parquet_file_with_a_column_of_a_wrong_type_is_refused() {
    let entries = |hours: ArrayRef| {
        parquet(vec![
            ("timesheet_id", texts(&["H1", "H2"])),
            ("date", texts(&["2026-10-05", "2026-10-06"])),
            ("hours", hours),
            ("ticket_id", texts(&["T1", "T1"])),
        ])
    };
    let job = Job::with("job.toml", JOB.replace("timesheets.csv", "timesheets.parquet"));
    job.write("timesheets.parquet", entries(Arc::new(BooleanArray::from(vec![true, false]))));
    job.is_refused(3, &["wrong-column-type", "hours", "timesheets.parquet"]);
    // Every cut of a sound file is refused too.
    let sound = entries(Arc::new(Float64Array::from(vec![1.3333333333333333, 0.25])));
    for end in [0, 4, sound.len() / 2, sound.len() - 1] {
        job.write("timesheets.parquet", &sound[..end]);
        job.is_refused(3, &["timesheets.parquet"]);
    }
    job.write("timesheets.parquet", &sound);
    assert_eq!(job.runs(0).microseconds("billed"), 4 * HOUR / 3 + HOUR / 4);

    // A float price is already a rounded price.
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    let (header, row) = (ORDERS.lines().next().unwrap(), ORDERS.lines().nth(1).unwrap());
    for (name, cell) in header.split(',').zip(row.split(',')) {
        let float = || -> ArrayRef { Arc::new(Float64Array::from(vec![100.0])) };
        columns.push((name, if name == "unit_price" { float() } else { texts(&[cell]) }));
    }
    let job = Job::with("job.toml", JOB.replace("orders.csv", "orders.parquet"));
    job.write("orders.parquet", parquet(columns));
    job.is_refused(3, &["wrong-column-type", "unit_price"]);
}

// Hostile values.

#[test]
fn ids_never_lead_out_of_the_output_folder() {
    for id in ["../../etc/x", "/etc/passwd", "..", ".", "", "a/b", "C:\\x", "nul\u{7f}", "~", "-rf", "x\u{2028}y"] {
        let job = Job::new();
        // The id stands everywhere an id can stand, and in the job's name.
        let toml = |text: &str| format!("{:?}", text).replace("\\u{", "\\u").replace('}', "");
        let name = if id.chars().all(|letter| (' '..='~').contains(&letter)) && !id.is_empty() { id } else { "job" };
        let rules = "[rules]\ngroup_by = \"order\"\n[output]\ndir = \"a/b/c/out\"\n";
        job.write("job.toml", JOB.replace("\"hostile\"", &toml(name)) + rules);
        let quoted = |text: &str| format!("\"{text}\"");
        let shown = if id.is_empty() { "x".to_owned() } else { quoted(id) };
        job.write("orders.csv", ORDERS.replace("C1", &shown).replace(",S1,", &format!(",{shown},")));
        job.write("tickets.csv", TICKETS.replace("C1", &shown).replace("T1,", &format!("{shown},")));
        job.write("timesheets.csv", TIMESHEETS.replace("T1", &shown).replace("H1", &shown));
        let before = children(job.folder.path());
        let ran = job.run(&[]);
        assert_eq!(ran.code, Some(0), "{id:?}: {}", ran.said);
        let mut after = children(job.folder.path());
        after.retain(|path| !before.contains(path));
        assert_eq!(after, [job.path("a")], "{id:?}");
        let names = names_below(&job.path("a/b/c/out"));
        assert!(names.iter().any(|name| name == "invoices.csv"), "{id:?}: {names:?}");
        for name in &names {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            assert!(name.bytes().all(plain) && name != "..", "{id:?} made {name:?}");
        }
        for up in ["a", "a/b", "a/b/c"] {
            assert_eq!(children(&job.path(up)).len(), 1, "{id:?} left something in {up}");
        }
    }
}

fn names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for path in children(folder) {
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            names.extend(names_below(&path));
        }
    }
    names
}

#[test]
fn hours_that_cannot_be_are_set_aside_one_by_one() {
    let wrong = [
        "NaN",
        "inf",
        "-inf",
        "1e400",
        "1e-400x",
        "1:60",
        "25h",
        "0x10",
        "1_000",
        "٣",
        "1.5.5",
        "- 1",
        "1e99999999999",
        "",
    ];
    let mut text = TIMESHEETS.to_owned();
    // Enough good rows beside them that the file itself is not in doubt.
    for row in 0..wrong.len() * 4 {
        let _ = writeln!(text, "G{row},2026-10-05,0,T1,");
    }
    for (row, hours) in wrong.iter().enumerate() {
        let _ = writeln!(text, "W{row},2026-10-05,{hours},T1,");
    }
    let results = Job::with("timesheets.csv", text).runs(1);
    let control = results.control();
    assert_eq!(control["dispositions"]["quarantined"]["rows"], wrong.len());
    // 25h can be read: it is counted, and it is too much for one entry.
    assert_eq!(control["unreadable_hours_rows"], wrong.len() - 1);
    assert_eq!(results.microseconds("quarantined"), 25 * HOUR);
    assert_eq!(results.microseconds("billed"), 7 * HOUR / 2);
}

#[test]
fn figures_at_the_limits_are_exact_or_refused() {
    let row = |qty: &str, price: &str, discount: &str| {
        format!("S9/1,S9,sale,C9,Pack,ordered_prepaid,Hours,{qty},{price},KWD,2026-10-02,{discount}\n")
    };
    let header = ORDERS.lines().next().unwrap().to_owned() + ",discount_pct\n";
    let run = |row: String, code: i32| {
        Job::with("orders.csv", header.clone() + ORDERS.lines().nth(1).unwrap() + ",\n" + &row).runs(code)
    };
    let results = run(row("1000000000", "1000000000", ""), 0);
    assert!(results.table("invoices").contains("1000000000000000000.000"), "{}", results.table("invoices"));
    let results = run(row("999999999.999999", "999999999.999999", "0.000001"), 0);
    // 999999999.999999^2 x 0.99999999, by hand.
    assert!(results.table("invoices").contains("999999989999998000.000"), "{}", results.table("invoices"));
    // Twice the figure: exact, or held with a finding; never another number.
    let ran = Job::with("orders.csv", header.clone() + &row("1000000000", "1000000000", "-100"));
    ran.write("timesheets.csv", TIMESHEETS.lines().next().unwrap());
    ran.write("tickets.csv", TICKETS.lines().next().unwrap());
    let code = ran.run(&[]).code;
    let results = published(&ran.path("out"));
    let exact = results.table("invoices").contains("2000000000000000000.000");
    let refused =
        results.table("findings").contains("amount-too-large") && results.table("invoices").lines().count() == 1;
    assert!((code == Some(0) && exact) || (code == Some(1) && refused), "{code:?}\n{}", results.table("invoices"));
    for (qty, price) in [("1000000000.000001", "1"), ("1", "1000000000.01"), ("0.0000001", "1")] {
        let job = Job::with("orders.csv", header.clone() + &row(qty, price, ""));
        job.write("timesheets.csv", TIMESHEETS.lines().next().unwrap());
        job.write("tickets.csv", TICKETS.lines().next().unwrap());
        assert!(job.runs(1).table("quarantine").contains("out-of-limits"));
    }
}

#[test]
fn one_customer_may_own_everything() {
    const ENTRIES: i64 = 150_000;
    let (mut entries, mut tickets) = (TIMESHEETS.lines().next().unwrap().to_owned() + "\n", TICKETS.to_owned());
    for row in 0..ENTRIES {
        let _ = writeln!(entries, "E{row},2026-10-{:02},0:20,K{},", 1 + row % 31, row % 20_000);
    }
    // Half of them name the time line, the others pick a pack that runs out at once.
    for ticket in 0..20_000 {
        let line = if ticket % 2 == 0 { "S1/1" } else { "" };
        let customer = if ticket % 2 == 0 { "C1" } else { "C2" };
        let _ = writeln!(tickets, "K{ticket},{customer},2026-10-{:02},{line}", 1 + ticket % 31);
    }
    let job = Job::with("timesheets.csv", entries);
    job.write("tickets.csv", tickets);
    let results = job.runs(0);
    let total = ENTRIES * HOUR / 3;
    assert_eq!(results.control()["read"]["microseconds"], total);
    assert_eq!(results.microseconds("billed"), total / 2);
    assert_eq!(results.microseconds("covered") + results.microseconds("unassigned"), total / 2);
    assert!(results.microseconds("unassigned") > 0);
    assert_eq!(results.table("invoice_entries").lines().count() as i64, ENTRIES / 2 + 1);
}

// Hostile times.

/// A job that takes a while, whose runs go where they are told.
fn slow_job(folder: &Path) {
    generate(&Options::new(60_000, 11, folder), &|_| {}).unwrap();
    assert!(folder.join("job.toml").exists());
}

fn into(out: &str) -> String {
    format!("output.dir={out}")
}

#[test]
fn two_runs_at_once_leave_one_whole_result() {
    let folder = tempfile::tempdir().unwrap();
    slow_job(folder.path());
    let alone = run(folder.path(), &["--set", &into("alone")]);
    assert!(matches!(alone.code, Some(0 | 1)), "{}", alone.said);
    for round in 0..4 {
        let set = into(&format!("both-{round}"));
        let children = [(); 3].map(|()| started(folder.path(), &["--set", &set]));
        let codes: Vec<Option<i32>> =
            children.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
        // One wins; the others are told, or find it done.
        assert!(codes.contains(&alone.code), "{codes:?}");
        assert!(codes.iter().all(|code| *code == alone.code || matches!(code, Some(0 | 5))), "{codes:?}");
        let out = folder.path().join(format!("both-{round}"));
        assert_eq!(published(&out), published(&folder.path().join("alone")));
        no_leftovers(&out);
    }
}

#[test]
fn a_run_that_is_killed_leaves_nothing_that_the_next_one_does_not_put_right() {
    let folder = tempfile::tempdir().unwrap();
    slow_job(folder.path());
    let began = Instant::now();
    let alone = run(folder.path(), &["--set", &into("alone")]);
    let takes = began.elapsed();
    let whole = published(&folder.path().join("alone"));
    let set = into("killed");
    let out = folder.path().join("killed");
    let mut killed = 0;
    for step in 0..24_u32 {
        let mut child = started(folder.path(), &["--set", &set]);
        // Spread over the whole run, the last part of it most of all: there it writes.
        let share = f64::from(step) / 23.0;
        std::thread::sleep(takes.mul_f64(share.sqrt() * 1.02).max(Duration::from_millis(1)));
        let _ = child.kill();
        killed += u32::from(child.wait_with_output().unwrap().status.code().is_none());
        // What stands there is whole, whenever the kill came.
        if children_or_none(&out).iter().any(|job| !children_or_none(&job.join("runs")).is_empty()) {
            assert_eq!(published(&out), whole);
            fs::remove_dir_all(&out).unwrap();
        }
    }
    assert!(killed >= 8, "only {killed} runs were killed");
    let after = run(folder.path(), &["--set", &set]);
    assert_eq!(after.code, alone.code, "{}", after.said);
    assert_eq!(published(&out), whole);
    no_leftovers(&out);
}

fn children_or_none(folder: &Path) -> Vec<PathBuf> {
    if folder.is_dir() { children(folder) } else { Vec::new() }
}

/// Nothing but runs, the name of the newest, the head of the ledger they stood on, and the lock.
fn no_leftovers(out: &Path) {
    for job in children(out) {
        let mut names: Vec<String> =
            children(&job).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names.retain(|name| name != "ledger-head.json");
        assert_eq!(names, [".lock", "latest", "runs"]);
        assert!(newest_run(&job).is_dir());
    }
}
