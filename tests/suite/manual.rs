//! What the README and docs/ledger.md tell people to type, typed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::cli::newest_run;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of the fenced blocks of a language below a heading, up to the next heading.
pub fn blocks(page: &str, heading: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let (_, section) = text.split_once(&format!("## {heading}\n")).unwrap_or_else(|| panic!("{page} has no {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let fence = format!("```{language}\n");
    section.split(&fence).skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// Words as a shell splits them: what stands in double quotes is one, what follows `#` is none.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap();
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(nth, part)| match nth % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

pub fn copy_of_jobs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for inside in ["jobs", "fixtures/month"] {
        fs::create_dir_all(folder.path().join(inside)).unwrap();
        for file in fs::read_dir(root().join(inside)).unwrap().map(|entry| entry.unwrap().path()) {
            if file.is_file() {
                fs::copy(&file, folder.path().join(inside).join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    folder
}

fn typed(folder: &Path, line: &str) -> Output {
    let words = words(line);
    assert_eq!(words[0], "hourbill", "{line}");
    Command::new(env!("CARGO_BIN_EXE_hourbill")).current_dir(folder).args(&words[1..]).output().unwrap()
}

#[test]
fn the_readme_bills_posts_and_credits_as_it_says() {
    let folder = copy_of_jobs();
    let block = blocks("README.md", "Review, adjust, post, credit", "sh").remove(0);
    let mut entries = Vec::new();
    for line in block.lines() {
        let output = typed(folder.path(), line);
        let looks = line.contains(" run ") || line.contains(" statement ");
        let attention = looks && output.status.code() == Some(1);
        assert!(output.status.success() || attention, "{line}: {}", String::from_utf8_lossy(&output.stderr));
        if line.contains(" run ") {
            let job = folder.path().join("jobs/out/with-ledger");
            let table = fs::read(newest_run(&job).join("invoice_entries.csv")).unwrap();
            let rows = csv::Reader::from_reader(table.as_slice()).into_deserialize::<BTreeMap<String, String>>();
            entries.push(
                rows.map(Result::unwrap)
                    .map(|row| (row["timesheet_id"].clone(), row["hours"].clone()))
                    .collect::<Vec<_>>(),
            );
        }
    }
    assert!(entries[0].len() > 100 && entries.len() == 2, "{}", entries[0].len());
    assert_eq!(entries[1], [("TS-20386".to_owned(), "1".to_owned())]);
}

/// A python with a module, or nothing: the reason is printed.
fn python(module: &str) -> Option<PathBuf> {
    let python = std::env::var_os("HOURBILL_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let has = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    let has = has.is_ok_and(|output| output.status.success());
    if !has {
        println!("skipped: no `{module}` for {}; HOURBILL_PYTHON names another python", python.display());
    }
    has.then_some(python)
}

/// The folder of a job with the ledger that the README makes.
fn posted() -> TempDir {
    let folder = copy_of_jobs();
    for line in blocks("README.md", "Review, adjust, post, credit", "sh").remove(0).lines() {
        typed(folder.path(), line);
    }
    // What a killed command left counts for nobody.
    let objects = folder.path().join("jobs/ledger/objects");
    for file in fs::read_dir(&objects).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>() {
        let name = file.file_name().unwrap().to_str().unwrap();
        let table = name.split('-').next().unwrap();
        fs::copy(&file, objects.join(format!("{table}-{}.parquet", "0".repeat(64)))).unwrap();
    }
    folder
}

fn asked(python: &Path, folder: &Path, program: &str) -> String {
    let output = Command::new(python).current_dir(folder.join("jobs")).args(["-c", program]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_ledger_is_read_with_duckdb_as_its_page_says() {
    let Some(python) = python("duckdb") else { return };
    let folder = posted();
    let queries = blocks("docs/ledger.md", "For a data team", "sql");
    assert_eq!(queries.len(), 2);
    let ask = |query: &str| {
        let program =
            format!("import duckdb\nfor row in duckdb.sql({query:?}).fetchall():\n    print(*row, sep=',')\n");
        asked(&python, folder.path(), &program)
    };
    let totals = ask(&queries[0]);
    assert!(totals.lines().count() > 8, "{totals}");
    let shown = typed(folder.path(), "hourbill ledger show jobs/with-ledger.toml --format json").stdout;
    let shown: serde_json::Value = serde_json::from_slice(&shown).unwrap();
    let documents = shown["documents"].as_array().unwrap().iter();
    let total: i64 = documents.map(|document| ten_thousandths(document["total_amount"].as_str().unwrap())).sum();
    assert_eq!(totals.lines().map(|line| ten_thousandths(line.rsplit(',').next().unwrap())).sum::<i64>(), total);
    let hours = ask(&queries[1]);
    assert!(hours.lines().any(|line| line == "TS-20386,1.5"), "{hours}");
}

/// An amount in 10^-4 of its currency.
fn ten_thousandths(text: &str) -> i64 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{rest:0<4}").parse().unwrap()
}

#[test]
fn the_ledger_is_read_with_polars_as_its_page_says() {
    let Some(python) = python("polars") else { return };
    let folder = posted();
    let program = blocks("docs/ledger.md", "For a data team", "python").remove(0);
    let program = program + "\nprint(closed.filter(pl.col('timesheet_id') == 'TS-20386')['hours_us'][0])\n";
    assert_eq!(asked(&python, folder.path(), &program).trim(), "5400000000");
}
