//! L2, L3: the commercial trees with tickets that look for a line, and what the entries say to them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::burns::Burns;
use super::fold::{Fold, rank};
use super::limits::Limits;
use super::spent::{Amount, ByTree, Place, Spent, Tree};
use super::{Kept, LinkedBy, counts_as_delivered, is_candidate, named_line, set_off};
use crate::ident::Idx;
use crate::model::{Chunk, Customer, EntryView, Facts, OrderLine, Ticket, World};
use crate::posted::{LineCode, Posted};
use crate::quantity::{Hours, HoursSum};
use crate::settings::BillingSettings;

/// The hours of some of the entries, sorted by the tree that they concern.
struct Share<A> {
    /// Entries that need a line.
    needing: ByTree<Spent<Ticket, A>>,
    named: ByTree<Spent<OrderLine, A>>,
}

/// The trees that have both tickets without a line and candidates, with the hours of entries that concern them.
pub(super) struct Trees<A> {
    trees: Vec<Tree>,
    shares: Vec<Share<A>>,
    /// By order line: its place among the candidates of its tree.
    places: Vec<Option<(Idx<Tree>, Place)>>,
    /// G9: hours of candidates that only the ledger has; they count at every date.
    posted: Vec<(Idx<Tree>, Place, HoursSum)>,
    limits: Limits,
}

impl<A: Amount> Trees<A> {
    pub fn new(world: &World, settings: &BillingSettings, posted: &Posted, kept: &Kept) -> Trees<A> {
        let trees = seeking_trees(world, kept);
        let limits = Limits::of(world, settings, posted);
        let (tree_of_ticket, places) = found_in(world, &trees);
        if trees.is_empty() {
            return Trees { trees, shares: Vec::new(), places, posted: Vec::new(), limits };
        }
        let chunks = world.entries.chunk_list();
        let chunks_per_share = chunks.len().div_ceil(SHARES_PER_THREAD * rayon::current_num_threads().max(1)).max(1);
        // The ledger puts none elsewhere: then most entries are for no pack, which their line says.
        let by_names = kept.billed.is_empty() && !posted.closes();
        let of_share = |chunks: &[Chunk]| {
            let (mut needing, mut named) = (Vec::new(), Vec::new());
            // A time line is no pack: which lines are, is not looked up for all entries.
            let by_time = |entry: &EntryView<'_>| entry.facts.has(Facts::LINE_BY_TIME) && !entry.is_adjusted();
            let asks = |entry: &EntryView<'_>| match named_line(world, entry) {
                _ if !by_names => true,
                Some((line, _)) => !by_time(entry) && found(&places, line).is_some(),
                None => entry.ticket.is_some_and(|ticket| found(&tree_of_ticket, ticket).is_some()),
            };
            let mut take = |entry: EntryView<'_>| {
                let closed = posted.closed(entry.position());
                let counts = counts_as_delivered(&settings.rules, &entry) && !closed.resembles && !closed.ambiguous;
                // What the ledger has covered counts with the packs (G9).
                let hours = if counts { entry.hours.less(closed.covered) } else { Hours::ZERO };
                let Some(on) = entry.date() else { return };
                let amount = A::of(hours, entry.position());
                let ledger = |code: LineCode| Some(code.line().map(|line| (line, LinkedBy::Ledger)));
                let kept = match kept.billed.get(&entry.position()) {
                    _ if closed.covered != Hours::ZERO => ledger(closed.pack),
                    Some(&billed) => ledger(billed),
                    // L3: a ticket keeps its pack for all of its entries, those that nobody has posted too.
                    None => named_line(world, &entry).or_else(|| kept.pick_of(&entry)).map(Some),
                };
                // A line that left the export is drawn on no more, and nothing else is drawn on in its place.
                if kept == Some(None) {
                    return;
                }
                match kept.flatten() {
                    Some((line, _)) => {
                        let work = (entry.ticket, limits.activity(&entry));
                        if found(&places, line).is_some()
                            && set_off(world, &entry).is_none()
                            && limits.counts(world, line, work, on)
                        {
                            named.push(Spent { of: line, on, activity: work.1, amount });
                        }
                    }
                    None => {
                        let Some(ticket) = entry.ticket else { return };
                        if found(&tree_of_ticket, ticket).is_some() && set_off(world, &entry).is_none() {
                            needing.push(Spent { of: ticket, on, activity: limits.activity(&entry), amount });
                        }
                    }
                }
            };
            // Chunk by chunk: one iterator over all of them takes twice as long.
            for chunk in chunks {
                chunk.iter().filter(|entry| entry.usable() && asks(entry)).for_each(&mut take);
            }
            Share {
                needing: ByTree::new(&needing, trees.len(), |spent| found(&tree_of_ticket, spent.of)),
                named: ByTree::new(&named, trees.len(), |spent| found(&places, spent.of).map(|(tree, _)| tree)),
            }
        };
        let shares = chunks.par_chunks(chunks_per_share).map(of_share).collect();
        let posted = posted.gone.iter().filter_map(|(&(line, _), hours)| {
            let (tree, place) = found(&places, line)?;
            Some((tree, place, *hours))
        });
        let posted = posted.collect();
        Trees { trees, shares, places, posted, limits }
    }

    /// How many trees there are.
    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// Where the tree of a root stands.
    pub fn position(&self, root: Idx<Customer>) -> Option<usize> {
        self.trees.iter().position(|tree| tree.root == root)
    }

    pub fn fold<'a>(
        &self,
        world: &'a World,
        (settings, posted): (&BillingSettings, &Posted),
        position: usize,
    ) -> Option<Fold<'a, '_, A>> {
        let tree = self.trees.get(position)?;
        let needing = self.shares.iter().flat_map(|share| share.needing.of(position)).copied().collect();
        let named = self.shares.iter().flat_map(|share| share.named.of(position));
        let named =
            named.filter_map(|spent| Some((spent.on, found(&self.places, spent.of)?.1, spent.amount))).collect();
        let burns = Burns::of(world, settings, posted, tree.lines.iter().copied(), false);
        let mut fold = Fold::new(world, tree, (&self.limits, burns), needing, named);
        for (of, place, hours) in &self.posted {
            if of.position() == position {
                fold.spend(*place as usize, *hours);
            }
        }
        Some(fold)
    }
}

