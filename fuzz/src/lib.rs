//! What is fuzzed: one function for each target, which takes any bytes and panics when what must hold of them does not.
//!
//! `cargo fuzz` drives them on nightly; `tests/fuzz.rs` of hourbill takes this file in and drives them on stable with mutants of the seeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod csv_rows;
pub mod job_file;
pub mod ledger;
pub mod parquet_file;
pub mod run_folder;
pub mod scratch;
pub mod values;
pub mod workbook;

use std::sync::Once;

/// A target, its name, bytes to begin with, and pieces of what it reads.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
    pub words: &'static [&'static str],
}

pub const TARGETS: [Target; 7] = [
    Target { name: "csv", run: csv_rows::target, seeds: csv_rows::seeds, words: csv_rows::WORDS },
    Target { name: "values", run: values::target, seeds: values::seeds, words: values::WORDS },
    Target { name: "xlsx", run: workbook::target, seeds: workbook::seeds, words: workbook::WORDS },
    Target { name: "parquet", run: parquet_file::target, seeds: parquet_file::seeds, words: &[] },
    Target { name: "job", run: job_file::target, seeds: job_file::seeds, words: job_file::WORDS },
    Target { name: "ledger", run: ledger::target, seeds: ledger::seeds, words: ledger::WORDS },
    Target { name: "run", run: run_folder::target, seeds: run_folder::seeds, words: run_folder::WORDS },
];

/// Runs a target under libFuzzer, whose hook would take a panic that hourbill catches for a crash. What reaches the target's edge still
/// is one: the driver looks for it there.
#[allow(dead_code)]
pub fn guarded(target: fn(&[u8]), data: &[u8]) {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
    target(data);
}
