//! F2: what a file says of approval. Rows that were rejected, wait, or were cancelled are billed like others unless the job says otherwise (§4.3):
//! each word of them is decided by the job (`values`, `approval`) or asked.

use std::collections::BTreeMap;

use super::Guess;
use super::choose::{self, Chosen, Fields, dated};
use super::counted::{KINDS_MAX, NAMED_MAX, counts, rows_in_words};
use super::evidence::{self, Table};
use super::question::Question;
use super::quoted::{meanings, quoted};
use super::words::Sense;

/// The rule about hours that are not approved.
const RULE: &str = "rules.approval";

/// What lets hours that are not approved wait.
const VALIDATED_ONLY: &str = "`approval = \"validated_only\"` stands below [rules]";

/// Words for what somebody looked at and did not approve, whatever the header.
const REFUSED: [&str; 13] = [
    "rejected",
    "declined",
    "denied",
    "disapproved",
    "abgelehnt",
    "zurückgewiesen",
    "afgekeurd",
    "afgewezen",
    "rejeté",
    "refusé",
    "rechazado",
    "respinto",
    "rifiutato",
];
/// Further ones that say more of approval than of anything else.
const WAITING: [&str; 3] = ["unapproved", "not approved", "nicht genehmigt"];

/// A column of the state of entries, by its header.
fn of_status(table: &Table<'_>, column: usize) -> bool {
    let meanings = table.headers.get(column).map(|header| header.meanings.as_slice()).unwrap_or_default();
    meanings.iter().any(|(sense, _)| matches!(sense, Sense::Status | Sense::Approved))
}

