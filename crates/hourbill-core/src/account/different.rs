//! Work for one customer on the order line of another (L6). There may be a great many such entries, all of them findings with long
//! texts: what is kept is which entries they are, and a finding is told when somebody asks for it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::Share;
use crate::bug::OrBug;
use crate::finding::{Code, Finding, Subject};
use crate::ident::{Idx, first_bytes};
use crate::model::{Entry, OrderLine, Ticket, World};

/// Entries and tickets whose customer is of another tree than the one who is billed.
#[derive(Debug, Default)]
pub struct DifferentCustomers {
    /// That name the line themselves, or were moved; sorted by id.
    entries: Vec<Idx<Entry>>,
    /// That name the line for their entries; sorted by id.
    tickets: Vec<Idx<Ticket>>,
}

impl DifferentCustomers {
    pub(super) fn of(world: &World, shares: &[Share]) -> DifferentCustomers {
        let mut tickets: Vec<Idx<Ticket>> = shares.iter().flat_map(|share| &share.foreign_tickets).copied().collect();
        tickets.par_sort_unstable();
        tickets.dedup();
        let entries: Vec<Idx<Entry>> = shares.iter().flat_map(|share| &share.foreign_entries).copied().collect();
        DifferentCustomers {
            entries: by_id(entries, |idx| world.entries.id(idx)),
            tickets: by_id(tickets, |idx| world.tickets.id(idx)),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len() + self.tickets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `nth` of them in the order of findings.
    fn get(&self, world: &World, nth: usize) -> Option<Finding> {
        // Findings on entries come before those on tickets.
        match self.entries.get(nth) {
            Some(&idx) => {
                let entry = world.entries.at(idx);
                finding(world, Subject::Entry, entry.id(), entry.ticket?, world.named_line(&entry), entry.place())
            }
            None => {
                let idx = *self.tickets.get(nth - self.entries.len())?;
                let place = world.tickets.at(idx).place;
                finding(world, Subject::Ticket, world.tickets.id(idx), idx, world.ticket_link(idx).line, place)
            }
        }
    }
}

fn by_id<'a, T: Copy + Send + Sync>(all: Vec<T>, id: impl Fn(T) -> &'a str + Sync) -> Vec<T> {
    let mut keyed: Vec<(u128, T)> = all.into_par_iter().map(|one| (first_bytes(id(one)), one)).collect();
    keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))));
    keyed.into_iter().map(|(_, one)| one).collect()
}

fn finding(
    world: &World,
    subject: Subject,
    id: &str,
    ticket: Idx<Ticket>,
    line: Option<Idx<OrderLine>>,
    place: crate::finding::Place,
) -> Option<Finding> {
    let (ticket, line) = (world.tickets.at(ticket), line?);
    let of_line = world.customers.id(world.lines.at(line).customer);
    let (of_ticket, line, what) = (world.customers.id(ticket.customer), world.lines.id(line), subject.name());
    let (is_for, sold) = ("` is for customer `", "`, its order line `");
    // In one allocation of its length.
    let message =
        [what, " `", id, is_for, of_ticket, sold, line, "` is sold to `", of_line, "`, who is billed"].concat();
    Some(Finding { code: Code::DifferentCustomer, subject, id: id.to_owned(), message, place: Some(place) })
}

/// All findings of a run, in order.
#[derive(Clone, Copy)]
pub struct Findings<'a> {
    told: &'a [Finding],
    different: Option<(&'a World, &'a DifferentCustomers)>,
    /// Position of the first on different customers.
    split: usize,
}

impl<'a> Findings<'a> {
    /// `told` are sorted, and none of them is on different customers.
    pub fn new(told: &'a [Finding], world: &'a World, different: &'a DifferentCustomers) -> Findings<'a> {
        let split = told.partition_point(|finding| finding.code < Code::DifferentCustomer);
        Findings { told, different: Some((world, different)), split }
    }

    /// Those of inputs alone.
    pub fn of_inputs(told: &'a [Finding]) -> Findings<'a> {
        Findings { told, different: None, split: told.len() }
    }

    pub fn len(self) -> usize {
        self.told.len() + self.on_different()
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    fn on_different(self) -> usize {
        self.different.map_or(0, |(_, different)| different.len())
    }

    pub fn get(self, nth: usize) -> Option<Cow<'a, Finding>> {
        if let (Some(behind), Some((world, different))) = (nth.checked_sub(self.split), self.different)
            && behind < different.len()
        {
            return different.get(world, behind).map(Cow::Owned);
        }
        let skipped = if nth < self.split { 0 } else { self.on_different() };
        self.told.get(nth - skipped).map(Cow::Borrowed)
    }

    pub fn iter(self) -> impl Iterator<Item = Cow<'a, Finding>> {
        (0..self.len()).filter_map(move |nth| self.get(nth))
    }

    /// The positions of the findings of each code there is.
    pub fn by_code(self) -> BTreeMap<Code, Range<usize>> {
        let mut ranges: BTreeMap<Code, Range<usize>> = BTreeMap::new();
        for of_code in self.told.chunk_by(|one, other| one.code == other.code) {
            let code = of_code.first().or_bug("a chunk is not empty").code;
            let start = self.told.partition_point(|finding| finding.code < code);
            let skipped = if start < self.split { 0 } else { self.on_different() };
            ranges.insert(code, start + skipped..start + skipped + of_code.len());
        }
        if self.on_different() > 0 {
            ranges.insert(Code::DifferentCustomer, self.split..self.split + self.on_different());
        }
        ranges
    }

    /// How many findings of each code there are.
    pub fn counts(self) -> BTreeMap<Code, u64> {
        self.by_code().into_iter().map(|(code, range)| (code, range.len() as u64)).collect()
    }
}
