//! Files become batches of cells with their place (§2). Nothing here knows what a cell means; whatever could make a cell stand in
//! the wrong place, or get lost, is an error of the file.

mod batch;
mod bitmask;
mod blocks;
mod columns;
mod control_file;
mod copied;
mod csv;
mod csv_header;
mod dialect;
mod endings;
mod error;
mod footer;
mod foreign;
mod front;
mod gaps;
mod grid;
mod hands;
mod header;
mod held;
mod job;
mod left_out;
mod listing;
mod look;
mod made;
mod missing;
mod nul;
mod owned;
mod pages;
mod parquet;
mod parquet_records;
mod paths;
pub(crate) mod room;
mod rows;
mod sent;
mod sheets;
mod source;
mod table;
mod text_rows;
mod thrift;
mod treat;
mod unquoted;
mod walk;
mod workbook;
mod xlsx;

pub use batch::Batch;
pub use control_file::Promised;
pub use copied::{Bytes, Copied};
pub use endings::is_export;
pub use error::ReadError;
pub use foreign::in_foreign_code;
pub use front::{FilledDown, RaggedRow};
pub use left_out::{LeftOut, Why};
pub use look::{FirstLook, Look, TextLook, id_parts, look, mapping};
pub use missing::MissingColumn;
pub use paths::is_same;
pub use sent::{SentCells, SentColumns, SentRow, SentRows};

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::bug::OrBug;
use crate::finding::{FileNo, Place};
use crate::inputs::Input;
use crate::job::{InputSettings, Limits};
use blocks::Cut;
use endings::Kind;
use job::Job;
use paths::InputFile;
use source::Digest;
use table::Table;

/// What stands in a cell. Text files know text only; columnar ones hand on what they hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    Int(i64),
    Decimal {
        unscaled: i128,
        scale: u8,
    },
    Float(f64),
    Bool(bool),
    Date(i32),
    Timestamp {
        micros: i64,
        zoned: bool,
    },
    /// A formula of a workbook that nobody has computed: what it would say is not known.
    Unsaved,
    /// Bytes that are no text in the input's encoding: what they say is not known.
    NoText,
}

/// Whole numbers from here on share a binary float with others.
pub const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Why a row cannot be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Defect {
    /// It has more or fewer cells than the header; its cells are given as empty.
    Ragged { found: usize, expected: usize },
    /// It holds bytes that are no text in the input's encoding; cells with such bytes are given as [`Cell::NoText`], all others as they are.
    BadEncoding,
    /// A carriage return stands in an unquoted cell and ends no line.
    BareCarriageReturn,
}

impl Defect {
    /// The row cannot be cut into cells: none of them can be trusted to stand in its column.
    #[must_use]
    pub fn is_torn(self) -> bool {
        matches!(self, Defect::Ragged { .. })
    }
}

/// Follows the reading of files from outside.
pub trait Follow: Sync {
    /// So many more bytes were read.
    fn bytes(&self, _bytes: u64) {}
    /// Time of a thread for hashing, counting again and syncing: work that proves figures and never changes one.
    fn trust(&self, _what: &'static str, _took: Duration) {}
}

impl<F: Fn(u64) + Sync> Follow for F {
    fn bytes(&self, bytes: u64) {
        self(bytes);
    }
}

/// Nobody follows.
pub struct Unfollowed;

impl Follow for Unfollowed {}

/// All rows of an input.
#[derive(Debug)]
pub struct Scan<R> {
    pub files: Vec<FileRead>,
    /// In the order of the files and their rows.
    pub pieces: Vec<Piece<R>>,
    /// Columns that the job names and no file has.
    pub not_found: Vec<MissingColumn>,
    /// What the job names and nobody reads.
    pub left_out: Vec<LeftOut>,
}

/// What came of one batch.
#[derive(Debug)]
pub struct Piece<R> {
    pub file: FileNo,
    /// 1 is the first data row of the file.
    pub first_row: u64,
    /// The physical line on which the batch starts; `None` for columnar files.
    pub first_line: Option<u64>,
    pub rows: usize,
    pub result: R,
}

/// A file that was read to its end and did not change meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileRead {
    pub input: Input,
    /// As it was typed, with what a glob or folder stood for.
    pub shown: String,
    pub rows: u64,
    /// Further rows that are no data: sections and notes of an order, further values of a row.
    pub left_out: u64,
    /// F8: of further rows that the job skips, their cells of hours.
    pub skipped: Vec<String>,
    /// Further rows that are no timesheets, by what tells it.
    pub not_timesheets: BTreeMap<String, u64>,
    /// F8: by field, cells that do not match its pattern.
    #[serde(deserialize_with = "sent::known_counts")]
    pub unmatched: BTreeMap<&'static str, u64>,
    /// As it lies on the disk, like the hash.
    pub bytes: u64,
    pub blake3: String,
    pub columns: Vec<ColumnUse>,
    /// What its exporter says it holds.
    pub promised: Option<Promised>,
    /// Of a workbook.
    pub sheets: Sheets,
    /// How rows of it that were set aside are copied (E5).
    pub copied: Copied,
}

