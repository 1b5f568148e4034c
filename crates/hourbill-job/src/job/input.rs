//! `[inputs]`: which files, and how to read them.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::format::{Item, Numeric, StrftimeItems};

use super::cells;
use super::file::{Branch, Given, Node, Typed};
use super::keys;
use super::problem::nearest;
use super::section::{Reading, Section, filled, flag, text, texts};
use super::settings::{DecimalMark, Encoding, HoursUnit, InputSettings};
use crate::inputs::{Input, Meaning};
use crate::presets::{self, Preset};

/// The inputs of a job.
pub fn inputs(reading: &mut Reading, root: &mut Section, folder: &Path) -> BTreeMap<Input, InputSettings> {
    let mut section = reading.section(root, "inputs");
    let mut inputs = BTreeMap::new();
    for input in Input::ALL {
        let key = section.key(input.name());
        match reading.take(&mut section, input.name()) {
            Some(node) => {
                if let Some(settings) = one(reading, input, key, node, folder) {
                    inputs.insert(input, settings);
                }
            }
            None if input.required() => {
                let message = format!("the job names no {input} input");
                let hint = format!("add `{input} = \"FILE\"` below [inputs], or give --input {input}=FILE");
                reading.problem("missing-input", &Given::Nowhere, &key, message, hint);
            }
            None => {}
        }
    }
    reading.finish(section);
    if ![Input::Orders, Input::Agreements].iter().any(|input| inputs.contains_key(input)) {
        let message = "the job names neither an orders nor an agreements input".to_owned();
        let hint = "add `orders = \"FILE\"` or `agreements = \"FILE\"` below [inputs], or give --input orders=FILE";
        reading.problem("missing-input", &Given::Nowhere, "inputs.orders", message, hint);
    }
    inputs
}

fn one(reading: &mut Reading, input: Input, path: String, node: Node, folder: &Path) -> Option<InputSettings> {
    let given = node.given.clone();
    // A path or a list of paths is short for a table with nothing else.
    let keys = match node.typed {
        Typed::Table(keys) => keys,
        typed => Branch::from([("path".to_owned(), Node { typed, given: given.clone() })]),
    };
    let mut section = reading.section_of(path.clone(), keys);
    let set: Vec<String> = section.names();
    let paths = paths(reading, &mut section, &path, &given, folder);
    let Written { delimiter, encoding, decimal, thousands, date_format, timezone } = written(reading, &mut section);
    let shown = |preset: &Option<&'static Preset>| preset.map_or("none", |preset| preset.name).to_owned();
    let preset = reading.value(&mut section, keys::PRESET.name, None, shown, |node| preset(node, input));
    let sheet = reading.value(
        &mut section,
        keys::SHEET.name,
        Vec::new(),
        |sheets: &Vec<String>| if sheets.is_empty() { keys::SHEET.default.to_owned() } else { sheets.join(", ") },
        sheets,
    );
    let newer_wins = reading.value(&mut section, keys::NEWER_WINS.name, false, bool::to_string, flag);
    let has_hours = input.fields().iter().any(|field| field.meaning == Meaning::Hours);
    let hours_unit = if has_hours { cells::hours_unit(reading, &mut section) } else { HoursUnit::Hours };
    let Headers { columns, joined, hours_parts, break_unit } = columns(reading, &mut section, input, hours_unit);
    let id_from = id_from(reading, &mut section, input, &columns);
    let header_row = cells::header_row(reading, &mut section);
    let ignore = cells::ignore(reading, &mut section);
    let pattern = cells::pattern(reading, &mut section, input);
    let skip = cells::skip(reading, &mut section);
    let fill_down = cells::fill_down(reading, &mut section);
    let constants = constants(reading, &mut section, input);
    let values = values(reading, &mut section, input);
    let asked = cells::open(reading, &mut section);
    reading.finish(section);
    let mut settings = InputSettings {
        paths: paths?,
        delimiter,
        encoding,
        decimal,
        thousands,
        marks_said: set.iter().any(|key| key == keys::DECIMAL.name || key == keys::THOUSANDS.name),
        date_format,
        timezone,
        columns,
        joined,
        preset,
        sheet,
        constants,
        values,
        newer_wins,
        id_from,
        header_row,
        ignore,
        pattern,
        fill_down,
        skip,
        skip_said: set.iter().any(|key| key == keys::SKIP.name),
        hours_unit: if hours_parts.is_empty() { hours_unit } else { HoursUnit::OfParts },
        hours_parts,
        break_unit,
        // Once the rules are known.
        day: None,
        open: Vec::new(),
        asked,
    };
    let of_id = input.fields().first().map(|field| field.name);
    let unanswered = |asked: &&String| !is_answered(&settings, &set, asked, of_id);
    settings.open = settings.asked.iter().filter(unanswered).cloned().collect();
    Some(settings)
}

