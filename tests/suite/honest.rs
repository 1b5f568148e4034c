//! What a file says of approval, of sums, of breaks and of other hours than those that are read: each is decided by the job, asked or set aside,
//! and none is billed in silence (F2, F5, F7). Hours are worked out by hand, in seconds.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, hourbill};
use crate::shapes::{HOUR, Shape, filled_in, held};

/// As the line of the rule stands in the job.
const WAITS: &str = "approval = \"validated_only\"";
const ALL: &str = "approval = \"all\"";

#[rustfmt::skip]
fn approvals() -> Vec<Shape> {
    let rejected = "Date,User,Client,Project,Hours,Billable,Approval Status\n2026-10-13,Ana,Acme,Web,2,Yes,Approved\n2026-10-14,Ana,Acme,Web,3,Yes,Rejected\n";
    vec![
        Shape {
            name: "rejected hours wait", file: "export.csv", text: rejected, answers: &[WAITS],
            rows: 2, read: 5 * HOUR, billed: 2 * HOUR,
            says: &["open = [\"rules.approval\"]"], ..Shape::default()
        },
        Shape {
            name: "rejected hours are billed", file: "export.csv", text: rejected, answers: &[ALL],
            rows: 2, read: 5 * HOUR, billed: 5 * HOUR, ..Shape::default()
        },
        Shape {
            name: "words that a job has to tell", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Approval Status\n2026-10-13,Ana,Acme,Web,2,Waiting\n2026-10-14,Ana,Acme,Web,3,Not Submitted\n2026-10-15,Ana,Acme,Web,4,Approved\n",
            answers: &[WAITS],
            rows: 3, read: 9 * HOUR, billed: 4 * HOUR, ..Shape::default()
        },
        Shape {
            name: "a column approved with empty cells", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Genehmigt\n13.10.2026;Ute;Kai AG;Dach;2;x\n14.10.2026;Ute;Kai AG;Dach;3;\n",
            answers: &[WAITS],
            rows: 2, read: 5 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "drafts", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Status\n2026-10-13,Ana,Acme,Web,2,Validated\n2026-10-14,Ana,Acme,Web,3,Draft\n",
            answers: &[WAITS],
            rows: 2, read: 5 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "what was cancelled is not billed", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Hours,Status\n2026-10-13,Ana,Acme,Web,2,Approved\n2026-10-14,Ana,Acme,Web,3,Cancelled\n2026-10-15,Ana,Acme,Web,4,Void\n",
            rows: 3, read: 9 * HOUR, free: 7 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "states of an issue, one of them cancelled", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Status\n2026-10-13,Ana,Acme,Web,2,Done\n2026-10-14,Ana,Acme,Web,3,Cancelled\n",
            answers: &["values.status = { \"Cancelled\" = \"not_billable\", \"Done\" = \"validated\" }"],
            rows: 2, read: 5 * HOUR, free: 3 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "states of an issue alone", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Hours,Status\n2026-10-13,Ana,Acme,Web,2,Done\n2026-10-14,Ana,Acme,Web,3,New\n",
            rows: 2, read: 5 * HOUR, billed: 5 * HOUR, ..Shape::default()
        },
        Shape {
            name: "codes for states", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Status\n2026-10-13,Ana,Acme,Web,2,30\n2026-10-14,Ana,Acme,Web,3,60\n",
            answers: &["values.status = { \"30\" = \"validated\", \"60\" = \"validated\" }"],
            rows: 2, read: 5 * HOUR, billed: 5 * HOUR, ..Shape::default()
        },
        Shape {
            name: "whoever approved, and nobody", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Approved by\n2026-10-13,Ana,Acme,Web,2,Bo Ek\n2026-10-14,Ana,Acme,Web,3,\n",
            answers: &["skip = { \"Approved by\" = \"\" }"],
            rows: 1, read: 2 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "harvest with hours that nobody approved", file: "harvest.csv", sure: true,
            text: "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name,Billable Rate,Currency\n2026-05-04,Quay,Mole,M1,Draw,,1,Yes,No,Yes,Ann,Poe,80,Euro - EUR\n2026-05-05,Quay,Mole,M1,Draw,,2,Yes,No,No,Ann,Poe,80,Euro - EUR\n",
            rows: 2, read: 3 * HOUR, billed: 3 * HOUR, ..Shape::default()
        },
    ]
}

