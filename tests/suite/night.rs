//! What a job that nobody watches must not do: bill from a file that is in doubt, bill again what a ledger has forgotten, end well when it
//! did not.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::{Job, Ran};
use crate::went_back::{post, with_ledger};

/// Timesheets with rows that are fine and rows with something of `bad` in the place of hours and ticket.
fn write_entries(job: &Job, good: usize, bad: &[(usize, &str)]) {
    let mut text = "timesheet_id,date,hours,ticket_id\n".to_owned();
    (0..good).for_each(|nth| text.push_str(&format!("G{nth},2026-10-05,1,T1\n")));
    for (kind, (rows, cells)) in bad.iter().enumerate() {
        (0..*rows).for_each(|nth| text.push_str(&format!("B{kind}-{nth},2026-10-05,{cells}\n")));
    }
    job.write("timesheets.csv", &text);
}

fn is_published(job: &Job) -> bool {
    job.path("out/job/latest").exists()
}

#[test]
fn timesheets_of_which_too_many_rows_are_bad_are_not_billed() {
    let job = Job::new();
    // 12 of 50 are 24 %; one row has two mistakes, and counts once.
    write_entries(&job, 38, &[(10, "many,T1"), (1, "many"), (1, "25,T1")]);
    for words in ["run job.toml", "run job.toml --memory 300MB", "run job.toml --dry-run", "run job.toml --shard 1/3"] {
        let ran = job.run(words).ends(3);
        let told = "error[quarantine-limit]: 12 of 50 rows of timesheets are to be quarantined, more than 20 % (`limits.quarantine_pct`)";
        assert!(ran.err.starts_with(told), "{words}: {}", ran.err);
        for code in ["unreadable-value 10", "ragged-row 1", "hours-out-of-range 1", "hint: correct the export"] {
            assert!(ran.err.contains(code), "{code} in {}", ran.err);
        }
        let told = words.contains("--shard") || ran.out.contains("timesheets.csv:40");
        assert!(told && ran.out.contains("nothing was written"), "{}", ran.out);
        assert!(!job.path("out").exists());
    }
    // What is wrong can still be looked at.
    let ran = job.run("check job.toml").ends(3);
    assert!(
        ran.out.contains("12 rows in quarantine") && ran.err.contains("quarantine-limit"),
        "{}{}",
        ran.out,
        ran.err
    );
    job.run("hours job.toml").ends(1);
    job.run("run job.toml --set limits.quarantine_pct=24").ends(1);
    job.run("run job.toml --set limits.quarantine_pct=23.999999").ends(3);
    let wrong = job.run("run job.toml --set limits.quarantine_pct=101").ends(2);
    assert!(wrong.err.contains("from 0 to 100"), "{}", wrong.err);
    let near = job.run("run job.toml --set limits.quarantine_pct_order=5").ends(2);
    assert!(near.err.contains("did you mean `limits.quarantine_pct_orders`?"), "{}", near.err);
}

#[test]
fn few_bad_rows_and_rows_that_only_name_what_was_not_exported_stop_nothing() {
    let job = Job::new();
    // Nine of ten are few.
    write_entries(&job, 1, &[(9, "many,T1")]);
    job.run("run job.toml").ends(1);
    assert!(is_published(&job));
    let job = Job::new();
    write_entries(&job, 5, &[(40, "1,unknown")]);
    let told = job.run("run job.toml --format json").ends(1).json();
    assert_eq!((&told["status"], &told["quarantine"]["unknown-ticket"]), (&"published".into(), &40.into()));
    // Rows that contradict each other, too.
    let job = Job::new();
    write_entries(&job, 5, &[(30, "1,T1")]);
    job.append("timesheets.csv", &(0..30).map(|nth| format!("B0-{nth},2026-10-05,2,T1\n")).collect::<String>());
    let told = job.run("run job.toml --format json").ends(1).json();
    assert_eq!(told["quarantine"]["conflicting-duplicate"], 60);
}

