//! What other parts of the program say once something was posted or closed: the month in money, packs that get hours back, closed months that
//! changed, and who may read what was written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cli::{Job, flat};

const LEDGER: &str = "[ledger]\ndir = \"ledger\"\n";
const BY: &str = "--by ann --as-of 2026-12-15";

fn with_ledger(more: &str) -> Job {
    let job = Job::new();
    job.append("job.toml", &format!("{LEDGER}{more}"));
    job
}

fn done(job: &Job, words: &str) -> String {
    let ran = job.run(words);
    assert!(matches!(ran.code, 0 | 1), "{words}: {}{}", ran.out, ran.err);
    flat(&format!("{}{}", ran.out, ran.err))
}

fn post(job: &Job, month: &str) {
    done(job, &format!("run job.toml --period {month} --as-of 2026-12-15"));
    done(job, &format!("post job.toml {BY}"));
}

/// The rows of a table of the newest run that hold a text.
fn rows(job: &Job, table: &str, text: &str) -> Vec<String> {
    let latest = fs::read_to_string(job.path("out/job/latest")).unwrap();
    let table = job.path("out/job/runs").join(latest.trim()).join(format!("{table}.csv"));
    fs::read_to_string(table).unwrap().lines().filter(|row| row.contains(text)).map(str::to_owned).collect()
}

/// Thousandths of hours.
fn thousandths(hours: &Value) -> i64 {
    let (whole, fraction) = hours.as_str().unwrap().split_once('.').unwrap_or((hours.as_str().unwrap(), ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let of_one: i64 = format!("{fraction:0<3}").parse().unwrap();
    whole.parse::<i64>().unwrap() * 1_000 + sign * of_one
}

/// The month as programs read it; its hours, each once, are those that were read.
fn month(job: &Job) -> Value {
    let month = job.run("month job.toml --format json").json();
    let of_currencies = month["currencies"].as_array().unwrap().iter().flat_map(|of| of.as_object().unwrap().values());
    let priced: i64 = of_currencies.filter(|of| of.is_object()).map(|of| thousandths(&of["hours"])).sum();
    let others = [&month["hours_without_price"], &month["other_hours"]];
    let others: i64 = others.into_iter().flat_map(|of| of.as_object().unwrap().values()).map(thousandths).sum();
    assert_eq!(priced + others, thousandths(&month["read"]["hours"]), "{month:#}");
    month
}

#[test]
fn e8_the_month_has_every_hour_once_before_and_after_it_is_posted() {
    let job = with_ledger("");
    let before = month(&job);
    assert_eq!(before["currencies"][0]["billed"]["net"], "350.00", "{before:#}");
    assert_eq!(before["without_hours"][0]["net"], "400.00", "{before:#}");
    post(&job, "2026-10");
    let after = month(&job);
    assert_eq!(after, before);
    let text = done(&job, "month job.toml");
    assert!(text.contains("of it posted: 3.50 h, 350.00 EUR net, credits taken off"), "{text}");
    done(&job, &format!("credit job.toml D-2026-10-C1-EUR --entry H1=1 --rebill --reason x {BY}"));
    assert_eq!(month(&job)["currencies"][0]["billed"]["net"], "350.00", "the hour is on a draft again");
    let gone = fs::read_to_string(job.path("timesheets.csv")).unwrap().replace("H2,2026-10-06,2,T1\n", "");
    job.write("timesheets.csv", &gone);
    assert_eq!(month(&job)["other_hours"]["no_longer_read"], "-2");
}

#[test]
fn w9_a_pack_gets_back_what_was_drawn_last_whether_that_was_posted_or_not() {
    let job = with_ledger("[rules]\nprepaid = \"waterfall\"\n");
    job.write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,valid_until,\
         overage_price,overdraft\n\
         P1,O2,sale,C1,A,ordered_prepaid,Hours,4,80,EUR,2026-09-02,2026-10-10,100,rate\n\
         P2,O3,sale,C1,B,ordered_prepaid,Hours,3,80,EUR,2026-10-03,,100,rate\n",
    );
    job.write("tickets.csv", "ticket_id,customer_id,created_on\nT1,C1,2026-09-01\n");
    // B draws three hours of the newer pack, then of the older one.
    job.write(
        "timesheets.csv",
        "timesheet_id,date,hours,ticket_id\nA,2026-09-05,1,T1\nB,2026-10-05,4.5,T1\nC,2026-10-12,2,T1\nD,2026-10-13,-0.25,T1\nE,2026-11-02,-3,T1\n",
    );
    done(&job, "run job.toml --period 2026-11 --as-of 2026-12-15");
    let before = rows(&job, "pack_entries", "E,");
    assert!(before.len() == 1 && before[0].starts_with("P1,E,2026-11-02,-1.25"), "{before:?}");
    post(&job, "2026-09");
    post(&job, "2026-10");
    done(&job, "run job.toml --period 2026-11 --as-of 2026-12-15");
    let after = rows(&job, "pack_entries", "E,");
    assert!(after.len() == 1 && after[0].starts_with("P1,E,2026-11-02,-1.25"), "{after:?}");
}

#[test]
fn k6_a_closed_month_has_lost_what_is_dated_in_another_now() {
    let job = with_ledger("");
    job.append("timesheets.csv", "H5,2026-11-20,1,T1\n");
    done(&job, "run job.toml --as-of 2026-12-15");
    done(&job, &format!("close job.toml --period 2026-10 --hard --force --reason r {BY}"));
    let edited = fs::read_to_string(job.path("timesheets.csv")).unwrap();
    let edited = edited.replace("H2,2026-10-06,2,", "H2,2026-11-06,5,").replace("H5,2026-11-20", "H5,2026-10-20");
    job.write("timesheets.csv", &edited);
    done(&job, "run job.toml --period 2026-11 --as-of 2026-12-15");
    let told = rows(&job, "findings", "closed-month-changed").join("\n");
    assert!(told.contains("2026-10-06 is 2026-11-06 now (-2 h, -200.00 EUR)"), "{told}");
    assert!(told.contains("is new: 1 h (+1 h, +100.00 EUR)"), "{told}");
}

#[test]
fn whom_a_job_lets_read_may_enter_every_folder_that_it_made() {
    let job = Job::new();
    job.append("job.toml", "[output]\ndir = \"a/b\"\nmode = \"all\"\n");
    done(&job, "run job.toml");
    for folder in ["a", "a/b", "a/b/job", "a/b/job/runs"] {
        let mode = fs::metadata(job.path(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{folder}");
    }
}

#[test]
fn what_is_billed_below_zero_opens_no_hours() {
    let job = with_ledger("");
    job.write("timesheets.csv", "timesheet_id,date,hours,ticket_id\nH1,2026-10-05,-3,T1\n");
    done(&job, "run job.toml");
    let said = done(&job, &format!("post job.toml {BY}"));
    assert!(said.contains("-3.00") && !said.contains("again"), "{said}");
}
