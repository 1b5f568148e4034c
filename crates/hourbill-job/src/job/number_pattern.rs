//! How documents are numbered (N3): a pattern, the series that it makes of a date, and the numbers of a series.

use crate::calendar::Date;

/// N3: characters that a number may have.
pub(super) const NUMBER_MAX: usize = 35;
/// The same where QuickBooks takes them in.
pub(super) const QUICKBOOKS_MAX: usize = 21;
/// Digits that `{seq}` may be filled up to.
const DIGITS_MAX: usize = 18;
/// Folders beside those of documents are called so; the other one, `imports`, is no number: it has no digit.
const SET_ASIDE: &str = "lost-";

/// How documents of one kind are numbered: text with places for parts of their date and for the number in the series (N3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPattern {
    written: String,
    parts: Vec<Part>,
    /// Characters that a number may have.
    characters_max: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Year,
    ShortYear,
    Month,
    Day,
    /// Filled up to so many digits.
    Seq(usize),
}

impl NumberPattern {
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(written: &str, characters_max: usize) -> Result<NumberPattern, String> {
        let (mut parts, mut rest) = (Vec::new(), written);
        while !rest.is_empty() {
            let text = rest.split(['{', '}']).next().unwrap_or_default();
            let wrong = |byte: u8| !byte.is_ascii_alphanumeric() && !b"-+_/".contains(&byte);
            if text.bytes().any(wrong) {
                return Err(format!("`{text}` holds more than letters of ASCII, digits and `-+_/`"));
            }
            rest = rest.get(text.len()..).unwrap_or_default();
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            let Some(inside) = rest.strip_prefix('{') else {
                if rest.is_empty() { break } else { return Err("a `}` stands without a `{`".to_owned()) }
            };
            let Some((name, after)) = inside.split_once('}') else {
                return Err("a `{` stands without a `}`".to_owned());
            };
            parts.push(Part::named(name)?);
            rest = after;
        }
        if parts.iter().filter(|part| matches!(part, Part::Seq(_))).count() != 1 {
            return Err("`{seq}` stands in it once, such as `F{yyyy}-{seq:5}`: it counts the documents".to_owned());
        }
        // What is no letter, digit, `-` or `_` is no part of a folder's name.
        let folder: String = written.chars().filter(|char| !matches!(char, '+' | '/')).collect();
        if folder.to_ascii_lowercase().starts_with(SET_ASIDE) {
            return Err(format!(
                "numbers that begin with `{SET_ASIDE}` are called as the folders of what a new ledger does not know (`posted/{SET_ASIDE}1/`)"
            ));
        }
        let pattern = NumberPattern { written: written.to_owned(), parts, characters_max };
        let least: usize = pattern.parts.iter().map(Part::length_min).sum();
        if least > characters_max {
            return Err(format!("its numbers have {least} characters, {characters_max} at most are allowed"));
        }
        Ok(pattern)
    }

    pub fn written(&self) -> &str {
        &self.written
    }

    /// The pattern with the parts of a date filled in: documents with the same series are counted together.
    pub fn series(&self, date: Date) -> String {
        let (year, month, day) = date.ymd();
        let filled = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Year => format!("{year:04}"),
            Part::ShortYear => format!("{:02}", year % 100),
            Part::Month => format!("{month:02}"),
            Part::Day => format!("{day:02}"),
            Part::Seq(0) => "{seq}".to_owned(),
            Part::Seq(digits) => format!("{{seq:{digits}}}"),
        };
        self.parts.iter().map(filled).collect()
    }

    /// A number of a series; `None` when it has more characters than a number may have.
    pub fn number(&self, series: &str, seq: u64) -> Option<String> {
        number_in(series, seq).filter(|number| number.len() <= self.characters_max)
    }
}

/// The number that stands at a place of a series, as [`NumberPattern::series`] names it; `None` for what is no series.
pub fn number_in(series: &str, seq: u64) -> Option<String> {
    let (before, rest) = series.split_once("{seq")?;
    let (digits, after) = rest.split_once('}')?;
    let width: usize = if digits.is_empty() { 0 } else { digits.strip_prefix(':')?.parse().ok()? };
    (width <= DIGITS_MAX).then(|| format!("{before}{seq:0width$}{after}"))
}

impl Part {
    fn named(name: &str) -> Result<Part, String> {
        let digits = |text: &str| text.parse::<usize>().ok().filter(|digits| (1..=DIGITS_MAX).contains(digits));
        match name {
            "yyyy" => Ok(Part::Year),
            "yy" => Ok(Part::ShortYear),
            "mm" => Ok(Part::Month),
            "dd" => Ok(Part::Day),
            "seq" => Ok(Part::Seq(0)),
            _ => name.strip_prefix("seq:").and_then(digits).map(Part::Seq).ok_or_else(|| {
                format!("`{{{name}}}` is not known: there are {{yyyy}}, {{yy}}, {{mm}}, {{dd}}, {{seq}} and {{seq:5}} (1 to {DIGITS_MAX} digits)")
            }),
        }
    }

    fn length_min(&self) -> usize {
        match self {
            Part::Text(text) => text.len(),
            Part::Year => 4,
            Part::ShortYear | Part::Month | Part::Day => 2,
            Part::Seq(digits) => (*digits).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<NumberPattern, String> {
        NumberPattern::read(text, NUMBER_MAX)
    }

    #[test]
    fn a_pattern_is_filled_with_the_date_and_the_place_in_its_series() {
        let day = Date::parse("2026-03-07").unwrap();
        for (written, series, number) in [
            ("F{yyyy}-{seq:5}", "F2026-{seq:5}", "F2026-00042"),
            ("{seq}", "{seq}", "42"),
            ("CN/{yy}{mm}/{seq:1}", "CN/2603/{seq:1}", "CN/2603/42"),
            ("{seq:3}_{dd}+x", "{seq:3}_07+x", "042_07+x"),
        ] {
            let pattern = pattern(written).unwrap();
            assert_eq!(pattern.series(day), series);
            assert_eq!(pattern.number(series, 42).as_deref(), Some(number));
            assert_eq!(number_in(series, 42).as_deref(), Some(number));
        }
        let short = NumberPattern::read("INVOICE-{yyyy}-{seq:8}", QUICKBOOKS_MAX).unwrap();
        assert_eq!(short.number(&short.series(day), 99_999_999).map(|number| number.len()), Some(21));
        assert_eq!(short.number(&short.series(day), 999_999_999), None);
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_a_reason() {
        for wrong in [
            "F{yyyy}",
            "",
            "{seq}{seq:2}",
            "F {seq}",
            "F.{seq}",
            "É{seq}",
            "{seq:0}",
            "{seq:19}",
            "{seq:x}",
            "{year}{seq}",
            "{seq",
            "seq}",
            "a-prefix-that-leaves-no-room-for-it{seq:5}",
            // Folders of these names stand in `posted/` for what was lost.
            "lost-{seq}",
            "Lost/-{yyyy}{seq}",
        ] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
        assert!(NumberPattern::read("F{yyyy}-{seq:18}", QUICKBOOKS_MAX).is_err());
    }
}
