//! The layout of a run folder. `format` of `run.json` names it; a folder in a layout that this version does not know is not read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::RunError;
use super::manifest::{KEYS, Manifest};
use crate::publish::Target;

/// Stands in every `run.json` that is written.
pub(super) const FORMAT: &str = "hourbill-run-2";

/// Says what stands in a run folder.
pub(super) const MANIFEST: &str = "run.json";

const PREFIX: &str = "hourbill-run-";

/// The number of this layout; the first one did not say its name.
const NUMBER: u32 = 2;

/// This program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is read of a `run.json` to find out whether its layout is known.
#[derive(Deserialize)]
struct Layout {
    format: Option<String>,
    version: Option<String>,
}

/// The `run.json` of a run folder, in a layout that is known or that is none of ours.
pub(super) struct Opened {
    run: String,
    pub(super) bytes: Vec<u8>,
    is_known: bool,
}

/// Opens a run folder: whoever reads one begins here. `None` when it is not there, or has no `run.json`.
///
/// # Errors
/// [`RunError::RunFormat`] when a newer version published the run in a layout of its own.
pub(super) fn open(target: &Target, run: &str) -> Result<Option<Opened>, RunError> {
    target.run_file(run, MANIFEST)?.map(|bytes| Opened::of(run, bytes)).transpose()
}

/// Whether this version knows a layout; false for one that is none of ours.
fn is_known(run: &str, format: &str, version: Option<String>) -> Result<bool, RunError> {
    match format.strip_prefix(PREFIX).and_then(|number| number.parse::<u32>().ok()) {
        Some(number) if (1..=NUMBER).contains(&number) => Ok(true),
        Some(0) | None => Ok(false),
        Some(_) => {
            let why = format!("is in the format `{format}`, and this hourbill ({VERSION}) reads them up to `{FORMAT}`");
            Err(RunError::RunFormat { run: run.to_owned(), why, version })
        }
    }
}

impl Opened {
    fn of(run: &str, bytes: Vec<u8>) -> Result<Opened, RunError> {
        let is_known = match serde_json::from_slice::<Layout>(&bytes) {
            Ok(Layout { format: None, .. }) => true,
            Ok(Layout { format: Some(format), version }) => is_known(run, &format, version)?,
            Err(_) => false,
        };
        Ok(Opened { run: run.to_owned(), bytes, is_known })
    }

    /// What the `run.json` says; `None` when it is none of ours, or not whole.
    pub(super) fn manifest(&self) -> Option<Manifest> {
        self.read()
    }

    fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.bytes).ok().filter(|_| self.is_known)
    }

    /// Makes sure that the run can be posted as this version understands it: no newer version published it, and it has no key that is not
    /// known here.
    ///
    /// # Errors
    /// [`RunError::RunFormat`] otherwise.
    pub(super) fn postable(&self) -> Result<(), RunError> {
        let Some(all) = self.read::<BTreeMap<String, IgnoredAny>>() else { return Ok(()) };
        let Some(Layout { version, .. }) = self.read() else { return Ok(()) };
        let refused = |why: String| Err(RunError::RunFormat { run: self.run.clone(), why, version: version.clone() });
        let number = |version: &str| -> Option<Vec<u64>> { version.split('.').map(|part| part.parse().ok()).collect() };
        let of_run = version.as_deref().unwrap_or_default();
        match (number(of_run), number(VERSION)) {
            (Some(of_run), Some(own)) if of_run <= own => {}
            _ => return refused(format!("was published by hourbill `{of_run}`, and this is {VERSION}")),
        }
        let unknown: Vec<&str> = all.keys().map(String::as_str).filter(|key| !KEYS.contains(key)).collect();
        if !unknown.is_empty() {
            let told = unknown.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            return refused(format!("says what this hourbill ({VERSION}) does not know: {told}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[derive(Deserialize)]
    struct Id {
        run_id: String,
    }

    fn read(text: &str) -> Result<Option<String>, RunError> {
        Ok(Opened::of("r", text.as_bytes().to_vec())?.read::<Id>().map(|id| id.run_id))
    }

    #[test]
    fn older_layouts_are_read_and_newer_ones_refused_by_name() {
        assert_eq!(read(r#"{"version":"0.1.0","run_id":"a"}"#).unwrap(), Some("a".to_owned()));
        for format in ["hourbill-run-1", FORMAT] {
            assert_eq!(read(&format!(r#"{{"format":"{format}","run_id":"a"}}"#)).unwrap(), Some("a".to_owned()));
        }
        for no_run in ["", "[]", r#"{"format":"x","run_id":"a"}"#, r#"{"format":"hourbill-run-0","run_id":"a"}"#] {
            assert_eq!(read(no_run).unwrap(), None, "{no_run}");
        }
        let newer = read(r#"{"format":"hourbill-run-3","version":"0.9.0","runs":[]}"#).unwrap_err();
        let RunError::RunFormat { version, .. } = &newer else { panic!("{newer}") };
        assert_eq!(version.as_deref(), Some("0.9.0"));
        assert!(newer.to_string().contains("hourbill-run-3"), "{newer}");
    }

    #[test]
    fn what_a_newer_version_published_or_nobody_knows_is_not_posted() {
        let of = |text: String| Opened::of("r", text.into_bytes()).unwrap();
        let refused = |text: String| of(text).postable().map_err(|error| error.to_string());
        assert_eq!(refused(format!(r#"{{"format":"{FORMAT}","version":"{VERSION}","drafts":{{}}}}"#)), Ok(()));
        assert_eq!(refused(r#"{"version":"0.0.9","drafts":{}}"#.to_owned()), Ok(()));
        for (version, key) in [("9.9.9", "drafts"), ("0.1.1", "drafts"), ("next", "drafts"), (VERSION, "dunning")] {
            let why = refused(format!(r#"{{"version":"{version}","{key}":{{}}}}"#)).unwrap_err();
            assert!(why.contains(if key == "dunning" { key } else { version }), "{why}");
        }
        assert!(refused("{}".to_owned()).is_err());
    }
}
