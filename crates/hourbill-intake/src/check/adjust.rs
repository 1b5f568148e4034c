//! §8: which rows of the adjustments input mean which customer, order, order line, ticket or entry, and what happens when they
//! contradict each other.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::World;
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::finding::{Code, Finding, Place, Subject};
use crate::ident::Idx;
use crate::job::{LateEntries, Settings};
use crate::model::{
    Accepting, Action, Adjustment, Adjustments, Contradicted, Customer, Facts, Fate, LineEdits, OnHold, Order,
    OrderLine, Policy, State, TargetKind, Ticket, Window, WorkEdits,
};
use crate::quantity::Quantity;

/// Takes the rows in before the entries are read: those that they name have to be noticed then. Among rows that contradict each other
/// the first in this order counts: the later one, then the one that bills less.
pub(super) fn announce(world: &mut World, mut rows: Vec<Adjustment>) {
    rows.sort_by_key(rank);
    for row in &rows {
        let may_be = |kind| row.kind.map_or_else(|| row.action.targets().contains(&kind), |named| named == kind);
        if may_be(TargetKind::Entry) {
            world.adjustments.wanted_entries.intern(&row.id);
            if let Action::SameAs(billed) = &row.action {
                world.adjustments.wanted_entries.intern(billed);
            }
        }
        if may_be(TargetKind::Ticket)
            && let Some(ticket) = world.tickets.find(&row.id)
        {
            world.set_adjusted(ticket);
        }
    }
    world.adjustments.rows = rows;
}

/// The order of adjustments of one target. The place of a row is no part of it: a row that is moved within its file must not count otherwise.
fn rank(row: &Adjustment) -> impl Ord + use<> {
    let bills = match &row.action {
        Action::CapHours(hours) => hours.micros(),
        Action::Price(price) => price.micros(),
        Action::Discount(percent) => -percent.micros(),
        Action::Accept { figure, .. } => figure.micros(),
        // It contradicts a `same_as`, which bills less.
        Action::Release => 1,
        Action::Hold
        | Action::WriteOff
        | Action::NonBillable
        | Action::Move(_)
        | Action::Note(_)
        | Action::SameAs(_) => 0,
    };
    let name = if row.action == Action::Release { "same_as" } else { row.action.name() };
    let said = (row.action.value(), row.reason.clone(), row.by.clone(), row.kind, row.window);
    (name, row.id.clone(), Reverse(row.on), bills, said)
}

/// What a row names.
#[derive(Clone, Copy)]
enum Found {
    Customer(Idx<Customer>),
    Order(Idx<Order>),
    Line(Idx<OrderLine>),
    Ticket(Idx<Ticket>),
    /// `None` when every row with the id is set aside.
    Entry(Option<FoundEntry>),
    /// Drafts are not made yet.
    Draft,
    Run,
}

/// A usable entry that a row names.
#[derive(Clone, Copy)]
struct FoundEntry {
    place: Place,
    date: Option<Date>,
    /// By the ERP.
    invoiced: bool,
}

impl Found {
    fn kind(&self) -> TargetKind {
        match self {
            Found::Customer(_) => TargetKind::Customer,
            Found::Order(_) => TargetKind::Order,
            Found::Line(_) => TargetKind::OrderLine,
            Found::Ticket(_) => TargetKind::Ticket,
            Found::Entry(_) => TargetKind::Entry,
            Found::Draft => TargetKind::Draft,
            Found::Run => TargetKind::Run,
        }
    }

    /// What a hold of it keeps off the drafts.
    fn on_hold(&self) -> Option<OnHold> {
        match *self {
            Found::Customer(customer) => Some(OnHold::Customer(customer)),
            Found::Order(order) => Some(OnHold::Order(order)),
            Found::Line(line) => Some(OnHold::Line(line)),
            Found::Ticket(ticket) => Some(OnHold::Ticket(ticket)),
            Found::Entry(met) => met.map(|met| OnHold::Entry(met.place)),
            Found::Draft | Found::Run => None,
        }
    }
}

