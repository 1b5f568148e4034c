//! B1-B6: what each order line bills, and with which entries.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::AfterRefunds;
use super::draft_line::{DraftLine, PartKind};
use super::group::{TicketGroup, group_by};
use super::hold::part_entries;
use super::of_line::{Before, Of, billed_quantity};
use super::parted::{Cut, Parted};
use crate::account::{Account, Apart, Disposition, KeptBack};
use crate::bug::OrBug;
use crate::calendar::{Date, Side};
use crate::ident::{Idx, first_bytes};
use crate::link::{Stand, Withheld};
use crate::model::{Adjustment, Entry, GroupBy, HourRate, LineEdits, Minimum, OrderLine, Policy, Unpriced, World};
use crate::posted::{Posted, to_invoice};
use crate::quantity::{Hours, HoursSum, Percent, Quantity, UnitPrice, net};
use crate::settings::{BillingSettings, ZeroDrafts};

/// The lines of all drafts to be, with the ticket that each is grouped by, and the entries on them.
#[derive(Default)]
pub(super) struct Parts {
    pub parts: Vec<(TicketGroup, DraftLine)>,
    /// Entries that adjustments hold.
    pub held: Vec<(Idx<Adjustment>, DraftLine)>,
    /// G7: entries of which a held draft would take hours back: their open hours wait for that.
    pub waiting: BTreeSet<Idx<Entry>>,
    /// Hours held before drafts are made, by why and order line.
    pub kept_back: Vec<(KeptBack, DraftLine)>,
    pub entries: Vec<Idx<Entry>>,
    /// Positions in `entries` of entries that are there with only some of their hours, and these hours. Ascending.
    pub in_part: Vec<(usize, Hours)>,
    /// M4: by position in `entries`, what a minimum bills beyond hours.
    pub uplifts: BTreeMap<usize, Hours>,
    /// Held hours of entries of which other hours are billed.
    pub apart: Vec<Apart>,
}

/// Whether the draft of some parts of an order line is held.
type IsHeld<'a> = &'a dyn Fn(&OrderLine, TicketGroup) -> bool;

