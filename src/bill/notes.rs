//! SPEC 8: texts that people put on drafts.

use std::collections::BTreeSet;

use super::Draft;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{Action, Adjustment, World};

/// Puts notes on the drafts of their customers and orders, and on drafts by their id; returns those of no draft.
pub(super) fn add(world: &World, drafts: &mut [Draft]) -> Vec<Finding> {
    let all = &world.adjustments;
    if all.customer_notes.is_empty() && all.order_notes.is_empty() && all.draft_notes.is_empty() {
        return Vec::new();
    }
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for draft in drafts.iter_mut() {
        let mut notes: BTreeSet<Idx<Adjustment>> = BTreeSet::new();
        for line in draft.parts.iter().filter_map(|part| world.lines.get(part.line)) {
            let customers = [line.customer, draft.key.party];
            notes.extend(customers.iter().filter_map(|customer| all.customer_notes.get(customer)).flatten());
            notes.extend(all.order_notes.get(&line.order).into_iter().flatten());
        }
        if let Some((id, of_draft)) = all.draft_notes.get_key_value(&draft.id) {
            met.insert(id);
            notes.extend(of_draft);
        }
        draft.notes = notes.into_iter().filter_map(|note| text(world, note)).map(str::to_owned).collect();
    }
    let unmatched = all.draft_notes.iter().filter(|(id, _)| !met.contains(id.as_str()));
    let unmatched = unmatched.flat_map(|(id, notes)| notes.iter().map(move |note| (id, *note)));
    unmatched
        .map(|(id, note)| {
            let message = format!("the adjustment of `{id}`, `{}`, matches no draft of this run", all.told(note));
            let (code, place) = (Code::AdjustmentUnmatched, all.get(note).map(|note| note.place));
            Finding { code, subject: Subject::Draft, id: id.clone(), message, place }
        })
        .collect()
}

fn text(world: &World, note: Idx<Adjustment>) -> Option<&str> {
    match &world.adjustments.get(note)?.action {
        Action::Note(text) => Some(text),
        _ => None,
    }
}
