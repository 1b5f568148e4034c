//! Tables on a terminal: they are as wide as it is, and no number in them breaks.

use anstyle::{AnsiColor, Style};

use super::layout::{listed, plain};
use super::width::{BETWEEN, Gives, Wanted, columns, cut, fitted, table_width};

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// A text: cut where the table is too wide.
    Left,
    /// A text that a narrow terminal does without.
    Spare,
    /// What people copy: cut after all others.
    Id,
    /// A figure: never cut.
    Right,
    /// A figure that a narrow terminal does without.
    SpareRight,
}

impl Align {
    fn gives(self) -> Gives {
        match self {
            Align::Left => Gives::Text,
            Align::Spare => Gives::Spare,
            Align::Id => Gives::Id,
            Align::Right => Gives::Never,
            Align::SpareRight => Gives::SpareFigure,
        }
    }

    fn is_right(self) -> bool {
        matches!(self, Align::Right | Align::SpareRight)
    }
}

/// A plain table: no frame, two blanks between columns. Styles are always written; the stream strips them where nobody sees them.
pub struct Grid {
    heads: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<(Style, Vec<String>)>,
}

impl Grid {
    /// The first column's name heads the table.
    pub fn new(columns: &[(&str, Align)]) -> Grid {
        let heads = columns.iter().map(|(name, _)| plain(name)).collect();
        Grid { heads, aligns: columns.iter().map(|(_, align)| *align).collect(), rows: Vec::new() }
    }

    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, Style::new());
    }

    /// A row that sums up those above it.
    pub fn sum<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, Style::new().bold());
    }

    /// A row that needs attention; some cell of it says so in words or by its sign.
    pub fn alarm<S: AsRef<str>>(&mut self, cells: &[S]) {
        self.styled(cells, AnsiColor::Red.on_default());
    }

    fn styled<S: AsRef<str>>(&mut self, cells: &[S], style: Style) {
        // An id may hold anything: a line break would tear the table, an escape would drive the terminal.
        self.rows.push((style, cells.iter().map(|cell| plain(cell.as_ref())).collect()));
    }

    /// The lines of the table, each with a newline.
    pub fn text(self) -> String {
        self.text_within(table_width())
    }

    fn text_within(self, room: usize) -> String {
        let wanted: Vec<Wanted> = (0..self.heads.len()).map(|at| self.wanted(at)).collect();
        match fitted(&wanted, room) {
            Some(widths) => self.table(&widths),
            None => self.records(room),
        }
    }

    fn head(&self, at: usize) -> &str {
        self.heads.get(at).map_or("", String::as_str)
    }

    fn wanted(&self, at: usize) -> Wanted {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at)).map(|cell| columns(cell));
        let head = self.head(at);
        Wanted {
            gives: self.aligns.get(at).map_or(Gives::Text, |align| align.gives()),
            cells: cells.max().unwrap_or(0),
            head: columns(head),
            word: head.split(' ').map(columns).max().unwrap_or(0),
        }
    }

    fn table(&self, widths: &[Option<usize>]) -> String {
        let heads: Vec<Vec<String>> = (0..self.heads.len())
            .map(|at| broken_head(self.head(at), widths.get(at).copied().flatten().unwrap_or(0)))
            .collect();
        let lines = heads.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for line in 0..lines {
            // Heads stand on the line above their column.
            let cell = |of: &Vec<String>| {
                let at = (line + of.len()).checked_sub(lines);
                at.and_then(|at| of.get(at)).cloned().unwrap_or_default()
            };
            let cells: Vec<String> = heads.iter().map(cell).collect();
            let style = |at: usize| if at == 0 { Style::new().bold() } else { Style::new().dimmed() };
            text.push_str(&self.line(&cells, widths, &style));
        }
        for (style, cells) in &self.rows {
            text.push_str(&self.line(cells, widths, &|_| *style));
        }
        let left_out = |at: &usize| widths.get(*at) == Some(&None) && !self.head(*at).is_empty();
        let left_out: Vec<String> = (0..self.heads.len()).filter(left_out).map(|at| self.head(at).to_owned()).collect();
        if !left_out.is_empty() {
            let dim = Style::new().dimmed();
            text.push_str(&format!("{dim}  columns that do not fit here: {}{dim:#}\n", left_out.join(", ")));
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[Option<usize>], style: &dyn Fn(usize) -> Style) -> String {
        let (mut line, mut blanks) = (String::new(), 0);
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let Some(width) = *width else { continue };
            let shown = cut(cell, width);
            let free = width.saturating_sub(columns(&shown));
            let (before, after) =
                if self.aligns.get(at).is_some_and(|align| align.is_right()) { (free, 0) } else { (0, free) };
            blanks += before;
            if !shown.is_empty() {
                let style = style(at);
                line.push_str(&format!("{}{style}{shown}{style:#}", " ".repeat(blanks)));
                blanks = 0;
            }
            blanks += after + BETWEEN;
        }
        line.push('\n');
        line
    }

    /// Where even the figures find no room: what the first column says, and below it the rest by name.
    fn records(&self, room: usize) -> String {
        let bold = Style::new().bold();
        let mut text = format!("{bold}{}{bold:#}\n", cut(self.head(0), room));
        for (style, cells) in &self.rows {
            let mut items: Vec<String> = Vec::new();
            for (at, cell) in cells.iter().enumerate().skip(1).filter(|(_, cell)| !cell.is_empty()) {
                match (self.head(at), items.last_mut()) {
                    // A unit or currency belongs to the figure before it.
                    ("", Some(last)) => last.push_str(&format!(" {cell}")),
                    ("", None) => items.push(cell.clone()),
                    (head, _) => items.push(format!("{head} {cell}")),
                }
            }
            let first = cells.first().map_or("", String::as_str);
            text.push_str(&format!("{style}{}{style:#}\n{}", cut(first, room), listed("    ", &items, room)));
        }
        text
    }
}

