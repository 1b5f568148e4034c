//! X: bounds of order lines and of drafts, looked at while drafts are made.

use std::collections::BTreeMap;

use super::draft_line::{DraftLine, PartKind};
use super::group::DraftKey;
use super::held_group::{HeldGroup, hold_draft};
use super::{Amounts, ByName, Draft, Hold};
use crate::bound::{Bound, BoundAction, BoundFigure, BoundKey, Measures};
use crate::finding::{Finding, Subject};
use crate::ident::Idx;
use crate::model::{Accepting, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{HoursSum, Money, Quantity, power_of_ten};
use crate::settings::BillingSettings;

/// The ids that drafts will have, found by a first reckoning: adjustments name drafts before the drafts have their names.
pub(super) type DraftIds = BTreeMap<DraftKey, String>;

/// A draft that goes beyond a bound.
struct Beyond {
    key: BoundKey,
    figure: BoundFigure,
    draft: DraftKey,
    /// What the figure is compared with, in words.
    against: String,
}

/// What was measured so far, and what goes beyond its bound.
pub(super) struct Watch<'a> {
    world: &'a World,
    settings: &'a BillingSettings,
    posted: &'a Posted,
    by_name: &'a ByName,
    pub measures: Measures,
    lines: BTreeMap<(Idx<OrderLine>, BoundKey), BoundFigure>,
    drafts: Vec<Beyond>,
}

