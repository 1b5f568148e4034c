//! What a command changes in the ledger, and what verifying it finds: for people and for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::issued::{by_id, issued_json};
use super::layout::{count, counted, grouped, heading, hours, message, wrapped};
use super::months_shown;
use crate::bug::OrBug;
use crate::calendar::{CalendarMonth, Date};
use crate::ledger::{Actor, Done, FrozenInvoice, LedgerTotals, LogAction, LogActionKind, MonthNote, Planned, Verified};
use crate::posted::{Document, DocumentKind, Effect, Head, LedgerBatch, Line};
use crate::quantity::{Currency, HoursSum, Money};
use crate::run::{Restarted, WentBack};

pub(super) fn amount(money: Money, currency: Option<Currency>) -> String {
    currency.map_or_else(String::new, |currency| grouped(&money.text(currency)))
}

pub(super) fn plain_amount(money: Money, currency: Option<Currency>) -> Value {
    currency.map_or(Value::Null, |currency| money.text(currency).into())
}

/// What a change would do.
pub fn plan(planned: &Planned) -> String {
    let mut text = format!("{}\n", heading(&planned.deed.request));
    match &planned.month {
        Some(note) => text.push_str(&months_shown::text(note)),
        None => {
            text.push_str(&documents(&planned.batch, &planned.invoices));
            text.push_str(&in_all(&planned.batch, planned.totals()));
            text.push_str(&opened_again(&planned.deed, &planned.batch));
        }
    }
    text.push_str(&noted(&planned.notes));
    text
}

fn documents_of_customers(batch: &LedgerBatch) -> u64 {
    batch.documents.iter().filter(|document| !document.kind.is_note()).count() as u64
}

/// `14 documents, 30,664.62 EUR, 422.40 GBP`.
fn sums(batch: &LedgerBatch, totals: &LedgerTotals) -> String {
    let mut text = counted(documents_of_customers(batch), "document");
    for (currency, sums) in &totals.money {
        text.push_str(&format!(", {} {currency}", grouped(&sums.total)));
    }
    text
}

/// What the documents of a change come to, where there are several.
fn in_all(batch: &LedgerBatch, totals: &LedgerTotals) -> String {
    let several = documents_of_customers(batch) > 1;
    if several { wrapped("  ", &format!("in all: {}", sums(batch, totals))) } else { String::new() }
}

/// Hours that a change opens, by the month of their entries. A post opens none: what it gives back the entry does not have any more, or the same
/// post bills it elsewhere (G7, G8).
fn opened(deed: &LogAction, batch: &LedgerBatch) -> BTreeMap<CalendarMonth, HoursSum> {
    let effects: Vec<Effect> =
        batch.by_document().flat_map(|(document, lines)| lines.iter().map(|_| document.effect)).collect();
    let mut months: BTreeMap<CalendarMonth, HoursSum> = BTreeMap::new();
    if deed.kind == LogActionKind::Post {
        return months;
    }
    for portion in batch.portions.iter() {
        let effect = effects.get(portion.line as usize).or_bug("a portion is of a line of the batch");
        let opens = effect.closes(portion.hours).min(0);
        // What is billed below zero closes hours below zero.
        if opens < 0 && *effect != Effect::Billed {
            let date = Date::from_days(portion.days).or_bug("what was billed has a date");
            *months.entry(date.month()).or_default() += HoursSum::from_micros(-i128::from(opens));
        }
    }
    months
}

/// Which runs draft them the notes say: that depends on whether the month is closed (K4).
fn opened_again(deed: &LogAction, batch: &LedgerBatch) -> String {
    let month = |(month, opens): (CalendarMonth, HoursSum)| {
        wrapped("  ", &format!("opens {} h of {month} again", hours(opens)))
    };
    opened(deed, batch).into_iter().map(month).collect()
}

fn opened_json(deed: &LogAction, batch: &LedgerBatch) -> Value {
    let month =
        |(month, opens): (CalendarMonth, HoursSum)| json!({"month": month.to_string(), "hours": opens.to_string()});
    opened(deed, batch).into_iter().map(month).collect()
}

fn noted(notes: &[String]) -> String {
    notes.iter().map(|note| wrapped("  note: ", &message(note))).collect()
}

pub fn plan_json(planned: &Planned) -> Value {
    let change = (&planned.deed, &planned.batch, planned.invoices.as_slice());
    let told = change_json("dry_run", change, planned.totals(), &planned.notes);
    about_month(told, planned.month.as_deref())
}

