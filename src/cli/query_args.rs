//! What `hourbill query` is given.

use std::path::PathBuf;

use clap::Args as ClapArgs;

pub const QUERY: &str = "\
Examples:
  hourbill query job.toml                               the tables and their columns
  hourbill query job.toml 'SELECT disposition, SUM(hours) AS hours FROM unbilled GROUP BY disposition ORDER BY hours DESC'
  hourbill query job.toml 'SELECT currency, SUM(total_amount) AS total FROM documents GROUP BY currency' --format csv
  hourbill query job.toml 'SELECT * FROM invoice_lines' --run 2026-10-0123456789ab --format parquet > lines.parquet

Sums of hours and money are exact. `--format` is text, json, csv or parquet.";

#[derive(Debug, ClapArgs)]
pub struct QueryArgs {
    /// The job file
    #[arg(value_name = "JOB.toml")]
    pub job: PathBuf,
    /// The question; without one the tables are listed, with their columns
    #[arg(value_name = "SQL")]
    pub sql: Option<String>,
    /// The run whose tables are asked about: the name of a folder in `runs`; the newest without it
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// What `--format` says beside text and JSON.
    #[arg(skip)]
    pub form: QueryForm,
}

/// How an answer is handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryForm {
    /// As text or JSON.
    #[default]
    Printed,
    Csv,
    Parquet,
}