#[test]
fn f2_what_is_not_approved_is_asked_about() {
    approvals().iter().for_each(held);
}

#[rustfmt::skip]
fn others() -> Vec<Shape> {
    vec![
        Shape {
            name: "kinds of work that are not billed", file: "export.csv",
            text: "Date,Employee,Client,Project,Task,Hours\n2026-10-13,Ana,Acme,Web,Draw,2\n2026-10-14,Ana,Acme,Web,Non-billable,3\n",
            answers: &["skip = { \"Task\" = \"Non-billable\" }"],
            rows: 1, read: 2 * HOUR, billed: 2 * HOUR, ..Shape::default()
        },
        Shape {
            name: "berechenbar", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Berechenbar\n13.10.2026;Ute;Kai AG;Dach;8;ja\n14.10.2026;Ute;Kai AG;Dach;1;nein\n",
            rows: 2, read: 9 * HOUR, free: HOUR, billed: 8 * HOUR, ..Shape::default()
        },
        Shape {
            name: "billable, or to be seen", file: "export.csv",
            text: "Date,Utilisateur,Client,Projet,Heures,Facturable\n2026-10-13,Ana,Acme,Web,8,Oui\n2026-10-14,Ana,Acme,Web,1,Non\n2026-10-15,Ana,Acme,Web,2,à voir\n",
            answers: &["values.billable = { \"Non\" = \"false\", \"Oui\" = \"true\", \"à voir\" = \"false\", \"\" = \"false\" }"],
            rows: 3, read: 11 * HOUR, free: 3 * HOUR, billed: 8 * HOUR, ..Shape::default()
        },
        Shape {
            name: "goodwill", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Kulanz\n13.10.2026;Ute;Kai AG;Dach;8;nein\n14.10.2026;Ute;Kai AG;Dach;1;ja\n",
            rows: 2, read: 9 * HOUR, free: HOUR, billed: 8 * HOUR, ..Shape::default()
        },
        Shape {
            name: "invoice numbers", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Re-Nr.\n13.10.2026;Ute;Kai AG;Dach;8;\n14.10.2026;Ute;Kai AG;Dach;1;R-17\n",
            rows: 2, read: 9 * HOUR, invoiced: HOUR, billed: 8 * HOUR, ..Shape::default()
        },
        Shape {
            name: "a total with a day", file: "export.csv",
            text: "Date,Name,Client,Project,Hours\n2026-10-05,Eva,A,P,2\n2026-10-06,Eva,A,P,3\n2026-10-31,Total,A,P,5\n",
            answers: &["skip = { \"Name\" = \"Total\" }"],
            rows: 2, read: 5 * HOUR, billed: 5 * HOUR, ..Shape::default()
        },
        Shape {
            name: "totals of each day", file: "export.csv",
            text: "Date,Name,Client,Project,Hours\n2026-10-05,Eva,A,P,2\n2026-10-05,Tom,A,P,3\n2026-10-05,,,Day total,5\n2026-10-06,Eva,A,P,4\n2026-10-06,,,Day total,4\n2026-10-06,,,Grand total,9\n",
            answers: &["skip = { \"Name\" = \"\" }"],
            rows: 3, read: 9 * HOUR, billed: 9 * HOUR, ..Shape::default()
        },
        Shape {
            name: "a client that is called Total", file: "export.csv", sure: true,
            text: "Date,Name,Client,Project,Hours\n2026-10-05,Eva,Total SA,P,2\n2026-10-06,Eva,Total SA,P,3\n2026-10-07,Eva,Total SA,P,1\n",
            rows: 3, read: 6 * HOUR, billed: 6 * HOUR, ..Shape::default()
        },
        Shape {
            name: "minutes behind the point", file: "export.csv",
            text: "Date,Name,Client,Project,Start,End,Hours\n2026-10-05,Eva,A,P,09:00,10:30,1.30\n2026-10-06,Eva,A,P,09:00,09:45,0.45\n",
            answers: &["ignore = [\"Hours\"]"],
            rows: 2, read: 8_100, billed: 8_100, ..Shape::default()
        },
        Shape {
            name: "parts of a day", file: "export.csv",
            text: "Date,Name,Client,Project,Start,End,Duration\n2026-10-05,Eva,A,P,09:00,11:00,0.083333\n2026-10-06,Eva,A,P,09:00,10:00,0.041667\n",
            answers: &["ignore = [\"Duration\"]"],
            rows: 2, read: 3 * HOUR, billed: 3 * HOUR, ..Shape::default()
        },
        Shape {
            name: "net hours that stay", file: "export.csv", sure: true,
            text: "Datum;Name;Kunde;Projekt;Von;Bis;Netto\n05.10.2026;Eva;A;P;08:00;16:30;8,00\n16.10.2026;Eva;A;P;08:00;12:00;3,75\n",
            rows: 2, read: 42_300, billed: 42_300, ..Shape::default()
        },
        Shape {
            name: "minutes without a unit", file: "export.csv",
            text: "Date,Name,Client,Project,Duration\n2026-10-05,Eva,A,P,15\n2026-10-06,Eva,A,P,20\n2026-10-07,Eva,A,P,10\n",
            answers: &["hours_unit = \"minutes\""],
            rows: 3, read: 2_700, billed: 2_700, ..Shape::default()
        },
        Shape {
            name: "a break by another name", file: "export.csv",
            text: "Datum;Name;Kunde;Projekt;Beginn;Ende;Abzug\n05.10.2026;Eva;A;P;08:00;16:00;00:30\n16.10.2026;Eva;A;P;08:00;10:00;00:00\n",
            answers: &["ignore = [\"Abzug\"]"],
            rows: 2, read: 10 * HOUR, billed: 10 * HOUR, ..Shape::default()
        },
    ]
}

