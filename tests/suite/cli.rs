//! The command line from outside: exit codes, what stands on stdout and stderr, what is written and what is not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A job in a folder of its own.
pub struct Job {
    folder: TempDir,
}

const ORDERS: &str = "\
order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes
S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01,20%
S2/1,S2,sale,C1,Pack,ordered_prepaid,Hours,5,80,EUR,2026-10-02,20%
";

const TICKETS: &str = "\
ticket_id,customer_id,created_on,order_line_id,hours_spent
T1,C1,2026-10-03,S1/1,4.5
T2,C1,2026-10-04,,7
";

const TIMESHEETS: &str = "\
timesheet_id,date,hours,ticket_id
H1,2026-10-05,1.5,T1
H2,2026-10-06,2,T1
H3,2026-09-30,1,T1
H4,2026-10-07,7,T2
";

const JOB: &str = "\
[inputs]
orders = \"orders.csv\"
tickets = \"tickets.csv\"
timesheets = \"timesheets.csv\"
[period]
month = \"2026-10\"
";

impl Job {
    pub fn new() -> Job {
        let job = Job { folder: tempfile::tempdir().unwrap() };
        for (name, text) in
            [("orders.csv", ORDERS), ("tickets.csv", TICKETS), ("timesheets.csv", TIMESHEETS), ("job.toml", JOB)]
        {
            job.write(name, text);
        }
        job
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn append(&self, name: &str, text: &str) {
        let text = format!("{}{text}", fs::read_to_string(self.path(name)).unwrap());
        self.write(name, &text);
    }

    /// One row more that cannot be used.
    pub fn dirty(self) -> Job {
        self.append("timesheets.csv", "H9,2026-10-08,many,T1\n");
        self
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = hourbill();
        command.current_dir(self.folder.path()).args(words.split_whitespace());
        command
    }

    pub fn run(&self, words: &str) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// Every file and folder below the job's, but the inputs' bytes.
    pub fn listing(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    found.insert(path.clone(), Vec::new());
                    walk(&path, found);
                } else {
                    found.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.folder.path(), &mut found);
        found
    }

    /// The one run that is published.
    pub fn run_folder(&self) -> PathBuf {
        let mut runs: Vec<PathBuf> =
            fs::read_dir(self.path("out/job/runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }
}

/// The folder of the newest run that is published of a job, below that of the job's output.
pub fn newest_run(of_job: &Path) -> PathBuf {
    let latest = fs::read_to_string(of_job.join("latest")).unwrap();
    of_job.join("runs").join(latest.trim())
}

/// What was printed without its line breaks: where they fall is no matter of what is said.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn hourbill() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    for known in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(known);
    }
    command
}

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }
}

