//! Which column of a file stands for which field of an input (SPEC 2).

use super::{ColumnUse, FileRead, ReadError};
use crate::inputs::Input;
use crate::job::InputSettings;

/// The columns of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Position of the column of each field, by the field's position in [`Input::fields`].
    pub fields: Vec<Option<usize>>,
    /// Every column in the order of the file.
    pub columns: Vec<ColumnUse>,
}

/// Finds the field of each column. A column is known by its canonical name, unless the job names its header for another field; two
/// columns for one field, or none for a required one, are errors of the whole file, whichever of the two was meant.
pub(super) fn map(
    input: Input,
    settings: &InputSettings,
    headers: &[String],
    shown: &str,
) -> Result<Mapping, ReadError> {
    let mut fields: Vec<Option<usize>> = vec![None; input.fields().len()];
    let mut columns = Vec::with_capacity(headers.len());
    for (column, header) in headers.iter().enumerate() {
        let known = field_of(input, settings, header);
        if let Some((at, name)) = known
            && let Some(slot) = fields.get_mut(at)
            && slot.replace(column).is_some()
        {
            let same = |header: &&String| field_of(input, settings, header).is_some_and(|(other, _)| other == at);
            let headers = headers.iter().filter(same).cloned().collect();
            return Err(ReadError::TwoColumns { file: shown.to_owned(), field: name, headers });
        }
        columns.push(ColumnUse { header: header.clone(), field: known.map(|(_, name)| name) });
    }
    let lacking = input.fields().iter().zip(&fields).filter(|(field, column)| field.required && column.is_none());
    let lacking: Vec<&'static str> = lacking.map(|(field, _)| field.name).collect();
    if !lacking.is_empty() {
        return Err(ReadError::MissingColumns { file: shown.to_owned(), columns: lacking, found: headers.to_vec() });
    }
    Ok(Mapping { fields, columns })
}

/// Position and name of the field that a header stands for. What the job says about a header comes before what the header says of
/// itself; a preset's names would come last, here.
fn field_of(input: Input, settings: &InputSettings, header: &str) -> Option<(usize, &'static str)> {
    let mapped = settings.columns.iter().find(|(_, named)| same(named, header)).map(|(field, _)| *field);
    let fields = input.fields().iter().enumerate();
    let mut fields = fields.map(|(at, field)| (at, field.name));
    match mapped {
        Some(mapped) => fields.find(|(_, name)| *name == mapped),
        None => fields.find(|(_, name)| same(name, header)),
    }
}

/// Columns that the job names for a field and none of the files has, as (field, header).
pub(super) fn not_found(settings: &InputSettings, files: &[FileRead]) -> Vec<(&'static str, String)> {
    let headers = || files.iter().flat_map(|file| &file.columns).map(|column| &column.header);
    let missing = settings.columns.iter().filter(|(_, named)| !headers().any(|header| same(named, header)));
    missing.map(|(field, named)| (*field, named.clone())).collect()
}

fn same(name: &str, header: &str) -> bool {
    let (name, header) = (name.trim(), header.trim());
    name == header || name.to_lowercase() == header.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::inputs::timesheets as field;
    use crate::job::{DecimalMark, Encoding};

    fn settings(columns: &[(&'static str, &str)]) -> InputSettings {
        InputSettings {
            paths: Vec::new(),
            delimiter: None,
            encoding: Encoding::Utf8,
            decimal: DecimalMark::Point,
            thousands: None,
            date_format: None,
            timezone: None,
            columns: columns.iter().map(|(field, header)| (*field, (*header).to_owned())).collect::<BTreeMap<_, _>>(),
        }
    }

    fn mapped(columns: &[(&'static str, &str)], headers: &[&str]) -> Result<Mapping, ReadError> {
        let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
        map(Input::Timesheets, &settings(columns), &headers, "t.csv")
    }

    #[test]
    fn names_match_whatever_their_case_and_order() {
        let mapping = mapped(&[], &["HOURS", " Date\u{a0}", "Mood", "TimeSheet_Id"]).unwrap();
        assert_eq!(mapping.fields[field::TIMESHEET_ID], Some(3));
        assert_eq!((mapping.fields[field::DATE], mapping.fields[field::HOURS]), (Some(1), Some(0)));
        assert_eq!(mapping.fields[field::TICKET_ID], None);
        let fields: Vec<_> = mapping.columns.iter().map(|column| column.field).collect();
        assert_eq!(fields, [Some("hours"), Some("date"), None, Some("timesheet_id")]);
        assert_eq!(mapping.columns[1].header, " Date\u{a0}");
    }

    #[test]
    fn the_job_names_columns_that_have_other_names() {
        let mapping = mapped(&[("hours", "temps PASSÉ")], &["timesheet_id", "date", "Temps passé"]).unwrap();
        assert_eq!(mapping.fields[field::HOURS], Some(2));
        // The canonical name serves files that lack the other.
        let mapping = mapped(&[("hours", "Hours Spent")], &["timesheet_id", "date", "hours"]).unwrap();
        assert_eq!(mapping.fields[field::HOURS], Some(2));
    }

    #[test]
    fn two_columns_for_one_field_are_an_error_of_the_file() {
        let twice = [
            mapped(&[], &["timesheet_id", "date", "hours", "Hours"]),
            mapped(&[("hours", "Spent")], &["timesheet_id", "date", "hours", "spent"]),
            mapped(&[("hours", "Spent")], &["timesheet_id", "date", "spent", "SPENT "]),
        ];
        for refused in twice {
            match refused {
                Err(ReadError::TwoColumns { field: "hours", headers, .. }) => assert_eq!(headers.len(), 2),
                other => panic!("{other:?}"),
            }
        }
        // Columns that nobody knows may be called alike.
        assert!(mapped(&[], &["timesheet_id", "date", "hours", "x", "x", "", ""]).is_ok());
    }

    #[test]
    fn the_job_may_send_a_canonical_name_to_another_field() {
        let columns = [("hours", "description"), ("description", "hours")];
        let mapping = mapped(&columns, &["timesheet_id", "date", "hours", "description"]).unwrap();
        assert_eq!((mapping.fields[field::HOURS], mapping.fields[field::DESCRIPTION]), (Some(3), Some(2)));
        let refused = mapped(&[("employee", "hours")], &["timesheet_id", "date", "hours"]);
        assert!(matches!(refused, Err(ReadError::MissingColumns { columns, .. }) if columns == ["hours"]));
    }

    #[test]
    fn all_missing_columns_are_named_at_once() {
        match mapped(&[], &["date;hours;timesheet_id"]) {
            Err(ReadError::MissingColumns { columns, found, .. }) => {
                assert_eq!(columns, ["timesheet_id", "date", "hours"]);
                assert_eq!(found, ["date;hours;timesheet_id"]);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_named_column_that_no_file_has_is_told() {
        let settings = settings(&[("hours", "Spent"), ("employee", "Who")]);
        let file = |headers: &[&str]| FileRead {
            input: Input::Timesheets,
            shown: "t.csv".to_owned(),
            rows: 0,
            bytes: 0,
            blake3: String::new(),
            columns: headers.iter().map(|header| ColumnUse { header: (*header).to_owned(), field: None }).collect(),
        };
        assert_eq!(not_found(&settings, &[file(&["spent"]), file(&["x"])]), [("employee", "Who".to_owned())]);
    }
}