#[test]
fn other_inputs_stop_a_run_only_where_the_job_gives_them_a_limit() {
    let job = Job::new();
    let bad: String = (0..12)
        .map(|nth| format!("X{nth},S9,sale,C1,Goods,ordered_prepaid,Units,many,1,EUR,2026-09-01,20%\n"))
        .collect();
    job.append("orders.csv", &bad);
    let told = job.run("run job.toml --format json").ends(1).json();
    assert_eq!(told["findings"]["much-quarantined"], 1, "{told}");
    let told = job.run("run job.toml --set limits.quarantine_pct_orders=90 --format json").ends(1).json();
    assert_eq!(told["findings"]["much-quarantined"], Value::Null);
    let ran = job.run("run job.toml --set limits.quarantine_pct_orders=20").ends(3);
    assert!(
        ran.err.contains("12 of 14 rows of orders") && ran.err.contains("`limits.quarantine_pct_orders`"),
        "{}",
        ran.err
    );
    assert!(job.run("check job.toml").ends(1).out.contains("much-quarantined"));
    // Every part of a run knows of the whole file; one of them tells of it.
    let shards = (1..=3).map(|nth| job.run(&format!("run job.toml --dry-run --format json --shard {nth}/3")).json());
    let told: u64 = shards.filter_map(|told| told["findings"]["much-quarantined"].as_u64()).sum();
    assert_eq!(told, 1);
    let ran = job.run("run job.toml --memory 300MB --format json --set rules.late_entries=bill").ends(1).json();
    assert_eq!(ran["findings"]["much-quarantined"], 1);
}

#[test]
fn timesheets_without_a_row_are_told_and_end_with_1() {
    let job = Job::new();
    job.write("timesheets.csv", "timesheet_id,date,hours,ticket_id\n");
    for words in ["run job.toml", "run job.toml", "run job.toml --memory 300MB", "check job.toml"] {
        let ran = job.run(words).ends(1);
        assert!(ran.out.contains("empty-input") && ran.out.contains("has no row"), "{words}: {}", ran.out);
    }
    assert!(is_published(&job));
    assert!(job.run("run job.toml").out.contains("timesheets without a row"));
    let ran = job.run("run job.toml --strict --set rules.late_entries=bill").ends(3);
    assert!(ran.err.contains("timesheets without a row: nothing is published under --strict"), "{}", ran.err);
    // One file of several may be empty.
    job.write("more.csv", "timesheet_id,date,hours,ticket_id\nH1,2026-10-05,1,T1\n");
    job.run("run job.toml --input timesheets=timesheets.csv --input timesheets=more.csv").ends(0);
}

