//! F2: what a file of entries says about billing and hours that nobody reads, or that may mean another thing. While such a question is open,
//! the job bills none of its hours.

use super::{Guess, cells, column_cells};
use crate::check::value::Grammar;
use crate::quantity::{Hours, MICROS_PER_HOUR};
use crate::read::{Cell, Look};

/// Beginnings of words that speak of billing, in the languages of the exports.
const BILLING: [&str; 29] = [
    "bill",
    "invoic",
    "charg",
    "paid",
    "approv",
    "lock",
    "export",
    "abrech",
    "abger",
    "verrech",
    "berech",
    "fakt",
    "bezahl",
    "genehm",
    "gesperr",
    "factur",
    "payé",
    "approuv",
    "verrouill",
    "cobr",
    "pagad",
    "aprob",
    "bloque",
    "betaald",
    "goedgekeurd",
    "vergrendeld",
    "fattur",
    "pagat",
    "esport",
];
/// Words of columns that hold money: they decide about no hour.
const MONEY: [&str; 10] = ["rate", "amount", "price", "cost", "betrag", "satz", "preis", "montant", "taux", "importe"];
/// Words of columns that hold hours.
const HOURS: [&str; 6] = ["hours", "duration", "time (", "stunden", "heures", "horas"];
/// Values that are named.
const NAMED_MAX: usize = 4;
/// Two columns of the same hours may differ by what rounding to two decimals comes to.
const ROUNDING: i64 = MICROS_PER_HOUR / 100;

/// What is not sure about a file of entries, a sentence each.
pub(super) fn doubts(look: &Look, guess: &Guess) -> Vec<String> {
    let mut doubts = unread_columns(look, guess);
    doubts.extend(large_numbers(look, guess));
    doubts.extend(other_hours(look, guess));
    doubts
}

/// Columns of the file that no field takes.
fn unused<'a>(look: &'a Look, guess: &'a Guess) -> impl Iterator<Item = (usize, String)> + 'a {
    let headers = look.front.headers.iter().enumerate();
    let unused = move |(at, _): &(usize, &String)| guess.columns.get(*at).is_some_and(|column| column.field.is_none());
    headers.filter(unused).map(|(at, header)| (at, header.to_lowercase()))
}

fn unread_columns(look: &Look, guess: &Guess) -> Vec<String> {
    let speaks = |header: &str| {
        let mut words = header.split(|c: char| !c.is_alphanumeric());
        words.any(|word| {
            BILLING.iter().any(|billing| word.starts_with(billing) || word.starts_with(&format!("un{billing}")))
        })
    };
    let money = |header: &str| MONEY.iter().any(|word| header.contains(word));
    let told = |(column, header): (usize, String)| {
        let mut values: Vec<&str> = column_cells(look, column);
        values.sort_unstable();
        values.dedup();
        let more = if values.len() > NAMED_MAX { " and others" } else { "" };
        let values: Vec<String> = values.iter().take(NAMED_MAX).map(|value| format!("`{value}`")).collect();
        let says = if values.is_empty() { "is empty".to_owned() } else { format!("says {}{more}", values.join(", ")) };
        let header = look.front.headers.get(column).map_or(header.as_str(), String::as_str);
        format!(
            "column `{header}` speaks of billing and is not read; it {says}: name it in `columns` (billable, invoiced, approved, status), or in `ignore`"
        )
    };
    unused(look, guess).filter(|(_, header)| speaks(header) && !money(header)).map(told).collect()
}

/// Whole numbers, most of them more than a day has hours.
fn large_numbers(look: &Look, guess: &Guess) -> Option<String> {
    let hours = cells(look, guess, "hours");
    let whole: Vec<i64> = hours.iter().filter_map(|cell| cell.parse().ok()).collect();
    let large = whole.iter().filter(|number| **number > 24).count();
    (whole.len() == hours.len() && 2 * large > whole.len()).then(|| {
        format!("{large} of {} figures of hours are whole numbers above 24: set `hours_unit` (\"seconds\", \"minutes\"; or \"hours\", if they are)", whole.len())
    })
}

/// Another column of hours that says others.
fn other_hours(look: &Look, guess: &Guess) -> Vec<String> {
    let grammar = Grammar::new(&guess.settings);
    let Some(taken) = guess.columns.iter().position(|column| column.field == Some("hours")) else { return Vec::new() };
    let read = |row: &Vec<String>, column: usize| {
        grammar.hours(Cell::Text(row.get(column)?)).ok().flatten().map(Hours::micros)
    };
    let sum = |column: usize| {
        let sum: i64 = look.front.rows.iter().filter_map(|row| read(row, column)).sum();
        Hours::from_micros(sum)
    };
    let differs = |column: usize| {
        let mut pairs = look.front.rows.iter().filter_map(|row| Some((read(row, taken)?, read(row, column)?)));
        pairs.any(|(one, other)| one.abs_diff(other) > ROUNDING.unsigned_abs())
    };
    let others = unused(look, guess).filter(|(_, header)| HOURS.iter().any(|word| header.contains(word)));
    let name = |column: usize| look.front.headers.get(column).cloned().unwrap_or_default();
    let told = |(column, _): (usize, String)| {
        let (one, other) = (name(taken), name(column));
        format!(
            "columns `{one}` ({} h) and `{other}` ({} h) say different hours: name the one that counts in `columns`, the other in `ignore`",
            sum(taken),
            sum(column)
        )
    };
    others.filter(|(column, _)| differs(*column)).map(told).collect()
}
