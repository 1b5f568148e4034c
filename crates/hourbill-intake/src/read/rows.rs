//! The structure of a block of whole CSV records: one strict pass over its bytes proves RFC 4180 and notes where each cell ends.
//!
//! The pass takes quotes by their parity, 64 bytes at a time, and holds every quote against its neighbours: one that opens must
//! follow a delimiter, a line end or the quote that it doubles; one that closes must be followed by one of them. In a file that obeys,
//! parity and meaning are the same; the first byte that does not obey is the error. Nothing before it depends on what follows, so it
//! does not matter where blocks were cut.

use super::Defect;
use super::bitmask::{Finder, Marks, SPAN, mark, parities};

/// Set on the end of a cell that holds doubled quotes; its text stands in `unescaped`.
const ESCAPED: u32 = 1 << 31;
const POSITION: u32 = ESCAPED - 1;

/// A byte that breaks the structure of the whole file. Positions count from the start of the block, rows and columns from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The cell that starts at `cell` has a quote where none may stand, or text after its closing quote.
    StrayQuote {
        cell: usize,
        row: usize,
        column: usize,
    },
    /// The quote at `cell` is the last of its parity.
    UnclosedQuote {
        cell: usize,
        row: usize,
    },
    Nul {
        at: usize,
    },
    /// The record at the start of the block is longer than a record may be.
    LongRecord,
    /// There is no memory for what its rows hold.
    NoRoom,
    /// An independent count of the records found another number: a bug, never a property of the file.
    Miscounted {
        counted: usize,
        read: usize,
    },
}

/// A row that cannot be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wrong {
    row: u32,
    defect: Defect,
    /// Where its record ends.
    end: u32,
}

/// Where the rows and cells of a block stand. It is used again for one block after the other, so that a block allocates nothing.
#[derive(Default)]
pub(super) struct Rows {
    columns: usize,
    /// Of each row.
    starts: Vec<u32>,
    /// Of each cell of each row, `columns` per row, padded for rows that have too few.
    ends: Vec<u32>,
    /// Rows with a defect, sorted.
    wrong: Vec<Wrong>,
    /// From this row on, so many lines more than rows lie before.
    extra_lines: Vec<(u32, u32)>,
    /// Lines of the whole block.
    lines: u64,
    /// The second of each pair of doubled quotes.
    doubled: Vec<u32>,
    /// Carriage returns that end no line.
    bare_returns: Vec<u32>,
    /// Cell, and its text in `unescaped_text`.
    unescaped: Vec<(u32, u32, u32)>,
    unescaped_text: String,
    /// Cells that hold bytes in no encoding, sorted.
    no_texts: Vec<u32>,
}

