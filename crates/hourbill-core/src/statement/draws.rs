//! W12: what each pack gave, entry by entry, in the order of W3.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::{StatementSource, gather};
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::model::{Entry, OrderLine, World};
use crate::quantity::{Hours, HoursSum};

/// Hours of an entry on a pack, posted with one document or not posted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackDraw {
    pub line: Idx<OrderLine>,
    /// The entry, where it was read.
    pub entry: Option<Idx<Entry>>,
    /// Its id, where the ledger alone has it.
    pub id: Box<str>,
    pub date: Option<Date>,
    /// Drawn; negative where they were given back (W9).
    pub hours: Hours,
    /// M7: of them, what the pack gives beyond the hours that were worked.
    pub uplift: Hours,
    /// What the pack has left after it and all that comes before it in this order.
    pub left: HoursSum,
    /// The document of the ledger that has them; empty before they are posted.
    pub document: Box<str>,
}

impl PackDraw {
    /// Its timesheet_id.
    pub fn id<'a>(&'a self, world: &'a World) -> &'a str {
        self.entry.map_or(&self.id, |entry| world.entries.id(entry))
    }
}

/// By pack, those of a pack in the order in which they draw.
pub(super) fn draws(source: StatementSource<'_>) -> Vec<PackDraw> {
    let StatementSource { world, .. } = source;
    let packs: BTreeMap<Idx<OrderLine>, HoursSum> = world
        .own_lines()
        .filter(|(_, line)| line.is_pack())
        .map(|(idx, line)| (idx, line.ordered_hours().unwrap_or_default()))
        .collect();
    if packs.is_empty() {
        return Vec::new();
    }
    let read = gather::read(source, |line| packs.contains_key(&line));
    let mut all = posted(source, &packs, &read);
    for (_, entry, moves) in read {
        let drawn = moves.into_iter().map(|(line, of)| {
            let (id, document) = (Box::default(), Box::default());
            let (hours, uplift) = (of.hours.within_an_entry(), of.uplift.within_an_entry());
            PackDraw { line, entry: Some(entry), id, date: of.date, hours, uplift, left: HoursSum::ZERO, document }
        });
        all.extend(drawn);
    }
    let began = |of: &PackDraw| -> Option<Moment> { world.entries.at(of.entry?).started_at() };
    all.par_sort_by(|a, b| {
        let pack = world.lines.id(a.line).cmp(world.lines.id(b.line));
        let turn = |of: &PackDraw| (of.date, began(of));
        // What is posted comes first, as it stays.
        let rest = |of: &PackDraw| (of.document.is_empty(), of.document.clone(), of.hours);
        pack.then_with(|| turn(a).cmp(&turn(b)))
            .then_with(|| a.id(world).cmp(b.id(world)))
            .then_with(|| rest(a).cmp(&rest(b)))
    });
    for of_pack in all.chunk_by_mut(|a, b| a.line == b.line) {
        let mut left = of_pack.first().and_then(|of| packs.get(&of.line)).copied().unwrap_or_default();
        for of in of_pack {
            left = left - of.hours.into();
            of.left = left;
        }
    }
    all
}

/// Pack, timesheet_id, document and date.
type Row<'a> = (Idx<OrderLine>, &'a str, &'a str, Date);

/// G9: what the ledger has covered, one row for each document.
fn posted(
    source: StatementSource<'_>,
    packs: &BTreeMap<Idx<OrderLine>, HoursSum>,
    read: &[gather::Drawn<'_>],
) -> Vec<PackDraw> {
    let StatementSource { world, posted, covered, .. } = source;
    let mut known: HashMap<&str, Idx<Entry>> = HashMap::new();
    for (id, entry, _) in read {
        known.insert(id, *entry);
    }
    let now = posted.entries_known_as();
    let find = |id: &str| known.get(id).copied().or_else(|| now.get(id).copied());
    let mut by_row: BTreeMap<Row<'_>, (Option<Idx<Entry>>, HoursSum, HoursSum)> = BTreeMap::new();
    for portion in covered.iter().filter(|portion| packs.contains_key(&portion.line)) {
        let entry = find(&portion.id);
        let id = entry.map_or(portion.id.as_str(), |entry| world.entries.id(entry));
        let row = by_row.entry((portion.line, id, &portion.document, portion.date)).or_default();
        *row = (entry, row.1 + portion.hours.plus(portion.uplift).into(), row.2 + portion.uplift.into());
    }
    let rows = by_row.into_iter().filter(|(_, (_, hours, uplift))| !hours.is_zero() || !uplift.is_zero());
    rows.map(|((line, id, document, date), (entry, hours, uplift))| PackDraw {
        line,
        entry,
        id: if entry.is_some() { Box::default() } else { id.into() },
        date: Some(date),
        hours: hours.within_an_entry(),
        uplift: uplift.within_an_entry(),
        left: HoursSum::ZERO,
        document: document.into(),
    })
    .collect()
}
