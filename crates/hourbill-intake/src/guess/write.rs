//! A job file with a comment for what a reader may want to change.

use std::fmt::Write as _;

use super::agreed_file::{AgreementsFile, to_fill_in};
use super::agreements::{ProposedAgreement, sources};
use super::before::Before;
use super::quoted::{meanings, quoted};
use super::{Guess, Guesses, mark};
use crate::inputs::Input;
use crate::job::{DecimalMark, DocumentFormat, Encoding, HoursUnit};

/// What a job file begins with that `init` wrote.
const WRITTEN: &str = "# Written by `hourbill init`.";

/// A job file is one that `init` wrote.
pub fn is_written_here(text: &str) -> bool {
    text.starts_with(WRITTEN)
}

/// Columns that comments take.
const COMMENT_WIDTH: usize = 110;

/// What a job file says beside what the exports say.
pub struct Around<'a> {
    pub name: &'a str,
    /// The file of agreements that is written beside it (F9), and what stands there already.
    pub agreements: (&'a str, Option<&'a AgreementsFile>),
    /// As people type its name.
    pub job: &'a str,
    /// What stands in its place already.
    pub before: Option<&'a Before>,
    /// How the job file names a file.
    pub path: &'a dyn Fn(&str) -> String,
}

/// The text of a job file.
pub fn job_file(guesses: &Guesses, around: &Around<'_>) -> String {
    let nothing = Before::default();
    let before = around.before.unwrap_or(&nothing);
    let name = before.name().map_or_else(|| quoted(around.name), str::to_owned);
    let mut text = format!("{WRITTEN} Look through it, then: hourbill check, hourbill run.\nname = {name}\n");
    text.extend(before.top());
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
        match files.first() {
            Some(first) => {
                let others = guesses.names_beside(input);
                text.push_str(&of_input(input, first, &files, &others, (around.path, before)));
            }
            // Those that are written beside the job stand below.
            None if input == Input::Agreements && guesses.agreements.is_some() => {}
            None => text.push_str(&kept_input(input, before)),
        }
        if input == Input::Timesheets && files.is_empty() && before.input(input.name()).is_empty() {
            text.push_str(&not_found(guesses, around.path));
        }
    }
    if let Some(rows) = &guesses.agreements {
        text.push_str(&of_agreements(guesses, rows, around, before));
    }
    text.push_str(&likely(guesses, around.path));
    text.push_str(&period(guesses, around.job, before));
    text.push_str(&settings(guesses, before));
    text
}

/// An input that no file gives now, as it stood there.
fn kept_input(input: Input, before: &Before) -> String {
    let keys = before.input(input.name());
    let lines: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    if lines.is_empty() { String::new() } else { format!("\n[inputs.{input}]\n{lines}") }
}

fn not_found(guesses: &Guesses, path: &dyn Fn(&str) -> String) -> String {
    let mut text = "\n".to_owned();
    comment(&mut text, "NOT FOUND: the time entries. A timesheet needs a date, or a start, and hours, or an end:");
    let file = guesses.unknown.first().map_or_else(|| "entries.csv".to_owned(), |(shown, _)| path(shown));
    let _ = writeln!(text, "# [inputs.timesheets]\n# path = {}", quoted(&file));
    text.push_str(
        "# columns.date = \"Date\"\n# columns.hours = \"Hours\"\n# columns.employee = \"User\"\n# columns.customer_id = \"Client\"\n# columns.project = \"Project\"\n",
    );
    text
}

/// F10: files that are not understood, as inputs that they may be.
fn likely(guesses: &Guesses, path: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (shown, likely) in &guesses.likely {
        text.push('\n');
        comment(
            &mut text,
            &format!("{shown}: {}. Take the # off where it is right, and fill in what is empty.", likely.text),
        );
        let _ = writeln!(text, "# [inputs.{}]\n# path = {}", likely.input, quoted(&path(shown)));
        likely.lines.iter().for_each(|line| text.push_str(&format!("# {line}\n")));
    }
    text
}

