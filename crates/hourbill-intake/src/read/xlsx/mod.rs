//! Workbooks, taken apart into batches of rows. A cell holds a number, a text, a truth value or a moment; all numbers are binary floats there,
//! so what was typed is their shortest decimal. Whatever a workbook says of its size is believed by nobody.

mod batch;
mod book;
mod cell;
mod part;
mod shared;
mod sheet;
mod styles;
mod xml;

use std::io;

pub(super) use batch::{BYTES_MAX, Batches, SheetBatch, SheetRows};
pub(super) use book::Book;
pub(super) use shared::Shared;

/// What is wrong with a workbook.
#[derive(Debug)]
pub(super) enum Fault {
    Broken(String),
    /// More than may come of it once it is unpacked.
    TooLarge,
    /// More than there is memory for.
    NoRoom,
}

impl Fault {
    fn cut_off() -> Fault {
        Fault::Broken("it is cut off".to_owned())
    }

    fn of_io(error: &io::Error) -> Fault {
        match error.get_ref() {
            Some(inner) if inner.is::<xml::TooLarge>() => Fault::TooLarge,
            _ => Fault::Broken(error.to_string()),
        }
    }
}

/// What a file says, as a message may tell it.
fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    let mut shown: String = text.chars().take(CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
