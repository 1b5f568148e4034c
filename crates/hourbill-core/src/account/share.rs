//! One pass over a share of the entries: what becomes of each, and what that adds to the hours of its line.

use super::cross_customer::{self, Foreign, of_other_customer};
use super::decision::{Decision, KeptBack, LeftOpen, decide_on, side};
use super::findings::{self, Counted};
use super::line_totals::{Count, LineTotals};
use super::{Apart, Disposition, LineHours};
use std::collections::BTreeMap;

use crate::bug::OrBug;
use crate::calendar::{Date, Side};
use crate::ident::Idx;
use crate::link::{LinkedBy, Links, is_candidate};
use crate::model::{Chunk, Entry, EntryView, Facts, OrderLine, World};
use crate::posted::{Back, Closed, Posted};
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// What a thread finds out about its share of the entries.
pub(super) struct Share {
    /// K8: the day of the balances, where it is not the end of the period.
    pub balances_on: Option<Date>,
    pub dispositions: Vec<Vec<Disposition>>,
    pub lines: LineTotals,
    pub open: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    pub kept_back: Vec<(KeptBack, Idx<OrderLine>, Idx<Entry>)>,
    pub apart: Vec<Apart>,
    /// Entries of which findings tell (G1, G5, G8, G9).
    pub told: Vec<findings::Notice>,
    /// G9: covered entries with more hours than were posted, and their packs.
    pub grown: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    pub refunds: Vec<(Idx<Entry>, Back)>,
    /// C9: billed entries whose price may have changed since.
    pub rated: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    /// Hours dated before the period that hourbill held or opened again.
    pub left_open: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    /// K4: of the late hours of a line those of months that are closed hard.
    pub shut: BTreeMap<Idx<OrderLine>, Counted>,
    pub undelivered: HoursSum,
    /// L6: work for tickets of other customers, by order line.
    pub foreign: Vec<Foreign>,
}

/// What a pass over the entries reads.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub links: &'a Links,
    pub posted: &'a Posted,
}

impl Share {
    pub fn of(
        world: &World,
        settings: &BillingSettings,
        links: &Links,
        posted: &Posted,
        chunks: &[(usize, &Chunk)],
    ) -> Share {
        let mut share = Share {
            balances_on: settings.balance_date().filter(|_| settings.period.to().is_none()),
            dispositions: Vec::with_capacity(chunks.len()),
            lines: LineTotals::new(world.lines.len()),
            open: Vec::new(),
            kept_back: Vec::new(),
            apart: Vec::new(),
            told: Vec::new(),
            grown: Vec::new(),
            refunds: Vec::new(),
            rated: Vec::new(),
            left_open: Vec::new(),
            shut: BTreeMap::new(),
            undelivered: HoursSum::ZERO,
            foreign: Vec::new(),
        };
        let source = Source { world, settings, links, posted };
        let mut plain = Plain::of(source, share.balances_on);
        for (start, chunk) in chunks {
            let mut dispositions = Vec::with_capacity(chunk.len());
            for (row, entry) in chunk.iter().enumerate() {
                let position = start + row;
                let decided = plain.decided(source, &entry, position);
                let disposition = match decided {
                    Some(decided) => share.take_plain(world, &entry, decided, Idx::at(position)),
                    None => share.take(source, &entry, position),
                };
                dispositions.push(disposition);
            }
            share.dispositions.push(dispositions);
        }
        share
    }

    /// Takes in an entry of which [`Plain`] knows all but hours and order line.
    #[inline]
    fn take_plain(&mut self, world: &World, entry: &EntryView<'_>, decided: Decided, idx: Idx<Entry>) -> Disposition {
        let Decided { disposition, linked_by, adds } = decided;
        let line = entry.line.or_bug("an entry that is decided by its facts has a line");
        if let Some(adds) = adds {
            self.add(adds, (line, idx), entry.hours, entry.hours);
        }
        if let Some(linked_by) = linked_by {
            self.note_customer(world, entry, line, linked_by);
        }
        disposition
    }

