//! W2 to W9 for one commercial tree: its entries ask its packs, one after another in the order of W3.

mod posted;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use hashbrown::HashMap;

use super::burns::Burns;
use super::draws::{Draw, Placed, Stand, Withheld};
use super::fold::rank;
use super::given_back::{Given, Histories, Who, Work};
use super::way::Way;
use super::{Turn, counts_as_delivered, named_line, named_time_line};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::ident::Idx;
use crate::model::{Agreed, Customer, EntryView, Facts, NotDrawn, OrderLine, World};
use crate::posted::{Closed, PostedPiece};
use crate::quantity::{Hours, HoursSum};
use crate::settings::{Corrections, PrepaidOrder};

/// W12: a pack that an entry asked. `Ok`: the hours that the entry drew there, and what the pack had left then; `Err`: why it drew none.
pub type Tried = (Idx<OrderLine>, Result<(Hours, HoursSum), NotDrawn>);

/// A pack while its tree is gone through.
struct Pack<'a> {
    idx: Idx<OrderLine>,
    line: &'a OrderLine,
    left: HoursSum,
    from: Option<Date>,
    until: Option<Date>,
    /// It exists in this run, and its gate is met.
    open: bool,
    /// Its first day has come.
    started: bool,
    /// Its last day is over.
    ended: bool,
    /// It may be drawn now.
    available: bool,
}

/// The packs of a tree by their places, W4: best first.
struct Packs<'a>(Vec<Pack<'a>>);

impl<'a> Packs<'a> {
    fn at(&self, at: usize) -> &Pack<'a> {
        self.0.get(at).or_bug(OF_A_PACK)
    }

    fn at_mut(&mut self, at: usize) -> &mut Pack<'a> {
        self.0.get_mut(at).or_bug(OF_A_PACK)
    }
}

const OF_A_PACK: &str = "a place is that of a pack";

/// Packs in the order in which they were drawn last.
#[derive(Default)]
struct Recent {
    in_order: BTreeSet<(u64, usize)>,
    /// By pack, the number of its last draw; draws are counted.
    drawn: HashMap<usize, u64>,
    clock: u64,
}

impl Recent {
    fn note(&mut self, at: usize) {
        // Mostly one entry draws where the one before has drawn.
        if self.in_order.last().is_some_and(|(_, last)| *last == at) {
            return;
        }
        self.clock += 1;
        if let Some(before) = self.drawn.insert(at, self.clock) {
            self.in_order.remove(&(before, at));
        }
        self.in_order.insert((self.clock, at));
    }

    /// The one drawn last comes first.
    fn packs(&self) -> impl Iterator<Item = usize> {
        self.in_order.iter().rev().map(|(_, at)| *at)
    }
}

/// What the packs of a tree give, entry by entry.
pub(super) struct Course<'a> {
    way: &'a Way<'a>,
    root: Idx<Customer>,
    packs: Packs<'a>,
    places: HashMap<Idx<OrderLine>, usize>,
    /// Places of packs that may be drawn now.
    available: BTreeSet<usize>,
    /// Packs by their first day, latest first, and by their last day.
    to_start: Vec<usize>,
    to_end: Vec<usize>,
    /// W7: packs that were drawn, those with posted hours at every date.
    recent: Recent,
    /// The same without what is posted of later days: whose overage hours are told to be hangs on no post.
    in_turn: Recent,
    histories: Histories<'a>,
    /// Days on which entries that only the ledger has drew on a pack, latest first.
    vanished: Vec<(Date, usize)>,
    /// The tree is gone through as if nothing were posted: W10 asks where hours would stand then.
    free: bool,
    /// M7: what packs gave by minimums; `None` where the job does not ask for it.
    burns: Option<Burns<'a>>,
    /// M7: what packs gave beyond the hours that were worked, by position of the entry and pack.
    pub uplifts: BTreeMap<(u32, Idx<OrderLine>), HoursSum>,
    pub beyond: BTreeMap<Idx<OrderLine>, HoursSum>,
}

