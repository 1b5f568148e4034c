//! `hourbill query`: the examples of docs/query.md on the month of the fixtures, and answers held against what run and ledger say themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::shop::Shop;

fn inside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn hourbill(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    command.current_dir(folder).args(words).output().unwrap()
}

/// The month of the fixtures, published with a ledger and the table of entries, and posted.
fn month() -> &'static Path {
    static MONTH: OnceLock<TempDir> = OnceLock::new();
    let folder = MONTH.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let job = fs::read_to_string(inside("jobs/month-end.toml")).unwrap();
        let fixtures = format!("\"{}/", inside("fixtures").display());
        let documents = job.lines().find(|line| line.starts_with("documents = ")).unwrap().to_owned();
        let job = job.replace("\"../fixtures/", &fixtures).replace(&documents, "entries = \"all\"");
        fs::write(folder.path().join("job.toml"), format!("{job}\n[ledger]\ndir = \"ledger\"\n")).unwrap();
        let ran = hourbill(folder.path(), &["run", "job.toml", "--quiet", "--as-of", "2026-11-02"]);
        assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
        let posted = hourbill(folder.path(), &["post", "job.toml", "--as-of", "2026-11-02", "--by", "ada"]);
        assert!(posted.status.success(), "{}", String::from_utf8_lossy(&posted.stderr));
        folder
    });
    folder.path()
}

/// What is told of a question: the answer, or why there is none.
fn asked(folder: &Path, sql: &str, more: &[&str]) -> (i32, String) {
    let words: Vec<&str> = ["query", "job.toml", sql].iter().chain(more).copied().collect();
    let output = hourbill(folder, &words);
    let told = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.code().unwrap_or(-1), String::from_utf8(told).unwrap())
}

fn csv(folder: &Path, sql: &str) -> String {
    let (code, told) = asked(folder, sql, &["--format", "csv"]);
    assert_eq!(code, 0, "{sql}\n{told}");
    told
}

fn json(folder: &Path, sql: &str) -> Vec<Value> {
    let (code, told) = asked(folder, sql, &["--format", "json"]);
    assert_eq!(code, 0, "{sql}\n{told}");
    serde_json::from_str(&told).unwrap()
}

/// The page with the answers that its questions have today.
fn answered(page: &str) -> String {
    let mut told = String::new();
    let mut parts = page.split("```sql\n");
    told.push_str(parts.next().unwrap());
    for part in parts {
        let (sql, behind) = part.split_once("```\n").unwrap();
        let behind = match behind.trim_start().strip_prefix("```text\n") {
            Some(old) => old.split_once("```\n").unwrap().1,
            None => behind,
        };
        let (code, answer) = asked(month(), sql, &[]);
        assert_eq!(code, 0, "{sql}\n{answer}");
        told.push_str(&format!("```sql\n{sql}```\n\n```text\n{answer}```\n{behind}"));
    }
    told
}

#[test]
fn the_examples_of_the_page_have_the_answers_that_stand_there() {
    let file = inside("docs/query.md");
    let page = fs::read_to_string(&file).unwrap();
    let told = answered(&page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &told).unwrap();
    } else {
        assert_eq!(page, told, "UPDATE_DOCS=1 writes the answers into docs/query.md");
    }
}

#[test]
fn hours_by_disposition_are_those_of_the_receipt() {
    let runs = month().join("out/month-end/runs");
    let run =
        fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.join("run.json").exists());
    let run: Value = serde_json::from_slice(&fs::read(run.unwrap().join("run.json")).unwrap()).unwrap();
    let dispositions = run["control"]["dispositions"].as_object().unwrap();
    let rows = json(
        month(),
        "SELECT disposition, COUNT(DISTINCT timesheet_id) AS n, SUM(hours_us) AS us, SUM(hours) AS hours FROM entries GROUP BY 1",
    );
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let of = &dispositions[row["disposition"].as_str().unwrap()];
        assert_eq!(row["us"].as_str().unwrap(), of["microseconds"].to_string().trim_matches('"'), "{row}");
    }
}

