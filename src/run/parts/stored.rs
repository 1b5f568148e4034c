//! What a computed part leaves behind for the commit: its rows, packed and sorted as those of a pass are, its documents, and what its receipt,
//! its metrics and `run.json` say.

use std::io::Write;

use super::super::documents::Documents;
use super::super::made;
use super::super::manifest::DocumentFile;
use super::super::posting;
use super::super::stored::{DRAFTS, PackedTable, PartResult, RESULT, RUN, StoredPart, target};
use super::super::summary::Summary;
use super::super::{Run, RunError, statements};
use super::plan::refused;
use super::receipt::{PartDone, PartialFile};
use super::{PartReceipt, Parts};
use crate::publish::{FileName, Staging, Stored, Target, pack_rows};
use crate::tables::{order, tables};

impl Parts<'_> {
    /// Puts what a part came to in its folder, whole or not at all.
    pub(super) fn store(&self, part: u32, attempt: &str, run: &mut Run) -> Result<PartReceipt, RunError> {
        let attempt = format!("{part:05}-{attempt}");
        let target = target(self.folder.path(), &attempt);
        let stored = self.written(run, &target);
        if stored.is_err() {
            target.take_away();
        }
        let (summary, files) = stored?;
        Ok(PartReceipt::done(&self.plan, part, &attempt, &summary, files))
    }

    fn written(&self, run: &mut Run, target: &Target) -> Result<(Summary, Vec<PartialFile>), RunError> {
        let staging = target.stage()?;
        let mut files = Vec::new();
        run.month();
        let mut summary = Summary::of(run);
        let mut documents = Documents::of_drafts(run, self.settings, Some(&staging))?;
        run.add_findings(std::mem::take(&mut documents.findings));
        summary.find(run.findings());
        documents.files.extend(statements::write(run, self.settings, &staging)?);
        let of_document =
            |of: &DocumentFile| PartialFile { file: of.file.clone(), bytes: of.bytes, blake3: of.blake3.clone() };
        files.extend(documents.files.iter().map(of_document));
        let tables = packed(run, self, &staging, &mut files)?;
        let mut posting_files = None;
        if made::is_postable(run, self.settings) {
            let mut known = Vec::new();
            for (of, bytes) in posting::files(run, self.settings)? {
                files.push(put(&staging, &of.file, &bytes)?);
                known.push(of);
            }
            posting_files = Some(known);
        }
        let lines = documents.drafts.into_lines();
        let all: Vec<u8> = lines.iter().flat_map(|(_, line)| line.iter().copied()).collect();
        files.push(put(&staging, DRAFTS, &all)?);
        let drafts = lines.into_iter().map(|(id, line)| (id, line.len())).collect();
        let (changes, documents) = (std::mem::take(&mut run.changes), documents.files);
        let result = PartResult { summary, changes, tables, documents, posting: posting_files, drafts };
        let bytes = serde_json::to_vec(&result).map_err(std::io::Error::from).map_err(RunError::RunDocument)?;
        files.push(put(&staging, RESULT, &bytes)?);
        if !self.observer.commit() {
            return Err(RunError::Interrupted);
        }
        staging.publish_aside(RUN)?;
        Ok((result.summary, files))
    }

    /// What a part came to, as its receipt says: each file is as it was written.
    pub(super) fn stored(&self, part: u32, done: &PartDone) -> Result<StoredPart, RunError> {
        let target = target(self.folder.path(), &done.attempt);
        for of in &done.files {
            if target.run_file_hash(RUN, &of.file)?.as_ref() != Some(&(of.bytes, of.blake3.clone())) {
                return Err(refused(format!("`{}` of part {part} is gone, or not as it was written", of.file)));
            }
        }
        let bytes = target.run_file(RUN, RESULT)?.unwrap_or_default();
        let result = serde_json::from_slice(&bytes);
        let result = result.map_err(|error| refused(format!("`{RESULT}` of part {part} cannot be read: {error}")))?;
        Ok(StoredPart { result, target })
    }
}

/// The rows of each table, sorted.
fn packed(
    run: &Run,
    parts: &Parts<'_>,
    staging: &Staging,
    files: &mut Vec<PartialFile>,
) -> Result<Vec<PackedTable>, RunError> {
    let results = run.results(parts.settings);
    let mut all = Vec::new();
    for table in tables(results) {
        let mut file = staging.file(&FileName::of(&format!("rows-{}.packed", table.name)))?;
        pack_rows(&table, &order(results, &table), &mut file).map_err(|error| file.failed(error))?;
        let stored = partial(file.finish()?);
        let (name, columns) = (table.name.to_owned(), table.columns.len());
        all.push(PackedTable { name, columns, file: stored.file.clone() });
        files.push(stored);
    }
    Ok(all)
}

fn put(staging: &Staging, name: &str, bytes: &[u8]) -> Result<PartialFile, RunError> {
    let mut file = staging.file(&FileName::of(name))?;
    file.write_all(bytes).map_err(|error| file.failed(error))?;
    Ok(partial(file.finish()?))
}

fn partial(stored: Stored) -> PartialFile {
    PartialFile { file: stored.inside, bytes: stored.bytes, blake3: stored.blake3 }
}
