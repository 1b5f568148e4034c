//! One commit (Z4): the receipts of all parts are held against the plan and against what the readers of the files have counted; then a run
//! folder is put in place, as of a run in passes.

use std::collections::BTreeMap;

use super::super::publish::{Extent, Publishing, RunEnd, RunOptions};
use super::super::summary::Summary;
use super::super::{RunError, closed, manifest_made};
use super::plan::{FORMAT, refused};
use super::receipt::PartDone;
use super::received::Received;
use super::rows::TaskFacts;
use super::{PartReceipt, Parts};
use crate::account::Total;
use crate::proof::{Control, Failed};

impl Parts<'_> {
    /// Merges the parts and publishes the run.
    ///
    /// # Errors
    /// Receipts that are not one of each part, of this plan, build and settings; parts that are not as they were written, or do not add up to
    /// what was read; those of any run that is published.
    pub fn commit(&self, receipts: &[PartReceipt], options: RunOptions) -> Result<(Summary, RunEnd), RunError> {
        let parts = self.receipts(receipts)?;
        let facts = self.facts()?;
        // The pass that looks at the whole has no row of its own.
        let mut last = self.computed(None, Received::default())?;
        let mut publishing = Publishing::new(self.settings, options, self.observer);
        let mut changes = std::mem::take(&mut last.changes);
        for (part, done) in &parts {
            let mut stored = self.stored(*part, done)?;
            let summary = &mut stored.result.summary;
            if summary.id != last.id || done.run_id != last.id || summary.head != last.posted.head {
                return Err(refused(format!("part {part} is of another run than the files that are there now")));
            }
            // What is told before anything is opened is what was computed.
            if manifest_made::control(&summary.control) != done.control {
                return Err(refused(format!("the receipt of part {part} is not of what the part has left")));
            }
            (summary.files, summary.left_out) = (last.intake.files.clone(), last.intake.left_out.clone());
            changes.append(&mut stored.result.changes);
            publishing.take_stored(stored)?;
        }
        if let Some(all) = publishing.so_far() {
            adds_up(&all.control, &facts)?;
        }
        last.add_findings(closed::findings(changes));
        last.look_at_whole(self.settings, publishing.so_far())?;
        publishing.take(&mut last, Extent::Pass)?;
        publishing.end()
    }

    /// One receipt of each part, in their order.
    fn receipts<'r>(&self, receipts: &'r [PartReceipt]) -> Result<BTreeMap<u32, &'r PartDone>, RunError> {
        let mut done = BTreeMap::new();
        let mut failed: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for receipt in receipts {
            let part = receipt.part;
            if receipt.format != FORMAT || receipt.plan != self.plan.plan {
                return Err(refused(format!("the receipt of part {part} is of another plan")));
            }
            if receipt.build != self.plan.build {
                let (one, other) = (&receipt.build, &self.plan.build);
                return Err(refused(format!(
                    "part {part} was computed by the build {one}, the plan was made by {other}"
                )));
            }
            if receipt.settings != self.plan.settings {
                return Err(refused(format!("part {part} was computed with other settings")));
            }
            match (&receipt.failed, &receipt.done) {
                (Some(why), _) => failed.entry(&why.message).or_default().push(part),
                (None, Some(of)) if (1..=self.plan.parts).contains(&part) => {
                    if done.insert(part, of).is_some() {
                        return Err(refused(format!("there are two receipts of part {part}")));
                    }
                }
                _ => return Err(refused(format!("a receipt of part {part} is none of {}", self.plan.parts))),
            }
        }
        let shut = receipts.iter().filter_map(|receipt| receipt.failed.as_ref()).find(|why| why.month_shut);
        if let Some(why) = shut {
            return Err(RunError::MonthShut(why.message.clone()));
        }
        if !failed.is_empty() {
            let told = failed.into_iter().map(|(why, parts)| with_parts(&parts, why));
            return Err(RunError::PartFailed(told.collect()));
        }
        match (1..=self.plan.parts).find(|part| !done.contains_key(part)) {
            Some(missing) => Err(refused(format!("the receipt of part {missing} is missing"))),
            None => Ok(done),
        }
    }
}

fn with_parts(parts: &[u32], why: &str) -> String {
    match parts {
        [0, ..] => format!("the timesheets: {why}"),
        [part] => format!("part {part}: {why}"),
        [part, ..] => format!("part {part} and {} more: {why}", parts.len() - 1),
        [] => why.to_owned(),
    }
}

/// What the parts came to, each by its own proof, is what those counted that read the files.
fn adds_up(parts: &Control, facts: &[TaskFacts]) -> Result<(), RunError> {
    let mut read = Total::default();
    let mut hash = 0_u128;
    for of in facts {
        read.merge(&Total { rows: of.rows, hours: of.hours });
        hash = hash.wrapping_add(of.hash);
    }
    let mut failed = Vec::new();
    let mut equal = |what: &str, parts: String, read: String| {
        if parts != read {
            failed.push(Failed(format!("{what} of all parts ({parts}) are not those read ({read})")));
        }
    };
    equal("rows", parts.read.rows.to_string(), read.rows.to_string());
    equal("hours", parts.read.hours.micros().to_string(), read.hours.micros().to_string());
    equal("rows as they are said", format!("{:032x}", parts.entry_hash), format!("{hash:032x}"));
    if failed.is_empty() { Ok(()) } else { Err(RunError::Control(failed)) }
}
