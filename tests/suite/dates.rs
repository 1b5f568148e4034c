//! Periods of one end (K1), service dates (K2), balances at a day (K8), and what the clock may not reach (§10.5).

use std::collections::BTreeMap;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::document::{Builder, Invoice};
use hourbill::job::{Flags, PeriodFlag, Settings, load};
use hourbill::run::{Run, Unwatched, compute};
use hourbill::shard::Shard;
use hourbill::tables::tables;
use serde_json::Value;

use crate::shards::{ORDERS, hourbill, job};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The job of a folder, with some flags, on some day.
fn on(folder: &Path, period: Option<PeriodFlag>, as_of: Option<&str>, today: &str) -> Settings {
    let flags = Flags { period, as_of: as_of.map(day), ..Flags::default() };
    load(&folder.join("job.toml"), &flags, day(today)).unwrap_or_else(|error| panic!("{error}"))
}

fn invoices(run: &Run, settings: &Settings) -> Vec<Invoice> {
    let builder = Builder::new(run.results(settings), &settings.output);
    run.billing.drafts.iter().map(|draft| builder.invoice(draft)).collect()
}

/// Day, used and remaining of the only balance there is.
fn balance(settings: &Settings) -> (String, String, String) {
    let run = compute(settings, &Unwatched).unwrap();
    let balances: Vec<_> = invoices(&run, settings).into_iter().flat_map(|invoice| invoice.prepaid).collect();
    let [balance] = balances.as_slice() else { panic!("{balances:?}") };
    (balance.on.unwrap().to_string(), balance.used.to_string(), balance.left().to_string())
}

/// A pack of 20 h of which 5, 5 and 6 h are used in two months; the draft sells it.
fn pack(folder: &Path, more: &str) -> Settings {
    let orders = ORDERS.to_owned() + "P,S,sale,C1,Pack,ordered_prepaid,Hours,20,90,EUR,2026-09-01\n";
    let entries = "timesheet_id,date,hours,order_line_id\nE1,2026-10-05,5,P\nE2,2026-10-19,5,P\nE3,2026-11-10,6,P\n";
    job(folder, &[("orders", &orders), ("tickets", "ticket_id,customer_id\n"), ("timesheets", entries)], more)
}

#[test]
fn k8_a_balance_is_that_of_the_end_of_the_period_or_of_the_named_day_or_of_the_newest_entry() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "");
    let of = |period, as_of| balance(&on(folder.path(), period, as_of, "2026-12-24"));
    let told = |date: &str, used: &str, left: &str| (date.to_owned(), used.to_owned(), left.to_owned());
    let month = Some(PeriodFlag::parse("2026-10").unwrap());
    let to = |date| PeriodFlag::of_dates(None, Some(day(date)));
    let from = PeriodFlag::of_dates(Some(day("2026-10-01")), None);
    assert_eq!(of(month, None), told("2026-10-31", "10", "10"));
    assert_eq!(of(month, Some("2026-11-30")), told("2026-10-31", "10", "10"), "the end of the period goes first");
    assert_eq!(of(to("2026-10-18"), None), told("2026-10-18", "5", "15"));
    assert_eq!(of(None, None), told("2026-11-10", "16", "4"));
    assert_eq!(of(from, None), told("2026-11-10", "16", "4"));
    assert_eq!(of(None, Some("2026-10-19")), told("2026-10-19", "10", "10"), "the day itself is inside");
    assert_eq!(of(from, Some("2026-10-18")), told("2026-10-18", "5", "15"));
    assert_eq!(of(None, Some("2027-01-31")), told("2027-01-31", "16", "4"));
}

#[test]
fn k8_rows_that_cannot_be_used_make_no_newest_day() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "");
    let rows = "timesheet_id,date,hours,order_line_id\nE1,2026-10-05,5,P\nE2,2026-10-19,1:60,P\nE3,2026-10-20,1,P\nE3,2062-10-20,1,P\nE4,2062-11-01,1,X\n";
    std::fs::write(folder.path().join("timesheets.csv"), rows).unwrap();
    let told = balance(&on(folder.path(), None, None, "2026-12-24"));
    assert_eq!(told, ("2026-10-05".to_owned(), "5".to_owned(), "15".to_owned()));
}

