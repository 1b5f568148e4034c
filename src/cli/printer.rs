//! The one place that writes to the terminal: data to stdout, talk to stderr.
//!
//! A reader that has gone away (`hourbill hours job.toml | head`) ends the printing, not the command. Data that a full disk or a broken one
//! has lost makes the command fail once it has done its work.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;

use super::args::{LogFormat, OutputArgs, OutputFormat};
use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::layout::{escaped_json, plain, unturned};

/// The first failure to write data.
static LOST: Mutex<Option<Failure>> = Mutex::new(None);

/// Whether the command has put a run in place or changed the ledger.
static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// The job that the command is about, for the log: a command loads one.
static JOB: OnceLock<String> = OnceLock::new();

/// Sets the job that lines of a log for programs name from now on.
pub fn log_of_job(name: &str) {
    JOB.get_or_init(|| name.to_owned());
}

/// A line of a log for programs with the job and the version of the program.
fn with_job(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(Value::Object(mut told)) => {
            told.insert("job".to_owned(), JOB.get().map(String::as_str).into());
            told.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
            Value::Object(told).to_string()
        }
        _ => line.to_owned(),
    }
}

/// Notes that the work of the command is done: a failure from now on takes nothing back (§10.2).
pub fn in_place() {
    IN_PLACE.store(true, Ordering::SeqCst);
}

/// Whether something was done that a failure does not take back.
pub fn is_in_place() -> bool {
    IN_PLACE.load(Ordering::SeqCst)
}

/// How a command ends that could not read or write something beside its work.
pub fn exit_of_io() -> Exit {
    if is_in_place() { Exit::Attention } else { Exit::Io }
}

/// The failure of a write to stdout.
pub fn lost_by(written: io::Result<()>) -> Option<Failure> {
    let error = written.err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)?;
    let exit = exit_of_io();
    let (done, hint) = match exit {
        Exit::Attention => {
            ("the command has done its work, but ", "only what was printed is not whole: make room, and ask again")
        }
        _ => ("", "what was printed is not whole: make room, and ask again"),
    };
    Some(Failure::new(exit, "cannot-write", format!("{done}cannot write to stdout: {error}"), hint))
}

#[derive(Clone, Copy, Debug)]
pub struct Printer {
    format: OutputFormat,
    quiet: bool,
    /// `-v` asks for every detail.
    detailed: bool,
    log: LogFormat,
}

/// What went wrong, for programs.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [Complaint],
    exit_code: u8,
}

impl Printer {
    pub fn new(talk: OutputArgs) -> Printer {
        Printer { format: talk.format, quiet: talk.quiet, detailed: talk.verbose > 0, log: talk.log_format }
    }

