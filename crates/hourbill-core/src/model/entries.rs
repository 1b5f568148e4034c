//! Timesheet entries, as columns in chunks: millions of them are looked at in one pass.

use std::sync::Arc;

use super::hours::HoursColumn;
use super::{Circumstance, Circumstances, Facts, OrderLine, Ticket};
use crate::bug::OrBug;
use crate::calendar::{Date, Moment};
use crate::finding::{FileNo, Place};
use crate::ident::{Idx, Texts};
use crate::quantity::{Hours, Quantity, UnitPrice};

/// A timesheet entry.
pub struct Entry;

/// Entries of consecutive rows of one file, as columns of the same length. Every row read is here, so that sums over the
/// columns are sums over the input; a part of a run has its own rows only.
#[derive(Default)]
pub struct Chunk {
    /// Position of its first entry over all entries.
    pub start: usize,
    pub file: u32,
    /// Number in the file of the first data row of the batch that the chunk was made of, from 1.
    pub first_row: u64,
    /// By position, how many rows behind `first_row` the entry stands; empty when every row of the batch is here. A part of a run keeps few
    /// of them.
    pub rows: Vec<u32>,
    pub ids: Texts,
    /// By position, the date of the entry; `None` when it could not be read.
    pub dates: Vec<Option<Date>>,
    /// By position, the hours of the entry; 0 when they could not be read.
    pub hours: HoursColumn,
    pub tickets: Vec<Option<Idx<Ticket>>>,
    /// The line that the entry names, else the one that its ticket names (L1).
    pub lines: Vec<Option<Idx<OrderLine>>>,
    pub facts: Vec<Facts>,
    /// Hash of what all cells but the id say, to tell repeats from conflicts and copies from other work (X2); empty once they are told.
    pub row_hashes: Vec<u64>,
    /// X2: hash of what the cells say, with those fields in which repeats may differ, where the job has no use for some of them; empty once
    /// it is not needed any more.
    pub copy_hashes: Vec<u64>,
    /// Where ids are made of cells (F4): hash of what each row says of the work, whatever the ERP did with it since. Empty where ids are
    /// the export's own.
    pub said: Vec<u64>,
    /// W3, X2: when the work began, in local time; empty where no row says it, or nobody asks.
    pub began: Vec<Option<Moment>>,
    pub details: Details,
    pub work: Work,
    pub circumstances: Circumstances,
    pub exported: Exported,
}

/// C10: what the exporting program would bill; each column is empty where the export has none.
#[derive(Default)]
pub struct Exported {
    pub rates: Vec<Option<UnitPrice>>,
    pub amounts: Vec<Option<Quantity>>,
}

impl Exported {
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && self.amounts.is_empty()
    }
}

/// Who did the work, and what stands for its description. Where nobody asks for them later, employees are kept until bounds of entries were
/// looked at (X2); descriptions are kept for a ledger that is to be held against them (G5). What the export does not say is empty.
#[derive(Default)]
pub struct Work {
    /// Of each entry, its employee: a position in `names`.
    pub employees: Vec<u32>,
    pub names: Texts,
    /// Of each entry, [`text_hash`] of its description.
    pub texts: Vec<u32>,
}

/// Stands for a description: equal texts have the same, and 0 stands for no text.
pub fn text_hash(text: &str) -> u32 {
    let text = text.trim();
    if text.is_empty() {
        return 0;
    }
    // Half of the hash; 0 is taken.
    ((xxhash_rust::xxh3::xxh3_64(text.as_bytes()) >> 32) as u32).max(1)
}

impl Chunk {
    pub fn with_capacity(rows: usize) -> Chunk {
        Chunk {
            dates: Vec::with_capacity(rows),
            tickets: Vec::with_capacity(rows),
            lines: Vec::with_capacity(rows),
            facts: Vec::with_capacity(rows),
            ..Chunk::default()
        }
    }

