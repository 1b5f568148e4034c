//! N1: documents are staged beside `posted/` before the commit, and put in place after it; a kill between is completed by the next command.

use std::path::PathBuf;

use rayon::prelude::*;

use super::Issue;
use crate::document::Invoice;
use crate::document::per_run::RunFile;
use crate::document::{self, Scope};
use crate::finding::Finding;
use crate::job::Settings;
use crate::ledger::{FrozenFile, FrozenInvoice, IssuedDocuments, Ledger, LedgerError, LogEntry, Planned, Unproven};
use crate::publish::{FileName, Posting, PublishError, StagedFor, StagedPaper};
use crate::run::{RunError, per_draft};

/// What a person is told of the documents at once.
const SHOWN_MAX: usize = 5;

/// Documents that wait for their commit.
pub struct Staged {
    posting: Option<Posting>,
}

impl Issue {
    /// Makes every document in the formats of the job, beside their place, and says in the plan which files they are.
    ///
    /// # Errors
    /// Another command stages, or the disk fails.
    pub fn stage(&self, settings: &Settings, ledger: &Ledger, planned: &mut Planned) -> Result<Staged, RunError> {
        let formats = per_draft(settings);
        let sequence = planned.head().sequence + 1;
        let imports = imports(&self.invoices, settings, sequence);
        if self.invoices.is_empty() || (formats.is_empty() && imports.is_empty()) {
            return Ok(Staged { posting: None });
        }
        let posting = crate::run::target(settings).stage_posted()?;
        let issued = ledger.issued(&ledger.log()?)?;
        let names = folders(&planned.invoices, &issued);
        let of_invoice = |(invoice, name): (&Invoice, &FileName)| -> Result<Vec<FrozenFile>, RunError> {
            let folder = [name.clone()];
            let mut files = Vec::new();
            for made in document::files(invoice, &formats)? {
                let staged = posting.file(&folder, &FileName::of(made.name), &made.bytes)?;
                files.push(frozen(&invoice.id, staged));
            }
            Ok(files)
        };
        let of_invoices = self.invoices.par_iter().zip(&names).map(of_invoice).collect::<Result<Vec<_>, _>>()?;
        let mut files: Vec<FrozenFile> = of_invoices.into_iter().flatten().collect();
        for (folders, file) in imports {
            let staged = posting.file(&folders, &FileName::of(&file.name), &file.bytes)?;
            files.push(frozen("", staged));
        }
        files.sort_by(|a, b| a.file.cmp(&b.file));
        posting.made_for(planned.head(), files.iter().map(paper).collect())?;
        planned.files = files;
        Ok(Staged { posting: Some(posting) })
    }

    /// The folder of its documents; `None` where the job asks for no files of them.
    pub fn folder(&self, settings: &Settings) -> Option<PathBuf> {
        let mut asked = document::asked(&settings.output.documents);
        let of_invoices = |scope: Scope| matches!(scope, Scope::Draft | Scope::Invoices);
        let has_files = !self.invoices.is_empty() && asked.any(|format| of_invoices(format.scope()));
        has_files.then(|| crate::run::target(settings).posted_folder())
    }

    /// What the documents lack: a document that nobody can send is no secret.
    pub fn lacking(&self, settings: &Settings) -> Vec<String> {
        let formats = per_draft(settings);
        let imports: Vec<_> =
            document::asked(&settings.output.documents).filter(|format| format.scope() == Scope::Invoices).collect();
        let of = |invoice: &Invoice| {
            let mut findings: Vec<Finding> = document::findings(invoice, &formats);
            findings.extend(imports.iter().filter_map(|import| import.draft_left_out(invoice, settings)));
            findings.into_iter().map(|finding| finding.message).collect::<Vec<String>>()
        };
        let all: Vec<String> = self.invoices.par_iter().flat_map_iter(of).collect();
        let more = all.len().saturating_sub(SHOWN_MAX);
        let mut told: Vec<String> = all.into_iter().take(SHOWN_MAX).collect();
        if more > 0 {
            told.push(format!("and {more} more of the kind"));
        }
        told
    }
}

impl Staged {
    /// The commit is made next.
    pub fn is_committed(&mut self) {
        if let Some(posting) = &mut self.posting {
            posting.is_committed();
        }
    }

    /// The commit did not happen.
    pub fn forget(self) {
        if let Some(posting) = self.posting {
            posting.forget();
        }
    }

    /// Puts the documents in place.
    ///
    /// # Errors
    /// The disk fails: the next command does the rest.
    pub fn place(self) -> Result<(), PublishError> {
        self.posting.map_or(Ok(()), Posting::place)
    }
}

fn frozen(document: &str, staged: StagedPaper) -> FrozenFile {
    let StagedPaper { file, bytes, blake3 } = staged;
    FrozenFile { document: document.to_owned(), file, bytes, blake3 }
}

