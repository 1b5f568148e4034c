//! What documents say of earlier ones: their numbers and dates, as they were issued (N6, N7).

use super::{RunError, of_ledger};
use crate::document::{Corrects, Invoice, Reference};
use crate::job::Settings;
use crate::ledger::{Issued, IssuedDocuments};
use crate::posted::Head;

/// What was issued up to the entry of the ledger that a run is computed on.
///
/// # Errors
/// Anything that was altered.
pub(super) fn issued_by(settings: &Settings, head: Option<&Head>) -> Result<IssuedDocuments, RunError> {
    let (Some(ledger), Some(head)) = (of_ledger::ledger(settings), head) else { return Ok(IssuedDocuments::default()) };
    let mut log = ledger.log()?;
    log.retain(|entry| entry.sequence <= head.sequence);
    Ok(ledger.issued(&log)?)
}

/// Earlier documents are named by the numbers and dates that they were given (BT-25, BT-26).
pub(super) fn named(invoice: &mut Invoice, issued: &IssuedDocuments) {
    let number = |of: &Issued| of.number.as_ref().map(|number| number.text.clone());
    if let Some(of) = invoice.corrects.as_ref().and_then(|corrects| issued.find(&corrects.id)) {
        // The words of a refund's lines name it by its id (G7), which the customer has never seen.
        let words = format!("correction of {}", of.document);
        for line in invoice.lines.iter_mut().filter(|line| line.description.ends_with(&words)) {
            let kept = line.description.len() - of.document.len();
            line.description.replace_range(kept.., of.called());
        }
        invoice.corrects = Some(Corrects { number: number(of), id: of.document.clone(), date: Some(of.issue_date) });
    }
    for line in &mut invoice.lines {
        let of = line.refers_to.as_ref().and_then(|reference| issued.find(&reference.document));
        if let Some(of) = of {
            line.refers_to = Some(Reference { document: of.called().to_owned(), date: Some(of.issue_date) });
        }
    }
}
