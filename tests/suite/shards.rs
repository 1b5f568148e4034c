//! The parts of a run add up to the run: rows, sums and complaints, whatever leads from one customer to another.

use std::collections::BTreeMap;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::finding::Finding;
use hourbill::job::{DocumentFormat, EntriesTable, Flags, Settings, load};
use hourbill::leaks;
use hourbill::ledger::{Actor, Plan};
use hourbill::run::{self, Passing, Run, Unwatched, compute, manifest};
use hourbill::shard::Shard;
use hourbill::tables::{self, Table};
use serde_json::Value;

use crate::oracle::{Dice, Scratch, World, world};

const WORLDS: u64 = 60;

/// A table's header and rows.
pub type Rows = (Vec<String>, Vec<Vec<String>>);

/// What can be added up of a run.
struct Told {
    tables: BTreeMap<String, Rows>,
    sums: BTreeMap<String, i128>,
}

impl Told {
    fn of(run: &Run, settings: &Settings) -> Told {
        let results = run.results(settings);
        let mut told: BTreeMap<String, Rows> =
            tables::tables(results).iter().map(|table| (table.name.to_owned(), rows(table))).collect();
        let found =
            leaks::leaks(&run.intake.world, &settings.billing, &run.links, &run.posted, &run.account, &run.billing);
        // The others are sums over customers.
        let by_row = ["exhausted_packs", "prepaid_not_invoiced", "closed_without_time"];
        for table in tables::leaks(&run.intake.world, &found).iter().filter(|table| by_row.contains(&table.name)) {
            told.insert(table.name.to_owned(), rows(table));
        }
        Told { tables: told, sums: sums(run, settings) }
    }

    fn add(&mut self, other: Told) {
        for (name, (header, rows)) in other.tables {
            let (known, all) = self.tables.entry(name).or_insert_with(|| (header.clone(), Vec::new()));
            assert_eq!(*known, header);
            all.extend(rows);
        }
        for (name, sum) in other.sums {
            let all = self.sums.entry(name.clone()).or_default();
            *all = if name == "entry_hash" { all.wrapping_add(sum) } else { *all + sum };
        }
    }

    fn sorted(mut self) -> Told {
        self.tables.values_mut().for_each(|(_, rows)| rows.sort());
        self.sums.retain(|_, sum| *sum != 0);
        self
    }
}

pub fn rows(table: &Table<'_>) -> Rows {
    let mut bytes = Vec::new();
    table.write_csv(&mut bytes).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let row = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = row(reader.headers().unwrap());
    (header, reader.records().map(|record| row(&record.unwrap())).collect())
}

/// All figures of `run.json` that count or sum something.
fn sums(run: &Run, settings: &Settings) -> BTreeMap<String, i128> {
    let manifest = serde_json::to_value(manifest(run, settings, Vec::new())).unwrap();
    let mut sums = BTreeMap::new();
    for part in ["control", "drafts", "money", "quarantine", "findings"] {
        add_up(part, &manifest[part], &mut sums);
    }
    for outcome in ["applied", "no_effect", "waiting", "unmatched", "quarantined"] {
        let rows = manifest["adjustments"][outcome].as_i64().unwrap_or(0);
        sums.insert(format!("adjustments.{outcome}"), rows.into());
    }
    let hash = manifest["control"]["entry_hash"].as_str().unwrap();
    sums.insert("entry_hash".to_owned(), u128::from_str_radix(hash, 16).unwrap() as i128);
    sums
}

fn add_up(name: &str, value: &Value, sums: &mut BTreeMap<String, i128>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "hours" && *key != "entry_hash") {
                add_up(&format!("{name}.{key}"), value, sums);
            }
        }
        Value::Number(number) => drop(sums.insert(name.to_owned(), number.as_i128().unwrap())),
        // An amount: all of one currency have the same decimals.
        Value::String(amount) => drop(sums.insert(name.to_owned(), amount.replace('.', "").parse().unwrap())),
        _ => panic!("{name} is {value}"),
    }
}

