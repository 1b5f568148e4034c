//! The command line as it is typed.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};

pub use super::job_args::Job;
use super::ledger_args;
use super::part_args;
use super::prune_args::{PRUNE, PruneArgs};
#[cfg(feature = "query")]
use super::query_args::{QUERY, QueryArgs, QueryForm};
use super::typed::{date, dirty, size, threads};
use crate::calendar::Date;
use crate::explain::IdKind;
use crate::generate::{self, DirtyShares};
use crate::shard::Shard;

/// Turns exports of helpdesk tickets, timesheets and sales orders into draft invoices, and accounts for every hour it read.
#[derive(Debug, Parser)]
#[command(name = "hourbill", version, max_term_width = 100, after_help = EXAMPLES, subcommand_required = true)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(flatten)]
    pub talk: OutputArgs,
    #[command(subcommand)]
    pub command: Command,
}

impl Args {
    /// What was typed. `--format csv|parquet|both` means the files of `generate` and the answer of `query`, and nothing elsewhere.
    ///
    /// # Errors
    /// Those of usage, and help or version that was asked for.
    pub fn typed() -> Result<Args, clap::Error> {
        let mut args = Args::try_parse()?;
        match (args.talk.format.files(), &mut args.command) {
            (None, _) => {}
            (Some(files), Command::Generate(generate)) => {
                generate.files = files;
                args.talk.format = OutputFormat::Text;
            }
            #[cfg(feature = "query")]
            (Some(files), Command::Query(query)) if files != generate::SyntheticFormat::Both => {
                query.form = match files {
                    generate::SyntheticFormat::Parquet => QueryForm::Parquet,
                    _ => QueryForm::Csv,
                };
                args.talk.format = OutputFormat::Text;
            }
            (Some(_), _) => {
                let why = "`--format` is `text` or `json` here; `csv` and `parquet` are for `generate` and `query`, `both` is for `generate`\n";
                return Err(Args::command().error(clap::error::ErrorKind::InvalidValue, why));
            }
        }
        Ok(args)
    }
}

impl Args {
    /// The form that was asked for on a command line that cannot be read otherwise.
    pub fn format_typed() -> OutputFormat {
        if is_json_typed("--format") { OutputFormat::Json } else { OutputFormat::Text }
    }

    /// The form of log lines, when what was typed is wrong otherwise.
    pub fn log_format_typed() -> LogFormat {
        if is_json_typed("--log-format") { LogFormat::Json } else { LogFormat::Text }
    }
}

fn is_json_typed(flag: &str) -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    let apart = words.windows(2).any(|pair| matches!(pair, [typed, form] if typed == flag && form == "json"));
    apart || words.iter().any(|word| *word == *format!("{flag}=json"))
}

const EXAMPLES: &str = "\
Examples:
  hourbill generate --entries 10000 try     synthetic exports to try it with
  hourbill check try/job.toml               what the inputs hold
  hourbill run try/job.toml                 drafts for the period of the job file
  hourbill run try/job.toml --period previous --strict

Exit codes:
  0    done
  1    done, but a person should look: rows quarantined, drafts held, work held
       for doubt, timesheets without a row, figures that differ, or something
       beside the work failed (metrics, a full stdout)
  2    the command line or the job file is wrong
  3    the inputs break their contract
  4    a control failed, or the ledger went back
  5    the state was in the way: a conflict
  6    reading or writing failed
  70   a bug
  130  interrupted
With 2 to 130 nothing was published.

`hourbill completions SHELL` prints a completion script.";

/// Options of what a command prints.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct OutputArgs {
    /// Format of the output, errors included
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text, help_heading = "Output")]
    pub format: OutputFormat,
    /// Print errors and what was asked for, nothing else; a run prints errors only, and with exit code 1 a line of why
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Say more: -v every detail of a receipt or explanation and what is done, -vv in detail
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
    /// Form of the log lines that -v prints on stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, help_heading = "Output")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Text,
    Json,
    // Of the files that `generate` writes; no command prints them.
    #[value(hide = true)]
    Csv,
    #[value(hide = true)]
    Parquet,
    #[value(hide = true)]
    Both,
}

