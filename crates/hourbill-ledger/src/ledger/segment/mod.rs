//! The tables of the ledger as Parquet, the same bytes for the same rows.

mod frozen;
mod read;
mod row;
#[cfg(test)]
mod tests;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema};
use serde::{Deserialize, Serialize};

pub use frozen::{read_files, read_invoices, read_issued, write_files, write_invoices};
pub use read::{
    read_by_line, read_closing, read_covered, read_document_parties, read_documents, read_documents_of,
    read_line_facts, read_lines, read_made, read_portions, read_posted_ids, read_said, read_work_ids,
};
pub use write::{figures_fit, write_documents, write_lines, write_portions, write_portions_told};

use super::log::LedgerTable;
use crate::bug::OrBug;
use crate::quantity::{Currency, Money, power_of_ten};
use crate::tables::{CLOSED_TABLES, arrow_schema};

/// Portions of one object: a reader holds one at a time, and several are read side by side.
pub const PORTIONS_MAX: usize = 1 << 20;

/// Rows that are turned at once.
const SLICE_ROWS: usize = 1 << 16;

const PRECISION: u8 = 38;
const MONEY_SCALE: i8 = 4;
const DECIMAL_SCALE: i8 = 6;

/// A table that cannot be read or written, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    /// The source of rows failed; its caller holds the cause.
    pub(super) fn untold() -> Unreadable {
        Unreadable("rows could not be told".to_owned())
    }
}

type Outcome<T> = Result<T, Unreadable>;

fn wrong(error: impl std::fmt::Display) -> Unreadable {
    Unreadable(error.to_string())
}

/// An object that was made to fit its hash may say of itself what it does not hold, and the Parquet reader may panic there. What was being
/// read is dropped by then.
fn guarded<T, E: std::fmt::Display>(read: impl FnOnce() -> Result<T, E>) -> Outcome<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(wrong),
        Err(_) => Err(wrong("what it says of itself contradicts what it holds")),
    }
}

fn word() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Columns that a table has since the second format; they stand behind those of the first.
fn added(table: LedgerTable) -> Vec<(&'static str, DataType, bool)> {
    match table {
        // Tables of a close are written as those of a run.
        LedgerTable::Documents
        | LedgerTable::Invoices
        | LedgerTable::Files
        | LedgerTable::ClosedEntries
        | LedgerTable::ClosedPacks
        | LedgerTable::ClosedMovements => Vec::new(),
        LedgerTable::Lines => {
            let decimal = DataType::Decimal128(PRECISION, DECIMAL_SCALE);
            vec![
                ("customer_id", word(), true),
                ("confirmed_on", DataType::Date32, true),
                ("ordered_qty", decimal.clone(), true),
                ("explained_qty", decimal, true),
            ]
        }
        LedgerTable::Portions => vec![
            ("employee", word(), true),
            ("ticket_id", word(), true),
            ("customer_id", word(), true),
            ("started_at", DataType::Int64, true),
            ("description_hash", DataType::Int64, true),
        ],
    }
}

/// Columns of lines that were billed by a minimum (M), where a commit has such lines; they stand behind all others.
fn of_minimums() -> Vec<(&'static str, DataType, bool)> {
    vec![(UPLIFT, DataType::Int64, true), ("minimum", word(), true)]
}

/// M4, M7: of portions, where lines of a commit were billed, or packs gave, by a minimum; it stands behind all others.
const UPLIFT: &str = "uplift_us";

/// The same with lines that were billed by a minimum, or portions of packs that gave by one.
fn schema_with_minimums(table: LedgerTable) -> Arc<Schema> {
    let mut fields = first_columns(table);
    fields.extend(added(table));
    match table {
        LedgerTable::Portions => fields.push((UPLIFT, DataType::Int64, true)),
        _ => fields.extend(of_minimums()),
    }
    schema_of(fields)
}

fn schema(table: LedgerTable) -> Arc<Schema> {
    let mut fields = first_columns(table);
    fields.extend(added(table));
    schema_of(fields)
}

/// All columns that objects of a table may have, of whichever format.
pub fn columns_of(table: LedgerTable) -> Arc<Schema> {
    match table {
        LedgerTable::ClosedEntries | LedgerTable::ClosedPacks | LedgerTable::ClosedMovements => {
            let columns = CLOSED_TABLES.iter().find(|(name, _)| *name == table.name());
            Arc::new(arrow_schema(columns.or_bug("tables of a close have their columns").1))
        }
        LedgerTable::Lines => schema_with_minimums(table),
        LedgerTable::Documents | LedgerTable::Portions | LedgerTable::Invoices | LedgerTable::Files => schema(table),
    }
}

