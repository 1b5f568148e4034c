//! What a run would put into the ledger: written beside its tables, read back when it is posted (G2).

use std::collections::{BTreeMap, BTreeSet};

use super::kept::{self, then};
use super::manifest::TableFile;
use super::portions::{position, said};
use super::{Run, RunError};
use crate::bill::{Draft, DraftKind, DraftLine, PartKind, opening_quantity, rate_of};
use crate::bug::OrBug;
use crate::calendar::Period;
use crate::job::Settings;
use crate::ledger::{Alias, AliasOf};
use crate::ledger::{LedgerError, Object, Segments, nothing};
use crate::model::{OrderLine, Policy};
use crate::posted::{Document, DocumentKind, Effect, Head, LedgerBatch, Line, LineKind, LineThen, Said, TaxShare};
use crate::quantity::{HoursSum, MICROS_PER_ONE, Money, Percent, Quantity, UnitPrice, divide_rounded};
use crate::tables::{adjusted_move, line_adjustments};

/// The drafts of a run as records of the ledger.
///
/// # Errors
/// A figure that is too large to be held exactly.
pub fn proposal(run: &Run, settings: &Settings) -> Result<LedgerBatch, LedgerError> {
    let mut batch = LedgerBatch::default();
    for draft in &run.billing.drafts {
        let number = position(batch.documents.len());
        for (line_no, part) in (1_u32..).zip(&draft.parts) {
            let order_line = run.intake.world.lines.at(part.line);
            let line = position(batch.lines.len());
            batch.lines.push(line_of(run, settings, (number, line_no), (part, draft.closes), order_line)?);
            let mut moves = BTreeSet::new();
            for (nth, (_, entry, hours)) in run.billing.portions(&run.intake.world, part).enumerate() {
                let said = said(&run.intake.world, part.line, &entry);
                // What is taken back has the day and the id under which it was billed.
                let (id, days) = match &part.kind {
                    PartKind::Refund(refund) => {
                        let (id, days) = refund.billed.get(nth).or_bug("what is taken back was billed");
                        (id.as_str(), *days)
                    }
                    PartKind::Line(_) | PartKind::Overage | PartKind::DownPayment(_) | PartKind::Deduction(_) => {
                        (entry.id(), entry.days())
                    }
                };
                batch.portions.push(line, id, days, hours.micros(), entry.hours.micros(), said);
                batch.portions.lift(run.billing.uplift(part, nth).micros());
                moves.extend(adjusted_move(&run.intake.world, &entry));
            }
            if let Some(line) = batch.lines.last_mut() {
                let of_line = Some(line_adjustments(&run.intake.world, part)).filter(|told| !told.is_empty());
                let told =
                    of_line.into_iter().chain(moves.into_iter().map(|why| run.intake.world.adjustments.text_of(why)));
                line.adjustments = told.collect::<Vec<_>>().join("; ");
            }
        }
        batch.documents.push(document_of(run, &settings.billing.period, draft));
    }
    kept::add(run, settings, &mut batch);
    Ok(batch)
}

/// G5: what a post of the run records as known under another id.
pub fn aliases(run: &Run) -> Vec<Alias> {
    let entries = run.posted.newly_known(&run.intake.world).into_iter();
    let entries = entries.map(|(known, now)| Alias { of: AliasOf::Entry, known, now });
    let world = &run.intake.world;
    let lines = world
        .adjustments
        .lines_same_as()
        .filter(|(line, known, _)| world.lines.is_own(*line) && run.posted.lines.has_left(known));
    let lines = lines.map(|(line, known, _)| Alias {
        of: AliasOf::OrderLine,
        known: known.to_owned(),
        now: world.lines.id(line).to_owned(),
    });
    entries.chain(lines).collect()
}

