//! Tests of the whole program, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cases;
mod cli;
mod hostile;
mod month;
mod oracle;
mod properties;
mod presets;
mod tree;
