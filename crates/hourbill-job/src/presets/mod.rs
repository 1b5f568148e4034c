//! What other programs call their columns and values: a preset lets a job read their exports as they are (§2.4).
//!
//! A preset is a table and nothing else: it says which headers stand for which field, which of several is to be preferred, what words
//! mean, and which cells a program leaves blank. Where a product writes things in more than one way, such as dates in the user's
//! format, a preset says nothing: the job file does.

mod erpnext;
mod helpdesk;
mod odoo;
mod odoo_words;
mod timers;
mod trackers;

use crate::alias::Key;
use crate::inputs::Input;

/// A program and its exports.
#[derive(Debug)]
pub struct Preset {
    pub name: &'static str,
    /// Cells that would be formulas have a `'` before them.
    pub quotes_formulas: bool,
    pub shapes: &'static [Shape],
}

/// How the export of one input looks.
#[derive(Debug)]
pub struct Shape {
    pub input: Input,
    /// Headers start like this somewhere, or it is another shape. Empty: no matter.
    pub marked_by: &'static [&'static str],
    /// F1: headers that no other program has together, one of each group; only where all are there is the program taken to have written a
    /// file that names none.
    pub marks: &'static [&'static [&'static str]],
    /// Headers that the program does not write: with one of them the file is another's.
    pub never: &'static [&'static str],
    pub columns: &'static [Column],
    pub words: &'static [Words],
    pub derived: &'static [Derived],
    pub fill_down: Option<FillDown>,
    /// Rows with a value in a column of this name are no data.
    pub left_out_by: &'static [&'static str],
    /// Texts stand without quotes, whatever commas are in them: a row with more cells than the header is put together again where that can be
    /// done in one way only.
    pub unquoted: bool,
    /// Its rates are prices of an hour, and may become those of agreements (F9).
    pub names_prices: bool,
    /// Lines of costs stand among those of time: they have no project, or a unit that measures no time (`not-a-timesheet`).
    pub analytic: bool,
}

impl Shape {
    const fn of(input: Input, columns: &'static [Column]) -> Shape {
        let (words, derived): (&[Words], &[Derived]) = (&[], &[]);
        Shape {
            input,
            marked_by: &[],
            marks: &[],
            never: &[],
            columns,
            words,
            derived,
            fill_down: None,
            left_out_by: &[],
            unquoted: false,
            names_prices: true,
            analytic: false,
        }
    }
}

/// The headers that may stand for a field.
#[derive(Debug)]
pub struct Column {
    pub field: &'static str,
    pub names: Names,
    /// What an empty cell says, where that is not nothing.
    pub empty: Option<&'static str>,
}

#[derive(Debug)]
pub enum Names {
    /// Best first; those of one group are different words for the same, and two of them are one too many.
    Plain(&'static [&'static [&'static str]]),
    /// The id of the row itself: `id`, `.id` and their labels behind each prefix, numbers for people, names.
    Own { prefixes: &'static [&'static str], references: &'static [&'static str], displays: &'static [&'static str] },
    /// Another record: each name with `/id`, `/.id` and their labels, and alone for what lists show. Numbers for people by their own name.
    Relation { names: &'static [&'static str], references: &'static [&'static str] },
}

const fn plain(field: &'static str, names: &'static [&'static [&'static str]]) -> Column {
    Column { field, names: Names::Plain(names), empty: None }
}

