//! A file of time entries: what its preset knows, what the dictionary adds, how its rows are told apart, and what has to be asked.

use std::collections::BTreeMap;

use super::beside::{self, Beside};
use super::choose::{self, Chosen, Fields};
use super::doubts;
use super::evidence::{self, Moments, Table};
use super::hours;
use super::question::Question;
use super::quoted::quoted;
use super::words::Sense;
use super::{Guess, kimai, own};
use crate::inputs::Input;
use crate::job::{HoursUnit, InputSettings, Pattern};
use crate::read::{self, Look, RaggedRow};

/// Share of cells that have to be ids of the other input for a column to count as naming it (F2).
pub(super) const NAMED_SHARE_PERCENT: usize = 90;

/// What a number behind words is, as in `Bug #4101: Basket`.
const NUMBERED: &str = r"#(\d+)";

/// Whether the columns of a file of no known program are those of time entries; why not, where they nearly are.
pub(super) fn are_entries(look: &Look) -> Result<(), String> {
    let table = Table::new(look);
    let chosen = own::chosen(&table, &Fields::new());
    let spans = chosen.fields.contains_key("started_at") && chosen.fields.contains_key("ended_at");
    let started = chosen.fields.get("started_at").and_then(|column| table.moments(*column));
    let day = chosen.fields.contains_key("date") || started == Some(Moments::DaysWithTimes);
    if let Some(advice) = super::advice::instead(&look.front.headers) {
        return Err(advice);
    }
    if super::advice::is_list_of_issues(&look.front.headers) {
        return Err("it is a list of issues with what is planned for each, not of the time that was spent".to_owned());
    }
    let grid = super::advice::grid(&table);
    match (day, spans || !chosen.hours.is_empty(), grid) {
        // The date and the sum of such a row are those of a week.
        (true, true, Some(grid)) => Err(grid),
        (true, true, None) => Ok(()),
        (day, hours, grid) => {
            let lacks = super::advice::lacks(&table, day, hours);
            Err(grid.map_or(lacks.clone(), |grid| format!("{lacks}; {grid}")))
        }
    }
}

/// Headers that speak of a day and of hours, whatever stands below them (F6).
pub(super) fn may_be_headers(headers: &[String]) -> bool {
    let says = |senses: &[Sense]| {
        headers
            .iter()
            .filter(|header| super::words::header(header).meanings.iter().any(|(sense, _)| senses.contains(sense)))
            .count()
    };
    let day = says(&[Sense::Date, Sense::StartDate, Sense::Start]);
    let hours = says(&[Sense::Hours, Sense::Minutes, Sense::Seconds]);
    headers.len() >= 3
        && day > 0
        && (hours > 0 || (says(&[Sense::Start, Sense::StartDate]) > 0 && says(&[Sense::End, Sense::EndDate]) > 0))
}