    /// Takes in any entry, and says what becomes of it.
    #[inline(never)]
    fn take(&mut self, source: Source<'_>, entry: &EntryView<'_>, position: usize) -> Disposition {
        let Source { world, settings, links, posted } = source;
        let closed = posted.closed(position);
        let decision = decide_on(world, settings, links, posted, entry, closed);
        let idx = Idx::at(position);
        let late = decision.line.filter(|_| decision.disposition == Disposition::BeforePeriod);
        let left_open = late.filter(|(line, _)| LeftOpen::of(world, closed, entry, Some(*line)).is_some());
        self.left_open.extend(left_open.map(|(line, _)| (line, idx)));
        let drawn = links.draws.asks(position);
        if (closed.known || closed.resembles || closed.ambiguous) && entry.usable() {
            self.note_posted(world, posted, entry, &decision, (idx, closed, drawn));
        }
        if drawn {
            self.count_drawn(source, entry, &decision, (idx, closed, left_open.is_some()));
        } else if decision.non_billable.is_none()
            && let Some((line, linked_by)) = decision.line
        {
            self.count(source, entry, &decision, (line, linked_by, left_open.is_some()), idx);
            self.note_customer(world, entry, line, linked_by);
        } else if decision.is_invoiced_elsewhere() {
            match decision.line {
                Some((line, _)) => self.add(Adds::INVOICED, (line, idx), entry.hours, entry.hours),
                None => self.undelivered += entry.hours,
            }
        }
        decision.disposition
    }

    /// What the ledger has of the entry stands apart from its own disposition, unless it is all there is.
    #[inline(never)]
    fn note_posted(
        &mut self,
        world: &World,
        posted: &Posted,
        entry: &EntryView<'_>,
        decision: &Decision,
        (idx, closed, drawn): (Idx<Entry>, Closed, bool),
    ) {
        let (billed, covered) = (decision.closed, decision.covered);
        let whole = decision.settled.then_some(decision.disposition);
        for (disposition, hours) in [(Disposition::AlreadyInvoiced, billed), (Disposition::Covered, covered)] {
            if whole != Some(disposition) && hours != Hours::ZERO {
                self.apart.push(Apart { entry: idx, disposition, hours, refund: None, on: None });
            }
        }
        if decision.refund != Hours::ZERO {
            for back in posted.given_back(world, entry, closed, decision.moved_to()).back {
                let (disposition, hours) = (Disposition::Held, back.hours.negated());
                self.apart.push(Apart { entry: idx, disposition, hours, refund: Some(back.source), on: None });
                self.refunds.push((idx, back));
            }
        }
        let draws =
            !drawn && decision.disposition == Disposition::Covered && decision.delivers && covered != Hours::ZERO;
        if let Some((line, _)) = decision.line.filter(|_| draws && decision.open(entry.hours) > Hours::ZERO)
            && is_candidate(world.lines.at(line))
        {
            self.grown.push((line, idx));
        }
        if let Some((line, _)) = decision.line.filter(|_| !world.rates.is_empty() && billed != Hours::ZERO) {
            self.rated.push((line, idx));
        }
        self.told.extend(findings::Notice::of(world, posted, entry, decision, (idx, closed, drawn)));
        if drawn {
            return;
        }
        // These are among the hours on lines, whether the entry is delivered on one or not.
        self.undelivered += billed;
        self.undelivered += covered;
        self.undelivered = self.undelivered - decision.refund.into();
        if decision.delivers {
            // What is delivered beside the open hours, which are counted below.
            self.undelivered = self.undelivered - entry.hours.less(covered).less(decision.open(entry.hours)).into();
        }
    }