#[test]
fn k8_every_part_of_a_run_tells_the_day_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = ORDERS.to_owned();
    let mut entries = "timesheet_id,date,hours,order_line_id\n".to_owned();
    for customer in 1..=9 {
        orders += &format!("P{customer},S{customer},sale,C{customer},Pack,ordered_prepaid,Hours,9,9,EUR,2026-09-01\n");
        entries += &format!("E{customer},2026-10-{:02},1,P{customer}\n", 2 * customer);
    }
    // Stands twice, so every part keeps it until it is known for a repeat.
    entries += "E9,2026-10-18,1,P9\n";
    let exports = [("orders", orders.as_str()), ("tickets", "ticket_id,customer_id\n"), ("timesheets", &entries)];
    let whole = job(folder.path(), &exports, "");
    let all = |settings: &Settings| invoices(&compute(settings, &Unwatched).unwrap(), settings);
    let wanted: BTreeMap<String, Invoice> = all(&whole).into_iter().map(|one| (one.id.clone(), one)).collect();
    assert_eq!(wanted.len(), 9);
    assert!(wanted.values().all(|invoice| invoice.prepaid[0].on == Some(day("2026-10-18"))));
    for of in 2..5 {
        let parts = (1..=of).flat_map(|part| all(&whole.clone().part(Shard::parse(&format!("{part}/{of}")).unwrap())));
        assert_eq!(parts.map(|one| (one.id.clone(), one)).collect::<BTreeMap<_, _>>(), wanted, "{of} parts");
    }
}

#[test]
fn k8_the_forecast_starts_at_the_day_of_its_balance() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\ndocuments = [\"html\", \"json\"]\n");
    let (code, text) = hourbill(folder.path(), "run job.toml --format json");
    assert_eq!(code, 0, "{text}");
    let run = folder.path().join(serde_json::from_str::<Value>(&text).unwrap()["folder"].as_str().unwrap());
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("20.00 h sold, 10.00 h used until 2026-10-31, <b>10.00 h left</b>"), "{page}");
    // 10 h in the four weeks since 5 October; 10 h last four weeks more.
    assert!(page.contains("at 2.50 hours a week used up about 2026-11-28"));
    let json = std::fs::read(run.join("invoices/D-2026-10-C1-EUR/invoice.json")).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    let balance =
        ["as_of", "ordered_hours", "used_hours", "remaining_hours"].map(|key| json["prepaid"][0][key].clone());
    assert_eq!(balance, ["2026-10-31", "20", "10", "10"].map(Value::from));
}

#[test]
fn k2_the_document_is_dated_by_the_run_and_its_lines_by_their_work() {
    let folder = tempfile::tempdir().unwrap();
    let orders = ORDERS.to_owned() + "L1,S,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-08-01\n";
    let entries = "timesheet_id,date,hours,order_line_id\nE1,2026-09-20,2,L1\nE2,2026-09-03,1,L1\n";
    let exports = [("orders", orders.as_str()), ("tickets", "ticket_id,customer_id\n"), ("timesheets", entries)];
    let more = "[period]\nmonth = \"2026-10\"\n[rules]\nlate_entries = \"bill\"\n";
    let settings = job(folder.path(), &exports, more);
    let run = compute(&settings, &Unwatched).unwrap();
    let [invoice] = &*invoices(&run, &settings) else { panic!("one draft") };
    assert_eq!((invoice.from, invoice.to), (day("2026-09-03"), day("2026-09-20")));
    assert_eq!((invoice.lines[0].late, invoice.lines[0].from), (true, day("2026-09-03")));
    assert_eq!(invoice.dated(), day("2026-10-31"), "what has no date of its own is dated by the period");
}

#[test]
fn the_clock_reaches_no_run_id_and_a_named_day_always_does() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), "");
    for period in [None, Some(PeriodFlag::parse("2026-10").unwrap())] {
        let run = |as_of, today| {
            let settings = on(folder.path(), period, as_of, today);
            let run = compute(&settings, &Unwatched).unwrap();
            let mut bytes = Vec::new();
            tables(run.results(&settings)).iter().for_each(|table| table.write_csv(&mut bytes).unwrap());
            (run.id, bytes)
        };
        let plain = run(None, "2026-11-02");
        assert_eq!(plain, run(None, "2027-03-01"));
        let named = run(Some("2026-11-02"), "2027-03-01");
        assert_eq!(named, run(Some("2026-11-02"), "2026-11-02"));
        let other = run(Some("2026-11-03"), "2026-11-02");
        assert!(plain.0 != named.0 && named.0 != other.0 && plain.0 != other.0);
    }
}
