//! What the ledger has of packs beside single runs: covered hours entry by entry, for statements (S1) and for the parts of a run, and the
//! movements that closes have kept.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::log::{AliasOf, LedgerTable, LogEntry, Object, names_of, recorded};
use super::{Ledger, LedgerError, Store, Unproven, segment, unreadable};
use crate::closed::kept_movements;
use crate::model::{Action, CoveredIds, World};
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
        let of_objects: Vec<Vec<CoveredPortion>> = portions(log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        Ok(of_objects.concat())
    }

    /// G9: under which ids the ledger has covered entries, and in which commercial trees. Ids that are said to be of one work stand for each other.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn covered_ids(&self, world: &World) -> Result<CoveredIds, LedgerError> {
        let log = self.log()?;
        let [mut entries, mut lines] = [AliasOf::Entry, AliasOf::OrderLine].map(|of| names_of(recorded(&log), of));
        for row in &world.adjustments.rows {
            if let Action::SameAs(known) = &row.action {
                entries.add(known, &row.id);
                lines.add(known, &row.id);
            }
        }
        let root = |id: &str| {
            let line = lines.find(id, |id| world.lines.find(id))?;
            Some(world.line_link(line).root)
        };
        let of_object = |object: &&Object| {
            let mut found = Vec::new();
            let read = segment::read_covered_ids(self.object(object)?, root, |root, id| {
                let ids = std::iter::once(id).chain(entries.family(id).filter(|other| *other != id));
                found.extend(ids.flat_map(CoveredIds::hashes).map(|hash| (hash, root)));
            });
            read.map_err(|error| unreadable(object, &error)).map(|()| found)
        };
        let of_objects: Vec<Vec<_>> = portions(&log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        Ok(CoveredIds::of(of_objects.concat()))
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

/// The objects with portions, in the order committed.
fn portions(log: &[LogEntry]) -> Vec<&Object> {
    let objects = log.iter().flat_map(|entry| &entry.objects);
    objects.filter(|object| object.table == LedgerTable::Portions).collect()
}
