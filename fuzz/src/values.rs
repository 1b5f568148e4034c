//! The value grammar, held against big decimals: what is read is exactly what is written, and what is plainly written is read.

use hourbill::calendar::Date;
use hourbill::check::value::{Grammar, trimmed};
use hourbill::job::{DecimalMark, InputSettings};
use hourbill::read::Cell;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::scratch::Bytes;

pub const WORDS: &[&str] = &[
    "0",
    "1",
    ".5",
    "1.",
    "+1",
    "-",
    ",",
    ".",
    "1:30",
    "1:30:45",
    "1h30",
    "1h 30m",
    "90m",
    "PT1H30M",
    "1e-05",
    "e9",
    "1.3333333333333333",
    "1.234,5",
    "1'234.5",
    "1 234,5",
    "2026-10-31",
    "31.10.2026",
    "10/31/2026",
    "T23:59:59",
    "Z",
    "+02:00",
    " ",
    "\u{a0}",
    "\u{202f}",
    "'",
    "000",
    "9999999999",
    "1000000000",
    "0.000001",
    "min",
    "h",
    "d",
    "%",
    "€",
    "-0",
];

const FORMATS: [Option<&str>; 5] = [None, Some("%d.%m.%Y"), Some("%m/%d/%Y"), Some("%Y%m%d"), Some("%d %b %y")];

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = WORDS.iter().copied().chain([
        "-12.75",
        "1.234.567,89",
        "2026-10-31 08:15:00",
        "31.10.2026 08:15",
        "1:05",
        "-1h 5m",
    ]);
    texts.flat_map(|text| [0_u8, 1, 2, 9].map(|how| [&[how, how / 2][..], text.as_bytes()].concat())).collect()
}

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    let how = bytes.byte();
    let decimal = if how % 2 == 0 { DecimalMark::Point } else { DecimalMark::Comma };
    let mark = if how % 2 == 0 { '.' } else { ',' };
    let thousands =
        [None, Some('.'), Some(','), Some('\''), Some(' ')][usize::from(how / 2) % 5].filter(|group| *group != mark);
    let dates = bytes.byte();
    let date_format = FORMATS[usize::from(dates) % FORMATS.len()].map(str::to_owned);
    let timezone = [None, Some("Europe/Paris"), Some("America/St_Johns")][usize::from(dates / 8) % 3];
    let timezone = timezone.and_then(|zone| zone.parse().ok());
    let settings = InputSettings { decimal, thousands, date_format, timezone, ..InputSettings::default() };
    let grammar = Grammar::new(&settings);
    let text = String::from_utf8_lossy(bytes.0);
    let cell = Cell::Text(&text);
    let written = Written::read(trimmed(&text), mark, thousands);
    hours(&grammar, cell, written.as_ref());
    quantity(&grammar, cell, written.as_ref());
    date(&grammar, cell, &settings);
    // Of the others only that they say something, and the same again.
    assert_eq!(
        grammar.price(cell).map(|price| price.map(|price| price.micros())),
        grammar.quantity(cell).map(|of| of.map(|of| of.micros()))
    );
    let _ = (
        grammar.percent(cell),
        grammar.discount(cell),
        grammar.integer(cell),
        grammar.flag(cell),
        grammar.currency(cell),
    );
    let _ = grammar.started(cell);
}

/// A plain number as a slow reader takes it.
struct Written {
    value: BigRational,
    /// It has digits enough for hourbill to be allowed to refuse it.
    long: bool,
    exponent: bool,
}

impl Written {
    fn read(text: &str, mark: char, thousands: Option<char>) -> Option<Written> {
        // A minus may be one of books, and stand behind.
        let minus = ['-', '\u{2212}'];
        let behind =
            || text.strip_suffix(minus).filter(|body| body.ends_with(|last: char| last.is_ascii_alphanumeric()));
        let (negative, body) = match text.strip_prefix(minus).or_else(behind) {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match body.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (body, None),
        };
        let (whole, decimals) = number.split_once(mark).unwrap_or((number, ""));
        let grouped = thousands.is_some_and(|group| whole.contains(group));
        if grouped && exponent.is_some() {
            return None;
        }
        let digits = if grouped { ungrouped(whole, thousands?)? } else { whole.to_owned() };
        let all = format!("{digits}{decimals}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let power = match exponent {
            None => 0,
            Some(text) => {
                let (sign, digits) = match text.strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, text.strip_prefix('+').unwrap_or(text)),
                };
                if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                sign * digits.parse::<i32>().ok()?
            }
        };
        let shift = power - i32::try_from(decimals.len()).ok()?;
        let factor = BigInt::from(10).pow(shift.unsigned_abs());
        let number: BigInt = all.parse().ok()?;
        let value = if shift < 0 { BigRational::new(number, factor) } else { BigRational::from(number * factor) };
        let long = digits.len() > 15 || decimals.len() > 18 || power.abs() > 18;
        Some(Written { value: if negative { -value } else { value }, long, exponent: exponent.is_some() })
    }

    /// Half away from zero.
    fn micros(&self, per_one: i64) -> BigInt {
        let scaled = &self.value * BigRational::from(BigInt::from(per_one));
        let half = BigRational::new(1.into(), 2.into());
        let rounded = (scaled.abs() + half).floor().to_integer();
        if scaled.is_negative() { -rounded } else { rounded }
    }
}

