//! A ledger whose chain was written anew from one entry on holds in itself: what else knows what was in it finds every column that was changed.

use std::fs;

use hourbill::calendar::Date;
use hourbill::ledger::{Ledger, LedgerTotals, LocalStore, LogEntry, Segments, nothing};
use hourbill::model::{Minimum, MinimumPer};
use hourbill::posted::{LedgerBatch, Portions, Said};
use hourbill::quantity::{HoursSum, Money, Quantity};

use crate::cli::Job;
use crate::went_back::{post, with_ledger};

/// Writes the ledger's one entry anew with other rows; all hashes and totals fit.
fn rewritten(job: &Job, change: impl FnOnce(&mut LedgerBatch)) {
    let folder = job.path("ledger");
    let ledger = Ledger::new(LocalStore::new(&folder));
    let [entry] = ledger.log().unwrap().try_into().unwrap();
    let mut batch = ledger.rows(&entry).unwrap();
    change(&mut batch);
    let segments = Segments::of(&batch).unwrap();
    let objects = segments.iter().map(|(object, _)| object.clone()).collect();
    let totals = LedgerTotals::of(&batch).unwrap();
    let before = entry.head();
    let anew = LogEntry::new(&nothing(), entry.deed, objects, totals, entry.aliases);
    assert_ne!(anew.head(), before);
    for (object, bytes) in segments.iter() {
        fs::write(folder.join(object.name()), bytes).unwrap();
    }
    fs::write(folder.join("log/0000000001.json"), anew.bytes()).unwrap();
}

fn posted() -> Job {
    let job = with_ledger();
    job.run("run job.toml").ends(0);
    post(&job);
    job
}

/// The first portion with one column changed.
fn portion(batch: &mut LedgerBatch, id: Option<&str>, days: i32, known: i64) {
    let mut anew = Portions::default();
    let old = &batch.portions;
    for row in 0..old.len() {
        let first = row == 0;
        let name = id.filter(|_| first).unwrap_or_else(|| old.ids.get(row));
        let (days, known) = if first { (days, known) } else { (0, 0) };
        anew.push(
            old.lines[row],
            name,
            old.dates[row] + days,
            old.hours[row],
            old.known[row] + known,
            old.said.get(row),
        );
    }
    batch.portions = anew;
}

type Change = fn(&mut LedgerBatch);

const CHANGES: [(&str, Change); 15] = [
    ("customer", |batch| batch.documents[0].customer = "C2".to_owned()),
    ("note", |batch| batch.documents[0].note = "n".to_owned()),
    ("period", |batch| batch.documents[0].period = Date::from_days(20_000).map(|day| (day, day))),
    ("product", |batch| batch.lines[0].product = "P".to_owned()),
    ("decimals", |batch| batch.lines[0].decimals = 3),
    ("uplift", |batch| {
        batch.lines[0].uplift = HoursSum::from_micros(1);
        batch.lines[0].minimum = Minimum::of(None, None, None, Some(MinimumPer::Line));
    }),
    ("minimum", |batch| batch.lines[0].minimum = Minimum::of(None, None, None, Some(MinimumPer::Line))),
    ("outside", |batch| batch.lines[0].outside = HoursSum::from_micros(1)),
    ("exported", |batch| batch.lines[0].exported = Quantity::from_micros(1)),
    ("adjustments", |batch| batch.lines[0].adjustments = "a".to_owned()),
    ("then", |batch| batch.lines[0].then.confirmed_on = Date::from_days(20_000)),
    ("an entry of", |batch| portion(batch, Some("H0"), 0, 0)),
    ("the date of an entry", |batch| portion(batch, None, 1, 0)),
    ("what an entry had", |batch| portion(batch, None, 0, 1)),
    ("what an entry said", |batch| {
        let old = std::mem::take(&mut batch.portions);
        for row in 0..old.len() {
            let said = Said { employee: Some("Eve"), ..old.said.get(row) };
            batch.portions.push(old.lines[row], old.ids.get(row), old.dates[row], old.hours[row], old.known[row], said);
        }
    }),
];

