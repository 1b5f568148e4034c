//! What a close keeps of the entries of its month, and what has changed of them since (K6).

mod kept;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use kept::{Kept, KeptEntries, KeptSum, kept_balances, kept_movements, kept_packs};
use kept::{Says, Worth};

use crate::calendar::{CalendarMonth, Date};
use crate::finding::{Code, Finding, Place, Subject};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Chunk, Company, EntryView, Facts, KeptWork, World, said_hash, work_hash};
use crate::posted::{ClosedMonths, MonthDeed, MonthState, Posted};
use crate::quantity::{Currency, Hours, HoursSum, decimal_text, exact};
use crate::worth::HoursValues;

/// Entries of a month that are told one by one.
const SHOWN_MAX: usize = 20;

/// A close by which months are closed now.
struct Closed<'a> {
    deed: &'a MonthDeed,
    from: Date,
    to: Date,
}

/// The closes that hold now, and which of them closes the month of an entry.
struct Closes<'a> {
    closes: Vec<Closed<'a>>,
    /// Positions in `closes` by company; what is not named goes by the empty key of `others`.
    named: HashMap<&'a str, Vec<usize>>,
    others: Vec<usize>,
}

impl<'a> Closes<'a> {
    fn of(months: &'a ClosedMonths) -> Closes<'a> {
        let mut all = Closes { closes: Vec::new(), named: HashMap::new(), others: Vec::new() };
        for company in months.companies() {
            let mut positions = Vec::new();
            for deed in months.of_company(company) {
                let known = all.closes.iter().position(|of| of.deed.sequence == deed.sequence);
                positions.push(known.unwrap_or_else(|| {
                    let (from, to) = deed.month.ends();
                    all.closes.push(Closed { deed, from, to });
                    all.closes.len() - 1
                }));
            }
            match company {
                Some(name) => _ = all.named.insert(name, positions),
                None => all.others = positions,
            }
        }
        all
    }

    /// By the company of the entry, which is asked for where one is named.
    fn position(&self, date: Date, company: impl FnOnce() -> &'a str) -> Option<usize> {
        let of_company = if self.named.is_empty() { None } else { self.named.get(company()) };
        let positions = of_company.unwrap_or(&self.others);
        // In the order of their months.
        let begun = |at: &usize| self.closes.get(*at).is_some_and(|of| of.from <= date);
        let last = positions.partition_point(begun).checked_sub(1)?;
        let at = positions.get(last).copied()?;
        self.closes.get(at).filter(|of| date <= of.to).map(|_| at)
    }
}

/// An entry as the exports have it now.
struct Now {
    says: Says,
    worth: Option<Worth>,
    place: Place,
    /// It counts in this run, or this part of one.
    own: bool,
    /// G14: nobody says any more which order line its ticket names.
    of_left_ticket: bool,
}

/// K6: everything that has changed in closed months since they were closed. `kept` looks up what a close has kept, by its number in the log:
/// its totals and day at once, its entries when some of them changed. In a part of a run `owns` says who tells of an entry that is gone; a part
/// that knows what the closes have kept ([`World::kept_work`]) finds what has changed in all parts, and what of it is its own.
///
/// # Errors
/// Those of `entries`.
pub fn changes<E>(
    (world, links): (&World, &Links),
    posted: &Posted,
    totals: impl Fn(u64) -> Option<(Kept, String)>,
    entries: impl Fn(u64) -> Result<KeptEntries, E>,
    owns: &dyn Fn(&str) -> bool,
) -> Result<Vec<MonthChanges>, E> {
    let closes = Closes::of(&posted.months);
    let Some((least, greatest)) = world.dates_read.filter(|_| !closes.closes.is_empty()) else {
        return Ok(Vec::new());
    };
    let hashes = hashes(world, links, &closes);
    let mut all = Vec::new();
    for (at, of) in closes.closes.iter().enumerate() {
        let Some((kept, day)) = totals(of.deed.sequence) else { continue };
        // A part of a run may have all that was kept, while entries of other parts are new.
        let as_kept = world.changed_elsewhere.is_empty()
            && hashes.get(at).is_some_and(|hash| format!("{hash:032x}") == kept.entries_hash);
        // An export of other months knows nothing of this one.
        if as_kept || of.to < least || of.from > greatest {
            continue;
        }
        let then = entries(of.deed.sequence)?;
        let then = then.of_work(|date, company| {
            (least..=greatest).contains(&date) && closes.position(date, || company_name(&closes, company)) == Some(at)
        });
        let now = now((world, links, posted), |entry| position(world, links, &closes, entry) == Some(at));
        let changes = of_month((world, links, posted), then, now, owns);
        all.push(MonthChanges { deed: of.deed.clone(), day, changes });
    }
    Ok(all)
}

/// What changed in a closed month, by entry.
#[derive(Serialize, Deserialize)]
pub struct MonthChanges {
    deed: MonthDeed,
    /// On which it was closed.
    day: String,
    changes: Vec<Change>,
}

/// What closes have kept of entries, as a part of a run asks for it.
pub fn kept_work<E>(
    months: &ClosedMonths,
    entries: impl Fn(u64) -> Result<KeptEntries, E>,
) -> Result<Option<KeptWork>, E> {
    let closes = Closes::of(months).closes;
    let mut kept = KeptWork::default();
    for of in &closes {
        kept.months.push((of.from, of.to));
        for (id, rows) in entries(of.deed.sequence)?.of_work(|_, _| true) {
            rows.iter().for_each(|(says, _)| kept.add(&id, says.hash(&id)));
        }
    }
    Ok(Some(kept).filter(|_| !closes.is_empty()))
}

/// The findings of changes: those of the passes of a run are told as one. Of the entries of all parts of a run each part tells its own.
pub fn findings(changes: Vec<MonthChanges>) -> Vec<Finding> {
    let mut months: BTreeMap<u64, MonthChanges> = BTreeMap::new();
    for mut month in changes {
        match months.get_mut(&month.deed.sequence) {
            Some(known) => known.changes.append(&mut month.changes),
            None => _ = months.insert(month.deed.sequence, month),
        }
    }
    let of_month = |mut month: MonthChanges| {
        month.changes.sort_by(|a, b| a.id.cmp(&b.id));
        findings_of(&month.deed, &month.day, month.changes)
    };
    months.into_values().flat_map(of_month).collect()
}

/// A name that some close has, or none.
fn company_name<'a>(closes: &Closes<'a>, company: &str) -> &'a str {
    closes.named.get_key_value(company).map_or("", |(name, _)| *name)
}