fn paper(file: &FrozenFile) -> StagedPaper {
    StagedPaper { file: file.file.clone(), bytes: file.bytes, blake3: file.blake3.clone() }
}

/// The folders of some documents: their numbers or ids, told apart from those of all others where capitals do not matter, too.
pub(super) fn folders(invoices: &[FrozenInvoice], issued: &IssuedDocuments) -> Vec<FileName> {
    let own = || invoices.iter().map(|of| of.issued.called());
    let new = |document: &str| invoices.iter().any(|of| of.issued.document == document);
    let others: Vec<&str> = if invoices.len() > 64 {
        // Looked for once.
        let ids: std::collections::HashSet<&str> = invoices.iter().map(|of| of.issued.document.as_str()).collect();
        issued.iter().filter(|of| !ids.contains(of.document.as_str())).map(|of| of.called()).collect()
    } else {
        issued.iter().filter(|of| !new(&of.document)).map(|of| of.called()).collect()
    };
    let mut names = FileName::of_all(own().chain(others.iter().copied()));
    names.truncate(invoices.len());
    names
}

/// The rows that accounting systems import, below `imports/<sequence>/`.
pub(super) fn imports(invoices: &[Invoice], settings: &Settings, sequence: u64) -> Vec<(Vec<FileName>, RunFile)> {
    // What was cancelled is booked nowhere.
    let booked: Vec<Invoice> =
        invoices.iter().filter(|invoice| invoice.status != document::Status::Cancelled).cloned().collect();
    if booked.is_empty() {
        return Vec::new();
    }
    let formats = document::asked(&settings.output.documents).filter(|format| format.scope() == Scope::Invoices);
    let files = formats.flat_map(|format| format.of_posted(&booked, settings));
    let placed = files.map(|file| {
        let mut folders = vec![FileName::of("imports"), FileName::of(&format!("{sequence:010}"))];
        folders.extend(file.folders.iter().filter(|name| **name != "imports").map(|name| FileName::of(name)));
        (folders, file)
    });
    placed.collect()
}

/// Puts in place what killed commands of the job left staged for a commit that happened, and clears away what was staged for none. Says how
/// many commits were completed.
///
/// # Errors
/// The disk fails.
pub fn complete(settings: &Settings, ledger: &Ledger) -> Result<u64, RunError> {
    let left = crate::run::target(settings).left_staged()?;
    if left.is_empty() {
        return Ok(0);
    }
    let log = ledger.log()?;
    let mut completed = 0;
    for (said, posting) in left {
        match said {
            Some(said) if happened(settings, ledger, &log, &said)? => {
                posting.place()?;
                completed += 1;
            }
            Some(_) | None => posting.forget(),
        }
    }
    Ok(completed)
}

/// The commit for which documents were staged is in the ledger.
fn happened(settings: &Settings, ledger: &Ledger, log: &[LogEntry], said: &StagedFor) -> Result<bool, LedgerError> {
    let follows = |entry: &&LogEntry| {
        entry.sequence == said.previous.sequence + 1
            && entry.previous == said.previous.hash
            && entry.deed.job == settings.name
    };
    let Some(entry) = log.iter().find(follows) else { return Ok(false) };
    let files: Vec<StagedPaper> = ledger.files(entry)?.iter().map(paper).collect();
    Ok(files == said.files)
}

/// N9: each file that the job put in place has the bytes that were frozen. Files that are gone are told, by how many: `render` restores them.
///
/// # Errors
/// [`RunError::PostedAltered`] with every file that has other bytes.
pub fn hold_files(settings: &Settings, ledger: &Ledger) -> Result<(u64, Vec<String>), RunError> {
    let target = crate::run::target(settings);
    let mut newest: std::collections::BTreeMap<String, (u64, FrozenFile)> = std::collections::BTreeMap::new();
    for entry in ledger.log()?.iter().filter(|entry| entry.deed.job == settings.name) {
        for file in ledger.files(entry)? {
            newest.insert(file.file.clone(), (entry.sequence, file));
        }
    }
    let (mut held, mut gone, mut altered) = (0, Vec::new(), Vec::new());
    for (sequence, file) in newest.into_values() {
        match target.posted_file(&file.file)? {
            None => gone.push(file.file),
            Some(bytes) if blake3::hash(&bytes).to_hex().as_str() == file.blake3 => held += 1,
            Some(_) => {
                let object = format!("{} file `posted/{}`", crate::ledger::entry_name(sequence), file.file);
                let text = "it is not what was put in place".to_owned();
                altered.push(Unproven { object, text });
            }
        }
    }
    if altered.is_empty() { Ok((held, gone)) } else { Err(RunError::PostedAltered(altered)) }
}

/// The folder of a file below `posted/`: that of its document, or of the imports of a commit.
pub(super) fn folder_of(file: &str, is_import: bool) -> String {
    file.split('/').take(if is_import { 2 } else { 1 }).collect::<Vec<_>>().join("/")
}
