//! Rows that were set aside, as many as there may be: kept as bytes, since each has its whole record and every error in words, and packed
//! when there are many, since a file may have millions that say the same. They come out as they were put in, in the same order.

use super::packed::{Layout, Seen, packed, read_rows, unpacked, write_row};
use super::{FileNo, Place, Rejected};
use crate::bug::OrBug;
use crate::inputs::Input;

/// A block ends when it has so many rows or bytes.
const ROWS_MAX: usize = 1_024;
const BYTES_MAX: usize = 256 << 10;
/// Full blocks of a batch are packed when it is read. All others are packed only when they have more bytes than this together: rows that were set
/// aside are looked through several times.
const LOOSE_MAX: usize = 32 << 20;

/// What was set aside, in the order in which it was put in.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    blocks: Vec<Block>,
    /// Rows of all blocks.
    len: usize,
    /// Bytes of the blocks that are not packed.
    loose: usize,
    open: Open,
}

/// The rows that have no block yet, all of one file.
#[derive(Clone, Debug, Default)]
struct Open {
    bytes: Vec<u8>,
    rows: usize,
    of: Option<(Input, FileNo)>,
    columns: Vec<&'static str>,
    first: u64,
    last: u64,
    ascends: bool,
}

#[derive(Clone, Debug)]
struct Block {
    input: Input,
    file: FileNo,
    /// Added to what stands in the rows: a batch does not know where it stands in its file.
    rows_before: u64,
    lines_before: Option<u64>,
    /// Position of its first row among all.
    start: usize,
    rows: usize,
    /// Of its first and last row, as they stand in the bytes.
    first: u64,
    last: u64,
    ascends: bool,
    /// The names of columns that its errors are about.
    columns: Vec<&'static str>,
    /// Not packed when there are as many bytes.
    unpacked: usize,
    /// Bytes that nobody has tried to pack.
    loose: usize,
    bytes: Box<[u8]>,
}

impl Aside {
    pub fn len(&self) -> usize {
        self.len + self.open.rows
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn push(&mut self, row: &Rejected) {
        row.show(|row| self.push_seen(row));
    }

    /// The same for a row of others that were set aside: there may be millions, of which none is taken apart.
    pub fn push_seen(&mut self, row: &Seen<'_, '_>) {
        let of = (row.input, row.place.file);
        if self.open.of.is_some_and(|known| known != of) {
            self.close();
        }
        let open = &mut self.open;
        if open.of.is_none() {
            (open.of, open.first, open.ascends) = (Some(of), row.place.row, true);
        } else {
            open.ascends &= open.last <= row.place.row;
        }
        open.last = row.place.row;
        write_row(row, &mut open.bytes, &mut open.columns);
        open.rows += 1;
        if open.rows >= ROWS_MAX || open.bytes.len() >= BYTES_MAX {
            self.close();
        }
    }

    /// Makes a block of what is open.
    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        let Some((input, file)) = open.of else { return };
        self.add(Block {
            input,
            file,
            rows_before: 0,
            lines_before: Some(0),
            start: 0,
            rows: open.rows,
            first: open.first,
            last: open.last,
            ascends: open.ascends,
            columns: open.columns,
            unpacked: open.bytes.len(),
            loose: open.bytes.len(),
            bytes: open.bytes.into_boxed_slice(),
        });
    }

    fn add(&mut self, mut block: Block) {
        block.start = self.len;
        self.len += block.rows;
        self.loose += block.loose;
        self.blocks.push(block);
        if self.loose > LOOSE_MAX {
            self.blocks.iter_mut().for_each(|block| self.loose -= block.pack());
        }
    }

    /// The rows of a batch are all there: of many, which wait for those of all other batches, the full blocks are packed.
    #[must_use]
    pub fn complete(mut self) -> Aside {
        self.close();
        self.blocks.iter_mut().filter(|block| block.is_full()).for_each(|block| self.loose -= block.pack());
        self
    }

