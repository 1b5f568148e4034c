//! The month in money (E8), for the terminal: the last block of the receipt, and a command of its own.

use serde_json::{Value, json};

use super::layout::{Align, Grid, grouped, hours, wrapped};
use crate::month::Month;

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
    if estimated {
        text.push_str(&wrapped("  ", "~ at what the customer paid last"));
    }
    text
}

pub fn json(month: &Month) -> Value {
    let rows = month.rows().map(|(standing, currency, worth)| {
        json!({
            "standing": standing.name(),
            "hours": worth.hours.to_string(),
            "microseconds": i64::try_from(worth.hours.micros()).ok(),
            "currency": currency.map(|currency| currency.code().to_owned()),
            "value": currency.map(|currency| worth.value.text(currency)),
            "estimated": standing.is_estimated() && currency.is_some(),
        })
    });
    rows.collect()
}
