//! Control totals from outside: what the exporter says its files hold, to be found again before anything is computed.

use crate::inputs::Input;
use crate::quantity::{HoursSum, MICROS_PER_HOUR, decimal_from_text, decimal_text, divide_rounded, power_of_ten};

/// Hours are compared to at least so many decimals: `987` does not stand for 987.25.
const DECIMALS_MIN: u32 = 2;

/// A microsecond is more than a unit of the tenth decimal of an hour.
const DECIMALS_OF_A_MICROSECOND: u32 = 9;

/// A total that an input must have: `timesheets.rows=1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    pub input: Input,
    pub total: ControlTotal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlTotal {
    Rows(u64),
    /// Of all rows whose hours can be read: those that will be quarantined, and repeats, too.
    Hours(ControlHours),
}

/// A sum of hours with as many decimals as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ControlHours {
    unscaled: i128,
    scale: u32,
}

impl ControlHours {
    pub fn from_text(text: &str) -> Option<ControlHours> {
        let (unscaled, scale) = decimal_from_text(text.trim())?;
        Some(ControlHours { unscaled, scale })
    }

    /// The sum is this one, rounded to as many decimals as were given, but at least two. More decimals than a microsecond has are those of a
    /// sum of floats: then the microseconds are compared.
    pub fn fits(self, sum: HoursSum) -> bool {
        if self.scale > DECIMALS_OF_A_MICROSECOND {
            return self.micros() == Some(sum.micros());
        }
        let decimals = self.scale.max(DECIMALS_MIN);
        let scaled = || {
            let rounded =
                divide_rounded(sum.micros().checked_mul(power_of_ten(decimals)?)?, i128::from(MICROS_PER_HOUR))?;
            let wanted = self.unscaled.checked_mul(power_of_ten(decimals - self.scale)?)?;
            Some(rounded == wanted)
        };
        scaled().unwrap_or(false)
    }
}

impl ControlHours {
    fn micros(self) -> Option<i128> {
        divide_rounded(self.unscaled.checked_mul(i128::from(MICROS_PER_HOUR))?, power_of_ten(self.scale)?)
    }
}

impl std::fmt::Display for ControlHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&decimal_text(self.unscaled, self.scale, 0))
    }
}

impl Expected {
    /// `timesheets.rows=1234,timesheets.hours=987.25`, or what is wrong with it.
    ///
    /// # Errors
    /// A sentence that names what is allowed.
    pub fn parse_list(text: &str) -> Result<Vec<Expected>, String> {
        text.split(',').map(|one| Expected::parse(one.trim())).collect()
    }

    fn parse(text: &str) -> Result<Expected, String> {
        const FORM: &str = "write it as `timesheets.rows=1234` or `timesheets.hours=987.25`";
        let (key, value) = text.split_once('=').ok_or(FORM)?;
        let (input, figure) = key.split_once('.').ok_or(FORM)?;
        let input = Input::from_name(input.trim()).ok_or_else(|| {
            let names = Input::ALL.map(Input::name).join(", ");
            format!("`{}` is no input: these are {names}", input.trim())
        })?;
        let value = value.trim();
        let total = match figure.trim() {
            "rows" => ControlTotal::Rows(value.parse().map_err(|_| format!("`{value}` is no number of rows"))?),
            "hours" if input == Input::Timesheets => ControlTotal::Hours(
                ControlHours::from_text(value)
                    .ok_or_else(|| format!("`{value}` is no sum of hours such as `987.25`"))?,
            ),
            "hours" => return Err(format!("only timesheets have hours, {input} has `rows`")),
            _ => return Err(FORM.to_owned()),
        };
        Ok(Expected { input, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Hours;

    #[test]
    fn hours_fit_to_the_decimals_that_were_given_and_at_least_two() {
        let sum = |micros: i64| HoursSum::from(Hours::from_micros(micros));
        let control = |text| ControlHours::from_text(text).unwrap();
        assert!(control("1.33").fits(sum(4_800_000_000)));
        assert!(control("1.3333").fits(sum(4_800_000_000)));
        assert!(!control("1.34").fits(sum(4_800_000_000)));
        assert!(!control("1").fits(sum(4_800_000_000)));
        assert!(control("-1").fits(sum(-3_600_000_000)));
        // What a sum of floats says of 10.5 h, and of 1:20.
        assert!(control("10.499999999999998").fits(sum(37_800_000_000)));
        assert!(control("1.3333333333333333").fits(sum(4_800_000_000)));
        assert!(control("1.3333333333").fits(sum(4_800_000_000)));
        assert!(!control("10.4999999990").fits(sum(37_800_000_000)));
    }

    #[test]
    fn what_is_expected_is_said_of_an_input() {
        let parsed = Expected::parse_list("timesheets.rows=1234, timesheets.hours=987.25").unwrap();
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[0], Expected { input: Input::Timesheets, total: ControlTotal::Rows(1_234) });
        for wrong in ["rows=1", "timesheets=1", "timesheets.hours=x", "orders.hours=1", "sheets.rows=1", "orders.sum=1"]
        {
            assert!(Expected::parse_list(wrong).is_err(), "{wrong}");
        }
    }
}
