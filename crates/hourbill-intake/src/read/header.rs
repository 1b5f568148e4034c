//! Which column of a file stands for which field of an input (§2.4).

use std::collections::HashSet;

use super::treat::{Treatment, Treatments};
use super::{ColumnUse, ReadError};
use crate::alias::Key;
use crate::inputs::{Input, Meaning};
use crate::job::{DecimalMark, InputSettings};
use crate::presets::{Derived, How, Names, Shape};

/// The columns of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Position of the column of each field, by the field's position in [`Input::fields`]; behind them the columns by which other
    /// files may name the record of a row.
    pub fields: Vec<Option<usize>>,
    /// Every column in the order of the file, and behind them those that are made of others.
    pub columns: Vec<ColumnUse>,
    /// What is done with cells before they are read; `None` where nothing is.
    pub treatments: Option<Treatments>,
    /// Set where rows cannot be read one by one.
    pub whole: Option<Whole>,
}

/// What has to be done with the rows of a file as a whole.
#[derive(Debug)]
pub(super) struct Whole {
    pub shape: Option<&'static Shape>,
    /// Each column that is made of others, and the positions of those others.
    pub derived: Vec<(How, Vec<usize>)>,
    /// How ids are made, where they are.
    pub made: Option<MadeIds>,
    /// F8: columns of which an empty cell is that of the row above.
    pub fill_down: Vec<usize>,
    /// F8: columns, and the trimmed cell that leaves a row out.
    pub skip: Vec<(Vec<usize>, String)>,
    /// Of texts of the file.
    pub decimal: DecimalMark,
}

/// How ids are made in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MadeIds {
    /// The columns that make the key.
    pub from: Vec<usize>,
    /// What the ids begin with.
    pub prefix: &'static str,
    /// The column that holds the ids. The file's own columns stand before it.
    pub column: usize,
}

impl PartialEq for Whole {
    fn eq(&self, other: &Whole) -> bool {
        let same = match (self.shape, other.shape) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let rows = self.skip == other.skip && self.fill_down == other.fill_down;
        same && rows && self.derived == other.derived && self.made == other.made
    }
}

impl Eq for Whole {}

/// What ids begin with that are made of cells of a file without a preset.
const MADE_PREFIX: &str = "row";

/// Columns of one file: as many as a sheet may have. Each is held against the names of each field.
const COLUMNS_MAX: usize = 1 << 14;

/// How well a header stands for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// The job names it, or it is the canonical name.
    Said,
    /// The preset knows it; the lower, the better.
    Preset(usize),
}

