//! Named bytes become one run folder, whole or not at all (§9.1).
//!
//! `<output dir>/<job>/runs/<run id>/` is staged in a folder beside `runs` and put in place by one rename onto a name that does not exist.
//! A kill at any instant leaves the runs as they were; what it left half-done is cleared away by the next run of the job. Files hold personal
//! data: they are readable by their owner only unless the job says otherwise (`output.mode`), and links in the way are refused.

mod grant;
mod head;
mod name;
mod parts;
mod posted;
mod removal;
mod spill;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::access::Access;
use crate::bug::OrBug;
use crate::regular;

pub use grant::grant;
pub use head::{KnownHead, Noted, Restart};
pub use name::FileName;
pub use parts::{PartsFile, PartsFolder};
pub use posted::{Posting, StagedFor, StagedPaper, put_elsewhere};
pub use removal::Removal;
pub use spill::{Merged, Scratch, Spilled, Stretch, pack_rows};

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("cannot {doing} `{}`: {source}", .path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("another run of this job is publishing into `{}`", .0.display())]
    Busy(PathBuf),
    #[error("`{}` is a link", .0.display())]
    Link(PathBuf),
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// A newer version wrote it.
    #[error("`{}` is in the format `{format}`, which this hourbill ({}) does not know", .path.display(), env!("CARGO_PKG_VERSION"))]
    Newer { path: PathBuf, format: String },
}

impl PublishError {
    pub fn code(&self) -> &'static str {
        match self {
            PublishError::Io { doing: "read", .. } => "cannot-read",
            PublishError::Io { .. } => "cannot-write",
            PublishError::Busy(_) => "busy",
            PublishError::Link(_) => "link-in-output",
            PublishError::Exists(_) => "run-exists",
            PublishError::Newer { .. } => "head-format",
        }
    }

    pub fn hint(&self) -> &'static str {
        match self {
            PublishError::Io { doing: "read", .. } => {
                "the runs published before are as they were; make it readable to whoever runs hourbill, then repeat the command"
            }
            PublishError::Io { .. } => {
                "the runs published before are as they were; make room or allow writing, then run again"
            }
            PublishError::Busy(_) => "wait until it has ended, then run again",
            PublishError::Link(_) => "put a folder or file in its place: results are not written through links",
            PublishError::Exists(_) => "look at it, and move it away if it is not a run",
            PublishError::Newer { .. } => {
                "nothing was changed: the hourbill that published the newest run (`version` in its run.json), or a newer one, reads it"
            }
        }
    }

    /// The state was in the way, rather than the disk.
    pub fn is_conflict(&self) -> bool {
        !matches!(self, PublishError::Io { .. })
    }
}

trait While<T> {
    fn while_doing(self, doing: &'static str, path: &Path) -> Result<T, PublishError>;
}

impl<T> While<T> for io::Result<T> {
    fn while_doing(self, doing: &'static str, path: &Path) -> Result<T, PublishError> {
        self.map_err(|source| PublishError::Io { doing, path: path.to_owned(), source })
    }
}

/// The results of one job.
pub struct Target {
    job: PathBuf,
    access: Access,
}

const STAGING: &str = ".staging-";

impl Target {
    pub fn new(output_dir: &Path, job_name: &str) -> Target {
        let (job, before) = (FileName::of(job_name), FileName::of_before(job_name));
        // What an earlier version made under a shorter name goes on there.
        let made_before =
            |named: &FileName| named != &job && fs::symlink_metadata(output_dir.join(named.as_str())).is_ok();
        let there = fs::symlink_metadata(output_dir.join(job.as_str())).is_ok();
        let name = if !there && made_before(&before) { before } else { job };
        Target { job: output_dir.join(name.as_str()), access: Access::default() }
    }

    /// The same, where others than the owner may read what is put in place.
    pub fn readable_by(self, access: Access) -> Target {
        Target { access, ..self }
    }

    /// Another hand on the same folder.
    fn again(&self) -> Target {
        Target { job: self.job.clone(), access: self.access }
    }

