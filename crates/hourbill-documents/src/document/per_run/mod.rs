//! The documents of a whole run: a workbook and a page to review it, and the files that accounting systems import. Pure: results in, bytes
//! out; equal runs give equal bytes.

#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod cells;
#[cfg(feature = "html")]
mod charts;
#[cfg(any(feature = "html", feature = "xlsx"))]
mod customers;
pub(super) mod datev;
mod excel;
#[cfg(feature = "html")]
pub(super) mod html;
pub(super) mod imports;
pub(super) mod odoo;
#[cfg(any(feature = "html", feature = "xlsx"))]
#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod review;
#[cfg(test)]
mod sample;
#[cfg(any(feature = "html", feature = "xlsx"))]
#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod view;
#[cfg(any(feature = "html", feature = "xlsx"))]
#[cfg_attr(not(all(feature = "html", feature = "xlsx")), allow(dead_code))]
mod words;
#[cfg(feature = "xlsx")]
pub(super) mod xlsx;

#[cfg(feature = "xml")]
pub(super) use cells::neutralised;

use std::cell::OnceCell;
use std::io;

use super::{Format, Invoice, Scope, asked};
#[cfg(any(feature = "html", feature = "xlsx"))]
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::inputs::Input;
use crate::job::{CsvFor, Settings};
use crate::month::Month;
use crate::proof::Control;
use crate::tables::{Results, Table, tables};

/// A run, computed and proved, as its documents see it.
#[derive(Clone, Copy)]
pub struct RunView<'a> {
    pub results: Results<'a>,
    pub settings: &'a Settings,
    pub control: &'a Control,
    /// E8.
    pub month: &'a Month,
    pub run_id: &'a str,
}

/// A file of the run folder: folders and name, and its bytes.
pub struct RunFile {
    pub folders: &'static [&'static str],
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A run while its documents are made: what several of them need is made once, when the first asks for it.
pub struct WholeRun<'a> {
    pub view: RunView<'a>,
    /// Those of all drafts, where a format is made from them.
    pub invoices: &'a [Invoice],
    tables: OnceCell<Vec<Table<'a>>>,
    #[cfg(any(feature = "html", feature = "xlsx"))]
    figures: OnceCell<review::Figures>,
    #[cfg(any(feature = "html", feature = "xlsx"))]
    sights: OnceCell<view::Sights<'a>>,
    #[cfg(any(feature = "html", feature = "xlsx"))]
    customers: OnceCell<Table<'static>>,
    #[cfg(any(feature = "html", feature = "xlsx"))]
    leaks: OnceCell<crate::leaks::Leaks>,
}

impl<'a> WholeRun<'a> {
    pub fn new(view: RunView<'a>, invoices: &'a [Invoice]) -> WholeRun<'a> {
        WholeRun {
            view,
            invoices,
            tables: OnceCell::new(),
            #[cfg(any(feature = "html", feature = "xlsx"))]
            figures: OnceCell::new(),
            #[cfg(any(feature = "html", feature = "xlsx"))]
            sights: OnceCell::new(),
            #[cfg(any(feature = "html", feature = "xlsx"))]
            customers: OnceCell::new(),
            #[cfg(any(feature = "html", feature = "xlsx"))]
            leaks: OnceCell::new(),
        }
    }

    pub fn tables(&self) -> &[Table<'a>] {
        self.tables.get_or_init(|| tables(self.view.results))
    }

    /// What the pages for people show.
    #[cfg(any(feature = "html", feature = "xlsx"))]
    fn figures(&self) -> &review::Figures {
        self.figures.get_or_init(|| {
            let unbilled = self.tables().iter().find(|table| table.name == "unbilled");
            review::Figures::new(self.view, unbilled.or_bug("every run has the table"))
        })
    }

    /// What the tables look up for people.
    #[cfg(any(feature = "html", feature = "xlsx"))]
    fn sights(&self) -> &view::Sights<'a> {
        self.sights.get_or_init(|| view::Sights::new(self.view, self.figures()))
    }

    #[cfg(any(feature = "html", feature = "xlsx"))]
    fn customers(&self) -> &Table<'static> {
        self.customers.get_or_init(|| customers::customers(self.view.results.world, self.figures()))
    }

    /// Work and sales that no invoice shows, by question. Open hours by age are left out: page and workbook tell them as of the day of the
    /// balances, and the day on which somebody happens to run a job reaches no byte.
    #[cfg(any(feature = "html", feature = "xlsx"))]
    fn leaks(&self) -> Vec<Table<'_>> {
        let of = self.view.results;
        let found = self
            .leaks
            .get_or_init(|| crate::leaks::leaks(of.world, of.settings, of.links, of.posted, of.account, of.billing));
        let mut tables = crate::tables::leaks(of.world, found);
        tables.retain(|table| table.name != "open_hours");
        tables
    }
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
    let output = &run.settings.output;
    let run = WholeRun::new(run, invoices);
    if let Some(dialect) = excel::Dialect::of(output.csv_for) {
        run.tables().iter().try_for_each(|table| write(excel::file(table, dialect)))?;
    }
    for format in asked(&output.documents) {
        format.of_run(&run)?.into_iter().try_for_each(&mut write)?;
    }
    Ok(())
}