/// Finds the field of each column. A column is known by its canonical name, unless the job names its header for another field; two
/// columns for one field, or none for a required one, are errors of the whole file, whichever of the two was meant. What a preset
/// knows comes last, and there the better of two names wins.
pub(super) fn map(
    input: Input,
    settings: &InputSettings,
    headers: &[String],
    shown: &str,
) -> Result<Mapping, ReadError> {
    if headers.len() > COLUMNS_MAX {
        let (file, columns) = (shown.to_owned(), headers.len());
        return Err(ReadError::TooManyColumns { file, columns, columns_max: COLUMNS_MAX });
    }
    let shape = settings.preset.and_then(|preset| preset.shape(input, headers));
    let mut columns = Columns::of(headers);
    let mut fields: Vec<Option<usize>> = Vec::with_capacity(input.fields().len());
    let mut of_fields: Vec<Treatment> = Vec::new();
    for (at, field) in input.fields().iter().enumerate() {
        // The job says what the id is made of, whatever else might stand for it.
        let pinned = at == 0 && !settings.id_from.is_empty();
        let joined = joined(settings, field.name, headers);
        // A sum that lacks one of its parts is another figure.
        let parts = settings.joined.get(field.name).filter(|_| field.meaning == Meaning::Hours);
        if parts.is_some_and(|parts| joined.as_ref().is_none_or(|(_, from)| from.len() < parts.len())) {
            let file = shown.to_owned();
            return Err(ReadError::MissingColumns { file, columns: vec![field.name], found: headers.to_vec() });
        }
        let claims = if pinned || joined.is_some() { Vec::new() } else { claims(input, settings, shape, at, headers) };
        let winner = claims.iter().min_by_key(|claim| claim.claim);
        let repeated = winner.map_or(Ok(Vec::new()), |winner| repeated(&claims, winner, headers));
        let repeated =
            repeated.map_err(|headers| ReadError::TwoColumns { file: shown.to_owned(), field: field.name, headers })?;
        let mut treatment = Treatment::new(settings, shape, field.name);
        let column = match winner {
            Some(winner) if !repeated.is_empty() => {
                let header = headers.get(winner.column).cloned().unwrap_or_default();
                treatment.of_column(winner.key, winner.empty);
                Some(columns.derive(field.name, header, How::FirstFilled, repeated))
            }
            Some(winner) => {
                columns.take(field.name, winner.column);
                treatment.of_column(winner.key, winner.empty);
                Some(winner.column)
            }
            None if joined.is_some() => {
                let (header, from) = joined.unwrap_or_default();
                let how = if field.meaning == Meaning::Hours { How::Summed } else { How::Joined };
                Some(columns.derive(field.name, header, how, from))
            }
            None if pinned => Some(columns.derive(field.name, settings.id_from.join(" + "), How::RowId, Vec::new())),
            None => match derivation(shape, field.name, headers) {
                Some((derivation, from)) => {
                    let names: Vec<&str> = from.iter().filter_map(|at| headers.get(*at)).map(String::as_str).collect();
                    Some(columns.derive(field.name, names.join(" + "), derivation.how, from))
                }
                None => {
                    treatment.empty = settings.constants.get(field.name).cloned();
                    None
                }
            },
        };
        fields.push(column);
        of_fields.push(treatment);
    }
    let lacking = lacking(input, settings, &fields);
    if !lacking.is_empty() {
        return Err(ReadError::MissingColumns { file: shown.to_owned(), columns: lacking, found: headers.to_vec() });
    }
    let others = other_names(shape, headers);
    let keys: Vec<Key> = others.iter().map(|(key, _)| *key).collect();
    fields.extend(others.iter().map(|(_, column)| Some(*column)));
    let treated = settings.preset.is_some() || of_fields.iter().any(Treatment::does_something);
    let treatments =
        treated.then_some(Treatments { of_fields, others: keys, analytic: shape.is_some_and(|shape| shape.analytic) });
    let Columns { columns, derived, .. } = columns;
    let made = made_ids(input, settings, headers, &fields, &derived, shown)?;
    let whole = whole(settings, shape, headers, (derived, made));
    Ok(Mapping { fields, columns, treatments, whole })
}

/// What has to be done with the rows of a file as a whole, where anything has.
fn whole(
    settings: &InputSettings,
    shape: Option<&'static Shape>,
    headers: &[String],
    (derived, made): (Vec<(How, Vec<usize>)>, Option<MadeIds>),
) -> Option<Whole> {
    let skip = skipped_by(settings, headers);
    let named = |header: &String| settings.fill_down.iter().any(|name| same(name, header));
    let fill_down: Vec<usize> = (0..).zip(headers).filter(|(_, header)| named(header)).map(|(at, _)| at).collect();
    let of_rows = !skip.is_empty() || !fill_down.is_empty();
    let whole = !derived.is_empty() || of_rows || shape.is_some_and(|shape| shape.needs_whole_rows(headers));
    whole.then_some(Whole { shape, derived, made, fill_down, skip, decimal: settings.decimal })
}

/// The columns of a file while fields are given theirs: those of its header, behind them those that are made of others.
struct Columns {
    columns: Vec<ColumnUse>,
    derived: Vec<(How, Vec<usize>)>,
    taken: HashSet<usize>,
}

impl Columns {
    fn of(headers: &[String]) -> Columns {
        let of_header = |header: &String| ColumnUse { header: header.clone(), field: None };
        Columns { columns: headers.iter().map(of_header).collect(), derived: Vec::new(), taken: HashSet::new() }
    }

    /// What a column is used for is told of the first field that takes it.
    fn take(&mut self, field: &'static str, at: usize) {
        if let Some(column) = self.columns.get_mut(at)
            && self.taken.insert(at)
        {
            column.field = Some(field);
        }
    }

    /// Where the new column stands.
    fn derive(&mut self, field: &'static str, header: String, how: How, from: Vec<usize>) -> usize {
        self.columns.push(ColumnUse { header, field: Some(field) });
        self.derived.push((how, from));
        self.columns.len() - 1
    }
}

