//! Hours statements (S1): what became of each pack in a period, movement by movement.

mod draws;
mod gather;
mod left;
mod pack;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::account::{Account, Balance};
use crate::calendar::{CalendarMonth, Date};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{Chunk, Entry, Facts, OrderLine, World};
use crate::posted::{Posted, UnsoldPack};
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

use self::schedule::Close;

pub use draws::PackDraw;
pub use pack::{NotSold, PackHeader};

/// What moves the balance of a pack, in the order in which movements of one day are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MovementKind {
    /// What was left before the period.
    Opening,
    /// S4: what changed in a month after it was closed.
    Adjusted,
    Bought,
    Used,
    Expired,
}

impl MovementKind {
    const ALL: [MovementKind; 5] = [
        MovementKind::Opening,
        MovementKind::Adjusted,
        MovementKind::Bought,
        MovementKind::Used,
        MovementKind::Expired,
    ];

    pub fn name(self) -> &'static str {
        match self {
            MovementKind::Opening => "opening",
            MovementKind::Adjusted => "adjusted",
            MovementKind::Bought => "bought",
            MovementKind::Used => "used",
            MovementKind::Expired => "expired",
        }
    }

    pub fn from_name(name: &str) -> Option<MovementKind> {
        MovementKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What so many hours of the kind add to the balance.
    pub fn effect(self, hours: HoursSum) -> HoursSum {
        match self {
            MovementKind::Opening | MovementKind::Adjusted | MovementKind::Bought => hours,
            MovementKind::Used | MovementKind::Expired => -hours,
        }
    }
}

/// A movement of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    pub kind: MovementKind,
    /// Its own, whenever it counts. `None`: before all dates.
    pub date: Option<Date>,
    /// The entry; empty where there is none, or the ledger alone has it and tells no more.
    pub id: String,
    /// The entry among those that were read.
    pub entry: Option<Idx<Entry>>,
    /// What the ledger has of an entry that was not read: employee and ticket.
    pub said: Option<(String, String)>,
    /// In the sense of its kind: what was used is positive, what was adjusted has the sign of what it does to the balance.
    pub hours: HoursSum,
    /// M7: of them, what a pack gave beyond the hours that were worked.
    pub uplift: HoursSum,
    /// After it.
    pub balance: HoursSum,
    /// S3: nothing of it waits for a post.
    pub settled: bool,
}

/// What became of one pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackStatement {
    pub pack: PackHeader,
    pub opening: HoursSum,
    pub bought: HoursSum,
    pub used: HoursSum,
    pub expired: HoursSum,
    /// May be negative.
    pub adjusted: HoursSum,
    pub closing: HoursSum,
    /// From the opening on, in the order in which they count.
    pub movements: Vec<Movement>,
}

impl PackStatement {
    /// S3: of what was used, what waits for a post.
    pub fn not_final(&self) -> HoursSum {
        let open = self.movements.iter().filter(|of| of.kind == MovementKind::Used && !of.settled);
        open.map(|of| of.hours).sum()
    }
}

/// S1: the packs of a commercial tree and company that moved in the period or have a balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub root: String,
    pub company: String,
    /// The tree has packs of no other company.
    pub alone: bool,
    /// In the order in which they were sold.
    pub packs: Vec<PackStatement>,
}

/// The pack that covers hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoveredOn {
    /// One that the orders sell.
    Pack(Idx<OrderLine>),
    /// One that the ledger knows and the orders do not sell any more.
    Ledger(Idx<UnsoldPack>),
}

/// Covered hours of one portion of the ledger (G9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredPortion {
    pub pack: CoveredOn,
    pub date: Date,
    pub id: String,
    pub hours: Hours,
    /// M7: what the pack gave beyond them.
    pub uplift: Hours,
    pub employee: String,
    pub ticket: String,
    pub document: String,
}

impl CoveredPortion {
    /// Its pack among those that the orders sell.
    fn line(&self) -> Option<Idx<OrderLine>> {
        if let CoveredOn::Pack(line) = self.pack { Some(line) } else { None }
    }
}

/// Whose a pack was when a month was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPack {
    pub customer: String,
    pub company: String,
}

/// A movement as a close keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMovement {
    pub pack: String,
    pub kind: MovementKind,
    pub date: Option<Date>,
    pub id: String,
    pub hours: HoursSum,
    pub settled: bool,
}

/// Movements that closes have kept, by their number in the log.
pub type KeptMovements = BTreeMap<u64, Vec<KeptMovement>>;

/// What statements are made of.
#[derive(Clone, Copy)]
pub struct StatementSource<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub links: &'a Links,
    pub account: &'a Account,
    pub posted: &'a Posted,
    /// Of all packs.
    pub covered: &'a [CoveredPortion],
    pub kept: &'a KeptMovements,
    /// By the id that each had, as the newest close has it.
    pub kept_packs: &'a BTreeMap<String, KeptPack>,
    /// Of a customer of the ledger: this run, or this part of one, tells of what the orders do not.
    pub owns_customer: &'a (dyn Fn(&str) -> bool + Sync),
    /// Closes of this month and of later ones do not count: it is about to be closed.
    pub before: Option<CalendarMonth>,
}

/// The statements of a run, by root and company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    pub all: Vec<Statement>,
}

