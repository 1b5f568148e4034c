//! What is typed to post, void, credit, and to look into the ledger.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand};

use super::typed::{date, pair};
use crate::calendar::{CalendarMonth, Date};

pub const POST: &str = "\
Examples:
  hourbill post job.toml                                   the newest run, all drafts
  hourbill post job.toml --dry-run                         look first, change nothing
  hourbill post job.toml --period 2026-10                  the newest run, which must be of this month
  hourbill post job.toml --invoice D-2026-10-C7-EUR        one of its drafts
  hourbill post job.toml --date 2026-10-31                 the documents are dated so
  hourbill post job.toml 2026-10-0123456789ab
  hourbill post job.toml --ignore-adjustments --reason 'C33 is not our customer any more'
  hourbill post job.toml --after-close --reason 'forgotten in October'";

pub const VOID: &str = "\
Examples:
  hourbill void job.toml D-2026-10-C7-EUR --reason 'wrong customer'
  hourbill void job.toml F2026-00042 --never-sent --reason 'a typing error'
  hourbill void job.toml C-D-2026-10-C7-EUR --reason 'the credit was a mistake'";

pub const RENDER: &str = "\
Examples:
  hourbill render job.toml F2026-00042                     restores what is gone or differs in posted/
  hourbill render job.toml F2026-00042 --out copies";

pub const CREDIT: &str = "\
Examples:
  hourbill credit job.toml D-2026-10-C7-EUR --entry TS-1042 --rebill --reason 'wrong line'
  hourbill credit job.toml D-2026-10-C7-EUR --entry TS-1042=1:30 --write-off --reason goodwill
  hourbill credit job.toml D-2026-10-C7-EUR --line S00077/2 --hours 4 --rebill --reason agreed
  hourbill credit job.toml D-2026-10-C7-EUR --line S00077/1 --quantity 2 --write-off --reason returned
  hourbill credit job.toml D-2026-10-C7-EUR --line S00077/2 --amount 50.00 --reason 'price difference'
  hourbill credit job.toml D-2026-10-C7-EUR-S1-DP-2026-10-02-fixed-200 --amount 50.00 --write-off --reason agreed
  hourbill credit job.toml --from-input";

pub const LEDGER: &str = "\
Examples:
  hourbill ledger verify job.toml
  hourbill ledger verify job.toml --expect-head 6f1d...
  hourbill ledger show job.toml
  hourbill ledger show job.toml --entry TS-1042
  hourbill ledger restart job.toml --reason 'moved to a new ledger'
  hourbill ledger open job.toml --before 2026-10-01 --reason 'invoiced in the ERP'";

/// The ledger keeps it for ever, and it tells two like credits apart: blanks say nothing.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("say why, in a word at least".to_owned()) } else { Ok(text.to_owned()) }
}

/// Whose ledger, and how a change is signed.
#[derive(Clone, Debug, ClapArgs)]
pub struct Signed {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// Who does it, for the ledger; the user of the machine when left out
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The day that stands for today, for the ledger
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<Date>,
    /// Say what would change, change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("passing").args(["ignore_adjustments", "after_close"]).multiple(true))]
pub struct Post {
    #[command(flatten)]
    pub signed: Signed,
    /// The run; the newest one when left out
    pub run: Option<String>,
    /// The newest run of this month; refused when a newer one is of another period
    #[arg(long, value_name = "MONTH", value_parser = month, conflicts_with = "run")]
    pub period: Option<CalendarMonth>,
    /// Post this draft only; may be given more than once
    #[arg(long = "invoice", visible_alias = "document", value_name = "ID")]
    pub invoices: Vec<String>,
    /// Post although rows of the adjustments are in quarantine or match nothing
    #[arg(long, requires = "reason")]
    pub ignore_adjustments: bool,
    /// Post drafts of a month that is closed soft, or date documents in it
    #[arg(long, requires = "reason")]
    pub after_close: bool,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", value_parser = reason, requires = "passing")]
    pub reason: Option<String>,
    /// The date of the documents; the day that stands for today when left out
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
}

#[derive(Debug, ClapArgs)]
pub struct Void {
    #[command(flatten)]
    pub signed: Signed,
    /// The posted document, or a credit that is to be undone; by its number or id
    #[arg(value_name = "INVOICE_ID")]
    pub document: String,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
    /// The date of the credit note; the day that stands for today when left out
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
    /// Nobody was sent it: it is marked as cancelled, its number stays used, and no credit note is made
    #[arg(long)]
    pub never_sent: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Render {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// The posted document, by its number or id
    #[arg(value_name = "ID")]
    pub document: String,
    /// Write it into this folder, below its number, and leave `posted/` alone
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

const CREDIT_USAGE: &str = "\
hourbill credit [OPTIONS] JOB.toml INVOICE_ID
           (--entry ID[=HOURS]... | --line ORDER_LINE_ID [--hours HOURS | --quantity QUANTITY])
           (--rebill | --write-off) --reason TEXT
       hourbill credit [OPTIONS] JOB.toml INVOICE_ID
           [--line ORDER_LINE_ID] --amount AMOUNT --reason TEXT
       hourbill credit [OPTIONS] JOB.toml --from-input";

#[derive(Debug, ClapArgs)]
#[command(override_usage = CREDIT_USAGE)]
#[command(group = ArgGroup::new("what").required(true).args(["entries", "line", "amount", "from_input"]).multiple(true))]
#[command(group = ArgGroup::new("then").args(["rebill", "write_off", "from_input"]).multiple(false))]
pub struct CreditArgs {
    #[command(flatten)]
    pub signed: Signed,
    /// The posted document, by its number or id
    #[arg(value_name = "INVOICE_ID", required_unless_present = "from_input")]
    pub document: Option<String>,
    /// Take back an entry, or so many of its hours; may be given more than once
    #[arg(long = "entry", value_name = "ID[=HOURS]", conflicts_with_all = ["line", "amount", "from_input"])]
    pub entries: Vec<String>,
    /// Take back hours, a quantity or an amount of an order line; all that is left of it when none of them is given
    #[arg(long, value_name = "ORDER_LINE_ID", conflicts_with = "from_input")]
    pub line: Option<String>,
    /// How many hours of the line: an entry whose hours match, else the newest first
    #[arg(long, value_name = "HOURS", requires = "line", allow_hyphen_values = true, conflicts_with = "amount")]
    pub hours: Option<String>,
    /// How much of a prepaid, manual or milestones line, in its unit
    #[arg(
        long,
        value_name = "QUANTITY",
        requires = "line",
        allow_hyphen_values = true,
        conflicts_with_all = ["hours", "amount"]
    )]
    pub quantity: Option<String>,
    /// Take back an amount, with tax, of the line or of a down payment: no hour and no quantity opens
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true, conflicts_with = "from_input")]
    pub amount: Option<String>,
    /// Take back what the rows of the job's credits input say
    #[arg(long, conflicts_with_all = ["document", "reason"])]
    pub from_input: bool,
    /// The hours, or the quantity, are open again
    #[arg(long)]
    pub rebill: bool,
    /// They stay closed and are never billed; what an amount without --rebill means
    #[arg(long)]
    pub write_off: bool,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", required_unless_present = "from_input", value_parser = reason)]
    pub reason: Option<String>,
    /// The date of the credit note; the day that stands for today when left out
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Prove the chain, every hash and every invariant; exit 4 when something is wrong
    #[command(after_help = "Examples:\n  hourbill ledger verify job.toml")]
    Verify(Verify),
    /// Show documents and what is left of them, down payments, or one document or entry in full
    #[command(after_help = "Examples:\n  hourbill ledger show job.toml --entry TS-1042")]
    Show(Show),
    /// Record that everything dated before a day was closed before hourbill was adopted; `void` takes it back
    #[command(
        after_help = "Examples:\n  hourbill ledger open job.toml --before 2026-10-01 --reason 'invoiced in the ERP'"
    )]
    Open(OpenArgs),
    /// Take the ledger as it is now for the job's: what older runs know of it no longer counts
    #[command(after_help = "Examples:\n  hourbill ledger restart job.toml --reason 'moved to a new ledger'")]
    Restart(RestartArgs),
}

