//! What people ask for beside the exports: down payments (D1), adjustments of drafts (§8), credits (§7).

use std::collections::BTreeMap;

use super::{Customer, Entry, Order, OrderLine, Ticket};
use crate::bound::{BoundFigure, BoundKey};
use crate::bug::OrBug;
use crate::calendar::{Date, Period};
use crate::down_payment::{Method, request_key};
use crate::finding::Place;
use crate::ident::{Ids, Idx};
use crate::quantity::{Hours, Percent, Quantity, UnitPrice};

/// A request for a down payment.
#[derive(Clone, Debug)]
pub struct DownPaymentRequest {
    pub order: String,
    pub method: Method,
    pub requested_on: Option<Date>,
    pub place: Place,
}

impl DownPaymentRequest {
    /// The words by which the request is known beside its order (D1): `2026-10-01 percentage 50`.
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
    /// Bill at most so many hours of an order line; hours that the ledger has closed are among them.
    CapHours(Hours),
    /// Move the work to the order line of this id.
    Move(String),
    Price(UnitPrice),
    Discount(Percent),
    /// A text for the customer.
    Note(String),
    /// G5, G13: it resembles something that was billed, and is other work.
    Release,
    /// G5, G13: it is what was billed under this id.
    SameAs(String),
    /// G10: something that would hold it is fine up to a figure.
    Accept {
        name: String,
        figure: Quantity,
    },
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
            Action::Release => "release",
            Action::SameAs(_) => "same_as",
            Action::Accept { .. } => "accept",
        }
    }

    /// The kinds of things that the action may name. Of several that bear a bare id the first kind is meant: for a hold the widest, so that
    /// no draft leaves that was to wait; for other actions the narrowest.
    pub fn targets(&self) -> &'static [TargetKind] {
        match self {
            Action::Hold => &[
                TargetKind::Customer,
                TargetKind::Order,
                TargetKind::OrderLine,
                TargetKind::Ticket,
                TargetKind::Entry,
                TargetKind::Draft,
            ],
            Action::WriteOff => &[TargetKind::Entry],
            Action::NonBillable | Action::Move(_) => &[TargetKind::Entry, TargetKind::Ticket],
            Action::CapHours(_) | Action::Price(_) | Action::Discount(_) => &[TargetKind::OrderLine],
            Action::Note(_) => &[TargetKind::Customer, TargetKind::Order, TargetKind::OrderLine, TargetKind::Draft],
            Action::Release | Action::SameAs(_) => &[TargetKind::Entry, TargetKind::OrderLine],
            Action::Accept { .. } => {
                &[TargetKind::Run, TargetKind::Entry, TargetKind::OrderLine, TargetKind::Customer, TargetKind::Draft]
            }
        }
    }

    /// The window of the row is about dates of entries; for all other actions it is about the period of the run (§8.2).
    pub fn is_dated(&self) -> bool {
        match self {
            Action::WriteOff
            | Action::NonBillable
            | Action::CapHours(_)
            | Action::Move(_)
            | Action::Price(_)
            | Action::Discount(_) => true,
            Action::Hold | Action::Note(_) | Action::Release | Action::SameAs(_) | Action::Accept { .. } => false,
        }
    }

    /// The value of the action as the input writes it; empty for an action without one.
    pub fn value(&self) -> String {
        match self {
            Action::Hold | Action::WriteOff | Action::NonBillable | Action::Release => String::new(),
            Action::CapHours(hours) => hours.to_string(),
            Action::Move(id) | Action::SameAs(id) => id.clone(),
            Action::Price(price) => price.to_string(),
            Action::Discount(percent) => percent.to_string(),
            Action::Note(text) => text.clone(),
            Action::Accept { name, figure } => format!("{name}<={figure}"),
        }
    }
}

