//! hourbill turns exports of helpdesk tickets, timesheets and confirmed sales orders into draft invoices for a
//! timesheet period, and accounts for every hour it read.
//!
//! The crates under `crates/` hold its parts, and this one makes the program of them: the pipeline, synthetic exports, the command line. The
//! modules of all of them are seen here under one roof. Within a crate modules stand in the order of the data, and a module uses only those above
//! it. Only those marked as I/O touch files, the clock, the environment or the terminal (`clippy.toml` has what that means).
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

pub use hourbill_core::{
    account, alias, bill, bound, bug, calendar, diff, doubt, down_payment, explain, finding, ident, inputs, leaks,
    link, model, month, posted, proof, quantity, reconcile, register, results, settings, shard, statement,
};
pub use hourbill_documents::document;
pub use hourbill_files::{access, csv_text, regular};
pub use hourbill_intake::{check, guess, read};
pub use hourbill_job::{formats, job, presets};
pub use hourbill_ledger::ledger;
pub use hourbill_output::{closed, publish, tables};
#[cfg(feature = "query")]
pub use hourbill_query::query;

pub mod run;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod generate;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod cli;
