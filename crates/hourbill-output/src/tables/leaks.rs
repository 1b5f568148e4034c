//! Where money may leak, a table for each question.

use super::{Sink, Table, TableColumn, columns, table};
use crate::bug::OrBug;
use crate::leaks::{ClosedTicket, Exhausted, Leaks, NotBilling, NotInvoiced, OpenWork, WithoutLine};
use crate::model::World;

/// Every question, the costly ones first.
pub fn leaks<'a>(world: &'a World, leaks: &'a Leaks) -> Vec<Table<'a>> {
    vec![
        listed("entries_without_line", WITHOUT_LINE, &leaks.without_line, move |of, out| {
            without_line_row(world, of, out)
        }),
        listed("teams_not_billing", NOT_BILLING, &leaks.not_billing, move |of, out| not_billing_row(world, of, out)),
        listed("exhausted_packs", EXHAUSTED, &leaks.exhausted, move |of, out| exhausted_row(world, of, out)),
        listed("open_hours", OPEN, &leaks.open, open_row),
        listed("prepaid_not_invoiced", NOT_INVOICED, &leaks.not_invoiced, move |of, out| {
            not_invoiced_row(world, of, out)
        }),
        listed("closed_without_time", CLOSED, &leaks.closed_without_time, move |of, out| closed_row(world, of, out)),
    ]
}

/// What each table asks, for people.
pub fn leak_question(table: &str) -> &'static str {
    match table {
        "entries_without_line" => "work that leads to no order line, by customer",
        "teams_not_billing" => "hours of teams that do not bill",
        "exhausted_packs" => "packs that are used up and still used",
        "open_hours" => "other open hours, by age",
        "prepaid_not_invoiced" => "prepaid lines not invoiced yet, nor on a draft of this run",
        _ => "closed tickets without time",
    }
}

/// A row for each of what was found.
fn listed<'a, T: Sync>(
    name: &'static str,
    columns: &'static [TableColumn],
    rows: &'a [T],
    tell: impl Fn(&T, &mut dyn Sink) + Sync + 'a,
) -> Table<'a> {
    table(name, columns, rows.len(), move |row, out| {
        tell(rows.get(row).or_bug("every row is of something found"), out);
    })
}

columns! {
    WITHOUT_LINE, without_line_row(world: &World, of: &WithoutLine) {} => {
        customer_id Text "whose entries they are; empty when nobody knows": of.customer.map_or("", |customer| world.customers.id(customer)),
        entries Count "how many": i64::try_from(of.sum.entries).ok(),
        hours Hours "theirs": Some(of.sum.hours),
        value Money "at what the customer paid last": of.sum.value.zip(of.sum.currency),
        currency Text "of the value": of.sum.currency.as_ref().map_or("", |currency| currency.code()),
        priced_as Text "the order line whose price was taken": of.priced_as.map_or("", |line| world.lines.id(line)),
    }
}

columns! {
    NOT_BILLING, not_billing_row(world: &World, of: &NotBilling) {} => {
        team Text "a team that does not bill its time": world.teams.id(of.team),
        entries Count "how many": i64::try_from(of.sum.entries).ok(),
        hours Hours "theirs": Some(of.sum.hours),
        value Money "at what the customers paid last": of.sum.value.zip(of.sum.currency),
        currency Text "of the value": of.sum.currency.as_ref().map_or("", |currency| currency.code()),
    }
}

columns! {
    EXHAUSTED, exhausted_row(world: &World, of: &Exhausted) {
        let line = world.lines.at(of.line);
    } => {
        order_line_id Text "a prepaid line that is used beyond what was ordered": world.lines.id(of.line),
        customer_id Text "whose": world.customers.id(line.customer),
        ordered_hours Hours "H2": Some(of.balance.ordered),
        delivered_hours Hours "H1": Some(of.balance.delivered),
        remaining_hours Hours "H2, below 0": Some(of.balance.remaining()),
        value Money "of the hours beyond": of.value.map(|value| (value, line.currency)),
        currency Text "of the value": line.currency.code(),
    }
}

columns! {
    OPEN, open_row(of: &OpenWork) {} => {
        age Text "how old on the as-of date": of.band.name(),
        disposition Text "why they are open": of.disposition.name(),
        entries Count "how many": i64::try_from(of.sum.entries).ok(),
        hours Hours "theirs": Some(of.sum.hours),
        value Money "what they are worth": of.sum.value.zip(of.sum.currency),
        currency Text "of the value": of.sum.currency.as_ref().map_or("", |currency| currency.code()),
    }
}

columns! {
    NOT_INVOICED, not_invoiced_row(world: &World, of: &NotInvoiced) {
        let line = world.lines.at(of.line);
    } => {
        order_line_id Text "a prepaid line that is not invoiced in full": world.lines.id(of.line),
        customer_id Text "whose": world.customers.id(line.customer),
        confirmed_on Date "when it was sold": line.confirmed_on.map(|moment| moment.date()),
        quantity Decimal "that is left, beside what this run drafts": Some(of.quantity.micros()),
        uom Text "its unit": &line.uom,
        value Money "at its price": of.value.map(|value| (value, line.currency)),
        currency Text "of the value": line.currency.code(),
    }
}

columns! {
    CLOSED, closed_row(world: &World, of: &ClosedTicket) {
        let ticket = world.tickets.at(of.ticket);
    } => {
        ticket_id Text "a closed ticket without an entry that can be used": world.tickets.id(of.ticket),
        customer_id Text "whose": world.customers.id(ticket.customer),
        team Text "its team": ticket.team.map_or("", |team| world.teams.id(team)),
        closed_on Date "when it was closed": Some(of.closed_on.date()),
    }
}
