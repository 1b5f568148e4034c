//! Finds the documents that billed some entries, and what is left of them (G7, G8).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::log::{LedgerTable, LogEntry, Object};
use super::{Ledger, LedgerError, Store, segment, unreadable};
use crate::posted::{
    Book, BookEntry, Corrected, Document, DocumentKind, HeldPortion, LedgerBatch, Line, SaidThen, Source,
};

impl<S: Store> Ledger<S> {
    /// What billed the entries of some ids.
    ///
    /// # Errors
    /// Anything that was altered.
    pub(super) fn corrected(&self, log: &[LogEntry], ids: &HashSet<String>) -> Result<Corrected, LedgerError> {
        if ids.is_empty() {
            return Ok(Corrected::default());
        }
        let objects: Vec<&Object> = log
            .iter()
            .flat_map(|entry| &entry.objects)
            .filter(|object| object.table == LedgerTable::Portions)
            .collect();
        let named = objects.par_iter().map(|object| {
            segment::read_documents_of(self.object(object)?, ids).map_err(|error| unreadable(object, &error))
        });
        let named: Vec<BTreeSet<String>> = named.collect::<Result<_, LedgerError>>()?;
        let named: BTreeSet<String> = named.into_iter().flatten().collect();
        let book = self.book(log)?;
        // What took back from a document is none that billed, nor is what a post noted beside its drafts.
        let bills = |document: &Document| document.source.is_none() && !document.kind.is_note();
        let billed = |id: &String| book.find(id).filter(|entry| bills(&entry.document));
        let mut sources: Vec<BookEntry> = named.iter().filter_map(billed).cloned().collect();
        sources.sort_by_key(|entry| entry.sequence);
        let held = self.left_of(log, &book, &sources, |_, _, _| ())?;
        let sources = sources.into_iter().zip(held).map(|(entry, held)| Source { entry, held }).collect();
        Ok(Corrected::new(sources))
    }

    /// What is left of the entries of some documents, by line and id. `read` is told the number and the records of each commit with some
    /// of them, and of each line of it the source, by its position, and the line of that.
    pub(super) fn left_of(
        &self,
        log: &[LogEntry],
        book: &Book,
        sources: &[BookEntry],
        mut read: impl FnMut(u64, LedgerBatch, &[Option<(usize, u32)>]),
    ) -> Result<Vec<Vec<HeldPortion>>, LedgerError> {
        let by_id: HashMap<&str, usize> =
            sources.iter().enumerate().map(|(at, entry)| (entry.document.id.as_str(), at)).collect();
        let commits: BTreeSet<u64> =
            sources.iter().flat_map(|entry| entry.taken_by.iter().copied().chain([entry.sequence])).collect();
        let mut left: Vec<BTreeMap<(u32, String), HeldPortion>> = vec![BTreeMap::new(); sources.len()];
        for commit in log.iter().filter(|commit| commits.contains(&commit.sequence)) {
            let batch = self.batch(commit, true)?;
            let of_line = |line: &Line| {
                let (document, line_no) = billed(book, batch.document_of(line)?, line)?;
                Some((*by_id.get(document)?, line_no))
            };
            let places: Vec<Option<(usize, u32)>> = batch.lines.iter().map(of_line).collect();
            for (row, &line) in batch.portions.lines.iter().enumerate() {
                let Some((source, line_no)) = places.get(line as usize).copied().flatten() else { continue };
                let number = |column: &[i64]| column.get(row).copied().ok_or(LedgerError::TooLarge);
                let (hours, known) = (number(&batch.portions.hours)?, number(&batch.portions.known)?);
                let days = batch.portions.dates.get(row).copied().ok_or(LedgerError::TooLarge)?;
                let id = batch.portions.ids.get(row);
                let none = || {
                    let said = SaidThen::of(batch.portions.said.get(row));
                    HeldPortion { line_no, id: id.to_owned(), days, hours: 0, uplift: 0, known, said }
                };
                if let Some(of_source) = left.get_mut(source) {
                    let portion = of_source.entry((line_no, id.to_owned())).or_insert_with(none);
                    portion.hours = portion.hours.checked_add(hours).ok_or(LedgerError::TooLarge)?;
                    let uplift = batch.portions.uplifts.get(&row).copied().unwrap_or(0);
                    portion.uplift = portion.uplift.checked_add(uplift).ok_or(LedgerError::TooLarge)?;
                }
            }
            read(commit.sequence, batch, &places);
        }
        let is_some = |portion: &HeldPortion| portion.hours != 0 || portion.uplift != 0;
        let some = |held: BTreeMap<_, HeldPortion>| held.into_values().filter(is_some).collect();
        Ok(left.into_iter().map(some).collect())
    }
}

/// The document and line of it that a line bills, takes back from, or gives back to.
fn billed<'a>(book: &'a Book, document: &'a Document, line: &Line) -> Option<(&'a str, u32)> {
    let Some(source) = document.source.as_deref() else { return Some((&document.id, line.line_no)) };
    if document.kind != DocumentKind::Undo {
        return Some((source, line.source_line?));
    }
    let credit = book.find(source)?;
    let undone = credit.lines.iter().find(|left| Some(left.line.line_no) == line.source_line)?;
    Some((credit.document.source.as_deref()?, undone.line.source_line?))
}
