//! K3 to K6: random months of entries, runs, posts, closes and reopenings, held against a book of its own about what may happen, and what a
//! close keeps against the entries table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{EntriesTable, Flags, load};
use hourbill::run::{Unwatched, compute};
use hourbill::tables;
use serde_json::Value;

use crate::cli::newest_run;
use crate::oracle::Dice;
use crate::shards::{ORDERS, hourbill, rows};

const MONTHS: usize = 4;
const COMPANIES: [&str; 2] = ["X", "Y"];

/// What the test knows, by itself.
#[derive(Default)]
struct Known {
    entries: Vec<(String, usize, u32, u32, usize)>,
    /// By month and company: 0 open, 1 soft, 2 hard.
    states: BTreeMap<(usize, usize), u8>,
    /// The newest run of each month: its companies with drafts that are not posted.
    runs: BTreeMap<usize, [bool; 2]>,
    /// Month of the run that `latest` names, the entries it was computed on, and whether a hard close or reopening came since.
    latest: Option<(usize, bool)>,
    /// Entries that are posted.
    posted: Vec<String>,
}

fn label(month: usize) -> String {
    format!("2026-{:02}", month + 1)
}

impl Known {
    fn state(&self, month: usize, company: usize) -> u8 {
        self.states.get(&(month, company)).copied().unwrap_or(0)
    }

    fn closed(&self, company: usize) -> Vec<usize> {
        (0..MONTHS).filter(|month| self.state(*month, company) > 0).collect()
    }

    /// K3: whether the month may become that: `None` when it is already.
    fn may(&self, month: usize, companies: &[usize], state: u8) -> Option<bool> {
        let mut changes = false;
        for &company in companies {
            let (now, closed) = (self.state(month, company), self.closed(company));
            if now == state {
                continue;
            }
            let last = closed.last().copied();
            let fits = match (state, now) {
                (0, _) => last == Some(month),
                (1, 2) => false,
                (_, 0) => last.is_none_or(|last| last + 1 == month),
                _ => true,
            };
            if !fits {
                return Some(false);
            }
            changes = true;
        }
        changes.then_some(true)
    }

    fn write(&self, folder: &Path) {
        let mut text = "timesheet_id,date,hours,order_line_id\n".to_owned();
        for (id, month, day, hours, company) in &self.entries {
            let line = COMPANIES[*company];
            writeln!(text, "{id},{}-{day:02},{hours},L{line}", label(*month)).unwrap();
        }
        fs::write(folder.join("timesheets.csv"), text).unwrap();
    }

    fn has_hours(&self, company: usize) -> bool {
        self.entries.iter().any(|(.., of)| *of == company)
    }
}

fn job(folder: &Path) {
    let line = |company: &str| {
        format!(
            "L{company},S{company},sale,C{company},Support,delivered_timesheet,Hours,0,10,EUR,2025-09-01,{company}\n"
        )
    };
    let orders = ORDERS.trim_end().to_owned() + ",company\n" + &line("X") + &line("Y");
    fs::write(folder.join("orders.csv"), orders).unwrap();
    fs::write(folder.join("tickets.csv"), "ticket_id,customer_id\n").unwrap();
    let job = "name = \"case\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
               [period]\nmonth = \"2026-01\"\n[output]\ndir = \"out\"\ntables = [\"csv\"]\n[ledger]\ndir = \"ledger\"\n";
    fs::write(folder.join("job.toml"), job).unwrap();
}

/// The companies that a close or reopening is of, and its flag.
fn asked(dice: &mut Dice) -> (Vec<usize>, String) {
    match dice.below(4) {
        0 => (vec![0], " --company X".to_owned()),
        1 => (vec![1], " --company Y".to_owned()),
        // And those that no row names.
        _ => (vec![0, 1, 2], String::new()),
    }
}

fn step(folder: &Path, known: &mut Known, dice: &mut Dice) -> String {
    let month = dice.below(MONTHS);
    match dice.below(10) {
        0..=2 => {
            let id = format!("E{}", known.entries.len());
            let company = dice.below(2);
            let entry = (id, month, 1 + dice.below(28) as u32, 1 + dice.below(5) as u32, company);
            known.entries.push(entry);
            known.write(folder);
            "entry".to_owned()
        }
        3 | 4 => run(folder, known, month),
        5 => post(folder, known, dice),
        6..=8 => close(folder, known, month, dice),
        _ => reopen(folder, known, month, dice),
    }
}

