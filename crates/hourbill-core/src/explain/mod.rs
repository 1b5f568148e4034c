//! Re-tells the decisions about one id, from the same functions that made them: each rule that decided, with its number and the values
//! it saw, also why something was not billed.

mod agreed;
mod customer;
mod document;
mod draft;
mod drawn;
mod entry;
mod order_line;
mod past;
mod row;
mod ticket;

use serde::Serialize;

use crate::account::{Disposition, Totals};
use crate::finding::{Rejected, Subject, place_told};
use crate::inputs::Input;
use crate::quantity::HoursSum;
use crate::results::Results;

pub use past::{Past, PastDeed, PastPaper, PastPortion};
pub use row::{FileRow, explain_row};

/// What one id stands for, and what the rules made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub kind: &'static str,
    pub id: String,
    /// What came of it, in one sentence.
    pub outcome: String,
    pub steps: Vec<Step>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Number of the rule in docs/rules.md, or of the chapter it stands in.
    pub rule: &'static str,
    pub text: String,
}

impl Explanation {
    fn new(kind: IdKind, id: &str) -> Explanation {
        Explanation { kind: kind.name(), id: id.to_owned(), outcome: String::new(), steps: Vec::new() }
    }

    fn step(&mut self, rule: &'static str, text: impl Into<String>) {
        self.steps.push(Step { rule, text: text.into() });
    }
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    Entry,
    Ticket,
    OrderLine,
    Customer,
    Draft,
    /// A document of the ledger.
    Document,
}

impl IdKind {
    pub const ALL: [IdKind; 6] =
        [IdKind::Entry, IdKind::Ticket, IdKind::OrderLine, IdKind::Customer, IdKind::Draft, IdKind::Document];

    pub fn name(self) -> &'static str {
        match self {
            IdKind::Entry => "entry",
            IdKind::Ticket => "ticket",
            IdKind::OrderLine => "order_line",
            IdKind::Customer => "customer",
            IdKind::Draft => "draft",
            IdKind::Document => "document",
        }
    }

    fn input(self) -> Option<Input> {
        match self {
            IdKind::Entry => Some(Input::Timesheets),
            IdKind::Ticket => Some(Input::Tickets),
            IdKind::OrderLine => Some(Input::Orders),
            IdKind::Customer => Some(Input::Customers),
            IdKind::Draft | IdKind::Document => None,
        }
    }

    fn subject(self) -> Subject {
        match self {
            IdKind::Entry => Subject::Entry,
            IdKind::Ticket => Subject::Ticket,
            IdKind::OrderLine => Subject::OrderLine,
            IdKind::Customer => Subject::Customer,
            IdKind::Draft => Subject::Draft,
            IdKind::Document => Subject::Document,
        }
    }
}

/// Everything that bears the id: an entry and a ticket may share one. `past` is what the ledger says about it; `invoices` are the documents
/// that the export names for entries with the id.
pub fn explain(
    results: Results<'_>,
    id: &str,
    only: Option<IdKind>,
    past: Option<&Past>,
    invoices: &[String],
) -> Vec<Explanation> {
    IdKind::ALL
        .into_iter()
        .filter(|&kind| only.is_none_or(|only| only == kind))
        .flat_map(|kind| {
            let mut explanations = match kind {
                IdKind::Entry => entry::explain(results, id, past, invoices),
                IdKind::Ticket => ticket::explain(results, id).into_iter().collect(),
                IdKind::OrderLine => order_line::explain(results, id, past).into_iter().collect(),
                IdKind::Customer => customer::explain(results, id).into_iter().collect(),
                IdKind::Draft => draft::explain(results, id).into_iter().collect(),
                IdKind::Document => past.and_then(|past| document::explain(past, id)).into_iter().collect(),
            };
            if explanations.is_empty() {
                explanations.extend(quarantined(results, kind, id));
            }
            if explanations.is_empty() {
                explanations.extend(past.and_then(|past| match kind {
                    IdKind::Entry => past.vanished_entry(id),
                    IdKind::OrderLine => past.vanished_line(id),
                    IdKind::Ticket | IdKind::Customer | IdKind::Draft | IdKind::Document => None,
                }));
            }
            for explanation in &mut explanations {
                findings(results, kind, explanation);
            }
            explanations
        })
        .collect()
}

/// Rows of the id that were set aside.
fn quarantined(results: Results<'_>, kind: IdKind, id: &str) -> Option<Explanation> {
    let rows: Vec<Rejected> =
        results.rejected.iter().filter(|row| Some(row.input) == kind.input() && row.id == id).collect();
    if rows.is_empty() {
        return None;
    }
    let mut explanation = Explanation::new(kind, id);
    explanation.outcome = "quarantined: nothing that refers to it is used".to_owned();
    for row in &rows {
        rejected(results, row, &mut explanation);
    }
    Some(explanation)
}

fn rejected(results: Results<'_>, row: &Rejected, explanation: &mut Explanation) {
    let place = place_told(file(results, row.place.file.0), row.place.row, row.line);
    for error in &row.errors {
        let column = if error.column.is_empty() { String::new() } else { format!(", column `{}`", error.column) };
        let (code, message, hint) = (error.code, &error.message, error.code.hint());
        explanation.step("2", format!("{place}{column}: {message} ({code}); {hint}"));
    }
}

fn place(results: Results<'_>, file: u32, row: u64) -> String {
    place_told(self::file(results, file), row, None::<u64>)
}

fn file(results: Results<'_>, file: u32) -> &str {
    results.files.get(file as usize).map_or("", String::as_str)
}

fn findings(results: Results<'_>, kind: IdKind, explanation: &mut Explanation) {
    let about = results.findings.iter().filter(|finding| finding.subject == kind.subject());
    let about: Vec<_> = about.filter(|finding| finding.id == explanation.id).collect();
    for finding in about {
        explanation.step("finding", format!("{} ({})", finding.message, finding.code));
    }
}

/// `3 entries with 4.5 h covered, 1 entry with 2 h billed, a further 1 h of them held`: an entry billed in part counts once.
fn spread(totals: &Totals) -> String {
    let (counted, in_part): (Vec<_>, Vec<_>) = totals.iter().partition(|(_, total)| total.rows > 0);
    let counted = counted
        .into_iter()
        .map(|(disposition, total)| format!("{} with {} h {}", entries(total.rows), total.hours, words(disposition)));
    let in_part = in_part
        .into_iter()
        .filter(|(_, total)| !total.hours.is_zero())
        .map(|(disposition, total)| format!("a further {} h of them {}", total.hours, words(disposition)));
    let told: Vec<String> = counted.chain(in_part).collect();
    if told.is_empty() { "no entries".to_owned() } else { told.join(", ") }
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// A disposition as people say it.
fn words(disposition: Disposition) -> String {
    disposition.name().replace('_', " ")
}

fn hours(hours: HoursSum) -> String {
    format!("{hours} h")
}

/// Where on a draft an entry or order line stands: draft and line number.
fn drafted<'a>(
    results: Results<'a>,
    wanted: impl Fn(&crate::bill::DraftLine) -> bool,
) -> Option<(&'a crate::bill::Draft, usize, &'a crate::bill::DraftLine)> {
    results.billing.drafts.iter().find_map(|draft| {
        let found = draft.parts.iter().enumerate().find(|(_, part)| wanted(part))?;
        Some((draft, found.0 + 1, found.1))
    })
}
