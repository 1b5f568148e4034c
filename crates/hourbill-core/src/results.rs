//! All that a run found out, in one struct: what tables, documents and `explain` are made of.

use crate::account::{Account, Balance};
use crate::bill::Billing;
use crate::calendar::Date;
use crate::finding::{Aside, Findings};
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{EntryView, OrderLine, World};
use crate::posted::Posted;
use crate::quantity::HoursSum;
use crate::reconcile::Comparison;
use crate::register::Register;
use crate::settings::BillingSettings;
use crate::statement::{PackDraw, Statements};

/// Everything a run found out.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub links: &'a Links,
    pub posted: &'a Posted,
    pub account: &'a Account,
    pub billing: &'a Billing,
    /// The rows that were set aside, sorted by input and place.
    pub rejected: &'a Aside,
    /// All findings, sorted.
    pub findings: Findings<'a>,
    pub comparisons: &'a [Comparison],
    /// Names of the files read, by their number.
    pub files: &'a [String],
    /// The register (E1), where the job asks for it.
    pub register: Option<&'a Register>,
    /// The hours statements (S1), where the job asks for them.
    pub statements: Option<&'a Statements>,
    /// What each pack gave (W12), where the job uses packs beyond the plain rules.
    pub pack_draws: Option<&'a [PackDraw]>,
}

/// What became of the hours of a pack (W12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackHours {
    pub used: HoursSum,
    /// Hours that have expired by the day at whose end balances are told (W5).
    pub expired: HoursSum,
    /// Hours that went beyond the pack (W7).
    pub overage: HoursSum,
}

impl Results<'_> {
    /// Of a confirmed pack; `None` for other lines, and where the job asks for nothing of packs.
    pub fn pack_hours(&self, idx: Idx<OrderLine>) -> Option<PackHours> {
        let draws = self.pack_draws?;
        let (line, hours) = (self.world.lines.at(idx), self.account.line(idx));
        let used = Balance::of(line, &hours)?.delivered;
        let ended = self.world.pack_days(idx).1.zip(self.balance_date()).is_some_and(|(until, on)| until <= on);
        let left = line.ordered_hours()? - self.drawn_by(draws, idx, self.world.pack_days(idx).1);
        let expired = if ended { left.max(HoursSum::ZERO) } else { HoursSum::ZERO };
        let overage = self.links.draws.beyond.get(&idx).copied().unwrap_or_default();
        Some(PackHours { used, expired, overage })
    }

    /// Hours drawn on a pack that are dated up to a day.
    fn drawn_by(&self, draws: &[PackDraw], pack: Idx<OrderLine>, day: Option<Date>) -> HoursSum {
        let id = |of: &PackDraw| self.world.lines.id(of.line);
        let pack = self.world.lines.id(pack);
        let (_, rest) = draws.split_at(draws.partition_point(|of| id(of) < pack));
        let own = rest.iter().take_while(|of| id(of) == pack).filter(|of| of.date <= day);
        own.map(|of| of.hours).sum()
    }

    /// K8: the day at whose end prepaid balances are told: that of the job, else the newest date of the entries read.
    pub fn balance_date(&self) -> Option<Date> {
        self.settings.balance_date().or(self.world.newest_entry)
    }

    /// K4: the month of the entry is closed, so its open hours are late.
    pub fn makes_late(&self, line: Idx<OrderLine>, entry: &EntryView<'_>) -> bool {
        self.posted.makes_late(self.world, &self.settings.period, line, entry)
    }
}
