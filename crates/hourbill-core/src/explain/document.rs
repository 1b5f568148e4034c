//! A document of the ledger: what is on it, who posted it, and what was taken back since.

use super::past::{Past, left, noted, portions_of, priced};
use super::{Explanation, IdKind};
use crate::posted::{BookEntry, DocumentKind, Standing, total_left};
use crate::quantity::{HoursSum, Money};

/// Entries told of one document, at most.
const ENTRIES_TOLD: usize = 50;

pub(super) fn explain(past: &Past, id: &str) -> Option<Explanation> {
    let entry = past.book.find(id)?;
    let document = &entry.document;
    let mut told = Explanation::new(IdKind::Document, id);
    told.outcome = outcome(past, entry);
    let asked = past.deed(entry).map(|deed| format!(", asked for as `{}`", deed.request)).unwrap_or_default();
    let (signed, reason) = (past.signed(entry), past.reason(entry));
    told.step("G2", format!("entry {} of the ledger, {signed}{reason}{asked}", entry.sequence));
    if let Some(paper) = past.papers.get(id) {
        let due = paper.due_date.map_or_else(String::new, |due| format!(", due on {due}"));
        let dated = format!("dated {}{due}", paper.issue_date);
        match &paper.number {
            Some(number) => told.step("N3", format!("its number is `{number}`, {dated}")),
            None => told.step("N2", format!("your accounting numbers it; it is {dated}")),
        }
    }
    if let Some(source) = document.source.as_deref() {
        let does = if document.kind == DocumentKind::Undo { "undoes the credit" } else { "takes back from" };
        told.step("7", format!("it {does} `{}`", past.called(source)));
    }
    if !document.customer.is_empty() {
        let company =
            if document.company.is_empty() { String::new() } else { format!(", company `{}`", document.company) };
        told.step("B7", format!("customer `{}`{company}", document.customer));
    }
    lines(entry, &mut told);
    entries(past, entry, &mut told);
    money(entry, &mut told);
    if !document.note.is_empty() {
        told.step("8", format!("note: {}", document.note));
    }
    match (past.papers.get(id).and_then(|paper| paper.service), document.period) {
        (Some((from, to)), _) => told.step("B10", format!("service period {from} to {to}")),
        // What it says of its lines was not kept.
        (None, Some((from, to))) => told.step("B1", format!("billed by a run of the period {from} to {to}")),
        (None, None) => {}
    }
    for taker in past.takers(id) {
        told.step("7", past.taken(taker, &what(taker)));
    }
    Some(told)
}

/// `1.25 h, 2 Units of `P`, 30.25 EUR`: what a document took back, without signs.
fn what(taker: &BookEntry) -> String {
    let hours: HoursSum = taker.lines.iter().map(|left| left.line.hours).sum();
    let mut what = Vec::new();
    if !hours.is_zero() {
        what.push(format!("{} h", if hours.is_negative() { -hours } else { hours }));
    }
    let quantities = taker.lines.iter().map(|left| &left.line);
    for line in quantities.filter(|line| line.kind.by_quantity() && !line.quantity.is_zero()) {
        let quantity = if line.quantity.micros() < 0 { line.quantity.negated() } else { line.quantity };
        what.push(format!("{quantity} {} of `{}`", line.uom, line.order_line));
    }
    if let Some(currency) = taker.document.currency {
        let total = taker.document.total;
        let total = if total.is_negative() { total.negated() } else { total };
        what.push(format!("{} {currency}", total.text(currency)));
    }
    what.join(", ")
}

fn outcome(past: &Past, entry: &BookEntry) -> String {
    let document = &entry.document;
    let kind = document.kind.name().replace('_', " ");
    let what = match document.currency {
        Some(currency) => format!("{kind} of {} {currency}", document.total.text(currency)),
        None => kind,
    };
    let left = || match (total_left(entry), document.currency) {
        (Some(left), Some(currency)) => format!(", {} {currency} left", left.text(currency)),
        _ => String::new(),
    };
    let standing = match entry.standing() {
        Standing::Whole => String::new(),
        Standing::InPart => format!("; credited in part{}", left()),
        Standing::Credited => "; fully credited, nothing is left".to_owned(),
        Standing::Void => "; void".to_owned(),
        Standing::Undone => "; undone".to_owned(),
    };
    format!("{what}, posted {}{standing}", past.signed(entry))
}

fn lines(entry: &BookEntry, told: &mut Explanation) {
    for line in &entry.lines {
        let of = &line.line;
        let what = priced(of, entry.document.currency).unwrap_or_else(|| noted(entry, line));
        let taken = of.source_line.map_or_else(String::new, |number| format!(" (of line {number} there)"));
        let left = if entry.document.takes_back() { String::new() } else { left(entry, line) };
        told.step("B4", format!("line {}: {what}{taken}{left}", of.line_no));
        if !of.adjustments.is_empty() {
            told.step("8", format!("line {}: {}", of.line_no, of.adjustments));
        }
    }
}

fn entries(past: &Past, entry: &BookEntry, told: &mut Explanation) {
    let portions = portions_of(past, &entry.document);
    for portion in portions.iter().take(ENTRIES_TOLD) {
        let date = portion.date.map_or_else(String::new, |date| format!(" of {date}"));
        let (number, id, hours) = (portion.line_no, &portion.id, portion.hours);
        told.step("G1", format!("line {number}: {hours} h of entry `{id}`{date}"));
    }
    let (_, rest) = portions.split_at(ENTRIES_TOLD.min(portions.len()));
    if !rest.is_empty() {
        let hours: HoursSum = rest.iter().map(|portion| portion.hours).sum();
        told.step("G1", format!("and {} more entries with {hours} h", rest.len()));
    }
}

fn money(entry: &BookEntry, told: &mut Explanation) {
    let document = &entry.document;
    let Some(currency) = document.currency else { return };
    for tax in &document.taxes {
        let (rate, base, amount) = (&tax.rate, tax.base.text(currency), tax.amount.text(currency));
        told.step("B9", format!("{amount} tax = {} % ({}) on {base}", rate.percent, rate.category));
    }
    let [net, tax, total] = [document.net, document.tax, document.total].map(|amount| amount.text(currency));
    let rounding = match document.rounding {
        Money::ZERO => String::new(),
        rounding => format!(" + {} rounding", rounding.text(currency)),
    };
    told.step("B9", format!("{total} {currency} = {net} net + {tax} tax{rounding}"));
}
