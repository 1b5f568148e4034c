//! Rows that one process reads and another one checks (Z): what stands in their cells, as texts that keep what kind of cell it was. Each text
//! stands once in memory, in an array of its batch.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, StringArray};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::treat::{Treatment, Treatments};
use super::{Batch, Cell, Defect};
use crate::alias::Key;
use crate::bug::OrBug;
use crate::finding::FileNo;
use crate::inputs::Input;

/// The fields that a file says something about, in the order in which its rows have their cells, and what references in them are written in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentColumns {
    fields: Vec<usize>,
    keys: Vec<Key>,
    /// Of a text file.
    delimiter: Option<u8>,
}

impl SentColumns {
    /// Of the file of a batch.
    pub fn of(batch: &Batch<'_>, input: Input) -> SentColumns {
        let fields: Vec<usize> = (0..input.fields().len()).filter(|field| batch.has(*field)).collect();
        let keys = fields.iter().map(|field| batch.key(*field)).collect();
        SentColumns { fields, keys, delimiter: batch.delimiter() }
    }

    /// How many cells a row has.
    pub fn cells_of_row(&self) -> usize {
        self.fields.len()
    }

    /// The cells of all rows of a batch, row after row, treated as its file asks for; null for an empty one.
    pub fn cells(&self, batch: &Batch<'_>) -> StringArray {
        let mut cells = StringBuilder::with_capacity(batch.rows() * self.fields.len(), batch.rows() * ROW_BYTES);
        for row in 0..batch.rows() {
            for field in &self.fields {
                match batch.cell(row, *field) {
                    Cell::Empty => cells.append_null(),
                    cell => {
                        write(cell, &mut cells).ok().or_bug("a text in memory takes all that is written to it");
                        cells.append_value("");
                    }
                }
            }
        }
        cells.finish()
    }
}

/// About what the cells of a row take; more is asked for where it is needed.
const ROW_BYTES: usize = 96;

/// The cells of a row among those of others.
#[derive(Clone, Copy, Debug)]
pub struct SentCells<'a> {
    all: &'a StringArray,
    first: usize,
    len: usize,
}

impl<'a> SentCells<'a> {
    /// So many of `all`, from the `first` on; `None` when there are fewer.
    pub fn new(all: &'a StringArray, first: usize, len: usize) -> Option<SentCells<'a>> {
        (first.checked_add(len)? <= all.len()).then_some(SentCells { all, first, len })
    }

    fn get(self, at: usize) -> Option<&'a str> {
        let at = self.first + at;
        (!self.all.is_null(at)).then(|| self.all.value(at))
    }

    /// What stands there, which was found to be one of ours.
    #[inline]
    fn cell(self, at: usize) -> Cell<'a> {
        match (at < self.len).then(|| self.get(at)).flatten() {
            None | Some("t") => Cell::Empty,
            Some(text) => read(text).or_bug("cells are looked at before they are read"),
        }
    }

    pub fn iter(self) -> impl Iterator<Item = Option<&'a str>> {
        (0..self.len).map(move |at| self.get(at))
    }
}

/// A row as it is handed on.
#[derive(Clone, Copy, Debug)]
pub struct SentRow<'a> {
    /// 1 is the first data row of its file.
    pub number: u64,
    pub line: Option<u64>,
    pub cells: SentCells<'a>,
    pub defect: Option<Defect>,
    /// Of rows that are, or may be, set aside.
    pub record: Option<&'a str>,
}

/// Some rows of one file, to be checked as those of a file are.
pub struct SentRows<'a> {
    rows: Vec<SentRow<'a>>,
    fields: Vec<Option<usize>>,
    treatments: Option<Treatments>,
    delimiter: Option<u8>,
}

impl<'a> SentRows<'a> {
    /// `None` when a cell is none of ours.
    pub fn new(input: Input, columns: &SentColumns, rows: Vec<SentRow<'a>>) -> Option<SentRows<'a>> {
        let of_input = input.fields().len();
        let mut fields = vec![None; of_input];
        let mut of_fields: Vec<Treatment> = (0..of_input).map(|_| Treatment::default()).collect();
        for (column, (field, key)) in columns.fields.iter().zip(&columns.keys).enumerate() {
            *fields.get_mut(*field)? = Some(column);
            of_fields.get_mut(*field)?.key = *key;
        }
        let is_plain = columns.keys.iter().all(|key| *key == Key::Plain);
        let treatments = (!is_plain).then_some(Treatments { of_fields, others: Vec::new(), analytic: false });
        let is_ours = |row: &SentRow<'_>| row.cells.iter().flatten().all(|cell| read(cell).is_some());
        rows.iter().all(is_ours).then_some(SentRows { rows, fields, treatments, delimiter: columns.delimiter })
    }

    pub fn batch(&self, file: FileNo) -> Batch<'_> {
        let rows = SentBatch { rows: &self.rows, fields: &self.fields, delimiter: self.delimiter };
        Batch::sent(file, rows, self.treatments.as_ref())
    }
}

