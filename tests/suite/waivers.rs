//! E6: a row that a person has waived stays in quarantine and in the sums, and stops nothing any more.

use std::fmt::Write as _;
use std::path::Path;

use crate::intake::assert_parts_and_passes_add_up;
use crate::oracle::Dice;
use crate::shards::{self, ORDERS, hourbill};

const TICKETS: &str = "ticket_id,customer_id,order_line_id\nT0,C0,L0\nT1,C1,L1\nT2,C2,L2\n";

fn orders() -> String {
    let line = |at: u32| format!("L{at},S{at},sale,C{at},Support,delivered_timesheet,Hours,0,10,EUR,2026-09-01\n");
    ORDERS.to_owned() + &(0..3).map(line).collect::<String>()
}

/// Twenty good rows and `bad` that no one can read.
fn timesheets(bad: u32) -> String {
    let mut rows = "timesheet_id,date,hours,ticket_id\n".to_owned();
    (0..20).for_each(|at| writeln!(rows, "G{at},2026-10-05,1,T1").unwrap());
    (0..bad).for_each(|at| writeln!(rows, "B{at},2026-10-05,many,T1").unwrap());
    rows
}

fn waivers(rows: std::ops::Range<u32>) -> String {
    let row = |at: u32| format!("timesheets.csv,{},,known,Ada,2026-11-02\n", 21 + at);
    HEADER.to_owned() + &rows.map(row).collect::<String>()
}

const HEADER: &str = "file,row,record_blake3,reason,by,on\n";

fn job(folder: &Path, bad: u32, waivers: &str) {
    let (orders, timesheets) = (orders(), timesheets(bad));
    let exports =
        [("orders", orders.as_str()), ("tickets", TICKETS), ("timesheets", &timesheets), ("waivers", waivers)];
    shards::job(folder, &exports, "[output]\ndir = \"out\"\n");
}

#[test]
fn a_waived_row_asks_nobody_and_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let run = "run job.toml --all";
    // Two of three rows are waived: one is left to look at.
    job(path, 3, &waivers(0..2));
    let (code, text) = hourbill(path, run);
    assert!(code == 1 && text.contains("3 rows in quarantine, 2 of them waived"), "{code}: {text}");
    assert!(text.contains("1 row in quarantine and not waived"), "{text}");
    assert_eq!(hourbill(path, "run job.toml --all --strict").0, 3);
    // All are.
    job(path, 3, &waivers(0..3));
    for words in [run, "run job.toml --all --strict", "check job.toml --all", "hours job.toml --all"] {
        let (code, text) = hourbill(path, words);
        assert_eq!(code, 0, "{words}: {text}");
    }
    let (_, told) = hourbill(path, "run job.toml --all --dry-run --format json");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["waived"], &told["control"]["dispositions"]["quarantined"]["rows"]), (&3.into(), &3.into()));
}

#[test]
fn waived_rows_do_not_count_for_the_limit_of_the_quarantine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // 10 of 30 rows are more than a fifth, 9 are fewer than ten.
    job(path, 10, HEADER);
    let (code, text) = hourbill(path, "run job.toml --all");
    assert!(code == 3 && text.contains("quarantine"), "{code}: {text}");
    job(path, 10, &waivers(0..1));
    let (code, text) = hourbill(path, "run job.toml --all");
    assert_eq!(code, 1, "{text}");
    // Whatever part of the run reads them.
    for shard in ["1/3", "2/3", "3/3"] {
        let (code, text) = hourbill(path, &format!("run job.toml --all --shard {shard}"));
        assert!(matches!(code, 0 | 1), "{shard}: {code}: {text}");
    }
    job(path, 11, &waivers(0..1));
    for shard in ["1/3", "2/3", "3/3"] {
        let (code, text) = hourbill(path, &format!("run job.toml --all --shard {shard}"));
        assert_eq!(code, 3, "{shard}: {text}");
    }
}

#[test]
fn a_waiver_without_a_row_or_with_one_that_nobody_can_read_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows = "timesheets.csv,,,known,,\ntimesheets.csv,0,,known,,\ntimesheets.csv,x,,known,,\ntimesheets.csv,21,abc,known,,\ntimesheets.csv,21,,,,\n,21,,known,,\n";
    job(path, 1, &format!("{HEADER}{rows}"));
    let (code, text) = hourbill(path, "run job.toml --all -v");
    assert!(code == 1 && text.contains("7 rows in quarantine\n"), "{code}: {text}");
    for why in [
        "is empty, and so is record_blake3",
        "is no number of a row",
        "is not a whole number",
        "is no hash",
        "column `reason`: is empty",
        "column `file`: is empty",
    ] {
        assert!(crate::cli::flat(&text).contains(why), "{why}: {text}");
    }
}

/// Rows of several customers, by row and by record, some of which nobody has.
#[test]
fn parts_and_passes_tell_of_each_waiver_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut dice = Dice::new(6);
    let mut rows = "timesheet_id,date,hours,ticket_id\n".to_owned();
    let mut waivers = HEADER.to_owned();
    for row in 1..=300 {
        let hours = if dice.percent(30) { "many" } else { "2" };
        let record = format!("E{},2026-10-05,{hours},T{}", dice.below(280), dice.below(4));
        let _ = writeln!(rows, "{record}");
        let hash = if dice.percent(50) { blake3::hash(record.as_bytes()).to_hex().to_string() } else { String::new() };
        let number = if hash.is_empty() || dice.percent(30) { row.to_string() } else { String::new() };
        if dice.percent(20) {
            let _ = writeln!(waivers, "timesheets.csv,{number},{hash},known,,");
        }
    }
    let orders = orders();
    let exports = [("orders", orders.as_str()), ("tickets", TICKETS), ("timesheets", &rows), ("waivers", &waivers)];
    let settings = shards::job(path, &exports, "[limits]\nquarantine_pct = 100\n[output]\ndir = \"out\"\n");
    let (_, told) = hourbill(path, "run job.toml --all --dry-run --format json");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let waived = told["waived"].as_u64().unwrap();
    assert!(waived > 10 && told["findings"]["waiver-unmatched"].as_u64().unwrap() > 10, "{told}");
    assert_parts_and_passes_add_up(&settings);
}
