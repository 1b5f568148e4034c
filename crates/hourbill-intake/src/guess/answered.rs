//! What somebody answered in the job that is written over: it is asked no more, and what else is told goes by it (F2, F10).

use super::Guess;
use super::before::Before;
use super::question::Question;
use crate::inputs::Input;
use crate::job::HoursUnit;
use crate::presets::folded;
use crate::read;

/// Fields that say for whom the work was.
const FOR_WHOM: [&str; 2] = ["customer_id", "project"];

impl Guess {
    /// Takes the answers that stand in the job which is written over: what they are about is asked no more.
    pub(super) fn answered_by(&mut self, before: &Before) {
        let input = self.input.name();
        let is_asked = |question: &Question| question.open.as_deref() == Some("hours_unit");
        let unit = before.word(input, "hours_unit").filter(|_| self.questions.iter().any(is_asked));
        if let Some(unit) = HoursUnit::NAMED.into_iter().find(|known| Some(known.word()) == unit) {
            self.settings.hours_unit = unit;
        }
        self.marks_answered(before);
        self.for_whom_answered(before);
        let open: Vec<String> = self.questions.iter().filter_map(|question| question.open.clone()).collect();
        let headers: Vec<String> = open.into_iter().filter(|open| before.names_header(input, open)).collect();
        headers.iter().for_each(|header| self.header_answered(before, header));
        self.questions.retain(|question| {
            !question.open.as_ref().is_some_and(|open| before.answers(input, open) || headers.contains(open))
        });
        self.settings.open = self.open();
        self.settings.asked.clone_from(&self.settings.open);
        let headers: Vec<String> = self.columns.iter().take(self.headers).map(|column| column.header.clone()).collect();
        if let Ok(columns) = read::mapping(self.input, &self.settings, &headers) {
            self.columns = columns;
        }
    }

    /// The job ignores the column of a header, or names it for a field.
    fn header_answered(&mut self, before: &Before, header: &str) {
        let same = |name: &String| folded(name) == folded(header);
        if before.texts(self.input.name(), "ignore").iter().any(same) {
            self.settings.columns.retain(|_, named| !same(named));
            self.settings.ignore.extend((!self.settings.ignore.iter().any(same)).then(|| header.to_owned()));
            return;
        }
        for field in self.input.fields().iter().map(|field| field.name) {
            // One with its unit is kept as it is written.
            if let Some(named) = before.text(self.input.name(), &format!("columns.{field}")).filter(same) {
                self.stands_for(field, &named);
            }
        }
    }

    /// F3: the job names the column of the client or of the project, which no header does.
    fn for_whom_answered(&mut self, before: &Before) {
        let (input, is_key) =
            (self.input.name(), |line: &String, field: &str| line.starts_with(&format!("columns.{field} =")));
        let asks = |question: &Question| {
            question.open.is_none()
                && question.lines.iter().any(|line| FOR_WHOM.iter().any(|field| is_key(line, field)))
        };
        let says = |table: &str, field: &str| !before.texts(input, &format!("{table}.{field}")).is_empty();
        let is_said = FOR_WHOM.iter().any(|field| says("columns", field) || says("constants", field));
        if self.input != Input::Timesheets || !is_said || !self.questions.iter().any(asks) {
            return;
        }
        self.questions.retain(|question| !asks(question));
        FOR_WHOM.iter().for_each(|field| _ = self.open_columns.remove(field));
        // Parts of one column are read by their patterns.
        if self.combined.is_some() && FOR_WHOM.iter().any(|field| says("pattern", field)) {
            return;
        }
        self.combined = None;
        for field in FOR_WHOM {
            if let Some(header) = before.text(input, &format!("columns.{field}")) {
                self.stands_for(field, &header);
            }
        }
    }

    /// A column of the file stands for a field, as the job has it.
    fn stands_for(&mut self, field: &'static str, header: &str) {
        let same = |name: &str| folded(name) == folded(header);
        let Some(column) = self.columns.iter().take(self.headers).position(|column| same(&column.header)) else {
            return;
        };
        self.fields.insert(field, column);
        self.open_columns.remove(field);
        self.settings.columns.insert(field, header.to_owned());
        self.settings.ignore.retain(|ignored| !same(ignored));
    }
}
