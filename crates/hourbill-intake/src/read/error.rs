//! What makes a whole file unusable (§2.11): the run stops and publishes nothing, because rows of such a file may be
//! missing, or stand for something else than they say.

use std::io;

use crate::inputs::Input;

/// Headers that a message lists before it cuts the list short.
const LISTED_MAX: usize = 20;

/// A file that cannot be used. `file` is the name as people know it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot {doing} `{file}`: {source}")]
    Io { file: String, doing: &'static str, source: io::Error },
    #[error("`{path}` of the {input} input names no file{}", instead(left_out))]
    NothingFound {
        input: Input,
        path: String,
        /// What is there and is not read.
        left_out: Vec<String>,
    },
    #[error("`{path}` of the {input} input is no pattern: {detail}")]
    BadPattern { input: Input, path: String, detail: &'static str },
    #[error("the name `{file}` does not say what kind of file it is")]
    UnknownKind { file: String },
    #[error("`{file}` has no header")]
    NoHeader { file: String },
    #[error("the header of `{file}` lacks {}; it has {}", quoted(columns), quoted(found))]
    MissingColumns {
        file: String,
        /// Required ones, by their canonical name.
        columns: Vec<&'static str>,
        found: Vec<String>,
    },
    #[error("`{file}` lacks {}, of which `id_from` makes its ids; it has {}", quoted(parts), quoted(found))]
    MissingIdParts { file: String, parts: Vec<String>, found: Vec<String> },
    #[error(
        "no file has `{column}`, by which `skip` leaves rows out: what should be left out would be billed; `{file}` has {}",
        quoted(found)
    )]
    MissingSkip { file: String, column: String, found: Vec<String> },
    #[error("`{file}` has {} columns for `{field}`: {}", headers.len(), quoted(headers))]
    TwoColumns { file: String, field: &'static str, headers: Vec<String> },
    #[error("{} of `{file}` has a quote in the wrong place, in column `{column}`", row_words(*row))]
    StrayQuote {
        file: String,
        line: u64,
        /// 0 is the header.
        row: u64,
        column: String,
    },
    #[error("{} of `{file}` opens a quote that never closes", row_words(*row))]
    UnclosedQuote {
        file: String,
        line: u64,
        /// 0 is the header.
        row: u64,
    },
    #[error("line {line} of `{file}` holds a NUL byte")]
    NulByte { file: String, line: u64 },
    #[error("`{file}` holds more than a header, but no row can be made out")]
    NoRows { file: String },
    #[error("`{file}` changed while it was read")]
    Changed { file: String },
    #[error("`{file}` is larger than {bytes_max} bytes once unpacked")]
    TooLarge { file: String, bytes_max: u64 },
    #[error("there is no memory for what `{file}` holds")]
    NoRoom { file: String },
    #[error("`{file}` has {columns} columns, and a file may have {columns_max}")]
    TooManyColumns { file: String, columns: usize, columns_max: usize },
    #[error("`{file}` cannot be unpacked: {detail}")]
    BadCompression { file: String, detail: String },
    #[error("the header of `{file}` is no text in the encoding of the input")]
    BadEncoding { file: String, line: u64 },
    #[error("the record on line {line} of `{file}` is longer than a record may be")]
    LongRecord { file: String, line: u64 },
    #[error("a block of `{file}` has {counted} records by one count and {read} by another")]
    Miscounted { file: String, line: u64, counted: usize, read: usize },
    #[error("`{file}` is no Parquet file that can be read: {detail}")]
    Parquet { file: String, detail: String },
    #[error(
        "`{file}` is packed with {packing}, which is not read: packed with Snappy, gzip, Zstandard or LZ4, and not packed at all, it is"
    )]
    Packing { file: String, packing: &'static str },
    #[error("`{file}` is no workbook that can be read: {detail}")]
    Workbook { file: String, detail: String },
    #[error("`{file}` has rows of the {input} input {}", on_sheets(sheets, *hidden))]
    WhichSheet {
        file: String,
        input: Input,
        sheets: Vec<String>,
        /// No other sheet has such rows.
        hidden: bool,
    },
    #[error("`{file}` cannot be used as control totals: {detail}")]
    Sidecar { file: String, detail: String },
    #[error("column `{column}` of `{file}` has the type {found}, and {wanted} is wanted")]
    WrongColumnType { file: String, column: String, found: String, wanted: &'static str },
    #[error("`{file}` says that it has {promised} rows, but {found} can be read")]
    RowsLost { file: String, promised: u64, found: u64 },
    #[error("`{file}` has {rows} rows, and a file may have {rows_max}")]
    TooManyRows { file: String, rows: u64, rows_max: u64 },
}

impl ReadError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ReadError::MissingColumns { found, .. } if says_delimiter(found) => {
                "remove the first line, `sep=` and the delimiter: it is for Excel, and stands where the names of the columns should"
            }
            error => error.usual_hint(),
        }
    }
}

