//! Times each stage and the whole of a run, at 10^5 and 10^6 entries: `cargo bench`.
//!
//! The exports are made by the generator into a temporary folder: `even` customers, or one `giant` that owns a third of the hours.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use divan::Bencher;
use hourbill::calendar::Date;
use hourbill::generate::{self, Options, SyntheticFormat};
use hourbill::job::{self, Flags, Settings};
use hourbill::posted::Posted;
use hourbill::run::{self, Unwatched};
use hourbill::{account, bill, link, tables};
use tempfile::TempDir;

fn main() {
    divan::main();
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Case {
    entries: u64,
    giant: bool,
    parquet: bool,
}

const CASES: [Case; 6] = [
    Case { entries: 100_000, giant: false, parquet: false },
    Case { entries: 100_000, giant: true, parquet: false },
    Case { entries: 1_000_000, giant: false, parquet: false },
    Case { entries: 1_000_000, giant: true, parquet: false },
    Case { entries: 1_000_000, giant: false, parquet: true },
    Case { entries: 1_000_000, giant: true, parquet: true },
];

/// Exports that were made so far; the folder goes when the bench ends.
static MADE: LazyLock<Mutex<TempDir>> = LazyLock::new(|| Mutex::new(TempDir::new().unwrap()));

fn settings(case: Case) -> Settings {
    let root = MADE.lock().unwrap();
    let kind = if case.parquet { "parquet" } else { "csv" };
    let shape = if case.giant { "giant" } else { "even" };
    let dir = root.path().join(format!("{}-{shape}-{kind}", case.entries));
    if !dir.exists() {
        let mut options = Options::new(case.entries, 7, &dir);
        options.format = if case.parquet { SyntheticFormat::Parquet } else { SyntheticFormat::Csv };
        options.giant = case.giant;
        generate::generate(&options, &|_| {}).unwrap();
    }
    load(&dir)
}

fn load(dir: &Path) -> Settings {
    let today = Date::from_ymd(2026, 11, 1).unwrap();
    job::load(&dir.join("job.toml"), &Flags::default(), today).unwrap()
}

#[divan::bench(args = CASES, sample_count = 5, sample_size = 1)]
fn read_and_check(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    bencher.bench_local(|| run::intake(&settings, &Unwatched).unwrap().totals);
}

#[divan::bench(args = CASES, sample_count = 10, sample_size = 1)]
fn link_tickets(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    let intake = run::intake(&settings, &Unwatched).unwrap();
    bencher.bench_local(|| link::link(&intake.world, &settings.billing, &Posted::default()));
}

#[divan::bench(args = CASES, sample_count = 10, sample_size = 1)]
fn account_hours(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    let intake = run::intake(&settings, &Unwatched).unwrap();
    let links = link::link(&intake.world, &settings.billing, &Posted::default());
    bencher.bench_local(|| account::account(&intake.world, &settings.billing, &links, &Posted::default()));
}

#[divan::bench(args = CASES, sample_count = 10, sample_size = 1)]
fn bill_lines(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    let intake = run::intake(&settings, &Unwatched).unwrap();
    let links = link::link(&intake.world, &settings.billing, &Posted::default());
    let account = account::account(&intake.world, &settings.billing, &links, &Posted::default());
    bencher
        .bench_local(|| bill::bill(&intake.world, &settings.billing, &account, &Posted::default(), &BTreeMap::new()));
}

#[divan::bench(args = CASES, sample_count = 5, sample_size = 1)]
fn format_tables_as_csv(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    let run = run::compute(&settings, &Unwatched).unwrap();
    bencher.bench_local(|| {
        for table in tables::tables(run.results(&settings)) {
            table.write_csv(&mut std::io::sink()).unwrap();
        }
    });
}

#[divan::bench(args = CASES, sample_count = 5, sample_size = 1)]
fn whole_run_without_publishing(bencher: Bencher<'_, '_>, case: Case) {
    let settings = settings(case);
    bencher.bench_local(|| run::compute(&settings, &Unwatched).unwrap().control);
}
