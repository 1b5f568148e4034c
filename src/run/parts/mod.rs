//! Z: a run whose parts are computed by many processes, on one machine or several (docs/spark.md).
//!
//! It is the run in passes ([`super::passes`]) taken apart. Tasks read the timesheets, a file each, and send each row to the parts that need it
//! ([`crate::check::route_rows`]); whoever shuffles, [`Parts::split`] here or an engine, needs to know nothing about rows but the number of
//! their part. A part checks that it has all its rows and computes what a pass computes ([`computed`]). The commit merges what the parts have
//! left behind ([`commit`]): a last pass without a row looks at the whole.

mod commit;
mod computed;
mod envelope;
mod plan;
mod receipt;
mod received;
mod rows;
mod split;
mod stored;

pub use plan::{PartPlan, PlannedFile};
pub use receipt::{PartFailure, PartReceipt, PartialFile};

use super::{Observer, RunError};
use crate::job::Settings;
use crate::publish::PartsFolder;

/// The parts of a run that was planned.
pub struct Parts<'a> {
    settings: &'a Settings,
    folder: PartsFolder,
    plan: PartPlan,
    observer: &'a dyn Observer,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// A plan that was made by another build, of other settings, or not at all.
    pub fn open(
        settings: &'a Settings,
        folder: &PartsFolder,
        build: &str,
        observer: &'a dyn Observer,
    ) -> Result<Parts<'a>, RunError> {
        let plan = PartPlan::open(folder)?;
        plan.holds(settings, build)?;
        Ok(Parts { settings, folder: folder.clone(), plan, observer })
    }

    pub fn plan(&self) -> &PartPlan {
        &self.plan
    }
}
