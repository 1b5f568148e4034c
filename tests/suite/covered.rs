//! What posts note of covered hours (G9): which post does, and what may be taken back of it.

use serde_json::Value;

use crate::shop::{BLANK, Shop};

/// Effect and hours of each portion of an entry.
fn portions(shop: &Shop, entry: &str) -> Vec<String> {
    let told = shop.show(&["--entry", entry]);
    let word = |of: &Value, key: &str| of[key].as_str().unwrap().to_owned();
    let rows = told.as_array().unwrap();
    rows.iter().map(|of| format!("{} {}", word(of, "effect"), word(of, "hours"))).collect()
}

/// Exports as they stand are run and posted; the run.
fn post(shop: &Shop) -> String {
    let run = shop.run(BLANK).id().to_owned();
    assert_eq!(shop.act(&["post"])["status"], "done");
    shop.verify();
    run
}

fn pack() -> Shop {
    let mut shop = Shop::with_lines(&["A"]);
    shop.order("P,S2,sale,C1,Pack,ordered_prepaid,Hours,10,50,EUR,2026-09-01,,,");
    shop
}

#[test]
fn a_note_on_which_a_later_one_rests_is_not_voided_before_it() {
    let mut shop = pack();
    shop.enter("e1", "2026-10-05", "3", "P");
    let first = format!("covered-{}-P", post(&shop));
    shop.entries[0] = "e1,2026-10-05,1,P".to_owned();
    let second = format!("covered-{}-P", post(&shop));
    assert_eq!(portions(&shop, "e1"), ["covered 3", "covered -2"]);
    // Without the first note -2 h would be covered of an entry of 1 h: were it to vanish, the pack would have 2 h more than was sold.
    let (code, why) = shop.refused(&["void", &first, "--reason", "wrong"]);
    assert_eq!(code, 5);
    assert!(why.contains("a later document corrects entry `e1`: take that one back first"), "{why}");
    // The newest first; then the exports say what counts.
    shop.act(&["void", &second, "--reason", "wrong"]);
    shop.act(&["void", &first, "--reason", "wrong"]);
    post(&shop);
    assert_eq!(portions(&shop, "e1"), ["covered 3", "covered -2", "uncovered 2", "uncovered -3", "covered 1"]);
    // More hours: the first note may go, and what is left of the entry is noted anew.
    shop.entries[0] = "e1,2026-10-05,4,P".to_owned();
    let more = post(&shop);
    shop.act(&["void", &format!("covered-{more}-P"), "--reason", "wrong"]);
    post(&shop);
    assert_eq!(portions(&shop, "e1")[5..], ["covered 3", "uncovered -3", "covered 3"]);
}

#[test]
fn hours_are_noted_as_covered_by_the_post_that_gives_them_back_and_by_no_other() {
    let mut shop = pack();
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.enter("e1", "2026-10-05", "4", "A");
    shop.enter("e2", "2026-10-06", "1", "P");
    shop.bill(BLANK);
    shop.entries[0] = "e1,2026-10-05,4,P".to_owned();
    shop.enter("e3", "2026-10-07", "2", "A");
    shop.enter("e4", "2026-10-08", "1", "P");
    let run = shop.run(BLANK);
    // 2 h of e3 at 20.00, and 4 h of e1 given back.
    let drafts = run.rows("invoices").into_iter().map(|row| format!("{} {}", row["kind"], row["total_amount"]));
    assert_eq!(drafts.collect::<Vec<_>>(), ["invoice 40.00", "credit_note 80.00"]);
    let [bills, back] = [0, 1].map(|at| run.documents().remove(at));
    shop.act(&["post", "--invoice", &bills]);
    shop.verify();
    // The note of the pack rests on the draft that waits.
    assert_eq!((portions(&shop, "e1"), portions(&shop, "e4").len()), (vec!["billed 4".into()], 0));
    shop.act(&["post", "--invoice", &back]);
    shop.verify();
    assert_eq!(portions(&shop, "e1"), ["billed 4", "rebill -4", "covered 4"]);
    assert_eq!(portions(&shop, "e4"), ["covered 1"]);
    assert_eq!(shop.run(BLANK).findings(), Vec::<String>::new());
}
