//! Rows of adjustments, requests and credits that cannot be read, and what those that can say.

use hourbill::model::{Credited, Treatment};

use crate::edits::{ORDERS, billed, run};
use crate::exports::Exports;

#[test]
fn rows_that_cannot_be_read_go_to_quarantine_with_all_their_errors() {
    let computed = run(&[
        "hodl,E1,,why,,",
        "hold,,,,,",
        "hold,E1,2 h,why,,",
        "cap_hours,L1,-1,why,,",
        "cap_hours,L1,soon,,,03/04/2026",
        "discount,L1,101,why,,",
        "move,E1,,why,,",
        "hold,team:L1,,why,,",
        "price,ticket:,x,why,,",
        "note,L1",
        "hold,E1,,why,,,2026-10-31,2026-10-01",
        "hold,E1,,why,,,October,",
        "release,ticket:T1,1,why,,,,",
        "same_as,E1,,why,,,,",
        "same_as,customer:C1,E9,why,,,,",
        "accept,L1,,why,,,,",
        "accept,L1,invoiced-elsewhere,why,,,,",
        "accept,L1,invoiced-elsewhere<=,why,,,,",
        "accept,L1,invoiced-elsewhere<=-1,why,,,,",
        "accept,L1,invoiced-elswhere<=1,why,,,,",
        "accept,run,draft_amount<=1,why,,,,",
        "accept,order:S1,draft_amount.EUR<=1,why,,,,",
    ]);
    assert_eq!(
        computed.rows("quarantine", "row column code"),
        [
            "1 | action | unreadable-value",
            "2 | target; reason | empty-value; empty-value",
            "3 | value | unreadable-value",
            "4 | value | out-of-limits",
            "5 | value; reason; on | unreadable-value; empty-value; unreadable-value",
            "6 | value | out-of-limits",
            "7 | value | empty-value",
            "9 | value; target | unreadable-value; empty-value",
            "10 |  | ragged-row",
            "11 | to | out-of-limits",
            "12 | from | unreadable-value",
            "13 | value; target | unreadable-value; unreadable-value",
            "14 | value | empty-value",
            "15 | target | unreadable-value",
            "16 | value | empty-value",
            "17 | value | unreadable-value",
            "18 | value | unreadable-value",
            "19 | value | out-of-limits",
            "20 | value | unreadable-value",
            "21 | value | unreadable-value",
            "22 | target | unreadable-value",
        ]
    );
    assert_eq!(billed(&computed), ["E1 | 8", "E2 | 4", "E3 | 1.5"]);
}

#[test]
fn requests_that_cannot_be_read_go_to_quarantine() {
    let rows = "order_id,method,value,requested_on\nS1,percentage,101,\nS1,percentage,0,\nS1,fixed,-5,\nS1,half,50,soon\n,fixed,,\nS1,percentage,50,2026-10-01\nS1,percentage,50.0,2026-10-01\n";
    let computed = Exports(&[("orders", ORDERS), ("downpayments", rows)]).run("");
    assert_eq!(
        computed.rows("quarantine", "row column code"),
        [
            "1 | value | out-of-limits",
            "2 | value | out-of-limits",
            "3 | value | unreadable-value",
            "4 | method; requested_on | unreadable-value; unreadable-value",
            "5 | order_id; value | empty-value; empty-value",
        ]
    );
    assert_eq!(computed.run.intake.world.requests.len(), 1);
    assert!(computed.codes().contains(&"duplicate-row"));
}

#[test]
fn credits_say_what_they_take_back() {
    let header = "invoice_id,timesheet_id,order_line_id,hours,quantity,amount,treatment,reason,by,on\n";
    let rows = header.to_owned()
        + "D-1,E1,,,,,rebill,wrong rate,ann,2026-10-31\n\
           D-1,E2,,1:30,,,write_off,goodwill,,\n\
           D-1,,L1,11,,,rebill,wrong rate,,\n\
           D-2,,,,,50.00,write_off,cancelled,,\n\
           D-1,,L2,,-2.5,,rebill,returned,,\n\
           D-1,,L2,,,-12.10,,price difference,,\n\
           D-2,,,,,49.00,,no word,,\n\
           D-1,,,,,,rebill,nothing named,,\n\
           D-1,E1,L1,1,,,rebill,both named,,\n\
           D-1,,L1,,,,rebill,no hours,,\n\
           D-1,,,1,,5,rebill,hours and amount,,\n\
           D-1,E1,,0,,,maybe,,,\n\
           D-1,,L1,1,1,,rebill,hours and quantity,,\n\
           D-1,,L1,,,5,rebill,opens nothing,,\n\
           D-1,,L1,,0,,,no word and nothing,,\n\
           D-1,,L1,1,,,,no word,,\n\
           D-1,E1,,,1,,rebill,a quantity of an entry,,\n\
           D-2,,,,,-5,write_off,below 0,,\n";
    let computed = Exports(&[("credits", &rows)]).run("");
    assert_eq!(
        computed.rows("quarantine", "row column code"),
        [
            "8 |  | unreadable-value",
            "9 |  | unreadable-value",
            "10 | hours | empty-value",
            "11 | hours | unreadable-value",
            "12 | treatment; reason; hours | unreadable-value; empty-value; out-of-limits",
            "13 | hours | unreadable-value",
            "14 | treatment | unreadable-value",
            "15 | quantity; treatment | out-of-limits; empty-value",
            "16 | treatment | empty-value",
            "17 |  | unreadable-value",
            "18 | amount | unreadable-value",
        ]
    );
    let credits = &computed.run.intake.world.credits;
    let what: Vec<_> = credits.iter().map(|credit| (&credit.what, credit.treatment)).collect();
    let hours = |micros| hourbill::quantity::Hours::from_micros(micros);
    let decimal = |text| hourbill::quantity::Quantity::from_text(text).unwrap();
    let line = || "L2".to_owned();
    assert_eq!(
        what,
        [
            (&Credited::Entry { id: "E1".to_owned(), hours: None }, Treatment::Rebill),
            (&Credited::Entry { id: "E2".to_owned(), hours: Some(hours(5_400_000_000)) }, Treatment::WriteOff),
            (&Credited::Line { id: "L1".to_owned(), hours: hours(39_600_000_000) }, Treatment::Rebill),
            (&Credited::Amount(decimal("50")), Treatment::WriteOff),
            (&Credited::Quantity { id: line(), quantity: decimal("-2.5") }, Treatment::Rebill),
            (&Credited::LineAmount { id: line(), amount: decimal("-12.1") }, Treatment::WriteOff),
            (&Credited::Amount(decimal("49")), Treatment::WriteOff),
        ]
    );
    assert_eq!((credits[0].reason.as_str(), credits[0].by.as_str()), ("wrong rate", "ann"));
}
