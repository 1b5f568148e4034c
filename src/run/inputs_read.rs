//! What the inputs of a job hold, once they are read.

use super::guards::Guards;
use crate::bound::Measures;
use crate::finding::{Aside, FileNo, Finding, Place, place_told};
use crate::model::{EntryTotals, World};
use crate::read::{FileRead, LeftOut};
use crate::shard::Split;

/// What the inputs hold.
pub struct Intake {
    pub world: World,
    pub totals: EntryTotals,
    /// The rows that were set aside, sorted by input and place, each with its whole record.
    pub rejected: Aside,
    pub findings: Vec<Finding>,
    /// The files, in the order read; a file's number is its position.
    pub files: Vec<FileRead>,
    /// Files and sheets that lie among the inputs and were not read.
    pub left_out: Vec<LeftOut>,
    /// What this part of a run answers for; `None` when it is whole.
    pub split: Option<Split>,
    pub guards: Guards,
    /// How many of the rejected rows a person has waived (E6).
    pub waived: u64,
    /// X7: what was measured of entries.
    pub measures: Measures,
}

impl Intake {
    /// This run, or this part of one, tells of a customer of the ledger, whom perhaps no row names any more.
    pub fn owns_customer(&self, id: &str) -> bool {
        self.split.as_ref().is_none_or(|split| split.owns_customer(&self.world, id))
    }

    /// The name of a file as people should see it.
    pub fn file_name(&self, file: FileNo) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| file.shown.as_str())
    }

    /// Exit code 1 (§10.1): rows were set aside that nobody has waived, or the timesheets have no row.
    pub fn needs_attention(&self) -> bool {
        self.rejected.len() as u64 > self.waived || self.guards.no_entries
    }

    /// Where a row stands, as people should see it.
    pub fn place(&self, place: Place, line: Option<u64>) -> String {
        place_told(self.file_name(place.file), place.row, line)
    }
}
