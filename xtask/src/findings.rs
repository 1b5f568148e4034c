//! The table of docs/findings.md: every complaint about data with the smallest case that shows it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::calendar::Date;
use hourbill::finding::Code;
use hourbill::job::{self, Flags};
use hourbill::run::{self, Unwatched};
use hourbill::tables::tables;

use crate::{Result, between, root};

const FROM: &str = "<!-- from here on by `cargo xtask docs`, from crates/hourbill-core/src/finding.rs and crates/hourbill-core/src/finding/about.rs -->\n";
/// The page with its table made anew.
pub fn page(found: &str) -> Result<String> {
    let table = table(&smallest_cases()?);
    between(found, FROM, &table).ok_or_else(|| "docs/findings.md lacks the marks of what is generated".to_owned())
}

fn table(cases: &BTreeMap<Code, String>) -> String {
    let mut table = String::new();
    for &code in Code::ALL {
        let hint = capital(code.hint());
        let about = if code.about().is_empty() { format!("{hint}.") } else { code.about().to_owned() };
        let shown =
            cases.get(&code).map_or(String::new(), |case| format!(" · shown by [{case}](../fixtures/cases/{case})"));
        let severity = code.severity().name();
        table.push_str(&format!("## {code}\n\n{about}\n\n*{severity}*{shown}\n\n"));
    }
    table
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// For each code the case with the fewest bytes in which it comes up, found by running them all.
fn smallest_cases() -> Result<BTreeMap<Code, String>> {
    let mut smallest: BTreeMap<Code, (u64, String)> = BTreeMap::new();
    for case in folders(&root().join("fixtures/cases"))? {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = bytes_below(&case)?;
        let text = complaints(&case)?;
        for &code in Code::ALL {
            if !stands_in(code.name(), &text) {
                continue;
            }
            let known = smallest.get(&code).is_none_or(|(least, _)| size < *least);
            if known {
                smallest.insert(code, (size, name.clone()));
            }
        }
    }
    Ok(smallest.into_iter().map(|(code, (_, name))| (code, name)).collect())
}

/// What a case says of its data: its tables of complaints, or what its commands print.
fn complaints(case: &Path) -> Result<String> {
    let console = case.join("console.txt");
    if console.exists() {
        return fs::read_to_string(&console).map_err(|error| format!("{}: {error}", console.display()));
    }
    let wrong = |why: String| format!("{}: {why}", case.display());
    let today = Date::parse("2026-11-02").ok_or("a date")?;
    let settings =
        job::load(&case.join("job.toml"), &Flags::default(), today).map_err(|error| wrong(error.to_string()))?;
    let run = run::compute(&settings, &Unwatched).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    for table in tables(run.results(&settings)).iter().filter(|table| ["findings", "quarantine"].contains(&table.name))
    {
        table.write_csv(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A code as a word of its own: `unknown-ticket` stands in no `unknown-tickets`.
fn stands_in(code: &str, text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '-';
    text.match_indices(code).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + code.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    folders.sort();
    Ok(folders)
}

fn bytes_below(path: &Path) -> Result<u64> {
    if path.is_dir() {
        return folders(path)?.iter().map(|path| bytes_below(path)).sum();
    }
    fs::metadata(path).map(|found| found.len()).map_err(|error| format!("{}: {error}", path.display()))
}
