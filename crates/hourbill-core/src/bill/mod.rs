//! Prices lines and groups them into drafts (B1-B12), with the down payments that they ask for and take off (D1-D4).

mod after_refunds;
mod bound;
mod cap;
mod deduction;
mod down_payment;
mod draft_line;
mod group;
mod held_group;
mod hold;
mod minimum;
mod notes;
mod of_line;
mod part;
mod parted;
mod refund;
mod service;
mod tax;

pub use crate::posted::{invoiced_quantity, opening_quantity, over_invoiced, to_invoice};
pub use after_refunds::AfterRefunds;
pub use deduction::{AllAvailable, Available, AvailableSet, available, invoiced};
pub use draft_line::{DownPaymentLine, DraftLine, PartKind, Refund};
pub use group::{DraftKey, would_be};
pub use hold::Hold;
pub use part::carried;
pub use tax::{Rate, TaxAmount, is_rounding_refused, rate_of};

use std::collections::{BTreeMap, BTreeSet};

use self::bound::Watch;
use self::deduction::Deductions;
use self::held_group::{HeldGroup, hold_draft, on_hold, unless_held};
use self::tax::TaxSums;
use crate::account::{Account, Apart};
use crate::bound::{BoundKey, Measures};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Adjustment, Entry, EntryView, Order, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{Currency, Hours, Money};
use crate::settings::{BillingSettings, ZeroDrafts};

/// What a draft is (B8, B12, D1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftKind {
    Invoice,
    /// Its total is negative (B8).
    CreditNote,
    /// D1: it asks for a down payment.
    DownPayment,
    /// B12: it comes to nothing and makes no document.
    Zero,
}

impl DraftKind {
    pub fn name(self) -> &'static str {
        match self {
            DraftKind::Invoice => "invoice",
            DraftKind::CreditNote => "credit_note",
            DraftKind::DownPayment => "down_payment",
            DraftKind::Zero => "zero",
        }
    }
}

/// A proposed invoice. Its figures have the sign they have before B8 turns those of a credit note.
#[derive(Clone, Debug)]
pub struct Draft {
    pub id: String,
    pub key: DraftKey,
    /// Its lines, in the order of B7.
    pub parts: Vec<DraftLine>,
    pub amounts: Amounts,
    /// B10: least and greatest date of its lines (K2).
    pub from: Date,
    pub to: Date,
    /// §8.8: texts for the customer.
    pub notes: Vec<String>,
    /// B12: its hours and quantities are closed without a document.
    pub closes: bool,
}

/// Money of a draft, in its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    pub net: Money,
    pub tax: Money,
    /// The rounding amount (BT-114 of EN 16931): what no net of a down payment can close (D1), or what goes off with the last of one (D3).
    pub rounding: Money,
    /// Net, tax and rounding.
    pub total: Money,
    /// What the tax is made of, by category and rate.
    pub taxes: Vec<TaxAmount>,
}

impl Amounts {
    /// The amounts of a draft that comes to nothing (B12).
    pub const NOTHING: Amounts =
        Amounts { net: Money::ZERO, tax: Money::ZERO, rounding: Money::ZERO, total: Money::ZERO, taxes: Vec::new() };

    /// B12: neither money nor tax, not even one that another makes up for.
    fn are_nothing(&self) -> bool {
        let none = |amount: Money| amount == Money::ZERO;
        let taxes = self.taxes.iter().all(|tax| none(tax.base) && none(tax.amount));
        none(self.net) && none(self.tax) && none(self.rounding) && none(self.total) && taxes
    }
}

impl Draft {
    pub fn currency(&self) -> Currency {
        self.key.currency
    }

    pub fn kind(&self) -> DraftKind {
        if self.closes {
            DraftKind::Zero
        } else if self.key.down_payment.is_some() {
            DraftKind::DownPayment
        } else if self.is_credit_note() {
            DraftKind::CreditNote
        } else {
            DraftKind::Invoice
        }
    }