#[test]
fn a_clean_run_publishes_its_folder_and_ends_with_0() {
    let job = Job::new();
    let ran = job.run("run job.toml").ends(0);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let folder = job.run_folder();
    for file in ["invoices.csv", "invoice_lines.csv", "invoice_entries.csv", "order_lines.csv", "unbilled.csv"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    for file in ["quarantine.csv", "findings.csv", "reconciliation.csv", "run.json", "timings.json"] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let id = folder.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(fs::read_to_string(job.path("out/job/latest")).unwrap().trim(), id);
    assert!(id.starts_with("2026-10-") && ran.out.contains(&id), "{}", ran.out);
    // 3.5 h at 100 and the pack of 5 h at 80, with 20 % tax.
    let invoices = fs::read_to_string(folder.join("invoices.csv")).unwrap();
    assert!(invoices.contains("750.00,150.00,0.00,900.00"), "{invoices}");
    for told in ["every entry and hour accounted for", "750.00", "1 order line overdrawn", "-2.00", "late-entry"] {
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
}

#[test]
fn the_same_again_is_already_published_and_changes_nothing() {
    let job = Job::new().dirty();
    job.run("run job.toml").ends(1);
    let before = job.listing();
    let again = job.run("run job.toml").ends(1);
    assert!(again.out.contains("already published"), "{}", again.out);
    assert_eq!(job.run("run job.toml --format json").ends(1).json()["status"], "already_published");
    assert_eq!(job.listing(), before);
    job.run("run job.toml --threads 1 --period 2026-10").ends(1);
    assert_eq!(job.listing(), before, "threads and how the period is named change nothing");
    let named = job.run("run job.toml --as-of 2026-12-24 --format json").ends(1).json();
    assert_eq!((&named["status"], &named["settings"]["as_of"]), (&"published".into(), &"2026-12-24".into()));
    assert_ne!(job.listing(), before, "a day that is named is part of the run");
}

#[test]
fn a_dry_run_writes_nothing() {
    let job = Job::new();
    let before = job.listing();
    let ran = job.run("run job.toml --dry-run").ends(0);
    assert!(ran.out.contains("nothing was written") && ran.out.contains("750.00"), "{}", ran.out);
    assert_eq!(job.run("run job.toml --dry-run --format json").ends(0).json()["folder"], Value::Null);
    assert_eq!(job.listing(), before);
}

#[test]
fn quarantined_rows_end_with_1_and_strict_publishes_nothing() {
    let job = Job::new().dirty();
    let before = job.listing();
    let ran = job.run("run job.toml --strict").ends(3);
    assert!(ran.err.starts_with("error[strict]: 1 row to be quarantined"), "{}", ran.err);
    assert!(ran.out.contains("timesheets.csv:5, line 6, column `hours`"), "{}", ran.out);
    assert_eq!(job.listing(), before);
    job.run("check job.toml --strict").ends(3);
    job.run("check job.toml").ends(1);
    job.run("hours job.toml").ends(1);
    let ran = job.run("run job.toml").ends(1);
    assert!(ran.out.contains("to look at: 1 row in quarantine\n"), "{}", ran.out);
    job.run("run job.toml --strict").ends(3);
}

#[test]
fn held_drafts_end_with_1() {
    let job = Job::new();
    job.write("customers.csv", "customer_id,hold\nC1,true\n");
    let ran = job.run("run job.toml --input customers=customers.csv").ends(1);
    assert!(ran.out.contains("1 draft held") && ran.out.contains("on hold"), "{}", ran.out);
    let held = job.run("run job.toml --input customers=customers.csv --dry-run --format json").ends(1).json();
    assert_eq!((&held["drafts"]["held"], &held["drafts"]["invoices"]), (&1.into(), &0.into()));
}

#[test]
fn usage_and_job_errors_end_with_2() {
    let job = Job::new();
    for (words, told) in [
        ("", "Usage:"),
        ("rnu job.toml", "unrecognized subcommand"),
        ("run", "required arguments"),
        ("run job.toml --period october", "2026-10"),
        ("run job.toml --from 2026-10-01 --all", "cannot be used with"),
        ("run job.toml --format yaml", "possible values"),
        ("run none.toml", "error[unreadable-job]: cannot read the job file"),
        ("run job.toml --set rules.late_entrys=bill", " hint: did you mean `rules.late_entries`?"),
        ("run job.toml --set rules.late_entries=bil", " hint: did you mean `bill`?"),
        ("run job.toml --input timesheet=x.csv", " hint: did you mean `timesheets`?"),
        ("explain job.toml nobody", "error[unknown-id]"),
        ("explain job.toml H1 --kind draft", "error[unknown-id]"),
    ] {
        let ran = job.run(words).ends(2);
        assert!(ran.err.contains(told) && ran.out.is_empty(), "{words}: {}{}", ran.out, ran.err);
    }
    job.append("job.toml", "[rules]\nlate = true\n");
    let ran = job.run("run job.toml").ends(2);
    let expected = "error[unknown-key]: unknown key `rules.late`\n --> job.toml:8:1, key `rules.late`\n \
                    hint: did you mean `rules.late_entries`?\n";
    assert_eq!(ran.err, expected);
    assert!(!job.path("out").exists());
}

#[test]
fn inputs_that_break_their_contract_end_with_3() {
    let job = Job::new();
    job.append("timesheets.csv", "H9,2026-10-08,\"1\"5,T1\n");
    for command in ["run", "check", "hours", "reconcile"] {
        let ran = job.run(&format!("{command} job.toml")).ends(3);
        assert!(
            ran.err.contains("error[stray-quote]") && ran.err.contains(" --> timesheets.csv, line 6\n"),
            "{}",
            ran.err
        );
    }
    job.run("run job.toml --input timesheets=missing.csv").ends(3);
    job.write("h.csv", "timesheet_id,hours\nH1,1\n");
    let ran = job.run("run job.toml --input timesheets=h.csv").ends(3);
    assert!(ran.err.contains("lacks `date`"), "{}", ran.err);
    assert!(!job.path("out").exists());
}

#[test]
fn conflicts_end_with_5_and_disks_that_refuse_with_6() {
    let job = Job::new();
    job.write("file", "");
    let ran = job.run("run job.toml --set output.dir=file").ends(6);
    assert!(ran.err.contains("error[cannot-write]"), "{}", ran.err);
    fs::create_dir_all(job.path("linked")).unwrap();
    std::os::unix::fs::symlink(job.path("linked"), job.path("job")).unwrap();
    let ran = job.run("run job.toml --set output.dir=.").ends(5);
    assert!(ran.err.contains("error[link-in-output]"), "{}", ran.err);
    assert!(job.listing().keys().all(|path| !path.ends_with("runs")));
}

#[test]
fn flags_reach_the_run() {
    let job = Job::new();
    let late = job.run("run job.toml --dry-run --format json --set rules.late_entries=bill").ends(0).json();
    assert_eq!(late["control"]["dispositions"]["billed"]["hours"], "4.5");
    assert_eq!(late["settings"]["rules.late_entries"], "bill");
    let all = job.run("run job.toml --dry-run --format json --all").ends(0).json();
    assert_eq!((&all["period"]["label"], &all["money"]["EUR"]["total"]), (&"open".into(), &"1020.00".into()));
    let before = job.run("run job.toml --dry-run --format json --period previous --as-of 2026-10-09").ends(0).json();
    assert_eq!(before["period"]["label"], "2026-09");
    fs::create_dir(job.path("below")).unwrap();
    job.write("below/h.csv", "timesheet_id,date,hours,ticket_id\nX,2026-10-05,2,T1\n");
    let mut command = job.command("run ../job.toml --dry-run --format json --input timesheets=h.csv");
    let ran = Ran::of(command.current_dir(job.path("below")).output().unwrap()).ends(0);
    assert_eq!(ran.json()["control"]["read"]["hours"], "2", "a path of a flag stands where the command is run");
}

#[test]
fn json_is_printed_for_every_command() {
    let job = Job::new();
    let check = job.run("check job.toml --format json").ends(0).json();
    assert_eq!(check["entries"]["hours"], "11.5");
    let hours = job.run("hours job.toml --format json").ends(0).json();
    assert_eq!((hours.as_array().unwrap().len(), &hours[1]["remaining_hours"]), (2, &"-2".into()));
    let reconcile = job.run("reconcile job.toml --format json").ends(0).json();
    assert_eq!((&reconcile["compared"], &reconcile["differences"]), (&2.into(), &0.into()));
    let explain = job.run("explain job.toml H4 --format json").ends(0).json();
    assert!(explain[0]["outcome"].as_str().unwrap().starts_with("covered"), "{explain}");
    let run = job.run("run job.toml --format json").ends(0).json();
    assert_eq!((&run["status"], &run["overdrawn"][0]["order_line_id"]), (&"published".into(), &"S2/1".into()));
    assert_eq!(run["folder"], "out/job/runs/".to_owned() + run["run_id"].as_str().unwrap());
    let made = job.run("generate --entries 100 made --format json").ends(0).json();
    assert_eq!(made["timesheets"], 100);
    let wrong = job.run("run job.toml --set a=b --set c=d --format json").ends(2);
    let errors: Value = serde_json::from_str(&wrong.err).unwrap();
    assert_eq!((errors["errors"].as_array().unwrap().len(), &errors["exit_code"]), (2, &2.into()));
    assert!(wrong.out.is_empty());
}

#[test]
fn differences_end_reconcile_with_1() {
    let job = Job::new();
    job.write("tickets.csv", &TICKETS.replace("4.5", "5"));
    let ran = job.run("reconcile job.toml").ends(1);
    assert!(ran.out.contains("2 figures compared, 1 differs") && ran.out.contains("T1"), "{}", ran.out);
    assert!(!ran.out.contains("T2") && job.run("reconcile job.toml --equal").out.contains("T2"));
}

#[test]
fn colour_is_never_in_a_pipe_unless_it_is_forced() {
    let job = Job::new().dirty();
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")][..], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")][..], false),
    ] {
        for words in ["run job.toml --dry-run", "hours job.toml", "run job.toml --set a=b"] {
            let ran = Ran::of(job.command(words).envs(variables.iter().copied()).output().unwrap());
            assert_eq!((ran.out + &ran.err).contains('\u{1b}'), coloured, "{words} with {variables:?}");
        }
    }
}

