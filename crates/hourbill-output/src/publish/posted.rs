//! `posted/`: the documents of what the ledger has (N1). They are staged beside it before the commit, and put in place after it. What a kill
//! between left staged says itself for which commit it was made, so that the next command puts it in place, or clears it away.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::grant::{grant, grant_below};
use super::{
    FileName, PublishError, Spent, StagedFile, Stored, Target, While, is_regular, make_folder, make_folders,
    refuse_link, sync_folder,
};
use crate::access::Access;
use crate::posted::Head;

const POSTED: &str = "posted";
const STAGING: &str = ".posting-";
const IMPORTS: &str = "imports";
/// Before a number: what a ledger that started anew does not know.
const LOST: &str = "lost-";
const MARKER: &str = "commit.json";
const FORMAT: &str = "hourbill-posting-1";

/// For which commit documents are staged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagedFor {
    format: String,
    /// The ledger before it.
    pub previous: Head,
    pub files: Vec<StagedPaper>,
}

/// A file below `posted/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StagedPaper {
    pub file: String,
    pub bytes: u64,
    pub blake3: String,
}

impl Target {
    fn posted(&self) -> PathBuf {
        self.job.join(POSTED)
    }

    /// The folder of what was posted.
    pub fn posted_folder(&self) -> PathBuf {
        self.posted()
    }

    /// Begins to stage documents; nobody else does meanwhile.
    ///
    /// # Errors
    /// Another command does, or the disk fails.
    pub fn stage_posted(&self) -> Result<Posting, PublishError> {
        make_folders(&self.job, self.access)?;
        let lock = self.lock_posted()?.ok_or_else(|| PublishError::Busy(self.posted()))?;
        let folder = self.job.join(format!("{STAGING}{}", std::process::id()));
        if refuse_link(&folder)?.is_some() {
            return Err(PublishError::Exists(folder));
        }
        make_folder(&folder)?;
        Ok(Posting { target: self.again(), folder, keep: false, _lock: lock, spent: Arc::default() })
    }

    /// What killed commands left staged; nothing while another command stages.
    ///
    /// # Errors
    /// The disk fails.
    pub fn left_staged(&self) -> Result<Vec<(Option<StagedFor>, Posting)>, PublishError> {
        let mut left = Vec::new();
        if refuse_link(&self.job)?.is_none() {
            return Ok(left);
        }
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.job).while_doing("look into", &self.job)? {
            let path = entry.while_doing("look into", &self.job)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(STAGING) && refuse_link(&path)?.is_some_and(|kind| kind.is_dir()) {
                folders.push(path);
            }
        }
        folders.sort();
        if folders.is_empty() {
            return Ok(left);
        }
        let Some(lock) = self.lock_posted()? else { return Ok(left) };
        for folder in folders {
            let marker = folder.join(MARKER);
            let said = if is_regular(&marker)? {
                let bytes = crate::regular::read(&marker).while_doing("read", &marker)?;
                serde_json::from_slice::<StagedFor>(&bytes).ok().filter(|said| said.format == FORMAT)
            } else {
                None
            };
            let target = self.again();
            let _lock = Arc::clone(&lock);
            left.push((said, Posting { target, folder, keep: true, _lock, spent: Arc::default() }));
        }
        Ok(left)
    }

    /// `None`: another command has it.
    fn lock_posted(&self) -> Result<Option<Arc<File>>, PublishError> {
        let path = self.job.join(".posting.lock");
        is_regular(&path)?;
        let options = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = options.while_doing("open", &path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Arc::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(PublishError::Io { doing: "lock", path, source }),
        }
    }

    /// The path of a file below `posted/`; `None`: no file of ours is called so.
    fn posted_path(&self, file: &str) -> Result<Option<PathBuf>, PublishError> {
        let mut path = self.posted();
        refuse_link(&path)?;
        for part in file.split('/') {
            let Some(part) = FileName::recorded(part) else { return Ok(None) };
            path.push(part.as_str());
            refuse_link(&path)?;
        }
        Ok(Some(path))
    }

    /// The bytes of a file below `posted/`; `None` when it is gone.
    ///
    /// # Errors
    /// The disk fails.
    pub fn posted_file(&self, file: &str) -> Result<Option<Vec<u8>>, PublishError> {
        let Some(path) = self.posted_path(file)? else { return Ok(None) };
        if !is_regular(&path)? {
            return Ok(None);
        }
        crate::regular::read(&path).while_doing("read", &path).map(Some)
    }

    /// Puts one file below `posted/` in place, over what stands there.
    ///
    /// # Errors
    /// The disk fails, or a link is in the way.
    pub fn restore_posted(&self, file: &str, bytes: &[u8]) -> Result<(), PublishError> {
        let Some(path) = self.posted_path(file)? else {
            return Err(PublishError::Link(self.posted().join("?")));
        };
        make_folders(&self.job, self.access)?;
        put(&path, &self.job, bytes, self.access)
    }
}

