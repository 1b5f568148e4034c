//! E5: rows that were set aside, copied as lines that the settings of their input read again once a person has corrected them.

use std::borrow::Cow;

use encoding_rs::{SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::de::Deserializer;

use super::owned::Owned;
use crate::csv_text;
use crate::job::{DecimalMark, Encoding, InputSettings};

/// How copies of rows of a file are written: as the file itself is, or, of a workbook or a Parquet file, as CSV that the same settings read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Everything above the rows with its line ends: titles, `sep=;`, the header.
    head: String,
    #[serde(deserialize_with = "line_end")]
    line_end: Known,
    bytes: Bytes,
    /// Records are JSON objects: how their cells become a line.
    of_objects: Option<Dialect>,
}

/// serde would have a reference live as long as what it is read from.
type Known = &'static str;

/// One of those that there are.
fn line_end<'de, D: serde::Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    let typed = String::deserialize(from)?;
    let known = ["", "\n", "\r\n"].into_iter().find(|known| *known == typed);
    known.ok_or_else(|| D::Error::custom("no line ends so"))
}

/// How text becomes the bytes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    pub(super) encoding: Encoding,
    /// Of UTF-16: the greater byte of each pair stands first.
    pub(super) big_endian: bool,
    /// A byte order mark stands at its start.
    pub(super) mark: bool,
}

/// How cells that are no text are written so that the settings of the input read what the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dialect {
    delimiter: u8,
    decimal: char,
}

impl Dialect {
    pub fn of(settings: &InputSettings) -> Dialect {
        let decimal = match settings.decimal {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        };
        Dialect { delimiter: settings.delimiter.unwrap_or(b','), decimal }
    }

    fn cell(&self, cell: &Owned) -> String {
        match cell {
            Owned::Decimal { .. } | Owned::Float(_) => self.number(&cell.text()),
            _ => cell.text(),
        }
    }

    fn number(&self, text: &str) -> String {
        text.replacen('.', self.decimal.encode_utf8(&mut [0; 4]), 1)
    }

    /// A row as a line without its end.
    pub fn line(&self, cells: impl Iterator<Item = Owned>) -> String {
        csv_text::row_with(self.delimiter, cells.map(|cell| self.cell(&cell)))
    }

    /// A record that is a JSON object as a line; `None` when it is none.
    fn line_of(&self, object: &str) -> Option<String> {
        let cells = members(object)?.into_iter().map(|value| self.cell_of(value)).collect::<Option<Vec<_>>>()?;
        Some(csv_text::row_with(self.delimiter, cells))
    }

    fn cell_of(&self, value: &str) -> Option<String> {
        Some(match value.as_bytes().first()? {
            b'"' => serde_json::from_str(value).ok()?,
            b'n' => String::new(),
            b'-' | b'0'..=b'9' => self.number(value),
            _ => value.to_owned(),
        })
    }
}

/// The values of a JSON object, as they are written and in their order, those of repeated names too.
fn members(object: &str) -> Option<Vec<&str>> {
    let mut rest = object.strip_prefix('{')?;
    let mut values = Vec::new();
    while !rest.starts_with('}') {
        let (_, behind) = value(rest)?;
        let (found, behind) = value(behind.strip_prefix(':')?)?;
        values.push(found);
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    Some(values)
}

/// The value at the start of a text, and what stands behind it.
fn value(text: &str) -> Option<(&str, &str)> {
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    text.split_at_checked(values.byte_offset())
}

impl Copied {
    /// Of a text file: all that stands above its rows.
    pub(super) fn of_text(head: &[u8], bytes: Bytes) -> Copied {
        let line_end = if head.ends_with(b"\r\n") { "\r\n" } else { "\n" };
        let head = String::from_utf8_lossy(head).into_owned();
        Copied { head, line_end, bytes, of_objects: None }
    }

    /// Of a file without lines, whose records are lines already (of a workbook), or JSON objects.
    pub(super) fn of_cells(headers: &[String], settings: &InputSettings, objects: bool) -> Copied {
        let dialect = Dialect::of(settings);
        // The header is looked for in the line that the job names.
        let above = "\n".repeat(settings.header_row.map_or(0, |row| row.saturating_sub(1)).min(HEADER_LINES) as usize);
        let header = csv_text::row_with(dialect.delimiter, headers);
        let encoding = settings.encoding;
        Copied {
            head: format!("{above}{header}\n"),
            line_end: "\n",
            bytes: Bytes { encoding, big_endian: false, mark: encoding == Encoding::Utf16 },
            of_objects: objects.then_some(dialect),
        }
    }

    /// The bytes above the rows.
    pub fn head(&self) -> Vec<u8> {
        let mark = if self.bytes.mark { "\u{feff}" } else { "" };
        [mark, self.head.as_str()].into_iter().flat_map(|text| self.bytes.of(text)).collect()
    }

    /// The bytes of a row, with its line end; `None` for a record that no row of the file has.
    pub fn row(&self, record: &str) -> Option<Vec<u8>> {
        let line = match &self.of_objects {
            Some(dialect) => Cow::from(dialect.line_of(record)?),
            None => Cow::from(record),
        };
        let mut bytes = self.bytes.of(&line);
        bytes.extend(self.bytes.of(self.line_end));
        Some(bytes)
    }
}

/// More lines than may stand above a header are no header any more.
const HEADER_LINES: u64 = 1 << 10;

impl Bytes {
    /// How a file is written whose encoding is known.
    pub fn of_file(file: &[u8], encoding: Encoding) -> Bytes {
        let big_endian = encoding == Encoding::Utf16 && file.starts_with(&[0xfe, 0xff]);
        let mark = match encoding {
            Encoding::Utf8 => file.starts_with(b"\xef\xbb\xbf"),
            Encoding::Utf16 => big_endian || file.starts_with(&[0xff, 0xfe]),
            Encoding::Windows1252 | Encoding::ShiftJis => false,
        };
        Bytes { encoding, big_endian, mark }
    }

    /// `None` where the bytes are text as they are.
    pub(super) fn decoder(self) -> Option<&'static encoding_rs::Encoding> {
        match self.encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16 if self.big_endian => Some(UTF_16BE),
            Encoding::Utf16 => Some(UTF_16LE),
            Encoding::Windows1252 => Some(WINDOWS_1252),
            Encoding::ShiftJis => Some(SHIFT_JIS),
        }
    }

    /// The text of bytes that are written so, without the mark at their start.
    pub fn text(self, bytes: &[u8]) -> String {
        self.decoder().unwrap_or(UTF_8).decode_with_bom_removal(bytes).0.into_owned()
    }

    pub fn of(self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf16 if self.big_endian => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Windows1252 => encoded(WINDOWS_1252, text),
            Encoding::ShiftJis => encoded(SHIFT_JIS, text),
        }
    }
}

/// What the encoding has no bytes for, such as the stand-in for bytes that were no text, becomes a question mark.
fn encoded(encoding: &'static encoding_rs::Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = encoding.encode(text);
    if !unmappable {
        return bytes.into_owned();
    }
    let mut buffer = [0; 4];
    let each = text.chars().map(|char| {
        let (bytes, _, unmappable) = encoding.encode(char.encode_utf8(&mut buffer));
        if unmappable { b"?".to_vec() } else { bytes.into_owned() }
    });
    each.flatten().collect()
}
