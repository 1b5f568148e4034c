//! Hours, quantities, prices and money: the only arithmetic, the only division, the only rounding.
//!
//! Hours are whole microseconds. Quantities, unit prices and percentages are integers of 10^-6. Money is an integer of the
//! currency's minor unit. No float takes part. Rounding has one form, half away from zero ([`divide_rounded`]), and happens
//! where the contract says so, once: hours when they are read, quantities in [`UnitSize::quantity`], money in [`net`] and
//! [`tax`]. For other programs and for what people write there is [`Decimal`], which all of this is held against.

mod decimal;
pub mod exact;
mod hours_form;

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

pub use decimal::{Decimal, NotExact, plain_decimal};
pub use hours_form::HoursForm;

use crate::bug::OrBug;

/// Microseconds in one hour.
pub const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Parts of one in quantities, prices and percentages: six decimals.
pub const MICROS_PER_ONE: i64 = 1_000_000;

/// Divides and rounds half away from zero. `None` when the divisor is 0.
pub fn divide_rounded(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let remainder = dividend.checked_rem(divisor)?;
    let twice = remainder.unsigned_abs().checked_mul(2)?;
    if twice >= divisor.unsigned_abs() {
        quotient.checked_add(if (dividend < 0) == (divisor < 0) { 1 } else { -1 })
    } else {
        Some(quotient)
    }
}

/// 10 to the power of `exponent`; `None` above 10^38.
pub fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Hours of one entry, in microseconds. Like all figures here but a sum they have no default: what nobody knows is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(i64);

impl Hours {
    pub const ZERO: Hours = Hours(0);

    /// More hours than any entry ever has: a hundred times what a job may let one have (`rules.max_entry_hours`). A few of such figures
    /// together, with hours that were read, stay far from the limits of the type.
    pub const MAX_IN_LEDGER: Hours = Hours(100_000_000 * MICROS_PER_HOUR);

    pub const fn from_micros(micros: i64) -> Hours {
        Hours(micros)
    }

    /// Hours that a ledger has of one entry; `None` beyond [`Hours::MAX_IN_LEDGER`].
    pub fn in_ledger(micros: i64) -> Option<Hours> {
        (micros.unsigned_abs() <= Hours::MAX_IN_LEDGER.0.unsigned_abs()).then_some(Hours(micros))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// These hours less `other`. Neither hours that were read nor a few of them of one entry come near the limits of the type; sums of many
    /// entries are [`HoursSum`].
    #[inline]
    #[track_caller]
    pub fn less(self, other: Hours) -> Hours {
        Hours(self.0.checked_sub(other.0).or_bug("hours of one entry are far from the limits of the type"))
    }

    /// The sum of both; see [`Hours::less`] for the limits.
    #[inline]
    #[track_caller]
    pub fn plus(self, other: Hours) -> Hours {
        Hours(self.0.checked_add(other.0).or_bug("hours of one entry are far from the limits of the type"))
    }

    /// The same hours with the other sign.
    pub fn negated(self) -> Hours {
        Hours::ZERO.less(self)
    }

    /// `unscaled` x 10^-`scale` hours: [`UnitSize::of_decimal`].
    #[inline]
    pub fn from_decimal(unscaled: i128, scale: u32) -> Option<Hours> {
        UnitSize::HOUR.of_decimal(unscaled, scale)
    }
}

/// A sum of hours, in microseconds; the default is that of no entries. It cannot overflow with fewer than 2^63 entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoursSum(i128);

impl HoursSum {
    pub const ZERO: HoursSum = HoursSum(0);

    pub const fn from_micros(micros: i128) -> HoursSum {
        HoursSum(micros)
    }

