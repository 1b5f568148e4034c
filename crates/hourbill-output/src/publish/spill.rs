//! Rows of tables that do not fit the memory: kept on the disk in sorted runs, merged, and told again to whoever writes the tables.
//!
//! The files have no name from the moment they are made, so whatever ends the process ends them too.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{PublishError, Staging};
use crate::tables::{Packed, Rows, SLICE_ROWS, Sink, SortOrder, Table, TableColumn, slices, unpack, with_columns};

/// Bytes that are read or written at once.
const BUFFER_BYTES: usize = 1 << 15;

/// A file without a name, written from its start to its end and read anywhere.
pub struct Scratch {
    out: BufWriter<File>,
    bytes: u64,
}

impl Scratch {
    pub(super) fn new(file: File) -> Scratch {
        Scratch { out: BufWriter::with_capacity(BUFFER_BYTES, file), bytes: 0 }
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads a stretch of what was flushed.
    pub fn reader(&self, stretch: Range<u64>) -> BufReader<Stretch<'_>> {
        BufReader::with_capacity(BUFFER_BYTES, Stretch { file: self.out.get_ref(), stretch })
    }

    fn read_at(&self, stretch: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(stretch.end - stretch.start).map_err(io::Error::other)?];
        self.out.get_ref().read_exact_at(&mut bytes, stretch.start)?;
        Ok(bytes)
    }
}

impl Write for Scratch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A stretch of a scratch file.
pub struct Stretch<'a> {
    file: &'a File,
    stretch: Range<u64>,
}

impl Read for Stretch<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.stretch.end - self.stretch.start).unwrap_or(usize::MAX);
        let wanted = bytes.len().min(left);
        let read = self.file.read_at(bytes.split_at_mut(wanted).0, self.stretch.start)?;
        self.stretch.start += read as u64;
        Ok(read)
    }
}

/// The rows of one table, run by run.
pub struct Spilled {
    name: &'static str,
    columns: &'static [TableColumn],
    file: Scratch,
    runs: Vec<Range<u64>>,
}

impl Spilled {
    /// For rows like those of a table.
    ///
    /// # Errors
    /// The disk fails.
    pub fn like(staging: &Staging, table: &Table<'_>) -> Result<Spilled, PublishError> {
        Ok(Spilled { name: table.name, columns: table.columns, file: staging.scratch()?, runs: Vec::new() })
    }

    /// Keeps all rows of a table, which are sorted by its order.
    ///
    /// # Errors
    /// The disk fails.
    pub fn add(&mut self, staging: &Staging, table: &Table<'_>, order: &SortOrder<'_>) -> Result<(), PublishError> {
        let start = self.file.bytes();
        pack_rows(table, order, &mut self.file).map_err(|error| staging.failed(self.name, error))?;
        self.runs.push(start..self.file.bytes());
        Ok(())
    }

