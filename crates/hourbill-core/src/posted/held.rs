//! What is left of entries on the lines of a document.

use super::groups::LedgerGroups;
use super::portions::Said;
use crate::model::{MinimumGroup, MinimumPer};

/// What is left of an entry on one line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPortion {
    pub line_no: u32,
    pub id: String,
    pub days: i32,
    /// Microseconds billed on the line, less those taken back.
    pub hours: i64,
    /// M4, M7: microseconds that were billed, or that a pack gave, beyond these hours, less those taken back. Of hours that a minimum counts
    /// together all of it stands on one portion; it may be left where no hours are (M6).
    pub uplift: i64,
    /// Hours the entry had when it was last billed anywhere, leaving out what this takes back.
    pub known: i64,
    pub said: SaidThen,
}

impl HeldPortion {
    /// The group that a minimum counts the entry in (M2), by the id that the entry has now.
    pub(super) fn group(&self, per: MinimumPer, groups: &LedgerGroups) -> MinimumGroup {
        let said = self.said.as_said();
        let id = groups.now(&self.id);
        MinimumGroup::of(per, id, self.days, said.employee.unwrap_or_default(), said.ticket.unwrap_or_default())
    }
}

/// [`Said`] with texts of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaidThen {
    employee: Option<String>,
    ticket: Option<String>,
    customer: Option<String>,
    started: Option<i64>,
    text: Option<u32>,
}

impl SaidThen {
    pub fn of(said: Said<'_>) -> SaidThen {
        let Said { employee, ticket, customer, started, text } = said;
        let [employee, ticket, customer] = [employee, ticket, customer].map(|text| text.map(str::to_owned));
        SaidThen { employee, ticket, customer, started, text }
    }

    pub fn as_said(&self) -> Said<'_> {
        let [employee, ticket, customer] = [&self.employee, &self.ticket, &self.customer].map(Option::as_deref);
        Said { employee, ticket, customer, started: self.started, text: self.text }
    }
}
