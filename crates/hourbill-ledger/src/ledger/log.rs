//! The log: numbered entries, each naming the hash of the one before it, and sealed with its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bug::OrBug;
use crate::calendar::CalendarMonth;
use crate::closed::Kept;
use crate::posted::{AliasNames, Head, LedgerBatch, MonthState};
use crate::quantity::{Currency, Money};

/// Stands in every entry that is written: what reads another layout must refuse.
pub const FORMAT: &str = "hourbill-ledger-3";

/// Stands in entries that say what earlier versions do not know: what a run had read (X4), lines with a minimum (M), hours beyond packs (W8).
pub const FORMAT_NEXT: &str = "hourbill-ledger-4";

/// What stands before the number of a layout.
const FORMAT_PREFIX: &str = "hourbill-ledger-";

/// Every layout that is read. The first has no columns of what entries said (G5), and no covered or held hours; the second froze no documents
/// (N1).
const READ: [&str; 4] = ["hourbill-ledger-1", "hourbill-ledger-2", FORMAT, FORMAT_NEXT];

/// Why an entry cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is in a layout that this version does not know.
    Format(String),
    /// It is not as it was written.
    Altered(String),
}

/// The predecessor of the first entry.
pub fn nothing() -> Head {
    Head { sequence: 0, hash: "0".repeat(64) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogActionKind {
    Post,
    Void,
    Credit,
    /// Hours closed before hourbill was adopted (G4).
    Open,
    /// The reversal of one.
    Reopen,
    /// A month is closed (K3).
    Close,
    /// A closed month is opened again.
    ReopenMonth,
}

impl LogActionKind {
    /// It takes back what was posted.
    pub fn takes_back(self) -> bool {
        match self {
            LogActionKind::Void | LogActionKind::Credit | LogActionKind::Reopen => true,
            LogActionKind::Post | LogActionKind::Open | LogActionKind::Close | LogActionKind::ReopenMonth => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            LogActionKind::Post => "post",
            LogActionKind::Void => "void",
            LogActionKind::Credit => "credit",
            LogActionKind::Open => "open",
            LogActionKind::Reopen => "reopen",
            LogActionKind::Close => "close",
            LogActionKind::ReopenMonth => "reopen_month",
        }
    }
}

/// Who does what, when and why: nothing here is asked of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAction {
    pub kind: LogActionKind,
    pub job: String,
    /// A date.
    pub at: String,
    /// N5: what its documents are dated with, where that is another day.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    pub by: String,
    pub reason: String,
    /// The run that is posted; empty for other deeds.
    pub run: String,
    /// What was asked for, in one line: the same asked again is known by it.
    pub request: String,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    pub format: String,
    pub sequence: u64,
    /// Hash of the entry before it.
    pub previous: String,
    pub deed: LogAction,
    pub objects: Vec<Object>,
    pub totals: LedgerTotals,
    /// G5, G13: what is known under another id from here on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
    /// K3: what it does to a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Box<MonthNote>>,
    /// X4: what the run that is posted had read, where the job has a bound for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Box<ReadNote>>,
    /// BLAKE3 of the entry without it: the hash of the entry.
    pub seal: String,
}

/// X4: control totals of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadNote {
    /// `2026-10`: in which its period begins.
    pub month: String,
    /// By input.
    pub rows: BTreeMap<String, u64>,
    /// Hours of the timesheets, as decimal text.
    pub microseconds: String,
}

/// What a deed does to a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthNote {
    /// `2026-10`.
    pub month: String,
    /// Left out: of every company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    pub state: MonthState,
    /// The newest run of the month, when it was closed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// What `--force` passed over (K5).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Of a close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// `same_as`: a record of the exports that the ledger knows under an earlier id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    pub of: AliasOf,
    /// What the ledger calls it.
    pub known: String,
    /// What the export calls it now.
    pub now: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasOf {
    Entry,
    OrderLine,
}