/// What a cell means for its row in a column of states; `None` where nobody knows.
pub(super) fn says(table: &Table<'_>, column: usize, cell: &str) -> Option<&'static str> {
    let approval = table.is_of_approval(column);
    match (choose::status(cell), evidence::flag(cell)) {
        // Not invoiced yet, or not approved yet?
        (Some(_), _) if approval && matches!(cell.to_lowercase().as_str(), "open" | "offen") => Some("draft"),
        (Some((says, _)), _) => Some(says),
        (None, Some(yes)) if approval => Some(if yes { "validated" } else { "draft" }),
        _ => None,
    }
}

/// The different words of a column, as they come; `None` where there are too many to be states.
pub(super) fn kinds<'a>(table: &'a Table<'_>, column: usize) -> Option<Vec<&'a str>> {
    let mut words: Vec<&str> = Vec::new();
    for cell in table.filled(column) {
        if !words.contains(&cell) {
            words.push(cell);
        }
        if words.len() > KINDS_MAX {
            return None;
        }
    }
    words.sort_unstable();
    Some(words)
}

/// Words of rows that would be billed, and in how many of them each stands.
pub(super) fn of_rows<'a>(table: &'a Table<'_>, fields: &Fields, column: usize) -> BTreeMap<&'a str, usize> {
    let counts = counts(table, fields);
    let mut words = BTreeMap::new();
    for row in dated(table, fields).into_iter().filter(|row| counts(*row)) {
        *words.entry(table.cell(row, column)).or_default() += 1;
    }
    words
}

pub(super) fn told(words: &BTreeMap<&str, usize>) -> String {
    let one = |(word, rows): (&&str, &usize)| match *word {
        "" => format!("nothing in {}", rows_in_words(*rows)),
        word => format!("`{word}` in {}", rows_in_words(*rows)),
    };
    let more = if words.len() > NAMED_MAX { " and others" } else { "" };
    format!("{}{more}", words.iter().take(NAMED_MAX).map(one).collect::<Vec<_>>().join(", "))
}

/// Rows of the file that are not approved, by the column that stands for it, and would be billed like the others. `asked`: what the words of a
/// status mean.
pub(super) fn not_approved(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen, asked: bool) -> Vec<Question> {
    let mut questions = Vec::new();
    for field in ["approved", "status"] {
        let column = chosen.fields.get(field).copied().filter(|column| *column < table.columns());
        let Some(column) = column else { continue };
        let by_preset = guess.settings.preset.is_some();
        // What the words of a status mean is asked, or the program knows them: of approval they may speak all the same.
        if field == "status" && (asked || (by_preset && !table.is_of_approval(column))) {
            continue;
        }
        // What our own column says is known.
        if super::own::is_named(table, column, field) {
            continue;
        }
        let all = of_rows(table, &chosen.fields, column);
        let saying = |what: &str| {
            let said = all.iter().filter(|(word, _)| says(table, column, word) == Some(what));
            said.map(|(word, rows)| (*word, *rows)).collect::<BTreeMap<&str, usize>>()
        };
        gone(table, guess, column, saying("not_billable"));
        let mut words = saying("draft");
        // Approved is what says so, where some rows do.
        if let Some(rows) =
            all.get("").filter(|_| table.is_of_approval(column) && !by_preset && !table.is_empty(column))
        {
            words.insert("", *rows);
            let known = guess.settings.values.entry(field).or_default();
            if !known.iter().any(|(word, _)| word.is_empty()) {
                known.push((String::new(), if field == "approved" { "false" } else { "draft" }.to_owned()));
            }
        }
        if words.is_empty() {
            if table.is_of_approval(column) && !table.is_empty(column) {
                guess.says.push(format!(
                    "`{}` says of no hours here that they are not approved; such hours are billed like the others, unless {VALIDATED_ONLY}",
                    table.name(column)
                ));
            }
            continue;
        }
        // Programs that are known have the column whether somebody approves hours or not.
        let refused = words.keys().any(|word| REFUSED.contains(&word.to_lowercase().as_str()));
        let header = table.name(column);
        let told = told(&words);
        if by_preset && !refused {
            guess.says.push(format!(
                "`{header}` says {told}: these hours are billed like the others, unless {VALIDATED_ONLY}"
            ));
            continue;
        }
        questions.push(Question {
            text: format!("`{header}` says {told}: is what is not approved billed like the rest, or does it wait?"),
            lines: vec!["approval = \"validated_only\"".to_owned(), "approval = \"all\"".to_owned()],
            open: Some(RULE.to_owned()),
        });
    }
    questions
}

/// Rows that were taken back are not billed: that is said.
fn gone(table: &Table<'_>, guess: &mut Guess, column: usize, words: BTreeMap<&str, usize>) {
    let words: BTreeMap<&str, usize> =
        words.into_iter().filter(|(word, _)| evidence::telling(word).is_none()).collect();
    if !words.is_empty() {
        guess.says.push(format!("`{}` says {}: these rows are not billed", table.name(column), told(&words)));
    }
}

/// Columns that nobody reads, of which some words say that a row is not approved or was taken back. Where no other column says what became of
/// the entries one stands for that, once somebody says what its words mean.
pub(super) fn unread(
    table: &Table<'_>,
    chosen: &mut Chosen,
    hours: &[usize],
    by_preset: bool,
) -> Vec<(usize, Question)> {
    let of_status = chosen.fields.get("status").copied().filter(|column| *column < table.columns() && !by_preset);
    let of_status = of_status.filter(|column| !super::own::is_named(table, *column, "status"));
    let mut questions: Vec<(usize, Question)> =
        of_status.and_then(|column| Some((column, of_locks(table, chosen, column)?))).into_iter().collect();
    for column in 0..table.columns() {
        let used = chosen.fields.values().any(|used| *used == column)
            || hours.contains(&column)
            || chosen.names.contains(&column);
        if used || table.is_repeat(column) || table.name(column).trim().is_empty() {
            continue;
        }
        if let Some(question) = of_states(table, chosen, column) {
            questions.push((column, question));
        }
    }
    questions
}

/// Words for what nobody may change any more: it was invoiced, or a month of work is done.
const LOCKS: [&str; 3] = ["locked", "exported", "posted"];

/// States of an unknown program that may say that a row was invoiced, or nothing of the kind.
fn of_locks(table: &Table<'_>, chosen: &Chosen, column: usize) -> Option<Question> {
    let words = kinds(table, column)?;
    let is_lock = |word: &str| LOCKS.contains(&word.to_lowercase().as_str());
    let mut found = of_rows(table, &chosen.fields, column);
    found.retain(|word, _| is_lock(word));
    if found.is_empty() {
        return None;
    }
    let says = |word: &str| says(table, column, word).unwrap_or("validated");
    let line = |of: &dyn Fn(&str) -> &'static str| {
        format!("values.status = {}", meanings(words.iter().map(|word| (*word, of(word)))))
    };
    Some(Question {
        text: format!(
            "`{}` says {}: were these rows invoiced (the first line), or may they only be changed no more (the second)?",
            table.name(column),
            told(&found)
        ),
        lines: vec![line(&says), line(&|word| if is_lock(word) { "validated" } else { says(word) })],
        open: Some("values.status".to_owned()),
    })
}

/// A word of a row that somebody should look at before it is billed; `all` are those of the column.
fn is_bad(table: &Table<'_>, column: usize, all: &[&str], cell: &str) -> bool {
    let (status, approval) = (of_status(table, column), table.is_of_approval(column));
    match says(table, column, cell) {
        Some("draft" | "not_billable") if status || approval => true,
        Some("draft" | "not_billable") => {
            let word = cell.to_lowercase();
            REFUSED.contains(&word.as_str()) || WAITING.contains(&word.as_str()) || taken_back(cell)
        }
        Some(_) => false,
        // Words that nobody knows, and codes of a program; names of people who approved are none.
        None => {
            let approval = approval || all.iter().any(|word| is_approved(word));
            status && !cell.is_empty() && ((approval && are_states(table, column, all)) || is_code(cell))
        }
    }
}

