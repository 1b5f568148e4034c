//! What a command ends with when something outside of it fails, and what it says then.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::{Job, Ran, hourbill};
use crate::shop::{BLANK, Shop};

#[test]
fn data_that_a_full_disk_loses_is_an_error_and_a_reader_that_has_gone_is_none() {
    let job = Job::new();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for (words, code) in [
        ("hours job.toml --format json", 6),
        ("check job.toml", 6),
        ("run job.toml --dry-run", 6),
        ("--help", 6),
        ("run job.toml", 1),
    ] {
        let child = job.command(words).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap()).ends(code);
        assert!(ran.err.contains("cannot-write") && ran.err.contains("stdout"), "{words}: {}", ran.err);
    }
    // The run was published all the same.
    job.run("run job.toml").ends(0);
    assert!(job.run_folder().is_dir());
    // What was wrong before counts.
    let child = job.command("run job.toml --strict --set a=b").stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    Ran::of(child.wait_with_output().unwrap()).ends(2);
}

#[test]
fn mistakes_on_the_command_line_are_told_in_the_form_that_was_asked_for() {
    for words in [
        "run --format json",
        "run job.toml --format=json --threads 0",
        "--format json run job.toml --period 2026-99",
        "explain --format json",
        "--format json",
        "void job.toml D --format json --reason ",
        "run job.toml --format json --no-such-flag",
    ] {
        let ran = Ran::of(hourbill().args(words.split(' ')).output().unwrap()).ends(2);
        assert_eq!(ran.err.lines().count(), 1, "{words}: {}", ran.err);
        let told: Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(told["exit_code"], 2, "{words}");
        let message = told["errors"][0]["message"].as_str().unwrap();
        assert!(told["errors"][0]["code"] == "usage" && !message.is_empty(), "{words}: {told}");
        assert!(!message.starts_with("error") && !message.contains("Usage:"), "{words}: {message}");
    }
    let ran = Ran::of(hourbill().args(["run", "job.toml", "--threads", "0"]).output().unwrap()).ends(2);
    assert!(ran.err.starts_with("error: ") && ran.err.contains("--help"), "{}", ran.err);
}

#[test]
fn a_change_of_the_ledger_needs_a_reason_of_a_word_at_least() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.bill(BLANK);
    for reason in ["", "  "] {
        let (code, why) = shop.refused(&["void", "D-open-C1-EUR", "--reason", reason]);
        assert!(code == 2 && why.contains("say why"), "{code} {why}");
        let (code, _) = shop.refused(&["credit", "D-open-C1-EUR", "--entry", "e1", "--rebill", "--reason", reason]);
        assert_eq!(code, 2);
    }
    assert_eq!(shop.show(&[])["documents"].as_array().unwrap().len(), 1);
}

#[test]
fn a_run_that_was_altered_is_published_anew_and_can_be_posted() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    let first = shop.run(BLANK);
    let folder = first.folder.clone();
    let names = ["invoice_lines.csv", "invoices.csv", "run.json", "run.json.blake3", "posting-lines-0001.parquet"];
    let bytes = names.map(|name| fs::read(folder.join(name)).unwrap());
    let aside = |nth: usize| folder.ancestors().nth(2).unwrap().join(format!("altered-{}-{nth}", first.id()));
    for (nth, name) in (1..).zip(names) {
        if nth % 2 == 0 {
            fs::remove_file(folder.join(name)).unwrap();
        } else {
            let mut altered = fs::read(folder.join(name)).unwrap();
            altered.push(b' ');
            fs::write(folder.join(name), altered).unwrap();
        }
        let (code, why) = shop.refused(&["post"]);
        assert!(code == 5 && why.contains("hourbill run"), "{name}: {code} {why}");
        let again = shop.command(&["run", "job.toml", "--all"]);
        assert_eq!(again.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&again.stderr));
        let told: Value = serde_json::from_slice(&again.stdout).unwrap();
        assert_eq!((&told["status"], &told["run_id"]), (&"published".into(), &first.id().into()));
        assert!(!told["altered_before"]["file"].is_null(), "{name}: {told}");
        assert_eq!(names.map(|name| fs::read(folder.join(name)).unwrap()), bytes, "{name}");
        assert_eq!(aside(nth).join(name).exists(), nth % 2 == 1, "what stood there is kept");
        let third = shop.command(&["run", "job.toml", "--all"]);
        let told: Value = serde_json::from_slice(&third.stdout).unwrap();
        assert_eq!((&told["status"], &told["altered_before"]), (&"already_published".into(), &Value::Null));
    }
    assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1, "what is kept stands among the runs");
    assert_eq!(shop.act(&["post"])["status"], "done");
    shop.verify();
}

