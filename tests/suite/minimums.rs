//! M: minimums and increments over months, with posts and credits, held against a plain telling of the rules in whole minutes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{Flags, Settings, load};
use hourbill::ledger::{Actor, Plan};
use hourbill::posted::{DocumentKind, Effect, Request};
use hourbill::quantity::Hours;
use hourbill::run::{self, Passing, Unwatched, compute, publish};

use crate::oracle::{Dice, Scratch};
use crate::shards::rows;

const SCRIPTS: u64 = 150;
const MINUTE: i64 = 60_000_000;

/// What an order line says.
#[derive(Clone, Debug)]
struct Terms {
    id: String,
    least: i64,
    step: i64,
    round: &'static str,
    per: &'static str,
}

impl Terms {
    /// f of M2, in minutes.
    fn f(&self, minutes: i64) -> i64 {
        if minutes <= 0 {
            return if minutes == 0 { 0 } else { -self.f(-minutes) };
        }
        let stepped = match self.step {
            0 => minutes,
            step => match self.round {
                "up" => (minutes + step - 1) / step * step,
                "down" => minutes / step * step,
                _ => (2 * minutes + step) / (2 * step) * step,
            },
        };
        stepped.max(self.least)
    }
}

#[derive(Clone, Debug)]
struct Work {
    id: String,
    line: usize,
    month: usize,
    day: u32,
    employee: &'static str,
    ticket: &'static str,
    minutes: i64,
}

impl Work {
    fn group(&self, per: &str) -> String {
        match per {
            "day" => format!("{}-{} {}", self.month, self.day, self.employee),
            "ticket" if !self.ticket.is_empty() => self.ticket.to_owned(),
            "entry" | "ticket" => format!("entry {}", self.id),
            _ => "line".to_owned(),
        }
    }
}

/// A line of a document: of which order line, minutes of each entry, and what was billed of each group.
type Told = (usize, BTreeMap<String, i64>, BTreeMap<String, i64>);

/// A line of a draft: of which order line, late or not, minutes worked, what is billed of each group, and the entries.
type DraftTold = (usize, bool, i64, BTreeMap<String, i64>, Vec<(String, i64)>);

fn sum_of(of: &BTreeMap<String, i64>) -> i64 {
    of.values().sum()
}

/// What the ledger should have.
#[derive(Default)]
struct Books {
    /// By entry: minutes that are closed, and those that nobody took back.
    closed: BTreeMap<String, i64>,
    left: BTreeMap<String, i64>,
    /// By document and line of it: minutes of each entry that are left, and what is left of what was billed for them.
    lines: BTreeMap<(String, u32), Told>,
    /// By order line and group: minutes billed, less what was opened again.
    billed: BTreeMap<(usize, String), i64>,
}

struct Script {
    terms: Vec<Terms>,
    work: Vec<Work>,
    books: Books,
}

const MONTHS: usize = 4;

impl Script {
    fn new(dice: &mut Dice) -> Script {
        let term = |number: usize, dice: &mut Dice| Terms {
            id: format!("L{number}"),
            least: dice.one_of(&[0, 0, 10, 30, 60]),
            step: dice.one_of(&[0, 6, 15, 15, 30]),
            round: dice.one_of(&["up", "up", "nearest", "down"]),
            per: dice.one_of(&["entry", "day", "ticket", "line"]),
        };
        let terms: Vec<Terms> = (0..1 + dice.below(3)).map(|number| term(number, dice)).collect();
        let mut work = Vec::new();
        for number in 0..3 + dice.below(14) {
            work.push(Work {
                id: format!("E{number:02}"),
                line: dice.below(terms.len()),
                month: dice.below(MONTHS),
                day: 1 + dice.below(3) as u32,
                employee: dice.one_of(&["Ann", "Bob"]),
                ticket: dice.one_of(&["", "T1", "T2"]),
                minutes: dice.one_of(&[3, 7, 10, 15, 20, 22, 38, 50, 52, 60, 75, -7, -20]),
            });
        }
        Script { terms, work, books: Books::default() }
    }

