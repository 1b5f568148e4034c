//! S2: packs that were told and that the orders do not sell as packs any more, as the closes and the ledger have them.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{add_portion, movement};
use super::pack::{NotSold, PackHeader};
use super::schedule::{Close, day_before};
use super::{CoveredOn, KeptByPack, KeptMovement, KeptPack, Movement, MovementKind, StatementSource};
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::model::Entry;
use crate::posted::UnsoldPack;
use crate::quantity::HoursSum;

/// Such packs, with what the closes of their company have kept of them; sorted by id.
pub(super) fn packs<'a>(source: StatementSource<'a>, kept: &KeptByPack<'a>) -> Vec<(PackHeader, Vec<Close<'a>>)> {
    let StatementSource { world, posted, .. } = source;
    let is_sold = |id: &str| world.lines.find(id).is_some_and(|line| world.lines.at(line).is_pack());
    let ids: BTreeSet<&str> = posted.lines.packs().iter().map(|(_, id)| id).chain(kept.keys().copied()).collect();
    let names = source.kept_packs.iter().map(|(id, of)| (posted.lines.id_now(world, id), of));
    let names: BTreeMap<&str, &KeptPack> = names.collect();
    let told = ids.into_iter().filter(|id| !is_sold(id)).filter_map(|id| header(source, id, names.get(id).copied()));
    told.map(|pack| {
        let closes = super::closes(source, (&pack.id, &pack.company), kept);
        (pack, closes)
    })
    .collect()
}

/// What is known of the pack; `None` where nobody knows whose it is, and for a part of a run that does not answer for it.
fn header(source: StatementSource<'_>, id: &str, kept: Option<&KeptPack>) -> Option<PackHeader> {
    let StatementSource { world, posted, .. } = source;
    if let Some(line) = world.lines.find(id) {
        let of = world.lines.at(line);
        let is_other = of.confirmed || of.policy != crate::model::Policy::Prepaid;
        let why = if is_other { NotSold::Otherwise } else { NotSold::NotConfirmed };
        let pack = PackHeader { line: None, not_sold: Some(why), ..PackHeader::sold(world, line) };
        return Some(pack).filter(|_| world.lines.is_own(line));
    }
    let ledger = posted.lines.packs().find(id).map(|pack| posted.lines.packs().at(pack));
    let customer = ledger.and_then(|of| of.customer.as_deref()).or_else(|| kept.map(|of| of.customer.as_str()))?;
    let root = world.customers.find(customer).map(|customer| world.customers.id(world.root(customer)));
    let company = kept.map(|of| of.company.as_str()).or_else(|| ledger.map(|of| of.company.as_str()));
    let bought_on = ledger.and_then(|of| of.bought_on);
    let said = |of: fn(&UnsoldPack) -> &String| ledger.map_or_else(String::new, |ledger| of(ledger).clone());
    let pack = PackHeader {
        id: id.to_owned(),
        order: said(|of| &of.order),
        product: said(|of| &of.product),
        customer: customer.to_owned(),
        root: root.unwrap_or(customer).to_owned(),
        company: company.unwrap_or_default().to_owned(),
        bought_on,
        confirmed_on: bought_on.map(Moment::from),
        sequence: 0,
        line: None,
        not_sold: Some(if world.lines_aside.contains(id) { NotSold::Aside } else { NotSold::Left }),
    };
    Some(pack).filter(|_| (source.owns_customer)(customer))
}

