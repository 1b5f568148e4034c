//! Runs on top of a ledger, from outside: bill, post, credit, edit, and bill again. What is billed in all is exact.

use std::fs;

use serde_json::Value;

use crate::shop::{BLANK, Shop};

#[test]
fn credited_hours_are_billed_again_with_what_came_since() {
    let mut shop = Shop::with_lines(&["A"]);
    for (id, hours) in [("e1", "8"), ("e2", "8"), ("e3", "4")] {
        shop.enter(id, "2026-10-05", hours, "A");
    }
    let first = shop.bill(BLANK);
    assert_eq!((first.hours(), first.documents()), ("20", vec!["D-open-C1-EUR".to_owned()]));
    let credit = shop.act(&["credit", "D-open-C1-EUR", "--line", "A", "--hours", "11", "--rebill", "--reason", "late"]);
    assert_eq!(credit["documents"][0]["total_amount"], "-220.00");
    shop.enter("e4", "2026-10-12", "5", "A");
    let second = shop.bill(BLANK);
    assert_eq!((second.hours(), second.documents()), ("16", vec!["D-open-C1-EUR-2".to_owned()]));
    assert_eq!(second.column("invoices", "total_amount"), ["320.00"]);
    shop.enter("e5", "2026-10-13", "3", "A");
    assert_eq!(shop.bill(BLANK).hours(), "3");
    assert_eq!(shop.bill(BLANK).hours(), "0");
}

#[test]
fn a_period_bills_its_own_hours_and_blank_also_what_was_credited() {
    let shop = || {
        let mut shop = Shop::with_lines(&["A"]);
        shop.enter("e1", "2026-10-05", "6", "A");
        shop.enter("e2", "2026-10-06", "4", "A");
        let week = ["--from", "2026-10-05", "--to", "2026-10-11"];
        assert_eq!(shop.bill(&week).hours(), "10");
        let document = "D-2026-10-05_2026-10-11-C1-EUR";
        shop.act(&["credit", document, "--entry", "e2", "--rebill", "--reason", "wrong week"]);
        shop.enter("e3", "2026-10-12", "15", "A");
        shop
    };
    assert_eq!(shop().bill(&["--from", "2026-10-12", "--to", "2026-10-18"]).hours(), "15");
    assert_eq!(shop().bill(BLANK).hours(), "19");
}

#[test]
fn a_cap_counts_what_was_posted_and_leaves_nothing_to_the_next_draft() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "3", "A");
    shop.enter("e2", "2026-10-06", "5", "A");
    shop.adjustments.push("cap_hours,A,5,agreed".to_owned());
    let first = shop.bill(BLANK);
    assert_eq!(first.hours(), "5");
    let second = shop.run(BLANK);
    assert_eq!((second.hours(), second.findings()), ("0", vec![]));
    assert_eq!(second.column("unbilled", "hours"), ["3"]);
    // A higher cap bills what it adds.
    shop.adjustments[0] = "cap_hours,A,7,agreed".to_owned();
    let third = shop.bill(BLANK);
    assert_eq!(third.column("invoice_entries", "hours"), ["2"]);
    // Without it the rest is billed.
    shop.adjustments.clear();
    assert_eq!(shop.bill(BLANK).hours(), "1");
    shop.verify();
}

#[test]
fn only_the_credited_line_comes_back() {
    let mut shop = Shop::with_lines(&["A", "B"]);
    shop.enter("e1", "2026-10-05", "5", "A");
    shop.enter("e2", "2026-10-05", "1", "B");
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--line", "A", "--rebill", "--reason", "disputed"]);
    let again = shop.bill(BLANK);
    assert_eq!((again.hours(), again.column("invoice_lines", "order_line_id")), ("5", vec!["A".to_owned()]));
}

