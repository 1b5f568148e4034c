//! What a job for some files would look like: which input each is, whose program wrote it, how it writes numbers and dates, and what of
//! that is not sure. Pure: files in memory in, a job file as text out.

mod advice;
mod agreements;
mod choose;
mod doubts;
mod entries;
mod evidence;
mod hours;
mod kimai;
mod locale;
mod merge;
mod pattern;
mod question;
mod words;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::calendar::Date;
use crate::inputs::Input;
use crate::job::{DecimalMark, Encoding, InputSettings};
use crate::presets::{self, Preset};
use crate::read::{self, ColumnUse, Look, ReadError};

use choose::Fields;

pub use agreements::{ProposedAgreement, agreements_file, is_own as is_own_agreements, to_fill_in};
pub use question::Question;
pub use write::job_file;

/// Share of cells that have to be ids of the other input for a column to count as naming it (F2).
const NAMED_SHARE_PERCENT: usize = entries::NAMED_SHARE_PERCENT;

/// A month counts when it has at least one entry for so many of the fullest month.
const MONTH_SHARE: usize = 10;

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
    /// Files that nobody looked at, and why.
    pub left_out: Vec<(String, String)>,
    /// Everything else that lies there, as it is shown.
    beside: Vec<String>,
    /// What is not sure about all of them together.
    pub unsure: Vec<String>,
    /// The last month with many entries, of those that are over if there is one.
    pub month: Option<String>,
    /// F9: what is to be agreed; `None` where the files say what was sold.
    pub agreements: Option<Vec<ProposedAgreement>>,
    /// Names of taxes that do not say their rate alone, and the rate that stands in them.
    pub taxes: BTreeMap<String, String>,
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

/// What files that were looked at on the day `today` are. `own` are those that `init` writes, or wrote.
pub fn guess(looks: &[Look], left_out: Vec<(String, String)>, own: Vec<String>, today: Date) -> Guesses {
    let (mut files, mut left_out) = (Vec::new(), left_out);
    let mut unknown = Vec::new();
    for look in looks {
        match of_file(look) {
            Ok(guess) => files.push((look, guess)),
            Err(why) => unknown.push((look, why)),
        }
    }
    complete(&mut files);
    // Beside a sheet that is an input there may be notes and sums.
    let beside = |look: &Look| look.sheet.is_some() && files.iter().any(|(known, _)| known.path == look.path);
    let (sheets, unknown): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|(look, _)| beside(look));
    let told = |(look, why): (&Look, String)| (title(&look.shown, look.sheet.as_deref()), why);
    left_out.extend(sheets.into_iter().map(told));
    let mut beside: Vec<String> = unknown.iter().map(|(look, _)| look.shown.clone()).collect();
    beside.extend(left_out.iter().map(|(shown, _)| shown.clone()));
    beside.extend(own);
    let unknown = like(unknown.into_iter().map(told).collect());
    let mut unsure = Vec::new();
    locale::agree(&mut files);
    merge::merge(&mut files);
    link(&mut files);
    overlaps(&mut files);
    same_sheets(&mut files);
    customers(&files, &mut unsure);
    let taxes = taxes(&files);
    for (name, rate) in &taxes {
        unsure.push(format!("tax `{name}` is taken for {rate} %: correct [taxes] if it is another"));
    }
    let sells = |guess: &Guess| matches!(guess.input, Input::Orders | Input::Agreements);
    let mut agreements = None;
    if !files.iter().any(|(_, guess)| sells(guess)) {
        agreements = Some(agreements::agreements(&files));
        if agreements::names_nobody(&files) {
            unsure.push(
                "the entries name neither clients nor projects: for whom the work was nobody can tell".to_owned(),
            );
        }
    }
    let month = month(&files, today);
    let files = files.into_iter().map(|(_, guess)| guess).collect();
    Guesses { files, unknown, left_out, beside, unsure, month, agreements, taxes }
}