/// Enough for threads that meet different numbers of entries without a line.
const SHARES_PER_THREAD: usize = 4;

/// By ticket, the tree in which it looks for a line; by order line, the tree to which it belongs and its place there.
type FoundIn = (Vec<Option<Idx<Tree>>>, Vec<Option<(Idx<Tree>, Place)>>);

fn found_in(world: &World, trees: &[Tree]) -> FoundIn {
    let mut tree_of_ticket: Vec<Option<Idx<Tree>>> = vec![None; world.tickets.len()];
    let mut places: Vec<Option<(Idx<Tree>, Place)>> = vec![None; world.lines.len()];
    for (position, tree) in trees.iter().enumerate() {
        for ticket in &tree.seekers {
            if let Some(slot) = tree_of_ticket.get_mut(ticket.position()) {
                *slot = Idx::new(position);
            }
        }
        for (line, place) in tree.lines.iter().zip(0..) {
            if let Some(slot) = places.get_mut(line.position()) {
                *slot = Idx::new(position).map(|tree| (tree, place));
            }
        }
    }
    (tree_of_ticket, places)
}

fn seeking_trees(world: &World, kept: &Kept) -> Vec<Tree> {
    let mut trees: BTreeMap<Idx<Customer>, Tree> = BTreeMap::new();
    for (idx, line) in world.lines.of_every_part().filter(|(_, line)| is_candidate(line)) {
        let root = world.root(line.customer);
        let tree = trees.entry(root).or_insert_with(|| Tree { root, seekers: Vec::new(), lines: Vec::new() });
        tree.lines.push(idx);
    }
    let moved = |idx| world.adjustments.tickets.get(&idx).is_some_and(|edits| edits.moved.always().is_some());
    for idx in world.tickets.indices() {
        let ticket = world.ticket_link(idx);
        if ticket.line.is_none()
            && ticket.bills()
            && !moved(idx)
            && !kept.picks.contains_key(&idx)
            && let Some(tree) = trees.get_mut(&ticket.root)
        {
            tree.seekers.push(idx);
        }
    }
    let mut trees: Vec<Tree> = trees.into_values().filter(|tree| !tree.seekers.is_empty()).collect();
    trees.par_iter_mut().for_each(|tree| tree.lines.sort_by(|&a, &b| rank(world, a).cmp(&rank(world, b))));
    trees
}

fn found<T, F: Copy>(by_position: &[Option<F>], of: Idx<T>) -> Option<F> {
    by_position.get(of.position()).copied().flatten()
}
