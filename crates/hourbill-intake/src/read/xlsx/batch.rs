//! Rows of a sheet that stand together, on their way to whoever reads them.

use super::Fault;
use super::cell::SheetCell;
use super::shared::Shared;
use super::sheet::{Cells, Merged};
use crate::read::copied::Dialect;
use crate::read::grid::GridRow;
use crate::read::owned::Owned;
use crate::read::{Cell, Defect};

/// Rows among which the header is looked for (F6).
const ROWS_ABOVE_MAX: u32 = 30;

/// A batch ends with the row that reaches one of these.
const ROWS_MAX: usize = 8_192;
const CELLS_MAX: usize = 1 << 18;
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Empty rows that stand between two of a batch; where there are more, another begins.
const GAP_MAX: u64 = 64;

/// What a batch takes, unless a single row has more.
pub(in crate::read) const BYTES_MAX: usize = CELLS_MAX * 16 + TEXT_BYTES_MAX;

/// The rows behind the header of a sheet.
pub(in crate::read) struct Batches<'a> {
    cells: Cells<'a>,
    shared: &'a Shared,
    headers: Vec<String>,
    /// The column of the first header, and the row of all.
    first_column: u32,
    header_row: u32,
    /// A row that was read and does not stand behind the last one.
    pending: Option<Filled>,
}

/// A row as it was read.
#[derive(Debug, Default)]
struct Filled {
    row: u32,
    cells: Vec<(u32, SheetCell)>,
    texts: String,
}

/// Rows that stand together, with a few empty ones between them.
#[derive(Debug)]
pub(in crate::read) struct SheetBatch {
    first_row: u64,
    columns: usize,
    /// Of all rows, one behind the other.
    cells: Vec<SheetCell>,
    defects: Vec<Option<Defect>>,
    /// Positions of rows with no cell in them, ascending.
    gaps: Vec<usize>,
    texts: String,
    /// Bytes of all of its texts, those that cells share as often as they stand there.
    unfolded: usize,
}

