//! Exports of time trackers as they are, from `init` over the answers to the run (F1 to F10). Hours are worked out by hand, in seconds.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, hourbill};

/// A file, and what must come of it.
#[derive(Default)]
pub struct Shape {
    pub name: &'static str,
    pub file: &'static str,
    pub text: &'static str,
    /// UTF-8 where it is empty.
    pub encoding: &'static str,
    /// `init` ends with 0.
    pub sure: bool,
    /// Lines that are taken out of their comments.
    pub answers: &'static [&'static str],
    pub rows: u64,
    pub read: i64,
    pub invoiced: i64,
    pub free: i64,
    pub homeless: i64,
    pub aside: u64,
    pub billed: i64,
    /// Parts of the job file.
    pub says: &'static [&'static str],
}

pub const HOUR: i64 = 3_600;

fn shapes() -> Vec<Shape> {
    vec![
        Shape {
            name: "kimai in Spanish",
            file: "kimai.csv",
            // 1:15 + 4:00 over midnight + 2:00 exported + 0:30 free.
            text: "Fecha,Desde,Hasta,Duración,Moneda,Precio,Precio por hora,Nombre,Usuario,Cliente,Proyecto,Actividad,Descripción,Facturable,Exportado\n\
                   2026-05-04,09:00,10:15,1:15,EUR,112.5,90,Lía,lia,Cristales SA,Faro,Medir,,1,0\n\
                   2026-05-05,22:00,02:00,4:00,EUR,360,90,Lía,lia,Cristales SA,Faro,Medir,,1,0\n\
                   2026-05-06,08:00,10:00,2:00,EUR,180,90,Pau,pau,Cristales SA,Faro,Medir,,1,1\n\
                   2026-05-07,08:00,08:30,0:30,EUR,0,90,Pau,pau,Cristales SA,Faro,Medir,,0,0\n",
            sure: true,
            rows: 4,
            read: 27_900,
            invoiced: 2 * HOUR,
            free: HOUR / 2,
            billed: 18_900,
            says: &["columns.invoiced = \"Exportado\""],
            ..Shape::default()
        },
        Shape {
            name: "kimai in seconds",
            file: "kimai.csv",
            // 45 min and 2 h 0 min 30 s; the second is exported.
            text: "Date,From,To,Duration,Rate,Internal rate,User,Name,Customer,Project,Activity,Description,Exported,Billable,Tags,Hourly rate\n\
                   2026-05-04,09:00,09:45,2700,0,0,lia,Lía,Quay,Mole,Draw,,No,Yes,,0\n\
                   2026-05-05,09:00,11:00,7230,0,0,lia,Lía,Quay,Mole,Draw,,Yes,Yes,,0\n",
            answers: &["hours_unit = \"seconds\""],
            rows: 2,
            read: 9_930,
            invoiced: 7_230,
            billed: 2_700,
            ..Shape::default()
        },
        Shape {
            name: "clockify with dates of either order",
            file: "clockify.csv",
            text: "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h),Duration (decimal),Billable Rate (EUR),Billable Amount (EUR)\n\
                   Mole,Quay,Plan,,Lía,,l@example.org,,Yes,05/06/2026,09:00:00 AM,05/06/2026,09:20:10 AM,00:20:10,0.34,70.00,23.80\n\
                   Mole,Quay,Walk,,Lía,,l@example.org,,No,06/06/2026,01:00:00 PM,06/06/2026,02:00:00 PM,01:00:00,1.00,0.00,0.00\n",
            answers: &["date_format = \"%d/%m/%Y\""],
            rows: 2,
            read: 4_810,
            free: HOUR,
            billed: 1_210,
            says: &["# date_format = \"%m/%d/%Y\""],
            ..Shape::default()
        },
        Shape {
            name: "harvest with rounded hours",
            file: "harvest.csv",
            text: "Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,Invoiced?,Approved?,First Name,Last Name,Billable Rate,Currency\n\
                   2026-05-04,Quay,Mole,M1,Draw,,1.10,1.25,Yes,No,Yes,Lía,Rey,80,Euro - EUR\n\
                   2026-05-05,Quay,Mole,M1,Draw,,2,2,Yes,Yes,Yes,Lía,Rey,80,Euro - EUR\n",
            answers: &["columns.hours = \"Hours Rounded\""],
            rows: 2,
            read: 11_700,
            invoiced: 2 * HOUR,
            billed: 4_500,
            says: &["# columns.hours = \"Hours\""],
            ..Shape::default()
        },
        Shape {
            name: "redmine in French",
            file: "timelog.csv",
            text: "Projet;Date;Utilisateur;Activité;Demande;Commentaire;Heures\n\
                   Phare;2026-05-04;Lía;Conception;Anomalie #12: Panier;corrigé;1,50\n\
                   Phare;2026-05-05;Pau;Support;;téléphone;0,25\n",
            encoding: "windows-1252",
            sure: true,
            rows: 2,
            read: 6_300,
            billed: 6_300,
            says: &[
                "# columns.ticket_id = \"Demande\"",
                "# pattern.ticket_id = '#(\\d+)'",
                "encoding = \"windows-1252\"",
                "decimal = \",\"",
            ],
            ..Shape::default()
        },
        Shape {
            name: "redmine in Japanese",
            file: "timelog.csv",
            text: "プロジェクト,日付,ユーザー,作業分類,チケット,コメント,時間\n灯台,2026/05/04,Lía,設計,,図面,1.25\n灯台,2026/05/05,Pau,開発,,,0.50\n",
            sure: true,
            rows: 2,
            read: 6_300,
            billed: 6_300,
            ..Shape::default()
        },
        Shape {
            name: "sums of a day among worklogs",
            file: "worklogs.csv",
            text: "User,Date,Issue Key,Summary,Time Spent,Time (Seconds),Started\n\
                   Lía,04.05.2026,M-1,Draw,1h 30m,5400,2026-05-04T09:00:00\n\
                   Lía,04.05.2026,M-2,Plan,30m,1800,2026-05-04T11:00:00\n\
                   --- Lía ---,04.05.2026,,Tagessumme,2h,7200,\n\
                   Lía,15.05.2026,M-1,Draw,1h,3600,2026-05-15T09:00:00\n\
                   --- Lía ---,15.05.2026,,Tagessumme,1h,3600,\n",
            answers: &["skip = { \"Issue Key\" = \"\" }"],
            rows: 3,
            read: 3 * HOUR,
            homeless: 3 * HOUR,
            ..Shape::default()
        },
        Shape {
            name: "worklogs with ids and days of eight hours",
            file: "worklogs.csv",
            text: "Worklog ID,Issue key,Author,Started,Time spent,Comment,Project\n\
                   701,M-1,Lía,2026-05-04T09:30:00Z,1d 1h,Draw,Mole\n\
                   702,M-2,Lía,2026-05-05T09:30:00Z,15m,Plan,Mole\n",
            rows: 2,
            read: 9 * HOUR + 900,
            billed: 9 * HOUR + 900,
            says: &["columns.timesheet_id = \"Worklog ID\"", "# timezone = "],
            ..Shape::default()
        },
        Shape {
            name: "minutes beside rounded hours",
            file: "noko.csv",
            text: "Date,Person,Group/Client,Project,Minutes,Hours,Description,Billable,Invoiced,Invoice Reference,Paid,Approved\n\
                   2026-05-04,Lía,Quay,Mole,50,0.8333,Draw,yes,no,,no,no\n\
                   2026-05-05,Lía,Quay,Mole,20,0.3333,Plan,no,no,,no,no\n\
                   2026-05-06,Lía,Quay,Mole,10,0.1667,Bill,yes,yes,R7,yes,no\n",
            rows: 3,
            read: 4_800,
            invoiced: 600,
            free: 1_200,
            billed: 3_000,
            says: &["hours_unit = \"minutes\""],
            ..Shape::default()
        },
        Shape {
            name: "sums above their rows, planned hours and what was billed",
            file: "timely.csv",
            text: "Client,Project,Date,Name,Email,Logged Hours,Planned Hours,Billed,Notes\n\
                   Quay,,,,,3.25,0,,\n\
                   Quay,Mole,,,,3.25,0,,\n\
                   Quay,Mole,18/05/2026,Lía,l@example.org,2.00,4,No,\n\
                   Quay,Mole,19/05/2026,Lía,l@example.org,1.25,0,Yes,\n",
            sure: true,
            rows: 2,
            read: 11_700,
            invoiced: 4_500,
            billed: 7_200,
            ..Shape::default()
        },
        Shape {
            name: "an unknown program below a title, with months in letters",
            file: "report.csv",
            text: "WORK REPORT\nPrinted: 6/1/2026, 9:00:00 AM\n\nSerial Number,Day of work,Team Member (Crew),Project Name,Work Description,Hours Spent,Assigned By\n\
                   1,\"May 4, 2026\",Lía,Mole,Draw,2.0,Pau\n2,\"May 5, 2026\",Lía,Mole,Plan,1.5,Pau\n",
            rows: 2,
            read: 12_600,
            billed: 12_600,
            says: &["header_row = 4", "# columns.timesheet_id = \"Serial Number\""],
            ..Shape::default()
        },
        Shape {
            name: "ids of client and project, instants, no durations",
            file: "time_entries.csv",
            text: "id,description,start,end,billable_rate,billable,member_id,client_id,project_id,created_at\n\
                   a1,,2026-05-04T09:00:00Z,2026-05-04T09:30:00Z,,false,m1,,,2026-08-01T10:00:00Z\n\
                   a2,Draw,2026-05-04T10:00:00Z,2026-05-04T12:00:10Z,,true,m1,c1,p1,2026-08-01T10:00:00Z\n",
            rows: 2,
            read: 9_010,
            free: HOUR / 2,
            billed: 7_210,
            ..Shape::default()
        },
        Shape {
            name: "a day and times in Dutch, an unpaid break beside them",
            file: "uren.csv",
            text: "Datum;Starttijd;Eindtijd;Pauze;Medewerker;Klant;Project;Omschrijving;Factureerbaar\n\
                   04-05-2026;08:30;10:00;0:15;Lía;Kade BV;Pier;Tekenen;Ja\n\
                   15-05-2026;23:00;01:00;0:00;Pau;Kade BV;Pier;Wacht;Nee\n",
            // Nobody knows whether the break is paid.
            answers: &["ignore = [\"Pauze\"]"],
            rows: 2,
            read: 12_600,
            free: 2 * HOUR,
            billed: 5_400,
            says: &["values.billable = { \"Ja\" = \"true\", \"Nee\" = \"false\" }", "date_format = \"%d-%m-%Y\""],
            ..Shape::default()
        },
        Shape {
            name: "what speaks of billing and is no yes or no",
            file: "zeiten.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Rechnungsstatus\n\
                   04.05.2026;Lía;Kai AG;Mole;1,5;offen\n\
                   15.05.2026;Lía;Kai AG;Mole;2,5;gestellt\n",
            // Nobody but the user knows what the word means: its row waits until somebody says so.
            answers: &["values.status = { \"gestellt\" = \"?\", \"offen\" = \"validated\" }"],
            rows: 2,
            read: 4 * HOUR,
            aside: 1,
            billed: HOUR + HOUR / 2,
            ..Shape::default()
        },
    ]
}

