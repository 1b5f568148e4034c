//! A job file plus flags becomes complete [`Settings`]; says where each value came from.
//!
//! What was typed (`file`) and what is meant (`settings`) are different types; `load` is the way from one to the other, and tells all
//! that is wrong in one pass.

mod bounds;
mod byte_size;
mod cells;
mod expect;
mod file;
mod imports;
mod input;
pub mod keys;
mod load;
mod number_pattern;
mod numbering;
mod period;
mod problem;
mod rules;
mod section;
mod settings;

pub use byte_size::byte_size;
pub use expect::{ControlHours, ControlTotal, Expected};
pub use load::{Flags, load};
pub use number_pattern::{NumberPattern, number_in};
pub use period::PeriodFlag;
pub use problem::{JobError, Problem};
pub use settings::{
    CsvFor, Datev, DecimalMark, DocumentFormat, Encoding, EntriesTable, HoursUnit, Imports, InForce, InputSettings,
    LedgerSettings, Limits, Numbering, Origin, Output, Pattern, PaymentTerms, Profile, Settings,
};

pub use crate::settings::{
    Approval, BillingSettings, CompanyProfile, Corrections, DownpaymentDeduction, LateEntries, OnMismatch, PackRules,
    Prepaid, PrepaidGate, PrepaidOrder, RateSource, Rules, Tax, TaxRounding, ZeroDrafts,
};

#[cfg(test)]
mod tests;