    /// Gives back memory that was reserved and is not used.
    pub fn shrink_to_fit(&mut self) {
        self.ids.shrink_to_fit();
        self.details.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.hours.len()
    }

    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    /// Of the entry at a position that there is.
    #[inline]
    pub fn hours_at(&self, at: usize) -> Hours {
        Hours::from_micros(self.hours.get(at).or_bug(SAME_LENGTH))
    }

    /// Where an entry stands.
    pub fn place(&self, at: usize) -> Place {
        let row = || u64::from(*self.rows.get(at).or_bug(SAME_LENGTH));
        let after = if self.rows.is_empty() { at as u64 } else { row() };
        Place { file: FileNo(self.file), row: self.first_row + after }
    }

    /// A chunk of the entries at these positions, `with_details` or without.
    pub fn some(&self, entries: &[usize], with_details: bool) -> Chunk {
        let row = |&at: &usize| self.rows.get(at).copied().or_else(|| u32::try_from(at).ok()).or_bug(FEW_ROWS);
        let texts = |of: &Texts, at: &mut dyn Iterator<Item = usize>| {
            let mut texts = Texts::default();
            at.for_each(|at| texts.push(of.get(at)));
            texts.shrink_to_fit();
            texts
        };
        let mut details = Details::default();
        if with_details {
            for (position, &at) in (0_u32..).zip(entries) {
                if let Ok(kept) =
                    self.details.rows.binary_search(&u32::try_from(at).ok().or_bug("a chunk has fewer than 2^32 rows"))
                {
                    details.rows.push(position);
                    details.employees.push(self.details.employees.get(kept));
                    details.descriptions.push(self.details.descriptions.get(kept));
                    details.started_at.extend(self.details.started_at.get(kept));
                }
            }
        }
        let work = if with_details {
            let names = texts(&self.work.names, &mut (0..self.work.names.len()));
            let (employees, texts) = (picked(&self.work.employees, entries), picked(&self.work.texts, entries));
            Work { employees, names, texts }
        } else {
            Work::default()
        };
        let Circumstances { of, all } = &self.circumstances;
        let circumstances = Circumstances { of: picked(of, entries), all: Arc::clone(all) };
        Chunk {
            start: 0,
            file: self.file,
            first_row: self.first_row,
            rows: entries.iter().map(row).collect(),
            ids: texts(&self.ids, &mut entries.iter().copied()),
            dates: picked(&self.dates, entries),
            hours: HoursColumn::of(
                &entries.iter().map(|&at| self.hours.get(at).or_bug(SAME_LENGTH)).collect::<Vec<_>>(),
            ),
            tickets: picked(&self.tickets, entries),
            lines: picked(&self.lines, entries),
            facts: picked(&self.facts, entries),
            row_hashes: picked(&self.row_hashes, entries),
            copy_hashes: picked(&self.copy_hashes, entries),
            began: picked(&self.began, entries),
            said: picked(&self.said, entries),
            details,
            work,
            circumstances,
            exported: Exported {
                rates: picked(&self.exported.rates, entries),
                amounts: picked(&self.exported.amounts, entries),
            },
        }
    }
}

fn picked<T: Copy>(all: &[T], entries: &[usize]) -> Vec<T> {
    // Nothing is kept free for more: there may be thousands of chunks.
    let mut some = Vec::with_capacity(entries.len());
    // A column that the job does not need is empty.
    if !all.is_empty() {
        some.extend(entries.iter().map(|&at| all.get(at).copied().or_bug(SAME_LENGTH)));
    }
    some
}

const SAME_LENGTH: &str = "the columns of a chunk are of one length";
const FEW_ROWS: &str = "a chunk has fewer than 2^32 rows";

/// The key of an id that was made of cells: without the number by which rows of one key are told apart (F4, G6).
pub fn made_key(id: &str) -> &str {
    /// A key ends in so many hex digits; a number is shorter.
    const KEY_DIGITS: usize = 16;
    match id.rsplit_once('-') {
        Some((key, number)) if number.len() < KEY_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit()) => key,
        _ => id,
    }
}

