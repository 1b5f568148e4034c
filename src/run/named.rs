//! The documents of the ERP that rows of an entry name: kept of no entry, read once more for the one that is asked about.

use std::collections::BTreeSet;

use super::{Run, RunError};
use crate::bug::OrBug;
use crate::check::value;
use crate::finding::{FileNo, Place};
use crate::inputs::{Input, timesheets as field};
use crate::job::Settings;
use crate::model::Facts;
use crate::read::{self, Batch, Unfollowed};

/// The documents that the export names for the entries with an id, sorted.
///
/// # Errors
/// Files that cannot be read any more.
pub fn named_invoices(run: &Run, settings: &Settings, id: &str) -> Result<Vec<String>, RunError> {
    let mut places: BTreeSet<Place> = BTreeSet::new();
    for (_, chunk) in run.intake.world.entries.chunks() {
        let named = chunk.iter().filter(|entry| entry.id() == id && entry.facts.has(Facts::INVOICED));
        places.extend(named.map(|entry| entry.place()));
    }
    let Some(input) = settings.inputs.get(&Input::Timesheets).filter(|_| !places.is_empty()) else {
        return Ok(Vec::new());
    };
    let first = run.intake.files.iter().position(|file| file.input == Input::Timesheets).unwrap_or(0);
    let first = FileNo(u32::try_from(first).ok().or_bug("a job has fewer than 2^32 files"));
    // Ids that are made may be numbered anew once all rows are known.
    let stem = stem(id);
    let each = |batch: &Batch<'_>| {
        let mut named: Vec<(usize, String)> = Vec::new();
        batch.each(field::TIMESHEET_ID, |at, cell| {
            if value::text(cell).starts_with(stem) {
                let invoice = value::text(batch.cell(at, field::INVOICE_ID)).into_owned();
                named.push((at, invoice));
            }
        });
        named
    };
    let scan = read::scan(Input::Timesheets, input, &settings.limits, first, &Unfollowed, each)?;
    let mut invoices = BTreeSet::new();
    for piece in scan.pieces {
        let of_piece = |(at, invoice): (usize, String)| {
            let place = Place { file: piece.file, row: piece.first_row + at as u64 };
            (places.contains(&place) && !invoice.is_empty()).then_some(invoice)
        };
        invoices.extend(piece.result.into_iter().filter_map(of_piece));
    }
    Ok(invoices.into_iter().collect())
}

/// An id without the number behind its last hyphen.
fn stem(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((stem, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => id,
    }
}