/// The document of a draft. Its period is that of the run where the run's has both ends; the service dates of its lines stand on the
/// documents.
fn document_of(run: &Run, period: &Period, draft: &Draft) -> Document {
    let (world, key, amounts) = (&run.intake.world, &draft.key, &draft.amounts);
    let from = period.from().unwrap_or(draft.from);
    let share = |tax: &crate::bill::TaxAmount| TaxShare { rate: tax.rate.clone(), base: tax.base, amount: tax.amount };
    Document {
        id: draft.id.clone(),
        kind: match draft.kind() {
            DraftKind::Invoice => DocumentKind::Invoice,
            DraftKind::CreditNote => DocumentKind::CreditNote,
            DraftKind::DownPayment => DocumentKind::DownPayment,
            DraftKind::Zero => DocumentKind::Zero,
        },
        // What it takes back is open again, and closed anew where it is billed.
        effect: if key.corrects.is_some() { Effect::Rebill } else { Effect::Billed },
        source: key.corrects.as_ref().map(|(document, _)| document.clone()),
        customer: world.customers.id(key.party).to_owned(),
        company: world.companies.id(key.company).to_owned(),
        currency: Some(draft.currency()),
        period: Some((from, period.to().unwrap_or(draft.to).max(from))),
        net: amounts.net,
        tax: amounts.tax,
        rounding: amounts.rounding,
        total: amounts.total,
        // B12: a document of kind zero carries no money.
        taxes: amounts.taxes.iter().filter(|_| !draft.closes).map(share).collect(),
        note: draft.notes.join("; "),
        lines: position(draft.parts.len()),
    }
}

fn line_of(
    run: &Run,
    settings: &Settings,
    (document, line_no): (u32, u32),
    (part, closes): (&DraftLine, bool),
    of: &OrderLine,
) -> Result<Line, LedgerError> {
    let world = &run.intake.world;
    let line = Line {
        document,
        line_no,
        kind: part.line_kind(),
        order: world.orders.id(of.order).to_owned(),
        order_line: String::new(),
        product: of.product.clone(),
        uom: of.uom.clone(),
        unit: of.unit,
        decimals: settings.billing.rules.quantity_decimals,
        quantity: part.quantity.or_bug("a line of a draft has a quantity"),
        price: part.terms.price,
        discount: part.terms.discount,
        net: part.net.or_bug("a line of a draft has an amount"),
        rates: Vec::new(),
        hours: part.hours,
        uplift: part.uplift,
        minimum: part.minimum.map(|(minimum, _)| minimum),
        outside: HoursSum::ZERO,
        exported: Quantity::ZERO,
        source_line: None,
        down_payment: String::new(),
        adjustments: String::new(),
        then: then(world, of),
    };
    let rate = |tax: &String| rate_of(&settings.billing, tax).or_bug("a draft with a tax that is not known is held");
    // B12: what carries no money has no tax, known or not.
    let rates = || if closes { Vec::new() } else { of.taxes.iter().map(rate).collect() };
    let policy = match &part.kind {
        PartKind::Line(policy) => *policy,
        // W8: what was billed of the pack itself counts apart, and the ERP knows nothing of this.
        PartKind::Overage => {
            let (order_line, rates) = (world.lines.id(part.line).to_owned(), rates());
            return Ok(without_money_if(closes, Line { order_line, rates, ..line }));
        }
        // What it takes back says the rest.
        PartKind::Refund(refund) => return Ok(Line { document, line_no, ..refund.line.clone() }),
        PartKind::DownPayment(about) | PartKind::Deduction(about) => {
            return Ok(Line {
                order_line: about.erp_line.map_or_else(String::new, |idx| world.lines.id(idx).to_owned()),
                product: about.description.clone(),
                uom: String::new(),
                unit: None,
                price: UnitPrice::ZERO,
                discount: Percent::ZERO,
                rates: about.rates.clone(),
                down_payment: about.request.clone(),
                then: LineThen::UNKNOWN,
                ..line
            });
        }
    };
    // B2: what was invoiced before hourbill met the line, and by others since.
    let exported = opening_quantity(&run.posted, part.line, of).ok_or(LedgerError::TooLarge)?;
    let line = Line {
        order_line: world.lines.id(part.line).to_owned(),
        rates: rates(),
        // G12: with what was billed as a quantity of the line before.
        outside: match policy {
            Policy::Time => run.account.line(part.line).invoiced - run.posted.line(part.line).hours,
            Policy::Prepaid | Policy::Manual | Policy::Milestones => run.account.line(part.line).outside,
        },
        exported,
        ..line
    };
    Ok(without_money_if(closes, line))
}

