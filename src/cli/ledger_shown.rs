//! What stands in the ledger, for people and for programs: the book, a document, the history of an entry.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::issued::issued_json;
use super::layout::{heading, hours, wrapped};
use super::ledger_text::{amount, documents_and_notes, plain_amount, summary_json, with};
use super::months_shown;
use crate::document::Status;
use crate::ledger::{HoursMoved, IssuedDocuments, LogAction, LogEntry};
use crate::posted::{Book, BookEntry, DocumentKind, Line, Standing, TaxShare, rates_text, total_left};
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, UnitPrice};

/// How a document stands now.
fn state(entry: &BookEntry, issued: &IssuedDocuments) -> &'static str {
    match entry.standing() {
        Standing::Void | Standing::Undone
            if issued.find(&entry.document.id).is_some_and(|of| of.status == Status::Cancelled) =>
        {
            "cancelled"
        }
        Standing::Void => "void",
        Standing::Undone => "undone",
        Standing::Credited => "fully credited",
        Standing::InPart => "credited in part",
        Standing::Whole if !entry.taken_by.is_empty() => "credited and undone",
        Standing::Whole => "",
    }
}

fn left_json(entry: &BookEntry) -> Value {
    total_left(entry).map_or(Value::Null, |left| plain_amount(left, entry.document.currency))
}

pub fn book(log: &[LogEntry], book: &Book, issued: &IssuedDocuments) -> String {
    let Some(newest) = log.last() else { return "the ledger is empty\n".to_owned() };
    let (left, right) = (Align::Left, Align::Right);
    let numbered = issued.iter().any(|of| of.number.is_some());
    let mut columns = vec![
        ("document", Align::Id),
        ("kind", Align::Spare),
        ("on", Align::Spare),
        ("by", Align::Spare),
        ("hours", Align::SpareRight),
        ("total", right),
        ("left", right),
        ("", left),
        ("", left),
    ];
    if numbered {
        columns.insert(1, ("number", Align::Id));
    }
    let mut grid = Grid::new(&columns);
    for entry in book.entries().iter().filter(|entry| !entry.document.kind.is_note()) {
        let document = &entry.document;
        let deed = deed_of(log, entry.sequence);
        let lines = entry.lines.iter().map(|line| line.line.hours).sum();
        let currency = document.currency;
        let mut row = vec![
            document.id.clone(),
            document.kind.name().replace('_', " "),
            deed.map_or_else(String::new, |deed| deed.at.clone()),
            deed.map_or_else(String::new, |deed| deed.by.clone()),
            hours(lines),
            amount(document.total, currency),
            if document.takes_back() {
                String::new()
            } else {
                total_left(entry).map_or_else(String::new, |left| amount(left, currency))
            },
            currency.map_or_else(String::new, |currency| currency.code().to_owned()),
            state(entry, issued).to_owned(),
        ];
        if numbered {
            let number = issued.find(&document.id).and_then(|of| of.number.as_ref());
            row.insert(1, number.map_or_else(String::new, |number| number.text.clone()));
        }
        grid.row(&row);
    }
    let mut text = grid.text();
    text.push_str(&down_payments(book));
    text.push_str(&totals_text(book));
    text.push_str(&months_shown::shown(log));
    let notes = book.entries().iter().filter(|entry| entry.document.kind.is_note()).count() as u64;
    let documents = book.entries().len() as u64 - notes;
    text.push('\n');
    text.push_str(&wrapped("", &documents_and_notes(documents, notes, newest.sequence)));
    text.push_str(&format!("  head {}\n", newest.seal));
    text
}

fn down_payments(book: &Book) -> String {
    let balances = book.down_payments();
    if balances.orders().next().is_none() {
        return String::new();
    }
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("down payments, net", left),
        ("order", left),
        ("posted", right),
        ("credited", right),
        ("deducted", right),
        ("left", right),
        ("", left),
    ]);
    for order in balances.orders() {
        for (request, posted) in balances.of_order(order) {
            let currency = Some(posted.currency);
            let sum = |of: fn(&crate::down_payment::DownPaymentBalance) -> Option<Money>| {
                let sum = posted.sets.values().try_fold(Money::ZERO, |sum, balance| sum.checked_add(of(balance)?));
                sum.map_or_else(String::new, |sum| amount(sum, currency))
            };
            // What the ERP invoiced stands in the orders of the day: the ledger knows what it deducted of it, not what is left.
            let [paid, credited, rest] = if posted.is_of_the_erp() {
                ["in the ERP".to_owned(), String::new(), String::new()]
            } else {
                [
                    sum(|balance| Some(balance.posted)),
                    sum(|balance| Some(balance.credited)),
                    sum(|balance| balance.left()),
                ]
            };
            let deducted = sum(|balance| Some(balance.deducted));
            let currency = posted.currency.code().to_owned();
            grid.row(&[request.to_owned(), order.to_owned(), paid, credited, deducted, rest, currency]);
        }
    }
    format!("\n{}", grid.text())
}

