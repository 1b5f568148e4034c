//! The oracle: an independent second implementation of the rules (docs/rules.md), slow and plain, held against the program on random worlds.
//!
//! `model` is a world as the text cells of its files; `worlds` makes nasty ones from a seed; `value` and `intake` read the cells,
//! `linking`, `accounting`, `billing` and `deducting` follow the rules; `compare` runs the program on the same files and says what differs. Nothing here
//! uses a line of the pipeline but to run it.

mod accounting;
mod billing;
mod compare;
mod deducting;
mod intake;
mod linking;
mod model;
mod value;
mod worlds;

pub use compare::{Scratch, program};
pub use model::{Table, World};
pub use worlds::{Dice, world};

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use compare::{Told, compared, differences, minimised};

/// So many worlds are tried when `HOURBILL_WORLDS` says nothing.
const WORLDS: u64 = 10_000;

#[test]
fn the_program_agrees_with_the_oracle_on_random_worlds() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (first, worlds) = (number("HOURBILL_SEED").unwrap_or(1), number("HOURBILL_WORLDS").unwrap_or(WORLDS));
    let (next, failure) = (AtomicU64::new(first), Mutex::new(None::<u64>));
    let met = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let scratch = Scratch::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + worlds || failure.lock().unwrap().is_some_and(|failed| failed < seed) {
                        break;
                    }
                    let (expected, differences) = compared(&world(seed), &scratch);
                    tally(&expected, &mut met.lock().unwrap());
                    if !differences.is_empty() {
                        let mut failure = failure.lock().unwrap();
                        *failure = Some(failure.map_or(seed, |failed: u64| failed.min(seed)));
                        break;
                    }
                }
            });
        }
    });
    if let Some(seed) = failure.into_inner().unwrap() {
        panic!("{}", report(seed));
    }
    let met = met.into_inner().unwrap();
    println!("{met:#?}");
    for what in WHAT_WORLDS_MEET.iter().filter(|_| worlds >= WORLDS) {
        assert!(met.get(*what).is_some_and(|times| *times >= 20), "the worlds hardly meet {what}: {met:#?}");
    }
}

/// Random worlds prove nothing about what they never meet.
const WHAT_WORLDS_MEET: &[&str] = &[
    "quarantined",
    "duplicate",
    "non_billable",
    "unassigned",
    "already_invoiced",
    "not_validated",
    "covered",
    "before_period",
    "after_period",
    "held",
    "billed",
    "invoice",
    "credit_note",
    "held: hold",
    "held: cancel",
    "held: minimum",
    "held: tax",
    "linked by itself",
    "conflicting-duplicate",
    "duplicate-row",
    "customer-cycle",
    "different-customer",
    "over-invoiced",
    "down-payment-carried",
    "down_payment_deduction",
    "overdrawn",
    "upsell",
    "unknown-team",
    "unknown-customer",
    "ticket-line-unknown",
    "hours-out-of-range",
    "not-a-time-unit",
    "out-of-limits",
    "ragged-row",
    "unknown-ticket",
    "unknown-order-line",
];

/// Counts what a world met.
fn tally(told: &Told, met: &mut BTreeMap<String, u64>) {
    let mut meet = |what: &str, times: u64| *met.entry(what.to_owned()).or_default() += times;
    for (disposition, (rows, _)) in &told.control {
        meet(disposition, *rows);
    }
    for draft in &told.drafts {
        meet("down_payment_deduction", draft.matches("down_payment_deduction").count() as u64);
        meet(if draft.contains("\"credit_note\"") { "credit_note" } else { "invoice" }, 1);
    }
    for row in told.unbilled.iter().filter(|row| row["disposition"] == "held") {
        meet(&format!("held: {}", row["reason"]), 1);
    }
    for (code, ..) in &told.findings {
        meet(code, 1);
    }
    for code in told.quarantine.iter().flat_map(|(.., codes)| codes) {
        meet(code, 1);
    }
    meet("linked by itself", told.linked_by_itself);
}

/// A failing world: as it was made, made small, and what differs.
fn report(seed: u64) -> String {
    let scratch = Scratch::new();
    let (whole, small) = minimised(world(seed), &scratch);
    let mut text = format!("world {seed} differs (HOURBILL_SEED={seed} HOURBILL_WORLDS=1 runs it alone)\n");
    if std::env::var_os("HOURBILL_WHOLE").is_some() {
        text += &format!("\n== the whole world ==\n{}\n", whole.shown());
    }
    text += &format!("\n== made small ==\n{}\n== differences ==\n", small.shown());
    for line in differences(&small, &scratch) {
        text += &format!("{line}\n");
    }
    text
}
