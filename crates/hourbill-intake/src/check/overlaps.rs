//! X2: hours in which one employee works twice, where rows say when work began; only where the job asks.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::looked::{EmployeeDay, Looked};
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::model::Work;
use crate::quantity::{Hours, HoursSum};

/// When somebody worked: from its start for as many hours as the row has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Worked {
    who: Idx<Work>,
    from: i64,
    to: i64,
    date: Date,
}

impl Worked {
    /// `None` for hours below 0, and where the start is a day without a time.
    pub fn new(date: Date, began: Moment, hours: Hours) -> Option<Worked> {
        let (from, has_time) = (began.micros(), began != Moment::from(began.date()));
        let to = from.checked_add(hours.micros())?;
        (has_time && to > from).then_some(Worked { who: Idx::at(0), from, to, date })
    }

    pub fn by(self, who: Idx<Work>) -> Worked {
        Worked { who, ..self }
    }

    /// The same of an employee who has another number elsewhere.
    pub fn renamed(self, number: impl Fn(Idx<Work>) -> Idx<Work>) -> Worked {
        Worked { who: number(self.who), ..self }
    }
}

/// By employee and day of the later entry: for how long something had begun before and was not over.
pub(super) fn of_days(looked: &Looked<'_>, of_others: Vec<Worked>) -> BTreeMap<EmployeeDay, HoursSum> {
    let mut all = of_others;
    all.par_extend(looked.chunks().flat_map_iter(|(number, chunk)| {
        looked.rows(number, chunk).filter_map(|(at, entry, who, date)| {
            let began = chunk.began.get(at).copied().flatten()?;
            Some(Worked::new(date, began, entry.hours)?.by(who))
        })
    }));
    all.par_sort_unstable();
    let mut days: BTreeMap<EmployeeDay, HoursSum> = BTreeMap::new();
    for of_employee in all.chunk_by(|a, b| a.who == b.who) {
        let mut until = i64::MIN;
        for worked in of_employee {
            let twice = i128::from(worked.to.min(until)) - i128::from(worked.from);
            if twice > 0 {
                *days.entry((worked.who, worked.date.days())).or_default() += HoursSum::from_micros(twice);
            }
            until = until.max(worked.to);
        }
    }
    days
}
