//! Posting, voiding and crediting, and looking into the ledger. Each change is said before it is made.

use std::path::Path;

use serde_json::json;

use super::args::Job;
use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::layout::wrapped;
use super::ledger_args::{CreditArgs, LedgerCommand, OpenArgs, Post, RestartArgs, Show, Signed, Verify, Void};
use super::ledger_witness as witness;
use super::printer::{self, Printer};
use super::start::{compute, load, over_limit};
use super::watch::Watch;
use super::{interrupt, issued, ledger_shown as shown, ledger_text as text};
use crate::calendar::Date;
use crate::check::value::Grammar;
use crate::finding::RowError;
use crate::inputs::Input;
use crate::job::{InputSettings, Settings};
use crate::ledger::{Actor, Ledger, LedgerError, LogAction, LogEntry, Plan, nothing};
use crate::model::CreditWanted;
use crate::posted::{Effect, Head, Request};
use crate::quantity::{Hours, Quantity};
use crate::read::Cell;
use crate::run::{self, Asked, Passing, RunError};

pub(super) fn settings(job: &Path, as_of: Option<Date>) -> Result<Settings, Failure> {
    load(&Job { job: job.to_owned(), as_of, ..Job::default() })
}

pub(super) fn opened(settings: &Settings) -> Result<Ledger, Failure> {
    run::ledger(settings).ok_or_else(|| RunError::NoLedger.into())
}

/// Opens the ledger to change it. Refuses one that went back: a change would hide what is lost (G11).
fn standing(settings: &Settings) -> Result<Ledger, Failure> {
    run::ledger_stands(settings)?;
    opened(settings)
}

pub(super) fn doer(signed: &Signed, settings: &Settings, reason: &str) -> Actor {
    let named = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    // Schedulers and containers start programs without these.
    let user = || named().filter(|name| !name.is_empty()).or_else(|| whoami::username().ok());
    Actor {
        job: settings.name.clone(),
        at: settings.billing.as_of.to_string(),
        by: signed.by.clone().or_else(user).filter(|by| !by.is_empty()).unwrap_or_else(|| "unknown".to_owned()),
        reason: reason.to_owned(),
    }
}

pub fn post(args: &Post, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let doer = doer(&args.signed, &settings, args.reason.as_deref().unwrap_or_default());
    let passing = Passing { adjustments: args.ignore_adjustments, closes: args.after_close };
    let of_month = args.period.map(|month| run::newest_of_month(&settings, month)).transpose()?;
    let plan = run::plan_post(&settings, args.run.as_deref().or(of_month.as_deref()), &args.invoices, passing, &doer)?;
    let asked = Asked { date: args.date, never_sent: false, after_close: args.after_close };
    make(&settings, &opened(&settings)?, plan, (asked, args.signed.dry_run), printer)
}

pub fn void(args: &Void, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let ledger = standing(&settings)?;
    issued::complete(&settings, args.signed.dry_run, printer)?;
    let plan = ledger.plan_void(&ledger.id_of(&args.document)?, &doer(&args.signed, &settings, &args.reason))?;
    let asked = Asked { date: args.date, never_sent: args.never_sent, after_close: false };
    make(&settings, &ledger, plan, (asked, args.signed.dry_run), printer)
}

pub fn credit(args: &CreditArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let ledger = standing(&settings)?;
    issued::complete(&settings, args.signed.dry_run, printer)?;
    if args.from_input {
        return credit_rows(args, &settings, &ledger, printer);
    }
    let request = request(args)?;
    let effect = effect(args, &request)?;
    let doer = doer(&args.signed, &settings, args.reason.as_deref().unwrap_or_default());
    let document = ledger.id_of(args.document.as_deref().unwrap_or_default())?;
    let plan = ledger.plan_credit(&document, &request, effect, &doer)?;
    let asked = Asked { date: args.date, never_sent: false, after_close: false };
    make(&settings, &ledger, plan, (asked, args.signed.dry_run), printer)
}

