//! Rows that one process reads and another one checks (Z): what stands in their cells, as texts that keep what kind of cell it was.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::batch::BatchRows;
use super::grid::{GridRow, GridRows};
use super::owned::Owned;
use super::treat::{Treatment, Treatments};
use super::{Batch, Cell, Defect};
use crate::alias::Key;
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

    /// The cells of a row, treated as its file asks for; `None` for an empty one.
    pub fn cells(&self, batch: &Batch<'_>, row: usize) -> Vec<Option<String>> {
        self.fields.iter().map(|field| written(batch.cell(row, *field))).collect()
    }
}

/// A row as it is handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRow {
    /// 1 is the first data row of its file.
    pub number: u64,
    pub line: Option<u64>,
    pub cells: Vec<Option<String>>,
    pub defect: Option<Defect>,
    /// Of rows that are, or may be, set aside.
    pub record: Option<String>,
}

/// Some rows of one file, to be checked as those of a file are.
pub struct SentRows {
    rows: Vec<GridRow>,
    fields: Vec<Option<usize>>,
    treatments: Option<Treatments>,
    delimiter: Option<u8>,
}

impl SentRows {
    /// `None` when a cell is none of ours.
    pub fn new(input: Input, columns: &SentColumns, rows: Vec<SentRow>) -> Option<SentRows> {
        let of_input = input.fields().len();
        let mut fields = vec![None; of_input];
        let mut of_fields: Vec<Treatment> = (0..of_input).map(|_| Treatment::default()).collect();
        for (column, (field, key)) in columns.fields.iter().zip(&columns.keys).enumerate() {
            *fields.get_mut(*field)? = Some(column);
            of_fields.get_mut(*field)?.key = *key;
        }
        let is_plain = columns.keys.iter().all(|key| *key == Key::Plain);
        let treatments = (!is_plain).then_some(Treatments { of_fields, others: Vec::new(), analytic: false });
        let row = |row: SentRow| {
            let cell = |cell: &Option<String>| cell.as_deref().map_or(Some(Owned::Empty), read);
            let cells = row.cells.iter().map(cell).collect::<Option<Vec<Owned>>>()?;
            let SentRow { number, line, defect, record, .. } = row;
            Some(GridRow { number, line, cells, defect, record })
        };
        let rows = rows.into_iter().map(row).collect::<Option<Vec<GridRow>>>()?;
        Some(SentRows { rows, fields, treatments, delimiter: columns.delimiter })
    }

    pub fn batch(&self, file: FileNo) -> Batch<'_> {
        let rows = BatchRows::Grid(GridRows::of(&self.rows, &self.fields, self.delimiter));
        Batch::of(file, 0, rows, self.treatments.as_ref())
    }
}

/// A cell as a text: its first letter says what it is.
fn written(cell: Cell<'_>) -> Option<String> {
    Some(match cell {
        Cell::Empty => return None,
        Cell::Text(text) => format!("t{text}"),
        Cell::Int(whole) => format!("i{whole}"),
        Cell::Decimal { unscaled, scale } => format!("d{unscaled}e{scale}"),
        Cell::Float(number) => format!("f{:016x}", number.to_bits()),
        Cell::Bool(flag) => format!("b{flag}"),
        Cell::Date(days) => format!("D{days}"),
        Cell::Timestamp { micros, zoned: false } => format!("m{micros}"),
        Cell::Timestamp { micros, zoned: true } => format!("z{micros}"),
        Cell::Unsaved => "u".to_owned(),
        Cell::NoText => "n".to_owned(),
    })
}

/// `None` for what [`written`] writes nowhere.
fn read(text: &str) -> Option<Owned> {
    let kind = text.chars().next()?;
    let rest = text.get(kind.len_utf8()..)?;
    Some(match kind {
        't' => Owned::Text(rest.to_owned()),
        'i' => Owned::Int(rest.parse().ok()?),
        'd' => {
            let (unscaled, scale) = rest.split_once('e')?;
            Owned::Decimal { unscaled: unscaled.parse().ok()?, scale: scale.parse().ok()? }
        }
        'f' => Owned::Float(f64::from_bits(u64::from_str_radix(rest, 16).ok()?)),
        'b' => Owned::Bool(rest.parse().ok()?),
        'D' => Owned::Date(rest.parse().ok()?),
        'm' => Owned::Timestamp { micros: rest.parse().ok()?, zoned: false },
        'z' => Owned::Timestamp { micros: rest.parse().ok()?, zoned: true },
        'u' => Owned::Unsaved,
        'n' => Owned::NoText,
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
            let text = written(cell).unwrap();
            assert_eq!(read(&text).unwrap().cell(), cell, "{text}");
        }
        assert_eq!(written(Cell::Empty), None);
        for text in ["", "x1", "i", "i1.5", "d1", "fzz", "b1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