impl Rows {
    /// Reads the structure of a block of whole records, each with its line end; only the broken end of a file may lack it.
    pub fn read(&mut self, bytes: &[u8], delimiter: u8, columns: usize) -> Result<(), Fault> {
        self.clear(columns);
        if bytes.len() >= POSITION as usize {
            return Err(Fault::LongRecord);
        }
        let carry = Carry { cell_end: 1, ..Carry::default() };
        let mut pass = Pass { bytes, finder: Finder::new(delimiter), carry, open: Open::default(), rows: self };
        let (spans, rest) = bytes.as_chunks::<SPAN>();
        let mut base = 0;
        for span in spans {
            pass.span(span, base)?;
            base += SPAN as u32;
        }
        if !rest.is_empty() {
            // Plain bytes after a line end say nothing; a line end after a broken end accuses nobody.
            let padding = if rest.ends_with(b"\n") { b' ' } else { b'\n' };
            let mut span = [padding; SPAN];
            for (to, from) in span.iter_mut().zip(rest) {
                *to = *from;
            }
            pass.span(&span, base)?;
        }
        pass.end()
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Line ends in the block.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Cells that a row really has.
    pub fn found(&self, row: usize) -> usize {
        match self.defect(row) {
            Some(Defect::Ragged { found, .. }) => found,
            _ => self.columns,
        }
    }

    /// Lines between the first of the block and the first of the row.
    pub fn line(&self, row: usize) -> u64 {
        let later = self.extra_lines.partition_point(|&(from, _)| from as usize <= row);
        let extra = later.checked_sub(1).and_then(|last| self.extra_lines.get(last)).map_or(0, |&(_, extra)| extra);
        row as u64 + u64::from(extra)
    }

    pub fn has_defects(&self) -> bool {
        !self.wrong.is_empty()
    }

    pub fn defect(&self, row: usize) -> Option<Defect> {
        if self.wrong.is_empty() {
            return None;
        }
        let found = self.wrong.binary_search_by(|wrong| (wrong.row as usize).cmp(&row)).ok()?;
        self.wrong.get(found).map(|wrong| wrong.defect)
    }

    /// Some bytes of a cell are no text: what stands in it is not known.
    #[inline]
    pub fn is_no_text(&self, row: usize, column: usize) -> bool {
        !self.no_texts.is_empty() && self.no_texts.binary_search(&((row * self.columns + column) as u32)).is_ok()
    }

    /// The text of a cell, without quotes; empty in rows that cannot be cut into cells. `text` is the block.
    #[inline]
    pub fn cell<'a>(&'a self, text: &'a str, row: usize, column: usize) -> &'a str {
        let cell = row * self.columns + column;
        let Some(&end) = self.ends.get(cell) else { return "" };
        let start = if column == 0 {
            self.starts.get(row).copied().unwrap_or(0)
        } else {
            self.ends.get(cell - 1).map_or(0, |end| (end & POSITION) + 1)
        };
        self.text_between(text, start, end, cell)
    }

    /// Hands on the texts of a column, row after row.
    #[inline]
    pub fn each<'a>(&'a self, text: &'a str, column: usize, mut each: impl FnMut(usize, &'a str)) {
        if column >= self.columns {
            return;
        }
        let rows = self.starts.iter().zip(self.ends.chunks_exact(self.columns.max(1)));
        for (row, (start, ends)) in rows.enumerate() {
            let before = column.checked_sub(1).and_then(|before| ends.get(before));
            let start = before.map_or(*start, |end| (end & POSITION) + 1);
            let Some(&end) = ends.get(column) else { continue };
            each(row, self.text_between(text, start, end, row * self.columns + column));
        }
    }

    #[inline]
    fn text_between<'a>(&'a self, text: &'a str, start: u32, end: u32, cell: usize) -> &'a str {
        if end & ESCAPED != 0 {
            return self.unescaped(cell);
        }
        let raw = text.get(start as usize..end as usize).unwrap_or_default();
        match raw.as_bytes() {
            [b'"', .., b'"'] => raw.get(1..raw.len() - 1).unwrap_or_default(),
            _ => raw,
        }
    }

    #[cold]
    fn unescaped(&self, cell: usize) -> &str {
        let found = self.unescaped.binary_search_by(|&(at, ..)| (at as usize).cmp(&cell));
        let range = found.ok().and_then(|found| self.unescaped.get(found));
        range.and_then(|&(_, start, end)| self.unescaped_text.get(start as usize..end as usize)).unwrap_or_default()
    }

    /// Where the record of a row stands, without its line end.
    pub fn record(&self, row: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(row).copied().unwrap_or(0);
        let wrong = self.wrong.binary_search_by(|wrong| (wrong.row as usize).cmp(&row)).ok();
        let end = match wrong.and_then(|found| self.wrong.get(found)) {
            Some(wrong) => wrong.end,
            None => self.ends.get(row * self.columns + self.columns - 1).map_or(start, |end| end & POSITION),
        };
        start as usize..end as usize
    }

    /// Gives every cell its text and every row its defect once the characters are known: `text` is the block, with stand-ins for the
    /// bytes at `bad_places` (sorted), which are in no encoding. Cells of columns that are not `used` are never asked for.
    pub fn finish(&mut self, text: &str, bad_places: &[u32], used: &[bool]) {
        self.unescape(text, used);
        if self.wrong.is_empty() && bad_places.is_empty() && self.bare_returns.is_empty() {
            return;
        }
        let mut wrong = Vec::new();
        for (places, defect) in
            [(bad_places, Defect::BadEncoding), (self.bare_returns.as_slice(), Defect::BareCarriageReturn)]
        {
            let mut last = None;
            for &place in places {
                let row = self.starts.partition_point(|&start| start <= place).saturating_sub(1);
                if last.replace(row) != Some(row) {
                    wrong.push(Wrong { row: row as u32, defect, end: self.record(row).end as u32 });
                }
            }
        }
        self.wrong.append(&mut wrong);
        let mut no_texts: Vec<u32> = bad_places.iter().map(|place| self.cell_at(*place)).collect();
        no_texts.dedup();
        self.no_texts = no_texts;
        self.wrong.sort_by_key(|wrong| (wrong.row, rank(wrong.defect)));
        self.wrong.dedup_by_key(|wrong| wrong.row);
        for wrong in self.wrong.iter().filter(|wrong| wrong.defect.is_torn()) {
            let row = wrong.row as usize;
            let start = self.starts.get(row).copied().unwrap_or(0);
            let cells = row * self.columns..(row + 1) * self.columns;
            for (end, column) in self.ends.get_mut(cells).unwrap_or_default().iter_mut().zip(0..) {
                // As if each cell ended where it starts.
                *end = (start + column) & POSITION;
            }
        }
    }

    /// The cell of a place in the block; of a row that is torn, any of its row.
    fn cell_at(&self, place: u32) -> u32 {
        let row = self.starts.partition_point(|&start| start <= place).saturating_sub(1);
        let cells = self.ends.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default();
        let column = cells.iter().take_while(|end| (**end & POSITION) < place).count();
        (row * self.columns + column.min(self.columns.saturating_sub(1))) as u32
    }

    fn unescape(&mut self, text: &str, used: &[bool]) {
        let mut from = 0;
        for &place in &self.doubled {
            let cell = from + cells_before(self.ends.get(from..).unwrap_or_default(), place);
            from = cell;
            let (row, column) = (cell / self.columns, cell % self.columns);
            let start = match column {
                0 => self.starts.get(row).copied(),
                _ => self.ends.get(cell - 1).map(|end| (end & POSITION) + 1),
            };
            let (Some(start), Some(end)) = (start, self.ends.get_mut(cell)) else { continue };
            // The quotes of a cell are met one by one; those of cells beyond the header's belong to no cell that is kept.
            if *end & ESCAPED != 0 || start > place || !used.get(column).is_some_and(|used| *used) {
                continue;
            }
            let raw = text.get(start as usize..*end as usize).unwrap_or_default();
            *end |= ESCAPED;
            let quoted = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
            let start = self.unescaped_text.len() as u32;
            // Of each pair the first is kept.
            let mut from = 0;
            for second in memchr::memchr_iter(b'"', quoted.as_bytes()).skip(1).step_by(2) {
                self.unescaped_text.push_str(quoted.get(from..second).unwrap_or_default());
                from = second + 1;
            }
            self.unescaped_text.push_str(quoted.get(from..).unwrap_or_default());
            self.unescaped.push((cell as u32, start, self.unescaped_text.len() as u32));
        }
    }

    fn clear(&mut self, columns: usize) {
        self.columns = columns;
        self.lines = 0;
        self.starts.clear();
        self.ends.clear();
        self.wrong.clear();
        self.extra_lines.clear();
        self.doubled.clear();
        self.bare_returns.clear();
        self.unescaped.clear();
        self.unescaped_text.clear();
        self.no_texts.clear();
    }
}

