//! Packs over months: posts, late entries, packs that are bought in between, and the same run in parts and in passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::model::{World, root, world};
use crate::oracle::{Dice, Scratch, program};
use crate::passes;
use crate::shards::{self, hourbill};

const LEDGER: &str = "[ledger]\ndir = \"ledger\"\n";

fn write(world: &World, folder: &Path, more: &str) {
    for (name, text) in world.files() {
        let text = if name == "job.toml" { text + more } else { text };
        fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn parts_and_passes_draw_as_one_run_does() {
    for seed in 1..=25 {
        let (world, scratch) = (world(seed), Scratch::new());
        write(&world, scratch.path(), if seed % 2 == 0 { LEDGER } else { "" });
        let settings = shards::settings(&scratch.path().join("job.toml"));
        if seed % 2 == 0 {
            let (code, told) = hourbill(scratch.path(), "run job.toml --period 2026-09");
            assert!(matches!(code, 0 | 1), "{seed}: {told}");
            let (code, told) = hourbill(scratch.path(), "post job.toml");
            assert!(matches!(code, 0 | 1), "{seed}: {told}");
        }
        for of in [2, 5] {
            let differences = shards::differences(&settings, of);
            assert!(differences.is_empty(), "world {seed} in {of} parts: {differences:#?}");
        }
        let differences = passes::differences(&settings, scratch.path(), 3);
        assert!(differences.is_empty(), "world {seed} in passes: {differences:#?}");
    }
}

type Row = BTreeMap<String, String>;

fn rows(tables: &BTreeMap<&'static str, Vec<u8>>, name: &str) -> Vec<Row> {
    csv::Reader::from_reader(tables[name].as_slice()).deserialize().map(Result::unwrap).collect()
}

/// Pack, entry, hours and document of what is posted.
fn posted(tables: &BTreeMap<&'static str, Vec<u8>>) -> Vec<[String; 4]> {
    let all = rows(tables, "pack_entries").into_iter().filter(|row| !row["document_id"].is_empty());
    all.map(|row| ["order_line_id", "timesheet_id", "hours", "document_id"].map(|column| row[column].clone())).collect()
}

/// Months of a life: each is run and posted, and some of what was posted is taken back.
const MONTHS: [&str; 4] = ["2026-08", "2026-09", "2026-10", "2026-11"];

/// Lives that are tried when `HOURBILL_WATERFALL_LIVES` says nothing.
const LIVES: u64 = 24;

/// What is known in a month: every fifth entry is typed a month late, and the last pack is bought in October.
fn known(whole: &World, nth: usize) -> World {
    let (mut world, month) = (whole.clone(), MONTHS[nth]);
    let seen = |number: usize, day: &str| {
        if number.is_multiple_of(5) && nth < 3 { day < month } else { &day[..7] <= month }
    };
    let mut number = 0;
    world.entries.retain(|entry| {
        number += 1;
        seen(number, &entry.day)
    });
    if nth < 2 && world.lines.len() > 1 {
        let last = world.lines[0].id.clone();
        let sold = world.entries.iter().any(|entry| entry.line == last);
        if !sold && !world.tickets.iter().any(|of| of.line == last) {
            world.lines.remove(0);
        }
    }
    world
}

fn voided(document: &str, covered: &[[String; 4]]) -> bool {
    covered.iter().any(|row| row[3].strip_prefix("V-") == Some(document))
}

/// Something of what a run billed, or of what it covered, to be taken back once it is posted.
fn taken_back(dice: &mut Dice, billed: &[u8], covered: &[[String; 4]]) -> Option<String> {
    if dice.percent(25) {
        let left = |document: &&String| document.starts_with("covered-") && !voided(document, covered);
        let documents: Vec<&String> = covered.iter().map(|row| &row[3]).filter(left).collect();
        let document = (!documents.is_empty()).then(|| dice.one_of(&documents))?;
        return Some(format!("void job.toml {document} --by ada --reason wrong"));
    }
    let rows: Vec<Row> = csv::Reader::from_reader(billed).deserialize().map(Result::unwrap).collect();
    let rows: Vec<Row> = rows.into_iter().filter(|row| !row["hours"].starts_with('-')).collect();
    let row = (!rows.is_empty()).then(|| dice.one_of(&rows))?;
    let (id, entry) = (&row["invoice_id"], &row["timesheet_id"]);
    let how = dice.one_of(&["--rebill", "--rebill", "--write-off"]);
    Some(format!("credit job.toml {id} --entry {entry} {how} --by ada --reason wrong"))
}

/// W6: a pack whose hours never stay on it beyond what it has gives no more than was sold of it.
fn no_pack_gives_more(world: &World, tables: &BTreeMap<&'static str, Vec<u8>>, what: &str) {
    let of_rules = world.rule("overdraft");
    for line in world.lines.iter().filter(|line| !line.time) {
        let overdraft = if line.overdraft.is_empty() { of_rules } else { &line.overdraft };
        let own = rows(tables, "pack_entries").into_iter().filter(|row| row["order_line_id"] == line.id);
        let given: f64 = own.map(|row| row["hours"].parse::<f64>().unwrap()).sum();
        let most = line.ordered as f64 / 4.0 + 1e-6;
        assert!(["", "negative"].contains(&overdraft) || given <= most, "{what}: {} gives {given} h", line.id);
    }
}

/// W10: what a post left open was held, and stays so as long as nothing changes.
fn bills_nothing_more(folder: &Path, again: &serde_json::Value, seed: u64) {
    let billed =
        fs::read_to_string(folder.join(again["folder"].as_str().unwrap()).join("invoice_entries.csv")).unwrap();
    assert_eq!(billed.lines().count(), 1, "world {seed}, run again after its post:\n{billed}");
}

fn is_proven(folder: &Path, seed: u64) {
    let mut verify = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
    let verified = verify.current_dir(folder).args(["ledger", "verify", "job.toml"]).output().unwrap();
    assert!(verified.status.success(), "{seed}: {}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn what_is_posted_of_packs_never_moves_and_every_hour_stands_once() {
    let lives = std::env::var("HOURBILL_WATERFALL_LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(LIVES);
    let (mut told, mut back) = (0, 0);
    for seed in 1..=lives {
        let (whole, scratch, dice) = (world(seed), Scratch::new(), &mut Dice::new(seed));
        let whole = World { october: false, ..whole };
        let mut before: Vec<[String; 4]> = Vec::new();
        for (nth, month) in MONTHS.into_iter().enumerate() {
            let world = known(&whole, nth);
            write(&world, scratch.path(), LEDGER);
            let job = scratch.path().join("job.toml");
            let made = || program(&job).unwrap_or_else(|error| panic!("{seed} {month}: {error}"));
            let told_of = |words: &str| -> serde_json::Value {
                let (code, said) = hourbill(scratch.path(), &format!("{words} --format json"));
                assert!(matches!(code, 0 | 1), "{seed} {words}: {said}\n{:#?}", world.files());
                serde_json::from_str(&said).unwrap_or_default()
            };
            let ran = told_of(&format!("run job.toml --period {month} --set rules.late_entries=bill"));
            told_of("post job.toml --by ada");
            bills_nothing_more(
                scratch.path(),
                &told_of(&format!("run job.toml --period {month} --set rules.late_entries=bill")),
                seed,
            );
            let (tables, _) = made();
            let now = posted(&tables);
            for row in &before {
                assert!(now.contains(row), "world {seed}: {row:?} of a post is not in {now:?} after {month}");
            }
            no_pack_gives_more(&world, &tables, &format!("world {seed} after {month}"));
            told += now.len();
            before = now;
            let billed = scratch.path().join(ran["folder"].as_str().unwrap()).join("invoice_entries.csv");
            let asked = taken_back(dice, &fs::read(billed).unwrap(), &before);
            if let Some(words) = asked.filter(|_| dice.percent(60)) {
                told_of(&words);
                back += 1;
                let (tables, _) = made();
                no_pack_gives_more(&world, &tables, &format!("world {seed} after {words}"));
                before = posted(&tables);
            }
        }
        is_proven(scratch.path(), seed);
    }
    assert!(told > 0 && back > 5, "{told} rows were posted of packs, {back} times something was taken back");
}

/// The tree for which an entry is work: of the line that is named, else of its ticket's customer, else of its own.
fn tree<'a>(world: &'a World, id: &str) -> Option<&'a str> {
    let entry = world.entries.iter().find(|entry| entry.id == id)?;
    let ticket = world.tickets.iter().find(|of| of.id == entry.ticket);
    let named = [Some(entry.line.as_str()), ticket.map(|of| of.line.as_str())].into_iter().flatten();
    let named = named.filter_map(|line| world.lines.iter().find(|of| of.id == line)).map(|line| line.customer.as_str());
    let customer = named.chain(ticket.map(|of| of.customer.as_str())).chain([entry.customer.as_str()]).next()?;
    Some(root(customer)).filter(|root| !root.is_empty())
}

/// G8 and G9, of entries that were posted, grow and are work for another customer by now: with packs or without.
#[test]
fn work_that_grows_and_is_for_another_customer_draws_on_no_pack_of_the_one_before() {
    let lives = std::env::var("HOURBILL_WATERFALL_LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(LIVES);
    let (mut elsewhere, mut grown) = (0, 0);
    for seed in 1..=lives {
        let (mut whole, scratch, dice) = (world(seed), Scratch::new(), &mut Dice::new(seed));
        whole.october = false;
        let mut before: Vec<[String; 4]> = Vec::new();
        for (nth, month) in MONTHS.into_iter().enumerate() {
            for at in 0..if nth == 0 { 0 } else { whole.tickets.len() } {
                if dice.percent(50) {
                    // Of C4 nobody has packs, and no other input knows it.
                    whole.tickets[at].customer = dice.one_of(&["C1", "C3", "C4", "C4"]).to_owned();
                    whole.tickets[at].line.clear();
                }
            }
            for at in 0..if nth == 0 { 0 } else { whole.entries.len() } {
                if dice.percent(50) {
                    whole.entries[at].line.clear();
                    if whole.entries[at].ticket.is_empty() {
                        whole.entries[at].customer = dice.one_of(&["C3", "C4"]).to_owned();
                    }
                }
                if whole.entries[at].hours > 0 && dice.percent(20) {
                    whole.entries[at].hours += 1 + dice.below(6) as i64;
                    grown += 1;
                }
            }
            let world = known(&whole, nth);
            let corrects = dice.one_of(&["report", "bill"]);
            let corrects = format!("--set rules.corrections={corrects} --set rules.late_entries=bill");
            write(&world, scratch.path(), LEDGER);
            for words in [format!("run job.toml --period {month} {corrects}"), "post job.toml --by ada".to_owned()] {
                let (code, said) = hourbill(scratch.path(), &words);
                assert!(matches!(code, 0 | 1), "{seed} {words}: {said}\n{:#?}", world.files());
            }
            let job = scratch.path().join("job.toml");
            let (tables, _) = program(&job).unwrap_or_else(|error| panic!("{seed} {month}: {error}"));
            let now = posted(&tables);
            for row in &before {
                assert!(now.contains(row), "world {seed}: {row:?} of a post is not in {now:?} after {month}");
            }
            no_pack_gives_more(&world, &tables, &format!("world {seed} after {month}"));
            for row in rows(&tables, "pack_entries") {
                let pack = world.lines.iter().find(|line| line.id == row["order_line_id"]).unwrap();
                let Some(tree) = tree(&world, &row["timesheet_id"]) else { continue };
                let is_of_another = tree != root(&pack.customer);
                let fresh = !before.iter().any(|known| known[1] == row["timesheet_id"]);
                assert!(!is_of_another || !fresh, "world {seed} after {month}: {row:?} for {tree}");
                elsewhere += u64::from(is_of_another);
            }
            let given =
                rows(&tables, "pack_entries").into_iter().fold(BTreeMap::<String, f64>::new(), |mut all, row| {
                    *all.entry(row["order_line_id"].clone()).or_default() += row["hours"].parse::<f64>().unwrap();
                    all
                });
            for line in rows(&tables, "order_lines").iter().filter(|row| !row["used_hours"].is_empty()) {
                let (used, given) = (line["used_hours"].parse::<f64>().unwrap(), given.get(&line["order_line_id"]));
                let given = given.copied().unwrap_or(0.0);
                assert!((used - given).abs() < 1e-6, "world {seed} after {month}: {line:?} gave {given} h");
            }
            before = now;
        }
        is_proven(scratch.path(), seed);
    }
    let met = elsewhere > 5 && grown > 20;
    assert!(lives < LIVES || met, "{elsewhere} rows stand on packs of others, {grown} entries grew");
}
