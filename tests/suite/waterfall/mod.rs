//! Packs on random worlds: the program against an independent telling of W1 to W9 (`telling`), entry by entry.

mod lives;
mod model;
mod telling;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use self::model::{Entry, World, world};
use self::telling::{Place, told};
use crate::oracle::Scratch;

/// So many worlds are tried when `HOURBILL_WATERFALL_WORLDS` says nothing; ten times as many in continuous integration.
const WORLDS: u64 = 1_000;

/// What stands where, in quarters of an hour: a word for the place, its line or reason, and the entry.
type Stands = BTreeMap<(String, String, String), i64>;

#[test]
fn the_program_draws_as_the_contract_tells() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("HOURBILL_SEED").unwrap_or(1);
    let worlds = number("HOURBILL_WATERFALL_WORLDS").unwrap_or(WORLDS);
    let (next, failed, met) = (AtomicU64::new(first), Mutex::new(None::<u64>), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let scratch = Scratch::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + worlds || failed.lock().unwrap().is_some_and(|failed| failed < seed) {
                        break;
                    }
                    let world = world(seed);
                    let expected = expected(&world);
                    for (place, ..) in expected.keys() {
                        *met.lock().unwrap().entry(place.clone()).or_insert(0_u64) += 1;
                    }
                    if found(&world, &scratch).as_ref() != Ok(&expected) {
                        let mut failed = failed.lock().unwrap();
                        *failed = Some(failed.map_or(seed, |failed| failed.min(seed)));
                    }
                }
            });
        }
    });
    if let Some(seed) = failed.into_inner().unwrap() {
        panic!("{}", report(seed));
    }
    let met = met.into_inner().unwrap();
    for place in ["pack", "time", "overage", "held", "unassigned", "before_period", "given back"] {
        let times = met.get(place).copied().unwrap_or(0);
        assert!(worlds < WORLDS || times >= 20, "the worlds hardly meet {place}: {met:?}");
    }
}

/// A failing world, made small, and what differs.
fn report(seed: u64) -> String {
    let scratch = Scratch::new();
    let fails = |world: &World| found(world, &scratch).as_ref() != Ok(&expected(world));
    let mut small = world(seed);
    'smaller: loop {
        for world in smaller(&small) {
            if fails(&world) {
                small = world;
                continue 'smaller;
            }
        }
        break;
    }
    let mut text = format!("world {seed} differs (HOURBILL_SEED={seed} HOURBILL_WATERFALL_WORLDS=1 runs it alone)\n");
    for (name, file) in small.files() {
        text += &format!("-- {name}\n{file}\n");
    }
    match found(&small, &scratch) {
        Ok(found) => {
            let expected = expected(&small);
            let differs = |one: &Stands, other: &Stands| -> Vec<String> {
                one.iter().filter(|(key, of)| other.get(*key) != Some(*of)).map(|row| format!("{row:?}")).collect()
            };
            text += &format!("expected: {:#?}\n", differs(&expected, &found));
            text += &format!("found: {:#?}\n", differs(&found, &expected));
        }
        Err(error) => text += &error,
    }
    text
}

fn smaller(world: &World) -> Vec<World> {
    let mut all = Vec::new();
    for at in 0..world.entries.len() {
        let mut smaller = world.clone();
        smaller.entries.remove(at);
        all.push(smaller);
    }
    for at in 0..world.lines.len() {
        let mut smaller = world.clone();
        let id = smaller.lines.remove(at).id;
        smaller.entries.retain(|entry| entry.line != id);
        smaller.tickets.iter_mut().filter(|of| of.line == id).for_each(|of| of.line.clear());
        all.push(smaller);
    }
    for at in 0..world.tickets.len() {
        let mut smaller = world.clone();
        let id = smaller.tickets.remove(at).id;
        smaller.entries.retain(|entry| entry.ticket != id);
        all.push(smaller);
    }
    let plainer: [fn(&mut World); 4] = [
        |world| world.of_rules = None,
        |world| world.of_customer = None,
        |world| world.on_packs = false,
        |world| world.lines.iter_mut().for_each(|line| line.minimum = None),
    ];
    for make in plainer {
        let mut smaller = world.clone();
        make(&mut smaller);
        if smaller.files() != world.files() {
            all.push(smaller);
        }
    }
    for at in 1..world.rules.len() {
        let mut smaller = world.clone();
        smaller.rules.remove(at);
        all.push(smaller);
    }
    all
}

