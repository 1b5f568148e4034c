//! F3: what the cells of a column say about what it is. A header alone decides nothing.

use std::collections::{BTreeMap, HashSet};

use super::words::{self, Header, Sense};
use crate::check::totals;
use crate::check::value::{Grammar, Started, range_hours};
use crate::job::{DecimalMark, HoursUnit, InputSettings};
use crate::quantity::{Hours, MICROS_PER_HOUR};
use crate::read::{Cell, Look};

/// So many cells of a column are looked at to tell what it is.
const SAMPLE: usize = 500;
/// One cell in so many may be a mistake of its own.
const MISREAD_SHARE: usize = 5;
/// Rounding to two decimals of an hour moves a figure by as much, and a minute of a clock by as much.
const ROUNDING: u64 = MICROS_PER_HOUR.unsigned_abs() / 100;

/// Words for yes and no. Those of the first rows are read without being told.
const FLAGS: &[(&str, &str)] = &[
    ("yes", "no"),
    ("true", "false"),
    ("1", "0"),
    ("ja", "nein"),
    ("ja", "nee"),
    ("oui", "non"),
    ("sí", "no"),
    ("si", "no"),
    ("sì", "no"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("verdadero", "falso"),
    ("vero", "falso"),
    ("waar", "onwaar"),
    ("はい", "いいえ"),
    ("sim", "não"),
    ("sim", "nao"),
    ("tak", "nie"),
    ("ja", "nej"),
    ("ja", "nei"),
    ("ano", "ne"),
    ("y", "n"),
    ("j", "n"),
    ("o", "n"),
    ("t", "f"),
    ("on", "off"),
    ("billable", "non-billable"),
    ("billable", "not billable"),
    ("billable", "nonbillable"),
    ("billable", "non billable"),
    ("billable", "unbillable"),
    ("chargeable", "non-chargeable"),
    ("billable", "do not bill"),
    ("billable", "no charge"),
    ("chargeable", "non chargeable"),
    ("chargeable", "not chargeable"),
    ("verrechenbar", "nicht verrechenbar"),
    ("abrechenbar", "nicht abrechenbar"),
    ("berechenbar", "nicht berechenbar"),
    ("fakturierbar", "nicht fakturierbar"),
    ("facturable", "non facturable"),
    ("facturable", "no facturable"),
    ("factureerbaar", "niet factureerbaar"),
    ("fatturabile", "non fatturabile"),
    ("invoiced", "not invoiced"),
    ("invoiced", "uninvoiced"),
    ("billed", "unbilled"),
    ("billed", "not billed"),
    ("exported", "not exported"),
    ("approved", "not approved"),
    ("approved", "unapproved"),
    ("checked", "unchecked"),
    ("x", ""),
    ("✓", ""),
    ("✔", ""),
    ("☑", "☐"),
];
/// Pairs of [`FLAGS`] that are read without being told.
const PLAIN_FLAGS: usize = 3;

/// What a cell of flags says.
pub(super) fn flag(cell: &str) -> Option<bool> {
    let word = cell.trim().to_lowercase();
    // A mark in some cells: what the others say is asked.
    if word.is_empty() {
        return None;
    }
    FLAGS.iter().find_map(|(yes, no)| if word == *yes { Some(true) } else { (word == *no).then_some(false) })
}

/// Words of [`FLAGS`] that say themselves what they are about, whatever the header.
const TELLING: &[(&str, &[&str])] = &[
    (
        "billable",
        &[
            "billable",
            "chargeable",
            "charge",
            "abrechenbar",
            "verrechenbar",
            "berechenbar",
            "fakturierbar",
            "facturable",
            "factureerbaar",
            "fatturabile",
        ],
    ),
    ("invoiced", &["invoiced", "uninvoiced", "billed", "unbilled"]),
];

/// What a cell says by itself is billable or invoiced.
pub(super) fn telling(cell: &str) -> Option<&'static str> {
    let word = cell.trim().to_lowercase();
    let about =
        |(_, words): &&(&str, &[&str])| words.iter().any(|known| word.split([' ', '-']).any(|part| part == *known));
    TELLING.iter().find(about).map(|(field, _)| *field).filter(|_| flag(cell).is_some())
}

