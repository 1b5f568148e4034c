//! Rows that were set aside, as many as there may be: packed, since each has its whole record and every error in words, and a file may have
//! millions that say the same. They come out as they were put in, in the same order.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

use super::{Code, FileNo, Place, Rejected, RowError};
use crate::bug::OrBug;
use crate::inputs::Input;

/// A block is packed when it has so many rows or bytes.
const ROWS_MAX: usize = 1_024;
const BYTES_MAX: usize = 256 << 10;
/// Fast: rows that were set aside are alike, and little is left of them anyway.
const LEVEL: i32 = 1;

thread_local! {
    // A batch may set a few rows aside, and there are thousands of batches: what packs them takes a megabyte that is asked for once.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        let packer = match packer {
            Some(packer) => packer,
            None => packer.insert(Compressor::new(LEVEL).ok()?),
        };
        packer.compress(bytes).ok()
    })
}

fn unpacked_to(bytes: &[u8], len: usize) -> Option<Vec<u8>> {
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            None => unpacker.insert(Decompressor::new().ok()?),
        };
        unpacker.decompress(bytes, len).ok()
    })
}

/// What was set aside, in the order in which it was put in.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    blocks: Vec<Block>,
    /// Rows of all blocks.
    len: usize,
    open: Open,
}

/// The rows that are not packed yet, all of one file.
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
    unpacked: usize,
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
        let of = (row.input, row.place.file);
        if self.open.of.is_some_and(|known| known != of) {
            self.pack();
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
            self.pack();
        }
    }

    /// Packs what is open: nothing is added to it any more.
    fn pack(&mut self) {
        let open = std::mem::take(&mut self.open);
        let Some((input, file)) = open.of else { return };
        // What cannot be packed is kept as it is: that is told by its length.
        let unpacked = open.bytes.len();
        let packed = packed(&open.bytes).filter(|packed| packed.len() < unpacked);
        let bytes = packed.unwrap_or(open.bytes).into_boxed_slice();
        self.blocks.push(Block {
            input,
            file,
            rows_before: 0,
            lines_before: Some(0),
            start: self.len,
            rows: open.rows,
            first: open.first,
            last: open.last,
            ascends: open.ascends,
            columns: open.columns,
            unpacked,
            bytes,
        });
        self.len += open.rows;
    }

    /// The rows of a batch, where it stands in its file. Their own places count from 0.
    #[must_use]
    pub fn placed(mut self, file: FileNo, first_row: u64, first_line: Option<u64>) -> Aside {
        self.pack();
        for block in &mut self.blocks {
            (block.file, block.rows_before, block.lines_before) = (file, first_row, first_line);
        }
        self
    }

    pub fn append(&mut self, mut other: Aside) {
        self.pack();
        other.pack();
        for mut block in other.blocks {
            block.start += self.len;
            self.blocks.push(block);
        }
        self.len += other.len;
    }

    /// All rows, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Rejected> + '_ {
        let open = self.open.of.into_iter().flat_map(|(input, file)| self.open.told(input, file));
        self.blocks.iter().flat_map(Block::told).chain(open)
    }

    /// Some rows, by their position.
    pub fn range(&self, rows: std::ops::Range<usize>) -> impl Iterator<Item = Rejected> + '_ {
        let from = self.blocks.partition_point(|block| block.start + block.rows <= rows.start);
        let before = self.blocks.get(from).map_or(self.len, |block| block.start);
        let blocks = self.blocks.iter().skip(from).flat_map(Block::told);
        let open = self.open.of.into_iter().flat_map(|(input, file)| self.open.told(input, file));
        blocks.chain(open).skip(rows.start.saturating_sub(before)).take(rows.len())
    }

    /// Where all rows stand.
    pub fn places(&self) -> Vec<(Input, Place)> {
        self.iter().map(|row| (row.input, row.place)).collect()
    }

    /// Keeps the rows of which `keeps` says so.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Rejected) -> bool) {
        let kept: Vec<bool> = self.iter().map(|row| keeps(&row)).collect();
        if kept.iter().all(|kept| *kept) {
            return;
        }
        let rows = self.iter().zip(&kept).filter(|(_, kept)| **kept);
        let some: Aside = rows.map(|(row, _)| row).collect();
        *self = some;
    }

    /// Sorted by input and place; rows of one place stay in their order.
    #[must_use]
    pub fn sorted(mut self) -> Aside {
        self.pack();
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
    fn told(&self, input: Input, file: FileNo) -> Vec<Rejected> {
        let mut rest = self.bytes.as_slice();
        (0..self.rows).map_while(|_| read_row(&mut rest, input, file, &self.columns)).collect()
    }
}