#[test]
fn b3_rounding_never_drifts_over_months() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Days,0,800,EUR,2026-01-01,,,");
    let mut quantities = Vec::new();
    for month in 1..=8 {
        shop.enter(&format!("e{month}"), &format!("2026-{month:02}-10"), "1", "A");
        let billed = shop.bill(&["--period", &format!("2026-{month:02}")]);
        quantities.extend(billed.column("invoice_lines", "quantity"));
    }
    let hundredths = |quantity: &String| (quantity.parse::<f64>().unwrap() * 100.0).round() as i64;
    assert_eq!((quantities.len(), quantities.iter().map(hundredths).sum::<i64>()), (8, 100), "{quantities:?}");

    let mut shop = Shop::with_lines(&["A"]);
    let mut quantities = Vec::new();
    for (day, minutes) in (1..).zip([15, 50, 225, 75, 35]) {
        shop.enter(&format!("e{day}"), &format!("2026-10-{day:02}"), &format!("{minutes}m"), "A");
        quantities.extend(shop.bill(BLANK).column("invoice_lines", "quantity"));
    }
    assert_eq!((quantities.len(), quantities.iter().map(hundredths).sum::<i64>()), (5, 667), "{quantities:?}");
}

#[test]
fn b3_a_void_in_the_middle_leaves_no_hundredth_behind() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Days,0,800,EUR,2026-01-01,,,");
    let mut quantities = Vec::new();
    for day in 1..=3 {
        shop.enter(&format!("e{day}"), &format!("2026-10-0{day}"), "1", "A");
        quantities.extend(shop.bill(BLANK).column("invoice_lines", "quantity"));
    }
    assert_eq!(quantities, ["0.13", "0.12", "0.13"]);
    shop.act(&["void", "D-open-C1-EUR-3", "--reason", "wrong"]);
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong"]);
    let again = shop.bill(BLANK);
    // 3 h are 0.38 days: 0.12 of them stand.
    assert_eq!(again.column("invoice_lines", "quantity"), ["0.26"]);
}

#[test]
fn d1_a_fixed_down_payment_comes_to_the_cent_and_nothing_is_left_of_it() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Pack,ordered_prepaid,Units,1,1000,EUR,2026-09-01,21%,0,");
    shop.order("B,S1,sale,C1,Pack,ordered_prepaid,Units,1,1000,EUR,2026-09-01,6%,0,");
    shop.requests.push("S1,fixed,200,2026-10-02".to_owned());
    let request = shop.bill(BLANK);
    assert_eq!(request.column("invoices", "total_amount"), ["200.00"]);
    let rest = shop.bill(BLANK);
    assert_eq!(rest.column("invoices", "total_amount"), ["2070.00"]);
    let told = shop.show(&[]);
    let sets = told["down_payments"][0]["sets"].as_array().unwrap();
    assert!(sets.len() == 2 && sets.iter().all(|set| set["left"] == "0.00"), "{sets:?}");
    assert!(shop.bill(BLANK).documents().is_empty());
}

#[test]
fn d1_two_halves_are_the_whole_and_leave_no_cent() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Pack,ordered_prepaid,Units,1,12870.59,EUR,2026-09-01,,0,");
    shop.requests.push("S1,percentage,50,2026-10-02".to_owned());
    assert_eq!(shop.bill(BLANK).column("invoices", "net_amount"), ["6435.30"]);
    shop.requests.push("S1,percentage,50,2026-10-09".to_owned());
    assert_eq!(shop.bill(BLANK).column("invoices", "net_amount"), ["6435.29"]);
    let last = shop.bill(BLANK);
    assert_eq!(last.column("invoices", "kind"), ["invoice"]);
    assert_eq!(last.column("invoices", "total_amount"), ["0.00"]);
    assert!(shop.bill(BLANK).documents().is_empty());
}

