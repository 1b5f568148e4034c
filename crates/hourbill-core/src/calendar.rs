//! Dates, moments and timesheet periods. There is no clock here: the as-of date comes with the settings.

use std::fmt;
use std::num::{NonZeroI64, NonZeroU16};

use crate::bug::OrBug;
use chrono::{Datelike, Days, NaiveDate};

/// Days from 1970-01-01 to the first day read (1990-01-01) and to the last (2100-12-31), §2.6.
const EARLIEST: i32 = 7_305;
const LATEST: i32 = 47_846;

/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A day, as days since the one before the earliest. It and an `Option` of it take two bytes: there are millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NonZeroU16);

impl Date {
    /// 1990-01-01.
    pub const EARLIEST: Date = Date(NonZeroU16::MIN);

    /// `None` outside the years 1990 to 2100.
    pub fn from_days(days: i32) -> Option<Date> {
        let days = days.checked_sub(EARLIEST - 1).filter(|_| days <= LATEST)?;
        u16::try_from(days).ok().and_then(NonZeroU16::new).map(Date)
    }

    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(Date::from_chrono)
    }

    pub fn from_chrono(date: NaiveDate) -> Option<Date> {
        Date::from_days(date.signed_duration_since(NaiveDate::default()).num_days().try_into().ok()?)
    }

    /// Reads `2026-10-31` and nothing else.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
        let number = |digits: &[&u8]| {
            digits.iter().try_fold(0_u32, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u32::from(**digit - b'0'))
            })
        };
        let year = number(&[y1, y2, y3, y4])?;
        Date::from_civil(year, number(&[m1, m2])?, number(&[d1, d2])?)
    }

    /// The day of a Gregorian date without going through a calendar type: entries are parsed by the million.
    fn from_civil(year: u32, month: u32, day: u32) -> Option<Date> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u32::from(leap),
            _ => return None,
        };
        if !(1..=length).contains(&day) || !(1990..=2100).contains(&year) {
            return None;
        }
        // Years counted from March, so that the leap day ends a year.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
        Date::from_days(i32::try_from(days).ok()? - 719_468)
    }

    pub fn days(self) -> i32 {
        i32::from(self.0.get()) + EARLIEST - 1
    }

    /// Year, month and day.
    pub fn ymd(self) -> (u32, u32, u32) {
        let date = self.chrono();
        (date.year().unsigned_abs(), date.month(), date.day())
    }

    /// The calendar month in which it lies.
    pub fn month(self) -> CalendarMonth {
        let (year, month, _) = self.ymd();
        let first = i32::try_from(year).ok().and_then(|year| Date::from_ymd(year, month, 1));
        CalendarMonth(first.or_bug("the first of a month that is read is read, too"))
    }

    pub fn chrono(self) -> NaiveDate {
        NaiveDate::default().checked_add_days(Days::new(self.days().unsigned_abs().into())).or_bug(DATES)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.chrono().to_string())
    }
}

/// A month of a year, such as `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarMonth(Date);

impl CalendarMonth {
    /// Reads `2026-10` and nothing else.
    pub fn parse(text: &str) -> Option<CalendarMonth> {
        Date::parse(&format!("{text}-01")).map(CalendarMonth)
    }

    /// Its first day and its last.
    pub fn ends(self) -> (Date, Date) {
        (self.0, last_of_month(self.0))
    }

    pub fn next(self) -> Option<CalendarMonth> {
        Date::from_days(self.ends().1.days() + 1).map(CalendarMonth)
    }

    pub fn period(self) -> Period {
        let (from, to) = self.ends();
        Period::Dates { from, to }
    }
}

impl serde::Serialize for CalendarMonth {
    /// Its text: `2026-10`.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for CalendarMonth {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<CalendarMonth, D::Error> {
        let text = String::deserialize(from)?;
        CalendarMonth::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no month")))
    }
}

impl fmt::Display for CalendarMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.chrono().format("%Y-%m").to_string())
    }
}

/// A local date and time, as microseconds since 1970-01-01T00:00, which is too early to be one. A date without a time is its midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(NonZeroI64);

