//! Dates in the letters of strftime (`date_format`), and the form that a date is likely written in.

use chrono::{NaiveDate, NaiveDateTime};

use super::months;
use crate::calendar::Moment;

pub(super) fn formatted(text: &str, format: &str) -> Option<NaiveDateTime> {
    // Figures with nothing between them: only their full width tells them apart.
    let tight = format
        .as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'%', b'Y' | b'y' | b'm' | b'd' | b'H' | b'M', b'%']));
    let moment = |text: &str| {
        let moment = NaiveDateTime::parse_from_str(text, format)
            .ok()
            .or_else(|| NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0));
        moment.filter(|moment| !tight || moment.format(format).to_string() == text)
    };
    moment(text).or_else(|| {
        let names = format.contains("%b") || format.contains("%B") || format.contains("%h");
        let days = format.contains("%a") || format.contains("%A");
        if names || days { moment(&months::in_english(text, days)?) } else { None }
    })
}

/// The forms in which people write a day with figures that can be those of a text. Which of two is meant nobody can tell from one date.
pub fn usual_formats(text: &str) -> Vec<String> {
    let day = text.split([' ', 'T', ',']).next().unwrap_or_default();
    let Some(mark) = day.chars().find(|char| matches!(char, '.' | '/' | '-')) else { return Vec::new() };
    let year_at = |part: Option<&str>| match part?.len() {
        4 => Some("%Y"),
        2 => Some("%y"),
        _ => None,
    };
    let orders = match (year_at(day.split(mark).next()), year_at(day.split(mark).nth(2))) {
        (Some(year @ "%Y"), _) => vec![[year, "%m", "%d"]],
        // Nobody writes the month first between points.
        (_, Some(year)) if mark == '.' => vec![["%d", "%m", year]],
        (_, Some(year)) => vec![["%d", "%m", year], ["%m", "%d", year]],
        _ => Vec::new(),
    };
    let reads = |format: &String| {
        let moment = formatted(day, format).map(|moment| moment.and_utc().timestamp_micros());
        moment.and_then(Moment::from_micros).is_some()
    };
    orders.into_iter().map(|order| order.join(&mark.to_string())).filter(reads).collect()
}

/// How a job says one of them, or either.
pub(super) fn as_settings(formats: &[String]) -> String {
    formats.iter().map(|format| format!("`date_format = \"{format}\"`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_figures_names_the_forms_that_it_can_have() {
        let told = |text: &str| as_settings(&usual_formats(text)).replace("date_format = ", "");
        for (text, formats) in [
            ("04.08.2026", "`\"%d.%m.%Y\"`"),
            ("4.8.26", "`\"%d.%m.%y\"`"),
            ("31.12.2026 14:30", "`\"%d.%m.%Y\"`"),
            ("31/12/2026", "`\"%d/%m/%Y\"`"),
            ("12/31/2026", "`\"%m/%d/%Y\"`"),
            ("03/04/2026", "`\"%d/%m/%Y\"` or `\"%m/%d/%Y\"`"),
            ("2026/10/31", "`\"%Y/%m/%d\"`"),
            ("31.02.2026", ""),
            ("04.08.1026", ""),
            ("yesterday", ""),
            ("1.5", ""),
            ("", ""),
        ] {
            assert_eq!(told(text), formats, "{text}");
        }
    }
}
