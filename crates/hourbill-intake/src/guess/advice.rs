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
            let name = table.name(column);
            let Some(first) = table.filled(column).next() else {
                return format!(" (nearest is `{name}`, which is empty)");
            };
            let odd = if cells == "hours" { table.no_hours(column) } else { table.no_date(column) };
            let such = odd.map_or_else(
                || format!(", such as `{first}`"),
                |(row, cell)| format!(", such as `{cell}` in row {row}"),
            );
            format!(" (nearest is `{name}`, whose cells are no {cells}{such})")
        });
        lacks.push(format!("{what}{near}"));
    };
    if !day {
        lack("a date or a start", &[Sense::Date, Sense::StartDate, Sense::Start], "dates");
    }
    if !hours {
        let of_hours = [Sense::Hours, Sense::Minutes, Sense::Seconds, Sense::Days];
        // Without hours it may be the times that cannot be read.
        match nearest(&of_hours) {
            None if nearest(&[Sense::Start]).is_some() => {
                lack("hours, or a start and an end", &[Sense::Start], "times of day")
            }
            _ => lack("hours, or a start and an end", &of_hours, "hours"),
        }
    }
    let headers: Vec<String> =
        (0..table.columns()).map(|column| format!("`{}`", table.name(column))).filter(|name| name != "``").collect();
    format!("a timesheet needs {}; its headers are {}", lacks.join(" and "), headers.join(", "))
}

/// Days of the week in headers, as whole words.
const WEEKDAYS: [&str; 7] = [
    "mon, monday, mo, montag, lun, lundi, lunes, maandag, ma, lunedi",
    "tue, tues, tuesday, di, dienstag, mar, mardi, martes, dinsdag, martedi",
    "wed, wednesday, mi, mittwoch, mer, mercredi, mie, miercoles, woensdag, wo, mercoledi",
    "thu, thur, thurs, thursday, do, donnerstag, jeu, jeudi, jue, jueves, donderdag, gio, giovedi",
    "fri, friday, fr, freitag, ven, vendredi, vie, viernes, vrijdag, vr, venerdi",
    "sat, saturday, sa, samstag, sam, samedi, sab, sabado, zaterdag, za, sabato",
    "sun, sunday, so, sonntag, dim, dimanche, dom, domingo, zondag, zo, domenica",
];
/// So many columns of days make a grid.
const DAYS_MIN: usize = 3;

/// The day that a header stands for: one of the week, or a date.
fn day_of(header: &str) -> Option<String> {
    let folded = super::fold::fold(header);
    let first = folded.split(' ').next().unwrap_or_default();
    let weekday = WEEKDAYS.iter().position(|words| words.split(", ").any(|word| word == first));
    let digits = |part: &str| part.len() <= 4 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = header.trim().split(['-', '.', '/']).filter(|part| !part.is_empty()).collect();
    let is_date = (2..=3).contains(&parts.len()) && parts.iter().all(|part| digits(part.trim()));
    match weekday {
        Some(_) => Some(folded),
        None => is_date.then_some(folded),
    }
}

/// A grid: a column for each day, with hours in it. It names no entry, and a row stands for several days.
pub(super) fn grid(table: &Table<'_>) -> Option<String> {
    let has_hours =
        |column: &usize| table.is_empty(*column) || table.hours(*column, crate::job::HoursUnit::Hours).is_some();
    let days: Vec<(usize, String)> =
        (0..table.columns()).filter_map(|column| Some((column, day_of(table.name(column))?))).collect();
    let columns: Vec<usize> = days.iter().map(|(column, _)| *column).filter(has_hours).collect();
    let different: std::collections::BTreeSet<&String> = days.iter().map(|(_, day)| day).collect();
    let filled = columns.iter().any(|column| !table.is_empty(*column));
    let (first, last) = (columns.first()?, columns.last()?);
    (filled && columns.len() >= DAYS_MIN && different.len() >= DAYS_MIN).then(|| {
        format!(
            "it is a grid with a column for each day (`{}` to `{}`), and not a row for each entry: export the detailed report or the list of entries, in which each row has its date and its hours",
            table.name(*first),
            table.name(*last)
        )
    })
}
