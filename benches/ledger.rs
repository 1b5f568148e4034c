//! Times a run on top of a ledger and a post, at 10^6 portions or as many as `HOURBILL_PORTIONS` says: `cargo bench --bench ledger`.
//!
//! All entries are on time lines and all of them are posted, so every one of them is looked up.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use hourbill::calendar::Date;
use hourbill::job::{self, Flags, Settings};
use hourbill::ledger::{Actor, Plan};
use hourbill::run::{self, Unwatched};
use tempfile::TempDir;

const LINES: u64 = 2_000;

fn main() {
    divan::main();
}

fn portions() -> u64 {
    std::env::var("HOURBILL_PORTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// Exports of which one run was published and posted; the folder goes when the bench ends.
static POSTED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = exports();
    let settings = settings(folder.path());
    publish(&settings);
    post(&settings);
    folder
});

fn exports() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n".to_owned();
    for line in 0..LINES {
        let (order, customer) = (line / 4, line / 8);
        writeln!(orders, "L{line},S{order},sale,C{customer},Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01")
            .unwrap();
    }
    let mut entries = "timesheet_id,date,hours,order_line_id\n".to_owned();
    for entry in 0..portions() {
        let (day, quarters, line) = (entry % 31 + 1, entry % 16 + 1, entry * 7_919 % LINES);
        writeln!(entries, "TS-{entry},2026-10-{day:02},{}m,L{line}", quarters * 15).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("orders.csv", &orders);
    write("tickets.csv", "ticket_id,customer_id\n");
    write("timesheets.csv", &entries);
    write(
        "job.toml",
        "name = \"bench\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         [output]\ndir = \"out\"\ntables = [\"parquet\"]\n[ledger]\ndir = \"ledger\"\n",
    );
    folder
}

fn settings(folder: &Path) -> Settings {
    let today = Date::from_ymd(2026, 11, 2).unwrap();
    job::load(&folder.join("job.toml"), &Flags::default(), today).unwrap()
}

fn publish(settings: &Settings) {
    let mut run = run::compute(settings, &Unwatched).unwrap();
    run::publish(&mut run, settings, &Unwatched).unwrap();
}

fn post(settings: &Settings) {
    let doer = Actor { job: "bench".into(), at: "2026-11-02".into(), by: "bench".into(), reason: String::new() };
    match run::plan_post(settings, None, &[], run::Passing::default(), &doer).unwrap() {
        Plan::Change(planned) => drop(run::ledger(settings).unwrap().apply(*planned).unwrap()),
        Plan::Nothing(why) => panic!("{why}"),
    }
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn read_what_was_posted(bencher: Bencher<'_, '_>) {
    let settings = settings(POSTED.path());
    let intake = run::intake(&settings, &Unwatched).unwrap();
    bencher.bench_local(|| run::ledger(&settings).unwrap().posted(&intake.world).unwrap());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn whole_run_on_a_ledger(bencher: Bencher<'_, '_>) {
    let settings = settings(POSTED.path());
    bencher.bench_local(|| run::compute(&settings, &Unwatched).unwrap().control);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn post_a_run(bencher: Bencher<'_, '_>) {
    let made = || {
        let folder = exports();
        publish(&settings(folder.path()));
        folder
    };
    bencher.with_inputs(made).bench_local_values(|folder| {
        post(&settings(folder.path()));
        folder
    });
}