const fn relation(field: &'static str, names: &'static [&'static str], references: &'static [&'static str]) -> Column {
    Column { field, names: Names::Relation { names, references }, empty: None }
}

/// What the words of a field mean, as the value grammar writes them. An empty meaning is no value.
#[derive(Debug)]
pub struct Words {
    pub field: &'static str,
    pub words: &'static [(&'static str, &'static str)],
}

/// A field that no single column gives.
#[derive(Debug)]
pub struct Derived {
    pub field: &'static str,
    pub how: How,
    /// Each is the first of these headers that is there.
    pub from: &'static [&'static [&'static str]],
}

/// Stands between figures that are added.
pub const PLUS: &str = " + ";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The cells with a blank between them.
    Joined,
    /// The cells with [`PLUS`] between them: figures that are added.
    Summed,
    /// The first cell that is filled.
    FirstFilled,
    /// An id made of the cells: the same row has the same id in each export, and rows that are alike are numbered.
    RowId,
}

/// Rows of children below their parent, whose cells are blank from the second child on.
#[derive(Debug)]
pub enum FillDown {
    /// Headers with a `/` behind one of these prefixes are the child's; all others are the parent's.
    Prefixed(&'static [&'static str]),
    /// Headers that end like this are the child's.
    Suffixed(&'static [&'static str]),
}

impl FillDown {
    pub fn is_of_child(&self, header: &str) -> bool {
        let header = folded(header);
        match self {
            FillDown::Prefixed(prefixes) => prefixes.iter().any(|prefix| header.starts_with(&folded(prefix))),
            FillDown::Suffixed(suffixes) => suffixes.iter().any(|suffix| header.ends_with(&folded(suffix))),
        }
    }
}

/// All presets, in the order in which they are tried.
pub static ALL: &[&Preset] = &[
    &odoo::PRESET,
    &trackers::KIMAI,
    &trackers::TOGGL,
    &trackers::CLOCKIFY,
    &trackers::HARVEST,
    &trackers::NOKO,
    &timers::TICK,
    &timers::TIMELY,
    &timers::HUBSTAFF,
    &timers::SOLIDTIME,
    &timers::QUICKBOOKS_TIME,
    &helpdesk::JIRA,
    &helpdesk::ZAMMAD,
    &helpdesk::ZENDESK,
    &erpnext::PRESET,
];

pub fn by_name(name: &str) -> Option<&'static Preset> {
    ALL.iter().copied().find(|preset| preset.name == name)
}

/// How a header stands for a field. The lower the rank, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub column: &'static Column,
    pub rank: usize,
    pub key: Key,
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Column {}

impl Preset {
    /// The shape of an input that fits the headers of a file.
    pub fn shape(&self, input: Input, headers: &[String]) -> Option<&'static Shape>
    where
        Self: 'static,
    {
        let headers: Vec<String> = headers.iter().map(|header| folded(header)).collect();
        let marked = |mark: &&str| headers.iter().any(|header| header.starts_with(&folded(mark)));
        let mut shapes = self.shapes_of(input);
        shapes.find(|shape| shape.marked_by.is_empty() || shape.marked_by.iter().any(&marked))
    }

    fn shapes_of(&self, input: Input) -> impl Iterator<Item = &'static Shape> {
        let shapes: &'static [Shape] = self.shapes;
        shapes.iter().filter(move |shape| shape.input == input)
    }

    pub fn knows(&self, input: Input) -> bool {
        self.shapes_of(input).next().is_some()
    }
}

impl Shape {
    /// F1: the headers bear the marks of the program.
    pub fn is_marked(&self, headers: &[String]) -> bool {
        let headers: Vec<String> = headers.iter().map(|header| folded(header)).collect();
        let there = |mark: &str| {
            let mark = folded(mark);
            headers
                .iter()
                .any(|header| *header == mark || header.strip_prefix(&mark).is_some_and(|rest| rest.starts_with('/')))
        };
        self.marks.iter().all(|group| group.iter().any(|mark| there(mark)))
            && !self.never.iter().any(|mark| there(mark))
    }

    /// Every field that a header may stand for.
    pub fn known(&'static self, header: &str) -> impl Iterator<Item = Known> {
        let written = header.trim().trim_start_matches('\u{feff}').to_owned();
        self.columns.iter().filter_map(move |column| column.known(&written))
    }

    pub fn words_of(&self, field: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.words.iter().filter(move |words| words.field == field).flat_map(|words| words.words).copied()
    }

