//! Closed months and what a close keeps, as people and programs are told (K3, K6).

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::layout::{count, grouped, hours, wrapped};
use crate::account::Disposition;
use crate::ledger::{LogEntry, MonthNote, months};
use crate::posted::{ClosedMonths, MonthDeed, MonthState};
use crate::quantity::HoursSum;

/// `2026-10 of company `X``.
fn named(note: &MonthNote) -> String {
    let company = note.company.as_ref().map_or_else(String::new, |company| format!(" of company `{company}`"));
    format!("{}{company}", note.month)
}

/// In a few words, that a month was closed or reopened.
pub fn done(note: &MonthNote) -> String {
    let state = if note.state == MonthState::Open { "open again".to_owned() } else { format!("closed {}", note.state) };
    format!("{} {state}", named(note))
}

/// What a deed does to a month.
pub fn text(note: &MonthNote) -> String {
    let name = named(note);
    let Some(kept) = &note.kept else { return format!("  {name} is open again\n") };
    let mut grid =
        Grid::new(&[("  hours of the month", Align::Left), ("entries", Align::Right), ("hours", Align::Right)]);
    for (disposition, sum) in &kept.dispositions {
        let of =
            sum.microseconds.parse::<i128>().map_or_else(|_| sum.hours.clone(), |us| hours(HoursSum::from_micros(us)));
        let known = Disposition::ALL.into_iter().find(|known| known.name() == disposition);
        let label = known.map_or_else(|| disposition.replace('_', " "), |known| known.label().to_owned());
        grid.row(&[format!("  {label}"), count(sum.rows), of]);
    }
    let mut text = format!("  {name} is closed {}\n{}", note.state, grid.text());
    for (currency, value) in &kept.unbilled {
        text.push_str(&format!("  not billed: {} {currency}\n", grouped(value)));
    }
    if kept.packs > 0 {
        text.push_str(&format!("  balances kept of {} packs\n", count(kept.packs)));
    }
    for ignored in &note.ignored {
        text.push_str(&wrapped("  passed over: ", ignored));
    }
    text
}

/// The months that are closed now, for `ledger show`.
pub fn shown(log: &[LogEntry]) -> String {
    let months = months(log);
    let mut grid = Grid::new(&[
        ("months closed", Align::Left),
        ("company", Align::Left),
        ("how", Align::Left),
        ("on", Align::Id),
        ("by", Align::Spare),
        ("why", Align::Left),
    ]);
    let mut any = false;
    for (company, deed) in closed(&months) {
        let Some(entry) = log.iter().find(|entry| entry.sequence == deed.sequence) else { continue };
        any = true;
        grid.row(&[
            deed.month.to_string(),
            company.unwrap_or_default().to_owned(),
            deed.state.to_string(),
            entry.deed.at.clone(),
            entry.deed.by.clone(),
            entry.deed.reason.clone(),
        ]);
    }
    if any { format!("\n{}", grid.text()) } else { String::new() }
}

/// The months that are closed now, for programs.
pub fn shown_json(log: &[LogEntry]) -> Value {
    let months = months(log);
    let one = |(company, deed): (Option<&str>, &MonthDeed)| {
        json!({
            "month": deed.month.to_string(),
            "company": company,
            "state": deed.state,
            "sequence": deed.sequence,
        })
    };
    closed(&months).map(one).collect()
}

fn closed(months: &ClosedMonths) -> impl Iterator<Item = (Option<&str>, &MonthDeed)> {
    months
        .companies()
        .into_iter()
        .flat_map(|company| months.of_company(company).into_iter().map(move |deed| (company, deed)))
}
