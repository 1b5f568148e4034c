//! Gives each entry its order line (L1-L6).
//!
//! The line an entry names, or its ticket names, is known at once. Tickets without a line pick one (L2, L3): a fold over the dates of
//! each commercial tree, because every pick changes what remains for the next. Trees share no lines, so they fold in parallel.

mod beyond;
mod burns;
mod course;
mod draws;
mod fold;
mod given_back;
mod limits;
mod spent;
mod trees;
mod waterfall;
mod way;

use std::collections::BTreeMap;

pub use beyond::unusable;
pub use burns::Burns;
pub use course::Tried;
pub use draws::{Draw, Draws, OutOfTurn, Placed, Stand, Withheld};
pub use fold::Attempt;
pub use way::billed_on;

use rayon::prelude::*;

use self::spent::{Amount, OfEntry};
use self::trees::Trees;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Adjustment, Agreed, Chunk, Customer, EntryView, Facts, OrderLine, Ticket, World};
use crate::posted::{Closed, LineCode, Posted};
use crate::quantity::Hours;
use crate::settings::{Approval, BillingSettings, Prepaid, Rules};

/// What linked an entry to its line (table invoice_entries).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedBy {
    Entry,
    Ticket,
    Auto,
    /// A `move` of the entry or its ticket (§8.1).
    Adjustment,
    /// The ledger has hours of the entry on this line, and they stay there (G9, G14).
    Ledger,
    /// The entry takes an agreement (C3).
    Agreement,
    /// Several agreements fit the entry equally well (C3): this is one of them, and the entry waits.
    OneOfSeveral,
    /// W7: hours that no pack takes are billed on the line of this pack.
    Overage,
    /// W7: hours that no pack takes wait, on account of this pack.
    Withheld,
}

impl LinkedBy {
    pub fn name(self) -> &'static str {
        match self {
            LinkedBy::Entry => "entry",
            LinkedBy::Ticket => "ticket",
            LinkedBy::Auto => "auto",
            LinkedBy::Adjustment => "adjustment",
            LinkedBy::Ledger => "ledger",
            LinkedBy::Agreement => "agreement",
            LinkedBy::OneOfSeveral => "",
            LinkedBy::Overage | LinkedBy::Withheld => "auto",
        }
    }

    /// The name of a way of linking that a text is; `None` for any other text.
    pub fn word(text: &str) -> Option<&'static str> {
        let all = [
            LinkedBy::Entry,
            LinkedBy::Ticket,
            LinkedBy::Auto,
            LinkedBy::Adjustment,
            LinkedBy::Ledger,
            LinkedBy::Agreement,
            LinkedBy::OneOfSeveral,
        ];
        all.into_iter().map(LinkedBy::name).find(|word| *word == text)
    }
}

/// Why an entry is not billable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonBillable {
    /// L4: the team of its ticket does not bill its time.
    Team,
    /// L5: the export says `billable = false`.
    Entry,
    /// L5: the order of its line is not confirmed.
    Order,
    /// §8.1: an adjustment `non_billable` or `write_off`.
    Adjustment(Idx<Adjustment>),
}

/// A line that a ticket picked (L2), and the date on which it did (L3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    pub line: Idx<OrderLine>,
    pub on: Date,
}

/// The line of every entry, through its own cell, its ticket or the pick of its ticket.
pub struct Links {
    /// By position of the ticket, the line that it picked.
    picks: Vec<Option<Pick>>,
    /// By position of the entry, the pack that covers it in the ledger (G9); empty when none does.
    packs: Vec<LineCode>,
    /// By position of the entry, the line that billed it, when it names no line now or its line left the export (G14).
    billed: BTreeMap<usize, LineCode>,
    /// Where the hours of entries that ask packs stand (W).
    pub draws: Draws,
}

impl Links {
    pub fn pick(&self, ticket: Idx<Ticket>) -> Option<Pick> {
        self.picks.get(ticket.position()).copied().flatten()
    }

