//! N5: the day on which a document is due, and what paying early takes off, by its payment terms.

use std::collections::BTreeMap;

use super::model::{EarlyPayment, Invoice, InvoiceKind};
use super::terms::{KnownTerms, known};
use crate::calendar::Date;
use crate::job::PaymentTerms;

/// What payment terms come to for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nobody agreed on any, or nothing is to be paid.
    NoTerms,
    On(Date),
    /// They do not say a day in words that are known.
    Unknown,
}

/// When a document with some payment terms is due, if it is dated so.
fn due_on(terms: &str, dated: Date, declared: &BTreeMap<String, PaymentTerms>) -> Due {
    let terms = terms.trim();
    if terms.is_empty() {
        return Due::NoTerms;
    }
    let days = declared.get(terms).and_then(|terms| terms.due_days);
    let found = match days {
        Some(days) => i32::try_from(days).ok().and_then(|days| later(dated, days)),
        None => computed(terms, dated),
    };
    found.map_or(Due::Unknown, Due::On)
}

fn later(date: Date, days: i32) -> Option<Date> {
    Date::from_days(date.days().checked_add(days)?)
}

fn month_end(date: Date) -> Option<Date> {
    let (year, month, _) = date.ymd();
    let year = i32::try_from(year).ok()?;
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    later(Date::from_ymd(year, month, 1)?, -1)
}

fn computed(terms: &str, dated: Date) -> Option<Date> {
    match known(terms)? {
        KnownTerms::On(date) => Some(date),
        KnownTerms::Days(days) => later(dated, days),
        KnownTerms::EndOfMonth => month_end(dated),
        KnownTerms::DaysToEndOfMonth(days) => month_end(later(dated, days)?),
        KnownTerms::DaysAfterEndOfMonth(days) => later(month_end(dated)?, days),
    }
}

/// When an invoice is due, if it is dated so. Nobody pays a credit note.
pub fn due_of(invoice: &Invoice, dated: Date, declared: &BTreeMap<String, PaymentTerms>) -> Due {
    match invoice.kind {
        InvoiceKind::CreditNote => Due::NoTerms,
        InvoiceKind::Invoice | InvoiceKind::DownPayment => due_on(&invoice.payment_terms, dated, declared),
    }
}

/// Dates a document: when it was issued, when it is due, and what is taken off before.
pub fn set_dates(invoice: &mut Invoice, dated: Date, declared: &BTreeMap<String, PaymentTerms>) -> Due {
    invoice.issue_date = Some(dated);
    let due = due_of(invoice, dated, declared);
    invoice.due_date = if let Due::On(date) = due { Some(date) } else { None };
    let early = declared.get(invoice.payment_terms.trim()).and_then(|terms| terms.discount);
    invoice.early_payment =
        early.filter(|_| invoice.kind != InvoiceKind::CreditNote).map(|(percent, days)| EarlyPayment { percent, days });
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_say_a_day_or_are_not_guessed() {
        let day = |text: &str| Date::parse(text).unwrap();
        let declared = BTreeMap::from([
            ("2% 10, net 30".to_owned(), PaymentTerms { due_days: Some(30), discount: None }),
            ("Immediate".to_owned(), PaymentTerms { due_days: Some(0), discount: None }),
            ("14 days".to_owned(), PaymentTerms { due_days: None, discount: None }),
        ]);
        for (terms, dated, expected) in [
            ("30 days", "2026-11-02", Due::On(day("2026-12-02"))),
            (" 1 day ", "2026-12-31", Due::On(day("2027-01-01"))),
            ("Net 30", "2026-11-02", Due::On(day("2026-12-02"))),
            ("0 days", "2026-11-02", Due::On(day("2026-11-02"))),
            // The days first, then the month's end.
            ("30 days end of month", "2026-11-02", Due::On(day("2026-12-31"))),
            ("30 Days End of Month", "2026-01-31", Due::On(day("2026-03-31"))),
            ("end of month 30 days", "2026-11-02", Due::On(day("2026-12-30"))),
            ("end of month", "2028-02-02", Due::On(day("2028-02-29"))),
            ("2026-12-24", "2026-11-02", Due::On(day("2026-12-24"))),
            ("2% 10, net 30", "2026-11-02", Due::On(day("2026-12-02"))),
            ("Immediate", "2026-11-02", Due::On(day("2026-11-02"))),
            ("14 days", "2026-11-02", Due::On(day("2026-11-16"))),
            ("", "2026-11-02", Due::NoTerms),
            ("on receipt", "2026-11-02", Due::Unknown),
            ("2/10 net 30", "2026-11-02", Due::Unknown),
            ("-3 days", "2026-11-02", Due::Unknown),
            ("99999 days", "2026-11-02", Due::Unknown),
            ("30 days 15 days", "2026-11-02", Due::Unknown),
        ] {
            assert_eq!(due_on(terms, day(dated), &declared), expected, "{terms}");
        }
    }
}
