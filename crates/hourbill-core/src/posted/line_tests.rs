//! G12: what the ledger has of a line, seen from a line that is something else now.

use std::sync::LazyLock;

use super::*;
use crate::quantity::UnitPrice;
use crate::testing;

static LINE: LazyLock<OrderLine> = LazyLock::new(testing::line);

fn day() -> UnitSize {
    UnitSize::of_hours(Quantity::from_micros(8_000_000)).unwrap()
}

fn line(policy: Policy, uom: &str, unit: Option<UnitSize>) -> OrderLine {
    OrderLine { policy, uom: uom.to_owned(), unit, ..LINE.clone() }
}

/// Hundredths of units; of time lines, of hours.
fn post(
    state: &mut OrderLineState,
    kind: LineKind,
    effect: Effect,
    uom: &str,
    unit: Option<UnitSize>,
    hundredths: i64,
) {
    let hours = HoursSum::from_micros(i128::from(hundredths) * 36_000_000);
    let by_time = kind == LineKind::Time;
    let quantity = match unit.filter(|_| by_time) {
        Some(unit) => unit.quantity(hours, 2).unwrap(),
        None => Quantity::from_micros(hundredths * 10_000),
    };
    let facts = LineFacts {
        document: "D",
        order: "S1",
        order_line: "A",
        product: "Pack",
        kind,
        effect,
        uom,
        unit,
        price: UnitPrice::ZERO,
        currency: None,
        decimals: 2,
        quantity,
        hours: if by_time { hours } else { HoursSum::ZERO },
        uplift: HoursSum::ZERO,
        outside: HoursSum::ZERO,
        exported: Quantity::ZERO,
        customer: None,
        confirmed_on: None,
        ordered: None,
        explained: Quantity::ZERO,
        adjustments: "",
        payment: None,
    };
    state.add(&facts).unwrap();
}

fn text(quantity: Option<Quantity>) -> String {
    quantity.map_or_else(|| "-".to_owned(), |quantity| quantity.to_string())
}

#[test]
fn quantities_count_in_the_unit_that_the_line_has_now() {
    let hours = line(Policy::Prepaid, "Hours", Some(UnitSize::HOUR));
    let days = line(Policy::Prepaid, "Days", Some(day()));
    let pieces = line(Policy::Prepaid, "Units", None);
    let mut state = OrderLineState::NOTHING;
    assert_eq!((text(state.invoiced(&hours)), state.is_unknown()), ("-".into(), true));
    post(&mut state, LineKind::Prepaid, Effect::Billed, "Days", Some(day()), 500);
    assert_eq!([&hours, &days, &pieces].map(|line| text(state.invoiced(line))), ["40", "5", "0"]);
    assert_eq!([&hours, &days, &pieces].map(|line| state.is_incomparable(line)), [false, false, true]);
    assert_eq!(state.prebilled().unwrap().to_string(), "40");
    // 3.5 h are 0.4375 days, 0.44 billed.
    post(&mut state, LineKind::Time, Effect::Billed, "Hours", Some(UnitSize::HOUR), 350);
    assert_eq!([&hours, &days].map(|line| text(state.invoiced(line))), ["43.5", "5.44"]);
    assert_eq!((state.hours.to_string(), state.prebilled().unwrap().to_string()), ("3.5".into(), "40".into()));
    // What is taken back is open; what was ever billed stays told.
    post(&mut state, LineKind::Prepaid, Effect::Rebill, "Days", Some(day()), -500);
    assert_eq!(text(state.invoiced(&hours)), "3.5");
    assert_eq!(state.billed_hours().to_string(), "43.5");
    assert!(!state.is_nothing() && state.prebilled().unwrap().is_zero());
}

#[test]
fn more_taken_back_than_billed_is_no_ground_for_billing_time() {
    let time = line(Policy::Time, "Hours", Some(UnitSize::HOUR));
    let mut state = OrderLineState::NOTHING;
    post(&mut state, LineKind::Manual, Effect::Billed, "Hours", Some(UnitSize::HOUR), -100);
    assert!(state.is_incomparable(&time));
    post(&mut state, LineKind::Manual, Effect::Billed, "Hours", Some(UnitSize::HOUR), 100);
    assert!(!state.is_incomparable(&time) && state.is_nothing());
}

#[test]
fn pieces_are_alike_by_name_and_time_by_length() {
    let hour = Measure::new(Some(UnitSize::HOUR), "Hours");
    assert_eq!(hour, Measure::new(Some(UnitSize::HOUR), "Stunden"));
    assert_eq!(Measure::new(None, " units "), Measure::new(None, "Units"));
    assert!(hour.compares(&Measure::new(Some(day()), "Days")));
    assert!(
        !hour.compares(&Measure::new(None, "Units")) && !Measure::new(None, "kg").compares(&Measure::new(None, "m"))
    );
}
