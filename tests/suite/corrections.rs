//! What is corrected after it was billed, or billed in part: every place that tells of it tells the same figures.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::shop::{BLANK, Billed, Shop};

fn text(shop: &Shop, words: &[&str]) -> String {
    String::from_utf8(shop.look(words).stdout).unwrap()
}

/// 1 h and 9.75 h of a line sold in days.
fn days() -> Shop {
    let mut shop = Shop::new();
    shop.order("L1,S1,sale,C1,Support,delivered_timesheet,Days,0,880,EUR,2026-09-01,,0,");
    shop.enter("E15", "2026-10-05", "1", "L1");
    shop.enter("E16", "2026-10-06", "9.75", "L1");
    shop
}

#[test]
fn hours_of_another_sign_than_their_line_take_their_own_money_back() {
    // 4 h - 1.5 h at 20.00 = 50.00.
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.enter("e6", "2026-10-06", "-1.5", "A");
    assert_eq!(shop.bill(BLANK).column("invoices", "total_amount"), ["50.00"]);
    let credit = |entry: &str, effect: &str| {
        let told =
            shop.act(&["credit", "D-open-C1-EUR", "--entry", entry, effect, "--reason", &format!("{entry} {effect}")]);
        shop.verify();
        told["documents"][0]["total_amount"].as_str().unwrap().to_owned()
    };
    // Part by part: -0.5 h, then 3 h, then -1 h; 1 h is left.
    assert_eq!(credit("e6=-0.5", "--rebill"), "10.00");
    assert_eq!(credit("e1=3", "--write-off"), "-60.00");
    assert_eq!(credit("e6=-1", "--rebill"), "20.00");
    let left = shop.show(&["--document", "D-open-C1-EUR"]);
    assert_eq!((&left["total_left"], &left["lines"][0]["hours_left"]), (&"20.00".into(), &"1".into()));
    assert_eq!(credit("e1", "--rebill"), "-20.00");
    // 3 h were written off, 1 h and -1.5 h are open again.
    let again = shop.bill(BLANK);
    assert_eq!((again.hours(), again.column("invoices", "total_amount")), ("-0.5", vec!["10.00".to_owned()]));
    assert_eq!(again.column("invoices", "kind"), ["credit_note"]);
}

#[test]
fn a_document_of_which_the_hours_left_cancel_out_can_be_voided() {
    let mut shop = Shop::with_lines(&["A"]);
    for (id, hours) in [("e1", "4"), ("e2", "-4"), ("e3", "1")] {
        shop.enter(id, "2026-10-05", hours, "A");
    }
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e3", "--write-off", "--reason", "goodwill"]);
    // Nothing of it is left in hours or money, but 4 h and -4 h are closed on it.
    let void = shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong customer"]);
    assert_eq!((&void["status"], &void["documents"][0]["total_amount"]), (&"done".into(), &"0.00".into()));
    shop.verify();
    shop.entries.remove(1);
    assert_eq!(shop.bill(BLANK).hours(), "4");
}

#[test]
fn a_cap_bills_no_more_after_a_correction_was_credited() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.enter("e6", "2026-10-06", "-1.5", "A");
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e6", "--rebill", "--reason", "it was wrong"]);
    shop.entries.remove(1);
    shop.enter("e7", "2026-10-07", "3", "A");
    // 4 h are closed of the month: 1 h more.
    shop.adjustments.push("cap_hours,A,5,agreed".to_owned());
    let run = shop.run(BLANK);
    let line = ["quantity", "hours", "net_amount"].map(|column| run.column("invoice_lines", column).remove(0));
    assert_eq!(line, ["1", "1", "20.00"]);
    assert!(
        text(&shop, &["explain", "job.toml", "A", "--all"])
            .contains("1 h of 1 entry beyond 4 h invoiced before, rounded")
    );
}

