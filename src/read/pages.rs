//! The pages of a column of a Parquet file, looked at before anything of them is unpacked: a page says how large it will be, and the
//! `parquet` crate takes that for true when it asks for memory. What lies, or is larger than may be held, is refused here.
//!
//! Headers are Thrift in its compact protocol; what is not needed of them is stepped over.

use std::io::{self, Read};

use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;

/// Bytes of one page once unpacked. Writers close a page at 1 MiB or so, or make one of a whole row group.
pub(super) const PAGE_BYTES_MAX: u64 = 256 << 20;
/// Packed bytes that cannot unfold to more than a quarter of that are not tried beforehand.
const GZIP_RATIO: u64 = 1_032;
const LZ4_FRAME: [u8; 4] = [0x04, 0x22, 0x4D, 0x18];
const LZ4_RATIO: u64 = 255;
const DEPTH_MAX: u32 = 16;

/// What a column of a row group takes while it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// All pages, unpacked.
    pub bytes: u64,
    /// The dictionary.
    pub dictionary: u64,
    /// The largest page of values.
    pub largest: u64,
    /// Values of all pages, nulls included; of lists each of their items.
    pub values: u64,
    /// Values may repeat the one before: a page may unfold to its size times its values.
    pub repeats: bool,
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default)]
struct Header {
    kind: i64,
    unpacked: i64,
    packed: i64,
    values: i64,
    encoding: i64,
    /// Bytes of the levels of a page of the second kind, which are never packed.
    levels: i64,
}

const OF_VALUES: i64 = 0;
const OF_DICTIONARY: i64 = 2;
const OF_VALUES_2: i64 = 3;
/// DELTA_BYTE_ARRAY.
const REPEATING: i64 = 7;

/// Looks at all pages of a column of a row group.
///
/// # Errors
/// In words: a page that lies about itself, or is too large.
pub(super) fn pages(file: &[u8], chunk: &ColumnChunkMetaData) -> Result<Pages, String> {
    let (start, len) = chunk.byte_range();
    let end = start.checked_add(len).ok_or_else(cut_off)?;
    let (start, end) = (usize::try_from(start), usize::try_from(end));
    let (Ok(start), Ok(end)) = (start, end) else { return Err(cut_off()) };
    let mut rest = file.get(start..end).ok_or_else(cut_off)?;
    let mut found = Pages::default();
    while !rest.is_empty() {
        let mut thrift = Thrift { rest };
        let header = header(&mut thrift).ok_or("the header of a page cannot be read")?;
        let packed = usize::try_from(header.packed).map_err(|_| cut_off())?;
        let (page, behind) = thrift.rest.split_at_checked(packed).ok_or_else(cut_off)?;
        rest = behind;
        let unpacked = u64::try_from(header.unpacked).map_err(|_| "a page has less than no bytes")?;
        let values = u64::try_from(header.values).map_err(|_| "a page has less than no values")?;
        if unpacked > PAGE_BYTES_MAX {
            return Err(format!("a page in it has {unpacked} bytes, and one may have {PAGE_BYTES_MAX}"));
        }
        unpacks(page, &header, unpacked, chunk.compression())?;
        found.bytes = found.bytes.saturating_add(unpacked);
        match header.kind {
            // Each value takes a byte at least.
            OF_DICTIONARY if values > unpacked => return Err("a dictionary has more values than bytes".to_owned()),
            OF_DICTIONARY => found.dictionary = found.dictionary.saturating_add(unpacked),
            OF_VALUES | OF_VALUES_2 => {
                found.values = found.values.saturating_add(values);
                found.largest = found.largest.max(unpacked);
                found.repeats |= header.encoding == REPEATING;
            }
            _ => {}
        }
    }
    Ok(found)
}

fn cut_off() -> String {
    "a column reaches beyond the file, or a page beyond its column".to_owned()
}

