//! What the ledger tells: one document, one entry.

use super::log::{Deed, LogEntry};
use super::{Ledger, LedgerError, Store};
use crate::calendar::Date;
use crate::diff::Since;
use crate::posted::{DocumentKind, Effect, Entry, Line};
use crate::quantity::Hours;

/// One portion of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub sequence: u64,
    pub deed: Deed,
    pub document: String,
    pub kind: DocumentKind,
    pub effect: Effect,
    pub line_no: u32,
    pub order_line: String,
    pub date: Option<Date>,
    pub hours: Hours,
    /// What the entry had then.
    pub known: Hours,
}

impl<S: Store> Ledger<S> {
    /// A document with what is left of it.
    ///
    /// # Errors
    /// No such document, and anything that was altered.
    pub fn document(&self, id: &str) -> Result<Entry, LedgerError> {
        let book = self.book(&self.log()?)?;
        book.find(id).cloned().ok_or_else(|| LedgerError::NoDocument(id.to_owned()))
    }

    /// Everything that was billed and taken back of an entry, in the order in which it happened.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn history(&self, entry_id: &str) -> Result<Vec<Moved>, LedgerError> {
        let mut history = Vec::new();
        for commit in self.log()? {
            history.extend(self.moved(&commit, entry_id)?);
        }
        Ok(history)
    }

    /// What was posted and taken back between two entries of the log; the other way round when the first is the later one.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn since(&self, from: u64, to: u64) -> Result<Since, LedgerError> {
        let mut since = Since::default();
        let between = from.min(to)..from.max(to);
        for commit in self.log()?.iter().filter(|commit| between.contains(&(commit.sequence - 1))) {
            let batch = self.batch(commit, true)?;
            let down_payment = |line: &Line| Some(line.down_payment.clone()).filter(|text| !text.is_empty());
            let named = |line: &Line| down_payment(line).into_iter().chain([line.order_line.clone()]);
            since.lines.extend(batch.lines.iter().flat_map(named).filter(|name| !name.is_empty()));
            let portions = &batch.portions;
            for ((id, line), &hours) in portions.ids.iter().zip(&portions.lines).zip(&portions.hours) {
                let document = batch.lines.get(*line as usize).and_then(|line| batch.document_of(line));
                if document.is_none_or(|document| document.effect == Effect::WriteOff) {
                    continue;
                }
                let hours = i128::from(hours);
                let takes_back = document.is_some_and(|document| document.effect == Effect::Rebill);
                let closing = since.entries.entry(id.to_owned()).or_default();
                closing.net += if from <= to { hours } else { -hours };
                closing.moved += if takes_back { -hours } else { hours };
            }
        }
        Ok(since)
    }

    fn moved(&self, commit: &LogEntry, entry_id: &str) -> Result<Vec<Moved>, LedgerError> {
        let batch = self.batch(commit, true)?;
        let portions = &batch.portions;
        let columns = portions.lines.iter().zip(&portions.dates).zip(&portions.hours).zip(&portions.known);
        let of_entry = portions.ids.iter().zip(columns).filter(|(id, _)| *id == entry_id);
        let moved = of_entry.filter_map(|(_, (((line, days), hours), known))| {
            let line = batch.lines.get(*line as usize)?;
            let document = batch.document_of(line)?;
            Some(Moved {
                sequence: commit.sequence,
                deed: commit.deed.clone(),
                document: document.id.clone(),
                kind: document.kind,
                effect: document.effect,
                line_no: line.line_no,
                order_line: line.order_line.clone(),
                date: Date::from_days(*days),
                hours: Hours::from_micros(*hours),
                known: Hours::from_micros(*known),
            })
        });
        Ok(moved.collect())
    }
}
