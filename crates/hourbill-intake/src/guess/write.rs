//! A job file with a comment for what a reader may want to change.

use std::fmt::Write as _;

use super::agreements::to_fill_in;
use super::{Guess, Guesses, mark};
use crate::inputs::Input;
use crate::job::{DecimalMark, Encoding, HoursUnit};

/// Columns that comments take.
const COMMENT_WIDTH: usize = 110;

/// The text of a job file. `path` says how the job file names a file, `agreements` is the one that is written beside it (F9),
/// and `before` what stands there already.
pub fn job_file(
    guesses: &Guesses,
    name: &str,
    (agreements, before): (&str, Option<&str>),
    path: &dyn Fn(&str) -> String,
) -> String {
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
    if let Some(sample) = guesses.sample() {
        text.push('\n');
        comment(&mut text, &format!("Looked at: {sample}."));
    }
    for input in Input::ALL {
        let files: Vec<&Guess> = guesses.of(input).collect();
        if let Some(first) = files.first() {
            let others = guesses.names_beside(input);
            text.push_str(&of_input(input, first, &files, &others, path));
        }
    }
    if guesses.of(Input::Timesheets).next().is_none() {
        text.push('\n');
        comment(&mut text, "NOT FOUND: the time entries. A timesheet needs a date, or a start, and hours, or an end:");
        text.push_str(
            "# [inputs.timesheets]\n# path = \"entries.csv\"\n# columns.date = \"Date\"\n# columns.hours = \"Hours\"\n# columns.employee = \"User\"\n# columns.customer_id = \"Client\"\n# columns.project = \"Project\"\n",
        );
    }
    if let Some(rows) = &guesses.agreements {
        text.push('\n');
        comment(&mut text, "What was agreed with whom: a row for each client and project of the entries.");
        let missing = to_fill_in(rows, before);
        if !missing.is_empty() {
            comment(&mut text, &format!("TO FILL IN: {}; hours that need them are held", missing.join(", ")));
        }
        let _ = writeln!(text, "[inputs.agreements]\npath = {}", quoted(agreements));
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

fn of_input(input: Input, first: &Guess, files: &[&Guess], others: &[&str], path: &dyn Fn(&str) -> String) -> String {
    let mut text = "\n".to_owned();
    let mut shown: Vec<String> = Vec::new();
    for guess in files {
        let lines = mapped(guess);
        let columns = lines.join("\n").replacen(&guess.title(), "", 1);
        if !shown.contains(&columns) {
            lines.iter().for_each(|line| comment(&mut text, line));
            shown.push(columns);
        }
        for unsure in &guess.unsure {
            comment(&mut text, &format!("NOT SURE: {unsure}"));
        }
    }
    let _ = writeln!(text, "[inputs.{input}]");
    let mut paths: Vec<String> = files.iter().map(|file| quoted(&path(&file.shown))).collect();
    paths.dedup();
    let names: Vec<&str> = files.iter().map(|file| file.shown.as_str()).collect();
    let said = |file: &Guess| -> Vec<(String, String)> {
        let of_file = of_file(file).into_iter().map(|(key, value, _)| (key.to_owned(), value));
        of_file.chain(of_columns(file)).collect()
    };
    let alike = files.iter().all(|file| file.sheet.is_none() && said(file) == said(first));
    let pattern = super::pattern::of_files(&names, others).filter(|_| alike);
    let paths = match (pattern, paths.as_slice()) {
        (Some(pattern), _) => {
            // As the job names the files beside it.
            let first = path(&first.shown);
            let folder = first.rfind('/').and_then(|at| first.get(..=at)).unwrap_or_default();
            quoted(&format!("{folder}{}", pattern.rsplit('/').next().unwrap_or_default()))
        }
        (None, [path]) => path.clone(),
        (None, several) => format!("[{}]", several.join(", ")),
    };
    if files.len() > 1 {
        let rows: usize = files.iter().map(|file| file.rows).sum();
        let more = if files.iter().any(|file| file.is_cut) { " and more" } else { "" };
        comment(&mut text, &format!("{} files with {rows} rows{more}", files.len()));
    }
    let mut keys = vec![("path", paths, None)];
    if let Some(sheet) =
        first.sheet.as_ref().filter(|sheet| files.iter().all(|file| file.sheet.as_ref() == Some(sheet)))
    {
        keys.push(("sheet", quoted(sheet), None));
    }
    keys.extend(of_file(first));
    for (key, value, decided) in keys {
        let decided = decided.map_or_else(String::new, |decided| format!("    # {decided}"));
        let _ = writeln!(text, "{key} = {value}{decided}");
    }
    for (key, value) in of_columns(first) {
        let _ = writeln!(text, "{key} = {value}");
    }
    for (words, lines) in files.iter().flat_map(|guess| &guess.notes) {
        comment(&mut text, words);
        lines.iter().for_each(|line| _ = writeln!(text, "# {line}"));
    }
    let mut asked: Vec<&super::Question> = Vec::new();
    for question in files.iter().flat_map(|guess| &guess.questions) {
        if !asked.contains(&question) {
            asked.push(question);
            comment(&mut text, &format!("NOT SURE: {}", question.text));
            if question.open.is_some() {
                comment(
                    &mut text,
                    "take the # off the line that is right; until then no hour of this input is billed:",
                );
            }
            question.lines.iter().for_each(|line| _ = writeln!(text, "# {line}"));
        }
    }
    let mut open: Vec<String> = files.iter().flat_map(|file| &file.settings.open).map(|open| quoted(open)).collect();
    open.sort_unstable();
    open.dedup();
    if !open.is_empty() {
        comment(
            &mut text,
            "What is not answered: keys of this input, and headers that neither `columns` nor `ignore` names.",
        );
        let _ = writeln!(text, "open = [{}]", open.join(", "));
    }
    text
}

/// Keys of how a file is read: their values, and what decided them.
fn of_file(guess: &Guess) -> Vec<(&'static str, String, Option<&String>)> {
    let settings = &guess.settings;
    let mut keys = Vec::new();
    let mut add = |key: &'static str, value: Option<String>| {
        if let Some(value) = value {
            keys.push((key, value, guess.decided.get(key)));
        }
    };
    let delimiter = settings.delimiter.filter(|delimiter| *delimiter != b',');
    let delimiter = delimiter.map(|byte| if byte == b'\t' { "tab".to_owned() } else { char::from(byte).to_string() });
    let encoding = match settings.encoding {
        Encoding::Utf8 => None,
        Encoding::Windows1252 => Some("windows-1252"),
        Encoding::Utf16 => Some("utf-16"),
        Encoding::ShiftJis => Some("shift_jis"),
    };
    let unit = match settings.hours_unit {
        HoursUnit::Hours => None,
        HoursUnit::Minutes => Some("minutes"),
        HoursUnit::Seconds => Some("seconds"),
        HoursUnit::Days => Some("days"),
    };
    let decimal = (settings.decimal == DecimalMark::Comma).then(|| quoted(mark(settings.decimal)));
    add("preset", settings.preset.map(|preset| quoted(preset.name)));
    add("delimiter", delimiter.map(|shown| quoted(&shown)));
    add("encoding", encoding.map(quoted));
    add("header_row", guess.header_row.map(|row| row.to_string()));
    add("decimal", decimal);
    add("thousands", settings.thousands.map(|thousands| quoted(&thousands.to_string())));
    add("date_format", settings.date_format.as_deref().map(quoted));
    add("hours_unit", unit.map(quoted));
    keys
}

/// Keys of what columns and cells mean.
fn of_columns(guess: &Guess) -> Vec<(String, String)> {
    let settings = &guess.settings;
    let listed =
        |texts: &[String]| format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "));
    let mut keys: Vec<(String, String)> =
        pinned(guess).into_iter().map(|(field, header)| (format!("columns.{field}"), quoted(&header))).collect();
    for (field, headers) in &settings.joined {
        keys.push((format!("columns.{field}"), listed(headers)));
    }
    if !guess.id_parts.is_empty() {
        // A richer export must not change what rows are called.
        keys.push(("id_from".to_owned(), listed(&guess.id_parts)));
    }
    for (field, pattern) in &settings.pattern {
        keys.push((format!("pattern.{field}"), quoted(pattern.as_str())));
    }
    for (field, words) in &settings.values {
        let words = words.iter().map(|(word, says)| format!("{} = {}", quoted(word), quoted(says)));
        keys.push((format!("values.{field}"), format!("{{ {} }}", words.collect::<Vec<_>>().join(", "))));
    }
    for (field, said) in &settings.constants {
        keys.push((format!("constants.{field}"), quoted(said)));
    }
    // A question may have the whole list as its answer.
    let answers = |question: &super::Question| question.lines.iter().any(|line| line.starts_with("ignore = "));
    if !settings.ignore.is_empty() && !guess.questions.iter().any(answers) {
        keys.push(("ignore".to_owned(), listed(&settings.ignore)));
    }
    keys
}

/// Columns that the job names: those that were chosen, and the id, so that a richer export does not change what rows are called.
fn pinned(guess: &Guess) -> std::collections::BTreeMap<&'static str, String> {
    let mut columns = guess.settings.columns.clone();
    let id = guess.input.fields().first().map_or("", |field| field.name);
    let own = guess.columns.iter().take(guess.headers).find(|column| column.field == Some(id));
    if let Some(own) = own.filter(|own| guess.settings.preset.is_some() && own.header.trim().to_lowercase() != id) {
        columns.insert(id, own.header.clone());
    }
    columns
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
pub(super) fn quoted(text: &str) -> String {
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
