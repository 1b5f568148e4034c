//! CSV files: one thread reads and cuts, all threads of the pool read the structure of the blocks and hand their rows on, and what
//! comes of them is put together in the order of the file.
//!
//! A few blocks are on their way at any time, so memory does not grow with the file. Whatever the timing, the error that is told is
//! the first in the file: blocks are handed out in order, and once one is broken only those before it matter.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::batch::BatchRows;
use super::blocks::Blocks;
use super::copied::Copied;
use super::csv_header::{Header, Slot, further_lines, read_header};
use super::dialect::Text;
use super::endings::Packing;
use super::front::{Front, RaggedRow};
use super::grid::GridRow;
use super::header::{self, Mapping};
use super::job::Job;
use super::owned::Owned;
use super::paths::InputFile;
use super::rows::{self, Fault};
use super::source::{Digest, Source};
use super::table::Table;
use super::text_rows::{TextRows, record};
use super::{Batch, Defect, FileRead, Follow, Piece, ReadError, Record, Scanned, room};
use crate::finding::FileNo;

/// Reads a file and hands its rows to `each`, batch by batch.
pub(super) fn scan<R: Send>(
    job: Job<'_>,
    file: &InputFile,
    packing: Packing,
    number: FileNo,
    each: &(impl Fn(&Batch<'_>) -> R + Sync),
) -> Result<Scanned<R>, ReadError> {
    let mut blocks = blocks(job, file, packing)?;
    let mut first = Slot::default();
    let header = read_header(job, &mut blocks, &mut first)?;
    let mapping = header::map(job.input, job.settings, &header.columns, &file.shown)?;
    // What it holds is known at its end.
    let copied = Copied::of_text(&header.above, blocks.written());
    let mut read = FileRead::new(job.input, &file.shown, copied, &Digest::default());
    if mapping.whole.is_some() {
        let rows = rows(blocks, first, &header, number, job, &mut read)?;
        let table = Table::new(number, read, &header.columns, rows, mapping);
        return Ok(Scanned::of(Table { delimiter: Some(header.delimiter), ..table }, each));
    }
    let Mapping { fields, columns, treatments, .. } = mapping;
    read.columns = columns;
    let treatments = treatments.as_ref();
    let each = |index, rows: TextRows<'_>| each(&Batch::of(number, index, BatchRows::Text(rows), treatments));
    let pieces = pieces(blocks, first, &header, &fields, number, &each, job.follow, &mut read)?;
    Ok(Scanned::Rows(read, pieces))
}

/// The delimiter and header of a file, and its first rows.
pub(super) fn look(
    job: Job<'_>,
    file: &InputFile,
    packing: Packing,
    rows_max: usize,
) -> Result<(u8, Front), ReadError> {
    let mut blocks = blocks(job, file, packing)?;
    let mut slot = Slot::default();
    let header = read_header(job, &mut blocks, &mut slot)?;
    let columns = header.columns.len();
    let (mut looked, mut ragged, mut torn) = (Vec::new(), Vec::new(), 0);
    let mut line = header.lines + 1;
    loop {
        let bytes = slot.block.bytes();
        let broken = |fault| {
            let further = further_lines(bytes, &fault);
            header.broken(&file.shown, fault, looked.len() as u64 + 1, line + further)
        };
        slot.rows.read(bytes, header.delimiter, columns).map_err(broken)?;
        let (text, bad_places) = text(bytes);
        slot.rows.finish(&text, &bad_places, &vec![true; columns]);
        let row = |at: usize| {
            (0..columns).map(|column| slot.rows.cell(&text, at, column).to_owned()).collect::<Vec<String>>()
        };
        for at in 0..slot.rows.len() {
            match slot.rows.defect(at) {
                None => looked.push(row(at)),
                Some(Defect::Ragged { found, expected }) => {
                    let text = record(bytes, &slot.rows, at);
                    let row = RaggedRow::new(line + slot.rows.line(at), text, looked.len(), (found, expected));
                    torn += usize::from(row.together.is_none());
                    ragged.extend(Some(row).filter(|row| row.together.is_some() || torn <= RAGGED_MAX));
                }
                Some(_) => {}
            }
        }
        line += slot.rows.lines();
        if looked.len() >= rows_max || !blocks.next(&mut slot.block)? {
            looked.truncate(rows_max);
            let header_row = Some(header.first_line).filter(|_| header.titled);
            let (merged, filled_down) = (Vec::new(), Vec::new());
            let front = Front {
                headers: header.columns,
                rows: looked,
                header_row,
                ragged,
                merged,
                filled_down,
                headers_again: 0,
            };
            return Ok((header.delimiter, front));
        }
    }
}

/// All rows of a file in memory, each with its place.
fn rows(
    blocks: Blocks<'_>,
    first: Slot,
    header: &Header,
    number: FileNo,
    job: Job<'_>,
    read: &mut FileRead,
) -> Result<Vec<GridRow>, ReadError> {
    let all: Vec<Option<usize>> = (0..header.columns.len()).map(Some).collect();
    let own = |_, rows: TextRows<'_>| {
        let row = |at: usize| GridRow {
            number: 0,
            line: Some(rows.rows().line(at)),
            cells: (0..all.len()).map(|column| Owned::of(rows.cell(at, column))).collect(),
            defect: rows.rows().defect(at),
            record: Some(rows.record(at)),
        };
        (0..rows.rows().len()).map(row).collect::<Vec<GridRow>>()
    };
    let pieces = pieces(blocks, first, header, &all, number, &own, job.follow, read)?;
    let mut together = Vec::new();
    for piece in pieces {
        let first_line = piece.first_line.unwrap_or(0);
        for (number, mut row) in (piece.first_row..).zip(piece.result) {
            row.number = number;
            row.line = row.line.map(|line| first_line + line);
            together.push(row);
        }
    }
    Ok(together)
}

/// Reads the rows behind the header and fills in what was read.
#[allow(clippy::too_many_arguments)]
fn pieces<R: Send>(
    mut blocks: Blocks<'_>,
    first: Slot,
    header: &Header,
    fields: &[Option<usize>],
    number: FileNo,
    each: &(impl Fn(usize, TextRows<'_>) -> R + Sync),
    follow: &dyn Follow,
    read: &mut FileRead,
) -> Result<Vec<Piece<R>>, ReadError> {
    let mut used = vec![false; header.columns.len()];
    for column in fields.iter().flatten() {
        if let Some(used) = used.get_mut(*column) {
            *used = true;
        }
    }
    let bytes_behind_header = !first.block.bytes().is_empty();
    let reading = Reading {
        delimiter: header.delimiter,
        used: &used,
        fields,
        each,
        follow,
        done: Mutex::new(Vec::new()),
        broken: AtomicUsize::new(usize::MAX),
    };
    let (handed_out, ended) = rayon::scope_fifo(|scope| reading.hand_out(scope, &mut blocks, first));
    let mut done = reading.done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|done| done.index);

    let mut pieces = Vec::with_capacity(done.len());
    let (mut row, mut line) = (1, header.lines + 1);
    for Done { outcome, .. } in done {
        match outcome {
            Outcome::Read { rows, lines, result } => {
                if let Some(result) = result {
                    pieces.push(Piece { file: number, first_row: row, first_line: Some(line), rows, result });
                }
                row += rows as u64;
                line += lines;
            }
            Outcome::Broken { fault, line: further_lines } => {
                return Err(header.broken(&read.shown, fault, row, line + further_lines));
            }
        }
    }
    ended?;
    let digest = blocks.into_text().finish()?;
    read.rows = row - 1;
    if read.rows == 0 && (bytes_behind_header || handed_out > 1) {
        return Err(ReadError::NoRows { file: read.shown.clone() });
    }
    (read.bytes, read.blake3) = (digest.bytes, digest.blake3);
    Ok(pieces)
}

fn blocks<'a>(job: Job<'a>, file: &InputFile, packing: Packing) -> Result<Blocks<'a>, ReadError> {
    let bytes_max = job.limits.unpacked_bytes_max;
    let source = Source::open(&file.path, &file.shown, packing, bytes_max, job.follow)?;
    Ok(Blocks::new(Text::new(source, job.settings.encoding)?, job.cut))
}