/// F9: the agreements that are written beside the job.
fn of_agreements(guesses: &Guesses, rows: &[ProposedAgreement], around: &Around<'_>, before: &Before) -> String {
    let (file, stands_there) = around.agreements;
    let mut text = "\n".to_owned();
    comment(&mut text, "What was agreed with whom: a row for each client and project of the entries.");
    let sources = sources(rows, &guesses.files);
    if !sources.is_empty() {
        comment(&mut text, &format!("Written from the file: {}.", sources.join("; ")));
    }
    let missing = to_fill_in(rows, stands_there);
    if !missing.is_empty() {
        comment(&mut text, &format!("TO FILL IN: {}; hours that need them are held", missing.join(", ")));
    }
    if let Some(figure) = stands_there.and_then(AgreementsFile::in_doubt) {
        comment(&mut text, &format!("NOT SURE: {}", super::either_mark_of_agreements(figure)));
    }
    let _ = writeln!(text, "[inputs.agreements]\npath = {}", quoted(file));
    let mut written = vec!["path".to_owned()];
    for (key, value) in stands_there.map(AgreementsFile::keys).unwrap_or_default() {
        let _ = writeln!(text, "{key} = {}    # as the file is written", quoted(&value));
        written.push(key.to_owned());
    }
    for (key, value) in before.kept(Input::Agreements.name(), &written) {
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

fn period(guesses: &Guesses, job: &str, before: &Before) -> String {
    let kept = before.table("period");
    if !kept.is_empty() {
        return format!("\n{kept}");
    }
    let mut text = "\n# The period to bill: a month, or `from` and `to`, or one of them. Without it, everything not yet invoiced is billed.\n".to_owned();
    match &guesses.months {
        Some(months) => {
            comment(&mut text, &format!("Of the entries: {}.", months.in_words(job)));
            let month = quoted(&months.first);
            let _ =
                writeln!(text, "[period]\nmonth = {month}        # or \"previous\", for a job that runs each month");
        }
        // Which month the entries are of nobody can tell before their dates can be read.
        None if guesses.agreements.is_some() && guesses.of(Input::Timesheets).next().is_some() => {
            comment(
                &mut text,
                "The months of the entries are not known yet: all of them are billed until a month stands here.",
            );
            text.push_str("# [period]\n# month = \"previous\"\n");
        }
        None => text.push_str("[period]\nmonth = \"previous\"\n"),
    }
    text
}

/// Everything below the period: what `init` writes, and what stood there in its place.
fn settings(guesses: &Guesses, before: &Before) -> String {
    let mut text = String::new();
    let mut add = |name: &str, fresh: &str| {
        let kept = before.table(name);
        text.push('\n');
        text.push_str(if kept.is_empty() || name == "rules" { fresh } else { &kept });
    };
    let rules = before.table("rules");
    let rules = if rules.is_empty() { RULES.to_owned() } else { rules };
    add("rules", &with_answers(rules, guesses));
    let mut taxes = before.table("taxes");
    for (name, rate) in &guesses.taxes {
        let head = super::taxes_head(name);
        if !taxes.contains(&head) {
            if taxes.is_empty() {
                taxes.push_str("# Taxes whose name is not their rate alone. Look at each.\n");
            }
            let _ = match rate {
                Some(rate) => writeln!(taxes, "{head}\nrate = {}", quoted(rate)),
                // No rate is guessed: drafts with it are held.
                None => writeln!(
                    taxes,
                    "# {head}\n# rate = \"0\"                # its percentage\n# category = \"AE\"           # AE: reverse charge, E: exempt, S: a usual rate"
                ),
            };
        }
    }
    if !taxes.is_empty() {
        add("taxes", &taxes);
    }
    // Who has hours alone bills them here; what an ERP sold it may invoice itself.
    let bills_here = guesses.agreements.is_some() && guesses.of(Input::Timesheets).next().is_some();
    let live = |text: &str, key: &str| text.replacen(&format!("# {key}"), key, 1);
    if bills_here {
        let output = if DocumentFormat::Pdf.is_written() { live(OUTPUT, "documents") } else { OUTPUT.to_owned() };
        add("output", &output);
        add("ledger", &live(&live(LEDGER, "[ledger]"), "dir"));
    } else {
        add("output", OUTPUT);
        add("ledger", LEDGER);
    }
    add("numbering", NUMBERING);
    add("company", COMPANY);
    for table in before.tables_but(&["period", "rules", "taxes", "output", "ledger", "numbering", "company"]) {
        text.push('\n');
        text.push_str(table);
    }
    once(&text)
}

/// A commented table of `init` may stand at the end of the one before, which is kept as it stands: once is enough.
fn once(text: &str) -> String {
    let mut written: Vec<&str> = Vec::new();
    let mut kept = String::new();
    for block in text.split_inclusive("\n\n") {
        let is_comment = block.lines().all(|line| line.is_empty() || line.starts_with('#'));
        if is_comment && written.contains(&block.trim()) {
            continue;
        }
        written.push(block.trim());
        kept.push_str(block);
    }
    kept
}

/// The table of rules with the lines of which one answers a question.
fn with_answers(mut rules: String, guesses: &Guesses) -> String {
    let questions = guesses.files.iter().flat_map(|file| &file.questions).filter(|question| question.is_of_rules());
    for line in questions.flat_map(|question| &question.lines) {
        let key = line.split('=').next().unwrap_or_default();
        let said = |known: &str| known.trim_start_matches("# ").starts_with(line.as_str()) || known.starts_with(key);
        if !rules.lines().any(said) {
            let _ = writeln!(rules, "# {line}");
        }
    }
    rules
}

const RULES: &str = "[rules]
# late_entries = \"bill\"       # hours dated before the period are only reported unless this is set
# approval = \"validated_only\" # bill validated hours only
# max_entry_hours = 24        # an entry with more hours is set aside: raise it if such entries are right
";

const OUTPUT: &str = "[output]
dir = \"out\"
tables = [\"csv\"]
# documents = [\"pdf\"]         # a PDF of each draft; also json, xlsx, html, ubl, factur-x and others (docs/documents.md)
";

const LEDGER: &str = "# What is posted is kept in a ledger, so that no hour is billed twice. Without one, the export alone says what was invoiced before.
# [ledger]
# dir = \"ledger\"
";

const NUMBERING: &str = "# Who numbers the invoices: your accounting, unless the lines below count. Then `post` gives numbers without a gap, by the year of the document.
# [numbering]
# invoice = \"F{yyyy}-{seq:5}\"
# credit_note = \"C{yyyy}-{seq:5}\"
# first = 1                   # the first number of a year that is not given yet
";

const COMPANY: &str = "# Who sends the invoices: fill in what PDFs and electronic invoices are to say of you; what is left blank they do not say.
[company]
name = \"\"
street = \"\"
postcode = \"\"
city = \"\"
country = \"\"                # two letters, such as BE
vat_id = \"\"                 # with its country's letters; the rates of taxes stand in the column `taxes` of agreements or orders
email = \"\"
iban = \"\"
";

/// An input and what its files say.
fn of_input(
    input: Input,
    first: &Guess,
    files: &[&Guess],
    others: &[&str],
    (path, before): (&dyn Fn(&str) -> String, &Before),
) -> String {
    let mut text = "\n".to_owned();
    seen(&mut text, files);
    let _ = writeln!(text, "[inputs.{input}]");
    if files.len() > 1 {
        let rows: usize = files.iter().map(|file| file.rows).sum();
        let more = if files.iter().any(|file| file.is_cut) { " and more" } else { "" };
        comment(&mut text, &format!("{} files with {rows} rows{more}", files.len()));
    }
    let said = before.input(input.name()).iter().find(|(key, _)| key == "path").map(|(_, value)| value.as_str());
    let named: Vec<String> = files.iter().map(|file| path(&file.shown)).collect();
    let others_named: Vec<String> = others.iter().map(|other| path(other)).collect();
    let kept = said.filter(|said| super::pattern::says(said, &named, &others_named)).map(str::to_owned);
    let mut keys = vec![("path", kept.unwrap_or_else(|| paths(first, files, others, path)), None)];
    if let Some(sheet) =
        first.sheet.as_ref().filter(|sheet| files.iter().all(|file| file.sheet.as_ref() == Some(sheet)))
    {
        keys.push(("sheet", quoted(sheet), None));
    }
    keys.extend(of_file(first));
    let mut written: Vec<String> = Vec::new();
    for (key, value, decided) in keys {
        written.push(key.to_owned());
        let decided = decided.map_or_else(String::new, |decided| format!("    # {decided}"));
        let _ = writeln!(text, "{key} = {value}{decided}");
    }
    for (key, value) in of_columns(first) {
        let _ = writeln!(text, "{key} = {value}");
        written.push(key);
    }
    for (key, value) in before.kept(input.name(), &written) {
        let _ = writeln!(text, "{key} = {value}    # kept from before");
    }
    for (words, lines) in files.iter().flat_map(|guess| &guess.notes) {
        comment(&mut text, words);
        lines.iter().for_each(|line| _ = writeln!(text, "# {line}"));
    }
    questions(&mut text, files);
    text
}

/// What was seen in the files: their columns, once where files are alike, and what is not sure.
fn seen(text: &mut String, files: &[&Guess]) {
    let mut shown: Vec<String> = Vec::new();
    for guess in files {
        let lines = mapped(guess);
        let columns = lines.join("\n").replacen(&guess.title(), "", 1);
        if !shown.contains(&columns) {
            lines.iter().for_each(|line| comment(text, line));
            shown.push(columns);
        }
    }
    let unsure = files.iter().flat_map(|guess| guess.unsure.iter().map(|unsure| (guess.title(), unsure.as_str())));
    for said in super::sentences(unsure) {
        let of = if said.others == 0 { String::new() } else { format!(" ({})", said.of()) };
        comment(text, &format!("NOT SURE{of}: {}", said.what));
    }
}

/// The value of `path`: a pattern where one says all files of an input that are read alike, else their names.
fn paths(first: &Guess, files: &[&Guess], others: &[&str], path: &dyn Fn(&str) -> String) -> String {
    let mut paths: Vec<String> = files.iter().map(|file| quoted(&path(&file.shown))).collect();
    paths.dedup();
    let names: Vec<&str> = files.iter().map(|file| file.shown.as_str()).collect();
    let said = |file: &Guess| -> Vec<(String, String)> {
        let of_file = of_file(file).into_iter().map(|(key, value, _)| (key.to_owned(), value));
        of_file.chain(of_columns(file)).collect()
    };
    let alike = files.iter().all(|file| file.sheet.is_none() && said(file) == said(first));
    let pattern = super::pattern::of_files(&names, others).filter(|_| alike);
    match (pattern, paths.as_slice()) {
        (Some(pattern), _) => {
            // As the job names the files beside it.
            let first = path(&first.shown);
            let folder = first.rfind('/').and_then(|at| first.get(..=at)).unwrap_or_default();
            quoted(&format!("{folder}{}", pattern.rsplit('/').next().unwrap_or_default()))
        }
        (None, [path]) => path.clone(),
        (None, several) => format!("[{}]", several.join(", ")),
    }
}

/// What a person has to answer: each question once, with the lines that answer it, and what stays open until then.
fn questions(text: &mut String, files: &[&Guess]) {
    for said in super::questions(files.iter().copied()) {
        let question = &said.what;
        let of = if said.others == 0 { String::new() } else { format!(" ({})", said.of()) };
        comment(text, &format!("NOT SURE{of}: {}", question.text));
        if question.is_of_rules() {
            comment(
                text,
                &format!(
                    "below [rules], take the # off the line that is right ({}); until then no hour of this input is billed",
                    question.lines.join(" or ")
                ),
            );
            continue;
        }
        if question.open.is_some() {
            comment(text, "take the # off the line that is right; until then no hour of this input is billed:");
        }
        question.lines.iter().for_each(|line| _ = writeln!(text, "# {line}"));
    }
    let mut open: Vec<String> = files.iter().flat_map(|file| &file.settings.open).map(|open| quoted(open)).collect();
    open.sort_unstable();
    open.dedup();
    if !open.is_empty() {
        comment(
            text,
            "What is not answered: keys of this input, and headers that neither `columns` nor `ignore` names.",
        );
        let _ = writeln!(text, "open = [{}]", open.join(", "));
    }
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
    let encoding = (settings.encoding != Encoding::Utf8).then(|| settings.encoding.word());
    let unit = match settings.hours_unit {
        HoursUnit::Hours | HoursUnit::OfParts => None,
        unit => Some(unit.word()),
    };
    // What no figure says the job does not say either; where a comma parts the cells a point is the decimal mark anyway.
    let is_point = settings.decimal == DecimalMark::Point;
    let says_mark = !is_point || settings.delimiter.is_some_and(|delimiter| delimiter != b',');
    let decimal = (says_mark && guess.decided.contains_key("decimal")).then(|| quoted(mark(settings.decimal)));
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
    let named = |header: &str, field: &str| match field {
        "unpaid_break" => super::breaks::value(header, settings.break_unit),
        _ => quoted(header),
    };
    let mut keys: Vec<(String, String)> =
        pinned(guess).into_iter().map(|(field, header)| (format!("columns.{field}"), named(&header, field))).collect();
    for (field, headers) in &settings.joined {
        let value = match *field {
            "hours" => super::parts::value(headers, &settings.hours_parts),
            _ => listed(headers),
        };
        keys.push((format!("columns.{field}"), value));
    }
    if !guess.id_parts.is_empty() {
        // A richer export must not change what rows are called.
        keys.push(("id_from".to_owned(), listed(&guess.id_parts)));
    }
    for (field, pattern) in &settings.pattern {
        keys.push((format!("pattern.{field}"), quoted(pattern.as_str())));
    }
    for (field, words) in &settings.values {
        keys.push((
            format!("values.{field}"),
            meanings(words.iter().map(|(word, says)| (word.as_str(), says.as_str()))),
        ));
    }
    for (field, said) in &settings.constants {
        keys.push((format!("constants.{field}"), quoted(said)));
    }
    if !settings.fill_down.is_empty() {
        keys.push(("fill_down".to_owned(), listed(&settings.fill_down)));
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

/// Which column stands for which field, which say something else that the job uses, and which say nothing.
fn mapped(guess: &Guess) -> Vec<String> {
    let used = guess.columns.iter().filter_map(|column| Some(format!("{} = `{}`", column.field?, column.header)));
    let header = |column: &usize| guess.columns.get(*column).map_or("", |column| column.header.as_str());
    let agreed = guess.agreed.iter().map(|(what, column)| format!("{what} of the agreements = `{}`", header(column)));
    let unused: Vec<String> = (0..guess.headers)
        .filter(|column| !guess.is_used(*column) && !header(column).trim().is_empty())
        .map(|column| format!("`{}`", header(&column)))
        .collect();
    let mut lines = vec![format!("{}: {}", guess.title(), used.chain(agreed).collect::<Vec<_>>().join(", "))];
    if !unused.is_empty() {
        lines.push(format!("  not used: {}", unused.join(", ")));
    }
    lines.extend(guess.says.iter().cloned());
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
