//! `--metrics FILE`: what a run came to, for the text-file collector of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::exit::Exit;
use super::failure::Failure;
use super::printer;
use crate::access::Access;
use crate::account::Disposition;
use crate::job::Settings;
use crate::publish;
use crate::read::is_export;
use crate::regular;
use crate::run::{self, ManifestBound, Summary, Timing};

/// Every file of ours begins so.
const BEGINS: &str = "# HELP hourbill_";

/// Refuses to write over what is no file of metrics: a path that was mistyped may be that of an export, a job file or the ledger.
///
/// # Errors
/// Something else stands there, or the folder is one in which every file counts.
pub fn may_write(path: &Path, settings: &Settings) -> Result<(), Failure> {
    let refused = |what: &str| {
        let message = format!("`{}` {what}: metrics are written over nothing else than metrics", path.display());
        Failure::new(Exit::Usage, "metrics-path", message, "correct the path of --metrics, or remove what stands there")
    };
    let runs = run::target(settings).job_folder().to_owned();
    if settings.ledger.iter().map(|ledger| &ledger.dir).chain([&runs]).any(|folder| is_below(path, folder)) {
        return Err(refused("lies among the runs of the job, or in its ledger"));
    }
    let found = match fs::symlink_metadata(path) {
        // What cannot be looked at cannot be written either, and that is told then.
        Err(_) => return Ok(()),
        Ok(found) => found,
    };
    // Renaming puts the new file in the place of a link, whatever the link leads to.
    if !found.is_file() {
        return Err(refused("is no regular file"));
    }
    let mut start = Vec::new();
    let read = regular::open(path).and_then(|file| file.take(BEGINS.len() as u64).read_to_end(&mut start));
    // An empty file waits for metrics (`touch`, `mktemp`), or is an export that lost its rows.
    let of_metrics = if start.is_empty() { !is_for_others(path) } else { start == BEGINS.as_bytes() };
    if read.is_err() || !of_metrics {
        return Err(refused("holds something else than metrics of hourbill"));
    }
    Ok(())
}

/// Whether the name is that of an export, a control file or a job file.
fn is_for_others(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_export(&name) || [".json", ".toml"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending))
}

/// Whether a path lies below a folder, whatever links lead there.
fn is_below(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (fs::canonicalize(parent), fs::canonicalize(folder)) {
        (Ok(parent), Ok(folder)) => parent.starts_with(folder),
        _ => false,
    }
}

/// Writes the file whole or not at all: a collector may read at any moment.
///
/// # Errors
/// The file cannot be written. The run itself is done by then: that is exit code 1 when it was published.
pub fn write(path: &Path, text: &str, readers: Access) -> Result<(), Failure> {
    let mut staged = path.as_os_str().to_owned();
    staged.push(format!(".{}.tmp", std::process::id()));
    let written = fs::write(&staged, text).and_then(|()| publish::grant(readers, Path::new(&staged)));
    let written = written.and_then(|()| fs::rename(&staged, path));
    written.map_err(|error| {
        // What is left of a write that failed is of no use.
        let _ = fs::remove_file(&staged);
        let exit = printer::exit_of_io();
        let (done, hint) = match exit {
            Exit::Attention => ("the run is published, but ", "the run itself is whole; correct the path of --metrics"),
            _ => ("", "correct the path of --metrics"),
        };
        let message = format!("{done}cannot write the metrics into `{}`: {error}", path.display());
        Failure::new(exit, "metrics-not-written", message, hint)
    })
}

