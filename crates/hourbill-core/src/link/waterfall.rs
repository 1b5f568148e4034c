//! W1 to W10: which entries ask packs, tree by tree, and where their hours stand.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::course::{Course, Tried};
use super::draws::{Draw, Draws, OutOfTurn, Placed, Placing, Stand};
use super::spent::ByTree;
use super::way::{Way, billed_on};
use super::{Turn, counts_as_delivered, grew_for_another, named_line, set_off};
use crate::calendar::Moment;
use crate::ident::Idx;
use crate::model::{Chunk, Customer, EntryView, Facts, OrderLine, World};
use crate::posted::{Closed, LineCode, Posted};
use crate::quantity::{Hours, HoursSum};
use crate::settings::{BillingSettings, PrepaidGate};

/// The packs of one commercial tree.
struct PackTree {
    root: Idx<Customer>,
    packs: Vec<Idx<OrderLine>>,
}

impl PackTree {
    fn of(&self) -> (Idx<Customer>, &[Idx<OrderLine>]) {
        (self.root, &self.packs)
    }
}

/// An entry that asks the packs of a tree.
#[derive(Clone, Copy)]
struct Asker {
    tree: Idx<PackTree>,
    turn: Turn,
}

/// What one tree has drawn, beside entries in one place.
#[derive(Default)]
struct OfTree {
    several: Vec<(u32, Placed)>,
    beyond: BTreeMap<Idx<OrderLine>, HoursSum>,
    uplifts: BTreeMap<(u32, Idx<OrderLine>), HoursSum>,
    out_of_order: Vec<OutOfTurn>,
}

impl<'a> Way<'a> {
    /// The tree whose packs an entry asks; `None` for one that leads elsewhere, or whose hours nothing asks for.
    fn tree_of(&self, trees: &PackTrees, entry: &EntryView<'_>) -> Option<Idx<PackTree>> {
        let world = self.world;
        if !entry.usable() || set_off(world, entry).is_some() || entry.date().is_none() {
            return None;
        }
        let closed = self.posted.closed(entry.position());
        let gone = closed.pack == LineCode::GONE || self.posted.on_vanished_line(entry.position(), closed);
        if gone {
            return None;
        }
        if let Some((line, _)) = named_line(world, entry) {
            let beside = is_in_part(closed) || grew_for_another(world, entry, closed);
            if let Some(pack) = closed.pack.line().filter(|_| beside && world.line_link(line).by_time) {
                return trees.of_root.get(world.line_link(pack).root.position()).copied().flatten();
            }
            return trees.of_line.get(line.position()).copied().flatten();
        }
        let invoiced = entry.facts.has(Facts::INVOICED) && !closed.known;
        let of_pack = |pack| trees.of_root.get(world.line_link(pack).root.position()).copied().flatten();
        if invoiced || world.is_agreed_by_project(entry) {
            return self.posted_on(entry).and_then(of_pack);
        }
        // W10: what was posted stays on its packs, also of work that is for nobody by now.
        let Some(customer) = world.customer_of(entry) else { return self.posted_on(entry).and_then(of_pack) };
        let root = world.root(customer);
        let of_root = trees.of_root.get(root.position()).copied().flatten();
        of_root.or_else(|| trees.without_packs.get(&root).copied().filter(|_| self.posted_on(entry).is_some()))
    }

    /// A pack that covers hours of the entry in the ledger, or beyond which some were billed on its line.
    pub(super) fn posted_on(&self, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        let closed = self.posted.closed(entry.position());
        if closed.covered == Hours::ZERO && closed.hours == Hours::ZERO {
            return None;
        }
        let is_pack = |line: &Idx<OrderLine>| self.world.lines.at(*line).is_pack();
        let one = || closed.pack.line().or(closed.line.line()).filter(is_pack);
        let pieces = || self.posted.pieces(entry.position()).into_iter();
        if closed.several { pieces().filter_map(|piece| piece.line.line()).find(is_pack) } else { one() }
    }

