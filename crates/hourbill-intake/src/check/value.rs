//! The value grammar (§2.3 to §2.8): what a cell says, or why it says nothing.
//!
//! Every reader gives `Ok(None)` for an empty cell, and a [`Misread`] for one that holds something it cannot read exactly.

use std::borrow::Cow;

use chrono::TimeZone;

pub use super::clock::range_hours;
use super::clock::{spoken_time, time_and_zone};
pub use super::number::EXCEL_DAYS;
use super::number::{
    TWO_READINGS, clock_hours, decimal_micros, excel_date, excel_micros, excel_time, may_be_grouped, no_decimal,
    no_hours, plain_decimal, signed, simple_hours, spoken_hours,
};
use super::written_dates::{as_settings, formatted, usual_formats};
use crate::calendar::{Date, MICROS_PER_DAY, Moment};
use crate::finding::Code;
pub use crate::inputs::trimmed;
use crate::job::{DecimalMark, HoursUnit, InputSettings};
use crate::presets::PLUS;
use crate::quantity::{
    Currency, Hours, MICROS_PER_HOUR, MICROS_PER_ONE, Percent, Quantity, UnitPrice, UnitSize, divide_rounded,
    power_of_ten,
};
use crate::read::{Batch, Cell, EXACT_BELOW};

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

/// Largest magnitude of quantities, prices and hours (§2.8).
const MAGNITUDE_MAX: i128 = 1_000_000_000;

/// How numbers and dates are written in one input.
pub struct Grammar<'a> {
    settings: &'a InputSettings,
    /// Nothing says whether a mark before three digits parts decimals or thousands.
    doubts_marks: bool,
}

impl<'a> Grammar<'a> {
    pub fn new(settings: &'a InputSettings) -> Grammar<'a> {
        Grammar { settings, doubts_marks: false }
    }

    /// The same for cells of a batch. Where a comma parts them, it is no decimal mark; where another delimiter does, as spreadsheets write it
    /// that have a decimal comma, the job says which mark it is (§2.8).
    pub fn of(settings: &'a InputSettings, batch: &Batch<'_>) -> Grammar<'a> {
        let is_open = batch.delimiter().is_some_and(|delimiter| delimiter != b',') && !settings.marks_said;
        Grammar { settings, doubts_marks: is_open }
    }

