//! Random scripts: exports are edited, runs computed, posted, voided, credited and adjusted, and the period changes. After every run its
//! drafts are held against a tally that knows the contract and nothing of the program, and at the end the ledger against its own invariants.
//!
//! `HOURBILL_SCRIPTS` says how many are tried, `HOURBILL_SCRIPT` which one alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Doer, Done, Ledger, LedgerError, Plan, Proposal};
use hourbill::posted::{Batch, Effect, Request};
use hourbill::quantity::Hours;
use hourbill::run::{self, Unwatched};
use tempfile::TempDir;

use crate::memory::Memory;
use crate::oracle::Dice;

const SCRIPTS: u64 = 1_000;
const STEPS_MAX: usize = 10;

/// An order line of the scripts' world.
struct OrderLine {
    id: &'static str,
    customer: &'static str,
    unit: &'static str,
    unit_micros: i128,
    /// In cents.
    price: i128,
    /// In tenths of a percent.
    discount: i128,
}

const HOUR: i128 = 3_600_000_000;

const LINES: [OrderLine; 3] = [
    OrderLine { id: "A", customer: "C1", unit: "Hours", unit_micros: HOUR, price: 2_000, discount: 0 },
    OrderLine { id: "B", customer: "C2", unit: "Days", unit_micros: 8 * HOUR, price: 80_000, discount: 125 },
    OrderLine { id: "C", customer: "C1", unit: "Hours", unit_micros: HOUR, price: 3_333, discount: 0 },
];

const DATES: [&str; 6] = ["2026-09-29", "2026-09-30", "2026-10-01", "2026-10-15", "2026-10-31", "2026-11-01"];
const PERIODS: [Option<(&str, &str)>; 4] =
    [None, None, Some(("2026-10-01", "2026-10-31")), Some(("2026-09-30", "2026-10-15"))];

/// Hours as an export tells them, in hundredths.
const HUNDREDTHS: [i64; 12] = [25, 100, 150, 200, 1, 33, 800, 67, -50, -150, -33, -600];

/// What one script has in its hands.
#[derive(Default)]
struct Exports {
    /// Date, hundredths of hours, line.
    entries: BTreeMap<String, (usize, i64, usize)>,
    /// By entry: `hold`, `write_off` or `move` to a line.
    edits: BTreeMap<String, (&'static str, usize)>,
    /// By line, in hundredths of hours.
    caps: BTreeMap<usize, i64>,
    period: Option<(&'static str, &'static str)>,
    late: bool,
    corrections: bool,
}

fn micros(hundredths: i64) -> i128 {
    i128::from(hundredths) * HOUR / 100
}

fn hours_text(hundredths: i64) -> String {
    format!("{}{}.{:02}", if hundredths < 0 { "-" } else { "" }, hundredths.abs() / 100, hundredths.abs() % 100)
}

impl Exports {
    fn write(&self, folder: &Path) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        let entry = |(id, (date, hours, line)): (&String, &(usize, i64, usize))| {
            format!("{id},{},{},{}\n", DATES[*date], hours_text(*hours), LINES[*line].id)
        };
        let rows: String = self.entries.iter().map(entry).collect();
        write("timesheets.csv", format!("timesheet_id,date,hours,order_line_id\n{rows}"));
        let edit = |(id, (action, line)): (&String, &(&str, usize))| {
            let value = if *action == "move" { LINES[*line].id } else { "" };
            format!("{action},entry:{id},{value},why\n")
        };
        let cap = |(line, hours): (&usize, &i64)| format!("cap_hours,{},{},why\n", LINES[*line].id, hours_text(*hours));
        let rows: String = self.edits.iter().map(edit).chain(self.caps.iter().map(cap)).collect();
        write("adjustments.csv", format!("action,target,value,reason\n{rows}"));
        let period =
            self.period.map_or_else(String::new, |(from, to)| format!("[period]\nfrom = \"{from}\"\nto = \"{to}\"\n"));
        let word = |bill| if bill { "bill" } else { "report" };
        write(
            "job.toml",
            format!(
                "name = \"script\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
                 adjustments = \"adjustments.csv\"\n[rules]\nlate_entries = \"{}\"\ncorrections = \"{}\"\n{period}[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n",
                word(self.late),
                word(self.corrections)
            ),
        );
    }
}

