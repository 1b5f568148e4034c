//! What people see in the first minute: a receipt on one screen, tables that fit the terminal, and the README that shows both.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::cli::newest_run;
use super::manual::{blocks, copy_of_jobs};

const JOB: &str = "jobs/with-ledger.toml";

/// What a command prints on a terminal of so many columns.
fn printed(folder: &Path, words: &[&str], columns: usize) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    command.current_dir(folder).args(words).env("COLUMNS", columns.to_string());
    let output = command.output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_receipt_of_the_month_is_one_screen_and_the_readme_shows_it() {
    let folder = copy_of_jobs();
    let receipt = printed(folder.path(), &["run", "jobs/month-end.toml"], 80);
    assert!(receipt.lines().count() <= 24, "{receipt}");
    assert!(receipt.lines().all(|line| line.chars().count() <= 80), "{receipt}");
    // E8, and the sums that every hour is accounted for.
    for said in [
        "month in money",
        "  billed ",
        "  on hold ",
        "  late ",
        "  no order line ",
        "teams not billing",
        "beyond packs",
        "after the period",
    ] {
        assert!(receipt.contains(said), "{said}: {receipt}");
    }
    let last = receipt.lines().last().unwrap();
    assert_eq!(last, "published; to look at: 7 rows in quarantine, 1 draft held");
    let shown = blocks("README.md", "The receipt", "text").remove(0);
    // A run's hash is that of every setting there is.
    let id = fs::read_to_string(folder.path().join("jobs/out/month-end/latest")).unwrap();
    let named = |text: &str| {
        let id = text.split("/runs/").nth(1).unwrap().split('/').next().unwrap();
        text.replace(id, "2026-10-<hash>")
    };
    assert!(receipt.contains(&format!("/runs/{}/report.html\n", id.trim())), "{receipt}");
    assert_eq!(named(&receipt), named(&shown), "the README shows another receipt");
    // All of it is still to be had.
    let whole = printed(folder.path(), &["run", "jobs/month-end.toml", "-v"], 80);
    for said in [
        "every entry and hour accounted for",
        "import-left-out",
        "timesheets.csv:451, line 452",
        "641.625",
        "4,253.74",
        "published",
    ] {
        assert!(whole.contains(said), "{said}: {whole}");
    }
    let counts = |text: &str| {
        text.lines()
            .find(|line| line.contains(" findings"))
            .unwrap()
            .split(" findings")
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    let run = newest_run(&folder.path().join("jobs/out/month-end"));
    let rows = csv::Reader::from_path(run.join("findings.csv")).unwrap().into_records().count().to_string();
    assert_eq!([counts(&receipt), counts(&whole)], [rows.clone(), rows.clone()], "receipt and table count alike");
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains(&format!("<li><b>{rows}</b> findings</li>")), "the page counts alike");
}

/// Figures of a text, as they stand.
fn figures(text: &str) -> BTreeSet<String> {
    let words = text.split([' ', '\n']).map(|word| word.trim_matches(['(', ')', ',', ';', ':', '`']));
    let figure = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && word.chars().all(|c| c.is_ascii_digit() || "-,.".contains(c))
    };
    // How many are left out depends on the room.
    words.filter(figure).filter(|word| word.len() > 3).map(str::to_owned).collect()
}

#[test]
fn every_command_fits_eighty_columns_and_breaks_no_number() {
    let folder = copy_of_jobs();
    printed(folder.path(), &["run", JOB], 80);
    let first = fs::read_to_string(folder.path().join("jobs/out/with-ledger/latest")).unwrap().trim().to_owned();
    let looks: [&[&str]; 9] = [
        &["run", JOB],
        &["run", JOB, "-v"],
        &["check", JOB],
        &["hours", JOB],
        &["leaks", JOB],
        &["month", JOB],
        &["reconcile", JOB, "--equal"],
        &["explain", JOB, "HD-1029"],
        &["post", JOB, "--dry-run"],
    ];
    let fits = |words: &[&str]| {
        let (narrow, wide) = (printed(folder.path(), words, 80), printed(folder.path(), words, 400));
        for line in narrow.lines() {
            // What is copied stays whole: a path or a hash, alone on its line or behind one word.
            let alone = line.split_whitespace().count() <= 2;
            assert!(line.chars().count() <= 80 || alone, "{words:?}: {line}");
        }
        let (narrow_figures, known) = (figures(&narrow), figures(&wide));
        let broken: Vec<&String> = narrow_figures.difference(&known).collect();
        assert!(broken.is_empty(), "{words:?}: {broken:?}\n{narrow}");
    };
    looks.into_iter().for_each(fits);
    printed(folder.path(), &["post", JOB, "--by", "ada"], 80);
    let credit = [
        "credit",
        JOB,
        "D-2026-10-C001-1-EUR",
        "--entry",
        "TS-20386=1:00",
        "--rebill",
        "--reason",
        "wrong",
        "--by",
        "ada",
    ];
    printed(folder.path(), &credit, 80);
    printed(folder.path(), &["run", JOB], 80);
    let second = fs::read_to_string(folder.path().join("jobs/out/with-ledger/latest")).unwrap().trim().to_owned();
    let later: [&[&str]; 9] = [
        &["ledger", "show", JOB],
        &["ledger", "show", JOB, "--invoice", "D-2026-10-C002-EUR"],
        &["ledger", "show", JOB, "--entry", "TS-20386"],
        &["ledger", "verify", JOB],
        &["explain", JOB, "TS-20386"],
        &["explain", JOB, "D-2026-10-C001-1-EUR"],
        &["diff", JOB, &first, &second],
        &["prune", JOB, "--keep", "1", "--dry-run"],
        &["statement", JOB],
    ];
    later.into_iter().for_each(fits);
    #[cfg(feature = "query")]
    for sql in [
        "SELECT * FROM invoices",
        "SELECT invoice_id, customer_name, net_amount, tax_amount, total_amount FROM invoices",
    ] {
        fits(&["query", JOB, sql]);
    }
}

#[test]
fn the_adjustments_of_the_readme_apply() {
    let folder = copy_of_jobs();
    // They stand in a list.
    let readme = blocks("README.md", "Review, adjust, post, credit", "csv").remove(0);
    let rows = readme.lines().map(str::trim_start).filter(|line| !line.is_empty());
    let rows: String = rows.map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("adjustments.csv"), rows).unwrap();
    let receipt = printed(folder.path(), &["run", JOB, "--input", "adjustments=adjustments.csv"], 80);
    assert!(receipt.contains("3 of 3 adjustments applied"), "{receipt}");
}
