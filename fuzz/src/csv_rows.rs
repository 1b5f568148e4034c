//! The structure of CSV, held against the crate `csv`: where hourbill reads a row, every cell stands where it stands there.

use hourbill::finding::FileNo;
use hourbill::inputs::{Input, teams};
use hourbill::job::{Encoding, InputSettings, Limits};
use hourbill::read::{self, Cell, Defect, ReadError, Unfollowed};

use super::scratch::{self, Bytes};

pub const WORDS: &[&str] = &[
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\u{feff}",
    "\0",
    "team",
    "a,b,c\n",
    "\"a\nb\",",
    " ",
    "é",
    "\"\"\"",
    "\n\n",
];

struct Row {
    defect: Option<Defect>,
    /// None is a cell with bytes that are no text.
    cells: [Option<String>; 2],
}

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "\0A,Site,x\nB,,\n",
        "\0\"A, B\",\"say \"\"hi\"\"\",x\r\n\r\nB,Two\n",
        "\0\"one\ntwo\",p,x\n\"\",\"\",\"\"",
        "\u{1}A;Site;x\n",
        "\u{2}A\tSite\tx\n",
        "\u{3}A|Site|x\r\nB|\"|\"|y",
        "\u{4}A,Caf\u{e9},x\n",
        "\u{8}A,Site,x\n",
    ];
    texts.into_iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    let how = bytes.byte();
    let delimiter = b",;\t|"[usize::from(how) % 4];
    let encoding = [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16][usize::from(how / 4) % 3];
    let mark = char::from(delimiter);
    let mut text = format!("team{mark}project{mark}other\n").into_bytes();
    text.extend_from_slice(bytes.0);
    let path = scratch::file("rows.csv", &text);
    let settings = InputSettings {
        paths: vec![("rows.csv".to_owned(), path)],
        delimiter: Some(delimiter),
        encoding,
        ..InputSettings::default()
    };
    let ours = rows(&settings);
    let again = rows(&settings);
    assert_eq!(
        ours.as_ref().map(Vec::len).map_err(ReadError::to_string),
        again.as_ref().map(Vec::len).map_err(ReadError::to_string)
    );
    // The crate ends a record at every carriage return.
    let bare = text.windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n') || text.last() == Some(&b'\r');
    if let (Ok(rows), Encoding::Utf8, false) = (ours, encoding, bare) {
        same(&rows, &text, delimiter);
    }
}

fn rows(settings: &InputSettings) -> Result<Vec<Row>, ReadError> {
    let cell = |cell: Cell<'_>| match cell {
        Cell::Empty => Some(String::new()),
        Cell::Text(text) => Some(text.to_owned()),
        Cell::NoText => None,
        other => panic!("a text file holds {other:?}"),
    };
    let scan = read::scan(Input::Teams, settings, &Limits::default(), FileNo(0), &Unfollowed, |batch| {
        let row = |row| Row {
            defect: batch.defect(row),
            cells: [cell(batch.cell(row, teams::TEAM)), cell(batch.cell(row, teams::PROJECT))],
        };
        (0..batch.rows()).map(row).collect::<Vec<Row>>()
    })?;
    let rows: Vec<Row> = scan.pieces.into_iter().flat_map(|piece| piece.result).collect();
    assert_eq!(
        scan.files.iter().map(|file| file.rows).sum::<u64>(),
        rows.len() as u64,
        "rows are counted as they come"
    );
    Ok(rows)
}

fn same(rows: &[Row], text: &[u8], delimiter: u8) {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text);
    let records: Vec<csv::ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), records.len(), "as many rows as another reader finds");
    for (at, (row, record)) in rows.iter().zip(&records).enumerate() {
        let is_text = record.iter().all(|cell| std::str::from_utf8(cell).is_ok());
        let cells = [0, 1].map(|at| record.get(at).map(|cell| std::str::from_utf8(cell).ok().map(scratch::said)));
        let as_elsewhere = || {
            let ours = row.cells.each_ref().map(|cell| Some(cell.as_deref()));
            assert_eq!(ours, cells, "cells of row {at}");
        };
        match row.defect {
            None => {
                assert_eq!((record.len(), is_text), (3, true), "row {at} is used, and another reader finds a defect");
                as_elsewhere();
            }
            Some(Defect::Ragged { found, expected }) => {
                assert_eq!((found, expected), (record.len(), 3), "row {at}");
                assert_ne!(found, expected);
            }
            Some(Defect::BadEncoding) => {
                assert_eq!((record.len(), is_text), (3, false), "row {at} has a cell that is no text");
                as_elsewhere();
            }
            Some(Defect::BareCarriageReturn) => panic!("row {at} has no carriage return of its own"),
        }
    }
}
