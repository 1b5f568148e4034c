//! Runs that nobody needs any more: neither new nor posted.

use std::collections::BTreeSet;

use super::{RunError, format, ledger_stands, note_head, of_ledger, published};
use crate::job::Settings;
use crate::ledger::LogActionKind;

/// Why a run stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It is among the newest.
    Newest,
    /// The ledger has what it posted: `ledger verify` and `explain` go back to it.
    Posted,
    /// It is no run that this version reads: nobody can say what it holds.
    Unreadable,
}

impl Needed {
    pub fn name(self) -> &'static str {
        match self {
            Needed::Newest => "newest",
            Needed::Posted => "posted",
            Needed::Unreadable => "unreadable",
        }
    }
}

/// What became of the folders in `runs`, by name.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The runs that were removed, with the bytes of their files.
    pub removed: Vec<(String, u64)>,
    pub kept: Vec<(String, Needed)>,
}

/// Removes all runs of the job but its newest ones (at least one) and those that were posted. A dry run says which.
///
/// # Errors
/// The ledger went back or cannot be read, another command publishes, or the disk refuses.
pub fn prune(settings: &Settings, keep: usize, dry_run: bool) -> Result<Pruned, RunError> {
    // Runs are what shows that a ledger went back: on such a one none may go.
    ledger_stands(settings)?;
    let target = super::target(settings);
    let mut pruned = Pruned::default();
    if target.run_ids()?.is_empty() {
        return Ok(pruned);
    }
    if let Some(ledger) = of_ledger::ledger(settings).filter(|_| !dry_run) {
        // A run that goes may be the only one that names the newest head.
        note_head(settings, Some(&ledger.head()?), "`prune`", "")?;
    }
    let removal = target.begin_removal()?;
    let posted = posted(settings)?;
    let latest = target.latest()?;
    let mut runs = Vec::new();
    for run_id in target.run_ids()? {
        match format::open(&target, &run_id) {
            Ok(Some(opened)) if opened.manifest().is_some_and(|manifest| manifest.run_id == run_id) => {
                runs.push(published::age(&target, latest.as_ref(), run_id)?);
            }
            // Also what a newer version published.
            Ok(_) | Err(RunError::RunFormat { .. }) => pruned.kept.push((run_id, Needed::Unreadable)),
            Err(other) => return Err(other),
        }
    }
    // The newest first.
    runs.sort_by(|one, other| other.cmp(one));
    for (nth, (_, _, run_id)) in runs.into_iter().enumerate() {
        if posted.contains(&run_id) {
            pruned.kept.push((run_id, Needed::Posted));
        } else if nth < keep.max(1) {
            pruned.kept.push((run_id, Needed::Newest));
        } else {
            let bytes = target.run_bytes(&run_id)?;
            if !dry_run {
                removal.remove(&run_id)?;
            }
            pruned.removed.push((run_id, bytes));
        }
    }
    pruned.kept.sort_by(|one, other| one.0.cmp(&other.0));
    pruned.removed.sort();
    Ok(pruned)
}

/// Runs of which the ledger has documents or covered hours, of all jobs that post into it.
fn posted(settings: &Settings) -> Result<BTreeSet<String>, RunError> {
    let Some(ledger) = of_ledger::ledger(settings) else { return Ok(BTreeSet::new()) };
    let posts = ledger.log()?.into_iter().filter(|entry| entry.deed.kind == LogActionKind::Post);
    Ok(posts.map(|entry| entry.deed.run).collect())
}
