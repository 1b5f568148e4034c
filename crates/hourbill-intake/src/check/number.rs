//! Numbers as texts write them (§2.5, §2.8): durations, decimals, groups of thousands.

use crate::calendar::{Date, MICROS_PER_DAY, Moment};
use crate::quantity::{MICROS_PER_HOUR, UnitSize, divide_rounded, power_of_ten};

/// The form nearly all hours have, `-12.75` with up to four decimals: read without a division.
pub(super) fn simple_hours(text: &[u8], mark: u8) -> Option<i64> {
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

/// Whether a number is negative, and its figures. The sign may be a minus as books print it, and it may stand behind, as some ERPs write it
/// (`7,50-`).
pub(super) fn signed(text: &str) -> (bool, &str) {
    let behind = |body: &&str| body.ends_with(|c: char| c.is_ascii_alphanumeric());
    match text.strip_prefix(['-', '\u{2212}']).or_else(|| text.strip_suffix(['-', '\u{2212}']).filter(behind)) {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Digits, at most 20 of them.
pub(super) fn digits(text: &str) -> Option<i128> {
    let fits = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

pub(super) fn below_sixty(text: &str) -> Option<i128> {
    digits(text).filter(|&number| number < 60 && text.len() <= 2)
}

const SECOND: i128 = 1_000_000;

/// `1:30`, `1:30:45`, `01:30:45.25`, `1h30`, `1h 30m`, `90m`, `45s`, `PT1H30M`, in microseconds.
pub(super) fn clock_hours(text: &str) -> Option<i128> {
    if let Some(iso) = text.strip_prefix('P') {
        iso_duration(iso)
    } else if text.contains(':') {
        on_a_clock(text)
    } else if text.contains(['h', 'm', 's']) {
        counted(text)?.checked_mul(SECOND)
    } else {
        None
    }
}

/// What stands behind the `P` of a duration of ISO 8601: `T1H30M`, `T1.5H`, `0DT90M`. Days and what is longer may be there as long as there are
/// none of them: nobody says whether a day has 24 hours or is one of work. Only the last part may have decimals, behind a point or a comma.
fn iso_duration(text: &str) -> Option<i128> {
    let (mut days, time) = text.split_once('T')?;
    while !days.is_empty() {
        let (number, behind) = days.split_at(days.find(['Y', 'M', 'W', 'D'])?);
        days = behind.get(1..)?;
        (digits(number)? == 0).then_some(())?;
    }
    let (mut rest, mut micros, mut parts) = (time, 0_i128, 0);
    for (letter, unit) in [('H', UnitSize::HOUR), ('M', UnitSize::MINUTE), ('S', UnitSize::SECOND)] {
        let Some((number, behind)) = rest.split_once(letter) else { continue };
        rest = behind;
        let of_part = match number.split_once(['.', ',']) {
            Some((whole, part)) if rest.is_empty() && digits(whole).is_some() && digits(part).is_some() => {
                decimal_micros(&format!("{whole}.{part}"), b'.', None, unit)?
            }
            Some(_) => return None,
            None => digits(number)?.checked_mul(i128::from(unit.micros()))?,
        };
        micros = micros.checked_add(of_part)?;
        parts += 1;
    }
    (parts > 0 && rest.is_empty()).then_some(micros)
}

/// Hours, minutes and perhaps seconds, of which a fraction is rounded to six digits.
fn on_a_clock(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next());
    let (seconds, fraction) = match seconds {
        Some(seconds) => seconds.split_once(['.', ',']).map_or((seconds, None), |(whole, part)| (whole, Some(part))),
        None => ("00", None),
    };
    if parts.next().is_some() || minutes.len() != 2 || seconds.len() != 2 {
        return None;
    }
    let whole = digits(hours)? * 3600 + below_sixty(minutes)? * 60 + below_sixty(seconds)?;
    let micros = match fraction {
        Some(part) if part.len() <= 6 => digits(part)? * power_of_ten(6 - u32::try_from(part.len()).ok()?)?,
        Some(part) => divide_rounded(digits(part)?, power_of_ten(u32::try_from(part.len()).ok()?.checked_sub(6)?)?)?,
        None => 0,
    };
    whole.checked_mul(SECOND)?.checked_add(micros)
}

/// Words between the parts of a duration.
const BETWEEN: [&str; 8] = [",", "and ", "und ", "et ", "y ", "en ", "e ", "i "];

/// F5: how people write how long something took, in microseconds: `7.5h`, `1.5 hrs`, `2 h 30 min`, `1 h 30`, `90 min`, `18:25 min`, `47 sec`,
/// `1:30 h`, `1d 2h`, `0 days 01:30:00`. Units go from the longest to the shortest, each once; parts behind the first are smaller than the unit
/// before, and only a lone number may have decimals. Weeks are refused: nobody says how many days they have.
pub(super) fn spoken_hours(text: &str, mark: u8, thousands: Option<char>, day: UnitSize) -> Option<i128> {
    let text = text.to_lowercase();
    let mut parts: Vec<(&str, Unit)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if !parts.is_empty() {
            rest = BETWEEN.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest).trim_start();
        }
        let Some(number) = rest.find(|c: char| c.is_alphabetic() || c.is_whitespace()).filter(|len| *len > 0) else {
            match (parts.as_slice(), rest.len()) {
                // As programs write what takes less than a day.
                ([(none, Unit::Day)], _) if digits(none) == Some(0) && rest.contains(':') => return on_a_clock(rest),
                ([.., (_, Unit::Hour)], 2) => parts.push((rest, Unit::Minute)),
                _ => return None,
            }
            break;
        };
        let (number, behind) = rest.split_at(number);
        let behind = behind.trim_start();
        let len = behind.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(behind.len());
        let (word, behind) = behind.split_at(len);
        parts.push((number, Unit::of(word.trim_end_matches('.'))?));
        rest = behind.trim_start();
    }
    match parts.as_slice() {
        [(clock, unit @ (Unit::Hour | Unit::Minute))] if clock.contains(':') => {
            // `18:25 min` are minutes and seconds; with hours before them they would be three parts.
            let hours = if *unit == Unit::Hour { (*clock).to_owned() } else { format!("0:{}", two_digits(clock)?) };
            on_a_clock(&hours)
        }
        [(number, unit)] => decimal_micros(number, mark, thousands, unit.size(day)),
        several => sum_of_parts(several, day),
    }
}

/// Parts of a duration from the longest unit to the shortest.
fn sum_of_parts(parts: &[(&str, Unit)], day: UnitSize) -> Option<i128> {
    let mut sum = 0_i128;
    let mut before: Option<Unit> = None;
    for (number, unit) in parts {
        let number = digits(number)?;
        if before.is_some_and(|before| *unit <= before || number >= unit.of_the_next()) {
            return None;
        }
        before = Some(*unit);
        sum = sum.checked_add(number.checked_mul(i128::from(unit.size(day).micros()))?)?;
    }
    before.and(Some(sum))
}

/// Why a text is no number of hours, where more can be said than that.
pub(super) fn no_hours(text: &str) -> &'static str {
    const LONGER: [&str; 12] =
        ["w", "wk", "wks", "week", "weeks", "woche", "wochen", "mo", "month", "months", "y", "year"];
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let iso = text.trim_start_matches(['-', '+']).strip_prefix('P').is_some_and(|iso| iso.contains('D'));
    if iso || (text.contains(':') && words.clone().any(|word| Unit::of(word) == Some(Unit::Day))) {
        "names days, of 24 hours or of work: write it in hours"
    } else if words.clone().any(|word| LONGER.contains(&word)) {
        "names weeks or more, of which nobody says how many hours they have"
    } else if text.contains(':') && words.any(|word| matches!(word, "am" | "pm")) {
        "is a time of day, and not how long something took"
    } else {
        "is not a number of hours"
    }
}

