//! Exports in the shape of each program go from `init` to drafts without editing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const FOLDER: &str = "fixtures/presets";

pub fn hourbill(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hourbill")).args(args).output().unwrap()
}

pub fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The exports of a program in a folder of their own.
fn exports(preset: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(preset);
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    folder
}

/// A run of the job that `init` writes; what `init` was not sure of, and the folder of the run.
fn run(folder: &Path) -> (Vec<String>, PathBuf) {
    let job = folder.join("job.toml");
    let (folder_name, job_name) = (folder.to_str().unwrap(), job.to_str().unwrap());
    let init = hourbill(&["init", folder_name, "--out", job_name, "--format", "json"]);
    let told: Value = serde_json::from_slice(&init.stdout).unwrap_or_else(|_| panic!("{}", shown(&init)));
    let of_files = told["files"].as_array().unwrap().iter().flat_map(|file| file["unsure"].as_array().unwrap());
    let unsure = of_files.chain(told["unsure"].as_array().unwrap()).map(|unsure| unsure.as_str().unwrap().to_owned());
    let run = hourbill(&["run", job_name, "--quiet", "--as-of", "2026-11-02"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let mut jobs = fs::read_dir(folder.join("out")).unwrap();
    let runs = jobs.next().unwrap().unwrap().path().join("runs");
    let published = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    (unsure.collect(), published)
}

/// The tables of a run that hold drafts.
pub fn drafts(run: &Path) -> BTreeMap<&'static str, String> {
    let table = |name| (name, fs::read_to_string(run.join(format!("{name}.csv"))).unwrap());
    ["invoices", "invoice_lines", "invoice_entries", "order_lines"].map(table).into()
}

fn invoices(run: &Path) -> Vec<(String, String, String)> {
    let text = fs::read_to_string(run.join("invoices.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (id, net, hours) = (at("invoice_id"), at("net_amount"), at("hours"));
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[id].to_owned(), row[net].to_owned(), row[hours].to_owned())).collect()
}

#[test]
fn the_same_month_gives_the_same_drafts_however_it_was_exported() {
    let canonical = exports("canonical");
    let (unsure, published) = run(canonical.path());
    assert_eq!(unsure, Vec::<String>::new());
    let expected = drafts(&published);
    assert_eq!(
        invoices(&published),
        [
            ("D-2026-10-base.azure-EUR".to_owned(), "2056.30".to_owned(), "2.3333333333".to_owned()),
            ("D-2026-10-base.deco-EUR".to_owned(), "3820.00".to_owned(), "12".to_owned()),
        ]
    );
    for shape in ["odoo", "odoo-technical", "odoo-xlsx"] {
        let folder = exports(shape);
        let (unsure, published) = run(folder.path());
        assert_eq!(unsure, Vec::<String>::new(), "{shape}");
        for (table, text) in drafts(&published) {
            assert_eq!(text, expected[table], "{shape}: {table}");
        }
    }
}

#[test]
fn exports_of_trackers_and_helpdesks_become_drafts() {
    let acme = "D-2026-10-ACME-EUR";
    for (preset, net, hours) in [
        ("kimai", "276.40", "2.8333333333"),
        ("toggl", "276.40", "2.8333333333"),
        ("clockify", "276.40", "2.8333333333"),
        ("harvest", "302.80", "3.16"),
        ("jira", "4000.00", "0"),
        ("zammad", "400.00", "0"),
    ] {
        let folder = exports(preset);
        let (unsure, published) = run(folder.path());
        assert_eq!(unsure, Vec::<String>::new(), "{preset}");
        assert_eq!(invoices(&published), [(acme.to_owned(), net.to_owned(), hours.to_owned())], "{preset}");
    }
    let folder = exports("erpnext");
    let (unsure, published) = run(folder.path());
    // ERPNext has no invoicing policy: the job file says which was taken.
    assert_eq!(unsure.len(), 1, "{unsure:?}");
    assert_eq!(invoices(&published), [(acme.to_owned(), "276.40".to_owned(), "2.833".to_owned())]);
}

/// F9: hours alone, with the prices filled in; what `init` has to ask about.
#[test]
fn exports_of_trackers_alone_become_drafts_of_agreements() {
    let acme = "D-2026-10-ACME-EUR";
    for (preset, id, hours, asked) in [
        ("tick", acme, "2.83", 0),
        // Billable hours that are empty.
        ("timely", acme, "2.83", 2),
        ("hubstaff", acme, "2.8333333333", 0),
        ("solidtime", acme, "2.8333333333", 0),
        // The time zone.
        ("solidtime-dump", "D-2026-10-acme-0001-EUR", "2.8333333333", 1),
        ("quickbooks-time", acme, "2.83", 0),
    ] {
        let folder = exports(preset);
        let (unsure, published) = run(folder.path());
        assert_eq!(unsure.len(), asked, "{preset}: {unsure:?}");
        // 2.5 h x 100 and 0.33 h x 80.
        assert_eq!(invoices(&published), [(id.to_owned(), "276.40".to_owned(), hours.to_owned())], "{preset}");
        let job = fs::read_to_string(folder.path().join("job.toml")).unwrap();
        let name = preset.trim_end_matches("-dump");
        assert!(job.contains(&format!("preset = \"{name}\"")) && !job.contains("TO FILL IN"), "{preset}: {job}");
    }
}

#[test]
fn prepaid_hours_of_a_helpdesk_are_counted_on_the_pack() {
    for (preset, remaining) in [("jira", "37.5"), ("zammad", "1.5")] {
        let folder = exports(preset);
        let (_, published) = run(folder.path());
        let text = fs::read_to_string(published.join("order_lines.csv")).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let at = reader.headers().unwrap().iter().position(|header| header == "remaining_hours").unwrap();
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(&row[at], remaining, "{preset}");
    }
}

#[test]
fn rows_without_an_id_keep_the_id_they_are_given_when_hours_and_words_change() {
    let ids = |folder: &Path| -> Vec<String> {
        let (_, published) = run(folder);
        let text = fs::read_to_string(published.join("invoice_entries.csv")).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut ids: Vec<String> = reader.records().map(|row| row.unwrap()[2].to_owned()).collect();
        ids.sort();
        ids
    };
    let (before, after) = (exports("toggl"), exports("toggl"));
    let file = after.path().join("Toggl_time_entries_2026-10-01_to_2026-10-31.csv");
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[1..].reverse();
    let changed = lines.join("\n").replace("Basket", "Shopping basket").replace("02:30:00", "02:45:00");
    assert_ne!(changed, text);
    fs::write(&file, changed).unwrap();
    let ids = (ids(before.path()), ids(after.path()));
    assert_eq!(ids.0, ids.1);
    assert!(ids.0.iter().all(|id| id.starts_with("toggl-")), "{ids:?}");
}

#[test]
fn a_name_that_two_records_have_is_refused_naming_both() {
    let folder = exports("odoo");
    let orders = folder.path().join("orders.csv");
    let text = fs::read_to_string(&orders).unwrap();
    // The day of consultancy and the audit are one order's now, and called alike.
    let text = text.replace("\"Audit\"", "\"Consultancy Day\"").replace("S00073", "S00072");
    fs::write(&orders, text).unwrap();
    let job = folder.path().join("job.toml");
    let job = job.to_str().unwrap();
    hourbill(&["init", folder.path().to_str().unwrap(), "--out", job]);
    let check = shown(&hourbill(&["check", job, "--format", "json"]));
    assert!(check.contains("ambiguous-name"), "{check}");
    assert!(check.contains("names both `sale.l3` and `sale.l5`"), "{check}");
}

#[test]
fn a_job_file_is_not_written_over() {
    let folder = exports("kimai");
    let (files, out) = (folder.path().to_str().unwrap().to_owned(), folder.path().join("job.toml"));
    fs::write(&out, "# mine\n").unwrap();
    let refused = hourbill(&["init", &files, "--out", out.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert_eq!(fs::read_to_string(&out).unwrap(), "# mine\n");
    let forced = hourbill(&["init", &files, "--out", out.to_str().unwrap(), "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", shown(&forced));
}

#[test]
fn what_is_ambiguous_is_told_and_not_guessed() {
    let folder = exports("clockify");
    let file = folder.path().join("Clockify_Time_Report_Detailed.csv");
    let text = fs::read_to_string(&file).unwrap().replace("10/15/2026", "10/11/2026");
    fs::write(&file, text).unwrap();
    let job = folder.path().join("job.toml");
    let init = hourbill(&["init", folder.path().to_str().unwrap(), "--out", job.to_str().unwrap()]);
    assert_eq!(init.status.code(), Some(1), "{}", shown(&init));
    assert!(shown(&init).contains("%d/%m/%Y"), "{}", shown(&init));
    let job = fs::read_to_string(&job).unwrap();
    assert!(!job.contains("\ndate_format = ") && job.contains("\n# date_format = \"%d/%m/%Y\""), "{job}");
}

#[test]
fn of_overlapping_files_the_newer_one_is_right_when_the_job_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
         S1/1,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-09-01\n",
    );
    write("tickets.csv", "ticket_id,customer_id,order_line_id\nT1,C1,S1/1\n");
    write("week-41.csv", "timesheet_id,date,hours,ticket_id\nH1,2026-10-05,1,T1\nH2,2026-10-06,1,T1\n");
    write("week-42.csv", "timesheet_id,date,hours,ticket_id\nH2,2026-10-06,2,T1\nH3,2026-10-12,4,T1\n");
    let job = |wins: &str| {
        format!(
            "[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n\
             timesheets = {{ path = [\"week-41.csv\", \"week-42.csv\"]{wins} }}\n"
        )
    };
    write("job.toml", &job(", newer_wins = true"));
    let file = folder.path().join("job.toml");
    let run =
        |args: &[&str]| hourbill(&[&["run", file.to_str().unwrap(), "--dry-run", "--format", "json"], args].concat());
    let newer = run(&[]);
    assert_eq!(newer.status.code(), Some(0), "{}", shown(&newer));
    let told = shown(&newer);
    assert!(told.contains("newer-row"), "{told}");
    let receipt: Value = serde_json::from_slice(&newer.stdout).unwrap();
    let text = receipt.to_string();
    assert!(text.contains("\"700.00\"") || text.contains("700.00"), "{text}");
    write("job.toml", &job(""));
    let conflict = run(&[]);
    assert_eq!(conflict.status.code(), Some(1), "{}", shown(&conflict));
    assert!(shown(&conflict).contains("conflicting-duplicate"));
}
