//! E6: rows in quarantine that a person has looked at and lets be.

use std::collections::BTreeMap;

use crate::finding::Place;

/// Says of one row that nothing is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// As the table `quarantine` names it.
    pub file: String,
    /// From 1; `None` where the hash of the record stands for it.
    pub row: Option<u64>,
    /// BLAKE3 of the record.
    pub record: Option<blake3::Hash>,
    pub reason: String,
    /// Where it was read.
    pub place: Place,
}

impl Waiver {
    fn fits(&self, row: u64, record: impl FnOnce() -> blake3::Hash) -> bool {
        self.row.is_none_or(|own| own == row) && self.record.is_none_or(|own| own == record())
    }
}

/// All waivers of a job, in the order read.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    all: Vec<Waiver>,
    /// By file and row, their positions.
    of_rows: BTreeMap<String, BTreeMap<u64, Vec<usize>>>,
    /// By file and hash of the record, those that name no row.
    of_records: BTreeMap<String, BTreeMap<[u8; 32], Vec<usize>>>,
}

impl Waivers {
    /// It names a row, a hash, or both.
    pub fn add(&mut self, waiver: Waiver) {
        let at = self.all.len();
        let file = waiver.file.clone();
        match (waiver.row, waiver.record) {
            (Some(row), _) => self.of_rows.entry(file).or_default().entry(row).or_default().push(at),
            (None, Some(hash)) => {
                self.of_records.entry(file).or_default().entry(*hash.as_bytes()).or_default().push(at);
            }
            (None, None) => return,
        }
        self.all.push(waiver);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Waiver> {
        self.all.iter()
    }

    /// The positions of the waivers that fit a row that was set aside.
    pub fn fitting<'a>(&'a self, file: &str, row: u64, record: &'a str) -> impl Iterator<Item = usize> + 'a {
        let hash = move || blake3::hash(record.as_bytes());
        let by_row = self.of_rows.get(file).and_then(|rows| rows.get(&row));
        let by_record = self.of_records.get(file).and_then(|records| records.get(hash().as_bytes()));
        let all = [by_row, by_record].into_iter().flatten().flatten().copied();
        all.filter(move |&at| self.all.get(at).is_some_and(|waiver| waiver.fits(row, hash)))
    }

    /// The first waiver that fits a row that was set aside.
    pub fn of(&self, file: &str, row: u64, record: &str) -> Option<&Waiver> {
        let first = self.fitting(file, row, record).next()?;
        self.all.get(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FileNo;

    fn waiver(file: &str, row: Option<u64>, record: Option<&str>) -> Waiver {
        let record = record.map(|record| blake3::hash(record.as_bytes()));
        let place = Place { file: FileNo(9), row: 1 };
        Waiver { file: file.to_owned(), row, record, reason: "known".to_owned(), place }
    }

    #[test]
    fn a_waiver_fits_its_row_its_record_or_both() {
        let mut waivers = Waivers::default();
        for one in [
            waiver("a.csv", Some(3), None),
            waiver("a.csv", None, Some("x,y")),
            waiver("a.csv", Some(4), Some("x,y")),
            waiver("b.csv", Some(3), None),
        ] {
            waivers.add(one);
        }
        let fitting = |file, row, record| waivers.fitting(file, row, record).collect::<Vec<_>>();
        assert_eq!(fitting("a.csv", 3, "z"), [0]);
        assert_eq!(fitting("a.csv", 3, "x,y"), [0, 1]);
        assert_eq!(fitting("a.csv", 4, "x,y"), [2, 1]);
        assert_eq!(fitting("a.csv", 4, "x,z"), [0; 0]);
        assert_eq!(fitting("b.csv", 3, "x,y"), [3]);
        assert_eq!(fitting("c.csv", 3, "x,y"), [0; 0]);
    }
}
