//! N8: the timesheet behind the lines of a document, inside its electronic form (BG-24).

use en16931::invoice::SupportingDocument;
use en16931::{Attachment, DocumentReference};

use crate::bug::OrBug;
use crate::csv_text::CsvText;
use crate::document::model::Invoice;
use crate::document::per_run::neutralised;
use crate::job::Profile;

const COLUMNS: [&str; 7] = ["line_no", "date", "timesheet_id", "ticket_id", "employee", "description", "hours"];

/// As CSV, and as PDF where this build makes any; none of a document without entries.
pub fn attachments(invoice: &Invoice, profile: Profile) -> Vec<SupportingDocument> {
    if !invoice.embed_annex || invoice.lines.iter().all(|line| line.entries.is_empty()) {
        return Vec::new();
    }
    // BR-FR-17: France has a list of words for what is attached.
    let description = if profile == Profile::Fr { "DOCUMENT_ANNEXE" } else { "Timesheet" };
    let supporting = |name: &str, kind: &str, bytes: Vec<u8>| SupportingDocument {
        reference: DocumentReference::new(name),
        description: Some(description.to_owned()),
        uri: None,
        attachment: Some(Attachment::new(bytes, kind, name).ok().or_bug("an attachment has a kind and a name")),
    };
    let mut all = vec![supporting("timesheet.csv", "text/csv", csv(invoice))];
    all.extend(pdf(invoice).map(|bytes| supporting("timesheet.pdf", "application/pdf", bytes)));
    all
}

/// A row per entry, for people and programs: UTF-8, CRLF, hours as decimals; a text is no formula (§9.5).
fn csv(invoice: &Invoice) -> Vec<u8> {
    let mut rows = CsvText::crlf(',');
    rows.row(COLUMNS);
    for line in &invoice.lines {
        for entry in &line.entries {
            let text = |text: &str| neutralised(text).into_owned();
            rows.row([
                line.number.to_string(),
                entry.date.map(|date| date.to_string()).unwrap_or_default(),
                text(&entry.timesheet_id),
                text(&entry.ticket),
                text(&entry.employee),
                text(&entry.description),
                entry.hours.to_string(),
            ]);
        }
    }
    // Spreadsheets know UTF-8 by its mark.
    ["\u{feff}".as_bytes(), &rows.bytes()].concat()
}

#[cfg(feature = "pdf")]
fn pdf(invoice: &Invoice) -> Option<Vec<u8>> {
    Some(crate::document::pdf::timesheet(invoice).ok().or_bug("a timesheet can be drawn"))
}

#[cfg(not(feature = "pdf"))]
fn pdf(_: &Invoice) -> Option<Vec<u8>> {
    None
}
