//! Exports become the checked world: files are read as rows of cells, rows are checked, and what cannot be used is set aside. `guess` says what
//! a job for some files would look like.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

use hourbill_core::{alias, bound, bug, calendar, down_payment, finding, ident, inputs, model, quantity, shard};
use hourbill_files::{csv_text, regular};
use hourbill_job::{job, presets};

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod read;

pub mod check;

pub mod guess;
