//! The documents of what is posted, credited and voided (N1): made, put in place, restored.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::args::Job;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt;
use super::layout::{counted, wrapped};
use super::ledger_args::Render;
use super::printer::{self, Printer};
use super::start::load;
use crate::job::Settings;
use crate::ledger::{Done, FrozenInvoice, Issued, Ledger, LedgerError, Planned};
use crate::run::{self, Asked, Issue, Rendered, RunError};

/// Names of a list that are told one by one.
const SHOWN_MAX: usize = 5;

/// Dates, numbers and freezes the documents of a change, and notes what they lack.
pub(super) fn issue(
    settings: &Settings,
    ledger: &Ledger,
    planned: &mut Planned,
    asked: Asked,
) -> Result<Issue, RunError> {
    let issue = run::issue(settings, ledger, planned, asked)?;
    planned.notes.extend(issue.lacking(settings));
    Ok(issue)
}

/// Makes a change of the ledger: its documents are staged before it and put in place after it. Returns what was done, and what could not be
/// put in place.
pub(super) fn apply(
    settings: &Settings,
    ledger: &Ledger,
    mut planned: Planned,
    issue: &Issue,
) -> Result<(Done, Result<(), Failure>), RunError> {
    let mut staged = issue.stage(settings, ledger, &mut planned)?;
    if !interrupt::commit() {
        return Err(RunError::Interrupted);
    }
    staged.is_committed();
    let done = match ledger.apply(planned) {
        Ok(done) => done,
        Err(error) => {
            // Of another failure nobody knows whether it came before the commit or after: the next command does.
            if matches!(error, LedgerError::Conflict(_) | LedgerError::TooLarge) {
                staged.forget();
            }
            return Err(error.into());
        }
    };
    printer::in_place();
    let placed = staged.place().map_err(|error| {
        let message = format!("the ledger is changed, but its documents are not in place: {error}");
        Failure::new(
            Exit::Attention,
            "documents-not-in-place",
            message,
            "nothing is lost: the next command of the job completes them; make room or allow writing",
        )
    });
    Ok((done, placed))
}

/// Puts in place what a command that was killed had staged for a change that it made.
pub(super) fn complete(settings: &Settings, dry_run: bool, printer: Printer) -> Result<(), Failure> {
    let Some(ledger) = run::ledger(settings).filter(|_| !dry_run) else { return Ok(()) };
    match run::complete(settings, &ledger) {
        Ok(0) => Ok(()),
        Ok(commits) => {
            let of = counted(commits, "earlier change");
            printer
                .talk(&format!("the documents of {of} are in place now: the command that made it had ended before\n"));
            Ok(())
        }
        Err(RunError::Publish(error)) => {
            printer
                .talk(&wrapped("warning: ", &format!("documents of an earlier change are not in place yet: {error}")));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

pub fn render(args: &Render, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&Job { job: args.job.clone(), ..Job::default() })?;
    let Some(ledger) = run::ledger(&settings) else { return Err(RunError::NoLedger.into()) };
    complete(&settings, false, printer)?;
    let rendered = run::render(&settings, &ledger, &args.document, args.out.as_deref())?;
    printer.data(|| rendered_text(&rendered), || rendered_json(&rendered));
    if rendered.others.is_empty() {
        return Ok(Exit::Done);
    }
    let files = counted(rendered.others.len() as u64, "file");
    printer.why(format!("{}: {files} left alone, which would have other bytes now", rendered.called), String::new());
    Ok(Exit::Attention)
}

fn rendered_text(rendered: &Rendered) -> String {
    let mut text = format!("{}: {}\n", rendered.called, rendered.folder.display());
    let lists = [
        (&rendered.kept, "as it was posted"),
        (&rendered.restored, "written"),
        (&rendered.replaced, "restored: it had other bytes"),
        (
            &rendered.others,
            "left alone: this hourbill, or the job file as it is now, would make other bytes than were posted",
        ),
    ];
    for (files, what) in lists {
        files.iter().for_each(|file| text.push_str(&wrapped("  ", &format!("{file}: {what}"))));
    }
    if lists.iter().all(|(files, _)| files.is_empty()) {
        text.push_str("  the job asks for no documents (`output.documents`)\n");
    }
    text
}

fn rendered_json(rendered: &Rendered) -> Value {
    json!({
        "document": rendered.called,
        "folder": rendered.folder.display().to_string(),
        "kept": rendered.kept,
        "written": rendered.restored,
        "restored": rendered.replaced,
        "left_alone": rendered.others,
    })
}

/// What `ledger verify` says of the files in `posted/`.
pub(super) fn held(held: u64, gone: &[String]) -> String {
    let mut text = String::new();
    if held > 0 {
        text.push_str(&wrapped("  ", &format!("{} of posted documents as they were frozen", counted(held, "file"))));
    }
    for file in gone.iter().take(SHOWN_MAX) {
        text.push_str(&wrapped("  ", &format!("`posted/{file}` is gone: `hourbill render` restores it")));
    }
    if gone.len() > SHOWN_MAX {
        text.push_str(&wrapped(
            "  ",
            &format!("and {} like it", counted((gone.len() - SHOWN_MAX) as u64, "further file")),
        ));
    }
    text
}

/// The documents of a change, by id.
pub(super) fn by_id(invoices: &[FrozenInvoice]) -> HashMap<&str, &Issued> {
    invoices.iter().map(|of| (of.issued.document.as_str(), &of.issued)).collect()
}

/// The number and dates that a document was given, for programs.
pub(super) fn issued_json(issued: Option<&Issued>) -> Value {
    json!({
        "number": issued.and_then(|of| of.number.as_ref()).map(|number| &number.text),
        "status": issued.map(|of| of.status.name()),
        "issue_date": issued.map(|of| of.issue_date.to_string()),
        "due_date": issued.and_then(|of| of.due_date).map(|date| date.to_string()),
    })
}
