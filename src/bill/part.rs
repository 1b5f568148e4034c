//! B1-B6: what each order line bills, and with which entries.

use std::ops::Range;

use rayon::prelude::*;

use super::group::{TicketGroup, group_by};
use crate::account::Account;
use crate::calendar::{Date, Period, Side};
use crate::ident::Idx;
use crate::job::Settings;
use crate::model::{Entry, GroupBy, OrderLine, Policy, World};
use crate::quantity::{Hours, HoursSum, Money, Quantity, net};

/// One line of a draft to be: an order line, or its share of one ticket.
#[derive(Clone, Debug)]
pub struct Part {
    pub line: Idx<OrderLine>,
    pub policy: Policy,
    /// In the line's unit; `None` when it cannot be held exactly.
    pub quantity: Option<Quantity>,
    /// B4; `None` when it cannot be held exactly.
    pub net: Option<Money>,
    /// Of its entries; 0 for lines that are not billed by time.
    pub hours: HoursSum,
    /// First and last date of its entries, kept when the period is blank (B10).
    pub dates: Option<(Date, Date)>,
    pub(super) entries: Range<usize>,
}

impl Part {
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }
}

/// All parts, with the ticket each is grouped by, and their entries.
pub(super) struct Parts {
    pub parts: Vec<(TicketGroup, Part)>,
    pub entries: Vec<Idx<Entry>>,
    /// Positions in `entries` of those that are there with some of their hours only, and those hours. Ascending.
    pub in_part: Vec<(usize, Hours)>,
}

pub(super) fn parts(world: &World, settings: &Settings, account: &Account) -> Parts {
    let lines: Vec<(Idx<OrderLine>, &OrderLine)> = world.lines.iter().filter(|(_, line)| line.confirmed).collect();
    let sorted: Vec<Vec<Idx<Entry>>> = lines
        .par_iter()
        .map(|(idx, line)| {
            let by_ticket = group_by(world, settings, line) == GroupBy::Ticket;
            sorted_entries(world, account.open(*idx), by_ticket)
        })
        .collect();
    let count = sorted.iter().map(Vec::len).sum();
    let mut all = Parts { parts: Vec::new(), entries: Vec::with_capacity(count), in_part: Vec::new() };
    for ((idx, line), entries) in lines.into_iter().zip(sorted) {
        let start = all.entries.len();
        match line.policy {
            Policy::Time => {
                let by_ticket = group_by(world, settings, line) == GroupBy::Ticket;
                let invoiced = account.line(idx).invoiced;
                let open = Open { world, account, entries: &entries, start };
                time_parts(settings, (idx, line), invoiced, open, by_ticket, &mut all);
            }
            Policy::Prepaid | Policy::Milestones | Policy::Manual => {
                let part = quantity_part(settings, idx, line, start);
                all.parts.extend(part.map(|part| (TicketGroup::none(world, settings, line), part)));
            }
        }
        all.entries.extend(entries);
    }
    all
}

/// By timesheet_id; by ticket_id first when the line is split by ticket, entries without one in front.
fn sorted_entries(world: &World, entries: &[Idx<Entry>], by_ticket: bool) -> Vec<Idx<Entry>> {
    // The first bytes of an id decide nearly every comparison without a look at the texts.
    let mut keyed: Vec<(u128, Idx<Entry>)> = entries
        .iter()
        .map(|&entry| (world.entries.get(entry).map_or(0, |view| first_bytes(view.id())), entry))
        .collect();
    let id = |entry| world.entries.get(entry).map_or("", |view| view.id());
    keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))));
    let mut sorted: Vec<Idx<Entry>> = keyed.into_iter().map(|(_, entry)| entry).collect();
    if by_ticket {
        sorted.sort_by_key(|&entry| ticket_id(world, entry));
    }
    sorted
}

/// Orders as the text does, as far as it reaches.
fn first_bytes(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (byte, of_text) in bytes.iter_mut().zip(text.bytes()) {
        *byte = of_text;
    }
    u128::from_be_bytes(bytes)
}

fn ticket_id(world: &World, entry: Idx<Entry>) -> Option<&str> {
    world.entries.get(entry)?.ticket.map(|ticket| world.tickets.id(ticket))
}

/// The open entries of a line, sorted.
struct Open<'a> {
    world: &'a World,
    account: &'a Account,
    entries: &'a [Idx<Entry>],
    /// Position of the first among the entries of all parts.
    start: usize,
}

/// B3: each part bills what it adds to the rounded sum of everything billed before it.
fn time_parts(
    settings: &Settings,
    (idx, line): (Idx<OrderLine>, &OrderLine),
    invoiced: HoursSum,
    open: Open<'_>,
    by_ticket: bool,
    all: &mut Parts,
) {
    let Open { world, account, entries, start } = open;
    let mut before = invoiced;
    let mut at = start;
    let same_part = |a: &Idx<Entry>, b: &Idx<Entry>| !by_ticket || ticket_id(world, *a) == ticket_id(world, *b);
    for entries in entries.chunk_by(same_part) {
        let views = || entries.iter().filter_map(|&entry| world.entries.get(entry));
        let mut hours = HoursSum::ZERO;
        for ((position, &entry), view) in (at..).zip(entries).zip(views()) {
            let own = account.own_hours(entry, view.hours);
            if own != view.hours {
                all.in_part.push((position, own));
            }
            hours += own;
        }
        let dates = match settings.period {
            Period::Dates { .. } => None,
            Period::Open => views().filter_map(|entry| entry.date()).fold(None, |dates, date| {
                let (from, to) = dates.unwrap_or((date, date));
                Some((from.min(date), to.max(date)))
            }),
        };
        let ticket = views().next().and_then(|entry| entry.ticket).filter(|_| by_ticket);
        let quantity = billed_quantity(settings, line, before, hours);
        let range = at..at + entries.len();
        at = range.end;
        // B5: a part that rounds to nothing stays open, so the next one must not count it as billed.
        if quantity.is_none_or(|quantity| !quantity.is_zero()) {
            before += hours;
        }
        let net = quantity.and_then(|quantity| net(quantity, line.price, line.discount, line.currency));
        let part = Part { line: idx, policy: line.policy, quantity, net, hours, dates, entries: range };
        all.parts.push((TicketGroup { by_ticket, ticket }, part));
    }
}

/// B3: round(before + now) - round(before).
fn billed_quantity(settings: &Settings, line: &OrderLine, before: HoursSum, now: HoursSum) -> Option<Quantity> {
    let rounded = |hours| line.unit?.quantity(hours, settings.rules.quantity_decimals);
    rounded(before + now)?.checked_sub(rounded(before)?)
}

/// B1 and B6: what a line that is not billed by time still has to invoice.
fn quantity_part(settings: &Settings, idx: Idx<OrderLine>, line: &OrderLine, at: usize) -> Option<Part> {
    let gate = line.confirmed_on.is_some_and(|moment| settings.period.side(moment.date()) != Side::After);
    if line.is_downpayment || !gate {
        return None;
    }
    let quantity = match line.policy {
        Policy::Prepaid => line.ordered.checked_sub(line.invoiced).filter(|_| line.invoiced <= line.ordered),
        Policy::Milestones | Policy::Manual => line.delivered?.checked_sub(line.invoiced),
        Policy::Time => None,
    };
    let quantity = quantity.filter(|quantity| !quantity.is_zero())?;
    Some(Part {
        line: idx,
        policy: line.policy,
        quantity: Some(quantity),
        net: net(quantity, line.price, line.discount, line.currency),
        hours: HoursSum::ZERO,
        dates: None,
        entries: at..at,
    })
}
