//! F3: what clocks say in a file of entries: start and end in one cell, the hours that are left of them, and times of day that look like hours.

use super::choose::Chosen;
use super::evidence::{self, Table};
use super::question::Question;
use super::quoted::quoted;
use crate::check::value::range_hours;
use crate::job::HoursUnit;
use crate::quantity::{Hours, HoursSum, MICROS_PER_HOUR};

/// A clock shows whole minutes: a span may differ from its duration by so many microseconds.
pub(super) const CLOCK: u64 = 61_000_000;

/// From start to end by row, in microseconds, where both stand in one cell.
pub(super) fn of_range(table: &Table<'_>, column: usize) -> Vec<Option<i64>> {
    (0..table.rows()).map(|row| range_hours(table.cell(row, column))).collect()
}

/// The same of a column that does not say the hours, since another one has durations.
pub(super) fn beside_durations(table: &Table<'_>, chosen: &Chosen) -> Option<Vec<Option<i64>>> {
    let column = chosen.range.filter(|column| chosen.hours.iter().all(|of| of.column != *column))?;
    Some(of_range(table, column))
}

/// Hours from a range, and a column beside them that says what is left of it.
pub(super) fn net_beside_range(table: &Table<'_>, chosen: &Chosen, hours: usize) -> Option<Question> {
    let range = chosen.range.filter(|range| *range == hours)?;
    let spans = of_range(table, range);
    let net = net(table, chosen, &spans)?;
    let columns = [range, net].map(|column| format!("columns.hours = {}", quoted(table.name(column))));
    Some(Question {
        text: question_text(table, net, &spans, &format!("`{}`", table.name(range))),
        lines: columns.to_vec(),
        open: Some("columns.hours".to_owned()),
    })
}

/// Hours from start to end, and a column beside them that says what is left of it.
pub(super) fn net_beside_spans(table: &Table<'_>, chosen: &Chosen, spans: &[Option<i64>]) -> Option<(usize, Question)> {
    let net = net(table, chosen, spans)?;
    let header = quoted(table.name(net));
    let question = Question {
        text: question_text(table, net, spans, "start and end"),
        lines: vec![format!("columns.hours = {header}"), format!("ignore = [{header}]")],
        open: Some(table.name(net).to_owned()),
    };
    Some((net, question))
}

fn question_text(table: &Table<'_>, net: usize, spans: &[Option<i64>], what: &str) -> String {
    let all = spans.iter().flatten().map(|span| HoursSum::from(Hours::from_micros(*span))).sum::<HoursSum>();
    let left = table.hours(net, HoursUnit::Hours).unwrap_or_default();
    let left = left.into_iter().flatten().map(HoursSum::from).sum::<HoursSum>();
    format!(
        "hours from {what} are {all} h, and `{}` beside them says {left} h, never more: which of them counts?",
        table.name(net)
    )
}

/// A column that speaks of nothing else, whose figures are most of the time from start to end in most rows, more in none, and less in some.
fn net(table: &Table<'_>, chosen: &Chosen, spans: &[Option<i64>]) -> Option<usize> {
    let is_net = |column: &usize| {
        let used = chosen.fields.values().any(|used| used == column) || chosen.range == Some(*column);
        if used || table.is_repeat(*column) || !table.speaks_of_nothing(*column) {
            return false;
        }
        let left = table.hours(*column, HoursUnit::Hours).unwrap_or_default();
        let pairs: Vec<(Hours, i64)> =
            left.into_iter().zip(spans).filter_map(|(left, span)| Some((left?, (*span)?))).collect();
        let within = |(left, span): &(Hours, i64)| {
            left.micros() >= 0 && left.micros() <= span.saturating_add(CLOCK.try_into().unwrap_or_default())
        };
        let most = pairs.iter().filter(|(left, span)| left.micros().saturating_mul(2) > *span).count();
        let differs = |(left, span): &(Hours, i64)| !evidence::agree(*left, Hours::from_micros(*span));
        pairs.iter().all(within) && 2 * most > pairs.len() && pairs.iter().any(differs)
    };
    (0..table.columns()).find(is_net)
}

/// Names of columns of durations that may as well be times of day.
const TIME: [&str; 8] = ["time", "zeit", "temps", "tiempo", "tijd", "tempo", "czas", "tid"];

/// The only hours are a column *time* whose cells are late on a clock: how long the work took, or when it was done.
pub(super) fn times_of_day(table: &Table<'_>, chosen: &Chosen, column: usize) -> Option<Question> {
    const MORNING: i64 = 5 * MICROS_PER_HOUR;
    const NOON: i64 = 12 * MICROS_PER_HOUR;
    const DAY: i64 = 24 * MICROS_PER_HOUR;
    let timed = ["started_at", "ended_at"].iter().any(|field| chosen.fields.contains_key(field));
    if timed || !TIME.contains(&super::words::fold(table.name(column)).as_str()) {
        return None;
    }
    let on_a_clock = table.filled(column).all(|cell| cell.contains(':'));
    let hours = table.hours(column, HoursUnit::Hours)?;
    let micros: Vec<i64> = hours.into_iter().flatten().map(Hours::micros).collect();
    let late = micros.iter().filter(|micros| **micros >= NOON).count();
    if !on_a_clock || micros.iter().any(|micros| !(MORNING..DAY).contains(micros)) || 4 * late < micros.len().max(1) {
        return None;
    }
    let (first, header) = (table.filled(column).next()?, table.name(column));
    Some(Question {
        text: format!(
            "`{header}` is the only column of hours, and `{first}` and the others may be times of day: is it how long the work took? If not, export that too"
        ),
        lines: vec![format!("columns.hours = {}", quoted(header))],
        open: Some("columns.hours".to_owned()),
    })
}

/// A header says that its cells are hours and minutes with a point between, or minutes and seconds: as hours they would be others.
pub(super) fn other_form(table: &Table<'_>, column: usize) -> Option<Question> {
    const HOURS: [&str; 9] =
        ["h mm", "hh mm", "h m", "hrs min", "hours minutes", "std min", "hhmm", "hours mins", "h min"];
    const MINUTES: [&str; 7] = ["mm ss", "m ss", "min sec", "minutes seconds", "min s", "mins secs", "mmss"];
    let header = table.name(column);
    let inside = header.rsplit_once(['(', '[']).map(|(_, inside)| super::words::fold(inside))?;
    let is_figure = |cell: &&str| cell.contains(['.', ',']) && !cell.contains(':');
    let odd = if HOURS.contains(&inside.as_str()) {
        table.filled(column).find(is_figure).map(|cell| (cell, "hours and minutes: write them with a colon (`1:30`)"))
    } else if MINUTES.contains(&inside.as_str()) {
        table.filled(column).next().map(|cell| (cell, "minutes and seconds: export hours, or write `0:18:25`"))
    } else {
        None
    };
    let (cell, so) = odd?;
    Some(Question {
        text: format!(
            "`{header}` says that `{cell}` and the others are {so}. The line below takes them for hours all the same"
        ),
        lines: vec![format!("columns.hours = {}", quoted(header))],
        open: Some("columns.hours".to_owned()),
    })
}
