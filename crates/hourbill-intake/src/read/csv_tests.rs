//! The CSV reader against two others: the `csv` crate on well-formed files, and a slow reader, written byte by byte from the rules, on
//! every kind of damage. Every file is cut in every way, and read by one thread and by several.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::blocks::Cut;
use super::*;
use crate::inputs::teams as field;
use crate::job::{DecimalMark, Encoding};

/// Files of teams: one required column, three others.
pub(super) struct Files {
    pub(super) dir: TempDir,
    pub(super) settings: InputSettings,
    pub(super) limits: Limits,
    pub(super) cut: Cut,
}

/// A row as it came out: its line, and what its cells or defect were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) record: String,
    pub(super) defect: Option<Defect>,
    pub(super) cells: [String; 2],
}

const FIELDS: [usize; 2] = [field::TEAM, field::PROJECT];

impl Files {
    pub(super) fn new() -> Files {
        let settings = InputSettings {
            paths: Vec::new(),
            delimiter: None,
            encoding: Encoding::Utf8,
            decimal: DecimalMark::Point,
            thousands: None,
            date_format: None,
            timezone: None,
            columns: BTreeMap::new(),
            ..InputSettings::default()
        };
        Files { dir: TempDir::new().unwrap(), settings, limits: Limits::default(), cut: Cut::default() }
    }

    pub(super) fn with(name: &str, bytes: impl AsRef<[u8]>) -> Files {
        let mut files = Files::new();
        files.add(name, bytes);
        files
    }

    pub(super) fn add(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        self.put(name, bytes);
        self.settings.paths.push((name.to_owned(), self.path(name)));
    }

    pub(super) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn job<'a>(&'a self, follow: &'a dyn Follow) -> Job<'a> {
        Job {
            input: Input::Teams,
            settings: &self.settings,
            limits: &self.limits,
            follow,
            cut: self.cut,
            knows: &header::fits,
        }
    }

    pub(super) fn scan(&self) -> Result<Scan<Vec<Row>>, ReadError> {
        scan_job(self.job(&|_: u64| ()), FileNo(3), &|_| true, rows_of)
    }

    /// The rows of all files.
    pub(super) fn rows(&self) -> Result<Vec<Row>, ReadError> {
        let scan = self.scan()?;
        let mut rows = Vec::new();
        let mut next = BTreeMap::new();
        for piece in scan.pieces {
            let first_row: &mut u64 = next.entry(piece.file).or_insert(1);
            assert_eq!(piece.first_row, *first_row, "rows are numbered without a gap");
            assert_eq!(piece.rows, piece.result.len());
            *first_row += piece.rows as u64;
            let first_line = piece.first_line.unwrap();
            rows.extend(piece.result.into_iter().map(|row| Row { line: first_line + row.line, ..row }));
        }
        assert_eq!(scan.files.iter().map(|file| file.rows).sum::<u64>(), rows.len() as u64);
        Ok(rows)
    }

    pub(super) fn error(&self) -> ReadError {
        self.scan().map(|scan| scan.pieces).expect_err("the file must be refused")
    }
}

pub(super) fn rows_of(batch: &Batch<'_>) -> Vec<Row> {
    let row = |row| Row {
        line: batch.line(row),
        record: batch.record(row).unwrap(),
        defect: batch.defect(row),
        cells: FIELDS.map(|field| match batch.cell(row, field) {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.to_owned(),
            Cell::NoText => String::new(),
            other => panic!("a text file holds {other:?}"),
        }),
    };
    (0..batch.rows()).map(row).collect()
}

/// What is wrong with a file, and on which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Stray(u64),
    Unclosed(u64),
    Nul(u64),
    NoRows,
}

pub(super) fn wrong(error: &ReadError) -> Wrong {
    match error {
        ReadError::StrayQuote { line, .. } => Wrong::Stray(*line),
        ReadError::UnclosedQuote { line, .. } => Wrong::Unclosed(*line),
        ReadError::NulByte { line, .. } => Wrong::Nul(*line),
        ReadError::NoRows { .. } => Wrong::NoRows,
        other => panic!("{other:?}"),
    }
}

