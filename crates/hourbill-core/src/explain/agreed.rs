//! C2, C3 and C11: whose work an entry is, which agreements fit it, and which of them it takes.

use super::Explanation;
use crate::ident::Idx;
use crate::model::{Agreed, Circumstance, EntryView, OrderLine, Policy, World};
use crate::results::Results;

/// Nothing where the job has no agreements.
pub(super) fn agreed(results: Results<'_>, entry: &EntryView<'_>, told: &mut Explanation) {
    let world = results.world;
    let Some(circumstance) = entry.circumstance().filter(|_| !world.agreements.is_empty()) else { return };
    told.step("C2", whose(world, entry, circumstance));
    let Some(date) = entry.date() else { return };
    let fitting: Vec<String> = circumstance
        .valid(world, date)
        .map(|(fits, line)| format!("`{}` ({})", world.lines.id(line), fits.name()))
        .collect();
    let text = match world.agreed(entry) {
        Agreed::Nothing => match world.nameless(entry).and_then(|at| world.agreements.nameless().get(at)) {
            Some(nameless) => format!("agreement `{}` holds for its project, and names no customer", nameless.id),
            None => format!("no agreement fits it on {date}"),
        },
        Agreed::On(line) => {
            let others = if fitting.len() > 1 { "; it says more than the others" } else { "" };
            format!("on {date} it takes agreement `{}` of {}{others}", world.lines.id(line), fitting.join(", "))
        }
        Agreed::Several(one, other) => {
            let (one, other) = (world.lines.id(one), world.lines.id(other));
            format!("on {date} `{one}` and `{other}` say as much of it: nobody knows which it is for")
        }
    };
    told.step("C3", text);
}

/// C4 to C7: the rates that fit an entry on its line, and which of them wins.
pub(super) fn rates(results: Results<'_>, entry: &EntryView<'_>, line: Option<Idx<OrderLine>>, told: &mut Explanation) {
    let world = results.world;
    let Some((idx, line)) = line.map(|idx| (idx, world.lines.at(idx))) else { return };
    if world.rates.is_empty() || line.policy != Policy::Time {
        return;
    }
    if world.rates.are_of_export() {
        let rate = entry.exported().0.map_or_else(|| "no rate".to_owned(), |rate| format!("a rate of {rate}"));
        told.step("C10", format!("`rules.rates` is `export`, and the export gives it {rate}"));
        return;
    }
    let fitting = world.rates_that_fit(idx, line, entry);
    if fitting.is_empty() {
        told.step(
            "C6",
            format!("no rate fits it on order line `{}`: the line's own price counts", world.lines.id(idx)),
        );
        return;
    }
    for (nth, (weight, rate)) in fitting.iter().enumerate() {
        let rate = world.rates.at(*rate);
        let currency = rate.currency.map(|currency| format!(" {currency}")).unwrap_or_default();
        let place = super::place(results, rate.place.file.0, rate.place.row);
        let next = fitting.get(nth + 1).and_then(|(next, _)| weight.first_beyond(*next));
        let wins = match (nth, next) {
            (0, Some(cell)) => format!(", and wins: it says {cell}"),
            (0, None) => ", and wins".to_owned(),
            _ => String::new(),
        };
        told.step(
            if nth == 0 { "C5" } else { "C4" },
            format!("the rate of {}{currency} in {place} fits{wins}", rate.price),
        );
    }
    if world.terms(idx, line, entry.date()).price_by.is_some() {
        told.step("C7", "an adjustment says the price, and beats every rate");
    }
}

fn whose(world: &World, entry: &EntryView<'_>, of: &Circumstance) -> String {
    let ticket = entry.ticket.map(|ticket| (ticket, world.tickets.at(ticket).customer));
    match (of.customer, ticket) {
        (Some(customer), Some((ticket, _))) => {
            format!(
                "it is for customer `{}` of its ticket `{}`",
                world.customers.id(customer),
                world.tickets.id(ticket)
            )
        }
        (Some(customer), None) => {
            let id = world.customers.id(customer);
            match world.agreements.customer_of_project(&of.project).filter(|_| of.of_project) {
                Some(_) => format!("all agreements of its project `{}` are with customer `{id}`", of.project),
                None => format!("it names customer `{id}`"),
            }
        }
        (None, _) if !of.unknown_customer.is_empty() => {
            format!("it names customer `{}`, who is in no other input", of.unknown_customer)
        }
        (None, _) if of.project.is_empty() => "it names neither a customer nor a project".to_owned(),
        (None, _) => format!("it names no customer, and its project `{}` does not say one", of.project),
    }
}
