//! The tree keeps its own rules: module order, purity, no dead codes and fixtures, files that fit a head. Which crate may use which is the
//! compiler's; which module of a crate may use which is held here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hourbill::finding::Code;

/// Modules that may touch files, the clock, the environment and the terminal (docs/architecture.md, invariant 1). None of them is of the core.
const IO: [&str; 7] = ["regular", "job", "read", "publish", "ledger", "generate", "cli"];

/// What the others must not name beside the functions that clippy.toml forbids: what touches the world by other ways.
const TOUCHES: [&str; 8] =
    ["std::fs", "std::net", "std::os::", "indicatif", "anstream", "ctrlc", "rustix", "object_store"];

/// Lines of a file of the program, and of its tests.
const LINES_MAX: (usize, usize) = (600, 700);

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, sorted; none when the folder is missing.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn rust_files(folder: &str) -> Vec<PathBuf> {
    files(&root().join(folder)).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

/// The folders with the sources of the program: that of each crate, the binary's first.
pub fn sources() -> Vec<String> {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path().join("src"));
    let mut crates: Vec<String> = crates.map(|path| shown(&path)).collect();
    crates.sort();
    crates.insert(0, "src".to_owned());
    crates
}

/// All files of the program.
fn program() -> Vec<PathBuf> {
    sources().iter().flat_map(|folder| rust_files(folder)).collect()
}

pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn lib(folder: &str) -> String {
    fs::read_to_string(root().join(folder).join("lib.rs")).unwrap()
}

/// The modules of a crate in the order of its lib.rs.
fn modules(folder: &str) -> Vec<String> {
    let lib = lib(folder);
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    modules.map(str::to_owned).collect()
}

/// What a crate takes from those below it: names behind `use hourbill_...::`.
fn lent(folder: &str) -> BTreeSet<String> {
    let lib = lib(folder);
    let uses = lib.split("use hourbill_").skip(1).filter_map(|rest| rest.split_once("::")?.1.split_once(';'));
    let names = uses.flat_map(|(names, _)| names.split(|c: char| !c.is_alphanumeric() && c != '_'));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The module a file belongs to; `None` for lib.rs and main.rs, and for what only tests are built with.
fn module_of(folder: &str, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join(folder)).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let name = first.strip_suffix(".rs").unwrap_or(first);
    let name = name.strip_suffix("_tests").unwrap_or(name);
    (!matches!(name, "lib" | "main" | "testing")).then(|| name.to_owned())
}

