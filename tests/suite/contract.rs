//! docs/rules.md is the contract: whatever the project cites exists there, and whatever is named there exists in the project.
//!
//! In a comment or on a page a rule stands as it is (B3, §8.3). Ids of data that look like one, `E1` or `C1`, stand in backticks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::job::keys;

use crate::tree;

/// What docs/rules.md has on one rule.
#[derive(Debug, Default)]
struct Rule {
    text: String,
    settings: Vec<String>,
    decided_by: Vec<String>,
    shown_by: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/rules.md")).unwrap()
}

/// The rules of the page by their numbers.
fn rules() -> BTreeMap<String, Rule> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let page = page();
    for section in page.split("\n### ").skip(1) {
        let (heading, body) = section.split_once('\n').unwrap();
        let body = body.split("\n## ").next().unwrap();
        let number = heading.split(' ').next().unwrap();
        let mut rule = Rule::default();
        for line in body.lines() {
            let list = |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            match line {
                _ if line.starts_with("* Setting: ") || line.starts_with("* Settings: ") => rule.settings = list(line),
                _ if line.starts_with("* Decided by: ") => rule.decided_by = list(line),
                _ if line.starts_with("* Shown by: ") => rule.shown_by = list(line),
                _ => rule.text.push_str(line),
            }
        }
        assert!(rules.insert(number.to_owned(), rule).is_none(), "{number} stands there twice");
    }
    rules
}

/// The chapters of the page that have a number, such as §4.
fn chapters() -> BTreeSet<String> {
    let page = page();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## §"));
    headings.map(|heading| format!("§{}", heading.split(' ').next().unwrap())).collect()
}

/// Letters of rules, also of those that are yet to come.
const LETTERS: &str = "LHBDGCWMXNKESFZ";

/// Numbers of rules in a text. What stands in backticks, and what is part of a longer word or id, is none.
fn cited(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            continue;
        }
        let chars: Vec<char> = part.chars().collect();
        for start in 0..chars.len() {
            let before = start.checked_sub(1).map_or(' ', |before| chars[before]);
            if before.is_alphanumeric() || "_-./\"'=§:@".contains(before) {
                continue;
            }
            let digits = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
            let is_letter = LETTERS.contains(chars[start]);
            let mut end = start + 1;
            if !is_letter && chars[start] != '§' {
                continue;
            }
            let count = digits(end);
            end += count;
            if count == 0 || (is_letter && count > 2) {
                continue;
            }
            if !is_letter && chars.get(end) == Some(&'.') && digits(end + 1) > 0 {
                end += 1 + digits(end + 1);
            }
            let after = chars.get(end).copied().unwrap_or(' ');
            if !after.is_alphanumeric() && after != '_' {
                found.push(chars[start..end].iter().collect());
            }
        }
    }
    found
}

/// Comments of a source, and the numbers that `explain` puts in front of its steps.
fn said_in_source(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut comment = String::new();
    for line in text.lines() {
        let line = line.trim_start();
        if let Some(said) = line.strip_prefix("//") {
            comment.push_str(said);
            comment.push('\n');
        } else if let Some((_, said)) = line.rsplit_once("; // ") {
            comment.push_str(said);
        }
    }
    found.extend(cited(&comment));
    found
}

/// Literals that are nothing but a number of a rule or of a chapter.
fn said_by_explain(text: &str) -> Vec<String> {
    let literals = text.split('"').filter(|literal| (1..=3).contains(&literal.len()));
    let numbers = literals.filter_map(|literal| {
        let digits = literal.trim_start_matches(|first: char| LETTERS.contains(first));
        let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let chapter = digits.len() == literal.len();
        (number && literal.len() - digits.len() <= 1)
            .then(|| if chapter { format!("§{literal}") } else { literal.to_owned() })
    });
    numbers.collect()
}

/// The rules that the reason of a case cites: in front of its first colon, and in brackets.
fn said_by_case(why: &str) -> Vec<String> {
    let mut found = cited(why.split(':').next().unwrap_or_default());
    for bracket in why.split('(').skip(1).filter_map(|rest| rest.split(')').next()) {
        let only_rules = bracket.split([',', ' ']).filter(|word| !word.is_empty()).all(|word| !cited(word).is_empty());
        if only_rules {
            found.extend(cited(bracket));
        }
    }
    found
}

