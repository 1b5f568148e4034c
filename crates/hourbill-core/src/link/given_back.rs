//! W9: what tickets and people drew, for those whose negative hours give some of it back.

use std::collections::HashSet;

use hashbrown::HashMap;

use super::draws::Stand;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::model::{Customer, EntryView, Ticket, World};
use crate::quantity::Hours;

/// Whose work an entry is, for W9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Who<'a> {
    ticket: Option<Idx<Ticket>>,
    customer: Option<Idx<Customer>>,
    /// Empty where nobody is named.
    employee: &'a str,
}

/// Work of which hours are given back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Work<'a> {
    Ticket(Idx<Ticket>),
    /// Of this customer, by this employee, on tickets or not.
    Person(Option<Idx<Customer>>, &'a str),
}

impl<'a> Who<'a> {
    pub fn of(world: &World, entry: &EntryView<'a>) -> Who<'a> {
        Who { ticket: entry.ticket, customer: world.customer_of(entry), employee: entry.work().0 }
    }

    /// What its negative hours give back: what the same ticket drew; without a ticket what the same person drew for the same customer. Nothing
    /// where neither is known.
    pub fn gives(self) -> Option<Work<'a>> {
        self.ticket.map(Work::Ticket).or_else(|| self.by_person())
    }

    fn by_person(self) -> Option<Work<'a>> {
        (!self.employee.is_empty()).then_some(Work::Person(self.customer, self.employee))
    }
}

/// Hours that were drawn.
#[derive(Clone, Copy)]
pub(super) struct Given {
    pub stand: Stand,
    /// Above 0.
    pub hours: Hours,
    /// The pack beyond which the hours are told to be, by its place in the tree.
    pub of: Option<usize>,
}

/// What was drawn so far; kept only for work that has negative hours.
pub(super) struct Histories<'a> {
    /// By work, the places in `given` of what it drew, oldest first. Hours on a ticket may stand below it and below the person.
    of: HashMap<Work<'a>, Vec<usize>>,
    given: Vec<Given>,
}

impl<'a> Histories<'a> {
    pub fn new(whose: HashSet<Work<'a>>) -> Histories<'a> {
        Histories { of: whose.into_iter().map(|work| (work, Vec::new())).collect(), given: Vec::new() }
    }

    pub fn push(&mut self, who: Who<'a>, given: Given) {
        // As in most trees.
        if self.of.is_empty() || given.hours <= Hours::ZERO {
            return;
        }
        let (place, mut is_kept) = (self.given.len(), false);
        for work in who.ticket.map(Work::Ticket).into_iter().chain(who.by_person()) {
            if let Some(places) = self.of.get_mut(&work) {
                places.push(place);
                is_kept = true;
            }
        }
        if is_kept {
            self.given.push(given);
        }
    }

    /// Takes so many hours back, overage before packs, what was drawn last first, and hours that were drawn nowhere behind all of these. `agreed`:
    /// an agreement bills those. Returns what was found, and the hours that were not.
    pub fn give_back(&mut self, who: Who<'a>, hours: Hours, agreed: bool) -> (Vec<Given>, Hours) {
        let (mut rest, mut back) = (hours, Vec::new());
        let turn = |given: &Given| match given.stand {
            Stand::Pack(_) => 1,
            Stand::Elsewhere if !agreed => 2,
            Stand::Elsewhere | Stand::TimeLine(_) | Stand::Overage(_) | Stand::Withheld(..) => 0,
        };
        for now in 0..=2 {
            let is_asked = |given: &Given| turn(given) == now;
            rest = self.take(who, rest, is_asked, |taken| back.push(taken));
        }
        (back, rest)
    }

    /// Notes that so many hours in one place were given back before. Returns what was found.
    pub fn take_back(&mut self, who: Who<'a>, stand: Stand, hours: Hours) -> Vec<Given> {
        let mut back = Vec::new();
        self.take(who, hours, |given| given.stand == stand, |taken| back.push(taken));
        back
    }

    /// Takes hours off what the work drew in the places that are asked for, last first. Returns those that are not there.
    fn take(
        &mut self,
        who: Who<'a>,
        hours: Hours,
        is_asked: impl Fn(&Given) -> bool,
        mut take: impl FnMut(Given),
    ) -> Hours {
        let Histories { of, given } = self;
        let Some(places) = who.gives().and_then(|work| of.get_mut(&work)) else { return hours };
        // What another work gave back has nothing left.
        places.retain(|place| given.get(*place).is_some_and(|given| given.hours > Hours::ZERO));
        let mut rest = hours;
        for &place in places.iter().rev() {
            let given = given.get_mut(place).or_bug("a history is of what was drawn");
            let taken = given.hours.min(rest);
            if taken > Hours::ZERO && is_asked(given) {
                given.hours = given.hours.less(taken);
                rest = rest.less(taken);
                take(Given { hours: taken, ..*given });
            }
        }
        rest
    }
}
