//! What a job calls an input, a file, a glob, a folder or a list of them, becomes a list of files.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::ReadError;
use super::endings::{CONTROL, Kind, is_text, kind, known_ending};
use super::left_out::{LeftOut, Why};
use super::listing::{self, Behind};
use super::walk::{self, Walked};
use crate::inputs::Input;
use crate::job::InputSettings;

#[derive(Clone, Debug)]
pub(super) struct InputFile {
    pub path: PathBuf,
    /// As it was typed, with what the glob or folder stood for.
    pub shown: String,
    pub kind: Kind,
    /// Of a workbook: the one that the job names; `None` leaves it to what the sheets hold.
    pub sheet: Option<String>,
    /// How many sheets of the file are read, counted at the first of them.
    pub sheets: usize,
}

impl InputFile {
    fn new(path: PathBuf, shown: String, kind: Kind) -> InputFile {
        InputFile { path, shown, kind, sheet: None, sheets: 1 }
    }

    /// A file for each sheet that the job names.
    fn by_sheet(self, names: &[String]) -> Vec<InputFile> {
        match (self.kind, names) {
            (Kind::Workbook, [name]) => vec![InputFile { sheet: Some(name.clone()), ..self }],
            (Kind::Workbook, [_, _, ..]) => {
                let of = |(at, name): (usize, &String)| InputFile {
                    shown: sheet_shown(&self.shown, name),
                    sheet: Some(name.clone()),
                    sheets: if at == 0 { names.len() } else { 0 },
                    ..self.clone()
                };
                names.iter().enumerate().map(of).collect()
            }
            _ => vec![self],
        }
    }
}

/// A sheet as people know it.
pub(super) fn sheet_shown(workbook: &str, sheet: &str) -> String {
    format!("{workbook}[{sheet}]")
}

/// The files of an input, and what is left out beside them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub files: Vec<InputFile>,
    pub left_out: Vec<LeftOut>,
}

/// The files of an input: in the order of the list, those of a glob or folder in the natural order of their names, each file once. What
/// stands later is newer where `newer_wins`.
pub(super) fn files(input: Input, settings: &InputSettings) -> Result<Found, ReadError> {
    let mut all = Found::default();
    let (mut met, mut walked) = (BTreeSet::new(), BTreeSet::new());
    for (typed, resolved) in &settings.paths {
        let mut search = Search { input, found: Found::default() };
        walked.extend(search.expand(typed, resolved)?.iter().map(|folder| real(folder)));
        let Found { files, left_out } = search.found;
        if files.is_empty() {
            let left_out = left_out.into_iter().map(|left| left.shown).collect();
            return Err(ReadError::NothingFound { input, path: typed.clone(), left_out });
        }
        // The same file by another name is the same file.
        let files = files.into_iter().filter(|file| met.insert(real(&file.path)));
        all.files.extend(files.flat_map(|file| file.by_sheet(&settings.sheet)));
        all.left_out.extend(left_out);
    }
    let mut told = BTreeSet::new();
    all.left_out.retain(|left| {
        let path = real(&left.path);
        // What one path leaves out another may read.
        let read = met.range(path.clone()..).next().is_some_and(|next| next.starts_with(&path));
        !read && !walked.contains(&path) && told.insert(path)
    });
    Ok(all)
}

