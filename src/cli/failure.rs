//! Why a command ended without doing what it was asked to: what is wrong, where, and what helps.

use serde::Serialize;

use super::exit::Exit;
use crate::guess;
use crate::job::JobError;
use crate::ledger::{LedgerError, StoreError, Unproven};
use crate::proof::Failed;
use crate::publish::PublishError;
use crate::read::ReadError;
use crate::run::{RunError, Unmet};

/// One thing that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// What kind of complaint it is, in kebab-case.
    pub code: String,
    pub message: String,
    /// Where it is; empty when it has no place.
    pub place: String,
    /// What helps; empty when nothing is known to.
    pub hint: String,
}

/// Everything that went wrong, and how the command ends for it.
#[derive(Debug)]
pub struct Failure {
    pub complaints: Vec<Complaint>,
    pub exit: Exit,
}

impl Failure {
    pub fn new(exit: Exit, code: &str, message: impl Into<String>, hint: &str) -> Failure {
        let (code, hint) = (code.to_owned(), hint.to_owned());
        Failure { complaints: vec![Complaint { code, message: message.into(), place: String::new(), hint }], exit }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Failure {
        let complaint = |problem: crate::job::Problem| Complaint {
            place: match (problem.place.is_empty(), problem.key.is_empty()) {
                (_, true) => problem.place,
                (true, false) => format!("key `{}`", problem.key),
                (false, false) => format!("{}, key `{}`", problem.place, problem.key),
            },
            code: problem.code.to_owned(),
            message: problem.message,
            hint: problem.hint,
        };
        Failure { complaints: error.problems.into_iter().map(complaint).collect(), exit: Exit::Usage }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        match error {
            RunError::Read(error) => error.into(),
            RunError::NoTickets { ref column, .. } => {
                let hint = format!(
                    "add `tickets = \"FILE\"` below [inputs]; if `{column}` names no tickets that the job needs, leave it out of `columns`"
                );
                Failure::new(Exit::Usage, "no-tickets-input", error.to_string(), &hint)
            }
            RunError::TooManyEntries => {
                let hint = "split the timesheets by customer or period and run the parts as jobs of their own";
                Failure::new(Exit::Inputs, "too-many-entries", error.to_string(), hint)
            }
            RunError::Expected(unmet) => unmet.into(),
            RunError::Control(failed) => failed.into(),
            RunError::Publish(error) => error.into(),
            RunError::Ledger(error) => error.into(),
            RunError::NoLedger => {
                let hint = "name its folder in the job file: [ledger] dir = \"ledger\"";
                Failure::new(Exit::Usage, "no-ledger", error.to_string(), hint)
            }
            RunError::WentBack(went_back) => {
                let restart = format!("`hourbill ledger restart {} --reason TEXT`", went_back.job_file);
                let hint = format!(
                    "restore the newest ledger, or correct `ledger.dir`; one that is to start anew here is told by {restart}"
                );
                Failure::new(Exit::Control, "ledger-went-back", went_back.to_string(), &hint)
            }
            RunError::NoRun(_) => {
                let hint = "the runs of the job are folders in `runs` of its output folder";
                Failure::new(Exit::Usage, "no-run", error.to_string(), hint)
            }
            RunError::Altered { .. } => Failure::new(
                Exit::Conflict,
                "run-altered",
                error.to_string(),
                "what a run says is relied on only as it was published: restore the file, or run the job again",
            ),
            RunError::RunFormat { ref version, .. } => {
                Failure::new(Exit::Conflict, "run-format", error.to_string(), &who_reads(version.as_deref()))
            }
            RunError::Undone { .. } => Failure::new(
                Exit::Conflict,
                "adjustments-undone",
                error.to_string(),
                "mend or take out the rows and run again, or post with --ignore-adjustments --reason TEXT",
            ),
            RunError::NotReady { month, why } => not_ready(&month, why),
            RunError::MonthShut(_) => Failure::new(
                Exit::Conflict,
                "month-closed",
                error.to_string(),
                "nothing was changed: `hourbill reopen` opens the month again; `run --dry-run`, `hours` and `explain` answer as ever",
            ),
            RunError::TooLittleMemory { .. }
            | RunError::NotInPasses(_)
            | RunError::NotInParts(_)
            | RunError::PartRefused(_)
            | RunError::PartFailed(_) => of_parts(error),
            RunError::PostedAltered(files) => posted_altered(files),
            RunError::Document(_) | RunError::RunDocument(_) => Failure::new(
                Exit::Bug,
                "document",
                error.to_string(),
                "this is a fault of hourbill: nothing is published; leave the format out of `output.documents`",
            ),
            RunError::Interrupted => Failure::new(Exit::Interrupted, "interrupted", error.to_string(), ""),
        }
    }
}

/// The failure of a run in passes, or of one that several processes compute (Z).
fn of_parts(error: RunError) -> Failure {
    match error {
        RunError::TooLittleMemory { .. } => {
            let hint =
                "what cannot be taken in passes decides: orders, tickets, ids and the largest group of customers";
            Failure::new(Exit::Usage, "too-little-memory", error.to_string(), hint)
        }
        RunError::NotInPasses(_) => {
            let hint = "run without --memory, or leave what needs the whole run out of the job file";
            Failure::new(Exit::Usage, "not-in-passes", error.to_string(), hint)
        }
        RunError::PartFailed(why) => {
            let complaint = |message: String| Complaint {
                code: "part-failed".to_owned(),
                message,
                place: String::new(),
                hint: "nothing was published: correct the data or the job, and plan the parts anew".to_owned(),
            };
            Failure { complaints: why.into_iter().map(complaint).collect(), exit: Exit::Inputs }
        }
        RunError::PartRefused(_) => Failure::new(
            Exit::Conflict,
            "part-refused",
            error.to_string(),
            "nothing was published: repeat what is missing; where the plan is stale, plan the parts anew",
        ),
        error => {
            let hint = "run it on one machine, or leave what needs the whole run out of the job file";
            Failure::new(Exit::Usage, "not-in-parts", error.to_string(), hint)
        }
    }
}

impl From<Vec<Unmet>> for Failure {
    fn from(unmet: Vec<Unmet>) -> Failure {
        let complaint = |unmet: Unmet| Complaint {
            code: "control-total".to_owned(),
            message: unmet.message,
            place: unmet.by,
            hint: "nothing was computed: export again, or correct what is expected".to_owned(),
        };
        Failure { complaints: unmet.into_iter().map(complaint).collect(), exit: Exit::Inputs }
    }
}

impl From<Vec<Failed>> for Failure {
    fn from(failed: Vec<Failed>) -> Failure {
        let complaint = |failed: Failed| Complaint {
            code: "control-failed".to_owned(),
            message: failed.0,
            place: String::new(),
            hint: "nothing was published; please report it: the sums of a run have to agree".to_owned(),
        };
        Failure { complaints: failed.into_iter().map(complaint).collect(), exit: Exit::Control }
    }
}

/// What reads a run of another format: `version` of hourbill published it.
fn who_reads(version: Option<&str>) -> String {
    match version {
        // The version is this program's, which writes no such format: somebody altered the run.
        Some(env!("CARGO_PKG_VERSION")) => "nothing was changed: run the job again".to_owned(),
        Some(version) => {
            format!("nothing was changed: hourbill {version}, which published it, or a newer one reads it")
        }
        None => "nothing was changed: the version that published it, or a newer one, reads it".to_owned(),
    }
}

/// Files of documents that are not what was posted (N9): the ledger itself is whole.
fn posted_altered(files: Vec<Unproven>) -> Failure {
    let complaint = |file: Unproven| Complaint {
        code: "posted-altered".to_owned(),
        message: file.text,
        place: file.object,
        hint: "`hourbill render JOB DOCUMENT` restores it from the ledger, which is whole: runs and posts go on"
            .to_owned(),
    };
    Failure { complaints: files.into_iter().map(complaint).collect(), exit: Exit::Control }
}

/// What `close` is refused for (K5).
fn not_ready(month: &str, why: Vec<String>) -> Failure {
    let complaint = |message: String| Complaint {
        code: "month-not-ready".to_owned(),
        message: format!("{month}: {message}"),
        place: String::new(),
        hint: "see to it and run the month again, or close with --force: the ledger keeps what was passed over"
            .to_owned(),
    };
    Failure { complaints: why.into_iter().map(complaint).collect(), exit: Exit::Conflict }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Failure {
        let exit = if error.is_conflict() { Exit::Conflict } else { Exit::Io };
        Failure::new(exit, error.code(), error.to_string(), error.hint())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Failure {
        let text = error.to_string();
        let one = |exit, code: &str, hint: &str| Failure::new(exit, code, text.clone(), hint);
        match error {
            LedgerError::Store(StoreError::Io { doing: "read" | "look at" | "look into", .. }) => one(
                Exit::Io,
                "ledger-io",
                "nothing was changed: make it readable to whoever runs hourbill, then repeat the command",
            ),
            LedgerError::Store(StoreError::Io { .. }) => {
                let hint = "a change is in the ledger whole or not at all: repeat the command, it does nothing twice";
                one(Exit::Io, "ledger-io", hint)
            }
            LedgerError::Store(StoreError::Link(_)) => {
                one(Exit::Conflict, "link-in-ledger", "put a folder or file in its place: the ledger follows no links")
            }
            LedgerError::Store(StoreError::Busy(_)) => {
                one(Exit::Conflict, "ledger-busy", "wait until it has ended, then repeat it")
            }
            LedgerError::Damaged(failures) => {
                let complaint = |failure: Unproven| Complaint {
                    code: "ledger-damaged".to_owned(),
                    message: failure.text,
                    place: failure.object,
                    hint: "nothing is billed on such ground: restore the file from a backup".to_owned(),
                };
                Failure { complaints: failures.into_iter().map(complaint).collect(), exit: Exit::Control }
            }
            LedgerError::UnknownFormat { .. } => {
                let hint = "a newer hourbill wrote it: use that version (`version` in run.json of the job's newest run), or a newer one; nothing was changed";
                one(Exit::Control, "ledger-format", hint)
            }
            LedgerError::Conflict(_) => one(
                Exit::Conflict,
                "ledger-conflict",
                "nothing was changed: what comes first the message says; `hourbill ledger show` tells what is posted and which months are closed",
            ),
            LedgerError::NoDocument(_) => {
                one(Exit::Usage, "unknown-document", "`hourbill ledger show` lists the documents")
            }
            LedgerError::NoDraft { .. } => {
                one(Exit::Usage, "unknown-draft", "the table `invoices` of the run lists its drafts")
            }
            LedgerError::Violates(_) => {
                one(Exit::Conflict, "ledger-rule", "nothing was changed: `hourbill ledger show` tells what is posted")
            }
            LedgerError::Refused(refused) => {
                let exit = if refused.is_of_state() { Exit::Conflict } else { Exit::Usage };
                one(exit, "cannot-credit", "`hourbill ledger show --document` tells what is left")
            }
            LedgerError::TooLarge => {
                one(Exit::Control, "amount-too-large", "nothing was changed: post fewer drafts at once (`--invoice`)")
            }
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        let exit = if error.is_io() {
            Exit::Io
        } else if error.is_of_job() {
            Exit::Usage
        } else {
            Exit::Inputs
        };
        let place = match error.place() {
            // `FILE:N` is a row everywhere else.
            (file, Some(line)) => format!("{file}, line {line}"),
            (file, None) => file.to_owned(),
        };
        let (code, message) = (error.code().to_owned(), error.to_string());
        let hint = likely_columns(&error).unwrap_or_else(|| error.hint().to_owned());
        Failure { complaints: vec![Complaint { code, message, place, hint }], exit }
    }
}

/// The headers that likely stand for columns that a file lacks, as the job names them.
fn likely_columns(error: &ReadError) -> Option<String> {
    let ReadError::MissingColumns { columns, found, .. } = error else { return None };
    let near = columns.iter().filter_map(|column| Some((column, guess::header_for(column, found)?)));
    let named: Vec<String> = near.map(|(column, header)| format!("{column} = {header:?}")).collect();
    let other = "export the column, or set the `delimiter` of the input";
    (!named.is_empty()).then(|| {
        format!(
            "if that is what is meant, name it in the job: `columns = {{ {} }}` of the input; else {other}",
            named.join(", ")
        )
    })
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        let io = error.chain().any(|cause| cause.is::<std::io::Error>());
        Failure::new(if io { Exit::Io } else { Exit::Usage }, "failed", format!("{error:#}"), "")
    }
}
