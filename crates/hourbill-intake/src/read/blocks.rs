//! A file cut into blocks of whole records, so that threads can read them side by side.
//!
//! A cut is a line end with an even number of quotes before it. As long as the file obeys RFC 4180 that is the end of a record;
//! where it does not, the cuts after the first error may be wrong, but nothing behind the first error is ever used.

use std::ops::Range;

use super::ReadError;
use super::copied::Bytes;
use super::dialect::Text;

/// How a file is cut. It reaches no result but the number of batches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub block_bytes: usize,
    /// A longer record is refused: it is a quote that never closes, or no CSV.
    pub record_bytes_max: usize,
}

impl Default for Cut {
    fn default() -> Cut {
        Cut { block_bytes: 1 << 19, record_bytes_max: 64 << 20 }
    }
}

/// Whole records, each with its line end, in a buffer that is used again.
#[derive(Default)]
pub(super) struct Block {
    buffer: Vec<u8>,
    range: Range<usize>,
    /// The record at its start is longer than a record may be, and cut off.
    pub long_record: bool,
}

impl Block {
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }

    /// Takes the first bytes off.
    pub fn skip(&mut self, bytes: usize) {
        self.range.start = (self.range.start + bytes).min(self.range.end);
    }
}

pub(super) struct Blocks<'a> {
    text: Text<'a>,
    cut: Cut,
    /// The start of a record that the last block did not end.
    rest: Vec<u8>,
    rest_inside: bool,
    ended: bool,
}

impl<'a> Blocks<'a> {
    pub fn new(text: Text<'a>, cut: Cut) -> Blocks<'a> {
        Blocks { text, cut, rest: Vec::new(), rest_inside: false, ended: false }
    }

    pub fn shown(&self) -> &str {
        self.text.shown()
    }

    /// How the file is written.
    pub fn written(&self) -> Bytes {
        self.text.written()
    }

    /// Reads the next block into the buffer of `block`; false at the end of the file.
    ///
    /// Blocks are filled in full whatever the file system hands out, so the same file is always cut alike.
    pub fn next(&mut self, block: &mut Block) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        let Cut { block_bytes, record_bytes_max } = self.cut;
        let mut buffer = std::mem::take(&mut block.buffer);
        if buffer.len() > 4 * block_bytes {
            // A long record needed it.
            buffer = Vec::new();
        }
        let mut len = self.rest.len();
        grow(&mut buffer, len.max(block_bytes) + 1);
        for (to, from) in buffer.iter_mut().zip(self.rest.drain(..)) {
            *to = from;
        }
        let mut inside = self.rest_inside;
        // Each round doubles what a record without end has, so that nothing is searched twice.
        loop {
            let wanted = if len < block_bytes { block_bytes } else { len.saturating_mul(2).min(record_bytes_max) };
            grow(&mut buffer, wanted + 1);
            let read = self.text.fill(buffer.get_mut(len..wanted).unwrap_or_default())?;
            let new = buffer.get(len..len + read).unwrap_or_default();
            let (cut, inside_behind) = last_record_end(new, inside);
            if let Some(cut) = cut {
                let cut = len + cut;
                self.rest.extend_from_slice(buffer.get(cut..len + read).unwrap_or_default());
                self.rest_inside = inside_behind;
                *block = Block { buffer, range: 0..cut, long_record: false };
                return Ok(true);
            }
            len += read;
            inside = inside_behind;
            let long_record = len >= record_bytes_max.max(block_bytes);
            if len < wanted || long_record {
                self.ended = true;
                // The last line of a file may lack its line end.
                if let Some(next) = buffer.get_mut(len).filter(|_| len > 0 && !long_record) {
                    *next = b'\n';
                    len += 1;
                }
                *block = Block { buffer, range: 0..len, long_record };
                return Ok(len > 0);
            }
        }
    }

    /// The text, to be finished: only when it was read to its end.
    pub fn into_text(self) -> Text<'a> {
        self.text
    }
}

fn grow(buffer: &mut Vec<u8>, len: usize) {
    if buffer.capacity() == 0 {
        // Zeros that the system gives: of a small file no more than its own bytes is ever touched.
        *buffer = vec![0; len];
    } else if buffer.len() < len {
        buffer.resize(len, 0);
    }
}

/// Where the last record of `bytes` ends, and whether the bytes end inside a quoted cell.
fn last_record_end(bytes: &[u8], inside: bool) -> (Option<usize>, bool) {
    let quotes = memchr::memchr_iter(b'"', bytes).count();
    let inside_behind = inside ^ (quotes % 2 == 1);
    let mut inside = inside_behind;
    let found = memchr::memrchr2_iter(b'\n', b'"', bytes).find(|at| {
        let newline = bytes.get(*at) == Some(&b'\n');
        inside ^= !newline;
        newline && !inside
    });
    (found.map(|at| at + 1), inside_behind)
}