/// What is read of a workbook, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sheets {
    pub read: Option<String>,
    pub left_out: Vec<LeftOut>,
}

impl FileRead {
    /// Headers that stand several times, of which a field takes the first filled cell of each row, and how often they stand there.
    pub fn repeated(&self) -> impl Iterator<Item = (&str, usize)> {
        let times = |header: &str| self.columns.iter().filter(|column| header::same(&column.header, header)).count();
        // What is made of them has their name too, and stands behind them.
        let made = self.columns.iter().filter(|column| column.field.is_some()).map(|column| column.header.as_str());
        made.map(move |header| (header, times(header)))
            .filter(|(_, times)| *times > 2)
            .map(|(name, times)| (name, times - 1))
    }

    /// A file before anything is known of its columns and rows.
    fn new(input: Input, shown: &str, copied: Copied, digest: &Digest) -> FileRead {
        FileRead {
            input,
            shown: shown.to_owned(),
            rows: 0,
            left_out: 0,
            skipped: Vec::new(),
            not_timesheets: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            bytes: digest.bytes,
            blake3: digest.blake3.clone(),
            columns: Vec::new(),
            promised: None,
            sheets: Sheets::default(),
            copied,
        }
    }
}

/// The name of a field: serde would have a reference live as long as what it is read from.
type Known = &'static str;

/// A column of a file and the field it stands for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnUse {
    pub header: String,
    #[serde(deserialize_with = "sent::known_field")]
    pub field: Option<Known>,
}

/// A row, looked up once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `None` for columnar files.
    pub line: Option<u64>,
    pub text: String,
}

