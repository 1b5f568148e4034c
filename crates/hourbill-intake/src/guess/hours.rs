//! Which column of a file holds the hours, in which unit, and what of that nobody can tell.

use std::collections::BTreeMap;

use super::choose::{Chosen, Fields, OfHours, dated};
use super::clocks::{self, CLOCK};
use super::evidence::{self, Table};
use super::question::Question;
use super::quoted::quoted;
use super::words::{self, Sense};
use crate::check::day_parts::DayParts;
use crate::check::value::{Grammar, Started};
use crate::job::HoursUnit;
use crate::quantity::{Hours, HoursSum, MICROS_PER_HOUR};
use crate::read::Cell;

/// What was found of the hours of a file.
#[derive(Default)]
pub(super) struct OfFile {
    /// The column that is taken, or the likeliest while a question is open.
    pub column: Option<usize>,
    pub unit: HoursUnit,
    /// The column stands in the job; else a question asks for it.
    pub certain: bool,
    pub questions: Vec<Question>,
    /// Columns of hours that say the same as the one that is taken, or nothing.
    pub others: Vec<usize>,
    /// Columns that are added, and what a number counts in each: `column` is the first of them.
    pub parts: Vec<(usize, HoursUnit)>,
}

/// A column, and what it says in each row.
struct Candidate {
    of: OfHours,
    unit: HoursUnit,
    hours: Vec<Option<Hours>>,
    large: bool,
}

/// Chooses the hours among the columns that may hold them. `preset` is the one that a preset knows; `counts` says which rows are billed by what other columns say.
pub(super) fn settle(
    table: &Table<'_>,
    chosen: &Chosen,
    preset: Option<usize>,
    counts: &dyn Fn(usize) -> bool,
) -> OfFile {
    let spans = spans(table, &chosen.fields).or_else(|| clocks::beside_durations(table, chosen));
    let rows = dated(table, &chosen.fields);
    let parts = |column: usize| day_parts(table, column, &rows, preset.is_some());
    let candidates: Vec<Candidate> =
        chosen.hours.iter().map(|of| candidate(table, *of, spans.as_deref(), parts(of.column))).collect();
    // A preset knows which of several is the exact one.
    let of_preset = candidates.iter().find(|candidate| Some(candidate.of.column) == preset);
    if of_preset.is_none()
        && let Some(parts) = of_one_duration(table, &candidates)
    {
        return in_parts(table, &candidates, parts);
    }
    let Some(first) = of_preset.or_else(|| best(table, &candidates)) else { return OfFile::default() };
    // Whole numbers of some unit beside the same in a form that says it.
    let first =
        if first.large && of_preset.is_none() { spelled_out(first, &candidates).unwrap_or(first) } else { first };
    let mut file = OfFile { column: Some(first.of.column), unit: first.unit, certain: true, ..OfFile::default() };
    if first.unit == HoursUnit::Days && of_preset.is_none() {
        file.questions.push(of_days(table, first));
        file.unit = HoursUnit::Hours;
    } else if first.large
        || (of_preset.is_none() && spans.is_none() && (are_steps(table, first) || are_crowded(table, chosen, first)))
    {
        let question = of_unit(table, first, &rows, spans.as_deref().filter(|_| of_preset.is_none()));
        // Where start and end count, or the column, no column says the hours yet.
        file.certain = question.open.as_deref() == Some("hours_unit");
        file.questions.push(question);
        file.unit = HoursUnit::Hours;
    }
    let differs = |other: &&Candidate| {
        if other.large && spelled_out(other, std::slice::from_ref(first)).is_some() {
            return false;
        }
        let pairs = first.hours.iter().zip(&other.hours).enumerate();
        let mut pairs = pairs.filter_map(|(row, (one, other))| Some((row, (*one)?, (*other)?)));
        let nothing = other.hours.iter().flatten().all(|hours| hours.micros() == 0);
        !nothing && pairs.any(|(row, one, other)| !evidence::agree(one, other) && (other.micros() != 0 || counts(row)))
    };
    let rivals: Vec<&Candidate> =
        candidates.iter().filter(|other| other.of.column != first.of.column).filter(differs).collect();
    let is_rival = |column: usize| rivals.iter().any(|rival| rival.of.column == column);
    file.others = candidates
        .iter()
        .map(|other| other.of.column)
        .filter(|column| Some(*column) != file.column && !is_rival(*column))
        .collect();
    if !rivals.is_empty() {
        file.certain = false;
        file.questions.push(which(table, first, &rivals));
    } else if first.of.rank >= 4 && of_preset.is_none() {
        // Hours that are counted for the bill, and no others.
        file.certain = false;
        file.questions.push(which(table, first, &[]));
    }
    let column = first.of.column;
    let mut further = |ask: &dyn Fn() -> Option<Question>| {
        if let Some(question) = file.certain.then(ask).flatten() {
            file.certain = false;
            file.questions.push(question);
        }
    };
    if of_preset.is_none() {
        further(&|| clocks::other_form(table, column));
        further(&|| contradicts(table, chosen, first, spans.as_deref()));
        further(&|| clocks::net_beside_range(table, chosen, column));
        further(&|| clocks::times_of_day(table, chosen, column));
    }
    further(&|| beyond(table, chosen, column));
    file
}