impl Target {
    /// What stands in `posted/` and was not set aside: folders by their name, those of imports as `imports/<name>`.
    ///
    /// # Errors
    /// The disk fails, or a link is in the way.
    pub fn posted_names(&self) -> Result<Vec<String>, PublishError> {
        let posted = self.posted();
        let mut there = Vec::new();
        for name in names(&posted)? {
            if name == IMPORTS {
                there.extend(names(&posted.join(IMPORTS))?.into_iter().map(|name| format!("{IMPORTS}/{name}")));
            } else if !name.starts_with(LOST) {
                there.push(name);
            }
        }
        Ok(there)
    }

    /// Moves what is not to be kept out of `posted/`, into its next free folder `lost-<n>`, which is told. Folders are called as
    /// [`Target::posted_names`] does.
    ///
    /// # Errors
    /// The disk fails, or a link is in the way.
    pub fn set_posted_aside(&self, keep: impl Fn(&str) -> bool) -> Result<Option<PathBuf>, PublishError> {
        let posted = self.posted();
        let mut lost = self.posted_names()?;
        lost.retain(|name| !keep(name));
        if lost.is_empty() {
            return Ok(None);
        }
        let named = |nth: u32| posted.join(format!("{LOST}{nth}"));
        let mut nth = 1;
        while refuse_link(&named(nth))?.is_some() {
            nth += 1;
        }
        let folder = named(nth);
        make_folder(&folder)?;
        for name in &lost {
            if name.starts_with(IMPORTS) {
                make_folder(&folder.join(IMPORTS))?;
            }
            let (from, to) = (posted.join(name), folder.join(name));
            fs::rename(&from, &to).while_doing("set aside", &from)?;
        }
        sync_folder(&folder)?;
        sync_folder(&posted)?;
        Ok(Some(folder))
    }
}

