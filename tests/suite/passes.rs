//! A run in passes makes what the run makes in one go, to the byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::generate::{DirtyShares, Options, generate};
use hourbill::job::Settings;
use hourbill::run::{Passes, RunEnd, RunError, RunOptions, Summary, Unwatched, compute, publish, run_within};

use crate::oracle::{Dice, Scratch};
use crate::shards::{hourbill, one_entry, settings, tangled_settings};

const WORLDS: u64 = 150;

/// Every file below a folder but that of the clock.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if !entry.ends_with("timings.json") {
                found.insert(entry.strip_prefix(folder).unwrap().to_owned(), fs::read(entry).unwrap());
            }
        }
    }
    found
}

/// Publishes both ways, and a third time in parts by several processes, and says what differs.
pub fn differences(settings: &Settings, folder: &Path, passes: usize) -> Vec<String> {
    let mut found =
        differing(settings, folder, |many| run_within(many, Passes::Number(passes), RunOptions::default(), &Unwatched));
    let parts = u32::try_from(passes).unwrap();
    found.extend(crate::parts::differences(settings, folder, parts));
    found
}

/// What differs between a run in one go and the same run, published in another way.
pub fn differing(
    settings: &Settings,
    folder: &Path,
    otherwise: impl FnOnce(&Settings) -> Result<(Summary, RunEnd), RunError>,
) -> Vec<String> {
    let into = |name: &str| {
        let mut settings = settings.clone();
        settings.output.dir = folder.join(name);
        let _ = fs::remove_dir_all(&settings.output.dir);
        settings
    };
    let (one, many) = (into("one"), into("many"));
    let mut run = compute(&one, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    publish(&mut run, &one, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    let whole = Summary::of(&run);
    let (summary, ended) = match otherwise(&many) {
        Ok(ended) => ended,
        Err(error) => return vec![error.to_string()],
    };
    assert!(matches!(ended, RunEnd::Done(outcome) if !outcome.already_published));
    let mut found = Vec::new();
    // All that the receipt and the metrics tell.
    if format!("{whole:?}") != format!("{summary:?}") {
        found.push(format!("{whole:?}\n{summary:?}"));
    }
    let (one, many) = (files(&one.output.dir), files(&many.output.dir));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    if names(&one) != names(&many) {
        found.push(format!("{:?} {:?}", names(&one), names(&many)));
    }
    for (name, bytes) in one.iter().filter(|(name, bytes)| many.get(*name).is_some_and(|other| other != *bytes)) {
        let text = String::from_utf8_lossy;
        found.push(format!("{}\n{}\n-- and otherwise\n{}", name.display(), text(bytes), text(&many[name])));
    }
    found
}

#[test]
fn passes_over_random_worlds_make_the_same_bytes_as_one() {
    let mut posted = 0;
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0x9a55);
        let scratch = Scratch::new();
        let (tangled, settings, is_posted) = tangled_settings(seed, dice, scratch.path());
        posted += u64::from(is_posted);
        let passes = dice.one_of(&[2, 3, 5, 16]);
        let found = differences(&settings, scratch.path(), passes);
        let told = || format!("{}\n{}", found.join("\n"), tangled.shown(scratch.path()));
        assert!(found.is_empty(), "world {seed} in {passes} passes\n{}", told());
    }
    assert!(posted > WORLDS / 5, "{posted} runs were posted");
}

