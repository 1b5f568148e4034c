//! The month in money (E8): where every hour of a run stands, in the words of finance, each hour once, with what it is worth.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Disposition, overdrawn};
use crate::bill::Billing;
use crate::bug::{OrBug, bug};
use crate::calendar::{Period, Side};
use crate::ident::Idx;
use crate::link::{Links, NonBillable, Stand, non_billable};
use crate::model::{Chunk, EntryView, OrderLine, SomeLines, World};
use crate::posted::Posted;
use crate::quantity::{Currency, Hours, HoursSum, Money, exact};
use crate::worth::HoursValues;

/// Where hours stand, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HoursStanding {
    Billed,
    OnHold,
    Late,
    NoLine,
    TeamsNotBilling,
    BeyondPacks,
    AfterPeriod,
    NotValidated,
    /// Within what was sold.
    Covered,
    AlreadyInvoiced,
    NotBillable,
    Duplicate,
    Quarantined,
    /// Posted of the period, and in no row of the export any more: what was read has these hours less.
    NoLongerRead,
}

impl HoursStanding {
    /// In their order.
    const ALL: [HoursStanding; 14] = [
        HoursStanding::Billed,
        HoursStanding::OnHold,
        HoursStanding::Late,
        HoursStanding::NoLine,
        HoursStanding::TeamsNotBilling,
        HoursStanding::BeyondPacks,
        HoursStanding::AfterPeriod,
        HoursStanding::NotValidated,
        HoursStanding::Covered,
        HoursStanding::AlreadyInvoiced,
        HoursStanding::NotBillable,
        HoursStanding::Duplicate,
        HoursStanding::Quarantined,
        HoursStanding::NoLongerRead,
    ];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            HoursStanding::Billed => "billed",
            HoursStanding::OnHold => "on hold",
            HoursStanding::Late => "late: from before the period",
            HoursStanding::NoLine => "no line or agreement",
            HoursStanding::TeamsNotBilling => "teams that do not bill",
            HoursStanding::BeyondPacks => "beyond packs",
            HoursStanding::AfterPeriod => "after the period",
            HoursStanding::NotValidated => "not validated",
            HoursStanding::Covered => "covered by packs",
            HoursStanding::AlreadyInvoiced => "already invoiced",
            HoursStanding::NotBillable => "not billable",
            HoursStanding::Duplicate => "repeated rows",
            HoursStanding::Quarantined => "rows in quarantine",
            HoursStanding::NoLongerRead => "posted, in no row any more",
        }
    }

    /// Hours that would bring money if somebody knew how much.
    pub fn asks_for_a_price(self) -> bool {
        let settled = [
            HoursStanding::NotValidated,
            HoursStanding::Covered,
            HoursStanding::AlreadyInvoiced,
            HoursStanding::NotBillable,
            HoursStanding::Duplicate,
            HoursStanding::Quarantined,
            HoursStanding::NoLongerRead,
        ];
        !settled.contains(&self)
    }

    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            HoursStanding::Billed => "billed",
            HoursStanding::OnHold => "on_hold",
            HoursStanding::Late => "late",
            HoursStanding::NoLine => "no_line",
            HoursStanding::TeamsNotBilling => "teams_not_billing",
            HoursStanding::BeyondPacks => "beyond_packs",
            HoursStanding::AfterPeriod => "after_period",
            HoursStanding::NotValidated => "not_validated",
            HoursStanding::Covered => "covered",
            HoursStanding::AlreadyInvoiced => "already_invoiced",
            HoursStanding::NotBillable => "not_billable",
            HoursStanding::Duplicate => "duplicate",
            HoursStanding::Quarantined => "quarantined",
            HoursStanding::NoLongerRead => "no_longer_read",
        }
    }

    /// Nobody agreed on the price: it is what the customer paid last (E9).
    pub fn is_estimated(self) -> bool {
        matches!(self, HoursStanding::NoLine | HoursStanding::TeamsNotBilling)
    }

    /// Where hours stand that are on no draft and not held.
    pub fn of(disposition: Disposition) -> HoursStanding {
        match disposition {
            Disposition::Billed => HoursStanding::Billed,
            Disposition::Held => HoursStanding::OnHold,
            Disposition::BeforePeriod => HoursStanding::Late,
            Disposition::AfterPeriod => HoursStanding::AfterPeriod,
            Disposition::Unassigned => HoursStanding::NoLine,
            Disposition::NotValidated => HoursStanding::NotValidated,
            Disposition::Covered => HoursStanding::Covered,
            Disposition::AlreadyInvoiced => HoursStanding::AlreadyInvoiced,
            Disposition::NonBillable => HoursStanding::NotBillable,
            Disposition::Duplicate => HoursStanding::Duplicate,
            Disposition::Quarantined => HoursStanding::Quarantined,
        }
    }
}