impl Moment {
    /// `None` outside the years 1990 to 2100.
    pub fn from_micros(micros: i64) -> Option<Moment> {
        Date::from_days(i32::try_from(micros.div_euclid(MICROS_PER_DAY)).ok()?)
            .and_then(|_| NonZeroI64::new(micros).map(Moment))
    }

    pub fn micros(self) -> i64 {
        self.0.get()
    }

    pub fn date(self) -> Date {
        let day = i32::try_from(self.micros().div_euclid(MICROS_PER_DAY)).ok();
        day.and_then(Date::from_days).or_bug("no moment lies outside the years that are read")
    }
}

impl From<Date> for Moment {
    fn from(date: Date) -> Moment {
        let micros = NonZeroI64::new(i64::from(date.days()) * MICROS_PER_DAY);
        Moment(micros.or_bug("the earliest date is long after 1970"))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.micros().rem_euclid(MICROS_PER_DAY) / 1_000_000;
        if self.micros().rem_euclid(MICROS_PER_DAY) == 0 {
            return self.date().fmt(f);
        }
        write!(f, "{} {:02}:{:02}:{:02}", self.date(), seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// Range of dates that a run bills for, its ends inside. `Open` means everything not yet invoiced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Open,
    Dates {
        from: Date,
        to: Date,
    },
    /// K1: everything up to this date.
    UpTo(Date),
    /// K1: everything from this date on.
    Since(Date),
}

/// Where a date lies, seen from a period. Every date lies inside an open period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    Inside,
    After,
}

impl Period {
    /// `None` when it ends before it begins.
    pub fn dates(from: Date, to: Date) -> Option<Period> {
        (from <= to).then_some(Period::Dates { from, to })
    }

    /// The whole month of `2026-10`.
    pub fn month(text: &str) -> Option<Period> {
        let from = Date::parse(&format!("{text}-01"))?;
        Some(Period::Dates { from, to: last_of_month(from) })
    }

    /// The month that `date` lies in, or `months` before it.
    pub fn month_before(date: Date, months: u32) -> Option<Period> {
        let day = date.chrono().checked_sub_months(chrono::Months::new(months))?;
        let from = Date::from_chrono(day.with_day(1)?)?;
        Some(Period::Dates { from, to: last_of_month(from) })
    }

    pub fn side(&self, date: Date) -> Side {
        match *self {
            Period::Dates { from, .. } | Period::Since(from) if date < from => Side::Before,
            Period::Dates { to, .. } | Period::UpTo(to) if date > to => Side::After,
            Period::Dates { .. } | Period::UpTo(_) | Period::Since(_) | Period::Open => Side::Inside,
        }
    }

    /// The first date inside; `None` when there is none before which a date could lie.
    pub fn from(&self) -> Option<Date> {
        match *self {
            Period::Open | Period::UpTo(_) => None,
            Period::Dates { from, .. } | Period::Since(from) => Some(from),
        }
    }

    /// The last date inside; `None` when there is none after which a date could lie.
    pub fn to(&self) -> Option<Date> {
        match *self {
            Period::Open | Period::Since(_) => None,
            Period::Dates { to, .. } | Period::UpTo(to) => Some(to),
        }
    }

    /// Both ends, where it has both.
    pub fn ends(&self) -> Option<(Date, Date)> {
        self.from().zip(self.to())
    }

    /// For people: `2026-10-01 to 2026-10-31`, `everything up to 2026-10-31`.
    pub fn in_words(&self) -> String {
        match self {
            Period::Open => "everything not yet invoiced".to_owned(),
            Period::Dates { from, to } => format!("{from} to {to}"),
            Period::UpTo(to) => format!("everything not yet invoiced up to {to}"),
            Period::Since(from) => format!("everything not yet invoiced from {from} on"),
        }
    }

