//! What a statement says a pack is, whoever has it: the orders that were read, else the ledger (S2).

use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::model::{OrderLine, World};

/// A pack of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackHeader {
    /// Its order line.
    pub id: String,
    pub order: String,
    pub product: String,
    /// Who ordered it.
    pub customer: String,
    /// The root of the customer's commercial tree.
    pub root: String,
    pub company: String,
    /// The day from which on it counts; `None`: since ever, or nobody knows.
    pub bought_on: Option<Date>,
    pub confirmed_on: Option<Moment>,
    pub sequence: i64,
    /// Where the orders sell it as a pack.
    pub line: Option<Idx<OrderLine>>,
    /// Why they do not.
    pub not_sold: Option<NotSold>,
}

/// S2: why a pack that was told is in no order any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSold {
    /// No row of the orders bears its id.
    Left,
    /// Its row is in quarantine.
    Aside,
    /// Its order is not confirmed any more.
    NotConfirmed,
    /// The line is sold in another way now, so that what was paid counts there (G12).
    Otherwise,
}

impl NotSold {
    /// Its balance is carried on; else it ends.
    pub fn goes_on(self) -> bool {
        self != NotSold::Otherwise
    }

    /// What `statement.json` says of it.
    pub fn explanation(self) -> &'static str {
        match self {
            NotSold::Left => "no longer among the orders that were read; told from what was posted",
            NotSold::Aside => "its order row could not be used; told from what was posted",
            NotSold::NotConfirmed => "its order is not confirmed any more; told from what was posted",
            NotSold::Otherwise => "no longer sold as prepaid hours; its balance ends here",
        }
    }
}

impl PackHeader {
    /// One that the orders sell.
    pub(super) fn sold(world: &World, line: Idx<OrderLine>) -> PackHeader {
        let of = world.lines.at(line);
        PackHeader {
            id: world.lines.id(line).to_owned(),
            order: world.orders.id(of.order).to_owned(),
            product: of.product.clone(),
            customer: world.customers.id(of.customer).to_owned(),
            root: world.customers.id(world.root(of.customer)).to_owned(),
            company: world.companies.id(of.company).to_owned(),
            bought_on: of.bought_on(),
            confirmed_on: of.confirmed_on,
            sequence: of.sequence,
            line: Some(line),
            not_sold: None,
        }
    }

    /// Its statement, and its place there: the order in which packs were sold.
    pub(super) fn place(&self) -> impl Ord + '_ {
        let of_statement = (self.root.as_str(), self.company.as_str());
        (of_statement, self.confirmed_on, self.order.as_str(), self.sequence, self.id.as_str())
    }
}
