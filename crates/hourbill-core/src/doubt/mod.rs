//! What speaks against billing an order line: the ERP seems to have invoiced it without us (G10), what the ledger has of it does not fit
//! what it is now (G12), or it seems to have been billed under another id (G13). Doubt holds, it does not bill.

mod elsewhere;
mod vanished;

pub use elsewhere::unexplained;

use std::collections::BTreeMap;

use crate::account::Account;
use crate::bill::Hold;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Chunk, EntryView, Facts, OrderLine, World};
use crate::posted::{CoveredUnpaid, LastBilled, Measure, MinimumLeft, Posted};
use crate::settings::BillingSettings;

/// Lines in doubt.
#[derive(Default)]
pub struct Doubts {
    /// Lines that are held, and why.
    pub held: BTreeMap<Idx<OrderLine>, Hold>,
    pub findings: Vec<Finding>,
}

/// Looks at the lines that this run answers for.
pub fn doubts(world: &World, settings: &BillingSettings, links: &Links, account: &Account, posted: &Posted) -> Doubts {
    let mut doubts = Doubts::default();
    vanished::look(world, posted, &mut doubts);
    changed(world, settings, posted, &mut doubts);
    open_again(world, posted, &mut doubts);
    doubts.findings.extend(minimums_left(world, posted));
    elsewhere::look(world, settings, links, account, posted, &mut doubts);
    doubts
}

impl Doubts {
    /// The first doubt about a line stays.
    fn hold(&mut self, line: Idx<OrderLine>, hold: Hold) {
        self.held.entry(line).or_insert(hold);
    }
}

/// G10: entries that name an invoice that the ERP cancelled are open again, unless the ledger knows better.
fn open_again(world: &World, posted: &Posted, doubts: &mut Doubts) {
    if world.open_again.is_empty() {
        return;
    }
    for (start, chunk) in world.entries.chunks().filter(|(_, chunk)| some_in(world, chunk)) {
        let open = |entry: &EntryView<'_>| entry.usable() && !entry.facts.has(Facts::INVOICED);
        for (position, entry) in (start..).zip(chunk.iter()).filter(|(_, entry)| open(entry)) {
            let Some(invoice) = world.open_again.get(&entry.place()).filter(|_| !posted.knows(position)) else {
                continue;
            };
            let id = entry.id().to_owned();
            let message =
                format!("entry `{id}` names invoice `{invoice}`, which the ERP cancelled: its hours are open again");
            let (code, subject, place) = (Code::InvoiceCancelled, Subject::Entry, Some(entry.place()));
            doubts.findings.push(Finding { code, subject, id, message, place });
        }
    }
}

/// M6: what a minimum billed of hours that were all taken back since.
fn minimums_left<'a>(world: &'a World, posted: &Posted) -> impl Iterator<Item = Finding> + use<'a> {
    posted.groups.left_alone().into_iter().map(|of| {
        let MinimumLeft { line, entry, hours } = of;
        let message = format!("{hours} h of `{line}` that a minimum billed are left of no hours: with entry `{entry}`");
        let place = world.lines.find(&line).map(|idx| world.lines.at(idx).place);
        Finding { code: Code::MinimumLeft, subject: Subject::OrderLine, id: line, message, place }
    })
}

/// Some place of an entry that is open again lies within a chunk.
fn some_in(world: &World, chunk: &Chunk) -> bool {
    let ends = [Some(0), chunk.len().checked_sub(1)].map(|at| at.map(|at| chunk.place(at)));
    let [Some(first), Some(last)] = ends else { return false };
    world.open_again.range(first..=last).next().is_some()
}

/// G12: what the line is now is not what was billed of it. Quantities that cannot be compared hold it.
fn changed(world: &World, settings: &BillingSettings, posted: &Posted, doubts: &mut Doubts) {
    for (idx, line) in world.lines.iter().filter(|(_, line)| line.confirmed && !line.is_downpayment) {
        let released = world.adjustments.release_of_line(idx).is_some();
        let held = posted.line(idx).is_incomparable(line) && !released;
        if held {
            doubts.hold(idx, Hold::LineChanged);
        }
        let last = posted.lines.changed(idx);
        let unpaid = posted.lines.covered_unpaid(idx).filter(|_| !held);
        if last.is_none() && !held && unpaid.is_none() {
            continue;
        }
        let id = world.lines.id(idx).to_owned();
        let what = match (last, &unpaid) {
            (Some(last), _) => said(&id, last, line),
            (None, Some(_)) => format!("`{id}` was a pack and is billed by time; "),
            (None, None) => String::new(),
        };
        let then = if held {
            "what was billed cannot be compared with what it is now: it is held"
        } else {
            "what was billed of it counts"
        };
        let unpaid = unpaid.map_or_else(String::new, |unpaid| unpaid_hours(world, settings, idx, &unpaid));
        let message = format!("{what}{then}{unpaid}");
        doubts.findings.push(Finding {
            code: Code::LineChangedAfterBilling,
            subject: Subject::OrderLine,
            id,
            message,
            place: Some(line.place),
        });
    }
}

/// G12: hours that posts covered beyond those that were paid, what they come to at the price of today, and how they are opened.
fn unpaid_hours(world: &World, settings: &BillingSettings, idx: Idx<OrderLine>, unpaid: &CoveredUnpaid<'_>) -> String {
    let line = world.lines.at(idx);
    let CoveredUnpaid { hours, paid, documents } = unpaid;
    let quantity = line.unit.and_then(|unit| unit.quantity(*hours, settings.rules.quantity_decimals));
    let worth = quantity.and_then(|quantity| world.net_of(idx, quantity));
    let worth = worth.map_or_else(
        || "more than can be held exactly".to_owned(),
        |worth| format!("{} {}", worth.text(line.currency), line.currency),
    );
    let voids: Vec<String> = documents.iter().map(|document| format!("`hourbill void {document}`")).collect();
    format!(
        "; {hours} h that posts covered beyond the {paid} h that were paid are billed to nobody, {worth} at the price of \
         today: {} opens them, and the next run bills what is not paid",
        voids.join(" and ")
    )
}

/// `` `S1/1` was billed on `D-1` as ordered_prepaid in Days and is delivered_timesheet in Hours now; ``
fn said(id: &str, last: &LastBilled, line: &OrderLine) -> String {
    let (mut before, mut now) = (String::new(), String::new());
    let mut told = |differs: bool, of_then: String, of_now: String| {
        if differs {
            before.push_str(&of_then);
            now.push_str(&of_now);
        }
    };
    told(last.policy != line.policy, format!(" as {}", last.policy.name()), format!(" {}", line.policy.name()));
    told(!last.measures(&Measure::of(line)), format!(" in {}", last.uom), format!(" in {}", line.uom));
    let currency = last.currency.unwrap_or(line.currency);
    told(currency != line.currency, format!(" in {currency}"), format!(" in {}", line.currency));
    format!("`{id}` was billed on `{}`{before} and is now{now}; ", last.document)
}