    /// G8, G9: the trees without packs for which entries are work that packs of others cover, or beyond which they were billed. Such an entry
    /// asks packs, of which there are none: what was posted of it stays where it is, and what is open goes where work of its customer goes.
    fn trees_without_packs(&self, trees: &mut PackTrees) {
        if !self.posted.closes() || trees.all.is_empty() {
            return;
        }
        let entries = self.world.entries.chunk_list().par_iter().flat_map_iter(Chunk::iter);
        let of_others = entries.filter(|entry| entry.usable() && self.posted_on(entry).is_some());
        let roots = of_others.filter_map(|entry| Some(self.world.root(self.world.customer_of(&entry)?)));
        let mut roots: Vec<Idx<Customer>> = roots.collect();
        roots.sort_unstable();
        roots.dedup();
        for root in roots {
            if trees.of_root.get(root.position()).copied().flatten().is_none()
                && let Some(at) = Idx::new(trees.all.len())
            {
                trees.all.push(PackTree { root, packs: Vec::new() });
                trees.without_packs.insert(root, at);
            }
        }
    }

    /// Puts turns of the tree in the order of W3.
    fn sort(&self, turns: &mut [Turn]) {
        turns.par_sort_unstable();
        let mut of_day: Vec<(Option<Moment>, &str, Turn)> = Vec::new();
        for turns in turns.chunk_by_mut(|one, other| one.day == other.day).filter(|turns| turns.len() > 1) {
            of_day.clear();
            of_day.extend(turns.iter().map(|turn| {
                let entry = turn.entry(self.world);
                (entry.started_at(), entry.id(), *turn)
            }));
            // Exports are mostly in the order of their ids.
            if !of_day.is_sorted() {
                of_day.sort_unstable();
                turns.iter_mut().zip(&of_day).for_each(|(turn, (.., sorted))| *turn = *sorted);
            }
        }
    }

    fn of_tree(&self, tree: &PackTree, turns: &[Turn], placing: &Placing) -> OfTree {
        let mut course = Course::new(self, tree.of(), turns, false);
        let (mut several, mut drawn) = (Vec::new(), Vec::new());
        let closes = self.posted.closes();
        course.run(turns, |position, placed| {
            if closes {
                drawn.push(placed.clone());
            }
            several.extend(placing.put(position, placed));
        });
        let (beyond, uplifts) = (std::mem::take(&mut course.beyond), std::mem::take(&mut course.uplifts));
        let out_of_order = if closes { self.out_of_order(tree, turns, &drawn) } else { Vec::new() };
        OfTree { several, beyond, uplifts, out_of_order }
    }

    /// Where hours would stand if nothing were posted.
    fn placed_freely(&self, tree: &PackTree, turns: &[Turn]) -> Vec<Placed> {
        let mut all = Vec::with_capacity(turns.len());
        Course::new(self, tree.of(), turns, true).run(turns, |_, placed| all.push(placed));
        all
    }

    /// W10: hours that would have come before posted ones.
    fn out_of_order(&self, tree: &PackTree, turns: &[Turn], drawn: &[Placed]) -> Vec<OutOfTurn> {
        let is_posted = |turn: &Turn| self.posted.settles(turn.position as usize);
        let Some(last) = turns.iter().rposition(is_posted) else { return Vec::new() };
        let (before, _) = turns.split_at(last);
        let opens = |(turn, drawn): (&Turn, &Placed)| !is_posted(turn) && !drawn.is_empty();
        if !before.iter().zip(drawn).any(opens) {
            return Vec::new();
        }
        // What moves the posted ones, were they open, is the work of those that are not.
        let posted: Vec<Turn> = turns.iter().copied().filter(is_posted).collect();
        let alone = self.placed_freely(tree, &posted);
        let all = self.placed_freely(tree, turns);
        let moved = turns.iter().zip(&all).filter(|(turn, _)| is_posted(turn)).zip(&alone);
        let moved: HashSet<u32> =
            moved.filter(|((_, with), without)| with != without).map(|((turn, _), _)| turn.position).collect();
        let Some(last) = turns.iter().rposition(|turn| moved.contains(&turn.position)) else { return Vec::new() };
        let (before, _) = turns.split_at(last);
        let found = before.iter().zip(drawn).zip(&all).filter(|((turn, now), then)| !is_posted(turn) && now != then);
        let found = found.map(|((turn, now), then)| OutOfTurn {
            entry: Idx::at(turn.position as usize),
            now: now.clone(),
            then: then.clone(),
        });
        found.collect()
    }
}

