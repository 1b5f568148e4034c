//! What other parts of the program say once something was posted or closed: the month in money, packs that get hours back, closed months that
//! changed, and who may read what was written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::cli::{Job, flat, newest_run};

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
    let table = newest_run(&job.path("out/job")).join(format!("{table}.csv"));
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
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("of it posted, less credits hours net for hours 3.50 350.00 EUR beside hours 400.00 EUR"),
        "{text}"
    );
    done(&job, &format!("credit job.toml D-2026-10-C1-EUR --entry H1=1 --rebill --reason x {BY}"));
    assert_eq!(month(&job)["currencies"][0]["billed"]["net"], "350.00", "the hour is on a draft again");
    let gone = fs::read_to_string(job.path("timesheets.csv")).unwrap().replace("H2,2026-10-06,2,T1\n", "");
    job.write("timesheets.csv", &gone);
    assert_eq!(month(&job)["other_hours"]["no_longer_read"], "-2");
}

#[test]
fn e8_hours_written_off_stay_invoiced_whether_other_rows_are_left_out_or_not() {
    let job = with_ledger("");
    post(&job, "2026-10");
    done(&job, &format!("credit job.toml D-2026-10-C1-EUR --entry H2 --write-off --reason goodwill {BY}"));
    let other = |of: &str| month(&job)["other_hours"][of].as_str().unwrap_or("0").to_owned();
    assert_eq!((other("already_invoiced"), other("no_longer_read")), ("2".to_owned(), "0".to_owned()));
    let gone = fs::read_to_string(job.path("timesheets.csv")).unwrap();
    let gone: String = gone.lines().filter(|row| !row.starts_with("H1,")).map(|row| format!("{row}\n")).collect();
    job.write("timesheets.csv", &gone);
    assert_eq!((other("already_invoiced"), other("no_longer_read")), ("2".to_owned(), "-1.5".to_owned()));
}

#[test]
fn n5_documents_are_dated_into_a_month_closed_soft_only_where_somebody_says_so() {
    let job = with_ledger("");
    job.append("timesheets.csv", "H5,2026-11-20,1,T1\n");
    post(&job, "2026-10");
    done(&job, &format!("close job.toml --period 2026-10 --soft --reason booked {BY}"));
    done(&job, "run job.toml --period 2026-11 --as-of 2026-12-15");
    for words in [
        "post job.toml --date 2026-10-31",
        "credit job.toml D-2026-10-C1-EUR --entry H2 --rebill --reason x --date 2026-10-31",
        "void job.toml D-2026-10-C1-EUR --reason x --date 2026-10-31",
    ] {
        let refused = job.run(&format!("{words} {BY}"));
        let told = flat(&refused.err);
        assert!(refused.code == 5 && told.contains("2026-10 is closed soft"), "{words}: {} {told}", refused.code);
        assert_eq!(told.contains("--after-close --reason TEXT"), words.starts_with("post"), "{told}");
    }
    done(&job, &format!("post job.toml --date 2026-10-31 --after-close --reason late {BY}"));
    let noted = fs::read_to_string(job.path("ledger/log/0000000003.json")).unwrap();
    assert!(noted.contains(" --after-close"), "the ledger says that it was meant: {noted}");
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
fn k6_a_month_in_which_a_pack_expires_keeps_what_is_left_of_it_then() {
    let job = with_ledger("");
    job.write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,valid_until\n\
         P1,S1,sale,C1,A,ordered_prepaid,Hours,10,90,EUR,2026-09-01,2026-09-30\n",
    );
    job.write("tickets.csv", "ticket_id,customer_id,created_on\n");
    job.write("timesheets.csv", "timesheet_id,date,hours,order_line_id\nA1,2026-09-05,2,P1\nA2,2026-10-05,2,P1\n");
    for month in ["2026-09", "2026-10"] {
        post(&job, month);
        done(&job, &format!("close job.toml --period {month} --soft --reason told {BY}"));
        done(&job, "ledger verify job.toml");
    }
}

#[test]
fn g3_an_entry_that_is_held_for_two_reasons_is_noted_once() {
    let job = Job::new();
    let inputs = "orders = \"orders.csv\"\ntimesheets = \"timesheets.csv\"\ncustomers = \"customers.csv\"\nadjustments = \"adjustments.csv\"\n";
    job.write(
        "job.toml",
        &format!("name = \"job\"\n[inputs]\n{inputs}[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n{LEDGER}"),
    );
    job.write("customers.csv", "customer_id,hold\nC1,true\nC2,\n");
    job.write("adjustments.csv", "action,target,value,reason\ncap_hours,order_line:A,2,agreed\n");
    job.write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
         A,S1,sale,C1,P,delivered_timesheet,Hours,0,100,EUR,2026-01-01\n\
         B,S2,sale,C2,P,delivered_timesheet,Hours,0,100,EUR,2026-01-01\n",
    );
    job.write("timesheets.csv", "timesheet_id,date,hours,order_line_id\ne1,2026-10-05,8,A\ne2,2026-10-06,1,B\n");
    post(&job, "2026-10");
    done(&job, "ledger verify job.toml");
    job.write("customers.csv", "customer_id,hold\nC1,\nC2,\n");
    job.write("adjustments.csv", "action,target,value,reason\n");
    post(&job, "2026-10");
    done(&job, "ledger verify job.toml");
    assert_eq!(month(&job)["currencies"][0]["billed"]["net"], "900.00");
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

