//! Figures of the ERP beside ours, for the terminal.

use super::grid::{Align, Grid};
use super::layout::{counted, wrapped};
use crate::reconcile::Comparison;
use crate::run::Run;

pub fn text(run: &Run, equal_too: bool) -> String {
    let compared = &run.comparisons;
    if compared.is_empty() {
        let none = "the inputs give no figure to compare: no `delivered_qty`, `invoiced_qty` or `remaining_hours` on an order line that is billed by time or \
                    prepaid, no `hours_spent` of tickets, no other amounts of entries, no `erp_invoices` beside a ledger";
        return wrapped("", none);
    }
    let right = Align::Right;
    let mut grid = Grid::new(&[
        ("subject", Align::Spare),
        ("id", Align::Id),
        ("figure", Align::Id),
        ("exported", right),
        ("computed", right),
        ("difference", right),
        // The answer: the figure says of what it is, where the subject finds no room.
        ("cause", Align::Id),
    ]);
    let mut shown = 0;
    for comparison in compared {
        let equal = !comparison.differs();
        if equal && !equal_too {
            continue;
        }
        shown += 1;
        let cells = [
            comparison.subject.name().replace('_', " "),
            id(comparison),
            comparison.figure.replace('_', " "),
            comparison.exported.to_string(),
            comparison.computed.to_string(),
            comparison.difference().map_or_else(String::new, |difference| difference.to_string()),
            comparison.cause_words(),
        ];
        if equal { grid.row(&cells) } else { grid.alarm(&cells) }
    }
    let mut text = if shown == 0 { String::new() } else { format!("{}\n", grid.text()) };
    let figures = counted(compared.len() as u64, "figure");
    let told = match differences(run) {
        0 => format!("{figures} compared, all equal\n"),
        1 => format!("{figures} compared, 1 differs\n"),
        more => format!("{figures} compared, {more} differ\n"),
    };
    text.push_str(&told);
    text
}

/// With the order line, where one line of a document is meant.
fn id(comparison: &Comparison) -> String {
    match comparison.order_line.as_str() {
        "" => comparison.id.clone(),
        order_line => format!("{}: {order_line}", comparison.id),
    }
}

/// Figures that differ.
pub fn differences(run: &Run) -> usize {
    run.comparisons.iter().filter(|comparison| comparison.differs()).count()
}
