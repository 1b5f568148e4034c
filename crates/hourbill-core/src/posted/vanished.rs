//! Entries that the ledger has and the export has not, and rows of the export that resemble them (G5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::alike::{Candidate, KnownWork, Missing, Resembled, UnknownRow};
use super::entries::{EntryStates, PortionMatch};
use super::portions::Said;
use super::record::Effect;
use super::seats::{Seated, make_room};
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Customer, EntryView, Facts, OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// An entry that was billed or covered and is no longer in the export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vanished {
    pub id: String,
    /// Hours of it that are still closed by billing.
    pub hours: Hours,
    /// Hours of it that are still covered by a pack.
    pub covered: Hours,
    pub date: Date,
}

/// Hours of an order line of one date that only the ledger has.
pub(super) type GoneHours = HashMap<(Idx<OrderLine>, i32), HoursSum>;

/// Takes up what the export does not have.
#[derive(Default)]
pub(super) struct MissingEntries {
    /// Entries dated in the range of the export, or one day outside, by id.
    near: BTreeMap<String, Missing>,
    /// All other entries: by hash of the id, the microseconds that are closed or covered.
    far: HashMap<u64, i64>,
    /// H1: what lines have from entries that are in no export, and from covered hours (G9).
    pub gone: GoneHours,
}

/// The dates of the entries that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    pub least: i32,
    pub greatest: i32,
}

impl DateRange {
    /// The range of the dates of the timesheets that were read; `None` when they have no date.
    pub fn of(world: &World) -> Option<DateRange> {
        world.dates_read.map(|(least, greatest)| DateRange { least: least.days(), greatest: greatest.days() })
    }

    pub(super) fn holds(self, days: i32) -> bool {
        (self.least..=self.greatest).contains(&days)
    }

    fn is_near(self, days: i32) -> bool {
        (self.least.saturating_sub(1)..=self.greatest.saturating_add(1)).contains(&days)
    }
}

impl MissingEntries {
    /// A portion of an entry that is not in the export, and whether it is delivered on its line. `None` when a sum does not fit.
    pub fn meet(
        &mut self,
        range: Option<DateRange>,
        id: &str,
        (days, known, delivers): (i32, i64, bool),
        met: &PortionMatch,
    ) -> Option<()> {
        let (closes, covers) = (met.effect.closes(met.hours), met.effect.covers(met.hours));
        if let Some(line) = met.line.line()
            && closes != 0
            && delivers
        {
            *self.gone.entry((line, days)).or_default() += Hours::from_micros(closes);
        }
        if range.is_some_and(|range| range.is_near(days)) || self.near.contains_key(id) {
            let date = Date::from_days(days)?;
            let new = || Missing { closed: 0, covered: 0, date, known, line: met.line, said: None };
            let missing = self.near.entry(id.to_owned()).or_insert_with(new);
            missing.closed = missing.closed.checked_add(closes)?;
            missing.covered = missing.covered.checked_add(covers)?;
            // What is taken back has the day and the line of what it was billed on.
            if matches!(met.effect, Effect::Billed | Effect::Covered) {
                (missing.date, missing.line) = (date, met.line);
            }
            // What was given back of an entry, or noted of a covered one, says what it had then.
            if closes != 0 || covers != 0 {
                missing.known = known;
            }
        } else if closes != 0 || covers != 0 {
            let sum = self.far.entry(xxhash_rust::xxh3::xxh3_64(id.as_bytes())).or_default();
            *sum = sum.checked_add(closes)?.checked_add(covers)?;
        }
        Some(())
    }

    /// G9: covered hours count on the line that the ledger says, whoever reads the entry.
    pub fn cover(&mut self, line: Idx<OrderLine>, days: i32, covers: i64) {
        *self.gone.entry((line, days)).or_default() += Hours::from_micros(covers);
    }

    /// Some of these entries may be resembled: what they said is needed to tell.
    pub fn wants_said(&self) -> bool {
        self.left().next().is_some()
    }

    pub fn wants_said_of(&self, id: &str) -> bool {
        self.near.contains_key(id)
    }

    /// What an entry said at its last portion.
    pub fn say(&mut self, id: &str, said: Said<'_>) {
        if let Some(missing) = self.near.get_mut(id) {
            let Said { employee, ticket, customer, text, .. } = said;
            let [employee, ticket, customer] = [employee, ticket, customer].map(|word| word.map(str::to_owned));
            missing.said = Some(KnownWork { employee, ticket, customer, text });
        }
    }

    /// The entries dated in the range of the export, sorted by id, and the number of all others.
    pub fn vanished(&self, range: Option<DateRange>) -> (Vec<Vanished>, u64) {
        let inside = |missing: &Missing| range.is_some_and(|range| range.holds(missing.date.days()));
        let vanished = self.left().filter(|(_, missing)| inside(missing)).map(|(id, missing)| {
            let (hours, covered) = (Hours::from_micros(missing.closed), Hours::from_micros(missing.covered));
            Vanished { id: id.clone(), hours, covered, date: missing.date }
        });
        let outside = self.left().filter(|(_, missing)| !inside(missing)).count();
        let far = self.far.values().filter(|hours| **hours != 0).count();
        (vanished.collect(), (outside + far) as u64)
    }

