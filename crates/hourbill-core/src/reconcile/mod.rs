//! Holds figures of the ERP against ours (§9.7): what is delivered and invoiced of a line, a ticket's hours. Each
//! difference has its likely cause, told from the data: a sum of hours that one side counts and the other does not.

mod amounts;
mod cause;
mod documents;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use self::cause::{Apart, Causes, Factor, is_rounding};
use crate::account::{Account, Balance, in_unit};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Chunk, EntryView, ErpState, Facts, OrderLine, Policy, Ticket, World};
use crate::posted::{Book, Posted};
use crate::quantity::{HoursSum, MICROS_PER_HOUR, MICROS_PER_ONE, Quantity};
use crate::settings::{BillingSettings, OnMismatch};

/// What one side says. Numbers are kept as hours are: a unit of a quantity, or of a currency, as if it were an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    Missing,
    Number(HoursSum),
    Text(String),
}

impl Figure {
    pub fn number(&self) -> Option<HoursSum> {
        match self {
            Figure::Number(number) => Some(*number),
            Figure::Missing | Figure::Text(_) => None,
        }
    }

    /// Empty for numbers and what is missing.
    pub fn words(&self) -> &str {
        match self {
            Figure::Text(text) => text,
            Figure::Missing | Figure::Number(_) => "",
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Missing => f.pad("-"),
            Figure::Number(number) => number.fmt(f),
            Figure::Text(text) => f.pad(text),
        }
    }
}

/// A figure that an export gives and the run, or the ledger, has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub subject: Subject,
    pub id: String,
    /// Of a figure of one line of a document; else empty.
    pub order_line: String,
    /// Of a document: its number in the ERP; else empty.
    pub erp_document: String,
    pub figure: &'static str,
    pub exported: Figure,
    pub computed: Figure,
    /// Empty when both agree.
    pub cause: &'static str,
}

const KNOWN_LINE: &str = "a figure of an order line is of one of the exports";
const KNOWN_TICKET: &str = "a figure of a ticket is of one of the exports";

impl Comparison {
    /// Of numbers.
    pub fn difference(&self) -> Option<HoursSum> {
        Some(self.exported.number()? - self.computed.number()?)
    }

    pub fn differs(&self) -> bool {
        self.exported != self.computed
    }

    /// The cause as people say it.
    pub fn cause_words(&self) -> String {
        self.cause.replace('_', " ").replace(" erp", " ERP")
    }

    fn key(&self) -> (&'static str, &str, &str, &'static str) {
        (self.subject.name(), &self.id, &self.order_line, self.figure)
    }
}

/// Every figure that the exports give; sorted by subject, id, order line and figure. `book` is the ledger, when invoices of the ERP are to be
/// held against it.
pub fn compare(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    account: &Account,
    posted: &Posted,
    book: Option<&Book>,
) -> Vec<Comparison> {
    let mut comparisons = delivered(world, settings, account);
    comparisons.extend(remaining(world, account));
    comparisons.extend(invoiced(world, settings, account, posted));
    comparisons.extend(tickets(world));
    tell_causes(world, settings, links, posted, &mut comparisons);
    comparisons.extend(amounts::compare(world, links, account));
    comparisons.extend(book.into_iter().flat_map(|book| documents::compare(world, settings, account, book)));
    comparisons.sort_by(|a, b| a.key().cmp(&b.key()));
    comparisons
}

/// Differences for which a line has to wait under `rules.on_mismatch = "hold"`, with the line: what is delivered on it, and what was spent on a
/// ticket whose entries go to it. A rounded figure of the ERP is no reason to wait.
fn mismatches<'a>(
    world: &'a World,
    links: &'a Links,
    comparisons: &'a [Comparison],
) -> impl Iterator<Item = (Idx<OrderLine>, &'a Comparison)> {
    let line = |comparison: &Comparison| match comparison.figure {
        DELIVERED => Some(world.lines.find(&comparison.id).or_bug(KNOWN_LINE)),
        SPENT => {
            let idx = world.tickets.find(&comparison.id).or_bug(KNOWN_TICKET);
            world.ticket_link(idx).line.or_else(|| links.pick(idx).map(|pick| pick.line))
        }
        _ => None,
    };
    let differing = comparisons.iter().filter(|comparison| comparison.differs() && comparison.cause != "rounding");
    differing.filter_map(move |comparison| Some((line(comparison)?, comparison)))
}

/// Order lines that are not billed because figures differ.
pub fn held_lines(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    comparisons: &[Comparison],
) -> BTreeSet<Idx<OrderLine>> {
    match settings.rules.on_mismatch {
        OnMismatch::Warn => BTreeSet::new(),
        OnMismatch::Hold => mismatches(world, links, comparisons).map(|(line, _)| line).collect(),
    }
}

