//! What a person should know of the hours: overdrawn lines, late entries, entries that moved after they were billed.

use super::{Balance, LineHours, Share};
use crate::finding::{Code, Finding, Subject};
use crate::job::{Corrections, Settings};
use crate::model::World;
use crate::posted::Posted;

/// H4 and late entries.
pub(super) fn about_lines(world: &World, hours: &[LineHours]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((idx, line), hours) in
        world.lines.iter().zip(hours).filter(|((idx, line), _)| line.confirmed && world.owns_line(*idx))
    {
        let id = world.lines.id(idx);
        let mut found = |code, message| {
            findings.push(Finding {
                code,
                subject: Subject::OrderLine,
                id: id.to_owned(),
                message,
                place: Some(line.place),
            });
        };
        if let Some(balance) = Balance::of(line, hours) {
            let (ordered, delivered, remaining) = (balance.ordered, balance.delivered, balance.remaining());
            if balance.overdrawn() {
                let over = -remaining;
                let message = format!("`{id}` is overdrawn by {over} h: {ordered} h ordered, {delivered} h delivered");
                found(Code::Overdrawn, message);
            }
            // H4: that it is overdrawn says more.
            if balance.upsell(line.upsell_threshold) && !balance.overdrawn() {
                let share = line.upsell_threshold;
                let message = format!("`{id}` has used more than {share} % of its hours: {delivered} h of {ordered} h");
                found(Code::Upsell, message);
            }
        }
        if hours.late_entries > 0 {
            let (late, count) = (hours.late, hours.late_entries);
            let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
            found(Code::LateEntry, format!("`{id}` has {entries} with {late} h from before the period, not billed"));
        }
    }
    findings
}

/// G1: entries whose hours changed after they were billed, and those that are gone.
pub(super) fn moved_after_billing(
    world: &World,
    settings: &Settings,
    posted: &Posted,
    shares: &[Share],
) -> Vec<Finding> {
    let found =
        |code, id: &str, message, place| Finding { code, subject: Subject::Entry, id: id.to_owned(), message, place };
    let changed = shares.iter().flat_map(|share| &share.changed_entries).filter_map(|&idx| {
        let entry = world.entries.get(idx)?;
        let (id, now, billed) = (entry.id(), entry.hours, posted.closed(idx.position()).hours);
        let rest = now.less(billed);
        if let Some(known) = posted.renamed_from(idx.position()) {
            let message = format!("entry `{id}` looks like `{known}`, which is billed and no longer in the export: it is not billed");
            return Some(found(Code::ChangedAfterBilling, id, message, Some(entry.place())));
        }
        let what = match settings.rules.corrections {
            Corrections::Report => "is not billed",
            Corrections::Bill => "is billed when it is its turn",
        };
        // Hours may be open beside those of the edit: what was credited for rebilling, or not billed yet.
        let had = posted.had(idx.position()).unwrap_or(billed);
        let parts = if had == billed {
            String::new()
        } else {
            format!(": {} h were open before, the edit makes {} h", had.less(billed), now.less(had))
        };
        let message = format!("entry `{id}` was edited after it was billed: {billed} h are billed, it has {now} h; the difference of {rest} h {what}{parts}");
        Some(found(Code::ChangedAfterBilling, id, message, Some(entry.place())))
    });
    let vanished = posted.vanished.iter().map(|entry| {
        let (id, hours) = (entry.id.as_str(), entry.hours);
        let message = format!("entry `{id}`, of which {hours} h are billed, is no longer in the export");
        found(Code::VanishedAfterBilling, id, message, None)
    });
    changed.chain(vanished).collect()
}