/// Rows of other lengths that a first look names: nobody puts them together.
const RAGGED_MAX: usize = 20;

/// What came of a block.
struct Done<R> {
    index: usize,
    outcome: Outcome<R>,
}

enum Outcome<R> {
    /// `result` is missing where there are only blank lines.
    Read { rows: usize, lines: u64, result: Option<R> },
    /// `line` counts from the start of the block.
    Broken { fault: Fault, line: u64 },
}

/// A file while it is read.
struct Reading<'a, R, E> {
    delimiter: u8,
    used: &'a [bool],
    fields: &'a [Option<usize>],
    each: &'a E,
    follow: &'a dyn Follow,
    done: Mutex<Vec<Done<R>>>,
    /// The first block known to be broken.
    broken: AtomicUsize,
}

impl<R: Send, E: Fn(usize, TextRows<'_>) -> R + Sync> Reading<'_, R, E> {
    /// Reads the blocks and hands them out, `first` before all; says how many it handed out and how the reading ended.
    fn hand_out<'s>(
        &'s self,
        scope: &rayon::ScopeFifo<'s>,
        blocks: &mut Blocks<'_>,
        first: Slot,
    ) -> (usize, Result<(), ReadError>) {
        let slots_max = 2 * rayon::current_num_threads() + 2;
        let (back, returned) = mpsc::channel();
        let mut slots = 1;
        let (mut slot, mut index) = (first, 0);
        loop {
            let mut lent = Lent { slot, back: back.clone(), broken: &self.broken };
            scope.spawn_fifo(move |_| self.read(index, &mut lent.slot));
            index += 1;
            slot = match returned.try_recv() {
                Ok(slot) => slot,
                Err(_) if slots < slots_max => {
                    slots += 1;
                    Slot::default()
                }
                Err(_) => wait_for(&returned),
            };
            if self.broken.load(Ordering::Relaxed) < index {
                return (index, Ok(()));
            }
            match blocks.next(&mut slot.block) {
                Ok(true) => {}
                Ok(false) => return (index, Ok(())),
                Err(error) => return (index, Err(error)),
            }
        }
    }

    fn read(&self, index: usize, slot: &mut Slot) {
        if self.broken.load(Ordering::Relaxed) < index {
            return;
        }
        let outcome = self.outcome(index, slot).unwrap_or_else(|fault| {
            self.broken.fetch_min(index, Ordering::Relaxed);
            let line = further_lines(slot.block.bytes(), &fault);
            Outcome::Broken { fault, line }
        });
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(Done { index, outcome });
    }

    fn outcome(&self, index: usize, slot: &mut Slot) -> Result<Outcome<R>, Fault> {
        let Slot { block, rows } = slot;
        let bytes = block.bytes();
        // A block is kept by nobody; what its rows say may be.
        if !room::has_room(bytes.len()) {
            return Err(Fault::NoRoom);
        }
        rows.read(bytes, self.delimiter, self.used.len())?;
        if block.long_record {
            return Err(Fault::LongRecord);
        }
        let start = Instant::now();
        let (read, counted) = (rows.len(), rows::count(bytes));
        self.follow.trust("counting records again", start.elapsed());
        if read != counted {
            return Err(Fault::Miscounted { counted, read });
        }
        let (text, bad_places) = text(bytes);
        rows.finish(&text, &bad_places, self.used);
        let lines = rows.lines();
        let rows = TextRows { bytes, text: &text, rows, fields: self.fields, delimiter: self.delimiter };
        let result = (read > 0).then(|| (self.each)(index, rows));
        Ok(Outcome::Read { rows: read, lines, result })
    }
}

