//! The receipt of a run: what was read, what became of it, what it is worth, what needs a person.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::brief;
use super::ending::Ending;
use super::fold::{ReceiptBlock, folded};
use super::layout::{counted, heading, wrapped};
use super::month;
use super::receipt_parts::{
    adjustments, balance, copies, findings, findings_by_code, has_no_part, held, money, overdrawn, quarantine,
    quarantine_by_code, unassigned,
};
use super::watch::timings_json;
use crate::account::Total;
use crate::job::{DocumentFormat, RateSource, Settings};
use crate::model::NoAgreement;
use crate::run::{QuarantineCopy, Summary, Timing};

/// The receipt for people: with every detail where it is asked for, else on a screen.
pub fn text(run: &Summary, settings: &Settings, ending: &Ending, detailed: bool) -> String {
    let part = settings.shard.map_or_else(String::new, |shard| format!(" · part {shard}"));
    let title = heading(&format!("{} · {}{part}", settings.name, settings.billing.period.in_words()));
    let rows = quarantine((run.rows_rejected, run.rows_waived), &run.quarantine, settings, "in the table quarantine");
    let (copies, found) =
        (copies(run, settings, ending), findings(&run.findings, &has_no_part, "in the table findings"));
    // A refused run leaves no report and no tables that could tell the details.
    let detailed = detailed || matches!(ending, Ending::Refused);
    let parts = if detailed {
        vec![
            ReceiptBlock::block(balance(run)),
            ReceiptBlock::block(money(run)),
            ReceiptBlock::block(adjustments(run)),
            ReceiptBlock::block(unassigned(run, settings)),
            ReceiptBlock::block(held(run)),
            ReceiptBlock::block(overdrawn(run)),
            ReceiptBlock::block(rows),
            ReceiptBlock::block(copies),
            ReceiptBlock::block(found),
            ReceiptBlock::block(month::text(&run.month)),
            ReceiptBlock::block(whereabouts(run, ending) + &ledger(run, settings)),
            ReceiptBlock::lines(closing(run, settings, ending)),
        ]
    } else {
        vec![
            ReceiptBlock::block(money(run)).or_lines(brief::money(run, settings, ending)),
            ReceiptBlock::lines(adjustments(run)),
            ReceiptBlock::block(unassigned(run, settings)).or_lines(brief::unassigned(run)).kept(),
            ReceiptBlock::block(held(run)).or_lines(brief::held(run)),
            ReceiptBlock::block(overdrawn(run)).or_lines(brief::overdrawn(run)),
            ReceiptBlock::block(joined([&rows, &copies, &found]))
                .or_block(joined([&rows, &copies, &findings_by_code(run)]))
                .or_block(joined([&quarantine_by_code(run), &findings_by_code(run)]))
                .or_lines(brief::rows_and_findings(run, settings, ending, false))
                .or_lines(brief::rows_and_findings(run, settings, ending, true)),
            ReceiptBlock::block(brief::month(run, false)).or_block(brief::month(run, true)),
            ReceiptBlock::lines(ledger(run, settings)).or_lines(if stands_on_nothing(run) {
                ledger(run, settings)
            } else {
                String::new()
            }),
            ReceiptBlock::lines(mended(run, ending) + &closing(run, settings, ending)),
        ]
    };
    let most = if detailed { usize::MAX } else { LINES };
    folded(&title, parts, most)
}

