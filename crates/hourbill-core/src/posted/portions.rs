//! Portions of entries on the lines of documents, and what the entries said then, as columns.

use std::collections::{BTreeMap, HashMap};

use crate::bug::OrBug;
use crate::ident::Texts;
use crate::quantity::HoursSum;

/// Which hours of which entries are on which lines, as columns: there may be millions.
#[derive(Clone, Debug, Default)]
pub struct Portions {
    /// By row, the position of its line in the batch. Rows are sorted by line, and by timesheet_id within one.
    pub lines: Vec<u32>,
    pub ids: Texts,
    /// Days since 1970-01-01.
    pub dates: Vec<i32>,
    /// Microseconds, with the sign they have on the document.
    pub hours: Vec<i64>,
    /// By row, the microseconds that the entry had in the export when it was posted.
    pub known: Vec<i64>,
    /// G5: what else the entry said then.
    pub said: SaidColumns,
    /// M4, M7: by row, microseconds that were billed, or that a pack gave, beyond the hours, with the sign that they have on the document; of rows
    /// where there are any.
    pub uplifts: BTreeMap<usize, i64>,
}

/// What an entry said when it was posted, beside its date and hours (G5). `None` is what a ledger of the first format does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said<'a> {
    pub employee: Option<&'a str>,
    pub ticket: Option<&'a str>,
    /// The customer of its order line.
    pub customer: Option<&'a str>,
    /// Microseconds of a [`crate::calendar::Moment`].
    pub started: Option<i64>,
    /// [`crate::model::text_hash`] of its description.
    pub text: Option<u32>,
}

/// What entries said, as columns.
#[derive(Clone, Debug, Default)]
pub struct SaidColumns {
    pub employees: WordColumn,
    pub tickets: WordColumn,
    pub customers: WordColumn,
    pub started: Vec<Option<i64>>,
    pub texts: Vec<Option<u32>>,
}

impl SaidColumns {
    pub fn push(&mut self, said: Said<'_>) {
        self.employees.push(said.employee);
        self.tickets.push(said.ticket);
        self.customers.push(said.customer);
        self.started.push(said.started);
        self.texts.push(said.text);
    }

    pub fn get(&self, row: usize) -> Said<'_> {
        Said {
            employee: self.employees.get(row),
            ticket: self.tickets.get(row),
            customer: self.customers.get(row),
            started: self.started.get(row).copied().flatten(),
            text: self.texts.get(row).copied().flatten(),
        }
    }
}

/// A column of texts of which many are alike.
#[derive(Clone, Debug, Default)]
pub struct WordColumn {
    known: HashMap<String, u32>,
    words: Texts,
    codes: Vec<Option<u32>>,
}

impl WordColumn {
    pub fn push(&mut self, word: Option<&str>) {
        let code = word.map(|word| match self.codes.last() {
            // Portions of a line stand together.
            Some(&Some(last)) if self.words.get(last as usize) == word => last,
            _ => self.code(word),
        });
        self.codes.push(code);
    }

    fn code(&mut self, word: &str) -> u32 {
        if let Some(&code) = self.known.get(word) {
            return code;
        }
        // No more words than portions, of which there are fewer than 2^32.
        let code = self.words.len() as u32;
        self.words.push(word);
        self.known.insert(word.to_owned(), code);
        code
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        let code = self.codes.get(row).copied().flatten()?;
        Some(self.words.get(code as usize))
    }
}

/// One row of [`Portions`].
#[derive(Clone, Copy, Debug)]
pub struct Portion<'a> {
    /// Position of its line in the batch.
    pub line: u32,
    pub id: &'a str,
    /// Since 1970-01-01.
    pub days: i32,
    /// Microseconds, with the sign they have on the document.
    pub hours: i64,
    /// Microseconds that the entry had in the export then.
    pub known: i64,
    pub said: Said<'a>,
    /// M4, M7: microseconds that were billed, or that a pack gave, beyond them.
    pub uplift: i64,
}

impl Portions {
    /// The portion of a row that there is.
    #[track_caller]
    pub fn at(&self, row: usize) -> Portion<'_> {
        let columns = || {
            let (line, days) = (*self.lines.get(row)?, *self.dates.get(row)?);
            let (hours, known) = (*self.hours.get(row)?, *self.known.get(row)?);
            let uplift = self.uplifts.get(&row).copied().unwrap_or(0);
            Some(Portion { line, id: self.ids.get(row), days, hours, known, said: self.said.get(row), uplift })
        };
        columns().or_bug("the columns of portions are of one length")
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Portion<'_>> {
        (0..self.len()).map(|row| self.at(row))
    }

    pub fn len(&self) -> usize {
        self.hours.len()
    }

    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    pub fn push(&mut self, line: u32, id: &str, days: i32, hours: i64, known: i64, said: Said<'_>) {
        self.lines.push(line);
        self.ids.push(id);
        self.dates.push(days);
        self.hours.push(hours);
        self.known.push(known);
        self.said.push(said);
    }

    /// M4, M7: what was billed, or what a pack gave, beyond the hours of the last row.
    pub fn lift(&mut self, uplift: i64) {
        if let Some(last) = self.len().checked_sub(1).filter(|_| uplift != 0) {
            self.uplifts.insert(last, uplift);
        }
    }

    pub fn sum(&self) -> HoursSum {
        HoursSum::from_micros(self.hours.iter().map(|&hours| i128::from(hours)).sum())
    }
}