/// Packs cover some hours of the entry, and others are billed beside them or were.
fn is_in_part(closed: Closed) -> bool {
    closed.covered != Hours::ZERO && (closed.hours != Hours::ZERO || closed.reopened)
}

/// `None` for an entry without a day.
fn turn(entry: &EntryView<'_>) -> Option<Turn> {
    // There are fewer than 2^32 entries.
    let position = entry.position() as u32;
    Some(Turn { day: entry.date()?, position, gives_back: entry.hours < Hours::ZERO })
}

/// The trees that have packs.
struct PackTrees {
    all: Vec<PackTree>,
    /// By root, and by pack.
    of_root: Vec<Option<Idx<PackTree>>>,
    of_line: Vec<Option<Idx<PackTree>>>,
    without_packs: BTreeMap<Idx<Customer>, Idx<PackTree>>,
}

fn trees(world: &World) -> PackTrees {
    let mut by_root: BTreeMap<Idx<Customer>, Vec<Idx<OrderLine>>> = BTreeMap::new();
    for (idx, line) in world.lines.of_every_part().filter(|(_, line)| line.is_pack()) {
        by_root.entry(world.root(line.customer)).or_default().push(idx);
    }
    let (mut of_root, mut of_line) = (vec![None; world.customers.len()], vec![None; world.lines.len()]);
    let trees: Vec<PackTree> = by_root.into_iter().map(|(root, packs)| PackTree { root, packs }).collect();
    for (position, tree) in trees.iter().enumerate() {
        if let Some(slot) = of_root.get_mut(tree.root.position()) {
            *slot = Idx::new(position);
        }
        for pack in &tree.packs {
            if let Some(slot) = of_line.get_mut(pack.position()) {
                *slot = Idx::new(position);
            }
        }
    }
    PackTrees { all: trees, of_root, of_line, without_packs: BTreeMap::new() }
}

/// Where the open hours of all entries stand.
pub(super) fn draw(world: &World, settings: &BillingSettings, posted: &Posted) -> Draws {
    let mut trees = trees(world);
    if trees.all.is_empty() {
        return Draws::default();
    }
    let way = Way::new(world, settings, posted);
    way.trees_without_packs(&mut trees);
    let chunks = world.entries.chunk_list();
    let share = chunks.len().div_ceil(4 * rayon::current_num_threads().max(1)).max(1);
    let of_share = |chunks: &[Chunk]| {
        let entries = chunks.iter().flat_map(Chunk::iter);
        let askers =
            entries.filter_map(|entry| Some(Asker { tree: way.tree_of(&trees, &entry)?, turn: turn(&entry)? }));
        let askers: Vec<Asker> = askers.collect();
        ByTree::new(&askers, trees.all.len(), |asker| Some(asker.tree))
    };
    let shares: Vec<ByTree<Asker>> = chunks.par_chunks(share).map(of_share).collect();
    let placing = Placing::of(world.entries.len());
    let of_trees = (0..trees.all.len()).into_par_iter().filter_map(|at| {
        let mut turns: Vec<Turn> = shares.iter().flat_map(|share| share.of(at)).map(|asker| asker.turn).collect();
        way.sort(&mut turns);
        if turns.is_empty() { None } else { Some(way.of_tree(trees.all.get(at)?, &turns, &placing)) }
    });
    let of_trees: Vec<OfTree> = of_trees.collect();
    let (mut beyond, mut uplifts) = (BTreeMap::<Idx<OrderLine>, HoursSum>::new(), BTreeMap::new());
    let (mut out_of_order, mut several) = (Vec::new(), Vec::new());
    for mut of_tree in of_trees {
        for (pack, hours) in of_tree.beyond {
            *beyond.entry(pack).or_default() += hours;
        }
        uplifts.append(&mut of_tree.uplifts);
        out_of_order.append(&mut of_tree.out_of_order);
        several.append(&mut of_tree.several);
    }
    let mut draws = placing.done(several.into_iter());
    (draws.beyond, draws.uplifts, draws.out_of_order) = (beyond, uplifts, out_of_order);
    draws
}