fn write_orders(folder: &Path) {
    let row = |line: &OrderLine| {
        let (price, discount) = (line.price, line.discount);
        format!(
            "{},S-{},sale,{},Support,delivered_timesheet,{},0,{}.{:02},EUR,2026-09-01,21%,{}.{}\n",
            line.id,
            line.customer,
            line.customer,
            line.unit,
            price / 100,
            price % 100,
            discount / 10,
            discount % 10
        )
    };
    let rows: String = LINES.iter().map(row).collect();
    let header = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,discount_pct";
    fs::write(folder.join("orders.csv"), format!("{header}\n{rows}")).unwrap();
    fs::write(folder.join("tickets.csv"), "ticket_id,customer_id\n").unwrap();
}

/// A line of a document as the tally expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExpectedLine {
    line: usize,
    /// In hundredths of the unit.
    quantity: i128,
    /// In cents.
    net: i128,
    /// Microseconds by entry.
    portions: BTreeMap<String, i128>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ExpectedDocument {
    customer: String,
    net: i128,
    tax: i128,
    lines: Vec<ExpectedLine>,
}

/// Half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

/// What is left of a document.
#[derive(Default)]
struct Left {
    /// Microseconds by entry.
    hours: BTreeMap<String, i128>,
    /// By the number that the line has on the document.
    lines: BTreeMap<u32, LeftLine>,
    total: i128,
}

/// What is left of one of its lines.
#[derive(Default)]
struct LeftLine {
    entries: BTreeSet<String>,
    /// In hundredths of the unit.
    quantity: i128,
    /// In cents.
    net: i128,
}

/// B4, in cents.
fn net_of(line: &OrderLine, quantity: i128) -> i128 {
    rounded(quantity * line.price * (1_000 - line.discount), 100 * 1_000)
}

/// What a person with a notebook would know of what was posted.
#[derive(Default)]
struct Tally {
    /// By entry: microseconds billed less those taken back for rebilling.
    closed: BTreeMap<String, i128>,
    /// What the entry had when it was last written down.
    known: BTreeMap<String, i128>,
    /// The most and the least that it had whenever it was billed.
    had: BTreeMap<String, (i128, i128)>,
    line_hours: [i128; LINES.len()],
    line_quantity: [i128; LINES.len()],
    /// What is left of each document.
    documents: BTreeMap<String, Left>,
    voided: BTreeSet<String>,
    /// Closed microseconds by order line and date, where an entry was on it when it was billed.
    by_day: BTreeMap<(usize, String), i128>,
    /// Documents on which an entry was billed.
    billed_on: BTreeMap<String, BTreeSet<String>>,
    /// In the order in which they were posted.
    order: Vec<String>,
    /// By entry and line, what of `closed` was billed there.
    closed_on: BTreeMap<(String, usize), i128>,
    /// Date and line of an entry when it was billed last.
    billed_as: BTreeMap<String, (String, usize)>,
    /// Drafts that gave hours back (G7) and were posted.
    given_back: BTreeSet<String>,
}

impl Tally {
    /// G5: entries of the export that are held because they resemble billed ones that have vanished.
    fn resembling(&self, exports: &Exports) -> BTreeSet<String> {
        let days: Vec<i32> = exports.entries.values().map(|(date, ..)| day(DATES[*date])).collect();
        let (Some(&least), Some(&greatest)) = (days.iter().min(), days.iter().max()) else { return BTreeSet::new() };
        let gone = |id: &&String| !exports.entries.contains_key(*id) && self.closed[*id] != 0;
        let mut gone: Vec<&String> = self.closed.keys().filter(gone).collect();
        // Texts are empty: one day outside of the export nothing resembles them.
        gone.retain(|id| (least..=greatest).contains(&day(&self.billed_as[*id].0)));
        let mut new: Vec<(&String, i32, i128, &str)> = Vec::new();
        for (id, &(date, hours, line)) in exports.entries.iter().filter(|(id, _)| !self.closed.contains_key(*id)) {
            new.push((id, day(DATES[date]), micros(hours), LINES[line].customer));
        }
        let mut held = BTreeSet::new();
        for apart in [0, 1] {
            gone.retain(|id| {
                let (date, line) = &self.billed_as[*id];
                let fits = |(of, at, hours, customer): &&(&String, i32, i128, &str)| {
                    let near = (at - day(date)).abs() == apart;
                    near && *hours == self.known[*id] && *customer == LINES[*line].customer && !held.contains(*of)
                };
                let found = new.iter().find(fits).map(|(id, ..)| (*id).clone());
                found.map(|id| held.insert(id)).is_none()
            });
        }
        held
    }

