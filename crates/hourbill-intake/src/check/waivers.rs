//! Rows of the input `waivers` (E6): a file, and a row of it or the hash of a record.

use super::World;
use super::row::Row;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::finding::{Code, Subject};
use crate::inputs::{Input, waivers as field};
use crate::model::Waiver;
use crate::read::{Batch, Piece};

pub struct WaiverRow {
    row: Option<u64>,
    record: Option<blake3::Hash>,
    reason: String,
}

pub fn waiver_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<WaiverRow> {
    table::rows(batch, Input::Waivers, |row| {
        let number = number(row, grammar);
        let record = record(row);
        let reason = value::trimmed(&row.text(field::REASON)).to_owned();
        row.text(field::BY);
        row.read(field::ON, |cell| grammar.date(cell));
        let says = |field: usize| !value::trimmed(&value::text(row.cell(field))).is_empty();
        if !says(field::ROW) && !says(field::RECORD_BLAKE3) {
            row.cell_error(Code::EmptyValue, field::ROW, "is empty, and so is record_blake3");
        }
        Some(WaiverRow { row: number, record, reason })
    })
}

fn number(row: &mut Row<'_>, grammar: &Grammar<'_>) -> Option<u64> {
    let number = row.read(field::ROW, |cell| grammar.integer(cell))?;
    let from_one = u64::try_from(number).ok().filter(|number| *number > 0);
    if from_one.is_none() {
        row.cell_error(Code::UnreadableValue, field::ROW, "is no number of a row, from 1");
    }
    from_one
}

fn record(row: &mut Row<'_>) -> Option<blake3::Hash> {
    let text = row.text(field::RECORD_BLAKE3);
    let text = value::trimmed(&text);
    let hash = blake3::Hash::from_hex(text.to_ascii_lowercase()).ok();
    if hash.is_none() && !text.is_empty() {
        row.cell_error(Code::UnreadableValue, field::RECORD_BLAKE3, "is no hash: 64 hexadecimal figures");
    }
    hash
}

pub fn add_waivers(world: &mut World, pieces: Vec<Piece<CheckedRows<WaiverRow>>>) -> SetAside {
    table::settle_listed(Input::Waivers, Subject::Input, pieces, |file, place, row| {
        let WaiverRow { row, record, reason } = row;
        world.waivers.add(Waiver { file: file.to_owned(), row, record, reason, place });
    })
}
