//! B2, B6 and B11: how much of a line that is not billed by its hours is invoiced, and how much is still to be.
//!
//! A line of negative quantity is its positive twin with all signs turned, so nothing here prefers one sign.

use super::line::OrderLineState;
use super::seen::Posted;
use crate::ident::Idx;
use crate::model::{OrderLine, Policy};
use crate::quantity::Quantity;

/// B2: what was invoiced of a line that is not billed by time, in the ledger or as the export has it, in the line's unit. What the ledger has
/// counts whatever the line was then (G12).
pub fn invoiced_quantity(posted: &Posted, idx: Idx<OrderLine>, line: &OrderLine) -> Quantity {
    of_state(posted.line(idx), line)
}

/// What a line that is not billed by time has to bill, whatever the period; 0 when nothing is. `None` when that, or what the ledger has of
/// it, cannot be held as a quantity of the line: nobody can tell then.
pub fn to_invoice(posted: &Posted, idx: Idx<OrderLine>, line: &OrderLine) -> Option<Quantity> {
    left_of(posted.line(idx), line)
}

fn left_of(state: &OrderLineState, line: &OrderLine) -> Option<Quantity> {
    let Some(target) = target(line).filter(|_| !line.is_downpayment) else { return Some(Quantity::ZERO) };
    if !state.is_unknown() {
        state.invoiced(line)?;
    }
    let left = target.checked_sub(of_state(state, line))?;
    let bills = match line.policy {
        // B11: while that has the sign of the ordered quantity.
        Policy::Prepaid => same_sign(left, target) && over(state, line).is_none(),
        // Where the export's figure alone is beyond what is delivered, the ledger has taken that back already.
        Policy::Manual | Policy::Milestones => {
            state.is_unknown() || is_new(state, line) || {
                let ledger = state.invoiced(line)?;
                same_sign(left, target.checked_sub(ledger)?)
            }
        }
        Policy::Time => false,
    };
    if bills {
        // What is posted of it says where the ledger began.
        opening_of(state, line)?;
    }
    Some(if bills { left } else { Quantity::ZERO })
}

/// B6: what is invoiced of a prepaid line when that is more than is ordered, whichever of ledger and export says so.
pub fn over_invoiced(posted: &Posted, idx: Idx<OrderLine>, line: &OrderLine) -> Option<Quantity> {
    over(posted.line(idx), line)
}

fn over(state: &OrderLineState, line: &OrderLine) -> Option<Quantity> {
    let by_quantity = line.confirmed && !line.is_downpayment && line.policy == Policy::Prepaid;
    // 0 where the ledger has nothing of it, or more than a quantity holds: the line is held then as one that nobody can tell (`to_invoice`).
    let ledger = state.invoiced(line).unwrap_or(Quantity::ZERO);
    let size = |quantity: Quantity| quantity.micros().unsigned_abs();
    let most = if size(ledger) > size(line.invoiced) { ledger } else { line.invoiced };
    Some(most).filter(|most| by_quantity && size(*most) > size(line.ordered))
}

/// The figure of the export from which on the ledger counts (B2): with its own quantities it makes what is invoiced now. `None` when it
/// cannot be held as a quantity of the line.
pub fn opening_quantity(posted: &Posted, idx: Idx<OrderLine>, line: &OrderLine) -> Option<Quantity> {
    opening_of(posted.line(idx), line)
}

fn opening_of(state: &OrderLineState, line: &OrderLine) -> Option<Quantity> {
    if !state.has_opening() {
        return Some(line.invoiced);
    }
    if !is_new(state, line) {
        return state.opening(line);
    }
    // The ERP has invoiced more by itself since: what is billed on top comes on top of that.
    line.invoiced.checked_sub(state.in_ledger_as(line)?)
}

/// The quantity that is invoiced once nothing more is to be: ordered or delivered. `None` for a line that is billed by time, or of which
/// nothing is delivered.
fn target(line: &OrderLine) -> Option<Quantity> {
    match line.policy {
        Policy::Prepaid => Some(line.ordered),
        Policy::Milestones | Policy::Manual => line.delivered,
        Policy::Time => None,
    }
}

/// The export has a figure that the ledger never came to: the ERP invoiced without us.
fn is_new(state: &OrderLineState, line: &OrderLine) -> bool {
    !state.has_reached(line)
}

fn of_state(state: &OrderLineState, line: &OrderLine) -> Quantity {
    let Some(ledger) = state.invoiced(line) else { return line.invoiced };
    if is_new(state, line) {
        return line.invoiced;
    }
    // An older figure of the export is no reason to take back again what was taken back since; but what was taken back is not billed
    // again before the export has heard of it.
    match target(line).unwrap_or(Quantity::ZERO) {
        target if target > Quantity::ZERO && target > ledger && ledger >= Quantity::ZERO => ledger.max(line.invoiced),
        target if target < Quantity::ZERO && target < ledger && ledger <= Quantity::ZERO => ledger.min(line.invoiced),
        _ => ledger,
    }
}

fn same_sign(one: Quantity, other: Quantity) -> bool {
    one.micros().signum() == other.micros().signum()
}

#[cfg(test)]
#[path = "owed_tests.rs"]
mod tests;
