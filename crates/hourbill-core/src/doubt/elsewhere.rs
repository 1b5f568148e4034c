//! G10: the ERP says that more of a time line is invoiced than anything we know explains. Its open hours may be on an invoice that was made
//! there, without us.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Doubts;
use crate::account::{Account, Disposition};
use crate::bill::Hold;
use crate::bug::{OrBug, bug};
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Accepting, Chunk, Facts, OrderLine, Policy, SomeLines, World};
use crate::posted::Posted;
use crate::quantity::{Hours, HoursSum, MICROS_PER_ONE, Quantity, UnitSize, divide_rounded};
use crate::settings::{BillingSettings, OnMismatch};

/// 0.05 of a unit: what rounding alone can come to.
const SLACK_MICROS: i64 = MICROS_PER_ONE / 20;

/// 1 % of what the ERP says.
const SHARE: i128 = 100;

/// What the ERP says is invoiced of a line and what that is made of, in millionths of microseconds: hours of a unit, exact.
struct Figures {
    unit: UnitSize,
    exported: i128,
    explained: i128,
}

impl Figures {
    fn new(unit: UnitSize, exported: Quantity) -> Figures {
        Figures { unit, exported: of_quantity(exported, unit), explained: 0 }
    }

    fn explain(&mut self, hours: HoursSum) {
        self.explained += in_millionths(hours);
    }

    fn excess(&self) -> i128 {
        self.exported - self.explained
    }

    /// More than 0.05 units, and more than 1 % of what the ERP says.
    fn is_unexplained(&self) -> bool {
        let excess = self.excess();
        excess > of_quantity(Quantity::from_micros(SLACK_MICROS), self.unit)
            && excess.checked_mul(SHARE).is_none_or(|share| share > self.exported)
    }

    /// In the line's unit, for people.
    fn in_unit(&self, product: i128) -> Quantity {
        let quantity = divide_rounded(product, self.unit.micros().into()).and_then(|micros| i64::try_from(micros).ok());
        quantity.map_or(Quantity::ZERO, Quantity::from_micros)
    }
}

/// Fewer than 2^32 entries have hours in 64 bits, so neither this nor a sum of it comes near the limits of the type.
fn in_millionths(hours: HoursSum) -> i128 {
    hours.micros() * i128::from(MICROS_PER_ONE)
}

fn of_quantity(quantity: Quantity, unit: UnitSize) -> i128 {
    i128::from(quantity.micros()) * i128::from(unit.micros())
}

/// Finds the lines, and holds their open hours under `rules.invoiced_elsewhere = "hold"`.
pub(super) fn look(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    account: &Account,
    posted: &Posted,
    doubts: &mut Doubts,
) {
    let lines = unexplained_figures(world, links, account, posted);
    if lines.is_empty() {
        return;
    }
    let open = open_hours(world, links, account, &lines);
    for (idx, figures) in &lines {
        let (line, open) = (world.lines.at(*idx), open.get(idx).or_bug("open hours are summed of these lines"));
        if !open.is_zero() && !is_delivered(line, figures, *open) && !is_accepted(world, *idx, figures) {
            tell(world, settings, (*idx, line), figures, doubts);
        }
    }
}

/// G4: what the ERP invoiced of time lines beyond all that explains it, in millionths of microseconds.
pub fn unexplained(world: &World, links: &Links, account: &Account, posted: &Posted) -> BTreeMap<Idx<OrderLine>, i128> {
    let figures = unexplained_figures(world, links, account, posted);
    figures.into_iter().map(|(idx, figures)| (idx, figures.excess())).collect()
}

