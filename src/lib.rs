//! hourbill turns exports of helpdesk tickets, timesheets and confirmed sales orders into draft invoices for a
//! timesheet period, and accounts for every hour it read.
//!
//! The modules stand in the order of the data; a module uses only those above it.

pub mod regular;

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

pub mod job;

pub mod read;

pub mod check;

pub mod posted;

pub mod link;

pub mod account;

pub mod reconcile;

pub mod bill;

pub mod doubt;

pub mod leaks;

pub mod tables;

pub mod proof;

pub mod document;

pub mod explain;

pub mod diff;

pub mod publish;

pub mod ledger;

pub mod run;

pub mod generate;

pub mod guess;

pub mod cli;

#[cfg(test)]
mod testing;