/// Tries the packed bytes where unpacking has no end of its own.
fn unpacks(page: &[u8], header: &Header, unpacked: u64, compression: Compression) -> Result<(), String> {
    let lies = || format!("a page in it has more than the {unpacked} bytes that it says");
    let packed = page.len() as u64;
    match compression {
        Compression::GZIP(_) if packed.saturating_mul(GZIP_RATIO) > PAGE_BYTES_MAX => {
            let levels = usize::try_from(header.levels).ok().and_then(|levels| page.get(levels..));
            let mut unpacking = flate2::read::MultiGzDecoder::new(levels.ok_or_else(lies)?).take(unpacked + 1);
            // What is damaged is told by who reads it.
            match io::copy(&mut unpacking, &mut io::sink()) {
                Ok(bytes) if bytes > unpacked => Err(lies()),
                _ => Ok(()),
            }
        }
        // Frames of the older LZ4 are unpacked to their end, whatever that is; its blocks are not.
        Compression::LZ4 if page.starts_with(&LZ4_FRAME) && packed.saturating_mul(LZ4_RATIO) > 4 * PAGE_BYTES_MAX => {
            Err("a page in it is packed in a way that has no end".to_owned())
        }
        _ => Ok(()),
    }
}

fn header(thrift: &mut Thrift<'_>) -> Option<Header> {
    let mut header = Header::default();
    let mut field = 0;
    while let Some(kind) = thrift.field(&mut field)? {
        match (field, kind) {
            (1, INT) => header.kind = thrift.int()?,
            (2, INT) => header.unpacked = thrift.int()?,
            (3, INT) => header.packed = thrift.int()?,
            (5 | 7 | 8, STRUCT) => of_kind(thrift, field, &mut header)?,
            (_, kind) => thrift.step_over(kind, 0)?,
        }
    }
    Some(header)
}

/// What only pages of a kind say. The first field of all is the number of their values.
fn of_kind(thrift: &mut Thrift<'_>, of: i16, header: &mut Header) -> Option<()> {
    let mut field = 0;
    while let Some(kind) = thrift.field(&mut field)? {
        match (of, field, kind) {
            (_, 1, INT) => header.values = thrift.int()?,
            (5, 2, INT) | (8, 4, INT) => header.encoding = thrift.int()?,
            (8, 5 | 6, INT) => header.levels = header.levels.checked_add(thrift.int()?)?,
            (.., kind) => thrift.step_over(kind, 0)?,
        }
    }
    Some(())
}

const BYTE: u8 = 3;
const INT: u8 = 5;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// Bytes of a structure, read from their start.
struct Thrift<'a> {
    rest: &'a [u8],
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn int(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn leave_out(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Moves to the next field and says its type; `Some(None)` at the end of the structure.
    fn field(&mut self, field: &mut i16) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i16::from(head >> 4);
        *field = if step == 0 { i16::try_from(self.int()?).ok()? } else { field.checked_add(step)? };
        Some(Some(match head & 0x0f {
            // 16, 32 and 64 bits look alike.
            4..=6 => INT,
            kind => kind,
        }))
    }

    fn step_over(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            // Flags that stand in the head of their field.
            1 | 2 => Some(()),
            BYTE => self.leave_out(1),
            4..=6 => self.int().map(|_| ()),
            DOUBLE => self.leave_out(8),
            BINARY => {
                let len = self.varint()?;
                self.leave_out(len)
            }
            LIST | SET => {
                let head = self.byte()?;
                let len = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                (0..len).try_for_each(|_| self.item(head & 0x0f, depth))
            }
            MAP => {
                let len = self.varint()?;
                let kinds = if len == 0 { 0 } else { self.byte()? };
                (0..len).try_for_each(|_| {
                    self.item(kinds >> 4, depth)?;
                    self.item(kinds & 0x0f, depth)
                })
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.step_over(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// One of several; flags take a byte there.
    fn item(&mut self, kind: u8, depth: u32) -> Option<()> {
        match kind {
            1 | 2 => self.leave_out(1),
            kind => self.step_over(kind, depth + 1),
        }
    }
}
