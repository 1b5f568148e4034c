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
    for import in Import::of(run.results.settings) {
        import.files(run.results, invoices).into_iter().try_for_each(&mut write)?;
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

/// A format that a system imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    Odoo,
    Xero,
    Quickbooks,
    Datev,
}

impl Import {
    /// The imports that the job asks for.
    pub fn of(settings: &Settings) -> Vec<Import> {
        let import = |format: &Document| match format {
            Document::Odoo => Some(Import::Odoo),
            Document::Xero => Some(Import::Xero),
            Document::Quickbooks => Some(Import::Quickbooks),
            Document::Datev => Some(Import::Datev),
            Document::Json
            | Document::Pdf
            | Document::Ubl
            | Document::Cii
            | Document::FacturX
            | Document::Xlsx
            | Document::Html => None,
        };
        settings.output.documents.iter().filter_map(import).collect()
    }

    fn name(self) -> &'static str {
        let format = match self {
            Import::Odoo => Document::Odoo,
            Import::Xero => Document::Xero,
            Import::Quickbooks => Document::Quickbooks,
            Import::Datev => Document::Datev,
        };
        format.name()
    }

    fn files(self, results: Results<'_>, invoices: &[Invoice]) -> Vec<RunFile> {
        let settings = results.settings;
        let taken = invoices.iter().filter(|invoice| self.refused(invoice, settings).is_none());
        let taken: Vec<&Invoice> = taken.collect();
        match self {
            Import::Odoo => odoo::files(results, &taken),
            Import::Xero => imports::xero(&taken, &settings.imports),
            Import::Quickbooks => imports::quickbooks(&taken, &settings.imports),
            Import::Datev => datev::files(&taken, settings),
        }
    }

    /// Why it cannot take an invoice to the cent; `None` when it takes it.
    fn refused(self, invoice: &Invoice, settings: &Settings) -> Option<String> {
        match self {
            Import::Odoo => imports::rounding_refused(invoice),
            Import::Xero | Import::Quickbooks => imports::refused(invoice),
            Import::Datev => datev::refused(invoice, settings),
        }
    }

    /// That it cannot take an invoice: the same whether or not it is written.
    pub fn left_out(self, invoice: &Invoice, settings: &Settings) -> Option<Finding> {
        let why = self.refused(invoice, settings)?;
        let message = format!("the import for {} leaves `{}` out: {why}", self.name(), invoice.id);
        let (code, subject, id) = (Code::ImportLeftOut, Subject::Draft, invoice.id.clone());
        Some(Finding { code, subject, id, message, place: None })
    }
}

/// Files that the imports of the job cannot have.
pub fn files_left_out(results: Results<'_>) -> Option<Finding> {
    let import = Import::Odoo;
    let why = odoo::entries_refused(results).filter(|_| Import::of(results.settings).contains(&import))?;
    let message = format!("the import for {} leaves a file out: {why}", import.name());
    let (code, subject, id) = (Code::ImportLeftOut, Subject::Input, Input::Timesheets.name().to_owned());
    Some(Finding { code, subject, id, message, place: None })
}