    /// The pack that covers the entry in the ledger.
    fn pack(&self, entry: &EntryView<'_>) -> LineCode {
        self.packs.get(entry.position()).copied().unwrap_or(LineCode::NONE)
    }

    /// The line of an entry and what linked it. Rules in the order in which they are asked: W for entries that ask packs; else G9, L1, G14,
    /// L2, C3.
    #[inline]
    pub fn line_of(&self, world: &World, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
        if let Some(stand) = self.draws.own(entry.position()) {
            return drawn_line(world, entry, stand);
        }
        self.undrawn_line(world, entry)
    }

    #[inline]
    fn undrawn_line(&self, world: &World, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
        if let Some(of_ledger) = self.of_ledger(world, entry) {
            return of_ledger;
        }
        if let Some(named) = named_line(world, entry) {
            return Some(named);
        }
        if let Some(pick) = entry.ticket.and_then(|ticket| self.pick(ticket)) {
            return Some((pick.line, LinkedBy::Auto));
        }
        agreed_line(world, entry)
    }

    /// Entries are on the lines that they or their tickets name: the ledger has none on another, and none asks packs.
    pub fn goes_by_names(&self) -> bool {
        self.draws.is_empty() && self.packs.is_empty() && self.billed.is_empty()
    }

    /// G9, G14: what the ledger decides on the line of an entry. The outer `None`: it decides nothing; the inner one: its line left the
    /// export.
    #[inline]
    fn of_ledger(&self, world: &World, entry: &EntryView<'_>) -> Option<Option<(Idx<OrderLine>, LinkedBy)>> {
        // Nearly always there is nothing in either.
        if self.packs.is_empty() && self.billed.is_empty() {
            return None;
        }
        let pack = self.pack(entry);
        if pack != LineCode::NONE {
            return Some(pack.line().map(|line| (line, LinkedBy::Ledger)));
        }
        let billed = self.billed.get(&entry.position())?;
        let agreed = |line| world.agreed(entry) == Agreed::On(line);
        let by = |line| if agreed(line) { LinkedBy::Agreement } else { LinkedBy::Ledger };
        Some(billed.line().map(|line| (line, by(line))))
    }

    /// As [`Links::line_of`], for people: without the one that stands for several agreements.
    pub fn shown_line(&self, world: &World, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
        self.line_of(world, entry).filter(|(_, by)| *by != LinkedBy::OneOfSeveral)
    }

    /// What names an order line on which hours of an entry stand. Of an entry that draws on packs (W2) some may stand on lines that nothing
    /// names: those were found. `None` where the entry stands on another line.
    pub fn linked_by(&self, world: &World, entry: &EntryView<'_>, line: Idx<OrderLine>) -> Option<LinkedBy> {
        let told = self.shown_line(world, entry).filter(|(told, _)| *told == line);
        let drawn = || {
            let named = named_line(world, entry).filter(|(named, _)| *named == line);
            self.draws.asks(entry.position()).then(|| named.map_or(LinkedBy::Auto, |(_, by)| by))
        };
        told.map(|(_, by)| by).or_else(drawn)
    }

    /// The company to which hours belong: that of their order line, else of their ticket, else their own; the empty name where none is named.
    pub fn company_of<'a>(&self, world: &'a World, entry: &EntryView<'a>) -> &'a str {
        let of_line = self.shown_line(world, entry).map(|(line, _)| world.lines.at(line).company);
        let of_ticket = || entry.ticket.map(|ticket| world.tickets.at(ticket).company);
        let named = of_line.or_else(of_ticket).map(|company| world.companies.id(company));
        let own = || entry.circumstance().map_or("", |circumstance| circumstance.company.as_str());
        named.filter(|name| !name.is_empty()).unwrap_or_else(own)
    }
}

/// C3: the agreement that the entry takes, or the first of two that fit equally well.
fn agreed_line(world: &World, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
    match world.agreed(entry) {
        Agreed::Nothing => None,
        Agreed::On(line) => Some((line, LinkedBy::Agreement)),
        Agreed::Several(line, _) => Some((line, LinkedBy::OneOfSeveral)),
    }
}

