//! The value grammar of SPEC 2: what a cell says, or why it says nothing.
//!
//! Every reader gives `Ok(None)` for an empty cell, and a [`Misread`] for one that holds something it cannot read exactly.

use std::borrow::Cow;

use chrono::{NaiveDateTime, NaiveTime, TimeZone, Timelike};

use crate::calendar::{Date, MICROS_PER_DAY, Moment};
use crate::finding::Code;
use crate::job::{DecimalMark, InputSettings};
use crate::quantity::{Currency, Hours, MICROS_PER_HOUR, MICROS_PER_ONE, Percent, Quantity, UnitPrice, power_of_ten};
use crate::read::Cell;

/// Why a cell could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    pub code: Code,
    /// What it is not: "is not a date" and the like, to follow the value.
    pub why: String,
}

type Value<T> = Result<Option<T>, Misread>;

fn unreadable<T>(why: impl Into<String>) -> Value<T> {
    Err(Misread { code: Code::UnreadableValue, why: why.into() })
}

fn out_of_limits<T>(why: impl Into<String>) -> Value<T> {
    Err(Misread { code: Code::OutOfLimits, why: why.into() })
}

/// Largest magnitude of quantities, prices and hours (SPEC 2).
const MAGNITUDE_MAX: i128 = 1_000_000_000;

/// How numbers and dates are written in one input.
pub struct Grammar<'a> {
    settings: &'a InputSettings,
}

