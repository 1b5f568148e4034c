//! Parquet files: the columns that stand for fields, row group by row group on all threads, put together in the order of the file.
//!
//! As many row groups are decoded at a time as there are threads, in pieces of at most [`BATCH_ROWS`] rows, so memory does not grow with
//! the rows. The rows that come out are counted against those that the footer and each row group promise: what is damaged is refused,
//! never read in part.
//!
//! The `parquet` crate checks what it reads, but trusts numbers of the file in places. On a hostile file it may panic: every call into
//! it that reads the file is caught, and a panic there is an error of the file (`guarded`). It hands out as text, unchecked, what the
//! file does not mark as UTF-8: that is checked here (`Reading::checked`). Rows are never skipped in columns read as views, where it
//! does not hold the place after the skip against the end of the page.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::basic::{Compression, ConvertedType};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use super::batch::BatchRows;
use super::columns::{self, ColumnBatch, WholeRows};
use super::copied::Copied;
use super::grid::GridRow;
use super::hands::Hands;
use super::header;
use super::held::{self, Held, Uses};
use super::job::Job;
use super::owned::Owned;
use super::pages::{self, Pages};
use super::paths::InputFile;
use super::source::{self, Digest};
use super::table::Table;
use super::treat::Treatments;
use super::{Batch, ColumnUse, FileRead, Piece, ReadError, Scanned, footer, foreign, room};
use crate::finding::FileNo;
use crate::inputs::{Input, Meaning};
use crate::job::InputSettings;

/// Rows of one batch: small enough to stay in the cache of a core, large enough to pay for handing it on.
const BATCH_ROWS: usize = 1 << 13;
/// Bytes of one batch, unless a single row has more: a dictionary may repeat a long text in every row.
const BATCH_BYTES: u64 = 64 << 20;
/// Bytes of one text: as many as a record of a text file may have.
const CELL_BYTES_MAX: u64 = 64 << 20;
/// Bytes to which the texts of one batch may unfold where each may repeat the one before it.
const REPEATED_BYTES: u64 = 128 << 20;
/// Bytes that batches may come to before it is asked again whether there is room: far fewer than are kept free for that ([`room`]).
const UNASKED_BYTES: u64 = 8 << 20;
/// Bytes that the columns of a row group may take while they are read.
const GROUP_BYTES_MAX: u64 = 1 << 30;
/// Rows of one file; entries are numbered with four bytes.
const ROWS_MAX: u64 = u32::MAX as u64 - 1;
/// A type is named this long at most: that of a nested column may be as long as the file.
const TYPE_CHARS_MAX: usize = 60;