/// The dates for which a row counts, both ends inside; an end that is not said is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Window {
    pub fn is_all(self) -> bool {
        self == Window::default()
    }

    pub fn holds(self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// Some date lies in both.
    pub fn meets(self, other: Window) -> bool {
        let begins_in_time = |from: Option<Date>, to: Option<Date>| from.zip(to).is_none_or(|(from, to)| from <= to);
        begins_in_time(self.from, other.to) && begins_in_time(other.from, self.to)
    }

    /// Some date of it lies in none of the others.
    fn reaches_beyond(self, others: impl Iterator<Item = Window>) -> bool {
        // Far from all dates, and from the ends of what the type holds.
        const FAR: i64 = i64::MAX / 2;
        let days = |date: Option<Date>, far: i64| date.map_or(far, |date| i64::from(date.days()));
        let ends = |window: Window| (days(window.from, -FAR), days(window.to, FAR));
        let (mut next, last) = ends(self);
        let mut others: Vec<(i64, i64)> = others.map(ends).collect();
        others.sort_unstable();
        for (from, to) in others {
            if from > next {
                break;
            }
            next = next.max(to + 1);
        }
        next <= last
    }

    /// Some date lies in it and in the period.
    pub fn touches(self, period: &Period) -> bool {
        self.meets(Window { from: period.from(), to: period.to() })
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
    /// The whole run: it has no id.
    Run,
}

impl TargetKind {
    /// The kinds that may stand before an id (`entry:TS-1`).
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
            TargetKind::Run => "run",
        }
    }
}

/// One edit of a draft by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub action: Action,
    /// The kind that stands before the id; `None` for a bare id: what bears it decides.
    pub kind: Option<TargetKind>,
    pub id: String,
    pub reason: String,
    pub by: String,
    pub on: Option<Date>,
    pub window: Window,
    pub place: Place,
}

impl Adjustment {
    /// `cap_hours 5: agreed with the customer (anna, 2026-10-31)`: action, value, reason and author.
    pub fn text(&self) -> String {
        let value = self.action.value();
        let value = if value.is_empty() { value } else { format!(" {value}") };
        let on = self.on.map(|on| on.to_string());
        let author: Vec<&str> =
            [Some(self.by.as_str()).filter(|by| !by.is_empty()), on.as_deref()].into_iter().flatten().collect();
        let author = if author.is_empty() { String::new() } else { format!(" ({})", author.join(", ")) };
        format!("{}{value}: {}{author}", self.action.name(), self.reason)
    }
}

/// What rows say about one thing, for all dates or for those of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated<T> {
    /// Rows with a window in front of those without; the first that holds a date counts for it.
    rows: Vec<(Window, T, Idx<Adjustment>)>,
}

impl<T> Default for Dated<T> {
    fn default() -> Self {
        Dated { rows: Vec::new() }
    }
}

/// A row says something else about dates for which another one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradicted {
    pub by: Idx<Adjustment>,
    /// The row counts for other dates of its window.
    pub counts_elsewhere: bool,
}

impl<T: Copy + PartialEq> Dated<T> {
    /// Adds a row; those added before count before it. Returns one that says something else about the same dates. A row with a window is
    /// an exception from one without: they do not contradict each other.
    pub fn add(&mut self, window: Window, what: T, why: Idx<Adjustment>) -> Option<Contradicted> {
        let like = |other: Window| other.is_all() == window.is_all() && other.meets(window);
        let other = self.rows.iter().find(|(other, said, _)| like(*other) && *said != what).map(|(_, _, why)| *why);
        let before = self.rows.iter().map(|(other, _, _)| *other).filter(|other| like(*other));
        let other = other.map(|by| Contradicted { by, counts_elsewhere: window.reaches_beyond(before) });
        let at =
            if window.is_all() { self.rows.len() } else { self.rows.partition_point(|(other, _, _)| !other.is_all()) };
        self.rows.insert(at, (window, what, why));
        other
    }

    /// What counts on a date, and the adjustment that says so; without a date, what counts where no window does.
    pub fn on(&self, date: Option<Date>) -> Option<(T, Idx<Adjustment>)> {
        let holds = |window: Window| window.is_all() || date.is_some_and(|date| window.holds(date));
        self.rows.iter().find(|(window, _, _)| holds(*window)).map(|(_, what, why)| (*what, *why))
    }

    /// The row that counts before all others.
    pub fn first(&self) -> Option<(T, Idx<Adjustment>)> {
        self.rows.first().map(|(_, what, why)| (*what, *why))
    }

    /// The row without a window: it counts on dates that no window holds.
    pub fn always(&self) -> Option<(T, Idx<Adjustment>)> {
        self.rows.iter().find(|(window, _, _)| window.is_all()).map(|(_, what, why)| (*what, *why))
    }

    /// What counts depends on the date.
    pub fn varies(&self) -> bool {
        self.rows.first().is_some_and(|(window, _, _)| !window.is_all())
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// In the order in which they count.
    pub fn iter(&self) -> impl Iterator<Item = (Window, T, Idx<Adjustment>)> {
        self.rows.iter().copied()
    }
}

/// Adjustments of one entry or one ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkEdits {
    pub hold: Option<Idx<Adjustment>>,
    pub write_off: Dated<()>,
    pub non_billable: Dated<()>,
    pub moved: Dated<Idx<OrderLine>>,
}

