//! Small cases, one sentence each: `fixtures/cases/<sentence>/` holds a job, its exports, what must come out, and why.
//!
//! The expected tables were worked out by hand from docs/rules.md. They hold the columns that matter: a column that a table
//! has beside them does not change a case, one that is missing or renamed does. `UPDATE_CASES=1 cargo test --test suite cases` writes
//! what comes out now over those that differ: read the difference before keeping it. A case with a `console.txt` goes through several
//! commands; `case_steps` runs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::run::{self, Unwatched};
use hourbill::tables::{Table, tables};

use crate::case_steps;

/// Every rule that a case must show; docs/rules.md says what shows the others.
const RULES: [&str; 36] = [
    "L1", "L2", "L3", "L4", "L5", "L6", "H1", "H2", "H3", "H4", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9",
    "B10", "B11", "B12", "D1", "D3", "D4", "G1", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G13", "G14",
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// The case makes documents that this build cannot make.
fn needs_more(case: &Path) -> bool {
    let job = fs::read_to_string(case.join("job.toml")).unwrap();
    let makes = |document: &str| job.contains(&format!("\"{document}\""));
    (makes("pdf") && !cfg!(feature = "pdf")) || (makes("ubl") && !cfg!(feature = "xml"))
}

/// Holds the tables of one case against what they must be; says how they differ.
fn differences(case: &Path, update: bool) -> Vec<String> {
    if needs_more(case) {
        return Vec::new();
    }
    if case.join("console.txt").exists() {
        return differences_of_steps(case, update);
    }
    let today = Date::parse("2026-11-02").unwrap();
    let settings = match job::load(&case.join("job.toml"), &Flags::default(), today) {
        Ok(settings) => settings,
        Err(error) => return vec![error.to_string()],
    };
    let run = match run::compute(&settings, &Unwatched) {
        Ok(run) => run,
        Err(error) => return vec![error.to_string()],
    };
    let tables = tables(run.results(&settings));
    let mut differences = Vec::new();
    let expected: Vec<PathBuf> =
        fs::read_dir(case.join("expected")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!expected.is_empty(), "{} expects nothing", name(case));
    for path in expected {
        let Some(table) = tables.iter().find(|table| table.name == name(&path)) else {
            differences.push(format!("there is no table `{}`", name(&path)));
            continue;
        };
        let expected = fs::read_to_string(&path).unwrap();
        let found = columns(table, expected.lines().next().unwrap_or_default());
        if found == expected {
            continue;
        }
        if update {
            fs::write(&path, &found).unwrap();
        }
        differences.push(format!("{}:\n{}", name(&path), difference(&expected, &found)));
    }
    differences
}

fn differences_of_steps(case: &Path, update: bool) -> Vec<String> {
    let path = case.join("console.txt");
    let (expected, found) = (fs::read_to_string(&path).unwrap(), case_steps::transcript(case));
    if found == expected {
        return Vec::new();
    }
    if update {
        fs::write(&path, &found).unwrap();
    }
    vec![format!("console.txt:\n{}", difference(&expected, &found))]
}

/// Some columns of a table as CSV; a column that it lacks is left out.
fn columns(table: &Table<'_>, header: &str) -> String {
    let mut bytes = Vec::new();
    table.write_csv(&mut bytes).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let names = reader.headers().unwrap().clone();
    let places: Vec<usize> =
        header.split(',').filter_map(|wanted| names.iter().position(|name| name == wanted)).collect();
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let mut write = |record: &csv::StringRecord| out.write_record(places.iter().map(|place| &record[*place])).unwrap();
    write(&names);
    for record in reader.records() {
        write(&record.unwrap());
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// Lines that only one side has.
fn difference(expected: &str, found: &str) -> String {
    let only = |mark: &str, these: &str, those: &str| {
        let those: BTreeSet<&str> = those.lines().collect();
        let lines = these.lines().filter(|line| !those.contains(line));
        lines.map(|line| format!("  {mark} {line}\n")).collect::<String>()
    };
    let lines = only("-", expected, found) + &only("+", found, expected);
    if lines.is_empty() { "  the rows stand in another order".to_owned() } else { lines }
}

#[test]
fn every_case_comes_out_as_the_contract_says() {
    let update = std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1");
    let cases = cases();
    let mut wrong = String::new();
    for case in &cases {
        for difference in differences(case, update) {
            wrong.push_str(&format!("{}\n  {difference}\n", name(case)));
        }
    }
    assert!(wrong.is_empty(), "- expected, + found\n{wrong}");
    assert!(cases.len() >= 25, "{} cases", cases.len());
}

#[test]
fn every_rule_has_a_case_that_says_why() {
    let mut shown = BTreeSet::new();
    for case in cases() {
        let why = fs::read_to_string(case.join("why.md")).unwrap();
        assert_eq!(why.lines().count(), 3, "{} says why in three lines", name(&case));
        let rule = name(&case).split('-').next().unwrap().to_uppercase();
        if RULES.contains(&rule.as_str()) {
            assert!(why.contains(&rule), "{} does not cite {rule}", name(&case));
            shown.insert(rule);
        } else {
            // The name of a case may begin with another rule or a chapter of docs/rules.md; else its reason cites one.
            let is_rule = rule.len() > 1 && rule[1..].bytes().all(|byte| byte.is_ascii_digit());
            let number = match rule.bytes().all(|byte| byte.is_ascii_digit()) {
                true => format!("§{rule}."),
                false if is_rule => rule,
                false => "§".to_owned(),
            };
            assert!(why.contains(&number), "{} does not cite {number}", name(&case));
        }
    }
    assert_eq!(shown, RULES.map(str::to_owned).into_iter().collect::<BTreeSet<_>>());
}