/// Makes all parts; `all` has the entries of what is given back, and theirs go behind these.
pub(super) fn parts(
    world: &World,
    settings: &BillingSettings,
    account: &Account,
    (posted, after): (&Posted, &AfterRefunds),
    (mut all, is_held): (Parts, IsHeld<'_>),
) -> Parts {
    let lines: Vec<(Idx<OrderLine>, &OrderLine)> = world.lines.iter().filter(|(_, line)| line.confirmed).collect();
    let by_ticket = |line| group_by(world, settings, line) == GroupBy::Ticket;
    let part_lines = world.adjustments.part_lines();
    let of = |idx: Idx<OrderLine>, line| {
        let overage = world.lines.at(idx).policy != Policy::Time;
        Of { world, settings, account, posted, after, idx, line, overage }
    };
    let sorted: Vec<Sorted> = lines
        .par_iter()
        .map(|(idx, line)| {
            let open = account.open(*idx);
            let own: Vec<Idx<Entry>>;
            let open = if all.waiting.is_empty() {
                open
            } else {
                own = open.iter().copied().filter(|entry| !all.waiting.contains(entry)).collect();
                &own
            };
            let has_late = account.line(*idx).open_late_entries > 0;
            let is_late = |entry: &Idx<Entry>| is_late(world, settings, posted, *idx, *entry);
            let is_late: Option<IsLate<'_>> = if has_late { Some(&is_late) } else { None };
            let groups = |entries: &[Idx<Entry>]| groups(world, entries, by_ticket(line), is_late);
            if !part_lines {
                return Sorted { billed: groups(open), ..Sorted::default() };
            }
            let Parted { billed, mut held, cut } = part_entries(&of(*idx, line), open);
            for held in held.values_mut() {
                *held = sorted_entries(world, held, false);
            }
            Sorted { billed: groups(&billed), held, cut }
        })
        .collect();
    let count = sorted.iter().flat_map(|sorted| &sorted.billed).map(|group| group.entries.len()).sum();
    all.entries.reserve(count);
    let mut kept_back = account.kept_back.clone();
    for ((idx, line), sorted) in lines.into_iter().zip(sorted) {
        match line.policy {
            Policy::Time => {
                time_parts(&of(idx, line), sorted, by_ticket(line), (&mut all, is_held));
            }
            Policy::Prepaid | Policy::Milestones | Policy::Manual => {
                if !sorted.billed.is_empty() || !sorted.held.is_empty() {
                    time_parts(&of(idx, line), sorted, by_ticket(line), (&mut all, is_held));
                }
                let part = quantity_part(world, settings, posted, (idx, line), all.entries.len());
                all.parts.extend(part.map(|part| (TicketGroup::of_line(world, settings, line), part)));
            }
        }
    }
    if !all.waiting.is_empty() {
        // What is open because it is given back elsewhere waits until that is done: else it would be billed twice meanwhile.
        let of_line = |(idx, _): (Idx<OrderLine>, _)| account.open(idx).iter().map(move |entry| (idx, *entry));
        let open = world.lines.iter().flat_map(of_line).filter(|(_, entry)| all.waiting.contains(entry));
        kept_back.extend(open.map(|(idx, entry)| (KeptBack::RefundFirst, idx, entry)));
    }
    kept_back_parts(world, account, &kept_back, &mut all);
    all
}

/// G1, G5: what a person has to look at, a part for each reason and line; it has no quantity and no amount.
fn kept_back_parts(
    world: &World,
    account: &Account,
    kept_back: &[(KeptBack, Idx<OrderLine>, Idx<Entry>)],
    all: &mut Parts,
) {
    for same in kept_back.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let &(why, idx, _) = same.first().or_bug("what was divided has no empty piece");
        let line = world.lines.at(idx);
        let entries: Vec<Idx<Entry>> = same.iter().map(|(_, _, entry)| *entry).collect();
        let start = all.entries.len();
        let entries = sorted_entries(world, &entries, false);
        let mut hours = HoursSum::ZERO;
        // A bound may hold hours of an entry in several places of a line.
        let mut last = (None, 0);
        for (position, &entry) in (start..).zip(&entries) {
            last = if last.0 == Some(entry) { (last.0, last.1 + 1) } else { (Some(entry), 0) };
            let view = world.entries.at(entry);
            let own = match why {
                KeptBack::Bound { covered, .. } => account.hours_waiting_on(entry, (idx, covered, last.1), view.hours),
                _ => account.hours_at(entry, waiting_at(why, idx), view.hours),
            };
            all.in_part.push((position, own));
            hours += own;
        }
        all.entries.extend(entries);
        let entries = start..all.entries.len();
        let part = DraftLine::without_hours(PartKind::Line(line.policy), idx, start);
        all.kept_back.push((why, DraftLine { terms: world.terms(idx, line, None), hours, entries, ..part }));
    }
}

/// Where hours that are kept back stand.
fn waiting_at(why: KeptBack, line: Idx<OrderLine>) -> Stand {
    match why {
        KeptBack::BeyondPacks(why) => Stand::Withheld(line, why),
        KeptBack::Outgrown => Stand::Withheld(line, Withheld::Outgrown),
        KeptBack::Changed
        | KeptBack::Resembles
        | KeptBack::Ambiguous
        | KeptBack::RefundFirst
        | KeptBack::Bound { .. }
        | KeptBack::AgreementAmbiguous => Stand::TimeLine(line),
    }
}

