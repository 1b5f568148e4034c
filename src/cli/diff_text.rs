//! What changed between two runs, for the terminal and for programs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::layout::{and_more, grouped, heading, message, shortened};
use crate::bug::OrBug;
use crate::diff::{Billed, Cause, Change, CustomerSide, Diff, LineKey, LineSide, TableHours};
use crate::quantity::{Currency, Money};

/// Rows of each kind on the terminal, at most.
const SHOWN_MAX: usize = 50;
const WHY_WIDTH: usize = 44;
const LINE_WIDTH: usize = 32;

fn causes(causes: &BTreeSet<Cause>) -> String {
    causes.iter().map(|cause| cause.name().replace('_', " ")).collect::<Vec<_>>().join(", ")
}

fn amount(money: Money, currency: Currency) -> String {
    grouped(&money.text(currency))
}

/// The hours in the form that the job shows; empty where there are none.
fn hours(hours: Option<TableHours>) -> String {
    let shown = |hours: TableHours| message(&format!("{hours} h")).trim_end_matches(" h").to_owned();
    hours.map_or_else(String::new, |hours| grouped(&shown(hours)))
}

pub fn text(before: &str, after: &str, diff: &Diff) -> String {
    let mut text = format!("{}\n", heading(&format!("{before} to {after}")));
    for (name, was, is) in &diff.ground {
        text.push_str(&format!("  {name}: {} to {}\n", shown(was), shown(is)));
    }
    if diff.is_empty() {
        text.push_str("the drafts are the same\n");
        return text;
    }
    text.push_str(&format!("\n{}", customers(diff)));
    text.push_str(&format!("\n{}", lines(diff)));
    if !diff.entries.is_empty() {
        text.push_str(&format!("\n{}", entries(diff)));
    }
    text
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

fn customers(diff: &Diff) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("customer", Align::Id),
        ("hours", right),
        ("were", right),
        ("net", right),
        ("was", right),
        ("change", right),
        ("", left),
        ("why", left),
    ]);
    for change in diff.customers.iter().take(SHOWN_MAX) {
        let (was, is) = (change.before.unwrap_or(CustomerSide::NOTHING), change.after.unwrap_or(CustomerSide::NOTHING));
        let currency = change.key.1;
        let difference = is.net.checked_sub(was.net).or_bug("the amounts of two runs are far from the limits");
        grid.row(&[
            change.key.0.clone(),
            hours(Some(is.hours)),
            hours(Some(was.hours)),
            amount(is.net, currency),
            amount(was.net, currency),
            amount(difference, currency),
            currency.code().to_owned(),
            causes(&change.causes),
        ]);
    }
    grid.text() + &and_more("  ", diff.customers.len(), SHOWN_MAX, "of --format json")
}

fn lines(diff: &Diff) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("line", left),
        ("customer", Align::Spare),
        ("hours", right),
        ("were", right),
        ("net", right),
        ("was", right),
        ("", left),
        ("why", left),
    ]);
    for change in diff.lines.iter().take(SHOWN_MAX) {
        let currency = change.key.currency;
        let net = |side: &Option<crate::diff::LineSide>| side.as_ref().map(|side| amount(side.net, currency));
        let of = |side: &Option<crate::diff::LineSide>| hours(side.as_ref().map(|side| side.hours));
        grid.row(&[
            // For a down payment this is a sentence.
            shortened(&change.key.line, LINE_WIDTH),
            change.key.customer.clone(),
            of(&change.after),
            of(&change.before),
            net(&change.after).unwrap_or_default(),
            net(&change.before).unwrap_or_default(),
            currency.code().to_owned(),
            causes(&change.causes),
        ]);
    }
    grid.text() + &and_more("  ", diff.lines.len(), SHOWN_MAX, "of --format json")
}

fn entries(diff: &Diff) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("entry", Align::Id),
        ("hours", right),
        ("were", right),
        ("line", left),
        ("was", left),
        ("why", left),
    ]);
    for change in diff.entries.iter().take(SHOWN_MAX) {
        let (was, is) = (&change.before, &change.after);
        let line =
            |side: &Option<crate::diff::Billed>| side.as_ref().map_or_else(String::new, |side| side.line.clone());
        let detail = if change.detail.is_empty() { String::new() } else { format!(" ({})", change.detail) };
        grid.row(&[
            change.key.clone(),
            hours(is.as_ref().map(|side| side.hours)),
            hours(was.as_ref().map(|side| side.hours)),
            line(is),
            line(was),
            shortened(&format!("{}{detail}", causes(&change.causes)), WHY_WIDTH),
        ]);
    }
    grid.text() + &and_more("  ", diff.entries.len(), SHOWN_MAX, "of --format json")
}

pub fn json(before: &str, after: &str, diff: &Diff) -> Value {
    let ground = diff.ground.iter().map(|(name, was, is)| json!({"name": name, "before": was, "after": is}));
    json!({
        "before": before,
        "after": after,
        "ground": ground.collect::<Vec<_>>(),
        "customers": diff.customers.iter().map(customer_json).collect::<Vec<_>>(),
        "lines": diff.lines.iter().map(line_json).collect::<Vec<_>>(),
        "entries": diff.entries.iter().map(entry_json).collect::<Vec<_>>(),
    })
}

fn customer_json(change: &Change<(String, Currency), CustomerSide>) -> Value {
    let currency = change.key.1;
    let side = |side: CustomerSide| {
        json!({
            "hours": side.hours.to_string(),
            "net_amount": side.net.text(currency),
            "tax_amount": side.tax.text(currency),
            "total_amount": side.total.text(currency),
        })
    };
    json!({
        "customer_id": change.key.0,
        "currency": currency.code(),
        "before": change.before.map(side),
        "after": change.after.map(side),
        "causes": names(&change.causes),
    })
}

fn line_json(change: &Change<LineKey, LineSide>) -> Value {
    let key = &change.key;
    let side = |side: &LineSide| {
        json!({
            "hours": side.hours.to_string(),
            "quantity": side.quantity,
            "unit_price": side.price,
            "discount_pct": side.discount,
            "net_amount": side.net.text(key.currency),
            "taxes": side.taxes,
            "adjustments": side.adjustments,
        })
    };
    json!({
        "customer_id": key.customer,
        "currency": key.currency.code(),
        "order_id": key.order,
        "order_line_id": key.line,
        "kind": key.kind,
        "before": change.before.as_ref().map(side),
        "after": change.after.as_ref().map(side),
        "causes": names(&change.causes),
    })
}

fn entry_json(change: &Change<String, Billed>) -> Value {
    let side = |side: &Billed| json!({"hours": side.hours.to_string(), "order_line_id": side.line});
    json!({
        "timesheet_id": change.key,
        "before": change.before.as_ref().map(side),
        "after": change.after.as_ref().map(side),
        "causes": names(&change.causes),
        "detail": change.detail,
    })
}

fn names(causes: &BTreeSet<Cause>) -> Vec<&'static str> {
    causes.iter().map(|cause| cause.name()).collect()
}
