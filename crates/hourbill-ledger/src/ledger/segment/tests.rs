//! Figures that no ledger has are refused as they are read: a ledger may be made so that its hashes and sums agree.

use super::*;
use crate::ledger::tests::invoices;
use crate::posted::LedgerBatch;
use crate::quantity::{Hours, Percent, Quantity};

fn sold() -> LedgerBatch {
    invoices(&[("D-1", &[("a", 2), ("b", 3)])])
}

/// What the reader says of the lines of a batch.
fn lines(batch: &LedgerBatch) -> Outcome<()> {
    let bytes = write_lines(batch)?;
    read_line_facts(bytes.clone(), |_| Ok(()))?;
    read_lines(bytes, &batch.documents).map(|_| ())
}

/// What every reader says of its portions, which is the same.
fn portions(batch: &LedgerBatch) -> Outcome<()> {
    let bytes = write_portions(batch, 0..batch.portions.len())?;
    let mut read = LedgerBatch { portions: crate::posted::Portions::default(), ..batch.clone() };
    let whole = read_portions(bytes.clone(), &mut read);
    let closing = read_closing(bytes, false).map(|_| ());
    assert_eq!(whole.is_ok(), closing.is_ok());
    whole
}

#[test]
fn hours_beyond_those_of_any_entry_are_refused() {
    let most = Hours::MAX_IN_LEDGER.micros();
    for (micros, fit) in [(most, true), (-most, true), (most + 1, false), (i64::MAX, false), (i64::MIN, false)] {
        let (mut hours, mut known) = (sold(), sold());
        hours.portions.hours[1] = micros;
        known.portions.known[1] = micros;
        assert_eq!((portions(&hours).is_ok(), portions(&known).is_ok()), (fit, fit), "{micros}");
        assert_eq!((figures_fit(&hours).is_ok(), figures_fit(&known).is_ok()), (fit, fit), "{micros}");
    }
}

#[test]
fn a_day_outside_the_calendar_is_refused() {
    for days in [i32::MIN, i32::MAX, 0] {
        let mut batch = sold();
        batch.portions.dates[0] = days;
        assert!(portions(&batch).is_err(), "{days}");
    }
}

#[test]
fn figures_of_lines_have_a_twin_of_the_other_sign_and_discounts_are_those_of_orders() {
    lines(&sold()).unwrap();
    let altered = |alter: &dyn Fn(&mut crate::posted::Line)| {
        let mut batch = sold();
        alter(&mut batch.lines[0]);
        let read = lines(&batch).is_ok();
        assert_eq!(figures_fit(&batch).is_ok(), read, "what cannot be read is not written");
        read
    };
    let least = Quantity::from_micros(i64::MIN);
    assert!(!altered(&|line| line.quantity = least));
    assert!(!altered(&|line| line.then.explained = least));
    for (micros, fit) in [(100_000_000, true), (-100_000_000, true), (100_000_001, false), (i64::MIN, false)] {
        assert_eq!(altered(&|line| line.discount = Percent::from_micros(micros)), fit, "{micros}");
    }
}

#[test]
fn amounts_of_which_a_few_would_not_fit_a_sum_are_neither_written_nor_read() {
    let most = 10_i128.pow(28);
    for (minor, fit) in [(most, true), (-most, true), (most + 1, false), (10_i128.pow(35), false)] {
        let mut batch = sold();
        batch.documents[0].rounding = Money::from_minor(minor);
        assert_eq!(write_documents(&batch).is_ok(), fit, "{minor}");
        batch = sold();
        batch.lines[0].net = Money::from_minor(minor);
        assert_eq!(lines(&batch).is_ok(), fit, "{minor}");
    }
}
