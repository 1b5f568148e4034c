//! The pages of a column of a Parquet file, looked at before anything of them is unpacked: a page says how large it will be, and the
//! `parquet` crate takes that for true when it asks for memory. What lies, or is larger than may be held, is refused here.
//! Where a page of texts begins with their lengths, these are packed with all else, and the crate takes their number for true as well: such
//! pages are unpacked once beforehand.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::held::Held;
use super::thrift::{INT, STRUCT, Thrift};

/// Bytes of one page once unpacked. Writers close a page at 1 MiB or so, or make one of a whole row group.
pub(super) const PAGE_BYTES_MAX: u64 = 256 << 20;
/// Packed bytes that cannot unfold to more than a quarter of that are not tried beforehand.
const GZIP_RATIO: u64 = 1_032;
const LZ4_FRAME: [u8; 4] = [0x04, 0x22, 0x4D, 0x18];
const LZ4_RATIO: u64 = 255;
/// Most headers have far fewer bytes; one may have the least and the greatest text of its page.
const HEADER_BYTES: usize = 4 << 10;

/// What a column of a row group takes while it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// All pages, unpacked.
    pub bytes: u64,
    /// The dictionary.
    pub dictionary: u64,
    /// The largest page of values.
    pub largest: u64,
    /// The largest page as it stands in the file.
    pub packed: u64,
    /// Values of all pages, nulls included; of lists each of their items.
    pub values: u64,
    /// Bytes of one value that take no place in a page: each may repeat the one before it, or be nothing of a fixed width.
    pub unseen: u64,
    /// Lengths of texts, once unpacked, of one page.
    pub lengths: u64,
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
/// DELTA_LENGTH_BYTE_ARRAY.
const WITH_LENGTHS: i64 = 6;
/// DELTA_BYTE_ARRAY.
const REPEATING: i64 = 7;
/// In memory, a length and what grows with it.
const LENGTH_BYTES: u64 = 8;

/// Looks at all pages of a column of a row group.
///
/// # Errors
/// In words: a page that lies about itself, or is too large.
pub(super) fn pages(file: &Held, chunk: &ColumnChunkMetaData) -> Result<Pages, String> {
    let (start, len) = chunk.byte_range();
    let end = start.checked_add(len).ok_or_else(cut_off)?;
    let (start, end) = (usize::try_from(start), usize::try_from(end));
    let (Ok(start), Ok(end)) = (start, end) else { return Err(cut_off()) };
    if end > file.len() {
        return Err(cut_off());
    }
    let mut found = Pages::default();
    let (mut repeats, mut has_lengths) = (false, false);
    let mut at = start;
    while at < end {
        let (header, header_bytes) = header_at(file, at..end).ok_or("the header of a page cannot be read")?;
        let page = at + header_bytes;
        let packed = usize::try_from(header.packed).map_err(|_| cut_off())?;
        at = page.checked_add(packed).filter(|behind| *behind <= end).ok_or_else(cut_off)?;
        let unpacked = u64::try_from(header.unpacked).map_err(|_| "a page has less than no bytes")?;
        let values = u64::try_from(header.values).map_err(|_| "a page has less than no values")?;
        if unpacked > PAGE_BYTES_MAX {
            return Err(format!("a page in it has {unpacked} bytes, and one may have {PAGE_BYTES_MAX}"));
        }
        unpacks(file, page..at, &header, unpacked, chunk.compression())?;
        found.packed = found.packed.max(packed as u64);
        found.bytes = found.bytes.saturating_add(unpacked);
        match header.kind {
            // Each value takes a byte at least.
            OF_DICTIONARY if values > unpacked => return Err("a dictionary has more values than bytes".to_owned()),
            OF_DICTIONARY => found.dictionary = found.dictionary.saturating_add(unpacked),
            OF_VALUES | OF_VALUES_2 => {
                found.values = found.values.saturating_add(values);
                found.largest = found.largest.max(unpacked);
                repeats |= header.encoding == REPEATING;
                has_lengths |= matches!(header.encoding, WITH_LENGTHS | REPEATING);
            }
            _ => {}
        }
    }
    if repeats {
        found.unseen = found.largest;
    }
    if chunk.column_type() == Type::FIXED_LEN_BYTE_ARRAY {
        found.unseen = found.unseen.max(u64::try_from(chunk.column_descr().type_length()).unwrap_or(0));
    }
    if has_lengths {
        found.lengths = lengths(file, chunk)?;
    }
    Ok(found)
}

/// Bytes of the longest text of the dictionary of a column; its pages were looked at.
pub(super) fn longest_of_dictionary(file: &Held, chunk: &ColumnChunkMetaData) -> Result<u64, ParquetError> {
    let mut pages = SerializedPageReader::new(Arc::new(file.clone()), chunk, 0, None)?;
    let Some(Page::DictionaryPage { buf, .. }) = pages.get_next_page()? else { return Ok(0) };
    if chunk.column_type() != Type::BYTE_ARRAY {
        return Ok(0);
    }
    let (mut rest, mut longest) = (&buf[..], 0);
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length);
        longest = longest.max(u64::from(length));
        // What reaches beyond the page is told by who reads it.
        rest = behind.get(length as usize..).unwrap_or_default();
    }
    Ok(longest)
}