/// How many of the cells end before a place, looking near the first of them first.
fn cells_before(ends: &[u32], place: u32) -> usize {
    let before = |end: &u32| end & POSITION < place;
    let mut bound = 1;
    while ends.get(bound).is_some_and(before) {
        bound *= 2;
    }
    let near = ends.get(bound / 2..ends.len().min(bound + 1)).unwrap_or_default();
    bound / 2 + near.partition_point(before)
}

/// The defect that is told of a row that has several.
fn rank(defect: Defect) -> u8 {
    match defect {
        Defect::Ragged { .. } => 0,
        Defect::BadEncoding => 1,
        Defect::BareCarriageReturn => 2,
    }
}

/// The pass over a block.
struct Pass<'a> {
    bytes: &'a [u8],
    finder: Finder,
    carry: Carry,
    open: Open,
    rows: &'a mut Rows,
}

/// What the span before says about the next one; bit 0 stands for the byte before it.
#[derive(Default)]
struct Carry {
    /// All ones inside a quoted cell.
    inside: u64,
    /// The byte before ended a cell; so does the start of the block.
    cell_end: u64,
    closing: u64,
    carriage_return: u64,
    carriage_return_after_closing: u64,
    nul: bool,
}

/// The row that is being read.
#[derive(Default)]
struct Open {
    start: u32,
    /// Position of its first cell in `ends`.
    first_cell: usize,
    /// Lines before it that no row starts with.
    extra_lines: u32,
    /// Those and its own further lines.
    extra_lines_behind: u32,
}