fn unexplained_figures(
    world: &World,
    links: &Links,
    account: &Account,
    posted: &Posted,
) -> BTreeMap<Idx<OrderLine>, Figures> {
    let mut lines: BTreeMap<Idx<OrderLine>, Figures> = BTreeMap::new();
    for (idx, line) in world.lines.iter() {
        let by_time = line.confirmed && line.policy == Policy::Time && !line.is_downpayment;
        let Some(unit) = line.unit.filter(|_| by_time && line.invoiced > Quantity::ZERO) else { continue };
        let mut figures = Figures::new(unit, line.invoiced);
        figures.explain(posted.line(idx).billed_hours());
        // Nearly all lines are told by the entries that the run counts as invoiced in the ERP.
        figures.explain(account.line(idx).outside);
        if figures.is_unexplained() {
            lines.insert(idx, figures);
        }
    }
    if lines.is_empty() {
        return lines;
    }
    let differently = counted_differently(world, links, posted, &lines);
    if cfg!(debug_assertions) {
        for (line, hours) in invoiced_there(world, posted, &lines) {
            let differently = *differently.get(&line).or_bug("the same lines are looked at");
            if account.line(line).outside + differently != hours {
                bug("two ways to add up what is invoiced in the ERP agree");
            }
        }
    }
    for (line, hours) in differently {
        if let Some(figures) = lines.get_mut(&line) {
            figures.explain(hours);
        }
    }
    lines.retain(|_, figures| figures.is_unexplained());
    lines
}

/// What an adjustment accepts is accepted to two decimals, as it is told.
const ACCEPT: &str = "invoiced-elsewhere";

fn is_accepted(world: &World, idx: Idx<OrderLine>, figures: &Figures) -> bool {
    let Some((figure, _)) = world.adjustments.accepted(ACCEPT, Accepting::Line(idx)) else { return false };
    let hundredth = of_quantity(Quantity::from_micros(MICROS_PER_ONE / 100), figures.unit);
    figures.excess() <= of_quantity(figure, figures.unit) + hundredth
}

/// The hours of entries on these lines that the export names an invoice for, as far as the ledger does not know better. What cannot be used
/// for another reason was invoiced all the same. [`counted_differently`] comes to the same in a fraction of the time.
fn invoiced_there(
    world: &World,
    posted: &Posted,
    lines: &BTreeMap<Idx<OrderLine>, Figures>,
) -> BTreeMap<Idx<OrderLine>, HoursSum> {
    sums(world, lines, |_, start, chunk, add| {
        for (at, entry) in chunk.iter().enumerate().filter(|(at, entry)| is_invoiced(posted, entry.facts, start + at)) {
            // The ERP counts it on the line that its own data name.
            if let Some(line) = entry.line {
                add(line, chunk.hours_at(at));
            }
        }
    })
}

fn is_invoiced(posted: &Posted, facts: Facts, position: usize) -> bool {
    facts.has(Facts::INVOICED) && !facts.has(Facts::DUPLICATE) && !posted.knows(position)
}

/// The same hours, less those that the account counts as invoiced outside (`LineHours::outside`): it leaves out what was set aside, and has
/// entries on the line that an adjustment or their ticket's pick gives them, in place of the one that their own data name.
fn counted_differently(
    world: &World,
    links: &Links,
    posted: &Posted,
    lines: &BTreeMap<Idx<OrderLine>, Figures>,
) -> BTreeMap<Idx<OrderLine>, HoursSum> {
    sums(world, lines, |_, start, chunk, add| {
        for (at, (facts, line)) in chunk.facts.iter().zip(&chunk.lines).enumerate() {
            let set_aside = facts.has(Facts::QUARANTINED);
            let elsewhere = line.is_none() || facts.has(Facts::ADJUSTED) || facts.has(Facts::TICKET_ADJUSTED);
            if !(set_aside || elsewhere) || !is_invoiced(posted, *facts, start + at) {
                continue;
            }
            let hours = chunk.hours_at(at);
            if !set_aside && let Some((line, _)) = chunk.get(at).and_then(|entry| links.shown_line(world, &entry)) {
                add(line, hours.negated());
            }
            if let Some(line) = line {
                add(*line, hours);
            }
        }
    })
}

