//! The tally: what the drafts of a run must be, told from the contract alone, and what was posted.

use std::collections::{BTreeMap, BTreeSet};

use hourbill::calendar::Date;
use hourbill::posted::{Effect, LedgerBatch};

use super::world::{DATES, Exports, LINES, OrderLine, day, line_of, micros};

/// A line of a document as the tally expects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedLine {
    pub line: usize,
    /// In hundredths of the unit.
    pub quantity: i128,
    /// In cents.
    pub net: i128,
    /// Microseconds by entry.
    pub portions: BTreeMap<String, i128>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedDocument {
    pub customer: String,
    pub net: i128,
    pub tax: i128,
    pub lines: Vec<ExpectedLine>,
}

/// Half away from zero.
pub fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

/// What is left of a document.
#[derive(Default)]
pub struct Left {
    /// Microseconds by entry.
    pub hours: BTreeMap<String, i128>,
    /// By the number that the line has on the document.
    pub lines: BTreeMap<u32, LeftLine>,
    pub total: i128,
}

/// What is left of one of its lines.
#[derive(Default)]
pub struct LeftLine {
    /// Of the order line.
    pub line: usize,
    pub entries: BTreeSet<String>,
    /// In hundredths of the unit.
    pub quantity: i128,
    /// In cents.
    pub net: i128,
}

impl LeftLine {
    /// The quantity that is left where hours of its entries become others (§7.1).
    fn with(&self, before: &BTreeMap<String, i128>, after: &BTreeMap<String, i128>) -> i128 {
        let hours = |of: &BTreeMap<String, i128>| self.entries.iter().map(|id| of[id]).collect::<Vec<i128>>();
        let (before, after) = (hours(before), hours(after));
        let in_unit = |hours: &[i128]| rounded(hours.iter().sum::<i128>() * 100, LINES[self.line].unit_micros);
        let mut quantity = self.quantity - (in_unit(&before) - in_unit(&after));
        if after.iter().all(|hours| *hours >= 0) {
            quantity = quantity.max(0);
        }
        if after.iter().all(|hours| *hours <= 0) {
            quantity = quantity.min(0);
        }
        quantity
    }
}

/// B4, in cents.
pub fn net_of(line: &OrderLine, quantity: i128) -> i128 {
    rounded(quantity * line.price * (1_000 - line.discount), 100 * 1_000)
}

/// What a person with a notebook would know of what was posted.
#[derive(Default)]
pub struct Tally {
    /// By entry: microseconds billed less those taken back for rebilling.
    pub closed: BTreeMap<String, i128>,
    /// What the entry had when it was last written down.
    pub known: BTreeMap<String, i128>,
    /// The most and the least that it had whenever it was billed.
    pub had: BTreeMap<String, (i128, i128)>,
    pub line_hours: [i128; LINES.len()],
    pub line_quantity: [i128; LINES.len()],
    /// What is left of each document.
    pub documents: BTreeMap<String, Left>,
    pub voided: BTreeSet<String>,
    /// Closed microseconds by order line and date, where an entry was on it when it was billed.
    pub by_day: BTreeMap<(usize, String), i128>,
    /// Documents on which an entry was billed.
    pub billed_on: BTreeMap<String, BTreeSet<String>>,
    /// In the order in which they were posted.
    pub order: Vec<String>,
    /// By entry and line, what of `closed` was billed there.
    pub closed_on: BTreeMap<(String, usize), i128>,
    /// Date and line of an entry when it was billed last.
    pub billed_as: BTreeMap<String, (String, usize)>,
    /// Drafts that gave hours back (G7) and were posted.
    pub given_back: BTreeSet<String>,
}

