//! What stands between the files and the rules: ids that are made of cells, lines that are no timesheets, rows that settle others.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hourbill::job::Settings;

use crate::oracle::Dice;
use crate::{passes, shards};

fn hourbill(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hourbill")).current_dir(folder).args(words.split_whitespace()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const TOGGL: &str = "User,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n\
    Ada,ACME,Web,T-1,Fix,Yes,2026-10-05,09:00:00,2026-10-05,11:30:00,02:30:00,\n\
    Ada,ACME,Web,T-1,Fix,Yes,2026-10-05,09:00:00,2026-10-05,09:30:00,00:30:00,\n";

fn toggl(folder: &Path, timesheets: &str) {
    let orders = format!("{}A,S1,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-01-01\n", shards::ORDERS);
    fs::write(folder.join("orders.csv"), orders).unwrap();
    fs::write(folder.join("tickets.csv"), "ticket_id,customer_id,order_line_id\nT-1,C1,A\n").unwrap();
    fs::write(folder.join("times.csv"), timesheets).unwrap();
}

/// Ids of what a job bills.
fn billed(folder: &Path, job: &str) -> Vec<String> {
    let _ = fs::remove_dir_all(folder.join("out"));
    let run = hourbill(folder, &format!("run {job} --all --quiet"));
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let name = fs::read_dir(folder.join("out")).unwrap().next().unwrap().unwrap().path();
    let run = fs::read_dir(name.join("runs")).unwrap().next().unwrap().unwrap().path();
    let mut reader = csv::Reader::from_path(run.join("invoice_entries.csv")).unwrap();
    reader.records().map(|row| row.unwrap()[2].to_owned()).collect()
}

#[test]
fn f4_init_pins_what_ids_are_made_of_and_the_ids_stay_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    toggl(folder.path(), TOGGL);
    let init = hourbill(folder.path(), "init . --out job.toml");
    assert!(init.status.code() == Some(0), "{}", said(&init));
    let job = fs::read_to_string(folder.path().join("job.toml")).unwrap();
    let pin = "id_from = [\"User\", \"Start date\", \"Start time\"]";
    assert!(job.contains(pin), "{job}");
    let pinned = billed(folder.path(), "job.toml");
    let without = job.replace(&format!("{pin}\n"), "");
    assert_ne!(without, job);
    fs::write(folder.path().join("without.toml"), without).unwrap();
    assert_eq!(billed(folder.path(), "without.toml"), pinned);
    assert!(pinned.len() == 2 && pinned.iter().all(|id| id.starts_with("toggl-")), "{pinned:?}");
    // Fields are as good as the headers that stand for them.
    let fields = job.replace(pin, "id_from = [\"employee\", \"date\", \"Start time\"]");
    fs::write(folder.path().join("fields.toml"), fields).unwrap();
    assert_eq!(billed(folder.path(), "fields.toml"), pinned);
}

#[test]
fn f4_a_file_without_a_part_of_its_ids_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    toggl(folder.path(), TOGGL);
    hourbill(folder.path(), "init . --out job.toml");
    toggl(folder.path(), &TOGGL.replace(",Start time,", ",Began,"));
    let run = hourbill(folder.path(), "run job.toml --all");
    assert_eq!(run.status.code(), Some(3), "{}", said(&run));
    let said = said(&run);
    assert!(said.contains("missing-id-part") && said.contains("`times.csv` lacks `Start time`"), "{said}");
}

#[test]
fn f4_ids_are_made_without_a_preset_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    toggl(path, "who,date,hours,order_line_id\nAda,2026-10-05,1,A\nAda,2026-10-05,2,A\nBob,2026-10-05,3,A\n,,4,A\n");
    let job = |id_from: &str| {
        format!(
            "name = \"j\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n\
             timesheets = {{ path = \"times.csv\", {id_from} }}\n[output]\ndir = \"out\"\n"
        )
    };
    fs::write(path.join("job.toml"), job("id_from = [\"who\", \"date\"]")).unwrap();
    let run = hourbill(path, "run job.toml --all --format json");
    // The last row says nothing of what makes an id.
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(told["control"]["dispositions"]["billed"]["hours"], "6", "{told}");
    for (wrong, word) in [
        ("id_from = []", "name the fields"),
        ("id_from = [\"timesheet_id\"]", "is what is made"),
        ("id_from = [\"who\"], columns = { timesheet_id = \"who\" }", "keep one of the two"),
    ] {
        fs::write(path.join("job.toml"), job(wrong)).unwrap();
        let run = hourbill(path, "run job.toml --all");
        assert!(run.status.code() == Some(2) && said(&run).contains(word), "{wrong}: {}", said(&run));
    }
}