/// Fills in what the preset and the canonical names leave open.
pub(super) fn complete(look: &Look, guess: &mut Guess, beside: &Beside) {
    if super::is_own(look, guess) {
        let column = guess.columns.iter().position(|column| column.field == Some("hours"));
        guess.questions.extend(column.and_then(|column| hours::of_own(&Table::new(look), column)));
        return;
    }
    let mut table = Table::new(look);
    table.dash = guess.writes_dashes();
    let known = known(look, guess);
    let mut chosen = chosen(&table, &known);
    let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, &look.front.headers));
    let of_lines = beside::order_lines(look, &table, &mut chosen, beside, guess.settings.preset.is_some());
    let of_company = beside::company(&table, &mut chosen, beside);
    let mut of_file = worked(&table, &mut chosen, &known, shape);
    tickets(&table, guess, &mut chosen, beside);
    let twice = doubts::filled_twice(&table, &mut chosen);
    let combined = super::combined::combined(&table, &chosen);
    let states = states(&table, guess, &mut chosen, (&of_file, beside.sold));
    of_file.certain &= chosen.fields.contains_key("hours");
    settings(look, &table, guess, &chosen, &of_file);
    guess.questions.extend(of_lines.into_iter().chain(of_company).chain(twice));
    guess.says.extend(headers_again(look, &chosen));
    if let Some((combined, question)) = combined {
        guess.combined = Some(combined);
        guess.questions.push(question);
    }
    let odd = super::free::odd_flags(&table, guess, &chosen);
    guess.questions.extend(odd);
    let of_states = states.iter().any(|(_, question)| question.open.as_deref() == Some("values.status"));
    for field in ["status", "invoice_id"] {
        let open = format!("values.{field}");
        if states.iter().any(|(_, question)| question.open.as_ref() == Some(&open)) {
            guess.settings.values.remove(field);
        }
    }
    let waits = super::approval::not_approved(&table, guess, &chosen, of_states);
    guess.questions.extend(waits);
    let asked: Vec<usize> = states.iter().map(|(column, _)| *column).collect();
    guess.questions.extend(states.into_iter().map(|(_, question)| question));
    let ignored = guess.settings.ignore.clone();
    guess.questions.extend(of_file.questions.iter().map(|question| with_ignored(question, &ignored)));
    let doubts = doubts::doubts(&table, guess, &chosen, &of_file, (beside.sold, &asked));
    guess.questions.extend(doubts);
    let breaks = super::breaks::breaks(&table, guess, &chosen, &of_file);
    guess.questions.extend(breaks);
    // Rows are left out by one answer.
    let skips = guess.questions.iter().any(|question| question.open.as_deref() == Some("skip"));
    let sums = if skips { None } else { super::sums::dated_sums(&table, &chosen, &of_file) };
    let free = super::free::of_activity(&table, guess, &chosen);
    let of_money = super::free::of_money(&table, guess, &chosen, of_file.column.filter(|_| !beside.sold));
    guess.says.extend(of_money);
    let no_work =
        if skips || sums.is_some() || free.is_some() { None } else { super::free::of_no_work(&table, &chosen) };
    guess.questions.extend(sums.into_iter().chain(free).chain(no_work));
    if chosen.repeating.is_some() {
        guess.settings.id_from.clear();
    }
    own::left_alone(&table, guess, &chosen);
    leave_open(guess);
    guess.questions.extend(ragged(look));
    let blocks = super::blocks::asked(look, guess);
    guess.questions.extend(blocks);
    guess.open_columns.extend(of_file.column.filter(|_| !of_file.certain).map(|column| ("hours", column)));
    if !beside.sold && beside.tickets.is_none() {
        let of_hours = chosen.hours.iter().map(|of| of.column);
        let taken: Vec<usize> = of_hours.chain(chosen.names.iter().copied()).chain(asked.iter().copied()).collect();
        let for_whom = super::for_whom::asked(&table, guess, &chosen, &taken);
        guess.questions.extend(for_whom);
    }
}

/// Columns of words that say what became of the entries, and what is asked about them.
fn states(
    table: &Table<'_>,
    guess: &Guess,
    chosen: &mut Chosen,
    (of_file, sold): (&hours::OfFile, bool),
) -> Vec<(usize, Question)> {
    let of_hours: Vec<usize> = of_file.column.into_iter().chain(of_file.others.iter().copied()).collect();
    let mut states = super::approval::unread(table, chosen, &of_hours, guess.settings.preset.is_some());
    if !sold {
        let asked: Vec<usize> = states.iter().map(|(column, _)| *column).collect();
        states.extend(super::billing::unread(table, guess, chosen, of_file, &asked));
    }
    states
}

/// Columns by their headers and cells, and what is known of Kimai and of names.
fn chosen(table: &Table<'_>, known: &Fields) -> Chosen {
    let mut chosen = own::chosen(table, known);
    if kimai::is_like(table, &chosen.fields)
        && let Some(exported) = kimai::exported(table, &chosen.fields)
    {
        chosen.fields.insert("invoiced", exported);
    }
    if !known.contains_key("employee") {
        let has_logins = kimai::is_like(table, &chosen.fields);
        super::person::by_name(table, &mut chosen, has_logins);
    }
    chosen
}

/// What is open is not answered by the job itself.
fn leave_open(guess: &mut Guess) {
    let open: Vec<String> = guess.questions.iter().filter_map(|question| question.open.clone()).collect();
    let is_open = |header: &String| {
        let field = crate::presets::folded(header);
        open.iter().any(|open| open == header || open.strip_prefix("columns.") == Some(field.as_str()))
    };
    guess.settings.ignore.retain(|header| !is_open(header));
}

/// Weeks may stand below each other, each with its header. Rows that have ids of their own are read one by one, and nobody sees them beside the
/// header there.
fn headers_again(look: &Look, chosen: &Chosen) -> Option<String> {
    let rows = Some(look.front.headers_again).filter(|rows| *rows > 0)?;
    let rows = if rows == 1 { "1 row is".to_owned() } else { format!("{rows} rows are") };
    let what = if chosen.fields.contains_key("timesheet_id") { "set aside by the run" } else { "left out" };
    Some(format!("{rows} the header once more, and {what}"))
}

