//! D3: what is left of each down payment.

use std::collections::BTreeMap;

use super::record::{LineKind, Payment};
use crate::quantity::{Currency, Money};

/// A down payment and one of its tax sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DownPaymentKey {
    pub order: String,
    /// Stands for (order_id, requested_on, method, value), or for the order line of one that the ERP invoiced.
    pub request: String,
    /// As `rates_text` tells them.
    pub taxes: String,
}

/// Net amounts of one tax set of a down payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownPayment {
    pub currency: Currency,
    /// The ledger has its posting; the ERP has that of others.
    pub in_ledger: bool,
    pub posted: Money,
    /// Taken back by credits and voids; 0 or negative.
    pub credited: Money,
    /// On deduction lines, less what their credits and voids gave back; 0 or negative.
    pub deducted: Money,
}

impl DownPayment {
    /// D3. `None` when it does not fit.
    pub fn balance(&self) -> Option<Money> {
        self.posted.checked_add(self.credited)?.checked_add(self.deducted)
    }

    /// No more is deducted and credited than was posted.
    pub(super) fn holds(&self) -> bool {
        !self.in_ledger || self.balance().is_some_and(|balance| !balance.is_negative())
    }
}

/// The balances of all down payments.
pub type DownPayments = BTreeMap<DownPaymentKey, DownPayment>;

/// A line of a document follows. `None` when a figure does not fit, or the currency is another than before.
pub(super) fn add(balances: &mut DownPayments, kind: LineKind, payment: &Payment<'_>) -> Option<DownPayment> {
    let key = DownPaymentKey {
        order: payment.order.to_owned(),
        request: payment.request.to_owned(),
        taxes: payment.taxes.to_owned(),
    };
    let zero = Money::ZERO;
    let currency = payment.currency;
    let none = DownPayment { currency, in_ledger: false, posted: zero, credited: zero, deducted: zero };
    let balance = balances.entry(key).or_insert(none);
    if balance.currency != currency {
        return None;
    }
    balance.in_ledger |= kind == LineKind::DownPayment;
    let sum = match kind {
        LineKind::Deduction => &mut balance.deducted,
        _ if payment.takes_back => &mut balance.credited,
        _ => &mut balance.posted,
    };
    *sum = sum.checked_add(payment.net)?;
    Some(*balance)
}
