//! Times of day as clocks and people write them (§2.6, F5).

use chrono::{NaiveTime, Timelike};

use super::number::{below_sixty, digits};
use crate::calendar::MICROS_PER_DAY;
use crate::quantity::MICROS_PER_HOUR;

/// From one time of day to another, in microseconds; one that is not behind the start is of the next day.
pub(super) fn after(began: i64, ended: i64) -> i64 {
    if ended < began { ended + MICROS_PER_DAY - began } else { ended - began }
}

/// Microseconds since midnight of `9:05`, `09:05:07` or `09:05:07.25`; `24:00` is the end of the day.
fn time_of_day(text: &str) -> Option<i64> {
    if matches!(text, "24:00" | "24:00:00") {
        return Some(MICROS_PER_DAY);
    }
    let time = ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    // A leap second is the last microsecond of its minute.
    let micros = i64::from(time.nanosecond().min(999_999_999) / 1_000);
    Some(i64::from(time.num_seconds_from_midnight()) * 1_000_000 + micros)
}

/// The same as people say it too: `9:05 AM`, `09:05:07pm`, `9:05 p. m.`, `9 am`, `9h05`, `9 Uhr`, `9.05 Uhr`, `9:05 h`.
pub(super) fn spoken_time(text: &str) -> Option<i64> {
    const NOON: i64 = MICROS_PER_DAY / 2;
    let hours_alone = |hours: &str| {
        let hours = digits(hours).filter(|hours| *hours < 24)?;
        i64::try_from(hours).ok()?.checked_mul(MICROS_PER_HOUR)
    };
    // A point alone may be that of a decimal: `9.00` says no time, `9.00 Uhr` does.
    let pointed = |time: &str| {
        let (hours, minutes) = time.split_once('.').filter(|(_, minutes)| minutes.len() == 2)?;
        time_of_day(&format!("{hours}:{minutes}"))
    };
    let told = |time: &str| time_of_day(time).or_else(|| hours_alone(time)).or_else(|| pointed(time));
    if text.as_bytes().last().is_some_and(u8::is_ascii_digit) {
        let french = || time_of_day(&text.replacen(['h', 'H'], ":", 1).replace(' ', ""));
        return time_of_day(text).or_else(|| text.contains(['h', 'H']).then(french)?);
    }
    let letters = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (time, half) = text.split_at_checked(letters)?;
    let half: String = half.chars().filter(|c| !matches!(c, '.' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    let micros = told(time.trim_end())?;
    let afternoon = match half.to_ascii_lowercase().as_str() {
        "am" => false,
        "pm" => true,
        "uhr" | "h" => return Some(micros),
        _ => return None,
    };
    let (hour, rest) = (micros / (MICROS_PER_DAY / 24), micros % NOON);
    (1..=12).contains(&hour).then_some(if afternoon { NOON + rest } else { rest })
}

/// A time of day, and the offset of the zone that stands behind it.
pub(super) fn time_and_zone(text: &str) -> Option<(i64, Option<i64>)> {
    let text = text.trim();
    let universal = ["UTC", "GMT", "Z", "z"].iter().find_map(|zone| text.strip_suffix(zone));
    if let Some(time) = universal {
        return Some((spoken_time(time.trim_end())?, Some(0)));
    }
    // `CEST` and the like mean several zones: such a time is the local one, as it is shown.
    let named = text
        .rsplit_once(' ')
        .filter(|(_, zone)| (3..=5).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_uppercase()));
    if let Some((time, _)) = named {
        return Some((spoken_time(time.trim_end())?, None));
    }
    let (time, zone) = text.split_at_checked(text.find(['+', '-']).unwrap_or(text.len()))?;
    if zone.is_empty() {
        return Some((spoken_time(time)?, None));
    }
    // `9:00 AM GMT+2`.
    let time = time.trim_end();
    let time = ["GMT", "UTC"].iter().find_map(|zone| time.strip_suffix(zone)).unwrap_or(time);
    Some((spoken_time(time.trim_end())?, Some(offset_micros(zone)?)))
}

/// Offset from UTC of `Z`, `+02:00`, `+0200`, `+02` or `+2`.
fn offset_micros(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, body) = match zone.split_at_checked(1)? {
        ("+", body) => (1, body),
        ("-", body) => (-1, body),
        _ => return None,
    };
    let (hours, minutes) = match body.split_once(':') {
        Some(parts) => parts,
        None => body.split_at_checked(body.len().min(2))?,
    };
    let minutes = if minutes.is_empty() { 0 } else { below_sixty(minutes)? };
    let total = digits(hours).filter(|&hours| hours <= 18)? * 60 + minutes;
    Some(sign * i64::try_from(total).ok()? * 60_000_000)
}

/// What stands between a start and an end in one cell.
const BETWEEN: [&str; 16] = [
    "–", "—", "→", "~", "-", " to ", " until ", " till ", " bis ", " à ", " a ", " al ", " alle ", " tot ", " do ",
    " til ",
];
/// What stands before the start.
const FROM: [&str; 7] = ["from ", "von ", "de ", "van ", "dalle ", "od ", "fra "];

/// Hours of work as the times between which it was done, in microseconds: `09:00-11:30`, `9am to 11:30am`, over midnight too; of several, such as
/// `9:00-12:00, 13:00-17:00`, the sum. Both times say their half of the day, or neither.
pub fn range_hours(text: &str) -> Option<i64> {
    text.split([',', ';', '+', '&', '/', '\n']).map(one_range).sum()
}

fn one_range(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let text = FROM.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(&text);
    let (began, ended) = BETWEEN.iter().find_map(|mark| text.split_once(mark))?;
    let (began, ended) = (began.trim(), ended.trim());
    let says_half = |time: &str| {
        let letters: String = time.chars().filter(char::is_ascii_alphabetic).collect();
        matches!(letters.as_str(), "am" | "pm")
    };
    if says_half(began) != says_half(ended) {
        return None;
    }
    Some(after(spoken_time(began)?, spoken_time(ended)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_and_an_end_in_one_cell_are_the_time_between_them() {
        for (text, minutes) in [
            ("09:00-11:30", 150),
            ("9:00 - 11:30", 150),
            ("09:00–11:30", 150),
            ("09:00:00 — 11:30:00", 150),
            ("9am to 11:30am", 150),
            ("9:00 AM - 1:30 PM", 270),
            ("9:00 a. m. - 1:30 p. m.", 270),
            ("9h00-11h30", 150),
            ("von 9:00 bis 11:30 Uhr", 150),
            ("9:00 à 11:30", 150),
            ("22:00-02:00", 240),
            ("16:00-24:00", 480),
            ("9:00-12:00, 13:00-17:00", 420),
            ("9:00-12:00 / 13:00-17:00", 420),
            ("9:00-9:00", 0),
        ] {
            assert_eq!(range_hours(text), Some(minutes * 60_000_000), "{text}");
        }
        for text in [
            "",
            "-",
            "9:00",
            "9:00-",
            "-11:30",
            "9-11",
            "9:00-11:30 pm",
            "9:00 pm-11:30",
            "1:30-2",
            "9:00-25:00",
            "9:00-10:00-11:00",
            "2026-05-04",
            "9:00-12:00, x",
            "11:30am",
        ] {
            assert_eq!(range_hours(text), None, "{text}");
        }
    }
}