    fn grant(&self, path: &Path) -> Result<(), PublishError> {
        grant(self.access, path).while_doing("let others read", path)
    }

    fn runs(&self) -> PathBuf {
        self.job.join("runs")
    }

    /// The folder that holds all runs of the job.
    pub fn job_folder(&self) -> &Path {
        &self.job
    }

    pub fn run_folder(&self, run_id: &str) -> PathBuf {
        self.runs().join(FileName::of(run_id).as_str())
    }

    /// Whether the run stands there whole: only a rename puts it there.
    pub fn published(&self, run_id: &str) -> Result<bool, PublishError> {
        for path in [self.job.clone(), self.runs(), self.run_folder(run_id)] {
            if refuse_link(&path)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The path of a file of a run that is called by its path inside. `None`: no file of ours is called so, or it is gone.
    fn run_path(&self, run_id: &str, inside: &str) -> Result<Option<PathBuf>, PublishError> {
        let mut path = self.run_folder(run_id);
        let mut kind = refuse_link(&path)?;
        for part in inside.split('/') {
            // Not made again: an older version may have made it otherwise.
            let Some(part) = FileName::recorded(part) else { return Ok(None) };
            path.push(part.as_str());
            kind = refuse_link(&path)?;
        }
        Ok(kind.filter(fs::FileType::is_file).map(|_| path))
    }

    /// The newest run.
    pub fn latest(&self) -> Result<Option<String>, PublishError> {
        let path = self.job.join("latest");
        if !is_regular(&path)? {
            return Ok(None);
        }
        let text = regular::read(&path).while_doing("read", &path)?;
        let text = String::from_utf8_lossy(&text);
        Ok(Some(text.trim_end_matches('\n').to_owned()).filter(|run_id| !run_id.is_empty()))
    }

    /// The runs of the job that stand there, by name.
    pub fn run_ids(&self) -> Result<Vec<String>, PublishError> {
        let folder = self.runs();
        if refuse_link(&self.job)?.is_none() || refuse_link(&folder)?.is_none() {
            return Ok(Vec::new());
        }
        let mut ids = Vec::new();
        for entry in fs::read_dir(&folder).while_doing("read", &folder)? {
            let entry = entry.while_doing("read", &folder)?;
            ids.extend(entry.file_name().into_string());
        }
        ids.sort();
        Ok(ids)
    }

    /// A file of a run, called by its path inside; `None` when it is gone.
    pub fn run_file(&self, run_id: &str, inside: &str) -> Result<Option<Vec<u8>>, PublishError> {
        let Some(path) = self.run_path(run_id, inside)? else { return Ok(None) };
        regular::read(&path).while_doing("read", &path).map(Some)
    }

    /// The same, opened to be read in part.
    pub fn open_run_file(&self, run_id: &str, inside: &str) -> Result<Option<File>, PublishError> {
        let Some(path) = self.run_path(run_id, inside)? else { return Ok(None) };
        regular::open(&path).while_doing("read", &path).map(Some)
    }

    /// Takes the folder of a job away that has no run.
    pub fn take_away(&self) {
        if self.run_ids().is_ok_and(|ids| ids.is_empty()) {
            let _ = fs::remove_dir_all(&self.job);
        }
    }

    /// When a run was put in place, as far as its folder says.
    pub fn published_at(&self, run_id: &str) -> Result<SystemTime, PublishError> {
        let path = self.run_folder(run_id).join("run.json");
        let metadata = fs::symlink_metadata(&path).while_doing("look at", &path)?;
        Ok(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// Length and BLAKE3 of a file of a run, called by its path inside; `None` when it is gone.
    pub fn run_file_hash(&self, run_id: &str, inside: &str) -> Result<Option<(u64, String)>, PublishError> {
        let Some(path) = self.run_path(run_id, inside)? else { return Ok(None) };
        let file = regular::open(&path).while_doing("read", &path)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).while_doing("read", &path)?;
        Ok(Some((hasher.count(), hasher.finalize().to_hex().to_string())))
    }

    /// Makes the run the newest one.
    pub fn point_latest(&self, run_id: &str) -> Result<(), PublishError> {
        let _lock = self.lock()?;
        self.write_latest(run_id)
    }

    /// Begins a run folder. One run of a job publishes at a time.
    pub fn stage(&self) -> Result<Staging, PublishError> {
        let lock = self.lock()?;
        self.clear_leftovers()?;
        let folder = self.job.join(format!("{STAGING}{}", std::process::id()));
        make_folder(&folder)?;
        let target = self.again();
        Ok(Staging { target, folder, placed: false, lock: Some(lock), spent: Arc::default() })
    }

    fn lock(&self) -> Result<File, PublishError> {
        make_folders(&self.job, self.access)?;
        if refuse_link(&self.runs())?.is_none() {
            make_folder(&self.runs())?;
        }
        self.grant(&self.job)?;
        self.grant(&self.runs())?;
        let path = self.job.join(".lock");
        is_regular(&path)?;
        let options = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = options.while_doing("open", &path)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(PublishError::Busy(self.job.clone())),
            Err(TryLockError::Error(source)) => Err(PublishError::Io { doing: "lock", path, source }),
        }
    }

    /// Folders that killed runs left behind; nobody else has the lock.
    fn clear_leftovers(&self) -> Result<(), PublishError> {
        for entry in fs::read_dir(&self.job).while_doing("look into", &self.job)? {
            let path = entry.while_doing("look into", &self.job)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(STAGING) && refuse_link(&path)?.is_some_and(|kind| kind.is_dir()) {
                fs::remove_dir_all(&path).while_doing("remove", &path)?;
            }
        }
        Ok(())
    }

    fn write_latest(&self, run_id: &str) -> Result<(), PublishError> {
        let (latest, new) = (self.job.join("latest"), self.job.join(".latest-new"));
        for path in [&latest, &new] {
            is_regular(path)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&new)
            .while_doing("write", &new)?;
        writeln!(file, "{}", FileName::of(run_id)).while_doing("write", &new)?;
        file.sync_all().while_doing("write", &new)?;
        self.grant(&new)?;
        fs::rename(&new, &latest).while_doing("put in place", &latest)?;
        sync_folder(&self.job)
    }
}

/// Removes what this process has staged in the folder of a job. Threads may still be writing into it, so it tries more than once; what
/// is left then, the next run of the job clears away.
pub fn clear_own_staging(job_folder: &Path) {
    let folder = job_folder.join(format!("{STAGING}{}", std::process::id()));
    for _ in 0..50 {
        if !matches!(refuse_link(&folder), Ok(Some(_))) {
            return;
        }
        let _ = fs::remove_dir_all(&folder);
    }
}

/// What stands at a path, which must not be a link; `None` when nothing does.
fn refuse_link(path: &Path) -> Result<Option<fs::FileType>, PublishError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(PublishError::Link(path.to_owned())),
        Ok(found) => Ok(Some(found.file_type())),
        // Nothing stands below a file.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(PublishError::Io { doing: "look at", path: path.to_owned(), source }),
    }
}

/// Whether a file stands at a path. Pipes, devices and folders are refused: to open one may wait for ever.
fn is_regular(path: &Path) -> Result<bool, PublishError> {
    match refuse_link(path)? {
        None => Ok(false),
        Some(kind) if kind.is_file() => Ok(true),
        Some(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")).while_doing("open", path),
    }
}

/// The folder of a job and those above it. Readers are let into those that it makes, else they could not reach what is below.
fn make_folders(job: &Path, access: Access) -> Result<(), PublishError> {
    let parent = job.parent().unwrap_or(Path::new("."));
    // The folder that the job file names may be a link, and any folder above it.
    if !parent.is_dir() {
        let missing: Vec<&Path> =
            parent.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).while_doing("make the folder", parent)?;
        missing.into_iter().try_for_each(|made| grant(access, made)).while_doing("let others read", parent)?;
    }
    if refuse_link(job)?.is_none() {
        make_folder(job)?;
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), PublishError> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        // Two runs may make the same folder at once.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made.while_doing("make the folder", path),
    }
}

