//! Which rows of a file of entries would be billed, and how they are told.

use super::choose::Fields;
use super::evidence::{self, Table};

/// Values that are named.
pub(super) const NAMED_MAX: usize = 4;
/// Values of a column that says what each row is of.
pub(super) const KINDS_MAX: usize = 12;

/// For people.
pub(super) fn rows_in_words(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// Rows that would be billed by what the chosen columns say of them.
pub(super) fn counts<'a>(table: &'a Table<'_>, fields: &Fields) -> impl Fn(usize) -> bool + 'a {
    let of = |field: &str| fields.get(field).copied();
    let (billable, invoiced, invoice) = (of("billable"), of("invoiced"), of("invoice_id"));
    move |row| {
        let flag = |column: Option<usize>| {
            let says = column.and_then(|column| evidence::flag(table.cell(row, column)))?;
            Some(says != column.is_some_and(|column| table.is_turned(column)))
        };
        flag(billable) != Some(false)
            && flag(invoiced) != Some(true)
            && invoice.is_none_or(|column| {
                let cell = table.cell(row, column);
                cell.is_empty() || super::choose::says_nothing(cell)
            })
    }
}
