//! G7, G8: drafts that take back what was billed of entries that were edited or moved since, at what it was billed for.
//!
//! Each corrected document gets a draft of its own: what a credit of those hours would take, to the customer who got it, in its currency,
//! at its price, discount and taxes.

use std::collections::BTreeMap;

use super::draft_line::{DraftLine, PartKind, Refund};
use super::group::{self, DraftKey, TicketGroup};
use super::held_group::{HeldGroup, hold_draft, on_hold};
use super::tax::TaxAmount;
use super::{Amounts, Billing, Draft, Hold};
use crate::account::{Account, KeptBack};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{Adjustment, Entry, OrderLine, Terms, World};
use crate::posted::{DocumentKind, Effect, LedgerBatch, LedgerGroups, Line, Posted, Request, Source, take_back};
use crate::quantity::{Hours, HoursSum, Money};
use crate::settings::{BillingSettings, ZeroDrafts};

/// The hours that are taken back from one document.
struct Taken<'a> {
    source: &'a Source,
    /// By the id under which the document has an entry: the entry as it is read now.
    entries: BTreeMap<&'a str, Idx<Entry>>,
    /// By the number of a line and that id: the hours that are taken back.
    portions: Vec<(u32, String, Hours)>,
}

/// Looks at a draft that is made: whether a bound holds it (X5).
type Keep<'a> = &'a mut dyn FnMut(Draft) -> Result<Draft, HeldGroup>;

