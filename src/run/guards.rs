//! The guards of a run: so many rows set aside that the file itself may be wrong, timesheets without a row, work that is held until
//! somebody has looked (§2.13, §10.1).

use std::collections::{BTreeMap, BTreeSet};

use super::waived::Waiving;
use crate::bill::Billing;
use crate::finding::{Aside, Code, Finding, Seen, Spoilt, Subject};
use crate::inputs::Input;
use crate::job::Limits;
use crate::model::EntryTotals;
use crate::quantity::Percent;
use crate::read::FileRead;

/// So few bad rows may stand in any export: below this number the limit is not asked.
const ROWS_MIN: u64 = 10;

/// An input of which more rows were set aside for what stands in them than its limit allows: nothing is published.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OverLimit {
    pub input: Input,
    pub spoilt: Spoilt,
    /// The rows that were read.
    pub rows: u64,
    pub limit: Percent,
}

impl OverLimit {
    /// The setting that says how much is too much.
    pub fn key(&self) -> String {
        match self.input {
            Input::Timesheets => "limits.quarantine_pct".to_owned(),
            input => format!("limits.quarantine_pct_{input}"),
        }
    }
}

/// What the rows of all inputs say about their files.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    pub over_limit: Vec<OverLimit>,
    /// The job has timesheets, and they have no row.
    pub no_entries: bool,
    pub findings: Vec<Finding>,
}

impl Guards {
    /// `rejected` are the rows that were set aside, of all parts of the run as far as this one has read them. Those that are waived do not
    /// count (E6).
    pub(super) fn of(
        files: &[FileRead],
        totals: &EntryTotals,
        rejected: [&Aside; 2],
        limits: &Limits,
        waiving: Waiving<'_>,
    ) -> Guards {
        let mut guards = Guards::default();
        let inputs: BTreeSet<Input> = files.iter().map(|file| file.input).collect();
        let mut of_inputs: BTreeMap<Input, Spoilt> = BTreeMap::new();
        let any = !waiving.waivers.is_empty();
        let mut count = |row: &Seen<'_, '_>| {
            if !any || !waiving.waives(row) {
                of_inputs.entry(row.input).or_default().count(row.errors.iter().map(|error| error.code));
            }
        };
        rejected.into_iter().for_each(|aside| aside.look(&mut count));
        // Without waivers those of other parts are only counted.
        totals.rejected_elsewhere.look(&mut count);
        for input in inputs {
            let rows = rows_read(input, files, totals);
            if input == Input::Timesheets && rows == 0 {
                guards.no_entries = true;
                guards.tell(Code::EmptyInput, input, "the timesheets input has no row".to_owned());
            }
            let mut spoilt = of_inputs.remove(&input).unwrap_or_default();
            if input == Input::Timesheets && !any {
                spoilt.add(&totals.spoilt_elsewhere);
            }
            let own = if input == Input::Timesheets { Some(limits.quarantine) } else { limits.of(input) };
            let limit = own.unwrap_or(limits.quarantine);
            if !is_more(&spoilt, rows, limit) {
                continue;
            }
            if own.is_some() {
                guards.over_limit.push(OverLimit { input, spoilt, rows, limit });
            } else {
                let (of, codes) = (spoilt.rows, codes(&spoilt));
                let message =
                    format!("{of} of {rows} rows of the {input} input are set aside for what stands in them: {codes}");
                guards.tell(Code::MuchQuarantined, input, message);
            }
        }
        guards
    }

    fn tell(&mut self, code: Code, input: Input, message: String) {
        self.findings.push(Finding {
            code,
            subject: Subject::Input,
            id: input.name().to_owned(),
            message,
            place: None,
        });
    }
}

/// The codes of spoilt rows, each with its number.
pub fn codes(spoilt: &Spoilt) -> String {
    spoilt.codes.iter().map(|(code, rows)| format!("{code} {rows}")).collect::<Vec<_>>().join(", ")
}

/// The rows of an input that were read; those that were left out do not count.
fn rows_read(input: Input, files: &[FileRead], totals: &EntryTotals) -> u64 {
    match input {
        Input::Timesheets => totals.rows + totals.elsewhere.values().map(|file| file.rows).sum::<u64>(),
        _ => files.iter().filter(|file| file.input == input).map(|file| file.rows).sum(),
    }
}

/// Whether the share of spoilt rows is above the limit, computed exactly: a share of exactly the limit is allowed.
fn is_more(spoilt: &Spoilt, rows: u64, limit: Percent) -> bool {
    let share = i128::from(spoilt.rows) * i128::from(Percent::HUNDRED.micros());
    spoilt.rows >= ROWS_MIN && share > i128::from(limit.micros()) * i128::from(rows)
}

/// Order lines of which hours or quantities are held until somebody has looked.
pub(super) fn lines_in_doubt(billing: &Billing) -> u64 {
    let held = billing.held.iter().filter(|held| held.hold.is_doubt());
    held.map(|held| held.part.line).collect::<BTreeSet<_>>().len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_share_and_at_least_ten_rows_are_too_many() {
        let spoilt = |rows| Spoilt { rows, ..Spoilt::default() };
        let pct = |micros| Percent::from_micros(micros);
        for (bad, rows, limit, more) in [
            (9, 9, pct(20_000_000), false),
            (10, 10, pct(20_000_000), true),
            (10, 50, pct(20_000_000), false),
            (11, 54, pct(20_000_000), true),
            (10, 1_000_000, Percent::ZERO, true),
            (0, 0, Percent::ZERO, false),
            (100, 100, Percent::HUNDRED, false),
            (1_001, 40_000, pct(2_500_000), true),
            (1_000, 40_000, pct(2_500_000), false),
            (u64::MAX, u64::MAX, pct(99_999_999), true),
        ] {
            assert_eq!(is_more(&spoilt(bad), rows, limit), more, "{bad} of {rows} at {limit} %");
        }
    }
}
