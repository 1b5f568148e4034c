//! The tables of docs/formats.md, from the list that the tables are written by.

use hourbill::tables::{Column, Kind, TABLES};

use crate::{Result, between};

const FROM: &str = "<!-- from here on by `cargo xtask docs`, from src/tables -->\n";

/// The page with its tables made anew.
pub fn page(found: &str) -> Result<String> {
    let tables = TABLES.map(|(name, columns)| table(name, columns)).concat();
    between(found, FROM, &tables).ok_or_else(|| "docs/formats.md lacks the marks of what is generated".to_owned())
}

fn table(name: &str, columns: &[Column]) -> String {
    let mut text = format!("### {name}\n\n| column | kind | holds |\n|---|---|---|\n");
    for column in columns {
        text.push_str(&format!("| {} | {} | {} |\n", column.name, kind(column.kind), column.about));
    }
    text.push('\n');
    text
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::Flag => "flag",
        Kind::Count => "number",
        Kind::Hours => "hours",
        Kind::Decimal => "decimal",
        Kind::Money => "money",
    }
}
