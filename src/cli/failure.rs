//! Why a command ended without doing what it was asked to: what is wrong, where, and what helps.

use serde::Serialize;

use super::exit::Exit;
use crate::job::JobError;
use crate::publish::PublishError;
use crate::read::ReadError;
use crate::run::RunError;

/// One thing that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// Kebab-case.
    pub code: String,
    pub message: String,
    /// Where; empty when it has no place.
    pub place: String,
    /// What helps; may be empty.
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
            RunError::TooManyEntries => {
                let hint = "split the timesheets by customer or period and run the parts as jobs of their own";
                Failure::new(Exit::Inputs, "too-many-entries", error.to_string(), hint)
            }
            RunError::Control(failed) => {
                let complaint = |failed: crate::proof::Failed| Complaint {
                    code: "control-failed".to_owned(),
                    message: failed.0,
                    place: String::new(),
                    hint: "nothing was published; please report it: the sums of a run have to agree".to_owned(),
                };
                Failure { complaints: failed.into_iter().map(complaint).collect(), exit: Exit::Control }
            }
            RunError::Publish(error) => error.into(),
            RunError::Document(error) => Failure::new(
                Exit::Bug,
                "document",
                error.to_string(),
                "this is a fault of hourbill: nothing is published; leave the format out of `output.documents`",
            ),
            RunError::Interrupted => Failure::new(Exit::Interrupted, "interrupted", error.to_string(), ""),
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Failure {
        let exit = if error.is_conflict() { Exit::Conflict } else { Exit::Io };
        Failure::new(exit, error.code(), error.to_string(), error.hint())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        let exit = if error.is_io() { Exit::Io } else { Exit::Inputs };
        let place = match error.place() {
            (file, Some(line)) => format!("{file}:{line}"),
            (file, None) => file.to_owned(),
        };
        let (code, message, hint) = (error.code().to_owned(), error.to_string(), error.hint().to_owned());
        Failure { complaints: vec![Complaint { code, message, place, hint }], exit }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        let io = error.chain().any(|cause| cause.is::<std::io::Error>());
        Failure::new(if io { Exit::Io } else { Exit::Usage }, "failed", format!("{error:#}"), "")
    }
}