    /// The rows of a batch, where it stands in its file. Their own places count from 0.
    #[must_use]
    pub fn placed(mut self, file: FileNo, first_row: u64, first_line: Option<u64>) -> Aside {
        self.close();
        for block in &mut self.blocks {
            (block.file, block.rows_before, block.lines_before) = (file, first_row, first_line);
        }
        self
    }

    pub fn append(&mut self, mut other: Aside) {
        self.close();
        other.close();
        other.blocks.into_iter().for_each(|block| self.add(block));
    }

    /// Shows all rows, one after the other.
    pub fn look(&self, mut see: impl FnMut(&Seen<'_, '_>)) {
        self.blocks.iter().for_each(|block| block.look(&mut see));
        self.open.look(&mut see);
    }

    /// All rows, one after the other, each on its own.
    pub fn iter(&self) -> impl Iterator<Item = Rejected> + '_ {
        self.blocks.iter().flat_map(Block::rows).chain(self.open.rows())
    }

    /// The rows of one input.
    pub fn of_input(&self, input: Input) -> Vec<Rejected> {
        let mut rows = Vec::new();
        let mut see = |row: &Seen<'_, '_>| rows.push(row.to_owned());
        self.blocks.iter().filter(|block| block.input == input).for_each(|block| block.look(&mut see));
        if self.open.of.is_some_and(|(open, _)| open == input) {
            self.open.look(&mut see);
        }
        rows
    }

    /// Some rows, by their position.
    pub fn range(&self, rows: std::ops::Range<usize>) -> impl Iterator<Item = Rejected> + '_ {
        let from = self.blocks.partition_point(|block| block.start + block.rows <= rows.start);
        let before = self.blocks.get(from).map_or(self.len, |block| block.start);
        let blocks = self.blocks.iter().skip(from).flat_map(Block::rows);
        blocks.chain(self.open.rows()).skip(rows.start.saturating_sub(before)).take(rows.len())
    }

    /// Where all rows stand.
    pub fn places(&self) -> Vec<(Input, Place)> {
        let mut places = Vec::with_capacity(self.len());
        self.look(|row| places.push((row.input, row.place)));
        places
    }

    /// Keeps the rows of which `keeps` says so.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Seen<'_, '_>) -> bool) {
        self.close();
        let old = std::mem::take(self);
        let mut kept = Vec::new();
        for block in old.blocks {
            kept.clear();
            block.look(&mut |row| kept.push(keeps(row)));
            if kept.iter().all(|kept| *kept) {
                self.close();
                self.add(block);
            } else {
                let rows = block.rows().into_iter().zip(&kept).filter(|(_, kept)| **kept);
                rows.for_each(|(row, _)| self.push(&row));
            }
        }
    }

    /// Sorted by input and place; rows of one place stay in their order.
    #[must_use]
    pub fn sorted(mut self) -> Aside {
        self.close();
        if self.ascends() {
            return self;
        }
        // Blocks that do not reach into each other are put in order whole.
        self.blocks.sort_by_key(|block| block.ends().0);
        let mut start = 0;
        for block in &mut self.blocks {
            block.start = start;
            start += block.rows;
        }
        if self.ascends() {
            return self;
        }
        let mut rows: Vec<Rejected> = self.iter().collect();
        rows.sort_by_key(|row| (row.input, row.place));
        rows.into_iter().collect()
    }

    fn ascends(&self) -> bool {
        self.blocks.iter().all(|block| block.ascends)
            && self.blocks.windows(2).all(|two| match two {
                [one, next] => one.ends().1 <= next.ends().0,
                _ => true,
            })
    }
}

impl FromIterator<Rejected> for Aside {
    fn from_iter<I: IntoIterator<Item = Rejected>>(rows: I) -> Aside {
        let mut aside = Aside::default();
        rows.into_iter().for_each(|row| aside.push(&row));
        aside
    }
}

impl Extend<Rejected> for Aside {
    fn extend<I: IntoIterator<Item = Rejected>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.push(&row));
    }
}

