//! Workbooks. A cell holds a number, a text, a truth value or a moment; all numbers are binary floats there, so what was typed is their
//! shortest decimal.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx, XlsxError};

use super::csv::Job;
use super::grid::{self, GridRow, Owned, Table};
use super::header::{self, Mapping};
use super::look::Front;
use super::paths::InputFile;
use super::source::{self, Digest};
use super::{Batch, EXACT_BELOW, FileRead, ReadError, Record, Scanned};
use crate::calendar::{Date, MICROS_PER_DAY};
use crate::finding::FileNo;
use crate::quantity::decimal_from_text;

/// Rows above the header, such as a title.
const ROWS_ABOVE_MAX: u32 = 20;

struct Sheet {
    headers: Vec<String>,
    rows: Vec<GridRow>,
    digest: Digest,
}

pub(super) fn scan<R: Send>(
    job: Job<'_>,
    file: &InputFile,
    number: FileNo,
    each: &(impl Fn(&Batch<'_>) -> R + Sync),
) -> Result<Scanned<R>, ReadError> {
    let Sheet { headers, mut rows, digest } = read(job, file)?;
    let mapping = header::map(job.input, job.settings, &headers, &file.shown)?;
    let count = rows.len() as u64;
    let Mapping { fields, columns, treatments, whole } = mapping;
    let mut read = FileRead {
        input: job.input,
        shown: file.shown.clone(),
        rows: count,
        left_out: 0,
        not_timesheets: BTreeMap::new(),
        bytes: digest.bytes,
        blake3: digest.blake3,
        columns,
        promised: None,
    };
    if let Some(whole) = &whole {
        rows = grid::complete(rows, whole, &headers, fields.first().copied().flatten());
        grid::counted(&mut read, rows.len());
    }
    let made = whole.and_then(|whole| whole.made);
    Ok(Scanned::of(Table { number, read, headers, rows, fields, treatments, made }, each))
}

/// The header of a workbook and its first rows, as texts.
pub(super) fn look(job: Job<'_>, file: &InputFile, rows_max: usize) -> Result<Front, ReadError> {
    let Sheet { headers, rows, .. } = read(job, file)?;
    let texts = |row: &GridRow| row.cells.iter().map(Owned::text).collect();
    let rows = rows.iter().filter(|row| row.defect.is_none()).take(rows_max).map(texts).collect();
    Ok(Front { headers, rows })
}

/// Rows that were read before, once more.
pub(super) fn records(
    job: Job<'_>,
    file: &InputFile,
    read_before: &FileRead,
    wanted: &[u64],
) -> Result<Vec<Record>, ReadError> {
    let sheet = read(job, file)?;
    let changed = || ReadError::Changed { file: file.shown.clone() };
    if sheet.digest.blake3 != read_before.blake3 {
        return Err(changed());
    }
    let record = |number: &u64| {
        let at = sheet.rows.binary_search_by_key(number, |row| row.number).ok();
        let row = at.and_then(|at| sheet.rows.get(at)).ok_or_else(changed)?;
        Ok(Record { line: None, text: record_text(row) })
    };
    wanted.iter().map(record).collect()
}

/// A row as a line of CSV.
fn record_text(row: &GridRow) -> String {
    let quoted = |cell: &Owned| {
        let text = cell.text();
        if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    row.cells.iter().map(quoted).collect::<Vec<_>>().join(",")
}

fn read(job: Job<'_>, file: &InputFile) -> Result<Sheet, ReadError> {
    let shown = &file.shown;
    let (bytes, digest) = source::whole(&file.path, shown, job.limits.unpacked_bytes_max, job.follow)?;
    let broken = |detail: String| ReadError::Workbook { file: shown.clone(), detail };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let names = workbook.sheet_names();
    let name = match &job.settings.sheet {
        Some(wanted) => names.iter().find(|name| name.trim() == wanted.trim()).ok_or_else(|| {
            let known = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            broken(format!("it has no sheet `{wanted}`, it has {known}"))
        })?,
        None => names.first().ok_or_else(|| broken("it has no sheet".to_owned()))?,
    };
    let name = name.clone();
    let cells = cells(&mut workbook, &name).map_err(|error| broken(error.to_string()))?;
    let (headers, rows) = rows(&cells).ok_or_else(|| ReadError::NoHeader { file: shown.clone() })?;
    Ok(Sheet { headers, rows, digest })
}

/// Cells with something in them, by row and column: a sheet may have one far from all others.
type Cells = BTreeMap<u32, BTreeMap<u32, Owned>>;

fn cells(workbook: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Result<Cells, XlsxError> {
    let mut cells = Cells::new();
    let mut reader = match workbook.worksheet_cells_reader(sheet) {
        // A chart has no cells.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(cells),
        reader => reader?,
    };
    while let Some(cell) = reader.next_cell_with_formula_metadata()? {
        let owned = match (cell.value, cell.formula) {
            (DataRef::Empty, None) => continue,
            (DataRef::Empty, Some(_)) => Owned::Unsaved,
            (value, _) => owned(&value.into()),
        };
        let (row, column) = cell.pos;
        cells.entry(row).or_default().insert(column, owned);
    }
    Ok(cells)
}

/// The header is the first row with at least two cells; above it there may be a title.
fn rows(cells: &Cells) -> Option<(Vec<String>, Vec<GridRow>)> {
    let first_row = *cells.keys().next()?;
    let first_column = cells.values().filter_map(|row| row.keys().next()).min().copied()?;
    let above = cells.range(..first_row.saturating_add(ROWS_ABOVE_MAX));
    let (header_row, header) = above.into_iter().find(|(_, row)| row.len() >= 2)?;
    let place = |column: u32| column.saturating_sub(first_column) as usize;
    let used = place(*header.keys().next_back()?) + 1;
    let mut headers = vec![String::new(); used];
    for (column, cell) in header {
        if let Some(header) = headers.get_mut(place(*column)) {
            *header = cell.text();
        }
    }
    let mut rows = Vec::new();
    for (row, filled) in cells.range(header_row.saturating_add(1)..) {
        let found = filled.iter().rev().find(|(_, cell)| !cell.is_blank()).map_or(0, |(last, _)| place(*last) + 1);
        let defect = (found > used).then_some(super::Defect::Ragged { found, expected: used });
        let mut cells = vec![Owned::Empty; used];
        for (column, cell) in filled {
            if let Some(slot) = cells.get_mut(place(*column)) {
                *slot = cell.clone();
            }
        }
        rows.push(GridRow { number: u64::from(row - header_row), line: None, cells, defect, record: None });
    }
    Some((headers, rows))
}

fn owned(cell: &Data) -> Owned {
    match cell {
        Data::Empty => Owned::Empty,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Owned::Text(text.clone()),
        Data::Bool(flag) => Owned::Bool(*flag),
        Data::Int(whole) => Owned::Int(*whole),
        Data::Float(number) => number_of(*number),
        Data::Error(error) => Owned::Text(error.to_string()),
        Data::DateTime(moment) if moment.is_duration() || moment.as_f64() < 1.0 => clock(moment.as_f64()),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            let Some(date) = Date::from_ymd(i32::from(year), u32::from(month), u32::from(day)) else {
                return number_of(moment.as_f64());
            };
            let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
            match seconds * 1_000 + i64::from(milli) {
                0 => Owned::Date(date.days()),
                millis => {
                    let micros = i64::from(date.days()) * MICROS_PER_DAY + millis * 1_000;
                    Owned::Timestamp { micros, zoned: false }
                }
            }
        }
    }
}

/// The shortest decimal that is the same float.
fn number_of(number: f64) -> Owned {
    if number.abs() >= EXACT_BELOW {
        return Owned::Float(number);
    }
    let text = number.to_string();
    if let Ok(whole) = text.parse() {
        return Owned::Int(whole);
    }
    match decimal_from_text(&text).map(|(unscaled, scale)| (unscaled, u8::try_from(scale))) {
        Some((unscaled, Ok(scale))) => Owned::Decimal { unscaled, scale },
        _ => Owned::Text(text),
    }
}

/// A time of day or a length of time, as part of a day: to the millisecond, which is what a workbook can tell apart.
fn clock(days: f64) -> Owned {
    let millis = (days.abs() * 86_400_000.0).round();
    if !days.is_finite() || millis > 1e15 {
        return Owned::Text(days.to_string());
    }
    let millis = millis as i64;
    let sign = if days < 0.0 { "-" } else { "" };
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    if rest == 0 {
        return Owned::Text(format!("{sign}{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60));
    }
    // Hours with as many decimals as a millisecond needs.
    let unscaled = i128::from(millis) * 10_000_000_000 / 3_600_000;
    Owned::Decimal { unscaled: if days < 0.0 { -unscaled } else { unscaled }, scale: 10 }
}
