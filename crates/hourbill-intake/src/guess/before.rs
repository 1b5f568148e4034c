//! A job file that stands where `init` writes: what somebody said there is said in the new one, too.
//!
//! Inputs are told anew from the files. Of the old ones the keys are kept that `init` does not write itself: answers to what it asked, and
//! whatever else somebody added. All other tables are kept as they stand, comments and all.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::quoted::quoted;
use crate::presets::folded;

/// Tables of an input whose keys are told apart.
const TABLES: [&str; 4] = ["columns", "pattern", "constants", "values"];

/// Keys of an input that say one thing of all of its rows.
const ONE_WORD: [&str; 3] = ["hours_unit", "timezone", "date_format"];

/// A job file as it stood there.
#[derive(Debug, Default)]
pub struct Before {
    /// As it is written there.
    name: Option<String>,
    /// Lines at the top that are about other things than inputs.
    top: Vec<(String, String)>,
    /// Keys of the inputs with their values, in the order of their names.
    inputs: BTreeMap<String, Vec<(String, String)>>,
    /// Other tables: their names, and their text with what stands above it as a comment.
    tables: Vec<(String, String)>,
}

impl Before {
    /// Takes a job file apart.
    ///
    /// # Errors
    /// Text that is no TOML, in words.
    pub fn of(text: &str) -> Result<Before, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let root = DeTable::parse(&text).map_err(|error| error.message().lines().collect::<Vec<_>>().join(", "))?;
        let mut before = Before::default();
        for (key, value) in root.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("name", _) => before.name = Some(shown(value, &text)),
                ("inputs", DeValue::Table(inputs)) => {
                    for (input, keys) in inputs {
                        before.inputs.insert(input.get_ref().clone().into_owned(), keys_of(keys, &text));
                    }
                }
                (_, DeValue::Table(_)) => {}
                (name, _) => before.top.push((name.to_owned(), shown(value, &text))),
            }
        }
        let tables = tables(&text);
        // Keys such as `rules.approval = ...` above all tables.
        for (key, value) in
            DeTable::parse(tables.first().map_or("", |(_, top)| top)).iter().flat_map(|top| top.get_ref())
        {
            if let DeValue::Table(_) = value.get_ref() {
                let name = key.get_ref().as_ref();
                if name != "inputs" {
                    before.tables.push((name.to_owned(), format!("[{}]\n{}", bare(name), lines_of(value, &text))));
                }
            }
        }
        let others = tables.into_iter().skip(1).filter(|(name, _)| name != "inputs" && !name.starts_with("inputs."));
        before.tables.extend(others);
        Ok(before)
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn top(&self) -> impl Iterator<Item = String> {
        self.top.iter().map(|(key, value)| format!("{} = {value}\n", bare(key)))
    }

    /// The text of a table, or of those inside it; empty where there is none.
    pub(super) fn table(&self, name: &str) -> String {
        let inside = |known: &str| known == name || known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        self.tables.iter().filter(|(known, _)| inside(known)).map(|(_, text)| text.as_str()).collect()
    }

    /// Tables that are none of these.
    pub(super) fn tables_but(&self, names: &[&str]) -> impl Iterator<Item = &str> {
        let own = |known: &str| names.contains(&known.split('.').next().unwrap_or_default());
        self.tables.iter().filter(move |(known, _)| !own(known)).map(|(_, text)| text.as_str())
    }

    /// Keys of an input, with their values.
    pub(super) fn input(&self, input: &str) -> &[(String, String)] {
        self.inputs.get(input).map(Vec::as_slice).unwrap_or_default()
    }

    /// Keys of an input that are not among those that are written, but for what `init` asked, and for the sheet, which it tells from the
    /// workbook as it is now: another may hold rows since.
    pub(super) fn kept<'a>(&'a self, input: &str, written: &'a [String]) -> impl Iterator<Item = &'a (String, String)> {
        let told_anew = |key: &str| matches!(key, "open" | "paths" | "sheet");
        self.input(input).iter().filter(move |(key, _)| !told_anew(key) && !written.contains(key))
    }

    /// What a key of an input holds.
    fn value(&self, input: &str, key: &str) -> Option<Value> {
        let (_, value) = self.input(input).iter().find(|(known, _)| known == key)?;
        format!("value = {value}").parse::<Table>().ok()?.remove("value")
    }

    /// The text that a key of an input holds, where it is one.
    pub(super) fn text(&self, input: &str, key: &str) -> Option<String> {
        self.value(input, key)?.as_str().map(str::to_owned)
    }

    /// The texts that a key of an input holds: one, those of a list, or the keys of a table.
    pub(super) fn texts(&self, input: &str, key: &str) -> Vec<String> {
        match self.value(input, key) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::Table(table)) => table.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The column of a header is ignored, or stands for a field.
    pub(super) fn names_header(&self, input: &str, header: &str) -> bool {
        let keys = self.input(input).iter().map(|(key, _)| key.as_str());
        let mut of_headers = keys.filter(|key| *key == "ignore" || key.starts_with("columns."));
        of_headers.any(|key| self.texts(input, key).iter().any(|name| folded(name) == folded(header)))
    }

    /// Somebody answered what stands open: a rule, or a key of the input whose answer is one word for all rows. Words of cells, columns of a
    /// field and rows to skip are asked anew: the export may have others since.
    pub(super) fn answers(&self, input: &str, open: &str) -> bool {
        let says = |line: &str, key: &str| {
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        match open.strip_prefix("rules.") {
            Some(rule) => self.table("rules").lines().any(|line| says(line, rule)),
            None => ONE_WORD.contains(&open) && self.input(input).iter().any(|(key, _)| key == open),
        }
    }

    /// What a key of an input says, without quotes.
    pub(super) fn word(&self, input: &str, key: &str) -> Option<&str> {
        let (_, value) = self.input(input).iter().find(|(known, _)| known == key)?;
        Some(value.trim_matches(['"', '\'']))
    }

    /// What it says of the period; `None` where it says nothing.
    pub fn period(&self) -> Option<SaidPeriod> {
        let table = self.table("period");
        let lines = table.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('[')).collect();
        let month =
            table.parse::<Table>().ok().and_then(|table| Some(table.get("period")?.get("month")?.as_str()?.to_owned()));
        (!lines.is_empty()).then(|| SaidPeriod { shown: lines.join(", "), month })
    }

    /// It has no time entries: a job that `init` left to be filled in.
    pub fn lacks_entries(&self) -> bool {
        self.input("timesheets").is_empty()
    }

    /// Names of the tables that are kept, for people.
    pub fn table_names(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _)| format!("[{name}]")).collect()
    }

    /// Keys of its inputs that stand otherwise in the job that was written over it, or not at all.
    pub fn lost_in(&self, after: &Before) -> Vec<LostKey> {
        let keys = self.inputs.iter().flat_map(|(input, keys)| keys.iter().map(move |key| (input, key)));
        let lost = keys.filter(|(input, key)| key.0 != "open" && !after.input(input).contains(key));
        lost.map(|(input, (key, value))| LostKey { input: input.clone(), key: key.clone(), value: value.clone() })
            .collect()
    }
}

