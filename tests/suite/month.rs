//! The month of a support company in `fixtures`: as CSV and as Parquet it gives the same drafts, and every job in `jobs` runs on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::calendar::Date;
use hourbill::job::{self, CompanyProfile, Flags, Settings};
use hourbill::run::{self, Run, Unwatched};
use hourbill::tables::tables;

fn path(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

fn load(job: &Path, flags: &Flags) -> Settings {
    let today = Date::parse("2026-11-02").unwrap();
    job::load(job, flags, today).unwrap_or_else(|error| panic!("{}: {error}", job.display()))
}

fn computed(settings: &Settings) -> Run {
    run::compute(settings, &Unwatched).unwrap_or_else(|error| panic!("{}: {error}", settings.name))
}

/// Tables as CSV, by name.
fn texts(run: &Run, settings: &Settings) -> BTreeMap<&'static str, String> {
    let text = |table: &hourbill::tables::Table<'_>| {
        let mut bytes = Vec::new();
        table.write_csv(&mut bytes).unwrap();
        (table.name, String::from_utf8(bytes).unwrap())
    };
    tables(run.results(settings)).iter().map(text).collect()
}

/// The flags that read the month from another folder.
fn reading(folder: &str) -> Flags {
    let files = fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let input = |path: PathBuf| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path.display().to_string());
    Flags { inputs: files.map(input).collect(), ..Flags::default() }
}

#[test]
fn the_month_as_csv_and_as_parquet_gives_the_same_drafts() {
    let job = path("jobs/month-end.toml");
    let (csv, parquet) = (load(&job, &reading("fixtures/month")), load(&job, &reading("fixtures/month-parquet")));
    let (of_csv, of_parquet) = (computed(&csv), computed(&parquet));
    assert!(of_csv.billing.drafts.len() > 10, "{} drafts", of_csv.billing.drafts.len());
    // Only the CSV files hold rows that a type cannot.
    assert!(of_csv.intake.rejected.len() >= 7 && of_csv.intake.rejected.len() > of_parquet.intake.rejected.len());
    let (csv, parquet) = (texts(&of_csv, &csv), texts(&of_parquet, &parquet));
    for table in ["invoices", "invoice_lines", "invoice_entries", "order_lines", "unbilled"] {
        assert_eq!(csv[table], parquet[table], "{table}");
        assert!(csv[table].lines().count() > 5, "{table} is as good as empty");
    }
}

#[test]
fn every_setting_stands_on_the_page_of_the_job() {
    let settings = load(&path("jobs/month-end.toml"), &Flags::default());
    let page = fs::read_to_string(path("docs/job.md")).unwrap();
    let sections = ["rules.", "output.", "ledger.", "limits."];
    let keys: Vec<&str> = settings.in_force.iter().map(|of| of.key.as_str()).collect();
    let general = keys.iter().copied().filter(|key| sections.iter().any(|section| key.starts_with(section)));
    let missing: Vec<&str> = general
        .chain(CompanyProfile::KEYS.iter().copied())
        .filter(|key| !page.contains(&format!("`{}`", key.rsplit('.').next().unwrap_or(key))))
        .collect();
    assert!(missing.is_empty(), "docs/job.md does not know {missing:?}");
    assert!(keys.contains(&"rules.invoiced_elsewhere") && keys.contains(&"rules.zero_drafts"), "{keys:?}");
}

#[test]
fn every_job_runs_on_the_fixtures_as_they_stand() {
    let mut jobs = 0;
    for entry in fs::read_dir(path("jobs")).unwrap() {
        let job = entry.unwrap().path();
        if job.extension().is_some_and(|kind| kind == "toml") {
            let settings = load(&job, &Flags::default());
            assert!(!computed(&settings).billing.drafts.is_empty(), "{} drafts nothing", job.display());
            jobs += 1;
        }
    }
    assert!(jobs >= 2, "{jobs} jobs");
}

#[test]
fn the_month_is_what_its_script_writes() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("make_month.py");
    fs::copy(path("fixtures/make_month.py"), &script).unwrap();
    fs::create_dir(folder.path().join("month")).unwrap();
    let ran = std::process::Command::new("python3").arg(&script).env("PYTHONDONTWRITEBYTECODE", "1").status();
    let Ok(status) = ran else {
        eprintln!("skipped: there is no python3 here");
        return;
    };
    assert!(status.success(), "{status}");
    for entry in fs::read_dir(path("fixtures/month")).unwrap() {
        let kept = entry.unwrap().path();
        let written = folder.path().join("month").join(kept.file_name().unwrap());
        assert!(fs::read(&kept).unwrap() == fs::read(written).unwrap(), "{} was changed by hand", kept.display());
    }
}