/// Hours and minutes of one duration: what says the same needs no question.
fn in_parts(table: &Table<'_>, candidates: &[Candidate], parts: Vec<(usize, HoursUnit)>) -> OfFile {
    let is_part = |candidate: &&Candidate| parts.iter().any(|(column, _)| *column == candidate.of.column);
    let sum = |row: usize| {
        let of_row = candidates.iter().filter(is_part).filter_map(|part| part.hours.get(row).copied().flatten());
        of_row.map(Hours::micros).sum::<i64>()
    };
    let same = |other: &&Candidate| {
        let mut rows = other.hours.iter().enumerate().filter_map(|(row, hours)| Some((row, (*hours)?)));
        rows.all(|(row, hours)| evidence::agree(hours, Hours::from_micros(sum(row))))
    };
    let (others, rivals): (Vec<&Candidate>, Vec<&Candidate>) =
        candidates.iter().filter(|other| !is_part(other)).partition(same);
    let mut file = OfFile {
        column: parts.first().map(|(column, _)| *column),
        certain: rivals.is_empty(),
        others: others.into_iter().map(|other| other.of.column).collect(),
        ..OfFile::default()
    };
    if !rivals.is_empty() {
        let line = line(table, &parts);
        let names: Vec<String> = rivals.iter().map(|rival| format!("`{}`", table.name(rival.of.column))).collect();
        let lines = rivals.iter().map(|rival| format!("columns.hours = {}", quoted(table.name(rival.of.column))));
        file.questions.push(Question {
            text: format!(
                "hours and minutes stand in columns of their own, and {} says other hours: which of them counts (`columns.hours`)?",
                names.join(" and ")
            ),
            lines: std::iter::once(line).chain(lines).collect(),
            open: Some("columns.hours".to_owned()),
        });
    }
    file.parts = parts;
    file
}

/// What figures of rows with a day come to where they may be parts of a day; what a program knows as hours are such only where it is likely.
fn day_parts(table: &Table<'_>, column: usize, rows: &[usize], of_preset: bool) -> Option<DayParts> {
    let parts = DayParts::of(rows.iter().map(|row| table.cell(*row, column)));
    Some(parts).filter(|parts| if of_preset { parts.are_likely() } else { parts.may_be() })
}

fn candidate(table: &Table<'_>, of: OfHours, spans: Option<&[Option<i64>]>, parts: Option<DayParts>) -> Candidate {
    let plain = table.hours(of.column, HoursUnit::Hours).unwrap_or_default();
    let whole = table.filled(of.column).all(|cell| cell.parse::<i64>().is_ok());
    let above = plain.iter().flatten().filter(|hours| hours.micros() > 24 * MICROS_PER_HOUR).count();
    let large = whole && 2 * above > plain.iter().flatten().count();
    let by_span = spans.and_then(|spans| unit_of_spans(&plain, spans));
    let (unit, large) = match of.sense {
        Sense::Minutes => (HoursUnit::Minutes, false),
        Sense::Seconds => (HoursUnit::Seconds, false),
        Sense::Days if by_span == Some(HoursUnit::Excel) => (HoursUnit::Excel, true),
        Sense::Days => (HoursUnit::Days, false),
        _ => match by_span {
            Some(unit) => (unit, unit != HoursUnit::Hours),
            None if parts.is_some() => (HoursUnit::Excel, true),
            None => (if large { HoursUnit::Seconds } else { HoursUnit::Hours }, large),
        },
    };
    let hours = if unit == HoursUnit::Hours { plain } else { table.hours(of.column, unit).unwrap_or_default() };
    Candidate { of, unit, hours, large }
}

