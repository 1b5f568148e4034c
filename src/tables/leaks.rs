//! Where money may leak, a table for each question.

use super::{Column, Table, columns, table};
use crate::leaks::Leaks;
use crate::model::World;

/// Every question, the costly ones first.
pub fn leaks<'a>(world: &'a World, leaks: &'a Leaks) -> Vec<Table<'a>> {
    vec![
        without_line(world, leaks),
        not_billing(world, leaks),
        exhausted(world, leaks),
        open(leaks),
        not_invoiced(world, leaks),
        closed(world, leaks),
    ]
}

const WITHOUT_LINE: &[Column] = columns! {
    customer_id Text,
    entries Count,
    hours Hours,
    value Money,
    currency Text,
    priced_as Text,
};

fn without_line<'a>(world: &'a World, leaks: &'a Leaks) -> Table<'a> {
    table("entries_without_line", WITHOUT_LINE, leaks.without_line.len(), move |row, out| {
        let Some(of) = leaks.without_line.get(row) else { return };
        out.text(of.customer.map_or("", |customer| world.customers.id(customer)));
        out.count(i64::try_from(of.sum.entries).ok());
        out.hours(Some(of.sum.hours));
        out.money(of.sum.value.zip(of.sum.currency));
        out.text(of.sum.currency.as_ref().map_or("", |currency| currency.code()));
        out.text(of.priced_as.map_or("", |line| world.lines.id(line)));
    })
}

const NOT_BILLING: &[Column] = columns! {
    team Text,
    entries Count,
    hours Hours,
    value Money,
    currency Text,
};

fn not_billing<'a>(world: &'a World, leaks: &'a Leaks) -> Table<'a> {
    table("teams_not_billing", NOT_BILLING, leaks.not_billing.len(), move |row, out| {
        let Some(of) = leaks.not_billing.get(row) else { return };
        out.text(world.teams.id(of.team));
        out.count(i64::try_from(of.sum.entries).ok());
        out.hours(Some(of.sum.hours));
        out.money(of.sum.value.zip(of.sum.currency));
        out.text(of.sum.currency.as_ref().map_or("", |currency| currency.code()));
    })
}

const EXHAUSTED: &[Column] = columns! {
    order_line_id Text,
    customer_id Text,
    ordered_hours Hours,
    delivered_hours Hours,
    remaining_hours Hours,
    value Money,
    currency Text,
};

fn exhausted<'a>(world: &'a World, leaks: &'a Leaks) -> Table<'a> {
    table("exhausted_packs", EXHAUSTED, leaks.exhausted.len(), move |row, out| {
        let Some(of) = leaks.exhausted.get(row) else { return };
        let line = world.lines.at(of.line);
        out.text(world.lines.id(of.line));
        out.text(world.customers.id(line.customer));
        out.hours(Some(of.balance.ordered));
        out.hours(Some(of.balance.delivered));
        out.hours(Some(of.balance.remaining()));
        out.money(of.value.map(|value| (value, line.currency)));
        out.text(line.currency.code());
    })
}

const OPEN: &[Column] = columns! {
    age Text,
    disposition Text,
    entries Count,
    hours Hours,
    value Money,
    currency Text,
};

fn open(leaks: &Leaks) -> Table<'_> {
    table("open_hours", OPEN, leaks.open.len(), move |row, out| {
        let Some(of) = leaks.open.get(row) else { return };
        out.text(of.band.name());
        out.text(of.disposition.name());
        out.count(i64::try_from(of.sum.entries).ok());
        out.hours(Some(of.sum.hours));
        out.money(of.sum.value.zip(of.sum.currency));
        out.text(of.sum.currency.as_ref().map_or("", |currency| currency.code()));
    })
}

const NOT_INVOICED: &[Column] = columns! {
    order_line_id Text,
    customer_id Text,
    confirmed_on Date,
    quantity Decimal,
    uom Text,
    value Money,
    currency Text,
};

fn not_invoiced<'a>(world: &'a World, leaks: &'a Leaks) -> Table<'a> {
    table("prepaid_not_invoiced", NOT_INVOICED, leaks.not_invoiced.len(), move |row, out| {
        let Some(of) = leaks.not_invoiced.get(row) else { return };
        let line = world.lines.at(of.line);
        out.text(world.lines.id(of.line));
        out.text(world.customers.id(line.customer));
        out.date(line.confirmed_on.map(|moment| moment.date()));
        out.decimal(Some(of.quantity.micros()));
        out.text(&line.uom);
        out.money(of.value.map(|value| (value, line.currency)));
        out.text(line.currency.code());
    })
}

const CLOSED: &[Column] = columns! {
    ticket_id Text,
    customer_id Text,
    team Text,
    closed_on Date,
};

fn closed<'a>(world: &'a World, leaks: &'a Leaks) -> Table<'a> {
    table("closed_without_time", CLOSED, leaks.closed_without_time.len(), move |row, out| {
        let Some(of) = leaks.closed_without_time.get(row) else { return };
        let ticket = world.tickets.at(of.ticket);
        out.text(world.tickets.id(of.ticket));
        out.text(world.customers.id(ticket.customer));
        out.text(ticket.team.map_or("", |team| world.teams.id(team)));
        out.date(Some(of.closed_on.date()));
    })
}
