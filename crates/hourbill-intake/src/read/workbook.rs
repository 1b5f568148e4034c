//! Inputs that are sheets of workbooks.
//!
//! One thread unpacks a sheet and takes it apart, row by row, and all threads of the pool take in what it has read, batch by batch: memory
//! grows with the texts that cells share and with nothing else.

use std::sync::{Mutex, PoisonError};

use super::batch::BatchRows;
use super::copied::{Copied, Dialect};
use super::foreign::guarded_as;
use super::front::Front;
use super::grid::{self, GridRow};
use super::hands::Hands;
use super::header::{self, Mapping};
use super::job::Job;
use super::owned::Owned;
use super::paths::InputFile;
use super::sheets::{self, Chosen, Tab, Top};
use super::source::{self, Digest};
use super::table::Table;
use super::xlsx::{BYTES_MAX, Batches, Book, Fault, Shared, SheetBatch, SheetRows};
use super::{Batch, FileRead, Piece, ReadError, Record, Scanned, Sheets, room};
use crate::finding::FileNo;

/// A workbook with the sheet that is read.
struct Opened<'a> {
    book: Book,
    sheet: usize,
    sheets: Sheets,
    digest: Digest,
    shown: &'a str,
    bytes_max: u64,
    /// The row of the header, as it is counted in the sheet.
    header_row: Option<u32>,
}

impl<'a> Opened<'a> {
    fn open(job: Job<'_>, file: &'a InputFile) -> Result<Opened<'a>, ReadError> {
        let (shown, bytes_max) = (file.shown.as_str(), job.limits.cells_bytes_max);
        let (mut book, digest) = book(job, file)?;
        let tabs = tabs(&book);
        let top = |at: usize| top(job, &mut book, at).map_err(|fault| read_error(shown, bytes_max, fault));
        let Chosen { at: sheet, left_out } = sheets::choose(job, file, &tabs, top)?;
        let sheets = Sheets { read: tabs.get(sheet).map(|tab| tab.name.clone()), left_out };
        let header_row = guarded_as(|| header_row(job, &mut book, sheet), Fault::Broken);
        let header_row = header_row.map_err(|fault| read_error(shown, bytes_max, fault))?;
        Ok(Opened { book, sheet, sheets, digest, shown, bytes_max, header_row })
    }

    /// Reads the rows behind the header, and hands them on batch by batch.
    fn rows<T>(
        &mut self,
        read: impl FnOnce(&[String], &Shared, &mut Following<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let Opened { book, sheet, shown, bytes_max, header_row, .. } = self;
        let told = |fault| read_error(shown, *bytes_max, fault);
        let no_header = || ReadError::NoHeader { file: (*shown).to_owned() };
        let (cells, shared) = guarded_as(|| book.cells(*sheet), Fault::Broken).map_err(told)?.ok_or_else(no_header)?;
        let wanted = |row: u32, _: &[String]| Some(row) == *header_row;
        let batches = guarded_as(|| Batches::new(cells, shared, wanted), Fault::Broken).map_err(told)?;
        let batches = batches.ok_or_else(no_header)?;
        let headers = batches.headers().to_vec();
        read(&headers, shared, &mut Following { batches, shown, bytes_max: *bytes_max, unfolded: 0 })
    }
}

/// A workbook with none of its sheets read.
fn book(job: Job<'_>, file: &InputFile) -> Result<(Book, Digest), ReadError> {
    let (shown, bytes_max) = (file.shown.as_str(), job.limits.cells_bytes_max);
    let (bytes, digest) = source::whole(&file.path, shown, bytes_max, job.follow)?;
    let book = guarded_as(|| Book::open(bytes, bytes_max), Fault::Broken);
    Ok((book.map_err(|fault| read_error(shown, bytes_max, fault))?, digest))
}

fn tabs(book: &Book) -> Vec<Tab> {
    book.sheets().iter().map(|sheet| Tab { name: sheet.name.clone(), hidden: sheet.hidden }).collect()
}

