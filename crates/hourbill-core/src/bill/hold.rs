//! Why hours that would be billed are not, and which entries of a line that is (§8.7 and §8.3: holds and caps).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cap::{Rooms, cap_hours};
use super::of_line::Of;
use super::parted::Parted;
use super::{Amounts, Billing};
use crate::account::KeptBack;
use crate::bound::BoundKey;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Withheld;
use crate::model::{Adjustment, Entry, Facts, OrderLine, Unpriced, World};
use crate::quantity::{Currency, HoursSum, power_of_ten};
use crate::settings::BillingSettings;

/// Why hours that would be billed are not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// B7: the customer or the bill_to is on hold.
    Customer,
    /// D1: a down payment of the order comes first.
    DownPaymentFirst,
    /// B5: the quantity rounds to 0.
    CancelsOut,
    /// `rules.min_invoice_amount`.
    BelowMinimum,
    /// B9: a tax that is neither declared nor a percentage.
    UnknownTax,
    /// A figure that cannot be held exactly.
    TooLarge,
    /// Held before drafts are made (G1, G5 to G7, G9, C3, X5, W7, W9).
    KeptBack(KeptBack),
    /// `rules.on_mismatch`: the ERP has other hours on the line.
    Mismatch,
    /// G10: the ERP seems to have invoiced the line without us.
    InvoicedElsewhere,
    /// G12: what was billed of the line cannot be compared with what it is now.
    LineChanged,
    /// G13: it looks like a line that was billed under another id.
    ResemblesLine,
    /// C6: the agreement or its rates say no price.
    Unpriced(Unpriced),
    /// X5: a bound of order lines or drafts.
    Bound(BoundKey),
    /// §8.7: a `hold` of a person.
    Adjustment(Idx<Adjustment>),
}

impl Hold {
    /// Whether it is doubt that holds, which a person has to settle, rather than a rule that was agreed on: a run with such holds ends with
    /// exit code 1 (§10.1: G5, G6, G10, G12, G13).
    pub fn is_doubt(&self) -> bool {
        match self {
            Hold::KeptBack(KeptBack::Resembles | KeptBack::Ambiguous)
            | Hold::InvoicedElsewhere
            | Hold::LineChanged
            | Hold::ResemblesLine => true,
            Hold::Customer
            | Hold::DownPaymentFirst
            | Hold::CancelsOut
            | Hold::BelowMinimum
            | Hold::UnknownTax
            | Hold::TooLarge
            | Hold::KeptBack(
                KeptBack::Changed
                | KeptBack::RefundFirst
                | KeptBack::Outgrown
                | KeptBack::AgreementAmbiguous
                | KeptBack::Bound { .. }
                | KeptBack::BeyondPacks(_),
            )
            | Hold::Mismatch
            | Hold::Unpriced(_)
            | Hold::Bound(_)
            | Hold::Adjustment(_) => false,
        }
    }

    /// The hours would be on no draft if they were not held: they are a pack's, nobody's, or in a currency that nobody knows.
    pub fn bills_nothing(&self) -> bool {
        let nobodys = [KeptBack::Outgrown, KeptBack::AgreementAmbiguous];
        match self {
            Hold::KeptBack(KeptBack::BeyondPacks(_)) | Hold::Unpriced(_) => true,
            Hold::KeptBack(why) => nobodys.contains(why),
            _ => false,
        }
    }

    /// The rule that holds.
    pub fn rule(&self) -> &'static str {
        match self {
            Hold::Customer => "B7",
            Hold::DownPaymentFirst => "D1",
            Hold::Adjustment(_) => "8",
            Hold::CancelsOut => "B5",
            Hold::BelowMinimum => "4",
            Hold::UnknownTax => "B9",
            Hold::TooLarge => "B4",
            Hold::KeptBack(KeptBack::Changed) => "G1",
            Hold::KeptBack(KeptBack::Resembles) => "G5",
            Hold::KeptBack(KeptBack::Ambiguous) => "G6",
            Hold::KeptBack(KeptBack::RefundFirst) => "G7",
            Hold::KeptBack(KeptBack::Outgrown) => "G9",
            Hold::KeptBack(KeptBack::AgreementAmbiguous) => "C3",
            Hold::KeptBack(KeptBack::BeyondPacks(Withheld::NothingToGiveBack)) => "W9",
            Hold::KeptBack(KeptBack::BeyondPacks(_)) => "W7",
            Hold::Unpriced(_) => "C6",
            Hold::KeptBack(KeptBack::Bound { .. }) | Hold::Bound(_) => "X5",
            Hold::Mismatch => "4",
            Hold::InvoicedElsewhere => "G10",
            Hold::LineChanged => "G12",
            Hold::ResemblesLine => "G13",
        }
    }

    /// The words of the table `unbilled`.
    pub fn reason(&self, world: &World) -> Cow<'static, str> {
        match self {
            Hold::Customer => "customer on hold".into(),
            Hold::DownPaymentFirst => "down payment first".into(),
            Hold::CancelsOut => "hours cancel out".into(),
            Hold::BelowMinimum => "below the minimum invoice amount".into(),
            Hold::UnknownTax => "unknown tax".into(),
            Hold::TooLarge => "amount too large".into(),
            Hold::KeptBack(KeptBack::Changed) => "changed after billing".into(),
            Hold::KeptBack(KeptBack::Resembles) => "resembles a billed entry".into(),
            Hold::KeptBack(KeptBack::Ambiguous) => "ambiguous id".into(),
            Hold::KeptBack(KeptBack::RefundFirst) => "refund first".into(),
            Hold::KeptBack(KeptBack::Outgrown) => "grew after it was covered".into(),
            Hold::KeptBack(KeptBack::AgreementAmbiguous) => "agreement-ambiguous".into(),
            Hold::KeptBack(KeptBack::BeyondPacks(why)) => beyond_packs(*why).into(),
            Hold::Unpriced(Unpriced::RateMissing) => "rate-missing".into(),
            Hold::Unpriced(Unpriced::RateCurrency) => "rate-currency".into(),
            Hold::KeptBack(KeptBack::Bound { key, .. }) | Hold::Bound(key) => key.code().name().into(),
            Hold::Mismatch => "reconciliation mismatch".into(),
            Hold::InvoicedElsewhere => "invoiced elsewhere".into(),
            Hold::LineChanged => "line changed after billing".into(),
            Hold::ResemblesLine => "resembles a billed line".into(),
            Hold::Adjustment(idx) => world.adjustments.text_of(*idx).into(),
        }
    }
}

