//! Unassigned hours of a job with agreements, by why they take none: what is to be filled in, and where (C2, C3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Account, Disposition, Total};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::{NoAgreement, World};
use crate::quantity::exact;

/// Why hours are unassigned, and whom and what their rows name: customer and project, empty where they name none.
pub type Whereto = (NoAgreement, String, String);

/// Rows and hours by where they lead to. Several parts of a run add up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Nowhere(#[serde(with = "exact::pairs")] BTreeMap<Whereto, Total>);

impl Nowhere {
    /// Gathers them from a run; empty where the job has no agreements.
    pub fn of(world: &World, account: &Account) -> Nowhere {
        let mut nowhere = Nowhere::default();
        if !world.agreements.are_given() {
            return nowhere;
        }
        for (number, (start, chunk)) in world.entries.chunks().enumerate() {
            let mut alike: BTreeMap<(NoAgreement, &str, &str), Total> = BTreeMap::new();
            let unassigned = |(_, disposition): &(usize, &Disposition)| **disposition == Disposition::Unassigned;
            for (row, _) in account.of_chunk(number).iter().enumerate().filter(unassigned) {
                let entry = chunk.get(row).or_bug("every disposition is of an entry");
                let idx = Idx::at(start + row);
                if let Some(named) = world.no_agreement(&entry) {
                    alike.entry(named).or_default().add(account.own_hours(idx, entry.hours));
                }
            }
            for ((why, customer, project), total) in alike {
                nowhere.0.entry((why, customer.to_owned(), project.to_owned())).or_default().merge(&total);
            }
        }
        nowhere
    }

    /// Adds those of another part of the same run.
    pub fn add(&mut self, other: Nowhere) {
        for (whereto, total) in other.0 {
            self.0.entry(whereto).or_default().merge(&total);
        }
    }

    /// All of them by reason, most hours first within each.
    pub fn rows(&self) -> Vec<(&Whereto, Total)> {
        let mut rows: Vec<(&Whereto, Total)> = self.0.iter().map(|(whereto, total)| (whereto, *total)).collect();
        rows.sort_by(|(a, of_a), (b, of_b)| (a.0, of_b.hours, a).cmp(&(b.0, of_a.hours, b)));
        rows
    }
}