fn deed_of(log: &[LogEntry], sequence: u64) -> Option<&LogAction> {
    let at = usize::try_from(sequence).ok()?.checked_sub(1)?;
    log.get(at).map(|entry| &entry.deed)
}

pub fn book_json(log: &[LogEntry], book: &Book, issued: &IssuedDocuments) -> Value {
    let entries: Vec<Value> = log
        .iter()
        .map(|entry| {
            let mut told =
                json!({"sequence": entry.sequence, "hash": entry.seal, "deed": entry.deed, "totals": entry.totals});
            if let (Some(month), Value::Object(told)) = (&entry.month, &mut told) {
                told.insert("month".to_owned(), json!(month));
            }
            told
        })
        .collect();
    let documents = book.entries().iter().filter(|entry| !entry.document.kind.is_note());
    let documents: Vec<Value> = documents.map(|entry| document_json(log, entry, issued)).collect();
    let balances = book.down_payments();
    let payment = |order: &str, request: &str, posted: &crate::down_payment::PostedDownPayment| {
        let currency = Some(posted.currency);
        // Of a down payment that the ERP invoiced the ledger knows the deductions alone.
        let of_ledger = |amount: Option<Money>| {
            amount.filter(|_| !posted.is_of_the_erp()).map_or(Value::Null, |amount| plain_amount(amount, currency))
        };
        let set = |(rates, balance): (&Vec<crate::down_payment::Rate>, &crate::down_payment::DownPaymentBalance)| {
            json!({
                "taxes": crate::posted::rates_text(rates),
                "posted": of_ledger(Some(balance.posted)),
                "credited": of_ledger(Some(balance.credited)),
                "deducted": plain_amount(balance.deducted, currency),
                "left": of_ledger(balance.left()),
            })
        };
        let sets: Vec<Value> = posted.sets.iter().map(set).collect();
        json!({
            "order_id": order,
            "request": request,
            "invoiced_in_the_erp": posted.is_of_the_erp(),
            "currency": posted.currency.code(),
            "sets": sets,
        })
    };
    let down_payments: Vec<Value> = balances
        .orders()
        .flat_map(|order| balances.of_order(order).map(move |(request, posted)| payment(order, request, posted)))
        .collect();
    let totals: Vec<Value> = totals(book)
        .into_iter()
        .map(|(currency, sums)| {
            let [posted, taken_back, left] = sums.map(|sum| sum.map_or(Value::Null, |sum| sum.text(currency).into()));
            json!({"currency": currency.code(), "posted": posted, "taken_back": taken_back, "left": left})
        })
        .collect();
    let months = months_shown::shown_json(log);
    json!({
        "entries": entries,
        "documents": documents,
        "down_payments": down_payments,
        "totals": totals,
        "months": months,
    })
}

/// By currency: what documents billed, what was taken back of that and not given back, and the rest, all with tax; `None` where a sum does
/// not fit.
fn totals(book: &Book) -> BTreeMap<Currency, [Option<Money>; 3]> {
    let mut totals: BTreeMap<Currency, [Option<Money>; 3]> = BTreeMap::new();
    for entry in book.entries() {
        let Some(currency) = entry.document.currency else { continue };
        let [posted, taken, left] = totals.entry(currency).or_insert([Some(Money::ZERO); 3]);
        let of = if entry.document.takes_back() { taken } else { posted };
        *of = of.and_then(|sum| sum.checked_add(entry.document.total));
        *left = left.and_then(|sum| sum.checked_add(entry.document.total));
    }
    totals
}

