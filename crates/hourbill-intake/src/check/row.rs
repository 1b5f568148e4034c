//! One row under check: every cell is read through here, so every error of the row is listed in one pass and what the row says can be
//! compared with its repeats.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::World;
use super::value::{self, Grammar, Misread, Started};
use crate::calendar::{Date, Moment};
use crate::finding::{Code, RowError};
use crate::inputs::{Input, Meaning};
use crate::model::{Minimum, MinimumPer, StepRounding};
use crate::quantity::{Currency, Hours, Percent, Quantity, UnitPrice};
use crate::read::{Batch, Cell, Defect};

pub use crate::model::Fingerprint;

/// A value as the number that stands for it in a fingerprint.
pub(super) trait Said {
    fn word(&self) -> u64;
}

macro_rules! said_as {
    ($($type:ty: $value:ident => $word:expr,)+) => {
        $(impl Said for $type {
            fn word(&self) -> u64 {
                let $value = self;
                $word
            }
        })+
    };
}

said_as! {
    Hours: hours => hours.micros().cast_unsigned(),
    Quantity: quantity => quantity.micros().cast_unsigned(),
    UnitPrice: price => price.micros().cast_unsigned(),
    Percent: percent => percent.micros().cast_unsigned(),
    Date: date => i64::from(date.days()).cast_unsigned(),
    Moment: moment => moment.micros().cast_unsigned(),
    i64: number => number.cast_unsigned(),
    bool: flag => u64::from(*flag),
    Started: started => started.micros().cast_unsigned(),
    Currency: currency => xxh3_64(currency.code().as_bytes()),
}

/// A row of a batch, with what was found wrong so far. Every field must be read exactly once, in a fixed order.
pub(super) struct Row<'a> {
    batch: &'a Batch<'a>,
    input: Input,
    at: usize,
    errors: Vec<RowError>,
    /// What the cells said so far; texts by their hash.
    said: &'a mut Vec<u8>,
}

impl<'a> Row<'a> {
    /// `said` is a buffer to use again for each row.
    pub fn new(batch: &'a Batch<'a>, input: Input, at: usize, said: &'a mut Vec<u8>) -> Row<'a> {
        said.clear();
        Row { batch, input, at, errors: Vec::new(), said }
    }

    /// The row cannot be cut into cells: no cell of it, its id included, can be trusted.
    pub fn broken(&mut self) -> bool {
        let Some(defect) = self.batch.defect(self.at) else { return false };
        let (error, broken) = defect_error(defect);
        self.errors.push(error);
        // What the cells do not say, the whole row does.
        if defect != Defect::BareCarriageReturn {
            self.said.extend_from_slice(self.batch.record(self.at).unwrap_or_default().as_bytes());
        }
        broken
    }

    #[inline]
    pub fn cell(&self, field: usize) -> Cell<'a> {
        self.batch.cell(self.at, field)
    }

    #[cold]
    pub fn error(&mut self, code: Code, column: &'static str, message: impl Into<String>, value: impl Into<String>) {
        self.errors.push(RowError { code, column, message: message.into(), value: value.into() });
    }

    /// An error of one cell.
    #[cold]
    pub fn cell_error(&mut self, code: Code, field: usize, why: &str) {
        self.errors.push(cell_error(self.batch, self.input, self.at, field, code, why));
    }

