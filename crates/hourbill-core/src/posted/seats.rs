//! G5: as many rows are held as can be told to be billed work under another id.
//!
//! Pairs are made one after another, the nearest first, so a row that is taken for one entry may be the only one that another can be: when
//! all dates of an export shift by a day, each day's row is taken for the entry of that day, the first day finds none, and the last day's row
//! would be billed again. Here such an entry gets a row all the same, and the one that had it gets another. Nothing that is paired is let go.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::alike::{Candidate, UnknownRow};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::Customer;

/// Rows that are taken, by number, and the candidates that they are taken for.
pub(super) type Seated = BTreeMap<usize, usize>;

/// What is alike but for the day: customer, hours and employee.
type Key<'a> = (Idx<Customer>, i64, &'a str);

/// Rows and candidates of one key, by their days: within a day one is as good as another.
#[derive(Default)]
struct Group {
    /// Rows that nothing took.
    free: BTreeMap<i32, Vec<usize>>,
    /// Rows that are taken, by their day and that of their candidate.
    taken: BTreeMap<(i32, i32), Vec<usize>>,
}

/// How candidates of a day are reached: the day of the row that one of them gives up, and who gets that row: the candidates of another day, or
/// the one that looks for a row.
type Paths = BTreeMap<i32, (i32, Option<i32>)>;

/// Seats candidates that found no row, as far as others can move.
pub(super) fn make_room(
    candidates: &[Candidate<'_>],
    open: &[(usize, &Candidate<'_>)],
    rows: &[UnknownRow<'_>],
    seated: &mut Seated,
) {
    let keys = open.iter().filter_map(|(_, candidate)| Some((key(candidate)?, Group::default())));
    let mut groups: HashMap<Key<'_>, Group> = keys.collect();
    if groups.is_empty() {
        return;
    }
    for (number, row) in rows.iter().enumerate() {
        let candidate = seated.get(&number).and_then(|at| candidates.get(*at));
        let of_ticket = row.of_ticket.filter(|_| row.of_ticket != row.of_line);
        for root in [row.of_line, of_ticket].into_iter().flatten() {
            let Some(group) = groups.get_mut(&(root, row.hours, row.employee)) else { continue };
            match candidate {
                None if !row.taken => group.free.entry(row.days).or_default().push(number),
                // Those that are known by their words alone stay where they are.
                Some(of) if !of.outside && key(of) == Some((root, row.hours, row.employee)) => {
                    group.taken.entry((row.days, of.days())).or_default().push(number);
                }
                _ => {}
            }
        }
    }
    for &(at, candidate) in open {
        let Some(group) = key(candidate).and_then(|key| groups.get_mut(&key)) else { continue };
        // A row may stand in the groups of two customers.
        for rows in group.free.values_mut() {
            rows.retain(|row| !seated.contains_key(row));
        }
        seat(at, candidate, rows, group, seated);
    }
}

/// `None` where the ledger does not know who worked.
fn key<'a>(candidate: &'a Candidate<'_>) -> Option<Key<'a>> {
    Some((candidate.root, candidate.hours(), candidate.employee()?))
}

/// The days within a day of one, the nearest first.
fn near(day: i32) -> [i32; 3] {
    [day, day.saturating_sub(1), day.saturating_add(1)]
}

const HELD: &str = "candidates of a day are reached by a row that one of them holds";

fn seat(at: usize, candidate: &Candidate<'_>, rows: &[UnknownRow<'_>], group: &mut Group, seated: &mut Seated) {
    let mut paths = Paths::new();
    // One that is dated outside of the export can be a row with its own words only.
    let mut own: Option<usize> = None;
    let found = if candidate.outside {
        let fits = |number: &&usize| rows.get(**number).is_some_and(|row| candidate.has_words_of(row));
        let mut found = None;
        for day in near(candidate.days()) {
            for ((row_day, of), numbers) in group.taken.range((day, i32::MIN)..=(day, i32::MAX)) {
                let Some(number) = numbers.iter().find(fits).filter(|_| found.is_none()) else { continue };
                own = Some(*number);
                paths = Paths::from([(*of, (*row_day, None))]);
                found = search(group, VecDeque::from([*of]), &mut paths);
            }
        }
        found
    } else {
        match look(group, candidate.days(), None, &mut paths) {
            Ok(free) => Some((free, None)),
            Err(next) => search(group, next.into(), &mut paths),
        }
    };
    let Some((free_day, mut to)) = found else { return };
    let mut row = group.free.get_mut(&free_day).and_then(Vec::pop).or_bug("a row is free on the day that was found");
    let mut row_day = free_day;
    // From the free row backwards: each gives up the row that the one before it gets.
    while let Some(of) = to {
        let &(day, next) = paths.get(&of).or_bug("whoever moves was reached");
        let numbers = group.taken.get_mut(&(day, of)).or_bug(HELD);
        let wanted = own.filter(|_| next.is_none()).and_then(|own| numbers.iter().position(|number| *number == own));
        let given = wanted.map(|at| numbers.remove(at)).or_else(|| numbers.pop()).or_bug(HELD);
        let moved = seated.remove(&given).or_bug("a row that is taken has its candidate");
        seated.insert(row, moved);
        group.taken.entry((row_day, of)).or_default().push(row);
        (row, row_day, to) = (given, day, next);
    }
    seated.insert(row, at);
    if !candidate.outside {
        group.taken.entry((row_day, candidate.days())).or_default().push(row);
    }
}

/// The day of a free row near a candidate's, or else the days of candidates that hold the rows there and were not met yet.
fn look(group: &Group, day: i32, from: Option<i32>, paths: &mut Paths) -> Result<i32, Vec<i32>> {
    let mut next = Vec::new();
    for row_day in near(day) {
        if group.free.get(&row_day).is_some_and(|rows| !rows.is_empty()) {
            return Ok(row_day);
        }
        for of in near(row_day) {
            let taken = group.taken.get(&(row_day, of)).is_some_and(|rows| !rows.is_empty());
            if taken && !paths.contains_key(&of) {
                paths.insert(of, (row_day, from));
                next.push(of);
            }
        }
    }
    Err(next)
}

/// The day of the nearest free row in steps, and the day of the candidates that can move there.
fn search(group: &Group, mut queue: VecDeque<i32>, paths: &mut Paths) -> Option<(i32, Option<i32>)> {
    while let Some(of) = queue.pop_front() {
        match look(group, of, Some(of), paths) {
            Ok(free) => return Some((free, Some(of))),
            Err(next) => queue.extend(next),
        }
    }
    None
}