    /// The files as they are in a month: later work is not known yet.
    fn write(&self, folder: &Path, month: usize) {
        let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,minimum_minutes,increment_minutes,round,per\n".to_owned();
        for Terms { id, least, step, round, per } in &self.terms {
            let _ = writeln!(
                orders,
                "{id},S,sale,C1,Support,delivered_timesheet,Minutes,0,1,EUR,2025-12-01,{least},{step},{round},{per}"
            );
        }
        let mut times = "timesheet_id,date,hours,ticket_id,order_line_id,employee\n".to_owned();
        for work in self.work.iter().filter(|work| work.month <= month) {
            let Work { id, line, day, employee, ticket, minutes, .. } = work;
            let (line, month) = (&self.terms[*line].id, work.month + 1);
            let _ = writeln!(times, "{id},2026-{month:02}-{day:02},{minutes}m,{ticket},{line},{employee}");
        }
        std::fs::write(folder.join("orders.csv"), orders).unwrap();
        std::fs::write(folder.join("timesheets.csv"), times).unwrap();
        std::fs::write(folder.join("tickets.csv"), "ticket_id,customer_id\nT1,C1\nT2,C1\n").unwrap();
        let job = "name = \"job\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
            [rules]\nlate_entries = \"bill\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n";
        std::fs::write(folder.join("job.toml"), format!("{job}[period]\nmonth = \"2026-{:02}\"\n", month + 1)).unwrap();
    }

    fn of_group<'a>(&'a self, line: usize, group: &'a str) -> impl Iterator<Item = &'a Work> {
        let per = self.terms[line].per;
        self.work.iter().filter(move |work| work.line == line && work.group(per) == group)
    }

    /// M3: what a run of a month makes of each order line, late work first: worked and billed minutes, and the entries.
    fn drafts(&self, month: usize) -> Vec<DraftTold> {
        let mut found = Vec::new();
        let closed = |id: &str| self.books.closed.get(id).copied().unwrap_or(0);
        for (line, terms) in self.terms.iter().enumerate() {
            let mut groups: BTreeMap<String, i64> = BTreeMap::new();
            for work in self.work.iter().filter(|work| work.line == line) {
                *groups.entry(work.group(terms.per)).or_default() += closed(&work.id);
            }
            let paid = |group: &String| self.books.billed.get(&(line, group.clone())).copied().unwrap_or(0);
            let mut paid: BTreeMap<String, i64> = groups.keys().map(|group| (group.clone(), paid(group))).collect();
            for late in [true, false] {
                let mut now: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
                let known = self
                    .work
                    .iter()
                    .filter(|work| work.line == line && work.month <= month && (work.month < month) == late);
                for work in known {
                    let open = work.minutes - closed(&work.id);
                    if open != 0 {
                        now.entry(work.group(terms.per)).or_default().push((work.id.clone(), open));
                    }
                }
                let sum = |entries: &[(String, i64)]| entries.iter().map(|(_, open)| open).sum::<i64>();
                // What is billed beyond the minimum is made up for by further work, and by nothing else.
                let step = |group: &String, open: i64| {
                    let (own, billed) = (terms.f(groups[group] + open) - terms.f(groups[group]), paid[group]);
                    let step = terms.f(groups[group] + open) - billed;
                    if billed > terms.f(groups[group]) && own >= 0 { step.max(0) } else { step }
                };
                let billed = |of: &BTreeMap<String, Vec<(String, i64)>>| -> BTreeMap<String, i64> {
                    of.iter().map(|(group, entries)| (group.clone(), step(group, sum(entries)))).collect()
                };
                // What comes to nothing together is told by itself where a minimum has paid it before, and closed; what of the rest still comes
                // to nothing stays open.
                let (before, open): (BTreeMap<_, _>, BTreeMap<_, _>) = match sum_of(&billed(&now)) {
                    0 => now.into_iter().partition(|(group, _)| paid[group] != 0),
                    _ => (now, BTreeMap::new()),
                };
                let closed = [(billed(&before), before), (billed(&open), open)];
                let closed = closed
                    .into_iter()
                    .enumerate()
                    .filter(|(part, (billed, now))| !now.is_empty() && (*part == 0 || sum_of(billed) != 0));
                for (_, (billed, now)) in closed.collect::<Vec<_>>() {
                    for (group, entries) in &now {
                        *groups.get_mut(group).unwrap() += sum(entries);
                        *paid.get_mut(group).unwrap() += billed[group];
                    }
                    let entries: Vec<(String, i64)> = now.into_values().flatten().collect();
                    found.push((line, late, sum(&entries), billed, entries));
                }
            }
        }
        found
    }

    /// M6: what a credit of some minutes of an entry takes from a line of a document, and the group of the entry: never more than the line bills
    /// of the group, and all of that with the last minutes of the group, on whatever document.
    fn taken(&self, key: &(String, u32), id: &str, minutes: i64) -> (i64, String) {
        let (line, _, billed) = &self.books.lines[key];
        let terms = &self.terms[*line];
        let group = self.work.iter().find(|work| work.id == id).unwrap().group(terms.per);
        let left: i64 =
            self.of_group(*line, &group).map(|work| self.books.left.get(&work.id).copied().unwrap_or(0)).sum();
        let billed = billed[&group];
        let taken = if left == minutes { billed } else { terms.f(left) - terms.f(left - minutes) };
        (if billed < 0 { taken } else { taken.min(billed).max(0) }, group)
    }
}

