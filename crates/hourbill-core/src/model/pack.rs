//! W4, W5, W7: what an order line says as a pack beside what all lines say.

use super::{EntryView, OrderLine, Policy, Terms, Unpriced, World};
use crate::calendar::{Date, Moment};
use crate::ident::Idx;
use crate::quantity::{Currency, Hours, Money, Quantity, UnitPrice};

/// W7: what becomes of hours that no pack takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overdraft {
    /// They stay on the pack, which goes below zero.
    #[default]
    Negative,
    /// They are billed on the pack's line at its overage price.
    Rate,
    /// They are billed on a time line.
    TimeLine,
    /// They wait for a person.
    Hold,
}

impl Overdraft {
    pub const ALL: [Overdraft; 4] = [Overdraft::Negative, Overdraft::Rate, Overdraft::TimeLine, Overdraft::Hold];

    pub fn name(self) -> &'static str {
        match self {
            Overdraft::Negative => "negative",
            Overdraft::Rate => "rate",
            Overdraft::TimeLine => "time_line",
            Overdraft::Hold => "hold",
        }
    }
}

/// What a row of orders says of its line as a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackTerms {
    /// W5: the first and the last day on which the pack may be drawn.
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// W4: its place under `rules.prepaid_order = "priority"`; 1 is drawn first.
    pub priority: Option<i64>,
    /// W5: the teams and activities whose work may draw on it; empty for all work.
    pub covers: Vec<String>,
    /// W7: what becomes of hours beyond it; `None`: as the rules say.
    pub overdraft: Option<Overdraft>,
    /// W8: the price of hours beyond it, per unit of the line.
    pub overage_price: Option<UnitPrice>,
    /// W7: the time line for hours beyond it, as the row names it: it may be in no input.
    pub overage_line: Option<String>,
}

/// What the packs of a job say in all. Entries are read by it: what no pack asks for is not kept of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacksSaid {
    /// Some line says something of itself as a pack.
    pub any: bool,
    /// Some pack covers some work only.
    pub covers: bool,
    /// Some pack may not be drawn on every day, or by all work.
    pub limited: bool,
}

impl PacksSaid {
    pub(super) fn meet(&mut self, line: &OrderLine) {
        let Some(terms) = line.pack.as_deref() else { return };
        self.any = true;
        self.covers |= !terms.covers.is_empty();
        self.limited |= terms.from.is_some() || terms.until.is_some() || !terms.covers.is_empty();
    }
}

/// W5: why a pack is not drawn, or that it is empty or of somebody else (W12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotDrawn {
    /// It may be drawn from this later day on.
    NotYet(Date),
    Expired(Date),
    /// It covers other work.
    NotCovered,
    /// It is not invoiced in full.
    Gate,
    Empty,
    OtherCompany,
}

impl OrderLine {
    /// L2: what makes a line a candidate for every ticket of its tree; date, company and remaining hours decide for one ticket. A line of
    /// negative quantity is no pack (B11).
    pub fn is_pack(&self) -> bool {
        let sold = self.policy == Policy::Prepaid && self.ordered >= Quantity::ZERO;
        self.confirmed && sold && self.unit.is_some() && !self.is_downpayment
    }

    /// The day from which on it counts as a pack: the first on which it may be drawn (W5); `None`: since ever.
    pub fn bought_on(&self) -> Option<Date> {
        self.pack.as_deref().and_then(|terms| terms.from).or(self.confirmed_on.map(Moment::date))
    }

    /// W4.
    pub fn pack_priority(&self) -> Option<i64> {
        self.pack.as_deref().and_then(|terms| terms.priority)
    }
}

impl World {
    /// W5: the first and the last day on which a pack may be drawn; `None` where there is no such end. Of a prepaid agreement its own dates.
    pub fn pack_days(&self, idx: Idx<OrderLine>) -> (Option<Date>, Option<Date>) {
        let line = self.lines.at(idx);
        let until = line.pack.as_deref().and_then(|terms| terms.until);
        (line.bought_on(), until.or_else(|| self.agreements.of_line(idx).and_then(|says| says.to)))
    }

    /// W5: the pack covers work of this team and activity, names that may be empty.
    pub fn pack_covers(&self, idx: Idx<OrderLine>, team: &str, activity: &str) -> bool {
        let Some(terms) = self.lines.at(idx).pack.as_deref() else { return true };
        let named = |covered: &String| covered == team || covered == activity;
        terms.covers.is_empty() || terms.covers.iter().any(named)
    }

    /// W5: the pack covers the work of an entry.
    pub fn pack_covers_entry(&self, idx: Idx<OrderLine>, entry: &EntryView<'_>) -> bool {
        // Most exports have no word of that, and what an entry is about is told by its ticket.
        if !self.packs.covers {
            return true;
        }
        let (team, activity) = self.team_and_activity(entry);
        self.pack_covers(idx, team, activity)
    }

    /// W5: why the pack may not be drawn on the day, looking at its days alone; `None` when it may.
    pub fn pack_shut_on(&self, idx: Idx<OrderLine>, day: Date) -> Option<NotDrawn> {
        let (from, until) = self.pack_days(idx);
        let early = from.filter(|from| day < *from).map(NotDrawn::NotYet);
        early.or_else(|| until.filter(|until| *until < day).map(NotDrawn::Expired))
    }

    /// W5: team and activity of an entry; empty where there is none.
    pub fn team_and_activity<'a>(&'a self, entry: &EntryView<'a>) -> (&'a str, &'a str) {
        let team = entry.ticket.and_then(|ticket| self.tickets.at(ticket).team);
        let activity = entry.circumstance().map_or("", |circumstance| circumstance.doing.activity.as_str());
        (team.map_or("", |team| self.teams.id(team)), activity)
    }

    /// W8: the terms of hours beyond a pack that are billed on its own line: its overage price and the discount of the line; neither rates
    /// nor adjustments.
    pub fn overage_terms(&self, idx: Idx<OrderLine>) -> Terms {
        let line = self.lines.at(idx);
        let price = line.pack.as_deref().and_then(|terms| terms.overage_price);
        let unpriced = price.is_none().then_some(Unpriced::RateMissing);
        Terms { unpriced, ..Terms::of(price.unwrap_or(UnitPrice::ZERO), self.terms(idx, line, None).discount) }
    }

    /// What hours on a line that bills by time, or beyond a pack, are worth at its price of today (W8); `None` where it has none.
    pub fn worth_by_time(&self, idx: Idx<OrderLine>, entry: &EntryView<'_>, hours: Hours) -> Option<(Money, Currency)> {
        let line = self.lines.at(idx);
        let terms = match line.policy {
            _ if line.is_pack() => self.overage_terms(idx),
            Policy::Time => self.terms_for(idx, line, entry),
            Policy::Prepaid | Policy::Milestones | Policy::Manual => return None,
        };
        Some((line.worth(hours, terms)?, line.currency))
    }

    /// W7: what becomes of hours beyond the pack: as it says, else as `rules` do.
    pub fn overdraft(&self, idx: Idx<OrderLine>, rules: Overdraft) -> Overdraft {
        self.lines.at(idx).pack.as_deref().and_then(|terms| terms.overdraft).unwrap_or(rules)
    }
}