/// Looks at what the columns of each file hold, once it is known what the others are.
fn complete(files: &mut [(&Look, Guess)]) {
    let has = |input: Input| files.iter().any(|(_, guess)| guess.input == input);
    let of_tickets = files.iter().filter(|(_, guess)| guess.input == Input::Tickets);
    let ids = of_tickets.flat_map(|(look, guess)| cells(look, guess, "ticket_id")).map(str::to_owned).collect();
    let beside = entries::Beside {
        tickets: has(Input::Tickets).then_some(ids),
        sold: has(Input::Orders) || has(Input::Agreements),
    };
    for (look, guess) in files.iter_mut() {
        match guess.input {
            Input::Timesheets => entries::complete(look, guess, &beside),
            Input::Tickets => guess.questions.extend(customer_of_tickets(guess)),
            _ => {}
        }
        guess.settings.open = guess.open();
        guess.columns = read::mapping(guess.input, &guess.settings, &look.front.headers).unwrap_or_else(|_| {
            let field = |at: usize| guess.fields.iter().find(|(_, column)| **column == at).map(|(field, _)| *field);
            let headers = look.front.headers.iter().enumerate();
            headers.map(|(at, header)| ColumnUse { header: header.clone(), field: field(at) }).collect()
        });
        guess.id_parts = read::id_parts(guess.input, &guess.settings, &look.front.headers).unwrap_or_default();
        locale::find(look, guess);
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
        lines: others.map(|other| format!("columns.customer_id = {}", write::quoted(&other.header))).collect(),
        open: None,
    })
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
        (Ok(guess), None)
            if matches!(guess.input, Input::Tickets | Input::Customers | Input::Teams)
                && guess.settings.preset.is_some()
                && entries::are_entries(look).is_ok() =>
        {
            Ok(Guess::new(look, Input::Timesheets, settings_of(look), Vec::new()))
        }
        (Ok(guess), None) => Ok(guess),
        (Ok(guess), Some(_)) if guess.settings.preset.is_none() => Ok(guess),
        (_, Some(advice)) => Err(advice),
        (Err(nearest), None) => match entries::are_entries(look) {
            Ok(()) => Ok(Guess::new(look, Input::Timesheets, settings_of(look), Vec::new())),
            Err(lacks) => Err(nearest.map_or(lacks.clone(), |nearest| format!("{lacks}; {nearest}"))),
        },
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
            headers: look.front.headers.len(),
            id_parts,
            ambiguous_dates: None,
            fields: Fields::new(),
            open_columns: Fields::new(),
            header_row: look.front.header_row,
            decided: BTreeMap::new(),
            unsure: Vec::new(),
            questions: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The one of some kinds that knows most columns; what the nearest lacks, where none knows enough.
