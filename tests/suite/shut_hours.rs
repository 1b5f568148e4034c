//! Open hours of a month that is closed hard (K4): what tells of them names only ways that bill them.

use crate::shop::Shop;

/// 3 h and 4 h of September, posted; the month is closed hard, and the first entry credited for rebill.
fn shut() -> (Shop, String) {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-01-05,,,");
    shop.enter("E1", "2026-09-05", "3", "A");
    shop.enter("E2", "2026-09-06", "4", "A");
    shop.bill(&["--period", "2026-09"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "told"]);
    let words = ["credit", "job.toml", "D-2026-09-C1-EUR", "--entry", "E1", "--rebill", "--reason", "x", "--by", "ada"];
    let credit = shop.look(&words);
    assert!(credit.status.success());
    let told = String::from_utf8(credit.stdout).unwrap() + &String::from_utf8(credit.stderr).unwrap();
    (shop, told.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn k4_hints_name_only_ways_that_bill_hours_of_a_closed_month() {
    let (mut shop, credit) = shut();
    assert!(credit.contains("opens 3.00 h of 2026-09 again"), "{credit}");
    assert!(credit.contains("no run of that month drafts them") && !credit.contains("--period 2026-09"), "{credit}");
    shop.enter("E3", "2026-10-07", "4", "A");
    shop.enter("E4", "2026-09-08", "1", "A");
    let run = shop.run(&["--period", "2026-10"]);
    let rows = run.rows("findings");
    for (code, ways) in [
        ("late-entry", "; their month is closed hard: only `late_entries = \"bill\"`"),
        ("held-before-open", "their month is closed hard, and only `late_entries = \"bill\"`"),
    ] {
        let told: Vec<_> = rows.iter().filter(|row| row["code"] == code).collect();
        assert_eq!(told.len(), 1, "{code}: {rows:?}");
        assert!(told[0]["message"].contains(ways) && !told[0]["message"].contains("--to"), "{:?}", told[0]["message"]);
    }
    // And of a month that is open as well.
    shop.enter("E5", "2026-08-08", "1", "A");
    let run = shop.run(&["--period", "2026-10"]);
    let late = run.rows("findings").into_iter().find(|row| row["code"] == "late-entry").unwrap();
    assert!(late["message"].contains("; 1 of them with 1 h is of a month that is closed hard"), "{late:?}");
    // The way that is named bills them.
    shop.rules = "late_entries = \"bill\"\n".to_owned();
    assert_eq!(shop.run(&["--period", "2026-10"]).hours(), "9");
}

#[test]
fn g7_a_post_that_gives_back_opens_nothing() {
    let (mut shop, _) = shut();
    shop.entries.retain(|row| !row.starts_with("E2,"));
    shop.enter("E2", "2026-09-06", "3", "A");
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.run(&["--period", "2026-10"]);
    let posted = shop.act(&["post"]);
    assert_eq!(posted["opens"], serde_json::json!([]), "{posted}");
    let rows = shop.run(&["--period", "2026-10"]).rows("unbilled");
    assert!(rows.iter().all(|row| row["timesheet_id"] != "E2"), "{rows:?}");
}