    /// Whether its total is negative (B8).
    pub fn is_credit_note(&self) -> bool {
        self.amounts.total.is_negative()
    }

    /// It takes back from an earlier document, or deducts one (BG-3).
    pub fn names_a_document(&self) -> bool {
        let deducts = |part: &DraftLine| matches!(part.kind, PartKind::Deduction(_));
        self.key.corrects.is_some() || self.parts.iter().any(deducts)
    }

    /// The service period of one of its lines (B10).
    pub fn service_period(&self, part: &DraftLine) -> (Date, Date) {
        part.dates.unwrap_or((self.from, self.to))
    }
}

/// A line that is on no draft, and why it is held.
#[derive(Clone, Debug)]
pub struct Held {
    pub hold: Hold,
    pub part: DraftLine,
}

impl Held {
    /// The order line on which hours of an entry are held; `None` where no line is said to be theirs.
    pub fn line(&self, world: &World, links: &Links, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        // G7: a refund stands where the hours were billed; W6: hours of one entry may stand on several lines.
        if matches!(self.part.kind, PartKind::Refund(_)) || links.draws.asks(entry.position()) {
            return Some(self.part.line);
        }
        links.shown_line(world, entry).map(|(line, _)| line)
    }
}

/// What a run bills.
#[derive(Default)]
pub struct Billing {
    /// Sorted by id.
    pub drafts: Vec<Draft>,
    /// Sorted by order line and first entry.
    pub held: Vec<Held>,
    /// How many drafts were held whole.
    pub drafts_held: usize,
    /// M3: drafts of one ticket that were held whole and have hours of lines which a minimum bills.
    shares_held: BTreeSet<DraftKey>,
    /// §8: ids of held drafts that adjustments name.
    pub held_by_name: BTreeSet<String>,
    /// Hours of entries that are held while others of the same entry are billed.
    pub apart: Vec<Apart>,
    /// The entries of all parts, one part after another; sorted by timesheet_id within each.
    entries: Vec<Idx<Entry>>,
    /// Positions in `entries` of entries that are there with only some of their hours, and these hours. Ascending; empty when every entry
    /// is billed whole.
    in_part: Vec<(usize, Hours)>,
    /// M4: by position in `entries`, what a minimum bills beyond hours; all that it bills beyond those of a group stands at one entry.
    uplifts: BTreeMap<usize, Hours>,
    /// G7: entries of which hours are taken back, and from which of the corrected documents.
    pub refunded: BTreeSet<(Idx<Entry>, usize)>,
    /// What is billed when these are made.
    pub after_refunds: AfterRefunds,
    /// X7: what was measured of order lines and drafts.
    pub measures: Measures,
    /// States that cannot be: the proof fails for each.
    pub impossible: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Billing {
    /// The drafts that make documents: all but those of kind zero (B12).
    pub fn documents(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.iter().filter(|draft| !draft.closes)
    }

    pub fn entries(&self, part: &DraftLine) -> &[Idx<Entry>] {
        self.entries.get(part.entries.clone()).or_bug("the entries of a part are among those of all parts")
    }

    /// The entries of a part, each with those of its hours that are on it.
    pub fn portions<'a>(
        &'a self,
        world: &'a World,
        part: &DraftLine,
    ) -> impl Iterator<Item = (Idx<Entry>, EntryView<'a>, Hours)> + use<'a> {
        let positions = part.entries.clone().zip(self.entries(part));
        positions.filter_map(|(position, &entry)| self.portion_at(world, position, entry))
    }

    /// The `nth` entry of a part.
    pub fn portion<'a>(
        &self,
        world: &'a World,
        part: &DraftLine,
        nth: usize,
    ) -> Option<(Idx<Entry>, EntryView<'a>, Hours)> {
        let entry = *self.entries(part).get(nth)?;
        self.portion_at(world, part.entries.start + nth, entry)
    }

