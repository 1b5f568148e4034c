//! The documents of a draft: one model, made once from the results of a run, and the formats that are made from it. Pure: model in, bytes
//! out; equal models give equal bytes.

mod build;
mod json;
mod model;
#[doc(hidden)]
pub mod specimen;

pub use build::{Builder, buyer};
pub use model::{
    AnnexEntry, Buyer, Invoice, InvoiceKind, Line, LineKind, LineTax, PrepaidBalance, TaxTotal, Totals, unit_code,
};

use crate::finding::Finding;
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
            Document::Pdf | Document::Ubl | Document::Cii | Document::FacturX => {}
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
pub fn findings(_invoice: &Invoice, _formats: &[Document]) -> Vec<Finding> {
    Vec::new()
}
