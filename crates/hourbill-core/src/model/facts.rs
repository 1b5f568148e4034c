//! What is known of an entry while its columns are gone through, without a look at its ticket or its line.

use super::{Customer, LineLink};
use crate::ident::Idx;

/// Facts about an entry, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts(u16);

impl Facts {
    pub const QUARANTINED: Facts = Facts(1);
    pub const DUPLICATE: Facts = Facts(2);
    /// `billable` is false.
    pub const NOT_BILLABLE: Facts = Facts(4);
    /// The row is a draft in the exporting program: not validated yet.
    pub const NOT_VALIDATED: Facts = Facts(8);
    /// `invoice_id` is filled.
    pub const INVOICED: Facts = Facts(16);
    /// Its hours cannot be read and count as 0.
    pub const UNREADABLE_HOURS: Facts = Facts(32);
    /// An adjustment names its id (§8).
    pub const ADJUSTED: Facts = Facts(64);
    /// Its line is the one that it names itself; else its ticket names it.
    pub const NAMES_LINE: Facts = Facts(128);
    /// L4: the team of its ticket does not bill its time.
    pub const TEAM_OFF: Facts = Facts(256);
    /// Adjustments name its ticket (§8).
    pub const TICKET_ADJUSTED: Facts = Facts(512);
    /// L6: the customers of its ticket and of its line are of different trees.
    pub const OTHER_TREE: Facts = Facts(1024);
    /// Its line is confirmed.
    pub const LINE_CONFIRMED: Facts = Facts(2048);
    /// Its line is a time line.
    pub const LINE_BY_TIME: Facts = Facts(4096);
    /// X5: a bound of entries holds it; which one the world says.
    pub const BOUND: Facts = Facts(8192);

    /// As many as there are sets of facts.
    pub const COMBINATIONS: usize = 1 << 14;

    /// The set as a number below [`Facts::COMBINATIONS`].
    #[inline]
    pub fn number(self) -> usize {
        self.0 as usize
    }

    /// These facts with what `line` says, for an entry on a line that its ticket does not name; `root` is that of the ticket's customer.
    pub fn on_line(self, root: Option<Idx<Customer>>, line: Option<LineLink>) -> Facts {
        let of_line = Facts::OTHER_TREE.0 | Facts::LINE_CONFIRMED.0 | Facts::LINE_BY_TIME.0;
        let mut facts = Facts(self.0 & !of_line);
        if let Some(line) = line {
            facts.set_if(root.is_some_and(|root| root != line.root), Facts::OTHER_TREE);
            facts.set_if(line.confirmed, Facts::LINE_CONFIRMED);
            facts.set_if(line.by_time, Facts::LINE_BY_TIME);
        }
        facts
    }

    pub(super) fn set_if(&mut self, holds: bool, fact: Facts) {
        if holds {
            self.set(fact);
        }
    }

    /// Facts to ask [`Facts::has`] for: it is true of either.
    pub const fn or(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }

    #[inline]
    pub fn has(self, fact: Facts) -> bool {
        self.0 & fact.0 != 0
    }

    /// The entry is neither set aside nor a repeat.
    #[inline]
    pub fn is_usable(self) -> bool {
        !self.has(Facts::QUARANTINED.or(Facts::DUPLICATE))
    }

    /// Sets the fact when it `holds`, else takes it away.
    pub fn put(&mut self, holds: bool, fact: Facts) {
        self.0 = if holds { self.0 | fact.0 } else { self.0 & !fact.0 };
    }

    #[inline]
    pub fn unset(&mut self, fact: Facts) {
        self.0 &= !fact.0;
    }

    #[inline]
    pub fn set(&mut self, fact: Facts) {
        self.0 |= fact.0;
    }
}
