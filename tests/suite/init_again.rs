//! `init` for people who have the README and nothing else: what it says of the file, what the job holds for later, and what stays of a job that it
//! writes over (F9, F10).

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, hourbill};

const KIMAI: &str = "Date,From,To,Duration,Currency,Price,Hourly price,Name,User,Customer\n\
    2026-04-30,09:00,10:00,1:00,EUR,90,90,Ann Poe,ann,Quay\n\
    2026-05-04,09:00,10:30,1:30,EUR,135,90,Ann Poe,ann,Quay\n\
    2026-05-05,09:00,11:00,2:00,EUR,180,90,Ann Poe,ann,Quay\n";

/// What a command says, in one line: texts are broken between words.
fn run_in(path: &Path, words: &[&str]) -> Ran {
    let ran = Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    Ran { out: crate::cli::flat(&ran.out), err: crate::cli::flat(&ran.err), ..ran }
}

#[test]
fn f9_init_says_what_it_used_what_it_took_for_granted_and_which_month_is_billed() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("kimai.csv"), KIMAI).unwrap();
    let ran = run_in(path, &["init", "kimai.csv", "--as-of", "2026-06-10"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for part in [
        // Day, start, end, duration, currency, price per hour, person and client: ids are made of those of them that say who and when.
        "8 of 10",
        "1 row, nothing is missing; unit_price of 1 row is what `Hourly price` says of all its hours to bill; currency is that of `Currency`",
        "no column says which hours are billable or were invoiced before: the job takes it that all of them are billed",
        "2026-05 (2 entries) alone; the entries of 2026-04 (1 entry) are not billed by it: `hourbill run job.toml --period MONTH`",
    ] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let flat = job.replace("\n#  ", "");
    assert!(flat.contains("not used: `Price`, `Name`") || flat.contains("not used: `Price`, `User`"), "{job}");
    // Everything that PDFs and a post need stands there; who bills is to be filled in, and what is in comments is right as it stands.
    for line in [
        "documents = [\"pdf\"]",
        "[ledger]\ndir = \"ledger\"",
        "# max_entry_hours = 24",
        "[company]\nname = \"\"",
        "month = \"2026-05\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line} is not in\n{job}");
    }
    let pdfs = |out: &str| {
        let runs = fs::read_dir(path.join(out)).unwrap().next().unwrap().unwrap().path().join("runs");
        let drafts = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path().join("invoices");
        fs::read_dir(drafts)
            .unwrap()
            .filter(|draft| draft.as_ref().unwrap().path().join("invoice.pdf").exists())
            .count()
    };
    let ran = run_in(path, &["run", "job.toml"]);
    assert!(ran.code == 0 && !ran.out.contains("tax-not-stated"), "{}{}", ran.out, ran.err);
    assert_eq!(pdfs("out"), 1);
    let company = [
        ("name", "Pier"),
        ("city", "Gent"),
        ("country", "BE"),
        ("vat_id", "BE0123456749"),
        ("iban", "BE68539007547034"),
    ];
    let filled = company.iter().fold(job.replace("# max", "max"), |job, (key, said)| {
        job.replace(&format!("\n{key} = \"\""), &format!("\n{key} = \"{said}\""))
    });
    fs::write(path.join("job.toml"), &filled).unwrap();
    let ran = run_in(path, &["run", "job.toml"]);
    assert!(ran.code == 0 && ran.out.contains("(tax-not-stated"), "{}{}\n{filled}", ran.out, ran.err);
    // A rate, or that none is due, ends it; so does a seller without a VAT id.
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    for tax in ["21%", "0%"] {
        fs::write(path.join("agreements.csv"), agreements.replace("90,", &format!("90,{tax}"))).unwrap();
        let ran = run_in(path, &["run", "job.toml"]);
        assert!(ran.code == 0 && !ran.out.contains("tax-not-stated"), "{}{}", ran.out, ran.err);
    }
    let ran = run_in(path, &["post", "job.toml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let told: Value =
        serde_json::from_str(&run_in(path, &["init", "kimai.csv", "--out", "b.toml", "--format", "json"]).out).unwrap();
    assert_eq!(told["period"]["entries_by_month"]["2026-04"], 1, "{told}");
}

#[test]
fn f10_a_job_that_is_written_over_keeps_what_somebody_wrote() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("hours.csv"), "Date,User,Client,Hours\n05/06/2026,Ann,Quay,1.5\n06/06/2026,Ann,Quay,2\n")
        .unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 1);
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 2, "a job that is there stays");
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    // An answer, a key of one's own, tables, an input of one's own, and a name on which the ledger stands.
    let mine = job
        .replace("\n# date_format = \"%d/%m/%Y\"", "\ndate_format = \"%d/%m/%Y\"\nnewer_wins = true")
        .replace("\n[ledger]\ndir = \"ledger\"", "\n# Back it up.\n[ledger]\ndir = \"books\"")
        .replace("[company]\nname = \"\"", "[company]\nname = \"Poe & Co\"")
        .replace("columns.employee = \"User\"", "columns.employee = \"Who\"")
        .replacen("name = ", "name = \"own\" # was ", 1)
        + "\n[inputs.rates]\npath = \"rates.csv\"\n";
    fs::write(path.join("job.toml"), &mine).unwrap();
    fs::write(path.join("rates.csv"), "price,currency,employee\n75,EUR,Ann\n").unwrap();
    let ran = run_in(path, &["init", "hours.csv", "--force"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let again = fs::read_to_string(path.join("job.toml")).unwrap();
    for part in [
        "name = \"own\"",
        "\ndate_format = \"%d/%m/%Y\"",
        "\nnewer_wins = true",
        "# Back it up.\n[ledger]\ndir = \"books\"",
        "[company]\nname = \"Poe & Co\"",
        "[inputs.rates]\npath = \"rates.csv\"",
        "columns.employee = \"User\"",
    ] {
        assert!(again.contains(part), "{part} is not in\n{again}");
    }
    assert!(ran.out.contains("kept from before: ") && ran.out.contains("[ledger]"), "{}", ran.out);
    assert!(ran.out.contains("not kept from before: columns.employee = \"Who\" of timesheets"), "{}", ran.out);
    assert_eq!(again.matches("[ledger]").count(), 1, "{again}");
    // Once more: nothing changes, and what was answered is asked no more.
    assert_eq!(run_in(path, &["init", "hours.csv", "--force"]).code, 0);
    assert_eq!(fs::read_to_string(path.join("job.toml")).unwrap(), again);
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    fs::write(path.join("agreements.csv"), agreements.replace("Quay,Quay,,,,", "Quay,Quay,,EUR,80,")).unwrap();
    let ran = run_in(path, &["run", "job.toml", "--all"]);
    assert!(ran.code == 0 && ran.out.contains("262.50"), "3.5 h x 75: {}{}", ran.out, ran.err);
    // What cannot be kept is not written over.
    fs::write(path.join("job.toml"), "[ledger\n").unwrap();
    let ran = run_in(path, &["init", "hours.csv", "--force"]);
    assert!(ran.code == 2 && ran.err.contains("job-not-kept"), "{}{}", ran.out, ran.err);
    assert_eq!(fs::read_to_string(path.join("job.toml")).unwrap(), "[ledger\n");
}

#[test]
fn f10_a_file_that_is_not_understood_leaves_a_job_to_fill_in() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("plan.csv"), "Wer,Wann,Gebraucht\nAnn,montags,2\nAnn,dienstags,1\n").unwrap();
    let ran = run_in(path, &["init", "plan.csv"]);
    assert!(ran.code == 3 && ran.err.contains("take the # off the lines of job.toml"), "{}{}", ran.out, ran.err);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    for part in ["# [inputs.timesheets]\n# path = \"plan.csv\"\n# columns.date", "plan.csv is left out"] {
        assert!(job.contains(part), "{part} is not in\n{job}");
    }
    assert_eq!(run_in(path, &["run", "job.toml"]).code, 2);
}