/// A file without comments and without its tests.
pub fn code(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    if name == "tests.rs" || name.ends_with("_tests.rs") || path.components().any(|part| part.as_os_str() == "tests") {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let mut kept: Vec<&str> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        // A test module that stands in the file goes on to its end; one that stands beside it is one line.
        if line == "#[cfg(test)]" {
            let inline = lines.clone().take(3).any(|line| line.starts_with("mod ") && line.ends_with('{'));
            if inline {
                break;
            }
            continue;
        }
        if !line.trim_start().starts_with("//") {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Modules named behind `crate::`, also in braces.
pub fn used(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut start) = (0, true);
            for (at, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    _ if c.is_whitespace() => {}
                    _ if start => {
                        used.insert(word(&list[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            used.insert(word(rest));
        }
    }
    used
}

#[test]
fn a_module_uses_only_those_above_it() {
    let (mut wrong, mut all) = (Vec::new(), 0);
    for folder in sources() {
        let (modules, lent) = (modules(&folder), lent(&folder));
        all += modules.len();
        let place = |name: &str| modules.iter().position(|module| module == name);
        for path in rust_files(&folder) {
            let Some(module) = module_of(&folder, &path) else { continue };
            let own = place(&module).unwrap_or_else(|| panic!("{} is not in {folder}/lib.rs", shown(&path)));
            for other in used(&code(&path)) {
                match place(&other) {
                    Some(other) if other <= own => {}
                    Some(_) => wrong.push(format!("{}: `{module}` uses `{other}`, which comes below it", shown(&path))),
                    None if lent.contains(&other) => {}
                    // A name of the crate's root that is no module.
                    None => wrong.push(format!("{}: `crate::{other}` is no module", shown(&path))),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all > 35, "only {all} modules were found");
}

#[test]
fn uses_are_found_however_they_are_written() {
    let code = "use crate::a::B;\nuse crate::{c, d::{E, F}, g};\nfn f(x: crate::h::I) {}";
    assert_eq!(used(code).into_iter().collect::<Vec<_>>(), ["a", "c", "d", "g", "h"]);
}

#[test]
fn only_io_modules_touch_the_world() {
    let mut wrong = Vec::new();
    for folder in sources() {
        for path in rust_files(&folder) {
            let module = module_of(&folder, &path).filter(|module| !IO.contains(&module.as_str()));
            let (Some(module), code) = (module, code(&path)) else { continue };
            for touch in TOUCHES.iter().filter(|touch| code.contains(**touch)) {
                wrong.push(format!("{}: `{module}` names `{touch}`", shown(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_io_modules_may_call_what_clippy_forbids() {
    let mark = "#[allow(clippy::disallowed_methods, reason = \"I/O\")]";
    let mut all = BTreeSet::new();
    for folder in sources() {
        let lib = lib(&folder);
        let lines: Vec<&str> = lib.lines().collect();
        let marked = lines.windows(2).filter(|pair| pair[0] == mark).map(|pair| pair[1]);
        let marked = marked.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned);
        let marked: BTreeSet<String> = marked.collect();
        assert!(marked.is_empty() || folder != "crates/hourbill-core/src", "the core touches nothing: {marked:?}");
        all.extend(marked);
    }
    assert_eq!(all, IO.iter().map(|name| (*name).to_owned()).collect(), "the crates and the architecture differ");
    for path in program().iter().filter(|path| !path.ends_with("lib.rs")) {
        let code = fs::read_to_string(path).unwrap();
        assert!(!code.contains("clippy::disallowed"), "{} lets itself call what is forbidden", shown(path));
    }
}

#[test]
fn every_finding_code_is_made_somewhere() {
    let sources: Vec<String> = program()
        .iter()
        .filter(|path| !path.ends_with("crates/hourbill-core/src/finding.rs"))
        .map(|path| code(path))
        .collect();
    for known in Code::ALL {
        let made = format!("Code::{known:?}");
        let follows = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let found = |text: &String| text.match_indices(&made).any(|(at, _)| follows(&text[at + made.len()..]));
        assert!(sources.iter().any(found), "no code makes the finding {known}");
    }
}

#[test]
fn every_fixture_is_used() {
    let sources: Vec<String> = ["src", "crates", "tests", "benches"]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for fixture in files(&root().join("fixtures")) {
        let path = shown(&fixture);
        // Named itself, or by a folder that a test goes through.
        let mut names = Path::new(&path).ancestors().filter(|name| name.components().count() > 1);
        let used = names.any(|name| sources.iter().any(|text| text.contains(&format!("{}\"", name.display()))));
        assert!(used, "no test uses {path}");
    }
}

#[test]
fn every_file_is_part_of_the_program() {
    for folder in sources().into_iter().chain(["tests/suite".to_owned()]) {
        let sources: Vec<String> = rust_files(&folder).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for path in rust_files(&folder) {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = if stem == "mod" { path.parent().unwrap().file_name().unwrap().to_str().unwrap() } else { stem };
            let named = |text: &String| {
                text.contains(&format!("mod {name};")) || text.contains(&format!("#[path = \"{name}.rs\"]"))
            };
            let beside = path.parent().unwrap();
            // Many modules have tests of the same name: the declaration has to stand in the module itself.
            let own = [beside.join("mod.rs"), beside.with_extension("rs")];
            let declared = if name == "tests" {
                own.iter().filter_map(|path| fs::read_to_string(path).ok()).any(|text| named(&text))
            } else {
                sources.iter().any(named)
            };
            assert!(declared || ["lib", "main"].contains(&stem), "{} is in no module", shown(&path));
        }
    }
}

#[test]
fn files_fit_a_head() {
    let (of_program, of_tests) = LINES_MAX;
    let of_program = sources().into_iter().map(|folder| (folder, of_program));
    let of_tests = ["tests", "benches"].map(|folder| (folder.to_owned(), of_tests));
    for (folder, lines_max) in of_program.chain(of_tests) {
        for path in rust_files(&folder) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= lines_max, "{} has {lines} lines, {lines_max} are the most", shown(&path));
        }
    }
}

/// Public types of a file, those of macros too: each with its name.
fn public_types(code: &str) -> Vec<String> {
    let of_words = code.split("\nwords! {\n").skip(1).filter_map(|body| {
        let named = body.lines().map(str::trim).find(|line| !line.starts_with("//"));
        named.and_then(|line| line.strip_suffix(" {")).map(str::to_owned)
    });
    written_types(code).into_iter().chain(of_words).collect()
}

fn written_types(code: &str) -> Vec<String> {
    let of_line = |line: &str| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let name = ["struct ", "enum ", "trait ", "type "].into_iter().find_map(|kind| rest.strip_prefix(kind))?;
        // The name that a macro is given is none yet.
        Some(name)
            .filter(|name| !name.starts_with('$'))
            .map(|name| name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    };
    code.lines().filter_map(of_line).collect()
}

#[test]
fn a_name_of_a_public_type_means_one_thing() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in program() {
        for name in public_types(&code(&path)) {
            homes.entry(name).or_default().push(shown(&path));
        }
    }
    assert!(homes.len() > 300, "{}", homes.len());
    homes.retain(|_, homes| homes.len() > 1);
    assert!(homes.is_empty(), "{homes:#?}");
}

#[test]
fn nothing_is_left_to_be_done() {
    for path in program() {
        let code = code(&path);
        for mark in ["todo!(", "unimplemented!(", "TODO", "FIXME", "XXX"] {
            assert!(!code.contains(mark), "{} holds {mark}", shown(&path));
        }
    }
}

#[test]
fn a_run_folder_is_opened_in_one_place_where_its_format_is_known() {
    let opens = |path: &PathBuf| {
        let code = code(path);
        code.match_indices("run_file(")
            .filter(|(at, _)| {
                let asked = code[*at..].split(')').next().unwrap();
                asked.contains("MANIFEST") || asked.contains("run.json")
            })
            .count()
    };
    let found: Vec<(String, usize)> =
        program().iter().map(|path| (shown(path), opens(path))).filter(|(_, times)| *times > 0).collect();
    assert_eq!(found, [("src/run/format.rs".to_owned(), 1)]);
}
