//! Figures as other programs hold them: conversions from and to [`Decimal`], exact or refused, and their text in JSON.
//!
//! The program itself counts in integers (`quantity`); `Decimal` is for whoever uses it as a library, and for what people write by hand.

use std::fmt;
use std::str::FromStr;

pub use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Currency, HOURS_DECIMALS, Hours, HoursSum, MICROS_PER_HOUR, Money, Percent, Quantity, UnitPrice, plain_parts,
    power_of_ten,
};

/// Why a figure cannot be had in another form without a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExact {
    #[error("it has more decimals than can be kept")]
    TooFine,
    #[error("it is too large")]
    TooLarge,
    #[error("it is no plain decimal, such as `12.5`")]
    NoDecimal,
}

/// Reads a plain decimal such as `-12.5`: digits, with digits before and behind a point where there is one. No `+`, no exponent, no spaces.
/// `None` for anything else, beyond 30 digits, and for what a `Decimal` cannot hold exactly.
pub fn plain_decimal(text: &str) -> Option<Decimal> {
    let (_, fraction) = plain_parts(text)?;
    // Zeros at the end may be more than it holds.
    let kept = if fraction.is_empty() { text } else { text.trim_end_matches('0').trim_end_matches('.') };
    Decimal::from_str_exact(kept).ok()
}

/// `unscaled` x 10^-`scale`.
fn decimal(unscaled: i128, scale: u32) -> Result<Decimal, NotExact> {
    Decimal::try_from_i128_with_scale(unscaled, scale)
        .map(|decimal| decimal.normalize())
        .map_err(|_| NotExact::TooLarge)
}

/// A decimal as an integer of 10^-`scale`.
fn unscaled(decimal: Decimal, scale: u32) -> Result<i128, NotExact> {
    let decimal = decimal.normalize();
    let missing = scale.checked_sub(decimal.scale()).ok_or(NotExact::TooFine)?;
    let factor = power_of_ten(missing).ok_or(NotExact::TooLarge)?;
    decimal.mantissa().checked_mul(factor).ok_or(NotExact::TooLarge)
}

macro_rules! six_decimals {
    ($($name:ident),+) => {$(
        impl TryFrom<Decimal> for $name {
            type Error = NotExact;

            /// Refused with more than six decimals that count.
            fn try_from(figure: Decimal) -> Result<$name, NotExact> {
                i64::try_from(unscaled(figure, 6)?).map($name::from_micros).map_err(|_| NotExact::TooLarge)
            }
        }

        impl From<$name> for Decimal {
            fn from(figure: $name) -> Decimal {
                Decimal::new(figure.micros(), 6).normalize()
            }
        }

        impl FromStr for $name {
            type Err = NotExact;

            /// As its `from_text`.
            fn from_str(text: &str) -> Result<$name, NotExact> {
                $name::from_text(text).ok_or(NotExact::NoDecimal)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// From its text, so that no reader takes it for a float.
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                String::deserialize(from)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

six_decimals!(Quantity, UnitPrice, Percent);

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            /// Its text, so that no reader takes it for a float.
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self as &dyn fmt::Display)
            }
        }
    )+};
}

as_text!(Quantity, UnitPrice, Percent, Hours, HoursSum);

impl TryFrom<Decimal> for Hours {
    type Error = NotExact;

    /// Refused when they are no whole microseconds.
    fn try_from(hours: Decimal) -> Result<Hours, NotExact> {
        let hours = hours.normalize();
        let product = hours.mantissa().checked_mul(i128::from(MICROS_PER_HOUR)).ok_or(NotExact::TooLarge)?;
        let divisor = power_of_ten(hours.scale()).ok_or(NotExact::TooLarge)?;
        if product % divisor != 0 {
            return Err(NotExact::TooFine);
        }
        i64::try_from(product / divisor).map(Hours::from_micros).map_err(|_| NotExact::TooLarge)
    }
}

