//! The stage `documents`: the invoice of each draft is made once, its files are written, and what its formats cannot say is told. Commands that
//! publish nothing have no such stage.

use std::io::Write;

use rayon::prelude::*;

use super::drafts::Drafts;
use super::manifest::DocumentFile;
use super::{Run, RunError, issue, quoted};
use crate::bill::Draft;
use crate::document::per_run::{self, RunFile};
use crate::document::{self, Builder, Due, Format, Invoice, Scope};
use crate::finding::{Code, Finding, Subject};
use crate::job::{DocumentFormat, Settings};
use crate::publish::{FileName, StagedFile, StagedFolder, Staging};
use crate::quantity::Money;

const INVOICES: &str = "invoices";

/// What came of the documents of a run.
#[derive(Default)]
pub(super) struct Documents {
    /// The files of the drafts, in the order of the drafts, then those of the whole run.
    pub files: Vec<DocumentFile>,
    /// What the documents lack, whether or not they were written.
    pub findings: Vec<Finding>,
    /// What `post` freezes (N1).
    pub drafts: Drafts,
}

impl Documents {
    /// Makes the documents of the drafts: `invoices/<invoice_id>/`, a folder per draft, written in parallel. Without a folder to write to,
    /// what they lack is told all the same.
    ///
    /// # Errors
    /// Files that cannot be written, and a writer that refuses its own output.
    pub fn of_drafts(run: &Run, settings: &Settings, staging: Option<&Staging>) -> Result<Documents, RunError> {
        Ok(made(run, settings, staging)?.0)
    }

    /// The same, and the documents of the whole run.
    ///
    /// # Errors
    /// As of [`Documents::of_drafts`].
    pub fn of_run(run: &mut Run, settings: &Settings, staging: &Staging) -> Result<Documents, RunError> {
        let (mut documents, invoices) = made(run, settings, Some(staging))?;
        // Documents of the whole run show what those of the drafts lack.
        run.add_findings(std::mem::take(&mut documents.findings));
        per_run::write(run.view(settings), &invoices, |file| {
            documents.files.push(file_of_run(staging, &file)?);
            Ok::<(), RunError>(())
        })?;
        Ok(documents)
    }
}

/// What came of one draft.
struct OfDraft {
    files: Vec<DocumentFile>,
    findings: Vec<Finding>,
    /// What the imports of accounting systems are made from; `None` where the job has none.
    invoice: Option<Invoice>,
    /// What `post` freezes of the draft (N1): its id, and its JSON in one line.
    line: Option<(String, Vec<u8>)>,
}

/// The documents of the drafts, and the invoices that the imports of the job are made from.
fn made(run: &Run, settings: &Settings, staging: Option<&Staging>) -> Result<(Documents, Vec<Invoice>), RunError> {
    let formats: Vec<DocumentFormat> = super::per_draft(settings);
    let of_invoices = |format: &&dyn Format| format.scope() == Scope::Invoices;
    let imports: Vec<&dyn Format> = document::asked(&settings.output.documents).filter(of_invoices).collect();
    let drafts: Vec<&Draft> = run.billing.documents().collect();
    let freezes = settings.freezes();
    if (formats.is_empty() && imports.is_empty() && !freezes) || drafts.is_empty() {
        return Ok(<_>::default());
    }
    let folder = staging.filter(|_| !formats.is_empty());
    let folder = folder.map(|staging| staging.folder(&FileName::of(INVOICES))).transpose()?;
    let builder = Builder::new(run.results(settings), &settings.output);
    // Few drafts name an earlier document.
    let names_any = drafts.iter().any(|draft| draft.names_a_document());
    let issued = if names_any { quoted::issued_by(settings, run.posted.head.as_ref())? } else { <_>::default() };
    // Drafts whose ids differ in capitals alone are of one part of a run: the names are those of all drafts.
    let names = FileName::of_all(drafts.iter().map(|draft| draft.id.as_str()));
    let of_draft = |(draft, name): (&Draft, &FileName)| {
        let mut invoice = builder.invoice(draft);
        quoted::named(&mut invoice, &issued);
        let files = match &folder {
            Some(folder) => written(folder, name, &invoice, &formats)?,
            None => Vec::new(),
        };
        let mut findings = document::findings(&invoice, &formats);
        findings.extend(imports.iter().filter_map(|import| import.draft_left_out(&invoice, settings)));
        findings.extend(due_date_unknown(&invoice, settings));
        findings.extend(example_company(&invoice));
        findings.extend(sender_incomplete(&invoice, settings));
        let kept = freezes && staging.is_some();
        let line = kept.then(|| (invoice.id.clone(), document::json_line(&invoice)));
        // No import names entries, and there may be many.
        invoice.lines.iter_mut().for_each(|line| line.entries = Vec::new());
        Ok(OfDraft { files, findings, invoice: Some(invoice).filter(|_| !imports.is_empty()), line })
    };
    let of_drafts: Vec<OfDraft> = drafts.into_par_iter().zip(&names).map(of_draft).collect::<Result<_, RunError>>()?;
    if let Some(folder) = folder {
        folder.finish()?;
    }
    let (mut documents, mut invoices) = (Documents::default(), Vec::new());
    for OfDraft { mut files, mut findings, invoice, line } in of_drafts {
        if let Some((id, line)) = line {
            documents.drafts.add(&id, line);
        }
        documents.files.append(&mut files);
        documents.findings.append(&mut findings);
        invoices.extend(invoice);
    }
    documents.findings.extend(imports.iter().filter_map(|import| import.file_left_out(run.results(settings))));
    Ok((documents, invoices))
}