fn bytes(shape: &Shape) -> Vec<u8> {
    match shape.encoding {
        "" => shape.text.as_bytes().to_vec(),
        // With its mark.
        "utf-16" => "\u{feff}".encode_utf16().chain(shape.text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        name => encoding_rs::Encoding::for_label(name.as_bytes()).unwrap().encode(shape.text).0.into_owned(),
    }
}

fn in_seconds(control: &Value, of: &str) -> i64 {
    let hours = control["dispositions"][of]["hours"].as_str().unwrap_or("0");
    seconds(hours)
}

/// Decimal hours with ten decimals at most, to the second.
fn seconds(hours: &str) -> i64 {
    let (whole, part) = hours.split_once('.').unwrap_or((hours, "0"));
    let part = format!("{part:0<10}");
    let part: i64 = part[..10].parse().unwrap();
    whole.parse::<i64>().unwrap() * HOUR + (part * HOUR + 5_000_000_000) / 10_000_000_000
}

/// Fills in what nobody but the user knows.
pub fn filled_in(folder: &Path) {
    let path = folder.join("agreements.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headers = rows.headers().unwrap().clone();
    let mut filled = csv::Writer::from_path(&path).unwrap();
    filled.write_record(&headers).unwrap();
    for row in rows.records() {
        let row = row.unwrap();
        let cells = headers.iter().zip(row.iter()).map(|(header, cell)| match (header, cell) {
            ("customer_id", "") => "C1",
            ("currency", "") => "EUR",
            ("unit_price", "") => "100",
            _ => cell,
        });
        filled.write_record(cells).unwrap();
    }
    filled.flush().unwrap();
}

#[test]
fn f3_exports_of_trackers_go_from_init_to_drafts() {
    shapes().iter().for_each(held);
}

/// Takes a shape from `init` over the answers to the run.
pub fn held(shape: &Shape) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    fs::write(path.join(shape.file), bytes(shape)).unwrap();
    // Of a folder texts are left out.
    let written = run(&["init", if shape.file.ends_with(".txt") { shape.file } else { "." }]);
    let name = shape.name;
    assert_eq!(written.code, i32::from(!shape.sure), "{name}: {}{}", written.out, written.err);
    let mut job = fs::read_to_string(path.join("job.toml")).unwrap();
    for part in shape.says {
        assert!(job.contains(part), "{name}: {part} is not in\n{job}");
    }
    filled_in(path);
    if !shape.answers.is_empty() {
        let ran = run(&["run", "job.toml", "--all", "--format", "json", "--set", "output.dir=before"]);
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(in_seconds(&told["control"], "billed"), 0, "{name}: {}", ran.out);
    }
    for answer in shape.answers {
        assert!(job.contains(&format!("\n# {answer}")), "{name}: {answer} is not in\n{job}");
        job = job.replace(&format!("\n# {answer}"), &format!("\n{answer}"));
    }
    fs::write(path.join("job.toml"), &job).unwrap();
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{name}: {}{}\n{job}", ran.out, ran.err));
    let control = &told["control"];
    let found = (
        control["read"]["rows"].as_u64().unwrap(),
        seconds(control["read"]["hours"].as_str().unwrap()),
        ["already_invoiced", "non_billable", "unassigned", "billed"].map(|of| in_seconds(control, of)),
        control["dispositions"]["quarantined"]["rows"].as_u64().unwrap_or(0),
    );
    let expected = (shape.rows, shape.read, [shape.invoiced, shape.free, shape.homeless, shape.billed], shape.aside);
    assert_eq!(found, expected, "{name}: {}\n{job}", ran.out);
    assert_eq!(ran.code, i32::from(shape.aside > 0), "{name}: {}", ran.out);
}

#[test]
fn f10_what_is_no_list_of_entries_is_refused_with_what_it_lacks() {
    for (file, text, said) in [
        (
            "Timesheet.csv",
            "ID,Employee,Customer,Start Date,End Date,Total Working Hours,ID (Time Sheets)\nTS-1,E1,Quay,2026-05-04,2026-05-04,2.5,x1\n",
            "Hours (Time Sheets)",
        ),
        ("people.csv", "Name,City\nLía,Vigo\n", "a date or a start"),
        ("plan.csv", "Date,Task,Hours\nsoon,Draw,2\nlater,Plan,1\nnever,Rest,3\n", "nearest is `Date`"),
    ] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join(file), text).unwrap();
        let ran = Ran::of(hourbill().current_dir(scratch.path()).args(["init", "."]).output().unwrap());
        assert!(ran.code == 3 && ran.err.contains(said), "{file}: {}{}", ran.out, ran.err);
    }
}