impl Block {
    /// Of its first and last row.
    fn ends(&self) -> ((Input, FileNo, u64), (Input, FileNo, u64)) {
        let key = |row: u64| (self.input, self.file, row + self.rows_before);
        (key(self.first), key(self.last))
    }

    fn told(&self) -> Vec<Rejected> {
        let unpacked;
        let mut rest = if self.bytes.len() == self.unpacked {
            self.bytes.as_ref()
        } else {
            unpacked = unpacked_to(&self.bytes, self.unpacked).or_bug("it was packed by this program a moment ago");
            unpacked.as_slice()
        };
        let rows = (0..self.rows).map_while(|_| read_row(&mut rest, self.input, self.file, &self.columns));
        let mut rows: Vec<Rejected> = rows.collect();
        // It was packed by this program a moment ago.
        assert_eq!(rows.len(), self.rows, "rows that were set aside are not what they were");
        for row in &mut rows {
            row.place.row += self.rows_before;
            row.line = row.line.zip(self.lines_before).map(|(line, before)| line + before);
        }
        rows
    }
}

fn write_row(row: &Rejected, out: &mut Vec<u8>, columns: &mut Vec<&'static str>) {
    write_number(row.place.row, out);
    write_number(row.line.map_or(0, |line| line + 1), out);
    write_text(&row.id, out);
    write_number(row.record.as_ref().map_or(0, |record| record.len() as u64 + 1), out);
    out.extend_from_slice(row.record.as_deref().unwrap_or_default().as_bytes());
    write_number(row.errors.len() as u64, out);
    for error in &row.errors {
        let column = columns.iter().position(|known| *known == error.column).unwrap_or_else(|| {
            columns.push(error.column);
            columns.len() - 1
        });
        write_number(error.code as u64, out);
        write_number(column as u64, out);
        write_text(&error.message, out);
        write_text(&error.value, out);
    }
}

fn read_row(rest: &mut &[u8], input: Input, file: FileNo, columns: &[&'static str]) -> Option<Rejected> {
    let place = Place { file, row: read_number(rest)? };
    let line = read_number(rest)?.checked_sub(1);
    let id = read_text(rest)?;
    let record = match read_number(rest)?.checked_sub(1) {
        Some(len) => Some(text_of(rest, len)?),
        None => None,
    };
    let mut errors = Vec::new();
    for _ in 0..read_number(rest)? {
        let code = *Code::ALL.get(usize::try_from(read_number(rest)?).ok()?)?;
        let column = *columns.get(usize::try_from(read_number(rest)?).ok()?)?;
        errors.push(RowError { code, column, message: read_text(rest)?, value: read_text(rest)? });
    }
    Some(Rejected { input, place, line, id, errors, record })
}

/// Seven bits a byte, the lowest first.
fn write_number(number: u64, out: &mut Vec<u8>) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_number(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

fn read_text(rest: &mut &[u8]) -> Option<String> {
    let len = read_number(rest)?;
    text_of(rest, len)
}

fn text_of(rest: &mut &[u8], len: u64) -> Option<String> {
    let (text, behind) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = behind;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
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
    fn rows_that_say_the_same_take_few_bytes() {
        let like = |row: u64| Rejected {
            id: String::new(),
            record: Some(",,,,".to_owned()),
            ..self::row(Input::Timesheets, 0, row * 35)
        };
        let aside: Aside = (0..20_000).map(like).collect();
        let bytes: usize = aside.blocks.iter().map(|block| block.bytes.len()).sum();
        assert!(bytes < 20_000 * 12, "{bytes}");
    }
}
