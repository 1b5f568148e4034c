//! `FILE.control.json` beside a file: what its exporter says it holds.

use std::fs;
use std::io::{ErrorKind, Read};

use serde::{Deserialize, Serialize};

use super::ReadError;
use super::endings::CONTROL;
use super::paths::{InputFile, sheet_shown};
use crate::job::ControlHours;

/// Four figures are short.
const BYTES_MAX: u64 = 64 << 10;

/// Control totals of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// The control file, as people know it.
    pub shown: String,
    pub rows: Option<u64>,
    /// Of timesheets.
    pub hours: Option<ControlHours>,
    /// As the file lies on the disk.
    pub bytes: Option<u64>,
    /// 64 hex digits.
    pub blake3: Option<String>,
    /// It is said of so many sheets of a workbook together: each is a file of its own, and they follow each other.
    pub sheets: usize,
}

/// A key that nobody knows would be a control that is never made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    rows: Option<u64>,
    hours: Option<serde_json::Value>,
    bytes: Option<u64>,
    blake3: Option<String>,
}

/// A control that is not made must not look like one that was.
fn promises_something(bytes: &[u8]) -> Result<(), String> {
    let typed: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Some(promises) = typed.as_object() else {
        return Err("it is no object such as `{\"rows\": 1234}`".to_owned());
    };
    match promises.iter().find(|(_, value)| value.is_null()) {
        Some((key, _)) => Err(format!("`{key}` is null: give a figure, or leave it out")),
        None if promises.is_empty() => Err("it holds no figure: give one, or remove the file".to_owned()),
        None => Ok(()),
    }
}

/// What stands beside a file; `None` when nothing does.
pub(super) fn beside(file: &InputFile) -> Result<Option<Promised>, ReadError> {
    let mut path = file.path.clone().into_os_string();
    path.push(CONTROL);
    let sheet = file.sheet.as_ref().filter(|_| file.sheets > 1).map(|sheet| sheet_shown("", sheet));
    let workbook = sheet.and_then(|sheet| file.shown.strip_suffix(sheet.as_str())).unwrap_or(&file.shown);
    let shown = format!("{workbook}{CONTROL}");
    let unread = |source| ReadError::Io { file: shown.clone(), doing: "read", source };
    match fs::symlink_metadata(&path) {
        // A name that is too long for the disk belongs to no file.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => return Ok(None),
        Err(source) => return Err(unread(source)),
        Ok(_) => {}
    }
    let mut control = crate::regular::open(path.as_ref()).map_err(unread)?;
    let failed = |detail: String| ReadError::Sidecar { file: shown.clone(), detail };
    let mut bytes = Vec::new();
    control.by_ref().take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(failed(format!("it has more than {BYTES_MAX} bytes")));
    }
    promises_something(&bytes).map_err(failed)?;
    let typed: Typed = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let hours = match typed.hours {
        None => None,
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        Some(_) => return Err(failed("`hours` is neither a number nor a text".to_owned())),
    };
    let hours = hours
        .map(|text| ControlHours::from_text(&text).ok_or_else(|| failed(format!("`{text}` is no sum of hours"))))
        .transpose()?;
    let Typed { rows, bytes, blake3, .. } = typed;
    Ok(Some(Promised { shown, rows, hours, bytes, blake3, sheets: file.sheets }))
}
