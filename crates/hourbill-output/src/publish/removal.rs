//! Published runs that are taken away for good.

use std::fs::{self, File};
use std::path::Path;

use super::{PublishError, STAGING, Target, While, refuse_link, sync_folder};

/// Holds the lock of a job while runs of it are removed.
pub struct Removal<'a> {
    target: &'a Target,
    _lock: File,
}

impl Target {
    /// Begins to remove runs: nothing publishes meanwhile.
    pub fn begin_removal(&self) -> Result<Removal<'_>, PublishError> {
        let lock = self.lock()?;
        self.clear_leftovers()?;
        Ok(Removal { target: self, _lock: lock })
    }

    /// Bytes of all files of a run.
    pub fn run_bytes(&self, run_id: &str) -> Result<u64, PublishError> {
        bytes_in(&self.run_folder(run_id))
    }
}

impl Removal<'_> {
    /// Removes a run whole: it is moved to where no run stands first, and what a kill leaves there the next command clears away.
    pub fn remove(&self, run_id: &str) -> Result<(), PublishError> {
        let folder = self.target.run_folder(run_id);
        if refuse_link(&folder)?.is_none() {
            return Ok(());
        }
        let aside = self.target.job.join(format!("{STAGING}{}", std::process::id()));
        fs::rename(&folder, &aside).while_doing("move", &folder)?;
        sync_folder(&self.target.runs())?;
        fs::remove_dir_all(&aside).while_doing("remove", &aside)
    }
}

fn bytes_in(folder: &Path) -> Result<u64, PublishError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).while_doing("look into", folder)? {
        let path = entry.while_doing("look into", folder)?.path();
        let found = fs::symlink_metadata(&path).while_doing("look at", &path)?;
        bytes += if found.is_dir() { bytes_in(&path)? } else { found.len() };
    }
    Ok(bytes)
}
