//! One column for two fields: `Project / Client`, with both in each cell (F8). No column fills two fields before somebody says so.

use super::choose::Chosen;
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use super::words::{self, Sense};
use crate::job::Pattern;

/// Marks between two names, in headers and cells.
const MARKS: [&str; 9] = [" / ", " - ", " – ", " | ", " > ", " :: ", ": ", "/", "|"];

/// What is made of a column for two fields.
#[derive(Clone, Debug)]
pub(super) struct Combined {
    /// Each with the part of the cell that it is.
    pub fields: Vec<(&'static str, Pattern)>,
    pub column: usize,
}

/// A column that no field takes and whose header names two, and what is asked about it.
pub(super) fn combined(table: &Table<'_>, chosen: &Chosen) -> Option<(Combined, Question)> {
    let free = |column: &usize| !chosen.fields.values().any(|used| used == column) && !table.is_empty(*column);
    let found = (0..table.columns()).filter(free).find_map(|column| Some((column, of_header(table.name(column))?)));
    let (column, fields) = found.filter(|(_, fields)| fields.iter().all(|field| !chosen.fields.contains_key(field)))?;
    let header = table.name(column);
    let parts = |mark: &&&str| table.filled(column).all(|cell| cell.matches(**mark).count() == 1);
    let mark = MARKS.iter().find(parts).copied();
    let shown = mark.unwrap_or(" / ");
    // None of the marks but one means something else in a pattern.
    let escaped = shown.replace('|', "\\|");
    let patterns = [format!("^(.*?){escaped}"), format!("{escaped}(.*)$")];
    let lines = fields.iter().zip(&patterns).flat_map(|(field, pattern)| {
        [format!("columns.{field} = {}", quoted(header)), format!("pattern.{field} = '{pattern}'")]
    });
    let text = match mark {
        Some(_) => {
            format!("`{header}` names two things in one cell: take the # off all lines below to part them at `{shown}`")
        }
        None => format!(
            "`{header}` names two things in one cell, and nothing parts them in each: the lines below take `{shown}`, and leave cells without it empty"
        ),
    };
    let question = Question { text, lines: lines.collect(), open: None };
    let made = fields.iter().zip(&patterns).filter_map(|(field, pattern)| Some((*field, Pattern::new(pattern).ok()?)));
    Some((Combined { fields: made.collect(), column }, question))
}

/// The fields that the halves of a header mean.
fn of_header(header: &str) -> Option<[&'static str; 2]> {
    let (front, back) = MARKS.iter().find_map(|mark| header.split_once(mark))?;
    let field = |half: &str| {
        let meanings = words::header(half).meanings;
        let sense = meanings.first().map(|(sense, _)| *sense)?;
        match sense {
            Sense::Client => Some("customer_id"),
            Sense::Project => Some("project"),
            Sense::Task | Sense::Activity => Some("activity"),
            _ => None,
        }
    };
    let (front, back) = (field(front)?, field(back)?);
    (front != back).then_some([front, back])
}
