//! Documents after a post (N): numbered, dated, frozen, put in place; credit notes; what is read back adds up to the ledger.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::crash::files;
use crate::shop::{BLANK, Shop};

const NUMBERING: &str = "[numbering]\ninvoice = \"F{yyyy}-{seq:5}\"\ncredit_note = \"A{yyyy}-{seq:4}\"\n\
                         [taxes.\"20%\"]\nrate = 20\n";
const SENDER: &str = "[company]\nname = \"Poe & Co\"\ncity = \"Gent\"\ncountry = \"BE\"\n";

/// A shop whose documents are JSON and imports, numbered.
pub fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.order("A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,20%,,");
    shop.order("B,S2,sale,C2,Support,delivered_timesheet,Hours,0,33.33,EUR,2026-09-01,20%,,");
    shop.output = "documents = [\"json\", \"odoo\", \"xero\", \"quickbooks\"]\n".to_owned();
    shop.more = format!("{NUMBERING}{SENDER}[imports]\naccount = \"200\"\n");
    shop
}

pub fn posted(shop: &Shop) -> PathBuf {
    shop.path("out/shop/posted")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// Every `invoice.json` below `posted/`, by the name of its folder.
pub fn papers(shop: &Shop) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let Ok(folders) = fs::read_dir(posted(shop)) else { return found };
    for folder in folders.map(|entry| entry.unwrap().path()) {
        let path = folder.join("invoice.json");
        if path.exists() {
            found.insert(folder.file_name().unwrap().to_str().unwrap().to_owned(), json(&path));
        }
    }
    found
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Hundredths.
pub fn cents(value: &Value) -> i128 {
    let text = text(value);
    assert_eq!(text.rsplit_once('.').map(|(_, cents)| cents.len()), Some(2), "{text}");
    text.replace('.', "").parse().unwrap()
}

#[test]
fn n1_a_post_puts_numbered_documents_and_imports_in_place_and_render_makes_them_again() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.enter("e2", "2026-10-06", "3", "B");
    shop.run(BLANK);
    let told = shop.act(&["post", "--date", "2026-11-01"]);
    let numbers: Vec<&str> = told["documents"].as_array().unwrap().iter().map(|of| text(&of["number"])).collect();
    assert_eq!(numbers, ["F2026-00001", "F2026-00002"]);
    let paper = &papers(&shop)["F2026-00001"];
    assert_eq!((text(&paper["status"]), &paper["transmittable"]), ("final", &Value::Bool(true)));
    assert_eq!((text(&paper["number"]), text(&paper["invoice_id"])), ("F2026-00001", "D-open-C1-EUR"));
    assert_eq!(
        (text(&paper["issue_date"]), &paper["due_date"], &paper["corrects"]),
        ("2026-11-01", &Value::Null, &Value::Null)
    );
    let imports = files(&posted(&shop).join("imports/0000000001"));
    let names: Vec<&str> = imports.keys().map(String::as_str).collect();
    assert_eq!(names, ["odoo/account_move.csv", "quickbooks/invoices.csv", "xero/invoices.csv"]);
    let odoo = String::from_utf8(imports["odoo/account_move.csv"].clone()).unwrap();
    assert!(odoo.lines().next().unwrap().ends_with(",name,invoice_date"), "{odoo}");
    assert!(odoo.contains("F2026-00001,2026-11-01"), "{odoo}");
    shop.verify();

    // What is gone or differs is restored, and named.
    let before = files(&posted(&shop));
    fs::write(posted(&shop).join("F2026-00001/invoice.json"), "{}").unwrap();
    fs::remove_file(posted(&shop).join("imports/0000000001/xero/invoices.csv")).unwrap();
    let output = shop.look(&["ledger", "verify", "job.toml"]);
    assert_eq!(output.status.code(), Some(4), "a posted file was altered");
    let rendered = shop.look(&["render", "job.toml", "F2026-00001", "--format", "json"]);
    let told: Value = serde_json::from_slice(&rendered.stdout).unwrap();
    assert_eq!(told["restored"], serde_json::json!(["F2026-00001/invoice.json"]));
    assert_eq!(told["written"], serde_json::json!(["imports/0000000001/xero/invoices.csv"]));
    assert_eq!(files(&posted(&shop)), before);
    shop.verify();

    // Elsewhere, by its id, after the exports, the customer and the job have changed.
    shop.orders[0] = "A,S1,sale,C1,Other,delivered_timesheet,Hours,0,99,EUR,2026-09-01,20%,,".to_owned();
    shop.export();
    let done = shop.look(&["render", "job.toml", "D-open-C1-EUR", "--out", "copies"]);
    assert!(done.status.success());
    assert_eq!(files(&shop.path("copies"))["F2026-00001/invoice.json"], before["F2026-00001/invoice.json"]);
}

