//! M3, M6, M7: hours that the ledger has of the groups that minimums count together.

use std::collections::{BTreeMap, BTreeSet};

use super::portions::Portion;
use super::record::{Effect, LedgerBatch, Line, LineKind};
use crate::bug::OrBug;
use crate::model::{Minimum, MinimumGroup, MinimumPer};
use crate::quantity::{HoursSum, Percent, UnitPrice};

/// What groups are apart by: order line, price and discount.
type AtTerms = (String, UnitPrice, Percent);

/// An entry that the ledger has, as groups tell entries apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PostedEntry {
    id: String,
    days: i32,
    employee: String,
    ticket: String,
}

impl PostedEntry {
    fn group(&self, per: MinimumPer) -> MinimumGroup {
        MinimumGroup::of(per, &self.id, self.days, &self.employee, &self.ticket)
    }
}

/// Hours of one entry on a pack.
#[derive(Clone, Debug)]
struct PackTaken {
    entry: PostedEntry,
    closed: i128,
    /// What the pack gave for them.
    given: i128,
}

/// A portion of an entry, as it was committed.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Position of the entry.
    entry: usize,
    /// By which minimum it was billed.
    minimum: Option<Minimum>,
    /// Hours that count as billed before from then on (M3); what is opened again is below 0, what is written off stays billed.
    closed: i128,
    /// The same of hours that credits can take (M6): what is written off is taken back, too.
    left: i128,
    /// What was billed for `closed`, and for `left`; `None` where the ledger does not say it of each portion.
    billed: Option<(i128, i128)>,
}

/// M6: what documents bill of a group of which no hours are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinimumLeft {
    /// The order line, and the entry that has it.
    pub line: String,
    pub entry: String,
    pub hours: HoursSum,
}

/// What the ledger has of one order line at one price and discount.
#[derive(Clone, Debug, Default)]
struct OfTerms {
    /// By id and day of an entry: its position, and the hours of it that count as billed.
    positions: BTreeMap<(String, i32), (usize, i128)>,
    entries: Vec<PostedEntry>,
    /// In the order committed.
    steps: Vec<Step>,
}

impl OfTerms {
    /// Of an entry of which all was given back counts what it says when it is billed anew: its ticket or employee may be another.
    fn take(&mut self, entry: PostedEntry, closed: i128, step: impl FnOnce(usize) -> Step) {
        let next = self.entries.len();
        let (position, sum) = self.positions.entry((entry.id.clone(), entry.days)).or_insert((next, 0));
        if *sum == 0 && self.entries.get(*position) != Some(&entry) {
            *position = next;
            self.entries.push(entry);
        }
        *sum += closed;
        self.steps.push(step(*position));
    }

    fn by_group(&self, per: MinimumPer) -> impl Iterator<Item = (MinimumGroup, &Step)> {
        self.steps.iter().filter_map(move |step| Some((self.entries.get(step.entry)?.group(per), step)))
    }
}

/// M3: what was billed of a group before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupBefore {
    pub hours: HoursSum,
    /// What the minimum makes of these hours and no document bills: a draft that counted it as billed was posted without the other one, or the
    /// document that had it was taken back. Below 0 what is billed beyond it.
    owed: HoursSum,
}

impl GroupBefore {
    /// What documents bill of the group.
    pub fn billed(self, minimum: Minimum) -> HoursSum {
        minimum.billed(self.hours) - self.owed
    }

    /// M3: adds hours to the group. Returns what they bill: what the minimum makes of all of them less what is billed. What is billed beyond it is
    /// made up for by further hours, and by nothing else.
    pub fn add(&mut self, minimum: Minimum, hours: HoursSum) -> HoursSum {
        let own = minimum.billed(self.hours + hours) - minimum.billed(self.hours);
        let all = own + self.owed;
        let only_less = self.owed.micros() < 0 && own.micros() >= 0;
        let billed = if only_less { HoursSum::from_micros(all.micros().max(0)) } else { all };
        (self.hours, self.owed) = (self.hours + hours, all - billed);
        billed
    }

    /// The same of hours that a document billed for `billed`.
    fn committed(&mut self, minimum: Minimum, hours: HoursSum, billed: HoursSum) {
        let own = minimum.billed(self.hours + hours) - minimum.billed(self.hours);
        (self.hours, self.owed) = (self.hours + hours, self.owed + own - billed);
    }
}

