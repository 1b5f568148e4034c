//! The records of rows of a Parquet file that were set aside: all cells of a row as a JSON object, those that no field needs included.
//!
//! A few bytes may stand for a text of megabytes in each of thousands of rows: as many rows are told at a time as have little of that.

use std::sync::atomic::{AtomicU64, Ordering};

use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection, RowSelector};
use parquet::file::metadata::ColumnChunkMetaData;
use rayon::prelude::*;

use super::held::Held;
use super::job::Job;
use super::parquet::{File, Group, hold, rows_of_bytes};
use super::paths::InputFile;
use super::{FileRead, ReadError, Record, columns, pages, room};
use crate::bug::OrBug;

/// Items of a nested column of a row group: more are not looked at to tell the record of a row.
const ITEMS_MAX: u64 = 1 << 22;
/// Bytes to which the items of a nested column of a row group may unfold.
const ITEMS_BYTES_MAX: u64 = 1 << 28;
/// Bytes of one cell: as many as a record of a text file may have.
const CELL_BYTES_MAX: u64 = 64 << 20;
/// Bytes of one record.
const RECORD_BYTES_MAX: u64 = 128 << 20;
/// Rows of a batch.
const BATCH_ROWS: usize = 1 << 12;
/// Records that are in memory while they are looked up: the first few, and as many as have so many bytes.
const FIRST: usize = 32;
const AT_ONCE: usize = 1 << 15;
const BYTES: u64 = 32 << 20;

/// Looks up the records of rows, sorted by row, in a file that was read before.
pub(super) fn records(
    job: Job<'_>,
    file: &InputFile,
    read: &FileRead,
    wanted: &[u64],
    tell: &mut dyn FnMut(Record),
) -> Result<(), ReadError> {
    let (held, digest) = hold(job, file)?;
    let changed = || ReadError::Changed { file: file.shown.clone() };
    if digest.blake3 != read.blake3 {
        return Err(changed());
    }
    let (mut rest, mut at_once) = (wanted, FIRST);
    while !rest.is_empty() {
        let (some, behind) = rest.split_at(at_once.min(rest.len()));
        let Some(texts) = texts(&held, &file.shown, some)? else {
            if some.len() == 1 {
                return Err(ReadError::TooLarge { file: file.shown.clone(), bytes_max: RECORD_BYTES_MAX });
            }
            at_once = some.len() / 8 + 1;
            continue;
        };
        if texts.len() != some.len() {
            return Err(changed());
        }
        rest = behind;
        // Nobody knows how long they are before: a dictionary may repeat a long text in every row.
        let each = texts.iter().map(String::len).sum::<usize>() / some.len().max(1);
        at_once = rows_of_bytes(BYTES, each as u64 + 1).clamp(1, 4 * at_once).min(AT_ONCE);
        texts.into_iter().for_each(|text| tell(Record { line: None, text }));
        if !room::has_room(4 * BYTES as usize) {
            return Err(ReadError::NoRoom { file: file.shown.clone() });
        }
    }
    Ok(())
}

/// The front of a file, as texts.
pub(super) struct Sample {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// There are more rows.
    pub is_cut: bool,
}

/// The header of a file and its first rows.
pub(super) fn look(job: Job<'_>, file: &InputFile, rows_max: usize) -> Result<Sample, ReadError> {
    let (held, _) = hold(job, file)?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let opened = File::open(held.clone(), &file.shown, options)?;
    let (headers, there) = (opened.headers(), opened.groups()?.iter().map(|group| group.rows).sum::<u64>());
    let mut rows_max = there.min(rows_max as u64);
    let objects = loop {
        let wanted: Vec<u64> = (1..=rows_max).collect();
        match texts(&held, &file.shown, &wanted)? {
            Some(objects) => break objects,
            None if rows_max <= 1 => {
                return Err(ReadError::TooLarge { file: file.shown.clone(), bytes_max: RECORD_BYTES_MAX });
            }
            None => rows_max /= 8,
        }
    };
    let row = |object: String| {
        let cells: Option<serde_json::Value> = serde_json::from_str(&object).ok();
        let cells = cells.or_bug("a record is JSON");
        let cell = |header: &String| match cells.get(header) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        headers.iter().map(cell).collect()
    };
    let rows = objects.into_iter().map(row).collect();
    Ok(Sample { headers, rows, is_cut: rows_max < there })
}

