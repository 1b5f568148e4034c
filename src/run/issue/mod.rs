//! What becomes of documents when they are posted, credited or voided (N1 to N6): they are dated and numbered, frozen with the commit, made in
//! every format of the job, staged before the commit and put in place after it.

mod lost;
mod numbers;
mod place;
mod render;
mod sender;

use std::collections::{BTreeSet, HashMap};

pub use lost::set_lost_aside;
pub use place::{Staged, complete, hold_files};
pub use render::{Rendered, render};
pub(super) use sender::sender_missing;
pub use sender::senders_missing;
use sender::senders_unsaid;

use super::of_ledger::conflict;
use super::{RunError, drafts, published};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::document::{Due, Invoice, Status, TakenPortion, invoice_from_json, json_bytes, set_dates, taken_back};
use crate::job::Settings;
use crate::ledger::{
    FrozenInvoice, Issued, IssuedDocuments, Ledger, LedgerError, LogActionKind, LogEntry, NEVER_SENT, Planned,
    closed_on,
};
use crate::posted::{Document, DocumentKind, LedgerBatch, MonthState, Standing};

/// K4: behind the request of a post into a month that is closed soft.
pub(super) const AFTER_CLOSE: &str = " --after-close";

/// What is asked for beside the change itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// N5; `None`: the day that stands for today.
    pub date: Option<Date>,
    /// N6: a void of what was never sent cancels it.
    pub never_sent: bool,
    /// K4: a post may touch a month that is closed soft.
    pub after_close: bool,
}

/// The documents of a planned change, as they are frozen.
#[derive(Default)]
pub struct Issue {
    invoices: Vec<Invoice>,
}

/// Dates, numbers and freezes the documents of a planned change. Nothing is written.
///
/// # Errors
/// N5: a date that its series, or the day that stands for today, does not allow; a run that did not keep what its documents say.
pub fn issue(settings: &Settings, ledger: &Ledger, planned: &mut Planned, asked: Asked) -> Result<Issue, RunError> {
    let date = asked.date.unwrap_or(settings.billing.as_of);
    if date > settings.billing.as_of {
        let text = format!(
            "documents cannot be dated {date}: that is after {}, the day that stands for today",
            settings.billing.as_of
        );
        return Err(conflict(text));
    }
    if date != settings.billing.as_of {
        planned.deed.date = date.to_string();
    }
    let log = ledger.log()?;
    if refuse_closed(&log, planned, asked, date)? && !planned.deed.request.ends_with(AFTER_CLOSE) {
        planned.deed.request.push_str(AFTER_CLOSE);
    }
    let issued = ledger.issued(&log)?;
    let invoices = match planned.deed.kind {
        LogActionKind::Post => {
            let invoices = sent_by_somebody(of_post(settings, planned)?)?;
            planned.notes.extend(senders_unsaid(settings, &invoices));
            invoices
        }
        LogActionKind::Void if asked.never_sent => return cancel(ledger, &log, &issued, planned, date),
        LogActionKind::Void | LogActionKind::Credit => of_what_takes_back(settings, ledger, (&log, &issued), planned)?,
        LogActionKind::Open | LogActionKind::Reopen => Vec::new(),
        LogActionKind::Close | LogActionKind::ReopenMonth => return Ok(Issue::default()),
    };
    numbers::give(settings, ledger, (&log, &issued), planned, invoices, date)
}

