//! The hours of order lines while a thread goes through its entries.
//!
//! Entries meet their lines in no order, and there are more lines than the cache holds. So what an entry adds is noted, and notes are
//! taken in many at a time, one right after the other: the memory is then asked for many lines at once. A line has its sums in 64 bits
//! side by side; the sums of one that outgrows them go on in 128.

use std::collections::BTreeMap;

use super::LineHours;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::OrderLine;
use crate::quantity::{Hours, HoursSum};

/// What is counted of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Before,
    Inside,
    After,
    Outside,
    Later,
    /// Hours of a late entry; counts the entry, too.
    Late,
    /// One open entry more; its hours are not counted.
    Open,
    /// One open entry more that is dated before the period; its hours are not counted.
    OpenLate,
}

/// Kinds of hours: all of [`Count`] but the last two.
const SUMS: usize = 6;

const NOTES_MAX: usize = 1024;

struct Note {
    line: Idx<OrderLine>,
    count: Count,
    hours: Hours,
}

/// There are at most 2^32 - 2 entries.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Narrow {
    micros: [i64; SUMS],
    late_entries: u32,
    open_entries: u32,
    open_late_entries: u32,
}

#[derive(Default)]
pub(super) struct LineTotals {
    /// By order line.
    lines: Vec<Narrow>,
    outgrown: BTreeMap<(Idx<OrderLine>, usize), HoursSum>,
    notes: Vec<Note>,
}

impl LineTotals {
    pub fn new(lines: usize) -> LineTotals {
        let lines = vec![Narrow::default(); lines];
        LineTotals { lines, outgrown: BTreeMap::new(), notes: Vec::with_capacity(NOTES_MAX) }
    }

    #[inline]
    pub fn note(&mut self, line: Idx<OrderLine>, count: Count, hours: Hours) {
        if self.notes.len() == NOTES_MAX {
            self.take_in();
        }
        self.notes.push(Note { line, count, hours });
    }

    fn take_in(&mut self) {
        for Note { line, count, hours } in self.notes.drain(..) {
            let narrow = self.lines.get_mut(line.position()).or_bug("every order line has its hours");
            narrow.late_entries += u32::from(count == Count::Late);
            narrow.open_entries += u32::from(matches!(count, Count::Open | Count::OpenLate));
            narrow.open_late_entries += u32::from(count == Count::OpenLate);
            // Of open entries only the number counts.
            let Some(sum) = narrow.micros.get_mut(count as usize) else { continue };
            *sum = sum.checked_add(hours.micros()).unwrap_or_else(|| {
                let outgrown = self.outgrown.entry((line, count as usize)).or_default();
                *outgrown += Hours::from_micros(*sum);
                hours.micros()
            });
        }
    }

    /// Adds what was noted to the hours of all lines.
    pub fn add_to(mut self, lines: &mut [LineHours]) {
        self.take_in();
        for (hours, narrow) in lines.iter_mut().zip(&self.lines) {
            for (sum, micros) in sums(hours).into_iter().zip(narrow.micros) {
                *sum += Hours::from_micros(micros);
            }
            hours.late_entries += u64::from(narrow.late_entries);
            hours.open_entries += u64::from(narrow.open_entries);
            hours.open_late_entries += u64::from(narrow.open_late_entries);
        }
        for ((line, count), outgrown) in self.outgrown {
            let hours = lines.get_mut(line.position()).or_bug("every order line has its hours");
            *sums(hours).into_iter().nth(count).or_bug("only hours outgrow their sum") += outgrown;
        }
    }
}

/// In the order of [`Count`].
fn sums(hours: &mut LineHours) -> [&mut HoursSum; SUMS] {
    [&mut hours.before, &mut hours.inside, &mut hours.after, &mut hours.outside, &mut hours.later, &mut hours.late]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_whatever_their_size() {
        const LINES: usize = 7;
        let counts = [
            Count::Before,
            Count::Inside,
            Count::After,
            Count::Outside,
            Count::Later,
            Count::Late,
            Count::Open,
            Count::OpenLate,
        ];
        let mut tally = LineTotals::new(LINES);
        let mut expected = vec![LineHours::default(); LINES];
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for number in 0..20_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Some lines stay small, others outgrow 64 bits both ways again and again.
            let (line, count) = ((random >> 33) as usize % LINES, counts[(random >> 40) as usize % counts.len()]);
            let micros = if line < 3 { (random >> 44) as i64 } else { (random as i64) | 1 << 62 };
            let hours = Hours::from_micros(if number % 3 == 0 { -(micros >> 1) } else { micros });
            tally.note(Idx::new(line).unwrap(), count, hours);
            let of = &mut expected[line];
            match count {
                Count::Before => of.before += hours,
                Count::Inside => of.inside += hours,
                Count::After => of.after += hours,
                Count::Outside => of.outside += hours,
                Count::Late => {
                    of.late += hours;
                    of.late_entries += 1;
                }
                Count::Later => of.later += hours,
                Count::Open => of.open_entries += 1,
                Count::OpenLate => {
                    of.open_entries += 1;
                    of.open_late_entries += 1;
                }
            }
        }
        let mut lines = vec![LineHours::default(); LINES];
        lines[0].before += Hours::from_micros(5);
        expected[0].before += Hours::from_micros(5);
        tally.add_to(&mut lines);
        assert_eq!(lines, expected);
        assert!(lines.iter().any(|hours| i64::try_from(hours.before.micros()).is_err()));
    }
}
