//! When movements count. What a closed month has told stands; what is known of it since counts on the first day after the months that are
//! closed (S4), with its own date beside it.

use std::collections::BTreeMap;

use super::{KeptMovement, Movement, MovementKind, PackHeader, PackStatement};
use crate::calendar::{CalendarMonth, Date};
use crate::quantity::HoursSum;

/// What the close of a month has kept of a pack.
pub(super) struct Close<'a> {
    pub month: CalendarMonth,
    pub rows: Vec<&'a KeptMovement>,
}

/// A movement, and the day on which it counts.
type Due = (Option<Date>, Movement);

/// The day on which each movement counts, as known now and as closed months have told it. `bought_on`: hours that were used before their
/// pack was sold draw on it from that day on. A period without a beginning has no statement before it, so nothing is told again there.
pub(super) fn due(
    bought_on: Option<Date>,
    moves: Vec<Movement>,
    closes: &[Close<'_>],
    has_beginning: bool,
) -> Vec<Due> {
    let on = |of: &Movement| of.date.max(bought_on);
    let now: Vec<Due> = moves.into_iter().map(|of| (on(&of), of)).collect();
    let ends = closes.first().zip(closes.last()).filter(|_| has_beginning);
    let Some((first, last)) = ends.map(|(first, last)| (first.month.ends().0, last.month.ends().1)) else {
        return now;
    };
    let (closed, mut due): (Vec<Due>, Vec<Due>) =
        now.into_iter().partition(|(on, _)| on.is_some_and(|on| (first..=last).contains(&on)));
    let mut changes = Changes::default();
    // Of the months before the first that was closed their balance alone was told: it stands as well.
    let told = |rows: &[&KeptMovement]| {
        rows.iter().filter(|row| row.kind == MovementKind::Opening).map(|row| row.hours).sum::<HoursSum>()
    };
    let opening = closes.first().map_or(HoursSum::ZERO, |close| told(&close.rows));
    let before = due.iter().filter(|(on, _)| on.is_none_or(|on| on < first));
    let before: HoursSum = before.map(|(_, of)| of.kind.effect(of.hours)).sum();
    if before != opening {
        let (day, differs) = (day_before(first), before - opening);
        changes.add((day, ""), differs);
        due.push((day, adjusted((day, ""), -differs, None)));
    }
    let mut known: BTreeMap<(Option<Date>, &str), Vec<&Movement>> = BTreeMap::new();
    for (_, of) in &closed {
        known.entry((of.date, &of.id)).or_default().push(of);
        changes.add((of.date, &of.id), of.kind.effect(of.hours));
    }
    for close in closes {
        let (from, to) = close.month.ends();
        for row in close.rows.iter().filter(|row| row.kind != MovementKind::Opening) {
            changes.add((row.date, &row.id), -row.kind.effect(row.hours));
            let like = known.get(&(row.date, row.id.as_str())).map_or(&[][..], Vec::as_slice);
            due.push((Some(row.date.map_or(from, |date| date.clamp(from, to))), as_told(row, like)));
        }
    }
    let next = Date::from_days(last.days() + 1);
    for ((date, id), hours) in changes.0.iter().filter(|(_, hours)| !hours.is_zero()) {
        let like = known.get(&(*date, id.as_str())).map_or(&[][..], Vec::as_slice);
        let correction = adjusted((*date, id), *hours, like.first().copied());
        due.push((next, Movement { settled: like.iter().all(|of| of.settled), ..correction }));
    }
    due
}

/// What is another now than it was told: by date and entry, what that does to the balance.
#[derive(Default)]
struct Changes(BTreeMap<(Option<Date>, String), HoursSum>);

impl Changes {
    fn add(&mut self, (date, id): (Option<Date>, &str), hours: HoursSum) {
        *self.0.entry((date, id.to_owned())).or_default() += hours;
    }
}

pub(super) fn day_before(date: Date) -> Option<Date> {
    Date::from_days(date.days() - 1)
}

/// A correction; `like` is the entry as it is now.
fn adjusted((date, id): (Option<Date>, &str), hours: HoursSum, like: Option<&Movement>) -> Movement {
    Movement {
        kind: MovementKind::Adjusted,
        date,
        id: id.to_owned(),
        entry: like.and_then(|of| of.entry),
        said: like.and_then(|of| of.said.clone()),
        hours,
        uplift: HoursSum::ZERO,
        balance: HoursSum::ZERO,
        settled: true,
    }
}

/// What was not posted when the month was closed may have been since.
fn as_told(row: &KeptMovement, like: &[&Movement]) -> Movement {
    let KeptMovement { kind, date, id, hours, settled, .. } = row;
    let posted_since = !like.is_empty() && like.iter().all(|of| of.settled);
    Movement { kind: *kind, settled: *settled || posted_since, ..adjusted((*date, id), *hours, like.first().copied()) }
}

/// The statement of a pack over what counts between these days, both inside.
pub(super) fn in_period(pack: PackHeader, due: Vec<Due>, (from, end): (Option<Date>, Option<Date>)) -> PackStatement {
    let mut inside: Vec<Due> = Vec::new();
    let mut opening = HoursSum::ZERO;
    for (on, of) in due {
        // `None` stands before all dates.
        if from.is_some() && on < from {
            opening += of.kind.effect(of.hours);
        } else if end.is_none() || on <= end {
            inside.push((on, of));
        }
    }
    inside.sort_by(|(a_on, a), (b_on, b)| {
        let place = |on: &Option<Date>, of: &Movement| (*on, of.kind, of.date);
        let rest = |of: &Movement| (!of.settled, of.hours);
        place(a_on, a).cmp(&place(b_on, b)).then_with(|| a.id.cmp(&b.id)).then_with(|| rest(a).cmp(&rest(b)))
    });
    let first = Movement { kind: MovementKind::Opening, ..adjusted((from, ""), opening, None) };
    let mut told = PackStatement {
        pack,
        opening,
        bought: HoursSum::ZERO,
        used: HoursSum::ZERO,
        expired: HoursSum::ZERO,
        adjusted: HoursSum::ZERO,
        closing: HoursSum::ZERO,
        movements: Vec::with_capacity(inside.len() + 1),
    };
    for of in std::iter::once(first).chain(inside.into_iter().map(|(_, of)| of)) {
        match of.kind {
            MovementKind::Opening => {}
            MovementKind::Adjusted => told.adjusted += of.hours,
            MovementKind::Bought => told.bought += of.hours,
            MovementKind::Used => told.used += of.hours,
            MovementKind::Expired => told.expired += of.hours,
        }
        told.closing += of.kind.effect(of.hours);
        told.movements.push(Movement { balance: told.closing, ..of });
    }
    told
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::pack::NotSold;
    use super::*;
    use crate::quantity::Hours;

    fn pack() -> PackHeader {
        let text = || "P".to_owned();
        let (id, order, product, customer, root, company) = (text(), text(), text(), text(), text(), text());
        let (bought_on, not_sold) = (date("2026-08-15"), Some(NotSold::Left));
        let (confirmed_on, sequence, line) = (None, 0, None);
        PackHeader { id, order, product, customer, root, company, bought_on, confirmed_on, sequence, line, not_sold }
    }

    fn hours(hours: i64) -> HoursSum {
        Hours::from_micros(hours * 3_600_000_000).into()
    }

    fn date(text: &str) -> Option<Date> {
        Some(Date::parse(text).unwrap())
    }

    fn moved(kind: MovementKind, day: &str, id: &str, of: i64) -> Movement {
        Movement { kind, settled: false, ..adjusted((date(day), id), hours(of), None) }
    }

    fn kept(kind: MovementKind, day: &str, id: &str, of: i64) -> KeptMovement {
        let (pack, id) = ("P".to_owned(), id.to_owned());
        KeptMovement { pack, kind, date: date(day), id, hours: hours(of), settled: true }
    }

    /// Opening, bought, used, adjusted and closing hours of a month, and its corrections.
    fn month(month: &str, moves: &[Movement], closes: &[(&str, Vec<KeptMovement>)]) -> ([i128; 5], Vec<String>) {
        let month = CalendarMonth::parse(month).unwrap();
        let closes: Vec<Close<'_>> = closes
            .iter()
            .map(|(of, rows)| Close { month: CalendarMonth::parse(of).unwrap(), rows: rows.iter().collect() })
            .collect();
        let (from, to) = month.ends();
        let due = due(date("2026-08-15"), moves.to_vec(), &closes, true);
        let pack = in_period(pack(), due, (Some(from), Some(to)));
        let figures = [pack.opening, pack.bought, pack.used, pack.adjusted, pack.closing];
        let corrections = pack.movements.iter().filter(|of| of.kind == MovementKind::Adjusted);
        let text = |of: &Movement| format!("{} {} {}", of.date.unwrap(), of.id, of.hours);
        (figures.map(|figure| figure.micros() / 3_600_000_000), corrections.map(text).collect())
    }

    #[test]
    fn hours_before_the_purchase_draw_from_it_on() {
        let moves = [
            moved(MovementKind::Bought, "2026-08-15", "", 10),
            moved(MovementKind::Used, "2026-07-20", "e1", 2),
            moved(MovementKind::Used, "2026-09-01", "e2", 1),
        ];
        assert_eq!(month("2026-07", &moves, &[]).0, [0, 0, 0, 0, 0]);
        assert_eq!(month("2026-08", &moves, &[]).0, [0, 10, 2, 0, 8]);
        assert_eq!(month("2026-09", &moves, &[]).0, [8, 0, 1, 0, 7]);
    }

    #[test]
    fn what_closed_months_told_stands_and_each_change_is_told_once() {
        let moves = [
            moved(MovementKind::Bought, "2026-08-15", "", 10),
            moved(MovementKind::Used, "2026-09-05", "e1", 2),
            moved(MovementKind::Used, "2026-09-20", "late", 1),
            moved(MovementKind::Used, "2026-10-02", "e2", 4),
            moved(MovementKind::Used, "2026-11-02", "e3", 1),
        ];
        let september =
            vec![kept(MovementKind::Opening, "2026-09-01", "", 10), kept(MovementKind::Used, "2026-09-05", "e1", 3)];
        let closed = [("2026-09", september.clone())];
        assert_eq!(month("2026-09", &moves, &closed), ([10, 0, 3, 0, 7], vec![]));
        let corrections = vec!["2026-09-05 e1 1".to_owned(), "2026-09-20 late -1".to_owned()];
        assert_eq!(month("2026-10", &moves, &closed), ([7, 0, 4, 0, 3], corrections.clone()));
        // October told of them, and was closed with an hour that is gone since.
        let october = vec![
            kept(MovementKind::Opening, "2026-10-01", "", 7),
            kept(MovementKind::Adjusted, "2026-09-05", "e1", 1),
            kept(MovementKind::Adjusted, "2026-09-20", "late", -1),
            kept(MovementKind::Used, "2026-10-02", "e2", 5),
        ];
        let closed = [("2026-09", september), ("2026-10", october)];
        assert_eq!(month("2026-10", &moves, &closed), ([7, 0, 5, 0, 2], corrections));
        assert_eq!(month("2026-11", &moves, &closed), ([2, 0, 1, 1, 2], vec!["2026-10-02 e2 1".to_owned()]));
    }

    #[test]
    fn a_balance_that_the_first_close_told_stands_for_the_months_before_it() {
        let moves = [
            moved(MovementKind::Bought, "2026-08-15", "", 10),
            moved(MovementKind::Used, "2026-08-20", "e1", 3),
            moved(MovementKind::Used, "2026-09-05", "e2", 1),
        ];
        // It was told with 2 h used in August.
        let rows =
            vec![kept(MovementKind::Opening, "2026-09-01", "", 8), kept(MovementKind::Used, "2026-09-05", "e2", 1)];
        let closed = [("2026-09", rows)];
        assert_eq!(month("2026-08", &moves, &closed).0, [0, 10, 3, 1, 8]);
        assert_eq!(month("2026-09", &moves, &closed).0, [8, 0, 1, 0, 7]);
        assert_eq!(month("2026-10", &moves, &closed), ([7, 0, 0, -1, 6], vec!["2026-08-31  -1".to_owned()]));
    }
}
