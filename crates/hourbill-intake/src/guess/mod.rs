//! What a job for some files would look like: which input each is, whose program wrote it, how it writes numbers and dates, and what of
//! that is not sure. Pure: files in memory in, a job file as text out.

mod across;
mod advice;
mod agreed_file;
mod agreements;
mod answered;
mod approval;
mod asked;
mod before;
mod beside;
mod billing;
mod blocks;
mod breaks;
mod choose;
mod clocks;
mod combined;
mod counted;
mod doubts;
mod entries;
mod evidence;
mod fold;
mod for_whom;
mod free;
mod hours;
mod kimai;
mod lists;
mod locale;
mod merge;
mod money;
mod months;
mod others;
mod own;
mod parts;
mod pattern;
mod person;
mod question;
mod quoted;
mod referring;
mod sums;
mod twice;
mod words;
mod write;

use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::inputs::Input;
use crate::job::{DecimalMark, Encoding, InputSettings};
use crate::presets::{self, Preset};
use crate::read::{self, ColumnUse, Look, ReadError};

use choose::Fields;
use combined::Combined;
use others::Likely;

pub use agreed_file::{
    AgreementsFile, agreements_file, either_mark_of_agreements, is_own as is_own_agreements, to_fill_in,
};
pub use agreements::{ProposedAgreement, sources};
pub use asked::{OfFiles, questions, sentences};
pub use before::{Before, LostKey, SaidPeriod};
pub use blocks::{fill_down, put_together};
pub use months::Months;
pub use others::header_for;
pub use question::Question;
pub use write::{Around, is_written_here, job_file};

/// Share of cells that have to be ids of the other input for a column to count as naming it (F2).
const NAMED_SHARE_PERCENT: usize = entries::NAMED_SHARE_PERCENT;

