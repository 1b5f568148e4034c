//! S2: packs that the ledger knows and that the orders do not sell as packs any more. What was told of them goes on in statements.

use super::names::AliasNames;
use super::record::{Effect, LineFacts, LineKind};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::{Ids, Idx};
use crate::model::World;
use crate::quantity::{HoursSum, Quantity};

/// Who issued a document of the ledger, and when.
#[derive(Clone, Copy, Debug, Default)]
pub struct IssuedBy<'a> {
    pub company: &'a str,
    /// The day of the command that put it into the ledger.
    pub on: Option<Date>,
}

/// A pack that the orders do not sell as one any more, as the ledger had it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsoldPack {
    pub order: String,
    pub product: String,
    /// `None` where records of an older version alone tell of it; so are the two below.
    pub customer: Option<String>,
    pub company: String,
    pub bought_on: Option<Date>,
    pub ordered: Option<HoursSum>,
    /// What documents bill of it, less what was taken back.
    billed: Quantity,
    /// The day on which the last of what was billed of it was taken back: nobody pays for it.
    pub taken_back: Option<Date>,
}

/// All of them.
#[derive(Default)]
pub struct UnsoldPacks {
    /// What each is called now.
    ids: Ids<UnsoldPack>,
    /// By place in `ids`.
    packs: Vec<UnsoldPack>,
}

impl UnsoldPacks {
    /// A line of this kind says something of a pack.
    pub(super) fn are_on_lines_of(kind: LineKind) -> bool {
        matches!(kind, LineKind::Prepaid | LineKind::Covered | LineKind::Overage)
    }

    /// Takes in the next line of a document. `None` when a figure does not fit.
    pub(super) fn meet(
        &mut self,
        world: &World,
        names: &AliasNames,
        facts: &LineFacts<'_>,
        issued: IssuedBy<'_>,
    ) -> Option<()> {
        if !UnsoldPacks::are_on_lines_of(facts.kind) {
            return Some(());
        }
        let Some(unit) = facts.unit.filter(|_| facts.ordered.is_none_or(|ordered| ordered >= Quantity::ZERO)) else {
            return Some(());
        };
        let now = names.find(facts.order_line, |id| world.lines.find(id));
        if now.is_some_and(|line| world.lines.at(line).is_pack()) {
            return Some(());
        }
        let id = now.map_or_else(|| names.now(facts.order_line), |line| world.lines.id(line));
        let place = self.ids.intern(id).position();
        if place == self.packs.len() {
            self.packs.push(UnsoldPack::nothing());
        }
        let of = self.packs.get_mut(place).or_bug("every pack of the ledger has its place");
        facts.order.clone_into(&mut of.order);
        facts.product.clone_into(&mut of.product);
        // What takes back says of the line what the document said that it corrects.
        if matches!(facts.effect, Effect::Billed | Effect::Covered) {
            issued.company.clone_into(&mut of.company);
            of.customer = facts.customer.map(str::to_owned).or(of.customer.take());
            of.bought_on = facts.confirmed_on.or(of.bought_on);
            of.ordered = facts.ordered.map(|ordered| unit.hours(ordered)).or(of.ordered);
        }
        if facts.kind == LineKind::Prepaid {
            of.billed = of.billed.checked_add(facts.quantity)?;
            of.taken_back = issued.on.filter(|_| of.billed == Quantity::ZERO && facts.effect != Effect::Billed);
        }
        Some(())
    }

    /// Of an id of now.
    pub fn find(&self, id: &str) -> Option<Idx<UnsoldPack>> {
        self.ids.find(id)
    }

    pub fn at(&self, pack: Idx<UnsoldPack>) -> &UnsoldPack {
        self.packs.get(pack.position()).or_bug("every pack of the ledger has its place")
    }

    /// With their ids.
    pub fn iter(&self) -> impl Iterator<Item = (Idx<UnsoldPack>, &str)> {
        self.ids.iter()
    }
}

impl UnsoldPack {
    fn nothing() -> UnsoldPack {
        UnsoldPack {
            order: String::new(),
            product: String::new(),
            customer: None,
            company: String::new(),
            bought_on: None,
            ordered: None,
            billed: Quantity::ZERO,
            taken_back: None,
        }
    }
}
