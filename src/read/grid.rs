//! Rows that have to be looked at together: workbooks, and exports whose rows depend on each other (children below their parent,
//! rows without an id, rows that are no data). Such files are exports of a screen: they fit in memory.

use std::collections::HashMap;

use super::header::Whole;
use super::{Cell, Defect, FileRead, Piece};
use crate::finding::FileNo;
use crate::presets::How;

/// Rows of one piece that is handed on.
pub(super) const PIECE_ROWS: usize = 8_192;

/// A cell that stands by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Owned {
    #[default]
    Empty,
    Text(String),
    Int(i64),
    Decimal {
        unscaled: i128,
        scale: u8,
    },
    Bool(bool),
    Date(i32),
    Timestamp(i64),
}

impl Owned {
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Owned::Empty => Cell::Empty,
            Owned::Text(text) if text.is_empty() => Cell::Empty,
            Owned::Text(text) => Cell::Text(text),
            Owned::Int(whole) => Cell::Int(*whole),
            Owned::Decimal { unscaled, scale } => Cell::Decimal { unscaled: *unscaled, scale: *scale },
            Owned::Bool(flag) => Cell::Bool(*flag),
            Owned::Date(days) => Cell::Date(*days),
            Owned::Timestamp(micros) => Cell::Timestamp { micros: *micros, zoned: false },
        }
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Owned::Empty => true,
            Owned::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As text, to join cells and to make ids of them.
    pub fn text(&self) -> String {
        match self {
            Owned::Empty => String::new(),
            Owned::Text(text) => text.trim().to_owned(),
            Owned::Int(whole) => whole.to_string(),
            Owned::Decimal { unscaled, scale } => crate::quantity::decimal_text(*unscaled, u32::from(*scale), 0),
            Owned::Bool(flag) => flag.to_string(),
            Owned::Date(days) => {
                crate::calendar::Date::from_days(*days).map_or_else(|| days.to_string(), |date| date.to_string())
            }
            Owned::Timestamp(micros) => crate::calendar::Moment::from_micros(*micros)
                .map_or_else(|| micros.to_string(), |moment| moment.to_string()),
        }
    }
}

/// A row of a file, whole.
#[derive(Clone, Debug)]
pub(super) struct GridRow {
    /// 1 is the first data row of the file.
    pub number: u64,
    /// `None` in files without lines.
    pub line: Option<u64>,
    pub cells: Vec<Owned>,
    pub defect: Option<Defect>,
    pub record: Option<String>,
}

impl GridRow {
    fn is_blank(&self, column: usize) -> bool {
        self.cells.get(column).is_none_or(Owned::is_blank)
    }
}

/// A batch of rows that stand together in their file.
pub(super) struct GridRows<'a> {
    rows: &'a [GridRow],
    fields: &'a [Option<usize>],
}

impl GridRows<'_> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        let column = self.fields.get(field).copied().flatten();
        let cell = column.and_then(|column| self.rows.get(row)?.cells.get(column));
        cell.map_or(Cell::Empty, Owned::cell)
    }

    pub fn defect(&self, row: usize) -> Option<Defect> {
        self.rows.get(row)?.defect
    }

    pub fn line(&self, row: usize) -> u64 {
        let line = |row: usize| self.rows.get(row).and_then(|row| row.line);
        line(row).zip(line(0)).map_or(0, |(line, first)| line.saturating_sub(first))
    }

    pub fn record(&self, row: usize) -> Option<String> {
        self.rows.get(row)?.record.clone()
    }
}

/// Does what has to be done with the rows as a whole. `id` is the column of the row's own id.
pub(super) fn complete(rows: Vec<GridRow>, whole: &Whole, headers: &[String], id: Option<usize>) -> Vec<GridRow> {
    let mut rows = rows;
    if let Some(fill) = &whole.shape.fill_down {
        let of_child: Vec<bool> = headers.iter().map(|header| fill.is_of_child(header)).collect();
        rows = filled_down(rows, &of_child, id);
    }
    // A row that is no data may have been the first below its parent.
    let mut rows = left_out(rows, whole, headers);
    for (how, from) in &whole.derived {
        match how {
            How::Joined => join(&mut rows, from),
            How::RowId => name_rows(&mut rows, from, whole.preset),
        }
    }
    rows
}

fn left_out(rows: Vec<GridRow>, whole: &Whole, headers: &[String]) -> Vec<GridRow> {
    let names = whole.shape.left_out_by;
    let marks =
        |header: &String| names.iter().any(|name| crate::presets::folded(name) == crate::presets::folded(header));
    let Some(column) = headers.iter().position(marks) else { return rows };
    let no_data = |row: &GridRow| {
        let mark = row.cells.get(column).map_or_else(String::new, Owned::text);
        !mark.is_empty() && !mark.eq_ignore_ascii_case("false")
    };
    rows.into_iter().filter(|row| !no_data(row)).collect()
}

