//! What a pattern such as `exports/**/t-*.csv` stands for. The matcher of one name is that of the crate glob; the walk is our own, because
//! that crate ends the program at a name that is no UTF-8, and passes over folders and links that it cannot look into.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::ReadError;
use super::endings::known_ending;
use super::listing::{self, Behind, Entry, joined};
use crate::inputs::Input;

/// What a pattern met.
pub(super) struct FoundPath {
    pub path: PathBuf,
    /// As it was typed, with names in place of patterns.
    pub shown: String,
    pub folder: bool,
    /// The name fits; else it would without the ` (1)` at its end.
    pub fits: bool,
}

/// All that a pattern stands for.
#[derive(Default)]
pub(super) struct Walked {
    pub met: Vec<FoundPath>,
    /// Folders that were looked into.
    pub folders: Vec<PathBuf>,
}

/// One part of a pattern, between slashes.
enum Part {
    /// A name that is taken as it stands.
    Name(OsString),
    Fitting(Name),
    /// `**`: any number of folders.
    Folders,
}

/// A pattern of names.
struct Name {
    /// In front of the ending.
    stem: Pattern,
    /// In lower case; capitals of an ending do not matter, as in a folder.
    ending: &'static str,
    hidden: bool,
}

impl Name {
    fn new(typed: &str) -> Result<Name, glob::PatternError> {
        // Wrong ones are told as they were typed.
        Pattern::new(typed)?;
        let ending = known_ending(typed).unwrap_or_default();
        let stem = typed.get(..typed.len() - ending.len()).unwrap_or_default();
        Ok(Name { stem: Pattern::new(stem)?, ending, hidden: typed.starts_with('.') })
    }

    fn fits(&self, entry: &Entry) -> bool {
        (self.hidden || !entry.is_hidden()) && self.fits_text(&entry.name.to_string_lossy())
    }

    fn fits_text(&self, name: &str) -> bool {
        let split = name.len().checked_sub(self.ending.len()).and_then(|at| name.split_at_checked(at));
        let options = MatchOptions::new();
        split.is_some_and(|(stem, ending)| {
            ending.eq_ignore_ascii_case(self.ending) && self.stem.matches_with(stem, options)
        })
    }

    /// `export.csv (1)`: what a browser makes of a second download.
    fn fits_copy(&self, entry: &Entry) -> bool {
        let name = entry.name.to_string_lossy();
        let number = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
        number.is_some_and(|(name, number)| {
            !entry.is_hidden() && number.bytes().all(|byte| byte.is_ascii_digit()) && self.fits_text(name)
        })
    }
}

/// Walks where a pattern leads, from the folder that it was resolved against.
pub(super) fn walk(input: Input, typed: &str, base: &Path) -> Result<Walked, ReadError> {
    let invalid =
        |error: glob::PatternError| ReadError::BadPattern { input, path: typed.to_owned(), detail: error.msg };
    let parts = parts(typed).map_err(invalid)?;
    let mut walk = Walk { walked: Walked::default(), entered: BTreeSet::new(), folders_alone: typed.ends_with('/') };
    walk.go(base, "", &parts)?;
    Ok(walk.walked)
}

fn parts(typed: &str) -> Result<Vec<Part>, glob::PatternError> {
    let mut parts = Vec::new();
    let mut components = Path::new(typed).components().peekable();
    while let Some(component) = components.next() {
        let text = component.as_os_str().to_string_lossy().into_owned();
        let last = components.peek().is_none();
        let is_pattern = matches!(component, Component::Normal(_)) && is_glob(&text);
        parts.push(match text.as_str() {
            "**" => Part::Folders,
            // The ending of the last name may be in capitals.
            _ if is_pattern => Part::Fitting(Name::new(&text)?),
            _ if last && known_ending(&text).is_some() => Part::Fitting(Name::new(&Pattern::escape(&text))?),
            _ => Part::Name(component.as_os_str().to_owned()),
        });
    }
    Ok(parts)
}

/// The text holds what patterns are made of.
pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

struct Walk {
    walked: Walked,
    /// Folders with the number of parts that were left: a link may lead back, or to where another one leads.
    entered: BTreeSet<((u64, u64), usize)>,
    /// The pattern ends in a slash.
    folders_alone: bool,
}

impl Walk {
    fn go(&mut self, at: &Path, shown: &str, parts: &[Part]) -> Result<(), ReadError> {
        let Some((part, rest)) = parts.split_first() else { return Ok(()) };
        match part {
            Part::Name(name) => {
                let shown = joined(shown, &listing::in_text(name));
                self.reach(at.join(name), shown, rest)
            }
            Part::Fitting(name) => {
                if !at.as_os_str().is_empty() && listing::behind(at, shown)? != Behind::Folder {
                    return Ok(());
                }
                self.walked.folders.push(at.to_owned());
                for entry in listing::list(at, shown)? {
                    let below = entry.below(shown);
                    if name.fits(&entry) {
                        self.reach(entry.path, below, rest)?;
                    } else if rest.is_empty() && !self.folders_alone && name.fits_copy(&entry) {
                        self.walked.met.push(FoundPath { path: entry.path, shown: below, folder: false, fits: false });
                    }
                }
                Ok(())
            }
            Part::Folders => self.folders(at, shown, parts, rest),
        }
    }

    /// A name that fits: the end of the way, or a folder on it.
    fn reach(&mut self, path: PathBuf, shown: String, rest: &[Part]) -> Result<(), ReadError> {
        match (listing::behind(&path, &shown)?, rest.is_empty()) {
            (Behind::Nothing, _) | (Behind::File, false) => Ok(()),
            (Behind::File, true) if self.folders_alone => Ok(()),
            (Behind::Folder, false) => self.go(&path, &shown, rest),
            (behind, true) => {
                self.walked.met.push(FoundPath { path, shown, folder: behind == Behind::Folder, fits: true });
                Ok(())
            }
        }
    }

    /// No folder, or any number of them.
    fn folders(&mut self, at: &Path, shown: &str, parts: &[Part], rest: &[Part]) -> Result<(), ReadError> {
        if !at.as_os_str().is_empty() && listing::behind(at, shown)? != Behind::Folder {
            return Ok(());
        }
        if !self.entered.insert((listing::identity(at, shown)?, parts.len())) {
            return Ok(());
        }
        self.walked.folders.push(at.to_owned());
        if rest.is_empty() {
            self.walked.met.push(FoundPath { path: at.to_owned(), shown: shown.to_owned(), folder: true, fits: true });
        } else {
            self.go(at, shown, rest)?;
        }
        for entry in listing::list(at, shown)?.into_iter().filter(|entry| !entry.is_hidden()) {
            let below = entry.below(shown);
            if listing::behind(&entry.path, &below)? == Behind::Folder {
                self.go(&entry.path, &below, parts)?;
            }
        }
        Ok(())
    }
}
