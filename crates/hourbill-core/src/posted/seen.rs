//! What a run sees of the ledger: hours closed of each entry it read, what was billed of each order line, balances and document ids.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::alike::Resembled;
use super::capped::CappedHours;
use super::corrected::Corrected;
use super::entries::{Closed, EntryStates, LineCode, PostedPiece};
use super::groups::LedgerGroups;
use super::known::KnownIds;
use super::line::OrderLineState;
use super::lines::{Lines, is_in_tree_of};
use super::months::{ClosedMonths, Shut};
use super::months_billed::MonthsBilled;
use super::on_document::{DocumentsOfEntries, OnDocument};
use super::record::Document;
use super::vanished::Vanished;
use crate::bug::OrBug;
use crate::calendar::Period;
use crate::down_payment::DownPaymentBalances;
use crate::ident::{Ids, Idx};
use crate::model::{Chunk, Customer, Entry, EntryView, Facts, OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// The newest commit of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub sequence: u64,
    /// BLAKE3, 64 hex digits; 64 zeros before the first commit.
    pub hash: String,
}

/// Everything a run needs to know about what was posted.
#[derive(Default)]
pub struct Posted {
    /// `None`: the job has no ledger.
    pub head: Option<Head>,
    /// By position over all entries.
    pub(super) entries: EntryStates,
    /// Hours that changed entries had when they were last billed.
    pub(super) had: BTreeMap<usize, i64>,
    /// What the ledger has of order lines.
    pub lines: Lines,
    pub down_payments: DownPaymentBalances,
    pub(super) documents: Ids<Document>,
    /// Entries of the ledger that are dated within the export and not in it; sorted by id.
    pub vanished: Vec<Vanished>,
    /// Entries of the ledger dated outside of the export.
    pub not_in_this_export: u64,
    /// H1: hours of order lines that only the ledger has, by date: of entries that are in no export, and covered ones (G9).
    pub gone: BTreeMap<(Idx<OrderLine>, i32), HoursSum>,
    /// M7: of them, what packs gave beyond the hours that were worked.
    pub lifted: BTreeMap<(Idx<OrderLine>, i32), HoursSum>,
    /// G5: by position of the entry, what it resembles.
    pub resembled: BTreeMap<usize, Resembled>,
    /// G5, G13: roots of trees that the ledger does not know, with work that was billed to customers whom no row names.
    pub successors: BTreeSet<Idx<Customer>>,
    /// G6: by position, entries that cannot be told from billed ones of their key.
    pub(super) ambiguous: BTreeSet<usize>,
    /// By position of the entry, the other ids under which it was posted; sorted.
    pub(super) known_as: BTreeMap<usize, Vec<String>>,
    /// The documents that billed entries which were edited or moved since.
    pub corrected: Corrected,
    /// Hours closed of capped lines (§8.3).
    pub capped: CappedHours,
    /// Which ids the ledger knows of those that adjustments name and no input has (§8.5).
    pub known: KnownIds,
    /// K3: the months that are closed.
    pub months: ClosedMonths,
    /// The days of months that are closed hard (K4).
    pub shut: Shut,
    /// M3: billed hours by group, of order lines that a minimum may bill.
    pub groups: LedgerGroups,
    /// X3: what was billed in earlier months; empty unless the job has a bound for it.
    pub months_billed: MonthsBilled,
    /// E2: where hours of entries stand, when the register is asked for.
    pub(super) on_documents: DocumentsOfEntries,
    /// N3: the numbers of documents, by id, where the register asks for them.
    pub numbers: HashMap<String, String>,
}

impl Posted {
    /// Nothing but down payments was posted.
    pub fn of_down_payments(down_payments: DownPaymentBalances) -> Posted {
        Posted { down_payments, ..Posted::default() }
    }

    /// Nothing is known of what was posted but some ids.
    pub fn of_known(known: KnownIds) -> Posted {
        Posted { known, ..Posted::default() }
    }

    /// The ledger has hours of some entry that was read.
    pub fn closes(&self) -> bool {
        !self.entries.is_empty()
    }

