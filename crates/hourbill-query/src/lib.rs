//! SQL for people over tables that were published or posted. polars answers it, and nothing that it computes reaches a draft, a table or the
//! ledger.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros))]

pub(crate) use hourbill_core::{bug, calendar, quantity};
pub(crate) use hourbill_files::csv_text;
pub(crate) use hourbill_output::tables;

pub mod query;