#[test]
fn d3_a_voided_down_payment_is_asked_for_again() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Pack,ordered_prepaid,Units,1,1000,EUR,2026-09-01,21%,0,");
    shop.requests.push("S1,percentage,30,2026-10-02".to_owned());
    let request = shop.bill(BLANK).documents().remove(0);
    shop.act(&["void", &request, "--reason", "wrong terms"]);
    let again = shop.bill(BLANK);
    assert_eq!(again.column("invoices", "total_amount"), ["363.00"]);
    let second = again.documents().remove(0);
    assert_eq!(second, format!("{request}-2"));
    shop.act(&["credit", &second, "--amount", "63.00", "--write-off", "--reason", "goodwill"]);
    // 1210.00 less 300.00 of the 363.00 that were paid.
    assert_eq!(shop.bill(BLANK).column("invoices", "total_amount"), ["910.00"]);
    // What was deducted cannot be taken back.
    let (code, why) = shop.refused(&["void", &second, "--reason", "late"]);
    assert_eq!(code, 5, "{why}");
}

#[test]
fn g1_what_changes_after_billing_is_named_and_not_billed() {
    let mut shop = Shop::with_lines(&["A"]);
    for (id, hours) in [("e1", "2.00"), ("e2", "4"), ("7", "1")] {
        shop.enter(id, "2026-10-05", hours, "A");
    }
    assert_eq!(shop.bill(BLANK).hours(), "7");
    shop.entries = vec!["e1,2026-10-05,3.00,A".to_owned(), "007,2026-10-05,1,A".to_owned()];
    let again = shop.run(BLANK);
    let named =
        ["changed-after-billing e1", "resembles-billed 007", "vanished-after-billing 7", "vanished-after-billing e2"];
    assert_eq!(again.findings(), named);
    assert_eq!((again.hours(), again.documents()), ("0", vec![]));
    assert_eq!(again.column("unbilled", "timesheet_id"), ["007", "e1"]);
    assert_eq!(again.column("unbilled", "hours"), ["1", "1"]);
    assert_eq!(again.column("unbilled", "reason"), ["resembles a billed entry", "changed after billing"]);
    // Hours that vanished from the export stay billed: B3 goes on from there.
    let line = &again.rows("order_lines")[0];
    assert_eq!((line["invoiced_qty"].as_str(), line["to_invoice_qty"].as_str()), ("7", "0"));
    // When 7 is taken back, 007 can be billed in its place.
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "7", "--rebill", "--reason", "other id"]);
    assert_eq!(shop.run(BLANK).column("invoice_entries", "timesheet_id"), ["007"]);
}

#[test]
fn g1_corrections_are_billed_and_credited_when_the_job_says_so() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.enter("up", "2026-10-05", "2", "A");
    shop.enter("down", "2026-10-05", "5", "A");
    shop.bill(BLANK);
    shop.entries = vec!["up,2026-10-05,3,A".to_owned(), "down,2026-10-05,1,A".to_owned()];
    let corrected = shop.bill(BLANK);
    // G7: what is given back stands by itself, a credit note of the document that billed it.
    assert_eq!(corrected.column("invoices", "kind"), ["invoice", "credit_note"]);
    assert_eq!(corrected.column("invoices", "total_amount"), ["20.00", "80.00"]);
    assert_eq!(corrected.column("invoice_entries", "hours"), ["1", "-4"]);
    let settled = shop.bill(BLANK);
    assert!(settled.documents().is_empty() && settled.findings().is_empty());
    // A void takes what the correction has left.
    shop.act(&["void", "D-open-C1-EUR", "--reason", "late"]);
    assert_eq!(shop.bill(BLANK).hours(), "3");
}