fn totals_text(book: &Book) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("with tax", left), ("posted", right), ("taken back", right), ("left", right)]);
    let totals = totals(book);
    for (currency, sums) in &totals {
        let [posted, taken, rest] = sums.map(|sum| sum.map_or_else(String::new, |sum| amount(sum, Some(*currency))));
        grid.row(&[currency.code().to_owned(), posted, taken, rest]);
    }
    if totals.is_empty() { String::new() } else { format!("\n{}", grid.text()) }
}

pub fn document(log: &[LogEntry], entry: &BookEntry, issued: &IssuedDocuments) -> String {
    let document = &entry.document;
    let currency = document.currency;
    let mut text = format!("{}\n", heading(&format!("{} · {}", document.id, document.kind.name().replace('_', " "))));
    if let Some(deed) = deed_of(log, entry.sequence) {
        let reason = if deed.reason.is_empty() { String::new() } else { format!(": {}", deed.reason) };
        let (sequence, at, by) = (entry.sequence, &deed.at, &deed.by);
        text.push_str(&wrapped("  ", &format!("entry {sequence} of the ledger, on {at} by {by}{reason}")));
    }
    if let Some(source) = &document.source {
        let does = if document.kind == DocumentKind::Undo { "undoes" } else { "takes back from" };
        text.push_str(&format!("  {does} {source}\n"));
    }
    if let Some(of) = issued.find(&document.id) {
        let due = of.due_date.map_or_else(String::new, |date| format!(", due {date}"));
        let number = of.number.as_ref().map_or("to be numbered by your accounting", |number| &number.text);
        text.push_str(&format!("  {number}, dated {}{due}\n", of.issue_date));
    }
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("line", left),
        ("kind", Align::Spare),
        ("order line", Align::Id),
        ("quantity", right),
        ("", left),
        ("price", right),
        ("tax", left),
        ("hours", right),
        ("hours left", right),
        ("net", right),
        ("net left", right),
    ]);
    for line in &entry.lines {
        grid.row(&[
            format!("  {}", line.line.line_no),
            line.line.kind.name().replace('_', " "),
            line.line.order_line.clone(),
            line.line.quantity.to_string(),
            line.line.uom.clone(),
            price(line.line.price, line.line.discount, line.line.kind.moves_down_payment()),
            rates_text(&line.line.rates),
            hours(line.line.hours),
            hours(line.hours),
            amount(line.line.net, currency),
            amount(line.net, currency),
        ]);
    }
    text.push_str(&grid.text());
    for line in entry.lines.iter().filter(|line| !line.line.adjustments.is_empty()) {
        text.push_str(&wrapped(&format!("  line {}: ", line.line.line_no), &line.line.adjustments));
    }
    if !document.note.is_empty() {
        text.push_str(&wrapped("  note: ", &document.note));
    }
    let code = currency.map_or_else(String::new, |currency| format!(" {currency}"));
    for tax in &document.taxes {
        let (rate, category) = (tax.rate.percent, &tax.rate.category);
        let (base, of) = (amount(tax.base, currency), amount(tax.amount, currency));
        text.push_str(&format!("  tax {rate} % ({category}) on {base}: {of}{code}\n"));
    }
    let left = total_left(entry).map_or_else(String::new, |left| amount(left, currency));
    text.push_str(&format!("  total {}{code}, left {left}{code}\n", amount(document.total, currency)));
    let state = state(entry, issued);
    if !state.is_empty() {
        let by: Vec<String> = entry.taken_by.iter().map(u64::to_string).collect();
        text.push_str(&format!("  {state} by entry {}\n", by.join(", ")));
    }
    text
}

/// `90 less 10 %`; lines of down payments have none.
fn price(price: UnitPrice, discount: Percent, none: bool) -> String {
    match discount {
        _ if none => String::new(),
        Percent::ZERO => price.to_string(),
        discount => format!("{price} less {discount} %"),
    }
}

