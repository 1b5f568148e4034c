//! A file on its way in: read once with read(2), hashed as it is read, unpacked in a stream, and refused when it changed meanwhile.
//!
//! Files are never mapped into memory: others may truncate them.

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::endings::Packing;
use super::{Follow, ReadError, foreign, room};

/// Bytes of one read: hashed while they are still in the cache.
const READ_BYTES: usize = 256 << 10;

/// What was read, as it lies on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    pub bytes: u64,
    pub blake3: String,
}

/// The unpacked bytes of a file.
pub(super) struct Source<'a> {
    shown: String,
    path: PathBuf,
    before: Stat,
    unpacked: Unpacked<'a>,
    unpacked_bytes: u64,
    unpacked_bytes_max: u64,
}

enum Unpacked<'a> {
    Plain(Box<Metered<'a>>),
    Gzip(Box<flate2::bufread::MultiGzDecoder<BufReader<Metered<'a>>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Metered<'a>>>>),
}

impl<'a> Source<'a> {
    pub fn open(
        path: &Path,
        shown: &str,
        packing: Packing,
        unpacked_bytes_max: u64,
        follow: &'a dyn Follow,
    ) -> Result<Source<'a>, ReadError> {
        let failed = |source| ReadError::Io { file: shown.to_owned(), doing: "open", source };
        let file = crate::regular::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let metered = Metered { file, hasher: blake3::Hasher::new(), bytes: 0, follow };
        let unpacked = match packing {
            Packing::None => Unpacked::Plain(Box::new(metered)),
            Packing::Gzip => {
                let buffered = BufReader::with_capacity(READ_BYTES, metered);
                Unpacked::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(buffered)))
            }
            Packing::Zstd => {
                let buffered = BufReader::with_capacity(READ_BYTES, metered);
                Unpacked::Zstd(Box::new(zstd::Decoder::with_buffer(buffered).map_err(failed)?))
            }
        };
        Ok(Source {
            shown: shown.to_owned(),
            path: path.to_owned(),
            before: Stat::of(&metadata),
            unpacked,
            unpacked_bytes: 0,
            unpacked_bytes_max,
        })
    }

    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Fills the buffer unless the file ends before; says how much was filled.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let len = rest.len().min(READ_BYTES);
            let Some(rest) = rest.get_mut(..len) else { break };
            let read = match &mut self.unpacked {
                Unpacked::Plain(file) => file.read(rest),
                Unpacked::Gzip(decoder) => foreign::guarded_as(|| decoder.read(rest), io::Error::other),
                Unpacked::Zstd(decoder) => foreign::guarded_as(|| decoder.read(rest), io::Error::other),
            };
            match read {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    self.unpacked_bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
            if self.unpacked_bytes > self.unpacked_bytes_max {
                return Err(ReadError::TooLarge { file: self.shown.clone(), bytes_max: self.unpacked_bytes_max });
            }
        }
        Ok(filled)
    }

    fn failed(&self, error: io::Error) -> ReadError {
        let file = self.shown.clone();
        match error.downcast::<FileFailed>() {
            Ok(FileFailed(source)) => ReadError::Io { file, doing: "read", source },
            Err(error) => ReadError::BadCompression { file, detail: error.to_string() },
        }
    }

    /// Ends the reading of a file that was read to its end: the one way to its hash.
    pub fn finish(self) -> Result<Digest, ReadError> {
        let Source { shown, path, before, unpacked, .. } = self;
        let packed = !matches!(unpacked, Unpacked::Plain(_));
        let (mut metered, unread) = match unpacked {
            Unpacked::Plain(file) => (*file, 0),
            Unpacked::Gzip(decoder) => left_over(decoder.into_inner()),
            Unpacked::Zstd(decoder) => left_over(decoder.finish()),
        };
        let failed = |source| ReadError::Io { file: shown.clone(), doing: "read", source };
        let mut more = [0];
        let more = loop {
            match metered.read(&mut more) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(failed)?,
            }
        };
        if packed && unread + more > 0 {
            let detail = "bytes follow the packed data".to_owned();
            return Err(ReadError::BadCompression { file: shown, detail });
        }
        let same_file = Stat::of(&metered.file.metadata().map_err(failed)?) == before;
        let same_path = fs::metadata(&path).is_ok_and(|metadata| Stat::of(&metadata) == before);
        if !same_file || !same_path || metered.bytes != before.size {
            return Err(ReadError::Changed { file: shown });
        }
        Ok(Digest { bytes: metered.bytes, blake3: metered.hasher.finalize().to_hex().to_string() })
    }
}

fn left_over<R: Read>(buffered: BufReader<R>) -> (R, usize) {
    let unread = buffered.buffer().len();
    (buffered.into_inner(), unread)
}

/// A whole file in memory, for formats that are read from their end.
pub(super) fn whole(
    path: &Path,
    shown: &str,
    bytes_max: u64,
    follow: &dyn Follow,
) -> Result<(Vec<u8>, Digest), ReadError> {
    let (pieces, digest) = in_pieces(path, shown, (bytes_max, usize::MAX), follow)?;
    Ok((pieces.into_iter().next().unwrap_or_default(), digest))
}

/// The same in pieces of so many bytes; the last may have fewer.
pub(super) fn in_pieces(
    path: &Path,
    shown: &str,
    (bytes_max, of_piece): (u64, usize),
    follow: &dyn Follow,
) -> Result<(Vec<Vec<u8>>, Digest), ReadError> {
    let mut source = Source::open(path, shown, Packing::None, bytes_max, follow)?;
    if source.before.size > bytes_max {
        return Err(ReadError::TooLarge { file: shown.to_owned(), bytes_max });
    }
    let no_room = || ReadError::NoRoom { file: shown.to_owned() };
    // One more than its size shows whether it grew.
    let mut left = usize::try_from(source.before.size).ok().and_then(|size| size.checked_add(1)).ok_or_else(no_room)?;
    let mut pieces = Vec::new();
    while left > 0 {
        let mut piece = room::zeros(left.min(of_piece)).ok_or_else(no_room)?;
        let (len, wanted) = (source.fill(&mut piece)?, piece.len());
        piece.truncate(len);
        pieces.push(piece);
        left = if len < wanted { 0 } else { left - len };
    }
    Ok((pieces, source.finish()?))
}

/// What must not change while a file is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stat {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stat {
    fn of(metadata: &Metadata) -> Stat {
        Stat {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// Counts and hashes what is read.
struct Metered<'a> {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
    follow: &'a dyn Follow,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(FileFailed(error)),
        })?;
        let start = Instant::now();
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.follow.trust("hashing what is read", start.elapsed());
        self.bytes += read as u64;
        self.follow.bytes(read as u64);
        Ok(read)
    }
}

/// The file itself could not be read, as against what is packed in it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct FileFailed(io::Error);
