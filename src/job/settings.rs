//! What a run is asked to do, complete: nothing here is optional because it was not typed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::calendar::{Date, Period};
use crate::inputs::Input;
use crate::model::GroupBy;
use crate::quantity::{Hours, Percent, Quantity, UnitSize};

/// A job file plus flags, with every default filled in.
#[derive(Clone, Debug)]
pub struct Settings {
    pub name: String,
    /// The job file, as it was named.
    pub job_file: PathBuf,
    pub inputs: BTreeMap<Input, InputSettings>,
    pub period: Period,
    /// Stands for today.
    pub as_of: Date,
    pub rules: Rules,
    pub taxes: BTreeMap<String, Tax>,
    pub output: Output,
    pub limits: Limits,
    /// Worker threads; `None` is one per core. It reaches no byte of output and no run id.
    pub threads: Option<usize>,
    /// Every setting in force: dotted key, value as text, where it came from. Sorted by key. Holds no path of the machine
    /// other than those typed.
    pub in_force: Vec<InForce>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    pub key: String,
    pub value: String,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    JobFile,
    Flag,
}

/// One input: which files, and how to read them.
#[derive(Clone, Debug)]
pub struct InputSettings {
    /// Files, globs and folders as typed, resolved against the job file's folder: (as typed, resolved).
    pub paths: Vec<(String, PathBuf)>,
    /// `None`: found from the header.
    pub delimiter: Option<u8>,
    pub encoding: Encoding,
    pub decimal: DecimalMark,
    /// Stands between groups of digits in numbers.
    pub thousands: Option<char>,
    /// A strftime format; `None` reads ISO dates only.
    pub date_format: Option<String>,
    /// Date-times with a zone are converted to it; without a zone they count as its local time.
    pub timezone: Option<chrono_tz::Tz>,
    /// Canonical field name to the header's name.
    pub columns: BTreeMap<&'static str, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// With or without a byte order mark.
    #[default]
    Utf8,
    Windows1252,
    /// The byte order mark decides, little endian without one.
    Utf16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    #[default]
    Point,
    Comma,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateEntries {
    Report,
    Bill,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    All,
    ValidatedOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxRounding {
    /// Per category and rate of a document (EN 16931).
    Document,
    Line,
}

#[derive(Clone, Debug)]
pub struct Rules {
    /// L2.
    pub auto_link: bool,
    pub late_entries: LateEntries,
    pub approval: Approval,
    /// Length of the unit Days.
    pub day: UnitSize,
    /// H3, at most 6.
    pub quantity_decimals: u32,
    pub max_entry_hours: Hours,
    /// In units of each draft's currency.
    pub min_invoice_amount: Quantity,
    pub tax_rounding: TaxRounding,
    /// B7, for customers that say nothing.
    pub group_by: GroupBy,
}

/// B9: a declared tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    /// 0 to 100.
    pub rate: Percent,
    /// A category code of EN 16931 (UNCL5305): S, Z, E, AE, K, G, O, L, M.
    pub category: String,
}

#[derive(Clone, Debug)]
pub struct Output {
    /// Resolved against the job file's folder.
    pub dir: PathBuf,
    /// As typed.
    pub dir_shown: String,
    pub csv: bool,
    pub parquet: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one file once unpacked.
    pub unpacked_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { unpacked_bytes_max: 64 << 30 }
    }
}