/// Of a job, with the register of entries beside its tables.
pub fn settings(job: &Path) -> Settings {
    let settings = load(job, &Flags::default(), Date::parse("2026-11-03").unwrap());
    let mut settings = settings.unwrap_or_else(|error| panic!("{error}"));
    settings.output.entries = EntriesTable::All;
    settings
}

/// Computes the whole and its parts, and says what differs.
pub fn differences(settings: &Settings, of: u32) -> Vec<String> {
    let whole = compute(settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    let whole = Told::of(&whole, settings).sorted();
    let mut parts = Told { tables: BTreeMap::new(), sums: BTreeMap::new() };
    for number in 1..=of {
        let part = settings.clone().part(Shard::parse(&format!("{number}/{of}")).unwrap());
        match compute(&part, &Unwatched) {
            Ok(run) => parts.add(Told::of(&run, &part)),
            Err(error) => return vec![format!("part {number}/{of}: {error}")],
        }
    }
    let parts = parts.sorted();
    let mut found = Vec::new();
    for (name, (header, rows)) in &whole.tables {
        let of_parts = &parts.tables[name];
        assert_eq!(*header, of_parts.0);
        let only = |one: &[Vec<String>], other: &[Vec<String>], sign: &str| {
            let only = one.iter().filter(|row| {
                one.iter().filter(|same| same == row).count() > other.iter().filter(|same| same == row).count()
            });
            only.map(|row| format!("{name} {sign} {row:?}")).collect::<Vec<_>>()
        };
        found.extend(only(rows, &of_parts.1, "-"));
        found.extend(only(&of_parts.1, rows, "+"));
    }
    for name in whole.sums.keys().chain(parts.sums.keys()) {
        let (one, other) = (whole.sums.get(name), parts.sums.get(name));
        if one != other {
            found.push(format!("{name}: {one:?} {other:?}"));
        }
    }
    found
}

/// The cells of a column, and of rows.
fn cells<'a>(world: &'a mut World, table: &str, column: &str) -> impl Iterator<Item = &'a mut String> {
    let table = world.tables.get_mut(table);
    let at = table.as_ref().and_then(|table| table.header.iter().position(|name| name.eq_ignore_ascii_case(column)));
    let rows = table.into_iter().flat_map(|table| &mut table.rows);
    rows.filter_map(move |row| row.cells.get_mut(at?))
}

/// Posts the newest run; whether there was anything to post.
pub fn post(settings: &Settings) -> bool {
    let doer = Actor { job: "world".into(), at: "2026-11-03".into(), by: "ann".into(), reason: String::new() };
    match run::plan_post(settings, None, &[], Passing { adjustments: true, closes: false }, &doer)
        .unwrap_or_else(|error| panic!("{error}"))
    {
        Plan::Change(planned) => run::ledger(settings).unwrap().apply(*planned).is_ok(),
        Plan::Nothing(_) => false,
    }
}

