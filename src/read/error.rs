//! Why a file cannot be read: errors of the whole file (SPEC 2), each with its place. Nothing is computed from such a file.

use std::fmt;
use std::io;

use crate::inputs::Input;

/// A file that cannot be read as what it is said to be. `file` is as people see it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot {doing} `{file}`: {source}")]
    Io { file: String, doing: &'static str, source: io::Error },
    #[error("the {input} input `{path}` names no file")]
    NothingFound { input: Input, path: String },
    #[error("`{file}` is neither a CSV nor a Parquet file by its name")]
    UnknownKind { file: String },
    #[error("`{file}` is empty: it has no header")]
    NoHeader { file: String },
    #[error("`{file}` lacks the {}; it has {}", columns_named(.columns), listed(.found))]
    MissingColumns { file: String, line: Option<u64>, columns: Vec<&'static str>, found: Vec<String> },
    #[error("`{file}` has {} columns for `{field}`: {}", .headers.len(), listed(.headers))]
    TwoColumns { file: String, field: &'static str, headers: Vec<String> },
    #[error("a quote stands inside a cell in row {row} of `{file}`, column {column}")]
    StrayQuote { file: String, line: u64, row: u64, column: String },
    #[error("a quote that opens in row {row} of `{file}` never closes")]
    UnclosedQuote { file: String, line: u64, row: u64 },
    #[error("`{file}` holds a NUL byte")]
    NulByte { file: String, line: u64 },
    #[error("`{file}` holds bytes behind its header but no row")]
    NoRows { file: String },
    #[error("`{file}` changed while it was read")]
    Changed { file: String },
    #[error("`{file}` is larger than {bytes_max} bytes once unpacked")]
    TooLarge { file: String, bytes_max: u64 },
    #[error("`{file}` cannot be unpacked: {detail}")]
    BadCompression { file: String, detail: String },
    #[error("the header of `{file}` holds bytes that are no text in the input's encoding")]
    BadEncoding { file: String, line: u64 },
    #[error("a row of `{file}` is longer than any row may be")]
    LongRecord { file: String, line: u64 },
    #[error("`{file}` has {counted} rows by one count and {read} by another")]
    Miscounted { file: String, line: u64, counted: usize, read: usize },
    #[error("`{file}` cannot be read as Parquet: {detail}")]
    Parquet { file: String, detail: String },
    #[error("column `{column}` of `{file}` holds {found}; it must hold {wanted}")]
    WrongColumnType { file: String, column: String, found: String, wanted: &'static str },
}

impl ReadError {
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Io { .. } => "cannot-read",
            ReadError::NothingFound { .. } => "no-such-input",
            ReadError::UnknownKind { .. } => "unknown-file-kind",
            ReadError::NoHeader { .. } => "no-header",
            ReadError::MissingColumns { .. } => "missing-columns",
            ReadError::TwoColumns { .. } => "two-columns-for-one-field",
            ReadError::StrayQuote { .. } => "stray-quote",
            ReadError::UnclosedQuote { .. } => "unclosed-quote",
            ReadError::NulByte { .. } => "nul-byte",
            ReadError::NoRows { .. } => "no-rows",
            ReadError::Changed { .. } => "file-changed",
            ReadError::TooLarge { .. } => "file-too-large",
            ReadError::BadCompression { .. } => "bad-compression",
            ReadError::BadEncoding { .. } => "header-encoding",
            ReadError::LongRecord { .. } => "row-too-long",
            ReadError::Miscounted { .. } => "rows-miscounted",
            ReadError::Parquet { .. } => "bad-parquet",
            ReadError::WrongColumnType { .. } => "wrong-column-type",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ReadError::Io { .. } => "check that the file is there and may be read",
            ReadError::NothingFound { .. } => "correct the path in the job file; paths are relative to it",
            ReadError::UnknownKind { .. } => "name it .csv, .csv.gz, .csv.zst or .parquet after what it holds",
            ReadError::NoHeader { .. } => "export it again with a header row",
            ReadError::MissingColumns { .. } => {
                "name your columns in the job file: [inputs.NAME] columns = { field = \"Header\" }; check the delimiter"
            }
            ReadError::TwoColumns { .. } => "remove or rename one of them, or correct `columns` of the input",
            ReadError::StrayQuote { .. } => "write quotes inside a cell twice and put the whole cell in quotes",
            ReadError::UnclosedQuote { .. } => "close the cell; the export may have been cut off",
            ReadError::NulByte { .. } => "declare the encoding (utf-16?), or export the file again",
            ReadError::NoRows { .. } => "end lines with LF or CRLF",
            ReadError::Changed { .. } => "run again once the export has ended",
            ReadError::TooLarge { .. } => {
                "raise limits.unpacked_bytes_max in the job file if the file is what it should be"
            }
            ReadError::BadCompression { .. } => "export or copy the file again: it may have been cut off",
            ReadError::BadEncoding { .. } => "declare the encoding of the input, or export it as UTF-8",
            ReadError::LongRecord { .. } => "look for a quote that opens by mistake",
            ReadError::Miscounted { .. } => "this is a fault of the program: please report it with the file",
            ReadError::Parquet { .. } => "write the file again: it may have been cut off",
            ReadError::WrongColumnType { .. } => "write the column with one of those types",
        }
    }

    /// The disk failed (exit code 6), rather than the contract of the input (3).
    pub fn is_io(&self) -> bool {
        matches!(self, ReadError::Io { .. })
    }

    /// File, and physical line where there is one.
    pub fn place(&self) -> Option<(&str, Option<u64>)> {
        match self {
            ReadError::NothingFound { .. } => None,
            ReadError::MissingColumns { file, line, .. } => Some((file, *line)),
            ReadError::StrayQuote { file, line, .. }
            | ReadError::UnclosedQuote { file, line, .. }
            | ReadError::NulByte { file, line }
            | ReadError::BadEncoding { file, line }
            | ReadError::LongRecord { file, line }
            | ReadError::Miscounted { file, line, .. } => Some((file, Some(*line))),
            ReadError::Io { file, .. }
            | ReadError::UnknownKind { file }
            | ReadError::NoHeader { file }
            | ReadError::TwoColumns { file, .. }
            | ReadError::NoRows { file }
            | ReadError::Changed { file }
            | ReadError::TooLarge { file, .. }
            | ReadError::BadCompression { file, .. }
            | ReadError::Parquet { file, .. }
            | ReadError::WrongColumnType { file, .. } => Some((file, None)),
        }
    }
}

fn listed<T: fmt::Display>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn columns_named(columns: &[&str]) -> String {
    let noun = if columns.len() == 1 { "required column" } else { "required columns" };
    format!("{noun} {}", listed(columns))
}
