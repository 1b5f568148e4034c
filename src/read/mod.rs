//! Files become batches of cells with their place (§2). Nothing here knows what a cell means; whatever could make a cell stand in
//! the wrong place, or get lost, is an error of the file.

mod blocks;
mod columns;
mod csv;
mod dialect;
mod error;
mod footer;
mod foreign;
mod gaps;
mod grid;
mod hands;
mod header;
mod left_out;
mod listing;
mod look;
mod made;
mod marks;
mod pages;
mod parquet;
mod parquet_records;
mod paths;
pub(crate) mod room;
mod rows;
mod sheets;
mod sidecar;
mod source;
mod thrift;
mod treat;
mod unquoted;
mod walk;
mod xlsx;

pub use error::ReadError;
pub use foreign::in_foreign_code;
pub use left_out::{LeftOut, Why};
pub use look::{Look, TextLook, id_parts, look, mapping};
pub use paths::{is_export, is_same};
pub use sidecar::Promised;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::finding::{FileNo, Place};
use crate::inputs::{Input, timesheets};
use crate::job::{InputSettings, Limits};
use crate::presets::{self, Key};
use blocks::Cut;
use columns::ColumnBatch;
use csv::{Job, TextRows};
use grid::{GridRows, Table};
use paths::{InputFile, Kind};
use source::Digest;
use treat::Treatments;
use xlsx::SheetRows;

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
}

/// Whole numbers from here on share a binary float with others.
pub const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Why a row cannot be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// It has more or fewer cells than the header; its cells are given as empty.
    Ragged { found: usize, expected: usize },
    /// It holds bytes that are no text in the input's encoding; its cells are given as empty.
    BadEncoding,
    /// A carriage return stands in an unquoted cell and ends no line.
    BareCarriageReturn,
}

/// Follows the reading of files from outside.
pub trait Follow: Sync {
    /// So many more bytes were read.
    fn bytes(&self, _bytes: u64) {}
    /// So long a thread did what changes no figure, and only proves that none is wrong.
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
    /// Columns that the job names for a field and no file has: (field, header).
    pub not_found: Vec<(&'static str, String)>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    pub input: Input,
    /// As it was typed, with what a glob or folder stood for.
    pub shown: String,
    pub rows: u64,
    /// Further rows that are no data: sections and notes of an order, further values of a row.
    pub left_out: u64,
    /// Further rows that are no timesheets, by what tells it.
    pub not_timesheets: BTreeMap<String, u64>,
    /// F8: by field, cells that do not match its pattern.
    pub unmatched: BTreeMap<&'static str, u64>,
    /// As it lies on the disk, like the hash.
    pub bytes: u64,
    pub blake3: String,
    pub columns: Vec<ColumnUse>,
    /// What its exporter says it holds.
    pub promised: Option<Promised>,
    /// Of a workbook.
    pub sheets: Sheets,
}

/// What is read of a workbook, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// A file without lines, before anything is known of its columns.
    fn new(input: Input, shown: &str, rows: u64, digest: &Digest) -> FileRead {
        FileRead {
            input,
            shown: shown.to_owned(),
            rows,
            left_out: 0,
            not_timesheets: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            bytes: digest.bytes,
            blake3: digest.blake3.clone(),
            columns: Vec::new(),
            promised: None,
            sheets: Sheets::default(),
        }
    }
}

/// A column of a file and the field it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnUse {
    pub header: String,
    pub field: Option<&'static str>,
}

/// A row, looked up once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `None` for columnar files.
    pub line: Option<u64>,
    pub text: String,
}

/// Rows of one file.
pub struct Batch<'a> {
    file: FileNo,
    index: usize,
    rows: BatchRows<'a>,
    treatments: Option<&'a Treatments>,
    apart: Apart,
}

/// Rows of a batch that nobody is to read: they hold nothing, or are no timesheets.
#[derive(Debug, Default)]
struct Apart {
    /// Ascending.
    rows: Vec<usize>,
    /// Those that hold nothing: they are no rows.
    gaps: u64,
    /// Of the others, by what tells it.
    why: BTreeMap<String, u64>,
    /// F8: by field, cells that do not match its pattern.
    unmatched: BTreeMap<&'static str, u64>,
}

