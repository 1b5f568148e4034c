//! Work for one customer on the order line of another (L6): one finding per order line, however many entries it is about.

use rayon::prelude::*;

use super::Share;
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::LinkedBy;
use crate::model::{Customer, EntryView, Facts, OrderLine, Ticket, World};
use crate::quantity::{Hours, HoursSum};

/// Work for a ticket on an order line of a customer of another tree: of entries that follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreign {
    line: Idx<OrderLine>,
    ticket: Idx<Ticket>,
    entries: u64,
    hours: HoursSum,
}

/// Takes in an entry.
pub(super) fn note(foreign: &mut Vec<Foreign>, line: Idx<OrderLine>, ticket: Idx<Ticket>, hours: Hours) {
    match foreign.last_mut().filter(|last| last.line == line && last.ticket == ticket) {
        Some(last) => (last.entries, last.hours) = (last.entries + 1, last.hours + HoursSum::from(hours)),
        None => foreign.push(Foreign { line, ticket, entries: 1, hours: hours.into() }),
    }
}

/// The entry's ticket, where the line that the entry was linked to is sold to a customer of another tree.
pub(crate) fn of_other_customer(
    world: &World,
    entry: &EntryView<'_>,
    line: Idx<OrderLine>,
    linked_by: LinkedBy,
) -> Option<Idx<Ticket>> {
    let ticket = entry.ticket?;
    let differ = match linked_by {
        // A picked line, and an agreement, lie in the ticket's tree; what was posted was told of then.
        LinkedBy::Auto
        | LinkedBy::Ledger
        | LinkedBy::Agreement
        | LinkedBy::OneOfSeveral
        | LinkedBy::Overage
        | LinkedBy::Withheld => false,
        LinkedBy::Ticket | LinkedBy::Entry => entry.facts.has(Facts::OTHER_TREE),
        LinkedBy::Adjustment => world.ticket_link(ticket).root != world.line_link(line).root,
    };
    differ.then_some(ticket)
}

/// Tells of each order line how much work for others it bills or draws on it.
pub(super) fn findings(world: &World, shares: &[Share]) -> Vec<Finding> {
    let mut foreign: Vec<Foreign> = shares.iter().flat_map(|share| &share.foreign).copied().collect();
    foreign.par_sort_unstable_by_key(|foreign| (foreign.line, foreign.ticket));
    let of_lines: Vec<&[Foreign]> = foreign.chunk_by(|one, other| one.line == other.line).collect();
    of_lines.into_par_iter().map(|of_line| finding(world, of_line)).collect()
}

fn finding(world: &World, of_line: &[Foreign]) -> Finding {
    const NAMED: usize = 3;
    let first = of_line.first().or_bug("a chunk is not empty");
    let hours: HoursSum = of_line.iter().map(|foreign| foreign.hours).sum();
    let count: u64 = of_line.iter().map(|foreign| foreign.entries).sum();
    let mut customers: Vec<Idx<Customer>> =
        of_line.iter().map(|foreign| world.tickets.at(foreign.ticket).customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let mut customers: Vec<&str> = customers.into_iter().map(|customer| world.customers.id(customer)).collect();
    customers.sort_unstable();
    let named: Vec<String> = customers.iter().take(NAMED).map(|customer| format!("`{customer}`")).collect();
    let more = match customers.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!(" and {more} more"),
        _ => String::new(),
    };
    let line = world.lines.at(first.line);
    let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
    let (id, of_line) = (world.lines.id(first.line), world.customers.id(line.customer));
    let message = format!(
        "`{id}` is sold to customer `{of_line}`, who is billed, and has {entries} with {hours} h for other customers: {}{more}",
        named.join(", ")
    );
    Finding {
        code: Code::DifferentCustomer,
        subject: Subject::OrderLine,
        id: id.to_owned(),
        message,
        place: Some(line.place),
    }
}