pub fn done(done: &Done) -> String {
    let (sequence, hash) = (done.head.sequence, &done.head.hash);
    let what = match &done.month {
        Some(note) => months_shown::done(note),
        None => sums(&done.batch, &done.totals),
    };
    let first = if sequence == 1 { ", which was new and empty" } else { "" };
    let name = done.deed.kind.name().replace('_', " ");
    let told = format!("{name}: {what} in entry {sequence} of the ledger{first}");
    // A head is copied: it stays whole.
    wrapped("", &told) + &format!("  head {hash}\n")
}

pub fn done_json(done: &Done) -> Value {
    let told = change_json("done", (&done.deed, &done.batch, &done.invoices), &done.totals, &done.notes);
    with_head(about_month(told, done.month.as_deref()), &done.head)
}

fn about_month(told: Value, month: Option<&MonthNote>) -> Value {
    month.map_or(told.clone(), |month| with(told, json!({"month": month})))
}

/// Adds the head of the ledger after a change to what is told of it.
pub fn with_head(told: Value, head: &Head) -> Value {
    with(told, json!({"sequence": head.sequence, "head": head.hash}))
}

/// Puts the keys of two JSON objects into one.
pub fn with(mut told: Value, more: Value) -> Value {
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    told
}

pub fn nothing_json(why: &str) -> Value {
    json!({"status": "nothing_to_do", "reason": why})
}

/// A ledger that starts anew.
pub fn restarted(went_back: &WentBack, dry_run: bool) -> String {
    let end = match (dry_run, &went_back.head) {
        (true, _) => "this was a dry run: nothing was changed".to_owned(),
        (false, Some(head)) => format!("from here on the job stands on {}; older runs no longer count", on_head(head)),
        (false, None) => "from here on the job has no ledger; older runs no longer count".to_owned(),
    };
    wrapped("", &went_back.to_string()) + &wrapped("", &end)
}

/// What the job stands on. A head is copied: it stands alone.
pub fn standing(head: &Head) -> String {
    match head.sequence {
        0 => format!("  the job stands on {}\n", on_head(head)),
        sequence => format!("  the job stands on entry {sequence} of the ledger\n  head {}\n", head.hash),
    }
}

/// A head in words.
pub fn on_head(head: &Head) -> String {
    match head.sequence {
        0 => "a ledger that is new and empty".to_owned(),
        sequence => format!("entry {sequence} of the ledger, head {}", head.hash),
    }
}

pub fn restarted_json(went_back: &WentBack, restarted: &Restarted, doer: &Actor, dry_run: bool) -> Value {
    json!({
        "status": if dry_run { "dry_run" } else { "done" },
        "known_by": went_back.by,
        "from": restarted.from,
        "to": restarted.to,
        "at": doer.at,
        "by": doer.by,
        "reason": doer.reason,
    })
}

fn change_json(
    status: &str,
    (deed, batch, invoices): (&LogAction, &LedgerBatch, &[FrozenInvoice]),
    totals: &LedgerTotals,
    notes: &[String],
) -> Value {
    let issued = by_id(invoices);
    let of_kind = |kept: bool| {
        let of_kind = batch.by_document().filter(move |(document, _)| document.kind.is_note() == kept);
        let told = |(document, lines): (&Document, &[Line])| {
            with(summary_json(document, lines), issued_json(issued.get(document.id.as_str()).copied()))
        };
        of_kind.map(told).collect::<Vec<Value>>()
    };
    let (documents, kept) = (of_kind(false), of_kind(true));
    json!({"status": status, "deed": deed, "totals": totals, "documents": documents, "kept": kept, "opens": opened_json(deed, batch), "notes": notes})
}

/// Documents told one by one, at most.
const SHOWN_MAX: usize = 50;

fn documents(batch: &LedgerBatch, invoices: &[FrozenInvoice]) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let issued = by_id(invoices);
    let numbered = issued.values().any(|of| of.number.is_some());
    let mut columns = vec![
        ("document", Align::Id),
        ("kind", Align::Spare),
        ("customer", left),
        ("lines", Align::SpareRight),
        ("hours", Align::SpareRight),
        ("net", right),
        ("total", right),
        ("", left),
    ];
    if numbered {
        columns.insert(1, ("number", Align::Id));
    }
    let mut grid = Grid::new(&columns);
    let shown = || batch.by_document().filter(|(document, _)| !document.kind.is_note());
    for (document, lines) in shown().take(SHOWN_MAX) {
        let currency = document.currency;
        let mut row = vec![
            format!("  {}", document.id),
            document.kind.name().replace('_', " "),
            document.customer.clone(),
            count(lines.len() as u64),
            hours(hours_of(lines)),
            amount(document.net, currency),
            amount(document.total, currency),
            currency.map_or_else(String::new, |currency| currency.code().to_owned()),
        ];
        if numbered {
            let number = issued.get(document.id.as_str()).and_then(|of| of.number.as_ref());
            row.insert(1, number.map_or_else(String::new, |number| number.text.clone()));
        }
        grid.row(&row);
    }
    let mut text = grid.text();
    let more = shown().count().saturating_sub(SHOWN_MAX);
    if more > 0 {
        text.push_str(&format!("  and {}\n", counted(more as u64, "more document")));
    }
    text.push_str(&notes(batch));
    for (document, lines) in batch.by_document().filter(|(document, _)| document.takes_back()) {
        text.push_str(&taken(batch, document, lines));
    }
    text
}