/// Makes every row act on what it names, once all inputs are read. What names nothing is told later: the ledger may know it.
pub fn resolve_adjustments(world: &mut World, settings: &Settings) -> Vec<Finding> {
    let entries = wanted_entries(world);
    let rows = std::mem::take(&mut world.adjustments.rows);
    let mut findings = Vec::new();
    let mut fates = Vec::with_capacity(rows.len());
    for (position, row) in rows.iter().enumerate() {
        let Some(idx) = Idx::new(position) else { break };
        let found = find(world, &entries, row);
        let kind = found.first().map(Found::kind);
        if let Some(kind) = kind.filter(|_| ambiguous(world, &found)) {
            let kinds: Vec<&str> = found.iter().map(|found| found.kind().name()).collect();
            let why = format!("bears the id of several things ({}): the {} is meant", kinds.join(", "), kind.name());
            findings.push(finding(Code::AdjustmentAmbiguous, row, Some(kind), &why));
        }
        let (in_time, touches) = (in_time(row, settings), row.window.touches(&settings.billing.period));
        let row = Row { row, idx, all: &rows, entries: &entries, in_time, touches };
        if let (Action::Hold, Some(of)) = (&row.row.action, found.first().and_then(Found::on_hold)) {
            world.adjustments.holds.entry(of).or_default().push(row.row.window);
        }
        let done = match found.first() {
            // It is about runs of other periods, or about dates that this run does not bill.
            _ if !row.in_time && !row.row.action.is_dated() => Ok(State::Waiting),
            None if !row.in_time => Ok(State::Waiting),
            None => Ok(State::Missed(format!("matches no {}", kinds_of(row.row)))),
            Some(found) => apply(world, &row, *found),
        };
        let state = done.unwrap_or_else(|Shortfall { state, code, why }| {
            findings.push(finding(code, row.row, kind, &why));
            state
        });
        fates.push(Fate { kind, state });
    }
    let places = entries.into_iter().filter_map(|(id, met)| Some((id, met?.place))).collect();
    world.adjustments.rows = rows;
    world.adjustments.fates = fates;
    world.adjustments.places = places;
    findings
}

/// A run of the period may bill what the row is about.
fn in_time(row: &Adjustment, settings: &Settings) -> bool {
    let period = &settings.billing.period;
    let late = settings.billing.rules.late_entries == LateEntries::Bill && row.action.is_dated();
    // Late entries are billed as if they lay inside.
    let billed = Window { from: period.from().filter(|_| !late), to: period.to() };
    row.window.meets(billed)
}

fn kinds_of(row: &Adjustment) -> String {
    names_of(row.kind.as_ref().map_or_else(|| row.action.targets(), std::slice::from_ref))
}

/// `order line, entry`: what things are called in a message.
pub fn names_of(kinds: &[TargetKind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ").replace('_', " ")
}

/// Several things bear the id, and which of them is meant makes a difference: an order of one line is that line.
fn ambiguous(world: &World, found: &[Found]) -> bool {
    match found {
        [] | [_] => false,
        [Found::Order(order), Found::Line(line)] => {
            let of_order = |(_, line): &(Idx<OrderLine>, &OrderLine)| line.order == *order;
            world.lines.iter().filter(of_order).any(|(other, _)| other != *line)
        }
        _ => true,
    }
}

/// Usable entries that bear an id of an adjustment.
fn wanted_entries(world: &World) -> HashMap<String, Option<FoundEntry>> {
    let mut found: HashMap<String, Option<FoundEntry>> = HashMap::new();
    if world.adjustments.wanted_entries.is_empty() {
        return found;
    }
    for chunk in world.entries.chunk_list() {
        for (at, _) in chunk.facts.iter().enumerate().filter(|(_, facts)| facts.has(Facts::ADJUSTED)) {
            let entry = chunk.get(at).or_bug("the columns of a chunk are of one length");
            let met = found.entry(entry.id().to_owned()).or_default();
            if entry.usable() {
                let invoiced = entry.facts.has(Facts::INVOICED);
                *met = Some(FoundEntry { place: entry.place(), date: entry.date(), invoiced });
            }
        }
    }
    found
}

fn find(world: &World, entries: &HashMap<String, Option<FoundEntry>>, row: &Adjustment) -> Vec<Found> {
    let id = row.id.as_str();
    let mut found = Vec::new();
    for &kind in row.action.targets().iter().filter(|&&kind| row.kind.is_none_or(|named| named == kind)) {
        match kind {
            TargetKind::Customer => found.extend(world.customers.find(id).map(Found::Customer)),
            TargetKind::Order => found.extend(world.orders.find(id).map(Found::Order)),
            TargetKind::OrderLine => found.extend(world.lines.find(id).map(Found::Line)),
            TargetKind::Ticket => found.extend(world.tickets.find(id).map(Found::Ticket)),
            TargetKind::Entry => found.extend(entries.get(id).map(|met| Found::Entry(*met))),
            TargetKind::Run => found.extend((row.kind == Some(TargetKind::Run)).then_some(Found::Run)),
            // A bare id is a draft's when nothing else bears it.
            TargetKind::Draft if row.kind.is_some() || found.is_empty() => found.push(Found::Draft),
            TargetKind::Draft => {}
        }
    }
    found
}

/// A row that is made to act, and those that it may contradict.
struct Row<'a> {
    row: &'a Adjustment,
    idx: Idx<Adjustment>,
    all: &'a [Adjustment],
    entries: &'a HashMap<String, Option<FoundEntry>>,
    /// This run may bill what it is about.
    in_time: bool,
    /// Its window touches the period.
    touches: bool,
}

