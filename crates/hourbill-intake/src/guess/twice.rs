//! A detailed report and a summary of it side by side: the same hours twice. Only the detailed one is read.

use std::collections::BTreeMap;

use super::evidence::Table;
use super::{Guess, column_of};
use crate::inputs::Input;
use crate::quantity::HoursSum;
use crate::read::Look;

/// Each row may have been rounded to a hundredth of an hour or to a minute.
const SLACK: i128 = 60_000_000;

/// Hours by client and project, as far as both files name them.
type Sums = BTreeMap<Vec<String>, HoursSum>;

/// Leaves files out that have other columns than another one and the same hours for the same clients and projects; each with why.
pub(super) fn summaries(files: &mut Vec<(&Look, Guess)>) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let mut at = 0;
    while at < files.len() {
        let fuller = (0..files.len()).find(|other| *other != at && sums_up(files, at, *other));
        match fuller.and_then(|other| files.get(other)).map(|(_, fuller)| fuller.title()) {
            Some(fuller) => {
                let (_, guess) = files.remove(at);
                let why = format!(
                    "it has the hours of `{fuller}`, summed: only one of the two can be billed; name `{}` alone to bill that one",
                    guess.shown
                );
                told.push((guess.title(), why));
            }
            None => at += 1,
        }
    }
    told
}

/// Whether a file says in fewer words what another one says.
fn sums_up(files: &[(&Look, Guess)], at: usize, other: usize) -> bool {
    let (Some((look, guess)), Some((fuller_look, fuller))) = (files.get(at), files.get(other)) else { return false };
    let are_entries = guess.input == Input::Timesheets && fuller.input == Input::Timesheets;
    if !are_entries || look.front.headers == fuller_look.front.headers || detail(guess) >= detail(fuller) {
        return false;
    }
    let named = |field: &&&str| column_of(guess, field).is_some() && column_of(fuller, field).is_some();
    let by: Vec<&str> = ["customer_id", "project"].iter().filter(named).copied().collect();
    // The sum of all alone may be the same by chance.
    if by.is_empty() || look.is_cut || fuller_look.is_cut || look.front.rows.len() > fuller_look.front.rows.len() {
        return false;
    }
    let slack = SLACK * look.front.rows.len().max(fuller_look.front.rows.len()) as i128;
    match (sums(look, guess, &by), sums(fuller_look, fuller, &by)) {
        (Some(one), Some(other)) => {
            let close = |one: HoursSum, other: HoursSum| {
                (one.micros() - other.micros()).abs() <= slack.min(other.micros().abs() / 20 + SLACK)
            };
            let close_to = |(of, hours)| other.get(of).is_some_and(|all| close(hours, *all));
            one.len() == other.len() && !one.is_empty() && one.iter().map(|(of, hours)| (of, *hours)).all(close_to)
        }
        _ => false,
    }
}

/// How much a file says of each piece of work.
fn detail(guess: &Guess) -> usize {
    const FIELDS: [&str; 6] = ["timesheet_id", "employee", "started_at", "ended_at", "ticket_id", "description"];
    let fields = FIELDS.iter().filter(|field| column_of(guess, field).is_some()).count();
    fields + usize::from(guess.settings.joined.contains_key("employee"))
}

fn sums(look: &Look, guess: &Guess, by: &[&str]) -> Option<Sums> {
    let table = Table::new(look);
    let hours = table.hours(column_of(guess, "hours")?, guess.settings.hours_unit)?;
    let columns: Vec<usize> = by.iter().filter_map(|field| column_of(guess, field)).collect();
    let mut sums = Sums::new();
    for (row, hours) in hours.into_iter().enumerate() {
        let key = columns.iter().map(|column| table.cell(row, *column).to_owned());
        *sums.entry(key.collect()).or_insert(HoursSum::ZERO) += hours?;
    }
    Some(sums)
}
