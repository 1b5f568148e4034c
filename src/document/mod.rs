//! The documents of a draft: one model, made once from the results of a run, and the formats that are made from it. Pure: model in, bytes
//! out; equal models give equal bytes.

#[cfg(feature = "xml")]
mod beforehand;
mod build;
#[cfg(feature = "xml")]
mod einvoice;
mod json;
#[cfg(feature = "pdf")]
mod labels;
mod model;
#[cfg(feature = "pdf")]
mod pdf;
pub mod per_run;
#[doc(hidden)]
pub mod specimen;

#[cfg(feature = "xml")]
pub use beforehand::customers_missing;
pub use build::{Builder, buyer};
#[cfg(feature = "xml")]
pub use einvoice::{Missing, broken_rules, of_buyer, of_draft, of_seller, unchecked};
pub use model::{
    AnnexEntry, Buyer, Invoice, InvoiceKind, Line, LineKind, LineTax, PrepaidBalance, Reference, TaxTotal, Totals,
    unit_code,
};

use crate::finding::Finding;
#[cfg(feature = "pdf")]
use crate::finding::{Code, Subject};
use crate::job::Document;

/// A file of a draft's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// Why a document could not be made: no data does that, so it is a fault of the program.
#[derive(Debug, thiserror::Error)]
#[error("cannot make {name} of draft `{invoice}`: {why}")]
pub struct DocumentError {
    pub name: &'static str,
    pub invoice: String,
    pub why: String,
}

/// The formats that make a file per draft. The others make files per run.
pub fn is_per_draft(format: Document) -> bool {
    match format {
        Document::Json | Document::Pdf | Document::Ubl | Document::Cii | Document::FacturX => true,
        Document::Xlsx | Document::Html | Document::Odoo | Document::Xero | Document::Quickbooks | Document::Datev => {
            false
        }
    }
}

/// The files of a draft in those of the asked formats that are made per draft.
///
/// # Errors
/// A writer that refuses its own output.
pub fn files(invoice: &Invoice, formats: &[Document]) -> Result<Vec<File>, DocumentError> {
    let mut files = Vec::new();
    for format in formats {
        match format {
            Document::Json => files.push(File { name: "invoice.json", bytes: json::bytes(invoice) }),
            #[cfg(feature = "pdf")]
            Document::Pdf => {
                let name = "invoice.pdf";
                let error = |why| DocumentError { name, invoice: invoice.id.clone(), why };
                files.push(File { name, bytes: pdf::bytes(invoice, false).map_err(error)? });
            }
            #[cfg(not(feature = "pdf"))]
            Document::Pdf => {}
            #[cfg(feature = "xml")]
            Document::Ubl => files.extend(einvoice::ubl(invoice).map(|bytes| File { name: "ubl.xml", bytes })),
            #[cfg(feature = "xml")]
            Document::Cii => files.extend(einvoice::cii(invoice).map(|bytes| File { name: "cii.xml", bytes })),
            #[cfg(all(feature = "pdf", feature = "xml"))]
            Document::FacturX => {
                let name = "factur-x.pdf";
                let error = |why| DocumentError { name, invoice: invoice.id.clone(), why };
                let bytes = einvoice::factur_x(invoice).map_err(error)?;
                files.extend(bytes.map(|bytes| File { name, bytes }));
            }
            #[cfg(not(feature = "xml"))]
            Document::Ubl | Document::Cii => {}
            #[cfg(not(all(feature = "pdf", feature = "xml")))]
            Document::FacturX => {}
            Document::Xlsx
            | Document::Html
            | Document::Odoo
            | Document::Xero
            | Document::Quickbooks
            | Document::Datev => {}
        }
    }
    Ok(files)
}

/// What a person should know about the documents of a draft: the same whether or not they are made.
#[cfg_attr(not(any(feature = "pdf", feature = "xml")), expect(unused_variables, unused_mut))]
pub fn findings(invoice: &Invoice, formats: &[Document]) -> Vec<Finding> {
    let mut findings = Vec::new();
    #[cfg(feature = "pdf")]
    if formats.iter().any(|format| matches!(format, Document::Pdf | Document::FacturX)) {
        findings.extend(glyphs_missing(invoice));
    }
    #[cfg(feature = "xml")]
    if formats.iter().any(|format| matches!(format, Document::Ubl | Document::Cii | Document::FacturX)) {
        findings.extend(einvoice::finding(invoice));
    }
    findings
}

/// Stands for a character that a format cannot hold.
#[cfg(any(feature = "pdf", feature = "xml"))]
const REPLACED: char = '\u{fffd}';

/// A text about a PDF, in one line: what writes it refuses long ones, and those that XML cannot hold.
#[cfg(feature = "pdf")]
fn for_metadata(text: &str) -> String {
    const CHARS_MAX: usize = 1_000;
    let held = |char: char| !char.is_control() && !matches!(char, '\u{fffe}' | '\u{ffff}');
    let mut kept: String = text.chars().take(CHARS_MAX).map(|char| if held(char) { char } else { REPLACED }).collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        kept.push('…');
    }
    kept
}

/// Characters that the font of the PDF lacks.
#[cfg(feature = "pdf")]
fn glyphs_missing(invoice: &Invoice) -> Option<Finding> {
    const NAMED_MAX: usize = 10;
    let missing = pdf::missing_glyphs(invoice);
    let named = |char: &char| match u32::from(*char) {
        code if char.is_control() => format!("U+{code:04X}"),
        code => format!("`{char}` (U+{code:04X})"),
    };
    let mut named: Vec<String> = missing.iter().take(NAMED_MAX).map(named).collect();
    if missing.len() > NAMED_MAX {
        named.push(format!("{} more", missing.len() - NAMED_MAX));
    }
    let message = format!("the font of the PDF of `{}` lacks {}, shown as {}", invoice.id, named.join(", "), pdf::MARK);
    let (code, subject, id) = (Code::GlyphMissing, Subject::Draft, invoice.id.clone());
    (!missing.is_empty()).then_some(Finding { code, subject, id, message, place: None })
}
