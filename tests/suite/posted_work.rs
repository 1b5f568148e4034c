//! What the ledger says when it is asked about work that was posted: `explain`, `ledger show`, and the words of credits.

use serde_json::Value;

use crate::shop::{BLANK, Shop};

/// Outcome and steps of the only explanation of an id.
fn explained(shop: &Shop, id: &str, kind: &str) -> (String, String) {
    let ran = shop.look(&["explain", "job.toml", id, "--all", "--format", "json"]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let of = told.as_array().unwrap().iter().find(|of| of["kind"] == kind).unwrap().clone();
    let steps = of["steps"].as_array().unwrap().iter().map(|step| format!("{} {}\n", step["rule"], step["text"]));
    (of["outcome"].as_str().unwrap().to_owned(), steps.collect())
}

/// 3.5 h at 20.00 with a discount of nothing, of which 1.25 h of e1 were written off.
fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,21%,,");
    shop.enter("e1", "2026-10-05", "1.5", "A");
    shop.enter("e2", "2026-10-06", "2", "A");
    shop.bill(BLANK);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e1=1.25", "--write-off", "--reason", "goodwill"]);
    shop
}

#[test]
fn explain_tells_where_an_entry_was_posted_at_which_price_and_what_was_credited_since() {
    let shop = shop();
    let (outcome, steps) = explained(&shop, "e1", "entry");
    assert_eq!(outcome, "already invoiced: 1.5 h on `D-open-C1-EUR`, 1.25 h of them written off");
    for words in [
        "1.5 h on line 1 of `D-open-C1-EUR` for customer `C1`, posted on 2026-11-02 by ada (entry 1 of the ledger)",
        "that line: 3.5 Hours of `A` x 20 = 70.00 EUR net, tax 21 % (S)",
        "1.25 h credited by `C-D-open-C1-EUR` on 2026-11-02 by ada (goodwill): written off, never billed",
    ] {
        assert!(steps.contains(words), "{words} in\n{steps}");
    }
    let (outcome, steps) = explained(&shop, "e2", "entry");
    assert_eq!(outcome, "already invoiced: 2 h on `D-open-C1-EUR`");
    assert!(!steps.contains("credited"), "{steps}");

    shop.act(&["credit", "D-open-C1-EUR", "--line", "A", "--amount", "12.10", "--reason", "late"]);
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e2", "--rebill", "--reason", "moved"]);
    shop.act(&["void", "C-D-open-C1-EUR-3", "--reason", "not moved"]);
    let (outcome, steps) = explained(&shop, "e2", "entry");
    assert_eq!(outcome, "already invoiced: 2 h on `D-open-C1-EUR`");
    for words in [
        "12.10 EUR with tax of that line credited by `C-D-open-C1-EUR-2` on 2026-11-02 by ada (late): no hour and no quantity opens",
        "2 h credited by `C-D-open-C1-EUR-3` on 2026-11-02 by ada (moved): open again",
        "2 h charged again by `V-C-D-open-C1-EUR-3` on 2026-11-02 by ada (not moved): the credit `C-D-open-C1-EUR-3` is undone",
    ] {
        assert!(steps.contains(words), "{words} in\n{steps}");
    }
}

#[test]
fn explain_tells_posted_documents_lines_and_entries_that_are_gone() {
    let mut shop = shop();
    // 70.00 + 14.70, less 1.25 h: 25.00 + 5.25.
    let (outcome, steps) = explained(&shop, "D-open-C1-EUR", "document");
    assert_eq!(outcome, "invoice of 84.70 EUR, posted on 2026-11-02 by ada; credited in part, 54.45 EUR left");
    for words in [
        "line 1: 3.5 Hours of `A` x 20 = 70.00 EUR net, tax 21 % (S); left of it 2.25 Hours, 54.45 EUR with tax",
        "line 1: 2 h of entry `e2` of 2026-10-06",
        "14.70 tax = 21 % (S) on 70.00",
        "1.25 h, 30.25 EUR credited by `C-D-open-C1-EUR`",
    ] {
        assert!(steps.contains(words), "{words} in\n{steps}");
    }
    let (outcome, steps) = explained(&shop, "C-D-open-C1-EUR", "document");
    assert_eq!(outcome, "credit of -30.25 EUR, posted on 2026-11-02 by ada");
    assert!(steps.contains("it takes back from `D-open-C1-EUR`") && steps.contains("(goodwill)"), "{steps}");
    let (_, steps) = explained(&shop, "A", "order_line");
    assert!(steps.contains("line 1 of `D-open-C1-EUR`, posted on 2026-11-02 by ada: 3.5 Hours of `A` x 20"), "{steps}");

    // Edited to fewer hours than are billed.
    shop.entries[0] = "e1,2026-10-05,1,A".to_owned();
    shop.entries.remove(1);
    shop.export();
    let (_, steps) = explained(&shop, "e1", "entry");
    assert!(steps.contains("1.5 h are already invoiced; it has 1 h now") && !steps.contains("of its 1 h"), "{steps}");
    let (outcome, steps) = explained(&shop, "e2", "entry");
    assert_eq!(outcome, "no longer in the export; it is billed on `D-open-C1-EUR`");
    assert!(steps.contains("2 h on line 1 of `D-open-C1-EUR`"), "{steps}");
    shop.entries.clear();
    shop.orders[0] = shop.orders[0].replace("A,S1", "B,S1");
    shop.export();
    let (outcome, steps) = explained(&shop, "A", "order_line");
    assert!(outcome.starts_with("no longer in the orders") && steps.contains("3.5 Hours of it"), "{outcome} {steps}");
}

