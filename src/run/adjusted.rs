//! SPEC 8: what became of the rows of the adjustments input, once drafts are made.

use crate::bill::Billing;
use crate::check;
use crate::finding::Finding;
use crate::model::{State, World};

/// The rows that match nothing, told.
pub(super) fn settle(world: &World, billing: &Billing) -> Vec<Finding> {
    let all = &world.adjustments;
    let made = |id: &String| billing.held_by_name.contains(id) || billing.drafts.iter().any(|draft| draft.id == *id);
    let rows = all.rows.iter().zip(&all.fates);
    rows.filter_map(|(row, fate)| match &fate.state {
        State::Missed(why) => Some(check::unmatched(row, fate.kind, why)),
        State::Draft if !made(&row.id) => Some(check::unmatched(row, fate.kind, "matches no draft of this run")),
        State::Draft | State::Applied | State::Idle | State::Waiting => None,
    })
    .collect()
}