/// The columns with as good a claim as the best, where there are several. Those of one name are one column of several values; others are
/// an error, with their headers.
fn repeated(claims: &[Claimed], winner: &Claimed, headers: &[String]) -> Result<Vec<usize>, Vec<String>> {
    let tied = claims.iter().filter(|claim| claim.claim == winner.claim);
    let tied: Vec<usize> = tied.map(|claim| claim.column).collect();
    if tied.len() < 2 {
        return Ok(Vec::new());
    }
    let of = |column: usize| headers.get(column).map_or("", String::as_str);
    if tied.iter().all(|column| same(of(*column), of(winner.column))) {
        return Ok(tied);
    }
    Err(tied.iter().map(|column| of(*column).to_owned()).collect())
}

/// Required fields that nothing fills.
fn lacking(input: Input, settings: &InputSettings, fields: &[Option<usize>]) -> Vec<&'static str> {
    let constant = |field: &str| settings.constants.contains_key(field);
    let lacking = input
        .fields()
        .iter()
        .zip(fields)
        .filter(|(field, column)| field.required && column.is_none() && !constant(field.name))
        // F2: which column it is has been asked.
        .filter(|(field, _)| !settings.open.iter().any(|open| open.strip_prefix("columns.") == Some(field.name)))
        .filter(|(field, _)| !worked_out(input, field.name, fields));
    lacking.map(|(field, _)| field.name).collect()
}

/// F5: a field of timesheets that two others say: hours by start and end, the date by the start.
fn worked_out(input: Input, field: &str, fields: &[Option<usize>]) -> bool {
    use crate::inputs::timesheets::{ENDED_AT, STARTED_AT};
    let there = |field: usize| matches!(fields.get(field), Some(Some(_)));
    input == Input::Timesheets
        && match field {
            "hours" => there(STARTED_AT) && there(ENDED_AT),
            "date" => there(STARTED_AT),
            _ => false,
        }
}

/// Whether headers may be those of the input: what could be wrong beside its columns does not make them another thing.
pub(super) fn fits(input: Input, settings: &InputSettings, headers: &[String]) -> bool {
    !matches!(map(input, settings, headers, ""), Err(ReadError::MissingColumns { .. }))
}

/// The columns whose cells the job joins for a field; `None` where it joins none, or the file has none of them.
fn joined(settings: &InputSettings, field: &str, headers: &[String]) -> Option<(String, Vec<usize>)> {
    let named = settings.joined.get(field)?;
    let there = |name: &String| headers.iter().position(|header| same(name, header));
    let from: Vec<usize> = named.iter().filter_map(there).collect();
    (!from.is_empty()).then(|| (named.join(" + "), from))
}