#[test]
fn b2_quantities_are_billed_once_whatever_the_export_says() {
    let mut shop = Shop::new();
    shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Units,10,50,EUR,2026-09-01,,4,");
    shop.order("M,S1,sale,C1,Visits,delivered_manual,Units,0,30,EUR,2026-09-01,,0,2");
    let first = shop.bill(BLANK);
    assert_eq!(first.column("invoice_lines", "quantity"), ["2", "6"]);
    // The ERP does not know, or knows meanwhile, or counts beyond.
    assert!(shop.bill(BLANK).documents().is_empty());
    shop.orders[0] = shop.orders[0].replace(",4,", ",10,");
    shop.orders[1] = shop.orders[1].replace(",0,2", ",2,3");
    let second = shop.bill(BLANK);
    assert_eq!(second.column("invoice_lines", "quantity"), ["1"]);
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong"]);
    // What the ERP says is invoiced stays invoiced: all 10 of P, 2 of M.
    let third = shop.bill(BLANK);
    assert_eq!(third.column("invoice_lines", "order_line_id"), ["M"]);
    assert_eq!(third.column("invoice_lines", "quantity"), ["1"]);
    // The ledger holds 1 of M, the ERP says 2: of 3 delivered the larger of both stays invoiced, once more.
    shop.orders[0] = shop.orders[0].replace(",,10,", ",,4,");
    assert_eq!(shop.bill(BLANK).column("invoice_lines", "quantity"), ["1", "6"]);
    assert!(shop.bill(BLANK).documents().is_empty());
}

#[test]
fn written_off_hours_are_never_billed() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.bill(BLANK);
    let credit = ["credit", "D-open-C1-EUR", "--entry", "e1=3:30", "--write-off", "--reason", "goodwill"];
    assert_eq!(shop.act(&credit)["status"], "done");
    assert_eq!(shop.act(&credit)["status"], "nothing_to_do");
    let again = shop.bill(BLANK);
    assert!(again.documents().is_empty() && again.findings().is_empty());
    // Voiding opens what is left; what was written off stays so.
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong customer"]);
    assert_eq!(shop.act(&["void", "D-open-C1-EUR", "--reason", "again"])["status"], "nothing_to_do");
    assert_eq!(shop.bill(BLANK).hours(), "4.5");
    let too_much = ["credit", "D-open-C1-EUR-2", "--line", "A", "--hours", "5", "--rebill", "--reason", "x"];
    assert_eq!(shop.refused(&too_much).0, 2);
}

#[test]
fn of_a_lines_hours_an_exact_entry_is_credited_first_then_the_newest() {
    let mut shop = Shop::with_lines(&["A"]);
    for (id, day, hours) in [("e1", "05", "2"), ("e2", "06", "1"), ("e3", "07", "3")] {
        shop.enter(id, &format!("2026-10-{day}"), hours, "A");
    }
    shop.bill(BLANK);
    let credit = |hours: &str, reason: &str| {
        let words = ["credit", "D-open-C1-EUR", "--line", "A", "--hours", hours, "--rebill", "--reason", reason];
        shop.act(&words);
        let run = shop.run(BLANK);
        let ids = run.column("invoice_entries", "timesheet_id").into_iter();
        ids.zip(run.column("invoice_entries", "hours")).map(|(id, hours)| format!("{id} {hours}")).collect::<Vec<_>>()
    };
    assert_eq!(credit("2", "exact"), ["e1 2"]);
    assert_eq!(credit("3.5", "newest first"), ["e1 2", "e2 0.5", "e3 3"]);
}

#[test]
fn credits_of_the_input_are_applied_once() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.enter("e2", "2026-10-06", "2", "A");
    shop.bill(BLANK);
    shop.credits.push("D-open-C1-EUR,e1,,3,,rebill,agreed,bob,2026-11-01".to_owned());
    shop.credits.push("D-open-C1-EUR,,A,2,,write_off,goodwill,,".to_owned());
    // A run changes nothing in the ledger, and says that there is something to do.
    let before = shop.run(BLANK);
    assert_eq!(before.hours(), "0");
    assert_eq!(before.findings().len(), 2);
    assert!(before.findings()[0].starts_with("credit-not-applied"));
    for (made, known) in [(2, 0), (0, 2)] {
        let done = shop.act(&["credit", "--from-input"]);
        let statuses: Vec<&str> = done.as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == "done").count(), made);
        assert_eq!(statuses.iter().filter(|status| **status == "nothing_to_do").count(), known);
    }
    let after = shop.bill(BLANK);
    assert_eq!((after.hours(), after.findings()), ("3", vec![]));
    shop.credits.push("D-open-C1-EUR,e9,,1,,rebill,who,,".to_owned());
    shop.export();
    let (code, why) = shop.refused(&["credit", "--from-input"]);
    assert!(code == 1 && why.contains("no entry `e9`"), "{code} {why}");
}

