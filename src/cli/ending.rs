//! How a run ended, as its receipt tells.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::run::Mended;

/// How the run ended.
pub enum Ending {
    DryRun,
    /// Nothing was published: `--strict` asked for that.
    Refused,
    /// The run was published into this folder.
    Published(PathBuf),
    AlreadyPublished(PathBuf),
    /// The same run had been published before and was altered since: it was published anew, and what stood there is kept.
    Mended(PathBuf, Mended),
}

impl Ending {
    pub fn name(&self) -> &'static str {
        match self {
            Ending::DryRun => "dry_run",
            Ending::Refused => "refused",
            Ending::Published(_) | Ending::Mended(..) => "published",
            Ending::AlreadyPublished(_) => "already_published",
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        match self {
            Ending::DryRun | Ending::Refused => None,
            Ending::Published(folder) | Ending::AlreadyPublished(folder) | Ending::Mended(folder, _) => Some(folder),
        }
    }

    /// For programs.
    pub fn mended(&self) -> Value {
        match self {
            Ending::Mended(_, of) => json!({"file": of.file, "kept_in": of.kept.display().to_string()}),
            _ => Value::Null,
        }
    }
}
