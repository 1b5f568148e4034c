//! The form in which people read hours.

use super::{HoursSum, MICROS_PER_HOUR, decimal_text, divide_rounded};
use crate::bug::OrBug;

/// How all that a job shows to people writes hours: terminal, page of a document, report and workbook (`output.hours`). Tables and files for
/// programs have decimal hours, exact, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoursForm {
    /// Hours and hundredths: `8.58`.
    #[default]
    Decimal,
    /// Hours and minutes: `8:35`.
    Clock,
}

impl HoursForm {
    pub const ALL: [HoursForm; 2] = [HoursForm::Decimal, HoursForm::Clock];

    /// The words of the job file, in the order of [`HoursForm::ALL`].
    pub const NAMES: &'static [&'static str] = &["decimal", "clock"];

    pub fn name(self) -> &'static str {
        match self {
            HoursForm::Decimal => "decimal",
            HoursForm::Clock => "clock",
        }
    }

    /// Microseconds of the smallest difference that the form shows: a hundredth of an hour, or a minute.
    fn step(self) -> i128 {
        let per_hour = match self {
            HoursForm::Decimal => 100,
            HoursForm::Clock => 60,
        };
        i128::from(MICROS_PER_HOUR / per_hour)
    }

    /// Hours in hundredths or in minutes, rounded half away from zero.
    pub fn steps(self, hours: HoursSum) -> i128 {
        divide_rounded(hours.micros(), self.step()).or_bug("a step has its length")
    }

    /// Whether the form shows these hours exactly.
    pub fn is_exact(self, hours: HoursSum) -> bool {
        hours.micros() % self.step() == 0
    }

    /// `-8.58`, `-8:35`: without groups of digits.
    pub fn text(self, hours: HoursSum) -> String {
        let steps = self.steps(hours);
        match self {
            HoursForm::Decimal => decimal_text(steps, 2, 2),
            HoursForm::Clock => {
                let (sign, minutes) = (if steps < 0 { "-" } else { "" }, steps.unsigned_abs());
                format!("{sign}{}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }

    /// A message for people: its hours (`8.5833333333 h`) in this form, but for what stands in back quotes, which is named and not counted.
    pub fn in_message(self, message: &str) -> String {
        let mut told = String::with_capacity(message.len());
        for (nth, piece) in message.split('`').enumerate() {
            if nth > 0 {
                told.push('`');
            }
            if nth % 2 == 0 { told.push_str(&self.in_words(piece)) } else { told.push_str(piece) }
        }
        told
    }

    fn in_words(self, text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let is_hours = |next: Option<&&str>| {
            let unit = next.map(|word| word.trim_end_matches([',', '.', ';', ':', ')']));
            unit == Some("h")
        };
        let shown = words.iter().enumerate().map(|(at, word)| {
            let number = word.trim_start_matches('(');
            let exact = number.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 2);
            let known = is_hours(words.get(at + 1)).then(|| HoursSum::from_text(number)).flatten();
            match known.filter(|_| self == HoursForm::Clock || !exact) {
                Some(hours) => format!("{}{}", word.strip_suffix(number).unwrap_or_default(), self.text(hours)),
                None => (*word).to_owned(),
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_shown_in_one_form_and_rounded_once() {
        const SECOND: i128 = 1_000_000;
        let shown = |micros: i128| HoursForm::ALL.map(|form| form.text(HoursSum::from_micros(micros)));
        assert_eq!(shown(80 * 60 * SECOND), ["1.33", "1:20"]);
        assert_eq!(shown(-15 * 60 * SECOND), ["-0.25", "-0:15"]);
        assert_eq!(shown(0), ["0.00", "0:00"]);
        // Half a minute goes up, as half a hundredth does, away from zero; a minute that is full is an hour.
        assert_eq!(shown(30 * SECOND), ["0.01", "0:01"]);
        assert_eq!(shown(-30 * SECOND), ["-0.01", "-0:01"]);
        assert_eq!(shown(29 * SECOND), ["0.01", "0:00"]);
        assert_eq!(shown((59 * 60 + 45) * SECOND), ["1.00", "1:00"]);
        // What rounds to nothing has no sign.
        assert_eq!(shown(-1), ["0.00", "0:00"]);
        assert_eq!(shown(123_456 * 3_600 * SECOND), ["123456.00", "123456:00"]);
        let exact = |micros: i128| HoursForm::ALL.map(|form| form.is_exact(HoursSum::from_micros(micros)));
        assert_eq!(exact(20 * 60 * SECOND), [false, true]);
        assert_eq!(exact(36 * SECOND), [true, false]);
        assert_eq!(HoursForm::ALL.map(HoursForm::name), *HoursForm::NAMES);
    }

    #[test]
    fn hours_of_a_message_are_shown_and_nothing_else_is() {
        let message = "`Pack 1.555 h`: 18.5833333333 h of 10 h (1.5833333333 h), 3 rows, 0.125 days, -0.3333333333 h";
        let [decimal, clock] = HoursForm::ALL.map(|form| form.in_message(message));
        assert_eq!(decimal, "`Pack 1.555 h`: 18.58 h of 10 h (1.58 h), 3 rows, 0.125 days, -0.33 h");
        assert_eq!(clock, "`Pack 1.555 h`: 18:35 h of 10:00 h (1:35 h), 3 rows, 0.125 days, -0:20 h");
        for form in HoursForm::ALL {
            assert_eq!(form.in_message(""), "");
            assert_eq!(form.in_message("a ` b h  `` x"), "a ` b h  `` x");
        }
    }
}
