//! Hours statements (S1): random lives of packs, held against a book of its own, and read back from CSV, JSON, PDF and the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
#[cfg(feature = "pdf")]
use std::process::Command;

use serde_json::Value;

use crate::oracle::Dice;
use crate::shop::{BLANK, Shop};

/// Microseconds of decimal hours.
fn micros(text: &str) -> i128 {
    hourbill::quantity::HoursSum::from_text(text).unwrap_or_else(|| panic!("{text}")).micros()
}

fn of(value: &Value, key: &str) -> i128 {
    micros(value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}")))
}

/// A pack as a statement tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    opening: i128,
    bought: i128,
    used: i128,
    expired: i128,
    adjusted: i128,
    closing: i128,
    /// Entry and hours.
    used_entries: Vec<(String, i128)>,
    not_final: Vec<(String, i128)>,
    /// Date, entry and hours.
    corrections: Vec<(String, String, i128)>,
}

fn entries(value: &Value) -> Vec<(String, String, i128)> {
    let text = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    let rows = value.as_array().unwrap().iter();
    rows.map(|row| (text(row, "date"), text(row, "timesheet_id"), of(row, "hours"))).collect()
}

fn plain(value: &Value) -> Vec<(String, i128)> {
    let mut rows: Vec<_> = entries(value).into_iter().map(|(_, id, hours)| (id, hours)).collect();
    rows.sort();
    rows
}

/// The packs of a `statement.json`.
fn told(json: &Value) -> BTreeMap<String, Told> {
    let pack = |pack: &Value| {
        let told = Told {
            opening: of(pack, "opening"),
            bought: of(pack, "bought"),
            used: of(pack, "used"),
            expired: of(pack, "expired"),
            adjusted: of(pack, "adjusted"),
            closing: of(pack, "closing"),
            used_entries: plain(&pack["used_entries"]),
            not_final: plain(&pack["not_final"]),
            corrections: entries(&pack["corrections"]),
        };
        (pack["order_line_id"].as_str().unwrap().to_owned(), told)
    };
    json["packs"].as_array().unwrap().iter().map(pack).collect()
}

/// S2 and S3, of whatever a statement tells.
fn adds_up(pack: &Told) {
    assert_eq!(pack.closing, pack.opening + pack.bought - pack.used - pack.expired + pack.adjusted, "{pack:?}");
    let sum = |rows: &[(String, i128)]| rows.iter().map(|(_, hours)| hours).sum::<i128>();
    assert_eq!(pack.used, sum(&pack.used_entries) + sum(&pack.not_final), "{pack:?}");
    assert_eq!(pack.adjusted, pack.corrections.iter().map(|(.., hours)| hours).sum::<i128>(), "{pack:?}");
}

/// The same figures from `statement.csv`.
fn of_csv(path: &Path) -> BTreeMap<String, Told> {
    let mut packs: BTreeMap<String, Told> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(path).unwrap();
    for row in reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap) {
        let pack = packs.entry(row["order_line_id"].clone()).or_default();
        let hours = micros(&row["hours"]);
        let id = row["timesheet_id"].clone();
        match row["kind"].as_str() {
            "opening" => pack.opening = hours,
            "bought" => pack.bought += hours,
            "expired" => pack.expired += hours,
            "closing" => pack.closing = hours,
            "adjusted" => {
                pack.adjusted += hours;
                pack.corrections.push((row["date"].clone(), id, hours));
            }
            "used" => {
                pack.used += hours;
                let list = if row["final"] == "false" { &mut pack.not_final } else { &mut pack.used_entries };
                list.push((id, hours));
            }
            other => panic!("{other}"),
        }
        if row["kind"] != "closing" {
            let balance = pack.opening + pack.bought - pack.used - pack.expired + pack.adjusted;
            assert_eq!(micros(&row["balance"]), balance, "{row:?}");
        }
    }
    packs.values_mut().for_each(|pack| {
        pack.used_entries.sort();
        pack.not_final.sort();
    });
    packs
}