#[test]
fn f2_what_contradicts_the_hours_is_asked_about() {
    others().iter().for_each(held);
}

fn run_in(folder: &Path, words: &[&str]) -> Ran {
    Ran::of(hourbill().current_dir(folder).args(words).output().unwrap())
}

/// What became of the hours of a file after `init` and `run`, of which no question is open: `init`'s exit code and the run.
fn of_file(text: &str) -> (tempfile::TempDir, Ran, Ran, Value) {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("export.csv"), text).unwrap();
    let written = run_in(scratch.path(), &["init", "."]);
    filled_in(scratch.path());
    let ran = run_in(scratch.path(), &["run", "job.toml", "--all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    (scratch, written, ran, told["control"].clone())
}

/// F7: rows without a day and a person are no sums of the row above when they say more than it does, or otherwise.
#[test]
fn f7_real_hours_without_a_day_are_set_aside() {
    for (text, hours, aside) in [
        (
            "Datum;Name;Kunde;Projekt;Von;Bis;Stunden\n13.10.2026;Eva;Alpha;P;08:00;10:00;2,00\n;;Alpha;P;13:00;15:00;2,00\n14.10.2026;Eva;Alpha;P;08:00;11:00;3,00\n;;Beta;Q;13:00;16:00;3,00\n",
            "10",
            2,
        ),
        ("Date,Name,Client,Project,Hours\n2026-10-13,Eva,Alpha,P,2\n,,Alpha,P,2\n2026-10-14,Eva,Alpha,P,3\n", "7", 1),
        (
            "Date,Name,Client,Project,Hours\n2026-10-13,Eva,Alpha,P,2\n2026-10-14,Eva,Alpha,P,3\n,,Beta,Q,5\n2026-10-15,Eva,Alpha,P,1\n",
            "11",
            1,
        ),
        // Figures alone, with a label, or of a part of what the rows say are sums.
        (
            "Date,Name,Client,Project,Hours\n2026-10-13,Eva,Alpha,P,2\n,,,,2\n2026-10-14,Eva,Alpha,P,3\n,,Alpha,,3\n,Total,Alpha,P,5\n",
            "5",
            0,
        ),
    ] {
        let (_scratch, _, ran, control) = of_file(text);
        assert_eq!(control["read"]["hours"], hours, "{text}{}", ran.out);
        assert_eq!(control["dispositions"]["quarantined"]["rows"].as_u64().unwrap_or(0), aside, "{text}{}", ran.out);
        assert_eq!(ran.code, i32::from(aside > 0), "{}", ran.out);
    }
}

/// F7: rows behind an empty line that have a day and a figure are set aside, whatever cells they lack; those without are named.
#[test]
fn f7_entries_behind_an_empty_line_are_not_lost() {
    let text = "Date,Client,Project,Hours,Note\n2026-10-01,Alpha,P,2,a\n2026-10-02,Alpha,P,3,b\n\n2026-10-08,Alpha,P,4\n2026-10-09,Alpha,P,5\n\nTotal,14\n";
    let (scratch, _, ran, control) = of_file(text);
    assert_eq!(control["read"]["rows"], 4, "{}", ran.out);
    assert_eq!(control["dispositions"]["quarantined"]["rows"], 2, "{}", ran.out);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let told = run_in(scratch.path(), &["check", "job.toml"]);
    assert!(told.out.contains("row 5 (`Total,14`) stands behind an empty line"), "{}", told.out);
}

/// F8: what `skip` leaves out is told with its hours.
#[test]
fn f8_rows_that_are_skipped_are_told_with_their_hours() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(
        scratch.path().join("export.csv"),
        "Date,User,Client,Project,Hours,Kind\n2026-10-13,Ana,Acme,Web,8,a\n2026-10-14,Ana,Acme,Web,6.5,b\n2026-10-15,Ana,Acme,Web,1,c\n",
    )
    .unwrap();
    assert_eq!(run_in(scratch.path(), &["init", "."]).code, 0);
    let job = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
    let job = job.replacen("path = \"export.csv\"", "path = \"export.csv\"\nskip = { Kind = [\"a\", \"b\"] }", 1);
    fs::write(scratch.path().join("job.toml"), job).unwrap();
    filled_in(scratch.path());
    let ran = run_in(scratch.path(), &["run", "job.toml", "--all"]);
    assert!(
        ran.code == 0 && ran.out.contains("2 rows with 14.5 h left out of `export.csv` by `skip`"),
        "{}{}",
        ran.out,
        ran.err
    );
}

