//! The one place that writes to the terminal: data to stdout, talk to stderr.
//!
//! A reader that has gone away (`hourbill hours job.toml | head`) ends the printing, not the command. Data that a full disk or a broken one
//! has lost makes the command fail once it has done its work.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::args::Format;
use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::layout::plain;

/// Widest text when nobody says how wide the terminal is, and at most.
const WIDTH_MAX: usize = 100;

/// The first failure to write data.
static LOST: Mutex<Option<Failure>> = Mutex::new(None);

/// The failure of a write to stdout.
pub fn lost_by(written: io::Result<()>) -> Option<Failure> {
    let error = written.err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)?;
    let hint = "what was printed is not whole; what the command had to do is done: make room, and ask again";
    Some(Failure::new(Exit::Io, "cannot-write", format!("cannot write to stdout: {error}"), hint))
}

#[derive(Clone, Copy, Debug)]
pub struct Printer {
    format: Format,
    quiet: bool,
}

/// What went wrong, for programs.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [Complaint],
    exit_code: u8,
}

impl Printer {
    pub fn new(format: Format, quiet: bool) -> Printer {
        Printer { format, quiet }
    }

    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What the command was asked for: text for people, or JSON.
    pub fn data(&self, text: impl FnOnce() -> String, json: impl FnOnce() -> serde_json::Value) {
        let out = match self.format {
            Format::Text | Format::Csv | Format::Parquet | Format::Both => text(),
            Format::Json => format!("{:#}\n", json()),
        };
        self.raw(&out);
    }

    /// Text that is the same in every format.
    pub fn raw(&self, text: &str) {
        let mut out = AutoStream::auto(io::stdout()).lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let (Some(failure), Ok(mut lost)) = (lost_by(written), LOST.lock()) {
            lost.get_or_insert(failure);
        }
    }

    /// Why data did not reach stdout whole; `None` when it did, or its reader had gone.
    pub fn lost(&self) -> Option<Failure> {
        LOST.lock().ok().and_then(|mut lost| lost.take())
    }

    /// A remark beside the data.
    pub fn talk(&self, text: &str) {
        if !self.quiet && !self.is_json() {
            self.write_stderr(text);
        }
    }

    /// Whether somebody watches: progress may be drawn.
    pub fn is_watched(&self) -> bool {
        !self.quiet && !self.is_json() && io::stderr().is_terminal()
    }

    pub fn failure(&self, failure: &Failure) {
        self.write_stderr(&match self.format {
            Format::Text | Format::Csv | Format::Parquet | Format::Both => {
                failure.complaints.iter().map(rendered).collect::<Vec<_>>().join("\n")
            }
            Format::Json => {
                let errors = Errors { errors: &failure.complaints, exit_code: failure.exit.code() };
                serde_json::to_string(&errors).map(|line| format!("{line}\n")).unwrap_or_default()
            }
        });
    }

    /// A reason why a command that has done its work still ends otherwise than it might have.
    pub fn note(&self, exit: Exit, code: &str, message: String, hint: &str) {
        self.failure(&Failure::new(exit, code, message, hint));
    }

    fn write_stderr(&self, text: &str) {
        let mut out = AutoStream::auto(io::stderr()).lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// Columns that text for people may take.
pub fn width() -> usize {
    let terminal = if io::stdout().is_terminal() { terminal_columns() } else { None };
    terminal.map_or(WIDTH_MAX, |columns| columns.clamp(40, WIDTH_MAX))
}

fn terminal_columns() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

/// The form of DESIGN 7.
fn rendered(complaint: &Complaint) -> String {
    let (bad, dim) = (AnsiColor::Red.on_default().bold(), Style::new().dimmed());
    let bold = Style::new().bold();
    let (code, message) = (&complaint.code, plain(&complaint.message));
    let mut text = format!("{bad}error[{code}]{bad:#}{bold}: {message}{bold:#}\n");
    if !complaint.place.is_empty() {
        text.push_str(&format!("{dim} -->{dim:#} {}\n", plain(&complaint.place)));
    }
    if !complaint.hint.is_empty() {
        text.push_str(&format!("{dim} hint:{dim:#} {}\n", plain(&complaint.hint)));
    }
    text
}
