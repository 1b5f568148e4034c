//! G11: a ledger that went back bills again what it has forgotten. What a job has published and posted knows better: each run names the head of
//! the ledger that it was computed on, and what changes the ledger notes the new head beside `latest`.
//!
//! A head that the ledger has vouches for all before it, so one noted head stands for every run that was looked at when it was noted. Only runs
//! that are not among them are read.

use std::collections::BTreeSet;

use super::manifest::Manifest;
use super::{RunError, format, of_ledger};
use crate::job::Settings;
use crate::ledger::{Ledger, LedgerError};
use crate::posted::Head;
use crate::publish::{KnownHead, Noted, Restart, Target};

/// How a published run is told of.
const RUN: &str = "run ";

/// The ledger lacks what the job knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WentBack {
    /// The entry that it lacks; `None` when what was noted cannot be read.
    pub known: Option<Head>,
    /// Who knows it.
    pub by: String,
    /// The ledger as the job file names it; `None`: the job has none now.
    pub ledger: Option<String>,
    /// How it ends now.
    pub head: Option<Head>,
    /// The job file, for the command that settles it.
    pub job_file: String,
}

impl std::fmt::Display for WentBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let WentBack { known, by, ledger, head, .. } = self;
        match known {
            Some(Head { sequence: 0, .. }) => write!(f, "{by} was computed on a ledger that was empty")?,
            Some(known) => write!(f, "{by} knows entry {} of the ledger, with hash {}", known.sequence, known.hash)?,
            None => write!(f, "what is noted of the ledger in `{by}` cannot be read by this version")?,
        }
        match (ledger, head) {
            (Some(ledger), Some(Head { sequence: 0, .. })) => write!(f, "; the ledger `{ledger}` is empty"),
            (Some(ledger), Some(Head { sequence, hash })) => {
                write!(f, "; the ledger `{ledger}` ends with entry {sequence}, with hash {hash}")?;
                match known {
                    Some(known) if known.sequence <= *sequence => {
                        write!(f, ", and has another entry {}", known.sequence)
                    }
                    _ => Ok(()),
                }
            }
            _ => write!(f, "; the job has no [ledger] now"),
        }
    }
}

/// The `run.json` of a published run; `None` when it cannot be read: then it is no run that anybody could post.
fn named_by(target: &Target, run: &str) -> Result<Option<Manifest>, RunError> {
    Ok(format::open(target, run)?.and_then(|opened| opened.manifest()))
}

pub(super) struct Standing<'a> {
    settings: &'a Settings,
    pub(super) target: Target,
    ledger: Option<Ledger>,
}