/// How a run ended, of which nothing else is known when it failed, and when the last one ended well: this one, or what `file` says by now.
pub fn ended(job: &str, exit: Exit, file: &Path) -> String {
    let mut metrics = Metrics { job, text: String::new() };
    metrics.gauge("hourbill_exit_code", "Exit code of the last run.", [(vec![], exit.code().to_string())]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    metrics.gauge("hourbill_last_run_timestamp_seconds", "When the last run ended.", [(vec![], now.to_string())]);
    let succeeded = if exit <= Exit::Attention { Some(now) } else { last_success(job, file) };
    let succeeded = succeeded.map(|at| (vec![], at.to_string()));
    metrics.gauge(LAST_SUCCESS, "When a run last ended with exit code 0 or 1.", succeeded);
    metrics.text
}

const LAST_SUCCESS: &str = "hourbill_last_success_timestamp_seconds";

/// What metrics of earlier runs of the job say of it.
fn last_success(job: &str, file: &Path) -> Option<u64> {
    let metrics = String::from_utf8(regular::read(file).ok()?).ok()?;
    let sample = format!("{LAST_SUCCESS}{{job_name=\"{}\"}} ", escaped(job));
    metrics.lines().find_map(|line| line.strip_prefix(&sample)?.parse().ok())
}

/// A part of a whole as a share of 1, with six decimals.
fn share(part: u64, of: u64) -> String {
    let millionths = (u128::from(part) * 1_000_000).checked_div(u128::from(of)).unwrap_or(0);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// What a run came to.
pub fn of_run(run: &Summary, settings: &Settings, timings: &[Timing]) -> String {
    let mut metrics = Metrics { job: &settings.name, text: String::new() };
    let totals: Vec<_> = run.control.totals.iter().collect();
    let by_disposition = |value: &dyn Fn(&crate::account::Total) -> String| {
        totals
            .iter()
            .map(|(disposition, total)| (vec![("disposition", disposition.name())], value(total)))
            .collect::<Vec<_>>()
    };
    metrics.gauge(
        "hourbill_entries",
        "Entries read, by what became of them.",
        by_disposition(&|total| total.rows.to_string()),
    );
    metrics.gauge(
        "hourbill_hours",
        "Hours read, by what became of them.",
        by_disposition(&|total| total.hours.to_string()),
    );
    metrics.gauge("hourbill_rows_quarantined", "Rows set aside.", [(vec![], run.rows_rejected.to_string())]);
    let rows = |quarantined: bool| {
        let of = totals.iter().filter(|(disposition, _)| !quarantined || *disposition == Disposition::Quarantined);
        of.map(|(_, total)| total.rows).sum()
    };
    metrics.gauge(
        "hourbill_entries_quarantined_ratio",
        "Share of the timesheet rows that were set aside.",
        [(vec![], share(rows(true), rows(false)))],
    );
    metrics.gauge(
        "hourbill_rows_waived",
        "Rows set aside that a person has waived.",
        [(vec![], run.rows_waived.to_string())],
    );
    metrics.gauge("hourbill_drafts_held", "Drafts that were not made.", [(vec![], run.drafts.held.to_string())]);
    let money = run.money_shown();
    let drafts = money.iter().map(|(currency, sum)| (vec![("currency", currency.as_str())], sum.drafts.to_string()));
    metrics.gauge("hourbill_drafts", "Drafts, by currency.", drafts.collect::<Vec<_>>());
    let amounts = money.iter().map(|(currency, sum)| (vec![("currency", currency.as_str())], sum.total.clone()));
    metrics.gauge("hourbill_drafts_amount", "Total amount of the drafts, by currency.", amounts.collect::<Vec<_>>());
    let codes = run.findings.iter().map(|(code, told)| ((code.name(), code.severity().name()), told.count));
    let codes: BTreeMap<(&str, &str), u64> = codes.collect();
    let findings = codes
        .iter()
        .map(|((code, severity), count)| (vec![("code", *code), ("severity", *severity)], count.to_string()));
    metrics.gauge("hourbill_findings", "Findings, by code.", findings.collect::<Vec<_>>());
    let sequence = run.head.as_ref().map(|head| (vec![], head.sequence.to_string()));
    metrics.gauge("hourbill_ledger_sequence", "The ledger's last entry that the run was computed on.", sequence);
    of_bounds(&mut metrics, run, settings);
    metrics.gauge("hourbill_differences", "Figures of the ERP that differ.", [(vec![], run.differing.to_string())]);
    let stages =
        timings.iter().map(|timing| (vec![("stage", timing.stage)], format!("{:.6}", timing.wall.as_secs_f64())));
    metrics.gauge("hourbill_stage_seconds", "Time that each stage took.", stages.collect::<Vec<_>>());
    metrics.text
}

/// X7: every measure, and the limits that there are.
fn of_bounds(metrics: &mut Metrics<'_>, run: &Summary, settings: &Settings) {
    let bounds = run.bounds(settings);
    let figure = |of: fn(&ManifestBound) -> Option<String>| {
        let told = bounds.iter().filter_map(move |bound| Some((vec![("bound", bound.bound.as_str())], of(bound)?)));
        told.collect::<Vec<_>>()
    };
    let measured = figure(|bound| bound.measured.clone());
    metrics.gauge("hourbill_bound_measured", "The greatest figure that was measured, by bound.", measured);
    let limits = figure(|bound| bound.limit.clone());
    metrics.gauge("hourbill_bound_limit", "How far a figure may go, by bound.", limits);
    let outcomes = bounds.iter().map(|bound| {
        let action = bound.action.as_deref().unwrap_or("none");
        let labels = vec![("bound", bound.bound.as_str()), ("action", action), ("outcome", bound.outcome.as_str())];
        (labels, bound.broken.to_string())
    });
    metrics.gauge(
        "hourbill_bound_broken",
        "Figures beyond their limit that nobody accepted, by bound and outcome.",
        outcomes.collect::<Vec<_>>(),
    );
}

struct Metrics<'a> {
    job: &'a str,
    text: String,
}

impl Metrics<'_> {
    fn gauge<'l>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'l str, &'l str)>, String)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let labels = [("job_name", self.job)].into_iter().chain(labels);
            let labels: Vec<String> = labels.map(|(label, said)| format!("{label}=\"{}\"", escaped(said))).collect();
            let _ = writeln!(self.text, "{name}{{{}}} {value}", labels.join(","));
        }
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