/// F6: the row of the header: the one that the job names, or the first with the columns of the input; where there is none, the first with at
/// least two cells.
fn header_row(job: Job<'_>, book: &mut Book, sheet: usize) -> Result<Option<u32>, Fault> {
    let mut found = |wanted: &dyn Fn(u32, &[String]) -> bool| {
        let Some((cells, shared)) = book.cells(sheet)? else { return Ok(None) };
        Ok::<_, Fault>(Batches::new(cells, shared, wanted)?.map(|batches| batches.header_row()))
    };
    if let Some(named) = job.settings.header_row {
        return found(&|row, _| u64::from(row) == named);
    }
    match found(&|_, headers| job.knows(headers))? {
        Some(row) => Ok(Some(row)),
        None => found(&|_, _| true),
    }
}

/// The header of a sheet, and whether there is a row below it: no more of it is read.
fn top(job: Job<'_>, book: &mut Book, sheet: usize) -> Result<Top, Fault> {
    let read = || {
        let header_row = header_row(job, book, sheet)?;
        let Some((cells, shared)) = book.cells(sheet)? else { return Ok(Top::default()) };
        let wanted = |row: u32, _: &[String]| Some(row) == header_row;
        let Some(batches) = Batches::new(cells, shared, wanted)? else { return Ok(Top::default()) };
        Ok(Top { headers: batches.headers().to_vec(), rows: batches.has_rows()? })
    };
    guarded_as(read, Fault::Broken)
}

/// The sheets of a workbook, and what stands at the top of each.
pub(super) fn survey(job: Job<'_>, file: &InputFile) -> Result<Vec<(Tab, Top)>, ReadError> {
    let told = |fault| read_error(&file.shown, job.limits.cells_bytes_max, fault);
    let (mut book, _) = book(job, file)?;
    let tabs = tabs(&book).into_iter().enumerate();
    tabs.map(|(at, tab)| Ok((tab, top(job, &mut book, at).map_err(told)?))).collect()
}

fn read_error(file: &str, bytes_max: u64, fault: Fault) -> ReadError {
    let file = file.to_owned();
    match fault {
        Fault::Broken(detail) => ReadError::Workbook { file, detail },
        Fault::TooLarge => ReadError::TooLarge { file, bytes_max },
        Fault::NoRoom => ReadError::NoRoom { file },
    }
}

/// The batches of a sheet, one after the other.
struct Following<'a> {
    batches: Batches<'a>,
    shown: &'a str,
    bytes_max: u64,
    /// Of all batches so far.
    unfolded: u64,
}

impl Following<'_> {
    fn next(&mut self) -> Result<Option<SheetBatch>, ReadError> {
        let Following { batches, shown, bytes_max, unfolded } = self;
        let told = |fault| read_error(shown, *bytes_max, fault);
        let batch = guarded_as(|| batches.next(), Fault::Broken).map_err(told)?;
        let bytes = batch.as_ref().map_or(0, SheetBatch::unfolded);
        *unfolded = unfolded.saturating_add(bytes as u64);
        if *unfolded > *bytes_max {
            return Err(told(Fault::TooLarge));
        }
        // For the next one, and for what whoever takes this one in keeps of it.
        if room::has_room(BYTES_MAX + 2 * bytes) { Ok(batch) } else { Err(told(Fault::NoRoom)) }
    }
}