#[test]
fn n2_without_numbering_documents_wait_for_the_number_of_the_accounting() {
    let mut shop = shop();
    shop.more = "[taxes.\"20%\"]\nrate = 20\n[imports]\naccount = \"200\"\n".to_owned();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let all = papers(&shop);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["D-open-C1-EUR"]);
    let paper = &all["D-open-C1-EUR"];
    assert_eq!((text(&paper["status"]), &paper["number"]), ("posted", &Value::Null));
    assert_eq!((&paper["transmittable"], text(&paper["issue_date"])), (&Value::Bool(false), "2026-11-02"));
    // What corrects it is numbered where it was.
    shop.more.push_str(NUMBERING.split("[taxes").next().unwrap());
    shop.export();
    shop.act(&["credit", "D-open-C1-EUR", "--entry", "e1=0.5", "--write-off", "--reason", "x"]);
    let credit = &papers(&shop)["C-D-open-C1-EUR"];
    assert_eq!(
        (text(&credit["kind"]), text(&credit["status"]), &credit["number"]),
        ("credit_note", "posted", &Value::Null)
    );
    shop.verify();
}

#[test]
fn n3_a_number_without_a_sender_is_told() {
    let sections = [
        ("", "neither `name`, `city` nor `country`"),
        ("[company]\nname = \"Poe & Co\"\ncity = \" \"\n", "neither `city` nor `country`"),
        ("[company]\nname = \"Poe & Co\"\ncity = \"Gent\"\n", "no `country`"),
    ];
    for (section, keys) in sections {
        let mut shop = shop();
        shop.enter("e1", "2026-10-05", "2", "A");
        shop.more = format!("{NUMBERING}{section}[imports]\naccount = \"200\"\n");
        shop.export();
        let checked = shop.look(&["check", "job.toml"]);
        assert!(
            String::from_utf8(checked.stdout).unwrap().contains("sender-incomplete"),
            "told before there is a draft"
        );
        assert!(shop.run(BLANK).findings().contains(&"sender-incomplete D-open-C1-EUR".to_owned()));
        let noted = |told: &Value| {
            let note = format!("`D-open-C1-EUR` has a number, and [company] has {keys} of who sends it");
            assert!(told["notes"].as_array().unwrap().iter().any(|told| *told == *note), "{told}");
        };
        noted(&shop.act(&["post", "--dry-run"]));
        noted(&shop.act(&["post"]));
        assert_eq!(papers(&shop).keys().collect::<Vec<_>>(), ["F2026-00001"]);
        shop.verify();
    }
    // Without numbers of our own the accounting has the sender.
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.more = "[taxes.\"20%\"]\nrate = 20\n[imports]\naccount = \"200\"\n".to_owned();
    assert!(!shop.run(BLANK).findings().iter().any(|found| found.starts_with("sender-incomplete")));
    assert!(
        shop.act(&["post"])["notes"].as_array().unwrap().iter().all(|note| !note.as_str().unwrap().contains("sends"))
    );
}

