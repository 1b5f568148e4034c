//! Confirmed order lines with what was ordered, delivered, billed and remains (H1-H4).

use std::collections::HashMap;

use super::{Column, Results, Sink, Table, columns, table};
use crate::account::{Balance, in_unit};
use crate::bill::invoiced;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::OrderLine;
use crate::quantity::{HoursSum, Quantity};

const ORDER_LINES: &[Column] = columns! {
    order_line_id Text,
    order_id Text,
    customer_id Text,
    product Text,
    invoicing_policy Text,
    uom Text,
    ordered_qty Decimal,
    ordered_hours Hours,
    delivered_hours Hours,
    delivered_qty Decimal,
    remaining_hours Hours,
    overdrawn Flag,
    upsell Flag,
    delivered_before Hours,
    delivered_in_period Hours,
    delivered_after Hours,
    billed_hours Hours,
    invoiced_qty Decimal,
    to_invoice_qty Decimal,
    unit_price Decimal,
    currency Text,
};

/// What the drafts take of a line.
#[derive(Clone, Copy)]
struct Billed {
    hours: HoursSum,
    quantity: i64,
}

impl Billed {
    const NOTHING: Billed = Billed { hours: HoursSum::ZERO, quantity: 0 };
}

pub(super) fn order_lines(results: Results<'_>) -> Table<'_> {
    let world = results.world;
    let mut billed: HashMap<Idx<OrderLine>, Billed> = HashMap::new();
    for part in results.billing.drafts.iter().flat_map(|draft| &draft.parts) {
        let Some(line) = part.order_line() else { continue };
        let of_line = billed.entry(line).or_insert(Billed::NOTHING);
        of_line.hours += part.hours;
        let quantity = part.quantity.or_bug("a line of a draft has a quantity").micros();
        of_line.quantity = of_line.quantity.checked_add(quantity).or_bug("what a run bills of a line is a quantity");
    }
    let mut lines: Vec<Idx<OrderLine>> =
        world.own_lines().filter(|(_, line)| line.confirmed).map(|(idx, _)| idx).collect();
    lines.sort_by_key(|&idx| world.lines.id(idx));
    table("order_lines", ORDER_LINES, lines.len(), move |row, out| {
        let idx = *lines.get(row).or_bug("every row is of a line");
        let billed = billed.get(&idx).copied().unwrap_or(Billed::NOTHING);
        order_line(results, idx, world.lines.at(idx), billed, out);
    })
}

fn order_line(results: Results<'_>, idx: Idx<OrderLine>, line: &OrderLine, billed: Billed, out: &mut dyn Sink) {
    let (world, rules) = (results.world, &results.settings.rules);
    let hours = results.account.line(idx);
    let balance = Balance::of(line, &hours);
    let invoiced = invoiced(results.account, results.posted, results.settings, idx, line);
    out.text(world.lines.id(idx));
    out.text(world.orders.id(line.order));
    out.text(world.customers.id(line.customer));
    out.text(&line.product);
    out.text(line.policy.name());
    out.text(&line.uom);
    out.decimal(Some(line.ordered.micros()));
    out.hours(line.ordered_hours());
    out.hours(Some(hours.delivered()));
    out.decimal(in_unit(line, hours.delivered(), rules).map(Quantity::micros));
    out.hours(balance.map(|balance| balance.remaining()));
    out.flag(Some(balance.is_some_and(|balance| balance.overdrawn())));
    out.flag(Some(balance.is_some_and(|balance| balance.upsell(line.upsell_threshold))));
    out.hours(Some(hours.before));
    out.hours(Some(hours.inside));
    out.hours(Some(hours.after));
    out.hours(Some(billed.hours));
    out.decimal(invoiced.map(Quantity::micros));
    out.decimal(Some(billed.quantity));
    let priced = results.world.agreements.of_line(idx).is_none_or(|says| says.priced.has_price);
    out.decimal(priced.then_some(line.price.micros()));
    out.text(line.currency.code());
}