/// What a job says of its period.
#[derive(Debug)]
pub struct SaidPeriod {
    /// In one line, as it is written.
    pub shown: String,
    /// `2026-10`, `previous` or `current`; `None` where it says days.
    pub month: Option<String>,
}

/// A key of an input that is not kept.
#[derive(Debug)]
pub struct LostKey {
    input: String,
    key: String,
    value: String,
}

impl LostKey {
    /// It names a file or a sheet, which have other names each month.
    pub fn names_file(&self) -> bool {
        matches!(self.key.as_str(), "path" | "sheet")
    }
}

impl fmt::Display for LostKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = {} of {}", self.key, self.value, self.input)
    }
}

/// The keys of an input; a text or a list alone is its path.
fn keys_of(keys: &Spanned<DeValue<'_>>, text: &str) -> Vec<(String, String)> {
    let DeValue::Table(keys) = keys.get_ref() else { return vec![("path".to_owned(), shown(keys, text))] };
    let mut all = Vec::new();
    for (key, value) in keys {
        let name: &str = key.get_ref();
        match value.get_ref() {
            DeValue::Table(inside) if TABLES.contains(&name) => {
                all.extend(
                    inside.iter().map(|(key, value)| (format!("{name}.{}", bare(key.get_ref())), shown(value, text))),
                );
            }
            _ => all.push((bare(name), shown(value, text))),
        }
    }
    all
}

