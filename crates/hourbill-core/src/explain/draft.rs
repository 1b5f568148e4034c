//! How a draft came about: what is on it, at which price, with which tax.

use super::{Explanation, IdKind, Step, entries};
use crate::bill::{DownPaymentLine, Draft, DraftLine, PartKind, invoiced_quantity, rate_of};
use crate::bug::OrBug;
use crate::model::{Policy, Terms};
use crate::quantity::{Money, Percent, Quantity};
use crate::results::Results;

pub(super) fn explain(results: Results<'_>, id: &str) -> Option<Explanation> {
    let draft = results.billing.drafts.iter().find(|draft| draft.id == id)?;
    let mut told = Explanation::new(IdKind::Draft, id);
    let currency = draft.currency();
    let kind = draft.kind().name().replace('_', " ");
    told.outcome = format!("{kind} of {} {currency}", draft.amounts.total.text(currency));
    if draft.closes {
        told.outcome =
            format!("it comes to {} {currency}: closed without a document", draft.amounts.total.text(currency));
        told.step("B12", "`rules.zero_drafts` is `close`: posting closes its hours and quantities, nothing is sent");
    }
    told.step("B7", group(results, draft));
    for (number, part) in (1..).zip(&draft.parts) {
        told.steps.extend(part_steps(results, draft, part).into_iter().map(|step| {
            let text = format!("line {number}: {}", step.text);
            Step { rule: step.rule, text }
        }));
    }
    for tax in &draft.amounts.taxes {
        let (rate, base, amount) = (&tax.rate, tax.base.text(currency), tax.amount.text(currency));
        told.step("B9", format!("{amount} tax = {} % ({}) on {base}", rate.percent, rate.category));
    }
    let (net, tax, total) = (draft.amounts.net, draft.amounts.tax, draft.amounts.total);
    let [net, tax, total] = [net, tax, total].map(|amount| amount.text(currency));
    if draft.amounts.rounding == Money::ZERO {
        told.step("B9", format!("{total} {currency} = {net} net + {tax} tax"));
    } else {
        let rounding = draft.amounts.rounding.text(currency);
        told.step("D1", format!("{total} {currency} = {net} net + {tax} tax + {rounding} rounding"));
    }
    for note in &draft.notes {
        told.step("8", format!("note: {note}"));
    }
    if draft.is_credit_note() {
        told.step("B8", "the total is negative: a credit note, shown with positive figures");
    }
    for (number, part) in (1..).zip(&draft.parts) {
        let (from, to) = draft.service_period(part);
        if (from, to) != (draft.from, draft.to) {
            let late = if part.late { ", late" } else { "" };
            told.step("K2", format!("line {number}: service period {from} to {to}{late}"));
        }
    }
    told.step("B10", format!("service period {} to {}", draft.from, draft.to));
    Some(told)
}

/// What the lines of a draft have in common.
fn group(results: Results<'_>, draft: &Draft) -> String {
    let (world, key) = (results.world, &draft.key);
    let mut words = vec![format!("customer `{}`", world.customers.id(key.party)), format!("currency {}", key.currency)];
    let company = world.companies.id(key.company);
    if !company.is_empty() {
        words.push(format!("company `{company}`"));
    }
    if !key.payment_terms.is_empty() {
        words.push(format!("payment terms `{}`", key.payment_terms));
    }
    if let Some(order) = key.order {
        words.push(format!("order `{}`", world.orders.id(order)));
    }
    match key.ticket.ticket {
        Some(ticket) => words.push(format!("ticket `{}`", world.tickets.id(ticket))),
        None if key.ticket.by_ticket => words.push("without a ticket".to_owned()),
        None => {}
    }
    format!("one draft for {}", words.join(", "))
}

