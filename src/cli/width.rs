//! How wide text for people may be.

use std::io::{self, IsTerminal};

/// Widest text when nobody says how wide the terminal is, and at most.
const WIDTH_MAX: usize = 100;

/// Columns that text for people may take.
pub fn width() -> usize {
    let terminal = if io::stdout().is_terminal() { terminal_columns() } else { None };
    terminal.map_or(WIDTH_MAX, |columns| columns.clamp(40, WIDTH_MAX))
}

fn terminal_columns() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}