pub fn document_json(log: &[LogEntry], entry: &BookEntry, issued: &IssuedDocuments) -> Value {
    let currency = entry.document.currency;
    let lines: Vec<Line> = entry.lines.iter().map(|line| line.line.clone()).collect();
    let mut told = summary_json(&entry.document, &lines);
    let of_line = |line: &crate::posted::BookLine| {
        json!({
            "line_no": line.line.line_no,
            "kind": line.line.kind.name(),
            "order_id": line.line.order,
            "order_line_id": line.line.order_line,
            "product": line.line.product,
            "quantity": line.line.quantity.to_string(),
            "quantity_left": line.quantity.to_string(),
            "uom": line.line.uom,
            "unit_price": line.line.price.to_string(),
            "discount_pct": line.line.discount.to_string(),
            "taxes": rates_text(&line.line.rates),
            "hours": line.line.hours.to_string(),
            "hours_left": line.hours.to_string(),
            "net_amount": plain_amount(line.line.net, currency),
            "net_left": plain_amount(line.net, currency),
            "source_line_no": line.line.source_line,
            "adjustments": line.line.adjustments,
        })
    };
    let tax = |tax: &TaxShare| {
        json!({
            "category": tax.rate.category,
            "rate": tax.rate.percent.to_string(),
            "base": plain_amount(tax.base, currency),
            "amount": plain_amount(tax.amount, currency),
        })
    };
    let deed = deed_of(log, entry.sequence);
    let period = entry.document.period;
    if let Value::Object(told) = &mut told {
        told.insert("sequence".to_owned(), entry.sequence.into());
        told.insert("date".to_owned(), deed.map(|deed| deed.at.clone()).into());
        told.insert("by".to_owned(), deed.map(|deed| deed.by.clone()).into());
        told.insert("reason".to_owned(), deed.map(|deed| deed.reason.clone()).into());
        told.insert("period_from".to_owned(), period.map(|(from, _)| from.to_string()).into());
        told.insert("period_to".to_owned(), period.map(|(_, to)| to.to_string()).into());
        told.insert("note".to_owned(), entry.document.note.clone().into());
        told.insert("state".to_owned(), state(entry, issued).into());
        told.insert("void".to_owned(), (entry.standing() == Standing::Void).into());
        told.insert("taken_back_by".to_owned(), entry.taken_by.clone().into());
        told.insert("total_left".to_owned(), left_json(entry));
        told.insert("taxes".to_owned(), entry.document.taxes.iter().map(tax).collect());
        told.insert("lines".to_owned(), entry.lines.iter().map(of_line).collect());
    }
    with(told, issued_json(issued.find(&entry.document.id)))
}

pub fn history(id: &str, history: &[HoursMoved]) -> String {
    if history.is_empty() {
        return format!("the ledger has no hours of entry {id}\n");
    }
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[
        ("entry", right),
        ("on", Align::Id),
        ("by", Align::Spare),
        ("document", Align::Id),
        ("line", right),
        ("order line", Align::Id),
        ("price", right),
        ("effect", left),
        ("hours", right),
        ("closed", right),
        ("had", right),
        ("reason", left),
    ]);
    let mut closed = HoursSum::ZERO;
    for moved in history {
        closed += Hours::from_micros(moved.effect.closes(moved.hours.micros()));
        grid.row(&[
            moved.sequence.to_string(),
            moved.deed.at.clone(),
            moved.deed.by.clone(),
            moved.document.clone(),
            moved.line_no.to_string(),
            moved.order_line.clone(),
            price_of(moved),
            effect_of(moved),
            hours(moved.hours.into()),
            hours(closed),
            hours(moved.known.into()),
            moved.deed.reason.clone(),
        ]);
    }
    grid.text()
}

/// `90 EUR an hour` as the unit says: `90 less 10 % EUR/Hours`.
fn price_of(moved: &HoursMoved) -> String {
    let Some(currency) = moved.currency else { return String::new() };
    format!("{} {currency}/{}", price(moved.price, moved.discount, false), moved.uom)
}

fn effect_of(moved: &HoursMoved) -> String {
    let effect = if moved.kind == DocumentKind::Undo { "undone" } else { moved.effect.name() };
    effect.replace('_', " ")
}

pub fn history_json(history: &[HoursMoved]) -> Value {
    let row = |moved: &HoursMoved| {
        json!({
            "sequence": moved.sequence,
            "deed": moved.deed,
            "document_id": moved.document,
            "kind": moved.kind.name(),
            "effect": moved.effect.name(),
            "line_no": moved.line_no,
            "order_line_id": moved.order_line,
            "line_quantity": moved.quantity.to_string(),
            "uom": moved.uom,
            "unit_price": moved.price.to_string(),
            "discount_pct": moved.discount.to_string(),
            "currency": moved.currency.map(|currency| currency.code().to_owned()),
            "date": moved.date.map(|date| date.to_string()),
            "hours": moved.hours.to_string(),
            "entry_hours": moved.known.to_string(),
        })
    };
    history.iter().map(row).collect()
}
