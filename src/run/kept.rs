//! What a post keeps beside its drafts: covered hours (G9), and hours that were held, so that a later run knows them again.

use std::collections::BTreeMap;

use super::Run;
use super::portions::{position, said};
use crate::account::{Disposition, KeptBack};
use crate::bill::{Hold, PartKind};
use crate::calendar::{Moment, Side};
use crate::ident::Idx;
use crate::job::Settings;
use crate::link::is_candidate;
use crate::model::{Entry, EntryView, OrderLine, World};
use crate::posted::{Document, DocumentKind, Effect, LedgerBatch, Line, LineKind, LineThen};
use crate::quantity::{Hours, HoursSum, Quantity};

/// Hours of entries by order line.
type ByLine = BTreeMap<Idx<OrderLine>, Vec<(Idx<Entry>, Hours)>>;

/// Adds a document without money for each pack with covered hours, and for each order line with held ones.
pub(super) fn add(run: &Run, settings: &Settings, batch: &mut LedgerBatch) {
    for (line, entries) in by_id(run, covered(run, settings)) {
        note(run, settings, batch, (DocumentKind::Covered, Effect::Covered, LineKind::Covered), line, entries);
    }
    for (line, entries) in by_id(run, held(run)) {
        note(run, settings, batch, (DocumentKind::Held, Effect::Held, LineKind::Held), line, entries);
    }
}

/// The hours in the order of the lines' ids, whatever stands first in the export: parts and passes of a run are put together in that order.
fn by_id(run: &Run, by_line: ByLine) -> impl Iterator<Item = (Idx<OrderLine>, Vec<(Idx<Entry>, Hours)>)> {
    let mut lines: Vec<_> = by_line.into_iter().collect();
    lines.sort_by_key(|(line, _)| run.intake.world.lines.id(*line));
    lines.into_iter()
}

/// Covered hours of packs, dated up to the period's end, that the ledger does not have yet.
fn covered(run: &Run, settings: &Settings) -> ByLine {
    let (world, mut by_line) = (&run.intake.world, ByLine::new());
    let mut given_back: BTreeMap<Idx<Entry>, Hours> = BTreeMap::new();
    let refunds = run.account.refunds.iter();
    for (entry, back) in refunds.filter(|(entry, back)| run.billing.refunded.contains(&(*entry, back.source))) {
        let sum = given_back.entry(*entry).or_insert(Hours::ZERO);
        *sum = sum.plus(back.hours);
    }
    for (chunk, (start, entries)) in world.entries.chunks().enumerate() {
        let dispositions = run.account.of_chunk(chunk);
        let drawn = |row: usize| !run.links.draws.is_empty() && run.links.draws.asks(start + row);
        for ((row, entry), of) in entries.iter().enumerate().zip(dispositions) {
            let position = start + row;
            if drawn(row) {
                // W6: on as many packs as it takes.
                let now = run.account.covered_now(world, &run.links, &run.posted, &entry);
                for (line, hours) in now.into_iter().filter(|_| !is_after(settings, &entry)) {
                    by_line.entry(line).or_default().push((Idx::at(position), hours));
                }
                continue;
            }
            if *of != Disposition::Covered {
                continue;
            }
            if is_after(settings, &entry) {
                continue;
            }
            let (closed, Some(idx)) = (run.posted.closed(position), Idx::new(position)) else { continue };
            // What was billed elsewhere and is given back is covered here (G8).
            let back = given_back.get(&idx).copied().unwrap_or(Hours::ZERO);
            let left = entry.hours.less(closed.hours).plus(back);
            // Hours that are billed elsewhere give no pack more than it sold, and take no more of it than the entry has.
            let within = left.max(entry.hours.min(Hours::ZERO)).min(entry.hours.max(Hours::ZERO));
            let new = within.less(closed.covered);
            let line = run.links.line_of(world, &entry).map(|(line, _)| line);
            let pack = line.filter(|&line| is_candidate(world.lines.at(line)));
            if let Some(line) = pack.filter(|_| new != Hours::ZERO) {
                by_line.entry(line).or_default().push((idx, new));
            }
        }
    }
    // Of those that grew beyond their pack, what it has left.
    let outgrown = run.account.kept_back.iter().filter(|(why, _, _)| *why == KeptBack::Outgrown);
    let outgrown = outgrown.filter(|(_, _, idx)| !run.links.draws.asks(idx.position()));
    for &(_, line, idx) in outgrown {
        let apart = run.account.apart(idx).iter().filter(|apart| apart.disposition == Disposition::Covered);
        let covered = apart.fold(Hours::ZERO, |sum, apart| sum.plus(apart.hours));
        let new = covered.less(run.posted.closed(idx.position()).covered);
        if new != Hours::ZERO && !is_after(settings, &world.entries.at(idx)) {
            by_line.entry(line).or_default().push((idx, new));
        }
    }
    by_line
}

