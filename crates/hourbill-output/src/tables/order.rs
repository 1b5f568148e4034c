//! What the rows of each table are sorted by, as bytes that sort the same way: rows of several parts of a run are merged by them.

use super::{ColumnKind, Results, Sink, Table, TableColumn, pack_entries, statements};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::Place;
use crate::quantity::{Currency, HoursSum, Money};

/// Tells the key of a row by its number.
pub type SortKey<'a> = Box<dyn Fn(usize, &mut Vec<u8>) + Sync + 'a>;

/// How the rows of a table are sorted.
pub enum SortOrder<'a> {
    /// By these cells of theirs, one after another.
    Cells(Vec<usize>),
    /// By what stands in no cell.
    Told(SortKey<'a>),
}

/// The order of a table of [`super::tables`].
pub fn order<'a>(results: Results<'a>, table: &Table<'_>) -> SortOrder<'a> {
    match table.name {
        "quarantine" => {
            let places = results.rejected.places();
            SortOrder::Told(Box::new(move |row, key| {
                if let Some((input, of_row)) = places.get(row) {
                    key.push(*input as u8);
                    place(Some(*of_row), key);
                }
            }))
        }
        "findings" => SortOrder::Told(Box::new(move |row, key| {
            if let Some(finding) = results.findings.get(row) {
                key.extend_from_slice(&(finding.code as u16).to_be_bytes());
                key.push(finding.subject as u8);
                text(finding.id.as_bytes(), key);
                text(finding.message.as_bytes(), key);
                place(finding.place, key);
            }
        })),
        "pack_movements" => {
            let places = results.statements.map(statements::places).unwrap_or_default();
            SortOrder::Told(Box::new(move |row, key| {
                if let Some((pack, nth)) = places.get(row) {
                    text(pack.as_bytes(), key);
                    key.extend_from_slice(&(*nth as u64).to_be_bytes());
                }
            }))
        }
        "pack_entries" => {
            let places = results.pack_draws.map(|of| pack_entries::places(results, of)).unwrap_or_default();
            SortOrder::Told(Box::new(move |row, key| {
                if let Some((pack, nth)) = places.get(row) {
                    text(pack.as_bytes(), key);
                    key.extend_from_slice(&(*nth as u64).to_be_bytes());
                }
            }))
        }
        // Lines and entries of a draft stand together, in an order of their own.
        _ => {
            let of = |(at, column): (usize, &TableColumn)| Some((column.key?, at));
            let mut cells: Vec<(u8, usize)> = table.columns.iter().enumerate().filter_map(of).collect();
            cells.sort_unstable();
            SortOrder::Cells(cells.into_iter().map(|(_, at)| at).collect())
        }
    }
}

fn place(place: Option<Place>, key: &mut Vec<u8>) {
    key.push(u8::from(place.is_some()));
    if let Some(place) = place {
        key.extend_from_slice(&place.file.0.to_be_bytes());
        key.extend_from_slice(&place.row.to_be_bytes());
    }
}

/// A text that ends before any longer one that begins with it.
fn text(text: &[u8], key: &mut Vec<u8>) {
    for byte in text {
        key.push(*byte);
        if *byte == 0 {
            key.push(u8::MAX);
        }
    }
    key.extend_from_slice(&[0, 0]);
}

/// The cells of rows as bytes, to be told again later, with their keys.
pub struct Packed<'a> {
    columns: &'static [TableColumn],
    order: &'a SortOrder<'a>,
    /// Number of the next row.
    row: usize,
    cells: Vec<u8>,
    /// Where the cells of the row start.
    starts: Vec<usize>,
    key: Vec<u8>,
    /// Rows: length of the key, length of the cells, both.
    packed: Vec<u8>,
}

