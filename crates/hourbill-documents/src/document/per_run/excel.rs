//! Tables as CSV for spreadsheets (§9.5, `csv_for`): UTF-8 with a byte order mark, CRLF, texts neutralised. The machine tables stay as they
//! are; these stand beside them in `excel/`.

use super::RunFile;
use super::cells::{TableCell, each_row, neutralised};
use crate::csv_text::CsvText;
use crate::job::CsvFor;
use crate::tables::Table;

/// How the spreadsheets of a country read CSV.
#[derive(Clone, Copy)]
pub struct Dialect {
    delimiter: char,
    decimal: char,
}

impl Dialect {
    pub const COMMA: Dialect = Dialect { delimiter: ',', decimal: '.' };
    pub const SEMICOLON: Dialect = Dialect { delimiter: ';', decimal: ',' };

    /// `None`: no spreadsheet reads it.
    pub fn of(reader: CsvFor) -> Option<Dialect> {
        match reader {
            CsvFor::Machine => None,
            CsvFor::Excel => Some(Dialect::COMMA),
            CsvFor::ExcelSemicolon => Some(Dialect::SEMICOLON),
        }
    }
}

pub fn file(table: &Table<'_>, dialect: Dialect) -> RunFile {
    RunFile { folders: &["excel"], name: format!("{}.csv", table.name), bytes: bytes(table, dialect) }
}

pub fn bytes(table: &Table<'_>, dialect: Dialect) -> Vec<u8> {
    let mut rows = CsvText::crlf(dialect.delimiter);
    rows.row(table.columns.iter().map(|column| column.name));
    each_row(table, |row| {
        rows.row(row.cells().iter().map(|cell| match cell {
            TableCell::Text(value) => neutralised(value).into_owned(),
            TableCell::Hours(_) | TableCell::Decimal(_) | TableCell::Money(_) if dialect.decimal != '.' => {
                cell.text().replace('.', &dialect.decimal.to_string())
            }
            other => other.text().into_owned(),
        }));
        true
    });
    ["\u{feff}".as_bytes(), &rows.bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::per_run::sample;
    use crate::tables::tables;

    fn read(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap();
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn tables_for_spreadsheets_hold_the_cells_of_the_machine_tables_neutralised() {
        let sample = sample::sample(12, 1_500);
        for table in tables(sample.view().results) {
            let comma = read(&file(&table, Dialect::COMMA).bytes, b',');
            let semicolon = read(&file(&table, Dialect::SEMICOLON).bytes, b';');
            let mut machine = Vec::new();
            table.write_csv(&mut machine).unwrap();
            let machine: Vec<csv::StringRecord> =
                csv::Reader::from_reader(machine.as_slice()).records().map(Result::unwrap).collect();
            assert_eq!((comma.len(), semicolon.len()), (machine.len(), machine.len()), "{}", table.name);
            for ((comma, semicolon), machine) in comma.iter().zip(&semicolon).zip(&machine) {
                for (at, column) in table.columns.iter().enumerate() {
                    if column.kind == crate::tables::ColumnKind::Text {
                        assert_eq!([&comma[at], &semicolon[at]], [&neutralised(&machine[at]); 2]);
                    } else {
                        assert_eq!([&comma[at], &semicolon[at].replace(',', ".")], [&machine[at]; 2]);
                    }
                }
            }
        }
    }
}
