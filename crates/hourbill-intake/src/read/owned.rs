//! A cell that stands by itself: of rows that are looked at together, and of those that are copied.

use super::Cell;
use crate::calendar::{Date, Moment};
use crate::quantity::decimal_text;

/// A cell that stands by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Owned {
    #[default]
    Empty,
    Text(String),
    Int(i64),
    Decimal {
        unscaled: i128,
        scale: u8,
    },
    /// Of a workbook, where it does not keep every digit; of a columnar file.
    Float(f64),
    Bool(bool),
    Date(i32),
    Timestamp {
        micros: i64,
        zoned: bool,
    },
    /// A formula without a saved value.
    Unsaved,
    /// Bytes that are no text in the input's encoding.
    NoText,
}

impl Owned {
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Owned::Empty => Cell::Empty,
            Owned::Text(text) if text.is_empty() => Cell::Empty,
            Owned::Text(text) => Cell::Text(text),
            Owned::Int(whole) => Cell::Int(*whole),
            Owned::Decimal { unscaled, scale } => Cell::Decimal { unscaled: *unscaled, scale: *scale },
            Owned::Float(number) => Cell::Float(*number),
            Owned::Unsaved => Cell::Unsaved,
            Owned::NoText => Cell::NoText,
            Owned::Bool(flag) => Cell::Bool(*flag),
            Owned::Date(days) => Cell::Date(*days),
            Owned::Timestamp { micros, zoned } => Cell::Timestamp { micros: *micros, zoned: *zoned },
        }
    }

    pub fn of(cell: Cell<'_>) -> Owned {
        match cell {
            Cell::Empty => Owned::Empty,
            Cell::Text(text) => Owned::Text(text.to_owned()),
            Cell::Int(whole) => Owned::Int(whole),
            Cell::Decimal { unscaled, scale } => Owned::Decimal { unscaled, scale },
            Cell::Float(number) => Owned::Float(number),
            Cell::Bool(flag) => Owned::Bool(flag),
            Cell::Date(days) => Owned::Date(days),
            Cell::Timestamp { micros, zoned } => Owned::Timestamp { micros, zoned },
            Cell::Unsaved => Owned::Unsaved,
            Cell::NoText => Owned::NoText,
        }
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Owned::Empty => true,
            Owned::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As text, to join cells and to make ids of them.
    pub fn text(&self) -> String {
        match self {
            Owned::Empty | Owned::Unsaved | Owned::NoText => String::new(),
            Owned::Text(text) => text.trim().to_owned(),
            Owned::Int(whole) => whole.to_string(),
            Owned::Float(number) => number.to_string(),
            Owned::Decimal { unscaled, scale } => decimal_text(*unscaled, u32::from(*scale), 0),
            Owned::Bool(flag) => flag.to_string(),
            Owned::Date(days) => Date::from_days(*days).map_or_else(|| days.to_string(), |date| date.to_string()),
            Owned::Timestamp { micros, .. } => {
                Moment::from_micros(*micros).map_or_else(|| micros.to_string(), |moment| moment.to_string())
            }
        }
    }
}
