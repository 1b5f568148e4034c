//! The output tables (§9.2), defined once for every format.

mod complaints;
mod csv;
mod encode;
mod entries;
mod invoices;
mod leaks;
mod order;
mod order_lines;
mod pack_entries;
mod parquet;
mod part_rows;
mod read;
mod register;
mod statements;

pub use encode::{ColumnKind, Rows, SLICE_ROWS, Sink, Table, TableColumn, slices};
pub use entries::adjusted_move;
pub use invoices::{Shown, line_adjustments, turned_hours, turned_money, turned_quantity};
pub use leaks::{leak_question, leaks};
pub use order::{Packed, SortOrder, order, unpack};
pub use order_lines::closed_packs;
pub use parquet::arrow_schema;
pub use read::{read_csv, read_parquet};
pub use register::closed_entries;
pub use statements::{closed_movements, movement_words, statement_rows};

pub use crate::results::Results;

/// All tables of a run, each sorted by its key.
pub fn tables<'a>(results: Results<'a>) -> Vec<Table<'a>> {
    let register = results.register.map(|of| register::register(results, of));
    let mut tables = vec![
        invoices::invoices(results),
        invoices::invoice_lines(results),
        entries::invoice_entries(results),
        order_lines::order_lines(results),
        entries::unbilled(results),
        complaints::quarantine(results),
        complaints::findings(results),
        complaints::reconciliation(results),
    ];
    tables.extend(register);
    tables.extend(pack_movements(results));
    tables.extend(results.pack_draws.map(|draws| pack_entries::pack_entries(results, draws)));
    tables
}

/// A table in one place: of each column its name and kind, its place in what rows are sorted by (where cells say that), what it holds, and its
/// cell, made of what the row function is given and works out before. CSV, Parquet, JSON, workbook, page and docs/formats.md come from here.
macro_rules! columns {
    (@key) => { None };
    (@key $key:literal) => { Some($key) };
    (@cell $out:ident Text $cell:expr) => { $out.text($cell) };
    (@cell $out:ident Date $cell:expr) => { $out.date($cell) };
    (@cell $out:ident Flag $cell:expr) => { $out.flag($cell) };
    (@cell $out:ident Count $cell:expr) => { $out.count($cell) };
    (@cell $out:ident Hours $cell:expr) => { $out.hours($cell) };
    (@cell $out:ident Decimal $cell:expr) => { $out.decimal($cell) };
    (@cell $out:ident Money $cell:expr) => { $out.money($cell) };
    ($columns:ident, $row:ident($($of:ident: $what:ty),+) { $($before:tt)* } => {
        $($name:ident $kind:ident $([$key:literal])? $about:literal: $cell:expr,)+
    }) => {
        pub(super) const $columns: &[crate::tables::TableColumn] = &[$(crate::tables::TableColumn {
            name: stringify!($name),
            kind: crate::tables::ColumnKind::$kind,
            key: crate::tables::columns!(@key $($key)?),
            about: $about,
        },)+];

        fn $row($($of: $what,)+ out: &mut dyn crate::tables::Sink) {
            $($before)*
            $(crate::tables::columns!(@cell out $kind $cell);)+
        }
    };
}
use columns;

/// The table of the run's statements, where it has them.
pub fn pack_movements(results: Results<'_>) -> Option<Table<'_>> {
    results.statements.map(statements::pack_movements)
}

/// The columns of each table of [`tables`], by its name.
pub const TABLES: [(&str, &[TableColumn]); 11] = [
    ("invoices", invoices::INVOICES),
    ("invoice_lines", invoices::INVOICE_LINES),
    ("invoice_entries", entries::INVOICE_ENTRIES),
    ("order_lines", &order_lines::ORDER_LINES_WITH_PACKS),
    ("entries", &register::ENTRIES),
    ("unbilled", &entries::UNBILLED_WITH_ESTIMATES),
    ("quarantine", complaints::QUARANTINE),
    ("findings", complaints::FINDINGS),
    ("reconciliation", complaints::RECONCILIATION),
    ("pack_movements", statements::PACK_MOVEMENTS),
    ("pack_entries", &pack_entries::PACK_ENTRIES_BY_MINIMUM),
];

/// What stands in their place where a job has no use for some of their columns.
const NARROW_TABLES: [(&str, &[TableColumn]); 4] = [
    ("invoice_lines", invoices::INVOICE_LINES_WITHOUT_UPLIFT),
    ("order_lines", order_lines::ORDER_LINES),
    ("unbilled", &entries::UNBILLED),
    ("pack_entries", pack_entries::PACK_ENTRIES),
];

/// A table of a run by its name, as it stands with so many columns.
pub fn with_columns(name: &str, count: usize) -> Option<(&'static str, &'static [TableColumn])> {
    let mut all = TABLES.iter().chain(&NARROW_TABLES);
    all.find(|(known, columns)| *known == name && columns.len() == count).copied()
}

/// The columns of what a close keeps (K6, S4), by the name of the table.
pub const CLOSED_TABLES: [(&str, &[TableColumn]); 3] = [
    ("closed_entries", register::CLOSED_ENTRIES),
    ("closed_packs", order_lines::CLOSED_PACKS),
    ("closed_movements", statements::CLOSED_MOVEMENTS),
];

/// Columns, and others behind them.
const fn joined<const N: usize>(mut groups: &[&[TableColumn]]) -> [TableColumn; N] {
    let mut all = [TableColumn::plain("", ColumnKind::Text); N];
    let mut slots: &mut [TableColumn] = &mut all;
    while let Some((first, behind)) = groups.split_first() {
        let mut group: &[TableColumn] = first;
        while let Some((column, rest)) = group.split_first() {
            let Some((slot, others)) = slots.split_first_mut() else { return all };
            *slot = *column;
            (group, slots) = (rest, others);
        }
        groups = behind;
    }
    all
}

/// A table whose rows are told one by one, by their number.
fn table<'a>(
    name: &'static str,
    columns: &'static [TableColumn],
    len: usize,
    row: impl Fn(usize, &mut dyn Sink) + Sync + 'a,
) -> Table<'a> {
    Table { name, columns, rows: Box::new(ByRow { len, row }) }
}

struct ByRow<F> {
    len: usize,
    row: F,
}

impl<F: Fn(usize, &mut dyn Sink) + Sync> Rows for ByRow<F> {
    fn count(&self) -> usize {
        self.len
    }

    fn fill(&self, rows: std::ops::Range<usize>, out: &mut dyn Sink) {
        for row in rows {
            (self.row)(row, out);
            out.end_row();
        }
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
