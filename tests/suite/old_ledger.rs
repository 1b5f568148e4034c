//! Ledgers of the first two formats, `fixtures/ledger-1` and `fixtures/ledger-2`, are read, verified and gone on with for ever; one of an
//! unknown format is refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::crash::NUMBERED;

/// A copy of the job with the old ledger.
struct Old(TempDir);

impl Old {
    fn new() -> Old {
        Old::of("fixtures/ledger-1")
    }

    fn of(fixture: &str) -> Old {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture), folder.path());
        Old(folder)
    }

    fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
        command.current_dir(self.0.path()).args(words).args(["--format", "json"]);
        command.output().unwrap()
    }

    fn said(&self, words: &[&str]) -> Value {
        serde_json::from_slice(&self.command(words).stdout).unwrap()
    }

    fn column(&self, run: &Value, table: &str, column: &str) -> Vec<String> {
        let file = self.0.path().join(run["folder"].as_str().unwrap()).join(format!("{table}.csv"));
        let mut reader = csv::Reader::from_path(file).unwrap();
        let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
        reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).unwrap();
        }
    }
}

#[test]
fn a_ledger_of_the_first_format_is_read_verified_and_gone_on_with() {
    let old = Old::new();
    assert_eq!(old.command(&["ledger", "verify", "job.toml"]).status.code(), Some(0));
    // Nothing is left to bill: 5 h and 3 h on A, one of them written off.
    assert!(
        old.column(&old.said(&["run", "job.toml", "--all", "--as-of", "2026-11-02"]), "invoice_lines", "order_line_id")
            .is_empty()
    );
    // Who worked is not known: hours and dates tell what resembles billed work (G5). What is edited is given back (G7).
    let rows = "e1,2026-10-05,4,Ada,A,Fix\nx2,2026-10-06,3,Carl,A,Other\ne3,2026-10-07,2,Bob,P,Call\n";
    let header = "timesheet_id,date,hours,employee,order_line_id,description\n";
    fs::write(old.0.path().join("in/timesheets.csv"), format!("{header}{rows}")).unwrap();
    let run = old.said(&["run", "job.toml", "--all", "--as-of", "2026-11-02"]);
    assert_eq!(old.column(&run, "invoices", "kind"), ["credit_note"]);
    assert_eq!(old.column(&run, "invoices", "total_amount"), ["107.10"]);
    assert_eq!(old.column(&run, "unbilled", "timesheet_id"), ["x2"]);
    assert_eq!(old.column(&run, "unbilled", "reason"), ["resembles a billed entry"]);
    assert_eq!(old.command(&["post", "job.toml", "--by", "ada", "--as-of", "2026-11-02"]).status.code(), Some(0));
    assert_eq!(old.command(&["ledger", "verify", "job.toml"]).status.code(), Some(0));
    // The entries of both formats stand side by side.
    let formats = ["0000000002", "0000000003"].map(|entry| {
        let entry = fs::read(old.0.path().join(format!("ledger/log/{entry}.json"))).unwrap();
        serde_json::from_slice::<Value>(&entry).unwrap()["format"].as_str().unwrap().to_owned()
    });
    assert_eq!(formats, ["hourbill-ledger-1", "hourbill-ledger-3"]);
}

#[test]
fn what_was_posted_before_documents_were_kept_is_credited_without_one_and_what_follows_is_numbered() {
    let old = Old::of("fixtures/ledger-2");
    assert_eq!(old.command(&["ledger", "verify", "job.toml"]).status.code(), Some(0));
    let job = fs::read_to_string(old.0.path().join("job.toml")).unwrap();
    let job = job.replace("dir = \"out\"\n", "dir = \"out\"\ndocuments = [\"json\"]\n");
    fs::write(old.0.path().join("job.toml"), job + NUMBERED).unwrap();
    let signed = ["--by", "ada", "--as-of", "2026-11-02", "--reason", "x"];
    let credit = ["credit", "job.toml", "D-open-C1-EUR", "--entry", "e2=1", "--rebill"];
    let told = old.said(&credit.into_iter().chain(signed).collect::<Vec<_>>());
    assert!(told["documents"][0]["number"].is_null());
    assert!(told["notes"].to_string().contains("was posted before its document was kept"), "{told}");
    assert!(!old.0.path().join("out/case/posted").exists());
    old.said(&["run", "job.toml", "--all", "--as-of", "2026-11-02"]);
    let told = old.said(&["post", "job.toml", "--by", "ada", "--as-of", "2026-11-02"]);
    assert_eq!(told["documents"][0]["number"], "F001");
    assert!(old.0.path().join("out/case/posted/F001/invoice.json").exists());
    assert_eq!(old.command(&["ledger", "verify", "job.toml"]).status.code(), Some(0));
}

#[test]
fn a_ledger_of_an_unknown_format_is_refused_and_not_called_damaged() {
    let old = Old::new();
    let entry = old.0.path().join("ledger/log/0000000002.json");
    let newer = fs::read_to_string(&entry).unwrap().replace("hourbill-ledger-1", "hourbill-ledger-9");
    fs::write(&entry, newer.replace("\"totals\"", "\"more\": 1,\n  \"totals\"")).unwrap();
    for words in [&["run", "job.toml"] as &[&str], &["ledger", "verify", "job.toml"], &["ledger", "show", "job.toml"]] {
        let refused = old.command(words);
        let told = String::from_utf8_lossy(&refused.stdout).into_owned() + &String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(4), "{told}");
        assert!(told.contains("ledger-format") && told.contains("hourbill-ledger-9"), "{told}");
        assert!(!told.contains("backup"), "{told}");
    }
}