/// What is known of one file.
#[derive(Debug)]
pub struct Guess {
    pub shown: String,
    /// Of a workbook with several that have rows.
    pub sheet: Option<String>,
    pub input: Input,
    pub settings: InputSettings,
    pub columns: Vec<ColumnUse>,
    pub rows: usize,
    /// There are more of them than were looked at.
    pub is_cut: bool,
    /// Its cells are text, and nothing else.
    is_text: bool,
    /// Columns of the file itself; those behind them are made of others.
    headers: usize,
    /// Columns whose cells make the ids of its rows.
    id_parts: Vec<String>,
    /// A cell with a date, and the orders in which all of them can be read, when there are several.
    ambiguous_dates: Option<(String, Vec<&'static str>)>,
    /// Columns by field, as they were chosen (F3); empty where names of columns say it all.
    fields: Fields,
    /// The likeliest column of a field about which a question is open.
    open_columns: Fields,
    /// The line of the header, where lines of a title stand above it.
    header_row: Option<u64>,
    /// How many cells decided what the job says, by key.
    decided: BTreeMap<&'static str, String>,
    /// A column that somebody may let stand for two fields.
    combined: Option<Combined>,
    /// Columns from whose cells something stands in the agreements (F9), and what.
    agreed: Vec<(&'static str, usize)>,
    /// What the file does not say and the job takes for granted, a sentence each.
    pub says: Vec<String>,
    /// For people, a sentence each.
    pub unsure: Vec<String>,
    pub questions: Vec<Question>,
    /// What may be set later: in words, and as lines of the job.
    notes: Vec<(String, Vec<String>)>,
}

impl Guess {
    /// As people know it, sheet and all.
    pub fn title(&self) -> String {
        title(&self.shown, self.sheet.as_deref())
    }

    /// Columns that the file has.
    pub fn columns_there(&self) -> usize {
        self.headers
    }

    /// How many of them something is made of: a field, an id, or what stands in the agreements.
    pub fn columns_used(&self) -> usize {
        (0..self.headers).filter(|column| self.is_used(*column)).count()
    }

    /// The job makes something of the column.
    fn is_used(&self, column: usize) -> bool {
        let Some(ColumnUse { header, field }) = self.columns.get(column) else { return false };
        let same = |name: &str| presets::folded(name) == presets::folded(header);
        let made = self.columns.iter().skip(self.headers).filter(|column| column.field.is_some());
        let parts = made.flat_map(|made| made.header.split(" + ").chain(std::iter::once(made.header.as_str())));
        let skips = self.settings.skip.iter().map(|(name, _)| name.as_str());
        field.is_some()
            || parts.chain(self.id_parts.iter().map(String::as_str)).chain(skips).any(same)
            || self.agreed.iter().any(|(_, known)| *known == column)
    }

    /// The program writes a dash where there is nothing.
    fn writes_dashes(&self) -> bool {
        self.settings.preset.is_some_and(|preset| preset.name == "toggl")
    }

    /// Everything that is not sure, a sentence each.
    pub fn all_unsure(&self) -> impl Iterator<Item = &str> {
        self.unsure.iter().map(String::as_str).chain(self.questions.iter().map(|question| question.text.as_str()))
    }

    /// Keys and headers that are open: no hour is billed before they are answered.
    fn open(&self) -> Vec<String> {
        let mut open: Vec<String> = self.questions.iter().filter_map(|question| question.open.clone()).collect();
        open.dedup();
        open
    }
}

fn title(shown: &str, sheet: Option<&str>) -> String {
    sheet.map_or_else(|| shown.to_owned(), |sheet| format!("{shown}[{sheet}]"))
}

/// Everything that can be said about some files.
#[derive(Debug)]
pub struct Guesses {
    pub files: Vec<Guess>,
    /// Files that are no input, and why.
    pub unknown: Vec<(String, String)>,
    /// What they may be, and the file.
    likely: Vec<(String, Likely)>,
    /// Files that nobody looked at, and why.
    pub left_out: Vec<(String, String)>,
    /// Everything else that lies there, as it is shown.
    beside: Vec<String>,
    /// What is not sure about all of them together.
    pub unsure: Vec<String>,
    /// The months of the entries; `None` where no date can be read.
    pub months: Option<Months>,
    /// F9: what is to be agreed; `None` where the files say what was sold.
    pub agreements: Option<Vec<ProposedAgreement>>,
    /// Names of taxes that do not say their rate alone, and the rate that stands in them, if one does.
    pub taxes: BTreeMap<String, Option<String>>,
}

impl Guesses {
    pub fn is_sure(&self) -> bool {
        self.unsure.is_empty()
            && self.unknown.is_empty()
            && self.files.iter().all(|file| file.all_unsure().next().is_none())
    }

    pub fn of(&self, input: Input) -> impl Iterator<Item = &Guess> {
        self.files.iter().filter(move |file| file.input == input)
    }

    /// What was looked at of files that have more rows, in words; `None` where all rows were looked at.
    pub fn sample(&self) -> Option<String> {
        let cut: Vec<&Guess> = self.files.iter().filter(|file| file.is_cut).collect();
        let most = cut.iter().map(|file| file.rows).max()?;
        let of = match cut.as_slice() {
            [one] => format!("`{}`", one.title()),
            several => format!("{} files", several.len()),
        };
        let later = match self.agreements {
            Some(_) => {
                "; a client or project that only later rows name has no row in the agreements: its hours are unassigned, and the run says so"
            }
            None => "",
        };
        Some(format!("the first {most} rows of {of}, and no others{later}"))
    }

    /// Files that are there and are not this input.
    fn names_beside(&self, input: Input) -> Vec<&str> {
        let inputs = self.files.iter().filter(|file| file.input != input).map(|file| file.shown.as_str());
        let others = self.beside.iter().map(String::as_str);
        inputs.chain(others).collect()
    }

    /// Inputs that a job needs and no file gives.
    pub fn missing(&self) -> Vec<Input> {
        Input::ALL.into_iter().filter(|input| input.required() && self.of(*input).next().is_none()).collect()
    }
}

/// Files as they are shown, and what is to be said of each.
type ToldFiles = Vec<(String, String)>;

/// What files that were looked at on the day `today` are. `unread` are those that could not be read, `own` those that `init` writes, or wrote.
pub fn guess(
    looks: &[Look],
    (left_out, unread): (ToldFiles, ToldFiles),
    own: Vec<String>,
    (today, before): (Date, Option<&Before>),
) -> Guesses {
    let (mut files, mut left_out) = (Vec::new(), left_out);
    let mut unknown = Vec::new();
    for look in looks {
        match of_file(look) {
            Ok(guess) => files.push((look, guess)),
            Err(why) => unknown.push((look, why)),
        }
    }
    complete(&mut files);
    let summaries = twice::summaries(&mut files);
    // Beside a sheet that is an input there may be notes and sums.
    let beside = |look: &Look| look.sheet.is_some() && files.iter().any(|(known, _)| known.path == look.path);
    let (sheets, unknown): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|(look, _)| beside(look));
    let told = |(look, why): (&Look, String)| (title(&look.shown, look.sheet.as_deref()), why);
    left_out.extend(sheets.into_iter().map(told));
    let mut beside: Vec<String> = unknown.iter().map(|(look, _)| look.shown.clone()).collect();
    beside.extend(left_out.iter().map(|(shown, _)| shown.clone()));
    beside.extend(own);
    let likely = likely(&unknown);
    let mut unknown = like(unknown.into_iter().map(told).collect());
    beside.extend(unread.iter().map(|(shown, _)| shown.clone()));
    unknown.extend(unread);
    let mut unsure: Vec<String> = summaries.iter().map(|(file, why)| format!("{file} is left out: {why}")).collect();
    beside.extend(summaries.into_iter().map(|(file, _)| file));
    locale::agree(&mut files);
    merge::merge(&mut files);
    across::link(&mut files);
    across::overlaps(&mut files);
    across::same_sheets(&mut files);
    across::nobody(&files, &mut unsure);
    across::customers(&files, &mut unsure);
    if let Some(before) = before {
        files.iter_mut().for_each(|(_, guess)| guess.answered_by(before));
    }
    let taxes = across::taxes(&files);
    for (name, rate) in &taxes {
        match rate {
            Some(rate) => unsure.push(format!("tax `{name}` is taken for {rate} %: correct [taxes] if it is another")),
            None if before.is_some_and(|before| before.table("taxes").lines().any(|line| line == taxes_head(name))) => {
            }
            None => unsure.push(format!(
                "tax `{name}` says no rate: drafts with it are held until {} of the job says rate and category",
                taxes_head(name)
            )),
        }
    }
    let sells = |guess: &Guess| matches!(guess.input, Input::Orders | Input::Agreements);
    let mut agreements = None;
    if !files.iter().any(|(_, guess)| sells(guess)) {
        agreements = Some(agreements::agreements(&mut files));
        files.iter_mut().for_each(|(_, guess)| guess.says.extend(unsaid(guess)));
        if agreements::names_nobody(&files) {
            unsure.push(
                "the entries name neither clients nor projects: for whom the work was nobody can tell".to_owned(),
            );
        }
    }
    let months = months::months(&files, today);
    let files = files.into_iter().map(|(_, guess)| guess).collect();
    Guesses { files, unknown, likely, left_out, beside, unsure, months, agreements, taxes }
}

/// The table of the job that declares a tax.
fn taxes_head(name: &str) -> String {
    format!("[taxes.{}]", quoted::quoted(name))
}

/// Looks at what the columns of each file hold, once it is known what the others are.
fn complete(files: &mut [(&Look, Guess)]) {
    let beside = beside::Beside::of(files);
    for (look, guess) in files.iter_mut() {
        match guess.input {
            Input::Timesheets => entries::complete(look, guess, &beside),
            Input::Tickets => guess.questions.extend(customer_of_tickets(guess)),
            _ => {}
        }
        lists::complete(look, guess);
        guess.settings.open = guess.open();
        // What is asked about by its header stands for nothing yet, whatever it is called.
        guess.settings.asked.clone_from(&guess.settings.open);
        guess.columns = read::mapping(guess.input, &guess.settings, &look.front.headers).unwrap_or_else(|_| {
            let field = |at: usize| guess.fields.iter().find(|(_, column)| **column == at).map(|(field, _)| *field);
            let headers = look.front.headers.iter().enumerate();
            headers.map(|(at, header)| ColumnUse { header: header.clone(), field: field(at) }).collect()
        });
        guess.id_parts = read::id_parts(guess.input, &guess.settings, &look.front.headers).unwrap_or_default();
        locale::find(look, guess);
        if guess.input == Input::Timesheets {
            money::marks(look, guess);
        }
    }
}

/// Jira knows no customers: a project may stand for one.
fn customer_of_tickets(guess: &Guess) -> Option<Question> {
    let column = guess.columns.iter().find(|column| column.field == Some("customer_id"))?;
    let header = column.header.trim();
    let is_project = guess.settings.preset.is_some_and(|preset| preset.name == "jira")
        && header.to_lowercase().starts_with("project ");
    let others = guess
        .columns
        .iter()
        .filter(|other| other.header.trim().to_lowercase().starts_with("project ") && other.header != column.header);
    is_project.then(|| Question {
        text: format!("`{header}` is taken for the customer of a ticket: which column is it?"),
        lines: others.map(|other| format!("columns.customer_id = {}", quoted::quoted(&other.header))).collect(),
        open: None,
    })
}

/// What no column of the entries says: then all hours count as billable, or as not invoiced yet.
fn unsaid(guess: &Guess) -> Option<String> {
    let says = |fields: &[&str]| {
        let mut of_columns = guess.columns.iter().filter_map(|column| column.field);
        // An open question may have the field as its answer.
        let open = guess.questions.iter().filter(|question| question.open.is_some());
        let mut lines = open.flat_map(|question| &question.lines);
        let names = |line: &String| fields.iter().any(|field| line.starts_with(&format!("columns.{field} =")));
        of_columns.any(|field| fields.contains(&field))
            || guess.settings.constants.keys().any(|field| fields.contains(field))
            || lines.any(names)
    };
    if guess.input != Input::Timesheets {
        return None;
    }
    let (billable, invoiced) = (says(&["billable", "status"]), says(&["invoiced", "invoice_id", "status"]));
    let (what, so) = match (billable, invoiced) {
        (true, true) => return None,
        (false, true) => ("which hours are billable", "all of them are billed"),
        (true, false) => ("which hours were invoiced before", "none of them were"),
        (false, false) => ("which hours are billable or were invoiced before", "all of them are billed"),
    };
    Some(format!("no column says {what}: the job takes it that {so} (`columns` names one, `skip` leaves rows out)"))
}

/// F10: what files may be that are not understood: one of each kind.
fn likely(unknown: &[(&Look, String)]) -> Vec<(String, Likely)> {
    let mut told: Vec<(String, Likely)> = Vec::new();
    for (look, _) in unknown.iter().filter(|(look, _)| advice::instead(&look.front.headers).is_none()) {
        let likely = others::likely(&look.front.headers);
        if let Some(likely) = likely.filter(|likely| told.iter().all(|(_, known)| known.text != likely.text)) {
            told.push((look.shown.clone(), likely));
        }
    }
    told
}

/// F10: files that are not understood for the same reason are one message.
fn like(unknown: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    for (file, why) in unknown {
        match told.iter_mut().find(|(_, known)| *known == why) {
            Some((files, _)) => files.push(file),
            None => told.push((vec![file], why)),
        }
    }
    let named = |files: Vec<String>| match files.as_slice() {
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} like it", rest.len()),
        [] => String::new(),
    };
    told.into_iter().map(|(files, why)| (named(files), why)).collect()
}