#[test]
fn passes_over_a_large_export_make_the_same_bytes_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(60_000, 11, folder.path());
    options.dirty = DirtyShares::total_ppm(20_000);
    generate(&options, &|_| {}).unwrap();
    let text = fs::read_to_string(folder.path().join("job.toml")).unwrap();
    fs::write(folder.path().join("job.toml"), text + "\n[ledger]\ndir = \"ledger\"\n").unwrap();
    let mut settings = settings(&folder.path().join("job.toml"));
    (settings.output.csv, settings.output.parquet) = (true, true);
    for passes in [4, 9] {
        assert!(differences(&settings, folder.path(), passes).is_empty(), "{passes}");
    }
    // The same again is found before anything is put aside.
    settings.output.dir = folder.path().join("many");
    let (_, ended) = run_within(&settings, Passes::Number(3), RunOptions::default(), &Unwatched).unwrap();
    assert!(matches!(ended, RunEnd::Done(outcome) if outcome.already_published));
    let options = RunOptions { dry_run: true, strict: false };
    settings.output.dir = folder.path().join("dry");
    let (_, ended) = run_within(&settings, Passes::Number(3), options, &Unwatched).unwrap();
    assert!(matches!(ended, RunEnd::DryRun) && !settings.output.dir.exists());
    let options = RunOptions { dry_run: false, strict: true };
    let (_, ended) = run_within(&settings, Passes::Number(3), options, &Unwatched).unwrap();
    assert!(matches!(ended, RunEnd::Refused) && files(&settings.output.dir).keys().all(|path| path.ends_with(".lock")));
}

#[test]
fn a_limit_is_kept_or_refused_with_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    one_entry(folder.path(), "[output]\ndir = \"out\"\ntables = [\"csv\"]\n");
    let run = |words: &str| hourbill(folder.path(), &format!("run job.toml {words}"));
    let (code, text) = run("--memory 1MB");
    assert!(code == 2 && text.contains("error[too-little-memory]: 1 MiB of memory are allowed"), "{text}");
    assert!(!folder.path().join("out").exists());
    let (_, needed) = text.split_once("this run needs ").unwrap();
    let needed: u64 = needed.split(' ').next().unwrap().parse().unwrap();
    assert!((8..200).contains(&needed), "{text}");
    // What it asks for is enough: a little more, for no two processes are alike to the page.
    let (code, text) = run(&format!("--memory {}MiB --format json", needed + 8));
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &told["status"]), (0, &"published".into()));
    let (_, text) = run("--format json");
    let again: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&again["status"], &again["run_id"]), (&"already_published".into(), &told["run_id"]));
    for wrong in ["1", "1XB", "MB", "-1MB", "1.5GB", "99999999999GB"] {
        let (code, text) = run(&format!("--memory={wrong}"));
        assert!(code == 2 && text.contains("write it as 512MB"), "{wrong} {text}");
    }
    for (set, what) in [("output.documents=odoo", "the document `odoo`"), ("output.csv_for=excel", "spreadsheets")] {
        let (code, text) = run(&format!("--memory 4GB --set {set}"));
        assert!(code == 2 && text.contains("error[not-in-passes]") && text.contains(what), "{text}");
    }
}

#[test]
fn g9_a_covered_entry_that_was_moved_to_another_customer_is_the_same_in_passes_shards_and_parts() {
    let mut shop = crate::shop::Shop::new();
    shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Hours,10,100,EUR,2026-09-01,,10,");
    shop.order("L,S2,sale,C2,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,");
    shop.order("M,S3,sale,C3,Support,delivered_timesheet,Hours,0,30,EUR,2026-09-01,,,");
    shop.enter("E1", "2026-09-05", "2", "P");
    // Nothing but covered hours is posted.
    shop.run(&["--period", "2026-09"]);
    shop.act(&["post"]);
    for hours in ["2", "3"] {
        // The export says another customer's line now.
        shop.entries = vec![format!("E1,2026-09-05,{hours},L"), "E2,2026-09-06,1,L".into(), "E3,2026-09-06,1,M".into()];
        shop.export();
        let settings = settings(&shop.path("job.toml"));
        // Also in parts by several processes.
        let found = differences(&settings, &shop.path(""), 16);
        assert!(found.is_empty(), "{hours}: {found:?}");
        let parts = crate::shards::differences(&settings, 16);
        assert!(parts.is_empty(), "{hours}: {parts:?}");
    }
}

