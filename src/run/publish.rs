//! The tables and `run.json` of a run become a run folder, whole or not at all (§9.1).

use std::path::PathBuf;

use super::documents::Documents;
use super::drafts::Drafts;
use super::made::{Made, bytes_of, json};
use super::manifest::Manifest;
use super::spilled::SpilledRun;
use super::stored::StoredPart;
use super::summary::Summary;
use super::{Observer, Run, RunError, close, published, statements};
use crate::bug::OrBug;
use crate::job::Settings;
use crate::ledger::LedgerError;
use crate::posted::Head;
use crate::publish::{Staging, Target};

/// Where a run stands now.
pub struct Outcome {
    pub folder: PathBuf,
    /// The same run had been published before.
    pub already_published: bool,
    /// The same run had been published before, and was altered since: it is published anew.
    pub mended: Option<Mended>,
}

/// A run that was not as it was published.
pub struct Mended {
    /// The first of its files that was gone or altered.
    pub file: String,
    /// Where it is kept.
    pub kept: PathBuf,
}

/// What stands under a run's id.
#[derive(PartialEq, Eq)]
enum Integrity {
    Absent,
    Whole,
    /// The first file that is gone or not as it was written.
    Altered(String),
}

fn integrity(target: &Target, run_id: &str) -> Result<Integrity, RunError> {
    if !target.published(run_id)? {
        return Ok(Integrity::Absent);
    }
    Ok(published::altered_file(target, run_id)?.map_or(Integrity::Whole, Integrity::Altered))
}

/// Where a run is to be put.
pub(super) enum RunSlot {
    /// The same run stands there already, whole.
    Occupied(Outcome),
    Vacant(Vacancy),
}

/// Room for a run. Nobody else publishes while it is held.
pub(super) struct Vacancy {
    pub staging: Staging,
    /// The first altered file of the same run, which is to be set aside for a person to look at.
    altered: Option<String>,
}

impl RunSlot {
    /// Makes room for a run, or says that it stands there already: a run of the same id that is whole is the same to the byte.
    pub fn of(target: &Target, run: (&str, Option<&Head>), settings: &Settings) -> Result<RunSlot, RunError> {
        let run_id = run.0;
        if integrity(target, run_id)? == Integrity::Whole {
            return Ok(RunSlot::Occupied(already_published(target, run, settings)?));
        }
        let staging = target.stage()?;
        // Until here somebody may have published it.
        let altered = match integrity(target, run_id)? {
            Integrity::Whole => {
                drop(staging);
                return Ok(RunSlot::Occupied(already_published(target, run, settings)?));
            }
            Integrity::Altered(file) => Some(file),
            Integrity::Absent => None,
        };
        Ok(RunSlot::Vacant(Vacancy { staging, altered }))
    }
}

/// What is asked of a run beside its drafts.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    pub dry_run: bool,
    /// Publish nothing when rows are quarantined or drafts held.
    pub strict: bool,
}

/// How publishing ended.
pub enum RunEnd {
    DryRun,
    /// Nothing was published: under [`RunOptions::strict`], or because an input is over its limit.
    Refused,
    /// Nothing was published: a bound stops the run (X5).
    Stopped,
    Done(Outcome),
}

/// Publishes a run under its id, whatever became of its rows. What its documents lack becomes findings of it.
///
/// # Errors
/// What cannot be written or read, and documents that refuse themselves.
pub fn publish(run: &mut Run, settings: &Settings, observer: &dyn Observer) -> Result<Outcome, RunError> {
    let mut publishing = Publishing::new(settings, RunOptions::default(), observer);
    publishing.goes = publishing.room((&run.id, run.posted.head.as_ref()))?;
    publishing.take(run, Extent::Whole)?;
    let Publishing { all, goes, .. } = publishing;
    let published = goes.end(&all.or_bug("a run has a part"), settings, observer)?;
    Ok(published.or_bug("a run for which there is room, or that stands there, is not nowhere"))
}

/// How much of a run is taken in at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All there is: it is written as it lies in memory.
    Whole,
    /// The part of one pass: its rows are put aside until those of the others are known.
    Pass,
}

/// The one way in which a run gets to its folder: each part of it is taken in, then the folder is put in place. A run in one go, and a shard
/// that is computed alone, is its only part.
pub(super) struct Publishing<'a> {
    settings: &'a Settings,
    options: RunOptions,
    observer: &'a dyn Observer,
    target: Target,
    /// What the parts so far came to; `None` before the first.
    all: Option<Summary>,
    goes: Goes,
}

/// Where a run goes.
enum Goes {
    /// Nothing is published: nobody options it, or the run is refused.
    Nowhere,
    /// To a folder in the making.
    Folder(Box<Folder>),
    /// The same run stands there already.
    Integrity(Outcome),
}