/// Groups of three, the first of one to three that does not begin with 0.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let groups: Vec<&str> = whole.split(group).collect();
    let (first, others) = groups.split_first()?;
    let fits = (1..=3).contains(&first.len()) && !first.starts_with('0') && others.iter().all(|group| group.len() == 3);
    fits.then(|| groups.concat())
}

fn hours(grammar: &Grammar<'_>, cell: Cell<'_>, written: Option<&Written>) {
    let read = grammar.hours(cell);
    let Some(written) = written else {
        // Clock time and durations; they are read back as decimal hours.
        if let Ok(Some(hours)) = read {
            assert!(hours.micros().abs() <= 1_000_000_000 * 3_600_000_000, "{cell:?} is {hours}");
        }
        return;
    };
    let micros = written.micros(3_600_000_000);
    match read {
        Ok(Some(hours)) => assert_eq!(BigInt::from(hours.micros()), micros, "{cell:?}"),
        Ok(None) => panic!("{cell:?} is a number"),
        Err(_) => {
            let fits = written.value.abs() <= BigRational::from(BigInt::from(1_000_000_000));
            assert!(!fits || written.long, "{cell:?} is a number of hours");
        }
    }
}

fn quantity(grammar: &Grammar<'_>, cell: Cell<'_>, written: Option<&Written>) {
    let exact = written.filter(|written| !written.exponent);
    match (grammar.quantity(cell), exact) {
        (Ok(Some(quantity)), Some(written)) => {
            let micros = &written.value * BigRational::from(BigInt::from(1_000_000));
            assert_eq!(micros, BigRational::from(BigInt::from(quantity.micros())), "{cell:?}");
        }
        (Ok(Some(quantity)), None) => panic!("{cell:?} is no number, and is read as {quantity:?}"),
        (Ok(None), Some(_)) => panic!("{cell:?} is a number"),
        (Ok(None), None) => {}
        (Err(_), None) => {}
        (Err(_), Some(written)) => {
            let micros = &written.value * BigRational::from(BigInt::from(1_000_000));
            let fits = micros.denom().to_i64() == Some(1)
                && written.value.abs() <= BigRational::from(BigInt::from(1_000_000_000));
            assert!(!fits || written.long || written.value.is_zero(), "{cell:?} is a quantity");
        }
    }
}

fn date(grammar: &Grammar<'_>, cell: Cell<'_>, settings: &InputSettings) {
    let Cell::Text(text) = cell else { return };
    let text = trimmed(text);
    let digits = |at: std::ops::Range<usize>| {
        let digits = text.as_bytes().get(at)?;
        digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse::<u32>().ok())?
    };
    let bytes = text.as_bytes();
    let iso = (bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-')).then(|| {
        let date = chrono::NaiveDate::from_ymd_opt(digits(0..4)? as i32, digits(5..7)?, digits(8..10)?)?;
        Date::from_chrono(date).filter(|_| (1990..=2100).contains(&digits(0..4).unwrap_or(0)))
    });
    let iso = iso.flatten();
    match (grammar.date(cell), iso) {
        (Ok(Some(date)), Some(iso)) if settings.timezone.is_none() && settings.date_format.is_none() => {
            assert_eq!(date, iso, "{text}")
        }
        (Ok(Some(date)), None) => {
            assert!(settings.date_format.is_some(), "{text} is read as {date} though no format says so")
        }
        (Err(_), Some(_)) => assert_ne!(text.len(), 10, "{text} is a date"),
        _ => {}
    }
}