#[test]
fn g7_what_one_credit_note_corrects_stays_in_one_part() {
    let mut shop = crate::shop::Shop::new();
    for (line, customer) in [("A", "C1"), ("B", "C2"), ("C", "C3"), ("D", "C4")] {
        shop.order(&format!(
            "{line},S{line},sale,{customer},Work,delivered_timesheet,Hours,0,100.70,EUR,2026-01-01,,,"
        ));
    }
    for (id, date) in [("E1", "2026-09-01"), ("E2", "2026-09-02"), ("E3", "2026-09-03")] {
        shop.enter(id, date, "0.1", "A");
    }
    shop.run(&["--period", "2026-09"]);
    shop.act(&["post"]);
    // One entry of the document was edited, another belongs to somebody else.
    shop.rules = "corrections = \"bill\"\n".to_owned();
    for other in ["B", "C", "D"] {
        shop.entries =
            vec!["E1,2026-09-01,0,A".into(), format!("E2,2026-09-02,0.1,{other}"), "E3,2026-09-03,0.1,A".into()];
        shop.export();
        let settings = settings(&shop.path("job.toml"));
        let found = differences(&settings, &shop.path(""), 16);
        assert!(found.is_empty(), "{other}: {found:?}");
        let parts = crate::shards::differences(&settings, 16);
        assert!(parts.is_empty(), "{other}: {parts:?}");
    }
}

#[test]
fn w9_w10_many_entries_of_one_fault_are_told_alike_in_passes_shards_and_parts() {
    let mut shop = crate::shop::Shop::new();
    shop.rules = "prepaid = \"waterfall\"\noverdraft = \"time_line\"\n".to_owned();
    for pack in 0..4 {
        shop.order(&format!("L{pack},S{pack},sale,C{pack},Support,delivered_timesheet,Hours,0,50,EUR,2026-09-01,,,"));
        shop.order(&format!("P{pack},S{pack},sale,C{pack},Pack,ordered_prepaid,Hours,10,100,EUR,2026-09-01,,10,"));
        shop.enter(&format!("late{pack}"), "2026-09-20", "9", &format!("P{pack}"));
    }
    shop.run(&["--period", "2026-09"]);
    shop.act(&["post"]);
    for pack in 0..4 {
        for entry in 0..=(9 + 6 * pack) {
            // Dated before what is posted, they find the pack nearly empty. More is given back than was drawn.
            shop.enter(&format!("before{pack}-{entry}"), "2026-09-10", "0.25", &format!("P{pack}"));
            shop.enter(&format!("back{pack}-{entry}"), "2026-09-02", "-1", &format!("P{pack}"));
        }
    }
    shop.export();
    let settings = settings(&shop.path("job.toml"));
    let found = differences(&settings, &shop.path(""), 16);
    assert!(found.is_empty(), "{found:?}");
    let parts = crate::shards::differences(&settings, 16);
    assert!(parts.is_empty(), "{parts:?}");
    let billed = shop.run(&["--period", "2026-09"]);
    let told = |code: &str| {
        let rows = billed.rows("findings").into_iter().filter(|row| row["code"] == code);
        let (some, others): (Vec<_>, Vec<_>) = rows.partition(|row| row["subject_kind"] == "entry");
        (some.len(), others.len())
    };
    // Two packs have more than twenty.
    assert_eq!(told("nothing-to-give-back"), (10 + 16 + 20 + 20, 2));
    let (some, others) = told("out-of-order");
    assert!(some > 40 && others > 0, "{some} {others}");
}

#[test]
fn g9_g14_an_entry_that_leads_nowhere_counts_in_the_part_of_the_line_that_the_ledger_has_it_on() {
    let rules = [
        ("delivered_timesheet", ""),
        ("delivered_timesheet", "corrections = \"bill\"\nlate_entries = \"bill\"\n"),
        ("ordered_prepaid", ""),
        ("ordered_prepaid", "prepaid = \"waterfall\"\n"),
    ];
    for (policy, rules) in rules {
        let mut shop = crate::shop::Shop::new();
        shop.order(&format!("L,S2,sale,C2,Support,{policy},Hours,10,20,EUR,2026-09-01,,,"));
        shop.enter("E1", "2026-09-05", "2", "L");
        shop.run(&["--period", "2026-09"]);
        shop.act(&["post"]);
        shop.rules = rules.to_owned();
        for hours in ["2", "3"] {
            // It names no line any more, and nobody whom it could be for.
            shop.entries = vec![format!("E1,2026-09-05,{hours},"), "E2,2026-09-06,1,L".to_owned()];
            shop.export();
            let settings = settings(&shop.path("job.toml"));
            let passes = differing(&settings, &shop.path(""), |many| {
                run_within(many, Passes::Number(16), RunOptions::default(), &Unwatched)
            });
            let told = format!("{policy} {rules} {hours}");
            assert_eq!(passes, Vec::<String>::new(), "{told}");
            let shards = crate::shards::differences(&settings, 16);
            assert_eq!(shards, Vec::<String>::new(), "{told}");
        }
    }
}

