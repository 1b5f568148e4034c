//! stub
use crate::finding::{FileNo, Place};
use crate::inputs::Input;
use crate::job::{InputSettings, Limits};
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    Int(i64),
    Decimal { unscaled: i128, scale: u8 },
    Float(f64),
    Bool(bool),
    Date(i32),
    Timestamp { micros: i64, zoned: bool },
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    Ragged { found: usize, expected: usize },
    BadEncoding,
    BareCarriageReturn,
}
#[derive(Debug)]
pub struct ReadError;
impl std::fmt::Display for ReadError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl std::error::Error for ReadError {}
/// A rejected row, looked up once more.
pub struct Record {
    pub line: Option<u64>,
    pub text: String,
}
pub struct Scan<R> {
    pub files: Vec<FileRead>,
    pub pieces: Vec<Piece<R>>,
    pub not_found: Vec<(&'static str, String)>,
}
pub struct Piece<R> {
    pub file: FileNo,
    pub first_row: u64,
    pub first_line: Option<u64>,
    pub rows: usize,
    pub result: R,
}
pub struct FileRead {
    pub input: Input,
    pub shown: String,
    pub rows: u64,
    pub bytes: u64,
    pub blake3: String,
    pub columns: Vec<ColumnUse>,
}
pub struct ColumnUse {
    pub header: String,
    pub field: Option<&'static str>,
}
pub struct Batch<'a> {
    p: std::marker::PhantomData<&'a ()>,
}
impl Batch<'_> {
    pub fn rows(&self) -> usize {
        todo!()
    }
    pub fn index(&self) -> (FileNo, usize) {
        todo!()
    }
    pub fn cell(&self, _row: usize, _field: usize) -> Cell<'_> {
        todo!()
    }
    pub fn defect(&self, _row: usize) -> Option<Defect> {
        todo!()
    }
    pub fn line(&self, _row: usize) -> u64 {
        todo!()
    }
    pub fn record(&self, _row: usize) -> Option<String> {
        todo!()
    }
}
pub fn scan<R: Send>(
    _input: Input,
    _settings: &InputSettings,
    _limits: &Limits,
    _first_file: FileNo,
    _on_bytes: &(dyn Fn(u64) + Sync),
    _each: impl Fn(&Batch<'_>) -> R + Sync,
) -> Result<Scan<R>, ReadError> {
    todo!()
}
pub fn records(
    _input: Input,
    _settings: &InputSettings,
    _limits: &Limits,
    _files: &[FileRead],
    _first_file: FileNo,
    _wanted: &[Place],
) -> Result<Vec<Record>, ReadError> {
    todo!()
}
