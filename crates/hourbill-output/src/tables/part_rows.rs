//! E4: the parts of the register as rows: sorted by the ids of their entries, and found by the number of a row.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::Results;
use crate::bug::OrBug;
use crate::finding::Place;
use crate::ident::{Idx, first_bytes};
use crate::model::{Entries, Entry, EntryView};
use crate::register::{Register, RegisterPart};

/// The parts of some entries as rows.
pub(super) struct PartRows<'a> {
    register: &'a Register,
    entries: &'a Entries,
    /// Positions of the entries, in the order of their rows.
    order: Vec<u32>,
    /// Behind each entry with several parts, where the next one stands in `order`, and its first row. All others have one row.
    shifts: Vec<(usize, usize)>,
    rows: usize,
}

impl<'a> PartRows<'a> {
    /// Those of the entries at these positions, in their order.
    pub fn of(results: Results<'a>, register: &'a Register, order: Vec<u32>) -> PartRows<'a> {
        let entries = &results.world.entries;
        let split: HashMap<u32, usize> =
            register.split().map(|(entry, parts)| (entry.position() as u32, parts)).collect();
        let (mut shifts, mut rows) = (Vec::new(), order.len());
        if !split.is_empty() {
            rows = 0;
            for (at, entry) in order.iter().enumerate() {
                let parts = split.get(entry).copied().unwrap_or(1);
                rows += parts;
                if parts != 1 {
                    shifts.push((at + 1, rows));
                }
            }
        }
        PartRows { register, entries, order, shifts, rows }
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    /// Hands out the parts in some rows, one after another.
    pub fn each(&self, rows: Range<usize>, mut each: impl FnMut(&RegisterPart, EntryView<'a>)) {
        let (at, mut skipped) = self.find(rows.start);
        let (mut left, mut entries) = (rows.len(), self.order.iter().skip(at));
        while left > 0 {
            let position = *entries.next().or_bug("every row is of an entry");
            let (chunk, row) = self.entries.locate(Idx::at(position as usize));
            let entry = self.entries.chunk_list().get(chunk).and_then(|chunk| chunk.get(row));
            let entry = entry.or_bug("what is located is there");
            let parts = self.register.parts_of(chunk, row, &entry);
            for part in parts.as_slice().iter().skip(skipped).take(left) {
                each(part, entry);
                left -= 1;
            }
            skipped = 0;
        }
    }

    /// Where the entry of a row stands in `order`, and how many of its parts stand before the row.
    fn find(&self, row: usize) -> (usize, usize) {
        let behind = self.shifts.partition_point(|(_, first)| *first <= row);
        let (start, first) = behind.checked_sub(1).and_then(|at| self.shifts.get(at)).copied().unwrap_or_default();
        // The entry before the next shift is the one with several rows.
        let last = self.shifts.get(behind).map_or(usize::MAX, |(next, _)| next - 1);
        let at = (start + row - first).min(last);
        (at, row - first - (at - start))
    }
}

/// Positions of all entries by id, file and row.
pub(super) fn by_id(results: Results<'_>) -> Vec<u32> {
    Order { entries: &results.world.entries, files: results.files }.sorted()
}

/// Entries by id, file and row.
#[derive(Clone, Copy)]
struct Order<'a> {
    entries: &'a Entries,
    files: &'a [String],
}

/// The first bytes of the id of an entry, and its position.
type Key = (u128, u32);

impl<'a> Order<'a> {
    fn id(&self, at: u32) -> &'a str {
        self.entries.id(Idx::<Entry>::at(at as usize))
    }

    fn place(&self, at: u32) -> (Option<&'a String>, u64) {
        let Place { file, row } = self.entries.at(Idx::at(at as usize)).place();
        (self.files.get(file.0 as usize), row)
    }

    fn key(&self, at: u32) -> Key {
        (first_bytes(self.id(at)), at)
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let rest = |key: &Key| (self.id(key.1), self.place(key.1));
        one.0.cmp(&other.0).then_with(|| rest(one).cmp(&rest(other)))
    }

    /// Positions of all entries. Exports are mostly sorted by their ids but for some rows: those are taken out, sorted and put back, and what
    /// stands in order already takes no room beside its positions.
    fn sorted(&self) -> Vec<u32> {
        let mut picked = Backbone::new(*self);
        for (start, chunk) in self.entries.chunks() {
            for (row, id) in chunk.ids.iter().enumerate() {
                // There are fewer than 2^32 entries.
                picked.take((first_bytes(id), (start + row) as u32));
            }
        }
        let Backbone { mut kept, mut out, .. } = picked;
        out.par_sort_unstable_by(|one, other| self.compare(one, other));
        self.put_back(&mut kept, &out);
        kept
    }

    /// Puts sorted keys among sorted positions, from behind, so that every position moves once.
    fn put_back(&self, kept: &mut Vec<u32>, out: &[Key]) {
        let mut end = kept.len();
        kept.resize(end + out.len(), 0);
        for (before, key) in out.iter().enumerate().rev() {
            let start = self.behind(kept.get(..end).unwrap_or_default(), key);
            kept.copy_within(start..end, start + before + 1);
            *kept.get_mut(start + before).or_bug("there is room for all") = key.1;
            end = start;
        }
    }

    /// Where a key belongs among sorted positions: mostly near the last one that was found, so it is looked for from the end, ever further.
    fn behind(&self, kept: &[u32], key: &Key) -> usize {
        let is_before = |at: &u32| self.compare(&self.key(*at), key) != Ordering::Greater;
        let (mut step, mut from) = (1, kept.len());
        while from > 0 {
            from = kept.len().saturating_sub(step);
            if kept.get(from).is_some_and(&is_before) {
                break;
            }
            step *= 2;
        }
        from + kept.get(from..).unwrap_or_default().partition_point(is_before)
    }
}

