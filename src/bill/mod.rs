//! Prices lines and groups them into drafts (B1-B10).

mod group;
mod part;
mod tax;

pub use group::DraftKey;
pub use part::Part;
pub use tax::{Rate, TaxAmount, rate_of};

use crate::account::Account;
use crate::calendar::{Date, Period};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::job::Settings;
use crate::model::{Entry, EntryView, Policy, World};
use crate::quantity::{Currency, Hours, Money, power_of_ten};

/// Why hours that would be billed are not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// B7: the customer or the bill_to is on hold.
    Customer,
    /// B5: the quantity rounds to 0.
    CancelsOut,
    /// `rules.min_invoice_amount`.
    BelowMinimum,
    /// B9: a tax that is neither declared nor a percentage.
    UnknownTax,
    /// A figure that cannot be held exactly.
    TooLarge,
}

impl Hold {
    /// The words of the table `unbilled`.
    pub fn reason(&self) -> &'static str {
        match self {
            Hold::Customer => "customer on hold",
            Hold::CancelsOut => "hours cancel out",
            Hold::BelowMinimum => "below the minimum invoice amount",
            Hold::UnknownTax => "unknown tax",
            Hold::TooLarge => "amount too large",
        }
    }
}

/// A proposed invoice. Its figures have the sign they have before B8 turns those of a credit note.
#[derive(Clone, Debug)]
pub struct Draft {
    pub id: String,
    pub key: DraftKey,
    /// In the order of B7.
    pub parts: Vec<Part>,
    pub amounts: Amounts,
    /// B10.
    pub from: Date,
    pub to: Date,
}

/// Money of a draft, in its currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    /// What the tax is made of, by category and rate.
    pub taxes: Vec<TaxAmount>,
}

impl Draft {
    pub fn currency(&self) -> Currency {
        self.key.currency
    }

    /// B8.
    pub fn is_credit_note(&self) -> bool {
        self.amounts.total.is_negative()
    }

    /// B10, for one of its lines.
    pub fn service_period(&self, part: &Part, period: &Period) -> (Date, Date) {
        match (part.dates, period) {
            (Some(dates), Period::Open) => dates,
            _ => (self.from, self.to),
        }
    }
}

/// A draft that was not made, or a part of one.
#[derive(Clone, Debug)]
pub struct Held {
    pub hold: Hold,
    pub part: Part,
}

/// What a run bills.
pub struct Billing {
    /// Sorted by id.
    pub drafts: Vec<Draft>,
    /// Sorted by order line and first entry.
    pub held: Vec<Held>,
    /// Drafts that were held, whole.
    pub drafts_held: usize,
    /// The entries of all parts, one part after another; sorted by timesheet_id within each.
    entries: Vec<Idx<Entry>>,
    /// Positions in `entries` of those that are there with some of their hours only, and those hours. Ascending; empty when every entry
    /// is billed whole.
    in_part: Vec<(usize, Hours)>,
    pub findings: Vec<Finding>,
}

impl Billing {
    pub fn entries(&self, part: &Part) -> &[Idx<Entry>] {
        self.entries.get(part.entries.clone()).unwrap_or_default()
    }

    /// The entries of a part, each with those of its hours that are on it.
    pub fn portions<'a>(
        &'a self,
        world: &'a World,
        part: &Part,
    ) -> impl Iterator<Item = (Idx<Entry>, EntryView<'a>, Hours)> + use<'a> {
        let positions = part.entries.clone().zip(self.entries(part));
        positions.filter_map(|(position, &entry)| self.portion_at(world, position, entry))
    }

    /// The `nth` entry of a part.
    pub fn portion<'a>(&self, world: &'a World, part: &Part, nth: usize) -> Option<(Idx<Entry>, EntryView<'a>, Hours)> {
        let entry = *self.entries(part).get(nth)?;
        self.portion_at(world, part.entries.start + nth, entry)
    }

    fn portion_at<'a>(
        &self,
        world: &'a World,
        position: usize,
        entry: Idx<Entry>,
    ) -> Option<(Idx<Entry>, EntryView<'a>, Hours)> {
        let view = world.entries.get(entry)?;
        let in_part = self.in_part.binary_search_by_key(&position, |(position, _)| *position);
        let hours = in_part.ok().and_then(|at| self.in_part.get(at)).map_or(view.hours, |(_, hours)| *hours);
        Some((entry, view, hours))
    }
}

/// Makes the drafts of a run.
pub fn bill(world: &World, settings: &Settings, account: &Account) -> Billing {
    let mut findings = over_invoiced(world);
    let part::Parts { parts, entries, in_part } = part::parts(world, settings, account);
    let mut billing =
        Billing { drafts: Vec::new(), held: Vec::new(), drafts_held: 0, entries, in_part, findings: Vec::new() };
    let mut billable = Vec::new();
    for (ticket, part) in parts {
        // An exact 0 bills nothing and holds nothing but hours.
        if part.quantity.is_none_or(|quantity| quantity.is_zero()) && part.policy == Policy::Time {
            let hold = if part.quantity.is_none() { Hold::TooLarge } else { Hold::CancelsOut };
            billing.held.push(Held { hold, part });
        } else {
            billable.push((ticket, part));
        }
    }
    for (key, parts) in group::groups(world, settings, billable) {
        match draft(world, settings, key, parts) {
            Ok(draft) => billing.drafts.push(draft),
            Err(held) => {
                billing.drafts_held += 1;
                findings.extend(held.findings);
                billing.held.extend(held.parts.into_iter().map(|part| Held { hold: held.hold.clone(), part }));
            }
        }
    }
    group::name(world, settings, &mut billing.drafts);
    billing.drafts.sort_by(|a, b| a.id.cmp(&b.id));
    billing.held.sort_by_key(|held| (held.part.line, held.part.entries.start));
    billing.findings = findings;
    billing
}

