//! F2: what a file of entries says about billing that nobody reads, rows that look like sums, and what else nobody can tell from the file
//! alone. While a question is open on which hours depend, the job bills none of them.

use std::collections::BTreeSet;

use super::Guess;
use super::choose::{Chosen, Fields, dated};
use super::counted::{KINDS_MAX, NAMED_MAX, counts, rows_in_words};
use super::evidence::{self, Table};
use super::hours;
use super::question::Question;
use super::quoted::quoted;
use super::words::Sense;
use crate::check::value::Grammar;
use crate::read::Cell;

/// So many moments tell whether they name a zone.
const ZONES_MAX: usize = 500;

/// Headers that may mean the client, or who did the work for it.
const COMPANIES: [&str; 23] = [
    "gesellschaft",
    "unternehmen",
    "kontakt",
    "contact",
    "contact name",
    "partner",
    "business partner",
    "geschaftspartner",
    "company name",
    "organization name",
    "organisation name",
    "account",
    "account name",
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

/// What is asked about a file of entries. `sold`: orders or agreements say what is billed; columns in `known` are asked about already.
pub(super) fn doubts(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &Chosen,
    hours: &hours::OfFile,
    (sold, known): (bool, &[usize]),
) -> Vec<Question> {
    let mut questions = unread_columns(table, guess, chosen, hours, (sold, known));
    questions.extend(units(table, guess, hours));
    questions.extend(identity(table, guess, chosen));
    questions.extend(zone(table, chosen));
    // A program's own client is the client.
    let by_program = guess.settings.preset.is_some();
    questions.extend(client(table, chosen).filter(|_| !by_program));
    questions
}

/// The header may mean the client, or who did the work for it.
pub(super) fn is_company(table: &Table<'_>, column: usize) -> bool {
    COMPANIES.contains(&super::words::fold(table.name(column)).as_str())
}

/// Whether the column of clients is one: a company may be who did the work, and a customer who asked for it.
fn client(table: &Table<'_>, chosen: &Chosen) -> Option<Question> {
    let column = chosen.fields.get("customer_id").copied().filter(|column| *column < table.columns())?;
    let is_company = |column: usize| is_company(table, column);
    if table.is_empty(column) {
        return None;
    }
    let name = table.name(column);
    if is_company(column) {
        return Some(Question::aside(format!("`{name}` is taken for the client")));
    }
    let used = |column: usize| chosen.fields.values().any(|used| *used == column);
    // Of several companies, that are not called as the customers are.
    let other = |of: &usize| {
        let differs = |row: usize| !table.cell(row, *of).is_empty() && table.cell(row, *of) != table.cell(row, column);
        let first = table.filled(*of).next();
        is_company(*of)
            && !used(*of)
            && table.filled(*of).any(|cell| Some(cell) != first)
            && (0..table.rows()).all(differs)
    };
    let other = table.name((0..table.columns()).find(other)?);
    Some(Question {
        text: format!("`{name}` is taken for the client, and `{other}` stands beside it: which of them is billed?"),
        lines: vec![format!("columns.customer_id = {}     # in place of `{name}`", quoted(other))],
        open: None,
    })
}

/// Columns of one name that say different things in some rows: the first that is filled counts, which nobody can be sure of. A field on which
/// hours depend is taken out of what was chosen, until somebody says so.
pub(super) fn filled_twice(table: &Table<'_>, chosen: &mut Chosen) -> Vec<Question> {
    const DECIDE: [&str; 7] = ["date", "hours", "billable", "invoiced", "invoice_id", "started_at", "ended_at"];
    let columns: Vec<(&'static str, usize)> = chosen
        .fields
        .iter()
        .map(|(field, column)| (*field, *column))
        .filter(|(_, column)| *column < table.columns())
        .collect();
    let mut questions = Vec::new();
    for (field, column) in columns {
        let rows = table.contradictions(column);
        if rows == 0 {
            continue;
        }
        let header = table.name(column);
        let decides = DECIDE.contains(&field);
        if decides {
            chosen.fields.remove(field);
        }
        let rows = rows_in_words(rows);
        questions.push(Question {
            text: format!("several columns are called `{header}` and say different things in {rows}: is it the first one that is filled?"),
            lines: vec![format!("columns.{field} = {}", quoted(header))],
            open: decides.then(|| format!("columns.{field}")),
        });
    }
    questions
}

/// Columns that nobody reads and that speak of billing, by their header or their cells; those in `known` are asked about already.
pub(super) fn speaking(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &Chosen,
    hours: &hours::OfFile,
    known: &[usize],
) -> Vec<usize> {
    let mut used: BTreeSet<usize> = chosen.fields.values().copied().collect();
    used.extend(hours.column);
    used.extend(known);
    used.extend(hours.parts.iter().map(|(column, _)| *column));
    used.extend(hours.others.iter().filter(|column| !table.is_empty(**column)));
    // Two columns of hours that differ are asked about by themselves.
    if !hours.certain {
        used.extend(chosen.hours.iter().map(|of| of.column));
    }
    let by_preset = |column: usize| guess.columns.get(column).is_some_and(|column| column.field.is_some());
    // Columns of one name are asked about as one.
    let asked = |column: &usize| {
        table.is_repeat(*column) || (table.contradictions(*column) > 0 && is_asked(guess, table.name(*column)))
    };
    let unread = (0..table.columns()).filter(|column| !used.contains(column) && !by_preset(*column) && !asked(column));
    // Which hours count is asked: those that are not billable are the rest.
    let is_rest = |column: usize| {
        let told = super::words::fold(table.name(column));
        let time =
            |words: &str| super::words::header(words).meanings.first().is_some_and(|(sense, _)| sense.is_of_time());
        let rest = ["non ", "not ", "non", "un", "nicht "].iter().find_map(|word| told.strip_prefix(word));
        !hours.certain && rest.is_some_and(time)
    };
    let speaks = |column: &usize| {
        let in_words =
            || table.are_flags(*column) && table.filled(*column).any(|cell| cell.contains(char::is_alphabetic));
        !is_rest(*column)
            && table.headers.get(*column).is_some_and(|header| header.billing && (!header.money || in_words()))
            || speaks_by_cells(table, *column)
            || is_invoiced_money(table, *column)
    };
    unread.filter(speaks).collect()
}

fn unread_columns(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &Chosen,
    hours: &hours::OfFile,
    (sold, known): (bool, &[usize]),
) -> Vec<Question> {
    let ask = |column: usize| {
        let mut values: Vec<&str> = table.filled(column).collect();
        values.sort_unstable();
        values.dedup();
        let more = if values.len() > NAMED_MAX { " and others" } else { "" };
        let named: Vec<String> = values.iter().take(NAMED_MAX).map(|value| format!("`{value}`")).collect();
        let says = if named.is_empty() { "is empty".to_owned() } else { format!("says {}{more}", named.join(", ")) };
        let header = table.name(column);
        let decides = decides(table, &chosen.fields, column) && !sold;
        let lines = if decides { answers(table, chosen, column, &values) } else { Vec::new() };
        Question {
            text: format!(
                "column `{header}` speaks of billing and is not read; it {says}: name it in `columns` (invoiced, billable, approved, invoice_id), or in `ignore`"
            ),
            lines,
            open: decides.then(|| header.to_owned()),
        }
    };
    speaking(table, guess, chosen, hours, known).into_iter().map(ask).collect()
}

/// Lines of a job that say what a column means: fields that can read its cells, and rows that are left out by it.
fn answers(table: &Table<'_>, chosen: &Chosen, column: usize, values: &[&str]) -> Vec<String> {
    let header = table.name(column);
    let about = about(table, column);
    let free = |field: &&str| !chosen.fields.contains_key(*field);
    // A flag reads yes and no alone.
    let reads = |field: &&str| match *field {
        // A word is no invoice, and neither is a figure with a part behind a mark.
        "invoice_id" => {
            let names_an_invoice = |cell: &str| super::choose::names_an_invoice(cell) && !is_decimal(cell);
            about != Some("approved") && !table.are_flags(column) && table.filled(column).all(names_an_invoice)
        }
        // Of words that are read without being told.
        _ => {
            let plain = || evidence::flag_words(&table.filled(column).collect::<Vec<_>>()).is_empty();
            table.is_empty(column) || (table.are_flags(column) && plain())
        }
    };
    let mut fields = vec!["invoiced", "billable", "approved", "invoice_id"];
    // What the header says comes first.
    fields.sort_by_key(|field| about != Some(*field));
    let fields = fields.into_iter().filter(free).filter(reads);
    let columns = fields.map(|field| format!("columns.{field} = {}", quoted(header)));
    // Rows that are not to be billed may be left out: those which the header says of, where it is plain.
    let turned = table.is_turned(column);
    // Of words for what became of a row those leave it out that say so, and not the others.
    let closes = |value: &str| value.split([',', ';', '|']).any(|part| is_closed(part.trim()));
    let by_status = about.is_none() && values.iter().any(|value| closes(value));
    let unbilled = |value: &&&str| match (evidence::flag(value), about) {
        _ if by_status => closes(value),
        (Some(yes), Some("billable")) => yes == turned,
        (Some(yes), Some("approved")) => !yes,
        (Some(yes), Some(_)) => yes,
        (Some(_), None) | (None, Some("approved")) => false,
        (None, _) => values.len() <= NAMED_MAX && !table.are_flags(column),
    };
    let values = || values.iter().filter(|value| !super::choose::says_nothing(value));
    let left_out: Vec<String> = values().filter(unbilled).map(|value| quoted(value)).collect();
    let line = |cells: &str| format!("skip = {{ {} = {cells} }}", quoted(header));
    // Rows of each word that says so are left out, and not those of one.
    let skip: Vec<String> = match left_out.as_slice() {
        [_, _, ..] if by_status => vec![line(&format!("[{}]", left_out.join(", ")))],
        several => several.iter().take(NAMED_MAX).map(|cell| line(cell)).collect(),
    };
    let lacking = (about == Some("approved")).then(|| format!("skip = {{ {} = \"\" }}", quoted(header)));
    let lacking = lacking.filter(|_| !table.are_flags(column) && !table.is_empty(column));
    columns.chain(skip).chain(lacking).collect()
}

fn is_decimal(cell: &str) -> bool {
    let marks = cell.matches(['.', ',']).count();
    marks == 1 && cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-'))
}

/// The word of a status says that a row is billed no more, or never.
fn is_closed(word: &str) -> bool {
    super::choose::status(word).is_some_and(|(says, _)| matches!(says, "invoiced" | "not_billable"))
}

/// The field that a header speaks of by the beginnings of its words.
pub(super) fn about(table: &Table<'_>, column: usize) -> Option<&'static str> {
    let folded = super::words::fold(table.name(column));
    let says = |stems: &[&str]| folded.split(' ').any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    if table.is_of_approval(column) {
        Some("approved")
    } else if says(&BILLABLE) || table.is_turned(column) {
        Some("billable")
    } else if says(&[
        "invoiced",
        "billed",
        "export",
        "abger",
        "verrechnet",
        "fakturiert",
        "lock",
        "gesperr",
        "paid",
        "bezahlt",
    ]) {
        Some("invoiced")
    } else {
        None
    }
}

/// Beginnings of words that say that work may be billed.
const BILLABLE: [&str; 13] = [
    "billable",
    "chargeable",
    "nonbillable",
    "unbillable",
    "abrechenbar",
    "verrechenbar",
    "berechenbar",
    "fakturierbar",
    "facturable",
    "cobrable",
    "factureerbaar",
    "fatturabile",
    "debiterbar",
];

/// A column of few values, of which some say by themselves that they are about billing: a status `invoiced`, a kind `non-billable`.
fn speaks_by_cells(table: &Table<'_>, column: usize) -> bool {
    let mut values: Vec<&str> = Vec::new();
    for cell in table.filled(column) {
        if !values.contains(&cell) {
            values.push(cell);
        }
        if values.len() > KINDS_MAX {
            return false;
        }
    }
    let tells = |cell: &str| evidence::telling(cell).is_some() || is_closed(cell);
    // Several words in one cell, as tags have them.
    let parts = |cell: &&str| cell.split([',', ';', '|']).any(|part| tells(part.trim()));
    let is_of_tags = is_of_tags(table, column);
    values.iter().any(|cell| tells(cell) || (is_of_tags && parts(cell)))
}

/// A cell may hold several words.
pub(super) fn is_of_tags(table: &Table<'_>, column: usize) -> bool {
    TAGS.contains(&super::words::fold(table.name(column)).as_str())
}

/// Headers of columns of which a cell may have several words.
const TAGS: [&str; 10] =
    ["tag", "tags", "label", "labels", "schlagworte", "etiketten", "etiquette", "etiquettes", "etiquetas", "etichette"];

/// Money that was invoiced: some rows have been billed.
fn is_invoiced_money(table: &Table<'_>, column: usize) -> bool {
    let header = table.headers.get(column);
    let folded = super::words::fold(table.name(column));
    let is_word = |word: &str| {
        super::words::header(word).meanings.first().is_some_and(|(sense, rank)| (*sense, *rank) == (Sense::Invoiced, 0))
    };
    let says = header.is_some_and(|header| header.billing && header.money) && folded.split(' ').any(is_word);
    says && table.filled(column).any(|cell| cell.bytes().any(|byte| matches!(byte, b'1'..=b'9')))
}

/// A question about a field has this column as its answer.
fn is_asked(guess: &Guess, header: &str) -> bool {
    let answer = format!(" = {}", quoted(header));
    guess
        .questions
        .iter()
        .flat_map(|question| &question.lines)
        .any(|line| line.starts_with("columns.") && line.ends_with(&answer))
}

/// What an unread column says may change what is billed: some row that would be billed says there what others of its kind do not mean.
pub(super) fn decides(table: &Table<'_>, fields: &Fields, column: usize) -> bool {
    let counts = counts(table, fields);
    let folded = super::words::fold(table.name(column));
    let says = |stems: &[&str]| folded.split(' ').any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    // When, or by whom: what says nothing there was not approved.
    if table.is_of_approval(column) {
        let rows: Vec<usize> = dated(table, fields).into_iter().filter(|row| counts(*row)).collect();
        let empty = rows.iter().filter(|row| table.cell(**row, column).is_empty()).count();
        return empty > 0 && empty < rows.len();
    }
    let is_billable = says(&BILLABLE);
    let turned = says(&["non", "not", "un", "nicht", "no"]);
    let harmless = is_billable && !turned;
    let mut cells = dated(table, fields)
        .into_iter()
        .filter(|row| counts(*row))
        .map(|row| table.cell(row, column))
        .filter(|cell| !cell.is_empty());
    cells.any(|cell| evidence::flag(cell) != Some(harmless))
}

/// Headers of a column that says what the figure of a row counts.
const UNITS: [&str; 14] = [
    "unit",
    "units",
    "uom",
    "unit of measure",
    "einheit",
    "mengeneinheit",
    "me",
    "eh",
    "unite",
    "unidad",
    "unidade",
    "eenheid",
    "unita",
    "unit type",
];

/// Another column says what the figures count, and not in all rows hours: what is none of them?
fn units(table: &Table<'_>, guess: &Guess, hours: &hours::OfFile) -> Option<Question> {
    let of_hours = hours.column?;
    if guess.settings.preset.is_some() {
        return None;
    }
    let is_unit = |column: &usize| UNITS.contains(&super::words::fold(table.name(*column)).as_str());
    let column = (0..table.columns()).filter(|column| *column != of_hours).find(is_unit)?;
    let mut words: Vec<&str> = table.filled(column).collect();
    words.sort_unstable();
    words.dedup();
    let one = |word: &str, unit: &str| {
        let settings = crate::job::InputSettings::default();
        let grammar = Grammar::new(&settings);
        let read = |text: &str| grammar.hours(Cell::Text(text)).ok().flatten();
        read(&format!("1 {}", word.to_lowercase())).is_some_and(|hours| Some(hours) == read(unit))
    };
    if words.is_empty() || words.iter().all(|word| one(word, "1 h")) {
        return None;
    }
    let header = table.name(column);
    let others: Vec<&str> = words.iter().copied().filter(|word| !one(word, "1 h")).collect();
    let listed =
        |words: &[&str]| words.iter().take(NAMED_MAX).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let in_all = |unit: &str| words.iter().all(|word| one(word, unit));
    let (lines, open) = match (in_all("1 min"), in_all("1 d"), others.as_slice()) {
        (true, ..) => (vec!["hours_unit = \"minutes\"".to_owned()], "hours_unit"),
        (_, true, _) => (vec!["hours_unit = \"days\"".to_owned()], "hours_unit"),
        (.., [other]) => (vec![format!("skip = {{ {} = {} }}", quoted(header), quoted(other))], "skip"),
        // Rows are left out by one cell of a column: the others have to be taken out of the file.
        _ => (Vec::new(), header),
    };
    Some(Question {
        text: format!("`{header}` says that some figures count {}, which are no hours", listed(&others)),
        lines,
        open: Some(open.to_owned()),
    })
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
    if let Some((column, rows)) = chosen.repeating {
        let header = quoted(table.name(column));
        let parts: Vec<String> = guess.settings.id_from.iter().map(|part| quoted(part)).collect();
        return Some(Question {
            text: format!(
                "`{}` may be the id of a row, and {} it with a row that says something else, or lack one: they are set aside if it is (the first line); else ids are made of other cells (the second)",
                table.name(column),
                if rows == 1 { "1 row shares".to_owned() } else { format!("{rows} rows share") }
            ),
            lines: vec![format!("columns.timesheet_id = {header}"), format!("id_from = [{}]", parts.join(", "))],
            open: Some("columns.timesheet_id".to_owned()),
        });
    }
    if has("employee") || has("started_at") || chosen.range.is_some() || !chosen.names.is_empty() {
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
    let cells: Vec<&str> = table.filled(column).take(ZONES_MAX).collect();
    let settings = crate::job::InputSettings {
        date_format: super::locale::likeliest(&cells).map(str::to_owned),
        ..crate::job::InputSettings::default()
    };
    let grammar = Grammar::new(&settings);
    let zoned = |cell: &str| grammar.instant(Cell::Text(cell)).is_some();
    let (cells, zoned) = (cells.len(), cells.iter().filter(|cell| zoned(cell)).count());
    (zoned > 0).then(|| Question {
        text: format!("{zoned} of {cells} times of `{}` name a zone (such as UTC): they count with the day that they say, unless `timezone` names yours", table.name(column)),
        lines: vec!["timezone = \"Europe/Berlin\"".to_owned()],
        open: None,
    })
}
