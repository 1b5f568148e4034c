//! What `check` says about the inputs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::layout::{Align, Grid, count, counted, hours};
use crate::finding::{Code, Rejected};
use crate::inputs::Input;
use crate::quantity::HoursSum;
use crate::read::FileRead;
use crate::run::Intake;

/// Rejected rows told one by one for each code.
const TOLD: usize = 5;

pub fn text(intake: &Intake) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let mut grid = Grid::new(&[("input", left), ("file", left), ("rows", right), ("bytes", right), ("", left)]);
    for file in &intake.files {
        let ignored = ignored(file);
        let ignored =
            if ignored.is_empty() { String::new() } else { format!("columns ignored: {}", ignored.join(", ")) };
        grid.row(&[file.input.name().to_owned(), file.shown.clone(), count(file.rows), count(file.bytes), ignored]);
    }
    let mut text = grid.text();
    let (rows, sum) = (intake.totals.rows, hours(intake.totals.hours));
    text.push_str(&format!("\n{} with {sum} h read", if rows == 1 { "1 entry".to_owned() } else { format!("{} entries", count(rows)) }));
    if let Some((from, to)) = dates(intake) {
        text.push_str(&format!(", dated {from} to {to}"));
    }
    text.push('\n');
    if intake.rejected.is_empty() {
        text.push_str("no row has to be set aside\n");
    } else {
        text.push_str(&format!("{} to be set aside\n", counted(intake.rejected.len() as u64, "row")));
        text.push_str(&rejected(intake));
    }
    for finding in intake.findings.iter().take(4 * TOLD) {
        text.push_str(&format!("{}: {}\n", finding.code, finding.message));
    }
    match intake.findings.len().saturating_sub(4 * TOLD) {
        0 => {}
        more => text.push_str(&format!("and {more} more findings\n")),
    }
    text
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

/// Rejected rows by code, the first of each in full.
fn rejected(intake: &Intake) -> String {
    let mut by_code: BTreeMap<Code, Vec<(&Rejected, &str)>> = BTreeMap::new();
    for row in &intake.rejected {
        for error in &row.errors {
            by_code.entry(error.code).or_default().push((row, &error.message));
        }
    }
    let mut text = String::new();
    for (code, rows) in by_code {
        text.push_str(&format!("{code}: {}\n", count(rows.len() as u64)));
        for (row, message) in rows.iter().take(TOLD) {
            let place = intake.place(row.place, row.line);
            text.push_str(&format!("  {place}: {message}\n"));
        }
        if rows.len() > TOLD {
            text.push_str(&format!("  and {} more\n", rows.len() - TOLD));
        }
        text.push_str(&format!("  hint: {}\n", code.hint()));
    }
    text
}

pub fn json(intake: &Intake) -> Value {
    let files: Vec<Value> = intake
        .files
        .iter()
        .map(|file| {
            let columns: BTreeMap<&str, &str> =
                file.columns.iter().filter_map(|column| Some((column.field?, column.header.as_str()))).collect();
            let ignored: Vec<&str> =
                file.columns.iter().filter(|column| column.field.is_none()).map(|column| column.header.as_str()).collect();
            json!({
                "input": file.input.name(),
                "file": file.shown,
                "rows": file.rows,
                "bytes": file.bytes,
                "blake3": file.blake3,
                "columns": columns,
                "ignored_columns": ignored,
            })
        })
        .collect();
    let rejected: Vec<Value> = intake
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
        .collect();
    let findings: Vec<Value> = intake
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
        .collect();
    let totals = &intake.totals;
    json!({
        "files": files,
        "entries": {"rows": totals.rows, "hours": HoursSum::to_string(&totals.hours), "unreadable_hours_rows": totals.unreadable_hours_rows},
        "inputs": Input::ALL.map(Input::name),
        "quarantine": rejected,
        "findings": findings,
    })
}