/// Blocks with a blank line between two.
fn joined<const N: usize>(blocks: [&str; N]) -> String {
    blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The lines that fit on the screen of a terminal.
const LINES: usize = 24;

/// How it ended, what it stands on where that may be a mistake, where to look, and what to do next.
fn closing(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    let mut text = not_judged(settings);
    if settings.billing.rules.rates == RateSource::Export {
        text.push_str(&wrapped("", "hours cost what the export says of each (`rules.rates` is `export`)"));
    }
    if let Some(folder) = ending.folder() {
        // A path is copied: it stands alone.
        let (what, path) = match report(settings, folder) {
            Some(report) => ("report", report),
            None => ("folder", folder.to_owned()),
        };
        text.push_str(&format!("{what}  {}\n", path.display()));
    }
    text + &wrapped("", &verdict(run, settings, ending))
}

/// The page of a run, where the job asks for it.
fn report(settings: &Settings, folder: &Path) -> Option<PathBuf> {
    settings.output.documents.contains(&DocumentFormat::Html).then(|| folder.join("report.html"))
}

/// How a run ended, and what a person does next.
fn verdict(run: &Summary, settings: &Settings, ending: &Ending) -> String {
    let mut told = match ending {
        Ending::DryRun => "a dry run: nothing was written",
        Ending::Refused => "not published: nothing was written",
        Ending::Published(_) => "published",
        Ending::AlreadyPublished(_) => "already published",
        Ending::Mended(..) => "published anew",
    }
    .to_owned();
    if matches!(ending, Ending::Refused) {
        return told;
    }
    let looks = run.needs_attention() || run.lines_waiting > 0;
    if looks {
        told.push_str(&format!("; to look at: {}", to_look_at(run)));
    }
    let whole = settings.shard.is_none() && ending.folder().is_some() && run.drafts.made() > 0;
    match (whole, settings.ledger.is_some()) {
        (true, true) if looks => told.push_str("; then post"),
        (true, true) => told.push_str(&format!("; next: `hourbill post {}`", settings.job_file.display())),
        (true, false) if !looks => told.push_str("; next: review the drafts, then send or import them"),
        _ => {}
    }
    told
}

/// The ledger is new, which may be a mistake.
fn stands_on_nothing(run: &Summary) -> bool {
    run.head.as_ref().is_some_and(|head| head.sequence == 0)
}

/// What the drafts stand on: a ledger that should not be new is a mistake (G11).
fn ledger(run: &Summary, settings: &Settings) -> String {
    let (Some(of), Some(head)) = (&settings.ledger, &run.head) else { return String::new() };
    match head.sequence {
        0 => wrapped("", &format!("the ledger `{}` is new and empty: nothing was posted before", of.dir_shown)),
        sequence => format!("on entry {sequence} of the ledger `{}`, head\n  {}\n", of.dir_shown, head.hash),
    }
}

/// X2: a part of a run cannot tell what the whole comes to.
fn not_judged(settings: &Settings) -> String {
    let of_run = settings.billing.bounds.iter().map(|(key, _)| key).filter(|key| key.is_of_run());
    let named: Vec<String> = of_run.map(|key| format!("`{key}`")).collect();
    if settings.shard.is_none() || named.is_empty() {
        return String::new();
    }
    let text = format!("bounds of the whole run are not judged in a part of it: {}", named.join(", "));
    wrapped("", &text)
}

/// What a person should look at, in a few words.
pub fn to_look_at(run: &Summary) -> String {
    let waived = if run.rows_waived > 0 { " and not waived" } else { "" };
    let told = [
        (run.rows_to_correct(), "row", format!("in quarantine{waived}")),
        (run.drafts.held, "draft", "held".to_owned()),
        (run.lines_in_doubt, "order line", "held for doubt".to_owned()),
        (run.lines_waiting, "order line", "waiting for figures to agree".to_owned()),
    ];
    let told = told.into_iter().filter(|(count, ..)| *count > 0);
    let mut told: Vec<String> = told.map(|(count, what, how)| format!("{} {how}", counted(count, what))).collect();
    told.extend(run.no_entries.then(|| "timesheets without a row".to_owned()));
    told.join(", ")
}

/// The receipt for programs.
pub fn json(run: &Summary, settings: &Settings, ending: &Ending, timings: &[Timing]) -> Value {
    let mut told = serde_json::to_value(run.manifest(settings, Vec::new())).unwrap_or_default();
    let overdrawn = run.overdrawn.iter().map(|pack| {
        let balance = &pack.balance;
        json!({
            "order_line_id": pack.order_line,
            "customer_id": pack.customer,
            "product": pack.product,
            "ordered_hours": balance.ordered.to_string(),
            "delivered_hours": balance.delivered.to_string(),
            "remaining_hours": balance.remaining().to_string(),
        })
    });
    let overdrawn: Value = overdrawn.collect();
    if let Value::Object(told) = &mut told {
        // The files stand in the run.json of the folder.
        told.remove("tables");
        told.insert("status".to_owned(), ending.name().into());
        told.insert("folder".to_owned(), ending.folder().map(|folder| folder.display().to_string()).into());
        let page = ending.folder().and_then(|folder| report(settings, folder));
        told.insert("report".to_owned(), page.map(|page| page.display().to_string()).into());
        told.insert("altered_before".to_owned(), ending.mended());
        told.insert("needs_attention".to_owned(), run.needs_attention().into());
        if let Some(head) = &run.head {
            told.insert("ledger_is_new".to_owned(), (head.sequence == 0).into());
        }
        told.insert("quarantine_files".to_owned(), copies_json(run, ending));
        told.insert("to_look_at".to_owned(), to_look_at(run).into());
        told.insert("overdrawn".to_owned(), overdrawn);
        if !run.nowhere.rows().is_empty() {
            told.insert("unassigned".to_owned(), nowhere(run));
        }
        told.insert("month".to_owned(), month::json(&run.month));
        told.insert("timings".to_owned(), timings_json(timings));
    }
    told
}

/// What unassigned hours lack, for programs.
fn nowhere(run: &Summary) -> Value {
    let row = |((why, customer, project), total): (&(NoAgreement, String, String), Total)| {
        json!({
            "why": why.name(), "customer": customer, "project": project, "rows": total.rows, "hours": total.hours.to_string(),
        })
    };
    run.nowhere.rows().into_iter().map(row).collect()
}

/// The copies of rows in quarantine (E5), for programs; none where no folder was made.
fn copies_json(run: &Summary, ending: &Ending) -> Value {
    let made = run.copied.values().filter(|_| ending.folder().is_some());
    let copy = |copy: &QuarantineCopy| json!({"input": copy.input.name(), "source": copy.source, "file": copy.file, "rows": copy.rows});
    made.map(copy).collect()
}

/// Where an altered run is kept, told in full.
fn mended(run: &Summary, ending: &Ending) -> String {
    if matches!(ending, Ending::Mended(..)) { whereabouts(run, ending) } else { String::new() }
}

fn whereabouts(run: &Summary, ending: &Ending) -> String {
    let id = &run.id;
    match ending {
        // What became of it the last line says.
        Ending::DryRun | Ending::Refused => format!("run {id}\n"),
        Ending::Published(folder) => format!("{id} is published in\n  {}\n", folder.display()),
        Ending::Mended(folder, of) => {
            let altered = format!("`{}` had been altered since it was published before, or was gone", of.file);
            let (folder, kept) = (folder.display(), of.kept.display());
            format!("{id} is published anew in\n  {folder}\n{altered}; what stood there is kept in\n  {kept}\n")
        }
        Ending::AlreadyPublished(folder) => {
            format!("{id} was already published, nothing changed; it is in\n  {}\n", folder.display())
        }
    }
}
