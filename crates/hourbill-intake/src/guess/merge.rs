//! Files of one input are read in one way: what one of them leaves open another may tell.

use super::Guess;
use super::question::Question;
use super::quoted::quoted;
use crate::inputs::Input;
use crate::job::{DecimalMark, Encoding};
use crate::presets::folded;
use crate::read::{self, Look};

/// Settles how the files of each input are read together.
pub(super) fn merge(files: &mut [(&Look, Guess)]) {
    for input in Input::ALL {
        let of_input: Vec<usize> =
            files.iter().enumerate().filter(|(_, (_, guess))| guess.input == input).map(|(at, _)| at).collect();
        let Some((first, rest)) = of_input.split_first().filter(|(_, rest)| !rest.is_empty()) else { continue };
        let headers = |at: usize| -> Vec<String> {
            files
                .get(at)
                .map(|(look, _)| look.front.headers.iter().map(|header| folded(header)).collect())
                .unwrap_or_default()
        };
        let same: Vec<usize> = rest.iter().copied().filter(|at| headers(*at) == headers(*first)).collect();
        let others: Vec<String> =
            rest.iter().filter(|at| !same.contains(at)).filter_map(|at| Some(files.get(*at)?.1.title())).collect();
        let together: Vec<usize> = std::iter::once(*first).chain(same).collect();
        let one = together.iter().filter_map(|at| files.get(*at)).fold(None, |one: Option<Together>, (look, guess)| {
            Some(one.map_or_else(|| Together::of(look, guess), |one| one.and(&Together::of(look, guess))))
        });
        let Some(one) = one else { continue };
        for at in &together {
            if let Some((_, guess)) = files.get_mut(*at) {
                one.settle(guess);
            }
        }
        of_ids(files, &together);
        if let Some(told) = other_programs(files, &of_input) {
            if let Some((_, guess)) = files.get_mut(*first) {
                guess.questions.push(Question::aside(told));
            }
        } else if let (Some(other), Some((_, guess))) = (others.first(), files.get_mut(*first))
            && input == Input::Timesheets
        {
            let more =
                if others.len() > 1 { format!(" and {} more have", others.len() - 1) } else { " has".to_owned() };
            guess.questions.push(Question::aside(format!(
                "`{other}`{more} other columns than `{}`: one input is read in one way, so look at what `hourbill check` says of each",
                guess.shown
            )));
        }
    }
}

/// Files of one input that cannot be read in the way of the first, by the programs that wrote them.
fn other_programs(files: &[(&Look, Guess)], of_input: &[usize]) -> Option<String> {
    let all: Vec<&(&Look, Guess)> = of_input.iter().filter_map(|at| files.get(*at)).collect();
    let (_, first) = all.first()?;
    let fits = |look: &Look| read::mapping(first.input, &first.settings, &look.front.headers).is_ok();
    if all.iter().all(|(look, _)| fits(look)) {
        return None;
    }
    // What a program is called, and, where that is not known, the headers that tell it from others.
    let mut programs: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (look, guess) in all {
        let program = match guess.settings.preset {
            Some(preset) => vec![preset.name.to_owned()],
            None => std::iter::once("a program that is not known".to_owned())
                .chain(look.front.headers.iter().map(|header| folded(header)))
                .collect(),
        };
        match programs.iter_mut().find(|(known, _)| *known == program) {
            Some((_, titles)) => titles.push(guess.title()),
            None => programs.push((program, vec![guess.title()])),
        }
    }
    if programs.len() < 2 {
        return None;
    }
    let told = programs.iter().map(|(program, titles)| {
        let more = match titles.len() {
            0 | 1 => String::new(),
            several => format!(" and {} more", several - 1),
        };
        let title = titles.first().map_or("", String::as_str);
        let program = program.first().map_or("", String::as_str);
        format!("`{title}`{more} is of {program}")
    });
    let told: Vec<String> = told.collect();
    Some(format!(
        "exports of several programs: {}. No job reads them together: each program needs one of its own, `hourbill init FILE --out JOB.toml` with the files of one program, then with those of the next",
        told.join(", ")
    ))
}

