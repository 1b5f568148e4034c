//! §4, for one entry: what becomes of its hours, on top of what the ledger has of them.

use super::Disposition;
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::Side;
use crate::ident::Idx;
use crate::link::{self, LinkTerms, LinkedBy, Links, NonBillable, Stand, Withheld};
use crate::model::{Agreed, Customer, EntryView, Facts, OrderLine, World};
use crate::posted::{Closed, LineCode, Posted};
use crate::quantity::Hours;
use crate::settings::{Approval, BillingSettings, Corrections, LateEntries};

/// What the rules say about one entry, before the drafts are made.
#[derive(Clone, Copy)]
pub struct Decision {
    /// The disposition of the hours that are left without `closed`, `covered` and `refund`, or of all hours when none are left. `Held` says
    /// that this run would bill them.
    pub disposition: Disposition,
    pub line: Option<(Idx<OrderLine>, LinkedBy)>,
    pub non_billable: Option<NonBillable>,
    /// H1: its hours are delivered on its line.
    pub delivers: bool,
    /// G1: hours that the ledger has closed, without those that the entry does not have any more and nobody paid.
    pub closed: Hours,
    /// G9: hours that the ledger has covered.
    pub covered: Hours,
    /// G7, G8: hours of `closed` that are taken back, with the sign with which they were billed.
    pub refund: Hours,
    /// No hours of the entry are open: what the ledger has closed and covered, less what is taken back, is all that it has.
    pub settled: bool,
    /// Why the open hours are held before drafts are made; `None` when that is left to the drafts.
    pub kept_back: Option<KeptBack>,
    pub moved: Option<Moved>,
}

/// Why hours of an entry are held before drafts are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeptBack {
    /// G1: the hours changed after they were billed, and `rules.corrections` leaves that to a person.
    Changed,
    /// G5: the entry resembles one that was billed or covered under another id.
    Resembles,
    /// G6: the id of the entry was made of cells, and the entry cannot be told from billed rows of its key.
    Ambiguous,
    /// G7: hours billed of the entry are to be taken back first, and the draft that does so is held.
    RefundFirst,
    /// G9: the entry was covered and then edited to more hours than its pack has left. Findings tell that by pack.
    Outgrown,
    /// C3: two agreements fit the entry equally well.
    AgreementAmbiguous,
    /// X5: the entry goes beyond a bound of entries. Of hours that a pack would cover no money would be asked.
    Bound { key: BoundKey, covered: bool },
    /// W7, W9: no pack takes the hours, and nothing can bill them.
    BeyondPacks(Withheld),
}

impl KeptBack {
    /// Why hours in a place are held whatever their date; `None` where they are not.
    pub(super) fn of_stand(stand: Stand) -> Option<KeptBack> {
        match stand {
            Stand::Withheld(_, Withheld::Outgrown) => Some(KeptBack::Outgrown),
            Stand::Withheld(_, why) => Some(KeptBack::BeyondPacks(why)),
            Stand::Pack(_) | Stand::TimeLine(_) | Stand::Overage(_) | Stand::Elsewhere => None,
        }
    }
}

/// §4.6: why hours dated before the period are open although a run of their month was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOpen {
    /// An adjustment holds or held them, or a post noted that they were held.
    Held,
    /// A credit or a void opened them again.
    Reopened,
}

impl LeftOpen {
    /// Why late hours of an entry on `line` are open; `None` when hourbill neither held them nor opened them again.
    pub fn of(world: &World, closed: Closed, entry: &EntryView<'_>, line: Option<Idx<OrderLine>>) -> Option<LeftOpen> {
        if closed.held || world.is_on_hold(entry, line) {
            return Some(LeftOpen::Held);
        }
        closed.reopened.then_some(LeftOpen::Reopened)
    }

    /// The reason of the table `unbilled`.
    pub fn name(self) -> &'static str {
        match self {
            LeftOpen::Held => "held-before",
            LeftOpen::Reopened => "reopened",
        }
    }
}

/// G8: how an entry stands elsewhere than where it was billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// On another order line, which is named, or for another commercial tree.
    Elsewhere(Idx<OrderLine>),
    /// For the commercial tree of this customer, no line of which bills or covers it: it asks packs, and what was posted stays (W10).
    ForAnother(Idx<Customer>),
    /// The entry has no order line any more, or one that does not bill.
    Lost,
}