impl Open {
    fn look(&self, see: &mut impl FnMut(&Seen<'_, '_>)) {
        let Some((input, file)) = self.of else { return };
        let layout = Layout { input, file, rows_before: 0, lines_before: Some(0), columns: &self.columns };
        whole(read_rows(&self.bytes, self.rows, layout, see));
    }

    fn rows(&self) -> Vec<Rejected> {
        let mut rows = Vec::with_capacity(self.rows);
        self.look(&mut |row| rows.push(row.to_owned()));
        rows
    }
}

impl Block {
    /// Of its first and last row.
    fn ends(&self) -> ((Input, FileNo, u64), (Input, FileNo, u64)) {
        let key = |row: u64| (self.input, self.file, row.saturating_add(self.rows_before));
        (key(self.first), key(self.last))
    }

    fn is_full(&self) -> bool {
        self.rows >= ROWS_MAX || self.unpacked >= BYTES_MAX
    }

    /// How many bytes nobody has to try to pack any more. What cannot be packed is kept as it is: that is told by its length.
    fn pack(&mut self) -> usize {
        if self.loose > 0
            && let Some(packed) = packed(&self.bytes).filter(|packed| packed.len() < self.unpacked)
        {
            self.bytes = packed.into_boxed_slice();
        }
        std::mem::take(&mut self.loose)
    }

    fn look(&self, see: &mut impl FnMut(&Seen<'_, '_>)) {
        let layout = Layout {
            input: self.input,
            file: self.file,
            rows_before: self.rows_before,
            lines_before: self.lines_before,
            columns: &self.columns,
        };
        if self.bytes.len() == self.unpacked {
            whole(read_rows(&self.bytes, self.rows, layout, see));
        } else {
            let bytes = unpacked(&self.bytes, self.unpacked);
            whole(bytes.and_then(|bytes| read_rows(&bytes, self.rows, layout, see)));
        }
    }

    fn rows(&self) -> Vec<Rejected> {
        let mut rows = Vec::with_capacity(self.rows);
        self.look(&mut |row| rows.push(row.to_owned()));
        rows
    }
}

fn whole(read: Option<()>) {
    read.or_bug("rows that were set aside were written by this program a moment ago");
}

#[cfg(test)]
mod tests {
    use super::super::{Code, RowError};
    use super::*;

    fn row(input: Input, file: u32, row: u64) -> Rejected {
        let error = |column| RowError {
            code: Code::EmptyValue,
            column,
            message: format!("is empty in row {row}"),
            value: "é".repeat(row as usize % 5),
        };
        Rejected {
            input,
            place: Place { file: FileNo(file), row },
            line: (!row.is_multiple_of(3)).then_some(row + 1),
            id: format!("H{row}"),
            errors: if row.is_multiple_of(7) { vec![error("date"), error("hours")] } else { vec![error("")] },
            record: (!row.is_multiple_of(4)).then(|| ",".repeat(row as usize % 50)),
        }
    }

    fn rows() -> Vec<Rejected> {
        let orders = (1..=1_500).map(|nth| row(Input::Orders, 0, nth));
        let entries = (0..5_000).map(|nth| row(Input::Timesheets, 1 + (nth / 2_000) as u32, nth % 2_000 + 1));
        orders.chain(entries).collect()
    }

    #[test]
    fn rows_come_out_as_they_were_put_in_whole_or_in_part() {
        let rows = rows();
        let aside: Aside = rows.iter().cloned().collect();
        assert_eq!(aside.len(), rows.len());
        assert!(aside.iter().eq(rows.iter().cloned()));
        for range in [0..1, 0..rows.len(), 1_023..1_025, 1_499..1_501, 6_400..6_500, 6_499..6_600, 6_500..6_500] {
            let told: Vec<Rejected> = aside.range(range.clone()).collect();
            let end = range.end.min(rows.len());
            assert_eq!(told, rows[range.start..end], "{range:?}");
        }
        assert!(Aside::default().iter().next().is_none());
        for input in [Input::Orders, Input::Timesheets, Input::Teams] {
            let expected: Vec<Rejected> = rows.iter().filter(|row| row.input == input).cloned().collect();
            assert_eq!(aside.of_input(input), expected);
        }
        assert!(Aside::default().range(0..5).next().is_none());
    }