/// What a post keeps beside the documents, in words: covered and held hours.
fn notes(batch: &LedgerBatch) -> String {
    let mut text = String::new();
    for (kind, what) in
        [(DocumentKind::Covered, "covered hours are kept"), (DocumentKind::Held, "held hours are noted")]
    {
        let of_kind = || batch.by_document().filter(|(document, _)| document.kind == kind);
        let lines = of_kind().count() as u64;
        if lines > 0 {
            let sum: HoursSum = of_kind().map(|(_, lines)| hours_of(lines)).sum();
            text.push_str(&format!("  {what}: {} h on {}\n", hours(sum), counted(lines, "order line")));
        }
    }
    text
}

/// Which entries are taken back: a choice that was made for the asker is seen.
fn taken(batch: &LedgerBatch, document: &Document, lines: &[Line]) -> String {
    let effect = document.effect.name().replace('_', " ");
    let mut text = String::new();
    let of_document = |line: u32| batch.lines.get(line as usize).filter(|of| lines.contains(of));
    for (row, line) in batch
        .portions
        .lines
        .iter()
        .enumerate()
        .filter_map(|(row, &line)| Some((row, of_document(line)?)))
        .take(SHOWN_MAX)
    {
        let taken = HoursSum::from_micros(-i128::from(batch.portions.at(row).hours));
        let id = batch.portions.ids.get(row);
        let on = if line.order_line.is_empty() { String::new() } else { format!(" on {}", line.order_line) };
        text.push_str(&format!("  {effect}: {} h of entry {id}{on}\n", hours(taken)));
    }
    text
}

fn hours_of(lines: &[Line]) -> HoursSum {
    lines.iter().map(|line| line.hours).sum()
}

pub(super) fn summary_json(document: &Document, lines: &[Line]) -> Value {
    let currency = document.currency;
    json!({
        "document_id": document.id,
        "kind": document.kind.name(),
        "effect": document.effect.name(),
        "source_document_id": document.source,
        "customer_id": document.customer,
        "company": document.company,
        "currency": currency.map(|currency| currency.code().to_owned()),
        "net_amount": plain_amount(document.net, currency),
        "tax_amount": plain_amount(document.tax, currency),
        "rounding_amount": plain_amount(document.rounding, currency),
        "total_amount": plain_amount(document.total, currency),
        "hours": hours_of(lines).to_string(),
        "lines": lines.len(),
    })
}

/// `14 documents and 9 notes of hours (covered, held or closed before) in 1 entry`: the notes no list of documents shows.
pub fn documents_and_notes(documents: u64, notes: u64, entries: u64) -> String {
    let notes = match notes {
        0 => String::new(),
        notes => format!(" and {} of hours (covered, held or closed before)", counted(notes, "note")),
    };
    format!("{}{notes} in {}", counted(documents, "document"), counted(entries, "entry"))
}

/// `stands`: the ledger has all that the job knows of it.
pub fn verified(verified: &Verified, stands: bool) -> String {
    let Verified { head, objects, documents, notes, portions, unused } = verified;
    let what = documents_and_notes(*documents, *notes, head.sequence);
    let holds = if stands { "the ledger holds" } else { "the ledger went back; what is left of it holds" };
    let mut text = wrapped("", &format!("{holds}: {what}, {}", counted(*objects, "object")));
    text.push_str(&format!("  {} of hours, each within what its entry had\n", counted(*portions, "portion")));
    text.push_str(&format!("  head {} {}\n", head.sequence, head.hash));
    for name in unused {
        let why = "a command that was killed left it, or the log has lost its end";
        text.push_str(&wrapped("  ", &format!("{name} belongs to no entry: {why}")));
    }
    text
}

pub fn verified_json(verified: &Verified, stands: bool) -> Value {
    json!({
        "status": if stands { "holds" } else { "went_back" },
        "sequence": verified.head.sequence,
        "head": verified.head.hash,
        "objects": verified.objects,
        "documents": verified.documents,
        "notes": verified.notes,
        "portions": verified.portions,
        "unused": verified.unused,
    })
}
