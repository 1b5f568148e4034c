//! The fold of one commercial tree over its dates: tickets without a line pick one, and every pick changes what remains for the next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Pick;
use super::burns::Burns;
use super::limits::Limits;
use super::spent::{Amount, Named, Place, Spent, Tree};
use crate::bug::OrBug;
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::model::{OrderLine, Ticket, World};
use crate::quantity::HoursSum;

/// L2: one look of a ticket for a line.
pub struct Attempt<'a> {
    pub ticket: Idx<Ticket>,
    pub on: Date,
    /// Candidates of the tree, best first, with what remains of them.
    pub candidates: Vec<(&'a OrderLine, Idx<OrderLine>, HoursSum)>,
    pub picked: Option<Idx<OrderLine>>,
}

/// L2: the best of two candidates is the smaller one.
pub(super) fn rank(world: &World, idx: Idx<OrderLine>) -> impl Ord {
    let line = world.lines.at(idx);
    (Reverse(line.confirmed_on), Reverse(world.orders.id(line.order)), line.sequence, world.lines.id(idx))
}

/// A candidate while its tree is folded.
struct Candidate<'a> {
    idx: Idx<OrderLine>,
    line: &'a OrderLine,
    /// Ordered hours less those linked so far and dated before the fold's date.
    remaining: HoursSum,
    confirmed: bool,
    /// It is confirmed and has hours left.
    available: bool,
}

/// A ticket's look for a line: on a date, in the order of creation.
struct Look<'a> {
    on: Date,
    /// Else the date on which the ticket looks first.
    created: Moment,
    id: &'a str,
    ticket: Idx<Ticket>,
}

/// The fold of one tree over its dates.
pub(super) struct Fold<'a, 'l, A> {
    world: &'a World,
    limits: &'l Limits,
    /// M7, where the job asks for it.
    burns: Option<Burns<'a>>,
    /// Best first.
    candidates: Vec<Candidate<'a>>,
    /// Positions of confirmed candidates with hours left.
    available: BTreeSet<usize>,
    /// Candidates by date of confirmation, latest first.
    unconfirmed: Vec<usize>,
    looks: Vec<Look<'a>>,
    /// Entries of each seeking ticket, sorted by ticket and date.
    needing: Vec<Spent<Ticket, A>>,
    /// Hours of candidates, latest first.
    named: Vec<Named<A>>,
    /// Hours of tickets that have picked, from the fold's date on.
    picked: BinaryHeap<Reverse<(Date, Place, A)>>,
}

impl<'a, 'l, A: Amount> Fold<'a, 'l, A> {
    pub fn new(
        world: &'a World,
        tree: &Tree,
        (limits, burns): (&'l Limits, Option<Burns<'a>>),
        mut needing: Vec<Spent<Ticket, A>>,
        mut named: Vec<Named<A>>,
    ) -> Fold<'a, 'l, A> {
        let Tree { root: _, seekers, lines } = tree;
        let candidate = |&idx: &Idx<OrderLine>| {
            let line = world.lines.at(idx);
            let remaining = line.ordered_hours().or_bug("a line that can be picked is in a unit of time");
            Candidate { idx, line, remaining, confirmed: false, available: false }
        };
        let candidates: Vec<Candidate<'a>> = lines.iter().map(candidate).collect();
        // Those of one date are counted together: their order does not matter.
        named.sort_unstable_by_key(|&(on, ..)| Reverse(on));
        needing.sort_unstable_by_key(|spent| (spent.of, spent.on));
        let looks = looks(world, seekers, &needing);
        // They are ranked by date of confirmation already.
        let unconfirmed = (0..candidates.len()).collect();
        Fold {
            world,
            limits,
            burns,
            candidates,
            available: BTreeSet::new(),
            unconfirmed,
            looks,
            needing,
            named,
            picked: BinaryHeap::new(),
        }
    }

    pub fn run(mut self, mut watch: Option<&mut Vec<Attempt<'a>>>) -> Vec<(Idx<Ticket>, Pick)> {
        let mut picks: BTreeMap<Idx<Ticket>, Pick> = BTreeMap::new();
        for look in std::mem::take(&mut self.looks) {
            if picks.contains_key(&look.ticket) {
                continue;
            }
            self.advance_to(look.on);
            let best = self.best_for(look.ticket, look.on);
            if let Some(watch) = watch.as_deref_mut() {
                let candidates = self.candidates.iter().map(|known| (known.line, known.idx, known.remaining)).collect();
                let picked = best.and_then(|best| self.candidates.get(best)).map(|best| best.idx);
                watch.push(Attempt { ticket: look.ticket, on: look.on, candidates, picked });
            }
            if let Some(best) = best {
                self.take(look.ticket, best, look.on);
                if let Some(candidate) = self.candidates.get(best) {
                    picks.insert(look.ticket, Pick { line: candidate.idx, on: look.on });
                }
            }
        }
        picks.into_iter().collect()
    }

