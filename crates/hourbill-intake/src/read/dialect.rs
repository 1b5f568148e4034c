//! What a CSV file is written in: its encoding, which is decoded in a stream, and its delimiter, which is found from the header.

use encoding_rs::{Decoder, DecoderResult};

use super::ReadError;
use super::copied::Bytes;
use super::source::{Digest, Source};
use crate::job::Encoding;

/// Delimiters that are looked for, the likelier ones first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Stands in the decoded bytes for bytes that are no text: no UTF-8 holds it.
const UNDECODABLE: u8 = 0xff;
const RAW_BYTES: usize = 64 << 10;

/// The delimiter that stands most often between the cells of a header.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut outside = true;
    for byte in header {
        if *byte == b'"' {
            outside = !outside;
        } else if outside && let Some(at) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
            counts.iter_mut().skip(at).take(1).for_each(|count| *count += 1);
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    let first = counts.iter().position(|count| *count == most);
    first.and_then(|first| DELIMITERS.get(first)).copied().unwrap_or(b',')
}

/// The bytes of a file as UTF-8, without byte order mark. UTF-8 itself is passed on unchecked; what other encodings cannot decode
/// becomes bytes that are no UTF-8, so that it is found in the same place.
pub(super) struct Text<'a> {
    source: Source<'a>,
    decoding: Option<Box<Decoding>>,
    /// The first bytes of the file, read to see whether they are a byte order mark.
    head: Vec<u8>,
    written: Bytes,
}

struct Decoding {
    decoder: Decoder,
    raw: Vec<u8>,
    /// The part of `raw` that is still to be decoded.
    raw_left: std::ops::Range<usize>,
    /// All of the file is in `raw`.
    ended: bool,
    /// All of it is decoded.
    finished: bool,
    decoded: Vec<u8>,
    decoded_left: std::ops::Range<usize>,
}

impl<'a> Text<'a> {
    pub fn new(mut source: Source<'a>, encoding: Encoding) -> Result<Text<'a>, ReadError> {
        let mut head = [0; 3];
        let wanted = match encoding {
            Encoding::Utf8 => 3,
            Encoding::Utf16 => 2,
            Encoding::Windows1252 | Encoding::ShiftJis => 0,
        };
        let len = source.fill(head.get_mut(..wanted).unwrap_or_default())?;
        let head = head.get(..len).unwrap_or_default();
        let written = Bytes::of_file(head, encoding);
        let mut head = if written.mark { Vec::new() } else { head.to_vec() };
        let decoding = written.decoder().map(|encoding| {
            let raw = std::mem::take(&mut head);
            Box::new(Decoding {
                decoder: encoding.new_decoder_without_bom_handling(),
                raw_left: 0..raw.len(),
                raw,
                ended: false,
                finished: false,
                decoded: vec![0; 4 * RAW_BYTES],
                decoded_left: 0..0,
            })
        });
        Ok(Text { source, decoding, head, written })
    }

    pub fn shown(&self) -> &str {
        self.source.shown()
    }

    /// How the file is written.
    pub fn written(&self) -> Bytes {
        self.written
    }

    /// Fills the buffer unless the file ends before; says how much was filled.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let mut filled = 0;
        if let Some(decoding) = &mut self.decoding {
            while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                if decoding.decoded_left.is_empty() && !decoding.decode(&mut self.source)? {
                    break;
                }
                filled += copy(&decoding.decoded, &mut decoding.decoded_left, rest);
            }
            return Ok(filled);
        }
        if !self.head.is_empty() {
            let mut left = 0..self.head.len();
            filled = copy(&self.head, &mut left, buffer);
            self.head.drain(..filled);
        }
        let rest = buffer.get_mut(filled..).unwrap_or_default();
        Ok(filled + self.source.fill(rest)?)
    }

    pub fn finish(self) -> Result<Digest, ReadError> {
        self.source.finish()
    }
}

impl Decoding {
    /// Decodes some more; false at the end of the file.
    fn decode(&mut self, source: &mut Source<'_>) -> Result<bool, ReadError> {
        while !self.finished {
            if self.raw_left.is_empty() && !self.ended {
                self.raw.resize(RAW_BYTES, 0);
                self.raw_left = 0..source.fill(&mut self.raw)?;
                self.ended = self.raw_left.len() < RAW_BYTES;
            }
            let raw = self.raw.get(self.raw_left.clone()).unwrap_or_default();
            // Room is kept for the byte that stands for malformed ones.
            let room = self.decoded.len() - 1;
            let decoded = self.decoded.get_mut(..room).unwrap_or_default();
            let (result, read, mut written) = self.decoder.decode_to_utf8_without_replacement(raw, decoded, self.ended);
            self.raw_left.start += read;
            match result {
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    if let Some(next) = self.decoded.get_mut(written) {
                        *next = UNDECODABLE;
                        written += 1;
                    }
                }
            }
            if written > 0 {
                self.decoded_left = 0..written;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn copy(from: &[u8], left: &mut std::ops::Range<usize>, to: &mut [u8]) -> usize {
    let from = from.get(left.clone()).unwrap_or_default();
    let len = from.len().min(to.len());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    left.start += len;
    len
}
