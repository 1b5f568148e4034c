//! `hourbill part`: the steps of a run that several processes compute (docs/spark.md).

use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::Parser;
use serde_json::json;

use super::args::{Args, Command, Job};
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt;
use super::issued;
use super::part_args::{PartCommand, PartCommitArgs, PartPlanArgs, PartRunArgs};
use super::printer::Printer;
use super::run_told::tell_run;
use super::start::{load, on_day};
use super::watch::Watch;
use crate::calendar::Date;
use crate::job::Settings;
use crate::publish::PartsFolder;
use crate::regular;
use crate::run::{self, PartFailure, PartPlan, PartReceipt, Parts, RunError, RunOptions};

pub fn part(command: &PartCommand, printer: Printer) -> Result<Exit, Failure> {
    match command {
        PartCommand::Plan(args) => plan(args, printer),
        PartCommand::Split(args) => with_parts(&args.folder, |parts| Ok(parts.split()?)),
        PartCommand::Repeats(args) => with_parts(&args.folder, |parts| Ok(parts.repeats()?)),
        PartCommand::Ids(args) => with_parts(&args.of.folder, |parts| match parts.ids(args.task) {
            Ok(()) => Ok(()),
            Err(error) => failed(&error, parts.plan(), 0, printer).ok_or_else(|| error.into()),
        }),
        PartCommand::Rows(args) => with_parts(&args.of.folder, |parts| {
            let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
            parts.stream_rows(args.task, &mut out)?;
            out.flush().map_err(|error| RunError::RunDocument(error).into())
        }),
        PartCommand::Run(args) => compute(args, printer),
        PartCommand::Commit(args) => commit(args, printer),
    }
}

/// The program, so that parts of two builds are told apart.
fn build() -> Result<String, Failure> {
    let failed =
        |error: io::Error| Failure::new(Exit::Io, "cannot-read", format!("cannot read the program: {error}"), "");
    let mut hasher = blake3::Hasher::new();
    let program = std::env::current_exe().and_then(|path| regular::open(&path)).map_err(failed)?;
    hasher.update_reader(program).map_err(failed)?;
    let hash = hasher.finalize().to_hex();
    Ok(format!("{} {}", env!("CARGO_PKG_VERSION"), hash.get(..16).unwrap_or_default()))
}

fn plan(args: &PartPlanArgs, printer: Printer) -> Result<Exit, Failure> {
    let place = std::fs::canonicalize(&args.job.job).unwrap_or_else(|_| args.job.job.clone());
    let settings = load(&Job { job: place.clone(), ..args.job.clone() })?;
    run::ledger_stands(&settings)?;
    let mut typed = vec![place.display().to_string(), settings.billing.as_of.to_string()];
    typed.extend(std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()));
    let watch = Watch::new(&settings, printer.is_watched());
    let made = PartPlan::make(&settings, (args.parts, &build()?, typed), &PartsFolder::new(&args.out), &watch);
    watch.finish();
    let plan = made?;
    let (folder, tasks) = (args.out.display().to_string(), plan.tasks);
    printer.data(
        || {
            format!(
                "{} parts of {} are planned in {folder}; tasks that read timesheets: {tasks}\n",
                plan.parts, settings.name
            )
        },
        || json!({"plan": plan.plan, "parts": plan.parts, "tasks": tasks, "folder": folder}),
    );
    Ok(Exit::Done)
}

/// The settings of a plan: the job as it was typed, on the day on which it was.
fn settings_of(plan: &PartPlan) -> Result<Settings, Failure> {
    let unknown = || Failure::from(RunError::PartRefused("the plan does not say of which job it is".to_owned()));
    let [place, day, typed @ ..] = plan.typed.as_slice() else { return Err(unknown()) };
    let words = ["hourbill"].into_iter().chain(typed.iter().map(String::as_str));
    let Ok(Args { command: Command::Part(PartCommand::Plan(args)), .. }) = Args::try_parse_from(words) else {
        return Err(unknown());
    };
    let day = Date::parse(day).ok_or_else(unknown)?;
    on_day(&Job { job: Path::new(place).to_owned(), ..args.job }, day)
}

fn with_parts(folder: &Path, each: impl FnOnce(&Parts<'_>) -> Result<(), Failure>) -> Result<Exit, Failure> {
    let folder = PartsFolder::new(folder);
    let settings = settings_of(&PartPlan::open(&folder)?)?;
    each(&Parts::open(&settings, &folder, &build()?, &run::Unwatched)?)?;
    Ok(Exit::Done)
}

/// Prints the receipt of what failed for its data; `None` for what failed otherwise.
fn failed(error: &RunError, plan: &PartPlan, part: u32, printer: Printer) -> Option<()> {
    print(&PartReceipt::failed(plan, part, PartFailure::of(error)?), printer);
    Some(())
}

fn print(receipt: &PartReceipt, printer: Printer) {
    printer.raw(&format!("{}\n", json!(receipt)));
}

fn compute(args: &PartRunArgs, printer: Printer) -> Result<Exit, Failure> {
    with_parts(&args.of.folder, |parts| {
        let folder = PartsFolder::new(&args.of.folder);
        let attempt = folder.attempt();
        interrupt::stages_in(folder.path().join("parts").join(format!("{:05}-{attempt}", args.part)));
        let receipt = match args.split {
            true => parts.run(args.part, &attempt, parts.stream(args.part)?)?,
            false => parts.run(args.part, &attempt, io::stdin().lock())?,
        };
        print(&receipt, printer);
        Ok(())
    })
}

fn commit(args: &PartCommitArgs, printer: Printer) -> Result<Exit, Failure> {
    let folder = PartsFolder::new(&args.of.folder);
    let settings = settings_of(&PartPlan::open(&folder)?)?;
    run::ledger_stands(&settings)?;
    issued::complete(&settings, args.dry_run, printer)?;
    let watch = Watch::new(&settings, printer.is_watched());
    interrupt::stages_in(run::target(&settings).job_folder().to_owned());
    let parts = Parts::open(&settings, &folder, &build()?, &watch)?;
    let bytes = regular::read(&args.receipts).map_err(RunError::RunDocument);
    let bytes = bytes
        .map_err(|error| Failure::new(Exit::Io, "cannot-read", format!("cannot read the receipts: {error}"), ""))?;
    let read = |line: &[u8]| {
        let why = |error| RunError::PartRefused(format!("a line of the receipts is none: {error}"));
        serde_json::from_slice::<PartReceipt>(line).map_err(why)
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let receipts = lines.map(read).collect::<Result<Vec<_>, RunError>>()?;
    let (run, end) = parts.commit(&receipts, RunOptions { dry_run: args.dry_run, strict: args.strict })?;
    tell_run(&run, end, &settings, &watch, printer).1
}
