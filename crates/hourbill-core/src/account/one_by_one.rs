//! Entries with the same fault: the first are told one by one, the rest together.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::model::{EntryView, OrderLine, World};

/// Of the entries of an order line with the same fault so many are told one by one.
const SHOWN_MAX: usize = 20;

/// Entries with the same fault, each with what is said of it, by the order lines on whose account they have it. Lines are whole in a pass, a
/// shard or a part: the findings are the same however a run is split.
pub(super) type Faulty<'a, L, T> = BTreeMap<L, Vec<(EntryView<'a>, T)>>;

/// Findings about the first entries of each key, and one about its line with the others.
pub(super) fn findings<L: Copy + Ord, T>(
    world: &World,
    code: Code,
    faulty: Faulty<'_, L, T>,
    line: impl Fn(L) -> Idx<OrderLine>,
    one: impl Fn(L, &EntryView<'_>, &T) -> String,
    rest: impl Fn(L, &[(EntryView<'_>, T)]) -> String,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, mut entries) in faulty {
        entries.sort_by_key(|(entry, _)| (entry.id(), entry.place()));
        let (first, others) = entries.split_at(SHOWN_MAX.min(entries.len()));
        for (entry, of) in first {
            let (id, place) = (entry.id().to_owned(), Some(entry.place()));
            findings.push(Finding { code, subject: Subject::Entry, id, message: one(key, entry, of), place });
        }
        if !others.is_empty() {
            let (id, place) = (world.lines.id(line(key)).to_owned(), Some(world.lines.at(line(key)).place));
            findings.push(Finding { code, subject: Subject::OrderLine, id, message: rest(key, others), place });
        }
    }
    findings
}
