//! Figures and lists as large as they may be, in files that are sound.

use std::fmt::Write;

use crate::cli::Job;

const TICKETS: &str = "ticket_id,customer_id,created_on,order_line_id\n";
const TIMESHEETS: &str = "timesheet_id,date,hours,ticket_id\n";

/// A job whose entries may have a million hours each.
fn large(rules: &str) -> Job {
    let job = Job::new();
    job.write(
        "job.toml",
        &format!(
            "[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
             [rules]\nmax_entry_hours = 1000000\n{rules}\n[ledger]\ndir = \"ledger\"\n"
        ),
    );
    job
}

/// B3 makes a quantity of all parts of a line, those on drafts that a person holds last: what comes to more than one holds waits.
#[test]
fn parts_of_a_line_that_come_to_more_than_a_quantity_wait_when_what_makes_up_for_them_is_held() {
    let job = large("group_by = \"ticket\"");
    job.append("job.toml", "[inputs.adjustments]\npath = \"adjustments.csv\"\n");
    job.write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,hours_per_unit\n\
         X,S,sale,C,Work,delivered_timesheet,Pack,10,0.000001,EUR,2026-09-01,0.000001\n",
    );
    job.write("tickets.csv", &format!("{TICKETS}T1,C,2026-10-01,X\nT2,C,2026-10-01,X\nT3,C,2026-10-01,X\n"));
    let mut rows = TIMESHEETS.to_owned();
    for (ticket, sign) in [(1, ""), (2, "-"), (3, "")] {
        (0..9).for_each(|nth| writeln!(rows, "H{ticket}{nth},2026-10-05,{sign}1000000,T{ticket}").unwrap());
    }
    job.write("timesheets.csv", &rows);
    job.write("adjustments.csv", "action,target,reason\nhold,D-open-C-EUR-T2,to be asked\n");
    job.run("run job.toml").ends(0);
    let table = |name: &str| std::fs::read_to_string(job.run_folder().join(name)).unwrap();
    let drafts = table("invoices.csv");
    assert_eq!(drafts.matches(",9000000.00,").count(), 2, "{drafts}");
    let lines = table("order_lines.csv");
    assert!(lines.contains(",9000000,0,9000000000000,0.000001,EUR"), "{lines}");
    let held = table("unbilled.csv");
    assert_eq!(held.matches("amount too large").count(), 18, "{held}");
}

/// H3: a line has 2,600,000,000 hours that were opened again; 64 bits hold 2,562,047,788.
#[test]
fn hours_that_were_opened_again_may_be_more_than_one_entry_can_hold() {
    let job = large("");
    job.write("tickets.csv", &format!("{TICKETS}T1,C1,2026-07-01,S1/1\n"));
    let mut rows = TIMESHEETS.to_owned();
    for month in [8, 9] {
        (0..1_300).for_each(|nth| writeln!(rows, "H{month}-{nth},2026-0{month}-05,1000000,T1").unwrap());
    }
    job.write("timesheets.csv", &rows);
    for month in ["2026-08", "2026-09"] {
        job.run(&format!("run job.toml --period {month}")).ends(0);
        job.run("post job.toml").ends(0);
    }
    for month in ["2026-08", "2026-09"] {
        job.run(&format!("void job.toml D-{month}-C1-EUR --reason wrong")).ends(0);
    }
    let ran = job.run("run job.toml --period 2026-10 --dry-run").ends(0);
    assert!(format!("{}{}", ran.out, ran.err).contains("2600000000 h"), "{} {}", ran.out, ran.err);
}

/// F7: a report with a hundred thousand subtotals that are none is read once, not once for each of them.
#[test]
fn rows_without_a_day_may_be_as_many_as_the_others() {
    let job = Job::new();
    let (mut rows, text) = ("timesheet_id,date,hours,ticket_id,description\n".to_owned(), "x".repeat(400));
    for nth in 0..50_000 {
        // Far apart, so that few of them are read together.
        writeln!(rows, "H{nth},2026-10-05,1,T1,{text}\n,,3.7,,\n,,0.31,,").unwrap();
    }
    job.write("timesheets.csv", &rows);
    let ran = job.run("run job.toml --dry-run --set limits.quarantine_pct=100").ends(1);
    assert!(format!("{}{}", ran.out, ran.err).contains("no-entry"), "{} {}", ran.out, ran.err);
}

/// L2: each customer is the parent of the one before; a list of them is read once, not once for each.
#[test]
fn a_chain_of_parents_may_be_as_long_as_the_list() {
    let job = Job::new();
    let mut rows = "customer_id,parent_id\n".to_owned();
    (1..100_000).for_each(|nth| writeln!(rows, "C{nth},C{}", nth + 1).unwrap());
    // The last ones are each other's parents.
    rows.push_str("C100000,C99998\n");
    job.write("customers.csv", &rows);
    job.append("job.toml", "[inputs.customers]\npath = \"customers.csv\"\n");
    let ran = job.run("run job.toml --dry-run -v").ends(0);
    let told = "the customers `C100000`, `C99998`, `C99999` are each other's parents";
    assert!(format!("{}{}", ran.out, ran.err).contains(told), "{} {}", ran.out, ran.err);
}