    pub const fn micros(self) -> i128 {
        self.0
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum as hours of one entry. To be called only where it is known to be a part of one.
    #[track_caller]
    pub fn within_an_entry(self) -> Hours {
        Hours(i64::try_from(self.0).ok().or_bug("a part of the hours of an entry fits them"))
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl From<Hours> for HoursSum {
    fn from(hours: Hours) -> HoursSum {
        HoursSum(i128::from(hours.0))
    }
}

impl Add for HoursSum {
    type Output = HoursSum;
    fn add(self, other: HoursSum) -> HoursSum {
        HoursSum(self.0 + other.0)
    }
}

impl Sub for HoursSum {
    type Output = HoursSum;
    fn sub(self, other: HoursSum) -> HoursSum {
        HoursSum(self.0 - other.0)
    }
}

impl Neg for HoursSum {
    type Output = HoursSum;
    fn neg(self) -> HoursSum {
        HoursSum(-self.0)
    }
}

impl AddAssign for HoursSum {
    fn add_assign(&mut self, other: HoursSum) {
        self.0 += other.0;
    }
}

impl AddAssign<Hours> for HoursSum {
    fn add_assign(&mut self, other: Hours) {
        self.0 += i128::from(other.0);
    }
}

impl Sum<Hours> for HoursSum {
    fn sum<I: Iterator<Item = Hours>>(hours: I) -> HoursSum {
        hours.fold(HoursSum::ZERO, |sum, hours| sum + hours.into())
    }
}

impl Sum for HoursSum {
    fn sum<I: Iterator<Item = HoursSum>>(sums: I) -> HoursSum {
        sums.fold(HoursSum::ZERO, Add::add)
    }
}

/// Decimals of hours in every table: enough to read the microsecond back (§9.2).
pub const HOURS_DECIMALS: u32 = 10;

/// Hours as an integer of 10^-10 hours, rounded half away from zero: what tables hold.
pub fn hours_unscaled(micros: i128) -> i128 {
    // 10^10 / 3.6x10^9 = 25/9. The split keeps the product in range for every i128 that sums of i64 can reach.
    let (whole, rest) = (micros / 9, micros % 9);
    whole * 25 + divide_rounded(rest * 25, 9).or_bug("9 is not 0")
}

impl HoursSum {
    /// Reads what [`HoursSum`] writes as text, to the microsecond; `None` for any other text.
    pub fn from_text(text: &str) -> Option<HoursSum> {
        let (unscaled, scale) = decimal_from_text(text)?;
        let micros = unscaled.checked_mul(MICROS_PER_HOUR.into())?;
        divide_rounded(micros, power_of_ten(scale)?).map(HoursSum)
    }
}

impl fmt::Display for HoursSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal_text(hours_unscaled(self.0), HOURS_DECIMALS, 0))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HoursSum::from(*self).fmt(f)
    }
}

/// The decimal text of `unscaled` x 10^-`scale`, trailing zeros cut down to `decimals_min`.
pub fn decimal_text(unscaled: i128, scale: u32, decimals_min: u32) -> String {
    let mut digits = unscaled.unsigned_abs().to_string();
    let scale = scale as usize;
    if digits.len() <= scale {
        digits.insert_str(0, &"0".repeat(scale + 1 - digits.len()));
    }
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let kept = fraction.trim_end_matches('0').len().max(decimals_min as usize).min(scale);
    let mut text = String::with_capacity(whole.len() + kept + 2);
    if unscaled < 0 {
        text.push('-');
    }
    text.push_str(whole);
    if kept > 0 {
        text.push('.');
        text.push_str(&fraction[..kept]);
    }
    text
}

/// Reads a plain decimal such as `-12.5`: unscaled digits and their scale. `None` for anything else, and beyond 30 digits.
pub fn decimal_from_text(text: &str) -> Option<(i128, u32)> {
    let (whole, fraction) = plain_parts(text)?;
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let unscaled: i128 = format!("{whole}{fraction}").parse().ok()?;
    Some((if text.starts_with('-') { -unscaled } else { unscaled }, u32::try_from(fraction.len()).ok()?))
}

/// The digits of a plain decimal before and behind its point; none behind it when it has no point. `None` for anything else, and beyond 30
/// digits.
fn plain_parts(text: &str) -> Option<(&str, &str)> {
    let body = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = whole.len() + fraction.map_or(1, str::len) <= 30;
    (digits(whole) && fraction.is_none_or(digits) && fits).then_some((whole, fraction.unwrap_or("")))
}

/// Largest magnitude of quantities and prices (§2.8).
const MAGNITUDE_MAX: u64 = 1_000_000_000;

macro_rules! six_decimals {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            pub const ZERO: $name = $name(0);

            /// From an integer of 10^-6.
            pub const fn from_micros(micros: i64) -> $name {
                $name(micros)
            }

            /// As an integer of 10^-6.
            pub const fn micros(self) -> i64 {
                self.0
            }

            /// Reads a plain decimal. `None` when it is none, has more than 6 decimals that count, or lies beyond 10^9.
            pub fn from_text(text: &str) -> Option<$name> {
                let figure = $name::try_from(plain_decimal(text)?).ok()?;
                (figure.0.unsigned_abs() <= MAGNITUDE_MAX * MICROS_PER_ONE.unsigned_abs()).then_some(figure)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&decimal_text(i128::from(self.0), 6, 0))
            }
        }
    };
}

