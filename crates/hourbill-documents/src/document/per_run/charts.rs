//! Charts of the report as inline SVG. Coordinates are whole pixels worked out with the one division of [`crate::quantity`]; colours are
//! classes of the style sheet, so that light, dark and paper each have theirs. Every chart stands beside its figures in text.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::review::{BurnDown, Group, Outlook, Week, hours_shown};
use crate::account::{Disposition, Total};
use crate::calendar::Date;
use crate::quantity::{HoursForm, HoursSum, MICROS_PER_HOUR, divide_rounded};

/// Pixels of `value` where `max` has `length`.
fn scaled(value: i128, max: i128, length: i64) -> i64 {
    let product = value.checked_mul(i128::from(length));
    product.and_then(|product| divide_rounded(product, max)).and_then(|pixels| i64::try_from(pixels).ok()).unwrap_or(0)
}

/// One bar of all hours, a piece per disposition that has some.
pub fn balance_bar(rows: &[(Disposition, Total)], form: HoursForm) -> String {
    const WIDTH: i64 = 1000;
    let positive = |total: &Total| total.hours.micros().max(0);
    let sum: i128 = rows.iter().map(|(_, total)| positive(total)).sum();
    let mut svg =
        format!(r#"<svg class="bar" viewBox="0 0 {WIDTH} 24" preserveAspectRatio="none" aria-hidden="true">"#);
    let mut before = 0;
    for (disposition, total) in rows {
        let start = scaled(before, sum, WIDTH);
        before += positive(total);
        let width = scaled(before, sum, WIDTH) - start;
        if width > 0 {
            let class = class(Group::of(*disposition));
            let (name, hours) = (disposition.label(), hours_shown(form, total.hours));
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="{start}" y="0" width="{width}" height="24"><title>{name}: {hours} h</title></rect>"#
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The colour of a group.
pub fn class(group: Group) -> &'static str {
    match group {
        Group::Billed => "g-billed",
        Group::Covered => "g-covered",
        Group::AlreadyInvoiced => "g-invoiced",
        Group::Waiting => "g-waiting",
        Group::NonBillable => "g-nonbillable",
        Group::Unusable => "g-unusable",
    }
}

/// Weeks of the chart; the table below it has all of them.
const WEEKS_MAX: i32 = 53;

/// Columns of hours by week, the last year of them.
pub fn weeks(weeks: &BTreeMap<i32, Week>, form: HoursForm) -> Option<String> {
    const LEFT: i64 = 64;
    const TOP: i64 = 12;
    const WIDTH: i64 = 920;
    const HEIGHT: i64 = 220;
    /// Room for the label of a week.
    const LABEL: i64 = 80;
    let (last, first) = (*weeks.keys().next_back()?, *weeks.keys().next()?);
    let first = first.max(last - 7 * (WEEKS_MAX - 1));
    let count = i64::from((last - first) / 7 + 1);
    let positive = |hours: &HoursSum| hours.micros().max(0);
    let of_week = |week: &Week| week.hours.iter().map(positive).sum::<i128>();
    let max = weeks.range(first..).map(|(_, week)| of_week(week)).max().filter(|max| *max > 0)?;
    let top = round_up(max);
    let mut svg = format!(
        r#"<svg class="weeks" viewBox="0 0 {} {}" role="img" aria-labelledby="weeks-title"><title id="weeks-title">Hours by week; the table below has the same figures</title>"#,
        LEFT + WIDTH + 8,
        TOP + HEIGHT + 36
    );
    for quarter in 0..=4 {
        let y = TOP + HEIGHT - HEIGHT * quarter / 4;
        let value = HoursSum::from_micros(top / 4 * i128::from(quarter));
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" x2="{}" y1="{y}" y2="{y}"/><text class="axis" x="{}" y="{}" text-anchor="end">{}</text>"#,
            LEFT + WIDTH,
            LEFT - 8,
            y + 4,
            hours_shown(form, value).trim_end_matches(".00").trim_end_matches(":00")
        );
    }
    let every = (count * LABEL / WIDTH + 1).max(1);
    for (monday, week) in weeks.range(first..) {
        let place = i64::from((monday - first) / 7);
        let (x, next) = (LEFT + place * WIDTH / count, LEFT + (place + 1) * WIDTH / count);
        let gap = if next - x > 6 { 2 } else { 0 };
        let mut below = 0;
        for (group, hours) in Group::ALL.into_iter().zip(&week.hours) {
            let low = scaled(below, top, HEIGHT);
            below += positive(hours);
            let height = scaled(below, top, HEIGHT) - low;
            if height > 0 {
                let _ = write!(
                    svg,
                    r#"<rect class="{}" x="{x}" y="{}" width="{}" height="{height}"><title>week of {}: {} h {}</title></rect>"#,
                    class(group),
                    TOP + HEIGHT - low - height,
                    next - x - gap,
                    day(*monday),
                    hours_shown(form, *hours),
                    group.label()
                );
            }
        }
    }
    for place in (0..count).step_by(usize::try_from(every).unwrap_or(1)) {
        let monday = first + 7 * i32::try_from(place).unwrap_or(0);
        let x = LEFT + place * WIDTH / count;
        if x > LEFT + WIDTH - LABEL {
            break;
        }
        let _ = write!(svg, r#"<text class="axis" x="{x}" y="{}">{}</text>"#, TOP + HEIGHT + 20, day(monday));
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn day(days: i32) -> String {
    Date::from_days(days).map_or_else(String::new, |date| date.to_string())
}

/// The next round figure of hours whose quarters are round too.
fn round_up(micros: i128) -> i128 {
    const STEPS: [i128; 10] = [10, 12, 16, 20, 24, 32, 40, 60, 80, 100];
    let mut tenth = i128::from(MICROS_PER_HOUR) / 10;
    while tenth.checked_mul(100).is_some_and(|most| most < micros) {
        tenth = tenth.saturating_mul(10);
    }
    STEPS.into_iter().map(|step| tenth.saturating_mul(step)).find(|top| *top >= micros).unwrap_or(micros)
}

/// What remains of a prepaid line after each week up to the day it is seen from, and where its pace leads from there.
pub fn burn_down(burn: &BurnDown, reference: Option<Date>) -> Option<String> {
    const WIDTH: i64 = 320;
    const HEIGHT: i64 = 96;
    let (first, _) = *burn.weeks.first()?;
    let (last, _) = *burn.weeks.last()?;
    let today = reference.map_or(last, |date| date.days()).max(first);
    // The projection is drawn for as long again as the history at most, but half a year at least.
    let ahead = (today - first).max(182);
    let projected = match burn.outlook {
        Outlook::Ends { on, .. } => Some(on.days()),
        _ => None,
    };
    let end = projected.map_or(today, |on| on.min(today + ahead)).max(today).max(first + 7);
    let mut points = vec![(first, burn.balance.ordered)];
    let mut remaining = burn.balance.ordered;
    for (monday, hours) in &burn.weeks {
        remaining = remaining - *hours;
        points.push(((monday + 7).min(today), remaining));
    }
    // What is known ends where what is foretold begins.
    points.push((today, burn.balance.remaining()));
    let high = points.iter().map(|(_, rest)| rest.micros()).max()?.max(0);
    let low = points.iter().map(|(_, rest)| rest.micros()).min()?.min(0);
    let span = (high - low).max(1);
    let x = |days: i32| scaled(i128::from(days - first), i128::from(end - first), WIDTH);
    let y = |rest: i128| 4 + scaled(high - rest, span, HEIGHT - 8);
    let mut svg = format!(r#"<svg class="burn" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">"#);
    let zero = y(0);
    if low < 0 {
        let _ = write!(svg, r#"<rect class="below" x="0" y="{zero}" width="{WIDTH}" height="{}"/>"#, HEIGHT - zero);
    }
    let _ = write!(svg, r#"<line class="zero" x1="0" x2="{WIDTH}" y1="{zero}" y2="{zero}"/>"#);
    if today < end {
        let at = x(today);
        let _ = write!(svg, r#"<line class="today" x1="{at}" x2="{at}" y1="0" y2="{HEIGHT}"/>"#);
    }
    let line: Vec<String> = points.iter().map(|(days, rest)| format!("{},{}", x(*days), y(rest.micros()))).collect();
    let _ = write!(svg, r#"<polyline class="rest" points="{}"/>"#, line.join(" "));
    if let Some(on) = projected {
        let rest = burn.balance.remaining().micros();
        // Where the straight line to zero leaves the picture.
        let shown = on.min(end);
        let gone = scaled(rest, i128::from((on - today).max(1)), i64::from((shown - today).max(0)));
        let at_end = rest - i128::from(gone);
        let (from, to) = (format!("{},{}", x(today), y(rest)), format!("{},{}", x(shown), y(at_end)));
        let _ = write!(svg, r#"<polyline class="ahead" points="{from} {to}"/>"#);
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// A bar of so much of the most.
pub fn share_bar(value: i128, max: i128, class: &str) -> String {
    let width = scaled(value.max(0), max.max(1), 100);
    format!(
        r#"<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="{class}" x="0" y="0" width="{width}" height="10"/></svg>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Balance;

    fn hours(whole: i128) -> HoursSum {
        HoursSum::from_micros(whole * i128::from(MICROS_PER_HOUR))
    }

    #[test]
    fn axes_end_on_round_hours() {
        let top = |micros| round_up(hours(micros).micros()) / i128::from(MICROS_PER_HOUR);
        assert_eq!([1, 3, 8, 9, 11, 79, 1_030].map(top), [1, 3, 8, 10, 12, 80, 1_200]);
    }

    #[test]
    fn charts_of_the_largest_and_the_emptiest_figures_are_drawn_or_left_out() {
        let mut by_week = BTreeMap::new();
        let form = HoursForm::Decimal;
        assert_eq!(weeks(&by_week, form), None);
        let huge = HoursSum::from_micros(i128::from(i64::MAX) * 1_000_000);
        let mut week = Week::default();
        week.hours[0] = huge;
        week.hours[1] = -huge;
        by_week.insert(7_305, Week::default());
        by_week.insert(47_846, week);
        assert!(weeks(&by_week, form).unwrap().contains("g-billed"));
        let balance = Balance { ordered: hours(0), delivered: huge };
        let burn = |weeks| BurnDown {
            line: crate::ident::Idx::new(0).unwrap(),
            balance,
            weeks,
            outlook: Outlook::Overdrawn { since: None },
            until: None,
            expired: HoursSum::ZERO,
            overage: HoursSum::ZERO,
        };
        assert_eq!(burn_down(&burn(Vec::new()), None), None);
        let svg = burn_down(&burn(vec![(20_000, huge)]), Date::from_days(7_305)).unwrap();
        assert!(svg.contains("class=\"below\""));
        assert!(balance_bar(&[], form).ends_with("</svg>"));
    }
}
