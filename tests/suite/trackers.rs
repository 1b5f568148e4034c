//! From an export of a time tracker to what the customer reads: what was done stands in the annex, and what nobody said is told, not passed over.

use std::fs;
use std::path::Path;

use crate::cli::{Ran, hourbill};
use crate::shapes::filled_in;

/// What a command says, in one line: texts are broken between words.
fn run_in(path: &Path, words: &[&str]) -> Ran {
    let ran = Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    Ran { out: crate::cli::flat(&ran.out), err: crate::cli::flat(&ran.err), ..ran }
}

/// A file from `init` to a run of everything, with prices filled in: what `init` said, and its job.
fn drafted(file: &str, text: &str) -> (tempfile::TempDir, Ran, String) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join(file), text).unwrap();
    let written = run_in(path, &["init", file]);
    assert!(written.code <= 1, "{}{}", written.out, written.err);
    filled_in(path);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let ran = run_in(path, &["run", "job.toml", "-v", "--all"]);
    assert!(ran.code <= 1, "{}{}\n{job}", ran.out, ran.err);
    (scratch, written, job)
}

/// A file of the only run in a folder.
fn of_run(path: &Path, name: &str) -> String {
    let only = |folder: &Path| {
        let mut all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        all.next().unwrap()
    };
    let run = only(&only(&path.join("out")).join("runs"));
    fs::read_to_string(run.join(name)).unwrap()
}

/// Who did what, as the annex has it, in its order.
fn annex(path: &Path) -> Vec<String> {
    let text = of_run(path, "invoice_entries.csv");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headers = rows.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (employee, done) = (at("employee"), at("description"));
    let mut told: Vec<String> =
        rows.records().map(Result::unwrap).map(|row| format!("{}: {}", &row[employee], &row[done])).collect();
    told.sort_unstable();
    told
}

#[test]
fn f3_the_annex_says_what_was_done_whatever_the_program_calls_it() {
    for (file, text, told) in [
        // The name in place of the login; the kind of work alone where nothing else is said.
        (
            "kimai.csv",
            "Datum,Von,Bis,Dauer,Benutzer,Name,Kunde,Projekt,Tätigkeit,Beschreibung,Abrechenbar,Exportiert\n\
             2026-05-04,09:00,10:15,1:15,lia,Lía Rey,Kai AG,Mole,Messen,Tiefen,1,0\n\
             2026-05-05,09:00,10:00,1:00,pau,Pau Ox,Kai AG,Mole,Messen,,1,0\n",
            &["Lía Rey: Messen · Tiefen", "Pau Ox: Messen"][..],
        ),
        (
            "kimai.csv",
            "Date,From,To,Duration,Name,User,Customer,Project,Activity,Description,Exported,Billable\n\
             2026-05-04,09:00,10:15,1:15,Lía Rey,lia,Quay,Mole,Draw,Draw,0,1\n",
            &["Lía Rey: Draw"],
        ),
        (
            "timelog.csv",
            "Project,Date,User,Activity,Issue,Comment,Hours\n\
             Site,2026-05-04,Lía,Development,Bug #4101: Basket,Fix,2.00\nSite,2026-05-05,Pau,Support,,phone,0.50\n",
            &["Lía: Development · Bug #4101: Basket · Fix", "Pau: Support · phone"],
        ),
        (
            "worklogs.csv",
            "Worklog ID,Issue key,Issue summary,Author,Started,Time spent,Comment,Project\n\
             701,M-1,Add importer,Lía,2026-05-04T09:30:00,1h 30m,Parser,MAP\n",
            &["Lía: Add importer · Parser"],
        ),
        (
            "swipetimes.csv",
            "\"Project\";\"Task\";\"Note\";\"Start date & time\";\"End date & time\";\"Duration\";\"Tags\";\n\
             \"Mole\";\"Dev\";\"n\";\"30.03.2022 09:00\";\"30.03.2022 10:30\";\"1:30\";\"a\";\n",
            &[": Dev · n"],
        ),
        (
            "clockify.csv",
            "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,Duration (h),Duration (decimal)\n\
             Mole,Quay,Plan,Task 1,Lía,,l@example.org,,Yes,05/16/2026,09:00:00 AM,05/16/2026,09:30:00 AM,00:30:00,0.50\n",
            &["Lía: Task 1 · Plan"],
        ),
        // What a program calls things among its own says nothing to a customer.
        (
            "time_entries.csv",
            "id,description,start,end,billable_rate,billable,member_id,client_id,project_id,task_id,still_active_email_sent_at\n\
             a1,Draw,2026-05-04T09:00:00Z,2026-05-04T09:30:00Z,,true,m1,c1,p1,af0c2d3e-4a5b-4c6d-8e7f-0123456789ab,\n",
            &["m1: Draw"],
        ),
    ] {
        let (scratch, _, job) = drafted(file, text);
        assert_eq!(annex(scratch.path()), told, "{file}\n{job}");
        let drafts = of_run(scratch.path(), "invoices.csv");
        assert_eq!(drafts.lines().count(), 2, "{drafts}");
    }
}

