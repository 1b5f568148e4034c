//! What a run keeps of its drafts for `post` (N1): each as `invoice.json`, one a line, sorted by invoice_id.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use super::RunError;
use super::manifest::{DRAFTS, Manifest, TableFile};
use super::of_ledger::conflict;
use super::published::unaltered_file;
use crate::bug::OrBug;
use crate::document::{Invoice, invoice_from_json};
use crate::publish::{FileName, Scratch, Staging, Target};

const FILE: &str = "posting-invoices-0001.jsonl";

/// Drafts that wait to be written.
#[derive(Default)]
pub(super) struct Drafts {
    told: Vec<Draft>,
    /// What does not stand in memory.
    aside: Option<Scratch>,
}

struct Draft {
    id: String,
    line: Line,
}

enum Line {
    Here(Vec<u8>),
    Aside(std::ops::Range<u64>),
}

impl Drafts {
    pub fn add(&mut self, id: &str, line: Vec<u8>) {
        self.told.push(Draft { id: id.to_owned(), line: Line::Here(line) });
    }

    /// Those that wait in memory: ids and lines.
    pub fn into_lines(self) -> Vec<(String, Vec<u8>)> {
        let here = |draft: Draft| match draft.line {
            Line::Here(bytes) => Some((draft.id, bytes)),
            Line::Aside(_) => None,
        };
        self.told.into_iter().filter_map(here).collect()
    }

    /// Takes in those of a pass, and lets go of what they say until all are written.
    pub fn put_aside(&mut self, drafts: Drafts, staging: &Staging) -> Result<(), RunError> {
        for draft in drafts.told {
            let Line::Here(bytes) = draft.line else { continue };
            let file = match &mut self.aside {
                Some(file) => file,
                none => none.insert(staging.scratch()?),
            };
            let start = file.bytes();
            file.write_all(&bytes).map_err(|error| staging.failed(FILE, error))?;
            self.told.push(Draft { id: draft.id, line: Line::Aside(start..file.bytes()) });
        }
        Ok(())
    }

    /// The file of all; none when there are no drafts.
    pub fn write(mut self, staging: &Staging) -> Result<Option<TableFile>, RunError> {
        if self.told.is_empty() {
            return Ok(None);
        }
        self.told.sort_by(|a, b| a.id.cmp(&b.id));
        let failed = |error| staging.failed(FILE, error);
        if let Some(file) = &mut self.aside {
            file.flush().map_err(failed)?;
        }
        let rows = self.told.len() as u64;
        let mut out = staging.file(&FileName::of(FILE))?;
        for draft in self.told {
            let bytes = match draft.line {
                Line::Here(bytes) => bytes,
                Line::Aside(range) => {
                    let file = self.aside.as_ref().or_bug("what is put aside is in a file");
                    let mut bytes = Vec::new();
                    file.reader(range).read_to_end(&mut bytes).map_err(failed)?;
                    bytes
                }
            };
            out.write_all(&bytes).map_err(|error| out.failed(error))?;
        }
        let stored = out.finish()?;
        let (table, file) = (DRAFTS.to_owned(), stored.inside);
        Ok(Some(TableFile { table, file, rows, bytes: stored.bytes, blake3: stored.blake3 }))
    }
}

/// The drafts of a published run, by id; `None` when it kept none.
///
/// # Errors
/// A file that was altered, and what cannot be read.
pub(super) fn read(
    target: &Target,
    published: &Manifest,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<BTreeMap<String, Invoice>>, RunError> {
    let files: Vec<&TableFile> = published.posting.iter().filter(|file| file.table == DRAFTS).collect();
    if files.is_empty() {
        return Ok(None);
    }
    let mut drafts = BTreeMap::new();
    for file in files {
        let altered =
            || conflict(format!("`{}` of run {} was altered since it was published", file.file, published.run_id));
        let bytes = unaltered_file(target, &published.run_id, &file.file, &file.blake3)?.ok_or_else(altered)?;
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let invoice = invoice_from_json(line).map_err(|_| altered())?;
            if wanted(&invoice.id) {
                drafts.insert(invoice.id.clone(), invoice);
            }
        }
    }
    Ok(Some(drafts))
}