    /// G7, G8: hours of an entry above 0 that are given back, newest documents first.
    fn given_back(&self, id: &str, hours: i128) -> BTreeMap<String, i128> {
        let mut rest = hours;
        let mut given = BTreeMap::new();
        for document in self.order.iter().rev().filter(|document| !self.voided.contains(*document)) {
            let left = self.documents[document].hours.get(id).copied().unwrap_or(0);
            let taken = left.min(rest);
            if taken > 0 {
                given.insert(document.clone(), taken);
                rest -= taken;
            }
        }
        given
    }

    /// What the drafts of a run must be, and by document what must be given back of which entries.
    fn drafts(&self, exports: &Exports) -> (Vec<ExpectedDocument>, BTreeMap<String, BTreeMap<String, i128>>) {
        let mut open: BTreeMap<usize, Vec<(usize, String, i128)>> = BTreeMap::new();
        let mut back: BTreeMap<String, BTreeMap<String, i128>> = BTreeMap::new();
        let held = self.resembling(exports);
        for (id, &(date, hours, line)) in &exports.entries {
            let (hours, closed) = (micros(hours), self.closed.get(id).copied().unwrap_or(0));
            let edit = exports.edits.get(id);
            let line = edit.filter(|(what, _)| *what == "move").map_or(line, |(_, to)| *to);
            let mut given = 0;
            if exports.corrections && closed > 0 {
                let written_off = matches!(edit, Some(("write_off", _)));
                let here = self.closed_on.get(&(id.clone(), line)).copied().unwrap_or(0);
                let kept = if written_off { closed } else { here };
                let now = hours.clamp(0, kept.max(0));
                for (document, hours) in self.given_back(id, closed - now) {
                    back.entry(document).or_default().insert(id.clone(), hours);
                    given += hours;
                }
            }
            let rest = hours - closed + given;
            let changed = closed != 0 && self.known.get(id) != Some(&hours);
            let early = exports.period.is_some_and(|(from, _)| DATES[date] < from) && !exports.late;
            let late = exports.period.is_some_and(|(_, to)| DATES[date] > to);
            // Hours below 0 that an edit leaves go with what is given back.
            let inside = !late && (!early || (given != 0 && rest < 0));
            let kept = matches!(edit, Some(("hold" | "write_off", _))) || (changed && !exports.corrections);
            if rest == 0 || kept || !inside || held.contains(id) {
                continue;
            }
            open.entry(line).or_default().push((date, id.clone(), rest));
        }
        let mut documents: BTreeMap<&str, Vec<ExpectedLine>> = BTreeMap::new();
        for (line, mut entries) in open {
            entries.sort();
            // K2: what is late stands by itself, and first.
            let mut portions = [BTreeMap::new(), BTreeMap::new()];
            // A cap is one of each calendar month, and what is closed already takes room.
            let month = |date: &str| date[..7].to_owned();
            let mut taken: BTreeMap<String, i128> = BTreeMap::new();
            for ((of, date), hours) in &self.by_day {
                *taken.entry(month(date)).or_default() += if *of == line { *hours } else { 0 };
            }
            for (date, _, hours) in &entries {
                *taken.entry(month(DATES[*date])).or_default() += (*hours).min(0);
            }
            for (date, id, hours) in entries {
                let taken = taken.get_mut(&month(DATES[date])).unwrap();
                let room = exports.caps.get(&line).map_or(i128::MAX, |cap| (micros(*cap) - *taken).max(0));
                let billed = hours.min(room);
                *taken += billed.max(0);
                if billed != 0 {
                    let late = exports.period.is_some_and(|(from, _)| DATES[date] < from);
                    portions[usize::from(!late)].insert(id, billed);
                }
            }
            let of = &LINES[line];
            let (mut hours, mut billed) = (self.line_hours[line], self.line_quantity[line]);
            for portions in portions {
                // What rounding left between documents goes with the next hours, not by itself.
                if portions.is_empty() {
                    continue;
                }
                let now: i128 = portions.values().sum();
                let quantity = rounded((hours + now) * 100, of.unit_micros) - billed;
                if quantity != 0 {
                    (hours, billed) = (hours + now, billed + quantity);
                    let net = net_of(of, quantity);
                    documents.entry(of.customer).or_default().push(ExpectedLine { line, quantity, net, portions });
                }
            }
        }
        let document = |(customer, lines): (&str, Vec<ExpectedLine>)| {
            let net = lines.iter().map(|line| line.net).sum();
            ExpectedDocument { customer: customer.to_owned(), net, tax: rounded(net * 21, 100), lines }
        };
        (documents.into_iter().map(document).collect(), back)
    }

