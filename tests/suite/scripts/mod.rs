//! Random scripts: exports are edited, runs computed, posted, voided, credited and adjusted, and the period changes. After every run its
//! drafts are held against a tally that knows the contract and nothing of the program, and at the end the ledger against its own invariants.
//! What it leaves out (other ids, changed order lines, packs) is what `lives` is about.
//!
//! `seeds` says how many are tried, and how one is repeated.

mod commands;
mod edits;
mod tally;
mod world;

use std::path::Path;

use hourbill::ledger::Ledger;

use commands::{Pending, compute, post, take_back};
use edits::{adjust, edit};
use tally::Tally;
use world::{Exports, PERIODS, write_orders};

use crate::memory::Memory;
use crate::oracle::Dice;
use crate::seeds::{self, Steps};

const STEPS_MAX: usize = 10;

fn script(seed: u64, folder: &Path, steps: &Steps) {
    write_orders(folder);
    let mut dice = Dice::new(seed);
    let ledger = Ledger::new(Memory::default());
    let (mut exports, mut tally) = (Exports::default(), Tally::default());
    let mut pending: Option<Pending> = None;
    let first = edit(&mut exports, &mut dice);
    steps.tell(0, &first);
    for step in 1..dice.below(STEPS_MAX) + 2 {
        // Each step has dice of its own, so that one can be left out and the others stay what they are.
        let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(step as u64));
        if steps.skips(step) {
            continue;
        }
        let told = match dice.below(10) {
            0 | 1 => edit(&mut exports, &mut dice),
            2 => adjust(&mut exports, &mut dice),
            3 => {
                exports.period = dice.one_of(&PERIODS);
                exports.late = dice.percent(30);
                exports.corrections = dice.percent(30);
                format!("period {:?}, late {}, corrections {}", exports.period, exports.late, exports.corrections)
            }
            4 | 5 => {
                pending = Some(compute(&ledger, &exports, &tally, folder));
                "run".to_owned()
            }
            6 | 7 => {
                let mut of = match pending.take() {
                    Some(of) if dice.percent(60) => of,
                    _ => compute(&ledger, &exports, &tally, folder),
                };
                let told = post(&ledger, &mut of, &mut tally, &mut dice);
                pending = Some(of);
                told
            }
            8 => take_back(&ledger, &mut pending, &mut tally, &mut dice, Some(step)),
            _ => take_back(&ledger, &mut pending, &mut tally, &mut dice, None),
        };
        steps.tell(step, &told);
        tally.holds();
    }
    let verified = ledger.verify(None).unwrap();
    assert!(verified.unused.is_empty());
    // Money of documents is the ledger's.
    let book = ledger.book(&ledger.log().unwrap()).unwrap();
    let originals = book.entries().iter().filter(|entry| entry.document.source.is_none());
    let originals = originals.filter(|entry| !entry.document.kind.is_note());
    for entry in originals {
        let left = tally.documents.remove(&entry.document.id).unwrap().total;
        assert_eq!(hourbill::posted::total_left(entry).unwrap().minor(), left, "{}", entry.document.id);
    }
    assert!(tally.documents.is_empty());
}

#[test]
fn random_scripts_never_bill_an_hour_twice_and_bill_what_a_tally_says() {
    seeds::run("scripts", "HOURBILL_SCRIPTS", 1_000, script);
}
