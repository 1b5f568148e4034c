//! G9: a covered entry that was edited to more hours. What was posted stays on its pack; of the difference, what the pack has left counts
//! there, and the rest is held: nobody agreed to draw a pack below zero by an edit.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Account, Apart, Disposition, KeptBack, decide};
use crate::bug::OrBug;
use crate::calendar::{Date, Moment, Side};
use crate::ident::Idx;
use crate::link::{Links, Stand, Withheld};
use crate::model::{Entry, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// Hours that an entry draws on a pack beside what was posted of it.
struct Draw<'a> {
    line: Idx<OrderLine>,
    /// The order of drawing (G9): day, time of day (without one first), id.
    when: (i32, Option<Moment>, &'a str),
    hours: Hours,
    /// The entry, when it was edited to more hours than were posted; `None` for every other draw.
    grown: Option<Idx<Entry>>,
}

/// Holds the hours of `grown` entries that their packs have not left. Returns the hours held of each.
pub(super) fn hold(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    grown: &[(Idx<OrderLine>, Idx<Entry>)],
    account: &mut Account,
) -> BTreeMap<Idx<Entry>, Hours> {
    let mut held = BTreeMap::new();
    if grown.is_empty() {
        return held;
    }
    let mut left: BTreeMap<Idx<OrderLine>, HoursSum> = BTreeMap::new();
    for (line, _) in grown {
        let ordered = world.lines.at(*line).ordered_hours();
        left.insert(*line, ordered.or_bug("a pack is in a unit of time"));
    }
    // Posted portions count at every date.
    for ((line, _), hours) in &posted.gone {
        if let Some(left) = left.get_mut(line) {
            *left = *left - *hours;
        }
    }
    let grown: BTreeSet<Idx<Entry>> = grown.iter().map(|(_, entry)| *entry).collect();
    let mut draws = draws(world, settings, links, posted, &left, &grown);
    draws.par_sort_unstable_by(|a, b| (a.line, a.when).cmp(&(b.line, b.when)));
    for draw in draws {
        let left = left.get_mut(&draw.line).or_bug("only what is drawn on these packs is looked at");
        let fits = match draw.grown {
            None => draw.hours,
            // K4: the balance of a closed month moves no more.
            Some(entry) if posted.is_shut(world, draw.line, &world.entries.at(entry)) => Hours::ZERO,
            Some(_) => HoursSum::from(draw.hours).min((*left).max(HoursSum::ZERO)).within_an_entry(),
        };
        *left = *left - fits.into();
        let rest = draw.hours.less(fits);
        if let (Some(entry), true) = (draw.grown, rest > Hours::ZERO) {
            account.hold_rest(world, settings, draw.line, entry, (fits, rest));
            held.insert(entry, rest);
        }
    }
    account.kept_back.sort();
    held
}

/// Everything that is drawn on these packs and was not posted yet.
fn draws<'a>(
    world: &'a World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    packs: &BTreeMap<Idx<OrderLine>, HoursSum>,
    grown: &BTreeSet<Idx<Entry>>,
) -> Vec<Draw<'a>> {
    let chunks: Vec<_> = world.entries.chunks().collect();
    let of_chunks = chunks.par_iter().flat_map_iter(|(start, chunk)| {
        (*start..).zip(chunk.iter()).filter_map(|(at, entry)| {
            let (line, _) = links.line_of(world, &entry).filter(|(line, _)| packs.contains_key(line))?;
            let decision = decide(world, settings, links, posted, &entry);
            let entry_idx = Idx::at(at);
            let when = (entry.days(), entry.started_at(), entry.id());
            let hours = entry.hours.less(decision.covered);
            let grown = Some(entry_idx).filter(|idx| grown.contains(idx));
            decision.delivers.then_some(Draw { line, when, hours, grown })
        })
    });
    of_chunks.collect()
}

impl Account {
    /// Notes the held hours of covered entries that grew and ask packs (W): drawing has found already how much is held.
    pub(super) fn note_outgrown(&mut self, world: &World, links: &Links) {
        let of_packs = |idx: &Idx<Entry>| links.draws.asks(idx.position());
        let held = self.kept_back.iter().filter(|(why, _, idx)| *why == KeptBack::Outgrown && of_packs(idx));
        let held = held.map(|&(_, line, idx)| {
            let stand = Stand::Withheld(line, Withheld::Outgrown);
            (idx, self.hours_at(idx, stand, world.entries.at(idx).hours))
        });
        let held: Vec<(Idx<Entry>, Hours)> = held.collect();
        self.outgrown.extend(held);
    }

    /// Of the hours that a covered entry gained, what does not fit its pack waits for a person and is not delivered.
    fn hold_rest(
        &mut self,
        world: &World,
        settings: &BillingSettings,
        line: Idx<OrderLine>,
        entry: Idx<Entry>,
        (fits, rest): (Hours, Hours),
    ) {
        let (chunk, row) = world.entries.locate(entry);
        let disposition = self.dispositions.get_mut(chunk).and_then(|rows| rows.get_mut(row));
        *disposition.or_bug("every entry has its disposition") = Disposition::Held;
        if fits != Hours::ZERO {
            self.set_apart([Apart { entry, disposition: Disposition::Covered, hours: fits, refund: None, on: None }]);
        }
        self.kept_back.push((KeptBack::Outgrown, line, entry));
        self.undelivered += rest;
        let date = world.entries.at(entry).date();
        let hours = self.lines.get_mut(line.position()).or_bug("every order line has its hours");
        let side = date.map_or(Side::Inside, |date| settings.period.side(date));
        let sum = match side {
            Side::Before => &mut hours.before,
            Side::Inside => &mut hours.inside,
            Side::After => &mut hours.after,
        };
        *sum = *sum - rest.into();
        if counts_later(settings, date) {
            hours.later = hours.later - rest.into();
        }
    }
}

/// K8: no balance counts hours of the date although no period ends before it.
fn counts_later(settings: &BillingSettings, date: Option<Date>) -> bool {
    let on = settings.balance_date().filter(|_| settings.period.to().is_none());
    on.zip(date).is_some_and(|(on, date)| date > on)
}