/// The entries by timesheet_id; when the line is split by ticket, by ticket_id before that, entries without a ticket in front.
fn sorted_entries(world: &World, entries: &[Idx<Entry>], by_ticket: bool) -> Vec<Idx<Entry>> {
    // The first bytes of an id decide nearly every comparison without a look at the texts.
    let id = |entry| world.entries.id(entry);
    let mut keyed: Vec<(u128, Idx<Entry>)> = entries.iter().map(|&entry| (first_bytes(id(entry)), entry)).collect();
    keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))));
    let mut sorted: Vec<Idx<Entry>> = keyed.into_iter().map(|(_, entry)| entry).collect();
    if by_ticket {
        sorted.sort_by_key(|&entry| ticket_id(world, entry));
    }
    sorted
}

/// The open entries of an order line, as its parts have them.
#[derive(Default)]
struct Sorted {
    billed: Vec<Group>,
    held: BTreeMap<Idx<Adjustment>, Vec<Idx<Entry>>>,
    cut: BTreeMap<Idx<Entry>, Cut>,
}

/// The entries of one part.
struct Group {
    /// All of its entries are late (K2).
    late: bool,
    /// Sorted.
    entries: Vec<Idx<Entry>>,
}

/// Whether an entry is late.
type IsLate<'a> = &'a dyn Fn(&Idx<Entry>) -> bool;

/// K2, K4: dated before the period, or in a month that is closed.
fn is_late(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    line: Idx<OrderLine>,
    entry: Idx<Entry>,
) -> bool {
    let entry = world.entries.at(entry);
    let before = settings.period.from().zip(entry.date()).is_some_and(|(from, date)| date < from);
    before || posted.makes_late(world, &settings.period, line, &entry)
}

/// The entries in groups: by ticket when the line is split by ticket, what is late in front of the rest (K2).
fn groups(world: &World, entries: &[Idx<Entry>], by_ticket: bool, is_late: Option<IsLate<'_>>) -> Vec<Group> {
    let sorted = sorted_entries(world, entries, by_ticket);
    if sorted.is_empty() {
        return Vec::new();
    }
    if !by_ticket && is_late.is_none() {
        return vec![Group { late: false, entries: sorted }];
    }
    let is_late = |entry: &Idx<Entry>| is_late.is_some_and(|is_late| is_late(entry));
    let same_ticket = |a: &Idx<Entry>, b: &Idx<Entry>| !by_ticket || ticket_id(world, *a) == ticket_id(world, *b);
    let mut groups = Vec::new();
    for of_ticket in sorted.chunk_by(same_ticket) {
        let (late, inside): (Vec<_>, Vec<_>) = of_ticket.iter().copied().partition(is_late);
        let both = [(true, late), (false, inside)].into_iter().filter(|(_, entries)| !entries.is_empty());
        groups.extend(both.map(|(late, entries)| Group { late, entries }));
    }
    groups
}

fn ticket_id(world: &World, entry: Idx<Entry>) -> Option<&str> {
    world.entries.at(entry).ticket.map(|ticket| world.tickets.id(ticket))
}

/// Makes the parts of a line that is billed by time. B3: each bills what it adds to the rounded sum of everything billed before it; what is
/// held would be billed after them.
fn time_parts(of: &Of<'_>, sorted: Sorted, by_ticket: bool, (all, is_held): (&mut Parts, IsHeld<'_>)) {
    let Sorted { billed, held, cut } = sorted;
    let world = of.world;
    let mut before = of.before();
    // §8.3: what a cap holds is told on the line that it cuts.
    let caps: Vec<Idx<Adjustment>> = held.keys().copied().filter(|why| of.caps(*why)).collect();
    let mut groups = Vec::with_capacity(billed.len());
    for Group { late, entries } in &billed {
        let first = entries.first().map(|&entry| world.entries.at(entry));
        let ticket = first.and_then(|entry| entry.ticket).filter(|_| by_ticket);
        let of_group = of.by_terms(entries).into_iter();
        groups.extend(of_group.map(|entries| (TicketGroup { by_ticket, ticket }, *late, entries)));
    }
    // What has no price is held (C6), and what is on a draft that a person holds: nothing behind them may count them as billed.
    groups.sort_by_key(|(group, _, entries)| {
        is_held(of.line, *group) || entries.first().is_some_and(|&first| of.terms(first).unpriced.is_some())
    });
    for (group, late, entries) in groups {
        let billed = |entry| Some(cut.get(&entry)?.billed);
        for entries in of.apart_if_paid(entries, billed, &mut before) {
            let mut part = of.part(&entries, late, billed, &mut before, all);
            part.caps.clone_from(&caps);
            all.parts.push((group, part));
        }
    }
    for (why, entries) in held {
        for entries in of.by_terms(&entries) {
            let part = of.part(&entries, false, |entry| Some(cut.get(&entry)?.held), &mut before, all);
            all.held.push((why, part));
        }
    }
    let apart = cut.into_iter().map(|(entry, Cut { held, .. })| (entry, held));
    let on = of.stand();
    let is_apart = |entry: Idx<Entry>| of.account.apart(entry).iter().any(|apart| apart.on == Some(on));
    all.apart.extend(apart.map(|(entry, hours)| {
        let on = is_apart(entry).then_some(on);
        Apart { entry, disposition: Disposition::Held, hours, refund: None, on }
    }));
}