/// Employee, description and start of those rows that may be shown in a table: texts of the others are never kept.
#[derive(Default)]
pub struct Details {
    /// Positions in the chunk of the rows whose words are kept, ascending.
    pub rows: Vec<u32>,
    pub employees: Texts,
    pub descriptions: Texts,
    /// Local time; empty where no row says it.
    pub started_at: Vec<Option<Moment>>,
}

impl Details {
    /// Keeps the words of the row at a position, which stands behind those kept before.
    pub fn push(&mut self, at: usize, employee: &str, description: &str) {
        self.rows.push(u32::try_from(at).ok().or_bug(FEW_ROWS));
        self.employees.push(employee);
        self.descriptions.push(description);
    }

    pub fn shrink_to_fit(&mut self) {
        self.rows.shrink_to_fit();
        self.employees.shrink_to_fit();
        self.descriptions.shrink_to_fit();
        self.started_at.shrink_to_fit();
    }

    /// Employee and description of a row of the chunk, which has `len` rows; empty when they were not kept.
    pub fn of(&self, row: usize, len: usize) -> (&str, &str) {
        let found = u32::try_from(row).ok().and_then(|row| self.find(row, len));
        found.map_or(("", ""), |at| (self.employees.get(at), self.descriptions.get(at)))
    }

    /// When the work of a row of the chunk began; `None` where it is not known or was not kept.
    pub fn started_at(&self, row: usize, len: usize) -> Option<Moment> {
        if self.started_at.is_empty() {
            return None;
        }
        let at = self.find(u32::try_from(row).ok()?, len)?;
        self.started_at.get(at).copied().flatten()
    }

    /// The position of a row among those kept. Looks first where it would be if rows were spread evenly: they are asked for in no order,
    /// and each step of a search from the middle waits for the memory.
    fn find(&self, row: u32, len: usize) -> Option<usize> {
        const NEAR: usize = 12;
        let guess = self.rows.len() * row as usize / len.max(1);
        let start = guess.saturating_sub(NEAR);
        let near = self.rows.get(start..self.rows.len().min(guess + NEAR)).unwrap_or_default();
        match (near.first(), near.last()) {
            (Some(first), Some(last)) if (*first..=*last).contains(&row) => {
                near.binary_search(&row).ok().map(|at| start + at)
            }
            _ => self.rows.binary_search(&row).ok(),
        }
    }
}

/// One entry, seen through its columns.
#[derive(Clone, Copy)]
pub struct EntryView<'a> {
    chunk: &'a Chunk,
    at: usize,
    pub facts: Facts,
    pub ticket: Option<Idx<Ticket>>,
    /// L1: the line that it names, else the one that its ticket names. A move (§8.1) is not in there.
    pub line: Option<Idx<OrderLine>>,
    pub hours: Hours,
    date: Option<Date>,
}

impl<'a> EntryView<'a> {
    pub fn id(&self) -> &'a str {
        self.chunk.ids.get(self.at)
    }

    /// `None` when it could not be read: the entry is quarantined.
    pub fn date(&self) -> Option<Date> {
        self.date
    }

    /// The date as days since 1970-01-01; 0 when it could not be read.
    pub fn days(&self) -> i32 {
        self.date.map_or(0, Date::days)
    }

    /// Employee and description; empty when they were not kept.
    pub fn details(&self) -> (&'a str, &'a str) {
        self.chunk.details.of(self.at, self.chunk.len())
    }

    /// Employee, and what stands for its description (G5); empty and 0 when they were not kept.
    pub fn work(&self) -> (&'a str, u32) {
        let Work { employees, names, texts } = &self.chunk.work;
        let employee = employees.get(self.at).map_or("", |&name| names.get(name as usize));
        (employee, texts.get(self.at).copied().unwrap_or(0))
    }

    /// Adjustments name it or its ticket (§8).
    #[inline]
    pub fn is_adjusted(&self) -> bool {
        self.facts.has(Facts::ADJUSTED.or(Facts::TICKET_ADJUSTED))
    }

    /// The position of the entry over all entries.
    #[inline]
    pub fn position(&self) -> usize {
        self.chunk.start + self.at
    }

    /// When the work began, in local time; `None` where it is not known or was not kept.
    pub fn started_at(&self) -> Option<Moment> {
        let known = self.chunk.began.get(self.at).copied().flatten();
        known.or_else(|| self.chunk.details.started_at(self.at, self.chunk.len()))
    }

    /// What the row says of the work, hashed; `None` where its id is the export's own (F4).
    pub fn said(&self) -> Option<u64> {
        self.chunk.said.get(self.at).copied()
    }

    pub fn place(&self) -> Place {
        self.chunk.place(self.at)
    }

    /// C10: its rate and amount in the export, where that says them.
    pub fn exported(&self) -> (Option<UnitPrice>, Option<Quantity>) {
        let Exported { rates, amounts } = &self.chunk.exported;
        (rates.get(self.at).copied().flatten(), amounts.get(self.at).copied().flatten())
    }

    /// What C2 and C3 ask of it; `None` where the job has no agreements.
    #[inline]
    pub fn circumstance(&self) -> Option<&'a Circumstance> {
        let Circumstances { of, all } = &self.chunk.circumstances;
        all.get(*of.get(self.at)? as usize)
    }

    /// The entry is neither set aside nor a repeat.
    pub fn usable(&self) -> bool {
        self.facts.is_usable()
    }
}

