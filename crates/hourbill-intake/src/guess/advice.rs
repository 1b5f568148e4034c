//! F10: what a file that is no list of time entries lacks, and what to export instead.

use super::evidence::Table;
use super::words::Sense;
use crate::presets::folded;

/// Lists of programs that hold no hours of single entries: what all or some of their headers are, and what to export.
const INSTEAD: &[(&[&str], &[&str], &str)] = &[
    (
        &["total working hours"],
        &["hrs (time sheets)", "hours (time sheets)"],
        "it is ERPNext's list of Timesheets, which has the hours of whole sheets only: export `ID (Time Sheets)`, `From Time (Time Sheets)`, `Hours (Time Sheets)` and `Is Billable (Time Sheets)` as well",
    ),
    (
        &["id (time sheets)"],
        &["hrs (time sheets)", "hours (time sheets)"],
        "it is ERPNext's Timesheet without the hours of its rows: export `Hours (Time Sheets)` as well",
    ),
];

/// What to do with a file of a program that has no hours of single entries.
pub(super) fn instead(headers: &[String]) -> Option<String> {
    let has = |name: &str| headers.iter().any(|header| folded(header) == name);
    let found =
        INSTEAD.iter().find(|(all, none, _)| all.iter().all(|name| has(name)) && !none.iter().any(|name| has(name)));
    found.map(|(_, _, advice)| (*advice).to_owned())
}

/// A list of issues with what is planned for each.
pub(super) fn is_list_of_issues(headers: &[String]) -> bool {
    let has = |name: &str| headers.iter().any(|header| folded(header) == name);
    has("due date") && (has("priority") || has("% done"))
}

/// Which of what a timesheet needs a file lacks, and the nearest header for each.
pub(super) fn lacks(table: &Table<'_>, day: bool, hours: bool) -> String {
    let nearest = |senses: &[Sense]| {
        (0..table.columns()).find(|column| {
            let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
            meanings.iter().any(|(sense, _)| senses.contains(sense))
        })
    };
    let mut lacks = Vec::new();
    let mut lack = |what: &str, senses: &[Sense], cells: &str| {
        let near = nearest(senses).map_or_else(String::new, |column| {
            let odd = table.no_hours(column).filter(|_| cells == "hours");
            let such = odd.map_or_else(String::new, |(row, cell)| format!(", such as `{cell}` in row {row}"));
            format!(" (nearest is `{}`, whose cells are no {cells}{such})", table.name(column))
        });
        lacks.push(format!("{what}{near}"));
    };
    if !day {
        lack("a date or a start", &[Sense::Date, Sense::StartDate, Sense::Start], "dates");
    }
    if !hours {
        lack("hours, or a start and an end", &[Sense::Hours, Sense::Minutes, Sense::Seconds], "hours");
    }
    let headers: Vec<String> =
        (0..table.columns()).map(|column| format!("`{}`", table.name(column))).filter(|name| name != "``").collect();
    format!("a timesheet needs {}; its headers are {}", lacks.join(" and "), headers.join(", "))
}
