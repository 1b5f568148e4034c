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

use super::Invoice;
use crate::finding::{Code, Finding, Subject};
use crate::inputs::Input;
use crate::job::{CsvFor, Document, Settings};
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

/// Hands the documents that the job asks for to `write`, one after another. The invoices are those of all drafts, for the imports.
///
/// # Errors
/// Those of `write`, and a writer that refuses its own output.
pub fn write<E: From<io::Error>>(
    run: RunView<'_>,
    invoices: &[Invoice],
    mut write: impl FnMut(RunFile) -> Result<(), E>,
) -> Result<(), E> {
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
    for format in imports_of(run.results.settings) {
        import(run.results, invoices, format).into_iter().try_for_each(&mut write)?;
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

/// The imports that the job asks for.
pub fn imports_of(settings: &Settings) -> Vec<Document> {
    let imports = [Document::Odoo, Document::Xero, Document::Quickbooks, Document::Datev];
    settings.output.documents.iter().copied().filter(|format| imports.contains(format)).collect()
}

/// The files of an import; none for formats that are no import.
fn import(results: Results<'_>, invoices: &[Invoice], format: Document) -> Vec<RunFile> {
    let settings = results.settings;
    let taken: Vec<&Invoice> =
        invoices.iter().filter(|invoice| why_left_out(invoice, format, settings).is_none()).collect();
    match format {
        Document::Odoo => odoo::files(results, &taken),
        Document::Xero => imports::xero(&taken, &settings.imports),
        Document::Quickbooks => imports::quickbooks(&taken, &settings.imports),
        Document::Datev => datev::files(&taken, settings),
        Document::Json
        | Document::Pdf
        | Document::Ubl
        | Document::Cii
        | Document::FacturX
        | Document::Xlsx
        | Document::Html => Vec::new(),
    }
}

/// Why an import cannot take an invoice to the cent; `None` when it takes it.
fn why_left_out(invoice: &Invoice, format: Document, settings: &Settings) -> Option<String> {
    match format {
        Document::Odoo => imports::rounding_refused(invoice),
        Document::Xero | Document::Quickbooks => imports::refused(invoice),
        Document::Datev => datev::refused(invoice, settings),
        Document::Json
        | Document::Pdf
        | Document::Ubl
        | Document::Cii
        | Document::FacturX
        | Document::Xlsx
        | Document::Html => None,
    }
}

/// That an import cannot take an invoice: the same whether or not it is written.
pub fn left_out(invoice: &Invoice, format: Document, settings: &Settings) -> Option<Finding> {
    let why = why_left_out(invoice, format, settings)?;
    let message = format!("the import for {} leaves `{}` out: {why}", format.name(), invoice.id);
    let (code, subject, id) = (Code::ImportLeftOut, Subject::Draft, invoice.id.clone());
    Some(Finding { code, subject, id, message, place: None })
}

/// Files that the imports of the job cannot have.
pub fn files_left_out(results: Results<'_>) -> Option<Finding> {
    let format = Document::Odoo;
    let why = odoo::entries_refused(results).filter(|_| imports_of(results.settings).contains(&format))?;
    let message = format!("the import for {} leaves a file out: {why}", format.name());
    let (code, subject, id) = (Code::ImportLeftOut, Subject::Input, Input::Timesheets.name().to_owned());
    Some(Finding { code, subject, id, message, place: None })
}
