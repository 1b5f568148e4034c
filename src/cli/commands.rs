//! The commands: each loads a job, computes, prints and says how it ended.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::args::{
    Args, CheckArgs, Command, DiffArgs, Explain, Generate, Job, LookArgs, Reconcile, RunArgs, StatementArgs,
};
use super::exit::Exit;
use super::failure::Failure;
use super::layout::{count, counted, wrapped};
use super::printer::{self, Printer};
use super::run_told::tell_run;
use super::start::{compute, load, over_limit, use_threads};
use super::watch::{Watch, timings_text};
use super::{
    close, diff_text, explain_text, hours, init, inputs, interrupt, issued, leaks, ledger, metrics, month, part, prune,
    reconcile_text, rows_json, statement,
};
use crate::explain::{FileRow, explain, explain_row};
use crate::finding::Finding;
use crate::job::{DocumentFormat, Settings};
use crate::month::settled_by_ledger;
use crate::run::{self, Intake, Named, Passes, Run, RunOptions};
use crate::{generate, tables};

pub fn run(command: Command, printer: Printer) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => bill(&args, printer),
        Command::Check(args) => check(&args, printer),
        Command::Hours(args) => show_hours(&args, printer),
        Command::Reconcile(args) => reconcile(&args, printer),
        Command::Leaks(args) => show_leaks(&args, printer),
        Command::Month(args) => show_month(&args, printer),
        Command::Statement(args) => state(&args, printer),
        Command::Explain(args) => tell(&args, printer),
        Command::Post(args) => ledger::post(&args, printer),
        Command::Void(args) => ledger::void(&args, printer),
        Command::Credit(args) => ledger::credit(&args, printer),
        Command::Render(args) => issued::render(&args, printer),
        Command::Close(args) => close::close(&args, printer),
        Command::Reopen(args) => close::reopen(&args, printer),
        Command::Ledger(command) => ledger::look(&command, printer),
        Command::Part(command) => part::part(&command, printer),
        Command::Diff(args) => compare(&args, printer),
        Command::Prune(args) => prune::prune(&args, printer),
        #[cfg(feature = "query")]
        Command::Query(args) => super::query::ask(&args, printer),
        Command::Init(args) => init::init(&args, printer),
        Command::Generate(args) => synthesise(&args, printer),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "hourbill", &mut script);
            printer.raw(&String::from_utf8_lossy(&script));
            Ok(Exit::Done)
        }
        Command::Man { folder } => manual(&folder, printer),
    }
}

fn timings(args: &Job, watch: &Watch, rows: u64, printer: Printer) {
    if args.timings {
        printer.talk(&timings_text(watch, rows));
    }
}

fn bill(args: &RunArgs, printer: Printer) -> Result<Exit, Failure> {
    let mut settings = load(&args.job)?;
    args.metrics.as_deref().map_or(Ok(()), |file| metrics::may_write(file, &settings))?;
    if let Some(shard) = args.shard {
        settings = settings.part(shard);
    }
    let mut told = String::new();
    let ended = bill_job(args, &settings, printer, &mut told);
    let Some(file) = &args.metrics else { return ended };
    let exit = ended.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
    let exit = printer.exit_of_lost().filter(|_| exit <= Exit::Attention).unwrap_or(exit);
    told.push_str(&metrics::ended(&settings.name, exit, file));
    match (ended, metrics::write(file, &told, settings.output.mode)) {
        (Ok(exit), Err(failure)) if exit <= Exit::Attention => Err(failure),
        (Err(mut first), Err(second)) => {
            first.complaints.extend(second.complaints);
            Err(first)
        }
        (Ok(exit), Err(failure)) => {
            printer.failure(&failure);
            Ok(exit)
        }
        (ended, Ok(())) => ended,
    }
}