type Done = Result<State, Shortfall>;

/// A row does not do what it says, or not for all of its dates.
struct Shortfall {
    state: State,
    code: Code,
    why: String,
}

fn no_effect(why: &str) -> Done {
    Err(Shortfall { state: State::Idle, code: Code::AdjustmentNoEffect, why: why.to_owned() })
}

impl Row<'_> {
    /// The row that came first stays; one that says something else contradicts it.
    fn settle_on(&self, slot: &mut Idx<Adjustment>) -> Done {
        match self.all.get(slot.position()) {
            Some(first) if first.action != self.row.action => self.contradicts(Some(*slot)),
            _ => Ok(State::Applied),
        }
    }

    /// What is said for some dates is added to what others say; `first` says something else.
    fn contradicts(&self, first: Option<Idx<Adjustment>>) -> Done {
        self.beside(first.map(|by| Contradicted { by, counts_elsewhere: false }))
    }

    /// The same where `first` may say something else for some of the dates alone.
    fn beside(&self, first: Option<Contradicted>) -> Done {
        let counts = if self.in_time { State::Applied } else { State::Waiting };
        let Some(Contradicted { by, counts_elsewhere }) = first else { return Ok(counts) };
        let text = self.all.get(by.position()).or_bug("a row that counts is a row of the input").text();
        let (state, of_dates) = if counts_elsewhere { (counts, " for the dates of both") } else { (State::Idle, "") };
        let why = format!("contradicts `{text}`, which counts{of_dates}");
        Err(Shortfall { state, code: Code::AdjustmentConflict, why })
    }
}

fn apply(world: &mut World, row: &Row<'_>, found: Found) -> Done {
    let (all, idx) = (&mut world.adjustments, row.idx);
    match (&row.row.action, found) {
        (Action::Accept { name, figure }, found) => accept(all, row, (name, *figure), found),
        (Action::Hold, Found::Customer(customer)) => row.settle_on(all.held_customers.entry(customer).or_insert(idx)),
        (Action::Hold, Found::Order(order)) => row.settle_on(all.held_orders.entry(order).or_insert(idx)),
        (Action::Hold, Found::Draft) => {
            all.held_drafts.entry(row.row.id.clone()).or_insert(idx);
            Ok(State::Draft)
        }
        (Action::Note(_), Found::Customer(customer)) => {
            all.customer_notes.entry(customer).or_default().push(idx);
            Ok(State::Applied)
        }
        (Action::Note(_), Found::Order(order)) => {
            all.order_notes.entry(order).or_default().push(idx);
            Ok(State::Applied)
        }
        (Action::Note(_), Found::Draft) => {
            all.draft_notes.entry(row.row.id.clone()).or_default().push(idx);
            Ok(State::Draft)
        }
        (_, Found::Line(line)) => apply_to_line(world, row, line),
        (_, Found::Ticket(ticket)) => {
            let moved = moved_to(world, row.row)?;
            apply_to_work(world.adjustments.tickets.entry(ticket).or_default(), row, moved)
        }
        (_, Found::Entry(None)) => no_effect("names an entry that is quarantined"),
        (_, Found::Entry(Some(met))) => apply_to_entry(world, row, met),
        // `targets` lets no other pair through.
        (_, Found::Customer(_) | Found::Order(_) | Found::Draft | Found::Run) => {
            no_effect("cannot be done to what it names")
        }
    }
}

