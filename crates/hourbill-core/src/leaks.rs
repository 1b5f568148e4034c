//! Where money may leak: work and sales that no invoice will ever show unless somebody looks.
//!
//! Each question has a list of its own, most money first within a currency. What is on a draft of this run is no leak.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::account::{Account, Balance, Disposition, overdrawn};
use crate::bill::{Billing, to_invoice};
use crate::bug::OrBug;
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::link::{Links, NonBillable, Stand, non_billable};
use crate::model::{Chunk, Customer, EntryView, OrderLine, Policy, Team, Ticket, World};
use crate::posted::Posted;
use crate::quantity::{Currency, Hours, HoursSum, Money, Quantity};
use crate::settings::BillingSettings;
use crate::worth::{HoursValues, LastPrices};

/// Everything that may leak.
#[derive(Debug, Default)]
pub struct Leaks {
    /// Latest first: nobody knows what they are worth.
    pub closed_without_time: Vec<ClosedTicket>,
    pub without_line: Vec<WithoutLine>,
    pub not_billing: Vec<NotBilling>,
    pub exhausted: Vec<Exhausted>,
    pub open: Vec<OpenWork>,
    pub not_invoiced: Vec<NotInvoiced>,
}

/// A ticket that was closed, and no entry that can be used is for it.
#[derive(Debug)]
pub struct ClosedTicket {
    pub ticket: Idx<Ticket>,
    pub closed_on: Moment,
}

/// Entries of a customer that lead to no order line, worth what the customer paid last.
#[derive(Debug)]
pub struct WithoutLine {
    /// `None`: the entries have no ticket, so nobody knows whose they are.
    pub customer: Option<Idx<Customer>>,
    pub sum: Worth,
    /// The line whose price was taken.
    pub priced_as: Option<Idx<OrderLine>>,
}

/// Hours of a team that does not bill, worth what the customers paid last.
#[derive(Debug)]
pub struct NotBilling {
    pub team: Idx<Team>,
    pub sum: Worth,
}

/// A prepaid line that was used beyond what was ordered.
#[derive(Debug)]
pub struct Exhausted {
    pub line: Idx<OrderLine>,
    pub balance: Balance,
    /// Of the hours beyond; `None` when it does not fit.
    pub value: Option<Money>,
}

/// Hours with an order line that are neither billed nor settled otherwise, and those of rows in quarantine among them, by how old they are on the as-of date.
#[derive(Debug)]
pub struct OpenWork {
    pub band: Band,
    pub disposition: Disposition,
    pub sum: Worth,
}

/// A prepaid line that is not invoiced in full.
#[derive(Debug)]
pub struct NotInvoiced {
    pub line: Idx<OrderLine>,
    pub quantity: Quantity,
    pub value: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Dated after the as-of date.
    Ahead,
    Days30,
    Days60,
    Days90,
    Older,
}

impl Band {
    fn of(age_days: i32) -> Band {
        match age_days {
            i32::MIN..=-1 => Band::Ahead,
            0..=30 => Band::Days30,
            31..=60 => Band::Days60,
            61..=90 => Band::Days90,
            91.. => Band::Older,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Band::Ahead => "in the future",
            Band::Days30 => "0 to 30 days",
            Band::Days60 => "31 to 60 days",
            Band::Days90 => "61 to 90 days",
            Band::Older => "over 90 days",
        }
    }
}

/// Entries with what they are worth. Those that nobody can price have no currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    pub entries: u64,
    pub hours: HoursSum,
    pub currency: Option<Currency>,
    /// `None` without a price, or when it does not fit.
    pub value: Option<Money>,
}

impl Worth {
    fn none(currency: Option<Currency>) -> Worth {
        Worth { entries: 0, hours: HoursSum::ZERO, currency, value: currency.map(|_| Money::ZERO) }
    }

    fn add(&mut self, hours: Hours, value: Option<Money>) {
        self.entries += 1;
        self.hours += hours;
        self.value = self.value.zip(value).and_then(|(sum, value)| sum.checked_add(value));
    }

    /// To sort by: currency by currency, most money first; what has no price comes last, most hours first.
    fn rank(&self) -> (AmountRank, Reverse<HoursSum>) {
        (amount_rank(self.value, self.currency), Reverse(self.hours))
    }
}

/// Amounts of several currencies are no order of size: 77,625 JPY is less than 3,910 USD.
type AmountRank = (bool, Option<Currency>, Reverse<Option<Money>>);

fn amount_rank(value: Option<Money>, currency: Option<Currency>) -> AmountRank {
    (currency.is_none(), currency, Reverse(value))
}