/// Reads a file and hands its rows to `each`, batch by batch.
pub(super) fn scan<R: Send>(
    job: Job<'_>,
    file: &InputFile,
    number: FileNo,
    each: &(impl Fn(&Batch<'_>) -> R + Sync),
) -> Result<Scanned<R>, ReadError> {
    let bytes_max = job.limits.cells_bytes_max;
    let (held, digest) = hold(job, file)?;
    if needs_whole_rows(job, &held, &file.shown)? {
        let table = table(job, held, digest, file, number)?;
        return Ok(Scanned::of(table, each));
    }
    let each = |first_row: u64, rows: ColumnBatch, treatments: Option<&Treatments>| {
        each(&Batch::of(number, first_row as usize, BatchRows::Columns(rows), treatments))
    };
    let scanned = decode(held, &file.shown, job.input, job.settings, bytes_max, &each)?;
    let piece = |(first_row, rows, result)| Piece { file: number, first_row, first_line: None, rows, result };
    let pieces = scanned.pieces.into_iter().map(piece).collect();
    let copied = Copied::of_cells(&scanned.headers, job.settings, true);
    let read = FileRead::new(job.input, &file.shown, copied, &digest);
    Ok(Scanned::Rows(FileRead { rows: scanned.rows, columns: scanned.columns, ..read }, pieces))
}

/// Takes a file into memory.
pub(super) fn hold(job: Job<'_>, file: &InputFile) -> Result<(Held, Digest), ReadError> {
    let sizes = (job.limits.cells_bytes_max, held::PIECE_BYTES);
    let (pieces, digest) = source::in_pieces(&file.path, &file.shown, sizes, job.follow)?;
    Ok((Held::of(pieces.into_iter().map(Bytes::from).collect(), held::PIECE_BYTES), digest))
}

/// Whether rows are looked at with all of their cells: ids are made of these (F4), rows are skipped by them (F8), or columns of one name
/// are read as one.
fn needs_whole_rows(job: Job<'_>, held: &Held, shown: &str) -> Result<bool, ReadError> {
    let file = File::open(held.clone(), shown, ArrowReaderOptions::new())?;
    let mapping = header::map(job.input, job.settings, &file.headers(), shown)?;
    let is_of_preset = |whole: &header::Whole| whole.shape.is_some() && job.settings.id_from.is_empty();
    Ok(mapping.whole.is_some_and(|whole| !is_of_preset(&whole)))
}

/// A file with all of its columns in memory. A column of a type that no field may have says nothing.
fn table(job: Job<'_>, held: Held, digest: Digest, read: &InputFile, number: FileNo) -> Result<Table, ReadError> {
    let file = File::open(held, &read.shown, ArrowReaderOptions::new())?;
    let headers = file.headers();
    let mapping = header::map(job.input, job.settings, &headers, &read.shown)?;
    file.fits(job.input, &mapping.fields)?;
    let readable = |column: &usize| {
        let field = file.metadata.schema().fields().get(*column);
        field.is_some_and(|field| columns::misfit(Meaning::Text, field.data_type()).is_none())
    };
    let all: Vec<Option<usize>> = (0..headers.len()).map(|column| Some(column).filter(readable)).collect();
    let each = |first_row: u64, batch: ColumnBatch, _: Option<&Treatments>| -> Vec<GridRow> {
        let row = |(number, row): (u64, usize)| GridRow {
            number,
            line: None,
            cells: (0..headers.len()).map(|column| Owned::of(batch.cell(row, column))).collect(),
            defect: None,
            record: None,
        };
        (first_row..).zip(0..batch.rows()).map(row).collect()
    };
    let (count, pieces) = decoded(&file, &all, None, job.limits.cells_bytes_max, &each)?;
    let rows: Vec<GridRow> = pieces.into_iter().flat_map(|(.., rows)| rows).collect();
    let copied = Copied::of_cells(&headers, job.settings, true);
    let read = FileRead { rows: count, ..FileRead::new(job.input, &read.shown, copied, &digest) };
    Ok(Table::new(number, read, &headers, rows, mapping))
}

/// What came of a file.
#[derive(Debug)]
struct Decoded<R> {
    rows: u64,
    headers: Vec<String>,
    columns: Vec<ColumnUse>,
    /// In the order of the file.
    pieces: Vec<Batched<R>>,
}

/// First row of a batch, counted from 1, its rows, and what came of it.
type Batched<R> = (u64, usize, R);

fn decode<R: Send>(
    held: Held,
    shown: &str,
    input: Input,
    settings: &InputSettings,
    bytes_max: u64,
    each: &(impl Fn(u64, ColumnBatch, Option<&Treatments>) -> R + Sync),
) -> Result<Decoded<R>, ReadError> {
    let file = File::open(held, shown, ArrowReaderOptions::new())?;
    let mapping = header::map(input, settings, &file.headers(), shown)?;
    if mapping.whole.is_some() {
        // No such program writes Parquet.
        let name = settings.preset.map_or("none", |preset| preset.name);
        let detail = format!("exports of the preset `{name}` are read as CSV or XLSX");
        return Err(ReadError::Parquet { file: shown.to_owned(), detail });
    }
    file.fits(input, &mapping.fields)?;
    let (rows, pieces) = decoded(&file, &mapping.fields, mapping.treatments.as_ref(), bytes_max, each)?;
    Ok(Decoded { rows, headers: file.headers(), columns: mapping.columns, pieces })
}

/// The rows of some columns: how many, and what came of each batch, in order.
fn decoded<R: Send>(
    file: &File<'_>,
    fields: &[Option<usize>],
    treatments: Option<&Treatments>,
    bytes_max: u64,
    each: &(impl Fn(u64, ColumnBatch, Option<&Treatments>) -> R + Sync),
) -> Result<(u64, Vec<Batched<R>>), ReadError> {
    let groups = file.groups()?;
    let mut used: Vec<usize> = fields.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    let loads = file.loads(&used, bytes_max)?;
    let uses = file.uses(&used)?;
    // A batch has the columns that are used, in the order of the file.
    let place = |column: &usize| used.binary_search(column).ok();
    let reading = Reading {
        metadata: file.with_views(&used)?,
        mask: file.mask(&used),
        file,
        places: fields.iter().map(|column| column.as_ref().and_then(place)).collect(),
        whole: file.whole(fields)?.map(Arc::new),
        unchecked: used.iter().map(|column| file.marked_as(*column) != Some(ConvertedType::UTF8)).collect(),
        groups: &groups,
        loads: &loads,
        uses: &uses,
        bytes_max,
        treatments,
        each,
        next: AtomicUsize::new(0),
        broken: AtomicUsize::new(usize::MAX),
        hands: Hands::default(),
        unpacked_bytes: AtomicU64::new(0),
        unasked_bytes: AtomicU64::new(0),
        done: Mutex::new(Vec::new()),
        errors: Mutex::new(Vec::new()),
    };
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(groups.len()) {
            scope.spawn(|scope| reading.work(scope));
        }
    });
    // Groups are taken in order and those before a broken one are read to their end: the first error is always the same.
    let errors = reading.errors.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, error)) = errors.into_iter().min_by_key(|(group, _)| *group) {
        return Err(error);
    }
    let mut pieces = reading.done.into_inner().unwrap_or_else(PoisonError::into_inner);
    pieces.sort_unstable_by_key(|(first_row, ..)| *first_row);
    Ok((groups.iter().map(|group| group.rows).sum(), pieces))
}