#[test]
fn ledger_show_tells_state_price_author_and_totals() {
    let shop = shop();
    let told = shop.show(&["--invoice", "D-open-C1-EUR"]);
    let line = &told["lines"][0];
    let words =
        [&told["date"], &told["by"], &told["state"], &line["unit_price"], &line["quantity_left"], &line["taxes"]];
    assert_eq!(words, ["2026-11-02", "ada", "credited in part", "20", "2.25", "S 21"]);
    let moved = &shop.show(&["--entry", "e1"])[1];
    assert_eq!([&moved["unit_price"], &moved["currency"], &moved["effect"]], ["20", "EUR", "write_off"]);
    let done = shop.act(&["credit", "D-open-C1-EUR", "--line", "A", "--rebill", "--reason", "rest"]);
    let note = done["notes"][0].as_str().unwrap();
    assert!(note.contains("2.25 h of 2026-10-05 to 2026-10-06 are open again"), "{note}");
    let told = shop.show(&[]);
    assert_eq!([&told["documents"][0]["state"], &told["documents"][0]["total_left"]], ["fully credited", "0.00"]);
    let totals = &told["totals"][0];
    assert_eq!(
        [&totals["currency"], &totals["posted"], &totals["taken_back"], &totals["left"]],
        ["EUR", "84.70", "-84.70", "0.00"]
    );
    let undone = shop.act(&["void", "C-D-open-C1-EUR-2", "--reason", "back"]);
    assert_eq!(undone["notes"].as_array().unwrap().len(), 0);
    let told = shop.show(&[]);
    assert_eq!([&told["documents"][2]["state"], &told["documents"][3]["kind"]], ["undone", "undo"]);
    assert_eq!(told["documents"][0]["state"], "credited in part");
}

#[test]
fn a_quantity_credited_for_rebill_waits_for_the_export_and_says_so() {
    let mut shop = Shop::new();
    shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Units,10,20,EUR,2026-09-01,,,");
    shop.bill(BLANK);
    let credit = |line: &str, flag: &str| ["credit", "D-open-C1-EUR", "--line", line, flag].map(str::to_owned);
    let done = |more: &[&str]| {
        let head = credit("P", more[0]);
        let words: Vec<&str> = head.iter().map(String::as_str).chain(more[1..].iter().copied()).collect();
        shop.act(&words)
    };
    let told = done(&["--quantity", "4", "--rebill", "--reason", "returned"]);
    let note = told["notes"][0].as_str().unwrap();
    assert!(note.contains("4 Units of order line `P`") && note.contains("`invoiced_qty` above 6"), "{note}");
    assert_eq!(told["documents"][0]["total_amount"], "-80.00");
    assert_eq!(done(&["--quantity", "1", "--write-off", "--reason", "lost"])["notes"].as_array().unwrap().len(), 0);
    // What becomes of it must be said; an amount opens nothing.
    let refused = |more: &[&str]| {
        let head = credit("P", more[0]);
        let words: Vec<&str> = head.iter().map(String::as_str).chain(more[1..].iter().copied()).collect();
        shop.refused(&words)
    };
    let (code, why) = refused(&["--quantity", "1", "--reason", "x"]);
    assert!(code == 2 && why.contains("rebill-or-write-off"), "{code} {why}");
    let (code, why) = refused(&["--amount", "1", "--rebill", "--reason", "x"]);
    assert!(code == 2 && why.contains("amount-opens-nothing"), "{code} {why}");
    let (code, why) = refused(&["--hours", "1", "--rebill", "--reason", "x"]);
    assert!(code == 2 && why.contains("not billed by time"), "{code} {why}");
    let (code, why) = refused(&["--quantity", "5.5", "--rebill", "--reason", "x"]);
    assert!(code == 2 && why.contains("5.5 are asked for, 5 Units of order line `P` are left"), "{code} {why}");
}