fn beyond_packs(why: Withheld) -> &'static str {
    match why {
        Withheld::Hold => "beyond all packs",
        Withheld::LineUnusable => "overage-line-unusable",
        Withheld::PriceMissing => "overage-price-missing",
        Withheld::NothingToGiveBack => "nothing-to-give-back",
        Withheld::Outgrown => "grew after it was covered",
    }
}

/// Parts the open entries of a line into those to bill and those that holds and caps of adjustments keep back.
pub(super) fn part_entries(of: &Of<'_>, open: &[Idx<Entry>]) -> Parted {
    let Of { world, posted, idx, .. } = *of;
    let mut parted = Parted::default();
    for &entry in open {
        match held_by(world, entry) {
            Some(hold) => parted.held.entry(hold).or_default().push(entry),
            None => parted.billed.push(entry),
        }
    }
    if let Some(edits) = world.adjustments.of_line(idx).filter(|edits| !edits.cap.is_empty()) {
        cap_hours(of, &mut parted, Rooms::new(&edits.cap, posted.capped.of_line(idx)));
    }
    parted
}

/// The hold of an entry, else of its ticket.
fn held_by(world: &World, entry: Idx<Entry>) -> Option<Idx<Adjustment>> {
    let view = world.entries.at(entry);
    let adjusted = view.facts.has(Facts::ADJUSTED);
    let of_entry = if adjusted { world.entry_edits(&view).and_then(|edits| edits.hold) } else { None };
    of_entry.or_else(|| world.ticket_edits(&view).and_then(|edits| edits.hold))
}

/// The total is below `rules.min_invoice_amount`; never that of a credit note.
pub(super) fn below_minimum(settings: &BillingSettings, amounts: &Amounts, currency: Currency) -> bool {
    if amounts.total.is_negative() {
        return false;
    }
    // Both in 10^-6 of the minor unit.
    let total = amounts.total.minor().checked_mul(1_000_000);
    let minimum = power_of_ten(currency.digits())
        .and_then(|minor| i128::from(settings.rules.min_invoice_amount.micros()).checked_mul(minor));
    total.zip(minimum).is_some_and(|(total, minimum)| total < minimum)
}

/// C6: agreements that say no price, with what waits for it.
pub(super) fn unpriced(world: &World, billing: &Billing) -> Vec<Finding> {
    let mut waiting: BTreeMap<(Idx<OrderLine>, Unpriced), (u64, HoursSum)> = BTreeMap::new();
    for held in &billing.held {
        if let Hold::Unpriced(why) = held.hold {
            let (entries, hours) = waiting.entry((held.part.line, why)).or_default();
            *entries += held.part.entry_count() as u64;
            *hours += held.part.hours;
        }
    }
    let found = waiting.into_iter().map(|((idx, why), (entries, hours))| {
        let (line, id) = (world.lines.at(idx), world.lines.id(idx));
        let what = match entries {
            0 => "what it sells is".to_owned(),
            1 => format!("1 entry with {hours} h is"),
            _ => format!("{entries} entries with {hours} h are"),
        };
        let (code, message) = match why {
            Unpriced::RateMissing => {
                let says = world.agreements.of_line(idx).filter(|says| !says.priced.is_whole());
                let by_export = world.rates.are_of_export() && entries > 0;
                let (code, lacks) = match says {
                    // A currency is needed wherever prices come from.
                    Some(says) if by_export && !says.priced.has_currency => {
                        (Code::RateMissing, format!("agreement `{id}` has no currency"))
                    }
                    _ if by_export => (Code::RateNotExported, format!("the export gives no rate for hours on `{id}`")),
                    Some(says) => (Code::RateMissing, format!("agreement `{id}` has no {}", says.priced.lacks())),
                    None => (Code::RateMissing, format!("`{id}` has no price")),
                };
                (code, format!("{lacks}: {what} held"))
            }
            Unpriced::RateCurrency => {
                let currency = line.currency;
                (Code::RateCurrency, format!("`{id}` is in {currency}, and the rate that fits is not: {what} held"))
            }
        };
        let (subject, place) = (Subject::OrderLine, Some(line.place));
        Finding { code, subject, id: id.to_owned(), message, place }
    });
    found.collect()
}