#[test]
fn the_receipt_names_the_rest_of_an_entry_that_is_billed_in_part() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.adjustments.push("cap_hours,A,3,agreed".to_owned());
    shop.run(BLANK);
    let receipt = text(&shop, &["run", "job.toml", "--all", "--dry-run"]);
    let held = receipt.lines().find_map(|line| line.trim_start().strip_prefix("on hold "));
    let held = held.unwrap_or_else(|| panic!("{receipt}"));
    assert_eq!(held.split_whitespace().take(2).collect::<Vec<_>>(), ["0", "1.00"]);
    let line = text(&shop, &["explain", "job.toml", "A", "--all"]);
    assert!(line.contains("its entries: 1 entry with 3 h billed, a further 1 h of them held"), "{line}");
    // It is open, and as old as its entry.
    let leaks = shop.look(&["leaks", "job.toml", "--all", "--format", "json", "--as-of", "2026-11-02"]);
    let leaks: Value = serde_json::from_slice(&leaks.stdout).unwrap();
    let open = &leaks["open_hours"][0];
    assert_eq!((&open["disposition"], &open["hours"], &open["value"]), (&"held".into(), &"1".into(), &"20.00".into()));
}

#[test]
fn what_a_ticket_adds_up_to_is_what_reconcile_compares() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.run(BLANK);
    std::fs::write(shop.path("tickets.csv"), "ticket_id,customer_id,hours_spent\nT1,C1,7.25\n").unwrap();
    // 4 h + 3.25 h; 1000 h are quarantined, the repeat is a duplicate.
    let rows = "e1,2026-10-05,4,T1,A\ne2,2026-10-05,3.25,T1,A\ne2,2026-10-05,3.25,T1,A\ne3,2026-10-05,1000,T1,A\n";
    std::fs::write(shop.path("timesheets.csv"), format!("timesheet_id,date,hours,ticket_id,order_line_id\n{rows}"))
        .unwrap();
    let told = text(&shop, &["explain", "job.toml", "T1", "--all"]);
    assert!(told.contains("7.25 h in all, its usable entries add up to 7.25 h"), "{told}");
}

#[test]
fn invoiced_qty_of_a_time_line_is_what_its_documents_say() {
    let shop = days();
    // 10.75 h = 1.34375 days.
    assert_eq!(shop.bill(BLANK).column("invoice_lines", "quantity"), ["1.34"]);
    // Crediting the whole of `E15` first and `E16` last: 9.75 h = 1.21875 days are left, so 0.12 are taken; the rest is 1.22.
    let credit = |entry: &str| {
        shop.act(&["credit", "D-open-C1-EUR", "--entry", entry, "--rebill", "--reason", "late"]);
        let run = shop.run(BLANK);
        ["invoiced_qty", "to_invoice_qty"].map(|column| run.column("order_lines", column).remove(0))
    };
    assert_eq!(credit("E15"), ["1.22", "0.12"]);
    assert_eq!(credit("E16"), ["0", "1.34"]);

    // Three posts of 1 h are 0.13, 0.12 and 0.13 days. Void the first: 2 h are 0.25 days, and 0.25 are on documents.
    // Void the third as well: 0.12 are on documents, where 1 h alone would be 0.13.
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Days,0,800,EUR,2026-01-01,,0,");
    for day in 1..=3 {
        shop.enter(&format!("e{day}"), &format!("2026-10-0{day}"), "1", "A");
        shop.bill(BLANK);
    }
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong"]);
    shop.act(&["void", "D-open-C1-EUR-3", "--reason", "wrong"]);
    let run = shop.run(BLANK);
    let quantities = ["invoiced_qty", "to_invoice_qty"].map(|column| run.column("order_lines", column).remove(0));
    assert_eq!(quantities, ["0.12", "0.26"]);
    let reconciled = run.rows("reconciliation").into_iter().find(|row| row["figure"] == "invoiced_qty").unwrap();
    assert_eq!((reconciled["exported"].as_str(), reconciled["computed"].as_str()), ("0", "0.12"));
}

#[test]
fn of_a_down_payment_of_the_erp_the_ledger_shows_what_it_deducted() {
    let shop = Shop::new();
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,invoiced_qty,is_downpayment\n";
    shop.run(BLANK);
    let rows = "A,S1,sale,C1,Pack,ordered_prepaid,Units,1,1000,EUR,2026-09-01,,0,\nDP,S1,sale,C1,Down payment,ordered_prepaid,Units,0,250,EUR,2026-09-01,,1,true\n";
    std::fs::write(shop.path("orders.csv"), format!("{orders}{rows}")).unwrap();
    let ran = shop.command(&["run", "job.toml", "--all"]);
    // The timesheets have no row: a person should look.
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    shop.act(&["post"]);
    let told = shop.show(&[]);
    let payment = &told["down_payments"][0];
    assert_eq!(payment["invoiced_in_the_erp"], true);
    let set = &payment["sets"][0];
    assert_eq!((&set["deducted"], &set["posted"], &set["left"]), (&"250.00".into(), &Value::Null, &Value::Null));
    let shown = text(&shop, &["ledger", "show", "job.toml"]);
    assert!(shown.contains("in the ERP") && !shown.contains("-250.00"), "{shown}");
}