/// The unit by which figures are the spans from start to end in nearly all rows; `None` where none is.
fn unit_of_spans(figures: &[Option<Hours>], spans: &[Option<i64>]) -> Option<HoursUnit> {
    let pairs: Vec<(i64, i64)> = figures
        .iter()
        .zip(spans)
        .filter_map(|(figure, span)| Some((figure.as_ref()?.micros(), (*span)?)))
        .filter(|(figure, _)| *figure > 0)
        .collect();
    let fits = |(times, parts): (i64, i64)| {
        let close = |figure: i64, span: i64| (figure / parts).saturating_mul(times).abs_diff(span) <= CLOCK;
        let same = pairs.iter().filter(|(figure, span)| close(*figure, *span)).count();
        !pairs.is_empty() && 2 * same > pairs.len()
    };
    [
        ((1, 1), HoursUnit::Hours),
        ((1, 60), HoursUnit::Minutes),
        ((1, 3_600), HoursUnit::Seconds),
        ((24, 1), HoursUnit::Excel),
    ]
    .into_iter()
    .find(|(factor, _)| fits(*factor))
    .map(|(_, unit)| unit)
}

/// From start to end, in microseconds, by row; `None` where the file has not both.
pub(super) fn spans(table: &Table<'_>, fields: &Fields) -> Option<Vec<Option<i64>>> {
    let (began, ended) = (*fields.get("started_at")?, *fields.get("ended_at")?);
    let cells: Vec<&str> = table.filled(began).collect();
    let settings = super::locale::by_format(super::locale::likeliest(&cells), &cells);
    let grammar = Grammar::new(&settings);
    let at = |row: usize, column: usize| grammar.started(Cell::Text(table.cell(row, column))).ok().flatten();
    let span = |row: usize| match (at(row, began)?, at(row, ended)?) {
        (Started::At(began), Started::At(ended)) => Some(ended.micros() - began.micros()),
        (Started::TimeOfDay(began), Started::TimeOfDay(ended)) => {
            Some((ended - began).rem_euclid(24 * MICROS_PER_HOUR))
        }
        _ => None,
    };
    Some((0..table.rows()).map(span).collect())
}

/// The likeliest column, or one that says the same more exactly.
fn best<'a>(table: &Table<'_>, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let first = candidates.first()?;
    let same = |other: &&Candidate| {
        other.of.rank < 4
            && first.hours.iter().zip(&other.hours).all(|(one, other)| match (one, other) {
                (Some(one), Some(other)) => evidence::agree(*one, *other),
                (None, None) => true,
                _ => false,
            })
    };
    let mut best = first;
    for other in candidates.iter().skip(1).filter(same) {
        if exactness(table, other) > exactness(table, best) {
            best = other;
        }
    }
    Some(best)
}

/// A column that says the same as whole numbers of minutes, seconds or milliseconds do in each row.
fn spelled_out<'a>(large: &Candidate, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    // As they were read: in seconds, or in hours. Then they may count minutes, seconds or milliseconds.
    let per_hour: &[i64] = match large.unit {
        HoursUnit::Hours => &[60, 3_600, 3_600_000],
        HoursUnit::Excel => &[1],
        _ => &[1, 1_000],
    };
    let same = |other: &&Candidate| {
        let pairs: Vec<(i64, i64)> = large
            .hours
            .iter()
            .zip(&other.hours)
            .filter_map(|(figure, hours)| Some(((*figure)?.micros(), (*hours)?.micros())))
            .collect();
        let by = |factor: i64| {
            let same = |(figure, hours): &(i64, i64)| (figure / factor).abs_diff(*hours) <= CLOCK;
            pairs.iter().any(|(_, hours)| *hours > 0) && pairs.iter().all(same)
        };
        !other.large && other.of.column != large.of.column && per_hour.iter().any(|factor| by(*factor))
    };
    candidates.iter().find(same)
}

