//! What stands in the columns of the inputs: for people who check whether each was taken for the right thing.

use std::collections::BTreeMap;

use crate::calendar::{Date, Moment};
use crate::check::day_parts::DayParts;
use crate::check::value::Grammar;
use crate::finding::FileNo;
use crate::inputs::{Input, Meaning};
use crate::job::Settings;
use crate::read::{self, Batch, Cell, ReadError};

/// Cells shown of a column.
const SAMPLES: usize = 3;
/// Different words counted of a column.
const WORDS_MAX: usize = 30;

/// A column of an input, over all of its files.
#[derive(Clone, Debug, Default)]
pub struct Surveyed {
    pub rows: u64,
    pub filled: u64,
    /// The first different ones.
    pub samples: Vec<String>,
    /// The first and the last date of a column of dates, of those that can be read.
    pub range: Option<(Date, Date)>,
    /// How often each word stands there, of columns that hold a few words.
    pub words: BTreeMap<String, u64>,
    /// Of hours of which the job does not say what they count.
    day_parts: DayParts,
}

/// The columns of an input, by the position of their field.
pub type Survey = Vec<Surveyed>;

/// Reads an input once more and counts.
pub fn survey(input: Input, settings: &Settings) -> Result<Survey, ReadError> {
    let Some(of_input) = settings.inputs.get(&input) else { return Ok(Vec::new()) };
    let grammar = Grammar::new(of_input);
    let unit = format!("inputs.{input}.hours_unit");
    let asks = input == Input::Timesheets && !settings.in_force.iter().any(|known| known.key == unit);
    let each = |batch: &Batch<'_>| of_batch(input, batch, &grammar, asks);
    let scan = read::scan(input, of_input, &settings.limits, FileNo(0), &read::Unfollowed, each)?;
    let mut survey = vec![Surveyed::default(); input.fields().len()];
    for piece in scan.pieces {
        for (sum, more) in survey.iter_mut().zip(piece.result) {
            sum.add(more);
        }
    }
    Ok(survey)
}

fn of_batch(input: Input, batch: &Batch<'_>, grammar: &Grammar<'_>, asks: bool) -> Survey {
    let mut survey = vec![Surveyed::default(); input.fields().len()];
    for (at, (field, column)) in input.fields().iter().zip(&mut survey).enumerate() {
        for row in (0..batch.rows()).filter(|row| batch.defect(*row).is_none()) {
            column.rows += 1;
            let cell = batch.cell(row, at);
            if cell == Cell::Empty {
                continue;
            }
            column.filled += 1;
            let dated = matches!(field.meaning, Meaning::Date | Meaning::Moment);
            let worded = matches!(field.meaning, Meaning::Choice | Meaning::Flag);
            let counted = asks && field.name == "hours";
            if !dated && !worded && !counted && column.samples.len() >= SAMPLES {
                continue;
            }
            let text = crate::check::value::text(cell);
            let text = text.trim();
            if counted {
                column.day_parts.take(text);
            }
            if column.samples.len() < SAMPLES && !column.samples.iter().any(|sample| sample == text) {
                column.samples.push(text.to_owned());
            }
            if dated {
                let date = grammar.moment(cell).ok().flatten().map(Moment::date);
                column.range = match (column.range, date) {
                    (Some((from, to)), Some(date)) => Some((from.min(date), to.max(date))),
                    (None, Some(date)) => Some((date, date)),
                    (range, None) => range,
                };
            }
            if worded && (column.words.len() < WORDS_MAX || column.words.contains_key(text)) {
                *column.words.entry(text.to_owned()).or_default() += 1;
            }
        }
    }
    survey
}

impl Surveyed {
    /// F2: figures of hours that are whole minutes as parts of a day, as spreadsheets keep times, in words.
    pub fn may_count_days(&self) -> Option<String> {
        self.day_parts.are_likely().then(|| {
            format!(
                "{} of {} figures of hours, such as {}, are whole minutes or seconds as parts of a day, as a spreadsheet keeps times, and not as hours: `hours_unit = \"excel\"` of the input reads them so, `hours_unit = \"hours\"` says that they are hours",
                self.day_parts.of_days,
                self.day_parts.figures,
                self.samples.join(", ")
            )
        })
    }

    fn add(&mut self, more: Surveyed) {
        self.day_parts.add(more.day_parts);
        self.rows += more.rows;
        self.filled += more.filled;
        for sample in more.samples {
            if self.samples.len() < SAMPLES && !self.samples.contains(&sample) {
                self.samples.push(sample);
            }
        }
        self.range = match (self.range.take(), more.range) {
            (Some((from, to)), Some((other_from, other_to))) => Some((from.min(other_from), to.max(other_to))),
            (one, other) => one.or(other),
        };
        for (word, times) in more.words {
            if self.words.len() < WORDS_MAX || self.words.contains_key(&word) {
                *self.words.entry(word).or_default() += times;
            }
        }
    }
}