/// W12: what the packs said to one entry; nothing for an entry that asks none.
pub(super) fn tried(world: &World, settings: &BillingSettings, posted: &Posted, entry: &EntryView<'_>) -> Vec<Tried> {
    let way = Way::new(world, settings, posted);
    let mut trees = trees(world);
    way.trees_without_packs(&mut trees);
    let at = way.tree_of(&trees, entry);
    let Some(tree) = at.and_then(|at| trees.all.get(at.position())) else { return Vec::new() };
    let entries = world.entries.chunk_list().iter().flat_map(Chunk::iter);
    let askers = entries.filter(|entry| way.tree_of(&trees, entry) == at);
    let mut turns: Vec<Turn> = askers.filter_map(|entry| turn(&entry)).collect();
    way.sort(&mut turns);
    Course::new(&way, tree.of(), &turns, false).watch(&turns, entry.position() as u32)
}

/// W1, W5: where hours stand under `rules.prepaid = "ticket"` whose pack may not be drawn by them; by the line that each entry is on.
pub(super) fn limited(
    world: &World,
    settings: &BillingSettings,
    posted: &Posted,
    line_of: impl Fn(&EntryView<'_>) -> Option<Idx<OrderLine>> + Sync,
    line_but_for_ledger: impl Fn(&EntryView<'_>) -> Option<Idx<OrderLine>> + Sync,
) -> Draws {
    let rules = &settings.rules;
    let is_limited = world.packs.limited || rules.packs.gate != PrepaidGate::Confirmed || posted.has_pieces();
    if !is_limited && posted.packs().is_empty() {
        return Draws::default();
    }
    let way = Way::new(world, settings, posted);
    let leaves = |entry: &EntryView<'_>| -> Option<(u32, Draw, Option<Idx<OrderLine>>)> {
        let pack = line_of(entry).filter(|line| world.lines.at(*line).is_pack())?;
        let day = entry.date()?;
        let closed = posted.closed(entry.position());
        let invoiced = entry.facts.has(Facts::INVOICED) && !closed.known;
        if grew_for_another(world, entry, closed) && set_off(world, entry).is_none() {
            // It stands where it would if nothing of it were posted, and its pack gives it nothing.
            let (stand, beyond) = match line_but_for_ledger(entry) {
                None => (Stand::Elsewhere, None),
                Some(line) if world.line_link(line).by_time => (Stand::TimeLine(line), None),
                Some(line) if !world.lines.at(line).is_pack() => return None,
                Some(line) if way.may_draw(line, entry, day) => (Stand::Pack(line), None),
                Some(line) => (way.times.stand(world, rules.packs.overdraft, line, day), Some(line)),
            };
            let hours = entry.hours.less(closed.covered);
            let beyond = beyond.filter(|line| stand != Stand::Pack(*line));
            return Some((entry.position() as u32, Draw { stand, hours }, beyond));
        }
        let unsure = closed.resembles || closed.ambiguous || !counts_as_delivered(rules, entry);
        // What was billed of it beside a pack is none of the pack's.
        let in_part = closed.covered != Hours::ZERO && closed.hours != Hours::ZERO;
        let leaves = in_part || (closed.covered == Hours::ZERO && !way.may_draw(pack, entry, day));
        if !leaves || invoiced || unsure || set_off(world, entry).is_some() {
            return None;
        }
        // What was posted stays (W10).
        let stand = match closed.line.line().filter(|_| closed.hours != Hours::ZERO) {
            Some(line) => billed_on(world, posted, line),
            None => way.times.stand(world, rules.packs.overdraft, pack, day),
        };
        let hours = entry.hours.less(closed.hours).less(closed.covered);
        // What stays on its pack is as it would be without a word of that.
        (stand != Stand::Pack(pack)).then_some((entry.position() as u32, Draw { stand, hours }, Some(pack)))
    };
    let entries = world.entries.chunk_list().par_iter().flat_map_iter(Chunk::iter);
    let drawn: Vec<(u32, Draw, Option<Idx<OrderLine>>)> = entries.filter_map(|entry| leaves(&entry)).collect();
    if drawn.is_empty() {
        return Draws::default();
    }
    let placing = Placing::of(world.entries.len());
    let mut beyond: BTreeMap<Idx<OrderLine>, HoursSum> = BTreeMap::new();
    for (position, draw, pack) in drawn {
        if let Some(pack) = pack {
            *beyond.entry(pack).or_default() += draw.hours;
        }
        placing.put(position, Placed::from([draw]));
    }
    let mut draws = placing.done(std::iter::empty());
    draws.beyond = beyond;
    draws
}