/// N5, K7: no document is dated into a closed month: what is taken back of one is dated in an open month. K4: a post may be, where the month is
/// closed soft and the person says so: returns whether it is such a post.
///
/// # Errors
/// A conflict that names month and company.
fn refuse_closed(log: &[LogEntry], planned: &Planned, asked: Asked, date: Date) -> Result<bool, RunError> {
    let dated = planned.batch.documents.iter().filter(|document| makes_paper(document) && !asked.never_sent);
    let closed = dated.filter_map(|document| {
        let state = closed_on(log, &document.company, date).filter(|state| *state != MonthState::Open)?;
        Some((document.company.as_str(), state))
    });
    let closed: Vec<_> = closed.collect();
    let shut = closed.iter().find(|(_, state)| *state == MonthState::Hard || !asked.after_close);
    let Some(&(company, state)) = shut else { return Ok(!closed.is_empty()) };
    let of = if company.is_empty() { String::new() } else { format!(" of company `{company}`") };
    let remedy = match (state, planned.deed.kind) {
        (MonthState::Soft, LogActionKind::Post) => {
            "--date names a day of an open month, or --after-close --reason TEXT says that it is meant"
        }
        _ => "--date names a day of an open month",
    };
    let month = date.month();
    Err(conflict(format!("documents cannot be dated {date}: {month}{of} is closed {}; {remedy}", state.name())))
}

/// The drafts of the run that are posted.
fn of_post(settings: &Settings, planned: &Planned) -> Result<Vec<Invoice>, RunError> {
    let wanted: BTreeSet<&str> = planned
        .batch
        .documents
        .iter()
        .filter(|document| makes_paper(document))
        .map(|document| document.id.as_str())
        .collect();
    if wanted.is_empty() || !settings.freezes() {
        return Ok(Vec::new());
    }
    let (target, run) = (crate::run::target(settings), planned.deed.run.as_str());
    let altered = |file: &str| conflict(format!("`{file}` of run {run} was altered since it was published"));
    let manifest = published::sealed(&target, run)?.map_err(|file| altered(&file))?;
    let drafts = drafts::read(&target, &manifest, |id| wanted.contains(id))?.unwrap_or_default();
    if let Some(missing) = wanted.iter().find(|id| !drafts.contains_key(**id)) {
        return Err(conflict(format!(
            "run {run} did not keep what the document of `{missing}` says: an older hourbill published it, or the job asked for neither \
             documents nor numbers then; run the job again"
        )));
    }
    Ok(drafts.into_values().collect())
}

/// Nobody gets a document of the example that `init` wrote, whose account is nobody's.
fn sent_by_somebody(invoices: Vec<Invoice>) -> Result<Vec<Invoice>, RunError> {
    for invoice in &invoices {
        if let Some((key, said)) = invoice.seller.example() {
            return Err(conflict(format!(
                "`{}` is billed by the example that `init` once wrote: `{key}` of [company] is `{said}`; write your own name, VAT id and account \
                 into the job, and run it again",
                invoice.id
            )));
        }
    }
    Ok(invoices)
}

/// What a customer gets.
fn makes_paper(document: &Document) -> bool {
    match document.kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::DownPayment => true,
        DocumentKind::Credit | DocumentKind::Void | DocumentKind::Undo => true,
        DocumentKind::Zero | DocumentKind::Opening | DocumentKind::Covered | DocumentKind::Held => false,
    }
}

/// N6: credit notes, and the invoices of what charges again.
fn of_what_takes_back(
    settings: &Settings,
    ledger: &Ledger,
    (log, issued): (&[LogEntry], &IssuedDocuments),
    planned: &mut Planned,
) -> Result<Vec<Invoice>, RunError> {
    let mut invoices = Vec::new();
    let batch = &planned.batch;
    let mut notes = Vec::new();
    let mut portions = taken_portions(batch);
    for ((document, lines), number) in batch.by_document().zip(0_u32..) {
        if !makes_paper(document) {
            continue;
        }
        let source = document.source.as_deref().unwrap_or_default();
        let Some(of) = issued.find(source) else {
            // What carries no money has no document.
            if settings.freezes() && document.currency.is_some() && has_money(document, lines) {
                notes.push(format!(
                    "`{source}` was posted before its document was kept: `{}` has none either, enter it in your accounting by hand",
                    document.id
                ));
            }
            continue;
        };
        let original = invoice(ledger, log, of)?;
        let portions = portions.remove(&number).unwrap_or_default();
        let made = taken_back(&original, document, lines, &portions);
        let text = || conflict(format!("the document of `{}` cannot be made from that of `{source}`", document.id));
        invoices.push(made.ok_or_else(text)?);
    }
    planned.notes.extend(notes);
    Ok(invoices)
}