#[test]
fn n5_a_date_keeps_the_order_of_its_series_and_lies_not_in_the_future() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.run(BLANK);
    let (code, why) = shop.refused(&["post", "--date", "2026-11-03"]);
    assert!(code == 5 && why.contains("after 2026-11-02"), "{why}");
    shop.act(&["post", "--date", "2026-11-01"]);
    shop.enter("e2", "2026-10-06", "1", "A");
    shop.run(BLANK);
    let (code, why) = shop.refused(&["post", "--date", "2026-10-31"]);
    assert!(code == 5 && why.contains("2026-11-01"), "{why}");
    assert_eq!(papers(&shop).len(), 1);
    let told = shop.act(&["post", "--date", "2026-11-01"]);
    assert_eq!(told["documents"][0]["number"], "F2026-00002");
    // A credit note is not older than what it corrects.
    let (code, why) = shop.refused(&["void", "F2026-00002", "--reason", "x", "--date", "2026-10-30"]);
    assert!(code == 5 && why.contains("what corrects `F2026-00002` cannot be dated 2026-10-30"), "{why}");
    let told = shop.act(&["void", "F2026-00002", "--reason", "x", "--date", "2026-11-01"]);
    let of = &told["documents"][0];
    assert_eq!((text(&of["number"]), text(&of["issue_date"])), ("A2026-0001", "2026-11-01"));
    shop.verify();
}

#[test]
fn n6_a_credit_note_shows_what_it_takes_back_and_a_void_of_it_charges_again() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.enter("e2", "2026-10-06", "3", "A");
    shop.bill(BLANK);
    let told = shop.act(&["credit", "F2026-00001", "--entry", "e2=1.25", "--rebill", "--reason", "wrong customer"]);
    assert_eq!(told["documents"][0]["document_id"], "C-D-open-C1-EUR", "a number stands for an id");
    let credit = papers(&shop)["A2026-0001"].clone();
    assert_eq!(text(&credit["kind"]), "credit_note");
    let corrects = serde_json::json!({"number": "F2026-00001", "id": "D-open-C1-EUR", "date": "2026-11-02"});
    assert_eq!(credit["corrects"], corrects);
    let line = &credit["lines"][0];
    assert_eq!(
        (text(&line["quantity"]), text(&line["unit_price"]), text(&line["net_amount"])),
        ("1.25", "20", "25.00")
    );
    assert_eq!((text(&line["entries"][0]["timesheet_id"]), text(&line["entries"][0]["hours"])), ("e2", "1.25"));
    assert_eq!((text(&credit["totals"]["tax_amount"]), text(&credit["totals"]["total_amount"])), ("5.00", "30.00"));
    assert!(!credit.to_string().contains("wrong customer"), "why is nobody's business but ours");
    let odoo = fs::read_to_string(posted(&shop).join("imports/0000000002/odoo/account_move.csv")).unwrap();
    assert!(odoo.lines().next().unwrap().ends_with("reversed_entry_id/id"), "{odoo}");
    assert!(odoo.contains("out_refund") && odoo.contains("A2026-0001,2026-11-02,hourbill.D-open-C1-EUR"), "{odoo}");
    assert!(posted(&shop).join("imports/0000000002/xero/credit_notes.csv").exists());

    shop.act(&["void", "A2026-0001", "--reason", "a mistake"]);
    let again = papers(&shop)["F2026-00002"].clone();
    assert_eq!((text(&again["kind"]), text(&again["totals"]["total_amount"])), ("invoice", "30.00"));
    assert_eq!((text(&again["corrects"]["number"]), text(&again["lines"][0]["quantity"])), ("A2026-0001", "1.25"));

    // An amount is one unit of what it comes to.
    shop.act(&["credit", "F2026-00001", "--line", "A", "--amount", "12.00", "--reason", "goodwill"]);
    let amount = papers(&shop)["A2026-0002"].clone();
    let line = &amount["lines"][0];
    assert_eq!((text(&line["quantity"]), text(&line["unit_price"]), text(&line["net_amount"])), ("1", "10", "10.00"));
    assert_eq!((&line["hours"], text(&amount["totals"]["total_amount"])), (&Value::Null, "12.00"));
    // The rest, of which the price is no longer that of the line.
    shop.act(&["void", "F2026-00001", "--reason", "x"]);
    let rest = papers(&shop)["A2026-0003"].clone();
    assert_eq!(text(&rest["totals"]["total_amount"]), "108.00");
    for line in rest["lines"].as_array().unwrap() {
        assert_eq!(text(&line["description"]).contains("5 Hours"), text(&line["quantity"]) == "1", "{line}");
    }
    shop.verify();
}