/// Nobody gets an invoice with the account of the example that `init` once wrote.
#[test]
fn n4_the_example_of_init_posts_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("export.csv"), "Date,User,Client,Project,Hours\n2026-10-13,Ana,Acme,Web,2\n").unwrap();
    assert_eq!(run_in(path, &["init", "."]).code, 0);
    filled_in(path);
    let written = fs::read_to_string(path.join("job.toml")).unwrap();
    let example = [
        ("name", "Your company"),
        ("city", "City"),
        ("country", "BE"),
        ("vat_id", "BE0999999922"),
        ("iban", "BE54000000000097"),
    ];
    let job = example.iter().fold(written, |job, (key, said)| {
        let blank = format!("\n{key} = \"\"");
        assert!(job.contains(&blank), "{blank}{job}");
        job.replace(&blank, &format!("\n{key} = \"{said}\""))
    });
    fs::write(path.join("job.toml"), &job).unwrap();
    let ran = run_in(path, &["run", "job.toml", "--all", "--as-of", "2026-11-01"]);
    assert!(ran.out.contains("example-company") && ran.out.contains("BE54000000000097"), "{}{}", ran.out, ran.err);
    let refused = run_in(path, &["post", "job.toml", "--as-of", "2026-11-01"]);
    assert!(refused.code == 5 && refused.err.contains("`iban` of [company]"), "{}{}", refused.out, refused.err);
    let own = job.replace("Your company", "Poe & Co").replace("BE0999999922", "BE0123456749");
    fs::write(path.join("job.toml"), &own).unwrap();
    run_in(path, &["run", "job.toml", "--all", "--as-of", "2026-11-01"]);
    let refused = run_in(path, &["post", "job.toml", "--as-of", "2026-11-01"]);
    assert!(refused.code == 5 && refused.err.contains("BE54000000000097"), "{}{}", refused.out, refused.err);
    fs::write(path.join("job.toml"), own.replace("BE54000000000097", "BE68539007547034")).unwrap();
    run_in(path, &["run", "job.toml", "--all", "--as-of", "2026-11-01"]);
    let posted = run_in(path, &["post", "job.toml", "--as-of", "2026-11-01"]);
    assert_eq!(posted.code, 0, "{}{}", posted.out, posted.err);
}