    fn post(&mut self, document: &str, of: &ExpectedDocument, exports: &BTreeMap<String, (String, i128)>) {
        let mut left = Left { total: of.net + of.tax, ..Left::default() };
        for (number, line) in (1..).zip(&of.lines) {
            let entries = line.portions.keys().cloned().collect();
            left.lines.insert(number, LeftLine { entries, quantity: line.quantity, net: line.net });
            self.line_quantity[line.line] += line.quantity;
            for (id, hours) in &line.portions {
                *self.closed.entry(id.clone()).or_default() += hours;
                *left.hours.entry(id.clone()).or_default() += hours;
                self.line_hours[line.line] += hours;
                let (date, had) = exports[id].clone();
                *self.closed_on.entry((id.clone(), line.line)).or_default() += hours;
                self.billed_as.insert(id.clone(), (date.clone(), line.line));
                *self.by_day.entry((line.line, date)).or_default() += hours;
                self.known.insert(id.clone(), had);
                let bounds = self.had.entry(id.clone()).or_insert((0, 0));
                *bounds = (bounds.0.min(had), bounds.1.max(had));
                self.billed_on.entry(id.clone()).or_default().insert(document.to_owned());
            }
        }
        self.documents.insert(document.to_owned(), left);
        self.order.push(document.to_owned());
    }

    /// What was taken back: of each entry never more than was there, of quantity and money what the hours are worth (SPEC 7).
    fn take_back(&mut self, source: &str, batch: &Batch, effect: Effect) {
        let left = self.documents.get_mut(source).unwrap();
        let before = left.hours.clone();
        for row in 0..batch.portions.len() {
            let (id, hours) = (batch.portions.ids.get(row).to_owned(), i128::from(batch.portions.hours[row]));
            let line = line_of(&batch.lines[batch.portions.lines[row] as usize].order_line);
            let before = left.hours.get_mut(&id).unwrap();
            let after = *before + hours;
            assert!((0.min(*before)..=0.max(*before)).contains(&after), "{hours} of {before} of {id} is taken back");
            *before = after;
            if effect == Effect::Rebill {
                *self.closed.get_mut(&id).unwrap() += hours;
                *self.closed_on.get_mut(&(id.clone(), line)).unwrap() += hours;
                self.line_hours[line] += hours;
                let date = Date::from_days(batch.portions.dates[row]).unwrap().to_string();
                *self.by_day.get_mut(&(line, date)).unwrap() += hours;
            }
            self.known.insert(id, batch.portions.known[row].into());
        }
        for line in &batch.lines {
            let at = line_of(&line.order_line);
            let (of, left_line) = (&LINES[at], left.lines.get_mut(&line.source_line.unwrap()).unwrap());
            let hours = |of: &BTreeMap<String, i128>| left_line.entries.iter().map(|id| of[id]).collect::<Vec<i128>>();
            let (before, after) = (hours(&before), hours(&left.hours));
            let in_unit = |hours: &[i128]| rounded(hours.iter().sum::<i128>() * 100, of.unit_micros);
            let mut quantity = left_line.quantity - (in_unit(&before) - in_unit(&after));
            if after.iter().all(|hours| *hours >= 0) {
                quantity = quantity.max(0);
            }
            if after.iter().all(|hours| *hours <= 0) {
                quantity = quantity.min(0);
            }
            let taken = (left_line.quantity - quantity, left_line.net - net_of(of, quantity));
            let told = (-i128::from(line.quantity.micros()) / 10_000, -line.net.minor());
            assert_eq!(told, taken, "quantity and net that are taken back of {source}, hours {before:?} to {after:?}");
            *left_line =
                LeftLine { entries: std::mem::take(&mut left_line.entries), quantity, net: net_of(of, quantity) };
            if effect == Effect::Rebill {
                self.line_quantity[at] -= taken.0;
            }
        }
        let net: i128 = left.lines.values().map(|line| line.net).sum();
        left.total += batch.documents[0].total.minor();
        assert_eq!(left.total, net + rounded(net * 21, 100), "what is left of {source} with its tax");
    }