#[test]
fn money_of_the_ledger_is_what_the_ledger_says() {
    let shown = hourbill(month(), &["ledger", "show", "job.toml", "--format", "json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let mut of_documents: std::collections::BTreeMap<String, i128> = std::collections::BTreeMap::new();
    let scaled = |text: &str| {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{decimals:0<4}").parse::<i128>().unwrap()
    };
    for document in shown["documents"].as_array().unwrap() {
        let Some(total) = document["total"].as_str().or_else(|| document["total_amount"].as_str()) else { continue };
        *of_documents.entry(document["currency"].as_str().unwrap().to_owned()).or_default() += scaled(total);
    }
    let rows = json(
        month(),
        "SELECT currency, SUM(total_amount) AS total FROM documents WHERE currency IS NOT NULL GROUP BY currency",
    );
    let asked: std::collections::BTreeMap<String, i128> = rows
        .iter()
        .map(|row| (row["currency"].as_str().unwrap().to_owned(), scaled(row["total"].as_str().unwrap())))
        .collect();
    assert!(!asked.is_empty());
    assert_eq!(asked, of_documents);
}

#[test]
fn csv_and_parquet_tables_give_the_same_answers() {
    let question = "SELECT kind, SUM(quantity * unit_price) AS worth, AVG(hours) AS mean, MIN(period_from) AS first, COUNT(*) AS n FROM invoice_lines GROUP BY kind ORDER BY kind";
    let both = csv(month(), question);
    let folder = tempfile::tempdir().unwrap();
    let job = fs::read_to_string(month().join("job.toml")).unwrap();
    let job = job
        .replace("tables = [\"csv\", \"parquet\"]", "tables = [\"csv\"]")
        .replace("\n[ledger]\ndir = \"ledger\"\n", "\n");
    fs::write(folder.path().join("job.toml"), job).unwrap();
    let ran = hourbill(folder.path(), &["run", "job.toml", "--quiet"]);
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(csv(folder.path(), question), both);
}

/// A run of one line whose hours and price are as large as they may be.
fn large() -> Shop {
    let mut shop = Shop::with_lines(&["L1"]);
    for entry in 0..3 {
        shop.enter(&format!("T{entry}"), "2026-10-05", "0.1", "L1");
    }
    shop.enter("T4", "2026-10-06", "0.2", "L1");
    shop.export();
    let ran = shop.command(&["run", "job.toml", "--period", "2026-10"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    shop
}

#[test]
fn figures_are_exact_and_what_is_too_large_is_an_error() {
    let shop = large();
    let folder = shop.path("");
    let one = |sql: &str| {
        let told = csv(&folder, sql);
        told.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(one("SELECT SUM(hours) FROM invoice_entries"), "0.5");
    assert_eq!(one("SELECT SUM(hours) * 1.1 FROM invoice_entries"), "0.55");
    assert_eq!(one("SELECT SUM(hours * 0.1) FROM invoice_entries"), "0.05");
    assert_eq!(one("SELECT AVG(hours) FROM invoice_entries"), "0.125");
    assert_eq!(one("SELECT AVG(hours) FROM invoice_entries WHERE hours > 5"), "\"\"");
    assert_eq!(one("SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM invoice_entries)"), "4");
    assert_eq!(one("SELECT COUNT(*) FROM invoice_entries"), "4");
    assert_eq!(one("SELECT SUM(CASE WHEN hours > 0.15 THEN 1 ELSE 0 END) FROM invoice_entries"), "1");
    assert_eq!(one("SELECT COUNT(*) FROM invoice_entries WHERE date >= '2026-10-06'"), "1");
    assert_eq!(
        one(
            "SELECT SUM(hours) OVER (ORDER BY timesheet_id) AS so_far FROM invoice_entries ORDER BY timesheet_id DESC LIMIT 1"
        ),
        "0.5"
    );
}

#[test]
fn a_question_that_cannot_be_answered_says_why() {
    let shop = large();
    let folder = shop.path("");
    let cases: [(&str, &str); 12] = [
        ("", "no question"),
        ("PLEASE 1", "PLEASE"),
        ("SELECT * FROM invoices; SELECT 1", "one question"),
        ("DROP TABLE invoices", "only questions"),
        ("SELECT * FROM nowhere", "no table `nowhere`"),
        ("SELECT nothing FROM invoices", "nothing"),
        ("SELECT CAST(hours AS DOUBLE) FROM invoice_entries", "floating-point"),
        ("SELECT SUM(hours::float8) FROM invoice_entries", "floating-point"),
        ("SELECT 123456789012345.5 FROM invoice_entries", "14 digits"),
        ("SELECT SUM(hours * 99999999999999.0 * 99999999999999.0) FROM invoice_entries", "overflow"),
        // Three times 2^62 would wrap around.
        ("SELECT SUM(line_no * 4611686018427387904) FROM invoice_entries", "conversion"),
        ("SELECT * FROM read_csv('job.toml')", "read_csv"),
    ];
    for (sql, why) in cases {
        let (code, told) = asked(&folder, sql, &[]);
        assert_eq!(code, 2, "{sql}: {told}");
        assert!(told.contains(why), "{sql}: {told}");
    }
}

#[test]
fn tables_are_held_against_their_hash() {
    let shop = large();
    let folder = shop.path("");
    let runs = folder.join("out/shop/runs");
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    let table = run.join("tables/invoice_entries.csv");
    let table = if table.exists() { table } else { run.join("invoice_entries.csv") };
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("0.2", "0.3")).unwrap();
    let (code, told) = asked(&folder, "SELECT SUM(hours) FROM invoice_entries", &[]);
    assert_eq!(code, 5, "{told}");
    assert!(told.contains("run-altered"), "{told}");
    let (code, _) = asked(&folder, "SELECT COUNT(*) FROM invoices", &[]);
    assert_eq!(code, 0, "what was not altered answers");
}

/// What the list says of each table: its rows and its columns.
fn listed(folder: &Path) -> Vec<(String, u64, Vec<String>)> {
    let output = hourbill(folder, &["query", "job.toml", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let table = |of: &Value| {
        let columns = of["columns"].as_array().unwrap().iter().map(|column| text(&column["name"]));
        (text(&of["table"]), of["rows"].as_u64().unwrap(), columns.collect())
    };
    listed["tables"].as_array().unwrap().iter().map(table).collect()
}

/// The header of an answer.
fn header(folder: &Path, table: &str) -> Vec<String> {
    let answer = csv(folder, &format!("SELECT * FROM {table}"));
    csv::Reader::from_reader(answer.as_bytes()).headers().unwrap().iter().map(str::to_owned).collect()
}

#[test]
fn a_list_of_tables_names_their_columns_without_reading_their_rows() {
    for form in ["csv", "parquet"] {
        let mut shop = Shop::with_lines(&["A"]);
        shop.tables = form.to_owned();
        shop.enter("e1", "2026-10-05", "2", "A");
        let run = shop.run(&["--all"]);
        shop.act(&["post"]);
        let folder = shop.path("");
        let before = listed(&folder);
        for (table, rows, columns) in &before {
            assert_eq!(&header(&folder, table), columns, "{form} {table}");
            let told = csv(&folder, &format!("SELECT COUNT(*) AS n FROM {table}"));
            assert_eq!(told, format!("n\n{rows}\n"), "{form} {table}");
        }
        // Rows that were altered are asked about by nobody here; who asks about them is refused.
        let file = run.folder.join(format!("invoice_lines.{form}"));
        let mut bytes = fs::read(&file).unwrap();
        let at = if form == "csv" { bytes.len() - 2 } else { 8 };
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert_eq!(listed(&folder), before, "{form}");
        assert_eq!(asked(&folder, "SELECT COUNT(*) FROM invoice_lines", &[]).0, 5, "{form}");
    }
}

#[test]
fn a_ledger_in_which_nothing_stands_has_tables_of_no_rows() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.run(&["--all"]);
    let folder = shop.path("");
    let empty: Vec<_> = listed(&folder).into_iter().filter(|(_, rows, _)| *rows == 0).collect();
    for table in
        ["documents", "lines", "portions", "invoices", "files", "closed_entries", "closed_packs", "closed_movements"]
    {
        let name = if table == "invoices" { "ledger_invoices" } else { table };
        let (_, _, columns) =
            empty.iter().find(|(known, ..)| known == name).unwrap_or_else(|| panic!("{table}: {empty:?}"));
        assert_eq!(&header(&folder, &format!("ledger_{table}")), columns);
        assert_eq!(csv(&folder, &format!("SELECT COUNT(*) AS n FROM ledger_{table}")), "n\n0\n");
    }
    let told = csv(
        &folder,
        "SELECT i.invoice_id, SUM(d.total_amount) AS posted FROM invoices AS i LEFT JOIN documents AS d ON d.document_id = i.invoice_id GROUP BY i.invoice_id",
    );
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.starts_with("invoice_id,posted\nD-open-C1-EUR,"), "{told}");
    // Columns that came later are there in tables of objects that do not have them.
    shop.bill(&["--all"]);
    assert_eq!(csv(&folder, "SELECT COUNT(uplift_us) AS n, COUNT(*) AS lines FROM lines"), "n,lines\n0,1\n");
}

#[test]
fn the_environment_changes_no_answer_and_tables_are_listed() {
    let shop = large();
    let folder = shop.path("");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    let command = command.current_dir(&folder).args([
        "query",
        "job.toml",
        "SELECT COUNT(*) AS n FROM invoice_entries",
        "--format",
        "csv",
    ]);
    let output = command.env("POLARS_MAX_THREADS", "none").env("POLARS_VERBOSE", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((String::from_utf8(output.stdout).unwrap().as_str(), output.stderr.len()), ("n\n4\n", 0));
    let listed = hourbill(&folder, &["query", "job.toml", "--format", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let named =
        listed["tables"].as_array().unwrap().iter().map(|table| table["table"].as_str().unwrap()).collect::<Vec<_>>();
    assert!(named.contains(&"invoice_entries") && named.contains(&"order_lines"), "{named:?}");
}
