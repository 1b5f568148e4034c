//! How a command ends (§10.1).

use std::process::ExitCode;

/// What a scheduler sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Done,
    /// Done, but rows were quarantined or drafts held, or figures differ.
    Attention,
    /// The command line or the job file is wrong.
    Usage,
    /// The inputs break their contract; nothing was published.
    Inputs,
    /// A control failed; nothing was published.
    Control,
    /// The state was in the way; nothing was changed.
    Conflict,
    /// Reading or writing failed; the previous state is intact.
    Io,
    /// A bug of hourbill.
    Bug,
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Attention => 1,
            Exit::Usage => 2,
            Exit::Inputs => 3,
            Exit::Control => 4,
            Exit::Conflict => 5,
            Exit::Io => 6,
            Exit::Bug => 70,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
