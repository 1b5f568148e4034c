//! Lines over many runs and posts, with an export that hears of posts at once, late or never.

use std::sync::LazyLock;

use super::*;
use crate::posted::{Effect, LineFacts, LineKind};
use crate::quantity::{HoursSum, UnitPrice, UnitSize};
use crate::testing;

const ONE: i64 = 1_000_000;

fn of(quantity: i64) -> Quantity {
    Quantity::from_micros(quantity * ONE)
}

/// Any line: what counts of it is set anew for each figure.
static LINE: LazyLock<OrderLine> = LazyLock::new(testing::line);

fn line(policy: Policy, target: i64, exported: i64) -> OrderLine {
    let (ordered, delivered) = match policy {
        Policy::Prepaid => (of(target), None),
        _ => (of(5), Some(of(target))),
    };
    OrderLine { policy, ordered, delivered, invoiced: of(exported), ..LINE.clone() }
}

/// The line of a document is posted.
fn post(state: &mut OrderLineState, effect: Effect, quantity: Quantity, exported: Quantity) {
    state.add(&facts(effect, quantity, exported)).unwrap();
}

fn facts(effect: Effect, quantity: Quantity, exported: Quantity) -> LineFacts<'static> {
    LineFacts {
        document: "D",
        order: "S1",
        order_line: "A",
        product: "Pack",
        uom: "Units",
        price: UnitPrice::ZERO,
        currency: None,
        customer: None,
        confirmed_on: None,
        ordered: None,
        explained: Quantity::ZERO,
        adjustments: "",
        kind: LineKind::Manual,
        effect,
        unit: None,
        decimals: 2,
        quantity,
        hours: HoursSum::ZERO,
        uplift: HoursSum::ZERO,
        outside: HoursSum::ZERO,
        exported,
        payment: None,
    }
}

/// A run and its post: what it bills.
fn bill(state: &mut OrderLineState, line: &OrderLine) -> i64 {
    let left = left_of(state, line).unwrap();
    if !left.is_zero() {
        let exported = opening_of(state, line).unwrap();
        post(state, Effect::Billed, left, exported);
    }
    assert_eq!(left.micros() % ONE, 0);
    left.micros() / ONE
}

/// When the export hears of what is posted.
#[derive(Clone, Copy, Debug)]
enum Heard {
    Never,
    AtOnce,
    OneRunLater,
}

const QUANTITIES: [i64; 7] = [-7, -3, -1, 0, 1, 3, 7];

#[test]
fn delivered_quantities_of_any_sign_are_billed_once_whenever_the_export_hears_of_it() {
    for policy in [Policy::Manual, Policy::Milestones] {
        for heard in [Heard::Never, Heard::AtOnce, Heard::OneRunLater] {
            for first in QUANTITIES {
                for second in QUANTITIES {
                    for third in QUANTITIES {
                        let mut state = OrderLineState::NOTHING;
                        let (mut sum, mut before) = (0, 0);
                        // Each figure is exported twice: the second run has nothing to bill, or takes up what the first waited with.
                        for target in [first, first, second, second, third, third] {
                            let exported = match heard {
                                Heard::Never => 0,
                                Heard::AtOnce => sum,
                                Heard::OneRunLater => before,
                            };
                            before = sum;
                            sum += bill(&mut state, &line(policy, target, exported));
                        }
                        assert_eq!(sum, third, "{policy:?} {heard:?}: {first}, {second}, {third}");
                    }
                }
            }
        }
    }
}

/// B1, B6 and B11 once more, in the fewest words: all signs turned, the same comes out turned.
fn prepaid(ordered: i64, invoiced: i64) -> i64 {
    if ordered < 0 {
        return -prepaid(-ordered, -invoiced);
    }
    if invoiced.abs() > ordered || ordered == 0 { 0 } else { ordered - invoiced }
}

#[test]
fn nobody_can_tell_what_is_left_where_what_the_ledger_began_with_does_not_fit_the_unit() {
    let (day, most) = (UnitSize::of_hours(of(8)), Quantity::from_micros(i64::MAX / 4));
    let in_hours = OrderLine { unit: Some(UnitSize::HOUR), uom: "Hours".into(), ..line(Policy::Manual, 10, 0) };
    let mut state = OrderLineState::NOTHING;
    assert_eq!(left_of(&state, &in_hours), Some(of(10)));
    assert_eq!(opening_of(&state, &in_hours), Some(Quantity::ZERO));
    // One day is left of more days than can be told in hours.
    let back = Quantity::from_micros(ONE - most.micros());
    state.add(&LineFacts { unit: day, uom: "Days", ..facts(Effect::Billed, back, most) }).unwrap();
    assert_eq!(state.invoiced(&in_hours), Some(of(8)));
    assert_eq!(opening_of(&state, &in_hours), None);
    assert_eq!(left_of(&state, &in_hours), None);
}