/// Hours that stand in one place and are worth money of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursWorth {
    #[serde(with = "exact::hours")]
    pub hours: HoursSum,
    /// The value: of what is billed the net of the draft lines (B4), of the rest what each entry is worth, rounded once per entry (E2).
    #[serde(with = "exact::money")]
    pub value: Money,
}

impl HoursWorth {
    const NOTHING: HoursWorth = HoursWorth { hours: HoursSum::ZERO, value: Money::ZERO };

    fn add(&mut self, hours: HoursSum, value: Money) {
        self.hours += hours;
        self.value = self.value.checked_add(value).or_bug("the amounts of a run fit a sum");
    }
}

/// What documents of a ledger ask money for of a period, credits taken off.
#[derive(Debug, Default)]
pub struct PostedWork {
    pub hours: BTreeMap<Currency, HoursWorth>,
    /// Net of packs, milestones and down payments.
    pub without_hours: BTreeMap<Currency, Money>,
    /// All hours that the ledger closed of the period: with those that were written off, and those that an opening closed.
    pub closed: HoursSum,
}

impl PostedWork {
    pub fn add_hours(&mut self, currency: Currency, hours: HoursSum, net: Money) {
        self.hours.entry(currency).or_insert(HoursWorth::NOTHING).add(hours, net);
    }

    pub fn add_without_hours(&mut self, currency: Currency, net: Money) {
        add_money(&mut self.without_hours, currency, net);
    }
}

fn add_money(sums: &mut BTreeMap<Currency, Money>, currency: Currency, net: Money) {
    let sum = sums.entry(currency).or_insert(Money::ZERO);
    *sum = sum.checked_add(net).or_bug("the amounts of a run fit a sum");
}

/// Every hour of a run once, by where it stands and the currency of its value; `None` for what has no price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    #[serde(with = "exact::pairs")]
    rows: BTreeMap<(HoursStanding, Option<Currency>), HoursWorth>,
    #[serde(with = "exact::amounts")]
    without_hours: BTreeMap<Currency, Money>,
}

impl Month {
    /// Makes the month of a run whose drafts are made.
    pub fn of(world: &World, links: &Links, account: &Account, billing: &Billing) -> Month {
        let values = HoursValues::new(world);
        let mut month = Month::billed(billing);
        for held in &billing.held {
            for (_, entry, hours) in billing.portions(world, &held.part) {
                month.take(HoursStanding::OnHold, hours, values.held(links, held, &entry, hours));
            }
        }
        let overdrawn: Vec<_> = overdrawn(world, account).map(|(idx, _, pack)| (idx, -pack.remaining())).collect();
        let packs = SomeLines::of(world.lines.len(), overdrawn.iter().map(|(idx, _)| *idx));
        let pass = Pass { world, links, account, values: &values, packs };
        let chunks: Vec<(usize, (usize, &Chunk))> = world.entries.chunks().enumerate().collect();
        let at_least = chunks.len().div_ceil(rayon::current_num_threads()).max(1);
        let others = chunks
            .par_iter()
            .with_min_len(at_least)
            .fold(|| pass.nothing(), |others, &(number, (start, chunk))| pass.take_in(others, number, start, chunk));
        let others = others.reduce(|| pass.nothing(), Others::with);
        month.add(others.month);
        month.beyond_packs(world, overdrawn.into_iter().zip(others.covered));
        if month.hours() != account.totals(world).sum().hours {
            bug("the month in money has every hour once");
        }
        month
    }

    /// The billed hours, worth what the drafts say (B4), and what drafts ask for beside hours.
    fn billed(billing: &Billing) -> Month {
        let mut month = Month::default();
        for draft in &billing.drafts {
            for part in &draft.parts {
                let (currency, net) = (draft.currency(), part.net.or_bug("a line of a draft has its net"));
                if part.is_time() || !part.hours.is_zero() {
                    month.row(HoursStanding::Billed, Some(currency)).add(part.hours, net);
                } else {
                    add_money(&mut month.without_hours, currency, net);
                }
            }
        }
        month
    }