fn run(folder: &Path, known: &mut Known, month: usize) -> String {
    let words = format!("run job.toml --period {} --quiet", label(month));
    let (code, text) = hourbill(folder, &words);
    let shut = (0..2).any(|company| known.state(month, company) == 2 && known.has_hours(company));
    assert_eq!(code == 5, shut, "{words}: {text}");
    if shut {
        assert!(text.contains("closed hard"), "{text}");
        return words;
    }
    // An input without a row is exit 1.
    assert_eq!(code, i32::from(known.entries.is_empty()), "{words}: {text}");
    let drafted = |company: usize| {
        let open = |id: &String| !known.posted.contains(id);
        known.entries.iter().any(|(id, of, _, _, own)| *of == month && *own == company && open(id))
    };
    known.runs.insert(month, [drafted(0), drafted(1)]);
    known.latest = Some((month, false));
    words
}

fn post(folder: &Path, known: &mut Known, dice: &mut Dice) -> String {
    let after = dice.below(2) == 1;
    let words = format!("post job.toml{} --by ada", if after { " --after-close --reason known" } else { "" });
    let (code, text) = hourbill(folder, &words);
    let Some((month, moved)) = known.latest else {
        assert_eq!(code, 5, "{text}");
        return words;
    };
    let drafts = known.runs[&month];
    let soft = (0..2).any(|company| drafts[company] && known.state(month, company) == 1);
    let any = drafts.iter().any(|drafted| *drafted);
    let refused = any && (moved || (soft && !after));
    assert_eq!(code, if refused { 5 } else { 0 }, "{words}: {text}");
    if any && !refused {
        // What was exported when the run was computed.
        let run = newest_run(&folder.join("out/case"));
        let mut reader = csv::Reader::from_path(run.join("invoice_entries.csv")).unwrap();
        let ids = reader.records().map(|row| row.unwrap()[2].to_owned());
        known.posted.extend(ids);
        known.runs.insert(month, [false, false]);
    }
    words
}

fn close(folder: &Path, known: &mut Known, month: usize, dice: &mut Dice) -> String {
    let (companies, flag) = asked(dice);
    let (state, how) = if dice.below(2) == 0 { (1, "--soft") } else { (2, "--hard") };
    let force = dice.below(2) == 0;
    let forced = if force { " --force" } else { "" };
    let words = format!(
        "close job.toml --period {}{flag} {how}{forced} --reason done --by ada --format json --quiet",
        label(month)
    );
    let (code, text) = hourbill(folder, &words);
    let may = known.may(month, &companies, state);
    let ready = known
        .runs
        .get(&month)
        .is_some_and(|drafts| !companies.iter().any(|company| drafts.get(*company) == Some(&true)));
    let expected = match may {
        None => 0,
        Some(false) => 5,
        Some(true) if force || ready => 0,
        Some(true) => 5,
    };
    assert_eq!(code, expected, "{words}: {text}");
    if code == 0 && may == Some(true) {
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_kept(folder, &told["month"]["kept"], month, &companies);
        moves(known, month, &companies, state);
    }
    words
}

fn reopen(folder: &Path, known: &mut Known, month: usize, dice: &mut Dice) -> String {
    let (companies, flag) = asked(dice);
    let words = format!("reopen job.toml --period {}{flag} --reason again --by ada", label(month));
    let (code, text) = hourbill(folder, &words);
    let may = known.may(month, &companies, 0);
    assert_eq!(code, if may == Some(false) { 5 } else { 0 }, "{words}: {text}");
    if may == Some(true) {
        moves(known, month, &companies, 0);
    }
    words
}

fn moves(known: &mut Known, month: usize, companies: &[usize], state: u8) {
    let hard = companies.iter().any(|company| known.state(month, *company) == 2) || state == 2;
    // A deed of every company is one of companies that stand open, too.
    companies.iter().for_each(|company| _ = known.states.insert((month, *company), state));
    if hard && let Some((_, moved)) = &mut known.latest {
        *moved = true;
    }
}