/// How bytes become cells, and cells figures and dates.
struct Written {
    delimiter: Option<u8>,
    encoding: Encoding,
    decimal: DecimalMark,
    thousands: Option<char>,
    date_format: Option<String>,
    timezone: Option<chrono_tz::Tz>,
}

fn written(reading: &mut Reading, section: &mut Section) -> Written {
    let delimiter = reading.value(
        section,
        keys::DELIMITER.name,
        None,
        |byte| byte.map_or(keys::DELIMITER.default.to_owned(), delimiter_shown),
        delimiter,
    );
    let encodings = [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16, Encoding::ShiftJis];
    let encoding = reading.choice(section, &keys::ENCODING, &encodings, Encoding::Utf8);
    let decimal =
        reading.choice(section, &keys::DECIMAL, &[DecimalMark::Point, DecimalMark::Comma], DecimalMark::Point);
    let mark = if decimal == DecimalMark::Point { '.' } else { ',' };
    let thousands = reading.value(section, keys::THOUSANDS.name, None, none_or, |node| thousands(node, mark));
    let date_format = reading.value(
        section,
        keys::DATE_FORMAT.name,
        None,
        |format: &Option<String>| format.clone().unwrap_or(keys::DATE_FORMAT.default.to_owned()),
        date_format,
    );
    let timezone = reading.value(section, keys::TIMEZONE.name, None, none_or, timezone);
    Written { delimiter, encoding, decimal, thousands, date_format, timezone }
}

/// F2: whether the job answers a question that it leaves open: `keys` are those that the input has, `of_id` is the field of its id.
fn is_answered(settings: &InputSettings, keys: &[String], asked: &str, of_id: Option<&str>) -> bool {
    let InputSettings { columns, joined, .. } = settings;
    let column = asked.strip_prefix("columns.");
    let field = asked.strip_prefix("values.");
    let words = field.and_then(|field| settings.values.get(field));
    // What an empty cell says is asked of yes and no.
    let of_flags = matches!(field, Some("billable" | "invoiced"));
    let same = |name: &String| presets::folded(name) == presets::folded(asked);
    keys.iter().any(|key| key == asked)
        || column.is_some_and(|field| {
            let is_made = !settings.id_from.is_empty() && of_id == Some(field);
            is_made
                || columns.contains_key(field)
                || joined.contains_key(field)
                || settings.constants.contains_key(field)
        })
        || words.is_some_and(|words| !of_flags || words.iter().any(|(word, _)| word.trim().is_empty()))
        || columns.values().chain(joined.values().flatten()).chain(&settings.ignore).any(same)
        || settings.skip.iter().any(|(name, _)| same(name))
}

fn none_or<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or("none".to_owned(), T::to_string)
}

type Paths = Vec<(String, std::path::PathBuf)>;