/// Rows that have not the cells of the header.
fn ragged(look: &Look) -> Option<Question> {
    let RaggedRow { line, text, .. } = look.front.ragged.first()?;
    let text: String = text.trim().chars().take(60).collect();
    let rows = match look.front.ragged.len() {
        1 => "1 row has".to_owned(),
        rows => format!("{rows} rows have"),
    };
    Some(Question::aside(format!(
        "{rows} more or fewer cells than the header, from line {line} on (`{text}`): such rows are set aside, or left out where they stand behind an empty line and name no day"
    )))
}

/// An answer that names a further header to ignore names those that are ignored anyway as well.
fn with_ignored(question: &Question, ignored: &[String]) -> Question {
    let mut question = question.clone();
    for line in &mut question.lines {
        if let Some(header) = line.strip_prefix("ignore = [") {
            let others = ignored.iter().map(|known| quoted(known)).filter(|known| !header.starts_with(known.as_str()));
            let known: String = others.map(|known| format!("{known}, ")).collect();
            *line = format!("ignore = [{known}{header}");
        }
    }
    question
}

/// What the preset knows of the file's own columns. A header that is called like a field of ours may mean something else in another program.
fn known(look: &Look, guess: &Guess) -> Fields {
    let Some(preset) = guess.settings.preset else { return Fields::new() };
    let Some(shape) = preset.shape(guess.input, &look.front.headers) else { return Fields::new() };
    let headers = || look.front.headers.iter().enumerate();
    let rank = |header: &str, field: &str| {
        shape.known(header).find(|known| known.column.field == field).map(|known| known.rank)
    };
    let columns = guess.columns.iter().enumerate().filter_map(|(at, column)| Some((column.field?, at)));
    let of_shape = |(field, at): (&'static str, usize)| {
        let Some(header) = look.front.headers.get(at) else { return Some((field, at)) };
        let own = rank(header, field)?;
        // A header that is called like a field of ours may not be the best that the program has.
        let better = headers().filter_map(|(at, header)| Some((rank(header, field)?, at))).min();
        Some((field, better.filter(|(rank, _)| *rank < own).map_or(at, |(_, at)| at)))
    };
    columns.filter_map(of_shape).collect()
}

/// The hours: what the preset says, unless another column says others.
fn worked(
    table: &Table<'_>,
    chosen: &mut Chosen,
    known: &Fields,
    shape: Option<&'static crate::presets::Shape>,
) -> hours::OfFile {
    let of_preset = known.get("hours").copied();
    // Of a parent with its children the parent's hours are sums.
    if let Some(fill) = shape.and_then(|shape| shape.fill_down.as_ref()) {
        chosen.hours.retain(|of| fill.is_of_child(table.name(of.column)));
    }
    if let Some(column) = of_preset {
        chosen.hours.retain(|of| of.column != column);
        chosen.hours.insert(0, choose::OfHours { column, sense: Sense::Hours, rank: 0 });
        // The preset knows which of several is the exact one.
        let sense = table.headers.get(column).and_then(|header| header.meanings.first()).map(|(sense, _)| *sense);
        if let (Some(first), Some(sense @ (Sense::Minutes | Sense::Seconds))) = (chosen.hours.first_mut(), sense) {
            first.sense = sense;
        }
    }
    let counts = super::counted::counts(table, &chosen.fields);
    let of_file = hours::settle(table, chosen, of_preset, &counts);
    if let Some(column) = of_file.column.filter(|_| of_file.certain) {
        chosen.fields.insert("hours", column);
    }
    of_file
}

/// Entries name tickets where there are tickets, and where the cells are ids of them.
fn tickets(table: &Table<'_>, guess: &mut Guess, chosen: &mut Chosen, beside: &Beside) {
    let Some(column) = chosen.fields.get("ticket_id").copied() else { return };
    let cells: Vec<&str> = table.filled(column).collect();
    let pattern = Pattern::new(NUMBERED).ok().filter(|pattern| {
        !cells.is_empty() && cells.iter().all(|cell| cell.contains(' ') && pattern.first(cell).is_some())
    });
    let header = table.name(column);
    let mut lines = vec![format!("columns.ticket_id = {}", quoted(header))];
    if pattern.is_some() {
        lines.push(format!("pattern.ticket_id = '{NUMBERED}'"));
    }
    let Some(ids) = &beside.tickets else {
        chosen.fields.remove("ticket_id");
        // What it was for is of use to whoever reads the invoice.
        if !cells.is_empty() {
            chosen.fields.entry("ticket_title").or_insert(column);
        }
        guess.notes.push((
            format!(
                "`{header}` names tickets: once there is a tickets input, take the # off and the header out of `ignore`"
            ),
            lines,
        ));
        return;
    };
    let id = |cell: &'_ &str| match &pattern {
        Some(pattern) => pattern.first(cell).unwrap_or_default().to_owned(),
        None => (*cell).to_owned(),
    };
    // A preset knows how records are named.
    if guess.settings.preset.is_some_and(|preset| preset.quotes_formulas) {
        return;
    }
    let named = cells.iter().filter(|cell| ids.contains(&id(cell))).count();
    if named * 100 < cells.len() * NAMED_SHARE_PERCENT {
        chosen.fields.remove("ticket_id");
        guess.questions.push(Question {
            text: format!(
                "column `{header}` names tickets of the tickets input in {named} of {} cells only: it is left alone",
                cells.len()
            ),
            lines,
            open: None,
        });
    } else if let Some(pattern) = pattern {
        guess.settings.pattern.insert("ticket_id", pattern);
    }
}