/// K6: the totals are those of the entries table of the month.
fn assert_kept(folder: &Path, kept: &Value, month: usize, companies: &[usize]) {
    let flags = Flags::default();
    let mut settings = load(&folder.join("job.toml"), &flags, Date::parse("2026-11-03").unwrap()).unwrap();
    settings.billing.period = hourbill::calendar::Period::month(&label(month)).unwrap();
    settings.output.entries = EntriesTable::All;
    let run = compute(&settings, &Unwatched).unwrap();
    let table = tables::tables(run.results(&settings)).into_iter().find(|table| table.name == "entries").unwrap();
    let (header, rows) = rows(&table);
    let at = |name: &str| header.iter().position(|known| known == name).unwrap();
    let mut sums: BTreeMap<String, (u64, i128)> = BTreeMap::new();
    let mut value: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows {
        let company = if row[at("order_line_id")] == "LX" { 0 } else { 1 };
        if !row[at("date")].starts_with(&label(month)) || !companies.contains(&company) {
            continue;
        }
        let sum = sums.entry(row[at("disposition")].clone()).or_default();
        sum.0 += u64::from(row[at("part")] == "1");
        sum.1 += row[at("hours_us")].parse::<i128>().unwrap();
        if ["held", "unassigned", "not_validated", "before_period"].contains(&row[at("disposition")].as_str()) {
            *value.entry(row[at("currency")].clone()).or_default() += row[at("value")].parse::<f64>().unwrap_or(0.0);
        }
    }
    let told: BTreeMap<String, (u64, i128)> = kept["dispositions"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, sum)| {
            let micros = sum["microseconds"].as_str().unwrap().parse().unwrap();
            (name.clone(), (sum["rows"].as_u64().unwrap(), micros))
        })
        .collect();
    assert_eq!(told, sums);
    for (currency, sum) in value {
        assert_eq!(kept["unbilled"][&currency].as_str().unwrap().parse::<f64>().unwrap(), sum);
    }
}