/// Bytes that the lengths of the texts of a page take at most. A page that says to have more of them than it has texts is refused.
fn lengths(file: &Held, chunk: &ColumnChunkMetaData) -> Result<u64, String> {
    let pages = SerializedPageReader::new(Arc::new(file.clone()), chunk, 0, None);
    let mut pages = pages.map_err(|error| error.to_string())?;
    let mut most = 0;
    while let Some(page) = pages.get_next_page().map_err(|error| error.to_string())? {
        let (buf, values, encoding, before) = match &page {
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                let of = chunk.column_descr();
                let levels = [(of.max_rep_level(), rep_level_encoding), (of.max_def_level(), def_level_encoding)];
                (buf, num_values, encoding, levels_bytes(buf, *num_values, levels))
            }
            Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let bytes = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                (buf, num_values, encoding, usize::try_from(bytes).ok())
            }
            Page::DictionaryPage { .. } => continue,
        };
        let times = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => continue,
        };
        let lies = || "a page in it lies about the lengths of its texts".to_owned();
        let mut packed = Thrift { rest: before.and_then(|before| buf.get(before..)).ok_or_else(lies)? };
        let mut in_page = 0;
        for _ in 0..times {
            let count = packed_lengths(&mut packed, u64::from(*values)).ok_or_else(lies)?;
            in_page += count * LENGTH_BYTES;
        }
        most = most.max(in_page);
    }
    Ok(most)
}

/// Bytes of the levels that stand before the values of a page of the first kind.
fn levels_bytes(page: &[u8], values: u32, levels: [(i16, &Encoding); 2]) -> Option<usize> {
    let mut bytes: usize = 0;
    for (max, encoding) in levels.into_iter().filter(|(max, _)| *max > 0) {
        let of_level = match encoding {
            Encoding::RLE => u64::from(u32::from_le_bytes(*page.get(bytes..)?.first_chunk()?)).checked_add(4)?,
            _ => (u64::from(values) * u64::from(i16::BITS - max.leading_zeros())).div_ceil(8),
        };
        bytes = bytes.checked_add(usize::try_from(of_level).ok()?)?;
    }
    Some(bytes)
}

/// Steps over packed lengths and says how many there are: not more than `values`.
fn packed_lengths(packed: &mut Thrift<'_>, values: u64) -> Option<u64> {
    let (block, small, count) = (packed.varint()?, packed.varint()?, packed.varint()?);
    packed.int()?;
    let of_small = block.checked_div(small).filter(|of_small| *of_small > 0)?;
    if count > values {
        return None;
    }
    let mut left = count.saturating_sub(1);
    while left > 0 {
        packed.int()?;
        let widths = packed.rest.get(..usize::try_from(small).ok()?)?;
        packed.leave_out(small)?;
        for width in widths {
            if left == 0 {
                break;
            }
            packed.leave_out(u64::from(*width).checked_mul(of_small)? / 8)?;
            left = left.saturating_sub(of_small);
        }
    }
    Some(count)
}

fn cut_off() -> String {
    "a column reaches beyond the file, or a page beyond its column".to_owned()
}

/// Tries the packed bytes where unpacking has no end of its own.
fn unpacks(
    file: &Held,
    page: Range<usize>,
    header: &Header,
    unpacked: u64,
    compression: Compression,
) -> Result<(), String> {
    let lies = || format!("a page in it has more than the {unpacked} bytes that it says");
    let packed = page.len() as u64;
    match compression {
        Compression::GZIP(_) if packed.saturating_mul(GZIP_RATIO) > PAGE_BYTES_MAX => {
            let levels = u64::try_from(header.levels).ok().filter(|levels| *levels <= packed).ok_or_else(lies)?;
            let reader = file.get_read(page.start as u64 + levels).map_err(|_| cut_off())?;
            let mut unpacking = flate2::read::MultiGzDecoder::new(reader.take(packed - levels)).take(unpacked + 1);
            // What is damaged is told by who reads it.
            match io::copy(&mut unpacking, &mut io::sink()) {
                Ok(bytes) if bytes > unpacked => Err(lies()),
                _ => Ok(()),
            }
        }
        // Frames of the older LZ4 are unpacked to their end, whatever that is; its blocks are not.
        Compression::LZ4 if packed.saturating_mul(LZ4_RATIO) > 4 * PAGE_BYTES_MAX => {
            let front = file.get(page.start..page.start + LZ4_FRAME.len());
            match front.is_some_and(|front| front == LZ4_FRAME[..]) {
                true => Err("a page in it is packed in a way that has no end".to_owned()),
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// The header at the start of a stretch, and its bytes: as much is looked at as it has.
fn header_at(file: &Held, stretch: Range<usize>) -> Option<(Header, usize)> {
    let mut len = HEADER_BYTES.min(stretch.len());
    loop {
        let front = file.get(stretch.start..stretch.start + len)?;
        let mut thrift = Thrift { rest: &front };
        match header(&mut thrift) {
            Some(header) => return Some((header, front.len() - thrift.rest.len())),
            None if len == stretch.len() => return None,
            None => len = len.saturating_mul(8).min(stretch.len()),
        }
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
