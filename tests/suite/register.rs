//! E1 to E4: the register has every row that was read and every hour once, and says of each what the other tables say.

use std::collections::BTreeMap;

use hourbill::account::Disposition;
use hourbill::job::Settings;
use hourbill::quantity::HoursSum;
use hourbill::run::{Run, Unwatched, compute, publish};
use hourbill::tables::tables;

use crate::oracle::{Dice, Scratch};
use crate::shards::{post, rows, settings, tangled};

const WORLDS: u64 = 60;

type Row = BTreeMap<String, String>;

fn table(run: &Run, settings: &Settings, name: &str) -> Vec<Row> {
    let tables = tables(run.results(settings));
    let (header, rows) = rows(tables.iter().find(|table| table.name == name).unwrap());
    rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn cells<'a>(rows: impl IntoIterator<Item = &'a Row>, names: &[&str]) -> Vec<Vec<String>> {
    let mut cells: Vec<Vec<String>> =
        rows.into_iter().map(|row| names.iter().map(|name| row[*name].clone()).collect()).collect();
    cells.sort();
    cells
}

/// What is wrong with the register of a run.
fn wrong(run: &Run, settings: &Settings) -> Vec<String> {
    let register = table(run, settings, "entries");
    let mut wrong = Vec::new();
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for row in &register {
        let hours: i128 = row["hours_us"].parse().unwrap();
        *sums.entry(&row["disposition"]).or_default() += hours;
        let decimal = HoursSum::from_micros(hours).to_string();
        if row["hours"].parse::<f64>().unwrap() != decimal.parse::<f64>().unwrap() {
            wrong.push(format!("{row:?} has two figures"));
        }
    }
    for disposition in Disposition::ALL {
        let control = run.control.totals.of(disposition).hours.micros();
        let sum = sums.get(disposition.name()).copied().unwrap_or(0);
        if sum != control {
            wrong.push(format!("{sum} us are {} in the register, {control} in the control totals", disposition.name()));
        }
    }
    let firsts = register.iter().filter(|row| row["part"] == "1").count() as u64;
    if firsts != run.control.read.rows {
        wrong.push(format!("{firsts} first parts of {} rows", run.control.read.rows));
    }
    let key = |row: &Row| -> (String, String, u64, u64) {
        (row["timesheet_id"].clone(), row["file"].clone(), row["row"].parse().unwrap(), row["part"].parse().unwrap())
    };
    if !register.is_sorted_by(|a, b| key(a) < key(b)) {
        wrong.push("it is not sorted".to_owned());
    }
    let mut same = |what: &str, ours: Vec<Vec<String>>, theirs: Vec<Vec<String>>| {
        if ours != theirs {
            wrong.push(format!("{what}: {ours:?}\ninstead of {theirs:?}"));
        }
    };
    let of = |wanted: &[&str]| {
        register.iter().filter(|row| wanted.contains(&row["disposition"].as_str())).collect::<Vec<_>>()
    };
    let names = ["invoice_id", "line_no", "timesheet_id", "hours", "employee", "ticket_id"];
    same("billed", cells(of(&["billed"]), &names), cells(&table(run, settings, "invoice_entries"), &names));
    let open = ["held", "unassigned", "not_validated", "before_period"];
    let names = ["timesheet_id", "customer_id", "order_line_id", "hours", "disposition", "reason"];
    same("open", cells(of(&open), &names), cells(&table(run, settings, "unbilled"), &names));
    let priced = ["held", "before_period"];
    let names = ["timesheet_id", "hours", "value"];
    let unbilled = table(run, settings, "unbilled");
    let unbilled = unbilled.iter().filter(|row| priced.contains(&row["disposition"].as_str()));
    same("priced", cells(of(&priced), &names), cells(unbilled, &names));
    let quarantine: u64 = run.intake.rejected.iter().filter(|row| row.input.name() == "timesheets").count() as u64;
    if of(&["quarantined"]).len() as u64 != quarantine
        || of(&["quarantined"]).iter().any(|row| row["reason"].is_empty())
    {
        wrong.push(format!("{quarantine} rows are in quarantine"));
    }
    wrong
}

/// Hours that the ledger has closed, by document, and those that the register says it has.
fn documents(run: &Run, settings: &Settings) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for row in table(run, settings, "entries").iter().filter(|row| !row["document_id"].is_empty()) {
        *sums.entry(row["document_id"].clone()).or_default() += row["hours_us"].parse::<i128>().unwrap();
    }
    sums
}

#[test]
fn the_register_of_random_worlds_has_every_hour_once() {
    let (mut parts, mut on_documents) = (0, 0);
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0xe9);
        let scratch = Scratch::new();
        let mut tangled = tangled(seed, dice);
        let ledger = dice.percent(70);
        tangled.write(scratch.path(), ledger, dice.percent(20));
        let settings = settings(&scratch.path().join("job.toml"));
        let mut run = compute(&settings, &Unwatched).unwrap();
        let told = wrong(&run, &settings);
        assert!(told.is_empty(), "world {seed}\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
        if !ledger {
            continue;
        }
        publish(&mut run, &settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
        if post(&settings) {
            let again = compute(&settings, &Unwatched).unwrap();
            let told = wrong(&again, &settings);
            assert!(told.is_empty(), "world {seed}, posted\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
            // What was drafted stands on the documents of the same ids now, refunds apart.
            let mut drafted: BTreeMap<String, i128> = BTreeMap::new();
            for row in table(&run, &settings, "entries").iter().filter(|row| row["disposition"] == "billed") {
                *drafted.entry(row["invoice_id"].clone()).or_default() += row["hours_us"].parse::<i128>().unwrap();
            }
            drafted.retain(|_, hours| *hours != 0);
            let now = documents(&again, &settings);
            for (id, hours) in &drafted {
                assert_eq!(now.get(id), Some(hours), "world {seed}: {id}\n{}", tangled.shown(scratch.path()));
            }
            on_documents += drafted.len();
            tangled.age(dice);
            tangled.write(scratch.path(), ledger, false);
            let aged = compute(&settings, &Unwatched).unwrap();
            let told = wrong(&aged, &settings);
            assert!(told.is_empty(), "world {seed}, aged\n{}\n{}", told.join("\n"), tangled.shown(scratch.path()));
            parts += table(&aged, &settings, "entries").iter().filter(|row| row["part"] != "1").count();
        }
    }
    assert!(parts > 3 && on_documents > 5, "{parts} further parts, {on_documents} documents");
}
