//! What was typed: a job file as a tree of values, each with its place, and flags laid over it.
//!
//! The tree is kept by hand rather than derived, because an error has to name its line, an unknown key the nearest known one, and a number
//! has to keep the digits that were typed: no float takes part.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    File {
        line: usize,
        column: usize,
    },
    /// The flag as typed.
    Flag(String),
    /// It was not.
    Nowhere,
}

/// A value as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    Text(String),
    /// Its digits.
    Number(String),
    Flag(bool),
    /// A date or time of TOML, as text.
    Moment(String),
    List(Vec<Node>),
    Table(Branch),
}

impl Typed {
    /// As a person would say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Typed::Text(_) => "text",
            Typed::Number(_) => "a number",
            Typed::Flag(_) => "true or false",
            Typed::Moment(_) => "a date",
            Typed::List(_) => "a list",
            Typed::Table(_) => "a table",
        }
    }
}

pub type Branch = BTreeMap<String, Node>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub typed: Typed,
    /// Of the key, or of the item of a list.
    pub given: Given,
}

impl Node {
    pub fn is_of_flag(&self) -> bool {
        matches!(self.given, Given::Flag(_))
    }

    /// The value as it was typed, for messages.
    pub fn shown(&self) -> String {
        match &self.typed {
            Typed::Text(text) | Typed::Number(text) | Typed::Moment(text) => text.clone(),
            Typed::Flag(flag) => flag.to_string(),
            Typed::List(items) => items.iter().map(Node::shown).collect::<Vec<_>>().join(", "),
            Typed::Table(_) => "a table".to_owned(),
        }
    }
}

/// Text that is no TOML.
#[derive(Debug)]
pub struct Unparsed {
    pub message: String,
    pub given: Given,
}

/// The tree of a job file.
pub fn parse(text: &str) -> Result<Branch, Unparsed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::new(text);
    match DeTable::parse(text) {
        Ok(table) => Ok(branch(table.get_ref(), &lines)),
        Err(error) => {
            let given = error.span().map_or(Given::Nowhere, |span| lines.at(span.start));
            Err(Unparsed { message: error.message().lines().collect::<Vec<_>>().join(", "), given })
        }
    }
}

fn branch(table: &DeTable<'_>, lines: &Lines<'_>) -> Branch {
    let keyed = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| -> (String, Node) {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        (name.clone().into_owned(), Node { typed: typed(value.get_ref(), lines), given: lines.at(key.span().start) })
    };
    table.iter().map(keyed).collect()
}

fn typed(value: &DeValue<'_>, lines: &Lines<'_>) -> Typed {
    let digits = |text: &str| text.replace('_', "").trim_start_matches('+').to_owned();
    match value {
        DeValue::String(text) => Typed::Text(text.clone().into_owned()),
        // A number that is not written in tens is known by its value.
        DeValue::Integer(number) if number.radix() != 10 => Typed::Number(
            i64::from_str_radix(&digits(number.as_str()), number.radix())
                .map_or_else(|_| number.as_str().to_owned(), |value| value.to_string()),
        ),
        DeValue::Integer(number) => Typed::Number(digits(number.as_str())),
        DeValue::Float(number) => Typed::Number(digits(number.as_str())),
        DeValue::Boolean(flag) => Typed::Flag(*flag),
        DeValue::Datetime(moment) => Typed::Moment(moment.to_string()),
        DeValue::Array(items) => {
            let item = |item: &Spanned<DeValue<'_>>| Node {
                typed: typed(item.get_ref(), lines),
                given: lines.at(item.span().start),
            };
            Typed::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => Typed::Table(branch(table, lines)),
    }
}

/// The parts of a dotted key such as `taxes."TVA 20%".rate`; `None` when it is none.
pub fn key_parts(key: &str) -> Option<Vec<String>> {
    if key.contains(['\n', '\r', '=', '#']) {
        return None;
    }
    let mut branch = parse(&format!("{key} = 0")).ok()?;
    let mut parts = Vec::new();
    loop {
        let (part, node) = branch.pop_first()?;
        parts.push(part);
        match node.typed {
            Typed::Table(inner) => branch = inner,
            _ => return Some(parts),
        }
    }
}

/// Lays a value over the tree. A value that stands where a table is needed becomes the table's `path`: an input may be a path alone.
pub fn set(root: &mut Branch, parts: &[String], node: Node) {
    let Some((first, rest)) = parts.split_first() else { return };
    if rest.is_empty() {
        root.insert(first.clone(), node);
        return;
    }
    let table = Node { typed: Typed::Table(Branch::new()), given: node.given.clone() };
    let inner = root.entry(first.clone()).or_insert(table);
    if !matches!(inner.typed, Typed::Table(_)) {
        let plain = inner.clone();
        inner.given = node.given.clone();
        inner.typed = Typed::Table(Branch::from([("path".to_owned(), plain)]));
    }
    if let Typed::Table(inner) = &mut inner.typed {
        set(inner, rest, node);
    }
}

/// Line and column of a place in the text.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    fn at(&self, offset: usize) -> Given {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Given::File { line, column: before.chars().count() + 1 }
    }
}