/// What the entries of one part have in common; parts stand in this order: those with a price first, dearest first.
type AtPrice = (Option<Unpriced>, Reverse<UnitPrice>, Percent, Option<Minimum>);

impl Of<'_> {
    /// Whether the adjustment is a cap of the line.
    fn caps(&self, why: Idx<Adjustment>) -> bool {
        let edits = self.world.adjustments.of_line(self.idx);
        edits.is_some_and(|edits| edits.cap.iter().any(|(_, _, cap)| cap == why))
    }

    /// C8: who or what the rates of entries name.
    fn decided_by(&self, entries: &[Idx<Entry>]) -> Vec<String> {
        if self.overage || self.world.rates.is_empty() {
            return Vec::new();
        }
        let rates: BTreeSet<Idx<HourRate>> = entries.iter().filter_map(|&entry| self.terms(entry).rate).collect();
        let words = rates.into_iter().map(|rate| self.world.rates.at(rate).decided_by());
        let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
        words.into_iter().map(str::to_owned).collect()
    }

    /// The entries parted by price, dearest first; in their order within each.
    fn by_terms<'e>(&self, entries: &'e [Idx<Entry>]) -> Vec<Cow<'e, [Idx<Entry>]>> {
        let adjusted = self.world.adjustments.of_line(self.idx).is_some_and(LineEdits::prices_vary);
        let varies = adjusted || !self.world.rates.is_empty();
        // M2: minimums vary with rates alone.
        if self.overage || !varies || entries.is_empty() {
            return vec![Cow::Borrowed(entries)];
        }
        let mut apart: BTreeMap<AtPrice, Vec<Idx<Entry>>> = BTreeMap::new();
        for &entry in entries {
            let terms = self.terms(entry);
            let minimum = self.minimum(terms).map(|(minimum, _)| minimum);
            apart.entry((terms.unpriced, Reverse(terms.price), terms.discount, minimum)).or_default().push(entry);
        }
        apart.into_values().map(Cow::Owned).collect()
    }

    /// The part of these entries, some of which may be cut to some of their hours. `before` moves on by what it bills.
    fn part(
        &self,
        entries: &[Idx<Entry>],
        late: bool,
        cut: impl Fn(Idx<Entry>) -> Option<Hours>,
        before: &mut Before,
        all: &mut Parts,
    ) -> DraftLine {
        let Of { world, settings, account, idx, line, overage, .. } = *self;
        let start = all.entries.len();
        let mut hours = HoursSum::ZERO;
        let mut dates: Option<(Date, Date)> = None;
        let dated = late || settings.period.ends().is_none();
        for (position, &entry) in (start..).zip(entries) {
            let view = world.entries.at(entry);
            let own = cut(entry).unwrap_or_else(|| account.hours_at(entry, self.stand(), view.hours));
            if own != view.hours {
                all.in_part.push((position, own));
            }
            hours += own;
            if let Some(date) = view.date().filter(|_| dated) {
                let (from, to) = dates.unwrap_or((date, date));
                dates = Some((from.min(date), to.max(date)));
            }
        }
        all.entries.extend_from_slice(entries);
        let terms = entries.first().map_or_else(|| world.terms(idx, line, None), |&entry| self.terms(entry));
        let minimum = self.minimum(terms);
        let steps = minimum.map(|(minimum, _)| self.steps((minimum, terms), entries, &cut, before));
        let billed = steps.as_ref().map_or(hours, |steps| steps.billed);
        let paid = steps.as_ref().is_some_and(|steps| steps.is_paid);
        let quantity = billed_quantity(settings, line, before.hours, billed);
        let quantity = quantity.and_then(|quantity| quantity.checked_add(before.skew));
        let billed_before = before.hours;
        // B5: a part that rounds to nothing stays open, so the next one must not count it as billed; unless it is closed (B12).
        let closes = settings.rules.zero_drafts == ZeroDrafts::Close;
        if closes || paid || quantity.is_none_or(|quantity| !quantity.is_zero()) {
            (before.hours, before.skew) = (before.hours + billed, Quantity::ZERO);
            if let Some(steps) = steps {
                all.uplifts.extend(steps.lifted.into_iter().map(|(nth, uplift)| (start + nth, uplift)));
                before.groups.insert(steps.at, steps.after);
            }
        }
        let (uplift, paid) = (billed - hours, paid && quantity.is_some_and(Quantity::is_zero));
        let priced = quantity.filter(|_| terms.unpriced.is_none());
        let net = priced.and_then(|quantity| net(quantity, terms.price, terms.discount, line.currency));
        let decided_by = self.decided_by(entries);
        let entries = start..all.entries.len();
        let kind = if overage { PartKind::Overage } else { PartKind::Line(Policy::Time) };
        let part = DraftLine::without_hours(kind, idx, start);
        DraftLine {
            quantity,
            terms,
            decided_by,
            net,
            hours,
            uplift,
            minimum,
            paid,
            before: billed_before,
            late,
            dates,
            entries,
            ..part
        }
    }
}

