//! The documents of a draft: one model, made once from the results of a run, and the formats that are made from it. Pure: model in, bytes
//! out; equal models give equal bytes.

mod build;
#[cfg(feature = "pdf")]
mod countries;
mod credit;
mod due;
#[cfg(feature = "xml")]
mod einvoice;
mod format;
mod json;
mod json_read;
#[cfg(feature = "pdf")]
mod labels;
mod model;
#[cfg(feature = "pdf")]
mod pdf;
pub mod per_run;
#[cfg(feature = "xml")]
mod readiness;
#[doc(hidden)]
pub mod specimen;
mod stated;
mod statement;
mod terms;
#[cfg(feature = "pdf")]
mod terms_in_words;

pub use build::{Builder, buyer};
pub use credit::{TakenPortion, taken_back};
pub use due::{Due, due_of, set_dates};
#[cfg(feature = "xml")]
pub use einvoice::{Missing, broken_rules, of_buyer, of_draft, of_seller, unchecked};
pub use format::{Format, ReviewCheck, Scope};
pub use json::{bytes as json_bytes, line as json_line};
pub use json_read::{NotAnInvoice, invoice as invoice_from_json};
pub use model::{
    AnnexEntry, Buyer, Corrects, EarlyPayment, Invoice, InvoiceKind, InvoiceLine, InvoiceTotals, LineKind, LineTax,
    PrepaidBalance, Reference, Status, TaxTotal, unit_code,
};
#[cfg(feature = "xml")]
pub use readiness::customers_missing;

use crate::finding::Finding;
use crate::job::{DocumentFormat, Settings};
use crate::statement::Statement;
use crate::tables::Results;

/// A file of a draft's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFile {
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

macro_rules! makers {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($needs:tt)*] $maker:path,)+) => {
        /// Who makes a format; `None` when this build does not, and a job that asks for it is refused.
        pub fn format(document: DocumentFormat) -> Option<&'static dyn Format> {
            match document {
                $(
                    #[cfg($($needs)*)]
                    DocumentFormat::$variant => Some(&$maker),
                    #[cfg(not($($needs)*))]
                    DocumentFormat::$variant => None,
                )+
            }
        }
    };
}

crate::formats::formats!(makers);

/// Those that are asked for and made.
pub fn asked(documents: &[DocumentFormat]) -> impl Iterator<Item = &'static dyn Format> {
    documents.iter().filter_map(|document| format(*document))
}

/// It makes a file per draft. The others make files per run.
pub fn is_per_draft(document: DocumentFormat) -> bool {
    format(document).is_some_and(|format| format.scope() == Scope::Draft)
}

/// The files of a draft in those of the asked formats that are made per draft.
///
/// # Errors
/// A writer that refuses its own output.
pub fn files(invoice: &Invoice, documents: &[DocumentFormat]) -> Result<Vec<DraftFile>, DocumentError> {
    asked(documents).filter_map(|format| format.of_draft(invoice).transpose()).collect()
}

/// The files of a statement (S1), in those of the asked formats that are made of statements.
///
/// # Errors
/// A writer that refuses its own output.
pub fn statement_files(
    results: Results<'_>,
    statement: &Statement,
    settings: &Settings,
) -> Result<Vec<DraftFile>, DocumentError> {
    let mut files = Vec::new();
    for format in asked(&settings.output.documents) {
        files.extend(format.of_statement(results, statement, settings)?);
    }
    Ok(files)
}

/// What a person should know about the documents of a draft: the same whether or not they are made.
pub fn findings(invoice: &Invoice, documents: &[DocumentFormat]) -> Vec<Finding> {
    let mut checks: Vec<&ReviewCheck> = Vec::new();
    for check in asked(documents).flat_map(|format| format.checks()) {
        if checks.iter().all(|known| known.name != check.name) {
            checks.push(check);
        }
    }
    checks.into_iter().filter_map(|check| (check.finding)(invoice)).collect()
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
