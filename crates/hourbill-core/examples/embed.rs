//! A month of work that another program has in memory becomes drafts: no file, no job, no run folder. `cargo run -p hourbill-core --example embed`
//!
//! What this leaves out is what the readers do: rows that were not read by them are taken at their word, and a ledger, if there is one, is read
//! by whoever keeps it.
#![allow(clippy::disallowed_macros, reason = "an example prints")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use hourbill_core::account::account;
use hourbill_core::bill::{Billing, Hold, bill};
use hourbill_core::bound::BoundSet;
use hourbill_core::calendar::{Date, Moment, Period};
use hourbill_core::doubt::doubts;
use hourbill_core::finding::{FileNo, Place};
use hourbill_core::link::link;
use hourbill_core::model::{
    Chunk, Company, Customer, Entries, EntryTotals, HoursColumn, Order, OrderLine, Policy, Ticket, World,
};
use hourbill_core::posted::Posted;
use hourbill_core::proof::prove;
use hourbill_core::quantity::{Currency, Hours, Money, Percent, UnitPrice, UnitSize};
use hourbill_core::reconcile::{compare, held_lines};
use hourbill_core::settings::{BillingSettings, CompanyProfile, Rules, Tax};

/// Work for a customer who pays by the hour: ticket, day, minutes.
const WORK: [(&str, &str, i64); 3] = [("T1", "2026-10-05", 90), ("T1", "2026-10-06", 135), ("T2", "2026-10-30", 480)];

/// Hours are whole microseconds.
const MICROS_PER_MINUTE: i64 = 60_000_000;

fn main() -> ExitCode {
    match month() {
        Some((world, billing)) => {
            told(&world, &billing).iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

/// What is in memory as the world of the rules: `None` for a value that cannot be.
fn world() -> Option<(World, EntryTotals)> {
    let mut world = World::default();
    // Rows that people may be told about have a place; here all stand in one table.
    let place = |row| Place { file: FileNo(0), row };
    let company = world.companies.insert("", Company);
    let customer =
        world.add_customer("C1", Customer { listed: true, name: "Azure Interior".to_owned(), ..Customer::default() });
    let order = world.orders.insert("S1", Order);
    let line = OrderLine {
        confirmed: true,
        confirmed_on: Date::parse("2026-09-01").map(Moment::from),
        product: "Support".to_owned(),
        policy: Policy::Time,
        uom: "Hours".to_owned(),
        unit: Some(UnitSize::HOUR),
        order_price: UnitPrice::from_text("80")?,
        taxes: vec!["VAT".to_owned()],
        ..OrderLine::bare(order, customer, Currency::from_code("EUR")?, company, place(1))
    };
    let line = world.add_line("S1/1", line);
    for (row, id) in (2..).zip(["T1", "T2"]) {
        world.add_ticket(id, Ticket::bare(customer, company, place(row)), Some(line));
    }
    // Entries are columns: a month may have millions of them.
    let mut chunk = Chunk { file: 0, first_row: 4, ..Chunk::default() };
    let mut hours = Vec::new();
    for (number, (ticket, day, minutes)) in (0..).zip(WORK) {
        let ticket = world.tickets.find(ticket)?;
        let of_ticket = world.ticket_link(ticket);
        chunk.ids.push(&format!("E{number}"));
        chunk.dates.push(Some(Date::parse(day)?));
        hours.push(Hours::from_micros(minutes * MICROS_PER_MINUTE));
        chunk.tickets.push(Some(ticket));
        chunk.lines.push(of_ticket.line);
        chunk.facts.push(of_ticket.of_entries);
        chunk.row_hashes.push(number);
    }
    chunk.hours = HoursColumn::of(&hours.iter().map(|hours| hours.micros()).collect::<Vec<_>>());
    world.entries = Entries::new(vec![chunk])?;
    // One of the two sides of the proof: what came in, summed before any rule.
    let totals = EntryTotals { rows: hours.len() as u64, hours: hours.into_iter().sum(), ..EntryTotals::default() };
    Some((world, totals))
}

fn settings() -> Option<BillingSettings> {
    let vat = Tax { rate: Percent::from_text("21")?, category: "S".to_owned() };
    Some(BillingSettings {
        period: Period::month("2026-10")?,
        as_of: Date::parse("2026-11-02")?,
        as_of_is_named: true,
        rules: Rules::default(),
        bounds: BoundSet::default(),
        taxes: BTreeMap::from([("VAT".to_owned(), vat)]),
        company: CompanyProfile::default(),
        companies: BTreeMap::new(),
    })
}

/// The stages, one after the other. `None` where what was given cannot be, or the proof fails.
fn month() -> Option<(World, Billing)> {
    let (world, totals) = world()?;
    let settings = settings()?;
    // Nothing was billed before.
    let posted = Posted::default();
    let links = link(&world, &settings, &posted);
    let mut account = account(&world, &settings, &links, &posted);
    let comparisons = compare(&world, &settings, &links, &account, &posted, None);
    let mismatched = held_lines(&world, &settings, &links, &comparisons).into_iter().map(|line| (line, Hold::Mismatch));
    let doubts = doubts(&world, &settings, &links, &account, &posted);
    let held = doubts.held.into_iter().chain(mismatched).collect();
    let billing = bill(&world, &settings, &account, &posted, &held);
    account.cut(billing.apart.iter().copied());
    for part in billing.drafts.iter().flat_map(|draft| &draft.parts) {
        billing.entries(part).iter().for_each(|&entry| account.bill(&world, entry, part.stand()));
    }
    // Every hour once: on a draft, or with the reason why not.
    prove(&world, &settings, &totals, totals.rows, &account, &billing, &posted).ok()?;
    Some((world, billing))
}

/// Each draft and its lines in words.
fn told(world: &World, billing: &Billing) -> Vec<String> {
    let mut told = Vec::new();
    for draft in billing.documents() {
        let amount = |amount: Money| amount.text(draft.currency());
        told.push(format!("{}: {}, of it tax {}", draft.id, amount(draft.amounts.total), amount(draft.amounts.tax)));
        for part in &draft.parts {
            told.push(format!("  {}: {} h", world.lines.id(part.line), part.hours));
        }
    }
    told
}

#[test]
fn a_month_in_memory_becomes_drafts() {
    let (world, billing) = month().expect("the month of the example is whole");
    // 11.75 h at 80 are 940, and 21 % of that 197.40.
    assert_eq!(told(&world, &billing), ["D-2026-10-C1-EUR: 1137.40, of it tax 197.40", "  S1/1: 11.75 h"]);
}