    /// No hour is billed twice: of no entry more is closed than it had.
    fn holds(&self) {
        for (id, &closed) in &self.closed {
            let (low, high) = self.had[id];
            assert!((low..=high).contains(&closed), "{closed} of {id} are closed, it had {low} to {high}");
        }
    }
}

fn day(date: &str) -> i32 {
    Date::parse(date).unwrap().days()
}

fn line_of(id: &str) -> usize {
    LINES.iter().position(|line| line.id == id).unwrap()
}

/// What a run proposes, in the form of the tally.
fn told(batch: &Batch) -> Vec<ExpectedDocument> {
    let mut portions: Vec<BTreeMap<String, i128>> = vec![BTreeMap::new(); batch.lines.len()];
    for row in 0..batch.portions.len() {
        let of = &mut portions[batch.portions.lines[row] as usize];
        assert!(of.insert(batch.portions.ids.get(row).to_owned(), batch.portions.hours[row].into()).is_none());
    }
    let mut by_line = portions.into_iter();
    let mut portions: Vec<BTreeMap<String, i128>> = Vec::new();
    for (document, lines) in batch.by_document() {
        let of = by_line.by_ref().take(lines.len());
        portions.extend(of.filter(|_| !document.kind.is_note()));
    }
    let mut portions = portions.into_iter();
    let document = |(document, lines): (&hourbill::posted::Document, &[hourbill::posted::Line])| ExpectedDocument {
        customer: document.customer.clone(),
        net: document.net.minor(),
        tax: document.tax.minor(),
        lines: lines
            .iter()
            .map(|line| ExpectedLine {
                line: line_of(&line.order_line),
                quantity: i128::from(line.quantity.micros()) / 10_000,
                net: line.net.minor(),
                portions: portions.next().unwrap(),
            })
            .collect(),
    };
    let all: Vec<ExpectedDocument> = batch.by_document().filter(|(of, _)| !of.kind.is_note()).map(document).collect();
    let gives_back = batch.documents.iter().filter(|of| !of.kind.is_note()).map(|of| of.source.is_some());
    all.into_iter().zip(gives_back).filter(|(_, gives_back)| !gives_back).map(|(document, _)| document).collect()
}

/// What a run proposes to give back, by the document that billed it.
fn told_back(batch: &Batch) -> BTreeMap<String, BTreeMap<String, i128>> {
    let mut back: BTreeMap<String, BTreeMap<String, i128>> = BTreeMap::new();
    for (row, &line) in batch.portions.lines.iter().enumerate() {
        let document = &batch.documents[batch.lines[line as usize].document as usize];
        if let Some(source) = &document.source {
            let of_entry = back.entry(source.clone()).or_default();
            *of_entry.entry(batch.portions.ids.get(row).to_owned()).or_default() -=
                i128::from(batch.portions.hours[row]);
        }
    }
    back
}

/// One document of a batch.
fn one_of(batch: &Batch, id: &str) -> Batch {
    let mut one = Batch::default();
    let at = batch.documents.iter().position(|document| document.id == id).unwrap();
    one.documents.push(batch.documents[at].clone());
    for (number, line) in batch.lines.iter().enumerate().filter(|(_, line)| line.document as usize == at) {
        let position = u32::try_from(one.lines.len()).unwrap();
        one.lines.push(hourbill::posted::Line { document: 0, ..line.clone() });
        for (row, _) in batch.portions.lines.iter().enumerate().filter(|(_, of)| **of as usize == number) {
            let (all, id) = (&batch.portions, batch.portions.ids.get(row));
            one.portions.push(position, id, all.dates[row], all.hours[row], all.known[row], all.said.get(row));
        }
    }
    one
}

/// A computed run that may be posted.
struct Pending {
    id: String,
    head: hourbill::posted::Head,
    batch: Batch,
    expected: Vec<ExpectedDocument>,
    /// Date and hours of each.
    entries: BTreeMap<String, (String, i128)>,
    /// Something else than its own drafts was committed since.
    stale: bool,
}

fn doer(reason: String) -> Doer {
    Doer { job: "script".into(), at: "2026-11-02".into(), by: "ada".into(), reason }
}