/// Adjustments of one order line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineEdits {
    pub hold: Option<Idx<Adjustment>>,
    pub cap: Dated<Hours>,
    pub price: Dated<UnitPrice>,
    pub discount: Dated<Percent>,
    pub notes: Vec<Idx<Adjustment>>,
    pub release: Option<Idx<Adjustment>>,
    /// The id that the ledger knows it by.
    pub same_as: Option<(String, Idx<Adjustment>)>,
}

impl LineEdits {
    /// It bills hours of different dates at different prices.
    pub fn prices_vary(&self) -> bool {
        self.price.varies() || self.discount.varies()
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The row does what it says.
    Applied,
    /// The row names something that was read, and changes nothing: a finding says why.
    Idle,
    /// The row has nothing to do in this run and is no reason to refuse a post: its window lies elsewhere, or it names something that is
    /// known and no longer exported.
    Waiting,
    /// The row names a draft, and drafts are not made yet.
    Draft,
    /// The row names nothing that was read; in words, what it is missing.
    Missed(String),
}

/// What a row names, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The kind of thing that the row names; `None` when nothing that was read bears the id.
    pub kind: Option<TargetKind>,
    pub state: State,
}

/// What an `accept` is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accepting {
    Run,
    Customer(Idx<Customer>),
    Line(Idx<OrderLine>),
    /// By id.
    Entry(String),
    /// By id.
    Draft(String),
}

/// What a `hold` keeps off the drafts, but for drafts that are named themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnHold {
    Customer(Idx<Customer>),
    Order(Idx<Order>),
    Line(Idx<OrderLine>),
    Ticket(Idx<Ticket>),
    /// By its place.
    Entry(Place),
}

/// All adjustments, by what they adjust.
#[derive(Default)]
pub struct Adjustments {
    /// In an order that does not depend on where the rows stand.
    pub rows: Vec<Adjustment>,
    /// What became of each of `rows`, once all inputs are read.
    pub fates: Vec<Fate>,
    /// Ids that may be those of entries.
    pub wanted_entries: Ids<Entry>,
    /// By place of the entry; no other entry has [`super::Facts::ADJUSTED`].
    pub entries: BTreeMap<Place, WorkEdits>,
    /// Where the usable entries stand that rows name, by id.
    pub places: BTreeMap<String, Place>,
    pub tickets: BTreeMap<Idx<Ticket>, WorkEdits>,
    pub lines: BTreeMap<Idx<OrderLine>, LineEdits>,
    pub held_orders: BTreeMap<Idx<Order>, Idx<Adjustment>>,
    pub held_customers: BTreeMap<Idx<Customer>, Idx<Adjustment>>,
    /// Every hold of the file with its windows, also of those that are about other runs than this one.
    pub holds: BTreeMap<OnHold, Vec<Window>>,
    /// By id of the draft.
    pub held_drafts: BTreeMap<String, Idx<Adjustment>>,
    pub customer_notes: BTreeMap<Idx<Customer>, Vec<Idx<Adjustment>>>,
    pub order_notes: BTreeMap<Idx<Order>, Vec<Idx<Adjustment>>>,
    /// By id of the draft.
    pub draft_notes: BTreeMap<String, Vec<Idx<Adjustment>>>,
    /// Entries, by id, that are other work than what they resemble.
    pub releases: BTreeMap<String, Idx<Adjustment>>,
    /// Entries, by id, that were billed under another id.
    pub same_as: BTreeMap<String, (String, Idx<Adjustment>)>,
    /// By what is accepted (the name of a figure) and of what: the figure up to which it is, and the adjustment.
    pub accepted: BTreeMap<(String, Accepting), (Quantity, Idx<Adjustment>)>,
}

impl Adjustments {
    /// The rows alone, to be made to act on what else they name.
    pub fn unresolved(self) -> Adjustments {
        Adjustments { rows: self.rows, wanted_entries: self.wanted_entries, ..Adjustments::default() }
    }

    pub fn at(&self, idx: Idx<Adjustment>) -> &Adjustment {
        self.rows.get(idx.position()).or_bug("an adjustment's index is of those that were read")
    }

    /// What an adjustment says.
    pub fn text_of(&self, idx: Idx<Adjustment>) -> String {
        self.at(idx).text()
    }