/// What each document of a batch takes back of entries, by its number.
fn taken_portions(batch: &LedgerBatch) -> HashMap<u32, Vec<TakenPortion<'_>>> {
    let mut by_document: HashMap<u32, Vec<TakenPortion<'_>>> = HashMap::new();
    for of in batch.portions.iter() {
        if let Some(line) = batch.lines.get(of.line as usize) {
            let taken = TakenPortion { line_no: line.line_no, id: of.id, days: of.days, micros: of.hours };
            by_document.entry(line.document).or_default().push(taken);
        }
    }
    by_document
}

fn has_money(document: &Document, lines: &[crate::posted::Line]) -> bool {
    use crate::quantity::Money;
    document.total != Money::ZERO || lines.iter().any(|line| line.net != Money::ZERO)
}

/// What a document says, as it was frozen.
fn invoice(ledger: &Ledger, log: &[LogEntry], issued: &Issued) -> Result<Invoice, RunError> {
    let frozen = ledger.frozen_of(log, issued)?.or_bug("what is issued is frozen");
    read(&frozen)
}

fn read(frozen: &FrozenInvoice) -> Result<Invoice, RunError> {
    invoice_from_json(frozen.json.as_bytes()).map_err(|error| {
        let object = format!("document `{}`", frozen.issued.document);
        RunError::Ledger(LedgerError::Damaged(vec![crate::ledger::Unproven { object, text: error.to_string() }]))
    })
}

/// N6: the number stays used, the document says that it was cancelled, and there is no credit note.
fn cancel(
    ledger: &Ledger,
    log: &[LogEntry],
    issued: &IssuedDocuments,
    planned: &mut Planned,
    date: Date,
) -> Result<Issue, RunError> {
    let void = planned.batch.documents.first().or_bug("a void has a document");
    let source = void.source.clone().unwrap_or_default();
    let Some(of) = issued.find(&source) else {
        return Err(conflict(format!(
            "the document of `{source}` was not kept when it was posted: void it without --never-sent"
        )));
    };
    let book = ledger.book(log)?;
    let entry = book.find(&source).or_bug("what is voided is in the ledger");
    if !matches!(entry.standing(), Standing::Whole) || !entry.taken_by.is_empty() {
        return Err(conflict(format!(
            "`{source}` was credited since, so that customers know of it: void it without --never-sent"
        )));
    }
    if date < of.issue_date {
        return Err(conflict(format!("`{}` is dated {}: nothing can cancel it on {date}", of.called(), of.issue_date)));
    }
    let mut invoice = invoice(ledger, log, of)?;
    invoice.status = Status::Cancelled;
    planned.deed.request.push_str(NEVER_SENT);
    planned.notes.push(format!(
        "`{}` is cancelled: its number stays used and no credit note is made; where an import of it was taken in, remove it there",
        of.called()
    ));
    let json = text(&invoice);
    let issued = Issued {
        version: of.version + 1,
        status: Status::Cancelled,
        json_blake3: hash(&json),
        sequence: 0,
        ..of.clone()
    };
    planned.invoices = vec![FrozenInvoice { issued, json }];
    Ok(Issue { invoices: vec![invoice] })
}

fn text(invoice: &Invoice) -> String {
    String::from_utf8(json_bytes(invoice)).ok().or_bug("JSON is UTF-8")
}

fn hash(json: &str) -> String {
    blake3::hash(json.as_bytes()).to_hex().to_string()
}

/// Dates a document, and says the terms that do not say when it is due.
fn dated(invoice: &mut Invoice, date: Date, settings: &Settings) -> Option<String> {
    (set_dates(invoice, date, &settings.terms) == Due::Unknown).then(|| invoice.payment_terms.clone())
}