/// C2, C3: hours without customer or project are unassigned, and the receipt says what is missing and how it is settled.
#[test]
fn c3_the_receipt_says_why_hours_are_unassigned() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(
        path.join("hours.csv"),
        "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,,,0.5\n2026-05-06,Ann,,Pier,2\n2026-05-07,Ann,Reef,Mole,1\n",
    )
    .unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 0);
    fs::write(
        path.join("agreements.csv"),
        // One without a project is for its customer's work, and one without either for nobody's.
        "agreement_id,customer_id,project,currency,unit_price\nQ,Quay,Mole,EUR,80\nall,Quay,,EUR,70\nnone,,,EUR,60\n",
    )
    .unwrap();
    let ran = run_in(path, &["run", "job.toml", "--all"]);
    assert!(ran.out.contains("3 entries with 3.50 h have no order line or agreement: nobody is billed"), "{}", ran.out);
    let ran = run_in(path, &["run", "job.toml", "--all", "-v"]);
    assert_eq!(ran.code, 0, "unassigned hours alone are no exit 1: {}{}", ran.out, ran.err);
    for part in [
        "3 entries with 3.50 h have no order line or agreement: nobody is billed for them",
        "1 entry with 0.50 h: customer and project are missing in the file",
        "1 entry with 2.00 h: the customer is missing in the file, and project `Pier` has no agreement",
        "1 entry with 1.00 h: customer `Reef` has no agreement for project `Mole` that fits, and none without a project",
        "no agreement is for work of nobody",
        "give the project a row in agreements.csv",
        "give the customer a row in agreements.csv",
        "agreement `none` has no customer: it counts for nothing",
    ] {
        let in_one_line = crate::cli::flat(&ran.out);
        assert!(in_one_line.contains(part), "{part} is not in\n{}", ran.out);
    }
    let told: Value =
        serde_json::from_str(&run_in(path, &["run", "job.toml", "--all", "--format", "json"]).out).unwrap();
    let whys: Vec<&str> =
        told["unassigned"].as_array().unwrap().iter().map(|row| row["why"].as_str().unwrap()).collect();
    assert_eq!(whys, ["names_nothing", "project_without_agreement", "no_agreement_fits"]);
    // As the receipt says: an empty cell may be given a name.
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let job = job.replacen("columns.date", "values.project = { \"\" = \"Inhouse\" }\ncolumns.date", 1);
    fs::write(path.join("job.toml"), job).unwrap();
    let more = "I,Quay,Inhouse,EUR,50\nP,Quay,Pier,EUR,40\nR,Reef,,EUR,30\n";
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    fs::write(path.join("agreements.csv"), agreements + more).unwrap();
    let ran = run_in(path, &["run", "job.toml", "--all"]);
    // 1.5 x 80 + 0.5 x 50 + 2 x 40 = 225 for Quay, 30 for Reef.
    assert!(
        ran.code == 0 && ran.out.contains("255.00") && !ran.out.contains("nobody is billed"),
        "{}{}",
        ran.out,
        ran.err
    );
}