    fn count(
        &mut self,
        source: Source<'_>,
        entry: &EntryView<'_>,
        decision: &Decision,
        (line, linked_by, left_open): (Idx<OrderLine>, LinkedBy, bool),
        idx: Idx<Entry>,
    ) {
        let Source { world, settings, posted, .. } = source;
        let late = decision.disposition == Disposition::Held && posted.makes_late(world, &settings.period, line, entry);
        let adds = Adds::of(decision, linked_by, (side(settings, entry), late), left_open);
        // What the ledger has covered counts with its pack (G9).
        let (own, open) = (entry.hours.less(decision.covered), decision.open(entry.hours));
        self.add(adds, (line, idx), own, open);
        if decision.delivers && self.balances_on.zip(entry.date()).is_some_and(|(on, date)| date > on) {
            self.lines.note(line, Count::Later, own);
        }
        if let Some(why) = decision.kept_back {
            self.kept_back.push((why, line, idx));
        }
        if adds.counts == Some(Count::Late) && posted.is_shut(world, line, entry) {
            self.shut.entry(line).or_default().add(open);
        }
    }

    /// `own` are the hours of the entry that its line is delivered, `open` those that no ledger settles.
    #[inline]
    fn add(&mut self, adds: Adds, (line, idx): (Idx<OrderLine>, Idx<Entry>), own: Hours, open: Hours) {
        if let Some(count) = adds.delivered {
            self.lines.note(line, count, own);
        }
        if let Some(count) = adds.counts {
            self.lines.note(line, count, open);
            if matches!(count, Count::Open | Count::OpenLate) {
                self.open.push((line, idx));
            }
        }
        if adds.undelivered {
            self.undelivered += open;
        }
    }

    pub(super) fn note_late(&mut self, source: Source<'_>, entry: &EntryView<'_>, line: Idx<OrderLine>, hours: Hours) {
        self.lines.note(line, Count::Late, hours);
        if source.posted.is_shut(source.world, line, entry) {
            self.shut.entry(line).or_default().add(hours);
        }
    }

    /// L6: the ticket's customer and the line's lie in different trees.
    pub(super) fn note_customer(
        &mut self,
        world: &World,
        entry: &EntryView<'_>,
        line: Idx<OrderLine>,
        linked_by: LinkedBy,
    ) {
        if let Some(ticket) = of_other_customer(world, entry, line, linked_by) {
            cross_customer::note(&mut self.foreign, line, ticket, entry.hours);
        }
    }
}

/// What an entry adds to the sums of the order line on which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Adds {
    /// H1: as what its hours are delivered.
    delivered: Option<Count>,
    /// As what its open hours count.
    counts: Option<Count>,
    /// Its open hours stand on the line, which is not delivered them.
    undelivered: bool,
}

impl Adds {
    /// The export says that it is invoiced, and nothing else about it counts.
    const INVOICED: Adds = Adds { delivered: None, counts: Some(Count::Outside), undelivered: true };

    /// Of an entry that asks no packs and is billable; `side` and whether its month is closed (K4).
    fn of(decision: &Decision, linked_by: LinkedBy, (side, shut): (Side, bool), left_open: bool) -> Adds {
        let delivered = decision.delivers.then_some(match side {
            Side::Before => Count::Before,
            Side::Inside => Count::Inside,
            Side::After => Count::After,
        });
        let here = |counts| Adds { delivered, counts, undelivered: false };
        if decision.kept_back.is_some() {
            return Adds { undelivered: !decision.delivers, ..here(None) };
        }
        match decision.disposition {
            // Only the export says so: all of its hours are open to the ledger.
            Disposition::AlreadyInvoiced if decision.is_invoiced_elsewhere() => {
                Adds { undelivered: !decision.delivers, ..here(Some(Count::Outside)) }
            }
            // C3: on none of its lines.
            Disposition::BeforePeriod | Disposition::AfterPeriod if linked_by == LinkedBy::OneOfSeveral => {
                Adds { undelivered: true, ..here(None) }
            }
            // Those that were held or opened again are told of by themselves.
            Disposition::BeforePeriod if !left_open => here(Some(Count::Late)),
            Disposition::Held if shut || side == Side::Before => here(Some(Count::OpenLate)),
            Disposition::Held => here(Some(Count::Open)),
            Disposition::AlreadyInvoiced
            | Disposition::BeforePeriod
            | Disposition::Quarantined
            | Disposition::Duplicate
            | Disposition::NonBillable
            | Disposition::Unassigned
            | Disposition::NotValidated
            | Disposition::Covered
            | Disposition::AfterPeriod
            | Disposition::Billed => here(None),
        }
    }
}

