//! The front of a CSV file: which line is its header, which delimiter it has, and where its rows begin (F6).

use super::blocks::{Block, Blocks};
use super::job::Job;
use super::rows::{self, Fault, Rows};
use super::{ReadError, dialect};

pub(super) struct Header {
    pub delimiter: u8,
    pub columns: Vec<String>,
    /// Lines up to the end of the header.
    pub lines: u64,
    pub first_line: u64,
    /// Lines of a title stand above it.
    pub titled: bool,
    /// Bytes of the file's first block up to its end.
    pub above: Vec<u8>,
}

/// Lines at the front of a file among which the header is looked for (F6).
const HEADER_LINES: u64 = 30;

/// Reads the header off the front of a file; `slot` is left with the rest of the block it stood in. It is the line that `header_row` names,
/// or the first of a few with the columns of the input; where there is none, the first line that is not blank.
pub(super) fn read_header(job: Job<'_>, blocks: &mut Blocks<'_>, slot: &mut Slot) -> Result<Header, ReadError> {
    let mut lines = 0;
    let from = loop {
        if !blocks.next(&mut slot.block)? {
            return Err(ReadError::NoHeader { file: blocks.shown().to_owned() });
        }
        let (from, blank) = behind_blank_lines(slot.block.bytes(), 0);
        lines += blank;
        if from < slot.block.bytes().len() {
            break from;
        }
    };
    let named = separator_line(slot.block.bytes().get(from..).unwrap_or_default());
    let mut at = Start { from, lines, delimiter: job.settings.delimiter };
    if let Some((delimiter, len)) = named {
        (at.from, at.lines) = (at.from + len, at.lines + 1);
        at.delimiter = at.delimiter.or(Some(delimiter));
        let (from, blank) = behind_blank_lines(slot.block.bytes(), at.from);
        (at.from, at.lines) = (from, at.lines + blank);
    }
    let (header, to) = match job.settings.header_row {
        Some(row) => {
            let bytes = slot.block.bytes();
            while at.lines + 1 < row && at.from < bytes.len() {
                at = at.behind_line(bytes);
            }
            header_at(blocks.shown(), slot, at)?
        }
        None => found_header(job, blocks.shown(), slot, at)?,
    };
    let above = slot.block.bytes().get(..to).unwrap_or_default().to_vec();
    slot.block.skip(to);
    Ok(Header { above, ..header })
}

/// A place at the front of a file: bytes of the block and lines of the file before it, and the delimiter where it is known.
#[derive(Clone, Copy)]
struct Start {
    from: usize,
    lines: u64,
    delimiter: Option<u8>,
}

impl Start {
    /// Behind the next line, whatever quotes stand in it.
    fn behind_line(self, bytes: &[u8]) -> Start {
        let rest = bytes.get(self.from..).unwrap_or_default();
        let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        Start { from: self.from + len, lines: self.lines + 1, ..self }
    }
}

/// The first line in which the columns of the input stand; else the first that is not blank.
fn found_header(job: Job<'_>, shown: &str, slot: &mut Slot, first: Start) -> Result<(Header, usize), ReadError> {
    let known = header_at(shown, slot, first);
    if known.as_ref().is_ok_and(|(header, _)| job.knows(&header.columns)) {
        return known;
    }
    let mut at = first;
    loop {
        at = at.behind_line(slot.block.bytes());
        let bytes = slot.block.bytes();
        if at.lines >= HEADER_LINES || at.from >= bytes.len() {
            return known;
        }
        if bytes.get(at.from..).and_then(rows::blank_line).is_some() {
            continue;
        }
        // A line of a title may hold anything.
        if let Ok((header, to)) = header_at(shown, slot, at)
            && job.knows(&header.columns)
        {
            return Ok((Header { titled: true, ..header }, to));
        }
    }
}

/// Where the first line that is not blank begins, and the blank lines before it.
fn behind_blank_lines(bytes: &[u8], from: usize) -> (usize, u64) {
    let (mut from, mut lines) = (from, 0);
    while let Some(len) = rows::blank_line(bytes.get(from..).unwrap_or_default()) {
        (from, lines) = (from + len, lines + 1);
    }
    (from, lines)
}