/// §7.6: a row is known by what it asks for.
#[test]
fn a_credit_whose_reason_is_corrected_is_made_once_and_two_like_it_are_two() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.bill(BLANK);
    let apply = |shop: &Shop| {
        let done = shop.act(&["credit", "--from-input"]);
        done.as_array().unwrap().iter().map(|row| row["status"] == "done").collect::<Vec<_>>()
    };
    let amount = |reason: &str| format!("D-open-C1-EUR,,A,,10,,{reason},,");
    shop.credits.push(amount("goodwil"));
    shop.export();
    assert_eq!(apply(&shop), [true]);
    shop.credits = vec![amount("goodwill")];
    assert_eq!(shop.run(BLANK).findings(), Vec::<String>::new());
    assert_eq!(apply(&shop), [false]);
    // A second one of the same figures.
    shop.credits.push(amount("and for the outage"));
    assert!(shop.run(BLANK).findings()[0].starts_with("credit-not-applied"));
    assert_eq!(apply(&shop), [false, true]);
    shop.credits = vec![amount("for the outage"), amount("good will")];
    shop.export();
    assert_eq!(apply(&shop), [false, false]);
    // A credit that is undone is made once more for a row beside its own alone.
    shop.act(&["void", "C-D-open-C1-EUR", "--reason", "wrong"]);
    assert_eq!(apply(&shop), [false, false]);
    shop.credits.push(amount("after all"));
    shop.export();
    assert_eq!(apply(&shop), [false, false, true]);
    shop.verify();
}

#[test]
fn g4_what_was_closed_before_is_recorded_and_can_be_opened_again() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Days,0,800,EUR,2026-01-01,,,");
    shop.enter("old1", "2026-08-10", "1", "A");
    shop.enter("old2", "2026-09-30", "2", "A");
    shop.enter("new", "2026-10-01", "1", "A");
    shop.export();
    let opening = |words: &[&str]| {
        let words: Vec<&str> = ["ledger", "open", "job.toml"].iter().chain(words).copied().collect();
        let output = shop.command(&words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(opening(&["--before", "2026-10-01"])["totals"]["portions"], 2);
    assert_eq!(opening(&["--before", "2026-10-01"])["status"], "nothing_to_do");
    let run = shop.bill(BLANK);
    assert_eq!(run.column("invoice_entries", "timesheet_id"), ["new"]);
    // 4 h are half a day, 3 h of it were 0.38.
    assert_eq!(run.column("invoice_lines", "quantity"), ["0.12"]);
    shop.act(&["void", "opening-2026-10-01", "--reason", "not all of it was invoiced"]);
    let run = shop.bill(BLANK);
    assert_eq!(run.hours(), "3");
}

#[test]
fn g2_stale_superseded_and_altered_runs_are_refused() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    let first = shop.run(BLANK);
    let first_id = first.told["run_id"].as_str().unwrap().to_owned();
    shop.enter("e2", "2026-10-06", "2", "A");
    let second = shop.run(BLANK);
    let (code, why) = shop.refused(&["post", &first_id]);
    assert!(code == 5 && why.contains("superseded"), "{why}");
    for entry in fs::read_dir(&second.folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "timings.json" {
            continue;
        }
        let bytes = fs::read(&entry).unwrap();
        let mut altered = bytes.clone();
        let at = altered.len() / 2;
        altered[at] ^= 1;
        fs::write(&entry, &altered).unwrap();
        let (code, why) = shop.refused(&["post"]);
        assert!(code == 5 && why.contains("altered"), "{name}: {why}");
        fs::remove_file(&entry).unwrap();
        let (code, why) = shop.refused(&["post"]);
        assert!(code == 5 && why.contains("altered"), "{name}: {why}");
        fs::write(&entry, &bytes).unwrap();
    }
    assert_eq!(shop.act(&["post", "--dry-run"])["status"], "dry_run");
    assert_eq!(shop.act(&["post"])["status"], "done");
    assert_eq!(shop.act(&["post"])["status"], "nothing_to_do");
    // A run that was posted stays posted when others follow.
    let second_id = second.told["run_id"].as_str().unwrap();
    shop.enter("e3", "2026-10-07", "1", "A");
    shop.run(BLANK);
    assert_eq!(shop.act(&["post", second_id])["status"], "nothing_to_do");
    // The ledger moves under a run.
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong"]);
    let (code, why) = shop.refused(&["post"]);
    assert!(code == 5 && why.contains("moved"), "{why}");
    assert_eq!(shop.bill(BLANK).hours(), "11");
    assert_eq!(shop.refused(&["post", "no-such-run"]).0, 2);
    assert_eq!(shop.refused(&["void", "no-such-document", "--reason", "x"]).0, 2);
}