    fn take(&mut self, standing: HoursStanding, hours: Hours, worth: Option<(Money, Currency)>) {
        let value = worth.map_or(Money::ZERO, |(money, _)| money);
        self.row(standing, worth.map(|(_, currency)| currency)).add(hours.into(), value);
    }

    fn row(&mut self, standing: HoursStanding, currency: Option<Currency>) -> &mut HoursWorth {
        self.rows.entry((standing, currency)).or_insert(HoursWorth::NOTHING)
    }

    /// Takes hours that packs cover beyond what was sold out of the covered ones, at the price of the pack. `packs` are those of which more
    /// was used than sold, each with the hours beyond and those that it covers in this run.
    fn beyond_packs(&mut self, world: &World, packs: impl Iterator<Item = ((Idx<OrderLine>, HoursSum), HoursSum)>) {
        for ((idx, beyond), covered) in packs {
            let hours = beyond.min(covered);
            if !hours.is_positive() {
                continue;
            }
            let line = world.lines.at(idx);
            // What is too large to be valued is told without a value.
            let of_one = i64::try_from(hours.micros()).ok().map(Hours::from_micros);
            let worth = of_one.and_then(|hours| line.worth(hours, world.terms(idx, line, None)));
            let currency = worth.map(|_| line.currency);
            self.row(HoursStanding::BeyondPacks, currency).add(hours, worth.unwrap_or(Money::ZERO));
            self.row(HoursStanding::Covered, None).add(-hours, Money::ZERO);
        }
    }

    /// Another part of the same run.
    pub fn add(&mut self, other: Month) {
        for ((standing, currency), worth) in other.rows {
            self.row(standing, currency).add(worth.hours, worth.value);
        }
        for (currency, net) in other.without_hours {
            add_money(&mut self.without_hours, currency, net);
        }
    }

    /// E8: the month with what was posted of it among what is billed, each hour once: `settled` of those that are already invoiced are so
    /// by the ledger ([`settled_by_ledger`]).
    pub fn with_posted(&self, posted: &PostedWork, settled: HoursSum) -> Month {
        let mut month = self.clone();
        let mut closed_for_nothing = posted.closed;
        for (currency, worth) in &posted.hours {
            month.row(HoursStanding::Billed, Some(*currency)).add(worth.hours, worth.value);
            closed_for_nothing += -worth.hours;
        }
        month.row(HoursStanding::AlreadyInvoiced, None).add(closed_for_nothing + -settled, Money::ZERO);
        month.row(HoursStanding::NoLongerRead, None).add(settled + -posted.closed, Money::ZERO);
        posted.without_hours.iter().for_each(|(currency, net)| add_money(&mut month.without_hours, *currency, *net));
        month
    }

    /// The hours of all rows, which are those that were read.
    pub fn hours(&self) -> HoursSum {
        self.rows.values().map(|worth| worth.hours).sum()
    }

    /// What drafts ask for beside hours: packs, milestones, down payments and what is deducted of them. With what is billed that is the net of
    /// all drafts.
    pub fn without_hours(&self) -> impl Iterator<Item = (Currency, Money)> + '_ {
        self.without_hours.iter().map(|(currency, net)| (*currency, *net)).filter(|(_, net)| *net != Money::ZERO)
    }

    /// In the order in which they are told, without those of no hours and no value.
    pub fn rows(&self) -> impl Iterator<Item = (HoursStanding, Option<Currency>, HoursWorth)> + '_ {
        let rows = self.rows.iter().map(|((standing, currency), worth)| (*standing, *currency, *worth));
        rows.filter(|(_, _, worth)| !worth.hours.is_zero() || worth.value != Money::ZERO)
    }
}

/// E8: hours of entries dated in the period that are already invoiced because the ledger billed them.
pub fn settled_by_ledger(world: &World, account: &Account, posted: &Posted, period: &Period) -> HoursSum {
    let of_entry = |entry: EntryView<'_>| -> HoursSum {
        let inside = entry.date().is_some_and(|date| period.side(date) == Side::Inside);
        if !inside || !posted.knows(entry.position()) {
            return HoursSum::ZERO;
        }
        let idx = Idx::at(entry.position());
        let all = account.hours_of(idx, (account.disposition(world, idx), None), entry.hours);
        all.filter(|(of, ..)| *of == Disposition::AlreadyInvoiced).map(|(_, hours, _)| HoursSum::from(hours)).sum()
    };
    world.entries.chunk_list().iter().flat_map(Chunk::iter).map(of_entry).sum()
}