fn script(seed: u64, folder: &Path) {
    let mut dice = Dice::new(seed);
    let ledger = Ledger::new(Memory::default());
    let (mut exports, mut tally) = (Exports::default(), Tally::default());
    let mut pending: Option<Pending> = None;
    edit(&mut exports, &mut dice);
    for step in 0..dice.below(STEPS_MAX) + 1 {
        match dice.below(10) {
            0 | 1 => edit(&mut exports, &mut dice),
            2 => adjust(&mut exports, &mut dice),
            3 => {
                exports.period = dice.one_of(&PERIODS);
                exports.late = dice.percent(30);
                exports.corrections = dice.percent(30);
            }
            4 | 5 => pending = Some(compute(&ledger, &exports, &tally, folder)),
            6 | 7 => {
                let mut of = match pending.take() {
                    Some(of) if dice.percent(60) => of,
                    _ => compute(&ledger, &exports, &tally, folder),
                };
                post(&ledger, &mut of, &mut tally, &mut dice);
                pending = Some(of);
            }
            8 => take_back(&ledger, &mut pending, &mut tally, &mut dice, Some(step)),
            _ => take_back(&ledger, &mut pending, &mut tally, &mut dice, None),
        }
        tally.holds();
    }
    let verified = ledger.verify(None).unwrap();
    assert!(verified.unused.is_empty());
    // Money of documents is the ledger's.
    let book = ledger.book(&ledger.log().unwrap()).unwrap();
    let originals = book.entries().iter().filter(|entry| entry.document.source.is_none());
    let originals = originals.filter(|entry| !entry.document.kind.is_note());
    for entry in originals {
        let left = tally.documents.remove(&entry.document.id).unwrap().total;
        assert_eq!(hourbill::posted::total_left(entry).unwrap().minor(), left, "{}", entry.document.id);
    }
    assert!(tally.documents.is_empty());
}

fn edit(exports: &mut Exports, dice: &mut Dice) {
    for _ in 0..dice.below(4) + 1 {
        let id = format!("e{}", dice.below(6));
        if dice.percent(15) {
            exports.entries.remove(&id);
        } else {
            let entry = (dice.below(DATES.len()), dice.one_of(&HUNDREDTHS), dice.below(LINES.len()));
            exports.entries.insert(id, entry);
        }
    }
}

fn adjust(exports: &mut Exports, dice: &mut Dice) {
    exports.edits.clear();
    exports.caps.clear();
    for _ in 0..dice.below(3) {
        let edit = (dice.one_of(&["hold", "write_off", "move"]), dice.below(LINES.len()));
        exports.edits.insert(format!("e{}", dice.below(6)), edit);
    }
    if dice.percent(50) {
        exports.caps.insert(dice.below(LINES.len()), dice.one_of(&[50, 100, 175, 400]));
    }
}

