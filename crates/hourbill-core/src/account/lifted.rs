//! M7: what packs give beyond the hours of entries counts as delivered on them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Account, decide};
use crate::bug::OrBug;
use crate::calendar::{Moment, Side};
use crate::ident::Idx;
use crate::link::{Burns, Links};
use crate::model::{Entry, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::{Hours, HoursSum};
use crate::settings::{BillingSettings, Prepaid};

/// Hours of an entry on a pack, in the order of W3.
struct OnPack<'a> {
    pack: Idx<OrderLine>,
    when: (i32, Option<Moment>, &'a str),
    entry: Idx<Entry>,
    hours: Hours,
}

/// Finds what packs give beyond the hours that were worked, and counts it on them.
pub(super) fn lift(world: &World, settings: &BillingSettings, links: &Links, posted: &Posted, account: &mut Account) {
    if !settings.rules.packs.by_minimum {
        return;
    }
    let mut uplifts: BTreeMap<(Idx<Entry>, Idx<OrderLine>), Hours> = BTreeMap::new();
    for (&(position, pack), uplift) in &links.draws.uplifts {
        uplifts.insert((Idx::at(position as usize), pack), uplift.within_an_entry());
    }
    if settings.rules.packs.prepaid == Prepaid::Ticket {
        uplifts.extend(of_tickets(world, settings, links, posted, account));
    }
    for (&(entry, pack), &uplift) in &uplifts {
        account.deliver_more(world, settings, (entry, pack), uplift);
    }
    account.uplifts = uplifts;
}

/// Of entries on the packs that they or their tickets name, or that their tickets picked (L2, L3).
fn of_tickets(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    account: &Account,
) -> BTreeMap<(Idx<Entry>, Idx<OrderLine>), Hours> {
    let chunks: Vec<_> = world.entries.chunks().collect();
    let of_chunks = chunks.par_iter().flat_map_iter(|(start, chunk)| {
        (*start..).zip(chunk.iter()).filter_map(|(at, entry)| {
            let (pack, _) = links.line_of(world, &entry)?;
            if !world.lines.at(pack).is_pack() || links.draws.asks(at) {
                return None;
            }
            let decision = decide(world, settings, links, posted, &entry);
            let idx = Idx::<Entry>::at(at);
            let beyond = account.outgrown.get(&idx).copied().unwrap_or(Hours::ZERO);
            let hours = entry.hours.less(decision.covered).less(beyond);
            let when = (entry.days(), entry.started_at(), entry.id());
            (decision.delivers && hours != Hours::ZERO).then_some(OnPack { pack, when, entry: idx, hours })
        })
    });
    let mut all: Vec<OnPack<'_>> = of_chunks.collect();
    all.par_sort_unstable_by(|a, b| (a.pack, a.when).cmp(&(b.pack, b.when)));
    let mut uplifts = BTreeMap::new();
    for of_pack in all.chunk_by(|a, b| a.pack == b.pack) {
        let pack = of_pack.iter().map(|of| of.pack).take(1);
        let mut burns =
            Burns::of(world, settings, posted, pack, false).or_bug("packs give by minimums where the job says so");
        for OnPack { pack, entry, hours, .. } in of_pack {
            let view = world.entries.at(*entry);
            let given = burns.gives(0, &view, *hours);
            burns.note(0, &view, *hours, given);
            let uplift = given - (*hours).into();
            if !uplift.is_zero() {
                uplifts.insert((*entry, *pack), uplift.within_an_entry());
            }
        }
    }
    uplifts
}

impl Account {
    /// H1: a pack has given more than the hours of an entry.
    fn deliver_more(
        &mut self,
        world: &World,
        settings: &BillingSettings,
        (entry, pack): (Idx<Entry>, Idx<OrderLine>),
        uplift: Hours,
    ) {
        let date = world.entries.at(entry).date();
        let hours = self.lines.get_mut(pack.position()).or_bug("every order line has its hours");
        let sum = match date.map_or(Side::Inside, |date| settings.period.side(date)) {
            Side::Before => &mut hours.before,
            Side::Inside => &mut hours.inside,
            Side::After => &mut hours.after,
        };
        *sum += uplift;
        // K8: no balance counts what is dated after its day although no period ends before it.
        let on = settings.balance_date().filter(|_| settings.period.to().is_none());
        if on.zip(date).is_some_and(|(on, date)| date > on) {
            hours.later += uplift;
        }
        // They are hours of no entry.
        self.undelivered = self.undelivered - HoursSum::from(uplift);
    }
}
