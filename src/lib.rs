//! hourbill turns exports of helpdesk tickets, timesheets and confirmed sales orders into draft invoices for a
//! timesheet period, and accounts for every hour it read.
//!
//! The modules stand in the order of the data; a module uses only those above it. Only those marked as I/O touch files, the clock, the
//! environment or the terminal (`clippy.toml` has what that means).
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros))]

pub mod bug;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod regular;

/// CSV by the `csv` crate.
pub mod csv_text;

pub mod quantity;

pub mod ident;

pub mod calendar;

pub mod inputs;

pub mod presets;

pub mod alias;

pub mod finding;

pub mod down_payment;

pub mod model;

pub mod shard;

pub mod formats;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod job;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod read;

pub mod check;

pub mod posted;

pub mod link;

pub mod account;

pub mod reconcile;

pub mod bill;

pub mod doubt;

pub mod leaks;
/// Where every hour of every entry stands.
pub mod register;

pub mod month;

pub mod tables;

pub mod proof;

pub mod document;

pub mod explain;

pub mod diff;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod publish;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod ledger;

pub mod run;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod generate;

pub mod guess;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod cli;

#[cfg(test)]
mod testing;