fn compute(ledger: &Ledger<Memory>, exports: &Exports, tally: &Tally, folder: &Path) -> Pending {
    exports.write(folder);
    let settings = job::load(&folder.join("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap());
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let run = run::compute_on(&settings, &Unwatched, |world| Ok(ledger.posted(world)?));
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    let batch = run::proposal(&run, &settings);
    let (expected, back) = tally.drafts(exports);
    assert_eq!(told(&batch), expected, "the drafts are not what the tally says");
    assert_eq!(told_back(&batch), back, "what is given back is not what the tally says");
    let entries = exports.entries.iter();
    let entries =
        entries.map(|(id, (date, hours, _))| (id.clone(), (DATES[*date].to_owned(), micros(*hours)))).collect();
    Pending { id: run.id.clone(), head: run.posted.head.clone().unwrap(), batch, expected, entries, stale: false }
}

fn post(ledger: &Ledger<Memory>, of: &mut Pending, tally: &mut Tally, dice: &mut Dice) {
    let documents = || of.batch.documents.iter().filter(|document| !document.kind.is_note());
    let ids: Vec<String> = documents().map(|document| document.id.clone()).collect();
    let mut expected = of.expected.iter();
    // Of each document what must be billed, or else the document that it gives hours back from.
    let each: Vec<Result<&ExpectedDocument, String>> =
        documents().map(|document| document.source.clone().map_or_else(|| Ok(expected.next().unwrap()), Err)).collect();
    let named: Vec<String> =
        if dice.percent(30) { ids.iter().filter(|_| dice.percent(50)).cloned().collect() } else { Vec::new() };
    let wanted: Vec<usize> = (0..ids.len()).filter(|at| named.is_empty() || named.contains(&ids[*at])).collect();
    let known = |id: &String| tally.documents.contains_key(id) || tally.given_back.contains(id);
    let new: Vec<usize> = wanted.into_iter().filter(|at| !known(&ids[*at])).collect();
    let notes = of.batch.documents.len() > ids.len();
    let proposal = Proposal { run: of.id.clone(), head: of.head.clone(), batch: of.batch.clone(), aliases: Vec::new() };
    match ledger.plan_post(proposal, &named, &doer(String::new())) {
        Ok(Plan::Change(planned)) => {
            assert!(!of.stale && (!new.is_empty() || notes), "a stale run was posted");
            ledger.apply(*planned).unwrap();
            for at in new {
                match &each[at] {
                    Ok(expected) => tally.post(&ids[at], expected, &of.entries),
                    Err(source) => {
                        tally.take_back(source, &one_of(&of.batch, &ids[at]), Effect::Rebill);
                        tally.given_back.insert(ids[at].clone());
                    }
                }
            }
        }
        Ok(Plan::Nothing(_)) => assert!(new.is_empty() || of.stale),
        Err(LedgerError::Conflict(_)) => assert!(of.stale),
        // What is given back and what is billed in its place belong together.
        Err(LedgerError::Violates(_)) if !named.is_empty() && each.iter().any(Result::is_err) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Voids a document, or credits a part of one when a number for the reason is given.
fn take_back(
    ledger: &Ledger<Memory>,
    pending: &mut Option<Pending>,
    tally: &mut Tally,
    dice: &mut Dice,
    credit: Option<usize>,
) {
    let ids: Vec<String> = tally.documents.keys().cloned().collect();
    if ids.is_empty() {
        return;
    }
    let id = dice.one_of(&ids);
    let effect = if credit.is_some() && dice.percent(40) { Effect::WriteOff } else { Effect::Rebill };
    let plan = match credit {
        None => ledger.plan_void(&id, &doer("void".into())),
        Some(step) => {
            let hours =
                dice.percent(70).then(|| Hours::from_micros(i64::try_from(micros(dice.one_of(&HUNDREDTHS))).unwrap()));
            let request = if dice.percent(50) {
                Request::Entries(vec![(format!("e{}", dice.below(6)), hours)])
            } else {
                Request::Line(LINES[dice.below(LINES.len())].id.to_owned(), hours)
            };
            ledger.plan_credit(&id, &request, effect, &doer(format!("step {step}")))
        }
    };
    let done: Done = match plan {
        Ok(Plan::Change(planned)) => ledger.apply(*planned).unwrap(),
        Ok(Plan::Nothing(_)) => return assert!(credit.is_some() || tally.voided.contains(&id)),
        Err(LedgerError::Conflict(_) | LedgerError::Refused(_) | LedgerError::Violates(_)) => {
            let held = &tally.documents[&id].hours;
            let alone = held.keys().all(|entry| tally.billed_on[entry].len() == 1);
            let left = held.values().any(|hours| *hours != 0);
            return assert!(credit.is_some() || !alone || !left, "the only document of its entries cannot be voided");
        }
        Err(error) => panic!("{error}"),
    };
    if credit.is_none() {
        tally.voided.insert(id.clone());
    }
    tally.take_back(&id, &done.batch, effect);
    if let Some(of) = pending {
        of.stale = true;
    }
}

#[test]
fn random_scripts_never_bill_an_hour_twice_and_bill_what_a_tally_says() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let alone = number("HOURBILL_SCRIPT");
    let (first, scripts) =
        (alone.unwrap_or(1), alone.map_or_else(|| number("HOURBILL_SCRIPTS").unwrap_or(SCRIPTS), |_| 1));
    let next = AtomicU64::new(first);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let failed: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let memory = Path::new("/dev/shm");
                let folder: TempDir =
                    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() };
                write_orders(folder.path());
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + scripts || failed.lock().unwrap().len() > 3 {
                        break;
                    }
                    let outcome =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| script(seed, folder.path())));
                    if outcome.is_err() {
                        failed.lock().unwrap().insert(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "scripts {failed:?} fail; repeat one with HOURBILL_SCRIPT={}", failed.first().unwrap());
}