pub fn publish_and_post(settings: &Settings) -> bool {
    let mut run = compute(settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    run::publish(&mut run, settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    post(settings)
}

fn add_column(world: &mut World, table: &str, column: &str, mut cell: impl FnMut() -> String) {
    if let Some(table) = world.tables.get_mut(table)
        && !table.header.iter().any(|name| name.eq_ignore_ascii_case(column))
    {
        let cells = table.header.len();
        table.header.push(column.to_owned());
        table.rows.iter_mut().filter(|row| row.cells.len() == cells).for_each(|row| row.cells.push(cell()));
    }
}

/// A world in which everything leads everywhere, and the rest of its job file.
pub struct Tangled {
    world: World,
    inputs: String,
    rules: String,
    files: Vec<(&'static str, String)>,
}

const ENTRIES: usize = 20;

pub fn tangled(seed: u64, dice: &mut Dice) -> Tangled {
    let mut world = world(seed);
    // One customer's drafts could bear the names of another's.
    let longer = dice.one_of(&["C1-EUR", "C1-EUR-EUR", "C1-JPY-2", "C1"]);
    for (table, column) in [
        ("customers", "customer_id"),
        ("customers", "parent_id"),
        ("orders", "customer_id"),
        ("orders", "bill_to"),
        ("tickets", "customer_id"),
    ] {
        cells(&mut world, table, column).filter(|cell| *cell == "C2").for_each(|cell| *cell = longer.to_owned());
    }
    let customers = ["C1", "C2", longer, "C3", "007", "7", "C4", "C5", "C6"];
    if dice.percent(50) {
        for cell in cells(&mut world, "orders", "customer_id") {
            if dice.percent(60) {
                *cell = dice.one_of(&customers).to_owned();
            }
        }
        for cell in cells(&mut world, "tickets", "customer_id") {
            if dice.percent(60) {
                *cell = dice.one_of(&customers).to_owned();
            }
        }
    }
    if dice.percent(70) {
        // An order of its own for most lines: else everything is billed together.
        let mut number = 0;
        for cell in cells(&mut world, "orders", "order_id") {
            number += 1;
            if dice.percent(70) {
                *cell = format!("O{number}");
            }
        }
    }
    if dice.percent(30) {
        let terms = || String::new();
        add_column(&mut world, "orders", "bill_to", terms);
        for cell in cells(&mut world, "orders", "bill_to") {
            if dice.percent(20) {
                *cell = dice.one_of(&customers).to_owned();
            }
        }
    }
    add_column(&mut world, "tickets", "hours_spent", || dice.one_of(&["", "3", "1:30", "8"]).to_owned());
    add_column(&mut world, "orders", "remaining_hours", || dice.one_of(&["", "3", "-1", "8"]).to_owned());
    for cell in cells(&mut world, "timesheets", "timesheet_id") {
        if dice.percent(6) {
            *cell = format!("E{}", dice.below(ENTRIES));
        }
    }
    let lines = ["L1", "L2", "L3", "L4", "L5", "L10", "007", "7", "l1", "L99"];
    let tickets = ["T1", "T2", "T3", "T10", "1001", "T5", "T99"];
    let orders = ["S1", "S2", "O1", "O2", "O3", "O4", "S99"];
    let mut adjustments = "action,target,value,reason,by,on,from,to\n".to_owned();
    let entry = |dice: &mut Dice| format!("E{}", dice.below(ENTRIES + 2));
    for _ in 0..dice.below(9) {
        let (action, target, value) = match dice.below(16) {
            0 => ("move", entry(dice), dice.one_of(&lines)),
            1 => ("move", format!("ticket:{}", dice.one_of(&tickets)), dice.one_of(&lines)),
            2 => ("hold", entry(dice), ""),
            3 => ("hold", dice.one_of(&customers).to_owned(), ""),
            4 => ("hold", dice.one_of(&[&orders[..], &tickets[..]].concat()).to_owned(), ""),
            5 => ("write_off", entry(dice), ""),
            6 if dice.percent(50) => ("non_billable", entry(dice), ""),
            6 => ("non_billable", dice.one_of(&tickets).to_owned(), ""),
            7 => ("cap_hours", dice.one_of(&lines).to_owned(), dice.one_of(&["1", "0", "2:30"])),
            8 => ("price", dice.one_of(&lines).to_owned(), "12.5"),
            9 => ("discount", dice.one_of(&lines).to_owned(), "7"),
            10 => ("note", format!("draft:D-{}-{}-EUR", world.job.period_label(), dice.one_of(&customers)), "thanks"),
            11 => ("hold", format!("draft:D-{}-{}-EUR", world.job.period_label(), dice.one_of(&customers)), ""),
            12 => ("release", entry(dice), ""),
            13 => ("same_as", entry(dice), dice.one_of(&["X1", "X2", "E3"])),
            14 => ("accept", dice.one_of(&[lines[0], "run", lines[9]]).to_owned(), "invoiced-elsewhere<=8"),
            _ => ("note", dice.one_of(&[customers[0], orders[1], lines[2], "nobody"]).to_owned(), "by the way"),
        };
        adjustments += &format!("{action},{target},{value},because,ann,2026-10-{},{}\n", 10 + dice.below(3), {
            let windows = [",", ",", "2026-10-01,2026-10-31", "2026-09-01,2026-10-10", "2026-10-08,", ",2026-09-30"];
            dice.one_of(&windows)
        });
    }
    let mut requests = "order_id,method,value,requested_on\n".to_owned();
    for _ in 0..dice.below(4) {
        let order = dice.one_of(&orders);
        requests += &format!("{order},{},2026-10-02\n", dice.one_of(&["percentage,30", "percentage,100", "fixed,50"]));
    }
    let mut files = vec![("adjustments", adjustments), ("downpayments", requests)];
    if dice.percent(50) {
        let mut invoices = "document,order_line_id,quantity,amount,currency,customer_id,reference,date\n".to_owned();
        for document in 0..dice.below(6) {
            for _ in 0..=dice.below(2) {
                let (line, customer) = (dice.one_of(&lines), dice.one_of(&customers));
                let reference = format!("D-{}-{}-EUR", world.job.period_label(), dice.one_of(&customers));
                let quantity = dice.one_of(&["1", "2.5", "3", ""]);
                invoices += &format!("INV/{document},{line},{quantity},100,EUR,{customer},{reference},2026-10-31\n");
            }
        }
        files.push(("erp_invoices", invoices));
    }
    let rules = [
        ("on_mismatch", &["hold", "warn"][..]),
        ("corrections", &["bill", "report"]),
        ("downpayment_deduction", &["capped", "full", "pro_rata"]),
        ("zero_drafts", &["draft", "close"]),
    ];
    let rules = rules.into_iter().map(|(key, words)| format!("{key} = {:?}\n", dice.one_of(words))).collect();
    let inputs = files.iter().map(|(name, _)| format!("{name} = \"{name}.csv\"\n")).collect();
    Tangled { world, inputs, rules, files }
}

impl Tangled {
    pub fn write(&self, folder: &Path, ledger: bool, newer_wins: bool) {
        self.world.write(folder);
        for (name, text) in &self.files {
            std::fs::write(folder.join(format!("{name}.csv")), text).unwrap();
        }
        let job = folder.join("job.toml");
        let mut text = std::fs::read_to_string(&job).unwrap();
        text = text.replace("[inputs]\n", &format!("[inputs]\n{}", self.inputs));
        text = text.replace("[rules]\n", &format!("[rules]\n{}", self.rules));
        if newer_wins {
            let line = text.lines().find(|line| line.starts_with("timesheets")).unwrap().to_owned();
            let paths = line.split_once(" = ").unwrap().1;
            text = text.replace(&line, &format!("timesheets = {{ path = {paths}, newer_wins = true }}"));
        }
        if ledger {
            text += "[ledger]\ndir = \"ledger\"\n";
        }
        std::fs::write(job, text).unwrap();
    }

    /// The exports of another day.
    pub fn age(&mut self, dice: &mut Dice) {
        let table = self.world.tables.get_mut("timesheets").unwrap();
        table.rows.retain(|_| dice.percent(75));
        for cell in cells(&mut self.world, "timesheets", "hours") {
            if dice.percent(12) {
                *cell = "1.25".to_owned();
            }
        }
        for cell in cells(&mut self.world, "timesheets", "timesheet_id") {
            if dice.percent(25) {
                cell.insert(0, ' ');
            }
        }
    }

    /// Some entries name neither ticket nor order line any more.
    fn forget(&mut self, dice: &mut Dice) {
        let forgotten: Vec<bool> = self.world.tables["timesheets"].rows.iter().map(|_| dice.percent(8)).collect();
        for column in ["ticket_id", "order_line_id"] {
            for (cell, _) in cells(&mut self.world, "timesheets", column).zip(&forgotten).filter(|(_, gone)| **gone) {
                cell.clear();
            }
        }
    }

    pub fn shown(&self, folder: &Path) -> String {
        let mut text = std::fs::read_to_string(folder.join("job.toml")).unwrap();
        text += &self.world.shown();
        for (name, file) in &self.files {
            text += &format!("-- {name}\n{file}");
        }
        text
    }
}

/// A tangled world in a folder with its job, mostly on a ledger; whether a run of it was posted there before its exports went on.
pub fn tangled_settings(seed: u64, dice: &mut Dice, folder: &Path) -> (Tangled, Settings, bool) {
    let mut tangled = tangled(seed, dice);
    let ledger = dice.percent(60);
    tangled.write(folder, ledger, dice.percent(20));
    let mut settings = settings(&folder.join("job.toml"));
    let mut posted = false;
    if ledger {
        posted = publish_and_post(&settings);
        tangled.age(dice);
        tangled.write(folder, ledger, false);
    }
    settings.output.parquet = true;
    if dice.percent(30) {
        settings.output.documents = vec![DocumentFormat::Json];
    }
    (tangled, settings, posted)
}

#[track_caller]
fn assert_adds_up(seed: u64, tangled: &Tangled, folder: &Path) {
    let settings = settings(&folder.join("job.toml"));
    let parts: &[u32] = if seed.is_multiple_of(5) { &[1, 2, 7, 64] } else { &[2, 7] };
    for &of in parts {
        let found = differences(&settings, of);
        assert!(found.is_empty(), "world {seed} in {of} parts\n{}\n{}", found.join("\n"), tangled.shown(folder));
    }
}

#[test]
fn the_parts_of_a_run_add_up_to_the_run() {
    let scratch = Scratch::new();
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0x5a4d);
        let tangled = tangled(seed, dice);
        tangled.write(scratch.path(), false, dice.percent(30));
        assert_adds_up(seed, &tangled, scratch.path());
    }
}

#[test]
fn the_parts_of_a_run_on_a_ledger_add_up_to_the_run() {
    let (mut posted, mut vanished, mut renamed) = (0, 0, 0);
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0x1ed6);
        let scratch = Scratch::new();
        let mut tangled = tangled(seed, dice);
        tangled.write(scratch.path(), true, false);
        let settings = settings(&scratch.path().join("job.toml"));
        posted += u64::from(publish_and_post(&settings));
        tangled.age(dice);
        tangled.write(scratch.path(), true, dice.percent(20));
        assert_adds_up(seed, &tangled, scratch.path());
        let run = compute(&settings, &Unwatched).unwrap();
        vanished += run.posted.vanished.len();
        let alike = |finding: &&Finding| finding.message.contains("resembles `");
        renamed += run.findings().iter().filter(alike).count();
    }
    assert!(
        posted > WORLDS / 2 && vanished > 20 && renamed > 3,
        "{posted} runs were posted, {vanished} entries vanished, {renamed} came again"
    );
}