/// W: the line on which an entry's own hours stand.
fn drawn_line(world: &World, entry: &EntryView<'_>, stand: Stand) -> Option<(Idx<OrderLine>, LinkedBy)> {
    match stand {
        Stand::Pack(line) => {
            let named = named_line(world, entry).filter(|(named, _)| *named == line);
            Some(named.unwrap_or((line, LinkedBy::Auto)))
        }
        Stand::TimeLine(line) => Some((line, LinkedBy::Auto)),
        Stand::Overage(line) => Some((line, LinkedBy::Overage)),
        Stand::Withheld(line, _) => Some((line, LinkedBy::Withheld)),
        Stand::Elsewhere => agreed_line(world, entry),
    }
}

/// L1 and §8.1: the line that the entry or its ticket names or is moved to, and which of these it was.
#[inline]
fn named_line(world: &World, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
    if let Some((line, _)) = world.moved(entry) {
        return Some((line, LinkedBy::Adjustment));
    }
    let by = if entry.facts.has(Facts::NAMES_LINE) { LinkedBy::Entry } else { LinkedBy::Ticket };
    Some((entry.line?, by))
}

/// The time line that an entry or its ticket names, or is moved to.
pub(crate) fn named_time_line(world: &World, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
    world.named_line(entry).filter(|line| world.line_link(*line).by_time)
}

/// G8, G9: the entry was covered, has more hours now, and is work for another commercial tree than that of its pack: nobody may say that the
/// pack of the one pays for what the other has asked for.
fn grew_for_another(world: &World, entry: &EntryView<'_>, closed: Closed) -> bool {
    if closed.covered <= Hours::ZERO || closed.hours != Hours::ZERO || entry.hours <= closed.covered {
        return false;
    }
    let (pack, tree) = (closed.pack.line(), tree_of(world, entry));
    pack.zip(tree).is_some_and(|(pack, tree)| world.line_link(pack).root != tree)
}

/// The root of the commercial tree for which an entry is work: of the line that is named, else of its customer.
pub(crate) fn tree_of(world: &World, entry: &EntryView<'_>) -> Option<Idx<Customer>> {
    let named = world.named_line(entry).map(|line| world.line_link(line).root);
    named.or_else(|| world.customer_of(entry).map(|customer| world.root(customer)))
}

/// Not billable because of its team (L4), or because the entry says so (L5, first half).
#[inline]
fn set_off(world: &World, entry: &EntryView<'_>) -> Option<NonBillable> {
    if entry.facts.has(Facts::TEAM_OFF) {
        return Some(NonBillable::Team);
    }
    if entry.facts.has(Facts::NOT_BILLABLE) {
        return Some(NonBillable::Entry);
    }
    world.set_off(entry).map(NonBillable::Adjustment)
}

/// What an order line says that decides on its entries.
#[derive(Clone, Copy)]
pub struct LinkTerms {
    pub confirmed: bool,
    /// It is billed by the hours of its entries.
    pub by_time: bool,
}

/// The terms of the line that the entry is linked to.
#[inline]
pub fn terms(world: &World, entry: &EntryView<'_>, line: Idx<OrderLine>, linked_by: LinkedBy) -> LinkTerms {
    match linked_by {
        LinkedBy::Entry | LinkedBy::Ticket => {
            let facts = entry.facts;
            LinkTerms { confirmed: facts.has(Facts::LINE_CONFIRMED), by_time: facts.has(Facts::LINE_BY_TIME) }
        }
        LinkedBy::Auto | LinkedBy::Adjustment | LinkedBy::Ledger | LinkedBy::Agreement | LinkedBy::OneOfSeveral => {
            let line = world.line_link(line);
            LinkTerms { confirmed: line.confirmed, by_time: line.by_time }
        }
        // W8: overage is billed like time.
        LinkedBy::Overage | LinkedBy::Withheld => LinkTerms { confirmed: true, by_time: true },
    }
}

