//! What payment terms say, where they say it in words that are known.

use crate::calendar::Date;

/// Payment terms of which the day can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownTerms {
    On(Date),
    /// After the date of the document.
    Days(i32),
    EndOfMonth,
    /// The days first, then the month's end.
    DaysToEndOfMonth(i32),
    /// The month's end first.
    DaysAfterEndOfMonth(i32),
}

/// Terms longer than that are none.
const DAYS_MAX: i32 = 3_650;

/// `30 days`, `30 days end of month`, `end of month 30 days`, `end of month`, or a date (N5).
pub fn known(terms: &str) -> Option<KnownTerms> {
    if let Some(date) = Date::parse(terms.trim()) {
        return Some(KnownTerms::On(date));
    }
    let lower = terms.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        [before @ .., "end", "of", "month"] if !before.is_empty() => Some(KnownTerms::DaysToEndOfMonth(days(before)?)),
        ["end", "of", "month", after @ ..] if !after.is_empty() => Some(KnownTerms::DaysAfterEndOfMonth(days(after)?)),
        ["end", "of", "month"] => Some(KnownTerms::EndOfMonth),
        all => Some(KnownTerms::Days(days(all)?)),
    }
}

fn days(words: &[&str]) -> Option<i32> {
    match words {
        [number, "day" | "days"] | ["net", number] | ["net", number, "day" | "days"] | [number, "days", "net"] => {
            whole(number).filter(|days| *days <= DAYS_MAX)
        }
        _ => None,
    }
}

pub fn whole(digits: &str) -> Option<i32> {
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}