/// F9: what a spreadsheet made of the agreements is kept, and rows are added as it writes them.
#[test]
fn f9_agreements_that_a_spreadsheet_saved_stay_as_it_writes_them() {
    let head = "Date,User,Client,Project,Hours,Rate (EUR)\n2026-05-04,Ann,Qu\u{e4}y,Mole,1,90\n";
    let more = format!("{head}2026-05-05,Ann,Qu\u{e4}y,Pier,2,80.5\n");
    let saved = "agreement_id;customer_id;project;currency;unit_price;taxes\r\nQu\u{e4}y / Mole;Qu\u{e4}y;Mole;EUR;90,50;21%\r\n";
    let added = "Qu\u{e4}y / Pier;Qu\u{e4}y;Pier;EUR;80,5;\r\n";
    let (tabs, tabs_added) = (saved.replace(';', "\t"), added.replace(';', "\t"));
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let latin = |text: &str| text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect::<Vec<u8>>();
    let with_mark = |text: &str| format!("\u{feff}{text}");
    let files = [
        (with_mark(saved).into_bytes(), added.as_bytes().to_vec(), None),
        (latin(saved), latin(added), Some("windows-1252")),
        (utf16(&with_mark(&tabs)), utf16(&tabs_added), Some("utf-16")),
        // Whoever edits the last line may leave it without its end.
        (saved.trim_end().as_bytes().to_vec(), format!("\r\n{added}").into_bytes(), None),
    ];
    for (saved, added, encoding) in files {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        fs::write(path.join("hours.csv"), head).unwrap();
        assert_eq!(run_in(path, &["init", "hours.csv"]).code, 0);
        fs::write(path.join("agreements.csv"), &saved).unwrap();
        for text in [head, &more, &more] {
            fs::write(path.join("hours.csv"), text).unwrap();
            let ran = run_in(path, &["init", "hours.csv", "--force"]);
            assert!(ran.code == 0 && ran.out.contains("nothing is missing"), "{}{}", ran.out, ran.err);
            assert!(!ran.out.contains("no file says a tax"), "{}", ran.out);
        }
        assert_eq!(fs::read(path.join("agreements.csv")).unwrap(), [saved, added].concat(), "{encoding:?}");
        let job = fs::read_to_string(path.join("job.toml")).unwrap();
        let below = job.split("[inputs.agreements]").nth(1).unwrap();
        assert!(below.contains("decimal = \",\""), "{job}");
        assert_eq!(encoding.is_some_and(|word| below.contains(&format!("encoding = \"{word}\""))), encoding.is_some());
        let ran = run_in(path, &["run", "job.toml", "--all", "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        assert_eq!(told["control"]["dispositions"]["billed"]["hours"], "3", "{}\n{job}", ran.out);
        // 90.50 and 2 x 80.50, the first with 21 %.
        assert_eq!(told["money"]["EUR"]["net"], "251.50", "{}", ran.out);
    }
}

/// F9, §2.8: `1.160` in a file that a spreadsheet with a decimal comma saved is 1160 or 1.16, and nobody is billed either before somebody says so.
#[test]
fn f9_a_price_with_two_readings_is_set_aside_until_the_job_says_its_mark() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("hours.csv"), "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,2\n").unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 0);
    let head = "agreement_id;customer_id;project;currency;unit_price;taxes\r\n";
    // A figure of its own in a row that somebody added says nothing about the other one.
    let saved = format!("{head}Quay / Mole;Quay;Mole;EUR;1.160;\r\nReef;Reef;;EUR;80.5;\r\n");
    fs::write(path.join("agreements.csv"), &saved).unwrap();
    for words in [&["init", "hours.csv", "--force"][..], &["run", "job.toml", "--all"]] {
        let ran = run_in(path, words);
        assert!(ran.code == 1 && !ran.out.contains("2.32"), "{}{}", ran.out, ran.err);
    }
    let ran = run_in(path, &["init", "hours.csv", "--force"]);
    assert!(
        ran.out.contains("figures of the agreements such as `1.160` may have decimals or thousands"),
        "{}",
        ran.out
    );
    let ran = run_in(path, &["check", "job.toml", "-v"]);
    assert!(ran.out.contains("set `decimal = \".\"` of the input, or"), "{}{}", ran.out, ran.err);
    // Commas tell, and what the job says is kept.
    fs::write(path.join("agreements.csv"), saved.replace("80.5", "80,5")).unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv", "--force"]).code, 0);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    assert!(job.contains("decimal = \",\"") && job.contains("thousands = \".\""), "{job}");
    let ran = run_in(path, &["run", "job.toml", "--all"]);
    assert!(ran.code == 0 && ran.out.contains("2,320.00"), "{}{}", ran.out, ran.err);
    for (said, net) in [("decimal = \".\"", "2.32"), ("decimal = \",\"\nthousands = \".\"", "2,320.00")] {
        fs::write(path.join("agreements.csv"), format!("{head}Quay / Mole;Quay;Mole;EUR;1.160;\r\n")).unwrap();
        let without: String =
            job.lines().filter(|line| !line.contains("# as the file")).map(|line| format!("{line}\n")).collect();
        let path_line = "path = \"agreements.csv\"";
        fs::write(path.join("job.toml"), without.replace(path_line, &format!("{path_line}\n{said}"))).unwrap();
        assert_eq!(run_in(path, &["init", "hours.csv", "--force"]).code, 0, "{said}");
        let ran = run_in(path, &["run", "job.toml", "--all"]);
        assert!(ran.code == 0 && ran.out.contains(net), "{said}: {}{}", ran.out, ran.err);
    }
}