    /// A cell through the value grammar; `None` when it is empty or cannot be read, which is an error of the row by then.
    #[inline]
    pub fn read<T: Said>(
        &mut self,
        field: usize,
        read: impl FnOnce(Cell<'_>) -> Result<Option<T>, Misread>,
    ) -> Option<T> {
        self.read_but(field, None, read)
    }

    /// The same of a field with a default: a cell that says it says as much as an empty one (§2.12).
    pub fn read_or<T: Said>(
        &mut self,
        field: usize,
        default: T,
        read: impl FnOnce(Cell<'_>) -> Result<Option<T>, Misread>,
    ) -> T {
        self.read_but(field, Some(default.word()), read).unwrap_or(default)
    }

    fn read_but<T: Said>(
        &mut self,
        field: usize,
        default: Option<u64>,
        read: impl FnOnce(Cell<'_>) -> Result<Option<T>, Misread>,
    ) -> Option<T> {
        match read(self.cell(field)) {
            Ok(Some(value)) if default == Some(value.word()) => {
                self.said.push(0);
                Some(value)
            }
            Ok(Some(value)) => {
                self.said.push(1);
                self.said.extend_from_slice(&value.word().to_le_bytes());
                Some(value)
            }
            Ok(None) => {
                self.said.push(0);
                if self.input.requires(field) {
                    self.cell_error(Code::EmptyValue, field, "is empty");
                }
                None
            }
            Err(misread) => {
                self.said.push(2);
                self.say(value::trimmed(&value::text(self.cell(field))));
                self.cell_error(misread.code, field, &misread.why);
                None
            }
        }
    }

    /// One of a few words; synonyms say the same.
    pub fn choice<T: Copy + PartialEq>(
        &mut self,
        grammar: &Grammar<'_>,
        field: usize,
        words: &[(&str, T)],
        spoken: &str,
    ) -> Option<T> {
        let meaning = |cell: Cell<'_>| place_of(grammar.choice(cell, words, spoken)?, words);
        self.read(field, meaning).and_then(|place| value_at(place, words))
    }

    /// The same of a field with a default.
    pub fn choice_or<T: Copy + PartialEq>(
        &mut self,
        grammar: &Grammar<'_>,
        (field, default): (usize, T),
        words: &[(&str, T)],
        spoken: &str,
    ) -> T {
        let meaning = |cell: Cell<'_>| place_of(grammar.choice(cell, words, spoken)?, words);
        let of_default = place_of(Some(default), words).ok().flatten().map(|place| place.word());
        self.read_but(field, of_default, meaning).and_then(|place| value_at(place, words)).unwrap_or(default)
    }

    /// M1: the cells of a minimum, in this order: minutes, minutes of a step, rounding, what is counted together.
    pub fn minimum(&mut self, grammar: &Grammar<'_>, fields: [usize; 4]) -> Option<Minimum> {
        let [least, step, round, per] = fields;
        let (before, errors) = (self.said.len(), self.errors.len());
        let [least, step] = [least, step].map(|field| {
            let minutes = self.read(field, |cell| grammar.quantity(cell))?;
            if Minimum::allows(minutes) {
                return Some(minutes);
            }
            self.cell_error(Code::OutOfLimits, field, "is no number of minutes from 0 to 1440000");
            None
        });
        let rounds = StepRounding::ALL.map(|round| (round.name(), round));
        let round = self.choice(grammar, round, &rounds, "`up`, `nearest`, `down`");
        let pers = MinimumPer::ALL.map(|per| (per.name(), per));
        let per = self.choice(grammar, per, &pers, "`entry`, `day`, `ticket`, `line`");
        let minimum = Minimum::of(least, step, round, per);
        // What the four say together counts: an empty one says its default as soon as another says something.
        if self.errors.len() == errors {
            self.said.truncate(before);
            self.say(&minimum.map_or_else(String::new, |minimum| format!("{minimum:?}")));
        }
        minimum
    }

    /// An id or free text, byte for byte; empty when there is none.
    #[inline]
    pub fn text(&mut self, field: usize) -> Cow<'a, str> {
        self.text_or(field, "")
    }

    /// The same of a field with a default: a cell that says it says as much as an empty one (§2.12).
    #[inline]
    pub fn text_or(&mut self, field: usize, default: &'static str) -> Cow<'a, str> {
        let cell = self.cell(field);
        let text = value::text(cell);
        self.say(if is(&text, default) { "" } else { &text });
        if self.is_no_text(cell, field) {
            return Cow::default();
        }
        if self.input.requires(field) && value::trimmed(&text).is_empty() {
            self.cell_error(Code::EmptyValue, field, "is empty");
        }
        if text.is_empty() { Cow::Borrowed(default) } else { text }
    }

    /// Whether a cell cannot stand for a text, which is an error of the row by then.
    fn is_no_text(&mut self, cell: Cell<'_>, field: usize) -> bool {
        if matches!(cell, Cell::Text(_) | Cell::Empty) {
            return false;
        }
        let id = self.input.fields().get(field).is_some_and(|field| field.meaning == Meaning::Id);
        let why = value::no_text(cell, id);
        if let Some((code, why)) = why {
            self.cell_error(code, field, why);
        }
        why.is_some()
    }

    /// A word of the exporter's own choosing: blanks around it say nothing.
    pub fn word(&mut self, field: usize) -> String {
        self.word_or(field, "")
    }

    /// The same of a field with a default: a cell that says it says as much as an empty one (§2.12).
    pub fn word_or(&mut self, field: usize, default: &str) -> String {
        let cell = self.cell(field);
        let word = value::trimmed(&value::text(cell)).to_owned();
        if self.is_no_text(cell, field) {
            self.say(&word);
            return String::new();
        }
        if word.is_empty() && self.input.requires(field) {
            self.cell_error(Code::EmptyValue, field, "is empty");
        }
        self.say(if is(&word, default) { "" } else { &word });
        if word.is_empty() { default.to_owned() } else { word }
    }

    /// The id of a record of another input, whatever the exporter calls it by.
    pub fn reference(&mut self, field: usize, of: Input, world: &World) -> Cow<'a, str> {
        let text = self.text(field);
        match world.aliases.id(of, self.batch.key(field), text) {
            Ok(id) => id,
            Err((one, other)) => {
                self.cell_error(Code::AmbiguousName, field, &ambiguous(one, other));
                Cow::default()
            }
        }
    }

    #[inline]
    fn say(&mut self, text: &str) {
        let said = if text.is_empty() { 0 } else { xxh3_64(text.as_bytes()) };
        self.said.extend_from_slice(&said.to_le_bytes());
    }

    pub fn finish(mut self) -> (Fingerprint, Vec<RowError>) {
        name_cells(&mut self.errors);
        (xxh3_128(self.said), self.errors)
    }
}

/// Whether a text is the `default` of its field, where that is not the empty one. An empty text is nowhere in memory: to compare two of them
/// costs some processors a fault that nobody sees, thirty times as much as to compare two words.
fn is(text: &str, default: &str) -> bool {
    !default.is_empty() && text == default
}

/// The error of a row with a defect, and whether none of its cells, its id included, can be trusted.
pub(super) fn defect_error(defect: Defect) -> (RowError, bool) {
    let (code, message, broken) = match defect {
        Defect::Ragged { found, expected } => {
            (Code::RaggedRow, format!("the row has {found} cells, the header has {expected}"), true)
        }
        Defect::BadEncoding => (Code::BadEncoding, format!("the row {}", value::NO_TEXT), false),
        Defect::BareCarriageReturn => {
            (Code::BareCarriageReturn, "a carriage return stands inside an unquoted cell".to_owned(), false)
        }
    };
    (RowError { code, column: "", message, value: String::new() }, broken)
}

/// Where the cells are named that hold bytes of another encoding, the row need not be.
pub(super) fn name_cells(errors: &mut Vec<RowError>) {
    let is_told =
        |error: &RowError, of_cell: bool| error.code == Code::BadEncoding && error.column.is_empty() != of_cell;
    if errors.iter().any(|error| is_told(error, true)) {
        errors.retain(|error| !is_told(error, false));
    }
}

/// The error of one cell.
#[cold]
pub(super) fn cell_error(batch: &Batch<'_>, input: Input, at: usize, field: usize, code: Code, why: &str) -> RowError {
    let value = value::text(batch.cell(at, field)).into_owned();
    let message = if value.is_empty() { why.to_owned() } else { format!("`{}` {why}", shortened(&value)) };
    let column = input.fields().get(field).map_or("", |field| field.name);
    RowError { code, column, message, value }
}

/// What is wrong with a name that leads to two records.
pub(super) fn ambiguous(one: &str, other: &str) -> String {
    format!("names both `{}` and `{}`", shortened(one), shortened(other))
}

/// The place of a value among the words for it; synonyms have that of the first.
pub(super) fn place_of<T: Copy + PartialEq>(value: Option<T>, words: &[(&str, T)]) -> Result<Option<i64>, Misread> {
    let place = |value| words.iter().zip(0..).find(|((_, same), _)| *same == value).map(|(_, place)| place);
    Ok(value.and_then(place))
}

/// The value at a place that [`place_of`] tells.
pub(super) fn value_at<T: Copy>(place: i64, words: &[(&str, T)]) -> Option<T> {
    words.get(usize::try_from(place).ok()?).map(|(_, value)| *value)
}

/// A value as a message shows it.
fn shortened(value: &str) -> String {
    const LENGTH_MAX: usize = 60;
    match value.char_indices().nth(LENGTH_MAX) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or(value)),
        None => value.to_owned(),
    }
}
