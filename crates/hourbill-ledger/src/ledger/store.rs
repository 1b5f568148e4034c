//! Named bytes that are written once: what the ledger asks of the place where it lives.
//!
//! The local folder gives it by writing beside the target, reaching the disk, and a hard link onto a name that must not exist: a name
//! either has all its bytes or does not exist, whatever is killed, and of two that want the same name one wins.

use std::any::Any;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Why bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} `{}`: {source}", .path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("`{}` is a link", .0.display())]
    Link(PathBuf),
    #[error("another command is writing into `{}`", .0.display())]
    Busy(PathBuf),
}

/// What became of bytes that were to be put under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// They are there and have reached the disk.
    Written,
    /// Something stood there already and was left as it is.
    Present,
}

/// Names are `folder/file`; bytes under a name never change.
pub trait Store: Sync {
    /// # Errors
    /// Nothing stands under the name then, or all bytes do.
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError>;

    /// `None` when nothing stands under the name.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The files of a folder, sorted; none when there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError>;

    /// Before anything is written: tells a second writer to wait, while the guard lives, and clears away what killed ones left. It is
    /// courtesy: safety rests on [`Store::put_if_absent`] alone.
    fn begin(&self) -> Result<Box<dyn Any>, StoreError>;
}

/// A folder of this machine. Files can be read by their owner only, and links in the way are refused.
pub struct LocalStore {
    root: PathBuf,
}

/// Files that are not yet in place.
const UNFINISHED: &str = ".unfinished-";

impl LocalStore {
    pub fn new(root: &Path) -> LocalStore {
        LocalStore { root: root.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder of a name and what lies above it.
    fn make_folders(&self, path: &Path) -> Result<(), StoreError> {
        // A path without a folder is in the working folder.
        let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
        if kind(folder)?.is_some() {
            return Ok(());
        }
        self.make_folders(folder)?;
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            // Two commands may make the same folder at once.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            made => made.map_err(|source| failed("make the folder", folder, source))?,
        }
        folder.parent().map_or(Ok(()), sync_folder)
    }

    /// The path of a name. The root may be a link, as any folder above it; nothing below may.
    fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let mut path = self.root.clone();
        for part in name.split('/') {
            path.push(part);
            if kind(&path)?.is_some_and(|kind| kind.is_symlink()) {
                return Err(StoreError::Link(path));
            }
        }
        Ok(path)
    }
}

impl Store for LocalStore {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let path = self.path(name)?;
        if kind(&path)?.is_some() {
            return Ok(Put::Present);
        }
        self.make_folders(&path)?;
        let folder = path.parent().unwrap_or(&self.root);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let unfinished = folder.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
        let put = write_and_link(&unfinished, &path, bytes);
        // What cannot be removed now is cleared away by a later command.
        let removed = fs::remove_file(&unfinished);
        let put = put?;
        removed.map_err(|source| failed("remove", &unfinished, source))?;
        sync_folder(folder)?;
        Ok(put)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(name)?;
        regular(&path)?;
        match crate::regular::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed("read", &path, source)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let path = self.path(folder)?;
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed("look into", &path, source)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|source| failed("look into", &path, source))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        let path = self.path("lock")?;
        regular(&path)?;
        self.make_folders(&path)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(|source| failed("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy(self.root.clone())),
            // A folder that knows no locks: nothing is cleared away there.
            Err(TryLockError::Error(_)) => return Ok(Box::new(())),
        }
        for folder in [super::LOG, super::OBJECTS] {
            for name in self.list(folder)?.into_iter().filter(|name| name.starts_with(UNFINISHED)) {
                let left = self.path(&format!("{folder}/{name}"))?;
                match fs::remove_file(&left) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(failed("remove", &left, error));
                    }
                    _ => {}
                }
            }
        }
        Ok(Box::new(file))
    }
}

fn write_and_link(unfinished: &Path, path: &Path, bytes: &[u8]) -> Result<Put, StoreError> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(unfinished);
    let mut file = file.map_err(|source| failed("write", unfinished, source))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| failed("write", unfinished, source))?;
    match fs::hard_link(unfinished, path) {
        Ok(()) => Ok(Put::Written),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Present),
        Err(source) => Err(failed("put in place", path, source)),
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { doing, path: path.to_owned(), source }
}

fn kind(path: &Path) -> Result<Option<fs::FileType>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found.file_type())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(failed("look at", path, source)),
    }
}

/// A file, or nothing. To open a pipe or a device may wait for ever.
fn regular(path: &Path) -> Result<(), StoreError> {
    match kind(path)? {
        Some(kind) if !kind.is_file() => crate::regular::refused(kind).map_err(|source| failed("read", path, source)),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|source| failed("write", path, source))
}
