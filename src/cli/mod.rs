//! The command line: arguments in, data on stdout, talk on stderr, an exit code.
//!
//! What is typed stands in [`args`]; each command is a function of [`commands`]; everything printed goes through one [`printer::Printer`].

mod args;
mod commands;
mod compared;
mod exit;
mod explained;
mod failure;
mod hours;
mod huge_pages;
mod init;
mod inputs;
mod interrupt;
mod layout;
mod leaks;
mod ledger;
mod ledger_args;
mod ledger_text;
mod metrics;
mod printer;
mod receipt;
mod reconciled;
mod rows_json;
mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use tracing::level_filters::LevelFilter;

use args::{Args, LogFormat, Talk};
use exit::Exit;
use printer::Printer;

/// The whole program.
pub fn main() -> ExitCode {
    huge_pages::prepare();
    let args = match Args::typed() {
        Ok(args) => args,
        // Help and version are data and end well.
        Err(told) => {
            let _ = told.print();
            return if told.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let printer = Printer::new(args.talk.format, args.talk.quiet);
    interrupt::prepare(printer);
    log(args.talk);
    let ended = std::panic::catch_unwind(|| match commands::run(args.command, printer) {
        Ok(exit) => exit,
        Err(failure) => {
            // What failed because an interrupt took it apart was interrupted.
            if !interrupt::is_interrupted() {
                printer.failure(&failure);
            }
            failure.exit
        }
    });
    let exit = ended.unwrap_or(Exit::Bug);
    if interrupt::is_interrupted() { Exit::Interrupted.into() } else { exit.into() }
}

/// Log lines go to stderr and carry ids and counts, never descriptions.
fn log(talk: Talk) {
    let level = match (talk.quiet, talk.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    let colour = std::io::stderr().is_terminal()
        && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level).with_target(false);
    match talk.log_format {
        LogFormat::Text => log.with_ansi(colour).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
