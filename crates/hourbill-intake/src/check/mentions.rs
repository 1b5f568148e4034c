//! Customers and teams that other rows name: unknown ones are taken in, and told once each, with how often they are named (§2.14).

use std::collections::BTreeMap;

use super::World;
use crate::finding::{Code, Finding, Subject};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::model::{Customer, Team};

/// Names that no input lists.
pub struct Mentions {
    customers_given: bool,
    teams_given: bool,
    customers: BTreeMap<String, Count>,
    /// Tickets per team.
    teams: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Count {
    order_lines: usize,
    agreements: usize,
    tickets: usize,
    children: usize,
}

impl Mentions {
    /// Without an input of its own, nothing is unknown.
    pub fn new(customers_given: bool, teams_given: bool) -> Mentions {
        Mentions { customers_given, teams_given, customers: BTreeMap::new(), teams: BTreeMap::new() }
    }

    pub(super) fn parent(&mut self, id: &str) {
        self.customers.entry(id.to_owned()).or_default().children += 1;
    }

    /// The customer that a row of `by` names.
    pub(super) fn customer(&mut self, world: &mut World, id: &str, by: Input) -> Idx<Customer> {
        let customer = world.add_customer(id, Customer::default());
        self.known_customer(world, customer, by)
    }

    /// The same for a customer that was found before.
    pub(super) fn known_customer(&mut self, world: &World, customer: Idx<Customer>, by: Input) -> Idx<Customer> {
        if self.customers_given && !world.customers.at(customer).listed {
            let count = self.customers.entry(world.customers.id(customer).to_owned()).or_default();
            match by {
                Input::Orders => count.order_lines += 1,
                Input::Agreements => count.agreements += 1,
                Input::Tickets => count.tickets += 1,
                _ => {}
            }
        }
        customer
    }

    pub(super) fn team(&mut self, world: &mut World, id: &str) -> Idx<Team> {
        if self.teams_given {
            *self.teams.entry(id.to_owned()).or_default() += 1;
        }
        world.teams.insert(id, Team { listed: !self.teams_given, ..Team::bare() })
    }

    pub fn findings(self) -> Vec<Finding> {
        let customers = self.customers.into_iter().map(|(id, count)| {
            let named_by: Vec<String> = [
                (count.children, "customer", "as its parent"),
                (count.order_lines, "order line", ""),
                (count.agreements, "agreement", ""),
                (count.tickets, "ticket", ""),
            ]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, thing, how)| format!("{} {how}", counted(count, thing)).trim_end().to_owned())
            .collect();
            let message = format!("`{id}` is named by {} but is not in the customers input", named_by.join(", "));
            Finding { code: Code::UnknownCustomer, subject: Subject::Customer, id, message, place: None }
        });
        let teams = self.teams.into_iter().map(|(id, tickets)| {
            let message = format!("`{id}` is named by {} but is not in the teams input", counted(tickets, "ticket"));
            Finding { code: Code::UnknownTeam, subject: Subject::Team, id, message, place: None }
        });
        customers.chain(teams).collect()
    }
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