#[test]
fn an_order_line_meets_the_work_that_has_left_it_in_its_part() {
    let scratch = Scratch::new();
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                  A,SA,sale,C1,Support,delivered_timesheet,Hours,0,120,EUR,2025-12-01\n\
                  B,SB,sale,C2,Support,delivered_timesheet,Hours,0,120,EUR,2025-12-01\n";
    let told = |tickets: &str, entries: &str| {
        let tickets = format!("ticket_id,customer_id,order_line_id\n{tickets}");
        let entries = format!("timesheet_id,date,hours,ticket_id\n{entries}");
        let exports = [("orders", orders), ("tickets", tickets.as_str()), ("timesheets", entries.as_str())];
        job(scratch.path(), &exports, "[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n")
    };
    publish_and_post(&told("T1,C1,A\nT2,C2,B\n", "a,2026-01-05,2,T1\nb,2026-01-06,3,T2\n"));
    // The ticket is for another customer by now, and names no line (G8); the other one has left the export (G14).
    for tickets in ["T1,C2,\nT2,C2,B\n", "T1,C1,A\n"] {
        let settings = told(tickets, "a,2026-01-05,3,T1\nb,2026-01-06,4,T2\n");
        for of in 2..9 {
            assert_eq!(differences(&settings, of), Vec::<String>::new(), "in {of} parts: {tickets}");
        }
    }
}

