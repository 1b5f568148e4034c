//! The hours of an order line, and what it invoices.

use super::{Explanation, IdKind, Past, hours, place, spread};
use crate::account::{Balance, LineHours, in_unit};
use crate::bill::{Held, invoiced_quantity, over_invoiced};
use crate::bug::OrBug;
use crate::calendar::Side;
use crate::ident::Idx;
use crate::model::{OrderLine, Policy};
use crate::quantity::{HoursSum, Quantity};
use crate::results::Results;

pub(super) fn explain(results: Results<'_>, id: &str, past: Option<&Past>) -> Option<Explanation> {
    let world = results.world;
    let Some(idx) = world.lines.find(id) else { return vanished(results, id) };
    let line = world.lines.at(idx);
    let mut told = Explanation::new(IdKind::OrderLine, id);
    let (order, customer) = (world.orders.id(line.order), world.customers.id(line.customer));
    let at = place(results, line.place.file.0, line.place.row);
    // C6: an agreement may not say it yet.
    let price = match world.agreements.of_line(idx).map(|says| says.priced).filter(|priced| !priced.is_whole()) {
        Some(priced) => format!("no {}", priced.lacks()),
        None => format!("{} {}", world.terms(idx, line, None).price, line.currency),
    };
    let what = format!("{} {} of {} at {price}", line.ordered, line.uom, line.product);
    told.step("2", format!("{at}: order `{order}` of customer `{customer}`, {}, {what}", line.policy.name()));
    if !line.confirmed {
        told.outcome = "not confirmed: it bills nothing".to_owned();
        told.step("L5", "the order is neither `sale` nor `done`: its entries are non billable");
        told.steps.extend(past.map(|past| past.of_line(id)).unwrap_or_default());
        return Some(told);
    }
    adjusted(results, idx, &mut told);
    let totals = results
        .account
        .totals_of(world, |entry| results.links.line_of(world, entry).is_some_and(|(linked, _)| linked == idx));
    let line_hours = results.account.line(idx);
    told.step("4", format!("its entries: {}", spread(&totals)));
    delivered(results, (idx, line), &line_hours, &mut told);
    told.steps.extend(past.map(|past| past.of_line(id)).unwrap_or_default());
    to_invoice(results, idx, line, &line_hours, &mut told);
    Some(told)
}

/// G13: only the ledger has it.
fn vanished(results: Results<'_>, id: &str) -> Option<Explanation> {
    let gone = results.posted.lines.gone().get(id)?;
    let mut told = Explanation::new(IdKind::OrderLine, id);
    told.outcome = "no longer in the orders: what was billed stays billed".to_owned();
    let (product, order, document) = (&gone.product, &gone.order, &gone.document);
    told.step("G13", format!("the ledger has it as {product} of order `{order}`, billed on `{document}` last"));
    if let Some(quantity) = gone.state.in_ledger() {
        told.step("G13", format!("{quantity} {} of it are on documents", gone.uom));
    }
    Some(told)
}

/// §8.
fn adjusted(results: Results<'_>, idx: Idx<OrderLine>, told: &mut Explanation) {
    let all = &results.world.adjustments;
    let Some(edits) = all.of_line(idx) else { return };
    let line = results.world.lines.at(idx);
    for (_, _, why) in edits.price.iter() {
        told.step("8", format!("{}; the export says {}", all.text_of(why), line.order_price));
    }
    for (_, _, why) in edits.discount.iter() {
        told.step("8", format!("{}; the export says {} %", all.text_of(why), line.order_discount));
    }
    let caps = edits.cap.iter().map(|(_, _, why)| why);
    for why in edits.hold.into_iter().chain(caps).chain(edits.release).chain(edits.notes.iter().copied()) {
        told.step("8", all.text_of(why));
    }
    if let Some((_, why)) = &edits.same_as {
        told.step("8", all.text_of(*why));
    }
}

/// H1-H4.
fn delivered(
    results: Results<'_>,
    (idx, line): (Idx<OrderLine>, &OrderLine),
    line_hours: &LineHours,
    told: &mut Explanation,
) {
    let (before, inside, after) = (line_hours.before, line_hours.inside, line_hours.after);
    let delivered = line_hours.delivered();
    told.step("H1", format!("delivered {delivered} h: {before} before the period, {inside} in it, {after} after it"));
    if let Some(shown) = in_unit(line, delivered, &results.settings.rules) {
        told.step("H3", format!("shown as {shown} {}", line.uom));
    }
    let Some(balance) = Balance::of(line, line_hours) else { return };
    lifted(results, idx, told);
    let (ordered, remaining) = (balance.ordered, balance.remaining());
    told.step("H2", format!("remaining {remaining} h = {ordered} h ordered - {delivered} h delivered"));
    if balance.overdrawn() {
        told.step("H4", format!("overdrawn by {}", hours(-remaining)));
    }
    if balance.upsell(line.upsell_threshold) {
        told.step("H4", format!("more than {} % of the ordered hours are delivered: upsell", line.upsell_threshold));
    }
    let then = Balance::by_then(line, line_hours, results.settings).filter(|then| *then != balance);
    if let Some((then, on)) = then.zip(results.balance_date()) {
        let (left, used) = (then.remaining(), then.delivered);
        told.step(
            "K8",
            format!("documents and report tell the balance of {on}: {left} h remaining, {used} h delivered"),
        );
    }
}

