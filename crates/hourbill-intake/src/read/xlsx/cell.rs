//! What stands in a cell of a sheet: sixteen bytes, texts beside it.

use super::styles::Format;
use crate::calendar::{Date, MICROS_PER_DAY};
use crate::quantity::decimal_from_text;
use crate::read::EXACT_BELOW;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::read) enum SheetCell {
    #[default]
    Empty,
    /// One of the texts that the sheets of a workbook share.
    Shared(u32),
    /// A stretch of the texts of its batch.
    Text {
        start: u32,
        len: u32,
    },
    Int(i64),
    Decimal {
        unscaled: i64,
        scale: u8,
    },
    /// A number that a binary float does not tell from its neighbours.
    Float(f64),
    Bool(bool),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970, in no zone.
    Moment(i64),
    /// A formula without a saved value.
    Unsaved,
}

/// Days from the first day of each way to count them to 1970. The first has a day in 1900 that never was, long before the years that are read.
const DAYS_TO_1970: i64 = 25_569;
const DAYS_TO_1970_FROM_1904: i64 = 24_107;
const MILLIS_PER_DAY: f64 = 86_400_000.0;

/// A stretch of `texts` with this text at its end.
pub(super) fn text_cell(text: &str, texts: &mut String) -> SheetCell {
    let start = texts.len();
    texts.push_str(text);
    match (u32::try_from(start), u32::try_from(text.len())) {
        (Ok(start), Ok(len)) => SheetCell::Text { start, len },
        // Batches end long before.
        _ => SheetCell::Unsaved,
    }
}

/// What a number says; `None` when the text is none.
pub(super) fn number(text: &str, format: Format, from_1904: bool, texts: &mut String) -> Option<SheetCell> {
    if format == Format::Number
        && let Some(cell) = short_number(text)
    {
        return Some(cell);
    }
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let number: f64 = text.parse().ok().filter(|_| text.bytes().all(plain))?;
    Some(match format {
        Format::Number => number_of(number, texts),
        Format::Length => clock(number, texts),
        Format::Moment if number < 1.0 => clock(number, texts),
        Format::Moment => moment(number, from_1904).unwrap_or_else(|| number_of(number, texts)),
    })
}

/// Up to 15 digits are what the float says that stands for them, whichever way they are read.
fn short_number(text: &str) -> Option<SheetCell> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let (mut unscaled, mut scale, mut behind, mut count) = (0_i64, 0_u8, false, 0);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                unscaled = unscaled * 10 + i64::from(byte - b'0');
                scale += u8::from(behind);
                count += 1;
            }
            b'.' if !behind => behind = true,
            _ => return None,
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    while scale > 0 && unscaled % 10 == 0 {
        (unscaled, scale) = (unscaled / 10, scale - 1);
    }
    let unscaled = if negative { -unscaled } else { unscaled };
    Some(if scale == 0 { SheetCell::Int(unscaled) } else { SheetCell::Decimal { unscaled, scale } })
}

/// The shortest decimal that is the same float.
fn number_of(number: f64, texts: &mut String) -> SheetCell {
    if number.abs() >= EXACT_BELOW {
        return SheetCell::Float(number);
    }
    let text = number.to_string();
    if let Ok(whole) = text.parse() {
        return SheetCell::Int(whole);
    }
    let decimal = decimal_from_text(&text);
    match decimal.and_then(|(unscaled, scale)| Some((i64::try_from(unscaled).ok()?, u8::try_from(scale).ok()?))) {
        Some((unscaled, scale)) => SheetCell::Decimal { unscaled, scale },
        None => text_cell(&text, texts),
    }
}

/// `None` outside of the years that are read.
fn moment(days: f64, from_1904: bool) -> Option<SheetCell> {
    let to_1970 = if from_1904 { DAYS_TO_1970_FROM_1904 } else { DAYS_TO_1970 };
    let mut day = days.floor() as i64;
    let mut millis = ((days - days.floor()) * MILLIS_PER_DAY).round() as i64;
    if millis >= MILLIS_PER_DAY as i64 {
        (day, millis) = (day.checked_add(1)?, 0);
    }
    let date = Date::from_days(i32::try_from(day.checked_sub(to_1970)?).ok()?)?;
    Some(match millis {
        0 => SheetCell::Date(date.days()),
        millis => SheetCell::Moment(i64::from(date.days()) * MICROS_PER_DAY + millis * 1_000),
    })
}

