//! What a job calls an input, a file, a glob, a folder or a list of them, becomes a list of files.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::ReadError;
use crate::inputs::Input;
use crate::job::InputSettings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Csv(Packing),
    Workbook,
    Parquet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

#[derive(Clone, Debug)]
pub(super) struct InputFile {
    pub path: PathBuf,
    /// As it was typed, with what the glob or folder stood for.
    pub shown: String,
    pub kind: Kind,
}

/// The files of an input: in the order of the list, those of a glob or folder in the natural order of their names, each file once. What
/// stands later is newer where `newer_wins`.
pub(super) fn files(input: Input, settings: &InputSettings) -> Result<Vec<InputFile>, ReadError> {
    let mut files = Vec::new();
    let mut met = BTreeSet::new();
    for (typed, resolved) in &settings.paths {
        let found = expand(typed, resolved)?;
        if found.is_empty() {
            return Err(ReadError::NothingFound { input, path: typed.clone() });
        }
        for file in found {
            // The same file by another name is the same file.
            let path = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
            if met.insert(path) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn expand(typed: &str, resolved: &Path) -> Result<Vec<InputFile>, ReadError> {
    if resolved.is_dir() {
        return folder(typed, resolved);
    }
    if resolved.exists() || !typed.contains(['*', '?', '[']) {
        return Ok(if resolved.exists() { vec![named(typed.to_owned(), resolved)?] } else { Vec::new() });
    }
    let base = base(typed, resolved);
    let pattern = Path::new(&Pattern::escape(&base.to_string_lossy())).join(typed);
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    let failed = |source| ReadError::Io { file: typed.to_owned(), doing: "expand", source };
    let invalid = |error: glob::PatternError| failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, error));
    let mut found = Vec::new();
    for path in glob::glob_with(&pattern.to_string_lossy(), options).map_err(invalid)? {
        let path = path.map_err(|error| failed(error.into()))?;
        let shown = path.strip_prefix(&base).unwrap_or(&path).to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(folder(&shown, &path)?);
        } else if !shown.ends_with(super::sidecar::ENDING) {
            found.push(named(shown, &path)?);
        }
    }
    found.sort_by(naturally);
    Ok(found)
}

/// Names as people count them: `export-10` comes after `export-9`.
fn naturally(one: &InputFile, other: &InputFile) -> Ordering {
    let names = |file: &InputFile| -> Vec<String> {
        file.path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (ones, others) = (names(one), names(other));
    let differing = ones.iter().zip(&others).map(|(one, other)| natural(one, other)).find(|order| order.is_ne());
    differing.unwrap_or(ones.len().cmp(&others.len())).then_with(|| one.path.cmp(&other.path))
}

fn natural(one: &str, other: &str) -> Ordering {
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

/// What a typed path was resolved against.
fn base(typed: &str, resolved: &Path) -> PathBuf {
    let mut base = resolved.to_path_buf();
    if !resolved.ends_with(typed) || Path::new(typed).is_absolute() {
        return PathBuf::new();
    }
    for _ in Path::new(typed).components() {
        base.pop();
    }
    base
}

/// The files of a folder whose ending is known; hidden ones are left alone.
fn folder(shown: &str, folder: &Path) -> Result<Vec<InputFile>, ReadError> {
    let failed = |source| ReadError::Io { file: shown.to_owned(), doing: "list", source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = name.starts_with('.');
        if let (Some(kind), false, true) = (kind(&name), hidden, path.is_file()) {
            let shown = Path::new(shown).join(&*name).to_string_lossy().into_owned();
            found.push(InputFile { path, shown, kind });
        }
    }
    found.sort_by(naturally);
    Ok(found)
}

/// A file that was named must be one that can be read.
fn named(shown: String, path: &Path) -> Result<InputFile, ReadError> {
    match kind(&shown) {
        Some(kind) => Ok(InputFile { path: path.to_owned(), shown, kind }),
        None => Err(ReadError::UnknownKind { file: shown }),
    }
}

/// By the ending; capitals do not matter.
fn kind(name: &str) -> Option<Kind> {
    const ENDINGS: [(&str, Kind); 5] = [
        (".csv", Kind::Csv(Packing::None)),
        (".csv.gz", Kind::Csv(Packing::Gzip)),
        (".csv.zst", Kind::Csv(Packing::Zstd)),
        (".xlsx", Kind::Workbook),
        (".parquet", Kind::Parquet),
    ];
    let name = name.to_ascii_lowercase();
    ENDINGS.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| kind)
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