/// A row group, as the footer has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Counted from 1.
    pub(super) first_row: u64,
    pub(super) rows: u64,
}

/// What reading a row group takes.
struct Load {
    /// Dictionaries and the pages at hand, of all columns.
    bytes: u64,
    /// The same pages as they stand in the file: one that lies in several pieces of it is put together.
    packed: u64,
    batch_rows: usize,
}

/// A file with its footer read.
pub(super) struct File<'a> {
    pub(super) held: Held,
    shown: &'a str,
    pub(super) metadata: ArrowReaderMetadata,
}

impl<'a> File<'a> {
    pub(super) fn open(held: Held, shown: &'a str, options: ArrowReaderOptions) -> Result<File<'a>, ReadError> {
        let weight = footer::weigh(&held.footer());
        let weight = weight.map_err(|why| ReadError::Parquet { file: shown.to_owned(), detail: why.to_owned() })?;
        let there = usize::try_from(weight).is_ok_and(room::has_room);
        if !there {
            return Err(ReadError::NoRoom { file: shown.to_owned() });
        }
        let metadata = guarded(shown, || ArrowReaderMetadata::load(&held, options))?;
        Ok(File { held, shown, metadata })
    }

    fn parquet(&self) -> &Arc<ParquetMetaData> {
        self.metadata.metadata()
    }

    /// Whether each column may stand for its field.
    fn fits(&self, input: Input, fields: &[Option<usize>]) -> Result<(), ReadError> {
        for (field, column) in input.fields().iter().zip(fields) {
            let Some(column) = column.and_then(|column| self.metadata.schema().fields().get(column)) else { continue };
            if let Some(wanted) = columns::misfit(field.meaning, column.data_type()) {
                let (column, found) = (column.name().clone(), type_name(column.data_type()));
                return Err(ReadError::WrongColumnType { file: self.shown.to_owned(), column, found, wanted });
            }
        }
        Ok(())
    }

    /// Names of the columns; one that holds others is one column.
    pub(super) fn headers(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// `fields` tells for each field which column stands for it.
    fn whole(&self, fields: &[Option<usize>]) -> Result<Option<WholeRows>, ReadError> {
        // Records tell columns as the file itself types them, whatever an Arrow writer says of them besides.
        let schema = self.parquet().file_metadata().schema_descr();
        let told = guarded(self.shown, || parquet_to_arrow_schema(schema, None))?;
        Ok(WholeRows::of(self.headers(), fields, self.metadata.schema(), &told))
    }

    /// The row groups, if they have as many rows as the file says.
    pub(super) fn groups(&self) -> Result<Vec<Group>, ReadError> {
        let mut groups = Vec::with_capacity(self.parquet().num_row_groups());
        let mut first_row: u64 = 1;
        for group in self.parquet().row_groups() {
            let rows = u64::try_from(group.num_rows()).map_err(|_| self.broken("a row group has less than no rows"))?;
            groups.push(Group { first_row, rows });
            first_row = first_row.checked_add(rows).ok_or_else(|| self.broken("its rows cannot be counted"))?;
        }
        let found = first_row - 1;
        let file = self.shown.to_owned();
        match u64::try_from(self.parquet().file_metadata().num_rows()) {
            Ok(promised) if promised == found && found > ROWS_MAX => {
                Err(ReadError::TooManyRows { file, rows: found, rows_max: ROWS_MAX })
            }
            Ok(promised) if promised == found => Ok(groups),
            promised => Err(ReadError::RowsLost { file, promised: promised.unwrap_or(0), found }),
        }
    }

    pub(super) fn broken(&self, detail: impl Into<String>) -> ReadError {
        ReadError::Parquet { file: self.shown.to_owned(), detail: detail.into() }
    }

    /// What reading each row group takes, as its pages say. Files whose columns unfold beyond a limit are refused.
    fn loads(&self, columns: &[usize], bytes_max: u64) -> Result<Vec<Load>, ReadError> {
        let metadata = self.parquet();
        self.is_packed_as_we_read(columns)?;
        let mut all = 0_u64;
        let mut loads = Vec::with_capacity(metadata.num_row_groups());
        for group in 0..metadata.num_row_groups() {
            let mut load = Load { bytes: 0, packed: 0, batch_rows: BATCH_ROWS };
            for pages in self.pages(group, columns)? {
                all = all.saturating_add(pages.bytes);
                let bytes = [pages.dictionary, pages.largest, pages.lengths].into_iter().fold(0, u64::saturating_add);
                load.bytes = load.bytes.saturating_add(bytes);
                load.packed = load.packed.saturating_add(pages.packed);
                load.batch_rows = load.batch_rows.min(rows_of_bytes(REPEATED_BYTES, pages.unseen));
            }
            if all > bytes_max || load.bytes > GROUP_BYTES_MAX {
                let bytes_max = if all > bytes_max { bytes_max } else { GROUP_BYTES_MAX };
                return Err(ReadError::TooLarge { file: self.shown.to_owned(), bytes_max });
            }
            loads.push(load);
        }
        Ok(loads)
    }

    /// Compressions that would bring a library along of which exports make no use are not read.
    fn is_packed_as_we_read(&self, columns: &[usize]) -> Result<(), ReadError> {
        for group in 0..self.parquet().num_row_groups() {
            let unread = |chunk: &ColumnChunkMetaData| match chunk.compression() {
                Compression::BROTLI(_) => Ok::<_, Infallible>(Some("Brotli")),
                Compression::LZO => Ok(Some("LZO")),
                Compression::UNCOMPRESSED
                | Compression::SNAPPY
                | Compression::GZIP(_)
                | Compression::ZSTD(_)
                | Compression::LZ4
                | Compression::LZ4_RAW => Ok(None),
            };
            if let Some(packing) = self.of_leaves(group, columns, unread)?.into_iter().flatten().next() {
                return Err(ReadError::Packing { file: self.shown.to_owned(), packing });
            }
        }
        Ok(())
    }

    /// The pages of some columns of a row group.
    fn pages(&self, group: usize, columns: &[usize]) -> Result<Vec<Pages>, ReadError> {
        self.of_leaves(group, columns, |chunk| pages::pages(&self.held, chunk))
    }

    /// Which bytes of the file the row groups need for some columns, whose pages were looked at.
    fn uses(&self, columns: &[usize]) -> Result<Uses, ReadError> {
        let mut stretches = Vec::with_capacity(self.parquet().num_row_groups());
        for group in 0..self.parquet().num_row_groups() {
            let of_column = |chunk: &ColumnChunkMetaData| Ok::<_, Infallible>(chunk.byte_range());
            let ranges = self.of_leaves(group, columns, of_column)?;
            let start = ranges.iter().map(|(start, _)| *start).min().unwrap_or(0);
            let end = ranges.iter().map(|(start, len)| start.saturating_add(*len)).max().unwrap_or(0);
            stretches.push(start..end);
        }
        Ok(Uses::of(&self.held, stretches.into_iter()))
    }

    /// What `look` says of each column of a row group that lies below some columns.
    pub(super) fn of_leaves<T, E: std::fmt::Display>(
        &self,
        group: usize,
        columns: &[usize],
        look: impl Fn(&ColumnChunkMetaData) -> Result<T, E>,
    ) -> Result<Vec<T>, ReadError> {
        let schema = self.parquet().file_metadata().schema_descr();
        let chunks = self.parquet().row_groups().get(group).map(|group| group.columns()).unwrap_or_default();
        let leaves = chunks
            .iter()
            .enumerate()
            .filter(|(leaf, _)| *leaf < schema.num_columns() && columns.contains(&schema.get_column_root_idx(*leaf)));
        leaves.map(|(_, chunk)| guarded(self.shown, || look(chunk))).collect()
    }

    /// Whether there is memory for so much.
    pub(super) fn has_room(&self, bytes: u64) -> Result<(), ReadError> {
        let there = usize::try_from(bytes).is_ok_and(room::has_room);
        there.then_some(()).ok_or_else(|| ReadError::NoRoom { file: self.shown.to_owned() })
    }

    pub(super) fn mask(&self, columns: &[usize]) -> ProjectionMask {
        ProjectionMask::roots(self.parquet().file_metadata().schema_descr(), columns.iter().copied())
    }

    /// How text in a column is marked. `None` for columns that hold others.
    fn marked_as(&self, column: usize) -> Option<ConvertedType> {
        let schema = self.parquet().file_metadata().schema_descr();
        let leaf = (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == column)?;
        Some(schema.column(leaf).converted_type())
    }

    /// The same with text in some columns read as views: a text that a dictionary repeats in every row takes its bytes once.
    fn with_views(&self, columns: &[usize]) -> Result<ArrowReaderMetadata, ReadError> {
        let schema = self.metadata.schema();
        let viewed = |(column, field): (usize, &Arc<Field>)| {
            if !columns.contains(&column) || !columns::is_any_text(field.data_type()) {
                return Arc::clone(field);
            }
            let view = match self.marked_as(column) {
                Some(ConvertedType::UTF8 | ConvertedType::JSON) => DataType::Utf8View,
                _ => DataType::BinaryView,
            };
            Arc::new(field.as_ref().clone().with_data_type(view))
        };
        let fields: Vec<_> = schema.fields().iter().enumerate().map(viewed).collect();
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        guarded(self.shown, || ArrowReaderMetadata::try_new(Arc::clone(self.parquet()), options))
    }

    /// A reader of one row group.
    pub(super) fn group(
        &self,
        metadata: &ArrowReaderMetadata,
        group: usize,
        mask: ProjectionMask,
        batch_rows: usize,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, ReadError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.held.clone(), metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(batch_rows)
            .with_projection(mask);
        guarded(self.shown, || match selection {
            Some(selection) => builder.with_row_selection(selection).build(),
            None => builder.build(),
        })
    }

    /// The next batch of a reader.
    pub(super) fn next(&self, reader: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>, ReadError> {
        guarded(self.shown, || reader.next().transpose())
    }
}

/// As many rows as have so many bytes, if each has `bytes`; one at least.
pub(super) fn rows_of_bytes(bytes_max: u64, bytes: u64) -> usize {
    usize::try_from(bytes_max / bytes.max(1)).unwrap_or(usize::MAX).max(1)
}

/// Runs what reads the file: its errors and panics are errors of the file.
fn guarded<T, E: std::fmt::Display>(shown: &str, read: impl FnOnce() -> Result<T, E>) -> Result<T, ReadError> {
    foreign::guarded(read, |detail| ReadError::Parquet { file: shown.to_owned(), detail })
}

fn type_name(data_type: &DataType) -> String {
    let name = data_type.to_string();
    match name.char_indices().nth(TYPE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or(&name)),
        None => name,
    }
}

/// A file while it is read.
struct Reading<'a, R, E> {
    file: &'a File<'a>,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// Where the column of each field stands in a batch.
    places: Vec<Option<usize>>,
    whole: Option<Arc<WholeRows>>,
    /// Columns of a batch whose text the `parquet` crate does not check.
    unchecked: Vec<bool>,
    groups: &'a [Group],
    loads: &'a [Load],
    uses: &'a Uses,
    bytes_max: u64,
    treatments: Option<&'a Treatments>,
    each: &'a E,
    /// The next row group to read.
    next: AtomicUsize,
    /// The first row group known to be broken.
    broken: AtomicUsize,
    hands: Hands,
    unpacked_bytes: AtomicU64,
    /// Bytes taken since it was last asked whether there is room, by all threads.
    unasked_bytes: AtomicU64,
    done: Mutex<Vec<(u64, usize, R)>>,
    errors: Mutex<Vec<(usize, ReadError)>>,
}

impl<R: Send, E: Fn(u64, ColumnBatch, Option<&Treatments>) -> R + Sync> Reading<'_, R, E> {
    /// Reads one row group after the other until there are none left.
    fn work<'s>(&'s self, scope: &rayon::Scope<'s>) {
        let _busy = self.hands.one_more();
        loop {
            let group = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(promised) = self.groups.get(group).filter(|_| group < self.broken.load(Ordering::Relaxed)) else {
                return;
            };
            let read = self.read(scope, group, *promised);
            self.uses.end(group);
            if let Err(error) = read {
                self.broken.fetch_min(group, Ordering::Relaxed);
                self.errors.lock().unwrap_or_else(PoisonError::into_inner).push((group, error));
            }
        }
    }

    fn read<'s>(&'s self, scope: &rayon::Scope<'s>, group: usize, promised: Group) -> Result<(), ReadError> {
        let load = self.loads.get(group).ok_or_else(|| self.file.broken("a row group was not looked at"))?;
        self.file.has_room(load.bytes.saturating_add(load.packed))?;
        let mut reader = self.file.group(&self.metadata, group, self.mask.clone(), load.batch_rows, None)?;
        let mut found = 0;
        while let Some(batch) = self.file.next(&mut reader)? {
            let first_row = promised.first_row + found;
            found += batch.num_rows() as u64;
            if found > promised.rows || self.broken.load(Ordering::Relaxed) < group {
                break;
            }
            self.hand_on(scope, first_row, self.checked(batch)?)?;
        }
        if found != promised.rows && self.broken.load(Ordering::Relaxed) > group {
            return Err(ReadError::RowsLost { file: self.file.shown.to_owned(), promised: promised.rows, found });
        }
        Ok(())
    }

    /// The batch with nothing in it that is called text and is none.
    fn checked(&self, batch: RecordBatch) -> Result<RecordBatch, ReadError> {
        let is_text = |array: &ArrayRef| matches!(array.data_type(), DataType::Utf8View | DataType::BinaryView);
        if !self.unchecked.iter().zip(batch.columns()).any(|(unchecked, array)| *unchecked && is_text(array)) {
            return Ok(batch);
        }
        let mut fields = Vec::with_capacity(batch.num_columns());
        let mut arrays = Vec::with_capacity(batch.num_columns());
        for ((field, array), unchecked) in batch.schema_ref().fields().iter().zip(batch.columns()).zip(&self.unchecked)
        {
            let (mut field, mut array) = (Arc::clone(field), Arc::clone(array));
            if *unchecked && is_text(&array) {
                let no_text = || self.file.broken(format!("column `{}` holds bytes that are no text", field.name()));
                array = Arc::new(columns::checked_texts(&array).ok_or_else(no_text)?);
                field = Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View));
            }
            fields.push(field);
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| self.file.broken(error.to_string()))
    }

    /// Hands a batch on: to a thread that has nothing to do, or else to this one.
    fn hand_on<'s>(&'s self, scope: &rayon::Scope<'s>, first_row: u64, batch: RecordBatch) -> Result<(), ReadError> {
        let (bytes, longest) = columns::unpacked_bytes(&batch);
        if longest > CELL_BYTES_MAX {
            let detail = format!("a text in it has {longest} bytes, and one may have {CELL_BYTES_MAX}");
            return Err(self.file.broken(detail));
        }
        if bytes > BATCH_BYTES && batch.num_rows() > 1 {
            let half = batch.num_rows() / 2;
            self.hand_on(scope, first_row, batch.slice(0, half))?;
            return self.hand_on(scope, first_row + half as u64, batch.slice(half, batch.num_rows() - half));
        }
        let before = self.unpacked_bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.bytes_max {
            return Err(ReadError::TooLarge { file: self.file.shown.to_owned(), bytes_max: self.bytes_max });
        }
        // Whoever takes it in keeps what it needs of it.
        let wanted = bytes.saturating_mul(2);
        if self.unasked_bytes.fetch_add(wanted, Ordering::Relaxed).saturating_add(wanted) > UNASKED_BYTES {
            self.file.has_room(wanted)?;
            self.unasked_bytes.store(0, Ordering::Relaxed);
        }
        let Some(batch) = ColumnBatch::new(&batch, &self.places, self.whole.clone()) else {
            return Err(self.file.broken("a column has another type than its schema says"));
        };
        if let Some(row) = batch.row_with_nul() {
            return Err(self.file.broken(format!("row {} holds a NUL byte", first_row + row as u64)));
        }
        self.hands.give(scope, move || self.take(first_row, batch));
        Ok(())
    }

    fn take(&self, first_row: u64, batch: ColumnBatch) {
        let rows = batch.rows();
        let result = (self.each)(first_row, batch, self.treatments);
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((first_row, rows, result));
    }
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "parquet_damage_tests.rs"]
mod damage_tests;
