//! `hourbill render`: the documents of what was posted, made again from what was frozen: the same bytes for ever (N1).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::place::{folder_of, folders, imports};
use super::read;
use crate::access::Access;
use crate::document;
use crate::job::Settings;
use crate::ledger::{FrozenFile, FrozenInvoice, IssuedDocuments, Ledger, LogEntry};
use crate::posted::Book;
use crate::publish::{FileName, Target, put_elsewhere};
use crate::run::of_ledger::conflict;
use crate::run::{RunError, per_draft};

/// What became of the files of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Its number, else its id.
    pub called: String,
    /// Where they stand.
    pub folder: PathBuf,
    /// As they were.
    pub kept: Vec<String>,
    /// They were gone.
    pub restored: Vec<String>,
    /// They had other bytes.
    pub replaced: Vec<String>,
    /// They cannot be made with the bytes that were frozen: by another version, or other settings, of which what stands there is left alone.
    pub others: Vec<String>,
}

/// Makes the documents of `id`: elsewhere, or below `posted/` where they are gone or differ.
///
/// # Errors
/// Nothing was frozen for it, the job makes no documents, or the disk fails.
pub fn render(settings: &Settings, ledger: &Ledger, id: &str, out: Option<&Path>) -> Result<Rendered, RunError> {
    let log = ledger.log()?;
    let issued = ledger.issued(&log)?;
    let book: Book = ledger.book(&log)?;
    let id = if book.find(id).is_some() { id } else { issued.numbered(id).unwrap_or(id) };
    let Some(of) = issued.find(id) else {
        if book.find(id).is_none() {
            return Err(crate::ledger::LedgerError::NoDocument(id.to_owned()).into());
        }
        return Err(conflict(format!("nothing was kept of the document of `{id}` when it was posted")));
    };
    let entry = log.iter().find(|entry| entry.sequence == of.sequence);
    let (Some(entry), Some(frozen)) = (entry, ledger.frozen_of(&log, of)?) else {
        return Err(conflict(format!("nothing was kept of the document of `{id}` when it was posted")));
    };
    let known: BTreeMap<String, FrozenFile> =
        ledger.files(entry)?.into_iter().map(|file| (file.file.clone(), file)).collect();
    let folder = folder(&frozen, known.values(), &issued);
    let mut made = files_of(settings, &frozen, &folder)?;
    let mut rendered = Rendered { called: of.called().to_owned(), ..Rendered::default() };
    if let Some(out) = out {
        rendered.folder = out.join(folder.as_str());
        for (file, bytes) in made {
            put_elsewhere(out, &file, &bytes, Access::Private)?;
            rendered.restored.push(file);
        }
        return Ok(rendered);
    }
    let target = crate::run::target(settings);
    rendered.folder = target.posted_folder().join(folder.as_str());
    made.extend(imports_of(settings, ledger, entry)?);
    for (file, bytes) in made {
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let as_frozen = known.get(&file).is_none_or(|known| known.blake3 == hash);
        match target.posted_file(&file)? {
            Some(there) if there == bytes => rendered.kept.push(file),
            Some(there)
                if known.get(&file).is_some_and(|known| known.blake3 == blake3::hash(&there).to_hex().as_str()) =>
            {
                rendered.kept.push(file);
            }
            _ if !as_frozen => rendered.others.push(file),
            found => {
                target.restore_posted(&file, &bytes)?;
                if found.is_some() { rendered.replaced.push(file) } else { rendered.restored.push(file) }
            }
        }
    }
    Ok(rendered)
}

/// The folder of a document below `posted/`: that of its files where it has any.
fn folder<'a>(
    frozen: &FrozenInvoice,
    mut files: impl Iterator<Item = &'a FrozenFile>,
    issued: &IssuedDocuments,
) -> FileName {
    let own = files.find(|file| file.document == frozen.issued.document).and_then(|file| file.file.split('/').next());
    let folder = own.and_then(FileName::recorded);
    let folder = folder.or_else(|| folders(std::slice::from_ref(frozen), issued).into_iter().next());
    folder.unwrap_or_else(|| FileName::of(frozen.issued.called()))
}

/// A document in the formats of the job.
fn files_of(
    settings: &Settings,
    frozen: &FrozenInvoice,
    folder: &FileName,
) -> Result<Vec<(String, Vec<u8>)>, RunError> {
    let files = document::files(&read(frozen)?, &per_draft(settings))?.into_iter();
    Ok(files.map(|file| (format!("{folder}/{}", FileName::of(file.name)), file.bytes)).collect())
}

/// What stands in `posted/` of what the ledger has, whoever posted it.
pub(super) struct Papers<'a> {
    settings: &'a Settings,
    ledger: &'a Ledger,
    issued: IssuedDocuments,
    target: Target,
}

impl<'a> Papers<'a> {
    pub(super) fn new(settings: &'a Settings, ledger: &'a Ledger, log: &[LogEntry]) -> Result<Papers<'a>, RunError> {
        Ok(Papers { settings, ledger, issued: ledger.issued(log)?, target: crate::run::target(settings) })
    }

    /// Which of the folders asked for hold a file of this entry: with the bytes that were frozen, or with those that the job makes of it.
    pub(super) fn of_entry(&self, entry: &LogEntry, asked: &BTreeSet<String>) -> Result<BTreeSet<String>, RunError> {
        let mut found = BTreeSet::new();
        let files = self.ledger.files(entry)?;
        for file in &files {
            let folder = folder_of(&file.file, file.document.is_empty());
            if asked.contains(&folder) && self.holds(&file.file, &file.blake3)? {
                found.insert(folder);
            }
        }
        let frozen = self.ledger.frozen(entry, |_| true)?;
        let mut made = Vec::new();
        for of in &frozen {
            let folder = folder(of, files.iter(), &self.issued);
            if asked.contains(folder.as_str()) && !found.contains(folder.as_str()) {
                made.extend(files_of(self.settings, of, &folder)?.into_iter().map(|made| (made, false)));
            }
        }
        let imported = folder_of(&format!("imports/{:010}/", entry.sequence), true);
        if asked.contains(&imported) && !found.contains(&imported) {
            made.extend(imports_of(self.settings, self.ledger, entry)?.into_iter().map(|made| (made, true)));
        }
        for ((file, bytes), is_import) in made {
            if self.holds(&file, blake3::hash(&bytes).to_hex().as_str())? {
                found.insert(folder_of(&file, is_import));
            }
        }
        Ok(found)
    }

    fn holds(&self, file: &str, blake3: &str) -> Result<bool, RunError> {
        let there = self.target.posted_file(file)?;
        Ok(there.is_some_and(|bytes| blake3::hash(&bytes).to_hex().as_str() == blake3))
    }
}

/// The rows of the same commit that accounting systems import.
fn imports_of(settings: &Settings, ledger: &Ledger, entry: &LogEntry) -> Result<Vec<(String, Vec<u8>)>, RunError> {
    let all: Vec<FrozenInvoice> = ledger.frozen(entry, |_| true)?;
    let invoices = all.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let files = imports(&invoices, settings, entry.sequence).into_iter().map(|(folders, file)| {
        let folders: String = folders.iter().map(|folder| format!("{folder}/")).collect();
        (format!("{folders}{}", FileName::of(&file.name)), file.bytes)
    });
    Ok(files.collect())
}
