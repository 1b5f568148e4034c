//! What `check` says about the inputs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grid::{Align, Grid};
use super::layout::{count, counted, hours, shortened, wrapped};
use super::receipt_parts::{findings, quarantine};
use crate::finding::Findings;
use crate::inputs::Input;
use crate::job::Settings;
use crate::quantity::HoursSum;
use crate::read::FileRead;
use crate::run::{Intake, Survey, Surveyed, sampled_findings, sampled_rows};

const HEADER_WIDTH: usize = 36;

/// Nothing is written: there is no table to look into.
const REST: &str = "told by `check --format json`";

pub fn text(intake: &Intake, settings: &Settings, surveys: &[(Input, Survey)]) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("input", left), ("file", left), ("rows", right), ("bytes", right)]);
    for file in &intake.files {
        grid.row(&[file.input.name().to_owned(), file.shown.clone(), count(file.rows), count(file.bytes)]);
    }
    let mut text = grid.text();
    for (input, survey) in surveys {
        text.push('\n');
        text.push_str(&columns(intake, *input, survey));
        for note in survey.iter().filter_map(Surveyed::may_count_days) {
            text.push_str(&wrapped("  not sure: ", &note));
        }
    }
    for file in &intake.files {
        if file.left_out > 0 {
            let rows = counted(file.left_out, "row");
            text.push_str(&wrapped("  ", &format!("{}: {rows} that are no data", file.shown)));
        }
        if !file.not_timesheets.is_empty() {
            let rows = counted(file.not_timesheets.values().sum(), "row");
            text.push_str(&wrapped("  ", &format!("{}: {rows} that are no timesheets", file.shown)));
        }
        let ignored = ignored(file);
        if !ignored.is_empty() {
            text.push_str(&wrapped("  ", &format!("{}: columns not used: {}", file.shown, ignored.join(", "))));
        }
    }
    let (rows, sum) = (intake.totals.rows, hours(intake.totals.hours));
    text.push_str(&format!("\n{} with {sum} h", counted(rows, "entry")));
    if let Some((from, to)) = dates(intake) {
        text.push_str(&format!(", dated {from} to {to}"));
    }
    text.push('\n');
    let rejected = sampled_rows(&intake.rejected, &|row| intake.place(row.place, row.line));
    let parts = [
        quarantine((intake.rejected.len() as u64, intake.waived), &rejected, settings, REST),
        findings(&sampled_findings(Findings::new(&intake.findings)), &|_| true, REST),
    ];
    for part in parts {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(&part);
        }
    }
    if intake.rejected.is_empty() {
        text.push_str("\nno row has to be set aside\n");
    }
    text
}

/// Which column stands for which field, and what stands there.
fn columns(intake: &Intake, input: Input, survey: &Survey) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid =
        Grid::new(&[(input.name(), Align::Id), ("column", left), ("empty", right), ("what stands there", left)]);
    let mut rows: Vec<(&str, String, &Surveyed)> = Vec::new();
    for (field, column) in input.fields().iter().zip(survey) {
        let from = headers(intake, input, field.name);
        if !from.is_empty() {
            rows.push((field.name, shortened(&from.join(", "), HEADER_WIDTH), column));
        } else if column.filled > 0 {
            rows.push((field.name, "(constant)".to_owned(), column));
        }
    }
    for (field, from, column) in rows {
        grid.row(&[field.to_owned(), from, empty(column), said(column)]);
    }
    grid.text()
}

/// The headers that stand for a field in the files of an input, each once.
fn headers(intake: &Intake, input: Input, field: &str) -> Vec<String> {
    let mut headers: Vec<String> = Vec::new();
    let columns = intake.files.iter().filter(|file| file.input == input).flat_map(|file| &file.columns);
    for column in columns.filter(|column| column.field == Some(field)) {
        if !headers.contains(&column.header) {
            headers.push(column.header.clone());
        }
    }
    headers
}

fn empty(column: &Surveyed) -> String {
    match column.rows {
        0 => String::new(),
        rows => {
            let tenths = (rows - column.filled) * 1_000 / rows;
            // Few is not none.
            let tenths = if tenths == 0 && column.filled < rows { 1 } else { tenths };
            if tenths == 0 { "-".to_owned() } else { format!("{}.{} %", tenths / 10, tenths % 10) }
        }
    }
}

