//! `close` and `reopen` (K3): months that no run touches any more, and open again.

use clap::{ArgGroup, Args as ClapArgs};
use serde_json::{Value, json};

use super::exit::Exit;
use super::failure::Failure;
use super::issued;
use super::layout::{Align, Grid, count, grouped, hours, wrapped};
use super::ledger::{doer, make, opened, settings};
use super::ledger_args::{Signed, reason};
use super::printer::Printer;
use super::watch::Watch;
use crate::calendar::CalendarMonth;
use crate::ledger::{LogEntry, MonthAsked, MonthNote, months};
use crate::posted::{MonthDeed, MonthState};
use crate::quantity::HoursSum;
use crate::run::{self, Asked};

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

pub fn close(args: &Close, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let doer = doer(&args.signed, &settings, &args.reason);
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let state = if args.hard { MonthState::Hard } else { MonthState::Soft };
    let asked = MonthAsked { month: args.period, company: args.company.clone(), state };
    let watch = Watch::new(&settings, printer.is_watched());
    let plan = run::plan_close(&settings, &asked, args.force, &doer, &watch);
    watch.finish();
    make(&settings, &opened(&settings)?, plan?, (Asked::default(), args.signed.dry_run), printer)
}

pub fn reopen(args: &Reopen, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let doer = doer(&args.signed, &settings, &args.reason);
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let asked = MonthAsked { month: args.period, company: args.company.clone(), state: MonthState::Open };
    let plan = run::plan_reopen(&settings, &asked, &doer)?;
    make(&settings, &opened(&settings)?, plan, (Asked::default(), args.signed.dry_run), printer)
}

/// `2026-10 of company `X``.
fn named(note: &MonthNote) -> String {
    let company = note.company.as_ref().map_or_else(String::new, |company| format!(" of company `{company}`"));
    format!("{}{company}", note.month)
}

/// That it is done, in a few words.
pub fn done(note: &MonthNote) -> String {
    let state = if note.state == MonthState::Open { "open again".to_owned() } else { format!("closed {}", note.state) };
    format!("{} {state}", named(note))
}

/// What a deed does to a month.
pub fn text(note: &MonthNote) -> String {
    let name = named(note);
    let Some(kept) = &note.kept else { return format!("  {name} is open again\n") };
    let mut grid =
        Grid::new(&[("  hours of the month", Align::Left), ("entries", Align::Right), ("hours", Align::Right)]);
    for (disposition, sum) in &kept.dispositions {
        let of =
            sum.microseconds.parse::<i128>().map_or_else(|_| sum.hours.clone(), |us| hours(HoursSum::from_micros(us)));
        grid.row(&[format!("  {}", disposition.replace('_', " ")), count(sum.rows), of]);
    }
    let mut text = format!("  {name} is closed {}\n{}", note.state, grid.text());
    for (currency, value) in &kept.unbilled {
        text.push_str(&format!("  not billed: {} {currency}\n", grouped(value)));
    }
    if kept.packs > 0 {
        text.push_str(&format!("  balances kept of {} packs\n", count(kept.packs)));
    }
    for ignored in &note.ignored {
        text.push_str(&wrapped("  passed over: ", ignored));
    }
    text
}

/// The months that are closed now, for `ledger show`.
pub fn shown(log: &[LogEntry]) -> String {
    let months = months(log);
    let mut grid = Grid::new(&[
        ("months closed", Align::Left),
        ("company", Align::Left),
        ("how", Align::Left),
        ("on", Align::Left),
        ("by", Align::Left),
        ("why", Align::Left),
    ]);
    let mut any = false;
    for (company, deed) in closed(&months) {
        let Some(entry) = log.iter().find(|entry| entry.sequence == deed.sequence) else { continue };
        any = true;
        grid.row(&[
            deed.month.to_string(),
            company.unwrap_or_default().to_owned(),
            deed.state.to_string(),
            entry.deed.at.clone(),
            entry.deed.by.clone(),
            entry.deed.reason.clone(),
        ]);
    }
    if any { format!("\n{}", grid.text()) } else { String::new() }
}

/// The same for programs.
pub fn shown_json(log: &[LogEntry]) -> Value {
    let months = months(log);
    let one = |(company, deed): (Option<&str>, &MonthDeed)| {
        json!({
            "month": deed.month.to_string(),
            "company": company,
            "state": deed.state,
            "sequence": deed.sequence,
        })
    };
    closed(&months).map(one).collect()
}

fn closed(months: &crate::posted::ClosedMonths) -> impl Iterator<Item = (Option<&str>, &MonthDeed)> {
    months
        .companies()
        .into_iter()
        .flat_map(|company| months.of_company(company).into_iter().map(move |deed| (company, deed)))
}

/// What `close` is refused for (K5).
pub fn not_ready(month: &str, why: Vec<String>) -> Failure {
    let complaint = |message: String| super::failure::Complaint {
        code: "month-not-ready".to_owned(),
        message: format!("{month}: {message}"),
        place: String::new(),
        hint: "see to it and run the month again, or close with --force: the ledger keeps what was passed over"
            .to_owned(),
    };
    Failure { complaints: why.into_iter().map(complaint).collect(), exit: Exit::Conflict }
}