/// How exactly a column can say hours: to the second, the minute, or some decimals of an hour.
fn exactness(table: &Table<'_>, of: &Candidate) -> u8 {
    if of.large {
        return 0;
    }
    let cells: Vec<&str> = table.filled(of.of.column).collect();
    let colons = |cell: &&str| cell.matches(':').count();
    let decimals = cells
        .iter()
        .filter_map(|cell| cell.rsplit_once(['.', ',']).map(|(_, decimals)| decimals.len()))
        .max()
        .unwrap_or(0);
    let odd_minutes = of
        .hours
        .iter()
        .flatten()
        .any(|hours| (hours.micros() + 30_000_000).rem_euclid(60_000_000).abs_diff(30_000_000) > 1_000_000);
    match of.unit {
        HoursUnit::Seconds => 5,
        _ if cells.iter().any(|cell| colons(cell) >= 2) => 5,
        _ if decimals >= 3 && odd_minutes => 4,
        HoursUnit::Minutes => 3,
        _ if cells.iter().any(|cell| colons(cell) == 1 || cell.contains(['h', 'm'])) => 3,
        _ if decimals >= 3 => 2,
        _ => 1,
    }
}

fn of_days(table: &Table<'_>, of: &Candidate) -> Question {
    Question {
        text: format!(
            "`{}` counts days: is a day of work as long as `rules.hours_per_day` says (8 hours)?",
            table.name(of.of.column)
        ),
        lines: vec!["hours_unit = \"days\"".to_owned(), "hours_unit = \"hours\"".to_owned()],
        open: Some("hours_unit".to_owned()),
    }
}

fn of_unit(table: &Table<'_>, of: &Candidate, rows: &[usize], spans: Option<&[Option<i64>]>) -> Question {
    if of.unit == HoursUnit::Excel {
        let by_span = spans.and_then(|spans| unit_of_spans(&table.hours(of.of.column, HoursUnit::Hours)?, spans));
        return of_day_parts(table, of, rows, by_span.is_some());
    }
    let figures = table.filled(of.of.column).count();
    let above = table.hours(of.of.column, HoursUnit::Hours).unwrap_or_default();
    let above = above.iter().flatten().filter(|hours| hours.micros() > 24 * MICROS_PER_HOUR).count();
    let name = |unit: HoursUnit| unit.word();
    let by_span = spans.is_some_and(|spans| spans.iter().flatten().next().is_some());
    let says = if by_span { format!("; start and end say {}", name(of.unit)) } else { String::new() };
    let likeliest = if of.large { of.unit } else { HoursUnit::Minutes };
    let mut units = vec![likeliest];
    units.extend(
        [HoursUnit::Seconds, HoursUnit::Minutes, HoursUnit::Hours].into_iter().filter(|unit| *unit != likeliest),
    );
    let header = table.name(of.of.column);
    let found = if of.large {
        format!("{above} of {figures} figures of hours in `{header}` are whole numbers above 24")
    } else if are_steps(table, of) {
        format!("all {figures} figures of hours in `{header}` are fives and tens, most of them 10 and more")
    } else {
        format!(
            "{figures} figures of hours in `{header}` are whole numbers, and come to more than 24 a day for most people"
        )
    };
    Question {
        text: format!("{found}: what do they count (`hours_unit`){says}?"),
        lines: units.into_iter().map(|unit| format!("hours_unit = \"{}\"", name(unit))).collect(),
        open: Some("hours_unit".to_owned()),
    }
}