/// B1, B3 and B4 of one line.
pub(super) fn part_steps(results: Results<'_>, draft: &Draft, part: &DraftLine) -> Vec<Step> {
    let (world, rules) = (results.world, &results.settings.rules);
    let line = world.lines.at(part.line);
    let id = world.lines.id(part.line);
    let quantity = part.quantity.or_bug("a line of a draft has a quantity");
    let currency = draft.currency();
    let mut steps = Vec::new();
    let after = &results.billing.after_refunds;
    let state = after.line(results.posted, part.line);
    let taken_back = || after.hours(results.posted, part.line);
    let (policy, invoiced_hours, skew) = match &part.kind {
        PartKind::Line(policy) => (policy, results.account.line(part.line).invoiced + taken_back(), state),
        PartKind::Overage => (&Policy::Time, state.overage().hours, state.overage()),
        PartKind::DownPayment(line) | PartKind::Deduction(line) => return down_payment_steps(draft, part, line),
        PartKind::Refund(refund) => {
            let number = refund.line.source_line.or_bug("what is taken back was a line of a document");
            let (document, price) = (&refund.document, refund.line.price);
            let text = format!(
                "taken back from line {number} of document `{document}`, at the {price} that were billed there"
            );
            return vec![Step { rule: "G7", text }];
        }
    };
    let invoiced = invoiced_quantity(results.posted, part.line, line);
    let (rule, text) = match policy {
        Policy::Time => {
            let invoiced = invoiced_hours + skew.uplift;
            let (count, decimals) = (entries(part.entry_count() as u64), rules.quantity_decimals);
            // Hours of other lines of this run: late ones, and those of other tickets.
            let in_run = part.before - invoiced;
            let mut before = match (invoiced.is_zero(), in_run.is_zero()) {
                (true, true) => String::new(),
                (false, true) => format!(" beyond {invoiced} h invoiced before"),
                (true, false) => format!(" beyond {in_run} h on lines before it"),
                (false, false) => format!(" beyond {invoiced} h invoiced before and {in_run} h on lines before it"),
            };
            if part.late {
                before.insert_str(0, " dated before the period");
            }
            // The first part of a line alone makes up for what was taken back, so it may be another one of the line.
            let skew = skew.skew(line.unit, decimals);
            let made_up = if skew == Quantity::ZERO {
                String::new()
            } else {
                format!("; the line makes up for {skew} that credits and voids left to rounding")
            };
            let text = format!(
                "`{id}` bills {quantity} {}: {} h of {count}{before}, rounded to {decimals} decimals{made_up}",
                line.uom,
                part.hours + part.uplift
            );
            steps.extend(minimum_step(part));
            ("B3", text)
        }
        Policy::Prepaid => {
            ("B1", format!("`{id}` bills {quantity} {} = {} ordered - {invoiced} invoiced", line.uom, line.ordered))
        }
        Policy::Manual | Policy::Milestones => {
            let delivered = line.delivered.or_bug("what is delivered is billed");
            ("B1", format!("`{id}` bills {quantity} {} = {delivered} delivered - {invoiced} invoiced", line.uom))
        }
    };
    steps.push(Step { rule, text });
    let net = part.net.or_bug("a line of a draft has an amount").text(currency);
    let Terms { price, discount, .. } = part.terms;
    let discount = if discount == Percent::ZERO { String::new() } else { format!(" x (1 - {discount} %)") };
    steps.push(Step { rule: "B4", text: format!("{net} {currency} = {quantity} x {price}{discount}") });
    for tax in &line.taxes {
        if let Some(rate) = rate_of(results.settings, tax) {
            steps.push(Step { rule: "B9", text: format!("tax `{tax}` is {} % ({})", rate.percent, rate.category) });
        }
    }
    steps
}

/// M8: which minimum made what of the hours of a line.
fn minimum_step(part: &DraftLine) -> Option<Step> {
    let (minimum, by) = part.minimum?;
    let (worked, billed) = (part.hours, part.hours + part.uplift);
    let paid = if part.paid { ", which was billed before: they are closed with quantity 0" } else { "" };
    let (how, who) = (minimum.in_words(), by.in_words());
    Some(Step { rule: "M1", text: format!("{worked} h worked are billed as {billed} h: {how}, as {who} says{paid}") })
}

/// D1 and D2 of one line.
fn down_payment_steps(draft: &Draft, part: &DraftLine, line: &DownPaymentLine) -> Vec<Step> {
    let currency = draft.currency();
    let net = part.net.or_bug("a line of a draft has an amount").text(currency);
    let rates: Vec<String> = line.rates.iter().map(|rate| format!("{} % ({})", rate.percent, rate.category)).collect();
    let taxes = if rates.is_empty() { "without taxes".to_owned() } else { format!("with {}", rates.join(", ")) };
    let rule = if matches!(part.kind, PartKind::DownPayment(_)) { "D1" } else { "D2" };
    vec![Step { rule, text: format!("{net} {currency} {taxes}: {}", line.description) }]
}
