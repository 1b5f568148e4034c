//! What this version wrote, older versions wrote, and newer ones will have written: the format of each file of ours, changed up and down.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::{Job, Ran};
use crate::went_back::{post, with_ledger};

const READERS: [&str; 3] = ["run job.toml", "run job.toml --dry-run", "post job.toml"];

fn published() -> (Job, PathBuf) {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    let folder = job.run_folder();
    (job, folder)
}

/// Changes a `run.json` and seals it anew, as a person would who knows how.
fn edit(folder: &std::path::Path, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let mut told: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    change(told.as_object_mut().unwrap());
    let bytes = serde_json::to_vec_pretty(&told).unwrap();
    fs::write(folder.join("run.json.blake3"), format!("{}  run.json\n", blake3::hash(&bytes).to_hex())).unwrap();
    fs::write(folder.join("run.json"), bytes).unwrap();
}

/// Refused without any change, and the words say what and by what it is read.
#[track_caller]
fn refused(job: &Job, words: &str, code: i32, wants: &[&str]) {
    let before = job.listing();
    let Ran { err, .. } = job.run(words).ends(code);
    for wanted in wants {
        assert!(err.contains(wanted), "{words}: {wanted} in {err}");
    }
    assert!(job.listing() == before, "{words}");
}

#[test]
fn a_run_of_a_newer_format_is_refused_by_every_reader() {
    let (job, folder) = published();
    // As long as nothing is noted of it: a newer version may note it in words that this one reads.
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    edit(&folder, |run| {
        run.insert("format".to_owned(), "hourbill-run-9".into());
        run.insert("version".to_owned(), "8.1.0".into());
        run.remove("tables");
    });
    let run = folder.file_name().unwrap().to_str().unwrap();
    let diff = format!("diff job.toml {run} {run}");
    for words in READERS.into_iter().chain([diff.as_str(), "ledger verify job.toml"]) {
        refused(&job, words, 5, &["error[run-format]", run, "hourbill-run-9", "hourbill 8.1.0"]);
    }
}

#[test]
fn whoever_needs_what_a_newer_run_says_refuses_and_who_does_not_goes_on() {
    let (job, folder) = published();
    post(&job);
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    edit(&folder, |run| {
        run.insert("format".to_owned(), "hourbill-run-9".into());
        run.insert("version".to_owned(), "8.1.0".into());
    });
    job.write("adjustments.csv", "action,target,value,reason\nhold,ticket:T9,,who knows it\n");
    let asks = "--set inputs.adjustments=adjustments.csv";
    for words in [
        "credit job.toml D-2026-10-C1-EUR --entry H1 --write-off --reason agreed",
        "void job.toml D-2026-10-C1-EUR --reason agreed",
        "ledger open job.toml --before 2026-09-01",
        "ledger restart job.toml --reason agreed",
        // Whether an earlier run knew the ticket.
        &format!("explain job.toml H1 {asks}"),
        &format!("hours job.toml {asks}"),
        &format!("leaks job.toml {asks}"),
        &format!("reconcile job.toml {asks}"),
    ] {
        refused(&job, words, 5, &["error[run-format]", "hourbill-run-9", "hourbill 8.1.0"]);
    }
    let looks = ["check job.toml", "explain job.toml H1", "hours job.toml", "leaks job.toml", "ledger show job.toml"];
    for words in looks {
        job.run(words).ends(0);
    }
}

