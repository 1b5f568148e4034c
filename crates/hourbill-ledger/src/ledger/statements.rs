//! What statements (S1) have to know of the ledger: covered hours entry by entry, and the movements that closes have kept.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::log::{LedgerTable, LogEntry, Object};
use super::{Ledger, LedgerError, Store, Unproven, segment, unreadable};
use crate::closed::kept_movements;
use crate::model::World;
use crate::posted::Posted;
use crate::statement::{CoveredPortion, KeptMovements};

impl<S: Store> Ledger<S> {
    /// What these entries of the log have covered of the order lines of a run, in the order committed.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn covered(
        &self,
        log: &[LogEntry],
        world: &World,
        posted: &Posted,
    ) -> Result<Vec<CoveredPortion>, LedgerError> {
        let find = |id: &str| posted.lines.find(world, id).filter(|line| world.owns_line(*line));
        let of_object = |object: &&Object| {
            let mut portions: Vec<CoveredPortion> = Vec::new();
            let read = segment::read_covered(self.object(object)?, find, |portion| portions.push(portion));
            read.map_err(|error| unreadable(object, &error)).map(|()| portions)
        };
        let objects = log.iter().flat_map(|entry| &entry.objects);
        let objects: Vec<&Object> = objects.filter(|object| object.table == LedgerTable::Portions).collect();
        let of_objects: Vec<Vec<CoveredPortion>> = objects.par_iter().map(of_object).collect::<Result<_, _>>()?;
        Ok(of_objects.concat())
    }

    /// The movements of packs that these closes have kept. A close of a version that kept none is not among them.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn kept_movements(&self, log: &[LogEntry]) -> Result<KeptMovements, LedgerError> {
        let mut all: KeptMovements = BTreeMap::new();
        for entry in log {
            for object in entry.objects.iter().filter(|object| object.table == LedgerTable::ClosedMovements) {
                let damaged = || {
                    let (object, text) = (object.name(), "it cannot be read".to_owned());
                    LedgerError::Damaged(vec![Unproven { object, text }])
                };
                all.entry(entry.sequence)
                    .or_default()
                    .append(&mut kept_movements(self.object(object)?).ok_or_else(damaged)?);
            }
        }
        Ok(all)
    }
}