/// Minutes and seconds as a clock with hours has them.
fn two_digits(clock: &str) -> Option<String> {
    let (minutes, seconds) = clock.split_once(':')?;
    let minutes = below_sixty(minutes)?;
    Some(format!("{minutes:02}:{seconds}"))
}

/// A unit that people count time in, the longest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Day,
    Hour,
    Minute,
    Second,
}

impl Unit {
    /// In lower case, in the languages of the exports.
    fn of(word: &str) -> Option<Unit> {
        Some(match word {
            "d" | "day" | "days" | "tag" | "tage" | "jour" | "jours" | "día" | "días" | "dia" | "dias" | "dag"
            | "dagen" | "giorno" | "giorni" => Unit::Day,
            "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure" | "heures" | "hora"
            | "horas" | "uur" | "uren" | "ora" | "ore" | "godz" | "godzina" | "godziny" | "godzin" | "tim"
            | "timme" | "timmar" | "timer" | "hod" | "時間" | "小时" | "ч" => Unit::Hour,
            "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "minuti" | "minuut"
            | "minut" | "minuta" | "minuty" | "minuter" | "minutter" | "分" | "分钟" | "мин" => Unit::Minute,
            "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunde" | "sekunden" | "seconde" | "secondes"
            | "segundo" | "segundos" | "secondi" | "seconden" | "sekund" | "sekunda" | "sekundy" | "sekunder"
            | "秒" | "сек" => Unit::Second,
            _ => return None,
        })
    }

