//! Drafts and their lines. B8 turns the signs of a credit note here, and nowhere else; documents use the same functions.

use std::collections::BTreeSet;

use super::{Column, Results, Sink, Table, columns, table};
use crate::bill::{Draft, Part};
use crate::model::{OrderLine, Policy};
use crate::quantity::{HoursSum, Money, Quantity};

const INVOICES: &[Column] = columns! {
    invoice_id Text,
    kind Text,
    customer_id Text,
    customer_name Text,
    company Text,
    currency Text,
    period_from Date,
    period_to Date,
    orders Text,
    lines Count,
    net_amount Money,
    tax_amount Money,
    rounding_amount Money,
    total_amount Money,
    hours Hours,
};

pub(super) fn invoices(results: Results<'_>) -> Table<'_> {
    let drafts = &results.billing.drafts;
    table("invoices", INVOICES, drafts.len(), move |row, out| {
        if let Some(draft) = drafts.get(row) {
            invoice(results, draft, out);
        }
    })
}

fn invoice(results: Results<'_>, draft: &Draft, out: &mut dyn Sink) {
    let world = results.world;
    let lines = draft.parts.iter().filter_map(|part| world.lines.get(part.line));
    let orders: BTreeSet<&str> = lines.map(|line| world.orders.id(line.order)).collect();
    let money = |amount: Money| Some((turned_money(draft, amount), draft.currency()));
    let hours: HoursSum = draft.parts.iter().map(|part| part.hours).sum();
    out.text(&draft.id);
    out.text(if draft.is_credit_note() { "credit_note" } else { "invoice" });
    out.text(world.customers.id(draft.key.party));
    out.text(world.customers.get(draft.key.party).map_or("", |customer| &customer.name));
    out.text(world.companies.id(draft.key.company));
    out.text(draft.currency().code());
    out.date(Some(draft.from));
    out.date(Some(draft.to));
    out.text(&orders.into_iter().collect::<Vec<_>>().join(", "));
    out.count(i64::try_from(draft.parts.len()).ok());
    out.money(money(draft.amounts.net));
    out.money(money(draft.amounts.tax));
    out.money(money(Money::ZERO));
    out.money(money(draft.amounts.total));
    out.hours(Some(turned_hours(draft, hours)));
}

const INVOICE_LINES: &[Column] = columns! {
    invoice_id Text,
    line_no Count,
    kind Text,
    order_id Text,
    order_line_id Text,
    product Text,
    description Text,
    quantity Decimal,
    uom Text,
    unit_price Decimal,
    discount_pct Decimal,
    net_amount Money,
    taxes Text,
    hours Hours,
    period_from Date,
    period_to Date,
};

pub(super) fn invoice_lines(results: Results<'_>) -> Table<'_> {
    let lines: Vec<(&Draft, i64, &Part)> = results
        .billing
        .drafts
        .iter()
        .flat_map(|draft| (1_i64..).zip(&draft.parts).map(move |(line_no, part)| (draft, line_no, part)))
        .collect();
    table("invoice_lines", INVOICE_LINES, lines.len(), move |row, out| {
        if let Some((draft, line_no, part)) = lines.get(row)
            && let Some(line) = results.world.lines.get(part.line)
        {
            invoice_line(results, draft, *line_no, part, line, out);
        }
    })
}

fn invoice_line(results: Results<'_>, draft: &Draft, line_no: i64, part: &Part, line: &OrderLine, out: &mut dyn Sink) {
    let world = results.world;
    let quantity = part.quantity.map(|quantity| turned_quantity(draft, quantity));
    let (from, to) = draft.service_period(part, &results.settings.period);
    out.text(&draft.id);
    out.count(Some(line_no));
    out.text(line.policy.line_kind());
    out.text(world.orders.id(line.order));
    out.text(world.lines.id(part.line));
    out.text(&line.product);
    out.text(&description(results, draft, line));
    out.decimal(quantity.map(|quantity| quantity.micros()));
    out.text(&line.uom);
    out.decimal(Some(line.price.micros()));
    out.decimal(Some(line.discount.micros()));
    out.money(part.net.map(|net| (turned_money(draft, net), line.currency)));
    out.text(&line.taxes.join(", "));
    out.hours((line.policy == Policy::Time).then(|| turned_hours(draft, part.hours)));
    out.date(Some(from));
    out.date(Some(to));
}

/// The order line's own words, else its product; with the ticket when the draft is for one.
pub(crate) fn description(results: Results<'_>, draft: &Draft, line: &OrderLine) -> String {
    let words = if line.description.is_empty() { &line.product } else { &line.description };
    match draft.key.ticket.ticket {
        Some(ticket) => format!("{words} ({})", results.world.tickets.id(ticket)),
        None => words.clone(),
    }
}

pub(crate) fn turned_money(draft: &Draft, amount: Money) -> Money {
    if draft.is_credit_note() { amount.negated() } else { amount }
}

pub(crate) fn turned_quantity(draft: &Draft, quantity: Quantity) -> Quantity {
    if draft.is_credit_note() { quantity.negated() } else { quantity }
}

pub(crate) fn turned_hours(draft: &Draft, hours: HoursSum) -> HoursSum {
    if draft.is_credit_note() { -hours } else { hours }
}
