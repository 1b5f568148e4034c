//! A time line whose hours become parts, and what was billed of it before each.

use std::collections::BTreeMap;

use crate::account::Account;
use crate::ident::Idx;
use crate::model::{Entry, Minimum, MinimumGroup, OrderLine, Terms, World};
use crate::posted::Posted;
use crate::quantity::{HoursSum, Percent, Quantity, UnitPrice};
use crate::settings::BillingSettings;

/// M2: what groups are apart by beside what they count together.
pub(super) type AtMinimum = (UnitPrice, Percent, Minimum);

/// What was billed of a line before a part of it.
pub(super) struct Before {
    pub hours: HoursSum,
    /// What the first part makes up for, so that the parts of all documents add up.
    pub skew: Quantity,
    /// M3: hours of groups, in the ledger and in the parts before.
    pub groups: BTreeMap<AtMinimum, BTreeMap<MinimumGroup, HoursSum>>,
}

impl Before {
    pub(super) fn copied(&self) -> Before {
        Before { hours: self.hours, skew: self.skew, groups: self.groups.clone() }
    }
}

/// A time line.
pub(super) struct Of<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub account: &'a Account,
    pub posted: &'a Posted,
    pub idx: Idx<OrderLine>,
    pub line: &'a OrderLine,
}

impl Of<'_> {
    pub(super) fn terms(&self, entry: Idx<Entry>) -> Terms {
        self.world.terms_for(self.idx, self.line, &self.world.entries.at(entry))
    }
}

/// B3: round(before + now) - round(before).
pub(super) fn billed_quantity(
    settings: &BillingSettings,
    line: &OrderLine,
    before: HoursSum,
    now: HoursSum,
) -> Option<Quantity> {
    let rounded = |hours| line.unit?.quantity(hours, settings.rules.quantity_decimals);
    rounded(before + now)?.checked_sub(rounded(before)?)
}