fn sync_folder(path: &Path) -> Result<(), PublishError> {
    File::open(path).and_then(|folder| folder.sync_all()).while_doing("write", path)
}

/// A run folder in the making; gone when it is dropped before it is published.
pub struct Staging {
    target: Target,
    folder: PathBuf,
    placed: bool,
    lock: Option<File>,
    spent: Arc<Spent>,
}

/// Nanoseconds that threads spent on what only proves that files are what was written.
#[derive(Default)]
struct Spent {
    hashing: AtomicU64,
    waiting: AtomicU64,
}

fn add(sum: &AtomicU64, start: Instant) {
    sum.fetch_add(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// A run folder in its place.
pub struct Published {
    pub folder: PathBuf,
}

impl Staging {
    /// A new file of the run.
    pub fn file(&self, name: &FileName) -> Result<StagedFile, PublishError> {
        StagedFile::create(&self.folder, String::new(), name, &self.spent)
    }

    /// A folder of the run, made when it is not there yet.
    pub fn folder(&self, name: &FileName) -> Result<StagedFolder, PublishError> {
        StagedFolder::make(&self.folder, String::new(), name, &self.spent)
    }

    /// A file of the run that was made elsewhere, called by its path inside.
    ///
    /// # Errors
    /// It cannot be read or written, or is called as no file of ours.
    pub fn copied(&self, inside: &str, mut from: impl io::Read) -> Result<Stored, PublishError> {
        let named = |part: &str| {
            let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "no file of a run is called so");
            FileName::recorded(part).ok_or_else(no_name).while_doing("write", &self.folder.join(inside))
        };
        let (folders, name) = inside.rsplit_once('/').map_or((None, inside), |(folders, name)| (Some(folders), name));
        let mut folder: Option<StagedFolder> = None;
        for part in folders.into_iter().flat_map(|folders| folders.split('/')) {
            let name = named(part)?;
            folder = Some(folder.as_ref().map_or_else(|| self.folder(&name), |above| above.folder(&name))?);
        }
        let name = named(name)?;
        let mut file = folder.as_ref().map_or_else(|| self.file(&name), |folder| folder.file(&name))?;
        io::copy(&mut from, &mut file).map_err(|error| file.failed(error))?;
        let stored = file.finish()?;
        folder.map_or(Ok(()), StagedFolder::finish)?;
        Ok(stored)
    }

    /// A file without a name, to read and write: it is gone when it is closed, whatever ends the process.
    pub fn scratch(&self) -> Result<Scratch, PublishError> {
        let path = self.folder.join(".aside");
        let options = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path);
        let file = options.while_doing("write", &path)?;
        fs::remove_file(&path).while_doing("write", &path)?;
        Ok(Scratch::new(file))
    }

    /// What only proves that the files are what was written, and how long threads took for it so far.
    pub fn spent(&self) -> [(&'static str, Duration); 2] {
        let of = |sum: &AtomicU64| Duration::from_nanos(sum.load(Ordering::Relaxed));
        [("hashing what is written", of(&self.spent.hashing)), ("waiting for the disk", of(&self.spent.waiting))]
    }

    /// An error while making a file.
    pub fn failed(&self, name: &str, source: io::Error) -> PublishError {
        PublishError::Io { doing: "write", path: self.folder.join(name), source }
    }

    /// Moves what stands in the place of a run out of it, beside the folder of the runs, where nothing takes it for one. A kill between this and
    /// [`Staging::publish`] leaves the run unpublished: the next run of the job publishes it.
    pub fn set_aside(&self, run_id: &str) -> Result<PathBuf, PublishError> {
        let folder = self.target.run_folder(run_id);
        let named = |nth: u32| self.target.job.join(format!("altered-{}-{nth}", FileName::of(run_id)));
        let mut nth = 1;
        while refuse_link(&named(nth))?.is_some() {
            nth += 1;
        }
        fs::rename(&folder, named(nth)).while_doing("set aside", &folder)?;
        sync_folder(&self.target.runs())?;
        sync_folder(&self.target.job)?;
        Ok(named(nth))
    }

    /// Puts the folder in place and makes the run the newest one.
    pub fn publish(self, run_id: &str) -> Result<Published, PublishError> {
        let target = self.target.again();
        // The lock is held until the name is written.
        let (published, _lock) = self.place(run_id)?;
        target.write_latest(run_id)?;
        Ok(published)
    }

    /// Puts the folder in place; the newest run stays what it is.
    pub fn publish_aside(self, run_id: &str) -> Result<Published, PublishError> {
        Ok(self.place(run_id)?.0)
    }

    fn place(mut self, run_id: &str) -> Result<(Published, Option<File>), PublishError> {
        let folder = self.target.run_folder(run_id);
        if refuse_link(&folder)?.is_some() {
            return Err(PublishError::Exists(folder));
        }
        grant::grant_below(self.target.access, &self.folder).while_doing("let others read", &self.folder)?;
        sync_folder(&self.folder)?;
        fs::rename(&self.folder, &folder).while_doing("put in place", &folder)?;
        self.placed = true;
        sync_folder(&self.target.runs())?;
        Ok((Published { folder }, self.lock.take()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.placed {
            // The next run of the job clears away what cannot be removed now.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// A folder inside a run folder in the making.
pub struct StagedFolder {
    path: PathBuf,
    /// Inside the run folder, with a slash behind it.
    inside: String,
    spent: Arc<Spent>,
}

impl StagedFolder {
    fn make(parent: &Path, inside: String, name: &FileName, spent: &Arc<Spent>) -> Result<StagedFolder, PublishError> {
        let path = parent.join(name.as_str());
        make_folder(&path)?;
        Ok(StagedFolder { path, inside: format!("{inside}{name}/"), spent: Arc::clone(spent) })
    }

    pub fn folder(&self, name: &FileName) -> Result<StagedFolder, PublishError> {
        StagedFolder::make(&self.path, self.inside.clone(), name, &self.spent)
    }

    pub fn file(&self, name: &FileName) -> Result<StagedFile, PublishError> {
        StagedFile::create(&self.path, self.inside.clone(), name, &self.spent)
    }

    /// The names in it have reached the disk.
    pub fn finish(self) -> Result<(), PublishError> {
        let start = Instant::now();
        sync_folder(&self.path)?;
        add(&self.spent.waiting, start);
        Ok(())
    }
}

/// A file of a run in the making, hashed as it is written.
pub struct StagedFile {
    out: BufWriter<File>,
    path: PathBuf,
    inside: String,
    hasher: blake3::Hasher,
    bytes: u64,
    spent: Arc<Spent>,
}

/// A file that has reached the disk.
pub struct Stored {
    /// Its path inside the run folder: the one by which it is found again.
    pub inside: String,
    pub bytes: u64,
    pub blake3: String,
}

impl StagedFile {
    fn create(parent: &Path, inside: String, name: &FileName, spent: &Arc<Spent>) -> Result<StagedFile, PublishError> {
        let (path, inside) = (parent.join(name.as_str()), format!("{inside}{name}"));
        let file =
            OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).while_doing("write", &path)?;
        let (out, hasher) = (BufWriter::with_capacity(1 << 18, file), blake3::Hasher::new());
        Ok(StagedFile { out, path, inside, hasher, bytes: 0, spent: Arc::clone(spent) })
    }

    pub fn finish(mut self) -> Result<Stored, PublishError> {
        self.out.flush().while_doing("write", &self.path)?;
        let start = Instant::now();
        self.out.get_ref().sync_all().while_doing("write", &self.path)?;
        add(&self.spent.waiting, start);
        Ok(Stored { inside: self.inside, bytes: self.bytes, blake3: self.hasher.finalize().to_hex().to_string() })
    }

    /// An error while writing this file.
    pub fn failed(&self, source: io::Error) -> PublishError {
        PublishError::Io { doing: "write", path: self.path.clone(), source }
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        let start = Instant::now();
        self.hasher.update(bytes.get(..written).or_bug("no more is written than was asked for"));
        add(&self.spent.hashing, start);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
#[path = "publish_tests.rs"]
mod tests;
