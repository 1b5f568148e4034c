//! `hourbill diff`: what changed between two runs, and why, from outside.

use serde_json::Value;

use crate::shop::{BLANK, Billed, Shop};

fn diff(shop: &Shop, before: &Billed, after: &Billed) -> (Option<i32>, Value) {
    let output = shop.look(&["diff", "job.toml", before.id(), after.id(), "--format", "json"]);
    let told = serde_json::from_slice(&output.stdout);
    (output.status.code(), told.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

/// `id before > after: causes`, of each entry.
fn entries(told: &Value) -> Vec<String> {
    let side = |row: &Value, side: &str| match row[side].as_object() {
        Some(of) => format!("{} on {}", of["hours"].as_str().unwrap(), of["order_line_id"].as_str().unwrap()),
        None => "-".to_owned(),
    };
    let causes = |row: &Value| {
        row["causes"].as_array().unwrap().iter().map(|cause| cause.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let rows = told["entries"].as_array().unwrap().iter();
    let row = |row: &Value| {
        format!(
            "{}: {} > {}: {}",
            row["timesheet_id"].as_str().unwrap(),
            side(row, "before"),
            side(row, "after"),
            causes(row).join(" ")
        )
    };
    rows.map(row).collect()
}

/// `before > after` net of each customer.
fn nets(told: &Value) -> Vec<String> {
    let net = |side: &Value| side["net_amount"].as_str().unwrap_or("-").to_owned();
    let rows = told["customers"].as_array().unwrap().iter();
    rows.map(|row| format!("{} > {}", net(&row["before"]), net(&row["after"]))).collect()
}

#[test]
fn every_cause_of_a_difference_is_named() {
    let mut shop = Shop::with_lines(&["A", "B"]);
    for (id, hours) in [("same", "1"), ("edited", "2"), ("gone", "4"), ("moved", "8")] {
        shop.enter(id, "2026-10-05", hours, "A");
    }
    let first = shop.run(BLANK);
    assert_eq!(diff(&shop, &first, &first).0, Some(0));
    shop.entries = vec![
        "same,2026-10-05,1,A".to_owned(),
        "edited,2026-10-05,2.5,A".to_owned(),
        "moved,2026-10-05,8,B".to_owned(),
        "new,2026-10-05,0:20,A".to_owned(),
    ];
    let second = shop.run(BLANK);
    let (code, told) = diff(&shop, &first, &second);
    assert_eq!(code, Some(1));
    assert_eq!(
        entries(&told),
        [
            "edited: 2 on A > 2.5 on A: edited",
            "gone: 4 on A > -: gone",
            "moved: 8 on A > 8 on B: moved",
            "new: - > 0.3333333333 on A: new"
        ]
    );
    // 15 h are 300.00; 1 + 2.5 + 0.33 h on A and 8 h on B are 76.60 and 160.00.
    assert_eq!(nets(&told), ["300.00 > 236.60"]);
    assert_eq!(told["ground"][0]["name"], "input timesheets");

    // The exports are the same, an adjustment decides otherwise.
    shop.adjustments.push("hold,entry:moved,,ask first".to_owned());
    shop.adjustments.push("price,A,10,agreed".to_owned());
    let third = shop.run(BLANK);
    let (_, told) = diff(&shop, &second, &third);
    assert_eq!(entries(&told), ["moved: 8 on B > -: rule_changed"]);
    assert_eq!(told["entries"][0]["detail"], "held: hold: ask first");
    assert_eq!(nets(&told), ["236.60 > 38.30"]);
    assert_eq!(told["lines"][0]["order_line_id"], "A");
    assert_eq!(told["lines"][0]["causes"][0], "rule_changed");

    // Posted and taken back since.
    shop.act(&["post"]);
    let fourth = shop.run(BLANK);
    let (_, told) = diff(&shop, &third, &fourth);
    assert!(entries(&told).iter().all(|entry| entry.ends_with("> -: posted")), "{:?}", entries(&told));
    assert_eq!(told["ground"][0]["name"], "ledger");
    shop.act(&["void", "D-open-C1-EUR", "--reason", "wrong"]);
    let fifth = shop.run(BLANK);
    let (_, told) = diff(&shop, &fourth, &fifth);
    assert_eq!(entries(&told).len(), 3);
    assert!(entries(&told).iter().all(|entry| entry.ends_with("taken_back")), "{:?}", entries(&told));
    let (_, told) = diff(&shop, &third, &fifth);
    assert!(told["entries"].as_array().unwrap().is_empty(), "{told}");

    let text = String::from_utf8(shop.look(&["diff", "job.toml", first.id(), second.id()]).stdout).unwrap();
    for word in ["edited", "gone", "236.60", "-63.40"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(shop.look(&["diff", "job.toml", first.id(), "no-such-run"]).status.code(), Some(2));
    let table = first.folder.join("invoices.csv");
    std::fs::write(&table, std::fs::read_to_string(&table).unwrap().replace("300", "400")).unwrap();
    assert_eq!(shop.look(&["diff", "job.toml", first.id(), second.id()]).status.code(), Some(5));
}

#[test]
fn tables_in_parquet_tell_the_same() {
    let mut shop = Shop::with_lines(&["A"]);
    shop.enter("e\"1\",\n", "2026-10-05", "1:40", "A");
    let differences = |shop: &mut Shop, tables: &str| {
        shop.tables = tables.to_owned();
        shop.entries = vec!["e1,2026-10-05,1:40,A".to_owned(), "\"e,\"\"2\"\"\",2026-10-05,-0:10,A".to_owned()];
        let before = shop.run(BLANK);
        shop.enter("e3", "2026-10-06", "0:10", "A");
        let after = shop.run(BLANK);
        let told = diff(shop, &before, &after).1;
        (entries(&told), nets(&told), told["lines"].clone())
    };
    let csv = differences(&mut shop, "csv");
    assert_eq!(csv.0, ["e3: - > 0.1666666667 on A: new"]);
    assert_eq!(csv.1, ["30.00 > 33.40"]);
    assert_eq!(differences(&mut shop, "parquet"), csv);
}