/// What words of flags mean that are not read without being told, and their opposites: (as written, `true` or `false`).
pub(super) fn flag_words(cells: &[&str]) -> Vec<(String, &'static str)> {
    let mut written: Vec<&str> = cells.to_vec();
    written.sort_unstable();
    written.dedup();
    let plain = |word: &str| {
        FLAGS.iter().take(PLAIN_FLAGS).any(|(yes, no)| [yes, no].iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    let mut words: Vec<(String, &'static str)> = Vec::new();
    let mut add = |word: &str, says: bool| {
        if !word.is_empty()
            && !plain(word)
            && !words.iter().any(|(known, _)| known.to_lowercase() == word.to_lowercase())
        {
            words.push((word.to_owned(), if says { "true" } else { "false" }));
        }
    };
    for word in &written {
        if let Some(says) = flag(word) {
            add(word, says);
        }
    }
    // The other word may come next month.
    let seen: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
    let of_pair = |(yes, no): &&(&str, &str)| seen.iter().all(|word| word == yes || word == no);
    let capital = written.first().and_then(|word| word.chars().next()).is_some_and(char::is_uppercase);
    let as_written = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().into_iter().flat_map(char::to_uppercase);
        if capital { first.chain(chars).collect::<String>() } else { word.to_owned() }
    };
    if let Some((yes, no)) = FLAGS.iter().find(of_pair) {
        add(&as_written(yes), true);
        add(&as_written(no), false);
    }
    words
}

/// The same of a column that says the contrary: no word of it is read without being told.
pub(super) fn turned_words(cells: &[&str]) -> Vec<(String, &'static str)> {
    let mut written: Vec<&str> = cells.to_vec();
    written.sort_unstable();
    written.dedup();
    let seen: Vec<String> = written.iter().map(|word| word.to_lowercase()).collect();
    let pair = FLAGS.iter().find(|(yes, no)| seen.iter().all(|word| word == yes || word == no));
    let others = pair.into_iter().flat_map(|(yes, no)| [*yes, *no]);
    let others = others.filter(|word| !word.is_empty() && !seen.iter().any(|seen| seen == word));
    let all: Vec<&str> = written.iter().copied().chain(others).collect();
    let says = |word: &&str| flag(word).map(|says| ((*word).to_owned(), if says { "false" } else { "true" }));
    all.iter().filter_map(says).collect()
}

/// Beginnings of words for approval, in a header.
const APPROVAL: [&str; 14] = [
    "approv",
    "genehm",
    "freig",
    "aprob",
    "aprov",
    "goedgek",
    "goedk",
    "accord",
    "valid",
    "zatwierdz",
    "godk",
    "bestat",
    "visa",
    "sign",
];

/// Some word of a text speaks of approval.
pub(super) fn is_of_approval(text: &str) -> bool {
    words::fold(text).split(' ').any(|word| APPROVAL.iter().any(|stem| word.starts_with(stem)))
}

/// What stands in a column of days and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moments {
    Days,
    DaysWithTimes,
    Times,
}

/// Rows whose id is no id of their own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Repeats {
    /// Equal in all cells to the first that has it.
    pub equal: usize,
    /// They have none, or say something else than the first that has it.
    pub others: usize,
}

/// The rows of a file, by what their columns hold.
pub(super) struct Table<'a> {
    look: &'a Look,
    pub headers: Vec<Header>,
    /// A dash stands for nothing.
    pub dash: bool,
    /// Columns of one name, the first of them first: they are one column of several values.
    repeats: Vec<Vec<usize>>,
    /// By column, which of them it is one of.
    repeat_of: Vec<Option<usize>>,
}

