//! Which months the entries of a log close (K3, K4).

use super::log::{LogEntry, MonthNote};
use crate::bug::OrBug;
use crate::calendar::{CalendarMonth, Date};
use crate::posted::{ClosedMonths, MonthDeed, MonthState};

/// The months that the entries of a log close.
pub fn months(log: &[LogEntry]) -> ClosedMonths {
    let mut months = ClosedMonths::default();
    for entry in log {
        if let Some(note) = &entry.month {
            months.add(deed_of(entry.sequence, note));
        }
    }
    months
}

/// Whether the month of a date is closed for a company (the empty name: that of rows without one), and how far. What is
/// dated in a hard month is refused (K4).
pub fn closed_on(log: &[LogEntry], company: &str, date: Date) -> Option<MonthState> {
    months(log).closed_on(company, date).map(|deed| deed.state)
}

/// What a note does to its month.
pub(super) fn deed_of(sequence: u64, note: &MonthNote) -> MonthDeed {
    // An entry of the log with another word is not read.
    let month = CalendarMonth::parse(&note.month).or_bug("a note of the log names a month");
    MonthDeed { sequence, month, company: note.company.clone(), state: note.state }
}

/// A month that was soft or open before, and becomes soft or open.
pub(super) fn is_soft<'a>(before: impl Iterator<Item = &'a LogEntry>, note: &MonthNote) -> bool {
    let mut months = ClosedMonths::default();
    before.filter_map(|entry| Some(deed_of(entry.sequence, entry.month.as_ref()?))).for_each(|deed| months.add(deed));
    let deed = deed_of(0, note);
    let companies = match deed.company.as_deref() {
        None => months.companies(),
        company => vec![company],
    };
    let was_hard = |company| months.closed(company, deed.month).is_some_and(|known| known.state == MonthState::Hard);
    deed.state != MonthState::Hard && !companies.into_iter().any(was_hard)
}
