//! C10: what the exporting program would bill for an entry, beside what the entry is worth here. These figures hold nothing.

use std::collections::BTreeMap;

use super::{Comparison, Figure, as_hours, is_set_aside};
use crate::account::{Account, Disposition};
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{EntryView, OrderLine, Policy, Terms, World, exported_price};
use crate::quantity::{Currency, Hours, HoursSum, MICROS_PER_HOUR, Money, Percent, power_of_ten};

const AMOUNT: &str = "entry amount";
const OTHER_RATE: &str = "other_rate";

/// What hours of two decimals are off by at most.
const HALF_A_HUNDREDTH: Hours = Hours::from_micros(MICROS_PER_HOUR / 200);

/// Entries of which the export says another amount; those that agree would be as many as the entries.
pub(super) fn compare(world: &World, links: &Links, account: &Account) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (number, (_, chunk)) in world.entries.chunks().enumerate().filter(|(_, (_, chunk))| !chunk.exported.is_empty())
    {
        for (entry, disposition) in chunk.iter().zip(account.of_chunk(number)) {
            let bills = !matches!(disposition, Disposition::NonBillable | Disposition::Covered);
            if bills && !is_set_aside(entry.facts) {
                comparisons.extend(of_entry(world, links, &entry));
            }
        }
    }
    comparisons
}

/// Lines of which entries are billed at another rate than the export has for them, a finding each: nothing is held for it, and nobody would see it
/// before the invoice is paid.
pub(super) fn findings(world: &World, links: &Links, account: &Account) -> Vec<Finding> {
    let mut of_lines: BTreeMap<Idx<OrderLine>, (u64, HoursSum, HoursSum)> = BTreeMap::new();
    for (number, (_, chunk)) in world.entries.chunks().enumerate().filter(|(_, (_, chunk))| !chunk.exported.is_empty())
    {
        let billed = chunk.iter().zip(account.of_chunk(number)).filter(|(_, of)| **of == Disposition::Billed);
        for (entry, _) in billed {
            let differs = of_entry(world, links, &entry).filter(|found| found.cause == OTHER_RATE);
            let figures = differs.and_then(|found| Some((found.exported.number()?, found.computed.number()?)));
            if let (Some((exported, computed)), Some((line, _))) = (figures, links.shown_line(world, &entry)) {
                let (entries, theirs, ours) = of_lines.entry(line).or_default();
                (*entries, *theirs, *ours) = (*entries + 1, *theirs + exported, *ours + computed);
            }
        }
    }
    let finding = |(line, (entries, theirs, ours)): (Idx<OrderLine>, (u64, HoursSum, HoursSum))| {
        let (id, currency) = (world.lines.id(line), world.lines.at(line).currency);
        let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
        let message =
            format!("the export prices {entries} of `{id}` at {theirs} {currency}, which are billed at {ours}");
        Finding {
            code: Code::ExportedRateDiffers,
            subject: Subject::OrderLine,
            id: id.to_owned(),
            message,
            place: None,
        }
    };
    of_lines.into_iter().map(finding).collect()
}

/// What is left of a price after its discount, in 10^-12 of a percent of it.
fn effective(terms: Terms) -> i128 {
    i128::from(terms.price.micros()) * i128::from(Percent::HUNDRED.micros() - terms.discount.micros())
}

fn of_entry(world: &World, links: &Links, entry: &EntryView<'_>) -> Option<Comparison> {
    let line = links.shown_line(world, entry).map(|(idx, _)| (idx, world.lines.at(idx)));
    let line = line.filter(|(_, line)| line.policy == Policy::Time);
    let terms = line.map(|(idx, line)| world.terms_for(idx, line, entry));
    let amount = entry.exported().1;
    let rate = line.map_or(entry.exported().0, |(_, line)| exported_price(line, entry));
    let is_rate = |terms: Terms| rate.is_none_or(|rate| effective(Terms::of(rate, Percent::ZERO)) == effective(terms));
    let of_line = |terms: Terms| {
        let (_, line) = line?;
        Some(as_figure(line.worth(entry.hours, terms)?, line.currency))
    };
    let by_rate = || of_line(Terms::of(rate?, Percent::ZERO));
    let exported = amount.map(as_hours).or_else(by_rate)?;
    let computed = terms.and_then(of_line);
    if computed == Some(exported) {
        return None;
    }
    let cause = match (computed, terms) {
        (Some(computed), Some(terms)) => {
            let least = line.map_or(HoursSum::ZERO, |(_, line)| as_figure(Money::from_minor(1), line.currency));
            // At the same rate the program may have multiplied hours of two decimals.
            let of_hours = line
                .filter(|_| rate.is_some() && is_rate(terms))
                .and_then(|(_, line)| Some(as_figure(line.worth(HALF_A_HUNDREDTH, terms)?, line.currency)));
            let most = least.micros() + of_hours.map_or(0, |of_hours| of_hours.micros().abs());
            let near = (exported - computed).micros().abs() <= most;
            if near && is_rate(terms) { "rounding" } else { OTHER_RATE }
        }
        _ => "no_rate",
    };
    Some(Comparison {
        subject: Subject::Entry,
        id: entry.id().to_owned(),
        order_line: String::new(),
        erp_document: String::new(),
        figure: AMOUNT,
        exported: Figure::Number(exported),
        computed: computed.map_or(Figure::Missing, Figure::Number),
        cause,
    })
}

/// Money as figures are kept: a unit of the currency as if it were an hour.
fn as_figure(money: Money, currency: Currency) -> HoursSum {
    let scale = power_of_ten(currency.digits()).or_bug("no currency has so many digits");
    HoursSum::from_micros(money.minor() * i128::from(MICROS_PER_HOUR) / scale)
}
