//! Parquet files of which rows are looked at whole: what a text file says in the same cells comes out of them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use parquet::file::properties::WriterProperties;

use crate::bombs::parquet;

const ORDERS: &str =
    "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on
A,S1,sale,C1,Support,delivered_timesheet,Hours,10,100,EUR,2026-01-01
";

/// Columns of one name, and a column by which rows are skipped.
const ROWS: [[&str; 7]; 4] = [
    ["E1", "2026-10-05", "1", "A", "Ann", "Bob", ""],
    ["E2", "2026-10-05", "2", "A", "", "Bob", "no"],
    ["E3", "2026-10-05", "3", "A", "", "", "skip"],
    ["E4", "2026-10-05", "soon", "A", "Eve", "", ""],
];
const NAMES: [&str; 7] = ["timesheet_id", "date", "hours", "order_line_id", "employee", "Employee", "mark"];

/// The tables of a run over the entries of a file.
fn tables(folder: &Path, file: &str) -> Vec<String> {
    let job = format!(
        "[inputs]\norders = \"orders.csv\"\ntimesheets = {{ path = \"{file}\", skip = {{ mark = \"skip\" }} }}\n[output]\ndir = \"{file}.out\"\n"
    );
    fs::write(folder.join("job.toml"), job).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hourbill"));
    let output = command.args(["run", "job.toml", "--all", "--quiet"]).current_dir(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    let runs = folder.join(format!("{file}.out/job/runs"));
    let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
    let tables = ["invoices", "invoice_lines", "invoice_entries", "unbilled", "findings"];
    tables
        .iter()
        .map(|table| fs::read_to_string(run.join(format!("{table}.csv"))).unwrap().replace(file, "FILE"))
        .collect()
}

#[test]
fn skipped_rows_and_columns_of_one_name_are_the_same_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("orders.csv"), ORDERS).unwrap();
    let lines: Vec<String> = std::iter::once(NAMES).chain(ROWS).map(|row| row.join(",") + "\n").collect();
    fs::write(folder.path().join("t.csv"), lines.concat()).unwrap();
    let column = |at: usize| Arc::new(StringArray::from_iter_values(ROWS.iter().map(|row| row[at]))) as ArrayRef;
    let columns = NAMES.iter().enumerate().map(|(at, name)| (*name, column(at))).collect();
    parquet(&folder.path().join("t.parquet"), columns, WriterProperties::default());
    let [text, columnar] = ["t.csv", "t.parquet"].map(|file| tables(folder.path(), file));
    assert_eq!(text, columnar);
    assert!(text[2].contains("Ann") && text[2].contains("Bob") && !text[2].contains("E3"), "{}", text[2]);
    assert!(text[4].contains("repeated-column"), "{}", text[4]);
}