impl Decision {
    pub(super) fn plain(disposition: Disposition) -> Decision {
        Decision {
            disposition,
            line: None,
            non_billable: None,
            delivers: false,
            closed: Hours::ZERO,
            covered: Hours::ZERO,
            refund: Hours::ZERO,
            settled: false,
            kept_back: None,
            moved: None,
        }
    }

    /// G8: the order line to which the entry was moved since it was billed.
    pub(super) fn moved_to(&self) -> Option<Idx<OrderLine>> {
        match self.moved? {
            Moved::Elsewhere(line) => Some(line),
            Moved::ForAnother(_) | Moved::Lost => None,
        }
    }

    /// The export alone says that it is invoiced.
    pub(super) fn is_invoiced_elsewhere(&self) -> bool {
        self.disposition == Disposition::AlreadyInvoiced && !self.settled
    }

    /// Hours of the entry that the ledger does not settle.
    pub fn open(&self, hours: Hours) -> Hours {
        hours.less(self.closed).less(self.covered).plus(self.refund)
    }
}

/// Decides one entry (§4.1): looks up what the ledger has of it, then as `decide_on`.
pub fn decide(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    entry: &EntryView<'_>,
) -> Decision {
    decide_on(world, settings, links, posted, entry, posted.closed(entry.position()))
}

/// Decides one entry (§4.1) of which `closed` is what the ledger has.
// A pass over all entries takes a fifth longer where it is called: what it returns is large.
#[inline(always)]
pub(super) fn decide_on(
    world: &World,
    settings: &BillingSettings,
    links: &Links,
    posted: &Posted,
    entry: &EntryView<'_>,
    closed: Closed,
) -> Decision {
    if entry.facts.has(Facts::QUARANTINED) {
        return Decision::plain(Disposition::Quarantined);
    }
    if entry.facts.has(Facts::DUPLICATE) {
        return Decision::plain(Disposition::Duplicate);
    }
    let linked = links.line_of(world, entry);
    let terms = linked.map(|(line, linked_by)| link::terms(world, entry, line, linked_by));
    let one_of_several = linked.is_some_and(|(_, linked_by)| linked_by == LinkedBy::OneOfSeveral);
    let non_billable = link::non_billable(world, entry, terms);
    // The export's invoice says nothing about what the ledger knows (G1).
    let by_export = !closed.known && entry.facts.has(Facts::INVOICED);
    let (disposition, kept_back) = if by_export {
        (Disposition::AlreadyInvoiced, None)
    } else {
        let late = linked.is_some_and(|(line, _)| posted.makes_late(world, &settings.period, line, entry));
        of_open(world, settings, entry, closed, terms, (non_billable.is_some(), late))
    };
    let counts = terms.is_some() && non_billable.is_none() && link::counts_as_delivered(&settings.rules, entry);
    let kept_back = match disposition {
        // C3: several agreements fit, and the entry does not say which: its hours count as delivered on none of them.
        Disposition::Held if one_of_several => kept_back.or(Some(KeptBack::AgreementAmbiguous)),
        Disposition::Held if !links.draws.is_empty() => {
            kept_back.or_else(|| links.draws.own(entry.position()).and_then(KeptBack::of_stand))
        }
        _ => kept_back,
    };
    let mut decision = Decision {
        line: linked.filter(|_| !(one_of_several && by_export)),
        non_billable,
        delivers: counts && !one_of_several && !matches!(kept_back, Some(KeptBack::Resembles | KeptBack::Ambiguous)),
        kept_back,
        ..Decision::plain(disposition)
    };
    if closed.hours != Hours::ZERO || closed.covered != Hours::ZERO || closed.is_settled_at_zero(entry.hours) {
        settle(world, settings, (links, posted), entry, closed, &mut decision);
    }
    decision
}

