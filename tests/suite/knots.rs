//! What the tree is kept from: circles of files inside a folder, and public items that nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::tree;

/// The files of a folder by the module they belong to there; what stands in a folder of its own belongs to the module of its name.
fn modules(folder: &Path, all: &[PathBuf]) -> BTreeMap<String, Vec<PathBuf>> {
    let mut modules: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in all.iter().filter(|path| path.starts_with(folder)) {
        let first = path.strip_prefix(folder).unwrap().components().next().unwrap().as_os_str().to_str().unwrap();
        let name = first.strip_suffix(".rs").unwrap_or(first);
        if name != "mod" {
            modules.entry(name.to_owned()).or_default().push(path.clone());
        }
    }
    modules
}

/// Names behind `super::`, said as often as it takes to get from a file to a folder, and behind the folder's own path.
fn named(path: &Path, folder: &Path, source: &Path, code: &str) -> BTreeSet<String> {
    let inside = path.strip_prefix(folder).unwrap();
    let ups = inside.components().count() - usize::from(inside.ends_with("mod.rs"));
    let own: Vec<&str> = folder.strip_prefix(source).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
    let mut named = BTreeSet::new();
    for words in ["super::".repeat(ups), format!("crate::{}::", own.join("::"))] {
        for (at, _) in code.match_indices(&words).filter(|(at, _)| !code[..*at].ends_with("::")) {
            let rest = &code[at + words.len()..];
            if !rest.starts_with("super::") {
                let end = rest.find(';').unwrap_or(rest.len());
                named.extend(tree::used(&format!("crate::{}", &rest[..end])));
            }
        }
    }
    named
}

/// Modules that lead back to themselves, in groups.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reach = |from: &String| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(edges[next].iter().filter(|&to| seen.insert(to.clone())));
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|name| (name, reach(name))).collect();
    let circle = |name: &String| -> Vec<String> {
        edges.keys().filter(|other| reached[name].contains(*other) && reached[other].contains(name)).cloned().collect()
    };
    edges.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn files_of_a_folder_go_in_no_circles() {
    let mut found: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    for source in tree::sources() {
        let source = tree::root().join(source);
        let all = tree::rust_files(&tree::shown(&source));
        let folders: BTreeSet<&Path> =
            all.iter().filter_map(|path| path.parent()).filter(|&path| path != source).collect();
        for folder in folders {
            let modules = modules(folder, &all);
            let of_module = |(name, files): (&String, &Vec<PathBuf>)| {
                let uses = files.iter().flat_map(|path| named(path, folder, &source, &tree::code(path)));
                (name.clone(), uses.filter(|other| other != name && modules.contains_key(other)).collect())
            };
            let edges: BTreeMap<String, BTreeSet<String>> = modules.iter().map(of_module).collect();
            found.extend(circles(&edges).into_iter().map(|circle| (tree::shown(folder), circle)));
        }
    }
    assert!(found.is_empty(), "these files use each other in a circle: {found:#?}");
}

#[test]
fn circles_are_found() {
    let edges = [("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["a"]), ("d", vec!["a"]), ("e", vec![])];
    let owned = edges.map(|(name, uses)| (name.to_owned(), uses.into_iter().map(str::to_owned).collect()));
    assert_eq!(circles(&BTreeMap::from(owned)), BTreeSet::from([["a", "b", "c"].map(str::to_owned).to_vec()]));
}

/// The words of a source, but for comments and for names that are only passed on.
fn words(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut code = code.join("\n");
    while let Some(at) = code.find("pub use ") {
        let end = code[at..].find(';').map_or(code.len(), |end| at + end);
        code.replace_range(at..end, "");
    }
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[test]
fn what_is_public_is_used() {
    let program: Vec<PathBuf> = tree::sources().iter().flat_map(|folder| tree::rust_files(folder)).collect();
    let others = ["tests", "benches", "fuzz/src", "xtask/src", "crates/hourbill-core/examples"];
    let others = others.iter().flat_map(|folder| tree::rust_files(folder));
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for path in program.iter().cloned().chain(others) {
        for word in words(&fs::read_to_string(path).unwrap()) {
            *times.entry(word).or_default() += 1;
        }
    }
    let (mut unused, mut all) = (Vec::new(), 0);
    for path in &program {
        for line in tree::code(path).lines() {
            let Some(item) = line.trim_start().strip_prefix("pub ") else { continue };
            let kinds = ["fn ", "const fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "];
            let Some(rest) = kinds.iter().find_map(|kind| item.strip_prefix(kind)) else { continue };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            all += 1;
            if times.get(&name).is_some_and(|times| *times < 2) {
                unused.push(format!("{}: {name}", tree::shown(path)));
            }
        }
    }
    assert!(unused.is_empty(), "nobody uses {unused:#?}");
    assert!(all > 1_000, "only {all} public items were found");
}