impl<'a> Grammar<'a> {
    pub fn new(settings: &'a InputSettings) -> Grammar<'a> {
        Grammar { settings }
    }

    fn decimal_mark(&self) -> u8 {
        match self.settings.decimal {
            DecimalMark::Point => b'.',
            DecimalMark::Comma => b',',
        }
    }

    /// Hours as decimals, clock time or a duration; rounded half away from zero to the microsecond.
    pub fn hours(&self, cell: Cell<'_>) -> Value<Hours> {
        let hours = match cell {
            Cell::Empty => return Ok(None),
            Cell::Int(whole) => Hours::from_decimal(i128::from(whole), 0),
            Cell::Decimal { unscaled, scale } => Hours::from_decimal(unscaled, u32::from(scale)),
            // The shortest decimal that reads back as the same float: what an export to text would have written.
            Cell::Float(number) if number.is_finite() => return self.hours_text(&format!("{number:?}"), b'.', None),
            Cell::Text(text) => return self.hours_text(text, self.decimal_mark(), self.settings.thousands),
            Cell::Float(_) | Cell::Bool(_) | Cell::Date(_) | Cell::Timestamp { .. } => None,
        };
        match hours {
            Some(hours) => within_hours(hours),
            None => unreadable("is not a number of hours"),
        }
    }

    fn hours_text(&self, text: &str, mark: u8, thousands: Option<char>) -> Value<Hours> {
        if let Some(micros) = simple_hours(text.as_bytes(), mark) {
            return Ok(Some(Hours::from_micros(micros)));
        }
        let text = trimmed(text);
        if text.is_empty() {
            return Ok(None);
        }
        let (negative, body) = match text.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, text),
        };
        let micros = clock_hours(body).or_else(|| decimal_hours(body, mark, thousands));
        match micros.and_then(|micros| i64::try_from(micros).ok()) {
            Some(micros) => within_hours(Hours::from_micros(if negative { -micros } else { micros })),
            None => unreadable("is not a number of hours"),
        }
    }

    /// Six exact decimals, magnitude at most 10^9.
    fn decimal(&self, cell: Cell<'_>) -> Value<i64> {
        let (unscaled, scale) = match cell {
            Cell::Empty => return Ok(None),
            Cell::Int(whole) => (i128::from(whole), 0),
            Cell::Decimal { unscaled, scale } => (unscaled, u32::from(scale)),
            Cell::Text(text) => {
                let text = trimmed(text);
                if text.is_empty() {
                    return Ok(None);
                }
                let (negative, body) = match text.strip_prefix('-') {
                    Some(body) => (true, body),
                    None => (false, text),
                };
                match plain_decimal(body, self.decimal_mark(), self.settings.thousands) {
                    Some((unscaled, scale)) => (if negative { -unscaled } else { unscaled }, scale),
                    None => return unreadable("is not a decimal number"),
                }
            }
            Cell::Float(_) | Cell::Bool(_) | Cell::Date(_) | Cell::Timestamp { .. } => {
                return unreadable("is not an exact decimal number");
            }
        };
        let micros = match scale.checked_sub(6) {
            None | Some(0) => power_of_ten(6 - scale.min(6)).and_then(|factor| unscaled.checked_mul(factor)),
            Some(cut) => match power_of_ten(cut) {
                Some(divisor) if unscaled % divisor == 0 => Some(unscaled / divisor),
                _ => return out_of_limits("has more than 6 decimals"),
            },
        };
        match micros.filter(|micros| {
            micros.unsigned_abs() <= MAGNITUDE_MAX.unsigned_abs() * MICROS_PER_ONE.unsigned_abs() as u128
        }) {
            Some(micros) => Ok(i64::try_from(micros).ok()),
            None => out_of_limits("is beyond 10^9"),
        }
    }

    pub fn quantity(&self, cell: Cell<'_>) -> Value<Quantity> {
        Ok(self.decimal(cell)?.map(Quantity::from_micros))
    }

    /// A quantity above 0.
    pub fn factor(&self, cell: Cell<'_>) -> Value<Quantity> {
        match self.quantity(cell)? {
            Some(factor) if factor <= Quantity::ZERO => unreadable("is not above 0"),
            factor => Ok(factor),
        }
    }

    pub fn price(&self, cell: Cell<'_>) -> Value<UnitPrice> {
        Ok(self.decimal(cell)?.map(UnitPrice::from_micros))
    }

    pub fn percent(&self, cell: Cell<'_>) -> Value<Percent> {
        Ok(self.decimal(cell)?.map(Percent::from_micros))
    }

    /// From -100 to 100.
    pub fn discount(&self, cell: Cell<'_>) -> Value<Percent> {
        match self.percent(cell)? {
            Some(percent) if percent > Percent::HUNDRED || percent.micros() < -Percent::HUNDRED.micros() => {
                out_of_limits("is not between -100 and 100")
            }
            percent => Ok(percent),
        }
    }

    pub fn integer(&self, cell: Cell<'_>) -> Value<i64> {
        match self.decimal(cell) {
            Ok(Some(micros)) if micros % MICROS_PER_ONE == 0 => Ok(Some(micros / MICROS_PER_ONE)),
            Ok(None) => Ok(None),
            _ => unreadable("is not a whole number"),
        }
    }

    /// A date; a date and time counts with its local date.
    pub fn date(&self, cell: Cell<'_>) -> Value<Date> {
        if let Cell::Text(text) = cell
            && let Some(date) = Date::parse(text)
        {
            return Ok(Some(date));
        }
        Ok(self.moment(cell)?.map(Moment::date))
    }

    /// A date, or a date and time.
    pub fn moment(&self, cell: Cell<'_>) -> Value<Moment> {
        let (micros, zoned) = match cell {
            Cell::Empty => return Ok(None),
            Cell::Date(days) => (i64::from(days) * MICROS_PER_DAY, false),
            Cell::Timestamp { micros, zoned } => (micros, zoned),
            Cell::Text(text) => {
                let text = trimmed(text);
                if text.is_empty() {
                    return Ok(None);
                }
                match self.moment_text(text) {
                    Some(TextMoment::Local(micros)) => (micros, false),
                    Some(TextMoment::Instant(micros)) => (micros, true),
                    None => return unreadable(self.date_words()),
                }
            }
            Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_) | Cell::Bool(_) => {
                return unreadable(self.date_words());
            }
        };
        let local = match self.settings.timezone {
            Some(zone) if zoned => {
                zone.timestamp_micros(micros).single().map(|moment| moment.naive_local().and_utc().timestamp_micros())
            }
            _ => Some(micros),
        };
        match local.and_then(Moment::from_micros) {
            Some(moment) => Ok(Some(moment)),
            None => unreadable("is not between the years 1990 and 2100"),
        }
    }

    fn date_words(&self) -> String {
        match &self.settings.date_format {
            Some(format) => format!("is neither a date such as 2026-10-31 nor one as `{format}`"),
            None => "is not a date such as 2026-10-31".to_owned(),
        }
    }

    fn moment_text(&self, text: &str) -> Option<TextMoment> {
        if let Some(format) = &self.settings.date_format
            && let Some(moment) = formatted(text, format)
        {
            return Some(TextMoment::Local(moment.and_utc().timestamp_micros()));
        }
        let (date, rest) = text.split_at_checked(10)?;
        let midnight = Moment::from(Date::parse(date)?).micros();
        if rest.is_empty() {
            return Some(TextMoment::Local(midnight));
        }
        let time = rest.strip_prefix(['T', ' '])?;
        let zone_at = time.find(['Z', '+', '-']);
        let (time, zone) = time.split_at_checked(zone_at.unwrap_or(time.len()))?;
        let local = midnight.checked_add(time_of_day(time.trim_end())?)?;
        match (zone, self.settings.timezone) {
            ("", _) => Some(TextMoment::Local(local)),
            (zone, None) => offset_micros(zone).map(|_| TextMoment::Local(local)),
            (zone, Some(_)) => Some(TextMoment::Instant(local.checked_sub(offset_micros(zone)?)?)),
        }
    }

    pub fn flag(&self, cell: Cell<'_>) -> Value<bool> {
        match cell {
            Cell::Empty => Ok(None),
            Cell::Bool(flag) => Ok(Some(flag)),
            Cell::Int(0) => Ok(Some(false)),
            Cell::Int(1) => Ok(Some(true)),
            Cell::Text(text) => match trimmed(text) {
                "" => Ok(None),
                "1" => Ok(Some(true)),
                "0" => Ok(Some(false)),
                word if ["true", "yes"].iter().any(|name| name.eq_ignore_ascii_case(word)) => Ok(Some(true)),
                word if ["false", "no"].iter().any(|name| name.eq_ignore_ascii_case(word)) => Ok(Some(false)),
                _ => unreadable("is neither true nor false"),
            },
            Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_) | Cell::Date(_) | Cell::Timestamp { .. } => {
                unreadable("is neither true nor false")
            }
        }
    }

    /// An ISO 4217 code.
    pub fn currency(&self, cell: Cell<'_>) -> Value<Currency> {
        let text = text(cell);
        match trimmed(&text) {
            "" => Ok(None),
            code => match Currency::from_code(code) {
                Some(currency) => Ok(Some(currency)),
                None => unreadable("is not a currency of ISO 4217"),
            },
        }
    }

    /// One of a few words, in any case; `words` names the canonical ones for the message.
    pub fn choice<T: Copy>(&self, cell: Cell<'_>, choices: &[(&str, T)], words: &str) -> Value<T> {
        let text = text(cell);
        match trimmed(&text) {
            "" => Ok(None),
            word => match choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
                Some((_, value)) => Ok(Some(*value)),
                None => unreadable(format!("is none of {words}")),
            },
        }
    }
}