impl Pass<'_> {
    #[inline(always)]
    fn span(&mut self, span: &[u8; SPAN], base: u32) -> Result<(), Fault> {
        let marks = self.finder.marks(span);
        let carry = &mut self.carry;
        if marks.unusual | carry.inside | carry.closing | carry.carriage_return != 0 {
            return self.unusual_span(span, base, marks);
        }
        let ends = marks.delimiters | marks.newlines;
        carry.cell_end = ends >> (SPAN - 1);
        self.cells(ends, marks.newlines, 0, base);
        Ok(())
    }

    fn unusual_span(&mut self, span: &[u8; SPAN], base: u32, marks: Marks) -> Result<(), Fault> {
        let carry = &mut self.carry;
        let (quotes, returns) = (mark(span, b'"'), mark(span, b'\r'));
        carry.nul |= marks.unusual & !(quotes | returns) != 0;
        let inside = parities(quotes) ^ carry.inside;
        let (opening, closing) = (quotes & inside, quotes & !inside);
        let (newlines, inner_newlines) = (marks.newlines & !inside, marks.newlines & inside);
        let ends = marks.delimiters & !inside | newlines;
        let returns = returns & !inside;

        let after_end = ends << 1 | carry.cell_end;
        let after_closing = closing << 1 | carry.closing;
        let after_return = returns << 1 | carry.carriage_return;
        let after_closing_and_return = (after_closing & returns) << 1 | carry.carriage_return_after_closing;
        let stray = opening & !(after_end | after_closing)
            | after_closing & !(ends | opening | returns)
            | after_closing_and_return & !newlines;
        if stray != 0 {
            let before = (stray & stray.wrapping_neg()) - 1;
            let at = base | stray.trailing_zeros();
            self.cells(ends & before, newlines, inner_newlines & before, base);
            let (cell, column) = self.cell();
            return Err(match memchr::memchr(0, self.bytes.get(..at as usize).unwrap_or_default()) {
                Some(at) => Fault::Nul { at },
                None => Fault::StrayQuote { cell, row: self.rows.len(), column },
            });
        }

        let last = |bits: u64| bits >> (SPAN - 1);
        carry.inside = last(inside).wrapping_neg();
        carry.cell_end = last(ends);
        carry.closing = last(closing);
        carry.carriage_return = last(returns);
        carry.carriage_return_after_closing = last(after_closing & returns);
        let bits = |bits| places(bits, base);
        self.rows.doubled.extend(bits(opening & after_closing));
        self.rows.bare_returns.extend(bits(after_return & !newlines).map(|after| after.saturating_sub(1)));
        self.cells(ends, newlines, inner_newlines, base);
        Ok(())
    }

    /// Takes in the ends of cells; `newlines` tells which of them end rows too.
    #[inline(always)]
    fn cells(&mut self, mut ends: u64, newlines: u64, mut inner_newlines: u64, base: u32) {
        while ends != 0 {
            let end = ends & ends.wrapping_neg();
            // The lower bits of `base` are 0.
            let place = base | ends.trailing_zeros();
            if newlines & end == 0 {
                self.rows.ends.push(place);
            } else {
                self.open.extra_lines_behind += (inner_newlines & (end - 1)).count_ones();
                inner_newlines &= !(end - 1);
                self.row(place);
            }
            ends ^= end;
        }
        self.open.extra_lines_behind += inner_newlines.count_ones();
    }

    /// Ends a row at a line end.
    #[inline(always)]
    fn row(&mut self, newline: u32) {
        let (rows, open) = (&mut *self.rows, &mut self.open);
        let start = open.start;
        open.start = newline + 1;
        let mut end = newline;
        if newline > start && self.bytes.get(newline as usize - 1) == Some(&b'\r') {
            end -= 1;
        }
        let found = rows.ends.len() - open.first_cell + 1;
        if found == 1 && end == start {
            open.extra_lines_behind += 1;
            open.extra_lines = open.extra_lines_behind;
            return;
        }
        rows.ends.push(end);
        if found != rows.columns {
            let defect = Defect::Ragged { found, expected: rows.columns };
            rows.wrong.push(Wrong { row: rows.starts.len() as u32, defect, end });
            rows.ends.resize(open.first_cell + rows.columns, end);
        }
        if open.extra_lines != rows.extra_lines.last().map_or(0, |&(_, extra)| extra) {
            rows.extra_lines.push((rows.starts.len() as u32, open.extra_lines));
        }
        rows.starts.push(start);
        open.first_cell = rows.ends.len();
        open.extra_lines = open.extra_lines_behind;
    }

    /// Start and column of the cell that is being read.
    fn cell(&self) -> (usize, usize) {
        let cells = self.rows.ends.get(self.open.first_cell..).unwrap_or_default();
        (cells.last().map_or(self.open.start, |end| end + 1) as usize, cells.len())
    }

    fn end(self) -> Result<(), Fault> {
        let nul = if self.carry.nul { memchr::memchr(0, self.bytes) } else { None };
        let (cell, _) = self.cell();
        if self.carry.inside != 0 && nul.is_none_or(|nul| nul > cell) {
            return Err(Fault::UnclosedQuote { cell, row: self.rows.len() });
        }
        if let Some(at) = nul {
            return Err(Fault::Nul { at });
        }
        self.rows.lines = self.rows.len() as u64 + u64::from(self.open.extra_lines_behind);
        Ok(())
    }
}