/// Computes and publishes a run. `metrics` gets what the run came to, when it came to anything.
fn bill_job(args: &RunArgs, settings: &Settings, printer: Printer, metrics: &mut String) -> Result<Exit, Failure> {
    run::ledger_stands(settings)?;
    issued::complete(settings, args.dry_run || settings.shard.is_some(), printer)?;
    let watch = Watch::new(settings, printer.is_watched());
    let options = RunOptions { dry_run: args.dry_run, strict: args.strict };
    interrupt::stages_in(run::target(settings).job_folder().to_owned());
    let (run, end) = match args.memory {
        Some(limit) => run::run_within(settings, Passes::Within(limit), options, &watch)?,
        None => {
            let mut run = run::compute(settings, &watch)?;
            let told = run::in_one_go(&mut run, settings, options, &watch)?;
            // The process ends: taking millions of rows apart first would only take time.
            std::mem::forget(run);
            told
        }
    };
    let (text, exit) = tell_run(&run, end, settings, &watch, printer);
    *metrics = text;
    timings(&args.job, &watch, run.control.read.rows, printer);
    exit
}

fn check(args: &CheckArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let intake = run::intake(&settings, &watch);
    watch.finish();
    let mut intake = intake?;
    let unmatched = run::unmatched(&mut intake, &settings)?;
    intake.findings.extend(unmatched);
    intake.findings.extend(run::senders_missing(&intake.world, &settings));
    if args.documents {
        intake.findings.extend(document_findings(&intake, &settings));
    }
    // Findings are told by their codes.
    intake.findings.sort();
    let mut surveys = Vec::new();
    for input in settings.inputs.keys() {
        surveys.push((*input, run::survey(*input, &settings)?));
    }
    printer.data(|| inputs::text(&intake, &settings, &surveys), || inputs::json(&intake, &surveys));
    timings(&args.job, &watch, intake.totals.rows, printer);
    if !intake.guards.over_limit.is_empty() {
        return Err(over_limit(&intake.guards.over_limit));
    }
    Ok(match (intake.needs_attention(), args.strict) {
        (false, _) => Exit::Done,
        (true, true) => Exit::Inputs,
        (true, false) => {
            printer.why(without_all(&intake), String::new());
            Exit::Attention
        }
    })
}

/// Exit code 1 with a word of warning when rows were set aside: the figures shown are not those of all rows.
fn in_doubt(intake: &Intake, printer: Printer) -> Exit {
    if !intake.needs_attention() {
        return Exit::Done;
    }
    let why = without_all(intake);
    printer.talk(&wrapped("", &format!("{why} (`hourbill check` names them)")));
    printer.why(why, String::new());
    Exit::Attention
}

fn without_all(intake: &Intake) -> String {
    match intake.rejected.len() as u64 {
        0 => "the timesheets have no row".to_owned(),
        rows => format!("{} in quarantine: their hours are not in these figures", counted(rows, "row")),
    }
}

#[cfg(feature = "xml")]
fn document_findings(intake: &run::Intake, settings: &Settings) -> Vec<Finding> {
    crate::document::customers_missing(&intake.world, settings)
}

/// This build writes no documents, so they lack nothing.
#[cfg(not(feature = "xml"))]
fn document_findings(_: &run::Intake, _: &Settings) -> Vec<Finding> {
    Vec::new()
}

fn show_hours(args: &LookArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let json = || {
        let tables = tables::tables(run.results(&settings));
        tables.iter().find(|table| table.name == "order_lines").map_or(Value::Null, rows_json::rows)
    };
    printer.data(|| hours::hours_table(&run, &settings), json);
    timings(&args.job, &watch, run.control.read.rows, printer);
    Ok(in_doubt(&run.intake, printer))
}

fn reconcile(args: &Reconcile, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let json = || {
        let tables = tables::tables(run.results(&settings));
        let rows = tables.iter().find(|table| table.name == "reconciliation").map_or(Value::Null, rows_json::rows);
        json!({"compared": run.comparisons.len(), "differences": reconcile_text::differences(&run), "figures": rows})
    };
    printer.data(|| reconcile_text::text(&run, args.equal), json);
    timings(&args.job, &watch, run.control.read.rows, printer);
    match reconcile_text::differences(&run) {
        0 => return Ok(Exit::Done),
        1 => printer.why("1 figure differs".to_owned(), String::new()),
        differ => printer.why(format!("{} differ", counted(differ as u64, "figure")), String::new()),
    }
    Ok(Exit::Attention)
}