/// Whether the columns are those of a table in any format that is read.
fn is_known(table: LedgerTable, fields: &Fields) -> bool {
    let may_have = matches!(table, LedgerTable::Lines | LedgerTable::Portions);
    let with_minimums = may_have && fields == schema_with_minimums(table).fields();
    fields == schema(table).fields() || fields == schema_of(first_columns(table)).fields() || with_minimums
}

fn schema_of(fields: Vec<(&'static str, DataType, bool)>) -> Arc<Schema> {
    let field = |(name, kind, nullable)| Field::new(name, kind, nullable);
    Arc::new(Schema::new(fields.into_iter().map(field).collect::<Vec<_>>()))
}

/// Columns that a table has since the first format.
fn first_columns(table: LedgerTable) -> Vec<(&'static str, DataType, bool)> {
    let money = DataType::Decimal128(PRECISION, MONEY_SCALE);
    match table {
        LedgerTable::ClosedEntries | LedgerTable::ClosedPacks | LedgerTable::ClosedMovements => Vec::new(),
        LedgerTable::Documents => vec![
            ("document_id", DataType::Utf8, false),
            ("kind", word(), false),
            ("effect", word(), false),
            ("source_document_id", DataType::Utf8, true),
            ("customer_id", DataType::Utf8, false),
            ("company", DataType::Utf8, false),
            ("currency", word(), true),
            ("period_from", DataType::Date32, true),
            ("period_to", DataType::Date32, true),
            ("net_amount", money.clone(), false),
            ("tax_amount", money.clone(), false),
            ("rounding_amount", money.clone(), false),
            ("total_amount", money, false),
            ("taxes", DataType::Utf8, false),
            ("note", DataType::Utf8, false),
            ("lines", DataType::Int32, false),
        ],
        LedgerTable::Lines => columns_of_lines(),
        LedgerTable::Portions => vec![
            ("document_id", word(), false),
            ("line_no", DataType::Int32, false),
            ("order_line_id", word(), false),
            ("timesheet_id", DataType::Utf8, false),
            ("date", DataType::Date32, false),
            ("hours_us", DataType::Int64, false),
            ("entry_hours_us", DataType::Int64, false),
            ("effect", word(), false),
        ],
        LedgerTable::Invoices => vec![
            ("document_id", DataType::Utf8, false),
            ("version", DataType::Int32, false),
            ("status", word(), false),
            ("number", DataType::Utf8, true),
            ("series", DataType::Utf8, true),
            ("series_no", DataType::Int64, true),
            ("issue_date", DataType::Date32, false),
            ("due_date", DataType::Date32, true),
            ("json_blake3", DataType::Utf8, false),
            ("json", DataType::Utf8, false),
        ],
        LedgerTable::Files => vec![
            ("document_id", DataType::Utf8, false),
            ("file", DataType::Utf8, false),
            ("bytes", DataType::Int64, false),
            ("blake3", DataType::Utf8, false),
        ],
    }
}

fn columns_of_lines() -> Vec<(&'static str, DataType, bool)> {
    let (money, decimal) =
        (DataType::Decimal128(PRECISION, MONEY_SCALE), DataType::Decimal128(PRECISION, DECIMAL_SCALE));
    vec![
        ("document_id", word(), false),
        ("line_no", DataType::Int32, false),
        ("kind", word(), false),
        ("effect", word(), false),
        ("order_id", DataType::Utf8, false),
        ("order_line_id", DataType::Utf8, false),
        ("product", DataType::Utf8, false),
        ("uom", DataType::Utf8, false),
        ("unit_us", DataType::Int64, true),
        ("quantity_decimals", DataType::Int32, false),
        ("quantity", decimal.clone(), false),
        ("unit_price", decimal.clone(), false),
        ("discount_pct", decimal.clone(), false),
        ("net_amount", money.clone(), false),
        // Of the document, told with each line.
        ("rounding_amount", money, false),
        ("currency", word(), true),
        ("taxes", DataType::Utf8, false),
        ("hours_us", DataType::Int64, false),
        ("outside_hours_us", DataType::Int64, false),
        ("exported_qty", decimal, false),
        ("source_line_no", DataType::Int32, true),
        ("down_payment", DataType::Utf8, false),
        ("adjustments", DataType::Utf8, false),
    ]
}

/// No amount of a ledger is larger, in minor units: so many that 2^32 of them fit a sum.
const MONEY_MAX: u128 = 10_u128.pow(28);

fn is_kept(amount: &Money) -> bool {
    amount.minor().unsigned_abs() <= MONEY_MAX
}

/// Units of the money columns in one minor unit of a currency.
fn money_factor(currency: Option<Currency>) -> i128 {
    let digits = currency.map_or(0, Currency::digits);
    u32::from(MONEY_SCALE.unsigned_abs())
        .checked_sub(digits)
        .and_then(power_of_ten)
        .or_bug("no currency has more than four digits")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxText {
    category: String,
    rate: String,
    base: String,
    amount: String,
}
