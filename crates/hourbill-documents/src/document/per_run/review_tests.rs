use super::*;
use crate::document::per_run::sample;
use crate::tables::tables;

fn hours(whole: i64) -> HoursSum {
    Hours::from_micros(whole * 3_600_000_000).into()
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

#[test]
fn weeks_start_on_monday() {
    assert_eq!(monday(day("2026-10-26").days()), day("2026-10-26").days());
    assert_eq!(monday(day("2026-11-01").days()), day("2026-10-26").days());
}

#[test]
fn a_line_ends_when_its_pace_has_used_up_the_rest() {
    // 10 h a week in the last two weeks, 20 h left: two weeks more.
    let balance = Balance { ordered: hours(40), delivered: hours(20) };
    let weeks = [(day("2026-10-19").days(), hours(10)), (day("2026-10-26").days(), hours(10))];
    let found = outlook(balance, &weeks, Some(day("2026-10-31")));
    assert_eq!(found, Outlook::Ends { on: day("2026-11-14"), hours_per_week: hours(10), weeks: 2 });
}

#[test]
fn only_the_last_weeks_make_the_pace() {
    let balance = Balance { ordered: hours(200), delivered: hours(100) };
    let weeks = [(day("2025-01-06").days(), hours(87)), (day("2026-10-26").days(), hours(13))];
    let found = outlook(balance, &weeks, Some(day("2026-10-31")));
    assert_eq!(found, Outlook::Ends { on: day("2028-09-30"), hours_per_week: hours(1), weeks: PACE_WEEKS });
    let idle = outlook(balance, &weeks[..1], Some(day("2026-10-31")));
    assert_eq!(idle, Outlook::NoUse { weeks: PACE_WEEKS });
}

#[test]
fn an_overdrawn_line_names_the_week_that_overdrew_it() {
    let balance = Balance { ordered: hours(10), delivered: hours(12) };
    let week = |text: &str| day(text).days();
    let weeks = [
        (week("2026-10-05"), hours(11)),
        (week("2026-10-12"), hours(-2)),
        (week("2026-10-19"), hours(2)),
        (week("2026-10-26"), hours(1)),
    ];
    let found = outlook(balance, &weeks, Some(day("2026-10-31")));
    assert_eq!(found, Outlook::Overdrawn { since: Some(week("2026-10-19")) });
}

#[test]
fn a_line_beyond_the_calendar_lasts_and_an_empty_one_is_used_up() {
    let tiny = HoursSum::from_micros(1);
    let balance = Balance { ordered: hours(1_000_000_000), delivered: tiny };
    let weeks = [(day("2026-10-26").days(), tiny)];
    assert_eq!(outlook(balance, &weeks, Some(day("2026-10-31"))), Outlook::Lasts);
    let even = Balance { ordered: hours(5), delivered: hours(5) };
    assert_eq!(outlook(even, &weeks, None), Outlook::UsedUp);
}

#[test]
fn figures_for_people_are_grouped() {
    assert_eq!(grouped("-1234567.89"), "\u{2212}1,234,567.89");
    assert_eq!([grouped("0"), grouped("999.5"), grouped("1000")], ["0", "999.5", "1,000"]);
    assert_eq!([grouped("-1234:30"), grouped("0:05")], ["\u{2212}1,234:30", "0:05"]);
}

#[test]
fn weeks_customers_and_ages_add_up_to_the_control_totals() {
    let sample = sample::sample(24, 3_000);
    let tables = tables(sample.view().results);
    let figures = Figures::new(sample.view(), tables.iter().find(|table| table.name == "unbilled").unwrap());
    for (at, group) in Group::ALL.into_iter().enumerate() {
        let by_week: HoursSum = figures.weeks.values().map(|week| week.hours[at]).sum();
        let totals = sample.control.totals.iter().filter(|(disposition, _)| Group::of(*disposition) == group);
        let expected: HoursSum = totals.map(|(_, total)| total.hours).sum();
        assert_eq!(by_week, expected, "{}", group.label());
    }
    let billed: HoursSum = figures.customers.values().map(|sum| sum.hours).sum();
    assert_eq!(billed, sample.control.totals.of(Disposition::Billed).hours);
    let aged: HoursSum = figures.ages.iter().map(|age| age.hours).sum();
    let unbilled = sample.control.totals.iter().filter(|(disposition, _)| disposition.is_unbilled());
    assert_eq!(aged, unbilled.map(|(_, total)| total.hours).sum());
    for burn in &figures.burn_downs {
        let used: HoursSum = burn.weeks.iter().map(|(_, hours)| *hours).sum();
        assert_eq!(used, burn.balance.delivered, "the burn-down of a line ends where its balance does");
    }
}
