//! Why something cannot be taken back.

use crate::quantity::{Currency, Hours, HoursSum, Quantity};

/// Why a request cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("nothing is left of `{0}`")]
    NothingLeft(String),
    #[error("`{document}` has no entry `{id}` of which something is left")]
    NoEntry { document: String, id: String },
    #[error("`{document}` has no order line `{line}` of which something is left")]
    NoLine { document: String, line: String },
    #[error("{asked} h are asked for, {left} h of {what} are left")]
    TooMuch { asked: Hours, left: HoursSum, what: String },
    #[error("entry `{0}` is named more than once")]
    NamedTwice(String),
    #[error("0 hours cannot be credited")]
    Zero,
    #[error("order line `{0}` is not billed by time: credit a quantity of it, an amount, or the whole line")]
    NotByTime(String),
    #[error("order line `{0}` is billed by time: credit hours of it, or an amount")]
    ByTime(String),
    #[error("a quantity of 0 cannot be credited")]
    NoQuantity,
    #[error("{asked} are asked for, {left} {uom} of order line `{line}` are left")]
    QuantityTooLarge { asked: Quantity, left: Quantity, uom: String, line: String },
    #[error("`{0}` is no down payment: say of which order line the amount is credited")]
    NoDownPayment(String),
    #[error("`{0}` carries no money")]
    NoMoney(String),
    #[error("{asked} are asked for, {left} are left")]
    AmountTooLarge { asked: String, left: String },
    #[error("{asked} is finer than the smallest unit of {currency}")]
    TooFine { asked: Quantity, currency: Currency },
    #[error("a figure is too large to be held exactly")]
    TooLarge,
}

impl Refused {
    /// What is asked for would be right if it had not been taken back before.
    pub fn is_of_state(&self) -> bool {
        matches!(self, Refused::NothingLeft(_))
    }
}