/// What becomes of an entry on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decided {
    disposition: Disposition,
    /// What names the line, where nothing speaks against billing the entry there.
    linked_by: Option<LinkedBy>,
    adds: Option<Adds>,
}

/// Entries of which neither the ledger nor an adjustment says anything, on a line that they or their tickets name: nearly all of most exports.
/// Their facts and the side of the period on which they lie decide, so each combination is decided once, as any entry is.
struct Plain {
    /// By facts and side; `None` where some rule asks more of entries.
    known: Option<Vec<Option<Decided>>>,
}

impl Plain {
    fn of(source: Source<'_>, balances_on: Option<Date>) -> Plain {
        let Source { world, links, posted, .. } = source;
        let asks_more = balances_on.is_some()
            || !links.goes_by_names()
            || !posted.shut.is_empty()
            || !world.adjustments.holds.is_empty();
        Plain { known: (!asks_more).then(|| vec![None; SIDES * Facts::COMBINATIONS]) }
    }

    /// `None` where more has to be asked.
    #[inline]
    fn decided(&mut self, source: Source<'_>, entry: &EntryView<'_>, position: usize) -> Option<Decided> {
        const MORE: Facts = Facts::ADJUSTED.or(Facts::TICKET_ADJUSTED).or(Facts::BOUND);
        let known = self.known.as_mut()?;
        if entry.line.is_none() || entry.facts.has(MORE) || !source.posted.says_nothing(position) {
            return None;
        }
        let side = side(source.settings, entry);
        let place = known.get_mut(entry.facts.number() * SIDES + side as usize);
        let place = place.or_bug("every combination has its place");
        let decided = *place.get_or_insert_with(|| Plain::decide(source, entry, side));
        debug_assert_eq!(decided, Plain::decide(source, entry, side), "facts and side decide");
        Some(decided)
    }

    #[cold]
    fn decide(Source { world, settings, links, posted }: Source<'_>, entry: &EntryView<'_>, side: Side) -> Decided {
        let decision = decide_on(world, settings, links, posted, entry, Closed::NOTHING);
        let on_line = decision.line.filter(|_| decision.non_billable.is_none());
        let adds = match on_line {
            Some((_, linked_by)) => Some(Adds::of(&decision, linked_by, (side, false), false)),
            None => decision.is_invoiced_elsewhere().then_some(Adds::INVOICED),
        };
        Decided { disposition: decision.disposition, linked_by: on_line.map(|(_, linked_by)| linked_by), adds }
    }
}

/// Before, inside and after the period.
const SIDES: usize = 3;

/// The open entries of all shares, sorted by line by counting; in the order read within a line.
pub(super) fn by_line(lines: &[LineHours], shares: &[Share]) -> (Vec<Idx<Entry>>, Vec<usize>) {
    let mut next = Vec::with_capacity(lines.len());
    let mut sum = 0;
    for hours in lines {
        next.push(sum);
        sum += usize::try_from(hours.open_entries).ok().or_bug("there are fewer than 2^32 entries");
    }
    let mut open = vec![Idx::at(0); sum];
    for (line, entry) in shares.iter().flat_map(|share| &share.open) {
        let place = next.get_mut(line.position()).or_bug("every order line has its open entries");
        *open.get_mut(*place).or_bug("as many entries are open as were counted") = *entry;
        *place += 1;
    }
    // Each start has moved on to its line's end.
    (open, next)
}