#[test]
fn the_same_run_again_ends_with_the_code_it_ended_with() {
    let job = Job::new().dirty();
    let code = || {
        let text = fs::read_to_string(job.path("job.prom")).unwrap();
        let line = text.lines().find(|line| line.starts_with("hourbill_exit_code{")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    for status in ["published", "already_published", "already_published"] {
        let told = job.run("run job.toml --metrics job.prom --format json").ends(1).json();
        assert_eq!((told["status"].as_str(), code().as_str()), (Some(status), "1"));
        assert_eq!(told["to_look_at"], "1 row in quarantine");
    }
    job.run("run job.toml --memory 300MB").ends(1);
    job.write("customers.csv", "customer_id,hold\nC1,true\n");
    for _ in 0..2 {
        job.run("run job.toml --input customers=customers.csv").ends(1);
    }
}

#[test]
fn what_fails_after_publication_is_1_in_words_of_its_own() {
    let job = Job::new();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = job.run("run job.toml --metrics nowhere/job.prom").ends(1);
    assert!(
        ran.err.contains("error[metrics-not-written]: the run is published, but cannot write the metrics"),
        "{}",
        ran.err
    );
    assert!(is_published(&job) && ran.out.contains("\npublished"));
    // Nothing was published: it is an ordinary failure.
    job.run("run job.toml --dry-run --metrics nowhere/job.prom").ends(6);
    job.run("run job.toml --strict --metrics nowhere/job.prom --set rules.late_entries=bill").ends(1);
    let ran = job.run("run job.toml --set a=b --metrics nowhere/job.prom").ends(2);
    assert!(!ran.err.contains("metrics"), "no settings, no metrics: {}", ran.err);
    let child =
        job.command("run job.toml --all --metrics job.prom").stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).ends(1);
    assert!(ran.err.contains("the command has done its work, but cannot write to stdout"), "{}", ran.err);
    assert!(fs::read_to_string(job.path("job.prom")).unwrap().contains("hourbill_exit_code{job_name=\"job\"} 1\n"));
    let dirty = Job::new().dirty();
    let ran = dirty.run("run job.toml --strict --metrics nowhere/job.prom").ends(3);
    assert!(ran.err.contains("error[strict]") && ran.err.contains("metrics"), "{}", ran.err);
}

#[test]
fn quiet_runs_that_end_with_1_say_why_in_one_line() {
    let job = Job::new().dirty();
    let ran = job.run("run job.toml --quiet").ends(1);
    assert_eq!((ran.out.as_str(), ran.err.lines().count()), ("", 1));
    assert!(ran.err.starts_with("warning[attention]: job: 1 row in quarantine: out/job/runs/"), "{}", ran.err);
    for words in ["check job.toml -q", "hours job.toml -q", "leaks job.toml -q"] {
        assert_eq!(job.run(words).ends(1).err.lines().count(), 1, "{words}");
    }
    job.write("tickets.csv", &fs::read_to_string(job.path("tickets.csv")).unwrap().replace("4.5", "5"));
    assert!(job.run("reconcile job.toml -q").ends(1).err.contains("1 figure differs"));
    assert_eq!(Job::new().run("run job.toml --quiet").ends(0).err, "");
}

#[test]
fn errors_are_lines_of_the_log_where_the_log_is_json() {
    let job = Job::new();
    for (words, code) in [
        ("run job.toml --log-format json --set a=b", 2),
        ("run job.toml --log-format json -v --input timesheets=missing.csv", 3),
        ("run job.toml --log-format=json --threads 0", 2),
        ("post job.toml --log-format json", 2),
        ("run none.toml --quiet --log-format json", 2),
    ] {
        let ran = job.run(words).ends(code);
        let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let last = lines.last().unwrap();
        assert_eq!((&last["level"], &last["exit_code"]), (&"ERROR".into(), &code.into()), "{words}: {last}");
        assert!(last["message"].is_string() && last["code"].is_string() && last["timestamp"].is_string(), "{last}");
        assert!(lines.iter().all(|line| line["version"].is_string()), "{words}: {lines:?}");
    }
    let ran = job.run("run job.toml -v --log-format json").ends(0);
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["exit_code"], &last["job"]), (&0.into(), &"job".into()), "{last}");
    assert!(lines.iter().all(|line| line["version"] == env!("CARGO_PKG_VERSION")), "{lines:?}");
    let ran = job.dirty().run("run job.toml --quiet --log-format json").ends(1);
    let line: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((&line["level"], &line["code"], &line["exit_code"]), (&"WARN".into(), &"attention".into(), &1.into()));
}

#[test]
fn check_tells_each_message_under_its_own_code() {
    let job = Job::new();
    job.append("orders.csv", "M1,S3,sale,C1,Setup,delivered_milestones,Units,1,500,EUR,2026-09-01,20%\n");
    let rows = "cap_hours,P9,4,agreed\nhold,C999,,dispute\ncap_hours,M1,4,agreed\nwrite_off,L1,,goodwill\n";
    job.write("adjustments.csv", &format!("action,target,value,reason\n{rows}"));
    let words = ["check job.toml", "check job.toml --documents", "run job.toml --dry-run -v"];
    for words in words {
        let ran = job.run(&format!("{words} --input adjustments=adjustments.csv"));
        let under = |code: &str| -> String {
            let (_, rest) = ran.out.split_once(&format!("({code}, ")).unwrap_or_else(|| panic!("{code}: {}", ran.out));
            rest.split("hint:").next().unwrap().to_owned()
        };
        let unmatched = under("adjustment-unmatched");
        assert!(["P9", "C999", "L1"].iter().all(|id| unmatched.contains(&format!("`{id}`"))), "{words}: {unmatched}");
        assert!(!unmatched.contains("M1"), "{words}: {unmatched}");
        assert!(under("adjustment-no-effect").contains("`M1`"), "{words}: {}", ran.out);
    }
}