/// Writes what was chosen into the settings, until the reader reads the file in just that way.
fn settings(look: &Look, table: &Table<'_>, guess: &mut Guess, chosen: &Chosen, of_file: &hours::OfFile) {
    let headers = &look.front.headers;
    let is_named = |column: usize| !table.name(column).trim().is_empty() && !table.is_repeat(column);
    let fields: Fields = chosen
        .fields
        .iter()
        .filter(|(_, column)| **column >= headers.len() || is_named(**column))
        .map(|(field, column)| (*field, *column))
        .collect();
    let settings = &mut guess.settings;
    if of_file.unit != HoursUnit::Hours {
        settings.hours_unit = of_file.unit;
    }
    let shape = settings.preset.and_then(|preset| preset.shape(guess.input, headers));
    let by_preset =
        |field: &str, column: usize| guess.columns.get(column).is_some_and(|known| known.field == Some(field));
    for (field, column) in fields.iter().filter(|(_, column)| **column < headers.len()) {
        let named = settings.preset.is_some() && by_preset(field, *column);
        if *field == "hours" && !of_file.parts.is_empty() {
            let headers = of_file.parts.iter().map(|(column, _)| table.name(*column).to_owned()).collect();
            settings.joined.insert(field, headers);
            settings.hours_parts = of_file.parts.iter().map(|(_, unit)| *unit).collect();
            continue;
        }
        if *field == "employee" && chosen.joins_names {
            let names = chosen.names.iter().map(|column| table.name(*column).to_owned()).collect();
            settings.joined.insert(field, names);
        } else if !named {
            settings.columns.insert(field, table.name(*column).to_owned());
        }
        let knows = |word: &str| {
            shape.is_some_and(|shape| shape.words_of(field).any(|(known, _)| known.eq_ignore_ascii_case(word)))
        };
        let words: Vec<(String, String)> =
            words(table, field, *column).into_iter().filter(|(word, _)| !knows(word)).collect();
        if !words.is_empty() {
            settings.values.insert(field, words);
        }
    }
    if of_file.column.is_none() {
        whole_moments(table, settings, &fields);
    }
    guess.fields = fields.clone();
    let made_by_preset =
        shape.is_some() && guess.columns.iter().skip(headers.len()).any(|column| column.field == Some("timesheet_id"));
    if !fields.contains_key("timesheet_id") && !made_by_preset {
        settings.id_from = id_parts(table, chosen);
    }
    ignored(headers, settings, &fields, guess.input);
}

/// Hours from a time of day to another are right within a day: where the days of start and end stand beside them, they are read together.
fn whole_moments(table: &Table<'_>, settings: &mut InputSettings, fields: &Fields) {
    let times =
        |field: &str| fields.get(field).copied().filter(|column| table.moments(*column) == Some(Moments::Times));
    let is_end = |column: &usize| {
        let meanings = table.headers.get(*column).map(|header| header.meanings.as_slice()).unwrap_or_default();
        meanings.iter().any(|(sense, _)| *sense == Sense::EndDate)
            && table.moments(*column) == Some(Moments::Days)
            && !table.is_repeat(*column)
    };
    let end_date = (0..table.columns()).find(is_end);
    if let (Some(began), Some(ended), Some(from), Some(to)) =
        (times("started_at"), times("ended_at"), fields.get("date").copied(), end_date)
    {
        for (field, day, time) in [("started_at", from, began), ("ended_at", to, ended)] {
            settings.columns.remove(field);
            settings.joined.insert(field, [day, time].map(|column| table.name(column).to_owned()).to_vec());
        }
    }
}

/// Words of a column *approved* that are read without being told.
const APPROVALS: [&str; 5] = ["unapproved", "not approved", "pending", "rejected", "approved"];

