//! G5, G13: an export in which all ids are others, those of customers, too. Customers whom the ledger knows are named by no row then, and
//! customers whom it does not know have the same work. No tree says that the two are one; what was billed to the one is in doubt for the other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::alike::{Missing, Resembled, UnknownRow};
use super::seen::Posted;
use super::vanished::DateRange;
use crate::ident::Idx;
use crate::model::{Customer, World};

/// Day, microseconds, employee and text: no blank stands for any of them.
type Work<'a> = (i32, i64, &'a str, u32);

/// The vanished entries of customers whom no row names, by what they said.
pub(super) struct OfNobody<'a> {
    by_work: HashMap<Work<'a>, Resembled>,
}

/// What is in doubt of customers whom the ledger does not know.
pub(super) struct Succeeded {
    /// By position of the row: the first vanished entry, by id, that said exactly the same. Several rows may resemble one: each is looked
    /// at by itself, whichever part of a run it is in.
    pub rows: BTreeMap<usize, Resembled>,
    /// The roots of their commercial trees.
    pub roots: BTreeSet<Idx<Customer>>,
}

impl<'a> OfNobody<'a> {
    /// Of vanished entries, sorted by id.
    pub fn new(
        world: &World,
        missing: impl Iterator<Item = (&'a String, &'a Missing)>,
        range: DateRange,
    ) -> OfNobody<'a> {
        let mut by_work = HashMap::new();
        for (id, missing) in missing {
            let is_known = |customer: &String| world.customers.find(customer).is_some();
            let Some(told) = missing.said.as_ref().filter(|_| missing.line.line().is_none()) else { continue };
            let (Some(customer), Some(employee), Some(text)) = (&told.customer, &told.employee, told.text) else {
                continue;
            };
            if is_known(customer) || employee.is_empty() || text == 0 || !range.holds(missing.date.days()) {
                continue;
            }
            let work = (missing.date.days(), missing.known, employee.as_str(), text);
            by_work.entry(work).or_insert_with(|| missing.resembled(id));
        }
        OfNobody { by_work }
    }

    /// The rows that say what one of them said, of trees of which the ledger knows no line and no entry. What a post has held of one that
    /// it knows by now stays in doubt: other work of the tree was posted meanwhile.
    pub fn succeeded(&self, world: &'a World, posted: &Posted) -> Succeeded {
        let mut alike = self.alike(world, posted);
        let trees: BTreeSet<Idx<Customer>> = alike.iter().map(|(root, ..)| *root).collect();
        let known = known_of(world, posted, &trees);
        alike.retain(|(root, position, _)| !known.contains(root) || posted.entries.get(*position).held);
        Succeeded {
            roots: alike.iter().map(|(root, ..)| *root).collect(),
            rows: alike.into_iter().map(|(_, position, resembled)| (position, resembled.clone())).collect(),
        }
    }

    /// The rows of any tree that the ledger does not know and that say what one of them said; root, position, and what it is.
    fn alike(&self, world: &'a World, posted: &Posted) -> Vec<(Idx<Customer>, usize, &Resembled)> {
        let mut alike = Vec::new();
        if self.by_work.is_empty() {
            return alike;
        }
        // Few rows have such hours: only those are looked at.
        let hours: HashSet<i64> = self.by_work.keys().map(|(_, hours, ..)| *hours).collect();
        for (start, chunk) in world.entries.chunks() {
            for (position, entry) in (start..).zip(chunk.iter()) {
                let fits = hours.contains(&entry.hours.micros()) && entry.usable();
                if !fits || posted.entries.is_known(position) || posted.resembled.contains_key(&position) {
                    continue;
                }
                let Some(row) = UnknownRow::new(world, position, &entry) else { continue };
                let said = self.by_work.get(&(row.days, row.hours, row.employee, row.text));
                let said = said.filter(|_| world.adjustments.release_of_entry(entry.id()).is_none());
                alike.extend(row.of_line.zip(said).map(|(root, resembled)| (root, position, resembled)));
            }
        }
        alike
    }
}

/// Those of some trees of which the ledger knows an order line or an entry, and not only because a person says that it is one of the
/// customer who left: the rest of the work is in doubt as before.
fn known_of(world: &World, posted: &Posted, trees: &BTreeSet<Idx<Customer>>) -> BTreeSet<Idx<Customer>> {
    if trees.is_empty() {
        return BTreeSet::new();
    }
    let mut known = posted.lines.known_trees(world);
    let chunks = world.entries.chunks();
    let entries = chunks.flat_map(|(start, chunk)| (start..).zip(chunk.iter()));
    let is_own = |position: usize| posted.entries.is_known(position) && !posted.known_as.contains_key(&position);
    let of_ledger = entries.filter(|(position, _)| is_own(*position));
    let roots = of_ledger.filter_map(|(position, entry)| UnknownRow::new(world, position, &entry)?.of_line);
    known.extend(roots.filter(|root| trees.contains(root)));
    known
}