/// Positions from one landmark to the next: chunks mostly have some thousands of rows.
const LANDMARK_STEP: usize = 1 << 10;

/// Numbers the entries of chunks from a position on, and returns the position behind them; `None` beyond 2^32 - 2 entries.
pub fn number_entries(chunks: &mut [Chunk], from: usize) -> Option<usize> {
    let mut position = from;
    for chunk in chunks {
        chunk.start = position;
        position += chunk.len();
    }
    let fits = position.checked_sub(1).is_none_or(|last| Idx::<Entry>::new(last).is_some());
    fits.then_some(position)
}

/// The entries of a run, or of a part of one, in the order they were read.
#[derive(Default)]
pub struct Entries {
    chunks: Vec<Chunk>,
    /// Position of the first entry of each chunk.
    starts: Vec<usize>,
    /// Of every so many positions, the chunk in which it is: an entry is looked for from there.
    landmarks: Vec<u32>,
    len: usize,
}

impl Entries {
    /// `None` beyond 2^32 - 2 entries.
    pub fn new(mut chunks: Vec<Chunk>) -> Option<Entries> {
        let len = number_entries(&mut chunks, 0)?;
        let starts = chunks.iter().map(|chunk| chunk.start).collect();
        let mut landmarks = Vec::new();
        for (chunk, number) in chunks.iter().zip(0..) {
            landmarks.resize((chunk.start + chunk.len()).div_ceil(LANDMARK_STEP), number);
        }
        Some(Entries { chunks, starts, landmarks, len })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Each chunk with the position of its first entry.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = (usize, &Chunk)> + Clone {
        self.starts.iter().copied().zip(self.chunk_list())
    }

    pub fn chunk_list(&self) -> &[Chunk] {
        &self.chunks
    }

    /// All chunks, to make others of them.
    pub fn into_chunks(self) -> Vec<Chunk> {
        self.chunks
    }

    pub fn chunk_list_mut(&mut self) -> &mut [Chunk] {
        &mut self.chunks
    }

    /// The newest date of the entries that count here and can be used.
    pub fn newest(&self) -> Option<Date> {
        let set_aside = Facts::QUARANTINED.or(Facts::DUPLICATE);
        let of_chunk = |chunk: &Chunk| {
            let dated = chunk.facts.iter().zip(&chunk.dates).filter(|(facts, _)| !facts.has(set_aside));
            dated.filter_map(|(_, date)| *date).max()
        };
        self.chunk_list().iter().filter_map(of_chunk).max()
    }

    /// Chunk and row in it of an entry.
    pub fn locate(&self, entry: Idx<Entry>) -> (usize, usize) {
        let position = entry.position();
        let mark = |nth: usize| self.landmarks.get(nth).map(|chunk| *chunk as usize);
        let nth = position / LANDMARK_STEP;
        let from = mark(nth).or_bug("an entry's index is of the entries that were read");
        let to = mark(nth + 1).map_or(self.starts.len(), |chunk| chunk + 1);
        let near = self.starts.get(from..to).or_bug("chunks ascend");
        let behind = near.partition_point(|&start| start <= position);
        let chunk = from + behind.checked_sub(1).or_bug("a landmark is in its chunk");
        (chunk, position - self.starts.get(chunk).or_bug("every chunk has its start"))
    }

    /// The entry of an index.
    #[track_caller]
    pub fn at(&self, entry: Idx<Entry>) -> EntryView<'_> {
        let (chunk, at) = self.locate(entry);
        self.chunks
            .get(chunk)
            .and_then(|chunk| chunk.get(at))
            .or_bug("an entry's index is of the entries that were read")
    }