/// Looks for everything. `account` is that of a run whose drafts are made.
pub fn leaks(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    account: &Account,
    billing: &Billing,
) -> Leaks {
    let prices = LastPrices::new(world);
    let mut found = Leaks { exhausted: exhausted(world, account), ..Leaks::default() };
    let mut worked = vec![false; world.tickets.len()];
    let mut without_line: BTreeMap<Option<Idx<Customer>>, WithoutLine> = BTreeMap::new();
    let mut not_billing: BTreeMap<(Idx<Team>, Option<Currency>), Worth> = BTreeMap::new();
    let mut open: BTreeMap<(Band, Disposition, Option<Currency>), Worth> = BTreeMap::new();
    for (number, (start, chunk)) in world.entries.chunks().enumerate() {
        for (row, (entry, &disposition)) in chunk.iter().zip(account.of_chunk(number)).enumerate() {
            if entry.usable()
                && let Some(worked) = entry.ticket.and_then(|ticket| worked.get_mut(ticket.position()))
            {
                *worked = true;
            }
            let linked = links.shown_line(world, &entry).map(|(line, _)| line);
            let ticket = entry.ticket.map(|ticket| world.tickets.at(ticket));
            let customer = world.customer_of(&entry).map(|customer| world.root(customer));
            let priced_as = customer.and_then(|customer| prices.of(customer));
            let last = priced_as.map(|line| (line, world.lines.at(line)));
            let worth = |(idx, line): (Idx<OrderLine>, &OrderLine), hours| {
                line.worth(hours, world.terms_for(idx, line, &entry))
            };
            if disposition == Disposition::NonBillable {
                // The team comes before the terms of the line.
                let of_team = non_billable(world, &entry, None) == Some(NonBillable::Team);
                if let Some(team) = ticket.and_then(|ticket| ticket.team).filter(|_| of_team) {
                    let currency = last.map(|(_, line)| line.currency);
                    let sum = not_billing.entry((team, currency)).or_insert_with(|| Worth::none(currency));
                    sum.add(entry.hours, last.and_then(|line| worth(line, entry.hours)));
                }
            }
            let idx = Idx::at(start + row);
            // The rest of an entry that is billed in part is open like any other hours.
            let all = account.hours_of(idx, (disposition, links.draws.own(start + row)), entry.hours);
            let is_open = |disposition: Disposition| disposition.is_unbilled() && disposition != Disposition::Held;
            for (disposition, hours, stand) in all.filter(|(of, ..)| is_open(*of)) {
                if disposition == Disposition::Unassigned {
                    let of = without_line.entry(customer).or_insert_with(|| WithoutLine {
                        customer,
                        sum: Worth::none(last.map(|(_, line)| line.currency)),
                        priced_as,
                    });
                    of.sum.add(hours, last.and_then(|line| worth(line, hours)));
                    continue;
                }
                let band = band(settings.as_of, &entry);
                // W8: as it would be billed, or by nobody's price.
                if let Some(Stand::Overage(pack) | Stand::Withheld(pack, _)) = stand {
                    let line = world.lines.at(pack);
                    let value = line.worth(hours, world.overage_terms(pack));
                    let currency = value.map(|_| line.currency);
                    let sum = open.entry((band, disposition, currency)).or_insert_with(|| Worth::none(currency));
                    sum.add(hours, value);
                    continue;
                }
                let on = stand.and_then(Stand::line).or(linked).map(|line| (line, world.lines.at(line)));
                let line = on.filter(|(_, line)| line.policy == Policy::Time).or(last);
                let currency = line.map(|(_, line)| line.currency);
                let sum = open.entry((band, disposition, currency)).or_insert_with(|| Worth::none(currency));
                sum.add(hours, line.and_then(|line| worth(line, hours)));
            }
        }
    }
    held(world, settings, links, billing, &mut open);
    set_aside(world, settings, account, &mut open);
    found.closed_without_time = closed_without_time(world, worked);
    found.without_line = without_line.into_values().collect();
    found.not_billing = not_billing.into_iter().map(|((team, _), sum)| NotBilling { team, sum }).collect();
    found.open = open.into_iter().map(|((band, disposition, _), sum)| OpenWork { band, disposition, sum }).collect();
    found.not_invoiced = not_invoiced(world, posted, billing);
    found.sort(world);
    found
}

/// Rows that were set aside: nobody knows what their hours are worth, or whose they are.
fn set_aside(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    open: &mut BTreeMap<(Band, Disposition, Option<Currency>), Worth>,
) {
    for (number, (_, chunk)) in world.entries.chunks().enumerate() {
        let all = chunk.iter().zip(account.of_chunk(number));
        for (entry, &disposition) in all.filter(|(_, disposition)| **disposition == Disposition::Quarantined) {
            let key = (band(settings.as_of, &entry), disposition, None);
            open.entry(key).or_insert_with(|| Worth::none(None)).add(entry.hours, None);
        }
    }
}