fn position<'a>(world: &'a World, links: &Links, closes: &Closes<'a>, entry: &EntryView<'a>) -> Option<usize> {
    closes.position(entry.date()?, || company_name(closes, links.company_of(world, entry)))
}

/// By close, what stands for the entries of its month.
fn hashes(world: &World, links: &Links, closes: &Closes<'_>) -> Vec<u128> {
    let none = || vec![0_u128; closes.closes.len()];
    let of_chunk = |mut sums: Vec<u128>, chunk: &Chunk| {
        let mut bytes = Vec::new();
        for entry in chunk.iter().filter(|entry| !entry.facts.has(Facts::DUPLICATE)) {
            if let Some(sum) = position(world, links, closes, &entry).and_then(|at| sums.get_mut(at)) {
                *sum = sum.wrapping_add(work_hash(&mut bytes, world, &entry));
            }
        }
        sums
    };
    let add = |mut one: Vec<u128>, other: Vec<u128>| {
        one.iter_mut().zip(other).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
        one
    };
    world.entries.chunk_list().par_iter().fold(none, of_chunk).reduce(none, add)
}

fn says(world: &World, entry: &EntryView<'_>) -> Says {
    Says {
        date: entry.date().map_or_else(String::new, |date| date.to_string()),
        hours: entry.hours.micros(),
        ticket: entry.ticket.map_or_else(String::new, |ticket| world.tickets.id(ticket).to_owned()),
        line: entry.line.map_or_else(String::new, |line| world.lines.id(line).to_owned()),
        aside: entry.facts.has(Facts::QUARANTINED),
    }
}

