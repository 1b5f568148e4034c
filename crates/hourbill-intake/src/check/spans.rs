//! F5: hours and dates of timesheets that say them by when the work began and ended.

use std::borrow::Cow;

use super::clock::after;
use super::column::Columns;
use super::value::{Grammar, Started};
use crate::calendar::{Date, Moment};
use crate::finding::Code;
use crate::inputs::timesheets as field;
use crate::quantity::Hours;
use crate::read::{Batch, Cell};

/// When each row began and ended.
pub(super) struct Spans {
    pub began: Vec<Option<Started>>,
    ended: Vec<Option<Started>>,
    /// Of both, where cells say their zone: clocks may be set between them.
    instants: [Vec<Option<i64>>; 2],
    /// Rows whose end cannot be read: they have been complained of. Ascending.
    no_end: Vec<usize>,
    /// What is taken off each span; empty where no column says it.
    breaks: Vec<Break>,
}

/// What a row says of a break.
#[derive(Clone, Copy)]
enum Break {
    /// Microseconds.
    Of(i64),
    /// It cannot be read, which has been complained of.
    Unreadable,
}

/// What is wrong with rows, by their position.
type Complaints = Vec<(usize, (Code, Cow<'static, str>))>;

impl Spans {
    /// Reads start and end where a column of dates or hours is missing; `None` where nobody needs them.
    pub fn of(columns: &mut Columns<'_>, grammar: &Grammar<'_>, rows: usize) -> Option<Spans> {
        let by_start = !columns.has(field::DATE) && columns.has(field::STARTED_AT);
        let by_both = !columns.has(field::HOURS) && columns.has(field::STARTED_AT) && columns.has(field::ENDED_AT);
        if !by_start && !by_both {
            return None;
        }
        let mut read = |field| {
            let (mut moments, mut instants, mut unreadable) = (Vec::with_capacity(rows), Vec::new(), Vec::new());
            let mut row = 0;
            let each = |_, at| {
                moments.push(at);
                None
            };
            let started = |cell: Cell<'_>| {
                if by_both {
                    instants.push(grammar.instant(cell));
                }
                let read = grammar.started(cell);
                unreadable.extend(read.is_err().then_some(row));
                row += 1;
                read
            };
            columns.of_work(|columns| columns.read(field, started, each));
            (moments, instants, unreadable)
        };
        let (began, of_began, _) = read(field::STARTED_AT);
        let (ended, of_ended, no_end) =
            if by_both { read(field::ENDED_AT) } else { (Vec::new(), Vec::new(), Vec::new()) };
        let breaks =
            if by_both && columns.has(field::UNPAID_BREAK) { breaks(columns, grammar, rows) } else { Vec::new() };
        Some(Spans { began, ended, instants: [of_began, of_ended], no_end, breaks })
    }

    /// From instant to instant, where both cells of a row say their zone.
    fn elapsed(&self, at: usize) -> Option<i64> {
        let [began, ended] = &self.instants;
        ended.get(at).copied().flatten()?.checked_sub(began.get(at).copied().flatten()?)
    }

    /// The cells of a field were read for this.
    pub fn reads(&self, field: usize) -> bool {
        match field {
            field::STARTED_AT => true,
            field::ENDED_AT => !self.ended.is_empty(),
            field::UNPAID_BREAK => !self.breaks.is_empty(),
            _ => false,
        }
    }

    /// The date of each row is that of its start.
    pub fn dates(&self, columns: &mut Columns<'_>, dates: &mut Vec<Option<Date>>) {
        let mut complaints = Complaints::new();
        for (at, began) in self.began.iter().enumerate() {
            let date = match began {
                Some(Started::At(moment)) => Some(moment.date()),
                Some(Started::TimeOfDay(_)) => {
                    let why = "is a time of day, and no column says the date";
                    complaints.push((at, (Code::EmptyValue, why.into())));
                    None
                }
                None => {
                    complaints.push((at, (Code::EmptyValue, "is empty, and no column says the date".into())));
                    None
                }
            };
            dates.push(date);
        }
        columns.complain(field::STARTED_AT, complaints);
    }

    /// The hours of each row, in microseconds: from its start to its end, without its break. A row without an end still runs.
    pub fn hours(&self, columns: &mut Columns<'_>, dates: &[Option<Date>]) -> Vec<Option<Hours>> {
        let (mut of_start, mut of_end, mut of_break) = (Complaints::new(), Complaints::new(), Complaints::new());
        let mut hours = Vec::with_capacity(self.began.len());
        for (at, (began, ended)) in self.began.iter().zip(&self.ended).enumerate() {
            let span = match (began, ended) {
                (Some(began), Some(ended)) => {
                    let span = match self.elapsed(at) {
                        Some(micros) => (micros >= 0).then(|| Hours::from_micros(micros)),
                        None => between(*began, *ended, dates.get(at).copied().flatten()),
                    };
                    if span.is_none() {
                        of_end.push((at, (Code::UnreadableValue, "is before the start".into())));
                    }
                    match (span, self.breaks.get(at)) {
                        (Some(span), Some(Break::Of(off))) => {
                            let rest = span.micros().checked_sub(*off).filter(|rest| *rest >= 0);
                            if rest.is_none() {
                                let why = "is longer than the time from start to end";
                                of_break.push((at, (Code::UnreadableValue, why.into())));
                            }
                            rest.map(Hours::from_micros)
                        }
                        (_, Some(Break::Unreadable)) => None,
                        (span, _) => span,
                    }
                }
                (Some(_), None) if self.no_end.binary_search(&at).is_ok() => None,
                (Some(_), None) => {
                    of_end.push((at, (Code::StillRunning, "is empty: the entry has no end".into())));
                    None
                }
                // Without a date of its own the row has been complained of.
                (None, _) => {
                    if columns.has(field::DATE) {
                        of_start.push((at, (Code::EmptyValue, "is empty, and no column says the hours".into())));
                    }
                    None
                }
            };
            hours.push(span);
        }
        columns.complain(field::STARTED_AT, of_start);
        columns.complain(field::ENDED_AT, of_end);
        columns.complain(field::UNPAID_BREAK, of_break);
        hours
    }
}

/// What each row says of its break; none where the cell is empty.
fn breaks(columns: &mut Columns<'_>, grammar: &Grammar<'_>, rows: usize) -> Vec<Break> {
    let mut breaks = Vec::with_capacity(rows);
    columns.of_work(|columns| {
        let read = |cell: Cell<'_>| {
            let read = grammar.unpaid_break(cell);
            breaks.push(match &read {
                Ok(off) => {
                    Some(off.map_or(0, Hours::micros)).filter(|off| *off >= 0).map_or(Break::Unreadable, Break::Of)
                }
                Err(_) => Break::Unreadable,
            });
            read
        };
        let negative = |_, off: Option<Hours>| {
            off.filter(|off| off.micros() < 0).map(|_| (Code::UnreadableValue, "is less than nothing".into()))
        };
        columns.read(field::UNPAID_BREAK, read, negative);
    });
    breaks
}