/// Parts of a day, as spreadsheets keep times, or hours: both readings, with what they come to in rows with a day.
fn of_day_parts(table: &Table<'_>, of: &Candidate, rows: &[usize], by_span: bool) -> Question {
    const SHOWN: usize = 3;
    let column = of.of.column;
    let cells = || rows.iter().map(|row| table.cell(*row, column)).filter(|cell| !cell.is_empty());
    let parts = DayParts::of(cells());
    let mut shown: Vec<&str> = Vec::new();
    // Those with many decimals say most.
    for cell in cells().filter(|cell| cell.len() > 4).chain(cells()) {
        if shown.len() < SHOWN && !shown.contains(&cell) {
            shown.push(cell);
        }
    }
    let shown: Vec<String> = shown.iter().map(|cell| format!("`{cell}`")).collect();
    let sum = |unit: HoursUnit| {
        let hours = table.hours(column, unit).unwrap_or_default();
        let of_row = |row: &usize| hours.get(*row).copied().flatten().map(HoursSum::from);
        rows.iter().filter_map(of_row).sum::<HoursSum>()
    };
    let header = table.name(column);
    let says = if by_span {
        "; start and end say parts of a day, and count where the first line is taken".to_owned()
    } else if parts.of_days > 0 {
        format!(
            "; {} of {} figures are whole minutes or seconds as parts of a day and not as hours",
            parts.of_days, parts.figures
        )
    } else {
        String::new()
    };
    let text = format!(
        "figures of `{header}` such as {} may be parts of a day, as a spreadsheet keeps times: {} h in all; as hours they come to {} h: what do they count (`hours_unit`){says}?",
        shown.join(", "),
        sum(HoursUnit::Excel),
        sum(HoursUnit::Hours)
    );
    let (lines, open) = if by_span {
        let header = quoted(header);
        let lines = vec![
            format!("ignore = [{header}]"),
            format!("columns.hours = {{ {header} = \"excel\" }}"),
            format!("columns.hours = {header}"),
        ];
        (lines, table.name(column))
    } else {
        (vec!["hours_unit = \"excel\"".to_owned(), "hours_unit = \"hours\"".to_owned()], "hours_unit")
    };
    Question { text, lines, open: Some(open.to_owned()) }
}

/// F2: our own columns are hours; a spreadsheet that saved them may have made parts of a day of them.
pub(super) fn of_own(table: &Table<'_>, column: usize) -> Option<Question> {
    let rows: Vec<usize> = (0..table.rows()).collect();
    day_parts(table, column, &rows, true)?;
    let of = OfHours { column, sense: Sense::Hours, rank: 0 };
    let hours = table.hours(column, HoursUnit::Excel).unwrap_or_default();
    Some(of_day_parts(table, &Candidate { of, unit: HoursUnit::Excel, hours, large: true }, &rows, false))
}

/// Whole numbers that come to more than a day has hours, on most days of a person: `12`, `7` and `20` are minutes.
fn are_crowded(table: &Table<'_>, chosen: &Chosen, of: &Candidate) -> bool {
    let column = |field: &str| chosen.fields.get(field).copied();
    let (Some(person), Some(day)) = (column("employee"), column("date")) else { return false };
    if of.unit != HoursUnit::Hours || !table.filled(of.of.column).all(|cell| cell.parse::<i64>().is_ok()) {
        return false;
    }
    let mut days: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (row, hours) in of.hours.iter().enumerate().filter(|(row, _)| table.says_a_day(*row, day)) {
        let of_day = days.entry((table.cell(row, person), table.cell(row, day))).or_default();
        *of_day = of_day.saturating_add(hours.map_or(0, Hours::micros));
    }
    2 * days.values().filter(|micros| **micros > 24 * MICROS_PER_HOUR).count() > days.len()
}

/// Whole numbers of five that would be long days of work, in a column that does not say that it counts hours: `15`, `20`, `10` are minutes.
fn are_steps(table: &Table<'_>, of: &Candidate) -> bool {
    const HOURS: [&str; 12] =
        ["hour", "hrs", "hr", "h", "stunde", "std", "heure", "hora", "uren", "uur", "ore", "timer"];
    if of.unit != HoursUnit::Hours || of.of.sense != Sense::Hours {
        return false;
    }
    let name = words::fold(table.name(of.of.column));
    if name
        .split(' ')
        .any(|word| HOURS.iter().any(|known| word == *known || (known.len() > 3 && word.starts_with(known))))
    {
        return false;
    }
    let figures: Vec<i64> = table.filled(of.of.column).filter_map(|cell| cell.parse().ok()).collect();
    let long = figures.iter().filter(|figure| **figure >= 10).count();
    figures.len() == table.filled(of.of.column).count()
        && figures.len() > 1
        && figures.iter().all(|figure| *figure > 0 && figure % 5 == 0)
        && 2 * long > figures.len()
}

