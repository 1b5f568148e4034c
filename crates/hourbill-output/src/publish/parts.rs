//! The folder in which the parts of a run that several machines compute are planned and put: small files, each whole or not there. Two tasks may
//! write one at once, as an engine tries a task twice: they write the same, and either stays.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{PublishError, While, sync_folder};
use crate::regular;

/// Where the parts of a run are planned, read and computed.
#[derive(Clone, Debug)]
pub struct PartsFolder {
    path: PathBuf,
}

/// A file of the folder in the making; gone when it is dropped before it is finished.
pub struct PartsFile {
    out: BufWriter<File>,
    made: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl PartsFolder {
    pub fn new(path: &Path) -> PartsFolder {
        PartsFolder { path: path.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A name that no other attempt at a part has: of when it began, and of the process, for processes of several machines may have one number.
    pub fn attempt(&self) -> String {
        let when =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        format!("{when:x}-{}", std::process::id())
    }

    /// Whether a file stands there.
    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path.join(name)).is_ok()
    }

    /// Begins a file that has this name once it is whole.
    ///
    /// # Errors
    /// The disk fails.
    pub fn create(&self, name: &str) -> Result<PartsFile, PublishError> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).while_doing("make the folder", folder)?;
        let nth = MADE.fetch_add(1, Ordering::Relaxed);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let made = folder.join(format!(".{name}-{}-{nth}", self.attempt()));
        let file =
            OpenOptions::new().create_new(true).write(true).mode(0o600).open(&made).while_doing("write", &made)?;
        Ok(PartsFile { out: BufWriter::with_capacity(1 << 18, file), made, path, finished: false })
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// The disk fails.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        let mut file = self.create(name)?;
        file.write_all(bytes).while_doing("write", &file.path)?;
        file.finish()
    }

    /// A whole file.
    ///
    /// # Errors
    /// It is not there, or the disk fails.
    pub fn get(&self, name: &str) -> Result<Vec<u8>, PublishError> {
        let path = self.path.join(name);
        regular::read(&path).while_doing("read", &path)
    }

    /// A file, to be read.
    ///
    /// # Errors
    /// It is not there, or the disk fails.
    pub fn open(&self, name: &str) -> Result<BufReader<File>, PublishError> {
        let path = self.path.join(name);
        Ok(BufReader::with_capacity(1 << 18, regular::open(&path).while_doing("read", &path)?))
    }
}

impl PartsFile {
    /// Puts the file in its place.
    ///
    /// # Errors
    /// The disk fails.
    pub fn finish(mut self) -> Result<(), PublishError> {
        self.out.flush().while_doing("write", &self.path)?;
        self.out.get_ref().sync_all().while_doing("write", &self.path)?;
        fs::rename(&self.made, &self.path).while_doing("put in place", &self.path)?;
        self.finished = true;
        self.path.parent().map_or(Ok(()), sync_folder)
    }
}

impl Write for PartsFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for PartsFile {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.made);
        }
    }
}