/// Exports that forget of posted entries for what they were: the ledger alone knows.
#[test]
fn what_the_exports_forgot_of_posted_entries_is_in_all_parts() {
    use hourbill::run::{Passes, RunOptions, run_within};
    let mut posted = 0;
    for seed in 1..=WORLDS {
        let dice = &mut Dice::new(seed ^ 0xf0e7);
        let scratch = Scratch::new();
        let mut tangled = tangled(seed, dice);
        tangled.rules += if dice.percent(50) { "prepaid = \"waterfall\"\n" } else { "" };
        tangled.write(scratch.path(), true, false);
        let settings = settings(&scratch.path().join("job.toml"));
        if !publish_and_post(&settings) {
            continue;
        }
        tangled.forget(dice);
        tangled.write(scratch.path(), true, false);
        posted += 1;
        for of in [2, 7] {
            let passes = Passes::Number(of as usize);
            let in_passes = crate::passes::differing(&settings, scratch.path(), |many| {
                run_within(many, passes, RunOptions::default(), &Unwatched)
            });
            for found in [differences(&settings, of), in_passes] {
                let told =
                    || format!("world {seed} in {of} parts\n{}\n{}", found.join("\n"), tangled.shown(scratch.path()));
                assert!(found.is_empty(), "{}", told());
            }
        }
    }
    assert!(posted > 25, "{posted} worlds");
}

