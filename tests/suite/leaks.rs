//! What leaks is found with what it is worth, and what a run came to can be scraped.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const FOLDER: &str = "fixtures/leaks";

fn hourbill(words: &str) -> Output {
    let words: Vec<&str> = words.split_whitespace().collect();
    Command::new(env!("CARGO_BIN_EXE_hourbill")).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[test]
fn each_question_has_its_answer_with_the_money() {
    let job = format!("{FOLDER}/job.toml --as-of 2026-11-02");
    let leaks = hourbill(&format!("leaks {job} --format json"));
    assert_eq!(leaks.status.code(), Some(0), "{}", String::from_utf8_lossy(&leaks.stderr));
    let told: Value = serde_json::from_slice(&leaks.stdout).unwrap();
    // T1 has no line; `C1` paid 100 last.
    let without = json!([{"customer_id": "C1", "entries": 1, "hours": "2", "value": "200.00", "currency": "EUR", "priced_as": "A/2"}]);
    assert_eq!(told["entries_without_line"], without);
    let internal = json!([{"team": "Internal", "entries": 1, "hours": "3", "value": "300.00", "currency": "EUR"}]);
    assert_eq!(told["teams_not_billing"], internal);
    let pack = &told["exhausted_packs"][0];
    assert_eq!(
        (&pack["order_line_id"], &pack["remaining_hours"], &pack["value"]),
        (&json!("B/1"), &json!("-2.5"), &json!("200.00"))
    );
    // Each hour once: those without a line are told above.
    let open: Vec<(&Value, &Value, &Value)> = told["open_hours"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["age"], &row["disposition"], &row["value"]))
        .collect();
    assert_eq!(open, [(&json!("over 90 days"), &json!("before_period"), &json!("150.00")),]);
    // Confirmed after the period: no draft of this run takes it.
    let prepaid = &told["prepaid_not_invoiced"][0];
    assert_eq!(
        (&prepaid["order_line_id"], &prepaid["quantity"], &prepaid["value"]),
        (&json!("D/1"), &json!("6"), &json!("420.00"))
    );
    assert_eq!(told["closed_without_time"].as_array().unwrap().len(), 1);
    assert_eq!(told["closed_without_time"][0]["ticket_id"], "T4");
    let text = hourbill(&format!("leaks {job}"));
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("packs that are used up and still used") && text.contains("-2.50"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_down_payment_that_a_draft_takes_off_leaves_nothing_to_invoice() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "job.toml",
            "name = \"case\"\n[inputs]\norders = \"o.csv\"\ntickets = \"k.csv\"\ntimesheets = \"t.csv\"\n\
             downpayments = \"d.csv\"\n[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n",
        ),
        (
            "o.csv",
            "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
             A,S1,sale,C1,Lamp,ordered_prepaid,Units,2,100,EUR,2026-10-01\n",
        ),
        ("k.csv", "ticket_id,customer_id\n"),
        ("t.csv", "timesheet_id,date,hours,order_line_id\nE1,2026-09-05,1,\n"),
        ("d.csv", "order_id,method,value,requested_on\nS1,percentage,50,2026-10-01\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let job = folder.path().join("job.toml").display().to_string();
    hourbill(&format!("run {job} --as-of 2026-11-02"));
    hourbill(&format!("post {job} --by ada"));
    // The draft bills both lamps and takes half of them off: that is no lamp more to invoice.
    let leaks = hourbill(&format!("leaks {job} --as-of 2026-11-02 --format json"));
    let told: Value = serde_json::from_slice(&leaks.stdout).unwrap();
    assert_eq!(told["prepaid_not_invoiced"], json!([]));
}

#[test]
fn metrics_tell_what_a_run_came_to_whether_it_was_done_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hourbill.prom");
    let run = |more: &str| {
        hourbill(&format!("run {FOLDER}/job.toml --dry-run --as-of 2026-11-02 --metrics {} {more}", file.display()))
    };
    assert_eq!(run("").status.code(), Some(0));
    let text = fs::read_to_string(&file).unwrap();
    for line in [
        "hourbill_entries{job_name=\"leaks\",disposition=\"billed\"} 1",
        "hourbill_hours{job_name=\"leaks\",disposition=\"before_period\"} 1.5",
        "hourbill_drafts_amount{job_name=\"leaks\",currency=\"EUR\"} 400.00",
        "hourbill_exit_code{job_name=\"leaks\"} 0",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in {text}");
    }
    // The form of the exposition: a comment, or a name with labels and one number.
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.ends_with('}') && value.parse::<f64>().is_ok(), "{line}");
    }
    assert_eq!(run("--expect timesheets.rows=1").status.code(), Some(3));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("hourbill_exit_code{job_name=\"leaks\"} 3") && !text.contains("hourbill_entries"), "{text}");
}

