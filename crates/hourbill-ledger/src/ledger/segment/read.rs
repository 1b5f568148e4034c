//! Tables to rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow_array::Array;

use super::row::{
    SaidWords, THEN, Then, Words, all_dates, all_hours, date_at, hours_at, read, required_small_at, said_at, uplift_at,
};
use super::{Outcome, TaxText, UPLIFT, wrong};
use crate::calendar::Date;
use crate::ledger::log::LedgerTable;
use crate::model::{Minimum, TargetKind};
use crate::posted::{
    ClosingSegment, Document, DocumentKind, Effect, LedgerBatch, Line, LineFacts, LineKind, LineThen, MadeEntry,
    Payment, Portions, Rate, Said, TaxShare, rates_from_text,
};
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize};
use crate::statement::{CoveredOn, CoveredPortion};

fn taxes_from_text(text: &str, currency: Option<Currency>) -> Outcome<Vec<TaxShare>> {
    let taxes: Vec<TaxText> = serde_json::from_str(text).map_err(wrong)?;
    let share = |tax: TaxText| {
        let amount = |text: &str| Money::from_text(text, currency?);
        let percent = Percent::from_text(&tax.rate)?;
        let (base, amount) = (amount(&tax.base)?, amount(&tax.amount)?);
        Some(TaxShare { rate: Rate { category: tax.category, percent }, base, amount })
    };
    taxes.into_iter().map(|tax| share(tax).ok_or_else(|| wrong("a tax cannot be read"))).collect()
}

pub fn read_documents(bytes: Vec<u8>) -> Outcome<Vec<Document>> {
    let mut documents = Vec::new();
    read(LedgerTable::Documents, bytes, None, |row| {
        let (kinds, effects, currencies) = (row.words("kind")?, row.words("effect")?, row.words("currency")?);
        let kinds = kinds.meanings(DocumentKind::from_name);
        let effects = effects.meanings(Effect::from_name);
        let (ids, sources) = (row.texts("document_id")?, row.texts("source_document_id")?);
        let (customers, companies, taxes) = (row.texts("customer_id")?, row.texts("company")?, row.texts("taxes")?);
        let notes = row.texts("note")?;
        for at in 0..row.len() {
            let currency = row.currency(&currencies, at)?;
            documents.push(Document {
                id: ids.value(at).to_owned(),
                kind: kinds.get(at)?,
                effect: effects.get(at)?,
                source: (!sources.is_null(at)).then(|| sources.value(at).to_owned()),
                customer: customers.value(at).to_owned(),
                company: companies.value(at).to_owned(),
                currency,
                period: row.date("period_from", at)?.zip(row.date("period_to", at)?),
                net: row.money("net_amount", at, currency)?,
                tax: row.money("tax_amount", at, currency)?,
                rounding: row.money("rounding_amount", at, currency)?,
                total: row.money("total_amount", at, currency)?,
                taxes: taxes_from_text(taxes.value(at), currency)?,
                note: notes.value(at).to_owned(),
                lines: row.required_small("lines", at)?,
            });
        }
        Ok(())
    })?;
    Ok(documents)
}

/// The ids of documents, of those that they take back from, their kinds, and by which company they are to which customer, alone.
pub fn read_document_parties(
    bytes: Vec<u8>,
    mut each: impl FnMut(&str, Option<&str>, DocumentKind, (&str, &str)),
) -> Outcome<()> {
    let names = ["document_id", "source_document_id", "kind", "company", "customer_id"];
    read(LedgerTable::Documents, bytes, Some(&names), |row| {
        let (ids, sources) = (row.texts("document_id")?, row.texts("source_document_id")?);
        let (companies, customers) = (row.texts("company")?, row.texts("customer_id")?);
        let kinds = row.words("kind")?;
        let kinds = kinds.meanings(DocumentKind::from_name);
        for at in 0..row.len() {
            let source = (!sources.is_null(at)).then(|| sources.value(at));
            each(ids.value(at), source, kinds.get(at)?, (companies.value(at), customers.value(at)));
        }
        Ok(())
    })
}

