//! What the ledger tells: one document, one entry.

use std::collections::{BTreeMap, BTreeSet};

use super::log::LedgerTable;
use super::log::{AliasOf, LogAction, LogEntry, names_of, recorded};
use super::{FrozenInvoice, Ledger, LedgerError, Store, Unproven, entry_name, segment, unreadable};
use crate::calendar::Date;
use crate::diff::Since;
use crate::document::invoice_from_json;
use crate::explain::{self, Past};
use crate::posted::{AliasNames, Book, BookEntry, DocumentKind, Effect, LedgerBatch, Line, LineKind, Portions};
use crate::quantity::{Currency, Hours, Percent, Quantity, UnitPrice};

/// One portion of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursMoved {
    pub sequence: u64,
    pub deed: LogAction,
    pub document: String,
    pub kind: DocumentKind,
    pub effect: Effect,
    pub line_no: u32,
    pub order_line: String,
    /// Of the line.
    pub quantity: Quantity,
    pub uom: String,
    pub price: UnitPrice,
    pub discount: Percent,
    pub currency: Option<Currency>,
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
    pub fn document(&self, id: &str) -> Result<BookEntry, LedgerError> {
        let book = self.book(&self.log()?)?;
        book.find(id).cloned().ok_or_else(|| LedgerError::NoDocument(id.to_owned()))
    }

    /// Everything that was billed and taken back of an entry, in the order in which it happened.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn history(&self, entry_id: &str) -> Result<Vec<HoursMoved>, LedgerError> {
        let mut history = Vec::new();
        let log = self.log()?;
        let names = names_of(recorded(&log), AliasOf::Entry);
        // What was posted of it under another id is of the same work (G5).
        let ids: BTreeSet<&str> = names.family(entry_id).chain([entry_id]).collect();
        for commit in &log {
            history.extend(self.moved(commit, &ids)?);
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
                let closes = document.map_or(0, |document| document.effect.closes(hours));
                if closes == 0 {
                    continue;
                }
                let hours = i128::from(closes);
                // What a credit took back is closed again when it is undone.
                let takes_back = document
                    .is_some_and(|document| document.effect == Effect::Rebill && document.kind != DocumentKind::Undo);
                let closing = since.entries.entry(id.to_owned()).or_default();
                closing.net += if from <= to { hours } else { -hours };
                closing.moved += if takes_back { -hours } else { hours };
            }
        }
        Ok(since)
    }

    /// What the ledger says about an id, for `explain`.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn past(&self, id: &str) -> Result<Past, LedgerError> {
        let log = self.log()?;
        self.past_on((&log, self.book(&log)?), id)
    }

    /// The same of what is called so: an id, and, where it is the number of a document (N10), the document of it.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn pasts(&self, called: &str) -> Result<Vec<(String, Past)>, LedgerError> {
        let log = self.log()?;
        let book = self.book(&log)?;
        let numbered = match book.find(called) {
            Some(_) => None,
            None => self.issued(&log)?.numbered(called).map(str::to_owned),
        };
        let mut pasts = Vec::new();
        for id in std::iter::once(called).chain(numbered.as_deref()) {
            pasts.push((id.to_owned(), self.past_on((&log, book.clone()), id)?));
        }
        Ok(pasts)
    }

    fn past_on(&self, (log, book): (&[LogEntry], Book), id: &str) -> Result<Past, LedgerError> {
        let deed = |commit: &LogEntry| explain::PastDeed {
            at: commit.deed.at.clone(),
            by: commit.deed.by.clone(),
            reason: commit.deed.reason.clone(),
            request: commit.deed.request.clone(),
        };
        let (names, mut portions) = (names_of(recorded(log), AliasOf::Entry), Vec::new());
        for commit in log {
            self.add_portions(commit, &book, (id, &names), &mut portions)?;
        }
        let papers = self.papers(log, id)?;
        Ok(Past { deeds: log.iter().map(deed).collect(), book, portions, papers })
    }

    /// What was issued for documents; of the one with the id with the service period that it says.
    fn papers(&self, log: &[LogEntry], id: &str) -> Result<BTreeMap<String, explain::PastPaper>, LedgerError> {
        let mut papers = BTreeMap::new();
        for of in self.issued(log)?.iter() {
            let service = match of.document == id {
                true => self.frozen_of(log, of)?.map(|frozen| service_period(&frozen)).transpose()?,
                false => None,
            };
            let number = of.number.as_ref().map(|number| number.text.clone());
            let (issue_date, due_date) = (of.issue_date, of.due_date);
            papers.insert(of.document.clone(), explain::PastPaper { number, issue_date, due_date, service });
        }
        Ok(papers)
    }

    /// The portions of a commit that an id is about, looked for object by object: all of them at once may be many.
    fn add_portions(
        &self,
        commit: &LogEntry,
        book: &Book,
        (id, names): (&str, &AliasNames),
        found: &mut Vec<explain::PastPortion>,
    ) -> Result<(), LedgerError> {
        let mut batch = self.batch(commit, false)?;
        let wanted: Vec<bool> = batch
            .lines
            .iter()
            .map(|line| batch.document_of(line).is_some_and(|document| bears(book, &document.id, id)))
            .collect();
        for object in commit.objects.iter().filter(|object| object.table == LedgerTable::Portions) {
            batch.portions = Portions::default();
            segment::read_portions(self.object(object)?, &mut batch).map_err(|error| unreadable(object, &error))?;
            for (row, &at) in batch.portions.lines.iter().enumerate() {
                let known_as = batch.portions.ids.get(row);
                let own = known_as == id || names.now(known_as) == id;
                if wanted.get(at as usize) != Some(&true) && !own {
                    continue;
                }
                let line = batch.lines.get(at as usize);
                let Some((line, document)) = line.and_then(|line| Some((line, batch.document_of(line)?))) else {
                    continue;
                };
                let told = past_portion(&batch, row, &document.id, line.line_no);
                found.push(if own { explain::PastPortion { id: id.to_owned(), ..told } } else { told });
            }
        }
        Ok(())
    }

    fn moved(&self, commit: &LogEntry, ids: &BTreeSet<&str>) -> Result<Vec<HoursMoved>, LedgerError> {
        let batch = self.batch(commit, true)?;
        let portions = &batch.portions;
        let columns = portions.lines.iter().zip(&portions.dates).zip(&portions.hours).zip(&portions.known);
        let of_entry = portions.ids.iter().zip(columns).filter(|(id, _)| ids.contains(id));
        let moved = of_entry.filter_map(|(_, (((line, days), hours), known))| {
            let line = batch.lines.get(*line as usize)?;
            let document = batch.document_of(line)?;
            Some(HoursMoved {
                sequence: commit.sequence,
                deed: commit.deed.clone(),
                document: document.id.clone(),
                kind: document.kind,
                effect: document.effect,
                line_no: line.line_no,
                order_line: line.order_line.clone(),
                quantity: line.quantity,
                uom: line.uom.clone(),
                price: line.price,
                discount: line.discount,
                currency: document.currency,
                date: Date::from_days(*days),
                hours: Hours::from_micros(*hours),
                known: Hours::from_micros(*known),
            })
        });
        Ok(moved.collect())
    }
}

