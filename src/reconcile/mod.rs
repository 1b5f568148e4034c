//! Holds figures of the ERP against ours (SPEC 9, table reconciliation): what is delivered and invoiced of a line, a ticket's hours. Each
//! difference has its likely cause, told from the data: a sum of hours that one side counts and the other does not.

mod cause;

use std::collections::BTreeSet;

use self::cause::{Apart, Causes, is_rounding};
use crate::account::{Account, in_unit};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::job::{OnMismatch, Settings};
use crate::link::Links;
use crate::model::{Facts, OrderLine, Policy, Ticket, World};
use crate::posted::Posted;
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

    pub fn differs(&self) -> bool {
        !self.difference().is_zero()
    }
}

/// Every figure that the export gives; sorted by subject, id and figure.
pub fn compare(
    world: &World,
    settings: &Settings,
    links: &Links,
    account: &Account,
    posted: &Posted,
) -> Vec<Comparison> {
    let mut comparisons = delivered(world, settings, account);
    comparisons.extend(invoiced(world, settings, account, posted));
    comparisons.extend(tickets(world));
    comparisons.sort_by(|a, b| (a.subject.name(), &a.id, a.figure).cmp(&(b.subject.name(), &b.id, b.figure)));
    tell_causes(world, settings, links, posted, &mut comparisons);
    comparisons
}

/// Order lines whose delivered figures differ, where drafts of such lines are to be held.
pub fn held_lines(world: &World, settings: &Settings, comparisons: &[Comparison]) -> BTreeSet<Idx<OrderLine>> {
    if settings.rules.on_mismatch == OnMismatch::Warn {
        return BTreeSet::new();
    }
    let differing = comparisons.iter().filter(|comparison| comparison.differs() && comparison.figure == DELIVERED);
    // A rounded figure of the ERP is no reason to wait.
    let differing = differing.filter(|comparison| comparison.cause != "rounding");
    differing.filter_map(|comparison| world.lines.find(&comparison.id)).collect()
}

/// One finding for each line that is held.
pub fn findings(comparisons: &[Comparison], held: &BTreeSet<Idx<OrderLine>>, world: &World) -> Vec<Finding> {
    let of_held = |comparison: &&Comparison| {
        comparison.figure == DELIVERED
            && comparison.differs()
            && world.lines.find(&comparison.id).is_some_and(|line| held.contains(&line))
    };
    let finding = |comparison: &Comparison| Finding {
        code: Code::ReconciliationMismatch,
        subject: comparison.subject,
        id: comparison.id.clone(),
        message: format!(
            "`{}`: the export says {} delivered, its entries add up to {}; likely cause: {}",
            comparison.id,
            comparison.exported,
            comparison.computed,
            comparison.cause.replace('_', " ")
        ),
        place: None,
    };
    comparisons.iter().filter(of_held).map(finding).collect()
}

const DELIVERED: &str = "delivered_qty";
const INVOICED: &str = "invoiced_qty";
const SPENT: &str = "hours_spent";

fn as_hours(quantity: Quantity) -> HoursSum {
    HoursSum::from_micros(i128::from(quantity.micros()) * i128::from(MICROS_PER_HOUR / MICROS_PER_ONE))
}

fn line(
    world: &World,
    idx: Idx<OrderLine>,
    figure: &'static str,
    exported: HoursSum,
    computed: HoursSum,
) -> Comparison {
    let id = world.lines.id(idx).to_owned();
    Comparison { subject: Subject::OrderLine, id, figure, exported, computed, cause: "" }
}

/// Lines whose delivered quantity comes from timesheets. A line that is not confirmed delivers nothing.
fn delivered(world: &World, settings: &Settings, account: &Account) -> Vec<Comparison> {
    let compared = |(idx, of): (Idx<OrderLine>, &OrderLine)| {
        let by_timesheets = matches!(of.policy, Policy::Time | Policy::Prepaid) && !of.is_downpayment;
        let exported = as_hours(of.delivered.filter(|_| by_timesheets)?);
        if !of.confirmed && exported.is_zero() {
            return None;
        }
        let computed = as_hours(in_unit(of, account.line(idx).delivered(), &settings.rules)?);
        Some(line(world, idx, DELIVERED, exported, computed))
    };
    world.lines.iter().filter_map(compared).collect()
}

/// Lines that the ledger has billed, where the export says what the ERP has invoiced.
fn invoiced(world: &World, settings: &Settings, account: &Account, posted: &Posted) -> Vec<Comparison> {
    if posted.head.is_none() {
        return Vec::new();
    }
    let compared = |(idx, of): (Idx<OrderLine>, &OrderLine)| {
        if !of.invoiced_given || of.is_downpayment || !of.confirmed {
            return None;
        }
        let computed = match of.policy {
            Policy::Time => in_unit(of, account.line(idx).invoiced, &settings.rules)?,
            // B2: before the ledger meets a line, the export's figure is all there is.
            Policy::Prepaid | Policy::Milestones | Policy::Manual => {
                posted.line(idx).opening?;
                posted.line(idx).invoiced()?
            }
        };
        Some(line(world, idx, INVOICED, as_hours(of.invoiced), as_hours(computed)))
    };
    world.lines.iter().filter_map(compared).collect()
}

