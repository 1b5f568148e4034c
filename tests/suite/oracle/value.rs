//! The value grammar (§2.3 to §2.8), on exact fractions.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

pub type Number = BigRational;

pub fn whole(number: i128) -> Number {
    Number::from_integer(BigInt::from(number))
}

pub fn ten_to(power: u32) -> Number {
    Number::from_integer(BigInt::from(10).pow(power))
}

/// Half away from zero, to so many decimals.
pub fn rounded(number: &Number, decimals: u32) -> Number {
    let scaled = number * ten_to(decimals);
    let half = Number::new(BigInt::one(), BigInt::from(2));
    let size = (scaled.abs() + half).floor();
    (if scaled.is_negative() { -size } else { size }) / ten_to(decimals)
}

/// Rounded to a whole number that fits.
pub fn to_integer(number: &Number) -> i128 {
    i128::try_from(rounded(number, 0).to_integer()).unwrap()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn natural(text: &str) -> Option<Number> {
    if !digits(text) {
        return None;
    }
    text.parse::<BigInt>().ok().map(Number::from_integer)
}

/// `12.50`, and how many of its decimals matter.
pub fn unsigned_decimal(text: &str) -> Option<(Number, usize)> {
    let (whole_part, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let decimals = fraction.trim_end_matches('0').len();
    let shift = ten_to(u32::try_from(fraction.len()).ok()?);
    Some((natural(whole_part)? + natural(fraction)? / shift, decimals))
}

/// An exact decimal: what it is and how many decimals it has.
pub fn decimal(text: &str) -> Option<(Number, usize)> {
    match text.strip_prefix('-') {
        Some(size) => unsigned_decimal(size).map(|(size, decimals)| (-size, decimals)),
        None => unsigned_decimal(text),
    }
}

/// Microseconds.
pub fn hours(text: &str) -> Option<i128> {
    let (negative, size) = match text.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, text),
    };
    let hours = clock(size).or_else(|| lettered(size)).or_else(|| float(size))?;
    // More than 10^9 hours count as unreadable.
    if hours > ten_to(9) {
        return None;
    }
    let micros = to_integer(&(hours * whole(3_600_000_000)));
    Some(if negative { -micros } else { micros })
}

fn sixtieths(text: &str) -> Option<Number> {
    natural(text).filter(|number| text.len() == 2 && *number < whole(60))
}

/// `1:30`, `1:30:45`.
fn clock(text: &str) -> Option<Number> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [hours, minutes] => Some(natural(hours)? + sixtieths(minutes)? / whole(60)),
        [hours, minutes, seconds] => {
            Some(natural(hours)? + sixtieths(minutes)? / whole(60) + sixtieths(seconds)? / whole(3600))
        }
        _ => None,
    }
}

/// `1h30`, `1h 30m`, `90m`, `25h`, `PT1H30M`.
fn lettered(text: &str) -> Option<Number> {
    if let Some(iso) = text.strip_prefix("PT") {
        let (hours, rest) = match iso.split_once('H') {
            Some((hours, rest)) => (natural(hours)?, rest),
            None => (Number::zero(), iso),
        };
        return match rest.strip_suffix('M') {
            Some(minutes) => Some(hours + natural(minutes)? / whole(60)),
            None if rest.is_empty() && iso.ends_with('H') => Some(hours),
            None => None,
        };
    }
    match text.split_once('h') {
        Some((hours, "")) => natural(hours),
        Some((hours, rest)) => {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            Some(natural(hours)? + sixtieths(rest.strip_suffix('m').unwrap_or(rest))? / whole(60))
        }
        None => Some(natural(text.strip_suffix('m')?)? / whole(60)),
    }
}

/// `1.3333333333333333`, `1e-05`.
fn float(text: &str) -> Option<Number> {
    let Some((size, power)) = text.split_once('e') else { return unsigned_decimal(text).map(|(number, _)| number) };
    let (size, _) = unsigned_decimal(size)?;
    match power.strip_prefix('-') {
        Some(power) => Some(size / ten_to(power.parse().ok()?)),
        None => Some(size * ten_to(power.parse().ok()?)),
    }
}

/// A date as year, month, day: compares as dates do.
pub type Date = (i32, u32, u32);

pub fn date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || ![year, month, day].iter().all(|part| digits(part)) {
        return None;
    }
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let fits = (1990..=2100).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    fits.then_some((year, month, day))
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the first of January 1990, counted one year and one month at a time.
pub fn day_number((year, month, day): Date) -> i64 {
    let mut days = 0;
    for earlier in 1990..year {
        days += if days_in(earlier, 2) == 29 { 366 } else { 365 };
    }
    for earlier in 1..month {
        days += i64::from(days_in(year, earlier));
    }
    days + i64::from(day) - 1
}

pub fn date_text((year, month, day): Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// A date with its time of day, midnight when none is given: compares in full.
pub type Moment = (Date, (u32, u32, u32));

pub fn moment(text: &str) -> Option<Moment> {
    let Some(at) = text.find([' ', 'T']) else { return date(text).map(|date| (date, (0, 0, 0))) };
    let (day, time) = (date(&text[..at])?, &text[at + 1..]);
    // The local date and time count, whatever the zone.
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+02:00")).unwrap_or(time);
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return None };
    if ![hour, minute, second].iter().all(|part| part.len() == 2 && digits(part)) {
        return None;
    }
    let time: (u32, u32, u32) = (hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?);
    (time.0 < 24 && time.1 < 60 && time.2 < 60).then_some((day, time))
}

pub fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}

/// Digits after the point (ISO 4217).
pub fn currency_digits(code: &str) -> Option<u32> {
    match code {
        "JPY" => Some(0),
        "EUR" | "USD" | "CHF" => Some(2),
        "KWD" => Some(3),
        _ => None,
    }
}

#[test]
fn the_oracle_reads_the_values_of_the_contract() {
    for (text, minutes) in [("1.5", 90), ("1:30", 90), ("1h30", 90), ("1h 30m", 90), ("90m", 90), ("PT1H30M", 90)] {
        assert_eq!(hours(text), Some(minutes * 60_000_000), "{text}");
        assert_eq!(hours(&format!("-{text}")), Some(-minutes * 60_000_000), "-{text}");
    }
    assert_eq!(hours("1:30:45"), Some(5_445_000_000));
    assert_eq!(hours("1.3333333333333333"), Some(4_800_000_000));
    assert_eq!(hours("1e-05"), Some(36_000));
    for text in ["NaN", "1e400", "1:60", "1:30:60", "", "1,5", "--1", "h", "PT", "inf", "1:3", "abc"] {
        assert_eq!(hours(text), None, "{text}");
    }
    assert_eq!(rounded(&decimal("-2.125").unwrap().0, 2), decimal("-2.13").unwrap().0);
    assert_eq!(date("2026-02-30"), None);
    assert_eq!(day_number((2026, 10, 31)) - day_number((2024, 2, 29)), 975);
}
