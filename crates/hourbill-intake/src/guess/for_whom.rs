//! F3: for whom the work was, where no column is called client or project. Which columns may say it is asked; the likeliest give the rows of the
//! agreements, and no hour is billed by them before somebody says so.

use std::cmp::Reverse;

use super::Guess;
use super::choose::Chosen;
use super::combined::Combined;
use super::counted::KINDS_MAX;
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use super::words::Sense;
use crate::job::Pattern;

/// What columns are called that may say the client, the likeliest first.
const CLIENTS: [&str; 24] = [
    "for",
    "for whom",
    "fur",
    "fur wen",
    "fuer",
    "pour",
    "pour qui",
    "para",
    "para quien",
    "voor",
    "voor wie",
    "per chi",
    "folder",
    "workspace",
    "space",
    "room",
    "raum",
    "standort",
    "site",
    "location",
    "tag",
    "tags",
    "label",
    "name",
];
/// The same of the project.
const PROJECTS: [&str; 20] = [
    "what",
    "was",
    "quoi",
    "que",
    "wat",
    "cosa",
    "list",
    "board",
    "folder",
    "group",
    "category",
    "categories",
    "kategorie",
    "categorie",
    "tag",
    "tags",
    "label",
    "task",
    "title",
    "subject",
];

/// Columns that are proposed.
const PROPOSED_MAX: usize = 4;
/// Values of a column that are shown.
const SHOWN: usize = 2;

/// Parts of a cell such as `Quay, Mole, Draw`: the first, and the second.
const PARTS: [(&str, &str); 2] = [("customer_id", "^([^,]+)"), ("project", "^[^,]+, *([^,]+)")];

/// A column that may say for whom the work was.
struct MayBe {
    column: usize,
    client: usize,
    project: usize,
}

/// What is asked where nothing says for whom the work was. `taken`: columns that stand for something else.
pub(super) fn asked(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen, taken: &[usize]) -> Option<Question> {
    let says = |field: &str| {
        let column = chosen.fields.get(field).copied();
        column.is_some_and(|column| column >= table.columns() || !table.is_empty(column))
            || guess.settings.constants.contains_key(field)
            || guess.settings.joined.contains_key(field)
    };
    if guess.combined.is_some() || ["customer_id", "project", "ticket_id", "order_line_id"].into_iter().any(says) {
        return None;
    }
    if let Some(column) = in_parts(table, chosen, taken) {
        return Some(of_parts(table, guess, column));
    }
    let mut found: Vec<MayBe> =
        (0..table.columns()).filter_map(|column| may_be(table, chosen, taken, column)).collect();
    found.sort_by_key(|of| (of.client.min(of.project), of.column));
    found.truncate(PROPOSED_MAX);
    let client = found.iter().min_by_key(|of| (of.client, Reverse(of.project))).map(|of| of.column)?;
    let known = |of: &&MayBe| of.column != client && of.project < PROJECTS.len();
    let project = found.iter().filter(known).min_by_key(|of| of.project).map(|of| of.column);
    guess.open_columns.insert("customer_id", client);
    let mut lines = vec![format!("columns.customer_id = {}", quoted(table.name(client)))];
    if let Some(project) = project {
        guess.open_columns.insert("project", project);
        lines.push(format!("columns.project = {}", quoted(table.name(project))));
    }
    for of in &found {
        let header = quoted(table.name(of.column));
        let others = ["customer_id", "project"].map(|field| format!("columns.{field} = {header}"));
        lines.extend(others.into_iter().filter(|line| !lines.contains(line)).collect::<Vec<_>>());
    }
    let named: Vec<String> = found.iter().map(|of| sample_of(table, of.column)).collect();
    Some(Question {
        text: format!(
            "no column is called client or project, and all hours are unassigned until one is named: {} may say for whom the work was. Take the # off the line of the client, and of the project if there is one; agreements.csv has the rows of the first of them",
            named.join(", ")
        ),
        lines,
        open: None,
    })
}