    /// G5: which rows of the export resemble which of these entries, one to one; by position.
    pub fn resembling<'a>(
        &'a self,
        world: &'a World,
        states: &EntryStates,
        range: Option<DateRange>,
    ) -> BTreeMap<usize, Resembled> {
        let mut pairs = BTreeMap::new();
        let Some(range) = range else { return pairs };
        let mut candidates: Vec<Candidate<'a>> = self.candidates(world, range);
        if candidates.is_empty() {
            return pairs;
        }
        pair_alike(world, states, &mut candidates, &mut pairs, true);
        // What nothing would bill, as the ERP invoiced it or as it is not billable, takes no entry away from what would be billed.
        for may_bill in [true, false] {
            let found = pair(world, states, &candidates, &pairs, may_bill);
            let taken: BTreeSet<&str> = found.values().map(|resembled| resembled.id.as_str()).collect();
            candidates.retain(|candidate| !taken.contains(candidate.id));
            pairs.extend(found);
        }
        // One that has other hours may be an edit, unless it says in all what another entry said.
        pair_alike(world, states, &mut candidates, &mut pairs, false);
        pairs
    }

    /// The entries dated in the range of the export, or one day outside, of which something is closed or covered; sorted by id.
    pub fn left(&self) -> impl Iterator<Item = (&String, &Missing)> {
        self.near.iter().filter(|(_, missing)| missing.is_left())
    }

    /// The entries that rows may resemble, sorted by id.
    fn candidates<'a>(&'a self, world: &World, range: DateRange) -> Vec<Candidate<'a>> {
        let candidate = |(id, missing): (&'a String, &'a Missing)| {
            let told = missing.said.as_ref();
            let of_line = missing.line.line().map(|line| world.lines.at(line).customer);
            let of_ledger = || world.customers.find(told?.customer.as_deref()?);
            let root = world.root(of_line.or_else(of_ledger)?);
            Some(Candidate { id, missing, root, outside: !range.holds(missing.date.days()) })
        };
        self.left().filter_map(candidate).collect()
    }
}

/// Pairs candidates with rows that a run may bill or cover, or with all others; by position of the row.
fn pair(
    world: &World,
    states: &EntryStates,
    candidates: &[Candidate<'_>],
    paired: &BTreeMap<usize, Resembled>,
    may_bill: bool,
) -> BTreeMap<usize, Resembled> {
    let mut rows = Rows::new(world, states, candidates, paired, may_bill);
    let mut seated = Seated::new();
    let mut open: Vec<(usize, &Candidate<'_>)> = candidates.iter().enumerate().collect();
    for round in Round::ALL {
        rows.index(round);
        open.retain(|(at, candidate)| match rows.take(candidate, round) {
            None => true,
            Some(row) => {
                seated.insert(row, *at);
                false
            }
        });
    }
    make_room(candidates, &open, &rows.all, &mut seated);
    let row = |(row, at): (usize, usize)| Some((rows.all.get(row)?.position, candidates.get(at)?.resembled()));
    seated.into_iter().filter_map(row).collect()
}

/// A run may bill or cover the entry.
fn may_bill(world: &World, entry: &EntryView<'_>) -> bool {
    let off = [Facts::INVOICED, Facts::NOT_BILLABLE, Facts::TEAM_OFF];
    !off.into_iter().any(|fact| entry.facts.has(fact)) && world.set_off(entry).is_none()
}

/// Pairs rows with vanished entries whose ids are the same but for leading zeros and blanks, whatever else they say; or only those of the
/// `same_hours`.
fn pair_alike(
    world: &World,
    states: &EntryStates,
    candidates: &mut Vec<Candidate<'_>>,
    pairs: &mut BTreeMap<usize, Resembled>,
    same_hours: bool,
) {
    let mut alike: BTreeMap<&str, (i64, Resembled)> =
        candidates.iter().map(|candidate| (folded(candidate.id), (candidate.hours(), candidate.resembled()))).collect();
    if alike.is_empty() {
        return;
    }
    for (start, chunk) in world.entries.chunks() {
        for (position, id) in (start..).zip(chunk.ids.iter()).filter(|(position, _)| !states.is_known(*position)) {
            let Some(&(hours, _)) = alike.get(folded(id)) else { continue };
            let fits = |entry: EntryView<'_>| entry.usable() && (!same_hours || entry.hours.micros() == hours);
            let open = !pairs.contains_key(&position) && world.adjustments.release_of_entry(id).is_none();
            if open
                && chunk.get(position - start).is_some_and(fits)
                && let Some((_, resembled)) = alike.remove(folded(id))
            {
                pairs.insert(position, resembled);
            }
        }
    }
    let paired: BTreeSet<&str> = pairs.values().map(|resembled| resembled.id.as_str()).collect();
    candidates.retain(|candidate| !paired.contains(candidate.id));
}

/// An id as people and spreadsheets take it: `007` and ` 7` are `7`.
fn folded(id: &str) -> &str {
    id.trim().trim_start_matches('0')
}

/// Pairs are made in rounds: equal text first, then the nearer date.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Round {
    same_text: bool,
    /// The days between the two.
    apart: i32,
    /// The row is known by its ticket's customer, not by that of its line.
    by_ticket: bool,
}

impl Round {
    const fn new(same_text: bool, apart: i32, by_ticket: bool) -> Round {
        Round { same_text, apart, by_ticket }
    }

    const ALL: [Round; 8] = [
        Round::new(true, 0, false),
        Round::new(true, 1, false),
        Round::new(false, 0, false),
        Round::new(false, 1, false),
        Round::new(true, 0, true),
        Round::new(true, 1, true),
        Round::new(false, 0, true),
        Round::new(false, 1, true),
    ];
}

/// What must be equal in a round.
type Key<'a> = (Idx<Customer>, i64, i32, Option<u32>, Option<&'a str>);