/// The rules, byte by byte, for a header of `team`, `project` and one more column.
fn slowly(bytes: &[u8], columns: usize, first_line: u64) -> Result<Vec<Row>, Wrong> {
    let mut rows = Vec::new();
    let (mut at, mut line) = (0, first_line);
    let line_end = |at: usize| match &bytes[at..] {
        [] => Some(0),
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        [b'\r'] => Some(1),
        _ => None,
    };
    while at < bytes.len() {
        if let Some(len) = line_end(at) {
            at += len;
            line += 1;
            continue;
        }
        let (start, first_line) = (at, line);
        let (mut cells, mut bare) = (Vec::new(), false);
        let end = loop {
            let (mut cell, cell_line) = (Vec::new(), line);
            if bytes.get(at) == Some(&b'"') {
                let mut nul = None;
                at += 1;
                loop {
                    match &bytes[at..] {
                        [] => return Err(Wrong::Unclosed(cell_line)),
                        [b'"', b'"', ..] => {
                            cell.push(b'"');
                            at += 2;
                        }
                        [b'"', ..] => break,
                        [byte, ..] => {
                            nul = nul.or((*byte == 0).then_some(line));
                            line += u64::from(*byte == b'\n');
                            cell.push(*byte);
                            at += 1;
                        }
                    }
                }
                at += 1;
                if let Some(line) = nul {
                    return Err(Wrong::Nul(line));
                }
                if line_end(at).is_none() && bytes[at] != b',' {
                    return Err(Wrong::Stray(cell_line));
                }
            } else {
                while line_end(at).is_none() && bytes[at] != b',' {
                    match bytes[at] {
                        b'"' => return Err(Wrong::Stray(cell_line)),
                        0 => return Err(Wrong::Nul(line)),
                        b'\r' => bare = true,
                        _ => {}
                    }
                    cell.push(bytes[at]);
                    at += 1;
                }
            }
            cells.push(cell);
            if let Some(len) = line_end(at) {
                let end = at;
                at += len;
                line += 1;
                break end;
            }
            at += 1;
        };
        let record = &bytes[start..end];
        let defect = if cells.len() != columns {
            Some(Defect::Ragged { found: cells.len(), expected: columns })
        } else if std::str::from_utf8(record).is_err() {
            Some(Defect::BadEncoding)
        } else if bare {
            Some(Defect::BareCarriageReturn)
        } else {
            None
        };
        // Of cells that are no text a test sees nothing.
        let text = |column: usize| match defect {
            Some(Defect::Ragged { .. }) => String::new(),
            _ => unless_blank(&String::from_utf8(cells[column].clone()).unwrap_or_default()),
        };
        let record = String::from_utf8_lossy(record).into_owned();
        rows.push(Row { line: first_line, record, defect, cells: [text(0), text(1)] });
    }
    if rows.is_empty() && !bytes.is_empty() { Err(Wrong::NoRows) } else { Ok(rows) }
}

/// Blanks alone are no value.
fn unless_blank(text: &str) -> String {
    if crate::inputs::trimmed(text).is_empty() { String::new() } else { text.to_owned() }
}

/// A small generator: the tests need many files, not good randomness.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

pub(super) fn with_threads<R: Send>(threads: usize, act: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(act)
}

pub(super) const SMALL: usize = 1 << 16;

pub(super) fn cut(block_bytes: usize) -> Cut {
    Cut { block_bytes, record_bytes_max: SMALL }
}

#[test]
fn every_mixture_of_bytes_is_read_as_the_rules_say_however_it_is_cut() {
    const HEADER: &str = "team,project,more\n";
    let pieces: [&[u8]; 16] = [
        b"a",
        b"bc",
        b",",
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"",
        b"\"\"",
        b"\"x\"",
        b"\r",
        b"\0",
        b"\xff",
        "é".as_bytes(),
    ];
    let weights = [16, 12, 10, 15, 13];
    let mut random = Random(0x5eed);
    let mut met = [0; 5];
    let pools = [1, 3].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    for round in 0..6_000 {
        let kinds = weights[round % weights.len()];
        let mut body = Vec::new();
        for _ in 0..random.below(if round % 50 == 0 { 900 } else { 40 }) {
            body.extend_from_slice(pieces[random.below(kinds)]);
        }
        let expected = slowly(&body, 3, 2);
        met[match &expected {
            Ok(rows) if rows.iter().any(|row| row.defect.is_some()) => 1,
            Ok(_) => 0,
            Err(Wrong::Stray(_)) => 2,
            Err(Wrong::Unclosed(_)) => 3,
            Err(_) => 4,
        }] += 1;
        let mut files = Files::with("a.csv", [HEADER.as_bytes(), &body].concat());
        for block_bytes in [1 + random.below(24), 25 + random.below(200), SMALL] {
            files.cut = cut(block_bytes);
            let found = pools[random.below(2)].install(|| files.rows()).map_err(|error| wrong(&error));
            assert_eq!(found, expected, "block of {block_bytes} bytes: {:?}", String::from_utf8_lossy(&body));
        }
    }
    assert!(met.iter().all(|times| *times > 200), "each way a file can be must be met often: {met:?}");
}

