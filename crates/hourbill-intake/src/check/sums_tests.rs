use super::*;

fn which(stretches: &[Stretch], nth: usize, hours: Hours) -> Option<&'static str> {
    Sought::of(stretches).which(nth, hours, Said::default())
}

#[test]
fn sums_stand_below_or_above_their_rows_and_may_sum_sums() {
    let hours = |hours: i64| Hours::from_micros(hours * 3_600_000_000);
    let sum = |of: i64| Stretch { counted: HoursSum::from(hours(of)), rows: 2, ..Stretch::default() };
    // Of a client: 3 h of one project, 2 h of another; a client of 4 h.
    let stretches = [sum(0), sum(0), sum(3), sum(2), sum(4)];
    for (nth, figure, expected) in [
        (0, 5, Some("below")),
        (0, 9, Some("below")),
        (0, 6, None),
        (1, 3, Some("below")),
        (2, 3, Some("above")),
        (3, 5, Some("above")),
        (3, 4, Some("below")),
        (3, 9, Some("of the file")),
        (3, 7, None),
    ] {
        assert_eq!(which(&stretches, nth, hours(figure)), expected, "{nth} {figure}");
    }
    // A report that knows nothing of `skip` sums what it skips, too.
    let skipped = [
        Stretch { counted: HoursSum::from(hours(3)), skipped: HoursSum::from(hours(2)), ..Stretch::default() },
        sum(0),
    ];
    assert_eq!(which(&skipped, 0, hours(3)), Some("above"));
    assert_eq!(which(&skipped, 0, hours(5)), Some("above, with those that are skipped"));
    assert_eq!(which(&skipped, 0, hours(2)), None);
    // 220.52 h stand for 220.5166 h.
    let of_rounded = HoursSum::from(Hours::from_micros(793_860_000_000));
    let rounded = [Stretch { counted: of_rounded, ..Stretch::default() }, sum(0)];
    assert_eq!(which(&rounded, 0, Hours::from_micros(793_872_000_000)), Some("above"));
    assert_eq!(which(&rounded, 0, Hours::from_micros(793_900_000_000)), None);
}

#[test]
fn a_row_that_says_more_than_a_sum_is_none() {
    let hours = Hours::from_micros(7_200_000_000);
    let edge = |client: u64, filled: u64| Edge { client, project: 0, filled };
    let stretch = |rows: u64, first: Edge, last: Edge| Stretch {
        counted: HoursSum::from(hours),
        rows,
        ends: Some((first, last)),
        ..Stretch::default()
    };
    let which = |of: Stretch, says: Said| Sought::of(&[of, Stretch::default()]).which(0, hours, says);
    let (one, two) = (stretch(1, edge(7, 3), edge(7, 3)), stretch(2, edge(7, 3), edge(7, 3)));
    let says = |texts: Edge| Said { texts, ..Said::default() };
    // The figure alone, or fewer cells than the row above.
    assert_eq!(which(one, says(edge(0, 0))), Some("above"));
    assert_eq!(which(one, says(edge(7, 1))), Some("above"));
    // All that the row above says: it may be an entry of the same day.
    assert_eq!(which(one, says(edge(7, 3))), None);
    assert_eq!(which(two, says(edge(7, 3))), Some("above"));
    // Of another client, in one of the rows.
    assert_eq!(which(two, says(edge(8, 1))), None);
    assert_eq!(which(stretch(2, edge(8, 3), edge(7, 3)), says(edge(7, 1))), None);
    assert_eq!(which(two, Said { timed: true, labelled: true, ..Said::default() }), None);
    assert_eq!(which(one, Said { labelled: true, texts: edge(8, 3), ..Said::default() }), Some("above"));
}