/// What the ledger has of the entry goes off its hours, and what has to be taken back comes back on (G1, G7 to G9).
#[inline(never)]
fn settle(
    world: &World,
    settings: &BillingSettings,
    (links, posted): (&Links, &Posted),
    entry: &EntryView<'_>,
    closed: Closed,
    decision: &mut Decision,
) {
    (decision.closed, decision.covered) = (closed.hours, closed.covered);
    let gone = posted.on_vanished_line(entry.position(), closed);
    let corrects = settings.rules.corrections == Corrections::Bill && !gone;
    decision.moved = match links.draws.asks(entry.position()) {
        true => moved_off_packs(world, (links, posted), entry, closed, decision),
        false => moved(world, posted, entry, closed, decision),
    };
    if corrects && closed.hours != Hours::ZERO {
        let given = posted.given_back(world, entry, closed, decision.moved_to());
        (decision.refund, decision.closed) = (given.hours(), closed.hours.less(given.gone));
    }
    let open = decision.open(entry.hours);
    decision.settled = open == Hours::ZERO;
    if decision.settled {
        let covered = closed.hours == Hours::ZERO && closed.covered != Hours::ZERO;
        decision.disposition = if covered { Disposition::Covered } else { Disposition::AlreadyInvoiced };
        decision.kept_back = None;
        return;
    }
    // G9: covered hours of which fewer are left, on a line that bills by time now: no money was asked for them, so none is given back.
    let uncovered =
        (closed.covered > Hours::ZERO && open < Hours::ZERO) || (closed.covered < Hours::ZERO && open > Hours::ZERO);
    // Less than was billed, and nothing to take it back on: today's line does not bear it.
    if ((gone && open < Hours::ZERO) || uncovered) && decision.disposition == Disposition::Held {
        decision.kept_back = decision.kept_back.or(Some(KeptBack::Changed));
    }
    // What is open because of the refund has nothing to wait for.
    if decision.refund != Hours::ZERO && open < Hours::ZERO && decision.disposition == Disposition::BeforePeriod {
        decision.disposition = Disposition::Held;
    }
}

/// G8: how the entry stands elsewhere than where it was billed; `None` when it does not.
fn moved(world: &World, posted: &Posted, entry: &EntryView<'_>, closed: Closed, decision: &Decision) -> Option<Moved> {
    // Of a line that left the export G13 tells.
    if closed.hours == Hours::ZERO || closed.line == LineCode::NONE || closed.line == LineCode::GONE {
        return None;
    }
    let agreed = || decision.line.filter(|(_, by)| *by == LinkedBy::Agreement).map(|(line, _)| line);
    let named = world.named_line(entry).or_else(agreed).filter(|_| decision.non_billable.is_none());
    // G14: what nobody says any more is no other line than that of the ledger.
    if named.is_none() && decision.non_billable.is_none() && world.ticket_left(entry) {
        return None;
    }
    // C3: what is said of two alike is no other line than the one that billed it.
    if named.is_none() && decision.non_billable.is_none() && matches!(world.agreed(entry), Agreed::Several(..)) {
        return None;
    }
    let Some(line) = named else { return Some(Moved::Lost) };
    let was_sold = || posted.lines.was_in_other_tree(line) && posted.hours_of_tree(world, entry, line).1 != Hours::ZERO;
    let elsewhere = closed.several || closed.line != LineCode::of(Some(line)) || was_sold();
    elsewhere.then_some(Moved::Elsewhere(line))
}