/// A first line that tells Excel the delimiter.
fn says_delimiter(header: &[String]) -> bool {
    header.first().is_some_and(|first| first.trim().to_ascii_lowercase().starts_with("sep="))
}

/// One row per error: its code and what to do about it.
macro_rules! told {
    ($($variant:ident $code:literal $hint:literal,)+) => {
        impl ReadError {
            /// Kebab-case, never reused; docs/findings.md has a paragraph on each.
            pub fn code(&self) -> &'static str {
                match self { $(ReadError::$variant { .. } => $code,)+ }
            }

            /// What to do about most of its kind.
            fn usual_hint(&self) -> &'static str {
                match self { $(ReadError::$variant { .. } => $hint,)+ }
            }
        }

        #[cfg(test)]
        const CODES: &[&str] = &[$($code,)+];
    };
}

told! {
    Io "cannot-read" "check that the file exists and may be read, then run again",
    NothingFound "nothing-found" "correct the path, or export the file again; of a folder a `.txt` is read only when it is named, or by a pattern such as `exports/*.txt`",
    BadPattern "bad-pattern" "close each `[` with a `]`, and let `**` stand alone between slashes",
    UnknownKind "unknown-kind" "name the file `.csv`, `.tsv` or `.txt` (packed: with `.gz` or `.zst` behind it), `.xlsx` or `.parquet`",
    NoHeader "no-header" "export the file again, with the names of the columns in its first line",
    MissingColumns "missing-columns" "export the column, name the one that has it (such as `columns = { hours = \"HEADER\" }` of the input), or set the `delimiter` of the input",
    MissingIdParts "missing-id-part" "export the column again: without it every row would get another id; or correct `id_from` of the input",
    MissingSkip "missing-skip-column" "correct the header in `skip` of the input, export the column again, or take it out of `skip`",
    TwoColumns "two-columns-for-one-field" "keep one of the columns, or rename the other in the export",
    StrayQuote "stray-quote" "double the quotes inside quoted cells, quote cells that hold quotes, or set the `delimiter` of the input",
    UnclosedQuote "unclosed-quote" "close the quote; if the file was cut off, export it again",
    NulByte "nul-byte" "declare the encoding of the input if it is UTF-16; else export the file again",
    NoRows "no-rows" "end lines with LF or CR LF, or export the file again",
    Changed "file-changed" "let the export end before the run starts",
    TooLarge "file-too-large" "split the file, or raise `limits.unpacked_bytes_max`",
    NoRoom "no-room" "give the run more memory, split the file, or look whether it holds what it should",
    TooManyColumns "too-many-columns" "export fewer columns, or set the `delimiter` of the input",
    BadCompression "bad-compression" "export or pack the file again: it is damaged, or not what its name says",
    BadEncoding "header-not-text" "declare the encoding of the input, or export it as UTF-8",
    LongRecord "long-record" "shorten the record, or look for a quote that does not close where it should",
    Miscounted "miscounted" "please report it: this is an error of the program, not of the file",
    Parquet "bad-parquet" "export the file again: it is damaged, or not what its name says",
    Packing "parquet-compression" "write the file again with another compression, such as Zstandard or Snappy",
    Workbook "bad-workbook" "export the file again as XLSX, without a password, or name its `sheet`",
    WhichSheet "which-sheet" "say which is meant: `sheet = \"NAME\"`, or several: `sheet = [\"ONE\", \"OTHER\"]`",
    Sidecar "bad-control-file" "write it as {\"rows\": 1234, \"hours\": \"987.25\"}; `bytes` and `blake3` may stand there, too",
    WrongColumnType "wrong-column-type" "export the column in the type that is wanted, or as text",
    RowsLost "rows-lost" "export the file again: it is damaged",
    TooManyRows "too-many-rows" "split the file",
}

impl ReadError {
    /// Reading itself failed, as against what was read: exit code 6 rather than 3.
    pub fn is_io(&self) -> bool {
        matches!(self, ReadError::Io { .. })
    }