/// Which columns make the ids of the rows, where there are such.
fn made_ids(
    input: Input,
    settings: &InputSettings,
    headers: &[String],
    fields: &[Option<usize>],
    derived: &[(How, Vec<usize>)],
    shown: &str,
) -> Result<Option<MadeIds>, ReadError> {
    let (Some(Some(column)), Some((_, known))) = (fields.first(), derived.iter().find(|(how, _)| *how == How::RowId))
    else {
        return Ok(None);
    };
    let prefix = settings.preset.map_or(MADE_PREFIX, |preset| preset.name);
    let mut from = known.clone();
    let mut missing: Vec<String> = Vec::new();
    for part in &settings.id_from {
        let field = input.fields().iter().position(|field| field.name == part);
        let of_field = field.and_then(|field| fields.get(field).copied().flatten());
        match of_field.or_else(|| headers.iter().position(|header| same(part, header))) {
            Some(part) => from.push(part),
            None => missing.push(part.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(ReadError::MissingIdParts { file: shown.to_owned(), parts: missing, found: headers.to_vec() });
    }
    Ok(Some(MadeIds { from, prefix, column: *column }))
}

/// F8: columns by which rows are left out. A header that a file does not have leaves none of its rows out.
fn skipped_by(settings: &InputSettings, headers: &[String]) -> Vec<(Vec<usize>, String)> {
    // Columns of one name are one column, of which the first filled cell counts.
    let columns = |name: &str| -> Vec<usize> {
        headers.iter().enumerate().filter(|(_, header)| same(name, header)).map(|(at, _)| at).collect()
    };
    let skip = settings.skip.iter().map(|(name, cell)| (columns(name), cell.trim().to_owned()));
    skip.filter(|(columns, _)| !columns.is_empty()).collect()
}

/// A column that may stand for a field.
struct Claimed {
    column: usize,
    claim: Claim,
    key: Key,
    empty: Option<&'static str>,
}

fn claims(
    input: Input,
    settings: &InputSettings,
    shape: Option<&'static Shape>,
    at: usize,
    headers: &[String],
) -> Vec<Claimed> {
    let Some(field) = input.fields().get(at) else { return Vec::new() };
    // What was asked about by its header stands for nothing but what the job answers (F2).
    let ignored = |header: &str| settings.ignore.iter().chain(&settings.asked).any(|ignored| same(ignored, header));
    let claimed = |(column, header): (usize, &String)| {
        // What the job names for a field stands for that one, and for none by its own name.
        let said_here = settings.columns.get(field.name).is_some_and(|named| same(named, header));
        if ignored(header) && !said_here {
            return None;
        }
        let known = shape.and_then(|shape| shape.known(header).find(|known| known.column.field == field.name));
        let (key, empty) = known.map_or((Key::Plain, None), |known| (known.key, known.column.empty));
        let claim = match said_for(input, settings, header) {
            // F8: one column may fill several fields.
            _ if said_here => Claim::Said,
            // F2: a column that answers what was asked beats one of the field's own name.
            Some(said) if said == field.name && answers(settings, field.name) => return None,
            Some(said) if said == field.name => Claim::Said,
            // F8: a column has its own name and may still fill another field too, unless the job names another one for its own.
            Some(_) if same(field.name, header) && !settings.columns.contains_key(field.name) => Claim::Said,
            // Said of another field.
            Some(_) if settings.columns.values().any(|named| same(named, header)) => return None,
            _ => Claim::Preset(known?.rank),
        };
        Some(Claimed { column, claim, key, empty })
    };
    headers.iter().enumerate().filter_map(claimed).collect()
}

/// The job names the column of a field because `init` asked which it is.
fn answers(settings: &InputSettings, field: &str) -> bool {
    settings.columns.contains_key(field)
        && settings.asked.iter().any(|asked| asked.strip_prefix("columns.") == Some(field))
}

/// The field that a header stands for by what the job says of it, or else by what it says itself.
fn said_for(input: Input, settings: &InputSettings, header: &str) -> Option<&'static str> {
    let mapped = settings.columns.iter().find(|(_, named)| same(named, header)).map(|(field, _)| *field);
    mapped.or_else(|| input.fields().iter().map(|field| field.name).find(|name| same(name, header)))
}

/// How a field is made of columns that are there: all that make a name, at least two of those that make an id.
fn derivation(
    shape: Option<&'static Shape>,
    field: &str,
    headers: &[String],
) -> Option<(&'static Derived, Vec<usize>)> {
    let derived = shape?.derived.iter().find(|derived| derived.field == field)?;
    let there = |names: &&[&str]| names.iter().find_map(|name| headers.iter().position(|header| same(name, header)));
    let from: Vec<usize> = derived.from.iter().filter_map(there).collect();
    let enough = match derived.how {
        How::Joined | How::Summed | How::FirstFilled => !from.is_empty(),
        How::RowId => from.len() >= 2,
    };
    enough.then_some((derived, from))
}

/// Columns that give the id of a row in one of the ways in which other files may name it.
fn other_names(shape: Option<&'static Shape>, headers: &[String]) -> Vec<(Key, usize)> {
    let Some(shape) = shape else { return Vec::new() };
    let known = |(column, header): (usize, &String)| {
        let own = shape.known(header).find(|known| matches!(known.column.names, Names::Own { .. }))?;
        Some((own.key, column))
    };
    headers.iter().enumerate().filter_map(known).collect()
}

pub(super) fn same(name: &str, header: &str) -> bool {
    let (name, header) = (name.trim(), header.trim());
    // Nearly all: files have a header for each of hundreds of names that are looked for.
    if name.is_ascii() && header.is_ascii() {
        return name.eq_ignore_ascii_case(header);
    }
    name.to_lowercase() == header.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::inputs::timesheets as field;

    fn settings(columns: &[(&'static str, &str)]) -> InputSettings {
        InputSettings {
            columns: columns.iter().map(|(field, header)| (*field, (*header).to_owned())).collect::<BTreeMap<_, _>>(),
            ..InputSettings::default()
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
        match mapped(&[("hours", "Spent")], &["timesheet_id", "date", "hours", "spent"]) {
            Err(ReadError::TwoColumns { field: "hours", headers, .. }) => assert_eq!(headers.len(), 2),
            other => panic!("{other:?}"),
        }
        // Those of one name are one.
        for of_one_name in [
            mapped(&[], &["timesheet_id", "date", "hours", "Hours"]),
            mapped(&[("hours", "Spent")], &["timesheet_id", "date", "spent", "SPENT "]),
        ] {
            let mapping = of_one_name.unwrap();
            assert_eq!(mapping.fields[field::HOURS], Some(4));
            assert_eq!(mapping.whole.unwrap().derived, [(How::FirstFilled, vec![2, 3])]);
        }
        // Columns that nobody knows may be called alike.
        assert!(mapped(&[], &["timesheet_id", "date", "hours", "x", "x", "", ""]).is_ok());
    }

    /// F8: `Company` may be the client and not who bills.
    #[test]
    fn a_column_that_is_named_and_ignored_stands_for_what_it_is_named_for_alone() {
        let headers = ["timesheet_id", "date", "hours", "Company"].map(str::to_owned);
        let mut settings = settings(&[("customer_id", "Company")]);
        let both = map(Input::Timesheets, &settings, &headers, "t.csv").unwrap();
        assert_eq!((both.fields[field::CUSTOMER_ID], both.fields[field::COMPANY]), (Some(3), Some(3)));
        settings.ignore = vec!["company".to_owned()];
        let one = map(Input::Timesheets, &settings, &headers, "t.csv").unwrap();
        assert_eq!((one.fields[field::CUSTOMER_ID], one.fields[field::COMPANY]), (Some(3), None));
    }

    /// F2: a status that `init` asked about leaves rows out, and says nothing else.
    #[test]
    fn a_column_that_was_asked_about_stands_for_its_answer_alone() {
        let headers = ["timesheet_id", "date", "hours", "Status"].map(str::to_owned);
        let mut settings = settings(&[]);
        assert_eq!(map(Input::Timesheets, &settings, &headers, "t.csv").unwrap().fields[field::STATUS], Some(3));
        settings.asked = vec!["Status".to_owned()];
        assert_eq!(map(Input::Timesheets, &settings, &headers, "t.csv").unwrap().fields[field::STATUS], None);
        settings.columns.insert("status", "Status".to_owned());
        assert_eq!(map(Input::Timesheets, &settings, &headers, "t.csv").unwrap().fields[field::STATUS], Some(3));
    }

    /// F5: a sum without one of its parts is no sum.
    #[test]
    fn columns_that_are_added_have_to_be_there() {
        let settings = InputSettings {
            joined: [("hours", vec!["Hours".to_owned(), "Minutes".to_owned()])].into(),
            ..InputSettings::default()
        };
        let headers = ["timesheet_id", "date", "hours", "minutes"].map(str::to_owned);
        let mapping = map(Input::Timesheets, &settings, &headers, "t.csv").unwrap();
        assert_eq!(mapping.whole.unwrap().derived, [(How::Summed, vec![2, 3])]);
        let lacks = map(Input::Timesheets, &settings, &headers[..3], "t.csv");
        assert!(matches!(lacks, Err(ReadError::MissingColumns { columns, .. }) if columns == ["hours"]));
    }

    #[test]
    fn the_job_may_send_a_canonical_name_to_another_field() {
        let columns = [("hours", "description"), ("description", "hours")];
        let mapping = mapped(&columns, &["timesheet_id", "date", "hours", "description"]).unwrap();
        assert_eq!((mapping.fields[field::HOURS], mapping.fields[field::DESCRIPTION]), (Some(3), Some(2)));
        // It keeps its own as well, unless that has another column.
        let mapping = mapped(&[("employee", "hours")], &["timesheet_id", "date", "hours"]).unwrap();
        assert_eq!((mapping.fields[field::HOURS], mapping.fields[field::EMPLOYEE]), (Some(2), Some(2)));
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
}