impl Says {
    /// Of an entry, whatever the order of all.
    pub(crate) fn hash(&self, id: &str) -> u128 {
        let days = Date::parse(&self.date).map_or(i32::MIN, Date::days);
        said_hash(&mut Vec::new(), (id, &self.ticket, &self.line), days, self.hours, self.aside)
    }
}

/// Entries as they stand now, by id; repeated rows count once.
fn now(
    (world, links, posted): (&World, &Links, &Posted),
    wanted: impl Fn(&EntryView<'_>) -> bool + Sync,
) -> BTreeMap<String, Vec<Now>> {
    let values = HoursValues::new(world);
    let own = world.entries.chunk_list().par_iter().map(|chunk| (true, chunk));
    let all = own.chain(world.changed_elsewhere.par_iter().map(|chunk| (false, chunk)));
    let entries = all.flat_map_iter(|(own, chunk)| chunk.iter().map(move |entry| (own, entry)));
    let counted = entries.filter(|(_, entry)| !entry.facts.has(Facts::DUPLICATE) && wanted(entry));
    let one = |(own, entry): (bool, EntryView<'_>)| {
        let worth = values
            .beyond_packs(links, posted, &entry)
            .map(|(money, currency)| Worth { minor: money.minor(), currency });
        let of_left_ticket = world.ticket_left(&entry);
        (entry.id().to_owned(), Now { says: says(world, &entry), worth, place: entry.place(), own, of_left_ticket })
    };
    let mut by_id: BTreeMap<String, Vec<Now>> = BTreeMap::new();
    for (id, now) in counted.map(one).collect::<Vec<_>>() {
        by_id.entry(id).or_default().push(now);
    }
    by_id.values_mut().for_each(|rows| rows.sort_by(|a, b| (&a.says, a.place).cmp(&(&b.says, b.place))));
    by_id
}

/// What changed of one entry.
#[derive(Serialize, Deserialize)]
struct Change {
    id: String,
    text: String,
    #[serde(with = "exact::hours")]
    hours: HoursSum,
    money: BTreeMap<Currency, i128>,
    place: Option<Place>,
    /// This run, or this part of one, tells of it.
    own: bool,
}

fn of_month(
    (world, links, posted): (&World, &Links, &Posted),
    mut then: BTreeMap<String, Vec<(Says, Option<Worth>)>>,
    mut now: BTreeMap<String, Vec<Now>>,
    owns: &dyn Fn(&str) -> bool,
) -> Vec<Change> {
    let has_left = |line: &str| posted.lines.has_left(line);
    for (id, rows) in &mut now {
        if let Some(then) = then.get(id) {
            keep_left_lines(then, rows, has_left);
        }
    }
    now.retain(|id, rows| {
        let same =
            then.get(id).is_some_and(|then| then.iter().map(|(says, _)| says).eq(rows.iter().map(|row| &row.says)));
        if same {
            then.remove(id);
        }
        !same
    });
    // What is not of the month now may be of another; in a part of a run, of another part.
    let missing: BTreeSet<&str> = then.keys().filter(|id| !now.contains_key(*id)).map(String::as_str).collect();
    let mut elsewhere = if missing.is_empty() {
        BTreeMap::new()
    } else {
        self::now((world, links, posted), |entry| missing.contains(entry.id()))
    };
    let ids: BTreeSet<String> = then.keys().chain(now.keys()).cloned().collect();
    let mut changes = Vec::new();
    for id in ids {
        let before = then.remove(&id).unwrap_or_default();
        let inside = now.remove(&id);
        let left = inside.is_none();
        let after = inside.or_else(|| elsewhere.remove(&id)).unwrap_or_default();
        let own = if after.is_empty() { owns(&id) } else { after.iter().any(|now| now.own) };
        if (after.is_empty() && world.is_exported(&id)) || (!own && world.kept_work.is_none()) {
            continue;
        }
        changes.push(Change { own, ..change(id, &before, &after, left) });
    }
    changes
}

/// G14: an entry whose line left the export, or whose ticket did that named it, keeps it, at what it cost there. (One of which the ledger has nothing stands in quarantine now.)
fn keep_left_lines(then: &[(Says, Option<Worth>)], now: &mut [Now], has_left: impl Fn(&str) -> bool) {
    for (row, (said, worth)) in now.iter_mut().zip(then) {
        if row.says.line.is_empty() && !row.says.aside && (row.of_left_ticket || has_left(&said.line)) {
            row.says.line.clone_from(&said.line);
            row.worth = row.worth.or_else(|| worth.and_then(|worth| worth.of_hours(row.says.hours, said.hours)));
        }
    }
}

/// `left`: it is not of the month any more, which has lost all that it was.
fn change(id: String, before: &[(Says, Option<Worth>)], after: &[Now], left: bool) -> Change {
    let had = Versions::of(&id, before.iter().map(|(says, _)| says));
    let has = Versions::of(&id, after.iter().map(|row| &row.says));
    let mut money: BTreeMap<Currency, i128> = BTreeMap::new();
    let mut add = |worth: &Option<Worth>, sign: i128| {
        if let Some(Worth { minor, currency }) = worth {
            *money.entry(*currency).or_default() += sign * *minor;
        }
    };
    // Of versions of one entry nobody knows which is right: they change no sum.
    let hours = match (had.known, has.known) {
        (Some(had), Some(has)) => {
            before.iter().for_each(|(_, worth)| add(worth, -1));
            after.iter().filter(|_| !left).for_each(|row| add(&row.worth, 1));
            if left { -had } else { has - had }
        }
        _ => HoursSum::ZERO,
    };
    let text = match (before.first(), after.first()) {
        (None, _) => format!("is new: {}", has.text),
        (Some(_), None) => format!("is gone: it had {}", had.text),
        (Some((then, _)), Some(now)) => format!("was changed: {}", differences((then, &had), (&now.says, &has))),
    };
    Change { id, text, hours, money, place: after.first().map(|row| row.place), own: true }
}

/// The hours of an entry. Rows of one id that differ are all in quarantine: they are versions of one entry, and no sum of their hours is its own.
#[derive(PartialEq, Eq)]
struct Versions {
    known: Option<HoursSum>,
    text: String,
}

impl Versions {
    fn of<'a>(id: &str, rows: impl Iterator<Item = &'a Says>) -> Versions {
        let rows: Vec<&Says> = rows.collect();
        let hours = |says: &Says| HoursSum::from(Hours::from_micros(says.hours));
        // Rows without an id are entries each by itself.
        if !id.is_empty() && rows.len() > 1 && rows.iter().all(|says| says.aside) {
            let listed: Vec<String> = rows.iter().map(|says| format!("{} h", hours(says))).collect();
            let text = format!("{} rows in quarantine that differ ({})", rows.len(), listed.join(", "));
            return Versions { known: None, text };
        }
        let sum: HoursSum = rows.into_iter().map(hours).sum();
        Versions { known: Some(sum), text: format!("{sum} h") }
    }
}

