//! SPEC 8: which rows of the adjustments input mean which customer, order, order line, ticket or entry, and what happens when they
//! contradict each other.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::World;
use super::edits::targets;
use crate::finding::{Code, FileNo, Finding, Place, Subject};
use crate::ident::Idx;
use crate::model::{
    Action, Adjustment, Adjustments, Customer, Facts, LineEdits, Order, OrderLine, Policy, TargetKind, Ticket,
    WorkEdits,
};

/// Takes the rows in before the entries are read: those that they name have to be noticed then. Among rows that contradict each other
/// the first in this order counts: the later one, then the one that bills less.
pub(super) fn announce(world: &mut World, mut rows: Vec<Adjustment>) {
    rows.sort_by(|a, b| rank(a).cmp(&rank(b)));
    for row in &rows {
        let may_be = |kind| row.kind.map_or_else(|| targets(&row.action).contains(&kind), |named| named == kind);
        if may_be(TargetKind::Entry) {
            world.adjustments.wanted_entries.intern(&row.id);
        }
        if may_be(TargetKind::Ticket)
            && let Some(ticket) = world.tickets.find(&row.id)
        {
            world.set_adjusted(ticket);
        }
    }
    world.adjustments.rows = rows;
}

/// No part of it tells where the row stands.
fn rank(row: &Adjustment) -> impl Ord {
    let bills = match &row.action {
        Action::CapHours(hours) => hours.micros(),
        Action::Price(price) => price.micros(),
        Action::Discount(percent) => -percent.micros(),
        Action::Hold | Action::WriteOff | Action::NonBillable | Action::Move(_) | Action::Note(_) => 0,
    };
    let value = row.action.value();
    let what = (row.action.name(), row.id.clone(), row.kind);
    (what, Reverse(row.on), bills, value, row.reason.clone(), row.by.clone())
}

/// What a row names.
#[derive(Clone, Copy)]
enum Found {
    Customer(Idx<Customer>),
    Order(Idx<Order>),
    Line(Idx<OrderLine>),
    Ticket(Idx<Ticket>),
    /// Where it stands; `None` when every row with the id is set aside.
    Entry(Option<Place>),
    /// Drafts are not made yet.
    Draft,
}

impl Found {
    fn kind(&self) -> TargetKind {
        match self {
            Found::Customer(_) => TargetKind::Customer,
            Found::Order(_) => TargetKind::Order,
            Found::Line(_) => TargetKind::OrderLine,
            Found::Ticket(_) => TargetKind::Ticket,
            Found::Entry(_) => TargetKind::Entry,
            Found::Draft => TargetKind::Draft,
        }
    }
}

/// Makes every row act on what it names, once all inputs are read.
pub fn resolve_adjustments(world: &mut World) -> Vec<Finding> {
    let entries = wanted_entries(world);
    let rows = std::mem::take(&mut world.adjustments.rows);
    let mut findings = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let Some(idx) = Idx::new(position) else { break };
        let found = find(world, &entries, row);
        if let (Some(first), true) = (found.first(), found.len() > 1) {
            let kinds: Vec<&str> = found.iter().map(|found| found.kind().name()).collect();
            let why =
                format!("bears the id of several things ({}): the {} is meant", kinds.join(", "), first.kind().name());
            findings.push(finding(Code::AdjustmentAmbiguous, row, Some(first.kind()), &why));
        }
        let done = match found.first() {
            None => {
                let kinds: Vec<&str> = row
                    .kind
                    .map_or_else(|| targets(&row.action).to_vec(), |kind| vec![kind])
                    .iter()
                    .map(|kind| kind.name())
                    .collect();
                Err((Code::AdjustmentUnmatched, format!("matches no {}", kinds.join(", ").replace('_', " "))))
            }
            Some(found) => apply(world, &rows, row, idx, *found),
        };
        if let Err((code, why)) = done {
            findings.push(finding(code, row, found.first().map(Found::kind), &why));
        }
    }
    world.adjustments.rows = rows;
    findings
}

/// Takes back what the rows act on, for entries that are read anew.
pub fn forget_adjustments(world: &mut World) {
    let all = std::mem::take(&mut world.adjustments);
    for (line, edits) in &all.lines {
        let Some(line) = world.lines.get_mut(*line) else { continue };
        line.price = edits.price.map_or(line.price, |(exported, _)| exported);
        line.discount = edits.discount.map_or(line.discount, |(exported, _)| exported);
    }
    let Adjustments { rows, wanted_entries, .. } = all;
    world.adjustments = Adjustments { rows, wanted_entries, ..Adjustments::default() };
}