/// F9, §2.8: no price is taken from such a figure of an export, unless its other figures say what its marks are.
#[test]
fn f9_no_price_is_taken_from_a_figure_with_two_readings() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    for (hours, said, price) in [("2", "", ""), ("1.5", "decimal = \".\"", "1.16")] {
        let text = format!("Date;User;Client;Hours;Rate (EUR)\n2026-05-04;Ann;Quay;{hours};1.160\n");
        fs::write(path.join("hours.csv"), text).unwrap();
        let _ = fs::remove_file(path.join("agreements.csv"));
        let ran = run_in(path, &["init", "hours.csv", "--force"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let job = fs::read_to_string(path.join("job.toml")).unwrap();
        assert_eq!(job.contains("\ndecimal = "), !said.is_empty(), "{job}");
        assert!(job.contains(said), "{job}");
        let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
        assert!(agreements.contains(&format!("Quay,Quay,,EUR,{price},")), "{agreements}");
    }
    let orders = "order_line_id;order_id;state;customer_id;product;invoicing_policy;uom;ordered_qty;unit_price;currency;confirmed_on\n\
        A;S1;sale;C1;Support;delivered_timesheet;Hours;10;1.160;EUR;2026-05-01\n";
    fs::write(path.join("hours.csv"), "timesheet_id,date,hours,order_line_id\nT1,2026-05-04,2,A\n").unwrap();
    fs::write(path.join("orders.csv"), orders).unwrap();
    let ran = run_in(path, &["init", "hours.csv", "orders.csv", "--out", "orders.toml"]);
    assert!(ran.code == 1 && ran.out.contains("figures such as `1.160` may have decimals"), "{}{}", ran.out, ran.err);
    let job = fs::read_to_string(path.join("orders.toml")).unwrap();
    assert!(job.contains("\n# decimal = \".\"\n# decimal = \",\"\n# thousands = \".\"\n"), "{job}");
    let ran = run_in(path, &["run", "orders.toml", "--all", "--dry-run"]);
    assert!(ran.code == 1 && !ran.out.contains("2.32"), "{}{}", ran.out, ran.err);
    fs::write(path.join("orders.toml"), job.replace("\n# decimal = \".\"", "\ndecimal = \".\"")).unwrap();
    let ran = run_in(path, &["init", "hours.csv", "orders.csv", "--out", "orders.toml", "--force"]);
    assert!(ran.code == 0 && !ran.out.contains("`1.160`"), "{}{}", ran.out, ran.err);
    let ran = run_in(path, &["run", "orders.toml", "--all", "--dry-run"]);
    assert!(ran.code == 0 && ran.out.contains("2.32"), "{}{}", ran.out, ran.err);
}

/// F9: letters that the file cannot hold are not lost.
#[test]
fn f9_agreements_in_an_encoding_without_the_letters_of_a_new_row_are_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("hours.csv"), "Date,User,Client,Project,Hours\n2026-05-04,Ann,\u{141}uk,Mole,1\n").unwrap();
    let saved = b"agreement_id;customer_id;project;currency;unit_price;taxes\r\nQu\xe4y;Qu\xe4y;;EUR;90;\r\n";
    fs::write(path.join("agreements.csv"), saved).unwrap();
    let ran = run_in(path, &["init", "hours.csv"]);
    assert!(ran.code == 2 && ran.err.contains("save it as UTF-8"), "{} {}{}", ran.code, ran.out, ran.err);
    assert_eq!(fs::read(path.join("agreements.csv")).unwrap(), saved);
    // A price with a comma, before `init` has seen it, is refused with what to do.
    fs::write(path.join("agreements.csv"), "agreement_id,customer_id,project,currency,unit_price,taxes\n").unwrap();
    assert_eq!(run_in(path, &["init", "hours.csv"]).code, 0);
    let typed = "agreement_id,customer_id,project,currency,unit_price,taxes\nA,\u{141}uk,Mole,EUR,\"90,00\",\n";
    fs::write(path.join("agreements.csv"), typed).unwrap();
    let ran = run_in(path, &["run", "job.toml", "--all", "-v"]);
    assert!(ran.code == 1 && ran.out.contains("set `decimal = \",\"` of the input"), "{}{}", ran.out, ran.err);
}