/// Before, in or after the period.
fn side(world: &World, entry: &Entry) -> &'static str {
    match entry.day.as_str() {
        _ if !world.october => "inside",
        day if day < "2026-10-01" => "before",
        day if day > "2026-10-31" => "after",
        _ => "inside",
    }
}

/// Where all hours stand, by the contract.
fn expected(world: &World) -> Stands {
    let (told, given) = told(world);
    let (mut stands, mut parts) = (Stands::new(), BillParts::new());
    let mut add = |place: &str, about: &str, entry: &Entry, hours: i64| {
        *stands.entry((place.to_owned(), about.to_owned(), entry.id.clone())).or_insert(0) += hours;
    };
    let late_is_billed = world.rule("late_entries") == "bill";
    for entry in world.entries.iter().filter(|entry| entry.billable) {
        let named = |id: &str| world.lines.iter().find(|line| line.id == id && line.time);
        let of_ticket = world.tickets.iter().find(|of| of.id == entry.ticket).map_or("", |of| of.line.as_str());
        let direct = named(if entry.line.is_empty() { of_ticket } else { &entry.line });
        let unvalidated = !entry.validated && world.rule("approval") == "validated_only";
        let portions = match (direct, told.get(&entry.id)) {
            (Some(_), _) if unvalidated => vec![(Place::Held("not validated"), entry.hours)],
            (Some(line), _) => vec![(Place::Time(line.id.clone()), entry.hours)],
            (None, Some(portions)) => portions.clone(),
            (None, None) => vec![(Place::Nowhere, entry.hours)],
        };
        for (place, hours) in portions {
            let (kind, line) = match place {
                Place::Pack(pack) => {
                    add(if hours < 0 { "given back" } else { "pack" }, &pack, entry, hours);
                    continue;
                }
                Place::Nowhere => {
                    add("unassigned", "", entry, hours);
                    continue;
                }
                Place::Held("not validated") => {
                    add("not_validated", "", entry, hours);
                    continue;
                }
                Place::Held(why) => ("held", why.to_owned()),
                Place::Time(line) => ("time", line),
                Place::Overage(line) => ("overage", line),
            };
            match (side(world, entry), kind) {
                ("before", _) if !late_is_billed => add("before_period", "", entry, hours),
                ("after", _) => {}
                (_, "held") => add("held", &line, entry, hours),
                (side, _) => {
                    let part = parts.entry((kind.to_owned(), line, side != "before")).or_default();
                    part.push((entry, hours));
                }
            }
        }
    }
    bill(world, parts, &mut stands);
    for (pack, given) in given {
        stands.insert(("given".to_owned(), pack, String::new()), given);
    }
    stands.retain(|(place, ..), hours| *hours != 0 || place == "unassigned");
    stands
}

/// Entries of lines that a draft may bill, by kind, line, and whether they are inside the period: late ones come first (K2).
type BillParts<'a> = BTreeMap<(String, String, bool), Vec<(&'a Entry, i64)>>;