/// As far as this machine can: a program that is not there checks nothing.
#[test]
fn files_for_schedulers_are_what_their_programs_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked = |program: &str, args: &[&str]| {
        let Ok(output) = Command::new(program).args(args).current_dir(root).output() else { return };
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program}: {told}");
    };
    let compile = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    checked("python3", &["-c", compile, "jobs/airflow_dag.py"]);
    checked("python3", &["-c", compile, "jobs/spark/hourbill_spark.py"]);
    checked("bash", &["-n", "jobs/slurm-array.sh"]);
    let cron_job = fs::read_to_string(root.join("jobs/kubernetes-cronjob.yaml")).unwrap();
    assert!(cron_job.contains("apiVersion: batch/v1\nkind: CronJob\n"));
    let yaml = "import sys\ntry:\n import yaml\nexcept ImportError:\n sys.exit()\n\
                job = yaml.safe_load(open(sys.argv[1]))\n\
                pod = job['spec']['jobTemplate']['spec']['template']['spec']\n\
                assert pod['restartPolicy'] == 'Never' and pod['containers'][0]['command']";
    checked("python3", &["-c", yaml, "jobs/kubernetes-cronjob.yaml"]);
    let indexed = "import sys\ntry:\n import yaml\nexcept ImportError:\n sys.exit()\n\
                   job = yaml.safe_load(open(sys.argv[1]))\n\
                   assert job['spec']['completionMode'] == 'Indexed' and job['spec']['template']['spec']['containers']";
    checked("python3", &["-c", indexed, "jobs/kubernetes-indexed-job.yaml"]);
    // Every command in them is one that this program knows.
    for file in ["crontab", "kubernetes-cronjob.yaml", "systemd/hourbill-nightly.service"] {
        let text = fs::read_to_string(root.join("jobs").join(file)).unwrap();
        let (_, command) = text.split_once("hourbill run ").unwrap();
        let flags = command.lines().next().unwrap().split_whitespace().skip(1).take_while(|word| *word != "||");
        let help = String::from_utf8(hourbill("run --help").stdout).unwrap();
        for flag in flags.filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{file}: {flag}");
        }
    }
    let unit = fs::read_to_string(root.join("jobs/systemd/hourbill-nightly.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The program need not be installed for its unit to be right.
    let installed = unit.replace("/usr/local/bin/hourbill", env!("CARGO_BIN_EXE_hourbill"));
    let service = folder.path().join("hourbill-nightly.service");
    fs::write(&service, installed).unwrap();
    let timer = folder.path().join("hourbill-nightly.timer");
    fs::copy(root.join("jobs/systemd/hourbill-nightly.timer"), &timer).unwrap();
    checked("systemd-analyze", &["verify", service.to_str().unwrap(), timer.to_str().unwrap()]);
}

/// Hours of rows that were set aside are on no invoice either.
#[test]
fn hours_that_were_set_aside_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("job.toml", "name = \"case\"\n[inputs]\nagreements = \"a.csv\"\ntimesheets = \"t.csv\"\n");
    write("a.csv", "agreement_id,customer_id,currency,unit_price\nA,C1,EUR,90\n");
    write(
        "t.csv",
        "timesheet_id,date,hours,customer_id,billable\nE1,2026-10-05,2.5,C1,perhaps\nE2,2026-10-06,1,C1,true\n",
    );
    let leaks =
        hourbill(&format!("leaks {} --as-of 2026-11-02 --format json", folder.path().join("job.toml").display()));
    let told: Value = serde_json::from_slice(&leaks.stdout).unwrap();
    let aside = json!([{"age": "0 to 30 days", "disposition": "quarantined", "entries": 1, "hours": "2.5", "value": null, "currency": ""}]);
    assert_eq!(told["open_hours"], aside);
}