#[test]
fn n6_what_is_given_back_and_what_is_deducted_name_numbers_and_dates() {
    let mut shop = shop();
    shop.rules = "corrections = \"bill\"\n".to_owned();
    shop.orders[0] = "A,S1,sale,C1,Support,delivered_timesheet,Hours,20,20,EUR,2026-09-01,20%,,".to_owned();
    shop.requests.push("S1,fixed,60,2026-10-01".to_owned());
    shop.enter("e1", "2026-10-05", "2", "B");
    shop.run(BLANK);
    shop.act(&["post", "--date", "2026-10-31"]);
    shop.entries[0] = "e1,2026-10-05,1,B".to_owned();
    shop.enter("e2", "2026-10-06", "4", "A");
    shop.bill(BLANK);
    let papers = papers(&shop);
    // G7: a refund is numbered as any other credit note, and its words name the number.
    let refund = &papers["A2026-0001"];
    let corrects = serde_json::json!({"number": "F2026-00001", "id": "D-open-C2-EUR", "date": "2026-10-31"});
    assert_eq!((&refund["corrects"], text(&refund["invoice_id"])), (&corrects, "D-open-C2-EUR-2"));
    assert_eq!(refund["lines"][0]["description"], "Support: correction of F2026-00001");
    // Invoices come before down payments in the first post.
    assert_eq!(text(&papers["F2026-00002"]["kind"]), "down_payment");
    let deduction = &papers["F2026-00003"]["lines"][1];
    assert_eq!((text(&deduction["refers_to"]), text(&deduction["refers_to_date"])), ("F2026-00002", "2026-10-31"));
    shop.verify();
}

#[test]
fn n6_what_was_never_sent_is_cancelled_and_keeps_its_number() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let told = shop.act(&["void", "F2026-00001", "--never-sent", "--reason", "typing error"]);
    assert_eq!(told["documents"][0]["number"], Value::Null);
    let all = papers(&shop);
    assert_eq!(all.len(), 1);
    let paper = &all["F2026-00001"];
    assert_eq!((text(&paper["status"]), &paper["transmittable"]), ("cancelled", &Value::Bool(false)));
    assert!(!posted(&shop).join("imports/0000000002").exists());
    assert_eq!(shop.act(&["void", "F2026-00001", "--reason", "again"])["status"], "nothing_to_do");
    shop.verify();
    shop.bill(BLANK);
    assert_eq!(papers(&shop).keys().collect::<Vec<_>>(), ["F2026-00001", "F2026-00002"]);
    // A customer who got a credit note knows of it.
    shop.act(&["credit", "F2026-00002", "--entry", "e1=1", "--write-off", "--reason", "x"]);
    let (code, why) = shop.refused(&["void", "F2026-00002", "--never-sent", "--reason", "x"]);
    assert!(code == 5 && why.contains("credited since"), "{why}");
}

#[test]
fn n9_a_chain_with_a_gap_in_its_numbers_is_no_ledger() {
    // Two shops whose ledgers differ in one post: the second entry of one behind the first of the other is refused for its chain; a number
    // that a post of an older version would have skipped is found in what was frozen.
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let frozen = fs::read_dir(shop.path("ledger/objects")).unwrap().map(|entry| entry.unwrap().path());
    let frozen = frozen.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("invoices-"));
    let frozen: Vec<PathBuf> = frozen.collect();
    assert_eq!(frozen.len(), 1);
    fs::remove_file(&frozen[0]).unwrap();
    let output = shop.look(&["ledger", "verify", "job.toml"]);
    assert_eq!(output.status.code(), Some(4), "what was frozen is gone");
}