impl OutputFormat {
    /// The files that `generate` is asked for.
    fn files(self) -> Option<generate::SyntheticFormat> {
        match self {
            OutputFormat::Text | OutputFormat::Json => None,
            OutputFormat::Csv => Some(generate::SyntheticFormat::Csv),
            OutputFormat::Parquet => Some(generate::SyntheticFormat::Parquet),
            OutputFormat::Both => Some(generate::SyntheticFormat::Both),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bill a period: drafts, tables and the account of every hour, published as one folder
    #[command(after_help = RUN)]
    Run(RunArgs),
    /// Read the inputs and say what they hold and what is wrong with them
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// Show the order lines with their hours: ordered, delivered, remaining
    #[command(after_help = HOURS)]
    Hours(LookArgs),
    /// Compare the ERP's figures with those computed here
    #[command(after_help = RECONCILE)]
    Reconcile(Reconcile),
    /// Show work and sales that no invoice will show unless somebody looks
    #[command(after_help = LEAKS)]
    Leaks(LookArgs),
    /// Show the month in money: where every hour stands, each once, and what it is worth
    #[command(after_help = MONTH)]
    Month(LookArgs),
    /// Tell customers what became of their prepaid hours: PDF, CSV and JSON, into the newest run of the period
    #[command(after_help = STATEMENT)]
    Statement(StatementArgs),
    /// Say why an entry, ticket, order line, customer or draft is billed, or is not, and what became of posted documents
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Make drafts final: the ledger gets their hours, quantities and totals
    #[command(after_help = ledger_args::POST)]
    Post(ledger_args::Post),
    /// Take a posted document back whole, its hours are open again; or undo a credit
    #[command(after_help = ledger_args::VOID)]
    Void(ledger_args::Void),
    /// Take back entries, hours, a quantity or an amount of a line, or an amount of a down payment
    #[command(after_help = ledger_args::CREDIT)]
    Credit(ledger_args::CreditArgs),
    /// Make the documents of what was posted again, the same bytes for ever
    #[command(after_help = ledger_args::RENDER)]
    Render(ledger_args::Render),
    /// Close a month: soft (a post of it has to say why) or hard (no run of it; its open hours are late)
    #[command(after_help = ledger_args::CLOSE)]
    Close(ledger_args::Close),
    /// Open a closed month again, the newest first
    #[command(after_help = ledger_args::REOPEN)]
    Reopen(ledger_args::Reopen),
    /// Verify the ledger, look into it, or open it
    #[command(subcommand, after_help = ledger_args::LEDGER)]
    Ledger(ledger_args::LedgerCommand),
    /// Compute a run in parts by many processes, on one machine or several, and commit it once
    #[command(subcommand, after_help = part_args::PART)]
    Part(part_args::PartCommand),
    /// Say what changed between two published runs, and why; exit 1 when their drafts differ
    #[command(after_help = DIFF)]
    Diff(DiffArgs),
    /// Remove runs that are neither new nor posted
    #[command(after_help = PRUNE)]
    Prune(PruneArgs),
    /// Ask a question in SQL about what a run published and the ledger holds
    #[cfg(feature = "query")]
    #[command(after_help = QUERY)]
    Query(QueryArgs),
    /// Write a job file for the exports that are there
    #[command(after_help = INIT)]
    Init(Init),
    /// Write synthetic exports of any size, with a job file for them
    #[command(after_help = GENERATE)]
    Generate(Generate),
    /// Print a completion script for a shell
    #[command(hide = true, after_help = "Examples:\n  hourbill completions bash > /etc/bash_completion.d/hourbill")]
    Completions { shell: clap_complete::Shell },
    /// Write the manual pages into a folder
    #[command(hide = true, after_help = "Examples:\n  hourbill man /usr/local/share/man/man1")]
    Man { folder: PathBuf },
}

const DIFF: &str = "\
Examples:
  hourbill diff job.toml 2026-10-0123456789ab 2026-10-ba9876543210
  hourbill diff job.toml 2026-10-0123456789ab 2026-10-ba9876543210 --format json > changes.json";

const RUN: &str = "\
Examples:
  hourbill run job.toml                                 the period of the job file
  hourbill run job.toml --period 2026-10 --dry-run      look first, write nothing
  hourbill run job.toml --to 2026-10-31                 all that is open up to the end of October
  hourbill run job.toml --from 2026-10-01 --to 2026-10-15
  hourbill run job.toml --all --set rules.late_entries=bill
  hourbill run job.toml --input timesheets=week-41.csv --input timesheets=week-42.csv
  hourbill run job.toml --period previous --strict --format json
  hourbill run job.toml --shard 3/7                     the third of seven parts, by customer
  hourbill run job.toml --memory 512MB                  with less memory, in more time
  hourbill run job.toml --quiet --metrics /var/lib/node_exporter/hourbill.prom";

const CHECK: &str = "\
Examples:
  hourbill check job.toml
  hourbill check job.toml --input timesheets=new.csv --strict
  hourbill check job.toml --format json";

const HOURS: &str = "\
Examples:
  hourbill hours job.toml
  hourbill hours job.toml --period current
  hourbill hours job.toml --format json";

const RECONCILE: &str = "\
Examples:
  hourbill reconcile job.toml            the figures that differ; exit 1 when there are any
  hourbill reconcile job.toml --equal    those that agree as well";

const LEAKS: &str = "\
Examples:
  hourbill leaks job.toml                      a table for each question
  hourbill leaks job.toml --format json        all rows of each
  hourbill leaks job.toml --period previous --as-of 2026-11-30";

const MONTH: &str = "\
Examples:
  hourbill month job.toml                      billed, on hold, late, no line ... per currency
  hourbill month job.toml --period 2026-10 --format json";

const STATEMENT: &str = "\
Examples:
  hourbill statement job.toml --period 2026-10               all customers with prepaid hours
  hourbill statement job.toml --customer C7
  hourbill statement job.toml --period previous --format json";

const EXPLAIN: &str = "\
Examples:
  hourbill explain job.toml TS-1042
  hourbill explain job.toml S00077/2 --kind order-line
  hourbill explain job.toml D-2026-10-C7-EUR --period 2026-10
  hourbill explain job.toml timesheets.csv:7              the seventh row below the header";

const INIT: &str = "\
Examples:
  hourbill init exports                       exit 1 when it had to guess: look at what it is not sure of
  hourbill init orders.xlsx tickets.xlsx 'timesheets-*.csv' --out month-end.toml";

const GENERATE: &str = "\
Examples:
  hourbill generate --entries 10000 try
  hourbill generate --entries 10000000 --format parquet --dirty 0 --even --out big
  hourbill generate --entries 1000000 --seed 7 --format csv --out month
  hourbill generate --entries 100000 --parts 4 --shuffle --seed 7 mixed";

#[derive(Debug, ClapArgs)]
pub struct RunArgs {
    #[command(flatten)]
    pub job: Job,
    /// Compute and show everything, write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Publish nothing when the run would end with exit code 1: exit 3
    #[arg(long)]
    pub strict: bool,
    /// Compute one part of the run, by commercial customer: 3/7 is the third of seven. Parts add up to the run; they are not posted
    #[arg(long, value_name = "I/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// Stay within so much memory, such as 512MB or 2GiB: the run goes over the entries several times when it has to
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Write what the run came to, for the text-file collector of Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    #[command(flatten)]
    pub job: Job,
    /// Exit 3 instead of 1
    #[arg(long)]
    pub strict: bool,
    /// Tell what the customers and `[company]` lack for electronic invoices
    #[arg(long)]
    pub documents: bool,
}

#[derive(Debug, ClapArgs)]
pub struct LookArgs {
    #[command(flatten)]
    pub job: Job,
}

#[derive(Debug, ClapArgs)]
pub struct StatementArgs {
    #[command(flatten)]
    pub job: Job,
    /// Of this customer's tree alone
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Reconcile {
    #[command(flatten)]
    pub job: Job,
    /// Show the figures that agree as well
    #[arg(long)]
    pub equal: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Explain {
    #[command(flatten)]
    pub job: Job,
    /// Id of an entry, ticket, order line, customer, draft or posted document, or FILE:ROW
    #[arg(value_name = "ID")]
    pub id: String,
    /// What the id stands for, when it could be several things
    #[arg(long, value_enum)]
    pub kind: Option<KindArg>,
}

#[derive(Debug, ClapArgs)]
pub struct DiffArgs {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// The run to begin with: the name of a folder in `runs`
    #[arg(value_name = "RUN")]
    pub before: String,
    /// The run to hold against it
    #[arg(value_name = "RUN")]
    pub after: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    Entry,
    Ticket,
    #[value(alias = "order_line")]
    OrderLine,
    Customer,
    Draft,
    /// A posted document
    #[value(alias = "invoice")]
    Document,
}

impl From<KindArg> for IdKind {
    fn from(kind: KindArg) -> IdKind {
        match kind {
            KindArg::Entry => IdKind::Entry,
            KindArg::Ticket => IdKind::Ticket,
            KindArg::OrderLine => IdKind::OrderLine,
            KindArg::Customer => IdKind::Customer,
            KindArg::Draft => IdKind::Draft,
            KindArg::Document => IdKind::Document,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub struct Init {
    /// Exports: files, folders or patterns
    #[arg(required = true)]
    pub files: Vec<String>,
    /// The day that stands for today: the month to bill is over by then
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<Date>,
    /// The job file to write
    #[arg(long, default_value = "job.toml")]
    pub out: PathBuf,
    /// Write over a job file that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Generate {
    /// Folder to write into; it is made when it is missing
    #[arg(value_name = "FOLDER", required_unless_present = "out", conflicts_with = "out")]
    pub folder: Option<PathBuf>,
    /// The same, by name
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Rows of the timesheets
    #[arg(long, default_value_t = 10_000)]
    pub entries: u64,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// From `--format csv|parquet|both`.
    #[arg(skip)]
    pub files: generate::SyntheticFormat,
    /// Rows of the timesheets with something wrong, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0.1", value_parser = dirty)]
    pub dirty: DirtyShares,
    /// Customers; one per 2,000 entries when left out, at least 12
    #[arg(long)]
    pub customers: Option<u64>,
    /// All customers alike, instead of one with a third of the hours
    #[arg(long)]
    pub even: bool,
    /// Files that the timesheets are split into
    #[arg(long, default_value_t = 1)]
    pub parts: u64,
    /// Shuffle the rows
    #[arg(long)]
    pub shuffle: bool,
    /// The job bills by a minimum, in steps
    #[arg(long)]
    pub minimums: bool,
    /// The job has bounds that some of it goes beyond
    #[arg(long)]
    pub bounds: bool,
    /// Packs with a last day, a priority and a price of what comes after them, drawn as a waterfall
    #[arg(long)]
    pub waterfall: bool,
    /// Worker threads; one per core when left out
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
}

impl Generate {
    pub fn folder(&self) -> &Path {
        self.folder.as_deref().or(self.out.as_deref()).unwrap_or(Path::new("."))
    }

    pub fn options(&self) -> generate::Options {
        let mut options = generate::Options::new(self.entries, self.seed, self.folder());
        options.format = self.files;
        options.dirty = self.dirty;
        options.customers = self.customers;
        options.giant = !self.even;
        options.parts = self.parts;
        options.shuffle = self.shuffle;
        options.minimums = self.minimums;
        options.bounds = self.bounds;
        options.waterfall = self.waterfall;
        options
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn look(command: &clap::Command, called: &str) {
            for command in command.get_subcommands() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                let called = format!("{called} {}", command.get_name());
                assert!(help.starts_with(&format!("Examples:\n  {called} ")), "{called}: {help}");
                look(command, &called);
            }
        }
        look(&Args::command(), "hourbill");
    }

    fn helps(command: &clap::Command) -> Vec<String> {
        let below = command.get_subcommands().flat_map(helps);
        command.get_after_help().map(ToString::to_string).into_iter().chain(below).collect()
    }

    #[test]
    fn examples_are_commands_that_parse() {
        let examples: Vec<String> = helps(&Args::command())
            .iter()
            .flat_map(|help| help.lines().filter_map(|line| line.strip_prefix("  hourbill ")))
            .map(|line| line.split(['>']).next().unwrap().split("   ").next().unwrap().trim().to_owned())
            .collect();
        assert!(examples.len() > 15);
        for example in examples {
            // Words in single quotes are one word, as for a shell.
            let parts = example.split('\'').enumerate();
            let words = parts.flat_map(|(n, part)| match n % 2 {
                0 => part.split_whitespace().collect(),
                _ => vec![part],
            });
            let words = std::iter::once("hourbill").chain(words);
            assert!(Args::try_parse_from(words).is_ok(), "hourbill {example}");
        }
    }

    #[test]
    fn periods_are_named_in_one_way_only() {
        for (flags, sound) in [
            ("--period 2026-10", true),
            ("--from 2026-10-01 --to 2026-10-15", true),
            ("--all", true),
            ("--period october", false),
            ("--from 2026-10-01", true),
            ("--to 2026-10-01", true),
            ("--from 2026-10-01 --all", false),
            ("--to 2026-10-31 --period 2026-10", false),
            ("--period 2026-10 --all", false),
            ("--from 2026-10-01 --to 2026-10-15 --all", false),
            ("--from 01/10/2026 --to 2026-10-15", false),
            ("--threads 0", false),
            ("--set rules.late_entries", false),
            ("--input =x", false),
        ] {
            let words = format!("hourbill run job.toml {flags}");
            assert_eq!(Args::try_parse_from(words.split_whitespace()).is_ok(), sound, "{flags}");
        }
    }
}
