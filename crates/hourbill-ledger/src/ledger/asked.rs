//! What adjustments ask of the ledger (§8.5): hours closed of capped lines, and whether it knows ids that no input has. Both are read
//! apart from what every run needs, and only where a row asks for it.

use std::collections::HashMap;

use rayon::prelude::*;

use super::log::{AliasOf, LedgerTable, LogEntry, Object};
use super::{Ledger, LedgerError, Store, segment, unreadable};
use crate::ident::Idx;
use crate::model::{OrderLine, TargetKind, World};
use crate::posted::{CappedHours, KnownIds, Posted};

impl<S: Store> Ledger<S> {
    /// What the adjustments of a run have to know.
    pub(super) fn asked(&self, log: &[LogEntry], world: &World, posted: &mut Posted) -> Result<(), LedgerError> {
        posted.capped = self.closed_of(log, &CappedHours::wanted(world, &posted.lines))?;
        posted.known = KnownIds::asked(world);
        self.recognise(log, &mut posted.known)
    }

    /// Hours closed of some lines, with what minimums billed beyond them, told by the ids that the ledger may know them by.
    ///
    /// # Errors
    /// Anything that was altered.
    fn closed_of(&self, log: &[LogEntry], lines: &HashMap<String, Idx<OrderLine>>) -> Result<CappedHours, LedgerError> {
        let mut all = CappedHours::default();
        if lines.is_empty() {
            return Ok(all);
        }
        let of_object = |object: &&Object| {
            let mut capped = CappedHours::default();
            let find = |id: &str| lines.get(id).copied();
            let read = segment::read_by_line(self.object(object)?, find, |line, date, (hours, uplift), effect| {
                // What a minimum bills beyond hours is billed as well.
                capped.add(line, date, hours, effect);
                capped.add(line, date, uplift, effect);
            });
            read.map_err(|error| unreadable(object, &error)).map(|()| capped)
        };
        let of_objects: Vec<CappedHours> = portions(log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        of_objects.into_iter().for_each(|capped| all.merge(capped));
        Ok(all)
    }

    /// Looks for ids wherever the ledger has some, but for those of documents.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn recognise(&self, log: &[LogEntry], known: &mut KnownIds) -> Result<(), LedgerError> {
        if known.is_empty() {
            return Ok(());
        }
        for entry in log {
            let batch = self.batch(entry, false)?;
            batch.documents.iter().for_each(|document| known.meet(TargetKind::Customer, &document.customer));
            for line in &batch.lines {
                known.meet(TargetKind::Order, &line.order);
                known.meet(TargetKind::OrderLine, &line.order_line);
                line.then.customer.iter().for_each(|customer| known.meet(TargetKind::Customer, customer));
            }
            for alias in &entry.aliases {
                let kind = match alias.of {
                    AliasOf::Entry => TargetKind::Entry,
                    AliasOf::OrderLine => TargetKind::OrderLine,
                };
                known.meet(kind, &alias.now);
            }
        }
        let of_object = |object: &&Object| {
            let mut met = known.anew();
            let read = segment::read_work_ids(self.object(object)?, |kind, id| met.meet(kind, id));
            read.map_err(|error| unreadable(object, &error)).map(|()| met)
        };
        let of_objects: Vec<KnownIds> = portions(log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        of_objects.into_iter().for_each(|met| known.merge(met));
        Ok(())
    }
}

fn portions(log: &[LogEntry]) -> Vec<&Object> {
    log.iter().flat_map(|entry| &entry.objects).filter(|object| object.table == LedgerTable::Portions).collect()
}