/// A job over exports given as text, in a folder.
pub fn job(folder: &Path, exports: &[(&str, &str)], more: &str) -> Settings {
    let mut text = "name = \"parts\"\n[inputs]\n".to_owned();
    for (name, rows) in exports {
        std::fs::write(folder.join(format!("{name}.csv")), rows).unwrap();
        text += &format!("{name} = \"{name}.csv\"\n");
    }
    std::fs::write(folder.join("job.toml"), text + more).unwrap();
    settings(&folder.join("job.toml"))
}

pub const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n";

#[test]
fn customers_whose_drafts_could_bear_one_name_stay_together() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, order: &str, customer: &str| {
        format!("{id},{order},sale,{customer},Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n")
    };
    // D-open-C1-EUR-EUR either way: order EUR of `C1`, and all orders of `C1-EUR`.
    let orders = ORDERS.to_owned() + &line("L1", "EUR", "C1") + &line("L2", "S2", "C1-EUR") + &line("L3", "S3", "C3");
    let exports = [
        ("orders", orders.as_str()),
        ("customers", "customer_id,consolidate\nC1,false\nC1-EUR,true\n"),
        ("tickets", "ticket_id,customer_id\n"),
        (
            "timesheets",
            "timesheet_id,date,hours,order_line_id\nE1,2026-10-01,1,L1\nE2,2026-10-01,1,L2\nE3,2026-10-01,1,L3\n",
        ),
        // One of them names a draft, the other one none.
        (
            "adjustments",
            "action,target,value,reason\nnote,draft:D-open-C3-EUR,so,so\nnote,draft:D-open-C1-EUR-EUR,so,so\n",
        ),
    ];
    let settings = job(folder.path(), &exports, "");
    let run = compute(&settings, &Unwatched).unwrap();
    let alike = run.billing.drafts.iter().filter(|draft| draft.id.starts_with("D-open-C1-EUR-EUR-"));
    assert_eq!(alike.count(), 2, "both bear a hash");
    assert!((2..40).all(|of| differences(&settings, of).is_empty()));
}

#[test]
fn a_ticket_has_its_figures_from_entries_on_lines_of_other_customers() {
    let folder = tempfile::tempdir().unwrap();
    let line = |id: &str, customer: &str| {
        format!("{id},{id},sale,{customer},Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n")
    };
    let orders = ORDERS.to_owned() + &line("L1", "C1") + &line("L2", "C2") + &line("L3", "C3");
    let rows = [
        "E1,2026-10-01,1,T1,L2",
        // It cannot be used, late entries and repeats are told apart: each is a cause.
        "E2,2026-10-32,2,T1,L2",
        "E3,2026-09-01,3,T2,L3",
        "E4,2026-10-01,4,T3,L1",
        "E4,2026-10-01,4,T3,L1",
        "E5,2026-10-01,5,T4,L1",
    ];
    let timesheets = format!("timesheet_id,date,hours,ticket_id,order_line_id\n{}\n", rows.join("\n"));
    let exports = [
        ("orders", orders.as_str()),
        (
            "tickets",
            "ticket_id,customer_id,hours_spent,closed_on\nT1,C1,3,\nT2,C2,0,\nT3,C3,8,\nT4,C4,5,2026-10-31\nT5,C5,0,2026-10-31\n",
        ),
        ("timesheets", timesheets.as_str()),
    ];
    let settings = job(folder.path(), &exports, "[period]\nmonth = \"2026-10\"\n");
    let run = compute(&settings, &Unwatched).unwrap();
    let causes: Vec<&str> = run.comparisons.iter().map(|of| of.cause).collect();
    assert_eq!(causes, ["quarantined_entry", "late_entry", "duplicate", "", ""]);
    assert!((2..40).all(|of| differences(&settings, of).is_empty()));
}

