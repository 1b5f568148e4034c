//! F5: breaks between start and end, in a column of their own. Whether they are paid nobody knows but where the money of the rows says it.

use super::Guess;
use super::agreements::price;
use super::choose::Chosen;
use super::clocks;
use super::evidence::Table;
use super::hours;
use super::question::Question;
use super::quoted::quoted;
use super::words::Sense;
use crate::check::day_parts::DayParts;
use crate::check::value::Grammar;
use crate::job::{DecimalMark, HoursUnit, InputSettings};
use crate::quantity::{Hours, HoursSum, MICROS_PER_HOUR};

/// Beginnings of words for a break, which is no work where hours are those from start to end.
const BREAKS: [&str; 12] = [
    "break",
    "mealbreak",
    "pause",
    "pauze",
    "pausa",
    "descanso",
    "intervalo",
    "intervallo",
    "lunch",
    "przerwa",
    "unpaid",
    "休憩",
];

/// Whole numbers of breaks from here on are minutes: nobody rests five hours within each day of work.
const MINUTES_FROM: i64 = 5;

/// Millionths: what the money of a row may differ by, beside a minute of its rate.
const CENT: i128 = 10_000;

/// A column that may be a break, and what a number counts in it.
struct Found {
    column: usize,
    /// Its header says that it is one.
    is_named: bool,
    /// `None`: its cells are longer than the time from start to end, or no lengths of time.
    unit: Option<HoursUnit>,
}

/// Breaks where hours are those from start to end: taken off where the money of the rows is reckoned so, else asked.
pub(super) fn breaks(table: &Table<'_>, guess: &mut Guess, chosen: &Chosen, hours: &hours::OfFile) -> Option<Question> {
    // Of a start and an end in one cell nothing can be taken off.
    let range = hours.column.filter(|column| hours.certain && Some(*column) == chosen.range);
    let spans = match (range, hours.column) {
        (Some(range), _) => clocks::of_range(table, range),
        (None, Some(_)) => return None,
        (None, None) => hours::spans(table, &chosen.fields)?,
    };
    if range.is_none()
        && let Some((column, question)) = clocks::net_beside_spans(table, chosen, &spans)
    {
        // How it writes numbers is told like that of hours.
        guess.open_columns.insert("hours", column);
        return Some(question);
    }
    let Found { column, is_named, unit } = found(table, chosen, &spans)?;
    let header = table.name(column);
    let unit = unit.filter(|_| range.is_none());
    if let Some(unit) = unit.filter(|unit| money_says_so(table, column, *unit, &spans)) {
        guess.settings.columns.insert("unpaid_break", header.to_owned());
        guess.settings.break_unit = unit;
        guess.settings.ignore.retain(|known| known != header);
        guess.fields.insert("unpaid_break", column);
        guess
            .says
            .push(format!("`{header}` is taken off the time from start to end, as it is in the amounts of the rows"));
        return None;
    }
    let mut ignore: Vec<String> = guess.settings.ignore.iter().map(|header| quoted(header)).collect();
    ignore.push(quoted(header));
    let ignore = format!("ignore = [{}]", ignore.join(", "));
    let Some(unit) = unit else {
        let text = format!(
            "hours are those from start to end, and `{header}` stands beside them, which cannot be taken off them: are breaks paid? If not, export the hours too"
        );
        return Some(Question { text, lines: vec![ignore], open: Some(header.to_owned()) });
    };
    // How it writes numbers is told like that of hours.
    guess.open_columns.insert("unpaid_break", column);
    let off = table.hours(column, unit).unwrap_or_default();
    let sum = off.into_iter().flatten().map(HoursSum::from).sum::<HoursSum>();
    let what = if is_named {
        "is it taken off (the first line), or paid"
    } else {
        "is it a break that is taken off (the first line), or something else"
    };
    Some(Question {
        text: format!(
            "hours are those from start to end, and `{header}` ({sum} h in all) stands beside them: {what} (the second)?"
        ),
        lines: vec![format!("columns.unpaid_break = {}", value(header, unit)), ignore],
        open: Some(header.to_owned()),
    })
}

/// What `columns.unpaid_break` says of a column.
pub(super) fn value(header: &str, unit: HoursUnit) -> String {
    match unit {
        HoursUnit::Hours | HoursUnit::OfParts => quoted(header),
        unit => format!("{{ {} = {} }}", quoted(header), quoted(unit.word())),
    }
}