impl<'a> Watch<'a> {
    pub fn new(world: &'a World, settings: &'a BillingSettings, posted: &'a Posted, by_name: &'a ByName) -> Watch<'a> {
        let measures = Measures::default();
        Watch { world, settings, posted, by_name, measures, lines: BTreeMap::new(), drafts: Vec::new() }
    }

    /// X2: measures one line of a draft to be. Returns the bound that holds its order line, if one does.
    pub fn line(&mut self, part: &DraftLine) -> Option<BoundKey> {
        let line = self.world.lines.at(part.line);
        if !matches!(part.kind, PartKind::Line(_) | PartKind::Overage) {
            return None;
        }
        let price = (BoundKey::UnitPrice(line.currency), BoundFigure::price(part.terms.price));
        let discount = (BoundKey::DiscountPct, BoundFigure::percent(part.terms.discount));
        let mut holds = None;
        for (key, figure) in [price, discount] {
            self.measures.at(key).take(figure);
            let Some(bound) = self.settings.bounds.of(key).filter(|bound| figure.is_beyond(bound.limit)) else {
                continue;
            };
            let of = [Accepting::Line(part.line), Accepting::Customer(line.customer)];
            if self.world.adjustments.accepts(key, figure, of) {
                self.measures.at(key).accepted += 1;
                continue;
            }
            let known = self.lines.entry((part.line, key)).or_insert(figure);
            *known = figure.max(*known);
            if bound.action == BoundAction::Hold {
                holds = holds.or(Some(key));
            }
        }
        holds
    }

    /// X2, X3: measures a draft. Returns the bound that holds it, if one does.
    pub fn draft(&mut self, draft: &DraftKey, parts: &[DraftLine], amounts: &Amounts) -> Option<BoundKey> {
        let hours: HoursSum = parts.iter().map(|part| part.hours).sum();
        let amount = BoundKey::DraftAmount(draft.currency);
        let (total, hours) = (BoundFigure::money(amounts.total, draft.currency), BoundFigure::hours(hours));
        let mut holds = self.hold_against(draft, amount, (total, total), String::new());
        holds = holds.or(self.hold_against(draft, BoundKey::DraftHours, (hours, hours), String::new()));
        // What takes back, or asks for a down payment, has nothing that is usual.
        if draft.corrects.is_none() && draft.down_payment.is_none() {
            holds = holds.or(self.against_median(draft, amounts.net));
        }
        holds
    }

    /// X3: compares the net of a draft with the median of what the customer's tree was billed in earlier months.
    fn against_median(&mut self, draft: &DraftKey, net: Money) -> Option<BoundKey> {
        let (key, currency) = (BoundKey::DraftVsMedian, draft.currency);
        let bound = self.settings.bounds.of(key)?;
        let root = self.world.customers.id(self.world.root(draft.party));
        let from = self.settings.period.from()?;
        let twice = self.posted.months_billed.twice_the_median(root, currency, from, bound.months)?;
        let figure = BoundFigure::ratio(net.minor().checked_mul(2)?, twice)?;
        if net.is_negative() {
            return None;
        }
        // So much more than the median, in twice the minor unit.
        let above = Money::from_minor(net.minor().checked_mul(2)?.checked_sub(twice)?);
        let per_one = power_of_ten(currency.digits())?.checked_mul(2)?;
        let median = BoundFigure::ratio(twice, per_one)?;
        let money = BoundFigure::money(net, currency);
        let against = format!(
            " (it is {money} {currency} net, the median of up to {} months before {median} {currency})",
            bound.months
        );
        let floor = Quantity::from_micros(bound.floor.micros().checked_mul(2)?);
        let is_above = above.minor() > 0 && BoundFigure::money(above, currency).is_beyond(floor);
        if is_above {
            return self.hold_against(draft, key, (figure, money), against);
        }
        self.measures.at(key).take(figure);
        None
    }

    /// The figure is compared with the bound; what a person accepts is an amount (X6), which of a median is another figure.
    fn hold_against(
        &mut self,
        draft: &DraftKey,
        key: BoundKey,
        (figure, amount): (BoundFigure, BoundFigure),
        against: String,
    ) -> Option<BoundKey> {
        self.measures.at(key).take(figure);
        let bound = self.settings.bounds.of(key).filter(|bound| figure.is_beyond(bound.limit))?;
        let customers = [draft.party, self.world.root(draft.party)].map(Accepting::Customer);
        let of_id = self.by_name.ids.get(draft).map(|id| Accepting::Draft(id.clone()));
        if self.world.adjustments.accepts(key, amount, customers.into_iter().chain(of_id)) {
            self.measures.at(key).accepted += 1;
            return None;
        }
        self.measures.at(key).broken += 1;
        self.drafts.push(Beyond { key, figure, draft: draft.clone(), against });
        (bound.action == BoundAction::Hold && !self.by_name.passes_bounds).then_some(key)
    }

    /// Hands the draft back, or holds it when a bound does.
    pub fn keep(&mut self, draft: Draft) -> Result<Draft, HeldGroup> {
        match self.draft(&draft.key, &draft.parts, &draft.amounts) {
            Some(key) => Err(held(self.world, &draft.key, key, draft.parts)),
            None => Ok(draft),
        }
    }

    /// What is told of all that goes beyond its bound, once drafts have their names.
    pub fn end(mut self, drafts: &[Draft]) -> (Measures, Vec<Finding>) {
        let mut findings = Vec::new();
        for ((line, key), figure) in &self.lines {
            self.measures.at(*key).broken += 1;
            let Some(bound) = self.settings.bounds.of(*key) else { continue };
            let (subject, id) = (Subject::OrderLine, self.world.lines.id(*line).to_owned());
            let what = match key {
                BoundKey::DiscountPct => "a discount in percent",
                _ => "a price of a unit",
            };
            let message = bound_message(&format!("`{id}` has {what}"), *key, *figure, bound, "");
            findings.push(Finding {
                code: key.code(),
                subject,
                id,
                message,
                place: Some(self.world.lines.at(*line).place),
            });
        }
        let named: BTreeMap<&DraftKey, &str> = drafts.iter().map(|draft| (&draft.key, draft.id.as_str())).collect();
        for Beyond { key, figure, draft, against } in &self.drafts {
            let Some(bound) = self.settings.bounds.of(*key) else { continue };
            let customer = self.world.customers.id(draft.party);
            let (subject, id) = match named.get(draft) {
                Some(id) => (Subject::Draft, (*id).to_owned()),
                None => (Subject::Customer, customer.to_owned()),
            };
            let what = match key {
                BoundKey::DraftHours => "has hours".to_owned(),
                BoundKey::DraftVsMedian => "comes to this many times what the customer pays".to_owned(),
                _ => "comes to".to_owned(),
            };
            let who = format!("the draft for `{customer}` in {} {what}", draft.currency);
            let message = bound_message(&who, *key, *figure, bound, against);
            findings.push(Finding { code: key.code(), subject, id, message, place: None });
        }
        (self.measures, findings)
    }
}

/// A draft that is held for a bound.
pub(super) fn held(world: &World, key: &DraftKey, bound: BoundKey, parts: Vec<DraftLine>) -> HeldGroup {
    let why = format!("it goes beyond the bound `{bound}`");
    hold_draft(world, key, Hold::Bound(bound), parts, &why, Vec::new())
}

/// `the draft for C1 in EUR comes to 1200, and the bound is 1000 (draft_amount.EUR): it is held`.
fn bound_message(what: &str, key: BoundKey, figure: BoundFigure, bound: Bound, against: &str) -> String {
    let then = match bound.action {
        BoundAction::Warn => "",
        BoundAction::Hold => ": it is held",
        BoundAction::Stop => ": nothing is published",
    };
    format!("{what}{against}: {figure}; the bound `{key}` is {}{then}", bound.limit)
}
