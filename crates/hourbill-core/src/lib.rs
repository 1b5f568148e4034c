//! The rules of hourbill: a month of work becomes drafts and proof.
//!
//! From the [`model::World`] on, everything is a function of its arguments: no file, no clock, no environment, no terminal. A program that has
//! its tables in memory makes a `World` and calls the stages one after the other, as `examples/embed.rs` does. The modules stand in the order
//! of the data; a module uses only those above it.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

pub mod bug;

pub mod quantity;

pub mod ident;

pub mod calendar;

pub mod inputs;

pub mod alias;

pub mod finding;

pub mod down_payment;

pub mod bound;

pub mod model;

pub mod shard;

pub mod settings;

pub mod posted;

pub mod link;

pub mod account;

pub mod reconcile;

pub mod bill;

pub mod doubt;

pub mod worth;

pub mod leaks;

/// Where every hour of every entry stands.
pub mod register;

pub mod month;

pub mod statement;

pub mod results;

pub mod proof;

pub mod explain;

pub mod diff;

#[cfg(test)]
mod testing;