    /// The job file is wrong, not what it names: exit code 2.
    pub fn is_of_job(&self) -> bool {
        matches!(self, ReadError::BadPattern { .. })
    }

    /// The file, or the path that leads to none, and the line in it where one is to blame.
    pub fn place(&self) -> (&str, Option<u64>) {
        match self {
            ReadError::NothingFound { path, .. } | ReadError::BadPattern { path, .. } => (path, None),
            ReadError::StrayQuote { file, line, .. }
            | ReadError::UnclosedQuote { file, line, .. }
            | ReadError::NulByte { file, line }
            | ReadError::BadEncoding { file, line }
            | ReadError::LongRecord { file, line }
            | ReadError::Miscounted { file, line, .. } => (file, Some(*line)),
            ReadError::Io { file, .. }
            | ReadError::UnknownKind { file }
            | ReadError::NoHeader { file }
            | ReadError::MissingColumns { file, .. }
            | ReadError::MissingIdParts { file, .. }
            | ReadError::MissingSkip { file, .. }
            | ReadError::TwoColumns { file, .. }
            | ReadError::NoRows { file }
            | ReadError::Changed { file }
            | ReadError::TooLarge { file, .. }
            | ReadError::NoRoom { file }
            | ReadError::TooManyColumns { file, .. }
            | ReadError::BadCompression { file, .. }
            | ReadError::Parquet { file, .. }
            | ReadError::Packing { file, .. }
            | ReadError::Workbook { file, .. }
            | ReadError::WhichSheet { file, .. }
            | ReadError::Sidecar { file, .. }
            | ReadError::WrongColumnType { file, .. }
            | ReadError::RowsLost { file, .. }
            | ReadError::TooManyRows { file, .. } => (file, None),
        }
    }
}

fn instead(left_out: &[String]) -> String {
    if left_out.is_empty() { String::new() } else { format!(" that is read; it leaves out {}", quoted(left_out)) }
}

fn on_sheets(sheets: &[String], hidden: bool) -> String {
    match (sheets.len(), hidden) {
        (1, true) => format!("only on a hidden sheet, {}", quoted(sheets)),
        (_, true) => format!("only on hidden sheets, {}", quoted(sheets)),
        (several, false) => format!("on {several} of its sheets, {}", quoted(sheets)),
    }
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    if names.is_empty() {
        return "no columns".to_owned();
    }
    let mut listed: Vec<String> = names.iter().take(LISTED_MAX).map(|name| format!("`{}`", name.as_ref())).collect();
    if let Some(more) = names.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
        listed.push(format!("{more} more"));
    }
    listed.join(", ")
}

fn row_words(row: u64) -> String {
    if row == 0 { "the header".to_owned() } else { format!("row {row}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own_and_has_a_paragraph() {
        let page = include_str!("../../../../docs/findings.md");
        let of_rows = crate::finding::Code::ALL.iter().map(|code| code.name());
        let mut codes: Vec<&str> = CODES.iter().copied().chain(of_rows).collect();
        for code in CODES {
            assert!(page.contains(&format!("## {code}\n")), "docs/findings.md lacks {code}");
        }
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn a_message_names_what_is_there_and_what_is_missing() {
        let file = "exports/timesheets.csv".to_owned();
        let found = (1..=25).map(|number| format!("c{number}")).collect();
        let missing = ReadError::MissingColumns { file: file.clone(), columns: vec!["date", "hours"], found };
        let text = missing.to_string();
        assert!(text.starts_with("the header of `exports/timesheets.csv` lacks `date`, `hours`; it has `c1`, `c2`"));
        assert!(text.ends_with("`c20`, 5 more"));
        assert_eq!(missing.place(), ("exports/timesheets.csv", None));
        let found = vec!["sep=".to_owned(), String::new()];
        let for_excel = ReadError::MissingColumns { file: file.clone(), columns: vec!["date"], found };
        assert!(for_excel.hint().contains("`sep=`") && !missing.hint().contains("sep="));
        let stray = ReadError::StrayQuote { file, line: 1_001, row: 1_000, column: "title".to_owned() };
        assert_eq!(
            stray.to_string(),
            "row 1000 of `exports/timesheets.csv` has a quote in the wrong place, in column `title`"
        );
        assert_eq!((stray.place().1, stray.is_io()), (Some(1_001), false));
    }
}
