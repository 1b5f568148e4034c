//! The chores of the project, as thin commands around cargo and `.ci/run`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "what chores do")]

mod compare;
mod dist;
mod docs;
mod findings;
mod formats;
mod job;
mod pictures;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask COMMAND

  ci               what decides whether a change lands: .ci/run
  docs [--check]   write docs/job.md, docs/job.schema.json and the tables of docs/formats.md and docs/findings.md; --check says what differs
  cases [--update] the cases of fixtures/cases; --update writes what comes out now over those that differ
  bench [ARGS]     the benches
  soak [FACTOR]    the random tests of docs/quality.md with so many times their default, 10 when it is left out
  compare OLD NEW [WORLDS]
                   two builds of the program over the jobs, the cases and so many synthetic worlds, 500 when it is left out: whole, in shards and passes,
                   with documents and a ledger; all that they write and print must be the same
  dist [PROGRAM]   a release in target/dist: a static program with licences, manual pages and completions as a tar and a Debian package, a Dockerfile,
                   checksums, a list of all that is built in; of PROGRAM as it is where one is named
  pictures PROGRAM docs/report.png and docs/invoice.png, as that build makes them of the month (needs chromium and pdftoppm)
  fuzz [SECONDS]   each fuzz target for so many seconds, 60 when it is left out
";

/// What went wrong, for a person.
pub type Result<T> = std::result::Result<T, String>;

/// A page with what stands between `from` and the mark of the end made anew; `None` when it lacks a mark.
pub fn between(page: &str, from: &str, made: &str) -> Option<String> {
    const TO: &str = "<!-- up to here -->\n";
    let (before, rest) = page.split_once(from)?;
    let (_, after) = rest.split_once(TO)?;
    Some(format!("{before}{from}\n{made}{TO}{after}"))
}

/// The folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = typed.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["ci"] => run(Command::new(root().join(".ci/run"))),
        ["docs"] => docs::docs(false),
        ["docs", "--check"] => docs::docs(true),
        ["cases"] => test(&["--test", "suite", "cases::"], &[]),
        ["cases", "--update"] => test(&["--test", "suite", "cases::"], &[("UPDATE_CASES", "1".to_owned())]),
        ["bench", rest @ ..] => run(cargo("bench", rest)),
        ["soak"] => soak(10),
        ["soak", factor] => number(factor).and_then(soak),
        ["compare", old, new] => compare::compare(old, new, 500),
        ["compare", old, new, worlds] => number(worlds).and_then(|worlds| compare::compare(old, new, worlds)),
        ["dist"] => dist::dist(None),
        ["dist", program] => dist::dist(Some(program)),
        ["pictures", program] => pictures::pictures(program),
        ["fuzz"] => fuzz(60),
        ["fuzz", seconds] => number(seconds).and_then(fuzz),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n\n{HELP}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> Result<u64> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is no number above 0"))
}

fn cargo(command: &str, args: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.arg(command).arg("--locked").args(args).current_dir(root());
    cargo
}

fn run(mut command: Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().map_err(|error| format!("cannot start {shown}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

fn test(args: &[&str], variables: &[(&str, String)]) -> Result<()> {
    let mut cargo = cargo("test", args);
    cargo.envs(variables.iter().map(|(name, value)| (*name, value)));
    run(cargo)
}

/// Defaults of the random tests, by the variables that change them (docs/quality.md).
const RANDOM: [(&str, u64); 6] = [
    ("HOURBILL_WORLDS", 10_000),
    ("HOURBILL_SCRIPTS", 1_000),
    ("HOURBILL_LIVES", 300),
    ("HOURBILL_CREDIT_SCRIPTS", 1_000),
    ("HOURBILL_WATERFALL_WORLDS", 1_000),
    ("HOURBILL_WATERFALL_LIVES", 24),
];

/// Other worlds in each run: the seed is the time.
fn soak(factor: u64) -> Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |since| since.as_secs());
    eprintln!("HOURBILL_SEED={now}");
    let mut variables: Vec<(&str, String)> =
        RANDOM.iter().map(|(name, default)| (*name, default.saturating_mul(factor).to_string())).collect();
    variables.push(("HOURBILL_SEED", now.to_string()));
    variables.push(("HOURBILL_SOAK", "1".to_owned()));
    test(&["--release"], &variables)
}

/// With mutants of the seeds, on stable; `.ci/run` takes cargo-fuzz where it is installed.
fn fuzz(seconds: u64) -> Result<()> {
    let seconds = ("HOURBILL_FUZZ_SECONDS", seconds.to_string());
    test(&["--test", "fuzz", "--", "--test-threads", "2"], &[seconds])
}
