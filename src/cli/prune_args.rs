//! What `hourbill prune` is given.

use std::path::PathBuf;

use clap::Args as ClapArgs;

pub const PRUNE: &str = "\
Examples:
  hourbill prune job.toml --keep 10             the ten newest runs stay, and all that were posted
  hourbill prune job.toml --keep 10 --dry-run   say which would go";

#[derive(Debug, ClapArgs)]
pub struct PruneArgs {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// So many of the newest runs stay, whether they were posted or not
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: u32,
    /// Remove nothing: say which runs would go
    #[arg(long)]
    pub dry_run: bool,
}
