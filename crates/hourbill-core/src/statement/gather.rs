//! Everything that ever moved a pack, as it is known now: its purchase, hours of entries that were read, and what the ledger alone has.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::{Movement, MovementKind, StatementSource, bought_on};
use crate::account::{Disposition, KeptBack, decide};
use crate::calendar::Date;
use crate::ident::Idx;
use crate::link::is_candidate;
use crate::model::{Entry, EntryView, Facts, OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// The movements of each pack.
type Moves = BTreeMap<Idx<OrderLine>, Vec<Movement>>;

/// Of the packs of this part of the run.
///
/// # Errors
/// Hours that do not come to those delivered on their pack (H1).
pub(super) fn moves(source: StatementSource<'_>) -> Result<Moves, String> {
    let StatementSource { world, account, .. } = source;
    let mut all: Moves = world.own_lines().filter(|(_, line)| is_candidate(line)).map(bought(world)).collect();
    if all.is_empty() {
        return Ok(all);
    }
    let read = read(source, |line| all.contains_key(&line));
    let mut known: HashMap<&str, Idx<Entry>> = HashMap::new();
    for (id, entry, _) in &read {
        known.insert(id, *entry);
    }
    let now = source.posted.entries_known_as();
    in_ledger(source, &mut all, |id| known.get(id).copied().or_else(|| now.get(id).copied()));
    for (_, _, of_packs) in read {
        for (line, movement) in of_packs {
            if let Some(moves) = all.get_mut(&line) {
                moves.push(movement);
            }
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
        let hours = line.ordered_hours().unwrap_or(HoursSum::ZERO);
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

fn movement(kind: MovementKind, date: Option<Date>, hours: HoursSum) -> Movement {
    let (id, balance) = (String::new(), HoursSum::ZERO);
    Movement { kind, date, id, entry: None, said: None, hours, uplift: HoursSum::ZERO, balance, settled: true }
}

/// An entry that packs are about, with what it draws on them beside the ledger's hours.
pub(super) type Drawn<'a> = (&'a str, Idx<Entry>, Vec<(Idx<OrderLine>, Movement)>);

pub(super) fn read<'a>(source: StatementSource<'a>, is_pack: impl Fn(Idx<OrderLine>) -> bool + Sync) -> Vec<Drawn<'a>> {
    let StatementSource { world, links, posted, .. } = source;
    let chunks: Vec<_> = world.entries.chunks().collect();
    let of_chunks = chunks.par_iter().flat_map_iter(|(start, chunk)| {
        (*start..).zip(chunk.iter()).filter_map(|(at, entry)| {
            if links.draws.asks(at) && !entry.facts.has(Facts::DUPLICATE) {
                return Some((entry.id(), Idx::new(at)?, drawn_on(source, &entry)));
            }
            let line = links.line_of(world, &entry).map(|(line, _)| line).filter(|line| is_pack(*line));
            if line.is_none() && posted.closed(at).covered == Hours::ZERO || entry.facts.has(Facts::DUPLICATE) {
                return None;
            }
            let idx = Idx::new(at)?;
            Some((entry.id(), idx, line.map(|line| drawn(source, line, (idx, &entry))).unwrap_or_default()))
        })
    });
    of_chunks.collect()
}

/// W6: what an entry draws on packs beside what the ledger has covered. What the ERP invoiced waits for no post.
fn drawn_on(source: StatementSource<'_>, entry: &EntryView<'_>) -> Vec<(Idx<OrderLine>, Movement)> {
    let StatementSource { world, links, posted, account, .. } = source;
    let idx = Idx::<Entry>::at(entry.position());
    let invoiced = entry.facts.has(Facts::INVOICED) && !posted.knows(entry.position());
    let of_packs: Vec<(Idx<OrderLine>, Hours)> = match invoiced {
        true => {
            let draws = links.draws.of_entry(entry.position(), entry.hours).into_iter();
            draws
                .filter_map(|draw| Some((draw.stand.line().filter(|_| draw.stand.is_covered())?, draw.hours)))
                .collect()
        }
        false => account.drawn_now(world, links, posted, entry),
    };
    let used = |(line, hours): (Idx<OrderLine>, Hours)| {
        let uplift = account.uplift(idx, line);
        let used = movement(MovementKind::Used, entry.date(), hours.plus(uplift).into());
        let (id, uplift) = (entry.id().to_owned(), uplift.into());
        (line, Movement { id, entry: Some(idx), uplift, settled: invoiced, ..used })
    };
    of_packs.into_iter().filter(|(_, hours)| *hours != Hours::ZERO).map(used).collect()
}

/// H1 of an entry on a pack, without what the ledger has covered; what waits for a post stands apart.
fn drawn(
    source: StatementSource<'_>,
    line: Idx<OrderLine>,
    (idx, entry): (Idx<Entry>, &EntryView<'_>),
) -> Vec<(Idx<OrderLine>, Movement)> {
    let StatementSource { world, settings, links, posted, account, .. } = source;
    let decision = decide(world, settings, links, posted, entry);
    if !decision.delivers {
        return Vec::new();
    }
    let beyond = account.outgrown.get(&idx).copied().unwrap_or(Hours::ZERO);
    let all = entry.hours.less(decision.covered).less(beyond);
    // X5: what a bound holds was not posted either.
    let held = matches!(decision.kept_back, Some(KeptBack::Bound(_)));
    let waits = (decision.disposition == Disposition::Covered || held) && !decision.settled;
    let open = if waits { decision.open(entry.hours).less(beyond) } else { Hours::ZERO };
    let parts = [(all.less(open), true), (open, false)].into_iter().filter(|(hours, _)| *hours != Hours::ZERO);
    // M7: what the pack gives beyond them waits for the same post.
    let lifted = account.uplift(idx, line);
    let part = |(hours, settled): (Hours, bool)| {
        let uplift = if settled == (open == Hours::ZERO) { lifted } else { Hours::ZERO };
        let used = movement(MovementKind::Used, entry.date(), hours.plus(uplift).into());
        let (id, uplift) = (entry.id().to_owned(), uplift.into());
        (line, Movement { id, entry: Some(idx), uplift, settled, ..used })
    };
    parts.map(part).collect()
}

/// G9: what posts have covered, and what was billed of entries that are no longer exported.
fn in_ledger(source: StatementSource<'_>, all: &mut Moves, find: impl Fn(&str) -> Option<Idx<Entry>>) {
    let StatementSource { world, posted, covered, .. } = source;
    let mut left: BTreeMap<(Idx<OrderLine>, i32), HoursSum> = posted.gone.clone();
    left.retain(|(line, _), _| all.contains_key(line));
    let mut by_entry: BTreeMap<(Idx<OrderLine>, i32, &str), (HoursSum, Movement)> = BTreeMap::new();
    for portion in covered.iter().filter(|portion| all.contains_key(&portion.line)) {
        let (entry, day) = (find(&portion.id), portion.date.days());
        let id = entry.map_or(portion.id.as_str(), |entry| world.entries.id(entry));
        let of = by_entry.entry((portion.line, day, id)).or_insert_with(|| {
            let used = movement(MovementKind::Used, Some(portion.date), HoursSum::ZERO);
            (HoursSum::ZERO, Movement { id: id.to_owned(), entry, ..used })
        });
        of.0 += portion.hours.plus(portion.uplift);
        of.1.uplift += portion.uplift;
        of.1.said = Some((portion.employee.clone(), portion.ticket.clone())).filter(|_| entry.is_none());
        if let Some(left) = left.get_mut(&(portion.line, day)) {
            *left = *left - portion.hours.plus(portion.uplift).into();
        }
    }
    for ((line, ..), (hours, of)) in by_entry {
        if let Some(moves) = all.get_mut(&line).filter(|_| !hours.is_zero()) {
            moves.push(Movement { hours, ..of });
        }
    }
    // What is told of no entry.
    for ((line, day), hours) in left.into_iter().filter(|(_, hours)| !hours.is_zero()) {
        if let Some(moves) = all.get_mut(&line) {
            moves.push(movement(MovementKind::Used, Date::from_days(day), hours));
        }
    }
}