/// B6, and down payments that this version does not deduct.
fn over_invoiced(world: &World) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (idx, line) in world.lines.iter().filter(|(_, line)| line.confirmed) {
        let id = world.lines.id(idx);
        let mut found = |code, message| {
            let place = Some(line.place);
            findings.push(Finding { code, subject: Subject::OrderLine, id: id.to_owned(), message, place });
        };
        if line.is_downpayment {
            if line.invoiced.micros() > 0 {
                let order = world.orders.id(line.order);
                let message = format!("`{id}` is an invoiced down payment of order `{order}`, which no draft deducts");
                found(Code::DownPaymentNotDeducted, message);
            }
        } else if line.policy == Policy::Prepaid && line.invoiced > line.ordered {
            let (invoiced, ordered) = (line.invoiced, line.ordered);
            found(Code::OverInvoiced, format!("`{id}`: {invoiced} invoiced of {ordered} ordered"));
        }
    }
    findings
}

/// A group that makes no draft.
struct HeldGroup {
    hold: Hold,
    parts: Vec<Part>,
    findings: Vec<Finding>,
}

fn draft(world: &World, settings: &Settings, key: DraftKey, parts: Vec<Part>) -> Result<Draft, HeldGroup> {
    let customer = world.customers.id(key.party).to_owned();
    let held = |hold: Hold, parts: Vec<Part>, why: String, mut findings: Vec<Finding>| {
        let message = format!("a draft for `{customer}` in {} is held: {why}", key.currency);
        let (code, subject, id) = (Code::DraftHeld, Subject::Customer, customer.clone());
        findings.push(Finding { code, subject, id, message, place: None });
        HeldGroup { hold, parts, findings }
    };
    if key.on_hold {
        return Err(held(Hold::Customer, parts, "the customer is on hold".to_owned(), Vec::new()));
    }
    let unknown = unknown_taxes(world, settings, &parts);
    if let Some(first) = unknown.first() {
        let why = first.message.clone();
        return Err(held(Hold::UnknownTax, parts, why, unknown));
    }
    let Some(amounts) = amounts(world, settings, &parts) else {
        let why = "an amount is too large to be held exactly".to_owned();
        let too_large = parts.iter().filter(|part| part.net.is_none()).map(|part| {
            let id = world.lines.id(part.line).to_owned();
            let message = format!("the amount of `{id}` is too large to be held exactly");
            Finding { code: Code::AmountTooLarge, subject: Subject::OrderLine, id, message, place: None }
        });
        let too_large = too_large.collect();
        return Err(held(Hold::TooLarge, parts, why, too_large));
    };
    if below_minimum(settings, &amounts, key.currency) {
        let minimum = settings.rules.min_invoice_amount;
        let why = format!("its total of {} is below the minimum of {minimum}", amounts.total.text(key.currency));
        return Err(held(Hold::BelowMinimum, parts, why, Vec::new()));
    }
    let (from, to) = service_period(world, settings, &parts);
    Ok(Draft { id: String::new(), key, parts, amounts, from, to })
}

/// Credit notes are not held by the minimum.
fn below_minimum(settings: &Settings, amounts: &Amounts, currency: Currency) -> bool {
    if amounts.total.is_negative() {
        return false;
    }
    // Both in 10^-6 of the minor unit.
    let total = amounts.total.minor().checked_mul(1_000_000);
    let minimum = power_of_ten(currency.digits())
        .and_then(|minor| i128::from(settings.rules.min_invoice_amount.micros()).checked_mul(minor));
    total.zip(minimum).is_some_and(|(total, minimum)| total < minimum)
}

/// B9: one finding per line and tax.
fn unknown_taxes(world: &World, settings: &Settings, parts: &[Part]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in parts {
        let Some(line) = world.lines.get(part.line) else { continue };
        for tax in line.taxes.iter().filter(|tax| rate_of(settings, tax).is_none()) {
            let id = world.lines.id(part.line).to_owned();
            let message = format!("tax `{tax}` of order line `{id}` is neither declared nor a percentage");
            findings.push(Finding {
                code: Code::UnknownTax,
                subject: Subject::OrderLine,
                id,
                message,
                place: Some(line.place),
            });
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

/// `None` when a figure cannot be held exactly.
fn amounts(world: &World, settings: &Settings, parts: &[Part]) -> Option<Amounts> {
    let net = parts.iter().try_fold(Money::ZERO, |sum, part| sum.checked_add(part.net?))?;
    let (tax, taxes) = tax::tax(world, settings, parts)?;
    Some(Amounts { net, tax, total: net.checked_add(tax)?, taxes })
}

/// B10.
fn service_period(world: &World, settings: &Settings, parts: &[Part]) -> (Date, Date) {
    if let Period::Dates { from, to } = settings.period {
        return (from, to);
    }
    let of_entries = || parts.iter().filter_map(|part| part.dates);
    let confirmed = || parts.iter().filter_map(|part| Some(world.lines.get(part.line)?.confirmed_on?.date()));
    let from = of_entries().map(|(from, _)| from).min().or_else(|| confirmed().min());
    let to = of_entries().map(|(_, to)| to).max().or_else(|| confirmed().max());
    (from.unwrap_or(settings.as_of), to.unwrap_or(settings.as_of))
}
