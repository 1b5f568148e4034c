//! Hours beyond packs where other parts of the program meet them: leaks, the register, the ledger's format; and what parts of a run say of
//! bounds of the whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::shards::hourbill;

const INPUTS: &str =
    "name = \"w\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n";
const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,\
                      invoiced_qty,overdraft,overage_price,minimum_minutes,increment_minutes\n";

/// A job over some order lines and entries of ticket `T1`; `rest` goes behind the inputs of its file.
fn write(folder: &Path, orders: &str, entries: &str, rest: &str) {
    let entries = format!("timesheet_id,date,hours,ticket_id\n{entries}");
    for (name, text) in [
        ("orders.csv", format!("{ORDERS}{orders}").as_str()),
        ("tickets.csv", "ticket_id,customer_id\nT1,C1\n"),
        ("timesheets.csv", &entries),
        ("job.toml", &format!("{INPUTS}{rest}")),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn done(folder: &Path, words: &str) -> String {
    let (code, said) = hourbill(folder, words);
    assert!(matches!(code, 0 | 1), "{words}: {said}");
    said
}

fn json(folder: &Path, words: &str) -> Value {
    serde_json::from_str(&done(folder, &format!("{words} --format json"))).unwrap()
}

const RATE: &str = "A,S1,sale,C1,Pack,ordered_prepaid,Hours,1,90,EUR,2026-01-10,1,rate,110,,\n";
const TIME: &str = "X,S3,sale,C1,Support,delivered_timesheet,Hours,0,120,EUR,2026-03-01,,,,,\n";

#[test]
fn held_hours_beyond_a_pack_leak_what_they_would_be_billed() {
    let folder = tempfile::tempdir().unwrap();
    let customers = "customers = \"customers.csv\"\n";
    let rules = "[period]\nmonth = \"2026-10\"\n[rules]\nprepaid = \"waterfall\"\n";
    write(folder.path(), &format!("{RATE}{TIME}"), "e1,2026-10-01,3,T1\n", &format!("{customers}{rules}"));
    fs::write(folder.path().join("customers.csv"), "customer_id,name,hold\nC1,One,true\n").unwrap();
    let open = json(folder.path(), "leaks job.toml")["open_hours"].clone();
    let told: Vec<[&str; 4]> = open
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["disposition", "hours", "value", "currency"].map(|key| row[key].as_str().unwrap()))
        .collect();
    assert_eq!(told, [["held", "2", "220.00", "EUR"]]);
}

#[test]
fn hours_given_back_outside_the_period_stand_on_their_own_lines() {
    let folder = tempfile::tempdir().unwrap();
    let newer = "B,S2,sale,C1,Pack,ordered_prepaid,Hours,1,90,EUR,2026-09-05,1,time_line,,,\n";
    let entries = "e1,2026-09-01,2,T1\ne2,2026-09-10,2,T1\ne3,2026-09-20,-2,T1\n";
    let rules = "[period]\nmonth = \"2026-10\"\n[rules]\nprepaid = \"waterfall\"\n[output]\nentries = \"all\"\n";
    write(folder.path(), &format!("{RATE}{newer}{TIME}"), entries, rules);
    let ran = json(folder.path(), "run job.toml");
    let table = folder.path().join(ran["folder"].as_str().unwrap()).join("entries.csv");
    let rows: Vec<BTreeMap<String, String>> =
        csv::Reader::from_path(table).unwrap().deserialize().map(Result::unwrap).collect();
    let mut told: Vec<[&str; 4]> = rows
        .iter()
        .filter(|row| row["timesheet_id"] == "e3")
        .map(|row| ["order_line_id", "hours", "disposition", "value"].map(|column| row[column].as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [["A", "-1", "before_period", "-110.00"], ["X", "-1", "before_period", "-120.00"]]);
}

#[test]
fn a_ledger_with_hours_beyond_a_pack_is_in_a_format_that_older_programs_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "[rules]\nprepaid = \"waterfall\"\n[ledger]\ndir = \"ledger\"\n";
    let format = |number: u32| {
        let log = fs::read(folder.path().join(format!("ledger/log/{number:010}.json"))).unwrap();
        serde_json::from_slice::<Value>(&log).unwrap()["format"].clone()
    };
    write(folder.path(), RATE, "e1,2026-09-01,1,T1\n", rest);
    done(folder.path(), "run job.toml --period 2026-09");
    done(folder.path(), "post job.toml --by ada");
    assert_eq!(format(1), "hourbill-ledger-3");
    write(folder.path(), RATE, "e1,2026-09-01,1,T1\ne2,2026-10-01,1,T1\n", rest);
    done(folder.path(), "run job.toml --period 2026-10");
    done(folder.path(), "post job.toml --by ada");
    assert_eq!(format(2), "hourbill-ledger-4");
    // What takes it back bears the kind, too.
    done(folder.path(), "void job.toml D-2026-10-C1-EUR --by ada --reason wrong");
    assert_eq!(format(3), "hourbill-ledger-4");
}

#[test]
fn a_part_of_a_run_says_that_bounds_of_the_whole_are_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "[period]\nmonth = \"2026-10\"\n[bounds]\nheld_pct = { value = 5, action = \"warn\" }\n\
                run_amount.EUR = { value = 1, action = \"stop\" }\ntwins = { value = 0, action = \"warn\" }\n";
    write(folder.path(), TIME, "e1,2026-10-01,1,T1\n", rest);
    for part in ["1/2", "2/2"] {
        let said = done(folder.path(), &format!("run job.toml --shard {part}"));
        let words = crate::cli::flat(&said);
        let not_judged = "bounds of the whole run are not judged in a part of it: `run_amount.EUR`, `held_pct`";
        assert!(words.contains(not_judged), "{said}");
    }
}