/// Picks entries that ascend out of all, and puts the others aside.
struct Backbone<'a> {
    order: Order<'a>,
    /// Positions of those that ascend.
    kept: Vec<u32>,
    last: Option<Key>,
    /// All others.
    out: Vec<Key>,
    /// How many stand at the end of `out` because they are less than the last one that was kept.
    row: usize,
}

impl<'a> Backbone<'a> {
    fn new(order: Order<'a>) -> Backbone<'a> {
        let kept = Vec::with_capacity(order.entries.len());
        Backbone { order, kept, last: None, out: Vec::new(), row: 0 }
    }

    fn take(&mut self, key: Key) {
        /// So many in a row are less than the last one that was kept: that one stands too early, and not they too late.
        const ROW_MAX: usize = 8;
        if self.put(key) {
            self.row = 0;
            return;
        }
        self.row += 1;
        if self.row < ROW_MAX || self.is_hopeless() {
            return;
        }
        let again = self.out.split_off(self.out.len() - self.row);
        self.row = 0;
        let greatest = again.iter().max_by(|one, other| self.order.compare(one, other)).copied();
        let is_less = |key: Key, at: u32| self.order.compare(&key, &self.order.key(at)) == Ordering::Less;
        let early = self.kept.iter().rev().take_while(|at| greatest.is_some_and(|key| is_less(key, **at)));
        let early = early.take(ROW_MAX).count();
        // More of them are no strays: one file stands behind another.
        if early < ROW_MAX {
            let strays = self.kept.split_off(self.kept.len() - early);
            self.out.extend(strays.into_iter().map(|at| self.order.key(at)));
            self.last = self.kept.last().map(|at| self.order.key(*at));
        }
        for key in again {
            self.put(key);
        }
    }

    /// Keeps an entry if it is no less than the last one that was kept, and puts it aside otherwise; says whether it is kept.
    fn put(&mut self, key: Key) -> bool {
        let fits = self.last.is_none_or(|last| self.order.compare(&last, &key) != Ordering::Greater);
        if fits {
            self.kept.push(key.1);
            self.last = Some(key);
        } else {
            self.out.push(key);
        }
        fits
    }

    /// The entries are in no order: nothing is won by looking for one.
    fn is_hopeless(&self) -> bool {
        const FEW: usize = 1 << 12;
        self.out.len() > FEW + self.kept.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Texts;
    use crate::model::{Chunk, HoursColumn};

    /// Numbers that look like chance.
    fn dice(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    fn entries(ids: &[String], of_chunk: usize) -> Entries {
        let chunk = |(file, ids): (usize, &[String])| {
            let mut texts = Texts::default();
            ids.iter().for_each(|id| texts.push(id));
            let rows = ids.len();
            Chunk {
                file: file as u32 % 3,
                // No two rows stand in one place.
                first_row: 1 + 100_000 * file as u64,
                ids: texts,
                hours: HoursColumn::of(&vec![0; rows]),
                dates: vec![None; rows],
                tickets: vec![None; rows],
                lines: vec![None; rows],
                facts: vec![crate::model::Facts::default(); rows],
                ..Chunk::default()
            }
        };
        Entries::new(ids.chunks(of_chunk).enumerate().map(chunk).collect()).unwrap()
    }

    #[test]
    fn entries_are_sorted_whatever_order_they_come_in() {
        let files = ["b.csv", "a.csv", "c.csv"].map(str::to_owned);
        let seed = &mut 7;
        let mut worlds: Vec<Vec<String>> = vec![Vec::new(), vec![String::new(); 40]];
        for len in [1, 9, 500, 12_000] {
            let ascending: Vec<String> = (0..len).map(|at| format!("TS-of-a-long-kind-{at:06}")).collect();
            worlds.push(ascending.iter().rev().cloned().collect());
            worlds.push((0..len).map(|_| format!("{}", dice(seed) % 2_000)).collect());
            for strays in [0, 1, 5, len / 9, len / 2] {
                let mut ids = ascending.clone();
                for _ in 0..strays {
                    let (at, to) = (dice(seed) as usize % len, dice(seed) as usize % len);
                    match dice(seed) % 4 {
                        0 => ids.swap(at, to),
                        1 => ids[at] = String::new(),
                        2 => ids[at] = ids[to].clone(),
                        _ => ids[at] = format!("TS-of-a-long-kind-{}", dice(seed) % 2_000_000),
                    }
                }
                worlds.push(ids);
            }
        }
        for ids in worlds {
            let entries = entries(&ids, 1 + ids.len() / 7);
            let order = Order { entries: &entries, files: &files };
            // The obvious way.
            let mut expected: Vec<u32> = (0..ids.len() as u32).collect();
            expected.sort_by_key(|at| (order.id(*at), order.place(*at)));
            assert!(order.sorted() == expected, "{} entries", ids.len());
        }
    }
}