/// M6: hours of a group that nobody took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupLeft {
    pub hours: HoursSum,
    /// Those that were billed by the minimum that is asked about.
    pub by_minimum: HoursSum,
}

/// Hours that the ledger has of time lines, and of packs where that is asked, by the groups that minimums count together.
#[derive(Clone, Debug, Default)]
pub struct LedgerGroups {
    of_terms: BTreeMap<AtTerms, OfTerms>,
    /// M7: by the pack.
    packs: BTreeMap<String, BTreeMap<(String, i32), PackTaken>>,
    with_packs: bool,
    /// Ids under which entries were posted, and what they are called now.
    renamed: BTreeMap<String, String>,
    /// The same of order lines (G13).
    lines: BTreeMap<String, String>,
}

impl LedgerGroups {
    /// Starts with nothing; `with_packs`: also keeps what packs gave, where minimums hold there (M7).
    pub fn new(with_packs: bool) -> LedgerGroups {
        LedgerGroups { with_packs, ..LedgerGroups::default() }
    }

    /// Takes in a document that takes back from one of these, by the ids that the ledger has.
    pub fn take_back(&mut self, batch: &LedgerBatch) {
        let (lines, entries) = (self.lines.clone(), self.renamed.clone());
        let now = |names: &BTreeMap<String, String>, id: &str| names.get(id).map_or(id, String::as_str).to_owned();
        self.add(batch, &|line| Some(now(&lines, line)), &|entry| now(&entries, entry));
    }

    /// What an entry is called now.
    pub fn now<'a>(&'a self, id: &'a str) -> &'a str {
        self.renamed.get(id).map_or(id, String::as_str)
    }

    /// Takes in the next commit. `line_of` tells what an order line is called now, `None` for one that nobody asks about; `entry_of` tells
    /// what an entry is called now.
    pub fn add(
        &mut self,
        batch: &LedgerBatch,
        line_of: &dyn Fn(&str) -> Option<String>,
        entry_of: &dyn Fn(&str) -> String,
    ) {
        let recorded = recorded(batch);
        for (row, &at) in batch.portions.lines.iter().enumerate() {
            let asked = |line: &Line| line.kind.by_time() || (self.with_packs && line.kind == LineKind::Covered);
            let line = batch.lines.get(at as usize).or_bug("a portion is on a line");
            if !asked(line) {
                continue;
            }
            // One that left the export, or another part's: nobody asks about its groups.
            let Some(order_line) = line_of(&line.order_line) else { continue };
            if line.order_line != order_line {
                self.lines.insert(line.order_line.clone(), order_line.clone());
            }
            let effect = batch.document_of(line).or_bug("a line is on a document").effect;
            let Portion { id: posted, days, said, uplift, hours, .. } = batch.portions.at(row);
            let (hours, uplift) = (i128::from(hours), i128::from(uplift));
            let (closes, left) = match effect {
                Effect::Billed | Effect::Rebill => (1, hours),
                Effect::WriteOff => (0, hours),
                Effect::Covered | Effect::Uncovered => (1, 0),
                Effect::Held => continue,
            };
            let closed = closes * hours;
            let id = entry_of(posted);
            if posted != id {
                self.renamed.insert(posted.to_owned(), id.clone());
            }
            let entry = PostedEntry {
                id: id.clone(),
                days,
                employee: said.employee.unwrap_or_default().to_owned(),
                ticket: said.ticket.unwrap_or_default().to_owned(),
            };
            if line.kind == LineKind::Covered {
                let of_pack = self.packs.entry(order_line).or_default().entry((id, days));
                let of = of_pack.or_insert_with(|| PackTaken { entry, closed: 0, given: 0 });
                (of.closed, of.given) = (of.closed + closed, of.given + closed + uplift);
                continue;
            }
            let of_terms = self.of_terms.entry((order_line, line.price, line.discount)).or_default();
            let both = (closes * (hours + uplift), hours + uplift);
            let billed = recorded.get(at as usize).and_then(|is| is.then_some(both));
            of_terms.take(entry, closed, |entry| Step { entry, minimum: line.minimum, closed, left, billed });
        }
    }