/// The word says that somebody approved a row, and nothing else: states of a ticket are others.
fn is_approved(word: &str) -> bool {
    choose::status(word).is_some_and(|(says, _)| says == "validated") && evidence::is_of_approval(word)
}

/// Some word of the column is known, or the header says that it has states.
fn are_states(table: &Table<'_>, column: usize, all: &[&str]) -> bool {
    let meanings = table.headers.get(column).map(|header| header.meanings.as_slice()).unwrap_or_default();
    meanings.iter().any(|(sense, _)| *sense == Sense::Status)
        || all.iter().any(|cell| says(table, column, cell).is_some())
}

fn of_states(table: &Table<'_>, chosen: &mut Chosen, column: usize) -> Option<Question> {
    let words = kinds(table, column)?;
    let bad_words: Vec<&str> = words.iter().copied().filter(|cell| is_bad(table, column, &words, cell)).collect();
    // One code for all rows tells nothing apart; days on which something was approved are no states.
    let of_sap = is_of_sap(table) && words.iter().any(|word| in_sap(word) == Some("not_billable"));
    let is_one_code = words.len() == 1 && words.iter().all(|word| is_code(word)) && !of_sap;
    if bad_words.is_empty() || is_one_code || table.moments(column).is_some() {
        return None;
    }
    let bad = |cell: &str| bad_words.contains(&cell);
    let mut found = of_rows(table, &chosen.fields, column);
    found.retain(|word, _| bad(word));
    if found.is_empty() {
        return None;
    }
    let header = table.name(column);
    let told = told(&found);
    if let Some(status) = chosen.fields.get("status").copied() {
        // Codes beside the words for them.
        if table.tell_the_same_apart(status, column) {
            return None;
        }
        let cells: Vec<String> = found.keys().map(|word| quoted(word)).collect();
        let cells = if let [one] = cells.as_slice() { one.clone() } else { format!("[{}]", cells.join(", ")) };
        return Some(Question {
            text: format!(
                "column `{header}` is not read, and says {told}: are these rows billed like the others (name it in `ignore`), or left out?"
            ),
            lines: vec![format!("skip = {{ {} = {cells} }}", quoted(header))],
            open: Some(header.to_owned()),
        });
    }
    chosen.fields.insert("status", column);
    let of_sap = words.iter().all(|word| in_sap(word).is_some());
    let line = |of: &dyn Fn(&str) -> &'static str| {
        format!("values.status = {}", meanings(words.iter().map(|word| (*word, of(word)))))
    };
    let apart = |word: &str| {
        if of_sap {
            in_sap(word).unwrap_or("not_billable")
        } else if bad(word) {
            "not_billable"
        } else {
            says(table, column, word).unwrap_or("validated")
        }
    };
    let alike = |word: &str| says(table, column, word).filter(|says| *says == "invoiced").unwrap_or("validated");
    Some(Question {
        text: format!(
            "column `{header}` says {told}: are these rows left unbilled (the first line{}), or billed like the others (the second)? Each word may be told by itself",
            if of_sap { SAP } else { "" }
        ),
        lines: vec![line(&apart), line(&alike)],
        open: Some("values.status".to_owned()),
    })
}

/// How the first line is meant, where all words are codes of SAP's time sheet.
const SAP: &str = ", if these are codes of SAP's time sheet: 10 in process, 20 released, 30 approved, 40 rejected, 50 changed after approval, 60 cancelled";

/// What a processing status of SAP's time sheet (CATS) says: only approved hours are handed on, and what was changed or cancelled after that
/// has a row of its own in its place, or none.
fn in_sap(cell: &str) -> Option<&'static str> {
    match cell {
        "30" => Some("validated"),
        "10" | "20" | "40" | "50" | "60" => Some("not_billable"),
        _ => None,
    }
}

/// Headers that an export of SAP's time sheet has.
const OF_SAP: [&str; 16] = [
    "catshours",
    "pernr",
    "personnel number",
    "personalnummer",
    "pers no",
    "rec order",
    "receiver order",
    "receiving order",
    "raufnr",
    "receiver wbs element",
    "rec wbs element",
    "wbs element",
    "psp element",
    "processing status",
    "bearbeitungsstatus",
    "awart",
];

/// Some of its headers are those of SAP's time sheet.
fn is_of_sap(table: &Table<'_>) -> bool {
    let known = |column: &usize| OF_SAP.contains(&super::words::fold(table.name(*column)).as_str());
    (0..table.columns()).filter(known).count() >= 2
}

/// Work that somebody deleted or cancelled.
fn taken_back(cell: &str) -> bool {
    choose::status(cell).is_some_and(|(says, _)| says == "not_billable") && evidence::telling(cell).is_none()
}

/// A number or a letter that stands for a state.
fn is_code(cell: &str) -> bool {
    !cell.is_empty() && cell.len() <= 3 && cell.chars().all(|c| c.is_ascii_digit())
}
