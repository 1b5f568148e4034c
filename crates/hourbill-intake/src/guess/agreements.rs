//! F9: what was agreed with whom, where there are time entries and nobody sold anything: a row for each client and project, with the price that
//! the entries name when it is one. What nobody knows stays empty, and hours that need it are held.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Table;
use super::money::figure;
use super::question::Question;
use super::words::Sense;
use super::{Guess, cells, column_cells, column_of, counted};
use crate::check::value::Grammar;
use crate::inputs::Input;
use crate::quantity::{Currency, Hours, MICROS_PER_HOUR, UnitPrice};
use crate::read::{Cell, Look};

/// A row of the file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedAgreement {
    /// Empty where the entries name no client.
    pub client: String,
    pub project: String,
    pub currency: Option<Currency>,
    pub price: Option<UnitPrice>,
    /// Its hours to bill have several prices: none is written.
    pub has_several_prices: bool,
}

impl ProposedAgreement {
    /// As the file has it: the same rows come from a later export.
    pub(super) fn id(&self) -> String {
        let names = [self.client.as_str(), self.project.as_str()].into_iter().filter(|name| !name.is_empty());
        names.collect::<Vec<_>>().join(" / ")
    }
}

/// The agreements that the entries of files call for.
pub(super) fn agreements(files: &mut [(&Look, Guess)]) -> Vec<ProposedAgreement> {
    let mut found: BTreeMap<(String, String), Named> = BTreeMap::new();
    for (look, guess) in files.iter_mut().filter(|(_, guess)| guess.input == Input::Timesheets) {
        let mut table = Table::new(look);
        table.dash = guess.writes_dashes();
        let columns = Columns::of(&table, guess, &look.front.headers);
        let counts = counted::counts(&table, &guess.fields);
        let hours = hours_of(&table, guess);
        let hours_are_open = hours_are_open(guess);
        let mut fixed = Fixed::default();
        let grammar = guess.grammar();
        let mut agreed: BTreeSet<(&'static str, usize)> = BTreeSet::new();
        let (mut of_nobody, mut lacks_project) = (0, false);
        let skipped = |row: usize| {
            guess.settings.skip.iter().any(|(header, cell)| {
                look.front
                    .headers
                    .iter()
                    .position(|known| known == header)
                    .is_some_and(|at| table.cell(row, at) == cell)
            })
        };
        for row in (0..table.rows()).filter(|row| columns.is_entry(&table, *row) && !skipped(*row)) {
            let cell = |column: Option<usize>| column.map_or("", |column| table.cell(row, column));
            let key = (
                named(&table, guess, row, ("customer_id", columns.client)),
                named(&table, guess, row, ("project", columns.project)),
            );
            if key.0.is_empty() && key.1.is_empty() {
                of_nobody += usize::from(counts(row));
                continue;
            }
            lacks_project |= key.1.is_empty() && counts(row);
            let named = found.entry(key).or_default();
            let of_cell = |column: Option<usize>| Some((column, currency(cell(column))?));
            let told = columns.currency.or_else(|| of_cell(columns.currencies)).or_else(|| of_cell(columns.rate));
            if let Some((column, currency)) = told {
                named.currencies.extend([currency]);
                agreed.extend(column.map(|column| ("currency", column)));
            }
            if counts(row) {
                match price(cell(columns.rate), &grammar) {
                    Some(price) => {
                        let amount = columns.amount.map(|at| table.cell(row, at));
                        let hours = hours.get(row).copied().flatten();
                        named.unclear |= fixed.take(price, hours, amount, &grammar);
                        // A price of its own, perhaps: nobody can tell before it is known what the hours count.
                        named.unclear |= hours_are_open && amount.is_some_and(|cell| !cell.trim().is_empty());
                        named.prices.extend([price]);
                        agreed.extend(columns.rate.map(|column| ("unit_price", column)));
                    }
                    None => named.unclear = true,
                }
            }
        }
        guess.says.extend(empty_cells(&table, &columns, of_nobody, lacks_project));
        guess.unsure.extend(fixed.question(&table, &columns));
        guess.agreed = agreed.into_iter().collect();
    }
    of_one_client(files, &mut found);
    let agreements: Vec<ProposedAgreement> = found.into_iter().map(proposed).collect();
    let priced = agreements.iter().any(|agreement| agreement.price.is_some());
    for (_, guess) in files.iter_mut().filter(|_| !priced) {
        guess.agreed.retain(|(what, _)| *what != "unit_price");
    }
    compared(files);
    agreements
}

/// C10: a column of which the agreements have their prices is read as the rate of each entry, too, so that a later export that says another one is
/// seen.
fn compared(files: &mut [(&Look, Guess)]) {
    let header = |(look, guess): &(&Look, Guess)| {
        let column = guess.agreed.iter().find(|(what, _)| *what == "unit_price").map(|(_, column)| *column)?;
        look.front.headers.get(column).filter(|header| !header.trim().is_empty()).cloned()
    };
    let of_prices: BTreeSet<String> = files.iter().filter_map(header).collect();
    for (look, guess) in files.iter_mut().filter(|(_, guess)| guess.input == Input::Timesheets) {
        let by_preset =
            guess.settings.preset.is_some() && guess.columns.iter().any(|column| column.field == Some("rate"));
        let once = |header: &&String| look.front.headers.iter().filter(|known| known == header).count() == 1;
        if let Some(header) = of_prices.iter().find(once).filter(|_| !by_preset) {
            guess.settings.ignore.retain(|ignored| ignored != header);
            guess.settings.columns.insert("rate", header.clone());
        }
    }
}

/// What is known of an agreement for certain: its currency and its price where all rows say the same.
fn proposed(((client, project), named): ((String, String), Named)) -> ProposedAgreement {
    let price = named.prices.first().copied();
    let price = price.filter(|price| named.prices.len() == 1 && !named.unclear && price.micros() != 0);
    let currency = named.currencies.first().copied().filter(|_| named.currencies.len() == 1);
    let has_several_prices = named.prices.len() > 1;
    ProposedAgreement { client, project, currency, price, has_several_prices }
}

/// What becomes of rows to bill whose cells of client or project are empty: so many name neither. Where no column has them, or none is filled, that
/// is told elsewhere.
fn empty_cells(table: &Table<'_>, columns: &Columns, of_nobody: usize, lacks_project: bool) -> Vec<String> {
    let is_filled = |column: Option<usize>| column.is_some_and(|column| table.filled(column).next().is_some());
    let dash = if table.dash { " (`-` counts as empty)" } else { "" };
    let mut told = Vec::new();
    if of_nobody > 0 && (is_filled(columns.client) || is_filled(columns.project)) {
        let rows = if of_nobody == 1 { "1 row names".to_owned() } else { format!("{of_nobody} rows name") };
        told.push(format!(
            "{rows} neither client nor project{dash}, and nobody is billed for that: fill them in, or let the job say what empty means (`values.project = {{ \"\" = \"NAME\" }}` of the input) and give NAME a row in agreements.csv"
        ));
    }
    if lacks_project && is_filled(columns.project) {
        told.push(format!(
            "a row of agreements.csv without a project is for all work of its client that no other row fits, such as entries whose project is empty{dash}"
        ));
    }
    told
}

/// C2: work that names a project and no client is its client's where it has one; a row of its own would make two that say as much. Where it
/// has several no row can say whose it is.
fn of_one_client(files: &mut [(&Look, Guess)], found: &mut BTreeMap<(String, String), Named>) {
    let nameless: Vec<String> =
        found.keys().filter(|(client, _)| client.is_empty()).map(|(_, project)| project.clone()).collect();
    for project in nameless.into_iter().filter(|project| !project.is_empty()) {
        let clients: Vec<String> = found
            .keys()
            .filter(|(client, of)| !client.is_empty() && *of == project)
            .map(|(client, _)| client.clone())
            .collect();
        let Some(first) = clients.first() else { continue };
        let Some(own) = found.remove(&(String::new(), project.clone())) else { continue };
        let says = match clients.as_slice() {
            [client] => {
                if let Some(named) = found.get_mut(&(client.clone(), project.clone())) {
                    named.currencies.extend(own.currencies);
                    named.prices.extend(own.prices);
                    named.unclear |= own.unclear;
                }
                format!(
                    "some rows of project `{project}` name no client: they are billed to `{first}`, who has it alone"
                )
            }
            several => format!(
                "some rows of project `{project}` name no client, and {} have it: their hours are unassigned until the client stands in the file",
                several.iter().map(|client| format!("`{client}`")).collect::<Vec<_>>().join(", ")
            ),
        };
        let of_entries = files.iter_mut().find(|(_, guess)| guess.input == Input::Timesheets);
        of_entries.into_iter().for_each(|(_, guess)| guess.says.push(says.clone()));
    }
}

/// Hours of the rows; none where they stand in no column or in several, and while it is asked which column has them or what they count: nothing
/// can be held against hours of which nobody knows how many they are.
fn hours_of(table: &Table<'_>, guess: &Guess) -> Vec<Option<Hours>> {
    if guess.settings.joined.contains_key("hours") || hours_are_open(guess) {
        return Vec::new();
    }
    let column = column_of(guess, "hours");
    column.and_then(|column| table.hours(column, guess.settings.hours_unit)).unwrap_or_default()
}

/// It is asked which column has the hours, or what they count.
fn hours_are_open(guess: &Guess) -> bool {
    let asks = |question: &Question| question.open.as_deref() == Some("hours_unit");
    guess.questions.iter().any(asks) || guess.open_columns.contains_key("hours")
}

/// Rows whose money is not their rate for their hours (C10): a price of their own, perhaps.
#[derive(Default)]
struct Fixed {
    rows: usize,
    compared: usize,
    /// Millionths: what the file says, and what rates and hours come to.
    said: i128,
    comes_to: i128,
}

impl Fixed {
    /// Compares a row; true where it contradicts.
    fn take(&mut self, price: UnitPrice, hours: Option<Hours>, amount: Option<&str>, grammar: &Grammar<'_>) -> bool {
        let (Some(hours), Some(amount)) = (hours, amount.and_then(|cell| self::price(cell, grammar))) else {
            return false;
        };
        let (price, amount) = (i128::from(price.micros()), i128::from(amount.micros()));
        let comes_to = price * i128::from(hours.micros()) / i128::from(MICROS_PER_HOUR);
        self.compared += 1;
        self.said += amount;
        self.comes_to += comes_to;
        // A minute or a hundredth of an hour, and a cent.
        let slack = price.abs() / 60 + 10_000;
        let differs = (amount - comes_to).abs() > slack;
        self.rows += usize::from(differs);
        differs
    }

    fn question(&self, table: &Table<'_>, columns: &Columns) -> Option<String> {
        let (amount, rate) = (columns.amount?, columns.rate?);
        let money = |micros: i128| {
            let cents = (micros + if micros < 0 { -5_000 } else { 5_000 }) / 10_000;
            format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
        };
        (self.rows > 0).then(|| {
            format!(
                "`{}` is not `{}` times hours in {} of {} rows to bill (all rows: {} against {}): prices of their own, perhaps; no price is taken from the file for these projects, and hours are billed at the price in the agreements",
                table.name(amount),
                table.name(rate),
                self.rows,
                self.compared,
                money(self.said),
                money(self.comes_to)
            )
        })
    }
}

/// What a row says of its client or project.
fn named(table: &Table<'_>, guess: &Guess, row: usize, (field, column): (&str, Option<usize>)) -> String {
    if let (None, Some(combined)) = (column, &guess.combined) {
        let pattern = combined.fields.iter().find(|(known, _)| *known == field).map(|(_, pattern)| pattern);
        let part = pattern.and_then(|pattern| pattern.first(table.cell(row, combined.column)));
        return part.unwrap_or_default().trim().to_owned();
    }
    // Ids are text byte for byte.
    let cell = column.map_or("", |column| match field {
        "customer_id" => table.written_cell(row, column),
        _ => table.cell(row, column),
    });
    let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, table.written()));
    let empty = shape.is_some_and(|shape| shape.words_of(field).any(|word| word == (cell.trim(), "")));
    if empty { String::new() } else { cell.to_owned() }
}

