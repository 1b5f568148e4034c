//! The documents of a run. Pure: results in, bytes out.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

#[cfg(all(test, feature = "xml"))]
use hourbill_core::down_payment;
#[cfg(any(feature = "html", feature = "xlsx"))]
use hourbill_core::leaks;
#[cfg(test)]
use hourbill_core::reconcile;
use hourbill_core::{
    account, bill, bug, calendar, finding, ident, inputs, link, model, month, posted, proof, quantity, statement,
};
use hourbill_files::csv_text;
use hourbill_job::{formats, job};
#[cfg(any(feature = "html", feature = "xlsx"))]
use hourbill_output::publish;
use hourbill_output::tables;

pub mod document;