#[test]
fn control_totals_are_those_of_whole_files_in_every_part() {
    let folder = tempfile::tempdir().unwrap();
    let orders = format!("{ORDERS}L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n");
    let exports = [
        ("orders", orders.as_str()),
        ("tickets", "ticket_id,customer_id\n"),
        (
            "timesheets",
            "timesheet_id,date,hours,order_line_id\nE1,2026-10-01,1,L1\nE2,2026-10-01,2,\nE2,2026-10-01,2.5,\n",
        ),
    ];
    std::fs::write(folder.path().join("timesheets.csv.control.json"), "{\"rows\": 3, \"hours\": \"5.50\"}").unwrap();
    let mut settings = job(folder.path(), &exports, "");
    for (hours, met) in [("5.50", true), ("5.51", false)] {
        settings.expected = hourbill::job::Expected::parse_list(&format!("timesheets.hours={hours}")).unwrap();
        for number in 1..=3 {
            let part = settings.clone().part(Shard::parse(&format!("{number}/3")).unwrap());
            assert_eq!(compute(&part, &Unwatched).is_ok(), met, "{hours} {number}");
        }
    }
}

pub fn hourbill(folder: &Path, words: &str) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
    let output =
        command.current_dir(folder).args(words.split_whitespace()).args(["--as-of", "2026-11-03"]).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

/// A job over one entry on one order line.
pub fn one_entry(folder: &Path, rest: &str) {
    let orders = format!("{ORDERS}L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n");
    let exports = [
        ("orders", orders.as_str()),
        ("tickets", "ticket_id,customer_id\n"),
        ("timesheets", "timesheet_id,date,hours,order_line_id\nE1,2026-10-01,1,L1\n"),
    ];
    job(folder, &exports, rest);
}

#[test]
fn a_part_is_published_aside_and_never_posted() {
    let folder = tempfile::tempdir().unwrap();
    one_entry(folder.path(), "[output]\ndir = \"out\"\ntables = [\"csv\"]\n[ledger]\ndir = \"ledger\"\n");
    let published = |words: &str| {
        let (code, text) = hourbill(folder.path(), &format!("run job.toml --format json {words}"));
        assert_eq!(code, 0, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let latest = || std::fs::read_to_string(folder.path().join("out/parts/latest")).ok();
    let part = published("--shard 1/2");
    assert_eq!((&part["shard"], &part["settings"]["shard"], latest()), (&"1/2".into(), &"1/2".into(), None));
    let part_id = part["run_id"].as_str().unwrap();
    let (code, text) = hourbill(folder.path(), &format!("post job.toml {part_id} --by ann"));
    assert!(code == 5 && text.contains("is the part 1/2 of a run; only a whole run can be posted"), "{code} {text}");
    // The whole run has no part in its settings, and a part that follows does not supersede it.
    let whole = published("");
    assert_eq!((whole.get("shard"), whole["settings"].get("shard")), (None, None));
    let other = published("--shard 2/2");
    assert_eq!(latest().as_deref().map(str::trim_end), whole["run_id"].as_str());
    let runs = [&part, &whole, &other].map(|run| run["drafts"]["invoices"].as_i64().unwrap());
    assert_eq!(runs[0] + runs[2], runs[1]);
    assert_eq!(published("--shard 2/2")["status"], "already_published");
    let (_, text) = hourbill(folder.path(), "run job.toml --shard 2/2 --dry-run");
    assert!(text.contains("everything not yet invoiced · part 2/2"), "{text}");
    assert_eq!(hourbill(folder.path(), "post job.toml --by ann").0, 0);
    for wrong in ["3/2", "0/2", "2", "a/b"] {
        let (code, text) = hourbill(folder.path(), &format!("run job.toml --shard {wrong}"));
        assert!(code == 2 && text.contains("`3/7`"), "{code} {text}");
    }
}