#[test]
fn a_table_of_an_earlier_run_that_was_altered_knows_nothing() {
    for tables in ["csv", "parquet"] {
        let job = with_ledger();
        let words = format!("run job.toml --set output.tables={tables}");
        job.run(&words).ends(0);
        let folder = job.run_folder();
        let rows = fs::read_to_string(job.path("timesheets.csv")).unwrap();
        job.write(
            "timesheets.csv",
            &rows.lines().filter(|row| !row.starts_with("H2")).fold(String::new(), |all, row| all + row + "\n"),
        );
        job.write("adjustments.csv", "action,target,value,reason\nhold,entry:H2,,wait\n");
        let look = || job.run(&format!("{words} --dry-run --set inputs.adjustments=adjustments.csv"));
        let is_known = |ran: &Ran| !ran.out.contains("adjustment-unmatched");
        let ran = look();
        assert!(is_known(&ran), "{tables}: {}{}", ran.out, ran.err);
        // They can be read as before, and are not what was published.
        for file in fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|ending| ending == tables) {
                let mut bytes = fs::read(&file).unwrap();
                match bytes.windows(8).rposition(|name| name == b"hourbill") {
                    Some(writer) if tables == "parquet" => bytes[writer + 7] = b'k',
                    _ => bytes.push(b'\n'),
                }
                fs::write(&file, bytes).unwrap();
            }
        }
        let ran = look();
        assert!(matches!(ran.code, 0 | 1) && !is_known(&ran), "{tables}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_run_of_the_first_format_is_read_and_posted() {
    let (job, folder) = published();
    edit(&folder, |run| assert_eq!(run.remove("format"), Some("hourbill-run-2".into())));
    let run = folder.file_name().unwrap().to_str().unwrap();
    job.run(&format!("diff job.toml {run} {run}")).ends(0);
    let again = job.run("run job.toml --format json").ends(0).json();
    assert_eq!(again["status"], "already_published");
    assert_eq!(post(&job)["status"], "done");
    assert_eq!(job.run("ledger verify job.toml --format json").ends(0).json()["posts_held"], 1);
}

#[test]
fn a_run_is_not_posted_by_an_older_version_nor_with_what_nobody_knows() {
    for (key, value, wants) in [
        ("version", json!("9.9.9"), ["9.9.9", "or a newer one"]),
        ("version", json!("next"), ["next", "or a newer one"]),
        ("dunning", json!([]), ["`dunning`", "run the job again"]),
    ] {
        let (job, folder) = published();
        edit(&folder, |run| drop(run.insert(key.to_owned(), value)));
        for words in ["post job.toml", "post job.toml --dry-run"] {
            refused(&job, words, 5, &["error[run-format]", wants[0], wants[1]]);
        }
    }
    // An older version of the same format, and a nested key that nobody knows.
    let (job, folder) = published();
    edit(&folder, |run| drop(run.insert("version".to_owned(), "0.0.1".into())));
    post(&job);
    let (job, folder) = published();
    edit(&folder, |run| drop(run["ledger"].as_object_mut().unwrap().insert("branch".to_owned(), "b".into())));
    refused(&job, "post job.toml", 5, &["run.json", "was altered"]);
}

#[test]
fn what_is_noted_by_a_newer_version_is_not_called_a_ledger_that_went_back() {
    let (job, _) = published();
    let file = job.path("out/job/ledger-head.json");
    let noted = fs::read_to_string(&file).unwrap();
    fs::write(&file, noted.replace("hourbill-head-1", "hourbill-head-2")).unwrap();
    for words in READERS {
        refused(&job, words, 5, &["error[head-format]", "hourbill-head-2", "ledger-head.json"]);
    }
    for other in ["hourbill-head-0", "head"] {
        fs::write(&file, noted.replace("hourbill-head-1", other)).unwrap();
        refused(&job, "run job.toml", 4, &["error[ledger-went-back]", "ledger-head.json"]);
    }
}

#[test]
fn a_ledger_of_a_newer_format_is_refused_and_one_of_no_format_is_damaged() {
    let (job, _) = published();
    post(&job);
    let file = job.path("ledger/log/0000000001.json");
    let entry = fs::read_to_string(&file).unwrap();
    let explain = "explain job.toml H1";
    for (format, code) in [("hourbill-ledger-5", "ledger-format"), ("hourbill-ledger-0", "ledger-damaged")] {
        fs::write(&file, entry.replace("hourbill-ledger-3", format)).unwrap();
        for words in READERS.into_iter().chain([explain, "ledger verify job.toml", "ledger show job.toml"]) {
            refused(&job, words, 4, &[&format!("error[{code}]"), format]);
        }
        if code == "ledger-format" {
            refused(&job, "run job.toml", 4, &["up to `hourbill-ledger-4`", "or a newer one"]);
        }
    }
}
