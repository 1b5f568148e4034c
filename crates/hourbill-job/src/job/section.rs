//! Takes a tree of typed values apart, key by key: what is read is known and in force, what is left over is an error.

use std::str::FromStr;

use super::file::{Branch, Given, Node, Typed};
use super::keys::JobKey;
use super::problem::{Problem, nearest};
use super::settings::{InForce, Origin};

/// Collects what is in force and what is wrong while a job is read.
pub struct Reading {
    /// The job file as people name it.
    file: String,
    /// With the line each stands in; 0 for flags and for what is missing.
    problems: Vec<(usize, Problem)>,
    in_force: Vec<InForce>,
    /// Dotted keys that could have been typed.
    known: Vec<String>,
    /// Dotted keys that were typed and are not known: section, key, place.
    unknown: Vec<(String, String, Given)>,
}

/// A table of the job file that is being read.
pub struct Section {
    /// Dotted, empty for the file itself.
    path: String,
    keys: Branch,
}

impl Section {
    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// Names of what is still to be read.
    pub fn names(&self) -> Vec<String> {
        self.keys.keys().cloned().collect()
    }

    /// Where a key was typed that is still to be read.
    pub fn given(&self, key: &str) -> Option<Given> {
        self.keys.get(key).map(|node| node.given.clone())
    }

    pub fn key(&self, key: &str) -> String {
        let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let key = if plain { key.to_owned() } else { format!("{key:?}") };
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }
}

impl Reading {
    pub fn new(file: String) -> Reading {
        Reading { file, problems: Vec::new(), in_force: Vec::new(), known: Vec::new(), unknown: Vec::new() }
    }

    pub fn root(&self, keys: Branch) -> Section {
        Section { path: String::new(), keys }
    }

    /// The table of a name; empty when it was not typed.
    pub fn section(&mut self, parent: &mut Section, name: &str) -> Section {
        let path = parent.key(name);
        let keys = match self.take(parent, name) {
            None => Branch::new(),
            Some(Node { typed: Typed::Table(keys), .. }) => keys,
            Some(node) => {
                let message = format!("`{path}` is {}, not a table", node.typed.kind());
                self.problem(
                    "job-value",
                    &node.given,
                    &path,
                    message,
                    format!("write it as [{path}] with keys below it"),
                );
                Branch::new()
            }
        };
        Section { path, keys }
    }

    /// A section made from a node that is known to be a table.
    pub fn section_of(&self, path: String, keys: Branch) -> Section {
        Section { path, keys }
    }

    /// Takes a key out; it is known from now on.
    pub fn take(&mut self, section: &mut Section, key: &str) -> Option<Node> {
        self.known.push(section.key(key));
        section.keys.remove(key)
    }

    /// What is left in a section was not asked for.
    pub fn finish(&mut self, section: Section) {
        for (key, node) in &section.keys {
            self.unknown.push((section.path.clone(), key.clone(), node.given.clone()));
        }
    }

    pub fn problem(&mut self, code: &'static str, given: &Given, key: &str, message: String, hint: impl Into<String>) {
        let line = if let Given::File { line, .. } = given { *line } else { 0 };
        self.problems.push((line, Problem::at(code, &self.file, given, key, message, hint.into())));
    }

    /// Says that a value is in force.
    pub fn in_force(&mut self, key: String, value: String, given: &Given) {
        let origin = match given {
            Given::File { .. } => Origin::JobFile,
            Given::Flag(_) => Origin::Flag,
            Given::Nowhere => Origin::Default,
        };
        self.in_force.push(InForce { key, value, origin });
    }

    /// A value by `read`, which says what is allowed when it cannot; the default when it was not typed or is wrong.
    pub fn value<T>(
        &mut self,
        section: &mut Section,
        key: &str,
        default: T,
        shown: impl Fn(&T) -> String,
        read: impl Fn(&Node) -> Result<T, String>,
    ) -> T {
        let path = section.key(key);
        let (value, given) = match self.take(section, key) {
            None => (default, Given::Nowhere),
            Some(node) => match read(&node) {
                Ok(value) => (value, node.given),
                Err(allowed) => {
                    self.wrong(&path, &node, &allowed);
                    return default;
                }
            },
        };
        self.in_force(path, shown(&value), &given);
        value
    }

    /// A value that is in force only where it is typed: a job that does not know the key stays what it was.
    pub fn optional<T>(
        &mut self,
        section: &mut Section,
        key: &str,
        shown: impl Fn(&T) -> String,
        read: impl Fn(&Node) -> Result<T, String>,
    ) -> Option<T> {
        let path = section.key(key);
        let node = self.take(section, key)?;
        match read(&node) {
            Ok(value) => {
                self.in_force(path, shown(&value), &node.given);
                Some(value)
            }
            Err(allowed) => {
                self.wrong(&path, &node, &allowed);
                None
            }
        }
    }

    /// A value that is not allowed.
    pub fn wrong(&mut self, path: &str, node: &Node, allowed: &str) {
        let message = match node.typed {
            Typed::Table(_) => format!("`{path}` is a table"),
            _ => format!("`{path}` is `{}`", node.shown()),
        };
        self.problem("job-value", &node.given, path, message, allowed);
    }

