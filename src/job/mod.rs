//! A job file plus flags becomes complete [`Settings`]; says where each value came from.
//!
//! What was typed (`file`) and what is meant (`settings`) are different types; `load` is the way from one to the other, and tells all
//! that is wrong in one pass.

mod cells;
mod expect;
mod file;
mod imports;
mod input;
pub mod keys;
mod load;
mod problem;
mod section;
mod settings;

pub use expect::{ControlHours, ControlTotal, Expected};
pub use load::{Flags, PeriodFlag, load};
pub use problem::{JobError, Problem};
pub use settings::{
    Approval, Company, Corrections, CsvFor, Datev, DecimalMark, Document, DownpaymentDeduction, Encoding, EntriesTable,
    HoursUnit, Imports, InForce, InputSettings, LateEntries, Ledger, Limits, OnMismatch, Origin, Output, Pattern,
    Profile, RateSource, Rules, Settings, Tax, TaxRounding, ZeroDrafts,
};

#[cfg(test)]
mod tests;
