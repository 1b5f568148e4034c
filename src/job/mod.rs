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
mod numbering;
mod period;
mod problem;
mod rules;
mod section;
mod settings;

pub use expect::{ControlHours, ControlTotal, Expected};
pub use load::{Flags, load};
pub use numbering::{NumberPattern, number_in};
pub use period::PeriodFlag;
pub use problem::{JobError, Problem};
pub use settings::{
    Approval, CompanyProfile, Corrections, CsvFor, Datev, DecimalMark, DocumentFormat, DownpaymentDeduction, Encoding,
    EntriesTable, HoursUnit, Imports, InForce, InputSettings, LateEntries, LedgerSettings, Limits, Numbering,
    OnMismatch, Origin, Output, Pattern, PaymentTerms, Profile, RateSource, Rules, Settings, Tax, TaxRounding,
    ZeroDrafts,
};

#[cfg(test)]
mod tests;
