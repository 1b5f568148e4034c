//! The targets of `fuzz/` on stable: seeds and their mutants, the same in every run, or others for as long as `HOURBILL_FUZZ_SECONDS` says
//! (for each target; `HOURBILL_FUZZ_TARGET` names one), from `HOURBILL_SEED` on where it is set. Bytes that a target does not bear are kept in `fuzz/artifacts`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use targets::{TARGETS, Target};

/// Mutants of each target in a run of all tests.
const MUTANTS: u64 = 400;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }
}

/// A few changes to one of the seeds, as libFuzzer makes them.
fn mutant(random: &mut Random, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let most = if random.below(4) == 0 { 64 } else { 4 };
        let length = 1 + random.below(most);
        let end = (at + length).min(bytes.len());
        match random.below(10) {
            0 => drop(bytes.splice(at..end, [])),
            1 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            2 | 3 if !words.is_empty() => {
                let word = words[random.below(words.len())].bytes();
                let end = if random.below(2) == 0 { at } else { end };
                bytes.splice(at..end, word);
            }
            4 => bytes.insert(at, random.next() as u8),
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(48)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(random.below(9) as u8).wrapping_sub(4),
            7 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'-', b'9'][random.below(8)],
            8 if at < bytes.len() => bytes[at] = random.next() as u8,
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => bytes.push(random.next() as u8),
        }
    }
    bytes.truncate(1 << 16);
    bytes
}

/// Runs a target on bytes; keeps them when it does not bear them.
fn bears(target: &Target, bytes: &[u8]) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes))) else { return };
    let why =
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/artifacts").join(target.name);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(&blake3::hash(bytes).to_hex()[..16]);
    std::fs::write(&file, bytes).unwrap();
    panic!("target {}: {}\nwith `{}`", target.name, why.unwrap_or_default(), file.display());
}

/// Bytes that it did not bear before.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/artifacts").join(name));
    files.into_iter().flatten().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn fuzz(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seconds = std::env::var("HOURBILL_FUZZ_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    if std::env::var("HOURBILL_FUZZ_TARGET").is_ok_and(|only| only != name) {
        return;
    }
    let seeds = (target.seeds)();
    if let Ok(folder) = std::env::var("HOURBILL_FUZZ_CORPUS") {
        let folder = Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
    seeds.iter().chain(&kept(name)).for_each(|bytes| bears(target, bytes));
    let (start, mut tried) = (Instant::now(), 0);
    let (seed, limit) = match seconds {
        None => (0x9e37_79b9_7f4a_7c15, Duration::MAX),
        Some(seconds) => {
            let said = std::env::var("HOURBILL_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
            let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
            // A state of 0 would stay 0.
            let seed = said.unwrap_or_else(now) | 1;
            (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), Duration::from_secs(seconds))
        }
    };
    let mut random = Random(seed);
    while start.elapsed() < limit && (seconds.is_some() || tried < MUTANTS) {
        bears(target, &mutant(&mut random, &seeds, target.words));
        tried += 1;
    }
    eprintln!("{name}: {} seeds and {tried} mutants in {} s", seeds.len(), start.elapsed().as_secs());
}

macro_rules! tests {
    ($($name:ident $target:literal)+) => { $(#[test] fn $name() { fuzz($target); })+ };
}

tests! {
    csv_says_what_another_reader_says "csv"
    values_are_what_big_decimals_say "values"
    workbooks_are_read_or_refused "xlsx"
    parquet_gives_back_what_was_put_in "parquet"
    jobs_are_what_toml_says "job"
    ledgers_give_back_what_was_put_in_and_bear_forgers "ledger"
    altered_runs_are_not_posted "run"
}
