//! `run.json` (§9.3): what a run read, by which settings, and what came out. Equal runs have equal bytes. One struct is written and read
//! back: what it cannot be read into is no run that anybody could post, and says nothing. Keys that came later are left out when empty, so
//! that runs of older versions are read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Run;
use super::adjusted_rows::{Adjusted, AdjustedRow, RowOutcome};
use crate::account::Total;
use crate::bill::DraftKind;
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::Period;
use crate::inputs::Input;
use crate::job::{InForce, Origin, Settings};
use crate::ledger::Alias;
use crate::posted::Head;
use crate::read::{FileRead, LeftOut};

/// Among what posting a run puts into the ledger: what its drafts say.
pub(super) const DRAFTS: &str = "invoices";

#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout of the run folder (see `format`). The first layout did not say its name.
    #[serde(default)]
    pub format: String,
    /// The version of the program.
    pub version: String,
    pub job: String,
    pub run_id: String,
    /// Which part of a run this is; left out when it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    pub period: ManifestPeriod,
    /// The settings in force, by dotted key.
    pub settings: BTreeMap<String, String>,
    pub inputs: BTreeMap<String, Vec<FileEntry>>,
    /// By input, what lies among its files and was not read; left out when there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, Vec<Unread>>,
    pub control: ControlTotals,
    pub drafts: Drafts,
    /// The sums of the drafts, by currency.
    pub money: BTreeMap<String, CurrencySums>,
    pub quarantine: BTreeMap<String, u64>,
    /// Rows in quarantine that a person has waived (E6); left out when there are none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub waived: u64,
    pub findings: BTreeMap<String, u64>,
    /// X7: what was measured, whether or not there is a limit for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<ManifestBound>,
    /// What became of the adjustments (§8.5); left out when the job has no rows of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustments: Option<AdjustmentCounts>,
    pub tables: Vec<TableFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentFile>,
    /// E5: rows in quarantine as they stand in their files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine_files: Vec<QuarantineFile>,
    /// The ledger that the drafts were computed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Head>,
    /// What posting the run records as known under another id (G5, G13).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<Alias>,
    /// What posting the drafts puts into the ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posting: Vec<TableFile>,
}

impl Manifest {
    /// The tables that posting the run puts into the ledger, each with its hash.
    pub(super) fn posted_objects(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.posting.iter().filter(|file| file.table != DRAFTS);
        rows.map(|file| (file.table.as_str(), file.blake3.as_str()))
    }

    /// The first file of a published table.
    pub(super) fn table(&self, name: &str) -> Option<&TableFile> {
        self.tables.iter().find(|file| file.table == name)
    }
}

macro_rules! keys {
    ($($key:ident),+) => {
        /// Every key of `run.json`: `post` refuses a run that has others.
        pub(super) const KEYS: &[&str] = &[$(stringify!($key)),+];

        /// A key that is missing above does not build.
        const _: fn(Manifest) = |Manifest { $($key: _),+ }| {};
    };
}

keys!(
    format,
    version,
    job,
    run_id,
    shard,
    period,
    settings,
    inputs,
    left_out,
    control,
    drafts,
    money,
    quarantine,
    waived,
    findings,
    bounds,
    adjustments,
    tables,
    documents,
    quarantine_files,
    ledger,
    same_as,
    posting
);

/// What became of the rows of the adjustments.
#[derive(Debug, Serialize, Deserialize)]
pub struct AdjustmentCounts {
    pub applied: u64,
    pub no_effect: u64,
    pub waiting: u64,
    pub unmatched: u64,
    pub quarantined: u64,
    pub rows: Vec<AdjustedRow>,
}

