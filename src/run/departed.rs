//! G14: what the ledger knows is not unknown. A row that was set aside only because it names a ticket or an order line that left the export
//! is used all the same when the ledger has hours of its entry: they are invoiced already.

use std::collections::{BTreeMap, BTreeSet};

use super::RunError;
use super::inputs_read::Intake;
use crate::bug::OrBug;
use crate::finding::{Code, Place, Seen};
use crate::inputs::Input;
use crate::job::Settings;
use crate::model::{Customer, Facts, Ticket, World};
use crate::posted::Posted;

/// What was posted, as `ask` tells it. It is asked again once rows came out of the quarantine: which entries were edited, moved or resemble
/// others hangs on them.
pub(super) fn posted(
    intake: &mut Intake,
    ask: impl Fn(&World) -> Result<Posted, RunError>,
) -> Result<Posted, RunError> {
    let posted = ask(&intake.world)?;
    if !settle(intake, &posted) {
        return Ok(posted);
    }
    drop(posted);
    ask(&intake.world)
}

/// Takes rows out of the quarantine whose only fault is a ticket or order line that left the export, where the ledger has hours of their
/// entries. Says whether there are some.
fn settle(intake: &mut Intake, posted: &Posted) -> bool {
    if !posted.closes() {
        return false;
    }
    // By row, the ticket that it names and that left.
    let mut named: BTreeMap<Place, Option<String>> = BTreeMap::new();
    intake.rejected.look(|row| {
        if names_what_left(row, posted) {
            let ticket = row.errors.iter().find(|error| error.code == Code::UnknownTicket);
            named.insert(row.place, ticket.map(|error| error.value.to_owned()));
        }
    });
    if named.is_empty() {
        return false;
    }
    let mut settled: BTreeSet<Place> = BTreeSet::new();
    let mut of_tickets: Vec<(usize, usize, &str)> = Vec::new();
    for (number, chunk) in intake.world.entries.chunk_list_mut().iter_mut().enumerate() {
        for at in 0..chunk.len() {
            let place = chunk.place(at);
            let Some(ticket) = named.get(&place).filter(|_| posted.settles(chunk.start + at)) else { continue };
            if let Some(facts) = chunk.facts.get_mut(at).filter(|facts| !facts.has(Facts::DUPLICATE)) {
                facts.unset(Facts::QUARANTINED);
                settled.insert(place);
                of_tickets.extend(ticket.as_deref().map(|ticket| (number, at, ticket)));
            }
        }
    }
    for (chunk, at, ticket) in of_tickets {
        keep_ticket(&mut intake.world, posted, (chunk, at), ticket);
    }
    intake.rejected.retain(|row| row.input != Input::Timesheets || !settled.contains(&row.place));
    !settled.is_empty()
}

/// An entry keeps the ticket that left: minimums count with it (M2), and nothing of the entry has changed (K6, G8, G9). Whose ticket it was says
/// the order line that the entry names itself, else one on which the ledger has hours of it.
fn keep_ticket(world: &mut World, posted: &Posted, (chunk, at): (usize, usize), id: &str) {
    let row = world.entries.chunk_list().get(chunk).or_bug("the row was found there");
    let place = row.place(at);
    let of_ledger = || posted.pieces(row.start + at).into_iter().find_map(|piece| piece.line.line());
    let Some(line) = row.lines.get(at).copied().flatten().or_else(of_ledger) else { return };
    let line = world.lines.at(line);
    let ticket = Ticket { left: true, ..Ticket::bare(line.customer, line.company, place) };
    let known = world.tickets.find(id);
    let idx = known.unwrap_or_else(|| world.add_ticket(id, ticket, None));
    let of_row = world.entries.chunk_list_mut().get_mut(chunk).and_then(|chunk| chunk.tickets.get_mut(at));
    *of_row.or_bug("the row was found there") = Some(idx);
}

/// G7: a refund is of the company that issued the document, and goes to who got it, although no row names them any more (another company or
/// bill_to is no move). Where a customers file says who there is, a customer that it does not name is for a person to look at.
pub(super) fn parties(world: &mut World, settings: &Settings, posted: &Posted) {
    for issuer in posted.issuers_left(world) {
        world.company(issuer);
    }
    if settings.inputs.contains_key(&Input::Customers) {
        return;
    }
    for payer in posted.payers_left(world) {
        world.add_customer(payer, Customer::default());
    }
}

/// Whether naming a ticket or order line that left the export is all that is wrong with the row.
fn names_what_left(row: &Seen<'_, '_>, posted: &Posted) -> bool {
    let left = |code: Code, value: &str| match code {
        Code::UnknownTicket => true,
        Code::UnknownOrderLine => posted.lines.has_left(value),
        _ => false,
    };
    row.input == Input::Timesheets && row.errors.iter().all(|error| left(error.code, error.value))
}