/// What is another now.
fn differences((then, had): (&Says, &Versions), (now, has): (&Says, &Versions)) -> String {
    let mut told = Vec::new();
    if had != has {
        told.push(format!("{} are {} now", had.text, has.text));
    }
    if then.date != now.date {
        told.push(format!("{} is {} now", then.date, now.date));
    }
    let named = |id: &str| if id.is_empty() { "none".to_owned() } else { format!("`{id}`") };
    if then.ticket != now.ticket {
        told.push(format!("its ticket was {} and is {}", named(&then.ticket), named(&now.ticket)));
    }
    if then.line != now.line {
        told.push(format!("its order line was {} and is {}", named(&then.line), named(&now.line)));
    }
    // Versions say where they are.
    if then.aside != now.aside && had.known.is_some() && has.known.is_some() {
        told.push(if now.aside { "it is in quarantine now" } else { "it was in quarantine" }.to_owned());
    }
    if told.is_empty() {
        told.push("its rows are others".to_owned());
    }
    told.join(", ")
}

/// A finding for each of the first, and one with the rest.
fn findings_of(deed: &MonthDeed, day: &str, changes: Vec<Change>) -> Vec<Finding> {
    let company = deed.company.as_ref().map_or_else(String::new, |company| format!(" of company `{company}`"));
    let month = format!("{}{company}, closed {} on {day}", deed.month, deed.state);
    let (count, mut all, mut money) = (changes.len(), HoursSum::ZERO, BTreeMap::new());
    let mut findings = Vec::new();
    for (nth, Change { id, text, hours, money: of_one, place, own }) in changes.into_iter().enumerate() {
        all += hours;
        of_one.iter().for_each(|(currency, minor)| *money.entry(*currency).or_default() += minor);
        if nth >= SHOWN_MAX || !own {
            continue;
        }
        let message = format!("`{id}` in {month}, {text} ({})", signed(hours, &of_one));
        findings.push(Finding { code: Code::ClosedMonthChanged, subject: Subject::Entry, id, message, place });
    }
    if count > SHOWN_MAX {
        let (rest, sums) = (count - SHOWN_MAX, signed(all, &money));
        let message =
            format!("{rest} more entries in {month}, are new, changed or gone; all {count} of the month: {sums}");
        let (code, id) = (Code::ClosedMonthChanged, "timesheets".to_owned());
        findings.push(Finding { code, subject: Subject::Input, id, message, place: None });
    }
    findings
}