/// A time of day or a length of time, as part of a day: to the millisecond, which is what a workbook can tell apart.
fn clock(days: f64, texts: &mut String) -> SheetCell {
    let millis = (days.abs() * MILLIS_PER_DAY).round();
    if !days.is_finite() || millis > 1e15 {
        return text_cell(&days.to_string(), texts);
    }
    let millis = millis as i64;
    let sign = if days < 0.0 { "-" } else { "" };
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    if rest == 0 {
        let text = format!("{sign}{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        return text_cell(&text, texts);
    }
    // Hours with as many decimals as a millisecond needs.
    let unscaled = i128::from(millis) * 10_000_000_000 / 3_600_000;
    match i64::try_from(if days < 0.0 { -unscaled } else { unscaled }) {
        Ok(unscaled) => SheetCell::Decimal { unscaled, scale: 10 },
        Err(_) => text_cell(&days.to_string(), texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: Format) -> (SheetCell, String) {
        let mut texts = String::new();
        let cell = number(text, format, false, &mut texts).unwrap_or(SheetCell::Empty);
        (cell, texts)
    }

    #[test]
    fn a_number_is_its_shortest_decimal_whichever_way_it_is_read() {
        for (text, cell) in [
            ("0", SheetCell::Int(0)),
            ("-0", SheetCell::Int(0)),
            ("1.50", SheetCell::Decimal { unscaled: 15, scale: 1 }),
            ("-7.25", SheetCell::Decimal { unscaled: -725, scale: 2 }),
            ("100", SheetCell::Int(100)),
            ("123456789012345", SheetCell::Int(123_456_789_012_345)),
            ("9007199254740991", SheetCell::Int(9_007_199_254_740_991)),
            ("9007199254740992", SheetCell::Float(9_007_199_254_740_992.0)),
            ("1.3333333333333333", SheetCell::Decimal { unscaled: 13_333_333_333_333_333, scale: 16 }),
            ("1E2", SheetCell::Int(100)),
            ("2.5E-3", SheetCell::Decimal { unscaled: 25, scale: 4 }),
            ("0.10000000000000001", SheetCell::Decimal { unscaled: 1, scale: 1 }),
        ] {
            assert_eq!(read(text, Format::Number).0, cell, "{text}");
            // The short way and the long way agree.
            if let Some(short) = short_number(text) {
                assert_eq!(short, number_of(text.parse().unwrap(), &mut String::new()), "{text}");
            }
        }
        for text in ["", "-", ".", "abc", "nan", "inf", "1.2.3", "0x10", "1 000"] {
            assert_eq!(read(text, Format::Number).0, SheetCell::Empty, "{text}");
        }
    }

    #[test]
    fn moments_and_lengths_are_read_to_the_millisecond() {
        // 5 October 2026 is day 46300 of a workbook.
        let day = Date::from_ymd(2026, 10, 5).unwrap().days();
        assert_eq!(read("46300", Format::Moment).0, SheetCell::Date(day));
        let noon = i64::from(day) * MICROS_PER_DAY + MICROS_PER_DAY / 2;
        assert_eq!(read("46300.5", Format::Moment).0, SheetCell::Moment(noon));
        // The last half of a millisecond of a day is the next day.
        assert_eq!(read("46299.999999999", Format::Moment).0, SheetCell::Date(day));
        assert_eq!(read("0.0625", Format::Moment).1, "1:30:00");
        assert_eq!(read("1.0625", Format::Length).1, "25:30:00");
        assert_eq!(read("-0.0625", Format::Length).1, "-1:30:00");
        // Outside of the years that are read it is a number.
        assert_eq!(read("2", Format::Moment).0, SheetCell::Int(2));
        assert_eq!(read("1e300", Format::Moment).0, SheetCell::Float(1e300));
        assert_eq!(number("44838", Format::Moment, true, &mut String::new()), Some(SheetCell::Date(day)));
        assert_eq!(std::mem::size_of::<SheetCell>(), 16);
    }
}
