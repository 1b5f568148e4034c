//! One pass over a share of the entries: what becomes of each, and what that adds to the hours of its line.

use super::decision::{Decision, KeptBack, LeftOpen, decide_on, side};
use super::different::{self, Foreign, of_other_customer};
use super::findings;
use super::tally::{Count, Tally};
use super::{Apart, Disposition, LineHours};
use crate::bug::OrBug;
use crate::calendar::{Date, Side};
use crate::ident::Idx;
use crate::link::{LinkedBy, Links, is_candidate};
use crate::model::{Chunk, Entry, EntryView, OrderLine, World};
use crate::posted::{Back, Closed, Posted};
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// What a thread finds out about its share of the entries.
pub(super) struct Share {
    /// K8: the day of the balances, where it is not the end of the period.
    pub balances_on: Option<Date>,
    pub dispositions: Vec<Vec<Disposition>>,
    pub lines: Tally,
    pub open: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    pub kept_back: Vec<(KeptBack, Idx<OrderLine>, Idx<Entry>)>,
    pub apart: Vec<Apart>,
    /// Entries of which findings tell (G1, G5, G8, G9).
    pub told: Vec<findings::Told>,
    /// G9: covered entries with more hours than were posted, and their packs.
    pub grown: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    pub refunds: Vec<(Idx<Entry>, Back)>,
    /// C9: billed entries whose price may have changed since.
    pub rated: Vec<(Idx<OrderLine>, Idx<Entry>)>,
    /// Hours dated before the period that hourbill held or opened again.
    pub left_open: Vec<(Idx<OrderLine>, Idx<Entry>, Hours)>,
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
            lines: Tally::new(world.lines.len()),
            open: Vec::new(),
            kept_back: Vec::new(),
            apart: Vec::new(),
            told: Vec::new(),
            grown: Vec::new(),
            refunds: Vec::new(),
            rated: Vec::new(),
            left_open: Vec::new(),
            undelivered: HoursSum::ZERO,
            foreign: Vec::new(),
        };
        for (start, chunk) in chunks {
            let mut dispositions = Vec::with_capacity(chunk.len());
            for (row, entry) in chunk.iter().enumerate() {
                let closed = posted.closed(start + row);
                let decision = decide_on(world, settings, links, posted, &entry, closed);
                dispositions.push(decision.disposition);
                let idx = Idx::at(start + row);
                let late = decision.line.filter(|_| decision.disposition == Disposition::BeforePeriod);
                let left_open = late.filter(|(line, _)| LeftOpen::of(world, closed, &entry, Some(*line)).is_some());
                share.left_open.extend(left_open.map(|(line, _)| (line, idx, decision.open(entry.hours))));
                let drawn = links.draws.asks(start + row);
                if (closed.known || closed.resembles || closed.ambiguous) && entry.usable() {
                    share.note_posted(world, posted, &entry, &decision, (idx, closed, drawn));
                }
                if drawn {
                    let source = Source { world, settings, links, posted };
                    share.count_drawn(source, &entry, &decision, (idx, closed, left_open.is_some()));
                } else if decision.non_billable.is_none()
                    && let Some((line, linked_by)) = decision.line
                {
                    let late = decision.disposition == Disposition::Held
                        && posted.makes_late(world, &settings.period, line, &entry);
                    share.count(settings, &entry, &decision, (line, linked_by, left_open.is_some(), late), idx);
                    share.note_customer(world, &entry, line, linked_by);
                } else if decision.disposition == Disposition::AlreadyInvoiced && !decision.settled {
                    share.note_invoiced(&entry, &decision);
                }
            }
            share.dispositions.push(dispositions);
        }
        share
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
        self.told.extend(findings::Told::of(entry, decision, (closed, drawn), idx));
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

    /// The export says that it is invoiced, and nothing else about it counts.
    fn note_invoiced(&mut self, entry: &EntryView<'_>, decision: &Decision) {
        self.undelivered += entry.hours;
        if let Some((line, _)) = decision.line {
            self.lines.note(line, Count::Outside, entry.hours);
        }
    }

    fn count(
        &mut self,
        settings: &BillingSettings,
        entry: &EntryView<'_>,
        decision: &Decision,
        (line, linked_by, left_open, late): (Idx<OrderLine>, LinkedBy, bool, bool),
        idx: Idx<Entry>,
    ) {
        let open = decision.open(entry.hours);
        if decision.delivers {
            let count = match side(settings, entry) {
                Side::Before => Count::Before,
                Side::Inside => Count::Inside,
                Side::After => Count::After,
            };
            // What the ledger has covered counts with its pack (G9).
            let own = entry.hours.less(decision.covered);
            self.lines.note(line, count, own);
            if self.balances_on.zip(entry.date()).is_some_and(|(on, date)| date > on) {
                self.lines.note(line, Count::Later, own);
            }
        }
        if let Some(why) = decision.kept_back {
            self.kept_back.push((why, line, idx));
            if !decision.delivers {
                self.undelivered += open;
            }
            return;
        }
        match decision.disposition {
            Disposition::AlreadyInvoiced if !decision.settled => {
                self.lines.note(line, Count::Outside, entry.hours);
                if !decision.delivers {
                    self.undelivered += entry.hours;
                }
            }
            // C3: on none of its lines.
            Disposition::BeforePeriod | Disposition::AfterPeriod | Disposition::NotValidated
                if linked_by == LinkedBy::OneOfSeveral =>
            {
                if decision.disposition != Disposition::NotValidated {
                    self.undelivered += open;
                }
            }
            // Those that were held or opened again are told of by themselves.
            Disposition::BeforePeriod if !left_open => self.lines.note(line, Count::Late, open),
            Disposition::Held => {
                let late = late || side(settings, entry) == Side::Before;
                self.lines.note(line, if late { Count::OpenLate } else { Count::Open }, open);
                self.open.push((line, idx));
            }
            Disposition::AlreadyInvoiced
            | Disposition::BeforePeriod
            | Disposition::Quarantined
            | Disposition::Duplicate
            | Disposition::NonBillable
            | Disposition::Unassigned
            | Disposition::NotValidated
            | Disposition::Covered
            | Disposition::AfterPeriod
            | Disposition::Billed => {}
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
            different::note(&mut self.foreign, line, ticket, entry.hours);
        }
    }
}

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