    pub fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    pub fn is_detailed(&self) -> bool {
        self.detailed
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What the command was asked for: text for people, or JSON.
    pub fn data(&self, text: impl FnOnce() -> String, json: impl FnOnce() -> serde_json::Value) {
        let out = match self.format {
            OutputFormat::Text | OutputFormat::Csv | OutputFormat::Parquet | OutputFormat::Both => {
                unturned(&text()).into_owned()
            }
            // As it is: no style stands in it, and what strips styles would take bytes of texts away.
            OutputFormat::Json => {
                let json = format!("{:#}\n", json());
                return kept(write_whole(&mut io::stdout().lock(), escaped_json(&json).as_bytes()));
            }
        };
        self.raw(&out);
    }

    /// Text that is the same in every format.
    pub fn raw(&self, text: &str) {
        kept(write_whole(&mut AutoStream::auto(io::stdout()).lock(), text.as_bytes()));
    }

    /// Bytes as they are.
    #[cfg(feature = "query")]
    pub fn bytes(&self, bytes: &[u8]) {
        kept(write_whole(&mut io::stdout().lock(), bytes));
    }

    /// How the command ends because data did not reach stdout whole, as far as is known by now.
    pub fn exit_of_lost(&self) -> Option<Exit> {
        LOST.lock().ok().and_then(|lost| lost.as_ref().map(|failure| failure.exit))
    }

    /// Why data did not reach stdout whole; `None` when it did, or its reader had gone.
    pub fn lost(&self) -> Option<Failure> {
        LOST.lock().ok().and_then(|mut lost| lost.take())
    }

    /// A remark beside the data.
    pub fn talk(&self, text: &str) {
        if self.quiet || self.is_json() {
            return;
        }
        match self.log {
            LogFormat::Text => self.write_stderr(&unturned(text)),
            LogFormat::Json => tracing::info!("{}", text.trim_end()),
        }
    }

    /// Whether somebody watches: progress may be drawn.
    pub fn is_watched(&self) -> bool {
        !self.quiet && !self.is_json() && io::stderr().is_terminal()
    }

    pub fn failure(&self, failure: &Failure) {
        self.tell(failure, "error");
    }

    /// Under `--quiet`, why a command ends with exit code 1: one line. Otherwise what it printed says so.
    pub fn why(&self, message: String, place: String) {
        if self.quiet {
            let complaint = Complaint { code: "attention".to_owned(), message, place, hint: String::new() };
            self.tell(&Failure { complaints: vec![complaint], exit: Exit::Attention }, "warning");
        }
    }

    /// The last line of a log for programs; an error is told by its own line.
    pub fn ended(&self, exit: Exit) {
        let exit_code = exit.code();
        match (self.log, exit) {
            (LogFormat::Json, Exit::Done) => tracing::info!(exit_code, "the command ended"),
            (LogFormat::Json, Exit::Attention) if !self.quiet => tracing::warn!(exit_code, "the command ended"),
            _ => {}
        }
    }

    fn tell(&self, failure: &Failure, word: &str) {
        let exit_code = failure.exit.code();
        self.write_stderr(&match (self.format, self.log) {
            (OutputFormat::Json, _) => {
                let errors = Errors { errors: &failure.complaints, exit_code };
                let line = serde_json::to_string(&errors).unwrap_or_default();
                format!("{}\n", escaped_json(&line))
            }
            (OutputFormat::Text | OutputFormat::Csv | OutputFormat::Parquet | OutputFormat::Both, LogFormat::Text) => {
                failure.complaints.iter().map(|complaint| rendered(complaint, word)).collect::<Vec<_>>().join("\n")
            }
            (OutputFormat::Text | OutputFormat::Csv | OutputFormat::Parquet | OutputFormat::Both, LogFormat::Json) => {
                failure.complaints.iter().map(|complaint| log_line(complaint, word, exit_code)).collect()
            }
        });
    }

    fn write_stderr(&self, text: &str) {
        let mut out = AutoStream::auto(io::stderr()).lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

fn write_whole(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes).and_then(|()| out.flush())
}

/// What could not be written is told at the end.
fn kept(written: io::Result<()>) {
    if let (Some(failure), Ok(mut lost)) = (lost_by(written), LOST.lock()) {
        lost.get_or_insert(failure);
    }
}

/// The log, with nothing in it that would turn the text of a terminal around.
pub fn log_writer(format: LogFormat) -> LogWriter {
    LogWriter(format)
}

/// Writes whole lines to stderr.
pub struct LogWriter(LogFormat);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let shown = match self.0 {
            LogFormat::Text => unturned(&text),
            LogFormat::Json => {
                let lines: String = text.lines().map(|line| with_job(line) + "\n").collect();
                return io::stderr().write_all(escaped_json(&lines).as_bytes()).map(|()| bytes.len());
            }
        };
        io::stderr().write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A line among those of the log, whatever its level.
fn log_line(complaint: &Complaint, word: &str, exit_code: u8) -> String {
    let line = serde_json::json!({
        "timestamp": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "level": if word == "error" { "ERROR" } else { "WARN" },
        "message": complaint.message,
        "code": complaint.code,
        "place": complaint.place,
        "hint": complaint.hint,
        "exit_code": exit_code,
    });
    format!("{}\n", escaped_json(&with_job(&line.to_string())))
}

/// The form of DESIGN 7; a warning is one line.
fn rendered(complaint: &Complaint, word: &str) -> String {
    let (bad, dim) = (AnsiColor::Red.on_default().bold(), Style::new().dimmed());
    let bold = Style::new().bold();
    let (code, message) = (&complaint.code, plain(&complaint.message));
    if word == "warning" {
        let warn = AnsiColor::Yellow.on_default().bold();
        let at = if complaint.place.is_empty() { String::new() } else { format!(": {}", plain(&complaint.place)) };
        return format!("{warn}warning[{code}]{warn:#}{bold}: {message}{bold:#}{at}\n");
    }
    let mut text = format!("{bad}error[{code}]{bad:#}{bold}: {message}{bold:#}\n");
    if !complaint.place.is_empty() {
        text.push_str(&format!("{dim} -->{dim:#} {}\n", plain(&complaint.place)));
    }
    if !complaint.hint.is_empty() {
        text.push_str(&format!("{dim} hint:{dim:#} {}\n", plain(&complaint.hint)));
    }
    text
}