/// A table as the spreadsheets of the job read CSV (§9.5); `None` where they are for machines.
pub(super) fn for_excel(table: &Table<'_>, reader: CsvFor) -> Option<Vec<u8>> {
    Some(excel::bytes(table, excel::Dialect::of(reader)?))
}

/// What imports are made of beside the invoices.
#[derive(Clone, Copy)]
pub struct ImportSource<'a> {
    settings: &'a Settings,
    /// `None`: the invoices were posted, and say all there is (N1).
    results: Option<Results<'a>>,
}

/// A format that a system imports: files of all invoices that it takes to the cent.
pub struct Import {
    /// The word of the job file.
    name: &'static str,
    /// Why it cannot take an invoice; `None` when it takes it.
    refused: fn(&Invoice, &Settings) -> Option<String>,
    files: fn(&ImportSource<'_>, &[&Invoice]) -> Vec<RunFile>,
    /// Why it cannot have one of its files.
    file_refused: fn(Results<'_>) -> Option<&'static str>,
}

impl Format for Import {
    fn scope(&self) -> Scope {
        Scope::Invoices
    }

    fn of_run(&self, run: &WholeRun<'_>) -> io::Result<Vec<RunFile>> {
        let view = run.view;
        let taken = run.invoices.iter().filter(|invoice| (self.refused)(invoice, view.settings).is_none());
        let source = ImportSource { settings: view.settings, results: Some(view.results) };
        Ok((self.files)(&source, &taken.collect::<Vec<_>>()))
    }

    fn of_posted(&self, invoices: &[Invoice], settings: &Settings) -> Vec<RunFile> {
        let taken: Vec<&Invoice> =
            invoices.iter().filter(|invoice| (self.refused)(invoice, settings).is_none()).collect();
        if taken.is_empty() { Vec::new() } else { (self.files)(&ImportSource { settings, results: None }, &taken) }
    }

    fn draft_left_out(&self, invoice: &Invoice, settings: &Settings) -> Option<Finding> {
        let why = (self.refused)(invoice, settings)?;
        let message = format!("the import for {} leaves `{}` out: {why}", self.name, invoice.id);
        let (code, subject, id) = (Code::ImportLeftOut, Subject::Draft, invoice.id.clone());
        Some(Finding { code, subject, id, message, place: None })
    }

    fn file_left_out(&self, results: Results<'_>) -> Option<Finding> {
        let why = (self.file_refused)(results)?;
        let message = format!("the import for {} leaves a file out: {why}", self.name);
        let (code, subject, id) = (Code::ImportLeftOut, Subject::Input, Input::Timesheets.name().to_owned());
        Some(Finding { code, subject, id, message, place: None })
    }
}
