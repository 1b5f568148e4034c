//! An order line: what was sold, at which terms, and how it is invoiced.

use super::{Adjustment, Company, Customer, HourRate, Minimum, Order, PackTerms, Unpriced, World};
use crate::calendar::Moment;
use crate::finding::Place;
use crate::ident::Idx;
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize, net, value};

/// How an order line is invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Billed by its ordered quantity; its entries are covered.
    Prepaid,
    /// Billed by the hours of its entries.
    Time,
    Milestones,
    Manual,
}

impl Policy {
    /// The word of exports and tables.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Prepaid => "ordered_prepaid",
            Policy::Time => "delivered_timesheet",
            Policy::Milestones => "delivered_milestones",
            Policy::Manual => "delivered_manual",
        }
    }
}

/// One sales order item.
#[derive(Clone, Debug)]
pub struct OrderLine {
    pub order: Idx<Order>,
    /// Its order's state is `sale` or `done`.
    pub confirmed: bool,
    pub customer: Idx<Customer>,
    pub product: String,
    pub description: String,
    pub policy: Policy,
    /// The unit of measure as exported, trimmed.
    pub uom: String,
    /// How long one unit is; `None` for units that measure no time.
    pub unit: Option<UnitSize>,
    pub ordered: Quantity,
    /// Of one unit, as the order or agreement says; [`super::World::terms`] knows what adjustments say beside it.
    pub order_price: UnitPrice,
    pub currency: Currency,
    /// When the order was confirmed: filled on confirmed lines, but for agreements without a first day.
    pub confirmed_on: Option<Moment>,
    pub sequence: i64,
    /// As the order or agreement says.
    pub order_discount: Percent,
    pub taxes: Vec<String>,
    /// The invoiced quantity as the export has it, in the line's unit; 0 when it gives none.
    pub invoiced: Quantity,
    pub invoiced_given: bool,
    /// The delivered quantity as the export has it, in the line's unit.
    pub delivered: Option<Quantity>,
    pub is_downpayment: bool,
    pub bill_to: Option<Idx<Customer>>,
    pub payment_terms: String,
    /// The customer's own name for the order (BT-13).
    pub customer_reference: String,
    pub upsell_threshold: Percent,
    /// The minimum by which the line's hours are billed (M1).
    pub minimum: Option<Minimum>,
    /// The remaining hours as the export has them, only compared with ours.
    pub remaining: Option<Hours>,
    pub company: Idx<Company>,
    /// What the row says of the line as a pack; `None` where it says nothing.
    pub pack: Option<Box<PackTerms>>,
    pub place: Place,
}

impl OrderLine {
    /// An order line that is not confirmed, of which only what is given here is known: a row puts what it says over that.
    pub fn bare(
        order: Idx<Order>,
        customer: Idx<Customer>,
        currency: Currency,
        company: Idx<Company>,
        place: Place,
    ) -> OrderLine {
        OrderLine {
            order,
            confirmed: false,
            customer,
            product: String::new(),
            description: String::new(),
            policy: Policy::Manual,
            uom: String::new(),
            unit: None,
            ordered: Quantity::ZERO,
            order_price: UnitPrice::ZERO,
            currency,
            confirmed_on: None,
            sequence: 0,
            order_discount: Percent::ZERO,
            taxes: Vec::new(),
            invoiced: Quantity::ZERO,
            invoiced_given: false,
            delivered: None,
            is_downpayment: false,
            bill_to: None,
            payment_terms: String::new(),
            customer_reference: String::new(),
            upsell_threshold: Percent::HUNDRED,
            minimum: None,
            remaining: None,
            company,
            pack: None,
            place,
        }
    }

    /// H2: ordered hours, for lines in a time unit.
    pub fn ordered_hours(&self) -> Option<HoursSum> {
        self.unit.map(|unit| unit.hours(self.ordered))
    }

    /// What hours would bring at these terms, rounded once; `None` for units that measure no time, and where nobody knows the price.
    pub fn worth(&self, hours: Hours, at: Terms) -> Option<Money> {
        if at.unpriced.is_some() {
            return None;
        }
        value(hours, self.unit?, at.price, at.discount, self.currency)
    }

    /// The customer a draft goes to (B7).
    pub fn billed_customer(&self) -> Idx<Customer> {
        self.bill_to.unwrap_or(self.customer)
    }
}

/// What a line bills at (B4), and the adjustments that say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub price: UnitPrice,
    pub discount: Percent,
    pub price_by: Option<Idx<Adjustment>>,
    pub discount_by: Option<Idx<Adjustment>>,
    /// C4: where the price comes from, when that is a rate.
    pub rate: Option<Idx<HourRate>>,
    /// C6: why nobody knows the price; `price` means nothing then.
    pub unpriced: Option<Unpriced>,
}

impl Terms {
    /// Terms that the line itself says: no adjustment and no rate decides on them.
    pub const fn of(price: UnitPrice, discount: Percent) -> Terms {
        Terms { price, discount, price_by: None, discount_by: None, rate: None, unpriced: None }
    }
}

impl World {
    /// The net of a quantity of a line by the price and discount that it has beside those of dates (B4); `None` when it does not fit.
    pub fn net_of(&self, idx: Idx<OrderLine>, quantity: Quantity) -> Option<Money> {
        let line = self.lines.at(idx);
        let terms = self.terms(idx, line, None);
        net(quantity, terms.price, terms.discount, line.currency)
    }
}

/// What every entry asks of its order line. It stands apart from the line for the reason of [`super::TicketLink`]; the line says the same.
#[derive(Clone, Copy, Debug)]
pub struct LineLink {
    /// The root of its customer's commercial tree.
    pub root: Idx<Customer>,
    /// It is a time line.
    pub by_time: bool,
    pub confirmed: bool,
}