/// What stands in a folder, sorted; nothing when there is none.
fn names(folder: &Path) -> Result<Vec<String>, PublishError> {
    if !refuse_link(folder)?.is_some_and(|kind| kind.is_dir()) {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).while_doing("look into", folder)? {
        let entry = entry.while_doing("look into", folder)?;
        names.extend(entry.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Writes a file of a folder, and the folders between.
///
/// # Errors
/// The disk fails, or a link is in the way.
pub fn put_elsewhere(root: &Path, file: &str, bytes: &[u8], access: Access) -> Result<PathBuf, PublishError> {
    if !root.is_dir() {
        fs::create_dir_all(root).while_doing("make the folder", root)?;
    }
    let mut path = root.to_owned();
    for part in file.split('/') {
        path.push(FileName::recorded(part).unwrap_or_else(|| FileName::of(part)).as_str());
        refuse_link(&path)?;
    }
    put(&path, root, bytes, access)?;
    Ok(path)
}

/// One file, whole or not at all.
fn put(path: &Path, root: &Path, bytes: &[u8], access: Access) -> Result<(), PublishError> {
    let folder = path.parent().unwrap_or(root);
    let mut missing: Vec<&Path> = folder.ancestors().take_while(|above| *above != root && !above.is_dir()).collect();
    missing.reverse();
    let granted = |path: &Path| grant(access, path).while_doing("let others read", path);
    missing.into_iter().try_for_each(|folder| make_folder(folder).and_then(|()| granted(folder)))?;
    let new = folder.join(".new");
    for path in [path, &new] {
        is_regular(path)?;
    }
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new);
    let mut file = file.while_doing("write", &new)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).while_doing("write", &new)?;
    granted(&new)?;
    fs::rename(&new, path).while_doing("put in place", path)?;
    sync_folder(folder)
}

/// Documents beside `posted/`, on their way into it. What is dropped before [`Posting::is_committed`] is cleared away.
pub struct Posting {
    target: Target,
    folder: PathBuf,
    /// The commit may have happened: what cannot be put in place now stays for the next command.
    keep: bool,
    _lock: Arc<File>,
    spent: Arc<Spent>,
}

impl Posting {
    /// A file, in folders below `posted/` that are made when they are not there yet. Files may be written side by side.
    ///
    /// # Errors
    /// The disk fails.
    pub fn file(&self, folders: &[FileName], name: &FileName, bytes: &[u8]) -> Result<StagedPaper, PublishError> {
        let (mut path, mut inside) = (self.folder.clone(), String::new());
        for folder in folders {
            path.push(folder.as_str());
            make_folder(&path)?;
            inside.push_str(&format!("{folder}/"));
        }
        let mut file = StagedFile::create(&path, inside, name, &self.spent)?;
        file.write_all(bytes).map_err(|error| file.failed(error))?;
        let Stored { inside, bytes, blake3 } = file.finish()?;
        Ok(StagedPaper { file: inside, bytes, blake3 })
    }

    /// Says for which commit they are: before it is made.
    ///
    /// # Errors
    /// The disk fails.
    pub fn made_for(&self, previous: &Head, files: Vec<StagedPaper>) -> Result<(), PublishError> {
        let said = StagedFor { format: FORMAT.to_owned(), previous: previous.clone(), files };
        let path = self.folder.join(MARKER);
        let bytes = serde_json::to_vec(&said).map_err(io::Error::from).while_doing("write", &path)?;
        let mut file = StagedFile::create(&self.folder, String::new(), &FileName::of(MARKER), &self.spent)?;
        file.write_all(&bytes).map_err(|error| file.failed(error))?;
        file.finish()?;
        sync_folder(&self.folder)?;
        sync_folder(&self.target.job)
    }

    /// From here on the commit may have happened: whatever fails, what is staged stays.
    pub fn is_committed(&mut self) {
        self.keep = true;
    }

    /// Puts everything in place.
    ///
    /// # Errors
    /// The disk fails, or a link is in the way; what is left is put in place by the next command.
    pub fn place(mut self) -> Result<(), PublishError> {
        self.keep = true;
        let posted = self.target.posted();
        if refuse_link(&posted)?.is_none() {
            make_folder(&posted)?;
        }
        grant_below(self.target.access, &self.folder).while_doing("let others read", &self.folder)?;
        self.target.grant(&posted)?;
        merge(&self.folder, &posted, true)?;
        sync_folder(&posted)?;
        sync_folder(&self.target.job)?;
        self.keep = false;
        Ok(())
    }

    /// The commit did not happen.
    pub fn forget(mut self) {
        self.keep = false;
    }
}

impl Drop for Posting {
    fn drop(&mut self) {
        if !self.keep {
            // The next command clears away what cannot be removed now.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Moves what a folder holds into another one: whole folders where nothing stands in their place, else file by file.
fn merge(from: &Path, to: &Path, is_top: bool) -> Result<(), PublishError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from).while_doing("look into", from)? {
        names.push(entry.while_doing("look into", from)?.file_name());
    }
    names.sort();
    for name in names.iter().filter(|name| !is_top || name.as_os_str() != MARKER) {
        let (source, target) = (from.join(name), to.join(name));
        let is_folder = refuse_link(&source)?.is_some_and(|kind| kind.is_dir());
        match refuse_link(&target)? {
            Some(kind) if kind.is_dir() && is_folder => merge(&source, &target, false)?,
            Some(kind) if !kind.is_file() || is_folder => return Err(PublishError::Exists(target)),
            _ => fs::rename(&source, &target).while_doing("put in place", &target)?,
        }
    }
    sync_folder(to)
}