#[test]
fn g14_a_ticket_that_left_is_known_to_no_other_part() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, customer: &str| {
        format!("{id},S{id},sale,{customer},Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n")
    };
    let orders = crate::shards::ORDERS.to_owned() + &line("L", "C1") + &line("M", "X9");
    let numbers = 1..=8;
    let tickets: String = numbers.clone().map(|at| format!("T{at},C1\n")).collect();
    let entries: String = numbers.clone().map(|at| format!("a{at},2026-09-01,2,T{at},L\n")).collect();
    let job = |tickets: &str, entries: &str, adjustments: &str| {
        let exports = [
            ("orders", orders.clone()),
            ("tickets", format!("ticket_id,customer_id\n{tickets}")),
            ("timesheets", format!("timesheet_id,date,hours,ticket_id,order_line_id\n{entries}")),
            ("adjustments", format!("action,target,value,reason\n{adjustments}")),
        ];
        let exports: Vec<(&str, &str)> = exports.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let more = "[limits]\nquarantine_pct = 100\n[ledger]\ndir = \"ledger\"\n";
        crate::shards::job(folder.path(), &exports, more)
    };
    assert!(crate::shards::publish_and_post(&job(&tickets, &entries, "")));
    // The tickets are gone; other work names them, which nobody has posted.
    let new: String = numbers.clone().map(|at| format!("n{at},2026-09-02,1,T{at},\n")).collect();
    let moves: String = numbers.map(|at| format!("move,ticket:T{at},M,because\n")).collect();
    let settings = job("", &(entries + &new), &moves);
    for of in [2, 16] {
        let passes = differences(&settings, folder.path(), of);
        assert!(passes.is_empty(), "{of}: {}", passes.join("\n"));
        let shards = crate::shards::differences(&settings, of as u32);
        assert!(shards.is_empty(), "{of}: {shards:?}");
    }
}

#[test]
fn renamed_lines_and_credits_that_nobody_applied_are_told_once_whatever_the_parts() {
    let mut shop = crate::shop::Shop::new();
    let order = |shop: &mut crate::shop::Shop, at: u32, more: &str| {
        let row =
            format!("L{at}{more},S{at}{more},sale,C{at},Support,delivered_timesheet,Hours,0,50,EUR,2026-01-01,,,");
        shop.order(&row);
    };
    let customers = [6, 30];
    for at in customers {
        order(&mut shop, at, "");
        shop.enter(&format!("a{at}"), "2026-09-01", "8", &format!("L{at}"));
    }
    shop.bill(&["--period", "2026-09"]);
    shop.orders.clear();
    shop.entries.clear();
    for at in customers {
        order(&mut shop, at, "y");
        shop.adjustments.push(format!("same_as,order_line:L{at}y,L{at},renamed"));
        shop.enter(&format!("a{at}"), "2026-09-01", "8", &format!("L{at}y"));
        shop.credits.push(format!("D-2026-09-C{at}-EUR,a{at},,3,,rebill,agreed,bob,2026-11-01"));
    }
    shop.export();
    let settings = settings(&shop.path("job.toml"));
    let whole = compute(&settings, &Unwatched).unwrap();
    let told = whole.findings().iter().filter(|finding| finding.code.name() == "credit-not-applied").count();
    assert_eq!(told, 2);
    for of in [2, 5] {
        let passes = differences(&settings, &shop.path(""), of);
        assert!(passes.is_empty(), "{of}: {}", passes.join("\n"));
        let shards = crate::shards::differences(&settings, of as u32);
        assert!(shards.is_empty(), "{of}: {shards:?}");
    }
}
