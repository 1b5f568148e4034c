//! Sums of hours that one side counts and the other does not: the one that is the difference is its likely cause.

use std::collections::HashMap;

use super::is_set_aside;
use crate::account::{self, Decision, Disposition};
use crate::calendar::Side;
use crate::ident::Idx;
use crate::link::{Links, NonBillable};
use crate::model::{Chunk, Customer, EntryView, Facts, OrderLine, Ticket, World};
use crate::posted::Posted;
use crate::quantity::{HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Quantity};
use crate::settings::BillingSettings;

/// Half a unit of the second decimal, which is where most programs round, and a little more for sums that are rounded twice.
const ROUNDING_MICROS: i128 = MICROS_PER_HOUR as i128 / 100;

pub(super) fn is_rounding(difference: HoursSum) -> bool {
    difference.micros().abs() <= ROUNDING_MICROS
}

/// The hours of a day: what is taken for the other is so many times as much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factor(HoursSum);

impl Factor {
    pub fn of_day(settings: &BillingSettings) -> Factor {
        Factor(settings.rules.day.hours(Quantity::from_micros(MICROS_PER_ONE)))
    }

    /// One is the other in hours rather than days, as far as two decimals tell.
    pub fn explains(self, one: HoursSum, other: HoursSum) -> bool {
        self.is_multiple(one, other) || self.is_multiple(other, one)
    }

    fn is_multiple(self, more: HoursSum, less: HoursSum) -> bool {
        let product = less.micros().checked_mul(self.0.micros());
        let scaled = more.micros().checked_mul(i128::from(MICROS_PER_HOUR));
        let (Some(product), Some(scaled)) = (product, scaled) else { return false };
        // Half a hundredth of the smaller figure becomes eight halves in the larger one.
        let slack = self.0.micros().abs() * i128::from(MICROS_PER_HOUR) / 200;
        !less.is_zero() && !more.is_zero() && (product - scaled).abs() <= slack
    }
}

/// Hours that stand apart, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    pub hours: HoursSum,
    pub cause: &'static str,
    /// The ERP counts them and we do not, or the other way round.
    pub ours: bool,
}