impl<'a> Publishing<'a> {
    pub fn new(settings: &'a Settings, options: RunOptions, observer: &'a dyn Observer) -> Publishing<'a> {
        let target = super::target(settings);
        Publishing { settings, options, observer, target, all: None, goes: Goes::Nowhere }
    }

    /// What the parts so far came to.
    pub fn so_far(&self) -> Option<&Summary> {
        self.all.as_ref()
    }

    fn room(&self, run: (&str, Option<&Head>)) -> Result<Goes, RunError> {
        Ok(match RunSlot::of(&self.target, run, self.settings)? {
            RunSlot::Vacant(free) => Goes::Folder(Box::new(Folder::new(free))),
            RunSlot::Occupied(outcome) => Goes::Integrity(outcome),
        })
    }

    /// Takes in a part. What its documents lack becomes findings of it.
    pub fn take(&mut self, run: &mut Run, extent: Extent) -> Result<(), RunError> {
        run.month();
        self.observer.stage("month");
        let mut summary = Summary::of(run);
        // Whether the parts to come hold what `--strict` asks about nobody knows yet.
        let stopped = summary.is_stopped(self.settings);
        let refused = stopped || summary.refused(self.options.strict && extent == Extent::Whole);
        let is_first = self.all.is_none() && matches!(self.goes, Goes::Nowhere);
        if !self.options.dry_run {
            close::refuse_shut(run, self.settings)?;
        }
        if is_first && !self.options.dry_run && !refused {
            self.goes = self.room((&run.id, run.posted.head.as_ref()))?;
        }
        match &mut self.goes {
            Goes::Nowhere => {}
            Goes::Folder(folder) => folder.take(run, extent, self.settings, self.observer)?,
            Goes::Integrity(_) => {
                let Documents { findings, .. } = Documents::of_drafts(run, self.settings, None)?;
                run.add_findings(findings);
                self.observer.stage("documents");
            }
        }
        summary.find(run.findings());
        self.add(summary)
    }

    /// Takes in a part that another process has computed.
    pub fn take_stored(&mut self, part: StoredPart) -> Result<(), RunError> {
        let summary = &part.result.summary;
        let refused = summary.is_stopped(self.settings) || summary.refused(false);
        let is_first = self.all.is_none() && matches!(self.goes, Goes::Nowhere);
        if is_first && !self.options.dry_run && !refused {
            self.goes = self.room((&summary.id, summary.head.as_ref()))?;
        }
        if let Goes::Folder(folder) = &mut self.goes {
            folder.take_stored(&part)?;
        }
        self.add(part.result.summary)
    }

    fn add(&mut self, summary: Summary) -> Result<(), RunError> {
        match &mut self.all {
            None => self.all = Some(summary),
            Some(all) if all.head != summary.head => {
                return Err(LedgerError::Conflict("the ledger has moved while the run was computed".to_owned()).into());
            }
            Some(all) => all.add(summary),
        }
        Ok(())
    }

    /// Puts the folder in place.
    pub fn end(self) -> Result<(Summary, RunEnd), RunError> {
        let all = self.all.or_bug("a run has a part");
        if all.is_stopped(self.settings) {
            return Ok((all, RunEnd::Stopped));
        }
        if all.refused(self.options.strict) {
            return Ok((all, RunEnd::Refused));
        }
        let ended = self.goes.end(&all, self.settings, self.observer)?.map_or(RunEnd::DryRun, RunEnd::Done);
        Ok((all, ended))
    }
}

impl Goes {
    /// Puts the folder in place, where there is one; `None` where nothing is published.
    fn end(self, all: &Summary, settings: &Settings, observer: &dyn Observer) -> Result<Option<Outcome>, RunError> {
        Ok(match self {
            Goes::Nowhere => None,
            Goes::Folder(folder) => Some(folder.publish(all, settings, observer)?),
            Goes::Integrity(outcome) => Some(outcome),
        })
    }
}

/// Publishes a run that was computed whole, as far as that is wished.
///
/// # Errors
/// Those of [`publish`].
pub fn in_one_go(
    run: &mut Run,
    settings: &Settings,
    options: RunOptions,
    observer: &dyn Observer,
) -> Result<(Summary, RunEnd), RunError> {
    let mut publishing = Publishing::new(settings, options, observer);
    publishing.take(run, Extent::Whole)?;
    publishing.end()
}

/// A run folder in the making: what its parts have made so far.
struct Folder {
    free: Vacancy,
    made: Made,
    aside: SpilledRun,
}

impl Folder {
    fn new(free: Vacancy) -> Folder {
        Folder { free, made: Made::default(), aside: SpilledRun::default() }
    }

