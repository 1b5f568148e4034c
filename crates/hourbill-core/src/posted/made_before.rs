//! §7.6: which rows of the credits input were applied to the ledger.

use std::collections::BTreeMap;

use crate::calendar::Date;

/// A credit that the ledger has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditMade {
    /// In the words in which it was asked for.
    pub request: String,
    pub reason: String,
    pub on: Option<Date>,
    /// It was taken back since (`void` of the credit).
    pub undone: bool,
}

/// A row of the credits input, in the same words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreditAsked {
    pub request: String,
    pub reason: String,
    /// `None` where the row says no day.
    pub on: Option<Date>,
}

/// By row, the credit that was made for it. A row is known by what it asks for, not by its reason, which people correct: of rows that ask for the
/// same, those whose reason the ledger has come first, of their day before others, then each of the others takes one that no row has, of its day
/// where it says one. As many rows as ask for the same are as many credits; equal rows are one. A credit that was undone stays known: the same once more is asked for
/// by a row beside the one that it was made for.
pub fn made_before<'a>(rows: &[CreditAsked], made: &'a [CreditMade]) -> Vec<Option<&'a CreditMade>> {
    let mut by_request: BTreeMap<&str, Vec<&CreditMade>> = BTreeMap::new();
    for credit in made {
        by_request.entry(&credit.request).or_default().push(credit);
    }
    let mut known: BTreeMap<&CreditAsked, &CreditMade> = BTreeMap::new();
    let mut take = |row: &CreditAsked, is_it: &dyn Fn(&CreditMade) -> bool| {
        let all = by_request.get_mut(row.request.as_str())?;
        let at = all.iter().position(|of| is_it(of))?;
        Some(all.remove(at))
    };
    for step in [Step::ByReasonAndDay, Step::ByReason, Step::InForce, Step::Undone] {
        for row in rows {
            let is_of_day = |of: &CreditMade| row.on.zip(of.on).is_none_or(|(asked, made)| asked == made);
            let is_it = |of: &CreditMade| match step {
                Step::ByReasonAndDay => of.reason == row.reason && is_of_day(of),
                Step::ByReason => of.reason == row.reason,
                Step::InForce => !of.undone && is_of_day(of),
                Step::Undone => is_of_day(of),
            };
            if !known.contains_key(row)
                && let Some(credit) = take(row, &is_it)
            {
                known.insert(row, credit);
            }
        }
    }
    rows.iter().map(|row| known.get(row).copied()).collect()
}

/// In which order rows look for their credits.
#[derive(Clone, Copy)]
enum Step {
    ByReasonAndDay,
    ByReason,
    InForce,
    Undone,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn asked(request: &str, reason: &str, on: &str) -> CreditAsked {
        CreditAsked { request: request.to_owned(), reason: reason.to_owned(), on: Date::parse(on) }
    }

    fn made(request: &str, reason: &str, on: &str, undone: bool) -> CreditMade {
        CreditMade {
            request: request.to_owned(),
            reason: reason.to_owned(),
            on: Some(Date::parse(on).unwrap()),
            undone,
        }
    }

    fn reasons(rows: &[CreditAsked], made: &[CreditMade]) -> Vec<String> {
        made_before(rows, made).into_iter().map(|of| of.map_or_else(String::new, |of| of.reason.clone())).collect()
    }

    #[test]
    fn a_row_is_known_by_what_it_asks_for() {
        let ledger = [made("A", "late", "2026-10-01", false), made("A", "outage", "2026-10-02", false)];
        // A reason was corrected.
        assert_eq!(reasons(&[asked("A", "outage", ""), asked("A", "too late", "")], &ledger), ["outage", "late"]);
        // A third of the kind, and another amount.
        let three =
            [asked("A", "late", ""), asked("A", "again", ""), asked("A", "and again", ""), asked("B", "late", "")];
        assert_eq!(reasons(&three, &ledger), ["late", "outage", "", ""]);
        // Of another day.
        assert_eq!(reasons(&[asked("A", "again", "2026-11-01")], &ledger), [""]);
        assert_eq!(reasons(&[asked("A", "sorry", "2026-10-02")], &ledger), ["outage"]);
        // Two of two days; the day of the one was corrected.
        let days = [asked("A", "late", "2026-10-02"), asked("A", "late", "2026-10-01")];
        assert_eq!(reasons(&days, &ledger[..1]), ["", "late"]);
        assert_eq!(reasons(&[asked("A", "late", "2026-10-09")], &ledger[..1]), ["late"]);
        // Equal rows are one.
        assert_eq!(reasons(&[asked("A", "sorry", ""), asked("A", "sorry", "")], &ledger[..1]), ["late", "late"]);
    }

    #[test]
    fn what_was_undone_is_asked_for_by_another_row() {
        let ledger = [made("A", "late", "2026-10-01", true)];
        assert_eq!(reasons(&[asked("A", "after all", "")], &ledger), ["late"]);
        assert_eq!(reasons(&[asked("A", "late", ""), asked("A", "after all", "")], &ledger), ["late", ""]);
    }
}
