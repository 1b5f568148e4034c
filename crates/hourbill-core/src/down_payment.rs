//! Down payments as they are known across runs: what was asked for, and what is left of what was posted (D1-D3).

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::Date;
use crate::ident::company_ids_agree;
use crate::quantity::{Currency, Money, Percent, Quantity};

/// Category (EN 16931) and rate of a tax.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    pub category: String,
    pub percent: Percent,
}

/// How a down payment is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Of the order's lines at ordered quantity.
    Percentage(Percent),
    /// An amount with tax, in units of the order's currency.
    Fixed(Quantity),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Method::Percentage(percent) => write!(f, "percentage {percent}"),
            Method::Fixed(amount) => write!(f, "fixed {amount}"),
        }
    }
}

/// What a request is known by beside its order (D1): `2026-10-01 percentage 50`, without the date when there is none.
pub fn request_key(requested_on: Option<Date>, method: Method) -> String {
    match requested_on {
        Some(date) => format!("{date} {method}"),
        None => method.to_string(),
    }
}

/// What stands for the request of a down payment that the ERP invoiced: its order line.
pub fn erp_key(order_line_id: &str) -> String {
    format!("order line {order_line_id}")
}

/// Net amounts of one tax set of a down payment, none of them negative for a down payment of positive lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownPaymentBalance {
    pub posted: Money,
    /// Taken back by credits.
    pub credited: Money,
    /// On deduction lines, less what was taken back of them.
    pub deducted: Money,
}

impl DownPaymentBalance {
    pub const NOTHING: DownPaymentBalance =
        DownPaymentBalance { posted: Money::ZERO, credited: Money::ZERO, deducted: Money::ZERO };

    /// D3: posted - credited - deducted. `None` when it cannot be held.
    pub fn left(&self) -> Option<Money> {
        self.posted.checked_add(self.credited.negated())?.checked_add(self.deducted.negated())
    }
}

/// Who asked for a down payment, and whom: only drafts between the two take it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownPaymentParties {
    pub company: String,
    /// The customer that the document went to.
    pub customer: String,
}

impl DownPaymentParties {
    /// A draft of this company for this customer is between the same two. A company that only one side names is the same (as in L2).
    pub fn are(&self, company: &str, customer: &str) -> bool {
        company_ids_agree(&self.company, company) && self.customer == customer
    }
}

/// What the ledger knows of one down payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedDownPayment {
    pub currency: Currency,
    /// The document that asked for it; the newest when it was asked for again. Empty when the ERP did.
    pub document: String,
    /// Those of that document; `None` when the ERP asked.
    pub parties: Option<DownPaymentParties>,
    /// Rounding amount (BT-114) of the document that asked for it.
    pub rounding: Money,
    /// Voided, or credited whole for rebilling: it is to be asked for again.
    pub reopened: bool,
    /// By tax set, sorted.
    pub sets: BTreeMap<Vec<Rate>, DownPaymentBalance>,
}

impl PostedDownPayment {
    /// The ERP asked for it: the ledger has deductions, and no document that they are taken off.
    pub fn is_of_the_erp(&self) -> bool {
        self.document.is_empty()
    }
}

/// What the ledger knows of down payments: by order and request. Without a ledger it is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownPaymentBalances {
    orders: BTreeMap<String, BTreeMap<String, PostedDownPayment>>,
}

impl DownPaymentBalances {
    /// The down payment of an order that is known by `request` ([`request_key`] or [`erp_key`]); new when it is met first.
    pub fn entry(&mut self, order: &str, request: &str, currency: Currency) -> &mut PostedDownPayment {
        let none = || PostedDownPayment {
            currency,
            document: String::new(),
            parties: None,
            rounding: Money::ZERO,
            reopened: false,
            sets: BTreeMap::new(),
        };
        self.orders.entry(order.to_owned()).or_default().entry(request.to_owned()).or_insert_with(none)
    }

    pub fn get(&self, order: &str, request: &str) -> Option<&PostedDownPayment> {
        self.orders.get(order)?.get(request)
    }

    /// All of an order, by request.
    pub fn of_order(&self, order: &str) -> impl Iterator<Item = (&str, &PostedDownPayment)> {
        self.orders.get(order).into_iter().flatten().map(|(request, posted)| (request.as_str(), posted))
    }

    pub fn orders(&self) -> impl Iterator<Item = &str> {
        self.orders.keys().map(String::as_str)
    }
}
