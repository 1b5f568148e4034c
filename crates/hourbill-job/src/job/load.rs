//! What was typed becomes what is meant.

use std::collections::BTreeMap;
use std::path::Path;

use super::bounds;
use super::expect::Expected;
use super::file::{self, Branch, Given, Node, Typed};
use super::input;
use super::keys;
use super::period::{self, PeriodFlag};
use super::problem::{JobError, Problem, nearest};
use super::rules;
use super::section::{Reading, Section, decimal, filled, flag, number, one_of, text, texts, typed};
use super::settings::{
    CsvFor, DocumentFormat, EntriesTable, InForce, LedgerSettings, Limits, Numbering, Origin, Output, Profile, Settings,
};
use crate::access::Access;
use crate::calendar::Date;
use crate::inputs::Input;
use crate::quantity::{HoursForm, Percent};
use crate::settings::{BillingSettings, CompanyProfile};

/// What the command line says beside the job file; it wins over it.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub period: Option<PeriodFlag>,
    /// Name of an input and a path: `--input timesheets=PATH`. The paths of one input together replace those of the job file.
    pub inputs: Vec<(String, String)>,
    /// Any dotted key and its value: `--set rules.late_entries=bill`.
    pub sets: Vec<(String, String)>,
    pub threads: Option<usize>,
    /// Stands for today.
    pub as_of: Option<Date>,
    pub expected: Vec<Expected>,
}

/// Reads a job file and lays the flags over it. `today` is used where neither says what day it is.
pub fn load(path: &Path, flags: &Flags, today: Date) -> Result<Settings, JobError> {
    let shown = path.display().to_string();
    let broken = |code, given: &Given, message: String, hint: &str| JobError {
        problems: vec![Problem::at(code, &shown, given, "", message, hint.to_owned())],
    };
    let bytes = crate::regular::read(path).map_err(|error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        let hint = if is_missing { "`hourbill init EXPORTS` writes one from exports" } else { "" };
        broken("unreadable-job", &Given::Nowhere, format!("cannot read the job file: {error}"), hint)
    })?;
    let typed = String::from_utf8(bytes).map_err(|_| {
        broken("unreadable-job", &Given::Nowhere, "the job file is not UTF-8".to_owned(), "save it as UTF-8")
    })?;
    let mut root = file::parse(&typed).map_err(|error| {
        broken(
            "not-toml",
            &error.given,
            format!("the job file is not TOML: {}", error.message),
            match error.message.contains("duplicate key") {
                true => "a key stands once in its table: take one of the two out",
                false => "texts stand in quotes",
            },
        )
    })?;
    let mut reading = Reading::new(shown.clone());
    lay_over(&mut reading, &mut root, flags);
    settings(reading, root, path, flags, today).map_err(|problems| JobError { problems })
}

/// Puts what the flags say into the tree of what was typed.
fn lay_over(reading: &mut Reading, root: &mut Branch, flags: &Flags) {
    for (key, value) in &flags.sets {
        let given = Given::Flag(format!("--set {key}={value}"));
        match file::key_parts(key) {
            Some(parts) => file::set(root, &parts, Node { typed: Typed::Text(value.clone()), given }),
            None => {
                let hint = "write it as `rules.late_entries=bill`; names with other signs stand in quotes: `taxes.\"TVA 20%\".rate=20`";
                reading.problem("job-value", &given, key, format!("`{key}` is not a dotted key"), hint);
            }
        }
    }
    let mut paths: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for (name, path) in &flags.inputs {
        let given = Given::Flag(format!("--input {name}={path}"));
        if Input::from_name(name).is_none() {
            let near = nearest(name, Input::ALL.map(Input::name));
            let known = Input::ALL.map(|input| format!("`{input}`")).join(", ");
            let hint = near.map_or_else(|| format!("known are {known}"), |near| format!("did you mean `{near}`?"));
            reading.problem("unknown-key", &given, &format!("inputs.{name}"), format!("unknown input `{name}`"), hint);
            continue;
        }
        paths.entry(name).or_default().push(Node { typed: Typed::Text(path.clone()), given });
    }
    for (name, nodes) in paths {
        let given = nodes.first().map_or(Given::Nowhere, |node| node.given.clone());
        let parts = ["inputs", name, "path"].map(str::to_owned);
        file::set(root, &parts, Node { typed: Typed::List(nodes), given });
        let table = root.get_mut("inputs").and_then(|node| table_mut(node)?.get_mut(name)).and_then(table_mut);
        table.and_then(|table| table.remove("paths"));
    }
}