/// Usable entries that bear an id of an adjustment.
fn wanted_entries(world: &World) -> HashMap<String, Option<Place>> {
    let mut found: HashMap<String, Option<Place>> = HashMap::new();
    if world.adjustments.wanted_entries.is_empty() {
        return found;
    }
    for chunk in world.entries.chunk_list() {
        for (at, _) in chunk.facts.iter().enumerate().filter(|(_, facts)| facts.has(Facts::ADJUSTED)) {
            let Some(entry) = chunk.get(at) else { continue };
            let place = found.entry(entry.id().to_owned()).or_default();
            if entry.usable() {
                *place = Some(entry.place());
            }
        }
    }
    found
}

fn find(world: &World, entries: &HashMap<String, Option<Place>>, row: &Adjustment) -> Vec<Found> {
    let id = row.id.as_str();
    let mut found = Vec::new();
    for &kind in targets(&row.action).iter().filter(|&&kind| row.kind.is_none_or(|named| named == kind)) {
        match kind {
            TargetKind::Customer => found.extend(world.customers.find(id).map(Found::Customer)),
            TargetKind::Order => found.extend(world.orders.find(id).map(Found::Order)),
            TargetKind::OrderLine => found.extend(world.lines.find(id).map(Found::Line)),
            TargetKind::Ticket => found.extend(world.tickets.find(id).map(Found::Ticket)),
            TargetKind::Entry => found.extend(entries.get(id).map(|place| Found::Entry(*place))),
            // A bare id is a draft's when nothing else bears it.
            TargetKind::Draft if row.kind.is_some() || found.is_empty() => found.push(Found::Draft),
            TargetKind::Draft => {}
        }
    }
    found
}

type Done = Result<(), (Code, String)>;

fn no_effect(why: &str) -> Done {
    Err((Code::AdjustmentNoEffect, why.to_owned()))
}

fn apply(world: &mut World, rows: &[Adjustment], row: &Adjustment, idx: Idx<Adjustment>, found: Found) -> Done {
    let all = &mut world.adjustments;
    match (&row.action, found) {
        (Action::Hold, Found::Customer(customer)) => {
            settle_on(all.held_customers.entry(customer).or_insert(idx), rows, idx)
        }
        (Action::Hold, Found::Order(order)) => settle_on(all.held_orders.entry(order).or_insert(idx), rows, idx),
        (Action::Note(_), Found::Customer(customer)) => {
            all.customer_notes.entry(customer).or_default().push(idx);
            Ok(())
        }
        (Action::Note(_), Found::Order(order)) => {
            all.order_notes.entry(order).or_default().push(idx);
            Ok(())
        }
        (Action::Note(_), Found::Draft) => {
            all.draft_notes.entry(row.id.clone()).or_default().push(idx);
            Ok(())
        }
        (_, Found::Line(line)) => apply_to_line(world, rows, row, idx, line),
        (_, Found::Ticket(ticket)) => {
            let moved = moved_to(world, row)?;
            apply_to_work(world.adjustments.tickets.entry(ticket).or_default(), rows, row, idx, moved)
        }
        (_, Found::Entry(None)) => no_effect("names an entry that is quarantined"),
        (_, Found::Entry(Some(place))) => {
            if row.action == Action::WriteOff && invoiced(world, place) {
                return no_effect("names an entry that is invoiced already: credit its invoice");
            }
            let moved = moved_to(world, row)?;
            apply_to_work(world.adjustments.entries.entry(place).or_default(), rows, row, idx, moved)
        }
        // `targets` lets no other pair through.
        (_, Found::Customer(_) | Found::Order(_) | Found::Draft) => no_effect("cannot be done to what it names"),
    }
}

fn invoiced(world: &World, place: Place) -> bool {
    let entry = world.entries.chunk_list().iter().find_map(|chunk| {
        let after = place.row.checked_sub(chunk.first_row).filter(|_| FileNo(chunk.file) == place.file)?;
        chunk.get(chunk.at_row(usize::try_from(after).ok()?)?)
    });
    entry.is_some_and(|entry| entry.facts.has(Facts::INVOICED))
}