/// What the entries of a client and project name.
#[derive(Default)]
struct Named {
    currencies: BTreeSet<Currency>,
    /// Of entries that would be billed.
    prices: BTreeSet<UnitPrice>,
    /// Some price is missing or could not be read.
    unclear: bool,
}

/// A price, with a currency before or behind it or without.
pub(super) fn price(cell: &str, grammar: &Grammar<'_>) -> Option<UnitPrice> {
    grammar.price(Cell::Text(figure(cell))).ok().flatten()
}

/// Where the columns of a file stand that say what was agreed.
struct Columns {
    client: Option<usize>,
    project: Option<usize>,
    rate: Option<usize>,
    /// What the entry comes to.
    amount: Option<usize>,
    /// Of the header of the rate, or of an amount, and that column.
    currency: Option<(Option<usize>, Currency)>,
    currencies: Option<usize>,
    days: Vec<usize>,
}

impl Columns {
    fn of(table: &Table<'_>, guess: &Guess, headers: &[String]) -> Columns {
        let of_sense = |sense: Sense| {
            let rank = |column: usize| {
                let header = table.headers.get(column)?;
                header.meanings.iter().find(|(known, _)| *known == sense).map(|(_, rank)| (*rank, column))
            };
            (0..table.columns()).filter_map(rank).min().map(|(_, column)| column)
        };
        // A rate by the hour: `Rate` alone may be the money of the entry where another column says `Hourly rate`.
        let hourly = (0..table.columns()).find(|column| {
            let folded = super::words::fold(table.name(*column));
            let is_rate = table
                .headers
                .get(*column)
                .is_some_and(|header| header.meanings.iter().any(|(sense, _)| *sense == Sense::Rate));
            is_rate && folded != "rate"
        });
        let shape = guess.settings.preset.and_then(|preset| preset.shape(guess.input, headers));
        let names_prices = shape.is_none_or(|shape| shape.names_prices);
        let rate = hourly.or_else(|| of_sense(Sense::Rate)).filter(|_| names_prices);
        // Money of entries, which some call their rate.
        let of_entry =
            hourly.and_then(|_| (0..table.columns()).find(|column| super::words::fold(table.name(*column)) == "rate"));
        let amount = of_sense(Sense::Amount).or(of_entry).filter(|column| names_prices && Some(*column) != rate);
        let in_brackets = |column: Option<usize>| Some((column, table.headers.get(column?)?.currency?));
        let any = (0..table.columns()).find_map(|column| {
            let header = table.headers.get(column)?;
            Some((Some(column), header.currency.filter(|_| header.money)?))
        });
        Columns {
            client: column_of(guess, "customer_id"),
            project: column_of(guess, "project"),
            rate,
            amount,
            currency: in_brackets(rate).or(any),
            currencies: of_sense(Sense::Currency),
            days: ["date", "started_at"].iter().filter_map(|field| column_of(guess, field)).collect(),
        }
    }