fn table_mut(node: &mut Node) -> Option<&mut Branch> {
    match &mut node.typed {
        Typed::Table(table) => Some(table),
        _ => None,
    }
}

fn settings(
    mut reading: Reading,
    root: Branch,
    path: &Path,
    flags: &Flags,
    today: Date,
) -> Result<Settings, Vec<Problem>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut root = reading.root(root);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = reading.value(&mut root, keys::NAME.name, stem, String::clone, filled);
    let as_of = flags.as_of.unwrap_or(today);
    let of_flag = |given: bool, flag: String| if given { Given::Flag(flag) } else { Given::Nowhere };
    reading.in_force(
        "as_of".to_owned(),
        as_of.to_string(),
        &of_flag(flags.as_of.is_some(), format!("--as-of {as_of}")),
    );
    let threads = flags.threads.map_or("one per core".to_owned(), |threads| threads.to_string());
    reading.in_force(
        "threads".to_owned(),
        threads.clone(),
        &of_flag(flags.threads.is_some(), format!("--threads {threads}")),
    );
    let mut inputs = input::inputs(&mut reading, &mut root, folder);
    let period = period::period(&mut reading, &mut root, flags.period, as_of);
    let rules = rules::rules(&mut reading, &mut root);
    inputs.values_mut().for_each(|input| input.day = Some(rules.day));
    let taxes = rules::taxes(&mut reading, &mut root);
    let bounds = bounds::bounds(&mut reading, &mut root);
    let output = output(&mut reading, &mut root, folder);
    let ledger = ledger(&mut reading, &mut root, folder);
    let company = company(&mut reading, &mut root, "company");
    let (companies, numbering_of) = companies(&mut reading, &mut root, &output.documents);
    let numbering = super::numbering::numbering(&mut reading, &mut root, &output.documents);
    let terms = super::numbering::terms(&mut reading, &mut root);
    let imports = super::imports::imports(&mut reading, &mut root, &output.documents);
    let limits = limits(&mut reading, &mut root);
    reading.finish(root);
    let in_force = reading.end()?;
    // F2: a question may be about a rule.
    let is_said = |asked: &String| {
        let known = |known: &InForce| known.key == *asked && known.origin != Origin::Default;
        asked.starts_with("rules.") && in_force.iter().any(known)
    };
    inputs.values_mut().for_each(|input| input.open.retain(|asked| !is_said(asked)));
    let (threads, expected) = (flags.threads, flags.expected.clone());
    let job_file = path.to_owned();
    let as_of_is_named = in_force.iter().any(|known| known.key == "as_of" && known.origin != Origin::Default);
    let billing = BillingSettings { period, as_of, as_of_is_named, rules, bounds, taxes, company, companies };
    Ok(Settings {
        name,
        job_file,
        inputs,
        billing,
        output,
        ledger,
        numbering,
        numbering_of,
        terms,
        imports,
        limits,
        expected,
        threads,
        shard: None,
        in_force,
    })
}