#[test]
fn a_run_does_not_write_the_ledger_and_a_flipped_bit_stops_it() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.run(BLANK);
    assert!(!shop.path("ledger").exists());
    shop.act(&["post"]);
    for folder in ["ledger/log", "ledger/objects"] {
        for file in fs::read_dir(shop.path(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = fs::read(&file).unwrap();
            let mut altered = bytes.clone();
            let at = altered.len() / 3;
            altered[at] ^= 4;
            fs::write(&file, &altered).unwrap();
            let run = shop.command(&["run", "job.toml"]);
            assert_eq!(run.status.code(), Some(4), "{}", file.display());
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(String::from_utf8_lossy(&run.stderr).contains(name));
            let verify = shop.look(&["ledger", "verify", "job.toml"]);
            assert_eq!(verify.status.code(), Some(4));
            fs::write(&file, &bytes).unwrap();
        }
    }
    shop.verify();
}

#[test]
fn adjustments_are_kept_with_the_lines_and_documents_they_changed() {
    let mut shop = Shop::with_lines(&["A", "B"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.enter("e2", "2026-10-06", "1", "A");
    for row in [
        "cap_hours,A,5,agreed",
        "move,entry:e2,B,wrong line",
        "price,B,30,new price",
        "note,customer:C1,Thank you,polite",
    ] {
        shop.adjustments.push(row.to_owned());
    }
    let billed = shop.bill(BLANK);
    assert_eq!(billed.column("invoice_lines", "adjustments"), ["cap_hours 5: agreed", "price 30: new price"]);
    let document = shop.show(&["--document", "D-open-C1-EUR"]);
    assert_eq!(document["note"], "Thank you");
    assert_eq!(document["lines"][0]["adjustments"], "cap_hours 5: agreed");
    assert_eq!(document["lines"][1]["adjustments"], "price 30: new price; move B: wrong line");
}

#[test]
fn g2_an_altered_document_of_a_run_is_refused() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "8", "A");
    shop.export();
    let job = fs::read_to_string(shop.path("job.toml")).unwrap();
    fs::write(shop.path("job.toml"), job.replace("dir = \"out\"\n", "dir = \"out\"\ndocuments = [\"json\"]\n"))
        .unwrap();
    let output = shop.command(&["run", "job.toml", "--all"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let file = shop.path(told["folder"].as_str().unwrap()).join("invoices/D-open-C1-EUR/invoice.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("160", "170")).unwrap();
    let (code, why) = shop.refused(&["post"]);
    assert!(code == 5 && why.contains("invoice.json"), "{code} {why}");
    fs::write(&file, text).unwrap();
    assert_eq!(shop.act(&["post"])["status"], "done");
}