/// The column that says breaks: one that is called so, else one that is short beside the time from start to end and speaks of nothing else.
fn found(table: &Table<'_>, chosen: &Chosen, spans: &[Option<i64>]) -> Option<Found> {
    let begins = |column: usize| {
        let folded = super::words::fold(table.name(column));
        folded.split(' ').any(|word| BREAKS.iter().any(|stem| word.starts_with(stem)))
    };
    let used = |column: &usize| chosen.fields.values().any(|used| used == column);
    let says = |column: &usize| {
        let of_time = table.hours(*column, HoursUnit::Hours).unwrap_or_default();
        of_time.iter().flatten().any(|hours| hours.micros() != 0)
    };
    let free = |column: &usize| !used(column) && says(column) && !table.is_repeat(*column);
    if let Some(column) = (0..table.columns()).find(|column| begins(*column) && free(column)) {
        return Some(Found { column, is_named: true, unit: unit_of(table, column, spans) });
    }
    let may_be_one = |column: &usize| free(column) && table.speaks_of_nothing(*column);
    let mut unnamed = (0..table.columns()).filter(may_be_one);
    unnamed.find_map(|column| {
        let unit = unit_of(table, column, spans)?;
        Some(Found { column, is_named: false, unit: Some(unit) })
    })
}

/// What a number of a column counts, so that each of its cells lies within the time from start to end of its row.
fn unit_of(table: &Table<'_>, column: usize, spans: &[Option<i64>]) -> Option<HoursUnit> {
    let name = table.name(column).to_lowercase();
    let said = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    let whole: Option<Vec<i64>> = table.filled(column).map(|cell| cell.parse().ok()).collect();
    let unit = if said(&["min", "mins", "minutes", "minuten", "minutos", "minuti", "minuty"]) {
        HoursUnit::Minutes
    } else if said(&["h", "hrs", "hours", "std", "stunden", "heures", "horas", "uren", "ore"]) {
        HoursUnit::Hours
    } else if whole.is_some_and(|figures| figures.iter().any(|figure| *figure >= MINUTES_FROM)) {
        HoursUnit::Minutes
    } else if DayParts::of(table.filled(column)).are_likely() {
        HoursUnit::Excel
    } else {
        HoursUnit::Hours
    };
    let lengths = table.hours(column, unit)?;
    let fits = |(off, span): (&Option<Hours>, &Option<i64>)| match (off, span) {
        (Some(off), Some(span)) => (0..=*span).contains(&off.micros()),
        _ => true,
    };
    lengths.iter().zip(spans).all(fits).then_some(unit)
}

/// In each row the amount is the rate times the time without the break, and where there is one, not times all of it.
fn money_says_so(table: &Table<'_>, column: usize, unit: HoursUnit, spans: &[Option<i64>]) -> bool {
    let of_sense = |sense: Sense| {
        let rank = |column: usize| {
            let header = table.headers.get(column)?;
            header.meanings.iter().find(|(known, _)| *known == sense).map(|(_, rank)| (*rank, column))
        };
        (0..table.columns()).filter_map(rank).min().map(|(_, column)| column)
    };
    let (Some(rate), Some(amount)) = (of_sense(Sense::Rate), of_sense(Sense::Amount)) else { return false };
    let (rates, amounts) = (money(table, rate), money(table, amount));
    let lengths = table.hours(column, unit).unwrap_or_default();
    let mut with_breaks = 0_usize;
    for (row, span) in spans.iter().enumerate() {
        let of = |figures: &[Option<i128>]| figures.get(row).copied().flatten();
        let (Some(span), Some(rate), Some(amount)) = (*span, of(&rates), of(&amounts)) else { continue };
        let off = lengths.get(row).copied().flatten().map_or(0, Hours::micros);
        let is_for = |micros: i64| {
            let comes_to = rate * i128::from(micros) / i128::from(MICROS_PER_HOUR);
            (amount - comes_to).abs() <= rate.abs() / 60 + CENT
        };
        if !is_for(span - off) || (off > 0 && is_for(span)) {
            return false;
        }
        with_breaks += usize::from(off > 0);
    }
    with_breaks > 0
}

/// Money by row, in millionths, with the decimal mark by which most cells can be read.
fn money(table: &Table<'_>, column: usize) -> Vec<Option<i128>> {
    let read = |decimal: DecimalMark| {
        let settings = InputSettings { decimal, ..InputSettings::default() };
        let grammar = Grammar::new(&settings);
        let of_row = |row: usize| price(table.cell(row, column), &grammar).map(|price| i128::from(price.micros()));
        (0..table.rows()).map(of_row).collect::<Vec<_>>()
    };
    let (point, comma) = (read(DecimalMark::Point), read(DecimalMark::Comma));
    let count = |figures: &[Option<i128>]| figures.iter().flatten().count();
    if count(&comma) > count(&point) { comma } else { point }
}
