//! Random lives of an order line: its policy, unit, order and id change between posts and voids (G12, G13). Whatever happens, never more
//! is billed of it than the greatest of what each of its policies would bill.
//!
//! `HOURBILL_LIVES` says how many are tried, `HOURBILL_LIFE` which one alone.

use std::fs;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Actor, Ledger, Plan, Proposal};
use hourbill::quantity::MICROS_PER_HOUR;
use hourbill::run::{self, Unwatched};

use crate::memory::Memory;
use crate::oracle::Dice;

const LIVES: u64 = 300;
const STEPS_MAX: usize = 14;

const POLICIES: [&str; 4] = ["ordered_prepaid", "delivered_timesheet", "delivered_manual", "delivered_milestones"];

/// Name, minutes and price in cents; the same price per hour.
const UNITS: [(&str, i128, u32); 4] =
    [("Hours", 60, 6_000), ("Days", 480, 48_000), ("Minutes", 1, 100), ("Packs", 150, 15_000)];

/// The line as the export has it.
struct Line {
    policy: usize,
    unit: usize,
    order: usize,
    renamed: bool,
    same_as: bool,
    ordered_minutes: i128,
    /// What a person says was delivered of it.
    manual_minutes: i128,
    /// Quarters of hours, by entry.
    entries: Vec<i128>,
}

/// Minutes in a unit, with six decimals.
fn quantity(minutes: i128, unit: usize) -> String {
    let micros = minutes * 1_000_000 / UNITS[unit].1;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

impl Line {
    fn id(&self) -> &'static str {
        if self.renamed { "EXT_1" } else { "S1/1" }
    }

    fn write(&self, folder: &Path) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        let (uom, minutes, cents) = UNITS[self.unit];
        let hours_per_unit = if uom == "Packs" { "2.5" } else { "" };
        assert_eq!(self.ordered_minutes % minutes, 0);
        write(
            "orders.csv",
            format!(
                "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,delivered_qty,hours_per_unit\n\
                 {},S{},sale,C,Support,{},{uom},{},{}.{:02},EUR,2026-09-01,{},{hours_per_unit}\n",
                self.id(),
                self.order,
                POLICIES[self.policy],
                quantity(self.ordered_minutes, self.unit),
                cents / 100,
                cents % 100,
                quantity(self.manual_minutes, self.unit),
            ),
        );
        let entry = |(nth, quarters): (usize, &i128)| {
            format!("e{nth},2026-10-{:02},{}.{:02},{}\n", nth + 1, quarters / 4, quarters % 4 * 25, self.id())
        };
        let rows: String = self.entries.iter().enumerate().map(entry).collect();
        write("timesheets.csv", format!("timesheet_id,date,hours,order_line_id\n{rows}"));
        let same = if self.renamed && self.same_as { "same_as,order_line:EXT_1,S1/1,why\n" } else { "" };
        write("adjustments.csv", format!("action,target,value,reason\n{same}"));
    }
}

fn doer(reason: &str) -> Actor {
    Actor { job: "life".into(), at: "2026-11-02".into(), by: "ada".into(), reason: reason.into() }
}

/// Computes and posts what the line bills now; whether something was posted.
fn bill(ledger: &Ledger<Memory>, folder: &Path) -> bool {
    let settings = job::load(&folder.join("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap()).unwrap();
    let run = run::compute_on(&settings, &Unwatched, |world| Ok(ledger.posted(world)?)).unwrap();
    let batch = run::proposal(&run, &settings).unwrap();
    let proposal = Proposal {
        run: run.id.clone(),
        head: run.posted.head.clone().unwrap(),
        batch,
        aliases: Vec::new(),
        read: None,
    };
    match ledger.plan_post(proposal, &[], &doer("")).unwrap() {
        Plan::Change(planned) => {
            let money = planned.batch.documents.iter().any(|document| !document.kind.is_note());
            ledger.apply(*planned).unwrap();
            money
        }
        Plan::Nothing(_) => false,
    }
}

/// What is billed of the line under any id, in millionths of hours, and on how many documents.
fn billed(ledger: &Ledger<Memory>) -> (i128, usize, Vec<String>) {
    let book = ledger.book(&ledger.log().unwrap()).unwrap();
    let (mut sum, mut count, mut positive) = (0, 0, Vec::new());
    for entry in book.entries().iter().filter(|entry| entry.document.source.is_none() && !entry.document.kind.is_note())
    {
        for line in &entry.lines {
            let unit = line.line.unit.unwrap();
            sum += i128::from(line.quantity.micros()) * i128::from(unit.micros()) / i128::from(MICROS_PER_HOUR);
            count += 1;
        }
        if !entry.voided && entry.lines.iter().all(|line| line.quantity.micros() > 0) {
            positive.push(entry.document.id.clone());
        }
    }
    (sum, count, positive)
}

fn life(seed: u64, folder: &Path) {
    let mut dice = Dice::new(seed);
    let ledger = Ledger::new(Memory::default());
    let ordered_minutes = 2_400 * (dice.below(2) as i128 + 1);
    let mut line = Line {
        policy: dice.below(POLICIES.len()),
        unit: dice.below(UNITS.len()),
        order: 1,
        renamed: false,
        same_as: dice.percent(50),
        ordered_minutes,
        manual_minutes: 0,
        entries: Vec::new(),
    };
    let mut manual_most = 0;
    for _ in 0..dice.below(STEPS_MAX) + 3 {
        match dice.below(10) {
            0 | 1 => line.policy = dice.below(POLICIES.len()),
            2 | 3 => line.unit = dice.below(UNITS.len()),
            4 if line.entries.len() < 20 => line.entries.push(dice.below(60) as i128 + 1),
            5 => line.manual_minutes = 15 * dice.below(300) as i128,
            // One of its order and its date of confirmation stays what it was.
            6 => line.order = dice.below(3) + 1,
            7 => line.renamed |= dice.percent(20),
            8 => {
                let (_, _, documents) = billed(&ledger);
                if !documents.is_empty()
                    && let Ok(Plan::Change(planned)) = ledger.plan_void(&dice.one_of(&documents), &doer("void"))
                {
                    ledger.apply(*planned).unwrap();
                }
            }
            _ => {}
        }
        manual_most = manual_most.max(line.manual_minutes);
        line.write(folder);
        if dice.percent(60) {
            bill(&ledger, folder);
            assert!(!bill(&ledger, folder), "what was posted is billed again");
        }
        let (sum, documents, _) = billed(&ledger);
        let delivered: i128 = line.entries.iter().map(|quarters| quarters * 15).sum();
        let most = ordered_minutes.max(delivered).max(manual_most) * 1_000_000 / 60;
        // Half of the last decimal of a day, on each document.
        let slack = 40_000 * documents as i128;
        assert!(sum <= most + slack, "{sum} of at most {most} millionths of hours are billed");
    }
    ledger.verify(None).unwrap();
}

#[test]
fn never_more_is_billed_of_a_line_than_the_greatest_of_what_its_policies_would_bill() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("tickets.csv", "ticket_id,customer_id\n");
    write(
        "job.toml",
        "name = \"life\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         adjustments = \"adjustments.csv\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n",
    );
    let seeds = match number("HOURBILL_LIFE") {
        Some(alone) => alone..alone + 1,
        None => 1..number("HOURBILL_LIVES").unwrap_or(LIVES) + 1,
    };
    for seed in seeds {
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| life(seed, folder.path())));
        assert!(lived.is_ok(), "repeat it with HOURBILL_LIFE={seed}");
    }
}
