//! A line whose hours become parts, and what was billed of it before each.

use std::collections::BTreeMap;

use super::AfterRefunds;
use crate::account::Account;
use crate::ident::Idx;
use crate::link::Stand;
use crate::model::{Entry, Minimum, MinimumGroup, OrderLine, Terms, World};
use crate::posted::{GroupBefore, Posted};
use crate::quantity::{HoursSum, Percent, Quantity, UnitPrice};
use crate::settings::BillingSettings;

/// What tells groups of a minimum apart beside what they count together (M2): price, discount and minimum.
pub(super) type AtMinimum = (UnitPrice, Percent, Minimum);

/// What was billed of an order line before one of its parts.
pub(super) struct Before {
    pub hours: HoursSum,
    /// The difference that the first part makes up for (`OrderLineState::skew`), so that the parts of all documents add up.
    pub skew: Quantity,
    /// M3: what is billed of each group, in the ledger and in the parts before.
    pub groups: BTreeMap<AtMinimum, BTreeMap<MinimumGroup, GroupBefore>>,
}

impl Before {
    pub(super) fn copied(&self) -> Before {
        Before { hours: self.hours, skew: self.skew, groups: self.groups.clone() }
    }
}

/// A time line, or what is billed beyond a pack.
pub(super) struct Of<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub account: &'a Account,
    pub posted: &'a Posted,
    pub after: &'a AfterRefunds,
    pub idx: Idx<OrderLine>,
    pub line: &'a OrderLine,
    /// The hours beyond a pack are billed, not the line itself (W8).
    pub overage: bool,
}

impl Of<'_> {
    /// Where the hours stand that these parts bill.
    pub(super) fn stand(&self) -> Stand {
        if self.overage { Stand::Overage(self.idx) } else { Stand::TimeLine(self.idx) }
    }

    /// What documents have billed, refunds of this run among them. B3 counts a pack itself and what goes beyond it (W8) by themselves.
    pub(super) fn before(&self) -> Before {
        let state = self.after.line(self.posted, self.idx);
        let (state, hours) = match self.overage {
            true => (state.overage(), state.overage().hours),
            false => (state, self.account.line(self.idx).invoiced + self.after.hours(self.posted, self.idx)),
        };
        let skew = state.skew(self.line.unit, self.settings.rules.quantity_decimals);
        Before { hours: hours + state.uplift, skew, groups: BTreeMap::new() }
    }

    pub(super) fn terms(&self, entry: Idx<Entry>) -> Terms {
        if self.overage {
            return self.world.overage_terms(self.idx);
        }
        self.world.terms_for(self.idx, self.line, &self.world.entries.at(entry))
    }
}

/// B3: the quantity that `now` adds, in the unit of the line: round(before + now) - round(before). `None` when it does not fit.
pub(super) fn billed_quantity(
    settings: &BillingSettings,
    line: &OrderLine,
    before: HoursSum,
    now: HoursSum,
) -> Option<Quantity> {
    let rounded = |hours| line.unit?.quantity(hours, settings.rules.quantity_decimals);
    rounded(before + now)?.checked_sub(rounded(before)?)
}