/// An amount of a line of hours opens no hour, and is of the money of its hours all the same.
#[test]
fn e8_goodwill_on_a_line_of_hours_is_told_with_hours() {
    let job = with_ledger("");
    post(&job, "2026-10");
    done(&job, &format!("credit job.toml D-2026-10-C1-EUR --line S1/1 --amount 12 --reason goodwill {BY}"));
    let month = month(&job);
    assert_eq!(month["currencies"][0]["billed"]["net"], "340.00", "{month:#}");
    assert_eq!(month["without_hours"][0]["net"], "400.00", "{month:#}");
}

/// Orders, tickets and timesheets of eight customers, with these letters before every id. Each has a time line, a pack, and four entries.
fn of_eight(before: &str, new: &str) -> [String; 3] {
    let mut orders = crate::shards::ORDERS.to_owned();
    let (mut tickets, mut times) = ("ticket_id,customer_id,order_line_id\n".to_owned(), String::new());
    times += "timesheet_id,date,hours,employee,ticket_id,description\n";
    for n in 1..=8 {
        let b = before;
        orders +=
            &format!("{b}S{n}/1,{b}S{n},sale,{b}C{n},Support,delivered_timesheet,Hours,40,10{n},EUR,2026-01-01\n");
        orders += &format!("{b}P{n}/1,{b}P{n},sale,{b}C{n},Pack,ordered_prepaid,Hours,5,80,EUR,2026-02-01\n");
        tickets += &format!("{b}T{n},{b}C{n},{b}S{n}/1\n{b}U{n},{b}C{n},{b}P{n}/1\n");
        // Of two customers each the words are the same.
        let words = (n + 1) / 2;
        times +=
            &format!("{b}{n}a,2026-10-05,2,Ann,{b}T{n},printer {words}\n{b}{n}b,2026-10-06,1.5,Bob,{b}T{n},mail {n}\n");
        times += &format!(
            "{b}{n}c,2026-10-07,3,Ann,{b}U{n},backup {n}\n{b}{n}d,2026-10-08,1,Cid,{b}T{n},\n{new}",
            new = new.replace('#', &format!("{b}T{n}"))
        );
    }
    [orders, tickets, times]
}

#[test]
fn g5_parts_and_passes_hold_what_one_run_holds_where_all_ids_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "[period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n";
    let write = |[orders, tickets, times]: [String; 3]| {
        let files = [("orders", orders.as_str()), ("tickets", &tickets), ("timesheets", &times)];
        crate::shards::job(folder.path(), &files, rest)
    };
    let settings = write(of_eight("", ""));
    assert!(crate::shards::publish_and_post(&settings));
    let settings = write(of_eight("X", "Xnew#,2026-10-20,1,Ann,#,new\n"));
    let run = hourbill::run::compute(&settings, &hourbill::run::Unwatched).unwrap();
    assert!(run.billing.drafts.is_empty(), "{} drafts", run.billing.drafts.len());
    crate::intake::assert_parts_and_passes_add_up(&settings);
    // An answer about one entry, or about one line, is none about the others.
    for said in ["same_as,entry:X1a,1a,it", "same_as,order_line:XS1/1,S1/1,it"] {
        let [orders, tickets, times] = of_eight("X", "");
        let adjustments = format!("action,target,value,reason\n{said}\n");
        let files =
            [("orders", orders.as_str()), ("tickets", &tickets), ("timesheets", &times), ("adjustments", &adjustments)];
        let settings = crate::shards::job(folder.path(), &files, rest);
        let run = hourbill::run::compute(&settings, &hourbill::run::Unwatched).unwrap();
        assert!(run.billing.drafts.is_empty(), "{said}: {} drafts", run.billing.drafts.len());
        crate::intake::assert_parts_and_passes_add_up(&settings);
    }
    // Lines at another price are others: new work is billed on them, and what is in doubt stays so.
    let dearer = |new: &str| {
        let [orders, tickets, times] = of_eight("X", new);
        write([orders.replace(",10", ",20"), tickets, times])
    };
    let settings = dearer("Xnew#,2026-10-20,1,Ann,#,new\n");
    let billed = || {
        let run = hourbill::run::compute(&settings, &hourbill::run::Unwatched).unwrap();
        let lines = run.billing.drafts.iter().flat_map(|draft| &draft.parts).filter(|part| !part.is_time()).count();
        (
            run.billing.drafts.len(),
            run.billing.drafts.iter().flat_map(|draft| &draft.parts).map(|part| part.hours.micros()).sum::<i128>(),
            lines,
        )
    };
    // `d` has no words to be known by: 1 h each beside the new one.
    assert_eq!(billed(), (8, 16 * 3_600_000_000, 0));
    crate::intake::assert_parts_and_passes_add_up(&settings);
    // The customers are named again, beside others: those are new ones, and billed.
    let [mut orders, mut tickets, mut times] = of_eight("", "");
    let [others, more, work] = of_eight("Y", "");
    for (all, more) in [(&mut orders, others), (&mut tickets, more), (&mut times, work)] {
        *all += more.split_once('\n').unwrap().1;
    }
    let settings = write([orders, tickets, times]);
    let run = hourbill::run::compute(&settings, &hourbill::run::Unwatched).unwrap();
    assert_eq!(run.billing.drafts.len(), 8);
    crate::intake::assert_parts_and_passes_add_up(&settings);
}
