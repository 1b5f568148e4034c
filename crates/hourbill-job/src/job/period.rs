//! What is billed: the table `period` of a job file, and what the command line says instead.

use super::file::{Given, Node, Typed};
use super::keys;
use super::section::{Reading, Section, text, typed};
use crate::calendar::{Date, Period};

const MONTHS: &str = "allowed are a month such as `2026-10`, `previous` and `current`";

/// A period as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodFlag {
    Month(Period),
    FromTo(Date, Date),
    /// K1: everything up to this date.
    To(Date),
    /// K1: everything from this date on.
    From(Date),
    /// Everything not yet invoiced.
    All,
    /// The month before that of the as-of date.
    Previous,
    /// The month of the as-of date.
    Current,
}

impl PeriodFlag {
    /// `2026-10`, `previous` or `current`; otherwise what is allowed.
    pub fn parse(text: &str) -> Result<PeriodFlag, String> {
        match text {
            "previous" => Ok(PeriodFlag::Previous),
            "current" => Ok(PeriodFlag::Current),
            _ => Period::month(text).map(PeriodFlag::Month).ok_or_else(|| MONTHS.to_owned()),
        }
    }

    /// The dates of `--from` and `--to`, either of which may stand alone (K1).
    pub fn of_dates(from: Option<Date>, to: Option<Date>) -> Option<PeriodFlag> {
        match (from, to) {
            (Some(from), Some(to)) => Some(PeriodFlag::FromTo(from, to)),
            (Some(from), None) => Some(PeriodFlag::From(from)),
            (None, Some(to)) => Some(PeriodFlag::To(to)),
            (None, None) => None,
        }
    }

    fn meant(self, as_of: Date) -> Option<Period> {
        match self {
            PeriodFlag::Month(period) => Some(period),
            PeriodFlag::FromTo(from, to) => Period::dates(from, to),
            PeriodFlag::To(to) => Some(Period::UpTo(to)),
            PeriodFlag::From(from) => Some(Period::Since(from)),
            PeriodFlag::All => Some(Period::Open),
            PeriodFlag::Previous => Period::month_before(as_of, 1),
            PeriodFlag::Current => Period::month_before(as_of, 0),
        }
    }

    fn shown(self) -> String {
        match self {
            PeriodFlag::Month(period) => format!("--period {}", period.label()),
            PeriodFlag::FromTo(from, to) => format!("--from {from} --to {to}"),
            PeriodFlag::To(to) => format!("--to {to}"),
            PeriodFlag::From(from) => format!("--from {from}"),
            PeriodFlag::All => "--all".to_owned(),
            PeriodFlag::Previous => "--period previous".to_owned(),
            PeriodFlag::Current => "--period current".to_owned(),
        }
    }
}

/// Blank means everything not yet invoiced.
pub(super) fn period(reading: &mut Reading, root: &mut Section, flag: Option<PeriodFlag>, as_of: Date) -> Period {
    let mut section = reading.section(root, "period");
    let months = |node: &Node| PeriodFlag::parse(&date_text(node)?);
    let days = |node: &Node| {
        let allowed = "allowed is a date such as `2026-10-31`, from 1990 to 2100".to_owned();
        Date::parse(&date_text(node)?).ok_or(allowed)
    };
    let month = typed(reading, &mut section, keys::MONTH.name, months);
    let (from, to) =
        (typed(reading, &mut section, keys::FROM.name, days), typed(reading, &mut section, keys::TO.name, days));
    reading.finish(section);
    let of_job = match (month, from, to) {
        (Some((month, given)), None, None) => Some((month, given)),
        (None, from, to) => {
            let given = from.as_ref().or(to.as_ref()).map(|(_, given)| given.clone());
            PeriodFlag::of_dates(from.map(|(from, _)| from), to.map(|(to, _)| to)).zip(given)
        }
        (Some((_, given)), _, _) if flag.is_none() => {
            let message = "`period` has both `month` and `from` or `to`".to_owned();
            reading.problem("job-value", &given, "period", message, "keep `month`, or keep `from` and `to`");
            None
        }
        (Some(_), _, _) => None,
    };
    let (meant, given) = match (flag, of_job) {
        (Some(flag), _) => (flag, Given::Flag(flag.shown())),
        (None, Some(of_job)) => of_job,
        (None, None) => (PeriodFlag::All, Given::Nowhere),
    };
    let Some(period) = meant.meant(as_of) else {
        let message = match meant {
            PeriodFlag::FromTo(from, to) => format!("the period ends on {to}, before it begins on {from}"),
            _ => "the period lies before 1990".to_owned(),
        };
        reading.problem("job-value", &given, "period", message, "correct the dates");
        return Period::Open;
    };
    reading.in_force("period".to_owned(), period.label(), &given);
    period
}

/// A date may be typed as text or as a date of TOML.
fn date_text(node: &Node) -> Result<String, String> {
    match &node.typed {
        Typed::Moment(text) => Ok(text.clone()),
        _ => text(node),
    }
}
