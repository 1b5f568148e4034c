//! `FILE.control.json` beside a file: what its exporter says it holds.

use std::fs;
use std::io::ErrorKind;

use serde::Deserialize;

use super::ReadError;
use super::paths::InputFile;
use crate::job::ControlHours;

pub(super) const ENDING: &str = ".control.json";

/// Control totals of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What stands beside a file; `None` when nothing does.
pub(super) fn beside(file: &InputFile) -> Result<Option<Promised>, ReadError> {
    let mut path = file.path.clone().into_os_string();
    path.push(ENDING);
    let shown = format!("{}{ENDING}", file.shown);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ReadError::Io { file: shown, doing: "read", source }),
        Ok(bytes) => bytes,
    };
    let failed = |detail: String| ReadError::Sidecar { file: shown.clone(), detail };
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
    Ok(Some(Promised { shown, rows: typed.rows, hours, bytes: typed.bytes, blake3: typed.blake3 }))
}
