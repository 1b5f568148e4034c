//! What is wrong with a job, and where.

use std::fmt;

use super::file::Given;

/// A job that cannot be run: everything that is wrong with it. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobError {
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a job file or a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Kebab-case, never reused.
    pub code: &'static str,
    pub message: String,
    /// The job file with line and column, or the flag; empty when neither is to blame.
    pub place: String,
    /// Dotted key; empty when the whole file is meant.
    pub key: String,
    /// May be empty.
    pub hint: String,
}

impl Problem {
    pub(super) fn at(
        code: &'static str,
        file: &str,
        given: &Given,
        key: &str,
        message: String,
        hint: String,
    ) -> Problem {
        let place = match given {
            Given::File { line, column } => format!("{file}:{line}:{column}"),
            Given::Flag(flag) => format!("flag `{flag}`"),
            Given::Nowhere => file.to_owned(),
        };
        Problem { code, message, place, key: key.to_owned(), hint }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} ({})", problem.message, problem.place)?;
        }
        Ok(())
    }
}

impl std::error::Error for JobError {}

/// The known word nearest to what was typed, when it is near enough to have been meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let near = |word: &str| strsim::damerau_levenshtein(&typed, &word.to_lowercase());
    let enough = |word: &str, distance: usize| distance <= (word.chars().count().max(typed.chars().count()) / 3).max(1);
    let (mut ranked, mut longer) = (None, None);
    for word in known {
        let distance = near(word);
        if enough(word, distance) {
            ranked = ranked.into_iter().chain([(distance, word)]).min();
        } else if typed.chars().count() >= 3 && word.to_lowercase().starts_with(&typed) {
            // The beginning of a word was meant to be the word.
            longer = longer.into_iter().chain([word]).min();
        }
    }
    ranked.map(|(_, word)| word).or(longer)
}