fn paths(reading: &mut Reading, section: &mut Section, path: &str, given: &Given, folder: &Path) -> Option<Paths> {
    let (single, several) = (reading.take(section, keys::PATH.name), reading.take(section, keys::PATHS.name));
    let key = section.key(keys::PATH.name);
    let node = match (single, several) {
        (Some(node), None) | (None, Some(node)) => node,
        (None, None) => {
            reading.problem("missing-key", given, &key, format!("`{path}` names no file"), "add `path = \"FILE\"`");
            return None;
        }
        (Some(_), Some(node)) => {
            let message = format!("`{path}` has both `path` and `paths`");
            reading.problem("job-value", &node.given, &key, message, "keep one of them: each takes a text or a list");
            return None;
        }
    };
    let typed = match &node.typed {
        // A path from a flag is one path, whatever commas stand in it.
        Typed::Text(text) => Ok(vec![(text.clone(), node.is_of_flag())]),
        Typed::List(items) => items.iter().map(|item| Ok((text(item)?, item.is_of_flag()))).collect(),
        _ => Err("write a path, or a list of paths".to_owned()),
    };
    let typed: Vec<(String, bool)> = match typed {
        Ok(typed) => typed,
        Err(allowed) => {
            reading.wrong(&key, &node, &allowed);
            return None;
        }
    };
    if typed.is_empty() || typed.iter().any(|(path, _)| path.trim().is_empty()) {
        reading.wrong(&key, &node, "name a file, a folder or a pattern such as `exports/*.csv`");
        return None;
    }
    let shown: Vec<&str> = typed.iter().map(|(path, _)| path.as_str()).collect();
    reading.in_force(key, shown.join(", "), &node.given);
    // What a flag names stands where the command is run; what the job file names stands beside it.
    let resolved = |(path, flag): (String, bool)| {
        let resolved = if flag { path.clone().into() } else { folder.join(&path) };
        (path, resolved)
    };
    Some(typed.into_iter().map(resolved).collect())
}

fn delimiter_shown(byte: u8) -> String {
    if byte == b'\t' { "tab".to_owned() } else { char::from(byte).to_string() }
}

fn delimiter(node: &Node) -> Result<Option<u8>, String> {
    let typed = text(node)?;
    match typed.as_bytes() {
        _ if typed == "tab" => Ok(Some(b'\t')),
        [b'\t'] => Ok(Some(b'\t')),
        [byte] if byte.is_ascii_punctuation() && !matches!(byte, b'"' | b'\'' | b'-' | b'_') => Ok(Some(*byte)),
        _ => Err("allowed is one mark such as `,` `;` `|`, or `tab`".to_owned()),
    }
}

fn thousands(node: &Node, decimal: char) -> Result<Option<char>, String> {
    const MARKS: [char; 8] = ['.', ',', ' ', '\'', '’', '_', '\u{a0}', '\u{202f}'];
    let typed = text(node)?;
    let mut chars = typed.chars();
    match (chars.next(), chars.next()) {
        (Some(mark), None) if mark == decimal => Err("it must differ from the decimal mark".to_owned()),
        (Some(mark), None) if MARKS.contains(&mark) => Ok(Some(mark)),
        _ => Err("allowed are `.`, `,`, `'`, `’`, `_` and blanks, one mark".to_owned()),
    }
}

fn date_format(node: &Node) -> Result<Option<String>, String> {
    let format = filled(node)?;
    if format == "excel" {
        return Ok(Some(format));
    }
    let (mut year, mut month, mut day) = (false, false, false);
    for item in StrftimeItems::new(&format) {
        match item {
            Item::Error => return Err("write it in the letters of strftime, such as `%d/%m/%Y`".to_owned()),
            Item::Numeric(Numeric::Year | Numeric::YearMod100, _) => year = true,
            Item::Numeric(Numeric::Month, _) => month = true,
            Item::Fixed(chrono::format::Fixed::ShortMonthName | chrono::format::Fixed::LongMonthName) => month = true,
            Item::Numeric(Numeric::Day, _) => day = true,
            Item::Numeric(Numeric::Ordinal, _) => (month, day) = (true, true),
            Item::Fixed(chrono::format::Fixed::RFC2822 | chrono::format::Fixed::RFC3339) => {
                (year, month, day) = (true, true, true);
            }
            _ => {}
        }
    }
    if year && month && day {
        Ok(Some(format))
    } else {
        Err("it has to say year, month and day, such as `%d/%m/%Y`".to_owned())
    }
}

fn timezone(node: &Node) -> Result<Option<chrono_tz::Tz>, String> {
    let name = text(node)?;
    name.parse().map(Some).map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        match nearest(&name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it as `Europe/Brussels` or `UTC`".to_owned(),
        }
    })
}