/// What a file may be: an input as hourbill knows it, or as a program writes it.
fn kinds() -> impl Iterator<Item = (Option<&'static Preset>, Input)> {
    let presets = std::iter::once(None).chain(presets::ALL.iter().copied().map(Some));
    let kinds = presets.flat_map(|preset| Input::ALL.map(|input| (preset, input)));
    kinds.filter(|(preset, input)| preset.is_none_or(|preset| preset.knows(*input)))
}

/// Whether headers are those of some input of some program.
pub fn knows(headers: &[String]) -> bool {
    let known = |(preset, input): (Option<&'static Preset>, Input)| {
        let settings = InputSettings { preset, ..InputSettings::default() };
        let columns = read::mapping(input, &settings, headers);
        is_marked(preset, input, headers)
            && columns.is_ok_and(|columns| columns.iter().filter(|column| column.field.is_some()).count() >= 2)
    };
    kinds().any(known) || entries::may_be_headers(headers)
}

/// F1: a preset is taken for time entries only where the file bears that program's own marks.
fn is_marked(preset: Option<&'static Preset>, input: Input, headers: &[String]) -> bool {
    preset.is_none_or(|preset| preset.shape(input, headers).is_some_and(|shape| shape.is_marked(headers)))
}

/// Columns without which a file may do when each of its rows says the same, and what that would be.
fn constant(field: &str) -> Option<&'static str> {
    match field {
        "invoicing_policy" => Some("delivered_timesheet"),
        "state" => Some("sale"),
        "uom" => Some("Hours"),
        _ => None,
    }
}

