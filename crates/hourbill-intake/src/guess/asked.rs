//! What is said of several files that are read alike: once, with the count of files, whatever figures each shows.

use toml::{Table, Value};

use super::quoted::quoted;
use super::{Guess, Question};

/// Something that is said of one file or more.
#[derive(Debug)]
pub struct OfFiles<T> {
    pub what: T,
    /// The first of them, of which the figures are.
    pub file: String,
    /// So many others of which the same is to be said.
    pub others: usize,
    /// Their figures are others.
    pub differs: bool,
}

impl<T> OfFiles<T> {
    /// Of which files.
    pub fn of(&self) -> String {
        match self.others {
            0 => self.file.clone(),
            1 => format!("{} and 1 file like it", self.file),
            others => format!("{} and {others} files like it", self.file),
        }
    }
}

/// The questions about some files: one about the same key or header of files of one input is one question, whose answers have the words of all.
pub fn questions<'a>(files: impl IntoIterator<Item = &'a Guess>) -> Vec<OfFiles<Question>> {
    let mut asked: Vec<(OfFiles<Question>, &Guess)> = Vec::new();
    for file in files {
        for question in &file.questions {
            let same = |(known, first): &&mut (OfFiles<Question>, &Guess)| {
                let by_text = || known.what.open.is_none() && mask(&known.what.text) == mask(&question.text);
                let by_key = known.what.open.is_some() && known.what.open == question.open;
                first.input == file.input && known.what.open == question.open && (by_key || by_text())
            };
            match asked.iter_mut().find(same) {
                // Of one file several may be about one key.
                Some((known, first)) if !std::ptr::eq(*first, file) => {
                    known.others += 1;
                    known.differs |= known.what != *question;
                    known.what.lines = joined(&known.what.lines, &question.lines);
                }
                _ => asked
                    .push((OfFiles { what: question.clone(), file: file.title(), others: 0, differs: false }, file)),
            }
        }
    }
    asked.into_iter().map(|(said, _)| said).collect()
}

/// Sentences about some files, each once.
pub fn sentences<'a>(all: impl IntoIterator<Item = (String, &'a str)>) -> Vec<OfFiles<&'a str>> {
    let mut said: Vec<(String, OfFiles<&'a str>)> = Vec::new();
    for (file, what) in all {
        let mask = mask(what);
        match said.iter_mut().find(|(known, of)| *known == mask && of.file != file) {
            Some((_, known)) => {
                known.others += 1;
                known.differs |= known.what != what;
            }
            None => said.push((mask, OfFiles { what, file, others: 0, differs: false })),
        }
    }
    said.into_iter().map(|(_, said)| said).collect()
}

/// A sentence without figures, without what it shows of cells, and in the singular.
fn mask(text: &str) -> String {
    let words = |part: &str| -> Vec<String> {
        let parts = part.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        parts.map(|word| word.trim_end_matches('s').to_owned()).collect()
    };
    // The first that is quoted is the column that the sentence is about.
    let parts = text.split('`').enumerate();
    let kept = parts.flat_map(|(at, part)| match at {
        1 => vec![part.to_owned()],
        at if at % 2 == 0 => words(part),
        _ => Vec::new(),
    });
    kept.collect::<Vec<_>>().join(" ")
}

/// Answers that hold for the files of both: words of a table or a list are those of either.
fn joined(known: &[String], others: &[String]) -> Vec<String> {
    let mut lines = known.to_vec();
    // Which of several rows to leave out are answers of their own.
    let is_one = known.len() == 1 && others.len() == 1;
    for (at, other) in others.iter().enumerate().filter(|(_, other)| !known.contains(other)) {
        let one = lines.get_mut(at).filter(|line| is_one || line.starts_with("values."));
        let line = one.as_deref().and_then(|line| both(line, other));
        match one.zip(line) {
            Some((one, line)) => *one = line,
            None => lines.push(other.clone()),
        }
    }
    lines
}

/// `skip = { Status = "30" }` and `skip = { Status = "40" }` are `skip = { Status = ["30", "40"] }`; the first says what a word means where two do.
fn both(one: &str, other: &str) -> Option<String> {
    let (key, table) = inline(one)?;
    let (other_key, others) = inline(other)?;
    if key != other_key {
        return None;
    }
    let mut pairs: Vec<(String, Vec<String>)> = pairs(&table)?;
    for (name, cells) in self::pairs(&others)? {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if key == "skip" => {
                let new: Vec<String> = cells.into_iter().filter(|cell| !known.contains(cell)).collect();
                known.extend(new);
            }
            Some(_) => {}
            None => pairs.push((name, cells)),
        }
    }
    let value = |cells: &[String]| match cells {
        [one] => quoted(one),
        several => format!("[{}]", several.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(", ")),
    };
    let pairs: Vec<String> = pairs.iter().map(|(name, cells)| format!("{} = {}", quoted(name), value(cells))).collect();
    Some(format!("{key} = {{ {} }}", pairs.join(", ")))
}

/// The key of a line, and the table behind it.
fn inline(line: &str) -> Option<(String, Table)> {
    let (key, value) = line.split_once(" = {")?;
    let parsed: Table = format!("t = {{{value}").parse().ok()?;
    match parsed.get("t")? {
        Value::Table(table) => Some((key.to_owned(), table.clone())),
        _ => None,
    }
}

fn pairs(table: &Table) -> Option<Vec<(String, Vec<String>)>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let cells = |value: &Value| match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    };
    table.iter().map(|(name, value)| Some((name.clone(), cells(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_words_of_all_files() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        for (one, other, both) in [
            (
                &["skip = { \"Status\" = \"30\" }"][..],
                &["skip = { \"Status\" = [\"40\", \"30\"] }"][..],
                &["skip = { \"Status\" = [\"30\", \"40\"] }"][..],
            ),
            (
                &["values.status = { \"A\" = \"draft\" }", "values.status = { \"A\" = \"validated\" }"],
                &[
                    "values.status = { \"B \\\"x\\\"\" = \"draft\" }",
                    "values.status = { \"B \\\"x\\\"\" = \"validated\" }",
                ],
                &[
                    "values.status = { \"A\" = \"draft\", \"B \\\"x\\\"\" = \"draft\" }",
                    "values.status = { \"A\" = \"validated\", \"B \\\"x\\\"\" = \"validated\" }",
                ],
            ),
            (
                &["columns.hours = \"Ist\"", "columns.hours = \"Soll\""],
                &["columns.hours = \"Ist\"", "columns.hours = \"Soll\""],
                &["columns.hours = \"Ist\"", "columns.hours = \"Soll\""],
            ),
            (
                &["skip = { \"Art\" = \"A\" }", "skip = { \"Art\" = \"B\" }"],
                &["skip = { \"Art\" = \"C\" }"],
                &["skip = { \"Art\" = \"A\" }", "skip = { \"Art\" = \"B\" }", "skip = { \"Art\" = \"C\" }"],
            ),
        ] {
            assert_eq!(joined(&lines(one), &lines(other)), lines(both));
        }
    }

    #[test]
    fn figures_make_no_other_sentence() {
        for (one, other) in [
            ("`Status` says `draft` in 16 rows: is it?", "`Status` says `draft` in 1 row: is it?"),
            ("`Fakturiert` is empty in 5 of 9 entries", "`Fakturiert` is empty in 1 of 2 entries"),
        ] {
            assert_eq!(mask(one), mask(other));
        }
        assert_ne!(mask("`Status` is not read"), mask("`Stand` is not read"));
    }
}