    /// What the ledger says of the entry at a position over all entries.
    #[inline]
    pub fn closed(&self, position: usize) -> Closed {
        let (resembles, ambiguous) = self.doubts(position);
        Closed { resembles, ambiguous, ..self.entries.get(position) }
    }

    /// Whether the entry at a position resembles another (G5), and whether it is ambiguous (G6). Nearly always nothing is.
    #[inline]
    fn doubts(&self, position: usize) -> (bool, bool) {
        let resembles = !self.resembled.is_empty() && self.resembled.contains_key(&position);
        (resembles, !self.ambiguous.is_empty() && self.ambiguous.contains(&position))
    }

    /// The ledger says nothing of the entry at a position: [`Posted::closed`] is [`Closed::NOTHING`].
    #[inline]
    pub fn says_nothing(&self, position: usize) -> bool {
        self.entries.says_nothing(position) && self.doubts(position) == (false, false)
    }

    /// The ids under which the ledger may have hours of the entry: its own, and those that it had before (G5).
    pub fn ledger_ids<'a>(&'a self, entry: &EntryView<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
        let others = self.known_as.get(&entry.position()).into_iter().flatten();
        std::iter::once(entry.id()).chain(others.map(String::as_str))
    }

    /// G5: ids under which entries that were read were posted, when those are not their own.
    pub fn entries_known_as(&self) -> HashMap<&str, Idx<Entry>> {
        let ids = self.known_as.iter().filter_map(|(position, others)| Some((Idx::new(*position)?, others)));
        ids.flat_map(|(entry, others)| others.iter().map(move |id| (id.as_str(), entry))).collect()
    }

    /// G5: entries that were posted under another id, as an adjustment says, and that the ledger knows by that id alone: what it calls
    /// them, and what they are called now. Sorted.
    pub fn newly_known(&self, world: &World) -> Vec<(String, String)> {
        let known = |position: &usize| self.entries.is_known(*position);
        let ids = self.known_as.iter().filter(|(position, _)| known(position)).filter_map(|(&position, others)| {
            let id = world.entry(Idx::new(position)?).id();
            let (said, _) = world.adjustments.same_as_of_entry(id)?;
            others.iter().any(|billed| billed == said).then(|| (said.to_owned(), id.to_owned()))
        });
        let mut ids: Vec<(String, String)> = ids.collect();
        ids.sort();
        ids
    }

    /// G9: by position of the entry, the pack that covers it; empty when the ledger has no covered hours of these entries.
    pub fn packs(&self) -> Vec<LineCode> {
        self.entries.packs()
    }

    /// Of some entry the ledger has hours in several places.
    pub fn has_pieces(&self) -> bool {
        self.entries.has_pieces()
    }

    /// What the ledger has of the entry at a position, by order line.
    pub fn pieces(&self, position: usize) -> Vec<PostedPiece> {
        self.entries.pieces(position)
    }

    /// Hours of the entry at a position were billed on an order line that is not in the export. They keep it (G14), so no draft can take
    /// them back.
    pub fn on_vanished_line(&self, position: usize, closed: Closed) -> bool {
        let pieces = || self.pieces(position).into_iter();
        closed.line == LineCode::GONE
            || (closed.several && pieces().any(|piece| !piece.covered && piece.line == LineCode::GONE))
    }

    /// E2: the documents that have hours of the entry at a position, in the order committed.
    pub fn documents_of(&self, position: usize) -> &[OnDocument] {
        self.on_documents.of(position)
    }

    /// What a document is called, by its place among those of the ledger: its number (N3), else its id.
    pub fn document_called(&self, place: u32) -> &str {
        let id = Idx::new(place as usize).map_or("", |document| self.documents.text(document));
        self.numbers.get(id).map_or(id, String::as_str)
    }

    /// Ids of entries whose documents a run has to know: they were edited after they were billed, or may stand on another line or at another
    /// price now.
    pub fn suspects(&self, world: &World) -> HashSet<String> {
        if self.entries.is_empty() {
            return HashSet::new();
        }
        let entries = world.entries.chunk_list().par_iter().flat_map_iter(Chunk::iter);
        let suspects = entries.filter(|entry| self.is_suspect(world, entry));
        suspects.flat_map_iter(|entry| self.ledger_ids(&entry).map(str::to_owned)).collect()
    }

    fn is_suspect(&self, world: &World, entry: &EntryView<'_>) -> bool {
        let closed = self.entries.get(entry.position());
        if closed.hours == Hours::ZERO || !entry.usable() {
            return false;
        }
        // C9: its price may have changed since.
        if !world.rates.is_empty() {
            return true;
        }
        let named = world.own_line(entry);
        let sold_elsewhere = || named.is_some_and(|line| self.lines.was_in_other_tree(line));
        // The finding names the document.
        let is_off = || entry.facts.has(Facts::TEAM_OFF) || entry.facts.has(Facts::NOT_BILLABLE);
        let is_lost = || is_off() || named.is_some_and(|line| !world.line_link(line).confirmed);
        let in_part = closed.several || closed.covered != Hours::ZERO || closed.hours != entry.hours;
        in_part || closed.line.line() != named || sold_elsewhere() || is_lost()
    }

    /// G8: hours of an entry that are billed on an order line, by whether its customer lay then in the commercial tree in which it lies now:
    /// (in that tree, in another).
    pub fn hours_of_tree(&self, world: &World, entry: &EntryView<'_>, line: Idx<OrderLine>) -> (Hours, Hours) {
        let ids: Vec<&str> = self.ledger_ids(entry).collect();
        let (mut here, mut elsewhere) = (Hours::ZERO, Hours::ZERO);
        for source in self.corrected.documents_of(&ids) {
            for portion in source.held.iter().filter(|portion| ids.contains(&portion.id.as_str())) {
                let of = source.entry.lines.iter().find(|of| of.line.line_no == portion.line_no);
                let of = of.or_bug("a portion is on a line of its document");
                if self.lines.find(world, &of.line.order_line) != Some(line) {
                    continue;
                }
                let customer = of.line.then.customer.as_deref();
                let sum = match customer.is_none_or(|customer| is_in_tree_of(world, customer, world.lines.at(line))) {
                    true => &mut here,
                    false => &mut elsewhere,
                };
                *sum = sum.plus(Hours::from_micros(portion.hours));
            }
        }
        (here, elsewhere)
    }

    /// K4: in a run of a period that is open at an end, hours of the entry on that line are late: their month is closed hard.
    #[inline]
    pub fn makes_late(&self, world: &World, period: &Period, line: Idx<OrderLine>, entry: &EntryView<'_>) -> bool {
        !self.shut.is_empty()
            && entry.date().is_some_and(|date| self.shut.makes_late(period, world.lines.at(line).company, date))
    }

    /// The month of the entry is closed hard.
    pub fn is_shut(&self, world: &World, line: Idx<OrderLine>, entry: &EntryView<'_>) -> bool {
        !self.shut.is_empty() && entry.date().is_some_and(|date| self.shut.holds(world.lines.at(line).company, date))
    }

    /// The ledger has hours of the entry at a position, taken back or not: it decides about it (G1).
    pub fn knows(&self, position: usize) -> bool {
        self.entries.is_known(position)
    }

    /// The export alone says that its hours are invoiced.
    pub fn invoiced_by_erp(&self, entry: &EntryView<'_>) -> bool {
        entry.facts.has(Facts::INVOICED) && !self.knows(entry.position())
    }

    /// Something of the entry at a position is closed or covered.
    pub fn settles(&self, position: usize) -> bool {
        let closed = self.entries.get(position);
        closed.hours != Hours::ZERO || closed.covered != Hours::ZERO
    }

    /// Hours that the entry at a position had when it was last billed; `None` when they are those it has now.
    pub fn had(&self, position: usize) -> Option<Hours> {
        let had = self.had.get(&position).copied().filter(|_| self.closed(position).changed);
        had.map(Hours::from_micros)
    }

    pub fn line(&self, line: Idx<OrderLine>) -> &OrderLineState {
        self.lines.state(line)
    }

    /// A document of the ledger has the id.
    pub fn has_document(&self, id: &str) -> bool {
        self.documents.find(id).is_some()
    }
}