impl Statements {
    /// S1 and S2.
    ///
    /// # Errors
    /// Movements that do not come to the balance of their pack: a control that failed.
    pub fn of(source: StatementSource<'_>) -> Result<Statements, String> {
        let StatementSource { world, settings, .. } = source;
        let gathered = gather::moves(source)?;
        let kept = kept_by_pack(source);
        let (from, end) = (settings.period.from(), settings.balance_date());
        let of_pack = |(line, moves): (Idx<OrderLine>, Vec<Movement>)| {
            let ended = moves.iter().filter(|of| of.kind == MovementKind::Expired && (end.is_none() || of.date <= end));
            let expired: HoursSum = ended.map(|of| of.hours).sum();
            let pack = PackHeader::sold(world, line);
            let closes = closes(source, (&pack.id, &pack.company), &kept);
            let bought_on = bought_on(world, line);
            let due = schedule::due(bought_on, moves, &closes, from.is_some());
            let pack = schedule::in_period(pack, due, (from, end));
            // The balance at the end of a closed month was frozen with it: later changes do not move it.
            let is_told = closes.last().is_some_and(|close| end.is_some_and(|end| end <= close.month.ends().1));
            let told = if is_told && from.is_some() { None } else { balance(source, line).map(|told| told - expired) };
            match told.filter(|told| *told != pack.closing) {
                Some(told) => Err(format!(
                    "statement of pack `{}`: its movements come to {} h, its balance is {told} h",
                    world.lines.id(line),
                    pack.closing
                )),
                None => Ok(pack),
            }
        };
        let mut packs: Vec<PackStatement> = gathered.into_par_iter().map(of_pack).collect::<Result<_, String>>()?;
        let left = left::packs(source, &kept);
        let known = if left.is_empty() { BTreeMap::new() } else { entries_by_id(source) };
        for (mut pack, closes) in left {
            let moves = left::moves(source, &mut pack, &closes, |id| known.get(id).copied());
            let Some(moves) = moves else { continue };
            let due = schedule::due(pack.bought_on, moves, &closes, from.is_some());
            packs.push(schedule::in_period(pack, due, (from, end)));
        }
        Ok(Statements { all: by_tree(packs) })
    }
}

/// W12: what each pack gave, by order_line_id, those of a pack in the order in which they draw.
pub fn pack_draws(source: StatementSource<'_>) -> Vec<PackDraw> {
    draws::draws(source)
}

/// K8: what documents tell of the pack.
fn balance(source: StatementSource<'_>, line: Idx<OrderLine>) -> Option<HoursSum> {
    let (of, hours) = (source.world.lines.at(line), source.account.line(line));
    Some(Balance::by_then(of, &hours, source.settings)?.remaining())
}

/// The day from which on it counts; `None`: since ever.
fn bought_on(world: &World, line: Idx<OrderLine>) -> Option<Date> {
    world.lines.at(line).bought_on()
}

/// What was kept of each pack, by close.
type KeptByPack<'a> = BTreeMap<&'a str, BTreeMap<u64, Vec<&'a KeptMovement>>>;

fn kept_by_pack(source: StatementSource<'_>) -> KeptByPack<'_> {
    let mut by_pack = KeptByPack::new();
    let StatementSource { world, posted, .. } = source;
    for (sequence, rows) in source.kept {
        for row in rows {
            by_pack.entry(posted.lines.id_now(world, &row.pack)).or_default().entry(*sequence).or_default().push(row);
        }
    }
    by_pack
}

/// The closes of the pack's company that have kept movements, in the order of their months.
fn closes<'a>(source: StatementSource<'a>, (pack, company): (&str, &str), kept: &KeptByPack<'a>) -> Vec<Close<'a>> {
    let deeds = source.posted.months.of_company(Some(company)).into_iter();
    let deeds = deeds.filter(|deed| source.before.is_none_or(|before| deed.month < before));
    let deeds = deeds.filter(|deed| source.kept.contains_key(&deed.sequence));
    let rows = |sequence| kept.get(pack).and_then(|closes| closes.get(&sequence)).cloned().unwrap_or_default();
    deeds.map(|deed| Close { month: deed.month, rows: rows(deed.sequence) }).collect()
}

/// Entries that were read by their ids, those under which they were posted among them (G5). Of repeated ids the last.
fn entries_by_id(source: StatementSource<'_>) -> BTreeMap<&str, Idx<Entry>> {
    let wanted = source.covered.iter().filter(|of| matches!(of.pack, CoveredOn::Ledger(_)));
    let wanted: BTreeSet<&str> = wanted.map(|of| of.id.as_str()).collect();
    let entries = source.world.entries.chunk_list().iter().flat_map(Chunk::iter);
    let entries = entries.filter(|entry| wanted.contains(entry.id()) && !entry.facts.has(Facts::DUPLICATE));
    let mut by_id: BTreeMap<&str, Idx<Entry>> = source.posted.entries_known_as().into_iter().collect();
    by_id.extend(entries.map(|entry| (entry.id(), Idx::at(entry.position()))));
    by_id
}

/// S1: of each tree and company, the packs that have something to tell.
fn by_tree(mut packs: Vec<PackStatement>) -> Vec<Statement> {
    let key = |of: &PackStatement| (of.pack.root.clone(), of.pack.company.clone());
    let companies: BTreeSet<(String, String)> = packs.iter().map(key).collect();
    packs.retain(|pack| pack.movements.len() > 1 || !pack.opening.is_zero());
    packs.sort_by(|a, b| a.pack.place().cmp(&b.pack.place()));
    let mut all: Vec<Statement> = Vec::new();
    for pack in packs {
        let (root, company) = key(&pack);
        match all.last_mut().filter(|last| (&last.root, &last.company) == (&root, &company)) {
            Some(last) => last.packs.push(pack),
            None => {
                let of_tree = companies.range((root.clone(), String::new())..).take_while(|(of, _)| *of == root);
                let alone = of_tree.count() == 1;
                all.push(Statement { root, company, alone, packs: vec![pack] });
            }
        }
    }
    all
}
