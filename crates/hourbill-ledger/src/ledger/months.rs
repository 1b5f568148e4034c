//! Closing months and opening them again (K3 to K7), and what a close keeps of its month (K6).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::act::{Plan, Planned};
use super::log::{Deed, DeedKind, LedgerTable, LedgerTotals, LogEntry, Object, nothing};
use super::{Doer, Ledger, LedgerError, Segments, Store, Unproven, log, object};
use crate::calendar::{CalendarMonth, Date};
use crate::closed::{Kept, KeptEntries};
use crate::posted::{ClosedMonths, Head, LedgerBatch, MonthDeed, MonthState, OutOfOrder};

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

/// What to do to a month.
#[derive(Clone, Debug)]
pub struct MonthAsked {
    pub month: CalendarMonth,
    pub company: Option<String>,
    pub state: MonthState,
}

impl MonthAsked {
    /// As it is typed.
    fn request(&self) -> String {
        let MonthAsked { month, company, state } = self;
        let company = company.as_ref().map_or_else(String::new, |company| format!(" --company {company}"));
        match state {
            MonthState::Open => format!("reopen --period {month}{company}"),
            closed => format!("close --period {month}{company} --{closed}"),
        }
    }
}

/// What a close keeps, as it is put into the ledger.
pub struct MonthClosing {
    /// The ledger on which it was computed.
    pub head: Head,
    pub run: String,
    pub ignored: Vec<String>,
    pub kept: Kept,
    /// The table of the month's entries, and that of the packs.
    pub entries: (u64, Vec<u8>),
    pub packs: (u64, Vec<u8>),
}

/// The months that the entries of a log close.
pub fn months(log: &[LogEntry]) -> ClosedMonths {
    let mut months = ClosedMonths::default();
    for entry in log {
        if let Some(deed) = entry.month.as_ref().and_then(|note| deed_of(entry.sequence, note)) {
            months.add(deed);
        }
    }
    months
}

/// Whether the month of a date is closed for a company (the empty name: that of rows without one), and how far. What is
/// dated in a hard month is refused (K4).
pub fn closed_on(log: &[LogEntry], company: &str, date: Date) -> Option<MonthState> {
    months(log).closed_on(company, date).map(|deed| deed.state)
}

fn deed_of(sequence: u64, note: &MonthNote) -> Option<MonthDeed> {
    let month = CalendarMonth::parse(&note.month)?;
    Some(MonthDeed { sequence, month, company: note.company.clone(), state: note.state })
}

impl<S: Store> Ledger<S> {
    /// K3: whether the month may become that; `None` when it may.
    ///
    /// # Errors
    /// A conflict when another month comes first.
    pub fn out_of_order(&self, log: &[LogEntry], asked: &MonthAsked) -> Result<Option<Plan>, LedgerError> {
        match months(log).may(asked.company.as_deref(), asked.month, asked.state) {
            Ok(()) => Ok(None),
            Err(OutOfOrder::First(text)) => Err(LedgerError::Conflict(text)),
            Err(OutOfOrder::Done) => {
                let (month, state) = (asked.month, asked.state);
                let company = asked.company.as_ref().map_or_else(String::new, |name| format!(" of company `{name}`"));
                let closed =
                    if state == MonthState::Open { "is open".to_owned() } else { format!("is closed {state}") };
                Ok(Some(Plan::Nothing(format!("{month}{company} {closed} already"))))
            }
        }
    }