impl AdjustmentCounts {
    pub(super) fn of(adjusted: &Adjusted) -> Option<AdjustmentCounts> {
        let count = |outcome| adjusted.count(outcome);
        (!adjusted.rows.is_empty()).then(|| AdjustmentCounts {
            applied: count(RowOutcome::Applied),
            no_effect: count(RowOutcome::NoEffect),
            waiting: count(RowOutcome::Waiting),
            unmatched: count(RowOutcome::Unmatched),
            quarantined: count(RowOutcome::Quarantined),
            rows: adjusted.rows.clone(),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ManifestPeriod {
    pub label: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct FileEntry {
    pub file: String,
    /// The sheet, in a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    pub rows: u64,
    /// Rows that are no timesheets: no hour was read there.
    #[serde(default, skip_serializing_if = "is_none")]
    pub not_timesheets: u64,
    pub bytes: u64,
    pub blake3: String,
    /// Field to the column it was read from.
    pub columns: BTreeMap<String, String>,
    pub ignored_columns: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Unread {
    pub file: String,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotals {
    pub read: RowsAndHours,
    pub dispositions: BTreeMap<String, RowsAndHours>,
    pub unreadable_hours_rows: u64,
    pub entry_hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsAndHours {
    pub rows: u64,
    pub microseconds: i128,
    pub hours: String,
}

impl From<Total> for RowsAndHours {
    fn from(total: Total) -> RowsAndHours {
        RowsAndHours { rows: total.rows, microseconds: total.hours.micros(), hours: total.hours.to_string() }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Drafts {
    pub invoices: u64,
    pub credit_notes: u64,
    pub down_payments: u64,
    /// B12: closed without a document. Left out when there are none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub zero: u64,
    pub held: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Sums of the drafts of one currency, as texts; credit notes count negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencySums {
    pub drafts: u64,
    pub net: String,
    pub tax: String,
    pub total: String,
}

/// X7: what was measured for one bound, as run.json tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestBound {
    pub bound: String,
    /// The greatest figure; left out where there was nothing to measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// The limit; left out where the job has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    pub outcome: String,
    /// Figures beyond the limit that nobody accepted.
    pub broken: u64,
    /// Figures beyond the limit that an adjustment accepts (X6).
    pub accepted: u64,
}

/// A published table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    pub table: String,
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    pub blake3: String,
}

/// A published document, of a draft or of the whole run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    /// Empty for documents of the whole run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub invoice_id: String,
    /// Inside the run folder.
    pub file: String,
    pub bytes: u64,
    pub blake3: String,
}

/// E5: the rows of one file that were set aside, as they stand there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuarantineFile {
    pub input: String,
    /// The file in which they stand.
    pub source: String,
    /// Inside the run folder.
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    pub blake3: String,
}

impl Drafts {
    pub(super) fn of(run: &Run) -> Drafts {
        let count = |kind| run.billing.drafts.iter().filter(|draft| draft.kind() == kind).count() as u64;
        Drafts {
            invoices: count(DraftKind::Invoice),
            credit_notes: count(DraftKind::CreditNote),
            down_payments: count(DraftKind::DownPayment),
            zero: count(DraftKind::Zero),
            held: run.billing.drafts_held as u64,
        }
    }

    /// Adds the drafts of another part of the same run.
    pub(super) fn add(&mut self, other: Drafts) {
        self.invoices += other.invoices;
        self.credit_notes += other.credit_notes;
        self.down_payments += other.down_payments;
        self.zero += other.zero;
        self.held += other.held;
    }

    /// How many drafts make documents.
    pub fn made(self) -> u64 {
        self.invoices + self.credit_notes + self.down_payments
    }
}

pub(super) fn rows_of_timesheets(files: &[FileRead]) -> u64 {
    files.iter().filter(|file| file.input == Input::Timesheets).map(|file| file.rows).sum()
}

/// Settings that change neither what is computed nor what is written: where to, with how many threads, and on which day, unless a person
/// named the day, or a bound that the job sets goes by it (§10.5). The period stands for itself once it is known.
pub(super) fn beside_the_result(settings: &Settings, known: &InForce) -> bool {
    match known.key.as_str() {
        "threads" | "output.dir" | "job_file" | "period" => true,
        "as_of" => known.origin == Origin::Default && settings.billing.bounds.of(BoundKey::FutureDays).is_none(),
        key => key.starts_with("period."),
    }
}

fn say(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
}

/// A hash over the program and all settings that change what is computed or written.
fn hash_of_settings(settings: &Settings) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    let mut say = |text: &str| say(&mut hasher, text);
    say(env!("CARGO_PKG_VERSION"));
    say(&settings.name);
    for setting in settings.in_force.iter().filter(|setting| !beside_the_result(settings, setting)) {
        say(&setting.key);
        say(&setting.value);
    }
    match settings.billing.period {
        Period::Open => say("open"),
        Period::Dates { from, to } => say(&format!("{from} {to}")),
        Period::UpTo(to) => say(&format!("to {to}")),
        Period::Since(from) => say(&format!("from {from}")),
    }
    hasher
}

/// 64 hex digits that stand for the settings of a run.
pub(super) fn settings_hash(settings: &Settings) -> String {
    hash_of_settings(settings).finalize().to_hex().to_string()
}

/// `<period label>-<12 hex digits>` of a hash over the program, the settings, the inputs and the ledger's head (§9.1).
pub(super) fn run_id(settings: &Settings, files: &[FileRead], left_out: &[LeftOut], head: Option<&Head>) -> String {
    let mut hasher = hash_of_settings(settings);
    let mut say = |text: &str| say(&mut hasher, text);
    for file in files {
        say(file.input.name());
        say(&file.shown);
        say(&file.blake3);
    }
    // Findings name them.
    for left in left_out {
        say("left out");
        say(left.input.name());
        say(&left.shown);
    }
    if let Some(head) = head {
        say("ledger");
        say(&head.hash);
    }
    let hash = hasher.finalize().to_hex();
    format!("{}-{}", settings.billing.period.label(), hash.get(..12).or_bug("a hash has 64 digits"))
}
