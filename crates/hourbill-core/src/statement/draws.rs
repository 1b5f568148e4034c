//! W12: what each pack gave, entry by entry, in the order of W3.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::{StatementSource, gather};
use crate::bug::OrBug;
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
    pub date: Option<Date>,
    /// Drawn; negative where they were given back (W9).
    pub hours: Hours,
    /// M7: of them, what the pack gives beyond the hours that were worked.
    pub uplift: Hours,
    /// What the pack has left after it and all that comes before it in this order.
    pub left: HoursSum,
    /// Where the ledger has them; `None` before they are posted.
    posted: Option<Box<PostedDraw>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct PostedDraw {
    /// Of the entry, where the ledger alone has it.
    id: Box<str>,
    document: Box<str>,
    /// The place of the document among those committed.
    nth: usize,
}

impl PackDraw {
    /// Its timesheet_id.
    pub fn id<'a>(&'a self, world: &'a World) -> &'a str {
        let of_ledger = self.posted.as_ref().map_or("", |posted| &posted.id);
        self.entry.map_or(of_ledger, |entry| world.entry(entry).id())
    }

    /// The document of the ledger that has them; empty before they are posted.
    pub fn document(&self) -> &str {
        self.posted.as_ref().map_or("", |posted| &posted.document)
    }
}

/// By pack, those of a pack in the order in which they draw.
pub(super) fn draws(source: StatementSource<'_>) -> Vec<PackDraw> {
    let StatementSource { world, .. } = source;
    let packs: BTreeMap<Idx<OrderLine>, HoursSum> = world
        .lines
        .iter()
        .filter(|(_, line)| line.is_pack())
        .map(|(idx, line)| (idx, line.ordered_hours().or_bug("a pack is sold in a unit of time")))
        .collect();
    if packs.is_empty() {
        return Vec::new();
    }
    // G12: what was billed by time of a line that sells no pack now, or another part's, is drawn on none of these.
    let mut used = gather::used(source, |line| packs.contains_key(&line));
    used.retain(|of| packs.contains_key(&of.line));
    let mut all = posted(source, &packs);
    all.reserve_exact(used.len());
    all.extend(used.into_iter().map(|of| PackDraw {
        line: of.line,
        entry: Some(of.entry),
        date: of.date,
        hours: of.hours,
        uplift: of.uplift,
        left: HoursSum::ZERO,
        posted: None,
    }));
    let mut by_pack: Vec<(&str, Idx<OrderLine>)> = packs.keys().map(|line| (world.lines.id(*line), *line)).collect();
    by_pack.sort_unstable();
    let mut places = vec![u32::MAX; world.lines.len()];
    for (place, (_, line)) in (0_u32..).zip(by_pack) {
        *places.get_mut(line.position()).or_bug("every order line has its place") = place;
    }
    all.par_sort_by_cached_key(|of| *places.get(of.line.position()).or_bug("every order line has its place"));
    let of_packs: Vec<&mut [PackDraw]> = all.chunk_by_mut(|a, b| a.line == b.line).collect();
    of_packs.into_par_iter().for_each(|of_pack| {
        of_pack.sort_by_cached_key(|of| turn(world, of));
        let pack = of_pack.first().and_then(|of| packs.get(&of.line));
        let mut left = *pack.or_bug("what was drawn is on a pack of this part");
        for of in of_pack {
            left = left - of.hours.into();
            of.left = left;
        }
    });
    all
}

/// Its place among those of its pack (W3). What is posted comes first, as it stays, in the order committed.
fn turn<'a>(world: &'a World, of: &PackDraw) -> (Option<Date>, Option<Moment>, Cow<'a, str>, usize, Hours) {
    let began = of.entry.and_then(|entry| world.entry(entry).started_at());
    let id = match of.entry {
        Some(entry) => Cow::Borrowed(world.entry(entry).id()),
        None => Cow::Owned(of.id(world).to_owned()),
    };
    (of.date, began, id, of.posted.as_ref().map_or(usize::MAX, |posted| posted.nth), of.hours)
}

/// Pack, timesheet_id, document and date.
type Row<'a> = (Idx<OrderLine>, &'a str, &'a str, Date);

/// G9: what the ledger has covered, one row for each document.
fn posted(source: StatementSource<'_>, packs: &BTreeMap<Idx<OrderLine>, HoursSum>) -> Vec<PackDraw> {
    let StatementSource { world, posted, covered, .. } = source;
    let known = gather::known(source, |line| packs.contains_key(&line));
    let now = posted.entries_known_as();
    let find = |id: &str| known.get(id).copied().or_else(|| now.get(id).copied());
    let mut documents: HashMap<&str, usize> = HashMap::new();
    for portion in covered {
        let next = documents.len();
        documents.entry(&portion.document).or_insert(next);
    }
    let mut by_row: BTreeMap<Row<'_>, (Option<Idx<Entry>>, HoursSum, HoursSum)> = BTreeMap::new();
    for portion in covered {
        let Some(line) = portion.line().filter(|line| packs.contains_key(line)) else { continue };
        let entry = find(&portion.id);
        let id = entry.map_or(portion.id.as_str(), |entry| world.entry(entry).id());
        let row = by_row.entry((line, id, &portion.document, portion.date)).or_default();
        *row = (entry, row.1 + portion.hours.plus(portion.uplift).into(), row.2 + portion.uplift.into());
    }
    let rows = by_row.into_iter().filter(|(_, (_, hours, uplift))| !hours.is_zero() || !uplift.is_zero());
    rows.map(|((line, id, document, date), (entry, hours, uplift))| PackDraw {
        line,
        entry,
        date: Some(date),
        hours: hours.within_an_entry(),
        uplift: uplift.within_an_entry(),
        left: HoursSum::ZERO,
        posted: Some(Box::new(PostedDraw {
            id: if entry.is_some() { Box::default() } else { id.into() },
            document: document.into(),
            nth: *documents.get(document).or_bug("every document of a portion has its place"),
        })),
    })
    .collect()
}