/// Where a move leads.
fn moved_to(world: &World, row: &Adjustment) -> Result<Option<Idx<OrderLine>>, (Code, String)> {
    let Action::Move(to) = &row.action else { return Ok(None) };
    let Some(line) = world.lines.find(to) else {
        return Err((
            Code::AdjustmentUnmatched,
            format!("moves to order line `{to}`, which is not in the orders input"),
        ));
    };
    match world.lines.get(line) {
        Some(known) if known.confirmed && !known.is_downpayment => Ok(Some(line)),
        _ => {
            let why = format!("moves to order line `{to}`, which is not a line of a confirmed order to work on");
            Err((Code::AdjustmentNoEffect, why))
        }
    }
}

fn apply_to_work(
    edits: &mut WorkEdits,
    rows: &[Adjustment],
    row: &Adjustment,
    idx: Idx<Adjustment>,
    moved: Option<Idx<OrderLine>>,
) -> Done {
    match row.action {
        Action::Hold => settle_on(edits.hold.get_or_insert(idx), rows, idx),
        Action::WriteOff => settle_on(edits.write_off.get_or_insert(idx), rows, idx),
        Action::NonBillable => settle_on(edits.non_billable.get_or_insert(idx), rows, idx),
        Action::Move(_) => match moved {
            Some(line) => settle_on(&mut edits.moved.get_or_insert((line, idx)).1, rows, idx),
            None => Ok(()),
        },
        Action::CapHours(_) | Action::Price(_) | Action::Discount(_) | Action::Note(_) => Ok(()),
    }
}

fn apply_to_line(
    world: &mut World,
    rows: &[Adjustment],
    row: &Adjustment,
    idx: Idx<Adjustment>,
    of: Idx<OrderLine>,
) -> Done {
    let Some(line) = world.lines.get_mut(of) else { return Ok(()) };
    let edits: &mut LineEdits = world.adjustments.lines.entry(of).or_default();
    match &row.action {
        Action::CapHours(_) if line.policy != Policy::Time => {
            no_effect("caps hours of a line that is not billed by time")
        }
        Action::CapHours(hours) => settle_on(&mut edits.cap.get_or_insert((*hours, idx)).1, rows, idx),
        Action::Price(price) => {
            let exported = line.price;
            let slot = &mut edits.price.get_or_insert_with(|| {
                line.price = *price;
                (exported, idx)
            });
            settle_on(&mut slot.1, rows, idx)
        }
        Action::Discount(percent) => {
            let exported = line.discount;
            let slot = &mut edits.discount.get_or_insert_with(|| {
                line.discount = *percent;
                (exported, idx)
            });
            settle_on(&mut slot.1, rows, idx)
        }
        Action::Note(_) => {
            edits.notes.push(idx);
            Ok(())
        }
        Action::Hold | Action::WriteOff | Action::NonBillable | Action::Move(_) => Ok(()),
    }
}

/// The row that came first stays; one that says something else contradicts it.
fn settle_on(slot: &mut Idx<Adjustment>, rows: &[Adjustment], idx: Idx<Adjustment>) -> Done {
    let [first, row] = [*slot, idx].map(|idx| rows.get(idx.position()));
    match first.zip(row) {
        Some((first, row)) if first.action != row.action => {
            Err((Code::AdjustmentConflict, format!("contradicts `{}`, which counts", first.told())))
        }
        _ => Ok(()),
    }
}

fn finding(code: Code, row: &Adjustment, kind: Option<TargetKind>, why: &str) -> Finding {
    let subject = match kind.or(row.kind) {
        None => Subject::Input,
        Some(TargetKind::Customer) => Subject::Customer,
        Some(TargetKind::Order) => Subject::Order,
        Some(TargetKind::OrderLine) => Subject::OrderLine,
        Some(TargetKind::Ticket) => Subject::Ticket,
        Some(TargetKind::Entry) => Subject::Entry,
        Some(TargetKind::Draft) => Subject::Draft,
    };
    let message = format!("the adjustment of `{}`, `{}`, {why}", row.id, row.told());
    Finding { code, subject, id: row.id.clone(), message, place: Some(row.place) }
}

#[cfg(test)]
#[path = "edits_tests.rs"]
mod tests;