/// The places of set bits.
fn places(mut bits: u64, base: u32) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| base | bits.trailing_zeros());
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// Counts the records of a block another way, to hold against the rows that were read: quotes part it into stretches outside and
/// inside of cells by turns, and each line end outside that does not end a blank line ends a record.
pub(super) fn count(bytes: &[u8]) -> usize {
    // Nearly always every line is a record; line ends that need no look at what stands before them are counted many at a time.
    let blank_lines = has_blank_line(bytes);
    let mut records = 0;
    let (mut from, mut outside) = (0, true);
    for to in memchr::memchr_iter(b'"', bytes).chain([bytes.len()]) {
        if outside {
            let stretch = bytes.get(from..to).unwrap_or_default();
            let ends = memchr::memchr_iter(b'\n', stretch);
            records += match blank_lines {
                true => ends.filter(|end| !ends_blank_line(bytes.get(..from + end).unwrap_or_default())).count(),
                false => ends.count(),
            };
        }
        outside = !outside;
        from = to + 1;
    }
    records
}

fn has_blank_line(bytes: &[u8]) -> bool {
    let inside = [&b"\n\n"[..], b"\n\r\n"].into_iter().any(|ends| memchr::memmem::find(bytes, ends).is_some());
    inside || blank_line(bytes).is_some()
}

/// Bytes of the blank line at the start of `bytes`, if one stands there.
pub(super) fn blank_line(bytes: &[u8]) -> Option<usize> {
    [&b"\n"[..], b"\r\n"].into_iter().find(|line| bytes.starts_with(line)).map(<[u8]>::len)
}

/// Bytes of the record at the start of `bytes` with its line end; all of them when it does not end.
pub(super) fn record_len(bytes: &[u8]) -> usize {
    let mut outside = true;
    let newline = memchr::memchr2_iter(b'\n', b'"', bytes).find(|at| {
        let newline = bytes.get(*at) == Some(&b'\n');
        outside ^= !newline;
        newline && outside
    });
    newline.map_or(bytes.len(), |newline| newline + 1)
}

fn ends_blank_line(before: &[u8]) -> bool {
    let line = before.strip_suffix(b"\r").unwrap_or(before);
    line.is_empty() || line.ends_with(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_before_a_place_are_found_from_anywhere() {
        for len in 0..40_u32 {
            let ends: Vec<u32> = (0..len).map(|cell| (3 * cell) | if cell % 3 == 0 { ESCAPED } else { 0 }).collect();
            for place in 0..130 {
                let expected = ends.iter().filter(|end| **end & POSITION < place).count();
                assert_eq!(cells_before(&ends, place), expected, "{len} {place}");
            }
        }
    }

    #[test]
    fn records_are_counted_without_reading_them() {
        for (text, records) in [
            ("", 0),
            ("\n\r\n\n", 0),
            ("a\n", 1),
            ("a\n\nb\r\n\r\nc\n", 3),
            ("\"\n\"\n", 1),
            ("\"a\n\n\"\n\nb\n", 2),
            ("\"\"\n\"\"\"\n\"\n", 2),
            ("\r\r\n", 1),
        ] {
            assert_eq!(count(text.as_bytes()), records, "{text:?}");
        }
        // All texts of these bytes.
        for number in 0..4_usize.pow(8) {
            let byte = |place: u32| b"a\n\r\""[number / 4_usize.pow(place) % 4];
            let text: Vec<u8> = (0..(number % 8 + 1) as u32).map(byte).collect();
            assert_eq!(count(&text), counted_byte_by_byte(&text), "{text:?}");
        }
    }

    fn counted_byte_by_byte(text: &[u8]) -> usize {
        let (mut records, mut outside, mut line) = (0, true, Vec::new());
        for byte in text {
            outside ^= *byte == b'"';
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            records += usize::from(outside && !matches!(line.as_slice(), b"" | b"\r"));
            line.clear();
        }
        records
    }
}