/// N5: told before it is posted, which dates it.
fn due_date_unknown(invoice: &Invoice, settings: &Settings) -> Option<Finding> {
    settings.ledger.as_ref().filter(|_| invoice.totals.total > Money::ZERO)?;
    let due = document::due_of(invoice, invoice.dated(), &settings.terms);
    let message =
        format!("the payment terms `{}` of `{}` do not say when it is due", invoice.payment_terms, invoice.id);
    let (code, subject, id) = (Code::DueDateUnknown, Subject::Draft, invoice.id.clone());
    (due == Due::Unknown).then_some(Finding { code, subject, id, message, place: None })
}

/// What `init` wrote as an example is no seller.
fn example_company(invoice: &Invoice) -> Option<Finding> {
    let (key, said) = invoice.seller.example()?;
    let message =
        format!("`{}` is billed by the example that `init` once wrote: `{key}` of [company] is `{said}`", invoice.id);
    let (code, subject, id) = (Code::ExampleCompany, Subject::Draft, invoice.id.clone());
    Some(Finding { code, subject, id, message, place: None })
}

/// N3: told before it is posted.
fn sender_incomplete(invoice: &Invoice, settings: &Settings) -> Option<Finding> {
    let why = issue::sender_missing(settings, &invoice.company, &invoice.seller)?;
    let message = format!("`{}` gets a number when it is posted, and {why}", invoice.id);
    Some(Finding {
        code: Code::SenderIncomplete,
        subject: Subject::Draft,
        id: invoice.id.clone(),
        message,
        place: None,
    })
}

/// The files of a draft.
fn written(
    folder: &StagedFolder,
    name: &FileName,
    invoice: &Invoice,
    formats: &[DocumentFormat],
) -> Result<Vec<DocumentFile>, RunError> {
    let folder = folder.folder(name)?;
    let mut stored = Vec::new();
    for document in document::files(invoice, formats)? {
        stored.push(filled(folder.file(&FileName::of(document.name))?, &document.bytes, &invoice.id)?);
    }
    folder.finish()?;
    Ok(stored)
}

/// A document of the whole run.
fn file_of_run(staging: &Staging, document: &RunFile) -> Result<DocumentFile, RunError> {
    let mut folder: Option<StagedFolder> = None;
    for name in document.folders {
        let name = FileName::of(name);
        folder = Some(match &folder {
            None => staging.folder(&name)?,
            Some(folder) => folder.folder(&name)?,
        });
    }
    let name = FileName::of(&document.name);
    let file = match &folder {
        None => staging.file(&name)?,
        Some(folder) => folder.file(&name)?,
    };
    let stored = filled(file, &document.bytes, "")?;
    if let Some(folder) = folder {
        folder.finish()?;
    }
    Ok(stored)
}

/// A file with all of its bytes; `invoice_id` is empty for one of the whole run.
pub(super) fn filled(mut file: StagedFile, bytes: &[u8], invoice_id: &str) -> Result<DocumentFile, RunError> {
    file.write_all(bytes).map_err(|error| file.failed(error))?;
    let done = file.finish()?;
    Ok(DocumentFile { invoice_id: invoice_id.to_owned(), file: done.inside, bytes: done.bytes, blake3: done.blake3 })
}