/// A column with two names or more in nearly all cells, which nothing else is called.
fn in_parts(table: &Table<'_>, chosen: &Chosen, taken: &[usize]) -> Option<usize> {
    let parted = |column: &usize| {
        let filled = table.filled(*column).count();
        let with_comma = table.filled(*column).filter(|cell| cell.contains(", ")).count();
        filled > 0 && with_comma * 10 >= filled * 8
    };
    let is_called =
        |column: &usize| matches!(called(table, *column).as_str(), "name" | "tag" | "tags" | "label" | "labels");
    let free = |column: &usize| is_free(table, chosen, taken, *column);
    (0..table.columns()).find(|column| is_called(column) && free(column) && parted(column))
}

fn of_parts(table: &Table<'_>, guess: &mut Guess, column: usize) -> Question {
    let header = table.name(column);
    let pattern = |(field, pattern): (&'static str, &str)| Some((field, Pattern::new(pattern).ok()?));
    guess.combined = Some(Combined { fields: PARTS.into_iter().filter_map(pattern).collect(), column });
    let lines = PARTS.into_iter().flat_map(|(field, pattern)| {
        [format!("columns.{field} = {}", quoted(header)), format!("pattern.{field} = '{pattern}'")]
    });
    Question {
        text: format!(
            "no column is called client or project, and all hours are unassigned until one is named: {} has several names in a cell. Take the # off all lines below where the first is the client and the second the project",
            sample_of(table, column)
        ),
        lines: lines.collect(),
        open: None,
    }
}

/// The header with what says nothing taken off.
fn called(table: &Table<'_>, column: usize) -> String {
    let folded = super::words::fold(table.name(column));
    match folded.strip_suffix(" name").or_else(|| folded.strip_suffix(" title")) {
        Some(short) => short.to_owned(),
        None => folded,
    }
}

/// Nothing else stands in the column, or something that may be a mistake: a name may be that of what was done.
fn is_free(table: &Table<'_>, chosen: &Chosen, taken: &[usize], column: usize) -> bool {
    let used = chosen.fields.iter().filter(|(_, used)| **used == column).map(|(field, _)| *field);
    let may_be = |field: &str| {
        matches!(field, "activity" | "ticket_title") || (field == "employee" && called(table, column) == "name")
    };
    used.into_iter().all(may_be) && !taken.contains(&column) && !table.is_repeat(column)
}

fn may_be(table: &Table<'_>, chosen: &Chosen, taken: &[usize], column: usize) -> Option<MayBe> {
    let header = table.headers.get(column)?;
    let of = |sense: Sense| header.meanings.iter().any(|(known, _)| *known == sense);
    let about_else = header.money || header.billing || header.alone || of(Sense::Note) || of(Sense::Id);
    // The person in another column, or a state of the entry.
    let about_whom = [Sense::Person, Sense::FirstName, Sense::LastName, Sense::Status, Sense::Role].into_iter().any(of);
    let called = called(table, column);
    if called.is_empty() || about_else || (about_whom && called != "name") || !is_free(table, chosen, taken, column) {
        return None;
    }
    let mut kinds: Vec<&str> = table.filled(column).collect();
    let filled = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    let is_figure = |cell: &&str| cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '-' | ' '));
    let names =
        !kinds.is_empty() && !kinds.iter().any(is_figure) && table.is_text(column) && table.moments(column).is_none();
    let repeats = kinds.len() <= KINDS_MAX || 2 * kinds.len() <= filled;
    let rank = |known: &[&str]| known.iter().position(|known| *known == called).unwrap_or(known.len());
    (names && repeats).then(|| MayBe { column, client: rank(&CLIENTS), project: rank(&PROJECTS) })
}

/// A column with some of what stands there.
fn sample_of(table: &Table<'_>, column: usize) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for cell in table.filled(column) {
        if !kinds.contains(&cell) {
            kinds.push(cell);
        }
        if kinds.len() > SHOWN {
            break;
        }
    }
    let more = if kinds.len() > SHOWN { " ..." } else { "" };
    let shown: Vec<String> = kinds.iter().take(SHOWN).map(|cell| format!("`{cell}`")).collect();
    format!("`{}` ({}{more})", table.name(column), shown.join(", "))
}