/// F6: a first line `sep=;` names the delimiter; the bytes that it takes.
fn separator_line(bytes: &[u8]) -> Option<(u8, usize)> {
    let len = memchr::memchr(b'\n', bytes)? + 1;
    let line = bytes.get(..len)?.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && delimiter.is_ascii() => {
            Some((*delimiter, len))
        }
        // The end of the line itself is what a tab looks like once trimmed.
        [s, e, p, b'='] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some((b'\t', len)),
        _ => None,
    }
}

/// Reads a header that begins at a place of the first block; says where it ends.
fn header_at(shown: &str, slot: &mut Slot, at: Start) -> Result<(Header, usize), ReadError> {
    let file = shown.to_owned();
    let to = at.from + rows::record_len(slot.block.bytes().get(at.from..).unwrap_or_default());
    let long_record = slot.block.long_record;
    let (bytes, rows) = (slot.block.bytes().get(at.from..to).unwrap_or_default(), &mut slot.rows);
    let delimiter = at.delimiter.unwrap_or_else(|| dialect::delimiter(bytes));
    let mut header = Header {
        delimiter,
        columns: Vec::new(),
        lines: at.lines,
        first_line: at.lines + 1,
        titled: false,
        above: Vec::new(),
    };
    let broken = |fault| {
        let line = at.lines + 1 + further_lines(bytes, &fault);
        header.broken(&file, fault, 0, line)
    };
    // Read once to count the columns, and again with as many.
    rows.read(bytes, delimiter, 1).map_err(broken)?;
    if long_record {
        return Err(broken(Fault::LongRecord));
    }
    let columns = rows.found(0);
    rows.read(bytes, delimiter, columns).map_err(broken)?;
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(ReadError::BadEncoding { file, line: at.lines + 1 });
    };
    rows.finish(text, &[], &vec![true; columns]);
    if rows.defect(0).is_some() {
        // Carriage returns that end no line: the rows are in there somewhere.
        return Err(ReadError::NoRows { file });
    }
    header.lines += rows.lines();
    header.columns = (0..columns).map(|column| rows.cell(text, 0, column).to_owned()).collect();
    Ok((header, to))
}

/// Lines between the start of the block and the place that the error names.
pub(super) fn further_lines(bytes: &[u8], fault: &Fault) -> u64 {
    let place = match fault {
        Fault::StrayQuote { cell: place, .. } | Fault::UnclosedQuote { cell: place, .. } | Fault::Nul { at: place } => {
            *place
        }
        Fault::LongRecord | Fault::NoRoom | Fault::Miscounted { .. } => 0,
    };
    memchr::memchr_iter(b'\n', bytes.get(..place).unwrap_or_default()).count() as u64
}

impl Header {
    /// The error of a file; `first_row` is that of the block, 0 in the header.
    pub fn broken(&self, shown: &str, fault: Fault, first_row: u64, line: u64) -> ReadError {
        let file = shown.to_owned();
        match fault {
            Fault::StrayQuote { row, column, .. } => {
                // A column without a name is called by its number.
                let name = self.columns.get(column).filter(|name| !name.is_empty());
                let column = name.cloned().unwrap_or_else(|| (column + 1).to_string());
                ReadError::StrayQuote { file, line, row: first_row + row as u64, column }
            }
            Fault::UnclosedQuote { row, .. } => ReadError::UnclosedQuote { file, line, row: first_row + row as u64 },
            Fault::Nul { .. } => ReadError::NulByte { file, line },
            Fault::LongRecord => ReadError::LongRecord { file, line },
            Fault::NoRoom => ReadError::NoRoom { file },
            Fault::Miscounted { counted, read } => ReadError::Miscounted { file, line, counted, read },
        }
    }
}

/// What a block needs on its way; used again for a later block.
#[derive(Default)]
pub(super) struct Slot {
    pub block: Block,
    pub rows: Rows,
}
