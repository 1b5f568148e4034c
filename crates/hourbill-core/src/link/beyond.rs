//! W7: where hours go that no pack takes.

use std::collections::{BTreeMap, BTreeSet};

use super::draws::{Stand, Withheld};
use super::fold::rank;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Customer, OrderLine, Overdraft, Policy, World};

/// The time lines of each commercial tree, in the order of L2.
#[derive(Default)]
pub(super) struct TimeLines(BTreeMap<Idx<Customer>, Vec<Idx<OrderLine>>>);

impl TimeLines {
    /// The confirmed lines billed by time, in a unit of time, of each tree that has a pack.
    pub fn new(world: &World) -> TimeLines {
        let packs = world.lines.of_every_part().filter(|(_, line)| line.is_pack());
        let mut all: BTreeMap<Idx<Customer>, Vec<Idx<OrderLine>>> =
            packs.map(|(_, line)| (world.root(line.customer), Vec::new())).collect();
        for (idx, line) in world.lines.of_every_part().filter(|(_, line)| is_time_line(line)) {
            if let Some(lines) = all.get_mut(&world.root(line.customer)) {
                lines.push(idx);
            }
        }
        for lines in all.values_mut() {
            lines.sort_by(|&a, &b| rank(world, a).cmp(&rank(world, b)));
        }
        TimeLines(all)
    }

    /// Where hours of a date stand that go beyond `pack`; `rules` holds where the pack says nothing.
    pub fn stand(&self, world: &World, rules: Overdraft, pack: Idx<OrderLine>, date: Date) -> Stand {
        let line = world.lines.at(pack);
        match world.overdraft(pack, rules) {
            Overdraft::Negative => Stand::Pack(pack),
            Overdraft::Hold => Stand::Withheld(pack, Withheld::Hold),
            Overdraft::Rate => match line.pack.as_deref().and_then(|terms| terms.overage_price) {
                Some(_) => Stand::Overage(pack),
                None => Stand::Withheld(pack, Withheld::PriceMissing),
            },
            Overdraft::TimeLine => match self.line(world, pack, date) {
                Some(line) => Stand::TimeLine(line),
                None => Stand::Withheld(pack, Withheld::LineUnusable),
            },
        }
    }

    /// The time line that bills hours beyond `pack`: the one that it names, else the newest that fits; `None` when none can.
    fn line(&self, world: &World, pack: Idx<OrderLine>, date: Date) -> Option<Idx<OrderLine>> {
        let of = world.lines.at(pack);
        if of.pack.as_deref().is_some_and(|terms| terms.overage_line.is_some()) {
            return named(world, pack).ok();
        }
        let lines = self.0.get(&world.root(of.customer))?;
        let fits = |idx: &Idx<OrderLine>| {
            let line = world.lines.at(*idx);
            let holds = world.agreements.of_line(*idx).is_none_or(|says| says.holds(date));
            line.currency == of.currency && world.companies_agree(line.company, of.company) && holds
        };
        lines.iter().copied().find(fits)
    }
}

/// The time lines that may have billed hours beyond packs, whichever of them is the newest by now.
pub(super) fn time_lines(world: &World, rules: Overdraft) -> BTreeSet<Idx<OrderLine>> {
    let packs = world
        .lines
        .of_every_part()
        .filter(|(idx, line)| line.is_pack() && world.overdraft(*idx, rules) == Overdraft::TimeLine);
    let of_packs: BTreeSet<_> =
        packs.map(|(_, line)| (world.root(line.customer), line.currency, line.company)).collect();
    if of_packs.is_empty() {
        return BTreeSet::new();
    }
    let fits = |line: &OrderLine| {
        let of_tree = of_packs.iter().filter(|(root, ..)| *root == world.root(line.customer));
        of_tree
            .into_iter()
            .any(|(_, currency, company)| *currency == line.currency && world.companies_agree(line.company, *company))
    };
    world
        .lines
        .of_every_part()
        .filter(|(_, line)| line.policy == Policy::Time && fits(line))
        .map(|(idx, _)| idx)
        .collect()
}

fn is_time_line(line: &OrderLine) -> bool {
    line.confirmed && line.policy == Policy::Time && line.unit.is_some() && !line.is_downpayment
}

/// The time line that a pack names for hours beyond it, or in words why it cannot be used.
pub(super) fn named(world: &World, pack: Idx<OrderLine>) -> Result<Idx<OrderLine>, String> {
    let of = world.lines.at(pack);
    let id = of.pack.as_deref().and_then(|terms| terms.overage_line.as_deref()).unwrap_or_default();
    let Some(idx) = world.lines.find(id) else { return Err(format!("`{id}` is not in the orders input")) };
    let line = world.lines.at(idx);
    let why = if line.policy != Policy::Time || line.unit.is_none() || line.is_downpayment {
        "is no time line"
    } else if !line.confirmed {
        "is not confirmed"
    } else if line.currency != of.currency {
        "is in another currency"
    } else if !world.companies_agree(line.company, of.company) {
        "is of another company"
    } else if world.root(line.customer) != world.root(of.customer) {
        "is sold to another customer tree"
    } else {
        return Ok(idx);
    };
    Err(format!("`{id}` {why}"))
}

/// W7: in words, why hours beyond a pack have no time line.
pub fn unusable(world: &World, pack: Idx<OrderLine>) -> String {
    let names = world.lines.at(pack).pack.as_deref().is_some_and(|terms| terms.overage_line.is_some());
    match named(world, pack) {
        Err(why) if names => why,
        _ => "its customer has no confirmed time line in its currency and company".to_owned(),
    }
}
