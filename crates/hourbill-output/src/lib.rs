//! What was computed becomes files: the tables of a run, and its folder on disk.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

use hourbill_core::{
    account, bill, bug, calendar, finding, ident, inputs, leaks, link, model, posted, quantity, reconcile, register,
    results, statement, worth,
};
use hourbill_files::{access, csv_text, regular};

pub mod tables;

/// What a close keeps of its month, and what has changed since.
pub mod closed;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod publish;
