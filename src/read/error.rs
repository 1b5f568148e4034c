use crate::inputs::Input;
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot {doing} `{file}`")]
    Io { file: String, doing: &'static str, source: std::io::Error },
    #[error("nothing found {input} {path}")]
    NothingFound { input: Input, path: String },
    #[error("unknown kind {file}")]
    UnknownKind { file: String },
    #[error("no header {file}")]
    NoHeader { file: String },
    #[error("missing columns {file}")]
    MissingColumns { file: String, line: Option<u64>, columns: Vec<&'static str>, found: Vec<String> },
    #[error("two columns {file}")]
    TwoColumns { file: String, field: &'static str, headers: Vec<String> },
    #[error("stray quote {file} {line}")]
    StrayQuote { file: String, line: u64, row: u64, column: String },
    #[error("unclosed quote {file} {line}")]
    UnclosedQuote { file: String, line: u64, row: u64 },
    #[error("nul {file} {line}")]
    NulByte { file: String, line: u64 },
    #[error("no rows {file}")]
    NoRows { file: String },
    #[error("changed {file}")]
    Changed { file: String },
    #[error("too large {file}")]
    TooLarge { file: String, bytes_max: u64 },
    #[error("bad compression {file} {detail}")]
    BadCompression { file: String, detail: String },
    #[error("bad encoding {file}:{line}")]
    BadEncoding { file: String, line: u64 },
    #[error("long record {file}:{line}")]
    LongRecord { file: String, line: u64 },
    #[error("miscounted {file}:{line}")]
    Miscounted { file: String, line: u64, counted: usize, read: usize },
}
