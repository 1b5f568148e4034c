//! §8.3: hours that are closed of order lines whose hours are capped, by date.

use std::collections::{BTreeMap, HashMap};

use super::lines::Lines;
use super::record::Effect;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// What is closed of capped lines. What is credited to be billed again gives room, what is written off does not; it makes no difference
/// whether the export still has the entries.
#[derive(Debug, Default)]
pub struct CappedHours {
    by_line: BTreeMap<Idx<OrderLine>, BTreeMap<Date, HoursSum>>,
}

impl CappedHours {
    /// The capped lines, by each id that the ledger may know them by.
    pub fn wanted(world: &World, lines: &Lines) -> HashMap<String, Idx<OrderLine>> {
        let all = &world.adjustments;
        let capped = |line: Idx<OrderLine>| all.of_line(line).is_some_and(|edits| !edits.cap.is_empty());
        let own = all.lines.keys().copied().map(|line| (world.lines.id(line).to_owned(), line));
        let before = lines.renamed(world).map(|(billed, line)| (billed.to_owned(), line));
        own.chain(before).filter(|(_, line)| capped(*line)).collect()
    }

    /// A portion of a capped line.
    pub fn add(&mut self, line: Idx<OrderLine>, date: Date, hours: Hours, effect: Effect) {
        let closes = Hours::from_micros(effect.closes(hours.micros()));
        if closes != Hours::ZERO {
            *self.by_line.entry(line).or_default().entry(date).or_default() += closes;
        }
    }

    pub fn of_line(&self, line: Idx<OrderLine>) -> impl Iterator<Item = (Date, HoursSum)> {
        self.by_line.get(&line).into_iter().flatten().map(|(date, hours)| (*date, *hours))
    }

    /// What another part of the same ledger holds comes on top.
    pub fn merge(&mut self, other: CappedHours) {
        for (line, days) in other.by_line {
            let own = self.by_line.entry(line).or_default();
            for (date, hours) in days {
                let sum = own.entry(date).or_default();
                *sum += hours;
            }
        }
    }
}
