//! What files say about each other: which columns name records of other files, what stands in two of them, whom nobody could link.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Guess, NAMED_SHARE_PERCENT, cells, column_cells, referring};
use crate::inputs::Input;
use crate::read::{self, Look};

/// Timesheets that name neither ticket nor order line may do so in a column of another name: its cells tell.
pub(super) fn link(files: &mut [(&Look, Guess)]) {
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
                if !referring::may_name(look, column, &cells) {
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
pub(super) fn overlaps(files: &mut [(&Look, Guess)]) {
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
pub(super) fn same_sheets(files: &mut [(&Look, Guess)]) {
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

/// Equal rows in two files or sheets of entries that say neither an id nor who worked: the same work twice, or that of two people?
pub(super) fn nobody(files: &[(&Look, Guess)], unsure: &mut Vec<String>) {
    let named = |guess: &Guess| {
        let says =
            |field: &str| guess.columns.iter().take(guess.columns_there()).any(|column| column.field == Some(field));
        says("timesheet_id") || says("employee") || guess.settings.joined.contains_key("employee")
    };
    let entries: Vec<&(&Look, Guess)> =
        files.iter().filter(|(_, guess)| guess.input == Input::Timesheets && !named(guess)).collect();
    let mut met: HashSet<&[String]> = HashSet::new();
    let mut equal = 0_usize;
    for (look, _) in &entries {
        let own: HashSet<&[String]> = look.front.rows.iter().map(Vec::as_slice).collect();
        equal += own.iter().filter(|row| met.contains(*row)).count();
        met.extend(own);
    }
    if let (Some((_, first)), true) = (entries.first(), equal > 0) {
        let rows = if equal == 1 { "1 row stands".to_owned() } else { format!("{equal} rows stand") };
        unsure.push(format!(
            "{rows} in two files or sheets such as {}, and no column says who worked: equal rows count once; where each is of another person, give them a column with the person",
            first.title()
        ));
    }
}

/// Tickets whose customers no order has are never linked by themselves (L2).
pub(super) fn customers(files: &[(&Look, Guess)], unsure: &mut Vec<String>) {
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

/// Names of taxes that are no percentage alone, and the percentage that stands among their words; `None` where none does (B9).
pub(super) fn taxes(files: &[(&Look, Guess)]) -> BTreeMap<String, Option<String>> {
    let sells = files.iter().filter(|(_, guess)| matches!(guess.input, Input::Orders | Input::Agreements));
    let names = sells.flat_map(|(look, guess)| cells(look, guess, "taxes")).flat_map(|cell| cell.split([',', ';']));
    let is_rate_alone = |name: &str, rate: &str| rate.len() + 1 == name.replace(' ', "").len();
    names
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| (name, rate_in(name)))
        .filter(|(name, rate)| !rate.is_some_and(|rate| is_rate_alone(name, rate)))
        .map(|(name, rate)| (name.to_owned(), rate.map(str::to_owned)))
        .collect()
}

/// The percentage that stands in a name.
fn rate_in(name: &str) -> Option<&str> {
    let before = name.split_once('%')?.0.trim_end();
    let digits = before.rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |at| at + 1);
    before.get(digits..).filter(|rate| !rate.is_empty() && rate.parse::<f64>().is_ok())
}