fn best_of(
    look: &Look,
    kinds: &mut dyn Iterator<Item = (Option<&'static Preset>, Input)>,
) -> Result<Guess, Option<String>> {
    let mut best: Option<(usize, Guess)> = None;
    let mut nearest: Option<(usize, String)> = None;
    for (preset, input) in kinds {
        let mut settings = InputSettings { preset, ..settings_of(look) };
        let mut unsure = Vec::new();
        let columns = match read::mapping(input, &settings, &look.front.headers) {
            Err(ReadError::MissingColumns { columns: missing, .. }) => {
                let found = input.fields().iter().filter(|field| field.required).count() - missing.len();
                if nearest.as_ref().is_none_or(|(most, _)| found > *most) && found > 0 {
                    let lacks = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    nearest = Some((found, format!("nearest is {input}, which lacks {lacks}")));
                }
                for field in &missing {
                    if let Some(said) = constant(field) {
                        settings.constants.insert(field, said.to_owned());
                        unsure.push(format!("no column gives `{field}`: `{said}` is taken for all rows"));
                    }
                }
                if settings.constants.len() < missing.len() || preset.is_none() {
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
    best.map(|(_, guess)| guess).ok_or(nearest.map(|(_, told)| told))
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

/// Timesheets that name neither ticket nor order line may do so in a column of another name: its cells tell.
fn link(files: &mut [(&Look, Guess)]) {
    let ids = |input: Input, files: &[(&Look, Guess)]| -> HashSet<String> {
        let of_input = files.iter().filter(|(_, guess)| guess.input == input);
        let id = input.fields().first().map_or("", |field| field.name);
        of_input.flat_map(|(look, guess)| cells(look, guess, id)).map(str::to_owned).collect()
    };
    let targets = [
        ("ticket_id", ids(Input::Tickets, files), "tickets"),
        ("order_line_id", ids(Input::Orders, files), "order lines"),
    ];
    // Without orders and tickets entries lead to agreements, by client and project.
    if targets.iter().all(|(_, ids, _)| ids.is_empty()) {
        return;
    }
    for (look, guess) in files.iter_mut().filter(|(_, guess)| guess.input == Input::Timesheets) {
        let named = |field: &str| guess.columns.iter().any(|column| column.field == Some(field));
        if named("ticket_id") || named("order_line_id") {
            continue;
        }
        let found = targets.iter().filter_map(|(field, ids, things)| {
            let share = |column: usize| {
                let cells = column_cells(look, column);
                if !entries::may_name(look, column, &cells) {
                    return None;
                }
                let hits = cells.iter().filter(|cell| ids.contains(**cell)).count();
                (!cells.is_empty() && hits * 100 >= cells.len() * NAMED_SHARE_PERCENT).then_some((
                    hits,
                    cells.len(),
                    column,
                ))
            };
            let best = (0..look.front.headers.len()).filter_map(share).max_by_key(|(hits, ..)| *hits)?;
            Some((*field, *things, best))
        });
        match found.max_by_key(|(_, _, (hits, ..))| *hits) {
            Some((field, things, (hits, cells, column))) => {
                let Some(header) = look.front.headers.get(column).cloned() else { continue };
                guess.settings.columns.insert(field, header.clone());
                // No column fills two fields.
                guess.settings.columns.retain(|known, named| *known == field || *named != header);
                guess.fields.retain(|_, chosen| *chosen != column);
                guess.fields.insert(field, column);
                guess.settings.ignore.retain(|ignored| *ignored != header);
                if hits < cells {
                    let rest = cells - hits;
                    guess.unsure.push(format!("column `{header}` names {things} in {hits} rows; {rest} others name none and go to quarantine"));
                }
                if let Ok(columns) = read::mapping(guess.input, &guess.settings, &look.front.headers) {
                    guess.columns = columns;
                }
            }
            None => guess.unsure.push(
                "no column names tickets or order lines: nothing can be billed before one of `ticket_id`, `order_line_id` is given in `columns`"
                    .to_owned(),
            ),
        }
    }
}

/// The same ids in two files of one input.
fn overlaps(files: &mut [(&Look, Guess)]) {
    for input in Input::ALL {
        let mut met: HashSet<String> = HashSet::new();
        let mut twice = 0;
        let id = input.fields().first().map_or("", |field| field.name);
        let (mut first, mut several) = (None, false);
        for (at, (look, guess)) in files.iter().enumerate().filter(|(_, (_, guess))| guess.input == input) {
            several |= first.replace(first.unwrap_or(at)).is_some();
            let own: BTreeSet<String> = cells(look, guess, id).into_iter().map(str::to_owned).collect();
            twice += own.iter().filter(|id| met.contains(*id)).count();
            met.extend(own);
        }
        let Some((_, guess)) = first.filter(|_| several && twice > 0).and_then(|first| files.get_mut(first)) else {
            continue;
        };
        guess.unsure.push(format!(
            "{twice} ids stand in more than one file of {input}: with `newer_wins = true` the file that stands later in the list is right"
        ));
    }
}

/// Several sheets of one workbook that are the same input: nobody knows whether both are meant.
fn same_sheets(files: &mut [(&Look, Guess)]) {
    let of = |(look, guess): &(&Look, Guess)| Some((look.path.clone(), guess.input, guess.sheet.clone()?));
    let all: Vec<(std::path::PathBuf, Input, String)> = files.iter().filter_map(of).collect();
    let mut met = HashSet::new();
    for (look, guess) in files.iter_mut().filter(|(_, guess)| guess.sheet.is_some()) {
        let same = all.iter().filter(|(path, input, _)| *path == look.path && *input == guess.input);
        let names: Vec<&str> = same.map(|(.., sheet)| sheet.as_str()).collect();
        if names.len() > 1 && met.insert((look.path.clone(), guess.input)) {
            let (several, listed) = (names.len(), names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>());
            guess.unsure.push(format!(
                "{several} sheets of {} could be {}: nothing is read before `sheet = [{}]` says which are meant",
                look.shown,
                guess.input,
                listed.join(", ")
            ));
        }
    }
}

/// Tickets whose customers no order has are never linked by themselves (L2).
fn customers(files: &[(&Look, Guess)], unsure: &mut Vec<String>) {
    let of = |input: Input| -> HashSet<&str> {
        let of_input = files.iter().filter(|(_, guess)| guess.input == input);
        of_input.flat_map(|(look, guess)| cells(look, guess, "customer_id")).collect()
    };
    let (ordering, asking) = (of(Input::Orders), of(Input::Tickets));
    let listed = files.iter().any(|(_, guess)| guess.input == Input::Customers);
    if !listed && !ordering.is_empty() && !asking.is_empty() && ordering.is_disjoint(&asking) {
        unsure.push(
            "no customer of the tickets has an order: export the customers too, or write customers in both files in the same way"
                .to_owned(),
        );
        return;
    }
    // "Azure Interior, Brandon Freeman": Odoo shows a contact behind its company.
    let contact = |name: &&&str| {
        let company = name.split_once(", ").map(|(company, _)| company);
        !ordering.contains(**name) && company.is_some_and(|company| ordering.contains(company))
    };
    let mut contacts: Vec<&str> = asking.iter().filter(contact).copied().collect();
    contacts.sort_unstable();
    if let Some(first) = contacts.first().filter(|_| !listed) {
        unsure.push(format!(
            "tickets of contacts such as `{first}` are not linked to the orders of their company: export the customers too"
        ));
    }
}

/// Names that hold a percentage among other words.
fn taxes(files: &[(&Look, Guess)]) -> BTreeMap<String, String> {
    let of_orders = files.iter().filter(|(_, guess)| guess.input == Input::Orders);
    let names = of_orders.flat_map(|(look, guess)| cells(look, guess, "taxes")).flat_map(|cell| cell.split([',', ';']));
    let rate = |name: &str| {
        let before = name.split_once('%')?.0.trim_end();
        let digits = before.rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |at| at + 1);
        let rate = before.get(digits..).filter(|rate| !rate.is_empty() && rate.parse::<f64>().is_ok())?;
        (rate.len() + 1 < name.replace(' ', "").len()).then(|| (name.to_owned(), rate.to_owned()))
    };
    names.map(str::trim).filter_map(rate).collect()
}

/// A few entries of another month are late, early or mistyped.
fn month(files: &[(&Look, Guess)], today: Date) -> Option<String> {
    let entries = files.iter().filter(|(_, guess)| guess.input == Input::Timesheets);
    let mut months: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for date in entries.flat_map(|(look, guess)| locale::entry_dates(look, guess)) {
        *months.entry(month_of(date)).or_default() += 1;
    }
    let fullest = months.values().max().copied().unwrap_or(0);
    let busy = months.iter().filter(|(_, count)| **count * MONTH_SHARE >= fullest).map(|(month, _)| *month);
    let over = busy.clone().filter(|month| *month < month_of(today)).max();
    over.or(busy.max()).map(|(year, month)| format!("{year:04}-{month:02}"))
}

fn month_of(date: Date) -> (u32, u32) {
    let (year, month, _) = date.ymd();
    (year, month)
}

/// As a job file writes it.
fn mark(mark: DecimalMark) -> &'static str {
    match mark {
        DecimalMark::Point => ".",
        DecimalMark::Comma => ",",
    }
}