/// All cells of some rows, as JSON objects; `wanted` is sorted, 1 is the first row. A column that cannot be decoded says so in its
/// place: columns that no field needs were never looked at before. `None` when they have more bytes than may be held.
pub(super) fn texts(held: &Held, shown: &str, wanted: &[u64]) -> Result<Option<Vec<String>>, ReadError> {
    // As the file itself types its columns, whatever an Arrow writer says of them besides.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let file = File::open(held.clone(), shown, options)?;
    let headers = file.headers();
    let told = AtomicU64::new(0);
    let of_group = |(number, group): (usize, Group)| {
        let from = wanted.partition_point(|row| *row < group.first_row);
        let to = wanted.partition_point(|row| *row < group.first_row + group.rows);
        let rows = wanted.get(from..to).unwrap_or_default();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let of_column = |column| match cells(&file, number, column, group, rows, &told) {
            Err(ReadError::Parquet { .. }) => Ok(vec![columns::quoted("(cannot be read)"); rows.len()]),
            cells => cells,
        };
        let columns: Vec<Vec<String>> = (0..headers.len()).into_par_iter().map(of_column).collect::<Result<_, _>>()?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let object = |_| {
            let cells = headers.iter().map(String::as_str).zip(columns.iter_mut().filter_map(Iterator::next));
            columns::object(cells)
        };
        Ok(rows.iter().map(object).collect())
    };
    let groups: Vec<(usize, Group)> = file.groups()?.into_iter().enumerate().collect();
    let texts: Vec<Vec<String>> = groups.into_par_iter().map(of_group).collect::<Result<_, ReadError>>()?;
    Ok((told.into_inner() <= RECORD_BYTES_MAX).then(|| texts.into_iter().flatten().collect()))
}

/// The cells of some rows in one column of one row group; not all of them once all columns have `told` more than may be held.
fn cells(
    file: &File<'_>,
    group: usize,
    column: usize,
    of: Group,
    rows: &[u64],
    told: &AtomicU64,
) -> Result<Vec<String>, ReadError> {
    let mut selectors = Vec::new();
    let mut behind = of.first_row;
    for row in rows {
        selectors.push(RowSelector::skip((row - behind) as usize));
        selectors.push(RowSelector::select(1));
        behind = row + 1;
    }
    let batch_rows = batch_rows(file, group, column, of.rows)?.min(rows.len()).min(BATCH_ROWS);
    let selection = Some(RowSelection::from(selectors));
    let mut reader = file.group(&file.metadata, group, file.mask(&[column]), batch_rows, selection)?;
    let mut cells = Vec::with_capacity(rows.len());
    while let Some(batch) = file.next(&mut reader)? {
        for column in batch.columns() {
            let some = columns::json(column).ok_or_else(|| file.broken("a column contradicts itself"))?;
            told.fetch_add(some.iter().map(|cell| cell.len() as u64).sum(), Ordering::Relaxed);
            cells.extend(some);
        }
        if told.load(Ordering::Relaxed) > RECORD_BYTES_MAX {
            cells.resize(rows.len(), String::new());
            return Ok(cells);
        }
    }
    if cells.len() == rows.len() { Ok(cells) } else { Err(file.broken("rows are missing")) }
}

/// Rows of a batch of one column: what takes no bytes in its pages takes little memory.
fn batch_rows(file: &File<'_>, group: usize, column: usize, rows: u64) -> Result<usize, ReadError> {
    let look = |chunk: &ColumnChunkMetaData| {
        let pages = pages::pages(&file.held, chunk)?;
        let longest = pages::longest_of_dictionary(&file.held, chunk).map_err(|error| error.to_string())?;
        Ok::<_, String>((pages, pages.unseen.max(longest), chunk.column_descr().max_rep_level() > 0))
    };
    let (mut items, mut bytes, mut widest) = (0_u64, 0_u64, 0);
    for (pages, unseen, repeated) in file.of_leaves(group, &[column], look)? {
        items = items.saturating_add(pages.values);
        widest = unseen.max(widest);
        bytes = [pages.dictionary, pages.largest, pages.lengths].into_iter().fold(bytes, u64::saturating_add);
        if repeated && pages.values.saturating_mul(unseen) > ITEMS_BYTES_MAX {
            return Err(file.broken("a column has too many items"));
        }
    }
    if items > ITEMS_MAX.max(rows) {
        return Err(file.broken("a column has too many items"));
    }
    if widest > CELL_BYTES_MAX {
        return Err(file.broken("a cell has too many bytes"));
    }
    file.has_room(bytes.saturating_add(2 * BYTES))?;
    Ok(rows_of_bytes(BYTES, widest))
}