/// Every figure of a statement stands in its PDF, and every entry with its hours; nothing is said where no program reads it.
#[cfg(feature = "pdf")]
fn of_pdf(path: &Path, packs: &BTreeMap<String, Told>) {
    let Ok(output) = Command::new("pdftotext").arg("-layout").arg(path).arg("-").output() else {
        println!("skipped: pdftotext is not installed");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown = |hours: i128| {
        // As on an invoice of the job: to a hundredth of an hour, half away from zero.
        let hundredths = (hours.abs() + 18_000_000) / 36_000_000;
        let sign = if hours < 0 && hundredths > 0 { "\u{2212}" } else { "" };
        format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let has =
        |hours: i128, what: &str| assert!(words.contains(&shown(hours).as_str()), "{what} {}: {text}", shown(hours));
    for (name, pack) in packs {
        for figure in [pack.opening, pack.bought, pack.used, pack.closing] {
            has(figure, name);
        }
        let corrections = pack.corrections.iter().map(|(_, id, hours)| (id, hours));
        let entries = pack.used_entries.iter().chain(&pack.not_final).map(|(id, hours)| (id, hours));
        for (id, hours) in entries.chain(corrections) {
            has(*hours, id);
        }
        if pack.adjusted != 0 {
            has(pack.adjusted, name);
        }
    }
}

const OUT: &str = "out/shop/runs";

/// What a statement of a period tells, from every form of it.
fn statement(shop: &Shop, period: &str) -> BTreeMap<String, Told> {
    let output = shop.command(&["statement", "job.toml", "--period", period]);
    // 1: entries of a pack that is not exported are set aside.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let folder = shop.path(OUT).join(said["run_id"].as_str().unwrap()).join("statements");
    let mut all = BTreeMap::new();
    for statement in said["statements"].as_array().unwrap() {
        let root = statement["customer_id"].as_str().unwrap();
        let json: Value = serde_json::from_slice(&fs::read(folder.join(root).join("statement.json")).unwrap()).unwrap();
        let packs = told(&json);
        assert_eq!(packs, told(statement));
        packs.values().for_each(adds_up);
        assert_eq!(packs, of_csv(&folder.join(root).join("statement.csv")));
        #[cfg(feature = "pdf")]
        of_pdf(&folder.join(root).join("statement.pdf"), &packs);
        all.extend(packs);
    }
    // The table of all movements says the same, and runs on.
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(folder.join("pack_movements.csv")).unwrap();
    for row in reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap) {
        let sign = if matches!(row["kind"].as_str(), "used" | "expired") { -1 } else { 1 };
        let balance = sums.entry(row["pack"].clone()).or_default();
        *balance += sign * micros(&row["hours"]);
        assert_eq!(*balance, micros(&row["balance"]), "{row:?}");
    }
    let closing: BTreeMap<String, i128> = all.iter().map(|(pack, told)| (pack.clone(), told.closing)).collect();
    assert_eq!(sums, closing);
    all
}

const Q: &str = "Q,S2,sale,C2,Pack,ordered_prepaid,Days,1,700,EUR,2026-09-10,,,";
const CANCELLED: &str = "Q,S2,cancel,C2,Pack,ordered_prepaid,Days,1,700,EUR,2026-09-10,,,";

fn shop() -> Shop {
    let mut shop = Shop::new();
    shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Hours,20,90,EUR,2026-08-15,,,");
    shop.order(Q);
    shop.output = "documents = [\"statement\"]\n".to_owned();
    shop
}

const HOUR: i128 = 3_600_000_000;

#[test]
fn s2_s3_the_opening_is_the_closing_before_and_what_waits_for_a_post_is_not_final() {
    let mut shop = shop();
    shop.enter("e1", "2026-09-05", "3", "P");
    shop.enter("e2", "2026-10-06", "4.5", "P");
    let run = shop.run(&["--period", "2026-09"]);
    let file = run.folder.join("statements/C1/statement.json");
    let of_run = told(&serde_json::from_slice(&fs::read(&file).unwrap()).unwrap());
    assert_eq!((of_run["P"].opening, of_run["P"].bought, of_run["P"].used), (20 * HOUR, 0, 3 * HOUR));
    assert_eq!(
        (of_run["P"].not_final.as_slice(), of_run["P"].used_entries.len()),
        (&[("e1".to_owned(), 3 * HOUR)][..], 0)
    );
    // Bought in September; used by nobody.
    let other = &statement(&shop, "2026-09")["Q"];
    assert_eq!((other.opening, other.bought, other.closing), (0, 8 * HOUR, 8 * HOUR));
    shop.act(&["post"]);
    let after = statement(&shop, "2026-09");
    assert_eq!((after["P"].used_entries.len(), after["P"].not_final.len()), (1, 0));
    // What is told anew leaves the run as it was published.
    assert_eq!(shop.act(&["post"])["status"], "nothing_to_do");
    assert!(run.rows("pack_movements").iter().any(|row| row["final"] == "false"));

    shop.run(&["--period", "2026-10"]);
    let next = statement(&shop, "2026-10");
    assert_eq!(next["P"].opening, after["P"].closing);
    assert_eq!((next["P"].used, next["P"].closing), (4 * HOUR + HOUR / 2, 12 * HOUR + HOUR / 2));
    // Not before it was sold, and not without a run of the period.
    let none = shop.command(&["statement", "job.toml", "--period", "2026-07"]);
    assert_eq!(none.status.code(), Some(5), "{}", String::from_utf8_lossy(&none.stderr));
    let unknown = shop.command(&["statement", "job.toml", "--period", "2026-10", "--customer", "C9"]);
    assert_eq!(unknown.status.code(), Some(2));
    let one = shop.command(&["statement", "job.toml", "--period", "2026-10", "--customer", "C2"]);
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(one["statements"].as_array().unwrap().len(), 1);
}

#[test]
fn s4_what_changed_in_a_closed_month_stands_in_the_next_statement() {
    let mut shop = shop();
    shop.enter("e1", "2026-09-05", "3", "P");
    shop.run(&["--period", "2026-09"]);
    shop.act(&["post"]);
    let before = statement(&shop, "2026-09");
    shop.act(&["close", "--period", "2026-09", "--soft", "--reason", "told"]);
    // One more, and an hour less of the other one.
    shop.enter("e2", "2026-09-20", "2", "P");
    shop.entries[0] = "e1,2026-09-05,2,P".to_owned();
    shop.enter("e3", "2026-10-01", "1", "P");
    shop.run(&["--period", "2026-09"]);
    assert_eq!(statement(&shop, "2026-09")["P"], before["P"]);
    shop.run(&["--period", "2026-10"]);
    let next = &statement(&shop, "2026-10")["P"];
    assert_eq!((next.opening, next.adjusted, next.used, next.closing), (17 * HOUR, -HOUR, HOUR, 15 * HOUR));
    let corrections =
        [("2026-09-05".to_owned(), "e1".to_owned(), HOUR), ("2026-09-20".to_owned(), "e2".to_owned(), -2 * HOUR)];
    assert_eq!(next.corrections, corrections);
    // Told once: a close of October keeps it, and November begins without it.
    shop.act(&["post", "--after-close", "--reason", "late"]);
    shop.act(&["close", "--period", "2026-10", "--hard", "--reason", "told"]);
    let closed = statement(&shop, "2026-10");
    assert_eq!((closed["P"].adjusted, closed["P"].closing), (-HOUR, 15 * HOUR));
    shop.run(&["--period", "2026-11"]);
    let last = &statement(&shop, "2026-11")["P"];
    assert_eq!((last.opening, last.adjusted, last.closing), (15 * HOUR, 0, 15 * HOUR));
    shop.verify();
}

#[test]
fn statements_have_the_same_bytes_at_any_thread_and_in_passes() {
    use hourbill::job::{Flags, load};
    use hourbill::run::{Unwatched, compute, publish};
    let mut shop = shop();
    for at in 0..40 {
        shop.order(&format!("P{at},S{at},sale,C{at},Pack,ordered_prepaid,Hours,{at},90,EUR,2026-08-15,,,"));
        shop.enter(&format!("e{at}"), "2026-09-05", &format!("{}.125", at % 20), &format!("P{at}"));
    }
    shop.enter("other", "2026-09-05", "-0.001", "P");
    shop.export();
    let of = |name: &str| {
        let mut settings =
            load(&shop.path("job.toml"), &Flags::default(), hourbill::calendar::Date::parse("2026-11-02").unwrap())
                .unwrap();
        settings.output.dir = shop.path(name);
        settings
    };
    let one = of("one");
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    threads.install(|| publish(&mut compute(&one, &Unwatched).unwrap(), &one, &Unwatched)).unwrap();
    let many = of("many");
    publish(&mut compute(&many, &Unwatched).unwrap(), &many, &Unwatched).unwrap();
    let files = |name: &str| {
        let mut files = crate::crash::files(&shop.path(name));
        files.retain(|path, _| !path.ends_with("timings.json") && !path.ends_with(".lock"));
        files
    };
    let expected = files("one");
    assert!(expected.keys().filter(|path| path.ends_with("statement.json")).count() > 39);
    assert!(expected == files("many"), "threads");
    let found = crate::passes::differences(&of("passes"), shop.path("passes").parent().unwrap(), 3);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A life of packs, and what the test knows of it: entries by id with month, day, thousandths of an hour and pack.
struct Life {
    shop: Shop,
    entries: BTreeMap<String, (u32, u32, i128, char)>,
    next: usize,
    /// Months that are closed, and what was told of them.
    closed: BTreeMap<u32, BTreeMap<String, i128>>,
    /// The row of pack Q when it is not exported as it was sold.
    without: Option<&'static str>,
}

const FIRST: u32 = 8;
const LAST: u32 = 11;

fn label(month: u32) -> String {
    format!("2026-{month:02}")
}

impl Life {
    fn export(&mut self) {
        self.shop.orders.retain(|row| row.starts_with("P,"));
        let row = self.without.unwrap_or(Q);
        self.shop.orders.extend((!row.is_empty()).then(|| row.to_owned()));
        self.shop.entries.clear();
        for (id, (month, day, thousandths, pack)) in &self.entries {
            let sign = if *thousandths < 0 { "-" } else { "" };
            let hours = format!("{sign}{}.{:03}", thousandths.abs() / 1000, thousandths.abs() % 1000);
            self.shop.enter(id, &format!("{}-{day:02}", label(*month)), &hours, &pack.to_string());
        }
        self.shop.export();
    }

    fn step(&mut self, dice: &mut Dice) {
        let month = FIRST + dice.below((LAST - FIRST + 1) as usize) as u32;
        let ids: Vec<String> = self.entries.keys().cloned().collect();
        match dice.below(11) {
            10 => {
                // S2: its order line leaves the export, is not confirmed any more, or is there again.
                self.without = [None, Some(""), Some(CANCELLED)][dice.below(3)];
            }
            0..=3 => {
                let id = format!("e{}", self.next);
                self.next += 1;
                // No two of the same hours: one that is gone is not taken for another (G5).
                let thousandths = (dice.below(20) as i128 - 3) * 250 + self.next as i128;
                let pack = if dice.below(2) == 0 { 'P' } else { 'Q' };
                self.entries.insert(id, (month, 16 + dice.below(12) as u32, thousandths, pack));
            }
            4 if !ids.is_empty() => {
                // Fewer hours: more of them may wait where their pack is empty or their month closed (G9).
                let entry = self.entries.get_mut(&ids[dice.below(ids.len())]).unwrap();
                entry.2 = if entry.2 > 250 { entry.2 - 250 } else { entry.2 };
            }
            5 if !ids.is_empty() => {
                self.entries.remove(&ids[dice.below(ids.len())]);
            }
            6 | 7 => {
                self.export();
                let output = self.shop.command(&["run", "job.toml", "--period", &label(month)]);
                if output.status.code() != Some(5) {
                    let words = ["post", "job.toml", "--by", "ada", "--after-close", "--reason", "x"];
                    let posted = self.shop.command(&words);
                    assert!(posted.status.success(), "{}", String::from_utf8_lossy(&posted.stderr));
                }
            }
            8 => {
                self.export();
                let _ = self.shop.command(&["run", "job.toml", "--period", &label(month)]);
                let how = if dice.below(2) == 0 { "--soft" } else { "--hard" };
                let words =
                    ["close", "job.toml", "--period", &label(month), how, "--force", "--reason", "x", "--by", "ada"];
                if self.shop.command(&words).status.success() {
                    let told = self.told(month).into_iter().map(|(pack, of)| (pack, of.closing)).collect();
                    self.closed.insert(month, told);
                }
            }
            _ => {
                let words = ["reopen", "job.toml", "--period", &label(month), "--reason", "x", "--by", "ada"];
                if self.shop.command(&words).status.success() {
                    self.closed.remove(&month);
                }
            }
        }
    }

    fn told(&self, month: u32) -> BTreeMap<String, Told> {
        statement(&self.shop, &label(month))
    }

    /// Hours that the exports have of a pack up to a month; what vanished after it was posted counts with the ledger.
    fn used(&self, pack: char, to: u32, ledger: &BTreeMap<String, (u32, i128, char)>) -> i128 {
        // Of a pack that is not sold the ledger alone counts.
        let counts = pack == 'P' || self.without.is_none();
        let exported = self.entries.iter().filter(|(_, (month, _, _, of))| counts && *of == pack && *month <= to);
        let gone = ledger
            .iter()
            .filter(|(id, (month, _, of))| !(counts && self.entries.contains_key(*id)) && *of == pack && *month <= to);
        exported.map(|(_, (_, _, thousandths, _))| thousandths * HOUR / 1000).sum::<i128>()
            + gone.map(|(_, (_, hours, _))| *hours).sum::<i128>()
    }
}

/// What the ledger has covered of each entry, from `ledger show`.
fn covered(shop: &Shop, ids: impl Iterator<Item = String>) -> BTreeMap<String, (u32, i128, char)> {
    let mut all = BTreeMap::new();
    for id in ids {
        let rows = shop.show(&["--entry", &id]);
        for row in rows.as_array().unwrap() {
            let month: u32 = row["date"].as_str().unwrap()[5..7].parse().unwrap();
            let pack = row["order_line_id"].as_str().unwrap().chars().next().unwrap();
            let of = all.entry(id.clone()).or_insert((month, 0, pack));
            of.1 += micros(row["hours"].as_str().unwrap());
        }
    }
    all
}

#[test]
fn random_lives_of_packs_are_told_to_the_microsecond_and_go_on_where_they_ended() {
    let lives: u64 = std::env::var("HOURBILL_LIVES").ok().and_then(|text| text.parse().ok()).unwrap_or(60) / 10;
    let mut seen = BTreeSet::new();
    for seed in 1..=lives.max(4) {
        let dice = &mut Dice::new(seed ^ 0x57a7);
        let mut life = Life { shop: shop(), entries: BTreeMap::new(), next: 0, closed: BTreeMap::new(), without: None };
        for _ in 0..18 {
            life.step(dice);
        }
        life.export();
        let ledger = covered(&life.shop, (0..life.next).map(|at| format!("e{at}")));
        let last_closed = life.closed.keys().last().copied();
        let mut before: Option<BTreeMap<String, Told>> = None;
        for month in FIRST..=LAST {
            let ran = life.shop.command(&["run", "job.toml", "--period", &label(month)]);
            if ran.status.code() == Some(5) && !life.closed.contains_key(&month) {
                panic!("{}", String::from_utf8_lossy(&ran.stderr));
            }
            let told = life.told(month);
            for (pack, of) in &told {
                let ordered = if pack == "P" { 20 * HOUR } else { 8 * HOUR };
                // S2.
                if let Some(before) = &before {
                    let closing = before.get(pack).map_or(0, |before| before.closing);
                    assert_eq!(of.opening, closing, "seed {seed}, {month}, {pack}");
                }
                match life.closed.get(&month) {
                    // S4: what was told stands.
                    Some(then) => assert_eq!(of.closing, then.get(pack).copied().unwrap_or(0), "seed {seed}, {month}"),
                    None if last_closed.is_none_or(|last| month > last) => {
                        let used = life.used(pack.chars().next().unwrap(), month, &ledger);
                        assert_eq!(of.closing, ordered - used, "seed {seed}, {month}, {pack}");
                    }
                    None => {}
                }
                seen.extend(of.corrections.first().map(|_| "corrections"));
                seen.extend(of.not_final.first().map(|_| "not final"));
                seen.extend(of.used_entries.first().map(|_| "final"));
                seen.extend(life.without.filter(|_| pack == "Q").map(|_| "not sold"));
            }
            // S2: no balance goes without a word.
            let left = before.iter().flatten().filter(|(_, of)| of.closing != 0);
            left.for_each(|(pack, _)| assert!(told.contains_key(pack), "seed {seed}, {month}, {pack}"));
            before = Some(told);
        }
        life.shop.verify();
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// What the ledger has of packs is read once, for statements (S1) and for what each pack gave (W12).
#[test]
fn what_the_ledger_has_of_packs_is_read_once() {
    if !crate::strace::has_strace() {
        return;
    }
    let opened = |rules: &str| {
        let mut shop = Shop::new();
        shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Hours,10,20,EUR,2026-09-01,,,");
        shop.rules = rules.to_owned();
        shop.output = "documents = [\"statement\"]\n".to_owned();
        shop.enter("e1", "2026-10-05", "2", "P");
        shop.run(BLANK);
        shop.act(&["post"]);
        let mut traced = std::process::Command::new("strace");
        traced.current_dir(shop.path("")).args([
            "-f",
            "-e",
            "trace=openat",
            "-o",
            "trace",
            env!("CARGO_BIN_EXE_hourbill"),
        ]);
        let run = traced.args(["run", "job.toml", "--all", "--dry-run", "--as-of", "2026-11-02"]).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let trace = fs::read_to_string(shop.path("trace")).unwrap();
        trace.lines().filter(|line| line.contains("objects/portions-")).count()
    };
    let plain = opened("");
    assert!(plain > 0, "the ledger is read");
    assert_eq!(opened("prepaid = \"ticket\"\n"), plain);
}