#[test]
fn prepaid_lines_of_any_sign_bill_what_is_ordered_and_never_more() {
    for ordered in QUANTITIES {
        for exported in QUANTITIES {
            let mut state = OrderLineState::NOTHING;
            let of_line = line(Policy::Prepaid, ordered, exported);
            let beyond = exported.abs() > ordered.abs();
            assert_eq!(over(&state, &of_line).is_some(), beyond, "{ordered} ordered, {exported} invoiced");
            let billed = bill(&mut state, &of_line);
            assert_eq!(billed, prepaid(ordered, exported), "{ordered} ordered, {exported} invoiced");
            // The export may hear of it or not: nothing is billed again.
            for later in [exported, exported + billed] {
                assert_eq!(
                    bill(&mut state, &line(Policy::Prepaid, ordered, later)),
                    0,
                    "{ordered}, {exported}, {later}"
                );
            }
        }
    }
}

#[test]
fn a_prepaid_line_that_grows_bills_the_rest_and_one_that_shrinks_is_over_invoiced() {
    for sign in [1, -1] {
        let mut state = OrderLineState::NOTHING;
        let of_line = |ordered: i64, exported: i64| line(Policy::Prepaid, sign * ordered, sign * exported);
        assert_eq!(bill(&mut state, &of_line(3, 0)), sign * 3);
        assert_eq!(bill(&mut state, &of_line(7, 0)), sign * 4);
        assert_eq!(bill(&mut state, &of_line(7, 3)), 0);
        assert_eq!(bill(&mut state, &of_line(5, 7)), 0);
        assert_eq!(over(&state, &of_line(5, 7)), Some(of(sign * 7)));
        assert_eq!(over(&state, &of_line(5, 0)), Some(of(sign * 7)), "the ledger knows, if the export does not");
        // Two are credited for rebilling; the export has to hear of it before they are billed again.
        post(&mut state, Effect::Rebill, of(sign * -2), Quantity::ZERO);
        assert_eq!(bill(&mut state, &of_line(7, 7)), 0);
        assert_eq!(bill(&mut state, &of_line(7, 5)), sign * 2);
    }
}

#[test]
fn what_the_erp_invoices_by_itself_counts_once() {
    for sign in [1, -1] {
        let of_line = |ordered: i64, exported: i64| line(Policy::Prepaid, sign * ordered, sign * exported);
        let mut state = OrderLineState::NOTHING;
        assert_eq!(bill(&mut state, &of_line(5, 0)), sign * 5);
        // The order grows to 10, of which the ERP invoices 3; the rest is billed once, heard of or not.
        assert_eq!(bill(&mut state, &of_line(10, 8)), sign * 2);
        assert_eq!(bill(&mut state, &of_line(10, 8)), 0);
        assert_eq!(bill(&mut state, &of_line(10, 10)), 0);
        assert_eq!(bill(&mut state, &of_line(11, 10)), sign);
    }
}

#[test]
fn a_manual_line_gives_back_what_the_erp_invoiced_too_much_once() {
    for sign in [1, -1] {
        let of_line = |delivered: i64, exported: i64| line(Policy::Manual, sign * delivered, sign * exported);
        let mut state = OrderLineState::NOTHING;
        assert_eq!(bill(&mut state, &of_line(3, 5)), sign * -2);
        assert_eq!(bill(&mut state, &of_line(3, 5)), 0, "the credit note is not imported yet");
        assert_eq!(bill(&mut state, &of_line(3, 3)), 0);
        assert_eq!(bill(&mut state, &of_line(4, 3)), sign);
        assert_eq!(bill(&mut state, &of_line(0, 3)), sign * -4);
    }
}

#[test]
fn more_than_a_quantity_can_be_is_told_from_nothing() {
    let of_line = line(Policy::Prepaid, 5, 0);
    let mut state = OrderLineState::NOTHING;
    for _ in 0..2 {
        post(&mut state, Effect::Billed, of(5_000_000_000_000), Quantity::ZERO);
    }
    assert_eq!(state.invoiced(&of_line), None);
    // Billing it as a line that the ledger never met would bill it again.
    assert_eq!(left_of(&state, &of_line), None);
}