#[test]
fn what_the_data_says_does_not_drive_the_terminal() {
    let job = Job::new();
    job.append("timesheets.csv", "\"\u{1b}[31mH\nX\",2026-10-08,\u{7}x,T1\n");
    for words in ["run job.toml --dry-run", "check job.toml"] {
        let ran = job.run(words).ends(1);
        assert!(!ran.out.contains(['\u{1b}', '\u{7}']), "{}", ran.out);
    }
}

#[test]
fn a_reader_that_has_gone_stops_the_printing_not_the_run() {
    let job = Job::new();
    for (words, code) in [("run job.toml", 0), ("hours job.toml", 0), ("--help", 0), ("check job.toml", 0)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = job.command(words).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap()).ends(code);
        assert!(ran.err.is_empty(), "{words}: {}", ran.err);
    }
    assert!(job.run_folder().is_dir());
}

#[test]
fn quiet_runs_say_nothing_and_quiet_questions_are_answered() {
    let job = Job::new();
    let ran = job.run("run job.toml --quiet --timings").ends(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert!(job.run("hours job.toml -q").ends(0).out.contains("S2/1"));
    assert!(job.run("run job.toml -q --set a=b").ends(2).err.contains("unknown key"));
}

#[test]
fn a_log_that_was_asked_for_is_written_under_quiet() {
    let job = Job::new();
    let ran = job.run("run job.toml --quiet --log-format json -v").ends(0);
    assert_eq!(ran.out, "");
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["status"] == "published" && line["drafts"] == 1), "{lines:?}");
    assert!(lines.iter().all(|line| line["level"] == "INFO"), "{lines:?}");
}

