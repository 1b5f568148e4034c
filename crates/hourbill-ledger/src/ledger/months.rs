//! Closing months and opening them again (K3 to K7), and what a close keeps of its month (K6).

use std::collections::{BTreeMap, BTreeSet};

use super::act::{Plan, Planned};
use super::log::{LedgerTable, LedgerTotals, LogAction, LogActionKind, LogEntry, MonthNote, Object, nothing};
use super::month_deeds::{deed_of, months};
use super::{Actor, Ledger, LedgerError, Segments, Store, Unproven, log, object};
use crate::calendar::CalendarMonth;
use crate::closed::{Kept, KeptEntries, kept_balances};
use crate::posted::{ClosedMonths, Head, LedgerBatch, MonthState, OutOfOrder};
use crate::quantity::HoursSum;
use crate::statement::MovementKind;

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
    /// The table of the month's entries, that of the packs, and that of what moved them.
    pub entries: (u64, Vec<u8>),
    pub packs: (u64, Vec<u8>),
    pub movements: (u64, Vec<u8>),
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
    pub fn plan_close(&self, asked: &MonthAsked, closing: MonthClosing, doer: &Actor) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        if let Some(nothing) = self.out_of_order(&log, asked)? {
            return Ok(nothing);
        }
        let head = log.last().map_or_else(nothing, LogEntry::head);
        if head != closing.head {
            return Err(LedgerError::Conflict("the ledger has moved meanwhile: repeat the command".to_owned()));
        }
        let MonthClosing { run, ignored, kept, entries, packs, movements, .. } = closing;
        let note = note(asked, run, ignored, Some(kept));
        let segment = |table, (rows, bytes): (u64, Vec<u8>)| (object(table, rows, &bytes), bytes);
        let segments = Segments(vec![
            segment(LedgerTable::ClosedEntries, entries),
            segment(LedgerTable::ClosedPacks, packs),
            segment(LedgerTable::ClosedMovements, movements),
        ]);
        Ok(plan(head, doer.deed(LogActionKind::Close, "", asked.request()), note, segments))
    }

    /// Opening a month again.
    ///
    /// # Errors
    /// A conflict when a later month was closed after it.
    pub fn plan_reopen(&self, asked: &MonthAsked, doer: &Actor) -> Result<Plan, LedgerError> {
        let log = self.log()?;
        if let Some(nothing) = self.out_of_order(&log, asked)? {
            return Ok(nothing);
        }
        let head = log.last().map_or_else(nothing, LogEntry::head);
        let note = note(asked, String::new(), Vec::new(), None);
        Ok(plan(head, doer.deed(LogActionKind::ReopenMonth, "", asked.request()), note, Segments(Vec::new())))
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

    /// S2: the movements that a close keeps of a pack come to the balance that it keeps of it. Versions of hourbill before kept it with the hours
    /// that had expired: `expired` has those that closes have kept so far.
    fn moves_add_up(&self, entry: &LogEntry, expired: &mut BTreeSet<(String, HoursSum)>) -> Result<bool, LedgerError> {
        let mut moved: BTreeMap<String, HoursSum> = BTreeMap::new();
        let moves = self.kept_movements(std::slice::from_ref(entry))?;
        for of in moves.into_values().flatten() {
            *moved.entry(of.pack.clone()).or_default() += of.kind.effect(of.hours);
            if of.kind == MovementKind::Expired {
                expired.insert((of.pack, of.hours));
            }
        }
        let mut left = BTreeMap::new();
        for of in entry.objects.iter().filter(|of| of.table == LedgerTable::ClosedPacks) {
            left.extend(kept_balances(self.object(of)?).ok_or_else(|| damaged(of, "it cannot be read"))?);
        }
        Ok(moved.into_iter().all(|(pack, hours)| {
            let more = left.get(&pack).map(|left| *left - hours);
            more.is_some_and(|more| more.is_zero() || expired.contains(&(pack, more)))
        }))
    }

    /// What must hold of months: they are closed and reopened in order, and what a close says is what it keeps.
    pub(super) fn months_unproven(&self, log: &[LogEntry]) -> Result<Vec<Unproven>, LedgerError> {
        let (mut failed, mut months, mut expired) = (Vec::new(), ClosedMonths::default(), BTreeSet::new());
        for entry in log {
            let mut wrong = |text: &str| {
                failed.push(Unproven { object: log::name(entry.sequence), text: text.to_owned() });
            };
            let is_of_month = matches!(entry.deed.kind, LogActionKind::Close | LogActionKind::ReopenMonth);
            let Some(note) = &entry.month else {
                if is_of_month {
                    wrong("it does not say which month it is about");
                }
                continue;
            };
            if !is_of_month {
                wrong("it says something of a month, and is no close");
                continue;
            }
            let deed = deed_of(entry.sequence, note);
            let opens = deed.state == MonthState::Open;
            if opens != (entry.deed.kind == LogActionKind::ReopenMonth) || opens != note.kept.is_none() {
                wrong("what it does to its month is not what it is called");
            }
            match months.may(deed.company.as_deref(), deed.month, deed.state) {
                Ok(()) => {}
                Err(OutOfOrder::Done) => wrong("its month was that already"),
                Err(OutOfOrder::First(text)) => wrong(&text),
            }
            if let Some(kept) = &note.kept {
                let entries = self.kept_entries(entry).map(|entries| entries.kept(kept.packs) == *kept);
                let held = [
                    (entries, "its control totals are not those of the entries that it keeps"),
                    (
                        self.moves_add_up(entry, &mut expired),
                        "what it keeps of the packs does not come to their balances",
                    ),
                ];
                for (holds, text) in held {
                    match holds {
                        Ok(true) => {}
                        Ok(false) => {
                            failed.push(Unproven { object: log::name(entry.sequence), text: text.to_owned() });
                        }
                        Err(LedgerError::Damaged(of)) => failed.extend(of),
                        Err(error) => return Err(error),
                    }
                }
            }
            months.add(deed);
        }
        Ok(failed)
    }
}

fn damaged(of: &Object, text: &str) -> LedgerError {
    LedgerError::Damaged(vec![Unproven { object: of.name(), text: text.to_owned() }])
}

fn note(asked: &MonthAsked, run: String, ignored: Vec<String>, kept: Option<Kept>) -> MonthNote {
    let MonthAsked { month, company, state } = asked;
    MonthNote { month: month.to_string(), company: company.clone(), state: *state, run, ignored, kept }
}

/// A change of no document.
fn plan(head: Head, deed: LogAction, note: MonthNote, segments: Segments) -> Plan {
    Plan::Change(Box::new(Planned {
        head,
        deed,
        batch: LedgerBatch::default(),
        notes: Vec::new(),
        segments: Some(segments),
        totals: LedgerTotals { microseconds: "0".to_owned(), money: BTreeMap::new(), ..LedgerTotals::default() },
        aliases: Vec::new(),
        read: None,
        invoices: Vec::new(),
        files: Vec::new(),
        month: Some(Box::new(note)),
    }))
}
