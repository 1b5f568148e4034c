//! Why hours that would be billed are not, and which entries of a line that is (SPEC 8: holds and caps).

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::account::{Account, KeptBack};
use crate::ident::Idx;
use crate::model::{Adjustment, Entry, Facts, OrderLine, World};
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
    /// G1, G5: decided before drafts are made.
    KeptBack(KeptBack),
    /// `rules.on_mismatch`: the ERP has other hours on the line.
    Mismatch,
    /// SPEC 8.
    Adjustment(Idx<Adjustment>),
}

impl Hold {
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
            Hold::Mismatch => "reconciliation mismatch".into(),
            Hold::Adjustment(idx) => world.adjustments.told(*idx).into(),
        }
    }
}

/// The open entries of a line: those to bill, and those that adjustments hold.
#[derive(Default)]
pub(super) struct Parted {
    pub billed: Vec<Idx<Entry>>,
    pub held: BTreeMap<Idx<Adjustment>, Vec<Idx<Entry>>>,
    /// The entry that a cap cuts: it is among both.
    pub cut: Option<Cut>,
}

#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub entry: Idx<Entry>,
    pub billed: Hours,
    pub held: Hours,
}

/// Parts the open entries of a line.
pub(super) fn part_entries(world: &World, account: &Account, line: Idx<OrderLine>, open: &[Idx<Entry>]) -> Parted {
    let mut parted = Parted::default();
    for &entry in open {
        match held_by(world, entry) {
            Some(hold) => parted.held.entry(hold).or_default().push(entry),
            None => parted.billed.push(entry),
        }
    }
    if let Some((cap, why)) = world.adjustments.of_line(line).and_then(|edits| edits.cap.always()) {
        cap_hours(world, account, &mut parted, cap, why);
    }
    parted
}

/// The hold of an entry, else of its ticket.
fn held_by(world: &World, entry: Idx<Entry>) -> Option<Idx<Adjustment>> {
    let view = world.entries.get(entry)?;
    let adjusted = view.facts.has(Facts::ADJUSTED);
    let of_entry = if adjusted { world.entry_edits(&view).and_then(|edits| edits.hold) } else { None };
    of_entry.or_else(|| world.ticket_edits(&view).and_then(|edits| edits.hold))
}

/// Bills at most `cap` hours, oldest entries first; one entry may be cut in two. Negative hours are billed all: they make room.
fn cap_hours(world: &World, account: &Account, parted: &mut Parted, cap: Hours, why: Idx<Adjustment>) {
    let own =
        |entry: Idx<Entry>| world.entries.get(entry).map_or(Hours::ZERO, |view| account.own_hours(entry, view.hours));
    let sum: HoursSum = parted.billed.iter().map(|&entry| own(entry)).sum();
    if sum <= cap.into() {
        return;
    }
    let negative: HoursSum = parted.billed.iter().map(|&entry| own(entry)).filter(|hours| *hours < Hours::ZERO).sum();
    let mut room = HoursSum::from(cap) - negative;
    let age = |entry: &Idx<Entry>| world.entries.get(*entry).map(|view| (view.days(), view.id()));
    parted.billed.sort_by(|a, b| age(a).cmp(&age(b)));
    let mut held = Vec::new();
    for entry in std::mem::take(&mut parted.billed) {
        let hours = own(entry);
        if hours <= Hours::ZERO || HoursSum::from(hours) <= room {
            if hours > Hours::ZERO {
                room = room - hours.into();
            }
            parted.billed.push(entry);
            continue;
        }
        // Less than the hours of one entry, so it fits.
        let billed = i64::try_from(room.micros()).map_or(Hours::ZERO, Hours::from_micros);
        if billed > Hours::ZERO {
            parted.billed.push(entry);
            parted.cut = Some(Cut { entry, billed, held: hours.less(billed) });
        }
        held.push(entry);
        room = HoursSum::ZERO;
    }
    parted.held.entry(why).or_default().extend(held);
}