fn show_leaks(args: &LookArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let found =
        crate::leaks::leaks(&run.intake.world, &settings.billing, &run.links, &run.posted, &run.account, &run.billing);
    let tables = tables::leaks(&run.intake.world, &found);
    printer.data(|| leaks::text(&tables), || leaks::json(&tables));
    timings(&args.job, &watch, run.control.read.rows, printer);
    Ok(in_doubt(&run.intake, printer))
}

fn show_month(args: &LookArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let posted = run::posted_of_period(&settings)?;
    let settled = settled_by_ledger(&run.intake.world, &run.account, &run.posted, &settings.billing.period);
    let month = run.month().with_posted(&posted, settled);
    printer.data(|| month::text(&month) + &month::posted_text(&posted), || month::json(&month));
    timings(&args.job, &watch, run.control.read.rows, printer);
    Ok(in_doubt(&run.intake, printer))
}

/// Makes hours statements (S1), whether or not the job asks for them.
fn state(args: &StatementArgs, printer: Printer) -> Result<Exit, Failure> {
    let mut settings = load(&args.job)?;
    run::ledger_stands(&settings)?;
    if !settings.output.documents.contains(&DocumentFormat::Statement) {
        settings.output.documents.push(DocumentFormat::Statement);
    }
    issued::complete(&settings, false, printer)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let named = |id: &String| {
        let world = &run.intake.world;
        let root = world.customers.find(id).map(|customer| world.customers.id(world.root(customer)));
        // S2: of a customer whom no row names any more the ledger knows.
        let told = || run.statements().iter().map(|of| of.root.as_str()).find(|root| root == id);
        root.or_else(told).map(str::to_owned).ok_or_else(|| {
            let hint = "ids are compared exactly, as they stand in the exports";
            Failure::new(Exit::Usage, "unknown-id", format!("no customer has the id `{id}`"), hint)
        })
    };
    let root = args.customer.as_ref().map(named).transpose()?;
    let stated = run::state(&settings, &run, root.as_deref())?;
    printer::in_place();
    printer.data(|| statement::text(&run, &settings, &stated), || statement::json(&run, &stated));
    timings(&args.job, &watch, run.control.read.rows, printer);
    Ok(in_doubt(&run.intake, printer))
}

fn tell(args: &Explain, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&args.job)?;
    let watch = Watch::new(&settings, printer.is_watched());
    let run = compute(&settings, &watch)?;
    let ledger = run::ledger(&settings);
    let only = args.kind.map(Into::into);
    let row = if only.is_none() { named_row(&run, &settings, &args.id)? } else { None };
    let results = run.results(&settings);
    let mut explanations = Vec::new();
    if let Some(row) = &row {
        let past = ledger.as_ref().map(|ledger| ledger.past(&row.id)).transpose()?;
        let invoices = run::named_invoices(&run, &settings, &row.id)?;
        explanations.extend(explain_row(results, row, past.as_ref(), &invoices));
    }
    // N10: a number stands for the document that has it; other things may be called so, too.
    let called = match &ledger {
        _ if row.is_some() => Vec::new(),
        Some(ledger) => ledger.pasts(&args.id)?.into_iter().map(|(id, past)| (id, Some(past))).collect(),
        None => vec![(args.id.clone(), None)],
    };
    for (id, past) in called {
        let invoices = run::named_invoices(&run, &settings, &id)?;
        explanations.extend(explain(results, &id, only, past.as_ref(), &invoices));
    }
    if explanations.is_empty() {
        let what = args.kind.map_or("entry, ticket, order line, customer, draft or posted document", |kind| {
            crate::explain::IdKind::from(kind).name()
        });
        let message = format!("no {} has the id `{}`", what.replace('_', " "), args.id);
        let hint = "ids are compared exactly; drafts are those of the period that is billed: give --period";
        return Err(Failure::new(Exit::Usage, "unknown-id", message, hint));
    }
    printer.data(
        || explain_text::text(&explanations, printer.is_detailed()),
        || serde_json::to_value(&explanations).unwrap_or_default(),
    );
    timings(&args.job, &watch, run.control.read.rows, printer);
    Ok(Exit::Done)
}