impl<'a> Table<'a> {
    pub fn new(look: &'a Look) -> Table<'a> {
        let headers = look.front.headers.iter().map(|header| words::header(header)).collect();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (column, header) in look.front.headers.iter().enumerate() {
            by_name.entry(crate::presets::folded(header)).or_default().push(column);
        }
        let repeats = by_name.into_iter().filter(|(name, columns)| !name.is_empty() && columns.len() > 1);
        let repeats: Vec<Vec<usize>> = repeats.map(|(_, columns)| columns).collect();
        let of = |column: usize| repeats.iter().position(|columns| columns.contains(&column));
        let repeat_of = (0..look.front.headers.len()).map(of).collect();
        Table { look, headers, dash: false, repeats, repeat_of }
    }

    /// The columns of the name of a column, where there are several.
    pub fn named_alike(&self, column: usize) -> Option<&[usize]> {
        self.repeats.get(self.repeat_of.get(column).copied().flatten()?).map(Vec::as_slice)
    }

    /// A column before it has its name: the two are one.
    pub fn is_repeat(&self, column: usize) -> bool {
        self.named_alike(column).is_some_and(|columns| columns.first() != Some(&column))
    }

    /// Rows in which columns of one name say different things.
    pub fn contradictions(&self, column: usize) -> usize {
        let Some(columns) = self.named_alike(column) else { return 0 };
        let differ = |row: &usize| {
            let mut said = columns.iter().map(|column| self.own(*row, *column)).filter(|cell| !cell.is_empty());
            let first = said.next();
            said.any(|cell| Some(cell) != first)
        };
        (0..self.rows()).filter(differ).count()
    }

    pub fn name(&self, column: usize) -> &'a str {
        self.look.front.headers.get(column).map_or("", String::as_str)
    }

    pub fn columns(&self) -> usize {
        self.headers.len()
    }

    pub fn rows(&self) -> usize {
        self.look.front.rows.len()
    }