/// Held hours are worth what the other tables say; those that have no line of their own what the customer paid last.
fn held(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    billing: &Billing,
    open: &mut BTreeMap<(Band, Disposition, Option<Currency>), Worth>,
) {
    let values = HoursValues::new(world);
    for held in &billing.held {
        for (_, entry, hours) in billing.portions(world, &held.part) {
            let line = held.line(world, links, &entry).map(|line| world.lines.at(line));
            let priced = line.filter(|line| line.policy == Policy::Time || line.is_pack());
            let worth = values.held(links, held, &entry, hours);
            let worth = worth.or_else(|| values.estimated(&entry, hours).filter(|_| priced.is_none()));
            let of_line = priced.filter(|line| line.policy == Policy::Time).map(|line| line.currency);
            let currency = worth.map(|(_, currency)| currency).or(of_line);
            let key = (band(settings.as_of, &entry), Disposition::Held, currency);
            open.entry(key).or_insert_with(|| Worth::none(currency)).add(hours, worth.map(|(value, _)| value));
        }
    }
}

impl Leaks {
    /// The costly ones first.
    fn sort(&mut self, world: &World) {
        let customer = |of: &WithoutLine| of.customer.map(|idx| world.customers.id(idx).to_owned());
        self.without_line.sort_by_key(|of| (of.sum.rank(), customer(of)));
        self.not_billing.sort_by_key(|of| (of.sum.rank(), world.teams.id(of.team).to_owned()));
        self.open.sort_by_key(|of| (of.sum.rank(), of.band, of.disposition));
    }
}

fn band(as_of: Date, entry: &EntryView<'_>) -> Band {
    Band::of(entry.date().map_or(0, |date| as_of.days() - date.days()))
}

fn closed_without_time(world: &World, mut worked: Vec<bool>) -> Vec<ClosedTicket> {
    // Time on a line of another part of the run is time on the ticket.
    let lent = world.lent.iter().flat_map(Chunk::iter).filter(EntryView::usable);
    for ticket in lent.filter_map(|entry| entry.ticket) {
        *worked.get_mut(ticket.position()).or_bug("every ticket has its mark") = true;
    }
    let worked = |ticket: Idx<Ticket>| *worked.get(ticket.position()).or_bug("every ticket has its mark");
    let idle = world.tickets.iter().filter(|(ticket, _)| !worked(*ticket));
    let closed = idle.filter_map(|(ticket, of)| Some(ClosedTicket { ticket, closed_on: of.closed_on? }));
    let mut closed: Vec<ClosedTicket> = closed.collect();
    closed.sort_by_key(|of| (Reverse(of.closed_on), world.tickets.id(of.ticket).to_owned()));
    closed
}

/// H4.
fn exhausted(world: &World, account: &Account) -> Vec<Exhausted> {
    let overdrawn = overdrawn(world, account).map(|(idx, line, balance)| {
        let beyond = i64::try_from((HoursSum::ZERO - balance.remaining()).micros()).ok().map(Hours::from_micros);
        let value = beyond.and_then(|beyond| line.worth(beyond, world.terms(idx, line, None)));
        (line, Exhausted { line: idx, balance, value })
    });
    let mut overdrawn: Vec<(&OrderLine, Exhausted)> = overdrawn.collect();
    overdrawn
        .sort_by_key(|(line, of)| (amount_rank(of.value, Some(line.currency)), world.lines.id(of.line).to_owned()));
    overdrawn.into_iter().map(|(_, of)| of).collect()
}

/// B1 and B2, whatever the period, less what this run drafts.
fn not_invoiced(world: &World, posted: &Posted, billing: &Billing) -> Vec<NotInvoiced> {
    let mut drafted: BTreeMap<Idx<OrderLine>, Quantity> = BTreeMap::new();
    for part in billing.drafts.iter().flat_map(|draft| &draft.parts) {
        // Down payments and their deductions bill no quantity of the line that they stand for.
        let Some(line) = part.order_line().filter(|_| !part.is_time()) else { continue };
        let sum = drafted.entry(line).or_insert(Quantity::ZERO);
        let quantity = part.quantity.or_bug("a line of a draft has a quantity");
        *sum = sum.checked_add(quantity).or_bug("what a run bills of a line is a quantity");
    }
    let left = world.lines.iter().filter_map(|(idx, line)| {
        if !line.confirmed || line.policy != Policy::Prepaid || line.is_downpayment {
            return None;
        }
        let drafted = drafted.get(&idx).copied().unwrap_or(Quantity::ZERO);
        let quantity = to_invoice(posted, idx, line)?.checked_sub(drafted).filter(|left| !left.is_zero())?;
        let priced = world.terms(idx, line, None).unpriced.is_none();
        let value = world.net_of(idx, quantity).filter(|_| priced);
        Some((line, NotInvoiced { line: idx, quantity, value }))
    });
    let mut left: Vec<(&OrderLine, NotInvoiced)> = left.collect();
    left.sort_by_key(|(line, of)| (amount_rank(of.value, Some(line.currency)), world.lines.id(of.line).to_owned()));
    left.into_iter().map(|(_, of)| of).collect()
}
