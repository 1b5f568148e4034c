//! A document as it was posted (N1): what it says, the number that it was given (N3), and the files that were put in place for it.

use crate::calendar::Date;
use crate::document::Status;

/// A number of a document (N3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub text: String,
    /// Its pattern with the dates filled in.
    pub series: String,
    /// Its place in the series.
    pub seq: u64,
}

/// A document as it was posted; one that was cancelled has a second version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub document: String,
    /// From 1.
    pub version: u32,
    pub status: Status,
    /// `None`: the accounting system numbers it.
    pub number: Option<Number>,
    pub issue_date: Date,
    pub due_date: Option<Date>,
    /// Of the bytes of its `invoice.json`.
    pub json_blake3: String,
    /// The commit that brought it.
    pub sequence: u64,
}

impl Issued {
    /// Its number, else its id.
    pub fn called(&self) -> &str {
        self.number.as_ref().map_or(&self.document, |number| &number.text)
    }
}

/// A document and what it says, as the bytes of `invoice.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenInvoice {
    pub issued: Issued,
    pub json: String,
}

/// A file that was put in place for a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenFile {
    /// Empty for what is made of several documents.
    pub document: String,
    /// Below `posted/`.
    pub file: String,
    pub bytes: u64,
    pub blake3: String,
}
