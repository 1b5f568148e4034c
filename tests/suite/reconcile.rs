//! Figures of an ERP against the run and its ledger: nothing invented where both agree, each planted difference found with its cause.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const FOLDER: &str = "fixtures/reconcile";

fn hourbill(folder: &Path, words: &str) -> Output {
    let words: Vec<&str> = words.split_whitespace().collect();
    Command::new(env!("CARGO_BIN_EXE_hourbill")).args(words).current_dir(folder).output().unwrap()
}

fn ends(output: &Output, code: i32) {
    let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{shown}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

/// The month, billed and posted.
fn posted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER), folder.path());
    ends(&hourbill(folder.path(), "run job.toml --as-of 2026-11-02"), 0);
    ends(&hourbill(folder.path(), "post job.toml --as-of 2026-11-02 --by finance"), 0);
    folder
}

const PLANTED: &str = "--input orders=planted/orders.csv --input tickets=planted/tickets.csv \
                       --input timesheets=planted/timesheets.csv --input erp_invoices=planted/erp_invoices.csv";

#[test]
fn what_agrees_has_no_difference() {
    let folder = posted();
    let reconciled = hourbill(folder.path(), "reconcile job.toml --format json");
    ends(&reconciled, 0);
    let told: Value = serde_json::from_slice(&reconciled.stdout).unwrap();
    assert_eq!(told["differences"], 0);
    assert!(told["compared"].as_u64().unwrap() > 90, "{}", told["compared"]);
}

#[test]
fn every_planted_difference_is_found_with_its_cause() {
    let folder = posted();
    let credit =
        "credit job.toml D-2026-10-C4-EUR --entry H07=1 --rebill --reason agreed --by finance --as-of 2026-11-03";
    ends(&hourbill(folder.path(), credit), 0);
    let reconciled = hourbill(folder.path(), &format!("reconcile job.toml --format json {PLANTED}"));
    ends(&reconciled, 1);
    let told: Value = serde_json::from_slice(&reconciled.stdout).unwrap();
    let cell = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
    let differing = told["figures"].as_array().unwrap().iter().filter(|row| !cell(row, "cause").is_empty());
    let columns = ["subject", "id", "order_line_id", "figure", "cause"];
    let found: Vec<String> = differing.map(|row| columns.map(|column| cell(row, column)).join(",")).collect();
    let expected = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("expected.csv")).unwrap();
    let found = format!("{}\n{}\n", columns.join(","), found.join("\n"));
    assert_eq!(found, expected, "{found}");
}

#[test]
fn lines_that_differ_wait_when_the_job_says_so() {
    let folder = posted();
    let run = |more: &str| {
        let ran = hourbill(
            folder.path(),
            &format!("run job.toml --dry-run --set rules.late_entries=bill -v {PLANTED} {more}"),
        );
        ends(&ran, 1);
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let warned = run("");
    assert!(!warned.contains("reconciliation-mismatch") && warned.contains("\n  EUR        1  100.00"), "{warned}");
    let held = run("--set rules.on_mismatch=hold");
    assert!(held.contains("nothing to bill") && crate::cli::flat(&held).contains("1 order line waiting"), "{held}");
    // Of its delivered quantity and of its ticket, and of no line that has nothing to bill.
    assert!(held.contains("(reconciliation-mismatch, warning)\n    `B/1` is held"), "{held}");
    assert!(held.contains("cause: late entry"), "{held}");
}

#[test]
fn invoices_of_the_erp_need_a_ledger_to_be_held_against() {
    let folder = posted();
    let job = fs::read_to_string(folder.path().join("job.toml")).unwrap();
    let (without, _) = job.split_once("[ledger]").unwrap();
    fs::write(folder.path().join("job.toml"), without).unwrap();
    // Elsewhere: among runs that name a ledger a job without one is refused (G11).
    let run = hourbill(folder.path(), "run job.toml --dry-run --format json --set output.dir=elsewhere");
    assert!(String::from_utf8_lossy(&run.stdout).contains("erp-invoices-unused"));
}

#[test]
fn control_totals_from_outside_stop_a_run_before_it_starts() {
    let folder = posted();
    let run = |more: &str| hourbill(folder.path(), &format!("run job.toml --dry-run {more}"));
    ends(&run("--expect timesheets.rows=26,timesheets.hours=64.33 --expect orders.rows=17"), 0);
    for wrong in ["timesheets.rows=27", "timesheets.hours=64.34", "tickets.rows=1"] {
        let refused = run(&format!("--expect {wrong}"));
        ends(&refused, 3);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("control-total"), "{wrong}");
    }
    ends(&run("--expect timesheets.sum=1"), 2);
    let sidecar = |text: &str| fs::write(folder.path().join("timesheets.csv.control.json"), text).unwrap();
    sidecar(r#"{"rows": 26, "hours": "64.33"}"#);
    ends(&run(""), 0);
    // A pattern that matches the sidecar too does not take it for an export.
    ends(&run("--input timesheets=timesheets*"), 0);
    sidecar(r#"{"rows": 26, "hours": 64.35}"#);
    let refused = run("");
    ends(&refused, 3);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("timesheets.csv.control.json") && told.contains("64.35"), "{told}");
    sidecar(r#"{"row": 26}"#);
    let refused = run("");
    ends(&refused, 3);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("bad-control-file"));
}
