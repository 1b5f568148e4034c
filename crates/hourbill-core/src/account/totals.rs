//! Rows and hours of dispositions: the control totals.

use serde::{Deserialize, Serialize};

use super::Disposition;
use crate::bug::OrBug;
use crate::quantity::{Hours, HoursSum, exact};

/// Rows and hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    pub rows: u64,
    #[serde(with = "exact::hours")]
    pub hours: HoursSum,
}

impl Total {
    pub fn add(&mut self, hours: Hours) {
        self.rows += 1;
        self.hours += hours;
    }

    pub fn merge(&mut self, other: &Total) {
        self.rows += other.rows;
        self.hours += other.hours;
    }
}

/// A total for each disposition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals([Total; Disposition::ALL.len()]);

impl Totals {
    pub fn of(&self, disposition: Disposition) -> Total {
        self.0.get(disposition as usize).copied().or_bug("every disposition has its total")
    }

    pub fn iter(&self) -> impl Iterator<Item = (Disposition, Total)> {
        Disposition::ALL.into_iter().zip(self.0)
    }

    pub fn sum(&self) -> Total {
        self.0.iter().fold(Total::default(), |mut sum, total| {
            sum.merge(total);
            sum
        })
    }

    pub(super) fn add(&mut self, disposition: Disposition, hours: Hours) {
        self.at_mut(disposition).add(hours);
    }

    fn at_mut(&mut self, disposition: Disposition) -> &mut Total {
        self.0.get_mut(disposition as usize).or_bug("every disposition has its total")
    }

    pub(super) fn shift(&mut self, from: Disposition, to: Disposition, hours: Hours) {
        let left = self.at_mut(from);
        left.hours = left.hours - hours.into();
        self.at_mut(to).hours += hours;
    }

    /// Adds the totals of another part of the same run.
    pub fn add_all(&mut self, other: &Totals) {
        *self = self.merge(*other);
    }

    pub(super) fn merge(mut self, other: Totals) -> Totals {
        for (total, other) in self.0.iter_mut().zip(&other.0) {
            total.merge(other);
        }
        self
    }
}