#[test]
fn logs_and_timings_go_to_stderr() {
    let job = Job::new();
    let ran = job.run("run job.toml -v --log-format json").ends(0);
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["stage"] == "read" && line["bytes"].as_u64() > Some(0)), "{lines:?}");
    assert!(lines.iter().any(|line| line["status"] == "published" && line["drafts"] == 1), "{lines:?}");
    let ran = job.run("run job.toml --timings").ends(0);
    for told in ["stage", "read", "link", "prove", "rows/s"] {
        assert!(ran.err.contains(told), "{told} in {}", ran.err);
    }
}

#[test]
fn help_shows_examples() {
    let main = Ran::of(hourbill().arg("--help").output().unwrap()).ends(0);
    assert!(
        main.out.contains("Examples:\n  hourbill ") && main.out.contains("Exit codes:\n  0    done\n  1    done, but ")
    );
    for command in ["run", "check", "hours", "reconcile", "explain", "generate", "completions", "man"] {
        assert!(main.out.contains(&format!("\n  {command} ")) || matches!(command, "completions" | "man"));
        let help = Ran::of(hourbill().args([command, "--help"]).output().unwrap()).ends(0);
        assert!(help.out.contains(&format!("Examples:\n  hourbill {command} ")), "{}", help.out);
        let widest = help.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{command}: {widest:?}");
    }
}

#[test]
fn completions_and_manual_are_written() {
    let job = Job::new();
    assert!(job.run("completions bash").ends(0).out.contains("reconcile"));
    job.run("man pages").ends(0);
    assert!(fs::read_to_string(job.path("pages/hourbill-run.1")).unwrap().contains("strict"));
}

