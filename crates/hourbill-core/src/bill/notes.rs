//! §8.8: texts that people put on drafts.

use std::collections::BTreeSet;

use super::Draft;
use crate::ident::Idx;
use crate::model::{Action, Adjustment, World};

/// Puts notes on the drafts of their customers and orders, and on drafts by their id.
pub(super) fn add(world: &World, drafts: &mut [Draft]) {
    let all = &world.adjustments;
    if all.customer_notes.is_empty() && all.order_notes.is_empty() && all.draft_notes.is_empty() {
        return;
    }
    for draft in drafts.iter_mut() {
        let mut notes: BTreeSet<Idx<Adjustment>> = BTreeSet::new();
        for line in draft.parts.iter().map(|part| world.lines.at(part.line)) {
            let customers = [line.customer, draft.key.party];
            notes.extend(customers.iter().filter_map(|customer| all.customer_notes.get(customer)).flatten());
            notes.extend(all.order_notes.get(&line.order).into_iter().flatten());
        }
        notes.extend(all.draft_notes.get(&draft.id).into_iter().flatten());
        draft.notes = notes.into_iter().filter_map(|note| text(world, note)).map(str::to_owned).collect();
    }
}

fn text(world: &World, note: Idx<Adjustment>) -> Option<&str> {
    match &world.adjustments.at(note).action {
        Action::Note(text) => Some(text),
        _ => None,
    }
}
