//! A batch of rows of one file, whatever kind of file it is: cells by row and field, what rows lack, and what stands in no row.

use std::collections::BTreeMap;

use super::columns::ColumnBatch;
use super::grid::GridRows;
use super::owned::Owned;
use super::sent::SentBatch;
use super::text_rows::TextRows;
use super::treat::Treatments;
use super::xlsx::SheetRows;
use super::{Cell, Defect};
use crate::alias::Key;
use crate::finding::FileNo;
use crate::inputs::{Input, timesheets, trimmed};
use crate::presets;

/// Rows of one file.
pub struct Batch<'a> {
    file: FileNo,
    index: usize,
    pub(super) rows: BatchRows<'a>,
    treatments: Option<&'a Treatments>,
    /// Fields in which some row may say something, by a bit each; those behind the last bit may all.
    said: u64,
    pub(super) apart: Apart,
}

/// Rows of a batch that nobody is to read: they hold nothing, or are no timesheets.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// Ascending.
    rows: Vec<usize>,
    /// Those that hold nothing: they are no rows.
    pub gaps: u64,
    /// Of the others, by what tells it.
    pub why: BTreeMap<String, u64>,
    /// F8: by field, cells that do not match its pattern.
    pub unmatched: BTreeMap<&'static str, u64>,
}

/// Blanks alone are no value, whatever the field: an id of them would name a record that nobody has.
#[inline]
fn filled(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Text(text) if trimmed(text).is_empty() => Cell::Empty,
        cell => cell,
    }
}

/// Of rows that know their lines in the file.
fn lines_between(first: Option<u64>, row: Option<u64>) -> u64 {
    row.zip(first).map_or(0, |(line, first)| line.saturating_sub(first))
}

pub(super) enum BatchRows<'a> {
    Text(TextRows<'a>),
    Grid(GridRows<'a>),
    Columns(ColumnBatch),
    Sheet(SheetRows<'a>),
    Sent(SentBatch<'a>),
}

impl<'a> Batch<'a> {
    pub(super) fn of(file: FileNo, index: usize, rows: BatchRows<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        let mut batch = Batch { file, index, rows, treatments, said: 0, apart: Apart::default() };
        batch.said = (0..u64::BITS).filter(|field| batch.has(*field as usize)).fold(0, |said, field| said | 1 << field);
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

    /// Rows that another process has read.
    pub(super) fn sent(file: FileNo, rows: SentBatch<'a>, treatments: Option<&'a Treatments>) -> Batch<'a> {
        Batch::of(file, 0, BatchRows::Sent(rows), treatments)
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
        let is_row = |row: &usize| !self.is_torn(*row) && gaps.binary_search(row).is_err();
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
                Cell::Text(text) => !self.is_torn(*row) && pattern.first(text).is_none(),
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
            BatchRows::Sent(rows) => rows.len(),
        }
    }

    /// What parts the cells of a text file; `None` in files of other kinds.
    pub fn delimiter(&self) -> Option<u8> {
        match &self.rows {
            BatchRows::Text(rows) => Some(rows.delimiter),
            BatchRows::Grid(rows) => rows.delimiter,
            BatchRows::Sent(rows) => rows.delimiter,
            BatchRows::Columns(_) | BatchRows::Sheet(_) => None,
        }
    }

    /// The file, and a number that rises from batch to batch.
    pub fn index(&self) -> (FileNo, usize) {
        (self.file, self.index)
    }

    /// The cell of a field of the input; empty when the file has no column for it.
    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        if field < u64::BITS as usize && self.said & (1 << field) == 0 {
            return Cell::Empty;
        }
        let cell = self.untreated(row, field);
        match self.treatments {
            None => cell,
            Some(treatments) => match treatments.of_fields.get(field) {
                Some(treatment) if !self.is_torn(row) => treatment.treated(cell),
                _ => cell,
            },
        }
    }

    /// As it stands in the file; empty where only blanks stand.
    #[inline]
    fn untreated(&self, row: usize, field: usize) -> Cell<'_> {
        filled(match &self.rows {
            BatchRows::Text(rows) => rows.cell(row, field),
            BatchRows::Columns(rows) => rows.cell(row, field),
            BatchRows::Grid(rows) => rows.cell(row, field),
            BatchRows::Sheet(rows) => rows.cell(row, field),
            BatchRows::Sent(rows) => rows.cell(row, field),
        })
    }

    /// Hands on the cell of a field in every row, row after row. What kind of column it is is asked once.
    #[inline]
    pub fn each<'b>(&'b self, field: usize, mut each: impl FnMut(usize, Cell<'b>)) {
        match (&self.rows, self.treatments) {
            (BatchRows::Text(rows), None) => rows.each(field, |row, cell| each(row, filled(cell))),
            (BatchRows::Columns(rows), None) => rows.each(field, |row, cell| each(row, filled(cell))),
            (BatchRows::Sent(rows), None) => rows.each(field, |row, cell| each(row, filled(cell))),
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
            BatchRows::Sent(rows) => rows.has(field),
        };
        let said = |treatments: &Treatments| treatments.of_fields.get(field).is_some_and(|found| found.empty.is_some());
        column || self.treatments.is_some_and(said)
    }

    /// Ids of its rows are made of their cells (F4).
    pub fn has_made_ids(&self) -> bool {
        matches!(&self.rows, BatchRows::Grid(rows) if rows.has_made_ids())
    }

    /// The texts of the file's own columns in a row, where ids are made of its cells (F4); else none.
    pub fn own_cells(&self, row: usize) -> impl Iterator<Item = String> {
        let rows = match &self.rows {
            BatchRows::Grid(rows) => Some(rows),
            _ => None,
        };
        rows.into_iter().flat_map(move |rows| rows.own_cells(row)).map(Owned::text)
    }

    /// Of a batch with made ids, the file's own column of a field.
    pub fn own_column(&self, field: usize) -> Option<usize> {
        match &self.rows {
            BatchRows::Grid(rows) => rows.own_column(field),
            _ => None,
        }
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
            BatchRows::Grid(_) | BatchRows::Sent(_) => true,
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
            BatchRows::Sent(rows) => rows.defect(row),
            BatchRows::Columns(_) => None,
        }
    }

    #[inline]
    fn is_torn(&self, row: usize) -> bool {
        self.defect(row).is_some_and(Defect::is_torn)
    }

    /// Lines between the first of the batch and the first of the row; 0 for files without lines.
    pub fn line(&self, row: usize) -> u64 {
        match &self.rows {
            BatchRows::Text(rows) => rows.rows().line(row),
            BatchRows::Grid(rows) => lines_between(rows.line(0), rows.line(row)),
            BatchRows::Sent(rows) => lines_between(rows.line(0), rows.line(row)),
            BatchRows::Columns(_) | BatchRows::Sheet(_) => 0,
        }
    }

    /// The whole record as it stands in the file, U+FFFD for what is no text; `None` where it has to be looked up.
    pub fn record(&self, row: usize) -> Option<String> {
        match &self.rows {
            BatchRows::Text(rows) => Some(rows.record(row)),
            BatchRows::Columns(rows) => rows.record(row),
            BatchRows::Grid(rows) => rows.record(row),
            BatchRows::Sheet(rows) => rows.record(row),
            BatchRows::Sent(rows) => rows.record(row),
        }
    }
}