impl<'a> Standing<'a> {
    pub(super) fn new(settings: &'a Settings) -> Standing<'a> {
        let target = super::target(settings);
        Standing { settings, target, ledger: of_ledger::ledger(settings) }
    }

    fn has(&self, head: &Head) -> Result<bool, LedgerError> {
        self.ledger.as_ref().map_or(Ok(false), |ledger| ledger.has(head))
    }

    /// How the ledger ends now.
    fn head(&self) -> Result<Option<Head>, LedgerError> {
        self.ledger.as_ref().map(Ledger::head).transpose()
    }

    /// The newest head that the job knows and the ledger lacks, and who knows it; a run comes before what followed it. `None` when the
    /// ledger has all of them.
    fn lacks(&self, noted: &Noted) -> Result<Option<(Option<Head>, String)>, RunError> {
        let none = BTreeSet::new();
        let (known, looked_at) = match noted {
            Noted::Nothing => (None, &none),
            Noted::Known(known) => (Some(known), &known.runs),
            Noted::Unreadable => return Ok(Some((None, self.target.head_file()))),
        };
        let mut lacking: Option<(Head, String)> = None;
        for run in self.target.run_names()?.into_iter().filter(|run| !looked_at.contains(run)) {
            let Some(Manifest { ledger: Some(head), .. }) = named_by(&self.target, &run)? else { continue };
            let newer = lacking.as_ref().is_none_or(|(known, by)| (known.sequence, by) < (head.sequence, &run));
            if newer && !self.has(&head)? {
                lacking = Some((head, run));
            }
        }
        let mut lacking = lacking.map(|(head, run)| (head, format!("{RUN}{run}")));
        if let Some(KnownHead { ledger: Some(head), by, run, .. }) = known
            && lacking.as_ref().is_none_or(|(known, _)| known.sequence < head.sequence)
            && !self.has(head)?
        {
            let by = if by.contains(run.as_str()) || run.is_empty() {
                by.clone()
            } else {
                format!("{by}, after run {run},")
            };
            lacking = Some((head.clone(), by));
        }
        Ok(lacking.map(|(head, by)| (Some(head), by)))
    }

    /// Every head that the job knows, and who told it: what counts since the ledger was restarted, if it was.
    pub(super) fn witnesses(&self) -> Result<Vec<(Head, String)>, RunError> {
        let noted = match self.target.known_head()? {
            Noted::Known(noted) => Some(noted),
            Noted::Nothing | Noted::Unreadable => None,
        };
        let forgotten = noted.as_ref().filter(|noted| !noted.restarts.is_empty()).map(|noted| &noted.runs);
        let mut known = Vec::new();
        let mut runs = self.target.run_names()?;
        runs.sort_unstable();
        for run in runs.into_iter().filter(|run| forgotten.is_none_or(|runs| !runs.contains(run))) {
            if let Some(Manifest { ledger: Some(head), .. }) = named_by(&self.target, &run)? {
                known.push((head, format!("{RUN}{run}")));
            }
        }
        if let Some(KnownHead { ledger: Some(head), by, .. }) = noted {
            known.push((head, by));
        }
        Ok(known)
    }

    pub(super) fn went_back(&self, known: Option<Head>, by: String) -> Result<WentBack, LedgerError> {
        let ledger = self.settings.ledger.as_ref().map(|ledger| ledger.dir_shown.clone());
        let job_file = self.settings.job_file.display().to_string();
        Ok(WentBack { known, by, ledger, head: self.head()?, job_file })
    }

    /// Takes in the runs that need not be looked at again, because the ledger has what they name: the head that is noted is at least theirs.
    fn vouch(&self, known: &mut KnownHead, looked_at: &BTreeSet<String>, own: &str) -> Result<(), RunError> {
        for run in self.target.run_names()? {
            if run != own && !looked_at.contains(&run) {
                let Some(named) = named_by(&self.target, &run)? else { continue };
                if let Some(head) = named.ledger {
                    if !self.has(&head)? {
                        continue;
                    }
                    if known.ledger.as_ref().is_none_or(|known| known.sequence < head.sequence) {
                        (known.ledger, known.by, known.run) = (Some(head), format!("{RUN}{run}"), run.clone());
                    }
                }
            }
            known.runs.insert(run);
        }
        Ok(())
    }
}

/// Makes sure that the ledger has every head that the runs of the job name or that was noted after them (G11).
///
/// # Errors
/// [`RunError::WentBack`], and a ledger or a run that cannot be read.
pub fn ledger_stands(settings: &Settings) -> Result<(), RunError> {
    let standing = Standing::new(settings);
    match standing.lacks(&standing.target.known_head()?)? {
        None => Ok(()),
        Some((known, by)) => Err(RunError::WentBack(Box::new(standing.went_back(known, by)?))),
    }
}

/// Notes a head that the ledger has, and who left it so. A kill before it leaves an older head noted, which the ledger has, too. What says
/// that the ledger went back is left as it is.
///
/// # Errors
/// It cannot be written.
pub fn note_head(settings: &Settings, head: Option<&Head>, by: &str, run: &str) -> Result<(), RunError> {
    let standing = Standing::new(settings);
    standing.target.note_head(|noted| {
        let before = match noted {
            Noted::Nothing => None,
            Noted::Known(known) => Some(known),
            Noted::Unreadable => return Ok(None),
        };
        let looked_at = before.as_ref().map(|known| known.runs.clone()).unwrap_or_default();
        let run = if run.is_empty() { standing.target.latest()?.unwrap_or_default() } else { run.to_owned() };
        let mut known = KnownHead::new(head.cloned(), by.to_owned(), run.clone());
        if let Some(before) = &before {
            known.restarts.clone_from(&before.restarts);
            if let Some(newest) = &before.ledger {
                if !standing.has(newest)? {
                    return Ok(None);
                }
                // Another command may have noted a later one meanwhile. A run is the better witness of the same one.
                let later = |head: &Head| {
                    head.sequence > newest.sequence || (head.sequence == newest.sequence && by.starts_with(RUN))
                };
                if !head.is_some_and(later) {
                    (known.ledger, known.by, known.run) =
                        (before.ledger.clone(), before.by.clone(), before.run.clone());
                }
            } else if known.ledger.is_none() {
                (known.by, known.run) = (before.by.clone(), before.run.clone());
            }
        }
        let own = if by.starts_with(RUN) { run.as_str() } else { "" };
        standing.vouch(&mut known, &looked_at, own)?;
        Ok(Some(known).filter(|known| before.as_ref() != Some(known)))
    })
}

/// A ledger that began anew.
pub struct Restarted {
    pub from: Option<Head>,
    pub to: Option<Head>,
}

/// Takes the ledger as it is now for the job's: what older runs know of it no longer counts. `None`: nothing is in the way.
///
/// # Errors
/// The ledger cannot be read, or what is noted cannot be written.
pub fn restart_ledger(
    settings: &Settings,
    by: &str,
    reason: &str,
    dry_run: bool,
) -> Result<Option<(WentBack, Restarted)>, RunError> {
    let standing = Standing::new(settings);
    let Some((known, who)) = standing.lacks(&standing.target.known_head()?)? else { return Ok(None) };
    let went_back = standing.went_back(known.clone(), who)?;
    let to = went_back.head.clone();
    let done = (went_back, Restarted { from: known.clone(), to: to.clone() });
    if dry_run {
        return Ok(Some(done));
    }
    standing.target.note_head(|noted| {
        let run = standing.target.latest()?.unwrap_or_default();
        let mut anew = KnownHead::new(to.clone(), "ledger restart".to_owned(), run);
        if let Noted::Known(before) = noted {
            anew.restarts = before.restarts;
        }
        let (at, by, reason) = (settings.billing.as_of.to_string(), by.to_owned(), reason.to_owned());
        anew.restarts.push(Restart { at, by, reason, from: known, to });
        anew.runs = standing.target.run_names()?.into_iter().collect();
        Ok::<_, RunError>(Some(anew))
    })?;
    Ok(Some(done))
}