#[test]
fn a_credit_of_an_entry_that_is_called_otherwise_now_takes_what_its_group_added() {
    let folder = tempfile::tempdir().unwrap();
    let line = "L,S1,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-01-01,,,,0,30\n";
    let rest = "[ledger]\ndir = \"ledger\"\n";
    let named = |ids: [&str; 2]| format!("{},2026-01-05,0:50,T1\n{},2026-02-05,1,T1\n", ids[0], ids[1]);
    let of_line = |folder: &Path, entries: &str| {
        write(folder, line, entries, &format!("adjustments = \"adjustments.csv\"\n{rest}"));
        let tickets = "ticket_id,customer_id,order_line_id\nT1,C1,L\n";
        fs::write(folder.join("tickets.csv"), tickets).unwrap();
    };
    of_line(folder.path(), "E1,2026-01-05,0:50,T1\n");
    fs::write(folder.path().join("adjustments.csv"), "action,target,value,reason\n").unwrap();
    done(folder.path(), "run job.toml --period 2026-01");
    done(folder.path(), "post job.toml --by ada");
    of_line(folder.path(), &named(["E9", "E2"]));
    let same = "action,target,value,reason\nsame_as,E9,E1,typed again\n";
    fs::write(folder.path().join("adjustments.csv"), same).unwrap();
    done(folder.path(), "run job.toml --period 2026-02");
    done(folder.path(), "post job.toml --by ada");
    // 50 minutes are billed as 60, and the 15 that stay as 30.
    let told = json(folder.path(), "credit job.toml D-2026-01-C1-EUR --entry E1=0:35 --rebill --by ada --reason wrong");
    assert_eq!(told["documents"][0]["total_amount"].as_str(), Some("-50.00"), "{told}");
}

#[test]
fn a_post_moves_no_hours_beyond_one_pack_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let two = "A,S1,sale,C1,Pack,ordered_prepaid,Hours,2,90,EUR,2026-01-10,2,time_line,,,\n\
               B,S2,sale,C1,Pack,ordered_prepaid,Hours,5,90,EUR,2026-02-10,5,time_line,,,\n";
    let rest = "[period]\nmonth = \"2026-10\"\n[rules]\nprepaid = \"waterfall\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n";
    // e0 takes all of B, e1 all of A and goes on for 3 h. Then B gets an hour back, which is drawn later.
    let entries = "e0,2026-10-01,5,T2\ne1,2026-10-02,5,T1\ne2,2026-10-05,-1,T2\ne3,2026-10-12,1,T1\n";
    write(folder.path(), &format!("{two}{TIME}"), entries, rest);
    fs::write(folder.path().join("tickets.csv"), "ticket_id,customer_id\nT1,C1\nT2,C1\n").unwrap();
    let beyond = || -> Vec<(String, String)> {
        let run = json(folder.path(), "run job.toml");
        let table = folder.path().join(run["folder"].as_str().unwrap()).join("order_lines.csv");
        let rows = csv::Reader::from_path(table).unwrap().into_deserialize::<BTreeMap<String, String>>();
        rows.map(Result::unwrap).map(|row| (row["order_line_id"].clone(), row["overage_hours"].clone())).collect()
    };
    let expected: Vec<(String, String)> =
        [("A", "3"), ("B", "0"), ("X", "")].map(|(id, hours)| (id.to_owned(), hours.to_owned())).into();
    assert_eq!(beyond(), expected);
    done(folder.path(), "post job.toml --by ann");
    assert_eq!(beyond(), expected);
}