    /// Something has to be looked at beyond one cell.
    pub fn needs_whole_rows(&self, headers: &[String]) -> bool {
        let left_out = |header: &String| self.left_out_by.iter().any(|name| folded(name) == folded(header));
        let of_children = |fill: &FillDown| headers.iter().any(|header| fill.is_of_child(header));
        self.fill_down.as_ref().is_some_and(of_children)
            || !self.derived.is_empty()
            || self.unquoted
            || headers.iter().any(left_out)
    }
}

impl Column {
    fn known(&'static self, written: &str) -> Option<Known> {
        let header = folded(written);
        let header = header.as_str();
        let (rank, key) = match &self.names {
            Names::Plain(groups) => {
                let rank = groups.iter().position(|names| names.iter().any(|name| folded(name) == header))?;
                (rank, Key::Plain)
            }
            Names::Own { prefixes, references, displays } => {
                let own = prefixes.iter().find_map(|prefix| id_kind(header.strip_prefix(&folded(prefix))?, written));
                own.or_else(|| one_of(references, header, 2, Key::Reference))
                    .or_else(|| one_of(displays, header, 3, Key::Display))?
            }
            Names::Relation { names, references } => {
                let found = names.iter().enumerate().find_map(|(at, name)| {
                    let rest = header.strip_prefix(&folded(name))?;
                    let (rank, key) = match rest {
                        "" | "/display_name" | "/display name" => (3, Key::Display),
                        rest => id_kind(rest.strip_prefix('/')?, written)?,
                    };
                    // The record named first is the better one, whatever it is written in.
                    Some((at * 4 + rank, key))
                });
                found.or_else(|| one_of(references, header, 2, Key::Reference))?
            }
        };
        Some(Known { column: self, rank, key })
    }
}

/// `id` and `.id` of an import-compatible export, `External ID` and `ID` of a plain one: here alone capitals matter.
fn id_kind(header: &str, written: &str) -> Option<(usize, Key)> {
    match header {
        "id" if written.ends_with("ID") => Some((1, Key::Database)),
        "id" | "external id" | "externe id" | "id externe" | "id. externe" | "id externo" => Some((0, Key::External)),
        ".id" | "database id" => Some((1, Key::Database)),
        _ => None,
    }
}

fn one_of(names: &[&str], header: &str, rank: usize, key: Key) -> Option<(usize, Key)> {
    names.iter().any(|name| folded(name) == header).then_some((rank, key))
}

/// Whether a unit measures time, once its words are those of the value grammar.
pub fn is_time_unit(unit: &str) -> bool {
    ["Hours", "Days", "Minutes"].iter().any(|known| known.eq_ignore_ascii_case(unit.trim()))
}

/// What a program writes where a record is named and there is none.
pub fn names_nothing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || cell.eq_ignore_ascii_case("false")
}

/// A header as headers are compared: without case, and without blanks around it.
pub fn folded(header: &str) -> String {
    header.trim().trim_start_matches('\u{feff}').to_lowercase()
}

/// The names by which other files may call the record of a row, beside its id.
pub fn display_names<'a>(input: Input, cell: &dyn Fn(&str) -> &'a str, other: &dyn Fn(Key) -> &'a str) -> Vec<String> {
    let lines = |text: &'a str| text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).take(2);
    match input {
        // "S00077 - Support pack": the first line of the description, the second when the first is the product's name, or the product.
        Input::Orders => {
            let order = cell("order_id").trim();
            let said = lines(cell("description")).chain(Some(cell("product").trim())).filter(|said| !said.is_empty());
            if order.is_empty() { Vec::new() } else { said.map(|said| format!("{order} - {said}")).collect() }
        }
        // "Printer is on fire (#00042)".
        Input::Tickets => {
            let title = cell("title").trim();
            let numbers = [other(Key::Reference), other(Key::Database)].into_iter().filter(|number| !number.is_empty());
            if title.is_empty() { Vec::new() } else { numbers.map(|number| format!("{title} (#{number})")).collect() }
        }
        Input::Customers => {
            Some(cell("name").trim()).filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