    /// Its timesheet_id.
    pub fn id(&self, entry: Idx<Entry>) -> &str {
        let (chunk, at) = self.locate(entry);
        self.chunks.get(chunk).or_bug("an entry's index is of the entries that were read").ids.get(at)
    }
}

impl Chunk {
    pub fn get(&self, at: usize) -> Option<EntryView<'_>> {
        Some(EntryView {
            chunk: self,
            at,
            facts: *self.facts.get(at)?,
            ticket: *self.tickets.get(at)?,
            line: *self.lines.get(at)?,
            hours: Hours::from_micros(self.hours.get(at)?),
            date: *self.dates.get(at)?,
        })
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = EntryView<'_>> {
        let columns = self.facts.iter().zip(&self.tickets).zip(&self.lines).zip(&self.dates);
        columns.enumerate().map(|(at, (((&facts, &ticket), &line), &date))| EntryView {
            chunk: self,
            at,
            facts,
            ticket,
            line,
            hours: self.hours_at(at),
            date,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_made_id_is_the_id_without_its_number() {
        for (id, key) in [
            ("toggl-7229fdd8ab80c17a", "toggl-7229fdd8ab80c17a"),
            ("toggl-7229fdd8ab80c17a-2", "toggl-7229fdd8ab80c17a"),
            ("row-1234567890123456", "row-1234567890123456"),
            ("row-1234567890123456-17", "row-1234567890123456"),
        ] {
            assert_eq!(made_key(id), key, "{id}");
        }
    }

    #[test]
    fn entries_are_found_in_chunks_of_any_length() {
        let lengths = [0, 5, 0, 0, 3_000, 1, 1, 0, 700, 1_024, 1, 0, 2_048, 0, 900, 0];
        let chunk = |len: &usize| Chunk { hours: HoursColumn::of(&vec![0; *len]), ..Chunk::default() };
        for skipped in 0..lengths.len() {
            let lengths = lengths.split_at(skipped).1;
            let entries = Entries::new(lengths.iter().map(chunk).collect()).unwrap();
            let expected = lengths.iter().enumerate().flat_map(|(chunk, len)| (0..*len).map(move |row| (chunk, row)));
            let found = (0..entries.len()).map(|position| entries.locate(Idx::at(position)));
            assert!(found.eq(expected), "{skipped}");
        }
    }

    #[test]
    fn details_are_found_wherever_their_rows_stand() {
        const LEN: u32 = 1_000;
        type Kept = fn(u32) -> bool;
        let kept: [Kept; 6] =
            [|_| false, |_| true, |row| row % 7 == 3, |row| row > 900, |row| row < 80, |row| row % 500 < 20];
        for (number, kept) in kept.into_iter().enumerate() {
            let mut details = Details::default();
            for row in (0..LEN).filter(|row| kept(*row)) {
                details.rows.push(row);
                details.employees.push(&row.to_string());
                details.descriptions.push("");
            }
            for row in 0..LEN {
                let expected = if kept(row) { row.to_string() } else { String::new() };
                assert_eq!(details.of(row as usize, LEN as usize), (expected.as_str(), ""), "{number} {row}");
            }
        }
    }
}