/// The row that `FILE:ROW` names; `None` when it names none, and is an id.
fn named_row(run: &Run, settings: &Settings, text: &str) -> Result<Option<FileRow>, Failure> {
    let failed = |message: String, hint: &str| Err(Failure::new(Exit::Usage, "unknown-row", message, hint));
    match run::file_row(run, settings, text)? {
        None => Ok(None),
        Some(Named::Row(row)) => Ok(Some(*row)),
        Some(Named::Beyond { file, rows: 0, .. }) => {
            failed(format!("`{file}` has no row: nothing stands below its header"), "")
        }
        Some(Named::Beyond { file, row, rows }) => {
            let nearest = if row == 0 { 1 } else { rows };
            let message = format!("`{file}` has no row {row}: it has rows 1 to {rows}, the nearest is row {nearest}");
            failed(
                message,
                "1 is the first row below the header, as in the table quarantine; lines of a text file count otherwise",
            )
        }
        Some(Named::Several(files)) => {
            let message = format!("`{text}` may mean a row of any of {}", files.join(", "));
            failed(message, "write the file as it stands in the table quarantine, with its folder")
        }
    }
}

fn compare(args: &DiffArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = load(&Job { job: args.job.clone(), ..Job::default() })?;
    let (before, after) = (&args.before, &args.after);
    let diff = run::compare(&settings, before, after)?;
    printer.data(|| diff_text::text(before, after, &diff), || diff_text::json(before, after, &diff));
    if diff.is_empty() {
        return Ok(Exit::Done);
    }
    printer.why(format!("runs {before} and {after} differ"), String::new());
    Ok(Exit::Attention)
}

fn synthesise(args: &Generate, printer: Printer) -> Result<Exit, Failure> {
    use_threads(args.threads)?;
    let bar = printer.is_watched().then(|| ProgressBar::new(args.entries));
    let progress = |entries| bar.iter().for_each(|bar| bar.set_position(entries));
    let made = generate::generate(&args.options(), &progress);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let made = made?;
    let files: Vec<String> = made.files.iter().map(|file| file.display().to_string()).collect();
    let dirty: u64 = made.dirty.iter().map(|(_, rows)| rows).sum();
    let text = || {
        let rows = format!("{} ({} of them dirty)", counted(made.timesheets, "entry"), count(dirty));
        let others = format!(
            "{}, {}, {}",
            counted(made.tickets, "ticket"),
            counted(made.order_lines, "order line"),
            counted(made.customers, "customer")
        );
        format!("{rows}, {others}: {} bytes\n  {}\n", count(made.bytes), files.join("\n  "))
    };
    let json = || {
        let dirt: serde_json::Map<String, Value> =
            made.dirty.iter().map(|(kind, rows)| (kind.name().to_owned(), json!(rows))).collect();
        json!({
            "timesheets": made.timesheets,
            "tickets": made.tickets,
            "order_lines": made.order_lines,
            "customers": made.customers,
            "teams": made.teams,
            "dirty": dirt,
            "files": files,
            "bytes": made.bytes,
        })
    };
    printer.data(text, json);
    Ok(Exit::Done)
}

fn manual(folder: &Path, printer: Printer) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot write the manual into `{}`: {error}", folder.display());
        Failure::new(Exit::Io, "cannot-write", message, "")
    };
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Args::command().disable_help_subcommand(true), folder).map_err(failed)?;
    printer.talk(&format!("manual pages are in {}\n", folder.display()));
    Ok(Exit::Done)
}
