//! A Parquet file in memory, in pieces: those of row groups that were read are given back while what is read of them grows.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

/// Bytes of a piece. The C library gives back to the system what is as large at once; what is smaller stays with the thread that asked for
/// it, where those that keep what was read do not get at it.
pub(super) const PIECE_BYTES: usize = 32 << 20;

/// The bytes of a file, as far as they are needed.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pieces: Arc<[Mutex<Option<Bytes>>]>,
    /// Bytes of every piece but the last, which may have fewer.
    of_piece: usize,
    len: usize,
}

impl Held {
    /// All pieces but the last have `of_piece` bytes.
    pub fn of(pieces: Vec<Bytes>, of_piece: usize) -> Held {
        let len = pieces.iter().map(Bytes::len).sum();
        Held { pieces: pieces.into_iter().map(|piece| Mutex::new(Some(piece))).collect(), of_piece, len }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    fn piece(&self, at: usize) -> Option<Bytes> {
        self.pieces.get(at)?.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A stretch of the file: as it lies there, or put together where it lies in several pieces. `None` where it ends before it begins, lies
    /// beyond the end, or was given back.
    pub fn get(&self, stretch: Range<usize>) -> Option<Bytes> {
        let Range { start, end } = stretch;
        if start > end || end > self.len {
            return None;
        }
        if start == end {
            return Some(Bytes::new());
        }
        let part = |piece: usize| {
            let before = piece * self.of_piece;
            let bytes = self.piece(piece)?;
            Some(bytes.slice(start.saturating_sub(before)..(end - before).min(bytes.len())))
        };
        let (first, last) = (start / self.of_piece, (end - 1) / self.of_piece);
        if first == last {
            return part(first);
        }
        let mut whole = Vec::with_capacity(end - start);
        for piece in first..=last {
            whole.extend_from_slice(&part(piece)?);
        }
        Some(Bytes::from(whole))
    }

    /// The end of the file from where its footer begins, as the file says.
    pub fn footer(&self) -> Bytes {
        const ENDING: usize = size_of::<u32>() + b"PAR1".len();
        let ending = self.get(self.len.saturating_sub(ENDING)..self.len).unwrap_or_default();
        let footer = || {
            let len = u32::from_le_bytes(*ending.first_chunk()?) as usize;
            self.get(self.len.checked_sub(ENDING)?.checked_sub(len)?..self.len)
        };
        footer().unwrap_or(ending)
    }
}

impl Length for Held {
    fn len(&self) -> u64 {
        self.len as u64
    }
}

/// Says the same of what lies beyond the end as the reader of [`Bytes`] does.
impl ChunkReader for Held {
    type T = Reading;

    fn get_read(&self, start: u64) -> ParquetResult<Reading> {
        match usize::try_from(start) {
            Ok(at) if at <= self.len => Ok(Reading { held: self.clone(), at }),
            _ => {
                let why = format!("Expected to read at offset {start}, while file has length {}", self.len);
                Err(ParquetError::EOF(why))
            }
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let stretch = || {
            let start = usize::try_from(start).ok()?;
            self.get(start..start.checked_add(length)?)
        };
        stretch().ok_or_else(|| {
            let why = format!("Expected to read {length} bytes at offset {start}, while file has length {}", self.len);
            ParquetError::EOF(why)
        })
    }
}

/// Reads a file from somewhere on.
pub(super) struct Reading {
    held: Held,
    at: usize,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.at / self.held.of_piece;
        let end = (piece + 1).saturating_mul(self.held.of_piece).min(self.held.len);
        let end = end.min(self.at.saturating_add(buffer.len()));
        let bytes = self.held.get(self.at..end).ok_or_else(|| io::Error::other("what was read was given back"))?;
        if let Some(front) = buffer.get_mut(..bytes.len()) {
            front.copy_from_slice(&bytes);
        }
        self.at = end;
        Ok(bytes.len())
    }
}

/// Which pieces of a file are still needed by row groups that are read one after the other.
pub(super) struct Uses {
    held: Held,
    /// By row group, its pieces.
    of_groups: Vec<Range<usize>>,
    /// By piece, how many row groups need it.
    left: Vec<AtomicUsize>,
}

impl Uses {
    /// The stretch of the file that each row group lies in. What none of them needs is given back at once.
    pub fn of(held: &Held, groups: impl Iterator<Item = Range<u64>>) -> Uses {
        let pieces = |stretch: Range<u64>| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let end = place(stretch.end).div_ceil(held.of_piece).min(held.pieces.len());
            (place(stretch.start) / held.of_piece).min(end)..end
        };
        let of_groups: Vec<Range<usize>> = groups.map(pieces).collect();
        let left: Vec<AtomicUsize> = held.pieces.iter().map(|_| AtomicUsize::new(1)).collect();
        let uses = Uses { held: held.clone(), of_groups, left };
        for pieces in &uses.of_groups {
            uses.left.get(pieces.clone()).unwrap_or_default().iter().for_each(|left| {
                left.fetch_add(1, Ordering::Relaxed);
            });
        }
        // Nobody reads from here on but row groups.
        uses.end_of(0..uses.left.len());
        uses
    }

    /// A row group was read.
    pub fn end(&self, group: usize) {
        if let Some(pieces) = self.of_groups.get(group) {
            self.end_of(pieces.clone());
        }
    }

    fn end_of(&self, pieces: Range<usize>) {
        for piece in pieces {
            let (Some(left), Some(held)) = (self.left.get(piece), self.held.pieces.get(piece)) else { continue };
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                held.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
        }
    }
}

#[cfg(test)]
impl From<Bytes> for Held {
    /// In pieces that are smaller than most of what is read at a time; no more than some hundred.
    fn from(bytes: Bytes) -> Held {
        let of_piece = (bytes.len() / 300).max(61);
        let pieces = (0..bytes.len()).step_by(of_piece);
        Held::of(pieces.map(|at| bytes.slice(at..(at + of_piece).min(bytes.len()))).collect(), of_piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize) -> Bytes {
        (0..len).map(|at| (at % 251) as u8).collect()
    }

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        read
    }

