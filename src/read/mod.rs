//! Bytes become rows of cells with their place.

/// What stands in one cell of a row, before anything is made of it. Text files hold only `Empty` and `Text`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    Int(i64),
    /// `unscaled` x 10^-`scale`.
    Decimal {
        unscaled: i128,
        scale: u8,
    },
    Float(f64),
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Since 1970-01-01T00:00, of UTC when `zoned`, else of local time.
    Timestamp {
        micros: i64,
        zoned: bool,
    },
}