/// Tickets and time lines of some customers.
fn masters(folder: &Path, customers: u64) -> String {
    let (mut orders, mut tickets) = (shards::ORDERS.to_owned(), "ticket_id,customer_id,order_line_id\n".to_owned());
    for number in 0..customers {
        let _ = writeln!(
            orders,
            "L{number},S{number},sale,C{number},Support,delivered_timesheet,Hours,0,10,EUR,2026-01-01"
        );
        let _ = writeln!(tickets, "T{number},C{number},L{number}");
    }
    fs::write(folder.join("orders.csv"), orders).unwrap();
    fs::write(folder.join("tickets.csv"), tickets).unwrap();
    "name = \"parts\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n".to_owned()
}

pub fn assert_parts_and_passes_add_up(settings: &Settings) {
    for of in [2, 3, 7] {
        assert_eq!(shards::differences(settings, of), Vec::<String>::new(), "in {of} parts");
    }
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(passes::differences(settings, scratch.path(), 3), Vec::<String>::new());
}

#[test]
fn f4_parts_and_passes_over_rows_without_ids_add_up_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(17);
    let mut job = masters(folder.path(), 9);
    for file in 0..3 {
        let mut rows =
            "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name\n"
                .to_owned();
        for _ in 0..200 {
            let (day, ticket) = (1 + dice.below(9), dice.below(9));
            // Rows of one key may be of several customers: the code of the project is no part of it.
            let (note, hours) = (dice.below(3), 1 + dice.below(2));
            let _ = writeln!(rows, "2026-10-{day:02},ACME,Web,T{ticket},Coding,n{note},{hours}.5,Yes,No,Yes,Ada,L");
        }
        fs::write(folder.path().join(format!("times-{file}.csv")), rows).unwrap();
    }
    job += "timesheets = { path = \"times-*.csv\", preset = \"harvest\", columns = { ticket_id = \"Project Code\" }, newer_wins = true }\n";
    fs::write(folder.path().join("job.toml"), job).unwrap();
    assert_parts_and_passes_add_up(&shards::settings(&folder.path().join("job.toml")));
}

#[test]
fn e7_r1_parts_and_passes_over_lines_of_costs_and_settled_rows_add_up_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(18);
    let mut job = masters(folder.path(), 9);
    for file in 0..3 {
        let mut rows = "id,date,employee_id,unit_amount,product_uom_id,project_id,helpdesk_ticket_id/id\n".to_owned();
        for _ in 0..200 {
            let (id, ticket, hours) = (dice.below(150), dice.below(10), dice.below(4));
            let unit = ["Hours", "Days", "Units", ""][dice.below(4)];
            let project = ["Web", "Web", "Web", ""][dice.below(4)];
            let hours = if hours == 0 { "1:60".to_owned() } else { hours.to_string() };
            let _ = writeln!(rows, "E{id},2026-10-05,Ada,{hours},{unit},{project},T{ticket}");
        }
        fs::write(folder.path().join(format!("times-{file}.csv")), rows).unwrap();
    }
    job += "timesheets = { path = \"times-*.csv\", preset = \"odoo\", newer_wins = true }\n";
    fs::write(folder.path().join("job.toml"), job).unwrap();
    assert_parts_and_passes_add_up(&shards::settings(&folder.path().join("job.toml")));
}