/// C10: a price of its own is no rate.
#[test]
fn c10_prices_that_contradict_rate_and_hours_are_told() {
    let head = "Date,From,To,Duration,Currency,Price,Internal price,Hourly price,Fixed price,Name,User,Customer,Project,Activity,Description,Billable,Exported\n";
    let rows = "2026-10-13,09:00,11:00,2:00,EUR,168,0,84,0,Ann,ann,Quay,Mole,Draw,,1,0\n2026-10-14,09:00,12:00,3:00,EUR,500,0,84,500,Ann,ann,Quay,Mole,Draw,,1,0\n";
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("export.csv"), format!("{head}{rows}")).unwrap();
    let written = run_in(scratch.path(), &["init", "."]);
    let flat = crate::cli::flat(&written.out);
    assert!(
        written.code == 1
            && flat.contains("`Price` is not `Hourly price` times hours in 1 of 2 rows")
            && flat.contains("668.00 against 420.00"),
        "{flat}"
    );
    let agreements = fs::read_to_string(scratch.path().join("agreements.csv")).unwrap();
    assert!(agreements.contains("Quay / Mole,Quay,Mole,EUR,,\n"), "{agreements}");
}

/// F9: the rows that `init` writes match.
#[test]
fn f9_agreements_fit_the_entries_that_they_were_written_from() {
    // A blank behind a name is part of it.
    let (_scratch, _, ran, control) =
        of_file("Date,User,Client,Project,Hours\n2026-10-13,Ana,Alpha ,P,2\n2026-10-14,Ana,Alpha ,P,3\n");
    assert_eq!(control["dispositions"]["billed"]["hours"], "5", "{}", ran.out);
    // A project of one client, which some rows do not name.
    let (scratch, written, ran, control) =
        of_file("Date,User,Client,Project,Hours\n2026-10-13,Ana,A,P,2\n2026-10-14,Ana,,P,3\n");
    assert_eq!(control["dispositions"]["billed"]["hours"], "5", "{}", ran.out);
    assert!(written.code == 0 && written.out.contains("name no client"), "{}", written.out);
    let agreements = fs::read_to_string(scratch.path().join("agreements.csv")).unwrap();
    assert_eq!(agreements.lines().count(), 2, "{agreements}");
    // Of two clients nobody knows which.
    let (_scratch, written, ran, control) =
        of_file("Date,User,Client,Project,Hours\n2026-10-13,Ana,A,P,2\n2026-10-14,Ana,B,P,1\n2026-10-15,Ana,,P,4\n");
    assert_eq!(control["dispositions"]["billed"]["hours"], "3", "{}", ran.out);
    assert_eq!(control["dispositions"]["unassigned"]["hours"], "4", "{}", ran.out);
    assert!(written.out.contains("have it"), "{}", written.out);
}