/// Words of flags and states that are not read without being told.
fn words(table: &Table<'_>, field: &str, column: usize) -> Vec<(String, String)> {
    let cells: Vec<&str> = table.filled(column).collect();
    match field {
        "billable" if table.is_turned(column) => {
            evidence::turned_words(&cells).into_iter().map(|(word, says)| (word, says.to_owned())).collect()
        }
        "billable" | "invoiced" => {
            evidence::flag_words(&cells).into_iter().map(|(word, says)| (word, says.to_owned())).collect()
        }
        "approved" => {
            let flags: Vec<&str> = cells.iter().copied().filter(|cell| choose::status(cell).is_none()).collect();
            let flags = evidence::flag_words(&flags).into_iter().map(|(word, says)| (word, says.to_owned()));
            let mut states: BTreeMap<String, String> = BTreeMap::new();
            for cell in cells.iter().filter(|cell| !APPROVALS.contains(&cell.to_lowercase().as_str())) {
                if let Some((says, _)) = choose::status(cell) {
                    let approved = if says == "draft" { "false" } else { "true" };
                    states.insert((*cell).to_owned(), approved.to_owned());
                }
            }
            flags.chain(states).collect()
        }
        "status" => {
            let mut words: BTreeMap<String, String> = BTreeMap::new();
            for cell in cells {
                if let Some((says, false)) = choose::status(cell) {
                    words.insert(cell.to_owned(), says.to_owned());
                }
            }
            words.into_iter().collect()
        }
        "invoice_id" => {
            let dashes: std::collections::BTreeSet<&str> =
                cells.into_iter().filter(|cell| choose::says_nothing(cell)).collect();
            dashes.into_iter().map(|dash| (dash.to_owned(), String::new())).collect()
        }
        _ => Vec::new(),
    }
}

/// F4: who, when and where; where nobody says who and when, what else does not change.
fn id_parts(table: &Table<'_>, chosen: &Chosen) -> Vec<String> {
    let of = |field: &str| chosen.fields.get(field).copied();
    let timed = of("started_at").is_some() || chosen.range.is_some();
    let person = of("employee").is_some() || !chosen.names.is_empty();
    let mut columns: Vec<usize> = Vec::new();
    columns.extend(chosen.names.iter().copied());
    if chosen.names.len() < 2 {
        columns.extend(chosen.login.or(of("employee")).filter(|column| !chosen.names.contains(column)));
    }
    columns.extend(["date", "started_at"].iter().filter_map(|field| of(field)).chain(chosen.range));
    columns.extend(["customer_id", "project"].iter().filter_map(|field| of(field)));
    if !timed {
        columns.extend(["activity", "ticket_id"].iter().filter_map(|field| of(field)));
        columns.extend((0..table.columns()).filter(|column| !person && Some(*column) == of("description")));
    }
    let mut parts: Vec<String> = Vec::new();
    for column in columns {
        let name = table.name(column).to_owned();
        if !name.is_empty() && !parts.contains(&name) {
            parts.push(name);
        }
    }
    parts
}

/// Headers that would be taken for a field of their name, or by the preset, and were not chosen for it.
fn ignored(headers: &[String], settings: &mut InputSettings, fields: &Fields, input: Input) {
    // Each round takes at least one header out.
    for _ in 0..=headers.len() {
        let read = match read::mapping(input, settings, headers) {
            Ok(read) => read,
            Err(read::ReadError::TwoColumns { headers: two, .. }) => {
                let chosen: Vec<&String> = fields.values().filter_map(|column| headers.get(*column)).collect();
                match two.iter().find(|header| !chosen.contains(header)) {
                    Some(header) => settings.ignore.push(header.clone()),
                    None => return,
                }
                continue;
            }
            Err(_) => break,
        };
        let wrong = read.iter().take(headers.len()).enumerate().find(|(at, column)| {
            column.field.is_some_and(|field| fields.get(field) != Some(at)) && !column.header.trim().is_empty()
        });
        match wrong {
            Some((_, column)) if !settings.ignore.contains(&column.header) => {
                settings.ignore.push(column.header.clone())
            }
            _ => break,
        }
    }
    // Required columns may still be asked for: what is claimed by its name alone is told from the names.
    let names: Vec<&str> = input.fields().iter().map(|field| field.name).collect();
    for (at, header) in headers.iter().enumerate() {
        let folded = crate::presets::folded(header);
        let own = names.iter().find(|name| **name == folded);
        if let Some(field) = own
            && fields.get(*field) != Some(&at)
            && !settings.ignore.contains(header)
            && *field != "hours"
        {
            settings.ignore.push(header.clone());
        }
    }
}