/// F9: time entries alone, as Toggl writes them, with what `init` leaves to be filled in.
#[test]
fn f9_time_entries_alone_make_a_job_with_agreements() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let run =
        |words: &[&str]| crate::cli::Ran::of(crate::cli::hourbill().current_dir(path).args(words).output().unwrap());
    fs::write(
        path.join("toggl.csv"),
        "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Rate (EUR)\n\
         Ann,a@x.org,Acme,Web,,Shop,Yes,2026-10-05,09:00:00,2026-10-05,10:30:00,01:30:00,,90.00\n\
         Ann,a@x.org,Acme,Web,,OutputArgs,No,2026-10-05,11:00:00,2026-10-05,12:00:00,01:00:00,,0.00\n\
         Ann,a@x.org,\"Bolt, Ltd\",Ops,,Fix,Yes,2026-10-06,09:00:00,2026-10-06,10:00:00,01:00:00,,\n\
         Ann,a@x.org,,Internal,,Plan,Yes,2026-10-07,09:00:00,2026-10-07,10:00:00,01:00:00,,\n",
    )
    .unwrap();
    let written = run(&["init", "."]);
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    assert!(
        written.out.contains("to fill in: agreements.csv") && written.out.contains("`customer_id` in 1 row"),
        "{}",
        written.out
    );
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    assert_eq!(
        agreements,
        "agreement_id,customer_id,project,currency,unit_price,taxes\nInternal,,Internal,EUR,,\nAcme / Web,Acme,Web,EUR,90,\n\"Bolt, Ltd / Ops\",\"Bolt, Ltd\",Ops,EUR,,\n"
    );
    // Without prices the hours that need them are held; nothing else is.
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let hours = |told: &serde_json::Value, of: &str| {
        told["control"]["dispositions"][of]["hours"].as_str().unwrap_or("0").to_owned()
    };
    let all = |told: &serde_json::Value| ["billed", "non_billable", "held", "unassigned"].map(|of| hours(told, of));
    assert_eq!(all(&told), ["1.5", "1", "1", "1"], "{}", ran.out);
    // Filled in, they are billed. The file is never written over, and is no export.
    fs::write(
        path.join("agreements.csv"),
        agreements.replace("Internal,,Internal,EUR,", "Internal,Us,Internal,EUR,50").replace("Ops,EUR,", "Ops,EUR,100"),
    )
    .unwrap();
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(all(&told), ["3.5", "1", "0", "0"], "{}", ran.out);
    let again = run(&["init", ".", "--force"]);
    assert!(
        fs::read_to_string(path.join("agreements.csv")).unwrap().contains("Us,Internal,EUR,50"),
        "{}{}",
        again.out,
        again.err
    );
}

/// F2: what speaks of billing and is not read, figures that are no hours, and two columns of hours: nothing is billed before somebody answers.
#[test]
fn f2_while_a_question_about_hours_is_open_nothing_is_billed() {
    let head = "User,Email,Client,Project,Description,Start date,Start time,Duration";
    for (more, cells, hours, named, answer) in [
        ("Locked", "yes", "01:00:00", "`Locked`", "ignore = [\"Locked\"]"),
        (
            "Abrechnungsstand",
            "offen",
            "01:00:00",
            "`Abrechnungsstand`",
            "values.status = { \"offen\" = \"validated\" }",
        ),
        ("Tags", "", "5400", "hours_unit", "hours_unit = \"seconds\""),
        ("Rounded Duration", "01:15:00", "01:00:00", "say different hours", "columns.hours = \"Duration\""),
    ] {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        let run = |words: &[&str]| {
            crate::cli::Ran::of(crate::cli::hourbill().current_dir(path).args(words).output().unwrap())
        };
        let row = format!("Ann,a@x.org,Acme,Web,Shop,2026-10-05,09:00:00,{hours},{cells}");
        fs::write(path.join("toggl.csv"), format!("{head},{more}\n{row}\n")).unwrap();
        let written = run(&["init", "."]);
        assert!(written.code == 1 && written.out.contains(named), "{named}: {}{}", written.out, written.err);
        fs::write(path.join("agreements.csv"), "agreement_id,customer_id,currency,unit_price\nA,Acme,EUR,100\n")
            .unwrap();
        let ran = run(&["run", "job.toml", "--all"]);
        assert!(ran.code == 1 && ran.out.contains("question-open"), "{named}: {}{}", ran.out, ran.err);
        // Answered, it is billed.
        let job = fs::read_to_string(path.join("job.toml")).unwrap();
        let answered = job.replace("\nopen = [", &format!("\n{answer}\nopen = ["));
        fs::write(path.join("job.toml"), answered).unwrap();
        let ran = run(&["run", "job.toml", "--all"]);
        let billed = ran.out.lines().find_map(|line| line.trim_start().strip_prefix("billed "));
        let entries = billed.and_then(|billed| billed.split_whitespace().next());
        assert!(ran.code == 0 && entries == Some("1"), "{named}: {}{}\n{job}", ran.out, ran.err);
    }
}