    /// §9.6 and K1: `2026-10`, `2026-10-01_2026-10-15`, `to-2026-10-31`, `from-2026-10-01` or `open`.
    pub fn label(&self) -> String {
        match *self {
            Period::Open => "open".to_owned(),
            Period::UpTo(to) => format!("to-{to}"),
            Period::Since(from) => format!("from-{from}"),
            Period::Dates { from, to } if from.chrono().day() == 1 && to == last_of_month(from) => {
                from.chrono().format("%Y-%m").to_string()
            }
            Period::Dates { from, to } => format!("{from}_{to}"),
        }
    }

    /// The period that a label names ([`Period::label`]); `None` when it is none.
    pub fn of_label(label: &str) -> Option<Period> {
        if label == "open" {
            return Some(Period::Open);
        }
        if let Some(to) = label.strip_prefix("to-") {
            return Date::parse(to).map(Period::UpTo);
        }
        if let Some(from) = label.strip_prefix("from-") {
            return Date::parse(from).map(Period::Since);
        }
        match label.split_once('_') {
            Some((from, to)) => Period::dates(Date::parse(from)?, Date::parse(to)?),
            None => Period::month(label),
        }
    }
}

/// Why arithmetic with dates stays within those of `chrono`.
const DATES: &str = "dates lie between 1990 and 2100";

fn last_of_month(date: Date) -> Date {
    let first = date.chrono().with_day(1).or_bug("every month has a first day");
    let next = first.checked_add_months(chrono::Months::new(1)).or_bug(DATES);
    next.pred_opt().and_then(Date::from_chrono).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_1990_to_2100_reads_as_the_calendar_has_it() {
        let mut days = 0;
        for day in NaiveDate::from_ymd_opt(1990, 1, 1).unwrap().iter_days().take_while(|day| day.year() <= 2100) {
            let date = Date::parse(&day.to_string()).unwrap();
            assert_eq!((date.chrono(), Date::from_chrono(day)), (day, Some(date)));
            days += 1;
        }
        assert_eq!(days, LATEST - EARLIEST + 1);
    }

    #[test]
    fn nothing_but_iso_dates_reads() {
        for text in [
            "03/04/2026",
            "2026-2-3",
            "2026-02-30",
            "2100-02-29",
            "1989-12-31",
            "2101-01-01",
            "20261001",
            "2026-13-01",
            "２０26-01-01",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn labels_name_whole_months() {
        let october = Period::month("2026-10").unwrap();
        assert_eq!(october.label(), "2026-10");
        assert_eq!(october.to().unwrap().to_string(), "2026-10-31");
        let half = Period::dates(october.from().unwrap(), Date::parse("2026-10-15").unwrap()).unwrap();
        assert_eq!((half.label(), Period::Open.label()), ("2026-10-01_2026-10-15".to_owned(), "open".to_owned()));
        let day = |text| Date::parse(text).unwrap();
        let (first, last) = (october.from().unwrap(), october.to().unwrap());
        assert_eq!(Period::UpTo(last).label(), "to-2026-10-31");
        assert_eq!(Period::Since(first).label(), "from-2026-10-01");
        for period in [october, half, Period::Open, Period::UpTo(last), Period::Since(first)] {
            assert_eq!(Period::of_label(&period.label()), Some(period));
        }
        assert_eq!(Period::of_label("2026-10-15_2026-10-01").or(Period::of_label("october")), None);
        let march = day("2024-03-31");
        assert_eq!(Period::month_before(march, 1).unwrap().label(), "2024-02");
    }

    #[test]
    fn a_period_of_one_end_holds_all_on_its_side() {
        let day = |text| Date::parse(text).unwrap();
        let sides =
            |period: Period| ["1990-01-01", "2026-10-31", "2026-11-01", "2100-12-31"].map(|on| period.side(day(on)));
        let to = Period::UpTo(day("2026-10-31"));
        assert_eq!(sides(to), [Side::Inside, Side::Inside, Side::After, Side::After]);
        let from = Period::Since(day("2026-11-01"));
        assert_eq!(sides(from), [Side::Before, Side::Before, Side::Inside, Side::Inside]);
        assert_eq!((to.from(), to.to(), to.ends()), (None, Some(day("2026-10-31")), None));
        assert_eq!((from.from(), from.to(), from.ends()), (Some(day("2026-11-01")), None, None));
    }
}
