//! The cells of a sheet, row by row. Only cells with something in them are told: a sheet may have one far from all others, and rows and
//! rows of blanks.

use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::Fault;
use super::cell::{self, SheetCell};
use super::part::Part;
use super::shared::{rich_text, unescaped_into};
use super::styles::{Format, Formats};
use super::xml::{TEXT_BYTES_MAX, Xml};

/// What a sheet may have.
pub(super) const ROWS_MAX: u32 = 1 << 20;
pub(super) const COLUMNS_MAX: u32 = 1 << 14;

pub(in crate::read) struct Cells<'a, R: Read = Part<'a>> {
    xml: Xml<R>,
    formats: &'a Formats,
    from_1904: bool,
    /// Counted from 1.
    row: u32,
    /// The last one of the row, counted from 1.
    column: u32,
    /// The row has no number of its own: its first cell may say one.
    unnumbered: bool,
    value: String,
    ended: bool,
    /// Cells of one column that were made one, by their column, counted from 0, and their first and last row: known at the end, where somebody
    /// asks for them.
    merged: Option<Vec<Merged>>,
}

/// Cells of one column that were made one: it says for all of their rows what stands in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) struct Merged {
    /// Counted from 0.
    pub column: u32,
    /// Counted from 1.
    pub first: u32,
    pub last: u32,
}

/// How the value of a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number, if it is one.
    Untyped,
    Number,
    Shared,
    Formula,
    Inline,
    Bool,
    /// An error as `#N/A`, or a moment in ISO form.
    Plain,
}

/// A cell without what is in it.
struct Start {
    /// Row and column, counted from 1, where it says so.
    place: Option<(u32, u32)>,
    kind: Kind,
    format: Format,
}

/// What comes next, as far as it matters.
enum Met {
    Row(Option<u32>),
    Cell(Start),
    RowEnd,
    End,
    Nothing,
}

