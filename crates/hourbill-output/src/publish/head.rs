//! The head of the ledger as a job knows it, beside `latest` (G11): a ledger that was rolled back, emptied or mistyped does not know it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PublishError, Target, While, is_regular, make_folders, refuse_link, sync_folder};
use crate::posted::Head;

/// Stands in the file: what writes another layout must be told apart.
const FORMAT: &str = "hourbill-head-1";

/// What stands before the number of a layout; this is the first.
const FORMAT_PREFIX: &str = "hourbill-head-";

const NAME: &str = "ledger-head.json";

/// What the job knows of its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownHead {
    format: String,
    /// `None`: the job has no ledger.
    pub ledger: Option<Head>,
    /// The command that left it so.
    pub by: String,
    /// The newest run then; empty when there was none.
    pub run: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<Restart>,
    /// Runs that need not be looked at: the ledger that ends with this head has what they name, or they no longer count.
    pub runs: BTreeSet<String>,
}

/// A ledger that began anew, as a person said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// A date.
    pub at: String,
    pub by: String,
    pub reason: String,
    pub from: Option<Head>,
    pub to: Option<Head>,
}

impl KnownHead {
    pub fn new(ledger: Option<Head>, by: String, run: String) -> KnownHead {
        KnownHead { format: FORMAT.to_owned(), ledger, by, run, restarts: Vec::new(), runs: BTreeSet::new() }
    }
}

/// What stands beside `latest`.
pub enum Noted {
    Nothing,
    Known(KnownHead),
    /// It is not what was written.
    Unreadable,
}

/// What is read of it before it is known whether its layout is.
#[derive(Deserialize)]
struct Layout {
    format: String,
}

/// The name of a layout that a newer version wrote.
fn newer(bytes: &[u8]) -> Option<String> {
    let Layout { format } = serde_json::from_slice(bytes).ok()?;
    let number: u32 = format.strip_prefix(FORMAT_PREFIX)?.parse().ok()?;
    (number > 1).then_some(format)
}

impl Target {
    /// The head that was noted last.
    pub fn known_head(&self) -> Result<Noted, PublishError> {
        let path = self.job.join(NAME);
        match refuse_link(&path)? {
            None => return Ok(Noted::Nothing),
            Some(kind) if !kind.is_file() => return Ok(Noted::Unreadable),
            Some(_) => {}
        }
        let bytes = crate::regular::read(&path).while_doing("read", &path)?;
        if let Some(format) = newer(&bytes) {
            return Err(PublishError::Newer { path, format });
        }
        let known = serde_json::from_slice::<KnownHead>(&bytes).ok().filter(|known| known.format == FORMAT);
        Ok(known.map_or(Noted::Unreadable, Noted::Known))
    }

    /// The file that it stands in, as people should see it.
    pub fn head_file(&self) -> String {
        self.job.join(NAME).display().to_string()
    }

    /// Changes what is noted, whole or not at all; `None` leaves it as it is. Other commands of the job wait meanwhile, for a moment.
    pub fn note_head<E: From<PublishError>>(
        &self,
        change: impl FnOnce(Noted) -> Result<Option<KnownHead>, E>,
    ) -> Result<(), E> {
        make_folders(&self.job, self.access)?;
        // The lock of a run that publishes is held for as long as that takes.
        let _guard = self.lock_folder()?;
        if let Some(known) = change(self.known_head()?)? {
            self.write_head(&known)?;
        }
        Ok(())
    }

    /// Where a folder cannot be locked two commands may write at once; each writes a whole file.
    fn lock_folder(&self) -> Result<Option<File>, PublishError> {
        let folder = File::open(&self.job).while_doing("open", &self.job)?;
        for _ in 0..200 {
            match folder.try_lock() {
                Ok(()) => return Ok(Some(folder)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        Err(PublishError::Busy(self.job.clone()))
    }

    fn write_head(&self, known: &KnownHead) -> Result<(), PublishError> {
        let (path, new) = (self.job.join(NAME), self.job.join(".ledger-head-new"));
        for path in [&path, &new] {
            is_regular(path)?;
        }
        let mut bytes = serde_json::to_vec_pretty(known).map_err(io::Error::from).while_doing("write", &new)?;
        bytes.push(b'\n');
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new);
        let mut file = file.while_doing("write", &new)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).while_doing("write", &new)?;
        fs::rename(&new, &path).while_doing("put in place", &path)?;
        sync_folder(&self.job)
    }

    /// The names of the run folders of the job, in no order.
    pub fn run_names(&self) -> Result<Vec<String>, PublishError> {
        for path in [self.job.clone(), self.runs()] {
            if refuse_link(&path)?.is_none() {
                return Ok(Vec::new());
            }
        }
        let runs = self.runs();
        let mut names = Vec::new();
        for entry in fs::read_dir(&runs).while_doing("look into", &runs)? {
            let entry = entry.while_doing("look into", &runs)?;
            let is_folder = entry.file_type().while_doing("look at", &entry.path())?.is_dir();
            // What has another name was not published by hourbill.
            if let Some(name) = entry.file_name().to_str().filter(|_| is_folder) {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}