    /// M4: what is billed beyond the hours of the `nth` entry of a part.
    pub fn uplift(&self, part: &DraftLine, nth: usize) -> Hours {
        self.uplifts.get(&(part.entries.start + nth)).copied().unwrap_or(Hours::ZERO)
    }

    fn portion_at<'a>(
        &self,
        world: &'a World,
        position: usize,
        entry: Idx<Entry>,
    ) -> Option<(Idx<Entry>, EntryView<'a>, Hours)> {
        let view = world.entries.at(entry);
        let hours = match self.in_part.binary_search_by_key(&position, |(position, _)| *position) {
            Ok(at) => self.in_part.get(at).or_bug("what was found is there").1,
            // All of its hours are in the part.
            Err(_) => view.hours,
        };
        Some((entry, view, hours))
    }
}

/// Makes the drafts of a run, on top of what was posted. `doubts` are lines that are held.
pub fn bill(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    posted: &Posted,
    doubts: &BTreeMap<Idx<OrderLine>, Hold>,
) -> Billing {
    let held_drafts = &world.adjustments.held_drafts;
    let accepted = world.adjustments.accepts_drafts();
    // What drafts are called is known when all are made.
    let mut first = ByName { passes_bounds: accepted, ..ByName::default() };
    let billing = bill_last(world, settings, account, posted, doubts, &mut first);
    if held_drafts.is_empty() && !accepted {
        return billing;
    }
    // One that is held takes nothing off and leaves the others their names.
    let mut by_name = ByName { last: first.last, ..ByName::default() };
    for draft in &billing.drafts {
        by_name.ids.insert(draft.key.clone(), draft.id.clone());
        if let Some(&why) = held_drafts.get(&draft.id) {
            by_name.held.insert(draft.key.clone(), why);
        }
    }
    if by_name.held.is_empty() && !accepted {
        return billing;
    }
    let mut billing = bill_last(world, settings, account, posted, doubts, &mut by_name);
    billing.held_by_name = by_name.held.keys().filter_map(|key| by_name.ids.get(key)).cloned().collect();
    billing
}

/// §8.7: drafts that are held by their ids, and what all of them are called.
#[derive(Default)]
struct ByName {
    held: BTreeMap<DraftKey, Idx<Adjustment>>,
    ids: bound::DraftIds,
    /// M3: drafts that were held the last time, by whatever: their hours count after those of others.
    last: BTreeSet<DraftKey>,
    /// X6: no bound holds a draft: only their names are asked for.
    passes_bounds: bool,
}

impl ByName {
    /// The draft is held on which a part of the line stands.
    fn holds(&self, world: &World, settings: &BillingSettings, line: &OrderLine, ticket: group::TicketGroup) -> bool {
        let is_held = |key: &DraftKey| self.held.contains_key(key) || self.last.contains(key);
        !(self.held.is_empty() && self.last.is_empty()) && is_held(&group::key(world, settings, line, ticket))
    }
}

/// What is held bills nothing, so hours of other drafts that a minimum counts together with it come before it (M3): those drafts are made once
/// more when that is known. In whatever order they stand, they bill the same together.
fn bill_last(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    posted: &Posted,
    doubts: &BTreeMap<Idx<OrderLine>, Hold>,
    by_name: &mut ByName,
) -> Billing {
    let mut billing = bill_but(world, settings, account, posted, doubts, by_name);
    // What moves down may be held no more, and another in its place. Each round moves down a draft that none did before, so they come to an end.
    while !billing.shares_held.is_subset(&by_name.last) {
        by_name.last.append(&mut billing.shares_held);
        billing = bill_but(world, settings, account, posted, doubts, by_name);
    }
    billing
}