    fn take(
        &mut self,
        run: &mut Run,
        extent: Extent,
        settings: &Settings,
        observer: &dyn Observer,
    ) -> Result<(), RunError> {
        let staging = &self.free.staging;
        let mut documents = match extent {
            Extent::Whole => Documents::of_run(run, settings, staging)?,
            Extent::Pass => Documents::of_drafts(run, settings, Some(staging))?,
        };
        run.add_findings(documents.findings);
        self.made.documents.append(&mut documents.files);
        self.made.documents.extend(statements::write(run, settings, staging)?);
        match extent {
            Extent::Pass => {
                self.aside.take(run, settings, staging)?;
                self.made.drafts.put_aside(documents.drafts, staging)?;
                observer.stage("put aside");
            }
            Extent::Whole => {
                observer.stage("documents");
                self.made.drafts = documents.drafts;
                self.made.write(run, settings, staging)?;
                observer.stage("write");
            }
        }
        Ok(())
    }

    fn take_stored(&mut self, part: &StoredPart) -> Result<(), RunError> {
        let staging = &self.free.staging;
        for document in &part.result.documents {
            let stored = staging.copied(&document.file, part.open(&document.file)?)?;
            if stored.blake3 != document.blake3 {
                return Err(RunError::PartRefused(format!("`{}` of a part has changed", document.file)));
            }
        }
        self.made.documents.extend_from_slice(&part.result.documents);
        self.aside.take_stored(part, staging)?;
        let mut drafts = Drafts::default();
        part.drafts()?.into_iter().for_each(|(id, line)| drafts.add(&id, line));
        self.made.drafts.put_aside(drafts, staging)
    }

    fn publish(self, all: &Summary, settings: &Settings, observer: &dyn Observer) -> Result<Outcome, RunError> {
        let Folder { free, mut made, aside } = self;
        if !aside.is_empty() {
            aside.write(&mut made, (settings, &all.files), &free.staging)?;
            observer.stage("write");
        }
        put_in_place(free, all, settings, made, observer)
    }
}

/// Ends a run that stands there already: nothing is written but that it is the newest run.
fn already_published(
    target: &Target,
    (run_id, head): (&str, Option<&Head>),
    settings: &Settings,
) -> Result<Outcome, RunError> {
    if settings.shard.is_none() {
        target.point_latest(run_id)?;
    }
    note(settings, run_id, head);
    Ok(Outcome { folder: target.run_folder(run_id), already_published: true, mended: None })
}

/// Notes the head of the ledger on which the run stands. A failure does no harm: the next command reads the head from the run.
fn note(settings: &Settings, run_id: &str, head: Option<&Head>) {
    let _ = super::note_head(settings, head, &format!("run {run_id}"), run_id);
}

/// Writes `run.json` and its seal, and puts the folder in place.
pub(super) fn put_in_place(
    free: Vacancy,
    run: &Summary,
    settings: &Settings,
    made: Made,
    observer: &dyn Observer,
) -> Result<Outcome, RunError> {
    let Vacancy { staging, altered } = free;
    let Made { tables, documents, quarantine, mut posting, drafts } = made;
    posting.extend(drafts.write(&staging)?);
    let manifest = Manifest { posting, documents, quarantine_files: quarantine, ..run.manifest(settings, tables) };
    let mut manifest = serde_json::to_vec_pretty(&manifest)
        .map_err(std::io::Error::from)
        .map_err(|error| staging.failed("run.json", error))?;
    manifest.push(b'\n');
    bytes_of(&staging, "run.json", &manifest)?;
    bytes_of(&staging, published::SEAL, &published::seal_of(&manifest))?;
    for (what, took) in staging.spent() {
        observer.trust(what, took);
    }
    let timings: Vec<_> = observer
        .timings()
        .into_iter()
        .map(|timing| {
            let (wall, cpu) = (timing.wall.as_secs_f64(), timing.cpu.as_secs_f64());
            serde_json::json!({ "stage": timing.stage, "wall_seconds": wall, "cpu_seconds": cpu })
        })
        .collect();
    json(&staging, "timings.json", &timings)?;
    if !observer.commit() {
        return Err(RunError::Interrupted);
    }
    let mended = match altered {
        Some(file) => Some(Mended { file, kept: staging.set_aside(&run.id)? }),
        None => None,
    };
    let published = match settings.shard {
        None => staging.publish(&run.id)?,
        Some(_) => staging.publish_aside(&run.id)?,
    };
    note(settings, &run.id, run.head.as_ref());
    observer.stage("publish");
    Ok(Outcome { folder: published.folder, already_published: false, mended })
}