#[test]
fn n10_a_number_is_taken_wherever_an_id_is() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let shown = shop.show(&["--document", "F2026-00001"]);
    assert_eq!((&shown["document_id"], &shown["number"]), (&Value::from("D-open-C1-EUR"), &Value::from("F2026-00001")));
    let told = shop.look(&["explain", "job.toml", "F2026-00001"]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success() && text.contains("D-open-C1-EUR"), "{text}");
}

#[test]
fn n10_a_row_of_the_credits_input_may_name_a_number_and_is_applied_once() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    shop.credits.push("F2026-00001,e1,,0.5,,write_off,goodwill,ada,2026-11-02".to_owned());
    let pending = |shop: &Shop| shop.run(BLANK).findings().contains(&"credit-not-applied F2026-00001".to_owned());
    assert!(pending(&shop));
    for made in [1, 0] {
        let told = shop.act(&["credit", "--from-input"]);
        let done = told.as_array().unwrap().iter().filter(|of| of["status"] == "done").count();
        assert_eq!(done, made, "{told}");
        assert!(!pending(&shop));
    }
    assert_eq!(papers(&shop).keys().collect::<Vec<_>>(), ["A2026-0001", "F2026-00001"]);
}

#[test]
fn n1_what_cannot_be_put_in_place_the_next_command_completes() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.run(BLANK);
    fs::write(posted(&shop), "in the way").unwrap();
    let (code, why) = shop.refused(&["post"]);
    assert!(code == 1 && why.contains("documents-not-in-place") && why.contains("the next command"), "{why}");
    assert_eq!(shop.show(&[])["documents"].as_array().unwrap().len(), 1, "it is posted");
    assert_eq!(shop.act(&["post"])["status"], "nothing_to_do");
    fs::remove_file(posted(&shop)).unwrap();
    shop.show(&[]);
    assert!(papers(&shop).is_empty(), "a command that only looks changes nothing");
    shop.verify();
    assert_eq!(papers(&shop).len(), 1);
    // What was staged for a post that never happened is cleared away.
    fs::create_dir(shop.path("out/shop/.posting-1")).unwrap();
    fs::write(shop.path("out/shop/.posting-1/x"), "").unwrap();
    shop.verify();
    assert!(!shop.path("out/shop/.posting-1").exists());
}

#[test]
fn n10_the_erp_and_the_register_know_a_document_by_its_number() {
    let mut shop = shop();
    for id in ["e1", "e2"] {
        shop.enter(id, "2026-10-05", "2", "A");
        shop.bill(BLANK);
    }
    // Both documents bill the same: only the number tells which of them the ERP has.
    fs::write(shop.path("erp.csv"), "document,order_line_id,quantity,amount,currency\nF2026-00002,A,2,40.00,EUR\n")
        .unwrap();
    shop.output.push_str("entries = \"all\"\n");
    let run = shop.run(&["--all", "--input", "erp_invoices=erp.csv"]);
    let missing: Vec<String> = run
        .rows("reconciliation")
        .into_iter()
        .filter(|row| row["subject"] == "document" && !row["cause"].is_empty())
        .map(|row| format!("{} {}", row["id"], row["cause"]))
        .collect();
    assert_eq!(missing, ["D-open-C1-EUR not_imported_yet"]);
    assert_eq!(run.column("entries", "document_id"), ["F2026-00001", "F2026-00002"]);
}

#[test]
fn g11_documents_of_a_ledger_that_started_anew_make_room_for_those_that_come_again() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let before = files(&posted(&shop));
    fs::remove_dir_all(shop.path("ledger")).unwrap();
    assert!(shop.look(&["ledger", "restart", "job.toml", "--reason", "lost", "--by", "ada"]).status.success());
    let lost = files(&posted(&shop).join("lost-1"));
    assert_eq!(lost, before);
    shop.bill(BLANK);
    assert_eq!(papers(&shop).keys().collect::<Vec<_>>(), ["F2026-00001"]);
    assert_eq!(files(&posted(&shop).join("lost-1")), before);
}

