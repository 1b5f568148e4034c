//! What other files of a job give, and which columns of entries name records of theirs: order lines, and the seller's companies (L1, L2, F2).

use std::collections::HashSet;

use super::choose::Chosen;
use super::counted::rows_in_words;
use super::evidence::Table;
use super::question::Question;
use super::quoted::quoted;
use super::{Guess, NAMED_SHARE_PERCENT, cells, own, referring};
use crate::inputs::Input;
use crate::read::Look;

/// What other files give.
#[derive(Default)]
pub(super) struct Beside {
    /// Ids of tickets; `None` without a tickets input.
    pub tickets: Option<HashSet<String>>,
    /// Orders or agreements say what is billed.
    pub sold: bool,
    /// Ids of what they say, and who bought it.
    pub lines: HashSet<String>,
    pub customers: HashSet<String>,
    /// The seller's, as orders and tickets name them.
    pub companies: HashSet<String>,
}

impl Beside {
    pub fn of(files: &[(&Look, Guess)]) -> Beside {
        let has = |input: Input| files.iter().any(|(_, guess)| guess.input == input);
        let cells_of = |inputs: &[Input], field: &str| -> HashSet<String> {
            let of_inputs = files.iter().filter(|(_, guess)| inputs.contains(&guess.input));
            of_inputs.flat_map(|(look, guess)| cells(look, guess, field)).map(str::to_owned).collect()
        };
        let known = [Input::Orders, Input::Agreements, Input::Tickets, Input::Customers];
        let mut lines = cells_of(&[Input::Orders], "order_line_id");
        lines.extend(cells_of(&[Input::Agreements], "agreement_id"));
        Beside {
            tickets: has(Input::Tickets).then(|| cells_of(&[Input::Tickets], "ticket_id")),
            sold: has(Input::Orders) || has(Input::Agreements),
            lines,
            customers: cells_of(&known, "customer_id"),
            companies: cells_of(&known, "company"),
        }
    }
}

/// What a column may be called that names the order line of an entry, folded.
const LINES: [&str; 30] = [
    "order line",
    "order line id",
    "order line no",
    "order item",
    "order item id",
    "order position",
    "sales order line",
    "sales order item",
    "sale order line",
    "sales order item id",
    "so line",
    "auftragszeile",
    "auftragsposition",
    "auftragspositionsnummer",
    "auftrags position",
    "bestellposition",
    "position des auftrags",
    "ligne de commande",
    "ligne commande",
    "poste de commande",
    "linea de pedido",
    "linea pedido",
    "orderregel",
    "verkooporderregel",
    "orderlijn",
    "riga ordine",
    "riga d ordine",
    "linha de pedido",
    "orderrad",
    "ordrelinje",
];

/// L1: an entry's own order line beats that of its ticket. A column that nothing else is chosen for and whose cells are ids of order lines names it;
/// one that is called so and names others is asked about.
pub(super) fn order_lines(
    look: &Look,
    table: &Table<'_>,
    chosen: &mut Chosen,
    beside: &Beside,
    by_preset: bool,
) -> Option<Question> {
    if let Some(column) = chosen.fields.get("order_line_id").copied() {
        // A preset knows how records are named.
        return of_nobody(table, column, beside).filter(|_| !by_preset);
    }
    if beside.lines.is_empty() {
        return None;
    }
    let used: HashSet<usize> =
        chosen.fields.iter().filter(|(field, _)| **field != "project").map(|(_, column)| *column).collect();
    let named = |column: usize| table.filled(column).filter(|cell| beside.lines.contains(*cell)).count();
    let names_lines = |column: usize| LINES.contains(&super::words::fold(table.name(column)).as_str());
    let free = (0..table.columns()).filter(|column| !used.contains(column) && !table.is_repeat(*column));
    let free: Vec<usize> = free.filter(|column| !table.is_empty(*column)).collect();
    let fits = |column: &usize| {
        let cells: Vec<&str> = table.filled(*column).collect();
        named(*column) * 100 >= cells.len() * NAMED_SHARE_PERCENT
            && (names_lines(*column) || referring::may_name(look, *column, &cells))
    };
    if let Some(column) = free.iter().copied().filter(fits).max_by_key(|column| (names_lines(*column), named(*column)))
    {
        // No column fills two fields.
        chosen.fields.retain(|_, known| *known != column);
        chosen.fields.insert("order_line_id", column);
        return None;
    }
    let column = free.into_iter().find(|column| names_lines(*column))?;
    let (header, of) = (table.name(column), table.filled(column).count());
    Some(Question {
        text: format!(
            "column `{header}` is called an order line, and {} of {of} cells are ids of the orders: is it that of the entry (the line below), or something else (name it in `ignore`)?",
            named(column)
        ),
        lines: vec![format!("columns.order_line_id = {}", quoted(header))],
        open: Some(header.to_owned()),
    })
}

/// Entries that name order lines which no file gives are set aside (§2): that is told.
fn of_nobody(table: &Table<'_>, column: usize, beside: &Beside) -> Option<Question> {
    let unknown: Vec<&str> = table.filled(column).filter(|cell| !beside.lines.contains(*cell)).collect();
    let filled = table.filled(column).count();
    let few = (filled - unknown.len()) * 100 >= filled * NAMED_SHARE_PERCENT;
    let first = unknown.first().filter(|_| !few)?;
    let names = if unknown.len() == 1 { "names an order line" } else { "name order lines" };
    Some(Question::aside(format!(
        "`{}`: {} {names} such as `{first}` that no file gives, and such rows are set aside: export the orders too, or put the header into `ignore`",
        table.name(column),
        rows_in_words(unknown.len())
    )))
}

/// L2: a column of companies is the seller's where it says what orders and tickets say of theirs, or where a file of ours has it beside what else
/// tells for whom the work was.
pub(super) fn company(table: &Table<'_>, chosen: &mut Chosen, beside: &Beside) -> Option<Question> {
    if chosen.fields.contains_key("company") {
        return None;
    }
    let by = |field: &str| chosen.fields.get(field).copied().filter(|column| *column < table.columns());
    let free = |column: &usize| by("customer_id") == Some(*column) || chosen.fields.values().all(|used| used != column);
    let is_company = |column: &usize| super::doubts::is_company(table, *column) && !table.is_empty(*column);
    let column = (0..table.columns()).find(|column| free(column) && is_company(column) && !table.is_repeat(*column))?;
    let filled = table.filled(column).count();
    let within = |known: &HashSet<String>| {
        table.filled(column).filter(|cell| known.contains(*cell)).count() * 100 >= filled * NAMED_SHARE_PERCENT
    };
    if within(&beside.companies) && !within(&beside.customers) {
        chosen.fields.retain(|_, known| *known != column);
        chosen.fields.insert("company", column);
        return None;
    }
    // Whose the work is tickets and order lines say: a company that is no customer of theirs is not the client.
    let linked = ["order_line_id", "ticket_id"].into_iter().any(|field| by(field).is_some()) && beside.sold;
    let is_client = by("customer_id") == Some(column);
    let ours = own::is_ours(Input::Timesheets, table.written());
    if !linked || !is_client || within(&beside.customers) {
        return None;
    }
    chosen.fields.retain(|_, known| *known != column);
    let header = table.name(column);
    if ours {
        chosen.fields.insert("company", column);
    }
    let taken =
        if ours { "taken for the seller's company, and not for the client" } else { "not taken for the client" };
    Some(Question {
        text: format!("`{header}` is {taken}: none of the customers of the other files is called so"),
        lines: vec![format!("columns.customer_id = {}", quoted(header))],
        open: None,
    })
}