fn minutes(hours: &str) -> i64 {
    let (whole, fraction) = hours.split_once('.').unwrap_or((hours, ""));
    let digits: i64 = format!("{whole}{fraction:0<10}").parse().unwrap();
    let sixtieths = digits as f64 * 60.0 / 1e10;
    assert!((sixtieths - sixtieths.round()).abs() < 1e-6, "{hours}");
    sixtieths.round() as i64
}

fn doer(reason: &str) -> Actor {
    Actor { job: "job".into(), at: "2026-11-03".into(), by: "ann".into(), reason: reason.into() }
}

fn settings(folder: &Path) -> Settings {
    load(&folder.join("job.toml"), &Flags::default(), Date::parse("2026-11-03").unwrap())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a month, holds its lines against the script, posts it and takes it into the books.
fn bill(script: &mut Script, folder: &Path, month: usize) {
    script.write(folder, month);
    let settings = settings(folder);
    let mut run = compute(&settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    let tables = hourbill::tables::tables(run.results(&settings));
    let (header, all) = rows(tables.iter().find(|table| table.name == "invoice_lines").unwrap());
    drop(tables);
    let expected = script.drafts(month);
    let credit_note = run.billing.drafts.iter().any(|draft| draft.is_credit_note());
    let mut found = Vec::new();
    for row in &all {
        let cell = |name: &str| row[header.iter().position(|column| column == name).unwrap()].as_str();
        let line = script.terms.iter().position(|terms| terms.id == cell("order_line_id")).unwrap();
        let sign = if credit_note { -1 } else { 1 };
        let (worked, uplift) = (sign * minutes(cell("hours")), sign * minutes(cell("uplift_hours")));
        found.push((line, cell("late") == "true", worked, worked + uplift));
    }
    let mut wanted: Vec<_> =
        expected.iter().map(|(line, late, worked, billed, _)| (*line, *late, *worked, sum_of(billed))).collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted, "month {month}: {:?} {:?} {:?}", script.terms, script.work, script.books.closed);
    if expected.is_empty() {
        return;
    }
    let id = run.billing.drafts.first().unwrap().id.clone();
    publish(&mut run, &settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
    drop(run);
    match run::plan_post(&settings, None, &[], Passing::default(), &doer("")).unwrap_or_else(|error| panic!("{error}"))
    {
        Plan::Change(planned) => drop(run::ledger(&settings).unwrap().apply(*planned).unwrap()),
        Plan::Nothing(why) => panic!("{why}"),
    }
    let ledger = run::ledger(&settings).unwrap();
    let book = ledger.book(&ledger.log().unwrap()).unwrap();
    let document = book.find(&id).unwrap();
    for (line, _, worked, billed, entries) in expected {
        let micros = |minutes: i64| i128::from(minutes * MINUTE);
        let of = document.lines.iter().find(|of| {
            let taken = script.books.lines.contains_key(&(id.clone(), of.line.line_no));
            of.line.order_line == script.terms[line].id && of.line.hours.micros() == micros(worked) && !taken
        });
        let of = of.unwrap_or_else(|| panic!("{line} {worked} {:?}", document.lines));
        assert_eq!(of.line.uplift.micros(), micros(sum_of(&billed) - worked));
        for (group, billed) in &billed {
            *script.books.billed.entry((line, group.clone())).or_default() += billed;
        }
        script.books.lines.insert((id.clone(), of.line.line_no), (line, entries.iter().cloned().collect(), billed));
        for (entry, open) in entries {
            *script.books.closed.entry(entry.clone()).or_default() += open;
            *script.books.left.entry(entry).or_default() += open;
        }
    }
    quantities(script, &settings);
}

/// B3 over all documents: quantities that were billed and not opened again are the rounded minutes.
fn quantities(script: &Script, settings: &Settings) {
    let ledger = run::ledger(settings).unwrap();
    let book = ledger.book(&ledger.log().unwrap()).unwrap();
    for (line, terms) in script.terms.iter().enumerate() {
        let state = book.order_line(&terms.id);
        let billed: i64 = script.books.billed.iter().filter(|((of, _), _)| *of == line).map(|(_, billed)| billed).sum();
        let closed: i64 = script
            .work
            .iter()
            .filter(|work| work.line == line)
            .filter_map(|work| script.books.closed.get(&work.id))
            .sum();
        assert_eq!(state.hours.micros(), i128::from(closed * MINUTE), "{terms:?}");
        assert_eq!(state.uplift.micros(), i128::from((billed - closed) * MINUTE), "{terms:?}");
    }
}

/// Credits some minutes of an entry of a document.
fn credit(script: &mut Script, folder: &Path, dice: &mut Dice, nth: usize) {
    let some: Vec<((String, u32), String, i64)> = script
        .books
        .lines
        .iter()
        .flat_map(|(key, (_, entries, _))| entries.iter().map(move |(id, left)| (key.clone(), id.clone(), *left)))
        .filter(|(_, _, left)| *left > 0)
        .collect();
    if some.is_empty() {
        return;
    }
    let (key, id, left) = dice.one_of(&some);
    // Hours of both signs on one line are told elsewhere.
    if script.books.lines[&key].1.values().any(|left| *left < 0) || sum_of(&script.books.lines[&key].2) < 0 {
        return;
    }
    let minutes = if dice.percent(50) { left } else { 1 + dice.below(left as usize) as i64 };
    let effect = if dice.percent(75) { Effect::Rebill } else { Effect::WriteOff };
    let settings = settings(folder);
    let ledger = run::ledger(&settings).unwrap();
    let request = Request::Entries(vec![(id.clone(), Some(Hours::from_micros(minutes * MINUTE)))]);
    // The document has the entry on one line.
    let lines = script
        .books
        .lines
        .iter()
        .filter(|((document, _), (_, entries, _))| *document == key.0 && entries.contains_key(&id));
    assert_eq!(lines.count(), 1);
    let (taken, group) = script.taken(&key, &id, minutes);
    let plan = ledger
        .plan_credit(&key.0, &request, effect, &doer(&format!("credit {nth}")))
        .unwrap_or_else(|error| panic!("{error}"));
    let Plan::Change(planned) = plan else { panic!("nothing to credit") };
    let line = planned.batch.lines.first().unwrap().clone();
    assert_eq!(planned.batch.documents.first().unwrap().kind, DocumentKind::Credit);
    assert_eq!(line.hours.micros(), i128::from(-minutes * MINUTE));
    let told = || format!("{key:?} {id} {minutes} {:?} {:?} {:?}", script.terms, script.work, script.books.lines);
    assert_eq!((line.hours + line.uplift).micros(), i128::from(-taken * MINUTE), "{}", told());
    ledger.apply(*planned).unwrap();
    let (of, entries, billed) = script.books.lines.get_mut(&key).unwrap();
    *entries.get_mut(&id).unwrap() -= minutes;
    *billed.get_mut(&group).unwrap() -= taken;
    *script.books.left.get_mut(&id).unwrap() -= minutes;
    if effect == Effect::Rebill {
        *script.books.closed.get_mut(&id).unwrap() -= minutes;
        *script.books.billed.get_mut(&(*of, group)).unwrap() -= taken;
    }
    quantities(script, &settings);
}

#[test]
fn random_months_with_posts_and_credits_pay_a_minimum_once() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let scripts = number("HOURBILL_MINIMUM_SCRIPTS").unwrap_or(SCRIPTS);
    let mut credits = 0;
    for seed in number("HOURBILL_SEED").unwrap_or(1)..=scripts {
        let dice = &mut Dice::new(seed ^ 0x313a);
        let mut script = Script::new(dice);
        let scratch = Scratch::new();
        for month in 0..MONTHS {
            bill(&mut script, scratch.path(), month);
            for _ in 0..dice.below(3) {
                credit(&mut script, scratch.path(), dice, credits);
                credits += 1;
            }
        }
        // What was opened again is billed with the last month.
        bill(&mut script, scratch.path(), MONTHS - 1);
        let settings = settings(scratch.path());
        if script.books.lines.is_empty() {
            continue;
        }
        let ledger = run::ledger(&settings).unwrap();
        assert!(ledger.verify(None).is_ok(), "script {seed}");
    }
}

#[test]
fn m8_explain_says_which_minimum_gave_what() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { id: "L0".into(), least: 30, step: 15, round: "up", per: "ticket" };
    let work =
        |id: &str, minutes| Work { id: id.into(), line: 0, month: 0, day: 5, employee: "Ann", ticket: "T1", minutes };
    let script = Script { terms: vec![terms], work: vec![work("E1", 7), work("E2", 72)], books: Books::default() };
    script.write(folder.path(), 0);
    let (code, text) = crate::shards::hourbill(folder.path(), "explain job.toml D-2026-01-C1-EUR");
    let words: String = crate::cli::flat(&text);
    let told = "1.32 h worked are billed as 1.5 h: at least 30 min, in steps of 15 min, rounded up, per ticket, as the order line says";
    assert!(code == 0 && words.contains(told), "{text}");
}

