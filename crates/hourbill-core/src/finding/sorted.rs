//! All findings of a run, in their order.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Code, Finding, Severity};
use crate::bug::OrBug;

/// Findings, sorted.
#[derive(Clone, Copy)]
pub struct Findings<'a>(&'a [Finding]);

impl<'a> Findings<'a> {
    /// They are sorted.
    pub fn new(sorted: &'a [Finding]) -> Findings<'a> {
        Findings(sorted)
    }

    pub fn len(self) -> usize {
        self.0.len()
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub fn get(self, nth: usize) -> Option<&'a Finding> {
        self.0.get(nth)
    }

    pub fn iter(self) -> impl Iterator<Item = &'a Finding> {
        self.0.iter()
    }

    /// The positions of the findings of each code there is.
    pub fn by_code(self) -> BTreeMap<Code, Range<usize>> {
        let mut start = 0;
        let range = |of_code: &[Finding]| {
            let code = of_code.first().or_bug("a chunk is not empty").code;
            let range = start..start + of_code.len();
            start = range.end;
            (code, range)
        };
        self.0.chunk_by(|one, other| one.code == other.code).map(range).collect()
    }

    /// How many findings of each code there are.
    pub fn counts(self) -> BTreeMap<Code, u64> {
        self.by_code().into_iter().map(|(code, range)| (code, range.len() as u64)).collect()
    }
}

/// How many findings there are, as receipt, report and workbook say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingCount {
    pub all: u64,
    /// More than worth knowing.
    pub to_look_at: u64,
}

impl FindingCount {
    pub fn of(codes: impl Iterator<Item = (Code, u64)>) -> FindingCount {
        codes.fold(FindingCount { all: 0, to_look_at: 0 }, |sum, (code, count)| FindingCount {
            all: sum.all + count,
            to_look_at: sum.to_look_at + if code.severity() == Severity::Info { 0 } else { count },
        })
    }
}