/// The text of an id or free-text cell, byte for byte; whole numbers of columnar files as their digits.
#[inline]
pub fn text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => Cow::Borrowed(text),
        other => spelled_out(other).into(),
    }
}

#[cold]
fn spelled_out(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Int(whole) => whole.to_string(),
        Cell::Decimal { unscaled, scale } => crate::quantity::decimal_text(unscaled, u32::from(scale), 0),
        Cell::Float(number) => format!("{number:?}"),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Date(days) => {
            Date::from_days(days).map_or_else(|| format!("day {days} since 1970"), |date| date.to_string())
        }
        Cell::Timestamp { micros, .. } => Moment::from_micros(micros)
            .map_or_else(|| format!("{micros} microseconds since 1970"), |moment| moment.to_string()),
    }
}

#[inline]
pub fn trimmed(text: &str) -> &str {
    // Nearly all texts begin and end with a letter or a digit: then there is nothing to look for.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches([' ', '\t', '\u{a0}', '\r', '\n']),
    }
}

enum TextMoment {
    /// Microseconds of local time.
    Local(i64),
    /// Microseconds of UTC.
    Instant(i64),
}

fn within_hours(hours: Hours) -> Value<Hours> {
    if i128::from(hours.micros()).abs() <= MAGNITUDE_MAX * i128::from(MICROS_PER_HOUR) {
        Ok(Some(hours))
    } else {
        unreadable("is beyond 10^9 hours")
    }
}