/// The lines of documents that were read before, in their order.
pub fn read_lines(bytes: Vec<u8>, documents: &[Document]) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    let mut document = 0_usize;
    let mut in_document = 0_u32;
    read(LedgerTable::Lines, bytes, None, |row| {
        let of = row.words("document_id")?;
        let (kinds, currencies) = (row.words("kind")?, row.words("currency")?);
        let kinds = kinds.meanings(LineKind::from_name);
        let (orders, order_lines, products) =
            (row.texts("order_id")?, row.texts("order_line_id")?, row.texts("product")?);
        let (uoms, taxes, down_payments) = (row.texts("uom")?, row.texts("taxes")?, row.texts("down_payment")?);
        let adjustments = row.texts("adjustments")?;
        let (thens, minimums) = (row.then()?, row.minimums()?);
        let minimum = |at: usize| match minimums.as_ref().and_then(|minimums| minimums.get(at)) {
            Some(text) => Minimum::parse(text).map(Some).ok_or_else(|| wrong("a minimum cannot be read")),
            None => Ok(None),
        };
        for at in 0..row.len() {
            while documents.get(document).is_some_and(|of| in_document == of.lines) {
                document += 1;
                in_document = 0;
            }
            if documents.get(document).map(|document| document.id.as_str()) != of.get(at) {
                return Err(wrong("its lines are not in the order of the documents"));
            }
            in_document += 1;
            let currency = row.currency(&currencies, at)?;
            let decimal = |name| row.millionths(name, at);
            let Then { customer, confirmed_on, ordered, explained } = row.then_at(&thens, at)?;
            let then = LineThen { customer: customer.map(str::to_owned), confirmed_on, ordered, explained };
            lines.push(Line {
                document: u32::try_from(document).map_err(wrong)?,
                line_no: row.required_small("line_no", at)?,
                kind: kinds.get(at)?,
                order: orders.value(at).to_owned(),
                order_line: order_lines.value(at).to_owned(),
                product: products.value(at).to_owned(),
                uom: uoms.value(at).to_owned(),
                unit: row.number("unit_us", at)?.and_then(UnitSize::from_micros),
                decimals: row.required_small("quantity_decimals", at)?,
                quantity: Quantity::from_micros(decimal("quantity")?),
                price: UnitPrice::from_micros(decimal("unit_price")?),
                discount: row.discount("discount_pct", at)?,
                net: row.money("net_amount", at, currency)?,
                rates: rates_from_text(taxes.value(at)).ok_or_else(|| wrong("a tax cannot be read"))?,
                hours: HoursSum::from_micros(row.required("hours_us", at)?.into()),
                uplift: row.uplift(at)?,
                minimum: minimum(at)?,
                outside: HoursSum::from_micros(row.required("outside_hours_us", at)?.into()),
                exported: Quantity::from_micros(decimal("exported_qty")?),
                source_line: row.small("source_line_no", at)?,
                down_payment: down_payments.value(at).to_owned(),
                adjustments: adjustments.value(at).to_owned(),
                then,
            });
        }
        Ok(())
    })?;
    Ok(lines)
}

/// The columns that [`read_line_facts`] reads, beside those of [`Then`].
const LINE_FACTS: &[&str] = &[
    "kind",
    "effect",
    "order_line_id",
    "unit_us",
    "quantity_decimals",
    "quantity",
    "hours_us",
    "outside_hours_us",
    "exported_qty",
    "order_id",
    "net_amount",
    "currency",
    "taxes",
    "rounding_amount",
    "line_no",
    "down_payment",
    "document_id",
    "product",
    "uom",
    "unit_price",
    "adjustments",
];

