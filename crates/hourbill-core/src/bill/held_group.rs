//! Groups of parts that make no draft, because a person, a customer on hold or a bound keeps them back whole.

use super::group::{self, DraftKey};
use super::{Draft, DraftLine, Hold};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{Adjustment, World};

/// A group that makes no draft.
pub(super) struct HeldGroup {
    /// `None`: it takes back from a document.
    pub key: Option<Box<DraftKey>>,
    pub hold: Hold,
    pub parts: Vec<DraftLine>,
    pub findings: Vec<Finding>,
}

/// The group is held, and why is told.
pub(super) fn hold_draft(
    world: &World,
    key: &DraftKey,
    hold: Hold,
    parts: Vec<DraftLine>,
    why: &str,
    mut findings: Vec<Finding>,
) -> HeldGroup {
    let customer = world.customers.id(key.party).to_owned();
    let message = format!("a draft for `{customer}` in {} is held: {why}", key.currency);
    findings.push(Finding { code: Code::DraftHeld, subject: Subject::Customer, id: customer, message, place: None });
    HeldGroup { key: Some(Box::new(key.clone())), hold, parts, findings }
}

/// Makes a draft, unless an adjustment holds it.
pub(super) fn unless_held(
    world: &World,
    held: Option<&Idx<Adjustment>>,
    key: DraftKey,
    parts: Vec<DraftLine>,
    make: impl FnOnce(DraftKey, Vec<DraftLine>) -> Result<Draft, HeldGroup>,
) -> Result<Draft, HeldGroup> {
    let Some(&why) = held else { return make(key, parts) };
    let hold = Hold::Adjustment(why);
    let why = hold.reason(world).into_owned();
    Err(hold_draft(world, &key, hold, parts, &why, Vec::new()))
}

/// The parts, unless their customer is on hold.
pub(super) fn on_hold(world: &World, key: &DraftKey, parts: Vec<DraftLine>) -> Result<Vec<DraftLine>, HeldGroup> {
    if !key.on_hold {
        return Ok(parts);
    }
    Err(match customer_hold(world, &parts) {
        Some(hold) => hold_draft(world, key, hold.clone(), parts, &hold.reason(world), Vec::new()),
        None => hold_draft(world, key, Hold::Customer, parts, "the customer is on hold", Vec::new()),
    })
}

/// §8.7: the hold of a draft whose customer is not on hold in the export.
fn customer_hold(world: &World, parts: &[DraftLine]) -> Option<Hold> {
    let lines = || parts.iter().map(|part| world.lines.at(part.line));
    let customers = lines().flat_map(|line| [line.billed_customer(), line.customer]);
    if customers.map(|customer| world.customers.at(customer)).any(|customer| customer.hold) {
        return None;
    }
    lines().find_map(|line| group::adjusted_hold(world, line)).map(Hold::Adjustment)
}