impl<'a, R: Read> Cells<'a, R> {
    /// Reads up to the first row.
    pub fn new(mut xml: Xml<R>, formats: &'a Formats, from_1904: bool) -> Result<Cells<'a, R>, Fault> {
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sheetData" => break,
                    "dimension" => {
                        let reference = super::xml::attribute(&element, "ref")?.unwrap_or_default();
                        let corners = reference.split(':').filter(|corner| !corner.is_empty());
                        corners.map(place).collect::<Result<Vec<_>, _>>()?;
                    }
                    _ => {}
                },
                Event::Eof => return Err(Fault::Broken("a sheet has no place for cells".to_owned())),
                _ => {}
            }
        }
        let (value, merged) = (String::new(), None);
        Ok(Cells { xml, formats, from_1904, row: 0, column: 0, unnumbered: false, value, ended: false, merged })
    }

    /// Keeps what stands behind the rows of merged cells.
    pub fn keep_merged(&mut self) {
        self.merged.get_or_insert_default();
    }

    /// Merged cells of one column; none before the sheet was read to its end.
    pub fn merged(&self) -> &[Merged] {
        self.merged.as_deref().unwrap_or_default()
    }

    /// Behind the rows: the cells that were merged.
    fn read_merged(&mut self) -> Result<(), Fault> {
        let Some(merged) = &mut self.merged else { return Ok(()) };
        loop {
            match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "mergeCell" => {
                    let reference = super::xml::attribute(&element, "ref")?.unwrap_or_default();
                    let Some((from, to)) = reference.split_once(':') else { continue };
                    let ((first, column), (last, to_column)) = (place(from)?, place(to)?);
                    if column == to_column && first < last && merged.len() < ROWS_MAX as usize {
                        merged.push(Merged { column: column - 1, first, last });
                    }
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// The next row that has cells: its number, counted from 1, and its cells with their columns, counted from 0 and ascending. `None` at
    /// the end of the sheet, of which then every byte was read.
    pub fn next_row(&mut self, cells: &mut Vec<(u32, SheetCell)>, texts: &mut String) -> Result<Option<u32>, Fault> {
        cells.clear();
        let first_text = texts.len();
        while !self.ended {
            match self.met()? {
                Met::Row(number) => {
                    self.unnumbered = number.is_none();
                    let next = self.row.saturating_add(1);
                    let number = number.unwrap_or(next);
                    if number < next || number > ROWS_MAX {
                        return Err(Fault::Broken(format!("row {number} stands where none may")));
                    }
                    (self.row, self.column) = (number, 0);
                }
                Met::Cell(start) => {
                    self.place(&start)?;
                    let cell = self.cell(&start, texts)?;
                    if cell != SheetCell::Empty {
                        cells.push((self.column - 1, cell));
                    }
                    if texts.len() - first_text > TEXT_BYTES_MAX {
                        return Err(Fault::Broken(format!("row {} is longer than a row may be", self.row)));
                    }
                }
                Met::RowEnd if !cells.is_empty() => return Ok(Some(self.row)),
                Met::End => {
                    self.ended = true;
                    self.read_merged()?;
                    self.xml.drain()?;
                }
                Met::RowEnd | Met::Nothing => {}
            }
        }
        Ok(None)
    }

    fn met(&mut self) -> Result<Met, Fault> {
        Ok(match self.xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => {
                    let number = super::xml::attribute(&element, "r")?;
                    let beyond = || Fault::Broken("a row has a number that none may have".to_owned());
                    Met::Row(number.map(|number| number.trim().parse().map_err(|_| beyond())).transpose()?)
                }
                "c" => Met::Cell(start(&element, self.formats)?),
                _ => Met::Nothing,
            },
            Event::End(element) => match element.local_name().as_ref() {
                "row" => Met::RowEnd,
                "sheetData" => Met::End,
                _ => Met::Nothing,
            },
            Event::Eof => return Err(Fault::cut_off()),
            _ => Met::Nothing,
        })
    }

    /// Where the cell stands: cells of a row follow each other to the right.
    fn place(&mut self, start: &Start) -> Result<(), Fault> {
        let next = self.column.saturating_add(1);
        let (row, column) = start.place.unwrap_or((self.row, next));
        if std::mem::take(&mut self.unnumbered) {
            self.row = self.row.max(row);
        }
        if row != self.row || column < next || column > COLUMNS_MAX {
            return Err(Fault::Broken(format!("a cell of row {} stands where none may", self.row)));
        }
        self.column = column;
        Ok(())
    }

    /// Behind the start of a cell: what stands in it.
    fn cell(&mut self, start: &Start, texts: &mut String) -> Result<SheetCell, Fault> {
        enum Inside {
            Value,
            Text,
            Formula,
            Other,
            End,
            Nothing,
        }
        let (mut cell, mut formula, mut inline) = (SheetCell::Empty, false, false);
        loop {
            let inside = match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => Inside::Value,
                    "is" => Inside::Text,
                    "f" => Inside::Formula,
                    _ => Inside::Other,
                },
                Event::End(_) => Inside::End,
                Event::Eof => return Err(Fault::cut_off()),
                _ => Inside::Nothing,
            };
            match inside {
                Inside::Value => {
                    self.value.clear();
                    self.xml.text_into(&mut self.value)?;
                    // What an inline text says stands beside it.
                    if !inline && start.kind != Kind::Inline {
                        cell = self.value(start, texts)?;
                    }
                }
                Inside::Text => {
                    let first = texts.len();
                    rich_text(&mut self.xml, texts)?;
                    (cell, inline) = (text_since(first, texts), true);
                }
                Inside::Formula => {
                    formula = true;
                    self.xml.skip()?;
                }
                Inside::Other => self.xml.skip()?,
                Inside::End => break,
                Inside::Nothing => {}
            }
        }
        Ok(if formula && cell == SheetCell::Empty { SheetCell::Unsaved } else { cell })
    }

    fn value(&self, start: &Start, texts: &mut String) -> Result<SheetCell, Fault> {
        let value = self.value.as_str();
        let odd =
            |what: &str| Fault::Broken(format!("a cell of row {} holds {what} `{}`", self.row, super::shown(value)));
        Ok(match start.kind {
            // An empty text is one.
            Kind::Formula => {
                let first = texts.len();
                unescaped_into(value, texts);
                text_since(first, texts)
            }
            _ if value.is_empty() => SheetCell::Empty,
            Kind::Shared => SheetCell::Shared(value.trim().parse().map_err(|_| odd("no number of a text,"))?),
            Kind::Bool => match value.trim() {
                "0" => SheetCell::Bool(false),
                "1" => SheetCell::Bool(true),
                word if word.eq_ignore_ascii_case("true") => SheetCell::Bool(true),
                word if word.eq_ignore_ascii_case("false") => SheetCell::Bool(false),
                _ => return Err(odd("neither true nor false but")),
            },
            Kind::Number | Kind::Untyped => {
                match (cell::number(value.trim(), start.format, self.from_1904, texts), start.kind) {
                    (Some(cell), _) => cell,
                    (None, Kind::Untyped) => cell::text_cell(value, texts),
                    (None, _) => return Err(odd("no number but")),
                }
            }
            Kind::Plain | Kind::Inline => cell::text_cell(value, texts),
        })
    }
}

fn text_since(first: usize, texts: &str) -> SheetCell {
    match (u32::try_from(first), u32::try_from(texts.len() - first)) {
        (Ok(start), Ok(len)) => SheetCell::Text { start, len },
        // Batches end long before.
        _ => SheetCell::Unsaved,
    }
}