/// Rows that follow each other in their file, but for those that went elsewhere.
pub(super) struct SentBatch<'a> {
    rows: &'a [SentRow<'a>],
    fields: &'a [Option<usize>],
    pub delimiter: Option<u8>,
}

impl SentBatch<'_> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        let column = self.fields.get(field).copied().flatten();
        column.and_then(|column| Some(self.rows.get(row)?.cells.cell(column))).unwrap_or(Cell::Empty)
    }

    /// Hands on the cell of a field in every row, row after row.
    #[inline]
    pub fn each<'b>(&'b self, field: usize, mut each: impl FnMut(usize, Cell<'b>)) {
        let column = self.fields.get(field).copied().flatten();
        for (at, row) in self.rows.iter().enumerate() {
            each(at, column.map_or(Cell::Empty, |column| row.cells.cell(column)));
        }
    }

    pub fn has(&self, field: usize) -> bool {
        matches!(self.fields.get(field), Some(Some(_)))
    }

    pub fn defect(&self, row: usize) -> Option<Defect> {
        self.rows.get(row)?.defect
    }

    pub fn line(&self, row: usize) -> Option<u64> {
        self.rows.get(row)?.line
    }

    pub fn record(&self, row: usize) -> Option<String> {
        self.rows.get(row)?.record.map(str::to_owned)
    }
}

/// A cell as a text: its first letter says what it is.
fn write(cell: Cell<'_>, out: &mut impl Write) -> fmt::Result {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Text(text) => {
            out.write_char('t')?;
            out.write_str(text)
        }
        Cell::Int(whole) => write!(out, "i{whole}"),
        Cell::Decimal { unscaled, scale } => write!(out, "d{unscaled}e{scale}"),
        Cell::Float(number) => write!(out, "f{:016x}", number.to_bits()),
        Cell::Bool(flag) => write!(out, "b{flag}"),
        Cell::Date(days) => write!(out, "D{days}"),
        Cell::Timestamp { micros, zoned: false } => write!(out, "m{micros}"),
        Cell::Timestamp { micros, zoned: true } => write!(out, "z{micros}"),
        Cell::Unsaved => out.write_char('u'),
        Cell::NoText => out.write_char('n'),
    }
}

/// `None` for what [`write()`] writes nowhere.
fn read(text: &str) -> Option<Cell<'_>> {
    let kind = *text.as_bytes().first()?;
    let rest = text.get(1..)?;
    Some(match kind {
        b't' => Cell::Text(rest),
        b'i' => Cell::Int(rest.parse().ok()?),
        b'd' => {
            let (unscaled, scale) = rest.split_once('e')?;
            Cell::Decimal { unscaled: unscaled.parse().ok()?, scale: scale.parse().ok()? }
        }
        b'f' => Cell::Float(f64::from_bits(u64::from_str_radix(rest, 16).ok()?)),
        b'b' => Cell::Bool(rest.parse().ok()?),
        b'D' => Cell::Date(rest.parse().ok()?),
        b'm' => Cell::Timestamp { micros: rest.parse().ok()?, zoned: false },
        b'z' => Cell::Timestamp { micros: rest.parse().ok()?, zoned: true },
        b'u' => Cell::Unsaved,
        b'n' => Cell::NoText,
        _ => return None,
    })
}

/// The field of a column, read back.
pub(super) fn known_field<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'static str>, D::Error> {
    Option::<String>::deserialize(from)?.map(|name| known(&name).map_err(D::Error::custom)).transpose()
}

/// Counts by field, read back.
pub(super) fn known_counts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(from)?.into_iter();
    counts.map(|(name, count)| Ok((known(&name).map_err(D::Error::custom)?, count))).collect()
}

fn known(name: &str) -> Result<&'static str, String> {
    let mut fields = Input::ALL.iter().flat_map(|input| input.fields()).map(|field| field.name);
    fields.find(|field| *field == name).ok_or_else(|| format!("no input has the field `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_were() {
        let cells = [
            Cell::Text("a\u{0}é"),
            Cell::Text("t"),
            Cell::Int(i64::MIN),
            Cell::Decimal { unscaled: i128::MAX, scale: 38 },
            Cell::Float(-0.0),
            Cell::Float(1.5),
            Cell::Bool(true),
            Cell::Bool(false),
            Cell::Date(-3),
            Cell::Timestamp { micros: 5, zoned: true },
            Cell::Timestamp { micros: -5, zoned: false },
            Cell::Unsaved,
            Cell::NoText,
        ];
        for cell in cells {
            let mut text = String::new();
            write(cell, &mut text).unwrap();
            assert_eq!(read(&text).unwrap(), cell, "{text}");
        }
        for text in ["", "x1", "i", "i1.5", "d1", "fzz", "b1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