fn request(args: &CreditArgs) -> Result<Request, Failure> {
    let decimal = |text: &str, what: &str, example: &str| {
        let wrong = || {
            let (code, hint) = (format!("wrong-{what}"), format!("write it as {example}"));
            Failure::new(Exit::Usage, &code, format!("`{text}` is no {what}"), &hint)
        };
        Quantity::from_text(text).ok_or_else(wrong)
    };
    match (&args.line, &args.quantity, &args.amount) {
        (Some(line), Some(quantity), _) => {
            return Ok(Request::Quantity(line.clone(), decimal(quantity, "quantity", "2.5")?));
        }
        (Some(line), None, Some(amount)) => {
            return Ok(Request::LineAmount(line.clone(), decimal(amount, "amount", "12.50")?));
        }
        (Some(line), None, None) => {
            return Ok(Request::Line(line.clone(), args.hours.as_deref().map(hours).transpose()?));
        }
        (None, _, Some(amount)) => return Ok(Request::Amount(decimal(amount, "amount", "12.50")?)),
        (None, _, None) => {}
    }
    // An id may hold a `=`: what stands behind the last one counts as hours where it reads as hours.
    let entry = |text: &String| match text.rsplit_once('=') {
        Some((id, "")) => (id.to_owned(), None),
        Some((id, of)) => hours(of).map_or_else(|_| (text.clone(), None), |hours| (id.to_owned(), Some(hours))),
        None => (text.clone(), None),
    };
    Ok(Request::Entries(args.entries.iter().map(entry).collect()))
}

/// What becomes of what a credit takes back. An amount is written off unless more is said: it opens nothing.
fn effect(args: &CreditArgs, request: &Request) -> Result<Effect, Failure> {
    match (request, args.rebill, args.write_off) {
        (Request::LineAmount(..), true, _) => {
            let message = "an amount of an order line opens nothing that could be billed again";
            let hint = "leave --rebill out; to bill at another price, credit its hours or quantity with --rebill";
            Err(Failure::new(Exit::Usage, "amount-opens-nothing", message.to_owned(), hint))
        }
        (Request::LineAmount(..) | Request::Amount(_), false, _) | (_, false, true) => Ok(Effect::WriteOff),
        (_, true, _) => Ok(Effect::Rebill),
        (_, false, false) => {
            let message = "it is not said what becomes of what is taken back".to_owned();
            let hint = "give --rebill (it is open again) or --write-off (it is never billed)";
            Err(Failure::new(Exit::Usage, "rebill-or-write-off", message, hint))
        }
    }
}

fn hours(text: &str) -> Result<Hours, Failure> {
    let plain = InputSettings::default();
    match Grammar::new(&plain).hours(Cell::Text(text)) {
        Ok(Some(hours)) => Ok(hours),
        _ => {
            let message = format!("`{text}` is no number of hours");
            Err(Failure::new(Exit::Usage, "wrong-hours", message, "write them as 1.5, 1:30 or 90m"))
        }
    }
}

/// Who asked for a credit, and when: the row says it, else the command.
fn doer_of_row(args: &CreditArgs, settings: &Settings, row: &CreditWanted) -> Actor {
    let mut doer = doer(&args.signed, settings, &row.reason);
    if !row.by.is_empty() {
        doer.by.clone_from(&row.by);
    }
    if let Some(on) = row.on {
        doer.at = on.to_string();
    }
    doer
}