/// A head in lines of a width, broken between words.
fn broken_head(head: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in head.split(' ') {
        match lines.last_mut().filter(|line| columns(line) + 1 + columns(word) <= width) {
            Some(line) => line.push_str(&format!(" {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    // Blanks before a head are its own.
    if columns(head) <= width { vec![head.to_owned()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[
            ("document", Align::Id),
            ("customer", Align::Left),
            ("delivered hours", Align::Right),
            ("net", Align::Right),
            ("", Align::Id),
        ]);
        grid.row(&["D-2026-10-C001-EUR", "Brasserie du Parc", "48.67", "14,418.77", "EUR"]);
        grid.row(&["D-2026-10-C002-EUR", "C002", "4.75", "522.50", "EUR"]);
        grid
    }

    fn plain_text(room: usize) -> String {
        anstream::adapter::strip_str(&grid().text_within(room)).to_string()
    }

    #[test]
    fn a_table_is_as_wide_as_the_terminal() {
        assert_eq!(
            plain_text(80),
            "document            customer           delivered hours        net\n\
             D-2026-10-C001-EUR  Brasserie du Parc            48.67  14,418.77  EUR\n\
             D-2026-10-C002-EUR  C002                          4.75     522.50  EUR\n"
        );
        assert_eq!(
            plain_text(56),
            "                               delivered\n\
             document            customer       hours        net\n\
             D-2026-10-C001-EUR  Brasseri…      48.67  14,418.77  EUR\n\
             D-2026-10-C002-EUR  C002            4.75     522.50  EUR\n"
        );
        assert_eq!(
            plain_text(40),
            "document\n\
             D-2026-10-C001-EUR\n    customer Brasserie du Parc,\n    delivered hours 48.67,\n    net 14,418.77 EUR\n\
             D-2026-10-C002-EUR\n    customer C002, delivered hours 4.75,\n    net 522.50 EUR\n"
        );
    }
}
