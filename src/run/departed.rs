//! G14: what the ledger knows is not unknown. A row that was set aside only because it names a ticket or an order line that left the export
//! is used all the same when the ledger has hours of its entry: they are invoiced already.

use std::collections::BTreeSet;

use super::inputs_read::Intake;
use crate::finding::{Code, Place, Seen};
use crate::inputs::Input;
use crate::job::Settings;
use crate::model::{Customer, Facts, World};
use crate::posted::Posted;

/// Takes rows out of the quarantine whose only fault is a ticket or order line that left the export, where the ledger has hours of their
/// entries.
pub(super) fn settle(intake: &mut Intake, posted: &Posted) {
    if !posted.closes() {
        return;
    }
    let mut named: BTreeSet<Place> = BTreeSet::new();
    intake.rejected.look(|row| {
        if names_what_left(row, posted) {
            named.insert(row.place);
        }
    });
    if named.is_empty() {
        return;
    }
    let mut settled: BTreeSet<Place> = BTreeSet::new();
    let starts: Vec<usize> = intake.world.entries.chunks().map(|(start, _)| start).collect();
    for (chunk, start) in intake.world.entries.chunk_list_mut().iter_mut().zip(starts) {
        for at in 0..chunk.len() {
            let place = chunk.place(at);
            if !posted.settles(start + at) || !named.contains(&place) {
                continue;
            }
            if let Some(facts) = chunk.facts.get_mut(at).filter(|facts| !facts.has(Facts::DUPLICATE)) {
                facts.unset(Facts::QUARANTINED);
                settled.insert(place);
            }
        }
    }
    intake.rejected.retain(|row| row.input != Input::Timesheets || !settled.contains(&row.place));
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