#[test]
fn an_edit_after_a_credit_is_told_apart_from_the_hours_that_were_open() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e1=4", "--rebill", "--reason", "late"]);
    shop.entries = vec!["e1,2026-10-05,8.5,A".to_owned()];
    let run = shop.run(BLANK);
    let message = run.column("findings", "message").remove(0);
    assert!(
        message.contains("the difference of 4.5 h is not billed: 4 h were open before, the edit makes 0.5 h"),
        "{message}"
    );
    shop.entries = vec!["e1,2026-10-05,8,A".to_owned()];
    assert_eq!(shop.run(BLANK).hours(), "4");
}

#[test]
fn what_a_vanished_line_billed_is_not_taken_back_on_another() {
    let mut shop = Shop::with_lines(&["A", "B", "C"]);
    shop.enter("e1", "2026-10-05", "10", "A");
    shop.enter("e2", "2026-10-05", "5", "B");
    shop.bill(BLANK);
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.orders.remove(0);
    let (not_credited, not_billed) = (
        "the difference of -2 h is not credited: the order line is not in the export",
        "the difference of 2 h is not billed: the order line is not in the export",
    );
    // What e1 is now, what of it is left without a line, what is said of it.
    let cases = [
        ("8,A", Some("-2"), not_credited),
        ("8,C", Some("-2"), not_credited),
        ("8,", Some("-2"), not_credited),
        ("12,C", Some("2"), not_billed),
        ("10,C", None, ""),
    ];
    for (now, left, said) in cases {
        shop.entries = vec![format!("e1,2026-10-05,{now}"), "e2,2026-10-05,4,B".to_owned()];
        let run = shop.run(BLANK);
        // e2 is given back whatever becomes of e1.
        assert_eq!((run.hours(), run.column("invoices", "kind")), ("-1", vec!["credit_note".to_owned()]), "{now}");
        let messages = run.column("findings", "message").join("\n");
        assert!(messages.contains(said) && messages.contains("no longer in the orders"), "{now}: {messages}");
        let unbilled = run.rows("unbilled");
        let of_e1 = unbilled.iter().find(|row| row["timesheet_id"] == "e1" && row["disposition"] != "already_invoiced");
        assert_eq!(of_e1.map(|row| row["disposition"].as_str()), left.map(|_| "unassigned"), "{now}: {unbilled:?}");
        assert_eq!(of_e1.map(|row| row["hours"].as_str()), left, "{now}: {unbilled:?}");
    }
}

#[test]
fn less_than_a_vanished_line_and_another_billed_is_held() {
    let mut shop = Shop::with_lines(&["A", "C"]);
    shop.enter("e1", "2026-10-05", "10", "A");
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e1=4", "--rebill", "--reason", "moved"]);
    shop.entries = vec!["e1,2026-10-05,10,C".to_owned()];
    assert_eq!(shop.bill(BLANK).hours(), "4");
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.orders.remove(0);
    assert_eq!(shop.run(BLANK).documents(), Vec::<String>::new());
    shop.entries = vec!["e1,2026-10-05,9,C".to_owned()];
    let run = shop.run(BLANK);
    assert_eq!(
        (run.documents(), run.column("unbilled", "reason")),
        (Vec::new(), vec!["changed after billing".to_owned()])
    );
    assert_eq!(run.column("unbilled", "hours"), ["-1"]);
    let messages = run.column("findings", "message").join("\n");
    assert!(messages.contains("its hours stay billed there") && !messages.contains("credited there"), "{messages}");
    // More than both is billed where it stands now.
    shop.entries = vec!["e1,2026-10-05,11,C".to_owned()];
    assert_eq!(shop.run(BLANK).hours(), "1");
}