#[test]
fn parts_and_passes_of_a_world_with_minimums_and_bounds_add_up_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = hourbill::generate::Options::new(3_000, 5, folder.path());
    (options.minimums, options.bounds) = (true, true);
    hourbill::generate::generate(&options, &|_| {}).unwrap();
    let job = folder.path().join("job.toml");
    let text = std::fs::read_to_string(&job).unwrap();
    std::fs::write(&job, text + "\n[ledger]\ndir = \"ledger\"\n").unwrap();
    let settings = crate::shards::settings(&job);
    let found = crate::shards::differences(&settings, 3);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let found = crate::passes::differences(&settings, folder.path(), 3);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let run = compute(&settings, &Unwatched).unwrap();
    let uplift = run.billing.drafts.iter().flat_map(|draft| &draft.parts).filter(|part| !part.uplift.is_zero());
    assert!(uplift.count() > 10);
}

/// What is billed of a line whose month is capped, in minutes: the oldest open minutes first, until an entry does not fit whole.
fn capped(terms: &Terms, cap: i64, work: &[(String, u32, i64)]) -> i64 {
    let (mut groups, mut billed): (BTreeMap<String, i64>, i64) = (BTreeMap::new(), 0);
    let mut work: Vec<&(String, u32, i64)> = work.iter().collect();
    work.sort_by_key(|(id, day, _)| (*day, id.clone()));
    let group = |(id, day, _): &(String, u32, i64)| match terms.per {
        "entry" => id.clone(),
        "day" => day.to_string(),
        _ => String::new(),
    };
    let mut is_open = true;
    for of in work {
        let had = groups.entry(group(of)).or_default();
        let more = |minutes: i64| terms.f(*had + minutes) - terms.f(*had);
        let room = if is_open { cap - billed } else { 0 };
        let fits = (0..=of.2).rev().find(|minutes| more(*minutes) <= room).unwrap();
        billed += more(fits);
        *had += fits;
        is_open &= fits == of.2;
    }
    billed
}