/// The bytes as text; where they are none, stand-ins of the same length and their places.
fn text(bytes: &[u8]) -> (Cow<'_, str>, Vec<u32>) {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut places = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            places.push(text.len() as u32);
        }
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (Cow::Owned(text), places)
}

/// A slot on its way, which comes back whatever becomes of it.
struct Lent<'a> {
    slot: Slot,
    back: Sender<Slot>,
    broken: &'a AtomicUsize,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.broken.store(0, Ordering::Relaxed);
        }
        // Nobody waits for it once the file is read.
        let _ = self.back.send(std::mem::take(&mut self.slot));
    }
}

/// Waits for a slot. The thread that reads is one of the pool: while it has to wait, it does what there is to do.
fn wait_for(returned: &Receiver<Slot>) -> Slot {
    const PATIENCE: Duration = Duration::from_millis(1);
    loop {
        if let Ok(slot) = returned.try_recv() {
            return slot;
        }
        if rayon::yield_now() != Some(rayon::Yield::Executed)
            && let Ok(slot) = returned.recv_timeout(PATIENCE)
        {
            return slot;
        }
    }
}

/// Looks up the records of rows, sorted by row, in a file that was read before.
pub(super) fn records(
    job: Job<'_>,
    file: &InputFile,
    packing: Packing,
    read: &FileRead,
    wanted: &[u64],
    tell: &mut dyn FnMut(Record),
) -> Result<(), ReadError> {
    let mut blocks = blocks(job, file, packing)?;
    let mut slot = Slot::default();
    let header = read_header(job, &mut blocks, &mut slot)?;
    let changed = || ReadError::Changed { file: file.shown.clone() };
    let mut told = 0;
    let (mut row, mut line) = (1, header.lines + 1);
    loop {
        let bytes = slot.block.bytes();
        let behind = row + rows::count(bytes) as u64;
        let mut here = wanted.iter().skip(told).take_while(|wanted| **wanted < behind).peekable();
        if here.peek().is_some() {
            slot.rows.read(bytes, header.delimiter, header.columns.len()).map_err(|_| changed())?;
        }
        for wanted in here {
            let at = wanted.checked_sub(row).ok_or_else(changed)? as usize;
            tell(Record { line: Some(line + slot.rows.line(at)), text: record(bytes, &slot.rows, at) });
            told += 1;
        }
        row = behind;
        line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        if !blocks.next(&mut slot.block)? {
            break;
        }
    }
    let digest = blocks.into_text().finish()?;
    if told < wanted.len() || digest.blake3 != read.blake3 {
        return Err(changed());
    }
    Ok(())
}