#[test]
fn k3_random_months_close_and_reopen_in_order_and_keep_what_the_entries_table_says() {
    let scripts = std::env::var("HOURBILL_SCRIPTS").ok().and_then(|count| count.parse().ok()).unwrap_or(200) / 10;
    for seed in 0..scripts {
        let folder = tempfile::tempdir().unwrap();
        job(folder.path());
        let (mut known, mut dice) = (Known::default(), Dice::new(4_000 + seed));
        known.write(folder.path());
        let mut story = Vec::new();
        for _ in 0..30 {
            story.push(step(folder.path(), &mut known, &mut dice));
        }
        let mut verify = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
        let output = verify.current_dir(folder.path()).args(["ledger", "verify", "job.toml"]).output().unwrap();
        assert!(output.status.success(), "{seed}: {story:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn k6_passes_tell_the_first_twenty_changes_of_a_month_and_the_sums_of_all() {
    use hourbill::job::Settings;
    use hourbill::run::{Passes, Run, RunEnd, RunOptions, publish, run_within};
    use hourbill::shard::Shard;
    let mut shop = crate::shop::Shop::new();
    for at in 0..6 {
        shop.order(&format!("L{at},S{at},sale,C{at},Support,delivered_timesheet,Hours,0,20,EUR,2026-08-01,,,"));
        shop.enter(&format!("e{at}"), "2026-09-05", "1", &format!("L{at}"));
    }
    shop.bill(&["--period", "2026-09"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "done"]);
    for at in 0..30 {
        shop.enter(&format!("late{at:02}"), "2026-09-06", "0.5", &format!("L{}", at % 6));
    }
    // K4: in a run of everything their month makes them late.
    let told = shop.run(crate::shop::BLANK);
    let late: Vec<String> = told
        .rows("findings")
        .into_iter()
        .filter(|row| row["code"] == "late-entry")
        .map(|row| row["message"].clone())
        .collect();
    assert!(late[0].starts_with("`L0` has 5 entries with 2.5 h of closed months, not billed; their month"), "{late:?}");
    let of = |name: &str| {
        let mut settings = load(&shop.path("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap()).unwrap();
        settings.output.dir = shop.path(name);
        settings
    };
    let (one, passes) = (of("one"), of("passes"));
    publish(&mut compute(&one, &Unwatched).unwrap(), &one, &Unwatched).unwrap();
    run_within(&passes, Passes::Number(4), RunOptions::default(), &Unwatched).unwrap();
    let files = |name: &str| {
        let mut files = crate::crash::files(&shop.path(name));
        files.retain(|path, _| !path.ends_with("timings.json") && !path.ends_with(".lock"));
        files
    };
    assert!(files("one") == files("passes"));
    let findings = told.findings();
    assert_eq!(findings.iter().filter(|of| of.starts_with("closed-month-changed late")).count(), 20);
    assert!(findings.contains(&"closed-month-changed timesheets".to_owned()));
    // So do the parts of a run, each in one go and in passes: the same twenty, the same sums of all.
    let of_month = |run: &Run, settings: &Settings| -> Vec<Vec<String>> {
        let tables = tables::tables(run.results(settings));
        let rows = rows(tables.iter().find(|table| table.name == "findings").unwrap()).1;
        rows.into_iter().filter(|row| row[0] == "closed-month-changed").collect()
    };
    let mut whole = of_month(&compute(&one, &Unwatched).unwrap(), &one);
    whole.sort();
    assert_eq!(whole.len(), 21);
    for passes in [None, Some(Passes::Number(3))] {
        let mut parts = Vec::new();
        for number in 1..=3 {
            let mut part = of(&format!("parts-{number}"));
            part.shard = Some(Shard::parse(&format!("{number}/3")).unwrap());
            match passes {
                None => parts.extend(of_month(&compute(&part, &Unwatched).unwrap(), &part)),
                Some(passes) => {
                    let (_, ended) = run_within(&part, passes, RunOptions::default(), &Unwatched).unwrap();
                    let RunEnd::Done(outcome) = ended else { panic!("part {number} is not published") };
                    let file = outcome.folder.join("findings.csv");
                    let rows = csv::Reader::from_path(file).unwrap().into_records();
                    let rows = rows.map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
                    parts.extend(rows.filter(|row| row[0] == "closed-month-changed"));
                }
            }
        }
        parts.sort();
        assert_eq!(parts, whole);
    }
}

#[test]
fn k6_a_part_tells_what_changed_in_a_closed_month_wherever_that_is() {
    // A pack that bills what goes beyond it, and tickets that find it: their hours have a price in every part.
    let orders = format!(
        "{},overdraft,overage_price\nP,O1,sale,C1,Pack,ordered_prepaid,Hours,100,70,EUR,2026-01-01,rate,70\nL,O2,sale,X9,Time,delivered_timesheet,Hours,0,50,EUR,2026-01-01,,\n",
        ORDERS.trim_end()
    );
    let new: String = (10..35).map(|at| format!("n{at},2026-09-02,1,T1,\n")).collect();
    for (was, is) in [("1", "1"), ("1", "1.5")] {
        let folder = tempfile::tempdir().unwrap();
        let job = |hours: &str, more: &str| {
            let timesheets =
                format!("timesheet_id,date,hours,ticket_id,order_line_id\ns0,2026-09-01,{hours},,L\n{more}");
            let exports = [
                ("orders", orders.as_str()),
                ("tickets", "ticket_id,customer_id,created_on\nT1,C1,2026-08-01\n"),
                ("timesheets", timesheets.as_str()),
            ];
            crate::shards::job(folder.path(), &exports, "[period]\nmonth = \"2026-10\"\n[ledger]\ndir = \"ledger\"\n")
        };
        job(was, "");
        let close = "close job.toml --period 2026-09 --soft --force --reason done --by ada";
        let run = "run job.toml --period 2026-09";
        for words in [run, "post job.toml --by ada", run, close] {
            let (code, told) = hourbill(folder.path(), words);
            assert!(matches!(code, 0 | 1), "{words}: {told}");
        }
        let settings = job(is, &new);
        let whole = compute(&settings, &Unwatched).unwrap();
        let changed =
            whole.findings().iter().filter(|finding| finding.code == hourbill::finding::Code::ClosedMonthChanged);
        assert!(changed.count() > 20, "20 entries, and the rest together");
        for of in [2, 3, 7] {
            let found = crate::shards::differences(&settings, of);
            assert!(found.is_empty(), "{is} in {of} parts: {found:?}");
        }
    }
}

#[test]
fn k6_rows_of_one_id_that_differ_are_versions_and_no_sum() {
    let mut shop = crate::shop::Shop::with_lines(&["L1"]);
    shop.enter("e1", "2026-09-05", "3", "L1");
    shop.enter("e2", "2026-09-06", "2", "L1");
    shop.bill(&["--period", "2026-09"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "done"]);
    shop.entries[0] = "e1,2026-09-05,3,L1".to_owned();
    shop.enter("e1", "2026-09-05", "4", "L1");
    shop.entries[1] = "e2,2026-09-06,2.5,L1".to_owned();
    let told = shop.run(crate::shop::BLANK);
    let of_month: Vec<String> = told
        .rows("findings")
        .into_iter()
        .filter(|row| row["code"] == "closed-month-changed")
        .map(|row| row["message"].clone())
        .collect();
    let month = "in 2026-09, closed hard on 2026-11-02, was changed:";
    assert_eq!(
        of_month,
        [
            format!("`e1` {month} 3 h are 2 rows in quarantine that differ (3 h, 4 h) now (+0 h)"),
            format!("`e2` {month} 2 h are 2.5 h now (+0.5 h, +10.00 EUR)"),
        ]
    );
}

/// Finance has to know what a void brings back.
#[test]
fn k4_a_void_in_a_hard_month_says_who_bills_its_hours() {
    let mut shop = crate::shop::Shop::with_lines(&["L1"]);
    shop.enter("e1", "2026-09-05", "3", "L1");
    let billed = shop.bill(&["--period", "2026-09"]);
    shop.act(&["close", "--period", "2026-09", "--hard", "--reason", "done"]);
    let told = shop.act(&["void", &billed.documents()[0], "--reason", "wrong"]);
    let notes = told["notes"].as_array().unwrap();
    let note = notes[0].as_str().unwrap();
    assert!(
        notes.len() == 1 && note.contains("3 h of 2026-09-05 are open again, and 2026-09 is closed hard"),
        "{told}"
    );
    assert!(note.contains("no run of that month drafts them") && note.contains("late_entries"), "{note}");
    // What it says is so: no run of the month, late for others, drafted when the job bills late hours.
    shop.enter("e2", "2026-10-05", "1", "L1");
    assert!(shop.command(&["run", "job.toml", "--period", "2026-09"]).status.code() == Some(5));
    assert_eq!(shop.run(&["--period", "2026-10"]).hours(), "1");
    shop.rules = "late_entries = \"bill\"\n".to_owned();
    assert_eq!(shop.run(&["--period", "2026-10"]).hours(), "4");
}

#[test]
fn k6_hours_that_a_pack_covers_change_no_money_of_a_closed_month() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let entries = |rows: &str| write("timesheets.csv", &format!("timesheet_id,date,hours,ticket_id\n{rows}"));
    write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,overage_price\n\
         P,SP,sale,C1,Pack,ordered_prepaid,Hours,10,90,EUR,2025-12-01,110\n",
    );
    write("tickets.csv", "ticket_id,customer_id\nT,C1\n");
    write(
        "job.toml",
        "name = \"month\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         [rules]\nprepaid = \"waterfall\"\noverdraft = \"rate\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n",
    );
    // Of b the pack covers 6 h; 2 h are beyond it.
    entries("a,2026-01-05,4,T\nb,2026-01-06,8,T\n");
    let done =
        ["run job.toml --period 2026-01", "post job.toml", "close job.toml --period 2026-01 --soft --reason told"];
    for command in done {
        assert_eq!(hourbill(folder.path(), command).0, 0, "{command}");
    }
    // The hour that a has less makes room for c; b has an hour more, which is beyond the pack.
    entries("a,2026-01-05,3,T\nb,2026-01-06,9,T\nc,2026-01-07,1,T\n");
    hourbill(folder.path(), "run job.toml --period 2026-02");
    let mut findings =
        csv::Reader::from_path(newest_run(&folder.path().join("out/month")).join("findings.csv")).unwrap();
    let findings = findings.deserialize().map(Result::<BTreeMap<String, String>, _>::unwrap);
    let changed = findings.filter(|row| row["code"] == "closed-month-changed");
    let changed: Vec<String> = changed.map(|row| row["message"].rsplit_once(" (").unwrap().1.to_owned()).collect();
    assert_eq!(changed, ["-1 h)", "+1 h, +110.00 EUR)", "+1 h)"]);
}
