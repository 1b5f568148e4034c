//! `hourbill render`: the documents of what was posted, made again from what was frozen: the same bytes for ever (N1).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::place::{folders, imports};
use super::read;
use crate::access::Access;
use crate::document;
use crate::job::Settings;
use crate::ledger::{FrozenFile, FrozenInvoice, Ledger, LogEntry};
use crate::posted::Book;
use crate::publish::{FileName, put_elsewhere};
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
    let own = known.values().find(|file| file.document == id).and_then(|file| file.file.split('/').next());
    let folder = own.and_then(FileName::recorded);
    let folder = folder.or_else(|| folders(std::slice::from_ref(&frozen), &issued).into_iter().next());
    let folder = folder.unwrap_or_else(|| FileName::of(of.called()));
    let mut made: Vec<(String, Vec<u8>)> = Vec::new();
    for file in document::files(&read(&frozen)?, &per_draft(settings))? {
        made.push((format!("{folder}/{}", FileName::of(file.name)), file.bytes));
    }
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
