//! What the readers count, before any rule: one of the two sides of the proof.

use std::collections::BTreeMap;

use super::EntryView;
use crate::calendar::Date;
use crate::finding::{Aside, FileNo, Finding, Spoilt};
use crate::quantity::HoursSum;

/// Stands for what rows say: sums of it are the same in any order.
pub type Fingerprint = u128;

/// What was read, before any rule: rows and hours that the dispositions must add up to.
#[derive(Clone, Debug, Default)]
pub struct EntryTotals {
    pub rows: u64,
    pub hours: HoursSum,
    pub unreadable_hours_rows: u64,
    /// Stands for what the entries say, whatever their order and file format.
    pub hash: Fingerprint,
    /// By file, what other parts of the run count.
    pub elsewhere: BTreeMap<FileNo, Elsewhere>,
    /// Rows that only other parts of the run keep, and set aside.
    pub spoilt_elsewhere: Spoilt,
    /// E6: the same rows, where the job has waivers, which may be about them.
    pub rejected_elsewhere: Aside,
    /// F7: rows that sum others and count nowhere.
    pub sums: Vec<Finding>,
}

/// Rows and hours that other parts of a run count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    pub rows: u64,
    pub hours: HoursSum,
    /// The newest date of the rows that can be used.
    pub newest: Option<Date>,
}

impl Elsewhere {
    pub fn add(&mut self, entry: &EntryView<'_>) {
        self.rows += 1;
        self.hours += entry.hours;
        self.newest = self.newest.max(entry.date().filter(|_| entry.usable()));
    }
}