fn bill_but(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    posted: &Posted,
    doubts: &BTreeMap<Idx<OrderLine>, Hold>,
    by_name: &ByName,
) -> Billing {
    let mut billing = Billing { findings: all_over_invoiced(world, posted), ..Billing::default() };
    let mut watch = Watch::new(world, settings, posted, by_name);
    refund::refund(world, settings, account, posted, (&by_name.held, &mut |draft| watch.keep(draft)), &mut billing);
    let waiting = account.refunds.iter().filter(|(entry, back)| !billing.refunded.contains(&(*entry, back.source)));
    let before = part::Parts {
        waiting: waiting.map(|(entry, _)| *entry).collect(),
        entries: std::mem::take(&mut billing.entries),
        in_part: std::mem::take(&mut billing.in_part),
        uplifts: std::mem::take(&mut billing.uplifts),
        ..part::Parts::default()
    };
    let part::Parts { parts, held, kept_back, entries, in_part, uplifts, apart, waiting: _ } = part::parts(
        world,
        settings,
        account,
        (posted, &billing.after_refunds),
        (before, &|line, ticket| by_name.holds(world, settings, line, ticket)),
    );
    billing.held.extend(held.into_iter().map(|(why, part)| Held { hold: Hold::Adjustment(why), part }));
    billing.held.extend(kept_back.into_iter().map(|(why, part)| Held { hold: Hold::KeptBack(why), part }));
    (billing.apart, billing.entries, billing.in_part, billing.uplifts) = (apart, entries, in_part, uplifts);
    let balances = &posted.down_payments;
    let requested = down_payment::requested(world, settings, balances);
    let mut all_available = deduction::available(world, settings, balances);
    billing.findings.append(&mut all_available.findings);
    billing.findings.extend(requested.findings);
    let mut deductions = Deductions::new(world, settings, account, posted, all_available);

    let (billable, nothing) = sort_out(world, settings, (&requested.waiting, &deductions, doubts), parts, &mut billing);
    let billable = within_bounds(&mut watch, billable, &mut billing);
    for request in requested.drafts {
        let held = world.adjustments.held_orders.get(&request.order).or_else(|| by_name.held.get(&request.key));
        billing.take(unless_held(world, held, request.key, request.parts, |key, parts| {
            draft(world, settings, key, parts, (request.rounding, &mut watch), None)
        }));
    }
    let mut groups: Vec<(DraftKey, Vec<DraftLine>)> = group::groups(world, settings, billable).into_iter().collect();
    if !deductions.is_empty() {
        // The first draft takes off first.
        groups.sort_by(|(a, _), (b, _)| group::by_texts(world, a).cmp(&group::by_texts(world, b)));
    }
    for (key, parts) in groups {
        billing.take(unless_held(world, by_name.held.get(&key), key, parts, |key, parts| {
            draft(world, settings, key, parts, (Money::ZERO, &mut watch), Some(&mut deductions))
        }));
    }
    for (key, parts) in group::groups(world, settings, nothing) {
        let key = DraftKey { rounds_to_nothing: true, ..key };
        billing.take(unless_held(world, by_name.held.get(&key), key, parts, |key, parts| {
            let parts = on_hold(world, &key, parts)?;
            Ok(closing(world, settings, key, parts))
        }));
    }
    let (carried, unpriced) = (deductions.carried(&billing.held), hold::unpriced(world, &billing));
    billing.findings.extend(unpriced);
    billing.findings.extend(carried);
    group::name(world, settings, posted, &mut billing.drafts);
    for draft in &mut billing.drafts {
        if let Some(id) = by_name.ids.get(&draft.key) {
            draft.id.clone_from(id);
        }
    }
    let (measures, beyond) = watch.end(&billing.drafts);
    billing.measures = measures;
    billing.findings.extend(beyond);
    billing.drafts.sort_by(|a, b| a.id.cmp(&b.id));
    billing.held.sort_by_key(|held| (held.part.line, held.part.entries.start));
    billing.findings.extend(tax::not_stated(world, settings));
    billing.findings.extend(tax::roundings_refused(world, settings, &billing.drafts));
    notes::add(world, &mut billing.drafts);
    billing
}

/// Parts with the ticket that each is grouped by.
type Grouped = Vec<(group::TicketGroup, DraftLine)>;

