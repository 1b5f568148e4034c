//! What the ledger has of order lines, and how it fits those of the export (G12 and G13).

use std::collections::{BTreeMap, BTreeSet};

use super::line::{Measure, NOTHING, OrderLineState};
use super::names::AliasNames;
use super::record::{Effect, LineFacts, LineKind};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{OrderLine, Policy, World};
use crate::quantity::{Currency, Quantity, UnitPrice};

/// What the ledger has of order lines.
#[derive(Debug, Default)]
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
    /// G14: every order line of the ledger that the export does not have.
    left: BTreeSet<String>,
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
        self.left.contains(id)
    }

    /// Takes in the next line of a document. `None` when a figure does not fit.
    pub fn meet(&mut self, world: &World, facts: &LineFacts<'_>) -> Option<()> {
        let policy = facts.kind.policy();
        let overage = facts.kind == LineKind::Overage;
        if policy.is_none() && facts.kind != LineKind::Covered && !overage {
            return Some(());
        }
        let idx = world.lines.find(facts.order_line).or_else(|| {
            if !self.left.contains(facts.order_line) {
                self.left.insert(facts.order_line.to_owned());
            }
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