/// One finding for each difference that an order line is held for, and for each line that is billed at other prices than the export has.
pub fn findings(
    world: &World,
    (links, account): (&Links, &Account),
    comparisons: &[Comparison],
    held: &BTreeSet<Idx<OrderLine>>,
) -> Vec<Finding> {
    let finding = |(line, comparison): (Idx<OrderLine>, &Comparison)| {
        let (id, exported, computed) = (&comparison.id, &comparison.exported, &comparison.computed);
        let cause = comparison.cause_words();
        let message = match comparison.figure {
            DELIVERED => format!(
                "`{id}` is held: the export says {exported} delivered, its entries add up to {computed}; likely cause: {cause}"
            ),
            _ => {
                let line = world.lines.id(line);
                format!(
                    "`{line}` is held: the export says {exported} h spent on ticket `{id}`, its entries add up to {computed}; likely cause: {cause}"
                )
            }
        };
        Finding {
            code: Code::ReconciliationMismatch,
            subject: comparison.subject,
            id: id.clone(),
            message,
            place: None,
        }
    };
    let of_mismatches = mismatches(world, links, comparisons).filter(|(line, _)| held.contains(line)).map(finding);
    of_mismatches.chain(amounts::findings(world, links, account)).collect()
}

const DELIVERED: &str = "delivered_qty";
const REMAINING: &str = "remaining_hours";
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
    of_export(Subject::OrderLine, world.lines.id(idx), figure, exported, computed)
}

fn of_export(subject: Subject, id: &str, figure: &'static str, exported: HoursSum, computed: HoursSum) -> Comparison {
    Comparison {
        subject,
        id: id.to_owned(),
        order_line: String::new(),
        erp_document: String::new(),
        figure,
        exported: Figure::Number(exported),
        computed: Figure::Number(computed),
        cause: "",
    }
}

