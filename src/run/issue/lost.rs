//! G11: documents of entries that the ledger has lost make room: their ids and numbers may come again.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::place::folder_of;
use super::render::Papers;
use crate::job::Settings;
use crate::run::RunError;

/// Moves the documents of entries that the ledger has lost out of `posted/`. Says where to.
///
/// # Errors
/// The disk fails.
pub fn set_lost_aside(settings: &Settings) -> Result<Option<PathBuf>, RunError> {
    let target = crate::run::target(settings);
    let mut kept: BTreeSet<String> = BTreeSet::new();
    if let Some(ledger) = crate::run::ledger(settings) {
        let log = ledger.log()?;
        for entry in log.iter().filter(|entry| entry.deed.job == settings.name) {
            for file in ledger.files(entry)? {
                kept.insert(folder_of(&file.file, file.document.is_empty()));
            }
        }
        // What `render` put there of what this job did not post, or not in these formats. Names alone do not tell: the number of a lost
        // document may have gone to another one meanwhile.
        let asked: BTreeSet<String> = target.posted_names()?.into_iter().filter(|name| !kept.contains(name)).collect();
        if !asked.is_empty() {
            let papers = Papers::new(settings, &ledger, &log)?;
            for entry in &log {
                kept.extend(papers.of_entry(entry, &asked)?);
            }
        }
    }
    Ok(target.set_posted_aside(|name| kept.contains(name))?)
}