/// The dates of the starts, for rows whose own cell of the date is empty; `None` where no row lacks one. What is wrong with a start is told
/// where it is read for itself.
pub(super) fn stand_ins(batch: &Batch<'_>, columns: &Columns<'_>, grammar: &Grammar<'_>) -> Option<Vec<Option<Date>>> {
    let lacking = columns.has(field::DATE) && columns.has(field::STARTED_AT) && columns.lacks_some(field::DATE);
    lacking.then(|| {
        let mut dates = Vec::with_capacity(batch.rows());
        batch.each(field::STARTED_AT, |_, cell| {
            dates.push(match grammar.started(cell) {
                Ok(Some(Started::At(moment))) => Some(moment.date()),
                _ => None,
            });
        });
        dates
    })
}

/// From a start to an end. A time of day that is not behind the start is one of the next day; `None` where the end lies before the start.
fn between(began: Started, ended: Started, date: Option<Date>) -> Option<Hours> {
    let micros = match (began, ended) {
        (Started::TimeOfDay(began), Started::TimeOfDay(ended)) => after(began, ended),
        (Started::At(began), Started::At(ended)) => ended.micros() - began.micros(),
        (Started::At(began), Started::TimeOfDay(ended)) => {
            let midnight = Moment::from(began.date()).micros();
            after(began.micros() - midnight, ended)
        }
        (Started::TimeOfDay(began), Started::At(ended)) => {
            ended.micros() - Moment::from(date?).micros().checked_add(began)?
        }
    };
    (micros >= 0).then(|| Hours::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_may_go_over_midnight() {
        let at = |text: &str| {
            let settings = crate::job::InputSettings::default();
            let moment = Grammar::new(&settings).moment(crate::read::Cell::Text(text));
            Started::At(moment.unwrap().unwrap())
        };
        let hour = 3_600_000_000;
        let date = Date::parse("2026-10-05");
        for (began, ended, hours) in [
            (Started::TimeOfDay(9 * hour), Started::TimeOfDay(10 * hour), Some(1)),
            (Started::TimeOfDay(23 * hour), Started::TimeOfDay(hour), Some(2)),
            (Started::TimeOfDay(9 * hour), Started::TimeOfDay(9 * hour), Some(0)),
            (at("2026-10-05 22:00:00"), at("2026-10-06 01:00:00"), Some(3)),
            (at("2026-10-05 22:00:00"), at("2026-10-05 21:00:00"), None),
            (at("2026-10-05 22:00:00"), Started::TimeOfDay(hour), Some(3)),
            (Started::TimeOfDay(22 * hour), at("2026-10-06 01:00:00"), Some(3)),
        ] {
            assert_eq!(
                between(began, ended, date),
                hours.map(|hours| Hours::from_micros(hours * hour)),
                "{began:?} {ended:?}"
            );
        }
    }
}