/// The login stays what rows are known by: whoever gets another name is no other person.
#[test]
fn f4_a_name_in_place_of_a_login_changes_no_id() {
    let head = "Datum,Von,Bis,Dauer,Benutzer,Name,Kunde,Projekt,Tätigkeit,Beschreibung,Abrechenbar,Exportiert";
    let ids = |name: &str| {
        let text = format!("{head}\n2026-05-04,09:00,10:15,1:15,lia,{name},Kai AG,Mole,Messen,,1,0\n");
        let (scratch, _, job) = drafted("kimai.csv", &text);
        assert!(job.contains("id_from = [\"Benutzer\", ") && job.contains("columns.employee = \"Name\""), "{job}");
        let rows = of_run(scratch.path(), "invoice_entries.csv");
        rows.lines().nth(1).unwrap().split(',').nth(2).unwrap().to_owned()
    };
    assert_eq!(ids("Lía Rey"), ids("Lía Poe"));
}

/// A number is nobody's name, and weeks below each other have a header each.
#[test]
fn f3_people_have_names_and_weeks_their_headers() {
    let head = "Personalnummer;Name;Datum;Stunden;Kunde;Projekt";
    let text = format!(
        "{head}\n7;Kern, Ute;04.05.2026;1,5;Kai AG;Dach\n8;Ohm, Jo;15.05.2026;2;Kai AG;Dach\n{head}\n7;Kern, Ute;18.05.2026;1;Kai AG;Dach\n"
    );
    let (scratch, written, job) = drafted("wochen.csv", &text);
    assert!(
        written.code == 0 && written.out.contains("1 row is the header once more, and left out"),
        "{}",
        written.out
    );
    assert!(job.contains("id_from = [\"Personalnummer\", "), "{job}");
    assert_eq!(annex(scratch.path()), ["Kern, Ute: ", "Kern, Ute: ", "Ohm, Jo: "]);
    let ran = run_in(scratch.path(), &["run", "job.toml", "-v", "--all"]);
    assert!(ran.code == 0 && ran.out.contains("read 3 4.50"), "{}", ran.out);
    assert!(ran.out.contains("1 row left out of `wochen.csv`: the header once more"), "{}", ran.out);
    let names = "Personalnummer,Vorname,Nachname,Datum,Stunden,Kunde\n7,Ute,Kern,2026-05-04,1.5,Kai AG\n";
    assert_eq!(annex(drafted("hours.csv", names).0.path()), ["Ute Kern: "]);
}

/// Rows of one id that differ only in what the job does not use are one; which words the annex has does not hang on their order.
#[test]
fn f3_the_annex_does_not_hang_on_the_order_of_rows() {
    let head = "timesheet_id,date,hours,customer_id,project,employee,activity";
    let of = |rows: [&str; 2]| {
        let (scratch, ..) = drafted("hours.csv", &format!("{head}\n{}\n{}\n", rows[0], rows[1]));
        annex(scratch.path())
    };
    let (one, other) = ("E1,2026-05-04,1,Quay,Mole,Ann,Draw", "E1,2026-05-04,1,Quay,Mole,Ann,Plan");
    assert_eq!(of([one, other]), ["Ann: Draw"]);
    assert_eq!(of([other, one]), ["Ann: Draw"]);
}

