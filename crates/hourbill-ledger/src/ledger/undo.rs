//! §7.5: the void of a credit, and what stands in its way.

use std::collections::{BTreeMap, BTreeSet};

use super::log::{AliasOf, LedgerTable, LogEntry, names_of, recorded};
use super::{Ledger, LedgerError, Store};
use crate::bug::OrBug;
use crate::posted::{Book, BookEntry, Document, Effect, LedgerBatch, Line, LineKind, Portions, undo};
use crate::quantity::Money;

impl<S: Store> Ledger<S> {
    /// The document that undoes a credit.
    pub(super) fn plan_undo(
        &self,
        log: &[LogEntry],
        book: &Book,
        credit: &BookEntry,
    ) -> Result<LedgerBatch, LedgerError> {
        let id = credit.document.id.as_str();
        let refuse = |why: String| Err(LedgerError::Conflict(format!("`{id}` cannot be undone: {why}")));
        let source = credit.document.source.as_deref().unwrap_or_default();
        if book.find(source).is_some_and(|entry| entry.voided) {
            return refuse(format!("`{source}`, which it takes back from, was voided since"));
        }
        if let Some(other) = rests_on(book, credit) {
            return refuse(format!("`{other}` took back at the price that it left: undo that one first"));
        }
        let portions = self.portions_of(log, credit)?;
        if credit.document.effect == Effect::Rebill {
            if let Some((entry, document)) = self.billed_since(log, book, credit, &portions)? {
                return refuse(format!("entry `{entry}` was billed since on `{document}`: void that one first"));
            }
            if let Some((line, document)) = quantity_billed_since(log, book, credit) {
                return refuse(format!("{line} was billed since on `{document}`: void that one first"));
            }
        }
        Ok(undo(credit, &portions, book.free_id(&format!("V-{id}"))))
    }

    /// The portions of one document, by the numbers of its lines.
    fn portions_of(&self, log: &[LogEntry], entry: &BookEntry) -> Result<Portions, LedgerError> {
        let mut portions = Portions::default();
        let commit = log.iter().find(|commit| commit.sequence == entry.sequence);
        let batch = self.batch(commit.or_bug("every document of the book is of a commit"), true)?;
        for of in batch.portions.iter() {
            let line = batch.lines.get(of.line as usize).or_bug("a portion is on a line");
            if batch.document_of(line).is_some_and(|document| document.id == entry.document.id) {
                portions.push(line.line_no, of.id, of.days, of.hours, of.known, of.said);
                portions.lift(of.uplift);
            }
        }
        Ok(portions)
    }

    /// An entry of which a credit opened hours, and a later document that has hours of it.
    fn billed_since(
        &self,
        log: &[LogEntry],
        book: &Book,
        credit: &BookEntry,
        portions: &Portions,
    ) -> Result<Option<(String, String)>, LedgerError> {
        // Work may have been billed again under another id (G5).
        let names = names_of(recorded(log), AliasOf::Entry);
        let ids: BTreeSet<&str> = portions.ids.iter().map(|id| names.now(id)).collect();
        let mut since: BTreeMap<(String, String), i128> = BTreeMap::new();
        let later = log.iter().filter(|commit| commit.sequence > credit.sequence && !ids.is_empty());
        for commit in later.filter(|commit| commit.objects.iter().any(|object| object.table == LedgerTable::Portions)) {
            let batch = self.batch(commit, true)?;
            let columns = batch.portions.lines.iter().zip(&batch.portions.hours);
            for (id, (&line, &hours)) in
                batch.portions.ids.iter().zip(columns).filter(|(id, _)| ids.contains(names.now(id)))
            {
                let document = batch.lines.get(line as usize).and_then(|line| batch.document_of(line));
                let Some(document) = document else { continue };
                // What a pack covers is not open any more, too.
                let hours = i128::from(document.effect.closes(hours)) + i128::from(document.effect.covers(hours));
                let Some(original) = original(book, document) else { continue };
                if original.sequence > credit.sequence {
                    *since.entry((id.to_owned(), original.document.id.clone())).or_default() += hours;
                }
            }
        }
        Ok(since.into_iter().find(|(_, hours)| *hours != 0).map(|(found, _)| found))
    }
}

/// The document that billed what another takes back, or takes back no more.
fn original<'a>(book: &'a Book, document: &Document) -> Option<&'a BookEntry> {
    let mut entry = book.find(&document.id)?;
    while let Some(source) = entry.document.source.as_deref() {
        entry = book.find(source)?;
    }
    Some(entry)
}

/// An order line or down payment of which a credit opened something, and a later document that bills it.
fn quantity_billed_since<'a>(log: &[LogEntry], book: &'a Book, credit: &'a BookEntry) -> Option<(String, &'a str)> {
    let names = names_of(recorded(log), AliasOf::OrderLine);
    let later = || {
        let of = |entry: &&BookEntry| entry.sequence > credit.sequence && !entry.document.takes_back() && !entry.voided;
        book.entries().iter().filter(of)
    };
    let same = |line: &Line, other: &Line| match line.kind {
        LineKind::DownPayment => {
            other.kind == line.kind && other.order == line.order && other.down_payment == line.down_payment
        }
        LineKind::Deduction => false,
        // Hours of entries are looked at one by one.
        _ if line.kind == LineKind::Time && other.kind == LineKind::Time => false,
        _ => !other.kind.moves_down_payment() && names.now(&other.order_line) == names.now(&line.order_line),
    };
    let opened = credit.lines.iter().filter(|left| {
        let line = &left.line;
        let quantity = !line.quantity.is_zero() || !line.hours.is_zero();
        quantity || (line.kind == LineKind::DownPayment && line.net != Money::ZERO)
    });
    opened.into_iter().find_map(|left| {
        let line = &left.line;
        let bills = |entry: &&BookEntry| {
            let some = |of: &crate::posted::BookLine| !of.quantity.is_zero() || of.net != Money::ZERO;
            entry.lines.iter().any(|of| some(of) && same(line, &of.line))
        };
        let document = later().find(bills)?;
        let what = match line.kind {
            LineKind::DownPayment => format!("the down payment of order `{}`", line.order),
            _ => format!("order line `{}`", line.order_line),
        };
        Some((what, document.document.id.as_str()))
    })
}

/// A later credit that took hours or a quantity of a line of which this one took an amount: what it gave back rests on the amount.
fn rests_on<'a>(book: &'a Book, credit: &BookEntry) -> Option<&'a str> {
    let by_amount = |line: &&Line| {
        line.hours.is_zero() && line.quantity.is_zero() && !line.kind.moves_down_payment() && line.net != Money::ZERO
    };
    let lines: Vec<u32> =
        credit.lines.iter().map(|left| &left.line).filter(by_amount).filter_map(|line| line.source_line).collect();
    let later = book.entries().iter().filter(|entry| {
        entry.sequence > credit.sequence
            && entry.document.credits()
            && !entry.voided
            && entry.document.source == credit.document.source
    });
    let takes = |entry: &&BookEntry| {
        let of = |left: &crate::posted::BookLine| {
            let line = &left.line;
            let some = !line.hours.is_zero() || !line.quantity.is_zero();
            some && line.source_line.is_some_and(|number| lines.contains(&number))
        };
        entry.lines.iter().any(of)
    };
    later.into_iter().find(takes).map(|entry| entry.document.id.as_str())
}