fn is_after(settings: &Settings, entry: &EntryView<'_>) -> bool {
    entry.date().is_none_or(|date| settings.billing.period.side(date) == Side::After)
}

/// Hours that a person, a customer on hold, a down payment or a missing price kept off the drafts.
fn held(run: &Run) -> ByLine {
    let mut by_line = ByLine::new();
    let keeps = |hold: &Hold| match hold {
        Hold::Adjustment(_)
        | Hold::Customer
        | Hold::DownPaymentFirst
        | Hold::BelowMinimum
        | Hold::UnknownTax
        | Hold::InvoicedElsewhere
        | Hold::LineChanged
        | Hold::ResemblesLine
        | Hold::Unpriced(_)
        | Hold::Bound(_)
        | Hold::KeptBack(KeptBack::RefundFirst | KeptBack::Bound { .. } | KeptBack::BeyondPacks(_)) => true,
        Hold::CancelsOut | Hold::TooLarge | Hold::KeptBack(_) | Hold::Mismatch => false,
    };
    for held in run.billing.held.iter().filter(|held| keeps(&held.hold)) {
        // X5: hours of a pack that a bound holds are nothing that a draft would bill.
        let of_pack = matches!(held.hold, Hold::KeptBack(KeptBack::Bound { covered: true, .. }));
        if let (PartKind::Line(_) | PartKind::Overage, false) = (&held.part.kind, of_pack) {
            let portions = run.billing.portions(&run.intake.world, &held.part);
            by_line.entry(held.part.line).or_default().extend(portions.map(|(entry, _, hours)| (entry, hours)));
        }
    }
    by_line.retain(|_, entries| !entries.is_empty());
    by_line.values_mut().for_each(|entries| *entries = summed(entries));
    by_line
}

/// Each entry once: parts of it may be held for several reasons.
fn summed(entries: &[(Idx<Entry>, Hours)]) -> Vec<(Idx<Entry>, Hours)> {
    let mut all: BTreeMap<Idx<Entry>, Hours> = BTreeMap::new();
    for &(entry, hours) in entries {
        let sum = all.entry(entry).or_insert(Hours::ZERO);
        *sum = sum.plus(hours);
    }
    all.into_iter().collect()
}

fn note(
    run: &Run,
    settings: &Settings,
    batch: &mut LedgerBatch,
    (kind, effect, line_kind): (DocumentKind, Effect, LineKind),
    idx: Idx<OrderLine>,
    mut entries: Vec<(Idx<Entry>, Hours)>,
) {
    let world = &run.intake.world;
    let of = world.lines.at(idx);
    entries.sort_by_key(|(entry, _)| world.entries.id(*entry));
    let (document, line) = (position(batch.documents.len()), position(batch.lines.len()));
    // M7.
    let rules = &settings.billing.rules;
    let covers = effect == Effect::Covered && rules.packs.by_minimum;
    let minimum = world.minimum_on_pack(rules.minimum, idx).filter(|_| covers).map(|(minimum, _)| minimum);
    let (mut hours, mut lifted) = (HoursSum::ZERO, HoursSum::ZERO);
    for (entry, own) in entries {
        let view = world.entries.at(entry);
        batch.portions.push(line, view.id(), view.days(), own.micros(), view.hours.micros(), said(world, idx, &view));
        if minimum.is_some() {
            let uplift = run.account.uplift(entry, idx);
            batch.portions.lift(uplift.micros());
            lifted += uplift;
        }
        hours += own;
    }
    batch.lines.push(Line {
        order: world.orders.id(of.order).to_owned(),
        order_line: world.lines.id(idx).to_owned(),
        product: of.product.clone(),
        uom: of.uom.clone(),
        unit: of.unit,
        hours,
        uplift: lifted,
        minimum,
        // S2: statements go on with it once it has left the export.
        then: if effect == Effect::Covered { then(world, of) } else { LineThen::UNKNOWN },
        ..Line::without_money(document, 1, line_kind, settings.billing.rules.quantity_decimals)
    });
    let id = format!("{}-{}-{}", kind.name(), run.id, world.lines.id(idx));
    batch.documents.push(Document {
        customer: world.customers.id(of.customer).to_owned(),
        company: world.companies.id(of.company).to_owned(),
        ..Document::without_money(id, kind, effect, 1)
    });
}

/// What the line says now, by which it is known again under another id (G13).
pub(super) fn then(world: &World, of: &OrderLine) -> LineThen {
    LineThen {
        customer: Some(world.customers.id(of.customer).to_owned()),
        confirmed_on: of.confirmed_on.map(Moment::date),
        ordered: Some(of.ordered),
        explained: Quantity::ZERO,
    }
}