/// Reads all files of an input and hands their rows to `each`, batch by batch, in parallel. The first error in the order of files and
/// rows is returned, whatever the threads do.
pub fn scan<R: Send>(
    input: Input,
    settings: &InputSettings,
    limits: &Limits,
    first_file: FileNo,
    follow: &dyn Follow,
    each: impl Fn(&Batch<'_>) -> R + Sync,
) -> Result<Scan<R>, ReadError> {
    let job = Job { input, settings, limits, follow, cut: Cut::default(), knows: &header::fits };
    scan_job(job, first_file, &|_| true, each)
}

/// The same for some of its files, by their position among all.
///
/// # Errors
/// As of [`scan`].
pub fn scan_some<R: Send>(
    input: Input,
    (settings, limits): (&InputSettings, &Limits),
    first_file: FileNo,
    wanted: &(dyn Fn(usize) -> bool + Sync),
    each: impl Fn(&Batch<'_>) -> R + Sync,
) -> Result<Scan<R>, ReadError> {
    let job = Job { input, settings, limits, follow: &Unfollowed, cut: Cut::default(), knows: &header::fits };
    scan_job(job, first_file, wanted, each)
}

/// What a scan says of the files of an input but for their rows, which other processes have read: `files` is what they found there.
///
/// # Errors
/// Files that are no longer these, by their names.
pub fn scan_of_others(input: Input, settings: &InputSettings, files: Vec<FileRead>) -> Result<Scan<()>, ReadError> {
    let paths::Found { files: now, mut left_out } = paths::files(input, settings)?;
    let longer = now.len().max(files.len());
    let name = |at: usize| (now.get(at).map(|file| &file.shown), files.get(at).map(|file| &file.shown));
    // A workbook without a named sheet says which one was read behind its name.
    let differs = |at: &usize| !matches!(name(*at), (Some(now), Some(read)) if read.starts_with(now.as_str()));
    if let Some((now, before)) = (0..longer).find(differs).map(name) {
        return Err(ReadError::Changed { file: now.or(before).cloned().unwrap_or_default() });
    }
    files.iter().for_each(|file| left_out.extend_from_slice(&file.sheets.left_out));
    missing::skips_nothing(settings, &files)?;
    let not_found = missing::not_found(input, settings, &files);
    Ok(Scan { files, pieces: Vec::new(), not_found, left_out })
}

/// How many files an input has.
///
/// # Errors
/// A path names no file.
pub fn number_of_files(input: Input, settings: &InputSettings) -> Result<usize, ReadError> {
    Ok(paths::files(input, settings)?.files.len())
}

fn scan_job<R: Send>(
    job: Job<'_>,
    first_file: FileNo,
    wanted: &dyn Fn(usize) -> bool,
    each: impl Fn(&Batch<'_>) -> R + Sync,
) -> Result<Scan<R>, ReadError> {
    let paths::Found { files, left_out } = paths::files(job.input, job.settings)?;
    let number = files.len();
    let mut scan = Scan { files: Vec::new(), pieces: Vec::new(), not_found: Vec::new(), left_out };
    let apart = |batch: &Batch<'_>| (batch.apart.gaps, batch.apart.why.clone(), batch.apart.unmatched.clone());
    let each = |batch: &Batch<'_>| (apart(batch), each(batch));
    let mut scanned = Vec::new();
    let files = (first_file.0..).zip(files).enumerate().filter(|(at, _)| wanted(*at));
    for (_, (number, file)) in files {
        let promised = if file.sheets > 0 { control_file::beside(&file)? } else { None };
        scanned.push((promised, scan_file(job, &file, FileNo(number), &each)?));
    }
    let mut tables: Vec<&mut Table> = scanned.iter_mut().filter_map(|(_, scanned)| scanned.table_mut()).collect();
    made::number(&mut tables);
    for (promised, scanned) in scanned {
        let (mut read, pieces) = match scanned {
            Scanned::Rows(read, pieces) => (read, pieces),
            Scanned::Table(table) => table.scan(&each),
        };
        read.promised = promised;
        for Piece { file, first_row, first_line, rows, result: ((gaps, apart, unmatched), result) } in pieces {
            for (field, cells) in unmatched {
                *read.unmatched.entry(field).or_default() += cells;
            }
            let not_counted = gaps + apart.values().sum::<u64>();
            read.rows = read.rows.checked_sub(not_counted).or_bug("rows that are left out are rows of the file");
            for (why, rows) in apart {
                *read.not_timesheets.entry(why).or_default() += rows;
            }
            scan.pieces.push(Piece { file, first_row, first_line, rows, result });
        }
        scan.left_out.extend_from_slice(&read.sheets.left_out);
        scan.files.push(read);
    }
    // A part of the files cannot say what all of them lack.
    if scan.files.len() == number {
        missing::skips_nothing(job.settings, &scan.files)?;
    }
    scan.not_found = missing::not_found(job.input, job.settings, &scan.files);
    Ok(scan)
}

/// What came of a file.
enum Scanned<R> {
    Rows(FileRead, Vec<Piece<R>>),
    /// Its ids are made once all files are read.
    Table(Table),
}

impl<R: Send> Scanned<R> {
    /// Rows that wait for no other file are handed on at once.
    fn of(table: Table, each: &(impl Fn(&Batch<'_>) -> R + Sync)) -> Scanned<R> {
        if table.made.is_some() {
            return Scanned::Table(table);
        }
        let (read, pieces) = table.scan(each);
        Scanned::Rows(read, pieces)
    }

    fn table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Scanned::Rows(..) => None,
            Scanned::Table(table) => Some(table),
        }
    }
}

fn scan_file<R: Send>(
    job: Job<'_>,
    file: &InputFile,
    number: FileNo,
    each: &(impl Fn(&Batch<'_>) -> R + Sync),
) -> Result<Scanned<R>, ReadError> {
    match file.kind {
        Kind::Csv(packing) => csv::scan(job, file, packing, number, each),
        Kind::Parquet => parquet::scan(job, file, number, each),
        Kind::Workbook => workbook::scan(job, file, number, each),
    }
}

/// Bytes of the largest file of an input that has to be in memory whole while it is read.
///
/// # Errors
/// A path names no file.
pub fn held_bytes(input: Input, settings: &InputSettings) -> Result<u64, ReadError> {
    let whole = |file: &InputFile| matches!(file.kind, Kind::Parquet | Kind::Workbook);
    let files = paths::files(input, settings)?.files;
    let bytes = files.iter().filter(|file| whole(file)).filter_map(|file| fs::metadata(&file.path).ok());
    Ok(bytes.map(|metadata| metadata.len()).max().unwrap_or(0))
}

/// Reads files once more for the whole records of some rows, which are sorted, and tells them in their order.
pub fn records(
    input: Input,
    settings: &InputSettings,
    limits: &Limits,
    files: &[FileRead],
    first_file: FileNo,
    wanted: &[Place],
    tell: &mut dyn FnMut(Place, Record),
) -> Result<(), ReadError> {
    let job = Job { input, settings, limits, follow: &Unfollowed, cut: Cut::default(), knows: &header::fits };
    records_job(job, files, first_file, wanted, tell)
}

fn records_job(
    job: Job<'_>,
    files: &[FileRead],
    first_file: FileNo,
    wanted: &[Place],
    tell: &mut dyn FnMut(Place, Record),
) -> Result<(), ReadError> {
    let now = paths::files(job.input, job.settings)?.files;
    for of_file in wanted.chunk_by(|one, other| one.file == other.file) {
        let number = of_file.first().and_then(|place| place.file.0.checked_sub(first_file.0));
        let Some(read) = number.and_then(|number| files.get(number as usize)) else {
            return Err(ReadError::NothingFound { input: job.input, path: String::new(), left_out: Vec::new() });
        };
        let changed = || ReadError::Changed { file: read.shown.clone() };
        let file = now.iter().find(|file| file.shown == read.shown).ok_or_else(changed)?;
        let rows: Vec<u64> = of_file.iter().map(|place| place.row).collect();
        let mut places = of_file.iter().copied();
        let mut told = |record: Record| {
            if let Some(place) = places.next() {
                tell(place, record);
            }
        };
        match file.kind {
            Kind::Csv(packing) => csv::records(job, file, packing, read, &rows, &mut told)?,
            Kind::Parquet => parquet_records::records(job, file, read, &rows, &mut told)?,
            Kind::Workbook => workbook::records(job, file, read, &rows, &mut told)?,
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod csv_tests;

#[cfg(test)]
#[path = "csv_file_tests.rs"]
mod csv_file_tests;
