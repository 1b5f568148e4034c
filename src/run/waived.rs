//! E6: which rows in quarantine a person has waived.

use std::collections::BTreeSet;

use crate::finding::{Aside, Code, Finding, Place, Seen, Subject};
use crate::inputs::Input;
use crate::model::Waivers;
use crate::read::FileRead;

/// The waivers of a job beside the files it reads.
#[derive(Clone, Copy)]
pub(super) struct Waiving<'a> {
    pub waivers: &'a Waivers,
    pub files: &'a [FileRead],
}

impl Waiving<'_> {
    pub fn waives(&self, row: &Seen<'_, '_>) -> bool {
        self.fitting(row).next().is_some()
    }

    fn fitting<'a>(&'a self, row: &Seen<'a, '_>) -> impl Iterator<Item = usize> + 'a {
        let file = self.files.get(row.place.file.0 as usize).map_or("", |file| file.shown.as_str());
        self.waivers.fitting(file, row.place.row, row.record.unwrap_or_default())
    }

    pub fn count(&self, rejected: &Aside) -> u64 {
        let mut waived = 0;
        if !self.waivers.is_empty() {
            rejected.look(|row| waived += u64::from(self.waives(row)));
        }
        waived
    }

    /// The findings about waivers that fit no row of `rejected`, which are all rows that were set aside in the run.
    pub fn unmatched<const N: usize>(&self, rejected: [&Aside; N]) -> Vec<Finding> {
        let mut met = BTreeSet::new();
        for aside in rejected {
            aside.look(|row| met.extend(self.fitting(row)));
        }
        let unmet = self.waivers.iter().enumerate().filter(|(at, _)| !met.contains(at));
        unmet.map(|(_, waiver)| finding(&waiver.file, waiver.row, waiver.place)).collect()
    }
}

fn finding(file: &str, row: Option<u64>, place: Place) -> Finding {
    let what = row.map_or_else(|| "a record".to_owned(), |row| format!("row {row}"));
    let message = format!("waives {what} of `{file}`: no such row is in quarantine");
    let (code, subject, id) = (Code::WaiverUnmatched, Subject::Input, Input::Waivers.name().to_owned());
    Finding { code, subject, id, message, place: Some(place) }
}
