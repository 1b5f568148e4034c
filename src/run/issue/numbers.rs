//! N3 to N5: numbers and dates.

use std::collections::{BTreeMap, BTreeSet};

use super::{Issue, dated, hash, text};
use crate::calendar::Date;
use crate::document::{Invoice, InvoiceKind, Status};
use crate::job::{NumberPattern, Numbering, Settings};
use crate::ledger::{FrozenInvoice, Issued, IssuedDocuments, Ledger, LogEntry, Number, Planned, Series};
use crate::run::RunError;
use crate::run::of_ledger::conflict;
use crate::run::quoted;

/// Dates and numbers documents, and freezes what they say.
pub(super) fn give(
    settings: &Settings,
    ledger: &Ledger,
    (log, issued): (&[LogEntry], &IssuedDocuments),
    planned: &mut Planned,
    mut invoices: Vec<Invoice>,
    date: Date,
) -> Result<Issue, RunError> {
    if invoices.is_empty() {
        return Ok(Issue::default());
    }
    invoices.sort_by(|a, b| (a.kind.rank(), &a.id).cmp(&(b.kind.rank(), &b.id)));
    let book = ledger.book(log)?;
    let (mut given, mut unknown_terms) = (Given::default(), BTreeSet::new());
    let mut unnumbered = Vec::new();
    // N10: what a command is given is the id of one document, or the number of one.
    let ids: BTreeSet<String> = invoices.iter().map(|invoice| invoice.id.clone()).collect();
    if let Some(number) = ids.iter().find(|id| issued.numbered(id).is_some_and(|document| document != *id)) {
        return Err(taken(number));
    }
    for invoice in &mut invoices {
        unknown_terms.extend(dated(invoice, date, settings));
        quoted::named(invoice, issued);
        if let Some((of, before)) =
            invoice.corrects.as_ref().and_then(|of| Some((of, of.date.filter(|of| *of > date)?)))
        {
            return Err(conflict(format!(
                "what corrects `{}` cannot be dated {date}: that is dated {before}",
                of.called()
            )));
        }
        let numbering = settings.numbering(&invoice.company);
        // Whoever numbered the document that is corrected numbers what corrects it.
        let elsewhere = invoice.corrects.as_ref().is_some_and(|of| of.number.is_none());
        if numbering.is_some() && elsewhere {
            unnumbered.push(invoice.id.clone());
        }
        let Some(numbering) = numbering.filter(|_| !elsewhere) else {
            invoice.status = Status::Posted;
            planned.invoices.push(frozen(invoice, None, date));
            continue;
        };
        let number = given.next(numbering, invoice, issued, date)?;
        let is_another = ids.contains(&number.text) && number.text != invoice.id;
        let known = issued.numbered(&number.text).is_some() || book.find(&number.text).is_some();
        if known || is_another || given.has(&number.text) {
            return Err(taken(&number.text));
        }
        invoice.number = Some(number.text.clone());
        invoice.status = Status::Final;
        planned.invoices.push(frozen(invoice, Some(number.clone()), date));
        given.numbers.insert(number.text);
    }
    for terms in unknown_terms {
        planned.notes.push(format!(
            "the payment terms `{terms}` do not say when it is due: documents with them have no due date (BT-9); [terms.{terms:?}] says what they mean"
        ));
    }
    for id in unnumbered {
        planned
            .notes
            .push(format!("`{id}` corrects a document that your accounting numbered: it is to be numbered there, too"));
    }
    Ok(Issue { invoices })
}

/// A number that is another document's, or its id.
fn taken(number: &str) -> RunError {
    conflict(format!("there is a document `{number}` already: give [numbering] another pattern"))
}

/// Numbers of the commit that is planned.
#[derive(Default)]
struct Given {
    series: BTreeMap<String, Series>,
    numbers: BTreeSet<String>,
}

impl Given {
    fn has(&self, number: &str) -> bool {
        self.numbers.contains(number)
    }

    fn next(
        &mut self,
        numbering: &Numbering,
        invoice: &Invoice,
        issued: &IssuedDocuments,
        date: Date,
    ) -> Result<Number, RunError> {
        let pattern: &NumberPattern = match invoice.kind {
            InvoiceKind::Invoice => &numbering.invoice,
            InvoiceKind::CreditNote => &numbering.credit_note,
            InvoiceKind::DownPayment => &numbering.down_payment,
        };
        let series = pattern.series(date);
        let before = self.series.get(&series).copied().or_else(|| issued.series(&series));
        if let Some(before) = before.filter(|before| before.newest > date) {
            return Err(conflict(format!(
                "documents cannot be dated {date}: the newest of the series `{series}` is of {} (N5)",
                before.newest
            )));
        }
        let seq = before.map_or(Some(numbering.first), |before| before.last.checked_add(1));
        let number = seq.and_then(|seq| Some((seq, pattern.number(&series, seq)?)));
        let Some((seq, text)) = number else {
            return Err(conflict(format!(
                "the series `{series}` is full: its next number would have too many characters"
            )));
        };
        self.series.insert(series.clone(), Series { last: seq, newest: date });
        Ok(Number { text, series, seq })
    }
}

fn frozen(invoice: &Invoice, number: Option<Number>, date: Date) -> FrozenInvoice {
    let json = text(invoice);
    let issued = Issued {
        document: invoice.id.clone(),
        version: 1,
        status: invoice.status,
        number,
        issue_date: date,
        due_date: invoice.due_date,
        json_blake3: hash(&json),
        sequence: 0,
    };
    FrozenInvoice { issued, json }
}
