//! How wide text for people may be, and how the columns of a table find room in it.

use std::io::{self, IsTerminal};

/// Where nobody says how wide the terminal is: what every terminal and mail has.
const WIDTH_USUAL: usize = 80;
/// Longer lines of text are hard to read.
const WIDTH_MAX: usize = 100;
const WIDTH_LEAST: usize = 40;

/// Columns that text for people may take.
pub fn width() -> usize {
    table_width().min(WIDTH_MAX)
}

/// Columns that a table may take.
pub fn table_width() -> usize {
    let terminal = if io::stdout().is_terminal() { terminal_columns() } else { None };
    let said = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok();
    terminal.or_else(said).map_or(WIDTH_USUAL, |columns| columns.max(WIDTH_LEAST))
}

fn terminal_columns() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

/// Columns that a text takes: characters of East Asia take two, marks on others none.
pub fn columns(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

fn of_char(char: char) -> usize {
    match u32::from(char) {
        0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The first characters of a text, where there is no room for all.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (mut kept, mut taken) = (String::new(), 1);
    for char in text.chars() {
        taken += of_char(char);
        if taken > width {
            break;
        }
        kept.push(char);
    }
    format!("{}…", kept.trim_end())
}

/// What stands between two columns of a table.
pub const BETWEEN: usize = 2;
/// The fewest characters to which texts and ids are cut.
const TEXT_LEAST: usize = 8;
const SPARE_LEAST: usize = 14;
const ID_LEAST: usize = 12;

/// How a column gives way where its table is too wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Figures are whole or not there.
    Never,
    /// A text: it is cut first.
    Text,
    /// A text that is cut like others, and left out before ids are cut.
    Spare,
    /// A figure that is left out before ids are cut.
    SpareFigure,
    /// An id: it is cut last, because people copy it.
    Id,
}

/// What a column asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub gives: Gives,
    /// The width of its widest cell.
    pub cells: usize,
    pub head: usize,
    /// The width of the longest word of its head, which may stand on several lines.
    pub word: usize,
}

impl Wanted {
    fn narrow(&self) -> usize {
        self.cells.max(self.word)
    }

    fn least(&self) -> usize {
        match self.gives {
            Gives::Never | Gives::SpareFigure => self.narrow(),
            Gives::Text => self.narrow().min(TEXT_LEAST.max(self.word)),
            Gives::Spare => self.narrow().min(SPARE_LEAST.max(self.word)),
            Gives::Id => self.narrow().min(ID_LEAST.max(self.word)),
        }
    }
}

/// Widths of the columns, none for those left out; `None` when the table does not fit with every text cut.
pub fn fitted(wanted: &[Wanted], room: usize) -> Option<Vec<Option<usize>>> {
    let shown = |width: usize| (width > 0).then_some(width);
    let natural: Vec<_> = wanted.iter().map(|column| shown(column.cells.max(column.head))).collect();
    if taken(&natural) <= room {
        return Some(natural);
    }
    let spare: Vec<usize> =
        (0..wanted.len()).rev().filter(|at| is(wanted, *at, &[Gives::Spare, Gives::SpareFigure])).collect();
    for left_out in 0..=spare.len() {
        let gone = spare.get(..left_out).unwrap_or_default();
        let width = |(at, column): (usize, &Wanted)| {
            if gone.contains(&at) { None } else { shown(column.narrow()) }
        };
        let mut widths: Vec<_> = wanted.iter().enumerate().map(width).collect();
        give(&mut widths, wanted, &[Gives::Text, Gives::Spare], room);
        if left_out == spare.len() {
            give(&mut widths, wanted, &[Gives::Id], room);
        }
        if taken(&widths) <= room {
            heads_in_one_line(&mut widths, wanted, room);
            return Some(widths);
        }
    }
    None
}

fn is(wanted: &[Wanted], at: usize, kinds: &[Gives]) -> bool {
    wanted.get(at).is_some_and(|column| kinds.contains(&column.gives))
}

fn taken(widths: &[Option<usize>]) -> usize {
    let shown: Vec<usize> = widths.iter().flatten().copied().collect();
    shown.iter().sum::<usize>() + BETWEEN * shown.len().saturating_sub(1)
}

/// The widest of those that give way gives first.
fn give(widths: &mut [Option<usize>], wanted: &[Wanted], kinds: &[Gives], room: usize) {
    while taken(widths) > room {
        let can = |(at, width): (usize, &Option<usize>)| {
            let least = wanted.get(at).filter(|_| is(wanted, at, kinds))?.least();
            width.filter(|width| *width > least).map(|width| (width, at))
        };
        let widest = widths.iter().enumerate().filter_map(can).max();
        let Some(width) = widest.and_then(|(_, at)| widths.get_mut(at)) else { return };
        *width = width.map(|width| width - 1);
    }
}

/// Room that is left goes to heads that were broken.
fn heads_in_one_line(widths: &mut [Option<usize>], wanted: &[Wanted], room: usize) {
    for (at, column) in wanted.iter().enumerate() {
        let free = room.saturating_sub(taken(widths));
        if let Some(Some(width)) = widths.get_mut(at)
            && column.head > *width
            && column.head - *width <= free
        {
            *width = column.head;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(gives: Gives, cells: usize, head: usize, word: usize) -> Wanted {
        Wanted { gives, cells, head, word }
    }

    #[test]
    fn texts_give_way_and_figures_never() {
        let all = [
            wanted(Gives::Id, 10, 4, 4),
            wanted(Gives::Text, 30, 4, 4),
            wanted(Gives::Spare, 20, 4, 4),
            wanted(Gives::Never, 9, 15, 9),
        ];
        assert_eq!(fitted(&all, 81), Some(vec![Some(10), Some(30), Some(20), Some(15)]));
        assert_eq!(fitted(&all, 75), Some(vec![Some(10), Some(30), Some(20), Some(9)]), "the head breaks first");
        assert_eq!(fitted(&all, 60), Some(vec![Some(10), Some(18), Some(17), Some(9)]), "the widest gives");
        assert_eq!(fitted(&all, 40), Some(vec![Some(10), Some(17), None, Some(9)]), "then the spare one goes");
        assert_eq!(fitted(&all, 31), Some(vec![Some(10), Some(8), None, Some(9)]));
        assert_eq!(fitted(&all, 30), None);
        let id = [wanted(Gives::Id, 40, 2, 2), wanted(Gives::Never, 9, 3, 3)];
        assert_eq!(fitted(&id, 30), Some(vec![Some(19), Some(9)]), "ids are cut last");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!([columns("東京"), columns("e\u{301}"), columns("ab")], [4, 1, 2]);
        assert_eq!([cut("東京都庁", 5), cut("a longer name", 8)], ["東京…", "a longe…"]);
    }
}