/// Makes the drafts that take back what the account asks for; `held` are drafts that adjustments hold.
pub(super) fn refund(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    posted: &Posted,
    (held, keep): (&BTreeMap<DraftKey, Idx<Adjustment>>, Keep<'_>),
    billing: &mut Billing,
) {
    let mut by_source: BTreeMap<usize, Taken<'_>> = BTreeMap::new();
    for (idx, back) in &account.refunds {
        let of = posted.corrected.source(back.source).or_bug("hours are given back by a document of the ledger");
        let none = || Taken { source: of, entries: BTreeMap::new(), portions: Vec::new() };
        let taken = by_source.entry(back.source).or_insert_with(none);
        taken.entries.insert(&back.id, *idx);
        taken.portions.push((back.line_no, back.id.clone(), back.hours));
    }
    // Of hours that two documents billed one may be held and the other given back: each stands by itself.
    // M6: of a group on several documents the newest gives back first, and each what is left of the group then costs less.
    let mut groups = posted.corrected.have_minimums().then(|| posted.groups.clone());
    let mut in_turn: Vec<(&usize, &Taken<'_>)> = by_source.iter().collect();
    if groups.is_some() {
        in_turn.reverse();
    }
    for (&source, taken) in in_turn {
        let Some(batch) = back(taken, groups.as_ref().unwrap_or(&posted.groups)) else {
            // What a person would be refused is a state that cannot be: the account asks for no more than is left.
            billing
                .impossible
                .push(format!("hours of document `{}` cannot be taken back", taken.source.entry.document.id));
            continue;
        };
        if let Some(groups) = &mut groups {
            groups.take_back(&batch);
        }
        let made = draft(world, settings, posted, taken, &batch, billing).and_then(|draft| {
            let Some(&why) = held.get(&draft.key) else { return Ok(draft) };
            let hold = Hold::Adjustment(why);
            let why = hold.reason(world).into_owned();
            Err(hold_draft(world, &draft.key, hold, draft.parts, &why, Vec::new()))
        });
        let made = made.and_then(&mut *keep);
        if made.is_ok() {
            if billing.after_refunds.take(world, posted, &batch).is_none() {
                billing.impossible.push(format!("what `{}` bills does not fit", taken.source.entry.document.id));
            }
            billing.refunded.extend(taken.entries.values().map(|&entry| (entry, source)));
        }
        billing.take(made);
    }
}

/// What a credit of these hours would put into the ledger; `None` when it would be refused.
fn back(taken: &Taken<'_>, groups: &LedgerGroups) -> Option<LedgerBatch> {
    let Source { entry, held } = taken.source;
    let (kind, effect, id) = (DocumentKind::CreditNote, Effect::Rebill, String::new());
    take_back(entry, held, &Request::Portions(taken.portions.clone()), kind, effect, id, groups).ok()
}

fn draft(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    taken: &Taken<'_>,
    batch: &LedgerBatch,
    billing: &mut Billing,
) -> Result<Draft, HeldGroup> {
    let (parts, dates) = lines(world, settings, posted, taken, batch, billing);
    let document = &taken.source.entry.document;
    let total = batch.documents.first();
    let (Some(key), Some((from, to)), Some(total)) = (key(world, settings, taken, &parts), dates, total) else {
        let customer = document.customer.clone();
        let message = format!(
            "a draft for `{customer}` is held: it takes back from `{0}`, and no row of the exports names who got that any more; once one does the draft is made, \
             and `hourbill credit {0} --entry ID --rebill` gives the hours back at once",
            document.id
        );
        let finding = Finding { code: Code::DraftHeld, subject: Subject::Customer, id: customer, message, place: None };
        return Err(HeldGroup { key: None, hold: Hold::KeptBack(KeptBack::Changed), parts, findings: vec![finding] });
    };
    let parts = on_hold(world, &key, parts)?;
    let taxes = total.taxes.iter().map(|tax| TaxAmount { rate: tax.rate.clone(), base: tax.base, amount: tax.amount });
    let amounts = Amounts {
        net: total.net,
        tax: total.tax,
        rounding: total.rounding,
        total: total.total,
        taxes: taxes.collect(),
    };
    // B12: hours that were billed for nothing come back without a document, unless money moves between its lines.
    let free = parts.iter().all(|part| part.net == Some(Money::ZERO));
    let closes = settings.rules.zero_drafts == ZeroDrafts::Close && free && amounts.are_nothing();
    Ok(Draft { id: String::new(), key, parts, amounts, from, to, notes: Vec::new(), closes })
}

/// The lines that are taken back, and the least and greatest dates of their entries.
fn lines(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    taken: &Taken<'_>,
    batch: &LedgerBatch,
    billing: &mut Billing,
) -> (Vec<DraftLine>, Option<(Date, Date)>) {
    let mut parts = Vec::with_capacity(batch.lines.len());
    let mut dates: Option<(Date, Date)> = None;
    for (position, line) in (0_u32..).zip(&batch.lines) {
        let (start, mut hours) = (billing.entries.len(), HoursSum::ZERO);
        let mut of_line: Option<(Date, Date)> = None;
        let (mut at, mut billed) = (None, Vec::new());
        for (row, _) in batch.portions.lines.iter().enumerate().filter(|(_, of)| **of == position) {
            let (id, hours_of, dates_of) = (batch.portions.ids.get(row), &batch.portions.hours, &batch.portions.dates);
            let (micros, day) =
                hours_of.get(row).copied().zip(dates_of.get(row).copied()).or_bug("portions are of one length");
            let &idx = taken.entries.get(id).or_bug("a portion is taken back of an entry that was asked for");
            billed.push((id.to_owned(), day));
            let taken_back = Hours::from_micros(micros);
            billing.in_part.push((billing.entries.len(), taken_back));
            let uplift = batch.portions.uplifts.get(&row).copied().map(Hours::from_micros);
            billing.uplifts.extend(uplift.map(|uplift| (billing.entries.len(), uplift)));
            billing.entries.push(idx);
            hours += taken_back;
            if let Some(date) = Date::from_days(day) {
                let (from, to) = of_line.unwrap_or((date, date));
                of_line = Some((from.min(date), to.max(date)));
            }
            at = at.or_else(|| order_line(world, posted, line, idx));
        }
        let Some(at) = at else {
            // The account asks for nothing back there.
            let vanished = format!("hours of the vanished line `{}` are taken back", line.order_line);
            billing.impossible.push(vanished);
            continue;
        };
        let (from, to) = (of_line.map(|dates| dates.0), of_line.map(|dates| dates.1));
        dates = match (dates, of_line) {
            (Some((least, greatest)), Some((from, to))) => Some((least.min(from), greatest.max(to))),
            (known, of_line) => known.or(of_line),
        };
        let kind = PartKind::Refund(Box::new(Refund {
            document: taken.source.entry.document.id.clone(),
            currency: taken.source.entry.document.currency,
            line: line.clone(),
            taxes: line.rates.iter().map(|rate| format!("{}%", rate.percent)).collect(),
            billed,
        }));
        let (quantity, net) = (Some(line.quantity), Some(line.net));
        let terms = Terms::of(line.price, line.discount);
        let (dates, entries) = (from.zip(to), start..billing.entries.len());
        let uplift = line.uplift;
        let late = settings.period.from().zip(to).is_some_and(|(from, to)| to < from);
        let part = DraftLine::without_hours(kind, at, start);
        parts.push(DraftLine { quantity, terms, net, hours, uplift, late, dates, entries, ..part });
    }
    (parts, dates)
}

/// The order line of the export on which the refund stands: the one that the document names, if it is still there.
fn order_line(world: &World, posted: &Posted, line: &Line, entry: Idx<Entry>) -> Option<Idx<OrderLine>> {
    world.lines.find(&line.order_line).or_else(|| posted.closed(entry.position()).line.line())
}

/// The draft that the refund is on (B7), for the customer who got the document. `None` when the exports do not know that customer any more.
fn key(world: &World, settings: &BillingSettings, taken: &Taken<'_>, parts: &[DraftLine]) -> Option<DraftKey> {
    let document = &taken.source.entry.document;
    let part = parts.first()?;
    let line = world.lines.at(part.line);
    let party = world.customers.find(&document.customer)?;
    let of_line = group::key(world, settings, line, TicketGroup { by_ticket: false, ticket: None });
    // Where the entries stand now decides which part of a run they belong to.
    let here = |idx: &Idx<Entry>| {
        let entry = world.entries.at(*idx);
        let of_line = world.named_line(&entry).map(|line| world.line_link(line).root);
        of_line.or_else(|| world.customer_of(&entry).map(|customer| world.root(customer)))
    };
    let elsewhere = taken.entries.values().filter_map(here).any(|root| root != world.root(party));
    let hold = world.customers.at(party).hold || world.adjustments.held_customers.contains_key(&party);
    Some(DraftKey {
        party,
        company: world.companies.find(&document.company)?,
        currency: document.currency?,
        corrects: Some((document.id.clone(), elsewhere)),
        on_hold: of_line.on_hold || hold,
        ..of_line
    })
}
