//! Entries that are billed in part.

use super::*;
use crate::testing::Exports;

const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                      L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-10-01\n";
const TIMESHEETS: &str = "timesheet_id,date,hours,order_line_id\nE1,2026-10-05,8,L1\nE2,2026-10-06,1.5,L1\n";

#[test]
fn hours_set_apart_count_where_they_belong_and_the_sums_stay() {
    let mut computed = Exports(&[("orders", ORDERS), ("timesheets", TIMESHEETS)]).run("");
    let world = &computed.run.intake.world;
    let account = &mut computed.run.account;
    let before = account.totals(world);
    let [entry, other] = [0, 1].map(|position| Idx::new(position).unwrap());
    let hours = |text: i64| Hours::from_micros(text * crate::quantity::MICROS_PER_HOUR);
    account.set_apart([
        Apart { entry, disposition: Disposition::Held, hours: hours(2) },
        Apart { entry, disposition: Disposition::AlreadyInvoiced, hours: hours(5) },
    ]);
    let after = account.totals(world);
    assert_eq!((before.sum(), after.sum().hours.to_string()), (after.sum(), "9.5".to_owned()));
    let of = |disposition| (after.of(disposition).rows, after.of(disposition).hours.to_string());
    assert_eq!(of(Disposition::Billed), (2, "2.5".to_owned()));
    assert_eq!(of(Disposition::Held), (0, "2".to_owned()));
    assert_eq!(of(Disposition::AlreadyInvoiced), (0, "5".to_owned()));
    assert_eq!((account.own_hours(entry, hours(8)), account.own_hours(other, hours(1))), (hours(1), hours(1)));
    assert_eq!((account.rows_apart(Disposition::Held), account.rows_apart(Disposition::Billed)), (1, 0));
    assert_eq!(account.totals_of(world, |entry| entry.id() == "E2").sum().hours.to_string(), "1.5");
}
