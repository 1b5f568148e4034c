//! G7, G8: how much of what was billed of an entry is taken back once it was edited or moved.

use std::collections::BTreeSet;

use super::corrected::{Back, StillBilled};
use super::entries::Closed;
use super::lines::is_in_tree_of;
use super::seen::Posted;
use crate::ident::Idx;
use crate::model::{EntryView, OrderLine, World};
use crate::quantity::Hours;

/// What is taken back of an entry.
#[derive(Debug)]
pub struct GivenBack {
    /// Newest first.
    pub back: Vec<Back>,
    /// Closed hours that the entry does not have any more, and that no document bills: they were written off, or an opening closed them. Below 0
    /// where they were negative.
    pub gone: Hours,
}

impl GivenBack {
    /// The hours that are taken back, with the sign with which they were billed.
    pub fn hours(&self) -> Hours {
        self.back.iter().fold(Hours::ZERO, |sum, back| sum.plus(back.hours))
    }
}

impl Posted {
    /// G7: companies that issued what is given back and that no row names any more.
    pub fn issuers_left(&self, world: &World) -> BTreeSet<&str> {
        self.corrected.issuers_left(world)
    }

    /// G7: customers who got what is given back and whom no row names any more.
    pub fn payers_left(&self, world: &World) -> BTreeSet<&str> {
        self.corrected.payers_left(world, &self.lines)
    }

    /// What is taken back of an entry of which the ledger has `closed`: everything that was billed elsewhere than on the line that it was moved
    /// `to`, then what it has no more, newest first. Never more than documents still bill; what is open afterwards is negative only where the
    /// entry is.
    pub fn given_back(
        &self,
        world: &World,
        entry: &EntryView<'_>,
        closed: Closed,
        to: Option<Idx<OrderLine>>,
    ) -> GivenBack {
        let own = entry.hours.less(closed.covered);
        if to.is_none() && own == closed.hours {
            return GivenBack { back: Vec::new(), gone: Hours::ZERO };
        }
        let billing = self.corrected.billing(self.ledger_ids(entry)).into_iter();
        let stays = |of: &StillBilled<'_>| to.is_none_or(|line| self.bills_on(world, of, line));
        let (here, elsewhere): (Vec<_>, Vec<_>) = billing.partition(stays);
        let sum = |all: &[StillBilled<'_>]| all.iter().fold(Hours::ZERO, |sum, of| sum.plus(of.hours()));
        let (billed, moved) = (sum(&here), sum(&elsewhere));
        let rest = own.less(closed.hours).plus(moved);
        // What is billed of it in the end.
        let after = match rest < Hours::ZERO {
            true => billed.plus(rest).max(own.min(Hours::ZERO)).min(billed),
            false => billed.plus(rest).min(own.max(Hours::ZERO)).max(billed),
        };
        let mut less =
            if rest < Hours::ZERO { billed.less(after.max(Hours::ZERO)).max(Hours::ZERO) } else { Hours::ZERO };
        let mut back: Vec<Back> = elsewhere.iter().map(|of| of.back(of.hours())).collect();
        for of in here.iter().filter(|of| of.hours() > Hours::ZERO) {
            let taken = of.hours().min(less);
            if taken > Hours::ZERO {
                back.push(of.back(taken));
                less = less.less(taken);
            }
        }
        GivenBack { back, gone: after.less(billed).less(rest) }
    }

    /// It bills an order line, for the commercial tree in which that lies now.
    fn bills_on(&self, world: &World, of: &StillBilled<'_>, line: Idx<OrderLine>) -> bool {
        let billed = &of.line.line;
        let customer = billed.then.customer.as_deref();
        self.lines.find(world, &billed.order_line) == Some(line)
            && customer.is_none_or(|customer| is_in_tree_of(world, customer, world.lines.at(line)))
    }
}