/// Gives children below their parent the parent's cells. A row below that has no id of its own is a further value of the row above.
fn filled_down(rows: Vec<GridRow>, of_child: &[bool], id: Option<usize>) -> Vec<GridRow> {
    let mut filled: Vec<GridRow> = Vec::with_capacity(rows.len());
    for mut row in rows {
        let parent = |column: &usize| !of_child.get(*column).is_some_and(|of_child| *of_child);
        let continues = row.defect.is_none() && (0..row.cells.len()).filter(parent).all(|column| row.is_blank(column));
        let above = filled.last_mut().filter(|above| continues && above.defect.is_none());
        let Some(above) = above else {
            filled.push(row);
            continue;
        };
        if id.is_some_and(|id| row.is_blank(id)) && row.cells.iter().any(|cell| !cell.is_blank()) {
            for (known, more) in above.cells.iter_mut().zip(&row.cells).filter(|(_, more)| !more.is_blank()) {
                *known = Owned::Text(format!("{}, {}", known.text(), more.text()));
            }
            continue;
        }
        for (at, cell) in row.cells.iter_mut().enumerate().filter(|(at, _)| parent(at)) {
            *cell = above.cells.get(at).cloned().unwrap_or_default();
        }
        filled.push(row);
    }
    filled
}

fn join(rows: &mut [GridRow], from: &[usize]) {
    for row in rows.iter_mut() {
        let texts = from.iter().filter_map(|column| row.cells.get(*column)).map(Owned::text);
        let joined = texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        row.cells.push(Owned::Text(joined));
    }
}

/// Gives each row an id made of some of its cells. Rows with the same cells there are numbered in the order of what else they say, so
/// that the order of the rows does not matter.
fn name_rows(rows: &mut [GridRow], from: &[usize], preset: &str) {
    let mut alike: HashMap<String, Vec<(blake3::Hash, usize)>> = HashMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.defect.is_none()) {
        let mut hasher = blake3::Hasher::new();
        let mut blank = true;
        for column in from {
            let text = row.cells.get(*column).map_or_else(String::new, Owned::text);
            blank &= text.is_empty();
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        // A row that says nothing there has no id, which its reader will say.
        if blank {
            continue;
        }
        let id: String = hasher.finalize().to_hex().chars().take(16).collect();
        let mut hasher = blake3::Hasher::new();
        for cell in &row.cells {
            let text = cell.text();
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        alike.entry(id).or_default().push((hasher.finalize(), at));
    }
    let mut ids: Vec<Owned> = vec![Owned::Empty; rows.len()];
    for (id, mut of_id) in alike {
        of_id.sort_by(|(one, first), (other, second)| (one.as_bytes(), first).cmp(&(other.as_bytes(), second)));
        for (number, (_, at)) in (1..).zip(of_id) {
            if let Some(slot) = ids.get_mut(at) {
                let number = if number == 1 { String::new() } else { format!("-{number}") };
                *slot = Owned::Text(format!("{preset}-{id}{number}"));
            }
        }
    }
    for (row, id) in rows.iter_mut().zip(ids) {
        row.cells.push(id);
    }
}

/// Hands rows on in pieces that stand together in their file.
pub(super) fn pieces<R: Send>(
    rows: &[GridRow],
    fields: &[Option<usize>],
    file: FileNo,
    each: &(impl Fn(usize, GridRows<'_>) -> R + Sync),
) -> Vec<Piece<R>> {
    use rayon::prelude::*;
    let together = |one: &GridRow, next: &GridRow| one.number + 1 == next.number;
    let runs: Vec<&[GridRow]> = rows.chunk_by(together).flat_map(|run| run.chunks(PIECE_ROWS)).collect();
    let piece = |(index, rows): (usize, &&[GridRow])| {
        let first = rows.first();
        Piece {
            file,
            first_row: first.map_or(1, |row| row.number),
            first_line: first.and_then(|row| row.line),
            rows: rows.len(),
            result: each(index, GridRows { rows, fields }),
        }
    };
    runs.par_iter().enumerate().map(piece).collect()
}

/// Says how many rows of a file were kept, and how many were no data.
pub(super) fn counted(read: &mut FileRead, kept: usize) {
    read.left_out = read.rows.saturating_sub(kept as u64);
    read.rows = kept as u64;
}