/// Sorts the parts out: those that drafts bill, those that come to nothing and are closed (B12), and those that are held.
fn sort_out(
    world: &World,
    settings: &BillingSettings,
    (waiting, deductions, doubts): (&BTreeSet<Idx<Order>>, &Deductions<'_>, &BTreeMap<Idx<OrderLine>, Hold>),
    parts: Grouped,
    billing: &mut Billing,
) -> (Grouped, Grouped) {
    let hold_order = |order: Idx<Order>| {
        let held = world.adjustments.held_orders.get(&order).map(|&why| Hold::Adjustment(why));
        held.or_else(|| waiting.contains(&order).then_some(Hold::DownPaymentFirst)).or_else(|| deductions.hold(order))
    };
    let closes = settings.rules.zero_drafts == ZeroDrafts::Close;
    let (mut billable, mut nothing) = (Vec::new(), Vec::new());
    for (ticket, part) in parts {
        let order = world.lines.at(part.line).order;
        let hold_line = || world.adjustments.of_line(part.line)?.hold.map(Hold::Adjustment);
        if let Some(hold) = hold_order(order).or_else(hold_line) {
            billing.held.push(Held { hold, part });
        } else if let Some(hold) = doubts.get(&part.line) {
            billing.held.push(Held { hold: hold.clone(), part });
        } else if let Some(why) = part.terms.unpriced {
            billing.held.push(Held { hold: Hold::Unpriced(why), part });
        } else if part.is_time() && !part.paid && part.quantity.is_none_or(|quantity| quantity.is_zero()) {
            // An exact 0 bills nothing and holds nothing but hours.
            match part.quantity {
                None => billing.held.push(Held { hold: Hold::TooLarge, part }),
                Some(_) if closes => nothing.push((ticket, part)),
                Some(_) => billing.held.push(Held { hold: Hold::CancelsOut, part }),
            }
        } else {
            billable.push((ticket, part));
        }
    }
    (billable, nothing)
}

/// The `parts` that no bound holds. A bound holds all of an order line, whichever price of it goes beyond (X5).
fn within_bounds(watch: &mut Watch<'_>, parts: Grouped, billing: &mut Billing) -> Grouped {
    let beyond: BTreeMap<Idx<OrderLine>, BoundKey> =
        parts.iter().filter_map(|(_, part)| Some((part.line, watch.line(part)?))).collect();
    if beyond.is_empty() {
        return parts;
    }
    let hold = |part: &DraftLine| beyond.get(&part.line).map(|key| Hold::Bound(*key));
    let (held, rest): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, part)| hold(part).is_some());
    billing.held.extend(held.into_iter().filter_map(|(_, part)| Some(Held { hold: hold(&part)?, part })));
    rest
}

impl Billing {
    fn take(&mut self, made: Result<Draft, HeldGroup>) {
        match made {
            Ok(draft) => self.drafts.push(draft),
            Err(held) => {
                self.drafts_held += 1;
                let shares =
                    |key: &DraftKey| key.ticket.by_ticket && held.parts.iter().any(|part| part.minimum.is_some());
                self.shares_held.extend(held.key.map(|key| *key).filter(shares));
                self.findings.extend(held.findings);
                self.held.extend(held.parts.into_iter().map(|part| Held { hold: held.hold.clone(), part }));
            }
        }
    }
}

/// The findings about lines of which more is invoiced than ordered (B6).
fn all_over_invoiced(world: &World, posted: &Posted) -> Vec<Finding> {
    let found = world.lines.iter().filter_map(|(idx, line)| {
        let invoiced = over_invoiced(posted, idx, line)?;
        let id = world.lines.id(idx).to_owned();
        let message = format!("`{id}`: {invoiced} invoiced of {} ordered", line.ordered);
        Some(Finding { code: Code::OverInvoiced, subject: Subject::OrderLine, id, message, place: Some(line.place) })
    });
    found.collect()
}