enum BatchRows<'a> {
    Text(TextRows<'a>),
    Grid(GridRows<'a>),
    Columns(ColumnBatch),
    Sheet(SheetRows<'a>),
}

impl<'a> Batch<'a> {
    fn of_text(file: FileNo, index: usize, rows: TextRows<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        Batch::of(file, index, BatchRows::Text(rows), treatments)
    }

    fn of_grid(file: FileNo, index: usize, rows: GridRows<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        Batch::of(file, index, BatchRows::Grid(rows), treatments)
    }

    fn of_columns(file: FileNo, index: usize, rows: ColumnBatch, treatments: Option<&'a Treatments>) -> Batch<'a> {
        Batch::of(file, index, BatchRows::Columns(rows), treatments)
    }

    fn of_sheet(file: FileNo, index: usize, rows: SheetRows<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        Batch::of(file, index, BatchRows::Sheet(rows), treatments)
    }

    fn of(file: FileNo, index: usize, rows: BatchRows<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        let mut batch = Batch { file, index, rows, treatments, apart: Apart::default() };
        if treatments.is_some_and(|treatments| treatments.analytic) {
            batch.apart = batch.not_timesheets();
        }
        if let Some(treatments) = treatments {
            batch.apart.unmatched = batch.unmatched(treatments);
        }
        if let BatchRows::Sheet(rows) = &batch.rows
            && !rows.gaps().is_empty()
        {
            batch.apart.gaps = rows.gaps().len() as u64;
            batch.apart.rows.extend(rows.gaps());
            batch.apart.rows.sort_unstable();
        }
        batch
    }

    /// Positions of rows that hold nothing or are no timesheets, ascending: no cell of them says anything.
    pub fn left_out(&self) -> &[usize] {
        &self.apart.rows
    }

    /// F8: hours of rows that the job skips, between the batch before and this one.
    pub fn skipped(&self) -> impl Iterator<Item = Cell<'_>> {
        let rows = match &self.rows {
            BatchRows::Grid(rows) => Some(rows),
            _ => None,
        };
        rows.into_iter().flat_map(GridRows::skipped)
    }

    /// Lines of costs among those of time: without a project, where the export tells it, or in a unit that measures no time.
    fn not_timesheets(&self) -> Apart {
        let mut apart = Apart::default();
        let projects = self.has(timesheets::PROJECT);
        if !projects && !self.has(timesheets::UOM) {
            return apart;
        }
        let gaps = match &self.rows {
            BatchRows::Sheet(rows) => rows.gaps(),
            _ => &[],
        };
        let is_row = |row: &usize| self.defect(*row).is_none() && gaps.binary_search(row).is_err();
        for row in (0..self.rows()).filter(is_row) {
            let why = match (self.cell(row, timesheets::PROJECT), self.cell(row, timesheets::UOM)) {
                (Cell::Empty, _) if projects => "no project".to_owned(),
                (Cell::Text(project), _) if projects && presets::names_nothing(project) => "no project".to_owned(),
                (_, Cell::Text(unit)) if !presets::names_nothing(unit) && !presets::is_time_unit(unit) => {
                    format!("unit `{}`", unit.trim())
                }
                _ => continue,
            };
            apart.rows.push(row);
            *apart.why.entry(why).or_default() += 1;
        }
        apart
    }

    /// F8: by field, cells that do not match its pattern and so say nothing.
    fn unmatched(&self, treatments: &Treatments) -> BTreeMap<&'static str, u64> {
        let mut unmatched = BTreeMap::new();
        let patterns = treatments.of_fields.iter().enumerate();
        for (field, (name, pattern)) in patterns.filter_map(|(at, of)| Some((at, of.pattern.as_ref()?))) {
            let misses = |row: &usize| match self.untreated(*row, field) {
                Cell::Text(text) => self.defect(*row).is_none() && pattern.first(text).is_none(),
                _ => false,
            };
            let misses = (0..self.rows()).filter(misses).count() as u64;
            if misses > 0 {
                unmatched.insert(*name, misses);
            }
        }
        unmatched
    }

    pub fn rows(&self) -> usize {
        match &self.rows {
            BatchRows::Text(rows) => rows.rows().len(),
            BatchRows::Columns(rows) => rows.rows(),
            BatchRows::Grid(rows) => rows.len(),
            BatchRows::Sheet(rows) => rows.len(),
        }
    }

    /// The file, and a number that rises from batch to batch.
    pub fn index(&self) -> (FileNo, usize) {
        (self.file, self.index)
    }

    /// The cell of a field of the input; empty when the file has no column for it.
    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        let cell = self.untreated(row, field);
        match self.treatments {
            None => cell,
            Some(treatments) => match (treatments.of_fields.get(field), self.defect(row)) {
                (Some(treatment), None) => treatment.treated(cell),
                _ => cell,
            },
        }
    }

    /// As it stands in the file.
    #[inline]
    fn untreated(&self, row: usize, field: usize) -> Cell<'_> {
        match &self.rows {
            BatchRows::Text(rows) => match rows.cell(row, field) {
                "" => Cell::Empty,
                text => Cell::Text(text),
            },
            BatchRows::Columns(rows) => rows.cell(row, field),
            BatchRows::Grid(rows) => rows.cell(row, field),
            BatchRows::Sheet(rows) => rows.cell(row, field),
        }
    }

    /// Hands on the cell of a field in every row, row after row. What kind of column it is is asked once.
    #[inline]
    pub fn each<'b>(&'b self, field: usize, mut each: impl FnMut(usize, Cell<'b>)) {
        match (&self.rows, self.treatments) {
            (BatchRows::Text(rows), None) => rows.each(field, each),
            (BatchRows::Columns(rows), None) => rows.each(field, each),
            _ => (0..self.rows()).for_each(|row| each(row, self.cell(row, field))),
        }
    }

    /// Some row may say something in a field: a column stands for it, or the job says it for all.
    pub fn has(&self, field: usize) -> bool {
        let column = match &self.rows {
            BatchRows::Text(rows) => rows.has(field),
            BatchRows::Columns(rows) => rows.has(field),
            BatchRows::Grid(rows) => rows.has(field),
            BatchRows::Sheet(rows) => rows.has(field),
        };
        let said = |treatments: &Treatments| treatments.of_fields.get(field).is_some_and(|found| found.empty.is_some());
        column || self.treatments.is_some_and(said)
    }

    /// Ids of its rows are made of their cells (F4).
    pub fn has_made_ids(&self) -> bool {
        matches!(&self.rows, BatchRows::Grid(rows) if rows.has_made_ids())
    }

    /// What references in the column of a field are written in.
    #[inline]
    pub fn key(&self, field: usize) -> Key {
        self.treatments.and_then(|treatments| treatments.of_fields.get(field)).map_or(Key::Plain, |found| found.key)
    }

    /// Other files may name the records of its rows in further ways.
    pub fn has_names(&self) -> bool {
        self.treatments.is_some()
    }

    /// The ways in which other files may name the record of a row, beside its id: from columns, and made up as programs do.
    pub fn names(&self, row: usize, input: Input) -> Vec<(Key, String)> {
        let Some(treatments) = self.treatments else { return Vec::new() };
        let text = |field: usize| match self.cell(row, field) {
            Cell::Text(text) => text,
            _ => "",
        };
        let fields = input.fields();
        let written = |at: usize| match self.cell(row, at) {
            Cell::Text(text) => text.to_owned(),
            Cell::Int(whole) => whole.to_string(),
            _ => String::new(),
        };
        let columns = treatments.others.iter().zip(fields.len()..);
        let mut names: Vec<(Key, String)> =
            columns.map(|(key, at)| (*key, written(at))).filter(|(_, name)| !name.is_empty()).collect();
        let of_field = |name: &str| fields.iter().position(|field| field.name == name).map_or("", text);
        let numbers = names.clone();
        let other = |key: Key| numbers.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name.as_str());
        names.extend(presets::display_names(input, &of_field, &other).into_iter().map(|name| (Key::Display, name)));
        names
    }

    /// Some row may have a defect.
    pub fn has_defects(&self) -> bool {
        match &self.rows {
            BatchRows::Text(rows) => rows.rows().has_defects(),
            BatchRows::Grid(_) => true,
            BatchRows::Sheet(rows) => rows.has_defects(),
            BatchRows::Columns(_) => false,
        }
    }

    #[inline]
    pub fn defect(&self, row: usize) -> Option<Defect> {
        match &self.rows {
            BatchRows::Text(rows) => rows.rows().defect(row),
            BatchRows::Grid(rows) => rows.defect(row),
            BatchRows::Sheet(rows) => rows.defect(row),
            BatchRows::Columns(_) => None,
        }
    }

    /// Lines between the first of the batch and the first of the row; 0 for files without lines.
    pub fn line(&self, row: usize) -> u64 {
        match &self.rows {
            BatchRows::Text(rows) => rows.rows().line(row),
            BatchRows::Grid(rows) => rows.line(row),
            BatchRows::Columns(_) | BatchRows::Sheet(_) => 0,
        }
    }

    /// The whole record as it stands in the file, U+FFFD for what is no text; `None` where it has to be looked up.
    pub fn record(&self, row: usize) -> Option<String> {
        match &self.rows {
            BatchRows::Text(rows) => Some(rows.record(row)),
            BatchRows::Columns(_) => None,
            BatchRows::Grid(rows) => rows.record(row),
            BatchRows::Sheet(rows) => rows.record(row),
        }
    }
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
    scan_job(Job { input, settings, limits, follow, cut: Cut::default(), knows: &header::fits }, first_file, each)
}