    /// Trimmed; empty where it says nothing. Of columns of one name the first that is filled counts.
    pub fn cell(&self, row: usize, column: usize) -> &'a str {
        match self.named_alike(column) {
            Some(columns) if columns.first() == Some(&column) => {
                let mut cells = columns.iter().map(|column| self.own(row, *column));
                cells.find(|cell| !cell.is_empty()).unwrap_or("")
            }
            _ => self.own(row, column),
        }
    }

    /// As it is written, blanks and all; nothing where it is nothing but blanks.
    pub fn written_cell(&self, row: usize, column: usize) -> &'a str {
        let cell = self.cell(row, column);
        let written = self.look.front.rows.get(row).and_then(|row| row.get(column)).map_or("", String::as_str);
        // Of columns of one name another may be the one that is filled.
        if written.trim() == cell { if cell.is_empty() { "" } else { written } } else { cell }
    }

    fn own(&self, row: usize, column: usize) -> &'a str {
        let cell = self.look.front.rows.get(row).and_then(|row| row.get(column)).map_or("", |cell| cell.trim());
        if self.dash && cell == "-" { "" } else { cell }
    }

    /// The cell names a day or a time, and not a row that sums others (F7).
    pub fn says_a_day(&self, row: usize, column: usize) -> bool {
        let cell = self.cell(row, column);
        !cell.is_empty() && !totals::calls_one(cell)
    }

    /// Yes in the column means that the work is not billable.
    pub fn is_turned(&self, column: usize) -> bool {
        let header = self.headers.get(column);
        header.is_some_and(|header| header.meanings.iter().any(|(sense, _)| *sense == Sense::NotBillable))
    }

    /// The header may mean the id of a row.
    pub fn is_called_id(&self, column: usize) -> bool {
        let header = self.headers.get(column);
        header.is_some_and(|header| header.meanings.iter().any(|(sense, _)| *sense == Sense::Id))
    }

    /// The header speaks of approval.
    pub fn is_of_approval(&self, column: usize) -> bool {
        let header = self.headers.get(column);
        let says = header.is_some_and(|header| header.meanings.iter().any(|(sense, _)| *sense == Sense::Approved));
        says || is_of_approval(self.name(column))
    }

    /// Cells of a column that say something, in the order of the rows.
    pub fn filled(&self, column: usize) -> impl Iterator<Item = &'a str> {
        (0..self.rows()).map(move |row| self.cell(row, column)).filter(|cell| !cell.is_empty())
    }

    fn sample(&self, column: usize) -> Vec<&'a str> {
        self.filled(column).take(SAMPLE).collect()
    }

    pub fn is_empty(&self, column: usize) -> bool {
        self.filled(column).next().is_none()
    }

    /// Nearly all of the cells that say something are such.
    fn mostly(&self, column: usize, is: impl Fn(&str) -> bool) -> bool {
        let cells = self.sample(column);
        let others = cells.iter().filter(|cell| !is(cell)).count();
        !cells.is_empty() && others * MISREAD_SHARE <= cells.len()
    }

    /// Its header says nothing that is known, and its cells begin with a figure.
    pub fn speaks_of_nothing(&self, column: usize) -> bool {
        let header = self.headers.get(column);
        let is_other =
            header.is_none_or(|header| !header.meanings.is_empty() || header.money || header.billing || header.alone);
        !is_other && self.filled(column).all(|cell| cell.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Start and end in one cell.
    pub fn are_ranges(&self, column: usize) -> bool {
        self.mostly(column, |cell| range_hours(cell).is_some())
    }

    pub fn are_flags(&self, column: usize) -> bool {
        let mut cells = self.filled(column).peekable();
        cells.peek().is_some() && cells.all(|cell| flag(cell).is_some())
    }

    /// Yes and no, and a few other words among them.
    pub fn are_nearly_flags(&self, column: usize) -> bool {
        const OTHERS_MAX: usize = 4;
        let (mut flags, mut others) = (0_usize, Vec::new());
        for cell in self.filled(column) {
            match flag(cell) {
                Some(_) => flags += 1,
                None if others.contains(&cell) => {}
                None => others.push(cell),
            }
            if others.len() > OTHERS_MAX {
                return false;
            }
        }
        flags > 0
    }

    /// The headers as they are written.
    pub fn written(&self) -> &'a [String] {
        &self.look.front.headers
    }

    /// A cell of a column of dates that is none, with its row counted from 1.
    pub fn no_date(&self, column: usize) -> Option<(usize, &'a str)> {
        let cells: Vec<&str> = self.filled(column).collect();
        let settings = super::locale::by_format(super::locale::likeliest(&cells), &cells);
        let grammar = Grammar::new(&settings);
        let rows = (0..self.rows()).map(|row| (row + 1, self.cell(row, column)));
        rows.into_iter().find(|(_, cell)| !totals::calls_one(cell) && grammar.started(Cell::Text(cell)).is_err())
    }

    /// Days, times of day or both; `None` where most cells are neither.
    pub fn moments(&self, column: usize) -> Option<Moments> {
        let cells: Vec<&str> = self.filled(column).filter(|cell| !totals::calls_one(cell)).take(SAMPLE).collect();
        if cells.is_empty() {
            return None;
        }
        let read = |settings: &InputSettings| {
            let grammar = Grammar::new(settings);
            let mut counts = (0_usize, 0_usize);
            for cell in &cells {
                match grammar.started(Cell::Text(cell)) {
                    Ok(Some(Started::At(_))) => counts.0 += 1,
                    Ok(Some(Started::TimeOfDay(_))) => counts.1 += 1,
                    _ => {}
                }
            }
            counts
        };
        let enough = |count: usize| (cells.len() - count) * MISREAD_SHARE <= cells.len();
        // Behind the point of a number of days stands the time.
        let says_time =
            |cell: &&&str| cell.contains(':') || (super::locale::is_day_of_excel(cell) && cell.contains(['.', ',']));
        let with_times = 2 * cells.iter().filter(says_time).count() > cells.len();
        for format in std::iter::once(None).chain(super::locale::formats(&cells).map(Some)) {
            let (days, times) = read(&super::locale::by_format(format, &cells));
            if enough(times) {
                return Some(Moments::Times);
            }
            if enough(days) {
                return Some(if with_times { Moments::DaysWithTimes } else { Moments::Days });
            }
        }
        None
    }

    /// Hours by row, read with the decimal mark with which most cells can be read; `unit` is what a number counts. `None` where they are no hours.
    pub fn hours(&self, column: usize, unit: HoursUnit) -> Option<Vec<Option<Hours>>> {
        let read = |decimal: DecimalMark| {
            let settings = InputSettings { decimal, hours_unit: unit, ..InputSettings::default() };
            let grammar = Grammar::new(&settings);
            let cell = |row: usize| grammar.hours(Cell::Text(self.cell(row, column))).ok().flatten();
            (0..self.rows()).map(cell).collect::<Vec<_>>()
        };
        let filled = self.filled(column).count();
        let count = |hours: &[Option<Hours>]| hours.iter().flatten().count();
        let (point, comma) = (read(DecimalMark::Point), read(DecimalMark::Comma));
        let best = if count(&comma) > count(&point) { comma } else { point };
        // Where few rows are, one odd cell is a mistake of its own, too: its row is set aside.
        let odd = filled - count(&best);
        (filled > 0 && (odd * MISREAD_SHARE <= filled || (odd == 1 && filled > 2))).then_some(best)
    }

    /// The first cell that is no length of time, and the row in which it stands, from 1.
    pub fn no_hours(&self, column: usize) -> Option<(usize, &'a str)> {
        let settings = |decimal| InputSettings { decimal, ..InputSettings::default() };
        let reads = |decimal, cell: &str| {
            let settings = settings(decimal);
            matches!(Grammar::new(&settings).hours(Cell::Text(cell)), Ok(Some(_)))
        };
        let cells = (0..self.rows()).map(|row| (row + 1, self.cell(row, column))).filter(|(_, cell)| !cell.is_empty());
        let count = |decimal| cells.clone().filter(|(_, cell)| reads(decimal, cell)).count();
        let best =
            if count(DecimalMark::Comma) > count(DecimalMark::Point) { DecimalMark::Comma } else { DecimalMark::Point };
        cells.clone().find(|(_, cell)| !reads(best, cell))
    }

    /// Each of some rows has a cell of its own there.
    pub fn tells_rows_apart(&self, column: usize, rows: &[usize]) -> bool {
        let mut met = HashSet::new();
        !rows.is_empty()
            && rows
                .iter()
                .all(|row| Some(self.cell(*row, column)).is_some_and(|cell| !cell.is_empty() && met.insert(cell)))
    }

    /// Some cell is made of words, as no id is: it has blanks, or no digit and few letters.
    pub fn are_words(&self, column: usize) -> bool {
        const LETTERS_OF_ID: usize = 12;
        let is_word = |cell: &str| {
            let has_digit = cell.chars().any(char::is_numeric);
            cell.split_whitespace().count() > if has_digit { 2 } else { 1 }
                || (!has_digit && cell.len() < LETTERS_OF_ID)
        };
        self.filled(column).any(is_word)
    }

    /// Rows that one column tells apart the other one does, too, and no others.
    pub fn tell_the_same_apart(&self, one: usize, other: usize) -> bool {
        let mut sides = [BTreeMap::new(), BTreeMap::new()];
        (0..self.rows()).all(|row| {
            let (one, other) = (self.cell(row, one), self.cell(row, other));
            let pairs = sides.iter_mut().zip([(one, other), (other, one)]);
            pairs.into_iter().all(|(known, (from, to))| *known.entry(from).or_insert(to) == to)
        })
    }

    /// How the cells of some rows repeat or lack what may be their id; `None` where no two of them say the same.
    pub fn repeats(&self, column: usize, rows: &[usize]) -> Option<Repeats> {
        let mut met: BTreeMap<&str, usize> = BTreeMap::new();
        let mut repeats = Repeats::default();
        for row in rows {
            match (self.cell(*row, column), met.get(self.cell(*row, column))) {
                ("", _) => repeats.others += 1,
                (_, Some(first)) if self.look.front.rows.get(*first) == self.look.front.rows.get(*row) => {
                    repeats.equal += 1;
                }
                (_, Some(_)) => repeats.others += 1,
                (cell, None) => _ = met.insert(cell, *row),
            }
        }
        (met.len() > 1 && repeats.equal + repeats.others > 0).then_some(repeats)
    }

    /// The cells of some rows count them.
    pub fn counts_rows(&self, column: usize, rows: &[usize]) -> bool {
        let first: Option<u64> = rows.first().and_then(|row| self.cell(*row, column).parse().ok());
        first.is_some_and(|first| {
            first <= 1 && rows.iter().zip(first..).all(|(row, number)| self.cell(*row, column).parse() == Ok(number))
        })
    }

    /// The field that all cells of a column name by themselves: `Billable` and `Non-Billable`, whatever the header.
    pub fn tells(&self, column: usize) -> Option<&'static str> {
        let first = telling(self.filled(column).next()?)?;
        self.filled(column).all(|cell| telling(cell) == Some(first)).then_some(first)
    }

    /// Texts rather than days, or yes and no.
    pub fn is_text(&self, column: usize) -> bool {
        !self.are_flags(column) && !self.mostly(column, |cell| crate::calendar::Date::parse(cell).is_some())
    }

    /// References: neither yes and no, nor figures of money.
    pub fn are_references(&self, column: usize) -> bool {
        !self.are_flags(column)
    }
}

/// Two figures of one duration, of which one may be rounded.
pub(super) fn agree(one: Hours, other: Hours) -> bool {
    one.micros().abs_diff(other.micros()) <= ROUNDING
}
