//! F2: what a file of entries says about billing that nobody reads, rows that look like sums, and what else nobody can tell from the file
//! alone. While a question is open on which hours depend, the job bills none of them.

use std::collections::BTreeSet;

use super::Guess;
use super::choose::{Chosen, Fields, dated};
use super::evidence::{self, Table};
use super::hours;
use super::question::Question;
use super::write::quoted;
use crate::quantity::{Hours, HoursSum};

/// Values that are named.
const NAMED_MAX: usize = 4;
/// A sum is shown to a hundredth of an hour or to a minute.
const SLACK: i128 = 30_000_000;

/// Headers that may mean the client, or who did the work for it.
const COMPANIES: [&str; 10] = [
    "company",
    "firma",
    "firm",
    "societe",
    "entreprise",
    "empresa",
    "bedrijf",
    "azienda",
    "organization",
    "organisation",
];

/// What is asked about a file of entries. `sold`: orders or agreements say what is billed.
pub(super) fn doubts(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &Chosen,
    hours: &hours::OfFile,
    sold: bool,
) -> Vec<Question> {
    let mut questions = unread_columns(table, guess, chosen, hours, sold);
    questions.extend(subtotals(table, chosen, hours));
    questions.extend(identity(table, guess, chosen));
    questions.extend(zone(table, chosen));
    if let Some(column) = chosen.fields.get("customer_id")
        && COMPANIES.contains(&super::words::fold(table.name(*column)).as_str())
    {
        questions.push(Question {
            text: format!("`{}` is taken for the client", table.name(*column)),
            lines: Vec::new(),
            open: None,
        });
    }
    questions
}

/// Rows that would be billed by what the chosen columns say of them.
pub(super) fn counts<'a>(table: &'a Table<'_>, fields: &Fields) -> impl Fn(usize) -> bool + 'a {
    let of = |field: &str| fields.get(field).copied();
    let (billable, invoiced, invoice) = (of("billable"), of("invoiced"), of("invoice_id"));
    move |row| {
        let flag = |column: Option<usize>| column.and_then(|column| evidence::flag(table.cell(row, column)));
        flag(billable) != Some(false)
            && flag(invoiced) != Some(true)
            && invoice.is_none_or(|column| table.cell(row, column).is_empty())
    }
}

fn unread_columns(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &Chosen,
    hours: &hours::OfFile,
    sold: bool,
) -> Vec<Question> {
    let mut used: BTreeSet<usize> = chosen.fields.values().copied().collect();
    used.extend(hours.column);
    used.extend(hours.others.iter().filter(|column| !table.is_empty(**column)));
    // Two columns of hours that differ are asked about by themselves.
    if !hours.certain {
        used.extend(chosen.hours.iter().map(|of| of.column));
    }
    let by_preset = |column: usize| guess.columns.get(column).is_some_and(|column| column.field.is_some());
    let unread = (0..table.columns()).filter(|column| !used.contains(column) && !by_preset(*column));
    let speaks = |column: &usize| table.headers.get(*column).is_some_and(|header| header.billing && !header.money);
    let ask = |column: usize| {
        let mut values: Vec<&str> = table.filled(column).collect();
        values.sort_unstable();
        values.dedup();
        let more = if values.len() > NAMED_MAX { " and others" } else { "" };
        let named: Vec<String> = values.iter().take(NAMED_MAX).map(|value| format!("`{value}`")).collect();
        let says = if named.is_empty() { "is empty".to_owned() } else { format!("says {}{more}", named.join(", ")) };
        let header = table.name(column);
        let decides = decides(table, &chosen.fields, column) && !sold;
        let free = |field: &&str| !chosen.fields.contains_key(*field);
        let lines =
            ["invoiced", "billable", "approved", "invoice_id"].into_iter().filter(|field| decides && free(field));
        Question {
            text: format!(
                "column `{header}` speaks of billing and is not read; it {says}: name it in `columns` (invoiced, billable, approved, invoice_id), or in `ignore`"
            ),
            lines: lines.map(|field| format!("columns.{field} = {}", quoted(header))).collect(),
            open: decides.then(|| header.to_owned()),
        }
    };
    unread.filter(speaks).map(ask).collect()
}