/// The credits input, row by row: each is a change of its own, and does nothing when it was made before.
fn credit_rows(args: &CreditArgs, settings: &Settings, ledger: &Ledger, printer: Printer) -> Result<Exit, Failure> {
    let watch = Watch::new(settings, printer.is_watched());
    let intake = run::intake(settings, &watch)?;
    watch.finish();
    let (mut told, mut noted) = (Vec::new(), Ok(()));
    let mut refused = Vec::new();
    let before = run::credits_made_before(settings, &intake.world)?;
    for (row, made) in intake.world.credits.iter().zip(before) {
        // A reason that was corrected makes no other credit (§7.6).
        if let Some(made) = made.filter(|made| made.reason != row.reason) {
            let on = made.on.map_or_else(String::new, |on| format!(" of {on}"));
            told.push(text::nothing_json(&format!(
                "already done: the credit{on}, \"{}\"; for a second one like it keep a row for each",
                made.reason
            )));
            continue;
        }
        // Behind the last one the command ends by itself.
        interrupt::between_changes(printer);
        let doer = doer_of_row(args, settings, row);
        let (request, effect) = Request::of_row(row);
        let asked = Asked { date: args.date, never_sent: false, after_close: false };
        let plan = || ledger.plan_credit(&ledger.id_of(&row.document)?, &request, effect, &doer);
        let done = plan().map_err(RunError::from).and_then(|plan| match plan {
            Plan::Change(mut planned) => {
                let issue = issued::issue(settings, ledger, &mut planned, asked)?;
                if args.signed.dry_run {
                    return Ok(text::plan_json(&planned));
                }
                printer.talk(&text::plan(&planned));
                let (done, placed) = issued::apply(settings, ledger, *planned, &issue)?;
                let now = note(settings, &done.head, &done.deed);
                noted = std::mem::replace(&mut noted, Ok(())).and(now).and(placed);
                Ok(text::done_json(&done))
            }
            Plan::Nothing(why) => Ok(text::nothing_json(&why)),
        });
        match done {
            Ok(done) => told.push(done),
            Err(RunError::Ledger(
                error @ (LedgerError::Refused(_) | LedgerError::NoDocument(_) | LedgerError::Violates(_)),
            )) => {
                let failure = Failure::from(error);
                let place = intake.place(row.place, None);
                refused.extend(failure.complaints.into_iter().map(|known| Complaint { place: place.clone(), ..known }));
            }
            Err(error) if printer::is_in_place() => {
                let place = intake.place(row.place, None);
                refused.extend(stopped(Failure::from(error), &place));
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    // A row that cannot be read is a credit that was asked for, too: it is not passed over without a word.
    let set_aside = intake.rejected.of_input(Input::Credits);
    for row in &set_aside {
        let place = intake.place(row.place, row.line);
        refused.extend(row.errors.iter().map(|error| unreadable(error, &place)));
    }
    let rows = intake.world.credits.len() + set_aside.len();
    let made = told.iter().filter(|done| done["status"] != "nothing_to_do").count();
    let word = if args.signed.dry_run { "would be made" } else { "made" };
    printer
        .data(|| format!("{made} of {rows} credits {word}, {} were made before\n", told.len() - made), || json!(told));
    if refused.is_empty() {
        return noted.map(|()| Exit::Done);
    }
    printer.failure(&Failure { complaints: refused, exit: Exit::Attention });
    Ok(Exit::Attention)
}

/// The complaints of a failure that came after rows were credited: those stay in the ledger.
fn stopped(failure: Failure, place: &str) -> impl Iterator<Item = Complaint> + use<> {
    let place = place.to_owned();
    failure.complaints.into_iter().map(move |known| Complaint {
        message: format!("the credits end here, those of the rows before are in the ledger: {}", known.message),
        place: place.clone(),
        hint: "see to it and repeat the command: it goes on with the rows that are left".to_owned(),
        ..known
    })
}

/// What is wrong with a row of the credits input.
fn unreadable(error: &RowError, place: &str) -> Complaint {
    let column = if error.column.is_empty() { String::new() } else { format!("column `{}`: ", error.column) };
    Complaint {
        code: error.code.to_string(),
        message: format!("{column}{}", error.message),
        place: place.to_owned(),
        hint: error.code.hint().to_owned(),
    }
}

/// Says what a change is, makes it unless `dry_run` is on, and says that it is made.
pub(super) fn make(
    settings: &Settings,
    ledger: &Ledger,
    plan: Plan,
    (asked, dry_run): (Asked, bool),
    printer: Printer,
) -> Result<Exit, Failure> {
    match plan {
        Plan::Nothing(why) => {
            let newest = ledger.newest()?;
            let head = newest.as_ref().map_or_else(nothing, LogEntry::head);
            // The command that did it may have been killed before it could note it.
            if let Some(newest) = newest.filter(|_| !dry_run) {
                let _ = note(settings, &head, &newest.deed);
            }
            let json = || text::with_head(text::nothing_json(&why), &head);
            let told = || wrapped("", &format!("{why}: nothing was changed")) + &text::standing(&head);
            printer.data(told, json);
        }
        Plan::Change(mut planned) if dry_run => {
            issued::issue(settings, ledger, &mut planned, asked)?;
            let head = ledger.head()?;
            let end = || "this was a dry run: nothing was changed\n".to_owned() + &text::standing(&head);
            printer.data(|| text::plan(&planned) + &end(), || text::with_head(text::plan_json(&planned), &head));
        }
        Plan::Change(mut planned) => {
            let issue = issued::issue(settings, ledger, &mut planned, asked)?;
            printer.talk(&text::plan(&planned));
            let (done, placed) = issued::apply(settings, ledger, *planned, &issue)?;
            let noted = note(settings, &done.head, &done.deed);
            let place = issue.folder(settings).map(|folder| format!("what was made of it is in {}", folder.display()));
            let place = place.map_or_else(String::new, |place| wrapped("  ", &place));
            printer.data(|| text::done(&done) + &place, || text::done_json(&done));
            noted.and(placed)?;
        }
    }
    Ok(Exit::Done)
}

/// G11: leaves the head of a change beside `latest`.
fn note(settings: &Settings, head: &Head, deed: &LogAction) -> Result<(), Failure> {
    run::note_head(settings, Some(head), &format!("`{}`", deed.request), &deed.run).map_err(|error| {
        let message = format!("the ledger is changed, but its head is not noted beside `latest`: {error}");
        Failure::new(
            Exit::Attention,
            "head-not-noted",
            message,
            "nothing is lost: the next run notes it; make room or allow writing",
        )
    })
}

pub fn look(command: &LedgerCommand, printer: Printer) -> Result<Exit, Failure> {
    match command {
        LedgerCommand::Verify(args) => verify(args, printer),
        LedgerCommand::Show(args) => show(args, printer),
        LedgerCommand::Open(args) => open(args, printer),
        LedgerCommand::Restart(args) => restart(args, printer),
    }
}

fn verify(args: &Verify, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.job, None)?;
    let ledger = opened(&settings)?;
    let verified = ledger.verify(args.expect_head.as_deref())?;
    issued::complete(&settings, false, printer)?;
    let witnessed = run::witness(&settings, &ledger)?;
    let (held, gone) = run::hold_files(&settings, &ledger)?;
    // G11: what is left of a ledger may hold in itself, and it is not the ledger that the job knows.
    let stands = run::ledger_stands(&settings);
    printer.data(
        || text::verified(&verified, stands.is_ok()) + &issued::held(held, &gone) + &witness::text(&witnessed),
        || {
            let files = serde_json::json!({"files_held": held, "files_gone": gone});
            let verified = text::verified_json(&verified, stands.is_ok());
            text::with(text::with(verified, files), witness::json(&witnessed))
        },
    );
    stands?;
    Ok(Exit::Done)
}

fn show(args: &Show, printer: Printer) -> Result<Exit, Failure> {
    let ledger = opened(&settings(&args.job, None)?)?;
    if let Some(id) = &args.document {
        let log = ledger.log()?;
        let entry = ledger.document(&ledger.id_of(id)?)?;
        let issued = ledger.issued(&log)?;
        printer.data(|| shown::document(&log, &entry, &issued), || shown::document_json(&log, &entry, &issued));
        return Ok(Exit::Done);
    }
    if let Some(id) = &args.entry {
        let history = ledger.history(id)?;
        printer.data(|| shown::history(id, &history), || shown::history_json(&history));
        return Ok(Exit::Done);
    }
    let log = ledger.log()?;
    let book = ledger.book(&log)?;
    let issued = ledger.issued(&log)?;
    printer.data(|| shown::book(&log, &book, &issued), || shown::book_json(&log, &book, &issued));
    Ok(Exit::Done)
}

/// G11: says once that the ledger starts anew, or elsewhere.
fn restart(args: &RestartArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let doer = doer(&args.signed, &settings, &args.reason);
    if !args.signed.dry_run && !interrupt::commit() {
        return Err(RunError::Interrupted.into());
    }
    let done = run::restart_ledger(&settings, &doer.by, &doer.reason, args.signed.dry_run)?;
    match done {
        None => {
            let why = "the ledger has all that the runs of the job know of it";
            printer.data(|| format!("{why}: nothing was changed\n"), || text::nothing_json(why));
        }
        Some((went_back, restarted)) => {
            let dry_run = args.signed.dry_run;
            let aside = if dry_run { None } else { run::set_lost_aside(&settings)? };
            if let Some(folder) = aside {
                let what = "documents of entries that the ledger has lost are now in";
                printer.talk(&format!("{what} {}\n", folder.display()));
            }
            printer.data(
                || text::restarted(&went_back, dry_run),
                || text::restarted_json(&went_back, &restarted, &doer, dry_run),
            );
        }
    }
    Ok(Exit::Done)
}

fn open(args: &OpenArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(&args.signed.job, args.signed.as_of)?;
    let ledger = standing(&settings)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    // What is not read would stay open for ever.
    if !run.intake.guards.over_limit.is_empty() {
        return Err(over_limit(&run.intake.guards.over_limit));
    }
    let (head, batch) = run::opening(&run, &settings, args.before)?;
    let request = format!("ledger open --before {}", args.before);
    let plan = ledger.plan_open(&head, batch, request, &doer(&args.signed, &settings, &args.reason))?;
    make(&settings, &ledger, plan, (Asked::default(), args.signed.dry_run), printer)
}