    /// For the table of a name with so many columns, of which another process has packed rows; `None` when there is no such table.
    ///
    /// # Errors
    /// The disk fails.
    pub fn of(staging: &Staging, name: &str, columns: usize) -> Result<Option<Spilled>, PublishError> {
        let Some((name, columns)) = with_columns(name, columns) else { return Ok(None) };
        Ok(Some(Spilled { name, columns, file: staging.scratch()?, runs: Vec::new() }))
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Keeps all rows that another process has packed.
    ///
    /// # Errors
    /// The disk fails.
    pub fn take(&mut self, staging: &Staging, mut rows: impl Read) -> Result<(), PublishError> {
        let start = self.file.bytes();
        io::copy(&mut rows, &mut self.file).map_err(|error| staging.failed(self.name, error))?;
        self.runs.push(start..self.file.bytes());
        Ok(())
    }

    /// One run of all.
    ///
    /// # Errors
    /// The disk fails.
    pub fn merged(mut self, staging: &Staging) -> Result<Merged, PublishError> {
        let mut file = staging.scratch()?;
        let merged = self.file.flush().and_then(|()| merge(&self.file, &self.runs, &mut file));
        let (starts, rows) = merged.map_err(|error| staging.failed(self.name, error))?;
        Ok(Merged { name: self.name, columns: self.columns, file, starts, rows, failed: Mutex::new(None) })
    }
}

/// Packs all rows of a table, which are sorted by its order.
///
/// # Errors
/// Those of `out`.
pub fn pack_rows(table: &Table<'_>, order: &SortOrder<'_>, out: &mut impl Write) -> io::Result<()> {
    for slices in slices(table.rows.count()).chunks(rayon::current_num_threads().max(1)) {
        let pack = |slice: &Range<usize>| {
            let mut packed = Packed::new(table.columns, order, slice.start);
            table.rows.fill(slice.clone(), &mut packed);
            packed.into_bytes()
        };
        let packed: Vec<Vec<u8>> = slices.par_iter().map(pack).collect();
        packed.iter().try_for_each(|bytes| out.write_all(bytes))?;
    }
    Ok(())
}

/// Where the slices of the merged rows start and where the last one ends, and how many rows there are.
fn merge(file: &Scratch, runs: &[Range<u64>], out: &mut Scratch) -> io::Result<(Vec<u64>, usize)> {
    let mut readers = Vec::with_capacity(runs.len());
    let mut next = BinaryHeap::with_capacity(runs.len());
    for (number, run) in runs.iter().enumerate() {
        let mut reader = file.reader(run.clone());
        if let Some(row) = read_row(&mut reader)? {
            next.push(Reverse((row.key, number, row.cells)));
        }
        readers.push(reader);
    }
    let (mut starts, mut rows) = (Vec::new(), 0_usize);
    while let Some(Reverse((_, number, cells))) = next.pop() {
        if rows.is_multiple_of(SLICE_ROWS) {
            starts.push(out.bytes());
        }
        out.write_all(&len(&cells)?.to_be_bytes())?;
        out.write_all(&cells)?;
        rows += 1;
        // Rows of one key are of one run and stay in its order: the next one of the run is taken in before another is taken out.
        if let Some(row) = readers.get_mut(number).map(read_row).transpose()?.flatten() {
            next.push(Reverse((row.key, number, row.cells)));
        }
    }
    starts.push(out.bytes());
    out.flush()?;
    Ok((starts, rows))
}

fn len(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(io::Error::other)
}

struct Row {
    key: Vec<u8>,
    cells: Vec<u8>,
}

/// `None` at the end.
fn read_row(reader: &mut impl Read) -> io::Result<Option<Row>> {
    let mut head = [0; 8];
    match reader.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let [a, b, c, d, e, f, g, h] = head;
    let (mut key, mut cells) = (bytes_of([a, b, c, d]), bytes_of([e, f, g, h]));
    reader.read_exact(&mut key)?;
    reader.read_exact(&mut cells)?;
    Ok(Some(Row { key, cells }))
}

fn bytes_of(len: [u8; 4]) -> Vec<u8> {
    vec![0; u32::from_be_bytes(len) as usize]
}

/// All rows of a table, sorted, on the disk.
pub struct Merged {
    name: &'static str,
    columns: &'static [TableColumn],
    file: Scratch,
    /// Of every slice of rows, and the end.
    starts: Vec<u64>,
    rows: usize,
    /// `Rows::fill` cannot fail: what went wrong while rows were read back is kept here, and returned by [`Merged::finish`].
    failed: Mutex<Option<io::Error>>,
}

impl Merged {
    pub fn table(&self) -> Table<'_> {
        Table { name: self.name, columns: self.columns, rows: Box::new(MergedRows(self)) }
    }

    /// # Errors
    /// Rows could not be read back from the disk.
    pub fn finish(&self) -> io::Result<()> {
        match self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn tell(&self, rows: &Range<usize>, out: &mut dyn Sink) -> io::Result<()> {
        let damaged = || io::Error::other("rows that were put aside are not what they were");
        let slices = rows.start / SLICE_ROWS..rows.end.div_ceil(SLICE_ROWS);
        let (Some(start), Some(end)) = (self.starts.get(slices.start), self.starts.get(slices.end)) else {
            return Err(damaged());
        };
        let bytes = self.file.read_at(*start..*end)?;
        let mut rest = bytes.as_slice();
        for row in slices.start * SLICE_ROWS..rows.end {
            let (len, after) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
            let (cells, after) = after.split_at_checked(u32::from_be_bytes(*len) as usize).ok_or_else(damaged)?;
            if row >= rows.start {
                unpack(self.columns, cells, out).ok_or_else(damaged)?;
            }
            rest = after;
        }
        Ok(())
    }
}

struct MergedRows<'a>(&'a Merged);

impl Rows for MergedRows<'_> {
    fn count(&self) -> usize {
        self.0.rows
    }

    fn slices_at_once(&self) -> usize {
        rayon::current_num_threads().max(1)
    }

    fn fill(&self, rows: Range<usize>, out: &mut dyn Sink) {
        if let Err(error) = self.0.tell(&rows, out) {
            self.0.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }
}