/// What an unread column says may change what is billed: some row that would be billed says there what others of its kind do not mean.
fn decides(table: &Table<'_>, fields: &Fields, column: usize) -> bool {
    let counts = counts(table, fields);
    let folded = super::words::fold(table.name(column));
    let says = |stems: &[&str]| folded.split(' ').any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    // Not approved is a draft, and drafts are billed unless the job says otherwise.
    if says(&["approv", "genehm", "freigeg", "aprob", "goedgek"]) {
        return false;
    }
    let is_billable = says(&[
        "billable",
        "chargeable",
        "abrechenbar",
        "verrechenbar",
        "fakturierbar",
        "facturable",
        "cobrable",
        "factureerbaar",
        "fatturabile",
    ]);
    let turned = says(&["non", "not", "un", "nicht", "no"]);
    let harmless = is_billable && !turned;
    let mut cells = dated(table, fields)
        .into_iter()
        .filter(|row| counts(*row))
        .map(|row| table.cell(row, column))
        .filter(|cell| !cell.is_empty());
    cells.any(|cell| evidence::flag(cell) != Some(harmless))
}

/// Rows with a day that lack what all others have, and whose hours are the sum of the rows above: are they sums?
fn subtotals(table: &Table<'_>, chosen: &Chosen, of_file: &hours::OfFile) -> Option<Question> {
    let hours = table.hours(of_file.column?, of_file.unit)?;
    let dated = dated(table, &chosen.fields);
    let day = chosen.fields.get("date").copied();
    let empty = |column: usize| -> Vec<usize> {
        dated.iter().copied().filter(|row| table.cell(*row, column).is_empty()).collect()
    };
    let sums = |column: &usize| {
        let rows = empty(*column);
        !rows.is_empty()
            && 2 * rows.len() < dated.len() + 1
            && Some(*column) != day
            && are_sums(table, *column, &rows, &hours)
    };
    let column = (0..table.columns()).find(sums)?;
    let rows = empty(column);
    let header = table.name(column);
    let sum: HoursSum = rows.iter().filter_map(|row| hours.get(*row).copied().flatten()).sum();
    Some(Question {
        text: format!(
            "{} dated rows ({sum} h) lack `{header}`, which all others have, and look like sums of the rows above: leave them out with `skip`?",
            rows.len()
        ),
        lines: vec![format!("skip = {{ {} = \"\" }}", quoted(header))],
        open: Some("skip".to_owned()),
    })
}

/// Each of the rows sums the rows above it, up to the one before; one of them at least two.
fn are_sums(table: &Table<'_>, column: usize, rows: &[usize], hours: &[Option<Hours>]) -> bool {
    let of = |row: usize| hours.get(row).copied().flatten();
    let mut several = false;
    let mut from = 0;
    for row in rows {
        let above: Vec<Hours> =
            (from..*row).filter(|row| !table.cell(*row, column).is_empty()).filter_map(of).collect();
        let sum: HoursSum = above.iter().copied().sum();
        match of(*row) {
            Some(figure) if !above.is_empty() && (sum.micros() - i128::from(figure.micros())).abs() <= SLACK => {}
            _ => return false,
        }
        several |= above.len() > 1;
        from = row + 1;
    }
    several
}

/// How rows are told apart, where nobody can be sure of it.
fn identity(table: &Table<'_>, guess: &Guess, chosen: &Chosen) -> Option<Question> {
    let has = |field: &str| chosen.fields.contains_key(field);
    if has("timesheet_id") {
        return None;
    }
    if let Some(counter) = chosen.counter {
        let header = table.name(counter);
        return Some(Question {
            text: format!(
                "`{header}` may number the rows of this export alone: ids are made of other cells; is it an id that a row keeps?"
            ),
            lines: vec![format!("columns.timesheet_id = {}     # in place of id_from", quoted(header))],
            open: None,
        });
    }
    if has("employee") || has("started_at") || !chosen.names.is_empty() {
        return None;
    }
    let made = if guess.settings.id_from.is_empty() { &guess.id_parts } else { &guess.settings.id_from };
    Some(Question::aside(format!(
        "rows name no id, no person and no time of day: ids are made of {}, so an edited text makes another row; a detailed report is better than a summary",
        made.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ")
    )))
}

/// Times of a zone without one in the job: the day may be another one here.
fn zone(table: &Table<'_>, chosen: &Chosen) -> Option<Question> {
    let column = ["date", "started_at"].iter().find_map(|field| chosen.fields.get(*field).copied())?;
    let zoned = |cell: &str| {
        let time = cell.get(10..).unwrap_or_default();
        time.contains(':') && (time.ends_with('Z') || time.contains('+') || time.contains('-'))
    };
    let (cells, zoned) = (table.filled(column).count(), table.filled(column).filter(|cell| zoned(cell)).count());
    (zoned > 0).then(|| Question {
        text: format!("{zoned} of {cells} times of `{}` name a zone (such as UTC): they count with the day that they say, unless `timezone` names yours", table.name(column)),
        lines: vec!["timezone = \"Europe/Berlin\"".to_owned()],
        open: None,
    })
}