/// What `render` put there of another job's documents is none that was lost.
#[test]
fn g11_documents_that_the_ledger_has_stay_whoever_posted_them() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.export();
    // The other job makes no imports: what `render` puts in place of its entry no commit has frozen.
    let job = fs::read_to_string(shop.path("job.toml")).unwrap();
    let other = job.replace("\"shop\"", "\"other\"").replace(&shop.output, "documents = [\"json\"]\n");
    fs::write(shop.path("other.toml"), other).unwrap();
    for words in [["run", "other.toml", "--all"], ["post", "other.toml", "--by=ada"]] {
        assert!(shop.command(&words).status.success(), "{words:?}");
    }
    shop.enter("e2", "2026-10-06", "3", "B");
    let before = files(&shop.path("ledger"));
    shop.bill(BLANK);
    assert!(shop.look(&["render", "job.toml", "F2026-00001"]).status.success());
    fs::remove_dir_all(shop.path("ledger")).unwrap();
    for (file, bytes) in before {
        let path = shop.path("ledger").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    assert!(shop.look(&["ledger", "restart", "job.toml", "--reason", "lost", "--by", "ada"]).status.success());
    let there = |name: &str| {
        ["F2026-00001", "F2026-00002", "imports/0000000001", "imports/0000000002"]
            .map(|folder| posted(&shop).join(name).join(folder).is_dir())
    };
    assert_eq!((there(""), there("lost-1")), ([true, false, true, false], [false, true, false, true]));
}

#[test]
fn n9_a_posted_file_with_other_bytes_is_no_damage_of_the_ledger_and_render_restores_it() {
    let mut shop = shop();
    shop.enter("e1", "2026-10-05", "2", "A");
    shop.bill(BLANK);
    let paper = posted(&shop).join("F2026-00001/invoice.json");
    let before = fs::read(&paper).unwrap();
    fs::write(&paper, "{}").unwrap();
    let output = shop.look(&["ledger", "verify", "job.toml"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("error[posted-altered]") && told.contains("hourbill render"), "{told}");
    assert!(!told.contains("backup") && !told.contains("nothing is billed"), "{told}");
    shop.enter("e2", "2026-10-06", "3", "B");
    shop.run(BLANK);
    assert!(shop.look(&["render", "job.toml", "F2026-00001"]).status.success());
    assert_eq!(fs::read(&paper).unwrap(), before);
    shop.verify();
}

/// What is explained of a document is what stands on it: its own service period, not that of the run, its number and its dates.
#[test]
fn n10_a_posted_document_is_explained_as_it_was_issued() {
    let mut shop = shop();
    shop.rules = "late_entries = \"bill\"\n".to_owned();
    shop.enter("e1", "2026-09-05", "3", "A");
    shop.enter("e2", "2026-10-06", "4", "A");
    shop.run(&["--period", "2026-10"]);
    shop.act(&["post", "--date", "2026-10-31"]);
    let credit = ["credit", "F2026-00001", "--entry", "e2=1", "--write-off", "--reason", "x"];
    let made = shop.act(&credit)["documents"][0]["number"].clone();
    let explained = |called: &str| {
        let told = shop.look(&["explain", "job.toml", called]);
        String::from_utf8(told.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let invoice = explained("F2026-00001");
    for words in [
        "service period 2026-09-05 to 2026-10-31 [B10]",
        "its number is `F2026-00001`, dated 2026-10-31",
        "credited by `A2026-0001` on",
    ] {
        assert!(invoice.contains(words), "{words}: {invoice}");
    }
    assert_eq!(text(&made), "A2026-0001");
    let credited = explained("A2026-0001");
    for words in
        ["service period 2026-10-06 to 2026-10-06 [B10]", "it takes back from `F2026-00001`", "dated 2026-11-02"]
    {
        assert!(credited.contains(words), "{words}: {credited}");
    }
    assert!(explained("e2").contains("on line 2 of `F2026-00001`"), "{}", explained("e2"));
}