/// The input and preset that know most columns of a file; where no program is known by its marks, time entries by the dictionary (F3).
fn of_file(look: &Look) -> Result<Guess, String> {
    let marked = |(preset, input): &(Option<&'static Preset>, Input)| is_marked(*preset, *input, &look.front.headers);
    let advice = advice::instead(&look.front.headers);
    let known = best_of(look, &mut kinds().filter(marked));
    match (known, advice) {
        // Lists of issues, people and the like have no day on which somebody worked so many hours.
        (Some(guess), None) if is_no_list_of_hours(&guess, look) && entries::are_entries(look).is_ok() => {
            Ok(Guess::new(look, Input::Timesheets, settings_of(look), Vec::new()))
        }
        (Some(guess), None) => Ok(guess),
        (Some(guess), Some(_)) if guess.settings.preset.is_none() => Ok(guess),
        (_, Some(advice)) => Err(advice),
        (None, None) => match entries::are_entries(look) {
            Ok(()) => Ok(Guess::new(look, Input::Timesheets, settings_of(look), Vec::new())),
            Err(lacks) => {
                let likely = others::likely(&look.front.headers).map(|likely| likely.text);
                Err(likely.map_or(lacks.clone(), |likely| format!("{lacks}; {likely}")))
            }
        },
    }
}

/// Our own columns, complete and no others: nothing has to be guessed.
fn is_own(look: &Look, guess: &Guess) -> bool {
    let has = |name: &str| look.front.headers.iter().any(|header| presets::folded(header) == name);
    let complete = has("timesheet_id") && has("date") && has("hours");
    guess.settings.preset.is_none() && complete && own::is_all_ours(guess.input, look)
}

/// Time entries may have the columns of such a list as well: a price and a currency, an employee and a role, a ticket and its customer.
fn is_no_list_of_hours(guess: &Guess, look: &Look) -> bool {
    let ours = |input: Input| look.front.headers.iter().filter(|header| own::field(input, header).is_some()).count();
    match (guess.settings.preset, guess.input) {
        (Some(_), input) => matches!(input, Input::Tickets | Input::Customers | Input::Teams),
        (None, Input::Rates | Input::Employees | Input::Teams) => true,
        (None, Input::Tickets | Input::Customers) => {
            let is_entry = look.front.headers.iter().any(|header| presets::folded(header) == "timesheet_id");
            is_entry || ours(Input::Timesheets) > ours(guess.input)
        }
        (None, _) => false,
    }
}

/// How the text of a file is read.
fn settings_of(look: &Look) -> InputSettings {
    InputSettings {
        delimiter: look.text.map(|text| text.delimiter),
        encoding: look.text.map_or(Encoding::Utf8, |text| text.encoding),
        ..InputSettings::default()
    }
}

impl Guess {
    fn new(look: &Look, input: Input, settings: InputSettings, columns: Vec<ColumnUse>) -> Guess {
        let id_parts = read::id_parts(input, &settings, &look.front.headers).unwrap_or_default();
        Guess {
            shown: look.shown.clone(),
            sheet: look.sheet.clone(),
            input,
            settings,
            columns,
            rows: look.front.rows.len(),
            is_cut: look.is_cut,
            is_text: look.text.is_some(),
            headers: look.front.headers.len(),
            id_parts,
            ambiguous_dates: None,
            fields: Fields::new(),
            open_columns: Fields::new(),
            header_row: look.front.header_row,
            decided: BTreeMap::new(),
            combined: None,
            agreed: Vec::new(),
            says: Vec::new(),
            unsure: Vec::new(),
            questions: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The one of some kinds that knows most columns.
fn best_of(look: &Look, kinds: &mut dyn Iterator<Item = (Option<&'static Preset>, Input)>) -> Option<Guess> {
    let mut best: Option<(usize, Guess)> = None;
    for (preset, input) in kinds {
        let mut settings = InputSettings { preset, ..settings_of(look) };
        let mut unsure = Vec::new();
        let columns = match read::mapping(input, &settings, &look.front.headers) {
            Err(ReadError::MissingColumns { .. }) if preset.is_none() => {
                let Some(by_words) = lists::by_words(input, look, &settings) else { continue };
                settings = by_words;
                read::mapping(input, &settings, &look.front.headers)
            }
            Err(ReadError::MissingColumns { columns: missing, .. }) => {
                for field in &missing {
                    if let Some(said) = constant(field) {
                        settings.constants.insert(field, said.to_owned());
                        unsure.push(format!("no column gives `{field}`: `{said}` is taken for all rows"));
                    }
                }
                if settings.constants.len() < missing.len() {
                    continue;
                }
                read::mapping(input, &settings, &look.front.headers)
            }
            columns => columns,
        };
        let Ok(columns) = columns else { continue };
        // F1: any list of names may be one of teams; what a program's list of teams says is how they bill.
        let bills = |column: &ColumnUse| matches!(column.field, Some("timesheets" | "time_billing"));
        if preset.is_some() && input == Input::Teams && !columns.iter().any(bills) {
            continue;
        }
        let known = columns.iter().filter(|column| column.field.is_some()).count();
        let score = (2 * known).saturating_sub(3 * settings.constants.len());
        if known >= 2 && best.as_ref().is_none_or(|(most, _)| score > *most) {
            let mut guess = Guess::new(look, input, settings, columns);
            guess.unsure = unsure;
            best = Some((score, guess));
        }
    }
    best.map(|(_, guess)| guess)
}

/// Where the column of a field stands in the file, or the likeliest while that is asked.
fn column_of(guess: &Guess, field: &str) -> Option<usize> {
    let chosen = guess.fields.get(field).or_else(|| guess.open_columns.get(field)).copied();
    let column = chosen.or_else(|| guess.columns.iter().position(|column| column.field == Some(field)));
    column.filter(|column| *column < guess.headers)
}

/// Texts of the column of a field; none when it is made of several.
fn cells<'a>(look: &'a Look, guess: &Guess, field: &str) -> Vec<&'a str> {
    let Some(column) = column_of(guess, field) else { return Vec::new() };
    column_cells(look, column)
}

fn column_cells(look: &Look, column: usize) -> Vec<&str> {
    look.front
        .rows
        .iter()
        .filter_map(|row| row.get(column))
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
        .collect()
}

/// As a job file writes it.
fn mark(mark: DecimalMark) -> &'static str {
    match mark {
        DecimalMark::Point => ".",
        DecimalMark::Comma => ",",
    }
}
