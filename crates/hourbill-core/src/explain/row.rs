//! What became of one row of a file (§10): the entry that it is, or why it is none.

use super::{Explanation, IdKind, Past, entry, explain, file, place, rejected};
use crate::finding::{Code, Finding, Place, Rejected};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::model::{Entry, EntryView, Facts};
use crate::results::Results;

/// A row of a file that was read, looked up again.
#[derive(Clone, Debug)]
pub struct FileRow {
    pub input: Input,
    /// 1 is the first data row, as in the table `quarantine`.
    pub place: Place,
    /// Line of a text file.
    pub line: Option<u64>,
    /// The row as it stands there.
    pub record: String,
    /// Of what it describes; empty where it has none, or was not read as a row.
    pub id: String,
    pub newer_wins: bool,
}

/// What became of the row; behind it, of a row of the timesheets that is an entry, what became of that. `past` and `invoices` are those of
/// its id.
pub fn explain_row(results: Results<'_>, row: &FileRow, past: Option<&Past>, invoices: &[String]) -> Vec<Explanation> {
    let (shown, number) = (file(results, row.place.file.0), row.place.row);
    let mut told =
        Explanation { kind: "row", id: format!("{shown}:{number}"), outcome: String::new(), steps: Vec::new() };
    let line = row.line.map_or_else(String::new, |line| format!(", line {line}"));
    told.step("2", format!("row {number} of `{shown}`{line}, input {}: {}", row.input, row.record));
    let about = results.findings.iter().filter(|finding| finding.place == Some(row.place));
    let findings: Vec<Finding> = about.cloned().collect();
    let aside = results.rejected.iter().find(|aside| (aside.input, aside.place) == (row.input, row.place));
    let at = (row.input == Input::Timesheets).then(|| entry_at(results, row.place)).flatten();
    let entry = at.map(|(idx, entry)| (entry, entry::one(results, &entry, idx, past, invoices)));
    let mut behind = Vec::new();
    told.outcome = match (&aside, entry) {
        (Some(aside), _) => quarantined(results, row, aside, &mut told),
        (None, Some((entry, of_entry))) => {
            let id = of_entry.id.clone();
            match other_row(results, &entry, &findings, &mut told) {
                Some(other) => format!("entry `{id}`, repeated: {other} counts in its place"),
                None => {
                    let outcome = format!("entry `{id}`, {}", of_entry.outcome);
                    behind.push(of_entry);
                    outcome
                }
            }
        }
        (None, None) => {
            let of_record = kind_of(row.input).filter(|_| !row.id.is_empty() && findings.is_empty());
            behind.extend(of_record.into_iter().flat_map(|kind| explain(results, &row.id, Some(kind), past, &[])));
            no_entry(row, &findings)
        }
    };
    for finding in findings {
        told.step("finding", format!("{} ({})", finding.message, finding.code));
    }
    std::iter::once(told).chain(behind).collect()
}

/// The entry that stands in a row.
fn entry_at(results: Results<'_>, place: Place) -> Option<(Idx<Entry>, EntryView<'_>)> {
    let of_file = results.world.entries.chunks().filter(|(_, chunk)| chunk.file == place.file.0);
    of_file.into_iter().find_map(|(start, chunk)| {
        let (at, entry) = chunk.iter().enumerate().find(|(_, entry)| entry.place() == place)?;
        Some((Idx::new(start + at)?, entry))
    })
}

/// A row in quarantine: what is wrong with it, who waived it, and how it is settled (E5 to E7).
fn quarantined(results: Results<'_>, row: &FileRow, aside: &Rejected, told: &mut Explanation) -> String {
    rejected(results, aside, told);
    let waivers = &results.world.waivers;
    let waiver = waivers.of(file(results, row.place.file.0), row.place.row, &row.record);
    if let Some(waiver) = waiver {
        let at = place(results, waiver.place.file.0, waiver.place.row);
        told.step("E6", format!("waived by {at}: {}", waiver.reason));
    }
    if aside.errors.iter().any(|error| error.code == Code::QuestionOpen) {
        told.step("F2", "how it is read is still asked: answer the question in the job file, and run again");
    } else if row.input.newer_can_win() {
        let on = if row.newer_wins { "is on" } else { "must be on, and is off" };
        let input = row.input;
        told.step("E5", format!("a corrected copy counts in its place: put it beside the export as a newer file (`newer_wins` of {input} {on})"));
        if aside.id.is_empty() {
            told.step(
                "E7",
                "no id of it could be read: a corrected copy counts, and this row stays here until it is waived",
            );
        }
    }
    let id = if aside.id.is_empty() { String::new() } else { format!(" as {} `{}`", kind(row.input), aside.id) };
    let waived = if waiver.is_some() { ", and waived" } else { "" };
    format!("quarantined{id}{waived}: {}", codes(aside))
}

fn codes(aside: &Rejected) -> String {
    aside.errors.iter().map(|error| error.code.name()).collect::<Vec<_>>().join(", ")
}

/// Of a row that does not count: the row that counts in its place.
fn other_row(
    results: Results<'_>,
    entry: &EntryView<'_>,
    findings: &[Finding],
    told: &mut Explanation,
) -> Option<String> {
    if !entry.facts.has(Facts::DUPLICATE) {
        return None;
    }
    let settled = findings.iter().any(|finding| matches!(finding.code, Code::SettledRow | Code::NewerRow));
    let rule = if settled { "E7" } else { "2" };
    let entries = results.world.entries.chunks().flat_map(|(_, chunk)| chunk.iter());
    let counts = |other: &EntryView<'_>| other.id() == entry.id() && !other.facts.has(Facts::DUPLICATE);
    let other = entries.into_iter().find(counts)?;
    let at = other.place();
    let other = place(results, at.file.0, at.row);
    let why = if settled { "it stands in a newer file" } else { "it says the same" };
    told.step(rule, format!("{other} counts in its place: {why}"));
    Some(other)
}

/// A row of another input, or one that is left out.
fn no_entry(row: &FileRow, findings: &[Finding]) -> String {
    let has = |code: Code| findings.iter().any(|finding| finding.code == code);
    if [Code::SettledRow, Code::NewerRow].into_iter().any(has) {
        return format!("a row of a newer file counts in its place ({})", row.id);
    }
    if has(Code::DuplicateRow) {
        return "it says again what another row says, and counts once".to_owned();
    }
    match (row.input, row.id.as_str()) {
        (Input::Timesheets, _) => "left out: it is no row of the timesheets, and no hour was read there".to_owned(),
        (input, "") => format!("read, a row of {input}"),
        (input, id) => format!("read, {} `{id}`", kind(input)),
    }
}

/// What can be explained of the records of an input.
fn kind_of(input: Input) -> Option<IdKind> {
    match input {
        Input::Customers => Some(IdKind::Customer),
        Input::Orders | Input::Agreements => Some(IdKind::OrderLine),
        Input::Tickets => Some(IdKind::Ticket),
        _ => None,
    }
}

/// What a row of an input describes.
fn kind(input: Input) -> &'static str {
    match input {
        Input::Customers => "customer",
        Input::Teams => "team",
        Input::Orders => "order line",
        Input::Agreements => "agreement",
        Input::Tickets => "ticket",
        Input::Timesheets => "entry",
        _ => "row",
    }
}
