//! W: what an entry that asks packs adds to the hours of lines, one place after another.

use super::decision::{Decision, KeptBack, beside, decide, side};
use super::line_totals::Count;
use super::share::{Share, Source};
use super::{Apart, Disposition};
use crate::calendar::Side;
use crate::ident::Idx;
use crate::link::{Draw, LinkedBy, Links, Stand, billed_on};
use crate::model::{Entry, EntryView, Facts, OrderLine, World};
use crate::posted::{Closed, Posted};
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// Hours of the entry that stand on lines, and how many of them are delivered there (H1).
#[derive(Default)]
struct Counted {
    on_lines: HoursSum,
    delivered: HoursSum,
}

impl Share {
    /// Counts an entry that asks packs. `decision` is about its own hours; hours in other places are set apart.
    pub(super) fn count_drawn(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        decision: &Decision,
        (idx, closed, left_open): (Idx<Entry>, Closed, bool),
    ) {
        let Source { links, .. } = source;
        let position = entry.position();
        let mut counted = Counted::default();
        self.note_foreign(source, entry);
        if entry.facts.has(Facts::INVOICED) && !closed.known {
            // H1: on the pack that is named, as far as that goes.
            for draw in links.draws.of_entry(position, entry.hours).iter().filter(|draw| draw.stand.is_covered()) {
                self.deliver(source, entry, draw, &mut counted);
            }
            if let Some((line, _)) = decision.line {
                self.lines.note(line, Count::Outside, entry.hours);
            }
            self.undelivered += entry.hours;
            self.undelivered = self.undelivered - counted.delivered;
            return;
        }
        self.count_posted(source, entry, decision, closed, &mut counted);
        let open = decision.open(entry.hours);
        if !decision.settled && decision.disposition != Disposition::NotValidated {
            let own = links.draws.own(position);
            let others = links.draws.of_entry(position, open).into_iter().filter(|draw| Some(draw.stand) != own);
            let mut rest = open;
            for draw in others {
                rest = rest.less(draw.hours);
                self.count_beside(source, entry, (draw, decision.kept_back), (idx, left_open), &mut counted);
            }
            if let Some(stand) = own {
                self.count_own(source, entry, decision, Draw { stand, hours: rest }, (idx, left_open), &mut counted);
            }
        }
        self.undelivered = self.undelivered + counted.on_lines - counted.delivered;
    }

    /// Counts what the ledger has of the entry: billed hours are delivered on the time lines that billed them, covered ones count with the
    /// ledger's.
    fn count_posted(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        decision: &Decision,
        closed: Closed,
        counted: &mut Counted,
    ) {
        counted.on_lines += decision.closed;
        counted.on_lines += decision.covered;
        counted.on_lines = counted.on_lines - decision.refund.into();
        if closed.hours == Hours::ZERO {
            return;
        }
        for draw in billed(source.world, source.posted, entry, (closed, decision)) {
            self.deliver(source, entry, &draw, counted);
        }
    }

    /// Counts the entry's own hours: those at `draw`, which its decision is about.
    fn count_own(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        decision: &Decision,
        draw: Draw,
        (idx, left_open): (Idx<Entry>, bool),
        counted: &mut Counted,
    ) {
        let Some((line, linked_by)) = decision.line else { return };
        let several = linked_by == LinkedBy::OneOfSeveral;
        let counts = !several && !matches!(decision.kept_back, Some(KeptBack::Resembles | KeptBack::Ambiguous));
        if decision.disposition != Disposition::Unassigned {
            counted.on_lines += draw.hours;
        }
        if counts {
            // C3: an agreement is a time line like others.
            let stand = if draw.stand == Stand::Elsewhere { Stand::TimeLine(line) } else { draw.stand };
            self.deliver(source, entry, &Draw { stand, ..draw }, counted);
        }
        let late = several || left_open;
        let place = (decision.disposition, decision.kept_back);
        self.open_at(source, entry, place, (line, draw.hours), (idx, late));
    }

    /// Counts hours of the entry in another place than its own hours, and sets them apart.
    fn count_beside(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        (draw, bound): (Draw, Option<KeptBack>),
        (idx, left_open): (Idx<Entry>, bool),
        counted: &mut Counted,
    ) {
        let Some(line) = draw.stand.line() else {
            let (disposition, on) = (Disposition::Unassigned, Some(draw.stand));
            self.apart.push(Apart { entry: idx, disposition, hours: draw.hours, refund: None, on });
            return;
        };
        let place = match (draw.stand.is_covered(), bound) {
            // X5: a bound holds all hours of its entry.
            (covered, Some(KeptBack::Bound { key, .. })) => (Disposition::Held, Some(KeptBack::Bound { key, covered })),
            (true, _) => (Disposition::Covered, None),
            (false, _) => beside(source.world, source.settings, source.posted, entry, (draw.stand, line)),
        };
        counted.on_lines += draw.hours;
        self.deliver(source, entry, &draw, counted);
        let on = Some(draw.stand);
        self.apart.push(Apart { entry: idx, disposition: place.0, hours: draw.hours, refund: None, on });
        self.open_at(source, entry, place, (line, draw.hours), (idx, left_open));
    }

