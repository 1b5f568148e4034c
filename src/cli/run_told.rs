//! What a run came to, as it is told, and how the command ends that made it.

use super::ending::Ending;
use super::exit::Exit;
use super::failure::{Complaint, Failure};
use super::layout::counted;
use super::metrics;
use super::printer::{self, Printer};
use super::receipt;
use super::start::over_limit;
use super::watch::Watch;
use crate::job::Settings;
use crate::run::{self, Observer, Outcome, Summary};

/// Prints what a run came to and returns how the command ends. Metrics are written first.
pub fn tell_run(
    run: &Summary,
    end: run::RunEnd,
    settings: &Settings,
    watch: &Watch,
    printer: Printer,
) -> (String, Result<Exit, Failure>) {
    let ending = match end {
        run::RunEnd::DryRun => Ending::DryRun,
        run::RunEnd::Refused | run::RunEnd::Stopped => Ending::Refused,
        run::RunEnd::Done(outcome) => ended(outcome),
    };
    let metrics = metrics::of_run(run, settings, &watch.timings());
    watch.finish();
    tracing::info!(
        run = run.id,
        drafts = run.drafts.made(),
        held = run.drafts.held,
        quarantined = run.rows_rejected,
        status = ending.name(),
        "run ended"
    );
    if printer.is_json() || !printer.is_quiet() {
        printer.data(
            || receipt::text(run, settings, &ending, printer.is_detailed()),
            || receipt::json(run, settings, &ending, &watch.timings()),
        );
    }
    (metrics, Ok(exit_of(run, settings, &ending, printer)))
}

/// How a run ends, with a word on why it did not end well.
fn exit_of(run: &Summary, settings: &Settings, ending: &Ending, printer: Printer) -> Exit {
    if run.is_stopped(settings) {
        printer.failure(&out_of_bounds(run, settings));
        return Exit::Control;
    }
    if matches!(ending, Ending::Refused) {
        printer.failure(&refused(run));
        return Exit::Inputs;
    }
    // §10.2: the exit code is that of the outcome, whether or not the same run was published before.
    if !run.needs_attention() {
        return Exit::Done;
    }
    let folder = ending.folder().map(|folder| folder.display().to_string()).unwrap_or_default();
    printer.why(format!("{}: {}", settings.name, receipt::to_look_at(run)), folder);
    Exit::Attention
}

/// X5: every bound that is broken, of which one stops the run.
fn out_of_bounds(run: &Summary, settings: &Settings) -> Failure {
    let complaint = |message: String| Complaint {
        code: "out-of-bounds".to_owned(),
        message,
        place: String::new(),
        hint: "nothing was published: correct the data, or accept the figure with an adjustment `accept`".to_owned(),
    };
    let complaints = run.broken_bounds(settings).into_iter().map(complaint).collect();
    Failure { complaints, exit: Exit::Control }
}

/// Why nothing is published of a run that was computed.
fn refused(run: &Summary) -> Failure {
    if !run.over_limit.is_empty() {
        return over_limit(&run.over_limit);
    }
    let (rows, drafts) = (counted(run.rows_to_correct(), "row"), counted(run.drafts.held, "draft"));
    let mut what = format!("{rows} to be quarantined and {drafts} to be held");
    if run.lines_in_doubt > 0 {
        what.push_str(&format!(", {} held for doubt", counted(run.lines_in_doubt, "order line")));
    }
    if run.no_entries {
        what.push_str(", timesheets without a row");
    }
    let message = format!("{what}: nothing is published under --strict");
    let hint = match (run.rows_to_correct() == 0, run.drafts.held) {
        (false, 0) => "correct the rows, or run without --strict to bill the rest",
        (true, 0) if run.lines_in_doubt == 0 => "export the timesheets again, or run without --strict",
        (true, _) => "the receipt and the findings say why they are held; run without --strict to bill the rest",
        (false, _) => "correct the rows and see why drafts are held, or run without --strict to bill the rest",
    };
    Failure::new(Exit::Inputs, "strict", message, hint)
}

/// A run was put in place.
fn ended(outcome: Outcome) -> Ending {
    printer::in_place();
    match outcome.mended {
        Some(mended) => {
            let kept = mended.kept.display().to_string();
            tracing::warn!(file = mended.file, kept, "the run was altered: it is published anew");
            Ending::Mended(outcome.folder, mended)
        }
        None if outcome.already_published => Ending::AlreadyPublished(outcome.folder),
        None => Ending::Published(outcome.folder),
    }
}