#[test]
fn a_diff_tells_posting_a_negative_entry_from_taking_it_back() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.enter("e6", "2026-10-06", "-1.5", "A");
    let runs = [shop.bill(BLANK), shop.run(BLANK), {
        shop.act(&["credit", "D-open-C1-EUR", "--entry", "e6", "--rebill", "--reason", "wrong"]);
        shop.run(BLANK)
    }];
    let causes = |before: usize, after: usize| {
        let words = ["diff", "job.toml", runs[before].id(), runs[after].id(), "--format", "json"];
        let told: Value = serde_json::from_slice(&shop.look(&words).stdout).unwrap();
        let of = |change: &Value| format!("{} {}", change["timesheet_id"].as_str().unwrap(), change["causes"][0]);
        told["entries"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(causes(0, 1), ["e1 \"posted\"", "e6 \"posted\""]);
    assert_eq!(causes(1, 2), ["e6 \"taken_back\""]);
    assert_eq!(causes(2, 1), ["e6 \"posted\""]);
}

#[test]
fn what_the_export_alone_calls_invoiced_is_not_missing_in_the_erp() {
    let shop = Shop::new();
    shop.run(BLANK);
    let order = "A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,0,";
    let orders = std::fs::read_to_string(shop.path("orders.csv")).unwrap();
    std::fs::write(shop.path("orders.csv"), format!("{orders}{order}\n")).unwrap();
    let rows = "timesheet_id,date,hours,order_line_id,invoice_id\ne1,2026-10-05,4,A,INV/1\n";
    std::fs::write(shop.path("timesheets.csv"), rows).unwrap();
    let told = shop.look(&["reconcile", "job.toml", "--all", "--format", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let figure = told["figures"].as_array().unwrap().iter().find(|row| row["figure"] == "invoiced_qty").unwrap();
    assert_eq!((&figure["computed"], &figure["cause"]), (&"4".into(), &"unknown".into()), "{figure}");
}

#[test]
fn leaks_are_sorted_by_money_within_a_currency() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,1000,JPY,2026-09-01,,,");
    shop.order("B,S2,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-09-01,,,");
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.enter("e2", "2026-10-05", "2", "B");
    shop.run(&["--period", "2026-11"]);
    let told = shop.look(&["leaks", "job.toml", "--period", "2026-11", "--format", "json", "--as-of", "2026-11-02"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let values: Vec<&str> =
        told["open_hours"].as_array().unwrap().iter().map(|row| row["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["200.00", "4000"]);
}

#[test]
fn g12_hours_covered_beyond_what_was_paid_are_named_until_a_void_opens_them() {
    let mut shop = Shop::new();
    shop.order("L,S,sale,C1,Support,ordered_prepaid,Hours,5,100,EUR,2026-09-01,,,");
    shop.enter("e1", "2026-10-05", "3", "L");
    shop.enter("e2", "2026-10-06", "4", "L");
    shop.export();
    shop.bill(BLANK);
    shop.orders[0] = shop.orders[0].replace("ordered_prepaid", "delivered_timesheet");
    shop.enter("e3", "2026-10-07", "1", "L");
    shop.export();
    // The pack was overdrawn by 2 h, and what comes since is billed whole.
    let lines = |billed: &Billed| {
        let cells = |row: &BTreeMap<String, String>| format!("{} {}", row["quantity"], row["net_amount"]);
        billed.rows("invoice_lines").iter().map(cells).collect::<Vec<_>>()
    };
    let told = |billed: &Billed| billed.rows("findings").iter().map(|row| row["message"].clone()).collect::<Vec<_>>();
    let more = shop.bill(BLANK);
    assert_eq!(lines(&more), ["1 100.00"]);
    // In every run: also once the line was billed as what it is now.
    let later = shop.run(BLANK);
    let document = told(&later)[0].split("hourbill void ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    for (found, begins) in
        [(told(&more), "`L` was billed on `D-open-C1-EUR` as ordered_prepaid"), (told(&later), "`L` was a pack")]
    {
        assert_eq!(found.len(), 1, "{found:?}");
        let rest = "; 2 h that posts covered beyond the 5 h that were paid are billed to nobody, 200.00 EUR at the price of today: `hourbill void covered-open-";
        assert!(found[0].starts_with(begins) && found[0].contains(rest), "{found:?}");
    }
    shop.act(&["void", &document, "--reason", "overdrawn"]);
    let opened = shop.bill(BLANK);
    assert_eq!(lines(&opened), ["2 200.00"]);
    assert!(told(&opened).iter().all(|message| !message.contains("billed to nobody")), "{:?}", told(&opened));
    // 8 h are delivered, and 5 h + 1 h + 2 h are paid.
    let nothing = shop.run(BLANK);
    assert!(lines(&nothing).is_empty() && told(&nothing).is_empty(), "{:?}", told(&nothing));
    shop.verify();
}
