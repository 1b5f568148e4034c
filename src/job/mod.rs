//! A job file plus flags becomes complete [`Settings`]; says where each value came from.

mod settings;

pub use settings::{
    Approval, DecimalMark, Encoding, InForce, InputSettings, LateEntries, Limits, Origin, Output, Rules, Settings, Tax,
    TaxRounding,
};