    fn size(self, day: UnitSize) -> UnitSize {
        match self {
            Unit::Day => day,
            Unit::Hour => UnitSize::HOUR,
            Unit::Minute => UnitSize::MINUTE,
            Unit::Second => UnitSize::SECOND,
        }
    }

    /// So many make one of the next longer unit.
    fn of_the_next(self) -> i128 {
        match self {
            Unit::Day => i128::MAX,
            Unit::Hour => 24,
            Unit::Minute | Unit::Second => 60,
        }
    }
}

/// Seconds of hours, minutes and seconds in that order, each a number before its letter. There may be blanks between, the last letter may be
/// left out (`1h30`), and what follows another part is below sixty.
fn counted(text: &str) -> Option<i128> {
    const LETTERS: [char; 3] = ['h', 'm', 's'];
    let mut rest = text;
    let mut seconds: i128 = 0;
    let mut parts = 0;
    for (letter, length) in LETTERS.into_iter().zip([3600, 60, 1]) {
        let part = match rest.split_once(letter) {
            Some((number, after)) => {
                rest = after.trim_start();
                number
            }
            None if parts > 0 && length == 60 && !rest.is_empty() && !rest.contains(LETTERS) => {
                std::mem::take(&mut rest)
            }
            None => continue,
        };
        let number = if parts > 0 { below_sixty(part) } else { digits(part) }?;
        seconds = seconds.checked_add(number.checked_mul(length)?)?;
        parts += 1;
    }
    (parts > 0 && rest.is_empty()).then_some(seconds)
}