#[test]
fn no_more_is_billed_than_a_cap_says_whatever_a_minimum_adds() {
    let minutes = |hours: &str| hourbill::quantity::HoursSum::from_text(hours).unwrap().micros() / i128::from(MINUTE);
    let mut reached = 0;
    for seed in 1..=40 {
        let dice = &mut Dice::new(seed ^ 0xca9);
        let terms = Terms {
            id: "L".into(),
            least: dice.one_of(&[0, 10, 30, 60]),
            step: dice.one_of(&[0, 6, 15, 30]),
            round: dice.one_of(&["up", "up", "nearest", "down"]),
            per: dice.one_of(&["entry", "day", "line"]),
        };
        let cap = dice.one_of(&[20, 60, 90, 125, 200]);
        let mut shop = crate::shop::Shop::with_lines(&["L"]);
        shop.rules = format!(
            "minimum_minutes = {}\nincrement_minutes = {}\nround = \"{}\"\nper = \"{}\"\n",
            terms.least, terms.step, terms.round, terms.per
        );
        shop.adjustments.push(format!("cap_hours,order_line:L,{}:{:02},agreed", cap / 60, cap % 60));
        let (mut work, mut billed) = (Vec::new(), 0);
        for phase in 0..3 {
            for _ in 0..1 + dice.below(4) {
                let (id, day) = (format!("e{}", work.len()), 1 + dice.below(20) as u32);
                let of = dice.one_of(&[3, 7, 15, 20, 22, 38, 50, 75]);
                shop.enter(&id, &format!("2026-09-{day:02}"), &format!("{}:{:02}", of / 60, of % 60), "L");
                work.push((id, day, of));
            }
            let run = shop.run(&["--period", "2026-09"]);
            let rows = run.rows("invoice_lines");
            let now: i128 = rows.iter().map(|row| minutes(&row["hours"]) + minutes(&row["uplift_hours"])).sum();
            if phase == 0 {
                assert_eq!(now, i128::from(capped(&terms, cap, &work)), "seed {seed}: {terms:?}, {cap} min: {work:?}");
            }
            billed += now;
            assert!(billed <= i128::from(cap), "seed {seed}: {billed} of {cap} min are billed: {terms:?} {work:?}");
            shop.act(&["post"]);
        }
        reached += usize::from(billed == i128::from(cap));
        shop.verify();
    }
    assert!(reached > 5, "{reached}");
}
