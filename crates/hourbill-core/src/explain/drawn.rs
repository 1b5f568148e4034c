//! W12: what packs said to an entry, and where its hours stand.

use super::{Explanation, hours};
use crate::ident::Idx;
use crate::link::{self, Stand, Withheld};
use crate::model::{Entry, EntryView, NotDrawn, OrderLine};
use crate::quantity::Hours;
use crate::results::Results;
use crate::settings::Prepaid;

/// Packs told at most.
const PACKS_TOLD: usize = 12;

/// The packs that the entry asked, best first, and each draw; whether it asked any.
pub(super) fn drawn(results: Results<'_>, entry: &EntryView<'_>, told: &mut Explanation) -> bool {
    let (world, draws) = (results.world, &results.links.draws);
    if !draws.asks(entry.position()) {
        return false;
    }
    let waterfall = results.settings.rules.packs.prepaid == Prepaid::Waterfall;
    let named = world.named_line(entry).map(|line| world.lines.id(line));
    match (named, waterfall) {
        (Some(named), true) => told.step("W2", format!("pack `{named}` is named, and is drawn first")),
        (Some(named), false) => told.step("L1", format!("order line `{named}` is named")),
        (None, true) => told.step("W2", "no order line is named: it asks the packs of its customer"),
        (None, false) => told.step("L2", "its ticket picked a pack"),
    }
    let tried = link::tried(world, results.settings, results.posted, entry);
    for (pack, said) in tried.iter().take(PACKS_TOLD) {
        let id = world.lines.id(*pack);
        let (rule, text) = match said {
            Ok((drawn, left)) => {
                ("W6", format!("pack `{id}`: {} drawn, {} left", hours((*drawn).into()), hours(*left)))
            }
            Err(why) => (rule_of(*why), format!("pack `{id}`: {}", why_not(*why))),
        };
        told.step(rule, text);
    }
    if let Some(rest) = tried.len().checked_sub(PACKS_TOLD).filter(|rest| *rest > 0) {
        told.step("W4", format!("{rest} further packs come after these"));
    }
    if tried.is_empty() && !waterfall {
        limited(results, entry, told);
    }
    for piece in results.posted.pieces(entry.position()) {
        let line = piece.line.line().map_or("a line that is gone", |line| world.lines.id(line));
        let what = if piece.covered { "covered by" } else { "billed on" };
        told.step("W10", format!("{} h are posted, {what} `{line}`: they stay there", piece.hours));
    }
    let open = results.posted.closed(entry.position());
    let open = entry.hours.less(open.hours).less(open.covered);
    for draw in draws.of_entry(entry.position(), open) {
        if let Some((rule, text)) = stands(results, draw.stand, draw.hours) {
            told.step(rule, text);
        }
    }
    true
}

/// M7: what packs give for hours of the entry beyond those that were worked.
pub(super) fn lifted(results: Results<'_>, entry: &EntryView<'_>, idx: Idx<Entry>, told: &mut Explanation) {
    let (world, rules) = (results.world, &results.settings.rules);
    for ((_, pack), uplift) in results.account.uplifts_of(idx) {
        let Some((minimum, by)) = world.minimum_on_pack(rules.minimum, *pack) else { continue };
        let worked = match results.links.draws.asks(entry.position()) {
            true => results.account.drawn_now(world, results.links, results.posted, entry),
            false => vec![(*pack, entry.hours.less(results.posted.closed(entry.position()).covered))],
        };
        let worked = worked.iter().filter(|(of, _)| of == pack).fold(Hours::ZERO, |sum, (_, hours)| sum.plus(*hours));
        let (given, id) = (worked.plus(*uplift), world.lines.id(*pack));
        let (said, by) = (minimum.in_words(), by.in_words());
        told.step("M7", format!("pack `{id}` gives {given} h for {worked} h worked: {said}, says {by}"));
    }
}

/// W5 under `rules.prepaid = "ticket"`: why the entry's own pack may not be drawn by it.
fn limited(results: Results<'_>, entry: &EntryView<'_>, told: &mut Explanation) {
    let world = results.world;
    let picked = entry.ticket.and_then(|ticket| results.links.pick(ticket)).map(|pick| pick.line);
    let Some((pack, day)) = world.named_line(entry).or(picked).zip(entry.date()) else { return };
    let (team, activity) = world.team_and_activity(entry);
    let shut = world.pack_shut_on(pack, day);
    let shut = shut.or_else(|| (!world.pack_covers(pack, team, activity)).then_some(NotDrawn::NotCovered));
    let why = shut.unwrap_or(NotDrawn::Gate);
    told.step(rule_of(why), format!("pack `{}`: {}", world.lines.id(pack), why_not(why)));
}

fn rule_of(why: NotDrawn) -> &'static str {
    match why {
        NotDrawn::NotYet(_) | NotDrawn::Expired(_) | NotDrawn::NotCovered | NotDrawn::Gate => "W5",
        NotDrawn::Empty => "W6",
        NotDrawn::OtherCompany => "W3",
    }
}

fn why_not(why: NotDrawn) -> String {
    match why {
        NotDrawn::NotYet(from) => format!("not yet valid, it begins on {from}"),
        NotDrawn::Expired(until) => format!("expired, its last day was {until}"),
        NotDrawn::NotCovered => "it does not cover the team or activity of the entry".to_owned(),
        NotDrawn::Gate => "it is not invoiced in full, and `rules.prepaid_gate` asks for that".to_owned(),
        NotDrawn::Empty => "nothing left".to_owned(),
        NotDrawn::OtherCompany => "it is of another company".to_owned(),
    }
}

/// Where hours stand, and by which rule.
fn stands(results: Results<'_>, stand: Stand, of: Hours) -> Option<(&'static str, String)> {
    let id = |line: Idx<OrderLine>| results.world.lines.id(line);
    if of == Hours::ZERO {
        return None;
    }
    let back = of < Hours::ZERO;
    let rule = if back { "W9" } else { "W7" };
    let text = match stand {
        Stand::Pack(line) if back => format!("{} h go back to pack `{}`", of.negated(), id(line)),
        Stand::Pack(_) => return None,
        Stand::TimeLine(line) => format!("{of} h no pack takes: billed on time line `{}`", id(line)),
        Stand::Overage(line) => format!("{of} h no pack takes: billed on pack `{}` at its overage price", id(line)),
        Stand::Withheld(line, Withheld::NothingToGiveBack) => {
            format!("{} h more than was drawn before are held, on account of pack `{}`", of.negated(), id(line))
        }
        Stand::Withheld(line, Withheld::Hold) => {
            format!("{of} h no pack takes: `overdraft` of `{}` holds them", id(line))
        }
        Stand::Withheld(line, Withheld::LineUnusable) => {
            format!("{of} h no pack takes: no time line can bill them, {}", link::unusable(results.world, line))
        }
        Stand::Withheld(line, Withheld::PriceMissing) => {
            format!("{of} h no pack takes: `{}` has no overage_price", id(line))
        }
        Stand::Withheld(line, Withheld::Outgrown) => {
            return Some(("G9", format!("{of} h more than pack `{}` has left are held", id(line))));
        }
        Stand::Elsewhere => format!("{of} h: no pack was ever drawn"),
    };
    Some((rule, text))
}