    /// What one of the words of a key means; `values` stand in the order of its words.
    pub fn choice<T: Copy + PartialEq>(&mut self, section: &mut Section, key: &JobKey, values: &[T], default: T) -> T {
        let words: Vec<(&str, T)> = key.words().iter().copied().zip(values.iter().copied()).collect();
        let word = |value: &T| words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word).to_owned();
        self.value(section, key.name, default, word, |node| one_of(node, &words))
    }

    /// The same of a key that is in force only where it is typed.
    pub fn optional_choice<T: Copy + PartialEq>(
        &mut self,
        section: &mut Section,
        key: &JobKey,
        values: &[T],
    ) -> Option<T> {
        let words: Vec<(&str, T)> = key.words().iter().copied().zip(values.iter().copied()).collect();
        let word = |value: &T| words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word).to_owned();
        self.optional(section, key.name, word, |node| one_of(node, &words))
    }

    /// Everything in force, sorted, or everything that is wrong: what flags say and what is missing first, then in the order of the file.
    pub fn end(mut self) -> Result<Vec<InForce>, Vec<Problem>> {
        let unknown = std::mem::take(&mut self.unknown);
        for (section, key, given) in unknown {
            let path = self.section_of(section.clone(), Branch::new()).key(&key);
            let hint = self.unknown_hint(&section, &key);
            self.problem("unknown-key", &given, &path, format!("unknown key `{path}`"), hint);
        }
        if self.problems.is_empty() {
            self.in_force.sort_by(|a, b| a.key.cmp(&b.key));
            return Ok(self.in_force);
        }
        self.problems.sort_by_key(|(line, _)| *line);
        Err(self.problems.into_iter().map(|(_, problem)| problem).collect())
    }

    fn unknown_hint(&self, section: &str, key: &str) -> String {
        let prefix = if section.is_empty() { String::new() } else { format!("{section}.") };
        let beside =
            || self.known.iter().filter_map(|known| known.strip_prefix(&prefix)).filter(|name| !name.contains('.'));
        if let Some(near) = nearest(key, beside()) {
            return format!("did you mean `{prefix}{near}`?");
        }
        let elsewhere = self.known.iter().filter(|known| known.rsplit('.').next() == Some(key)).min();
        let path = format!("{prefix}{key}");
        if let Some(near) =
            elsewhere.map(String::as_str).or_else(|| nearest(&path, self.known.iter().map(String::as_str)))
        {
            return format!("did you mean `{near}`?");
        }
        let mut names: Vec<String> = beside().map(|name| format!("`{name}`")).collect();
        names.sort();
        names.dedup();
        if names.is_empty() { String::new() } else { format!("known here are {}", names.join(", ")) }
    }
}

/// Text: a number typed where text is wanted may have lost a leading zero.
pub fn text(node: &Node) -> Result<String, String> {
    match &node.typed {
        Typed::Text(text) => Ok(text.clone()),
        _ => Err("write it as text in quotes".to_owned()),
    }
}

/// The meaning of one of a few words.
pub fn one_of<T: Copy>(node: &Node, words: &[(&str, T)]) -> Result<T, String> {
    let typed = text(node)?;
    words.iter().find(|(word, _)| *word == typed).map(|(_, value)| *value).ok_or_else(|| {
        let allowed = words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        match nearest(&typed, words.iter().map(|(word, _)| *word)) {
            Some(near) => format!("did you mean `{near}`? allowed are {allowed}"),
            None => format!("allowed are {allowed}"),
        }
    })
}

/// Text with something in it.
pub fn filled(node: &Node) -> Result<String, String> {
    text(node).and_then(|text| if text.trim().is_empty() { Err("it must not be empty".to_owned()) } else { Ok(text) })
}

/// `true` or `false`, on the command line as a word.
pub fn flag(node: &Node) -> Result<bool, String> {
    match node.typed {
        Typed::Flag(on) => Ok(on),
        _ => match text(node)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("allowed are true and false".to_owned()),
        },
    }
}

/// The digits of a number, as typed.
pub fn number(node: &Node) -> Option<&str> {
    match &node.typed {
        Typed::Text(text) | Typed::Number(text) => Some(text),
        _ => None,
    }
}

/// A list of texts; one text stands for a list of one, and a flag for words between commas.
pub fn texts(node: &Node) -> Result<Vec<String>, String> {
    match &node.typed {
        Typed::Text(text) if node.is_of_flag() => {
            Ok(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
        }
        Typed::Text(text) => Ok(vec![text.clone()]),
        Typed::List(items) => items.iter().map(text).collect(),
        _ => Err("write it as a list of texts".to_owned()),
    }
}

/// A value that was typed and is allowed, with its place.
pub(super) fn typed<T>(
    reading: &mut Reading,
    section: &mut Section,
    key: &'static str,
    read: impl Fn(&Node) -> Result<T, String>,
) -> Option<(T, Given)> {
    let node = reading.take(section, key)?;
    match read(&node) {
        Ok(value) => Some((value, node.given)),
        Err(allowed) => {
            reading.wrong(&section.key(key), &node, &allowed);
            None
        }
    }
}

/// An exact decimal of six places.
pub(super) fn decimal<T: FromStr>(node: &Node, allowed: &str, within: impl Fn(&T) -> bool) -> Result<T, String> {
    let value = number(node).and_then(|text| text.parse().ok()).filter(within);
    value.ok_or_else(|| format!("allowed is a number {allowed}, such as `12.5`, with up to 6 decimals"))
}
