//! A post is planned: a published run is read back, and held against what was posted, published and closed since (G2).

use super::adjusted::undone;
use super::adjusted_rows::AdjustedRow;
use super::manifest::Manifest;
use super::of_ledger::{conflict, ledger};
use super::published::{newest_of, rows, unaltered};
use super::{RunError, close, format};
use crate::calendar::{CalendarMonth, Date};
use crate::job::Settings;
use crate::ledger::{Actor, Plan, Proposal, ReadNote};
use crate::publish::Target;

/// What a post passes over because a person says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Passing {
    /// §8.5: rows of the adjustments that were not done.
    pub adjustments: bool,
    /// K4: months that are closed soft.
    pub closes: bool,
}

/// Plans to post a published run, the newest one when none is named.
///
/// # Errors
/// G2: the run was superseded, a file of it was altered, or the ledger has moved. §8.5: a row of the adjustments was not done, unless
/// that is to be `ignored`.
pub fn plan_post(
    settings: &Settings,
    run_id: Option<&str>,
    invoices: &[String],
    passing: Passing,
    doer: &Actor,
) -> Result<Plan, RunError> {
    super::ledger_stands(settings)?;
    let Some(ledger) = ledger(settings) else { return Err(RunError::NoLedger) };
    let target = super::target(settings);
    let latest = target.latest()?;
    let Some(run_id) = run_id.map(str::to_owned).or_else(|| latest.clone()) else {
        return Err(conflict("the job has no run yet: `hourbill run` comes first".to_owned()));
    };
    if !target.published(&run_id)? {
        return Err(RunError::NoRun(run_id));
    }
    let (proposal, rows, period) = read(&target, &run_id)?;
    let mut plan = ledger.plan_post(proposal, invoices, doer)?;
    let Plan::Change(planned) = &mut plan else { return Ok(plan) };
    // What is in the ledger already may have been followed by other runs.
    if let Some(latest) = latest.filter(|latest| *latest != run_id) {
        return Err(conflict(format!(
            "run {run_id} was superseded by run {latest}: `hourbill post` without a run posts that one"
        )));
    }
    let undone = undone(settings, &ledger, rows)?;
    if !undone.is_empty() {
        if !passing.adjustments {
            return Err(RunError::Undone { rows: undone });
        }
        planned.deed.request.push_str(" --ignore-adjustments");
    }
    if close::refuse_post(&ledger, period, &planned.batch, passing.closes)? {
        planned.deed.request.push_str(super::issue::AFTER_CLOSE);
    }
    Ok(plan)
}

/// The newest run of a calendar month.
///
/// # Errors
/// The job has none.
pub fn newest_of_month(settings: &Settings, month: CalendarMonth) -> Result<String, RunError> {
    newest_of(&super::target(settings), &month.period())?.ok_or_else(|| {
        conflict(format!("the job has no run of {month}: `hourbill run` with `--period {month}` comes first"))
    })
}

/// The first and the last day of a period, where it has them.
type Ends = (Option<Date>, Option<Date>);

/// Reads a published run whose files are all as they were written: what posting it puts into the ledger, what became of its adjustments,
/// and the ends of its period.
fn read(target: &Target, run_id: &str) -> Result<(Proposal, Vec<AdjustedRow>, Ends), RunError> {
    let altered = |file: &str| {
        let remedy = "`hourbill run` with the same inputs publishes it anew";
        conflict(format!("`{file}` of run {run_id} was altered since it was published; {remedy}"))
    };
    let published = unaltered(target, run_id)?.map_err(|file| altered(&file))?;
    format::open(target, run_id)?.map_or(Ok(()), |opened| opened.postable())?;
    if let Some(shard) = published.shard {
        let why = "only a whole run can be posted: run the job without --shard";
        return Err(conflict(format!("run {run_id} is the part {shard} of a run; {why}")));
    }
    let Some(head) = &published.ledger else {
        return Err(conflict(format!("run {run_id} was computed without a ledger: run the job again")));
    };
    let head = head.clone();
    let batch = rows(target, run_id, &published)?.map_err(|file| altered(&file))?;
    let read = noted(&published);
    let rows = published.adjustments.map(|adjustments| adjustments.rows).unwrap_or_default();
    let end = |text: &Option<String>| text.as_deref().and_then(Date::parse);
    let period = (end(&published.period.from), end(&published.period.to));
    Ok((Proposal { run: run_id.to_owned(), head, batch, aliases: published.same_as, read }, rows, period))
}

/// X4: control totals of the run, for the bounds of later ones; where the job has such a bound.
fn noted(published: &Manifest) -> Option<Box<ReadNote>> {
    let is_asked = |key: &String| key.starts_with("bounds.input_vs_median.");
    let month = published.period.from.as_ref().and_then(|from| from.get(..7))?.to_owned();
    let rows = published.inputs.iter().map(|(input, files)| (input.clone(), files.iter().map(|file| file.rows).sum()));
    let microseconds = published.control.read.microseconds.to_string();
    published.settings.keys().any(is_asked).then(|| Box::new(ReadNote { month, rows: rows.collect(), microseconds }))
}
