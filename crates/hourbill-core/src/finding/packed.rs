//! Rows that were set aside as bytes: each with its record and its errors in words, one behind the other, and packed where there are many.

#[cfg(feature = "pack")]
pub(super) use zipped::{packed, unpacked};

use super::{Code, FileNo, Place, Rejected, RowError};
use crate::inputs::Input;

#[cfg(feature = "pack")]
mod zipped {
    use std::cell::RefCell;

    use zstd::bulk::{Compressor, Decompressor};

    /// Fast: rows that were set aside are alike, and little is left of them anyway.
    const LEVEL: i32 = 1;

    thread_local! {
        // What packs blocks takes a megabyte that is asked for once.
        static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
        static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }

    pub fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
        PACKER.with_borrow_mut(|packer| {
            let packer = match packer {
                Some(packer) => packer,
                None => packer.insert(Compressor::new(LEVEL).ok()?),
            };
            packer.compress(bytes).ok()
        })
    }

    pub fn unpacked(bytes: &[u8], len: usize) -> Option<Vec<u8>> {
        UNPACKER.with_borrow_mut(|unpacker| {
            let unpacker = match unpacker {
                Some(unpacker) => unpacker,
                None => unpacker.insert(Decompressor::new().ok()?),
            };
            unpacker.decompress(bytes, len).ok()
        })
    }
}

/// This build packs nothing: every block is kept as it is.
#[cfg(not(feature = "pack"))]
pub(super) fn packed(_: &[u8]) -> Option<Vec<u8>> {
    None
}

#[cfg(not(feature = "pack"))]
pub(super) fn unpacked(_: &[u8], _: usize) -> Option<Vec<u8>> {
    None
}

/// A row that was set aside, as it lies in the bytes.
#[derive(Debug)]
pub struct Seen<'a, 'b> {
    pub input: Input,
    pub place: Place,
    pub line: Option<u64>,
    pub id: &'a str,
    pub errors: &'b [SeenError<'a>],
    pub record: Option<&'a str>,
}

#[derive(Debug)]
pub struct SeenError<'a> {
    pub code: Code,
    pub column: &'static str,
    pub message: &'a str,
    pub value: &'a str,
}

impl Seen<'_, '_> {
    /// On its own.
    pub fn to_owned(&self) -> Rejected {
        Rejected {
            input: self.input,
            place: self.place,
            line: self.line,
            id: self.id.to_owned(),
            errors: self.errors.iter().map(SeenError::to_owned).collect(),
            record: self.record.map(str::to_owned),
        }
    }
}

impl SeenError<'_> {
    /// On its own.
    pub fn to_owned(&self) -> RowError {
        RowError {
            code: self.code,
            column: self.column,
            message: self.message.to_owned(),
            value: self.value.to_owned(),
        }
    }
}

impl RowError {
    fn seen(&self) -> SeenError<'_> {
        SeenError { code: self.code, column: self.column, message: &self.message, value: &self.value }
    }
}

impl Rejected {
    /// Shows the row as it would lie in the bytes.
    pub(super) fn show<T>(&self, see: impl FnOnce(&Seen<'_, '_>) -> T) -> T {
        let errors: Vec<SeenError<'_>> = self.errors.iter().map(RowError::seen).collect();
        let (input, place, line, record) = (self.input, self.place, self.line, self.record.as_deref());
        see(&Seen { input, place, line, id: &self.id, errors: &errors, record })
    }
}

pub(super) fn write_row(row: &Seen<'_, '_>, out: &mut Vec<u8>, columns: &mut Vec<&'static str>) {
    write_number(row.place.row, out);
    write_number(row.line.map_or(0, |line| line + 1), out);
    write_text(row.id, out);
    write_number(row.record.map_or(0, |record| record.len() as u64 + 1), out);
    out.extend_from_slice(row.record.unwrap_or_default().as_bytes());
    write_number(row.errors.len() as u64, out);
    for error in row.errors {
        let column = columns.iter().position(|known| *known == error.column).unwrap_or_else(|| {
            columns.push(error.column);
            columns.len() - 1
        });
        write_number(error.code as u64, out);
        write_number(column as u64, out);
        write_text(error.message, out);
        write_text(error.value, out);
    }
}

/// What tells the rows of a block that stand in bytes.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub input: Input,
    pub file: FileNo,
    /// Added to the rows and lines in the bytes: a batch does not know where it stands in its file.
    pub rows_before: u64,
    pub lines_before: Option<u64>,
    /// The names of columns that errors are about.
    pub columns: &'a [&'static str],
}

/// Shows `rows` rows one after the other. `None` when the bytes do not hold so many.
pub(super) fn read_rows(
    mut bytes: &[u8],
    rows: usize,
    layout: Layout<'_>,
    see: &mut impl FnMut(&Seen<'_, '_>),
) -> Option<()> {
    let mut errors = Vec::new();
    for _ in 0..rows {
        errors.clear();
        let row = read_number(&mut bytes)?.saturating_add(layout.rows_before);
        let line = read_number(&mut bytes)?.checked_sub(1);
        let line = line.zip(layout.lines_before).map(|(line, before)| line + before);
        let id = read_text(&mut bytes)?;
        let record = match read_number(&mut bytes)?.checked_sub(1) {
            Some(len) => Some(text_of(&mut bytes, len)?),
            None => None,
        };
        for _ in 0..read_number(&mut bytes)? {
            let code = *Code::ALL.get(usize::try_from(read_number(&mut bytes)?).ok()?)?;
            let column = *layout.columns.get(usize::try_from(read_number(&mut bytes)?).ok()?)?;
            errors.push(SeenError { code, column, message: read_text(&mut bytes)?, value: read_text(&mut bytes)? });
        }
        see(&Seen { input: layout.input, place: Place { file: layout.file, row }, line, id, errors: &errors, record });
    }
    Some(())
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

fn read_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let len = read_number(rest)?;
    text_of(rest, len)
}

fn text_of<'a>(rest: &mut &'a [u8], len: u64) -> Option<&'a str> {
    let (text, behind) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = behind;
    std::str::from_utf8(text).ok()
}