#[test]
fn receipts_fit_a_hundred_columns() {
    let job = Job::new();
    job.run("generate --entries 5000 --dirty 3 made").ends(0);
    for words in ["run made/job.toml", "check made/job.toml", "hours made/job.toml", "explain made/job.toml C00001"] {
        let ran = job.run(words);
        let widest = ran.out.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 100, "{words}: {widest}");
        assert!(ran.out.lines().all(|line| line == line.trim_end()), "no line ends in blanks");
    }
}

/// `caught` is the signal's bit in the mask of those that a process catches.
fn interrupted_by(signal: &str, caught: u64) {
    let job = Job::new();
    job.run("generate --entries 60000 made").ends(0);
    let mut interrupted = 0;
    // The later the signal, the more of the run is done; one that comes too late finds it published whole.
    // On a busy machine every signal may come too late, so there is more than one round.
    for (round, wait) in (0..20).flat_map(|round| [0, 5, 20, 50, 100].map(|wait| (round, wait))) {
        if round > 0 && interrupted > 0 {
            break;
        }
        let output = format!("round-{round}-after-{wait}");
        let command = &mut job.command(&format!("run made/job.toml --set output.dir={output}"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let catches = |line: &str| {
            let mask = line.strip_prefix("SigCgt:").map(|mask| u64::from_str_radix(mask.trim(), 16).unwrap());
            mask.is_some_and(|mask| mask & caught != 0)
        };
        while !fs::read_to_string(&status).unwrap().lines().any(catches) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_millis(wait));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let ran = Ran::of(child.wait_with_output().unwrap());
        let published = job.path(&format!("{output}/synthetic/latest")).exists();
        if ran.code == 130 {
            interrupted += 1;
            assert!(ran.err.contains("error[interrupted]"), "{}", ran.err);
            assert!(!published);
        } else {
            assert!(matches!(ran.code, 0 | 1) && published, "{:?} {}", ran.code, ran.err);
        }
    }
    assert!(interrupted > 0, "no signal came in time");
}

/// Sends a signal as soon as a path is there, and says how the command ends.
fn signalled_at(job: &Job, words: &str, path: &str) -> Ran {
    let command = &mut job.command(words);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !job.path(path).exists() {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn a_signal_after_the_work_is_done_takes_nothing_of_the_answer() {
    for round in 0..10 {
        let job = Job::new();
        job.append("job.toml", "[ledger]\ndir = \"ledger\"\n");
        let ran = signalled_at(&job, "run job.toml", "out/job/latest");
        assert!(matches!(ran.code, 0 | 1) && ran.out.contains("drafts"), "{round}: {:?} {}", ran.code, ran.err);
        // The first commit is there.
        let ran = signalled_at(&job, "post job.toml", "ledger/log/0000000001.json");
        assert!(ran.code == 0 && ran.out.contains("1 document"), "{round}: {:?} {}{}", ran.code, ran.out, ran.err);
    }
}

#[test]
fn a_signal_between_credits_keeps_those_that_are_made() {
    let job = Job::new();
    job.append("job.toml", "[ledger]\ndir = \"ledger\"\n");
    job.run("run job.toml").ends(0);
    job.run("post job.toml").ends(0);
    // Many more than are made while the signal is on its way.
    const CREDITS: usize = 120;
    let rows: String =
        (1..=CREDITS).map(|number| format!("D-2026-10-C1-EUR,S1/1,0.01,write_off,c{number}\n")).collect();
    job.write("credits.csv", &format!("invoice_id,order_line_id,amount,treatment,reason\n{rows}"));
    let inputs = "timesheets = \"timesheets.csv\"\ncredits = \"credits.csv\"";
    let text = fs::read_to_string(job.path("job.toml")).unwrap().replace("timesheets = \"timesheets.csv\"", inputs);
    job.write("job.toml", &text);
    let ran = signalled_at(&job, "credit job.toml --from-input", "ledger/log/0000000003.json");
    let changes = || fs::read_dir(job.path("ledger/log")).unwrap().count();
    let made = changes();
    // A signal that comes during a change ends the command behind it.
    assert!(ran.code == 130 && made <= CREDITS, "{made}: {:?} {}", ran.code, ran.err);
    assert!(ran.err.contains("between changes: those before it are made"), "{}", ran.err);
    job.run("ledger verify job.toml").ends(0);
    job.run("credit job.toml --from-input").ends(0);
    assert_eq!(changes(), CREDITS + 1);
}

#[test]
fn an_interrupt_publishes_nothing_and_ends_with_130() {
    interrupted_by("-INT", 1 << 1);
}

#[test]
fn what_a_scheduler_or_a_closed_terminal_sends_is_an_interrupt() {
    interrupted_by("-TERM", 1 << 14);
    interrupted_by("-HUP", 1);
}

#[test]
fn documents_are_made_and_told_of_by_a_published_run_alone() {
    let job = Job::new();
    // No import of Xero has two taxes on a line.
    job.write("orders.csv", &ORDERS.replace("EUR,2026-09-01,20%", "EUR,2026-09-01,20%;5%"));
    job.append("job.toml", "[output]\ndocuments = [\"json\", \"xero\"]\n[imports]\naccount = \"200\"\n");
    let stage = |ran: &Ran| format!("{}{}", ran.out, ran.err).lines().any(|line| line.starts_with("documents "));
    for command in
        ["run job.toml --dry-run", "explain job.toml H1", "hours job.toml", "leaks job.toml", "reconcile job.toml"]
    {
        let ran = job.run(&format!("{command} --timings"));
        assert!(!stage(&ran) && !ran.out.contains("import-left-out"), "{command}: {}{}", ran.out, ran.err);
    }
    // The same run again tells the same.
    for _ in 0..2 {
        let ran = job.run("run job.toml --timings");
        assert!(stage(&ran) && ran.out.contains("import-left-out"), "{}{}", ran.out, ran.err);
    }
    let findings = fs::read_to_string(job.run_folder().join("findings.csv")).unwrap();
    assert!(findings.contains("import-left-out"), "{findings}");
}

#[test]
fn hours_have_one_form_on_terminal_and_page_and_none_in_tables() {
    let job = Job::new();
    // Twenty minutes are no hundredths of an hour; two more on the pack of five hours that seven were taken from.
    job.append("timesheets.csv", "H5,2026-10-08,0:20,T1\nH6,2026-10-08,1:35,T2\n");
    job.append("job.toml", "[output]\ndocuments = [\"html\", \"json\"]\n");
    let decimal = job.run("run job.toml").ends(0);
    for said in ["3.83", "13.42", "8.58"] {
        assert!(decimal.out.contains(said), "{said}: {}", decimal.out);
    }
    assert!(!decimal.out.contains("8.5833333333"), "{}", decimal.out);
    assert!(job.run("run job.toml -v").out.contains("rounded to 2 decimals here"), "{}", decimal.out);
    let tables = fs::read_to_string(job.run_folder().join("invoices.csv")).unwrap();
    fs::remove_dir_all(job.path("out")).unwrap();
    let clock = job.run("run job.toml --set output.hours=clock").ends(0);
    for said in ["3:50", "13:25", "8:35"] {
        assert!(clock.out.contains(said), "{said}: {}", clock.out);
    }
    assert!(!clock.out.contains("rounded") && !clock.out.contains("3.83"), "{}", clock.out);
    assert_eq!(fs::read_to_string(job.run_folder().join("invoices.csv")).unwrap(), tables);
    let page = fs::read_to_string(job.run_folder().join("report.html")).unwrap();
    assert!(page.contains(">13:25<") && page.contains("OVERDRAWN by 3:35 hours"), "{page}");
    let invoice = fs::read_dir(job.run_folder().join("invoices")).unwrap().next().unwrap().unwrap().path();
    let invoice: Value = serde_json::from_slice(&fs::read(invoice.join("invoice.json")).unwrap()).unwrap();
    assert_eq!((&invoice["hours_form"], &invoice["totals"]["hours"]), (&"clock".into(), &"3.8333333333".into()));
    assert_eq!(job.run("run job.toml --set output.hours=minutes").ends(2).out, "");
}
