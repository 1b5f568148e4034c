//! Which line a ticket has, and what became of its hours.

use super::{Explanation, IdKind, Step, hours, place, spread};
use crate::account::{Balance, Disposition, Totals};
use crate::calendar::Date;
use crate::ident::Idx;
use crate::link::{Attempt, attempts};
use crate::model::{NotDrawn, OrderLine, Ticket, World};
use crate::results::Results;
use crate::settings::Prepaid;

pub(super) fn explain(results: Results<'_>, id: &str) -> Option<Explanation> {
    let world = results.world;
    let idx = world.tickets.find(id)?;
    let (ticket, link) = (world.tickets.at(idx), world.ticket_link(idx));
    let mut told = Explanation::new(IdKind::Ticket, id);
    let customer = world.customers.id(ticket.customer);
    let created = ticket.created_on.map_or_else(|| "no date of creation".to_owned(), |on| format!("created on {on}"));
    let at = place(results, ticket.place.file.0, ticket.place.row);
    told.step("2", format!("{at}: customer `{customer}`, {created}"));
    if let Some(team) = ticket.team {
        let name = world.teams.id(team);
        let billing = if link.bills() { "bills its time" } else { "does not bill its time" };
        told.step("L4", format!("team `{name}` {billing}"));
    }
    let edits = world.adjustments.tickets.get(&idx).cloned().unwrap_or_default();
    let moved = edits.moved.always();
    let dated = edits.non_billable.iter().map(|(_, (), why)| why).chain(edits.moved.iter().map(|(_, _, why)| why));
    for why in edits.hold.into_iter().chain(dated) {
        told.step("8", world.adjustments.text_of(why));
    }
    match link.line {
        _ if moved.is_some() => {}
        Some(line) => told.step("L1", format!("it names order line `{}`", world.lines.id(line))),
        None if !link.bills() => told.step("L4", "so it gets no order line"),
        None => {
            told.step("L1", "it names no order line");
            told.steps.extend(looks(results, idx));
        }
    }
    let totals = totals(results, idx);
    let line = moved.map(|(line, _)| line).or(link.line).or_else(|| results.links.pick(idx).map(|pick| pick.line));
    if let Some((id, balance)) = line.and_then(|idx| {
        let balance = Balance::of(world.lines.at(idx), &results.account.line(idx))?;
        Some((world.lines.id(idx), balance))
    }) {
        told.step("H2", format!("`{id}` has {} left of {} h ordered", hours(balance.remaining()), balance.ordered));
    }
    let line = line.map_or_else(|| "no order line".to_owned(), |line| format!("order line `{}`", world.lines.id(line)));
    told.outcome = format!("{line}: {}", spread(&totals));
    if let Some(spent) = ticket.hours_spent {
        // Those that `reconcile` adds up.
        let unusable = [Disposition::Quarantined, Disposition::Duplicate].map(|of| totals.of(of).hours);
        let sum = unusable.into_iter().fold(totals.sum().hours, |sum, hours| sum - hours);
        told.step("9", format!("the export says {spent} h in all, its usable entries add up to {}", hours(sum)));
    }
    Some(told)
}

fn totals(results: Results<'_>, ticket: Idx<Ticket>) -> Totals {
    results.account.totals_of(results.world, |entry| entry.ticket == Some(ticket))
}

/// L2 and L3: each look of the ticket for a line.
pub(super) fn looks(results: Results<'_>, idx: Idx<Ticket>) -> Vec<Step> {
    let (world, rules) = (results.world, &results.settings.rules);
    let ticket = world.tickets.at(idx);
    if rules.packs.prepaid == Prepaid::Waterfall {
        let text = "`rules.prepaid` is `waterfall`: the ticket gets none, each entry asks the packs".to_owned();
        return vec![Step { rule: "W1", text }];
    }
    if !rules.auto_link {
        return vec![Step { rule: "L2", text: "`rules.auto_link` is off, so it gets none".to_owned() }];
    }
    let root = world.root(ticket.customer);
    let attempts: Vec<_> = attempts(world, results.settings, results.posted, root)
        .into_iter()
        .filter(|attempt| attempt.ticket == idx)
        .collect();
    if !attempts.is_empty() {
        return attempts.iter().flat_map(|attempt| look(results, ticket, attempt)).collect();
    }
    // A ticket that has picked without a look keeps what was posted.
    if let Some(kept) = results.links.pick(idx) {
        let line = world.lines.id(kept.line);
        return vec![Step {
            rule: "G9",
            text: format!("hours of it were covered on order line `{line}`, and it keeps that line"),
        }];
    }
    let tree = world.customers.id(root);
    let text = format!(
        "the customers of tree `{tree}` have no confirmed prepaid line in a unit of time, or the ticket no date to look on"
    );
    vec![Step { rule: "L2", text }]
}

/// W5: why a line with time left is not picked.
fn limit(world: &World, pack: Idx<OrderLine>, on: Date) -> String {
    match world.pack_shut_on(pack, on) {
        Some(NotDrawn::NotYet(from)) => format!("not valid before {from}"),
        Some(NotDrawn::Expired(until)) => format!("expired, its last day was {until}"),
        _ => "it does not cover the work, or is not invoiced in full".to_owned(),
    }
}

/// Lines told at most for one look.
const CANDIDATES_TOLD: usize = 8;

fn look(results: Results<'_>, ticket: &Ticket, attempt: &Attempt<'_>) -> Vec<Step> {
    let (world, on) = (results.world, attempt.on);
    let mut steps = Vec::new();
    let picked = attempt.picked.and_then(|picked| attempt.candidates.iter().position(|(_, idx, _)| *idx == picked));
    // Lines ranked behind the one that was picked played no part.
    let considered = picked.map_or(attempt.candidates.len(), |picked| picked + 1);
    for (line, idx, remaining) in attempt.candidates.iter().take(considered).take(CANDIDATES_TOLD) {
        let id = world.lines.id(*idx);
        let confirmed = line.confirmed_on.map(|moment| moment.to_string()).unwrap_or_default();
        let why = if Some(*idx) == attempt.picked {
            format!("picked: the most recent one with time left, {}", hours(*remaining))
        } else if line.confirmed_on.is_some_and(|moment| moment.date() > on) {
            "not yet confirmed on that date".to_owned()
        } else if !world.companies_agree(ticket.company, line.company) {
            format!("of another company, `{}`", world.companies.id(line.company))
        } else if let Some(why) = remaining.is_positive().then(|| limit(world, *idx, on)) {
            why
        } else {
            format!("no time left, {} remaining", hours(*remaining))
        };
        steps.push(Step { rule: "L2", text: format!("on {on}, `{id}` confirmed on {confirmed}: {why}") });
    }
    let untold = considered.saturating_sub(CANDIDATES_TOLD);
    if untold > 0 {
        let last = attempt.picked.map_or_else(String::new, |picked| format!(", picked: `{}`", world.lines.id(picked)));
        steps.push(Step { rule: "L2", text: format!("on {on}, {untold} further lines{last}") });
    }
    if attempt.picked.is_none() {
        let text = format!("no line on {on}; it looks again on the next date with an entry that needs one");
        steps.push(Step { rule: "L3", text });
    }
    steps
}
