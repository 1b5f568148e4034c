//! What `explain` says of entries.

use hourbill::explain::explain;
use hourbill::posted::Posted;
use hourbill::run::{Unwatched, compute_on, named_invoices};

use crate::cli::Job;
use crate::exports::Exports;

#[test]
fn l4_names_the_team_that_bills_no_time_and_hours_that_cannot_be_read_are_no_0_h() {
    let tickets = "ticket_id,customer_id,team\nT1,C1,Help\nT2,C1,Desk\n";
    let teams = "team,timesheets,time_billing\nHelp,false,true\nDesk,true,false\n";
    let timesheets =
        "timesheet_id,date,hours,ticket_id\ne1,2026-10-05,1,T1\ne2,2026-10-05,1,T2\ne3,2026-10-05,1:60,T1\n";
    let computed = Exports(&[("tickets", tickets), ("teams", teams), ("timesheets", timesheets)]).run("");
    let told = |id: &str| explain(computed.run.results(&computed.settings), id, None, None, &[]).remove(0);
    let says = |id: &str, text: &str| told(id).steps.iter().any(|step| step.text == text);
    assert!(says("e1", "team `Help` of its ticket has timesheets off"), "{:?}", told("e1"));
    assert!(says("e2", "team `Desk` of its ticket has time billing off"), "{:?}", told("e2"));
    assert_eq!(told("e3").outcome, "quarantined: its hours cannot be read, so none are counted");
    assert!(told("e3").steps.iter().any(|step| step.text.contains("1:60")), "{:?}", told("e3"));
}

#[test]
fn the_documents_that_rows_of_an_entry_name_are_found() {
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                  A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01\n";
    let rows = "timesheet_id,date,hours,order_line_id,invoice_id\n\
                e1,2026-10-05,1,A,INV/7\ne2,2026-10-05,1,A,\ne1-2,2026-10-05,1,A,INV/9\n";
    let (_folder, settings) = Exports(&[("orders", orders), ("timesheets", rows)]).settings("");
    let run = compute_on(&settings, &Unwatched, |_| Ok(Posted::default())).unwrap();
    let named = |id: &str| named_invoices(&run, &settings, id).unwrap();
    assert_eq!([named("e1"), named("e2"), named("e1-2"), named("e")], [vec!["INV/7"], vec![], vec!["INV/9"], vec![]]);
    let invoices = named("e1");
    let told = explain(run.results(&settings), "e1", None, None, &invoices);
    assert_eq!(told[0].outcome, "already invoiced: 1 h on `INV/7` of the ERP");
}

/// M7: what a pack gave beyond the hours of an entry is told after its post, too.
#[test]
fn m7_a_posted_entry_says_what_its_pack_gave_beyond_it() {
    let job = Job::new();
    job.write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,invoiced_qty,\
         minimum_minutes,increment_minutes,per\n\
         A,S1,sale,C1,Pack,ordered_prepaid,Hours,10,90,EUR,2026-09-10,10,60,15,ticket\n",
    );
    job.write("tickets.csv", "ticket_id,customer_id,order_line_id\nT1,C1,A\n");
    job.write("timesheets.csv", "timesheet_id,date,hours,ticket_id\nH1,2026-10-05,0.5,T1\n");
    job.append("job.toml", "[rules]\nminimum_on_packs = true\n[ledger]\ndir = \"ledger\"\n");
    job.run("run job.toml").ends(0);
    job.run("post job.toml").ends(0);
    let told = job.run("explain job.toml H1").ends(0).out;
    assert!(told.contains("its pack gave 1 h, 0.5 h beyond them by its minimum"), "{told}");
}
