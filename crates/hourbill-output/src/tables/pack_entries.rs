//! What each pack gave, entry by entry (W12).

use super::{Results, Table, TableColumn, columns, joined, table};
use crate::bug::OrBug;
use crate::statement::PackDraw;

pub(super) fn pack_entries<'a>(results: Results<'a>, draws: &'a [PackDraw]) -> Table<'a> {
    let by_minimum = results.settings.rules.packs.by_minimum;
    let columns: &[TableColumn] = if by_minimum { &PACK_ENTRIES_BY_MINIMUM } else { PACK_ENTRIES };
    table("pack_entries", columns, draws.len(), move |row, out| {
        let of = draws.get(row).or_bug("every row is of a draw");
        pack_entry(results, of, out);
        if by_minimum {
            worked(of, out);
        }
    })
}

/// What rows of the table are sorted by: the pack, and the order in which its entries draw.
pub(super) fn places<'a>(results: Results<'a>, draws: &'a [PackDraw]) -> Vec<(&'a str, usize)> {
    let mut places: Vec<(&str, usize)> = Vec::with_capacity(draws.len());
    for draw in draws {
        let id = results.world.lines.id(draw.line);
        let nth = places.last().filter(|(last, _)| *last == id).map_or(0, |(_, nth)| nth + 1);
        places.push((id, nth));
    }
    places
}

columns! {
    PACK_ENTRIES, pack_entry(results: Results<'_>, of: &PackDraw) {
    } => {
        order_line_id Text [0] "the pack": results.world.lines.id(of.line),
        timesheet_id Text "the entry": of.id(results.world),
        date Date "of the work": of.date,
        hours Hours "drawn; negative where they were given back (W9)": Some(of.hours.into()),
        left_after Hours "what the pack has left after it and all that comes before it in the order of W3": Some(of.left),
        document_id Text "the document of the ledger that has them; empty before they are posted": of.document(),
    }
}

columns! {
    WORKED, worked(of: &PackDraw) {
    } => {
        worked_hours Hours "those of the entry for which the pack gave them (M7); stands only under `minimum_on_packs`": Some(of.hours.less(of.uplift).into()),
    }
}

/// Behind the others, where packs give by minimums.
pub(super) const PACK_ENTRIES_BY_MINIMUM: [TableColumn; PACK_ENTRIES.len() + WORKED.len()] =
    joined(&[PACK_ENTRIES, WORKED]);
