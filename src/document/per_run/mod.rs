//! The documents of a whole run: a workbook and a page to review it, and the files that accounting systems import. Pure: results in, bytes
//! out; equal runs give equal bytes.

#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod cells;
#[cfg(feature = "html")]
mod charts;
mod datev;
mod excel;
#[cfg(feature = "html")]
mod html;
mod imports;
mod odoo;
#[cfg(any(feature = "html", feature = "xlsx"))]
#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod review;
#[cfg(test)]
mod sample;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::io;

use super::{Builder, Invoice};
use crate::finding::{Code, Finding, Subject};
use crate::inputs::Input;
use crate::job::{CsvFor, Document};
use crate::proof::Control;
use crate::tables::{Results, Table, tables};

/// A run, computed and proved, as its documents see it.
#[derive(Clone, Copy)]
pub struct RunView<'a> {
    pub results: Results<'a>,
    pub control: &'a Control,
    pub run_id: &'a str,
}

/// A file of the run folder: folders and name, and its bytes.
pub struct RunFile {
    pub folders: &'static [&'static str],
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The drafts as systems import them, and what they cannot take.
struct Import {
    files: Vec<RunFile>,
    left_out: Vec<LeftOut>,
}

/// A draft that an import does not have, or one of its files when no draft is named.
struct LeftOut {
    invoice: Option<String>,
    why: String,
}

/// Hands the documents that the job asks for to `write`, one after another.
///
/// # Errors
/// Those of `write`, and a writer that refuses its own output.
pub fn write<E: From<io::Error>>(run: RunView<'_>, mut write: impl FnMut(RunFile) -> Result<(), E>) -> Result<(), E> {
    let output = &run.results.settings.output;
    let asked = |format| output.documents.contains(&format);
    let excel = match output.csv_for {
        CsvFor::Machine => None,
        CsvFor::Excel => Some(excel::Dialect::COMMA),
        CsvFor::ExcelSemicolon => Some(excel::Dialect::SEMICOLON),
    };
    let all = if excel.is_some() || asked(Document::Xlsx) || asked(Document::Html) {
        tables(run.results)
    } else {
        Vec::new()
    };
    if let Some(dialect) = excel {
        for table in &all {
            write(excel::file(table, dialect))?;
        }
    }
    review(run, &all, &mut write)?;
    for format in &output.documents {
        for file in import(run.results, *format).into_iter().flat_map(|import| import.files) {
            write(file)?;
        }
    }
    Ok(())
}

#[cfg(any(feature = "html", feature = "xlsx"))]
fn review<E: From<io::Error>>(
    run: RunView<'_>,
    tables: &[Table<'_>],
    write: &mut impl FnMut(RunFile) -> Result<(), E>,
) -> Result<(), E> {
    let asked = |format| run.results.settings.output.documents.contains(&format);
    let Some(unbilled) = tables.iter().find(|table| table.name == "unbilled") else { return Ok(()) };
    if !asked(Document::Xlsx) && !asked(Document::Html) {
        return Ok(());
    }
    let figures = review::Figures::new(run, unbilled);
    #[cfg(feature = "xlsx")]
    if asked(Document::Xlsx) {
        let bytes = xlsx::workbook(run, &figures, tables)?;
        write(RunFile { folders: &[], name: "review.xlsx".to_owned(), bytes })?;
    }
    #[cfg(feature = "html")]
    if asked(Document::Html) {
        let bytes = html::report(run, &figures, tables)?;
        write(RunFile { folders: &[], name: "report.html".to_owned(), bytes })?;
    }
    Ok(())
}

#[cfg(not(any(feature = "html", feature = "xlsx")))]
fn review<E>(_: RunView<'_>, _: &[Table<'_>], _: &mut impl FnMut(RunFile) -> Result<(), E>) -> Result<(), E> {
    Ok(())
}

/// The files of an import; `None` for formats that are none.
fn import(results: Results<'_>, format: Document) -> Option<Import> {
    match format {
        Document::Odoo => Some(odoo::import(results)),
        Document::Xero => Some(imports::xero(&invoices(results), &results.settings.imports)),
        Document::Quickbooks => Some(imports::quickbooks(&invoices(results), &results.settings.imports)),
        Document::Datev => Some(datev::import(&invoices(results), results.settings)),
        Document::Json
        | Document::Pdf
        | Document::Ubl
        | Document::Cii
        | Document::FacturX
        | Document::Xlsx
        | Document::Html => None,
    }
}

fn invoices(results: Results<'_>) -> Vec<Invoice> {
    let builder = Builder::new(results);
    let without_entries = |draft| {
        let mut invoice = builder.invoice(draft);
        // No import names entries, and there may be many.
        invoice.lines.iter_mut().for_each(|line| line.entries = Vec::new());
        invoice
    };
    results.billing.documents().map(without_entries).collect()
}

/// What the imports that the job asks for cannot take: the same whether or not they are written.
pub fn findings(results: Results<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &format in &results.settings.output.documents {
        for LeftOut { invoice, why } in import(results, format).into_iter().flat_map(|import| import.left_out) {
            let (subject, id, what) = match invoice {
                Some(invoice) => (Subject::Draft, invoice.clone(), format!("`{invoice}`")),
                None => (Subject::Input, Input::Timesheets.name().to_owned(), "a file".to_owned()),
            };
            let message = format!("the import for {} leaves {what} out: {why}", format.name());
            findings.push(Finding { code: Code::ImportLeftOut, subject, id, message, place: None });
        }
    }
    findings
}
