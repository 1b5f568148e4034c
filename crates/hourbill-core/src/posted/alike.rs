//! G5: the two that are held against each other: an entry that has vanished, and a row that the ledger does not know.

use super::entries::LineCode;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Customer, EntryView, World};
use crate::quantity::Hours;

/// What an entry of the export resembles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resembled {
    pub id: String,
    pub hours: Hours,
    pub date: Date,
    pub covered: bool,
    /// The entry that it resembles is exported, too: a post has recorded the two as the same work.
    pub is_back: bool,
}

/// What the ledger has of an entry that is not in the export.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    pub closed: i64,
    pub covered: i64,
    pub date: Date,
    /// Microseconds that the entry had in the export when it was posted last.
    pub known: i64,
    pub line: LineCode,
    pub said: Option<KnownWork>,
}

#[derive(Clone, Debug)]
pub(super) struct KnownWork {
    pub employee: Option<String>,
    pub ticket: Option<String>,
    pub customer: Option<String>,
    pub text: Option<u32>,
}

impl Missing {
    pub fn is_left(&self) -> bool {
        self.closed != 0 || self.covered != 0
    }

    /// What a row resembles that may be this entry; `id` is the entry's.
    pub fn resembled(&self, id: &str) -> Resembled {
        let hours = Hours::from_micros(if self.covered == 0 { self.closed } else { self.covered });
        Resembled { id: id.to_owned(), hours, date: self.date, covered: self.covered != 0, is_back: false }
    }
}

/// An entry that has vanished, as rows are held against it.
pub(super) struct Candidate<'a> {
    pub id: &'a str,
    pub missing: &'a Missing,
    pub root: Idx<Customer>,
    /// It is dated one day before or after the dates of the export: only a row with its text and its ticket resembles it.
    pub outside: bool,
}

impl Candidate<'_> {
    pub fn days(&self) -> i32 {
        self.missing.date.days()
    }

    /// Microseconds that it had when it was posted.
    pub fn hours(&self) -> i64 {
        self.missing.known
    }

    pub fn employee(&self) -> Option<&str> {
        self.missing.said.as_ref()?.employee.as_deref()
    }

    /// The row has its text, which is not empty, and its ticket.
    pub fn has_words_of(&self, row: &UnknownRow<'_>) -> bool {
        let Some(told) = &self.missing.said else { return false };
        let ticket = told.ticket.as_deref().unwrap_or_default();
        told.text.is_some_and(|text| text != 0 && text == row.text) && ticket == row.ticket
    }

    pub fn resembled(&self) -> Resembled {
        self.missing.resembled(self.id)
    }
}

/// A row that the ledger does not know.
pub(super) struct UnknownRow<'a> {
    pub position: usize,
    pub id: &'a str,
    pub days: i32,
    pub hours: i64,
    pub employee: &'a str,
    pub ticket: &'a str,
    pub text: u32,
    pub of_line: Option<Idx<Customer>>,
    pub of_ticket: Option<Idx<Customer>>,
    pub taken: bool,
}

impl<'a> UnknownRow<'a> {
    pub fn new(world: &'a World, position: usize, entry: &EntryView<'a>) -> Option<UnknownRow<'a>> {
        let of_ticket = entry.ticket.map(|ticket| world.ticket_link(ticket).root);
        let of_ticket = of_ticket.or_else(|| world.customer_of(entry).map(|of| world.root(of)));
        let of_line = entry.line.map(|line| world.line_link(line).root).or(of_ticket);
        let (employee, text) = entry.work();
        Some(UnknownRow {
            position,
            id: entry.id(),
            days: entry.date()?.days(),
            hours: entry.hours.micros(),
            employee,
            ticket: entry.ticket.map_or("", |ticket| world.tickets.id(ticket)),
            text,
            of_line,
            of_ticket,
            taken: false,
        })
    }
}
