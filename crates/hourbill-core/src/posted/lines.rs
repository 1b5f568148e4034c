//! What the ledger has of order lines, and how it fits those of the export (G12 and G13).

use std::collections::{BTreeMap, BTreeSet};

use super::line::{Measure, NOTHING, OrderLineState};
use super::names::AliasNames;
use super::packs::{IssuedBy, UnsoldPacks};
use super::record::{Effect, LineFacts, LineKind};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::{Ids, Idx};
use crate::model::{Customer, OrderLine, Policy, World};
use crate::quantity::{Currency, HoursSum, Quantity, UnitPrice};

/// What the ledger has of order lines.
#[derive(Default)]
pub struct Lines {
    /// By order line; empty when the ledger knows none.
    states: Vec<OrderLineState>,
    changed: BTreeMap<Idx<OrderLine>, LastBilled>,
    gone: BTreeMap<String, Gone>,
    /// Lines that are billed by time now, and were billed by quantity.
    prebilled: BTreeSet<Idx<OrderLine>>,
    /// G8: lines of which something was billed while their customer lay in another commercial tree.
    other_tree: BTreeSet<Idx<OrderLine>>,
    /// G13: earlier ids of lines, and what they are called now.
    same: AliasNames,
    /// G9: hours that posts covered of lines that are billed by time now, by the document that says so; the oldest first.
    covered: BTreeMap<Idx<OrderLine>, Vec<(String, HoursSum)>>,
    /// G14: every order line of the ledger that the export does not have.
    left: Ids<LeftLine>,
    /// By place in `left`.
    left_lines: Vec<LeftLine>,
    /// S2: packs that the orders do not sell as packs any more.
    packs: UnsoldPacks,
}

/// G14: an order line that left the export, as the ledger has it: what was billed and covered on it stays there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftLine {
    pub order: String,
    /// `None` in records of the first format of the ledger.
    pub customer: Option<String>,
}

/// G12: what a line was when it was billed last, where that is not what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastBilled {
    pub document: String,
    pub policy: Policy,
    pub uom: String,
    measure: Measure,
    /// `None` on an opening.
    pub currency: Option<Currency>,
}

/// G12: hours of a pack that is billed by time now which posts covered beyond those that it was paid for: nobody is billed for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredUnpaid<'a> {
    pub hours: HoursSum,
    pub paid: HoursSum,
    /// The documents whose void opens them, the newest first.
    pub documents: Vec<&'a str>,
}

/// G13: a line that is no longer exported, as it was when it was billed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    pub state: OrderLineState,
    pub document: String,
    pub order: String,
    pub product: String,
    pub uom: String,
    pub measure: Measure,
    pub price: UnitPrice,
    /// §8: an adjustment said the price; what the export said then is not known.
    pub price_adjusted: bool,
    pub currency: Option<Currency>,
    /// This and the two below: `None` in records of the first format of the ledger, which did not keep them.
    pub customer: Option<String>,
    pub confirmed_on: Option<Date>,
    pub ordered: Option<Quantity>,
}

impl LastBilled {
    /// Whether it was sold in units of this measure.
    pub fn measures(&self, measure: &Measure) -> bool {
        self.measure == *measure
    }
}

impl Lines {
    pub fn state(&self, line: Idx<OrderLine>) -> &OrderLineState {
        // Empty when the ledger has none of them.
        self.states.get(line.position()).unwrap_or(&NOTHING)
    }

    /// The roots of the commercial trees for which something was billed, on lines that are exported or have left. A line that is said to be
    /// an earlier one says nothing of its tree.
    pub fn known_trees(&self, world: &World) -> BTreeSet<Idx<Customer>> {
        let is_itself = |line: Idx<OrderLine>| self.same.family(world.lines.id(line)).nth(1).is_none();
        let exported = world.lines.of_every_part().filter(|(idx, _)| !self.state(*idx).is_unknown() && is_itself(*idx));
        let left = self.left_lines.iter().filter_map(|left| world.customers.find(left.customer.as_deref()?));
        exported.map(|(_, line)| line.customer).chain(left).map(|customer| world.root(customer)).collect()
    }

    /// G12: what the line was when it was billed last; `None` when it still is that, or nothing of it is closed.
    pub fn changed(&self, line: Idx<OrderLine>) -> Option<&LastBilled> {
        self.changed.get(&line)
    }