impl<'a> Course<'a> {
    /// `lines` are the packs of the tree, `turns` its entries in order.
    pub fn new(
        way: &'a Way<'a>,
        (root, lines): (Idx<Customer>, &[Idx<OrderLine>]),
        turns: &[Turn],
        free: bool,
    ) -> Course<'a> {
        let world = way.world;
        let mut lines = lines.to_vec();
        lines.sort_by(|&a, &b| in_order(world, way.settings.rules.packs.order, a, b));
        let places: HashMap<Idx<OrderLine>, usize> = lines.iter().enumerate().map(|(at, line)| (*line, at)).collect();
        let burns = Burns::of(world, way.settings, way.posted, lines.iter().copied(), free);
        let mut packs = Packs(lines.iter().map(|&idx| pack(way, idx)).collect());
        let mut gone: BTreeMap<(usize, i32), HoursSum> = BTreeMap::new();
        for (&idx, &at) in &places {
            for (&(_, day), hours) in way.posted.gone.range((idx, i32::MIN)..=(idx, i32::MAX)) {
                *gone.entry((at, day)).or_default() += *hours;
            }
        }
        let mut covered: BTreeMap<(usize, i32), HoursSum> = BTreeMap::new();
        for (_, piece, day) in turns.iter().flat_map(|turn| way.pieces_of(turn)) {
            if let Some(&at) = piece.line.line().filter(|_| piece.covered).and_then(|line| places.get(&line)) {
                *covered.entry((at, day)).or_default() += piece.hours;
            }
        }
        let mut vanished = Vec::new();
        for (&(at, day), &hours) in &gone {
            let idx = packs.at(at).idx;
            let lifted = way.posted.lifted.get(&(idx, day)).copied().unwrap_or_default();
            let alone = hours - covered.get(&(at, day)).copied().unwrap_or_default() - lifted;
            // What entries of the export have posted is free again where nothing counts as posted.
            let taken = if free { alone } else { hours };
            let pack = packs.at_mut(at);
            pack.left = pack.left - taken;
            vanished.extend(Date::from_days(day).filter(|_| !alone.is_zero()).map(|day| (day, at)));
        }
        vanished.sort_by_key(|of| Reverse(*of));
        // Posted portions count at every date: their packs were drawn, whatever comes first.
        let mut last: BTreeMap<usize, i32> = BTreeMap::new();
        for &(at, day) in gone.iter().filter(|(_, hours)| !free && !hours.is_zero()).map(|(key, _)| key) {
            last.entry(at).and_modify(|known| *known = day.max(*known)).or_insert(day);
        }
        let mut drawn_before: Vec<(i32, usize)> = last.into_iter().map(|(at, day)| (day, at)).collect();
        drawn_before.sort_by_key(|&(day, at)| (day, Reverse(at)));
        let by_day = |day: fn(&Pack<'a>) -> Option<Date>| {
            let mut all: Vec<usize> = (0..packs.0.len()).collect();
            all.sort_by_key(|&at| Reverse(day(packs.at(at))));
            all
        };
        let (to_start, mut to_end) = (by_day(|pack| pack.from), by_day(|pack| pack.until));
        to_end.retain(|&at| packs.at(at).until.is_some());
        let histories = Histories::new(who_gives_back(world, turns));
        let mut course = Course {
            way,
            root,
            packs,
            places,
            available: BTreeSet::new(),
            to_start,
            to_end,
            recent: Recent::default(),
            in_turn: Recent::default(),
            histories,
            vanished,
            free,
            burns,
            uplifts: BTreeMap::new(),
            beyond: BTreeMap::new(),
        };
        for (_, at) in drawn_before {
            course.recent.note(at);
        }
        course.spend_billed(turns);
        course
    }

    /// Lets all entries of the tree draw, one after another; hands on the position of each and where its open hours stand.
    pub fn run(&mut self, turns: &[Turn], mut take: impl FnMut(u32, Placed)) {
        for turn in turns {
            take(turn.position, self.turn(&turn.entry(self.way.world), turn.day));
        }
    }

    /// W12: lets the entries draw up to the turn of the one at `position`, and tells each pack that this one asks, best first.
    pub fn watch(&mut self, turns: &[Turn], position: u32) -> Vec<Tried> {
        for turn in turns {
            let entry = turn.entry(self.way.world);
            if turn.position != position {
                self.turn(&entry, turn.day);
                continue;
            }
            self.advance(turn.day);
            let named = self.named(&entry).map(|(_, at)| at);
            let why_not = |at| self.why_not(at, &entry, (turn.day, named == Some(at)));
            let before: Vec<_> = (0..self.packs.0.len()).map(why_not).collect();
            let draws = self.turn(&entry, turn.day);
            let tried = |(pack, why): (&Pack<'a>, Option<NotDrawn>)| {
                let drawn = draws.iter().filter(|draw| draw.stand == Stand::Pack(pack.idx));
                let hours = drawn.fold(Hours::ZERO, |sum, draw| sum.plus(draw.hours));
                match why {
                    Some(why) if hours == Hours::ZERO => (pack.idx, Err(why)),
                    _ => (pack.idx, Ok((hours, pack.left))),
                }
            };
            return self.packs.0.iter().zip(before).map(tried).collect();
        }
        Vec::new()
    }

    /// W5: why the pack at place `at` gives nothing to an entry; `None` when it gives.
    fn why_not(&self, at: usize, entry: &EntryView<'_>, (day, named): (Date, bool)) -> Option<NotDrawn> {
        let world = self.way.world;
        let pack = self.packs.at(at);
        if !named && !self.way.companies_agree(entry, pack.line) {
            return Some(NotDrawn::OtherCompany);
        }
        if !self.way.exists(pack.line) {
            return Some(NotDrawn::NotYet(pack.from.unwrap_or(day)));
        }
        let shut = world.pack_shut_on(pack.idx, day);
        let shut = shut.or_else(|| (!world.pack_covers_entry(pack.idx, entry)).then_some(NotDrawn::NotCovered));
        let shut = shut.or_else(|| (!pack.open).then_some(NotDrawn::Gate));
        shut.or_else(|| (!pack.left.is_positive()).then_some(NotDrawn::Empty))
    }

    /// Lets one entry draw: what is posted of it stays, its open hours go to packs or beyond them. Returns where the open hours stand.
    fn turn(&mut self, entry: &EntryView<'a>, day: Date) -> Placed {
        self.advance(day);
        let who = Who::of(self.way.world, entry);
        let closed = if self.free { Closed::NOTHING } else { self.closed(entry) };
        let is_posted = closed.hours != Hours::ZERO || closed.covered != Hours::ZERO;
        let mut pieces = if is_posted { self.way.posted.pieces(entry.position()) } else { Vec::new() };
        // A post has them by the ids of their lines. They were drawn in the order of the packs, behind the one that the entry names (W9).
        pieces.sort_by_cached_key(|piece| self.drawn_as(entry, piece));
        let to = self.moves_to(entry);
        let stays = |piece: &&PostedPiece| piece.covered || to.is_none_or(|to| piece.line.line() == Some(to));
        for piece in pieces.iter().filter(stays) {
            self.meet(entry, who, *piece);
        }
        let open = entry.hours.less(closed.hours).less(closed.covered);
        let of_ledger = self.way.posted.closed(entry.position());
        let counts =
            counts_as_delivered(&self.way.settings.rules, entry) && !of_ledger.resembles && !of_ledger.ambiguous;
        if !counts {
            return Placed::from([Draw { stand: Stand::Withheld(self.about(entry), Withheld::Hold), hours: open }]);
        }
        if entry.facts.has(Facts::INVOICED) && !of_ledger.known {
            return self.invoiced(entry, day);
        }
        let reports = closed.changed && self.way.settings.rules.corrections == Corrections::Report;
        if is_posted {
            if open == Hours::ZERO {
                return self.posted_whole(closed);
            }
            // L1: hours beside those that packs cover.
            let own = named_time_line(self.way.world, entry).filter(|_| open > Hours::ZERO && !reports);
            if let Some(line) = own {
                return Placed::from([Draw { stand: Stand::TimeLine(line), hours: open }]);
            }
            if let Some(draws) = self.remainder(entry, who, (closed, &pieces), open) {
                return draws;
            }
        }
        if let Some(line) = named_time_line(self.way.world, entry) {
            return Placed::from([Draw { stand: Stand::TimeLine(line), hours: open }]);
        }
        if open < Hours::ZERO { self.give_back(entry, who, open) } else { self.draw(entry, who, (day, open)) }
    }

    /// Opens packs whose first day has come, and shuts those whose last day is over.
    fn advance(&mut self, day: Date) {
        while let Some(&at) = self.to_start.last()
            && self.packs.at(at).from.is_none_or(|from| from <= day)
        {
            self.packs.at_mut(at).started = true;
            self.to_start.pop();
            self.spend(at, HoursSum::ZERO);
        }
        while let Some(&at) = self.to_end.last()
            && self.packs.at(at).until.is_some_and(|until| until < day)
        {
            self.packs.at_mut(at).ended = true;
            self.to_end.pop();
            self.spend(at, HoursSum::ZERO);
        }
        while let Some((_, at)) = self.vanished.pop_if(|(on, _)| *on <= day) {
            self.note_drawn(at);
        }
    }

    fn spend(&mut self, at: usize, hours: HoursSum) {
        let pack = self.packs.at_mut(at);
        pack.left = pack.left - hours;
        let available = pack.open && pack.started && !pack.ended && pack.left.is_positive();
        if std::mem::replace(&mut pack.available, available) == available {
            return;
        }
        if available {
            self.available.insert(at);
        } else {
            self.available.remove(&at);
        }
    }

    /// The next pack behind a place that an entry may draw on: one with hours left, or one that is ahead of it (M7).
    fn next(&self, entry: &EntryView<'_>, behind: Bound<usize>) -> Option<usize> {
        let mut with_hours = self.available.range((behind, Bound::Unbounded)).copied();
        let next = with_hours.find(|&at| self.is_for(at, entry));
        let Some(burns) = &self.burns else { return next };
        let is_open = |at: &usize| {
            let pack = self.packs.at(*at);
            pack.open && pack.started && !pack.ended
        };
        let mut ahead = burns.next_ahead(behind).take_while(|at| next.is_none_or(|next| *at < next));
        ahead.find(|at| is_open(at) && burns.is_ahead(*at, entry) && self.is_for(*at, entry)).or(next)
    }

    /// W6, M7: hours of an entry that a pack with so much left takes, and what it gives for them.
    fn fits(&self, entry: &EntryView<'_>, at: usize, rest: Hours, left: HoursSum) -> (Hours, HoursSum) {
        let Some(burns) = &self.burns else {
            let hours = HoursSum::from(rest).min(left).within_an_entry();
            return (hours, hours.into());
        };
        burns.fits(at, entry, rest, left)
    }

    /// M7: what a pack gives for hours of an entry, whatever it has left.
    fn gives(&self, entry: &EntryView<'_>, at: usize, hours: Hours) -> HoursSum {
        self.burns.as_ref().map_or_else(|| hours.into(), |burns| burns.gives(at, entry, hours))
    }

    /// Hours that go back to a pack: it has no more afterwards than it was sold with.
    fn give_less(&mut self, entry: &EntryView<'_>, at: usize, hours: Hours) {
        let gives = self.gives(entry, at, hours);
        let pack = self.packs.at(at);
        let taken = ordered(pack.line) - pack.left;
        let lifts = gives - hours.into();
        // What was worked goes back whatever the pack had: W9 has looked for it.
        let most = (-taken.max(HoursSum::ZERO)).min(hours.into());
        let given = if lifts.is_zero() { gives } else { gives.max(most) };
        self.give(entry, at, (hours, given));
    }

    /// A pack gives so much for hours of an entry.
    fn give(&mut self, entry: &EntryView<'_>, at: usize, (hours, given): (Hours, HoursSum)) {
        self.spend(at, given);
        let Some(burns) = self.burns.as_mut() else { return };
        burns.note(at, entry, hours, given);
        let uplift = given - hours.into();
        if !uplift.is_zero() {
            let pack = self.packs.at(at);
            // There are fewer than 2^32 entries.
            *self.uplifts.entry((entry.position() as u32, pack.idx)).or_default() += uplift;
        }
    }

    fn note_drawn(&mut self, at: usize) {
        self.recent.note(at);
        self.in_turn.note(at);
    }

    /// W7: the pack drawn last, of those of the company that cover the work. One that begins after it was not drawn before it, whatever was
    /// posted of later days (W5).
    fn last_drawn(&self, entry: &EntryView<'_>) -> Option<usize> {
        self.recent.packs().find(|at| self.is_for(*at, entry) && self.has_begun(*at, entry))
    }

    /// The pack beyond which hours of an entry in a place are told to be: the one whose overage price they have, or on whose account they wait,
    /// else the one drawn last before them in the order of W3. `None` where no pack was drawn by then, and for work on a time line of its own.
    fn beyond_which(&self, entry: &EntryView<'_>, stand: Stand) -> Option<usize> {
        match stand {
            Stand::Overage(line) | Stand::Withheld(line, _) => self.places.get(&line).copied(),
            Stand::TimeLine(_) if named_time_line(self.way.world, entry).is_some() => None,
            Stand::TimeLine(_) | Stand::Pack(_) | Stand::Elsewhere => {
                self.in_turn.packs().find(|at| self.is_for(*at, entry))
            }
        }
    }

    fn note_beyond(&mut self, pack: Option<usize>, hours: Hours) {
        if let Some(pack) = pack.map(|at| self.packs.at(at).idx) {
            *self.beyond.entry(pack).or_default() += hours;
        }
    }

    fn is_for(&self, at: usize, entry: &EntryView<'_>) -> bool {
        let pack = self.packs.at(at);
        self.way.companies_agree(entry, pack.line) && self.way.world.pack_covers_entry(pack.idx, entry)
    }

    /// The pack that is named where hours wait: the one drawn last, else the best; in a tree without packs the one that has posted hours of the
    /// entry.
    fn about(&self, entry: &EntryView<'_>) -> Idx<OrderLine> {
        let best = self.packs.0.first().map(|pack| pack.idx);
        let last = self.last_drawn(entry).map(|at| self.packs.at(at).idx);
        last.or(best)
            .or_else(|| self.way.posted_on(entry))
            .or_bug("who asks no pack of its tree has drawn on another's")
    }

    /// The pack that an entry names, else the best of those that it may ask, if it has begun by then.
    fn asked(&self, entry: &EntryView<'_>) -> Option<usize> {
        let named = self.named(entry).map(|(_, at)| at);
        let may_ask = (0..self.packs.0.len()).filter(|at| self.is_for(*at, entry));
        let exists = |at: &usize| self.way.exists(self.packs.at(*at).line);
        named.into_iter().chain(may_ask).find(|at| exists(at) && self.has_begun(*at, entry))
    }

    fn has_begun(&self, at: usize, entry: &EntryView<'_>) -> bool {
        let from = self.packs.at(at).from;
        from.zip(entry.date()).is_none_or(|(from, date)| from <= date)
    }

    /// The pack that an entry, or its ticket, names.
    fn named(&self, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, usize)> {
        let (line, _) = named_line(self.way.world, entry)?;
        Some((line, *self.places.get(&line)?))
    }

    /// The turn in which posted hours of an entry were drawn: those that were billed came behind all packs.
    fn drawn_as(&self, entry: &EntryView<'_>, piece: &PostedPiece) -> (bool, bool, Option<usize>) {
        let at = piece.line.line().and_then(|line| self.places.get(&line)).copied();
        let is_named = self.named(entry).is_some_and(|(_, named)| Some(named) == at);
        (!piece.covered, !is_named, at)
    }

    /// W6: hours of an entry on a pack.
    fn take(
        &mut self,
        (entry, who): (&EntryView<'a>, Who<'a>),
        at: usize,
        (hours, given): (Hours, HoursSum),
        draws: &mut Placed,
    ) {
        let idx = self.packs.at(at).idx;
        self.give(entry, at, (hours, given));
        self.note_drawn(at);
        let stand = Stand::Pack(idx);
        self.histories.push(who, Given { stand, hours, of: Some(at) });
        Draw { stand, hours }.add_to(draws);
    }

    /// Places the open hours of an entry (W2, W6): on the pack that is named, then on others, best first; the rest goes beyond packs (W7).
    fn draw(&mut self, entry: &EntryView<'a>, who: Who<'a>, (day, open): (Date, Hours)) -> Placed {
        let (mut rest, mut draws) = (open, Placed::new());
        let named = self.named(entry).map(|(_, at)| at);
        let mut next = named.filter(|&at| match self.why_not(at, entry, (day, true)) {
            None => true,
            // M7: what it gave before is not used up.
            Some(NotDrawn::Empty) => self.burns.as_ref().is_some_and(|burns| burns.is_ahead(at, entry)),
            Some(_) => false,
        });
        let mut behind = None;
        loop {
            let at = match next.take() {
                Some(at) => at,
                None => {
                    let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
                    let Some(at) = self.next(entry, from) else { break };
                    behind = Some(at);
                    at
                }
            };
            let left = self.packs.at(at).left;
            let fits = self.fits(entry, at, rest, left);
            let hours = fits.0;
            self.take((entry, who), at, fits, &mut draws);
            rest = rest.less(hours);
            if rest == Hours::ZERO {
                return draws;
            }
        }
        self.beyond_packs(entry, who, (day, rest), draws)
    }

    /// W7: places the hours that no pack takes.
    fn beyond_packs(
        &mut self,
        entry: &EntryView<'a>,
        who: Who<'a>,
        (day, rest): (Date, Hours),
        mut draws: Placed,
    ) -> Placed {
        let last = self.last_drawn(entry);
        let pack = last.map(|at| self.packs.at(at).idx);
        let stand = pack.map_or(Stand::Elsewhere, |pack| {
            self.way.times.stand(self.way.world, self.way.settings.rules.packs.overdraft, pack, day)
        });
        match (stand, last) {
            (Stand::Pack(_), Some(at)) => {
                let given = self.gives(entry, at, rest);
                self.take((entry, who), at, (rest, given), &mut draws);
            }
            _ => {
                let of = self.beyond_which(entry, stand);
                self.note_beyond(of, rest);
                self.histories.push(who, Given { stand, hours: rest, of });
                draws.push(Draw { stand, hours: rest });
            }
        }
        draws
    }

    /// W9: gives negative hours of an entry back to where hours of the same work were drawn, last first.
    fn give_back(&mut self, entry: &EntryView<'a>, who: Who<'a>, open: Hours) -> Placed {
        let agreed = self.way.world.agreed(entry);
        let (back, rest) = self.histories.give_back(who, open.negated(), !matches!(agreed, Agreed::Nothing));
        let mut draws = Placed::new();
        for Given { stand, hours, of } in back {
            let stand = match agreed {
                Agreed::On(line) if stand == Stand::Elsewhere => Stand::TimeLine(line),
                Agreed::On(_) | Agreed::Nothing | Agreed::Several(..) => stand,
            };
            let place = stand.line().filter(|_| stand.is_covered()).and_then(|line| self.places.get(&line));
            if let Some(&at) = place {
                self.give_less(entry, at, hours.negated());
            } else {
                self.note_beyond(of, hours.negated());
            }
            Draw { stand, hours: hours.negated() }.add_to(&mut draws);
        }
        if rest != Hours::ZERO {
            let gave = !draws.is_empty() || (!self.free && self.way.posted.settles(entry.position()));
            // What an agreement bills may be below 0 (B8).
            let asked =
                self.last_drawn(entry).or_else(|| self.asked(entry).filter(|_| matches!(agreed, Agreed::Nothing)));
            let stand = match (gave, asked) {
                (false, None) => Stand::Elsewhere,
                (true, None) => Stand::Withheld(self.about(entry), Withheld::NothingToGiveBack),
                (_, Some(at)) => Stand::Withheld(self.packs.at(at).idx, Withheld::NothingToGiveBack),
            };
            draws.push(Draw { stand, hours: rest.negated() });
        }
        draws
    }
}

