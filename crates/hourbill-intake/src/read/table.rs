//! Files whose rows have to be looked at together: workbooks, and exports whose rows depend on each other (children below their parent,
//! rows without an id, rows that are no data). Such files are exports of a screen: they fit in memory.

use super::batch::BatchRows;
use super::front::repeats_header;
use super::grid::{GridRow, GridRows};
use super::header::{MadeIds, Mapping, Whole};
use super::owned::Owned;
use super::treat::Treatments;
use super::{Batch, FileRead, Piece, unquoted};
use crate::bug::OrBug;
use crate::finding::FileNo;
use crate::inputs::{Input, Meaning};
use crate::job::DecimalMark;
use crate::presets::{How, PLUS};

/// Rows of one piece that is handed on.
pub(super) const PIECE_ROWS: usize = 8_192;

/// A file whose rows are looked at together, those of other files included when ids are made of their cells.
#[derive(Debug)]
pub(super) struct Table {
    pub number: FileNo,
    pub read: FileRead,
    /// Of the file's own columns.
    pub headers: Vec<String>,
    pub rows: Vec<GridRow>,
    /// F8: what the job skips. A report may have summed it, too (F7).
    pub skipped: Skipped,
    pub fields: Vec<Option<usize>>,
    pub treatments: Option<Treatments>,
    pub made: Option<MadeIds>,
    /// Of a text file.
    pub delimiter: Option<u8>,
}

impl Table {
    /// Rows that were all read, with what has to be done with them as a whole done.
    pub fn new(number: FileNo, read: FileRead, headers: &[String], rows: Vec<GridRow>, mapping: Mapping) -> Table {
        let Mapping { fields, columns, treatments, whole } = mapping;
        let (mut rows, mut skipped, mut read) = (rows, Vec::new(), FileRead { columns, ..read });
        if let Some(whole) = &whole {
            let (id, hours) = (fields.first().copied().flatten(), hours_of(read.input, &fields));
            (rows, skipped) = complete(rows, whole, headers, (id, hours));
            counted(&mut read, rows.len());
            read.skipped = skipped.iter().map(|(_, hours)| hours.text()).collect();
        }
        let made = whole.and_then(|whole| whole.made);
        Table { number, read, headers: headers.to_vec(), rows, skipped, fields, treatments, made, delimiter: None }
    }

