//! Keys of an input about the cells and rows of files that are no clean tables (F6, F8): `header_row`, `ignore`, `pattern`, `skip`.

use std::collections::BTreeMap;

use super::file::{Node, Typed};
use super::keys;
use super::section::{Reading, Section, one_of, text, texts};
use super::settings::{HoursUnit, Pattern};
use crate::inputs::Input;

/// `header_row`: the line of the header, from 1; `None` where it is looked for.
pub fn header_row(reading: &mut Reading, section: &mut Section) -> Option<u64> {
    reading.optional(section, keys::HEADER_ROW.name, u64::to_string, |node| {
        let row = match &node.typed {
            Typed::Number(number) => number.parse().ok(),
            _ => text(node)?.parse().ok(),
        };
        row.filter(|row| (1..=1_000_000).contains(row)).ok_or_else(|| "write the line of the header, from 1".to_owned())
    })
}

/// `ignore`: headers of columns that stand for no field.
pub fn ignore(reading: &mut Reading, section: &mut Section) -> Vec<String> {
    reading.optional(section, keys::IGNORE.name, |headers: &Vec<String>| headers.join(", "), texts).unwrap_or_default()
}

/// `fill_down`: headers of columns whose empty cells are those of the row above.
pub fn fill_down(reading: &mut Reading, section: &mut Section) -> Vec<String> {
    let shown = |headers: &Vec<String>| headers.join(", ");
    reading.optional(section, keys::FILL_DOWN.name, shown, texts).unwrap_or_default()
}

/// `hours_unit`: what a number of hours without a unit counts.
pub fn hours_unit(reading: &mut Reading, section: &mut Section) -> HoursUnit {
    let word = |unit: &HoursUnit| unit.word().to_owned();
    reading.optional(section, keys::HOURS_UNIT.name, word, |node| one_of(node, &units())).unwrap_or_default()
}

/// `columns.hours = { Hours = "hours", Minutes = "minutes" }`: columns that are added, and what a number counts in each.
pub fn hours_of_columns(node: &Node) -> Result<Vec<(String, HoursUnit)>, String> {
    let Typed::Table(named) = &node.typed else { return Err("name headers".to_owned()) };
    let units = units();
    named.iter().map(|(header, node)| Ok((header.clone(), one_of(node, &units)?))).collect()
}

/// By word.
fn units() -> Vec<(&'static str, HoursUnit)> {
    HoursUnit::NAMED.iter().map(|unit| (unit.word(), *unit)).collect()
}

/// Columns that are added, each with its unit: what a run is made by.
pub fn parts_shown(headers: &[String], units: &[HoursUnit]) -> String {
    let parts = headers.iter().zip(units).map(|(header, unit)| format!("{header} ({})", unit.word()));
    parts.collect::<Vec<_>>().join(" + ")
}

/// `pattern`: for each field, a regular expression of which the first group is the cell.
pub fn pattern(reading: &mut Reading, section: &mut Section, input: Input) -> BTreeMap<&'static str, Pattern> {
    let mut typed = reading.section(section, keys::PATTERN.name);
    let mut patterns = BTreeMap::new();
    for field in input.fields() {
        let Some(node) = reading.take(&mut typed, field.name) else { continue };
        let key = typed.key(field.name);
        match compiled(&node) {
            Ok(pattern) => {
                reading.in_force(key, pattern.as_str().to_owned(), &node.given);
                patterns.insert(field.name, pattern);
            }
            Err(allowed) => reading.wrong(&key, &node, &allowed),
        }
    }
    reading.finish(typed);
    patterns
}

fn compiled(node: &Node) -> Result<Pattern, String> {
    let written = text(node)?;
    let pattern = Pattern::new(&written).map_err(|why| format!("it is no regular expression: {why}"))?;
    if pattern.groups() == 0 {
        return Err("put round brackets around the part that is the cell, such as `#(\\d+)`".to_owned());
    }
    Ok(pattern)
}

/// `skip`: headers, and the cell that leaves a row out.
pub fn skip(reading: &mut Reading, section: &mut Section) -> Vec<(String, String)> {
    let given = section.given(keys::SKIP.name);
    let mut typed = reading.section(section, keys::SKIP.name);
    let mut skip = Vec::new();
    for header in typed.names() {
        let Some(node) = reading.take(&mut typed, &header) else { continue };
        let key = typed.key(&header);
        let cells = match &node.typed {
            Typed::Flag(_) | Typed::Number(_) | Typed::Moment(_) => Ok(vec![node.shown()]),
            Typed::List(_) => texts(&node),
            _ => text(&node).map(|cell| vec![cell]),
        };
        match cells {
            Ok(cells) => {
                reading.in_force(key, cells.join(", "), &node.given);
                skip.extend(cells.into_iter().map(|cell| (header.clone(), cell)));
            }
            Err(allowed) => reading.wrong(&key, &node, &allowed),
        }
    }
    reading.finish(typed);
    // That no row is left out is an answer, too (F7).
    if let (true, Some(given)) = (skip.is_empty(), given) {
        reading.in_force(section.key(keys::SKIP.name), "{}".to_owned(), &given);
    }
    skip
}

/// `open`: keys and headers that `init` asked about.
pub fn open(reading: &mut Reading, section: &mut Section) -> Vec<String> {
    reading.optional(section, keys::OPEN.name, |open: &Vec<String>| open.join(", "), texts).unwrap_or_default()
}
