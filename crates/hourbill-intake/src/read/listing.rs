//! Looks at folders and at what stands behind a name. A link that leads nowhere, a folder that may not be listed: each is an error, because
//! rows could be there.

use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::ReadError;

/// What is behind a name, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    Nothing,
    /// A file, or what is opened like one: a pipe, a device.
    File,
    Folder,
}

/// A name in a folder.
pub(super) struct Entry {
    pub name: OsString,
    /// For people: bytes that are no UTF-8 as `\xDC`, so that two names are never shown as one.
    pub shown: String,
    pub path: PathBuf,
}

impl Entry {
    /// Hidden files are left alone without a word (§2.1).
    pub fn is_hidden(&self) -> bool {
        self.name.as_bytes().starts_with(b".")
    }

    /// Shown below its folder.
    pub fn below(&self, folder: &str) -> String {
        joined(folder, &self.shown)
    }
}

pub(super) fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder if folder.ends_with('/') => format!("{folder}{name}"),
        folder => format!("{folder}/{name}"),
    }
}

/// A path as the system takes it: an empty one is the folder that a command runs in.
pub(super) fn there(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The names in a folder, as people count them.
pub(super) fn list(folder: &Path, shown: &str) -> Result<Vec<Entry>, ReadError> {
    let failed = |source| ReadError::Io { file: named(shown), doing: "list", source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(there(folder)).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        entries.push(Entry { shown: in_text(&name), path: folder.join(&name), name });
    }
    entries.sort_by(|one, other| by_name(&one.name, &other.name));
    Ok(entries)
}

/// What stands behind a path.
pub(super) fn behind(path: &Path, shown: &str) -> Result<Behind, ReadError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return dangling(path, shown),
        Err(source) => return Err(ReadError::Io { file: named(shown), doing: "open", source }),
    };
    Ok(if metadata.is_dir() { Behind::Folder } else { Behind::File })
}

/// Nothing at all, or a link on the way that leads nowhere: what it should lead to may hold rows.
fn dangling(path: &Path, shown: &str) -> Result<Behind, ReadError> {
    for (at, shown) in path.ancestors().zip(Path::new(shown).ancestors()) {
        if let Ok(target) = fs::read_link(at) {
            if fs::metadata(at).is_ok() {
                break;
            }
            let detail = format!("it is a link to `{}`, and nothing is there", in_text(target.as_os_str()));
            let source = io::Error::new(io::ErrorKind::NotFound, detail);
            return Err(ReadError::Io { file: in_text(shown.as_os_str()), doing: "open", source });
        }
        if fs::symlink_metadata(at).is_ok() {
            break;
        }
    }
    Ok(Behind::Nothing)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// What a folder is, however it is called.
pub(super) fn identity(folder: &Path, shown: &str) -> Result<(u64, u64), ReadError> {
    let failed = |source| ReadError::Io { file: named(shown), doing: "open", source };
    fs::metadata(there(folder)).map(|metadata| (metadata.dev(), metadata.ino())).map_err(failed)
}

fn named(shown: &str) -> String {
    if shown.is_empty() { ".".to_owned() } else { shown.to_owned() }
}

/// A name as text from which it can be told again.
pub(super) fn in_text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Names as people count them: `export-10` comes after `export-9`.
pub(super) fn by_name(one: &OsStr, other: &OsStr) -> Ordering {
    natural(&one.to_string_lossy(), &other.to_string_lossy()).then_with(|| one.cmp(other))
}

/// Paths by their names, the outer ones first.
pub(super) fn by_names(one: &Path, other: &Path) -> Ordering {
    let mut pairs = one.components().zip(other.components());
    let differing =
        pairs.find_map(|(one, other)| Some(by_name(one.as_os_str(), other.as_os_str())).filter(|order| order.is_ne()));
    differing.unwrap_or_else(|| one.components().count().cmp(&other.components().count()))
}

pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (number, of_other) = (leading_digits(one), leading_digits(other));
        if !number.is_empty() && !of_other.is_empty() {
            let (digits, of_other_digits) = (number.trim_start_matches('0'), of_other.trim_start_matches('0'));
            let order = digits.len().cmp(&of_other_digits.len()).then_with(|| digits.cmp(of_other_digits));
            if order.is_ne() {
                return order;
            }
            one = one.get(number.len()..).unwrap_or_default();
            other = other.get(of_other.len()..).unwrap_or_default();
            continue;
        }
        let (mut chars, mut of_other) = (one.chars(), other.chars());
        match (chars.next(), of_other.next()) {
            (Some(a), Some(b)) if a == b => (one, other) = (chars.as_str(), of_other.as_str()),
            (a, b) => return a.cmp(&b),
        }
    }
}

fn leading_digits(text: &str) -> &str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
