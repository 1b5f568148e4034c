//! What earlier published runs of a job know of ids that adjustments name (§8.5): those that a row named there, and those that stand in
//! their tables. It is asked only for what neither the inputs nor the ledger know.

use std::collections::{BTreeMap, BTreeSet};

use super::adjusted_rows::RowOutcome;
use super::published::unaltered_file;
use super::{RunError, format};
use crate::job::Settings;
use crate::model::TargetKind;
use crate::tables::{read_csv, read_parquet};

/// Bytes of tables that are read at most: what a person mistyped must not cost more than a run does.
const BYTES_MAX: u64 = 1 << 30;

/// Where ids of a kind stand: table and column. Small tables first.
const COLUMNS: [(&str, &str, TargetKind); 12] = [
    ("invoices", "invoice_id", TargetKind::Draft),
    ("invoices", "customer_id", TargetKind::Customer),
    ("order_lines", "customer_id", TargetKind::Customer),
    ("order_lines", "order_id", TargetKind::Order),
    ("order_lines", "order_line_id", TargetKind::OrderLine),
    ("unbilled", "customer_id", TargetKind::Customer),
    ("unbilled", "order_line_id", TargetKind::OrderLine),
    ("unbilled", "ticket_id", TargetKind::Ticket),
    ("unbilled", "timesheet_id", TargetKind::Entry),
    ("invoice_entries", "ticket_id", TargetKind::Ticket),
    ("invoice_entries", "timesheet_id", TargetKind::Entry),
    ("entries", "timesheet_id", TargetKind::Entry),
];

/// The ids of `asked` that a published run of the job knows.
pub(super) fn known(
    settings: &Settings,
    asked: &BTreeSet<(TargetKind, String)>,
) -> Result<BTreeSet<(TargetKind, String)>, RunError> {
    let mut met = BTreeSet::new();
    if asked.is_empty() {
        return Ok(met);
    }
    let target = super::target(settings);
    let mut read = 0_u64;
    // Newer periods first.
    for run_id in target.run_ids()?.into_iter().rev() {
        if met.len() == asked.len() {
            break;
        }
        // What cannot be read knows nothing: a person decides then.
        let Some(published) = format::open(&target, &run_id)?.and_then(|opened| opened.manifest()) else { continue };
        for row in published.adjustments.iter().flat_map(|adjustments| &adjustments.rows) {
            if matches!(row.outcome, RowOutcome::Applied | RowOutcome::NoEffect | RowOutcome::Waiting) {
                met.extend(row.ids().into_iter().filter(|id| asked.contains(id)));
            }
        }
        for (table, columns) in wanted(asked, &met) {
            let Some(file) = published.table(table) else { continue };
            if read.saturating_add(file.bytes) > BYTES_MAX {
                continue;
            }
            read += file.bytes;
            // What was altered since knows nothing, and may be made to break who reads it.
            let Some(bytes) = unaltered_file(&target, &run_id, &file.file, &file.blake3)? else { continue };
            let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
            let mut each = |cells: &[String]| {
                for ((_, kind), cell) in columns.iter().zip(cells) {
                    let id = (*kind, cell.clone());
                    if asked.contains(&id) {
                        met.insert(id);
                    }
                }
            };
            // A table without the columns, or cut short, knows what was read of it so far.
            let _ = match file.file.ends_with(".csv") {
                true => read_csv(&bytes, &names, &mut each),
                false => read_parquet(bytes, &names, &mut each),
            };
        }
    }
    Ok(met)
}

/// Tables with the columns of the kinds that are still looked for.
fn wanted(
    asked: &BTreeSet<(TargetKind, String)>,
    met: &BTreeSet<(TargetKind, String)>,
) -> Vec<(&'static str, Vec<(&'static str, TargetKind)>)> {
    let kinds: BTreeSet<TargetKind> = asked.difference(met).map(|(kind, _)| *kind).collect();
    let mut tables: BTreeMap<&'static str, Vec<(&'static str, TargetKind)>> = BTreeMap::new();
    for (table, column, kind) in COLUMNS.into_iter().filter(|(_, _, kind)| kinds.contains(kind)) {
        tables.entry(table).or_default().push((column, kind));
    }
    let place = |table: &str| COLUMNS.iter().position(|(known, _, _)| *known == table);
    let mut tables: Vec<_> = tables.into_iter().collect();
    tables.sort_by_key(|(table, _)| place(table));
    tables
}