impl<'a> Batches<'a> {
    /// Reads up to the header: the first row with at least two cells that is `wanted`, by its number and its cells; above it there may be a
    /// title. `None` when there is none.
    pub fn new(
        mut cells: Cells<'a>,
        shared: &'a Shared,
        wanted: impl Fn(u32, &[String]) -> bool,
    ) -> Result<Option<Batches<'a>>, Fault> {
        let (mut filled, mut first_row, mut first_column) = (Filled::default(), None, u32::MAX);
        loop {
            filled.texts.clear();
            let Some(row) = cells.next_row(&mut filled.cells, &mut filled.texts)? else { return Ok(None) };
            let first_row = *first_row.get_or_insert(row);
            if row - first_row >= ROWS_ABOVE_MAX {
                return Ok(None);
            }
            first_column = filled.cells.iter().map(|(column, _)| *column).min().unwrap_or(0).min(first_column);
            if filled.cells.len() < 2 {
                continue;
            }
            let mut headers = Vec::new();
            for (column, cell) in &filled.cells {
                headers.resize(place(*column, first_column), String::new());
                headers.push(owned(*cell, &filled.texts, shared)?.text());
            }
            if wanted(row, &headers) {
                return Ok(Some(Batches { cells, shared, headers, first_column, header_row: row, pending: None }));
            }
        }
    }

    /// Where the header stands.
    pub fn header_row(&self) -> u32 {
        self.header_row
    }

    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Keeps what the sheet says of merged cells.
    pub fn keep_merged(&mut self) {
        self.cells.keep_merged();
    }

    /// Cells below the header that were made one of several rows: the column of the table, and the first and last data row. None before the
    /// last batch was read.
    pub fn merged(&self) -> Vec<(usize, u64, u64)> {
        let below = |row: u32| row.checked_sub(self.header_row).filter(|row| *row > 0).map(u64::from);
        let of = |cell: &Merged| {
            let column = cell.column.checked_sub(self.first_column)? as usize;
            Some((column, below(cell.first)?, below(cell.last)?))
        };
        self.cells.merged().iter().filter_map(of).filter(|(column, ..)| *column < self.headers.len()).collect()
    }

    /// The next batch; `None` at the end of the sheet.
    pub fn next(&mut self) -> Result<Option<SheetBatch>, Fault> {
        let mut batch: Option<SheetBatch> = None;
        loop {
            let filled = match self.pending.take() {
                Some(filled) => filled,
                None => match self.filled()? {
                    Some(filled) => filled,
                    None => return Ok(batch),
                },
            };
            let number = u64::from(filled.row - self.header_row);
            let batch = match &mut batch {
                None => batch.insert(SheetBatch::new(number, self.headers.len())),
                Some(known) if number - known.next_row() <= GAP_MAX => {
                    (known.next_row()..number).for_each(|_| known.push_gap());
                    known
                }
                Some(_) => {
                    self.pending = Some(filled);
                    return Ok(batch);
                }
            };
            batch.push(&filled, self.first_column, self.shared)?;
            if batch.is_full() {
                return Ok(Some(std::mem::replace(batch, SheetBatch::new(0, 0))));
            }
        }
    }

    /// Whether a row with something in it stands below the header. It is read for that, and lost.
    pub fn has_rows(mut self) -> Result<bool, Fault> {
        while let Some(filled) = self.filled()? {
            for (_, cell) in &filled.cells {
                if !owned(*cell, &filled.texts, self.shared)?.is_blank() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn filled(&mut self) -> Result<Option<Filled>, Fault> {
        let mut filled = Filled::default();
        let row = self.cells.next_row(&mut filled.cells, &mut filled.texts)?;
        Ok(row.map(|row| Filled { row, ..filled }))
    }
}

/// Where a column stands behind the first.
fn place(column: u32, first_column: u32) -> usize {
    column.saturating_sub(first_column) as usize
}

impl SheetBatch {
    fn new(first_row: u64, columns: usize) -> SheetBatch {
        SheetBatch {
            first_row,
            columns,
            cells: Vec::new(),
            defects: Vec::new(),
            gaps: Vec::new(),
            texts: String::new(),
            unfolded: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.len() >= ROWS_MAX || self.cells.len() >= CELLS_MAX || self.unfolded >= TEXT_BYTES_MAX
    }

    fn next_row(&self) -> u64 {
        self.first_row + self.len() as u64
    }

    fn push_gap(&mut self) {
        self.gaps.push(self.len());
        self.cells.resize(self.cells.len() + self.columns, SheetCell::Empty);
        self.defects.push(None);
    }

    fn push(&mut self, filled: &Filled, first_column: u32, shared: &Shared) -> Result<(), Fault> {
        let start = self.cells.len();
        self.cells.resize(start + self.columns, SheetCell::Empty);
        let texts_before = u32::try_from(self.texts.len()).map_err(|_| Fault::TooLarge)?;
        self.texts.push_str(&filled.texts);
        self.unfolded += filled.texts.len();
        let mut found = 0;
        for (column, cell) in &filled.cells {
            let moved = match *cell {
                SheetCell::Text { start, len } => {
                    SheetCell::Text { start: start.checked_add(texts_before).ok_or(Fault::TooLarge)?, len }
                }
                cell => cell,
            };
            if let SheetCell::Shared(at) = moved {
                self.unfolded += shared.get(at).map_or(0, str::len);
            }
            let blank = is_blank(moved, &self.texts, shared)?;
            let place = (*column >= first_column).then(|| place(*column, first_column));
            match place.filter(|place| *place < self.columns).and_then(|place| self.cells.get_mut(start + place)) {
                Some(cell) => *cell = moved,
                // Beside the header: of no column.
                None if !blank => found = found.max(place.map_or(self.columns + 1, |place| place + 1)),
                None => {}
            }
        }
        let expected = self.columns;
        self.defects.push((found > 0).then_some(Defect::Ragged { found, expected }));
        Ok(())
    }

    /// Bytes that its rows take once nothing in them is shared.
    pub fn unfolded(&self) -> usize {
        self.unfolded + self.cells.len() * size_of::<SheetCell>()
    }

    /// 1 is the row behind the header.
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    pub fn len(&self) -> usize {
        self.defects.len()
    }

    /// Its rows, each for itself.
    pub fn rows<'a>(&'a self, shared: &'a Shared) -> impl Iterator<Item = GridRow> + 'a {
        let filled = (0..self.len()).filter(|at| self.gaps.binary_search(at).is_err());
        filled.map(move |at| {
            let number = self.first_row + at as u64;
            let cells = (0..self.columns).map(|column| Owned::of(self.cell(at, column, shared))).collect();
            let defect = self.defects.get(at).copied().flatten();
            GridRow { number, line: None, cells, defect, record: None }
        })
    }

    fn cell<'a>(&'a self, row: usize, column: usize, shared: &'a Shared) -> Cell<'a> {
        let cell = if column < self.columns { self.cells.get(row * self.columns + column) } else { None };
        cell_of(cell.copied().unwrap_or_default(), &self.texts, shared).unwrap_or(Cell::Empty)
    }
}

/// `None` for a text that is not there.
fn cell_of<'a>(cell: SheetCell, texts: &'a str, shared: &'a Shared) -> Option<Cell<'a>> {
    let text = |text: &'a str| if text.is_empty() { Cell::Empty } else { Cell::Text(text) };
    Some(match cell {
        SheetCell::Empty => Cell::Empty,
        SheetCell::Shared(at) => text(shared.get(at)?),
        SheetCell::Text { start, len } => text(texts.get(start as usize..start as usize + len as usize)?),
        SheetCell::Int(whole) => Cell::Int(whole),
        SheetCell::Decimal { unscaled, scale } => Cell::Decimal { unscaled: unscaled.into(), scale },
        SheetCell::Float(number) => Cell::Float(number),
        SheetCell::Bool(flag) => Cell::Bool(flag),
        SheetCell::Date(days) => Cell::Date(days),
        SheetCell::Moment(micros) => Cell::Timestamp { micros, zoned: false },
        SheetCell::Unsaved => Cell::Unsaved,
    })
}

fn owned(cell: SheetCell, texts: &str, shared: &Shared) -> Result<Owned, Fault> {
    cell_of(cell, texts, shared).map(Owned::of).ok_or_else(no_such_text)
}

fn no_such_text() -> Fault {
    Fault::Broken("a cell refers to a shared text that it does not have".to_owned())
}

fn is_blank(cell: SheetCell, texts: &str, shared: &Shared) -> Result<bool, Fault> {
    Ok(match cell_of(cell, texts, shared).ok_or_else(no_such_text)? {
        Cell::Empty => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    })
}

/// A batch with what its cells refer to.
pub(in crate::read) struct SheetRows<'a> {
    batch: &'a SheetBatch,
    shared: &'a Shared,
    fields: &'a [Option<usize>],
    dialect: &'a Dialect,
}

impl<'a> SheetRows<'a> {
    pub fn new(
        batch: &'a SheetBatch,
        shared: &'a Shared,
        fields: &'a [Option<usize>],
        dialect: &'a Dialect,
    ) -> SheetRows<'a> {
        SheetRows { batch, shared, fields, dialect }
    }

    pub fn len(&self) -> usize {
        self.batch.len()
    }

    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        match self.fields.get(field) {
            Some(Some(column)) => self.batch.cell(row, *column, self.shared),
            _ => Cell::Empty,
        }
    }

    pub fn has(&self, field: usize) -> bool {
        matches!(self.fields.get(field), Some(Some(_)))
    }

    /// Positions of rows that are no rows, ascending.
    pub fn gaps(&self) -> &[usize] {
        &self.batch.gaps
    }

    pub fn has_defects(&self) -> bool {
        self.batch.defects.iter().any(Option::is_some)
    }

    pub fn defect(&self, row: usize) -> Option<Defect> {
        self.batch.defects.get(row).copied().flatten()
    }

    /// The row as a line of CSV, as the settings of its input read it.
    pub fn record(&self, row: usize) -> Option<String> {
        let cell = |column: usize| Owned::of(self.batch.cell(row, column, self.shared));
        Some(self.dialect.line((0..self.batch.columns).map(cell)))
    }
}
