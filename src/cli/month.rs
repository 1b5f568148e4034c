//! The month in money (E8), for the terminal: the last block of the receipt, and a command of its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::grid::{Align, Grid};
use super::layout::{grouped, hours, wrapped};
use crate::month::{HoursStanding, HoursWorth, Month, PostedWork};
use crate::quantity::{Currency, HoursSum, Money};

/// Each hour once: where it stands, and what it is worth.
pub fn text(month: &Month) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("month in money", left), ("hours", right), ("net", right), ("", left)]);
    let (mut before, mut estimated) = (None, false);
    for (standing, currency, worth) in month.rows() {
        let label = if before == Some(standing) { String::new() } else { format!("  {}", standing.label()) };
        before = Some(standing);
        let (value, code) = match currency {
            Some(currency) => (grouped(&worth.value.text(currency)), currency.code().to_owned()),
            None if standing.asks_for_a_price() => (String::new(), "nobody knows the price".to_owned()),
            None => (String::new(), String::new()),
        };
        estimated |= standing.is_estimated() && currency.is_some();
        let about = if standing.is_estimated() && currency.is_some() { "~ " } else { "" };
        grid.row(&[label, hours(worth.hours), format!("{about}{value}"), code]);
    }
    grid.sum(&["  read".to_owned(), hours(month.hours()), String::new(), "each hour once".to_owned()]);
    let mut text = grid.text();
    for (currency, net) in month.without_hours() {
        let net = grouped(&net.text(currency));
        let words = format!("on drafts beside hours (packs, milestones, down payments): {net} {} net", currency.code());
        text.push_str(&wrapped("  ", &words));
    }
    if estimated {
        text.push_str(&wrapped("  ", "~ at what the customer paid last"));
    }
    text
}

/// What of the month documents of the ledger have asked for, below it.
pub fn posted_text(posted: &PostedWork) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("of it posted, less credits", left), ("hours", right), ("net", right), ("", left)]);
    let hourly = posted.hours.iter().filter(|(_, of)| !of.hours.is_zero() || of.value != Money::ZERO);
    let hourly = hourly.map(|(currency, of)| ("  for hours", hours(of.hours), of.value, currency));
    let others = posted.without_hours.iter().filter(|(_, net)| **net != Money::ZERO);
    let others = others.map(|(currency, net)| ("  beside hours", String::new(), *net, currency));
    let mut before = "";
    for (label, hours, net, currency) in hourly.chain(others) {
        let told = if label == before { "" } else { label };
        before = label;
        grid.row(&[told.to_owned(), hours, grouped(&net.text(*currency)), currency.code().to_owned()]);
    }
    if before.is_empty() { String::new() } else { format!("\n{}", grid.text()) }
}

/// Where hours of a currency stand, in the words of the contract.
const IN_JSON: [(&str, HoursStanding); 7] = [
    ("billed", HoursStanding::Billed),
    ("on_hold", HoursStanding::OnHold),
    ("late", HoursStanding::Late),
    ("no_line", HoursStanding::NoLine),
    ("not_billing_teams", HoursStanding::TeamsNotBilling),
    ("beyond_packs", HoursStanding::BeyondPacks),
    ("after_the_period", HoursStanding::AfterPeriod),
];

/// For programs: per currency, and what has none.
pub fn json(month: &Month) -> Value {
    let nothing = HoursWorth { hours: HoursSum::ZERO, value: Money::ZERO };
    let of = |standing: HoursStanding, currency: Option<Currency>| {
        let found = month.rows().find(|(known, of, _)| (*known, *of) == (standing, currency));
        found.map_or(nothing, |(_, _, worth)| worth)
    };
    let known = month.rows().filter_map(|(_, currency, _)| currency);
    let currencies: BTreeSet<Currency> = known.chain(month.without_hours().map(|(currency, _)| currency)).collect();
    let currencies = currencies.into_iter().map(|currency| {
        let mut told = Map::from_iter([("currency".to_owned(), currency.code().into())]);
        for (name, standing) in IN_JSON {
            let worth = of(standing, Some(currency));
            let estimated = if standing.is_estimated() { worth.value } else { Money::ZERO };
            let worth = json!({
                "hours": worth.hours.to_string(), "net": worth.value.text(currency), "estimated": estimated.text(currency),
            });
            told.insert(name.to_owned(), worth);
        }
        Value::Object(told)
    });
    let without_hours =
        month.without_hours().map(|(currency, net)| json!({ "currency": currency.code(), "net": net.text(currency) }));
    let others = month.rows().filter(|(_, currency, _)| currency.is_none());
    let (unpriced, settled): (Vec<_>, Vec<_>) = others.partition(|(standing, ..)| standing.asks_for_a_price());
    let hours_of = |rows: Vec<(HoursStanding, Option<Currency>, HoursWorth)>| -> Map<String, Value> {
        let name = |standing| IN_JSON.iter().find(|(_, of)| *of == standing).map_or(standing.name(), |(name, _)| name);
        rows.into_iter()
            .map(|(standing, _, worth)| (name(standing).to_owned(), worth.hours.to_string().into()))
            .collect()
    };
    json!({
        "currencies": currencies.collect::<Vec<_>>(),
        "without_hours": without_hours.collect::<Vec<_>>(),
        "hours_without_price": hours_of(unpriced),
        "other_hours": hours_of(settled),
        "read": { "hours": month.hours().to_string(), "microseconds": i64::try_from(month.hours().micros()).ok() },
    })
}
