//! What cannot be proved of a ledger.

use std::fmt;

/// Something that is not as it should be, and what it is found in: a file, or a document of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproven {
    pub object: String,
    pub text: String,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.text)
    }
}