/// The one name of a file or folder, where it has one.
fn real(path: &Path) -> PathBuf {
    let path = listing::there(path);
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Two paths lead to one file or folder.
pub fn is_same(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

struct Search {
    input: Input,
    found: Found,
}

impl Search {
    /// Finds what a path names; hands back the folders that a pattern was looked for in.
    fn expand(&mut self, typed: &str, resolved: &Path) -> Result<Vec<PathBuf>, ReadError> {
        let is_glob = walk::is_glob(typed);
        let behind = match listing::behind(resolved, typed) {
            // Nothing stands there by that name: it is a pattern.
            Err(_) if is_glob && fs::symlink_metadata(resolved).is_err() => Behind::Nothing,
            behind => behind?,
        };
        match behind {
            Behind::Folder => self.folder(typed, resolved)?,
            Behind::File => self.named(typed.to_owned(), resolved.to_owned())?,
            Behind::Nothing if is_glob => {
                let walked = walk::walk(self.input, typed, &base(typed, resolved))?;
                return self.of_pattern(typed, walked);
            }
            Behind::Nothing => {}
        }
        Ok(Vec::new())
    }

    /// What a pattern fits, files and folders.
    fn of_pattern(&mut self, typed: &str, mut walked: Walked) -> Result<Vec<PathBuf>, ReadError> {
        walked.met.sort_by(|one, other| listing::by_names(&one.path, &other.path));
        let named = typed.rsplit('/').next().map(str::to_ascii_lowercase).unwrap_or_default();
        for met in walked.met {
            if met.folder {
                self.folder(&met.shown, &met.path)?;
            } else if !met.fits {
                self.leave(met.shown, met.path, Why::Copy);
            } else if says_ending(&named, &met.shown) {
                self.named(met.shown, met.path)?;
            } else {
                self.in_folder(met.shown, met.path)?;
            }
        }
        self.found.files.sort_by(|one, other| listing::by_names(&one.path, &other.path));
        Ok(walked.folders)
    }

    /// The files of a folder whose ending is known; hidden ones are left alone.
    fn folder(&mut self, shown: &str, folder: &Path) -> Result<(), ReadError> {
        for entry in listing::list(folder, shown)?.into_iter().filter(|entry| !entry.is_hidden()) {
            self.in_folder(entry.below(shown), entry.path)?;
        }
        Ok(())
    }

    /// What nobody named by its ending.
    fn in_folder(&mut self, shown: String, path: PathBuf) -> Result<(), ReadError> {
        let known = kind(&shown);
        let readable = known.is_some_and(|_| !is_text(&shown));
        let behind = match listing::behind(&path, &shown) {
            // Whatever it is, it would not be read.
            Err(_) if !readable => {
                self.leave(shown, path, Why::Unknown);
                return Ok(());
            }
            behind => behind?,
        };
        let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        match (behind, known) {
            (Behind::Nothing, _) => {}
            (Behind::Folder, _) => self.leave(shown, path, Why::Folder),
            (Behind::File, Some(_)) if is_lock(&shown) => self.leave(shown, path, Why::Lock),
            (Behind::File, Some(kind)) if readable => self.found.files.push(InputFile::new(path, shown, kind)),
            (Behind::File, Some(_)) => self.leave(shown, path, Why::Text),
            (Behind::File, None) => match name.strip_suffix(CONTROL.as_bytes()) {
                // It is read with the file beside it.
                Some(of) if fs::symlink_metadata(path.with_file_name(OsStr::from_bytes(of))).is_ok() => {}
                Some(_) => self.leave(shown, path, Why::Control),
                None => self.leave(shown, path, Why::Ending),
            },
        }
        Ok(())
    }

    /// A file that was named must be one that can be read.
    fn named(&mut self, shown: String, path: PathBuf) -> Result<(), ReadError> {
        match kind(&shown) {
            Some(kind) => self.found.files.push(InputFile::new(path, shown, kind)),
            None => return Err(ReadError::UnknownKind { file: shown }),
        }
        Ok(())
    }

    fn leave(&mut self, shown: String, path: PathBuf, why: Why) {
        self.found.left_out.push(LeftOut { input: self.input, shown, path, why });
    }
}

/// The last name of a pattern, in lower case, says the very ending of a file: `*.xls` means such files.
fn says_ending(named: &str, shown: &str) -> bool {
    let said =
        known_ending(named).unwrap_or_else(|| named.rfind('.').and_then(|at| named.get(at..)).unwrap_or_default());
    said.len() > 1 && !walk::is_glob(said) && shown.to_ascii_lowercase().ends_with(said) && !is_lock(shown)
}

fn is_lock(shown: &str) -> bool {
    shown.rsplit('/').next().is_some_and(|name| name.starts_with("~$"))
}

/// What a typed path was resolved against.
fn base(typed: &str, resolved: &Path) -> PathBuf {
    let base = resolved.as_os_str().as_bytes().strip_suffix(typed.as_bytes());
    base.map(|base| PathBuf::from(OsStr::from_bytes(base))).unwrap_or_default()
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