    /// Sums among the entries say no day.
    fn is_entry(&self, table: &Table<'_>, row: usize) -> bool {
        self.days.is_empty() || self.days.iter().any(|column| table.says_a_day(row, *column))
    }
}

/// `EUR`, or `Euro - EUR`.
fn currency(cell: &str) -> Option<Currency> {
    cell.split([' ', '-']).rev().find_map(Currency::from_code)
}

/// From which columns of the files prices and currencies of the agreements come, a sentence each.
pub fn sources(agreements: &[ProposedAgreement], files: &[Guess]) -> Vec<String> {
    let names = |wanted: &str| {
        let of_file = |file: &Guess| {
            let columns = file.agreed.iter().filter(|(what, _)| *what == wanted);
            let name = |(_, column): &(&str, usize)| Some(format!("`{}`", file.columns.get(*column)?.header.trim()));
            columns.filter_map(name).collect::<Vec<_>>()
        };
        let names: BTreeSet<String> = files.iter().flat_map(of_file).collect();
        names.into_iter().collect::<Vec<_>>().join(" and ")
    };
    let rows = |count: usize| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    let priced = agreements.iter().filter(|agreement| agreement.price.is_some()).count();
    let several = agreements.iter().filter(|agreement| agreement.has_several_prices).count();
    let (prices, currencies) = (names("unit_price"), names("currency"));
    let mut told = Vec::new();
    if priced > 0 {
        told.push(format!("unit_price of {} is what {prices} says of all its hours to bill", rows(priced)));
    }
    if several > 0 {
        let each = "`rules.rates = \"export\"` bills each entry at its own, that of `columns.rate`";
        told.push(format!("{} with several prices in the file: none is written ({each})", rows(several)));
    }
    if !currencies.is_empty() {
        told.push(format!("currency is that of {currencies}"));
    }
    told
}

/// Entries name neither clients nor projects: nobody can be billed for them.
pub(super) fn names_nobody(files: &[(&Look, Guess)]) -> bool {
    let entries = || files.iter().filter(|(_, guess)| guess.input == Input::Timesheets);
    entries().next().is_some()
        && entries().all(|(look, guess)| {
            let filled =
                |field: &str| column_of(guess, field).is_some_and(|column| !column_cells(look, column).is_empty());
            !filled("customer_id") && !filled("project") && cells(look, guess, "order_line_id").is_empty()
        })
}
