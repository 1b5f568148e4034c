//! Everything that ever moved a pack, as it is known now: its purchase, hours of entries that were read, and what the ledger alone has.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::{CoveredPortion, Movement, MovementKind, StatementSource, bought_on};
use crate::account::{Disposition, KeptBack, billed_on_packs, decide};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::link::is_candidate;
use crate::model::{Chunk, Entry, EntryView, Facts, OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// The movements of each pack.
type Moves = BTreeMap<Idx<OrderLine>, Vec<Movement>>;

/// Of the packs of this part of the run.
///
/// # Errors
/// Hours that do not come to those delivered on their pack (H1).
pub(super) fn moves(source: StatementSource<'_>) -> Result<Moves, String> {
    let StatementSource { world, account, .. } = source;
    let mut all: Moves = world.lines.iter().filter(|(_, line)| is_candidate(line)).map(bought(world)).collect();
    if all.is_empty() {
        return Ok(all);
    }
    let used = used(source, |line| all.contains_key(&line));
    let known = known(source, |line| all.contains_key(&line));
    let now = source.posted.entries_known_as();
    in_ledger(source, &mut all, |id| known.get(id).copied().or_else(|| now.get(id).copied()));
    for of in used {
        // G12: what was billed by time of a line that sells no pack now, or another part's, moves none of these.
        if let Some(moves) = all.get_mut(&of.line) {
            let (id, uplift) = (world.entries.id(of.entry).to_owned(), of.uplift.into());
            let used = movement(MovementKind::Used, of.date, of.hours.into());
            moves.push(Movement { id, entry: Some(of.entry), uplift, settled: of.settled, ..used });
        }
    }
    for (line, moves) in &mut all {
        moves.extend(expired(source, *line, moves));
    }
    for (line, moves) in &all {
        let used: HoursSum = moves.iter().filter(|of| of.kind == MovementKind::Used).map(|of| of.hours).sum();
        let delivered = account.line(*line).delivered();
        if used != delivered {
            let pack = world.lines.id(*line);
            return Err(format!("statement of pack `{pack}`: {used} h are used, {delivered} h are delivered on it"));
        }
    }
    Ok(all)
}

fn bought<'a>(world: &'a World) -> impl Fn((Idx<OrderLine>, &OrderLine)) -> (Idx<OrderLine>, Vec<Movement>) + 'a {
    |(idx, line)| {
        let hours = line.ordered_hours().or_bug("a pack is sold in a unit of time");
        let bought = movement(MovementKind::Bought, bought_on(world, idx), hours);
        (idx, if hours.is_zero() { Vec::new() } else { vec![bought] })
    }
}

/// W5: what is left at the end of the last day on which a pack may be drawn, once that is over when balances are told (K8).
fn expired(source: StatementSource<'_>, line: Idx<OrderLine>, moves: &[Movement]) -> Option<Movement> {
    let StatementSource { world, settings, .. } = source;
    let until = world.pack_days(line).1?;
    let on = settings.balance_date().or(world.newest_entry)?;
    let ordered = world.lines.at(line).ordered_hours()?;
    let by_then = moves.iter().filter(|of| of.kind == MovementKind::Used && of.date <= Some(until));
    let left = ordered - by_then.map(|of| of.hours).sum();
    (until <= on && left.is_positive()).then(|| movement(MovementKind::Expired, Some(until), left))
}

pub(super) fn movement(kind: MovementKind, date: Option<Date>, hours: HoursSum) -> Movement {
    let (id, balance) = (String::new(), HoursSum::ZERO);
    Movement { kind, date, id, entry: None, said: None, hours, uplift: HoursSum::ZERO, balance, settled: true }
}

/// Hours of an entry on a pack beside those that the ledger has covered (H1, W6).
#[derive(Clone, Copy)]
pub(super) struct Used {
    pub entry: Idx<Entry>,
    pub line: Idx<OrderLine>,
    pub date: Option<Date>,
    /// With what the pack gives beyond them.
    pub hours: Hours,
    /// M7.
    pub uplift: Hours,
    /// Nothing of it waits for a post.
    pub settled: bool,
}

/// What all entries draw, in the order read.
pub(super) fn used(source: StatementSource<'_>, is_pack: impl Fn(Idx<OrderLine>) -> bool + Sync) -> Vec<Used> {
    let chunks: Vec<_> = source.world.entries.chunks().collect();
    let of_chunk = |(start, chunk): &(usize, &Chunk)| {
        let mut all = Vec::new();
        for (at, entry) in (*start..).zip(chunk.iter()) {
            match about(source, at, &entry, &is_pack) {
                Some(About::Packs) => drawn_on(source, &entry, &mut all),
                Some(About::Pack(line)) => drawn(source, line, &entry, &mut all),
                Some(About::Covered) | None => {}
            }
        }
        all
    };
    let of_chunks: Vec<Vec<Used>> = chunks.par_iter().map(of_chunk).collect();
    of_chunks.concat()
}

/// The entries that packs are about, by their ids; none where nobody asks for what the ledger has covered.
pub(super) fn known<'a>(
    source: StatementSource<'a>,
    is_pack: impl Fn(Idx<OrderLine>) -> bool + Sync,
) -> HashMap<&'a str, Idx<Entry>> {
    if source.covered.is_empty() {
        return HashMap::new();
    }
    let chunks: Vec<_> = source.world.entries.chunks().collect();
    let of_chunks = chunks.par_iter().flat_map_iter(|(start, chunk)| {
        let about = |(at, entry)| about(source, at, &entry, &is_pack).and(Some((entry.id(), Idx::new(at)?)));
        (*start..).zip(chunk.iter()).filter_map(about)
    });
    // Of repeated ids the last.
    of_chunks.collect::<Vec<_>>().into_iter().collect()
}