/// Rows that the ledger does not know, in the order of their ids.
struct Rows<'a> {
    all: Vec<UnknownRow<'a>>,
    /// The rows that are left, by what must be equal in a round. Ledgers of the first format do not know who worked.
    by_key: HashMap<Key<'a>, VecDeque<usize>>,
}

impl<'a> Rows<'a> {
    fn new(
        world: &'a World,
        states: &EntryStates,
        candidates: &[Candidate<'a>],
        paired: &BTreeMap<usize, Resembled>,
        of_those: bool,
    ) -> Rows<'a> {
        // Only rows of these hours can resemble one.
        let hours: HashSet<i64> = candidates.iter().map(|candidate| candidate.missing.known).collect();
        let is_open = |position: usize| !states.is_known(position) && !paired.contains_key(&position);
        let released = |id: &str| world.adjustments.release_of_entry(id).is_some();
        let mut all: Vec<UnknownRow<'a>> = Vec::new();
        for (start, chunk) in world.entries.chunks() {
            for (position, entry) in (start..).zip(chunk.iter()) {
                let fits =
                    hours.contains(&entry.hours.micros()) && entry.usable() && may_bill(world, &entry) == of_those;
                if fits && is_open(position) && !released(entry.id()) {
                    all.extend(UnknownRow::new(world, position, &entry));
                }
            }
        }
        all.sort_by(|a, b| (a.id, a.position).cmp(&(b.id, b.position)));
        Rows { all, by_key: HashMap::new() }
    }

    fn index(&mut self, round: Round) {
        self.by_key.clear();
        for (at, row) in self.all.iter().enumerate().filter(|(_, row)| !row.taken) {
            let root =
                if round.by_ticket { row.of_ticket.filter(|_| row.of_ticket != row.of_line) } else { row.of_line };
            let Some(root) = root else { continue };
            let text = round.same_text.then_some(row.text);
            for employee in [Some(row.employee), None] {
                self.by_key.entry((root, row.hours, row.days, text, employee)).or_default().push_back(at);
            }
        }
    }

    /// The first row that a candidate can be, by its number, which is taken then.
    fn take(&mut self, candidate: &Candidate<'a>, round: Round) -> Option<usize> {
        let missing = candidate.missing;
        let told = missing.said.as_ref();
        let text = told.and_then(|told| told.text);
        if round.same_text && text.is_none() {
            return None;
        }
        if candidate.outside && (!round.same_text || text == Some(0)) {
            return None;
        }
        let ticket = told.and_then(|told| told.ticket.as_deref()).unwrap_or_default();
        let employee = told.and_then(|told| told.employee.as_deref());
        let days: &[i32] = if round.apart == 0 { &[0] } else { &[-1, 1] };
        let mut best: Option<usize> = None;
        for apart in days {
            let key = (
                candidate.root,
                missing.known,
                missing.date.days() + apart,
                text.filter(|_| round.same_text),
                employee,
            );
            let Some(queue) = self.by_key.get_mut(&key) else { continue };
            let fits = |at: &usize| {
                self.all.get(*at).is_some_and(|row| !row.taken && (!candidate.outside || row.ticket == ticket))
            };
            // Rows that were taken under another key are let go for good.
            while queue.front().is_some_and(|at| self.all.get(*at).is_none_or(|row| row.taken)) {
                queue.pop_front();
            }
            let first = if candidate.outside { queue.iter().copied().find(fits) } else { queue.front().copied() };
            best = match (best, first) {
                (Some(best), Some(first)) => Some(best.min(first)),
                (best, first) => best.or(first),
            };
        }
        self.all.get_mut(best?)?.taken = true;
        best
    }
}
