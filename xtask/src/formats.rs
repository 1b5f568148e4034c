//! The tables of docs/formats.md, from the lists that inputs are read and tables are written by.

use hourbill::inputs::{Field, Input};
use hourbill::tables::{ColumnKind, TABLES, TableColumn};

use crate::{Result, between};

const FROM: &str = "<!-- from here on by `cargo xtask docs`, from crates/hourbill-output/src/tables -->\n";

/// The page with its tables made anew.
pub fn page(found: &str) -> Result<String> {
    let tables = TABLES.map(|(name, columns)| table(name, columns)).concat();
    let mut page = between(found, FROM, &tables)
        .ok_or_else(|| "docs/formats.md lacks the marks of what is generated".to_owned())?;
    for input in Input::ALL {
        page = with_columns_of(input, &page)
            .ok_or_else(|| format!("docs/formats.md lacks the mark of the columns of {input}"))?;
    }
    Ok(page)
}

/// The page with the table of an input, which stands between its mark and the next empty line, made anew.
fn with_columns_of(input: Input, page: &str) -> Option<String> {
    let mark = format!("<!-- columns of {input}, by `cargo xtask docs` from crates/hourbill-core/src/inputs.rs -->\n");
    let (before, rest) = page.split_once(&mark)?;
    let (_, after) = rest.strip_prefix('\n').map_or_else(|| rest.split_once("\n\n"), |after| Some(("", after)))?;
    let columns: String = input.fields().iter().map(row_of).collect();
    Some(format!("{before}{mark}| column | holds |\n|---|---|\n{columns}\n{after}"))
}

fn row_of(field: &Field) -> String {
    let name =
        if field.required && !field.may_be_empty { format!("**{}**", field.name) } else { field.name.to_owned() };
    format!("| {name} | {} |\n", field.about)
}

fn table(name: &str, columns: &[TableColumn]) -> String {
    let mut text = format!("### {name}\n\n| column | kind | holds |\n|---|---|---|\n");
    for column in columns {
        text.push_str(&format!("| {} | {} | {} |\n", column.name, kind(column.kind), column.about));
    }
    text.push('\n');
    text
}

fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "text",
        ColumnKind::Date => "date",
        ColumnKind::Flag => "flag",
        ColumnKind::Count => "number",
        ColumnKind::Hours => "hours",
        ColumnKind::Decimal => "decimal",
        ColumnKind::Money => "money",
    }
}