fn start(element: &BytesStart<'_>, formats: &Formats) -> Result<Start, Fault> {
    let mut start = Start { place: None, kind: Kind::Untyped, format: Format::Number };
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| Fault::Broken(error.to_string()))?;
        let value = attribute.value.as_ref();
        match attribute.key.as_ref() {
            "r" => start.place = Some(place(value)?),
            "s" => start.format = value.trim().parse().map_or(Format::Number, |style| formats.get(style)),
            "t" => {
                start.kind = match value {
                    "n" => Kind::Number,
                    "s" => Kind::Shared,
                    "str" => Kind::Formula,
                    "inlineStr" | "is" => Kind::Inline,
                    "b" => Kind::Bool,
                    "e" | "d" => Kind::Plain,
                    other => {
                        return Err(Fault::Broken(format!("a cell is of no known type: `{}`", super::shown(other))));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(start)
}

/// Row and column of a reference such as `B12`, counted from 1; nothing beyond what a sheet has.
fn place(reference: &str) -> Result<(u32, u32), Fault> {
    let beyond = || Fault::Broken(format!("it refers to `{}`, which no sheet has", super::shown(reference)));
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = reference.split_at_checked(letters).ok_or_else(beyond)?;
    if column.is_empty() || column.len() > 3 || row.len() > 7 || !row.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(beyond());
    }
    let digit = |number: u32, byte: u8| number * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1;
    let column = column.bytes().fold(0, digit);
    let row: u32 = row.parse().map_err(|_| beyond())?;
    let there = (1..=ROWS_MAX).contains(&row) && column <= COLUMNS_MAX;
    there.then_some((row, column)).ok_or_else(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_within_a_sheet_or_is_refused() {
        for (reference, found) in [
            ("A1", Some((1, 1))),
            ("B12", Some((12, 2))),
            ("z3", Some((3, 26))),
            ("AA1", Some((1, 27))),
            ("XFD1048576", Some((1_048_576, 16_384))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("A", None),
            ("1", None),
            ("", None),
            ("A-1", None),
            ("A 1", None),
            ("AAAAAAAA2", None),
            ("A99999999999", None),
            ("é1", None),
        ] {
            assert_eq!(place(reference).ok(), found, "{reference}");
        }
    }

    type Filled = Vec<(u32, SheetCell)>;

    fn told(data: &str) -> Result<Vec<(u32, Filled)>, Fault> {
        let part = format!("<worksheet><sheetData>{data}</sheetData></worksheet>");
        let formats = Formats::default();
        let mut cells: Cells<'_, &[u8]> = Cells::new(Xml::new(part.as_bytes(), 1 << 20), &formats, false)?;
        let (mut rows, mut of_row, mut texts) = (Vec::new(), Vec::new(), String::new());
        while let Some(row) = cells.next_row(&mut of_row, &mut texts)? {
            rows.push((row, of_row.clone()));
        }
        Ok(rows)
    }

    #[test]
    fn cells_stand_where_they_say_or_behind_the_last() {
        use SheetCell::{Bool, Int, Shared, Text, Unsaved};
        let data = "<row r='2'><c r='B2'><v>1</v></c><c><v>2</v></c></row><row/><row><c t='b'><v>1</v></c><c s='7'/></row>\
                    <row r='9' spans='1:2'><c r='XFD9' t='s'><v>4</v></c></row>\
                    <row><c r='A12' t='str'><f>A1</f><v></v></c><c><f>B1</f></c><c t='inlineStr'><is><t>x</t></is><v>9</v></c></row>";
        let text = |start, len| Text { start, len };
        let expected = vec![
            (2, vec![(1, Int(1)), (2, Int(2))]),
            (4, vec![(0, Bool(true))]),
            (9, vec![(16_383, Shared(4))]),
            (12, vec![(0, text(0, 0)), (1, Unsaved), (2, text(0, 1))]),
        ];
        assert_eq!(told(data).unwrap(), expected);
    }

    #[test]
    fn what_no_sheet_can_hold_is_refused() {
        for data in [
            "<row r='2'/><row r='2'/>",
            "<row r='2'/><row r='1'/>",
            "<row r='1048577'/>",
            "<row r='0'/>",
            "<row r='x'/>",
            "<row r='1048576'/><row/>",
            "<row r='1'><c r='B1'/><c r='A1'/></row>",
            "<row r='1'><c r='A1'/><c r='A1'/></row>",
            "<row r='1'><c r='A2'/></row>",
            "<row r='1'><c r='XFD1'/><c/></row>",
            "<row r='1'><c r='AAAAAAAA1'/></row>",
            "<row r='1'><c t='s'><v>x</v></c></row>",
            "<row r='1'><c t='s'><v>-1</v></c></row>",
            "<row r='1'><c t='n'><v>x</v></c></row>",
            "<row r='1'><c t='q'><v>1</v></c></row>",
            "<row r='1'><c t='b'><v>2</v></c></row>",
            "<row r='1'><c t='str'><v>&nope;</v></c></row>",
            "<row r='1'><c></row>",
            "<row r='1'><c><v>1",
        ] {
            assert!(matches!(told(data), Err(Fault::Broken(_))), "{data}");
        }
    }
}
