//! CSV by the `csv` crate: all that is written outside of the large tables of a run (`tables::csv`), and our own tables read back. What others
//! export is read by the strict pass of `read`.

use std::collections::BTreeMap;

use csv::{ByteRecord, QuoteStyle, StringRecord, Terminator, Writer, WriterBuilder};

use crate::bug::OrBug;

/// Rows of CSV in memory. Cells stand in quotes where RFC 4180 wants them, and the rows of a file have as many cells as the first.
pub struct CsvText(Writer<Vec<u8>>);

impl CsvText {
    /// Rows that end with LF.
    pub fn lines() -> CsvText {
        CsvText(WriterBuilder::new().from_writer(Vec::new()))
    }

    /// Rows that end with CRLF, as spreadsheets and ledgers of the desk write them.
    pub fn crlf(delimiter: char) -> CsvText {
        CsvText(dialect(delimiter).from_writer(Vec::new()))
    }

    /// Rows of any number of cells that end with CRLF, of cells that the caller has put in [`quotes`] where its format wants them: by column,
    /// not by need.
    pub fn crlf_of_quoted(delimiter: char) -> CsvText {
        CsvText(dialect(delimiter).quote_style(QuoteStyle::Never).flexible(true).from_writer(Vec::new()))
    }

    /// Rows that end with LF and need not have the cells of the first, for exports that are damaged on purpose.
    pub fn ragged_lines() -> CsvText {
        CsvText(WriterBuilder::new().flexible(true).from_writer(Vec::new()))
    }

    pub fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.0.write_record(cells).ok().or_bug("memory takes every row, and rows have the cells of their header");
    }

    /// As [`CsvText::row`], of cells in one piece of memory.
    pub fn record(&mut self, record: &ByteRecord) {
        self.0.write_byte_record(record).ok().or_bug("memory takes every row, and rows have the cells of their header");
    }

    pub fn bytes(self) -> Vec<u8> {
        self.0.into_inner().ok().or_bug("memory takes every row")
    }

    /// What was written, as text.
    pub fn text(self) -> String {
        String::from_utf8(self.bytes()).ok().or_bug("cells that are texts make a text")
    }
}

fn dialect(delimiter: char) -> WriterBuilder {
    let mut builder = WriterBuilder::new();
    let delimiter = u8::try_from(delimiter).ok().or_bug("a delimiter of ours is ASCII");
    builder.delimiter(delimiter).terminator(Terminator::CRLF);
    builder
}

/// One row without its end.
pub fn row(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    row_with(b',', cells)
}

/// The same with another delimiter.
pub fn row_with(delimiter: u8, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut rows = CsvText(WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new()));
    rows.row(cells);
    let mut text = rows.text();
    text.pop();
    text
}

/// A cell in quotes, whether it needs them or not.
pub fn quotes(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// The rows behind the header by their first cell, the first of each, of a text that people may have changed: rows may be of any length, and what
/// cannot be read is left out.
pub fn rows_by_first_cell(text: &str, delimiter: u8) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let mut rows = BTreeMap::new();
    for record in reader.records().filter_map(Result::ok) {
        let first = record.get(0).unwrap_or_default().to_owned();
        rows.entry(first).or_insert_with(|| record.iter().map(str::to_owned).collect());
    }
    rows
}

/// The first row of a text; not much more is read of it.
pub fn header(text: impl std::io::Read) -> Option<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text);
    reader.headers().ok().filter(|header| !header.is_empty()).map(|header| header.iter().map(str::to_owned).collect())
}

/// Hands the cells of some columns of a text with a header to `each`, row by row; `None` when it lacks a column, a row has more or fewer cells
/// than the header, or the text is cut short or no UTF-8.
pub fn read(bytes: &[u8], names: &[&str], mut each: impl FnMut(&[String])) -> Option<()> {
    // The crate ends an open quote, and a last row without its end, with the text.
    if bytes.last() != Some(&b'\n') || !memchr::memchr_iter(b'"', bytes).count().is_multiple_of(2) {
        return None;
    }
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().ok()?;
    let place = |name: &&str| header.iter().position(|known| known == *name);
    let places: Vec<usize> = names.iter().map(place).collect::<Option<_>>()?;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).ok()? {
        each(&places.iter().map(|&place| record.get(place).map(str::to_owned)).collect::<Option<Vec<_>>>()?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_in_quotes_where_the_format_wants_them() {
        let mut lines = CsvText::lines();
        lines.row(["a", "b,c", "d\"e", "f\ng", "h\ri", "", " ", "é;"]);
        assert_eq!(lines.text(), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\"h\ri\",, ,é;\n");
        let mut crlf = CsvText::crlf(';');
        crlf.row(["a,b", "c;d"]);
        assert_eq!(crlf.text(), "a,b;\"c;d\"\r\n");
        let mut quoted = CsvText::crlf_of_quoted(';');
        quoted.row(["1,50", &quotes(""), &quotes("a\"b")]);
        assert_eq!(quoted.text(), "1,50;\"\";\"a\"\"b\"\r\n");
        assert_eq!(row(["a", "b,c"]), "a,\"b,c\"");
    }

    #[test]
    fn rows_of_people_are_known_by_their_first_cell() {
        let rows = rows_by_first_cell("id,why\n\"a\nb\",c\nd\ne,f,g\ne,h\n\n\"i", b',');
        assert_eq!(rows_by_first_cell("id;why\na,b;c\n", b';')["a,b"], ["a,b", "c"]);
        assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), ["a\nb", "d", "e", "i"]);
        assert_eq!(rows["e"], ["e", "f", "g"]);
    }

    #[test]
    fn what_was_written_is_read_back_and_what_is_cut_short_is_not() {
        let text = "id,other,why\n\"a\nb\",,\"c\"\"\"\n";
        let mut met = Vec::new();
        assert!(read(text.as_bytes(), &["why", "id"], |cells| met.push(cells.to_vec())).is_some());
        assert_eq!(met, [["c\"", "a\nb"]]);
        assert!(read(text.as_bytes(), &["more"], |_| {}).is_none());
        for broken in ["", "id,why", "id,why\na\n", "id,why\na,b", "id,why\na,\"b\n", "id,why\na,b,c\n"] {
            assert!(read(broken.as_bytes(), &["id"], |_| {}).is_none(), "{broken}");
        }
    }
}
