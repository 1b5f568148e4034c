//! Random lives of work and order lines: between runs, posts, voids and credits the exports are edited as people and programs edit them:
//! ids change, work is split, moved and dated anew, order lines change, leave and come back, customers are billed elsewhere at other prices.
//! The script knows which rows are the same work and which order lines are the same sale; the program has to find out, or to ask.
//!
//! `HOURBILL_LIVES` says how many are tried, `HOURBILL_SEED` which is the first.

mod commands;
mod edits;
mod money;
mod packs;
mod rekeyed;
mod tally;
mod world;

use std::collections::BTreeSet;
use std::path::Path;

use hourbill::account::KeptBack;
use hourbill::bill::Hold;
use hourbill::ledger::Ledger;

use commands::Life;
use tally::Tally;
use world::World;

use crate::memory::Memory;
use crate::oracle::Dice;
use crate::seeds::{self, Steps};

const STEPS_MAX: usize = 24;

fn life(seed: u64, folder: &Path, steps: &Steps) {
    let mut dice = Dice::new(seed);
    let world = World::new(dice.percent(85));
    let mut life = Life { ledger: Ledger::new(Memory::default()), folder, world, tally: Tally::default() };
    for step in 0..dice.below(STEPS_MAX) + 4 {
        // Each step has dice of its own, so that one can be left out and the others stay what they are.
        let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(step as u64 + 1));
        if steps.skips(step) {
            continue;
        }
        let told = match dice.below(20) {
            0..=9 => {
                let times = dice.below(3) + 1;
                let told: Vec<String> =
                    (0..times).map(|_| edits::edit(&mut life.world, &life.tally, &mut dice)).collect();
                told.join("; ")
            }
            10 => edits::adjust(&mut life.world, &mut dice),
            11 | 12 => edits::rules(&mut life.world, &mut dice),
            13..=16 => bill(&mut life, &mut dice, step, steps),
            _ => life.take_back(&mut dice, step),
        };
        steps.tell(step, &told);
    }
    settle(&mut life, steps);
    let verified = life.ledger.verify(None).unwrap();
    assert!(verified.unused.is_empty());
}

fn bill(life: &mut Life<'_>, dice: &mut Dice, step: usize, steps: &Steps) -> String {
    steps.tell(step, "run");
    let mut drafts = life.run();
    if dice.percent(40) && life.answer(&drafts) > 0 {
        steps.tell(step, "answered, run");
        drafts = life.run();
    }
    let documents = drafts.batch.documents.iter().filter(|of| !of.kind.is_note());
    let ids: Vec<String> = documents.map(|document| document.id.clone()).collect();
    let named: Vec<String> =
        if dice.percent(25) { ids.iter().filter(|_| dice.percent(50)).cloned().collect() } else { Vec::new() };
    steps.tell(step, &format!("drafts {ids:?}, post {named:?}"));
    life.post(&drafts, &named);
    if named.is_empty() && dice.percent(40) {
        life.nothing_more("the same exports again");
    }
    if dice.percent(50) {
        // What was recorded need not be said again.
        life.world.adjustments.retain(|row| row.action != "same_as");
    }
    String::new()
}

/// A person settles all that is in doubt, and everything is billed: then nothing is drafted or held any more.
fn settle(life: &mut Life<'_>, steps: &Steps) {
    let world = &mut life.world;
    (world.period, world.late, world.corrections) = (None, true, true);
    world.on_hold.clear();
    world.adjustments.retain(|row| matches!(row.action, "release" | "same_as"));
    world.lines.iter_mut().for_each(|line| line.exported = true);
    for round in 0..8 {
        steps.tell(999, &format!("settle {round}"));
        let drafts = life.run();
        if life.answer(&drafts) == 0 && !life.post(&drafts, &[]) {
            break;
        }
        assert!(round < 7, "it is never settled: {:#?}", drafts.told);
    }
    life.nothing_more("all is settled");
    let drafts = life.run();
    // Fewer hours than a pack covered, on what is a time line now, wait for a person who voids the note of them (G9).
    let told = |id: &String| drafts.findings.contains(&("covered-changed".to_owned(), id.clone()));
    let waits = |(_, entries, hold): &&(String, Vec<String>, Hold)| {
        *hold == Hold::CancelsOut || (*hold == Hold::KeptBack(KeptBack::Changed) && entries.iter().all(told))
    };
    let left: Vec<_> = drafts.held.iter().filter(|held| !waits(held)).collect();
    let kept: BTreeSet<&String> = drafts.held.iter().flat_map(|(_, entries, _)| entries).collect();
    assert!(left.is_empty(), "all is settled, and held are {left:#?}: {:#?}", drafts.told);
    life.tally.complete(&life.world, &drafts, &kept);
}

#[test]
fn no_work_is_billed_twice_whatever_becomes_of_the_exports() {
    seeds::run("lives", "HOURBILL_LIVES", 300, life);
}
