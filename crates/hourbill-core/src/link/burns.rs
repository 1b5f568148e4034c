//! M7: packs give what a minimum makes of hours, not the hours that were worked.

use std::collections::{BTreeSet, HashMap};

use crate::ident::Idx;
use crate::model::{EntryView, Minimum, MinimumGroup, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// What a group of entries has taken of a pack.
#[derive(Clone, Copy, Default)]
struct GroupTaken {
    worked: HoursSum,
    given: HoursSum,
}

/// What packs have given by minimums. A pack is known by its place: its position in the list that [`Burns::of`] was made of.
pub struct Burns<'a> {
    world: &'a World,
    minimums: Vec<Option<Minimum>>,
    taken: HashMap<(usize, MinimumGroup), GroupTaken>,
    /// Places of packs that have given more than was worked to some group.
    ahead: BTreeSet<usize>,
}

impl<'a> Burns<'a> {
    /// Starts with what the ledger says, or with nothing taken when `free`. `None` where the job does not let packs give by minimums.
    pub fn of(
        world: &'a World,
        settings: &BillingSettings,
        posted: &Posted,
        packs: impl Iterator<Item = Idx<OrderLine>>,
        free: bool,
    ) -> Option<Burns<'a>> {
        if !settings.rules.packs.by_minimum {
            return None;
        }
        let mut burns = Burns { world, minimums: Vec::new(), taken: HashMap::new(), ahead: BTreeSet::new() };
        for (at, pack) in packs.enumerate() {
            let minimum = world.minimum_on_pack(settings.rules.minimum, pack);
            burns.minimums.push(minimum.map(|(minimum, _)| minimum));
            let Some((minimum, _)) = minimum.filter(|_| !free) else { continue };
            for (group, (worked, given)) in posted.groups.on_pack(world.lines.id(pack), minimum.per()) {
                burns.keep(at, group, GroupTaken { worked, given });
            }
        }
        Some(burns)
    }

    fn keep(&mut self, at: usize, group: MinimumGroup, taken: GroupTaken) {
        if taken.given > taken.worked {
            self.ahead.insert(at);
        }
        self.taken.insert((at, group), taken);
    }

    fn group(&self, at: usize, entry: &EntryView<'_>) -> Option<(Minimum, (usize, MinimumGroup))> {
        let minimum = self.minimums.get(at).copied().flatten()?;
        Some((minimum, (at, MinimumGroup::on_pack(self.world, minimum.per(), entry))))
    }

    /// M3: hours that the pack at place `at` gives for `hours` of an entry, on top of what it gave to the entry's group before. Work gives
    /// nothing back, and what is given back takes nothing.
    pub fn gives(&self, at: usize, entry: &EntryView<'_>, hours: Hours) -> HoursSum {
        let Some((minimum, key)) = self.group(at, entry) else { return hours.into() };
        let taken = self.taken.get(&key).copied().unwrap_or_default();
        let gives = minimum.billed(taken.worked + hours.into()) - taken.given;
        if hours < Hours::ZERO { gives.min(HoursSum::ZERO) } else { gives.max(HoursSum::ZERO) }
    }

    /// W6: hours of the entry, `rest` at most, that fit what a pack has left, and what it gives for them. A pack that cannot give all of a
    /// minimum gives what it has left, and ends at exactly 0.
    pub fn fits(&self, at: usize, entry: &EntryView<'_>, rest: Hours, left: HoursSum) -> (Hours, HoursSum) {
        let (all, left) = (self.gives(at, entry, rest), left.max(HoursSum::ZERO));
        if all <= left {
            return (rest, all);
        }
        let hours = HoursSum::from(rest).min(left + self.ahead_by(at, entry)).within_an_entry();
        (hours, left)
    }

    /// Hours of the entry's group that the pack has given before they were worked.
    fn ahead_by(&self, at: usize, entry: &EntryView<'_>) -> HoursSum {
        let taken = self.group(at, entry).and_then(|(_, key)| self.taken.get(&key).copied()).unwrap_or_default();
        (taken.given - taken.worked).max(HoursSum::ZERO)
    }

    /// The pack has given more to the entry's group than was worked: some of its hours are paid, although the pack may be empty.
    pub fn is_ahead(&self, at: usize, entry: &EntryView<'_>) -> bool {
        self.ahead_by(at, entry).is_positive()
    }

    /// The next place behind one of a pack that may be ahead of a group.
    pub fn next_ahead(&self, behind: std::ops::Bound<usize>) -> impl Iterator<Item = usize> + '_ {
        self.ahead.range((behind, std::ops::Bound::Unbounded)).copied()
    }

    /// Notes that the pack at place `at` has `given` so much for `hours` of the entry.
    pub fn note(&mut self, at: usize, entry: &EntryView<'_>, hours: Hours, given: HoursSum) {
        let Some((_, key)) = self.group(at, entry) else { return };
        let taken = self.taken.get(&key).copied().unwrap_or_default();
        let taken = GroupTaken { worked: taken.worked + hours.into(), given: taken.given + given };
        self.keep(key.0, key.1, taken);
    }
}