impl Tally {
    /// G5: entries of the export that are held because they resemble billed ones that have vanished.
    pub fn resembling(&self, exports: &Exports) -> BTreeSet<String> {
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

    /// G7, G8: hours of an entry that are given back, newest documents first; those of a sign.
    pub fn given_back(&self, id: &str, hours: i128) -> BTreeMap<String, i128> {
        let mut rest = hours;
        let mut given = BTreeMap::new();
        for document in self.order.iter().rev().filter(|document| !self.voided.contains(*document)) {
            let left = self.documents[document].hours.get(id).copied().unwrap_or(0);
            let taken = if hours > 0 { left.clamp(0, rest) } else { left.clamp(rest, 0) };
            if taken != 0 {
                given.insert(document.clone(), taken);
                rest -= taken;
            }
        }
        given
    }

    /// What the drafts of a run must be, and by document what must be given back of which entries.
    pub fn drafts(&self, exports: &Exports) -> (Vec<ExpectedDocument>, BTreeMap<String, BTreeMap<String, i128>>) {
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
            // G8: hours below 0 move like others.
            if exports.corrections && closed < 0 && !matches!(edit, Some(("write_off", _))) {
                let here = self.closed_on.get(&(id.clone(), line)).copied().unwrap_or(0);
                for (document, hours) in self.given_back(id, (closed - here).min(0)) {
                    back.entry(document).or_default().insert(id.clone(), hours);
                    given += hours;
                }
            }
            let mut rest = hours - closed + given;
            // G7: of closed hours that nobody pays any more none is open below 0, but where the entry itself is.
            if exports.corrections && closed > 0 {
                rest = rest.max(hours.min(0));
            }
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
        // What is given back is billed no more when the rest is (G7).
        let (mut line_hours, mut line_quantity) = (self.line_hours, self.line_quantity);
        for (document, given) in &back {
            let (before, mut after) = (&self.documents[document].hours, self.documents[document].hours.clone());
            given.iter().for_each(|(id, hours)| *after.get_mut(id).unwrap() -= hours);
            for of in self.documents[document].lines.values() {
                let hours: i128 = of.entries.iter().map(|id| before[id] - after[id]).sum();
                if of.entries.iter().any(|id| before[id] != after[id]) {
                    line_hours[of.line] -= hours;
                    line_quantity[of.line] -= of.quantity - of.with(before, &after);
                }
            }
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
            let (mut hours, mut billed) = (line_hours[line], line_quantity[line]);
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

    pub fn post(&mut self, document: &str, of: &ExpectedDocument, exports: &BTreeMap<String, (String, i128)>) {
        let mut left = Left { total: of.net + of.tax, ..Left::default() };
        for (number, line) in (1..).zip(&of.lines) {
            let entries = line.portions.keys().cloned().collect();
            left.lines.insert(number, LeftLine { line: line.line, entries, quantity: line.quantity, net: line.net });
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

    /// What was taken back: of each entry never more than was there, of quantity and money what the hours are worth (§7.1).
    pub fn take_back(&mut self, source: &str, batch: &LedgerBatch, effect: Effect) {
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
            let quantity = left_line.with(&before, &left.hours);
            let taken = (left_line.quantity - quantity, left_line.net - net_of(of, quantity));
            let told = (-i128::from(line.quantity.micros()) / 10_000, -line.net.minor());
            let after = &left.hours;
            assert_eq!(told, taken, "quantity and net that are taken back of {source}, hours {before:?} to {after:?}");
            (left_line.quantity, left_line.net) = (quantity, net_of(of, quantity));
            if effect == Effect::Rebill {
                self.line_quantity[at] -= taken.0;
            }
        }
        let net: i128 = left.lines.values().map(|line| line.net).sum();
        left.total += batch.documents[0].total.minor();
        assert_eq!(left.total, net + rounded(net * 21, 100), "what is left of {source} with its tax");
    }

    /// No hour is billed twice: of no entry more is closed than it had.
    pub fn holds(&self) {
        for (id, &closed) in &self.closed {
            let (low, high) = self.had[id];
            assert!((low..=high).contains(&closed), "{closed} of {id} are closed, it had {low} to {high}");
        }
    }
}