    /// G8: something of it was billed while its customer lay in another commercial tree; [`super::Posted::hours_of_tree`] tells what.
    pub fn was_in_other_tree(&self, line: Idx<OrderLine>) -> bool {
        self.other_tree.contains(&line)
    }

    /// G12: lines that are billed by time now, and were billed by quantity.
    pub fn prebilled(&self) -> impl Iterator<Item = Idx<OrderLine>> {
        self.prebilled.iter().copied()
    }

    /// G12: what was covered of a line that is billed by time now and was billed as a pack, beyond what was paid.
    pub fn covered_unpaid(&self, line: Idx<OrderLine>) -> Option<CoveredUnpaid<'_>> {
        let (covered, state) = (self.covered.get(&line)?, self.state(line));
        // Of a pack that only the ERP invoiced the ledger cannot tell what was paid.
        let paid = state.prebilled().filter(|paid| !state.is_unknown() && !paid.is_negative())?;
        let all: HoursSum = covered.iter().map(|(_, hours)| *hours).sum();
        let hours = all - paid;
        if !hours.is_positive() {
            return None;
        }
        let (mut documents, mut opened) = (Vec::new(), HoursSum::ZERO);
        for (document, of_document) in covered.iter().rev().filter(|(_, hours)| hours.is_positive()) {
            if opened < hours {
                documents.push(document.as_str());
                opened += *of_document;
            }
        }
        Some(CoveredUnpaid { hours, paid, documents })
    }

    /// Takes in what a post covered of a line, or the void of that; `document` is the one that covered.
    pub fn meet_covered(&mut self, world: &World, facts: &LineFacts<'_>, document: &str) {
        let idx = self.find(world, facts.order_line);
        let Some(idx) = idx.filter(|idx| world.lines.at(*idx).policy == Policy::Time) else { return };
        let covered = self.covered.entry(idx).or_default();
        match covered.iter_mut().rev().find(|(known, _)| known == document) {
            Some((_, hours)) => *hours += facts.hours,
            None => covered.push((document.to_owned(), facts.hours)),
        }
    }

    /// G13: lines of which something is closed and that the export does not have; sorted by id.
    pub fn gone(&self) -> &BTreeMap<String, Gone> {
        &self.gone
    }

    /// `same_as`: the ledger's line of an earlier id is one that the export has (G13). What is said later counts.
    pub fn rename(&mut self, known: &str, now: &str) {
        self.same.add(known, now);
    }

    /// The line of the export that the ledger has under an id.
    pub fn find(&self, world: &World, id: &str) -> Option<Idx<OrderLine>> {
        self.same.find(id, |id| world.lines.find(id))
    }

    /// G13: the ids that lines of the export had before.
    pub fn renamed<'a>(&'a self, world: &'a World) -> impl Iterator<Item = (&'a str, Idx<OrderLine>)> {
        self.same.all().into_iter().filter_map(|id| Some((id, self.find(world, id)?)))
    }

    /// G13: pairs of exported lines that were said to be the same: the one that is called otherwise now, and the earlier one, which is
    /// back.
    pub fn twice(&self, world: &World) -> Vec<(Idx<OrderLine>, Idx<OrderLine>)> {
        let both =
            self.same.pairs().filter_map(|(known, now)| Some((world.lines.find(now)?, world.lines.find(known)?)));
        both.collect()
    }

    /// G14: the ledger has an order line of this id, and the export does not.
    pub fn has_left(&self, id: &str) -> bool {
        self.left.find(id).is_some()
    }

    /// G14: the place of an order line that the ledger has and the export does not.
    pub(super) fn left_at(&self, id: &str) -> Option<Idx<LeftLine>> {
        self.left.find(id)
    }

    /// G14: a line that left the export, and its id.
    pub fn left(&self, line: Idx<LeftLine>) -> (&str, &LeftLine) {
        let of = self.left_lines.get(line.position()).or_bug("what left the export is known by its place");
        (self.left.text(line), of)
    }

    /// S2: packs of the ledger that the orders do not sell as packs any more.
    pub fn packs(&self) -> &UnsoldPacks {
        &self.packs
    }

    /// What an order line of the ledger is called now: its own id where nobody says otherwise.
    pub fn id_now<'a>(&'a self, world: &'a World, id: &'a str) -> &'a str {
        self.find(world, id).map_or_else(|| self.same.now(id), |line| world.lines.id(line))
    }

    /// Takes in the next line of a document. `None` when a figure does not fit.
    pub fn meet(&mut self, world: &World, facts: &LineFacts<'_>, issued: IssuedBy<'_>) -> Option<()> {
        self.packs.meet(world, &self.same, facts, issued)?;
        let policy = facts.kind.policy();
        let overage = facts.kind == LineKind::Overage;
        if policy.is_none() && facts.kind != LineKind::Covered && !overage {
            return Some(());
        }
        let idx = world.lines.find(facts.order_line).or_else(|| {
            self.meet_left(facts);
            self.find(world, facts.order_line)
        });
        let Some(idx) = idx else {
            return if policy.is_some() || overage { self.meet_gone(world, facts) } else { Some(()) };
        };
        if policy.is_none() && !overage {
            return Some(());
        }
        if self.states.is_empty() {
            self.states = vec![OrderLineState::NOTHING; world.lines.len()];
        }
        let (state, line) = (self.states.get_mut(idx.position()), world.lines.at(idx));
        let state = state.or_bug("every order line has its state");
        state.add(facts)?;
        let Some(policy) = policy else {
            let elsewhere = facts.customer.is_some_and(|customer| !is_in_tree_of(world, customer, line));
            if facts.effect == Effect::Billed && elsewhere {
                self.other_tree.insert(idx);
            }
            return Some(());
        };
        if line.policy == Policy::Time && policy != Policy::Time {
            self.prebilled.insert(idx);
        }
        if facts.effect == Effect::Billed {
            if facts.customer.is_some_and(|customer| !is_in_tree_of(world, customer, line)) {
                self.other_tree.insert(idx);
            }
            let measure = Measure::new(facts.unit, facts.uom);
            let same = policy == line.policy
                && measure == Measure::of(line)
                && facts.currency.is_none_or(|currency| currency == line.currency);
            if same {
                self.changed.remove(&idx);
            } else {
                let (document, uom, currency) = (facts.document.to_owned(), facts.uom.to_owned(), facts.currency);
                self.changed.insert(idx, LastBilled { document, policy, uom, measure, currency });
            }
        }
        Some(())
    }

    fn meet_left(&mut self, facts: &LineFacts<'_>) {
        let place = self.left.intern(facts.order_line).position();
        let of = LeftLine { order: facts.order.to_owned(), customer: facts.customer.map(str::to_owned) };
        // As it was last, with what older records do not say.
        match self.left_lines.get_mut(place) {
            Some(known) => *known = LeftLine { customer: of.customer.or(known.customer.take()), ..of },
            None => self.left_lines.push(of),
        }
    }

    fn meet_gone(&mut self, world: &World, facts: &LineFacts<'_>) -> Option<()> {
        // An opening has a line for entries that led to none; a row that was set aside has not gone.
        if facts.order_line.is_empty() || world.lines_aside.contains(facts.order_line) {
            return Some(());
        }
        let gone = match self.gone.get_mut(facts.order_line) {
            Some(gone) => gone,
            None => self.gone.entry(facts.order_line.to_owned()).or_insert_with(|| Gone::new(facts)),
        };
        gone.state.add(facts)?;
        if facts.effect == Effect::Billed {
            let state = std::mem::replace(&mut gone.state, OrderLineState::NOTHING);
            *gone = Gone { state, ..Gone::new(facts) };
        }
        Some(())
    }

    /// All lines of the ledger have been met.
    pub fn finish(&mut self) {
        let states = &self.states;
        self.changed.retain(|idx, _| states.get(idx.position()).is_some_and(|state| !state.is_nothing()));
        self.gone.retain(|_, gone| !gone.state.is_nothing());
    }
}

/// Whether a customer of the ledger lies in the commercial tree of a line. One whom no row names any more shares no tree with anybody.
pub(super) fn is_in_tree_of(world: &World, customer: &str, line: &OrderLine) -> bool {
    world.customers.find(customer).is_some_and(|customer| world.root(customer) == world.root(line.customer))
}

impl Gone {
    fn new(facts: &LineFacts<'_>) -> Gone {
        Gone {
            state: OrderLineState::NOTHING,
            document: facts.document.to_owned(),
            order: facts.order.to_owned(),
            product: facts.product.to_owned(),
            uom: facts.uom.to_owned(),
            measure: Measure::new(facts.unit, facts.uom),
            price: facts.price,
            price_adjusted: facts.adjustments.split("; ").any(|told| told.starts_with("price ")),
            currency: facts.currency,
            customer: facts.customer.map(str::to_owned),
            confirmed_on: facts.confirmed_on,
            ordered: facts.ordered,
        }
    }
}
