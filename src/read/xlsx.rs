//! Workbooks. A cell holds a number, a text, a truth value or a moment; all numbers are binary floats there, so what was typed is their
//! shortest decimal.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::csv::Job;
use super::grid::{self, GridRow, GridRows, Owned};
use super::header::{self, Mapping};
use super::look::Front;
use super::paths::InputFile;
use super::source::{self, Digest};
use super::{Batch, FileRead, Piece, ReadError, Record};
use crate::calendar::{Date, MICROS_PER_DAY};
use crate::finding::FileNo;
use crate::quantity::decimal_from_text;

/// Rows above the header, such as a title.
const ROWS_ABOVE_MAX: usize = 20;

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
) -> Result<(FileRead, Vec<Piece<R>>), ReadError> {
    let Sheet { headers, mut rows, digest } = read(job, file)?;
    let mapping = header::map(job.input, job.settings, &headers, &file.shown)?;
    let count = rows.len() as u64;
    let Mapping { fields, columns, treatments, whole } = mapping;
    let mut read = FileRead {
        input: job.input,
        shown: file.shown.clone(),
        rows: count,
        left_out: 0,
        bytes: digest.bytes,
        blake3: digest.blake3,
        columns,
        promised: None,
    };
    if let Some(whole) = &whole {
        rows = grid::complete(rows, whole, &headers, fields.first().copied().flatten());
        grid::counted(&mut read, rows.len());
    }
    let each = |index, rows: GridRows<'_>| each(&Batch::of_grid(number, index, rows, treatments.as_ref()));
    Ok((read, grid::pieces(&rows, &fields, number, &each)))
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
    let range = workbook.worksheet_range(name).map_err(|error| broken(error.to_string()))?;
    let (headers, rows) = rows(&range).ok_or_else(|| ReadError::NoHeader { file: shown.clone() })?;
    Ok(Sheet { headers, rows, digest })
}

/// The header is the first row with at least two cells; above it there may be a title.
fn rows(range: &Range<Data>) -> Option<(Vec<String>, Vec<GridRow>)> {
    let filled = |row: &[Data]| row.iter().filter(|cell| !matches!(cell, Data::Empty)).count();
    let header_at = range.rows().take(ROWS_ABOVE_MAX).position(|row| filled(row) >= 2)?;
    let header = range.rows().nth(header_at)?;
    let used = header.iter().rposition(|cell| !matches!(cell, Data::Empty))? + 1;
    let headers: Vec<String> = header.iter().take(used).map(|cell| owned(cell).text()).collect();
    let mut rows = Vec::new();
    for (number, row) in (1..).zip(range.rows().skip(header_at + 1)) {
        if filled(row) == 0 {
            continue;
        }
        let mut cells: Vec<Owned> = row.iter().map(owned).collect();
        let found = cells.iter().rposition(|cell| !cell.is_blank()).map_or(0, |last| last + 1);
        let defect = (found > used).then_some(super::Defect::Ragged { found, expected: used });
        cells.resize(used, Owned::Empty);
        rows.push(GridRow { number, line: None, cells, defect, record: None });
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
                millis => Owned::Timestamp(i64::from(date.days()) * MICROS_PER_DAY + millis * 1_000),
            }
        }
    }
}

/// The shortest decimal that is the same float.
fn number_of(number: f64) -> Owned {
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