/// F2: what a spreadsheet kept as parts of a day is asked with what both readings come to; of a job that was written by hand `check` says it.
#[test]
fn f2_hours_that_may_be_parts_of_a_day_are_told_with_both_readings() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let rows = "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,0.0625\n2026-05-05,Ann,Quay,Mole,0.0208333333\nTotal,,,,0.0833333333\n";
    fs::write(path.join("hours.csv"), rows).unwrap();
    let ran = run_in(path, &["init", "hours.csv"]);
    for part in
        ["such as `0.0625`, `0.0208333333` may be parts of a day", "2 h in all", "0.0833333333 h", "2 of 2 figures"]
    {
        assert!(ran.code == 1 && ran.out.contains(part), "{part} is not in\n{}{}", ran.out, ran.err);
    }
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    let by_hand = job.lines().filter(|line| !line.starts_with("open = ")).map(|line| format!("{line}\n"));
    let by_hand: String = by_hand.collect();
    for (unit, told) in [("", true), ("hours_unit = \"hours\"\n", false), ("hours_unit = \"excel\"\n", false)] {
        let said = by_hand.replace("[inputs.timesheets]\n", &format!("[inputs.timesheets]\n{unit}"));
        fs::write(path.join("job.toml"), &said).unwrap();
        let ran = run_in(path, &["check", "job.toml"]);
        assert_eq!(
            ran.out.contains("`hours_unit = \"excel\"` of the input reads them so"),
            told,
            "{}{}",
            ran.out,
            ran.err
        );
        let json = run_in(path, &["check", "job.toml", "--format", "json"]);
        assert_eq!(json.out.contains("as a spreadsheet keeps times"), told, "{}{}", json.out, json.err);
    }
}