#[test]
fn a_chain_that_was_written_anew_is_found_by_heads_and_by_runs() {
    for (column, change) in CHANGES {
        let job = posted();
        let told = job.run("ledger verify job.toml --format json").ends(0).json();
        assert_eq!((&told["posts_held"], &told["known"]["sequence"]), (&1.into(), &1.into()));
        assert_eq!(told["known_to_the_ledger_alone"], serde_json::json!([]));
        rewritten(&job, change);
        let ran = job.run("ledger verify job.toml").ends(4);
        assert!(ran.err.contains("ledger-went-back") && ran.err.contains("another entry 1"), "{column}: {}", ran.err);
        // Who can write into the ledger may be able to remove what was noted.
        fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
        let ran = job.run("ledger verify job.toml").ends(4);
        let run = job.run_folder();
        let run = run.file_name().unwrap().to_str().unwrap();
        assert!(ran.err.contains(column) && ran.err.contains(run), "{column}: {}", ran.err);
        // A run that was altered is no witness, and one that is gone is none either.
        fs::write(job.run_folder().join("run.json.blake3"), "").unwrap();
        let told = job.run("ledger verify job.toml --format json").ends(0).json();
        assert_eq!((&told["posts_held"], &told["posts_not_held"][0]["sequence"]), (&0.into(), &1.into()));
        fs::remove_dir_all(job.run_folder()).unwrap();
        let ran = job.run("ledger verify job.toml").ends(0);
        let words = crate::cli::flat(&ran.out);
        assert!(words.contains("entry 1 is known to the ledger alone"), "{}", ran.out);
        assert!(words.contains("is not there any more"), "{}", ran.out);
    }
}

#[test]
fn a_post_of_some_drafts_is_held_against_its_run() {
    let job = with_ledger();
    job.append("orders.csv", "S3/1,S3,sale,C9,Other,delivered_timesheet,Hours,10,100,EUR,2026-09-01,20%\n");
    job.append("tickets.csv", "T9,C9,2026-10-03,S3/1,\n");
    job.append("timesheets.csv", "H9,2026-10-05,4,T9\n");
    job.run("run job.toml").ends(0);
    job.run("post job.toml --invoice D-2026-10-C9-EUR").ends(0);
    assert_eq!(job.run("ledger verify job.toml --format json").ends(0).json()["posts_held"], 1);
    fs::remove_file(job.path("out/job/ledger-head.json")).unwrap();
    rewritten(&job, |batch| batch.documents[0].customer = "C1".to_owned());
    let ran = job.run("ledger verify job.toml").ends(4);
    assert!(ran.err.contains("D-2026-10-C9-EUR") && ran.err.contains("its customer"), "{}", ran.err);
}

#[test]
fn a_run_refuses_what_does_not_add_up() {
    let changes: [Change; 3] = [
        |batch| batch.lines[0].price = hourbill::quantity::UnitPrice::from_micros(1),
        |batch| batch.documents[0].net = Money::from_minor(1),
        |batch| batch.documents[0].total = Money::from_minor(1),
    ];
    for change in changes {
        let job = posted();
        rewritten(&job, change);
        fs::remove_dir_all(job.path("out")).unwrap();
        for words in ["ledger verify job.toml", "run job.toml --dry-run", "run job.toml"] {
            let ran = job.run(words).ends(4);
            assert!(
                ran.err.contains("ledger-damaged") && ran.err.contains("document `D-2026-10"),
                "{words}: {}",
                ran.err
            );
        }
    }
    // Totals of an entry that are not those of its portions.
    let job = posted();
    let ledger = Ledger::new(LocalStore::new(&job.path("ledger")));
    let entry = ledger.log().unwrap().remove(0);
    let totals = LedgerTotals { microseconds: "1".to_owned(), ..entry.totals.clone() };
    let anew = LogEntry::new(&nothing(), entry.deed, entry.objects, totals, entry.aliases);
    fs::write(job.path("ledger/log/0000000001.json"), anew.bytes()).unwrap();
    fs::remove_dir_all(job.path("out")).unwrap();
    for words in ["ledger verify job.toml", "run job.toml"] {
        let ran = job.run(words).ends(4);
        assert!(ran.err.contains("totals are not those of its objects"), "{words}: {}", ran.err);
    }
}