impl TryFrom<HoursSum> for Decimal {
    type Error = NotExact;

    /// Refused when they have no end as a decimal: four minutes are 0.0666... hours.
    fn try_from(hours: HoursSum) -> Result<Decimal, NotExact> {
        if hours.micros() % 9 != 0 {
            return Err(NotExact::TooFine);
        }
        decimal((hours.micros() / 9).checked_mul(25).ok_or(NotExact::TooLarge)?, HOURS_DECIMALS)
    }
}

impl TryFrom<Hours> for Decimal {
    type Error = NotExact;

    /// As that of a sum.
    fn try_from(hours: Hours) -> Result<Decimal, NotExact> {
        HoursSum::from(hours).try_into()
    }
}

impl Money {
    /// The amount as a decimal, with the digits of its currency: 12.30 EUR is `12.30`.
    ///
    /// # Errors
    /// It is larger than a `Decimal` can be.
    pub fn to_decimal(self, currency: Currency) -> Result<Decimal, NotExact> {
        Decimal::try_from_i128_with_scale(self.minor(), currency.digits()).map_err(|_| NotExact::TooLarge)
    }

    /// The amount that a decimal is in a currency.
    ///
    /// # Errors
    /// It is no whole number of the smallest amount of the currency.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Money, NotExact> {
        unscaled(amount, currency.digits()).map(Money::from_minor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;

    use super::super::{UnitSize, decimal_from_text, net, tax, value};
    use super::*;
    use crate::testing::cases;

    fn euro() -> Currency {
        Currency::from_code("EUR").unwrap()
    }

    fn text(text: &str) -> Decimal {
        plain_decimal(text).unwrap()
    }

    #[test]
    fn what_has_no_exact_form_is_refused() {
        assert_eq!(Quantity::try_from(text("1.0000001")), Err(NotExact::TooFine));
        assert_eq!(Quantity::try_from(text("1.00000010").round_dp(6)), Ok(Quantity::from_micros(1_000_000)));
        assert_eq!(UnitPrice::try_from(text("9223372036855")), Err(NotExact::TooLarge));
        assert_eq!(Hours::try_from(text("0.25")), Ok(Hours::from_micros(900_000_000)));
        assert_eq!(Hours::try_from(text("0.3333333333")), Err(NotExact::TooFine));
        assert_eq!(Decimal::try_from(Hours::from_micros(1_200_000_000)), Err(NotExact::TooFine));
        assert_eq!(Decimal::try_from(Hours::from_micros(-900_000_000)), Ok(text("-0.25")));
        assert_eq!(Money::from_decimal(text("12.345"), euro()), Err(NotExact::TooFine));
        assert_eq!(Money::from_decimal(text("12.3"), euro()), Ok(Money::from_minor(1_230)));
        assert_eq!(Money::from_minor(1_230).to_decimal(euro()).unwrap().to_string(), "12.30");
        assert_eq!(Money::from_minor(i128::MAX).to_decimal(euro()), Err(NotExact::TooLarge));
    }

    #[test]
    fn figures_are_text_in_json() {
        let json = serde_json::to_string(&(Quantity::from_micros(1_500_000), HoursSum::from_micros(900_000_000)));
        assert_eq!(json.unwrap(), "[\"1.5\",\"0.25\"]");
        assert_eq!(serde_json::from_str::<Percent>("\"33.33\"").unwrap(), Percent::from_micros(33_330_000));
        for wrong in ["\"33,33\"", "\"+1\"", "33.33", "\"1e2\""] {
            assert!(serde_json::from_str::<Percent>(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(cases(2_000))]

        #[test]
        fn decimals_and_figures_are_the_same_both_ways(micros: i64, minor: i64) {
            let decimal = Decimal::from(Quantity::from_micros(micros));
            prop_assert_eq!(decimal.to_string(), Quantity::from_micros(micros).to_string());
            prop_assert_eq!(Quantity::try_from(decimal), Ok(Quantity::from_micros(micros)));
            for code in ["JPY", "EUR", "KWD"] {
                let (currency, money) = (Currency::from_code(code).unwrap(), Money::from_minor(minor.into()));
                let decimal = money.to_decimal(currency).unwrap();
                prop_assert_eq!(decimal.to_string(), money.text(currency));
                prop_assert_eq!(Money::from_decimal(decimal, currency), Ok(money));
            }
            let hours = Hours::from_micros(micros / 9 * 9);
            let decimal = Decimal::try_from(hours).unwrap();
            prop_assert_eq!(decimal.to_string(), hours.to_string());
            prop_assert_eq!(Hours::try_from(decimal), Ok(hours));
        }

        #[test]
        fn texts_are_read_as_the_digits_say(text in "-?[0-9]{0,14}(\\.[0-9]{0,30})?0{0,20}") {
            let digits = decimal_from_text(&text);
            let figure = Quantity::from_text(&text).map(Quantity::micros);
            let micros = digits.and_then(|(unscaled, scale)| {
                let (ones, part) = (unscaled.checked_mul(1_000_000)?, power_of_ten(scale)?);
                (ones % part == 0).then_some(ones / part)
            });
            let within = micros.filter(|micros| micros.abs() <= 1_000_000_000_000_000);
            prop_assert_eq!(figure.map(i128::from), within);
        }

        #[test]
        fn amounts_are_those_of_decimals(
            quantity in -10_000_000_000_i64..10_000_000_000,
            price in -10_000_000_000_i64..10_000_000_000,
            discount in 0_i64..=100_000_000,
            code in prop_oneof![Just("JPY"), Just("EUR"), Just("KWD")],
        ) {
            let currency = Currency::from_code(code).unwrap();
            let rounded = |exact: Decimal| exact.round_dp_with_strategy(currency.digits(), MidpointAwayFromZero);
            let (quantity, price) = (Quantity::from_micros(quantity), UnitPrice::from_micros(price));
            let discount = Percent::from_micros(discount);
            let share = (Decimal::ONE_HUNDRED - Decimal::from(discount)) / Decimal::ONE_HUNDRED;
            let exact = Decimal::from(quantity) * Decimal::from(price) * share;
            let amount = net(quantity, price, discount, currency).unwrap();
            prop_assert_eq!(amount.to_decimal(currency).unwrap(), rounded(exact));
            let exact = amount.to_decimal(currency).unwrap() * Decimal::from(discount) / Decimal::ONE_HUNDRED;
            prop_assert_eq!(tax(amount, discount).unwrap().to_decimal(currency).unwrap(), rounded(exact));
        }

        #[test]
        fn hours_are_those_of_decimals(unscaled in -100_000_000_i64..100_000_000, scale in 0_u32..=12, price in 0_i64..1_000_000_000) {
            let exact = Decimal::new(unscaled, scale);
            for (unit, hours_per_unit) in [(UnitSize::HOUR, Decimal::ONE), (UnitSize::EIGHT_HOURS, Decimal::from(8))] {
                let hours = unit.of_decimal(unscaled.into(), scale).unwrap();
                let micros = exact * hours_per_unit * Decimal::from(MICROS_PER_HOUR);
                let micros = micros.round_dp_with_strategy(0, MidpointAwayFromZero);
                prop_assert_eq!(Decimal::from(hours.micros()), micros);
                // What they are worth at a price of the unit.
                let hours = Hours::from_micros(hours.micros() / 9 * 9 % (1_000 * MICROS_PER_HOUR));
                let price = UnitPrice::from_micros(price);
                let exact = Decimal::try_from(hours).unwrap() * Decimal::from(price) / hours_per_unit;
                let amount = value(hours, unit, price, Percent::ZERO, euro()).unwrap();
                prop_assert_eq!(
                    amount.to_decimal(euro()).unwrap(),
                    exact.round_dp_with_strategy(2, MidpointAwayFromZero)
                );
            }
        }
    }
}
