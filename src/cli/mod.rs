//! The command line: arguments in, data on stdout, talk on stderr, an exit code.
//!
//! What is typed stands in `args`; each command is a function of `commands`; everything printed goes through one `printer::Printer`.

mod allocator;
mod args;
mod brief;
mod close;
mod commands;
mod diff_text;
mod ending;
mod exit;
mod explain_text;
mod failure;
mod fold;
mod grid;
mod hours;
mod init;
mod inputs;
mod interrupt;
mod issued;
mod job_args;
mod layout;
mod leaks;
mod ledger;
mod ledger_args;
mod ledger_shown;
mod ledger_text;
mod ledger_witness;
mod metrics;
mod month;
mod months_shown;
mod part;
mod part_args;
mod printer;
mod prune;
mod prune_args;
#[cfg(feature = "query")]
mod query;
#[cfg(feature = "query")]
mod query_args;
mod receipt;
mod receipt_parts;
mod reconcile_text;
mod rows_json;
mod run_told;
mod start;
mod statement;
mod typed;
mod watch;
mod width;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use tracing::level_filters::LevelFilter;

use args::{Args, LogFormat, OutputArgs};
use exit::Exit;
use failure::Failure;
use printer::Printer;

/// The whole program.
pub fn main() -> ExitCode {
    allocator::prepare();
    let args = match Args::typed() {
        Ok(args) => args,
        Err(told) => return not_run(&told).into(),
    };
    let printer = Printer::new(args.talk);
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
    let exit = printer.lost().filter(|_| exit <= Exit::Attention).map_or(exit, |failure| {
        printer.failure(&failure);
        failure.exit
    });
    if interrupt::is_interrupted() {
        interrupt::wait_to_be_ended();
        return Exit::Interrupted.into();
    }
    printer.ended(exit);
    exit.into()
}

/// What was typed asks for help or the version, which are data and end well, or is wrong.
fn not_run(told: &clap::Error) -> Exit {
    let printer = Printer::new(OutputArgs {
        format: Args::format_typed(),
        quiet: false,
        verbose: 0,
        log_format: Args::log_format_typed(),
    });
    if !told.use_stderr() {
        let printed = told.print();
        return printer::lost_by(printed).map_or(Exit::Done, |failure| {
            printer.failure(&failure);
            failure.exit
        });
    }
    if printer.is_json() || Args::log_format_typed() == LogFormat::Json {
        printer.failure(&usage(told));
    } else {
        let _ = told.print();
        if lacks_job(told) {
            printer.talk(&format!("\nhint: {FROM_EXPORTS}\n"));
        }
    }
    Exit::Usage
}

/// What helps who has exports and no job file.
const FROM_EXPORTS: &str = "`hourbill init EXPORTS` writes a job file from exports";

/// A command was typed without the job file that it needs.
fn lacks_job(told: &clap::Error) -> bool {
    let missing = told.get(ContextKind::InvalidArg);
    let names_job =
        matches!(missing, Some(ContextValue::Strings(names)) if names.iter().any(|name| name == "<JOB.toml>"));
    told.kind() == ErrorKind::MissingRequiredArgument && names_job
}

/// What clap says, without the word `error:`, the usage and the pointer to the help.
fn usage(told: &clap::Error) -> Failure {
    let text = told.render().to_string();
    let message = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let message = message.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    let help = "`--help` tells what the command takes, with examples";
    let hint = if lacks_job(told) { format!("{FROM_EXPORTS}; {help}") } else { help.to_owned() };
    Failure::new(Exit::Usage, "usage", message, &hint)
}

/// Log lines go to stderr and carry ids and counts, never descriptions.
fn log(talk: OutputArgs) {
    // --quiet silences what nobody asked for; -v asks for a log.
    let level = match (talk.verbose, talk.quiet) {
        (0, true) => LevelFilter::ERROR,
        (0, false) => LevelFilter::WARN,
        (1, _) => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let colour = std::io::stderr().is_terminal()
        && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt()
        .with_writer(move || printer::log_writer(talk.log_format))
        .with_max_level(level)
        .with_target(false);
    match talk.log_format {
        LogFormat::Text => log.with_ansi(colour).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