/// Every text of the project that may cite a rule: where it stands, and what it cites.
fn citations() -> Vec<(PathBuf, Vec<String>)> {
    let mut citations = Vec::new();
    for folder in
        ["src", "crates", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets", "docs", "fixtures/cases", "jobs"]
    {
        for path in tree::files(&root().join(folder)) {
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            let Some(text) = matches!(kind, "rs" | "md" | "toml").then(|| fs::read_to_string(&path).unwrap()) else {
                continue;
            };
            let is_why = path.file_name().is_some_and(|name| name == "why.md");
            let mut said = match kind {
                "rs" => said_in_source(&text),
                "md" if is_why => said_by_case(&text),
                "md" => cited(&text),
                _ => text.lines().filter_map(|line| line.split_once('#')).flat_map(|(_, said)| cited(said)).collect(),
            };
            if path.starts_with(root().join("crates/hourbill-core/src/explain")) {
                said.extend(said_by_explain(&text));
            }
            citations.push((path, said));
        }
    }
    for page in ["README.md", "CONTRIBUTING.md"] {
        let path = root().join(page);
        let said = cited(&fs::read_to_string(&path).unwrap_or_default());
        citations.push((path, said));
    }
    citations
}

#[test]
fn every_rule_that_is_cited_is_in_rules_md() {
    let (rules, chapters) = (rules(), chapters());
    let citations = citations();
    let mut wrong = Vec::new();
    for (path, said) in &citations {
        for number in said.iter().filter(|number| !rules.contains_key(*number) && !chapters.contains(*number)) {
            wrong.push(format!("{}: {number}", tree::shown(path)));
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/rules.md lacks these, or they are ids of data without backticks:\n{}",
        wrong.join("\n")
    );
    let all: usize = citations.iter().map(|(_, said)| said.len()).sum();
    assert!(all > 700, "only {all} citations were found");
    let cited: BTreeSet<&String> = citations.iter().flat_map(|(_, said)| said).collect();
    assert!(["§8", "§8.3", "B3", "G14"].iter().all(|number| cited.iter().any(|cited| cited == number)), "{cited:?}");
}

#[test]
fn rules_are_told_from_ids_and_words() {
    let text = "B3 and G14 (L1-L6), §8.3 and §4, not `E1`, D-2026-10-C1-EUR, A1, M1x, B345 or utf-16";
    assert_eq!(cited(text), ["B3", "G14", "L1", "§8.3", "§4"]);
    assert_eq!(said_by_explain(r#"step("G2", "4", x("§9")) "no" "B7""#), ["G2", "§4", "B7"]);
    assert_eq!(said_by_case("K2 and §7.1: E1 late, 0.88 (B3) of (E1 and more)"), ["K2", "§7.1", "B3"]);
}

/// The file of a path such as `bill::part`, and what is left of the path behind it.
fn file_of(folder: &str, path: &str) -> Option<(PathBuf, Vec<String>)> {
    let parts: Vec<&str> = path.split("::").collect();
    (1..=parts.len()).rev().find_map(|count| {
        let file = root().join(folder).join(parts[..count].join("/"));
        let file = [file.with_extension("rs"), file.join("mod.rs")].into_iter().find(|file| file.is_file())?;
        Some((file, parts[count..].iter().map(|&part| part.to_owned()).collect()))
    })
}

/// Whether a source has an item of a name.
fn has_item(text: &str, name: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "trait", "const", "type", "mod"];
    kinds.iter().any(|kind| {
        let item = format!("{kind} {name}");
        let follows = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        text.match_indices(&item).any(|(at, _)| follows(&text[at + item.len()..]))
    })
}

/// What is wrong with the name of something in some folders of sources.
fn missing(folders: &[String], path: &str) -> Option<String> {
    let found = folders.iter().find_map(|folder| file_of(folder, path));
    let Some((file, items)) = found else { return Some(format!("no file for `{path}`")) };
    let text = fs::read_to_string(&file).unwrap();
    let lacks = items.iter().find(|item| !has_item(&text, item))?;
    Some(format!("{} has no `{lacks}`", tree::shown(&file)))
}

#[test]
fn every_rule_says_who_decides_it_and_what_shows_it() {
    let mut wrong = Vec::new();
    for (number, rule) in rules() {
        if rule.text.len() < 40 || rule.decided_by.is_empty() || rule.shown_by.is_empty() {
            wrong.push(format!("{number} lacks its sentence, who decides it, or what shows it"));
        }
        for path in &rule.decided_by {
            wrong.extend(missing(&tree::sources(), path).map(|missing| format!("{number}: {missing}")));
        }
        for shown in &rule.shown_by {
            if !shown.contains("::") {
                let case = root().join("fixtures/cases").join(shown).join("why.md");
                if !case.is_file() {
                    wrong.push(format!("{number}: there is no case `{shown}`"));
                }
                continue;
            }
            let test = shown.rsplit("::").next().unwrap();
            let in_suite = file_of("tests/suite", shown).is_some_and(|(_, rest)| rest == [test]);
            let folders = if in_suite { vec!["tests/suite".to_owned()] } else { tree::sources() };
            wrong.extend(missing(&folders, shown).map(|missing| format!("{number}: {missing}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_setting_that_a_rule_names_can_be_set() {
    for (number, rule) in rules() {
        let unknown: Vec<&String> = rule.settings.iter().filter(|setting| !keys::is_known(setting)).collect();
        assert!(unknown.is_empty(), "{number}: there is no setting {unknown:?}");
    }
}

#[test]
fn every_finding_is_shown_by_a_case() {
    let (table, _) = include_str!("../../docs/findings.md").split_once("<!-- up to here -->").unwrap();
    let of_codes = table.split("\n## ").skip(1);
    let unshown: Vec<_> =
        of_codes.filter(|text| !text.contains("shown by [")).map(|text| text.lines().next()).collect();
    assert!(unshown.is_empty(), "{unshown:?}: `cargo xtask docs` found no case");
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let words = ["SP", "EC"].concat();
    let section = ["sec", "tion "].concat();
    let mut wrong = Vec::new();
    for folder in ["src", "crates", "tests/suite", "docs", "fixtures/cases", "jobs", "benches"] {
        for path in tree::files(&root().join(folder)) {
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if !matches!(kind, "rs" | "md" | "toml") {
                continue;
            }
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let lower = line.to_lowercase();
                let numbered =
                    |(at, _): (usize, &str)| lower[at + section.len()..].starts_with(|c: char| c.is_ascii_digit());
                let named = line.split(|c: char| !c.is_alphanumeric()).any(|word| word == words);
                if named || lower.match_indices(&section).any(numbered) {
                    wrong.push(format!("{}:{}: {}", tree::shown(&path), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "cite a rule of docs/rules.md:\n{}", wrong.join("\n"));
}
