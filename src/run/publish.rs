//! The tables and `run.json` of a run become a run folder, whole or not at all (§9.1).

use std::io::Write;
use std::path::PathBuf;

use rayon::prelude::*;

use super::documents::Documents;
use super::manifest::{DocumentFile, Manifest, TableFile};
use super::summary::Summary;
use super::{Observer, Run, RunError, posting, published};
use crate::job::Settings;
use crate::posted::Head;
use crate::publish::{FileName, Staging, Target};
use crate::tables::{Table, tables};

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
enum Standing {
    Absent,
    Whole,
    /// The first file that is gone, or not as it was written.
    Altered(String),
}

fn standing(target: &Target, run_id: &str) -> Result<Standing, RunError> {
    if !target.published(run_id)? {
        return Ok(Standing::Absent);
    }
    Ok(published::altered_file(target, run_id)?.map_or(Standing::Whole, Standing::Altered))
}

/// Where a run is to be put.
pub(super) enum Room {
    /// It stands there already.
    Taken(Outcome),
    Free(Free),
}

/// Room for a run. Nobody else publishes while it is held.
pub(super) struct Free {
    pub staging: Staging,
    /// The first altered file of the same run, which is to be set aside for a person to look at.
    altered: Option<String>,
}

impl Room {
    /// A run that stands there already and is whole is the same to the byte.
    pub fn of(target: &Target, run: (&str, Option<&Head>), settings: &Settings) -> Result<Room, RunError> {
        let run_id = run.0;
        if standing(target, run_id)? == Standing::Whole {
            return Ok(Room::Taken(already_published(target, run, settings)?));
        }
        let staging = target.stage()?;
        // Until here somebody may have published it.
        let altered = match standing(target, run_id)? {
            Standing::Whole => {
                drop(staging);
                return Ok(Room::Taken(already_published(target, run, settings)?));
            }
            Standing::Altered(file) => Some(file),
            Standing::Absent => None,
        };
        Ok(Room::Free(Free { staging, altered }))
    }
}

/// Publishes a run under its id. What its documents lack becomes findings of it.
pub fn publish(run: &mut Run, settings: &Settings, observer: &dyn Observer) -> Result<Outcome, RunError> {
    let mut summary = Summary::of(run);
    publish_told(run, &mut summary, settings, observer)
}

/// The same for a run of which it is known what it came to.
pub(super) fn publish_told(
    run: &mut Run,
    summary: &mut Summary,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Outcome, RunError> {
    let target = Target::new(&settings.output.dir, &settings.name);
    let free = match Room::of(&target, (&run.id, run.posted.head.as_ref()), settings)? {
        Room::Taken(outcome) => {
            let Documents { findings, .. } = Documents::of_drafts(run, settings, None)?;
            run.add_findings(findings);
            summary.find(run.findings());
            observer.stage("documents");
            return Ok(outcome);
        }
        Room::Free(free) => free,
    };
    let staging = &free.staging;
    let documents = Documents::of_run(run, settings, staging)?;
    summary.find(run.findings());
    observer.stage("documents");
    let tables = tables(run.results(settings));
    let in_formats = |table| formats(settings).map(move |format| (table, format));
    let wanted: Vec<(&Table<'_>, &str)> = tables.iter().flat_map(in_formats).collect();
    // Side by side: while one waits for the disk, others are formatted.
    let files = wanted.into_par_iter().map(|(table, format)| write(staging, table, format));
    let files = files.collect::<Result<Vec<TableFile>, RunError>>()?;
    let mut posting = Vec::new();
    // A part of a run cannot be posted.
    if run.posted.head.is_some() && settings.shard.is_none() {
        for (known, bytes) in posting::files(run, settings)? {
            bytes_of(staging, &known.file, &bytes)?;
            posting.push(known);
        }
    }
    observer.stage("write");
    put_in_place(free, summary, settings, Made { tables: files, documents, posting }, observer)
}

/// The same again is no news; it is the newest run all the same.
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

/// A run that is in place says itself on which head it stands: what cannot be noted is read again by the next command.
fn note(settings: &Settings, run_id: &str, head: Option<&Head>) {
    let _ = super::note_head(settings, head, &format!("run {run_id}"), run_id);
}

/// The formats of tables that the job asks for.
pub(super) fn formats(settings: &Settings) -> impl Iterator<Item = &'static str> + use<> {
    [settings.output.csv.then_some("csv"), settings.output.parquet.then_some("parquet")].into_iter().flatten()
}

/// The files of a run but for those about it.
pub(super) struct Made {
    pub tables: Vec<TableFile>,
    pub documents: Vec<DocumentFile>,
    pub posting: Vec<TableFile>,
}

/// Writes what is said of the run, and puts its folder in place.
pub(super) fn put_in_place(
    free: Free,
    run: &Summary,
    settings: &Settings,
    made: Made,
    observer: &dyn Observer,
) -> Result<Outcome, RunError> {
    let Free { staging, altered } = free;
    let Made { tables, documents, posting } = made;
    let manifest = Manifest { posting, documents, ..run.manifest(settings, tables) };
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

pub(super) fn write(staging: &Staging, table: &Table<'_>, format: &str) -> Result<TableFile, RunError> {
    let name = format!("{}.{format}", table.name);
    let mut file = staging.file(&FileName::of(&name))?;
    let written = if format == "csv" { table.write_csv(&mut file) } else { table.write_parquet(&mut file) };
    written.map_err(|error| file.failed(error))?;
    let stored = file.finish()?;
    let rows = table.rows.count() as u64;
    Ok(TableFile { table: table.name, file: stored.inside, rows, bytes: stored.bytes, blake3: stored.blake3 })
}

pub(super) fn bytes_of(staging: &Staging, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    let mut file = staging.file(&FileName::of(name))?;
    file.write_all(bytes).map_err(|error| file.failed(error))?;
    file.finish()?;
    Ok(())
}

fn json(staging: &Staging, name: &str, value: &impl serde::Serialize) -> Result<(), RunError> {
    let mut file = staging.file(&FileName::of(name))?;
    let written = serde_json::to_writer_pretty(&mut file, value).map_err(std::io::Error::from);
    written.and_then(|()| file.write_all(b"\n")).map_err(|error| file.failed(error))?;
    file.finish()?;
    Ok(())
}
