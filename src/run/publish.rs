//! The tables and `run.json` of a run become a run folder, whole or not at all (§9.1).

use std::io::Write;
use std::path::PathBuf;

use rayon::prelude::*;

use super::manifest::{DocumentFile, Manifest, TableFile};
use super::summary::Summary;
use super::{Observer, Run, RunError, posting, published};
use crate::bill::Draft;
use crate::document;
use crate::document::per_run::{self, RunFile};
use crate::job::{Document, Settings};
use crate::posted::Head;
use crate::publish::{FileName, StagedFolder, Staging, Target};
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

/// Publishes a run under its id.
pub fn publish(run: &Run, settings: &Settings, observer: &dyn Observer) -> Result<Outcome, RunError> {
    publish_told(run, &Summary::of(run), settings, observer)
}

/// The same for a run of which it is known what it came to.
pub(super) fn publish_told(
    run: &Run,
    summary: &Summary,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Outcome, RunError> {
    let target = Target::new(&settings.output.dir, &settings.name);
    let free = match Room::of(&target, (&run.id, run.posted.head.as_ref()), settings)? {
        Room::Taken(outcome) => return Ok(outcome),
        Room::Free(free) => free,
    };
    let staging = &free.staging;
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
    let mut documents = documents(staging, run, settings)?;
    per_run::write(run.view(settings), |file| {
        documents.push(of_run(staging, &file)?);
        Ok::<(), RunError>(())
    })?;
    observer.stage("documents");
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

/// `invoices/<invoice_id>/`: a folder per draft, written in parallel. The list is in the order of the drafts.
pub(super) fn documents(staging: &Staging, run: &Run, settings: &Settings) -> Result<Vec<DocumentFile>, RunError> {
    let formats: Vec<Document> = super::per_draft(settings);
    let drafts: Vec<&Draft> = run.billing.documents().collect();
    if formats.is_empty() || drafts.is_empty() {
        return Ok(Vec::new());
    }
    let folder = staging.folder(&FileName::of(INVOICES))?;
    let builder = document::Builder::new(run.results(settings));
    // Drafts whose ids differ in capitals alone are of one part of a run: the names are those of all drafts.
    let names = FileName::of_all(drafts.iter().map(|draft| draft.id.as_str()));
    let of_draft = |(draft, name)| documents_of(&folder, &builder, (draft, name), &formats);
    let named = drafts.into_par_iter().zip(&names);
    let files: Vec<Vec<DocumentFile>> = named.map(of_draft).collect::<Result<_, RunError>>()?;
    folder.finish()?;
    Ok(files.into_iter().flatten().collect())
}

/// A document of the whole run.
fn of_run(staging: &Staging, document: &RunFile) -> Result<DocumentFile, RunError> {
    let mut folder: Option<StagedFolder> = None;
    for name in document.folders {
        let name = FileName::of(name);
        folder = Some(match &folder {
            None => staging.folder(&name)?,
            Some(folder) => folder.folder(&name)?,
        });
    }
    let name = FileName::of(&document.name);
    let mut file = match &folder {
        None => staging.file(&name)?,
        Some(folder) => folder.file(&name)?,
    };
    file.write_all(&document.bytes).map_err(|error| file.failed(error))?;
    let done = file.finish()?;
    if let Some(folder) = folder {
        folder.finish()?;
    }
    Ok(DocumentFile { invoice_id: String::new(), file: done.inside, bytes: done.bytes, blake3: done.blake3 })
}

const INVOICES: &str = "invoices";

fn documents_of(
    folder: &StagedFolder,
    builder: &document::Builder<'_>,
    (draft, name): (&Draft, &FileName),
    formats: &[Document],
) -> Result<Vec<DocumentFile>, RunError> {
    let folder = folder.folder(name)?;
    let mut stored = Vec::new();
    for document in document::files(&builder.invoice(draft), formats)? {
        let mut file = folder.file(&FileName::of(document.name))?;
        file.write_all(&document.bytes).map_err(|error| file.failed(error))?;
        let done = file.finish()?;
        let (invoice_id, file) = (draft.id.clone(), done.inside);
        stored.push(DocumentFile { invoice_id, file, bytes: done.bytes, blake3: done.blake3 });
    }
    folder.finish()?;
    Ok(stored)
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
