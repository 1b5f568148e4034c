//! F2: figures of hours that may be parts of a day, as spreadsheets keep times: `0.0625` for 1:30. What tells them from hours is how many decimals
//! they have, and what these come to.

/// Fewer decimals say nothing: `0.25` is a quarter of an hour, or six hours.
const DECIMALS_MIN: u32 = 3;
/// More than any program shows.
const DECIMALS_MAX: usize = 18;
/// Nobody works longer than a day: of so many figures one may be a mistake of its own.
const MISTAKES: u64 = 10;

const MINUTES_OF_HOUR: i128 = 60;
const MINUTES_OF_DAY: i128 = 24 * MINUTES_OF_HOUR;
const SECONDS_OF_HOUR: i128 = 3_600;
const SECONDS_OF_DAY: i128 = 24 * SECONDS_OF_HOUR;

/// What the figures of a column come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayParts {
    /// Numbers without a unit, other than 0.
    pub figures: u64,
    /// Of these, longer than a day as parts of one.
    beyond: u64,
    /// With decimals enough to tell.
    telling: u64,
    /// Of these, whole minutes or seconds as parts of a day, and not as hours.
    pub of_days: u64,
    /// Whole minutes either way.
    of_both: u64,
}

impl DayParts {
    pub fn of<'a>(cells: impl Iterator<Item = &'a str>) -> DayParts {
        let mut parts = DayParts::default();
        cells.for_each(|cell| parts.take(cell));
        parts
    }

    pub fn take(&mut self, cell: &str) {
        let Some((unscaled, scale)) = number(cell).filter(|(unscaled, _)| *unscaled != 0) else { return };
        let Some(one) = 10_i128.checked_pow(scale) else { return };
        // As near to a whole number of smaller units as the last decimal lets it be, where that says anything.
        let whole = |per: i128| {
            let rest = unscaled * per % one;
            let slack = if per * 5 <= one { per / 2 } else { 0 };
            rest.min(one - rest) <= slack
        };
        self.figures += 1;
        self.beyond += u64::from(unscaled > one);
        if scale < DECIMALS_MIN {
            return;
        }
        self.telling += 1;
        match (whole(MINUTES_OF_DAY), whole(MINUTES_OF_HOUR)) {
            (true, true) => self.of_both += 1,
            (true, false) => self.of_days += 1,
            (false, _) => self.of_days += u64::from(whole(SECONDS_OF_DAY) && !whole(SECONDS_OF_HOUR)),
        }
    }

    pub fn add(&mut self, more: DayParts) {
        self.figures += more.figures;
        self.beyond += more.beyond;
        self.telling += more.telling;
        self.of_days += more.of_days;
        self.of_both += more.of_both;
    }

    fn within_days(&self) -> bool {
        self.beyond * MISTAKES <= self.figures
    }

    /// They may be: of those that tell, most are whole minutes as parts of a day.
    pub fn may_be(&self) -> bool {
        self.within_days() && 2 * (self.of_days + self.of_both) > self.telling
    }

    /// They hardly can be anything else: as hours most are no whole minutes.
    pub fn are_likely(&self) -> bool {
        self.within_days() && 2 * self.of_days > self.telling
    }
}

/// A plain number, whatever its decimal mark, without its sign and the zeros behind it: as (unscaled, scale).
fn number(cell: &str) -> Option<(i128, u32)> {
    const WHOLE_MAX: usize = 6;
    let cell = cell.trim();
    let body = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, decimals) = body.split_once(['.', ',']).unwrap_or((body, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits =
        whole.len() <= WHOLE_MAX && decimals.len() <= DECIMALS_MAX && body.bytes().any(|byte| byte.is_ascii_digit());
    (fits && digits(whole) && digits(decimals)).then_some(())?;
    Some((format!("0{whole}{decimals}").parse().ok()?, u32::try_from(decimals.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> (bool, bool) {
        let parts = DayParts::of(cells.iter().copied());
        (parts.may_be(), parts.are_likely())
    }

    #[test]
    fn parts_of_a_day_are_told_from_hours_by_their_decimals() {
        // 1:30, 0:30, 2:15, 8:00 as a spreadsheet keeps them; with a comma; to nine and to four decimals; seconds of a timer.
        assert_eq!(of(&["0.0625", "0.0208333333333333", "0.09375", "0.333333333"]), (true, true));
        assert_eq!(of(&["0,0625", "0,020833333"]), (true, true));
        assert_eq!(of(&["0.0208", "0.0313", "0.1042"]), (true, true));
        assert_eq!(of(&["0.0156944444", "0.0301041667"]), (true, true));
        // Five, ten and twenty minutes, or two, four and eight hours.
        assert_eq!(of(&["0.0833333333", "0.1666666667", "0.25", "0.3333333333"]), (true, false));
        // A sum among ten.
        assert_eq!(
            of(&["0.0625", "0.0625", "0.0625", "0.0625", "0.0625", "0.0625", "0.0625", "0.0625", "0.0625", "1.25"]),
            (true, true)
        );
        // Quarters of an hour and hundredths; hours of a timer in seconds; longer ones; whole hours; lengths that say their unit; nothing.
        for hours in [
            &["0.25", "0.5", "0.75", "0.1"][..],
            &["0.13", "0.07", "0.88"],
            &["0.0094444", "0.5130556", "0.2219444", "0.7202778"],
            &["0.3333333", "1.3333333", "2.75", "0.0833333"],
            &["1", "8", "2"],
            &["0:30", "1:30", "0.0625 h"],
            &["0", "", "-"],
        ] {
            assert_eq!(of(hours), (false, false), "{hours:?}");
        }
    }
}