/// No break is longer.
const BREAK_MAX: i64 = 3 * MICROS_PER_HOUR;
/// Breaks are so many minutes.
const BREAK_STEP: i64 = MICROS_PER_HOUR / 12;

/// Hours with minutes behind the point, as a clock shows them: `1.30` for 1:30; in microseconds.
fn as_clock(cell: &str) -> Option<i64> {
    let (hours, minutes) = cell.split_once(['.', ','])?;
    let minutes: i64 =
        if minutes.len() == 2 { minutes.parse().ok().filter(|minutes| *minutes < 60)? } else { return None };
    Some(hours.parse::<i64>().ok()? * MICROS_PER_HOUR + minutes * (MICROS_PER_HOUR / 60))
}

/// Start and end say other hours than the duration in each row, and no break explains it (F2).
fn contradicts(table: &Table<'_>, chosen: &Chosen, of: &Candidate, spans: Option<&[Option<i64>]>) -> Option<Question> {
    let pairs: Vec<(usize, i64, i64)> = of
        .hours
        .iter()
        .zip(spans?)
        .enumerate()
        .filter_map(|(row, (hours, span))| Some((row, hours.as_ref()?.micros(), (*span)?)))
        .filter(|(_, hours, span)| *hours > 0 && *span > 0)
        .collect();
    let close = |one: i64, other: i64| one.abs_diff(other) <= CLOCK;
    let by_clock = || {
        let shows = |(row, _, span): &(usize, i64, i64)| {
            as_clock(table.cell(*row, of.of.column)).is_some_and(|clock| close(clock, *span))
        };
        pairs.iter().all(shows) && pairs.iter().any(|(_, hours, span)| !close(*hours, *span))
    };
    let by_clock = by_clock();
    if pairs.is_empty() || (!by_clock && pairs.iter().any(|(_, hours, span)| close(*hours, *span))) {
        return None;
    }
    let used = |column: usize| column == of.of.column || chosen.fields.values().any(|used| *used == column);
    let is_break = |column: usize| {
        let by = |unit: HoursUnit| {
            let apart = table.hours(column, unit).unwrap_or_default();
            let off = |row: usize| apart.get(row).copied().flatten().map_or(0, Hours::micros);
            pairs.iter().all(|(row, hours, span)| close(hours + off(*row), *span))
        };
        !used(column) && (by(HoursUnit::Hours) || by(HoursUnit::Minutes) || by(HoursUnit::Seconds))
    };
    if (0..table.columns()).any(is_break) {
        return None;
    }
    let all = |is: &dyn Fn(usize, i64, i64) -> bool| pairs.iter().all(|(row, hours, span)| is(*row, *hours, *span));
    let says = if by_clock {
        "by start and end its minutes stand behind the point, as a clock shows them"
    } else if all(&|_, hours, span| {
        // What is left of a minute is rounded.
        let off = span - hours;
        let rest = (off + BREAK_STEP / 5).rem_euclid(BREAK_STEP);
        (0..=BREAK_MAX).contains(&off) && rest <= 2 * BREAK_STEP / 5
    }) {
        // Breaks that no column says.
        return None;
    } else {
        "start and end say other hours in each row"
    };
    let header = table.name(of.of.column);
    let sum = |micros: &mut dyn Iterator<Item = i64>| {
        micros.map(|micros| HoursSum::from(Hours::from_micros(micros))).sum::<HoursSum>()
    };
    let (own, other) =
        (sum(&mut pairs.iter().map(|(_, hours, _)| *hours)), sum(&mut pairs.iter().map(|(.., span)| *span)));
    Some(Question {
        text: format!(
            "`{header}` comes to {own} h, and start and end to {other} h: {says}. Which of them counts: start and end (the first line), or `{header}`?"
        ),
        lines: vec![format!("ignore = [{}]", quoted(header)), format!("columns.hours = {}", quoted(header))],
        open: Some(header.to_owned()),
    })
}