/// F9: a pattern that somebody wrote stays while it fits the files.
#[test]
fn f9_a_pattern_of_ones_own_is_kept() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |month: &str| {
        let text = format!("Date,User,Client,Project,Hours\n2026-{month}-13,Ana,Acme,Web,2\n");
        fs::write(scratch.path().join(format!("{month}-kimai.csv")), text).unwrap();
    };
    write("09");
    write("10");
    assert_eq!(run_in(scratch.path(), &["init", "."]).code, 0);
    let job = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
    let own = job.replacen("path = [\"09-kimai.csv\", \"10-kimai.csv\"]", "path = \"*-kimai.csv\"", 1);
    let own = own.replacen("path = \"*.csv\"", "path = \"*-kimai.csv\"", 1);
    assert!(own.contains("path = \"*-kimai.csv\""), "{job}");
    fs::write(scratch.path().join("job.toml"), &own).unwrap();
    write("11");
    let ran = run_in(scratch.path(), &["init", ".", "--force"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let again = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
    assert!(again.contains("path = \"*-kimai.csv\"\n") && !ran.out.contains("not kept"), "{}{again}", ran.out);
}

/// F9: a summary beside the report that it sums would bill the same hours twice.
#[test]
fn f9_a_summary_beside_its_report_is_left_out() {
    for (sum, left_out) in [("5", true), ("6", false)] {
        let scratch = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(scratch.path().join(name), text).unwrap();
        write("a_summary.csv", &format!("Date,Client,Project,Hours\n2026-10-31,Alpha,P,{sum}\n"));
        write(
            "b_detail.csv",
            "Date,User,Client,Project,Task,Hours\n2026-10-13,Eva,Alpha,P,Draw,2\n2026-10-14,Eva,Alpha,P,Plan,3\n",
        );
        let written = run_in(scratch.path(), &["init", "."]);
        let told = crate::cli::flat(&written.out);
        let words = "a_summary.csv is left out: it has the hours of `b_detail.csv`, summed";
        assert_eq!((written.code, told.contains(words)), (1, left_out), "{}", written.out);
        if left_out {
            filled_in(scratch.path());
            let ran = run_in(scratch.path(), &["run", "job.toml", "--all", "--format", "json"]);
            let told: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(told["control"]["dispositions"]["billed"]["hours"], "5", "{}", ran.out);
        }
    }
}

/// What a new user is told at once: two decimal marks, what amounts say of hours that nobody can read yet, earlier months, hours of nobody.
#[test]
fn f2_init_and_the_first_run_say_what_is_in_the_way() {
    let told = |text: &str| {
        let (scratch, written, ..) = of_file(text);
        let ran = run_in(scratch.path(), &["run", "job.toml", "--all"]);
        (written.code, crate::cli::flat(&written.out), crate::cli::flat(&ran.out))
    };
    let (code, written, _) = told(
        "Date,User,Client,Project,Hours\n2026-10-13,Eva,Alpha,P,\"1,5\"\n2026-10-14,Eva,Alpha,P,2.25\n2026-10-15,Eva,Alpha,P,0.5\n",
    );
    assert!(code == 1 && written.contains("1 of 3 numbers, such as `1,5`, have another decimal mark"), "{written}");
    let (_, written, _) = told(
        "Date,User,Client,Project,Duration,Hourly rate,Amount\n2026-10-13,Eva,Alpha,P,3600,100,100\n2026-10-14,Eva,Alpha,P,7200,100,200\n",
    );
    assert!(written.contains("hours_unit") && !written.contains("times hours"), "{written}");
    let (_, written, _) = told(
        "Date,User,Client,Project,Hours\n2026-08-13,Eva,Alpha,P,1\n2026-09-14,Eva,Alpha,P,2\n2026-09-15,Eva,Alpha,P,2\n",
    );
    assert!(written.contains("the earlier ones are late then") && written.contains("--all"), "{written}");
    let (_, _, ran) = told("Date,User,Hours\n2026-10-13,Eva,1\n2026-10-14,Eva,2\n");
    assert!(ran.contains("nothing to bill: all open hours, 3.00 h of 2 entries, lead to no order line"), "{ran}");
    let (code, written, _) =
        told("Date,User,Customer,Company,Hours\n2026-10-13,Eva,Jo Doe,Alpha,1\n2026-10-14,Eva,Al Ro,Beta,2\n");
    assert!(code == 1 && written.contains("`Company` stands beside it: which of them is billed?"), "{written}");
}

/// F8: days in the first row of a block are asked about, and nothing is billed before.
#[test]
fn f8_days_of_blocks_are_asked_about() {
    let text = "Day,Name,Client,Project,Hours\n2026-10-13,Eva,Alpha,P,2\n,Bob,Alpha,P,3\n2026-10-14,Eva,Alpha,P,4\n,Bob,Alpha,P,1\n";
    let (scratch, written, _, control) = of_file(text);
    assert!(written.code == 1 && written.out.contains("# fill_down = [\"Day\"]"), "{}", written.out);
    assert_eq!(control["dispositions"]["billed"]["rows"].as_u64().unwrap_or(0), 0);
    for (answer, billed) in [("fill_down = [\"Day\"]", "10"), ("fill_down = []", "6")] {
        let job = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
        let job = job
            .replacen(&format!("# {answer}"), answer, 1)
            .replace("\nfill_down = [\"Day\"]\nfill_down = []", "\nfill_down = []");
        fs::write(scratch.path().join("job.toml"), job).unwrap();
        let ran = run_in(scratch.path(), &["run", "job.toml", "--all", "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        assert_eq!(told["control"]["dispositions"]["billed"]["hours"], billed, "{}", ran.out);
    }
}

/// F2: a header that speaks of billing is asked about, whatever stands in its cells; F3: words are no invoices.
#[test]
fn whatever_speaks_of_billing_and_is_not_read_is_asked_about() {
    let headers = "Gefactureerd, Facturé, Invoice, Rechnung, Facture, Factuur, Fattura, Geëxporteerd, Geblokkeerd, Vergrendeling, Blokkering, \
                   Bloccato, Sperre, Addebitato, Addebitabile, Cargado, Belastet, Doorbelast, Weiterverrechnet, Weiterberechnen, \
                   Kostenpflichtig, In rekening gebracht, Verrekend, Refacturable, Réglé, Règlement, Gezahlt, Zahlung, Ausgezahlt, Beglichen, \
                   Uitbetaald, Saldato, Voldaan, Geaccordeerd, Akkoord, Autorisé, Autorizado, Autorizzato, Convalidato, Freigegeben, \
                   Freigabe, Validé, Bestätigt";
    for header in headers.split(',').map(str::trim) {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "Date,Person,Client,Project,Hours,Note,{header}\n2026-10-05,Ann,Acme,Map,1.5,a,pending\n2026-10-06,Bob,Acme,Map,2,b,partly\n\
             2026-10-07,Bob,Acme,App,2,b,pending\n"
        );
        fs::write(folder.path().join("hours.csv"), text).unwrap();
        let ran = Ran::of(hourbill().current_dir(folder.path()).args(["init", "."]).output().unwrap());
        let job = fs::read_to_string(folder.path().join("job.toml")).unwrap();
        assert!(crate::cli::flat(&ran.out).contains(&format!("`{header}`")), "{header}: {}", ran.out);
        // No hour is billed until that is answered.
        assert!(job.lines().any(|line| line.starts_with("open = [\"")), "{header}: {job}");
    }
}

/// F1: words that any list has are the marks of no program.
#[test]
fn f1_everyday_headers_are_of_no_program() {
    for text in [
        "#,Customer\n1,Quay\n2,Mole\n",
        "ID,Name,Email,City\n1,Quay,q@example.org,Vigo\n2,Mole,m@example.org,Vigo\n",
        "Number,Journal,Quantity,Subtotal\n1,x,2,80\n2,y,1,40\n",
        "ID,Subject,Requester,Created at\n1,Lamp,Quay,2026-05-04\n2,Door,Mole,2026-05-05\n",
    ] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("list.csv"), text).unwrap();
        let ran = run_in(scratch.path(), &["init", "."]);
        assert_eq!(ran.code, 3, "{text}{}{}", ran.out, ran.err);
        for preset in ["zammad", "odoo", "zendesk", "erpnext"] {
            assert!(!ran.out.contains(preset) && !ran.err.contains(preset), "{text}{}{}", ran.out, ran.err);
        }
    }
    // A file of the everyday headers of Kimai and Toggl is read by what they say.
    let (_scratch, written, ran, control) = of_file(
        "Date,From,To,Duration,User,Customer,Project,Activity,Billable\n2026-05-04,09:00,10:30,1:30,Ann,Quay,Mole,Draw,yes\n2026-05-05,09:00,09:30,0:30,Ann,Quay,Mole,Draw,no\n",
    );
    assert!(!written.out.contains("kimai"), "{}", written.out);
    assert_eq!(control["dispositions"]["billed"]["hours"], "1.5", "{}", ran.out);
    assert_eq!(control["dispositions"]["non_billable"]["hours"], "0.5", "{}", ran.out);
}

