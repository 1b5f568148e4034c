//! What people ask for beside the exports: down payments (D1), adjustments of drafts (SPEC 8), credits (SPEC 7).

use std::collections::BTreeMap;

use super::{Customer, Entry, Order, OrderLine, Ticket};
use crate::calendar::Date;
use crate::down_payment::{Method, request_key};
use crate::finding::Place;
use crate::ident::{Ids, Idx};
use crate::quantity::{Hours, Percent, Quantity, UnitPrice};

/// A request for a down payment.
#[derive(Clone, Debug)]
pub struct Request {
    pub order: String,
    pub method: Method,
    pub requested_on: Option<Date>,
    pub place: Place,
}

impl Request {
    /// What it is known by beside its order (D1).
    pub fn key(&self) -> String {
        request_key(self.requested_on, self.method)
    }
}

/// What an adjustment does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Hold,
    WriteOff,
    NonBillable,
    /// At most so many hours in this run.
    CapHours(Hours),
    /// To the order line of this id.
    Move(String),
    Price(UnitPrice),
    Discount(Percent),
    /// A text for the customer.
    Note(String),
}

impl Action {
    /// The word of the input.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Hold => "hold",
            Action::WriteOff => "write_off",
            Action::NonBillable => "non_billable",
            Action::CapHours(_) => "cap_hours",
            Action::Move(_) => "move",
            Action::Price(_) => "price",
            Action::Discount(_) => "discount",
            Action::Note(_) => "note",
        }
    }

    /// What stands behind the word.
    pub fn value(&self) -> String {
        match self {
            Action::Hold | Action::WriteOff | Action::NonBillable => String::new(),
            Action::CapHours(hours) => hours.to_string(),
            Action::Move(line) => line.clone(),
            Action::Price(price) => price.to_string(),
            Action::Discount(percent) => percent.to_string(),
            Action::Note(text) => text.clone(),
        }
    }
}

/// A kind of thing that an adjustment can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    Customer,
    Order,
    OrderLine,
    Ticket,
    Entry,
    Draft,
}

impl TargetKind {
    pub const ALL: [TargetKind; 6] = [
        TargetKind::Customer,
        TargetKind::Order,
        TargetKind::OrderLine,
        TargetKind::Ticket,
        TargetKind::Entry,
        TargetKind::Draft,
    ];

    /// The word before the colon of a target.
    pub fn name(self) -> &'static str {
        match self {
            TargetKind::Customer => "customer",
            TargetKind::Order => "order",
            TargetKind::OrderLine => "order_line",
            TargetKind::Ticket => "ticket",
            TargetKind::Entry => "entry",
            TargetKind::Draft => "draft",
        }
    }
}

/// One edit of a draft by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub action: Action,
    /// Said before the id, or `None`: what bears the id decides.
    pub kind: Option<TargetKind>,
    pub id: String,
    pub reason: String,
    pub by: String,
    pub on: Option<Date>,
    pub place: Place,
}

impl Adjustment {
    /// `cap_hours 5: agreed with the customer (anna, 2026-10-31)`: action, value, reason and author.
    pub fn told(&self) -> String {
        let value = self.action.value();
        let value = if value.is_empty() { value } else { format!(" {value}") };
        let on = self.on.map(|on| on.to_string());
        let author: Vec<&str> =
            [Some(self.by.as_str()).filter(|by| !by.is_empty()), on.as_deref()].into_iter().flatten().collect();
        let author = if author.is_empty() { String::new() } else { format!(" ({})", author.join(", ")) };
        format!("{}{value}: {}{author}", self.action.name(), self.reason)
    }
}

/// Adjustments of one entry or one ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkEdits {
    pub hold: Option<Idx<Adjustment>>,
    pub write_off: Option<Idx<Adjustment>>,
    pub non_billable: Option<Idx<Adjustment>>,
    pub moved: Option<(Idx<OrderLine>, Idx<Adjustment>)>,
}

/// Adjustments of one order line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEdits {
    pub cap: Option<(Hours, Idx<Adjustment>)>,
    /// The line has the new price; this is the one of the export.
    pub price: Option<(UnitPrice, Idx<Adjustment>)>,
    /// The line has the new discount; this is the one of the export.
    pub discount: Option<(Percent, Idx<Adjustment>)>,
    pub notes: Vec<Idx<Adjustment>>,
}

/// All adjustments, by what they adjust.
#[derive(Default)]
pub struct Adjustments {
    /// In an order that does not depend on where the rows stand.
    pub rows: Vec<Adjustment>,
    /// Ids that may be those of entries.
    pub wanted_entries: Ids<Entry>,
    /// By place of the entry: all others bear no [`super::Facts::ADJUSTED`].
    pub entries: BTreeMap<Place, WorkEdits>,
    pub tickets: BTreeMap<Idx<Ticket>, WorkEdits>,
    pub lines: BTreeMap<Idx<OrderLine>, LineEdits>,
    pub held_orders: BTreeMap<Idx<Order>, Idx<Adjustment>>,
    pub held_customers: BTreeMap<Idx<Customer>, Idx<Adjustment>>,
    pub customer_notes: BTreeMap<Idx<Customer>, Vec<Idx<Adjustment>>>,
    pub order_notes: BTreeMap<Idx<Order>, Vec<Idx<Adjustment>>>,
    /// By id of the draft.
    pub draft_notes: BTreeMap<String, Vec<Idx<Adjustment>>>,
}

impl Adjustments {
    pub fn get(&self, idx: Idx<Adjustment>) -> Option<&Adjustment> {
        self.rows.get(idx.position())
    }

    /// What an adjustment says, empty for none.
    pub fn told(&self, idx: Idx<Adjustment>) -> String {
        self.get(idx).map(Adjustment::told).unwrap_or_default()
    }

    pub fn of_line(&self, line: Idx<OrderLine>) -> Option<&LineEdits> {
        self.lines.get(&line)
    }

    /// Entries or tickets are on hold, or lines capped: entries of a line may have to be parted.
    pub fn part_lines(&self) -> bool {
        let holds = |edits: &WorkEdits| edits.hold.is_some();
        self.entries.values().any(holds)
            || self.tickets.values().any(holds)
            || self.lines.values().any(|edits| edits.cap.is_some())
    }
}

/// What becomes of credited hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// They are open again.
    Rebill,
    /// They stay closed and are never billed.
    WriteOff,
}

/// What a credit takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credited {
    /// All hours of the entry on the document, or so many.
    Entry { id: String, hours: Option<Hours> },
    /// So many hours of an order line.
    Line { id: String, hours: Hours },
    /// Of a down payment, with tax, in units of the document's currency.
    Amount(Quantity),
}

/// A row of the credits input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    pub document: String,
    pub what: Credited,
    pub treatment: Treatment,
    pub reason: String,
    pub by: String,
    pub on: Option<Date>,
    pub place: Place,
}