    /// Closing a month with what is kept of it.
    ///
    /// # Errors
    /// A conflict when the ledger has moved, or another month comes first.
    pub fn plan_close(&self, asked: &MonthAsked, closing: MonthClosing, doer: &Doer) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        if let Some(nothing) = self.out_of_order(&log, asked)? {
            return Ok(nothing);
        }
        let head = log.last().map_or_else(nothing, LogEntry::head);
        if head != closing.head {
            return Err(LedgerError::Conflict("the ledger has moved meanwhile: repeat the command".to_owned()));
        }
        let MonthClosing { run, ignored, kept, entries, packs, .. } = closing;
        let note = note(asked, run, ignored, Some(kept));
        let segment = |table, (rows, bytes): (u64, Vec<u8>)| (object(table, rows, &bytes), bytes);
        let segments =
            Segments(vec![segment(LedgerTable::ClosedEntries, entries), segment(LedgerTable::ClosedPacks, packs)]);
        Ok(plan(head, doer.deed(DeedKind::Close, "", asked.request()), note, segments))
    }

    /// Opening a month again.
    ///
    /// # Errors
    /// A conflict when a later month was closed after it.
    pub fn plan_reopen(&self, asked: &MonthAsked, doer: &Doer) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        if let Some(nothing) = self.out_of_order(&log, asked)? {
            return Ok(nothing);
        }
        let head = log.last().map_or_else(nothing, LogEntry::head);
        let note = note(asked, String::new(), Vec::new(), None);
        Ok(plan(head, doer.deed(DeedKind::ReopenMonth, "", asked.request()), note, Segments(Vec::new())))
    }

    /// The entries that a close has kept.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn kept_entries(&self, entry: &LogEntry) -> Result<KeptEntries, LedgerError> {
        let mut kept = KeptEntries::default();
        for of in entry.objects.iter().filter(|of| of.table == LedgerTable::ClosedEntries) {
            let read = KeptEntries::read(self.object(of)?).ok_or_else(|| damaged(of, "it cannot be read"))?;
            kept.append(read);
        }
        Ok(kept)
    }

    /// What must hold of months: they are closed and reopened in order, and what a close says is what it keeps.
    pub(super) fn months_unproven(&self, log: &[LogEntry]) -> Result<Vec<Unproven>, LedgerError> {
        let (mut failed, mut months) = (Vec::new(), ClosedMonths::default());
        for entry in log {
            let mut wrong = |text: &str| {
                failed.push(Unproven { object: log::name(entry.sequence), text: text.to_owned() });
            };
            let is_of_month = matches!(entry.deed.kind, DeedKind::Close | DeedKind::ReopenMonth);
            let Some(note) = &entry.month else {
                if is_of_month {
                    wrong("it does not say which month it is about");
                }
                continue;
            };
            let Some(deed) = deed_of(entry.sequence, note).filter(|_| is_of_month) else {
                wrong("its month is none");
                continue;
            };
            let opens = deed.state == MonthState::Open;
            if opens != (entry.deed.kind == DeedKind::ReopenMonth) || opens != note.kept.is_none() {
                wrong("what it does to its month is not what it is called");
            }
            match months.may(deed.company.as_deref(), deed.month, deed.state) {
                Ok(()) => {}
                Err(OutOfOrder::Done) => wrong("its month was that already"),
                Err(OutOfOrder::First(text)) => wrong(&text),
            }
            if let Some(kept) = &note.kept {
                match self.kept_entries(entry) {
                    Ok(entries) if entries.kept(kept.packs) == *kept => {}
                    Ok(_) => wrong("its control totals are not those of the entries that it keeps"),
                    Err(LedgerError::Damaged(of)) => failed.extend(of),
                    Err(error) => return Err(error),
                }
            }
            months.add(deed);
        }
        Ok(failed)
    }
}

/// A month that was soft or open before, and becomes soft or open.
pub(super) fn is_soft<'a>(before: impl Iterator<Item = &'a LogEntry>, note: &MonthNote) -> bool {
    let mut months = ClosedMonths::default();
    before.filter_map(|entry| deed_of(entry.sequence, entry.month.as_ref()?)).for_each(|deed| months.add(deed));
    let Some(deed) = deed_of(0, note) else { return false };
    let companies = match deed.company.as_deref() {
        None => months.companies(),
        company => vec![company],
    };
    let was_hard = |company| months.closed(company, deed.month).is_some_and(|known| known.state == MonthState::Hard);
    deed.state != MonthState::Hard && !companies.into_iter().any(was_hard)
}

fn damaged(of: &Object, text: &str) -> LedgerError {
    LedgerError::Damaged(vec![Unproven { object: of.name(), text: text.to_owned() }])
}

fn note(asked: &MonthAsked, run: String, ignored: Vec<String>, kept: Option<Kept>) -> MonthNote {
    let MonthAsked { month, company, state } = asked;
    MonthNote { month: month.to_string(), company: company.clone(), state: *state, run, ignored, kept }
}

/// A change of no document.
fn plan(head: Head, deed: Deed, note: MonthNote, segments: Segments) -> Plan {
    Plan::Change(Box::new(Planned {
        head,
        deed,
        batch: LedgerBatch::default(),
        notes: Vec::new(),
        segments: Some(segments),
        totals: LedgerTotals { microseconds: "0".to_owned(), money: BTreeMap::new(), ..LedgerTotals::default() },
        aliases: Vec::new(),
        invoices: Vec::new(),
        files: Vec::new(),
        month: Some(Box::new(note)),
    }))
}
