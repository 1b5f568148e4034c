//! What moved the packs (S1): the table of the run, what a statement shows of it, and what a close keeps.

use super::{Results, Table, columns, table};
use crate::bug::OrBug;
use crate::model::World;
use crate::statement::{Movement, PackStatement, Statement, Statements};

/// The movements of packs, one after another.
type Moved<'a> = Vec<(&'a PackStatement, &'a Movement)>;

fn moved<'a>(packs: impl Iterator<Item = &'a PackStatement>) -> Moved<'a> {
    packs.flat_map(|pack| pack.movements.iter().map(move |movement| (pack, movement))).collect()
}

/// By pack, each pack's in the order in which they count.
fn of_all(statements: &Statements) -> Moved<'_> {
    let mut packs: Vec<&PackStatement> = statements.all.iter().flat_map(|of| &of.packs).collect();
    packs.sort_by_key(|of| &of.pack.id);
    moved(packs.into_iter())
}

/// S1.
pub(super) fn pack_movements(statements: &Statements) -> Table<'_> {
    let rows = of_all(statements);
    table("pack_movements", PACK_MOVEMENTS, rows.len(), move |row, out| {
        let (pack, movement) = *rows.get(row).or_bug("every row is of a movement");
        pack_movement(pack, movement, out);
    })
}

/// What rows of that table are sorted by, which stands in no cell of theirs: the pack, and the order in which its movements count.
pub(super) fn places(statements: &Statements) -> Vec<(&str, usize)> {
    let mut places: Vec<(&str, usize)> = Vec::new();
    for (of, _) in of_all(statements) {
        let id = of.pack.id.as_str();
        let nth = places.last().filter(|(last, _)| *last == id).map_or(0, |(_, nth)| nth + 1);
        places.push((id, nth));
    }
    places
}

columns! {
    PACK_MOVEMENTS, pack_movement(pack: &PackStatement, of: &Movement) {
    } => {
        pack Text [0] "its order line": &pack.pack.id,
        date Date "its own; empty: before all dates": of.date,
        kind Text "`opening`, `adjusted`, `bought`, `used`, `expired` (S1)": of.kind.name(),
        timesheet_id Text "the entry, where there is one": &of.id,
        hours Hours "in the sense of their kind; of `adjusted` with the sign of what it does to the balance": Some(of.hours),
        balance Hours "of the pack, after it": Some(of.balance),
        final Flag "nothing of it waits for a post (S3)": Some(of.settled),
    }
}

/// `statement.csv`: what one statement shows, with a last row per pack.
pub fn statement_rows<'a>(results: Results<'a>, statement: &'a Statement) -> Table<'a> {
    let mut rows: Vec<(&PackStatement, Option<&Movement>)> = Vec::new();
    for pack in &statement.packs {
        rows.extend(pack.movements.iter().map(|movement| (pack, Some(movement))));
        rows.push((pack, None));
    }
    table("statement", STATEMENT, rows.len(), move |row, out| {
        let (pack, movement) = *rows.get(row).or_bug("every row is of a pack");
        statement_row(results, pack, movement, out);
    })
}

/// Who did what for whom, as the entry that was read says, else as the ledger does: employee, ticket, text.
pub fn movement_words<'a>(world: &'a World, of: &'a Movement) -> (&'a str, &'a str, &'a str) {
    match (of.entry, &of.said) {
        (Some(entry), _) => {
            let view = world.entry(entry);
            let (employee, text) = view.details();
            (employee, view.ticket.map_or("", |ticket| world.tickets.id(ticket)), text)
        }
        (None, Some((employee, ticket))) => (employee, ticket, ""),
        (None, None) => ("", "", ""),
    }
}

columns! {
    STATEMENT, statement_row(results: Results<'_>, pack: &PackStatement, of: Option<&Movement>) {
        let sold = &pack.pack;
        let (employee, ticket, text) = of.map_or(("", "", ""), |of| movement_words(results.world, of));
        let is_entry = of.is_some_and(|of| !of.id.is_empty());
        let settled = of.filter(|_| is_entry).map(|of| of.settled);
    } => {
        order_line_id Text [0] "the pack": &sold.id,
        order_id Text "its order": &sold.order,
        product Text "what was sold": &sold.product,
        kind Text "`opening`, `adjusted`, `bought`, `used`, `expired`, `closing`": of.map_or("closing", |of| of.kind.name()),
        date Date "of the work, or of the purchase": of.map_or(results.settings.balance_date(), |of| of.date),
        timesheet_id Text "the entry, where there is one": of.map_or("", |of| &of.id),
        employee Text "who worked": employee,
        ticket_id Text "what for": ticket,
        description Text "what was done": text,
        hours Hours "in the sense of their kind; of `adjusted` with the sign of what it does to the balance": Some(of.map_or(pack.closing, |of| of.hours)),
        balance Hours "of the pack, after it": Some(of.map_or(pack.closing, |of| of.balance)),
        final Flag "false: not final yet (S3); of entries": settled,
    }
}

/// K6: what a close keeps of them.
pub fn closed_movements<'a>(statements: &'a Statements, company: Option<&str>) -> Table<'a> {
    let mut rows = of_all(statements);
    rows.retain(|(of, _)| company.is_none_or(|company| of.pack.company == company));
    table("closed_movements", CLOSED_MOVEMENTS, rows.len(), move |row, out| {
        let (pack, movement) = *rows.get(row).or_bug("every row is of a movement");
        closed_movement(pack, movement, out);
    })
}

columns! {
    CLOSED_MOVEMENTS, closed_movement(pack: &PackStatement, of: &Movement) {
    } => {
        order_line_id Text "the pack": &pack.pack.id,
        date Date "its own": of.date,
        kind Text "as in the table pack_movements": of.kind.name(),
        timesheet_id Text "the entry, where there is one": &of.id,
        hours Hours "as in the table pack_movements": Some(of.hours),
        final Flag "nothing of it waited for a post": Some(of.settled),
    }
}
