//! A line of a draft: what it bills, or takes back, and with which entries.

use std::ops::Range;

use super::tax::Rate;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::link::Stand;
use crate::model::{Adjustment, Minimum, MinimumBy, OrderLine, Policy, Terms};
use crate::posted::{Line, LineKind};
use crate::quantity::{Currency, HoursSum, MICROS_PER_ONE, Money, Percent, Quantity, UnitPrice};

/// What a line of a draft bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// What an order line bills, or its share of one ticket.
    Line(Policy),
    /// W8: hours beyond a pack, on its line at its overage price.
    Overage,
    /// D1: one tax set of a down payment.
    DownPayment(Box<DownPaymentLine>),
    /// D2: what is taken off for one tax set of a down payment.
    Deduction(Box<DownPaymentLine>),
    /// G7: a line of a posted document is taken back.
    Refund(Box<Refund>),
}

/// One tax set of a down payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownPaymentLine {
    /// What the down payment is known by beside its order ([`crate::down_payment`]).
    pub request: String,
    /// The rates of the tax set, sorted.
    pub rates: Vec<Rate>,
    /// Names of the taxes.
    pub taxes: Vec<String>,
    /// What the customer reads.
    pub description: String,
    /// The order line of a down payment that the ERP invoiced.
    pub erp_line: Option<Idx<OrderLine>>,
}

/// A line of a posted document that is taken back, in whole or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The document that billed it, and its currency.
    pub document: String,
    pub currency: Option<Currency>,
    /// What is taken back, as the ledger will have it: price, discount, taxes and unit are those that were billed.
    pub line: Line,
    /// What its taxes are called.
    pub taxes: Vec<String>,
    /// Of each entry of the part, in that order: the id and the day, since 1970-01-01, under which it was billed there.
    pub billed: Vec<(String, i32)>,
}

/// One line of a draft to be.
#[derive(Clone, Debug)]
pub struct DraftLine {
    pub kind: PartKind,
    /// The order line that is billed. For down payments: a line of the order.
    pub line: Idx<OrderLine>,
    /// The quantity, in the unit of the order line; `None` when it cannot be held exactly.
    pub quantity: Option<Quantity>,
    /// The price and discount of an order line, and who changed them.
    pub terms: Terms,
    /// C8: what decided on the price, as the customer reads it; sorted.
    pub decided_by: Vec<String>,
    /// §8.3: the caps of the order line that leave no more room for its entries.
    pub caps: Vec<Idx<Adjustment>>,
    /// The net (B4) in the currency of the order line; `None` when it cannot be held exactly.
    pub net: Option<Money>,
    /// The hours of its entries; 0 for a line that is not billed by time.
    pub hours: HoursSum,
    /// M4: hours that a minimum bills beyond those of the entries.
    pub uplift: HoursSum,
    /// M1: by which minimum its hours are billed, and who says so.
    pub minimum: Option<(Minimum, MinimumBy)>,
    /// M3: a minimum billed all of these hours before: they are closed with quantity 0.
    pub paid: bool,
    /// B3: hours of the order line that are billed before these, as they are billed (M4).
    pub before: HoursSum,
    /// K2: all of its entries are dated before the period.
    pub late: bool,
    /// K2: the first and last date of its entries, when all are late or the period lacks an end: then that is its service period. Once the
    /// line is on a draft, its service period in any case.
    pub dates: Option<(Date, Date)>,
    pub(super) entries: Range<usize>,
}

impl DraftLine {
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// The order line that it bills; `None` for down payments, their deductions and what is taken back.
    pub fn order_line(&self) -> Option<Idx<OrderLine>> {
        match self.kind {
            PartKind::Line(_) | PartKind::Overage => Some(self.line),
            PartKind::DownPayment(_) | PartKind::Deduction(_) | PartKind::Refund(_) => None,
        }
    }

    pub fn is_time(&self) -> bool {
        matches!(self.kind, PartKind::Line(Policy::Time) | PartKind::Overage | PartKind::Refund(_))
    }

    /// Where its hours stand: the key under which hours of an entry are set apart.
    pub fn stand(&self) -> Stand {
        match self.kind {
            PartKind::Overage => Stand::Overage(self.line),
            PartKind::Line(_) | PartKind::DownPayment(_) | PartKind::Deduction(_) | PartKind::Refund(_) => {
                Stand::TimeLine(self.line)
            }
        }
    }

    pub fn line_kind(&self) -> LineKind {
        match &self.kind {
            PartKind::Line(policy) => LineKind::of(*policy),
            PartKind::Overage => LineKind::Overage,
            PartKind::DownPayment(_) => LineKind::DownPayment,
            PartKind::Deduction(_) => LineKind::Deduction,
            PartKind::Refund(refund) => refund.line.kind,
        }
    }

    /// A line that asks for `net` of a down payment, or takes it off.
    pub(super) fn about_down_payment(kind: PartKind, line: Idx<OrderLine>, net: Money) -> DraftLine {
        let one = if matches!(kind, PartKind::Deduction(_)) { -MICROS_PER_ONE } else { MICROS_PER_ONE };
        let quantity = Some(Quantity::from_micros(one));
        DraftLine { quantity, net: Some(net), ..DraftLine::without_hours(kind, line, 0) }
    }

    /// A line without entries and amounts; `at` is the position in the list of all parts' entries at which its own would begin.
    pub(super) fn without_hours(kind: PartKind, line: Idx<OrderLine>, at: usize) -> DraftLine {
        let (hours, uplift, before) = (HoursSum::ZERO, HoursSum::ZERO, HoursSum::ZERO);
        let (terms, caps, minimum, paid) = (Terms::of(UnitPrice::ZERO, Percent::ZERO), Vec::new(), None, false);
        let (quantity, net, late, dates, entries) = (None, None, false, None, at..at);
        let decided_by = Vec::new();
        DraftLine {
            kind,
            line,
            quantity,
            terms,
            decided_by,
            caps,
            net,
            hours,
            uplift,
            minimum,
            paid,
            before,
            late,
            dates,
            entries,
        }
    }
}