/// W10: posted hours of an entry that asks packs stay on the line that bills them, whichever that is, while it is its customer's and the entry
/// names no time line. They have lost their line where that bills no hours beyond packs: the entry must have named it.
fn moved_off_packs(
    world: &World,
    (links, posted): (&Links, &Posted),
    entry: &EntryView<'_>,
    closed: Closed,
    decision: &Decision,
) -> Option<Moved> {
    // Of a line that left the export G13 tells.
    closed.line.line().filter(|_| closed.hours != Hours::ZERO)?;
    let pieces = posted.pieces(entry.position()).into_iter().filter(|piece| !piece.covered);
    let billed: Vec<Option<Idx<OrderLine>>> = pieces.map(|piece| piece.line.line()).collect();
    if let Some(named) = link::named_time_line(world, entry) {
        return billed.iter().any(|line| *line != Some(named)).then_some(Moved::Elsewhere(named));
    }
    let billed: Vec<Idx<OrderLine>> = billed.into_iter().flatten().collect();
    let tree = link::tree_of(world, entry);
    let is_there = |line: Idx<OrderLine>| Some(world.line_link(line).root) == tree;
    let was_sold = |line: Idx<OrderLine>| {
        posted.lines.was_in_other_tree(line) && posted.hours_of_tree(world, entry, line).1 != Hours::ZERO
    };
    if !billed.iter().all(|line| is_there(*line)) {
        let now = decision.line.map(|(line, _)| line).filter(|line| is_there(*line));
        let for_another = tree.map_or(Moved::Lost, Moved::ForAnother);
        return Some(now.map_or(for_another, Moved::Elsewhere));
    }
    if let Some(customer) = tree.filter(|_| billed.iter().any(|line| was_sold(*line))) {
        return Some(Moved::ForAnother(customer));
    }
    let agreed = |line: Idx<OrderLine>| match world.agreed(entry) {
        Agreed::On(agreed) => agreed == line,
        Agreed::Several(..) => true,
        Agreed::Nothing => false,
    };
    let lost = |line: Idx<OrderLine>| {
        world.line_link(line).by_time && !links.draws.bill_beyond.contains(&line) && !agreed(line)
    };
    let is_lost = !world.ticket_left(entry) && billed.iter().any(|line| lost(*line));
    is_lost.then_some(Moved::Lost)
}

/// §4.1, of open hours of an entry that stand beside its own, on a line that bills them or holds them.
pub(super) fn beside(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    entry: &EntryView<'_>,
    (stand, line): (Stand, Idx<OrderLine>),
) -> (Disposition, Option<KeptBack>) {
    let late = posted.makes_late(world, &settings.period, line, entry);
    let disposition = on_billable_line(settings, entry, LinkTerms { confirmed: true, by_time: true }, late);
    let held = disposition == Disposition::Held;
    (disposition, KeptBack::of_stand(stand).filter(|_| held))
}

/// §4.1, of hours that are not invoiced yet.
fn of_open(
    world: &World,
    settings: &BillingSettings,
    entry: &EntryView<'_>,
    closed: Closed,
    terms: Option<LinkTerms>,
    (non_billable, late): (bool, bool),
) -> (Disposition, Option<KeptBack>) {
    if non_billable {
        return (Disposition::NonBillable, None);
    }
    let Some(terms) = terms else { return (Disposition::Unassigned, None) };
    let disposition = on_billable_line(settings, entry, terms, late);
    // G5 comes before the dates.
    if (closed.resembles || closed.ambiguous) && disposition != Disposition::NotValidated {
        let why = if closed.resembles { KeptBack::Resembles } else { KeptBack::Ambiguous };
        return (Disposition::Held, Some(why));
    }
    // X5: hours that a pack would cover, too.
    if entry.facts.has(Facts::BOUND) && matches!(disposition, Disposition::Held | Disposition::Covered) {
        let key = world.bounded.get(&entry.place()).copied().or_bug("the world says which bound holds an entry");
        return (Disposition::Held, Some(KeptBack::Bound { key, covered: disposition == Disposition::Covered }));
    }
    let reports = settings.rules.corrections == Corrections::Report;
    let kept_back = disposition == Disposition::Held && closed.hours != Hours::ZERO && closed.is_changed() && reports;
    (disposition, kept_back.then_some(KeptBack::Changed))
}

/// On a line that bills; `late`: the month is closed (K4).
fn on_billable_line(settings: &BillingSettings, entry: &EntryView<'_>, terms: LinkTerms, late: bool) -> Disposition {
    if entry.facts.has(Facts::NOT_VALIDATED) && settings.rules.approval == Approval::ValidatedOnly {
        return Disposition::NotValidated;
    }
    if !terms.by_time {
        return Disposition::Covered;
    }
    let side = if late { Side::Before } else { side(settings, entry) };
    match (side, settings.rules.late_entries) {
        (Side::Before, LateEntries::Report) => Disposition::BeforePeriod,
        (Side::After, _) => Disposition::AfterPeriod,
        (Side::Before, LateEntries::Bill) | (Side::Inside, _) => Disposition::Held,
    }
}

pub(super) fn side(settings: &BillingSettings, entry: &EntryView<'_>) -> Side {
    entry.date().map_or(Side::Inside, |date| settings.period.side(date))
}
