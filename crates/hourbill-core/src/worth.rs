//! What hours are worth that no document bills yet: the one answer for every table, report and receipt (E2, E8, E9).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::account::KeptBack;
use crate::bill::{Draft, DraftLine, Held, Hold, PartKind, Refund};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Customer, EntryView, OrderLine, Policy, World};
use crate::posted::Posted;
use crate::quantity::{Currency, Hours, Money, Quantity, UnitPrice, value};

/// What hours are worth (E2, E9).
pub struct HoursValues<'a> {
    world: &'a World,
    /// Few runs ask for estimates.
    prices: OnceLock<LastPrices>,
}

impl<'a> HoursValues<'a> {
    pub fn new(world: &'a World) -> HoursValues<'a> {
        HoursValues { world, prices: OnceLock::new() }
    }

    /// What hours on a line of a draft are worth: at its price, or what was billed when they are taken back (G7).
    pub fn on_draft(
        &self,
        draft: &Draft,
        part: &DraftLine,
        entry: &EntryView<'_>,
        hours: Hours,
    ) -> Option<(Money, Currency)> {
        match &part.kind {
            PartKind::Refund(refund) => taken_back(refund, Some(draft.currency()), hours),
            PartKind::Overage => self.world.worth_by_time(part.line, entry, hours),
            _ => self.on_line(part.line, entry, hours),
        }
    }

    /// What held hours are worth: at their price, or what was billed when they are taken back (G7). What a pack covers asks for no money.
    pub fn held(&self, links: &Links, held: &Held, entry: &EntryView<'_>, hours: Hours) -> Option<(Money, Currency)> {
        if let PartKind::Refund(refund) = &held.part.kind {
            return taken_back(refund, refund.currency, hours);
        }
        let line = held.line(self.world, links, entry)?;
        let covered = self.world.lines.at(line).is_pack() && !is_beyond(links, held, entry);
        (!covered).then(|| self.by_time(line, entry, hours)).flatten()
    }

    /// What hours on a line that bills by time, or beyond a pack, are worth: at its price.
    pub fn by_time(&self, idx: Idx<OrderLine>, entry: &EntryView<'_>, hours: Hours) -> Option<(Money, Currency)> {
        self.world.worth_by_time(idx, entry, hours)
    }

    /// K6: what the hours of an entry that no pack covers are worth, at the price of its line; `None` where it has none. What was billed counts
    /// as today's rules have it.
    pub fn beyond_packs(&self, links: &Links, posted: &Posted, entry: &EntryView<'_>) -> Option<(Money, Currency)> {
        let (line, _) = links.shown_line(self.world, entry)?;
        let known = posted.closed(entry.position());
        let open = entry.hours.less(known.hours).less(known.covered);
        let covered = if links.draws.asks(entry.position()) {
            let draws = links.draws.of_entry(entry.position(), open).into_iter();
            draws.filter(|draw| draw.stand.is_covered()).fold(Hours::ZERO, |sum, draw| sum.plus(draw.hours))
        } else if self.world.lines.at(line).is_pack() {
            open
        } else {
            Hours::ZERO
        };
        self.by_time(line, entry, entry.hours.less(known.covered).less(covered))
    }

    /// What hours on no line are worth (E9): at the price that the customer's commercial tree paid last.
    pub fn estimated(&self, entry: &EntryView<'_>, hours: Hours) -> Option<(Money, Currency)> {
        let customer = self.world.customer_of(entry).map(|customer| self.world.root(customer))?;
        let prices = self.prices.get_or_init(|| LastPrices::new(self.world));
        self.on_line(prices.of(customer)?, entry, hours)
    }

    fn on_line(&self, idx: Idx<OrderLine>, entry: &EntryView<'_>, hours: Hours) -> Option<(Money, Currency)> {
        let line = self.world.lines.at(idx);
        Some((line.worth(hours, self.world.terms_for(idx, line, entry))?, line.currency))
    }
}

/// What was billed for hours, as the document that billed them says.
fn taken_back(refund: &Refund, currency: Option<Currency>, hours: Hours) -> Option<(Money, Currency)> {
    let (billed, currency) = (&refund.line, currency?);
    // B12: what was closed without money gives none, whatever its price.
    if billed.net == Money::ZERO && !billed.quantity.is_zero() {
        return Some((Money::ZERO, currency));
    }
    Some((value(hours, billed.unit?, billed.price, billed.discount, currency)?, currency))
}

/// Held hours on account of a pack stand beyond it (W7). Of those whose place is in doubt (G5, G6) nobody knows that: they ask for no money.
fn is_beyond(links: &Links, held: &Held, entry: &EntryView<'_>) -> bool {
    links.draws.asks(entry.position())
        && match held.hold {
            Hold::KeptBack(KeptBack::Bound { covered, .. }) => !covered,
            Hold::KeptBack(KeptBack::Resembles | KeptBack::Ambiguous) => false,
            _ => true,
        }
}

/// What each commercial tree paid last: its line billed by time that was confirmed last, else its prepaid one.
pub struct LastPrices(BTreeMap<Idx<Customer>, Idx<OrderLine>>);

impl LastPrices {
    pub fn new(world: &World) -> LastPrices {
        let rank = |idx: Idx<OrderLine>, line: &OrderLine| {
            (line.policy == Policy::Time, line.confirmed_on, world.lines.id(idx))
        };
        let mut last: BTreeMap<Idx<Customer>, Idx<OrderLine>> = BTreeMap::new();
        for (idx, line) in world.lines.of_every_part() {
            let sold = matches!(line.policy, Policy::Time | Policy::Prepaid) && line.unit.is_some();
            // B11: a discount is no price of work.
            let no_pack = line.policy == Policy::Prepaid && line.ordered < Quantity::ZERO;
            let gives_back = no_pack || world.terms(idx, line, None).price < UnitPrice::ZERO;
            // C6: nobody knows its price yet.
            let unpriced = world.agreements.of_line(idx).is_some_and(|says| !says.priced.is_whole());
            if !line.confirmed || !sold || line.is_downpayment || gives_back || unpriced {
                continue;
            }
            let known = last.entry(world.root(line.customer)).or_insert(idx);
            if rank(idx, line) > rank(*known, world.lines.at(*known)) {
                *known = idx;
            }
        }
        LastPrices(last)
    }

    /// Of a commercial tree, by its root.
    pub fn of(&self, root: Idx<Customer>) -> Option<Idx<OrderLine>> {
        self.0.get(&root).copied()
    }
}