/// All open hours of these lines, whatever their date.
fn open_hours(
    world: &World,
    links: &Links,
    account: &Account,
    lines: &BTreeMap<Idx<OrderLine>, Figures>,
) -> BTreeMap<Idx<OrderLine>, HoursSum> {
    sums(world, lines, |nth, start, chunk, add| {
        let is_open =
            |of: Disposition| matches!(of, Disposition::BeforePeriod | Disposition::AfterPeriod | Disposition::Held);
        let open = account.of_chunk(nth).iter().enumerate().filter(|(_, disposition)| is_open(**disposition));
        for (at, entry) in open.filter_map(|(at, _)| Some((at, chunk.get(at)?))) {
            if let Some((line, _)) = links.line_of(world, &entry) {
                add(line, account.own_hours(Idx::at(start + at), entry.hours));
            }
        }
    })
}

/// Sums hours of entries on these lines. `of_chunk` gets the number, the start and the entries of a chunk, and tells line and hours of those
/// that count; other lines are passed over. Millions of entries may be on a hundred thousand lines, so each finds its line without a search.
fn sums(
    world: &World,
    lines: &BTreeMap<Idx<OrderLine>, Figures>,
    of_chunk: impl Fn(usize, usize, &Chunk, &mut dyn FnMut(Idx<OrderLine>, Hours)) + Sync,
) -> BTreeMap<Idx<OrderLine>, HoursSum> {
    let places = SomeLines::of(world.lines.len(), lines.keys().copied());
    let chunks: Vec<(usize, (usize, &Chunk))> = world.entries.chunks().enumerate().collect();
    let at_least = chunks.len().div_ceil(rayon::current_num_threads()).max(1);
    let all_of = |mut sums: Vec<HoursSum>, (nth, (start, chunk)): &(usize, (usize, &Chunk))| {
        of_chunk(*nth, *start, chunk, &mut |line, hours| {
            if let Some(sum) = places.place(line).and_then(|place| sums.get_mut(place)) {
                *sum += hours;
            }
        });
        sums
    };
    let none = || vec![HoursSum::ZERO; lines.len()];
    let sums = chunks.par_iter().with_min_len(at_least).fold(none, all_of).reduce(none, |mut sums, others| {
        sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += other);
        sums
    });
    lines.keys().copied().zip(sums).collect()
}

/// The ERP itself says that the open hours are delivered and not invoiced.
fn is_delivered(line: &OrderLine, figures: &Figures, open: HoursSum) -> bool {
    let Some(delivered) = line.delivered else { return false };
    let left = of_quantity(delivered, figures.unit) - figures.exported;
    let slack = of_quantity(Quantity::from_micros(SLACK_MICROS), figures.unit);
    in_millionths(open) <= left + slack
}

fn tell(
    world: &World,
    settings: &BillingSettings,
    (idx, line): (Idx<OrderLine>, &OrderLine),
    figures: &Figures,
    doubts: &mut Doubts,
) {
    let then = match settings.rules.invoiced_elsewhere {
        OnMismatch::Hold => {
            doubts.hold(idx, Hold::InvoicedElsewhere);
            "its open hours are held"
        }
        OnMismatch::Warn => "its open hours are billed all the same (`rules.invoiced_elsewhere` is `warn`)",
    };
    let id = world.lines.id(idx).to_owned();
    let (excess, explained) = (figures.in_unit(figures.excess()), figures.in_unit(figures.explained));
    let message = format!(
        "`{id}`: the export says {} {} invoiced, entries with an invoice and the ledger explain {explained}; the other {excess} may be invoiced in the ERP without entries: {then}",
        line.invoiced, line.uom
    );
    let (code, subject, place) = (Code::InvoicedElsewhere, Subject::OrderLine, Some(line.place));
    doubts.findings.push(Finding { code, subject, id, message, place });
}
