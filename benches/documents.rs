//! Times the documents of 1,000 drafts of 40 entries each, in memory and on all cores: `cargo bench --bench documents`.
//!
//! Whole runs, files on the disk included: `hourbill run --timings`, see docs/performance.md.

#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use divan::Bencher;
use divan::counter::ItemsCount;
use hourbill::document::{Invoice, files, findings, specimen};
use hourbill::job::Document;
use rayon::prelude::*;

const DRAFTS: usize = 1_000;
const ENTRIES: usize = 40;

fn main() {
    divan::main();
}

fn drafts() -> Vec<Invoice> {
    let languages = ["en", "fr", "de", "nl", "es"];
    let one =
        |number| specimen::invoice(&format!("D-2026-10-C{number}-EUR"), ENTRIES, languages[number % languages.len()]);
    (0..DRAFTS).map(|number| one(number).unwrap()).collect()
}

const CASES: [&[Document]; 6] = [
    &[Document::Json],
    &[Document::Pdf],
    &[Document::Ubl],
    &[Document::Cii],
    &[Document::FacturX],
    &[Document::Json, Document::Pdf, Document::Ubl],
];

#[divan::bench(args = CASES, sample_count = 5, sample_size = 1)]
fn written(bencher: Bencher<'_, '_>, formats: &[Document]) {
    let drafts = drafts();
    let bytes = |draft: &Invoice| files(draft, formats).unwrap().iter().map(|file| file.bytes.len()).sum::<usize>();
    bencher.counter(ItemsCount::new(DRAFTS)).bench_local(|| drafts.par_iter().map(bytes).sum::<usize>());
}

/// What a run asks of the same drafts before it writes them.
#[divan::bench(args = CASES, sample_count = 5, sample_size = 1)]
fn checked(bencher: Bencher<'_, '_>, formats: &[Document]) {
    let drafts = drafts();
    bencher
        .counter(ItemsCount::new(DRAFTS))
        .bench_local(|| drafts.par_iter().map(|draft| findings(draft, formats).len()).sum::<usize>());
}