/// F2: hours that nobody approved are billed unless the job says otherwise; `init` says so, whoever wrote the file.
#[test]
fn f2_init_says_what_becomes_of_hours_that_are_not_approved() {
    const HARVEST: &str =
        "Date,Client,Project,Project Code,Task,Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name\n";
    let rows = |approved: &str| {
        format!(
            "{HARVEST}2026-05-04,Quay,Mole,M1,Draw,,1,Yes,No,Yes,Lía,Rey\n2026-05-05,Quay,Mole,M1,Draw,,2,Yes,No,{approved},Lía,Rey\n"
        )
    };
    let rule = "unless `approval = \"validated_only\"` stands below [rules]";
    let (scratch, written, _) = drafted("harvest.csv", &rows("No"));
    let said = format!("`Approved?` says `No` in 1 row: these hours are billed like the others, {rule}");
    assert!(written.out.contains(&said), "{}", written.out);
    let waits = run_in(scratch.path(), &["run", "job.toml", "-v", "--all", "--set", "rules.approval=validated_only"]);
    assert!(waits.out.contains("not validated 1 2.00"), "{}", waits.out);
    let said = format!(
        "`Approved?` says of no hours here that they are not approved; such hours are billed like the others, {rule}"
    );
    assert!(drafted("harvest.csv", &rows("Yes")).1.out.contains(&said));
    let noko = "Date,Person,Group/Client,Project,Minutes,Hours,Description,Billable,Invoiced,Invoice Reference,Paid,Approved\n\
                2026-05-04,Lía,Quay,Mole,60,1,Draw,yes,no,,no,no\n";
    let said = format!("`Approved` says `no` in 1 row: these hours are billed like the others, {rule}");
    assert!(drafted("noko.csv", noko).1.out.contains(&said));
}

/// F9: Noko writes texts with commas and no quotes; a client that stands in such a row alone has an agreement, too.
#[test]
fn f9_rows_that_a_run_puts_together_have_an_agreement() {
    let noko = "Date,Person,Group/Client,Project,Minutes,Hours,Description,Billable,Invoiced,Invoice Reference,Paid,Approved\n\
        2026-05-04,Ann,Quay,Mole,60,1,Sounding,yes,no,,no,no\n\
        2026-05-05,Ann,Reef,Pier,120,2,Plan, first draft, second,yes,no,,no,no\n";
    let (folder, ran, _) = drafted("noko.csv", noko);
    assert!(!ran.out.contains("more or fewer cells"), "{}", ran.out);
    let agreements = fs::read_to_string(folder.path().join("agreements.csv")).unwrap();
    assert!(agreements.contains("\nReef / Pier,Reef,Pier,"), "{agreements}");
    let billed = of_run(folder.path(), "invoice_entries.csv");
    assert!(billed.contains("Plan, first draft, second") && billed.contains("Sounding"), "{billed}");
}

/// F2: what waits for an answer is not to be corrected, and no copy of it lies about.
#[test]
fn f2_an_open_question_is_answered_and_no_row_corrected() {
    let text = "Date,User,Client,Hours\n05/06/2026,Ann,Quay,1.5\n06/06/2026,Ann,Quay,2\n";
    let (scratch, written, _) = drafted("hours.csv", text);
    assert!(written.out.contains("1 question is open"), "{}", written.out);
    let ran = run_in(scratch.path(), &["run", "job.toml", "-v", "--all"]);
    assert!(ran.code == 1 && ran.out.contains("(question-open)"), "{}", ran.out);
    // It names the key, once for all rows.
    assert_eq!(ran.out.matches("answer `date_format` in job.toml").count(), 1, "{}", ran.out);
    assert!(!ran.out.contains("newer_wins") && !ran.out.contains("to correct them"), "{}", ran.out);
    let told = run_in(scratch.path(), &["explain", "job.toml", "hours.csv:2", "--all"]);
    assert!(
        told.out.contains("answer the question in the job file") && !told.out.contains("newer_wins"),
        "{}",
        told.out
    );
}

/// C10: prices of the export, and no column that has them.
#[test]
fn c10_rates_of_an_export_without_rates_name_the_column_that_is_missing() {
    let (scratch, ..) = drafted("hours.csv", "Date,User,Client,Hours\n2026-05-04,Ann,Quay,1.5\n");
    let ran = run_in(scratch.path(), &["run", "job.toml", "-v", "--all", "--set", "rules.rates=export"]);
    for part in [
        "rate-not-exported",
        "the export gives no rate for hours on `Quay`: 1 entry with 1.5 h is held",
        "`columns.rate`",
    ] {
        assert!(ran.out.contains(part), "{part} is not in {}", ran.out);
    }
    assert!(!ran.out.contains("rate-missing"), "{}", ran.out);
    // A currency is needed wherever prices come from.
    fs::write(scratch.path().join("agreements.csv"), "agreement_id,customer_id,currency,unit_price\nQ,Quay,,100\n")
        .unwrap();
    let ran = run_in(scratch.path(), &["run", "job.toml", "-v", "--all", "--set", "rules.rates=export"]);
    assert!(ran.out.contains("agreement `Q` has no currency: 1 entry"), "{}", ran.out);
}

