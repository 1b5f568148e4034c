//! C10: rates of the exporting program are of an hour, whatever the unit of the line; and what a job has no use for decides nothing by the
//! order of rows.

use std::fs;
use std::path::Path;

use crate::cli::newest_run;
use crate::shards::hourbill;

const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,discount_pct\n\
                      L,S1,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-01-01,10\n\
                      M,S2,sale,C2,Support,delivered_timesheet,Days,0,800,EUR,2026-01-01,\n\
                      N,S3,sale,C3,Support,delivered_timesheet,Minutes,0,1,EUR,2026-01-01,\n";

fn ran(folder: &Path, entries: &str, rest: &str) {
    fs::write(folder.join("orders.csv"), ORDERS).unwrap();
    fs::write(folder.join("timesheets.csv"), entries).unwrap();
    let job = format!("name = \"w\"\n[inputs]\norders = \"orders.csv\"\ntimesheets = \"timesheets.csv\"\n{rest}");
    fs::write(folder.join("job.toml"), job).unwrap();
    let (code, said) = hourbill(folder, "run job.toml");
    assert!(matches!(code, 0 | 1), "{said}");
}

fn table(folder: &Path, name: &str) -> String {
    fs::read_to_string(newest_run(&folder.join("out/w")).join(format!("{name}.csv"))).unwrap()
}

#[test]
fn c10_a_rate_of_the_export_is_of_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let entries = "timesheet_id,date,hours,order_line_id,rate,amount\n1,2026-10-01,4,M,100,400\n2,2026-10-01,1,N,100,100\n3,2026-10-01,1,N,90,90\n";
    ran(folder.path(), entries, "[rules]\nrates = \"export\"\n");
    let lines = table(folder.path(), "invoice_lines");
    assert!(lines.contains(",0.5,Days,800,0,400.00,"), "{lines}");
    assert!(lines.contains(",60,Minutes,1.5,0,90.00,"), "{lines}");
    // No price of a minute is a hundred an hour to the last decimal.
    let unbilled = table(folder.path(), "unbilled");
    assert!(unbilled.contains("2,2026-10-01,") && unbilled.contains("rate-missing"), "{unbilled}");
}

#[test]
fn c10_a_rate_after_the_discount_of_the_line_is_the_same_rate() {
    let folder = tempfile::tempdir().unwrap();
    let entries = "timesheet_id,date,hours,order_line_id,rate,amount\n1,2026-10-01,1.333,L,90,120.00\n2,2026-10-01,1,M,90,\n3,2026-10-01,1,M,100,\n";
    ran(folder.path(), entries, "");
    let compared = table(folder.path(), "reconciliation");
    let causes: Vec<&str> = compared.lines().skip(1).filter_map(|row| row.split(',').nth(6)).collect();
    assert_eq!(causes, ["rounding", "other_rate"], "{compared}");
}

/// Rows that say the same of the work, and otherwise what the job has no use for, count once: which of them hangs on no order.
#[test]
fn rows_of_one_id_end_alike_in_any_order() {
    let rows = ["a,2026-10-05,1,L,Ann,09:00,100", "a,2026-10-05,1,L,Ann,13:00,90", "b,2026-10-05,1,L,Ann,09:00,90"];
    let told = |order: [usize; 3], rest: &str| {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<&str> = order.iter().map(|at| rows[*at]).collect();
        let header = "timesheet_id,date,hours,order_line_id,employee,started_at,rate";
        ran(folder.path(), &format!("{header}\n{}\n", rows.join("\n")), rest);
        ["invoices", "invoice_lines", "reconciliation"].map(|name| table(folder.path(), name))
    };
    for rest in [
        "",
        "[bounds]\noverlap_minutes = { value = 5, action = \"hold\" }\n",
        "[bounds]\ntwins = { value = 0, action = \"hold\" }\n",
    ] {
        let one = told([0, 1, 2], rest);
        for other in [[1, 0, 2], [2, 1, 0], [1, 2, 0]] {
            assert_eq!(told(other, rest), one, "{rest}");
        }
    }
}
