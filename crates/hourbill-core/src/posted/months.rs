//! The months that are closed (K3, K4): per company, soft or hard, told from the deeds of the ledger in their order.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::{CalendarMonth, Date, Period};
use crate::ident::Idx;
use crate::model::{Company, World};

/// How far a month is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthState {
    Open,
    /// Runs as ever; a post of the month has to say why.
    Soft,
    /// No run of the month, and its open hours are late for every other.
    Hard,
}

impl MonthState {
    pub fn name(self) -> &'static str {
        match self {
            MonthState::Open => "open",
            MonthState::Soft => "soft",
            MonthState::Hard => "hard",
        }
    }
}

/// A deed about a month: a close, or a reopening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthDeed {
    /// The number of its entry in the log.
    pub sequence: u64,
    pub month: CalendarMonth,
    /// The company whose month it is; `None`: every company's.
    pub company: Option<String>,
    pub state: MonthState,
}

/// Why a month cannot be closed or reopened now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutOfOrder {
    /// The month is in that state already.
    Done,
    /// K3: another month has to be closed or reopened first; in words, which.
    First(String),
}

/// Everything that was done about months, in the order done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClosedMonths {
    deeds: Vec<MonthDeed>,
}

impl ClosedMonths {
    /// Takes in the next deed of the log.
    pub fn add(&mut self, deed: MonthDeed) {
        self.deeds.push(deed);
    }

    pub fn is_empty(&self) -> bool {
        self.deeds.is_empty()
    }

    pub fn deeds(&self) -> &[MonthDeed] {
        &self.deeds
    }

    /// Companies that some deed names; all others stand as `None`.
    pub fn companies(&self) -> Vec<Option<&str>> {
        let named: BTreeSet<&str> = self.deeds.iter().filter_map(|deed| deed.company.as_deref()).collect();
        std::iter::once(None).chain(named.into_iter().map(Some)).collect()
    }

    /// The close by which a month of a company is closed now.
    pub fn closed(&self, company: Option<&str>, month: CalendarMonth) -> Option<&MonthDeed> {
        let is_its =
            |deed: &&MonthDeed| deed.month == month && (deed.company.is_none() || deed.company.as_deref() == company);
        self.deeds.iter().rev().find(is_its).filter(|deed| deed.state != MonthState::Open)
    }

    /// The close by which the month of a date is closed now for a company; the empty name is no company.
    pub fn closed_on(&self, company: &str, date: Date) -> Option<&MonthDeed> {
        self.closed(Some(company), date.month())
    }

    /// Closed months of a company, ascending.
    pub fn of_company(&self, company: Option<&str>) -> Vec<&MonthDeed> {
        let months: BTreeSet<CalendarMonth> = self.deeds.iter().map(|deed| deed.month).collect();
        months.into_iter().filter_map(|month| self.closed(company, month)).collect()
    }

    /// K3: whether the month may be brought into `state` now. Any month may be the first to close, later ones only in turn; the newest is
    /// reopened first.
    pub fn may(&self, company: Option<&str>, month: CalendarMonth, state: MonthState) -> Result<(), OutOfOrder> {
        let of_all = company.is_none();
        let mut companies = if of_all { self.companies() } else { vec![company] };
        if of_all {
            companies.sort();
        }
        let mut changes = false;
        for company in companies {
            let closed = self.of_company(company);
            let now = self.closed(company, month).map_or(MonthState::Open, |deed| deed.state);
            if now == state {
                continue;
            }
            let name = company.map_or_else(String::new, |name| format!(" of company `{name}`"));
            let (first, last) = (closed.first().map(|deed| deed.month), closed.last().map(|deed| deed.month));
            let refusal = match (state, now, first.zip(last)) {
                (MonthState::Open, _, Some((_, last))) if last != month => {
                    Some(format!("{last}{name} was closed after it: months reopen newest first"))
                }
                (MonthState::Soft, MonthState::Hard, _) => {
                    Some(format!("{month}{name} is closed hard: `hourbill reopen` comes first"))
                }
                (MonthState::Soft | MonthState::Hard, MonthState::Open, Some((first, last)))
                    if last.next() != Some(month) =>
                {
                    let next = last.next().unwrap_or(last);
                    let what = if month < first { "lies before" } else { "does not follow" };
                    Some(format!(
                        "{month}{name} {what} the closed months {first} to {last}: the next to close is {next}"
                    ))
                }
                _ => None,
            };
            match refusal {
                Some(text) => return Err(OutOfOrder::First(text)),
                None => changes = true,
            }
        }
        if changes { Ok(()) } else { Err(OutOfOrder::Done) }
    }
}

/// K4: the dates of hard months by company, as a run asks for them.
#[derive(Clone, Debug, Default)]
pub struct Shut {
    /// By position of the company; empty when no month is closed hard.
    of_companies: Vec<Vec<(Date, Date)>>,
}

impl Shut {
    pub fn of(months: &ClosedMonths, world: &World) -> Shut {
        if months.is_empty() {
            return Shut::default();
        }
        let hard = |name: &str| {
            let of_company = months.of_company(Some(name)).into_iter();
            of_company.filter(|deed| deed.state == MonthState::Hard).map(|deed| deed.month.ends()).collect()
        };
        let of_companies: Vec<Vec<(Date, Date)>> =
            world.companies.indices().map(|company| hard(world.companies.id(company))).collect();
        if of_companies.iter().all(Vec::is_empty) { Shut::default() } else { Shut { of_companies } }
    }

    /// No month of any company is closed hard.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.of_companies.is_empty()
    }

    /// Hours of the date are late for runs of a period that is open at an end: their month is closed hard. A run with both ends does not bill
    /// such hours, and is refused.
    #[inline]
    pub fn makes_late(&self, period: &Period, company: Idx<Company>, date: Date) -> bool {
        !self.is_empty() && period.ends().is_none() && self.holds(company, date)
    }

    /// The month of the date is closed hard.
    pub fn holds(&self, company: Idx<Company>, date: Date) -> bool {
        let months = self.of_companies.get(company.position()).map_or(&[][..], Vec::as_slice);
        months.iter().any(|(from, to)| (*from..=*to).contains(&date))
    }
}

impl fmt::Display for MonthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
