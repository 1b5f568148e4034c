//! §8.5: what became of the rows of the adjustments, as `run.json` has it.

use serde::{Deserialize, Serialize};

use crate::finding::Place;
use crate::model::TargetKind;

/// What became of a row, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    Applied,
    /// The row names something that was read, and changes nothing.
    NoEffect,
    /// The row is about other dates, or about something that is no longer there.
    Waiting,
    Unmatched,
    Quarantined,
}

/// A row of the adjustments, as `run.json` tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdjustedRow {
    /// File and row, as people should see them.
    pub row: String,
    #[serde(skip)]
    pub(super) place: Option<Place>,
    pub outcome: RowOutcome,
    /// The action; empty when it could not be read.
    pub action: String,
    /// The kinds of things that the row may name: the first that bears the id is meant.
    pub kinds: Vec<String>,
    pub id: String,
    /// A row that matches nothing stays so: nothing that is posted or published later can explain it.
    #[serde(default)]
    pub settled: bool,
    /// What the row says, or what is wrong with it.
    pub told: String,
}

impl AdjustedRow {
    /// What the row may mean: each kind with the id.
    pub(super) fn ids(&self) -> Vec<(TargetKind, String)> {
        let named = |name: &String| TargetKind::ALL.into_iter().find(|kind| kind.name() == name);
        self.kinds.iter().filter_map(named).map(|kind| (kind, self.id.clone())).collect()
    }
}

/// All rows of the adjustments, or those of a part of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(AdjustedRow, Option<Place>)>", into = "Vec<(AdjustedRow, Option<Place>)>")]
pub struct Adjusted {
    /// In the order of the files.
    pub rows: Vec<AdjustedRow>,
}

/// `run.json` does not tell the places by which the rows of several parts are put in order.
impl From<Adjusted> for Vec<(AdjustedRow, Option<Place>)> {
    fn from(adjusted: Adjusted) -> Vec<(AdjustedRow, Option<Place>)> {
        adjusted.rows.into_iter().map(|row| (row.clone(), row.place)).collect()
    }
}

impl From<Vec<(AdjustedRow, Option<Place>)>> for Adjusted {
    fn from(rows: Vec<(AdjustedRow, Option<Place>)>) -> Adjusted {
        Adjusted { rows: rows.into_iter().map(|(row, place)| AdjustedRow { place, ..row }).collect() }
    }
}

impl Adjusted {
    pub fn count(&self, outcome: RowOutcome) -> u64 {
        self.rows.iter().filter(|row| row.outcome == outcome).count() as u64
    }

    /// Adds the rows of another part of the same run.
    pub fn add(&mut self, other: Adjusted) {
        self.rows.extend(other.rows);
        self.sort();
    }

    pub(super) fn sort(&mut self) {
        self.rows.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.cmp(b)));
    }
}
