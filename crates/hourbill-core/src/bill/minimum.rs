//! M: what the hours of a part are billed as.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::of_line::{AtMinimum, Before, Of, billed_quantity};
use crate::ident::Idx;
use crate::model::{Entry, Minimum, MinimumBy, MinimumGroup, Terms};
use crate::posted::GroupBefore;
use crate::quantity::{Hours, HoursSum, Quantity};

impl Of<'_> {
    /// The minimum by which hours are billed at these terms, and who says it (M1).
    pub(super) fn minimum(&self, terms: Terms) -> Option<(Minimum, MinimumBy)> {
        self.world.minimum_for(self.settings.rules.minimum, self.line, terms)
    }

    /// M3: what the groups of `entries` bill on top of what was billed of them before; `cut` tells the hours of an entry that a cap cuts.
    pub(super) fn steps(
        &self,
        (minimum, terms): (Minimum, Terms),
        entries: &[Idx<Entry>],
        cut: &impl Fn(Idx<Entry>) -> Option<Hours>,
        before: &mut Before,
    ) -> Steps {
        let at = (terms.price, terms.discount, minimum);
        // By group, its hours, and the first of its entries that has any.
        let mut now: BTreeMap<MinimumGroup, (HoursSum, usize)> = BTreeMap::new();
        for (nth, &entry) in entries.iter().enumerate() {
            let view = self.world.entries.at(entry);
            let own = cut(entry).unwrap_or_else(|| self.account.hours_at(entry, self.stand(), view.hours));
            // An entry without hours bills nothing of what its group owes.
            if own != Hours::ZERO {
                let group = MinimumGroup::of_entry(self.world, minimum.per(), &view);
                now.entry(group).or_insert((HoursSum::ZERO, nth)).0 += own;
            }
        }
        let in_ledger = || {
            let groups = self.after.groups(self.posted);
            groups.closed(self.world.lines.id(self.idx), terms.price, terms.discount, minimum)
        };
        let known = before.groups.entry(at).or_insert_with(in_ledger);
        let (mut after, mut billed, mut is_paid) = (known.clone(), HoursSum::ZERO, false);
        let mut lifted = Vec::new();
        for (group, (hours, first)) in now {
            let of = after.entry(group).or_default();
            is_paid |= !of.billed(minimum).is_zero();
            let own = of.add(minimum, hours);
            billed += own;
            lifted.push((first, (own - hours).within_an_entry()));
        }
        lifted.retain(|(_, uplift)| *uplift != Hours::ZERO);
        Steps { at, after, billed, is_paid, lifted }
    }

    /// M3: of entries whose groups come to no quantity, those that a minimum has paid before are apart from those of which nothing was billed:
    /// only these stay open.
    pub(super) fn apart_if_paid<'e>(
        &self,
        entries: Cow<'e, [Idx<Entry>]>,
        cut: impl Fn(Idx<Entry>) -> Option<Hours>,
        before: &mut Before,
    ) -> Vec<Cow<'e, [Idx<Entry>]>> {
        let Some(&first) = entries.first() else { return vec![entries] };
        let terms = self.terms(first);
        let Some((minimum, _)) = self.minimum(terms) else { return vec![entries] };
        let all = self.steps((minimum, terms), &entries, &cut, before);
        let quantity = billed_quantity(self.settings, self.line, before.hours, all.billed);
        let comes_to_nothing =
            quantity.and_then(|quantity| quantity.checked_add(before.skew)).is_some_and(Quantity::is_zero);
        if !all.is_paid || !comes_to_nothing {
            return vec![entries];
        }
        let is_paid = |entry: &Idx<Entry>| self.steps((minimum, terms), &[*entry], &cut, &mut before.copied()).is_paid;
        let (paid, open): (Vec<_>, Vec<_>) = entries.iter().copied().partition(is_paid);
        [paid, open].into_iter().filter(|entries| !entries.is_empty()).map(Cow::Owned).collect()
    }
}

/// What a part of a line bills by a minimum, and the hours of its groups afterwards.
pub(super) struct Steps {
    pub at: AtMinimum,
    pub after: BTreeMap<MinimumGroup, GroupBefore>,
    pub billed: HoursSum,
    /// What is billed beyond the hours of each group, with the place of its first entry among those of the part.
    pub lifted: Vec<(usize, Hours)>,
    /// Some of the groups were billed for something before.
    pub is_paid: bool,
}