/// L4 and L5: why the entry is not billable on a line with these terms; `None` when it is.
#[inline]
pub fn non_billable(world: &World, entry: &EntryView<'_>, terms: Option<LinkTerms>) -> Option<NonBillable> {
    set_off(world, entry).or_else(|| terms.is_some_and(|terms| !terms.confirmed).then_some(NonBillable::Order))
}

/// H1: the hours of an entry that is usable, billable and on a line count as delivered: always, or once they are validated.
#[inline]
pub fn counts_as_delivered(rules: &Rules, entry: &EntryView<'_>) -> bool {
    rules.approval == Approval::All || !entry.facts.has(Facts::NOT_VALIDATED)
}

/// L2: what makes a line a candidate for every ticket of its tree.
pub fn is_candidate(line: &OrderLine) -> bool {
    line.is_pack()
}

/// Links every ticket that needs it (L2, L3), or draws on packs (W1); what was posted stays where it is.
pub fn link(world: &World, settings: &BillingSettings, posted: &Posted) -> Links {
    let kept = Kept::of(world, posted);
    let mut picks = vec![None; world.tickets.len()];
    let waterfall = settings.rules.packs.prepaid == Prepaid::Waterfall;
    if !waterfall {
        for (ticket, pick) in &kept.picks {
            if let Some(slot) = picks.get_mut(ticket.position()) {
                *slot = Some(*pick);
            }
        }
    }
    if settings.rules.auto_link && !waterfall {
        let picked = match settings.rules.packs.by_minimum {
            false => picked::<Hours>(world, settings, posted, &kept),
            true => picked::<OfEntry>(world, settings, posted, &kept),
        };
        for (ticket, pick) in picked {
            if let Some(slot) = picks.get_mut(ticket.position()) {
                *slot = Some(pick);
            }
        }
    }
    let Kept { packs, billed, .. } = kept;
    let mut links = Links { picks, packs, billed, draws: Draws::default() };
    links.draws = match waterfall {
        true => waterfall::draw(world, settings, posted),
        false => {
            let line_of = |entry: &EntryView<'_>| links.undrawn_line(world, entry).map(|(line, _)| line);
            let but_for_ledger = |entry: &EntryView<'_>| {
                let named = named_line(world, entry).map(|(line, _)| line);
                named.or_else(|| entry.ticket.and_then(|ticket| links.pick(ticket)).map(|pick| pick.line))
            };
            waterfall::limited(world, settings, posted, line_of, but_for_ledger)
        }
    };
    if !links.draws.is_empty() && posted.closes() {
        links.draws.bill_beyond = beyond::time_lines(world, settings.rules.packs.overdraft);
    }
    links
}

/// What the tickets of all trees picked.
fn picked<A: Amount>(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    kept: &Kept,
) -> Vec<(Idx<Ticket>, Pick)> {
    let trees: Trees<A> = Trees::new(world, settings, posted, kept);
    let folds = (0..trees.len()).into_par_iter().filter_map(|position| trees.fold(world, (settings, posted), position));
    folds.flat_map_iter(|fold| fold.run(None)).collect()
}

/// W12: what each pack said to an entry, the best first; nothing where none was asked.
pub fn tried(world: &World, settings: &BillingSettings, posted: &Posted, entry: &EntryView<'_>) -> Vec<Tried> {
    match settings.rules.packs.prepaid {
        Prepaid::Waterfall => waterfall::tried(world, settings, posted, entry),
        Prepaid::Ticket => Vec::new(),
    }
}

/// Links that the ledger decides, whatever the export says now.
#[derive(Default)]
struct Kept {
    packs: Vec<LineCode>,
    billed: BTreeMap<usize, LineCode>,
    /// The pack of tickets without a line of their own, when the ledger has entries of them covered by it.
    picks: BTreeMap<Idx<Ticket>, Pick>,
}

