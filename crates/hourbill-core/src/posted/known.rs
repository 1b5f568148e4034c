//! §8.5: what the ledger knows of ids that adjustments name and no input has.

use std::collections::BTreeSet;

use crate::model::{Action, State, TargetKind, World};

/// Ids that are asked for, and those of them that the ledger has met.
#[derive(Debug, Default)]
pub struct KnownIds {
    asked: BTreeSet<String>,
    met: BTreeSet<(TargetKind, String)>,
}

impl KnownIds {
    pub fn of(asked: BTreeSet<String>) -> KnownIds {
        KnownIds { asked, met: BTreeSet::new() }
    }

    /// The ids that adjustments ask the ledger about: those that no input has, and those under which something is said to have been billed.
    pub fn asked(world: &World) -> KnownIds {
        let all = &world.adjustments;
        let ids = all.rows.iter().zip(&all.fates).flat_map(|(row, fate)| {
            let missed = matches!(fate.state, State::Missed(_) | State::Draft).then_some(&row.id);
            let led_to = match &row.action {
                Action::Move(line) if matches!(fate.state, State::Missed(_)) => Some(line),
                Action::SameAs(billed) => Some(billed),
                _ => None,
            };
            missed.into_iter().chain(led_to)
        });
        KnownIds::of(ids.cloned().collect())
    }

    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// An id of a kind stands in the ledger.
    pub fn meet(&mut self, kind: TargetKind, id: &str) {
        if self.asked.contains(id) {
            self.met.insert((kind, id.to_owned()));
        }
    }

    /// What another part of the same ledger has met comes on top.
    pub fn merge(&mut self, other: KnownIds) {
        self.met.extend(other.met);
    }

    /// Nothing met yet, for the same ids.
    pub fn anew(&self) -> KnownIds {
        KnownIds::of(self.asked.clone())
    }

    pub fn has(&self, kind: TargetKind, id: &str) -> bool {
        self.met.contains(&(kind, id.to_owned()))
    }
}