/// A value as it is written; a table in one line.
fn shown(value: &Spanned<DeValue<'_>>, text: &str) -> String {
    match value.get_ref() {
        DeValue::Table(inside) => {
            let keys = inside.iter().map(|(key, value)| format!("{} = {}", bare(key.get_ref()), shown(value, text)));
            format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
        }
        _ => text.get(value.span()).unwrap_or_default().to_owned(),
    }
}

fn lines_of(table: &Spanned<DeValue<'_>>, text: &str) -> String {
    let DeValue::Table(keys) = table.get_ref() else { return String::new() };
    keys.iter().map(|(key, value)| format!("{} = {}\n", bare(key.get_ref()), shown(value, text))).collect()
}

/// A key as TOML writes it.
fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain { key.to_owned() } else { quoted(key) }
}

/// The text in front of the first table, without a name, and each table with the comment that stands right above it.
fn tables(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = vec![(String::new(), String::new())];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let head = line.trim_start();
        // A bracket may also stand in a list, or in a text of several lines.
        let begins = head.starts_with('[') && text.get(..at).is_some_and(|above| DeTable::parse(above).is_ok());
        at += line.len();
        if begins {
            let name = head.trim_start_matches('[').split(']').next().unwrap_or_default().trim().to_owned();
            let above = all.last_mut().map(|(_, text)| comment_above(text)).unwrap_or_default();
            all.push((name, above));
        }
        if let Some((_, text)) = all.last_mut() {
            text.push_str(line);
        }
    }
    for (_, text) in &mut all {
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    all
}

/// Takes the comment at the end of a text off it.
fn comment_above(text: &mut String) -> String {
    let mut from = text.len();
    for line in text.split_inclusive('\n').rev() {
        if !line.trim_start().starts_with('#') {
            break;
        }
        from -= line.len();
    }
    text.split_off(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_taken_apart_and_its_tables_stay_as_they_are() {
        let text = "# Top.\nname = \"acme\"\n[inputs]\norders = \"o.csv\"\n\n[inputs.timesheets]\npath = [\n  \"a.csv\",\n]\n\
                    columns.hours = \"Net\"   # mine\nvalues.billable = { x = \"true\" }\n\n# Ours.\n[ledger]\ndir = \"l\"\n\
                    # Numbers.\n[company]\nname = \"Quay\"\n";
        let before = Before::of(text).unwrap();
        assert_eq!(before.name(), Some("\"acme\""));
        assert_eq!(before.table("ledger"), "# Ours.\n[ledger]\ndir = \"l\"\n");
        assert_eq!(before.table("company"), "# Numbers.\n[company]\nname = \"Quay\"\n");
        assert_eq!(before.input("orders"), [("path".to_owned(), "\"o.csv\"".to_owned())]);
        let written = ["path".to_owned()];
        let kept: Vec<&str> = before.kept("timesheets", &written).map(|(key, _)| key.as_str()).collect();
        assert_eq!(kept, ["columns.hours", "values.billable"]);
        assert_eq!(before.table_names(), ["[ledger]", "[company]"]);
    }

    #[test]
    fn a_list_of_lists_or_a_long_text_begins_no_table() {
        let before = Before::of("[company]\nname = \"\"\"\n[no table]\n\"\"\"\n[x]\ny = [\n[1],\n]\n").unwrap();
        assert_eq!(before.table_names(), ["[company]", "[x]"]);
        assert!(Before::of("name = ").is_err());
    }
}