/// B12: a line that is closed, with its hours and quantity and without money: what is taken back of it later has no money either. M3: hours that a
/// minimum billed are of a group at their price, so it is kept: else what was closed together with something that balances it pays its minimum again.
fn without_money_if(closes: bool, line: Line) -> Line {
    if !closes {
        return line;
    }
    let line = Line { net: Money::ZERO, rates: Vec::new(), ..line };
    if line.minimum.is_some() {
        return line;
    }
    Line { price: UnitPrice::ZERO, discount: Percent::ZERO, ..line }
}

/// The files of a proposal: name, what the manifest says of each, bytes.
pub(super) fn files(run: &Run, settings: &Settings) -> Result<Vec<(TableFile, Vec<u8>)>, RunError> {
    let segments = Segments::of(&proposal(run, settings)?).map_err(|_| LedgerError::TooLarge)?;
    let mut names = Names::default();
    Ok(segments.iter().map(|(object, bytes)| (names.next(object), bytes.to_vec())).collect())
}

/// What the files of a proposal are called, one after another.
#[derive(Default)]
pub(super) struct Names(BTreeMap<&'static str, u32>);

impl Names {
    pub fn next(&mut self, object: &Object) -> TableFile {
        let number = self.0.entry(object.table.name()).or_default();
        *number += 1;
        TableFile {
            table: object.table.name().to_owned(),
            file: format!("posting-{}-{number:04}.parquet", object.table.name()),
            rows: object.rows,
            bytes: object.bytes,
            blake3: object.blake3.clone(),
        }
    }
}

/// G4: everything dated before a day that is still open, as one document of the ledger. Covered hours stay what they are.
///
/// # Errors
/// Figures that a ledger does not hold.
pub fn opening(
    run: &Run,
    settings: &Settings,
    before: crate::calendar::Date,
) -> Result<(Head, LedgerBatch), LedgerError> {
    use crate::account::Disposition;
    let world = &run.intake.world;
    let head = run.posted.head.clone().unwrap_or_else(nothing);
    // By order line; entries without one, or on one that is not billed by time, stand on a line of their own.
    let mut by_line: BTreeMap<&str, (Option<&OrderLine>, Vec<Opened<'_>>)> = BTreeMap::new();
    for (chunk, (start, entries)) in world.entries.chunks().enumerate() {
        for (row, (entry, &disposition)) in entries.iter().zip(run.account.of_chunk(chunk)).enumerate() {
            let closed = run.posted.closed(start + row);
            let open = entry.hours.less(closed.hours).less(closed.covered);
            let kept = match disposition {
                Disposition::Quarantined | Disposition::Duplicate | Disposition::Covered => true,
                Disposition::AlreadyInvoiced => true,
                Disposition::NonBillable
                | Disposition::Unassigned
                | Disposition::NotValidated
                | Disposition::BeforePeriod
                | Disposition::AfterPeriod
                | Disposition::Held
                | Disposition::Billed => false,
            };
            if kept || open.micros() == 0 || entry.date().is_none_or(|date| date >= before) {
                continue;
            }
            let linked = run.links.line_of(world, &entry).map(|(idx, _)| idx);
            let time = linked.filter(|&idx| {
                let line = world.lines.at(idx);
                line.policy == Policy::Time && line.unit.is_some()
            });
            let id = time.map_or("", |idx| world.lines.id(idx));
            let of = by_line.entry(id).or_insert_with(|| (time.map(|idx| world.lines.at(idx)), Vec::new()));
            // Employee and text are not kept of entries that no draft would show.
            let said = Said {
                ticket: Some(entry.ticket.map_or("", |ticket| world.tickets.id(ticket))),
                customer: linked.map(|idx| world.customers.id(world.lines.at(idx).customer)),
                ..Said::default()
            };
            of.1.push(Opened { id: entry.id(), days: entry.days(), open, known: entry.hours, said });
        }
    }
    // G4: what else the ERP says is invoiced of time lines is explained from here on.
    let unexplained = crate::doubt::unexplained(world, &run.links, &run.account, &run.posted);
    for idx in unexplained.keys() {
        by_line.entry(world.lines.id(*idx)).or_insert_with(|| (Some(world.lines.at(*idx)), Vec::new()));
    }
    let mut batch = LedgerBatch::default();
    for (line_no, (id, (line, mut entries))) in (1_u32..).zip(by_line) {
        entries.sort_by_key(|entry| entry.id);
        let hours = entries.iter().map(|entry| entry.open).sum();
        let position = position(batch.lines.len());
        for entry in &entries {
            batch.portions.push(position, entry.id, entry.days, entry.open.micros(), entry.known.micros(), entry.said);
        }
        let unexplained = world.lines.find(id).and_then(|idx| unexplained.get(&idx)).copied().unwrap_or(0);
        let line = opening_line(run, settings, (line_no, id), line, hours, unexplained);
        batch.lines.push(line.ok_or(LedgerError::TooLarge)?);
    }
    let id = format!("opening-{before}");
    let id = (1_u32..)
        .map(|nth| if nth == 1 { id.clone() } else { format!("{id}-{nth}") })
        .find(|id| !run.posted.has_document(id))
        .or_bug("there are more numbers than documents");
    let lines = position(batch.lines.len());
    batch.documents.push(Document::without_money(id, DocumentKind::Opening, Effect::Billed, lines));
    Ok((head, batch))
}

struct Opened<'a> {
    id: &'a str,
    days: i32,
    open: crate::quantity::Hours,
    known: crate::quantity::Hours,
    said: Said<'a>,
}

/// A line of an opening: its quantity is what `hours` add to the rounded sum, and nothing is made up for later (B3). `unexplained` is what
/// the ERP says is invoiced beyond all that explains it, in millionths of microseconds. `None` when a figure does not fit.
fn opening_line(
    run: &Run,
    settings: &Settings,
    (line_no, id): (u32, &str),
    line: Option<&OrderLine>,
    hours: HoursSum,
    unexplained: i128,
) -> Option<Line> {
    use crate::quantity::UnitSize;
    let world = &run.intake.world;
    let idx = world.lines.find(id).filter(|_| line.is_some());
    let (outside, before) =
        idx.map(|idx| run.account.line(idx)).map_or((HoursSum::ZERO, HoursSum::ZERO), |of| (of.outside, of.invoiced));
    let unit =
        line.map_or(UnitSize::HOUR, |line| line.unit.or_bug("what is opened on a line is billed in a unit of time"));
    let decimals = settings.billing.rules.quantity_decimals;
    // The book refuses a line whose quantity is not that of its hours.
    let rounded = |hours| unit.quantity(hours, decimals);
    // What this closes is explained by it.
    let rest = (unexplained - hours.micros() * i128::from(MICROS_PER_ONE)).max(0);
    let explained = Quantity::from_micros(i64::try_from(divide_rounded(rest, unit.micros().into())?).ok()?);
    Some(Line {
        order: line.map_or_else(String::new, |line| world.orders.id(line.order).to_owned()),
        order_line: id.to_owned(),
        product: line.map_or_else(String::new, |line| line.product.clone()),
        uom: line.map_or_else(|| "Hours".to_owned(), |line| line.uom.clone()),
        unit: Some(unit),
        quantity: rounded(before + hours)?.checked_sub(rounded(before)?)?,
        hours,
        outside,
        then: LineThen { explained, ..line.map_or(LineThen::UNKNOWN, |line| then(world, line)) },
        ..Line::without_money(0, line_no, LineKind::Time, decimals)
    })
}