    /// The same where it is not known what the marks are.
    pub fn doubting(settings: &'a InputSettings) -> Grammar<'a> {
        Grammar { settings, doubts_marks: true }
    }

    fn decimal_mark(&self) -> u8 {
        match self.settings.decimal {
            DecimalMark::Point => b'.',
            DecimalMark::Comma => b',',
        }
    }

    fn size(&self, unit: HoursUnit) -> UnitSize {
        match unit {
            // That of parts is asked for one by one.
            HoursUnit::Hours | HoursUnit::OfParts => UnitSize::HOUR,
            HoursUnit::Minutes => UnitSize::MINUTE,
            HoursUnit::Seconds => UnitSize::SECOND,
            HoursUnit::Days => self.settings.day(),
            HoursUnit::Excel => UnitSize::DAY,
        }
    }

    /// Hours as decimals, clock time or a duration; rounded half away from zero to the microsecond.
    pub fn hours(&self, cell: Cell<'_>) -> Value<Hours> {
        self.length(cell, self.settings.hours_unit)
    }

    /// A break between start and end, written as hours are; what a number counts is told apart (F5).
    pub fn unpaid_break(&self, cell: Cell<'_>) -> Value<Hours> {
        self.length(cell, self.settings.break_unit)
    }

    /// A length of time; `unit` is what a number without a unit counts (F5).
    fn length(&self, cell: Cell<'_>, unit: HoursUnit) -> Value<Hours> {
        let hours = match cell {
            Cell::Empty => return Ok(None),
            Cell::Int(whole) => self.size(unit).of_decimal(i128::from(whole), 0),
            Cell::Decimal { unscaled, scale } => self.size(unit).of_decimal(unscaled, u32::from(scale)),
            // The shortest decimal that reads back as the same float: what an export to text would have written.
            Cell::Float(number) if number.is_finite() => {
                return self.length_text(&format!("{number:?}"), b'.', None, unit);
            }
            Cell::Text(text) => return self.length_text(text, self.decimal_mark(), self.settings.thousands, unit),
            Cell::Unsaved | Cell::NoText => return unknown(cell),
            Cell::Float(_) | Cell::Bool(_) | Cell::Date(_) | Cell::Timestamp { .. } => None,
        };
        match hours
            .and_then(|hours| Some(Hours::from_micros(as_kept(i128::from(hours.micros()), unit)?.try_into().ok()?)))
        {
            Some(hours) => within_hours(hours),
            None => unreadable("is not a number of hours"),
        }
    }

    fn length_text(&self, text: &str, mark: u8, thousands: Option<char>, unit: HoursUnit) -> Value<Hours> {
        if unit == HoursUnit::Hours
            && let Some(micros) = simple_hours(text.as_bytes(), mark)
        {
            return Ok(Some(Hours::from_micros(micros)));
        }
        if unit == HoursUnit::OfParts {
            return self.added_hours(text, mark, thousands);
        }
        let text = trimmed(text);
        if text.is_empty() {
            return Ok(None);
        }
        match self.one_duration(text, mark, thousands, unit) {
            Some(micros) => within_hours(Hours::from_micros(micros)),
            None => unreadable(no_hours(signed(text).1)),
        }
    }

    /// Microseconds of a filled text.
    fn one_duration(&self, text: &str, mark: u8, thousands: Option<char>, unit: HoursUnit) -> Option<i64> {
        let (negative, body) = signed(text);
        let micros = clock_hours(body)
            .or_else(|| as_kept(decimal_micros(body, mark, thousands, self.size(unit))?, unit))
            .or_else(|| spoken_hours(body, mark, thousands, self.settings.day()))
            .or_else(|| range_hours(text).map(i128::from))?;
        let micros = i64::try_from(micros).ok()?;
        Some(if negative { -micros } else { micros })
    }

    /// F5: hours of several columns, added; an empty one says nothing. Hours and minutes of one duration have one sign.
    fn added_hours(&self, text: &str, mark: u8, thousands: Option<char>) -> Value<Hours> {
        let units = &self.settings.hours_parts;
        let parts: Vec<&str> = text.split(PLUS).map(trimmed).collect();
        if parts.iter().all(|part| part.is_empty()) {
            return Ok(None);
        }
        if parts.len() != units.len() {
            return unreadable("are not as many figures as columns that are added");
        }
        let (mut sum, mut signs) = (0_i64, [false; 2]);
        for (part, unit) in parts.into_iter().zip(units).filter(|(part, _)| !part.is_empty()) {
            let micros = self.one_duration(part, mark, thousands, *unit);
            let Some(added) = micros.and_then(|micros| sum.checked_add(micros)) else {
                return unreadable(format!("is no sum of hours: `{part}` {}", no_hours(signed(part).1)));
            };
            signs = [signs[0] || added > sum, signs[1] || added < sum];
            sum = added;
        }
        if signs == [true, true] && units.iter().any(|unit| Some(unit) != units.first()) {
            return unreadable("has parts of one duration with different signs");
        }
        within_hours(Hours::from_micros(sum))
    }

    /// Six exact decimals, magnitude at most 10^9; none where they may be thousands.
    fn decimal(&self, cell: Cell<'_>) -> Value<i64> {
        match cell {
            Cell::Text(text) if self.doubts_marks && may_be_grouped(signed(trimmed(text)).1, self.decimal_mark()) => {
                unreadable(TWO_READINGS)
            }
            cell => self.one_decimal(cell),
        }
    }

    fn one_decimal(&self, cell: Cell<'_>) -> Value<i64> {
        let (unscaled, scale) = match cell {
            Cell::Empty => return Ok(None),
            Cell::Int(whole) => (i128::from(whole), 0),
            Cell::Decimal { unscaled, scale } => (unscaled, u32::from(scale)),
            Cell::Text(text) => {
                let text = trimmed(text);
                if text.is_empty() {
                    return Ok(None);
                }
                let (negative, body) = signed(text);
                match plain_decimal(body, self.decimal_mark(), self.settings.thousands) {
                    Some((unscaled, scale)) => (if negative { -unscaled } else { unscaled }, scale),
                    None => return unreadable(no_decimal(body, self.decimal_mark())),
                }
            }
            Cell::Unsaved | Cell::NoText => return unknown(cell),
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
        // A thousand percent is none, whatever the mark.
        match self.one_decimal(cell)?.map(Percent::from_micros) {
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
            Err(misread) if is_unknown(cell) => Err(misread),
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
            // Whatever overflows lies far beyond the years that are read.
            Cell::Date(days) => (i64::from(days).saturating_mul(MICROS_PER_DAY), false),
            Cell::Timestamp { micros, zoned } => (micros, zoned),
            Cell::Text(text) => {
                let text = trimmed(text);
                if text.is_empty() {
                    return Ok(None);
                }
                match (self.moment_text(text), self.settings.timezone) {
                    (Some(TextMoment { local, offset: Some(offset) }), Some(_)) => (local.saturating_sub(offset), true),
                    (Some(TextMoment { local, .. }), _) => (local, false),
                    (None, _) => return unreadable(self.no_date(cell)),
                }
            }
            Cell::Unsaved | Cell::NoText => return unknown(cell),
            Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_)
                if self.settings.date_format.as_deref() == Some(EXCEL_DAYS) =>
            {
                match excel_micros(&text(cell), b'.') {
                    Some(local) => (local, false),
                    None => return unreadable(self.no_date(cell)),
                }
            }
            Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_) | Cell::Bool(_) => {
                return unreadable(self.no_date(cell));
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

    /// The microseconds of UTC of a moment that says its zone; `None` for all others.
    pub fn instant(&self, cell: Cell<'_>) -> Option<i64> {
        match cell {
            Cell::Timestamp { micros, zoned: true } => Some(micros),
            Cell::Text(text) => {
                let TextMoment { local, offset } = self.moment_text(trimmed(text))?;
                local.checked_sub(offset?)
            }
            _ => None,
        }
    }

    /// When work began: a date and time, or a time of day on the entry's own date.
    pub fn started(&self, cell: Cell<'_>) -> Value<Started> {
        if let Cell::Text(text) = cell {
            let text = trimmed(text);
            if let Some(micros) = spoken_time(text) {
                return Ok(Some(Started::TimeOfDay(micros)));
            }
        }
        let mark = if matches!(cell, Cell::Text(_)) { self.decimal_mark() } else { b'.' };
        if self.settings.date_format.as_deref() == Some(EXCEL_DAYS)
            && let Some(micros) = excel_time(trimmed(&text(cell)), mark)
        {
            return Ok(Some(Started::TimeOfDay(micros)));
        }
        match self.moment(cell) {
            Ok(moment) => Ok(moment.map(Started::At)),
            Err(misread) if is_unknown(cell) => Err(misread),
            Err(_) => unreadable("is neither a date and time nor a time of day"),
        }
    }

    /// A date as `date_format` has it, and a time behind it.
    fn date_and_time(&self, text: &str, format: &str) -> Option<TextMoment> {
        const WORDS: [&str; 6] = [" at", " um", " à", " om", " alle", " a las"];
        let mut blanks = text.match_indices([' ', 'T']).map(|(at, _)| at);
        blanks.find_map(|at| {
            let (date, time) = text.split_at_checked(at)?;
            let (time, offset) = time_and_zone(time.trim_start_matches([' ', 'T']))?;
            let date = date.strip_suffix(',').unwrap_or(date);
            let date = WORDS.iter().find_map(|word| date.strip_suffix(word)).unwrap_or(date);
            let local = formatted(date, format)?.and_utc().timestamp_micros().checked_add(time)?;
            Some(TextMoment { local, offset })
        })
    }

    /// Why a cell is no date, and what it is where that can be told.
    fn no_date(&self, cell: Cell<'_>) -> String {
        let text = text(cell);
        match excel_date(trimmed(&text), b'.').filter(|_| self.settings.date_format.is_none()) {
            Some(date) => format!(
                "is not a date such as 2026-10-31: where it is a number of days as Excel counts them ({date}), set `date_format = \"{EXCEL_DAYS}\"`"
            ),
            None => match usual_formats(trimmed(&text)).as_slice() {
                formats @ [_, ..] if self.settings.date_format.is_none() => format!(
                    "is not a date such as 2026-10-31: where all are written so, set {} of the input",
                    as_settings(formats)
                ),
                _ => self.date_words(),
            },
        }
    }

    fn date_words(&self) -> String {
        match &self.settings.date_format {
            Some(format) if format == EXCEL_DAYS => {
                "is neither a date such as 2026-10-31 nor a number of days as Excel counts them, such as 46326"
                    .to_owned()
            }
            Some(format) => format!("is neither a date such as 2026-10-31 nor one as `{format}`"),
            None => "is not a date such as 2026-10-31".to_owned(),
        }
    }

    fn moment_text(&self, text: &str) -> Option<TextMoment> {
        if let Some(format) = &self.settings.date_format {
            let whole = || {
                let local = formatted(text, format)?.and_utc().timestamp_micros();
                Some(TextMoment { local, offset: None })
            };
            let told = match format.as_str() {
                EXCEL_DAYS => excel_micros(text, self.decimal_mark()).map(|local| TextMoment { local, offset: None }),
                _ => whole().or_else(|| self.date_and_time(text, format)),
            };
            if told.is_some() {
                return told;
            }
        }
        let (date, rest) = text.split_at_checked(10)?;
        let midnight = Moment::from(Date::parse(date)?).micros();
        if rest.is_empty() {
            return Some(TextMoment { local: midnight, offset: None });
        }
        let time = rest.strip_prefix(['T', ' '])?;
        let (time, offset) = time_and_zone(time)?;
        Some(TextMoment { local: midnight.checked_add(time)?, offset })
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
                _ => unreadable("is neither true nor false: `values` of the input says what its words mean"),
            },
            Cell::Unsaved | Cell::NoText => unknown(cell),
            Cell::Int(_) | Cell::Decimal { .. } | Cell::Float(_) | Cell::Date(_) | Cell::Timestamp { .. } => {
                unreadable("is neither true nor false: `values` of the input says what its words mean")
            }
        }
    }

    /// An ISO 4217 code.
    pub fn currency(&self, cell: Cell<'_>) -> Value<Currency> {
        if is_unknown(cell) {
            return unknown(cell);
        }
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
        if is_unknown(cell) {
            return unknown(cell);
        }
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

/// Of a formula, of which a workbook keeps what it last came to.
pub const UNSAVED: &str = "is a formula without a saved value: open the workbook, let it compute, and save it";

/// Of bytes in another encoding than the input's.
pub const NO_TEXT: &str = "holds bytes that are no text in the input's encoding";

/// Something stands in a cell, and nobody knows what it says.
fn is_unknown(cell: Cell<'_>) -> bool {
    matches!(cell, Cell::Unsaved | Cell::NoText)
}

fn unknown<T>(cell: Cell<'_>) -> Value<T> {
    match no_text(cell, false) {
        Some((code, why)) => Err(Misread { code, why: why.to_owned() }),
        None => Ok(None),
    }
}

/// Why a cell cannot stand for a text; `id` when its digits must be certain.
#[inline]
pub fn no_text(cell: Cell<'_>, id: bool) -> Option<(Code, &'static str)> {
    match cell {
        Cell::Unsaved => Some((Code::UnreadableValue, UNSAVED)),
        Cell::NoText => Some((Code::BadEncoding, NO_TEXT)),
        Cell::Float(number) if id && number.abs() >= EXACT_BELOW => Some((
            Code::UnreadableValue,
            "is a number of 2^53 or more, of which a workbook does not keep each digit: write ids as text",
        )),
        _ => None,
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
        Cell::Unsaved | Cell::NoText => String::new(),
        // All digits of what a workbook keeps.
        Cell::Float(number) if number.abs() >= EXACT_BELOW => number.to_string(),
        Cell::Float(number) => format!("{number:?}"),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Date(days) => {
            Date::from_days(days).map_or_else(|| format!("day {days} since 1970"), |date| date.to_string())
        }
        Cell::Timestamp { micros, .. } => Moment::from_micros(micros)
            .map_or_else(|| format!("{micros} microseconds since 1970"), |moment| moment.to_string()),
    }
}

/// When work began, as a cell says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    At(Moment),
    /// Microseconds since midnight.
    TimeOfDay(i64),
}

impl Started {
    /// Since 1970, or since midnight: a number that stands for it alone.
    pub fn micros(self) -> i64 {
        match self {
            Started::At(moment) => moment.micros(),
            Started::TimeOfDay(micros) => micros,
        }
    }

    /// Of an entry of this date.
    pub fn on(self, date: Option<Date>) -> Option<Moment> {
        match self {
            Started::At(moment) => Some(moment),
            Started::TimeOfDay(micros) => Moment::from_micros(Moment::from(date?).micros() + micros),
        }
    }
}

/// Microseconds of a number in its unit: spreadsheets keep times as parts of a day with fewer digits than they have, which are whole seconds.
fn as_kept(micros: i128, unit: HoursUnit) -> Option<i128> {
    const SECOND: i128 = 1_000_000;
    match unit {
        HoursUnit::Excel => divide_rounded(micros, SECOND)?.checked_mul(SECOND),
        _ => Some(micros),
    }
}

/// A moment as text says it, in microseconds.
struct TextMoment {
    local: i64,
    /// Of its zone from UTC, where it says one.
    offset: Option<i64>,
}

fn within_hours(hours: Hours) -> Value<Hours> {
    if i128::from(hours.micros()).abs() <= MAGNITUDE_MAX * i128::from(MICROS_PER_HOUR) {
        Ok(Some(hours))
    } else {
        unreadable("is beyond 10^9 hours")
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