fn said(column: &Surveyed) -> String {
    if !column.words.is_empty() {
        let words = column.words.iter().map(|(word, times)| format!("{word} {}", count(*times)));
        return words.collect::<Vec<_>>().join(", ");
    }
    match &column.range {
        Some((from, to)) => format!("{from} to {to}"),
        None => column.samples.join(", "),
    }
}

/// First and last date of the usable entries.
fn dates(intake: &Intake) -> Option<(crate::calendar::Date, crate::calendar::Date)> {
    let entries = intake.world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter());
    entries.filter(|entry| entry.usable()).filter_map(|entry| entry.date()).fold(None, |dates, date| {
        let (from, to) = dates.unwrap_or((date, date));
        Some((from.min(date), to.max(date)))
    })
}

fn ignored(file: &FileRead) -> Vec<String> {
    let unused = file.columns.iter().filter(|column| column.field.is_none());
    unused.map(|column| format!("`{}`", column.header)).collect()
}

pub fn json(intake: &Intake, surveys: &[(Input, Survey)]) -> Value {
    let surveyed: Vec<Value> = surveys
        .iter()
        .flat_map(|(input, survey)| input.fields().iter().zip(survey).map(|(field, column)| (*input, field, column)))
        .filter(|(input, field, column)| column.filled > 0 || !headers(intake, *input, field.name).is_empty())
        .map(|(input, field, column)| {
            let mut told = json!({
                "input": input.name(),
                "field": field.name,
                "columns": headers(intake, input, field.name),
                "rows": column.rows,
                "filled": column.filled,
                "samples": column.samples,
                "from": column.range.map(|(from, _)| from.to_string()),
                "to": column.range.map(|(_, to)| to.to_string()),
                "words": column.words,
            });
            if let (Some(note), Some(told)) = (column.may_count_days(), told.as_object_mut()) {
                told.insert("unsure".to_owned(), note.into());
            }
            told
        })
        .collect();
    let totals = &intake.totals;
    json!({
        "files": files_json(intake),
        "mapping": surveyed,
        "entries": {"rows": totals.rows, "hours": HoursSum::to_string(&totals.hours), "unreadable_hours_rows": totals.unreadable_hours_rows},
        "inputs": Input::ALL.map(Input::name),
        "quarantine": quarantine_json(intake),
        "findings": findings_json(intake),
    })
}

fn files_json(intake: &Intake) -> Vec<Value> {
    intake
        .files
        .iter()
        .map(|file| {
            let columns: BTreeMap<&str, &str> =
                file.columns.iter().filter_map(|column| Some((column.field?, column.header.as_str()))).collect();
            let ignored: Vec<&str> = file
                .columns
                .iter()
                .filter(|column| column.field.is_none())
                .map(|column| column.header.as_str())
                .collect();
            json!({
                "input": file.input.name(),
                "file": file.shown,
                "rows": file.rows,
                "left_out": file.left_out,
                "not_timesheets": file.not_timesheets.values().sum::<u64>(),
                "bytes": file.bytes,
                "blake3": file.blake3,
                "columns": columns,
                "ignored_columns": ignored,
            })
        })
        .collect()
}

fn quarantine_json(intake: &Intake) -> Vec<Value> {
    intake
        .rejected
        .iter()
        .map(|row| {
            let errors: Vec<Value> = row
                .errors
                .iter()
                .map(|error| {
                    json!({"code": error.code.name(), "column": error.column, "message": error.message, "value": error.value})
                })
                .collect();
            let file = intake.file_name(row.place.file);
            json!({
                "input": row.input.name(),
                "file": file,
                "row": row.place.row,
                "line": row.line,
                "errors": errors,
                "record": row.record,
            })
        })
        .collect()
}

fn findings_json(intake: &Intake) -> Vec<Value> {
    intake
        .findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code.name(),
                "severity": finding.code.severity().name(),
                "subject_kind": finding.subject.name(),
                "subject_id": finding.id,
                "message": finding.message,
            })
        })
        .collect()
}
