//! Why hours that would be billed are not, and which entries of a line that is (§8.7 and §8.3: holds and caps).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Billing;
use crate::account::{Account, KeptBack};
use crate::bound::BoundKey;
use crate::calendar::Date;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::{Stand, Withheld};
use crate::model::{Adjustment, Dated, Entry, Facts, OrderLine, Unpriced, World};
use crate::posted::CappedHours;
use crate::quantity::{Hours, HoursSum};

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
                | KeptBack::Bound(_)
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
            Hold::KeptBack(KeptBack::Bound(_)) | Hold::Bound(_) => "X5",
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
            Hold::KeptBack(KeptBack::Bound(key)) | Hold::Bound(key) => key.code().name().into(),
            Hold::Mismatch => "reconciliation mismatch".into(),
            Hold::InvoicedElsewhere => "invoiced elsewhere".into(),
            Hold::LineChanged => "line changed after billing".into(),
            Hold::ResemblesLine => "resembles a billed line".into(),
            Hold::Adjustment(idx) => world.adjustments.told(*idx).into(),
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

/// The open entries of a line: those to bill, and those that adjustments hold.
#[derive(Default)]
pub(super) struct Parted {
    pub billed: Vec<Idx<Entry>>,
    pub held: BTreeMap<Idx<Adjustment>, Vec<Idx<Entry>>>,
    /// Entries that a cap cuts in two: they are in `billed` and in `held`.
    pub cut: BTreeMap<Idx<Entry>, Cut>,
}

/// The hours of an entry that are billed, and those that are held.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub billed: Hours,
    pub held: Hours,
}

/// Parts the open entries of a line into those to bill and those that holds and caps of adjustments keep back.
pub(super) fn part_entries(
    world: &World,
    account: (&Account, Stand),
    capped: &CappedHours,
    line: Idx<OrderLine>,
    open: &[Idx<Entry>],
) -> Parted {
    let mut parted = Parted::default();
    for &entry in open {
        match held_by(world, entry) {
            Some(hold) => parted.held.entry(hold).or_default().push(entry),
            None => parted.billed.push(entry),
        }
    }
    if let Some(edits) = world.adjustments.of_line(line).filter(|edits| !edits.cap.is_empty()) {
        cap_hours(world, account, &mut parted, Rooms::new(&edits.cap, capped.of_line(line)));
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

/// What a cap counts together: the dates of its window, or a month where it has none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Window(Idx<Adjustment>),
    Month(Idx<Adjustment>, (u32, u32)),
}

impl Counted {
    fn why(self) -> Idx<Adjustment> {
        match self {
            Counted::Window(why) | Counted::Month(why, _) => why,
        }
    }
}

/// How many hours the caps of one line leave, by window or month.
struct Rooms<'a> {
    caps: &'a Dated<Hours>,
    left: BTreeMap<Counted, HoursSum>,
}

impl<'a> Rooms<'a> {
    /// The room that is left under the caps once the `closed` hours of the ledger are taken off.
    fn new(caps: &'a Dated<Hours>, closed: impl Iterator<Item = (Date, HoursSum)>) -> Rooms<'a> {
        let mut rooms = Rooms { caps, left: BTreeMap::new() };
        for (date, hours) in closed {
            rooms.take(date, hours);
        }
        rooms
    }

    /// The windows and months that count hours of a date, each with its cap: all windows that hold the date, else its month.
    fn counts(&self, date: Date) -> Vec<(Counted, Hours)> {
        let windows = self.caps.iter().filter(|(window, _, _)| !window.is_all() && window.holds(date));
        let windows: Vec<_> = windows.map(|(_, cap, why)| (Counted::Window(why), cap)).collect();
        if !windows.is_empty() {
            return windows;
        }
        let (year, month, _) = date.ymd();
        self.caps.always().map(|(cap, why)| (Counted::Month(why, (year, month)), cap)).into_iter().collect()
    }

    fn take(&mut self, date: Date, hours: HoursSum) {
        for (counted, cap) in self.counts(date) {
            let left = self.left.entry(counted).or_insert_with(|| cap.into());
            *left = *left - hours;
        }
    }

    /// The least room for hours of a date, and the adjustment whose cap leaves no more; `None` when no cap counts them.
    fn least(&self, date: Date) -> Option<(HoursSum, Idx<Adjustment>)> {
        let left = |(counted, cap): (Counted, Hours)| {
            (self.left.get(&counted).copied().unwrap_or_else(|| cap.into()), counted.why())
        };
        self.counts(date).into_iter().map(left).min()
    }
}

/// §8.3: bills what the caps leave room for, oldest entries first; one entry per cap may be cut in two. Negative hours are billed all:
/// they make room.
fn cap_hours(world: &World, (account, stand): (&Account, Stand), parted: &mut Parted, mut rooms: Rooms<'_>) {
    let own = |entry: Idx<Entry>| {
        let view = world.entries.at(entry);
        Some((view.date()?, account.hours_at(entry, stand, view.hours)))
    };
    for (date, hours) in parted.billed.iter().filter_map(|&entry| own(entry)) {
        if hours < Hours::ZERO {
            rooms.take(date, hours.into());
        }
    }
    let age = |entry: &Idx<Entry>| {
        let view = world.entries.at(*entry);
        (view.days(), view.id())
    };
    parted.billed.sort_by(|a, b| age(a).cmp(&age(b)));
    for entry in std::mem::take(&mut parted.billed) {
        let least = own(entry).and_then(|(date, hours)| Some((date, hours, rooms.least(date)?)));
        let Some((date, hours, (room, why))) = least.filter(|(_, hours, _)| *hours > Hours::ZERO) else {
            parted.billed.push(entry);
            continue;
        };
        if HoursSum::from(hours) <= room {
            rooms.take(date, hours.into());
            parted.billed.push(entry);
            continue;
        }
        // Less than the hours of one entry, so it fits.
        let billed = room.max(HoursSum::ZERO).within_an_entry();
        if billed > Hours::ZERO {
            rooms.take(date, billed.into());
            parted.billed.push(entry);
            parted.cut.insert(entry, Cut { billed, held: hours.less(billed) });
        }
        parted.held.entry(why).or_default().push(entry);
    }
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