pub(super) fn scan<R: Send>(
    job: Job<'_>,
    file: &InputFile,
    number: FileNo,
    each: &(impl Fn(&Batch<'_>) -> R + Sync),
) -> Result<Scanned<R>, ReadError> {
    let mut opened = Opened::open(job, file)?;
    let (digest, sheets) = (opened.digest.clone(), opened.sheets.clone());
    opened.rows(|headers, shared, batches| {
        let mapping = header::map(job.input, job.settings, headers, &file.shown)?;
        let copied = Copied::of_cells(headers, job.settings, false);
        if mapping.whole.is_some() {
            let rows = all_rows(batches, shared)?;
            let count = rows.len() as u64;
            let read = FileRead { rows: count, sheets, ..FileRead::new(job.input, &file.shown, copied, &digest) };
            return Ok(Scanned::of(Table::new(number, read, headers, rows, mapping), each));
        }
        let Mapping { fields, columns, treatments, .. } = mapping;
        let dialect = Dialect::of(job.settings);
        let each = |index: usize, batch: &SheetBatch| {
            let rows = SheetRows::new(batch, shared, &fields, &dialect);
            each(&Batch::of(number, index, BatchRows::Sheet(rows), treatments.as_ref()))
        };
        let pieces = pieces(batches, number, &each)?;
        let rows = pieces.iter().map(|piece| piece.rows as u64).sum();
        let read = FileRead { rows, columns, sheets, ..FileRead::new(job.input, &file.shown, copied, &digest) };
        Ok(Scanned::Rows(read, pieces))
    })
}

/// Reads the batches and has them taken in: by a thread that has nothing to do, or else by this one.
fn pieces<R: Send>(
    batches: &mut Following<'_>,
    file: FileNo,
    each: &(impl Fn(usize, &SheetBatch) -> R + Sync),
) -> Result<Vec<Piece<R>>, ReadError> {
    let done: Mutex<Vec<Piece<R>>> = Mutex::default();
    let hands = Hands::default();
    let _reading = hands.one_more();
    let take = |index: usize, batch: &SheetBatch| {
        let (first_row, rows) = (batch.first_row(), batch.len());
        let piece = Piece { file, first_row, first_line: None, rows, result: each(index, batch) };
        done.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    };
    let read = rayon::scope(|scope| {
        let mut index = 0;
        while let Some(batch) = batches.next()? {
            let take = &take;
            hands.give(scope, move || take(index, &batch));
            index += 1;
        }
        Ok(())
    });
    read?;
    let mut pieces = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    pieces.sort_unstable_by_key(|piece| piece.first_row);
    Ok(pieces)
}

/// All rows in memory, for those that cannot be read one by one.
fn all_rows(batches: &mut Following<'_>, shared: &Shared) -> Result<Vec<GridRow>, ReadError> {
    let mut rows = Vec::new();
    let mut kept = grid::Kept::new(batches.shown, batches.bytes_max);
    while let Some(batch) = batches.next()? {
        for row in batch.rows(shared) {
            kept.count(&row)?;
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The header of a workbook and its first rows, as texts.
pub(super) fn look(job: Job<'_>, file: &InputFile, rows_max: usize) -> Result<Front, ReadError> {
    let mut opened = Opened::open(job, file)?;
    let header_row = opened.header_row.map(u64::from);
    opened.rows(|headers, shared, batches| {
        let (mut rows, mut numbers): (Vec<Vec<String>>, Vec<u64>) = (Vec::new(), Vec::new());
        batches.batches.keep_merged();
        while let Some(batch) = batches.next()? {
            for row in batch.rows(shared).filter(|row| row.defect.is_none()) {
                rows.push(row.cells.iter().map(Owned::text).collect());
                numbers.push(row.number);
            }
            if rows.len() >= rows_max {
                break;
            }
        }
        rows.truncate(rows_max);
        let at = |number: u64| numbers.partition_point(|known| *known < number).min(rows.len());
        let merged =
            batches.batches.merged().into_iter().map(|(column, first, last)| (column, at(first)..at(last + 1)));
        Ok(Front {
            headers: headers.to_vec(),
            merged: merged.collect(),
            rows,
            header_row: header_row.filter(|row| *row > 1),
            ragged: Vec::new(),
            filled_down: Vec::new(),
            headers_again: 0,
        })
    })
}

/// Rows that were read before, once more.
pub(super) fn records(
    job: Job<'_>,
    file: &InputFile,
    read_before: &FileRead,
    wanted: &[u64],
    tell: &mut dyn FnMut(Record),
) -> Result<(), ReadError> {
    let mut opened = Opened::open(job, file)?;
    let changed = || ReadError::Changed { file: file.shown.clone() };
    if opened.digest.blake3 != read_before.blake3 {
        return Err(changed());
    }
    let dialect = Dialect::of(job.settings);
    opened.rows(|_, shared, batches| {
        let mut told = 0;
        while let Some(batch) = batches.next()? {
            let rows = SheetRows::new(&batch, shared, &[], &dialect);
            while let Some(row) = wanted.get(told) {
                let Some(at) = row.checked_sub(batch.first_row()).filter(|at| *at < batch.len() as u64) else { break };
                tell(Record { line: None, text: rows.record(at as usize).unwrap_or_default() });
                told += 1;
            }
        }
        if told == wanted.len() { Ok(()) } else { Err(changed()) }
    })
}
