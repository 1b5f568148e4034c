//! The commands of `hourbill part`: a run that several processes compute.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::job_args::Job;

pub const PART: &str = "\
Examples:
  hourbill part plan job.toml --parts 16 --out /shared/october
  hourbill part split /shared/october                 one process reads the timesheets
  hourbill part run /shared/october --part 3 --split > 3.json
  cat *.json > receipts; hourbill part commit /shared/october --receipts receipts

An engine shuffles in place of `split`: docs/spark.md has the protocol, and
jobs/spark/hourbill_spark.py does it on Apache Spark.";

#[derive(Debug, Subcommand)]
pub enum PartCommand {
    /// Read everything but the timesheets, and write down what all parts have in common
    #[command(after_help = "Examples:\n  hourbill part plan job.toml --parts 16 --out /shared/october")]
    Plan(PartPlanArgs),
    /// Read the timesheets here and write a stream for each part
    #[command(after_help = "Examples:\n  hourbill part split /shared/october")]
    Split(PartsArgs),
    /// Read the ids of one file of timesheets: the first of two readings, a task of an engine
    #[command(after_help = "Examples:\n  hourbill part ids /shared/october --task 0")]
    Ids(PartTaskArgs),
    /// Once the ids of all files are read: find those that several rows have
    #[command(after_help = "Examples:\n  hourbill part repeats /shared/october")]
    Repeats(PartsArgs),
    /// Read the rows of one file of timesheets and write those of all parts to stdout as an Arrow stream
    #[command(after_help = "Examples:\n  hourbill part rows /shared/october --task 0 > 0.arrows")]
    Rows(PartTaskArgs),
    /// Compute a part of the rows on stdin, and print its receipt
    #[command(after_help = "Examples:\n  hourbill part run /shared/october --part 3 --split > 3.json")]
    Run(PartRunArgs),
    /// Merge the parts and publish the run, once
    #[command(after_help = "Examples:\n  hourbill part commit /shared/october --receipts receipts")]
    Commit(PartCommitArgs),
}

#[derive(Debug, ClapArgs)]
pub struct PartPlanArgs {
    #[command(flatten)]
    pub job: Job,
    /// How many parts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub parts: u32,
    /// A folder that every machine reaches; the plan and the parts are put there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct PartsArgs {
    /// The folder of the plan
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct PartTaskArgs {
    #[command(flatten)]
    pub of: PartsArgs,
    /// A file of timesheets, counted from 0 in the order of the job
    #[arg(long, value_name = "T")]
    pub task: u32,
}

#[derive(Debug, ClapArgs)]
pub struct PartRunArgs {
    #[command(flatten)]
    pub of: PartsArgs,
    /// The part, counted from 1
    #[arg(long, value_name = "K")]
    pub part: u32,
    /// Take the rows that `part split` has written, not those on stdin
    #[arg(long)]
    pub split: bool,
}

#[derive(Debug, ClapArgs)]
pub struct PartCommitArgs {
    #[command(flatten)]
    pub of: PartsArgs,
    /// What the parts have printed, a line each
    #[arg(long, value_name = "FILE")]
    pub receipts: PathBuf,
    /// Compute and show everything, publish nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Publish nothing when the run would end with exit code 1: exit 3
    #[arg(long)]
    pub strict: bool,
}
