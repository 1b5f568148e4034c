//! G13: order lines of the ledger that the export does not have any more, and lines that look as if they were one of them under another id.

use std::collections::BTreeMap;

use super::Doubts;
use crate::bill::Hold;
use crate::calendar::Moment;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::model::{OrderLine, Policy, World};
use crate::posted::{Gone, Measure, Posted};
use crate::quantity::{UnitPrice, UnitSize};

/// More lines than these are told as one number: an export of open orders alone loses lines every month.
const TOLD_MAX: usize = 20;

/// Names in such a finding.
const NAMED: usize = 3;

pub(super) fn look(world: &World, posted: &Posted, doubts: &mut Doubts) {
    twice(world, posted, doubts);
    let gone = posted.lines.gone();
    if gone.is_empty() {
        return;
    }
    tell(gone, doubts);
    let mut by_product: BTreeMap<&str, Vec<(&str, &Gone)>> = BTreeMap::new();
    for (id, gone) in gone {
        by_product.entry(gone.product.trim()).or_default().push((id, gone));
    }
    for (idx, line) in world.lines.iter().filter(|(_, line)| line.confirmed && !line.is_downpayment) {
        let alike = by_product.get(line.product.trim()).filter(|_| posted.line(idx).is_unknown());
        let settled = || world.adjustments.release_of_line(idx).is_some();
        let Some(alike) = alike.filter(|_| !settled()) else { continue };
        let succeeds = posted.successors.contains(&world.root(line.customer));
        let resembles = |(known, gone): &&(&str, &Gone)| resembles(world, (known, gone), (idx, line), succeeds);
        if let Some((known, gone)) = alike.iter().find(resembles) {
            doubts.hold(idx, Hold::ResemblesLine);
            doubts.findings.push(look_alike(world, (known, gone), (idx, line)));
        }
    }
}

/// Lines that were said to be the same one, and are both exported: nobody knows which of them was billed.
fn twice(world: &World, posted: &Posted, doubts: &mut Doubts) {
    for (one, other) in posted.lines.twice(world) {
        let nothing = posted.line(one).is_nothing() && posted.line(other).is_nothing();
        if nothing || [one, other].into_iter().any(|line| world.adjustments.release_of_line(line).is_some()) {
            continue;
        }
        for (idx, known) in [(one, other), (other, one)] {
            let line = world.lines.at(idx);
            if !line.confirmed || !world.lines.is_own(idx) {
                continue;
            }
            doubts.hold(idx, Hold::ResemblesLine);
            let (id, known) = (world.lines.id(idx).to_owned(), world.lines.id(known));
            let message = format!(
                "`{id}` was said to be the same line as `{known}`, and both are in the orders: it is held until an adjustment says `release` of one of them (they are two lines)"
            );
            let (code, subject, place) = (Code::ResemblesBilled, Subject::OrderLine, Some(line.place));
            doubts.findings.push(Finding { code, subject, id, message, place });
        }
    }
}

fn tell(gone: &BTreeMap<String, Gone>, doubts: &mut Doubts) {
    let mut found = |subject, id: &str, message| {
        let (code, id) = (Code::LineVanishedAfterBilling, id.to_owned());
        doubts.findings.push(Finding { code, subject, id, message, place: None });
    };
    if gone.len() <= TOLD_MAX {
        for (id, gone) in gone {
            let (product, document) = (&gone.product, &gone.document);
            let message = format!(
                "`{id}`, {product}, billed on `{document}`, is no longer in the orders: what was billed stays billed"
            );
            found(Subject::OrderLine, id, message);
        }
        return;
    }
    let named: Vec<String> = gone.keys().take(NAMED).map(|id| format!("`{id}`")).collect();
    let (count, more) = (gone.len(), gone.len() - NAMED);
    let message = format!(
        "{count} order lines that were billed are no longer in the orders: {} and {more} more; what was billed stays billed",
        named.join(", ")
    );
    found(Subject::Input, Input::Orders.name(), message);
}

/// The same customer tree, product, quantity, price and currency, and the same order or date of confirmation. What the ledger does not know
/// of the line that is gone cannot tell the two apart. The tree of a line that `succeeds` has work that was billed to customers whom no row
/// names.
fn resembles(
    world: &World,
    (known, gone): (&str, &Gone),
    (idx, line): (Idx<OrderLine>, &OrderLine),
    succeeds: bool,
) -> bool {
    let same_order = world.orders.id(line.order) == gone.order;
    let confirmed_on = line.confirmed_on.map(Moment::date);
    // C1: an agreement without a first day is confirmed before all days. What is billed by the hour is billed again under no other number.
    let by_quantity = line.policy != Policy::Time && world.agreements.of_line(idx).is_some();
    let before_all_days = by_quantity && gone.order == known && confirmed_on.is_none() && gone.confirmed_on.is_none();
    let same_day = before_all_days || (gone.confirmed_on.is_some() && gone.confirmed_on == confirmed_on);
    if !same_order && !same_day {
        return false;
    }
    // A customer who is not exported any more may have another id now: then the order has to be the same, or the work.
    let customer = gone.customer.as_deref().and_then(|customer| world.customers.find(customer));
    let same_tree =
        customer.map_or(same_order || succeeds, |customer| world.root(customer) == world.root(line.customer));
    // An opening has no price and no currency.
    let same_money =
        gone.currency.is_none_or(|currency| currency == line.currency && same_price(world, gone, idx, line));
    same_tree && same_money && same_quantity(gone, line)
}

/// In hours where both are sold by time.
fn same_quantity(gone: &Gone, line: &OrderLine) -> bool {
    let Some(ordered) = gone.ordered else { return gone.measure.compares(&Measure::of(line)) };
    match (gone.measure.unit(), line.unit) {
        (Some(one), Some(other)) => one.hours(ordered) == other.hours(line.ordered),
        _ => gone.measure == Measure::of(line) && ordered == line.ordered,
    }
}

/// The price of an hour where both are sold by time. What a person adjusted is no price of the orders: where the other line was billed at
/// such a one, the price tells nothing; where this one has such a one, what the export says of it counts, too.
fn same_price(world: &World, gone: &Gone, idx: Idx<OrderLine>, line: &OrderLine) -> bool {
    let micros = |unit: Option<UnitSize>| unit.map_or(1, |unit| i128::from(unit.micros()));
    let same = |price: UnitPrice| {
        let (one, other) = (i128::from(gone.price.micros()), i128::from(price.micros()));
        one.checked_mul(micros(line.unit)) == other.checked_mul(micros(gone.measure.unit()))
    };
    gone.price_adjusted || same(world.terms(idx, line, None).price) || same(line.order_price)
}

fn look_alike(world: &World, (known, gone): (&str, &Gone), (idx, line): (Idx<OrderLine>, &OrderLine)) -> Finding {
    let id = world.lines.id(idx).to_owned();
    let message = format!(
        "`{id}` looks like `{known}`, which was billed on `{}` and is no longer in the orders: it is held until an adjustment says `release` (it is another line) or `same_as` with the value `{known}`",
        gone.document
    );
    Finding { code: Code::ResemblesBilled, subject: Subject::OrderLine, id, message, place: Some(line.place) }
}