/// The draft of one group. `deductions` are taken off and settled, but for drafts that ask for a down payment.
fn draft(
    world: &World,
    settings: &BillingSettings,
    key: DraftKey,
    mut parts: Vec<DraftLine>,
    (mut rounding, watch): (Money, &mut Watch<'_>),
    deductions: Option<&mut Deductions<'_>>,
) -> Result<Draft, HeldGroup> {
    let held = |hold: Hold, parts: Vec<DraftLine>, why: &str, findings: Vec<Finding>| {
        hold_draft(world, &key, hold, parts, why, findings)
    };
    parts = on_hold(world, &key, parts)?;
    let unknown = tax::unknown(world, settings, &parts);
    if let Some(first) = unknown.first() {
        let why = first.message.clone();
        return Err(held(Hold::UnknownTax, parts, &why, unknown));
    }
    let too_large = |parts: Vec<DraftLine>| {
        let too_large = parts.iter().filter(|part| part.net.is_none()).map(|part| {
            let id = world.lines.id(part.line).to_owned();
            let message = format!("the amount of `{id}` is too large to be held exactly");
            Finding { code: Code::AmountTooLarge, subject: Subject::OrderLine, id, message, place: None }
        });
        let too_large = too_large.collect();
        held(Hold::TooLarge, parts, "an amount is too large to be held exactly", too_large)
    };
    let Some(amounts) = amounts(world, settings, &parts, rounding) else { return Err(too_large(parts)) };
    let closes = settings.rules.zero_drafts == ZeroDrafts::Close && amounts.are_nothing();
    // A total that down payments make small does not hold a draft, and a draft without a document has no minimum.
    if !closes && hold::below_minimum(settings, &amounts, key.currency) {
        let minimum = settings.rules.min_invoice_amount;
        let why = format!("its total of {} is below the minimum of {minimum}", amounts.total.text(key.currency));
        return Err(held(Hold::BelowMinimum, parts, &why, Vec::new()));
    }
    if let Some(bound) = watch.draft(&key, &parts, &amounts) {
        return Err(bound::held(world, &key, bound, parts));
    }
    let mut deducted = amounts;
    if let Some(deductions) = deductions.filter(|deductions| !deductions.is_empty()) {
        let Some(mut taken) = deductions.take(&key, &parts) else { return Err(too_large(parts)) };
        let billed = parts.len();
        parts.append(&mut taken.parts);
        rounding = taken.rounding;
        match self::amounts(world, settings, &parts, rounding) {
            Some(amounts) => deducted = amounts,
            None => {
                parts.truncate(billed);
                return Err(too_large(parts));
            }
        }
        deductions.settle(parts.split_at(billed).0, &taken);
    }
    // Only what takes nothing off has stayed as it was.
    let closes = closes && deducted.are_nothing() && parts.iter().all(|part| part.order_line().is_some());
    let (from, to) = service::date(world, settings, &mut parts);
    Ok(Draft { id: String::new(), key, parts, amounts: deducted, from, to, notes: Vec::new(), closes })
}

/// A draft that closes hours and quantities which come to nothing, without a document (B12).
fn closing(world: &World, settings: &BillingSettings, key: DraftKey, mut parts: Vec<DraftLine>) -> Draft {
    let (from, to) = service::date(world, settings, &mut parts);
    let amounts = Amounts::NOTHING;
    Draft { id: String::new(), key, parts, amounts, from, to, notes: Vec::new(), closes: true }
}

/// The money of a draft with these lines; `None` when a figure cannot be held exactly.
fn amounts(world: &World, settings: &BillingSettings, parts: &[DraftLine], rounding: Money) -> Option<Amounts> {
    let sums = TaxSums::of(world, settings, parts)?;
    let (tax, taxes) = sums.tax(settings)?;
    let net = sums.net();
    Some(Amounts { net, tax, rounding, total: net.checked_add(tax)?.checked_add(rounding)?, taxes })
}