#[test]
fn a_damaged_file_is_refused_or_gives_what_the_rules_say() {
    let mut whole = b"team,project,more\r\n".to_vec();
    for row in 0..60 {
        let line = format!("T{row},\"a \"\"quoted\"\" word, and\nlines {row}\",x{row}\r\n");
        whole.extend_from_slice(line.as_bytes());
    }
    let header = 19;
    let mut random = Random(77);
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(3) {
            let at = header + random.below(bytes.len() - header);
            match random.below(4) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = b'"',
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.remove(at)),
            }
        }
        let mut files = Files::with("a.csv", &bytes);
        files.cut = cut(1 + random.below(300));
        let found = files.rows().map_err(|error| wrong(&error));
        assert_eq!(found, slowly(&bytes[header..], 3, 2), "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn well_formed_files_give_the_cells_that_the_csv_crate_reads() {
    let mut random = Random(2026);
    for round in 0..3_000 {
        let delimiter = [b',', b';', b'\t', b'|'][random.below(4)];
        let (crlf, all_quoted) = (random.below(2) == 0, random.below(4) == 0);
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') })
            .quote_style(if all_quoted { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        let mut headers = vec!["team", "project", "time_billing", "x", "a;b", "c|d,e", "q\"q"];
        headers.rotate_left(random.below(7));
        writer.write_record(&headers).unwrap();
        for _ in 0..random.below(30) {
            let cell = |random: &mut Random| {
                let parts = ["a", "Zoë", "\"", ",", ";", "\t", "|", "\n", "\r\n", " ", "x y", "", "0", "日本"];
                (0..random.below(5)).map(|_| random.one_of(&parts)).collect::<String>()
            };
            writer.write_record((0..7).map(|_| cell(&mut random))).unwrap();
        }
        let mut bytes = writer.into_inner().unwrap();
        if round % 3 == 0 && bytes.ends_with(b"\n") {
            bytes.truncate(bytes.len() - if crlf { 2 } else { 1 });
        }
        if round % 5 == 0 {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&bytes[..]);
        let place = |name| headers.iter().position(|header| *header == name).unwrap();
        let expected: Vec<[String; 2]> = reader
            .records()
            .map(|record| record.unwrap())
            .map(|record| [unless_blank(&record[place("team")]), unless_blank(&record[place("project")])])
            .collect();
        let mut files = Files::with("a.csv", &bytes);
        files.settings.delimiter = Some(delimiter);
        files.cut = cut(1 + random.below(500));
        let rows = files.rows().unwrap();
        assert!(rows.iter().all(|row| row.defect.is_none()));
        let found: Vec<[String; 2]> = rows.into_iter().map(|row| row.cells).collect();
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn batches_are_the_same_for_any_number_of_threads() {
    let mut bytes = b"project;team\n".to_vec();
    for row in 0..20_000 {
        bytes.extend_from_slice(format!("\"p;{}\";t{row}\n", row % 7).as_bytes());
    }
    let mut files = Files::with("a.csv", bytes);
    files.cut = cut(1_000);
    let read = |threads| with_threads(threads, || files.scan().unwrap());
    let one = read(1);
    assert!(one.pieces.len() > 100);
    for threads in [2, 8] {
        let many = read(threads);
        assert_eq!(many.files, one.files);
        let pieces = |scan: &Scan<Vec<Row>>| -> Vec<_> {
            scan.pieces.iter().map(|piece| (piece.first_row, piece.first_line, piece.result.clone())).collect()
        };
        assert_eq!(pieces(&many), pieces(&one));
    }
    // Outside of any pool as well.
    assert_eq!(files.scan().unwrap().files, one.files);
}

#[test]
fn a_stray_quote_in_row_1000_of_200000_names_line_1001() {
    let rows = |stray: &str| {
        let mut text = "team,project\n".to_owned();
        for row in 1..=200_000 {
            let project = if row == 1_000 { stray } else { "some project" };
            text.push_str(&format!("team {row},{project}\n"));
        }
        text
    };
    for (stray, expected) in [
        ("\"some project", Wrong::Unclosed(1_001)),
        ("some \"project", Wrong::Stray(1_001)),
        ("some project\"", Wrong::Stray(1_001)),
        ("\"some\" project", Wrong::Stray(1_001)),
    ] {
        let mut files = Files::with("a.csv", rows(stray));
        for block_bytes in [1 << 20, 10_000] {
            files.cut = Cut { block_bytes, record_bytes_max: 64 << 20 };
            let error = files.error();
            assert_eq!(wrong(&error), expected);
            assert!(matches!(
                error,
                ReadError::StrayQuote { row: 1_000, .. } | ReadError::UnclosedQuote { row: 1_000, .. }
            ));
        }
    }
    // It swallows everything up to the next quoted cell, far away.
    let text = rows("\"some project").replace("team 150000,some project", "team 150000,\"some project\"");
    assert_eq!(wrong(&Files::with("a.csv", text).error()), Wrong::Stray(1_001));
}

#[test]
fn a_record_that_does_not_end_is_refused_before_it_fills_the_memory() {
    let mut long = b"team,project\na,b\n".to_vec();
    long.resize(3 * SMALL, b'x');
    let mut files = Files::with("a.csv", &long);
    let mut quoted = long.clone();
    quoted[17] = b'"';
    files.put("b.csv", quoted);
    for block_bytes in [7, 1_000, SMALL] {
        files.cut = cut(block_bytes);
        assert!(matches!(files.error(), ReadError::LongRecord { line: 3, .. }));
    }
    files.settings.paths = vec![("b.csv".to_owned(), files.path("b.csv"))];
    assert_eq!(wrong(&files.error()), Wrong::Unclosed(3));
}

#[test]
fn a_huge_cell_is_a_cell() {
    let huge = "wide \"\"\n".repeat(500_000);
    let text = format!("team,project\na,\"{huge}\"\nb,c\n");
    let rows = Files::with("a.csv", text).rows().unwrap();
    assert_eq!(rows[0].cells[1], huge.replace("\"\"", "\""));
    assert_eq!((rows[1].line, rows[1].cells[1].as_str()), (500_003, "c"));
}