fn accept(all: &mut Adjustments, row: &Row<'_>, (name, figure): (&str, Quantity), found: Found) -> Done {
    let (of, done) = match found {
        Found::Run => (Accepting::Run, State::Applied),
        Found::Customer(customer) => (Accepting::Customer(customer), State::Applied),
        Found::Line(line) => (Accepting::Line(line), State::Applied),
        Found::Entry(None) => return no_effect("names an entry that is quarantined"),
        Found::Entry(Some(_)) => (Accepting::Entry(row.row.id.clone()), State::Applied),
        Found::Draft => (Accepting::Draft(row.row.id.clone()), State::Draft),
        Found::Order(_) | Found::Ticket(_) => return no_effect("cannot be done to what it names"),
    };
    let (_, first) = all.accepted.entry((name.to_owned(), of)).or_insert((figure, row.idx));
    row.settle_on(first).map(|_| done)
}

fn apply_to_entry(world: &mut World, row: &Row<'_>, met: FoundEntry) -> Done {
    let id = &row.row.id;
    match &row.row.action {
        Action::WriteOff if met.invoiced => no_effect("names an entry that is invoiced already: credit its invoice"),
        Action::Release => match world.adjustments.same_as.get(id) {
            Some((_, first)) => row.contradicts(Some(*first)),
            None => row.settle_on(world.adjustments.releases.entry(id.clone()).or_insert(row.idx)),
        },
        Action::SameAs(billed) if billed == id => no_effect("says that an entry is itself"),
        Action::SameAs(billed) if row.entries.contains_key(billed) => {
            no_effect(&format!("names `{billed}`, which is still exported"))
        }
        Action::SameAs(billed) => {
            let all = &mut world.adjustments;
            let of_release = all.releases.get(id).copied();
            let taken = all.same_as.iter().find(|(other, (taken, _))| taken == billed && *other != id);
            if let Some(first) = of_release.or_else(|| taken.map(|(_, (_, first))| *first)) {
                return row.contradicts(Some(first));
            }
            row.settle_on(&mut all.same_as.entry(id.clone()).or_insert_with(|| (billed.clone(), row.idx)).1)
        }
        action => {
            if action.is_dated() && !met.date.is_some_and(|date| row.row.window.holds(date)) {
                return Ok(State::Waiting);
            }
            let moved = moved_to(world, row.row)?;
            apply_to_work(world.adjustments.entries.entry(met.place).or_default(), row, moved)
        }
    }
}

/// Where a move leads.
enum MovedTo {
    /// It is no move.
    Nowhere,
    Line(Idx<OrderLine>),
    /// The line was not read.
    Missed(String),
}

fn moved_to(world: &World, row: &Adjustment) -> Result<MovedTo, Shortfall> {
    let Action::Move(to) = &row.action else { return Ok(MovedTo::Nowhere) };
    let Some(line) = world.lines.find(to) else {
        return Ok(MovedTo::Missed(format!("moves to order line `{to}`, which is not in the orders input")));
    };
    let known = world.lines.at(line);
    if known.confirmed && !known.is_downpayment {
        return Ok(MovedTo::Line(line));
    }
    let why = format!("moves to order line `{to}`, which is not a line of a confirmed order to work on");
    Err(Shortfall { state: State::Idle, code: Code::AdjustmentNoEffect, why })
}

fn apply_to_work(edits: &mut WorkEdits, row: &Row<'_>, moved: MovedTo) -> Done {
    let (window, idx) = (row.row.window, row.idx);
    match (&row.row.action, moved) {
        (_, MovedTo::Missed(why)) => Ok(if row.in_time { State::Missed(why) } else { State::Waiting }),
        (Action::Move(_), MovedTo::Line(line)) => row.beside(edits.moved.add(window, line, idx)),
        (Action::Hold, _) => row.settle_on(edits.hold.get_or_insert(idx)),
        (Action::WriteOff, _) => row.beside(edits.write_off.add(window, (), idx)),
        (Action::NonBillable, _) => row.beside(edits.non_billable.add(window, (), idx)),
        // `targets` lets no other action through.
        _ => no_effect("cannot be done to what it names"),
    }
}