six_decimals! {
    /// A quantity in a line's own unit, six decimals, at most 10^9 where it was read.
    Quantity
}
six_decimals! {
    /// A price of one unit, in the line's currency.
    UnitPrice
}
six_decimals! {
    /// A percentage: 33.33 is 33.33 %.
    Percent
}

impl Quantity {
    pub fn checked_sub(self, other: Quantity) -> Option<Quantity> {
        self.0.checked_sub(other.0).map(Quantity)
    }

    pub fn checked_add(self, other: Quantity) -> Option<Quantity> {
        self.0.checked_add(other.0).map(Quantity)
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn negated(self) -> Quantity {
        Quantity(self.0.checked_neg().or_bug("quantities are far from the limits of the type"))
    }
}

impl UnitPrice {
    /// Of an hour, as that of a unit of so many hours. `None` when six decimals do not hold it, or when it does not fit.
    pub fn of_unit(self, unit: UnitSize) -> Option<UnitPrice> {
        let (product, hour) = (i128::from(self.0) * i128::from(unit.0), i128::from(MICROS_PER_HOUR));
        let price = i64::try_from(product / hour).ok().map(UnitPrice)?;
        (product % hour == 0).then_some(price)
    }
}

impl Percent {
    pub const HUNDRED: Percent = Percent(100 * MICROS_PER_ONE);

    /// 100 % less this discount, in 10^-6 percent.
    fn rest(self) -> i128 {
        i128::from(Percent::HUNDRED.0) - i128::from(self.0)
    }
}

/// How long one unit of an order line is, in microseconds: Hours, Days, Minutes or a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitSize(i64);

impl UnitSize {
    pub const HOUR: UnitSize = UnitSize(MICROS_PER_HOUR);
    pub const MINUTE: UnitSize = UnitSize(MICROS_PER_HOUR / 60);
    pub const SECOND: UnitSize = UnitSize(MICROS_PER_HOUR / 3_600);
    /// Of a clock.
    pub const DAY: UnitSize = UnitSize(24 * MICROS_PER_HOUR);
    /// The length of a day of work where nobody says it.
    pub const EIGHT_HOURS: UnitSize = UnitSize(8 * MICROS_PER_HOUR);

    /// A unit of so many hours (exact: six decimals of an hour are whole 3600 microseconds). `None` when not above 0 or too long.
    pub fn of_hours(hours: Quantity) -> Option<UnitSize> {
        let micros = hours.0.checked_mul(MICROS_PER_HOUR / MICROS_PER_ONE)?;
        (micros > 0).then_some(UnitSize(micros))
    }

