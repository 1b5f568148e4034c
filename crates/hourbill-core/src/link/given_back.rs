//! W9: what tickets drew, for those whose negative hours give some of it back.

use std::collections::HashSet;

use hashbrown::HashMap;

use super::draws::Stand;
use crate::ident::Idx;
use crate::model::{Customer, EntryView, Ticket, World};
use crate::quantity::Hours;

/// Whose work an entry is, for W9: negative hours give back what hours of the same work drew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who<'a> {
    Ticket(Idx<Ticket>),
    /// Work without a ticket: of this customer, by this employee.
    Person(Option<Idx<Customer>>, &'a str),
    /// Work without a ticket of which the employee is not known: it gives nothing back.
    Nobody,
}

impl<'a> Who<'a> {
    pub fn of(world: &World, entry: &EntryView<'a>) -> Who<'a> {
        match (entry.ticket, entry.work().0) {
            (Some(ticket), _) => Who::Ticket(ticket),
            (None, "") => Who::Nobody,
            (None, employee) => Who::Person(world.customer_of(entry), employee),
        }
    }
}

/// Hours that were drawn.
#[derive(Clone, Copy)]
pub(super) struct Given {
    pub stand: Stand,
    /// Above 0.
    pub hours: Hours,
    /// The pack on account of which the hours stand there, by its place in the tree.
    pub of: Option<usize>,
}

/// What was drawn so far by the work of each, oldest first; kept only for work that has negative hours.
pub(super) struct Histories<'a>(HashMap<Who<'a>, Vec<Given>>);

impl<'a> Histories<'a> {
    pub fn new(whose: HashSet<Who<'a>>) -> Histories<'a> {
        let named = whose.into_iter().filter(|who| *who != Who::Nobody);
        Histories(named.map(|who| (who, Vec::new())).collect())
    }

    pub fn push(&mut self, who: Who<'a>, given: Given) {
        // As in most trees.
        if self.0.is_empty() {
            return;
        }
        if let Some(history) = self.0.get_mut(&who)
            && given.hours > Hours::ZERO
        {
            history.push(given);
        }
    }

    /// Takes so many hours back, overage before packs, what was drawn last first. Returns what was found, and the hours that were not.
    pub fn give_back(&mut self, who: Who<'a>, hours: Hours) -> (Vec<Given>, Hours) {
        let (mut rest, mut back) = (hours, Vec::new());
        let Some(history) = self.0.get_mut(&who) else { return (back, rest) };
        for of_packs in [false, true] {
            for given in history.iter_mut().rev().filter(|given| given.stand.is_covered() == of_packs) {
                let taken = given.hours.min(rest);
                if taken > Hours::ZERO {
                    given.hours = given.hours.less(taken);
                    rest = rest.less(taken);
                    back.push(Given { hours: taken, ..*given });
                }
            }
        }
        history.retain(|given| given.hours > Hours::ZERO);
        (back, rest)
    }

    /// Notes that so many hours in one place were given back before.
    pub fn take_back(&mut self, who: Who<'a>, stand: Stand, hours: Hours) {
        let Some(history) = self.0.get_mut(&who) else { return };
        let mut rest = hours;
        for given in history.iter_mut().rev().filter(|given| given.stand == stand) {
            let taken = given.hours.min(rest);
            given.hours = given.hours.less(taken);
            rest = rest.less(taken);
        }
        history.retain(|given| given.hours > Hours::ZERO);
    }
}
