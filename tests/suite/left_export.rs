//! Order lines that leave the export (G14): what the ledger has of them stays where it is, in every place that tells it.

use std::collections::BTreeMap;

use hourbill::calendar::Date;
use hourbill::job::{Flags, load};
use serde_json::Value;

use crate::shop::Shop;

/// A time line, two packs, and work on each in August, which is posted and closed; then one pack and the time line leave the export.
fn left() -> Shop {
    let mut shop = Shop::new();
    shop.output = "entries = \"all\"\ndocuments = [\"statement\"]\n".to_owned();
    shop.order("L,S0,sale,C1,Time,delivered_timesheet,Hours,0,90,EUR,2026-08-01,,,");
    shop.order("P1,S1,sale,C1,Pack,ordered_prepaid,Hours,10,90,EUR,2026-08-01,,,");
    shop.order("P2,S2,sale,C1,Pack,ordered_prepaid,Hours,4,90,EUR,2026-08-02,,,");
    for (id, day, hours, line) in
        [("A1", "2026-08-05", "2", "P1"), ("A2", "2026-08-06", "1", "P2"), ("A3", "2026-08-07", "3", "L")]
    {
        shop.enter(id, day, hours, line);
    }
    shop.enter("A4", "2026-09-20", "5", "P1");
    shop.bill(&["--period", "2026-08"]);
    shop.act(&["close", "--period", "2026-08", "--hard", "--reason", "told"]);
    shop.orders.retain(|line| line.starts_with("P1,"));
    shop
}