    /// A unit of so many microseconds; `None` when they are not above 0.
    pub fn from_micros(micros: i64) -> Option<UnitSize> {
        (micros > 0).then_some(UnitSize(micros))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// `unscaled` x 10^-`scale` of these units, rounded half away from zero to the microsecond (§2.5). `None` when it does not fit.
    #[inline]
    pub fn of_decimal(self, unscaled: i128, scale: u32) -> Option<Hours> {
        // An hour's 3.6x10^9 divide by 10^8 evenly: no rounding then, and no division in 128 bits for each of millions of entries.
        if let (Ok(small), Some(divisor)) = (i64::try_from(unscaled), 10_i64.checked_pow(scale))
            && self.0 % divisor == 0
        {
            return small.checked_mul(self.0 / divisor).map(Hours);
        }
        let product = unscaled.checked_mul(i128::from(self.0))?;
        i64::try_from(divide_rounded(product, power_of_ten(scale)?)?).ok().map(Hours)
    }

    /// H2: the hours of a quantity in this unit, rounded half away from zero to the microsecond.
    pub fn hours(self, quantity: Quantity) -> HoursSum {
        let product = i128::from(quantity.0) * i128::from(self.0);
        HoursSum(divide_rounded(product, i128::from(MICROS_PER_ONE)).or_bug("a million is not 0"))
    }

    /// H3: hours in this unit, converted once and rounded half away from zero to `decimals` (at most 6). `None` when it
    /// does not fit a quantity.
    pub fn quantity(self, hours: HoursSum, decimals: u32) -> Option<Quantity> {
        let decimals = decimals.min(6);
        let scaled = hours.0.checked_mul(power_of_ten(decimals)?)?;
        let rounded = divide_rounded(scaled, i128::from(self.0))?;
        let micros = rounded.checked_mul(power_of_ten(6 - decimals)?)?;
        i64::try_from(micros).ok().map(Quantity)
    }
}

/// An ISO 4217 currency with its number of minor digits (JPY 0, EUR 2, KWD 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

impl Currency {
    /// Stands for the currency of an agreement that names none yet: nothing is billed in it.
    pub const NONE: Currency = Currency { code: *b"   ", digits: 2 };

    /// Reads an ISO 4217 code in either case. Codes without a minor unit (gold, test codes) are no currency to bill in.
    pub fn from_code(code: &str) -> Option<Currency> {
        let upper = code.to_ascii_uppercase();
        let known = iso_currency::Currency::from_code(&upper)?;
        let digits = u8::try_from(known.exponent()?).ok()?;
        Some(Currency { code: upper.as_bytes().try_into().ok()?, digits })
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).map_or("???", str::trim_end)
    }

    pub fn digits(self) -> u32 {
        u32::from(self.digits)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// An amount in minor units of the currency it is kept with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    pub const ZERO: Money = Money(0);

    pub const fn from_minor(minor: i128) -> Money {
        Money(minor)
    }

    pub const fn minor(self) -> i128 {
        self.0
    }

    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }

    pub fn negated(self) -> Money {
        Money(self.0.checked_neg().or_bug("amounts are far from the limits of the type"))
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Reads what [`Money::text`] writes; `None` for any other text.
    pub fn from_text(text: &str, currency: Currency) -> Option<Money> {
        let (unscaled, scale) = decimal_from_text(text)?;
        let (minor, rest) = (unscaled.checked_mul(power_of_ten(currency.digits())?)?, power_of_ten(scale)?);
        (minor.checked_rem(rest)? == 0).then(|| Money(minor / rest))
    }

    /// The amount in units of the currency, with its digits: `12.30`, `12` for JPY.
    pub fn text(self, currency: Currency) -> String {
        decimal_text(self.0, currency.digits(), currency.digits())
    }
}

/// B4: quantity x unit price x (1 - discount/100), rounded half away from zero to the minor unit, once.
/// `None` when the exact product does not fit 128 bits.
pub fn net(quantity: Quantity, price: UnitPrice, discount: Percent, currency: Currency) -> Option<Money> {
    let exact = i128::from(quantity.0).checked_mul(i128::from(price.0))?.checked_mul(discount.rest())?;
    // Six decimals of quantity, price and percent, two of the percent sign, less the digits of the currency.
    divide_rounded(exact, power_of_ten(20 - currency.digits())?).map(Money)
}

/// The value of hours at a line's price: as [`net`] but from the exact quantity, rounded only as money.
pub fn value(hours: Hours, unit: UnitSize, price: UnitPrice, discount: Percent, currency: Currency) -> Option<Money> {
    let exact = i128::from(hours.0).checked_mul(i128::from(price.0))?.checked_mul(discount.rest())?;
    let divisor = i128::from(unit.0).checked_mul(power_of_ten(14 - currency.digits())?)?;
    divide_rounded(exact, divisor).map(Money)
}

/// B9: the tax on a sum of nets, rounded half away from zero to the minor unit. `None` when the exact product does not fit 128 bits.
pub fn tax(base: Money, rate: Percent) -> Option<Money> {
    divide_rounded(base.0.checked_mul(i128::from(rate.0))?, power_of_ten(8)?).map(Money)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> HoursSum {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let unscaled: i128 = format!("{whole}{fraction}").parse().unwrap();
        Hours::from_decimal(unscaled, fraction.len() as u32).unwrap().into()
    }

    #[test]
    fn division_rounds_half_away_from_zero() {
        for (dividend, divisor, quotient) in
            [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (5, -10, -1), (-5, -10, 1)]
        {
            assert_eq!(divide_rounded(dividend, divisor), Some(quotient), "{dividend} / {divisor}");
        }
        assert_eq!(divide_rounded(1, 0), None);
    }

    #[test]
    fn plain_decimals_read_exactly_or_not_at_all() {
        for (text, micros) in [
            ("20", Some(20_000_000)),
            ("-0.5", Some(-500_000)),
            ("1.0000000000", Some(1_000_000)),
            ("1000000000", Some(1_000_000_000_000_000)),
            ("1000000000.000001", None),
            ("0.0000001", None),
            ("1e3", None),
            ("1,5", None),
            (".5", None),
            ("5.", None),
            ("", None),
            ("-", None),
            ("--1", None),
            ("9999999999999999999999999999999999999999", None),
        ] {
            assert_eq!(Quantity::from_text(text).map(Quantity::micros), micros, "{text}");
        }
    }

    #[test]
    fn float_thirds_are_whole_minutes_again() {
        assert_eq!(hours("1.3333333333333333").micros(), 4_800_000_000);
        assert_eq!(hours("0.00001").micros(), 36_000);
    }

    #[test]
    fn hours_text_reads_back_to_the_microsecond() {
        for micros in [0_i128, 1, -1, 7, 3_600_000_000, 4_800_000_000, 86_399_999_999, -5_000_000_001] {
            let text = HoursSum::from_micros(micros).to_string();
            let sign = if text.starts_with('-') { -1 } else { 1 };
            assert_eq!(hours(text.trim_start_matches('-')).micros() * sign, micros, "{text}");
        }
        assert_eq!(HoursSum::from_micros(4_800_000_000).to_string(), "1.3333333333");
    }

    #[test]
    fn h3_one_day_sold_and_thirteen_hours_spent_leaves_minus_five_hours() {
        let day = UnitSize::of_hours(Quantity::from_micros(8_000_000)).unwrap();
        let ordered = day.hours(Quantity::from_micros(1_000_000));
        assert_eq!((ordered - hours("13")).to_string(), "-5");
        assert_eq!(day.quantity(hours("13"), 2).unwrap().to_string(), "1.63");
    }

    #[test]
    fn b4_rounds_to_the_minor_unit_of_each_currency() {
        let (quantity, price) = (Quantity::from_micros(1_500_000), UnitPrice::from_micros(33_335_000));
        for (code, text) in [("EUR", "50.00"), ("JPY", "50"), ("KWD", "50.003")] {
            let currency = Currency::from_code(code).unwrap();
            assert_eq!(net(quantity, price, Percent::ZERO, currency).unwrap().text(currency), text);
        }
        let euro = Currency::from_code("eur").unwrap();
        let third = net(
            Quantity::from_micros(1_000_000),
            UnitPrice::from_micros(100_000_000),
            Percent::from_micros(33_330_000),
            euro,
        );
        assert_eq!(third.unwrap().text(euro), "66.67");
        assert_eq!(Currency::from_code("XAU"), None);
        assert_eq!(Currency::from_code("ZZZ"), None);
    }

    #[test]
    fn the_largest_amounts_are_exact_or_refused() {
        let (quantity, price) =
            (Quantity::from_micros(1_000_000_000_000_000), UnitPrice::from_micros(1_000_000_000_000_000));
        let euro = Currency::from_code("EUR").unwrap();
        assert_eq!(net(quantity, price, Percent::ZERO, euro).unwrap().text(euro), "1000000000000000000.00");
        assert_eq!(net(quantity, price, Percent::from_micros(-100_000_000), euro), None);
        // Of a discount of any size.
        let one = (Quantity::from_micros(1), UnitPrice::from_micros(1));
        assert_eq!(net(one.0, one.1, Percent::from_micros(i64::MIN), euro), Some(Money::from_minor(9)));
        let worth = value(Hours::from_micros(1), UnitSize::HOUR, one.1, Percent::from_micros(i64::MIN), euro);
        assert_eq!(worth, Some(Money::ZERO));
    }
}