    #[test]
    fn a_batch_is_moved_to_its_place_and_appended() {
        let batch = |count: u64| (0..count).map(|at| Rejected { line: Some(at * 2), ..row(Input::Timesheets, 0, at) });
        let mut aside: Aside = batch(10).collect::<Aside>().placed(FileNo(3), 1, Some(2));
        aside.append(batch(5).collect::<Aside>().placed(FileNo(4), 100, None));
        let places: Vec<(u32, u64, Option<u64>)> =
            aside.iter().map(|row| (row.place.file.0, row.place.row, row.line)).collect();
        assert_eq!(places[0], (3, 1, Some(2)));
        assert_eq!(places[9], (3, 10, Some(20)));
        assert_eq!(places[10], (4, 100, None));
        assert_eq!((places[14], aside.len()), ((4, 104, None), 15));
        assert_eq!(aside.places()[14].1, Place { file: FileNo(4), row: 104 });
    }

    #[test]
    fn rows_are_sorted_and_some_are_left_out() {
        let mut rows = rows();
        let forwards: Aside = rows.iter().cloned().collect();
        assert!(forwards.sorted().iter().eq(rows.iter().cloned()));
        let mut later: Aside = rows[1_500..].iter().cloned().collect();
        later.append(rows[..1_500].iter().cloned().collect());
        assert!(later.sorted().iter().eq(rows.iter().cloned()));
        let backwards: Aside = rows.iter().rev().cloned().collect();
        let mut sorted = backwards.sorted();
        assert!(sorted.iter().eq(rows.iter().cloned()));
        sorted.retain(|row| row.place.row.is_multiple_of(2));
        rows.retain(|row| row.place.row.is_multiple_of(2));
        assert!(sorted.iter().eq(rows.iter().cloned()));
    }

    #[test]
    #[cfg(feature = "pack")]
    fn rows_that_say_the_same_take_few_bytes() {
        let like = |row: u64| Rejected {
            id: String::new(),
            record: Some(",,,,".to_owned()),
            ..self::row(Input::Timesheets, 0, row * 35)
        };
        let aside: Aside = (0..20_000).map(like).collect::<Aside>().complete();
        let bytes: usize = aside.blocks.iter().map(|block| block.bytes.len()).sum();
        assert!(bytes < 20_000 * 12, "{bytes}");
    }

    #[test]
    #[cfg(feature = "pack")]
    fn a_few_rows_of_each_of_many_batches_are_packed_once_they_are_much() {
        let record = "x".repeat(1_000);
        let batch = |first: u64| {
            let rows = (0..8).map(|at| Rejected { record: Some(record.clone()), ..row(Input::Timesheets, 0, at) });
            rows.collect::<Aside>().placed(FileNo(0), first, Some(first))
        };
        let (mut aside, mut most) = (Aside::default(), 0);
        for first in 0..6_000 {
            aside.append(batch(first * 8));
            most = most.max(aside.loose);
        }
        assert!(aside.loose < LOOSE_MAX && most > LOOSE_MAX / 2, "{} of {most} bytes are not packed", aside.loose);
        let bytes: usize = aside.blocks.iter().map(|block| block.bytes.len()).sum();
        assert!(bytes < LOOSE_MAX + (4 << 20), "{bytes}");
        let rows: Vec<u64> = aside.places().iter().map(|(_, place)| place.row).collect();
        assert!(rows.into_iter().eq(0..48_000));
        aside.retain(|row| row.place.row != 47_999);
        assert_eq!(aside.iter().map(|row| row.place.row).sum::<u64>(), (0..47_999).sum::<u64>());
    }
}
