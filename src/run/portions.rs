//! Cells of portions: what drafts and notes of a post have in common.

use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::{EntryView, OrderLine, World};
use crate::posted::Said;

/// G5: what the ledger keeps of an entry on an order line.
pub(super) fn said<'a>(world: &'a World, line: Idx<OrderLine>, entry: &EntryView<'a>) -> Said<'a> {
    let (employee, text) = entry.work();
    let customer = Some(world.customers.id(world.lines.at(line).customer));
    Said {
        employee: Some(employee),
        ticket: Some(entry.ticket.map_or("", |ticket| world.tickets.id(ticket))),
        customer,
        started: None,
        text: Some(text),
    }
}

/// There are fewer than 2^32 entries, so fewer lines.
pub(super) fn position(len: usize) -> u32 {
    u32::try_from(len).ok().or_bug("there are fewer lines and documents than entries can be")
}