/// B10: as the document says it.
fn service_period(frozen: &FrozenInvoice) -> Result<(Date, Date), LedgerError> {
    let invoice = invoice_from_json(frozen.json.as_bytes()).map_err(|error| {
        let object = format!("{} document `{}`", entry_name(frozen.issued.sequence), frozen.issued.document);
        LedgerError::Damaged(vec![Unproven { object, text: error.to_string() }])
    })?;
    Ok((invoice.from, invoice.to))
}

/// A document bears the id, or takes back from one that does.
fn bears(book: &Book, document: &str, id: &str) -> bool {
    let mut of = Some(document);
    while let Some(document) = of {
        if document == id {
            return true;
        }
        of = book.find(document).and_then(|entry| entry.document.source.as_deref());
    }
    false
}

fn past_portion(batch: &LedgerBatch, row: usize, document: &str, line_no: u32) -> explain::PastPortion {
    let of = batch.portions.at(row);
    let covered = batch.lines.get(of.line as usize).filter(|line| line.kind == LineKind::Covered);
    explain::PastPortion {
        id: of.id.to_owned(),
        known_as: of.id.to_owned(),
        document: document.to_owned(),
        line_no,
        date: Date::from_days(of.days),
        hours: Hours::from_micros(of.hours),
        known: Hours::from_micros(of.known),
        // M8: of time lines the document tells it.
        uplift: covered.map_or(Hours::ZERO, |_| Hours::from_micros(of.uplift)),
    }
}