    /// Hands its rows on, batch by batch.
    pub fn scan<R: Send>(self, each: &(impl Fn(&Batch<'_>) -> R + Sync)) -> (FileRead, Vec<Piece<R>>) {
        let Table { number, read, rows, skipped, fields, treatments, made, delimiter, .. } = self;
        let each = |(index, before): (usize, u64), rows: &[GridRow]| {
            let number_of = |at: u64| skipped.partition_point(|(number, _)| *number <= at);
            let first = rows.first().map_or(0, |row| row.number);
            let skipped = skipped.get(number_of(before)..number_of(first)).unwrap_or_default();
            let own = made.as_ref().map(|made| made.column);
            let rows = GridRows { rows, skipped, fields: &fields, own, delimiter };
            each(&Batch::of(number, index, BatchRows::Grid(rows), treatments.as_ref()))
        };
        let pieces = pieces(&rows, number, &each);
        (read, pieces)
    }
}

/// Rows that the job skips: their numbers, and their cells of hours.
pub(super) type Skipped = Vec<(u64, Owned)>;

/// Does what has to be done with the rows as a whole. `id` is the column of the row's own id.
fn complete(
    rows: Vec<GridRow>,
    whole: &Whole,
    headers: &[String],
    (id, hours): (Option<usize>, Option<usize>),
) -> (Vec<GridRow>, Skipped) {
    let mut rows = rows;
    if whole.shape.is_some_and(|shape| shape.unquoted) {
        rows.iter_mut().for_each(|row| unquoted::put_together(row, headers.len()));
    }
    if let Some(fill) = whole.shape.and_then(|shape| shape.fill_down.as_ref()) {
        let of_child: Vec<bool> = headers.iter().map(|header| fill.is_of_child(header)).collect();
        rows = filled_down(rows, &of_child, id);
    }
    fill_blocks(&mut rows, &whole.fill_down, hours);
    for (how, from) in &whole.derived {
        match how {
            How::Joined => join(&mut rows, from),
            How::Summed => rows.iter_mut().for_each(|row| row.cells.push(summed(row, from, whole.decimal))),
            How::FirstFilled => rows.iter_mut().for_each(|row| row.cells.push(first_filled(row, from))),
            // Once all files are read.
            How::RowId => rows.iter_mut().for_each(|row| row.cells.push(Owned::Empty)),
        }
    }
    let skipped = taken_out(&mut rows, whole, headers, hours);
    // A row that is no data may have been the first below its parent.
    (left_out(rows, whole, headers), skipped)
}

/// The column of hours, where the input has one.
fn hours_of(input: Input, fields: &[Option<usize>]) -> Option<usize> {
    let field = input.fields().iter().position(|field| field.meaning == Meaning::Hours)?;
    fields.get(field).copied().flatten()
}

/// F8: takes the rows out that the job skips, and those that are the header once more, as weeks below each other have it.
fn taken_out(rows: &mut Vec<GridRow>, whole: &Whole, headers: &[String], hours: Option<usize>) -> Skipped {
    let mut skipped = Vec::new();
    let says = |row: &GridRow, (columns, cell): &(Vec<usize>, String)| {
        let filled = first_filled(row, columns);
        filled != Owned::NoText && filled.text() == *cell
    };
    rows.retain(|row| {
        let is_header = repeats_header(headers, row.cells.iter().map(Owned::text));
        let kept = row.is_torn() || !(is_header || whole.skip.iter().any(|skip| says(row, skip)));
        if !kept {
            let hours = hours.filter(|_| !is_header).and_then(|hours| row.cells.get(hours)).cloned();
            skipped.push((row.number, hours.unwrap_or_default()));
        }
        kept
    });
    skipped
}

fn left_out(rows: Vec<GridRow>, whole: &Whole, headers: &[String]) -> Vec<GridRow> {
    let names = whole.shape.map_or(&[][..], |shape| shape.left_out_by);
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
        let continues = !row.is_torn() && (0..row.cells.len()).filter(parent).all(|column| row.is_blank(column));
        let above = filled.last_mut().filter(|above| continues && !above.is_torn());
        let Some(above) = above else {
            filled.push(row);
            continue;
        };
        if id.is_some_and(|id| row.is_blank(id)) && row.cells.iter().any(|cell| !cell.is_blank()) {
            for (known, more) in above.cells.iter_mut().zip(&row.cells).filter(|(_, more)| !more.is_blank()) {
                *known = match (&*known, more) {
                    (Owned::NoText, _) | (_, Owned::NoText) => Owned::NoText,
                    (known, more) => Owned::Text(format!("{}, {}", known.text(), more.text())),
                };
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

/// F8: gives the rows of a block what its first row alone says. A row that says nothing else, but for its hours, is none of the block.
fn fill_blocks(rows: &mut [GridRow], columns: &[usize], hours: Option<usize>) {
    let mut above: Vec<Option<Owned>> = vec![None; columns.len()];
    if columns.is_empty() {
        return;
    }
    for row in rows.iter_mut().filter(|row| !row.is_torn()) {
        let is_own = |column: usize| !columns.contains(&column) && Some(column) != hours;
        let in_block = (0..row.cells.len()).any(|column| is_own(column) && !row.is_blank(column));
        for (column, above) in columns.iter().zip(&mut above) {
            if !row.is_blank(*column) {
                *above = row.cells.get(*column).cloned();
            } else if let (true, Some(above), Some(cell)) = (in_block, above.as_ref(), row.cells.get_mut(*column)) {
                *cell = above.clone();
            }
        }
    }
}

/// Of several columns of a row; empty when none of them is filled.
fn first_filled(row: &GridRow, columns: &[usize]) -> Owned {
    let mut cells = columns.iter().filter_map(|column| row.cells.get(*column));
    cells.find(|cell| !cell.is_blank()).cloned().unwrap_or_default()
}

/// Puts the texts of some columns together.
fn join(rows: &mut [GridRow], from: &[usize]) {
    for row in rows.iter_mut() {
        let cells = || from.iter().filter_map(|column| row.cells.get(*column));
        let texts = cells().map(Owned::text).filter(|text| !text.is_empty());
        let joined = Owned::Text(texts.collect::<Vec<_>>().join(" "));
        let unknown = cells().find(|cell| **cell == Owned::NoText).cloned();
        row.cells.push(unknown.unwrap_or(joined));
    }
}

/// Figures that are added, as texts of the file would say them: each keeps its place, filled or not. Nothing where none is filled.
fn summed(row: &GridRow, from: &[usize], decimal: DecimalMark) -> Owned {
    let cells: Vec<&Owned> = from.iter().filter_map(|column| row.cells.get(*column)).collect();
    if let Some(unknown) = cells.iter().find(|cell| matches!(cell, Owned::Unsaved | Owned::NoText)) {
        return (*unknown).clone();
    }
    if cells.iter().all(|cell| cell.is_blank()) {
        return Owned::Empty;
    }
    let text = |cell: &&Owned| match (cell, decimal) {
        (Owned::Decimal { .. } | Owned::Float(_), DecimalMark::Comma) => cell.text().replace('.', ","),
        _ => cell.text(),
    };
    Owned::Text(cells.iter().map(text).collect::<Vec<_>>().join(PLUS))
}

/// Hands rows on in pieces that stand together in their file.
fn pieces<R: Send>(
    rows: &[GridRow],
    file: FileNo,
    each: &(impl Fn((usize, u64), &[GridRow]) -> R + Sync),
) -> Vec<Piece<R>> {
    use rayon::prelude::*;
    let together = |one: &GridRow, next: &GridRow| one.number + 1 == next.number;
    let runs: Vec<&[GridRow]> = rows.chunk_by(together).flat_map(|run| run.chunks(PIECE_ROWS)).collect();
    let piece = |(index, rows): (usize, &&[GridRow])| {
        let first = rows.first();
        let before = index.checked_sub(1).and_then(|before| runs.get(before)?.last()).map_or(0, |row| row.number);
        Piece {
            file,
            first_row: first.map_or(1, |row| row.number),
            first_line: first.and_then(|row| row.line),
            rows: rows.len(),
            result: each((index, before), rows),
        }
    };
    runs.par_iter().enumerate().map(piece).collect()
}

/// Says how many rows of a file were kept, and how many were no data.
fn counted(read: &mut FileRead, kept: usize) {
    read.left_out = read.rows.checked_sub(kept as u64).or_bug("rows that are kept are rows of the file");
    read.rows = kept as u64;
}