/// Makes a pipe that nobody writes into.
fn pipe(path: &std::path::Path) {
    let _ = fs::remove_file(path);
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn files_that_are_no_files_are_refused_at_once() {
    let job = with_ledger();
    pipe(&job.path("pipe.toml"));
    let ran = job.run("run pipe.toml").ends(2);
    assert!(ran.err.contains("it is no regular file"), "{}", ran.err);
    pipe(&job.path("timesheets.csv.control.json"));
    job.run("run job.toml").ends(6);
    fs::remove_file(job.path("timesheets.csv.control.json")).unwrap();
    job.run("run job.toml").ends(0);
    post(&job);
    for file in ["out/job/latest", "out/job/.lock", "ledger/lock", "ledger/log/0000000001.json"] {
        let bytes = fs::read(job.path(file)).unwrap();
        pipe(&job.path(file));
        let words = if file == "ledger/lock" { "void job.toml D-2026-10-C1-EUR --reason x" } else { "run job.toml" };
        let ran = job.run(words).ends(6);
        assert!(ran.err.contains("it is no regular file"), "{file}: {}", ran.err);
        fs::remove_file(job.path(file)).unwrap();
        job.write(file, &String::from_utf8(bytes).unwrap());
    }
    pipe(&job.path("out/job/ledger-head.json"));
    job.run("run job.toml").ends(4);
}

#[test]
fn metrics_are_written_over_metrics_alone() {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    post(&job);
    pipe(&job.path("pipe"));
    std::os::unix::fs::symlink("nowhere", job.path("link")).unwrap();
    let kept =
        || ["timesheets.csv", "job.toml", "ledger/log/0000000001.json"].map(|name| fs::read(job.path(name)).unwrap());
    let before = kept();
    for path in [
        "timesheets.csv",
        "job.toml",
        "ledger/log/0000000001.json",
        "ledger/log/0000000009.json",
        "out/job/runs/new.prom",
        "out/job/latest",
        "out",
        "pipe",
        "link",
        "/dev/null",
    ] {
        let ran = job.run(&format!("run job.toml --all --metrics {path}")).ends(2);
        assert!(ran.err.contains("error[metrics-path]") && ran.err.contains(path), "{path}: {}", ran.err);
    }
    assert_eq!(kept(), before);
    // Nothing stands in it yet: whether it is waiting for metrics or lost its rows is told by its name.
    for path in
        ["empty.csv", "empty.CSV.gz", "empty.xlsx", "empty.parquet", "empty.txt", "t.csv.control.json", "x.toml"]
    {
        job.write(path, "");
        let ran = job.run(&format!("run job.toml --all --metrics {path}")).ends(2);
        assert!(ran.err.contains("error[metrics-path]") && ran.err.contains(path), "{path}: {}", ran.err);
        assert_eq!(fs::read(job.path(path)).unwrap(), b"", "{path}");
        fs::remove_file(job.path(path)).unwrap();
    }
    job.write("tmp.Xk2", "");
    job.run("run job.toml --metrics tmp.Xk2").ends(0);
    job.write("job.prom", "");
    for _ in 0..2 {
        job.run("run job.toml --metrics job.prom").ends(0);
        assert!(fs::read_to_string(job.path("job.prom")).unwrap().contains("hourbill_exit_code"));
    }
}

#[test]
fn a_control_file_promises_something_and_hours_count_to_the_microsecond() {
    let job = Job::new();
    for (text, code) in [
        ("{}", 3),
        ("null", 3),
        ("[4, null, null, null]", 3),
        ("{\"rows\": null}", 3),
        ("{\"rows\": 4, \"hours\": null}", 3),
        ("{\"rows\": 4, \"rows\": 4}", 3),
        ("{\"rows\": 4, \"hours\": 11.499999999999998}", 0),
        ("{\"hours\": \"11.50\"}", 0),
        ("{\"hours\": 11.49999999}", 3),
    ] {
        job.write("timesheets.csv.control.json", text);
        job.run("run job.toml --dry-run").ends(code);
    }
    fs::remove_file(job.path("timesheets.csv.control.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", job.path("timesheets.csv.control.json")).unwrap();
    job.run("run job.toml --dry-run").ends(6);
}

/// Permission bits of a file or folder of the job.
fn bits(job: &Job, path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(job.path("").join(path)).unwrap().permissions().mode() & 0o777
}

#[test]
fn others_read_what_the_job_lets_them_whatever_the_mask() {
    for (mode, file, folder) in [("", 0o600, 0o700), ("group", 0o640, 0o750), ("all", 0o644, 0o755)] {
        let job = with_ledger();
        let output = if mode.is_empty() { String::new() } else { format!("mode = \"{mode}\"\n") };
        job.append("job.toml", &format!("[output]\n{output}documents = [\"json\", \"statement\"]\n"));
        let masked = |words: &str| {
            let hourbill = env!("CARGO_BIN_EXE_hourbill");
            let line = format!("umask 077; exec '{hourbill}' {words}");
            let ended =
                std::process::Command::new("sh").args(["-c", &line]).current_dir(job.path("")).output().unwrap();
            assert!(ended.status.success(), "{words}: {}", String::from_utf8_lossy(&ended.stderr));
        };
        masked("run job.toml --metrics run.prom --as-of 2026-11-02");
        masked("post job.toml --by ada --as-of 2026-11-02");
        masked("statement job.toml --as-of 2026-11-02");
        for path in job.listing().keys() {
            let path = path.strip_prefix(job.path("")).unwrap_or(path);
            let shown = path.to_string_lossy().into_owned();
            let is_hidden = shown.contains("/.") || shown.ends_with("ledger-head.json");
            let wanted = if job.path("").join(path).is_dir() { folder } else { file };
            if shown.starts_with("out/") && !is_hidden {
                assert_eq!(bits(&job, path), wanted, "{mode}: {shown}");
            }
            if shown.starts_with("ledger/") {
                assert_eq!(bits(&job, path) & 0o077, 0, "{mode}: {shown}");
            }
        }
        if !mode.is_empty() {
            assert_eq!(bits(&job, std::path::Path::new("run.prom")), file);
        }
    }
}

#[test]
fn metrics_keep_when_a_run_last_ended_well() {
    let job = with_ledger();
    let value = |name: &str| {
        let text = fs::read_to_string(job.path("run.prom")).unwrap();
        text.lines().find_map(|line| line.strip_prefix(&format!("{name}{{job_name=\"job\"}} ")).map(str::to_owned))
    };
    let success = "hourbill_last_success_timestamp_seconds";
    let sheets = fs::read_to_string(job.path("timesheets.csv")).unwrap();
    job.write("timesheets.csv", "nothing\n");
    job.run("run job.toml --metrics run.prom").ends(3);
    assert_eq!(value(success), None);
    job.write("timesheets.csv", &format!("{sheets}Q1,2026-10-05,many,T1\n"));
    job.append("job.toml", "[limits]\nquarantine_pct = 90\n");
    job.run("run job.toml --metrics run.prom").ends(1);
    let ended = value(success).unwrap();
    assert_eq!(value("hourbill_ledger_sequence").as_deref(), Some("0"));
    let rows = sheets.lines().count() as u64;
    assert_eq!(value("hourbill_entries_quarantined_ratio"), Some(format!("0.{:06}", 1_000_000 / rows)));
    let text = fs::read_to_string(job.path("run.prom")).unwrap().replace(&ended, "1700000000");
    job.write("run.prom", &text);
    job.write("timesheets.csv", "nothing\n");
    job.run("run job.toml --metrics run.prom").ends(3);
    assert_eq!(value(success).as_deref(), Some("1700000000"));
}