    /// H1: what packs give and time lines bill is delivered there; overage at a price of its own, and what waits, is apart.
    fn deliver(&mut self, source: Source<'_>, entry: &EntryView<'_>, draw: &Draw, counted: &mut Counted) {
        let (Stand::Pack(line) | Stand::TimeLine(line)) = draw.stand else { return };
        let count = match side(source.settings, entry) {
            Side::Before => Count::Before,
            Side::Inside => Count::Inside,
            Side::After => Count::After,
        };
        self.lines.note(line, count, draw.hours);
        if self.balances_on.zip(entry.date()).is_some_and(|(on, date)| date > on) {
            self.lines.note(line, Count::Later, draw.hours);
        }
        counted.delivered += draw.hours;
    }

    /// What a draft may bill, what waits, and what is late.
    fn open_at(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        (disposition, kept_back): (Disposition, Option<KeptBack>),
        (line, hours): (Idx<OrderLine>, Hours),
        (idx, told): (Idx<Entry>, bool),
    ) {
        match (disposition, kept_back) {
            (_, Some(why)) => self.kept_back.push((why, line, idx)),
            (Disposition::Held, None) => {
                let late = source.posted.makes_late(source.world, &source.settings.period, line, entry);
                let late = late || side(source.settings, entry) == Side::Before;
                self.lines.note(line, if late { Count::OpenLate } else { Count::Open }, hours);
                self.open.push((line, idx));
            }
            (Disposition::BeforePeriod, None) if !told => self.note_late(source, entry, line, hours),
            _ => {}
        }
    }

    /// L6: notes work for another customer on the line that the entry or its ticket names.
    fn note_foreign(&mut self, source: Source<'_>, entry: &EntryView<'_>) {
        let world = source.world;
        let Some(line) = world.named_line(entry) else { return };
        let by = match (world.moved(entry), entry.facts.has(Facts::NAMES_LINE)) {
            (Some(_), _) => LinkedBy::Adjustment,
            (None, true) => LinkedBy::Entry,
            (None, false) => LinkedBy::Ticket,
        };
        self.note_customer(world, entry, line, by);
    }
}

/// What documents bill of an entry, each on its line.
fn billed(
    world: &World,
    posted: &Posted,
    entry: &EntryView<'_>,
    (closed, decision): (Closed, &Decision),
) -> impl Iterator<Item = Draw> {
    let pieces = posted.pieces(entry.position()).into_iter().filter(|piece| !piece.covered);
    let on_lines = pieces.filter_map(|piece| Some((piece.line.line()?, piece.hours)));
    let less = decision.refund.plus(closed.hours.less(decision.closed));
    let given_back = closed.line.line().map(|line| (line, less.negated()));
    let draws = on_lines.chain(given_back).filter(|(_, hours)| *hours != Hours::ZERO);
    draws.map(|(line, hours)| Draw { stand: billed_on(world, posted, line), hours })
}

/// G12: hours of an entry that asks packs which count on lines that were billed by time and sell packs by now: those that documents bill, and,
/// where the flag is not set, those beside them that wait.
pub fn billed_on_packs(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    entry: &EntryView<'_>,
) -> Vec<(Idx<OrderLine>, Hours, bool)> {
    let (position, closed) = (entry.position(), posted.closed(entry.position()));
    if closed.hours == Hours::ZERO {
        return Vec::new();
    }
    let on_pack = |draw: &Draw| match draw.stand {
        Stand::TimeLine(line) if !world.line_link(line).by_time => Some(line),
        _ => None,
    };
    let decision = decide(world, settings, links, posted, entry);
    let of_documents = billed(world, posted, entry, (closed, &decision));
    let mut all: Vec<_> = of_documents.filter_map(|draw| on_pack(&draw).map(|line| (line, draw.hours, true))).collect();
    if !decision.settled && decision.disposition != Disposition::NotValidated {
        let open = links.draws.of_entry(position, decision.open(entry.hours)).into_iter();
        all.extend(open.filter_map(|draw| on_pack(&draw).map(|line| (line, draw.hours, false))));
    }
    all.retain(|(_, hours, _)| *hours != Hours::ZERO);
    all
}
