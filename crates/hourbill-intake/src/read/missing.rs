//! What the job says of columns that no file of an input has (§2.4, F8).

use super::header::same;
use super::{FileRead, ReadError};
use crate::inputs::Input;
use crate::job::InputSettings;

/// Something that the job says of a column that no file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// The field or key that names it.
    pub named_for: String,
    /// Its header; `None` where the job says something of a field for which there is no column.
    pub header: Option<String>,
}

/// Columns that the job names and none of the files has.
pub(super) fn not_found(input: Input, settings: &InputSettings, files: &[FileRead]) -> Vec<MissingColumn> {
    if files.is_empty() {
        return Vec::new();
    }
    let several = settings.joined.iter().flat_map(|(field, named)| named.iter().map(|named| (*field, named)));
    let columns = settings.columns.iter().map(|(field, named)| (*field, named)).chain(several);
    // F2: what is asked is no column yet.
    let ignored = settings.ignore.iter().map(|named| ("ignore", named));
    let filled = settings.fill_down.iter().map(|named| ("fill_down", named));
    let missing = columns.chain(ignored).chain(filled).filter(|(_, named)| !is_there(files, named));
    let missing = missing.map(|(key, named)| MissingColumn { named_for: key.to_owned(), header: Some(named.clone()) });
    let of_patterns = settings.pattern.keys().map(|field| ("pattern", *field));
    let of_values = settings.values.keys().map(|field| ("values", *field));
    let fieldless = of_patterns.chain(of_values).filter(|(_, field)| {
        let said = settings.columns.contains_key(field) || settings.joined.contains_key(field);
        !said && !settings.constants.contains_key(field) && !files.iter().any(|file| has(input, settings, file, field))
    });
    let fieldless = fieldless.map(|(key, field)| MissingColumn { named_for: format!("{key}.{field}"), header: None });
    missing.chain(fieldless).collect()
}

/// F8: rows that should be left out would be billed.
pub(super) fn skips_nothing(settings: &InputSettings, files: &[FileRead]) -> Result<(), ReadError> {
    let Some(first) = files.first() else { return Ok(()) };
    match settings.skip.iter().find(|(named, _)| !is_there(files, named)) {
        Some((named, _)) => Err(ReadError::MissingSkip {
            file: first.shown.clone(),
            column: named.clone(),
            found: first.columns.iter().map(|column| column.header.clone()).collect(),
        }),
        None => Ok(()),
    }
}

fn is_there(files: &[FileRead], named: &str) -> bool {
    files.iter().flat_map(|file| &file.columns).any(|column| same(named, &column.header))
}

/// Some column of the file says the field, alone or beside another one.
fn has(input: Input, settings: &InputSettings, file: &FileRead, field: &str) -> bool {
    let headers: Vec<String> = file.columns.iter().map(|column| column.header.clone()).collect();
    let shape = settings.preset.and_then(|preset| preset.shape(input, &headers));
    let knows =
        |header: &String| shape.is_some_and(|shape| shape.known(header).any(|known| known.column.field == field));
    file.columns.iter().any(|column| column.field == Some(field))
        || headers.iter().any(|header| same(field, header) || knows(header))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{ColumnUse, Sheets};
    use super::*;

    fn file(headers: &[&str]) -> FileRead {
        FileRead {
            input: Input::Timesheets,
            shown: "t.csv".to_owned(),
            rows: 0,
            left_out: 0,
            skipped: Vec::new(),
            not_timesheets: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            bytes: 0,
            blake3: String::new(),
            columns: headers.iter().map(|header| ColumnUse { header: (*header).to_owned(), field: None }).collect(),
            promised: None,
            sheets: Sheets::default(),
            copied: crate::read::Copied::default(),
        }
    }

    #[test]
    fn a_named_column_that_no_file_has_is_told() {
        let columns = [("hours", "Spent".to_owned()), ("employee", "Who".to_owned())];
        let settings = InputSettings {
            columns: columns.into_iter().collect(),
            ignore: vec!["Mood".to_owned(), "X".to_owned()],
            values: [("status", Vec::new()), ("project", Vec::new())].into_iter().collect(),
            ..InputSettings::default()
        };
        let files = [file(&["spent", "Project"]), file(&["x"])];
        let missing = not_found(Input::Timesheets, &settings, &files);
        let told: Vec<(&str, Option<&str>)> =
            missing.iter().map(|missing| (missing.named_for.as_str(), missing.header.as_deref())).collect();
        assert_eq!(told, [("employee", Some("Who")), ("ignore", Some("Mood")), ("values.status", None)]);
    }

    #[test]
    fn rows_are_left_out_by_a_column_that_some_file_has() {
        let skip =
            |named: &str| InputSettings { skip: vec![(named.to_owned(), String::new())], ..InputSettings::default() };
        let files = [file(&["a"]), file(&["B"])];
        assert!(skips_nothing(&skip("b"), &files).is_ok());
        assert_eq!(skips_nothing(&skip("c"), &files).unwrap_err().code(), "missing-skip-column");
    }
}
