//! Holds figures of the ERP against ours (SPEC 9, table reconciliation): a line's delivered quantity, a ticket's hours.

use crate::account::{Account, in_unit};
use crate::finding::Subject;
use crate::job::Settings;
use crate::model::{Facts, Policy, World};
use crate::quantity::{HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Quantity};

/// A figure that the export gives and the run computes. Values are kept as hours are: quantities as if a unit were an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub subject: Subject,
    pub id: String,
    pub figure: &'static str,
    pub exported: HoursSum,
    pub computed: HoursSum,
    /// Empty when both agree.
    pub cause: &'static str,
}

impl Comparison {
    pub fn difference(&self) -> HoursSum {
        self.exported - self.computed
    }
}

/// Every figure that the export gives; sorted by subject and id.
pub fn compare(world: &World, settings: &Settings, account: &Account) -> Vec<Comparison> {
    let mut comparisons = order_lines(world, settings, account);
    comparisons.extend(tickets(world));
    comparisons.sort_by(|a, b| (a.subject.name(), &a.id).cmp(&(b.subject.name(), &b.id)));
    comparisons
}

fn as_hours(quantity: Quantity) -> HoursSum {
    HoursSum::from_micros(i128::from(quantity.micros()) * i128::from(MICROS_PER_HOUR / MICROS_PER_ONE))
}

/// Lines whose delivered quantity comes from timesheets.
fn order_lines(world: &World, settings: &Settings, account: &Account) -> Vec<Comparison> {
    let compared = |(idx, line): (_, &crate::model::OrderLine)| {
        let by_timesheets = line.confirmed && matches!(line.policy, Policy::Time | Policy::Prepaid);
        let exported = as_hours(line.delivered.filter(|_| by_timesheets)?);
        let delivered = account.line(idx).delivered();
        let computed = as_hours(in_unit(line, delivered, &settings.rules)?);
        let day = settings.rules.day.hours(Quantity::from_micros(MICROS_PER_ONE));
        let cause = if exported == computed {
            ""
        } else if (exported - computed).micros().abs() <= i128::from(MICROS_PER_HOUR / 100) {
            "rounding"
        } else if is_multiple(exported, computed, day) || is_multiple(computed, exported, day) {
            "hours_and_days"
        } else {
            "unknown"
        };
        let id = world.lines.id(idx).to_owned();
        Some(Comparison { subject: Subject::OrderLine, id, figure: "delivered_qty", exported, computed, cause })
    };
    world.lines.iter().filter_map(compared).collect()
}

/// `more` is `less` times the hours of a day.
fn is_multiple(more: HoursSum, less: HoursSum, day: HoursSum) -> bool {
    let product = less.micros().checked_mul(day.micros());
    !less.is_zero() && product == more.micros().checked_mul(i128::from(MICROS_PER_HOUR))
}

/// Tickets whose total the ERP gives.
fn tickets(world: &World) -> Vec<Comparison> {
    if world.tickets.iter().all(|(_, ticket)| ticket.hours_spent.is_none()) {
        return Vec::new();
    }
    // Hours of usable entries, and of those set aside.
    let mut spent = vec![(HoursSum::ZERO, HoursSum::ZERO); world.tickets.len()];
    for entry in world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter()) {
        let Some((used, aside)) = entry.ticket.and_then(|ticket| spent.get_mut(ticket.position())) else { continue };
        if entry.usable() {
            *used += entry.hours;
        } else if !entry.facts.has(Facts::UNREADABLE_HOURS) {
            *aside += entry.hours;
        }
    }
    let compared = |((idx, ticket), (computed, aside)): ((_, &crate::model::Ticket), (HoursSum, HoursSum))| {
        let exported = HoursSum::from(ticket.hours_spent?);
        let difference = exported - computed;
        let cause = if difference.is_zero() {
            ""
        } else if difference == aside {
            "quarantined_or_duplicate_entries"
        } else if difference.micros().abs() <= i128::from(MICROS_PER_HOUR / 100) {
            "rounding"
        } else {
            "unknown"
        };
        let id = world.tickets.id(idx).to_owned();
        Some(Comparison { subject: Subject::Ticket, id, figure: "hours_spent", exported, computed, cause })
    };
    world.tickets.iter().zip(spent).filter_map(compared).collect()
}