    pub fn of_line(&self, line: Idx<OrderLine>) -> Option<&LineEdits> {
        self.lines.get(&line)
    }

    /// Entries or tickets are on hold or lines are capped, so the entries of a line may have to be parted.
    pub fn part_lines(&self) -> bool {
        let holds = |edits: &WorkEdits| edits.hold.is_some();
        self.entries.values().any(holds)
            || self.tickets.values().any(holds)
            || self.lines.values().any(|edits| !edits.cap.is_empty())
    }

    /// §4.6: some hold of the file keeps, or kept, hours of a date on one of these off the drafts.
    pub fn holds_any(&self, date: Date, of: impl IntoIterator<Item = OnHold>) -> bool {
        let mut windows = of.into_iter().filter_map(|of| self.holds.get(&of)).flatten();
        windows.any(|window| window.holds(date))
    }

    /// G5: the entry of this id is other work than the billed one that it resembles.
    pub fn release_of_entry(&self, id: &str) -> Option<Idx<Adjustment>> {
        self.releases.get(id).copied()
    }

    /// G5: the id under which the entry of this id was billed.
    pub fn same_as_of_entry(&self, id: &str) -> Option<(&str, Idx<Adjustment>)> {
        self.same_as.get(id).map(|(billed, why)| (billed.as_str(), *why))
    }

    /// G5: entries that were billed under another id: the id that was read, the one that was billed. No billed id stands twice.
    pub fn entries_same_as(&self) -> impl Iterator<Item = (&str, &str, Idx<Adjustment>)> {
        self.same_as.iter().map(|(id, (billed, why))| (id.as_str(), billed.as_str(), *why))
    }

    /// G13: the line is another one than the vanished one that it resembles.
    pub fn release_of_line(&self, line: Idx<OrderLine>) -> Option<Idx<Adjustment>> {
        self.of_line(line)?.release
    }

    /// G13: the id by which the ledger knows the line.
    pub fn same_as_of_line(&self, line: Idx<OrderLine>) -> Option<(&str, Idx<Adjustment>)> {
        self.of_line(line)?.same_as.as_ref().map(|(billed, why)| (billed.as_str(), *why))
    }

    /// G13: lines that the ledger knows by another id. No billed id stands twice.
    pub fn lines_same_as(&self) -> impl Iterator<Item = (Idx<OrderLine>, &str, Idx<Adjustment>)> {
        let same = |(line, edits): (&Idx<OrderLine>, &LineEdits)| edits.same_as.as_ref().map(|_| *line);
        let lines = self.lines.iter().filter_map(same);
        lines.filter_map(|line| self.same_as_of_line(line).map(|(billed, why)| (line, billed, why)))
    }

    /// G10: up to which figure something is accepted.
    pub fn accepted(&self, name: &str, of: Accepting) -> Option<(Quantity, Idx<Adjustment>)> {
        if self.accepted.is_empty() {
            return None;
        }
        self.accepted.get(&(name.to_owned(), of)).copied()
    }

    /// X6: drafts are named of which something is accepted.
    pub fn accepts_drafts(&self) -> bool {
        self.accepted.keys().any(|(_, of)| matches!(of, Accepting::Draft(_)))
    }

    /// X6: a figure of a bound is accepted for one of these, or for the whole run.
    pub fn accepts(&self, key: BoundKey, figure: BoundFigure, of: impl IntoIterator<Item = Accepting>) -> bool {
        if self.accepted.is_empty() {
            return false;
        }
        let name = key.to_string();
        let mut all = std::iter::once(Accepting::Run).chain(of);
        all.any(|of| self.accepted(&name, of).is_some_and(|(up_to, _)| !figure.is_beyond(up_to)))
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
    /// So many hours of an entry; `None`: all that the document has.
    Entry { id: String, hours: Option<Hours> },
    /// So many hours of an order line.
    Line { id: String, hours: Hours },
    /// So much of an order line that bills no hours.
    Quantity { id: String, quantity: Quantity },
    /// An amount of an order line, with tax, in units of the document's currency: nothing opens.
    LineAmount { id: String, amount: Quantity },
    /// An amount of a down payment, with tax, in units of the document's currency.
    Amount(Quantity),
}

/// A row of the credits input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditWanted {
    pub document: String,
    pub what: Credited,
    pub treatment: Treatment,
    pub reason: String,
    pub by: String,
    pub on: Option<Date>,
    pub place: Place,
}