fn output(reading: &mut Reading, root: &mut Section, folder: &Path) -> Output {
    let mut section = reading.section(root, "output");
    let (dir, dir_shown) = match typed(reading, &mut section, keys::OUTPUT_DIR.name, filled) {
        // What a flag names stands where the command is run.
        Some((shown, given)) => {
            reading.in_force(section.key(keys::OUTPUT_DIR.name), shown.clone(), &given);
            (resolved(&shown, &given, folder), shown)
        }
        None => {
            let out = keys::OUTPUT_DIR.default;
            reading.in_force(section.key(keys::OUTPUT_DIR.name), out.to_owned(), &Given::Nowhere);
            (folder.join(out), out.to_owned())
        }
    };
    let tables = reading.value(
        &mut section,
        keys::TABLES.name,
        vec![keys::TABLES.default],
        |tables| tables.join(", "),
        |node| {
            let tables = several(node, keys::TABLES.words())?;
            if tables.is_empty() { Err("keep at least one of `csv`, `parquet`".to_owned()) } else { Ok(tables) }
        },
    );
    let shown = |documents: &Vec<DocumentFormat>| {
        documents.iter().map(|document| document.name()).collect::<Vec<_>>().join(", ")
    };
    let documents = reading.value(&mut section, keys::DOCUMENTS.name, Vec::new(), shown, |node| {
        let asked = several(node, keys::DOCUMENTS.words())?;
        let documents = DocumentFormat::ALL.iter().copied().filter(|document| asked.contains(&document.name()));
        let documents: Vec<DocumentFormat> = documents.collect();
        match documents.iter().find(|document| !document.is_written()) {
            Some(document) => Err(not_written(*document)),
            None => Ok(documents),
        }
    });
    let readers = [CsvFor::Machine, CsvFor::Excel, CsvFor::ExcelSemicolon];
    let csv_for = reading.choice(&mut section, &keys::CSV_FOR, &readers, CsvFor::Machine);
    let entries = entries(reading, &mut section);
    let hours = hours(reading, &mut section);
    let modes = Access::ALL.map(|mode| (mode.name(), mode));
    let shown = |mode: &Access| mode.name().to_owned();
    let mode = reading.optional(&mut section, keys::MODE.name, shown, |node| one_of(node, &modes)).unwrap_or_default();
    let profile = reading.choice(&mut section, &keys::PROFILE, &Profile::ALL, Profile::default());
    // In force where it is typed alone, so that other jobs keep the ids of their runs.
    let annex = reading.optional(&mut section, keys::EMBED_ANNEX.name, bool::to_string, flag);
    reading.finish(section);
    let (csv, parquet) = (tables.contains(&"csv"), tables.contains(&"parquet"));
    let embed_annex = annex.unwrap_or(false);
    Output { dir, dir_shown, csv, parquet, documents, profile, embed_annex, csv_for, entries, hours, mode }
}

/// E1. In force where it is typed alone, so that other jobs keep the ids of their runs.
fn entries(reading: &mut Reading, section: &mut Section) -> EntriesTable {
    let tables: Vec<_> =
        keys::ENTRIES.words().iter().copied().zip([EntriesTable::Unbilled, EntriesTable::All]).collect();
    let word =
        |table: &EntriesTable| tables.iter().find(|(_, known)| known == table).map_or("", |(word, _)| word).to_owned();
    reading.optional(section, keys::ENTRIES.name, word, |node| one_of(node, &tables)).unwrap_or_default()
}

/// In force where it is typed alone, as the last one.
fn hours(reading: &mut Reading, section: &mut Section) -> HoursForm {
    let forms = HoursForm::ALL.map(|form| (form.name(), form));
    reading
        .optional(section, keys::HOURS.name, |form: &HoursForm| form.name().to_owned(), |node| one_of(node, &forms))
        .unwrap_or_default()
}

fn not_written(document: DocumentFormat) -> String {
    let written: Vec<String> = DocumentFormat::ALL
        .iter()
        .filter(|known| known.is_written())
        .map(|known| format!("`{}`", known.name()))
        .collect();
    let those = if written.is_empty() { "no documents".to_owned() } else { format!("only {}", written.join(", ")) };
    format!("this version does not write `{}`: it writes {those}", document.name())
}

/// Words out of a list, in the order of the list of known ones.
fn several<'a>(node: &Node, known: &[&'a str]) -> Result<Vec<&'a str>, String> {
    let typed = texts(node)?;
    if let Some(unknown) = typed.iter().find(|word| !known.contains(&word.as_str())) {
        let allowed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        return Err(match nearest(unknown, known.iter().copied()) {
            Some(near) => format!("`{unknown}`: did you mean `{near}`? allowed are {allowed}"),
            None => format!("`{unknown}` is not known; allowed are {allowed}"),
        });
    }
    Ok(known.iter().copied().filter(|word| typed.iter().any(|typed| typed == word)).collect())
}

fn resolved(shown: &str, given: &Given, folder: &Path) -> std::path::PathBuf {
    if matches!(given, Given::Flag(_)) { shown.into() } else { folder.join(shown) }
}