/// Lines whose delivered quantity comes from timesheets. A line that is not confirmed delivers nothing.
fn delivered(world: &World, settings: &BillingSettings, account: &Account) -> Vec<Comparison> {
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

/// H2. A program that subtracts a rounded quantity from another is off by up to half a hundredth of the line's unit.
fn remaining(world: &World, account: &Account) -> Vec<Comparison> {
    let compared = |(idx, of): (Idx<OrderLine>, &OrderLine)| {
        let exported = HoursSum::from(of.remaining.filter(|_| of.confirmed && !of.is_downpayment)?);
        let balance = Balance::of(of, &account.line(idx))?;
        Some(line(world, idx, REMAINING, exported, balance.remaining()))
    };
    world.lines.iter().filter_map(compared).collect()
}

/// What the ERP has invoiced of a line beside the ledger. Without a ledger, of time lines: the hours of the entries that the export itself says are
/// on an invoice.
fn invoiced(world: &World, settings: &BillingSettings, account: &Account, posted: &Posted) -> Vec<Comparison> {
    let known = posted.head.is_some() || world.names_invoices;
    let compared = |(idx, of): (Idx<OrderLine>, &OrderLine)| {
        if !known || !of.invoiced_given || of.is_downpayment || !of.confirmed {
            return None;
        }
        let computed = match of.policy {
            Policy::Time => account.line(idx).invoiced_quantity(of, posted.line(idx), &settings.rules)?,
            // B2: before the ledger meets a line, the export's figure is all there is.
            Policy::Prepaid | Policy::Milestones | Policy::Manual => posted.line(idx).invoiced(of)?,
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
    // Whatever line an entry goes to, and whatever part of the run that line belongs to.
    for entry in world.entries_and_lent().flat_map(Chunk::iter).filter(EntryView::usable) {
        if let Some(ticket) = entry.ticket {
            *spent.get_mut(ticket.position()).or_bug("every ticket has its sum") += entry.hours;
        }
    }
    let compared = |(idx, ticket): (Idx<Ticket>, &Ticket)| {
        let exported = HoursSum::from(ticket.hours_spent?);
        let computed = *spent.get(idx.position()).or_bug("every ticket has its sum");
        Some(of_export(Subject::Ticket, world.tickets.id(idx), SPENT, exported, computed))
    };
    world.tickets.iter().filter_map(compared).collect()
}

/// Looks at the entries once more for the figures that differ.
fn tell_causes(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    comparisons: &mut [Comparison],
) {
    // Made when the first figure needs it: that is one more pass over all entries.
    let causes = LazyCell::new(|| Causes::new(world, settings, links, posted));
    for comparison in comparisons.iter_mut().filter(|comparison| comparison.differs()) {
        let number = |figure: &Figure| figure.number().or_bug("a figure of a line or a ticket is a number");
        let (exported, computed) = (number(&comparison.exported), number(&comparison.computed));
        let difference = exported - computed;
        comparison.cause = match comparison.figure {
            INVOICED => {
                let idx = world.lines.find(&comparison.id).or_bug(KNOWN_LINE);
                of_invoiced(world, posted, idx, exported, computed)
            }
            DELIVERED | REMAINING => {
                let idx = world.lines.find(&comparison.id).or_bug(KNOWN_LINE);
                let of = world.lines.at(idx);
                of_hours(world, settings, &causes, (idx, of), comparison.figure, (exported, computed))
            }
            _ => {
                let idx = world.tickets.find(&comparison.id).or_bug(KNOWN_TICKET);
                let known = causes.of_ticket(idx, difference);
                known.or_else(|| general(exported, computed, Factor::of_day(settings))).unwrap_or("unknown")
            }
        };
    }
}

/// What is delivered, or remains, of a line.
fn of_hours(
    world: &World,
    settings: &BillingSettings,
    causes: &Causes,
    (idx, of): (Idx<OrderLine>, &OrderLine),
    figure: &str,
    (exported, computed): (HoursSum, HoursSum),
) -> &'static str {
    let day = Factor::of_day(settings);
    if figure == DELIVERED {
        // What stands apart is in hours, the figures are in the unit of the line.
        let in_line_unit = |apart: Apart| in_unit(of, apart.hours, &settings.rules).map(as_hours);
        let known = causes.of_line(world, idx, in_line_unit, exported - computed);
        return known.or_else(|| general(exported, computed, day)).unwrap_or("unknown");
    }
    // The more is delivered, the less remains.
    let known = causes.of_line(world, idx, |apart| Some(apart.hours), computed - exported);
    let hundredth = of.unit.map_or(HoursSum::ZERO, |unit| unit.hours(Quantity::from_micros(MICROS_PER_ONE / 100)));
    let rounded = (exported - computed).micros().abs() <= hundredth.micros().abs();
    let rounded = rounded.then_some("rounding");
    rounded.or(known).or_else(|| general(exported, computed, day)).unwrap_or("unknown")
}

/// Quantities of either sign (B11): less is what lies nearer to 0.
fn of_invoiced(
    world: &World,
    posted: &Posted,
    idx: Idx<OrderLine>,
    exported: HoursSum,
    computed: HoursSum,
) -> &'static str {
    let state = posted.line(idx);
    let size = |figure: HoursSum| figure.micros().unsigned_abs();
    let in_ledger = state.in_ledger().map_or(HoursSum::ZERO, as_hours);
    let missing = computed - exported;
    if is_rounding(missing) {
        "rounding"
    } else if size(computed) < size(exported) {
        // The ledger knows less than the ERP: invoiced there by hand, or taken back here and not there.
        if state.opened_again { "credited" } else { "invoiced_in_the_erp" }
    } else if is_cancelled(world, idx, missing) {
        "cancelled_in_the_erp"
    } else if state.written_off {
        "credited"
    } else if size(missing) <= size(in_ledger) {
        "not_imported_yet"
    } else {
        "unknown"
    }
}

/// What the ERP says is cancelled of the line comes to this quantity: one invoice, or all of them.
fn is_cancelled(world: &World, idx: Idx<OrderLine>, quantity: HoursSum) -> bool {
    let id = world.lines.id(idx);
    let mut by_document: BTreeMap<&str, HoursSum> = BTreeMap::new();
    let of_line = world.erp_invoices.iter().filter(|line| line.order_line == id && line.state == ErpState::Cancelled);
    for (document, of) in of_line.filter_map(|line| Some((line.document.as_str(), line.quantity?))) {
        *by_document.entry(document).or_default() += as_hours(of);
    }
    let all: HoursSum = by_document.values().copied().sum();
    by_document.values().chain([&all]).any(|sum| !sum.is_zero() && is_rounding(*sum - quantity))
}

/// What a difference looks like whatever the entries say.
fn general(exported: HoursSum, computed: HoursSum, day: Factor) -> Option<&'static str> {
    if is_rounding(exported - computed) {
        Some("rounding")
    } else if day.explains(exported, computed) {
        Some("hours_and_days")
    } else {
        None
    }
}

/// The facts by which an entry does not count.
fn is_set_aside(facts: Facts) -> bool {
    facts.has(Facts::QUARANTINED) || facts.has(Facts::DUPLICATE)
}