fn scan_job<R: Send>(
    job: Job<'_>,
    first_file: FileNo,
    each: impl Fn(&Batch<'_>) -> R + Sync,
) -> Result<Scan<R>, ReadError> {
    let paths::Found { files, left_out } = paths::files(job.input, job.settings)?;
    let mut scan = Scan { files: Vec::new(), pieces: Vec::new(), not_found: Vec::new(), left_out };
    let apart = |batch: &Batch<'_>| (batch.apart.gaps, batch.apart.why.clone(), batch.apart.unmatched.clone());
    let each = |batch: &Batch<'_>| (apart(batch), each(batch));
    let mut scanned = Vec::new();
    for (number, file) in (first_file.0..).zip(files) {
        let promised = if file.sheets > 0 { sidecar::beside(&file)? } else { None };
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
            read.rows = read.rows.saturating_sub(gaps);
            for (why, rows) in apart {
                read.rows = read.rows.saturating_sub(rows);
                *read.not_timesheets.entry(why).or_default() += rows;
            }
            scan.pieces.push(Piece { file, first_row, first_line, rows, result });
        }
        scan.left_out.extend_from_slice(&read.sheets.left_out);
        scan.files.push(read);
    }
    scan.not_found = header::not_found(job.settings, &scan.files);
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
        Kind::Workbook => xlsx::scan(job, file, number, each),
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
            Kind::Workbook => xlsx::records(job, file, read, &rows, &mut told)?,
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