fn apply_to_line(world: &mut World, row: &Row<'_>, of: Idx<OrderLine>) -> Done {
    let (window, idx) = (row.row.window, row.idx);
    if let Action::SameAs(billed) = &row.row.action {
        return same_line(world, row, of, billed);
    }
    let line = world.lines.at(of);
    let edits: &mut LineEdits = world.adjustments.lines.entry(of).or_default();
    match &row.row.action {
        Action::Hold => row.settle_on(edits.hold.get_or_insert(idx)),
        Action::CapHours(_) if line.policy != Policy::Time => {
            no_effect("caps hours of a line that is not billed by time")
        }
        Action::CapHours(hours) => {
            // Each says "at most": those of other dates stand beside it, for the same dates there can be one.
            let same = edits.cap.iter().find(|(other, _, _)| *other == window);
            match same {
                Some((_, other, first)) if other != *hours => row.contradicts(Some(first)),
                Some(_) => row.contradicts(None),
                None => {
                    edits.cap.add(window, *hours, idx);
                    row.contradicts(None)
                }
            }
        }
        Action::Price(_) | Action::Discount(_) if line.policy != Policy::Time && !row.touches => Ok(State::Waiting),
        Action::Price(price) => row.beside(edits.price.add(window, *price, idx)),
        Action::Discount(percent) => row.beside(edits.discount.add(window, *percent, idx)),
        Action::Note(_) => {
            edits.notes.push(idx);
            Ok(State::Applied)
        }
        Action::Release => match &edits.same_as {
            Some((_, first)) => row.contradicts(Some(*first)),
            None => row.settle_on(edits.release.get_or_insert(idx)),
        },
        Action::WriteOff | Action::NonBillable | Action::Move(_) | Action::SameAs(_) | Action::Accept { .. } => {
            no_effect("cannot be done to what it names")
        }
    }
}

fn same_line(world: &mut World, row: &Row<'_>, of: Idx<OrderLine>, billed: &str) -> Done {
    if world.lines.find(billed).is_some() {
        return no_effect(&format!("names `{billed}`, which is still exported"));
    }
    let all = &mut world.adjustments;
    let taken =
        all.lines_same_as().find(|(other, taken, _)| *taken == billed && *other != of).map(|(_, _, first)| first);
    let edits = all.lines.entry(of).or_default();
    if let Some(first) = edits.release.or(taken) {
        return row.contradicts(Some(first));
    }
    row.settle_on(&mut edits.same_as.get_or_insert_with(|| (billed.to_owned(), row.idx)).1)
}

/// A row that names nothing (§8.5), in these words.
pub fn unmatched(row: &Adjustment, kind: Option<TargetKind>, why: &str) -> Finding {
    finding(Code::AdjustmentUnmatched, row, kind, why)
}

fn finding(code: Code, row: &Adjustment, kind: Option<TargetKind>, why: &str) -> Finding {
    // A bare id that nothing bears could be that of a draft.
    let kind = kind.or(row.kind);
    let nothing = row.kind.is_none() && kind == Some(TargetKind::Draft) && !row.id.starts_with("D-");
    let subject = match kind.filter(|_| !nothing) {
        None => Subject::Input,
        Some(TargetKind::Customer) => Subject::Customer,
        Some(TargetKind::Order) => Subject::Order,
        Some(TargetKind::OrderLine) => Subject::OrderLine,
        Some(TargetKind::Ticket) => Subject::Ticket,
        Some(TargetKind::Entry) => Subject::Entry,
        Some(TargetKind::Draft) => Subject::Draft,
        Some(TargetKind::Run) => Subject::Input,
    };
    let message = format!("the adjustment of `{}`, `{}`, {why}", row.id, row.text());
    Finding { code, subject, id: row.id.clone(), message, place: Some(row.place) }
}