/// Ids that some rows share are ids where a file of the same shape has a column of them in which no two rows share one: what is shared is set aside.
fn of_ids(files: &mut [(&Look, Guess)], together: &[usize]) {
    let sure = together.iter().filter_map(|at| files.get(*at)?.1.settings.columns.get(ID).cloned()).next();
    let Some(header) = sure else { return };
    let open = format!("columns.{ID}");
    let line = format!("{open} = {}", quoted(&header));
    for at in together {
        let Some((look, guess)) = files.get_mut(*at) else { continue };
        let asked = |question: &Question| question.open.as_ref() == Some(&open) && question.lines.contains(&line);
        let Some(column) = look.front.headers.iter().position(|known| *known == header) else { continue };
        if !guess.questions.iter().any(asked) {
            continue;
        }
        guess.questions.retain(|question| !asked(question));
        guess.fields.insert(ID, column);
        guess.settings.columns.insert(ID, header.clone());
        guess.settings.open = guess.open();
        guess.settings.asked.clone_from(&guess.settings.open);
        if let Ok(columns) = read::mapping(guess.input, &guess.settings, &look.front.headers) {
            guess.columns = columns;
        }
    }
}

/// The field of the id of an entry.
const ID: &str = "timesheet_id";

/// Decimal and thousands marks, and what decided them.
type Marks = (DecimalMark, Option<char>, String);

/// What files say together.
struct Together {
    encoding: Encoding,
    ascii: bool,
    decimal: Option<Marks>,
    date_format: Option<String>,
    guess: Vec<(&'static str, Vec<(String, String)>)>,
}

impl Together {
    fn of(look: &Look, guess: &Guess) -> Together {
        let settings = &guess.settings;
        let ascii = look.front.rows.iter().flatten().chain(&look.front.headers).all(|cell| cell.is_ascii());
        let marked = guess.decided.get("decimal");
        Together {
            encoding: settings.encoding,
            ascii,
            decimal: marked.map(|decided| (settings.decimal, settings.thousands, decided.clone())),
            date_format: settings.date_format.clone(),
            guess: settings.values.iter().map(|(field, words)| (*field, words.clone())).collect(),
        }
    }

    fn and(mut self, other: &Together) -> Together {
        // What is written in plain letters is read in any of these ways.
        if self.ascii && self.encoding == Encoding::Utf8 {
            self.encoding = other.encoding;
        }
        self.ascii &= other.ascii;
        // A point is what a job that says nothing reads.
        let is_plain = |marks: &Marks| marks.0 == DecimalMark::Point && marks.1.is_none();
        if self.decimal.as_ref().is_none_or(is_plain) && !other.decimal.as_ref().is_none_or(is_plain) {
            self.decimal.clone_from(&other.decimal);
        }
        self.decimal = self.decimal.take().or_else(|| other.decimal.clone());
        self.date_format = self.date_format.take().or_else(|| other.date_format.clone());
        for (field, words) in &other.guess {
            match self.guess.iter_mut().find(|(known, _)| known == field) {
                Some((_, known)) => {
                    let new = |word: &&(String, String)| {
                        !known.iter().any(|(known, _)| known.to_lowercase() == word.0.to_lowercase())
                    };
                    let new: Vec<_> = words.iter().filter(new).cloned().collect();
                    known.extend(new);
                }
                None => self.guess.push((field, words.clone())),
            }
        }
        self
    }

    fn settle(&self, guess: &mut Guess) {
        let settings = &mut guess.settings;
        settings.encoding = self.encoding;
        if let Some((decimal, thousands, decided)) = &self.decimal {
            (settings.decimal, settings.thousands) = (*decimal, *thousands);
            guess.decided.entry("decimal").or_insert_with(|| decided.clone());
            guess.questions.retain(|question| !question.lines.iter().any(|line| line.starts_with("decimal = ")));
        }
        settings.date_format.clone_from(&self.date_format);
        settings.values = self.guess.iter().cloned().collect();
    }
}