#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// The hash of the newest entry, as it was noted: an entry that was removed is found
    #[arg(long, value_name = "HASH")]
    pub expect_head: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct RestartArgs {
    #[command(flatten)]
    pub signed: Signed,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

#[derive(Debug, ClapArgs)]
pub struct Show {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// Everything about one document, by its number or id
    #[arg(long, visible_alias = "invoice", value_name = "ID", conflicts_with = "entry")]
    pub document: Option<String>,
    /// The history of one timesheet entry
    #[arg(long, value_name = "ID")]
    pub entry: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct OpenArgs {
    #[command(flatten)]
    pub signed: Signed,
    /// The first day that hourbill bills
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub before: Date,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", default_value = "closed before hourbill was adopted", value_parser = reason)]
    pub reason: String,
}

pub const CLOSE: &str = "\
Examples:
  hourbill close job.toml --period 2026-10 --soft --reason 'October is invoiced'
  hourbill close job.toml --period 2026-10 --hard --reason 'booked'
  hourbill close job.toml --period 2026-10 --hard --company 'ACME GmbH' --reason booked
  hourbill close job.toml --period 2026-10 --soft --force --reason 'row 7 is known' --dry-run";

pub const REOPEN: &str = "\
Examples:
  hourbill reopen job.toml --period 2026-10 --reason 'an invoice was forgotten'";

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("how").required(true).args(["soft", "hard"]).multiple(false))]
pub struct Close {
    #[command(flatten)]
    pub signed: Signed,
    /// The month, such as 2026-10
    #[arg(long, value_name = "MONTH", value_parser = month)]
    pub period: CalendarMonth,
    /// Of this company alone
    #[arg(long, value_name = "NAME")]
    pub company: Option<String>,
    /// Runs go on as ever, and `post` of the month needs --after-close
    #[arg(long)]
    pub soft: bool,
    /// No run of the month, and its open hours are late for every other
    #[arg(long)]
    pub hard: bool,
    /// Read an input from here instead, as the runs of the month did; may be given more than once
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// Set a key of the job file, as the runs of the month did
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pub sets: Vec<(String, String)>,
    /// Close although drafts, adjustments or rows in quarantine wait; the ledger keeps what was passed over
    #[arg(long)]
    pub force: bool,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

#[derive(Debug, ClapArgs)]
pub struct Reopen {
    #[command(flatten)]
    pub signed: Signed,
    /// The month, such as 2026-10: the newest that is closed
    #[arg(long, value_name = "MONTH", value_parser = month)]
    pub period: CalendarMonth,
    /// Of this company alone
    #[arg(long, value_name = "NAME")]
    pub company: Option<String>,
    /// Why, for the ledger
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

fn month(text: &str) -> Result<CalendarMonth, String> {
    CalendarMonth::parse(text).ok_or_else(|| "write a month as 2026-10".to_owned())
}