/// F9: what an empty client or project comes to is told where it is met.
#[test]
fn f9_init_says_what_empty_cells_of_client_and_project_come_to() {
    let text = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags\n\
                Ann,a@example.org,Quay,Mole,,Draw,Yes,2026-05-04,09:00:00,2026-05-04,10:00:00,01:00:00,-\n\
                Ann,a@example.org,Quay,-,,Plan,Yes,2026-05-05,09:00:00,2026-05-05,11:00:00,02:00:00,-\n\
                Ann,a@example.org,-,-,,Rest,Yes,2026-05-06,09:00:00,2026-05-06,13:00:00,04:00:00,-\n";
    let (scratch, written, job) = drafted("toggl.csv", text);
    for part in [
        "1 row names neither client nor project (`-` counts as empty), and nobody is billed for that",
        "`values.project = { \"\" = \"NAME\" }`",
        "without a project is for all work of its client that no other row fits, such as entries whose project is empty (`-` counts as empty)",
        "no file says a tax: drafts are without one until the column `taxes` of agreements.csv names it, such as `21%`",
    ] {
        assert!(written.out.contains(part), "{part} is not in {}", written.out);
    }
    // As it says.
    let job = job.replacen("preset = ", "values.project = { \"\" = \"Inhouse\" }\npreset = ", 1);
    fs::write(scratch.path().join("job.toml"), job).unwrap();
    let own = fs::read_to_string(scratch.path().join("agreements.csv")).unwrap() + "I,Quay,Inhouse,EUR,10,\n";
    fs::write(scratch.path().join("agreements.csv"), own).unwrap();
    let ran = run_in(scratch.path(), &["run", "job.toml", "-v", "--all"]);
    assert!(ran.out.contains("billed 3 7.00"), "{}", ran.out);
}

/// F9: whoever adds a column to the agreements keeps it, and new rows have it as well.
#[test]
fn f9_new_rows_of_the_agreements_have_the_columns_that_stand_there() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let head = "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1\n";
    fs::write(path.join("hours.csv"), head).unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 0);
    let own = "agreement_id,product,customer_id,project,currency,unit_price,taxes,payment_terms\nQuay / Mole,Work,Quay,Mole,EUR,90,21%,30 days\n";
    fs::write(path.join("agreements.csv"), own).unwrap();
    fs::write(path.join("hours.csv"), format!("{head}2026-05-05,Ann,Quay,\"Pier, old\",2\n")).unwrap();
    let ran = run_in(path, &["init", "hours.csv", "--force"]);
    assert!(ran.code == 0 && !ran.out.contains("no file says a tax"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("`currency` in 1 row, `unit_price` in 1 row"), "{}", ran.out);
    let kept = fs::read_to_string(path.join("agreements.csv")).unwrap();
    assert_eq!(kept, format!("{own}\"Quay / Pier, old\",,Quay,\"Pier, old\",,,,\n"));
}

/// B9: once per run, of a seller with a VAT id; not where work is for other countries, and not where somebody says that none is due.
#[test]
fn b9_a_seller_with_a_vat_id_is_told_that_no_tax_is_stated() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let agreements = "agreement_id,customer_id,currency,unit_price,taxes\nQ,Quay,EUR,90,\nR,Reef,EUR,80,";
    fs::write(
        path.join("hours.csv"),
        "timesheet_id,date,hours,customer_id\nE1,2026-05-04,1,Quay\nE2,2026-05-05,2,Reef\n",
    )
    .unwrap();
    let run = |company: &str, customers: &str, tax: &str| {
        fs::write(path.join("agreements.csv"), format!("{agreements}{tax}\n")).unwrap();
        fs::write(path.join("customers.csv"), format!("customer_id,country\n{customers}")).unwrap();
        let job =
            "[inputs]\ntimesheets = \"hours.csv\"\nagreements = \"agreements.csv\"\ncustomers = \"customers.csv\"\n";
        fs::write(path.join("job.toml"), format!("{job}[company]\n{company}\n")).unwrap();
        let ran = run_in(path, &["run", "job.toml", "-v", "--all", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        ran.out.matches("tax-not-stated").count()
    };
    let belgian = "name = \"Pier\"\nvat_id = \"BE0123456749\"";
    assert!(run(belgian, "", "") > 0);
    assert!(run(belgian, "Quay,FR\nReef,BE\n", "") > 0);
    assert_eq!(run(belgian, "Quay,FR\nReef,DE\n", ""), 0);
    assert_eq!(run(belgian, "", "0%"), 0);
    assert_eq!(run("name = \"Pier\"", "", ""), 0);
}
