//! What is billed once the refunds of a run are made (G7): the other drafts of the run come after them, for the sums of B3 and of minimums (M3), as
//! they would in a run of their own.

use std::collections::BTreeMap;

use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::{OrderLine, World};
use crate::posted::{LedgerBatch, LedgerGroups, OrderLineState, Posted};
use crate::quantity::HoursSum;

/// What the refunds of a run change of what was posted; empty where it has none.
#[derive(Debug, Default)]
pub struct AfterRefunds {
    groups: Option<LedgerGroups>,
    lines: BTreeMap<Idx<OrderLine>, OrderLineState>,
}

impl AfterRefunds {
    /// Takes in what the next refund would put into the ledger. `None` when a figure does not fit.
    pub(super) fn take(&mut self, world: &World, posted: &Posted, batch: &LedgerBatch) -> Option<()> {
        self.groups.get_or_insert_with(|| posted.groups.clone()).take_back(batch);
        for line in batch.lines.iter().filter(|line| line.kind.by_time()) {
            let document = batch.document_of(line).or_bug("a line is on a document");
            // One that left the export, or another part's: no draft of this run bills it.
            let Some(idx) = posted.lines.find(world, &line.order_line) else { continue };
            let state = self.lines.entry(idx).or_insert_with(|| posted.line(idx).clone());
            state.add(&line.facts(document, ""))?;
        }
        Some(())
    }

    pub fn groups<'a>(&'a self, posted: &'a Posted) -> &'a LedgerGroups {
        self.groups.as_ref().unwrap_or(&posted.groups)
    }

    pub fn line<'a>(&'a self, posted: &'a Posted, line: Idx<OrderLine>) -> &'a OrderLineState {
        self.lines.get(&line).unwrap_or_else(|| posted.line(line))
    }

    /// Hours of the line itself that refunds take back, below 0.
    pub fn hours(&self, posted: &Posted, line: Idx<OrderLine>) -> HoursSum {
        self.lines.get(&line).map_or(HoursSum::ZERO, |after| after.hours - posted.line(line).hours)
    }
}
