//! Z: what is counted of rows that one process reads for others, so that a part knows those that it does not get.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::looked::Employees;
use crate::bug::OrBug;
use crate::finding::{Code, Spoilt};
use crate::ident::Idx;
use crate::model::{EntryView, Work};
use crate::quantity::{HoursSum, exact};

/// What is known of rows that go to some parts: the others count them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowTally {
    pub rows: u64,
    #[serde(with = "exact::hours")]
    pub hours: HoursSum,
    /// Days since 1970-01-01, of those that can be used.
    pub newest: Option<i32>,
    pub spoilt: Spoilt,
    /// X2: microseconds by employee and day.
    pub days: BTreeMap<String, BTreeMap<i32, i128>>,
}

impl RowTally {
    pub fn add(&mut self, other: &RowTally) {
        self.rows += other.rows;
        self.hours += other.hours;
        self.newest = self.newest.max(other.newest);
        self.spoilt.add(&other.spoilt);
        for (employee, days) in &other.days {
            let own = self.days.entry(employee.clone()).or_default();
            days.iter().for_each(|(day, micros)| *own.entry(*day).or_default() += micros);
        }
    }

    /// What is left without the rows of another, which are among them; `None` when they are not. The newest day stays.
    #[must_use]
    pub fn without(mut self, other: &RowTally) -> Option<RowTally> {
        self.rows = self.rows.checked_sub(other.rows)?;
        self.hours = self.hours - other.hours;
        self.spoilt.rows = self.spoilt.rows.checked_sub(other.spoilt.rows)?;
        for (code, rows) in &other.spoilt.codes {
            let left = self.spoilt.codes.get_mut(code)?;
            *left = left.checked_sub(*rows)?;
        }
        self.spoilt.codes.retain(|_, rows| *rows > 0);
        for (employee, days) in &other.days {
            let left = self.days.get_mut(employee)?;
            for (day, micros) in days {
                *left.get_mut(day)? -= micros;
            }
            left.retain(|_, micros| *micros != 0);
        }
        Some(self)
    }
}

/// The same while rows are counted: employees by number.
#[derive(Default)]
pub(super) struct Tally {
    rows: u64,
    hours: HoursSum,
    newest: Option<i32>,
    spoilt: Spoilt,
    days: HashMap<(Idx<Work>, i32), i128>,
}

impl Tally {
    #[inline]
    pub fn take(&mut self, entry: &EntryView<'_>, who: Option<Idx<Work>>, codes: Option<&[Code]>) {
        self.rows += 1;
        self.hours += entry.hours;
        if let Some(codes) = codes {
            self.spoilt.count(codes.iter().copied());
        }
        let Some(date) = entry.date().filter(|_| entry.usable()) else { return };
        self.newest = self.newest.max(Some(date.days()));
        if let Some(who) = who {
            *self.days.entry((who, date.days())).or_default() += i128::from(entry.hours.micros());
        }
    }

    /// Takes in another, whose employees have these numbers here.
    pub fn add(&mut self, other: Tally, names: &[Idx<Work>]) {
        self.rows += other.rows;
        self.hours += other.hours;
        self.newest = self.newest.max(other.newest);
        self.spoilt.add(&other.spoilt);
        for ((who, day), micros) in other.days {
            let who = *names.get(who.position()).or_bug("every employee of a batch has a number");
            *self.days.entry((who, day)).or_default() += micros;
        }
    }

    /// As it is told to others.
    pub fn told(self, names: &Employees) -> RowTally {
        let mut days: BTreeMap<String, BTreeMap<i32, i128>> = BTreeMap::new();
        let mut sorted: Vec<_> = self.days.into_iter().collect();
        sorted.sort_unstable_by_key(|(of, _)| *of);
        for of_one in sorted.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
            let Some(((who, _), _)) = of_one.first() else { continue };
            days.insert(names.text(*who).to_owned(), of_one.iter().map(|((_, day), micros)| (*day, *micros)).collect());
        }
        let Tally { rows, hours, newest, spoilt, .. } = Tally { days: HashMap::new(), ..self };
        RowTally { rows, hours, newest, spoilt, days }
    }
}
