//! All that a run found out, in one hand: what tables, documents and `explain` are made of.

use crate::account::{Account, Findings};
use crate::bill::Billing;
use crate::calendar::Date;
use crate::finding::Aside;
use crate::ident::Idx;
use crate::link::Links;
use crate::model::{EntryView, OrderLine, World};
use crate::posted::Posted;
use crate::reconcile::Comparison;
use crate::register::Register;
use crate::settings::BillingSettings;
use crate::statement::Statements;

/// Everything a run found out.
#[derive(Clone, Copy)]
pub struct Results<'a> {
    pub world: &'a World,
    pub settings: &'a BillingSettings,
    pub links: &'a Links,
    pub posted: &'a Posted,
    pub account: &'a Account,
    pub billing: &'a Billing,
    /// Sorted by input and place.
    pub rejected: &'a Aside,
    /// Sorted.
    pub findings: Findings<'a>,
    pub comparisons: &'a [Comparison],
    /// Names of the files read, by their number.
    pub files: &'a [String],
    /// E1: where the job asks for it.
    pub register: Option<&'a Register>,
    /// S1: where the job asks for them.
    pub statements: Option<&'a Statements>,
}

impl Results<'_> {
    /// K8: the day at whose end prepaid balances are told: that of the job, else the newest date of the entries read.
    pub fn balance_date(&self) -> Option<Date> {
        self.settings.balance_date().or(self.world.newest_entry)
    }

    /// K4: the month of the entry is closed, so its open hours are late.
    pub fn makes_late(&self, line: Idx<OrderLine>, entry: &EntryView<'_>) -> bool {
        self.posted.makes_late(self.world, &self.settings.period, line, entry)
    }
}
