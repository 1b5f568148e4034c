//! Pages in the making: texts, rules and tables flow down a page and on to the next.

use std::collections::BTreeSet;

use super::text::{Faces, Weight};

pub const WIDTH: f32 = 595.28;
pub const HEIGHT: f32 = 841.89;
pub const LEFT: f32 = 45.0;
pub const RIGHT: f32 = WIDTH - 45.0;
/// Content ends here; the footer stands below.
const BOTTOM: f32 = HEIGHT - 72.0;
const TOP: f32 = 48.0;
/// Where content begins on pages that carry the short header.
const TOP_NEXT: f32 = 74.0;
const LEADING: f32 = 1.32;
const CELL_PADDING: f32 = 3.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Ink,
    Gray,
    Accent,
    Red,
    Rule,
    Head,
    Watermark,
}

impl Color {
    pub fn rgb(self) -> (u8, u8, u8) {
        match self {
            Color::Ink => (0x1d, 0x22, 0x28),
            Color::Gray => (0x66, 0x6e, 0x78),
            Color::Accent => (0x1f, 0x3b, 0x57),
            Color::Red => (0xa8, 0x1c, 0x1c),
            Color::Rule => (0xc9, 0xce, 0xd4),
            Color::Head => (0xee, 0xf1, 0xf4),
            Color::Watermark => (0xf1, 0xf1, 0xf3),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub size: f32,
    pub weight: Weight,
    pub color: Color,
}

impl Style {
    pub const fn new(size: f32, weight: Weight, color: Color) -> Style {
        Style { size, weight, color }
    }

    pub fn leading(self) -> f32 {
        self.size * LEADING
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextAlign {
    Left,
    Right,
}

/// Something on a page. Texts stand on their baseline and are one line of glyphs that the font has.
#[derive(Clone, Debug)]
pub enum Mark {
    Text {
        x: f32,
        y: f32,
        style: Style,
        text: String,
    },
    /// Across the page, from its lower left to its upper right.
    Watermark {
        size: f32,
        text: String,
    },
    Line {
        x1: f32,
        x2: f32,
        y: f32,
        width: f32,
        color: Color,
    },
    Fill {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        color: Color,
    },
    Frame {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        color: Color,
    },
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub marks: Vec<Mark>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct PageColumn {
    pub width: f32,
    pub align: TextAlign,
    pub title: String,
}

/// Texts of a cell, one below the other.
pub type PageCell = Vec<(String, Style)>;

/// Lines of a cell, wrapped.
type Lines = Vec<(String, Style)>;

/// Pages that fill from top to bottom.
pub struct Flow {
    pub faces: &'static Faces,
    pub pages: Vec<Page>,
    /// The top of what comes next.
    pub y: f32,
    /// Characters that the font lacks.
    pub missing: BTreeSet<char>,
}

impl Flow {
    pub fn new(faces: &'static Faces) -> Flow {
        Flow { faces, pages: vec![Page::default()], y: TOP, missing: BTreeSet::new() }
    }

    pub fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }

    pub fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = TOP_NEXT;
    }

    /// Goes on to the next page unless so much room is left.
    pub fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP_NEXT {
            self.new_page();
        }
    }

    fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// One line of text that others wrote, at a place; it is cut when it is too long. Words of ours are [`Flow::words`].
    pub fn text(&mut self, text: &str, style: Style, (x, width): (f32, f32), baseline: f32, align: TextAlign) {
        let text = self.faces.clean(text, &mut self.missing).into_owned();
        let line = self.faces.cut(&text, style.weight, style.size, width);
        self.line(line, style, (x, width), baseline, align);
    }

    /// One line at a place that is never cut or broken, as half a word of a label says something else or nothing: what is too long in some
    /// language is set smaller.
    pub fn words(&mut self, text: &str, style: Style, room: (f32, f32), baseline: f32, align: TextAlign) {
        let text = self.faces.clean(text, &mut self.missing).into_owned();
        let style = self.shrunk(&text, style, room.1);
        self.line(text, style, room, baseline, align);
    }

    /// A figure at the right of its room, whole like words.
    pub fn figure(&mut self, text: &str, style: Style, room: (f32, f32), baseline: f32) {
        self.words(text, style, room, baseline, TextAlign::Right);
    }

    fn shrunk(&self, text: &str, style: Style, width: f32) -> Style {
        let wide = self.faces.width(text, style.weight, style.size);
        if wide > width { Style { size: style.size * width / wide, ..style } } else { style }
    }

    /// Widens columns of figures to what stands in them, as far as others can spare the room; the column without a width takes what is left.
    pub fn fit(&self, columns: &mut [PageColumn], head: Style, rows: &[Vec<PageCell>], width: f32) {
        const FIGURE_WIDTH_MAX: f32 = 105.0;
        const TEXT_WIDTH_MIN: f32 = 130.0;
        let own: Vec<f32> = columns.iter().map(|column| column.width).collect();
        for (at, column) in columns.iter_mut().enumerate().filter(|(_, column)| column.width > 0.0) {
            let cells = rows.iter().filter_map(|row| row.get(at)).flatten();
            let widest = cells
                .map(|(text, style)| self.faces.width(text, style.weight, style.size))
                .chain([self.faces.width(&column.title, head.weight, head.size)])
                .fold(0.0, f32::max);
            column.width = column.width.max((widest + 2.0 * CELL_PADDING + 0.5).min(FIGURE_WIDTH_MAX));
        }
        let taken: f32 = columns.iter().map(|column| column.width).sum();
        let excess = taken - (width - TEXT_WIDTH_MIN);
        let gained = taken - own.iter().sum::<f32>();
        if excess > 0.0 && gained > 0.0 {
            let kept = (1.0 - excess / gained).max(0.0);
            for (column, own) in columns.iter_mut().zip(own) {
                column.width = own + (column.width - own) * kept;
            }
        }
        let taken: f32 = columns.iter().map(|column| column.width).sum();
        if let Some(rest) = columns.iter_mut().find(|column| column.width == 0.0) {
            rest.width = width - taken;
        }
    }

    fn line(&mut self, text: String, style: Style, (x, width): (f32, f32), y: f32, align: TextAlign) {
        if text.is_empty() {
            return;
        }
        let x = match align {
            TextAlign::Left => x,
            TextAlign::Right => x + width - self.faces.width(&text, style.weight, style.size),
        };
        self.mark(Mark::Text { x, y, style, text });
    }

    pub fn wrapped(&mut self, text: &str, style: Style, width: f32) -> Vec<String> {
        let text = self.faces.clean(text, &mut self.missing).into_owned();
        self.faces.wrap(&text, style.weight, style.size, width)
    }

    /// A text over as many lines and pages as it takes.
    pub fn paragraph(&mut self, text: &str, style: Style, (x, width): (f32, f32)) {
        for line in self.wrapped(text, style, width) {
            self.need(style.leading());
            self.line(line, style, (x, width), self.y + style.size, TextAlign::Left);
            self.y += style.leading();
        }
    }

    pub fn rule(&mut self, (x1, x2): (f32, f32), y: f32, width: f32, color: Color) {
        self.mark(Mark::Line { x1, x2, y, width, color });
    }

    fn table_head(&mut self, x: f32, columns: &[PageColumn], style: Style) {
        let height = style.leading() + 2.0 * CELL_PADDING;
        let width: f32 = columns.iter().map(|column| column.width).sum();
        self.mark(Mark::Fill { x, y: self.y, width, height, color: Color::Head });
        let mut at = x;
        for column in columns {
            let inner = (at + CELL_PADDING, column.width - 2.0 * CELL_PADDING);
            self.words(&column.title, style, inner, self.y + CELL_PADDING + style.size, column.align);
            at += column.width;
        }
        self.y += height;
    }

    /// A table whose header is repeated on every page. A row that is higher than a page goes on on the next.
    pub fn table(&mut self, x: f32, columns: &[PageColumn], head: Style, rows: impl Iterator<Item = Vec<PageCell>>) {
        // A header alone at the end of a page belongs to the next.
        self.need(3.0 * head.leading() + 4.0 * CELL_PADDING);
        self.table_head(x, columns, head);
        for row in rows {
            self.row(x, columns, head, row);
        }
    }

    fn row(&mut self, x: f32, columns: &[PageColumn], head: Style, cells: Vec<PageCell>) {
        let mut cells: Vec<Lines> =
            cells.into_iter().zip(columns).map(|(cell, column)| self.cell_lines(cell, column)).collect();
        let height = |lines: &Lines| lines.iter().map(|(_, style)| style.leading()).sum::<f32>();
        let full = cells.iter().map(height).fold(0.0, f32::max) + 2.0 * CELL_PADDING;
        let page = BOTTOM - TOP_NEXT - (head.leading() + 2.0 * CELL_PADDING);
        if full > self.room() && full <= page {
            self.new_page();
            self.table_head(x, columns, head);
        }
        loop {
            let room = self.room() - 2.0 * CELL_PADDING;
            let mut at = x;
            let mut used: f32 = 0.0;
            for (lines, column) in cells.iter_mut().zip(columns) {
                let mut down = 0.0;
                let fits = lines
                    .iter()
                    .take_while(|(_, style)| {
                        down += style.leading();
                        down <= room
                    })
                    .count();
                let mut y = self.y + CELL_PADDING;
                for (text, style) in lines.drain(..fits) {
                    let inner = (at + CELL_PADDING, column.width - 2.0 * CELL_PADDING);
                    self.line(text, style, inner, y + style.size, column.align);
                    y += style.leading();
                }
                used = used.max(y - self.y);
                at += column.width;
            }
            self.y += used + CELL_PADDING;
            if cells.iter().all(Vec::is_empty) {
                break;
            }
            self.new_page();
            self.table_head(x, columns, head);
        }
        let width: f32 = columns.iter().map(|column| column.width).sum();
        self.rule((x, x + width), self.y, 0.5, Color::Rule);
    }

    fn cell_lines(&mut self, cell: PageCell, column: &PageColumn) -> Lines {
        let width = column.width - 2.0 * CELL_PADDING;
        let mut lines = Vec::new();
        for (text, style) in cell {
            if column.align == TextAlign::Right {
                let style = self.shrunk(&text, style, width);
                lines.push((text, style));
                continue;
            }
            lines.extend(self.wrapped(&text, style, width).into_iter().map(|line| (line, style)));
        }
        lines
    }
}