#[test]
fn f9_an_answer_is_asked_no_more_and_a_fixed_price_is_no_price_of_an_hour() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    // Durations in seconds; the last row has a price of its own: 10.00 for 28 minutes at 12.00 an hour.
    let rows = "Date,From,To,Duration,Rate,User,Customer,Project,Hourly rate,Fixed rate,Exported\n\
        2026-05-04,09:00,10:00,3600,EUR 90.00,ann,Quay,Web,EUR 90.00,,0\n\
        2026-05-05,09:00,11:00,7200,EUR 180.00,ann,Quay,Web,EUR 90.00,,0\n\
        2026-05-06,09:00,09:28,1680,EUR 10.00,ann,Pier,Help,EUR 12.00,EUR 10.00,0\n";
    fs::write(path.join("kimai.csv"), rows).unwrap();
    let agreed = || fs::read_to_string(path.join("agreements.csv")).unwrap();
    let ran = run_in(path, &["init", "kimai.csv"]);
    assert!(ran.code == 1 && ran.out.contains("hours_unit"), "{}{}", ran.out, ran.err);
    assert!(!agreed().contains("12"), "{}", agreed());
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    fs::write(path.join("job.toml"), job.replace("# hours_unit = \"seconds\"", "hours_unit = \"seconds\"")).unwrap();
    // One row is called otherwise by now, with the price that was agreed.
    let called = agreed().replace("Quay / Web,Quay,Web,EUR,", "A1,Quay,Web,EUR,85").replace("8590,", "85,");
    fs::write(path.join("agreements.csv"), &called).unwrap();
    let ran = run_in(path, &["init", "kimai.csv", "--force"]);
    assert!(ran.out.contains("is not `Hourly rate` times hours in 1 of 3 rows"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("to answer"), "{}", ran.out);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    assert!(job.contains("\nhours_unit = \"seconds\"\n") && !job.contains("\nopen = "), "{job}");
    assert_eq!(agreed(), called);
    let ran = run_in(path, &["run", "job.toml", "--all"]);
    assert!(ran.out.contains("255.00 EUR"), "3 h at 85\n{}{}", ran.out, ran.err);
    // The export goes on, and the month that was written stays.
    fs::write(path.join("kimai.csv"), rows.replace("2026-05", "2026-06")).unwrap();
    let ran = run_in(path, &["init", "kimai.csv", "--force"]);
    let period = "period: month = \"2026-05\", kept from before; the entries go on to 2026-06: `hourbill run job.toml --period 2026-06` bills that month";
    assert!(ran.out.contains(period), "{}{}", ran.out, ran.err);
}