fn ledger(reading: &mut Reading, root: &mut Section, folder: &Path) -> Option<LedgerSettings> {
    let asked = root.has("ledger");
    let mut section = reading.section(root, "ledger");
    let missing = asked && !section.has(keys::LEDGER_DIR.name);
    let dir = typed(reading, &mut section, keys::LEDGER_DIR.name, filled);
    if missing {
        let hint = "add `dir = \"ledger\"`, or leave out [ledger]";
        reading.problem(
            "missing-key",
            &Given::Nowhere,
            &keys::LEDGER_DIR.path(),
            "the ledger has no folder".to_owned(),
            hint,
        );
    }
    reading.finish(section);
    let shown = dir.as_ref().map_or(keys::LEDGER_DIR.default, |(shown, _)| shown);
    reading.in_force(
        keys::LEDGER_DIR.path(),
        shown.to_owned(),
        dir.as_ref().map_or(&Given::Nowhere, |(_, given)| given),
    );
    dir.map(|(dir_shown, given)| LedgerSettings { dir: resolved(&dir_shown, &given, folder), dir_shown })
}

/// Sections by the names that the exports use.
fn companies(
    reading: &mut Reading,
    root: &mut Section,
    documents: &[DocumentFormat],
) -> (BTreeMap<String, CompanyProfile>, BTreeMap<String, Numbering>) {
    let mut section = reading.section(root, "companies");
    let (mut companies, mut numbering) = (BTreeMap::new(), BTreeMap::new());
    for name in section.names() {
        let mut own = reading.section(&mut section, &name);
        if own.has("numbering") {
            let read = super::numbering::of_section(reading, &mut own, documents);
            numbering.extend(read.map(|read| (name.clone(), read)));
        }
        // One that has numbers of its own alone is sent by the company for all.
        if own.names().is_empty() && numbering.contains_key(&name) {
            continue;
        }
        companies.insert(name, company_of(reading, own));
    }
    reading.finish(section);
    (companies, numbering)
}

fn company(reading: &mut Reading, parent: &mut Section, name: &str) -> CompanyProfile {
    let section = reading.section(parent, name);
    company_of(reading, section)
}

fn company_of(reading: &mut Reading, mut section: Section) -> CompanyProfile {
    let mut company = CompanyProfile::default();
    for key in CompanyProfile::KEYS.iter().copied() {
        let Some((value, given)) = typed(reading, &mut section, key, |node| company_value(key, node)) else { continue };
        // Left blank, as `init` writes it, it says nothing.
        if value.is_empty() {
            continue;
        }
        reading.in_force(section.key(key), value.clone(), &given);
        if let Some(field) = company.field_mut(key) {
            *field = value;
        }
    }
    reading.finish(section);
    company
}

fn company_value(key: &str, node: &Node) -> Result<String, String> {
    let value = text(node)?;
    let country = value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase());
    if key == "country" && !country && !value.is_empty() {
        return Err("allowed is a country code of two letters, such as `BE`".to_owned());
    }
    Ok(value)
}

fn limits(reading: &mut Reading, root: &mut Section) -> Limits {
    let mut section = reading.section(root, "limits");
    let default = Limits::default();
    let bytes_max = default.unpacked_bytes_max;
    let said = section.has(keys::UNPACKED_BYTES_MAX.name);
    let unpacked_bytes_max =
        reading.value(&mut section, keys::UNPACKED_BYTES_MAX.name, bytes_max, u64::to_string, |node| {
            number(node).and_then(super::byte_size).filter(|bytes| *bytes > 0).ok_or_else(|| {
                "allowed is a number of bytes, or one with `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB` behind it".to_owned()
            })
        });
    let share = |node: &Node| {
        decimal(node, "from 0 to 100", |share: &Percent| *share >= Percent::ZERO && *share <= Percent::HUNDRED)
    };
    let quarantine =
        reading.value(&mut section, keys::QUARANTINE_PCT.name, default.quarantine, Percent::to_string, share);
    let mut quarantine_of = BTreeMap::new();
    for input in Input::ALL.into_iter().filter(|input| *input != Input::Timesheets) {
        let key = keys::quarantine_pct_of(input);
        let Some(node) = reading.take(&mut section, &key) else { continue };
        match share(&node) {
            Ok(limit) => {
                reading.in_force(section.key(&key), limit.to_string(), &node.given);
                quarantine_of.insert(input, limit);
            }
            Err(allowed) => reading.wrong(&section.key(&key), &node, &allowed),
        }
    }
    reading.finish(section);
    let cells_bytes_max = if said { unpacked_bytes_max } else { default.cells_bytes_max };
    Limits { unpacked_bytes_max, cells_bytes_max, quarantine, quarantine_of }
}
