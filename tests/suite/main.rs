//! Tests of the whole program, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cases;
mod cli;
#[cfg(all(feature = "pdf", feature = "xml"))]
mod documents;
mod hostile;
mod leaks;
mod ledger_sequences;
mod month;
mod oracle;
mod presets;
mod properties;
mod reconcile;
mod tree;