    /// Confirms the lines of the date or before it (an agreement without a date is older than all, C1), and counts the hours dated before it.
    fn advance_to(&mut self, date: Date) {
        while let Some(&place) = self.unconfirmed.last()
            && let Some(candidate) = self.candidates.get_mut(place)
            && candidate.line.confirmed_on.is_none_or(|moment| moment.date() <= date)
        {
            candidate.confirmed = true;
            self.unconfirmed.pop();
            self.spend(place, HoursSum::ZERO);
        }
        while let Some((_, place, hours)) = self.named.pop_if(|(on, ..)| *on < date) {
            let given = self.gives(place as usize, hours);
            self.spend(place as usize, given);
        }
        while let Some(&Reverse((on, place, hours))) = self.picked.peek()
            && on < date
        {
            self.picked.pop();
            let given = self.gives(place as usize, hours);
            self.spend(place as usize, given);
        }
    }

    /// M7: what a candidate gives for hours.
    fn gives(&mut self, place: usize, amount: A) -> HoursSum {
        let (Some(burns), Some(entry)) = (self.burns.as_mut(), amount.entry()) else { return amount.hours().into() };
        let (entry, hours) = (self.world.entries.at(entry), amount.hours());
        let given = burns.gives(place, &entry, hours);
        burns.note(place, &entry, hours, given);
        given
    }

    pub fn spend(&mut self, place: usize, hours: HoursSum) {
        let candidate = self.candidates.get_mut(place).or_bug("a place is that of a candidate");
        candidate.remaining = candidate.remaining - hours;
        let available = candidate.confirmed && candidate.remaining.is_positive();
        if std::mem::replace(&mut candidate.available, available) == available {
            return;
        }
        if available {
            self.available.insert(place);
        } else {
            self.available.remove(&place);
        }
    }

    fn best_for(&self, ticket: Idx<Ticket>, on: Date) -> Option<usize> {
        let company = self.world.tickets.at(ticket).company;
        let agrees = |place: &usize| {
            let candidate = self.candidates.get(*place);
            candidate.is_some_and(|candidate| {
                let world = self.world;
                let open = !world.agreements.has_ended(candidate.idx, on) && self.allows(candidate.idx, ticket, on);
                world.companies_agree(company, candidate.line.company) && open
            })
        };
        self.available.iter().copied().find(agrees)
    }

    /// W5: by the team of the ticket, or by what its entries of the day are about.
    fn allows(&self, pack: Idx<OrderLine>, ticket: Idx<Ticket>, on: Date) -> bool {
        let start = self.needing.partition_point(|spent| (spent.of, spent.on) < (ticket, on));
        let same = self.needing.iter().skip(start).take_while(|spent| (spent.of, spent.on) == (ticket, on));
        let mut activities = std::iter::once(0).chain(same.map(|spent| spent.activity));
        activities.any(|activity| self.limits.allow(self.world, pack, (Some(ticket), activity), on))
    }

    /// All entries of the ticket go to the line, earlier-dated ones too (L3).
    fn take(&mut self, ticket: Idx<Ticket>, place: usize, date: Date) {
        let start = self.needing.partition_point(|spent| spent.of < ticket);
        let entries = self.needing.iter().skip(start).take_while(|spent| spent.of == ticket);
        let (mut before, mut later) = (Vec::new(), Vec::new());
        let pack = self.candidates.get(place).map(|candidate| candidate.idx);
        let counts = |spent: &Spent<Ticket, A>| {
            let work = (Some(spent.of), spent.activity);
            pack.is_some_and(|pack| self.limits.counts(self.world, pack, work, spent.on))
        };
        for spent in entries.filter(|spent| counts(spent)) {
            if spent.on < date {
                before.push(spent.amount);
            } else {
                later.push(Reverse((spent.on, place as Place, spent.amount)));
            }
        }
        self.picked.extend(later);
        let before = before.into_iter().map(|amount| self.gives(place, amount)).sum();
        self.spend(place, before);
    }
}

/// L3: on the date of creation, and on each later date on which the ticket has an entry that needs a line; without a date of creation
/// on those dates, of which the first stands for it. In the order in which they happen.
fn looks<'a, A>(world: &'a World, seekers: &[Idx<Ticket>], needing: &[Spent<Ticket, A>]) -> Vec<Look<'a>> {
    let mut looks = Vec::new();
    for &idx in seekers {
        let ticket = world.tickets.at(idx);
        let start = needing.partition_point(|spent| spent.of < idx);
        let mut dates = needing.iter().skip(start).take_while(|spent| spent.of == idx).map(|spent| spent.on).peekable();
        let Some(created) = ticket.created_on.or_else(|| dates.peek().copied().map(Moment::from)) else { continue };
        let look = |on| Look { on, created, id: world.tickets.id(idx), ticket: idx };
        let mut last = ticket.created_on.map(Moment::date);
        looks.extend(last.map(look));
        for date in dates {
            if last.is_none_or(|last| date > last) {
                looks.push(look(date));
                last = Some(date);
            }
        }
    }
    looks.sort_unstable_by(|a, b| (a.on, a.created, a.id).cmp(&(b.on, b.created, b.id)));
    looks
}