/// F10: a file that cannot be read is named, and stops nobody from understanding the others.
#[test]
fn f10_a_file_that_cannot_be_read_is_named_among_what_is_left_out() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("kimai.csv"), KIMAI).unwrap();
    fs::write(path.join("kimai-2.csv"), "Date,User\n2026-05-04,\"Ann\n").unwrap();
    fs::write(path.join("sheet.xlsx"), "no workbook").unwrap();
    let ran = run_in(path, &["init", "."]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    for said in ["kimai-2.csv is left out: row 1 of `./kimai-2.csv` opens a quote", "sheet.xlsx is left out: "] {
        assert!(ran.out.contains(said), "{}", ran.out);
    }
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    assert!(job.contains("path = \"kimai.csv\"") && job.contains("kimai-2.csv is left out: "), "{job}");
    assert_eq!(run_in(path, &["run", "job.toml", "--all"]).code, 0);
    let ran = run_in(path, &["init", "kimai-2.csv", "sheet.xlsx", "--out", "other.toml"]);
    assert!(ran.code == 3 && ran.err.contains("error[unclosed-quote]"), "{}{}", ran.out, ran.err);
    assert!(!path.join("other.toml").exists());
}

/// F10: what two programs wrote is no one job.
#[test]
fn f10_exports_of_two_programs_need_a_job_each() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    let noko = "Date,Person,Group/Client,Project,Minutes,Hours,Description,Billable,Invoiced,Invoice Reference,Paid,Approved\n\
        2026-05-04,Ann,Quay,Mole,60,1,Sounding,yes,no,,no,no\n";
    for (name, text) in [("a.csv", KIMAI), ("b.csv", KIMAI), ("c.csv", noko)] {
        fs::write(path.join(name), text).unwrap();
    }
    let ran = run_in(path, &["init", "."]);
    let said = "exports of several programs: `a.csv` and 1 more is of a program that is not known, `c.csv` is of noko.";
    assert!(ran.code == 1 && ran.out.contains(said), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("each program needs one of its own"), "{}", ran.out);
    assert!(!run_in(path, &["init", "a.csv", "b.csv", "--out", "k.toml"]).out.contains("several programs"));
}

