//! What a part says when it is done: enough to know, before anything is merged, that all parts are there and add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::manifest::{ControlTotals, CurrencySums};
use super::super::summary::Summary;
use super::super::{RunError, manifest_made};
use super::PartPlan;
use super::plan::FORMAT;
use crate::posted::Head;

/// One line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartReceipt {
    pub format: String,
    pub plan: String,
    pub part: u32,
    pub build: String,
    pub settings: String,
    /// What is wrong with the data or the job: nothing was computed, and no other attempt finds anything else (Z3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<PartFailure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<PartDone>,
}

/// What a part came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartDone {
    /// The folder of this attempt among those of all parts.
    pub attempt: String,
    pub run_id: String,
    pub head: Option<Head>,
    pub control: ControlTotals,
    pub money: BTreeMap<String, CurrencySums>,
    pub files: Vec<PartialFile>,
}

/// A file that a part has left for the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialFile {
    /// Inside the folder of the attempt.
    pub file: String,
    pub bytes: u64,
    pub blake3: String,
}

/// Why nothing comes of the data, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFailure {
    pub message: String,
    /// K4: a month is closed hard, which is no fault of the files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub month_shut: bool,
}

impl PartFailure {
    /// `None` for what may not happen again: it is tried again (Z3).
    pub fn of(error: &RunError) -> Option<PartFailure> {
        let of_data = match error {
            RunError::Read(error) => !error.is_io(),
            RunError::Expected(_)
            | RunError::NoTickets { .. }
            | RunError::TooManyEntries
            | RunError::MonthShut(_)
            | RunError::NotInParts(_) => true,
            _ => false,
        };
        let month_shut = matches!(error, RunError::MonthShut(_));
        of_data.then(|| PartFailure { message: error.to_string(), month_shut })
    }
}

impl PartReceipt {
    /// Of a part, or of a task that reads rows, of which the data is at fault.
    pub fn failed(plan: &PartPlan, part: u32, failed: PartFailure) -> PartReceipt {
        PartReceipt { failed: Some(failed), ..PartReceipt::begun(plan, part) }
    }

    fn begun(plan: &PartPlan, part: u32) -> PartReceipt {
        PartReceipt {
            format: FORMAT.to_owned(),
            plan: plan.plan.clone(),
            part,
            build: plan.build.clone(),
            settings: plan.settings.clone(),
            failed: None,
            done: None,
        }
    }

    pub(super) fn done(
        plan: &PartPlan,
        part: u32,
        attempt: &str,
        summary: &Summary,
        files: Vec<PartialFile>,
    ) -> PartReceipt {
        let done = PartDone {
            attempt: attempt.to_owned(),
            run_id: summary.id.clone(),
            head: summary.head.clone(),
            control: manifest_made::control(&summary.control),
            money: summary.money_shown(),
            files,
        };
        PartReceipt { done: Some(done), ..PartReceipt::begun(plan, part) }
    }
}