/// Everything that ever moved such a pack. `None` where nobody knows what was bought.
pub(super) fn moves(
    source: StatementSource<'_>,
    pack: &mut PackHeader,
    closes: &[Close<'_>],
    find: impl Fn(&str) -> Option<Idx<Entry>>,
) -> Option<Vec<Movement>> {
    if pack.not_sold.is_some_and(|why| !why.goes_on()) {
        // What closed months told of it is taken back by the next statement.
        return Some(Vec::new()).filter(|_| closes.iter().any(|close| !close.rows.is_empty()));
    }
    let posted = source.posted.lines.packs();
    let ledger = posted.find(&pack.id);
    let (mut used, mut known) = (BTreeMap::new(), BTreeSet::new());
    let portions = source.covered.iter().filter(|of| ledger.is_some_and(|pack| of.pack == CoveredOn::Ledger(pack)));
    for portion in portions {
        known.insert(portion.id.as_str());
        add_portion(source.world, &mut used, portion, find(&portion.id));
    }
    let mut moves: Vec<Movement> = used.into_values().filter(|of: &Movement| !of.hours.is_zero()).collect();
    let ledger = ledger.map(|pack| posted.at(pack));
    let first = closes.iter().position(|close| !close.rows.is_empty());
    match first.and_then(|_| closes.first()) {
        Some(first) => as_kept(pack, &mut moves, (first, closes), &known),
        None => moves.push(movement(MovementKind::Bought, pack.bought_on, ledger?.ordered?)),
    }
    if let Some(day) = ledger.and_then(|of| of.taken_back) {
        let left: HoursSum = moves.iter().map(|of| of.kind.effect(of.hours)).sum();
        moves.extend((!left.is_zero()).then(|| movement(MovementKind::Adjusted, Some(day), -left)));
    }
    Some(moves)
}

/// What closes have kept is known of the pack still: what was bought and what expired, hours that the ERP had invoiced, and the balance that
/// the first close began with. Hours that waited for a post then and that no post has are not.
fn as_kept(
    pack: &mut PackHeader,
    moves: &mut Vec<Movement>,
    (first, closes): (&Close<'_>, &[Close<'_>]),
    posted: &BTreeSet<&str>,
) {
    let begins = first.month.ends().0;
    let rows = || closes.iter().flat_map(|close| &close.rows).filter(|row| row.kind != MovementKind::Opening);
    if pack.bought_on.is_none() {
        pack.bought_on = rows().find(|row| row.kind == MovementKind::Bought).and_then(|row| row.date);
    }
    let mut by_row: BTreeMap<(Option<Date>, &str), Vec<&KeptMovement>> = BTreeMap::new();
    // A correction of the balance that the first close began with stands on the day before it.
    let is_earlier = |row: &KeptMovement| row.id.is_empty() && row.date == day_before(begins);
    for row in rows().filter(|row| !is_earlier(row) && !posted.contains(row.id.as_str())) {
        by_row.entry((row.date, &row.id)).or_default().push(row);
    }
    for ((date, id), rows) in by_row {
        let effect: HoursSum = rows.iter().map(|row| row.kind.effect(row.hours)).sum();
        let ended = rows.iter().filter(|row| row.kind == MovementKind::Expired);
        let expired: HoursSum = ended.map(|row| row.hours).sum();
        if !id.is_empty() {
            let used = movement(MovementKind::Used, date, -effect);
            let is_final = rows.iter().all(|row| row.settled);
            moves.extend((is_final && !effect.is_zero()).then(|| Movement { id: id.to_owned(), ..used }));
            continue;
        }
        let of_kinds = [(MovementKind::Bought, effect + expired), (MovementKind::Expired, expired)];
        let of_kinds = of_kinds.into_iter().filter(|(_, hours)| !hours.is_zero());
        moves.extend(of_kinds.map(|(kind, hours)| movement(kind, date, hours)));
    }
    let opening = first.rows.iter().filter(|row| row.kind == MovementKind::Opening).map(|row| row.hours);
    let told: HoursSum =
        opening.chain(rows().filter(|row| is_earlier(row)).map(|row| row.kind.effect(row.hours))).sum();
    let before = moves.iter().filter(|of| of.date.max(pack.bought_on).is_none_or(|on| on < begins));
    let forward = told - before.map(|of| of.kind.effect(of.hours)).sum();
    if !forward.is_zero() {
        let date = pack.bought_on.filter(|date| *date < begins);
        moves.push(movement(MovementKind::Bought, date, forward));
    }
}