/// The form nearly all hours have, `-12.75` with up to four decimals: read without a division.
fn simple_hours(text: &[u8], mark: u8) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 12 {
        return None;
    }
    let (mut number, mut decimals, mut marked, mut whole) = (0_i64, 0_usize, false, 0_usize);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + i64::from(byte - b'0');
                decimals += usize::from(marked);
                whole += usize::from(!marked);
            }
            _ if byte == mark && !marked => marked = true,
            _ => return None,
        }
    }
    if whole == 0 || whole > 9 || (marked && decimals == 0) {
        return None;
    }
    // 3.6x10^9 microseconds divide by 10^4 evenly.
    let scale = [
        MICROS_PER_HOUR,
        MICROS_PER_HOUR / 10,
        MICROS_PER_HOUR / 100,
        MICROS_PER_HOUR / 1_000,
        MICROS_PER_HOUR / 10_000,
    ];
    let micros = number.checked_mul(*scale.get(decimals)?)?;
    Some(if negative { -micros } else { micros })
}

/// Digits, at most 20 of them.
fn digits(text: &str) -> Option<i128> {
    let fits = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

fn below_sixty(text: &str) -> Option<i128> {
    digits(text).filter(|&number| number < 60 && text.len() <= 2)
}

const SECOND: i128 = 1_000_000;

/// `1:30`, `1:30:45`, `1h30`, `1h 30m`, `90m`, `45s`, `PT1H30M`, in microseconds.
fn clock_hours(text: &str) -> Option<i128> {
    let seconds = if let Some(iso) = text.strip_prefix("PT") {
        counted(iso, ['H', 'M', 'S'], false)?
    } else if text.contains(':') {
        let mut parts = text.split(':');
        let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() || minutes.len() != 2 || seconds.is_some_and(|seconds| seconds.len() != 2) {
            return None;
        }
        digits(hours)? * 3600 + below_sixty(minutes)? * 60 + seconds.map_or(Some(0), below_sixty)?
    } else if text.contains(['h', 'm', 's']) {
        counted(text, ['h', 'm', 's'], true)?
    } else {
        return None;
    };
    seconds.checked_mul(SECOND)
}

/// Hours, minutes and seconds in that order, each a number before its letter. `spoken` forms may have blanks between, leave the
/// last letter out (`1h30`) and keep what follows another part below sixty; ISO forms count freely.
fn counted(text: &str, letters: [char; 3], spoken: bool) -> Option<i128> {
    let mut rest = text;
    let mut seconds: i128 = 0;
    let mut parts = 0;
    for (letter, length) in letters.into_iter().zip([3600, 60, 1]) {
        let part = match rest.split_once(letter) {
            Some((number, after)) => {
                rest = if spoken { after.trim_start() } else { after };
                number
            }
            None if spoken && parts > 0 && length == 60 && !rest.is_empty() && !rest.contains(letters) => {
                std::mem::take(&mut rest)
            }
            None => continue,
        };
        let number = if spoken && parts > 0 { below_sixty(part) } else { digits(part) }?;
        seconds = seconds.checked_add(number.checked_mul(length)?)?;
        parts += 1;
    }
    (parts > 0 && rest.is_empty()).then_some(seconds)
}

/// A decimal with an exponent or without, in microseconds rounded half away from zero, exact for any number of digits.
fn decimal_hours(text: &str, mark: u8, thousands: Option<char>) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => {
            let (sign, size) = match exponent.strip_prefix('-') {
                Some(size) => (-1, size),
                None => (1, exponent.strip_prefix('+').unwrap_or(exponent)),
            };
            (mantissa, sign * i64::try_from(digits(size)?).ok()?)
        }
    };
    let (whole, fraction) = split_decimal(mantissa, mark, thousands)?;
    // Digit by digit, least first: times 36, and 3.6x10^9 is 36x10^8.
    let mut product = Vec::with_capacity(whole.len() + fraction.len() + 2);
    let mut carry = 0;
    for digit in fraction.bytes().rev().chain(whole.bytes().rev()) {
        let value = u32::from(digit - b'0') * 36 + carry;
        product.push(value % 10);
        carry = value / 10;
    }
    product.extend([carry % 10, carry / 10]);
    while product.last() == Some(&0) {
        product.pop();
    }
    // The last `cut` digits lie behind the microsecond.
    let cut = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?.checked_sub(8)?;
    let integer_digits = i64::try_from(product.len()).ok()?.checked_sub(cut)?;
    if product.is_empty() || integer_digits < 0 {
        return Some(0);
    }
    if integer_digits > 30 {
        return None;
    }
    let digit = |place: i64| usize::try_from(place).ok().and_then(|place| product.get(place)).copied().unwrap_or(0);
    let whole = (0..integer_digits).rev().fold(0_i128, |whole, place| whole * 10 + i128::from(digit(cut + place)));
    Some(whole + i128::from(digit(cut - 1) >= 5))
}