/// M4: what a quantity of a time line has beyond the hours that were worked and what was billed beyond them: what rounding carries over from
/// before (B3). `None` when a figure does not fit.
pub fn carried(
    settings: &BillingSettings,
    (posted, after): (&Posted, &AfterRefunds),
    line: (Idx<OrderLine>, &OrderLine),
    part: &DraftLine,
) -> Option<Quantity> {
    let (idx, of) = line;
    let of_hours = billed_quantity(settings, of, part.before, part.hours + part.uplift)?;
    let carried = part.quantity?.checked_sub(of_hours)?;
    let state = after.line(posted, idx);
    let state = if part.kind == PartKind::Overage { state.overage() } else { state };
    let skew = state.skew(of.unit, settings.rules.quantity_decimals);
    (carried.is_zero() || carried == skew).then_some(carried)
}

/// B1, B6 and B11: what a line that is not billed by time still has to invoice.
fn quantity_part(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    (idx, line): (Idx<OrderLine>, &OrderLine),
    at: usize,
) -> Option<DraftLine> {
    let gate = line.confirmed_on.is_none_or(|moment| settings.period.side(moment.date()) != Side::After);
    // What cannot be told is held as an amount that is too large.
    let quantity = to_invoice(posted, idx, line);
    if !gate || quantity.is_some_and(Quantity::is_zero) {
        return None;
    }
    let terms = world.terms(idx, line, None);
    let priced = quantity.filter(|_| terms.unpriced.is_none());
    let net = priced.and_then(|quantity| world.net_of(idx, quantity));
    let part = DraftLine::without_hours(PartKind::Line(line.policy), idx, at);
    Some(DraftLine { quantity, terms, net, ..part })
}