/// What is looked up while all entries are gone through.
struct Pass<'a> {
    world: &'a World,
    links: &'a Links,
    account: &'a Account,
    values: &'a HoursValues<'a>,
    /// The packs of which more was used than sold (H4).
    packs: SomeLines,
}

/// Hours that stand on no draft and are not held.
struct Others {
    month: Month,
    /// Covered hours of the packs that are overdrawn, by their place.
    covered: Vec<HoursSum>,
}

impl Others {
    fn with(mut self, other: Others) -> Others {
        self.month.add(other.month);
        self.covered.iter_mut().zip(other.covered).for_each(|(sum, hours)| *sum += hours);
        self
    }
}

impl Pass<'_> {
    fn nothing(&self) -> Others {
        Others { month: Month::default(), covered: vec![HoursSum::ZERO; self.packs.len()] }
    }

    fn take_in(&self, mut others: Others, number: usize, start: usize, chunk: &Chunk) -> Others {
        // Most hours have no value: they are summed by disposition, without a look at the entry.
        let mut plain = [HoursSum::ZERO; HoursStanding::ALL.len()];
        let all_whole = self.account.all_whole();
        let mut dispositions = self.account.of_chunk(number).iter().copied().enumerate();
        chunk.hours.each(|micros| {
            let (row, disposition) = dispositions.next().or_bug("every entry has its disposition");
            let hours = Hours::from_micros(micros);
            let idx = Idx::at(start + row);
            if self.is_plain(disposition) && (all_whole || self.account.apart(idx).is_empty()) {
                *plain.get_mut(HoursStanding::of(disposition) as usize).or_bug(HAS_ITS_SUM) += hours;
                return;
            }
            let entry = chunk.get(row).or_bug("the columns of a chunk are of one length");
            for (disposition, hours, on) in self.account.hours_of(idx, (disposition, None), hours) {
                let (standing, worth) = self.worth_of(&mut others, (disposition, on), &entry, hours);
                match worth {
                    Some(_) => others.month.take(standing, hours, worth),
                    None => *plain.get_mut(standing as usize).or_bug(HAS_ITS_SUM) += hours,
                }
            }
        });
        // Told from the drafts, and from what is held.
        for (standing, hours) in HoursStanding::ALL.into_iter().zip(plain) {
            if !matches!(standing, HoursStanding::Billed | HoursStanding::OnHold) {
                others.month.row(standing, None).add(hours, Money::ZERO);
            }
        }
        others
    }

    /// Hours of this disposition have no value, whatever the entry.
    fn is_plain(&self, disposition: Disposition) -> bool {
        match disposition {
            Disposition::Billed
            | Disposition::Held
            | Disposition::AlreadyInvoiced
            | Disposition::NotValidated
            | Disposition::Duplicate
            | Disposition::Quarantined => true,
            Disposition::Covered => self.packs.is_empty(),
            Disposition::BeforePeriod
            | Disposition::AfterPeriod
            | Disposition::Unassigned
            | Disposition::NonBillable => false,
        }
    }

    /// Where hours of an entry stand, and what they are worth; those of billed and held ones are told from the drafts.
    fn worth_of(
        &self,
        others: &mut Others,
        (disposition, on): (Disposition, Option<Stand>),
        entry: &EntryView<'_>,
        hours: Hours,
    ) -> (HoursStanding, Option<(Money, Currency)>) {
        let own = || self.links.shown_line(self.world, entry).map(|(line, _)| line);
        let line = || on.and_then(Stand::line).or_else(own);
        let standing = HoursStanding::of(disposition);
        match disposition {
            Disposition::BeforePeriod | Disposition::AfterPeriod => {
                (standing, line().and_then(|line| self.values.by_time(line, entry, hours)))
            }
            Disposition::Unassigned => (standing, self.values.estimated(entry, hours)),
            Disposition::NonBillable if non_billable(self.world, entry, None) == Some(NonBillable::Team) => {
                (HoursStanding::TeamsNotBilling, self.values.estimated(entry, hours))
            }
            Disposition::Covered if !self.packs.is_empty() => {
                let place = line().and_then(|line| self.packs.place(line));
                if let Some(sum) = place.and_then(|place| others.covered.get_mut(place)) {
                    *sum += hours;
                }
                (standing, None)
            }
            _ => (standing, None),
        }
    }
}

const HAS_ITS_SUM: &str = "every standing has its sum";
