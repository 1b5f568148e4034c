//! G12: a line that was billed by quantity and is billed by time now has been paid for so many hours. It delivers them first: the oldest
//! open hours are covered, and what comes after them is billed.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Account, Apart, Disposition, LeftOpen};
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Entry, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{Hours, HoursSum};

/// Turns the open hours that were paid for before into covered ones.
pub(super) fn cover(world: &World, links: &Links, posted: &Posted, account: &mut Account) {
    let mut lines: BTreeMap<Idx<OrderLine>, (HoursSum, Vec<Idx<Entry>>)> = posted
        .lines
        .prebilled()
        .filter(|idx| world.lines.is_own(*idx) && world.lines.at(*idx).confirmed)
        .filter_map(|idx| Some((idx, posted.line(idx).prebilled()?)))
        .filter(|(_, prebilled)| prebilled.is_positive())
        .map(|(idx, prebilled)| (idx, (prebilled, account.open(idx).to_vec())))
        .collect();
    if lines.is_empty() {
        return;
    }
    for (line, covered) in covered(world, posted, &lines) {
        if let Some((prebilled, _)) = lines.get_mut(&line) {
            *prebilled = *prebilled - covered;
        }
    }
    for (line, entry) in late(world, links, account, &lines) {
        if let Some((_, entries)) = lines.get_mut(&line) {
            entries.push(entry);
        }
    }
    let mut closed = BTreeSet::new();
    for (idx, (prebilled, entries)) in lines {
        for (entry, covered) in paid_for(world, account, prebilled, entries) {
            let view = world.entries.at(entry);
            let left_open = LeftOpen::of(world, posted.closed(view.position()), &view, Some(idx)).is_some();
            closed.extend(account.cover(world, idx, entry, (covered, left_open)).then_some(entry));
        }
    }
    if !closed.is_empty() {
        account.close(&closed);
    }
}

/// G9: hours of what was paid for that posts have noted as covered already.
fn covered<T: Sync>(
    world: &World,
    posted: &Posted,
    lines: &BTreeMap<Idx<OrderLine>, T>,
) -> BTreeMap<Idx<OrderLine>, HoursSum> {
    let mut sums: BTreeMap<Idx<OrderLine>, HoursSum> = BTreeMap::new();
    for (start, chunk) in world.entries.chunks() {
        for position in start..start + chunk.len() {
            if posted.closed(position).covered == Hours::ZERO {
                continue;
            }
            for piece in posted.pieces(position).into_iter().filter(|piece| piece.covered) {
                if let Some(line) = piece.line.line().filter(|line| lines.contains_key(line)) {
                    *sums.entry(line).or_default() += piece.hours;
                }
            }
        }
    }
    sums
}

/// Entries of these lines that are open and dated before the period.
fn late<T: Sync>(
    world: &World,
    links: &Links,
    account: &Account,
    lines: &BTreeMap<Idx<OrderLine>, T>,
) -> Vec<(Idx<OrderLine>, Idx<Entry>)> {
    let chunks: Vec<_> = world.entries.chunks().zip(&account.dispositions).collect();
    let late = chunks.par_iter().flat_map_iter(|((start, chunk), dispositions)| {
        let rows = (*start..).zip(chunk.iter()).zip(dispositions.iter());
        rows.filter(|(_, disposition)| **disposition == Disposition::BeforePeriod).filter_map(|((at, entry), _)| {
            let (line, _) = links.line_of(world, &entry)?;
            lines.contains_key(&line).then_some((line, Idx::new(at)?))
        })
    });
    late.collect()
}

/// The oldest of the entries, up to the hours that were paid for, each with how many of its hours that are. Negative hours make room.
fn paid_for(
    world: &World,
    account: &Account,
    prebilled: HoursSum,
    mut entries: Vec<Idx<Entry>>,
) -> Vec<(Idx<Entry>, Hours)> {
    let own = |entry: Idx<Entry>| account.own_hours(entry, world.entries.at(entry).hours);
    let age = |entry: &Idx<Entry>| {
        let view = world.entries.at(*entry);
        (view.days(), view.id())
    };
    entries.sort_by(|a, b| age(a).cmp(&age(b)));
    let negative: HoursSum = entries.iter().map(|&entry| own(entry)).filter(|hours| *hours < Hours::ZERO).sum();
    // More may be covered than was paid for (G9): then all that is open is billed.
    let zero = HoursSum::ZERO;
    let mut room = prebilled.max(zero) - negative;
    let mut covered = Vec::new();
    for entry in entries {
        let hours = own(entry);
        let taken = if hours <= Hours::ZERO || HoursSum::from(hours) <= room { hours } else { room.within_an_entry() };
        if taken > Hours::ZERO {
            room = room - taken.into();
        }
        covered.extend((taken != Hours::ZERO).then_some((entry, taken)));
    }
    covered
}

impl Account {
    /// Covers hours of an entry that this run would bill, or report as late. Returns whether none of its hours are left to bill.
    fn cover(
        &mut self,
        world: &World,
        line: Idx<OrderLine>,
        entry: Idx<Entry>,
        (covered, left_open): (Hours, bool),
    ) -> bool {
        let view = world.entries.at(entry);
        let (chunk, row) = world.entries.locate(entry);
        let own = self.own_hours(entry, view.hours);
        let disposition = self.dispositions.get_mut(chunk).and_then(|rows| rows.get_mut(row));
        let disposition = disposition.or_bug("every entry has its disposition");
        let (late, whole) = (*disposition == Disposition::BeforePeriod, own == covered);
        if whole {
            *disposition = Disposition::Covered;
        } else {
            self.set_apart([Apart {
                entry,
                disposition: Disposition::Covered,
                hours: covered,
                refund: None,
                on: None,
            }]);
        }
        // Those that were held or opened again are told by themselves.
        if late && !left_open {
            let hours = self.lines.get_mut(line.position()).or_bug("every order line has its hours");
            hours.late = hours.late - covered.into();
            hours.late_entries -= u64::from(whole);
        }
        whole && !late
    }

    /// Takes entries out of those that the run would bill.
    fn close(&mut self, closed: &BTreeSet<Idx<Entry>>) {
        let open = std::mem::take(&mut self.open);
        let ends = std::mem::take(&mut self.open_ends);
        let mut start = 0;
        for (end, hours) in ends.into_iter().zip(&mut self.lines) {
            let of_line = open.get(start..end).or_bug("every order line has its open entries");
            self.open.extend(of_line.iter().filter(|entry| !closed.contains(entry)));
            hours.open_entries -= of_line.iter().filter(|entry| closed.contains(entry)).count() as u64;
            self.open_ends.push(self.open.len());
            start = end;
        }
    }
}