fn which(table: &Table<'_>, first: &Candidate, rivals: &[&Candidate]) -> Question {
    let sum =
        |of: &Candidate| of.hours.iter().flatten().fold(HoursSum::ZERO, |sum, hours| sum + HoursSum::from(*hours));
    let told = |of: &Candidate| format!("`{}` ({} h)", table.name(of.of.column), sum(of));
    let all: Vec<&Candidate> = std::iter::once(first).chain(rivals.iter().copied()).collect();
    let names: Vec<String> = all.iter().map(|of| told(of)).collect();
    let text = match names.as_slice() {
        [name] => format!("the only column of hours, {name}, speaks of billing: are these the hours that were worked?"),
        names => {
            format!("columns {} say different hours: which of them counts (`columns.hours`)?", names.join(" and "))
        }
    };
    let lines = all.iter().map(|of| format!("columns.hours = {}", quoted(table.name(of.of.column)))).collect();
    Question { text, lines, open: Some("columns.hours".to_owned()) }
}

/// Beginnings of words for hours beyond those of the contract, which stand beside them.
const BEYOND: [&str; 9] = [
    "overtime",
    "overhours",
    "uberstunden",
    "mehrarbeit",
    "supplementaire",
    "overuren",
    "straordinari",
    "horas extra",
    "double time",
];

/// Whole hours beside whole minutes below an hour, and perhaps seconds: the same duration in two units they cannot be.
fn of_one_duration(table: &Table<'_>, candidates: &[Candidate]) -> Option<Vec<(usize, HoursUnit)>> {
    let whole = |column: usize, max: u64| {
        let mut cells = table.filled(column).peekable();
        let below = |cell: &str| cell.parse::<i64>().is_ok_and(|figure| figure.unsigned_abs() <= max);
        cells.peek().is_some() && cells.all(below)
    };
    let of = |sense: Sense, max: u64| {
        candidates.iter().find(|candidate| candidate.of.sense == sense && whole(candidate.of.column, max))
    };
    let (hours, minutes) = (of(Sense::Hours, 24)?, of(Sense::Minutes, 59)?);
    // `1` beside `60` says one duration twice, `0.5` beside `30` too: neither is whole hours beside the minutes above them.
    if hours.large || hours.unit != HoursUnit::Hours {
        return None;
    }
    let mut parts = vec![(hours.of.column, HoursUnit::Hours), (minutes.of.column, HoursUnit::Minutes)];
    parts.extend(of(Sense::Seconds, 59).map(|seconds| (seconds.of.column, HoursUnit::Seconds)));
    Some(parts)
}

/// The line of a job that adds columns.
fn line(table: &Table<'_>, parts: &[(usize, HoursUnit)]) -> String {
    let headers: Vec<String> = parts.iter().map(|(column, _)| table.name(*column).to_owned()).collect();
    let units: Vec<HoursUnit> = parts.iter().map(|(_, unit)| *unit).collect();
    format!("columns.hours = {}", super::parts::value(&headers, &units))
}

/// Hours beyond the usual ones stand beside them: are they part of what is billed?
fn beyond(table: &Table<'_>, chosen: &Chosen, usual: usize) -> Option<Question> {
    let begins = |column: usize| {
        let folded = words::fold(table.name(column));
        folded.split(' ').any(|word| BEYOND.iter().any(|stem| word.starts_with(stem)))
            || BEYOND.iter().any(|stem| stem.contains(' ') && folded.contains(stem))
    };
    let used = |column: usize| column == usual || chosen.fields.values().any(|used| *used == column);
    let says = |column: usize| {
        let of_time = table.hours(column, HoursUnit::Hours).unwrap_or_default();
        of_time.iter().flatten().any(|hours| hours.micros() != 0)
    };
    let further: Vec<usize> =
        (0..table.columns()).filter(|column| begins(*column) && !used(*column) && says(*column)).collect();
    if further.is_empty() {
        return None;
    }
    let names: Vec<String> = further.iter().map(|column| format!("`{}`", table.name(*column))).collect();
    let all: Vec<(usize, HoursUnit)> =
        std::iter::once(usual).chain(further).map(|column| (column, HoursUnit::Hours)).collect();
    let usual = table.name(usual);
    Some(Question {
        text: format!(
            "{} stands beside `{usual}`: is it billed too, at the same price (the first line), or not at all (the second)? Another price needs files of their own",
            names.join(" and ")
        ),
        lines: vec![line(table, &all), format!("columns.hours = {}", quoted(usual))],
        open: Some("columns.hours".to_owned()),
    })
}