/// Hours by line, by ticket, and those without a line by customer.
#[derive(Default)]
pub(super) struct Causes {
    of_lines: HashMap<Idx<OrderLine>, HashMap<(&'static str, bool), HoursSum>>,
    of_tickets: HashMap<Idx<Ticket>, HashMap<(&'static str, bool), HoursSum>>,
    /// By root of the customer's tree: hours of each entry without a line, of each ticket, and of all.
    without_line: HashMap<Idx<Customer>, Vec<HoursSum>>,
}

/// The causes in the order in which they are tried: the surest first.
const ORDER: [&str; 8] = [
    "unconfirmed_order",
    "non_billable_team",
    "non_billable_entry",
    "quarantined_entry",
    "duplicate",
    "not_validated",
    "late_entry",
    "entry_without_line",
];

impl Causes {
    pub fn new(world: &World, settings: &BillingSettings, links: &Links, posted: &Posted) -> Causes {
        let mut causes = Causes::default();
        let mut by_ticket: HashMap<Idx<Ticket>, HoursSum> = HashMap::new();
        // Those lent by other parts of the run are on lines of theirs: for the tickets here they count.
        for entry in world.entries_and_lent().flat_map(Chunk::iter) {
            if !entry.facts.has(Facts::UNREADABLE_HOURS) {
                let decision = account::decide(world, settings, links, posted, &entry);
                causes.meet(
                    world,
                    links,
                    &entry,
                    (decision, is_late(settings, &entry, decision.disposition)),
                    &mut by_ticket,
                );
            }
        }
        for (ticket, hours) in by_ticket {
            let root = world.root(world.tickets.at(ticket).customer);
            causes.without_line.entry(root).or_default().push(hours);
        }
        for sums in causes.without_line.values_mut() {
            let all = sums.iter().copied().fold(HoursSum::ZERO, |all, hours| all + hours);
            sums.push(all);
        }
        causes
    }

    fn meet(
        &mut self,
        world: &World,
        links: &Links,
        entry: &EntryView<'_>,
        (decision, late): (Decision, bool),
        by_ticket: &mut HashMap<Idx<Ticket>, HoursSum>,
    ) {
        let line = decision.line.map(|(line, _)| line).or_else(|| links.line_of(world, entry).map(|(line, _)| line));
        let set_aside = match (entry.facts.has(Facts::QUARANTINED), entry.facts.has(Facts::DUPLICATE)) {
            (true, _) => Some("quarantined_entry"),
            (_, true) => Some("duplicate"),
            _ => None,
        };
        let of_ticket = set_aside.map(|cause| (cause, false)).or(late.then_some(("late_entry", true)));
        // Nothing stands apart from the hours of nearly all tickets.
        if let Some((ticket, cause)) = entry.ticket.zip(of_ticket) {
            *self.of_tickets.entry(ticket).or_default().entry(cause).or_default() += entry.hours;
        }
        let cause = match (set_aside, decision.non_billable) {
            (Some(cause), _) => Some((cause, false)),
            (None, Some(NonBillable::Order)) => Some(("unconfirmed_order", false)),
            (None, Some(NonBillable::Team)) => Some(("non_billable_team", false)),
            (None, Some(NonBillable::Entry | NonBillable::Adjustment(_))) => Some(("non_billable_entry", false)),
            (None, None) if line.is_some() && !decision.delivers => Some(("not_validated", false)),
            (None, None) if late => Some(("late_entry", true)),
            (None, None) => None,
        };
        match (line, cause) {
            (Some(line), Some(cause)) => {
                *self.of_lines.entry(line).or_default().entry(cause).or_default() += entry.hours;
            }
            (None, _) if !is_set_aside(entry.facts) => {
                if let Some(ticket) = entry.ticket {
                    *by_ticket.entry(ticket).or_default() += entry.hours;
                    let root = world.root(world.tickets.at(ticket).customer);
                    self.without_line.entry(root).or_default().push(entry.hours.into());
                }
            }
            _ => {}
        }
    }

    /// The cause whose hours are the difference. `figure` turns hours into the unit of the figures.
    pub fn of_line(
        &self,
        world: &World,
        line: Idx<OrderLine>,
        figure: impl Fn(Apart) -> Option<HoursSum>,
        difference: HoursSum,
    ) -> Option<&'static str> {
        let none = HashMap::new();
        let sums = self.of_lines.get(&line).unwrap_or(&none);
        let fits = |apart: Apart| {
            let hours = figure(apart)?;
            let explained = if apart.ours { HoursSum::ZERO - hours } else { hours };
            (!hours.is_zero() && is_rounding(explained - difference)).then_some(apart.cause)
        };
        if let Some(known) = fitting(sums, &fits) {
            return Some(known);
        }
        let root = world.root(world.lines.at(line).customer);
        let without = self.without_line.get(&root)?;
        let apart = |hours: &HoursSum| Apart { hours: *hours, cause: "entry_without_line", ours: false };
        without.iter().find_map(|hours| fits(apart(hours)))
    }

    pub fn of_ticket(&self, ticket: Idx<Ticket>, difference: HoursSum) -> Option<&'static str> {
        let fits = |apart: Apart| {
            let explained = if apart.ours { HoursSum::ZERO - apart.hours } else { apart.hours };
            (!apart.hours.is_zero() && is_rounding(explained - difference)).then_some(apart.cause)
        };
        fitting(self.of_tickets.get(&ticket)?, &fits)
    }
}

fn fitting(
    sums: &HashMap<(&'static str, bool), HoursSum>,
    fits: &impl Fn(Apart) -> Option<&'static str>,
) -> Option<&'static str> {
    let of = |cause: &'static str| {
        [false, true].into_iter().find_map(|ours| fits(Apart { hours: *sums.get(&(cause, ours))?, cause, ours }))
    };
    ORDER.into_iter().find_map(of)
}

/// Dated before the period and not invoiced, whether this run bills it or not: the ERP's figure may be older than the entry.
fn is_late(settings: &BillingSettings, entry: &EntryView<'_>, disposition: Disposition) -> bool {
    let before = entry.date().is_some_and(|date| settings.period.side(date) == Side::Before);
    before && matches!(disposition, Disposition::BeforePeriod | Disposition::Held)
}
