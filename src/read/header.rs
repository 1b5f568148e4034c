//! Which column of a file stands for which field (SPEC 2): the canonical name first, then the job's own mapping.

use super::{ColumnUse, ReadError};
use crate::inputs::Input;
use crate::job::InputSettings;

/// The columns of one file.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    /// By position of the field in the input: position of its column.
    pub fields: Vec<Option<usize>>,
    /// Every column of the file.
    pub columns: Vec<ColumnUse>,
}

/// Maps the headers of a file. A field with two columns, and a required field with none, are errors of the whole file.
pub(super) fn map(
    input: Input,
    settings: &InputSettings,
    headers: &[String],
    shown: &str,
) -> Result<Mapping, ReadError> {
    let mut fields = Vec::with_capacity(input.fields().len());
    let mut columns: Vec<ColumnUse> =
        headers.iter().map(|header| ColumnUse { header: header.clone(), field: None }).collect();
    for field in input.fields() {
        let found = columns_of(settings, headers, field.name);
        if let [_, _, ..] = found.as_slice() {
            let headers = found.iter().filter_map(|&at| headers.get(at)).cloned().collect();
            return Err(ReadError::TwoColumns { file: shown.to_owned(), field: field.name, headers });
        }
        let found = found.first().copied();
        if let Some(column) = found.and_then(|at| columns.get_mut(at)) {
            column.field = column.field.or(Some(field.name));
        }
        fields.push(found);
    }
    let missing = input.fields().iter().zip(&fields).filter(|(field, found)| field.required && found.is_none());
    let missing: Vec<&'static str> = missing.map(|(field, _)| field.name).collect();
    if missing.is_empty() {
        return Ok(Mapping { fields, columns });
    }
    Err(ReadError::MissingColumns { file: shown.to_owned(), line: None, columns: missing, found: headers.to_vec() })
}

/// Positions of the columns that bear the field's own name or the one that the job gives it. A column that the job gives to another field
/// does not count for the field whose name it bears.
fn columns_of(settings: &InputSettings, headers: &[String], field: &str) -> Vec<usize> {
    let mapped = settings.columns.get(field).map(String::as_str);
    let given_away = |header: &str| {
        let takes = |(other, name): (&&str, &String)| *other != field && same(name, header);
        settings.columns.iter().any(takes)
    };
    let bears = |header: &String| {
        let by_job = mapped.is_some_and(|name| same(name, header));
        by_job || (same(field, header) && !given_away(header))
    };
    headers.iter().enumerate().filter(|(_, header)| bears(header)).map(|(at, _)| at).collect()
}

/// Names are matched in any case, blanks around them left out.
pub(super) fn same(name: &str, header: &str) -> bool {
    name.trim().to_lowercase() == header.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::teams;

    fn map(columns: &[(&'static str, &str)], headers: &str) -> Result<Mapping, ReadError> {
        let columns = columns.iter().map(|(field, header)| (*field, (*header).to_owned())).collect();
        let settings = InputSettings { columns, ..InputSettings::default() };
        let headers: Vec<String> = headers.split(',').map(str::to_owned).collect();
        super::map(Input::Teams, &settings, &headers, "teams.csv")
    }

    #[test]
    fn names_match_in_any_case_and_order() {
        let mapping = map(&[], "Extra, TIME_BILLING ,team").unwrap();
        assert_eq!(mapping.fields[teams::TEAM], Some(2));
        assert_eq!(mapping.fields[teams::TIME_BILLING], Some(1));
        assert_eq!(mapping.fields[teams::TIMESHEETS], None);
        assert_eq!(mapping.columns[0].field, None);
        assert_eq!(mapping.columns[1].field, Some("time_billing"));
    }

    #[test]
    fn the_job_names_columns_the_canonical_name_does_not() {
        assert_eq!(map(&[("team", "Helpdesk Team")], "helpdesk team").unwrap().fields[teams::TEAM], Some(0));
        assert_eq!(map(&[("team", "Nowhere")], "team").unwrap().fields[teams::TEAM], Some(0));
        let swapped =
            map(&[("timesheets", "time_billing"), ("time_billing", "timesheets")], "team,timesheets,time_billing");
        assert_eq!(swapped.unwrap().fields[..3], [Some(0), Some(2), Some(1)]);
    }

    #[test]
    fn two_columns_for_one_field_or_none_for_a_required_one_are_errors() {
        assert!(matches!(map(&[], "team,Team"), Err(ReadError::TwoColumns { field: "team", .. })));
        let both = map(&[("team", "Group")], "team,Group");
        assert!(matches!(both, Err(ReadError::TwoColumns { field: "team", .. })));
        assert!(matches!(map(&[], "project"), Err(ReadError::MissingColumns { .. })));
    }
}