/// W9: what work has a history, as some of its hours are negative.
fn who_gives_back<'a>(world: &'a World, turns: &[Turn]) -> HashSet<Work<'a>> {
    let entries = turns.iter().filter(|turn| turn.gives_back).map(|turn| turn.entry(world));
    entries.filter_map(|entry| Who::of(world, &entry).gives()).collect()
}

fn pack<'a>(way: &Way<'a>, idx: Idx<OrderLine>) -> Pack<'a> {
    let line = way.world.lines.at(idx);
    let (from, until) = way.world.pack_days(idx);
    let open = way.exists(line) && way.gate_is_met(idx);
    let left = ordered(line);
    Pack { idx, line, left, from, until, open, started: false, ended: false, available: false }
}

/// What a pack is sold with.
fn ordered(line: &OrderLine) -> HoursSum {
    line.ordered_hours().or_bug("a pack is sold in a unit of time")
}

/// W4.
fn in_order(world: &World, order: PrepaidOrder, a: Idx<OrderLine>, b: Idx<OrderLine>) -> std::cmp::Ordering {
    let oldest = |idx: Idx<OrderLine>| {
        let line = world.lines.at(idx);
        (line.confirmed_on, world.orders.id(line.order), line.sequence, world.lines.id(idx))
    };
    let expiry = |idx: Idx<OrderLine>| {
        let until = world.pack_days(idx).1;
        (until.is_none(), until)
    };
    let priority = |idx: Idx<OrderLine>| {
        let priority = world.lines.at(idx).pack_priority();
        (priority.is_none(), priority)
    };
    let by_oldest = || oldest(a).cmp(&oldest(b));
    let by_expiry = || expiry(a).cmp(&expiry(b)).then_with(by_oldest);
    match order {
        PrepaidOrder::Newest => rank(world, a).cmp(&rank(world, b)),
        PrepaidOrder::Oldest => by_oldest(),
        PrepaidOrder::Expiry => by_expiry(),
        PrepaidOrder::Priority => priority(a).cmp(&priority(b)).then_with(by_expiry),
    }
}