/// F9: weeks of one shape, of which the first leaves open what a later one tells.
#[test]
fn f9_weekly_files_become_one_pattern() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    let head = "Datum;Von;Bis;Mitarbeiter;Kunde;Projekt;Stunden;Abrechenbar";
    let weeks = [
        ("zeiten-KW19.csv", "04.05.2026;09:00;11:00;Lía;Kai AG;Mole;2;Ja"),
        ("zeiten-KW20.csv", "15.05.2026;09:00;10:30;Pau;Kai AG;Pier;1,5;Nein"),
        ("zeiten-KW21.csv", "18.05.2026;09:00;09:45;Pau;Kai AG;Mole;0,75;Ja"),
    ];
    for (file, row) in weeks {
        fs::write(path.join(file), format!("{head}\n{row}\n")).unwrap();
    }
    let written = run(&["init", "."]);
    assert_eq!(written.code, 0, "{}{}", written.out, written.err);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    for part in ["path = \"zeiten-KW*.csv\"", "# 3 files with 3 rows", "decimal = \",\"", "\"Nein\" = \"false\""] {
        assert!(job.contains(part), "{part} is not in\n{job}");
    }
    filled_in(path);
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let control = &told["control"];
    assert_eq!((in_seconds(control, "billed"), in_seconds(control, "non_billable")), (9_900, 5_400), "{}", ran.out);
    // What somebody filled in is kept, and a new project gets a row.
    fs::write(path.join("zeiten-KW22.csv"), format!("{head}\n25.05.2026;09:00;10:00;Pau;Kai AG;Turm;1;Ja\n")).unwrap();
    assert_eq!(run(&["init", ".", "--force"]).code, 0);
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    assert!(
        agreements.contains("Kai AG / Mole,Kai AG,Mole,EUR,100") && agreements.contains("Kai AG / Turm,Kai AG,Turm,,"),
        "{agreements}"
    );
}

/// F7: what stands behind an empty line and has other cells is no part of the table.
#[test]
fn f7_a_block_behind_an_empty_line_is_left_out() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    fs::write(
        path.join("sheet.csv"),
        "sep=,\nJob,All\n\nStart,End,Number of hours,Comment\n2026-05-04 09:00,2026-05-04 10:30,1:30,Draw\n2026-05-05 09:00,2026-05-05 10:00,1:00\n\nNumber of hours:\nRegular,2:30\n",
    )
    .unwrap();
    let written = run(&["init", "."]);
    let words = crate::cli::flat(&written.out);
    assert!(written.code == 1 && words.contains("Number of hours:") | words.contains("line 6"), "{}", written.out);
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    // The row in front of it, which is one cell short, is set aside.
    assert_eq!(told["control"]["read"]["rows"], 2, "{}", ran.out);
    assert_eq!(told["control"]["dispositions"]["quarantined"]["rows"], 1, "{}", ran.out);
    assert_eq!(in_seconds(&told["control"], "unassigned"), 5_400, "{}", ran.out);
    assert!(ran.out.contains("beside-the-table"), "{}", ran.out);
}