/// F8: what names a column that no file has is told; where it would leave rows out, nothing is billed.
#[test]
fn f8_what_names_no_column_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let text = "Date,User,Client,Project,Hours,Kind\n2026-10-13,Ana,Acme,Web,2,a\n2026-10-14,Ana,Acme,Web,3,b\n";
    fs::write(path.join("export.csv"), text).unwrap();
    assert_eq!(run_in(path, &["init", "."]).code, 0);
    filled_in(path);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let with = |line: &str| {
        let job = job.replacen("path = \"export.csv\"", &format!("path = \"export.csv\"\n{line}"), 1);
        fs::write(path.join("job.toml"), job).unwrap();
        run_in(path, &["run", "job.toml", "--all", "-v"])
    };
    let ran = with("skip = { Sort = \"a\" }");
    assert!(ran.code == 3 && ran.err.contains("missing-skip-column") && ran.err.contains("`Sort`"), "{}", ran.err);
    for (line, said) in [
        ("ignore = [\"Sort\"]", "column `Sort`, named for `ignore`, is in no file of the timesheets input"),
        ("fill_down = [\"Tag\"]", "column `Tag`, named for `fill_down`, is in no file of the timesheets input"),
        ("pattern.ticket_id = \"#(.)\"", "`pattern.ticket_id` says something of a field for which no file"),
        ("values.status = { a = \"draft\" }", "`values.status` says something of a field for which no file"),
    ] {
        let ran = with(line);
        let told = crate::cli::flat(&ran.out);
        assert!(ran.code == 0 && told.contains(said), "{line}: {}{}", ran.out, ran.err);
    }
}

