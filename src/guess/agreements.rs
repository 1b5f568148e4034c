//! F9: what was agreed with whom, where there are time entries and nobody sold anything: a row for each client and project, with the price that
//! the entries name when it is one. What nobody knows stays empty, and hours that need it are held.

use std::collections::{BTreeMap, BTreeSet};

use super::{Guess, cells, column_cells};
use crate::check::value::Grammar;
use crate::inputs::Input;
use crate::quantity::{Currency, UnitPrice};
use crate::read::{Cell, Look};
use crate::tables::csv_cell;

/// Headers of what an hour costs, in lower case; a currency may stand behind them in brackets.
const RATES: [&str; 7] =
    ["rate", "hourly rate", "billable rate", "hourly price", "hourlyrate", "stundensatz", "abrechenbarer stundensatz"];
/// Headers of columns of currencies.
const CURRENCIES: [&str; 3] = ["currency", "währung", "devise"];

/// A row of the file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Empty where the entries name no client.
    pub client: String,
    pub project: String,
    pub currency: Option<Currency>,
    pub price: Option<UnitPrice>,
}

/// The agreements that the entries of files call for.
pub(super) fn agreements(files: &[(&Look, Guess)]) -> Vec<Agreement> {
    let mut found: BTreeMap<(String, String), Named> = BTreeMap::new();
    for (look, guess) in files.iter().filter(|(_, guess)| guess.input == Input::Timesheets) {
        let columns = Columns::of(look, guess);
        for row in &look.front.rows {
            let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).map_or("", |cell| cell.trim());
            let named = |field: &str, column| {
                let cell = cell(column);
                let empties = guess.settings.preset.and_then(|preset| preset.shape(guess.input, &look.front.headers));
                let empty = empties.is_some_and(|shape| shape.words_of(field).any(|word| word == (cell, "")));
                if empty { String::new() } else { cell.to_owned() }
            };
            let key = (named("customer_id", columns.client), named("project", columns.project));
            if key.0.is_empty() && key.1.is_empty() {
                continue;
            }
            let named = found.entry(key).or_default();
            named.currencies.extend(columns.currency.or_else(|| currency(cell(columns.currencies))));
            let text = cell(columns.rate);
            match Grammar::new(&guess.settings).price(Cell::Text(text)) {
                Ok(Some(price)) if price.micros() != 0 => {
                    named.prices.insert(price);
                }
                Ok(_) => {}
                Err(_) => named.unclear = true,
            }
        }
    }
    let one = |((client, project), named): ((String, String), Named)| {
        let price = named.prices.first().copied().filter(|_| named.prices.len() == 1 && !named.unclear);
        let currency = named.currencies.first().copied().filter(|_| named.currencies.len() == 1);
        Agreement { client, project, currency, price }
    };
    found.into_iter().map(one).collect()
}

/// What the entries of a client and project name.
#[derive(Default)]
struct Named {
    currencies: BTreeSet<Currency>,
    /// Other than 0.
    prices: BTreeSet<UnitPrice>,
    /// Some price could not be read.
    unclear: bool,
}

/// Where the columns of a file stand that say what was agreed.
struct Columns {
    client: Option<usize>,
    project: Option<usize>,
    rate: Option<usize>,
    /// Of the header of the rate.
    currency: Option<Currency>,
    currencies: Option<usize>,
}

impl Columns {
    fn of(look: &Look, guess: &Guess) -> Columns {
        let of_field = |field: &str| guess.columns.iter().position(|column| column.field == Some(field));
        let headers = || look.front.headers.iter().map(|header| header.trim().to_lowercase()).enumerate();
        let plain = |header: &str| header.split('(').next().unwrap_or_default().trim().to_owned();
        let rate = headers().find(|(_, header)| RATES.contains(&plain(header).as_str())).map(|(at, _)| at);
        let in_brackets = rate.and_then(|rate| look.front.headers.get(rate)?.split(['(', ')']).nth(1));
        let currencies = headers().find(|(_, header)| CURRENCIES.contains(&header.as_str())).map(|(at, _)| at);
        Columns {
            client: of_field("customer_id"),
            project: of_field("project"),
            rate,
            currency: in_brackets.and_then(|code| Currency::from_code(code.trim())),
            currencies,
        }
    }
}

/// `EUR`, or `Euro - EUR`.
fn currency(cell: &str) -> Option<Currency> {
    cell.split([' ', '-']).rev().find_map(Currency::from_code)
}

/// The file of agreements. The id of a row is what it is about: the same rows come from a later export.
pub fn agreements_file(agreements: &[Agreement]) -> String {
    let mut text = "agreement_id,customer_id,project,currency,unit_price\n".to_owned();
    for Agreement { client, project, currency, price } in agreements {
        let id = [client.as_str(), project.as_str()].into_iter().filter(|name| !name.is_empty());
        let id = id.collect::<Vec<_>>().join(" / ");
        let currency = currency.map(|currency| currency.code().to_owned()).unwrap_or_default();
        let price = price.map(|price| price.to_string()).unwrap_or_default();
        for (at, cell) in [id.as_str(), client, project, &currency, &price].into_iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            csv_cell(&mut text, cell, ',');
        }
        text.push('\n');
    }
    text
}

/// What is to be filled in before all hours can be billed, in words; empty when nothing is.
pub fn to_fill_in(agreements: &[Agreement]) -> Vec<String> {
    let count = |lacks: &dyn Fn(&Agreement) -> bool| agreements.iter().filter(|agreement| lacks(agreement)).count();
    let columns = [
        ("customer_id", count(&|agreement| agreement.client.is_empty())),
        ("currency", count(&|agreement| agreement.currency.is_none())),
        ("unit_price", count(&|agreement| agreement.price.is_none())),
    ];
    let told = |(column, rows): (&str, usize)| match rows {
        0 => None,
        1 => Some(format!("`{column}` in 1 row")),
        rows => Some(format!("`{column}` in {rows} rows")),
    };
    columns.into_iter().filter_map(told).collect()
}

/// Entries name neither clients nor projects: nobody can be billed for them.
pub(super) fn names_nobody(files: &[(&Look, Guess)]) -> bool {
    let entries = || files.iter().filter(|(_, guess)| guess.input == Input::Timesheets);
    entries().next().is_some()
        && entries().all(|(look, guess)| {
            let columns = Columns::of(look, guess);
            let filled = |column: Option<usize>| column.is_some_and(|column| !column_cells(look, column).is_empty());
            !filled(columns.client) && !filled(columns.project) && cells(look, guess, "order_line_id").is_empty()
        })
}
