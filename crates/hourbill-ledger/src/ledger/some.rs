//! Some drafts of a run are posted, and others wait (`post --invoice`).

use std::collections::BTreeSet;

use crate::bug::OrBug;
use crate::posted::{AliasNames, Document, Effect, LedgerBatch, Line};

/// The documents of a batch that are `chosen`, but for notes of covered hours that rest on a draft which gives hours back (G8, G9) and is not
/// posted now or `before`: they go with that one.
pub(super) fn documents(batch: &LedgerBatch, chosen: &[&str], before: &[&str], names: &AliasNames) -> LedgerBatch {
    let mut chosen: BTreeSet<&str> = chosen.iter().copied().collect();
    for note in resting(batch, &chosen, before, names) {
        chosen.remove(note);
    }
    let mut some = LedgerBatch::default();
    let mut new_documents = Vec::with_capacity(batch.documents.len());
    for document in &batch.documents {
        let kept = chosen.contains(document.id.as_str());
        new_documents.push(u32::try_from(some.documents.len()).ok().filter(|_| kept));
        if kept {
            some.documents.push(document.clone());
        }
    }
    let mut new_lines = Vec::with_capacity(batch.lines.len());
    for line in &batch.lines {
        let document = new_documents.get(line.document as usize).copied().flatten();
        new_lines.push(document.and_then(|_| u32::try_from(some.lines.len()).ok()));
        if let Some(document) = document {
            some.lines.push(Line { document, ..line.clone() });
        }
    }
    for of in batch.portions.iter() {
        let chosen = new_lines.get(of.line as usize).or_bug("a portion is on a line");
        if let Some(line) = *chosen {
            some.portions.push(line, of.id, of.days, of.hours, of.known, of.said);
            some.portions.lift(of.uplift);
        }
    }
    some
}

/// Notes of covered hours of entries of which a draft that waits gives hours back.
fn resting<'a>(
    batch: &'a LedgerBatch,
    chosen: &BTreeSet<&str>,
    before: &[&str],
    names: &AliasNames,
) -> BTreeSet<&'a str> {
    let waits = |document: &Document| {
        let id = document.id.as_str();
        document.source.is_some() && !chosen.contains(id) && !before.contains(&id)
    };
    if !batch.documents.iter().any(waits) {
        return BTreeSet::new();
    }
    let of_line = |line: u32| batch.lines.get(line as usize).and_then(|line| batch.document_of(line));
    let rows = || batch.portions.lines.iter().map(|line| of_line(*line)).zip(batch.portions.ids.iter());
    let waiting = rows().filter(|(document, _)| document.is_some_and(waits)).map(|(_, id)| names.now(id));
    let waiting: BTreeSet<&str> = waiting.collect();
    let covered = rows().filter(|(_, id)| waiting.contains(names.now(id))).filter_map(|(document, _)| document);
    covered.filter(|document| document.effect == Effect::Covered).map(|document| document.id.as_str()).collect()
}
