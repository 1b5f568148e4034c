//! Columns that are called just as hourbill calls them (§2): in a file that has its names, whatever else stands beside them, such a column means
//! what it means in a file of ours.

use std::collections::BTreeSet;

use super::Guess;
use super::choose::{self, Chosen, Fields};
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use crate::inputs::Input;
use crate::job::HoursUnit;
use crate::presets::folded;
use crate::read::Look;

/// Names of columns that no other program has.
const OURS: [&str; 4] = ["timesheet_id", "order_line_id", "unpaid_break", "ticket_title"];

/// So many names with a mark between their words are those of a file of ours.
const NAMES_MIN: usize = 2;

/// The field of an input that a header is the name of.
pub(super) fn field(input: Input, header: &str) -> Option<&'static str> {
    let folded = folded(header);
    input.fields().iter().map(|field| field.name).find(|name| **name == folded)
}

/// Whether some of the headers of an input's file are hourbill's own names for its columns. Words such as `date` and `project` are anybody's.
pub(super) fn is_ours(input: Input, headers: &[String]) -> bool {
    let named: BTreeSet<&str> = headers.iter().filter_map(|header| field(input, header)).collect();
    let ours = |name: &&&str| name.contains('_');
    named.iter().any(|name| OURS.contains(name)) || named.iter().filter(ours).count() >= NAMES_MIN
}

/// Whether all columns of a file are called as hourbill calls them.
pub(super) fn is_all_ours(input: Input, look: &Look) -> bool {
    look.front.headers.iter().all(|header| header.trim().is_empty() || field(input, header).is_some())
}

/// Chooses columns for the fields that are not in `known`: those that are called so, then what the words of all others mean.
pub(super) fn chosen(table: &Table<'_>, known: &Fields) -> Chosen {
    choose::choose(table, known, columns(table, known))
}

/// Columns of entries by the field that they are called, where the file is partly ours and their cells can be read as that.
fn columns(table: &Table<'_>, known: &Fields) -> Fields {
    let mut found = Fields::new();
    if !is_ours(Input::Timesheets, table.written()) {
        return found;
    }
    for (column, header) in table.written().iter().enumerate() {
        let Some(field) = field(Input::Timesheets, header) else { continue };
        let used = known.values().any(|used| *used == column) || table.is_repeat(column);
        if !used && !known.contains_key(field) && reads(table, column, field) {
            found.insert(field, column);
        }
    }
    found
}

/// Whether the cells of a column can be what it is called. Which hours count is told by all columns of hours together.
fn reads(table: &Table<'_>, column: usize, field: &str) -> bool {
    match field {
        "hours" => false,
        "unpaid_break" => table.is_empty(column) || table.hours(column, HoursUnit::Hours).is_some(),
        "timesheet_id" => !table.is_empty(column),
        "order_line_id" | "company" | "ticket_title" | "uom" | "rate" | "amount" => true,
        _ => table.headers.get(column).is_some_and(|header| {
            let fields = header.meanings.iter().filter_map(|(sense, _)| choose::field(table, column, *sense));
            table.is_empty(column) || fields.into_iter().any(|(known, _)| known == field)
        }),
    }
}

/// Whether a column of a file that is partly ours is the one of a field by its name.
pub(super) fn is_named(table: &Table<'_>, column: usize, name: &str) -> bool {
    is_ours(Input::Timesheets, table.written()) && field(Input::Timesheets, table.name(column)) == Some(name)
}

/// Fields that decide which hours are billed, to whom and at which price.
const DECIDE: [&str; 16] = [
    "timesheet_id",
    "order_line_id",
    "customer_id",
    "company",
    "employee",
    "date",
    "billable",
    "invoiced",
    "invoice_id",
    "approved",
    "started_at",
    "ended_at",
    "unpaid_break",
    "role",
    "activity",
    "project",
];

/// F2: columns with a name of ours for which another column stands: none of them is left alone in silence.
pub(super) fn left_alone(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen) {
    let ignored = guess.settings.ignore.clone();
    for (column, header) in table.written().iter().enumerate() {
        let Some(name) = field(Input::Timesheets, header).filter(|name| DECIDE.contains(name)) else { continue };
        let told = format!("`{}`", header.trim());
        let is_told = guess.all_unsure().chain(guess.says.iter().map(String::as_str)).any(|said| said.contains(&told));
        if is_told || !ignored.contains(header) || table.is_empty(column) || table.is_repeat(column) {
            continue;
        }
        let other = chosen.fields.get(name).copied().filter(|other| *other < table.columns());
        match other {
            Some(other) if name == "customer_id" && !table.tell_the_same_apart(column, other) => {
                let taken = table.name(other);
                guess.questions.push(Question {
                    text: format!(
                        "`{taken}` is taken for the client, and {told} beside it tells others apart: which of them is billed?"
                    ),
                    lines: vec![format!("columns.customer_id = {}     # in place of `{taken}`", quoted(header))],
                    open: None,
                });
            }
            Some(other) => guess.says.push(format!("{told} is not read: `{}` is taken for it", table.name(other))),
            None => guess.says.push(format!("{told} is not read: its cells are not what it is called")),
        }
    }
    if let Some(column) = chosen.no_id {
        guess.says.push(format!(
            "`{}` is taken for no id of a row: rows share one and say different things; ids are made of other cells",
            table.name(column)
        ));
    }
}
