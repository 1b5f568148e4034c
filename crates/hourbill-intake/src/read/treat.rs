//! What is done with a cell before anybody reads it, where the job or its preset asks for it: marks of the program that wrote it are
//! taken off, its words become those of the value grammar, and what is not there becomes what that means.

use super::Cell;
use crate::alias::Key;
use crate::inputs::trimmed;
use crate::job::{InputSettings, Pattern};
use crate::presets::Shape;

/// Of the columns of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Treatments {
    /// By the position of the field.
    pub of_fields: Vec<Treatment>,
    /// What the columns behind those of the fields hold.
    pub others: Vec<Key>,
    /// Lines of costs may stand among those of time.
    pub analytic: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Treatment {
    /// What a reference in this column is written in.
    pub key: Key,
    pub unquotes_formulas: bool,
    /// F8: the field, and the part of a cell that counts.
    pub pattern: Option<(&'static str, Pattern)>,
    /// What an empty cell says, or a file without the column.
    pub empty: Option<String>,
    /// In lower case, and what they mean.
    pub words: Vec<(String, String)>,
}

impl Treatment {
    pub fn new(settings: &InputSettings, shape: Option<&'static Shape>, field: &'static str) -> Treatment {
        let known = |word: &str, meaning: &str| (word.to_lowercase(), meaning.to_owned());
        let of_job = settings.values.get(field).into_iter().flatten().map(|(word, meaning)| known(word, meaning));
        let of_preset = shape.into_iter().flat_map(|shape| shape.words_of(field));
        let words = of_job.chain(of_preset.map(|(word, meaning)| known(word, meaning))).collect();
        let unquotes_formulas = settings.preset.is_some_and(|preset| preset.quotes_formulas);
        let pattern = settings.pattern.get(field).map(|pattern| (field, pattern.clone()));
        let empty = of_empty(settings, field);
        Treatment { key: Key::Plain, unquotes_formulas, pattern, empty, words }
    }

    /// What the column is that was found for the field. What the job says of empty cells beats what the preset knows.
    pub fn of_column(&mut self, key: Key, empty: Option<&str>) {
        self.key = key;
        self.empty = self.empty.take().or_else(|| empty.map(str::to_owned));
    }

    pub fn does_something(&self) -> bool {
        *self != Treatment::default()
    }

    #[inline]
    pub fn treated<'a>(&'a self, cell: Cell<'a>) -> Cell<'a> {
        let cell = match cell {
            Cell::Text(text) if self.unquotes_formulas => Cell::Text(unquoted(text)),
            cell => cell,
        };
        let cell = match (&self.pattern, cell) {
            (Some((_, pattern)), Cell::Text(text)) => {
                pattern.first(text).filter(|part| !trimmed(part).is_empty()).map_or(Cell::Empty, Cell::Text)
            }
            (_, cell) => cell,
        };
        let cell = if self.words.is_empty() { cell } else { self.meaning(cell) };
        match (&self.empty, cell) {
            (Some(said), Cell::Empty | Cell::Text("")) => Cell::Text(said),
            (_, cell) => cell,
        }
    }

    fn meaning<'a>(&'a self, cell: Cell<'a>) -> Cell<'a> {
        let said = match cell {
            Cell::Text(text) => text.trim(),
            Cell::Bool(true) => "true",
            Cell::Bool(false) => "false",
            _ => return cell,
        };
        let means = |(word, _): &&(String, String)| word == said || word.eq_ignore_ascii_case(said);
        let known = self.words.iter().find(means).or_else(|| {
            let folded = (!said.is_ascii()).then(|| said.to_lowercase())?;
            self.words.iter().find(|(word, _)| *word == folded)
        });
        match known {
            Some((_, meaning)) if meaning.is_empty() => Cell::Empty,
            Some((_, meaning)) => Cell::Text(meaning),
            None => cell,
        }
    }
}

/// `values` may say what an empty cell means.
fn of_empty(settings: &InputSettings, field: &str) -> Option<String> {
    let words = settings.values.get(field)?;
    words.iter().find(|(word, _)| word.trim().is_empty()).map(|(_, meaning)| meaning.clone())
}

/// Odoo puts a `'` before texts that a spreadsheet would take for a formula.
fn unquoted(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_words_and_blanks_become_what_they_mean() {
        let treatment = Treatment {
            key: Key::Plain,
            unquotes_formulas: true,
            pattern: None,
            empty: Some("false".to_owned()),
            words: vec![("annulé".to_owned(), "cancel".to_owned()), ("no".to_owned(), String::new())],
        };
        assert_eq!(treatment.treated(Cell::Text("'-5 beers")), Cell::Text("-5 beers"));
        assert_eq!(treatment.treated(Cell::Text("'tis")), Cell::Text("'tis"));
        assert_eq!(treatment.treated(Cell::Text(" ANNULÉ ")), Cell::Text("cancel"));
        assert_eq!(treatment.treated(Cell::Empty), Cell::Text("false"));
        assert_eq!(treatment.treated(Cell::Text("No")), Cell::Text("false"));
        assert_eq!(treatment.treated(Cell::Int(3)), Cell::Int(3));
    }
}