/// A decimal of some unit with an exponent or without, in microseconds rounded half away from zero, exact for any number of digits.
pub(super) fn decimal_micros(text: &str, mark: u8, thousands: Option<char>, unit: UnitSize) -> Option<i128> {
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
    // Nobody writes groups of thousands before an exponent.
    let thousands = if mantissa.len() == text.len() { thousands } else { None };
    let (whole, fraction) = split_decimal(mantissa, mark, thousands)?;
    // Digit by digit, least first, times what the unit is without the zeros behind it: an hour has 3.6x10^9 microseconds, 36 and eight zeros.
    let (mut factor, mut zeros) = (unit.micros().unsigned_abs(), 0);
    while factor % 10 == 0 && factor > 0 {
        (factor, zeros) = (factor / 10, zeros + 1);
    }
    let mut product = Vec::with_capacity(whole.len() + fraction.len() + 12);
    let mut carry = 0_u64;
    for digit in fraction.bytes().rev().chain(whole.bytes().rev()) {
        let value = u64::from(digit - b'0').checked_mul(factor)?.checked_add(carry)?;
        product.push((value % 10) as u32);
        carry = value / 10;
    }
    while carry > 0 {
        product.push((carry % 10) as u32);
        carry /= 10;
    }
    while product.last() == Some(&0) {
        product.pop();
    }
    // The last `cut` digits lie behind the microsecond.
    let cut = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?.checked_sub(zeros)?;
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

/// Digits before and after the mark, of which one may be missing, without thousands marks; `None` when it is no plain decimal. A first
/// group does not start with 0: with the marks taken for each other, `0.015` would be 15.
fn split_decimal(text: &str, mark: u8, thousands: Option<char>) -> Option<(String, &str)> {
    let (whole, fraction) = text.split_once(char::from(mark)).unwrap_or((text, ""));
    let whole = match thousands {
        Some(thousands) if whole.contains(thousands) => {
            let mut groups = whole.split(thousands);
            let first = groups.next()?;
            if first.is_empty()
                || first.starts_with('0')
                || first.len() > 3
                || groups.clone().any(|group| group.len() != 3)
            {
                return None;
            }
            std::iter::once(first).chain(groups).collect()
        }
        _ => whole.to_owned(),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some_digit = !whole.is_empty() || !fraction.is_empty();
    (some_digit && all_digits(&whole) && all_digits(fraction)).then_some((whole, fraction))
}

/// Whether a figure is one decimal with `mark` before the decimals, and another with it between groups of thousands: `1.160`, but neither
/// `0.160` nor `1160.500`.
pub(super) fn may_be_grouped(text: &str, mark: u8) -> bool {
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(char::from(mark)).is_some_and(|(whole, behind)| {
        let groups = (1..=3).contains(&whole.len()) && !whole.starts_with('0') && behind.len() == 3;
        groups && all_digits(whole) && all_digits(behind)
    })
}

/// Why such a figure is none where nobody says what its mark is.
pub(super) const TWO_READINGS: &str = "may have decimals or thousands behind its mark, and neither the file nor the job says which: set `decimal = \".\"` of the input, or `decimal = \",\"` and `thousands = \".\"`";

/// Why a figure is no decimal number; with the other mark it may be one.
pub(super) fn no_decimal(text: &str, mark: u8) -> String {
    let other = if mark == b'.' { b',' } else { b'.' };
    if plain_decimal(text, other, None).is_none() {
        return "is not a decimal number".to_owned();
    }
    let (mark, other_mark) = (char::from(mark), char::from(other));
    let thousands = if may_be_grouped(text, other) {
        format!(", or `thousands = \"{other_mark}\"` where it stands between thousands")
    } else {
        String::new()
    };
    format!(
        "is not a decimal number with `{mark}`: where all figures are written so, set `decimal = \"{other_mark}\"` of the input{thousands}"
    )
}

/// A `date_format` of its own: days since 30 December 1899, as workbooks count them, with the time of day behind the decimal mark.
pub const EXCEL_DAYS: &str = "excel";
/// 1970 in these days.
const EXCEL_EPOCH_DAYS: i64 = 25_569;

/// Microseconds since 1970 of a moment as workbooks count it, to the second.
pub(super) fn excel_micros(text: &str, mark: u8) -> Option<i64> {
    let (days, micros) = excel_day(text, mark)?;
    days.checked_sub(EXCEL_EPOCH_DAYS)?.checked_mul(MICROS_PER_DAY)?.checked_add(micros)
}

/// Microseconds since midnight of a time of day as workbooks keep it, as part of a day: `0.375` is nine.
pub(super) fn excel_time(text: &str, mark: u8) -> Option<i64> {
    let (days, micros) = excel_day(text, mark)?;
    (days == 0 || (days, micros) == (1, 0)).then_some(days * MICROS_PER_DAY + micros)
}

/// What a number is as workbooks count days, where it lies within the years that are read.
pub(super) fn excel_date(text: &str, mark: u8) -> Option<Date> {
    Moment::from_micros(excel_micros(text, mark)?).map(Moment::date)
}

/// Whole days, and the microseconds of the rest, to the second.
fn excel_day(text: &str, mark: u8) -> Option<(i64, i64)> {
    let (unscaled, scale) = plain_decimal(text, mark, None)?;
    // Far more digits than a workbook shows.
    let one = power_of_ten(scale).filter(|_| scale <= 18)?;
    let (days, rest) = (unscaled.div_euclid(one), unscaled.rem_euclid(one));
    let seconds = i64::try_from((rest * 86_400 + one / 2) / one).ok()?;
    Some((i64::try_from(days).ok()?, seconds * 1_000_000))
}

/// An exact decimal as (unscaled, scale); zeros behind the sixth decimal are cut.
pub(super) fn plain_decimal(text: &str, mark: u8, thousands: Option<char>) -> Option<(i128, u32)> {
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

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