/// What lines do to the state of their order lines, without keeping any text.
pub fn read_line_facts(bytes: Vec<u8>, mut each: impl FnMut(&LineFacts<'_>) -> Outcome<()>) -> Outcome<()> {
    let names: Vec<&str> = LINE_FACTS.iter().copied().chain(THEN).chain([UPLIFT]).collect();
    read(LedgerTable::Lines, bytes, Some(&names), |row| {
        let thens = row.then()?;
        let documents = row.words("document_id")?;
        let (kinds, effects) = (row.words("kind")?, row.words("effect")?);
        let kinds = kinds.meanings(LineKind::from_name);
        let effects = effects.meanings(Effect::from_name);
        let currencies = row.words("currency")?;
        let (order_lines, orders) = (row.texts("order_line_id")?, row.texts("order_id")?);
        let (taxes, requests) = (row.texts("taxes")?, row.texts("down_payment")?);
        let (products, uoms, told) = (row.texts("product")?, row.texts("uom")?, row.texts("adjustments")?);
        for at in 0..row.len() {
            let kind = kinds.get(at)?;
            let payment = if kind.moves_down_payment() {
                let currency = row.currency(&currencies, at)?.ok_or_else(|| wrong("a down payment has no currency"))?;
                Some(Payment {
                    document: documents.required(at)?,
                    order: orders.value(at),
                    request: requests.value(at),
                    taxes: taxes.value(at),
                    currency,
                    net: row.money("net_amount", at, Some(currency))?,
                    rounding: row.money("rounding_amount", at, Some(currency))?,
                    first: row.small("line_no", at)? == Some(1),
                })
            } else {
                None
            };
            let Then { customer, confirmed_on, ordered, explained } = row.then_at(&thens, at)?;
            each(&LineFacts {
                payment,
                customer,
                confirmed_on,
                ordered,
                explained,
                document: documents.required(at)?,
                order: orders.value(at),
                order_line: order_lines.value(at),
                product: products.value(at),
                kind,
                effect: effects.get(at)?,
                uom: uoms.value(at),
                price: UnitPrice::from_micros(row.millionths("unit_price", at)?),
                currency: row.currency(&currencies, at)?,
                unit: row.number("unit_us", at)?.and_then(UnitSize::from_micros),
                decimals: row.required_small("quantity_decimals", at)?,
                quantity: Quantity::from_micros(row.millionths("quantity", at)?),
                hours: HoursSum::from_micros(row.required("hours_us", at)?.into()),
                uplift: row.uplift(at)?,
                outside: HoursSum::from_micros(row.required("outside_hours_us", at)?.into()),
                exported: Quantity::from_micros(row.millionths("exported_qty", at)?),
                adjustments: told.value(at),
            })?;
        }
        Ok(())
    })
}

/// The portions of one object, without the lines they are on: what each does to hours, and of which order line; of which document when
/// that is asked for.
pub fn read_closing(bytes: Vec<u8>, with_documents: bool) -> Outcome<ClosingSegment> {
    let mut all = ClosingSegment::default();
    let mut names = vec!["timesheet_id", "hours_us", "entry_hours_us", "effect", "order_line_id", "date", UPLIFT];
    names.extend(with_documents.then_some("document_id"));
    let (mut known, mut known_documents) = (HashMap::new(), HashMap::new());
    read(LedgerTable::Portions, bytes, Some(&names), |row| {
        if with_documents {
            number_words(&row.words("document_id")?, &mut known_documents, &mut all.document_ids, &mut all.documents)?;
        }
        let ClosingSegment { portions, effects: of_portions, lines, order_lines, .. } = &mut all;
        let (effects, of_lines) = (row.words("effect")?, row.words("order_line_id")?);
        let effects = effects.meanings(Effect::from_name);
        let (ids, uplifts) = (row.texts("timesheet_id")?, row.uplifts()?);
        portions.hours.extend_from_slice(all_hours(row.numbers("hours_us")?, "hours_us")?);
        portions.known.extend_from_slice(all_hours(row.numbers("entry_hours_us")?, "entry_hours_us")?);
        portions.dates.extend_from_slice(all_dates(row.dates("date")?)?);
        // Each different order line is looked up once.
        number_words(&of_lines, &mut known, order_lines, lines)?;
        for at in 0..row.len() {
            portions.ids.push(ids.value(at));
            of_portions.push(effects.get(at)?);
            let uplift = uplift_at(uplifts, at)?;
            if uplift != 0 {
                portions.uplifts.insert(of_portions.len() - 1, uplift);
            }
        }
        Ok(())
    })?;
    Ok(all)
}

/// Adds a number for each cell of a column, the position of its word among `all` words so far.
fn number_words(
    words: &Words<'_>,
    known: &mut HashMap<String, u32>,
    all: &mut Vec<String>,
    numbers: &mut Vec<u32>,
) -> Outcome<()> {
    let mut positions = Vec::with_capacity(words.values.len());
    for key in 0..words.values.len() {
        let word = words.values.value(key);
        let next = u32::try_from(all.len()).map_err(wrong)?;
        positions.push(*known.entry(word.to_owned()).or_insert_with(|| {
            all.push(word.to_owned());
            next
        }));
    }
    for at in 0..words.column.len() {
        let position = words.column.key(at).and_then(|key| positions.get(key));
        numbers.push(*position.ok_or_else(|| wrong("a portion has no order line or no document"))?);
    }
    Ok(())
}

/// Ids of the entries of one object that are wanted, with what they said (G5).
pub fn read_said(bytes: Vec<u8>, wanted: impl Fn(&str) -> bool) -> Outcome<Portions> {
    let mut portions = Portions::default();
    let names = ["timesheet_id", "employee", "ticket_id", "customer_id", "started_at", "description_hash"];
    read(LedgerTable::Portions, bytes, Some(&names), |row| {
        let ids = row.texts("timesheet_id")?;
        let said = row.said()?;
        for at in (0..row.len()).filter(|&at| wanted(ids.value(at))) {
            portions.ids.push(ids.value(at));
            portions.said.push(said_at(said.as_ref(), at)?);
        }
        Ok(())
    })?;
    Ok(portions)
}

/// What wanted entries said, the later portions over the earlier ones (G6).
pub fn read_made(bytes: Vec<u8>, wanted: impl Fn(&str) -> bool, made: &mut BTreeMap<String, MadeEntry>) -> Outcome<()> {
    let names = [
        "timesheet_id",
        "date",
        "entry_hours_us",
        "effect",
        "employee",
        "ticket_id",
        "customer_id",
        "started_at",
        "description_hash",
        "order_line_id",
    ];
    read(LedgerTable::Portions, bytes, Some(&names), |row| {
        let (ids, said, effects) = (row.texts("timesheet_id")?, row.said()?, row.words("effect")?);
        let (dates, hours) = (row.dates("date")?, row.numbers("entry_hours_us")?);
        let (effects, lines) = (effects.meanings(Effect::from_name), row.words("order_line_id")?);
        for at in (0..row.len()).filter(|&at| wanted(ids.value(at))) {
            // Held hours are no reason to keep an id.
            if effects.get(at)? == Effect::Held {
                continue;
            }
            let of_entry = said_at(said.as_ref(), at)?;
            let entry = MadeEntry {
                date: date_at(dates, at).ok_or_else(|| wrong("a date is out of range"))?,
                hours: hours_at(hours, at)?,
                employee: of_entry.employee.map(str::to_owned),
                ticket: of_entry.ticket.map(str::to_owned),
                text: of_entry.text,
                line: lines.text(at).to_owned(),
            };
            made.insert(ids.value(at).to_owned(), entry);
        }
        Ok(())
    })
}

/// The documents on which portions of some entries are.
pub fn read_documents_of(bytes: Vec<u8>, wanted: &HashSet<String>) -> Outcome<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    read(LedgerTable::Portions, bytes, Some(&["timesheet_id", "document_id"]), |row| {
        let (ids, documents) = (row.texts("timesheet_id")?, row.words("document_id")?);
        for at in (0..row.len()).filter(|&at| wanted.contains(ids.value(at))) {
            let document = documents.text(at);
            if !found.contains(document) {
                found.insert(document.to_owned());
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The portions on the lines that `find` knows: line, date, hours with what a minimum billed beyond them (M4), and effect.
pub fn read_by_line<T: Copy>(
    bytes: Vec<u8>,
    find: impl Fn(&str) -> Option<T>,
    mut each: impl FnMut(T, Date, (Hours, Hours), Effect),
) -> Outcome<()> {
    read(LedgerTable::Portions, bytes, Some(&["order_line_id", "date", "hours_us", "effect", UPLIFT]), |row| {
        let (lines, effects) = (row.words("order_line_id")?, row.words("effect")?);
        let (lines, effects) = (lines.meanings(&find), effects.meanings(Effect::from_name));
        let (dates, hours, uplifts) = (row.dates("date")?, row.numbers("hours_us")?, row.uplifts()?);
        for at in 0..row.len() {
            let Some(line) = lines.find(at) else { continue };
            let date = date_at(dates, at).ok_or_else(|| wrong("a portion has no date"))?;
            let uplift = Hours::from_micros(uplift_at(uplifts, at)?);
            each(line, date, (hours_at(hours, at)?, uplift), effects.get(at)?);
        }
        Ok(())
    })
}

/// G9: covered hours of the order lines that `find` knows; what was taken back of them is negative.
pub fn read_covered(
    bytes: Vec<u8>,
    find: impl Fn(&str) -> Option<CoveredOn>,
    mut each: impl FnMut(CoveredPortion),
) -> Outcome<()> {
    let names = [
        "order_line_id",
        "timesheet_id",
        "date",
        "hours_us",
        "effect",
        "employee",
        "ticket_id",
        "customer_id",
        "started_at",
        "description_hash",
        "document_id",
        UPLIFT,
    ];
    read(LedgerTable::Portions, bytes, Some(&names), |row| {
        let (lines, effects) = (row.words("order_line_id")?, row.words("effect")?);
        let (lines, effects) = (lines.meanings(&find), effects.meanings(Effect::from_name));
        let documents = row.words("document_id")?;
        let (ids, said) = (row.texts("timesheet_id")?, row.said()?);
        let (dates, hours, uplifts) = (row.dates("date")?, row.numbers("hours_us")?, row.uplifts()?);
        for at in 0..row.len() {
            let covers = effects.get(at)?.covers(hours_at(hours, at)?.micros());
            let Some(pack) = lines.find(at).filter(|_| covers != 0) else { continue };
            let Said { employee, ticket, .. } = said_at(said.as_ref(), at)?;
            each(CoveredPortion {
                pack,
                date: date_at(dates, at).ok_or_else(|| wrong("a portion has no date"))?,
                id: ids.value(at).to_owned(),
                hours: Hours::from_micros(covers),
                uplift: Hours::from_micros(effects.get(at)?.covers(uplift_at(uplifts, at)?)),
                employee: employee.unwrap_or_default().to_owned(),
                ticket: ticket.unwrap_or_default().to_owned(),
                document: documents.text(at).to_owned(),
            });
        }
        Ok(())
    })
}

/// The ids of entries with portions that do what is `asked`, on the order lines that `find` knows.
pub fn read_posted_ids<T: Copy>(
    bytes: Vec<u8>,
    asked: impl Fn(Effect) -> bool,
    find: impl Fn(&str) -> Option<T>,
    mut each: impl FnMut(T, &str),
) -> Outcome<()> {
    read(LedgerTable::Portions, bytes, Some(&["order_line_id", "timesheet_id", "effect"]), |row| {
        let (lines, effects) = (row.words("order_line_id")?, row.words("effect")?);
        let (lines, effects) = (lines.meanings(&find), effects.meanings(Effect::from_name));
        let ids = row.texts("timesheet_id")?;
        for at in 0..row.len() {
            let effect = effects.get(at)?;
            if let Some(line) = lines.find(at).filter(|_| asked(effect)) {
                each(line, ids.value(at));
            }
        }
        Ok(())
    })
}

/// The ids of the entries of one object and of their tickets, which the first format did not keep.
pub fn read_work_ids(bytes: Vec<u8>, mut each: impl FnMut(TargetKind, &str)) -> Outcome<()> {
    read(LedgerTable::Portions, bytes, Some(&["timesheet_id", "ticket_id"]), |row| {
        let ids = row.texts("timesheet_id")?;
        (0..row.len()).for_each(|at| each(TargetKind::Entry, ids.value(at)));
        if let Some(SaidWords { tickets, .. }) = row.said()? {
            (0..tickets.values.len()).for_each(|key| each(TargetKind::Ticket, tickets.values.value(key)));
        }
        Ok(())
    })
}

/// The portions of one object, to go behind those of the batch that were read before.
pub fn read_portions(bytes: Vec<u8>, batch: &mut LedgerBatch) -> Outcome<()> {
    let mut starts = Vec::with_capacity(batch.documents.len());
    let mut start = 0_u32;
    for document in &batch.documents {
        starts.push(start);
        start = start.checked_add(document.lines).ok_or_else(|| wrong("it has too many lines"))?;
    }
    let (documents, all_lines, portions) = (&batch.documents, &batch.lines, &mut batch.portions);
    let mut document =
        portions.lines.last().and_then(|&line| all_lines.get(line as usize)).map_or(0, |line| line.document as usize);
    read(LedgerTable::Portions, bytes, None, |row| {
        let (of, order_lines, effects) = (row.words("document_id")?, row.words("order_line_id")?, row.words("effect")?);
        let effects = effects.meanings(Effect::from_name);
        let ids = row.texts("timesheet_id")?;
        let (said, line_nos, dates) = (row.said()?, row.smalls("line_no")?, row.dates("date")?);
        let (hours, known) = (row.numbers("hours_us")?, row.numbers("entry_hours_us")?);
        let uplifts = row.uplifts()?;
        for at in 0..row.len() {
            let id = of.text(at);
            while documents.get(document).is_some_and(|document| document.id != id) {
                document += 1;
            }
            let line_no = required_small_at(line_nos, at)?;
            let position =
                starts.get(document).zip(line_no.checked_sub(1)).and_then(|(start, at)| start.checked_add(at));
            let line = position.and_then(|position| all_lines.get(position as usize));
            let (Some(position), Some(line), Some(of)) = (position, line, documents.get(document)) else {
                return Err(wrong("a portion is on no line, or out of order"));
            };
            if line.document as usize != document
                || line.order_line != order_lines.text(at)
                || of.effect != effects.get(at)?
            {
                return Err(wrong("a portion does not fit its line"));
            }
            let date = date_at(dates, at).ok_or_else(|| wrong("a date is out of range"))?;
            portions.push(
                position,
                ids.value(at),
                date.days(),
                hours_at(hours, at)?.micros(),
                hours_at(known, at)?.micros(),
                said_at(said.as_ref(), at)?,
            );
            portions.lift(uplift_at(uplifts, at)?);
        }
        Ok(())
    })
}
