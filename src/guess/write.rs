//! A job file with a comment for what a reader may want to change.

use std::fmt::Write as _;

use super::agreements::to_fill_in;
use super::{Guess, Guesses, mark};
use crate::inputs::Input;
use crate::job::{DecimalMark, Encoding};

/// Columns that comments take.
const COMMENT_WIDTH: usize = 110;

/// The text of a job file. `path` says how the job file names a file, `agreements` is the one that is written beside it (F9).
pub fn job_file(guesses: &Guesses, name: &str, agreements: &str, path: &dyn Fn(&str) -> String) -> String {
    let mut text = format!(
        "# Written by `hourbill init`. Look through it, then: hourbill check, hourbill run.\nname = {}\n",
        quoted(name)
    );
    for file in &guesses.unknown {
        text.push('\n');
        comment(&mut text, &format!("{} is left out: {}", file.0, file.1));
    }
    if !guesses.left_out.is_empty() {
        text.push('\n');
    }
    for (file, why) in &guesses.left_out {
        comment(&mut text, &format!("{file} is left out: {why}"));
    }
    text.push_str("\n[inputs]\n");
    for input in Input::ALL {
        let files: Vec<&Guess> = guesses.of(input).collect();
        if let Some(first) = files.first() {
            text.push_str(&of_input(input, first, &files, path));
        }
    }
    if let Some(rows) = &guesses.agreements {
        comment(&mut text, "What was agreed with whom: a row for each client and project of the entries.");
        let missing = to_fill_in(rows);
        if !missing.is_empty() {
            comment(&mut text, &format!("TO FILL IN: {}; hours that need them are held", missing.join(", ")));
        }
        let _ = writeln!(text, "agreements = {}", quoted(agreements));
    }
    text.push_str("\n# The period to bill: a month, or `from` and `to`, or one of them. Without it, everything not yet invoiced is billed.\n[period]\n");
    match &guesses.month {
        Some(month) => {
            let _ =
                writeln!(text, "month = {}        # or \"previous\", for a job that runs each month", quoted(month));
        }
        None => text.push_str("month = \"previous\"\n"),
    }
    text.push_str(
        "\n[rules]\n# late_entries = \"bill\"       # hours dated before the period are only reported unless this is set\n\
         # approval = \"validated_only\" # bill validated hours only\n",
    );
    if !guesses.taxes.is_empty() {
        text.push_str("\n# Taxes whose name is not their rate alone. Look at each.\n");
        for (name, rate) in &guesses.taxes {
            let _ = writeln!(text, "[taxes.{}]\nrate = {}", quoted(name), quoted(rate));
        }
    }
    text.push_str("\n[output]\ndir = \"out\"\ntables = [\"csv\"]\n");
    text.push_str(
        "\n# What was invoiced is kept in a ledger once drafts are posted. Without one, the export's invoice_id alone decides.\n\
         # [ledger]\n# dir = \"ledger\"\n",
    );
    text
}

fn of_input(input: Input, first: &Guess, files: &[&Guess], path: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    let settings = &first.settings;
    for guess in files {
        for line in mapped(guess) {
            comment(&mut text, &line);
        }
        for unsure in &guess.unsure {
            comment(&mut text, &format!("NOT SURE: {unsure}"));
        }
    }
    let mut paths: Vec<String> = files.iter().map(|file| quoted(&path(&file.shown))).collect();
    paths.dedup();
    let paths = match paths.as_slice() {
        [path] => path.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let mut keys = vec![format!("path = {paths}")];
    if let Some(sheet) =
        first.sheet.as_ref().filter(|sheet| files.iter().all(|file| file.sheet.as_ref() == Some(sheet)))
    {
        keys.push(format!("sheet = {}", quoted(sheet)));
    }
    if let Some(preset) = settings.preset {
        keys.push(format!("preset = {}", quoted(preset.name)));
    }
    if let Some(delimiter) = settings.delimiter.filter(|delimiter| *delimiter != b',') {
        let shown = if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).to_string() };
        keys.push(format!("delimiter = {}", quoted(&shown)));
    }
    match settings.encoding {
        Encoding::Utf8 => {}
        Encoding::Windows1252 => keys.push("encoding = \"windows-1252\"".to_owned()),
        Encoding::Utf16 => keys.push("encoding = \"utf-16\"".to_owned()),
        Encoding::ShiftJis => keys.push("encoding = \"shift_jis\"".to_owned()),
    }
    if settings.decimal == DecimalMark::Comma {
        keys.push(format!("decimal = {}", quoted(mark(settings.decimal))));
    }
    if let Some(thousands) = settings.thousands {
        keys.push(format!("thousands = {}", quoted(&thousands.to_string())));
    }
    if let Some(format) = &settings.date_format {
        keys.push(format!("date_format = {}", quoted(format)));
    }
    if !first.id_parts.is_empty() {
        // A richer export must not change what rows are called.
        let parts: Vec<String> = first.id_parts.iter().map(|part| quoted(part)).collect();
        keys.push(format!("id_from = [{}]", parts.join(", ")));
    }
    let pinned = pinned(first);
    if !pinned.is_empty() {
        keys.push(format!("columns = {{ {} }}", pinned.join(", ")));
    }
    if !settings.constants.is_empty() {
        let constants = settings.constants.iter().map(|(field, said)| format!("{field} = {}", quoted(said)));
        keys.push(format!("constants = {{ {} }}", constants.collect::<Vec<_>>().join(", ")));
    }
    if files.iter().any(|file| file.waits) {
        comment(
            &mut text,
            "ANSWER WHAT IS NOT SURE FIRST, then take the # off the next line: no hour is billed before.",
        );
        text.push_str("# ");
    }
    let _ = writeln!(text, "{input} = {{ {} }}", keys.join(", "));
    text
}

/// Columns that the job names: those that were chosen, and the id, so that a richer export does not change what rows are called.
fn pinned(guess: &Guess) -> Vec<String> {
    let mut columns = guess.settings.columns.clone();
    let id = guess.input.fields().first().map_or("", |field| field.name);
    let own = guess.columns.iter().take(guess.headers).find(|column| column.field == Some(id));
    if let Some(own) = own.filter(|own| guess.settings.preset.is_some() && own.header.trim().to_lowercase() != id) {
        columns.insert(id, own.header.clone());
    }
    columns.iter().map(|(field, header)| format!("{field} = {}", quoted(header))).collect()
}

/// Which column stands for which field, and which stand for none.
fn mapped(guess: &Guess) -> Vec<String> {
    let used = guess.columns.iter().filter_map(|column| Some(format!("{} = `{}`", column.field?, column.header)));
    let unused: Vec<String> = guess
        .columns
        .iter()
        .filter(|column| column.field.is_none())
        .map(|column| format!("`{}`", column.header))
        .collect();
    let mut lines = vec![format!("{}: {}", guess.title(), used.collect::<Vec<_>>().join(", "))];
    if !unused.is_empty() {
        lines.push(format!("  not used: {}", unused.join(", ")));
    }
    lines
}

/// Lines of a comment, broken between words; those behind the first stand deeper.
fn comment(text: &mut String, said: &str) {
    let mut column = 1;
    text.push('#');
    // A header may hold a line break, and a comment may not.
    for word in said.replace(|c: char| c.is_control(), " ").split(' ') {
        let len = word.chars().count() + 1;
        if column > 1 && column + len > COMMENT_WIDTH {
            text.push_str("\n#  ");
            column = 4;
        }
        text.push(' ');
        text.push_str(word);
        column += len;
    }
    text.push('\n');
}

/// As TOML writes a text.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
