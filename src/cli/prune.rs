//! `prune`: runs that are neither new nor posted go.

use serde_json::json;

use super::exit::Exit;
use super::failure::Failure;
use super::layout::{counted, wrapped};
use super::printer::Printer;
use super::prune_args::PruneArgs;
use super::{interrupt, issued, ledger};
use crate::run::{self, Needed, Pruned};

pub fn prune(args: &PruneArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = ledger::settings(&args.job, None)?;
    issued::complete(&settings, args.dry_run, printer)?;
    // A signal does not tear runs apart.
    if !args.dry_run && !interrupt::commit() {
        return Ok(Exit::Interrupted);
    }
    let pruned = run::prune(&settings, args.keep as usize, args.dry_run)?;
    printer.data(|| text(&settings.name, args.dry_run, &pruned), || json(&settings.name, args.dry_run, &pruned));
    Ok(Exit::Done)
}

fn text(job: &str, dry_run: bool, pruned: &Pruned) -> String {
    let bytes: u64 = pruned.removed.iter().map(|(_, bytes)| bytes).sum();
    let size = indicatif::BinaryBytes(bytes);
    let verb = if dry_run { "would be removed" } else { "removed" };
    let mut text = match pruned.removed.is_empty() {
        true => wrapped("", &format!("no run of `{job}` to remove")),
        false => wrapped("", &format!("{} of `{job}` {verb}, {size}", counted(pruned.removed.len() as u64, "run"))),
    };
    for (run, _) in &pruned.removed {
        text.push_str(&wrapped("  ", run));
    }
    let of = |why: Needed| pruned.kept.iter().filter(|(_, needed)| *needed == why).count();
    let kept: Vec<String> = [
        (Needed::Newest, "as new"),
        (Needed::Posted, "as posted"),
        (Needed::Unreadable, "that this version cannot read"),
    ]
    .into_iter()
    .filter(|(why, _)| of(*why) > 0)
    .map(|(why, words)| format!("{} {words}", of(why)))
    .collect();
    if !kept.is_empty() {
        text.push_str(&wrapped("", &format!("kept: {}", kept.join(", "))));
    }
    text
}

fn json(job: &str, dry_run: bool, pruned: &Pruned) -> serde_json::Value {
    let removed: Vec<_> = pruned.removed.iter().map(|(run, bytes)| json!({ "run": run, "bytes": bytes })).collect();
    let kept: Vec<_> = pruned.kept.iter().map(|(run, why)| json!({ "run": run, "why": why.name() })).collect();
    json!({ "job": job, "dry_run": dry_run, "removed": removed, "kept": kept })
}