/// Digits before and after the mark, without thousands marks; `None` when it is no plain decimal.
fn split_decimal(text: &str, mark: u8, thousands: Option<char>) -> Option<(String, &str)> {
    let (whole, fraction) = match text.split_once(char::from(mark)) {
        None => (text, ""),
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
    };
    let whole = match thousands {
        Some(thousands) if whole.contains(thousands) => {
            let mut groups = whole.split(thousands);
            let first = groups.next()?;
            if first.is_empty() || first.len() > 3 || groups.clone().any(|group| group.len() != 3) {
                return None;
            }
            std::iter::once(first).chain(groups).collect()
        }
        _ => whole.to_owned(),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!whole.is_empty() && all_digits(&whole) && all_digits(fraction)).then_some((whole, fraction))
}

/// An exact decimal as (unscaled, scale); zeros behind the sixth decimal are cut.
fn plain_decimal(text: &str, mark: u8, thousands: Option<char>) -> Option<(i128, u32)> {
    let (whole, fraction) = split_decimal(text, mark, thousands)?;
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if whole.len() > 15 {
        // Beyond every limit; the caller says so.
        return Some((i128::MAX, 6));
    }
    if fraction.len() > 20 {
        return Some((1, 7));
    }
    let unscaled = format!("0{whole}{fraction}").parse().ok()?;
    Some((unscaled, u32::try_from(fraction.len()).ok()?))
}

/// Microseconds since midnight of `9:05`, `09:05:07` or `09:05:07.25`.
fn time_of_day(text: &str) -> Option<i64> {
    let time = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    // A leap second is the last microsecond of its minute.
    let micros = i64::from(time.nanosecond().min(999_999_999) / 1_000);
    Some(i64::from(time.num_seconds_from_midnight()) * 1_000_000 + micros)
}

/// Offset from UTC of `Z`, `+02:00`, `+0200` or `+02`.
fn offset_micros(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, body) = match zone.split_at_checked(1)? {
        ("+", body) => (1, body),
        ("-", body) => (-1, body),
        _ => return None,
    };
    let (hours, minutes) = body.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = if minutes.is_empty() { 0 } else { below_sixty(minutes)? };
    let total = digits(hours).filter(|&hours| hours <= 18)? * 60 + minutes;
    Some(sign * i64::try_from(total).ok()? * 60_000_000)
}

fn formatted(text: &str, format: &str) -> Option<NaiveDateTime> {
    if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
        return Some(moment);
    }
    chrono::NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
