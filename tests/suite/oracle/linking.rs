//! L1 to L6, day by day, every remaining figure counted afresh.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::Signed;

use super::intake::{Entry, Fate, Intake, Line, Ticket};
use super::model::World;
use super::value::{Date, Moment};

/// How an entry came to its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub line: String,
    pub by: &'static str,
}

/// The link of each entry, in the order of the entries.
pub fn links(world: &World, intake: &mut Intake) -> Vec<Option<Link>> {
    let auto = picks(world, intake);
    let links: Vec<Option<Link>> = intake.entries.iter().map(|entry| link(intake, entry, &auto)).collect();
    different_customers(intake, &links);
    links
}

/// L1, and what L2 gave.
fn link(intake: &Intake, entry: &Entry, auto: &BTreeMap<String, String>) -> Option<Link> {
    if entry.fate != Fate::Used {
        return None;
    }
    if !entry.own_line.is_empty() {
        return Some(Link { line: entry.own_line.clone(), by: "entry" });
    }
    let ticket = intake.tickets.get(&entry.ticket)?;
    if !ticket.line.is_empty() {
        return Some(Link { line: ticket.line.clone(), by: "ticket" });
    }
    auto.get(&entry.ticket).map(|line| Link { line: line.clone(), by: "auto" })
}

/// L4: the ticket's team does not bill its time.
fn team_is_off(intake: &Intake, ticket: &Ticket) -> bool {
    intake.teams.get(&ticket.team) == Some(&false)
}

/// L4, L5.
pub fn is_non_billable(intake: &Intake, entry: &Entry, link: Option<&Link>) -> bool {
    let ticket = intake.tickets.get(&entry.ticket);
    ticket.is_some_and(|ticket| team_is_off(intake, ticket))
        || !entry.billable
        || link.is_some_and(|link| !intake.lines[&link.line].confirmed)
}

/// H1: whether the entry's hours count as delivered on its line.
pub fn is_delivered(world: &World, intake: &Intake, entry: &Entry, link: Option<&Link>) -> bool {
    entry.fate == Fate::Used
        && !is_non_billable(intake, entry, link)
        && (entry.validated || !world.job.says("approval", "validated_only"))
}

/// L2, L3: the lines that tickets without one pick.
fn picks(world: &World, intake: &Intake) -> BTreeMap<String, String> {
    let mut picked = BTreeMap::new();
    if world.job.says("auto_link", "off") {
        return picked;
    }
    let picking: Vec<(&String, &Ticket)> =
        intake.tickets.iter().filter(|(_, ticket)| ticket.line.is_empty() && !team_is_off(intake, ticket)).collect();
    let needing = |id: &str| -> BTreeSet<Date> {
        let of_ticket = intake.entries.iter().filter(|entry| {
            entry.fate == Fate::Used && entry.ticket == *id && entry.own_line.is_empty() && entry.billable
        });
        of_ticket.map(|entry| entry.date.unwrap()).collect()
    };
    let tries: BTreeMap<&String, BTreeSet<Date>> = picking
        .iter()
        .map(|(id, ticket)| {
            let dates = match ticket.created_on {
                Some((created, _)) => {
                    let later = needing(id).into_iter().filter(|date| *date > created);
                    later.chain([created]).collect()
                }
                None => needing(id),
            };
            (*id, dates)
        })
        .collect();
    let days: BTreeSet<Date> = tries.values().flatten().copied().collect();
    for day in days {
        let mut today: Vec<&(&String, &Ticket)> = picking.iter().filter(|(id, _)| tries[*id].contains(&day)).collect();
        // The date of the first entry stands for a created_on that nobody gave.
        let first = |id: &String| tries[id].iter().next().map(|date| (*date, (0, 0, 0)));
        today.sort_by_key(|(id, ticket)| (ticket.created_on.or_else(|| first(id)), (*id).clone()));
        for (id, ticket) in today {
            if picked.contains_key(*id) {
                continue;
            }
            if let Some(line) = best(world, intake, ticket, day, &picked) {
                picked.insert((*id).clone(), line);
            }
        }
    }
    picked
}