#[test]
fn rows_of_the_credits_input_that_cannot_be_read_are_told_with_their_place() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.bill(BLANK);
    shop.credits.push("D-open-C1-EUR,,A,,,rebill,no hours,,".to_owned());
    shop.credits.push("D-open-C1-EUR,e1,,2,,rebill,agreed,,".to_owned());
    shop.export();
    let words = ["credit", "job.toml", "--from-input", "--by", "ada"];
    let ran = shop.look(&words);
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&ran.stdout).lines().last(), Some("1 of 2 credits made, 0 were made before"));
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(told.contains("credits.csv:1, line 2") && told.contains("hours") && told.contains("hint:"), "{told}");
    let ran = shop.command(&words);
    let told: Value = serde_json::from_slice(&ran.stderr).unwrap();
    assert_eq!((ran.status.code(), told["errors"].as_array().unwrap().len()), (Some(1), 1));
}

/// Names of the files of a folder, sorted.
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn credits_of_the_input_that_end_at_a_later_row_leave_nothing_of_it_and_go_on_there() {
    let shop = || {
        let mut shop = Shop::with_lines(&["A"]);
        shop.enter("e1", "2026-10-05", "8", "A");
        shop.enter("e2", "2026-10-06", "8", "A");
        shop.bill(BLANK);
        for entry in ["e1", "e2"] {
            shop.credits.push(format!("D-open-C1-EUR,{entry},,2,,rebill,agreed,ada,2026-11-02"));
        }
        shop.export();
        shop
    };
    let words = ["credit", "job.toml", "--from-input", "--by", "ada"];
    // What the second row writes: in another shop, where nothing is in its way.
    let twin = shop();
    let before = names(&twin.path("ledger/objects"));
    assert_eq!(twin.command(&words).status.code(), Some(0));
    let entry = fs::read(twin.path("ledger/log/0000000003.json")).unwrap();
    let entry: Value = serde_json::from_slice(&entry).unwrap();
    let shop = shop();
    assert_eq!(names(&shop.path("ledger/objects")), before, "the same shop");
    let object = &entry["objects"][0];
    let (table, hash) = (object["table"].as_str().unwrap(), object["blake3"].as_str().unwrap());
    let in_the_way = shop.path(&format!("ledger/objects/{table}-{hash}.parquet"));
    fs::create_dir(&in_the_way).unwrap();
    for (nth, code) in [(1, 1), (2, 6)] {
        let ran = shop.look(&["credit", "job.toml", "--from-input", "--by", "ada", "--as-of", "2026-11-02"]);
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{told}");
        // The second time nothing of this command is in the ledger.
        assert_eq!(told.contains("those of the rows before are in the ledger"), nth == 1, "{told}");
        assert_eq!(told.contains("credits.csv:2"), nth == 1, "{told}");
        assert_eq!(names(&shop.path("ledger/log")), ["0000000001.json", "0000000002.json"], "{nth}");
        assert_eq!(shop.show(&[])["documents"].as_array().unwrap().len(), 2);
    }
    fs::remove_dir(in_the_way).unwrap();
    let ran = shop.command(&words);
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let statuses: Vec<_> = told.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!((ran.status.code(), statuses), (Some(0), vec!["nothing_to_do", "done"]));
    let third = |shop: &Shop| fs::read(shop.path("ledger/log/0000000003.json")).unwrap();
    assert!(third(&shop) == third(&twin));
    shop.verify();
}

#[test]
fn hints_name_what_helps() {
    let mut shop = Shop::new();
    for (line, customer) in [("A", "C1"), ("B", "C2")] {
        shop.order(&format!(
            "{line},S-{customer},sale,{customer},Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,"
        ));
        shop.enter(&format!("e-{line}"), "2026-10-05", "1", line);
    }
    shop.run(BLANK);
    let one = ["post", "--invoice", "D-open-C1-EUR"];
    assert_eq!(shop.act(&one)["status"], "done");
    let again = shop.act(&one)["reason"].to_string();
    assert!(again.contains("`D-open-C1-EUR` of run") && again.contains("is already posted"), "{again}");
    assert_eq!(shop.act(&["post"])["status"], "done");
    assert!(!shop.act(&["post"])["reason"].to_string().contains("D-open"));
    // The ledger knows what the export lacks.
    shop.entries.remove(0);
    shop.run(BLANK);
    for (id, what) in [("e-A", "no longer in the export"), ("D-open-C1-EUR", "invoice of 20.00 EUR")] {
        let ran = shop.look(&["explain", "job.toml", id, "--all"]);
        let told = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.code() == Some(0) && told.contains(what), "{told}");
    }
    let held = Job::new();
    held.append("orders.csv", "S3/1,S3,sale,C2,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01,odd\n");
    held.append("timesheets.csv", "H8,2026-10-05,1,T3\n");
    held.append("tickets.csv", "T3,C2,2026-10-03,S3/1,1\n");
    let ran = held.run("run job.toml --strict").ends(3);
    assert!(
        ran.err.contains("0 rows to be quarantined and 1 draft") && !ran.err.contains("correct the rows"),
        "{}",
        ran.err
    );
}