/// What was posted of entries, or of order lines, under earlier ids (G5, G13).
pub(super) fn names_of<'a>(aliases: impl IntoIterator<Item = &'a Alias>, of: AliasOf) -> AliasNames {
    let mut names = AliasNames::default();
    for alias in aliases.into_iter().filter(|alias| alias.of == of) {
        names.add(&alias.known, &alias.now);
    }
    names
}

/// What posts have recorded, in that order.
pub(super) fn recorded(log: &[LogEntry]) -> impl Iterator<Item = &Alias> {
    log.iter().flat_map(|entry| &entry.aliases)
}

/// What is read of an entry before it is known whether its layout is.
#[derive(Deserialize)]
struct Layout {
    format: String,
}

/// A file under `objects/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub table: LedgerTable,
    pub blake3: String,
    pub rows: u64,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerTable {
    Documents,
    Lines,
    Portions,
    /// What documents say, frozen (N1).
    Invoices,
    /// What was put beside the ledger for them.
    Files,
    /// Entries of a month that was closed (K6), its packs, and what moved them in it (S4).
    ClosedEntries,
    ClosedPacks,
    ClosedMovements,
}

impl LedgerTable {
    pub const ALL: [LedgerTable; 8] = [
        LedgerTable::Documents,
        LedgerTable::Lines,
        LedgerTable::Portions,
        LedgerTable::Invoices,
        LedgerTable::Files,
        LedgerTable::ClosedEntries,
        LedgerTable::ClosedPacks,
        LedgerTable::ClosedMovements,
    ];

    /// What was billed: the tables of a [`LedgerBatch`].
    pub fn bills(self) -> bool {
        matches!(self, LedgerTable::Documents | LedgerTable::Lines | LedgerTable::Portions)
    }

    pub fn name(self) -> &'static str {
        match self {
            LedgerTable::Documents => "documents",
            LedgerTable::Lines => "lines",
            LedgerTable::Portions => "portions",
            LedgerTable::Invoices => "invoices",
            LedgerTable::Files => "files",
            LedgerTable::ClosedEntries => "closed_entries",
            LedgerTable::ClosedPacks => "closed_packs",
            LedgerTable::ClosedMovements => "closed_movements",
        }
    }
}

impl Object {
    /// Its name in the store.
    pub fn name(&self) -> String {
        format!("{}/{}-{}.parquet", super::OBJECTS, self.table.name(), self.blake3)
    }
}

/// What the objects of a commit add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerTotals {
    pub documents: u64,
    pub lines: u64,
    pub portions: u64,
    /// Of hours, as decimal text: sums may go beyond what JSON readers hold exactly.
    pub microseconds: String,
    /// By currency.
    pub money: BTreeMap<String, DeedSums>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedSums {
    pub net: String,
    pub tax: String,
    pub total: String,
}

impl LedgerTotals {
    /// `None` when a sum does not fit.
    pub fn of(batch: &LedgerBatch) -> Option<LedgerTotals> {
        let mut sums: BTreeMap<Currency, [Money; 3]> = BTreeMap::new();
        for document in &batch.documents {
            let Some(currency) = document.currency else { continue };
            let of = sums.entry(currency).or_insert([Money::ZERO; 3]);
            for (sum, amount) in of.iter_mut().zip([document.net, document.tax, document.total]) {
                *sum = sum.checked_add(amount)?;
            }
        }
        let money = sums.into_iter().map(|(currency, sums)| {
            let [net, tax, total] = sums.map(|sum| sum.text(currency));
            (currency.code().to_owned(), DeedSums { net, tax, total })
        });
        Some(LedgerTotals {
            documents: batch.documents.len() as u64,
            lines: batch.lines.len() as u64,
            portions: batch.portions.len() as u64,
            microseconds: batch.portions.sum().micros().to_string(),
            money: money.collect(),
        })
    }
}