/// What an entry has to do with packs.
enum About {
    /// It asks packs (W).
    Packs,
    /// It is on this one.
    Pack(Idx<OrderLine>),
    /// It is on none now; the ledger has covered it.
    Covered,
}

fn about(
    source: StatementSource<'_>,
    at: usize,
    entry: &EntryView<'_>,
    is_pack: impl Fn(Idx<OrderLine>) -> bool,
) -> Option<About> {
    let StatementSource { world, links, posted, .. } = source;
    if entry.facts.has(Facts::DUPLICATE) {
        return None;
    }
    if links.draws.asks(at) {
        return Some(About::Packs);
    }
    match links.line_of(world, entry).map(|(line, _)| line).filter(|line| is_pack(*line)) {
        Some(line) => Some(About::Pack(line)),
        None => (posted.closed(at).covered != Hours::ZERO).then_some(About::Covered),
    }
}

/// W6: what an entry draws on packs beside what the ledger has covered. What the ERP invoiced waits for no post.
fn drawn_on(source: StatementSource<'_>, entry: &EntryView<'_>, all: &mut Vec<Used>) {
    let StatementSource { world, settings, links, posted, account, .. } = source;
    let idx = Idx::<Entry>::at(entry.position());
    for (line, hours, settled) in billed_on_packs(world, settings, links, posted, entry) {
        all.push(Used { entry: idx, line, date: entry.date(), hours, uplift: Hours::ZERO, settled });
    }
    let settled = posted.invoiced_by_erp(entry);
    for (line, hours) in account.drawn(world, links, posted, entry) {
        if hours != Hours::ZERO {
            let uplift = account.uplift(idx, line);
            all.push(Used { entry: idx, line, date: entry.date(), hours: hours.plus(uplift), uplift, settled });
        }
    }
}

/// H1 of an entry on a pack, without what the ledger has covered; what waits for a post stands apart.
fn drawn(source: StatementSource<'_>, line: Idx<OrderLine>, entry: &EntryView<'_>, all: &mut Vec<Used>) {
    let StatementSource { world, settings, links, posted, account, .. } = source;
    let idx = Idx::<Entry>::at(entry.position());
    let decision = decide(world, settings, links, posted, entry);
    if !decision.delivers {
        return;
    }
    let beyond = account.outgrown.get(&idx).copied().unwrap_or(Hours::ZERO);
    let delivered = entry.hours.less(decision.covered).less(beyond);
    // X5: what a bound holds was not posted either.
    let held = matches!(decision.kept_back, Some(KeptBack::Bound { .. }));
    let waits = (decision.disposition == Disposition::Covered || held) && !decision.settled;
    let open = if waits { decision.open(entry.hours).less(beyond) } else { Hours::ZERO };
    // M7: what the pack gives beyond them waits for the same post.
    let lifted = account.uplift(idx, line);
    for (hours, settled) in [(delivered.less(open), true), (open, false)] {
        if hours != Hours::ZERO {
            let uplift = if settled == (open == Hours::ZERO) { lifted } else { Hours::ZERO };
            all.push(Used { entry: idx, line, date: entry.date(), hours: hours.plus(uplift), uplift, settled });
        }
    }
}

/// By day and entry, the hours of one pack that posts have covered.
pub(super) type UsedByEntry<'a> = BTreeMap<(i32, &'a str), Movement>;

/// Takes in covered hours; `entry` is theirs, where it was read.
pub(super) fn add_portion<'a>(
    world: &'a World,
    used: &mut UsedByEntry<'a>,
    portion: &'a CoveredPortion,
    entry: Option<Idx<Entry>>,
) {
    let id = entry.map_or(portion.id.as_str(), |entry| world.entry(entry).id());
    let of = used.entry((portion.date.days(), id)).or_insert_with(|| {
        let used = movement(MovementKind::Used, Some(portion.date), HoursSum::ZERO);
        Movement { id: id.to_owned(), entry, ..used }
    });
    of.hours += portion.hours.plus(portion.uplift);
    of.uplift += portion.uplift;
    of.said = Some((portion.employee.clone(), portion.ticket.clone())).filter(|_| entry.is_none());
}

const GATHERED: &str = "only hours of packs that are told of are gathered";

/// G9: what posts have covered, and what was billed of entries that are no longer exported.
fn in_ledger(source: StatementSource<'_>, all: &mut Moves, find: impl Fn(&str) -> Option<Idx<Entry>>) {
    let StatementSource { world, posted, covered, .. } = source;
    let mut left: BTreeMap<(Idx<OrderLine>, i32), HoursSum> = posted.gone.clone();
    left.retain(|(line, _), _| all.contains_key(line));
    let mut by_pack: BTreeMap<Idx<OrderLine>, UsedByEntry<'_>> = BTreeMap::new();
    for portion in covered {
        let Some(line) = portion.line().filter(|line| all.contains_key(line)) else { continue };
        add_portion(world, by_pack.entry(line).or_default(), portion, find(&portion.id));
        if let Some(left) = left.get_mut(&(line, portion.date.days())) {
            *left = *left - portion.hours.plus(portion.uplift).into();
        }
    }
    for (line, by_entry) in by_pack {
        let moves = all.get_mut(&line).or_bug(GATHERED);
        moves.extend(by_entry.into_values().filter(|of| !of.hours.is_zero()));
    }
    // What is told of no entry.
    for ((line, day), hours) in left.into_iter().filter(|(_, hours)| !hours.is_zero()) {
        let moves = all.get_mut(&line).or_bug(GATHERED);
        moves.push(movement(MovementKind::Used, Date::from_days(day), hours));
    }
}
