//! W5 where tickets pick their packs: which of them may be drawn by what work, and on which days.

use std::collections::BTreeSet;

use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{EntryView, OrderLine, Overdraft, Ticket, World};
use crate::posted::{Posted, invoiced_quantity};
use crate::settings::{BillingSettings, PrepaidGate};

/// Which work packs may be drawn by, for all packs; `any` is false where no pack has a limit.
pub(super) struct Limits {
    any: bool,
    overdraft: Overdraft,
    /// Packs that are not invoiced in full, where that is asked.
    unmet: BTreeSet<Idx<OrderLine>>,
    /// Names that packs cover; sorted.
    covered: Vec<String>,
}

/// The number of an entry's activity among the names that packs cover, from 1; 0 for one that no pack names.
pub(super) type Activity = u16;

impl Limits {
    pub fn of(world: &World, settings: &BillingSettings, posted: &Posted) -> Limits {
        let rules = &settings.rules.packs;
        let gated = rules.gate == PrepaidGate::Invoiced;
        let any = world.packs.limited || gated;
        let (mut unmet, mut covered) = (BTreeSet::new(), BTreeSet::new());
        for (idx, line) in world.lines.of_every_part().filter(|(_, line)| any && line.is_pack()) {
            if gated && invoiced_quantity(posted, idx, line) < line.ordered {
                unmet.insert(idx);
            }
            covered.extend(line.pack.iter().flat_map(|terms| &terms.covers).map(String::as_str));
        }
        let covered = covered.into_iter().map(str::to_owned).collect();
        Limits { any, overdraft: rules.overdraft, unmet, covered }
    }

    pub fn activity(&self, entry: &EntryView<'_>) -> Activity {
        if self.covered.is_empty() {
            return 0;
        }
        let activity = entry.circumstance().map_or("", |circumstance| circumstance.doing.activity.as_str());
        let at = self.covered.binary_search_by(|name| name.as_str().cmp(activity));
        // Names beyond the limit of the number cover no activity: there are as many packs as that only in theory.
        at.ok().and_then(|at| Activity::try_from(at + 1).ok()).unwrap_or(0)
    }

    /// W5: work of the ticket on a day may draw on the pack.
    pub fn allow(
        &self,
        world: &World,
        pack: Idx<OrderLine>,
        (ticket, of): (Option<Idx<Ticket>>, Activity),
        day: Date,
    ) -> bool {
        if !self.any {
            return true;
        }
        let team = ticket.and_then(|ticket| world.tickets.at(ticket).team).map_or("", |team| world.teams.id(team));
        let activity = usize::from(of).checked_sub(1).and_then(|at| self.covered.get(at)).map_or("", String::as_str);
        let open = !self.unmet.contains(&pack) && world.pack_shut_on(pack, day).is_none();
        open && world.pack_covers(pack, team, activity)
    }

    /// The hours count on the pack: it may be drawn by them, or they stay on it all the same (W7).
    pub fn counts(
        &self,
        world: &World,
        pack: Idx<OrderLine>,
        work: (Option<Idx<Ticket>>, Activity),
        day: Date,
    ) -> bool {
        self.allow(world, pack, work, day) || world.overdraft(pack, self.overdraft) == Overdraft::Negative
    }
}