/// F2, F10: a header that the job ignores, or names in `columns`, is asked about no more.
#[test]
fn f2_a_header_that_the_job_names_is_asked_about_no_more() {
    let text =
        "Date,User,Client,Start,End,Break\n2026-05-04,Ann,Quay,09:00,17:00,30\n2026-05-05,Ann,Quay,09:00,12:00,15\n";
    for (line, hours) in
        [("ignore = [\"Break\"]", "11"), ("columns.unpaid_break = { \"Break\" = \"minutes\" }", "10.25")]
    {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        fs::write(path.join("hours.csv"), text).unwrap();
        assert_eq!(run_in(path, &["init", "hours.csv"]).code, 1);
        let job = fs::read_to_string(path.join("job.toml")).unwrap();
        assert!(job.contains("\nopen = [\"Break\"]") && job.contains(&format!("\n# {line}")), "{job}");
        // The run names what is open.
        let ran = run_in(path, &["run", "job.toml", "--all"]);
        assert!(ran.code == 1 && ran.out.contains("(question-open) answer `Break` in job.toml"), "{}", ran.out);
        fs::write(path.join("job.toml"), job.replace(&format!("\n# {line}"), &format!("\n{line}"))).unwrap();
        for _ in 0..2 {
            let ran = run_in(path, &["init", "hours.csv", "--force"]);
            assert!(ran.code == 0 && !ran.out.contains("not kept"), "{}{}", ran.out, ran.err);
        }
        let job = fs::read_to_string(path.join("job.toml")).unwrap().replace("{ Break =", "{ \"Break\" =");
        assert!(job.contains(&format!("\n{line}")) && !job.contains("\nopen = "), "{job}");
        let ran = run_in(path, &["run", "job.toml", "--all", "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(told["control"]["read"]["hours"], hours, "{}", ran.out);
    }
}

/// F3, F10: who says for whom the work was is asked no more, and has the rows of the agreements.
#[test]
fn f3_the_column_of_the_client_that_the_job_names_is_asked_about_no_more() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(
        path.join("hours.csv"),
        "Date,User,Hours,Folder,Tag\n2026-05-04,Ann,2,Quay,Mole\n2026-05-05,Ann,1,Quay,Pier\n",
    )
    .unwrap();
    let ran = run_in(path, &["init", "hours.csv"]);
    assert!(ran.code == 1 && ran.out.contains("no column is called client or project"), "{}{}", ran.out, ran.err);
    // It leaves the job running: no row is set aside for it.
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    assert!(!job.contains("\nopen = "), "{job}");
    let line = "columns.customer_id = \"Tag\"";
    fs::write(path.join("job.toml"), job.replacen("[inputs.timesheets]", &format!("[inputs.timesheets]\n{line}"), 1))
        .unwrap();
    for _ in 0..2 {
        let ran = run_in(path, &["init", "hours.csv", "--force"]);
        assert!(ran.code == 0 && !ran.out.contains("no column is called client"), "{}{}", ran.out, ran.err);
    }
    assert!(fs::read_to_string(path.join("job.toml")).unwrap().contains(&format!("\n{line}")));
    let agreements = fs::read_to_string(path.join("agreements.csv")).unwrap();
    assert!(agreements.contains("\nMole,Mole,,") && agreements.contains("\nPier,Pier,,"), "{agreements}");
}

/// F10: what an `init` leaves behind that found no time entries is no obstacle to the next, and keeps what somebody wrote there.
#[test]
fn f10_a_job_without_time_entries_is_written_over() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("plan.csv"), "Wer,Wann,Gebraucht\nAnn,montags,2\n").unwrap();
    assert_eq!(run_in(path, &["init", "plan.csv"]).code, 3);
    let job = fs::read_to_string(path.join("job.toml")).unwrap();
    fs::write(path.join("job.toml"), job.replace("[company]\nname = \"\"", "[company]\nname = \"Poe\"")).unwrap();
    fs::write(path.join("kimai.csv"), KIMAI).unwrap();
    let ran = run_in(path, &["init", "kimai.csv"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(fs::read_to_string(path.join("job.toml")).unwrap().contains("[company]\nname = \"Poe\""));
    // A job that reads hours is somebody's.
    let ran = run_in(path, &["init", "kimai.csv"]);
    assert!(ran.code == 2 && ran.err.contains("job-exists"), "{}{}", ran.out, ran.err);
}

/// §10: who has exports and no job file is told what writes one.
#[test]
fn f10_a_command_without_a_job_file_says_what_writes_one() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    for words in [&["run", "none.toml"][..], &["run"], &["check"], &["run", "--format", "json"]] {
        let ran = run_in(path, words);
        let told = [ran.out, ran.err].concat();
        assert!(ran.code == 2 && told.contains("`hourbill init EXPORTS` writes"), "{words:?}: {told}");
    }
}
