//! What the terminal tells can be used: places are found again, hints name what helps, and totals that are told twice agree.

use std::fs;

use crate::cli::Job;

/// Rows of several lines below a title: rows and lines count otherwise.
const TITLED: &str = "\
Hours of October

timesheet_id,date,hours,ticket_id,description
H1,2026-10-05,1.5,T1,\"on two
lines\"
H2,05.10.2026,2,T1,first
H3,2026-10-06,many,T1,\"on
three
lines\"
H4,03/04/2026,2,T1,last
";

#[test]
fn a_place_that_is_printed_is_the_same_row_for_explain() {
    let job = Job::new();
    job.write("timesheets.csv", TITLED);
    for words in ["check job.toml", "run job.toml -v --dry-run"] {
        let told = job.run(words).ends(1).out;
        let places = told.lines().map(str::trim).filter(|line| line.starts_with("timesheets.csv:"));
        let places: Vec<(String, String)> = places
            .map(|line| {
                let (place, line) = line.split_once(", line ").unwrap_or_else(|| panic!("{line}"));
                (place.to_owned(), line.split(',').next().unwrap().to_owned())
            })
            .collect();
        let own = |place: &str, line: &str| (place.to_owned(), line.to_owned());
        let all = [own("timesheets.csv:2", "6"), own("timesheets.csv:3", "7"), own("timesheets.csv:4", "10")];
        assert_eq!(places, all, "{words}: {told}");
        for ((place, line), id) in places.iter().zip(["H2", "H3", "H4"]) {
            // Copied with or without what stands behind it.
            for copied in [place.clone(), format!("{place},"), format!("{place}, line {line}")] {
                let told = job.command("explain job.toml").arg(&copied).output().unwrap();
                let told = String::from_utf8(told.stdout).unwrap();
                assert!(told.starts_with(&format!("row `{place}`: quarantined as entry `{id}`")), "{copied}: {told}");
                assert!(told.contains(&format!("- {place}, line {line}, column")), "{copied}: {told}");
            }
        }
    }
    // A close names them, too.
    job.append("job.toml", "[ledger]\ndir = \"ledger\"\n");
    job.run("run job.toml").ends(1);
    let refused = job.run("close job.toml --period 2026-10 --soft --reason booked --as-of 2026-11-03").ends(5);
    assert!(refused.err.contains("timesheets.csv:2, line 6 (unreadable-value)"), "{}", refused.err);
}

#[test]
fn hints_name_the_setting_or_the_command_that_helps() {
    let job = Job::new();
    job.write("timesheets.csv", TITLED);
    let told = job.run("check job.toml").ends(1).out;
    // Lines end where the terminal does.
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for hint in [
        "where all are written so, set `date_format = \"%d.%m.%Y\"` of the input",
        "set `date_format = \"%d/%m/%Y\"` or `date_format = \"%m/%d/%Y\"` of the input",
        "set `decimal`, `thousands` or `date_format` of the input",
    ] {
        assert!(told.contains(hint), "{hint} in {told}");
    }
    job.write("timesheets.csv", "timesheet_id,date,hrs,ticket_id\nH1,2026-10-05,1.5,T1\n");
    let refused = job.run("check job.toml").ends(3);
    assert!(refused.err.contains("`columns = { hours = \"hrs\" }` of the input"), "{}", refused.err);
    job.write("timesheets.csv", "timesheet_id,date,hours,ticket_id\nH1,2026-10-05,1.5,T1\nH1,2026-10-05,2,T1\n");
    let told = job.run("check job.toml").ends(1).out;
    assert!(told.contains("`newer_wins = true`"), "{told}");
    job.append("job.toml", "[ledger]\ndir = \"ledger\"\n");
    let refused = job.run("post job.toml").ends(5);
    assert!(refused.err.contains("ledger-conflict") && refused.err.contains("`hourbill run`"), "{}", refused.err);
}

#[test]
fn the_ledger_counts_its_documents_in_one_way_and_lines_fit_the_terminal() {
    let job = Job::new();
    job.append("job.toml", "[ledger]\ndir = \"ledger\"\n");
    job.append("tickets.csv", "T3,C1,2026-10-05,S2/1,1\n");
    job.append("timesheets.csv", "H5,2026-10-08,1,T3\n");
    job.run("run job.toml").ends(0);
    job.run("post job.toml").ends(0);
    let shown = job.run("ledger show job.toml").ends(0).out;
    let verified = job.run("ledger verify job.toml").ends(0).out;
    let counted = "1 document and 1 note of hours (covered, held or closed before) in 1 entry";
    for told in [&shown, &verified] {
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(counted), "{told}");
    }
    let again = job.run("post job.toml").ends(0).out;
    let dry = job.run("void job.toml D-2026-10-C1-EUR --reason wrong --dry-run").ends(0).out;
    for told in [shown, verified, again, dry] {
        assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    }
}

#[test]
fn a_statement_that_ends_with_1_says_why() {
    let job = Job::new().dirty();
    job.run("run job.toml").ends(1);
    for words in ["statement job.toml", "hours job.toml", "leaks job.toml", "month job.toml"] {
        let ran = job.run(words).ends(1);
        let told = "1 row in quarantine: their hours are not in these figures (`hourbill check`";
        assert!(ran.err.contains(told), "{words}: {}", ran.err);
    }
}

#[test]
fn what_is_not_published_is_said_once() {
    let job = Job::new().dirty();
    let ran = job.run("run job.toml --strict").ends(3);
    assert_eq!(ran.out.matches("nothing was written").count(), 1, "{}", ran.out);
}

#[test]
fn init_asks_about_taxes_without_a_rate_and_numbers_that_may_be_ids() {
    let job = Job::new();
    let orders = fs::read_to_string(job.path("orders.csv")).unwrap();
    job.write("orders.csv", &orders.replacen("20%", "BTW verlegd", 1).replacen("20%", "21% BTW", 1));
    fs::remove_file(job.path("job.toml")).unwrap();
    let told = job.run("init .").ends(1).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let held = "tax `BTW verlegd` says no rate: drafts with it are held until [taxes.\"BTW verlegd\"] of the job says rate and category";
    assert!(told.contains(held) && told.contains("tax `21% BTW` is taken for 21 %"), "{told}");
    let written = fs::read_to_string(job.path("job.toml")).unwrap();
    assert!(written.contains("# [taxes.\"BTW verlegd\"]\n# rate = \"0\""), "{written}");
    job.run("run job.toml --all").ends(1);
    // Once it is declared there is nothing left to say of it.
    let declared = written
        .replace("# [taxes.", "[taxes.")
        .replace("# rate = \"0\" ", "rate = \"0\" ")
        .replace("# category = \"AE\" ", "category = \"AE\" ");
    job.write("job.toml", &declared);
    assert!(!job.run("run job.toml --all").ends(0).out.contains("held"));
    assert!(!job.run("init . --force").ends(1).out.contains("says no rate"));
    let numbered = Job::new();
    let rows = "Buchungsnr;Datum;Mitarbeiter;Kunde;Stunden\n4001;04.08.2026;Ann;Quay;1,5\n4002;14.08.2026;Bob;Quay;2\n";
    numbered.write("zeiten.csv", rows);
    let told = numbered.run("init zeiten.csv --out zeiten.toml").ends(1).out;
    assert!(told.contains("`Buchungsnr` may number the rows of this export alone"), "{told}");
}