/// M2 to M5, B5: what is billed of them, and what comes to nothing.
fn bill(world: &World, parts: BillParts<'_>, stands: &mut Stands) {
    let mut before: BTreeMap<(String, String), BTreeMap<String, i64>> = BTreeMap::new();
    for ((kind, id, _), entries) in parts {
        let line = world.lines.iter().find(|line| line.id == id).unwrap();
        let minimum = telling::minimum(world, line);
        let before = before.entry((kind.clone(), id.clone())).or_default();
        let quantity = |entries: &[(&Entry, i64)], before: &BTreeMap<String, i64>| -> i64 {
            let Some(minimum) = minimum else { return entries.iter().map(|(_, hours)| hours).sum() };
            let mut now: BTreeMap<String, i64> = BTreeMap::new();
            for (entry, hours) in entries {
                *now.entry(telling::group(minimum, entry)).or_insert(0) += hours;
            }
            let more = |(group, hours): (&String, &i64)| {
                let was = before.get(group).copied().unwrap_or(0);
                telling::f(minimum, was + hours) - telling::f(minimum, was)
            };
            now.iter().map(more).sum()
        };
        // Of groups for which something was billed before.
        let paid = |entry: &Entry, before: &BTreeMap<String, i64>| {
            minimum.is_some_and(|minimum| {
                let was = before.get(&telling::group(minimum, entry)).copied().unwrap_or(0);
                telling::f(minimum, was) != 0
            })
        };
        let some_paid = entries.iter().any(|(entry, _)| paid(entry, before));
        let apart = match quantity(&entries, before) == 0 && some_paid {
            true => entries.into_iter().partition(|(entry, _)| paid(entry, before)),
            false => (entries, Vec::new()),
        };
        for entries in [apart.0, apart.1].into_iter().filter(|entries| !entries.is_empty()) {
            let billed = quantity(&entries, before);
            let open = billed == 0 && !entries.iter().any(|(entry, _)| paid(entry, before));
            for (entry, hours) in entries {
                let (place, about) = if open { ("held", "hours cancel out") } else { (kind.as_str(), id.as_str()) };
                let key = (place.to_owned(), about.to_owned(), entry.id.clone());
                *stands.entry(key).or_insert(0) += hours;
                if let Some(minimum) = minimum.filter(|_| !open) {
                    *before.entry(telling::group(minimum, entry)).or_insert(0) += hours;
                }
            }
            *stands.entry((format!("quantity of {kind}"), id.clone(), String::new())).or_insert(0) += billed;
        }
    }
}

/// Where they stand, by the tables of the program.
fn found(world: &World, scratch: &Scratch) -> Result<Stands, String> {
    for (name, text) in world.files() {
        std::fs::write(scratch.path().join(name), text).unwrap();
    }
    let run = || scratch.program("job.toml");
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let (tables, _) = caught.map_err(|_| "the program panics".to_owned())??;
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_reader(tables[name].as_slice()).deserialize().map(Result::unwrap).collect()
    };
    let quarters = |cell: &str| (cell.parse::<f64>().unwrap() * 4.0).round() as i64;
    let mut stands = Stands::new();
    for row in rows("order_lines").iter().filter(|row| !row["used_hours"].is_empty()) {
        let key = ("given".to_owned(), row["order_line_id"].clone(), String::new());
        stands.insert(key, quarters(&row["used_hours"]));
    }
    for row in rows("pack_entries") {
        let hours = quarters(row.get("worked_hours").unwrap_or(&row["hours"]));
        let place = if hours < 0 { "given back" } else { "pack" };
        let key = (place.to_owned(), row["order_line_id"].clone(), row["timesheet_id"].clone());
        *stands.entry(key).or_insert(0) += hours;
    }
    let (invoices, lines) = (rows("invoices"), rows("invoice_lines"));
    for row in lines.iter().filter(|row| ["time", "overage"].contains(&row["kind"].as_str())) {
        let key = (format!("quantity of {}", row["kind"]), row["order_line_id"].clone(), String::new());
        let credits = |of: &&BTreeMap<String, String>| of["invoice_id"] == row["invoice_id"];
        let sign = if invoices.iter().find(credits).unwrap()["kind"] == "credit_note" { -1 } else { 1 };
        *stands.entry(key).or_insert(0) += sign * quarters(&row["quantity"]);
    }
    for row in rows("invoice_entries") {
        let on = |line: &&BTreeMap<String, String>| {
            line["invoice_id"] == row["invoice_id"] && line["line_no"] == row["line_no"]
        };
        let line = lines.iter().find(on).unwrap();
        let key = (line["kind"].clone(), line["order_line_id"].clone(), row["timesheet_id"].clone());
        *stands.entry(key).or_insert(0) += quarters(&row["hours"]);
    }
    for row in rows("unbilled") {
        let about = if row["disposition"] == "held" { row["reason"].clone() } else { String::new() };
        let key = (row["disposition"].clone(), about, row["timesheet_id"].clone());
        *stands.entry(key).or_insert(0) += quarters(&row["hours"]);
    }
    stands.retain(|(place, ..), hours| *hours != 0 || place == "unassigned");
    Ok(stands)
}