#[test]
fn rows_of_the_credits_input_take_quantities_and_amounts_once() {
    let mut shop = Shop::new();
    shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Units,10,20,EUR,2026-09-01,,,");
    shop.bill(BLANK);
    shop.credits.push("D-open-C1-EUR,,P,,,write_off,returned,bob,,2.5".to_owned());
    shop.credits.push("D-open-C1-EUR,,P,,15.00,,price,bob,,".to_owned());
    shop.export();
    for (status, sum) in [("done", true), ("nothing_to_do", false)] {
        let done = shop.act(&["credit", "--from-input"]);
        let rows = done.as_array().unwrap();
        assert!(rows.len() == 2 && rows.iter().all(|row| row["status"] == status), "{done}");
        if sum {
            let totals = rows.iter().map(|row| row["documents"][0]["total_amount"].clone()).collect::<Vec<_>>();
            assert_eq!(totals, ["-50.00", "-15.00"]);
        }
    }
    // The timesheets of this job have no row.
    assert_eq!(shop.run(BLANK).findings(), ["empty-input timesheets"]);
    // Undone, a row is not applied again by itself.
    shop.act(&["void", "C-D-open-C1-EUR", "--reason", "mistake"]);
    let done = shop.act(&["credit", "--from-input"]);
    let reason = done[0]["reason"].as_str().unwrap();
    assert!(reason.contains("it was undone since"), "{reason}");
}

#[test]
fn explain_tells_by_which_rule_hours_stay_on_their_line() {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,");
    shop.order("P,S2,sale,C1,Pack,ordered_prepaid,Hours,10,20,EUR,2026-09-01,,10,");
    shop.enter("e1", "2026-10-05", "1.5", "A");
    shop.enter("e2", "2026-10-06", "2", "P");
    shop.bill(BLANK);
    // Covered hours stay by G9, billed ones by G14, whatever the export says now.
    shop.entries = Vec::new();
    shop.enter("e1", "2026-10-05", "1.5", "");
    shop.enter("e2", "2026-10-06", "3", "A");
    shop.export();
    let (outcome, steps) = explained(&shop, "e1", "entry");
    assert_eq!(outcome, "already invoiced: 1.5 h on `D-open-C1-EUR`");
    assert!(steps.contains("\"G14\" \"its hours were billed on order line `A`, and they stay there\""), "{steps}");
    let (outcome, steps) = explained(&shop, "e2", "entry");
    assert_eq!(outcome, "covered: 1 h");
    for words in [
        "\"G9\" \"its hours were covered on order line `P`, and they stay there\"",
        "\"G9\" \"its hours were edited after they were covered\"",
    ] {
        assert!(steps.contains(words), "{words} in\n{steps}");
    }
    // Its line has left the export, and it takes no other.
    shop.orders.remove(0);
    shop.entries.remove(0);
    shop.enter("e1", "2026-10-05", "1.5", "A");
    shop.export();
    let (_, steps) = explained(&shop, "e1", "entry");
    assert!(steps.contains("\"G14\" \"the order line on which its hours were billed is not in the export"), "{steps}");
    // An entry that only the ledger knows, and that a pack covers.
    shop.entries.remove(0);
    shop.enter("e3", "2026-10-07", "1", "P");
    shop.export();
    let (outcome, _) = explained(&shop, "e2", "entry");
    assert_eq!(outcome, "no longer in the export; 2 h of it are covered");
}

#[test]
fn explain_knows_work_that_is_exported_under_another_id_now() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e1", "2026-10-05", "1.5", "A");
    shop.bill(BLANK);
    shop.entries.clear();
    shop.enter("e9", "2026-10-05", "1.5", "A");
    shop.adjustments.push("same_as,entry:e9,e1,re-created".to_owned());
    shop.run(BLANK);
    shop.act(&["post"]);
    // The post has noted it: the row can go.
    shop.adjustments.clear();
    shop.export();
    let (outcome, steps) = explained(&shop, "e9", "entry");
    assert_eq!(outcome, "already invoiced: 1.5 h on `D-open-C1-EUR`");
    assert!(steps.contains("posted on 2026-11-02 by ada, as `e1` (entry 1 of the ledger)"), "{steps}");
}

#[test]
fn a_post_names_its_month_and_a_void_the_month_that_it_opens() {
    let mut shop = Shop::with_lines(&["A", "B"]);
    shop.order("D,S2,sale,C2,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,");
    shop.enter("E1", "2026-09-05", "2", "A");
    shop.enter("E2", "2026-09-06", "1", "D");
    shop.run(&["--period", "2026-09"]);
    let (code, why) = shop.refused(&["post", "--period", "2026-10"]);
    assert!(code == 5 && why.contains("the job has no run of 2026-10"), "{why}");
    let posted = shop.act(&["post", "--period", "2026-09"]);
    assert_eq!((&posted["status"], &posted["opens"]), (&"done".into(), &serde_json::json!([])));
    shop.enter("E3", "2026-10-05", "4", "B");
    shop.run(&["--period", "2026-10"]);
    shop.run(&["--period", "2026-09"]);
    // The newest run is of another month.
    let (code, why) = shop.refused(&["post", "--period", "2026-10"]);
    assert!(code == 5 && why.contains("superseded"), "{why}");
    let voided = shop.act(&["void", "D-2026-09-C1-EUR", "--reason", "wrong"]);
    assert_eq!(voided["opens"], serde_json::json!([{"month": "2026-09", "hours": "2"}]));
}