fn best(
    world: &World,
    intake: &Intake,
    ticket: &Ticket,
    day: Date,
    picked: &BTreeMap<String, String>,
) -> Option<String> {
    let mut best: Option<(&String, &Line)> = None;
    for (id, line) in &intake.lines {
        let same_company = ticket.company.is_empty() || line.company.is_empty() || ticket.company == line.company;
        let candidate = line.confirmed
            && line.policy == "ordered_prepaid"
            && line.unit.is_some()
            && !line.ordered.is_negative()
            && !line.is_downpayment
            && same_company
            && root(intake, &line.customer) == root(intake, &ticket.customer)
            && confirmed_on(line).0 <= day
            && remaining(world, intake, id, line, day, picked) > 0;
        if candidate && best.is_none_or(|(other_id, other)| comes_first(id, line, other_id, other)) {
            best = Some((id, line));
        }
    }
    best.map(|(id, _)| id.clone())
}

fn confirmed_on(line: &Line) -> Moment {
    line.confirmed_on.unwrap()
}

fn comes_first(id: &str, line: &Line, other_id: &str, other: &Line) -> bool {
    if confirmed_on(line) != confirmed_on(other) {
        return confirmed_on(line) > confirmed_on(other);
    }
    if line.order != other.order {
        return line.order > other.order;
    }
    if line.sequence != other.sequence {
        return line.sequence < other.sequence;
    }
    id < other_id
}

fn remaining(
    world: &World,
    intake: &Intake,
    id: &str,
    line: &Line,
    day: Date,
    picked: &BTreeMap<String, String>,
) -> i128 {
    let mut remaining = line.ordered_hours().unwrap();
    for entry in &intake.entries {
        let link = link(intake, entry, picked);
        let here = link.as_ref().is_some_and(|link| link.line == *id);
        if here && is_delivered(world, intake, entry, link.as_ref()) && entry.date.unwrap() < day {
            remaining -= entry.hours.unwrap();
        }
    }
    remaining
}

/// The top of a customer's tree. A loop of parents is one tree, its smallest member the root.
fn root(intake: &Intake, customer: &str) -> String {
    let mut path = vec![customer.to_owned()];
    loop {
        let here = path.last().unwrap();
        let parent = intake.customers.get(here).map_or("", |known| known.parent.as_str());
        if parent.is_empty() || !intake.customers.contains_key(parent) {
            return here.clone();
        }
        if let Some(start) = path.iter().position(|seen| seen == parent) {
            return path[start..].iter().min().unwrap().clone();
        }
        path.push(parent.to_owned());
    }
}

/// Loops of parents, each told once by its smallest member.
pub fn customer_cycles(intake: &mut Intake) {
    let ids: Vec<String> = intake.customers.keys().cloned().collect();
    for id in &ids {
        let mut here = id.clone();
        for _ in &ids {
            here = intake.customers.get(&here).map_or_else(String::new, |customer| customer.parent.clone());
            if here == *id && root(intake, id) == *id {
                intake.found("customer-cycle", "customer", id);
            }
        }
    }
}

/// L6.
fn different_customers(intake: &mut Intake, links: &[Option<Link>]) {
    let mut found = Vec::new();
    for (entry, link) in intake.entries.iter().zip(links) {
        let (Some(link), Some(ticket)) = (link, intake.tickets.get(&entry.ticket)) else { continue };
        let line = &intake.lines[&link.line];
        if is_non_billable(intake, entry, Some(link)) || root(intake, &ticket.customer) == root(intake, &line.customer)
        {
            continue;
        }
        found.push(link.line.clone());
    }
    for line in found {
        intake.found("different-customer", "order_line", &line);
    }
}