fn preset(node: &Node, input: Input) -> Result<Option<&'static Preset>, String> {
    let name = text(node)?;
    let mut known = presets::ALL.iter().copied().filter(|preset| preset.knows(input));
    known.clone().find(|preset| preset.name == name).map(Some).ok_or_else(|| {
        match nearest(&name, known.clone().map(|preset| preset.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.next().is_none() => format!("no preset knows {input}: name the headers in `columns`"),
            None => format!("presets for {input} are {}", named_list(input)),
        }
    })
}

fn named_list(input: Input) -> String {
    let known = presets::ALL.iter().filter(|preset| preset.knows(input));
    known.map(|preset| format!("`{}`", preset.name)).collect::<Vec<_>>().join(", ")
}

/// `sheet`: one or several.
fn sheets(node: &Node) -> Result<Vec<String>, String> {
    let sheets = match &node.typed {
        // A comma may stand in a name.
        Typed::List(_) => texts(node)?,
        _ => vec![filled(node)?],
    };
    let trimmed = |at: usize| sheets.get(at).map(|sheet| sheet.trim());
    let twice = (0..sheets.len()).any(|at| (0..at).any(|before| trimmed(before) == trimmed(at)));
    if sheets.is_empty() || sheets.iter().any(|sheet| sheet.trim().is_empty()) || twice {
        return Err("name a sheet, or several, each once".to_owned());
    }
    Ok(sheets)
}

/// `constants`: what a field says where no column does.
fn constants(reading: &mut Reading, section: &mut Section, input: Input) -> BTreeMap<&'static str, String> {
    let mut typed = reading.section(section, keys::CONSTANTS.name);
    let mut constants = BTreeMap::new();
    for (at, field) in input.fields().iter().enumerate() {
        let Some(node) = reading.take(&mut typed, field.name) else { continue };
        let key = typed.key(field.name);
        let said = match &node.typed {
            Typed::Flag(_) | Typed::Number(_) | Typed::Moment(_) => Ok(node.shown()),
            _ => filled(&node),
        };
        match said {
            Ok(_) if at == 0 => reading.wrong(&key, &node, "each row needs an id of its own"),
            Ok(said) => {
                reading.in_force(key, said.clone(), &node.given);
                constants.insert(field.name, said);
            }
            Err(allowed) => reading.wrong(&key, &node, &allowed),
        }
    }
    reading.finish(typed);
    constants
}

/// `values`: for each field, words of the file and what they mean.
fn values(reading: &mut Reading, section: &mut Section, input: Input) -> BTreeMap<&'static str, Vec<(String, String)>> {
    let mut typed = reading.section(section, keys::VALUES.name);
    let mut values = BTreeMap::new();
    for field in input.fields() {
        if !typed.has(field.name) {
            continue;
        }
        let mut words = reading.section(&mut typed, field.name);
        let mut known = Vec::new();
        for word in words.names() {
            let Some(node) = reading.take(&mut words, &word) else { continue };
            let key = words.key(&word);
            match text(&node) {
                Ok(meaning) => {
                    reading.in_force(key, meaning.clone(), &node.given);
                    known.push((word, meaning));
                }
                Err(allowed) => reading.wrong(&key, &node, &allowed),
            }
        }
        reading.finish(words);
        values.insert(field.name, known);
    }
    reading.finish(typed);
    values
}

/// `id_from`: the fields or headers of whose cells ids are made (F4).
fn id_from(
    reading: &mut Reading,
    section: &mut Section,
    input: Input,
    columns: &BTreeMap<&'static str, String>,
) -> Vec<String> {
    let id = input.fields().first().map_or("", |field| field.name);
    let shown = |parts: &Vec<String>| if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    reading.value(section, keys::ID_FROM.name, Vec::new(), shown, |node| {
        let parts = texts(node)?;
        match input {
            Input::Customers | Input::Orders | Input::Tickets | Input::Timesheets => {}
            _ => return Err(format!("rows of {input} have no id of their own")),
        }
        if columns.contains_key(id) {
            return Err(format!("`columns` names a column for `{id}`: keep one of the two"));
        }
        if parts.is_empty() || parts.iter().any(|part| part.trim().is_empty()) {
            return Err("name the fields or headers that tell one row from another".to_owned());
        }
        if parts.iter().any(|part| part == id) {
            return Err(format!("`{id}` is what is made"));
        }
        Ok(parts)
    })
}

