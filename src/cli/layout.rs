//! How figures and tables look on a terminal.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use crate::quantity::{HoursSum, decimal_text, divide_rounded, hours_unscaled};

/// Decimals of hours on the terminal; the tables hold them exactly.
const HOURS_SHOWN: u32 = 2;

/// Hours for people: two decimals.
pub fn hours(hours: HoursSum) -> String {
    let hundredths = divide_rounded(hours_unscaled(hours.micros()), 100_000_000).unwrap_or_default();
    decimal_text(hundredths, HOURS_SHOWN, HOURS_SHOWN)
}

/// Whether [`hours`] leaves something out.
pub fn is_rounded(hours: HoursSum) -> bool {
    hours_unscaled(hours.micros()) % 100_000_000 != 0
}

/// `12,345`: groups of digits make counts readable.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `3 rows`.
pub fn counted(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// The first characters of a text, where a table has no room for all.
pub fn shortened(text: &str, width: usize) -> String {
    let flat: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    if flat.chars().count() <= width {
        return flat;
    }
    let kept: String = flat.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A column of a table.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Right,
}

/// A plain table: no frame, two blanks between columns, never wrapped. Styles are always written; the stream strips them where nobody
/// sees them.
pub struct Grid {
    table: Table,
    aligns: Vec<Align>,
}

impl Grid {
    pub fn new(columns: &[(&str, Align)]) -> Grid {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).enforce_styling();
        let aligns: Vec<Align> = columns.iter().map(|(_, align)| *align).collect();
        if columns.iter().any(|(name, _)| !name.is_empty()) {
            let header = columns.iter().map(|(name, align)| cell(name, *align).add_attribute(Attribute::Dim));
            table.set_header(header);
        }
        Grid { table, aligns }
    }

    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, |cell| cell);
    }

    /// A row that sums up those above it.
    pub fn sum<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, |cell| cell.add_attribute(Attribute::Bold));
    }

    /// A row that needs attention; some cell of it says so in words.
    pub fn alarm<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, |cell| cell.fg(Color::Red));
    }

    fn styled<S: AsRef<str>>(&mut self, cells: &[S], style: impl Fn(Cell) -> Cell) {
        let cells = cells.iter().zip(&self.aligns);
        let row: Vec<Cell> = cells.map(|(text, align)| style(cell(text.as_ref(), *align))).collect();
        self.table.add_row(row);
    }

    /// The lines of the table, each with a newline.
    pub fn text(&self) -> String {
        self.table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

fn cell(text: &str, align: Align) -> Cell {
    Cell::new(text).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_as_people_read_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(hours(HoursSum::from_micros(4_800_000_000)), "1.33");
        assert!(is_rounded(HoursSum::from_micros(4_800_000_000)) && !is_rounded(HoursSum::from_micros(3_600_000_000)));
        assert_eq!(shortened("a longer name", 8), "a longe…");
    }
}