impl LogEntry {
    pub fn new(
        previous: &Head,
        deed: LogAction,
        objects: Vec<Object>,
        totals: LedgerTotals,
        aliases: Vec<Alias>,
    ) -> LogEntry {
        let mut entry = LogEntry {
            format: FORMAT.to_owned(),
            sequence: previous.sequence + 1,
            previous: previous.hash.clone(),
            deed,
            objects,
            totals,
            aliases,
            month: None,
            read: None,
            seal: String::new(),
        };
        entry.seal = entry.sealed();
        entry
    }

    /// The same about a month.
    #[must_use]
    pub fn about(self, month: Option<Box<MonthNote>>) -> LogEntry {
        let mut entry = LogEntry { month, ..self };
        entry.seal = entry.sealed();
        entry
    }

    /// The same of a run that had read this, and of lines that earlier formats do not know.
    #[must_use]
    pub fn of_run(self, read: Option<Box<ReadNote>>, is_newer: bool) -> LogEntry {
        if read.is_none() && !is_newer {
            return self;
        }
        let mut entry = LogEntry { read, format: FORMAT_NEXT.to_owned(), ..self };
        entry.seal = entry.sealed();
        entry
    }

    fn sealed(&self) -> String {
        let unsealed = LogEntry { seal: String::new(), ..self.clone() };
        blake3::hash(&unsealed.bytes()).to_hex().to_string()
    }

    /// The one way in which an entry is written.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).ok().or_bug("an entry of the log is JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Reads an entry that is whole: every byte is as it was written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<LogEntry, Unusable> {
        let unread = |error: serde_json::Error| Unusable::Altered(format!("it cannot be read: {error}"));
        let layout: Layout = serde_json::from_slice(bytes).map_err(unread)?;
        if !READ.contains(&layout.format.as_str()) {
            let number = layout.format.strip_prefix(FORMAT_PREFIX).and_then(|number| number.parse::<u32>().ok());
            let altered = format!("its format `{}` is none of a ledger", layout.format);
            return Err(if number.is_some_and(|number| number as usize > READ.len()) {
                Unusable::Format(layout.format)
            } else {
                Unusable::Altered(altered)
            });
        }
        let entry: LogEntry = serde_json::from_slice(bytes).map_err(unread)?;
        if entry.bytes() != bytes || entry.sealed() != entry.seal {
            return Err(Unusable::Altered("it was altered: its seal does not fit".to_owned()));
        }
        // K3: a month that nobody can read would count as open.
        if entry.month.as_ref().is_some_and(|note| CalendarMonth::parse(&note.month).is_none()) {
            return Err(Unusable::Altered("its month is none".to_owned()));
        }
        Ok(entry)
    }

    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.seal.clone() }
    }
}

/// The name of an entry in the store.
pub fn name(sequence: u64) -> String {
    format!("{}/{sequence:010}.json", super::LOG)
}

/// The number of an entry's file; `None` for other files.
pub fn sequence(file: &str) -> Option<u64> {
    let digits = file.strip_suffix(".json")?;
    let number = digits.parse().ok()?;
    (format!("{number:010}") == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k3_an_entry_whose_month_is_none_is_not_read_as_an_open_month() {
        let text = String::new;
        let deed = LogAction {
            kind: LogActionKind::Close,
            job: "j".to_owned(),
            at: "2026-11-02".to_owned(),
            date: text(),
            by: "ann".to_owned(),
            reason: "done".to_owned(),
            run: text(),
            request: text(),
        };
        let closing = |month: &str| {
            let note = MonthNote {
                month: month.to_owned(),
                company: None,
                state: MonthState::Hard,
                run: text(),
                ignored: Vec::new(),
                kept: None,
            };
            let entry = LogEntry::new(&nothing(), deed.clone(), Vec::new(), LedgerTotals::default(), Vec::new());
            LogEntry::read(&entry.about(Some(Box::new(note))).bytes())
        };
        assert!(closing("2026-10").is_ok());
        assert!(matches!(closing("October"), Err(Unusable::Altered(why)) if why == "its month is none"));
    }
}
