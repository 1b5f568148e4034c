//! A job file on the command line, and what goes over what it says.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::typed::{date, pair, threads};
use crate::calendar::Date;
use crate::job::{Expected, Flags, PeriodFlag};

/// A job file and what may be said beside it.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Job {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// Bill a month: 2026-10, previous or current
    #[arg(long, value_name = "MONTH", value_parser = PeriodFlag::parse, conflicts_with_all = ["from", "to", "all"], help_heading = "Job")]
    pub period: Option<PeriodFlag>,
    /// Bill from this date on; alone, everything not yet invoiced from it on
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "all", help_heading = "Job")]
    pub from: Option<Date>,
    /// Bill up to this date; alone, everything not yet invoiced up to it
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "all", help_heading = "Job")]
    pub to: Option<Date>,
    /// Bill everything not yet invoiced
    #[arg(long, help_heading = "Job")]
    pub all: bool,
    /// The day that stands for today
    #[arg(long, value_name = "DATE", value_parser = date, help_heading = "Job")]
    pub as_of: Option<Date>,
    /// Read an input from here instead; may be given more than once
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = pair, help_heading = "Job")]
    pub inputs: Vec<(String, String)>,
    /// Set a key of the job file, such as rules.late_entries=bill
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair, help_heading = "Job")]
    pub sets: Vec<(String, String)>,
    /// Stop with exit code 3 unless the inputs hold so much: timesheets.rows=1234,timesheets.hours=987.25
    #[arg(long, value_name = "TOTALS", value_parser = Expected::parse_list, help_heading = "Job")]
    pub expect: Vec<Vec<Expected>>,
    /// Worker threads; one per core when left out
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Job")]
    pub threads: Option<usize>,
    /// Say on stderr what each stage took
    #[arg(long, help_heading = "Output")]
    pub timings: bool,
}

impl Job {
    pub fn flags(&self) -> Flags {
        let dates = PeriodFlag::of_dates(self.from, self.to);
        Flags {
            period: self.period.or(dates).or(self.all.then_some(PeriodFlag::All)),
            inputs: self.inputs.clone(),
            sets: self.sets.clone(),
            threads: self.threads,
            as_of: self.as_of,
            expected: self.expect.concat(),
        }
    }
}