#[test]
fn g14_entries_keep_the_line_that_left_and_nothing_of_a_closed_month_changed() {
    let mut shop = left();
    let run = shop.run(&["--period", "2026-09"]);
    let rows: Vec<String> = run
        .rows("entries")
        .iter()
        .map(|row| {
            let cell = |name: &str| row[name].clone();
            ["timesheet_id", "customer_id", "order_id", "order_line_id", "linked_by"].map(cell).join(" ")
        })
        .collect();
    assert_eq!(rows, ["A1 C1 S1 P1 ledger", "A2 C1 S2 P2 ledger", "A3 C1 S0 L ledger", "A4 C1 S1 P1 entry"]);
    let changed = |run: &crate::shop::Billed| {
        let rows = run.rows("findings").into_iter().filter(|row| row["code"] == "closed-month-changed");
        rows.map(|row| row["message"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(changed(&run), Vec::<String>::new());
    // An hour less: it cost what it was closed at.
    shop.entries.retain(|row| !row.starts_with("A3,"));
    shop.enter("A3", "2026-08-07", "2", "L");
    let told = changed(&shop.run(&["--period", "2026-09"]));
    assert!(told.len() == 1 && told[0].contains("3 h are 2 h now (-1 h, -90.00 EUR)"), "{told:?}");
}

/// The packs that a statement tells: opening, adjusted, closing, and what is said of the pack.
fn told(shop: &Shop, period: &str) -> BTreeMap<String, String> {
    let output = shop.command(&["statement", "job.toml", "--period", period]);
    // 1: rows were set aside.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packs = said["statements"].as_array().unwrap().iter().flat_map(|of| of["packs"].as_array().unwrap());
    let text = |pack: &Value, key: &str| pack[key].as_str().unwrap_or_default().to_owned();
    let words = |pack: &Value| {
        ["opening", "adjusted", "closing", "product", "order_id", "bought_on", "note"]
            .map(|key| text(pack, key))
            .join(", ")
    };
    packs.map(|pack| (text(pack, "order_line_id"), words(pack))).collect()
}

const LEFT: &str = "no longer among the orders that were read; told from what was posted";

#[test]
fn s2_a_pack_that_left_the_export_is_told_on_until_its_invoice_is_taken_back() {
    let mut shop = left();
    shop.run(&["--period", "2026-09"]);
    let after = format!("3, 0, 3, Pack, S2, 2026-08-02, {LEFT}");
    assert_eq!(told(&shop, "2026-09")["P2"], after);
    shop.act(&["post"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "told"]);
    shop.verify();
    shop.run(&["--period", "2026-10"]);
    assert_eq!(told(&shop, "2026-10")["P2"], after);
    // It comes back.
    shop.order("P2,S2,sale,C1,Pack,ordered_prepaid,Hours,4,90,EUR,2026-08-02,,,");
    shop.run(&["--period", "2026-10"]);
    assert_eq!(told(&shop, "2026-10")["P2"], "3, 0, 3, Pack, S2, 2026-08-02, ");
    // It goes, and so does its invoice: what was left of it ends on that day.
    shop.orders.retain(|line| line.starts_with("P1,"));
    shop.act(&["void", "D-2026-08-C1-EUR", "--reason", "cancelled"]);
    shop.run(&["--period", "2026-11"]);
    assert_eq!(told(&shop, "2026-11")["P2"], format!("3, -3, 0, Pack, S2, 2026-08-02, {LEFT}"));
}

#[test]
fn s2_packs_that_no_close_has_kept_are_told_from_the_ledger() {
    for (row, note) in [
        ("", LEFT),
        (
            "P2,S2,sale,C9,Pack,ordered_prepaid,Hours,x,90,EUR,2026-08-02,,,",
            "its order row could not be used; told from what was posted",
        ),
        (
            "P2,S2,cancel,C9,Pack,ordered_prepaid,Hours,4,90,EUR,2026-08-02,,,",
            "its order is not confirmed any more; told from what was posted",
        ),
    ] {
        let mut shop = Shop::new();
        shop.output = "documents = [\"statement\"]\n".to_owned();
        // The ERP invoiced it: the ledger knows what was covered, and what was sold.
        shop.order("P2,S2,sale,C9,Pack,ordered_prepaid,Hours,4,90,EUR,2026-08-02,,4,");
        shop.order("L,S0,sale,C1,Time,delivered_timesheet,Hours,0,90,EUR,2026-08-01,,,");
        shop.enter("A2", "2026-08-06", "1", "P2");
        shop.enter("A3", "2026-09-07", "3", "L");
        shop.run(&["--period", "2026-08"]);
        shop.act(&["post"]);
        assert_eq!(told(&shop, "2026-08")["P2"], "0, 0, 3, Pack, S2, 2026-08-02, ");
        shop.orders.retain(|line| line.starts_with("L,"));
        shop.orders.extend((!row.is_empty()).then(|| row.to_owned()));
        shop.run(&["--period", "2026-09"]);
        assert_eq!(told(&shop, "2026-09")["P2"], format!("3, 0, 3, Pack, S2, 2026-08-02, {note}"));
        let one = shop.command(&["statement", "job.toml", "--period", "2026-09", "--customer", "C9"]);
        assert!(matches!(one.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&one.stderr));
        // Each part of a run tells its own.
        let of_month = ("period.month".to_owned(), "2026-09".to_owned());
        let flags = Flags { sets: vec![of_month], ..Flags::default() };
        let mut settings = load(&shop.path("job.toml"), &flags, Date::parse("2026-11-02").unwrap()).unwrap();
        settings.output.dir = shop.path("passes");
        let found = crate::passes::differences(&settings, &shop.path(""), 3);
        assert!(found.is_empty(), "{}", found.join("\n"));
        shop.act(&["close", "--period", "2026-09", "--soft", "--reason", "told", "--force"]);
        shop.verify();
    }
}

#[test]
fn s4_a_pack_that_is_sold_by_time_now_ends_with_a_word() {
    let mut shop = left();
    shop.order("P2,S2,sale,C1,Time,delivered_timesheet,Hours,4,90,EUR,2026-08-02,,,");
    shop.run(&["--period", "2026-09"]);
    let note = "no longer sold as prepaid hours; its balance ends here";
    assert_eq!(told(&shop, "2026-09")["P2"], format!("3, -3, 0, Time, S2, 2026-08-02, {note}"));
    shop.act(&["post"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "told"]);
    shop.run(&["--period", "2026-10"]);
    assert_eq!(told(&shop, "2026-10").get("P2"), None);
}

/// G13: the pack is called otherwise by now.
#[test]
fn s2_a_pack_under_another_id_goes_on_where_it_ended() {
    let mut shop = left();
    shop.order("P9,S2,sale,C1,Pack,ordered_prepaid,Hours,4,90,EUR,2026-08-02,,,");
    shop.adjustments.push("same_as,order_line:P9,P2,renamed".to_owned());
    shop.run(&["--period", "2026-09"]);
    assert_eq!(told(&shop, "2026-09")["P9"], "3, 0, 3, Pack, S2, 2026-08-02, ");
    assert_eq!(told(&shop, "2026-09").get("P2"), None);
}

/// G7: with a customers file a refund to whom it does not name is held, says why, and what a person does helps.
#[test]
fn g7_a_held_refund_says_who_is_missing_and_a_credit_gives_the_hours_back() {
    let mut shop = Shop::with_lines(&["L"]);
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.more = "[inputs.customers]\npath = \"customers.csv\"\n".to_owned();
    let customers = |rows: &str| std::fs::write(shop.path("customers.csv"), format!("customer_id,name\n{rows}"));
    customers("C1,One\nC2,Two\n").unwrap();
    shop.enter("e1", "2026-09-05", "5", "L");
    let document = shop.bill(&["--period", "2026-09"]).documents().remove(0);
    let customers = |rows: &str| std::fs::write(shop.path("customers.csv"), format!("customer_id,name\n{rows}"));
    customers("C2,Two\n").unwrap();
    shop.orders = vec!["L,S1,sale,C2,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,,,".to_owned()];
    let shards = ["1/3", "2/3", "3/3"]
        .map(|shard| shop.run(&["--period", "2026-09", "--set", "output.dir=parts", "--shard", shard]));
    let held = shop.run(&["--period", "2026-09"]);
    let told = |run: &crate::shop::Billed| -> Vec<String> {
        let rows = run.rows("findings").into_iter().filter(|row| row["code"] == "draft-held");
        rows.map(|row| format!("{} {}", row["subject_id"], row["message"])).collect()
    };
    let why = format!(
        "C1 a draft for `C1` is held: it takes back from `{document}`, and no row of the exports names who got that any more; once one does the draft is made, and `hourbill credit {document} --entry ID --rebill` gives the hours back at once"
    );
    assert_eq!(told(&held), std::slice::from_ref(&why));
    assert_eq!(shards.iter().flat_map(told).collect::<Vec<_>>(), [why], "one of the parts tells it");
    assert!(held.documents().is_empty(), "the hours wait for their refund");
    shop.act(&["credit", &document, "--entry", "e1", "--rebill", "--reason", "another customer"]);
    let billed = shop.run(&["--period", "2026-09"]);
    assert_eq!((billed.documents(), billed.hours()), (vec!["D-2026-09-C2-EUR".to_owned()], "5"));
}

/// M6, G13: a credit knows what a minimum counts together although the order line is called otherwise by now.
#[test]
fn m6_a_credit_knows_the_group_of_a_line_under_another_id() {
    let mut shop = Shop::new();
    shop.rules = "zero_drafts = \"draft\"\nminimum_minutes = 60\nper = \"day\"\n".to_owned();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,120,EUR,2026-08-01,,,");
    shop.enter("a", "2026-09-05", "10m", "A");
    let first = shop.bill(&["--period", "2026-09"]).documents().remove(0);
    shop.orders = vec!["A9,S1,sale,C1,Support,delivered_timesheet,Hours,0,120,EUR,2026-08-01,,,".to_owned()];
    shop.entries.clear();
    shop.enter("a", "2026-09-05", "10m", "A9");
    shop.enter("b", "2026-09-05", "10m", "A9");
    shop.adjustments.push("same_as,A9,A,renamed".to_owned());
    assert_eq!(shop.bill(&["--period", "2026-09"]).documents().len(), 1);
    let credit = shop.act(&["credit", &first, "--entry", "a", "--write-off", "--reason", "goodwill"]);
    assert_eq!(credit["documents"][0]["total_amount"], "0.00", "{credit}");
}
