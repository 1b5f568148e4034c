//! What commands begin with: the settings of a job, the day that stands for today, a run while somebody may watch.

use super::args::Job;
use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::layout::{count, counted, show_hours_as};
use super::printer;
use super::watch::Watch;
use crate::calendar::Date;
use crate::job::{self, Origin, Settings};
use crate::run::{self, OverLimit, Run, RunError};

/// The settings of a job, with as many threads as they ask for.
pub fn load(args: &Job) -> Result<Settings, Failure> {
    on_day(args, today(args.as_of)?)
}

/// As [`load`], with the day that stands for today where the job names none.
pub fn on_day(args: &Job, today: Date) -> Result<Settings, Failure> {
    let settings = job::load(&args.job, &args.flags(), today)?;
    show_hours_as(settings.output.hours);
    printer::log_of_job(&settings.name);
    use_threads(settings.threads)?;
    for known in settings.in_force.iter().filter(|known| known.origin != Origin::Default) {
        let from = if known.origin == Origin::Flag { "flag" } else { "job file" };
        tracing::debug!(key = known.key, value = known.value, from, "setting");
    }
    Ok(settings)
}

pub fn use_threads(threads: Option<usize>) -> Result<(), Failure> {
    let Some(threads) = threads else { return Ok(()) };
    let made = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    made.map_err(|error| Failure::new(Exit::Io, "no-threads", error.to_string(), "ask for fewer threads"))
}

/// The day that was named, else that of the clock.
pub fn today(as_of: Option<Date>) -> Result<Date, Failure> {
    if let Some(named) = as_of {
        return Ok(named);
    }
    let now = chrono::Local::now().date_naive();
    let hint = "set the clock, or say what day it is with --as-of";
    Date::from_chrono(now)
        .ok_or_else(|| Failure::new(Exit::Usage, "wrong-clock", format!("the clock says {now}"), hint))
}

/// Computes a run while somebody may watch.
pub fn compute(settings: &Settings, watch: &Watch) -> Result<Run, RunError> {
    let run = run::compute(settings, watch);
    watch.finish();
    run
}

/// §2.13: so many rows are set aside that the file itself is in doubt.
pub fn over_limit(inputs: &[OverLimit]) -> Failure {
    let complaint = |over: &OverLimit| {
        let (rows, all, key) = (count(over.spoilt.rows), counted(over.rows, "row"), over.key());
        let (limit, codes) = (over.limit, run::codes(&over.spoilt));
        let share = format!("more than {limit} % (`{key}`)");
        Complaint {
            code: "quarantine-limit".to_owned(),
            message: format!(
                "{rows} of {all} of {} are to be quarantined, {share}: nothing is published; {codes}",
                over.input
            ),
            place: String::new(),
            hint: format!(
                "correct the export, or how the job reads it; raise `{key}` when so many bad rows are as they should be"
            ),
        }
    };
    Failure { complaints: inputs.iter().map(complaint).collect(), exit: Exit::Inputs }
}