/// M7: how much of it the pack gave beyond the hours that were worked.
fn lifted(results: Results<'_>, pack: Idx<OrderLine>, told: &mut Explanation) {
    let (world, account, posted) = (results.world, results.account, results.posted);
    let now = account.uplifts.iter().filter(|((_, of), _)| *of == pack).map(|(_, uplift)| HoursSum::from(*uplift));
    let before = posted.lifted.iter().filter(|((of, _), _)| *of == pack).map(|(_, uplift)| *uplift);
    let uplift: HoursSum = now.chain(before).sum();
    if uplift.is_zero() {
        return;
    }
    let says = world.minimum_on_pack(results.settings.rules.minimum, pack);
    let says = says.map_or_else(String::new, |(says, by)| format!(": {}, says {}", says.in_words(), by.in_words()));
    told.step("M7", format!("of them {uplift} h beyond the hours that were worked{says}"));
}

/// B1-B6.
fn to_invoice(
    results: Results<'_>,
    idx: Idx<OrderLine>,
    line: &OrderLine,
    line_hours: &LineHours,
    told: &mut Explanation,
) {
    let (world, rules, period) = (results.world, &results.settings.rules, &results.settings.period);
    // Late hours stand on a line of their own (K2), tickets on drafts of their own (B7).
    let drafts = results.billing.drafts.iter();
    let on_drafts =
        drafts.flat_map(|draft| (1_usize..).zip(&draft.parts).map(move |(number, part)| (draft, number, part)));
    let mut places = Vec::new();
    for (draft, line_no, part) in on_drafts.filter(|(_, _, part)| part.order_line() == Some(idx)) {
        let quantity = part.quantity.or_bug("a line of a draft has a quantity");
        places.push(format!("{quantity} {} on line {line_no} of draft `{}`", line.uom, draft.id));
        told.steps.extend(super::draft::part_steps(results, draft, part));
    }
    if !places.is_empty() {
        told.outcome = places.join(", ");
        return;
    }
    let of_line = |held: &&Held| held.part.order_line() == Some(idx) && !held.hold.bills_nothing();
    if let Some(held) = results.billing.held.iter().find(of_line) {
        // What a person has to look at has none.
        let quantity = held.part.quantity.unwrap_or(Quantity::ZERO);
        told.outcome = format!("held: {quantity} {}, {}", line.uom, held.hold.reason(world));
        told.step(held.hold.rule(), held.hold.reason(world));
        return;
    }
    told.outcome = "nothing to invoice".to_owned();
    let invoiced = invoiced_quantity(results.posted, idx, line);
    let late_confirmed = line.confirmed_on.is_some_and(|moment| period.side(moment.date()) == Side::After);
    let over = over_invoiced(results.posted, idx, line);
    let (rule, why) = match line.policy {
        Policy::Time => {
            let state = results.posted.line(idx);
            let invoiced = line_hours.invoiced_quantity(line, state, rules);
            let invoiced = invoiced.map_or_else(|| "more".to_owned(), |invoiced| invoiced.to_string());
            ("B1", format!("no open hours inside the period; {invoiced} {} are invoiced already", line.uom))
        }
        _ if line.is_downpayment => ("D2", "it is a down payment: not billed again".to_owned()),
        _ if late_confirmed => ("B1", "it was confirmed after the end of the period".to_owned()),
        Policy::Prepaid if over.is_some() => {
            let invoiced = over.unwrap_or(invoiced);
            ("B6", format!("over-invoiced: {invoiced} invoiced of {} ordered", line.ordered))
        }
        Policy::Prepaid => ("B1", format!("{invoiced} of {} ordered are invoiced already", line.ordered)),
        Policy::Manual | Policy::Milestones => match line.delivered {
            None => ("B1", "the export gives no delivered quantity".to_owned()),
            Some(delivered) => ("B1", format!("{invoiced} of {delivered} delivered are invoiced already")),
        },
    };
    told.step(rule, why);
}
