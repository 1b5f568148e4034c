//! What the ledger has of packs beside single runs: covered hours entry by entry, for statements (S1) and for the parts of a run, and the
//! movements that closes have kept.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::log::{AliasOf, LedgerTable, LogEntry, Object, names_of, recorded};
use super::{Ledger, LedgerError, Store, Unproven, segment, unreadable};
use crate::closed::{kept_movements, kept_packs};
use crate::model::{Action, PostedIds, World};
use crate::posted::{Effect, Posted};
use crate::statement::{CoveredOn, CoveredPortion, KeptMovements, KeptPack};

impl<S: Store> Ledger<S> {
    /// What these entries of the log have covered of the packs of a run, and of those that the orders do not sell any more, in the order committed.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn covered(
        &self,
        log: &[LogEntry],
        world: &World,
        posted: &Posted,
    ) -> Result<Vec<CoveredPortion>, LedgerError> {
        let find = |id: &str| {
            let pack = posted.lines.find(world, id).filter(|line| world.lines.at(*line).is_pack());
            match pack {
                Some(line) => Some(CoveredOn::Pack(line)).filter(|_| world.lines.is_own(line)),
                None => posted.lines.packs().find(posted.lines.id_now(world, id)).map(CoveredOn::Ledger),
            }
        };
        let of_object = |object: &&Object| {
            let mut portions: Vec<CoveredPortion> = Vec::new();
            let read = segment::read_covered(self.object(object)?, find, |portion| portions.push(portion));
            read.map_err(|error| unreadable(object, &error)).map(|()| portions)
        };
        let of_objects: Vec<Vec<CoveredPortion>> = portions(log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        Ok(of_objects.concat())
    }

    /// G7 to G9: under which ids the ledger has covered or billed entries, and in which commercial trees. Ids that are said to be of one work stand
    /// for each other.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn posted_ids(&self, world: &World) -> Result<PostedIds, LedgerError> {
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
        let asked = |effect: Effect| matches!(effect, Effect::Covered | Effect::Billed);
        let of_object = |object: &&Object| {
            let mut found = Vec::new();
            let read = segment::read_posted_ids(self.object(object)?, asked, root, |root, id| {
                let ids = std::iter::once(id).chain(entries.family(id).filter(|other| *other != id));
                found.extend(ids.flat_map(PostedIds::hashes).map(|hash| (hash, root)));
            });
            read.map_err(|error| unreadable(object, &error)).map(|()| found)
        };
        let of_objects: Vec<Vec<_>> = portions(&log).par_iter().map(of_object).collect::<Result<_, _>>()?;
        Ok(PostedIds::of(of_objects.concat()))
    }

    /// Whose the packs are that these closes have kept, as the newest close of each says.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn kept_packs(&self, log: &[LogEntry]) -> Result<BTreeMap<String, KeptPack>, LedgerError> {
        let mut all = BTreeMap::new();
        let objects = log.iter().flat_map(|entry| &entry.objects);
        for object in objects.filter(|object| object.table == LedgerTable::ClosedPacks) {
            all.extend(kept_packs(self.object(object)?).ok_or_else(|| cannot_be_read(object))?);
        }
        Ok(all)
    }

    /// The movements of packs that these closes have kept. A close of a version that kept none is not among them.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn kept_movements(&self, log: &[LogEntry]) -> Result<KeptMovements, LedgerError> {
        let mut all: KeptMovements = BTreeMap::new();
        for entry in log {
            for object in entry.objects.iter().filter(|object| object.table == LedgerTable::ClosedMovements) {
                all.entry(entry.sequence)
                    .or_default()
                    .append(&mut kept_movements(self.object(object)?).ok_or_else(|| cannot_be_read(object))?);
            }
        }
        Ok(all)
    }
}

fn cannot_be_read(object: &Object) -> LedgerError {
    LedgerError::Damaged(vec![Unproven { object: object.name(), text: "it cannot be read".to_owned() }])
}

/// The objects with portions, in the order committed.
fn portions(log: &[LogEntry]) -> Vec<&Object> {
    let objects = log.iter().flat_map(|entry| &entry.objects);
    objects.filter(|object| object.table == LedgerTable::Portions).collect()
}
