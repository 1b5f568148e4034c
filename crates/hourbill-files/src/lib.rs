//! What those who read and those who write share: opening files that are files, and CSV.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

use hourbill_core::bug;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod regular;

pub mod access;

/// CSV by the `csv` crate.
pub mod csv_text;
