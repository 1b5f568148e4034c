//! The month of a company that sells blocks of hours (`jobs/blocks.toml`): waterfall, minimums and bounds together, as they were worked out
//! and looked at by people.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

type Row = BTreeMap<String, String>;

fn inside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn rows(file: &Path) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_path(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let headers = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (headers, reader.deserialize().map(Result::unwrap).collect())
}

/// Runs the month; the folder of the run.
fn run(out: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO_BIN_EXE_hourbill"))
        .arg("run")
        .arg(inside("jobs/blocks.toml"))
        .args(["--as-of", "2026-11-02", "--format", "json", "--set"])
        .arg(format!("output.dir={}", out.display()))
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(told["folder"].as_str().unwrap())
}

#[test]
fn the_month_of_blocks_comes_out_as_it_was_worked_out() {
    let out = tempfile::tempdir().unwrap();
    let folder = run(out.path());
    let job = fs::read_to_string(inside("jobs/blocks.toml")).unwrap();
    for entry in fs::read_dir(inside("fixtures/blocks")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        assert!(name == "expected" || job.contains(&name), "the job does not read {name}");
    }
    let mut held = 0;
    for entry in fs::read_dir(inside("fixtures/blocks/expected")).unwrap() {
        let file = entry.unwrap().path();
        let (columns, expected) = rows(&file);
        let (_, found) = rows(&folder.join(file.file_name().unwrap()));
        let found: Vec<Row> = found
            .into_iter()
            .map(|row| row.into_iter().filter(|(column, _)| columns.contains(column)).collect())
            .collect();
        assert_eq!(found, expected, "{}", file.display());
        held += expected.len();
    }
    assert!(held > 50, "{held} rows are held");
}

#[test]
fn documents_and_page_of_the_month_of_blocks_say_what_became_of_packs() {
    let out = tempfile::tempdir().unwrap();
    let folder = run(out.path());
    let invoice = |id: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(folder.join("invoices").join(id).join("invoice.json")).unwrap()).unwrap()
    };
    // M4: 7 hours are billed of 6.5 that were worked.
    let line = &invoice("D-2026-10-K300-EUR")["lines"][0];
    assert_eq!((line["hours"].as_str(), line["uplift_hours"].as_str()), (Some("6.5"), Some("0.5")), "{line}");
    let lines = &invoice("D-2026-10-K200-EUR")["lines"];
    assert!(lines[0]["uplift_hours"].is_null(), "{lines}");
    // W5: bought less used is left or expired.
    let prepaid = &invoice("D-2026-10-K200-EUR")["prepaid"];
    let expired: Vec<&str> =
        prepaid.as_array().unwrap().iter().map(|of| of["expired_hours"].as_str().unwrap_or_default()).collect();
    assert_eq!(expired.iter().filter(|hours| **hours == "3.5").count(), 1, "{prepaid}");
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("B200/1") && page.contains("expired"), "the page tells nothing of what expired");
}