/// The field of breaks between start and end.
const UNPAID_BREAK: &str = "unpaid_break";

/// `columns`: the headers of fields.
#[derive(Default)]
struct Headers {
    columns: BTreeMap<&'static str, String>,
    /// Of several columns that make one field.
    joined: BTreeMap<&'static str, Vec<String>>,
    /// What a number counts in those of the hours.
    hours_parts: Vec<HoursUnit>,
    /// What a number counts in that of a break.
    break_unit: HoursUnit,
}

/// `columns.unpaid_break`: a header, and what a number counts there where it is no hours (F5).
fn break_of(reading: &mut Reading, headers: &mut Headers, field: &'static str, key: String, node: &Node) {
    let one = match &node.typed {
        Typed::Table(_) => {
            cells::hours_of_columns(node).and_then(|parts| match <[(String, HoursUnit); 1]>::try_from(parts) {
                Ok([one]) => Ok(one),
                Err(_) => Err("a break stands in one column".to_owned()),
            })
        }
        _ => filled(node).map(|header| (header, HoursUnit::Hours)),
    };
    match one {
        Ok((header, _)) if header.trim().is_empty() => reading.wrong(&key, node, "name a header"),
        Ok((header, unit)) => {
            let shown = match unit {
                HoursUnit::Hours => header.clone(),
                _ => cells::parts_shown(std::slice::from_ref(&header), &[unit]),
            };
            reading.in_force(key, shown, &node.given);
            headers.columns.insert(field, header);
            headers.break_unit = unit;
        }
        Err(allowed) => reading.wrong(&key, node, &allowed),
    }
}

fn columns(reading: &mut Reading, section: &mut Section, input: Input, hours_unit: HoursUnit) -> Headers {
    let mut typed = reading.section(section, keys::COLUMNS.name);
    let mut headers = Headers::default();
    for field in input.fields() {
        let Some(node) = reading.take(&mut typed, field.name) else { continue };
        let key = typed.key(field.name);
        if input == Input::Timesheets && field.name == UNPAID_BREAK {
            break_of(reading, &mut headers, field.name, key, &node);
            continue;
        }
        let named = match &node.typed {
            Typed::Table(_) if field.meaning == Meaning::Hours => cells::hours_of_columns(&node).map(|parts| {
                let (named, units) = parts.into_iter().unzip();
                headers.hours_parts = units;
                named
            }),
            Typed::List(_) if !matches!(field.meaning, Meaning::Text | Meaning::Hours) => {
                Err("several columns are joined for a text, such as the name of an employee, and added for hours"
                    .to_owned())
            }
            Typed::List(_) => texts(&node).inspect(|named| {
                if field.meaning == Meaning::Hours {
                    headers.hours_parts = vec![hours_unit; named.len()];
                }
            }),
            // A comma may stand in a header.
            _ => filled(&node).map(|header| vec![header]),
        };
        match named {
            Ok(several) if several.is_empty() || several.iter().any(|header| header.trim().is_empty()) => {
                reading.wrong(&key, &node, "name a header, or several");
            }
            Ok(several) => {
                // One column of minutes is said by `hours_unit`, but may also be said so.
                let parts = if field.meaning == Meaning::Hours { headers.hours_parts.as_slice() } else { &[] };
                let units = parts.iter().any(|unit| *unit != hours_unit);
                let shown = if units { cells::parts_shown(&several, parts) } else { several.join(" + ") };
                reading.in_force(key, shown, &node.given);
                match <[String; 1]>::try_from(several) {
                    Ok([header]) if units => _ = headers.joined.insert(field.name, vec![header]),
                    Ok([header]) => {
                        if field.meaning == Meaning::Hours {
                            headers.hours_parts.clear();
                        }
                        headers.columns.insert(field.name, header);
                    }
                    Err(several) => _ = headers.joined.insert(field.name, several),
                }
            }
            Err(allowed) => reading.wrong(&key, &node, &allowed),
        }
    }
    reading.finish(typed);
    headers
}