impl<'a> Packed<'a> {
    /// Of rows from `row` on.
    pub fn new(columns: &'static [TableColumn], order: &'a SortOrder<'a>, row: usize) -> Packed<'a> {
        let (cells, starts, key, packed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Packed { columns, order, row, cells, starts, key, packed }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.packed
    }

    fn start(&mut self) {
        self.starts.push(self.cells.len());
    }

    fn bytes<const N: usize>(&mut self, bytes: Option<[u8; N]>) {
        self.start();
        self.cells.push(u8::from(bytes.is_some()));
        self.cells.extend_from_slice(&bytes.unwrap_or([0; N]));
    }
}

impl Sink for Packed<'_> {
    fn text(&mut self, text: &str) {
        self.start();
        let len = u32::try_from(text.len()).ok().or_bug("no cell has 4 GiB");
        self.cells.extend_from_slice(&len.to_be_bytes());
        self.cells.extend_from_slice(text.as_bytes());
    }

    fn date(&mut self, date: Option<Date>) {
        self.bytes(date.map(|date| date.days().to_be_bytes()));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.bytes(flag.map(|flag| [u8::from(flag)]));
    }

    fn count(&mut self, count: Option<i64>) {
        self.bytes(count.map(i64::to_be_bytes));
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.bytes(hours.map(|hours| hours.micros().to_be_bytes()));
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.bytes(micros.map(i64::to_be_bytes));
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        let packed = money.map(|(money, currency)| {
            let mut bytes = [0; 19];
            let all = money.minor().to_be_bytes().into_iter().chain(currency.code().bytes());
            bytes.iter_mut().zip(all).for_each(|(byte, of_money)| *byte = of_money);
            bytes
        });
        self.bytes(packed);
    }

    fn end_row(&mut self) {
        self.key.clear();
        match self.order {
            SortOrder::Told(key) => key(self.row, &mut self.key),
            SortOrder::Cells(cells) => {
                for &cell in cells {
                    let start = *self.starts.get(cell).or_bug("a row has a cell for each column");
                    // The last one goes to the end.
                    let end = self.starts.get(cell + 1).copied().unwrap_or(self.cells.len());
                    let kind = self.columns.get(cell).or_bug("a row has a cell for each column").kind;
                    sortable(kind, self.cells.get(start..end).or_bug("cells follow each other"), &mut self.key);
                }
            }
        }
        for part in [&self.key, &self.cells] {
            self.packed.extend_from_slice(&u32::try_from(part.len()).ok().or_bug("no row has 4 GiB").to_be_bytes());
        }
        self.packed.extend_from_slice(&self.key);
        self.packed.extend_from_slice(&self.cells);
        self.cells.clear();
        self.starts.clear();
        self.row += 1;
    }
}

/// A packed cell, so that bytes sort as what it says; empty ones first, negative numbers before others.
fn sortable(kind: ColumnKind, cell: &[u8], key: &mut Vec<u8>) {
    match (kind, cell.get(TEXT_LEN_BYTES..)) {
        (ColumnKind::Text, of_text) => text(of_text.or_bug("a text has its length in front"), key),
        _ => key.extend(cell.iter().enumerate().map(|(at, byte)| if at == 1 { byte ^ 0x80 } else { *byte })),
    }
}

const TEXT_LEN_BYTES: usize = 4;

/// Tells packed cells of a row again; `None` when the bytes are no such row.
pub fn unpack(columns: &[TableColumn], mut cells: &[u8], out: &mut dyn Sink) -> Option<()> {
    for column in columns {
        match column.kind {
            ColumnKind::Text => {
                let (len, rest) = cells.split_first_chunk::<4>()?;
                let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
                out.text(std::str::from_utf8(text).ok()?);
                cells = rest;
            }
            ColumnKind::Date => out.date(match taken(&mut cells)? {
                Some(days) => Some(Date::from_days(i32::from_be_bytes(days))?),
                None => None,
            }),
            ColumnKind::Flag => out.flag(taken::<1>(&mut cells)?.map(|[flag]| flag == 1)),
            ColumnKind::Count => out.count(taken(&mut cells)?.map(i64::from_be_bytes)),
            ColumnKind::Hours => {
                out.hours(taken(&mut cells)?.map(|micros| HoursSum::from_micros(i128::from_be_bytes(micros))))
            }
            ColumnKind::Decimal => out.decimal(taken(&mut cells)?.map(i64::from_be_bytes)),
            ColumnKind::Money => out.money(match taken::<19>(&mut cells)? {
                Some(money) => {
                    let (minor, code) = money.split_first_chunk::<16>()?;
                    let currency = Currency::from_code(std::str::from_utf8(code).ok()?)?;
                    Some((Money::from_minor(i128::from_be_bytes(*minor)), currency))
                }
                None => None,
            }),
        }
    }
    out.end_row();
    cells.is_empty().then_some(())
}

/// The next cell of so many bytes; the inner `None` is an empty one.
fn taken<const N: usize>(cells: &mut &[u8]) -> Option<Option<[u8; N]>> {
    let (mark, rest) = cells.split_first()?;
    let (bytes, rest) = rest.split_first_chunk::<N>()?;
    *cells = rest;
    Some((*mark == 1).then_some(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[TableColumn] = &[
        TableColumn::plain("name", ColumnKind::Text),
        TableColumn::plain("on", ColumnKind::Date),
        TableColumn::plain("open", ColumnKind::Flag),
        TableColumn::plain("rows", ColumnKind::Count),
        TableColumn::plain("spent", ColumnKind::Hours),
        TableColumn::plain("price", ColumnKind::Decimal),
        TableColumn::plain("total", ColumnKind::Money),
    ];

    type Row = (&'static str, Option<i32>, Option<bool>, Option<i64>, Option<i128>, Option<i64>, Option<i128>);

    fn tell(row: &Row, out: &mut dyn Sink) {
        let currency = Currency::from_code("KWD").unwrap();
        out.text(row.0);
        out.date(row.1.and_then(Date::from_days));
        out.flag(row.2);
        out.count(row.3);
        out.hours(row.4.map(HoursSum::from_micros));
        out.decimal(row.5);
        out.money(row.6.map(|minor| (Money::from_minor(minor), currency)));
        out.end_row();
    }

    const ROWS: [Row; 7] = [
        ("", None, None, None, None, None, None),
        ("", Some(20_000), Some(true), Some(-1), Some(i128::MIN), Some(i64::MIN), Some(i128::MIN)),
        ("", Some(20_000), Some(true), Some(-1), Some(-1), Some(i64::MIN), Some(-1)),
        ("", Some(20_001), Some(false), Some(0), Some(0), Some(0), Some(0)),
        ("a", Some(20_001), None, Some(i64::MAX), Some(i128::MAX), Some(i64::MAX), Some(i128::MAX)),
        ("a\0", None, Some(false), Some(7), None, Some(1), None),
        ("aé", None, Some(false), Some(7), Some(3), None, Some(12_345)),
    ];

    #[test]
    fn packed_rows_are_told_again_as_they_were_and_sort_as_their_cells() {
        let order = SortOrder::Cells(vec![0, 4]);
        let mut packed = Packed::new(COLUMNS, &order, 0);
        ROWS.iter().for_each(|row| tell(row, &mut packed));
        let bytes = packed.into_bytes();
        let (mut rest, mut keys, mut again) = (bytes.as_slice(), Vec::new(), Packed::new(COLUMNS, &order, 0));
        while let Some((head, after)) = rest.split_first_chunk::<8>() {
            let len = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap()) as usize;
            keys.push(after[..len(0)].to_vec());
            unpack(COLUMNS, &after[len(0)..len(0) + len(4)], &mut again).unwrap();
            rest = &after[len(0) + len(4)..];
        }
        assert_eq!(again.into_bytes(), bytes);
        assert!(keys.len() == ROWS.len() && keys.is_sorted());
        assert_eq!(unpack(COLUMNS, &[0, 0, 0, 9], &mut Packed::new(COLUMNS, &order, 0)), None);
    }
}