/// Tickets whose total the ERP gives.
fn tickets(world: &World) -> Vec<Comparison> {
    if world.tickets.iter().all(|(_, ticket)| ticket.hours_spent.is_none()) {
        return Vec::new();
    }
    let mut spent = vec![HoursSum::ZERO; world.tickets.len()];
    for entry in world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter()).filter(|entry| entry.usable()) {
        if let Some(sum) = entry.ticket.and_then(|ticket| spent.get_mut(ticket.position())) {
            *sum += entry.hours;
        }
    }
    let compared = |((idx, ticket), computed): ((Idx<Ticket>, &Ticket), HoursSum)| {
        let exported = HoursSum::from(ticket.hours_spent?);
        let id = world.tickets.id(idx).to_owned();
        Some(Comparison { subject: Subject::Ticket, id, figure: SPENT, exported, computed, cause: "" })
    };
    world.tickets.iter().zip(spent).filter_map(compared).collect()
}

/// Looks at the entries once more for the figures that differ.
fn tell_causes(world: &World, settings: &Settings, links: &Links, posted: &Posted, comparisons: &mut [Comparison]) {
    if !comparisons.iter().any(Comparison::differs) {
        return;
    }
    let causes = Causes::new(world, settings, links);
    let day = settings.rules.day.hours(Quantity::from_micros(MICROS_PER_ONE));
    for comparison in comparisons.iter_mut().filter(|comparison| comparison.differs()) {
        let Comparison { figure, exported, computed, .. } = *comparison;
        let difference = exported - computed;
        comparison.cause = match figure {
            INVOICED => {
                let Some(idx) = world.lines.find(&comparison.id) else { continue };
                of_invoiced(world, posted, idx, exported, computed)
            }
            DELIVERED => {
                let Some((idx, of)) =
                    world.lines.find(&comparison.id).and_then(|idx| Some((idx, world.lines.get(idx)?)))
                else {
                    continue;
                };
                // What stands apart is in hours, the figures are in the unit of the line.
                let in_line_unit = |hours: HoursSum| in_unit(of, hours, &settings.rules).map(as_hours);
                let known = causes.of_line(world, idx, |apart: Apart| in_line_unit(apart.hours), difference);
                known.or_else(|| general(exported, computed, day)).unwrap_or("unknown")
            }
            _ => {
                let Some(idx) = world.tickets.find(&comparison.id) else { continue };
                let known = causes.of_ticket(idx, difference);
                known.or_else(|| general(exported, computed, day)).unwrap_or("unknown")
            }
        };
    }
}

fn of_invoiced(
    world: &World,
    posted: &Posted,
    idx: Idx<OrderLine>,
    exported: HoursSum,
    computed: HoursSum,
) -> &'static str {
    let in_ledger = posted.line(idx).in_ledger().map_or(HoursSum::ZERO, as_hours);
    let missing = computed - exported;
    let time = world.lines.get(idx).is_some_and(|line| line.policy == Policy::Time);
    if is_rounding(missing) {
        "rounding"
    } else if missing.is_negative() {
        // The ledger knows less than the ERP: invoiced there by hand, or taken back here and not there.
        if posted.line(idx).opened_again { "credited" } else { "invoiced_in_the_erp" }
    } else if posted.line(idx).written_off {
        "credited"
    } else if time || missing <= in_ledger {
        "not_imported_yet"
    } else {
        "unknown"
    }
}

/// What a difference looks like whatever the entries say.
fn general(exported: HoursSum, computed: HoursSum, day: HoursSum) -> Option<&'static str> {
    if is_rounding(exported - computed) {
        Some("rounding")
    } else if is_multiple(exported, computed, day) || is_multiple(computed, exported, day) {
        Some("hours_and_days")
    } else {
        None
    }
}

/// `more` is `less` times the hours of a day, as far as two decimals tell.
fn is_multiple(more: HoursSum, less: HoursSum, day: HoursSum) -> bool {
    let (Some(product), Some(scaled)) =
        (less.micros().checked_mul(day.micros()), more.micros().checked_mul(i128::from(MICROS_PER_HOUR)))
    else {
        return false;
    };
    // Half a hundredth of the smaller figure becomes eight halves in the larger one.
    let slack = day.micros().abs() * i128::from(MICROS_PER_HOUR) / 200;
    !less.is_zero() && !more.is_zero() && (product - scaled).abs() <= slack
}

/// The facts by which an entry does not count.
fn is_set_aside(facts: Facts) -> bool {
    facts.has(Facts::QUARANTINED) || facts.has(Facts::DUPLICATE)
}