/// F9: times on a clock say nothing about the decimal mark of prices.
#[test]
fn f9_prices_beside_clock_times_have_the_mark_that_they_have() {
    for (rates, price) in
        [(["80,00", "80,00"], "80"), (["1.250,50 €", "1.250,50 €"], "1250.5"), (["1,500", "1,500"], "")]
    {
        let scratch = tempfile::tempdir().unwrap();
        let [one, other] = rates;
        let text = format!(
            "Datum;Mitarbeiter;Kunde;Projekt;Dauer;Stundensatz\n04.05.2026;Ann;Quay;Mole;1:30;{one}\n15.05.2026;Ann;Quay;Mole;0:45;{other}\n"
        );
        fs::write(scratch.path().join("export.csv"), text).unwrap();
        let written = run_in(scratch.path(), &["init", "."]);
        let agreements = fs::read_to_string(scratch.path().join("agreements.csv")).unwrap();
        let row: Vec<&str> = agreements.lines().nth(1).unwrap().split(',').collect();
        assert_eq!(row.get(4), Some(&price), "{agreements}{}", written.out);
    }
}

/// F10: of other lists, too, it is told what they need and which header is nearest.
#[test]
fn f10_other_lists_are_told_with_their_nearest_headers() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("export.csv"), "Date,User,Client,Project,Hours\n2026-10-13,Ana,Acme,Web,2\n").unwrap();
    fs::write(path.join("faelle.csv"), "Vorgang,Betreff,Kunde\n7,Lampe,Acme\n8,Tor,Acme\n").unwrap();
    let written = run_in(path, &["init", "."]);
    let told = crate::cli::flat(&written.out);
    let said = "it may be a list of tickets (tickets), which still needs `ticket_id` (nearest is `Vorgang`), `customer_id` (nearest is `Kunde`)";
    assert!(written.code == 1 && told.contains(said), "{}", written.out);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let lines = "# [inputs.tickets]\n# path = \"faelle.csv\"\n# columns.ticket_id = \"Vorgang\"\n# columns.customer_id = \"Kunde\"\n# columns.title = \"Betreff\"\n";
    assert!(job.contains(lines), "{job}");
    // Without their # they are an input.
    let job = job.replace(lines, &lines.replace("# ", ""));
    fs::write(path.join("job.toml"), job).unwrap();
    assert_eq!(run_in(path, &["check", "job.toml"]).code, 0);
}