    /// M3: what is billed of each group of an order line at one price, as one minimum counts groups. Hours that another minimum billed, or none,
    /// count as billed by this one: a rule that changes moves nothing that was posted.
    pub fn closed(
        &self,
        line: &str,
        price: UnitPrice,
        discount: Percent,
        minimum: Minimum,
    ) -> BTreeMap<MinimumGroup, GroupBefore> {
        let mut before: BTreeMap<MinimumGroup, GroupBefore> = BTreeMap::new();
        for (group, step) in self.at(line, price, discount).flat_map(|of| of.by_group(minimum.per())) {
            let (of, hours) = (before.entry(group).or_default(), HoursSum::from_micros(step.closed));
            match step.billed.filter(|_| step.minimum == Some(minimum)) {
                Some((billed, _)) => of.committed(minimum, hours, HoursSum::from_micros(billed)),
                None => of.hours += hours,
            }
        }
        before
    }

    /// M6: hours of each group that nobody took back.
    pub fn left(
        &self,
        line: &str,
        price: UnitPrice,
        discount: Percent,
        minimum: Minimum,
    ) -> BTreeMap<MinimumGroup, GroupLeft> {
        let mut left: BTreeMap<MinimumGroup, GroupLeft> = BTreeMap::new();
        for (group, step) in self.at(line, price, discount).flat_map(|of| of.by_group(minimum.per())) {
            let (of, hours) = (left.entry(group).or_default(), HoursSum::from_micros(step.left));
            of.hours += hours;
            if step.minimum == Some(minimum) {
                of.by_minimum += hours;
            }
        }
        left
    }

    /// M6: groups of which nobody has any hours left, and documents bill something.
    pub fn left_alone(&self) -> Vec<MinimumLeft> {
        let mut all = Vec::new();
        for ((line, ..), of) in &self.of_terms {
            let minimums: BTreeSet<Minimum> = of.steps.iter().filter_map(|step| step.minimum).collect();
            for minimum in minimums {
                // By group: hours, what is billed of them by entry, and whether the ledger says that.
                let mut groups: BTreeMap<MinimumGroup, (i128, BTreeMap<usize, i128>, bool)> = BTreeMap::new();
                for (group, step) in of.by_group(minimum.per()).filter(|(_, step)| step.minimum == Some(minimum)) {
                    let (hours, billed, is_said) = groups.entry(group).or_insert((0, BTreeMap::new(), true));
                    *hours += step.left;
                    *billed.entry(step.entry).or_default() += step.billed.map_or(0, |(_, left)| left);
                    *is_said &= step.billed.is_some();
                }
                let alone = groups.into_values().filter(|(hours, _, is_said)| *hours == 0 && *is_said);
                for (_, by_entry, _) in alone {
                    let hours: i128 = by_entry.values().sum();
                    let first = by_entry.iter().find(|(_, billed)| billed.signum() == hours.signum());
                    let entry = first.and_then(|(entry, _)| of.entries.get(*entry)).filter(|_| hours != 0);
                    all.extend(entry.map(|entry| MinimumLeft {
                        line: line.clone(),
                        entry: entry.id.clone(),
                        hours: HoursSum::from_micros(hours),
                    }));
                }
            }
        }
        all
    }

    fn at(&self, line: &str, price: UnitPrice, discount: Percent) -> impl Iterator<Item = &OfTerms> {
        let line = self.lines.get(line).map_or(line, String::as_str);
        self.of_terms.get(&(line.to_owned(), price, discount)).into_iter()
    }

    /// M7: hours of each group on a pack, and what it gave for them.
    pub fn on_pack(&self, pack: &str, per: MinimumPer) -> BTreeMap<MinimumGroup, (HoursSum, HoursSum)> {
        let mut sums: BTreeMap<MinimumGroup, (HoursSum, HoursSum)> = BTreeMap::new();
        for PackTaken { entry, closed, given } in self.packs.get(pack).into_iter().flat_map(BTreeMap::values) {
            let (worked, of_pack) = sums.entry(entry.group(per)).or_default();
            *worked += HoursSum::from_micros(*closed);
            *of_pack += HoursSum::from_micros(*given);
        }
        sums
    }
}

/// By line of a batch, whether its portions say what was billed for each: ledgers of older versions say it of whole lines alone.
fn recorded(batch: &LedgerBatch) -> Vec<bool> {
    let mut lifted = vec![0_i128; batch.lines.len()];
    for (row, uplift) in &batch.portions.uplifts {
        let line = batch.portions.lines.get(*row).and_then(|line| lifted.get_mut(*line as usize));
        *line.or_bug("a portion is on a line") += i128::from(*uplift);
    }
    let says = |(line, lifted): (&Line, &i128)| line.uplift.micros() == *lifted;
    batch.lines.iter().zip(&lifted).map(says).collect()
}