    #[test]
    fn every_stretch_is_what_it_would_be_in_one_piece() {
        for len in [0, 1, 60, 61, 62, 122, 150] {
            let (whole, held) = (bytes(len), Held::from(bytes(len)));
            for start in 0..=len + 1 {
                for end in 0..=len + 1 {
                    let expected = whole.get(start..end);
                    assert_eq!(held.get(start..end).as_deref(), expected, "{start}..{end} of {len}");
                    let length = end.saturating_sub(start);
                    let (found, expected) =
                        (held.get_bytes(start as u64, length), whole.get_bytes(start as u64, length));
                    assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(|error| error.to_string()));
                }
                let expected = whole.get_read(start as u64).map(all).map_err(|error| error.to_string());
                assert_eq!(held.get_read(start as u64).map(all).map_err(|error| error.to_string()), expected);
            }
        }
        assert!(Held::from(bytes(100)).get_bytes(u64::MAX, 2).is_err());
    }

    #[test]
    fn a_piece_is_given_back_with_the_last_row_group_that_needs_it() {
        let held = Held::from(bytes(61 * 6));
        // The first piece is nobody's; the fourth is needed by two, and one group lies beyond all else.
        let uses = Uses::of(&held, [61..200, 61 * 3 + 5..61 * 5, 61 * 5..u64::MAX].into_iter());
        let there = || (0..6).map(|at| held.piece(at).is_some()).collect::<Vec<_>>();
        assert_eq!(there(), [false, true, true, true, true, true]);
        uses.end(0);
        assert_eq!(there(), [false, false, false, true, true, true]);
        assert!(held.get(61..62).is_none() && held.get_bytes(61, 300).is_err());
        assert!(held.get_read(61).unwrap().read(&mut [0; 4]).is_err());
        uses.end(2);
        uses.end(1);
        uses.end(7);
        assert_eq!(there(), [false; 6]);
    }

    #[test]
    fn the_footer_is_where_the_file_says() {
        let ending = |len: u32| [&[7; 200][..], &len.to_le_bytes(), b"PAR1"].concat();
        assert_eq!(Held::from(Bytes::from(ending(150))).footer().len(), 158);
        assert_eq!(Held::from(Bytes::from(ending(200))).footer().len(), 208);
        assert_eq!(Held::from(Bytes::from(ending(201))).footer().len(), 8);
        assert_eq!(Held::from(bytes(3)).footer().len(), 3);
        assert_eq!(Held::from(bytes(0)).footer().len(), 0);
    }
}