impl Kept {
    fn of(world: &World, posted: &Posted) -> Kept {
        let packs = posted.packs();
        if !posted.closes() {
            return Kept { packs, ..Kept::default() };
        }
        let entries = world.entries.chunk_list().par_iter().flat_map_iter(Chunk::iter).filter(EntryView::usable);
        let billed = entries.filter_map(|entry| {
            let closed = posted.closed(entry.position());
            let keeps = closed.hours != Hours::ZERO && closed.line != LineCode::NONE;
            let alone = keeps && (closed.line == LineCode::GONE || world.named_line(&entry).is_none());
            let covered = packs.get(entry.position()).is_some_and(|pack| *pack != LineCode::NONE);
            if !alone || covered {
                return None;
            }
            let code = match world.agreed(&entry) {
                // G8: what is agreed now counts as a line that is named. No pack is drawn on instead.
                Agreed::On(line) if closed.line != LineCode::GONE => {
                    entry.ticket?;
                    LineCode::of(Some(line))
                }
                _ => closed.line,
            };
            Some((entry.position(), code))
        });
        let billed: Vec<(usize, LineCode)> = billed.collect();
        let picks = Kept::picks(world, &packs);
        Kept { billed: billed.into_iter().collect(), packs, picks }
    }

    /// The pack that the ticket of an entry keeps.
    fn pick_of(&self, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, LinkedBy)> {
        let pick = self.picks.get(&entry.ticket?)?;
        Some((pick.line, LinkedBy::Auto))
    }

    /// Which pack each ticket keeps: that of its newest covered entry, of equal dates that of the greatest id.
    fn picks(world: &World, packs: &[LineCode]) -> BTreeMap<Idx<Ticket>, Pick> {
        let (mut newest, mut picks) = (BTreeMap::<Idx<Ticket>, (Date, &str)>::new(), BTreeMap::new());
        if packs.is_empty() {
            return picks;
        }
        let entries = world.entries.chunks().flat_map(|(_, chunk)| chunk.iter());
        for entry in entries.filter(|entry| entry.usable() && world.named_line(entry).is_none()) {
            let pack = packs.get(entry.position()).and_then(|pack| pack.line());
            let (Some(line), Some(ticket), Some(on)) = (pack, entry.ticket, entry.date()) else { continue };
            // L2: one that is for another customer by now picks anew; what was covered stays.
            if world.line_link(line).root != world.root(world.tickets.at(ticket).customer) {
                continue;
            }
            if newest.get(&ticket).is_none_or(|newest| *newest < (on, entry.id())) {
                newest.insert(ticket, (on, entry.id()));
                picks.insert(ticket, Pick { line, on });
            }
        }
        picks
    }
}

/// Every look for a line that the tickets of one tree made, in order: for `explain`.
pub fn attempts<'a>(
    world: &'a World,
    settings: &BillingSettings,
    posted: &Posted,
    root: Idx<Customer>,
) -> Vec<Attempt<'a>> {
    let mut attempts = Vec::new();
    if settings.rules.auto_link && settings.rules.packs.prepaid == Prepaid::Ticket {
        match settings.rules.packs.by_minimum {
            false => attempted::<Hours>(world, settings, posted, root, &mut attempts),
            true => attempted::<OfEntry>(world, settings, posted, root, &mut attempts),
        }
    }
    attempts
}

fn attempted<'a, A: Amount>(
    world: &'a World,
    settings: &BillingSettings,
    posted: &Posted,
    root: Idx<Customer>,
    attempts: &mut Vec<Attempt<'a>>,
) {
    let trees: Trees<A> = Trees::new(world, settings, posted, &Kept::of(world, posted));
    let position = trees.position(root);
    if let Some(fold) = position.and_then(|position| trees.fold(world, (settings, posted), position)) {
        fold.run(Some(attempts));
    }
}

/// When an entry draws on packs (W3). Those of one day do so by time of day, then by id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    day: Date,
    /// Over all entries.
    position: u32,
    /// Its hours are negative (W9).
    gives_back: bool,
}

impl Turn {
    fn entry(self, world: &World) -> EntryView<'_> {
        world.entries.at(Idx::at(self.position as usize))
    }
}