/// `+2 h, +200.00 EUR`.
fn signed(hours: HoursSum, money: &BTreeMap<Currency, i128>) -> String {
    let plus = |negative: bool| if negative { "" } else { "+" };
    let mut text = format!("{}{hours} h", plus(hours.is_negative()));
    for (currency, minor) in money.iter().filter(|(_, minor)| **minor != 0) {
        let amount = decimal_text(*minor, currency.digits(), currency.digits());
        text.push_str(&format!(", {}{amount} {}", plus(*minor < 0), currency.code()));
    }
    text
}

/// K4: the first hard month of a company that has hours or drafts in a run of a period that holds a day of it.
pub fn shut_month(
    (world, links): (&World, &Links),
    months: &ClosedMonths,
    (from, to): (Date, Date),
    drafted: &BTreeSet<Idx<Company>>,
) -> Option<(CalendarMonth, String)> {
    let touches = |month: CalendarMonth| {
        let (first, last) = month.ends();
        first <= to && from <= last
    };
    let hard = |deed: &&MonthDeed| deed.state == MonthState::Hard && touches(deed.month);
    let hard_of =
        |company: &str| months.of_company(Some(company)).into_iter().find(|deed| hard(deed)).map(|deed| deed.month);
    if months.companies().into_iter().flat_map(|company| months.of_company(company)).all(|deed| !hard(&deed)) {
        return None;
    }
    let of_drafts = drafted.iter().find_map(|company| {
        let name = world.companies.id(*company);
        Some((hard_of(name)?, name.to_owned()))
    });
    let companies: BTreeSet<&str> = if months.companies().len() == 1 {
        // All alike: any will do.
        world
            .entries
            .chunk_list()
            .iter()
            .flat_map(Chunk::iter)
            .next()
            .map(|entry| links.company_of(world, &entry))
            .into_iter()
            .collect()
    } else {
        let entries = world.entries.chunk_list().par_iter().flat_map_iter(Chunk::iter);
        entries.map(|entry| links.company_of(world, &entry)).collect()
    };
    of_drafts.or_else(|| companies.into_iter().find_map(|name| Some((hard_of(name)?, name.to_owned()))))
}
